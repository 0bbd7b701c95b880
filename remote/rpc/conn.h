/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One TLS and HTTP/2 connection, either end. Bytes go socket -> scratch ->
 * SSL (a BIO over memory) -> nghttp2 and back; what is ready together leaves
 * in one TLS record and one send(). The owner works on h2 and asks for a
 * flush; it is told of the end from a safe place, never inside nghttp2.
 */
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>
#include <nghttp2/nghttp2.h>

#include "common/buf.h"
#include "remote/rpc/tls.h"

#define CONN_REASON_MAX 320

/* Shared by all connections of one owner: an idle one needs no buffer. */
struct conn_scratch {
	uint8_t wire[32768];  /* ciphertext received */
	uint8_t plain[16384]; /* one record received */
	uint8_t out[16384];   /* one record to be sent */
	size_t out_n;
};

struct rpc_conn;

struct conn_ops {
	/* Client, once connected: TLS can start. Server: NULL. The handshake is
	 * over: make c->h2 with rpc_conn_h2_new(). 0 or -errno. */
	int (*ready)(struct rpc_conn *c);
	/* After every flush; may be NULL. */
	void (*flushed)(struct rpc_conn *c);
	/* The last call: free it with rpc_conn_free(). */
	void (*closed)(struct rpc_conn *c, const char *why);
};

enum conn_state {
	CONN_CONNECTING,
	CONN_HANDSHAKE,
	CONN_OPEN,
	CONN_LINGER, /* our alert is on its way: what comes in is dropped */
	CONN_CLOSED,
};

struct rpc_conn {
	int fd;
	enum conn_state state;
	bool server;
	bool failed;
	bool want_write;
	SSL *ssl;
	nghttp2_session *h2;
	struct tls_peer *peer; /* from ready() on */
	struct conn_scratch *scratch;
	const struct conn_ops *ops;
	void *owner;
	struct bytes in;     /* what the BIO reads: in scratch->wire */
	struct buf out;      /* what it wrote and the socket did not take */
	int64_t began_ms;    /* of the state */
	int64_t read_ms;     /* last bytes received */
	int64_t progress_ms; /* last bytes sent, while out is not empty */
	struct event read_event;
	struct event write_event;
	struct event flush_event;
	char why[CONN_REASON_MAX];
};

struct conn_options {
	struct event_base *base;
	struct rpc_tls *tls;
	const char *host; /* NULL for a server */
	struct conn_scratch *scratch;
	const struct conn_ops *ops;
	void *owner;
};

/* What a stream still has to send; the source of its DATA frames. */
struct conn_body {
	struct buf data;
	size_t sent;
	bool ended; /* nothing will be added */
	bool keep;  /* what was sent is sent again on a retry */
};

/* fd: connected, or being connected for a client; owned from success on.
 * 0 or -errno. */
int rpc_conn_new(
	const struct conn_options *options, int fd, struct rpc_conn **ret) MUST_CHECK;
/* Says what is still queued, GOAWAY and close_notify, as far as the socket takes it
 * at once. What the session sends belongs to streams: before they are freed. */
void rpc_conn_farewell(struct rpc_conn *c);
void rpc_conn_free(struct rpc_conn *c);

/* Makes c->h2; callbacks may lack the sending ones, they are set here. */
int rpc_conn_h2_new(struct rpc_conn *c, nghttp2_session_callbacks *callbacks) MUST_CHECK;
/* For submits: the read callback of a body is the owner's, and mostly this. */
ssize_t rpc_conn_body_read(struct conn_body *body, size_t length, uint32_t *flags);
size_t rpc_conn_body_left(const struct conn_body *body);

/* No more is taken from nghttp2 while this much waits for the socket, and a server does
 * not read on either. */
#define CONN_OUT_HIGH (256u << 10)
/* conn_session.c: from the session into c->out. */
void rpc_conn_pull(struct rpc_conn *c);
/* Fails it with what TLS says. */
void rpc_conn_fail_tls(struct rpc_conn *c);
/* Sends, later in this turn of the loop, what the session has. */
void rpc_conn_flush_later(struct rpc_conn *c);
/* Ends it, later in this turn of the loop; the first reason counts. */
void rpc_conn_fail(struct rpc_conn *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Fails what has been stuck for too long. */
void rpc_conn_tick(struct rpc_conn *c, int64_t now, unsigned handshake_ms);
