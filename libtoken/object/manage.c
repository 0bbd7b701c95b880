/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/manage.h"

#include "common/cleanup.h"
#include "cryptoki/vendor.h"
#include "libtoken/object/remote.h"

CK_RV
object_get(const struct object_view *v, CK_OBJECT_HANDLE handle, struct object **ret)
{
	struct object *o = object_table_get(v->table, handle);

	if (o != NULL && o->slot == v->slot &&
		object_is_visible(o->attributes, v->role)) {
		*ret = o;
		return CKR_OK;
	}
	object_unref(&o);
	return CKR_OBJECT_HANDLE_INVALID;
}

CK_RV
object_get_fresh(
	const struct object_view *v, CK_OBJECT_HANDLE handle, struct object **ret)
{
	CLEANUP(object_unref)
	struct object *o = NULL;
	CK_RV rv = object_get(v, handle, &o);

	if (rv == CKR_OK && o->place == PLACE_TOKEN && !object_is_fresh(o))
		rv = remote_refresh(v, &o);
	if (rv == CKR_OK)
		*ret = TAKE_PTR(o);
	return rv;
}

CK_RV
object_get_now(const struct object_view *v, CK_OBJECT_HANDLE handle, struct object **ret)
{
	CLEANUP(object_unref)
	struct object *o = NULL;
	CK_RV rv = object_get(v, handle, &o);

	if (rv == CKR_OK && object_must_ask(o))
		rv = remote_refresh(v, &o);
	if (rv == CKR_OK)
		*ret = TAKE_PTR(o);
	return rv;
}

CK_RV
object_publish(const struct object_view *v, struct object *o)
{
	CK_RV rv = object_table_add(v->table, o, v->owner);

	if (rv != CKR_OK || !o->private || atomic_load(v->era) == v->era_then)
		return rv;
	object_table_remove(v->table, o);
	return CKR_USER_NOT_LOGGED_IN;
}

/* Token objects belong to everybody: only R/W sessions change them. */
static CK_RV
may_write(const struct object_view *v, bool token)
{
	return token && !v->writable ? CKR_SESSION_READ_ONLY : CKR_OK;
}

static CK_RV
create_remote(const struct object_view *v, struct bytes template, CK_OBJECT_HANDLE *ret)
{
	struct wire_create request = { .slot = v->slot, .template = template };
	CK_RV rv = remote_request(&request.request);

	return rv == CKR_OK ? remote_make(v, WIRE_CREATE, &request, 0, ret) : rv;
}

static CK_RV
create_session_object(
	const struct object_view *v, struct bytes template, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(attrs_free)
	struct attrs public = ATTRS_SECRET;
	CLEANUP(attrs_free)
	struct attrs secret = ATTRS_SECRET;
	const struct object_request request = { .origin = ORIGIN_CREATE,
		.role = v->role,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CK_UNAVAILABLE_INFORMATION,
		.key_type = CK_UNAVAILABLE_INFORMATION };
	struct bytes value = BYTES_NONE;
	enum wire_custody custody;
	CK_RV rv;

	rv = object_build(&request, template, &public, &secret);
	if (rv == CKR_OK)
		rv = custody_choose(v, attrs_bytes(&public), &custody);
	if (rv != CKR_OK)
		return rv;
	if (custody == WIRE_CUSTODY_BROKER)
		return create_remote(v, template, ret);
	rv = object_complete(&public, &secret);
	if (rv != CKR_OK)
		return rv;
	if (!attrs_find(attrs_bytes(&secret), CKA_VALUE, &value))
		value = BYTES_NONE;
	rv = custody_publish(v, custody, &public, value, ret);
	return rv == CKR_DEVICE_MEMORY ? create_remote(v, template, ret) : rv;
}

CK_RV
object_create(const struct object_view *v, const CK_ATTRIBUTE *template, CK_ULONG n,
	CK_OBJECT_HANDLE *ret)
{
	CLEANUP(attrs_free)
	struct attrs packed = ATTRS_SECRET;
	bool token;
	CK_RV rv;

	if (import_to_kernel(v, template, n, ret))
		return CKR_OK;
	rv = attrs_from_template(template, n, &packed);
	if (rv == CKR_OK)
		rv = remote_private(v,
			attrs_ulong(attrs_bytes(&packed), CKA_CLASS, CKO_DATA),
			attrs_bytes(&packed), &packed);
	if (rv != CKR_OK)
		return rv;
	token = attrs_bool(attrs_bytes(&packed), CKA_TOKEN, false);
	rv = may_write(v, token);
	if (rv != CKR_OK)
		return rv;
	if (token)
		return create_remote(v, attrs_bytes(&packed), ret);
	return create_session_object(v, attrs_bytes(&packed), ret);
}

/* What says of itself what follows from its key is right. Of one that nobody can read, that
 * is not known. */
static CK_RV
check_derived(const struct object *o, const struct attrs *changed)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CLEANUP(attrs_free)
	struct attrs secret = ATTRS_SECRET;
	CK_RV rv;

	if (!object_claims_derived(o->attributes, attrs_bytes(changed)))
		return CKR_OK;
	if (o->material == NULL || object_custody(o) == WIRE_CUSTODY_KERNEL)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	rv = material_read(o->material, &value);
	if (rv != CKR_OK)
		return rv;
	attrs_set(&secret, CKA_VALUE, secret_bytes(&value));
	return attrs_ok(&secret)
		       ? object_check_derived(attrs_bytes(changed), attrs_bytes(&secret))
		       : CKR_HOST_MEMORY;
}

/* What C_CreateObject would be told to make a token object just like this. */
static CK_RV
template_of(struct bytes object_public, const struct secret *value, struct attrs *ret)
{
	CK_OBJECT_CLASS class = attrs_ulong(object_public, CKA_CLASS, CKO_DATA);
	CK_ULONG sub = 0;
	struct cursor c = cursor_over(object_public);
	struct attr a;

	sub = attrs_ulong(object_public,
		class == CKO_CERTIFICATE ? CKA_CERTIFICATE_TYPE : CKA_KEY_TYPE, 0);
	while (attrs_next(&c, &a)) {
		const struct attr_def *def = schema_lookup(class, sub, a.type);

		if (def != NULL && (def->flags & (ATTR_NO_CREATE | ATTR_READ_ONLY)) == 0)
			attrs_set(ret, a.type, a.value);
	}
	if (value->n != 0)
		attrs_set(ret, CKA_VALUE, secret_bytes(value));
	return attrs_ok(ret) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
duplicate_remote(const struct object_view *v, struct bytes object_public,
	const struct secret *value, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(attrs_free)
	struct attrs whole = ATTRS_SECRET;
	CK_RV rv = template_of(object_public, value, &whole);

	return rv == CKR_OK ? create_remote(v, attrs_bytes(&whole), ret) : rv;
}

/* With the bytes of the key, to another custody than it has. */
static CK_RV
duplicate_value(const struct object_view *v, struct object *o, enum wire_custody custody,
	struct attrs *object_public, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CK_RV rv;

	/* nobody can read it to put it anywhere else */
	if (object_custody(o) == WIRE_CUSTODY_KERNEL)
		return CKR_ACTION_PROHIBITED;
	rv = material_read(o->material, &value);
	if (rv != CKR_OK)
		return rv;
	if (custody != WIRE_CUSTODY_BROKER) {
		rv = custody_publish(
			v, custody, object_public, secret_bytes(&value), ret);
		if (rv != CKR_DEVICE_MEMORY)
			return rv;
	}
	return duplicate_remote(v, attrs_bytes(object_public), &value, ret);
}

static CK_RV
duplicate_here(const struct object_view *v, struct object *o, struct bytes template,
	CK_OBJECT_HANDLE *ret)
{
	static const struct secret none = SECRET_NONE;
	CLEANUP(attrs_free)
	struct attrs public = ATTRS_SECRET;
	enum wire_custody custody = WIRE_CUSTODY_BROKER;
	CK_RV rv;

	rv = object_copy(o->attributes, template, v->role, &public);
	if (rv == CKR_OK)
		rv = check_derived(o, &public);
	if (rv == CKR_OK && !attrs_bool(attrs_bytes(&public), CKA_TOKEN, false))
		/* a copy may be stricter than the original */
		rv = custody_choose(v, attrs_bytes(&public), &custody);
	if (rv != CKR_OK)
		return rv;
	if (o->material != NULL && custody != object_custody(o))
		return duplicate_value(v, o, custody, &public, ret);
	if (custody == WIRE_CUSTODY_BROKER)
		return duplicate_remote(v, attrs_bytes(&public), &none, ret);
	return custody_publish_shared(v, &public, o->material, ret);
}

/* Whatever has made it, a copy's generated IVs are none of the first one's. held NULL: no key. */
static void
share_generator(const struct object_view *v, struct generator_entry **held,
	CK_OBJECT_HANDLE handle)
{
	CLEANUP(object_unref)
	struct object *copy = object_table_get(v->table, handle);

	if (copy != NULL && *held != NULL)
		generators_share(object_table_generators(v->table), held, copy);
}

CK_RV
object_duplicate(const struct object_view *v, CK_OBJECT_HANDLE handle,
	const CK_ATTRIBUTE *template, CK_ULONG n, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(attrs_free)
	struct attrs packed = ATTRS_SECRET;
	CLEANUP(object_unref)
	struct object *o = NULL;
	CLEANUP(generator_entry_free)
	struct generator_entry *held = NULL;
	CK_OBJECT_HANDLE copy = 0;
	bool token;
	CK_RV rv;

	rv = object_get(v, handle, &o);
	if (rv == CKR_OK)
		rv = attrs_from_template(template, n, &packed);
	if (rv != CKR_OK)
		return rv;
	token = attrs_bool(attrs_bytes(&packed), CKA_TOKEN,
		attrs_bool(o->attributes, CKA_TOKEN, false));
	rv = may_write(v, token);
	if (rv == CKR_OK && object_class(o) == CKO_SECRET_KEY)
		rv = generators_hold(object_table_generators(v->table), o, &held);
	if (rv != CKR_OK)
		return rv;
	if (o->place == PLACE_HERE)
		rv = duplicate_here(v, o, attrs_bytes(&packed), &copy);
	else
		rv = remote_copy(v, o, attrs_bytes(&packed), &copy);
	if (rv != CKR_OK)
		return rv;
	share_generator(v, &held, copy);
	*ret = copy;
	return CKR_OK;
}

CK_RV
object_destroy(const struct object_view *v, CK_OBJECT_HANDLE handle)
{
	CLEANUP(object_unref)
	struct object *o = NULL;
	CK_RV rv;

	rv = object_get(v, handle, &o);
	if (rv == CKR_OK)
		rv = may_write(v, o->place == PLACE_TOKEN);
	if (rv == CKR_OK && !attrs_bool(o->attributes, CKA_DESTROYABLE, true))
		rv = CKR_ACTION_PROHIBITED;
	if (rv == CKR_OK && o->place != PLACE_HERE)
		rv = remote_destroy_one(v, o);
	if (rv == CKR_OK)
		generators_forget(object_table_generators(v->table), o);
	if (rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID)
		if (o != NULL)
			object_table_remove(v->table, o);
	return rv;
}

CK_RV
object_size(const struct object_view *v, CK_OBJECT_HANDLE handle, CK_ULONG *ret)
{
	CLEANUP(object_unref)
	struct object *o = NULL;
	CK_RV rv = object_get_fresh(v, handle, &o);

	if (rv != CKR_OK)
		return rv;
	*ret = sizeof *o + o->attributes.n;
	if (o->material != NULL)
		*ret += o->material->n;
	return CKR_OK;
}

/* A key that the kernel holds cannot move to where it could do more. */
static CK_RV
change_allowed(const struct object_view *v, const struct object *o, struct bytes changed)
{
	enum wire_custody custody;
	CK_RV rv;

	if (o->material == NULL || object_custody(o) != WIRE_CUSTODY_KERNEL)
		return CKR_OK;
	rv = custody_choose(v, changed, &custody);
	if (rv == CKR_OK && custody != WIRE_CUSTODY_KERNEL)
		rv = CKR_ACTION_PROHIBITED;
	return rv;
}

/* *ret_done false: another thread changed it first. */
static CK_RV
change_here(const struct object_view *v, struct object *o, struct bytes template,
	bool *ret_done)
{
	CLEANUP(attrs_free)
	struct attrs public = ATTRS_SECRET;
	CLEANUP(object_unref)
	struct object *now = NULL;
	CK_RV rv;

	rv = object_update(o->attributes, template, v->role, &public);
	if (rv == CKR_OK)
		rv = check_derived(o, &public);
	if (rv != CKR_OK)
		return rv;
	rv = change_allowed(v, o, attrs_bytes(&public));
	if (rv != CKR_OK)
		return rv;
	now = object_new(PLACE_HERE, v->slot, attrs_bytes(&public));
	if (now == NULL)
		return CKR_HOST_MEMORY;
	now->custody = o->custody;
	now->generation = o->generation;
	now->material = material_ref(o->material);
	*ret_done = object_table_swap(v->table, o, now);
	return CKR_OK;
}

CK_RV
object_change(const struct object_view *v, CK_OBJECT_HANDLE handle,
	const CK_ATTRIBUTE *template, CK_ULONG n)
{
	CLEANUP(attrs_free)
	struct attrs packed = ATTRS_SECRET;
	bool done = false;
	CK_RV rv;

	rv = attrs_from_template(template, n, &packed);
	while (rv == CKR_OK && !done) {
		CLEANUP(object_unref)
		struct object *o = NULL;

		rv = object_get(v, handle, &o);
		if (rv == CKR_OK)
			rv = may_write(v, o->place == PLACE_TOKEN);
		if (rv == CKR_OK && o->place != PLACE_HERE)
			return remote_change(v, &o, attrs_bytes(&packed));
		if (rv == CKR_OK)
			rv = change_here(v, o, attrs_bytes(&packed), &done);
	}
	return rv;
}

/* --- C_GetAttributeValue ------------------------------------------------------- */

/* The secret part, fetched when the first attribute of it is asked for. */
struct secrets {
	bool fetched;
	struct attrs list;
};

static CK_RV
secrets_fetch(const struct object_view *v, const struct object *o, struct secrets *s)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CK_RV rv;

	if (s->fetched)
		return CKR_OK;
	if (o->place != PLACE_HERE) {
		rv = remote_secret(v, o, &s->list);
		s->fetched = rv == CKR_OK;
		return rv;
	}
	s->fetched = true;
	if (o->material == NULL)
		return CKR_OK;
	rv = material_read(o->material, &value);
	if (rv != CKR_OK)
		return rv;
	attrs_set(&s->list, CKA_VALUE, secret_bytes(&value));
	return attrs_ok(&s->list) ? CKR_OK : CKR_HOST_MEMORY;
}

static bool
is_secret_part(const struct object *o, uint32_t type)
{
	CK_OBJECT_CLASS class = object_class(o);
	const struct attr_def *def;

	if (class != CKO_SECRET_KEY && class != CKO_PRIVATE_KEY)
		return false;
	def = schema_lookup(class, attrs_ulong(o->attributes, CKA_KEY_TYPE, 0), type);
	return def != NULL && (def->flags & ATTR_SENSITIVE) != 0;
}

static CK_RV
read_one(const struct object_view *v, const struct object *o, struct secrets *secrets,
	CK_ATTRIBUTE *out)
{
	uint8_t custody[8];
	struct attr a = { .type = (uint32_t)out->type };
	CK_RV rv;

	if (out->type > UINT32_MAX)
		return CKR_ATTRIBUTE_TYPE_INVALID;
	if (a.type == CKA_KT_CUSTODY && o->custody != 0) {
		store_le64(custody, o->custody);
		a.value = BYTES_OF(custody);
		return attr_to_application(&a, out);
	}
	if (is_secret_part(o, a.type)) {
		if (!object_may_reveal(o->attributes, a.type))
			return CKR_ATTRIBUTE_SENSITIVE;
		rv = secrets_fetch(v, o, secrets);
		if (rv != CKR_OK)
			return rv;
		if (!attrs_find(attrs_bytes(&secrets->list), a.type, &a.value))
			return CKR_ATTRIBUTE_TYPE_INVALID;
		return attr_to_application(&a, out);
	}
	if (!attrs_find(o->attributes, a.type, &a.value))
		return CKR_ATTRIBUTE_TYPE_INVALID;
	return attr_to_application(&a, out);
}

static bool
is_attribute_error(CK_RV rv)
{
	return rv == CKR_ATTRIBUTE_SENSITIVE || rv == CKR_ATTRIBUTE_TYPE_INVALID ||
	       rv == CKR_BUFFER_TOO_SMALL;
}

CK_RV
object_read(const struct object_view *v, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE *template,
	CK_ULONG n)
{
	CLEANUP(object_unref)
	struct object *o = NULL;
	struct secrets secrets = { .list = ATTRS_SECRET };
	CK_RV rv, first = CKR_OK;

	if (template == NULL || n == 0)
		return CKR_ARGUMENTS_BAD;
	rv = object_get_fresh(v, handle, &o);
	if (rv != CKR_OK)
		return rv;
	/* every attribute is answered, whatever is wrong with another; but what
	 * is no attribute's fault ends the call, and is what it answers */
	for (CK_ULONG i = 0; i < n; i++) {
		rv = read_one(v, o, &secrets, &template[i]);
		if (rv == CKR_OK)
			continue;
		/* what is too small has been told: it may be in an array that is not */
		if (rv != CKR_BUFFER_TOO_SMALL)
			template[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
		if (first == CKR_OK || !is_attribute_error(rv))
			first = rv;
		if (!is_attribute_error(rv))
			break;
	}
	attrs_free(&secrets.list);
	return first;
}
