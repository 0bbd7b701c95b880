/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/table.h"

#include <errno.h>
#include <pthread.h>

#include "common/cleanup.h"
#include "libtoken/object/value_index.h"

struct object_entry {
	struct hash_node by_handle, by_id;
	LIST_ENTRY(object_entry) of_owner, of_sessions;
	struct object_entry *next_dropped;
	struct object_owner *owner; /* NULL: a token object */
	struct object *object;
	struct value_link links[VALUE_INDEXES]; /* of a session object */
	bool unindexed; /* there was no memory for these when its values changed */
};

struct object_table {
	pthread_mutex_t lock;
	atomic_uint *gone;
	uint8_t unique[8];
	struct hash by_handle;
	struct hash by_id; /* token objects */
	struct value_index by_value;
	size_t unindexed; /* entries */
	LIST_HEAD(, object_entry) session_objects;
	struct generators *generators;
};

/* Outlives tables: a handle from before C_Finalize names nothing after it. */
static atomic_ulong last_handle;

CK_OBJECT_HANDLE
object_table_handle(void)
{
	return atomic_fetch_add_explicit(&last_handle, 1, memory_order_relaxed) + 1;
}

static bool
match_handle(const struct hash_node *node, struct bytes key)
{
	const struct object_entry *e = HASH_OBJECT(node, struct object_entry, by_handle);

	return bytes_equal(BYTES(&e->object->handle, sizeof e->object->handle), key);
}

static bool
match_id(const struct hash_node *node, struct bytes key)
{
	const struct object_entry *e = HASH_OBJECT(node, struct object_entry, by_id);

	return bytes_equal(BYTES_OF(e->object->id.b), key);
}

CK_RV
object_table_new(atomic_uint *gone, struct object_table **ret)
{
	struct object_table *t = calloc(1, sizeof *t);
	int r;

	if (t == NULL)
		return CKR_HOST_MEMORY;
	t->gone = gone;
	pthread_mutex_init(&t->lock, NULL);
	LIST_INIT(&t->session_objects);
	r = hash_init(&t->by_handle);
	if (r == 0)
		r = hash_init(&t->by_id);
	if (r == 0)
		r = value_index_init(&t->by_value);
	if (r == 0 && generators_new(&t->generators) != CKR_OK)
		r = -ENOMEM;
	if (r == 0 && crypto_random(t->unique, sizeof t->unique) != CKR_OK)
		r = -EIO;
	if (r != 0) {
		object_table_free(&t);
		return CKR_HOST_MEMORY;
	}
	*ret = t;
	return CKR_OK;
}

struct generators *
object_table_generators(struct object_table *t)
{
	return t->generators;
}

void
object_table_unique_id(
	const struct object_table *t, CK_OBJECT_HANDLE handle, char ret[UUID_TEXT])
{
	uint8_t raw[UUID_BYTES];
	uint64_t number = htobe64(handle);

	memcpy(raw, t->unique, 8);
	memcpy(raw + 8, &number, 8);
	/* RFC 9562 version 8: the layout is ours */
	raw[6] = (raw[6] & 0x0f) | 0x80;
	raw[8] = 0x80;
	uuid_text(raw, ret);
}

static void
entry_insert(struct object_table *t, struct object_entry *e)
{
	struct object *o = e->object;

	hash_insert(&t->by_handle, BYTES(&o->handle, sizeof o->handle), &e->by_handle);
	if (e->owner == NULL) {
		hash_insert(&t->by_id, BYTES_OF(o->id.b), &e->by_id);
		return;
	}
	LIST_INSERT_HEAD(&t->session_objects, e, of_sessions);
	LIST_INSERT_HEAD(&e->owner->objects, e, of_owner);
}

static void
entry_remove(struct object_table *t, struct object_entry *e)
{
	atomic_store_explicit(&e->object->fate, OBJECT_DESTROYED, memory_order_release);
	hash_remove(&t->by_handle, &e->by_handle);
	if (e->owner == NULL) {
		hash_remove(&t->by_id, &e->by_id);
		return;
	}
	LIST_REMOVE(e, of_sessions);
	LIST_REMOVE(e, of_owner);
	value_index_remove(&t->by_value, e->links);
	t->unindexed -= e->unindexed;
}

static void
entry_free(struct object_entry *e)
{
	object_unref(&e->object);
	free(e);
}

static struct object_entry *
entry_new(struct object *o, struct object_owner *owner)
{
	struct object_entry *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	if (o->handle == 0)
		o->handle = object_table_handle();
	e->object = object_ref(o);
	e->owner = owner;
	return e;
}

static struct object_entry *
entry_by_handle(struct object_table *t, CK_OBJECT_HANDLE handle)
{
	struct hash_node *node =
		hash_find(&t->by_handle, BYTES(&handle, sizeof handle), match_handle);

	return node != NULL ? HASH_OBJECT(node, struct object_entry, by_handle) : NULL;
}

CK_RV
object_table_add(struct object_table *t, struct object *o, struct object_owner *owner)
{
	struct object_entry *e = entry_new(o, owner);
	bool ok = e != NULL;

	if (!ok)
		return CKR_HOST_MEMORY;
	pthread_mutex_lock(&t->lock);
	if (owner != NULL)
		ok = value_index_add(&t->by_value, e->links, o->attributes, e);
	if (ok)
		entry_insert(t, e);
	pthread_mutex_unlock(&t->lock);
	if (!ok)
		entry_free(e);
	return ok ? CKR_OK : CKR_HOST_MEMORY;
}

struct object *
object_table_get(struct object_table *t, CK_OBJECT_HANDLE handle)
{
	struct object_entry *e;
	struct object *o;

	pthread_mutex_lock(&t->lock);
	e = entry_by_handle(t, handle);
	o = e != NULL ? object_ref(e->object) : NULL;
	pthread_mutex_unlock(&t->lock);
	return o;
}

bool
object_table_lost(struct object_table *t, struct object *o)
{
	bool lost = object_is_destroyed(o);

	if (object_is_current(o) || lost)
		return lost;
	pthread_mutex_lock(&t->lock);
	lost = entry_by_handle(t, o->handle) == NULL;
	pthread_mutex_unlock(&t->lock);
	return lost;
}

/* By anybody but those whose references are counted here. */
static bool
in_use(const struct object *o, unsigned refs)
{
	return o->older_in_use || atomic_load(&o->refs) > refs;
}

/* A lower revision is an answer that comes late. But one whose lease holds is how the object
 * is now: the keystore's database was restored from a backup. */
static bool
is_news(const struct object *known, const struct object *o)
{
	if (known->slot != o->slot || known->revision < o->revision)
		return true;
	return !region_lease_equal(&known->lease, &o->lease) &&
	       region_lease_holds(&o->lease);
}

/* What was made of the very same attributes need not be made again. */
static void
inherit(struct object *o, const struct object *from)
{
	EVP_PKEY *pkey = atomic_load(&from->pkey);

	if (o->slot != from->slot || o->revision != from->revision || pkey == NULL ||
		EVP_PKEY_up_ref(pkey) != 1)
		return;
	atomic_store(&o->pkey, pkey);
}

CK_RV
object_table_see(struct object_table *t, struct object **op)
{
	struct object_entry *e = NULL;
	struct object *old = NULL, *now = NULL;
	struct hash_node *node;

	pthread_mutex_lock(&t->lock);
	node = hash_find(&t->by_id, BYTES_OF((*op)->id.b), match_id);
	if (node != NULL)
		e = HASH_OBJECT(node, struct object_entry, by_id);
	if (e == NULL) {
		e = entry_new(*op, NULL);
		if (e != NULL)
			entry_insert(t, e);
	} else if (is_news(e->object, *op)) {
		/* the same handle, so both hash nodes stay where they are */
		old = e->object;
		inherit(*op, old);
		(*op)->handle = old->handle;
		(*op)->older_in_use = in_use(old, 1);
		e->object = object_ref(*op);
		atomic_store_explicit(&old->fate, OBJECT_REPLACED, memory_order_release);
	}
	if (e != NULL)
		now = object_ref(e->object);
	pthread_mutex_unlock(&t->lock);
	object_unref(&old);
	if (now == NULL)
		return CKR_HOST_MEMORY;
	object_unref(op);
	*op = now;
	return CKR_OK;
}

/* A change that has been made cannot fail for want of memory: searches then look at all. */
static void
entry_reindex(struct object_table *t, struct object_entry *e, struct bytes attributes)
{
	t->unindexed -= e->unindexed;
	value_index_remove(&t->by_value, e->links);
	e->unindexed = !value_index_add(&t->by_value, e->links, attributes, e);
	t->unindexed += e->unindexed;
}

bool
object_table_swap(struct object_table *t, struct object *old, struct object *new)
{
	struct object_entry *e;
	bool ok;

	new->handle = old->handle;
	pthread_mutex_lock(&t->lock);
	e = entry_by_handle(t, old->handle);
	ok = e != NULL && e->object == old;
	if (ok && e->owner != NULL)
		entry_reindex(t, e, new->attributes);
	if (ok) {
		new->older_in_use = in_use(old, 2);
		e->object = object_ref(new);
		atomic_store_explicit(&old->fate, OBJECT_REPLACED, memory_order_release);
	}
	pthread_mutex_unlock(&t->lock);
	if (ok)
		object_unref(&old);
	return ok;
}

/* Outside the lock: freeing a key costs system calls. refs: as in in_use(). */
static void
removed_free(struct object_table *t, struct object_entry *e, unsigned refs)
{
	object_revoke(e->object);
	if (e->owner != NULL)
		generators_forget(t->generators, e->object);
	if (in_use(e->object, refs))
		atomic_fetch_add_explicit(t->gone, 1, memory_order_release);
	entry_free(e);
}

void
object_table_remove(struct object_table *t, struct object *o)
{
	struct object_entry *e;

	pthread_mutex_lock(&t->lock);
	e = entry_by_handle(t, o->handle);
	if (e != NULL)
		entry_remove(t, e);
	pthread_mutex_unlock(&t->lock);
	if (e != NULL)
		removed_free(t, e, e->object == o ? 2 : 1);
}

static void
dropped_free(struct object_table *t, struct object_entry *list, struct buf *ret_ids)
{
	while (list != NULL) {
		struct object_entry *e = list;

		list = e->next_dropped;
		if (ret_ids != NULL && e->object->place == PLACE_KEYRINGD)
			buf_put(ret_ids, e->object->id.b, sizeof e->object->id.b);
		removed_free(t, e, 1);
	}
}

struct drop {
	struct object_table *table;
	bool (*doomed)(const struct object *o, const void *arg);
	const void *arg;
	struct object_entry *list;
};

static bool
drop_one(struct hash_node *node, void *arg)
{
	struct object_entry *e = HASH_OBJECT(node, struct object_entry, by_handle);
	struct drop *d = arg;

	if (d->doomed(e->object, d->arg)) {
		entry_remove(d->table, e);
		e->next_dropped = d->list;
		d->list = e;
	}
	return true;
}

void
object_table_drop(struct object_table *t,
	bool (*doomed)(const struct object *o, const void *arg), const void *arg,
	struct buf *ret_ids)
{
	struct drop d = { t, doomed, arg, NULL };

	pthread_mutex_lock(&t->lock);
	hash_each(&t->by_handle, drop_one, &d);
	pthread_mutex_unlock(&t->lock);
	dropped_free(t, d.list, ret_ids);
}

void
object_table_drop_owner(
	struct object_table *t, struct object_owner *owner, struct buf *ret_ids)
{
	struct object_entry *e, *list = NULL;

	pthread_mutex_lock(&t->lock);
	while ((e = LIST_FIRST(&owner->objects)) != NULL) {
		entry_remove(t, e);
		e->next_dropped = list;
		list = e;
	}
	pthread_mutex_unlock(&t->lock);
	dropped_free(t, list, ret_ids);
}

static bool
every_object(const struct object *o, const void *arg)
{
	return true;
}

void
object_table_free(struct object_table **tp)
{
	struct object_table *t = TAKE_PTR(*tp);

	if (t == NULL)
		return;
	object_table_drop(t, every_object, NULL, NULL);
	hash_free(&t->by_handle);
	hash_free(&t->by_id);
	value_index_free(&t->by_value);
	generators_free(&t->generators);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

struct search_filter {
	CK_SLOT_ID slot;
	enum object_role role;
	struct bytes template;
	struct buf *ret;
	CK_RV rv;
};

static void
search_consider(void *arg, void *member)
{
	struct search_filter *f = arg;
	const struct object *o = ((const struct object_entry *)member)->object;

	if (o->slot == f->slot && object_is_visible(o->attributes, f->role) &&
		object_matches(o, f->template, &f->rv))
		buf_put(f->ret, &o->handle, sizeof o->handle);
}

CK_RV
object_table_search(struct object_table *t, CK_SLOT_ID slot, enum object_role role,
	struct bytes template, struct buf *ret)
{
	struct search_filter f = { slot, role, template, ret, CKR_OK };
	struct object_entry *e;

	pthread_mutex_lock(&t->lock);
	if (t->unindexed != 0 ||
		!value_index_find(&t->by_value, template, search_consider, &f))
		LIST_FOREACH (e, &t->session_objects, of_sessions)
			search_consider(&f, e);
	pthread_mutex_unlock(&t->lock);
	return buf_ok(ret) ? f.rv : CKR_HOST_MEMORY;
}
