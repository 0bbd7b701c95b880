/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/crypto/seal.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <string.h>
#include <sys/random.h>

#include "common/cleanup.h"
#include "crypto/crypto.h"

#define VERSION 1u
#define NONCE 12u
#define TAG 16u
#define SALT 32u

static void
cipher_ctx_free(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static void
cipher_free(EVP_CIPHER **cipher)
{
	EVP_CIPHER_free(*cipher);
}

/* A context with key, nonce and associated data in. */
static EVP_CIPHER_CTX *
gcm_start(struct bytes key, const uint8_t *nonce, struct bytes aad, int encrypt)
{
	CLEANUP(cipher_free)
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(crypto_libctx(), "AES-256-GCM", NULL);
	CLEANUP(cipher_ctx_free)
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	static const uint8_t version = VERSION;
	int n;

	if (cipher == NULL || ctx == NULL)
		return NULL;
	if (EVP_CipherInit_ex2(ctx, cipher, key.p, nonce, encrypt, NULL) != 1 ||
		EVP_CipherUpdate(ctx, NULL, &n, &version, 1) != 1)
		return NULL;
	if (aad.n != 0 && EVP_CipherUpdate(ctx, NULL, &n, aad.p, (int)aad.n) != 1)
		return NULL;
	return TAKE_PTR(ctx);
}

int
seal(struct bytes key, struct bytes aad, struct bytes plain, struct buf *to)
{
	CLEANUP(cipher_ctx_free)
	EVP_CIPHER_CTX *ctx = NULL;
	uint8_t *out;
	int n = 0, last = 0;

	if (key.n != SEAL_KEY || aad.n > INT32_MAX || plain.n > INT32_MAX - SEAL_OVERHEAD)
		return -EINVAL;
	out = buf_reserve(to, SEAL_OVERHEAD + plain.n);
	if (out == NULL)
		return -ENOMEM;
	out[0] = VERSION;
	if (getrandom(out + 1, NONCE, 0) != NONCE)
		return -EIO;
	ctx = gcm_start(key, out + 1, aad, 1);
	if (ctx == NULL)
		return -ENOMEM;
	if (plain.n != 0 &&
		EVP_CipherUpdate(ctx, out + 1 + NONCE, &n, plain.p, (int)plain.n) != 1)
		return -ENOMEM;
	if (EVP_CipherFinal_ex(ctx, out + 1 + NONCE + n, &last) != 1 ||
		EVP_CIPHER_CTX_ctrl(
			ctx, EVP_CTRL_AEAD_GET_TAG, TAG, out + 1 + NONCE + plain.n) != 1)
		return -ENOMEM;
	to->n += SEAL_OVERHEAD + plain.n;
	return 0;
}

int
unseal(struct bytes key, struct bytes aad, struct bytes sealed, struct secret *ret)
{
	CLEANUP(cipher_ctx_free)
	EVP_CIPHER_CTX *ctx = NULL;
	CLEANUP(secret_free)
	struct secret plain = SECRET_NONE;
	uint8_t tag[TAG];
	int n = 0, last = 0, r;

	if (key.n != SEAL_KEY || aad.n > INT32_MAX)
		return -EINVAL;
	if (sealed.n < SEAL_OVERHEAD || sealed.n > INT32_MAX || sealed.p[0] != VERSION)
		return -EBADMSG;
	r = secret_new(sealed.n - SEAL_OVERHEAD, &plain);
	if (r < 0)
		return r;
	ctx = gcm_start(key, sealed.p + 1, aad, 0);
	if (ctx == NULL)
		return -ENOMEM;
	if (plain.n != 0 && EVP_CipherUpdate(ctx, plain.p, &n, sealed.p + 1 + NONCE,
				    (int)plain.n) != 1)
		return -ENOMEM;
	memcpy(tag, sealed.p + sealed.n - TAG, TAG);
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) != 1 ||
		EVP_CipherFinal_ex(ctx, tag, &last) != 1)
		return -EBADMSG;
	*ret = plain;
	plain = SECRET_NONE;
	return 0;
}

static void
kdf_free(EVP_KDF **kdf)
{
	EVP_KDF_free(*kdf);
}

static void
kdf_ctx_free(EVP_KDF_CTX **ctx)
{
	EVP_KDF_CTX_free(*ctx);
}

/* HKDF-SHA-256(master key, salt, purpose). */
static int
derive(const struct master_key *mk, const char *purpose, const uint8_t *salt,
	struct secret *ret)
{
	CLEANUP(kdf_free)
	EVP_KDF *kdf = EVP_KDF_fetch(crypto_libctx(), "HKDF", NULL);
	CLEANUP(kdf_ctx_free)
	EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 6),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, mk->key.p, mk->key.n),
		OSSL_PARAM_octet_string(
			OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt, SALT),
		OSSL_PARAM_octet_string(
			OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)purpose, strlen(purpose)),
		OSSL_PARAM_END,
	};
	int r;

	/* no key would be the key of zero bytes */
	if (mk->key.n != SEAL_KEY)
		return -EINVAL;
	if (ctx == NULL)
		return -ENOMEM;
	r = secret_new(SEAL_KEY, &key);
	if (r < 0)
		return r;
	if (EVP_KDF_derive(ctx, key.p, key.n, params) != 1)
		return -ENOMEM;
	*ret = key;
	key = SECRET_NONE;
	return 0;
}

int
master_seal(const struct master_key *mk, const char *purpose, struct bytes aad,
	struct bytes plain, struct buf *to)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	size_t start = to->n;
	uint8_t *salt = buf_reserve(to, SALT);
	int r;

	if (salt == NULL)
		return -ENOMEM;
	if (getrandom(salt, SALT, 0) != SALT)
		return -EIO;
	r = derive(mk, purpose, salt, &key);
	if (r < 0)
		return r;
	to->n += SALT;
	r = seal(secret_bytes(&key), aad, plain, to);
	if (r < 0)
		to->n = start;
	return r;
}

int
master_unseal(const struct master_key *mk, const char *purpose, struct bytes aad,
	struct bytes sealed, struct secret *ret)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	int r;

	if (sealed.n < SEAL_BLOB_OVERHEAD)
		return -EBADMSG;
	r = derive(mk, purpose, sealed.p, &key);
	if (r < 0)
		return r;
	return unseal(
		secret_bytes(&key), aad, BYTES(sealed.p + SALT, sealed.n - SALT), ret);
}
