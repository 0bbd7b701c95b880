/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: named curves and the numbers of keys. */
#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/crypto.h"

#define CURVE_NAMES 3u

struct curve {
	const char *name;   /* as OpenSSL calls the group, or the type of such keys */
	CK_KEY_TYPE type;   /* CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY */
	int nid;            /* CKK_EC */
	uint16_t bits;      /* of the field */
	size_t field;       /* bytes of a coordinate; of what is no CKK_EC, of a key */
	struct bytes oid;   /* DER, as CKA_EC_PARAMS mostly holds it */
	struct bytes other; /* another one in use, or empty */
	const char *names[CURVE_NAMES]; /* as PrintableString; NULL: no more */
};

/* By CKA_KEY_TYPE and CKA_EC_PARAMS: an OID, a curve's name, or explicit parameters that are
 * those of a named curve. CKR_TEMPLATE_INCOMPLETE without any, CKR_CURVE_NOT_SUPPORTED,
 * CKR_DOMAIN_PARAMS_INVALID where they are none of the three (implicitlyCA, rubbish). */
CK_RV curve_of(struct bytes object_public, const struct curve **ret) MUST_CHECK;
/* Of a key of this type; NULL: it is none of it, or on a curve that is not here. */
const struct curve *curve_of_pkey(EVP_PKEY *pkey, CK_KEY_TYPE type);
static inline const struct curve *
curve_edwards(EVP_PKEY *pkey)
{
	return curve_of_pkey(pkey, CKK_EC_EDWARDS);
}

/* The point in CKA_EC_POINT: DER OCTET STRING around it, or bare; compressed or not. */
bool ec_point_unwrap(const struct curve *curve, struct bytes value, struct bytes *ret);
void ec_point_wrap(struct bytes point, struct buf *to);
/* Of two that ec_point_unwrap() gave. */
bool ec_point_equal(const struct curve *curve, struct bytes a, struct bytes b);

CK_RV ecx_from_public(struct bytes object_public, EVP_PKEY **ret) MUST_CHECK;
CK_RV ecx_from_private(
	struct bytes object_public, struct bytes secret, EVP_PKEY **ret) MUST_CHECK;
/* Sets CKA_VALUE. */
CK_RV ecx_set_secret(EVP_PKEY *pkey, struct attrs *to) MUST_CHECK;

/* A context with its key, for what the mechanism does. CKR_MECHANISM_INVALID,
 * CKR_MECHANISM_PARAM_INVALID, CKR_KEY_TYPE_INCONSISTENT. */
CK_RV pkey_set_up(EVP_PKEY_CTX *ctx, enum op_kind kind, const struct mech *m,
	const struct mech_params *p) MUST_CHECK;

struct ecdsa_how {
	enum digest hash; /* of the message; DIGEST_NONE: not known */
	size_t size;      /* bytes of a signature, r and s */
	bool deterministic; /* a nonce of key and digest, RFC 6979; else a random one. Random too
			     * where the hash is not known and no usual digest has that length */
};

/* Of a digest. With a DSA key too. */
CK_RV ecdsa_sign(EVP_PKEY_CTX *ctx, const struct ecdsa_how *how, struct bytes in,
	struct outbuf *out) MUST_CHECK;
CK_RV ecdsa_verify(EVP_PKEY_CTX *ctx, struct bytes in, struct bytes signature) MUST_CHECK;

/* Do mechanism, parameter and curve go together? ret: what hashes the message first.
 * CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_SIZE_RANGE, CKR_MECHANISM_PARAM_INVALID. */
CK_RV eddsa_check(const struct mech *m, const struct mech_params *p,
	const struct curve *curve, enum digest *ret) MUST_CHECK;
/* Of what eddsa_check() has found right. */
bool eddsa_set_up(EVP_PKEY_CTX *ctx, bool signs, const struct curve *curve,
	const struct mech_params *p) MUST_CHECK;

/* Of an RSA key with its primes: adds the exponents and the coefficient where they
 * are missing, and checks them where they are given. */
CK_RV rsa_complete_crt(struct attrs *secret) MUST_CHECK;

/* What a whole key determines, but for CKA_PUBLIC_KEY_INFO: the numbers of its halves. Of a
 * curve pub names it, by CKA_KEY_TYPE and CKA_EC_PARAMS. */
CK_RV rsa_attributes(EVP_PKEY *pkey, struct attrs *pub, struct attrs *priv,
	struct attrs *secret) MUST_CHECK;
CK_RV ec_attributes(EVP_PKEY *pkey, struct attrs *pub, struct attrs *priv,
	struct attrs *secret) MUST_CHECK;
/* Sets CKA_EC_POINT: of CKK_EC in DER, else as it is (PKCS#11 3.2, 6.3.5, 6.3.7). */
CK_RV pkey_set_point(
	EVP_PKEY *pkey, const struct curve *curve, struct attrs *to) MUST_CHECK;
/* One of OpenSSL's numbers, of width bytes, 0: of as many as it has. */
CK_RV pkey_set_number(EVP_PKEY *pkey, const char *name, uint32_t type, size_t width,
	struct attrs *to) MUST_CHECK;
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
cleanup_x509(X509 **cert)
{
	X509_free(*cert);
}

static inline void
cleanup_pkey_ctx(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}
