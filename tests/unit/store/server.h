/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of the socket for the store's tests: a thread per connection
 * that answers by the protocol, or breaks it in one chosen way. It knows
 * clients by their secrets; what keyringd does beyond that is not here.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "wire/wire.h"

#define SERVER_CONNS 256
#define SERVER_CLIENTS 64

/* What to do with a request after the hello. */
enum manner {
	ANSWER,
	HANG_UP,      /* without an answer */
	HANG_UP_HALF, /* within the answer's payload */
	HANG_UP_HEADER,
	SILENCE,
	SILENCE_HALF,
	TRICKLE, /* a byte every 20 ms */
	GARBAGE,
	TOO_LONG, /* a length above the limit */
	WRONG_ID,
	WRONG_TYPE,
	NOT_A_REPLY,
	MORE_BEHIND, /* bytes after the frame */
	BAD_FIELDS,
	ERROR_WITH_PAYLOAD,
	WITH_DESCRIPTOR, /* where none belongs */
	/* where one belongs */
	TWO_DESCRIPTORS,
	NO_DESCRIPTOR,
	UNANNOUNCED,
	LATE_DESCRIPTOR,       /* with the last byte */
	ERROR_WITH_DESCRIPTOR, /* and with a CK_RV that is none of success */
	MANNERS,
};

/* What to do with a hello. */
enum greeting {
	WELCOME,
	REFUSE, /* with CKR_FUNCTION_FAILED */
	BAD_VERSION,
	BAD_SECRET,
	BAD_CUSTODY,
	KNOWS_NOBODY, /* known, to a client that sent no secret */
	OTHER_SECRET, /* known, and another secret */
	GREETINGS,
};

struct server {
	char dir[64];
	char path[96];
	int listener;
	pthread_t thread;
	pthread_mutex_t lock;
	struct {
		int fd;
		pthread_t thread;
		bool used;
		int client; /* -1: none yet */
	} conns[SERVER_CONNS];
	uint8_t clients[SERVER_CLIENTS][WIRE_SECRET];
	/* set by tests */
	atomic_int manner;
	atomic_int manner_left; /* so many requests; then ANSWER */
	atomic_int greeting;
	atomic_bool mortal;   /* a client ends when its last connection closes */
	atomic_int delay_ms;  /* before each answer */
	atomic_ullong serial; /* wait-slots is answered when it differs */
	atomic_int policy;    /* of hello's reply */
	atomic_int passed;    /* the descriptor that goes where one belongs */
	atomic_uint cells;    /* of region's reply */
	atomic_int room;      /* for connections; to more CKR_DEVICE_MEMORY; 0: for any */
	struct bytes objects[2]; /* a create or generate makes the first, a pair both */
	/* read by tests */
	atomic_int made; /* clients */
	atomic_int connected, open_now, open_most, ended;
	atomic_int welcome, refused; /* where there is not room for any: now; so far */
	atomic_int requests[WIRE_TYPES];
	struct wire_id last_request[2]; /* of the last two creates */
	struct wire_id destroyed[2];    /* the last two */
	uint8_t template[256];          /* of the last key to make, its private half's */
	size_t template_n;
};

void server_start(struct server *s);
/* Hangs up on everyone; with forget, knows no client afterwards. */
void server_hang_up(struct server *s, bool forget);
void server_stop(struct server *s);
