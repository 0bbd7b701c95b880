/* SPDX-License-Identifier: Apache-2.0 */
#include "common/conf.h"

#include <errno.h>

#include "tests/unit/check_main.h"
#include "tests/unit/common/temp_file.h"

struct config {
	char *socket;
	bool strict;
	uint64_t clients;
	uint64_t timeout;
	char **endpoints;
	int digest;
	uint64_t any;
};

static const char *const digests[] = { "kernel", "openssl", NULL };

#define AT(member) offsetof(struct config, member)
static const struct conf_key keys[] = {
	{ "server", "socket", CONF_STRING, AT(socket), 0, 0, NULL },
	{ "server", "strict", CONF_BOOL, AT(strict), 0, 0, NULL },
	{ "server", "clients", CONF_NUMBER, AT(clients), 1, 1 << 20, NULL },
	{ "server", "timeout", CONF_DURATION, AT(timeout), 10, 7200000, NULL },
	{ "upstream", "endpoints", CONF_LIST, AT(endpoints), 0, 0, NULL },
	{ "upstream", "digest", CONF_CHOICE, AT(digest), 0, 0, digests },
	{ "upstream", "any", CONF_NUMBER, AT(any), 0, 0, NULL },
	{ NULL, NULL, CONF_STRING, 0, 0, 0, NULL },
};

static int
read_text(const char *text, size_t n, struct config *into, struct conf_error *err)
{
	struct temp_file f = temp_file_new(text, n);
	int r = conf_read(f.path, keys, into, err);

	temp_file_remove(&f);
	return r;
}

START_TEST (every_kind_of_value_is_read) {
	static const char text[] = "# a comment\n"
				   "; another\n"
				   "[server]\r\n"
				   "socket = /run/x y ; inline\r\n"
				   "strict=ON\n"
				   "clients = 4K\n"
				   "timeout = 2 min\n"
				   "\n"
				   "[upstream]\n"
				   "endpoints = a:1, b:2\n"
				   "   c:3 ; third\n"
				   "   # a comment in between\n"
				   "\td:4,e:5\n"
				   "digest = openssl\n"
				   "any = 18446744073709551615";
	struct config c = { .socket = strdup("default") };
	struct conf_error err = { "" };

	ck_assert_int_eq(read_text(text, strlen(text), &c, &err), 0);
	ck_assert_str_eq(c.socket, "/run/x y");
	ck_assert(c.strict);
	ck_assert_uint_eq(c.clients, 4096);
	ck_assert_uint_eq(c.timeout, 120000);
	ck_assert_str_eq(c.endpoints[0], "a:1");
	ck_assert_str_eq(c.endpoints[2], "c:3");
	ck_assert_str_eq(c.endpoints[4], "e:5");
	ck_assert_ptr_null(c.endpoints[5]);
	ck_assert_int_eq(c.digest, 1);
	ck_assert(c.any == UINT64_MAX);
	conf_free(keys, &c);
	ck_assert_ptr_null(c.socket);
	ck_assert_ptr_null(c.endpoints);
}
END_TEST

START_TEST (what_is_not_named_keeps_its_default) {
	struct config c = { .socket = strdup("default"), .clients = 7, .digest = 1 };
	struct conf_error err = { "" };

	ck_assert_int_eq(read_text("[server]\n", 9, &c, &err), 0);
	ck_assert_str_eq(c.socket, "default");
	ck_assert_uint_eq(c.clients, 7);
	ck_assert_int_eq(c.digest, 1);
	ck_assert_int_eq(read_text("", 0, &c, &err), 0);
	conf_free(keys, &c);
}
END_TEST

static const struct {
	const char *text;
	const char *line;
	const char *says;
} bad[] = {
	{ "[server]\n\nsokcet = x\n", ":3: ", "unknown key \"sokcet\" in [server]" },
	{ "[sever]\n", ":1: ", "unknown section [sever]" },
	{ "socket = x\n", ":1: ", "before any section" },
	{ "[server]\nsocket = a\nsocket = b\n", ":3: ", "a second time" },
	{ "[server]\nsocket\n[nope]\n", ":2: ", "neither [section] nor key = value" },
	{ "[server]\nsocket\n", ":2: ", "neither [section] nor key = value" },
	{ "[server\n", ":1: ", "no closing bracket" },
	{ "[server] socket = x\n", ":1: ", "text after the section's name" },
	{ "[server]\nclients = 0\n", ":2: ", "out of range; use 1 to 1048576" },
	{ "[server]\nclients = 2G\n", ":2: ", "out of range" },
	{ "[server]\nclients = -1\n", ":2: ", "not a number" },
	{ "[server]\nclients = 12x\n", ":2: ", "not a number" },
	{ "[server]\nclients =\n", ":2: ", "not a number" },
	{ "[server]\nclients = 99999999999999999999\n", ":2: ", "not a number" },
	{ "[upstream]\nany = 18446744073709551615K\n", ":2: ", "not a number" },
	{ "[server]\ntimeout = 3 days\n", ":2: ", "not a duration" },
	{ "[server]\ntimeout = 1ms\n", ":2: ", "out of range; use 10 ms to 7200000 ms" },
	{ "[server]\nstrict = maybe\n", ":2: ", "neither yes nor no" },
	{ "[upstream]\ndigest = md5\n", ":2: ", "use kernel, openssl" },
	{ "[server]\nsocket = a\n  b\n", ":3: ", "continues lists only" },
	{ "[upstream]\nendpoints = a\n  any = 3\n", ":3: ", "remove the indent" },
};

START_TEST (bad_file_is_refused_with_file_line_and_reason) {
	struct config c = { 0 };
	struct conf_error err = { "" };

	ck_assert_int_eq(
		read_text(bad[_i].text, strlen(bad[_i].text), &c, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, "/tmp/test-common-") == err.text &&
			      strstr(err.text, bad[_i].line) != NULL &&
			      strstr(err.text, bad[_i].says) != NULL,
		"%s", err.text);
	conf_free(keys, &c);
}
END_TEST

START_TEST (overlong_line_is_refused_at_its_line) {
	struct config c = { 0 };
	struct conf_error err = { "" };
	char text[100000];

	memset(text, 'x', sizeof text);
	memcpy(text, "[server]\nsocket = ", 18);
	ck_assert_int_eq(read_text(text, sizeof text, &c, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, ":2: the line is longer than"));
	conf_free(keys, &c);
}
END_TEST

START_TEST (binary_and_endless_files_are_refused) {
	struct config c = { 0 };
	struct conf_error err = { "" };

	ck_assert_int_eq(read_text("[server]\n\0\n", 11, &c, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, ":2: a NUL byte"));
	ck_assert_int_eq(conf_read("/dev/zero", keys, &c, &err), -EFBIG);
	ck_assert_int_eq(conf_read("/", keys, &c, &err), -EISDIR);
}
END_TEST

START_TEST (missing_file_is_named) {
	struct config c = { 0 };
	struct conf_error err = { "" };

	ck_assert_int_eq(conf_read("/nonexistent/file.ini", keys, &c, &err), -ENOENT);
	ck_assert_ptr_eq(strstr(err.text, "/nonexistent/file.ini: "), err.text);
}
END_TEST

START_TEST (message_never_exceeds_its_room) {
	struct config c = { 0 };
	struct conf_error err = { "" };
	char path[2000];

	memset(path, 'p', sizeof path);
	path[sizeof path - 1] = '\0';
	ck_assert_int_eq(conf_read(path, keys, &c, &err), -ENAMETOOLONG);
	ck_assert_uint_lt(strlen(err.text), sizeof err.text);
}
END_TEST

static const struct {
	mode_t mode;
	bool group;
	int result;
} modes[] = {
	{ 0600, false, 0 },
	{ 0400, false, 0 },
	{ 0640, true, 0 },
	{ 0640, false, -EPERM },
	{ 0660, true, -EPERM },
	{ 0604, true, -EPERM },
	{ 0602, true, -EPERM },
	{ 0644, false, -EPERM },
};

START_TEST (secret_file_open_to_others_is_refused) {
	struct temp_file f = temp_file_new("k", 1);
	struct conf_error err = { "" };

	ck_assert_int_eq(chmod(f.path, modes[_i].mode), 0);
	ck_assert_int_eq(
		conf_check_secret_file(f.path, modes[_i].group, &err), modes[_i].result);
	ck_assert(modes[_i].result == 0 || strstr(err.text, "chmod") != NULL);
	temp_file_remove(&f);
}
END_TEST

START_TEST (secret_file_of_another_user_is_refused) {
	struct temp_file f = temp_file_new("k", 1);
	struct conf_error err = { "" };

	/* only root can give a file away; for others the test shows nothing */
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(f.path, 65534, 65534), 0);
		ck_assert_int_eq(conf_check_secret_file(f.path, false, &err), -EPERM);
		ck_assert_ptr_nonnull(strstr(err.text, "another user"));
	}
	temp_file_remove(&f);
	ck_assert_int_eq(conf_check_secret_file(f.path, false, &err), -ENOENT);
	ck_assert_int_eq(conf_check_secret_file("/dev/null", false, &err), -EPERM);
}
END_TEST

/* systemd leaves credentials as root's, with mode 0440 and an ACL for the service. */
START_TEST (credential_may_show_the_mask_of_its_acl) {
	struct temp_file f = temp_file_new("k", 1);
	struct conf_error err = { "" };
	char folder[sizeof f.path];

	(void)snprintf(folder, sizeof folder, "%s", f.path);
	*strrchr(folder, '/') = '\0';
	ck_assert_int_eq(chmod(f.path, 0440), 0);
	ck_assert_int_eq(conf_check_secret_file(f.path, false, &err), -EPERM);
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	/* another user's file there is none of systemd's */
	ck_assert_int_eq(conf_check_secret_file(f.path, false, &err),
		geteuid() == 0 && getegid() == 0 ? 0 : -EPERM);
	ck_assert_int_eq(chmod(f.path, 0460), 0);
	ck_assert_int_eq(conf_check_secret_file(f.path, false, &err), -EPERM);
	ck_assert_int_eq(chmod(f.path, 0444), 0);
	ck_assert_int_eq(conf_check_secret_file(f.path, false, &err), -EPERM);
	ck_assert_int_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	temp_file_remove(&f);
}
END_TEST

static const struct check_test tests[] = {
	{ &every_kind_of_value_is_read, 0 },
	{ &what_is_not_named_keeps_its_default, 0 },
	{ &bad_file_is_refused_with_file_line_and_reason, ARRAY_LEN(bad) },
	{ &overlong_line_is_refused_at_its_line, 0 },
	{ &binary_and_endless_files_are_refused, 0 },
	{ &missing_file_is_named, 0 },
	{ &message_never_exceeds_its_room, 0 },
	{ &secret_file_open_to_others_is_refused, ARRAY_LEN(modes) },
	{ &secret_file_of_another_user_is_refused, 0 },
	{ &credential_may_show_the_mask_of_its_acl, 0 },
};

CHECK_MAIN("conf", tests)
