/* SPDX-License-Identifier: Apache-2.0 */
/* Domain parameters and attributes of DSA and Diffie-Hellman keys to OpenSSL's keys. */
#include "crypto/ffc.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "common/cleanup.h"

#define PRIME_MIN_BITS 512 /* of an object with domain parameters alone */
#define PRIME_MAX_BITS 10000
#define SUBPRIME_MIN_BITS 160
#define KEY_MIN_BITS FFC_MIN_BITS

static const struct ffc_type {
	CK_KEY_TYPE type;
	const char *name; /* OpenSSL's */
	bool has_subprime;
	int max_bits; /* of the prime */
} types[] = {
	{ CKK_DSA, "DSA", true, FFC_DSA_MAX_BITS },
	{ CKK_DH, "DH", false, FFC_DH_MAX_BITS },
	{ CKK_X9_42_DH, "DHX", true, FFC_DH_MAX_BITS },
};

static const struct ffc_type *
type_of(struct bytes object_public)
{
	const CK_KEY_TYPE type =
		attrs_ulong(object_public, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

bool
ffc_is_type(struct bytes object_public)
{
	return type_of(object_public) != NULL;
}

/* --- Sizes -------------------------------------------------------------------------- */

static struct bytes
number_of(struct bytes list, uint32_t type)
{
	struct bytes v = BYTES_NONE;

	if (!attrs_find(list, type, &v))
		return BYTES_NONE;
	while (v.n > 0 && v.p[0] == 0) {
		v.p++;
		v.n--;
	}
	return v;
}

size_t
ffc_prime_bytes(struct bytes object_public)
{
	return number_of(object_public, CKA_PRIME).n;
}

size_t
ffc_prime_bits(struct bytes object_public)
{
	const struct bytes p = number_of(object_public, CKA_PRIME);
	size_t bits = 8 * p.n;

	for (unsigned bit = 0x80; p.n != 0 && (p.p[0] & bit) == 0; bit >>= 1)
		bits--;
	return bits;
}

size_t
dsa_signature_size(struct bytes object_public)
{
	return 2 * number_of(object_public, CKA_SUBPRIME).n;
}

/* --- Domain parameters -------------------------------------------------------------- */

void
ffc_domain_free(struct ffc_domain *d)
{
	BN_free(d->p);
	BN_free(d->q);
	BN_free(d->g);
	*d = FFC_DOMAIN_NONE;
}

static CK_RV
take_number(struct bytes list, uint32_t type, BIGNUM **ret)
{
	const struct bytes v = number_of(list, type);

	if (v.n > PRIME_MAX_BITS / 8)
		return CKR_DOMAIN_PARAMS_INVALID;
	*ret = BN_bin2bn(v.p, (int)v.n, NULL);
	return *ret != NULL ? CKR_OK : CKR_HOST_MEMORY;
}

/* Below: CKR_ATTRIBUTE_VALUE_INVALID says no. */

/* 1 < x < p - 1 */
static CK_RV
check_element(const BIGNUM *x, const BIGNUM *p, BN_CTX *ctx)
{
	BIGNUM *last = BN_CTX_get(ctx);

	if (last == NULL || BN_sub(last, p, BN_value_one()) != 1)
		return CKR_HOST_MEMORY;
	return BN_cmp(x, BN_value_one()) > 0 && BN_cmp(x, last) < 0
		       ? CKR_OK
		       : CKR_ATTRIBUTE_VALUE_INVALID;
}

/* Is x, an element, of order q? Where p is 2q + 1 these are the squares. */
static CK_RV
check_order(const BIGNUM *x, const BIGNUM *q, const BIGNUM *p, BN_CTX *ctx)
{
	BIGNUM *t = BN_CTX_get(ctx);
	int symbol;

	if (t == NULL || BN_lshift1(t, q) != 1 || BN_add_word(t, 1) != 1)
		return CKR_HOST_MEMORY;
	if (BN_cmp(t, p) == 0) {
		symbol = BN_kronecker(x, p, ctx);
		if (symbol < -1)
			return CKR_HOST_MEMORY;
		return symbol == 1 ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
	}
	if (BN_mod_exp(t, x, q, p, ctx) != 1)
		return CKR_HOST_MEMORY;
	return BN_is_one(t) ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

/* q divides p - 1. */
static CK_RV
check_divisor(const BIGNUM *q, const BIGNUM *p, BN_CTX *ctx)
{
	BIGNUM *x = BN_CTX_get(ctx);

	if (BN_num_bits(q) < SUBPRIME_MIN_BITS || !BN_is_odd(q) || BN_cmp(q, p) >= 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (x == NULL || BN_sub(x, p, BN_value_one()) != 1 || BN_mod(x, x, q, ctx) != 1)
		return CKR_HOST_MEMORY;
	return BN_is_zero(x) ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

/* FIPS 186-4, A.2.2 */
static CK_RV
check_domain(const struct ffc_domain *d, BN_CTX *ctx)
{
	CK_RV rv;

	if (BN_num_bits(d->p) < PRIME_MIN_BITS || !BN_is_odd(d->p))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	rv = check_element(d->g, d->p, ctx);
	if (rv == CKR_OK && d->q != NULL)
		rv = check_divisor(d->q, d->p, ctx);
	if (rv == CKR_OK && d->q != NULL)
		rv = check_order(d->g, d->q, d->p, ctx);
	return rv;
}

static void
cleanup_bn_ctx(BN_CTX **ctx)
{
	BN_CTX_free(*ctx);
}

CK_RV
ffc_domain_read(struct bytes object_public, struct ffc_domain *ret)
{
	CLEANUP(cleanup_bn_ctx)
	BN_CTX *ctx = BN_CTX_new_ex(crypto_libctx());
	CK_RV rv;

	if (!attrs_has(object_public, CKA_PRIME) || !attrs_has(object_public, CKA_BASE))
		return CKR_TEMPLATE_INCOMPLETE;
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	rv = take_number(object_public, CKA_PRIME, &ret->p);
	if (rv == CKR_OK)
		rv = take_number(object_public, CKA_BASE, &ret->g);
	if (rv == CKR_OK && attrs_has(object_public, CKA_SUBPRIME))
		rv = take_number(object_public, CKA_SUBPRIME, &ret->q);
	if (rv != CKR_OK)
		return rv;
	BN_CTX_start(ctx);
	rv = check_domain(ret, ctx);
	BN_CTX_end(ctx);
	return rv == CKR_ATTRIBUTE_VALUE_INVALID ? CKR_DOMAIN_PARAMS_INVALID : rv;
}

/* The domain of a key: of its type, and of a size that keys have. */
static CK_RV
key_domain(const struct ffc_type *t, struct bytes object_public, struct ffc_domain *ret)
{
	CK_RV rv;

	if (t->has_subprime && !attrs_has(object_public, CKA_SUBPRIME))
		return CKR_TEMPLATE_INCOMPLETE;
	rv = ffc_domain_read(object_public, ret);
	if (rv != CKR_OK)
		return rv;
	if (BN_num_bits(ret->p) < KEY_MIN_BITS || BN_num_bits(ret->p) > t->max_bits)
		return CKR_KEY_SIZE_RANGE;
	if (t->type != CKK_DSA)
		return CKR_OK;
	switch (BN_num_bits(ret->q)) { /* FIPS 186-4, 4.2 */
	case 160:
	case 224:
	case 256:
		return CKR_OK;
	default:
		return CKR_DOMAIN_PARAMS_INVALID;
	}
}

/* --- Keys --------------------------------------------------------------------------- */

/* y and x NULL: the parameters alone. */
static CK_RV
to_pkey(const struct ffc_type *t, const struct ffc_domain *d, const BIGNUM *y,
	const BIGNUM *x, EVP_PKEY **ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(crypto_libctx(), t->name, NULL);
	const int selection = x != NULL   ? EVP_PKEY_KEYPAIR
			      : y != NULL ? EVP_PKEY_PUBLIC_KEY
					  : EVP_PKEY_KEY_PARAMETERS;
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	CK_RV rv = CKR_HOST_MEMORY;

	if (bld != NULL &&
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_P, d->p) == 1 &&
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_G, d->g) == 1 &&
		(d->q == NULL ||
			OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_Q, d->q) == 1) &&
		(y == NULL ||
			OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY, y) == 1) &&
		(x == NULL ||
			OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, x) == 1))
		params = OSSL_PARAM_BLD_to_param(bld);
	if (ctx != NULL && params != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		/* the numbers are looked at here, not there */
		rv = EVP_PKEY_fromdata(ctx, ret, selection, params) == 1
			     ? CKR_OK
			     : CKR_HOST_MEMORY;
	OSSL_PARAM_free(params); /* secure numbers are wiped by it */
	OSSL_PARAM_BLD_free(bld);
	return rv;
}

CK_RV
ffc_parameters(struct bytes object_public, struct ffc_domain *ret_domain, EVP_PKEY **ret)
{
	const struct ffc_type *t = type_of(object_public);
	CK_RV rv = t != NULL ? key_domain(t, object_public, ret_domain)
			     : CKR_KEY_TYPE_INCONSISTENT;

	return rv == CKR_OK ? to_pkey(t, ret_domain, NULL, NULL, ret) : rv;
}

/* OpenSSL tells the order of a group that it knows by its prime. */
static CK_RV
check_public_value(EVP_PKEY *pkey, const struct ffc_domain *d, const BIGNUM *y)
{
	CLEANUP(cleanup_bn_ctx)
	BN_CTX *ctx = BN_CTX_new_ex(crypto_libctx());
	CLEANUP(cleanup_bn)
	BIGNUM *q = NULL;
	CK_RV rv;

	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_Q, &q) != 1)
		q = NULL;
	BN_CTX_start(ctx);
	rv = check_element(y, d->p, ctx);
	if (rv == CKR_OK && q != NULL)
		rv = check_order(y, q, d->p, ctx);
	BN_CTX_end(ctx);
	return rv;
}

static CK_RV
value_of_info(const struct ffc_type *t, struct bytes info, BIGNUM **ret)
{
	const uint8_t *p = info.p;
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = d2i_PUBKEY_ex(NULL, &p, (long)info.n, crypto_libctx(), NULL);

	return pkey != NULL && p == info.p + info.n &&
			       EVP_PKEY_is_a(pkey, t->name) == 1 &&
			       EVP_PKEY_get_bn_param(
				       pkey, OSSL_PKEY_PARAM_PUB_KEY, ret) == 1
		       ? CKR_OK
		       : CKR_ATTRIBUTE_VALUE_INVALID;
}

static CK_RV
public_value(const struct ffc_type *t, struct bytes object_public, BIGNUM **ret)
{
	struct bytes v;

	if (!attrs_has(object_public, CKA_VALUE))
		return attrs_find(object_public, CKA_PUBLIC_KEY_INFO, &v) && v.n != 0
			       ? value_of_info(t, v, ret)
			       : CKR_TEMPLATE_INCOMPLETE;
	v = number_of(object_public, CKA_VALUE);
	if (v.n > PRIME_MAX_BITS / 8)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	*ret = BN_bin2bn(v.p, (int)v.n, NULL);
	return *ret != NULL ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
ffc_from_public(struct bytes object_public, EVP_PKEY **ret)
{
	const struct ffc_type *t = type_of(object_public);
	CLEANUP(ffc_domain_free)
	struct ffc_domain d = FFC_DOMAIN_NONE;
	CLEANUP(cleanup_bn)
	BIGNUM *y = NULL;
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	CK_RV rv;

	if (t == NULL)
		return CKR_KEY_TYPE_INCONSISTENT;
	rv = key_domain(t, object_public, &d);
	if (rv == CKR_OK)
		rv = public_value(t, object_public, &y);
	if (rv == CKR_OK)
		rv = to_pkey(t, &d, y, NULL, &pkey);
	if (rv == CKR_OK)
		rv = check_public_value(pkey, &d, y);
	if (rv == CKR_OK)
		*ret = TAKE_PTR(pkey);
	return rv;
}

/* 0 < x < q, or p - 1 where there is no q. */
static CK_RV
private_value(const struct ffc_domain *d, struct bytes secret, BIGNUM **ret)
{
	CLEANUP(cleanup_bn)
	BIGNUM *x = BN_secure_new();
	CLEANUP(cleanup_bn)
	BIGNUM *end = BN_dup(d->q != NULL ? d->q : d->p);
	const struct bytes v = number_of(secret, CKA_VALUE);

	if (!attrs_has(secret, CKA_VALUE))
		return CKR_TEMPLATE_INCOMPLETE;
	if (v.n > PRIME_MAX_BITS / 8)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (x == NULL || end == NULL || BN_bin2bn(v.p, (int)v.n, x) == NULL ||
		(d->q == NULL && BN_sub_word(end, 1) != 1))
		return CKR_HOST_MEMORY;
	if (BN_is_zero(x) || BN_cmp(x, end) >= 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	BN_set_flags(x, BN_FLG_CONSTTIME);
	*ret = TAKE_PTR(x);
	return CKR_OK;
}

CK_RV
ffc_from_private(struct bytes object_public, struct bytes object_secret, EVP_PKEY **ret)
{
	const struct ffc_type *t = type_of(object_public);
	CLEANUP(ffc_domain_free)
	struct ffc_domain d = FFC_DOMAIN_NONE;
	CLEANUP(cleanup_bn)
	BIGNUM *x = NULL;
	CLEANUP(cleanup_bn)
	BIGNUM *y = BN_new();
	CLEANUP(cleanup_bn_ctx)
	BN_CTX *ctx = BN_CTX_secure_new_ex(crypto_libctx());
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	CK_RV rv;

	if (t == NULL)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (y == NULL || ctx == NULL)
		return CKR_HOST_MEMORY;
	rv = key_domain(t, object_public, &d);
	if (rv == CKR_OK)
		rv = private_value(&d, object_secret, &x);
	if (rv == CKR_OK && BN_mod_exp_mont_consttime(y, d.g, x, d.p, ctx, NULL) != 1)
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = to_pkey(t, &d, y, x, &pkey);
	/* of a number that is none: it gives 1, or of another order than the base's */
	if (rv == CKR_OK)
		rv = check_public_value(pkey, &d, y);
	if (rv == CKR_OK)
		*ret = TAKE_PTR(pkey);
	return rv;
}

CK_RV
ffc_complete(EVP_PKEY *pkey, struct attrs *object, bool private)
{
	CLEANUP(cleanup_bn)
	BIGNUM *x = NULL;

	if (!private)
		return attrs_has(attrs_bytes(object), CKA_VALUE)
			       ? CKR_OK
			       : pkey_set_number(pkey, OSSL_PKEY_PARAM_PUB_KEY, CKA_VALUE,
					 0, object);
	if (EVP_PKEY_is_a(pkey, "DH") != 1)
		return CKR_OK;
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &x) != 1)
		return CKR_FUNCTION_FAILED;
	/* of a key that was made here it is the limit of then */
	if (!attrs_has(attrs_bytes(object), CKA_VALUE_BITS))
		attrs_set_ulong(object, CKA_VALUE_BITS, (uint64_t)BN_num_bits(x));
	return attrs_ok(object) ? CKR_OK : CKR_HOST_MEMORY;
}
