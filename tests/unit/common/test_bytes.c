/* SPDX-License-Identifier: Apache-2.0 */
#include "common/bytes.h"

#include "tests/unit/check_main.h"

START_TEST (secret_comparison_tells_equal_from_different) {
	static const uint8_t a[] = "0123456789abcdef", b[] = "0123456789abcdeF";

	ck_assert(bytes_equal_secret(BYTES_OF(a), BYTES_OF(a)));
	ck_assert(!bytes_equal_secret(BYTES_OF(a), BYTES_OF(b)));
	ck_assert(!bytes_equal_secret(BYTES(a, 3), BYTES(a, 4)));
	ck_assert(bytes_equal_secret(BYTES_NONE, BYTES_NONE));
}
END_TEST

START_TEST (cursor_reads_little_endian_numbers_and_blobs) {
	static const uint8_t in[] = { 7, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 2, 0, 0, 0,
		'h', 'i' };
	struct cursor c = cursor_over(BYTES_OF(in));

	ck_assert_uint_eq(cursor_u8(&c), 7);
	ck_assert_uint_eq(cursor_u32(&c), 0x04030201);
	ck_assert(cursor_u64(&c) == 0x0807060504030201);
	ck_assert(!cursor_done(&c));
	ck_assert(bytes_equal(cursor_blob(&c), BYTES_STR("hi")));
	ck_assert(cursor_done(&c));
}
END_TEST

START_TEST (cursor_stays_bad_after_reading_past_the_end) {
	static const uint8_t in[] = { 1, 2, 3 };
	struct cursor c = cursor_over(BYTES_OF(in));

	ck_assert_uint_eq(cursor_u32(&c), 0);
	ck_assert(!cursor_ok(&c));
	ck_assert_uint_eq(cursor_u8(&c), 0);
	ck_assert_uint_eq(cursor_left(&c), 0);
	ck_assert_ptr_null(cursor_bytes(&c, 0).p);
	ck_assert(!cursor_done(&c));
}
END_TEST

START_TEST (blob_longer_than_the_range_is_refused) {
	static const uint8_t in[] = { 0xff, 0xff, 0xff, 0xff, 1, 2 };
	struct cursor c = cursor_over(BYTES_OF(in));

	ck_assert_uint_eq(cursor_blob(&c).n, 0);
	ck_assert(!cursor_ok(&c));
}
END_TEST

START_TEST (empty_range_is_done_at_once) {
	struct cursor c = cursor_over(BYTES_NONE);

	ck_assert(cursor_done(&c));
	ck_assert_uint_eq(cursor_bytes(&c, 0).n, 0);
	ck_assert(cursor_done(&c));
	ck_assert_uint_eq(cursor_bytes(&c, SIZE_MAX).n, 0);
	ck_assert(!cursor_ok(&c));
}
END_TEST

static const struct check_test tests[] = {
	{ &secret_comparison_tells_equal_from_different, 0 },
	{ &cursor_reads_little_endian_numbers_and_blobs, 0 },
	{ &cursor_stays_bad_after_reading_past_the_end, 0 },
	{ &blob_longer_than_the_range_is_refused, 0 },
	{ &empty_range_is_done_at_once, 0 },
};

CHECK_MAIN("bytes", tests)
