/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/op_cache.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "keyringd/daemon.h"

#define SETS 64u
#define WAYS 4u
#define IDLE_MS 3000u
#define SWEEP_S 1

struct entry {
	struct op *op; /* NULL: free */
	struct wire_id key;
	uint64_t revision;
	uint64_t used_ms;
};

struct op_cache {
	struct entry entries[SETS][WAYS];
	unsigned n;
	struct event *sweep;
};

static void on_sweep(evutil_socket_t fd, short what, void *arg);

int
op_cache_new(struct event_base *base, struct op_cache **ret)
{
	struct op_cache *c = calloc(1, sizeof *c);

	if (c == NULL)
		return -ENOMEM;
	c->sweep = event_new(base, -1, EV_PERSIST, on_sweep, c);
	if (c->sweep == NULL) {
		free(c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

void
op_cache_free(struct op_cache *c)
{
	if (c == NULL)
		return;
	op_cache_clear(c);
	event_free(c->sweep);
	free(c);
}

static void
entry_free(struct op_cache *c, struct entry *e)
{
	if (e->op == NULL)
		return;
	op_free(&e->op);
	if (--c->n == 0)
		(void)event_del(c->sweep);
}

/* Ids are random: any bits of them will do. */
static struct entry *
set_of(struct op_cache *c, const struct wire_id *key)
{
	return c->entries[key->b[15] % SETS];
}

struct op *
op_cache_take(struct op_cache *c, const struct wire_id *key, uint64_t revision,
	const struct mech *m, enum op_kind kind)
{
	struct entry *set = set_of(c, key);

	for (size_t i = 0; i < WAYS; i++) {
		struct entry *e = &set[i];
		struct op *op = e->op;

		if (op == NULL || op->mech != m || op->kind != kind ||
			memcmp(&e->key, key, sizeof *key) != 0 || e->revision != revision)
			continue;
		e->op = NULL;
		c->n--; /* it comes back: the timer stays */
		return op;
	}
	return NULL;
}

void
op_cache_give(
	struct op_cache *c, const struct wire_id *key, uint64_t revision, struct op *op)
{
	static const struct timeval period = { SWEEP_S, 0 };
	struct entry *set = set_of(c, key), *oldest = set;

	for (size_t i = 0; i < WAYS && oldest->op != NULL; i++) {
		if (set[i].op == NULL || set[i].used_ms < oldest->used_ms)
			oldest = &set[i];
	}
	entry_free(c, oldest);
	*oldest = (struct entry){ op, *key, revision, now_ms() };
	if (c->n++ == 0 && !event_pending(c->sweep, EV_TIMEOUT, NULL))
		(void)event_add(c->sweep, &period);
}

void
op_cache_drop(struct op_cache *c, const struct wire_id *key)
{
	struct entry *set = set_of(c, key);

	for (size_t i = 0; i < WAYS; i++) {
		if (memcmp(&set[i].key, key, sizeof *key) == 0)
			entry_free(c, &set[i]);
	}
}

void
op_cache_clear(struct op_cache *c)
{
	for (size_t i = 0; i < SETS; i++) {
		for (size_t j = 0; j < WAYS; j++)
			entry_free(c, &c->entries[i][j]);
	}
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct op_cache *c = arg;
	uint64_t now = now_ms();

	for (size_t i = 0; i < SETS; i++) {
		for (size_t j = 0; j < WAYS; j++) {
			struct entry *e = &c->entries[i][j];

			if (e->op != NULL && now - e->used_ms > IDLE_MS)
				entry_free(c, e);
		}
	}
	if (c->n == 0)
		(void)event_del(c->sweep);
}
