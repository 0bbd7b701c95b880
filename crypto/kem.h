/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key encapsulation with ML-KEM (FIPS 203): C_EncapsulateKey and C_DecapsulateKey, PKCS#11 3.2,
 * 5.18.8 and 5.18.9. The module encapsulates; to decapsulate, keystored computes the shared
 * secret and keyringd makes the key. Policy (CKA_ENCAPSULATE, CKA_DECAPSULATE,
 * CKA_ALLOWED_MECHANISMS, what the new key may be) is decided here, once. Nothing is stored or
 * published.
 *
 * The new key is what an unwrapped one is: neither local, always sensitive nor never
 * extractable, and extractable where its template does not say.
 */
#pragma once

#include <openssl/evp.h>

#include "crypto/wrap.h"

/* Bytes of a shared secret, of every set: FIPS 203, table 3. It is the whole value of the new
 * key; the standard does not shorten it. */
#define KEM_SECRET 32u

/* Bytes of a ciphertext for a key; 0: it is none of ML-KEM's. */
size_t kem_ciphertext_size(struct bytes key_attributes) MUST_CHECK;

/* May this key encapsulate? CKR_MECHANISM_INVALID, CKR_KEY_TYPE_INCONSISTENT,
 * CKR_KEY_FUNCTION_NOT_PERMITTED. */
CK_RV key_encapsulate_check(const struct mech *m, const struct key_input *by) MUST_CHECK;
/* key_encapsulate_check(), appends the ciphertext, and the new key, which replaces ret.
 * template: after key_template() with CKA_ENCAPSULATE_TEMPLATE. Errors: kem_key()'s too. */
CK_RV key_encapsulate(const struct mech *m, const struct key_input *by,
	struct bytes template, enum object_role role, struct buf *ciphertext,
	struct new_key *ret) MUST_CHECK;
/* The key of such a template and shared secret. ret is replaced. object_build()'s errors;
 * CKR_TEMPLATE_INCONSISTENT: no secret key, or none of KEM_SECRET bytes; CKR_DEVICE_ERROR: the
 * secret has not as many. */
CK_RV kem_key(struct bytes template, enum object_role role, struct bytes secret,
	struct new_key *ret) MUST_CHECK;

/* May this key decapsulate a ciphertext of n bytes? CKR_MECHANISM_INVALID,
 * CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, CKR_WRAPPED_KEY_LEN_RANGE,
 * CKR_KEY_FUNCTION_NOT_PERMITTED (CKA_ALWAYS_AUTHENTICATE too: this function has no place for
 * it). */
CK_RV key_decapsulate_check(
	const struct mech *m, const struct key_input *by, size_t n) MUST_CHECK;
/* key_decapsulate_check(), and whether the new key could be made. template: before
 * key_template(), which adds CKA_DECAPSULATE_TEMPLATE. Errors: kem_key()'s too. */
CK_RV key_decapsulate_begin(const struct mech *m, const struct key_input *by, size_t n,
	struct bytes template, enum object_role role) MUST_CHECK;
/* The same, and the key of the secret that was computed. ret is replaced. */
CK_RV key_decapsulate_end(const struct mech *m, const struct key_input *by, size_t n,
	struct bytes template, enum object_role role, struct bytes secret,
	struct new_key *ret) MUST_CHECK;

/* With the private key: KEM_SECRET bytes, which replace ret. A ciphertext that nobody made
 * with the public key gives bytes that follow from it and the key (implicit rejection).
 * CKR_KEY_TYPE_INCONSISTENT; CKR_WRAPPED_KEY_LEN_RANGE. */
CK_RV pkey_decapsulate(
	EVP_PKEY *pkey, struct bytes ciphertext, struct secret *ret) MUST_CHECK;
