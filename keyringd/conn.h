/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of a client: frames in, frames out, both bounded. A frame is
 * handled where it was received, and its reply sent at once, so that a small
 * operation costs one recv and one send.
 *
 * Input: what was announced is not allocated before it comes; frames above
 * CONN_SMALL first reserve their size in the client's budget (bytes in
 * flight), and the connection is not read while there is none. Output: a
 * connection whose output is not taken is not read, and ends after
 * CONN_STALL_S. Descriptors that a peer sends are dropped by the kernel,
 * since no room for them is ever given. Ours go with a reply's first byte, and only to a
 * peer that takes its replies: they never wait here, and few of them in a socket.
 *
 * Turns: in a round of the loop all connections of a user together have CONN_TURN_US, or
 * one request where that takes longer. What is left waits for the next round, one
 * connection behind the other: between rounds other sockets are read and timers run. So do
 * requests that were held, however many of them may go on at once: each has its turn.
 * Who comes while others wait goes behind them.
 */
#pragma once

#include "keyringd/daemon.h"

#define CONN_INPUT (128u << 10) /* bytes read at a time */
#define CONN_SMALL (64u << 10)
#define CONN_OUT_PAUSE (256u << 10)
#define CONN_OUT_MAX (8u << 20)
#define CONN_FDS 8u       /* descriptors sent and perhaps not taken yet */
#define CONN_PENDING 256u /* requests waiting for an answer */
#define CONN_HELLO_S 5
#define CONN_STALL_S 30
#define CONN_TURN_US 8000u /* of one user's requests before others have theirs */

enum conn_pause {
	CONN_PAUSE_OUT = 1,
	CONN_PAUSE_PENDING = 2,
	CONN_PAUSE_BUDGET = 4,
	CONN_PAUSE_CALLS = 8 /* it is in the queue of those that are stopped */
};

TAILQ_HEAD(conn_queue, conn);
TAILQ_HEAD(request_queue, request);

struct conn {
	LIST_ENTRY(conn) link;  /* of the daemon's */
	LIST_ENTRY(conn) mates; /* of the client's */
	TAILQ_ENTRY(conn) turn; /* of its user's, while it waits or is stopped */
	struct daemon *d;
	struct account *account;
	struct client *client; /* NULL before its hello; a reference */
	struct peer peer;      /* moved to the client by the hello that makes it */
	int fd;                /* -1: closed, waiting for its last reference */
	unsigned refs;
	unsigned pending;
	unsigned pauses;          /* enum conn_pause */
	struct conn_queue *queue; /* of its user's two, or NULL */
	struct event *readable, *writable;
	struct buf in;  /* a frame that has come in part */
	struct buf out; /* what the socket did not take yet */
	size_t sent;    /* of out */
	unsigned fds;   /* sent since the peer had last taken everything */
	uint64_t came_ms;
	const char *failed; /* closes at the loop's next round; "" without a word */
	size_t charged;     /* in the client's budget for the frame coming in */
};

/* Takes fd. Logs what goes wrong. */
void conn_accept(struct daemon *d, int fd);
/* Closes; memory stays until the last reference goes. why NULL: it ended as
 * it should. Harmless on a closed one. */
void conn_close(struct conn *c, const char *why);
void conn_unref(struct conn *c);
/* Its hello has made or found its client. */
void conn_join(struct conn *c, struct client *cl);
void conn_pause(struct conn *c, enum conn_pause why);
void conn_resume(struct conn *c, enum conn_pause why);
/* Somebody waits for a turn: in the loop's next round. */
void conn_turns_later(struct daemon *d);
/* The turns of all who wait for one, once each. */
void conn_on_turns(int fd, short what, void *d);
/* conn_out.c: the socket takes more, or has not for too long. */
void conn_on_writable(int fd, short what, void *arg);
/* Sends what is in d->output, keeping what the socket does not take. */
void conn_send(struct conn *c);
/* The same with a descriptor, or nothing at all: -EAGAIN when the peer has not taken what
 * was sent before, -EMFILE, -ETOOMANYREFS, -ENOMEM ... */
int conn_send_fd(struct conn *c, int fd) MUST_CHECK;
