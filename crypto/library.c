/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/library.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

#include "crypto/crypto.h"

static _Atomic(struct crypto_library *) library;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static void
library_free(struct crypto_library *l)
{
	if (l == NULL)
		return;
	for (size_t d = 0; d < DIGEST_COUNT; d++)
		EVP_MD_free(l->md[d]);
	for (size_t m = 0; m < MODE_COUNT; m++) {
		for (size_t k = 0; k < 3; k++)
			EVP_CIPHER_free(l->aes[m][k]);
	}
	EVP_MAC_free(l->hmac);
	OSSL_LIB_CTX_free(l->ctx);
	free(l);
}

static bool
fetch_ciphers(struct crypto_library *l)
{
	static const char *const names[MODE_COUNT][3] = {
		[MODE_ECB] = { "AES-128-ECB", "AES-192-ECB", "AES-256-ECB" },
		[MODE_CBC] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" },
		[MODE_CTR] = { "AES-128-CTR", "AES-192-CTR", "AES-256-CTR" },
		[MODE_GCM] = { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" },
	};

	for (size_t m = 0; m < MODE_COUNT; m++) {
		for (size_t k = 0; k < 3; k++) {
			l->aes[m][k] = EVP_CIPHER_fetch(l->ctx, names[m][k], NULL);
			if (l->aes[m][k] == NULL)
				return false;
		}
	}
	return true;
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
	/* Digests the library lacks stay NULL and are refused when asked for. */
	for (size_t d = DIGEST_NONE + 1; d < DIGEST_COUNT; d++)
		l->md[d] = EVP_MD_fetch(l->ctx, digests[d].name, NULL);
	l->hmac = EVP_MAC_fetch(l->ctx, "HMAC", NULL);
	if (l->hmac == NULL || !fetch_ciphers(l))
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

	return l == NULL || digest >= DIGEST_COUNT ? NULL : l->md[digest];
}

void
crypto_cleanup(void)
{
	library_free(atomic_exchange(&library, NULL));
	/* The calling thread's error queue and random generator. */
	OPENSSL_thread_stop();
}

void
crypto_forget(void)
{
	/* Another thread of the parent may have held it. */
	making = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	atomic_store(&library, NULL);
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
crypto_hash(enum digest d, struct bytes in, uint8_t *ret)
{
	const EVP_MD *md = crypto_md(d);

	if (md == NULL)
		return CKR_MECHANISM_INVALID;
	return EVP_Digest(in.p, in.n, ret, NULL, md, NULL) == 1 ? CKR_OK
								: CKR_FUNCTION_FAILED;
}
