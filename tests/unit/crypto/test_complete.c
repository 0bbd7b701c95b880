/* SPDX-License-Identifier: Apache-2.0 */
/* What is derived from an object's other attributes, and what they may not be. */
#include "crypto/crypto.h"

#include <openssl/x509.h>

#include "cryptoki/names.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/hex.h"
#include "tests/unit/crypto/rsa_key.h"

/* --- Check values ---------------------------------------------------------------- */

/* 3 bytes of ECB over zeroes; of SHA-1 for what is no cipher's key. */
static const struct check_case {
	CK_KEY_TYPE type;
	const char *value, *check;
} checks[] = {
	{ CKK_AES, "00000000000000000000000000000000", "66e94b" },
	{ CKK_AES, "000102030405060708090a0b0c0d0e0f1011121314151617", "" },
	{ CKK_GENERIC_SECRET, "616263", "a9993e" },
	{ CKK_SHA256_HMAC, "616263", "a9993e" },
};

static CK_RV
complete_secret(const struct check_case *c, const char *given, struct attrs *key)
{
	struct attrs secret = ATTRS_SECRET;
	struct hex h;
	CK_RV rv;

	*key = ATTRS_INIT;
	attrs_set_ulong(key, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(key, CKA_KEY_TYPE, c->type);
	if (given != NULL)
		attrs_set(key, CKA_CHECK_VALUE, hex(&h, given));
	attrs_set(&secret, CKA_VALUE, hex(&h, c->value));
	rv = object_complete(key, &secret);
	attrs_free(&secret);
	return rv;
}

START_TEST (a_check_value_is_made_checked_and_suppressed) {
	const struct check_case *c = &checks[_i];
	struct bytes got = BYTES_NONE;
	struct attrs key;
	struct hex want;

	ck_assert_uint_eq(complete_secret(c, NULL, &key), CKR_OK);
	ck_assert(attrs_find(attrs_bytes(&key), CKA_CHECK_VALUE, &got));
	ck_assert_uint_eq(got.n, 3);
	if (c->check[0] != '\0') {
		expect_bytes(got, hex(&want, c->check));
		attrs_free(&key);
		ck_assert_uint_eq(complete_secret(c, c->check, &key), CKR_OK);
	}
	attrs_free(&key);
	ck_assert_uint_eq(complete_secret(c, "", &key), CKR_OK);
	ck_assert(attrs_find(attrs_bytes(&key), CKA_CHECK_VALUE, &got));
	ck_assert_uint_eq(got.n, 0);
	attrs_free(&key);
	ck_assert_uint_eq(
		complete_secret(c, "000000", &key), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(&key);
	/* of another length, although it begins rightly */
	ck_assert_uint_eq(complete_secret(c, "66e9", &key), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(&key);
}
END_TEST

/* --- CKA_PUBLIC_KEY_INFO ------------------------------------------------------------ */

static CK_RV
complete_rsa(CK_OBJECT_CLASS class, struct bytes info, struct attrs *key)
{
	struct attrs secret = ATTRS_SECRET;
	struct hex h;
	CK_RV rv;

	*key = ATTRS_INIT;
	attrs_set_ulong(key, CKA_CLASS, class);
	attrs_set_ulong(key, CKA_KEY_TYPE, CKK_RSA);
	attrs_set(key, CKA_MODULUS, hex(&h, rsa_n));
	attrs_set(key, CKA_PUBLIC_EXPONENT, hex(&h, rsa_e));
	attrs_set(key, CKA_PUBLIC_KEY_INFO, info);
	if (class == CKO_PRIVATE_KEY)
		attrs_set(&secret, CKA_PRIVATE_EXPONENT, hex(&h, rsa_d));
	rv = object_complete(key, &secret);
	attrs_free(&secret);
	return rv;
}

START_TEST (a_given_public_key_is_of_that_very_key) {
	const CK_OBJECT_CLASS class = _i == 0 ? CKO_PUBLIC_KEY : CKO_PRIVATE_KEY;
	struct attrs key, again;
	struct bytes info = BYTES_NONE;
	uint8_t *wrong;

	ck_assert_uint_eq(complete_rsa(class, BYTES_NONE, &key), CKR_OK);
	ck_assert(attrs_find(attrs_bytes(&key), CKA_PUBLIC_KEY_INFO, &info));
	ck_assert_uint_gt(info.n, 270);
	ck_assert_uint_eq(complete_rsa(class, info, &again), CKR_OK);
	attrs_free(&again);
	wrong = malloc(info.n + 1);
	ck_assert_ptr_nonnull(wrong);
	memcpy(wrong, info.p, info.n);
	wrong[info.n] = 0;
	/* another exponent; something behind it; something missing */
	wrong[info.n - 1] ^= 2;
	ck_assert_uint_eq(complete_rsa(class, BYTES(wrong, info.n), &again),
		CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(&again);
	wrong[info.n - 1] ^= 2;
	ck_assert_uint_eq(complete_rsa(class, BYTES(wrong, info.n + 1), &again),
		CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(&again);
	ck_assert_uint_eq(complete_rsa(class, BYTES(wrong, info.n - 1), &again),
		CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(&again);
	free(wrong);
	attrs_free(&key);
}
END_TEST

/* --- Domain parameters ---------------------------------------------------------- */

/* RFC 5114, 2.1: 1024 bits with a subgroup of 160. */
static const char p1024[] =
	"b10b8f96a080e01dde92de5eae5d54ec52c99fbcfb06a3c69a6a9dca52d23b616073e28675a23d18"
	"9838ef1e2ee652c013ecb4aea906112324975c3cd49b83bfaccbdd7d90c4bd7098488e9c219a7372"
	"4effd6fae5644738faa31a4ff55bccc0a151af5f0dc8b4bd45bf37df365c1a65e68cfda76d4da708"
	"df1fb2bc2e4a4371";
static const char g1024[] =
	"a4d1cbd5c3fd34126765a442efb99905f8104dd258ac507fd6406cff14266d31266fea1e5c41564b"
	"777e690f5504f213160217b4b01b886a5e91547f9e2749f4d7fbd7d3b9a92ee1909d0d2263f80a76"
	"a6a24c087a091f531dbf0a0169b6a28ad662a4d18e73afa32d779d5918d08bc8858f4dcef97c2a24"
	"855e6eeb22b3b2e5";
static const char q160[] = "f518aa8781a8df278aba4e7d64b7cb9d49462353";
static const char q160_other[] = "f518aa8781a8df278aba4e7d64b7cb9d49462355";
static const char p256[] =
	"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

static const struct domain_case {
	const char *what;
	CK_KEY_TYPE type;
	const char *p, *q, *g;
	CK_RV rv;
} domains[] = {
	{ "DSA", CKK_DSA, p1024, q160, g1024, CKR_OK },
	{ "X9.42", CKK_X9_42_DH, p1024, q160, g1024, CKR_OK },
	{ "PKCS #3", CKK_DH, p1024, NULL, "02", CKR_OK },
	{ "leading zeroes", CKK_DH, p1024, NULL, "0002", CKR_OK },
	{ "another subgroup", CKK_DSA, p1024, q160_other, g1024,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "another generator", CKK_DSA, p1024, q160, "02", CKR_DOMAIN_PARAMS_INVALID },
	{ "the trivial generator", CKK_DSA, p1024, q160, "01",
		CKR_DOMAIN_PARAMS_INVALID },
	{ "a subgroup of one", CKK_DSA, p1024, "01", g1024, CKR_DOMAIN_PARAMS_INVALID },
	{ "an empty subprime", CKK_DSA, p1024, "", g1024, CKR_DOMAIN_PARAMS_INVALID },
	{ "no generator", CKK_DH, p1024, NULL, "00", CKR_DOMAIN_PARAMS_INVALID },
	{ "a generator above the prime", CKK_DH, p1024, NULL, p1024,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "a short prime", CKK_DH, p256, NULL, "02", CKR_DOMAIN_PARAMS_INVALID },
	{ "an empty prime", CKK_DH, "", NULL, "02", CKR_DOMAIN_PARAMS_INVALID },
};

START_TEST (domain_parameters_are_what_they_say) {
	const struct domain_case *c = &domains[_i];
	struct attrs o = ATTRS_INIT, none = ATTRS_INIT;
	struct hex h;
	CK_RV rv;

	attrs_set_ulong(&o, CKA_CLASS, CKO_DOMAIN_PARAMETERS);
	attrs_set_ulong(&o, CKA_KEY_TYPE, c->type);
	attrs_set(&o, CKA_PRIME, hex(&h, c->p));
	attrs_set(&o, CKA_BASE, hex(&h, c->g));
	if (c->q != NULL)
		attrs_set(&o, CKA_SUBPRIME, hex(&h, c->q));
	rv = object_complete(&o, &none);
	ck_assert_msg(rv == c->rv, "%s: %s", c->what, ckr_name(rv));
	if (rv == CKR_OK) {
		ck_assert_uint_eq(attrs_ulong(attrs_bytes(&o), CKA_PRIME_BITS, 0), 1024);
		ck_assert_uint_eq(attrs_ulong(attrs_bytes(&o), CKA_SUBPRIME_BITS, 0),
			c->q != NULL ? 160 : 0);
	}
	attrs_free(&o);
}
END_TEST

START_TEST (a_prime_too_long_for_anybody_is_refused) {
	struct attrs o = ATTRS_INIT, none = ATTRS_INIT;
	uint8_t *long_prime = malloc(1u << 18);

	ck_assert_ptr_nonnull(long_prime);
	memset(long_prime, 0xff, 1u << 18);
	attrs_set_ulong(&o, CKA_CLASS, CKO_DOMAIN_PARAMETERS);
	attrs_set_ulong(&o, CKA_KEY_TYPE, CKK_DH);
	attrs_set(&o, CKA_PRIME, BYTES(long_prime, 1u << 18));
	attrs_set(&o, CKA_BASE, BYTES("\2", 1));
	ck_assert_uint_eq(object_complete(&o, &none), CKR_DOMAIN_PARAMS_INVALID);
	free(long_prime);
	attrs_free(&o);
}
END_TEST

/* --- Certificates ----------------------------------------------------------------- */

/* One of CN=x, signed by itself, as DER; to be freed. */
static int
certificate_make(uint8_t **ret)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *cert = X509_new();
	X509_NAME *name;
	int n;

	*ret = NULL;
	ck_assert(key != NULL && cert != NULL);
	name = X509_get_subject_name(cert);
	ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(cert), 4711), 1);
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notBefore(cert), 0));
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
	ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				 (const uint8_t *)"x", 1, -1, 0),
		1);
	ck_assert_int_eq(X509_set_issuer_name(cert, name), 1);
	ck_assert_int_eq(X509_set_pubkey(cert, key), 1);
	ck_assert_int_gt(X509_sign(cert, key, EVP_sha256()), 0);
	n = i2d_X509(cert, ret);
	ck_assert_int_gt(n, 0);
	X509_free(cert);
	EVP_PKEY_free(key);
	return n;
}

static CK_RV
complete_certificate(struct bytes der, const char *check, struct attrs *o)
{
	struct attrs none = ATTRS_INIT;

	*o = ATTRS_INIT;
	attrs_set_ulong(o, CKA_CLASS, CKO_CERTIFICATE);
	attrs_set(o, CKA_VALUE, der);
	if (check != NULL)
		attrs_set(o, CKA_CHECK_VALUE, BYTES_STR(check));
	return object_complete(o, &none);
}

START_TEST (a_certificate_tells_its_names_and_check_value) {
	uint8_t *der, hash[20];
	const int n = certificate_make(&der);
	struct bytes got = BYTES_NONE;
	struct attrs o;

	ck_assert_uint_eq(complete_certificate(BYTES(der, n), NULL, &o), CKR_OK);
	ck_assert_uint_eq(crypto_hash(DIGEST_SHA1, BYTES(der, n), hash), CKR_OK);
	ck_assert(attrs_find(attrs_bytes(&o), CKA_CHECK_VALUE, &got));
	expect_bytes(got, BYTES(hash, 3));
	ck_assert(attrs_find(attrs_bytes(&o), CKA_SERIAL_NUMBER, &got));
	expect_bytes(got, BYTES("\x02\x02\x12\x67", 4));
	ck_assert(attrs_find(attrs_bytes(&o), CKA_ISSUER, &got) && got.n > 0);
	attrs_free(&o);
	ck_assert_uint_eq(complete_certificate(BYTES(der, n), "abc", &o),
		CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(&o);
	ck_assert_uint_eq(complete_certificate(BYTES(der, n), "", &o), CKR_OK);
	attrs_free(&o);
	ck_assert_uint_eq(complete_certificate(BYTES(der, n - 1), NULL, &o),
		CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(&o);
	OPENSSL_free(der);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_check_value_is_made_checked_and_suppressed, ARRAY_LEN(checks) },
	{ &a_given_public_key_is_of_that_very_key, 2 },
	{ &domain_parameters_are_what_they_say, ARRAY_LEN(domains) },
	{ &a_prime_too_long_for_anybody_is_refused, 0 },
	{ &a_certificate_tells_its_names_and_check_value, 0 },
};
CHECK_MAIN("complete", tests)
