/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the library context with everything fetched once. */
#pragma once

#include <openssl/evp.h>
#include <openssl/kdf.h>

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
	EVP_MAC *hmac, *cmac, *gmac, *poly1305;
	EVP_KDF *hkdf, *pbkdf2, *tls_prf;
	EVP_MD *shake128, *shake256;
};

/* NULL when it could not be made. */
const struct crypto_library *crypto_library(void) MUST_CHECK;
