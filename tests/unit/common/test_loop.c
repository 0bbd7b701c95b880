/* SPDX-License-Identifier: Apache-2.0 */
#include "common/loop.h"

#include <event2/event.h>
#include <signal.h>

#include "common/log.h"
#include "tests/unit/check_main.h"
#include "tests/unit/common/temp_file.h"

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

START_TEST (hangup_has_the_log_opened_again) {
	struct event_base *base = event_base_new();
	struct temp_file f = temp_file_new("", 0), old = f;
	struct loop_signals s;
	char text[200];

	(void)strcat(old.path, ".1");
	ck_assert_int_eq(log_open("d", f.path), 0);
	ck_assert_int_eq(loop_signals_add(base, &s), 0);
	ck_assert_int_eq(rename(f.path, old.path), 0);
	ck_assert_int_eq(raise(SIGHUP), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	log_error("after");
	temp_file_read(&old, text, sizeof text);
	ck_assert_str_eq(text, "");
	temp_file_read(&f, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "after\n"));
	/* without a file there is nothing to open */
	ck_assert_int_eq(log_open("d", NULL), 0);
	ck_assert_int_eq(raise(SIGHUP), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	loop_signals_remove(&s);
	event_base_free(base);
	temp_file_remove(&f);
	temp_file_remove(&old);
}
END_TEST

static const struct check_test tests[] = {
	{ &signal_ends_the_loop, ARRAY_LEN(signals) },
	{ &hangup_has_the_log_opened_again, 0 },
};

CHECK_MAIN("loop", tests)
