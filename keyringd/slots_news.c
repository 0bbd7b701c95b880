/* SPDX-License-Identifier: Apache-2.0 */
/* How slots come, change and go: what keystores say of their tokens. */
#include <stdlib.h>

#include "common/log.h"
#include "keyringd/index.h"
#include "keyringd/login.h"
#include "keyringd/numbers.h"
#include "keyringd/op_cache.h"
#include "keyringd/passes.h"
#include "keyringd/region.h"
#include "keyringd/slots_internal.h"
#include "keyringd/upstream.h"
#include "keyringd/watch.h"

#define TOKENS_MAX 10000u /* those that went too: their slots stay */

static const struct wire_id no_id;

/* ---- changes */

/* Who waits has heard of all that came before. A slot that goes from a client's sight changes
 * for it, too. */
static void
list_changed(struct slots *s, const struct token *before, struct token *t)
{
	struct wire_wait_slots_reply reply = { .slot = t->number };
	struct request *r, *next;

	t->changed = ++s->serial;
	for (r = TAILQ_FIRST(&s->waits); r != NULL; r = next) {
		next = TAILQ_NEXT(r, waiting);
		if (!token_visible(before, r->client) && !token_visible(t, r->client))
			continue;
		reply.serial = slots_seen(s, r->client);
		TAILQ_REMOVE(&s->waits, r, waiting);
		r->client->n_waits--;
		request_done(r, CKR_OK, &reply);
	}
}

static void
token_insert(struct slots *s, struct token *t)
{
	struct token *after;

	TAILQ_FOREACH_REVERSE(after, &s->tokens, token_list, link)
	{
		if (after->number < t->number)
			break;
	}
	if (after != NULL)
		TAILQ_INSERT_AFTER(&s->tokens, after, t, link);
	else
		TAILQ_INSERT_HEAD(&s->tokens, t, link);
}

void
token_revoke(struct token *t)
{
	passes_end_token(t->d, t);
	token_region_epoch(t->region);
}

void
slots_distrust(struct slots *s, const struct upstream *up)
{
	struct token *t;

	TAILQ_FOREACH (t, &s->tokens, link) {
		if (t->up == up)
			token_revoke(t);
	}
}

/* Before anybody else hears of it. */
static void
on_object_change(
	void *arg, const struct index_object *old, const struct index_object *now)
{
	struct token *t = arg;

	token_region_count(t->region, old->cell);
	op_cache_drop(t->d->op_cache, &old->id);
	if (now != NULL)
		passes_key_changed(t->d, &old->id, index_attributes(now));
	else
		passes_key_gone(t->d, &old->id);
}

static struct token *
token_new(struct slots *s, struct upstream *up, const struct token_entry *entry,
	const struct wire_id *id)
{
	struct token *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->d = s->d;
	t->up = up;
	t->entry = entry;
	t->id = *id;
	t->min_pin = PIN_MIN;
	t->max_pin = PIN_MAX;
	LIST_INIT(&t->tickets);
	if (index_new(s->d->vault, &t->index) != 0 || watch_new(t, &t->watch) != 0 ||
		token_region_new(s->d->regions, &t->region) != 0) {
		token_free(t);
		return NULL;
	}
	index_on_change(t->index, on_object_change, t);
	t->number = numbers_get(s->numbers, id);
	token_insert(s, t);
	s->n_tokens++;
	return t;
}

/* What makes a token another one: it came, went, or was initialised. Of its PINs the list tells
 * too, but they are no event of its slot (5.5.4), or each wrong one would be told to all. */
struct token_view {
	char label[33];
	bool gone, initialized;
	uint64_t epoch;
};

static struct token_view
token_view(const struct token *t)
{
	struct token_view v;

	memset(&v, 0, sizeof v); /* compared whole, gaps included */
	memcpy(v.label, t->label, sizeof v.label);
	v.gone = t->gone;
	v.initialized = t->initialized;
	v.epoch = t->epoch;
	return v;
}

static void
token_take(struct token *t, const struct token *before, const Keystore__V1__Token *news)
{
	struct token_view old = token_view(before), now;
	char label[sizeof t->label];

	memset(label, 0, sizeof label);
	strncpy(label, news->label, sizeof label - 1);
	if (memcmp(label, t->label, sizeof label) != 0) {
		t->access_era++;
		token_region_epoch(t->region); /* all are asked for again */
	}
	memcpy(t->label, label, sizeof label);
	t->gone = false;
	t->initialized = news->initialized;
	t->user_pin_set = news->user_pin_set;
	t->public_certificates = news->public_certificates;
	t->user_tries = news->user_tries_left;
	t->so_tries = news->so_tries_left;
	t->max_tries = news->max_tries;
	t->min_pin = news->min_pin != 0 ? news->min_pin : PIN_MIN;
	t->max_pin = news->max_pin != 0 ? news->max_pin : PIN_MAX;
	if (t->epoch != news->epoch && t->epoch != 0) {
		logins_drop_token(t);
		watch_epoch(t->watch, news->epoch);
	}
	t->epoch = news->epoch;
	now = token_view(t);
	if (memcmp(&old, &now, sizeof old) != 0)
		list_changed(t->d->slots, before, t);
}

void
token_update(struct token *t, const Keystore__V1__Token *news)
{
	const struct token before = *t;

	token_take(t, &before, news);
}

void
token_gone(struct token *t)
{
	struct slots *s = t->d->slots;

	if (t->gone)
		return;
	t->gone = true;
	logins_drop_token(t);
	watch_stop(t->watch);
	index_clear(t->index);
	log_info(
		"slot %llu: token '%s' is gone", (unsigned long long)t->number, t->label);
	t->gone_serial = s->serial + 1;
	list_changed(s, t, t);
}

/* ---- a keystore's list */

static bool
spaces_match(const struct token_entry *e, const Keystore__V1__Token *t)
{
	if (!e->private_space.set)
		return true;
	return t->private_space.len == 16 && t->public_space.len == 16 &&
	       memcmp(t->private_space.data, e->private_space.b, 16) == 0 &&
	       memcmp(t->public_space.data, e->public_space.b, 16) == 0;
}

/* The entry that wants it; one that names its spaces comes first. */
static const struct token_entry *
entry_for(const struct upstream *up, const Keystore__V1__Token *t)
{
	const struct token_entry *found = NULL;

	for (size_t i = 0; i < up->n_entries; i++) {
		if (spaces_match(up->entries[i], t) &&
			(found == NULL || up->entries[i]->private_space.set))
			found = up->entries[i];
	}
	return found;
}

static struct token *
token_by_id(struct slots *s, const struct wire_id *id)
{
	struct token *t;

	TAILQ_FOREACH (t, &s->tokens, link) {
		if (!t->blank && memcmp(&t->id, id, sizeof *id) == 0)
			return t;
	}
	return NULL;
}

static bool
id_read(const Keystore__V1__Token *news, struct wire_id *ret)
{
	struct wire_id id;

	if (news->id.len != sizeof id)
		return false;
	memcpy(&id, news->id.data, sizeof id);
	if (memcmp(&id, &no_id, sizeof id) == 0)
		return false;
	*ret = id;
	return true;
}

bool
token_settle(struct token *t, const Keystore__V1__Token *news)
{
	const struct token before = *t;
	struct slots *s = t->d->slots;
	struct wire_id id;

	if (!id_read(news, &id) || token_by_id(s, &id) != NULL)
		return false;
	t->id = id;
	t->blank = false;
	t->access_era++;
	if (numbers_settle(s->numbers, &t->id))
		numbers_save(s->numbers);
	log_info(
		"slot %llu: token '%s' made", (unsigned long long)t->number, news->label);
	t->spared = t->up->asking;
	token_take(t, &before, news);
	upstream_refresh(t->up); /* a new blank slot */
	return true;
}

static bool
blank_in_work(struct slots *s, const struct upstream *up)
{
	const struct token *t;

	TAILQ_FOREACH (t, &s->tokens, link) {
		if (t->blank && t->initializing && t->up == up)
			return true;
	}
	return false;
}

static void
token_seen(struct slots *s, struct upstream *up, const Keystore__V1__Token *news)
{
	const struct token_entry *entry = entry_for(up, news);
	struct wire_id id;
	struct token *t;

	if (entry == NULL || !id_read(news, &id))
		return;
	t = token_by_id(s, &id);
	if (t == NULL && s->n_tokens >= TOKENS_MAX) {
		if (log_limit_pass(&s->d->refused))
			log_error("more than %u tokens: one is left out", TOKENS_MAX);
		return;
	}
	if (t == NULL) {
		if (blank_in_work(s, up))
			return; /* it may be the one that is being made */
		t = token_new(s, up, entry, &id);
		if (t == NULL)
			return;
		log_info("slot %llu: token '%.32s'", (unsigned long long)t->number,
			news->label);
	}
	if (t->up != up)
		return; /* two keystores claim it: the first one has it */
	t->entry = entry;
	t->seen = true;
	token_update(t, news);
}

/* Which entry may the blank slot make a token for? One that waits for its
 * token first. */
static const struct token_entry *
blank_entry(struct slots *s, struct upstream **ret)
{
	const struct token_entry *found = NULL;
	struct upstream *up;
	struct token *t;

	TAILQ_FOREACH (up, &s->upstreams, link) {
		for (size_t i = 0; up->may_create && i < up->n_entries; i++) {
			const struct token_entry *e = up->entries[i];
			bool served = false;

			TAILQ_FOREACH (t, &s->tokens, link)
				served |= t->entry == e && !t->blank && !t->gone;
			if (e->private_space.set ? !served : found == NULL) {
				*ret = up;
				found = e;
			}
			if (e->private_space.set && !served)
				return found;
		}
	}
	return found;
}

static void
blank_update(struct slots *s)
{
	const struct token_entry *entry = NULL;
	struct upstream *up = NULL;
	struct token *t;

	if (s->d->config.blank_slot)
		entry = blank_entry(s, &up);
	TAILQ_FOREACH (t, &s->tokens, link) {
		if (t->blank)
			break;
	}
	if (t == NULL && entry != NULL) {
		t = token_new(s, up, entry, &no_id);
		if (t != NULL) {
			t->blank = true;
			list_changed(s, t, t);
		}
	} else if (t != NULL && entry != NULL) {
		t->up = up;
		t->entry = entry;
		if (t->gone) {
			t->gone = false;
			list_changed(s, t, t);
		}
	} else if (t != NULL && !t->gone) {
		token_gone(t);
	}
}

void
slots_update(struct slots *s, struct upstream *up,
	const Keystore__V1__ListTokensResponse *tokens)
{
	struct upstream *other;
	struct token *t;

	if (tokens != NULL) {
		TAILQ_FOREACH (t, &s->tokens, link)
			t->seen = false;
		for (size_t i = 0; i < tokens->n_tokens; i++)
			token_seen(s, up, tokens->tokens[i]);
		TAILQ_FOREACH (t, &s->tokens, link) {
			if (t->up == up && !t->blank && !t->seen && !t->spared)
				token_gone(t);
			t->spared &= t->up != up;
		}
		blank_update(s);
		numbers_save(s->numbers);
	}
	TAILQ_FOREACH (other, &s->upstreams, link) {
		if (other->asking)
			return;
	}
	/* a keystore that cannot be reached may still come within the first wait */
	if (tokens != NULL)
		s->settled = true;
	if (s->settled)
		lists_answer(s);
}
