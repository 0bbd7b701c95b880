/* SPDX-License-Identifier: Apache-2.0 */
/* How long keys of a type are, where the type says so (chapter 6 of the specification). */
#pragma once

#include "cryptoki/attrs.h"

/* Bytes of the longest secret key, of a type without a rule: made, unwrapped or derived, and by
 * C_GetMechanismInfo (in the mechanism's unit). */
#define SECRET_KEY_MAX (64u << 10)

/* May a secret key of this type have so many bytes? A type without a rule: any but 0. */
bool key_size_valid(CK_KEY_TYPE type, size_t n) MUST_CHECK;
/* The length of all keys of this type; 0: it has none of its own. */
size_t key_size_only(CK_KEY_TYPE type) MUST_CHECK;
/* How many lengths a key of this type can have had before it was filled up to the next
 * multiple of block bytes, which is `filled` now; ret: the longest of them. 0: none. */
size_t key_size_before(
	CK_KEY_TYPE type, size_t filled, size_t block, size_t *ret) MUST_CHECK;
/* Of a key whose template does not say: the only size there is, or an HMAC key's, its digest's.
 * 0: the template has to say. */
uint64_t key_size_usual(CK_KEY_TYPE type) MUST_CHECK;
/* DES keys have an odd number of ones in each byte (FIPS 46-3); of other types all are right. */
bool key_parity_right(CK_KEY_TYPE type, struct bytes value) MUST_CHECK;
void key_parity_set(CK_KEY_TYPE type, uint8_t *value, size_t n);
/* Of the key to be generated for a complete object; 0: unknown. */
uint64_t key_size_of(struct bytes object_public) MUST_CHECK;
