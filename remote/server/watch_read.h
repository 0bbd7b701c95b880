/* SPDX-License-Identifier: Apache-2.0 */
/* One stream of Watch and what it reads from the database. */
#pragma once

#include <sys/queue.h>

#include "common/pool.h"
#include "remote/proto/keystore.pb-c.h"
#include "remote/server/auth.h"
#include "remote/server/watch.h"

struct watcher {
	struct job job;
	LIST_ENTRY(watcher) link;
	struct rpc_stream *stream; /* NULL once it is closed */
	struct keystored *ks;
	bool busy;  /* a job or its result is under way */
	bool dirty; /* there may be more to read */

	/* The job's, and nobody else's while busy: */
	struct rpc_context ctx; /* outlives the stream's own */
	char *peer_name;
	struct auth auth;
	uint64_t epoch, revision; /* what the caller has */
	uint64_t snapshot;        /* deletions up to this one are of what it never had */
	bool told;                /* something was sent */
	bool current;             /* ... and the last one said that it was all */
	uint8_t token_seen[32];   /* hash of the token as last sent */

	/* Its result: */
	Keystore__V1__WatchResponse *response; /* NULL: nothing new */
	bool more;
	bool over; /* with this status */
	struct rpc_status status;
};

/* About the longest message there is, but for one object that is longer itself. */
#define WATCH_BYTES (1u << 20)
/* Fills the result; in a worker. */
void watch_read(struct watcher *w);
