/* SPDX-License-Identifier: Apache-2.0 */
#include "common/buf.h"

#include "tests/unit/check_main.h"
#include "tests/unit/common/watch_free.h"

START_TEST (what_is_put_is_read_back_by_a_cursor) {
	struct buf b = BUF_INIT;
	struct cursor c;

	buf_put_u8(&b, 1);
	buf_put_u32(&b, 0x02030405);
	buf_put_u64(&b, 0x060708090a0b0c0d);
	buf_put_blob(&b, BYTES_STR("blob"));
	buf_put_str(&b, "str");
	buf_printf(&b, "%s-%d", "printed", 42);
	buf_put_bytes(&b, BYTES_NONE);
	ck_assert(buf_ok(&b));
	c = cursor_over(buf_bytes(&b));
	ck_assert_uint_eq(cursor_u8(&c), 1);
	ck_assert_uint_eq(cursor_u32(&c), 0x02030405);
	ck_assert(cursor_u64(&c) == 0x060708090a0b0c0d);
	ck_assert(bytes_equal(cursor_blob(&c), BYTES_STR("blob")));
	ck_assert(bytes_equal(cursor_bytes(&c, 3), BYTES_STR("str")));
	ck_assert(bytes_equal(cursor_bytes(&c, 10), BYTES_STR("printed-42")));
	ck_assert(cursor_done(&c));
	buf_free(&b);
}
END_TEST

START_TEST (impossible_size_fails_and_the_failure_sticks) {
	struct buf b = BUF_INIT;

	buf_put_u32(&b, 1);
	ck_assert_ptr_null(buf_reserve(&b, SIZE_MAX - 2));
	ck_assert(!buf_ok(&b));
	buf_put_u8(&b, 1);
	ck_assert_uint_eq(b.n, 4);
	ck_assert_ptr_null(buf_reserve(&b, 1));
	buf_reset(&b);
	ck_assert(buf_ok(&b));
	buf_put_u8(&b, 1);
	ck_assert_uint_eq(b.n, 1);
	buf_free(&b);
}
END_TEST

START_TEST (blob_above_32_bits_fails_before_it_is_read) {
	struct buf b = BUF_INIT;

	buf_put_blob(&b, BYTES(&b, (size_t)UINT32_MAX + 1));
	ck_assert(!buf_ok(&b));
	ck_assert_uint_eq(b.n, 0);
	buf_free(&b);
}
END_TEST

START_TEST (reserving_nothing_in_an_empty_buffer_is_no_failure) {
	struct buf b = BUF_INIT;

	ck_assert_ptr_nonnull(buf_reserve(&b, 0));
	buf_free(&b);
}
END_TEST

START_TEST (consume_drops_from_the_front) {
	struct buf b = BUF_INIT;

	buf_put_str(&b, "abcdef");
	buf_consume(&b, 2);
	ck_assert(bytes_equal(buf_bytes(&b), BYTES_STR("cdef")));
	buf_consume(&b, 0);
	ck_assert_uint_eq(b.n, 4);
	buf_consume(&b, 100);
	ck_assert_uint_eq(b.n, 0);
	buf_consume(&b, 1);
	buf_free(&b);
}
END_TEST

START_TEST (secret_buffer_leaves_nothing_behind_when_it_grows_or_is_freed) {
	struct buf b = BUF_SECRET;

	watch_free_start();
	for (int i = 0; i < 1000; i++)
		buf_put_str(&b, MARKER);
	buf_free(&b);
	ck_assert_uint_gt(frees, 3);
	ck_assert_uint_eq(frees_with_marker, 0);
	ck_assert(b.secret);
}
END_TEST

START_TEST (secret_buffer_wipes_what_it_drops) {
	struct buf b = BUF_SECRET;
	uint8_t *at;

	buf_put_str(&b, "x" MARKER);
	buf_consume(&b, strlen(MARKER));
	ck_assert(memmem(b.p, b.cap, "of-a-secret", 11) == NULL);
	/* written, but never added to n */
	at = buf_reserve(&b, 40);
	memcpy(at, MARKER, strlen(MARKER));
	buf_reset(&b);
	for (size_t i = 0; i < 41; i++)
		ck_assert_uint_eq(b.p[i], 0);
	buf_free(&b);
}
END_TEST

static const struct check_test tests[] = {
	{ &what_is_put_is_read_back_by_a_cursor, 0 },
	{ &impossible_size_fails_and_the_failure_sticks, 0 },
	{ &blob_above_32_bits_fails_before_it_is_read, 0 },
	{ &reserving_nothing_in_an_empty_buffer_is_no_failure, 0 },
	{ &consume_drops_from_the_front, 0 },
	{ &secret_buffer_leaves_nothing_behind_when_it_grows_or_is_freed, 0 },
	{ &secret_buffer_wipes_what_it_drops, 0 },
};

CHECK_MAIN("buf", tests)
