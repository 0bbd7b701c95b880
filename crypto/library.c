/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/library.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

#include "crypto/crypto.h"
#include "crypto/errors.h"

static _Atomic(struct crypto_library *) library;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
/* A forked child: what its thread has of OpenSSL was the parent's, and freeing anything that a
 * thread has takes a lock of OpenSSL's, which another thread may have had at that moment. */
static bool inherited;

static void
library_free(struct crypto_library *l)
{
	if (l == NULL)
		return;
	for (size_t d = 0; d < DIGEST_COUNT; d++)
		EVP_MD_free(l->md[d]);
	for (size_t i = 0; i < CRYPTO_CIPHERS; i++)
		EVP_CIPHER_free(l->ciphers[i].evp);
	EVP_MAC_free(l->hmac);
	EVP_MAC_free(l->cmac);
	EVP_MAC_free(l->gmac);
	EVP_MAC_free(l->poly1305);
	EVP_MAC_free(l->kmac128);
	EVP_MAC_free(l->kmac256);
	EVP_KDF_free(l->hkdf);
	EVP_KDF_free(l->pbkdf2);
	EVP_KDF_free(l->tls_prf);
	/* the context keeps what is loaded, but not its handle */
	if (l->own != NULL)
		(void)OSSL_PROVIDER_unload(l->own);
	OSSL_LIB_CTX_free(l->ctx);
	free(l);
}

static const struct cipher_name {
	const char *name;
	enum cipher cipher;
	enum algorithm algorithm;
	size_t key_bytes;
} names[] = {
	{ "AES-128-ECB", CIPHER_AES, ALG_ECB, 16 },
	{ "AES-192-ECB", CIPHER_AES, ALG_ECB, 24 },
	{ "AES-256-ECB", CIPHER_AES, ALG_ECB, 32 },
	{ "AES-128-CBC", CIPHER_AES, ALG_CBC, 16 },
	{ "AES-192-CBC", CIPHER_AES, ALG_CBC, 24 },
	{ "AES-256-CBC", CIPHER_AES, ALG_CBC, 32 },
	{ "AES-128-CTR", CIPHER_AES, ALG_CTR, 16 },
	{ "AES-192-CTR", CIPHER_AES, ALG_CTR, 24 },
	{ "AES-256-CTR", CIPHER_AES, ALG_CTR, 32 },
	{ "AES-128-OFB", CIPHER_AES, ALG_OFB, 16 },
	{ "AES-192-OFB", CIPHER_AES, ALG_OFB, 24 },
	{ "AES-256-OFB", CIPHER_AES, ALG_OFB, 32 },
	{ "AES-128-CFB8", CIPHER_AES, ALG_CFB8, 16 },
	{ "AES-192-CFB8", CIPHER_AES, ALG_CFB8, 24 },
	{ "AES-256-CFB8", CIPHER_AES, ALG_CFB8, 32 },
	{ "AES-128-CFB", CIPHER_AES, ALG_CFB128, 16 },
	{ "AES-192-CFB", CIPHER_AES, ALG_CFB128, 24 },
	{ "AES-256-CFB", CIPHER_AES, ALG_CFB128, 32 },
	{ "AES-128-GCM", CIPHER_AES, ALG_GCM, 16 },
	{ "AES-192-GCM", CIPHER_AES, ALG_GCM, 24 },
	{ "AES-256-GCM", CIPHER_AES, ALG_GCM, 32 },
	{ "AES-128-XTS", CIPHER_AES, ALG_XTS, 32 },
	{ "AES-256-XTS", CIPHER_AES, ALG_XTS, 64 },
	{ "DES-EDE3-ECB", CIPHER_DES3, ALG_ECB, 24 },
	{ "DES-EDE3-CBC", CIPHER_DES3, ALG_CBC, 24 },
	{ "ChaCha20", CIPHER_CHACHA20, ALG_CHACHA20, 32 },
	{ "ChaCha20-Poly1305", CIPHER_CHACHA20, ALG_CHACHA20_POLY1305, 32 },
};

_Static_assert(ARRAY_LEN(names) == CRYPTO_CIPHERS, "one place for each");

/* What the library lacks stays NULL and is refused when asked for. */
static void
fetch_ciphers(struct crypto_library *l)
{
	for (size_t i = 0; i < CRYPTO_CIPHERS; i++)
		l->ciphers[i] = (struct crypto_cipher){ EVP_CIPHER_fetch(l->ctx,
								names[i].name, NULL),
			names[i].cipher, names[i].algorithm, names[i].key_bytes };
}

static struct crypto_library *
library_new(void)
{
	struct crypto_library *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	/* Before anything else of OpenSSL: no atexit handler (an application's
	 * exit handlers may call us later), no configuration file. */
	if (OPENSSL_init_crypto(
		    OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		goto fail;
	l->ctx = OSSL_LIB_CTX_new();
	if (l->ctx == NULL)
		goto fail;
	fetch_ciphers(l);
	for (size_t d = DIGEST_NONE + 1; d < DIGEST_COUNT; d++)
		l->md[d] = EVP_MD_fetch(l->ctx,
			digests[d].sized_from != NULL ? digests[d].sized_from
						      : digests[d].name,
			NULL);
	l->hmac = EVP_MAC_fetch(l->ctx, "HMAC", NULL);
	l->cmac = EVP_MAC_fetch(l->ctx, "CMAC", NULL);
	l->gmac = EVP_MAC_fetch(l->ctx, "GMAC", NULL);
	l->poly1305 = EVP_MAC_fetch(l->ctx, "POLY1305", NULL);
	l->kmac128 = EVP_MAC_fetch(l->ctx, "KMAC-128", NULL);
	l->kmac256 = EVP_MAC_fetch(l->ctx, "KMAC-256", NULL);
	l->hkdf = EVP_KDF_fetch(l->ctx, "HKDF", NULL);
	l->pbkdf2 = EVP_KDF_fetch(l->ctx, "PBKDF2", NULL);
	l->tls_prf = EVP_KDF_fetch(l->ctx, "TLS1-PRF", NULL);
	if (l->hmac == NULL || l->ciphers[0].evp == NULL)
		goto fail;
	return l;
fail:
	library_free(l);
	return NULL;
}

const struct crypto_library *
crypto_library(void)
{
	struct crypto_library *l = atomic_load_explicit(&library, memory_order_acquire);

	if (l != NULL)
		return l;
	(void)pthread_mutex_lock(&making);
	l = atomic_load_explicit(&library, memory_order_relaxed);
	if (l == NULL) {
		l = library_new();
		atomic_store_explicit(&library, l, memory_order_release);
	}
	(void)pthread_mutex_unlock(&making);
	return l;
}

OSSL_LIB_CTX *
crypto_libctx(void)
{
	const struct crypto_library *l = crypto_library();

	return l == NULL ? NULL : l->ctx;
}

const EVP_MD *
crypto_md(enum digest digest)
{
	const struct crypto_library *l = crypto_library();

	/* by itself it would be another digest */
	if (l == NULL || digest >= DIGEST_COUNT || digests[digest].sized_from != NULL)
		return NULL;
	return l->md[digest];
}

bool
crypto_provide(const char *name, OSSL_provider_init_fn *init)
{
	struct crypto_library *l;
	OSSL_PROVIDER *loaded, *none = NULL;

	if (crypto_library() == NULL)
		return false;
	l = atomic_load_explicit(&library, memory_order_acquire);
	if (atomic_load_explicit(&l->own, memory_order_acquire) != NULL)
		return true;
	/* 1: what is there by default stays */
	if (OSSL_PROVIDER_add_builtin(l->ctx, name, init) != 1 ||
		(loaded = OSSL_PROVIDER_try_load(l->ctx, name, 1)) == NULL)
		return false;
	/* threads that come first together all do it, and OpenSSL counts them */
	if (!atomic_compare_exchange_strong(&l->own, &none, loaded))
		(void)OSSL_PROVIDER_unload(loaded);
	return true;
}

void
crypto_cleanup(void)
{
	if (inherited)
		return;
	library_free(atomic_exchange(&library, NULL));
	/* The calling thread's error queue and random generator; but not what an
	 * application that shares the library has in that queue. */
	if (ERR_peek_error() == 0)
		OPENSSL_thread_stop();
}

void
crypto_before_fork(void)
{
	/* the first use of OpenSSL in a thread takes that lock too */
	errors_begin();
	errors_end();
}

void
crypto_forget(void)
{
	/* Another thread of the parent may have held it. */
	making = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	atomic_store(&library, NULL);
	inherited = true;
}

CK_RV
crypto_random(void *p, size_t n)
{
	uint8_t *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return CKR_RANDOM_NO_RNG;
		at += got;
		n -= (size_t)got;
	}
	return CKR_OK;
}

CK_RV
digest_start(enum digest d, EVP_MD_CTX *ctx)
{
	const struct crypto_library *l = crypto_library();
	size_t size = digests[d].size;
	OSSL_PARAM params[2] = { OSSL_PARAM_END, OSSL_PARAM_END };

	if (l == NULL || ctx == NULL)
		return CKR_HOST_MEMORY;
	if (d == DIGEST_NONE || d >= DIGEST_COUNT || l->md[d] == NULL)
		return CKR_MECHANISM_INVALID;
	if (digests[d].sized_from != NULL)
		params[0] = OSSL_PARAM_construct_size_t(OSSL_DIGEST_PARAM_SIZE, &size);
	return EVP_DigestInit_ex2(ctx, l->md[d], params) == 1 ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
digest_end(enum digest d, EVP_MD_CTX *ctx, uint8_t *ret, size_t n)
{
	unsigned whole = 0;

	if (digests[d].extends)
		return EVP_DigestFinalXOF(ctx, ret, n) == 1 ? CKR_OK
							    : CKR_FUNCTION_FAILED;
	return EVP_DigestFinal_ex(ctx, ret, &whole) == 1 && whole == n
		       ? CKR_OK
		       : CKR_FUNCTION_FAILED;
}

CK_RV
crypto_hash(enum digest d, struct bytes in, uint8_t *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	CK_RV rv = digest_start(d, ctx);

	if (rv == CKR_OK && EVP_DigestUpdate(ctx, in.p, in.n) != 1)
		rv = CKR_FUNCTION_FAILED;
	if (rv == CKR_OK)
		rv = digest_end(d, ctx, ret, digests[d].size);
	EVP_MD_CTX_free(ctx);
	return rv;
}
