/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/mech/mech.h"

#include "common/cleanup.h"

static const struct {
	uint32_t usage;
	CK_FLAGS flag;
	CK_OBJECT_CLASS pair_half;
} kinds[OP_KINDS] = {
	[OP_ENCRYPT] = { CKA_ENCRYPT, CKF_ENCRYPT, CKO_PUBLIC_KEY },
	[OP_DECRYPT] = { CKA_DECRYPT, CKF_DECRYPT, CKO_PRIVATE_KEY },
	[OP_SIGN] = { CKA_SIGN, CKF_SIGN, CKO_PRIVATE_KEY },
	[OP_VERIFY] = { CKA_VERIFY, CKF_VERIFY, CKO_PUBLIC_KEY },
	[OP_DIGEST] = { 0, CKF_DIGEST, CK_UNAVAILABLE_INFORMATION },
	[OP_SIGN_RECOVER] = { CKA_SIGN_RECOVER, CKF_SIGN_RECOVER, CKO_PRIVATE_KEY },
	[OP_VERIFY_RECOVER] = { CKA_VERIFY_RECOVER, CKF_VERIFY_RECOVER, CKO_PUBLIC_KEY },
};

CK_FLAGS
mech_flag(enum op_kind kind)
{
	return kinds[kind].flag;
}

CK_FLAGS
mech_flags_served(const struct mech *m)
{
	const CK_FLAGS served = CKF_ENCRYPT | CKF_DECRYPT | CKF_SIGN | CKF_VERIFY |
				CKF_DIGEST | CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER |
				CKF_GENERATE | CKF_GENERATE_KEY_PAIR | CKF_WRAP |
				CKF_UNWRAP | CKF_DERIVE | CKF_ENCAPSULATE |
				CKF_DECAPSULATE;
	const CK_FLAGS curves = CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS |
				CKF_EC_F_2M | CKF_EC_ECPARAMETERS | CKF_EC_COMPRESS |
				CKF_EC_CURVENAME;

	CK_FLAGS flags = (m->flags & (served | curves)) | mech_message_flags(m);

	if ((m->flags & served) == 0)
		return 0;
	/* Private keys work in another machine, and that is what programs that
	 * look for CKF_HW want to know. */
	if (mech_has_pair(m))
		flags |= CKF_HW;
	return flags;
}

bool
mech_removes_padding(const struct mech *m)
{
	return algorithms[m->algorithm].shortens;
}

size_t
mech_block(const struct mech *m)
{
	return algorithms[m->algorithm].in_blocks ? ciphers[m->cipher].block : 1;
}

CK_RV
mech_check_key(enum op_kind kind, const struct mech *m, const struct object *key)
{
	CK_OBJECT_CLASS class = object_class(key);

	if (class != CKO_SECRET_KEY && class != kinds[kind].pair_half)
		return class == CKO_PUBLIC_KEY || class == CKO_PRIVATE_KEY
			       ? CKR_KEY_TYPE_INCONSISTENT
			       : CKR_KEY_HANDLE_INVALID;
	return object_check_usage(key->attributes, kinds[kind].usage, m->type);
}

/* Process custody: the key is read for as long as OpenSSL takes to copy it. */
static CK_RV
process_op_new(const struct object_view *v, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct object *key, struct op **ret)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CK_RV rv = material_read(key->material, &value);

	return rv == CKR_OK ? op_secret_new(kind, m, p, secret_bytes(&value), ret) : rv;
}

static CK_RV
kernel_op_new(const struct object_view *v, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct object *key, struct op **ret)
{
	return op_kcapi_new(kind, m, p, key->material->kernel, ret);
}

static CK_RV
public_op_new(const struct object_view *v, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct object *key, struct op **ret)
{
	EVP_PKEY *pkey;
	CK_RV rv = object_pkey(key, &pkey);

	return rv == CKR_OK ? op_pkey_new(kind, m, p, pkey, ret) : rv;
}

static const struct {
	CK_OBJECT_CLASS class;
	uint8_t custody; /* enum wire_custody, of secret keys */
	CK_RV(*new)
	(const struct object_view *v, enum op_kind kind, const struct mech *m,
		const struct mech_params *p, struct object *key, struct op **ret);
} backends[] = {
	{ CKO_SECRET_KEY, WIRE_CUSTODY_PROCESS, process_op_new },
	{ CKO_SECRET_KEY, WIRE_CUSTODY_KERNEL, kernel_op_new },
	{ CKO_SECRET_KEY, WIRE_CUSTODY_BROKER, broker_op_new },
	{ CKO_PRIVATE_KEY, 0, private_op_new },
	{ CKO_PUBLIC_KEY, 0, public_op_new },
};

CK_RV
mech_bind(const struct object_view *v, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct object *key, struct op **ret)
{
	CK_OBJECT_CLASS class = object_class(key);

	for (size_t i = 0; i < ARRAY_LEN(backends); i++)
		if (backends[i].class == class &&
			(backends[i].custody == 0 ||
				backends[i].custody == object_custody(key)))
			return backends[i].new(v, kind, m, p, key, ret);
	return CKR_KEY_TYPE_INCONSISTENT;
}

CK_RV
mech_digest(const struct object_view *v, const struct mech *m,
	const struct mech_params *p, struct op **ret)
{
	struct store_policy policy;

	/* any failure means the same: OpenSSL does it */
	if (store_policy(v->store, &policy) == CKR_OK && !policy.openssl_digest &&
		op_kcapi_digest_new(v->kernel, m, ret) == CKR_OK)
		return CKR_OK;
	return op_digest_new(m, p, ret);
}
