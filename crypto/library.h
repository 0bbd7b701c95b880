/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the library context with everything fetched once. */
#pragma once

#include <openssl/evp.h>

#include "cryptoki/mech.h"

enum crypto_mode { MODE_ECB, MODE_CBC, MODE_CTR, MODE_GCM, MODE_COUNT };

struct crypto_library {
	OSSL_LIB_CTX *ctx;
	EVP_MD *md[DIGEST_COUNT];
	EVP_CIPHER *aes[MODE_COUNT][3]; /* 128, 192, 256 */
	EVP_MAC *hmac;
};

/* NULL when it could not be made. */
const struct crypto_library *crypto_library(void) MUST_CHECK;
