/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rpc/harness.h"
#include "tests/unit/check_main.h"

static struct harness h;
static struct echo_server server;
static struct rpc_tls *tls;
static struct rpc_channel *ch;

static void
up(void)
{
	harness_start(&h);
	echo_server_start(&h, &server, RPC_CERT_REQUIRED, 0);
	tls = usual_tls(&h);
	ch = channel_to(&h, tls, (unsigned[]){ server.port, 0 });
}

static void
down(void)
{
	rpc_channel_free(ch);
	rpc_tls_free(tls);
	if (server.rpc != NULL)
		echo_server_stop(&server);
	harness_stop(&h);
	ck_assert_uint_eq(server.streams_open, 0);
}

static struct rpc_call *
count(struct outcome *o, const Test__V1__Ping *ping)
{
	struct rpc_call *call;

	ck_assert_int_eq(
		rpc_server_stream(ch, COUNT, &ping->base, &test__v1__pong__descriptor,
			outcome_message, outcome_done, o, &call),
		0);
	return call;
}

START_TEST (a_stream_arrives_in_order_and_ends_with_its_status) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	ping.count = 5000;
	(void)count(&o, &ping);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(o.messages, 5000);
	down();
}
END_TEST

START_TEST (a_fast_sender_is_held_back_and_loses_nothing) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	ping.count = 4000;
	ping.size = 8000; /* 32 MB in all */
	(void)count(&o, &ping);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(o.messages, 4000);
	ck_assert_uint_ge(server.refused_sends, 2);
	/* 1 MiB, and the message that went beyond it. */
	ck_assert_uint_le(server.most_queued, (1 << 20) / 8000 + 2);
	down();
}
END_TEST

#define BESIDE 6

/* Loop index: does the sender ask for room first? */
START_TEST (streams_take_turns_in_the_room_of_their_connection) {
	const struct rpc_limits limits = { .connection_bytes = 300000 };
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o[BESIDE];

	up();
	rpc_server_limits(server.rpc, &limits);
	ping.count = 100;
	ping.size = 100000;
	ping.hold = _i != 0;
	for (unsigned i = 0; i < BESIDE; i++) {
		o[i] = (struct outcome){ .h = &h };
		(void)count(&o[i], &ping);
	}
	for (unsigned i = 0; i < BESIDE; i++) {
		harness_until(&h, &o[i].done, 1);
		ck_assert_int_eq(o[i].status.code, RPC_OK);
		ck_assert_uint_eq(o[i].messages, 100);
	}
	down();
}
END_TEST

START_TEST (a_refused_stream_says_why) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	ping.code = RPC_PERMISSION_DENIED;
	(void)count(&o, &ping);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_PERMISSION_DENIED);
	ck_assert_str_eq(o.status.message, "not today");
	down();
}
END_TEST

START_TEST (a_cancelled_stream_is_closed_on_the_server) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	struct rpc_call *call;

	up();
	call = count(&o, &ping);
	harness_until(&h, &server.streams_open, 1);
	rpc_cancel(call);
	for (unsigned i = 0; i < 3000 && server.streams_open != 0; i++)
		harness_run_ms(&h, 10);
	ck_assert_uint_eq(server.streams_open, 0);
	harness_run_ms(&h, 50);
	ck_assert_uint_eq(o.done, 0);
	down();
}
END_TEST

START_TEST (a_channel_may_be_freed_right_after_a_cancel) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	struct rpc_call *call;

	up();
	call = count(&o, &ping);
	harness_until(&h, &server.streams_open, 1);
	/* The reset is still queued when the call goes. */
	rpc_cancel(call);
	down();
	ck_assert_uint_eq(o.done, 0);
}
END_TEST

struct stopper {
	struct rpc_call *call;
	unsigned messages;
};

static void
cancel_at_ten(void *arg, const ProtobufCMessage *message UNUSED)
{
	struct stopper *s = arg;

	if (++s->messages == 10)
		rpc_cancel(s->call);
}

START_TEST (a_stream_may_be_cancelled_from_its_message) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct stopper s = { 0 };

	up();
	ping.count = 1000;
	ck_assert_int_eq(
		rpc_server_stream(ch, COUNT, &ping.base, &test__v1__pong__descriptor,
			cancel_at_ten, outcome_done, &s, &s.call),
		0);
	harness_until(&h, &s.messages, 10);
	harness_run_ms(&h, 100);
	ck_assert_uint_eq(s.messages, 10);
	down();
}
END_TEST

static void
free_channel(void *arg, const ProtobufCMessage *message UNUSED)
{
	unsigned *n = arg;

	(*n)++;
	rpc_channel_free(ch);
	ch = NULL;
}

static void
ignore_done(void *arg UNUSED, const struct rpc_status *status,
	const ProtobufCMessage *response UNUSED)
{
	ck_assert_int_eq(status->code, RPC_CANCELLED);
}

START_TEST (a_channel_may_be_freed_from_a_message) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	unsigned n = 0;

	up();
	ping.count = 1000;
	ck_assert_int_eq(
		rpc_server_stream(ch, COUNT, &ping.base, &test__v1__pong__descriptor,
			free_channel, ignore_done, &n, NULL),
		0);
	harness_until(&h, &n, 1);
	harness_run_ms(&h, 100);
	ck_assert_uint_eq(n, 1);
	down();
}
END_TEST

static void
drained(void *arg)
{
	(*(unsigned *)arg)++;
}

START_TEST (a_draining_server_ends_open_streams) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	unsigned n = 0;

	up();
	(void)count(&o, &ping);
	harness_until(&h, &server.streams_open, 1);
	/* not the grace's end, which would do it too */
	rpc_server_drain(server.rpc, 3600000, drained, &n);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_UNAVAILABLE);
	harness_until(&h, &n, 1);
	harness_run_ms(&h, 50);
	ck_assert_uint_eq(n, 1);
	down();
}
END_TEST

START_TEST (a_lost_connection_ends_its_streams) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	(void)count(&o, &ping);
	harness_until(&h, &server.streams_open, 1);
	echo_server_stop(&server);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_UNAVAILABLE);
	down();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_stream_arrives_in_order_and_ends_with_its_status, 0 },
	{ &a_fast_sender_is_held_back_and_loses_nothing, 0 },
	{ &streams_take_turns_in_the_room_of_their_connection, 2 },
	{ &a_refused_stream_says_why, 0 },
	{ &a_cancelled_stream_is_closed_on_the_server, 0 },
	{ &a_channel_may_be_freed_right_after_a_cancel, 0 },
	{ &a_stream_may_be_cancelled_from_its_message, 0 },
	{ &a_channel_may_be_freed_from_a_message, 0 },
	{ &a_draining_server_ends_open_streams, 0 },
	{ &a_lost_connection_ends_its_streams, 0 },
};

CHECK_MAIN("rpc_streams", tests)
