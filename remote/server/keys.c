/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/keys.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "common/cleanup.h"
#include "common/hash.h"
#include "crypto/crypto.h"
#include "cryptoki/schema.h"
#include "remote/proto/proto_convert.h"

#define KEEP 1024u

struct entry {
	struct key key; /* first: what callers hold */
	struct hash_node node;
	TAILQ_ENTRY(entry) link;
	struct key_name name;
	unsigned refs; /* the cache's own is one */
	struct attrs pub;
	struct id token;
	uint64_t epoch;
	uint64_t revision, changes; /* of an object */
	uint64_t expires_ms;        /* of a blob */
	uint8_t host[32];
};

struct key_cache {
	pthread_mutex_t lock;
	struct hash by_name;
	TAILQ_HEAD(entries, entry) used; /* latest first */
	uint64_t drops; /* a key read before a drop must not be kept after it */
};

struct key_cache *
key_cache_new(void)
{
	struct key_cache *cache = calloc(1, sizeof *cache);

	if (cache == NULL)
		return NULL;
	if (hash_init(&cache->by_name) < 0) {
		free(cache);
		return NULL;
	}
	TAILQ_INIT(&cache->used);
	(void)pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

static void
entry_free(struct entry *e)
{
	EVP_PKEY_free(e->key.pkey);
	attrs_free(&e->pub);
	free(e);
}

/* Lock held. */
static void
entry_unref(struct entry *e)
{
	if (--e->refs == 0)
		entry_free(e);
}

static void
entry_drop(struct key_cache *cache, struct entry *e)
{
	hash_remove(&cache->by_name, &e->node);
	TAILQ_REMOVE(&cache->used, e, link);
	entry_unref(e);
}

void
key_cache_free(struct key_cache *cache)
{
	struct entry *e;

	if (cache == NULL)
		return;
	while ((e = TAILQ_FIRST(&cache->used)) != NULL)
		entry_drop(cache, e);
	hash_free(&cache->by_name);
	(void)pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static bool
entry_is(const struct entry *e, const struct id *token, const struct id *object)
{
	if (!id_equal(&e->token, token))
		return false;
	return object == NULL ||
	       (e->name.b[0] == 'o' &&
		       memcmp(e->name.b + 1 + ID_BYTES, object->b, ID_BYTES) == 0);
}

void
key_cache_drop(struct key_cache *cache, const struct id *token, const struct id *object)
{
	struct entry *e, *next;

	(void)pthread_mutex_lock(&cache->lock);
	for (e = TAILQ_FIRST(&cache->used); e != NULL; e = next) {
		next = TAILQ_NEXT(e, link);
		if (entry_is(e, token, object))
			entry_drop(cache, e);
	}
	cache->drops++;
	(void)pthread_mutex_unlock(&cache->lock);
}

static struct bytes
name_bytes(const struct key_name *name)
{
	return BYTES_OF(name->b);
}

static bool
name_match(const struct hash_node *node, struct bytes name)
{
	const struct entry *e = HASH_OBJECT(node, struct entry, node);

	return bytes_equal(name_bytes(&e->name), name);
}

static struct entry *
entry_find(struct key_cache *cache, const struct key_name *name)
{
	struct hash_node *node = hash_find(&cache->by_name, name_bytes(name), name_match);

	return node != NULL ? HASH_OBJECT(node, struct entry, node) : NULL;
}

int
key_name(struct call *c, const struct auth *a, const Keystore__V1__KeyRef *ref,
	struct key_name *ret)
{
	struct key_name name = { { 0 } };

	if (ref != NULL && ref->key_case == KEYSTORE__V1__KEY_REF__KEY_BLOB) {
		name.b[0] = 'b';
		if (crypto_hash(DIGEST_SHA256, proto_bytes(ref->blob), name.b + 1) !=
			CKR_OK)
			return -ENOMEM;
	} else if (ref != NULL && ref->key_case == KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID &&
		   ref->object_id.len == ID_BYTES) {
		name.b[0] = 'o';
		memcpy(name.b + 1, a->token.b, ID_BYTES);
		memcpy(name.b + 1 + ID_BYTES, ref->object_id.data, ID_BYTES);
	} else {
		return call_refuse(c, CKR_KEY_HANDLE_INVALID, "no such key");
	}
	*ret = name;
	return 0;
}

/* Is what was read once still true for this caller? */
static bool
entry_fits(const struct call *c, const struct auth *a, const struct entry *e,
	uint64_t changes)
{
	if (!id_equal(&e->token, &a->token) || e->epoch != a->epoch ||
		!object_is_visible(e->key.pub, a->role))
		return false;
	if (e->name.b[0] == 'o')
		return e->changes == changes;
	return e->expires_ms > clock_now_ms() &&
	       memcmp(e->host, c->rpc->peer_fingerprint, sizeof e->host) == 0;
}

static struct entry *
cache_get(struct call *c, const struct auth *a, const struct key_name *name,
	uint64_t changes, uint64_t *ret_drops)
{
	struct key_cache *cache = c->ks->keys;
	struct entry *e;

	(void)pthread_mutex_lock(&cache->lock);
	e = entry_find(cache, name);
	if (e != NULL && entry_fits(c, a, e, changes)) {
		TAILQ_REMOVE(&cache->used, e, link);
		TAILQ_INSERT_HEAD(&cache->used, e, link);
		e->refs++;
	} else {
		e = NULL;
	}
	*ret_drops = cache->drops;
	(void)pthread_mutex_unlock(&cache->lock);
	return e;
}

/* The entry stays decoded when only other objects have changed. */
static struct entry *
cache_confirm(struct call *c, const struct auth *a, const struct object *o,
	const struct key_name *name, uint64_t changes)
{
	struct key_cache *cache = c->ks->keys;
	struct entry *e;

	(void)pthread_mutex_lock(&cache->lock);
	e = entry_find(cache, name);
	if (e != NULL && name->b[0] == 'o' && e->epoch == a->epoch &&
		e->revision == o->revision) {
		e->changes = changes;
		e->refs++;
	} else {
		e = NULL;
	}
	(void)pthread_mutex_unlock(&cache->lock);
	return e;
}

static void
cache_put(struct key_cache *cache, struct entry *e, uint64_t drops)
{
	struct entry *old;

	(void)pthread_mutex_lock(&cache->lock);
	if (cache->drops != drops) {
		(void)pthread_mutex_unlock(&cache->lock);
		return;
	}
	old = entry_find(cache, &e->name);
	if (old != NULL)
		entry_drop(cache, old);
	e->refs++;
	hash_insert(&cache->by_name, name_bytes(&e->name), &e->node);
	TAILQ_INSERT_HEAD(&cache->used, e, link);
	if (hash_count(&cache->by_name) > KEEP)
		entry_drop(cache, TAILQ_LAST(&cache->used, entries));
	(void)pthread_mutex_unlock(&cache->lock);
}

static int
entry_new(
	struct call *c, const struct auth *a, const struct object *o, struct entry **ret)
{
	struct entry *e;
	CK_RV rv;

	if (object_class(o) != CKO_PRIVATE_KEY)
		return call_refuse(
			c, CKR_KEY_TYPE_INCONSISTENT, "the object is not a private key");
	e = calloc(1, sizeof *e);
	if (e == NULL)
		return -ENOMEM;
	e->refs = 1;
	e->pub = ATTRS_INIT;
	e->token = a->token;
	e->epoch = a->epoch;
	e->revision = o->revision;
	memcpy(e->host, c->rpc->peer_fingerprint, sizeof e->host);
	if (attrs_copy(&e->pub, attrs_bytes(&o->pub)) < 0) {
		entry_free(e);
		return -ENOMEM;
	}
	e->key.pub = attrs_bytes(&e->pub);
	rv = pkey_from_private(e->key.pub, attrs_bytes(&o->sec), &e->key.pkey);
	if (rv != CKR_OK) {
		entry_free(e);
		return call_failed(c, rv, "the key cannot be used");
	}
	*ret = e;
	return 0;
}

static int
key_read(struct call *c, const struct auth *a, const Keystore__V1__KeyRef *ref,
	const struct key_name *name, uint64_t changes, uint64_t drops, struct entry **ret)
{
	CLEANUP(object_free)
	struct object o = OBJECT_NONE;
	uint64_t expires = 0;
	int r;

	if (name->b[0] == 'b') {
		r = blob_open(c, a, ref->blob, &o, &expires);
	} else {
		r = object_read(c, a, ref->object_id, false, &o);
		if (r == 0 && (*ret = cache_confirm(c, a, &o, name, changes)) != NULL)
			return 0;
		if (r == 0)
			r = object_read(c, a, ref->object_id, true, &o);
	}
	if (r == 0)
		r = entry_new(c, a, &o, ret);
	if (r != 0)
		return r;
	(*ret)->name = *name;
	(*ret)->changes = changes;
	(*ret)->expires_ms = expires;
	cache_put(c->ks->keys, *ret, drops);
	return 0;
}

int
key_get(struct call *c, const struct auth *a, const Keystore__V1__KeyRef *ref,
	const struct key **ret)
{
	/* asked before the object is read: never newer than what was read */
	uint64_t changes = storage_changes(c->ks->storage), drops;
	struct entry *e;
	struct key_name name;
	int r = key_name(c, a, ref, &name);

	if (r != 0)
		return r;
	e = cache_get(c, a, &name, changes, &drops);
	if (e == NULL)
		r = key_read(c, a, ref, &name, changes, drops, &e);
	if (r == CALL_REFUSED && c->status->ckr == CKR_OBJECT_HANDLE_INVALID)
		r = call_refuse(c, CKR_KEY_HANDLE_INVALID, "no such key");
	if (r == 0)
		*ret = &e->key;
	return r;
}

void
key_put(struct call *c, const struct key *key)
{
	struct key_cache *cache = c->ks->keys;
	/* key is the entry's first member */
	struct entry *e = (struct entry *)(uintptr_t)key;

	(void)pthread_mutex_lock(&cache->lock);
	entry_unref(e);
	(void)pthread_mutex_unlock(&cache->lock);
}
