/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/health.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#define SERVING GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
#define NOT_SERVING GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING
#define UNKNOWN GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN

struct watcher {
	LIST_ENTRY(watcher) link;
	struct rpc_stream *stream;
};

struct health {
	LIST_HEAD(, watcher) watchers;
};

struct health *
health_new(void)
{
	struct health *h = calloc(1, sizeof *h);

	if (h != NULL)
		LIST_INIT(&h->watchers);
	return h;
}

void
health_free(struct health *h)
{
	free(h);
}

/* The whole server, or its one service. */
static bool
is_ours(const Grpc__Health__V1__HealthCheckRequest *rq)
{
	return rq->service[0] == '\0' || strcmp(rq->service, "keystore.v1.Keystore") == 0;
}

static int
nothing_tx(struct storage_tx *tx, void *arg)
{
	(void)tx;
	(void)arg;
	return 0;
}

int
handle_health_check(struct call *c, const Grpc__Health__V1__HealthCheckRequest *rq,
	Grpc__Health__V1__HealthCheckResponse *rs)
{
	if (!is_ours(rq)) {
		rpc_status_set(c->status, RPC_NOT_FOUND, 0, "no such service here");
		return CALL_REFUSED;
	}
	rs->status = storage_read(c->ks->storage, nothing_tx, NULL) == 0 ? SERVING
									 : NOT_SERVING;
	return 0;
}

static void
on_closed(void *arg)
{
	struct watcher *w = arg;

	LIST_REMOVE(w, link);
	free(w);
}

static int
tell(struct rpc_stream *stream, int status)
{
	Grpc__Health__V1__HealthCheckResponse rs =
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

	rs.status = (Grpc__Health__V1__HealthCheckResponse__ServingStatus)status;
	return rpc_stream_send(stream, &rs.base);
}

bool
health_watch(const struct rpc_context *ctx, const ProtobufCMessage *request,
	struct rpc_stream *stream, struct rpc_status *status)
{
	/* base is the message's first member */
	const Grpc__Health__V1__HealthCheckRequest *rq =
		(const Grpc__Health__V1__HealthCheckRequest *)request;
	const struct keystored *ks = ctx->user;
	struct watcher *w = calloc(1, sizeof *w);

	if (w == NULL || tell(stream, is_ours(rq) ? SERVING : UNKNOWN) < 0) {
		free(w);
		rpc_status_set(status, RPC_RESOURCE_EXHAUSTED, 0, "out of memory");
		return false;
	}
	w->stream = stream;
	LIST_INSERT_HEAD(&ks->health->watchers, w, link);
	rpc_stream_callbacks(stream, NULL, on_closed, w);
	return true;
}

void
health_stopping(struct health *h)
{
	struct watcher *w, *next;
	int r = 0;

	for (w = LIST_FIRST(&h->watchers); w != NULL; w = next) {
		next = LIST_NEXT(w, link);
		r |= tell(w->stream, NOT_SERVING);
	}
	(void)r; /* who does not listen will see the connection end */
}
