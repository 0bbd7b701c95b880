/* SPDX-License-Identifier: Apache-2.0 */
/* What keystored computes with a private key for others to make secret keys of. */
#pragma once

#include <openssl/evp.h>

#include "common/secret.h"
#include "cryptoki/derive_kinds.h"

/* Diffie-Hellman (SP 800-56A, 5.7.1) and the KDF, n bytes of it: ret is replaced. object_public:
 * of the private key. CKR_MECHANISM_PARAM_INVALID: the other public key is none of this curve
 * or domain; CKR_KEY_SIZE_RANGE: there are not so many bytes, or hashing them is more than
 * DERIVE_MAX_WORK, or the prime has another size than the mechanism's. */
CK_RV pkey_agree(const struct mech *m, const struct agree_params *p, EVP_PKEY *pkey,
	struct bytes object_public, size_t n, struct secret *ret) MUST_CHECK;

/* Is the private key's prime of a size that the mechanism takes? CKR_KEY_SIZE_RANGE. */
CK_RV agree_check_size(const struct mech *m, struct bytes object_public) MUST_CHECK;

/* The KDF alone, of a shared secret: fills value. */
CK_RV agree_kdf(
	const struct agree_params *p, struct bytes z, struct secret *value) MUST_CHECK;

/*
 * The secret key that was encrypted with the public half. n: bytes it must have, 0: any
 * number. ret is replaced. CKR_WRAPPED_KEY_LEN_RANGE: not a block of this modulus, or no
 * block has room for n; CKR_WRAPPED_KEY_INVALID: all that is wrong with OAEP, and with
 * what an AES key in it wraps (CKM_RSA_AES_KEY_WRAP).
 *
 * PKCS #1 v1.5: whoever may try blocks of his own learns nothing of them (Bleichenbacher).
 * Wrong padding gives bytes that follow from key and block (OpenSSL's implicit rejection), and
 * so does a length that is not n, in the same time. Where n is 0 the length tells only what
 * implicit rejection lets it tell.
 */
CK_RV pkey_unwrap(const struct mech *m, const struct mech_params *p, EVP_PKEY *pkey,
	struct bytes wrapped, size_t n, struct secret *ret) MUST_CHECK;
