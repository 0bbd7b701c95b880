/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: OpenSSL's key derivation functions. */
#pragma once

#include <openssl/kdf.h>

#include "common/secret.h"
#include "cryptoki/mech.h"

OSSL_PARAM kdf_octets(const char *name, struct bytes v);
OSSL_PARAM kdf_digest(enum digest d);
/* Fills to. kdf: NULL where the library lacks it, CKR_MECHANISM_INVALID. */
CK_RV kdf_run(EVP_KDF *kdf, const OSSL_PARAM *params, struct secret *to) MUST_CHECK;
