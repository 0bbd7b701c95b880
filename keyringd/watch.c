/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/watch.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "keyringd/index.h"
#include "keyringd/op_cache.h"
#include "keyringd/upstream.h"

#define WAIT_MS 10000u /* of a search, for the first answer */
#define RETRY_MS 100u  /* doubled each time */
#define RETRY_MOST_MS 5000u
#define HOPELESS 3u /* failures after which nobody waits any more */

/* One Watch call: anonymous, or with a user's ticket. */
struct stream {
	struct watch *w;
	struct rpc_call *call;
	bool ticketed;
	bool current; /* since the last change of epoch */
	bool sweeps;  /* began from zero over what was there: `round` tells it */
	uint32_t round;
	uint64_t revision; /* what it may see is known up to here */
	unsigned failures; /* one after the other */
	struct event *retry;
};

struct watch {
	struct token *t;
	struct stream public, all;
	const struct login *holder; /* whose ticket `all` uses */
	bool wanted;
	struct request_queue waiting;
	struct event *limit;
};

/* ---- life */

static void on_retry(evutil_socket_t fd, short what, void *arg);
static void on_limit(evutil_socket_t fd, short what, void *arg);

static void
stream_stop(struct stream *s)
{
	if (s->call != NULL)
		rpc_cancel(s->call);
	s->call = NULL;
	if (s->retry != NULL)
		(void)event_del(s->retry);
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	/* channels are gone by now, and their calls with them */
	if (w->public.retry != NULL)
		event_free(w->public.retry);
	if (w->all.retry != NULL)
		event_free(w->all.retry);
	if (w->limit != NULL)
		event_free(w->limit);
	free(w);
}

int
watch_new(struct token *t, struct watch **ret)
{
	struct watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return -ENOMEM;
	w->t = t;
	w->public.w = w->all.w = w;
	w->all.ticketed = true;
	TAILQ_INIT(&w->waiting);
	w->public.retry = event_new(t->d->base, -1, 0, on_retry, &w->public);
	w->all.retry = event_new(t->d->base, -1, 0, on_retry, &w->all);
	w->limit = event_new(t->d->base, -1, 0, on_limit, w);
	if (w->public.retry == NULL || w->all.retry == NULL || w->limit == NULL) {
		watch_free(w);
		return -ENOMEM;
	}
	*ret = w;
	return 0;
}

/* ---- who waits */

bool
watch_is_current(const struct watch *w, enum object_role role)
{
	if (role == ROLE_USER)
		return w->all.current;
	return w->public.current || w->all.current;
}

/* hopeless: those too whose objects have not come. */
static void
waiting_go_on(struct watch *w, bool hopeless)
{
	struct request *r, *next;

	for (r = TAILQ_FIRST(&w->waiting); r != NULL; r = next) {
		const struct login *l;

		next = TAILQ_NEXT(r, waiting);
		LIST_FOREACH (l, &r->client->logins, link) {
			if (l->token == w->t)
				break;
		}
		if (!hopeless && l != NULL && !watch_is_current(w, l->role))
			continue;
		TAILQ_REMOVE(&w->waiting, r, waiting);
		r->waited = hopeless;
		request_go_on(r);
	}
	if (TAILQ_EMPTY(&w->waiting))
		(void)event_del(w->limit);
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	waiting_go_on(arg, true);
}

void
watch_wait(struct watch *w, struct request *r)
{
	static const struct timeval limit = { WAIT_MS / 1000, 0 };

	TAILQ_INSERT_TAIL(&w->waiting, r, waiting);
	if (!event_pending(w->limit, EV_TIMEOUT, NULL))
		(void)event_add(w->limit, &limit);
}

void
watch_forget_client(struct watch *w, const struct client *cl)
{
	request_queue_forget(&w->waiting, cl);
}

/* ---- news */

static void stream_start(struct stream *s);

static void
forget_all(struct watch *w)
{
	token_revoke(w->t);
	index_clear(w->t->index);
	w->public.revision = w->all.revision = 0;
	w->public.current = w->all.current = false;
}

static void
object_news(struct watch *w, const Keystore__V1__Object *o)
{
	struct attrs attrs = ATTRS_INIT;
	struct wire_id id;

	if (o->id.len != sizeof id)
		return;
	memcpy(&id, o->id.data, sizeof id);
	if (proto_to_attrs(o->n_attributes, o->attributes, PROTO_SKIP_UNKNOWN, &attrs) !=
			CKR_OK ||
		index_put(w->t->index, &id, o->revision, attrs_bytes(&attrs)) != 0)
		log_error("token '%s': an object cannot be taken into the index",
			w->t->label);
	attrs_free(&attrs);
}

static void
deleted_news(struct watch *w, ProtobufCBinaryData data)
{
	struct wire_id id;

	if (data.len != sizeof id)
		return;
	memcpy(&id, data.data, sizeof id);
	index_remove(w->t->index, &id, 0);
}

static void
stream_is_current(struct stream *s)
{
	struct watch *w = s->w;

	s->current = true;
	if (s->sweeps)
		index_sweep(w->t->index, s->round, s->revision, s->ticketed);
	s->sweeps = false;
	if (s->ticketed) { /* it says everything the other one would */
		stream_stop(&w->public);
		if (s->revision > w->public.revision)
			w->public.revision = s->revision;
	}
	waiting_go_on(w, false);
}

/* The server has no record of what went since we followed it, or its data are older
 * than ours: the other stream has to begin afresh too. */
static void
restart_news(struct stream *s)
{
	struct watch *w = s->w;
	struct stream *other = s->ticketed ? &w->public : &w->all;

	log_info("token '%s': everything is read again", w->t->label);
	s->sweeps = false;
	forget_all(w);
	if (other->call == NULL)
		return;
	stream_stop(other);
	stream_start(other);
}

/* A new epoch: tickets have ended, and the other stream is told by its own. */
static void
epoch_news(struct stream *s, uint64_t epoch)
{
	struct watch *w = s->w;

	w->t->epoch = epoch;
	forget_all(w);
	logins_drop_token(w->t);
}

static void
on_message(void *arg, const ProtobufCMessage *message)
{
	const Keystore__V1__WatchResponse *news = (const void *)message;
	struct stream *s = arg;
	struct watch *w = s->w;
	struct rpc_call *call = s->call;

	s->failures = 0;
	if (news->gone) {
		token_gone(w->t);
		return;
	}
	if (news->epoch != w->t->epoch)
		epoch_news(s, news->epoch);
	else if (news->restart)
		restart_news(s);
	if (s->call != call)
		return; /* its ticket went with the old epoch */
	for (size_t i = 0; i < news->n_changed; i++)
		object_news(w, news->changed[i]);
	for (size_t i = 0; i < news->n_deleted; i++)
		deleted_news(w, news->deleted[i]);
	if (news->revision > s->revision)
		s->revision = news->revision;
	if (s->ticketed && s->current && s->revision > w->public.revision)
		w->public.revision = s->revision;
	if (s->current && (s->ticketed || w->all.call == NULL))
		index_settle(w->t->index, s->revision);
	if (news->token != NULL)
		token_update(w->t, news->token);
	if (news->current && s->call == call && !s->current)
		stream_is_current(s);
}

/* ---- streams */

static void
stream_retry(struct stream *s)
{
	unsigned ms = RETRY_MS << (s->failures < 6 ? s->failures : 6);
	struct timeval pause;

	if (ms > RETRY_MOST_MS)
		ms = RETRY_MOST_MS;
	ms = ms / 2 + (unsigned)random() % (ms / 2 + 1);
	pause = (struct timeval){ ms / 1000, ms % 1000 * 1000 };
	(void)event_add(s->retry, &pause);
	if (++s->failures >= HOPELESS)
		waiting_go_on(s->w, true);
}

static void
on_end(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	struct stream *s = arg;
	struct login *l;

	s->call = NULL;
	log_debug("token '%s': its watch ended: %s", s->w->t->label, status->message);
	if (status->code == RPC_CANCELLED && s->w->t->d->stopping)
		return;
	if (s->ticketed && remote_ckr(status) == CKR_USER_NOT_LOGGED_IN) {
		LIST_FOREACH (l, &s->w->t->tickets, ticketed) {
			if (l == s->w->holder) {
				logins_check(s->w->t, l);
				(void)login_result(l, status, 0, false);
				return; /* went on to watch_tickets() */
			}
		}
	}
	stream_retry(s);
}

static void
stream_start(struct stream *s)
{
	Keystore__V1__WatchRequest request = KEYSTORE__V1__WATCH_REQUEST__INIT;
	struct token *t = s->w->t;
	struct login *holder = s->ticketed ? login_of_user(t) : NULL;

	if (s->call != NULL || t->blank || t->gone || (s->ticketed && holder == NULL))
		return;
	(void)event_del(s->retry);
	request.token_id = proto_borrow(BYTES_OF(t->id.b));
	request.epoch = t->epoch;
	request.revision = s->revision;
	if (s->revision == 0) {
		s->sweeps = true;
		s->round = index_round(t->index);
	}
	if (s->ticketed)
		request.ticket = proto_borrow(login_ticket(holder));
	s->w->holder = s->ticketed ? holder : s->w->holder;
	if (rpc_server_stream(t->up->channel, remote_methods[REMOTE_WATCH].path,
		    &request.base, remote_methods[REMOTE_WATCH].response, on_message,
		    on_end, s, &s->call) != 0) {
		s->call = NULL;
		stream_retry(s);
	}
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;

	if (s->ticketed || !s->w->all.current)
		stream_start(s);
}

/* ---- from outside */

void
watch_want(struct watch *w)
{
	if (w->wanted)
		return;
	w->wanted = true;
	watch_tickets(w);
}

void
watch_tickets(struct watch *w)
{
	const struct login *l;
	bool private;

	LIST_FOREACH (l, &w->t->tickets, ticketed) {
		if (l == w->holder && l->role == ROLE_USER)
			break;
	}
	if (l == NULL) {
		stream_stop(&w->all);
		w->holder = NULL;
	}
	if (!w->wanted)
		return;
	if (login_of_user(w->t) != NULL) {
		stream_start(&w->all);
	} else {
		private = index_drop_private(w->t->index);
		if (index_drop_values(w->t->index) || private)
			token_revoke(w->t);
		op_cache_clear(w->t->d->op_cache);
		w->public.current |= w->all.current;
		w->all.current = false;
		w->all.revision = 0;
		w->all.failures = 0;
	}
	if (!w->all.current && !event_pending(w->public.retry, EV_TIMEOUT, NULL))
		stream_start(&w->public);
}

void
watch_epoch(struct watch *w, uint64_t epoch)
{
	stream_stop(&w->public);
	stream_stop(&w->all);
	w->t->epoch = epoch;
	forget_all(w);
	watch_tickets(w);
}

void
watch_stop(struct watch *w)
{
	stream_stop(&w->public);
	stream_stop(&w->all);
	forget_all(w);
	waiting_go_on(w, true);
	w->wanted = false;
}

void
watch_apply(struct watch *w, const struct wire_id *id, uint64_t revision,
	struct bytes attributes)
{
	const bool private = attrs_bool(attributes, CKA_PRIVATE, true);
	/* the public one passes private objects without a word */
	const struct stream *s = private || w->all.current ? &w->all : &w->public;

	/* nobody who may see it is left; who comes reads it from the keystore */
	if (w->t->gone || (private && login_of_user(w->t) == NULL))
		return;
	/* The stream has passed it, and it is not there: it was deleted since. */
	if (s->call != NULL && s->current && revision <= s->revision &&
		index_get(w->t->index, id) == NULL)
		return;
	if (index_put(w->t->index, id, revision, attributes) != 0)
		log_error("token '%s': an object cannot be taken into the index",
			w->t->label);
}

void
watch_apply_gone(struct watch *w, const struct wire_id *id, uint64_t revision)
{
	const struct stream *s = w->all.current ? &w->all : &w->public;
	const bool reading = w->all.call != NULL && !w->all.current;

	op_cache_drop(w->t->d->op_cache, id);
	/* what the stream has passed needs no mark, unless the other one still reads what was
	 * there before */
	index_remove(w->t->index, id,
		reading || (s->call != NULL && revision > s->revision) ? revision : 0);
}
