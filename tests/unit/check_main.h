/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main() of a Check program from a table of its tests; include it last.
 * Tests share nothing, so that they run with CK_FORK=no too.
 */
#pragma once

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/bytes.h"

/* So many milliseconds, or times, on a slow machine: as CK_TIMEOUT_MULTIPLIER says. */
static inline unsigned
slower(unsigned n)
{
	const char *text = getenv("CK_TIMEOUT_MULTIPLIER");
	unsigned times = text != NULL ? (unsigned)strtoul(text, NULL, 10) : 1;

	return times > 1 ? n * times : n;
}

/* Says so where a test cannot be run, and why: tests/run-check counts such lines as skipped. */
static inline bool
skip_if(bool cannot, const char *why)
{
	if (cannot)
		(void)printf("SKIP: %s\n", why);
	return cannot;
}

struct check_test {
	const TTest **test; /* START_TEST makes a variable of its name */
	int cases;          /* of a test that loops over a table; 0 for any other */
};

static inline int
check_run(const char *name, const struct check_test *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < n; i++) {
		if (tests[i].cases == 0)
			tcase_add_test(tcase, *tests[i].test);
		else
			tcase_add_loop_test(tcase, *tests[i].test, 0, tests[i].cases);
	}
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define CHECK_MAIN(name, tests)                                      \
	int main(void)                                               \
	{                                                            \
		return check_run((name), (tests), ARRAY_LEN(tests)); \
	}
