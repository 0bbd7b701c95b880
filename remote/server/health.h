/* SPDX-License-Identifier: Apache-2.0 */
/* grpc.health.v1: answers, and streams that hear of the end. */
#pragma once

#include "remote/server/handlers.h"

struct health *health_new(void);
void health_free(struct health *h);
bool health_watch(const struct rpc_context *ctx, const ProtobufCMessage *request,
	struct rpc_stream *stream, struct rpc_status *status);
/* Tells those who watch that no more calls are served. */
void health_stopping(struct health *h);
