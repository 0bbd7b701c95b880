/* SPDX-License-Identifier: Apache-2.0 */
/* What an object may be made of, and what may become of it. */
#include "cryptoki/schema.h"

#include "cryptoki/names.h"
#include "cryptoki/schema_table.h"
#include "tests/unit/check_main.h"

#define NONE CK_UNAVAILABLE_INFORMATION

/* One attribute of a case; .text is set for what is not a number. */
struct given {
	CK_ATTRIBUTE_TYPE type;
	uint64_t number;
	const char *text;
};

#define B(type, v)            \
	{                     \
		type, v, NULL \
	}
#define T(type, v)         \
	{                  \
		type, 0, v \
	}

static void
given_set(struct attrs *a, const struct given *g)
{
	const struct attr_def *def = attr_lookup((uint32_t)g->type);

	if (g->text != NULL || def == NULL)
		attrs_set(a, (uint32_t)g->type, BYTES_STR(g->text ? g->text : ""));
	else if (def->kind == ATTR_BOOL)
		attrs_set_bool(a, (uint32_t)g->type, g->number != 0);
	else
		attrs_set_ulong(a, (uint32_t)g->type, g->number);
}

static struct attrs
given_pack(const struct given *g, size_t max)
{
	struct attrs a = ATTRS_INIT;

	for (size_t i = 0; i < max && (i == 0 || g[i].type != 0 || g[i].text != NULL ||
					      g[i].number != 0);
		i++)
		given_set(&a, &g[i]);
	return a;
}

struct build_case {
	const char *name;
	struct object_request request;
	struct given given[12];
	CK_RV rv;
};

#define CREATE(role)                                  \
	{                                             \
		ORIGIN_CREATE, role, NONE, NONE, NONE \
	}
#define GEN_AES(role)                                                           \
	{                                                                       \
		ORIGIN_GENERATE, role, CKM_AES_KEY_GEN, CKO_SECRET_KEY, CKK_AES \
	}
#define GEN_DES3                                                                       \
	{                                                                              \
		ORIGIN_GENERATE, ROLE_USER, CKM_DES3_KEY_GEN, CKO_SECRET_KEY, CKK_DES3 \
	}
#define FROM_PASSWORD                                                             \
	{                                                                         \
		ORIGIN_GENERATE, ROLE_USER, CKM_PKCS5_PBKD2, CKO_SECRET_KEY, NONE \
	}
#define DERIVED                                                          \
	{                                                                \
		ORIGIN_DERIVE, ROLE_USER, NONE, CKO_SECRET_KEY, CKK_DES3 \
	}
#define UNWRAPPED                                          \
	{                                                  \
		ORIGIN_UNWRAP, ROLE_USER, NONE, NONE, NONE \
	}
#define GEN_RSA_PUB                                                                    \
	{                                                                              \
		ORIGIN_GENERATE, ROLE_USER, CKM_RSA_PKCS_KEY_PAIR_GEN, CKO_PUBLIC_KEY, \
			CKK_RSA                                                        \
	}
#define GEN_RSA_PRIV                                                                    \
	{                                                                               \
		ORIGIN_GENERATE, ROLE_USER, CKM_RSA_PKCS_KEY_PAIR_GEN, CKO_PRIVATE_KEY, \
			CKK_RSA                                                         \
	}
#define AES_KEY B(CKA_CLASS, CKO_SECRET_KEY), B(CKA_KEY_TYPE, CKK_AES)
#define DES3_KEY B(CKA_CLASS, CKO_SECRET_KEY), B(CKA_KEY_TYPE, CKK_DES3)
#define CERT                                                               \
	B(CKA_CLASS, CKO_CERTIFICATE), B(CKA_CERTIFICATE_TYPE, CKC_X_509), \
		T(CKA_SUBJECT, "s"), T(CKA_VALUE, "v")
#define TRUST B(CKA_CLASS, CKO_TRUST), T(CKA_ISSUER, "i"), T(CKA_SERIAL_NUMBER, "1")
#define DOMAIN(type) B(CKA_CLASS, CKO_DOMAIN_PARAMETERS), B(CKA_KEY_TYPE, type)
#define RSA_PRIV                                                                      \
	B(CKA_CLASS, CKO_PRIVATE_KEY), B(CKA_KEY_TYPE, CKK_RSA), T(CKA_MODULUS, "n"), \
		T(CKA_PUBLIC_EXPONENT, "e"), T(CKA_PRIVATE_EXPONENT, "d")

/* clang-format off */
static const struct build_case cases[] = {
	{ "data", CREATE(ROLE_NONE), { B(CKA_CLASS, CKO_DATA), T(CKA_VALUE, "v") }, CKR_OK },
	{ "no class", CREATE(ROLE_NONE), { T(CKA_VALUE, "v") }, CKR_TEMPLATE_INCOMPLETE },
	{ "a class of nobody's", CREATE(ROLE_NONE), { B(CKA_CLASS, 0x7ffffff1) },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "a class we lack", CREATE(ROLE_NONE), { B(CKA_CLASS, CKO_OTP_KEY) },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "a clock", CREATE(ROLE_SO), { B(CKA_CLASS, CKO_HW_FEATURE), B(CKA_HW_FEATURE_TYPE, 2) },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "a mechanism", CREATE(ROLE_SO), { B(CKA_CLASS, CKO_MECHANISM) },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "a profile", CREATE(ROLE_SO), { B(CKA_CLASS, CKO_PROFILE), B(CKA_PROFILE_ID, 1) },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "a validation", CREATE(ROLE_SO), { B(CKA_CLASS, CKO_VALIDATION) },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "foreign attribute", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_DATA), B(CKA_SENSITIVE, 1) }, CKR_TEMPLATE_INCONSISTENT },
	{ "attribute of what nobody makes", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_DATA), T(CKA_OWNER, "o") }, CKR_TEMPLATE_INCONSISTENT },
	{ "attribute of a hardware feature", CREATE(ROLE_NONE),
		{ AES_KEY, T(CKA_VALUE, "0123456789abcdef"), B(CKA_HAS_RESET, 1) },
		CKR_TEMPLATE_INCONSISTENT },
	{ "nobody's attribute", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_DATA), T(0x7fff0001, "1") }, CKR_ATTRIBUTE_TYPE_INVALID },
	{ "unique id given", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_DATA), T(CKA_UNIQUE_ID, "1") }, CKR_ATTRIBUTE_READ_ONLY },
	{ "custody given", CREATE(ROLE_NONE),
		{ AES_KEY, T(CKA_VALUE, "0123456789abcdef"), B(CKA_KT_CUSTODY, 1) },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "private without login", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_DATA), B(CKA_PRIVATE, 1) }, CKR_USER_NOT_LOGGED_IN },
	{ "private by the SO", CREATE(ROLE_SO),
		{ B(CKA_CLASS, CKO_DATA), B(CKA_PRIVATE, 1) }, CKR_USER_NOT_LOGGED_IN },
	{ "boolean of two bytes", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_DATA), T(CKA_TOKEN, "ab") }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "class of one byte", CREATE(ROLE_NONE), { T(CKA_CLASS, "a") },
		CKR_ATTRIBUTE_VALUE_INVALID },

	{ "certificate", CREATE(ROLE_NONE), { CERT }, CKR_OK },
	{ "certificate without subject", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_CERTIFICATE), B(CKA_CERTIFICATE_TYPE, CKC_X_509),
		  T(CKA_VALUE, "v") }, CKR_TEMPLATE_INCOMPLETE },
	{ "certificate without type", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_CERTIFICATE), T(CKA_SUBJECT, "s"), T(CKA_VALUE, "v") },
		CKR_TEMPLATE_INCOMPLETE },
	{ "attribute certificate", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_CERTIFICATE), B(CKA_CERTIFICATE_TYPE, CKC_X_509_ATTR_CERT),
		  T(CKA_OWNER, "o"), T(CKA_VALUE, "v") },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "WTLS certificate", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_CERTIFICATE), B(CKA_CERTIFICATE_TYPE, CKC_WTLS) },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "certificate of a type of nobody's", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_CERTIFICATE), B(CKA_CERTIFICATE_TYPE, 3) },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "certificate with neither value nor URL", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_CERTIFICATE), B(CKA_CERTIFICATE_TYPE, CKC_X_509),
		  T(CKA_SUBJECT, "s"), T(CKA_VALUE, "") }, CKR_TEMPLATE_INCOMPLETE },
	{ "certificate that is elsewhere", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_CERTIFICATE), B(CKA_CERTIFICATE_TYPE, CKC_X_509),
		  T(CKA_SUBJECT, "s"), T(CKA_VALUE, ""), T(CKA_URL, "u"),
		  T(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, "h"), T(CKA_HASH_OF_ISSUER_PUBLIC_KEY, "h") },
		CKR_OK },
	{ "certificate that is elsewhere, nobody's", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_CERTIFICATE), B(CKA_CERTIFICATE_TYPE, CKC_X_509),
		  T(CKA_SUBJECT, "s"), T(CKA_VALUE, ""), T(CKA_URL, "u"),
		  T(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, "h") }, CKR_TEMPLATE_INCOMPLETE },
	{ "certificate of no category", CREATE(ROLE_NONE),
		{ CERT, B(CKA_CERTIFICATE_CATEGORY, 4) }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "certificate of the last category", CREATE(ROLE_NONE),
		{ CERT, B(CKA_CERTIFICATE_CATEGORY, CK_CERTIFICATE_CATEGORY_OTHER_ENTITY) }, CKR_OK },
	{ "certificate of no security domain", CREATE(ROLE_NONE),
		{ CERT, B(CKA_JAVA_MIDP_SECURITY_DOMAIN, 4) }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "certificate of the last security domain", CREATE(ROLE_NONE),
		{ CERT, B(CKA_JAVA_MIDP_SECURITY_DOMAIN, CK_SECURITY_DOMAIN_THIRD_PARTY) }, CKR_OK },
	{ "hashed by a cipher", CREATE(ROLE_NONE),
		{ CERT, B(CKA_NAME_HASH_ALGORITHM, CKM_AES_ECB) }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "hashed by a digest", CREATE(ROLE_NONE),
		{ CERT, B(CKA_NAME_HASH_ALGORITHM, CKM_SHA3_256) }, CKR_OK },
	{ "hashed by a digest of old", CREATE(ROLE_NONE),
		{ CERT, B(CKA_NAME_HASH_ALGORITHM, CKM_MD5) }, CKR_OK },
	{ "trusted by the user", CREATE(ROLE_USER), { CERT, B(CKA_TRUSTED, 1) },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "trusted by the SO", CREATE(ROLE_SO), { CERT, B(CKA_TRUSTED, 1) }, CKR_OK },
	{ "untrusted by the user", CREATE(ROLE_USER), { CERT, B(CKA_TRUSTED, 0) }, CKR_OK },
	{ "a date before CK_DATE's first", CREATE(ROLE_NONE),
		{ CERT, T(CKA_START_DATE, "18991231") }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "CK_DATE's first and last", CREATE(ROLE_NONE),
		{ CERT, T(CKA_START_DATE, "19000101"), T(CKA_END_DATE, "99991231") }, CKR_OK },
	/* 4.6.2, 4.8: "Cryptoki does not attach any special meaning to them" */
	{ "dates in any order", CREATE(ROLE_NONE),
		{ CERT, T(CKA_START_DATE, "20270101"), T(CKA_END_DATE, "20260101") }, CKR_OK },

	{ "distrust without a hash", CREATE(ROLE_NONE),
		{ TRUST, B(CKA_TRUST_SERVER_AUTH, CKT_NOT_TRUSTED) }, CKR_OK },
	{ "trust without a hash", CREATE(ROLE_NONE),
		{ TRUST, B(CKA_TRUST_OCSP_SIGNING, CKT_TRUSTED) }, CKR_TEMPLATE_INCOMPLETE },
	{ "trust", CREATE(ROLE_NONE),
		{ TRUST, B(CKA_TRUST_SERVER_AUTH, CKT_TRUST_ANCHOR), T(CKA_HASH_OF_CERTIFICATE, "h"),
		  B(CKA_NAME_HASH_ALGORITHM, CKM_SHA256) }, CKR_OK },
	{ "trust of no kind", CREATE(ROLE_NONE),
		{ TRUST, B(CKA_TRUST_SERVER_AUTH, 5), T(CKA_HASH_OF_CERTIFICATE, "h") },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "trust hashed by a cipher", CREATE(ROLE_NONE),
		{ TRUST, B(CKA_NAME_HASH_ALGORITHM, CKM_AES_ECB) }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "trust in no issuer's", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_TRUST), T(CKA_SERIAL_NUMBER, "1") }, CKR_TEMPLATE_INCOMPLETE },

	{ "DH parameters", CREATE(ROLE_NONE),
		{ DOMAIN(CKK_DH), T(CKA_PRIME, "p"), T(CKA_BASE, "g") }, CKR_OK },
	{ "DH parameters with a subprime", CREATE(ROLE_NONE),
		{ DOMAIN(CKK_DH), T(CKA_PRIME, "p"), T(CKA_BASE, "g"), T(CKA_SUBPRIME, "q") },
		CKR_TEMPLATE_INCONSISTENT },
	{ "DSA parameters", CREATE(ROLE_NONE),
		{ DOMAIN(CKK_DSA), T(CKA_PRIME, "p"), T(CKA_BASE, "g"), T(CKA_SUBPRIME, "q") },
		CKR_OK },
	{ "X9.42 parameters without subprime", CREATE(ROLE_NONE),
		{ DOMAIN(CKK_X9_42_DH), T(CKA_PRIME, "p"), T(CKA_BASE, "g") },
		CKR_TEMPLATE_INCOMPLETE },
	{ "parameters of a length", CREATE(ROLE_NONE),
		{ DOMAIN(CKK_DH), T(CKA_PRIME, "p"), T(CKA_BASE, "g"), B(CKA_PRIME_BITS, 8) },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "parameters of AES", CREATE(ROLE_NONE),
		{ DOMAIN(CKK_AES), T(CKA_PRIME, "p"), T(CKA_BASE, "g") },
		CKR_ATTRIBUTE_VALUE_INVALID },

	{ "AES import", CREATE(ROLE_NONE), { AES_KEY, T(CKA_VALUE, "0123456789abcdef") },
		CKR_OK },
	{ "AES import without value", CREATE(ROLE_NONE), { AES_KEY },
		CKR_TEMPLATE_INCOMPLETE },
	{ "AES import with length", CREATE(ROLE_NONE),
		{ AES_KEY, T(CKA_VALUE, "0123456789abcdef"), B(CKA_VALUE_LEN, 16) },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "AES import as local", CREATE(ROLE_NONE),
		{ AES_KEY, T(CKA_VALUE, "0123456789abcdef"), B(CKA_LOCAL, 1) },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "AES import as ever sensitive", CREATE(ROLE_NONE),
		{ AES_KEY, T(CKA_VALUE, "0123456789abcdef"), B(CKA_ALWAYS_SENSITIVE, 1) },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "secret key of a type we lack", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_SECRET_KEY), B(CKA_KEY_TYPE, CKK_DES), T(CKA_VALUE, "12345678") },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "secret key of a type of nobody's", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_SECRET_KEY), B(CKA_KEY_TYPE, 0x4c), T(CKA_VALUE, "12345678") },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "AES import validated", CREATE(ROLE_NONE),
		{ AES_KEY, T(CKA_VALUE, "0123456789abcdef"), B(CKA_OBJECT_VALIDATION_FLAGS, 1) },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "HMAC key import", CREATE(ROLE_NONE),
		{ B(CKA_CLASS, CKO_SECRET_KEY), B(CKA_KEY_TYPE, CKK_SHA256_HMAC),
		  T(CKA_VALUE, "k") }, CKR_OK },

	{ "AES generation", GEN_AES(ROLE_USER), { B(CKA_VALUE_LEN, 32) }, CKR_OK },
	{ "AES generation without length", GEN_AES(ROLE_USER), { B(CKA_TOKEN, 1) },
		CKR_TEMPLATE_INCOMPLETE },
	{ "AES generation with a value", GEN_AES(ROLE_USER),
		{ B(CKA_VALUE_LEN, 16), T(CKA_VALUE, "0123456789abcdef") },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "AES generation saying so", GEN_AES(ROLE_USER),
		{ AES_KEY, B(CKA_VALUE_LEN, 16) }, CKR_OK },
	{ "AES generation of another class", GEN_AES(ROLE_USER),
		{ B(CKA_CLASS, CKO_DATA), B(CKA_VALUE_LEN, 16) }, CKR_TEMPLATE_INCONSISTENT },
	{ "AES generation of another type", GEN_AES(ROLE_USER),
		{ B(CKA_KEY_TYPE, CKK_DES3), B(CKA_VALUE_LEN, 16) },
		CKR_TEMPLATE_INCONSISTENT },

	/* the one length of a type without CKA_VALUE_LEN, where the template has the type */
	{ "Triple DES from a password with its length", FROM_PASSWORD,
		{ DES3_KEY, B(CKA_VALUE_LEN, 24) }, CKR_OK },
	{ "Triple DES from a password with another length", FROM_PASSWORD,
		{ DES3_KEY, B(CKA_VALUE_LEN, 16) }, CKR_TEMPLATE_INCONSISTENT },
	{ "Triple DES derived with its length", DERIVED, { DES3_KEY, B(CKA_VALUE_LEN, 24) },
		CKR_OK },
	{ "Triple DES derived with another length", DERIVED,
		{ DES3_KEY, B(CKA_VALUE_LEN, 32) }, CKR_TEMPLATE_INCONSISTENT },
	{ "Triple DES unwrapped with its length", UNWRAPPED,
		{ DES3_KEY, B(CKA_VALUE_LEN, 24) }, CKR_OK },
	{ "Triple DES generation with its length", GEN_DES3, { B(CKA_VALUE_LEN, 24) },
		CKR_TEMPLATE_INCONSISTENT },
	{ "Triple DES import with its length", CREATE(ROLE_USER),
		{ DES3_KEY, T(CKA_VALUE, "0123456789abcdef01234567"), B(CKA_VALUE_LEN, 24) },
		CKR_TEMPLATE_INCONSISTENT },

	{ "RSA public half", GEN_RSA_PUB, { B(CKA_MODULUS_BITS, 2048) }, CKR_OK },
	{ "RSA public half without size", GEN_RSA_PUB, { B(CKA_TOKEN, 0) },
		CKR_TEMPLATE_INCOMPLETE },
	{ "RSA public half with modulus", GEN_RSA_PUB,
		{ B(CKA_MODULUS_BITS, 2048), T(CKA_MODULUS, "n") }, CKR_ATTRIBUTE_READ_ONLY },
	{ "RSA private half", GEN_RSA_PRIV, { T(CKA_LABEL, "l"), B(CKA_SIGN, 1) }, CKR_OK },
	{ "RSA private half with modulus", GEN_RSA_PRIV, { T(CKA_MODULUS, "n") },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "RSA private import", CREATE(ROLE_USER), { RSA_PRIV }, CKR_OK },
	{ "RSA private import with a checksum", CREATE(ROLE_USER),
		{ RSA_PRIV, T(CKA_PUBLIC_CRC64_VALUE, "12345678") }, CKR_OK },
	{ "RSA private import with a part of a checksum", CREATE(ROLE_USER),
		{ RSA_PRIV, T(CKA_PUBLIC_CRC64_VALUE, "1234567") }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "RSA private half with a checksum", GEN_RSA_PRIV,
		{ T(CKA_PUBLIC_CRC64_VALUE, "12345678") }, CKR_ATTRIBUTE_READ_ONLY },
	{ "RSA private import without exponent", CREATE(ROLE_USER),
		{ B(CKA_CLASS, CKO_PRIVATE_KEY), B(CKA_KEY_TYPE, CKK_RSA), T(CKA_MODULUS, "n") },
		CKR_TEMPLATE_INCOMPLETE },
	{ "asking each time for a public object", CREATE(ROLE_USER),
		{ RSA_PRIV, B(CKA_PRIVATE, 0), B(CKA_ALWAYS_AUTHENTICATE, 1) },
		CKR_TEMPLATE_INCONSISTENT },
	{ "asking each time for a private object", CREATE(ROLE_USER),
		{ RSA_PRIV, B(CKA_ALWAYS_AUTHENTICATE, 1) }, CKR_OK },
	{ "EC private import", CREATE(ROLE_USER),
		{ B(CKA_CLASS, CKO_PRIVATE_KEY), B(CKA_KEY_TYPE, CKK_EC), T(CKA_EC_PARAMS, "p"),
		  T(CKA_VALUE, "d") }, CKR_OK },
	{ "EC public import without point", CREATE(ROLE_USER),
		{ B(CKA_CLASS, CKO_PUBLIC_KEY), B(CKA_KEY_TYPE, CKK_EC), T(CKA_EC_PARAMS, "p") },
		CKR_TEMPLATE_INCOMPLETE },
};
/* clang-format on */

START_TEST (a_template_builds_or_is_refused_as_the_standard_says) {
	const struct build_case *c = &cases[_i];
	struct attrs in = given_pack(c->given, ARRAY_LEN(c->given));
	struct attrs public = ATTRS_INIT, secret = ATTRS_INIT;
	CK_RV rv = object_build(&c->request, attrs_bytes(&in), &public, &secret);

	ck_assert_msg(rv == c->rv, "%s: %s", c->name, ckr_name(rv));
	ck_assert(attrs_valid(attrs_bytes(&public)));
	ck_assert(attrs_valid(attrs_bytes(&secret)));
	ck_assert(rv == CKR_OK || public.b.n == 0);
	/* no object has what its schema has not */
	ck_assert(attrs_ulong(attrs_bytes(&public), CKA_KEY_TYPE, 0) != CKK_DES3 ||
		  !attrs_has(attrs_bytes(&public), CKA_VALUE_LEN));
	attrs_free(&in);
	attrs_free(&public);
	attrs_free(&secret);
}
END_TEST

/* --- Defaults -------------------------------------------------------------------- */

static struct attrs
build(const struct object_request *request, const struct given *given, size_t n)
{
	struct attrs in = given_pack(given, n), public = ATTRS_INIT, secret = ATTRS_INIT;

	ck_assert_uint_eq(
		object_build(request, attrs_bytes(&in), &public, &secret), CKR_OK);
	attrs_free(&in);
	attrs_free(&secret);
	return public;
}

#define IS(a, type) attrs_bool(attrs_bytes(&(a)), type, false)

START_TEST (a_generated_key_is_private_unreadable_and_useful_by_default) {
	struct object_request request = GEN_AES(ROLE_USER);
	struct given given[] = { B(CKA_VALUE_LEN, 32) };
	struct attrs a = build(&request, given, 1);

	ck_assert(!IS(a, CKA_SENSITIVE) && !IS(a, CKA_EXTRACTABLE));
	ck_assert(!IS(a, CKA_ALWAYS_SENSITIVE) && IS(a, CKA_NEVER_EXTRACTABLE));
	ck_assert_uint_eq(
		attrs_ulong(attrs_bytes(&a), CKA_OBJECT_VALIDATION_FLAGS, 1), 0);
	ck_assert(IS(a, CKA_PRIVATE) && !IS(a, CKA_TOKEN) && IS(a, CKA_LOCAL));
	ck_assert(IS(a, CKA_ENCRYPT) && IS(a, CKA_DECRYPT));
	ck_assert(!IS(a, CKA_WRAP) && !IS(a, CKA_UNWRAP) && !IS(a, CKA_DERIVE));
	ck_assert(IS(a, CKA_MODIFIABLE) && IS(a, CKA_COPYABLE) && IS(a, CKA_DESTROYABLE));
	ck_assert_uint_eq(
		attrs_ulong(attrs_bytes(&a), CKA_KEY_GEN_MECHANISM, 0), CKM_AES_KEY_GEN);
	ck_assert(attrs_has(attrs_bytes(&a), CKA_LABEL));
	ck_assert(!object_is_readable(attrs_bytes(&a)));
	ck_assert(!object_may_reveal(attrs_bytes(&a), CKA_VALUE));
	ck_assert(object_may_reveal(attrs_bytes(&a), CKA_LABEL));
	ck_assert(!object_is_visible(attrs_bytes(&a), ROLE_SO));
	ck_assert(object_is_visible(attrs_bytes(&a), ROLE_USER));
	attrs_free(&a);
}
END_TEST

START_TEST (an_extractable_secret_key_is_readable_unless_said_sensitive) {
	struct object_request request = GEN_AES(ROLE_NONE);
	struct given readable[] = { B(CKA_VALUE_LEN, 32), B(CKA_EXTRACTABLE, 1) };
	struct given sensitive[] = { B(CKA_VALUE_LEN, 32), B(CKA_EXTRACTABLE, 1),
		B(CKA_SENSITIVE, 1) };
	struct attrs a = build(&request, readable, 2), b = build(&request, sensitive, 3);

	ck_assert(object_is_readable(attrs_bytes(&a)));
	ck_assert(object_may_reveal(attrs_bytes(&a), CKA_VALUE));
	ck_assert(!IS(a, CKA_ALWAYS_SENSITIVE) && !IS(a, CKA_NEVER_EXTRACTABLE));
	ck_assert(!IS(a, CKA_PRIVATE)); /* nobody is logged in */
	ck_assert(!object_is_readable(attrs_bytes(&b)));
	attrs_free(&a);
	attrs_free(&b);
}
END_TEST

START_TEST (an_imported_key_has_no_innocent_past) {
	struct object_request request = CREATE(ROLE_USER);
	struct given given[] = { RSA_PRIV };
	struct attrs in = given_pack(given, ARRAY_LEN(given));
	struct attrs public = ATTRS_INIT, secret = ATTRS_INIT;

	ck_assert_uint_eq(
		object_build(&request, attrs_bytes(&in), &public, &secret), CKR_OK);
	ck_assert(!IS(public, CKA_LOCAL) && !IS(public, CKA_ALWAYS_SENSITIVE));
	ck_assert(!IS(public, CKA_NEVER_EXTRACTABLE) && IS(public, CKA_SENSITIVE));
	ck_assert_uint_eq(
		attrs_ulong(attrs_bytes(&public), CKA_KEY_GEN_MECHANISM, 0), UINT64_MAX);
	ck_assert(attrs_has(attrs_bytes(&secret), CKA_PRIVATE_EXPONENT));
	ck_assert(!attrs_has(attrs_bytes(&public), CKA_PRIVATE_EXPONENT));
	ck_assert(attrs_has(attrs_bytes(&public), CKA_MODULUS));
	ck_assert(IS(public, CKA_SIGN) && IS(public, CKA_DECRYPT));
	attrs_free(&in);
	attrs_free(&public);
	attrs_free(&secret);
}
END_TEST

/* --- Change and copy ------------------------------------------------------------- */

struct change_case {
	const char *name;
	struct given base[3];
	struct given change;
	enum object_role role;
	CK_RV update, copy;
};

/* clang-format off */
static const struct change_case changes[] = {
	{ "label", { B(CKA_VALUE_LEN, 32) }, T(CKA_LABEL, "new"), ROLE_USER, CKR_OK, CKR_OK },
	{ "a start after the end", { B(CKA_VALUE_LEN, 32), T(CKA_END_DATE, "20251231") },
		T(CKA_START_DATE, "20260101"), ROLE_USER, CKR_OK, CKR_OK },
	{ "to the token", { B(CKA_VALUE_LEN, 32) }, B(CKA_TOKEN, 1), ROLE_USER,
		CKR_ATTRIBUTE_READ_ONLY, CKR_OK },
	{ "to public", { B(CKA_VALUE_LEN, 32) }, B(CKA_PRIVATE, 0), ROLE_USER,
		CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT },
	{ "to private, logged out", { B(CKA_VALUE_LEN, 32), B(CKA_PRIVATE, 0) },
		B(CKA_PRIVATE, 1), ROLE_NONE, CKR_ATTRIBUTE_READ_ONLY, CKR_USER_NOT_LOGGED_IN },
	{ "no longer sensitive", { B(CKA_VALUE_LEN, 32), B(CKA_SENSITIVE, 1) },
		B(CKA_SENSITIVE, 0), ROLE_USER, CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_READ_ONLY },
	{ "sensitive again", { B(CKA_VALUE_LEN, 32), B(CKA_SENSITIVE, 1) }, B(CKA_SENSITIVE, 1),
		ROLE_USER, CKR_OK, CKR_OK },
	{ "sensitive now", { B(CKA_VALUE_LEN, 32), B(CKA_SENSITIVE, 0) }, B(CKA_SENSITIVE, 1),
		ROLE_USER, CKR_OK, CKR_OK },
	{ "extractable now", { B(CKA_VALUE_LEN, 32) }, B(CKA_EXTRACTABLE, 1), ROLE_USER,
		CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_READ_ONLY },
	{ "no longer extractable", { B(CKA_VALUE_LEN, 32), B(CKA_EXTRACTABLE, 1) },
		B(CKA_EXTRACTABLE, 0), ROLE_USER, CKR_OK, CKR_OK },
	{ "another length", { B(CKA_VALUE_LEN, 32) }, B(CKA_VALUE_LEN, 16), ROLE_USER,
		CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_READ_ONLY },
	{ "a value", { B(CKA_VALUE_LEN, 32) }, T(CKA_VALUE, "x"), ROLE_USER,
		CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_READ_ONLY },
	{ "a foreign attribute", { B(CKA_VALUE_LEN, 32) }, T(CKA_SUBJECT, "x"), ROLE_USER,
		CKR_TEMPLATE_INCONSISTENT, CKR_TEMPLATE_INCONSISTENT },
	{ "nobody's attribute", { B(CKA_VALUE_LEN, 32) }, T(0x7fff0001, "x"), ROLE_USER,
		CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_TYPE_INVALID },
	{ "the check value it has", { B(CKA_VALUE_LEN, 32), T(CKA_CHECK_VALUE, "abc") },
		T(CKA_CHECK_VALUE, "abc"), ROLE_USER, CKR_OK, CKR_OK },
	{ "no check value any more", { B(CKA_VALUE_LEN, 32), T(CKA_CHECK_VALUE, "abc") },
		T(CKA_CHECK_VALUE, ""), ROLE_USER, CKR_OK, CKR_OK },
	{ "another check value", { B(CKA_VALUE_LEN, 32), T(CKA_CHECK_VALUE, "abc") },
		T(CKA_CHECK_VALUE, "abd"), ROLE_USER, CKR_OK, CKR_OK },
	{ "trusted by the user", { B(CKA_VALUE_LEN, 32) }, B(CKA_TRUSTED, 1), ROLE_USER,
		CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_READ_ONLY },
	{ "trusted by the SO", { B(CKA_VALUE_LEN, 32), B(CKA_PRIVATE, 0) }, B(CKA_TRUSTED, 1),
		ROLE_SO, CKR_OK, CKR_OK },
	{ "what may not be modified", { B(CKA_VALUE_LEN, 32), B(CKA_MODIFIABLE, 0) },
		T(CKA_LABEL, "new"), ROLE_USER, CKR_ACTION_PROHIBITED, CKR_OK },
	{ "what may not be copied", { B(CKA_VALUE_LEN, 32), B(CKA_COPYABLE, 0) },
		T(CKA_LABEL, "new"), ROLE_USER, CKR_OK, CKR_ACTION_PROHIBITED },
	{ "copyable again", { B(CKA_VALUE_LEN, 32), B(CKA_COPYABLE, 0) }, B(CKA_COPYABLE, 1),
		ROLE_USER, CKR_ATTRIBUTE_READ_ONLY, CKR_ACTION_PROHIBITED },
	{ "a label for a boolean", { B(CKA_VALUE_LEN, 32) }, T(CKA_ENCRYPT, "yes"), ROLE_USER,
		CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID },
};
/* clang-format on */

START_TEST (an_object_changes_only_as_its_attributes_allow) {
	const struct change_case *c = &changes[_i];
	struct object_request request = GEN_AES(ROLE_USER);
	struct attrs old = build(&request, c->base, ARRAY_LEN(c->base));
	struct attrs in = given_pack(&c->change, 1), to = ATTRS_INIT;
	CK_RV rv = object_update(attrs_bytes(&old), attrs_bytes(&in), c->role, &to);

	ck_assert_msg(rv == c->update, "%s, update: %s", c->name, ckr_name(rv));
	ck_assert(rv != CKR_OK || attrs_match(attrs_bytes(&to), attrs_bytes(&in)));
	attrs_set(&old, CKA_UNIQUE_ID, BYTES_STR("id"));
	rv = object_copy(attrs_bytes(&old), attrs_bytes(&in), c->role, &to);
	ck_assert_msg(rv == c->copy, "%s, copy: %s", c->name, ckr_name(rv));
	if (rv == CKR_OK) {
		ck_assert(attrs_match(attrs_bytes(&to), attrs_bytes(&in)));
		ck_assert(!attrs_has(attrs_bytes(&to), CKA_UNIQUE_ID));
	}
	attrs_free(&old);
	attrs_free(&in);
	attrs_free(&to);
}
END_TEST

/* Whether it is right is for who has the key. */
START_TEST (a_check_value_that_is_new_is_to_be_looked_at) {
	static const struct {
		struct given change;
		bool is_new;
	} claims[] = {
		{ T(CKA_LABEL, "new"), false },
		{ T(CKA_CHECK_VALUE, "abc"), false },
		{ T(CKA_CHECK_VALUE, ""), false },
		{ T(CKA_CHECK_VALUE, "abd"), true },
	};
	struct given base[] = { B(CKA_VALUE_LEN, 32), T(CKA_CHECK_VALUE, "abc") };
	struct object_request request = GEN_AES(ROLE_USER);
	struct attrs old = build(&request, base, ARRAY_LEN(base));

	for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
		struct attrs in = given_pack(&claims[i].change, 1), to = ATTRS_INIT;

		ck_assert_uint_eq(object_update(attrs_bytes(&old), attrs_bytes(&in),
					  ROLE_USER, &to),
			CKR_OK);
		ck_assert_int_eq(
			object_claims_derived(attrs_bytes(&old), attrs_bytes(&to)),
			claims[i].is_new);
		attrs_free(&in);
		attrs_free(&to);
	}
	attrs_free(&old);
}
END_TEST

START_TEST (a_trusted_certificate_is_changed_by_the_so_only) {
	struct object_request request = CREATE(ROLE_SO);
	struct given given[] = { CERT, B(CKA_TRUSTED, 1) };
	struct attrs cert = build(&request, given, ARRAY_LEN(given));
	struct attrs in = ATTRS_INIT, to = ATTRS_INIT;

	attrs_set(&in, CKA_LABEL, BYTES_STR("x"));
	ck_assert_uint_eq(
		object_update(attrs_bytes(&cert), attrs_bytes(&in), ROLE_USER, &to),
		CKR_ACTION_PROHIBITED);
	ck_assert_uint_eq(
		object_update(attrs_bytes(&cert), attrs_bytes(&in), ROLE_SO, &to),
		CKR_OK);
	attrs_free(&cert);
	attrs_free(&in);
	attrs_free(&to);
}
END_TEST

/* What the SO has trusted, and may not be changed, is not changed by copying it. */
static const struct trusted_copy {
	const char *name;
	bool key;        /* else a certificate */
	bool modifiable; /* the key */
	struct given change[2];
	enum object_role role;
	CK_RV rv;
} trusted_copies[] = {
	{ "another label", false, true, { T(CKA_LABEL, "x") }, ROLE_USER,
		CKR_ATTRIBUTE_READ_ONLY },
	{ "another issuer", false, true, { T(CKA_ISSUER, "x") }, ROLE_NONE,
		CKR_ATTRIBUTE_READ_ONLY },
	{ "by the SO", false, true, { T(CKA_ISSUER, "x") }, ROLE_SO, CKR_OK },
	{ "elsewhere", false, true, { B(CKA_TOKEN, 1), B(CKA_PRIVATE, 1) }, ROLE_USER,
		CKR_OK },
	{ "the label it has", false, true, { T(CKA_LABEL, "") }, ROLE_USER, CKR_OK },
	{ "and not trusted", false, true, { T(CKA_ISSUER, "x"), B(CKA_TRUSTED, 0) },
		ROLE_USER, CKR_OK },
	{ "and trusted, it says", false, true, { T(CKA_ISSUER, "x"), B(CKA_TRUSTED, 1) },
		ROLE_USER, CKR_ATTRIBUTE_READ_ONLY },
	{ "a fixed key that decrypts", true, false, { B(CKA_DECRYPT, 1) }, ROLE_USER,
		CKR_ATTRIBUTE_READ_ONLY },
	{ "a fixed key to be changed", true, false, { B(CKA_MODIFIABLE, 1) }, ROLE_USER,
		CKR_ATTRIBUTE_READ_ONLY },
	{ "a fixed key that stays", true, false, { B(CKA_DESTROYABLE, 0) }, ROLE_USER,
		CKR_OK },
	{ "a fixed key by the SO", true, false, { B(CKA_DECRYPT, 1) }, ROLE_SO, CKR_OK },
	/* its user may do that to the key itself */
	{ "a key that decrypts", true, true, { B(CKA_DECRYPT, 1) }, ROLE_USER, CKR_OK },
};

START_TEST (copies_of_what_is_trusted_are_what_was_trusted) {
	const struct trusted_copy *c = &trusted_copies[_i];
	const struct object_request of_key = GEN_AES(ROLE_SO), of_cert = CREATE(ROLE_SO);
	struct given cert[] = { CERT, B(CKA_TRUSTED, 1) };
	struct given key[] = { B(CKA_VALUE_LEN, 32), B(CKA_TRUSTED, 1), B(CKA_DECRYPT, 0),
		B(CKA_MODIFIABLE, c->modifiable) };
	struct attrs old = c->key ? build(&of_key, key, ARRAY_LEN(key))
				  : build(&of_cert, cert, ARRAY_LEN(cert));
	struct attrs in = given_pack(c->change, ARRAY_LEN(c->change));
	struct attrs to = ATTRS_INIT;
	CK_RV rv = object_copy(attrs_bytes(&old), attrs_bytes(&in), c->role, &to);

	ck_assert_msg(rv == c->rv, "%s: %s", c->name, ckr_name(rv));
	ck_assert(rv != CKR_OK || attrs_match(attrs_bytes(&to), attrs_bytes(&in)));
	attrs_free(&old);
	attrs_free(&in);
	attrs_free(&to);
}
END_TEST

START_TEST (usage_needs_flag_type_and_allowed_mechanism) {
	struct object_request request = GEN_AES(ROLE_USER);
	struct given given[] = { B(CKA_VALUE_LEN, 32), B(CKA_DECRYPT, 0) };
	struct attrs a = build(&request, given, 2);
	uint8_t list[8];

	ck_assert_uint_eq(
		object_check_usage(attrs_bytes(&a), CKA_ENCRYPT, CKM_AES_GCM), CKR_OK);
	ck_assert_uint_eq(object_check_usage(attrs_bytes(&a), CKA_DECRYPT, CKM_AES_GCM),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	ck_assert_uint_eq(object_check_usage(attrs_bytes(&a), CKA_SIGN, CKM_SHA256_HMAC),
		CKR_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(object_check_usage(attrs_bytes(&a), CKA_ENCRYPT, CKM_DES_ECB),
		CKR_MECHANISM_INVALID);
	store_le64(list, CKM_AES_CBC);
	attrs_set(&a, CKA_ALLOWED_MECHANISMS, BYTES_OF(list));
	ck_assert_uint_eq(
		object_check_usage(attrs_bytes(&a), CKA_ENCRYPT, CKM_AES_CBC), CKR_OK);
	ck_assert_uint_eq(object_check_usage(attrs_bytes(&a), CKA_ENCRYPT, CKM_AES_GCM),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	attrs_set(&a, CKA_ALLOWED_MECHANISMS, BYTES_NONE);
	ck_assert_uint_eq(object_check_usage(attrs_bytes(&a), CKA_ENCRYPT, CKM_AES_CBC),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	attrs_unset(&a, CKA_ALLOWED_MECHANISMS);
	attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_SHA256_HMAC);
	ck_assert_uint_eq(
		object_check_usage(attrs_bytes(&a), CKA_SIGN, CKM_SHA256_HMAC), CKR_OK);
	ck_assert_uint_eq(object_check_usage(attrs_bytes(&a), CKA_SIGN, CKM_SHA384_HMAC),
		CKR_KEY_TYPE_INCONSISTENT);
	attrs_free(&a);
}
END_TEST

/* --- The tables themselves --------------------------------------------------------- */

START_TEST (every_schema_row_is_known_and_of_one_kind) {
	static const struct {
		CK_OBJECT_CLASS class;
		CK_ULONG sub_type;
	} all[] = { { CKO_DATA, 0 }, { CKO_CERTIFICATE, CKC_X_509 },
		{ CKO_PUBLIC_KEY, CKK_RSA }, { CKO_PUBLIC_KEY, CKK_EC },
		{ CKO_PRIVATE_KEY, CKK_RSA }, { CKO_PRIVATE_KEY, CKK_EC },
		{ CKO_SECRET_KEY, CKK_AES }, { CKO_SECRET_KEY, CKK_GENERIC_SECRET },
		{ CKO_SECRET_KEY, CKK_SHA512_256_HMAC }, { CKO_TRUST, 0 },
		{ CKO_DOMAIN_PARAMETERS, CKK_DSA } };

	for (size_t k = 0; k < ARRAY_LEN(all); k++) {
		const struct schema *s = schema_of(all[k].class, all[k].sub_type);

		ck_assert(schema_exists(all[k].class, all[k].sub_type));
		for (; s != NULL; s = s->base) {
			for (size_t i = 0; i < s->n; i++) {
				const struct attr_def *known =
					attr_lookup(s->defs[i].type);

				ck_assert_msg(known != NULL, "%s", s->defs[i].name);
				ck_assert_msg(known->kind == s->defs[i].kind, "%s",
					s->defs[i].name);
				ck_assert_str_eq(known->name, cka_name(s->defs[i].type));
			}
		}
	}
	ck_assert(!schema_exists(CKO_SECRET_KEY, CKK_DES));
	ck_assert(attr_lookup(0x12345) == NULL);
}
END_TEST

START_TEST (every_attribute_of_the_header_is_known) {
	FILE *header = fopen(CK_ATTRIBUTES_H, "re");
	char line[128], name[64];
	unsigned long type;
	unsigned n = 0;

	ck_assert_ptr_nonnull(header);
	while (fgets(line, sizeof line, header) != NULL) {
		if (sscanf(line, "#define CKA_%63s %lx", name, &type) != 2 ||
			type == CKA_VENDOR_DEFINED)
			continue;
		ck_assert_msg(attr_lookup((uint32_t)type) != NULL, "CKA_%s", name);
		n++;
	}
	(void)fclose(header);
	ck_assert_uint_gt(n, 150);
}
END_TEST

START_TEST (noise_in_templates_never_breaks_the_builder) {
	uint32_t x = (uint32_t)_i * 2654435761u + 1;

	for (int round = 0; round < 2000; round++) {
		struct object_request request = CREATE(ROLE_USER);
		struct attrs in = ATTRS_INIT, public = ATTRS_INIT, secret = ATTRS_INIT;
		struct given given[] = { RSA_PRIV };
		uint8_t value[16];

		if (round % 3 != 0) {
			attrs_free(&in);
			in = given_pack(given, ARRAY_LEN(given));
		}
		for (int i = 0; i < 4; i++) {
			x = x * 1664525u + 1013904223u;
			memset(value, (int)(x >> 24) & 1, sizeof value);
			attrs_set(&in, (x >> 8) % 0x180, BYTES(value, (x >> 20) % 10));
		}
		if (object_build(&request, attrs_bytes(&in), &public, &secret) ==
			CKR_OK) {
			ck_assert(attrs_valid(attrs_bytes(&public)));
			ck_assert(attrs_valid(attrs_bytes(&secret)));
			(void)!object_update(attrs_bytes(&public), attrs_bytes(&in),
				ROLE_USER, &secret);
		}
		attrs_free(&in);
		attrs_free(&public);
		attrs_free(&secret);
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &a_template_builds_or_is_refused_as_the_standard_says, ARRAY_LEN(cases) },
	{ &a_generated_key_is_private_unreadable_and_useful_by_default, 0 },
	{ &an_extractable_secret_key_is_readable_unless_said_sensitive, 0 },
	{ &an_imported_key_has_no_innocent_past, 0 },
	{ &an_object_changes_only_as_its_attributes_allow, ARRAY_LEN(changes) },
	{ &a_check_value_that_is_new_is_to_be_looked_at, 0 },
	{ &a_trusted_certificate_is_changed_by_the_so_only, 0 },
	{ &copies_of_what_is_trusted_are_what_was_trusted, ARRAY_LEN(trusted_copies) },
	{ &usage_needs_flag_type_and_allowed_mechanism, 0 },
	{ &every_schema_row_is_known_and_of_one_kind, 0 },
	{ &every_attribute_of_the_header_is_known, 0 },
	{ &noise_in_templates_never_breaks_the_builder, 4 },
};
CHECK_MAIN("object", tests)
