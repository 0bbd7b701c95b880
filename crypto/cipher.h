/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: what the ciphers share, and op_secret_new()'s constructors. */
#pragma once

#include <openssl/evp.h>

#include "cryptoki/op.h"

/* Feeds in; what comes out is added to out. */
CK_RV cipher_feed(EVP_CIPHER_CTX *ctx, struct bytes in, struct outbuf *out) MUST_CHECK;
/* OpenSSL's for the row and a key of so many bytes. CKR_KEY_SIZE_RANGE. */
CK_RV cipher_find(const struct mech *m, size_t key_n, const EVP_CIPHER **ret) MUST_CHECK;
/* ChaCha20 and, by the length of the nonce, XChaCha20: key and parameters into the context.
 * CKR_MECHANISM_PARAM_INVALID. */
CK_RV chacha20_arm(
	EVP_CIPHER_CTX *ctx, struct bytes key, const struct mech_params *p) MUST_CHECK;
/* Bytes until the block counter would wrap; UINT64_MAX: more than can be asked for. */
uint64_t chacha20_room(const struct mech_params *p) MUST_CHECK;
/* The key that a nonce of 24 bytes makes of key; its first 16 are used up by that. */
CK_RV chacha20_subkey(
	struct bytes key, const uint8_t nonce[16], uint8_t ret[32]) MUST_CHECK;
bool xts_key_is_safe(struct bytes key) MUST_CHECK;

CK_RV op_cipher_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret) MUST_CHECK;
CK_RV op_gcm_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret) MUST_CHECK;
/* HMAC with any digest. */
CK_RV op_hmac_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret) MUST_CHECK;
/* HMAC with a digest that OpenSSL has a name for, CMAC, GMAC, KMAC, Poly1305. */
CK_RV op_mac_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret) MUST_CHECK;
CK_RV op_tls_mac_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret) MUST_CHECK;
/* Built from the plain modes of the same key (kcapi_backend/glue.h). */
CK_RV op_built_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret) MUST_CHECK;
