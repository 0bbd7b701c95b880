/* SPDX-License-Identifier: Apache-2.0 */
/* A stock gRPC client in another language: interop.py says what it does. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/rpc/harness.h"
#include "tests/unit/check_main.h"

/* The distribution's own: that is the one the packages are for. */
#define PYTHON "/usr/bin/python3"
#define SKIPPED 77
#define TIME_LIMIT_MS 60000

extern char **environ;

static struct harness h;

static int
run(const char *const *argv, bool wait_in_loop)
{
	pid_t pid;
	int status = -1;
	pid_t got = 0;

	if (posix_spawn(&pid, argv[0], NULL, NULL, (char **)(uintptr_t)argv, environ) !=
		0)
		return -1;
	for (unsigned ms = 0; ms < TIME_LIMIT_MS && got == 0; ms += 10) {
		if (wait_in_loop)
			harness_run_ms(&h, 10);
		got = waitpid(pid, &status, wait_in_loop ? WNOHANG : 0);
	}
	if (got == 0) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
generated_remove(const char *dir)
{
	const char *const argv[] = { "/bin/rm", "-rf", dir, NULL };

	(void)run(argv, false);
}

START_TEST (a_stock_grpc_client_is_served) {
	const char *protos = getenv("RPC_TEST_DIR");
	struct echo_server server;
	char script[512], out[96], port[16];
	const char *argv[] = { PYTHON, script, out, protos, port, h.pki.ca, h.pki.client,
		h.pki.client_key, NULL };

	ck_assert_ptr_nonnull(protos);
	harness_start(&h);
	echo_server_start(&h, &server, RPC_CERT_REQUIRED, 0);
	(void)snprintf(script, sizeof script, "%s/interop.py", protos);
	(void)snprintf(out, sizeof out, "%s/generated", h.pki.dir);
	(void)snprintf(port, sizeof port, "%u", server.port);
	ck_assert_int_eq(mkdir(out, 0700), 0);
	ck_assert_int_eq(run(argv, true), 0);
	generated_remove(out);
	echo_server_stop(&server);
	harness_stop(&h);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_stock_grpc_client_is_served, 0 },
};

int
main(void)
{
	const char *const probe[] = { PYTHON, "-c", "import grpc, google.protobuf",
		NULL };

	if (access(PYTHON, X_OK) != 0 || run(probe, false) != 0) {
		(void)fprintf(stderr, "skipped: no python3-grpcio here\n");
		return SKIPPED;
	}
	return check_run("rpc_interop", tests, ARRAY_LEN(tests));
}
