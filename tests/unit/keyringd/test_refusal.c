/* SPDX-License-Identifier: Apache-2.0 */
/* A keystore with a certificate of somebody else's CA: what it said before is not trusted. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cryptoki/pkcs11.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

START_TEST (an_impostor_makes_clients_ask_again) {
	struct keyringd k = stacked_keyringd();
	const struct region *map;
	struct raw c;
	uint64_t epoch;

	raw_open(&c, &k, stacked_env("TOKEN_LABEL"), NULL);
	map = raw_region(&c);
	epoch = map->epoch;
	ck_assert_int_eq(kill((pid_t)atol(stacked_env("KEYSTORED_PID")), SIGKILL), 0);
	(void)usleep(500000);
	ck_assert_uint_eq(map->epoch, epoch); /* gone is not refused */
	/* ends with the stack, whose folder it needs, at the latest */
	ck_assert_int_eq(
		system("cd \"$STACK_DIR\" && \"$TOKENCTL\" pki init --dir other --server "
		       "localhost,127.0.0.1 >/dev/null && "
		       "sed \"s|^address = .*|address = $KEYSTORED_ADDRESS|; "
		       "s|/pki/|/other/|\" keystored.ini >other.ini && "
		       "{ timeout 30 \"$KEYSTORED\" --config other.ini 2>other.log & } "
		       "&& echo $! >other.pid"),
		0);
	for (int i = 0; i < 1500 && map->epoch == epoch; i++)
		(void)usleep(10000);
	ck_assert_uint_ne(map->epoch, epoch);
	ck_assert_int_eq(system("kill $(cat \"$STACK_DIR/other.pid\")"), 0);
	raw_close(&c);
}
END_TEST

static const struct check_test tests[] = {
	{ &an_impostor_makes_clients_ask_again, 0 },
};

CHECK_MAIN("refusal", tests)
