/* SPDX-License-Identifier: Apache-2.0 */
/* New key pairs, and their numbers as attributes. */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "common/cleanup.h"
#include "crypto/dilithium.h"
#include "crypto/ffc.h"
#include "crypto/pqc.h"
#include "cryptoki/vendor.h"

#define RSA_DEFAULT_BITS 2048

static const uint8_t f4[] = { 1, 0, 1 };

CK_RV
pkey_set_number(
	EVP_PKEY *pkey, const char *name, uint32_t type, size_t width, struct attrs *to)
{
	CLEANUP(cleanup_bn)
	BIGNUM *bn = NULL;
	CLEANUP(secret_free)
	struct secret raw = SECRET_NONE;
	size_t n;

	if (EVP_PKEY_get_bn_param(pkey, name, &bn) != 1)
		return CKR_FUNCTION_FAILED;
	n = width != 0 ? width : (size_t)BN_num_bytes(bn);
	if (secret_new(n, &raw) < 0)
		return CKR_HOST_MEMORY;
	if (BN_bn2binpad(bn, raw.p, (int)n) < 0)
		return CKR_FUNCTION_FAILED; /* a number of somebody else's, too long */
	attrs_set(to, type, secret_bytes(&raw));
	return attrs_ok(to) ? CKR_OK : CKR_HOST_MEMORY;
}

struct number {
	const char *name;
	uint32_t type;
};

static CK_RV
set_numbers(EVP_PKEY *pkey, const struct number *list, struct attrs *to)
{
	CK_RV rv = CKR_OK;

	for (; rv == CKR_OK && list->name != NULL; list++)
		rv = pkey_set_number(pkey, list->name, list->type, 0, to);
	return rv;
}

static const struct number rsa_public[] = {
	{ OSSL_PKEY_PARAM_RSA_N, CKA_MODULUS },
	{ OSSL_PKEY_PARAM_RSA_E, CKA_PUBLIC_EXPONENT },
	{ NULL, 0 },
};

static const struct number rsa_secret[] = {
	{ OSSL_PKEY_PARAM_RSA_D, CKA_PRIVATE_EXPONENT },
	{ OSSL_PKEY_PARAM_RSA_FACTOR1, CKA_PRIME_1 },
	{ OSSL_PKEY_PARAM_RSA_FACTOR2, CKA_PRIME_2 },
	{ OSSL_PKEY_PARAM_RSA_EXPONENT1, CKA_EXPONENT_1 },
	{ OSSL_PKEY_PARAM_RSA_EXPONENT2, CKA_EXPONENT_2 },
	{ OSSL_PKEY_PARAM_RSA_COEFFICIENT1, CKA_COEFFICIENT },
	{ NULL, 0 },
};

/* Between two candidates for a prime; 0 gives up. */
static int
on_candidate(EVP_PKEY_CTX *ctx)
{
	const struct pkey_stop *stop = EVP_PKEY_CTX_get_app_data(ctx);

	return !stop->asked(stop->arg);
}

static CK_RV
rsa_search(EVP_PKEY_CTX *ctx, const struct pkey_stop *stop, EVP_PKEY **ret)
{
	struct pkey_stop own;

	if (stop != NULL) {
		own = *stop;
		EVP_PKEY_CTX_set_app_data(ctx, &own);
		EVP_PKEY_CTX_set_cb(ctx, on_candidate);
	}
	if (EVP_PKEY_generate(ctx, ret) == 1)
		return CKR_OK;
	return stop != NULL && stop->asked(stop->arg) ? CKR_FUNCTION_CANCELED
						      : CKR_FUNCTION_FAILED;
}

static CK_RV
rsa_generate(const struct mech *m, const struct pkey_stop *stop, struct bytes template,
	EVP_PKEY **ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(crypto_libctx(), "RSA", NULL);
	CLEANUP(cleanup_bn)
	BIGNUM *e = NULL;
	uint64_t bits = attrs_ulong(template, CKA_MODULUS_BITS, RSA_DEFAULT_BITS);
	struct bytes exponent = BYTES_OF(f4);

	if (bits < m->min_key || bits > m->max_key)
		return CKR_KEY_SIZE_RANGE;
	if (attrs_find(template, CKA_PUBLIC_EXPONENT, &exponent) && exponent.n == 0)
		exponent = BYTES_OF(f4);
	if (exponent.n > 8)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	e = BN_bin2bn(exponent.p, (int)exponent.n, NULL);
	if (ctx == NULL || e == NULL)
		return CKR_HOST_MEMORY;
	/* FIPS 186-5, A.1.1: odd, above 2^16. */
	if (!BN_is_odd(e) || BN_num_bits(e) < 17)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (EVP_PKEY_keygen_init(ctx) != 1 ||
		EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) != 1 ||
		EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) != 1)
		return CKR_FUNCTION_FAILED;
	return rsa_search(ctx, stop, ret);
}

CK_RV
rsa_attributes(
	EVP_PKEY *pkey, struct attrs *pub, struct attrs *priv, struct attrs *secret)
{
	CK_RV rv = set_numbers(pkey, rsa_public, pub);

	if (rv == CKR_OK)
		rv = set_numbers(pkey, rsa_public, priv);
	if (rv == CKR_OK)
		rv = set_numbers(pkey, rsa_secret, secret);
	attrs_set_ulong(pub, CKA_MODULUS_BITS, (uint64_t)EVP_PKEY_get_bits(pkey));
	return rv;
}

static CK_RV
ec_generate(struct bytes template, EVP_PKEY **ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = NULL;
	const struct curve *curve = NULL;
	CK_RV rv = curve_of(template, &curve);

	if (rv != CKR_OK)
		return rv;
	ctx = EVP_PKEY_CTX_new_from_name(
		crypto_libctx(), curve->type == CKK_EC ? "EC" : curve->name, NULL);
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	if (EVP_PKEY_keygen_init(ctx) != 1 ||
		(curve->type == CKK_EC &&
			EVP_PKEY_CTX_set_group_name(ctx, curve->name) != 1) ||
		EVP_PKEY_generate(ctx, ret) != 1)
		return CKR_FUNCTION_FAILED;
	return CKR_OK;
}

/* Both halves name the curve as the template did. */
CK_RV
ec_attributes(EVP_PKEY *pkey, struct attrs *pub, struct attrs *priv, struct attrs *secret)
{
	const struct curve *curve = NULL;
	struct bytes params;
	CK_RV rv = curve_of(attrs_bytes(pub), &curve);

	if (rv != CKR_OK)
		return rv;
	if (attrs_find(attrs_bytes(pub), CKA_EC_PARAMS, &params))
		attrs_set(priv, CKA_EC_PARAMS, params);
	rv = pkey_set_point(pkey, curve, pub);
	if (rv == CKR_OK)
		rv = pkey_set_point(pkey, curve, priv);
	if (rv == CKR_OK)
		rv = curve->type == CKK_EC
			     ? pkey_set_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, CKA_VALUE,
				       curve->field, secret)
			     : ecx_set_secret(pkey, secret);
	return rv;
}

/* --- All --------------------------------------------------------------------------- */

/* What a key is made from. */
struct making {
	const struct mech *mech;
	const struct pkey_stop *stop;
	struct bytes public, private; /* templates */
};

static CK_RV
rsa_make(const struct making *m, EVP_PKEY **ret)
{
	return rsa_generate(m->mech, m->stop, m->public, ret);
}

static CK_RV
ec_make(const struct making *m, EVP_PKEY **ret)
{
	return ec_generate(m->public, ret);
}

static CK_RV
pqc_make(const struct making *m, EVP_PKEY **ret)
{
	return pqc_generate(m->public, ret);
}

static CK_RV
ffc_make(const struct making *m, EVP_PKEY **ret)
{
	return ffc_generate(m->mech, m->stop, m->public, m->private, ret);
}

static const struct maker {
	enum algorithm algorithm;
	CK_RV (*make)(const struct making *m, EVP_PKEY **ret);
	CK_RV(*attributes)
	(EVP_PKEY *pkey, struct attrs *pub, struct attrs *priv, struct attrs *secret);
} makers[] = {
	{ ALG_RSA_KEY_PAIR_GEN, rsa_make, rsa_attributes },
	{ ALG_EC_KEY_PAIR_GEN, ec_make, ec_attributes },
	{ ALG_PQC_KEY_PAIR_GEN, pqc_make, pqc_attributes },
	{ ALG_FFC_KEY_PAIR_GEN, ffc_make, ffc_attributes },
};

static const struct maker *
maker_of(const struct mech *m)
{
	for (size_t i = 0; i < ARRAY_LEN(makers); i++)
		if (makers[i].algorithm == m->algorithm)
			return &makers[i];
	return NULL;
}

bool
pkey_generation_is_long(const struct mech *m, struct bytes public_half)
{
	return m->algorithm == ALG_RSA_KEY_PAIR_GEN ||
	       (m->algorithm == ALG_FFC_KEY_PAIR_GEN && !ffc_is_known(public_half));
}

CK_RV
pkey_generate(const struct mech *m, const struct pkey_stop *stop,
	struct attrs *public_half, struct attrs *private_half, struct attrs *secret)
{
	const struct making making = { m, stop, attrs_bytes(public_half),
		attrs_bytes(private_half) };
	const struct maker *maker = maker_of(m);
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	CK_RV rv;

	if (m->key_type == CKK_IBM_PQC_DILITHIUM)
		return dilithium_generate_pair(public_half, private_half, secret);
	if (maker == NULL)
		return CKR_MECHANISM_INVALID;
	rv = maker->make(&making, &pkey);
	if (rv == CKR_OK)
		rv = maker->attributes(pkey, public_half, private_half, secret);
	if (rv == CKR_OK)
		rv = pkey_set_info(pkey, public_half);
	if (rv == CKR_OK)
		rv = pkey_set_info(pkey, private_half);
	if (rv == CKR_OK && !(attrs_ok(public_half) && attrs_ok(private_half)))
		rv = CKR_HOST_MEMORY;
	return rv;
}
