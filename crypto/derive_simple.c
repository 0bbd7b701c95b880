/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes put together, taken apart, or hashed: PKCS#11 3.2, 6.43, and hash key derivation. */
#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "crypto/derivation.h"
#include "crypto/library.h"

#define MAX_DIGEST 64u

static CK_RV
supply_all(size_t n, struct supply *ret)
{
	*ret = (struct supply){ n, n };
	return CKR_OK;
}

/* The beginning of a followed by b. */
static CK_RV
take_both(struct bytes a, struct bytes b, struct secret *value)
{
	size_t n = a.n < value->n ? a.n : value->n;

	if (n != 0)
		memcpy(value->p, a.p, n);
	if (n < value->n)
		memcpy(value->p + n, b.p, value->n - n);
	return CKR_OK;
}

CK_RV
concatenate_key_supply(const struct derivation *d, struct supply *ret)
{
	return supply_all(d->base->value.n + d->other->value.n, ret);
}

CK_RV
concatenate_key_make(const struct derivation *d, struct secret *value)
{
	return take_both(d->base->value, d->other->value, value);
}

CK_RV
concatenate_data_supply(const struct derivation *d, struct supply *ret)
{
	return supply_all(d->base->value.n + d->params.n, ret);
}

CK_RV
concatenate_data_make(const struct derivation *d, struct secret *value)
{
	return take_both(d->base->value, d->params, value);
}

CK_RV
prepend_data_make(const struct derivation *d, struct secret *value)
{
	return take_both(d->params, d->base->value, value);
}

CK_RV
xor_data_supply(const struct derivation *d, struct supply *ret)
{
	const size_t n = d->base->value.n;

	return supply_all(n < d->params.n ? n : d->params.n, ret);
}

CK_RV
xor_data_make(const struct derivation *d, struct secret *value)
{
	for (size_t i = 0; i < value->n; i++)
		value->p[i] = d->base->value.p[i] ^ d->params.p[i];
	return CKR_OK;
}

/* No more than the key has, though it may wrap around its end. */
CK_RV
extract_bits_supply(const struct derivation *d, struct supply *ret)
{
	if (load_le64(d->params.p) >= 8 * (uint64_t)d->base->value.n)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret = (struct supply){ .max = d->base->value.n };
	return CKR_OK;
}

/* Bit 0 is the first byte's highest. */
CK_RV
extract_bits_make(const struct derivation *d, struct secret *value)
{
	const struct bytes key = d->base->value;
	const uint64_t position = load_le64(d->params.p);
	const size_t first = position / 8;
	const unsigned shift = position % 8;

	for (size_t i = 0; i < value->n; i++) {
		unsigned high = key.p[(first + i) % key.n];
		unsigned low = key.p[(first + i + 1) % key.n];

		value->p[i] = (uint8_t)((high << 8 | low) >> (8 - shift));
	}
	return CKR_OK;
}

CK_RV
hash_key_supply(const struct derivation *d, struct supply *ret)
{
	return supply_all(digests[d->mech->digest].size, ret);
}

CK_RV
hash_key_make(const struct derivation *d, struct secret *value)
{
	uint8_t hash[MAX_DIGEST];
	CK_RV rv = crypto_hash(d->mech->digest, d->base->value, hash);

	if (rv == CKR_OK)
		memcpy(value->p, hash, value->n);
	wipe(hash, sizeof hash);
	return rv;
}

/* 6.32.2: as many bytes as one likes, but one has to say how many. */
CK_RV
shake_key_supply(const struct derivation *d, struct supply *ret)
{
	*ret = (struct supply){ .max = DERIVE_MAX_VALUE };
	return CKR_OK;
}

static void
cleanup_md_ctx(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

CK_RV
shake_key_make(const struct derivation *d, struct secret *value)
{
	const struct crypto_library *l = crypto_library();
	CLEANUP(cleanup_md_ctx)
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md;

	if (l == NULL || ctx == NULL)
		return CKR_HOST_MEMORY;
	md = d->mech->algorithm == ALG_SHAKE128_KEY ? l->md[DIGEST_SHAKE128]
						    : l->md[DIGEST_SHAKE256];
	if (md == NULL)
		return CKR_MECHANISM_INVALID;
	return EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
			       EVP_DigestUpdate(
				       ctx, d->base->value.p, d->base->value.n) == 1 &&
			       EVP_DigestFinalXOF(ctx, value->p, value->n) == 1
		       ? CKR_OK
		       : CKR_FUNCTION_FAILED;
}
