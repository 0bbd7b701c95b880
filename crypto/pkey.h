/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: named curves and the numbers of keys. */
#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "crypto/crypto.h"

struct curve {
	const char *name; /* as OpenSSL calls the group */
	struct bytes oid; /* DER, what CKA_EC_PARAMS holds */
	size_t field;     /* bytes of a coordinate */
};

/* NULL: not one of ours. */
const struct curve *curve_by_params(struct bytes ec_params);

/* The point in CKA_EC_POINT: DER OCTET STRING around it, or bare. */
bool ec_point_unwrap(const struct curve *curve, struct bytes value, struct bytes *ret);
void ec_point_wrap(struct bytes point, struct buf *to);

/* Of an RSA key with its primes: adds the exponents and the coefficient where they
 * are missing, and checks them where they are given. */
CK_RV rsa_complete_crt(struct attrs *secret) MUST_CHECK;

/* Sets CKA_EC_POINT, in DER, of an EC key. */
CK_RV pkey_set_point(EVP_PKEY *pkey, struct attrs *to) MUST_CHECK;
/* Sets CKA_PUBLIC_KEY_INFO. */
CK_RV pkey_set_info(EVP_PKEY *pkey, struct attrs *to) MUST_CHECK;

static inline void
cleanup_bn(BIGNUM **bn)
{
	BN_clear_free(*bn);
}

static inline void
cleanup_pkey(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}

static inline void
cleanup_pkey_ctx(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}
