/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/access.h"

#include <errno.h>

#include "folder.h"
#include "tests/unit/check_main.h"

static const uint8_t id[16] = { 0xab, 0xcd };

static const char rules[] = "; comment\n"
			    "[default]\n"
			    "users = 1000\n"
			    "[token pay roll]\n"
			    "users = 1001, 1002\n"
			    "groups = 50 51\n"
			    "[token abcd0000000000000000000000000000]\n"
			    "users = *\n"
			    "[token closed]\n";

static const struct {
	uid_t uid;
	gid_t gid, other;
	const char *label;
	bool by_id, allowed;
} cases[] = {
	{ 1000, 1, 2, "any", false, true },
	{ 1001, 1, 2, "any", false, false },
	{ 1001, 1, 2, "pay roll", false, true },
	{ 1002, 1, 2, "pay roll", false, true },
	{ 1000, 1, 2, "pay roll", false, false },
	{ 1000, 50, 2, "pay roll", false, true },
	{ 1000, 1, 51, "pay roll", false, true },
	{ 4000, 1, 2, "pay roll", true, true }, /* the id comes first */
	{ 1000, 1, 2, "closed", false, false },
	{ 0, 0, 0, "closed", false, true },
};

START_TEST (rules_say_who_may_use_a_token) {
	struct access *a;
	struct conf_error err = { "" };
	struct peer who = { .uid = cases[_i].uid, .gid = cases[_i].gid, .pidfd = -1 };
	gid_t other = cases[_i].other;
	uint8_t unnamed[16] = { 1 };

	who.groups = &other;
	who.n_groups = 1;
	folder_make();
	ck_assert_msg(
		access_read(folder_file("access.ini", rules, 0644), true, &a, &err) == 0,
		"%s", err.text);
	ck_assert(
		access_allows(a, &who, cases[_i].by_id ? BYTES_OF(id) : BYTES_OF(unnamed),
			BYTES_STR(cases[_i].label)) == cases[_i].allowed);
	access_free(a);
	folder_remove();
}
END_TEST

static const struct {
	const char *text, *message;
	mode_t mode;
} bad[] = {
	{ "users = 1\n", ":1: a key before", 0644 },
	{ "[tokens x]\n", ":1: unknown section", 0644 },
	{ "[token x]\nuser = 1\n", ":2: unknown key", 0644 },
	{ "[token x]\nusers = 1\nusers = 2\n", ":3: 'users' is there twice", 0644 },
	{ "[token x]\n\n[token x]\n", ":3: section", 0644 },
	{ "[default]\nusers = no-such-user-here\n", ":2: there is no user", 0644 },
	{ "[default]\ngroups = no-such-group-here\n", ":2: there is no group", 0644 },
	{ "[default]\nusers\n", ":2: 'users' is neither", 0644 },
	{ "[default\n", ":1: ']' is missing", 0644 },
	{ "[default]\nusers = *\n", "others may write it", 0666 },
};

START_TEST (a_bad_file_is_refused) {
	struct access *a;
	struct conf_error err = { "" };

	folder_make();
	ck_assert_int_ne(
		access_read(folder_file("access.ini", bad[_i].text, bad[_i].mode), true,
			&a, &err),
		0);
	ck_assert_msg(strstr(err.text, bad[_i].message) != NULL, "%s", err.text);
	folder_remove();
}
END_TEST

START_TEST (without_a_file_a_user_keeps_its_tokens_to_itself) {
	struct access *a;
	struct conf_error err = { "" };
	struct peer us = { .uid = geteuid(), .pidfd = -1 },
		    other = { .uid = geteuid() + 1, .pidfd = -1 };

	ck_assert_int_eq(access_read(NULL, false, &a, &err), 0);
	ck_assert(access_allows(a, &us, BYTES_OF(id), BYTES_STR("x")));
	ck_assert(!access_allows(a, &other, BYTES_OF(id), BYTES_STR("x")));
	access_free(a);
}
END_TEST

START_TEST (a_named_file_has_to_be_there) {
	struct access *a;
	struct conf_error err = { "" };

	ck_assert_int_eq(access_read("/nonexistent/access.ini", true, &a, &err), -ENOENT);
}
END_TEST

static const struct check_test tests[] = {
	{ &rules_say_who_may_use_a_token, ARRAY_LEN(cases) },
	{ &a_bad_file_is_refused, ARRAY_LEN(bad) },
	{ &without_a_file_a_user_keeps_its_tokens_to_itself, 0 },
	{ &a_named_file_has_to_be_there, 0 },
};

CHECK_MAIN("access", tests)
