/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A full disk: a small file system of the test's own where it may mount one,
 * and a limit on the size of files, which anybody may set. Both concern a whole
 * process, so each is a child of the test.
 */
#include "tests/unit/storage/fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/check_main.h"

#define OBJECT_SIZE 65536u
#define MANY 1000u /* more than fit */
#define SKIPPED 77

#define EXPECT(what)                                                                     \
	do {                                                                             \
		if (!(what)) {                                                           \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
			_exit(1);                                                        \
		}                                                                        \
	} while (0)

static uint8_t content[OBJECT_SIZE];

static int
big_tx(struct storage_tx *tx, void *arg)
{
	return object_add(tx, *(unsigned *)arg, BYTES_OF(content));
}

static int
delete_tx(struct storage_tx *tx, void *arg)
{
	const struct id token = id_n(0), id = id_n(*(unsigned *)arg);
	uint64_t revision;
	int r = token_next_revision(tx, &token, &revision);

	return r == 0 ? object_delete(tx, &token, &id, revision) : r;
}

static void
expect_all(struct fixture *f, unsigned n)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < n; i++)
		EXPECT(storage_read(f->st, object_has_tx, &i) == 0);
	EXPECT(storage_read(f->st, object_count_tx, &count) == 0);
	EXPECT(count == n);
}

/* Fills the disk, finds everything still there, makes room and goes on. */
static void
fill_and_recover(struct fixture *f, void (*make_room)(struct fixture *f))
{
	unsigned n = 0, first = 0, zero = 0;
	char err[512];
	int r = 0;

	EXPECT(storage_open(f->url, &f->st, err, sizeof err) == 0);
	EXPECT(storage_write(f->st, token_put_tx, &zero) == 0);
	while (n < MANY && (r = storage_write(f->st, big_tx, &n)) == 0)
		n++;
	EXPECT(r == -ENOSPC || r == -EIO);
	EXPECT(n > 0);
	for (unsigned i = 0; i < 3; i++) {
		r = storage_write(f->st, big_tx, &n);
		if (r == 0) /* the journal was emptied: a little room */
			n++;
		else
			EXPECT(r == -ENOSPC || r == -EIO);
	}
	expect_all(f, n);
	make_room(f);
	EXPECT(storage_write(f->st, big_tx, &n) == 0);
	expect_all(f, ++n);
	storage_close(&f->st);
	EXPECT(storage_open(f->url, &f->st, err, sizeof err) == 0);
	expect_all(f, n);
	EXPECT(storage_write(f->st, delete_tx, &first) == 0);
	EXPECT(storage_read(f->st, object_has_tx, &first) == -ENOENT);
	storage_close(&f->st);
	_exit(0);
}

static void
ballast_path(const struct fixture *f, char ret[128])
{
	(void)snprintf(ret, 128, "%s/ballast", f->folder);
}

static void
remove_ballast(struct fixture *f)
{
	char path[128];

	ballast_path(f, path);
	EXPECT(unlink(path) == 0);
}

static void
small_disk(struct fixture *f)
{
	char path[128];
	int fd;

	if (unshare(CLONE_NEWNS) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", f->folder, "tmpfs", 0, "size=12m") < 0)
		_exit(SKIPPED);
	ballast_path(f, path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	EXPECT(fd >= 0 && posix_fallocate(fd, 0, 8 << 20) == 0);
	(void)close(fd);
	fill_and_recover(f, remove_ballast);
}

static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	EXPECT(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void
lift_limit(struct fixture *f)
{
	limit_files(RLIM_INFINITY);
}

static void
small_files(struct fixture *f)
{
	EXPECT(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	limit_files(2 << 20);
	fill_and_recover(f, lift_limit);
}

static const struct {
	const char *name;
	void (*run)(struct fixture *f);
} disks[] = {
	{ "a small file system", small_disk },
	{ "a limit on the size of files", small_files },
};

START_TEST (a_full_disk_is_told_and_loses_nothing) {
	struct fixture f;
	pid_t pid;
	int status;

	fixture_folder(&f);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		disks[_i].run(&f);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	fixture_free(&f);
	if (!skip_if(WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED,
		    "no right to mount"))
		ck_assert_msg(status == 0, "%s: status %x", disks[_i].name, status);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_full_disk_is_told_and_loses_nothing, ARRAY_LEN(disks) },
};

CHECK_MAIN("storage_disk", tests)
