/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/mech.h"

#include "cryptoki/names.h"
#include "tests/unit/check_main.h"

/* What is offered everywhere of a row for old data is the same mechanism, and less of it. */
static void
check_part(const struct mech *m, const struct mech *part)
{
	if (part == NULL)
		return;
	ck_assert_ptr_ne(part, m);
	ck_assert_str_eq(part->ckm, m->ckm);
	ck_assert_uint_eq(part->key_type, m->key_type);
	ck_assert_int_eq(part->algorithm, m->algorithm);
	ck_assert_int_eq(part->digest, m->digest);
	ck_assert_int_eq(part->param, m->param);
	ck_assert_uint_eq(part->flags & ~m->flags, 0);
	ck_assert(part->min_key >= m->min_key && part->max_key <= m->max_key);
	ck_assert(part->flags != m->flags || part->min_key != m->min_key);
}

START_TEST (every_row_is_found_and_named_by_its_number) {
	for (size_t i = 0; i < mechs_count; i++) {
		ck_assert(i == 0 || mechs[i - 1].type < mechs[i].type);
		ck_assert_ptr_eq(mech_lookup_legacy(mechs[i].type), &mechs[i]);
		if (mechs[i].legacy)
			check_part(&mechs[i], mech_lookup(mechs[i].type));
		else
			ck_assert_ptr_eq(mech_lookup(mechs[i].type), &mechs[i]);
		ck_assert_str_eq(mechs[i].ckm, ckm_name(mechs[i].type));
		ck_assert_uint_ne(mechs[i].flags, 0);
		ck_assert_uint_eq(mechs[i].flags & CKF_HW, 0);
		ck_assert(mechs[i].min_key <= mechs[i].max_key);
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(mechs[i].name, mechs[k].name);
	}
	ck_assert_ptr_null(mech_lookup(CKM_DES_ECB));
	ck_assert_ptr_null(mech_lookup(CKM_DES3_CBC));
	ck_assert_ptr_nonnull(mech_lookup_legacy(CKM_DES3_CBC));
	ck_assert_ptr_null(mech_lookup(CKM_DSA_KEY_PAIR_GEN));
	ck_assert_uint_eq(mech_lookup(CKM_DSA_SHA256)->flags, CKF_VERIFY);
	ck_assert_uint_eq(mech_lookup(CKM_DH_PKCS_DERIVE)->min_key, 2048);
	ck_assert_ptr_null(mech_lookup(CK_UNAVAILABLE_INFORMATION));
}
END_TEST

START_TEST (digests_are_found_by_mechanism_and_mask) {
	for (enum digest d = DIGEST_NONE + 1; d < DIGEST_COUNT; d++) {
		const struct mech *m = mech_lookup(digests[d].mechanism);

		ck_assert_ptr_nonnull(m);
		ck_assert_int_eq(m->digest, d);
		ck_assert_int_eq(digest_by_mechanism(digests[d].mechanism), d);
		if (digests[d].mgf != 0)
			ck_assert_int_eq(digest_by_mgf(digests[d].mgf), d);
	}
	ck_assert_int_eq(digest_by_mechanism(CKM_MD5), DIGEST_NONE);
	ck_assert_int_eq(digest_by_mechanism(CK_UNAVAILABLE_INFORMATION), DIGEST_NONE);
	ck_assert_int_eq(digest_by_mgf(0), DIGEST_NONE);
}
END_TEST

static const struct check_test tests[] = {
	{ &every_row_is_found_and_named_by_its_number, 0 },
	{ &digests_are_found_by_mechanism_and_mask, 0 },
};
CHECK_MAIN("mech", tests)
