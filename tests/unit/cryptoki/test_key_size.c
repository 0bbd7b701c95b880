/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/key_size.h"

#include "tests/unit/check_main.h"

START_TEST (types_with_a_rule_have_those_lengths_only) {
	size_t aes = 0, xts = 0;

	for (size_t n = 0; n <= 128; n++) {
		aes += key_size_valid(CKK_AES, n);
		xts += key_size_valid(CKK_AES_XTS, n);
		ck_assert_int_eq(key_size_valid(CKK_GENERIC_SECRET, n), n != 0);
	}
	ck_assert(key_size_valid(CKK_GENERIC_SECRET, SECRET_KEY_MAX));
	ck_assert(!key_size_valid(CKK_GENERIC_SECRET, SECRET_KEY_MAX + 1));
	ck_assert_uint_eq(aes, 3);
	ck_assert_uint_eq(xts, 2);
	ck_assert(key_size_valid(CKK_AES, 24) && key_size_valid(CKK_AES_XTS, 64));
	ck_assert(key_size_valid(CKK_DES3, 24) && !key_size_valid(CKK_DES3, 16));
}
END_TEST

static const struct before {
	CK_KEY_TYPE type;
	size_t filled, block, count, longest;
} befores[] = {
	{ CKK_AES, 16, 16, 1, 16 },
	{ CKK_AES, 32, 16, 2, 32 },
	{ CKK_AES, 48, 16, 0, 0 },
	{ CKK_AES, 24, 8, 1, 24 },
	{ CKK_AES, 24, 1, 1, 24 },
	{ CKK_AES, 20, 1, 0, 0 },
	{ CKK_DES3, 32, 16, 1, 24 },
	{ CKK_GENERIC_SECRET, 32, 16, 16, 32 },
	{ CKK_GENERIC_SECRET, 7, 1, 1, 7 },
	{ CKK_GENERIC_SECRET, 0, 16, 0, 0 },
	{ CKK_GENERIC_SECRET, 20, 16, 0, 0 },
	{ CKK_GENERIC_SECRET, 20, 0, 0, 0 },
};

START_TEST (filling_up_leaves_so_many_lengths) {
	const struct before *v = &befores[_i];
	size_t n = 0;

	ck_assert_uint_eq(key_size_before(v->type, v->filled, v->block, &n), v->count);
	ck_assert_uint_eq(n, v->longest);
}
END_TEST

static const struct check_test tests[] = {
	{ &types_with_a_rule_have_those_lengths_only, 0 },
	{ &filling_up_leaves_so_many_lengths, ARRAY_LEN(befores) },
};

CHECK_MAIN("cryptoki_key_size", tests)
