/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are opened, by whom, and what is said about the others. */
#include "tests/unit/storage/fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "tests/unit/check_main.h"

static void
sql(const struct fixture *f, const char *text)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(f->path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* Opening fails with this, saying that and the file's name. */
static void
refused(struct fixture *f, int error, const char *saying)
{
	struct storage *st = NULL;
	char err[512] = "";

	if (error != -EBUSY) {
		ck_assert_int_eq(storage_look(f->url, &st, err, sizeof err), error);
		ck_assert_ptr_null(st);
		ck_assert_msg(strstr(err, saying) != NULL, "%s", err);
	}
	ck_assert_int_eq(storage_open(f->url, &st, err, sizeof err), error);
	ck_assert_ptr_null(st);
	ck_assert_msg(strstr(err, saying) != NULL, "%s", err);
	ck_assert_msg(strstr(err, f->path) != NULL, "%s", err);
}

static mode_t
mode_of(const struct fixture *f, const char *end)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s%s", f->path, end);
	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

START_TEST (files_are_for_their_owner_alone) {
	struct fixture f;
	mode_t was = umask(0);

	fixture_new(&f);
	fixture_token(&f, 0);
	ck_assert_uint_eq(mode_of(&f, ""), 0600);
	ck_assert_uint_eq(mode_of(&f, "-wal"), 0600);
	ck_assert_uint_eq(mode_of(&f, "-shm"), 0600);
	ck_assert_uint_eq(mode_of(&f, ".lock"), 0600);
	storage_close(&f.st);
	ck_assert_int_eq(chmod(f.path, 0644), 0);
	fixture_open(&f);
	fixture_token(&f, 1);
	ck_assert_uint_eq(mode_of(&f, ""), 0600);
	ck_assert_uint_eq(mode_of(&f, "-wal"), 0600);
	fixture_free(&f);
	(void)umask(was);
}
END_TEST

START_TEST (what_was_stored_is_there_after_reopening) {
	struct fixture f;
	unsigned object = 4;

	fixture_new(&f);
	fixture_token(&f, 0);
	ck_assert_int_eq(storage_write(f.st, object_add_tx, &object), 0);
	storage_close(&f.st);
	fixture_open(&f);
	ck_assert_int_eq(storage_read(f.st, object_has_tx, &object), 0);
	ck_assert_uint_eq(fixture_objects(&f), 1);
	fixture_free(&f);
}
END_TEST

START_TEST (a_second_one_is_refused_under_any_name) {
	struct fixture f, other;
	char alias[96];
	int status;
	pid_t pid;

	fixture_new(&f);
	refused(&f, -EBUSY, "in use by another keystored");
	(void)snprintf(alias, sizeof alias, "%s/alias.db", f.folder);
	ck_assert_int_eq(symlink(f.path, alias), 0);
	other = f;
	(void)snprintf(other.url, sizeof other.url, "sqlite:%s", alias);
	refused(&other, -EBUSY, "in use by another keystored");
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct storage *st;
		char err[512];

		_exit(storage_open(f.url, &st, err, sizeof err) == -EBUSY ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	/* and the first one is none the worse */
	fixture_token(&f, 0);
	storage_close(&f.st);
	fixture_open(&f);
	fixture_free(&f);
}
END_TEST

static int
count_token(void *arg, const struct token_row *row)
{
	(void)row;
	++*(unsigned *)arg;
	return 0;
}

static int
count_tokens(struct storage_tx *tx, void *arg)
{
	return token_each(tx, count_token, arg);
}

START_TEST (a_look_makes_nothing_and_needs_no_turn) {
	struct fixture f;
	struct storage *st;
	char err[512], journal[128];
	unsigned tokens = 0;

	fixture_folder(&f);
	ck_assert_int_eq(storage_look(f.url, &st, err, sizeof err), 0);
	ck_assert_ptr_null(st);
	ck_assert_int_eq(rmdir(f.folder), 0); /* it is empty still */
	fixture_new(&f);
	fixture_token(&f, 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(storage_look(f.url, &st, err, sizeof err), 0);
		ck_assert_ptr_nonnull(st);
		ck_assert_int_eq(storage_read(st, count_tokens, &tokens), 0);
		storage_close(&st);
		if (i == 0)
			storage_close(&f.st);
	}
	ck_assert_uint_eq(tokens, 2);
	(void)snprintf(journal, sizeof journal, "%s-wal", f.path);
	ck_assert_int_ne(access(journal, F_OK), 0);
	fixture_open(&f);
	fixture_free(&f);
}
END_TEST

static void *
file_read(const struct fixture *f, const char *end, size_t *ret)
{
	char path[128];
	struct stat st;
	uint8_t *p;
	int fd;

	(void)snprintf(path, sizeof path, "%s%s", f->path, end);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_gt(st.st_size, 0);
	*ret = (size_t)st.st_size;
	p = malloc(*ret);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(read(fd, p, *ret), st.st_size);
	(void)close(fd);
	return p;
}

static void
file_write(const struct fixture *f, const char *end, const void *p, size_t n)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof path, "%s%s", f->path, end);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, p, n), (ssize_t)n);
	(void)close(fd);
}

START_TEST (a_look_leaves_what_a_crash_has_left) {
	static const char *const ends[] = { "", "-wal" };
	struct fixture f, crashed;
	struct storage *st;
	char err[512];
	void *was[ARRAY_LEN(ends)], *is;
	size_t n[ARRAY_LEN(ends)], now;
	unsigned tokens = 0;

	fixture_new(&f);
	fixture_token(&f, 0);
	fixture_folder(&crashed);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		was[i] = file_read(&f, ends[i], &n[i]);
		file_write(&crashed, ends[i], was[i], n[i]);
	}
	fixture_free(&f);
	ck_assert_int_eq(storage_look(crashed.url, &st, err, sizeof err), 0);
	ck_assert_ptr_nonnull(st);
	ck_assert_int_eq(storage_read(st, count_tokens, &tokens), 0);
	ck_assert_uint_eq(tokens, 1);
	storage_close(&st);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		is = file_read(&crashed, ends[i], &now);
		ck_assert_uint_eq(now, n[i]);
		ck_assert_mem_eq(is, was[i], now);
		free(is);
		free(was[i]);
	}
	fixture_free(&crashed);
}
END_TEST

START_TEST (a_newer_schema_is_refused) {
	struct fixture f;

	fixture_new(&f);
	storage_close(&f.st);
	sql(&f, "PRAGMA user_version = 999");
	refused(&f, -EINVAL, "newer keystored (schema 999");
	fixture_free(&f);
}
END_TEST

static int
misplaced_tx(struct storage_tx *tx, void *arg)
{
	uint64_t *n = arg;
	struct token_row row;

	for (unsigned i = 0; i < 2; i++) {
		const struct id token = id_n(i);
		int r = token_get(tx, &token, &row);

		if (r != 0)
			return r;
		n[i] = row.misplaced;
	}
	return 0;
}

/* Of two tokens as the second schema had them, the first one with an object. */
START_TEST (how_old_objects_are_placed_nobody_says) {
	struct fixture f;
	char err[512] = "";
	uint64_t n[2];

	fixture_new(&f);
	fixture_token(&f, 0);
	fixture_token(&f, 1);
	ck_assert_int_eq(storage_write(f.st, object_add_tx, &(unsigned){ 7 }), 0);
	ck_assert_int_eq(storage_read(f.st, misplaced_tx, n), 0);
	ck_assert(n[0] == 0 && n[1] == 0);
	storage_close(&f.st);
	sql(&f, "DROP INDEX objects_by_pair; ALTER TABLE objects DROP COLUMN pair;"
		"ALTER TABLE objects DROP COLUMN part; ALTER TABLE objects DROP COLUMN "
		"name;"
		"ALTER TABLE tokens DROP COLUMN misplaced; PRAGMA user_version = 2");
	ck_assert_msg(storage_open(f.url, &f.st, err, sizeof err) == 0, "%s", err);
	ck_assert_int_eq(storage_read(f.st, misplaced_tx, n), 0);
	ck_assert(n[0] == 1 && n[1] == 0);
	ck_assert_uint_eq(fixture_objects(&f), 1);
	fixture_free(&f);
}
END_TEST

START_TEST (another_programs_database_is_refused_and_left_alone) {
	struct fixture f;

	fixture_folder(&f);
	sql(&f, "CREATE TABLE theirs (x); PRAGMA user_version = 1");
	ck_assert_int_eq(chmod(f.path, 0640), 0);
	refused(&f, -EINVAL, "another program");
	ck_assert_uint_eq(mode_of(&f, ""), 0640);
	sql(&f, "INSERT INTO theirs VALUES (1)");
	fixture_free(&f);
}
END_TEST

START_TEST (some_other_file_is_refused_and_left_alone) {
	static const char text[] = "a letter, and by no means a database of anybody's; "
				   "long enough to have a header of some kind in it, "
				   "were it one";
	struct fixture f;
	char back[sizeof text] = "";
	int fd;

	fixture_folder(&f);
	fd = open(f.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, text, sizeof text), sizeof text);
	refused(&f, -EINVAL, "some other kind of file");
	ck_assert_int_eq(pread(fd, back, sizeof back, 0), sizeof back);
	ck_assert_str_eq(back, text);
	(void)close(fd);
	fixture_free(&f);
}
END_TEST

START_TEST (bad_places_get_a_sentence) {
	static const struct {
		const char *url;
		int error;
		const char *saying;
	} cases[] = {
		{ "mysql:/x", -EINVAL, "no kind of storage" },
		{ "sqlite:relative.db", -EINVAL, "whole path" },
		{ "sqlite:", -EINVAL, "whole path" },
		{ "sqlite:/nonexistent/folder/x.db", -ENOENT,
			"/nonexistent/folder/x.db: cannot open" },
		{ "sqlite:/dev/null", -EINVAL, "not a regular file" },
	};
	struct storage *st;
	char err[512];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err[0] = '\0';
		ck_assert_int_eq(
			storage_open(cases[i].url, &st, err, sizeof err), cases[i].error);
		ck_assert_msg(strstr(err, cases[i].saying) != NULL, "%s", err);
		ck_assert_int_eq(
			storage_look(cases[i].url, &st, err, sizeof err), cases[i].error);
		ck_assert_msg(strstr(err, cases[i].saying) != NULL, "%s", err);
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &files_are_for_their_owner_alone, 0 },
	{ &what_was_stored_is_there_after_reopening, 0 },
	{ &a_second_one_is_refused_under_any_name, 0 },
	{ &a_look_makes_nothing_and_needs_no_turn, 0 },
	{ &a_look_leaves_what_a_crash_has_left, 0 },
	{ &a_newer_schema_is_refused, 0 },
	{ &how_old_objects_are_placed_nobody_says, 0 },
	{ &another_programs_database_is_refused_and_left_alone, 0 },
	{ &some_other_file_is_refused_and_left_alone, 0 },
	{ &bad_places_get_a_sentence, 0 },
};

CHECK_MAIN("storage_open", tests)
