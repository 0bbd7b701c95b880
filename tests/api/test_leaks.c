/* SPDX-License-Identifier: Apache-2.0 */
/* What C_Finalize and dlclose() leave: no descriptor, no thread, no keyring key. */
#include "tests/api/api.h"

#include <dirent.h>
#include <fcntl.h>

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

/* User keys that this user may see; others of the machine come and go, so the
 * caller compares before and after and allows for the kernel's late collection. */
static int
user_keys(void)
{
	FILE *f = fopen("/proc/keys", "r");
	char line[512];
	int n = 0;

	if (f == NULL)
		return -1;
	while (fgets(line, sizeof line, f) != NULL)
		n += strstr(line, " user ") != NULL;
	fclose(f);
	return n;
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
	int keys = user_keys(), left = -1;

	for (int i = 0; i < 3; i++) {
		use_everything();
		/* no thread even while it works */
		ck_assert_int_eq(entries("/proc/self/task"), tasks);
		api_stop();
	}
	ck_assert_int_eq(entries("/proc/self/fd"), fds);
	ck_assert_int_eq(entries("/proc/self/task"), tasks);
	for (int i = 0; i < 1500 && keys >= 0; i++) {
		left = user_keys() - keys;
		if (left < 10)
			break;
		usleep(20000);
	}
	ck_assert_msg(keys < 0 || left < 10, "%d of 150 keys are left", left);
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
};

CHECK_MAIN("api_leaks", tests)
