/* SPDX-License-Identifier: Apache-2.0 */
/* A child of fork(), while another thread is where OpenSSL holds its lock for threads that begin and
 * end: that of a provider's handler for the end of a thread. */
#include <openssl/core_dispatch.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "crypto/errors.h"
#include "tests/unit/check_main.h"

static OSSL_FUNC_core_thread_start_fn *thread_start;
static const OSSL_CORE_HANDLE *core;
static sem_t ending, go_on;

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
	const OSSL_DISPATCH **out, void **ret_context)
{
	static const OSSL_DISPATCH none[] = { OSSL_DISPATCH_END };

	for (; in->function_id != 0; in++)
		if (in->function_id == OSSL_FUNC_CORE_THREAD_START)
			thread_start = OSSL_FUNC_core_thread_start(in);
	core = handle;
	*out = none;
	*ret_context = NULL;
	return 1;
}

static void
on_thread_end(void *arg)
{
	(void)sem_post(&ending);
	(void)sem_wait(&go_on);
}

static void *
thread_run(void *arg)
{
	return thread_start(core, on_thread_end, NULL) == 1 ? NULL : arg;
}

/* The child's exit status: what C_Initialize, a digest and C_Finalize have of OpenSSL, twice. */
static int
child_checks(void)
{
	static const uint8_t in[] = "abc";
	uint8_t out[32];

	/* not Check's, which ends all of the test */
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(slower(10));
	crypto_forget();
	for (int i = 0; i < 2; i++) {
		errors_begin();
		if (crypto_hash(DIGEST_SHA256, BYTES_OF(in), out) != CKR_OK)
			return 1;
		errors_end();
		crypto_cleanup();
	}
	return 0;
}

START_TEST (a_child_needs_no_lock_that_another_thread_had) {
	OSSL_PROVIDER *p;
	pthread_t ends;
	void *failed;
	int status = -1;
	pid_t pid;

	ck_assert_int_eq(sem_init(&ending, 0, 0), 0);
	ck_assert_int_eq(sem_init(&go_on, 0, 0), 0);
	ck_assert_int_eq(OSSL_PROVIDER_add_builtin(NULL, "ends", provider_init), 1);
	p = OSSL_PROVIDER_load(NULL, "ends");
	ck_assert_ptr_nonnull(p);
	/* nothing else was done with OpenSSL here that would need the lock */
	crypto_before_fork();
	ck_assert_int_eq(pthread_create(&ends, NULL, thread_run, &status), 0);
	ck_assert_int_eq(sem_wait(&ending), 0);
	pid = fork();
	if (pid == 0)
		_exit(child_checks());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(sem_post(&go_on), 0);
	ck_assert_int_eq(pthread_join(ends, &failed), 0);
	ck_assert_ptr_null(failed);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(OSSL_PROVIDER_unload(p), 1);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_child_needs_no_lock_that_another_thread_had, 0 },
};

CHECK_MAIN("crypto_fork", tests)
