/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/reasons.h"

#include <stdio.h>

#include "tests/unit/check_main.h"

/* Many ports, as keystores of tests have them: none hides another one's reason. */
START_TEST (each_reason_is_news_once) {
	static const char *const whys[] = { "certificate has expired", "address mismatch",
		"issued by a CA that is not trusted", "" };

	for (unsigned port = 1; port < 65536; port++) {
		struct reasons r = { .n = 0 };
		char endpoint[32];

		(void)snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u", port);
		for (size_t i = 0; i < ARRAY_LEN(whys); i++) {
			ck_assert(reasons_add(&r, endpoint, whys[i]));
			for (size_t k = 0; k <= i; k++)
				ck_assert(!reasons_add(&r, endpoint, whys[k]));
		}
	}
}
END_TEST

START_TEST (where_an_endpoint_ends_matters) {
	struct reasons r = { .n = 0 };

	ck_assert(reasons_add(&r, "a:1", "2 is down"));
	ck_assert(reasons_add(&r, "a:12", " is down"));
}
END_TEST

/* More reasons than are kept: the oldest are forgotten, and nothing else. */
START_TEST (the_latest_are_kept) {
	struct reasons r = { .n = 0 };
	char why[32];

	for (unsigned i = 0; i < 3 * REASONS_KEPT; i++) {
		(void)snprintf(why, sizeof why, "reason %u", i);
		ck_assert(reasons_add(&r, "host", why));
	}
	for (unsigned i = 2 * REASONS_KEPT; i < 3 * REASONS_KEPT; i++) {
		(void)snprintf(why, sizeof why, "reason %u", i);
		ck_assert(!reasons_add(&r, "host", why));
	}
	ck_assert(reasons_add(&r, "host", "reason 0"));
}
END_TEST

static const struct check_test tests[] = {
	{ &each_reason_is_news_once, 0 },
	{ &where_an_endpoint_ends_matters, 0 },
	{ &the_latest_are_kept, 0 },
};

CHECK_MAIN("reasons", tests)
