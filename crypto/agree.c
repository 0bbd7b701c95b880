/* SPDX-License-Identifier: Apache-2.0 */
/* Diffie-Hellman, on curves (PKCS#11 3.2, 6.3.16 and 6.3.17) and modulo primes (6.4). */
#include "crypto/agree.h"

#include <openssl/dh.h>
#include <openssl/ec.h>

#include "common/cleanup.h"
#include "crypto/derivation.h"
#include "crypto/ffc.h"

#define SECRET_MAX (FFC_DH_MAX_BITS / 8u) /* bytes */

/* --- How much there is --------------------------------------------------------------- */

/* Of the shared secret: as long as a coordinate, or the prime. */
static CK_RV
secret_size(const struct mech *m, struct bytes object_public, size_t *ret)
{
	const struct curve *curve = NULL;
	CK_RV rv;

	if (m->algorithm == ALG_DH) {
		*ret = ffc_prime_bytes(object_public);
		return CKR_OK;
	}
	rv = curve_of(object_public, &curve);
	if (rv == CKR_OK)
		*ret = curve->field;
	return rv;
}

CK_RV
agree_supply(const struct derivation *d, struct supply *ret)
{
	struct agree_params p;
	size_t n = 0;
	CK_RV rv;

	if (!agree_params_read(d->mech, d->params, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	rv = secret_size(d->mech, d->base->attributes, &n);
	if (rv != CKR_OK)
		return rv;
	*ret = p.digest == DIGEST_NONE ? (struct supply){ n, n }
				       : (struct supply){ .max = DERIVE_MAX_VALUE };
	return CKR_OK;
}

CK_RV
agree_check_size(const struct mech *m, struct bytes object_public)
{
	const size_t bits = ffc_prime_bits(object_public);

	return m->algorithm != ALG_DH || (bits >= m->min_key && bits <= m->max_key)
		       ? CKR_OK
		       : CKR_KEY_SIZE_RANGE;
}

/* --- The shared secret --------------------------------------------------------------- */

/* The other side's key: on the same curve, or of the same domain, or it is none. */
static CK_RV
peer_key(const struct mech *m, struct bytes object_public, struct bytes public,
	EVP_PKEY **ret)
{
	static const uint32_t shared[] = { CKA_KEY_TYPE, CKA_EC_PARAMS, CKA_PRIME,
		CKA_SUBPRIME, CKA_BASE };
	CLEANUP(attrs_free)
	struct attrs peer = ATTRS_INIT;
	struct bytes v;
	CK_RV rv;

	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		if (attrs_find(object_public, shared[i], &v))
			attrs_set(&peer, shared[i], v);
	attrs_set(&peer, m->algorithm == ALG_DH ? CKA_VALUE : CKA_EC_POINT, public);
	if (!attrs_ok(&peer))
		return CKR_HOST_MEMORY;
	rv = pkey_from_public(attrs_bytes(&peer), ret);
	return rv == CKR_ATTRIBUTE_VALUE_INVALID ? CKR_MECHANISM_PARAM_INVALID : rv;
}

static CK_RV
shared_secret(const struct mech *m, EVP_PKEY *pkey, EVP_PKEY *peer, struct secret *ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	CLEANUP(secret_free)
	struct secret z = SECRET_NONE;
	size_t n = 0;

	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (m->algorithm == ALG_ECDH1_COFACTOR && EVP_PKEY_is_a(pkey, "EC") == 1 &&
		EVP_PKEY_CTX_set_ecdh_cofactor_mode(ctx, 1) != 1)
		return CKR_FUNCTION_FAILED;
	/* as long as the prime: zeroes in front belong to it */
	if (m->algorithm == ALG_DH && EVP_PKEY_CTX_set_dh_pad(ctx, 1) != 1)
		return CKR_FUNCTION_FAILED;
	/* checks the point once more */
	if (EVP_PKEY_derive_set_peer(ctx, peer) != 1)
		return CKR_MECHANISM_PARAM_INVALID;
	if (EVP_PKEY_derive(ctx, NULL, &n) != 1 || n == 0 || n > SECRET_MAX)
		return CKR_FUNCTION_FAILED;
	if (secret_new(n, &z) != 0)
		return CKR_HOST_MEMORY;
	/* the point at infinity, or one: of a small subgroup */
	if (EVP_PKEY_derive(ctx, z.p, &n) != 1 || n != z.n)
		return CKR_MECHANISM_PARAM_INVALID;
	secret_free(ret);
	*ret = z;
	z = SECRET_NONE;
	return CKR_OK;
}

/* --- The KDF ------------------------------------------------------------------------- */

static void
cleanup_md_ctx(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static bool
kdf_block(EVP_MD_CTX *ctx, const struct agree_params *p, struct bytes z, uint32_t i,
	uint8_t *ret)
{
	const uint8_t counter[4] = { (uint8_t)(i >> 24), (uint8_t)(i >> 16),
		(uint8_t)(i >> 8), (uint8_t)i };
	const struct bytes number = BYTES_OF(counter), shared = p->shared;
	const bool within = p->counter == COUNTER_WITHIN;
	const size_t before = p->counter_at, after = before + sizeof counter;
	const struct bytes orders[][4] = {
		[COUNTER_FIRST] = { number, z, shared },
		[COUNTER_SECOND] = { z, number, shared },
		[COUNTER_WITHIN] = { z, BYTES(shared.p, before), number,
			within ? BYTES(shared.p + after, shared.n - after) : BYTES_NONE },
	};
	bool ok = EVP_DigestInit_ex2(ctx, crypto_md(p->digest), NULL) == 1;

	for (size_t k = 0; ok && k < ARRAY_LEN(orders[0]); k++)
		ok = EVP_DigestUpdate(
			     ctx, orders[p->counter][k].p, orders[p->counter][k].n) == 1;
	return ok && EVP_DigestFinal_ex(ctx, ret, NULL) == 1;
}

CK_RV
agree_kdf(const struct agree_params *p, struct bytes z, struct secret *value)
{
	const size_t size = digests[p->digest].size;
	CLEANUP(cleanup_md_ctx)
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t block[EVP_MAX_MD_SIZE];
	CK_RV rv = CKR_OK;

	if (ctx == NULL || crypto_md(p->digest) == NULL)
		return CKR_HOST_MEMORY;
	for (size_t at = 0; rv == CKR_OK && at < value->n; at += size) {
		const size_t left = value->n - at;

		if (!kdf_block(ctx, p, z, (uint32_t)(at / size + 1), block))
			rv = CKR_FUNCTION_FAILED;
		else
			memcpy(value->p + at, block, left < size ? left : size);
	}
	wipe(block, sizeof block);
	return rv;
}

/* Of n bytes, whatever the shared secret is: each block hashes that and the shared data again. */
static bool
is_too_much(const struct agree_params *p, size_t n)
{
	if (n == 0 || n > DERIVE_MAX_VALUE)
		return true;
	return p->digest != DIGEST_NONE &&
	       (n / digests[p->digest].size + 1) * (uint64_t)(p->shared.n + SECRET_MAX) >
		       DERIVE_MAX_WORK;
}

/* Without a KDF the end of the shared secret: bytes are taken off in front. */
static CK_RV
take(const struct agree_params *p, struct bytes z, struct secret *value)
{
	if (p->digest != DIGEST_NONE)
		return agree_kdf(p, z, value);
	memcpy(value->p, z.p + z.n - value->n, value->n);
	return CKR_OK;
}

CK_RV
pkey_agree(const struct mech *m, const struct agree_params *p, EVP_PKEY *pkey,
	struct bytes object_public, size_t n, struct secret *ret)
{
	CLEANUP(cleanup_pkey)
	EVP_PKEY *peer = NULL;
	CLEANUP(secret_free)
	struct secret z = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CK_RV rv = agree_check_size(m, object_public);

	if (rv == CKR_OK)
		rv = peer_key(m, object_public, p->public, &peer);
	if (rv == CKR_OK && is_too_much(p, n))
		rv = CKR_KEY_SIZE_RANGE;
	if (rv == CKR_OK)
		rv = shared_secret(m, pkey, peer, &z);
	if (rv == CKR_OK && p->digest == DIGEST_NONE && n > z.n)
		rv = CKR_KEY_SIZE_RANGE;
	if (rv == CKR_OK && secret_new(n, &value) != 0)
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = take(p, secret_bytes(&z), &value);
	if (rv != CKR_OK)
		return rv;
	secret_free(ret);
	*ret = value;
	value = SECRET_NONE;
	return CKR_OK;
}
