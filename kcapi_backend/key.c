/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "kcapi_backend/cache.h"

/* What a child has inherited: still pointed to, so that it is no leak. */
static struct kcapi *forgotten __attribute__((used));

static int
key_new(struct kcapi *k, enum kcapi_keying how, struct kcapi_key **ret)
{
	struct kcapi_key *key = calloc(1, sizeof *key);

	if (key == NULL)
		return -ENOMEM;
	key->kcapi = k;
	key->how = how;
	atomic_init(&key->refs, 1);
	LIST_INIT(&key->tfms);
	*ret = key;
	return 0;
}

int
kcapi_new(unsigned sockets, struct kcapi **ret)
{
	struct kcapi *k = aligned_alloc(_Alignof(struct kcapi), sizeof *k);
	int r;

	if (k == NULL)
		return -ENOMEM;
	memset(k, 0, sizeof *k);
	(void)pthread_mutex_init(&k->lock, NULL);
	/* a transform and its operation socket */
	k->limit = sockets < 2 ? 2 : sockets;
	chunk_init(&k->chunks, k);
	r = key_new(k, KCAPI_BYTES, &k->plain);
	if (r != 0) {
		free(k);
		return r;
	}
	k->plain->unkeyed = true;
	*ret = k;
	return 0;
}

void
kcapi_free(struct kcapi **kp)
{
	struct kcapi *k = TAKE_PTR(*kp);
	struct chunk *c, *next;

	if (k == NULL)
		return;
	kcapi_key_unref(&k->plain);
	for (c = atomic_load(&k->chunks.next); c != NULL; c = next) {
		next = atomic_load(&c->next);
		free(c);
	}
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
}

/* Slots are there for good and say of themselves what they are, so that no list has to
 * be whole for this. */
void
kcapi_forget(struct kcapi **kp)
{
	struct kcapi *k = TAKE_PTR(*kp);

	if (k == NULL)
		return;
	for (struct chunk *c = &k->chunks; c != NULL; c = atomic_load(&c->next)) {
		for (unsigned i = 0; i < SLOTS_CHUNK; i++) {
			int fd = atomic_load(&c->slots[i].fd);

			if (fd >= 0 && sock_is(fd, &c->slots[i].id))
				(void)close(fd);
		}
	}
	forgotten = k;
}

/* --- Keys ------------------------------------------------------------------------- */

int
kcapi_key_by_serial(struct kcapi *k, int32_t serial, struct kcapi_key **ret)
{
	int r = key_new(k, KCAPI_SERIAL, ret);

	if (r == 0)
		(*ret)->serial = serial;
	return r;
}

int
kcapi_key_by_bytes(struct kcapi *k, struct bytes value, struct kcapi_key **ret)
{
	struct secret copy = SECRET_NONE;
	int r = secret_copy(value, &copy);

	if (r == 0)
		r = key_new(k, KCAPI_BYTES, ret);
	if (r == 0)
		(*ret)->value = copy;
	else
		secret_free(&copy);
	return r;
}

int
kcapi_key_passed(struct kcapi *k, struct kcapi_key **ret)
{
	return key_new(k, KCAPI_PASSED, ret);
}

struct kcapi_key *
kcapi_key_ref(struct kcapi_key *key)
{
	(void)atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
	return key;
}

static void
key_close(struct kcapi_key *key)
{
	struct tfm *t;

	cache_lock(key->kcapi);
	LIST_FOREACH (t, &key->tfms, link)
		tfm_close(t);
	cache_unlock(key->kcapi);
}

void
kcapi_key_unref(struct kcapi_key **keyp)
{
	struct kcapi_key *key = TAKE_PTR(*keyp);
	struct tfm *t;

	if (key == NULL || atomic_fetch_sub(&key->refs, 1) != 1)
		return;
	key_close(key);
	while ((t = LIST_FIRST(&key->tfms)) != NULL) {
		LIST_REMOVE(t, link);
		free(t);
	}
	secret_free(&key->value);
	free(key);
}

void
kcapi_key_revoke(struct kcapi_key *key)
{
	atomic_store(&key->revoked, true);
	key_close(key);
}

void
kcapi_key_hold(struct kcapi_key *key, bool on)
{
	cache_lock(key->kcapi);
	if (on) {
		key->held++;
	} else {
		key->held--;
		cache_trim(key->kcapi);
	}
	cache_unlock(key->kcapi);
}

/* --- Their transforms --------------------------------------------------------------- */

/* With the lock held. */
static struct tfm *
tfm_find(struct kcapi_key *key, const struct alg *a, unsigned tag)
{
	struct tfm *t;

	LIST_FOREACH (t, &key->tfms, link) {
		if (t->alg == a && t->tag == tag)
			return t;
	}
	return NULL;
}

/* With the lock held. */
static struct tfm *
tfm_add(struct kcapi_key *key, const struct alg *a, unsigned tag)
{
	struct tfm *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->key = key;
	t->alg = a;
	t->tag = tag;
	TAILQ_INIT(&t->slots);
	LIST_INSERT_HEAD(&key->tfms, t, link);
	return t;
}

int
tfm_get(struct kcapi_key *key, const struct alg *a, unsigned tag, struct tfm **ret)
{
	struct tfm *t;
	int r = 0;

	cache_lock(key->kcapi);
	t = tfm_find(key, a, tag);
	if (t == NULL && key->how == KCAPI_PASSED) {
		r = -ENODEV;
	} else if (t == NULL) {
		t = tfm_add(key, a, tag);
		r = t == NULL ? -ENOMEM : 0;
	}
	cache_unlock(key->kcapi);
	if (r == 0)
		*ret = t;
	return r;
}

unsigned
tfm_whole_tag(const struct alg *a)
{
	return a->type == ALG_TYPE_AEAD ? a->tag : 0;
}

static int
adopt(struct kcapi_key *key, const struct alg *a, int fd)
{
	const unsigned tag = tfm_whole_tag(a);
	struct tfm *t = tfm_find(key, a, tag);
	struct slot *s;

	if (t == NULL)
		t = tfm_add(key, a, tag);
	if (t == NULL)
		return -ENOMEM;
	if (t->slot != NULL || atomic_load(&key->revoked)) {
		(void)close(fd);
		return 0;
	}
	atomic_store(&t->stamp, atomic_load(&key->kcapi->clock));
	return slot_register(key->kcapi, fd, t, SLOT_TRANSFORM, &s);
}

int
kcapi_key_adopt(struct kcapi_key *key, const struct mech *plain, int fd)
{
	const struct alg *a = alg_by_mech(plain);
	int r = -EBADF;

	if (a != NULL && sock_is_alg(fd)) {
		fd = sock_raise(fd);
		cache_lock(key->kcapi);
		r = adopt(key, a, fd);
		cache_unlock(key->kcapi);
	}
	if (r != 0 && fd >= 0)
		(void)close(fd);
	return r;
}

/* Of a plain mechanism; NULL: none. With the lock held. */
static struct tfm *
tfm_of(struct kcapi_key *key, const struct mech *plain)
{
	const struct alg *a = alg_by_mech(plain);

	return a == NULL ? NULL : tfm_find(key, a, tfm_whole_tag(a));
}

bool
kcapi_key_has(struct kcapi_key *key, const struct mech *plain)
{
	struct tfm *t;
	bool has;

	cache_lock(key->kcapi);
	t = tfm_of(key, plain);
	has = t != NULL && t->slot != NULL;
	cache_unlock(key->kcapi);
	return has;
}

bool
kcapi_key_still_has(struct kcapi_key *key, const struct mech *plain)
{
	struct tfm *t;
	bool has;

	cache_lock(key->kcapi);
	t = tfm_of(key, plain);
	has = t != NULL && tfm_is_open(t);
	cache_unlock(key->kcapi);
	return has;
}
