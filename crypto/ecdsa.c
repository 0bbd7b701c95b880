/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA, and DSA, whose signatures have the same form: r and s side by side here, DER in
 * OpenSSL. */
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/params.h>

#include "common/cleanup.h"
#include "crypto/errors.h"
#include "crypto/pkey.h"

static void
cleanup_sig(ECDSA_SIG **sig)
{
	ECDSA_SIG_free(*sig);
}

static CK_RV
ecdsa_from_der(struct bytes der, size_t size, struct outbuf *out)
{
	const uint8_t *p = der.p;
	CLEANUP(cleanup_sig)
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der.n);
	int half = (int)(size / 2);

	if (sig == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(sig), out->p, half) != half ||
		BN_bn2binpad(ECDSA_SIG_get0_s(sig), out->p + half, half) != half)
		return CKR_FUNCTION_FAILED;
	out->n = size;
	return CKR_OK;
}

/* The DER form, to be freed with OPENSSL_free; negative when memory fails. */
static int
ecdsa_to_der(struct bytes raw, uint8_t **ret)
{
	CLEANUP(cleanup_sig)
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int half = (int)(raw.n / 2);
	BIGNUM *r = BN_bin2bn(raw.p, half, NULL),
	       *s = BN_bin2bn(raw.p + half, half, NULL);

	if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return -1;
	}
	return i2d_ECDSA_SIG(sig, ret);
}

/* RFC 6979, 3.2: with the HMAC of what hashed the message; of a digest that comes as it is, with
 * what makes digests of that length. */
static bool
set_deterministic(EVP_PKEY_CTX *ctx, enum digest hash, size_t n)
{
	static const enum digest usual[] = { DIGEST_SHA1, DIGEST_SHA224, DIGEST_SHA256,
		DIGEST_SHA384, DIGEST_SHA512 };
	unsigned type = 1;
	OSSL_PARAM params[] = { OSSL_PARAM_construct_uint(
					OSSL_SIGNATURE_PARAM_NONCE_TYPE, &type),
		OSSL_PARAM_construct_end() };

	for (size_t i = 0; hash == DIGEST_NONE && i < ARRAY_LEN(usual); i++)
		if (digests[usual[i]].size == n)
			hash = usual[i];
	if (hash == DIGEST_NONE)
		return true;
	return EVP_PKEY_CTX_set_signature_md(ctx, crypto_md(hash)) == 1 &&
	       EVP_PKEY_CTX_set_params(ctx, params) == 1;
}

CK_RV
ecdsa_sign(EVP_PKEY_CTX *ctx, const struct ecdsa_how *how, struct bytes in,
	struct outbuf *out)
{
	uint8_t der[160];
	size_t n = sizeof der;

	if (how->deterministic && !set_deterministic(ctx, how->hash, in.n))
		return CKR_FUNCTION_FAILED;
	if (EVP_PKEY_sign(ctx, der, &n, in.p, in.n) != 1)
		return CKR_FUNCTION_FAILED;
	return ecdsa_from_der(BYTES(der, n), how->size, out);
}

CK_RV
ecdsa_verify(EVP_PKEY_CTX *ctx, struct bytes in, struct bytes signature)
{
	uint8_t *der = NULL;
	int n = ecdsa_to_der(signature, &der), r;

	if (n < 0)
		return CKR_HOST_MEMORY;
	errors_begin();
	r = EVP_PKEY_verify(ctx, der, (size_t)n, in.p, in.n);
	OPENSSL_free(der);
	return errors_end_rv(r == 1 ? CKR_OK : CKR_SIGNATURE_INVALID);
}
