/* SPDX-License-Identifier: Apache-2.0 */
#include "common/alloc.h"

#include "tests/unit/check_main.h"
#include "tests/unit/common/watch_free.h"

START_TEST (freed_block_was_wiped) {
	char *p = wiping_malloc(100);

	memcpy(p, MARKER, sizeof MARKER);
	watch_free_start();
	wiping_free(p);
	ck_assert_uint_eq(frees, 1);
	ck_assert_uint_eq(frees_with_marker, 0);
	wiping_free(NULL);
}
END_TEST

START_TEST (growing_keeps_the_content_and_wipes_the_old_block) {
	char *p = wiping_realloc(NULL, 32);

	watch_free_start();
	memcpy(p, MARKER, sizeof MARKER);
	for (size_t n = 64; n <= (1 << 20); n *= 2) {
		p = wiping_realloc(p, n);
		ck_assert_str_eq(p, MARKER);
	}
	ck_assert_uint_gt(frees, 10);
	p = wiping_realloc(p, 20);
	ck_assert_str_eq(p, MARKER);
	ck_assert_ptr_null(wiping_realloc(p, 0));
	ck_assert_uint_eq(frees_with_marker, 0);
}
END_TEST

START_TEST (calloc_is_zeroed) {
	uint8_t *p = wiping_calloc(10, 10);

	for (int i = 0; i < 100; i++)
		ck_assert_uint_eq(p[i], 0);
	wiping_free(p);
}
END_TEST

static const struct check_test tests[] = {
	{ &freed_block_was_wiped, 0 },
	{ &growing_keeps_the_content_and_wipes_the_old_block, 0 },
	{ &calloc_is_zeroed, 0 },
};

CHECK_MAIN("alloc", tests)
