/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check_main.h"
#include "tools/tokenctl.h"

static int
nothing(const struct options *o, char *const *args)
{
	return TOOL_OK;
}

static const struct command commands[] = {
	{ "token list", "", "", 0, OPTION_KEYSTORE | OPTION_JSON, nothing },
	{ "token create", "LABEL", "", 1, OPTION_KEYSTORE | OPTION_CREATE, nothing },
	{ "status", "", "", 0, OPTION_KEYSTORE, nothing },
	{ 0 },
};

#define WORDS 8

static const struct {
	const char *argv[WORDS];
	int result;
	int command; /* its row; -1 for none */
} lines[] = {
	{ { "status" }, TOOL_OK, 2 },
	{ { "token", "list", "--json" }, TOOL_OK, 0 },
	{ { "--keystore", "a:1", "token", "list" }, TOOL_OK, 0 },
	{ { "--keystore=a:1", "token", "create", "x" }, TOOL_OK, 1 },
	{ { "token", "create", "--hosts", "*", "--", "--x" }, TOOL_OK, 1 },
	{ { "token", "create", "--help" }, TOOL_OK, 1 },
	{ { "--version" }, TOOL_OK, -1 },
	{ { NULL }, TOOL_OK, -1 },
	{ { "token" }, TOOL_USAGE, -1 },
	{ { "tokens", "list" }, TOOL_USAGE, -1 },
	{ { "token", "create" }, TOOL_USAGE, -1 },
	{ { "token", "create", "a", "b" }, TOOL_USAGE, -1 },
	{ { "token", "list", "--hosts", "a" }, TOOL_USAGE, -1 },
	{ { "token", "list", "--json=1" }, TOOL_USAGE, -1 },
	{ { "status", "--keystore" }, TOOL_USAGE, -1 },
	{ { "status", "--key-store", "a" }, TOOL_USAGE, -1 },
	{ { "status", "-x" }, TOOL_USAGE, -1 },
};

static int
parse(const char *const *words, struct invocation *ret)
{
	static char storage[WORDS + 1][32];
	char *argv[WORDS + 2] = { storage[0] };
	int argc = 1;

	(void)strcpy(storage[0], "tokenctl");
	for (; argc <= WORDS && words[argc - 1] != NULL; argc++) {
		(void)strcpy(storage[argc], words[argc - 1]);
		argv[argc] = storage[argc];
	}
	return options_parse(argc, argv, commands, ret);
}

START_TEST (command_lines_are_understood_or_refused) {
	struct invocation in;

	ck_assert_int_eq(parse(lines[_i].argv, &in), lines[_i].result);
	if (lines[_i].result == TOOL_OK)
		ck_assert_ptr_eq(in.command,
			lines[_i].command >= 0 ? &commands[lines[_i].command] : NULL);
}
END_TEST

START_TEST (values_come_from_the_line_before_the_environment) {
	const char *given[WORDS] = { "status", "--keystore", "line:1" };
	const char *bare[WORDS] = { "status" };
	struct invocation in;

	ck_assert_int_eq(setenv("KEYRING_TOKEN_KEYSTORE", "environment:1", 1), 0);
	ck_assert_int_eq(parse(given, &in), TOOL_OK);
	ck_assert_str_eq(in.options.keystore, "line:1");
	ck_assert_int_eq(parse(bare, &in), TOOL_OK);
	ck_assert_str_eq(in.options.keystore, "environment:1");
	ck_assert_int_eq(setenv("KEYRING_TOKEN_KEYSTORE", "", 1), 0);
	ck_assert_int_eq(parse(bare, &in), TOOL_OK);
	ck_assert_ptr_null(in.options.keystore);
}
END_TEST

START_TEST (numbers_are_within_their_range) {
	unsigned v = 7;

	ck_assert_int_eq(option_number("days", "30", 1, 100, &v), TOOL_OK);
	ck_assert_uint_eq(v, 30);
	ck_assert_int_eq(option_number("days", "0", 1, 100, &v), TOOL_USAGE);
	ck_assert_int_eq(option_number("days", "101", 1, 100, &v), TOOL_USAGE);
	ck_assert_int_eq(option_number("days", "-3", 1, 100, &v), TOOL_USAGE);
	ck_assert_int_eq(option_number("days", "3x", 1, 100, &v), TOOL_USAGE);
	ck_assert_int_eq(option_number("days", "", 1, 100, &v), TOOL_USAGE);
	ck_assert_uint_eq(v, 30);
}
END_TEST

static const struct check_test tests[] = {
	{ &command_lines_are_understood_or_refused, ARRAY_LEN(lines) },
	{ &values_come_from_the_line_before_the_environment, 0 },
	{ &numbers_are_within_their_range, 0 },
};

CHECK_MAIN("tokenctl_options", tests)
