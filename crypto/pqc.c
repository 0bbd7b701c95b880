/* SPDX-License-Identifier: Apache-2.0 */
/* Post-quantum keys: parameter sets, attributes to OpenSSL's keys and back. */
#include "crypto/pqc.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include "common/cleanup.h"
#include "crypto/dilithium.h"
#include "crypto/dilithium_r2/dilithium_r2.h"
#include "cryptoki/vendor.h"

/* clang-format off */
static const struct pqc_set sets[] = {
	/* FIPS 203, table 3; the seed is d and z of algorithm 19 */
	{ CKK_ML_KEM, CKP_ML_KEM_512, "ML-KEM-512", 800, 1632, 64, 768 },
	{ CKK_ML_KEM, CKP_ML_KEM_768, "ML-KEM-768", 1184, 2400, 64, 1088 },
	{ CKK_ML_KEM, CKP_ML_KEM_1024, "ML-KEM-1024", 1568, 3168, 64, 1568 },
	/* FIPS 204, table 2 */
	{ CKK_ML_DSA, CKP_ML_DSA_44, "ML-DSA-44", 1312, 2560, 32, 2420 },
	{ CKK_ML_DSA, CKP_ML_DSA_65, "ML-DSA-65", 1952, 4032, 32, 3309 },
	{ CKK_ML_DSA, CKP_ML_DSA_87, "ML-DSA-87", 2592, 4896, 32, 4627 },
	/* FIPS 205, table 2 */
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128S, "SLH-DSA-SHA2-128s", 32, 64, 0, 7856 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128S, "SLH-DSA-SHAKE-128s", 32, 64, 0, 7856 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F, "SLH-DSA-SHA2-128f", 32, 64, 0, 17088 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128F, "SLH-DSA-SHAKE-128f", 32, 64, 0, 17088 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192S, "SLH-DSA-SHA2-192s", 48, 96, 0, 16224 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_192S, "SLH-DSA-SHAKE-192s", 48, 96, 0, 16224 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192F, "SLH-DSA-SHA2-192f", 48, 96, 0, 35664 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_192F, "SLH-DSA-SHAKE-192f", 48, 96, 0, 35664 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_256S, "SLH-DSA-SHA2-256s", 64, 128, 0, 29792 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_256S, "SLH-DSA-SHAKE-256s", 64, 128, 0, 29792 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_256F, "SLH-DSA-SHA2-256f", 64, 128, 0, 49856 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_256F, "SLH-DSA-SHAKE-256f", 64, 128, 0, 49856 },
	/* one set, without a number: dilithium.h */
	{ CKK_IBM_PQC_DILITHIUM, 0, DILITHIUM_NAME, DILITHIUM_PUBLIC_KEY,
		DILITHIUM_PRIVATE_KEY, 0, DILITHIUM_SIGNATURE },
};
/* clang-format on */

#define PARAM_SEED OSSL_PKEY_PARAM_ML_DSA_SEED /* ML-KEM's is called the same */
#define PRIVATE_MAX 4896u /* bytes, of any set; of a public key too */

const struct pqc_set *
pqc_set_of(EVP_PKEY *pkey)
{
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		if (EVP_PKEY_is_a(pkey, sets[i].name) == 1)
			return &sets[i];
	return NULL;
}

CK_RV
pqc_set_find(struct bytes object_public, const struct pqc_set **ret)
{
	const uint64_t type = attrs_ulong(object_public, CKA_KEY_TYPE, UINT64_MAX),
		       number = attrs_ulong(object_public, CKA_PARAMETER_SET, UINT64_MAX);

	if (!attrs_has(object_public, CKA_PARAMETER_SET))
		return CKR_TEMPLATE_INCOMPLETE;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		if (sets[i].type == type && sets[i].number == number) {
			*ret = &sets[i];
			return CKR_OK;
		}
	}
	return CKR_PARAMETER_SET_NOT_SUPPORTED;
}

size_t
pqc_output_size(struct bytes object_public)
{
	const struct pqc_set *set;

	if (attrs_ulong(object_public, CKA_KEY_TYPE, 0) == CKK_IBM_PQC_DILITHIUM)
		return DILITHIUM_SIGNATURE;
	return pqc_set_find(object_public, &set) == CKR_OK ? set->output : 0;
}

/* --- From attributes ---------------------------------------------------------------- */

/* CKR_ATTRIBUTE_VALUE_INVALID: OpenSSL finds no key in the bytes. */
static CK_RV
pkey_of_bytes(const struct pqc_set *set, int selection, const char *name,
	struct bytes value, EVP_PKEY **ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(crypto_libctx(), set->name, NULL);
	/* OSSL_PARAM has no pointer to const */
	OSSL_PARAM params[] = { OSSL_PARAM_construct_octet_string(
					name, (void *)(uintptr_t)value.p, value.n),
		OSSL_PARAM_construct_end() };

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		return CKR_HOST_MEMORY;
	return EVP_PKEY_fromdata(ctx, ret, selection, params) == 1
		       ? CKR_OK
		       : CKR_ATTRIBUTE_VALUE_INVALID;
}

/* An attribute with something in it. */
static bool
find_given(struct bytes list, uint32_t type, struct bytes *ret)
{
	return attrs_find(list, type, ret) && ret->n != 0;
}

static CK_RV
from_info(const struct pqc_set *set, struct bytes info, EVP_PKEY **ret)
{
	const uint8_t *p = info.p;
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = d2i_PUBKEY_ex(NULL, &p, (long)info.n, crypto_libctx(), NULL);

	if (pkey == NULL || p != info.p + info.n || pqc_set_of(pkey) != set)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	*ret = TAKE_PTR(pkey);
	return CKR_OK;
}

CK_RV
pqc_from_public(struct bytes object_public, EVP_PKEY **ret)
{
	const struct pqc_set *set;
	struct bytes value;
	CK_RV rv = pqc_set_find(object_public, &set);

	if (rv != CKR_OK)
		return rv;
	if (!attrs_find(object_public, CKA_VALUE, &value))
		return find_given(object_public, CKA_PUBLIC_KEY_INFO, &value)
			       ? from_info(set, value, ret)
			       : CKR_TEMPLATE_INCOMPLETE;
	if (value.n != set->public)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return pkey_of_bytes(
		set, EVP_PKEY_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY, value, ret);
}

/* Does the seed give just this private value? */
static bool
value_is_of(EVP_PKEY *pkey, struct bytes value)
{
	uint8_t right[PRIVATE_MAX];
	size_t n = 0;
	const bool same = EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY,
				  right, sizeof right, &n) == 1 &&
			  n == value.n && CRYPTO_memcmp(right, value.p, n) == 0;

	wipe(right, sizeof right);
	return same;
}

CK_RV
pqc_from_private(struct bytes object_public, struct bytes object_secret, EVP_PKEY **ret)
{
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	const struct pqc_set *set;
	struct bytes seed, value;
	CK_RV rv = pqc_set_find(object_public, &set);
	bool has_seed, has_value;

	if (rv != CKR_OK)
		return rv;
	has_seed = find_given(object_secret, CKA_SEED, &seed);
	has_value = find_given(object_secret, CKA_VALUE, &value);
	if (!has_seed && !has_value)
		return CKR_TEMPLATE_INCOMPLETE;
	if ((has_seed && seed.n != set->seed) || (has_value && value.n != set->private))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	rv = pkey_of_bytes(set, EVP_PKEY_KEYPAIR,
		has_seed ? PARAM_SEED : OSSL_PKEY_PARAM_PRIV_KEY, has_seed ? seed : value,
		&pkey);
	if (rv == CKR_OK && has_seed && has_value && !value_is_of(pkey, value))
		rv = CKR_ATTRIBUTE_VALUE_INVALID;
	if (rv == CKR_OK)
		*ret = TAKE_PTR(pkey);
	return rv;
}

/* --- To attributes ------------------------------------------------------------------ */

static CK_RV
put_octets(EVP_PKEY *pkey, const char *name, uint32_t type, struct attrs *to)
{
	uint8_t value[PRIVATE_MAX];
	size_t n = 0;

	if (EVP_PKEY_get_octet_string_param(pkey, name, value, sizeof value, &n) != 1)
		return CKR_FUNCTION_FAILED;
	attrs_set(to, type, BYTES(value, n));
	wipe(value, sizeof value);
	return attrs_ok(to) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
put_public(EVP_PKEY *pkey, struct attrs *to)
{
	return put_octets(pkey, OSSL_PKEY_PARAM_PUB_KEY, CKA_VALUE, to);
}

static CK_RV
put_private(EVP_PKEY *pkey, struct attrs *to)
{
	return put_octets(pkey, OSSL_PKEY_PARAM_PRIV_KEY, CKA_VALUE, to);
}

/* Whether the public part of a private value is its own is not to be seen from its form: of
 * SLH-DSA that takes as long as to make the key, so it is looked at once, when it comes. */
CK_RV
pqc_complete(EVP_PKEY *pkey, struct attrs *object, struct attrs *secret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = NULL;

	if (secret == NULL)
		return put_public(pkey, object);
	ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	if (EVP_PKEY_pairwise_check(ctx) != 1)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return put_private(pkey, secret);
}

CK_RV
pqc_generate(struct bytes template, EVP_PKEY **ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = NULL;
	const struct pqc_set *set;
	CK_RV rv = pqc_set_find(template, &set);

	if (rv != CKR_OK)
		return rv;
	ctx = EVP_PKEY_CTX_new_from_name(crypto_libctx(), set->name, NULL);
	if (ctx == NULL || EVP_PKEY_keygen_init(ctx) != 1)
		return CKR_HOST_MEMORY;
	return EVP_PKEY_generate(ctx, ret) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

/* A key that came as its value alone has lost it. */
static bool
seed_is_known(EVP_PKEY *pkey)
{
	size_t n = 0;

	return EVP_PKEY_get_octet_string_param(
		       pkey, OSSL_PKEY_PARAM_ML_DSA_SEED, NULL, 0, &n) == 1 &&
	       n != 0;
}

CK_RV
pqc_attributes(
	EVP_PKEY *pkey, struct attrs *pub, struct attrs *priv, struct attrs *secret)
{
	const struct pqc_set *set = pqc_set_of(pkey);
	CK_RV rv;

	if (set == NULL)
		return CKR_FUNCTION_FAILED;
	attrs_set_ulong(priv, CKA_PARAMETER_SET, set->number);
	rv = put_public(pkey, pub);
	if (rv == CKR_OK)
		rv = put_private(pkey, secret);
	if (rv == CKR_OK && set->seed != 0 && seed_is_known(pkey))
		rv = put_octets(pkey, PARAM_SEED, CKA_SEED, secret);
	return rv;
}
