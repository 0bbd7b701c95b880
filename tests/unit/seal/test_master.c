/* SPDX-License-Identifier: Apache-2.0 */
/* The master key's file. */
#include "remote/crypto/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check_main.h"

#define HEX32 "000102030405060708090a0b0c0d0e0F"
#define HEX64 HEX32 "101112131415161718191a1b1c1d1E1f"

struct place {
	char folder[40];
	char path[64];
};

static void
place_new(struct place *p)
{
	(void)snprintf(p->folder, sizeof p->folder, "/tmp/test-master-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->folder));
	(void)snprintf(p->path, sizeof p->path, "%s/masterkey", p->folder);
}

static void
place_free(struct place *p)
{
	(void)unlink(p->path);
	ck_assert_int_eq(rmdir(p->folder), 0);
}

static void
file_write(const struct place *p, const void *content, size_t n, mode_t mode)
{
	int fd;

	(void)unlink(p->path);
	fd = open(p->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, n), (ssize_t)n);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	(void)close(fd);
}

static void
refused(const struct place *p, int error)
{
	struct master_key mk = { SECRET_NONE, 9 };
	char err[512] = "";

	ck_assert_int_eq(master_key_read(p->path, &mk, err, sizeof err), error);
	ck_assert_msg(strstr(err, p->path) != NULL, "%s", err);
	ck_assert(mk.key.p == NULL && mk.generation == 9);
}

START_TEST (a_new_key_is_read_back_and_never_overwritten) {
	struct place p;
	struct master_key a, b, c;
	char err[512] = "";
	struct stat st;

	place_new(&p);
	ck_assert_int_eq(master_key_create(p.path, err, sizeof err), 0);
	ck_assert_int_eq(stat(p.path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(master_key_read(p.path, &a, err, sizeof err), 0);
	ck_assert_uint_eq(a.key.n, SEAL_KEY);
	ck_assert_uint_eq(a.generation, 1);
	ck_assert_int_eq(master_key_create(p.path, err, sizeof err), -EEXIST);
	ck_assert_msg(strstr(err, "never overwritten") != NULL, "%s", err);
	ck_assert_int_eq(master_key_read(p.path, &b, err, sizeof err), 0);
	ck_assert(bytes_equal(secret_bytes(&a.key), secret_bytes(&b.key)));
	ck_assert_int_eq(unlink(p.path), 0);
	ck_assert_int_eq(master_key_create(p.path, err, sizeof err), 0);
	ck_assert_int_eq(master_key_read(p.path, &c, err, sizeof err), 0);
	ck_assert(!bytes_equal(secret_bytes(&a.key), secret_bytes(&c.key)));
	master_key_free(&a);
	master_key_free(&b);
	master_key_free(&c);
	ck_assert(c.key.p == NULL && c.generation == 0);
	place_free(&p);
}
END_TEST

START_TEST (raw_bytes_and_digits_are_the_same_key) {
	static const char *const digits[] = { HEX64, HEX64 "\n" };
	struct place p;
	struct master_key mk;
	char err[512];
	uint8_t raw[SEAL_KEY];

	for (unsigned i = 0; i < sizeof raw; i++)
		raw[i] = (uint8_t)i;
	place_new(&p);
	for (size_t i = 0; i <= ARRAY_LEN(digits); i++) {
		if (i < ARRAY_LEN(digits))
			file_write(&p, digits[i], strlen(digits[i]), 0600);
		else
			file_write(&p, raw, sizeof raw, 0400);
		ck_assert_int_eq(master_key_read(p.path, &mk, err, sizeof err), 0);
		ck_assert(bytes_equal(secret_bytes(&mk.key), BYTES_OF(raw)));
		master_key_free(&mk);
	}
	place_free(&p);
}
END_TEST

START_TEST (what_is_no_key_is_refused_with_the_files_name) {
	static const char *const bad[] = {
		"",
		"short",
		HEX32 "x",
		HEX64 "\n\n",
		HEX64 "x",
		HEX64 HEX64,
		HEX32 "g01112131415161718191a1b1c1d1e1f",
	};
	struct place p;

	place_new(&p);
	refused(&p, -ENOENT);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		file_write(&p, bad[i], strlen(bad[i]), 0600);
		refused(&p, -EINVAL);
	}
	place_free(&p);
}
END_TEST

START_TEST (a_file_that_others_may_use_is_refused) {
	static const mode_t modes[] = { 0644, 0640, 0620, 0602, 0601, 0660 };
	struct place p;

	place_new(&p);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		file_write(&p, HEX64, 64, modes[i]);
		refused(&p, -EPERM);
	}
	(void)unlink(p.path);
	ck_assert_int_eq(mkfifo(p.path, 0600), 0);
	refused(&p, -EPERM);
	place_free(&p);
}
END_TEST

START_TEST (a_key_is_not_made_where_it_cannot_be) {
	struct place p;
	char err[512] = "";

	place_new(&p);
	ck_assert_int_eq(symlink("elsewhere", p.path), 0);
	ck_assert_int_eq(master_key_create(p.path, err, sizeof err), -EEXIST);
	ck_assert_int_eq(
		master_key_create("/nonexistent/folder/key", err, sizeof err), -ENOENT);
	ck_assert_msg(strstr(err, "/nonexistent/folder/key") != NULL, "%s", err);
	place_free(&p);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_new_key_is_read_back_and_never_overwritten, 0 },
	{ &raw_bytes_and_digits_are_the_same_key, 0 },
	{ &what_is_no_key_is_refused_with_the_files_name, 0 },
	{ &a_file_that_others_may_use_is_refused, 0 },
	{ &a_key_is_not_made_where_it_cannot_be, 0 },
};

CHECK_MAIN("seal_master", tests)
