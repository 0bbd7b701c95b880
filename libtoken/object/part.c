/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/part.h"

#include "common/cleanup.h"
#include "common/request_id.h"

/* --- Keys that take part ------------------------------------------------------------ */

static bool
is_key(const struct object *o)
{
	const CK_OBJECT_CLASS class = object_class(o);

	return class == CKO_SECRET_KEY || class == CKO_PRIVATE_KEY ||
	       class == CKO_PUBLIC_KEY;
}

CK_RV
part_get(const struct object_view *v, CK_OBJECT_HANDLE handle, struct object **ret)
{
	CLEANUP(object_unref)
	struct object *o = NULL;
	CK_RV rv = object_get_fresh(v, handle, &o);

	if (rv == CKR_OBJECT_HANDLE_INVALID || (rv == CKR_OK && !is_key(o)))
		return CKR_KEY_HANDLE_INVALID;
	if (rv == CKR_OK)
		*ret = TAKE_PTR(o);
	return rv;
}

bool
part_is_here(const struct object *o)
{
	return o->material != NULL && object_custody(o) == WIRE_CUSTODY_PROCESS;
}

struct key_input
part_policy(const struct object *o)
{
	return (struct key_input){ .attributes = o->attributes,
		.exposed = part_is_here(o) };
}

CK_RV
part_read(const struct object *o, struct secret *value, struct key_input *ret)
{
	CK_RV rv = material_read(o->material, value);

	if (rv != CKR_OK)
		return rv;
	*ret = part_policy(o);
	ret->value = secret_bytes(value);
	return CKR_OK;
}

CK_RV
part_encode(const struct object *o, struct buf *to)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	struct wire_key k = { 0 };
	CK_RV rv;

	if (o == NULL)
		return CKR_OK;
	if (o->place != PLACE_HERE) {
		k.id = o->id;
	} else if (object_class(o) == CKO_PUBLIC_KEY) {
		k.attributes = o->attributes;
	} else if (part_is_here(o)) {
		rv = material_read(o->material, &value);
		if (rv != CKR_OK)
			return rv;
		k.attributes = o->attributes;
		k.value = secret_bytes(&value);
	} else {
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	}
	wire_encode(wire_key_fields, &k, to);
	return buf_ok(to) ? CKR_OK : CKR_HOST_MEMORY;
}

/* --- Keys that come of it ------------------------------------------------------------ */

/* What was published of a call that failed after all. */
static void
withdraw(const struct object_view *v, const CK_OBJECT_HANDLE *handles, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct object *o = object_table_get(v->table, handles[i]);

		if (o != NULL)
			object_table_remove(v->table, o);
		object_unref(&o);
	}
}

static CK_RV
publish_here(const struct object_view *v, struct new_key *k, CK_OBJECT_HANDLE *ret,
	bool *ret_here)
{
	enum wire_custody custody;
	struct bytes value;
	CK_RV rv = custody_choose(v, attrs_bytes(&k->public), &custody);

	*ret_here = false;
	if (rv != CKR_OK || custody == WIRE_CUSTODY_BROKER)
		return rv;
	if (!attrs_find(attrs_bytes(&k->secret), CKA_VALUE, &value))
		value = BYTES_NONE; /* a data object's is among its attributes */
	rv = custody_publish(v, custody, &k->public, value, ret);
	*ret_here = rv == CKR_OK;
	/* the kernel has no room, keyringd has */
	return rv == CKR_DEVICE_MEMORY ? CKR_OK : rv;
}

CK_RV
made_publish_here(const struct object_view *v, struct new_key *keys, size_t n,
	CK_OBJECT_HANDLE *ret, bool *ret_here)
{
	CK_OBJECT_HANDLE handles[DERIVE_MAX_KEYS];
	bool here = true;
	CK_RV rv = CKR_OK;

	for (size_t i = 0; i < n; i++) {
		rv = publish_here(v, &keys[i], &handles[i], &here);
		if (rv == CKR_OK && here)
			continue;
		withdraw(v, handles, i);
		*ret_here = false;
		return rv;
	}
	memcpy(ret, handles, n * sizeof *ret);
	*ret_here = true;
	return CKR_OK;
}

static bool
id_is_zero(const struct wire_id *id)
{
	static const struct wire_id zero;

	return memcmp(id, &zero, sizeof zero) == 0;
}

static CK_RV
publish_made(const struct object_view *v, const struct region_lease *begun,
	const struct wire_id *made_by, const struct wire_made *m, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(attrs_free)
	struct attrs attributes = ATTRS_INIT;
	struct wire_object w;

	if (!wire_decode(wire_object_fields, m->object, &w))
		return CKR_DEVICE_ERROR;
	if (!id_is_zero(&w.id))
		return remote_publish(v, begun, made_by, &m->object, 1, ret);
	if (!attrs_valid(w.attributes))
		return CKR_DEVICE_ERROR;
	if (m->value.n == 0 &&
		attrs_ulong(w.attributes, CKA_CLASS, CKO_SECRET_KEY) != CKO_DATA)
		return CKR_DEVICE_ERROR;
	if (attrs_copy(&attributes, w.attributes) != 0)
		return CKR_HOST_MEMORY;
	return custody_publish(v, WIRE_CUSTODY_PROCESS, &attributes, m->value, ret);
}

/* keyringd made them, and this process could not take them. What fails now stays there: the
 * call has its error already. */
static void
destroy_made(
	const struct object_view *v, const struct wire_id *made_by, struct bytes list)
{
	struct cursor c = cursor_over(list);
	struct wire_made m;

	for (size_t i = 0; wire_list_next(wire_made_fields, &c, &m); i++) {
		struct wire_id part;
		CK_RV rv;

		request_id_part(made_by->b, i, part.b);
		rv = remote_take_back(v, &part, m.object);
		/* the one that could not be published may have gone already */
		if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID)
			break;
	}
}

static CK_RV
publish_list(const struct object_view *v, const struct region_lease *begun,
	const struct wire_id *made_by, struct bytes list, size_t max,
	CK_OBJECT_HANDLE *ret, size_t *ret_n)
{
	struct cursor c = cursor_over(list);
	struct wire_made m;
	size_t n = 0;
	CK_RV rv = CKR_OK;

	while (rv == CKR_OK && wire_list_next(wire_made_fields, &c, &m)) {
		struct wire_id part;

		request_id_part(made_by->b, n, part.b);
		rv = n < max ? publish_made(v, begun, &part, &m, &ret[n])
			     : CKR_DEVICE_ERROR;
		n += rv == CKR_OK;
	}
	if (rv == CKR_OK && !cursor_ok(&c))
		rv = CKR_DEVICE_ERROR;
	if (rv != CKR_OK) {
		withdraw(v, ret, n);
		destroy_made(v, made_by, list);
		return rv;
	}
	*ret_n = n;
	return CKR_OK;
}

CK_RV
made_remote(const struct object_view *v, enum wire_type type, const void *request,
	size_t max, CK_OBJECT_HANDLE *ret, size_t *ret_n, struct buf *out)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	CLEANUP(region_lease_end)
	struct region_lease begun = REGION_LEASE_NONE;
	struct wire_made_reply reply;
	CK_RV rv;

	region_begin(v->regions, v->store, v->slot, &begun);
	rv = remote_call(v, type, request, &reply, &payload);
	if (rv != CKR_OK)
		return rv;
	if (out != NULL)
		buf_put_bytes(out, reply.out);
	if (out != NULL && !buf_ok(out)) {
		destroy_made(v, remote_request_of(type, request), reply.list);
		return CKR_HOST_MEMORY;
	}
	return publish_list(
		v, &begun, remote_request_of(type, request), reply.list, max, ret, ret_n);
}

CK_RV
made_remote_one(const struct object_view *v, enum wire_type type, const void *request,
	CK_OBJECT_HANDLE *ret)
{
	CK_OBJECT_HANDLE handle;
	size_t n = 0;
	CK_RV rv = made_remote(v, type, request, 1, &handle, &n, NULL);

	if (rv == CKR_OK && n != 1)
		rv = CKR_DEVICE_ERROR;
	if (rv == CKR_OK)
		*ret = handle;
	return rv;
}

CK_RV
made_keep(const struct object_view *v, const struct mech *m, struct bytes template,
	struct new_key *k, CK_OBJECT_HANDLE *ret)
{
	struct wire_keep request = {
		.slot = v->slot, .mechanism = m->type, .template = template
	};
	bool here = false;
	CK_RV rv = CKR_OK;

	if (!attrs_bool(template, CKA_TOKEN, false))
		rv = made_publish_here(v, k, 1, ret, &here);
	if (rv != CKR_OK || here)
		return rv;
	rv = remote_request(&request.request);
	if (rv != CKR_OK)
		return rv;
	if (!attrs_find(attrs_bytes(&k->secret), CKA_VALUE, &request.value))
		return CKR_GENERAL_ERROR;
	return made_remote_one(v, WIRE_KEEP, &request, ret);
}
