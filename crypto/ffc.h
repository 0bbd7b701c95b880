/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internal: keys over finite fields: DSA (FIPS 186-4), Diffie-Hellman by PKCS #3 and by X9.42.
 */
#pragma once

#include "crypto/pkey.h"

struct ffc_domain {
	BIGNUM *p, *q, *g; /* q NULL: PKCS #3 has none */
};

#define FFC_DOMAIN_NONE ((struct ffc_domain){ NULL, NULL, NULL })

void ffc_domain_free(struct ffc_domain *d);
/* CKA_PRIME, CKA_BASE and, where it is there, CKA_SUBPRIME: sizes, oddness, that q divides p - 1
 * and g is of order q. That p and q are prime is for whoever makes keys of them: that takes long.
 * ret, FFC_DOMAIN_NONE before, is to be freed whatever comes. CKR_TEMPLATE_INCOMPLETE,
 * CKR_DOMAIN_PARAMS_INVALID. */
CK_RV ffc_domain_read(struct bytes object_public, struct ffc_domain *ret) MUST_CHECK;

/* The domain of a key of these types, to be freed as above, and OpenSSL's form of it.
 * CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_SIZE_RANGE too. */
CK_RV ffc_parameters(struct bytes object_public, struct ffc_domain *ret_domain,
	EVP_PKEY **ret) MUST_CHECK;

/* pkey_from_public(), pkey_from_private(), of these. A public key without CKA_VALUE has the one
 * of CKA_PUBLIC_KEY_INFO; a private one's follows from its number. A public value is not 1 or
 * p - 1, and of the subgroup where there is one. CKR_DOMAIN_PARAMS_INVALID. */
CK_RV ffc_from_public(struct bytes object_public, EVP_PKEY **ret) MUST_CHECK;
CK_RV ffc_from_private(struct bytes object_public, struct bytes object_secret,
	EVP_PKEY **ret) MUST_CHECK;
/* Is it of one of these types? */
bool ffc_is_type(struct bytes object_public) MUST_CHECK;
/* object_complete() of one half, without CKA_PUBLIC_KEY_INFO. */
CK_RV ffc_complete(EVP_PKEY *pkey, struct attrs *object, bool private) MUST_CHECK;
/* A new key of the public template's domain, whose primes are tested where OpenSSL does not know
 * them by a name, of CKA_VALUE_BITS of the private one; and its attributes but
 * CKA_PUBLIC_KEY_INFO. CKR_FUNCTION_CANCELED: by stop. */
CK_RV ffc_generate(const struct mech *m, const struct pkey_stop *stop,
	struct bytes public_template, struct bytes private_template,
	EVP_PKEY **ret) MUST_CHECK;
CK_RV ffc_attributes(EVP_PKEY *pkey, struct attrs *pub, struct attrs *priv,
	struct attrs *secret) MUST_CHECK;

/* Has OpenSSL a name for the domain (RFC 3526, RFC 5114, RFC 7919)? Then its primes are not tested. */
bool ffc_is_known(struct bytes object_public) MUST_CHECK;

/* Bits of the prime of an object with one; 0: it has none. */
size_t ffc_prime_bits(struct bytes object_public) MUST_CHECK;
/* Bytes of the prime, of r and s of a DSA key; 0: the object has no such number. */
size_t ffc_prime_bytes(struct bytes object_public) MUST_CHECK;
size_t dsa_signature_size(struct bytes object_public) MUST_CHECK;
