/* SPDX-License-Identifier: Apache-2.0 */
/* C_EncapsulateKey and C_DecapsulateKey. */
#include "libtoken/object/kem.h"

#include "common/cleanup.h"
#include "crypto/kem.h"
#include "libtoken/object/part.h"

/* The row, and that nothing is said beside it. */
static CK_RV
mech_read(const struct object_view *v, const CK_MECHANISM *mechanism, CK_FLAGS flag,
	const struct mech **ret)
{
	struct mech_params none;
	CK_RV rv = mech_offered_for(v->store, mechanism, flag, ret);

	return rv == CKR_OK ? mech_params_parse(*ret, mechanism, &none) : rv;
}

/* What the application and the key's own template say. Where they contradict each other, the
 * public half's is of what it may encapsulate (5.18.8), as CKA_WRAP_TEMPLATE is. */
static CK_RV
template_read(const struct object_view *v, struct template template,
	const struct object *by, uint32_t which, struct attrs *ret)
{
	CLEANUP(attrs_free)
	struct attrs given = ATTRS_SECRET;
	CK_RV rv = attrs_from_template(template.p, template.n, &given);

	if (rv != CKR_OK)
		return rv;
	rv = key_template(attrs_bytes(&given), by->attributes, which, ret);
	if (rv == CKR_TEMPLATE_INCONSISTENT && which == CKA_ENCAPSULATE_TEMPLATE)
		rv = CKR_KEY_HANDLE_INVALID;
	if (rv == CKR_OK)
		rv = remote_private(v, CKO_SECRET_KEY, attrs_bytes(ret), ret);
	if (rv == CKR_OK && attrs_bool(attrs_bytes(ret), CKA_TOKEN, false) &&
		!v->writable)
		rv = CKR_SESSION_READ_ONLY;
	return rv;
}

/* --- Encapsulation ----------------------------------------------------------------- */

void
encapsulation_end(struct encapsulation *e)
{
	object_unref(&e->by);
}

CK_RV
encapsulation_begin(const struct object_view *v, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE by, struct encapsulation *e)
{
	struct key_input policy;
	CK_RV rv = mech_read(v, mechanism, CKF_ENCAPSULATE, &e->mech);

	e->by = NULL;
	if (rv == CKR_OK)
		rv = part_get(v, by, &e->by);
	if (rv != CKR_OK)
		return rv;
	policy = part_policy(e->by);
	rv = key_encapsulate_check(e->mech, &policy);
	if (rv == CKR_OK)
		e->size = kem_ciphertext_size(policy.attributes);
	return rv;
}

CK_RV
encapsulation_run(const struct object_view *v, const struct encapsulation *e,
	struct template template, struct buf *ciphertext, CK_OBJECT_HANDLE *ret)
{
	const struct key_input by = part_policy(e->by);
	CLEANUP(attrs_free)
	struct attrs whole = ATTRS_SECRET;
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	CK_RV rv = template_read(v, template, e->by, CKA_ENCAPSULATE_TEMPLATE, &whole);

	if (rv == CKR_OK)
		rv = key_encapsulate(
			e->mech, &by, attrs_bytes(&whole), v->role, ciphertext, &k);
	return rv == CKR_OK ? made_keep(v, e->mech, attrs_bytes(&whole), &k, ret) : rv;
}

/* --- Decapsulation ----------------------------------------------------------------- */

CK_RV
object_decapsulate(const struct object_view *v, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE by, struct template template, struct bytes ciphertext,
	CK_OBJECT_HANDLE *ret)
{
	CLEANUP(attrs_free)
	struct attrs whole = ATTRS_SECRET;
	CLEANUP(buf_free)
	struct buf encoded = BUF_SECRET;
	CLEANUP(object_unref)
	struct object *key = NULL;
	struct wire_unwrap request = { .slot = v->slot, .wrapped = ciphertext };
	const struct mech *m = NULL;
	struct key_input policy;
	CK_RV rv = mech_read(v, mechanism, CKF_DECAPSULATE, &m);

	if (rv == CKR_OK)
		rv = part_rv(part_get(v, by, &key), CKR_UNWRAPPING_KEY_HANDLE_INVALID);
	if (rv != CKR_OK)
		return rv;
	policy = part_policy(key);
	rv = key_decapsulate_check(m, &policy, ciphertext.n);
	if (rv == CKR_OK)
		rv = template_read(v, template, key, CKA_DECAPSULATE_TEMPLATE, &whole);
	if (rv == CKR_OK)
		rv = part_encode(key, &encoded);
	if (rv == CKR_OK)
		rv = remote_request(&request.request);
	if (rv != CKR_OK)
		return rv;
	request.mechanism = m->type;
	request.by = buf_bytes(&encoded);
	request.template = attrs_bytes(&whole);
	return made_remote_one(v, WIRE_DECAPSULATE, &request, ret);
}
