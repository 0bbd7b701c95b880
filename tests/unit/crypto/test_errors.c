/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's error queue, which the application may have used before. */
#include "crypto/errors.h"

#include "tests/unit/check_main.h"

#define MOST 4

static const struct {
	int reasons[MOST]; /* of our entries, the oldest first */
	CK_RV rv, expected;
} cases[] = {
	{ { 0 }, CKR_OK, CKR_OK },
	{ { 0 }, CKR_SIGNATURE_INVALID, CKR_SIGNATURE_INVALID },
	{ { ERR_R_PASSED_NULL_PARAMETER }, CKR_SIGNATURE_INVALID, CKR_SIGNATURE_INVALID },
	{ { ERR_R_PASSED_NULL_PARAMETER }, CKR_OK, CKR_OK },
	{ { ERR_R_MALLOC_FAILURE }, CKR_OK, CKR_OK },
	{ { ERR_R_MALLOC_FAILURE }, CKR_SIGNATURE_INVALID, CKR_HOST_MEMORY },
	{ { ERR_R_MALLOC_FAILURE, ERR_R_EVP_LIB, ERR_R_EVP_LIB }, CKR_SIGNATURE_INVALID,
		CKR_HOST_MEMORY },
	{ { ERR_R_EVP_LIB, ERR_R_MALLOC_FAILURE, ERR_R_EVP_LIB }, CKR_SIGNATURE_INVALID,
		CKR_HOST_MEMORY },
	{ { ERR_R_EVP_LIB, ERR_R_EVP_LIB, ERR_R_MALLOC_FAILURE }, CKR_SIGNATURE_INVALID,
		CKR_HOST_MEMORY },
};

/* The application ran out of memory before, which is no reason of ours. */
START_TEST (no_memory_is_seen_behind_what_the_application_has) {
	const int own = _i / (int)ARRAY_LEN(cases);
	const size_t i = (size_t)_i % ARRAY_LEN(cases);

	for (int k = 0; k < own; k++)
		ERR_raise(ERR_LIB_USER, ERR_R_MALLOC_FAILURE);
	errors_begin();
	for (int k = 0; k < MOST && cases[i].reasons[k] != 0; k++)
		ERR_raise(ERR_LIB_EVP, cases[i].reasons[k]);
	ck_assert_uint_eq(errors_end_rv(cases[i].rv), cases[i].expected);
	for (int k = 0; k < own; k++)
		ck_assert_int_eq(ERR_GET_LIB(ERR_get_error()), ERR_LIB_USER);
	ck_assert_uint_eq(ERR_get_error(), 0);
}
END_TEST

static const struct check_test tests[] = {
	{ &no_memory_is_seen_behind_what_the_application_has, 3 * (int)ARRAY_LEN(cases) },
};

CHECK_MAIN("crypto_errors", tests)
