/* SPDX-License-Identifier: Apache-2.0 */
#include "common/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static int
forbid_core(void)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
		return -errno;
	return 0;
}

int
process_harden(void)
{
	const char *allow = secure_getenv("KEYRING_TOKEN_ALLOW_CORE");

	(void)umask(077);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	if (allow != NULL && strcmp(allow, "1") == 0)
		return 0;
	return forbid_core();
}
