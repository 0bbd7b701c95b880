/* SPDX-License-Identifier: Apache-2.0 */
/* PINs from files, ids as text, tables. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/pin.h"
#include "tools/text_table.h"
#include "tools/token.h"
#include "tests/unit/check_main.h"

struct file {
	char path[32];
};

static struct file
file_with(const char *text, size_t n, mode_t mode)
{
	struct file f = { "/tmp/pin-test-XXXXXX" };
	int fd = mkstemp(f.path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(write(fd, text, n), (ssize_t)n);
	ck_assert_int_eq(close(fd), 0);
	return f;
}

static int
read_pin(const char *text, size_t n, mode_t mode, struct secret *ret)
{
	struct file f = file_with(text, n, mode);
	int r = pin_read(f.path, "user's", ret);

	(void)unlink(f.path);
	return r;
}

START_TEST (a_pin_file_gives_its_first_line) {
	struct secret pin = SECRET_NONE;

	ck_assert_int_eq(read_pin("1234\n", 5, 0600, &pin), TOOL_OK);
	ck_assert(bytes_equal(secret_bytes(&pin), BYTES_STR("1234")));
	secret_free(&pin);
	ck_assert_int_eq(read_pin(" a b ", 5, 0600, &pin), TOOL_OK);
	ck_assert(bytes_equal(secret_bytes(&pin), BYTES_STR(" a b ")));
	secret_free(&pin);
}
END_TEST

START_TEST (a_bad_pin_file_is_refused) {
	struct secret pin = SECRET_NONE;
	char longest[256];

	memset(longest, 'x', sizeof longest);
	ck_assert_int_eq(read_pin("", 0, 0600, &pin), TOOL_FAILED);
	ck_assert_int_eq(read_pin("\n1234\n", 6, 0600, &pin), TOOL_FAILED);
	ck_assert_int_eq(read_pin("1234", 4, 0644, &pin), TOOL_FAILED);
	ck_assert_int_eq(read_pin(longest, 256, 0600, &pin), TOOL_FAILED);
	ck_assert_int_eq(pin_read("/nonexistent/x", "user's", &pin), TOOL_FAILED);
	ck_assert_ptr_null(pin.p);
	ck_assert_int_eq(read_pin(longest, 255, 0600, &pin), TOOL_OK);
	ck_assert_uint_eq(pin.n, 255);
	secret_free(&pin);
}
END_TEST

static const char *const not_ids[] = {
	"",
	"f00db2f1",
	"f00db2f144214032a505465bedfa845",
	"f00db2f144214032a505465bedfa845bb",
	"f00db2f144214032a505465bedfa845g",
	"f00db2f1-4421-4032-a505-465bedfa845b-",
	"f0-0db2f1-4421-4032-a505-465bedfa845b",
};

START_TEST (ids_are_read_in_both_forms) {
	const char *text = "f00db2f1-4421-4032-a505-465bedfa845b";
	uint8_t a[TOKEN_ID], b[TOKEN_ID];
	char back[UUID_TEXT];

	ck_assert(token_uuid_parse(text, a));
	ck_assert(token_uuid_parse("F00DB2F144214032A505465BEDFA845B", b));
	ck_assert_mem_eq(a, b, sizeof a);
	token_uuid(proto_borrow(BYTES_OF(a)), back);
	ck_assert_str_eq(back, text);
	token_uuid(proto_borrow(BYTES(a, 3)), back);
	ck_assert_str_eq(back, "?");
}
END_TEST

START_TEST (other_text_is_no_id) {
	uint8_t id[TOKEN_ID];

	ck_assert(!token_uuid_parse(not_ids[_i], id));
}
END_TEST

/* What is printed to stdout between the two. */
struct captured {
	int saved, pipe_fd[2];
};

static void
capture_begin(struct captured *c)
{
	(void)fflush(stdout);
	ck_assert_int_eq(pipe(c->pipe_fd), 0);
	c->saved = dup(STDOUT_FILENO);
	(void)dup2(c->pipe_fd[1], STDOUT_FILENO);
}

static size_t
capture_end(struct captured *c, char *out, size_t cap)
{
	ssize_t n;

	(void)fflush(stdout);
	(void)dup2(c->saved, STDOUT_FILENO);
	(void)close(c->saved);
	(void)close(c->pipe_fd[1]);
	n = read(c->pipe_fd[0], out, cap - 1);
	(void)close(c->pipe_fd[0]);
	out[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static size_t
capture(const struct table *t, bool json, char *out, size_t cap)
{
	struct captured c;

	capture_begin(&c);
	ck_assert_int_eq(table_print(t, json), TOOL_OK);
	return capture_end(&c, out, cap);
}

START_TEST (nothing_in_json_is_for_a_terminal) {
	struct captured c;
	char out[64];

	capture_begin(&c);
	table_json_string("a\x1b[\"\\b\xc2\x9b\x63\xc3\x9f");
	(void)capture_end(&c, out, sizeof out);
	ck_assert_str_eq(out, "\"a?[\\\"\\\\b??c\xc3\x9f\"");
}
END_TEST

START_TEST (tables_are_aligned_and_safe_to_look_at) {
	static const struct column columns[] = {
		{ "NAME", "name", COLUMN_TEXT },
		{ "N", "n", COLUMN_NUMBER },
		{ "SET", "set", COLUMN_BOOL },
	};
	struct table t;
	char out[512];

	table_init(&t, columns, ARRAY_LEN(columns));
	ck_assert_uint_eq(capture(&t, false, out, sizeof out), 0);
	table_cell(&t, "%s", "gr\xc3\xbc\xc3\x9f\x65");
	table_cell(&t, "%d", 100);
	table_cell(&t, "yes");
	table_cell(&t, "%s", "a\x1b[2J\"b");
	table_cell(&t, "-");
	table_cell(&t, "no");
	(void)capture(&t, false, out, sizeof out);
	ck_assert_str_eq(out, "NAME       N  SET\n"
			      "gr\xc3\xbc\xc3\x9f\x65    100  yes\n"
			      "a?[2J\"b    -  no\n");
	(void)capture(&t, true, out, sizeof out);
	ck_assert_str_eq(out,
		"[\n  {\"name\": \"gr\xc3\xbc\xc3\x9f\x65\", \"n\": 100, \"set\": "
		"true},\n"
		"  {\"name\": \"a?[2J\\\"b\", \"n\": null, \"set\": false}\n]\n");
	table_free(&t);
}
END_TEST

START_TEST (a_last_column_is_broken_into_lines) {
	static const struct column columns[] = {
		{ "NAME", "name", COLUMN_TEXT },
		{ "TEXT", "text", COLUMN_TEXT },
	};
	struct table t;
	char out[512];

	table_init(&t, columns, ARRAY_LEN(columns));
	t.width = 30;
	table_cell(&t, "first");
	table_cell(&t, "exactly so many columns gr\xc3\xbc\xc3\x9f\x65 go there");
	table_cell(&t, "second");
	table_cell(&t, "aWordThatIsLongerThanALineIsLeft whole");
	(void)capture(&t, false, out, sizeof out);
	ck_assert_str_eq(out, "NAME    TEXT\n"
			      "first   exactly so many\n"
			      "        columns gr\xc3\xbc\xc3\x9f\x65 go there\n"
			      "second  aWordThatIsLongerThanALineIsLeft\n"
			      "        whole\n");
	t.width = 20; /* too little to be worth it */
	(void)capture(&t, false, out, sizeof out);
	ck_assert_ptr_nonnull(strstr(out, "gr\xc3\xbc\xc3\x9f\x65 go there\n"));
	ck_assert_ptr_null(strstr(out, "\n  "));
	table_free(&t);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_pin_file_gives_its_first_line, 0 },
	{ &a_bad_pin_file_is_refused, 0 },
	{ &ids_are_read_in_both_forms, 0 },
	{ &other_text_is_no_id, ARRAY_LEN(not_ids) },
	{ &nothing_in_json_is_for_a_terminal, 0 },
	{ &tables_are_aligned_and_safe_to_look_at, 0 },
	{ &a_last_column_is_broken_into_lines, 0 },
};

CHECK_MAIN("tokenctl_text", tests)
