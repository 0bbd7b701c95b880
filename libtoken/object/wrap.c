/* SPDX-License-Identifier: Apache-2.0 */
/* C_WrapKey, C_UnwrapKey and their authenticated kin. */
#include "libtoken/object/wrap.h"

#include "common/cleanup.h"
#include "cryptoki/key_size.h"
#include "libtoken/object/part.h"

/* --- Wrap ------------------------------------------------------------------------ */

void
wrapping_end(struct wrapping *w)
{
	object_unref(&w->by);
	object_unref(&w->key);
}

CK_RV
wrapping_begin(const struct object_view *v, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key, const struct bytes *aad,
	struct wrapping *w)
{
	struct key_input one, other;
	CK_RV rv = mech_offered_for(v->store, mechanism, CKF_WRAP, &w->mech);

	w->by = w->key = NULL;
	w->size = 0;
	if (rv == CKR_OK)
		rv = wrap_params_parse(w->mech, mechanism, true, aad, &w->params);
	if (rv == CKR_OK)
		rv = part_rv(part_get(v, by, &w->by), CKR_WRAPPING_KEY_HANDLE_INVALID);
	if (rv == CKR_OK)
		rv = part_get(v, key, &w->key);
	if (rv != CKR_OK)
		return rv;
	one = part_policy(w->by);
	other = part_policy(w->key);
	rv = key_wrap_check(w->mech, &one, &other);
	if (rv == CKR_OK && object_class(w->key) == CKO_SECRET_KEY)
		w->size = key_wrap_size(
			w->mech, &w->params.p, &one, key_size_of(w->key->attributes));
	return rv;
}

static CK_RV
wrap_here(const struct wrapping *w, struct buf *out)
{
	CLEANUP(secret_free)
	struct secret one = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret other = SECRET_NONE;
	struct key_input by, key;
	CK_RV rv = CKR_OK;

	by = part_policy(w->by); /* all there is of a public key */
	if (part_is_here(w->by))
		rv = part_read(w->by, &one, &by);
	if (rv == CKR_OK)
		rv = part_read(w->key, &other, &key);
	return rv == CKR_OK ? key_wrap(w->mech, &w->params.p, &by, &key, out) : rv;
}

static CK_RV
wrap_remote(const struct object_view *v, const struct wrapping *w, struct buf *out)
{
	CLEANUP(buf_free)
	struct buf params = BUF_INIT;
	CLEANUP(buf_free)
	struct buf by = BUF_SECRET;
	CLEANUP(buf_free)
	struct buf key = BUF_SECRET;
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_wrap request = { .slot = v->slot, .mechanism = w->mech->type };
	struct wire_wrap_reply reply;
	CK_RV rv = part_encode(w->by, &by);

	if (rv == CKR_OK)
		rv = part_encode(w->key, &key);
	if (rv != CKR_OK)
		return rv;
	mech_params_encode(w->mech, &w->params.p, &params);
	if (!buf_ok(&params))
		return CKR_HOST_MEMORY;
	request.params = buf_bytes(&params);
	request.by = buf_bytes(&by);
	request.key = buf_bytes(&key);
	rv = remote_call(v, WIRE_WRAP, &request, &reply, &payload);
	if (rv != CKR_OK)
		return rv;
	buf_put_bytes(out, reply.data);
	return buf_ok(out) ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
wrapping_run(const struct object_view *v, struct wrapping *w, struct buf *out)
{
	const bool by_here = part_is_here(w->by) || object_class(w->by) == CKO_PUBLIC_KEY;
	CK_RV rv = by_here && part_is_here(w->key) ? wrap_here(w, out)
						   : wrap_remote(v, w, out);

	if (rv == CKR_OK && w->size == 0 && out->n > w->params.tag_n)
		w->size = out->n;
	/* what it was said to be; of a key that did not change meanwhile */
	return rv == CKR_OK && out->n != w->size ? CKR_DEVICE_ERROR : rv;
}

/* --- Unwrap ---------------------------------------------------------------------- */

struct unwrapping {
	const struct mech *mech;
	struct wrap_params params;
	struct object *by;
	struct bytes wrapped;
	struct attrs template;
};

static void
unwrapping_end(struct unwrapping *u)
{
	attrs_free(&u->template);
}

static CK_RV
unwrap_here(const struct object_view *v, const struct unwrapping *u,
	CK_OBJECT_HANDLE *ret, bool *ret_here)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	struct key_input by;
	CK_RV rv = part_read(u->by, &value, &by);

	if (rv == CKR_OK)
		rv = key_unwrap(u->mech, &u->params.p, &by, u->wrapped,
			attrs_bytes(&u->template), v->role, &k);
	return rv == CKR_OK ? made_publish_here(v, &k, 1, ret, ret_here) : rv;
}

static CK_RV
unwrap_remote(
	const struct object_view *v, const struct unwrapping *u, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(buf_free)
	struct buf params = BUF_INIT;
	CLEANUP(buf_free)
	struct buf by = BUF_SECRET;
	struct wire_unwrap request = { .slot = v->slot,
		.mechanism = u->mech->type,
		.wrapped = u->wrapped,
		.template = attrs_bytes(&u->template) };
	CK_RV rv = part_encode(u->by, &by);

	if (rv == CKR_OK)
		rv = remote_request(&request.request);
	if (rv != CKR_OK)
		return rv;
	mech_params_encode(u->mech, &u->params.p, &params);
	if (!buf_ok(&params))
		return CKR_HOST_MEMORY;
	request.params = buf_bytes(&params);
	request.by = buf_bytes(&by);
	return made_remote_one(v, WIRE_UNWRAP, &request, ret);
}

/* Where it goes is decided by the template and what the key adds to it. */
static CK_RV
unwrap(const struct object_view *v, struct unwrapping *u, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(attrs_free)
	struct attrs whole = ATTRS_SECRET;
	bool token, stays, here = false;
	CK_OBJECT_CLASS class;
	CK_RV rv = key_template(attrs_bytes(&u->template), u->by->attributes,
		CKA_UNWRAP_TEMPLATE, &whole);

	if (rv != CKR_OK)
		return rv;
	token = attrs_bool(attrs_bytes(&whole), CKA_TOKEN, false);
	if (token && !v->writable)
		return CKR_SESSION_READ_ONLY;
	class = attrs_ulong(attrs_bytes(&whole), CKA_CLASS, CKO_SECRET_KEY);
	rv = remote_private(v, class, attrs_bytes(&whole), &u->template);
	/* a private key is its keystore's, whatever unwraps it */
	stays = !token && class != CKO_PRIVATE_KEY;
	if (rv == CKR_OK && stays && part_is_here(u->by))
		rv = unwrap_here(v, u, ret, &here);
	return rv == CKR_OK && !here ? unwrap_remote(v, u, ret) : rv;
}

CK_RV
object_unwrap(const struct object_view *v, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE by, struct bytes wrapped, const struct bytes *aad,
	struct template template, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(buf_free)
	struct buf with_tag = BUF_INIT;
	CLEANUP(object_unref)
	struct object *key = NULL;
	CLEANUP(unwrapping_end)
	struct unwrapping u = { .wrapped = wrapped, .template = ATTRS_SECRET };
	struct key_input policy;
	CK_RV rv = mech_offered_for(v->store, mechanism, CKF_UNWRAP, &u.mech);

	if (rv == CKR_OK)
		rv = wrap_params_parse(u.mech, mechanism, false, aad, &u.params);
	if (rv == CKR_OK)
		rv = part_rv(part_get(v, by, &key), CKR_UNWRAPPING_KEY_HANDLE_INVALID);
	if (rv != CKR_OK)
		return rv;
	policy = part_policy(key);
	rv = key_unwrap_check(u.mech, &policy);
	if (rv == CKR_OK)
		rv = attrs_from_template(template.p, template.n, &u.template);
	if (rv != CKR_OK)
		return rv;
	if (wrapped.n == 0 || wrapped.n > WRAP_MAX_WRAPPED)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	if (u.params.tag != NULL) {
		buf_put_bytes(&with_tag, wrapped);
		buf_put(&with_tag, u.params.tag, u.params.tag_n);
		if (!buf_ok(&with_tag))
			return CKR_HOST_MEMORY;
		u.wrapped = buf_bytes(&with_tag);
	}
	u.by = key;
	return unwrap(v, &u, ret);
}
