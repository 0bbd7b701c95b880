/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The most recently used idle connection is taken first, so that what a burst
 * left over grows old at the other end of the stack and is closed by later
 * calls: closing at once what is over the few to keep would mean connecting
 * again and again while many threads call.
 */
#include "libtoken/store/pool.h"

#include <errno.h>
#include <time.h>

#define IDLE_KEPT 4u  /* idle ones that are never closed */
#define IDLE_MS 1000u /* others are closed when idle for so long */

enum pick {
	PICK_IDLE,  /* connected */
	PICK_NEW,   /* still to be opened */
	PICK_FIRST, /* the same, while all others wait: more hellos without a
		     * secret would make more clients */
};

void
pool_init(struct store *s)
{
	for (unsigned i = 0; i < CONNS; i++) {
		conn_init(&s->conns[i]);
		s->free[i] = (uint8_t)(CONNS - 1 - i);
	}
	s->free_n = CONNS;
}

/* lock held */
static void
idle_drop(struct store *s, unsigned at)
{
	uint8_t index = s->idle[at];

	conn_close(&s->conns[index]);
	s->ended++;
	s->idle_n--;
	memmove(&s->idle[at], &s->idle[at + 1], s->idle_n - at);
	s->free[s->free_n++] = index;
}

void
pool_drop_idle(struct store *s)
{
	while (s->idle_n != 0)
		idle_drop(s, s->idle_n - 1);
}

/* ended: keyringd had taken it. Whoever waits may have waited for this. */
static void
conn_drop(struct store *s, struct conn *c, bool ended)
{
	conn_close(c);
	store_lock(s);
	s->ended += ended;
	s->free[s->free_n++] = (uint8_t)(c - s->conns);
	(void)pthread_cond_broadcast(&s->freed);
	store_unlock(s);
}

void
pool_drop(struct store *s, struct conn *c)
{
	conn_drop(s, c, true);
}

void
pool_give(struct store *s, struct conn *c)
{
	uint64_t now = time_ms();

	store_lock(s);
	c->idle_since = now;
	s->idle[s->idle_n++] = (uint8_t)(c - s->conns);
	if (c->generation != atomic_load(&s->generation))
		idle_drop(s, s->idle_n - 1);
	else if (s->idle_n > IDLE_KEPT &&
		 now - s->conns[s->idle[0]].idle_since >= IDLE_MS)
		idle_drop(s, 0);
	(void)pthread_cond_broadcast(&s->freed);
	store_unlock(s);
}

/* lock held */
static bool
pool_try(struct store *s, bool fresh, struct conn **ret, enum pick *ret_pick)
{
	if (!fresh && s->idle_n != 0) {
		*ret = &s->conns[s->idle[--s->idle_n]];
		*ret_pick = PICK_IDLE;
		return true;
	}
	if (s->free_n == 0 && s->idle_n != 0)
		idle_drop(s, 0);
	if (s->free_n == 0 || s->greeting)
		return false;
	*ret = &s->conns[s->free[--s->free_n]];
	*ret_pick = s->secret.n != 0 ? PICK_NEW : PICK_FIRST;
	s->greeting = *ret_pick == PICK_FIRST;
	return true;
}

/* lock held; false: it is too late */
static bool
freed_wait(struct store *s, uint64_t deadline)
{
	const struct timespec until = { .tv_sec = (time_t)(deadline / 1000),
		.tv_nsec = (long)(deadline % 1000) * 1000000 };

	if (time_ms() >= deadline)
		return false;
	(void)pthread_cond_timedwait(&s->freed, &s->lock, &until);
	return true;
}

/* ret_ended: how many had ended by then. */
static CK_RV
pool_pick(struct store *s, bool fresh, uint64_t deadline, struct conn **ret,
	enum pick *ret_pick, unsigned *ret_ended)
{
	CK_RV rv = CKR_OK;

	store_lock(s);
	while (rv == CKR_OK && !pool_try(s, fresh, ret, ret_pick)) {
		if (!freed_wait(s, deadline))
			rv = CKR_DEVICE_ERROR;
	}
	*ret_ended = s->ended;
	store_unlock(s);
	return rv;
}

/* keyringd has taken no more: is there an idle one, or has one ended since, or will that be?
 * Nobody has any but this caller: no. */
static bool
pool_wait_room(struct store *s, unsigned own, unsigned ended, uint64_t deadline)
{
	bool room;

	store_lock(s);
	while (s->idle_n == 0 && s->ended == ended && s->free_n + own != CONNS &&
		freed_wait(s, deadline))
		;
	room = s->idle_n != 0 || s->ended != ended;
	store_unlock(s);
	return room;
}

static void
greeting_end(struct store *s)
{
	store_lock(s);
	s->greeting = false;
	(void)pthread_cond_broadcast(&s->freed);
	store_unlock(s);
}

/* own: how many the caller has already. */
static CK_RV
take(struct store *s, bool fresh, unsigned own, uint64_t deadline, struct conn **ret)
{
	struct conn *c = NULL;
	enum pick pick = PICK_IDLE;
	unsigned ended;
	CK_RV rv;

	for (;;) {
		rv = pool_pick(s, fresh, deadline, &c, &pick, &ended);
		if (rv != CKR_OK)
			return rv;
		if (pick == PICK_IDLE && conn_is_ours(c)) {
			*ret = c;
			return CKR_OK;
		}
		if (pick == PICK_IDLE) {
			pool_drop(s, c);
			continue;
		}
		rv = client_join(s, c, true, deadline);
		if (rv != CKR_OK)
			conn_drop(s, c, false);
		else
			*ret = c;
		if (pick == PICK_FIRST)
			greeting_end(s);
		/* of more than its limit keyringd takes none: one of those that there are, or
		 * in the place of one that ends */
		if (rv != CKR_DEVICE_MEMORY || !pool_wait_room(s, own, ended, deadline))
			return rv;
		fresh = false;
	}
}

CK_RV
pool_take(struct store *s, bool fresh, uint64_t deadline, struct conn **ret)
{
	return take(s, fresh, 0, deadline, ret);
}

CK_RV
pool_take_another(struct store *s, uint64_t deadline, struct conn **ret)
{
	return take(s, true, 1, deadline, ret);
}
