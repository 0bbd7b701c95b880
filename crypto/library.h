/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the library context with everything fetched once. */
#pragma once

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>
#include <stdatomic.h>

#include "cryptoki/mech.h"

#define CRYPTO_CIPHERS 27u

struct crypto_cipher {
	EVP_CIPHER *evp; /* NULL: the library lacks it */
	enum cipher cipher;
	enum algorithm algorithm;
	size_t key_bytes;
};

struct crypto_library {
	OSSL_LIB_CTX *ctx;
	EVP_MD *md[DIGEST_COUNT];
	struct crypto_cipher ciphers[CRYPTO_CIPHERS];
	EVP_MAC *hmac, *cmac, *gmac, *poly1305, *kmac128, *kmac256;
	EVP_KDF *hkdf, *pbkdf2, *tls_prf;
	_Atomic(OSSL_PROVIDER *) own; /* NULL: crypto_provide() has not loaded it */
};

/* A digest in a context of its own, of the size and kind that the row has. NULL context: none
 * could be made. CKR_MECHANISM_INVALID: the library lacks it. */
CK_RV digest_start(enum digest d, EVP_MD_CTX *ctx) MUST_CHECK;
/* The end of it; ret has room for n bytes, digests[d].size where it does not extend. */
CK_RV digest_end(enum digest d, EVP_MD_CTX *ctx, uint8_t *ret, size_t n) MUST_CHECK;

/* Loads a provider that is part of this program, the only one there is, into the context, where
 * that is not done yet. Thread-safe. false: no memory. */
bool crypto_provide(const char *name, OSSL_provider_init_fn *init) MUST_CHECK;

/* NULL when it could not be made. */
const struct crypto_library *crypto_library(void) MUST_CHECK;
