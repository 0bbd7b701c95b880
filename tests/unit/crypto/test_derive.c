/* SPDX-License-Identifier: Apache-2.0 */
/* The simple derivations, and what all derivations have in common. */
#include "crypto/derive.h"

#include "tests/unit/check_main.h"
#include "tests/unit/crypto/derive_run.h"

static CK_ULONG len[65];

#define LEN(n) ATTR_V(CKA_VALUE_LEN, len[n])
#define GENERIC ATTR_V(CKA_KEY_TYPE, generic_type)
#define AES ATTR_V(CKA_KEY_TYPE, aes_type)
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

/* The examples are the standard's own (6.43); hashes are FIPS 180's and 202's of "abc". */
/* clang-format off */
#define DATA(type, s) type, STRING(s), sizeof(CK_KEY_DERIVATION_STRING_DATA)
#define BIT(n) CKM_EXTRACT_KEY_FROM_KEY, POSITION(n), sizeof(CK_EXTRACT_PARAMS)
#define KEYS CKM_CONCATENATE_BASE_AND_KEY, OTHER, sizeof(CK_OBJECT_HANDLE)
#define HASH(type) type, NULL, 0
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
	a_key_make(CKK_GENERIC_SECRET, hex(&room, v->base), NULL, 0, &base);
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

static const struct check_test tests[] = {
	{ &values_are_as_published, ARRAY_LEN(values) },
};
CHECK_MAIN("derive", tests)
