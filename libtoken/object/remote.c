/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/remote.h"

#include "common/cleanup.h"
#include "common/request_id.h"

#define REMOTE_MOST 2u /* objects of one message: a pair */
/* bytes of a reply besides the attributes that an object had or was given */
#define REPLY_FIELDS 512u

CK_RV
remote_private(const struct object_view *v, CK_OBJECT_CLASS class, struct bytes whole,
	struct attrs *template)
{
	if (v->role == ROLE_USER && !attrs_has(whole, CKA_PRIVATE) &&
		(class == CKO_SECRET_KEY || class == CKO_PRIVATE_KEY))
		attrs_set_bool(template, CKA_PRIVATE, true);
	return attrs_ok(template) ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
remote_request(struct wire_id *ret)
{
	return request_id_new(ret->b) == 0 ? CKR_OK : CKR_RANDOM_NO_RNG;
}

CK_RV
remote_call(const struct object_view *v, enum wire_type type, const void *request,
	void *reply, struct buf *payload)
{
	return v->role == ROLE_NONE ? store_call(v->store, type, request, reply, payload)
				    : store_call_as(v->store, v->generation, type,
					      request, reply, payload);
}

CK_RV
remote_about(struct store *store, const struct object *o, enum wire_type type,
	const void *request, void *reply, struct buf *payload)
{
	return o->private ? store_call_as(
				    store, o->generation, type, request, reply, payload)
			  : store_call(store, type, request, reply, payload);
}

static bool
id_is_zero(const struct wire_id *id)
{
	static const struct wire_id zero;

	return memcmp(id, &zero, sizeof zero) == 0;
}

/* Of session objects, only secret keys are ever used here. */
static struct region_lease
lease_of(const struct region_lease *begun, uint64_t generation,
	const struct wire_object *w, const struct object *o)
{
	const bool token = attrs_bool(o->attributes, CKA_TOKEN, false);

	/* keyringd was another one when the region was asked for */
	if (begun->map == NULL || begun->map->generation != generation)
		return REGION_LEASE_NONE;
	return token || w->custody == WIRE_CUSTODY_BROKER
		       ? region_lease_for(begun, w, token)
		       : REGION_LEASE_NONE;
}

CK_RV
remote_object(const struct object_view *v, const struct region_lease *begun,
	enum object_place place, const struct wire_object *w, struct object **room)
{
	const uint64_t generation = store_generation(v->store);
	CK_RV rv = object_from_wire(place, v->slot, w, room);

	if (rv != CKR_OK)
		return rv;
	(*room)->generation = generation;
	(*room)->lease = lease_of(begun, generation, w, *room);
	return CKR_OK;
}

static CK_RV
object_decode(const struct object_view *v, const struct region_lease *begun,
	enum object_place place, struct bytes encoded, struct object **room)
{
	struct wire_object w;

	if (!wire_decode(wire_object_fields, encoded, &w))
		return CKR_DEVICE_ERROR;
	return remote_object(v, begun, place, &w, room);
}

/* The public half of a pair, say: nobody else keeps it, or has named it. */
static CK_RV
publish_own(const struct object_view *v, struct bytes attributes, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(attrs_free)
	struct attrs own = ATTRS_SECRET;

	return attrs_copy(&own, attributes) == 0
		       ? custody_publish_shared(v, &own, NULL, ret)
		       : CKR_HOST_MEMORY;
}

static CK_RV
publish_one(const struct object_view *v, const struct region_lease *begun,
	struct bytes encoded, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(object_unref)
	struct object *o = NULL;
	CK_RV rv;

	rv = object_decode(v, begun, PLACE_TOKEN, encoded, &o);
	if (rv != CKR_OK)
		return rv;
	if (attrs_bool(o->attributes, CKA_TOKEN, false)) {
		rv = object_table_see(v->table, &o);
	} else if (id_is_zero(&o->id)) {
		return publish_own(v, o->attributes, ret);
	} else {
		o->place = PLACE_KEYRINGD;
		rv = object_publish(v, o);
	}
	if (rv == CKR_OK)
		*ret = o->handle;
	return rv;
}

CK_RV
remote_take_back(
	const struct object_view *v, const struct wire_id *made_by, struct bytes encoded)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_destroy request = { .slot = v->slot, .made_by = *made_by };
	struct wire_empty reply;
	struct wire_object w;
	CK_RV rv;

	if (!wire_decode(wire_object_fields, encoded, &w) || id_is_zero(&w.id))
		return CKR_OK;
	request.ids = BYTES_OF(w.id.b);
	rv = remote_request(&request.request);
	return rv == CKR_OK
		       ? store_call(v->store, WIRE_DESTROY, &request, &reply, &payload)
		       : rv;
}

const struct wire_id *
remote_request_of(enum wire_type type, const void *request)
{
	const struct wire_field *f = wire_messages[type].request;

	while (f->kind != WIRE_ID)
		f++;
	return (const struct wire_id *)(const void *)((const uint8_t *)request +
						      f->offset);
}

/* Nobody was told of it, so nobody may find it. handle 0: it was not published. */
static void
unmake(const struct object_view *v, const struct wire_id *made_by, struct bytes encoded,
	CK_OBJECT_HANDLE handle)
{
	CLEANUP(object_unref)
	struct object *o = handle != 0 ? object_table_get(v->table, handle) : NULL;

	if (o != NULL)
		object_table_remove(v->table, o);
	(void)!remote_take_back(v, made_by, encoded);
}

CK_RV
remote_publish(const struct object_view *v, const struct region_lease *begun,
	const struct wire_id *made_by, const struct bytes *encoded, size_t n,
	CK_OBJECT_HANDLE *ret)
{
	CK_OBJECT_HANDLE handles[REMOTE_MOST] = { 0 };
	CK_RV rv = CKR_OK;

	for (size_t i = 0; rv == CKR_OK && i < n; i++)
		rv = publish_one(v, begun, encoded[i], &handles[i]);
	if (rv != CKR_OK) {
		for (size_t i = 0; i < n; i++)
			unmake(v, made_by, encoded[i], handles[i]);
		return rv;
	}
	memcpy(ret, handles, n * sizeof *ret);
	return CKR_OK;
}

CK_RV
remote_make(const struct object_view *v, enum wire_type type, const void *request,
	size_t known, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	CLEANUP(region_lease_end)
	struct region_lease begun = REGION_LEASE_NONE;
	struct wire_object_reply reply;
	CK_RV rv;

	if (known != 0 && buf_reserve(&payload, known + REPLY_FIELDS) == NULL)
		return CKR_HOST_MEMORY;
	region_begin(v->regions, v->store, v->slot, &begun);
	rv = remote_call(v, type, request, &reply, &payload);
	if (rv != CKR_OK)
		return rv;
	return remote_publish(
		v, &begun, remote_request_of(type, request), &reply.object, 1, ret);
}

/* keyringd does not know it (any more): neither does the process. */
static CK_RV
lost(const struct object_view *v, struct object *o, CK_RV rv)
{
	/* what is public needs no login: not known to who has none means gone */
	if (rv == CKR_OBJECT_HANDLE_INVALID || rv == CKR_KEY_HANDLE_INVALID ||
		(rv == CKR_USER_NOT_LOGGED_IN && !o->private)) {
		object_table_remove(v->table, o);
		return CKR_OBJECT_HANDLE_INVALID;
	}
	return rv;
}

/* What keyringd says of o now, not published yet. */
static CK_RV
ask(const struct object_view *v, struct object *o, struct object **ret)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	CLEANUP(region_lease_end)
	struct region_lease begun = REGION_LEASE_NONE;
	struct wire_object_request request = { .slot = v->slot, .id = o->id };
	struct wire_object_reply reply;
	CK_RV rv;

	region_begin(v->regions, v->store, v->slot, &begun);
	rv = remote_about(v->store, o, WIRE_GET, &request, &reply, &payload);
	return rv == CKR_OK ? object_decode(v, &begun, o->place, reply.object, ret)
			    : lost(v, o, rv);
}

/* Session objects have no revision: where another thread has published one meanwhile, only
 * keyringd knows which of the two is older. */
static CK_RV
publish_now(const struct object_view *v, struct object **o, struct object **now)
{
	if ((*o)->place == PLACE_TOKEN)
		return object_table_see(v->table, now);
	while (!object_table_swap(v->table, *o, *now)) {
		const CK_OBJECT_HANDLE handle = (*o)->handle;
		CK_RV rv;

		object_unref(now);
		object_unref(o);
		*o = object_table_get(v->table, handle);
		if (*o == NULL)
			return CKR_OBJECT_HANDLE_INVALID;
		rv = ask(v, *o, now);
		if (rv != CKR_OK)
			return rv;
	}
	return CKR_OK;
}

CK_RV
remote_refresh(const struct object_view *v, struct object **o)
{
	CLEANUP(object_unref)
	struct object *now = NULL;
	CK_RV rv = ask(v, *o, &now);

	if (rv == CKR_OK)
		rv = publish_now(v, o, &now);
	if (rv != CKR_OK)
		return rv;
	object_unref(o);
	*o = TAKE_PTR(now);
	return CKR_OK;
}

CK_RV
remote_secret(const struct object_view *v, const struct object *o, struct attrs *ret)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	struct wire_object_request request = { .slot = v->slot, .id = o->id };
	struct wire_secret_reply reply;
	CK_RV rv;

	rv = remote_about(v->store, o, WIRE_GET_SECRET, &request, &reply, &payload);
	if (rv != CKR_OK)
		return rv;
	if (!attrs_valid(reply.attributes))
		return CKR_DEVICE_ERROR;
	return attrs_copy(ret, reply.attributes) == 0 ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
remote_change(const struct object_view *v, struct object **o, struct bytes template)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	CLEANUP(object_unref)
	struct object *now = NULL;
	CLEANUP(region_lease_end)
	struct region_lease begun = REGION_LEASE_NONE;
	struct wire_change request = {
		.slot = v->slot, .id = (*o)->id, .template = template
	};
	const size_t known = (*o)->attributes.n + template.n;
	struct wire_object_reply reply;
	CK_RV rv;

	/* what has been changed cannot fail any more: all that is needed then is here before */
	now = object_room(known);
	if (now == NULL || buf_reserve(&payload, known + REPLY_FIELDS) == NULL)
		return CKR_HOST_MEMORY;
	region_begin(v->regions, v->store, v->slot, &begun);
	rv = remote_request(&request.request);
	if (rv == CKR_OK)
		rv = remote_about(v->store, *o, WIRE_SET, &request, &reply, &payload);
	if (rv != CKR_OK)
		return lost(v, *o, rv);
	rv = object_decode(v, &begun, (*o)->place, reply.object, &now);
	return rv == CKR_OK ? publish_now(v, o, &now) : rv;
}

CK_RV
remote_copy(const struct object_view *v, const struct object *o, struct bytes template,
	CK_OBJECT_HANDLE *ret)
{
	struct wire_change request = {
		.slot = v->slot, .id = o->id, .template = template
	};
	CK_RV rv = remote_request(&request.request);

	return rv == CKR_OK ? remote_make(v, WIRE_COPY, &request,
				      o->attributes.n + template.n, ret)
			    : rv;
}

CK_RV
remote_destroy_one(const struct object_view *v, const struct object *o)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_destroy request = { .slot = v->slot, .ids = BYTES_OF(o->id.b) };
	struct wire_empty reply;
	CK_RV rv = remote_request(&request.request);

	return rv == CKR_OK ? remote_call(v, WIRE_DESTROY, &request, &reply, &payload)
			    : rv;
}

CK_RV
remote_destroy(struct store *store, CK_SLOT_ID slot, struct bytes ids)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	const size_t most =
		WIRE_MAX_CHUNK / sizeof(struct wire_id) * sizeof(struct wire_id);
	struct wire_empty reply;
	CK_RV rv = CKR_OK;

	while (ids.n != 0 && rv == CKR_OK) {
		struct wire_destroy request = { .slot = slot };

		request.ids = BYTES(ids.p, ids.n < most ? ids.n : most);
		rv = remote_request(&request.request);
		if (rv == CKR_OK)
			rv = store_call(store, WIRE_DESTROY, &request, &reply, &payload);
		ids = BYTES(ids.p + request.ids.n, ids.n - request.ids.n);
	}
	return rv;
}
