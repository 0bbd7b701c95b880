/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/core/debug.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cryptoki/names.h"

atomic_bool debug_on;

void
debug_start(void)
{
	const char *value = secure_getenv("KEYRING_TOKEN_DEBUG");

	atomic_store(&debug_on,
		value != NULL && strcmp(value, "") != 0 && strcmp(value, "0") != 0);
}

void
debug_call(const char *function, CK_RV rv)
{
	char line[256], when[32] = "";
	struct timespec now;
	struct tm tm;
	int n;

	if (clock_gettime(CLOCK_REALTIME, &now) == 0 &&
		gmtime_r(&now.tv_sec, &tm) != NULL)
		(void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
	n = snprintf(line, sizeof line, "%s.%06ldZ %d %d %s %s -> %s\n", when,
		now.tv_nsec / 1000, (int)getpid(), (int)gettid(),
		rv == CKR_OK ? "info" : "error", function, ckr_name(rv));
	if (n > 0)
		/* one write, so that lines of several processes do not mix */
		(void)!write(STDERR_FILENO, line,
			(size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}
