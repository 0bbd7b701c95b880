/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/numbers.h"

#include <errno.h>

#include "folder.h"
#include "tests/unit/check_main.h"

static struct wire_id
token(uint8_t n)
{
	return (struct wire_id){ .b = { n, 1, 2, 3 } };
}

static const struct wire_id blank;

static struct numbers *
opened(void)
{
	struct numbers *n;
	struct conf_error err = { "" };

	ck_assert_msg(numbers_open(folder_path("a/b"), &n, &err) == 0, "%s", err.text);
	return n;
}

START_TEST (numbers_stay_over_restarts) {
	struct wire_id one = token(1), two = token(2), three = token(3);
	struct numbers *n;

	folder_make();
	n = opened();
	ck_assert_uint_eq(numbers_get(n, &one), 0);
	ck_assert_uint_eq(numbers_get(n, &two), 1);
	ck_assert_uint_eq(numbers_get(n, &blank), 2);
	numbers_save(n);
	numbers_free(n);
	n = opened();
	ck_assert_uint_eq(numbers_get(n, &two), 1);
	ck_assert_uint_eq(numbers_get(n, &three), 3);
	ck_assert_uint_eq(numbers_get(n, &blank), 2);
	ck_assert_uint_eq(numbers_get(n, &one), 0);
	numbers_free(n);
	folder_remove();
}
END_TEST

START_TEST (the_token_made_on_the_blank_slot_keeps_its_number) {
	struct wire_id one = token(1), two = token(2);
	struct numbers *n;

	folder_make();
	n = opened();
	ck_assert_uint_eq(numbers_get(n, &one), 0);
	ck_assert_uint_eq(numbers_get(n, &blank), 1);
	ck_assert(numbers_settle(n, &two));
	ck_assert(!numbers_settle(n, &two));
	ck_assert_uint_eq(numbers_get(n, &two), 1);
	ck_assert_uint_eq(numbers_get(n, &blank), 2);
	ck_assert(!numbers_settle(n, &one));
	numbers_save(n);
	numbers_free(n);
	n = opened();
	ck_assert_uint_eq(numbers_get(n, &two), 1);
	ck_assert_uint_eq(numbers_get(n, &blank), 2);
	numbers_free(n);
	folder_remove();
}
END_TEST

static const struct {
	const char *text, *message;
} bad[] = {
	{ "nonsense\n", ":1: " },
	{ "keyringd slots 2\n", ":1: " },
	{ "keyringd slots 1\n0 00\n", ":2: " },
	{ "keyringd slots 1\n0 0102030405060708090a0b0c0d0e0f10\nx\n", ":3: " },
	{ "keyringd slots 1\n0 0102030405060708090a0b0c0d0e0f10\n"
	  "0 1102030405060708090a0b0c0d0e0f10\n",
		":3: " },
	{ "keyringd slots 1\n0 0102030405060708090a0b0c0d0e0f10\n"
	  "1 0102030405060708090a0b0c0d0e0f10\n",
		":3: " },
	{ "keyringd slots 1\n99999999999999999999 0102030405060708090a0b0c0d0e0f10\n",
		":2: " },
};

START_TEST (a_broken_file_is_refused) {
	struct numbers *n;
	struct conf_error err = { "" };

	folder_make();
	(void)folder_file("slots", bad[_i].text, 0600);
	ck_assert_int_eq(numbers_open(folder, &n, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, bad[_i].message) != NULL, "%s", err.text);
	folder_remove();
}
END_TEST

static const struct check_test tests[] = {
	{ &numbers_stay_over_restarts, 0 },
	{ &the_token_made_on_the_blank_slot_keeps_its_number, 0 },
	{ &a_broken_file_is_refused, ARRAY_LEN(bad) },
};

CHECK_MAIN("numbers", tests)
