/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/origin.h"

#include "common/cleanup.h"
#include "crypto/crypto.h"

/* A key that the host made of others, or of a password: where it comes from is the host's
 * word, as is its value; what may be said about such a key is not. */
static CK_RV
origin_read(const Keystore__V1__CreateObjectRequest *rq, struct object_request *ret)
{
	static const enum object_origin origins[] = {
		[KEYSTORE__V1__ORIGIN__ORIGIN_CREATED] = ORIGIN_CREATE,
		[KEYSTORE__V1__ORIGIN__ORIGIN_UNWRAPPED] = ORIGIN_UNWRAP,
		[KEYSTORE__V1__ORIGIN__ORIGIN_DERIVED] = ORIGIN_DERIVE,
		[KEYSTORE__V1__ORIGIN__ORIGIN_GENERATED] = ORIGIN_GENERATE,
	};
	const struct mech *m;

	if ((unsigned)rq->origin >= ARRAY_LEN(origins))
		return CKR_ARGUMENTS_BAD;
	ret->origin = origins[rq->origin];
	if (ret->origin != ORIGIN_CREATE)
		ret->class = CKO_SECRET_KEY;
	if (ret->origin != ORIGIN_GENERATE)
		return CKR_OK;
	m = mech_lookup((CK_MECHANISM_TYPE)rq->generated_by);
	if (m == NULL || !mech_generates_from_password(m))
		return CKR_MECHANISM_INVALID;
	ret->mechanism = m->type;
	ret->key_type = m->key_type;
	return CKR_OK;
}

/* The value stands beside the template of such a key, whose schema takes none in it. */
static CK_RV
value_split(
	const struct object_request *request, struct attrs *template, struct secret *ret)
{
	struct bytes value;

	if (request->origin == ORIGIN_CREATE)
		return CKR_OK;
	if (!attrs_find(attrs_bytes(template), CKA_VALUE, &value))
		return CKR_TEMPLATE_INCOMPLETE;
	if (secret_copy(value, ret) != 0)
		return CKR_HOST_MEMORY;
	attrs_unset(template, CKA_VALUE);
	return CKR_OK;
}

/* What it says of its past: of a derived key the host's word, within what it is now. */
static void
history_set(const Keystore__V1__CreateObjectRequest *rq, struct attrs *pub)
{
	const bool sensitive = attrs_bool(attrs_bytes(pub), CKA_SENSITIVE, false);
	const bool extractable = attrs_bool(attrs_bytes(pub), CKA_EXTRACTABLE, true);

	attrs_set_bool(pub, CKA_ALWAYS_SENSITIVE, rq->always_sensitive && sensitive);
	attrs_set_bool(pub, CKA_NEVER_EXTRACTABLE, rq->never_extractable && !extractable);
}

int
object_by_origin(struct call *c, const struct auth *auth,
	const Keystore__V1__CreateObjectRequest *rq, struct attrs *template,
	struct object *ret)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	struct object_request request = {
		.origin = ORIGIN_CREATE,
		.role = auth->role,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CK_UNAVAILABLE_INFORMATION,
		.key_type = CK_UNAVAILABLE_INFORMATION,
	};
	CK_RV rv = origin_read(rq, &request);

	if (rv == CKR_OK)
		rv = value_split(&request, template, &value);
	if (rv == CKR_OK)
		rv = object_build(&request, attrs_bytes(template), &ret->pub, &ret->sec);
	if (rv == CKR_OK && value.n != 0)
		attrs_set(&ret->sec, CKA_VALUE, secret_bytes(&value));
	if (rv == CKR_OK && request.origin == ORIGIN_DERIVE)
		history_set(rq, &ret->pub);
	if (rv == CKR_OK && (!attrs_ok(&ret->pub) || !attrs_ok(&ret->sec)))
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = object_complete(&ret->pub, &ret->sec);
	return rv == CKR_OK ? 0 : call_failed(c, rv, "the template");
}
