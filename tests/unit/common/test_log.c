/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"

#include <errno.h>
#include <pthread.h>

#include "tests/unit/check_main.h"
#include "tests/unit/common/temp_file.h"

START_TEST (line_has_time_process_level_and_text) {
	struct temp_file f = temp_file_new("", 0);
	char text[1000], level[16];
	int year, pid, at = 0;

	ck_assert_int_eq(log_open("daemon", f.path), 0);
	errno = ENOENT;
	log_error("cannot open %s: %m", "x");
	ck_assert_int_eq(errno, ENOENT);
	log_debug("not shown");
	temp_file_read(&f, text, sizeof text);
	ck_assert_int_eq(
		sscanf(text, "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ daemon[%d] %15[a-z]: %n",
			&year, &pid, level, &at),
		3);
	ck_assert_int_ge(year, 2024);
	ck_assert_int_eq(pid, getpid());
	ck_assert_str_eq(level, "error");
	ck_assert_str_eq(text + at, "cannot open x: No such file or directory\n");
	ck_assert_int_eq(log_open("daemon", NULL), 0);
	temp_file_remove(&f);
}
END_TEST

START_TEST (hostile_text_stays_one_escaped_line) {
	struct temp_file f = temp_file_new("", 0);
	char *text = calloc(1, 100000), *longest = calloc(1, 50000);

	ck_assert_int_eq(log_open("d", f.path), 0);
	log_error("a\nb\x1b[2J\x7f\xc2\x9b\xc3\xa9 %s", "\r");
	temp_file_read(&f, text, 100000);
	ck_assert_ptr_nonnull(
		strstr(text, ": a\\nb\\x1b[2J\\x7f\\xc2\\x9b\xc3\xa9 \\x0d\n"));
	memset(longest, '\x01', 49999);
	log_error("%s", longest);
	temp_file_read(&f, text, 100000);
	ck_assert_ptr_eq(strchr(strchr(text, '\n') + 1, '\n'), text + strlen(text) - 1);
	ck_assert_uint_le(strlen(strchr(text, '\n') + 1), 4096);
	ck_assert_int_eq(log_open("d", NULL), 0);
	temp_file_remove(&f);
	free(text);
	free(longest);
}
END_TEST

START_TEST (journal_gets_its_own_prefix) {
	struct temp_file f = temp_file_new("", 0);
	int saved = dup(STDERR_FILENO), fd = open(f.path, O_WRONLY | O_CLOEXEC);
	char text[1000], stream[64];
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	(void)snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev,
		(uintmax_t)st.st_ino);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	ck_assert_int_eq(log_open("d", NULL), 0);
	log_warning("hello");
	ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	/* and not when stderr is something else */
	ck_assert_int_eq(log_open("d", NULL), 0);
	(void)unsetenv("JOURNAL_STREAM");
	temp_file_read(&f, text, sizeof text);
	ck_assert_str_eq(text, "<4>hello\n");
	(void)close(saved);
	(void)close(fd);
	temp_file_remove(&f);
}
END_TEST

START_TEST (levels_are_parsed_by_name) {
	enum log_level level = LOG_DEBUG;

	ck_assert(log_level_parse("panic", &level) && level == LOG_PANIC);
	ck_assert(log_level_parse("warn", &level) && level == LOG_WARNING);
	ck_assert(log_level_parse("warning", &level) && level == LOG_WARNING);
	ck_assert(log_level_parse("trace", &level) && level == LOG_TRACE);
	ck_assert(!log_level_parse("verbose", &level) && level == LOG_TRACE);
	ck_assert(!log_level_parse("", &level));
}
END_TEST

START_TEST (log_file_that_cannot_be_opened_is_an_error) {
	ck_assert_int_eq(log_open("d", "/nonexistent/log"), -ENOENT);
}
END_TEST

START_TEST (opening_again_after_a_rotation_writes_to_the_new_file) {
	struct temp_file a = temp_file_new("", 0), b = temp_file_new("", 0);
	char text[1000];

	ck_assert_int_eq(log_open("d", a.path), 0);
	ck_assert_int_eq(log_open("d", b.path), 0);
	log_error("second");
	temp_file_read(&a, text, sizeof text);
	ck_assert_str_eq(text, "");
	temp_file_read(&b, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "second\n"));
	ck_assert_int_eq(log_open("d", NULL), 0);
	temp_file_remove(&a);
	temp_file_remove(&b);
}
END_TEST

static void *
write_lines(void *arg)
{
	for (int i = 0; i < 200; i++)
		log_error("from-a-thread");
	return NULL;
}

START_TEST (lines_of_several_threads_do_not_mix) {
	struct temp_file f = temp_file_new("", 0);
	char *text = calloc(1, 200000);
	pthread_t threads[4];
	size_t lines = 0;

	ck_assert_int_eq(log_open("d", f.path), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	temp_file_read(&f, text, 200000);
	for (char *s = text; *s != '\0'; s = strchr(s, '\n') + 1, lines++) {
		ck_assert_int_eq(strncmp(s, "20", 2), 0);
		ck_assert_int_eq(strncmp(strchr(s, '\n') - 15, ": from-a-thread", 15), 0);
	}
	ck_assert_uint_eq(lines, 800);
	ck_assert_int_eq(log_open("d", NULL), 0);
	temp_file_remove(&f);
	free(text);
}
END_TEST

static const struct check_test tests[] = {
	{ &line_has_time_process_level_and_text, 0 },
	{ &hostile_text_stays_one_escaped_line, 0 },
	{ &journal_gets_its_own_prefix, 0 },
	{ &levels_are_parsed_by_name, 0 },
	{ &log_file_that_cannot_be_opened_is_an_error, 0 },
	{ &opening_again_after_a_rotation_writes_to_the_new_file, 0 },
	{ &lines_of_several_threads_do_not_mix, 0 },
};

CHECK_MAIN("log", tests)
