/* SPDX-License-Identifier: Apache-2.0 */
#include "common/loop.h"

#include <event2/event.h>
#include <signal.h>

#include "tests/unit/check_main.h"

static const int signals[] = { SIGTERM, SIGINT };

START_TEST (signal_ends_the_loop) {
	struct event_base *base = event_base_new();
	struct loop_signals s;

	ck_assert_int_eq(loop_signals_add(base, &s), 0);
	ck_assert_int_eq(raise(signals[_i]), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert(event_base_got_exit(base));
	loop_signals_remove(&s);
	loop_signals_remove(&s);
	event_base_free(base);
}
END_TEST

static const struct check_test tests[] = {
	{ &signal_ends_the_loop, ARRAY_LEN(signals) },
};

CHECK_MAIN("loop", tests)
