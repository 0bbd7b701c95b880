/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of RSA and EC keys to OpenSSL's keys, checked on the way. */
#include "crypto/pkey.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "common/cleanup.h"
#include "crypto/dilithium.h"
#include "crypto/errors.h"
#include "crypto/ffc.h"
#include "crypto/pqc.h"
#include "cryptoki/vendor.h"

#define RSA_MIN_BITS 1024 /* old signatures are still verified */
#define EXPONENT_MAX_BITS 64
#define NUMBER_MAX 2048u /* bytes; leading zeroes, which some send, are not counted out */

CK_RV
pkey_set_point(EVP_PKEY *pkey, const struct curve *curve, struct attrs *to)
{
	uint8_t raw[1 + 2 * 66];
	struct buf point = BUF_INIT;
	size_t n = 0;

	if (EVP_PKEY_get_octet_string_param(
		    pkey, OSSL_PKEY_PARAM_PUB_KEY, raw, sizeof raw, &n) != 1)
		return CKR_FUNCTION_FAILED;
	if (curve->type == CKK_EC)
		ec_point_wrap(BYTES(raw, n), &point);
	else
		buf_put(&point, raw, n);
	if (buf_ok(&point))
		attrs_set(to, CKA_EC_POINT, buf_bytes(&point));
	else
		to->b.failed = true;
	buf_free(&point);
	return attrs_ok(to) ? CKR_OK : CKR_HOST_MEMORY;
}

/* 4.10: a given one has to be of this very key. */
static CK_RV
check_info(EVP_PKEY *pkey, struct bytes given)
{
	CLEANUP(cleanup_pkey)
	EVP_PKEY *said = NULL;
	const uint8_t *p = given.p;

	said = d2i_PUBKEY_ex(NULL, &p, (long)given.n, crypto_libctx(), NULL);
	return said != NULL && p == given.p + given.n && EVP_PKEY_eq(said, pkey) == 1
		       ? CKR_OK
		       : CKR_ATTRIBUTE_VALUE_INVALID;
}

CK_RV
pkey_set_info(EVP_PKEY *pkey, struct attrs *to)
{
	uint8_t *der = NULL;
	struct bytes given;
	int n;

	if (attrs_find(attrs_bytes(to), CKA_PUBLIC_KEY_INFO, &given) && given.n != 0)
		return check_info(pkey, given);
	n = i2d_PUBKEY(pkey, &der);
	if (n <= 0)
		return CKR_HOST_MEMORY;
	attrs_set(to, CKA_PUBLIC_KEY_INFO, BYTES(der, (size_t)n));
	OPENSSL_free(der);
	return attrs_ok(to) ? CKR_OK : CKR_HOST_MEMORY;
}

/* --- A list of numbers on its way into a key ------------------------------------ */

#define MAX_NUMBERS 8

struct numbers {
	OSSL_PARAM_BLD *bld;
	BIGNUM *bn[MAX_NUMBERS];
	size_t n;
	uint8_t point[1 + 2 * 66]; /* the builder borrows it until the key is made */
	bool failed;
};

static void
numbers_free(struct numbers *ns)
{
	OSSL_PARAM_BLD_free(ns->bld);
	for (size_t i = 0; i < ns->n; i++)
		BN_clear_free(ns->bn[i]);
}

static const BIGNUM *
numbers_add(struct numbers *ns, const char *name, struct bytes value)
{
	BIGNUM *bn;

	if (ns->bld == NULL)
		ns->bld = OSSL_PARAM_BLD_new();
	bn = value.n > NUMBER_MAX ? NULL : BN_secure_new();
	if (ns->bld == NULL || ns->n == MAX_NUMBERS || bn == NULL ||
		BN_bin2bn(value.p, (int)value.n, bn) == NULL ||
		OSSL_PARAM_BLD_push_BN(ns->bld, name, bn) != 1) {
		BN_clear_free(bn);
		ns->failed = true;
		return NULL;
	}
	ns->bn[ns->n++] = bn;
	return bn;
}

struct numbers_type {
	const char *name; /* OpenSSL's */
	CK_RV refused;    /* what it means that OpenSSL makes no key of them */
};

static CK_RV
numbers_to_pkey(struct numbers *ns, const struct numbers_type *type, int selection,
	EVP_PKEY **ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(crypto_libctx(), type->name, NULL);
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params;
	int r;

	if (ctx == NULL || ns->failed || ns->bld == NULL)
		return CKR_HOST_MEMORY;
	params = OSSL_PARAM_BLD_to_param(ns->bld);
	if (params == NULL)
		return CKR_HOST_MEMORY;
	r = EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, selection, params) == 1;
	OSSL_PARAM_free(params); /* secure numbers are wiped by it */
	if (r != 1)
		return type->refused;
	*ret = pkey;
	return CKR_OK;
}

/* --- RSA --------------------------------------------------------------------------- */

/* looked at before OpenSSL has them */
static const struct numbers_type rsa_type = { "RSA", CKR_HOST_MEMORY };

static CK_RV
rsa_public_numbers(struct bytes object_public, int min_bits, struct numbers *ns)
{
	struct bytes n, e;
	const BIGNUM *modulus, *exponent;

	if (!attrs_find(object_public, CKA_MODULUS, &n) ||
		!attrs_find(object_public, CKA_PUBLIC_EXPONENT, &e))
		return CKR_TEMPLATE_INCOMPLETE;
	modulus = numbers_add(ns, OSSL_PKEY_PARAM_RSA_N, n);
	exponent = numbers_add(ns, OSSL_PKEY_PARAM_RSA_E, e);
	if (modulus == NULL || exponent == NULL)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (BN_num_bits(modulus) < min_bits || BN_num_bits(modulus) > RSA_MAX_BITS)
		return CKR_KEY_SIZE_RANGE;
	if (!BN_is_odd(modulus) || !BN_is_odd(exponent) || BN_is_one(exponent) ||
		BN_num_bits(exponent) > EXPONENT_MAX_BITS)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

static const struct {
	uint32_t type;
	const char *name;
} rsa_crt[] = {
	{ CKA_PRIME_1, OSSL_PKEY_PARAM_RSA_FACTOR1 },
	{ CKA_PRIME_2, OSSL_PKEY_PARAM_RSA_FACTOR2 },
	{ CKA_EXPONENT_1, OSSL_PKEY_PARAM_RSA_EXPONENT1 },
	{ CKA_EXPONENT_2, OSSL_PKEY_PARAM_RSA_EXPONENT2 },
	{ CKA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1 },
};

/* All five numbers of the Chinese remainder, or none of them. */
static CK_RV
rsa_private_numbers(struct bytes secret, struct numbers *ns)
{
	struct bytes v;
	size_t have = 0;

	if (!attrs_find(secret, CKA_PRIVATE_EXPONENT, &v))
		return CKR_TEMPLATE_INCOMPLETE;
	(void)numbers_add(ns, OSSL_PKEY_PARAM_RSA_D, v);
	for (size_t i = 0; i < ARRAY_LEN(rsa_crt); i++)
		have += attrs_find(secret, rsa_crt[i].type, &v) && v.n != 0;
	if (have == 0)
		return CKR_OK;
	if (have != ARRAY_LEN(rsa_crt))
		return CKR_TEMPLATE_INCONSISTENT;
	for (size_t i = 0; i < ARRAY_LEN(rsa_crt); i++) {
		if (attrs_find(secret, rsa_crt[i].type, &v))
			(void)numbers_add(ns, rsa_crt[i].name, v);
	}
	return CKR_OK;
}

/* --- EC ---------------------------------------------------------------------------- */

/* a point may be none */
static const struct numbers_type ec_type = { "EC", CKR_ATTRIBUTE_VALUE_INVALID };

static CK_RV
ec_group(struct bytes object_public, struct numbers *ns, const struct curve **ret)
{
	const struct curve *curve = NULL;
	CK_RV rv = curve_of(object_public, &curve);

	if (rv != CKR_OK)
		return rv;
	ns->bld = OSSL_PARAM_BLD_new();
	if (ns->bld == NULL || OSSL_PARAM_BLD_push_utf8_string(ns->bld,
				       OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) != 1)
		return CKR_HOST_MEMORY;
	*ret = curve;
	return CKR_OK;
}

static CK_RV
ec_public(struct bytes object_public, struct numbers *ns)
{
	const struct curve *curve;
	struct bytes value, point;
	CK_RV rv = ec_group(object_public, ns, &curve);

	if (rv != CKR_OK)
		return rv;
	if (!attrs_find(object_public, CKA_EC_POINT, &value))
		return CKR_TEMPLATE_INCOMPLETE;
	if (!ec_point_unwrap(curve, value, &point))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return OSSL_PARAM_BLD_push_octet_string(
		       ns->bld, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n) == 1
		       ? CKR_OK
		       : CKR_HOST_MEMORY;
}

static void
cleanup_group(EC_GROUP **g)
{
	EC_GROUP_free(*g);
}

static void
cleanup_point(EC_POINT **p)
{
	EC_POINT_clear_free(*p);
}

/* A private object holds no point: it is the number times the generator. */
static CK_RV
ec_add_point(const struct curve *curve, const BIGNUM *d, struct numbers *ns)
{
	CLEANUP(cleanup_group)
	EC_GROUP *group =
		EC_GROUP_new_by_curve_name_ex(crypto_libctx(), NULL, curve->nid);
	CLEANUP(cleanup_point)
	EC_POINT *point = NULL;
	size_t n;

	if (group == NULL)
		return CKR_HOST_MEMORY;
	if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	point = EC_POINT_new(group);
	if (point == NULL || EC_POINT_mul(group, point, d, NULL, NULL, NULL) != 1)
		return CKR_HOST_MEMORY;
	n = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ns->point,
		sizeof ns->point, NULL);
	if (n == 0 || OSSL_PARAM_BLD_push_octet_string(
			      ns->bld, OSSL_PKEY_PARAM_PUB_KEY, ns->point, n) != 1)
		return CKR_HOST_MEMORY;
	return CKR_OK;
}

static CK_RV
ec_private(struct bytes object_public, struct bytes secret, struct numbers *ns)
{
	const struct curve *curve;
	const BIGNUM *d;
	struct bytes value;
	CK_RV rv = ec_group(object_public, ns, &curve);

	if (rv != CKR_OK)
		return rv;
	if (!attrs_find(secret, CKA_VALUE, &value))
		return CKR_TEMPLATE_INCOMPLETE;
	if (value.n == 0 || value.n > curve->field + 1)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	d = numbers_add(ns, OSSL_PKEY_PARAM_PRIV_KEY, value);
	return d == NULL ? CKR_HOST_MEMORY : ec_add_point(curve, d, ns);
}

/* --- All --------------------------------------------------------------------------- */

/* A compressed point makes all that comes of the key compressed: what is kept and searched
 * for is not. */
static CK_RV
ec_uncompress(EVP_PKEY *pkey)
{
	return EVP_PKEY_set_utf8_string_param(pkey,
		       OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
		       OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) == 1
		       ? CKR_OK
		       : CKR_HOST_MEMORY;
}

static CK_RV
rsa_from_public(struct bytes object_public, EVP_PKEY **ret)
{
	CLEANUP(numbers_free)
	struct numbers ns = { 0 };
	CK_RV rv = rsa_public_numbers(object_public, RSA_MIN_BITS, &ns);

	return rv == CKR_OK ? numbers_to_pkey(&ns, &rsa_type, EVP_PKEY_PUBLIC_KEY, ret)
			    : rv;
}

static CK_RV
ec_from_public(struct bytes object_public, EVP_PKEY **ret)
{
	CLEANUP(numbers_free)
	struct numbers ns = { 0 };
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	CK_RV rv = ec_public(object_public, &ns);

	if (rv == CKR_OK)
		rv = numbers_to_pkey(&ns, &ec_type, EVP_PKEY_PUBLIC_KEY, &pkey);
	if (rv == CKR_OK)
		rv = ec_uncompress(pkey);
	if (rv == CKR_OK)
		*ret = TAKE_PTR(pkey);
	return rv;
}

/* Does the private half belong to the public one? */
static CK_RV
pkey_check_pair(EVP_PKEY *pkey, bool rsa)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	CLEANUP(cleanup_bn)
	BIGNUM *n = NULL;
	CLEANUP(cleanup_bn)
	BIGNUM *e = NULL;
	CLEANUP(cleanup_bn)
	BIGNUM *d = NULL;
	CLEANUP(cleanup_bn)
	BIGNUM *x = BN_new();
	BN_CTX *bn = BN_CTX_secure_new();
	bool ok = false;

	if (!rsa) {
		BN_CTX_free(bn);
		return ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1
			       ? CKR_OK
			       : CKR_ATTRIBUTE_VALUE_INVALID;
	}
	/* OpenSSL's own check looks for primes for tens of milliseconds; that
	 * 2^(ed) is 2 again is what matters to whoever uses the key. */
	if (bn != NULL && x != NULL &&
		EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
		EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
		EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_D, &d) == 1) {
		BN_set_flags(d, BN_FLG_CONSTTIME);
		ok = BN_set_word(x, 2) == 1 &&
		     BN_mod_exp_mont(x, x, d, n, bn, NULL) == 1 &&
		     BN_mod_exp(x, x, e, n, bn) == 1 && BN_is_word(x, 2);
	}
	BN_CTX_free(bn);
	return ok ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

static CK_RV
rsa_check_primes(EVP_PKEY *pkey)
{
	CLEANUP(cleanup_bn)
	BIGNUM *n = NULL;
	CLEANUP(cleanup_bn)
	BIGNUM *p = NULL;
	CLEANUP(cleanup_bn)
	BIGNUM *q = NULL;
	CLEANUP(cleanup_bn)
	BIGNUM *product = BN_new();
	BN_CTX *bn = BN_CTX_secure_new();
	bool ok = true;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, &p) == 1)
		ok = bn != NULL && product != NULL &&
		     EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
		     EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, &q) == 1 &&
		     BN_mul(product, p, q, bn) == 1 && BN_cmp(product, n) == 0;
	BN_CTX_free(bn);
	return ok ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

static CK_RV
rsa_from_private(struct bytes object_public, struct bytes secret, EVP_PKEY **ret)
{
	CLEANUP(numbers_free)
	struct numbers ns = { 0 };
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	CK_RV rv = rsa_public_numbers(object_public, RSA_PRIVATE_MIN_BITS, &ns);

	if (rv == CKR_OK)
		rv = rsa_private_numbers(secret, &ns);
	if (rv == CKR_OK)
		rv = numbers_to_pkey(&ns, &rsa_type, EVP_PKEY_KEYPAIR, &pkey);
	if (rv == CKR_OK)
		rv = rsa_check_primes(pkey);
	if (rv == CKR_OK)
		rv = pkey_check_pair(pkey, true);
	if (rv == CKR_OK)
		*ret = TAKE_PTR(pkey);
	return rv;
}

static CK_RV
ec_from_private(struct bytes object_public, struct bytes secret, EVP_PKEY **ret)
{
	CLEANUP(numbers_free)
	struct numbers ns = { 0 };
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	CK_RV rv = ec_private(object_public, secret, &ns);

	if (rv == CKR_OK)
		rv = numbers_to_pkey(&ns, &ec_type, EVP_PKEY_KEYPAIR, &pkey);
	if (rv == CKR_OK)
		rv = pkey_check_pair(pkey, false);
	if (rv == CKR_OK)
		*ret = TAKE_PTR(pkey);
	return rv;
}

static const struct key_kind {
	CK_KEY_TYPE type;
	CK_RV (*from_public)(struct bytes object_public, EVP_PKEY **ret);
	CK_RV(*from_private)
	(struct bytes object_public, struct bytes secret, EVP_PKEY **ret);
} key_kinds[] = {
	{ CKK_RSA, rsa_from_public, rsa_from_private },
	{ CKK_EC, ec_from_public, ec_from_private },
	{ CKK_EC_EDWARDS, ecx_from_public, ecx_from_private },
	{ CKK_EC_MONTGOMERY, ecx_from_public, ecx_from_private },
	{ CKK_DSA, ffc_from_public, ffc_from_private },
	{ CKK_DH, ffc_from_public, ffc_from_private },
	{ CKK_X9_42_DH, ffc_from_public, ffc_from_private },
	{ CKK_ML_KEM, pqc_from_public, pqc_from_private },
	{ CKK_ML_DSA, pqc_from_public, pqc_from_private },
	{ CKK_SLH_DSA, pqc_from_public, pqc_from_private },
	{ CKK_IBM_PQC_DILITHIUM, dilithium_from_public, dilithium_from_private },
};

static const struct key_kind *
key_kind_of(struct bytes object_public)
{
	const CK_KEY_TYPE type =
		attrs_ulong(object_public, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);

	for (size_t i = 0; i < ARRAY_LEN(key_kinds); i++)
		if (key_kinds[i].type == type)
			return &key_kinds[i];
	return NULL;
}

CK_RV
pkey_from_public(struct bytes object_public, EVP_PKEY **ret)
{
	const struct key_kind *k = key_kind_of(object_public);

	if (k == NULL)
		return CKR_KEY_TYPE_INCONSISTENT;
	errors_begin();
	return errors_end_rv(k->from_public(object_public, ret));
}

CK_RV
pkey_from_private(struct bytes object_public, struct bytes object_secret, EVP_PKEY **ret)
{
	const struct key_kind *k = key_kind_of(object_public);

	if (k == NULL)
		return CKR_KEY_TYPE_INCONSISTENT;
	errors_begin();
	return errors_end_rv(k->from_private(object_public, object_secret, ret));
}
