/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/core_names.h>

#include "common/cleanup.h"
#include "crypto/agree.h"
#include "crypto/pkey.h"
#include "crypto/wrap.h"

#define PKCS1_OVERHEAD 11u /* RFC 8017, 7.2.1 */
#define HASH 32u

/* --- What stands in for a key of the wrong length ------------------------------------- */

/* Of the private exponent alone: only its owner can compute what is made with it. */
static CK_RV
rejection_key(EVP_PKEY *pkey, uint8_t ret[HASH])
{
	CLEANUP(cleanup_bn)
	BIGNUM *d = NULL;
	CLEANUP(secret_free)
	struct secret raw = SECRET_NONE;
	const int n = EVP_PKEY_get_size(pkey);

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_D, &d) != 1)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (secret_new((size_t)n, &raw) != 0)
		return CKR_HOST_MEMORY;
	if (BN_bn2binpad(d, raw.p, n) != n)
		return CKR_FUNCTION_FAILED;
	return crypto_hash(DIGEST_SHA256, secret_bytes(&raw), ret);
}

/* The same block gives the same bytes: HMAC-SHA256 of a counter, the length, the block. */
static CK_RV
rejection_fill(const uint8_t key[HASH], struct bytes wrapped, struct secret *value)
{
	static const struct mech_params none;
	CLEANUP(buf_free)
	struct buf in = BUF_INIT;
	uint8_t mac[HASH];
	CK_RV rv = CKR_OK;

	for (size_t at = 0; rv == CKR_OK && at < value->n; at += HASH) {
		const size_t left = value->n - at;
		struct outbuf out = { mac, sizeof mac, 0 };
		struct op *op = NULL;

		in.n = 0;
		buf_put(&in, "unwrap", 6);
		buf_put_u32(&in, (uint32_t)at);
		buf_put_u32(&in, (uint32_t)value->n);
		buf_put_bytes(&in, wrapped);
		rv = buf_ok(&in) ? op_secret_new(OP_SIGN, mech_lookup(CKM_SHA256_HMAC),
					   &none, BYTES(key, HASH), &op)
				 : CKR_HOST_MEMORY;
		if (rv == CKR_OK)
			rv = op->vtable->once(op, buf_bytes(&in), BYTES_NONE, &out);
		op_free(&op);
		if (rv == CKR_OK)
			memcpy(value->p + at, mac, left < HASH ? left : HASH);
	}
	wipe(mac, sizeof mac);
	return rv;
}

/* All ones where a is b, else zero; no branch. */
static uint8_t
equal_mask(size_t a, size_t b)
{
	const uint32_t x = (uint32_t)(a ^ b);

	return (uint8_t)(((x | (0u - x)) >> 31) - 1u);
}

/* The n bytes that plain begins with, if it has as many; what stands in for them else. */
static CK_RV
take_exactly(EVP_PKEY *pkey, struct bytes wrapped, const struct secret *plain,
	size_t plain_n, struct secret *value)
{
	const uint8_t right = equal_mask(plain_n, value->n);
	uint8_t key[HASH];
	CK_RV rv = rejection_key(pkey, key);

	if (rv == CKR_OK)
		rv = rejection_fill(key, wrapped, value);
	for (size_t i = 0; rv == CKR_OK && i < value->n; i++)
		value->p[i] = (uint8_t)((plain->p[i] & right) |
					(value->p[i] & (uint8_t)~right));
	wipe(key, sizeof key);
	return rv;
}

/* --- Unwrap ---------------------------------------------------------------------------- */

static CK_RV
unwrap_error(CK_RV rv)
{
	switch (rv) {
	case CKR_ENCRYPTED_DATA_LEN_RANGE:
		return CKR_WRAPPED_KEY_LEN_RANGE;
	case CKR_ENCRYPTED_DATA_INVALID:
		return CKR_WRAPPED_KEY_INVALID;
	case CKR_KEY_TYPE_INCONSISTENT:
		return CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT;
	default:
		return rv;
	}
}

/* PKCS#11 3.2, 6.1.15: as long a key as the parameter says, and what KWP made with it. */
static CK_RV
decrypt_rsa_aes(const struct mech_params *p, EVP_PKEY *pkey, struct bytes wrapped,
	struct outbuf *out)
{
	static const struct mech_params none;
	const size_t size = (size_t)EVP_PKEY_get_size(pkey);
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	struct outbuf aes;
	struct op *op = NULL;
	CK_RV rv;

	if (wrapped.n <= size)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	if (secret_new(size, &key) != 0)
		return CKR_HOST_MEMORY;
	aes = (struct outbuf){ key.p, key.n, 0 };
	rv = pkey_private(OP_DECRYPT, mech_lookup(CKM_RSA_PKCS_OAEP), p, pkey,
		BYTES(wrapped.p, size), &aes);
	if (rv == CKR_OK && aes.n != p->key_bits / 8u)
		rv = CKR_ENCRYPTED_DATA_INVALID;
	if (rv == CKR_OK)
		rv = op_secret_new(OP_DECRYPT, mech_lookup(CKM_AES_KEY_WRAP_KWP), &none,
			BYTES(key.p, aes.n), &op);
	if (rv == CKR_OK)
		rv = op->vtable->once(
			op, BYTES(wrapped.p + size, wrapped.n - size), BYTES_NONE, out);
	op_free(&op);
	return rv;
}

CK_RV
pkey_unwrap(const struct mech *m, const struct mech_params *p, EVP_PKEY *pkey,
	struct bytes wrapped, size_t n, struct secret *ret)
{
	const size_t size = (size_t)EVP_PKEY_get_size(pkey);
	const bool exactly = m->algorithm == ALG_RSA_PKCS && n != 0;
	CLEANUP(secret_free)
	struct secret plain = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	struct outbuf out;
	CK_RV rv;

	if ((exactly && n > size - PKCS1_OVERHEAD) || wrapped.n > WRAP_MAX_WRAPPED)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	if (secret_new(wrapped.n > size ? wrapped.n : size, &plain) != 0)
		return CKR_HOST_MEMORY;
	out = (struct outbuf){ plain.p, plain.n, 0 };
	rv = unwrap_error(m->algorithm == ALG_RSA_AES
				  ? decrypt_rsa_aes(p, pkey, wrapped, &out)
				  : pkey_private(OP_DECRYPT, m, p, pkey, wrapped, &out));
	if (rv == CKR_OK && !exactly && (out.n == 0 || (n != 0 && out.n != n)))
		rv = CKR_WRAPPED_KEY_LEN_RANGE;
	if (rv == CKR_OK && secret_new(exactly ? n : out.n, &value) != 0)
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK && exactly)
		rv = take_exactly(pkey, wrapped, &plain, out.n, &value);
	if (rv != CKR_OK)
		return rv;
	if (!exactly)
		memcpy(value.p, plain.p, value.n);
	secret_free(ret);
	*ret = value;
	value = SECRET_NONE;
	return CKR_OK;
}
