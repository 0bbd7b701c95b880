/* SPDX-License-Identifier: Apache-2.0 */
/* What key material adds to an object, and what it may not be. */
#include <openssl/bn.h>
#include <openssl/x509.h>

#include "common/cleanup.h"
#include "crypto/cipher.h"
#include "crypto/dilithium.h"
#include "crypto/ffc.h"
#include "crypto/pqc.h"
#include "cryptoki/key_size.h"
#include "cryptoki/schema.h"
#include "cryptoki/vendor.h"

#define CHECK_VALUE 3u /* bytes, PKCS#11 3.2, 4.10.2 */

/* A given value must be right; an empty one asks for none. */
static CK_RV
set_check_value(struct attrs *object, const uint8_t *value)
{
	struct bytes given;

	if (attrs_find(attrs_bytes(object), CKA_CHECK_VALUE, &given)) {
		if (given.n == 0 || bytes_equal(given, BYTES(value, CHECK_VALUE)))
			return CKR_OK;
		return CKR_ATTRIBUTE_VALUE_INVALID;
	}
	attrs_set(object, CKA_CHECK_VALUE, BYTES(value, CHECK_VALUE));
	return attrs_ok(object) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
hash_check_value(struct attrs *object, struct bytes value)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	CK_RV rv = crypto_hash(DIGEST_SHA1, value, hash);

	if (rv == CKR_OK)
		rv = set_check_value(object, hash);
	/* all of it would tell a short secret to who tries them all */
	wipe(hash, sizeof hash);
	return rv;
}

/* The first bytes of a block of zeroes, encrypted. */
static CK_RV
cipher_check_value(struct attrs *object, const struct mech *ecb, struct bytes value)
{
	static const uint8_t zeroes[16];
	const size_t n = ciphers[ecb->cipher].block;
	static const struct mech_params none;
	uint8_t block[16];
	struct outbuf out = { block, sizeof block, 0 };
	struct op *op = NULL;
	CK_RV rv;

	rv = op_secret_new(OP_ENCRYPT, ecb, &none, value, &op);
	if (rv != CKR_OK)
		return rv;
	rv = op->vtable->once(op, BYTES(zeroes, n), BYTES_NONE, &out);
	op_free(&op);
	return rv == CKR_OK ? set_check_value(object, block) : rv;
}

/* The cipher of the key's type as a block cipher; NULL: the value is hashed instead. */
static const struct mech *
check_value_mech(CK_KEY_TYPE type)
{
	return type == CKK_AES    ? mech_lookup(CKM_AES_ECB)
	       : type == CKK_DES3 ? mech_lookup_legacy(CKM_DES3_ECB)
				  : NULL;
}

CK_RV
key_random(struct bytes object_public, uint8_t *p, size_t n)
{
	CK_RV rv = crypto_random(p, n);

	if (rv == CKR_OK)
		key_parity_set(attrs_ulong(object_public, CKA_KEY_TYPE, 0), p, n);
	return rv;
}

CK_RV
key_generate(struct attrs *object_public, struct attrs *object_secret)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	const uint64_t n = key_size_of(attrs_bytes(object_public));
	CK_RV rv;

	if (n == 0 || n > SECRET_KEY_MAX)
		return CKR_KEY_SIZE_RANGE;
	if (secret_new(n, &value) != 0)
		return CKR_HOST_MEMORY;
	rv = key_random(attrs_bytes(object_public), value.p, value.n);
	if (rv != CKR_OK)
		return rv;
	attrs_set(object_secret, CKA_VALUE, secret_bytes(&value));
	return attrs_ok(object_secret) ? object_complete(object_public, object_secret)
				       : CKR_HOST_MEMORY;
}

static CK_RV
complete_secret_key(struct attrs *object, struct attrs *secret)
{
	const CK_KEY_TYPE type = attrs_ulong(attrs_bytes(object), CKA_KEY_TYPE, 0);
	const struct mech *ecb = check_value_mech(type);
	struct bytes value;
	uint64_t len;

	if (!attrs_find(attrs_bytes(secret), CKA_VALUE, &value))
		return CKR_TEMPLATE_INCOMPLETE;
	len = attrs_ulong(attrs_bytes(object), CKA_VALUE_LEN, value.n);
	if (!key_size_valid(type, value.n) || len != value.n ||
		!key_parity_right(type, value))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (schema_lookup(CKO_SECRET_KEY, type, CKA_VALUE_LEN) != NULL)
		attrs_set_ulong(object, CKA_VALUE_LEN, value.n);
	if (type == CKK_AES_XTS && !xts_key_is_safe(value))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return ecb != NULL ? cipher_check_value(object, ecb, value)
			   : hash_check_value(object, value);
}

/* A private key's point follows from its number and may not say otherwise; what is
 * kept, and searched for, is one form of it whatever was given. */
static CK_RV
complete_point(EVP_PKEY *pkey, struct attrs *object, bool private)
{
	CLEANUP(attrs_free)
	struct attrs right = ATTRS_INIT;
	const struct curve *curve = NULL;
	struct bytes given, a, b;
	CK_RV rv = curve_of(attrs_bytes(object), &curve);

	if (rv == CKR_OK)
		rv = pkey_set_point(pkey, curve, &right);
	if (rv != CKR_OK)
		return rv;
	if (private && attrs_find(attrs_bytes(object), CKA_EC_POINT, &given) &&
		given.n != 0) {
		if (!attrs_find(attrs_bytes(&right), CKA_EC_POINT, &b) ||
			!ec_point_unwrap(curve, b, &b) ||
			!ec_point_unwrap(curve, given, &a) ||
			!ec_point_equal(curve, a, b))
			return CKR_ATTRIBUTE_VALUE_INVALID;
	}
	return pkey_set_point(pkey, curve, object);
}

static CK_RV
complete_pair_half(struct attrs *object, struct attrs *secret, bool private)
{
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	CK_RV rv;

	if (attrs_ulong(attrs_bytes(object), CKA_KEY_TYPE, 0) == CKK_IBM_PQC_DILITHIUM)
		return dilithium_complete(object, private ? secret : NULL);
	if (!private)
		rv = pkey_from_public(attrs_bytes(object), &pkey);
	else if ((rv = rsa_complete_crt(secret)) == CKR_OK)
		rv = pkey_from_private(attrs_bytes(object), attrs_bytes(secret), &pkey);
	if (rv != CKR_OK)
		return rv == CKR_KEY_SIZE_RANGE ? CKR_ATTRIBUTE_VALUE_INVALID : rv;
	if (pqc_set_of(pkey) != NULL)
		rv = pqc_complete(pkey, object, private ? secret : NULL);
	else if (ffc_is_type(attrs_bytes(object)))
		rv = ffc_complete(pkey, object, private);
	if (rv != CKR_OK)
		return rv;
	if (!private && EVP_PKEY_is_a(pkey, "RSA") == 1)
		attrs_set_ulong(
			object, CKA_MODULUS_BITS, (uint64_t)EVP_PKEY_get_bits(pkey));
	if (attrs_has(attrs_bytes(object), CKA_EC_PARAMS)) {
		rv = complete_point(pkey, object, private);
		if (rv != CKR_OK)
			return rv;
	}
	return pkey_set_info(pkey, object);
}

/* --- Domain parameters ---------------------------------------------------------- */

static CK_RV
complete_domain(struct attrs *object)
{
	CLEANUP(ffc_domain_free)
	struct ffc_domain d = FFC_DOMAIN_NONE;
	CK_RV rv = ffc_domain_read(attrs_bytes(object), &d);

	if (rv != CKR_OK)
		return rv;
	attrs_set_ulong(object, CKA_PRIME_BITS, (uint64_t)BN_num_bits(d.p));
	if (d.q != NULL)
		attrs_set_ulong(object, CKA_SUBPRIME_BITS, (uint64_t)BN_num_bits(d.q));
	return attrs_ok(object) ? CKR_OK : CKR_HOST_MEMORY;
}

/* --- Certificates --------------------------------------------------------------- */

/* Where the template left it empty. */
static void
set_missing(struct attrs *object, uint32_t type, struct bytes value)
{
	struct bytes given;

	if (!attrs_find(attrs_bytes(object), type, &given) || given.n == 0)
		attrs_set(object, type, value);
}

static CK_RV
set_names(struct attrs *object, X509 *cert)
{
	const uint8_t *name;
	uint8_t *serial = NULL;
	size_t n;
	int len;

	if (X509_NAME_get0_der(X509_get_issuer_name(cert), &name, &n) == 1)
		set_missing(object, CKA_ISSUER, BYTES(name, n));
	if (X509_NAME_get0_der(X509_get_subject_name(cert), &name, &n) == 1)
		set_missing(object, CKA_SUBJECT, BYTES(name, n));
	len = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &serial);
	if (len > 0)
		set_missing(object, CKA_SERIAL_NUMBER, BYTES(serial, (size_t)len));
	OPENSSL_free(serial);
	return attrs_ok(object) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
complete_certificate(struct attrs *object)
{
	CLEANUP(cleanup_x509)
	X509 *cert = NULL;
	const uint8_t *p;
	struct bytes value;
	CK_RV rv;

	/* without a value there is a URL with its hashes: object_contradictions() */
	if (!attrs_find(attrs_bytes(object), CKA_VALUE, &value) || value.n == 0)
		return CKR_OK;
	p = value.p;
	cert = d2i_X509(NULL, &p, (long)value.n);
	if (cert == NULL || p != value.p + value.n)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	/* Before the list changes under value. */
	rv = hash_check_value(object, value);
	return rv == CKR_OK ? set_names(object, cert) : rv;
}

CK_RV
object_complete(struct attrs *object_public, struct attrs *object_secret)
{
	switch (attrs_ulong(
		attrs_bytes(object_public), CKA_CLASS, CK_UNAVAILABLE_INFORMATION)) {
	case CKO_SECRET_KEY:
		return complete_secret_key(object_public, object_secret);
	case CKO_PUBLIC_KEY:
		return complete_pair_half(object_public, object_secret, false);
	case CKO_PRIVATE_KEY:
		return complete_pair_half(object_public, object_secret, true);
	case CKO_CERTIFICATE:
		return complete_certificate(object_public);
	case CKO_DOMAIN_PARAMETERS:
		return complete_domain(object_public);
	default:
		return CKR_OK;
	}
}

CK_RV
object_check_derived(struct bytes object_public, struct bytes object_secret)
{
	CLEANUP(attrs_free)
	struct attrs public = ATTRS_SECRET;
	CLEANUP(attrs_free)
	struct attrs secret = ATTRS_SECRET;
	CK_RV rv;

	if (attrs_copy(&public, object_public) != 0 ||
		attrs_copy(&secret, object_secret) != 0)
		return CKR_HOST_MEMORY;
	rv = object_complete(&public, &secret);
	return rv == CKR_OK || rv == CKR_HOST_MEMORY ? rv : CKR_ATTRIBUTE_VALUE_INVALID;
}
