/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/config.h"

#include <errno.h>

#include "folder.h"
#include "tests/unit/check_main.h"

static const struct {
	const char *text, *message;
} bad[] = {
	{ "[socket]\npath = /x\nmod = 0666\n", "keyringd.ini:3: " },
	{ "[nothing]\npath = /x\n", "keyringd.ini:1: " },
	{ "[socket]\nmode = 0999\n", "keyringd.ini:2: " },
	{ "[socket]\nmode = 0066\n", "keyringd.ini:2: " },
	{ "[keys]\nsensitive-session = nowhere\n", "keyringd.ini:2: " },
	{ "[keys]\nhot = many\n", "keyringd.ini:2: " },
	{ "[limits]\nconnections = 0\n", "keyringd.ini:2: " },
	{ "[limits]\nkeys = 5\nkeys = 6\n", "keyringd.ini:3: " },
	{ "[limits]\nbytes-in-flight = 1\n", "keyringd.ini:2: " },
	{ "[retry]\nrounds = 257\n", "keyringd.ini:2: " },
	{ "[retry]\ndeadline = soon\n", "keyringd.ini:2: " },
	{ "[limits]\nsockets = 0\n", "keyringd.ini:2: " },
	{ "[custody]\nrevocation = sometimes\n", "keyringd.ini:2: " },
	{ "[custody]\nlease = 10ms\n", "keyringd.ini:2: " },
	{ "[crypto]\ndigest = abacus\n", "keyringd.ini:2: " },
	{ "[slots]\nblank = perhaps\n", "keyringd.ini:2: " },
	{ "[log]\nlevel = loud\n", "keyringd.ini:2: " },
};

START_TEST (a_bad_line_is_named) {
	struct config c;
	struct conf_error err = { "" };

	folder_make();
	ck_assert_int_eq(
		config_read(folder_file("keyringd.ini", bad[_i].text, 0600), &c, &err),
		-EINVAL);
	ck_assert_msg(strstr(err.text, bad[_i].message) != NULL, "%s", err.text);
	config_free(&c);
	folder_remove();
}
END_TEST

START_TEST (what_is_given_is_read) {
	struct config c;
	struct conf_error err = { "" };

	folder_make();
	ck_assert_int_eq(
		config_read(folder_file("keyringd.ini",
				    "[socket]\npath = /run/x/s\nmode = 0660\n"
				    "[keys]\nsensitive-session = process\n"
				    "[limits]\nbytes-in-flight = 16M\nkeys = 2M\n"
				    "[retry]\nrounds = 2\ndelay = 1500ms\n"
				    "[custody]\nrevocation = strict\nlease = 3s\n"
				    "[crypto]\ndigest = openssl\nlegacy = yes\n"
				    "[slots]\nblank = no\n",
				    0600),
			&c, &err),
		0);
	ck_assert_str_eq(c.socket_path, "/run/x/s");
	ck_assert_uint_eq(c.mode, 0660);
	ck_assert_int_eq(config_custody(&c), WIRE_CUSTODY_PROCESS);
	ck_assert_uint_eq(c.client_bytes, 16u << 20);
	ck_assert_uint_eq(c.client_keys, 2u << 20);
	ck_assert_uint_eq(c.retry_rounds, 2);
	ck_assert_uint_eq(c.retry_delay_ms, 1500);
	ck_assert_uint_eq(config_policy(&c),
		WIRE_POLICY_STRICT | WIRE_POLICY_OPENSSL_DIGEST | WIRE_POLICY_LEGACY);
	ck_assert_uint_eq(c.lease_ms, 3000);
	ck_assert(!c.blank_slot);
	config_free(&c);
	folder_remove();
}
END_TEST

START_TEST (what_is_not_given_has_its_default) {
	struct config c;
	struct conf_error err = { "" };

	folder_make();
	ck_assert_int_eq(config_read(folder_file("keyringd.ini", "", 0600), &c, &err), 0);
	ck_assert_int_eq(config_custody(&c), WIRE_CUSTODY_KERNEL);
	ck_assert_uint_eq(config_policy(&c), 0);
	ck_assert_uint_eq(c.lease_ms, 10000);
	ck_assert_uint_eq(c.client_sockets, 64);
	ck_assert_uint_gt(c.client_keys, 1000000);
	config_free(&c);
	folder_remove();
}
END_TEST

START_TEST (a_missing_file_that_was_named_is_an_error) {
	struct config c;
	struct conf_error err = { "" };

	ck_assert_int_eq(config_read("/nonexistent/keyringd.ini", &c, &err), -ENOENT);
	ck_assert_msg(
		strstr(err.text, "/nonexistent/keyringd.ini") != NULL, "%s", err.text);
	config_free(&c);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_bad_line_is_named, ARRAY_LEN(bad) },
	{ &what_is_given_is_read, 0 },
	{ &what_is_not_given_has_its_default, 0 },
	{ &a_missing_file_that_was_named_is_an_error, 0 },
};

CHECK_MAIN("config", tests)
