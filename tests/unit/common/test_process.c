/* SPDX-License-Identifier: Apache-2.0 */
#include "common/process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check_main.h"

/* In a child, because it cannot be undone. 0 or the number of what is wrong. */
static int
harden(bool core_allowed)
{
	struct rlimit limit;
	struct sigaction pipe_action;

	if (process_harden() != 0)
		return 1;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 2;
	if (umask(0) != 077)
		return 3;
	if (sigaction(SIGPIPE, NULL, &pipe_action) != 0 ||
		pipe_action.sa_handler != SIG_IGN)
		return 4;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != (core_allowed ? 1 : 0))
		return 5;
	if (!core_allowed && (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0))
		return 6;
	return 0;
}

static const struct {
	const char *value;
	bool allows;
} environments[] = { { NULL, false }, { "0", false }, { "", false }, { "1", true } };

START_TEST (daemon_is_hardened_and_dumps_core_only_when_allowed) {
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (environments[_i].value == NULL)
			(void)unsetenv("KEYRING_TOKEN_ALLOW_CORE");
		else
			(void)setenv(
				"KEYRING_TOKEN_ALLOW_CORE", environments[_i].value, 1);
		_exit(harden(environments[_i].allows));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

static const struct check_test tests[] = {
	{ &daemon_is_hardened_and_dumps_core_only_when_allowed, ARRAY_LEN(environments) },
};

CHECK_MAIN("process", tests)
