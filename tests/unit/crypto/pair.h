/* SPDX-License-Identifier: Apache-2.0 */
/* Key pairs for tests, as a store keeps them, and whole operations with them. */
#pragma once

#include "crypto/crypto.h"
#include "cryptoki/names.h"
#include "tests/unit/crypto/hex.h"
#include "tests/unit/crypto/rsa_key.h"

#define OID_P256 "06082a8648ce3d030107"
#define OID_P384 "06052b81040022"
#define OID_P521 "06052b81040023"

struct pair {
	struct attrs public, private, secret;
	EVP_PKEY *public_key, *private_key;
};

static inline void
pair_free(struct pair *pair)
{
	attrs_free(&pair->public);
	attrs_free(&pair->private);
	attrs_free(&pair->secret);
	EVP_PKEY_free(pair->public_key);
	EVP_PKEY_free(pair->private_key);
}

static inline void
set_hex(struct attrs *a, CK_ATTRIBUTE_TYPE type, const char *s)
{
	struct hex h;

	attrs_set(a, (uint32_t)type, hex(&h, s));
}

static inline void
pair_load(struct pair *pair)
{
	ck_assert_uint_eq(
		pkey_from_public(attrs_bytes(&pair->public), &pair->public_key), CKR_OK);
	ck_assert_uint_eq(pkey_from_private(attrs_bytes(&pair->private),
				  attrs_bytes(&pair->secret), &pair->private_key),
		CKR_OK);
}

static inline void
rsa_numbers(struct pair *pair)
{
	struct attrs *halves[] = { &pair->public, &pair->private };

	*pair = (struct pair){ ATTRS_INIT, ATTRS_INIT, ATTRS_SECRET, NULL, NULL };
	for (size_t i = 0; i < 2; i++) {
		attrs_set_ulong(halves[i], CKA_CLASS, CKO_PUBLIC_KEY + i);
		attrs_set_ulong(halves[i], CKA_KEY_TYPE, CKK_RSA);
		set_hex(halves[i], CKA_MODULUS, rsa_n);
		set_hex(halves[i], CKA_PUBLIC_EXPONENT, rsa_e);
	}
	set_hex(&pair->secret, CKA_PRIVATE_EXPONENT, rsa_d);
	set_hex(&pair->secret, CKA_PRIME_1, rsa_p);
	set_hex(&pair->secret, CKA_PRIME_2, rsa_q);
	set_hex(&pair->secret, CKA_EXPONENT_1, rsa_dp);
	set_hex(&pair->secret, CKA_EXPONENT_2, rsa_dq);
	set_hex(&pair->secret, CKA_COEFFICIENT, rsa_qi);
}

static inline void
rsa_pair(struct pair *pair)
{
	rsa_numbers(pair);
	pair_load(pair);
}

static inline CK_RV
curve_generate(struct pair *pair, CK_KEY_TYPE type, struct bytes params)
{
	static const CK_MECHANISM_TYPE generate[] = {
		[CKK_EC] = CKM_EC_KEY_PAIR_GEN,
		[CKK_EC_EDWARDS] = CKM_EC_EDWARDS_KEY_PAIR_GEN,
		[CKK_EC_MONTGOMERY] = CKM_EC_MONTGOMERY_KEY_PAIR_GEN,
	};

	*pair = (struct pair){ ATTRS_INIT, ATTRS_INIT, ATTRS_SECRET, NULL, NULL };
	attrs_set_ulong(&pair->public, CKA_CLASS, CKO_PUBLIC_KEY);
	attrs_set_ulong(&pair->public, CKA_KEY_TYPE, type);
	attrs_set(&pair->public, CKA_EC_PARAMS, params);
	attrs_set_ulong(&pair->private, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&pair->private, CKA_KEY_TYPE, type);
	return pkey_generate(mech_lookup(generate[type]), NULL, &pair->public,
		&pair->private, &pair->secret);
}

static inline void
ec_pair(struct pair *pair, const char *oid)
{
	struct hex params;

	ck_assert_uint_eq(curve_generate(pair, CKK_EC, hex(&params, oid)), CKR_OK);
	pair_load(pair);
}

static inline struct op *
pkey_new(enum op_kind kind, CK_MECHANISM_TYPE type, const struct mech_params *p,
	const struct pair *pair)
{
	bool private = kind == OP_SIGN || kind == OP_DECRYPT || kind == OP_SIGN_RECOVER;
	struct op *op = NULL;
	CK_RV rv = op_pkey_new(kind, mech_lookup(type), p,
		private ? pair->private_key : pair->public_key, &op);

	ck_assert_msg(rv == CKR_OK, "%s: %s", ckm_name(type), ckr_name(rv));
	return op;
}

/* One whole operation. */
static inline CK_RV
run(enum op_kind kind, CK_MECHANISM_TYPE type, const struct mech_params *p,
	const struct pair *pair, struct bytes in, struct bytes signature, uint8_t *to,
	struct bytes *ret)
{
	struct op *op = pkey_new(kind, type, p, pair);
	struct outbuf out = { to, op->vtable->once_size(op, in.n), 0 };
	CK_RV rv = op->vtable->once(op, in, signature, &out);

	if (ret != NULL)
		*ret = BYTES(to, out.n);
	op_free(&op);
	return rv;
}
