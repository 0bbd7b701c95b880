/* SPDX-License-Identifier: Apache-2.0 */
/* Fork, raw clone, and a fork while another thread is inside a call. */
#include "tests/api/api.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* gcc's AddressSanitizer does not guard its allocator's locks across fork(), as
 * libc's malloc does: after a fork with other threads busy its child may do no
 * more than ask. */
#ifdef __SANITIZE_ADDRESS__
#define CHILD_MAY_ALLOCATE 0
/* A child forgets its parent's OpenSSL without freeing it (crypto_forget). */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void)
{
	return "leak:crypto_library\n";
}
#else
#define CHILD_MAY_ALLOCATE 1
#endif

static CK_SESSION_HANDLE parent_session;
static CK_OBJECT_HANDLE parent_key;
static CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
static unsigned char plain[16], out[64];

/* The child's part; its exit status tells the step that failed. */
static int
child_checks(int initialise)
{
	CK_SESSION_INFO info;
	CK_SLOT_ID slots[8];
	CK_ULONG n = 8;

	/* a deadlock ends the child, not the test run, as Check's handler would */
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(slower(50));
	if (F->C_GetSessionInfo(parent_session, &info) != CKR_CRYPTOKI_NOT_INITIALIZED)
		return 1;
	if (F->C_GetSlotList(CK_TRUE, slots, &n) != CKR_CRYPTOKI_NOT_INITIALIZED)
		return 2;
	if (F->C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED)
		return 3;
	if (!initialise)
		return 0;
	if (F->C_Initialize(NULL) != CKR_OK)
		return 4;
	if (F->C_GetSessionInfo(parent_session, &info) != CKR_SESSION_HANDLE_INVALID)
		return 5;
	n = 8;
	if (F->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK || n == 0)
		return 6;
	return F->C_Finalize(NULL) == CKR_OK ? 0 : 7;
}

static void
expect_success(pid_t pid)
{
	int status = -1;

	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "child ended with %#x", (unsigned)status);
}

static void
parent_still_works(void)
{
	CK_ULONG n = 16;

	OK(F->C_EncryptInit(parent_session, &ecb, parent_key));
	OK(F->C_Encrypt(parent_session, plain, 16, out, &n));
}

/* The key in process custody, or in the one that sensitive keys have. */
static void
start(int readable)
{
	parent_session = api_start();
	parent_key = api_key(parent_session, CKK_AES, "0123456789abcdef", 16, readable);
	parent_still_works();
}

START_TEST (child_of_fork) {
	pid_t pid;

	start(_i == 0);
	pid = fork();
	if (pid == 0)
		_exit(child_checks(1));
	expect_success(pid);
	parent_still_works();
	api_stop();
}
END_TEST

START_TEST (child_of_raw_clone) {
	pid_t pid;

	start(_i == 0);
	/* no libc: no pthread_atfork() handler runs */
	pid = (pid_t)syscall(SYS_clone, (unsigned long)SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(child_checks(1));
	expect_success(pid);
	parent_still_works();
	api_stop();
}
END_TEST

static atomic_bool enough;

static void *
busy(void *arg)
{
	CK_SESSION_HANDLE s;
	unsigned char result[64];

	if (F->C_OpenSession(*(CK_SLOT_ID *)arg, CKF_SERIAL_SESSION, NULL, NULL, &s) !=
		CKR_OK)
		return arg;
	while (!atomic_load(&enough)) {
		CK_OBJECT_HANDLE found[4];
		CK_ULONG n = sizeof result;

		if (F->C_EncryptInit(s, &ecb, parent_key) != CKR_OK ||
			F->C_Encrypt(s, plain, 16, result, &n) != CKR_OK ||
			F->C_FindObjectsInit(s, NULL, 0) != CKR_OK ||
			F->C_FindObjects(s, found, 4, &n) != CKR_OK ||
			F->C_FindObjectsFinal(s) != CKR_OK)
			return arg;
	}
	return NULL;
}

START_TEST (child_of_fork_while_threads_are_inside_calls) {
	pthread_t threads[4];
	CK_SLOT_ID slot;
	void *failed;

	start(_i == 0);
	slot = api_slot();
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, busy, &slot);
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(child_checks(CHILD_MAY_ALLOCATE));
		expect_success(pid);
	}
	atomic_store(&enough, true);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	parent_still_works();
	api_stop();
}
END_TEST

START_TEST (child_that_ends_takes_nothing_from_its_parent) {
	pid_t pid;

	start(_i == 0);
	pid = fork();
	if (pid == 0)
		exit(child_checks(0)); /* with its atexit handlers */
	expect_success(pid);
	parent_still_works();
	OK(F->C_Logout(parent_session));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &child_of_fork, 2 },
	{ &child_of_raw_clone, 2 },
	{ &child_of_fork_while_threads_are_inside_calls, 2 },
	{ &child_that_ends_takes_nothing_from_its_parent, 2 },
};

CHECK_MAIN("api_fork", tests)
