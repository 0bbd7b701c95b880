/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/names.h"

#include "cryptoki/names_table.h"
#include "tests/unit/check_main.h"

static void
check_table(const struct ck_name *table, size_t n, const char *(*name)(CK_ULONG))
{
	for (size_t i = 0; i < n; i++) {
		ck_assert_msg(i == 0 || table[i - 1].value < table[i].value, "%s",
			table[i].name);
		ck_assert_str_eq(name(table[i].value), table[i].name);
	}
}

START_TEST (every_number_has_its_name) {
	check_table(ckr_names, ckr_names_count, ckr_name);
	check_table(cka_names, cka_names_count, cka_name);
	check_table(cko_names, cko_names_count, cko_name);
	check_table(ckk_names, ckk_names_count, ckk_name);
	check_table(ckm_names, ckm_names_count, ckm_name);
	ck_assert_str_eq(ckr_name(CKR_OK), "CKR_OK");
	ck_assert_str_eq(ckk_name(CKK_EC), "CKK_EC");
	ck_assert_str_eq(cka_name(CKA_KT_CUSTODY), "CKA_KT_CUSTODY");
}
END_TEST

START_TEST (unknown_numbers_are_shown_and_keep_for_a_while) {
	const char *a = ckr_name(0xdead), *b = ckm_name(0xbeef);

	ck_assert_str_eq(a, "CKR_0x0000DEAD");
	ck_assert_str_eq(b, "CKM_0x0000BEEF");
}
END_TEST

START_TEST (numbers_are_found_by_name) {
	CK_ULONG v = 0;

	ck_assert(cka_by_name("CKA_LABEL", &v));
	ck_assert_uint_eq(v, CKA_LABEL);
	ck_assert(ckm_by_name("CKM_AES_GCM", &v));
	ck_assert_uint_eq(v, CKM_AES_GCM);
	ck_assert(!cka_by_name("CKM_AES_GCM", &v));
}
END_TEST

static const struct check_test tests[] = {
	{ &every_number_has_its_name, 0 },
	{ &unknown_numbers_are_shown_and_keep_for_a_while, 0 },
	{ &numbers_are_found_by_name, 0 },
};
CHECK_MAIN("names", tests)
