/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/watch_read.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "remote/proto/proto_convert.h"

#define MAX_NEWS 64u
/* Tickets run out without anybody being told; a full pool is asked again. */
#define TICK_MS 250u
#define TICKS_TO_LOOK 20u

struct watch_hub {
	struct keystored *ks;
	LIST_HEAD(, watcher) watchers;
	struct event *on_news, *on_tick;
	int wake;
	unsigned ticks;

	pthread_mutex_t lock; /* over what follows: other threads bring news */
	struct id news[MAX_NEWS];
	unsigned n_news;
	bool overflow;
	unsigned n_watchers;
};

/* --- One stream ------------------------------------------------------------ */

static void
watcher_free(struct watcher *w)
{
	free(w->peer_name);
	free(w);
}

static void
job_run(struct job *job)
{
	watch_read((struct watcher *)job); /* its first member */
}

/* Nothing is read that there is no room for. Without it, on_writable() tries again; when the
 * pool is full, a tick. */
static void
watcher_start(struct watcher *w)
{
	if (w->busy || w->over || w->stream == NULL || !w->dirty ||
		!rpc_stream_reserve(w->stream, WATCH_BYTES))
		return;
	if (pool_submit(w->ks->pool, &w->job) == 0) {
		w->busy = true;
		w->dirty = false;
	} else {
		(void)rpc_stream_reserve(w->stream, 0);
	}
}

/* Sends what was read, if anything. false: the stream has ended. */
static bool
watcher_send(struct watcher *w, const Keystore__V1__WatchResponse *response)
{
	int r = -EPIPE;

	if (w->stream != NULL && response == NULL) {
		(void)rpc_stream_reserve(w->stream, 0);
		return true;
	}
	if (w->stream != NULL)
		r = rpc_stream_send(w->stream, &response->base);
	if (r != 0 && r != -EPIPE) {
		w->over = true;
		rpc_status_set(&w->status, RPC_RESOURCE_EXHAUSTED, 0, "out of memory");
	}
	return r != -EPIPE;
}

static void
watcher_end(struct watcher *w)
{
	struct rpc_stream *stream = w->stream;

	if (stream != NULL)
		rpc_stream_end(stream, &w->status);
}

static void
job_done(struct job *job)
{
	struct watcher *w = (struct watcher *)job; /* its first member */
	Keystore__V1__WatchResponse *response = w->response;

	w->response = NULL;
	/* busy until the end: closed() must not free w from inside these calls */
	if (watcher_send(w, response) && w->over)
		watcher_end(w);
	if (response != NULL)
		keystore__v1__watch_response__free_unpacked(response, &rpc_allocator);
	w->busy = false;
	if (w->stream == NULL) {
		watcher_free(w);
		return;
	}
	w->dirty |= w->more;
	watcher_start(w);
}

static void
on_writable(void *arg)
{
	watcher_start(arg);
}

static void
on_closed(void *arg)
{
	struct watcher *w = arg;
	struct watch_hub *hub = w->ks->watch;

	LIST_REMOVE(w, link);
	(void)pthread_mutex_lock(&hub->lock);
	hub->n_watchers--;
	(void)pthread_mutex_unlock(&hub->lock);
	if (LIST_EMPTY(&hub->watchers))
		(void)event_del(hub->on_tick);
	w->stream = NULL;
	if (!w->busy)
		watcher_free(w);
}

/* --- All of them ----------------------------------------------------------- */

void
watch_notify(struct watch_hub *hub, const struct id *token)
{
	const uint64_t one = 1;
	bool wake = false;

	(void)pthread_mutex_lock(&hub->lock);
	if (hub->n_watchers != 0) {
		wake = hub->n_news == 0 && !hub->overflow;
		if (hub->n_news < MAX_NEWS)
			hub->news[hub->n_news++] = *token;
		else
			hub->overflow = true;
	}
	(void)pthread_mutex_unlock(&hub->lock);
	if (wake)
		while (write(hub->wake, &one, sizeof one) < 0 && errno == EINTR)
			;
}

static bool
is_news(const struct id *token, const struct id *news, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (id_equal(token, &news[i]))
			return true;
	return false;
}

static void
on_news(evutil_socket_t fd, short what, void *arg)
{
	struct watch_hub *hub = arg;
	struct id news[MAX_NEWS];
	struct watcher *w;
	uint64_t count;
	unsigned n;
	bool all;

	(void)what;
	if (read(fd, &count, sizeof count) < 0)
		return;
	(void)pthread_mutex_lock(&hub->lock);
	n = hub->n_news;
	memcpy(news, hub->news, n * sizeof news[0]);
	all = hub->overflow;
	hub->n_news = 0;
	hub->overflow = false;
	(void)pthread_mutex_unlock(&hub->lock);
	/* starting a job ends no stream: the list stays as it is */
	LIST_FOREACH (w, &hub->watchers, link)
		if (all || is_news(&w->auth.token, news, n)) {
			w->dirty = true;
			watcher_start(w);
		}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct watch_hub *hub = arg;
	bool look = ++hub->ticks % TICKS_TO_LOOK == 0;
	struct watcher *w;

	(void)fd;
	(void)what;
	LIST_FOREACH (w, &hub->watchers, link) {
		w->dirty |= look && w->auth.has_ticket;
		watcher_start(w);
	}
}

static int
hub_events(struct watch_hub *hub, struct event_base *base)
{
	hub->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (hub->wake < 0)
		return -errno;
	hub->on_news = event_new(base, hub->wake, EV_READ | EV_PERSIST, on_news, hub);
	hub->on_tick = event_new(base, -1, EV_PERSIST, on_tick, hub);
	if (hub->on_news == NULL || hub->on_tick == NULL ||
		event_add(hub->on_news, NULL) != 0)
		return -ENOMEM;
	return 0;
}

int
watch_hub_new(struct keystored *ks, struct watch_hub **ret)
{
	struct watch_hub *hub = calloc(1, sizeof *hub);
	int r;

	if (hub == NULL)
		return -ENOMEM;
	hub->ks = ks;
	hub->wake = -1;
	LIST_INIT(&hub->watchers);
	(void)pthread_mutex_init(&hub->lock, NULL);
	r = hub_events(hub, ks->base);
	if (r < 0) {
		watch_hub_free(hub);
		return r;
	}
	*ret = hub;
	return 0;
}

void
watch_hub_free(struct watch_hub *hub)
{
	if (hub == NULL)
		return;
	if (hub->on_news != NULL)
		event_free(hub->on_news);
	if (hub->on_tick != NULL)
		event_free(hub->on_tick);
	if (hub->wake >= 0)
		(void)close(hub->wake);
	(void)pthread_mutex_destroy(&hub->lock);
	free(hub);
}

/* --- A new stream ---------------------------------------------------------- */

static int
watcher_fill(struct call *c, const Keystore__V1__WatchRequest *rq, struct watcher *w)
{
	int r = call_id(c, rq->token_id, "token_id", &w->auth.token);

	if (r == 0 && rq->ticket.len != 0 && rq->ticket.len != TICKET_BYTES)
		r = auth_refuse_ticket(c);
	if (r != 0)
		return r;
	w->auth.has_ticket = rq->ticket.len != 0;
	if (w->auth.has_ticket)
		r = ticket_hash(proto_bytes(rq->ticket), w->auth.ticket);
	w->epoch = rq->epoch;
	w->revision = rq->revision;
	w->ctx = *c->rpc;
	w->ctx.traceparent = NULL;
	if (r == 0 && c->rpc->peer_name != NULL) {
		w->peer_name = strdup(c->rpc->peer_name);
		w->ctx.peer_name = w->peer_name;
		r = w->peer_name != NULL ? 0 : -ENOMEM;
	}
	return r;
}

bool
watch_open(const struct rpc_context *ctx, const ProtobufCMessage *request,
	struct rpc_stream *stream, struct rpc_status *status)
{
	const struct timeval tick = { 0, TICK_MS * 1000 };
	struct keystored *ks = ctx->user;
	struct call c = { ks, ctx, status, "/keystore.v1.Keystore/Watch" };
	struct watcher *w = calloc(1, sizeof *w);
	int r = -ENOMEM;

	/* base is the message's first member */
	if (w != NULL)
		r = watcher_fill(&c, (const Keystore__V1__WatchRequest *)request, w);
	if (r != 0) {
		call_end(&c, r);
		if (w != NULL)
			watcher_free(w);
		return false;
	}
	w->job.run = job_run;
	w->job.done = job_done;
	w->ks = ks;
	w->stream = stream;
	w->dirty = true;
	if (LIST_EMPTY(&ks->watch->watchers))
		(void)event_add(ks->watch->on_tick, &tick);
	LIST_INSERT_HEAD(&ks->watch->watchers, w, link);
	(void)pthread_mutex_lock(&ks->watch->lock);
	ks->watch->n_watchers++;
	(void)pthread_mutex_unlock(&ks->watch->lock);
	rpc_stream_callbacks(stream, on_writable, on_closed, w);
	watcher_start(w);
	return true;
}
