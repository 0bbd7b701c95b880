/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/custody.h"

#include <stdlib.h>
#include <sys/random.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/uuid.h"
#include "keyringd/account.h"
#include "keyringd/op_cache.h"
#include "keyringd/ops.h"
#include "keyringd/passes.h"

/* What an object has room for besides CKA_UNIQUE_ID, which custody_attributes() adds. */
#define ATTRIBUTES_MAX (ATTRS_MAX_BYTES - 8 - (UUID_TEXT - 1))
/* What session_object's field holds. */
#define BLOB_MAX ((1u << 22) - 1)
/* Of the limits on keys: a larger one counts for several. */
#define KEY_BYTES 4096u

static bool
id_matches(const struct hash_node *node, struct bytes key)
{
	const struct session_object *o = HASH_OBJECT(node, struct session_object, by_id);

	return memcmp(&o->id, key.p, sizeof o->id) == 0;
}

struct session_object *
custody_get(struct client *cl, const struct token *t, const struct wire_id *id)
{
	struct session_object *o;
	struct hash_node *node;

	if (!cl->has_objects)
		return NULL;
	node = hash_find(&cl->objects, BYTES_OF(id->b), id_matches);
	if (node == NULL)
		return NULL;
	o = HASH_OBJECT(node, struct session_object, by_id);
	return o->token == t ? o : NULL;
}

/* The object without its secret; not in the table yet. */
static CK_RV
object_new(struct client *cl, struct token *t, struct bytes attributes, struct bytes blob,
	struct session_object **ret)
{
	CLEANUP(buf_free)
	struct buf own = BUF_INIT;
	struct session_object *o;
	struct shape *shape;

	if (attributes.n > ATTRIBUTES_MAX)
		return CKR_HOST_MEMORY;
	if (blob.n > BLOB_MAX)
		return CKR_DEVICE_MEMORY;
	if (shape_split(cl->d->shapes, attributes, &shape, &own) != 0)
		return CKR_HOST_MEMORY;
	o = malloc(sizeof *o + own.n + blob.n);
	if (o == NULL) {
		shape_unref(cl->d->shapes, shape);
		return CKR_HOST_MEMORY;
	}
	*o = (struct session_object){
		.token = t, .shape = shape, .own_n = own.n, .blob_n = blob.n
	};
	if (own.n != 0)
		memcpy(o->data, own.p, own.n);
	if (blob.n != 0)
		memcpy(o->data + own.n, blob.p, blob.n);
	*ret = o;
	return CKR_OK;
}

static size_t
count_of(const struct session_object *o)
{
	return 1 + ((size_t)o->own_n + o->blob_n + o->shape->n) / KEY_BYTES;
}

/* Room for so much more? */
static CK_RV
room_check(const struct client *cl, size_t n)
{
	return cl->keys + n <= cl->d->config.client_keys &&
			       account_may_keep(cl->account, &cl->d->config, n)
		       ? CKR_OK
		       : CKR_DEVICE_MEMORY;
}

static void
object_insert(struct client *cl, struct session_object *o)
{
	hash_insert(&cl->objects, BYTES_OF(o->id.b), &o->by_id);
	cl->keys += count_of(o);
	cl->account->keys += count_of(o);
}

static void
object_take_out(struct client *cl, struct session_object *o)
{
	hash_remove(&cl->objects, &o->by_id);
	cl->keys -= count_of(o);
	cl->account->keys -= count_of(o);
}

static void
object_free(struct client *cl, struct session_object *o)
{
	vault_delete(cl->d->vault, &o->value);
	shape_unref(cl->d->shapes, o->shape);
	free(o);
}

static void
object_remove(struct client *cl, struct session_object *o)
{
	if (o->ops != 0)
		ops_end_key(cl, o->token, &o->id);
	op_cache_drop(cl->d->op_cache, &o->id);
	passes_key_gone(cl->d, &o->id);
	object_take_out(cl, o);
	object_free(cl, o);
}

static CK_RV
table_ready(struct client *cl)
{
	if (cl->dead)
		return CKR_FUNCTION_CANCELED;
	if (!cl->has_objects && hash_init(&cl->objects) != 0)
		return CKR_HOST_MEMORY;
	cl->has_objects = true;
	return CKR_OK;
}

CK_RV
custody_add(struct client *cl, struct token *t, struct bytes attributes,
	struct bytes value, struct bytes blob, struct wire_id *ret)
{
	struct session_object *o;
	CK_RV rv = table_ready(cl);

	if (rv == CKR_OK)
		rv = object_new(cl, t, attributes, blob, &o);
	if (rv != CKR_OK)
		return rv;
	rv = room_check(cl, count_of(o));
	if (rv == CKR_OK && getrandom(o->id.b, sizeof o->id.b, 0) != sizeof o->id.b)
		rv = CKR_GENERAL_ERROR;
	if (rv == CKR_OK && blob.n == 0 && vault_put(cl->d->vault, value, &o->value) != 0)
		rv = CKR_DEVICE_MEMORY;
	if (rv != CKR_OK) {
		object_free(cl, o);
		return rv;
	}
	object_insert(cl, o);
	*ret = o->id;
	return CKR_OK;
}

void
custody_count_op(
	struct client *cl, const struct token *t, const struct wire_id *id, int by)
{
	struct session_object *o = custody_get(cl, t, id);

	if (o != NULL)
		o->ops = o->ops + (uint64_t)(int64_t)by;
}

CK_RV
custody_attributes(const struct session_object *o, struct attrs *ret)
{
	char text[UUID_TEXT];

	shape_join(o->shape, session_object_own(o), &ret->b);
	uuid_text(o->id.b, text);
	attrs_set(ret, CKA_UNIQUE_ID, BYTES_STR(text));
	return attrs_ok(ret) ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
custody_change(struct client *cl, struct session_object *o, struct bytes attributes,
	struct bytes blob)
{
	struct session_object *changed;
	CK_RV rv;

	rv = object_new(cl, o->token, attributes,
		blob.n != 0 ? blob : session_object_blob(o), &changed);
	if (rv == CKR_OK && count_of(changed) > count_of(o)) {
		rv = room_check(cl, count_of(changed) - count_of(o));
		if (rv != CKR_OK)
			object_free(cl, changed);
	}
	if (rv != CKR_OK)
		return rv;
	changed->id = o->id;
	changed->ops = o->ops;
	changed->value = TAKE_PTR(o->value);
	passes_key_changed(cl->d, &o->id, shape_bytes(changed->shape));
	object_take_out(cl, o);
	object_free(cl, o);
	object_insert(cl, changed);
	return CKR_OK;
}

bool
custody_remove(struct client *cl, const struct token *t, const struct wire_id *id)
{
	struct session_object *o = custody_get(cl, t, id);

	if (o == NULL)
		return false;
	object_remove(cl, o);
	return true;
}

struct ending {
	struct client *cl;
	const struct token *t; /* private ones of this token; NULL: all */
};

static bool
end_one(struct hash_node *node, void *arg)
{
	struct session_object *o = HASH_OBJECT(node, struct session_object, by_id);
	struct ending *e = arg;

	if (e->t == NULL || (o->token == e->t &&
				    attrs_bool(shape_bytes(o->shape), CKA_PRIVATE, true)))
		object_remove(e->cl, o);
	return true;
}

void
custody_end_private(struct client *cl, const struct token *t)
{
	struct ending e = { cl, t };

	if (cl->has_objects)
		hash_each(&cl->objects, end_one, &e);
}

void
custody_end_client(struct client *cl)
{
	struct ending e = { cl, NULL };

	if (!cl->has_objects)
		return;
	hash_each(&cl->objects, end_one, &e);
	hash_free(&cl->objects);
	cl->has_objects = false;
}
