/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "remote/rpc/status.h"
#include "tests/unit/rpc/raw.h"
#include "tests/unit/check_main.h"

#define END NGHTTP2_FLAG_END_STREAM

static struct harness h;
static struct echo_server server;

static void
up(void)
{
	harness_start(&h);
	echo_server_start(&h, &server, RPC_CERT_REQUIRED, 0);
}

/* Whatever was done to it, the server still serves others. */
static void
down(void)
{
	struct rpc_tls *tls = usual_tls(&h);
	struct rpc_channel *ch = channel_to(&h, tls, (unsigned[]){ server.port, 0 });
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	say_wait(ch, &o, &ping, 5000);
	ck_assert_msg(o.status.code == RPC_OK, "%s", o.status.message);
	rpc_channel_free(ch);
	rpc_tls_free(tls);
	echo_server_stop(&server);
	harness_stop(&h);
}

struct attack {
	struct raw raw;
	struct raw_answer answer;
	unsigned n;
	int64_t ms;
	int index;
};

/* --- Calls that are wrong, one each ------------------------------------------------ */

#define HEAD ":method", "POST", ":scheme", "https", ":authority", "x"
#define GRPC "te", "trailers", "content-type", "application/grpc"

static const struct {
	const char *what;
	const char *pairs[20];
	struct {
		uint8_t p[16];
		size_t n;
	} data;
	int http_status, grpc_status;
} wrongs[] = {
	{ "an unknown path", { HEAD, ":path", "/x.Y/Z", GRPC }, { { 0, 0, 0, 0, 0 }, 5 },
		200, RPC_UNIMPLEMENTED },
	{ "another content type", { HEAD, ":path", SAY, "content-type", "text/html" },
		{ { 0, 0, 0, 0, 0 }, 5 }, 415, -1 },
	{ "no content type", { HEAD, ":path", SAY }, { { 0, 0, 0, 0, 0 }, 5 }, 415, -1 },
	{ "a type that only begins like it",
		{ HEAD, ":path", SAY, "content-type", "application/grpc-web" },
		{ { 0, 0, 0, 0, 0 }, 5 }, 415, -1 },
	{ "GET",
		{ ":method", "GET", ":scheme", "https", ":authority", "x", ":path", SAY,
			GRPC },
		{ { 0 }, 0 }, 405, -1 },
	{ "a malformed timeout", { HEAD, ":path", SAY, GRPC, "grpc-timeout", "soon" },
		{ { 0, 0, 0, 0, 0 }, 5 }, 200, RPC_INVALID_ARGUMENT },
	{ "a timeout that has passed", { HEAD, ":path", SAY, GRPC, "grpc-timeout", "0m" },
		{ { 0, 0, 0, 0, 0 }, 5 }, 200, RPC_DEADLINE_EXCEEDED },
	{ "no message", { HEAD, ":path", SAY, GRPC }, { { 0 }, 0 }, 200, RPC_INTERNAL },
	{ "half a frame's head", { HEAD, ":path", SAY, GRPC }, { { 0, 0, 0 }, 3 }, 200,
		RPC_INTERNAL },
	{ "half a message", { HEAD, ":path", SAY, GRPC }, { { 0, 0, 0, 0, 9, 1 }, 6 },
		200, RPC_INTERNAL },
	{ "a compressed message", { HEAD, ":path", SAY, GRPC },
		{ { 1, 0, 0, 0, 1, 0 }, 6 }, 200, RPC_UNIMPLEMENTED },
	{ "an unknown flag", { HEAD, ":path", SAY, GRPC }, { { 8, 0, 0, 0, 1, 0 }, 6 },
		200, RPC_INTERNAL },
	{ "a length of 4 GiB", { HEAD, ":path", SAY, GRPC },
		{ { 0, 0xff, 0xff, 0xff, 0xff }, 5 }, 200, RPC_RESOURCE_EXHAUSTED },
	{ "two messages", { HEAD, ":path", SAY, GRPC },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 10 }, 200, RPC_INTERNAL },
	{ "no protobuf", { HEAD, ":path", SAY, GRPC },
		{ { 0, 0, 0, 0, 2, 0x0a, 0x7f }, 7 }, 200, RPC_INVALID_ARGUMENT },
	{ "no protobuf on a stream", { HEAD, ":path", COUNT, GRPC },
		{ { 0, 0, 0, 0, 2, 0x0a, 0x7f }, 7 }, 200, RPC_INVALID_ARGUMENT },
	{ "nothing wrong", { HEAD, ":path", SAY, GRPC }, { { 0, 0, 0, 0, 0 }, 5 }, 200,
		RPC_OK },
	{ "nothing wrong, said at length",
		{ HEAD, ":path", SAY, "content-type", "application/grpc+proto",
			"traceparent", "nonsense" },
		{ { 0, 0, 0, 0, 0 }, 5 }, 200, RPC_OK },
};

static void
wrong_call(void *arg)
{
	struct attack *a = arg;
	int i = a->index;

	raw_open(&a->raw, &h.pki, server.port);
	(void)raw_headers(&a->raw, 1, 0, wrongs[i].pairs);
	(void)raw_frame(
		&a->raw, NGHTTP2_DATA, END, 1, wrongs[i].data.p, wrongs[i].data.n);
	raw_wait(&a->raw, 1, &a->answer);
	raw_close(&a->raw);
}

START_TEST (wrong_calls_get_the_right_answer) {
	struct attack a = { .index = _i };

	up();
	raw_run(&h, wrong_call, &a);
	ck_assert_msg(a.answer.http_status == wrongs[_i].http_status &&
			      a.answer.grpc_status == wrongs[_i].grpc_status,
		"%s: HTTP %d gRPC %d reset %d closed %d", wrongs[_i].what,
		a.answer.http_status, a.answer.grpc_status, a.answer.reset,
		a.answer.closed);
	down();
}
END_TEST

/* --- Connections that are wrong ----------------------------------------------------- */

#define NEVER 0x7ffffff1 /* a stream that is not used: reads until the end */

static void
garbage(void *arg)
{
	struct attack *a = arg;
	uint8_t noise[4096];

	raw_open(&a->raw, &h.pki, server.port);
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)(i * 131 + 7);
	(void)raw_bytes(&a->raw, noise, sizeof noise);
	raw_wait(&a->raw, NEVER, &a->answer);
	raw_close(&a->raw);
}

static void
frame_too_long(void *arg)
{
	static const uint8_t head[9] = { 0xff, 0xff, 0xff, NGHTTP2_DATA, 0, 0, 0, 0, 1 };
	struct attack *a = arg;

	raw_open(&a->raw, &h.pki, server.port);
	(void)raw_bytes(&a->raw, head, sizeof head);
	raw_wait(&a->raw, NEVER, &a->answer);
	raw_close(&a->raw);
}

static void
even_stream(void *arg)
{
	struct attack *a = arg;

	raw_open(&a->raw, &h.pki, server.port);
	(void)raw_call(&a->raw, 2, 0, SAY);
	raw_wait(&a->raw, NEVER, &a->answer);
	raw_close(&a->raw);
}

static void
data_without_stream(void *arg)
{
	struct attack *a = arg;

	raw_open(&a->raw, &h.pki, server.port);
	(void)raw_frame(&a->raw, NGHTTP2_DATA, END, 77, "x", 1);
	raw_wait(&a->raw, NEVER, &a->answer);
	raw_close(&a->raw);
}

static void
broken_hpack(void *arg)
{
	static const uint8_t block[] = { 0xff, 0xff, 0xff, 0xff, 0x7f, 0x80 };
	struct attack *a = arg;

	raw_open(&a->raw, &h.pki, server.port);
	(void)raw_frame(&a->raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, block,
		sizeof block);
	raw_wait(&a->raw, NEVER, &a->answer);
	raw_close(&a->raw);
}

static void
endless_headers(void *arg)
{
	struct attack *a = arg;
	uint8_t block[16000];
	bool ok;

	memset(block, 0x82, sizeof block); /* ":method: GET", again and again */
	raw_open(&a->raw, &h.pki, server.port);
	ok = raw_frame(&a->raw, NGHTTP2_HEADERS, 0, 1, block, sizeof block);
	for (unsigned i = 0; ok && i < 1000; i++)
		ok = raw_frame(&a->raw, NGHTTP2_CONTINUATION, 0, 1, block, sizeof block);
	raw_wait(&a->raw, NEVER, &a->answer);
	raw_close(&a->raw);
}

static void
reset_flood(void *arg)
{
	static const uint8_t cancel[4] = { 0, 0, 0, NGHTTP2_CANCEL };
	struct attack *a = arg;
	bool ok = true;

	raw_open(&a->raw, &h.pki, server.port);
	for (int32_t i = 0; ok && i < 50000; i++) {
		ok = raw_call(&a->raw, 2 * i + 1, 0, SAY) &&
		     raw_frame(&a->raw, NGHTTP2_RST_STREAM, 0, 2 * i + 1, cancel, 4);
		a->n++;
	}
	raw_wait(&a->raw, NEVER, &a->answer);
	raw_close(&a->raw);
}

static void
settings_flood(void *arg)
{
	struct attack *a = arg;
	bool ok = true;

	raw_open(&a->raw, &h.pki, server.port);
	for (unsigned i = 0; ok && i < 200000; i++)
		ok = raw_frame(&a->raw, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
	raw_wait(&a->raw, NEVER, &a->answer);
	raw_close(&a->raw);
}

static void (*const attacks[])(void *) = { garbage, frame_too_long, even_stream,
	data_without_stream, broken_hpack, endless_headers, reset_flood, settings_flood };

START_TEST (a_broken_connection_is_closed_and_nothing_else) {
	struct attack a = { 0 };

	up();
	raw_run(&h, attacks[_i], &a);
	ck_assert_msg(a.answer.closed, "%d: still open: HTTP %d reset %d", _i,
		a.answer.http_status, a.answer.reset);
	ck_assert_uint_eq(atomic_load(&server.said), 0);
	down();
}
END_TEST

/* --- Too much of something ------------------------------------------------------------ */

static void
long_headers(void *arg)
{
	static char value[4000];
	const char *const pairs[] = { HEAD, ":path", SAY, GRPC, "a", value, "b", value,
		NULL };
	struct attack *a = arg;
	uint8_t block[16384];
	size_t n = 0;

	memset(value, 'v', sizeof value - 1);
	raw_open(&a->raw, &h.pki, server.port);
	(void)raw_headers(&a->raw, 1, 0, pairs);
	for (unsigned i = 0; i < 4; i++) {
		block[n++] = 0x10;
		block[n++] = 1;
		block[n++] = 'z';
		block[n++] = 127;
		block[n++] = (uint8_t)((3900 - 127) | 128);
		block[n++] = (3900 - 127) >> 7;
		memset(block + n, 'w', 3900);
		n += 3900;
	}
	(void)raw_frame(
		&a->raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | END, 1, block, n);
	raw_wait(&a->raw, 1, &a->answer);
	raw_close(&a->raw);
}

START_TEST (trailers_do_not_run_a_call) {
	struct attack a = { 0 };

	up();
	raw_run(&h, long_headers, &a);
	ck_assert_int_eq(a.answer.grpc_status, RPC_INTERNAL);
	ck_assert_uint_eq(atomic_load(&server.said), 0);
	down();
}
END_TEST

static void
too_long_headers(void *arg)
{
	static char value[2040];
	const char *pairs[200] = { HEAD, ":path", SAY, GRPC };
	struct attack *a = arg;
	size_t n = 12;

	memset(value, 'v', sizeof value - 1);
	for (unsigned i = 0; i < 7; i++) {
		pairs[n++] = "a";
		pairs[n++] = value;
	}
	/* Many short ones: 32 bytes each are counted beside the text. */
	while (n < 180)
		pairs[n++] = "b";
	raw_open(&a->raw, &h.pki, server.port);
	(void)raw_headers(&a->raw, 1, 0, pairs);
	raw_wait(&a->raw, 1, &a->answer);
	raw_close(&a->raw);
}

START_TEST (headers_above_the_limit_are_refused) {
	struct attack a = { 0 };

	up();
	raw_run(&h, too_long_headers, &a);
	ck_assert_int_eq(a.answer.http_status, 200);
	ck_assert_int_eq(a.answer.grpc_status, RPC_RESOURCE_EXHAUSTED);
	down();
}
END_TEST

static void
say_nothing(void *arg)
{
	struct attack *a = arg;
	struct pollfd p = { .events = POLLIN };
	int64_t begin = rpc_clock_ms();
	char c;

	p.fd = raw_connect(server.port);
	(void)send(p.fd, "\x16\x03\x01", 3, 0);
	(void)poll(&p, 1, 30000);
	a->n = recv(p.fd, &c, 1, 0) <= 0;
	a->ms = rpc_clock_ms() - begin;
	(void)close(p.fd);
}

START_TEST (a_slow_handshake_is_given_up) {
	const struct rpc_limits limits = { .handshake_ms = 300 };
	struct attack a = { 0 };

	up();
	rpc_server_limits(server.rpc, &limits);
	raw_run(&h, say_nothing, &a);
	ck_assert_uint_eq(a.n, 1);
	ck_assert_int_lt(a.ms, slower(5000));
	down();
}
END_TEST

static void
plain_text(void *arg)
{
	struct attack *a = arg;
	int fd = raw_connect(server.port);
	char buf[256];
	ssize_t n = 1;

	(void)send(fd, "GET / HTTP/1.1\r\n\r\n", 18, 0);
	while (n > 0)
		n = recv(fd, buf, sizeof buf, 0);
	a->n = n == 0;
	(void)close(fd);
}

START_TEST (a_client_without_tls_is_closed) {
	struct attack a = { 0 };

	up();
	raw_run(&h, plain_text, &a);
	ck_assert_uint_eq(a.n, 1);
	down();
}
END_TEST

static void
half_request(void *arg)
{
	struct attack *a = arg;
	int64_t begin = rpc_clock_ms();

	raw_open(&a->raw, &h.pki, server.port);
	(void)raw_call(&a->raw, 1, 0, SAY);
	(void)raw_frame(&a->raw, NGHTTP2_DATA, 0, 1, "\0\0", 2);
	raw_wait(&a->raw, 1, &a->answer);
	a->ms = rpc_clock_ms() - begin;
	raw_close(&a->raw);
}

START_TEST (a_request_that_does_not_end_is_reset) {
	const struct rpc_limits limits = { .request_ms = 300 };
	struct attack a = { 0 };

	up();
	rpc_server_limits(server.rpc, &limits);
	raw_run(&h, half_request, &a);
	ck_assert_int_eq(a.answer.reset, NGHTTP2_CANCEL);
	ck_assert_int_lt(a.ms, slower(5000));
	down();
}
END_TEST

static void
hold_and_connect(void *arg)
{
	struct attack *a = arg;
	struct raw held[3];
	int fd;
	char c;

	for (unsigned i = 0; i < 3; i++)
		raw_open(&held[i], &h.pki, server.port);
	fd = raw_connect(server.port);
	a->n = recv(fd, &c, 1, 0) <= 0;
	(void)close(fd);
	for (unsigned i = 0; i < 3; i++)
		raw_close(&held[i]);
}

START_TEST (connections_above_the_limit_are_closed) {
	const struct rpc_limits limits = { .max_connections = 3 };
	struct attack a = { 0 };

	up();
	rpc_server_limits(server.rpc, &limits);
	raw_run(&h, hold_and_connect, &a);
	ck_assert_uint_eq(a.n, 1);
	harness_run_ms(&h, 100);
	down();
}
END_TEST

static void
many_halves(void *arg)
{
	static uint8_t data[16384] = { 0, 0, 0x3f, 0xff, 0xff };
	struct attack *a = arg;
	bool ok = true;

	/* 40 calls of 64 KiB each (their windows) against a limit of 1 MiB. */
	raw_open(&a->raw, &h.pki, server.port);
	for (int32_t i = 0; ok && i < 40; i++) {
		ok = raw_call(&a->raw, 2 * i + 1, 0, SAY);
		for (unsigned k = 0; ok && k < 4; k++)
			ok = raw_frame(&a->raw, NGHTTP2_DATA, 0, 2 * i + 1, data, 16384);
	}
	raw_wait(&a->raw, 79, &a->answer);
	raw_close(&a->raw);
}

START_TEST (bytes_held_for_one_client_are_bounded) {
	const struct rpc_limits limits = { .connection_bytes = 1 << 20 };
	struct attack a = { 0 };

	up();
	rpc_server_limits(server.rpc, &limits);
	raw_run(&h, many_halves, &a);
	ck_assert_int_eq(a.answer.grpc_status, RPC_RESOURCE_EXHAUSTED);
	down();
}
END_TEST

static void
never_read(void *arg)
{
	/* Ping: size 1000000. */
	static const uint8_t ask[] = { 0, 0, 0, 0, 4, 0x30, 0xc0, 0x84, 0x3d };
	struct attack *a = arg;
	bool ok = true;

	raw_open(&a->raw, &h.pki, server.port);
	for (int32_t i = 0; ok && i < 200; i++) {
		ok = raw_call(&a->raw, 2 * i + 1, 0, SAY) &&
		     raw_frame(&a->raw, NGHTTP2_DATA, END, 2 * i + 1, ask, sizeof ask);
		a->n++;
	}
	/* until the server does nothing more for us, and nobody reads meanwhile */
	for (unsigned still = 0, said = 0; still < 50; still++) {
		if (atomic_load(&server.returned) != said)
			still = 0;
		said = atomic_load(&server.returned);
		(void)usleep(20000);
	}
	/* The last ones were refused, or the connection took no more. */
	raw_wait(&a->raw, 399, &a->answer);
	raw_close(&a->raw);
}

START_TEST (answers_that_nobody_reads_are_bounded) {
	const struct rpc_limits limits = { .connection_bytes = 8 << 20 };
	struct attack a = { 0 };

	up();
	rpc_server_limits(server.rpc, &limits);
	raw_run(&h, never_read, &a);
	ck_assert_int_eq(a.answer.grpc_status, RPC_RESOURCE_EXHAUSTED);
	down();
}
END_TEST

/* 20 streams of 100 MB each, by Ping: count 1000, size 100000; hold. */
static void
never_read_streams(void *arg)
{
	static const uint8_t ask[] = { 0, 0, 0, 0, 9, 0x28, 0xe8, 0x07, 0x30, 0xa0, 0x8d,
		0x06, 0x38, 0 };
	uint8_t message[sizeof ask];
	struct attack *a = arg;
	bool ok = true;

	memcpy(message, ask, sizeof ask);
	message[sizeof ask - 1] = a->n != 0;
	raw_open(&a->raw, &h.pki, server.port);
	for (int32_t i = 0; ok && i < 20; i++)
		ok = raw_call(&a->raw, 2 * i + 1, 0, COUNT) &&
		     raw_frame(&a->raw, NGHTTP2_DATA, END, 2 * i + 1, message,
			     sizeof message);
	for (unsigned still = 0, said = 0; still < 50; still++) {
		if (atomic_load(&server.sent) != said)
			still = 0;
		said = atomic_load(&server.sent);
		(void)usleep(20000);
	}
	a->n = atomic_load(&server.sent);
	raw_close(&a->raw);
}

/* Loop index: does the sender ask for room first? */
START_TEST (streams_that_nobody_reads_are_bounded) {
	const struct rpc_limits limits = { .connection_bytes = 4 << 20 };
	struct attack a = { .n = (unsigned)_i };

	up();
	rpc_server_limits(server.rpc, &limits);
	raw_run(&h, never_read_streams, &a);
	/* what has left, the limit, and one message more */
	ck_assert_uint_ge(a.n, (4 << 20) / 100000);
	ck_assert_uint_le(a.n, (4 << 20) / 100000 + 3);
	down();
}
END_TEST

static const struct check_test tests[] = {
	{ &wrong_calls_get_the_right_answer, ARRAY_LEN(wrongs) },
	{ &a_broken_connection_is_closed_and_nothing_else, ARRAY_LEN(attacks) },
	{ &trailers_do_not_run_a_call, 0 },
	{ &headers_above_the_limit_are_refused, 0 },
	{ &a_slow_handshake_is_given_up, 0 },
	{ &a_client_without_tls_is_closed, 0 },
	{ &a_request_that_does_not_end_is_reset, 0 },
	{ &connections_above_the_limit_are_closed, 0 },
	{ &bytes_held_for_one_client_are_bounded, 0 },
	{ &answers_that_nobody_reads_are_bounded, 0 },
	{ &streams_that_nobody_reads_are_bounded, 2 },
};

CHECK_MAIN("rpc_hostile", tests)
