/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: OpenSSL's key derivation functions. */
#pragma once

#include <openssl/kdf.h>

#include "common/secret.h"
#include "cryptoki/mech.h"

OSSL_PARAM kdf_octets(const char *name, struct bytes v);
OSSL_PARAM kdf_digest(enum digest d);
/* Fills n bytes. kdf: NULL where the library lacks it, CKR_MECHANISM_INVALID. */
CK_RV kdf_run(EVP_KDF *kdf, const OSSL_PARAM *params, uint8_t *to, size_t n) MUST_CHECK;
/* TLS 1.2's PRF(secret, label, all of the seeds): RFC 5246, 5. CKR_KEY_SIZE_RANGE: more than
 * DERIVE_MAX_WORK. */
CK_RV tls_prf(enum digest d, struct bytes secret, struct bytes label,
	const struct bytes *seeds, size_t seeds_n, uint8_t *to, size_t n) MUST_CHECK;
