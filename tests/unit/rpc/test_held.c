/* SPDX-License-Identifier: Apache-2.0 */
/* What peers have a server hold, and how little others notice of that. */
#include <sys/socket.h>
#include <unistd.h>

#include "remote/rpc/status.h"
#include "tests/unit/rpc/raw.h"
#include "tests/unit/check_main.h"

#define END NGHTTP2_FLAG_END_STREAM

static struct harness h;
static struct echo_server server;
static struct rpc_tls *tls;
static struct rpc_channel *ch;

static void
up(const struct rpc_limits *limits)
{
	harness_start(&h);
	echo_server_start(&h, &server, RPC_CERT_REQUIRED, 0);
	rpc_server_limits(server.rpc, limits);
	tls = usual_tls(&h);
	ch = channel_to(&h, tls, (unsigned[]){ server.port, 0 });
}

static void
down(void)
{
	rpc_channel_free(ch);
	rpc_tls_free(tls);
	echo_server_stop(&server);
	harness_stop(&h);
}

struct wait {
	struct raw raw;
	struct raw_answer answer;
};

/* The answer's length decides what the server has to hold for it. */
static enum rpc_code
say_of(unsigned size)
{
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	ping.size = size;
	say_wait(ch, &o, &ping, DEADLINE_MS);
	return o.status.code;
}

/* The same of the request's length. */
static enum rpc_code
send_of(unsigned size)
{
	static uint8_t data[100000];
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	ping_payload(&ping, data, size, 1);
	ping.size = 1;
	say_wait(ch, &o, &ping, DEADLINE_MS);
	return o.status.code;
}

/* Peers whose answers have no window to leave by. What each asks for is not much. */
#define PEERS 20u
#define ASKED 60000u

static struct raw peers[PEERS];

static void
peer_open(struct raw *r)
{
	static const uint8_t no_window[] = { 0, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0,
		0, 0, 0 };

	raw_open(r, &h.pki, server.port);
	(void)raw_frame(r, NGHTTP2_SETTINGS, 0, 0, no_window, sizeof no_window);
	(void)raw_call(r, 1, 0, SAY);
}

static void
peers_close(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		raw_close(&peers[i]);
}

/* Ping: size ASKED. */
static const uint8_t ask[] = { 0, 0, 0, 0, 4, 0x30, 0xe0, 0xd4, 0x03 };

static void
ask_for_much(void *arg UNUSED)
{
	for (unsigned i = 0; i < PEERS; i++) {
		peer_open(&peers[i]);
		(void)raw_frame(&peers[i], NGHTTP2_DATA, END, 1, ask, sizeof ask);
	}
}

/* One peer alone, as often. Behind the first answer the server reads no more of it: all have to
 * have arrived before, which is when what it calls next is answered. */
static void
ask_often(void *arg UNUSED)
{
	/* Ping: size ASKED, hold */
	static const uint8_t held[] = { 0, 0, 0, 0, 6, 0x30, 0xe0, 0xd4, 0x03, 0x38, 1 };
	struct raw_answer next;

	peer_open(&peers[0]);
	for (unsigned i = 0; i < PEERS; i++) {
		const int32_t id = 2 * (int32_t)i + 1;

		if (i != 0)
			(void)raw_call(&peers[0], id, 0, SAY);
		(void)raw_frame(&peers[0], NGHTTP2_DATA, END, id, held, sizeof held);
	}
	(void)raw_call(&peers[0], 2 * PEERS + 1, END, "/test.v1.Echo/None");
	raw_wait(&peers[0], 2 * PEERS + 1, &next);
}

/* Ping: so much payload that all of it is ASKED long, size 1, and hold. What a peer calls
 * next is answered when all of that has arrived. */
static void
send_much(void *arg UNUSED)
{
	static uint8_t message[5 + ASKED] = { 0, 0, 0, 0xea, 0x60, 0x0a, 0xd8, 0xd4,
		0x03 };
	static const uint8_t end[] = { 0x30, 1, 0x38, 1 };
	const size_t n = sizeof message, step = 16384;
	struct raw_answer next;

	memcpy(message + n - sizeof end, end, sizeof end);
	for (unsigned i = 0; i < PEERS; i++) {
		peer_open(&peers[i]);
		for (size_t at = 0; at < n; at += step)
			(void)raw_frame(&peers[i], NGHTTP2_DATA, n - at > step ? 0 : END,
				1, message + at, n - at > step ? step : n - at);
		(void)raw_call(&peers[i], 3, END, "/test.v1.Echo/None");
	}
	for (unsigned i = 0; i < PEERS; i++)
		raw_wait(&peers[i], 3, &next);
}

static void
wait_for_reset(void *arg)
{
	struct wait *a = arg;

	raw_wait(&peers[0], 1, &a->answer);
}

START_TEST (answers_that_others_do_not_take_stop_nobody) {
	const struct rpc_limits few = { .server_bytes = 1 << 20 };
	const struct rpc_limits soon = { .request_ms = 300 };
	struct wait a = { 0 };
	enum rpc_code large;

	up(&few);
	raw_run(&h, ask_for_much, NULL);
	harness_until_atomic(&h, &server.returned, PEERS);
	ck_assert_int_eq(say_of(ASKED), RPC_OK);
	large = say_of(100000);
	ck_assert_int_eq(large, RPC_RESOURCE_EXHAUSTED);
	/* ... and that not for ever */
	rpc_server_limits(server.rpc, &soon);
	for (int i = 0; i < 100 && large != RPC_OK; i++) {
		harness_run_ms(&h, 100);
		large = say_of(100000);
	}
	ck_assert_int_eq(large, RPC_OK);
	raw_run(&h, wait_for_reset, &a);
	ck_assert_int_eq(a.answer.reset, NGHTTP2_CANCEL);
	peers_close(PEERS);
	down();
}
END_TEST

START_TEST (one_peer_leaves_room_for_others) {
	const struct rpc_limits few = { .server_bytes = 1 << 20 };

	up(&few);
	raw_run(&h, ask_often, NULL);
	atomic_store(&server.gate_open, true);
	harness_until_atomic(&h, &server.returned, PEERS);
	ck_assert_int_eq(say_of(100000), RPC_OK);
	peers_close(1);
	down();
}
END_TEST

START_TEST (a_request_is_held_until_its_call_has_run) {
	const struct rpc_limits few = { .server_bytes = 1 << 20 };

	up(&few);
	raw_run(&h, send_much, NULL);
	ck_assert_int_eq(send_of(100000), RPC_RESOURCE_EXHAUSTED);
	atomic_store(&server.gate_open, true);
	harness_until_atomic(&h, &server.returned, PEERS);
	ck_assert_int_eq(say_of(1000), RPC_OK);
	ck_assert_int_eq(send_of(100000), RPC_OK);
	peers_close(PEERS);
	down();
}
END_TEST

/* Windows without end, and nothing read from the socket. As many calls as there are workers:
 * all are under way before the first answer, behind which the server reads no more. */
#define HOGS 4
#define LATE_MS 3500

static void
ask_as_hog(void *arg)
{
	static const uint8_t window[] = { 0, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0x7f,
		0xff, 0xff, 0xff };
	static const uint8_t more[] = { 0x7f, 0xff, 0, 0 };
	/* Ping: size 4000000, hold */
	static const uint8_t large[] = { 0, 0, 0, 0, 7, 0x30, 0x80, 0x92, 0xf4, 0x01,
		0x38, 0x01 };
	const int buffer = 65536;
	struct wait *a = arg;

	raw_open(&a->raw, &h.pki, server.port);
	(void)setsockopt(a->raw.fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	(void)raw_frame(&a->raw, NGHTTP2_SETTINGS, 0, 0, window, sizeof window);
	(void)raw_frame(&a->raw, NGHTTP2_WINDOW_UPDATE, 0, 0, more, sizeof more);
	for (int32_t i = 0; i < HOGS; i++) {
		(void)raw_call(&a->raw, 2 * i + 1, 0, SAY);
		(void)raw_frame(
			&a->raw, NGHTTP2_DATA, END, 2 * i + 1, large, sizeof large);
	}
}

static void
read_late(void *arg)
{
	struct wait *a = arg;

	(void)usleep(LATE_MS * 1000);
	raw_wait(&a->raw, 2 * HOGS - 1, &a->answer);
	/* there may have been room for the whole of one on the way */
	if (a->answer.ended)
		raw_wait(&a->raw, 2 * HOGS - 3, &a->answer);
	raw_close(&a->raw);
}

/* What else it has on the connection goes on. */
START_TEST (a_peer_that_reads_late_is_told_of_the_reset) {
	const struct rpc_limits limits = { .request_ms = 300 };
	struct wait a = { 0 };

	up(&(struct rpc_limits){ 0 });
	raw_run(&h, ask_as_hog, &a);
	harness_until_atomic(&h, &server.said, HOGS);
	rpc_server_limits(server.rpc, &limits);
	atomic_store(&server.gate_open, true);
	harness_until_atomic(&h, &server.returned, HOGS);
	raw_run(&h, read_late, &a);
	ck_assert_int_eq(a.answer.reset, NGHTTP2_CANCEL);
	ck_assert(!a.answer.closed);
	down();
}
END_TEST

static const struct check_test tests[] = {
	{ &answers_that_others_do_not_take_stop_nobody, 0 },
	{ &one_peer_leaves_room_for_others, 0 },
	{ &a_request_is_held_until_its_call_has_run, 0 },
	{ &a_peer_that_reads_late_is_told_of_the_reset, 0 },
};

CHECK_MAIN("rpc_held", tests)
