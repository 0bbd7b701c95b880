/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded pool of worker threads for blocking work, next to one libevent
 * loop. run() is called in a worker, then done() in the loop's thread. A
 * job whose owner has gone is still run to its end; owners keep what the
 * job needs alive by counting references.
 */
#pragma once

#include "common/bytes.h"

struct event_base;
struct pool;

struct job {
	void (*run)(struct job *);
	void (*done)(struct job *); /* frees the job if it was allocated */
	struct job *next;           /* the pool's */
};

/* 0 or -errno. threads at least 1. limit: jobs waiting, at the most. */
int pool_new(struct event_base *base, unsigned threads, size_t limit,
	struct pool **ret) MUST_CHECK;
/* Loop thread only. -EAGAIN when limit jobs wait already; -ECANCELED from a
 * done() that pool_free() calls. */
int pool_submit(struct pool *pool, struct job *job) MUST_CHECK;
/* Waits for the running jobs, drops (done() without run()) none: every
 * submitted job is run and done. Loop thread only, not from a done(). Harmless
 * on NULL. */
void pool_free(struct pool *pool);
