/* SPDX-License-Identifier: Apache-2.0 */
/* C_DeriveKey, and C_GenerateKey from a password. */
#include "common/cleanup.h"
#include "crypto/wrap.h"
#include "cryptoki/key_size.h"
#include "libtoken/object/part.h"

struct deriving {
	const struct mech *mech;
	struct bytes params, template;
	struct object *base, *other; /* other NULL: the parameter names none */
};

/* What came of it: the handles in order, and what goes back by the parameter. */
struct derived_handles {
	CK_OBJECT_HANDLE keys[DERIVE_MAX_KEYS];
	size_t n;
	struct buf out;
};

/* Keys for the token are nobody's to make in a read-only session. */
static CK_RV
places(const struct object_view *v, const struct derived *d, bool *ret_token)
{
	*ret_token = false;
	for (size_t i = 0; i < d->n; i++)
		if (attrs_bool(attrs_bytes(&d->keys[i].public), CKA_TOKEN, false))
			*ret_token = true;
	return *ret_token && !v->writable ? CKR_SESSION_READ_ONLY : CKR_OK;
}

static CK_RV
derive_here(const struct object_view *v, const struct deriving *x,
	struct derived_handles *ret, bool *ret_here)
{
	CLEANUP(secret_free)
	struct secret one = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret other = SECRET_NONE;
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct key_input in[2];
	bool token;
	CK_RV rv = part_read(x->base, &one, &in[0]);

	if (rv == CKR_OK && x->other != NULL)
		rv = part_read(x->other, &other, &in[1]);
	if (rv == CKR_OK)
		rv = key_derive(x->mech, x->params, &in[0],
			x->other != NULL ? &in[1] : NULL, x->template, v->role, &d);
	if (rv == CKR_OK)
		rv = places(v, &d, &token);
	if (rv != CKR_OK || token)
		return rv;
	rv = made_publish_here(v, d.keys, d.n, ret->keys, ret_here);
	if (rv == CKR_OK && *ret_here) {
		ret->n = d.n;
		ret->out = d.out;
		d.out = BUF_SECRET;
	}
	return rv;
}

static CK_RV
derive_remote(const struct object_view *v, const struct deriving *x,
	struct derived_handles *ret)
{
	CLEANUP(buf_free)
	struct buf base = BUF_SECRET;
	CLEANUP(buf_free)
	struct buf other = BUF_SECRET;
	struct wire_derive request = { .slot = v->slot,
		.read_only = !v->writable,
		.mechanism = x->mech->type,
		.params = x->params,
		.template = x->template };
	CK_RV rv = part_encode(x->base, &base);

	if (rv == CKR_OK)
		rv = part_encode(x->other, &other);
	if (rv == CKR_OK)
		rv = remote_request(&request.request);
	if (rv != CKR_OK)
		return rv;
	request.base = buf_bytes(&base);
	request.other = buf_bytes(&other);
	return made_remote(
		v, WIRE_DERIVE, &request, DERIVE_MAX_KEYS, ret->keys, &ret->n, &ret->out);
}

static CK_RV
derive(const struct object_view *v, const struct deriving *x, struct derived_handles *ret)
{
	const struct key_input base = part_policy(x->base);
	bool here = false;
	CK_RV rv = key_derive_check(x->mech, &base);

	if (rv == CKR_OK && part_is_here(x->base) &&
		(x->other == NULL || part_is_here(x->other)))
		rv = derive_here(v, x, ret, &here);
	return rv == CKR_OK && !here ? derive_remote(v, x, ret) : rv;
}

/* The call has failed: because of a template of the parameter's? */
static void
derive_blame(const struct object_view *v, const struct deriving *x,
	const CK_MECHANISM *mechanism)
{
	const struct key_input base = part_policy(x->base);
	struct key_input other = { .exposed = false };
	size_t i = 0;

	if (x->other != NULL)
		other = part_policy(x->other);
	if (key_derive_fault(x->mech, x->params, &base, x->other != NULL ? &other : NULL,
		    v->role, &i))
		derive_params_blame(x->mech, mechanism, i);
}

/* The row, with its parameter; own: does the call give a key itself? */
static CK_RV
derive_read(const struct object_view *v, const CK_MECHANISM *mechanism,
	const struct mech **ret_mech, struct derive_params *ret)
{
	CK_RV rv = mech_offered_for(v->store, mechanism, CKF_DERIVE, ret_mech);

	return rv == CKR_OK ? derive_params_pack(*ret_mech, mechanism, ret) : rv;
}

/* Templates within the parameter are left as they are. */
static CK_RV
say_private(const struct object_view *v, const struct mech *m, const struct object *base,
	struct attrs *template)
{
	CLEANUP(attrs_free)
	struct attrs whole = ATTRS_SECRET;
	CK_RV rv = key_template(
		attrs_bytes(template), base->attributes, CKA_DERIVE_TEMPLATE, &whole);

	/* what the base's template contradicts is refused when its turn comes */
	if (rv != CKR_OK)
		return rv == CKR_HOST_MEMORY ? rv : CKR_OK;
	return remote_private(v,
		m->algorithm == ALG_HKDF_DATA ? CKO_DATA : CKO_SECRET_KEY,
		attrs_bytes(&whole), template);
}

CK_RV
object_derive(const struct object_view *v, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE base, const CK_ATTRIBUTE *template, CK_ULONG n,
	CK_OBJECT_HANDLE *ret)
{
	CLEANUP(derive_params_free)
	struct derive_params params = DERIVE_PARAMS_NONE;
	CLEANUP(attrs_free)
	struct attrs packed = ATTRS_SECRET;
	CLEANUP(object_unref)
	struct object *one = NULL;
	CLEANUP(object_unref)
	struct object *other = NULL;
	struct derived_handles made = { .out = BUF_SECRET };
	struct deriving x = { 0 };
	size_t own = 0;
	CK_RV rv = derive_read(v, mechanism, &x.mech, &params);

	if (rv == CKR_OK) {
		own = derive_gives_key(x.mech);
		rv = own != 0 && ret == NULL ? CKR_ARGUMENTS_BAD : CKR_OK;
	}
	if (rv == CKR_OK)
		rv = part_get(v, base, &one);
	if (rv == CKR_OK && params.other != 0)
		rv = part_get(v, params.other, &other);
	if (rv == CKR_OK)
		rv = attrs_from_template(template, n, &packed);
	if (rv == CKR_OK)
		rv = say_private(v, x.mech, one, &packed);
	if (rv != CKR_OK)
		return rv;
	x.base = one;
	x.other = other;
	x.params = buf_bytes(&params.packed);
	x.template = attrs_bytes(&packed);
	rv = derive(v, &x, &made);
	if (rv == CKR_OK && made.n < own)
		rv = CKR_DEVICE_ERROR;
	if (rv == CKR_OK) {
		if (own != 0)
			*ret = made.keys[0];
		derive_params_return(x.mech, mechanism, buf_bytes(&made.out),
			made.keys + own, made.n - own);
	} else {
		derive_blame(v, &x, mechanism);
	}
	buf_free(&made.out);
	return rv;
}

/* --- From a password --------------------------------------------------------------- */

/* It takes as long as the parameter says, in the thread that asks for it. */
static CK_RV
password_key(const struct object_view *v, const struct mech *m, struct bytes params,
	struct bytes template, struct new_key *ret)
{
	const struct object_request request = { .origin = ORIGIN_GENERATE,
		.role = v->role,
		.mechanism = m->type,
		.class = CKO_SECRET_KEY,
		.key_type = m->key_type };
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CK_KEY_TYPE type;
	uint64_t n;
	CK_RV rv = object_build(&request, template, &ret->public, &ret->secret);

	if (rv != CKR_OK)
		return rv;
	type = (CK_KEY_TYPE)attrs_ulong(attrs_bytes(&ret->public), CKA_KEY_TYPE, 0);
	n = key_size_of(attrs_bytes(&ret->public));
	if (n == 0)
		return CKR_TEMPLATE_INCOMPLETE;
	if (n > DERIVE_MAX_VALUE || !key_size_valid(type, n))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	rv = key_from_password(m, params, n, &value);
	if (rv != CKR_OK)
		return rv;
	key_parity_set(type, value.p, value.n);
	attrs_set(&ret->secret, CKA_VALUE, secret_bytes(&value));
	return attrs_ok(&ret->secret) ? object_complete(&ret->public, &ret->secret)
				      : CKR_HOST_MEMORY;
}

CK_RV
object_from_password(const struct object_view *v, const struct mech *m,
	const CK_MECHANISM *mechanism, const CK_ATTRIBUTE *template, CK_ULONG n,
	CK_OBJECT_HANDLE *ret)
{
	CLEANUP(derive_params_free)
	struct derive_params params = DERIVE_PARAMS_NONE;
	CLEANUP(attrs_free)
	struct attrs packed = ATTRS_SECRET;
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	CK_RV rv = derive_params_pack(m, mechanism, &params);

	if (rv == CKR_OK)
		rv = attrs_from_template(template, n, &packed);
	if (rv == CKR_OK)
		rv = remote_private(v, CKO_SECRET_KEY, attrs_bytes(&packed), &packed);
	if (rv != CKR_OK)
		return rv;
	if (attrs_bool(attrs_bytes(&packed), CKA_TOKEN, false) && !v->writable)
		return CKR_SESSION_READ_ONLY;
	rv = password_key(v, m, buf_bytes(&params.packed), attrs_bytes(&packed), &k);
	return rv == CKR_OK ? made_keep(v, m, attrs_bytes(&packed), &k, ret) : rv;
}
