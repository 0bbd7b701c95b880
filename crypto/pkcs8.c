/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pkcs8.h"

#include <openssl/core_names.h>
#include <openssl/encoder.h>
#include <openssl/x509.h>

#include "common/cleanup.h"
#include "crypto/errors.h"
#include "crypto/ffc.h"
#include "crypto/pqc.h"

enum {
	DER_INTEGER = 0x02,
	DER_OCTET_STRING = 0x04,
	DER_SEQUENCE = 0x30,
	DER_ATTRIBUTES = 0xa0, /* [0] IMPLICIT SET */
	DER_PUBLIC_KEY = 0x81, /* [1] IMPLICIT BIT STRING */
};

/* --- Of each kind of key, its numbers --------------------------------------------------- */

static CK_RV
ec_read(EVP_PKEY *pkey, struct attrs *public, struct attrs *secret)
{
	const CK_KEY_TYPE type =
		(CK_KEY_TYPE)attrs_ulong(attrs_bytes(public), CKA_KEY_TYPE, 0);
	const struct curve *curve = curve_of_pkey(pkey, type);
	CLEANUP(attrs_free)
	struct attrs half = ATTRS_INIT;

	if (curve == NULL)
		return EVP_PKEY_is_a(pkey, "EC") == 1 && type == CKK_EC
			       ? CKR_CURVE_NOT_SUPPORTED
			       : CKR_WRAPPED_KEY_INVALID;
	attrs_set_ulong(&half, CKA_KEY_TYPE, type);
	attrs_set(&half, CKA_EC_PARAMS, curve->oid);
	return attrs_ok(&half) ? ec_attributes(pkey, &half, public, secret)
			       : CKR_HOST_MEMORY;
}

static CK_RV
rsa_read(EVP_PKEY *pkey, struct attrs *public, struct attrs *secret)
{
	CLEANUP(attrs_free)
	struct attrs half = ATTRS_INIT;

	return EVP_PKEY_is_a(pkey, "RSA") == 1
		       ? rsa_attributes(pkey, &half, public, secret)
		       : CKR_WRAPPED_KEY_INVALID;
}

static CK_RV
pqc_read(EVP_PKEY *pkey, struct attrs *public, struct attrs *secret)
{
	const struct pqc_set *set = pqc_set_of(pkey);
	CLEANUP(attrs_free)
	struct attrs half = ATTRS_INIT;

	return set != NULL && set->type == attrs_ulong(attrs_bytes(public), CKA_KEY_TYPE,
						   CK_UNAVAILABLE_INFORMATION)
		       ? pqc_attributes(pkey, &half, public, secret)
		       : CKR_WRAPPED_KEY_INVALID;
}

/* What the domain is worth is looked at when the key is whole. */
static CK_RV
ffc_read(EVP_PKEY *pkey, struct attrs *public, struct attrs *secret)
{
	static const struct {
		CK_KEY_TYPE type;
		const char *name;
		bool subprime;
	} forms[] = { { CKK_DSA, "DSA", true }, { CKK_DH, "DH", false },
		{ CKK_X9_42_DH, "DHX", true } };
	const uint64_t type = attrs_ulong(attrs_bytes(public), CKA_KEY_TYPE, 0);
	CLEANUP(attrs_free)
	struct attrs half = ATTRS_INIT;
	CK_RV rv = CKR_WRAPPED_KEY_INVALID;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (forms[i].type != type || EVP_PKEY_is_a(pkey, forms[i].name) != 1)
			continue;
		rv = pkey_set_number(pkey, OSSL_PKEY_PARAM_FFC_P, CKA_PRIME, 0, &half);
		if (rv == CKR_OK && forms[i].subprime)
			rv = pkey_set_number(
				pkey, OSSL_PKEY_PARAM_FFC_Q, CKA_SUBPRIME, 0, &half);
		if (rv == CKR_OK)
			rv = pkey_set_number(
				pkey, OSSL_PKEY_PARAM_FFC_G, CKA_BASE, 0, &half);
	}
	return rv == CKR_OK ? ffc_attributes(pkey, &half, public, secret) : rv;
}

static const struct kind {
	CK_KEY_TYPE type;
	CK_RV (*read)(EVP_PKEY *pkey, struct attrs *public, struct attrs *secret);
} kinds[] = {
	{ CKK_RSA, rsa_read },
	{ CKK_EC, ec_read },
	{ CKK_EC_EDWARDS, ec_read },
	{ CKK_EC_MONTGOMERY, ec_read },
	{ CKK_DSA, ffc_read },
	{ CKK_DH, ffc_read },
	{ CKK_X9_42_DH, ffc_read },
	{ CKK_ML_KEM, pqc_read },
	{ CKK_ML_DSA, pqc_read },
	{ CKK_SLH_DSA, pqc_read },
};

static const struct kind *
kind_of(CK_KEY_TYPE type)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

bool
pkcs8_has(CK_KEY_TYPE type)
{
	return kind_of(type) != NULL;
}

/* --- Write ------------------------------------------------------------------------------ */

static void
cleanup_encoder(OSSL_ENCODER_CTX **ctx)
{
	OSSL_ENCODER_CTX_free(*ctx);
}

static bool
has_primes(EVP_PKEY *pkey)
{
	CLEANUP(cleanup_bn)
	BIGNUM *p = NULL;

	return EVP_PKEY_is_a(pkey, "RSA") != 1 ||
	       EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, &p) == 1;
}

CK_RV
pkcs8_write(EVP_PKEY *pkey, struct secret *ret)
{
	CLEANUP(cleanup_encoder)
	OSSL_ENCODER_CTX *ctx = NULL;
	CLEANUP(secret_free)
	struct secret der = SECRET_NONE;
	uint8_t *p = NULL;
	size_t n = 0;
	int r;

	if (!has_primes(pkey))
		return CKR_KEY_NOT_WRAPPABLE;
	ctx = OSSL_ENCODER_CTX_new_for_pkey(
		pkey, EVP_PKEY_KEYPAIR, "DER", "PrivateKeyInfo", NULL);
	if (ctx == NULL || OSSL_ENCODER_to_data(ctx, &p, &n) != 1)
		return CKR_HOST_MEMORY;
	r = secret_copy(BYTES(p, n), &der);
	OPENSSL_clear_free(p, n);
	if (r != 0)
		return CKR_HOST_MEMORY;
	secret_free(ret);
	*ret = der;
	der = SECRET_NONE;
	return CKR_OK;
}

/* --- Read ------------------------------------------------------------------------------- */

/* A length in DER, which is as short as it can be. */
static bool
length_next(struct cursor *c, size_t *ret)
{
	const uint8_t first = cursor_u8(c);
	const unsigned more = first & 0x7f;
	size_t n = 0;

	if (first < 0x80) {
		*ret = first;
		return cursor_ok(c);
	}
	if (more == 0 || more > 3)
		return false;
	for (unsigned i = 0; i < more; i++)
		n = n << 8 | cursor_u8(c);
	*ret = n;
	return cursor_ok(c) && n >= 0x80 && n >> 8 * (more - 1) != 0;
}

static bool
element_next(struct cursor *c, uint8_t tag, struct bytes *ret)
{
	size_t n;

	if (cursor_left(c) == 0 || cursor_u8(c) != tag || !length_next(c, &n) ||
		n > cursor_left(c))
		return false;
	*ret = cursor_bytes(c, n);
	return true;
}

struct bytes
pkcs8_unfill(struct bytes der, size_t block)
{
	struct cursor c = cursor_over(der);
	struct bytes all;
	size_t n;

	if (!element_next(&c, DER_SEQUENCE, &all) || cursor_left(&c) >= block)
		return der;
	n = der.n - cursor_left(&c);
	for (size_t i = n; i < der.n; i++)
		if (der.p[i] != 0)
			return der;
	return BYTES(der.p, n);
}

/* The next element's tag; 0: there is none. */
static uint8_t
tag_ahead(struct cursor c)
{
	return cursor_left(&c) != 0 ? cursor_u8(&c) : 0;
}

/* The outer form, and no byte behind it. ret: the public key's bits, empty: there are none. */
static bool
outer_read(struct bytes der, struct bytes *ret)
{
	struct cursor c = cursor_over(der), in;
	struct bytes all, version, skipped, bits = BYTES_NONE;
	bool second;

	if (!element_next(&c, DER_SEQUENCE, &all) || cursor_left(&c) != 0)
		return false;
	in = cursor_over(all);
	if (!element_next(&in, DER_INTEGER, &version) || version.n != 1 ||
		version.p[0] > 1 || !element_next(&in, DER_SEQUENCE, &skipped) ||
		!element_next(&in, DER_OCTET_STRING, &skipped))
		return false;
	second = version.p[0] == 1;
	if (tag_ahead(in) == DER_ATTRIBUTES &&
		!element_next(&in, DER_ATTRIBUTES, &skipped))
		return false;
	if (second && tag_ahead(in) == DER_PUBLIC_KEY) {
		/* whole bytes: no bit of the last is unused */
		if (!element_next(&in, DER_PUBLIC_KEY, &bits) || bits.n < 2 ||
			bits.p[0] != 0)
			return false;
		bits = BYTES(bits.p + 1, bits.n - 1);
	}
	*ret = bits;
	return cursor_left(&in) == 0;
}

static void
cleanup_p8(PKCS8_PRIV_KEY_INFO **p8)
{
	PKCS8_PRIV_KEY_INFO_free(*p8);
}

static void
cleanup_spki(X509_PUBKEY **spki)
{
	X509_PUBKEY_free(*spki);
}

static CK_RV
key_read(struct bytes der, EVP_PKEY **ret)
{
	CLEANUP(cleanup_p8)
	PKCS8_PRIV_KEY_INFO *p8 = NULL;
	const uint8_t *p = der.p;

	p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.n);
	if (p8 == NULL || p != der.p + der.n)
		return CKR_WRAPPED_KEY_INVALID;
	*ret = EVP_PKCS82PKEY_ex(p8, crypto_libctx(), NULL);
	return *ret != NULL ? CKR_OK : CKR_WRAPPED_KEY_INVALID;
}

/* RFC 5958, 2: the public key as SubjectPublicKeyInfo has it; a point may be compressed. */
static bool
public_is(struct bytes bits, struct bytes object_public)
{
	CLEANUP(cleanup_spki)
	X509_PUBKEY *spki = NULL;
	const struct curve *curve = NULL;
	const uint8_t *p, *own = NULL;
	struct bytes info;
	int own_n = 0;

	if (!attrs_find(object_public, CKA_PUBLIC_KEY_INFO, &info))
		return false;
	p = info.p;
	spki = d2i_X509_PUBKEY(NULL, &p, (long)info.n);
	if (spki == NULL || X509_PUBKEY_get0_param(NULL, &own, &own_n, NULL, spki) != 1 ||
		own_n <= 0)
		return false;
	if (attrs_ulong(object_public, CKA_KEY_TYPE, 0) == CKK_EC)
		return curve_of(object_public, &curve) == CKR_OK &&
		       ec_point_equal(curve, BYTES(own, (size_t)own_n), bits);
	return bytes_equal(BYTES(own, (size_t)own_n), bits);
}

/* All codes that say what is wrong with a key that was given as attributes. */
static CK_RV
as_wrapped(CK_RV rv)
{
	static const CK_RV kept[] = { CKR_OK, CKR_HOST_MEMORY, CKR_CURVE_NOT_SUPPORTED };

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (rv == kept[i])
			return rv;
	return CKR_WRAPPED_KEY_INVALID;
}

static CK_RV
read_into(struct bytes der, struct attrs *public, struct attrs *secret)
{
	const struct kind *kind = kind_of((CK_KEY_TYPE)attrs_ulong(
		attrs_bytes(public), CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION));
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	CLEANUP(attrs_free)
	struct attrs given = ATTRS_INIT;
	struct bytes bits, info = BYTES_NONE;
	CK_RV rv;

	if (kind == NULL || !outer_read(der, &bits))
		return CKR_WRAPPED_KEY_INVALID;
	/* what the template says of it is held against it when it is whole */
	if (attrs_find(attrs_bytes(public), CKA_PUBLIC_KEY_INFO, &info))
		attrs_set(&given, CKA_PUBLIC_KEY_INFO, info);
	attrs_unset(public, CKA_PUBLIC_KEY_INFO);
	rv = key_read(der, &pkey);
	if (rv == CKR_OK)
		rv = kind->read(pkey, public, secret);
	if (rv == CKR_OK && (!attrs_ok(public) || !attrs_ok(secret) || !attrs_ok(&given)))
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = object_complete(public, secret);
	if (rv == CKR_OK && bits.n != 0 && !public_is(bits, attrs_bytes(public)))
		rv = CKR_WRAPPED_KEY_INVALID;
	rv = as_wrapped(rv);
	if (rv != CKR_OK ||
		!attrs_find(attrs_bytes(&given), CKA_PUBLIC_KEY_INFO, &info) ||
		info.n == 0)
		return rv;
	attrs_set(public, CKA_PUBLIC_KEY_INFO, info);
	return attrs_ok(public) ? pkey_set_info(pkey, public) : CKR_HOST_MEMORY;
}

CK_RV
pkcs8_read(struct bytes der, struct attrs *object_public, struct attrs *object_secret)
{
	errors_begin();
	return errors_end_rv(read_into(der, object_public, object_secret));
}
