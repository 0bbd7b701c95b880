/* SPDX-License-Identifier: Apache-2.0 */
/* Templates that are wrong, and what C_CreateObject answers to each (4.1.1 unless it is said). */
#pragma once

#include "tests/api/bad_input/scene.h"

#define MOST_ATTRIBUTES 8

#define DH(prime) \
	ATTR(CKA_CLASS, public_class), ATTR(CKA_KEY_TYPE, dh_type), ATTR(CKA_PRIME, prime)

struct bad_template {
	const char *what;
	CK_RV rv;
	/* the same from C_SetAttributeValue, C_CopyObject, C_FindObjectsInit and C_GenerateKey: what
	 * is wrong is seen before what the template is for */
	int everywhere;
	CK_ATTRIBUTE
	attributes[MOST_ATTRIBUTES]; /* up to one of no type, value and length */
	void (*fill)(CK_ATTRIBUTE **ret, CK_ULONG *ret_n); /* for large ones */
};

static const CK_BBOOL neither = 2;
static const CK_OBJECT_CLASS no_class = 0x7fedcba9, feature_class = CKO_HW_FEATURE,
			     certificate_class = CKO_CERTIFICATE;
static const CK_KEY_TYPE no_type = 0x7fedcba9, dsa_type = CKK_DSA, dh_type = CKK_DH;
static const CK_CERTIFICATE_TYPE x509 = CKC_X_509, wtls = CKC_WTLS,
				 attribute_cert = CKC_X_509_ATTR_CERT;
static const CK_ULONG seventeen = 17;
/* odd, and as long as a prime may be */
static const unsigned char odd[256] = { [0 ... 255] = 0xff };
static unsigned char one[] = { 1 }, two[] = { 2 };
static CK_ATTRIBUTE inner[] = { ATTR(CKA_TOKEN, YES) },
		    nested[] = { { CKA_WRAP_TEMPLATE, inner, sizeof inner } },
		    inner_unknown[] = { { 0x7fedcba9, NULL, 0 } },
		    inner_short[] = { { CKA_TOKEN, (void *)(uintptr_t)&sixteen, 2 } },
		    inner_null[] = { { CKA_LABEL, NULL, 5 } };

/* Each may be there, all of them together may not. */
static void
fill_sum(CK_ATTRIBUTE **ret, CK_ULONG *ret_n)
{
	static unsigned char half[600 << 10];
	static CK_ATTRIBUTE list[] = { ATTR(CKA_CLASS, data_class),
		{ CKA_VALUE, half, sizeof half },
		{ CKA_APPLICATION, half, sizeof half } };

	*ret = list;
	*ret_n = COUNT(list);
}

static void
fill_value(CK_ATTRIBUTE **ret, CK_ULONG *ret_n)
{
	static unsigned char whole[(1 << 20) + 1];
	static CK_ATTRIBUTE list[] = { ATTR(CKA_CLASS, data_class),
		{ CKA_VALUE, whole, sizeof whole } };

	*ret = list;
	*ret_n = COUNT(list);
}

static void
fill_whole(CK_ATTRIBUTE **ret, CK_ULONG *ret_n)
{
	fill_value(ret, ret_n);
	(*ret)[1].ulValueLen = 1 << 20; /* no room for the header */
}

/* clang-format off */
#define V(x) (void *)(uintptr_t)(x)
#define DATA ATTR(CKA_CLASS, data_class)
#define SECRET ATTR(CKA_CLASS, secret_class), ATTR(CKA_KEY_TYPE, aes_type)
#define SECRET_KEY SECRET, { CKA_VALUE, iv, 16 }

static const struct bad_template bad_templates[] = {
	/* --- values that are none of their kind --- */
	{ "boolean of 0 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 1, { { CKA_TOKEN, NULL, 0 } }, NULL },
	{ "boolean of 2 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 1, { { CKA_TOKEN, iv, 2 } }, NULL },
	{ "boolean of 8 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 1, { { CKA_PRIVATE, iv, 8 } }, NULL },
	{ "boolean neither true nor false", CKR_ATTRIBUTE_VALUE_INVALID, 1,
		{ ATTR(CKA_TOKEN, neither) }, NULL },
	{ "number of 0 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 1, { { CKA_KEY_TYPE, NULL, 0 } }, NULL },
	{ "number of 1 byte", CKR_ATTRIBUTE_VALUE_INVALID, 1, { { CKA_CLASS, iv, 1 } }, NULL },
	{ "number of 4 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 1, { { CKA_KEY_TYPE, iv, 4 } }, NULL },
	{ "number of 9 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 1, { { CKA_VALUE_LEN, iv, 9 } }, NULL },
	{ "date of 7 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 1, { { CKA_START_DATE, V("2026050"), 7 } }, NULL },
	{ "date of 9 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 1, { { CKA_START_DATE, V("202605011"), 9 } }, NULL },
	{ "date that is none", CKR_ATTRIBUTE_VALUE_INVALID, 1, { { CKA_END_DATE, V("2026-5-1"), 8 } }, NULL },
	{ "mechanisms of 7 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 1,
		{ { CKA_ALLOWED_MECHANISMS, iv, 7 } }, NULL },
	{ "template of a part of an attribute", CKR_ATTRIBUTE_VALUE_INVALID, 1,
		{ { CKA_WRAP_TEMPLATE, inner, sizeof inner - 1 } }, NULL },
	{ "template in a template in a template", CKR_ATTRIBUTE_VALUE_INVALID, 1,
		{ { CKA_WRAP_TEMPLATE, nested, sizeof nested } }, NULL },
	{ "unknown attribute in a template", CKR_ATTRIBUTE_TYPE_INVALID, 1,
		{ { CKA_UNWRAP_TEMPLATE, inner_unknown, sizeof inner_unknown } }, NULL },
	{ "boolean of 2 bytes in a template", CKR_ATTRIBUTE_VALUE_INVALID, 1,
		{ { CKA_DERIVE_TEMPLATE, inner_short, sizeof inner_short } }, NULL },
	{ "NULL with a length in a template", CKR_ARGUMENTS_BAD, 1,
		{ { CKA_WRAP_TEMPLATE, inner_null, sizeof inner_null } }, NULL },

	/* --- values that cannot be read (5.1.6: CKR_ARGUMENTS_BAD) --- */
	{ "NULL with a length", CKR_ARGUMENTS_BAD, 1, { { CKA_LABEL, NULL, 5 } }, NULL },
	{ "NULL with a length, a number", CKR_ARGUMENTS_BAD, 1, { { CKA_CLASS, NULL, 8 } }, NULL },
	{ "NULL with a length, a template", CKR_ARGUMENTS_BAD, 1,
		{ { CKA_WRAP_TEMPLATE, NULL, sizeof inner } }, NULL },
	{ "a length that wraps around", CKR_HOST_MEMORY, 1,
		{ { CKA_LABEL, iv, (CK_ULONG)PTRDIFF_MAX + 1 } }, NULL },
	/* it stands for "no value" in what C_GetAttributeValue gives; as a value it is none */
	{ "no length", CKR_ATTRIBUTE_VALUE_INVALID, 1,
		{ { CKA_LABEL, iv, CK_UNAVAILABLE_INFORMATION } }, NULL },
	{ "no length, a boolean", CKR_ATTRIBUTE_VALUE_INVALID, 1,
		{ { CKA_TOKEN, iv, CK_UNAVAILABLE_INFORMATION } }, NULL },

	/* --- attributes --- */
	{ "unknown", CKR_ATTRIBUTE_TYPE_INVALID, 1, { { 0x7fedcba9, iv, 1 } }, NULL },
	{ "unknown, of a vendor's", CKR_ATTRIBUTE_TYPE_INVALID, 1,
		{ { CKA_VENDOR_DEFINED | 1, iv, 1 } }, NULL },
	{ "unknown, beyond 32 bits", CKR_ATTRIBUTE_TYPE_INVALID, 1,
		{ { 0x100000000UL + CKA_LABEL, iv, 1 } }, NULL },
	{ "twice, different", CKR_TEMPLATE_INCONSISTENT, 1,
		{ { CKA_LABEL, iv, 1 }, { CKA_LABEL, iv, 2 } }, NULL },
	{ "twice, the second none of its kind", CKR_TEMPLATE_INCONSISTENT, 1,
		{ ATTR(CKA_TOKEN, NO), { CKA_TOKEN, iv, 2 } }, NULL },
	/* "Library developers are encouraged to make their libraries behave as though the
	 * attribute had only appeared once" */
	{ "twice, the same", CKR_OK, 0, { DATA, DATA, { CKA_LABEL, iv, 1 }, { CKA_LABEL, iv, 1 } }, NULL },

	/* --- what an object of the class has not, or the application may not say --- */
	{ "class unknown", CKR_ATTRIBUTE_VALUE_INVALID, 0, { ATTR(CKA_CLASS, no_class) }, NULL },
	{ "hardware feature", CKR_ATTRIBUTE_VALUE_INVALID, 0, { ATTR(CKA_CLASS, feature_class) }, NULL },
	{ "key type unknown", CKR_ATTRIBUTE_VALUE_INVALID, 0,
		{ ATTR(CKA_CLASS, secret_class), ATTR(CKA_KEY_TYPE, no_type), { CKA_VALUE, iv, 16 } }, NULL },
	{ "WTLS certificate", CKR_ATTRIBUTE_VALUE_INVALID, 0,
		{ ATTR(CKA_CLASS, certificate_class), ATTR(CKA_CERTIFICATE_TYPE, wtls),
			{ CKA_SUBJECT, iv, 1 }, { CKA_VALUE, iv, 1 } }, NULL },
	{ "attribute certificate", CKR_ATTRIBUTE_VALUE_INVALID, 0,
		{ ATTR(CKA_CLASS, certificate_class), ATTR(CKA_CERTIFICATE_TYPE, attribute_cert),
			{ CKA_OWNER, iv, 1 }, { CKA_VALUE, iv, 1 } }, NULL },
	{ "attribute certificate's", CKR_TEMPLATE_INCONSISTENT, 0, { DATA, { CKA_OWNER, iv, 1 } }, NULL },
	{ "another class's", CKR_TEMPLATE_INCONSISTENT, 0, { DATA, ATTR(CKA_ENCRYPT, YES) }, NULL },
	{ "another key type's", CKR_TEMPLATE_INCONSISTENT, 0,
		{ SECRET_KEY, { CKA_MODULUS, iv, 16 } }, NULL },
	{ "CKA_LOCAL", CKR_ATTRIBUTE_READ_ONLY, 0, { SECRET_KEY, ATTR(CKA_LOCAL, YES) }, NULL },
	{ "CKA_ALWAYS_SENSITIVE", CKR_ATTRIBUTE_READ_ONLY, 0,
		{ SECRET_KEY, ATTR(CKA_ALWAYS_SENSITIVE, YES) }, NULL },
	{ "CKA_UNIQUE_ID", CKR_ATTRIBUTE_READ_ONLY, 0, { DATA, { CKA_UNIQUE_ID, iv, 4 } }, NULL },
	{ "CKA_TRUSTED by the user", CKR_ATTRIBUTE_READ_ONLY, 0,
		{ SECRET_KEY, ATTR(CKA_TRUSTED, YES) }, NULL },
	{ "CKA_VALUE_LEN of a value", CKR_ATTRIBUTE_READ_ONLY, 0,
		{ SECRET_KEY, ATTR(CKA_VALUE_LEN, sixteen) }, NULL },

	/* --- what is missing --- */
	{ "class missing", CKR_TEMPLATE_INCOMPLETE, 0, { { CKA_LABEL, iv, 1 } }, NULL },
	{ "key type missing", CKR_TEMPLATE_INCOMPLETE, 0,
		{ ATTR(CKA_CLASS, secret_class), { CKA_VALUE, iv, 16 } }, NULL },
	{ "value missing", CKR_TEMPLATE_INCOMPLETE, 0, { SECRET }, NULL },
	{ "certificate type missing", CKR_TEMPLATE_INCOMPLETE, 0,
		{ ATTR(CKA_CLASS, certificate_class), { CKA_SUBJECT, iv, 1 }, { CKA_VALUE, iv, 1 } }, NULL },
	{ "subject missing", CKR_TEMPLATE_INCOMPLETE, 0,
		{ ATTR(CKA_CLASS, certificate_class), ATTR(CKA_CERTIFICATE_TYPE, x509),
			{ CKA_VALUE, iv, 1 } }, NULL },
	{ "point missing", CKR_TEMPLATE_INCOMPLETE, 0,
		{ ATTR(CKA_CLASS, public_class), ATTR(CKA_KEY_TYPE, ec_type), ATTR(CKA_EC_PARAMS, p256) }, NULL },
	{ "private key's value missing", CKR_TEMPLATE_INCOMPLETE, 0,
		{ ATTR(CKA_CLASS, private_class), ATTR(CKA_KEY_TYPE, ec_type), ATTR(CKA_EC_PARAMS, p256) }, NULL },

	{ "DH base missing", CKR_TEMPLATE_INCOMPLETE, 0,
		{ ATTR(CKA_CLASS, public_class), ATTR(CKA_KEY_TYPE, dh_type), ATTR(CKA_PRIME, odd),
			{ CKA_VALUE, bytes, 10 } }, NULL },
	{ "DH public value missing", CKR_TEMPLATE_INCOMPLETE, 0,
		{ ATTR(CKA_CLASS, public_class), ATTR(CKA_KEY_TYPE, dh_type), ATTR(CKA_PRIME, odd),
			{ CKA_BASE, two, 1 } }, NULL },
	{ "DSA order missing", CKR_TEMPLATE_INCOMPLETE, 0,
		{ ATTR(CKA_CLASS, public_class), ATTR(CKA_KEY_TYPE, dsa_type), ATTR(CKA_PRIME, odd),
			{ CKA_BASE, two, 1 }, { CKA_VALUE, two, 1 } }, NULL },

	/* --- keys that are none --- */
	{ "DH modulus that is even", CKR_DOMAIN_PARAMS_INVALID, 0,
		{ DH(iv), { CKA_BASE, two, 1 }, { CKA_VALUE, two, 1 } }, NULL },
	{ "DH base 1", CKR_DOMAIN_PARAMS_INVALID, 0,
		{ DH(odd), { CKA_BASE, one, 1 }, { CKA_VALUE, two, 1 } }, NULL },
	{ "DH base that is the modulus", CKR_DOMAIN_PARAMS_INVALID, 0,
		{ DH(odd), ATTR(CKA_BASE, odd), { CKA_VALUE, two, 1 } }, NULL },
	{ "DH public value 0", CKR_ATTRIBUTE_VALUE_INVALID, 0,
		{ DH(odd), { CKA_BASE, two, 1 }, { CKA_VALUE, iv, 1 } }, NULL },
	{ "DH public value 1", CKR_ATTRIBUTE_VALUE_INVALID, 0,
		{ DH(odd), { CKA_BASE, two, 1 }, { CKA_VALUE, one, 1 } }, NULL },
	{ "DH public value that is the modulus", CKR_ATTRIBUTE_VALUE_INVALID, 0,
		{ DH(odd), { CKA_BASE, two, 1 }, ATTR(CKA_VALUE, odd) }, NULL },
	{ "DSA order that does not divide", CKR_DOMAIN_PARAMS_INVALID, 0,
		{ ATTR(CKA_CLASS, public_class), ATTR(CKA_KEY_TYPE, dsa_type), ATTR(CKA_PRIME, odd),
			{ CKA_SUBPRIME, (void *)(uintptr_t)odd, 32 }, { CKA_BASE, two, 1 },
			{ CKA_VALUE, two, 1 } }, NULL },
	{ "AES key of 0 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 0, { SECRET, { CKA_VALUE, NULL, 0 } }, NULL },
	{ "AES key of 17 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 0, { SECRET, { CKA_VALUE, bytes, 17 } }, NULL },
	{ "AES key of 64 bytes", CKR_ATTRIBUTE_VALUE_INVALID, 0, { SECRET, { CKA_VALUE, bytes, 64 } }, NULL },
	{ "point that is none", CKR_ATTRIBUTE_VALUE_INVALID, 0,
		{ ATTR(CKA_CLASS, public_class), ATTR(CKA_KEY_TYPE, ec_type), ATTR(CKA_EC_PARAMS, p256),
			{ CKA_EC_POINT, bytes, 10 } }, NULL },

	/* --- limits (docs/PROTOCOL.md): objects of this size are beyond this token --- */
	{ "a value of a mebibyte and a byte", CKR_HOST_MEMORY, 1, { { 0, NULL, 0 } }, fill_value },
	{ "a value of a mebibyte", CKR_HOST_MEMORY, 1, { { 0, NULL, 0 } }, fill_whole },
	{ "more than a mebibyte together", CKR_HOST_MEMORY, 1, { { 0, NULL, 0 } }, fill_sum },
};
/* clang-format on */
