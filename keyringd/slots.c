/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/slots_internal.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "keyringd/index.h"
#include "keyringd/login.h"
#include "keyringd/numbers.h"
#include "keyringd/region.h"
#include "keyringd/upstream.h"
#include "keyringd/watch.h"

#define POLL_MS 2000u       /* while there are clients */
#define FRESH_MS 1000u      /* a list this old is asked for again */
#define STALE_MS 4000u      /* nobody asked for a while: wait a little */
#define FIRST_WAIT_MS 2000u /* after the start */
#define STALE_WAIT_MS 100u
/* Of one client: a connection full of what nothing may ever answer would not be read,
 * and its end not seen. */
#define WAITS_MAX 64u

/* ---- life */

void
token_free(struct token *t)
{
	watch_free(t->watch);
	index_free(t->index);
	token_region_free(t->region);
	free(t);
}

void
slots_free(struct slots *s)
{
	struct upstream *up;
	struct token *t;

	if (s == NULL)
		return;
	while ((up = TAILQ_FIRST(&s->upstreams)) != NULL) {
		TAILQ_REMOVE(&s->upstreams, up, link);
		upstream_free(up);
	}
	while ((t = TAILQ_FIRST(&s->tokens)) != NULL) {
		TAILQ_REMOVE(&s->tokens, t, link);
		token_free(t);
	}
	if (s->poll != NULL)
		event_free(s->poll);
	if (s->settle != NULL)
		event_free(s->settle);
	numbers_free(s->numbers);
	free(s);
}

static void
slots_free_ref(struct slots **s)
{
	slots_free(*s);
}

static void on_poll(evutil_socket_t fd, short what, void *arg);
static void on_settle(evutil_socket_t fd, short what, void *arg);

/* One upstream for all entries that name the same keystore. */
static int
upstreams_open(struct slots *s, struct conf_error *err)
{
	const struct tokens *tokens = &s->d->tokens;
	struct upstream *up;
	int r = 0;

	for (size_t i = 0; r == 0 && i < tokens->n; i++) {
		const struct token_entry *entry = &tokens->entries[i];

		TAILQ_FOREACH (up, &s->upstreams, link) {
			if (token_entry_same_keystore(up->entries[0], entry))
				break;
		}
		if (up != NULL) {
			r = upstream_add_entry(up, entry);
			continue;
		}
		r = upstream_new(s->d, entry, &up, err);
		if (r == 0)
			TAILQ_INSERT_TAIL(&s->upstreams, up, link);
	}
	return r;
}

int
slots_new(struct daemon *d, struct slots **ret, struct conf_error *err)
{
	CLEANUP(slots_free_ref)
	struct slots *s = calloc(1, sizeof *s);
	int r;

	(void)snprintf(err->text, sizeof err->text, "out of memory");
	if (s == NULL)
		return -ENOMEM;
	s->d = d;
	s->serial = SERIAL_FIRST;
	TAILQ_INIT(&s->upstreams);
	TAILQ_INIT(&s->tokens);
	TAILQ_INIT(&s->lists);
	TAILQ_INIT(&s->waits);
	s->poll = event_new(d->base, -1, EV_PERSIST, on_poll, s);
	s->settle = event_new(d->base, -1, 0, on_settle, s);
	if (s->poll == NULL || s->settle == NULL)
		return -ENOMEM;
	r = numbers_open(d->config.state_dir, &s->numbers, err);
	if (r == 0)
		r = upstreams_open(s, err);
	if (r == 0)
		*ret = TAKE_PTR(s);
	return r;
}

/* ---- asking */

static void
refresh_all(struct slots *s)
{
	struct upstream *up;

	TAILQ_FOREACH (up, &s->upstreams, link)
		upstream_refresh(up);
}

static void
on_poll(evutil_socket_t fd, short what, void *arg)
{
	struct slots *s = arg;

	if (s->d->n_clients == 0) {
		(void)event_del(s->poll);
		return;
	}
	refresh_all(s);
	logins_renew(s->d);
}

/* Is there a keystore that was not heard for ms, although it is there? */
static bool
any_stale(const struct slots *s, uint64_t ms)
{
	const struct upstream *up;
	uint64_t now = now_ms();

	TAILQ_FOREACH (up, &s->upstreams, link) {
		if (!up->failing && now - up->answered_ms > ms)
			return true;
	}
	return false;
}

void
slots_wake(struct slots *s)
{
	static const struct timeval period = { POLL_MS / 1000, 0 };

	if (!event_pending(s->poll, EV_TIMEOUT, NULL)) {
		(void)event_add(s->poll, &period);
		refresh_all(s);
	}
}

uint64_t
slots_serial(const struct slots *s)
{
	return s->serial;
}

/* ---- answering */

static uint32_t
tries_flags(uint32_t left, uint32_t max, uint32_t low, uint32_t final, uint32_t locked)
{
	if (max == 0 || left >= max)
		return 0;
	return low | (left == 1 ? final : 0) | (left == 0 ? locked : 0);
}

static void
token_encode(const struct token *t, struct buf *to)
{
	struct wire_slot slot = {
		.slot = t->number,
		.token = t->id,
		.label = BYTES_STR(t->label),
		.min_pin = t->min_pin,
		.max_pin = t->max_pin,
		.epoch = t->epoch,
	};

	slot.flags = (t->initialized ? WIRE_SLOT_INITIALIZED : 0) |
		     (t->user_pin_set ? WIRE_SLOT_USER_PIN : 0) |
		     (t->gone ? WIRE_SLOT_GONE : 0);
	if (!t->blank)
		slot.flags |= tries_flags(t->user_tries, t->max_tries, WIRE_SLOT_USER_LOW,
				      WIRE_SLOT_USER_FINAL, WIRE_SLOT_USER_LOCKED) |
			      tries_flags(t->so_tries, t->max_tries, WIRE_SLOT_SO_LOW,
				      WIRE_SLOT_SO_FINAL, WIRE_SLOT_SO_LOCKED);
	wire_encode(wire_slot_fields, &slot, to);
}

void
token_reply(struct request *r, const struct token *t)
{
	struct buf text = BUF_INIT;
	struct wire_slot_reply reply;

	token_encode(t, &text);
	reply.slot = buf_bytes(&text);
	request_done(r, buf_ok(&text) ? CKR_OK : CKR_HOST_MEMORY, &reply);
	buf_free(&text);
}

bool
token_allowed(const struct token *t, const struct client *cl)
{
	return access_allows(t->d->access, &cl->peer,
		t->blank ? BYTES_NONE : BYTES_OF(t->id.b), BYTES_STR(t->label));
}

bool
token_visible(const struct token *t, const struct client *cl)
{
	return (!t->gone || cl->list_serial < t->gone_serial) && token_allowed(t, cl);
}

uint64_t
slots_seen(const struct slots *s, const struct client *cl)
{
	uint64_t serial = SERIAL_FIRST;
	const struct token *t;

	TAILQ_FOREACH (t, &s->tokens, link) {
		if (t->changed > serial && token_visible(t, cl))
			serial = t->changed;
	}
	return serial;
}

struct token *
slots_find(struct client *cl, uint64_t number)
{
	struct token *t;

	TAILQ_FOREACH (t, &cl->d->slots->tokens, link) {
		if (t->number == number)
			return token_visible(t, cl) ? t : NULL;
	}
	return NULL;
}

enum { RANK_INITIALIZED, RANK_OTHERS, RANK_BLANK, RANKS };

static int
token_rank(const struct token *t)
{
	if (t->blank)
		return RANK_BLANK;
	return t->initialized && !t->gone ? RANK_INITIALIZED : RANK_OTHERS;
}

static void
list_answer(struct slots *s, struct request *r)
{
	struct wire_slots_reply reply = { .serial = slots_seen(s, r->client) };
	struct buf list = BUF_INIT;
	const struct token *t;

	for (int rank = 0; rank < RANKS; rank++) {
		TAILQ_FOREACH (t, &s->tokens, link) {
			if (token_rank(t) == rank && token_visible(t, r->client))
				token_encode(t, &list);
		}
	}
	reply.list = buf_bytes(&list);
	request_done(r, buf_ok(&list) ? CKR_OK : CKR_HOST_MEMORY, &reply);
	buf_free(&list);
}

void
lists_answer(struct slots *s)
{
	struct request *r;

	(void)event_del(s->settle);
	while ((r = TAILQ_FIRST(&s->lists)) != NULL) {
		TAILQ_REMOVE(&s->lists, r, waiting);
		list_answer(s, r);
	}
}

static void
on_settle(evutil_socket_t fd, short what, void *arg)
{
	struct slots *s = arg;

	s->settled = true;
	lists_answer(s);
}

void
handle_slots(struct request *r)
{
	struct slots *s = r->conn->d->slots;
	bool wait = !s->settled || any_stale(s, STALE_MS);
	struct timeval limit = { 0, 0 };
	struct request *held;

	if (!s->settled || any_stale(s, FRESH_MS))
		refresh_all(s);
	if (!wait || TAILQ_EMPTY(&s->upstreams)) {
		list_answer(s, r);
		return;
	}
	held = request_hold(r, false);
	if (held == NULL)
		return;
	TAILQ_INSERT_TAIL(&s->lists, held, waiting);
	if (event_pending(s->settle, EV_TIMEOUT, NULL))
		return;
	limit.tv_sec = s->settled ? 0 : FIRST_WAIT_MS / 1000;
	limit.tv_usec = s->settled ? STALE_WAIT_MS * 1000 : 0;
	(void)event_add(s->settle, &limit);
}

/* Answers with the change that comes next after the client's serial; where that is none of
 * ours, or of a token that the client may not use any more, with the last one. false: it
 * has heard of all. */
static bool
wait_answer(const struct slots *s, struct request *r)
{
	const uint64_t serial = r->m.wait_slots.serial, seen = slots_seen(s, r->client);
	const struct token *t, *next = NULL, *last = NULL;
	struct wire_wait_slots_reply reply;

	if (serial == seen)
		return false;
	TAILQ_FOREACH (t, &s->tokens, link) {
		if (!token_visible(t, r->client))
			continue;
		if (t->changed == seen)
			last = t;
		if (t->changed > serial && (next == NULL || t->changed < next->changed))
			next = t;
	}
	if (last == NULL) { /* there is no slot to tell of */
		request_done(r, CKR_DEVICE_ERROR, NULL);
		return true;
	}
	if (next == NULL)
		next = last;
	reply = (struct wire_wait_slots_reply){ next->changed, next->number };
	request_done(r, CKR_OK, &reply);
	return true;
}

void
handle_wait_slots(struct request *r)
{
	struct slots *s = r->conn->d->slots;
	struct request *held;

	if (wait_answer(s, r))
		return;
	if (r->client->n_waits >= WAITS_MAX) {
		request_done(r, CKR_DEVICE_MEMORY, NULL);
		return;
	}
	held = request_hold(r, false);
	if (held == NULL)
		return;
	held->client->n_waits++;
	TAILQ_INSERT_TAIL(&s->waits, held, waiting);
}

void
slots_forget_client(struct client *cl)
{
	cl->n_waits = 0;
	request_queue_forget(&cl->d->slots->lists, cl);
	request_queue_forget(&cl->d->slots->waits, cl);
}
