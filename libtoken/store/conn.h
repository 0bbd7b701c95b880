/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to keyringd, used by one thread at a time: what the pool in
 * store.c is made of.
 */
#pragma once

#include <stdatomic.h>
#include <sys/types.h>

#include "cryptoki/pkcs11.h"
#include "wire/wire.h"

#define DEADLINE_NONE UINT64_MAX

struct conn {
	atomic_int fd; /* -1: none; read by store_stop() and store_forget() */
	/* Identity of the socket. An application may close every descriptor
	 * and open others under the same numbers: nothing is sent before a
	 * comparison, and nothing foreign is closed. */
	dev_t dev;
	ino_t ino;
	unsigned limit_ms; /* SO_RCVTIMEO; 0: none */
	uint64_t last_id;
	uint64_t generation; /* of the client it belongs to */
	uint64_t idle_since; /* milliseconds */
	struct buf out;
};

enum conn_result {
	CONN_DONE,   /* there is a CK_RV, and the connection is usable */
	CONN_UNSENT, /* broke before the whole request was handed over */
	CONN_BROKEN, /* broke after */
	CONN_TIMEOUT,
	CONN_NONSENSE, /* the other side breaks the protocol */
	CONN_MEMORY,   /* none for the reply */
};

/* One request and its reply; see store_call(). */
struct exchange {
	enum wire_type type;
	const void *request;
	void *reply;
	struct buf *payload;
	uint64_t deadline; /* of time_ms(), or DEADLINE_NONE */
	int *fd; /* the descriptor that comes along, -1: none; NULL: none is taken */
	const uint64_t *client; /* the generation of the one it is for; NULL: of any */
};

/* Monotonic milliseconds. */
uint64_t time_ms(void);

void conn_init(struct conn *c);
/* Connects to the first socket on the list of places that somebody trusted
 * listens on; not a byte is sent. limit_ms bounds the connecting; with
 * receive_limit it is the socket's time limit for receiving too. 0; -ENOENT:
 * no keyringd that could be trusted; -ETIMEDOUT, -ENOMEM (EMFILE as well). */
int conn_open(struct conn *c, unsigned limit_ms, bool receive_limit) MUST_CHECK;
/* False when the descriptor was closed, or is now something else. */
bool conn_is_ours(const struct conn *c) MUST_CHECK;
void conn_close(struct conn *c);
enum conn_result conn_call(
	struct conn *c, const struct exchange *x, CK_RV *ret_rv) MUST_CHECK;

/* path.c */
/* Calls try for each place until it does not return -ENOENT. */
int path_each(int (*try)(const char *path, void *arg), void *arg) MUST_CHECK;
/* May the process of this uid see PINs and plaintexts? */
bool path_owner_trusted(uid_t uid) MUST_CHECK;

struct store;
/* Replaces all time limits, for connections made from now on: for tests. */
void store_limit_set(struct store *store, unsigned ms);
