/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "remote/rpc/channel.h"
#include "tests/unit/rpc/echo.pb-c.h"
#include "tests/unit/check_main.h"

START_TEST (messages_survive_percent_encoding) {
	static const char text[] = "50% of \xc3\xa9t\xc3\xa9, \"quoted\"";
	char wire[STATUS_ENCODED_MAX], back[256];
	size_t n = rpc_status_message_encode(text, wire, sizeof wire);

	ck_assert_str_eq(wire, "50%25 of %C3%A9t%C3%A9, \"quoted\"");
	rpc_status_message_decode(BYTES(wire, n), back, sizeof back);
	ck_assert_str_eq(back, text);
}
END_TEST

START_TEST (broken_escapes_and_control_characters_are_harmless) {
	char out[16];

	rpc_status_message_decode(BYTES_STR("a%zz%4"), out, sizeof out);
	ck_assert_str_eq(out, "a%zz%4");
	rpc_status_message_decode(BYTES_STR("a%0Ab%00c"), out, sizeof out);
	ck_assert_str_eq(out, "a?b?c");
	rpc_status_message_decode(BYTES_STR("0123456789abcdefgh"), out, sizeof out);
	ck_assert_str_eq(out, "0123456789abcde");
}
END_TEST

static const struct {
	const char *text;
	int64_t ms; /* -1: malformed */
} timeouts[] = {
	{ "1H", 3600000 },
	{ "2M", 120000 },
	{ "10S", 10000 },
	{ "1500m", 1500 },
	{ "1500u", 2 },
	{ "1n", 1 },
	{ "0m", 0 },
	{ "99999999H", 359999996400000 },
	{ "100000000m", -1 },
	{ "", -1 },
	{ "m", -1 },
	{ "5", -1 },
	{ "5s", -1 },
	{ "-5m", -1 },
	{ "5 m", -1 },
};

START_TEST (timeouts_are_parsed) {
	int64_t ms = -1;
	bool ok = rpc_timeout_parse(BYTES_STR(timeouts[_i].text), &ms);

	ck_assert_int_eq(ok, timeouts[_i].ms >= 0);
	ck_assert_int_eq(ms, timeouts[_i].ms);
}
END_TEST

START_TEST (timeouts_are_written_so_that_they_fit) {
	static const int64_t values[] = { -7, 0, 1, 10000, 99999999, 100000000,
		INT64_MAX };
	static const char *const texts[] = { "1m", "1m", "1m", "10000m", "99999999m",
		"100000S", "99999999H" };
	char out[16];

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		(void)rpc_timeout_format(values[i], out);
		ck_assert_str_eq(out, texts[i]);
	}
}
END_TEST

START_TEST (numbers_do_not_overflow) {
	uint64_t v = 7;

	ck_assert(rpc_number_parse(BYTES_STR("18446744073709551615"), UINT64_MAX, &v));
	ck_assert_uint_eq(v, UINT64_MAX);
	ck_assert(!rpc_number_parse(BYTES_STR("18446744073709551616"), UINT64_MAX, &v));
	ck_assert(!rpc_number_parse(BYTES_STR("17"), 16, &v));
	ck_assert(!rpc_number_parse(BYTES_STR("5"), 3, &v));
	ck_assert(!rpc_number_parse(BYTES_STR("x"), 16, &v));
	ck_assert(!rpc_number_parse(BYTES_NONE, 16, &v));
	ck_assert_uint_eq(v, UINT64_MAX);
}
END_TEST

START_TEST (only_well_formed_trace_parents_are_kept) {
#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"
	ck_assert(rpc_traceparent_valid(BYTES_STR("00-" TRACE "-" SPAN "-01")));
	ck_assert(!rpc_traceparent_valid(BYTES_STR("01-" TRACE "-" SPAN "-01")));
	ck_assert(!rpc_traceparent_valid(BYTES_STR("00-" TRACE "-" SPAN "-01-x")));
	ck_assert(!rpc_traceparent_valid(BYTES_STR("00-" TRACE "-0000000000000000-01")));
	ck_assert(!rpc_traceparent_valid(
		BYTES_STR("00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01")));
	ck_assert(!rpc_traceparent_valid(BYTES_NONE));
}
END_TEST

static struct buf
framed(const char *text)
{
	struct buf b = BUF_INIT;
	Test__V1__Ping ping = TEST__V1__PING__INIT;

	ping.payload.data = (uint8_t *)(uintptr_t)text;
	ping.payload.len = strlen(text);
	ck_assert_int_eq(rpc_frame_put(&b, &ping.base), 0);
	return b;
}

START_TEST (a_frame_is_read_byte_by_byte) {
	struct buf b = framed("hello");
	struct frame_reader r;
	struct bytes one;
	ProtobufCMessage *message;

	rpc_frame_reader_init(&r);
	for (size_t i = 0; i < b.n; i++) {
		one = BYTES(b.p + i, 1);
		ck_assert_int_eq(rpc_frame_feed(&r, &one), i + 1 == b.n);
		ck_assert_uint_eq(one.n, 0);
	}
	message = rpc_message_unpack(&test__v1__ping__descriptor, buf_bytes(&r.body));
	ck_assert_ptr_nonnull(message);
	ck_assert_mem_eq(((Test__V1__Ping *)message)->payload.data, "hello", 5);
	rpc_message_free(message);
	rpc_frame_reader_free(&r);
	buf_free(&b);
}
END_TEST

START_TEST (two_frames_in_one_piece_are_two_messages) {
	struct buf a = framed("a"), b = framed("b");
	struct frame_reader r;
	struct bytes in;

	rpc_frame_reader_init(&r);
	buf_put_bytes(&a, buf_bytes(&b));
	in = buf_bytes(&a);
	ck_assert_int_eq(rpc_frame_feed(&r, &in), 1);
	ck_assert_uint_eq(in.n, b.n);
	rpc_frame_reader_next(&r);
	ck_assert_int_eq(rpc_frame_feed(&r, &in), 1);
	ck_assert_uint_eq(in.n, 0);
	rpc_frame_reader_free(&r);
	buf_free(&a);
	buf_free(&b);
}
END_TEST

static const struct {
	uint8_t head[5];
	int rc;
} heads[] = {
	{ { 1, 0, 0, 0, 1 }, -EOPNOTSUPP },
	{ { 2, 0, 0, 0, 1 }, -EBADMSG },
	{ { 0, 0xff, 0xff, 0xff, 0xff }, -EMSGSIZE },
	{ { 0, 0, 0x40, 0, 1 }, -EMSGSIZE },
	{ { 0, 0, 0x40, 0, 0 }, 0 },
	{ { 0, 0, 0, 0, 0 }, 1 },
};

START_TEST (frame_heads_are_judged_at_once) {
	struct bytes in = BYTES_OF(heads[_i].head);
	struct frame_reader r;

	rpc_frame_reader_init(&r);
	ck_assert_int_eq(rpc_frame_feed(&r, &in), heads[_i].rc);
	rpc_frame_reader_free(&r);
}
END_TEST

START_TEST (a_message_cannot_be_longer_than_the_limit) {
	uint8_t *data = calloc(1, RPC_MAX_MESSAGE);
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct buf b = BUF_INIT;

	ping.payload.data = data;
	ping.payload.len = RPC_MAX_MESSAGE;
	ck_assert_int_eq(rpc_frame_put(&b, &ping.base), -EMSGSIZE);
	ck_assert_uint_eq(b.n, 0);
	free(data);
}
END_TEST

START_TEST (malformed_messages_are_not_unpacked) {
	static const uint8_t cut[] = { 0x0a, 0x7f, 'x' };
	static const uint8_t endless[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	ck_assert_ptr_null(
		rpc_message_unpack(&test__v1__ping__descriptor, BYTES_OF(cut)));
	ck_assert_ptr_null(
		rpc_message_unpack(&test__v1__ping__descriptor, BYTES_OF(endless)));
}
END_TEST

/* Without a pause a server that is busy would be asked once a round trip. */
START_TEST (the_shortest_delay_is_one) {
	static const unsigned delays[] = { 1, 2, 3, 200 };

	for (unsigned i = 0; i < 1000; i++) {
		const unsigned ms = delays[i % ARRAY_LEN(delays)], n = rpc_jitter(ms);

		ck_assert_uint_ge(n, ms == 1 ? 1 : ms / 2);
		ck_assert_uint_le(n, ms + ms / 2);
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &messages_survive_percent_encoding, 0 },
	{ &broken_escapes_and_control_characters_are_harmless, 0 },
	{ &timeouts_are_parsed, ARRAY_LEN(timeouts) },
	{ &timeouts_are_written_so_that_they_fit, 0 },
	{ &numbers_do_not_overflow, 0 },
	{ &only_well_formed_trace_parents_are_kept, 0 },
	{ &a_frame_is_read_byte_by_byte, 0 },
	{ &two_frames_in_one_piece_are_two_messages, 0 },
	{ &frame_heads_are_judged_at_once, ARRAY_LEN(heads) },
	{ &a_message_cannot_be_longer_than_the_limit, 0 },
	{ &malformed_messages_are_not_unpacked, 0 },
	{ &the_shortest_delay_is_one, 0 },
};

CHECK_MAIN("rpc_units", tests)
