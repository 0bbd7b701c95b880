/* SPDX-License-Identifier: Apache-2.0 */
/* The simple derivations, and what all derivations have in common. */
#include "crypto/derive.h"

#include "tests/unit/check_main.h"
#include "tests/unit/crypto/derive_run.h"

static CK_ULONG len[65];
static CK_KEY_TYPE des3_type = CKK_DES3;

#define LEN(n) ATTR_V(CKA_VALUE_LEN, len[n])
#define GENERIC ATTR_V(CKA_KEY_TYPE, generic_type)
#define AES ATTR_V(CKA_KEY_TYPE, aes_type)
#define DES3 ATTR_V(CKA_KEY_TYPE, des3_type)
#define STRING(p)                               \
	&(CK_KEY_DERIVATION_STRING_DATA)        \
	{                                       \
		(CK_BYTE_PTR)(p), sizeof(p) - 1 \
	}
#define POSITION(n)          \
	&(CK_EXTRACT_PARAMS) \
	{                    \
		n            \
	}
#define OTHER               \
	&(CK_OBJECT_HANDLE) \
	{                   \
		5           \
	}
#define NO_LENGTH CKR_TEMPLATE_INCOMPLETE
#define TOO_LONG CKR_KEY_SIZE_RANGE

struct value_case {
	CK_MECHANISM_TYPE type;
	const void *p;
	size_t n;
	const char *base, *other, *want; /* want: NULL with rv */
	CK_ATTRIBUTE template[3];
	size_t template_n;
	CK_RV rv;
};

/* The examples are the standard's own (6.43); hashes are FIPS 180's and 202's of "abc";
 * ciphertexts are SP 800-38A's, F.1.1 and F.2.1. SHAKE's are Python's. */
/* clang-format off */
#define DATA(type, s) type, STRING(s), sizeof(CK_KEY_DERIVATION_STRING_DATA)
#define BIT(n) CKM_EXTRACT_KEY_FROM_KEY, POSITION(n), sizeof(CK_EXTRACT_PARAMS)
#define KEYS CKM_CONCATENATE_BASE_AND_KEY, OTHER, sizeof(CK_OBJECT_HANDLE)
#define HASH(type) type, NULL, 0
#define CBC(iv, s) CKM_AES_CBC_ENCRYPT_DATA, \
	&(CK_AES_CBC_ENCRYPT_DATA_PARAMS){ iv, (CK_BYTE_PTR)(s), sizeof(s) - 1 }, \
	sizeof(CK_AES_CBC_ENCRYPT_DATA_PARAMS)
#define AES_BLOCKS "\x6b\xc1\xbe\xe2\x2e\x40\x9f\x96\xe9\x3d\x7e\x11\x73\x93\x17\x2a" \
	"\xae\x2d\x8a\x57\x1e\x03\xac\x9c\x9e\xb7\x6f\xac\x45\xaf\x8e\x51"
#define AES_IV { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }
#define AES_KEY "2b7e151628aed2a6abf7158809cf4f3c"
static const struct value_case values[] = {
	{ KEYS, "01234567", "89abcdef", "0123456789abcdef", { { 0 } }, 0, CKR_OK },
	{ KEYS, "01234567", "89abcdef", "0123456789", { LEN(5) }, 1, CKR_OK },
	{ KEYS, "01234567", "89abcdef", "0123", { LEN(2) }, 1, CKR_OK },
	{ KEYS, "01234567", "89abcdef", NULL, { LEN(9) }, 1, TOO_LONG },
	{ KEYS, "01234567", "89abcdef", NULL, { GENERIC }, 1, NO_LENGTH },
	{ KEYS, "0001020304050607", "08090a0b0c0d0e0f", "000102030405060708090a0b0c0d0e0f",
		{ AES, LEN(16) }, 2, CKR_OK },
	{ KEYS, "01234567", "89abcdef", NULL, { AES, LEN(8) }, 2, CKR_TEMPLATE_INCONSISTENT },

	{ DATA(CKM_CONCATENATE_BASE_AND_DATA, "\x89\xab\xcd\xef"), "01234567", NULL,
		"0123456789abcdef", { { 0 } }, 0, CKR_OK },
	{ DATA(CKM_CONCATENATE_BASE_AND_DATA, ""), "01234567", NULL, "01234567", { { 0 } }, 0,
		CKR_OK },
	{ DATA(CKM_CONCATENATE_BASE_AND_DATA, "\x89"), "01234567", NULL, NULL, { LEN(6) }, 1,
		TOO_LONG },
	{ DATA(CKM_CONCATENATE_BASE_AND_DATA, "\x89"), "01234567", NULL, NULL, { LEN(0) }, 1,
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ DATA(CKM_CONCATENATE_DATA_AND_BASE, "\x89\xab\xcd\xef"), "01234567", NULL,
		"89abcdef01234567", { { 0 } }, 0, CKR_OK },
	{ DATA(CKM_CONCATENATE_DATA_AND_BASE, "\x89\xab"), "01234567", NULL, "89ab01",
		{ LEN(3) }, 1, CKR_OK },

	{ DATA(CKM_XOR_BASE_AND_DATA, "\x89\xab\xcd\xef"), "01234567", NULL, "88888888",
		{ { 0 } }, 0, CKR_OK },
	{ DATA(CKM_XOR_BASE_AND_DATA, "\x89\xab\xcd\xef\x01"), "01234567", NULL, "88888888",
		{ { 0 } }, 0, CKR_OK },
	{ DATA(CKM_XOR_BASE_AND_DATA, "\x89\xab"), "01234567", NULL, "8888", { { 0 } }, 0,
		CKR_OK },
	{ DATA(CKM_XOR_BASE_AND_DATA, "\x89\xab"), "01234567", NULL, NULL, { LEN(3) }, 1,
		TOO_LONG },
	{ DATA(CKM_XOR_BASE_AND_DATA, ""), "01234567", NULL, NULL, { { 0 } }, 0, NO_LENGTH },

	{ BIT(21), "329f84a9", NULL, "9526", { LEN(2) }, 1, CKR_OK },
	{ BIT(0), "329f84a9", NULL, "329f84a9", { LEN(4) }, 1, CKR_OK },
	{ BIT(16), "329f84a9", NULL, "84a9329f", { LEN(4) }, 1, CKR_OK },
	{ BIT(31), "329f84a9", NULL, "99", { LEN(1) }, 1, CKR_OK },
	{ BIT(32), "329f84a9", NULL, NULL, { LEN(1) }, 1, CKR_MECHANISM_PARAM_INVALID },
	{ BIT(~0UL), "329f84a9", NULL, NULL, { LEN(1) }, 1, CKR_MECHANISM_PARAM_INVALID },
	{ BIT(0), "329f84a9", NULL, NULL, { LEN(5) }, 1, TOO_LONG },
	{ BIT(0), "329f84a9", NULL, NULL, { { 0 } }, 0, NO_LENGTH },

	{ HASH(CKM_SHA1_KEY_DERIVATION), "616263", NULL,
		"a9993e364706816aba3e25717850c26c9cd0d89d", { { 0 } }, 0, CKR_OK },
	{ HASH(CKM_SHA1_KEY_DERIVATION), "616263", NULL, "a9993e364706816aba3e25717850c26c",
		{ AES, LEN(16) }, 2, CKR_OK },
	{ HASH(CKM_SHA1_KEY_DERIVATION), "616263", NULL, NULL, { AES, LEN(24) }, 2, TOO_LONG },
	{ HASH(CKM_SHA1_KEY_DERIVATION), "616263", NULL, NULL, { AES }, 1, NO_LENGTH },
	{ HASH(CKM_SHA224_KEY_DERIVATION), "616263", NULL,
		"23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7", { { 0 } }, 0, CKR_OK },
	{ HASH(CKM_SHA256_KEY_DERIVATION), "616263", NULL,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		{ AES, LEN(32) }, 2, CKR_OK },
	/* its one length need not be said, and may be; with parity */
	{ HASH(CKM_SHA256_KEY_DERIVATION), "616263", NULL,
		"ba7916bf8f01ceea404040df5dae2323b00261a297167a9d", { DES3 }, 1, CKR_OK },
	{ HASH(CKM_SHA256_KEY_DERIVATION), "616263", NULL,
		"ba7916bf8f01ceea404040df5dae2323b00261a297167a9d", { DES3, LEN(24) }, 2, CKR_OK },
	{ HASH(CKM_SHA256_KEY_DERIVATION), "616263", NULL, NULL, { DES3, LEN(16) }, 2,
		CKR_TEMPLATE_INCONSISTENT },
	{ HASH(CKM_SHA384_KEY_DERIVATION), "616263", NULL,
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7", { { 0 } }, 0, CKR_OK },
	{ HASH(CKM_SHA512_KEY_DERIVATION), "616263", NULL,
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		{ GENERIC, LEN(64) }, 2, CKR_OK },
	{ HASH(CKM_SHA512_224_KEY_DERIVATION), "616263", NULL,
		"4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa", { { 0 } }, 0, CKR_OK },
	{ HASH(CKM_SHA512_256_KEY_DERIVATION), "616263", NULL,
		"53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23", { { 0 } }, 0,
		CKR_OK },
	{ HASH(CKM_SHA3_224_KEY_DERIVATION), "616263", NULL,
		"e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf", { { 0 } }, 0, CKR_OK },
	{ HASH(CKM_SHA3_256_KEY_DERIVATION), "616263", NULL,
		"3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532", { { 0 } }, 0,
		CKR_OK },
	{ HASH(CKM_SHA3_384_KEY_DERIVATION), "616263", NULL,
		"ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2"
		"98d88cea927ac7f539f1edf228376d25", { { 0 } }, 0, CKR_OK },
	{ HASH(CKM_SHA3_512_KEY_DERIVATION), "616263", NULL,
		"b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
		"10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0", { { 0 } }, 0,
		CKR_OK },

	{ HASH(CKM_SHAKE_128_KEY_DERIVATION), "616263", NULL,
		"5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8"
		"44c50af32acd3f2c", { LEN(40) }, 1, CKR_OK },
	{ HASH(CKM_SHAKE_256_KEY_DERIVATION), "616263", NULL, "483366601360a8771c6863080cc4114d",
		{ AES, LEN(16) }, 2, CKR_OK },
	{ HASH(CKM_SHAKE_256_KEY_DERIVATION), "616263", NULL, NULL, { AES }, 1, NO_LENGTH },
	{ HASH(CKM_SHAKE_256_KEY_DERIVATION), "616263", NULL, NULL, { { 0 } }, 0, NO_LENGTH },

	{ DATA(CKM_AES_ECB_ENCRYPT_DATA, AES_BLOCKS), AES_KEY, NULL,
		"3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf", { { 0 } }, 0,
		CKR_OK },
	{ DATA(CKM_AES_ECB_ENCRYPT_DATA, AES_BLOCKS), AES_KEY, NULL,
		"3ad77bb40d7a3660a89ecaf32466ef97f5", { LEN(17) }, 1, CKR_OK },
	{ DATA(CKM_AES_ECB_ENCRYPT_DATA, AES_BLOCKS), AES_KEY, NULL,
		"3ad77bb40d7a3660a89ecaf32466ef97", { AES, LEN(16) }, 2, CKR_OK },
	{ DATA(CKM_AES_ECB_ENCRYPT_DATA, AES_BLOCKS), AES_KEY, NULL, NULL, { LEN(33) }, 1,
		CKR_DATA_LEN_RANGE },
	{ DATA(CKM_AES_ECB_ENCRYPT_DATA, AES_BLOCKS), AES_KEY, NULL, NULL, { AES }, 1,
		NO_LENGTH },
	{ DATA(CKM_AES_ECB_ENCRYPT_DATA, "fifteen bytes.."), AES_KEY, NULL, NULL, { LEN(1) }, 1,
		CKR_MECHANISM_PARAM_INVALID },
	{ DATA(CKM_AES_ECB_ENCRYPT_DATA, ""), AES_KEY, NULL, NULL, { LEN(1) }, 1,
		CKR_MECHANISM_PARAM_INVALID },
	{ CBC(AES_IV, AES_BLOCKS), AES_KEY, NULL,
		"7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2", { { 0 } }, 0,
		CKR_OK },
	{ CBC(AES_IV, AES_BLOCKS), AES_KEY, NULL,
		"7649abac8119b246cee98e9b12e9197d5086cb9b507219ee", { AES, LEN(24) }, 2, CKR_OK },
	{ CBC(AES_IV, "seventeen bytes.."), AES_KEY, NULL, NULL, { LEN(1) }, 1,
		CKR_MECHANISM_PARAM_INVALID },
};
/* clang-format on */

START_TEST (values_are_as_published) {
	const struct value_case *v = &values[_i];
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct a_key base, other;
	struct hex room, want;
	CK_RV rv;

	for (size_t i = 0; i < ARRAY_LEN(len); i++)
		len[i] = i;
	a_key_make(
		mech_lookup(v->type)->key_type == CKK_AES ? CKK_AES : CKK_GENERIC_SECRET,
		hex(&room, v->base), NULL, 0, &base);
	a_key_make(CKK_GENERIC_SECRET, hex(&room, v->other != NULL ? v->other : "00"),
		NULL, 0, &other);
	rv = derive_with((CK_MECHANISM){ v->type, (void *)(uintptr_t)v->p, v->n }, &base,
		v->other != NULL ? &other : NULL, v->template, v->template_n, &d);
	ck_assert_msg(rv == v->rv, "%s: %s", ckm_name(v->type), ckr_name(rv));
	if (rv == CKR_OK) {
		ck_assert_uint_eq(d.n, 1);
		expect_bytes(derived_value(&d, 0), hex(&want, v->want));
	} else {
		ck_assert_uint_eq(d.n, 0);
	}
	a_key_free(&base);
	a_key_free(&other);
}
END_TEST

/* --- Policy -------------------------------------------------------------------------- */

static CK_RV
append(const struct a_key *base, const CK_ATTRIBUTE *template, size_t n,
	struct derived *d)
{
	CK_KEY_DERIVATION_STRING_DATA data = { (CK_BYTE_PTR) "data", 4 };
	CK_MECHANISM m = { CKM_CONCATENATE_BASE_AND_DATA, &data, sizeof data };

	return derive_with(m, base, NULL, template, n, d);
}

static CK_RV
join(const struct a_key *base, const struct a_key *other, const CK_ATTRIBUTE *template,
	size_t n, struct derived *d)
{
	CK_OBJECT_HANDLE handle = 5;
	CK_MECHANISM m = { CKM_CONCATENATE_BASE_AND_KEY, &handle, sizeof handle };

	return derive_with(m, base, other, template, n, d);
}

static CK_RV
hash(const struct a_key *base, const CK_ATTRIBUTE *template, size_t n, struct derived *d)
{
	return derive_with((CK_MECHANISM){ CKM_SHA256_KEY_DERIVATION, NULL, 0 }, base,
		NULL, template, n, d);
}

/* As protected as one likes, and for how long it has been so. */
static void
make_protected(
	bool sensitive, bool extractable, bool always, bool never, struct a_key *ret)
{
	const CK_ATTRIBUTE a[] = { { CKA_SENSITIVE, sensitive ? &yes : &no, 1 },
		{ CKA_EXTRACTABLE, extractable ? &yes : &no, 1 } };

	a_key_make(CKK_GENERIC_SECRET, BYTES_STR("base"), a, 2, ret);
	attrs_set_bool(&ret->public, CKA_ALWAYS_SENSITIVE, always);
	attrs_set_bool(&ret->public, CKA_NEVER_EXTRACTABLE, never);
	ret->input.attributes = attrs_bytes(&ret->public);
}

START_TEST (a_key_has_to_be_for_deriving_with_the_mechanism) {
	CK_MECHANISM_TYPE these[] = { CKM_SHA256_KEY_DERIVATION, CKM_XOR_BASE_AND_DATA };
	CK_ATTRIBUTE unused[] = { ATTR_V(CKA_DERIVE, no) };
	CK_ATTRIBUTE limited[] = { ATTR_V(CKA_ALLOWED_MECHANISMS, these) };
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct a_key open_key, unused_key, limited_key;

	a_key_make(CKK_GENERIC_SECRET, BYTES_STR("base"), NULL, 0, &open_key);
	a_key_make(CKK_GENERIC_SECRET, BYTES_STR("base"), unused, 1, &unused_key);
	a_key_make(CKK_GENERIC_SECRET, BYTES_STR("base"), limited, 1, &limited_key);
	ck_assert_uint_eq(
		append(&unused_key, NULL, 0, &d), CKR_KEY_FUNCTION_NOT_PERMITTED);
	ck_assert_uint_eq(
		append(&limited_key, NULL, 0, &d), CKR_KEY_FUNCTION_NOT_PERMITTED);
	ck_assert_uint_eq(hash(&limited_key, NULL, 0, &d), CKR_OK);
	ck_assert_uint_eq(join(&open_key, &unused_key, NULL, 0, &d),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	ck_assert_uint_eq(join(&open_key, &limited_key, NULL, 0, &d),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	ck_assert_uint_eq(join(&limited_key, &open_key, NULL, 0, &d),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	ck_assert_uint_eq(join(&open_key, &open_key, NULL, 0, &d), CKR_OK);
	/* what came before stays when a call fails */
	ck_assert_uint_eq(
		append(&unused_key, NULL, 0, &d), CKR_KEY_FUNCTION_NOT_PERMITTED);
	expect_bytes(derived_value(&d, 0), BYTES_STR("basebase"));
	a_key_free(&open_key);
	a_key_free(&unused_key);
	a_key_free(&limited_key);
}
END_TEST

START_TEST (only_secret_keys_take_part) {
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct a_key key, public_key;

	a_key_make(CKK_GENERIC_SECRET, BYTES_STR("base"), NULL, 0, &key);
	a_key_make(CKK_GENERIC_SECRET, BYTES_STR("base"), NULL, 0, &public_key);
	attrs_set_ulong(&public_key.public, CKA_CLASS, CKO_PUBLIC_KEY);
	public_key.input.attributes = attrs_bytes(&public_key.public);
	ck_assert_uint_eq(hash(&public_key, NULL, 0, &d), CKR_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(
		join(&key, &public_key, NULL, 0, &d), CKR_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(key_derive(mech_lookup(CKM_AES_CBC), BYTES_NONE, &key.input,
				  NULL, BYTES_NONE, ROLE_USER, &d),
		CKR_MECHANISM_INVALID);
	ck_assert_uint_eq(key_derive(mech_lookup(CKM_PKCS5_PBKD2), BYTES_NONE, &key.input,
				  NULL, BYTES_NONE, ROLE_USER, &d),
		CKR_MECHANISM_INVALID);
	/* a second key where there is none, and none where there is one */
	ck_assert_uint_eq(key_derive(mech_lookup(CKM_SHA256_KEY_DERIVATION), BYTES_NONE,
				  &key.input, &key.input, BYTES_NONE, ROLE_USER, &d),
		CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(
		key_derive(mech_lookup(CKM_CONCATENATE_BASE_AND_KEY), BYTES_NONE,
			&key.input, NULL, BYTES_NONE, ROLE_USER, &d),
		CKR_MECHANISM_PARAM_INVALID);
	a_key_free(&key);
	a_key_free(&public_key);
}
END_TEST

START_TEST (a_derived_key_is_built_by_its_template) {
	CK_BYTE made[] = "made";
	CK_ATTRIBUTE given[] = { { CKA_LABEL, made, 4 }, ATTR_V(CKA_SIGN, no),
		ATTR_V(CKA_EXTRACTABLE, yes) };
	CK_ATTRIBUTE value[] = { { CKA_VALUE, made, 1 } };
	CK_ATTRIBUTE local[] = { ATTR_V(CKA_LOCAL, yes) };
	CK_OBJECT_CLASS data_class = CKO_DATA;
	CK_ATTRIBUTE data[] = { ATTR_V(CKA_CLASS, data_class) };
	CK_KEY_TYPE unknown_type = CKK_CAMELLIA;
	CK_ATTRIBUTE unknown[] = { ATTR_V(CKA_KEY_TYPE, unknown_type), LEN(16) };
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct bytes public, v;
	struct a_key key;

	len[16] = 16;
	a_key_make(CKK_GENERIC_SECRET, BYTES_STR("base"), NULL, 0, &key);
	ck_assert_uint_eq(append(&key, given, 3, &d), CKR_OK);
	public = attrs_bytes(&d.keys[0].public);
	ck_assert(attrs_find(public, CKA_LABEL, &v));
	expect_bytes(v, BYTES_STR("made"));
	ck_assert_uint_eq(attrs_ulong(public, CKA_VALUE_LEN, 0), 8);
	ck_assert_uint_eq(attrs_ulong(public, CKA_KEY_TYPE, 0), CKK_GENERIC_SECRET);
	ck_assert_uint_eq(attrs_ulong(public, CKA_KEY_GEN_MECHANISM, 0), UINT64_MAX);
	ck_assert(!attrs_bool(public, CKA_LOCAL, true));
	ck_assert(!attrs_bool(public, CKA_SIGN, true));
	ck_assert(attrs_has(public, CKA_CHECK_VALUE));
	ck_assert_uint_eq(append(&key, value, 1, &d), CKR_ATTRIBUTE_READ_ONLY);
	ck_assert_uint_eq(append(&key, local, 1, &d), CKR_ATTRIBUTE_READ_ONLY);
	ck_assert_uint_eq(append(&key, data, 1, &d), CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(hash(&key, unknown, 2, &d), CKR_ATTRIBUTE_VALUE_INVALID);
	a_key_free(&key);
}
END_TEST

START_TEST (the_base_keys_template_binds_what_comes_of_it) {
	CK_ATTRIBUTE inner[] = { ATTR_V(CKA_KEY_TYPE, aes_type), LEN(16),
		ATTR_V(CKA_EXTRACTABLE, no) };
	CK_ATTRIBUTE limit[] = { { CKA_DERIVE_TEMPLATE, inner, sizeof inner } };
	CK_ATTRIBUTE same[] = { ATTR_V(CKA_KEY_TYPE, aes_type) };
	CK_ATTRIBUTE open_template[] = { ATTR_V(CKA_EXTRACTABLE, yes) };
	CK_ATTRIBUTE longer[] = { LEN(32) };
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct bytes public;
	struct a_key key;

	len[16] = 16;
	len[32] = 32;
	a_key_make(CKK_GENERIC_SECRET, BYTES_STR("base"), limit, 1, &key);
	ck_assert_uint_eq(hash(&key, NULL, 0, &d), CKR_OK);
	public = attrs_bytes(&d.keys[0].public);
	ck_assert_uint_eq(attrs_ulong(public, CKA_KEY_TYPE, 0), CKK_AES);
	ck_assert(!attrs_bool(public, CKA_EXTRACTABLE, true));
	ck_assert_uint_eq(derived_value(&d, 0).n, 16);
	ck_assert_uint_eq(hash(&key, same, 1, &d), CKR_OK);
	ck_assert_uint_eq(hash(&key, open_template, 1, &d), CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(hash(&key, longer, 1, &d), CKR_TEMPLATE_INCONSISTENT);
	a_key_free(&key);
}
END_TEST

/* 6.43: what is part of a protected key is protected. */
START_TEST (parts_of_a_key_are_as_protected_as_it) {
	static const struct {
		bool sensitive, extractable, always, never;
	} bases[] = { { false, true, false, false }, { true, false, false, false },
		{ true, false, true, true }, { true, true, true, false } };
	CK_ATTRIBUTE opens[] = { ATTR_V(CKA_SENSITIVE, no),
		ATTR_V(CKA_EXTRACTABLE, yes) };

	for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
		for (size_t k = 0; k < ARRAY_LEN(bases); k++) {
			const bool sensitive = bases[i].sensitive || bases[k].sensitive;
			const bool extractable =
				bases[i].extractable && bases[k].extractable;
			CLEANUP(derived_free)
			struct derived d = DERIVED_NONE;
			struct a_key base, other;

			make_protected(bases[i].sensitive, bases[i].extractable,
				bases[i].always, bases[i].never, &base);
			make_protected(bases[k].sensitive, bases[k].extractable,
				bases[k].always, bases[k].never, &other);
			ck_assert_uint_eq(
				join(&base, &other, opens + 1, extractable, &d), CKR_OK);
			expect_protection(&d, sensitive, extractable,
				bases[i].always && bases[k].always,
				bases[i].never && bases[k].never);
			ck_assert_uint_eq(join(&base, &other, opens, 1, &d),
				sensitive ? CKR_TEMPLATE_INCONSISTENT : CKR_OK);
			ck_assert_uint_eq(join(&base, &other, opens + 1, 1, &d),
				extractable ? CKR_OK : CKR_TEMPLATE_INCONSISTENT);
			a_key_free(&base);
			a_key_free(&other);
		}
	}
}
END_TEST

/* A hash of it is another key; but it has always been protected only if its base was. */
START_TEST (a_hashed_key_is_as_protected_as_its_template_says) {
	CK_ATTRIBUTE opens[] = { ATTR_V(CKA_SENSITIVE, no),
		ATTR_V(CKA_EXTRACTABLE, yes) };
	CK_ATTRIBUTE locks[] = { ATTR_V(CKA_SENSITIVE, yes),
		ATTR_V(CKA_EXTRACTABLE, no) };
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct a_key locked, locked_late;

	make_protected(true, false, true, true, &locked);
	make_protected(true, false, false, false, &locked_late);
	ck_assert_uint_eq(hash(&locked, opens, 2, &d), CKR_OK);
	expect_protection(&d, false, true, false, false);
	ck_assert_uint_eq(hash(&locked, locks, 2, &d), CKR_OK);
	expect_protection(&d, true, false, true, true);
	ck_assert_uint_eq(hash(&locked_late, locks, 2, &d), CKR_OK);
	expect_protection(&d, true, false, false, false);
	/* what the application could have made up is not believed */
	locked.input.exposed = true;
	ck_assert_uint_eq(hash(&locked, locks, 2, &d), CKR_OK);
	expect_protection(&d, true, false, false, false);
	a_key_free(&locked);
	a_key_free(&locked_late);
}
END_TEST

START_TEST (a_private_key_needs_a_user) {
	CK_ATTRIBUTE private[] = { ATTR_V(CKA_PRIVATE, yes) };
	CLEANUP(attrs_free)
	struct attrs t = ATTRS_SECRET;
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct a_key key;

	template_of(private, 1, &t);
	a_key_make(CKK_GENERIC_SECRET, BYTES_STR("base"), NULL, 0, &key);
	ck_assert_uint_eq(key_derive(mech_lookup(CKM_SHA256_KEY_DERIVATION), BYTES_NONE,
				  &key.input, NULL, attrs_bytes(&t), ROLE_NONE, &d),
		CKR_USER_NOT_LOGGED_IN);
	ck_assert_uint_eq(key_derive(mech_lookup(CKM_SHA256_KEY_DERIVATION), BYTES_NONE,
				  &key.input, NULL, attrs_bytes(&t), ROLE_USER, &d),
		CKR_OK);
	a_key_free(&key);
}
END_TEST

START_TEST (every_derivation_of_the_table_is_there) {
	size_t n = 0;

	for (size_t i = 0; i < mechs_count; i++) {
		static const uint8_t zeroes[16];
		CLEANUP(derived_free)
		struct derived d = DERIVED_NONE;
		struct a_key key;

		if ((mechs[i].flags & CKF_DERIVE) == 0 || derive_by_private(&mechs[i]))
			continue;
		n++;
		a_key_make(mechs[i].key_type == CKK_AES ? CKK_AES : CKK_GENERIC_SECRET,
			BYTES_OF(zeroes), NULL, 0, &key);
		ck_assert_uint_ne(key_derive(&mechs[i], BYTES_NONE, &key.input, NULL,
					  BYTES_NONE, ROLE_USER, &d),
			CKR_MECHANISM_INVALID);
		a_key_free(&key);
	}
	ck_assert_uint_ge(n, 33);
}
END_TEST

static const struct check_test tests[] = {
	{ &values_are_as_published, ARRAY_LEN(values) },
	{ &a_key_has_to_be_for_deriving_with_the_mechanism, 0 },
	{ &only_secret_keys_take_part, 0 },
	{ &a_derived_key_is_built_by_its_template, 0 },
	{ &the_base_keys_template_binds_what_comes_of_it, 0 },
	{ &parts_of_a_key_are_as_protected_as_it, 0 },
	{ &a_hashed_key_is_as_protected_as_its_template_says, 0 },
	{ &a_private_key_needs_a_user, 0 },
	{ &every_derivation_of_the_table_is_there, 0 },
};
CHECK_MAIN("derive", tests)
