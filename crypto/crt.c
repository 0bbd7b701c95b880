/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of the Chinese remainder (RFC 8017, 3.2), which follow from d, p, q. */
#include "common/cleanup.h"
#include "crypto/pkey.h"

struct crt {
	BIGNUM *d, *p, *q, *value;
	BN_CTX *ctx;
};

static void
crt_free(struct crt *c)
{
	BN_clear_free(c->d);
	BN_clear_free(c->p);
	BN_clear_free(c->q);
	BN_clear_free(c->value);
	BN_CTX_free(c->ctx);
}

static BIGNUM *
crt_number(struct bytes from)
{
	BIGNUM *bn = from.n > 4096 ? NULL : BN_secure_new();

	if (bn != NULL && BN_bin2bn(from.p, (int)from.n, bn) == NULL) {
		BN_clear_free(bn);
		return NULL;
	}
	if (bn != NULL)
		BN_set_flags(bn, BN_FLG_CONSTTIME);
	return bn;
}

/* d mod (prime - 1) */
static bool
crt_exponent(struct crt *c, const BIGNUM *prime)
{
	BIGNUM *less = BN_dup(prime);
	bool ok = less != NULL && BN_sub_word(less, 1) == 1 &&
		  BN_mod(c->value, c->d, less, c->ctx) == 1;

	BN_clear_free(less);
	return ok;
}

static bool
crt_compute(struct crt *c, uint32_t type)
{
	switch (type) {
	case CKA_EXPONENT_1:
		return crt_exponent(c, c->p);
	case CKA_EXPONENT_2:
		return crt_exponent(c, c->q);
	default:
		return BN_mod_inverse(c->value, c->q, c->p, c->ctx) != NULL;
	}
}

/* Sets the number, or checks the one that is there. */
static CK_RV
crt_settle(struct crt *c, uint32_t type, struct attrs *secret)
{
	CLEANUP(secret_free)
	struct secret raw = SECRET_NONE;
	CLEANUP(cleanup_bn)
	BIGNUM *given = NULL;
	struct bytes v;
	int n;

	if (!crt_compute(c, type) || BN_is_zero(c->value))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (attrs_find(attrs_bytes(secret), type, &v) && v.n != 0) {
		given = crt_number(v);
		return given != NULL && BN_cmp(given, c->value) == 0
			       ? CKR_OK
			       : CKR_ATTRIBUTE_VALUE_INVALID;
	}
	n = BN_num_bytes(c->value);
	if (secret_new((size_t)n, &raw) < 0 || BN_bn2binpad(c->value, raw.p, n) != n)
		return CKR_HOST_MEMORY;
	attrs_set(secret, type, secret_bytes(&raw));
	return attrs_ok(secret) ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
rsa_complete_crt(struct attrs *secret)
{
	static const uint32_t types[] = { CKA_EXPONENT_1, CKA_EXPONENT_2,
		CKA_COEFFICIENT };
	CLEANUP(crt_free)
	struct crt c = { 0 };
	struct bytes d, p, q;
	CK_RV rv = CKR_OK;

	/* without primes the private exponent alone has to do */
	if (!attrs_find(attrs_bytes(secret), CKA_PRIVATE_EXPONENT, &d) ||
		!attrs_find(attrs_bytes(secret), CKA_PRIME_1, &p) || p.n == 0 ||
		!attrs_find(attrs_bytes(secret), CKA_PRIME_2, &q) || q.n == 0)
		return CKR_OK;
	c = (struct crt){ crt_number(d), crt_number(p), crt_number(q), BN_secure_new(),
		BN_CTX_secure_new() };
	if (c.d == NULL || c.p == NULL || c.q == NULL || c.value == NULL || c.ctx == NULL)
		return CKR_HOST_MEMORY;
	if (!BN_is_odd(c.p) || BN_is_one(c.p) || !BN_is_odd(c.q) || BN_is_one(c.q))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	for (size_t i = 0; rv == CKR_OK && i < ARRAY_LEN(types); i++)
		rv = crt_settle(&c, types[i], secret);
	return rv;
}
