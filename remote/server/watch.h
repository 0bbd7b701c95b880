/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Following a token: everything after a revision, then changes as they are
 * committed. Streams live in the loop's thread; what they send is read from the
 * database by jobs in the pool, one at a time for each stream.
 */
#pragma once

#include "remote/server/server.h"

/* 0 or -errno. Uses ks->base, pool, storage. */
int watch_hub_new(struct keystored *ks, struct watch_hub **ret) MUST_CHECK;
/* After rpc_server_free() and pool_free(): no stream and no job is left. */
void watch_hub_free(struct watch_hub *hub);

bool watch_open(const struct rpc_context *ctx, const ProtobufCMessage *request,
	struct rpc_stream *stream, struct rpc_status *status);
/* Any thread, after a commit: something of this token changed. */
void watch_notify(struct watch_hub *hub, const struct id *token);
