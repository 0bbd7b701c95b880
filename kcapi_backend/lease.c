/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "kcapi_backend/cache.h"

#define SMALL 4096u /* bytes that the kernel takes whatever its limits are */
#define TRIES 4     /* descriptors that the application may take away under one call */

static void
lease_set(struct lease *l, struct slot *s)
{
	*l = (struct lease){ s, atomic_load(&s->word), atomic_load(&s->fd) };
}

/* One that no operation calls its own. With the lock held. */
static bool
lease_take_idle(struct lease *l, struct tfm *t)
{
	struct slot *s;

	while ((s = TAILQ_FIRST(&t->slots)) != NULL && !s->owned) {
		uint64_t word = atomic_load(&s->word);

		if (atomic_load(&s->stale) || !sock_is(atomic_load(&s->fd), &s->id)) {
			(void)slot_drop(s->kcapi, s, word);
			continue;
		}
		s->owned = true;
		TAILQ_REMOVE(&t->slots, s, link);
		TAILQ_INSERT_TAIL(&t->slots, s, link);
		atomic_store(&s->word, with_state(word, SLOT_BUSY));
		lease_set(l, s);
		return true;
	}
	return false;
}

/* Who passed the transform may still have the key. */
static int
revoked_error(const struct tfm *t)
{
	return t->key->how == KCAPI_PASSED ? -ESTALE : -EKEYREVOKED;
}

/* A new operation socket of ours becomes the lease's, or is closed. */
static int
lease_register(struct lease *l, struct tfm *t, int fd)
{
	struct kcapi *k = t->key->kcapi;
	struct slot *s;
	int r;

	cache_lock(k);
	if (atomic_load(&t->key->revoked))
		r = revoked_error(t);
	else
		r = slot_register(k, fd, t, SLOT_BUSY, &s);
	if (r == 0)
		lease_set(l, s);
	cache_unlock(k);
	if (r != 0)
		(void)close(fd);
	return r;
}

static int
lease_open(struct lease *l, struct tfm *t)
{
	struct kcapi *k = t->key->kcapi;
	bool taken;
	int fd, r;

	cache_lock(k);
	taken = lease_take_idle(l, t);
	cache_unlock(k);
	if (taken)
		return 0;
	r = tfm_accept(t, &fd);
	return r == 0 ? lease_register(l, t, fd) : r;
}

/* The slot of last time, if it is still what it was. */
static bool
lease_resume(struct lease *l, struct tfm *t)
{
	const uint64_t busy = with_state(l->word, SLOT_BUSY);
	const unsigned clock =
		atomic_load_explicit(&t->key->kcapi->clock, memory_order_relaxed);
	struct slot *s = l->slot;

	if (!slot_swap(s, l->word, busy)) {
		l->slot = NULL;
		return false;
	}
	l->word = busy;
	if (s->tfm != t) { /* re-armed for another size of tags */
		lease_end(l, false);
		lease_free(l);
		return false;
	}
	if (atomic_load(&s->stale)) {
		(void)lease_fail(l);
		return false;
	}
	atomic_store_explicit(&s->stamp, clock, memory_order_relaxed);
	if (t->key->how == KCAPI_PASSED)
		atomic_store_explicit(&t->stamp, clock, memory_order_relaxed);
	return true;
}

int
lease_begin(struct lease *l, struct tfm *t)
{
	bool held = l->slot != NULL && state_of(l->word) == SLOT_HELD;

	if (atomic_load(&t->key->revoked))
		return revoked_error(t);
	if (l->slot != NULL && lease_resume(l, t))
		return 0;
	return held ? -EIO : lease_open(l, t);
}

void
lease_end(struct lease *l, bool hold)
{
	const uint64_t next = with_state(l->word, hold ? SLOT_HELD : SLOT_IDLE);
	struct slot *s = l->slot;
	struct kcapi *k = s->kcapi;
	/* read before the slot is anybody's; once, because it may be lost meanwhile */
	const struct tfm *t = atomic_load_explicit(&s->tfm, memory_order_relaxed);
	bool revoked;

	if (!slot_swap(s, l->word, next)) {
		l->slot = NULL;
		return;
	}
	l->word = next;
	/* kcapi_key_revoke() sets this first and then looks for slots. */
	revoked = t != NULL && atomic_load(&t->key->revoked);
	if (!revoked && atomic_load_explicit(&k->open, memory_order_relaxed) <= k->limit)
		return;
	cache_lock(k);
	if (revoked)
		(void)slot_drop(k, s, next);
	cache_trim(k);
	cache_unlock(k);
}

bool
lease_fail(struct lease *l)
{
	struct slot *s = l->slot;
	bool lost;

	cache_lock(s->kcapi);
	lost = atomic_load(&s->word) != l->word || !sock_is(l->fd, &s->id);
	(void)slot_drop(s->kcapi, s, l->word);
	cache_unlock(s->kcapi);
	l->slot = NULL;
	return lost;
}

void
lease_abandon(struct lease *l)
{
	const uint64_t idle = with_state(l->word, SLOT_IDLE);

	if (l->slot == NULL || state_of(l->word) != SLOT_HELD)
		return;
	/* Set before it is anybody's; if it is no more ours, it is only closed early. */
	if (atomic_load(&l->slot->word) == l->word)
		atomic_store(&l->slot->stale, true);
	if (slot_swap(l->slot, l->word, idle))
		l->word = idle;
	else
		l->slot = NULL;
}

void
lease_free(struct lease *l)
{
	struct slot *s = l->slot;

	if (s == NULL)
		return;
	cache_lock(s->kcapi);
	if (state_of(l->word) == SLOT_HELD) {
		(void)slot_drop(s->kcapi, s, l->word);
	} else if (atomic_load(&s->word) == l->word) {
		s->owned = false;
		TAILQ_REMOVE(&s->tfm->slots, s, link);
		TAILQ_INSERT_HEAD(&s->tfm->slots, s, link);
	}
	cache_unlock(s->kcapi);
	l->slot = NULL;
}

int
lease_clone(struct lease *from, struct lease *ret)
{
	struct slot *s = from->slot;
	struct tfm *t;
	bool ours;
	int fd, r;

	if (s == NULL)
		return -EIO;
	if (!slot_swap(s, from->word, with_state(from->word, SLOT_BUSY))) {
		from->slot = NULL;
		return -EIO;
	}
	from->word = with_state(from->word, SLOT_BUSY);
	/* not from somebody else's listening socket, nor from another hash's */
	cache_lock(s->kcapi);
	t = s->tfm;
	ours = atomic_load(&s->word) == from->word && sock_is(from->fd, &s->id);
	cache_unlock(s->kcapi);
	r = ours ? cache_accept(s->kcapi, from->fd, &fd) : -EIO;
	if (r == 0)
		r = lease_register(ret, t, fd);
	lease_end(from, true);
	return r;
}

size_t
lease_room(struct lease *l, size_t want)
{
	struct slot *s = l->slot;

	if (want <= SMALL)
		return SMALL;
	if (s->room < want)
		s->room = sock_room(l->fd, want);
	return s->room;
}

/* --- Exchange ------------------------------------------------------------------------ */

/* 1: the socket was not ours any more, and nothing happened to the data. */
static int
exchange_once(struct lease *l, const struct control *c, const struct iovec *in,
	size_t in_count, size_t in_n, const struct iovec *out, size_t out_count,
	size_t out_n)
{
	ssize_t n = sock_send(l->fd, c, in, in_count, 0);

	if (n == (ssize_t)in_n)
		n = sock_receive(l->fd, out, out_count);
	else if (n >= 0)
		n = -ENOMEM; /* for the rest: a call that has sent some does not say so */
	if (n == (ssize_t)out_n || n == -EBADMSG) {
		lease_end(l, false);
		return n == -EBADMSG ? -EBADMSG : 0;
	}
	return lease_fail(l) && n < 0 ? 1 : n < 0 ? (int)n : -EIO;
}

int
exchange(struct lease *l, struct tfm *t, const struct control *c, const struct iovec *in,
	size_t in_count, size_t in_n, const struct iovec *out, size_t out_count,
	size_t out_n)
{
	int r = 1;

	for (int i = 0; r == 1 && i < TRIES; i++) {
		r = l->slot != NULL && state_of(l->word) == SLOT_BUSY ? 0
								      : lease_begin(l, t);
		if (r == 0)
			r = exchange_once(
				l, c, in, in_count, in_n, out, out_count, out_n);
	}
	return r == 1 ? -EIO : r;
}
