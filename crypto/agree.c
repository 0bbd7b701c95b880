/* SPDX-License-Identifier: Apache-2.0 */
/* Elliptic curve Diffie-Hellman: PKCS#11 3.2, 6.3.16 and 6.3.17. */
#include "crypto/agree.h"

#include <openssl/ec.h>

#include "common/cleanup.h"
#include "crypto/derivation.h"
#include "crypto/pkey.h"

#define FIELD_MAX 128u /* bytes, of any curve */

/* --- How much there is --------------------------------------------------------------- */

CK_RV
ecdh_supply(const struct derivation *d, struct supply *ret)
{
	const struct curve *curve;
	struct ecdh_params p;
	CK_RV rv;

	if (!ecdh_params_read(d->params, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	rv = curve_of(d->base->attributes, &curve);
	if (rv != CKR_OK)
		return rv;
	*ret = p.digest == DIGEST_NONE ? (struct supply){ curve->field, curve->field }
				       : (struct supply){ .max = DERIVE_MAX_VALUE };
	return CKR_OK;
}

/* --- The shared secret --------------------------------------------------------------- */

/* The other side's key: on the same curve, or it is none. */
static CK_RV
peer_key(struct bytes object_public, struct bytes point, EVP_PKEY **ret)
{
	CLEANUP(attrs_free)
	struct attrs peer = ATTRS_INIT;
	struct bytes oid;
	CK_RV rv;

	if (!attrs_find(object_public, CKA_EC_PARAMS, &oid))
		return CKR_KEY_TYPE_INCONSISTENT;
	attrs_set_ulong(&peer, CKA_KEY_TYPE,
		attrs_ulong(object_public, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION));
	attrs_set(&peer, CKA_EC_PARAMS, oid);
	attrs_set(&peer, CKA_EC_POINT, point);
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
	/* checks the point once more */
	if (EVP_PKEY_derive_set_peer(ctx, peer) != 1)
		return CKR_MECHANISM_PARAM_INVALID;
	if (EVP_PKEY_derive(ctx, NULL, &n) != 1 || n == 0 || n > FIELD_MAX)
		return CKR_FUNCTION_FAILED;
	if (secret_new(n, &z) != 0)
		return CKR_HOST_MEMORY;
	/* the point at infinity: of a small subgroup */
	if (EVP_PKEY_derive(ctx, z.p, &n) != 1 || n != z.n)
		return CKR_MECHANISM_PARAM_INVALID;
	secret_free(ret);
	*ret = z;
	z = SECRET_NONE;
	return CKR_OK;
}

/* --- The KDF: X9.63, 5.6.3; SP 800-56C, 4 -------------------------------------------- */

static void
cleanup_md_ctx(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static bool
kdf_block(EVP_MD_CTX *ctx, const struct ecdh_params *p, struct bytes z, uint32_t i,
	uint8_t *ret)
{
	const uint8_t counter[4] = { (uint8_t)(i >> 24), (uint8_t)(i >> 16),
		(uint8_t)(i >> 8), (uint8_t)i };
	const struct bytes number = BYTES_OF(counter);
	const struct bytes first = p->counter_first ? number : z;
	const struct bytes second = p->counter_first ? z : number;

	return EVP_DigestInit_ex2(ctx, crypto_md(p->digest), NULL) == 1 &&
	       EVP_DigestUpdate(ctx, first.p, first.n) == 1 &&
	       EVP_DigestUpdate(ctx, second.p, second.n) == 1 &&
	       EVP_DigestUpdate(ctx, p->shared.p, p->shared.n) == 1 &&
	       EVP_DigestFinal_ex(ctx, ret, NULL) == 1;
}

CK_RV
ecdh_kdf(const struct ecdh_params *p, struct bytes z, struct secret *value)
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

/* Without a KDF the end of the shared secret: bytes are taken off in front. */
static CK_RV
take(const struct ecdh_params *p, struct bytes z, struct secret *value)
{
	if (p->digest != DIGEST_NONE)
		return ecdh_kdf(p, z, value);
	memcpy(value->p, z.p + z.n - value->n, value->n);
	return CKR_OK;
}

CK_RV
pkey_agree(const struct mech *m, const struct ecdh_params *p, EVP_PKEY *pkey,
	struct bytes object_public, size_t n, struct secret *ret)
{
	CLEANUP(cleanup_pkey)
	EVP_PKEY *peer = NULL;
	CLEANUP(secret_free)
	struct secret z = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CK_RV rv = peer_key(object_public, p->public, &peer);

	if (rv == CKR_OK)
		rv = shared_secret(m, pkey, peer, &z);
	if (rv == CKR_OK &&
		(n == 0 || n > DERIVE_MAX_VALUE || (p->digest == DIGEST_NONE && n > z.n)))
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
