/* SPDX-License-Identifier: Apache-2.0 */
/* Keys on Edwards and Montgomery curves, which are strings of bytes: RFC 8032, RFC 7748. */
#include "common/cleanup.h"
#include "crypto/pkey.h"

/* Edwards: x^2 (s k + m y^2) = k (1 - y^2), which is RFC 8032's equation with the quotients
 * d = -121665/121666 and d = -39081 multiplied out. */
static const struct equation {
	const char *curve;
	int sign; /* its bit in the encoding: the highest */
	int s;
	BN_ULONG k, m;
} equations[] = {
	{ "ED25519", 255, -1, 121666, 121665 },
	{ "ED448", 455, 1, 1, 39081 },
};

static bool
set_prime(const struct equation *e, BIGNUM *p, BIGNUM *t)
{
	if (e->sign == 255) /* 2^255 - 19 */
		return BN_set_bit(p, 255) == 1 && BN_sub_word(p, 19) == 1;
	/* 2^448 - 2^224 - 1 */
	BN_zero(t);
	return BN_set_bit(p, 448) == 1 && BN_set_bit(t, 224) == 1 &&
	       BN_sub(p, p, t) == 1 && BN_sub_word(p, 1) == 1;
}

/* Is there an x for the ordinate y? OpenSSL finds out when it verifies, and not before. */
static bool
is_on_curve(const struct equation *e, struct bytes point, BN_CTX *ctx)
{
	BIGNUM *p = BN_CTX_get(ctx), *y = BN_CTX_get(ctx), *left = BN_CTX_get(ctx),
	       *right = BN_CTX_get(ctx);
	const bool negative = point.p[point.n - 1] >> 7;

	if (right == NULL || !set_prime(e, p, left) ||
		BN_lebin2bn(point.p, (int)point.n, y) == NULL ||
		(negative && BN_clear_bit(y, e->sign) == 0) || BN_cmp(y, p) >= 0)
		return false;
	if (BN_mod_sqr(y, y, p, ctx) != 1 || BN_copy(left, y) == NULL ||
		BN_mul_word(left, e->m) != 1 ||
		(e->s < 0 ? BN_sub_word(left, e->k) : BN_add_word(left, e->k)) != 1 ||
		BN_one(right) != 1 || BN_mod_sub(right, right, y, p, ctx) != 1 ||
		BN_mul_word(right, e->k) != 1)
		return false;
	/* x is 0 and has no sign, or its square is one */
	if (BN_is_zero(right))
		return !negative;
	return BN_mod_mul(left, left, right, p, ctx) == 1 &&
	       BN_kronecker(left, p, ctx) == 1;
}

/* Of Montgomery curves every string of the right length is a key: RFC 7748, 5. */
static CK_RV
check_public(const struct curve *curve, struct bytes point)
{
	BN_CTX *ctx;
	bool ok = true;

	if (curve->type != CKK_EC_EDWARDS)
		return CKR_OK;
	ctx = BN_CTX_new_ex(crypto_libctx());
	if (ctx == NULL)
		return CKR_HOST_MEMORY;
	BN_CTX_start(ctx);
	for (size_t i = 0; i < ARRAY_LEN(equations); i++)
		if (strcmp(equations[i].curve, curve->name) == 0)
			ok = is_on_curve(&equations[i], point, ctx);
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
	return ok ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

CK_RV
ecx_from_public(struct bytes object_public, EVP_PKEY **ret)
{
	const struct curve *curve;
	struct bytes value, point;
	EVP_PKEY *pkey;
	CK_RV rv = curve_of(object_public, &curve);

	if (rv != CKR_OK)
		return rv;
	if (!attrs_find(object_public, CKA_EC_POINT, &value))
		return CKR_TEMPLATE_INCOMPLETE;
	if (!ec_point_unwrap(curve, value, &point))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	rv = check_public(curve, point);
	if (rv != CKR_OK)
		return rv;
	pkey = EVP_PKEY_new_raw_public_key_ex(
		crypto_libctx(), curve->name, NULL, point.p, point.n);
	if (pkey == NULL)
		return CKR_HOST_MEMORY;
	*ret = pkey;
	return CKR_OK;
}

CK_RV
ecx_from_private(struct bytes object_public, struct bytes secret, EVP_PKEY **ret)
{
	const struct curve *curve;
	struct bytes value;
	EVP_PKEY *pkey;
	CK_RV rv = curve_of(object_public, &curve);

	if (rv != CKR_OK)
		return rv;
	if (!attrs_find(secret, CKA_VALUE, &value))
		return CKR_TEMPLATE_INCOMPLETE;
	if (value.n != curve->field)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	pkey = EVP_PKEY_new_raw_private_key_ex(
		crypto_libctx(), curve->name, NULL, value.p, value.n);
	if (pkey == NULL)
		return CKR_HOST_MEMORY;
	*ret = pkey;
	return CKR_OK;
}

CK_RV
ecx_set_secret(EVP_PKEY *pkey, struct attrs *to)
{
	CLEANUP(secret_free)
	struct secret raw = SECRET_NONE;
	size_t n = 0;

	if (EVP_PKEY_get_raw_private_key(pkey, NULL, &n) != 1)
		return CKR_FUNCTION_FAILED;
	if (secret_new(n, &raw) < 0)
		return CKR_HOST_MEMORY;
	if (EVP_PKEY_get_raw_private_key(pkey, raw.p, &n) != 1)
		return CKR_FUNCTION_FAILED;
	attrs_set(to, CKA_VALUE, secret_bytes(&raw));
	return attrs_ok(to) ? CKR_OK : CKR_HOST_MEMORY;
}
