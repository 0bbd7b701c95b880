/* SPDX-License-Identifier: Apache-2.0 */
/* What C_Finalize and dlclose() leave: no descriptor, no thread, no keyring key. */
#include "tests/api/api.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>

static int
entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Keys of this process, by their serials: its keyring has them while they are used. */
static size_t
own_keys(int32_t *serials, size_t room)
{
	const long n = syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_PROCESS_KEYRING, serials,
		room * sizeof *serials);
	const size_t found = n > 0 ? (size_t)n / sizeof *serials : 0;

	ck_assert_uint_le(found, room);
	return found;
}

/* One that nothing has is destroyed. What is refused, or has been revoked, is there. */
static bool
is_left(int32_t serial)
{
	return syscall(SYS_keyctl, KEYCTL_DESCRIBE, serial, NULL, 0) >= 0 ||
	       errno != ENOKEY;
}

static size_t
keys_left(const int32_t *serials, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		left += is_left(serials[i]);
	return left;
}

static void
use_everything(void)
{
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { CKM_AES_ECB, NULL, 0 }, sha = { CKM_SHA256, NULL, 0 };
	unsigned char data[16] = { 0 }, out[64];
	CK_ULONG n = sizeof out;

	for (int i = 0; i < 50; i++) {
		CK_OBJECT_HANDLE k = api_generate_aes(s, 32, 1);

		OK(F->C_EncryptInit(s, &m, k));
		n = sizeof out;
		OK(F->C_Encrypt(s, data, 16, out, &n));
	}
	OK(F->C_DigestInit(s, &sha));
	n = sizeof out;
	OK(F->C_Digest(s, data, 16, out, &n));
	/* operations and searches left open */
	OK(F->C_DigestInit(s, &sha));
	OK(F->C_FindObjectsInit(s, NULL, 0));
	(void)api_session(0);
}

START_TEST (nothing_is_left) {
	int fds = entries("/proc/self/fd"), tasks = entries("/proc/self/task");

	for (int i = 0; i < 3; i++) {
		use_everything();
		/* no thread even while it works */
		ck_assert_int_eq(entries("/proc/self/task"), tasks);
		api_stop();
	}
	ck_assert_int_eq(entries("/proc/self/fd"), fds);
	ck_assert_int_eq(entries("/proc/self/task"), tasks);
}
END_TEST

START_TEST (no_key_is_left_in_the_kernel) {
	static int32_t keys[1024];
	size_t n = 0, left;

	for (int i = 0; i < 3; i++) {
		use_everything();
		n += own_keys(keys + n, COUNT(keys) - n);
		api_stop();
	}
	if (skip_if(n == 0, "no keys in the kernel here"))
		return;
	/* the kernel collects them in its own time */
	for (unsigned i = 0; (left = keys_left(keys, n)) != 0 && i < slower(1500); i++)
		usleep(20000);
	ck_assert_msg(left == 0, "%zu of %zu keys are left", left, n);
	ck_assert_uint_eq(own_keys(keys, COUNT(keys)), 0);
}
END_TEST

START_TEST (a_program_that_is_executed_inherits_nothing) {
	char before[2048] = { 0 };
	int opened = 0;

	for (int fd = 0; fd < (int)sizeof before; fd++)
		before[fd] = fcntl(fd, F_GETFD) >= 0;
	use_everything();
	for (int fd = 0; fd < (int)sizeof before; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (before[fd] || flags < 0)
			continue;
		opened++;
		ck_assert_msg((flags & FD_CLOEXEC) != 0, "descriptor %d", fd);
	}
	ck_assert_int_gt(opened, 0);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_program_that_is_executed_inherits_nothing, 0 },
	{ &nothing_is_left, 0 },
	{ &no_key_is_left_in_the_kernel, 0 },
};

CHECK_MAIN("api_leaks", tests)
