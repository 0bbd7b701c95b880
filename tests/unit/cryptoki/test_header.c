/* SPDX-License-Identifier: Apache-2.0 */
/* Our header against p11-kit's, and the parts that are newer than it. */
#include "cryptoki/vendor.h"

#include "tests/unit/check_main.h"

struct fact {
	const char *name;
	unsigned long value;
};

extern const struct fact *const facts_ours, *const facts_theirs;
extern const size_t facts_ours_count, facts_theirs_count;

START_TEST (sizes_offsets_and_numbers_agree_with_p11_kit) {
	ck_assert_uint_eq(facts_ours_count, facts_theirs_count);
	ck_assert_uint_gt(facts_ours_count, 500);
	for (size_t i = 0; i < facts_ours_count; i++) {
		ck_assert_str_eq(facts_ours[i].name, facts_theirs[i].name);
		ck_assert_msg(facts_ours[i].value == facts_theirs[i].value,
			"%s is %#lx here, %#lx there", facts_ours[i].name,
			facts_ours[i].value, facts_theirs[i].value);
	}
}
END_TEST

#define COUNT(name, args) +1
#define FUNCTIONS_2_40 (0 CK_FUNCTIONS_2_40(COUNT))
#define FUNCTIONS_3_0 (0 CK_FUNCTIONS_3_0(COUNT))
#define FUNCTIONS_3_2 (0 CK_FUNCTIONS_3_2(COUNT))

START_TEST (newer_function_lists_begin_with_the_older_ones) {
	ck_assert_int_eq(FUNCTIONS_2_40, 68);
	ck_assert_int_eq(FUNCTIONS_3_0, 24);
	ck_assert_int_eq(FUNCTIONS_3_2, 12);
	ck_assert_uint_eq(sizeof(CK_FUNCTION_LIST), (1 + 68) * sizeof(void *));
	ck_assert_uint_eq(sizeof(CK_FUNCTION_LIST_3_0), (1 + 92) * sizeof(void *));
	ck_assert_uint_eq(sizeof(CK_FUNCTION_LIST_3_2), (1 + 104) * sizeof(void *));
#define SAME_PLACE(name, args) \
	ck_assert_uint_eq(     \
		offsetof(CK_FUNCTION_LIST, name), offsetof(CK_FUNCTION_LIST_3_2, name));
	CK_FUNCTIONS_2_40(SAME_PLACE)
	ck_assert_uint_eq(offsetof(CK_FUNCTION_LIST_3_0, C_MessageVerifyFinal),
		offsetof(CK_FUNCTION_LIST_3_2, C_MessageVerifyFinal));
}
END_TEST

/* p11-kit has these five under numbers of its own. */
START_TEST (disputed_return_values_are_the_standards) {
	ck_assert_uint_eq(CKR_EXCEEDED_MAX_ITERATIONS, 0x1B5);
	ck_assert_uint_eq(CKR_FIPS_SELF_TEST_FAILED, 0x1B6);
	ck_assert_uint_eq(CKR_LIBRARY_LOAD_FAILED, 0x1B7);
	ck_assert_uint_eq(CKR_PIN_TOO_WEAK, 0x1B8);
	ck_assert_uint_eq(CKR_PUBLIC_KEY_INVALID, 0x1B9);
	ck_assert_uint_eq(CKA_KT_CUSTODY, 0xCB540001);
}
END_TEST

static const struct check_test tests[] = {
	{ &sizes_offsets_and_numbers_agree_with_p11_kit, 0 },
	{ &newer_function_lists_begin_with_the_older_ones, 0 },
	{ &disputed_return_values_are_the_standards, 0 },
};
CHECK_MAIN("header", tests)
