/* SPDX-License-Identifier: Apache-2.0 */
#include "kcapi_backend/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's <sys/queue.h> lacks it */
#define TAILQ_FOREACH_SAFE(var, head, field, next) \
	for ((var) = TAILQ_FIRST(head);            \
		(var) != NULL && ((next) = TAILQ_NEXT(var, field), 1); (var) = (next))

void
cache_lock(struct kcapi *k)
{
	(void)pthread_mutex_lock(&k->lock);
}

void
cache_unlock(struct kcapi *k)
{
	(void)pthread_mutex_unlock(&k->lock);
}

/* --- Slots; all with the lock held -------------------------------------------------- */

/* Its word is FREE already, so that nobody else has it. */
static bool
slot_clear(struct kcapi *k, struct slot *s)
{
	int fd = atomic_load(&s->fd);
	bool ours = sock_is(fd, &s->id);
	struct tfm *t = s->tfm;

	if (t->slot == s)
		t->slot = NULL;
	else
		TAILQ_REMOVE(&t->slots, s, link);
	s->tfm = NULL;
	(void)atomic_fetch_sub(&k->open, 1);
	/* In this order: a forked child closes what it sees here. */
	atomic_store(&s->fd, -1);
	if (ours)
		(void)close(fd);
	return ours;
}

bool
slot_drop(struct kcapi *k, struct slot *s, uint64_t word)
{
	if (!slot_swap(s, word, with_state(word + SLOT_STATES, SLOT_FREE)))
		return false;
	(void)slot_clear(k, s);
	return true;
}

static struct slot *
slot_next(struct chunk **chunk, unsigned *at)
{
	if (*at == SLOTS_CHUNK) {
		*chunk = atomic_load(&(*chunk)->next);
		*at = 0;
	}
	return *chunk == NULL ? NULL : &(*chunk)->slots[(*at)++];
}

/* May it be closed? Its age, in openings, and then what is made anew most easily. */
static uint64_t
slot_age(const struct kcapi *k, const struct slot *s)
{
	const unsigned clock = atomic_load(&k->clock);
	const struct tfm *t = s->tfm;

	switch (state_of(atomic_load(&s->word))) {
	case SLOT_IDLE:
		return (uint64_t)(clock - atomic_load(&s->stamp)) * 4 + 2;
	case SLOT_TRANSFORM:
		if (t->pins != 0 || t->key->held != 0)
			return 0;
		if (t->key->how == KCAPI_PASSED)
			return (uint64_t)(clock - atomic_load(&t->stamp)) * 4 + 1;
		return (uint64_t)(clock - atomic_load(&s->stamp)) * 4 + 3;
	default:
		return 0;
	}
}

static bool
evict_one(struct kcapi *k)
{
	struct chunk *chunk = &k->chunks;
	struct slot *s, *oldest = NULL;
	uint64_t most = 0, word;
	unsigned at = 0;

	while ((s = slot_next(&chunk, &at)) != NULL) {
		uint64_t age = slot_age(k, s);

		if (age > most) {
			most = age;
			oldest = s;
		}
	}
	if (oldest == NULL)
		return false;
	/* If its operation has just taken it, the caller looks for another. */
	word = with_state(atomic_load(&oldest->word),
		oldest->tfm->slot == oldest ? SLOT_TRANSFORM : SLOT_IDLE);
	(void)slot_drop(k, oldest, word);
	return true;
}

void
cache_trim(struct kcapi *k)
{
	while (atomic_load(&k->open) > k->limit && evict_one(k))
		;
}

/* Another slot with the same number: the application closed it behind our back. */
static void
slots_forget_number(struct kcapi *k, int fd)
{
	struct chunk *chunk = &k->chunks;
	unsigned at = 0;
	struct slot *s;

	while ((s = slot_next(&chunk, &at)) != NULL) {
		uint64_t word = atomic_load(&s->word);

		while (atomic_load(&s->fd) == fd && state_of(word) != SLOT_FREE &&
			!slot_drop(k, s, word))
			word = atomic_load(&s->word);
	}
}

static struct slot *
slot_find_free(struct kcapi *k)
{
	struct chunk *chunk = &k->chunks, *last = chunk, *made;
	unsigned at = 0;
	struct slot *s;

	while ((s = slot_next(&chunk, &at)) != NULL) {
		last = chunk;
		if (state_of(atomic_load(&s->word)) == SLOT_FREE)
			return s;
	}
	made = aligned_alloc(_Alignof(struct chunk), sizeof *made);
	if (made == NULL)
		return NULL;
	chunk_init(made, k);
	atomic_store(&last->next, made);
	return &made->slots[0];
}

int
slot_register(
	struct kcapi *k, int fd, struct tfm *t, enum slot_state state, struct slot **ret)
{
	struct sock_identity id;
	struct slot *s;
	int r = sock_identify(fd, &id);

	if (r != 0)
		return r;
	slots_forget_number(k, fd);
	while (atomic_load(&k->open) >= k->limit && evict_one(k))
		;
	s = slot_find_free(k);
	if (s == NULL)
		return -ENOMEM;
	(void)atomic_fetch_add(&k->open, 1);
	s->id = id;
	s->tfm = t;
	s->room = 0;
	s->owned = state == SLOT_BUSY;
	atomic_store(&s->stale, false);
	atomic_store(&s->stamp, atomic_fetch_add(&k->clock, 1) + 1);
	atomic_store(&s->fd, fd);
	if (state == SLOT_TRANSFORM)
		t->slot = s;
	else
		TAILQ_INSERT_TAIL(&t->slots, s, link);
	atomic_store(&s->word, with_state(atomic_load(&s->word), state));
	*ret = s;
	return 0;
}

void
chunk_init(struct chunk *c, struct kcapi *k)
{
	memset(c, 0, sizeof *c);
	for (unsigned i = 0; i < SLOTS_CHUNK; i++) {
		c->slots[i].kcapi = k;
		atomic_init(&c->slots[i].fd, -1);
	}
}

/* --- Transforms -------------------------------------------------------------------- */

void
tfm_close(struct tfm *t)
{
	struct kcapi *k = t->key->kcapi;
	struct slot *s, *next;

	TAILQ_FOREACH_SAFE(s, &t->slots, link, next)
	{
		uint64_t word = atomic_load(&s->word);

		if (state_of(word) == SLOT_IDLE || state_of(word) == SLOT_HELD)
			(void)slot_drop(k, s, word);
	}
	if (t->slot != NULL && t->pins == 0)
		(void)slot_drop(k, t->slot, atomic_load(&t->slot->word));
}

static bool
is_shortage(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM || err == -ENOBUFS;
}

static void
evict_all(struct kcapi *k)
{
	cache_lock(k);
	while (evict_one(k))
		;
	cache_unlock(k);
}

int
cache_accept(struct kcapi *k, int fd, int *ret)
{
	int r = sock_accept(fd, ret);

	if (is_shortage(r)) {
		evict_all(k);
		r = sock_accept(fd, ret);
	}
	return r;
}

static int
tfm_make(const struct tfm *t, int *ret)
{
	const struct kcapi_key *key = t->key;
	const struct sock_key how = {
		.how = key->unkeyed               ? SOCK_UNKEYED
		       : key->how == KCAPI_SERIAL ? SOCK_SERIAL
						  : SOCK_BYTES,
		.serial = key->serial,
		.value = secret_bytes(&key->value),
	};
	const char *step = "";
	int r = sock_transform(t->alg, &how, t->tag, ret, &step);

	if (is_shortage(r)) {
		evict_all(key->kcapi);
		r = sock_transform(t->alg, &how, t->tag, ret, &step);
	}
	/* the kernel refuses now what it gave when it was asked first (its setting has changed,
	 * or what this process may): no other key is brought to it */
	if (r == -ENOENT && strcmp(step, "bind") == 0)
		(void)atomic_fetch_and(&key->kcapi->probed[t->alg - algs],
			~(unsigned)(PROBE_WORKS | PROBE_SERIAL_WORKS));
	return r;
}

bool
tfm_is_open(struct tfm *t)
{
	struct slot *s = t->slot;

	if (s != NULL && !sock_is(atomic_load(&s->fd), &s->id))
		(void)slot_drop(t->key->kcapi, s, atomic_load(&s->word));
	return t->slot != NULL;
}

static void
tfm_take_pin(struct tfm *t, int *ret)
{
	t->pins++;
	atomic_store(&t->slot->stamp, atomic_load(&t->key->kcapi->clock));
	*ret = atomic_load(&t->slot->fd);
}

/* Opened, and not closed by us until tfm_unpin(). */
static int
tfm_pin(struct tfm *t, int *ret)
{
	struct kcapi *k = t->key->kcapi;
	struct slot *s;
	bool open;
	int fd, r;

	cache_lock(k);
	open = tfm_is_open(t);
	if (open)
		tfm_take_pin(t, ret);
	cache_unlock(k);
	if (open)
		return 0;
	if (t->key->how == KCAPI_PASSED)
		return -ENODEV;
	r = tfm_make(t, &fd);
	if (r != 0)
		return r;
	cache_lock(k);
	/* another thread may have been faster */
	if (tfm_is_open(t)) {
		(void)close(fd);
	} else {
		r = slot_register(k, fd, t, SLOT_TRANSFORM, &s);
		if (r != 0)
			(void)close(fd);
	}
	if (r == 0)
		tfm_take_pin(t, ret);
	cache_unlock(k);
	return r;
}

/* With the lock held. */
static void
tfm_unpin(struct tfm *t)
{
	if (--t->pins == 0 && atomic_load(&t->key->revoked))
		tfm_close(t);
}

int
tfm_accept(struct tfm *t, int *ret)
{
	struct kcapi *k = t->key->kcapi;
	int fd, made = -1, r;

	r = tfm_pin(t, &fd);
	if (r != 0)
		return r;
	r = cache_accept(k, fd, &made);
	cache_lock(k);
	tfm_unpin(t);
	cache_unlock(k);
	if (r == 0)
		*ret = made;
	return r;
}
