/* SPDX-License-Identifier: Apache-2.0 */
/* What tells that a certificate and keys belong together. */
#include <openssl/core_names.h>
#include <openssl/x509.h>

#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "crypto/pkey.h"
#include "cryptoki/attrs.h"

/* A SubjectPublicKeyInfo. What OpenSSL knows is written anew, since an elliptic curve's point may
 * be given in several forms. */
static bool
name_info(struct bytes info, uint8_t ret[PAIR_NAME])
{
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	const uint8_t *p = info.p;
	uint8_t *der = NULL;
	bool ok;
	int n;

	pkey = d2i_PUBKEY_ex(NULL, &p, (long)info.n, crypto_libctx(), NULL);
	if (pkey == NULL)
		return crypto_hash(DIGEST_SHA256, info, ret) == CKR_OK;
	if (EVP_PKEY_is_a(pkey, "EC") == 1)
		(void)EVP_PKEY_set_utf8_string_param(
			pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
	n = i2d_PUBKEY(pkey, &der);
	ok = n > 0 && crypto_hash(DIGEST_SHA256, BYTES(der, (size_t)n), ret) == CKR_OK;
	OPENSSL_free(der);
	return ok;
}

static bool
name_certificate(struct bytes value, uint8_t ret[PAIR_NAME])
{
	CLEANUP(cleanup_x509)
	X509 *cert = NULL;
	const uint8_t *p = value.p;
	uint8_t *der = NULL;
	bool ok;
	int n;

	cert = d2i_X509(NULL, &p, (long)value.n);
	n = cert != NULL ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der) : 0;
	ok = n > 0 && name_info(BYTES(der, (size_t)n), ret);
	OPENSSL_free(der);
	return ok;
}

bool
pair_name(struct bytes object_public, uint8_t ret[PAIR_NAME])
{
	const bool certificate = attrs_ulong(object_public, CKA_CLASS,
					 CK_UNAVAILABLE_INFORMATION) == CKO_CERTIFICATE;
	struct bytes v;

	if (!attrs_find(
		    object_public, certificate ? CKA_VALUE : CKA_PUBLIC_KEY_INFO, &v) ||
		v.n == 0)
		return false;
	return certificate ? name_certificate(v, ret) : name_info(v, ret);
}
