/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/process.h"

START_TEST (a_socket_left_by_a_killed_one_is_taken_over) {
	struct keyringd k;
	uint8_t secret[WIRE_SECRET];
	int fd, status;

	keyringd_start(&k, "");
	fd = keyringd_connect(&k);
	(void)say_hello(fd, secret, false);
	ck_assert_int_eq(kill(k.pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(k.pid, &status, 0), k.pid);
	ck_assert(is_closed(fd, 30000));
	(void)close(fd);
	keyringd_again(&k);
	fd = keyringd_connect(&k);
	/* it knows nothing of us any more, and says so */
	ck_assert(!say_hello(fd, secret, true));
	(void)close(fd);
	keyringd_stop(&k);
	ck_assert_int_ne(access(k.socket, F_OK), 0);
	keyringd_remove(&k);
}
END_TEST

START_TEST (a_second_one_leaves_the_first_ones_socket_alone) {
	struct keyringd k;
	char command[512];
	int status;

	keyringd_start(&k, "");
	(void)snprintf(command, sizeof command,
		"'%s' --config %s/keyringd.ini --tokens %s/tokens.yaml 2>%s/second",
		getenv("KEYRINGD"), k.folder, k.folder, k.folder);
	status = system(command);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	ck_assert_int_eq(access(k.socket, F_OK), 0);
	keyringd_stop(&k);
	keyringd_remove(&k);
}
END_TEST

START_TEST (anybody_may_connect_to_the_system_socket) {
	struct keyringd k;
	struct stat st;

	keyringd_start(&k, "");
	ck_assert_int_eq(stat(k.socket, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, geteuid() == 0 ? 0666 : 0600);
	keyringd_stop(&k);
	keyringd_remove(&k);
}
END_TEST

START_TEST (bad_configuration_is_named_and_fatal) {
	static const char *const lines[] = { "[slots]\\nblank = maybe\\n",
		"[colour]\\nred = 1\\n" };
	struct keyringd k;
	char command[512];
	int status;

	keyringd_start(&k, "");
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		(void)snprintf(command, sizeof command,
			"cd %s && printf '%s' >bad.ini && "
			"'%s' --config bad.ini --tokens tokens.yaml --check 2>bad.log; "
			"test $? = 1 && grep -q 'bad.ini:[12]: ' bad.log",
			k.folder, lines[i], getenv("KEYRINGD"));
		status = system(command);
		ck_assert_int_eq(status, 0);
	}
	keyringd_stop(&k);
	keyringd_remove(&k);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_socket_left_by_a_killed_one_is_taken_over, 0 },
	{ &a_second_one_leaves_the_first_ones_socket_alone, 0 },
	{ &anybody_may_connect_to_the_system_socket, 0 },
	{ &bad_configuration_is_named_and_fatal, 0 },
};

CHECK_MAIN("restart", tests)
