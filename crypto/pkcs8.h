/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys as they are wrapped: PKCS #8 PrivateKeyInfo (PKCS#11 3.2, 6.7), written as
 * OpenSSL 3.5 does. On input OneAsymmetricKey too (RFC 5958), whose public key has to be
 * the private one's. ML-KEM's and ML-DSA's with the seed and the value where the seed is known,
 * with either, or with both on input (RFC 9881; ML-KEM has the same forms).
 */
#pragma once

#include "crypto/crypto.h"

/* Have private keys of this type such a form? */
bool pkcs8_has(CK_KEY_TYPE type) MUST_CHECK;
/* In DER. ret, which wipes, is replaced. CKR_KEY_NOT_WRAPPABLE: an RSA key whose primes are
 * not known. */
CK_RV pkcs8_write(EVP_PKEY *pkey, struct secret *ret) MUST_CHECK;
/* Without the zeroes, fewer than block, that filled it up for a mode in blocks; as it is, where
 * that is not what is behind it. */
struct bytes pkcs8_unfill(struct bytes der, size_t block) MUST_CHECK;
/* Into an object that object_build() has made for C_UnwrapKey: public and secret numbers, and
 * what object_complete() adds. CKR_WRAPPED_KEY_INVALID for all that is wrong with it, another
 * key type than the object's included (5.1.6); CKR_CURVE_NOT_SUPPORTED;
 * CKR_ATTRIBUTE_VALUE_INVALID: it is a key, but not the one of the CKA_PUBLIC_KEY_INFO given. */
CK_RV pkcs8_read(struct bytes der, struct attrs *object_public,
	struct attrs *object_secret) MUST_CHECK;
