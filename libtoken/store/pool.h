/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the store. Every connection of the pool is free (not connected), idle,
 * or in use by one call.
 */
#pragma once

#include <pthread.h>

#include "common/secret.h"
#include "libtoken/store/conn.h"
#include "libtoken/store/store.h"

#define CONNS 64u /* at most, without those of store_wait() */
#define WAITS 16u /* threads in store_wait() */

struct store {
	pthread_mutex_t lock; /* never held across a round trip */
	pthread_cond_t freed; /* a connection was given back, the first hello ended */
	struct conn conns[CONNS];
	uint8_t idle[CONNS], free[CONNS]; /* stacks of indices */
	unsigned idle_n, free_n;
	unsigned ended; /* of those that keyringd had taken: it has room again */
	struct conn waits[WAITS];
	bool wait_used[WAITS];
	bool stopped;
	bool greeting; /* the first hello is under way: more would be more clients */
	struct secret secret;
	atomic_uint_fast64_t generation;
	struct store_policy policy;
	atomic_uint limit_ms; /* 0: those of the rules */
};

void store_lock(struct store *s);
void store_unlock(struct store *s);
/* Milliseconds. */
unsigned store_limit(const struct store *s, enum wire_type type);
CK_RV result_rv(enum conn_result result);

/* client.c: opens c and joins the store's client; makes one if there is none. */
CK_RV client_join(struct store *s, struct conn *c, bool receive_limit,
	uint64_t deadline) MUST_CHECK;

/* pool.c */
void pool_init(struct store *s);
/* fresh: one that is newly made. */
CK_RV pool_take(
	struct store *s, bool fresh, uint64_t deadline, struct conn **ret) MUST_CHECK;
/* A new one for who has one already. */
CK_RV pool_take_another(struct store *s, uint64_t deadline, struct conn **ret) MUST_CHECK;
void pool_give(struct store *s, struct conn *c);
/* Instead of pool_give() when it is broken. */
void pool_drop(struct store *s, struct conn *c);
/* With the lock held: closes every idle connection. */
void pool_drop_idle(struct store *s);
