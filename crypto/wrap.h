/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys wrapped by secret and public keys and unwrapped by secret ones (C_WrapKey,
 * C_UnwrapKey and their authenticated kin): who has the bytes of both keys calls this, which
 * are module and keyringd for secret keys, keystored for private ones. A private key's value
 * is its PKCS #8 (crypto/pkcs8.h), and only mech_wraps_private() mechanisms take it. Policy (CKA_WRAP, CKA_UNWRAP, CKA_ALLOWED_MECHANISMS, CKA_EXTRACTABLE,
 * CKA_WRAP_WITH_TRUSTED, CKA_WRAP_TEMPLATE, CKA_UNWRAP_TEMPLATE) is decided here, once.
 * Nothing is stored or published.
 *
 * Data length of CCM: the key's, whatever the parameter says (PKCS#11 3.2, 6.13.5).
 */
#pragma once

#include "crypto/derive.h"

/* Bytes of the longest key that is wrapped or unwrapped. */
#define WRAP_MAX_KEY SECRET_KEY_MAX
/* With what any mechanism adds: an RSA block, padding, a tag. */
#define WRAP_MAX_WRAPPED (WRAP_MAX_KEY + RSA_MAX_BITS / 8 + UINT8_MAX)

/* Does the mechanism wrap with a public key, of attributes alone, and unwrap with a private
 * one? That is with the keystore, and key_unwrap_begin() and _end() stand around what it does. */
bool wrap_by_pair(const struct mech *m) MUST_CHECK;

/* May this key be wrapped by that one? No value is looked at.
 *   CKR_MECHANISM_INVALID               it does not wrap
 *   CKR_WRAPPING_KEY_TYPE_INCONSISTENT  not of the mechanism's class or type
 *   CKR_KEY_FUNCTION_NOT_PERMITTED      CKA_WRAP, CKA_ALLOWED_MECHANISMS
 *   CKR_KEY_HANDLE_INVALID              no key, or against CKA_WRAP_TEMPLATE (5.18.3)
 *   CKR_KEY_UNEXTRACTABLE
 *   CKR_KEY_NOT_WRAPPABLE               a public key, or a private one that this mechanism
 *                                       does not take or that has no PKCS #8; or
 *                                       CKA_WRAP_WITH_TRUSTED and the wrapping key is not
 *                                       trusted */
CK_RV key_wrap_check(const struct mech *m, const struct key_input *by,
	const struct key_input *key) MUST_CHECK;
/* Bytes that a secret key of n bytes is when it is wrapped. */
uint64_t key_wrap_size(const struct mech *m, const struct mech_params *p,
	const struct key_input *by, uint64_t n) MUST_CHECK;
/* key_wrap_check(), and appends the wrapped key to out. Also CKR_WRAPPING_KEY_SIZE_RANGE,
 * CKR_KEY_SIZE_RANGE (the mechanism does not take so many bytes),
 * CKR_MECHANISM_PARAM_INVALID. */
CK_RV key_wrap(const struct mech *m, const struct mech_params *p,
	const struct key_input *by, const struct key_input *key,
	struct buf *out) MUST_CHECK;

/* The template with what a template of the key that is used adds; which:
 * CKA_UNWRAP_TEMPLATE, say. CKR_TEMPLATE_INCONSISTENT where they contradict each other.
 * ret, which wipes, is replaced. */
CK_RV key_template(struct bytes template, struct bytes used, uint32_t which,
	struct attrs *ret) MUST_CHECK;
/* CKA_CLASS of the key to be, by key_template(); CK_UNAVAILABLE_INFORMATION: not given. */
CK_RV key_unwrap_class(const struct key_input *by, struct bytes template,
	CK_OBJECT_CLASS *ret) MUST_CHECK;
/* May this key unwrap? No value is looked at. CKR_MECHANISM_INVALID,
 * CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED
 * (CKA_ALWAYS_AUTHENTICATE too: this function has no place for it). */
CK_RV key_unwrap_check(const struct mech *m, const struct key_input *by) MUST_CHECK;
/* key_unwrap_check(), and the new key without its value; n: bytes that this has to have, 0:
 * not known before. template: before key_template(). ret is replaced. */
CK_RV key_unwrap_begin(const struct mech *m, const struct key_input *by,
	struct bytes template, enum object_role role, struct new_key *ret,
	size_t *ret_n) MUST_CHECK;
/* The value that was unwrapped. Errors: key_unwrap()'s. */
CK_RV key_unwrap_end(
	const struct mech *m, struct bytes plain, struct new_key *k) MUST_CHECK;
/* key_unwrap_check(), and the new key. template: before key_template(). Also
 * CKR_UNWRAPPING_KEY_SIZE_RANGE, CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE, CKR_TEMPLATE_INCOMPLETE (CKA_VALUE_LEN too, where neither
 * mechanism nor key type tell the length), CKR_MECHANISM_INVALID (private keys, of what
 * does not take them), CKR_MECHANISM_PARAM_INVALID, and object_build()'s. ret is replaced. */
CK_RV key_unwrap(const struct mech *m, const struct mech_params *p,
	const struct key_input *by, struct bytes wrapped, struct bytes template,
	enum object_role role, struct new_key *ret) MUST_CHECK;
