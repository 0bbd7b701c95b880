/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "tests/unit/rpc/harness.h"
#include "tests/unit/check_main.h"

#define MANY 1000

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
}

START_TEST (a_call_is_answered_over_mutual_tls) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	uint8_t data[100];

	up();
	ping_payload(&ping, data, sizeof data, 7);
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(o.payload_n, sizeof data);
	ck_assert_uint_eq(o.first, 7);
	ck_assert_str_eq(o.peer, "host-1");
	ck_assert(rpc_channel_is_up(ch));
	down();
}
END_TEST

START_TEST (messages_of_any_size_up_to_the_limit_pass) {
	/* 12: the message's own head and the frame's. */
	static const size_t sizes[] = { 0, 1, 16384, 65536, 1 << 20,
		RPC_MAX_MESSAGE - 12 };
	uint8_t *data = malloc(RPC_MAX_MESSAGE);

	up();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		Test__V1__Ping ping = TEST__V1__PING__INIT;
		struct outcome o = { .h = &h };

		ping_payload(&ping, data, sizes[i], 3);
		say_wait(ch, &o, &ping, DEADLINE_MS);
		/* The largest answer carries the peer's name as well. */
		if (i + 1 == ARRAY_LEN(sizes)) {
			ck_assert_int_eq(o.status.code, RPC_RESOURCE_EXHAUSTED);
			continue;
		}
		ck_assert_msg(
			o.status.code == RPC_OK, "%zu: %s", sizes[i], o.status.message);
		ck_assert_uint_eq(o.payload_n, sizes[i]);
	}
	free(data);
	down();
}
END_TEST

START_TEST (a_status_carries_message_and_ckr) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	ping.code = RPC_NOT_FOUND;
	ping.ckr = 0x80000003u;
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_NOT_FOUND);
	ck_assert_uint_eq(o.status.ckr, 0x80000003u);
	ck_assert_str_eq(o.status.message, "100% wrong:?\xc3\xa9");
	down();
}
END_TEST

START_TEST (a_thousand_calls_share_one_connection) {
	struct outcome *all = calloc(MANY, sizeof *all);
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	uint8_t data[40];
	unsigned done = 0;

	up();
	for (unsigned i = 0; i < MANY; i++) {
		ping_payload(&ping, data, sizeof data, (uint8_t)i);
		all[i].h = &h;
		say(ch, &all[i], &ping, DEADLINE_MS);
	}
	for (unsigned i = 0; i < MANY; i++) {
		harness_until(&h, &all[i].done, 1);
		ck_assert_int_eq(all[i].status.code, RPC_OK);
		ck_assert_uint_eq(all[i].first, (uint8_t)i);
		done += all[i].done;
	}
	ck_assert_uint_eq(done, MANY);
	ck_assert_uint_eq(atomic_load(&server.said), MANY);
	free(all);
	down();
}
END_TEST

START_TEST (calls_beyond_the_stream_limit_wait_their_turn) {
	enum { N = 3 * RPC_MAX_STREAMS };
	struct outcome *all = calloc(N, sizeof *all);
	Test__V1__Ping ping = TEST__V1__PING__INIT;

	up();
	for (unsigned i = 0; i < N; i++) {
		all[i].h = &h;
		say(ch, &all[i], &ping, DEADLINE_MS);
	}
	for (unsigned i = 0; i < N; i++) {
		harness_until(&h, &all[i].done, 1);
		ck_assert_int_eq(all[i].status.code, RPC_OK);
	}
	free(all);
	down();
}
END_TEST

START_TEST (a_request_above_the_limit_is_not_sent) {
	uint8_t *data = malloc(RPC_MAX_MESSAGE + 1);
	Test__V1__Ping ping = TEST__V1__PING__INIT;

	up();
	ping_payload(&ping, data, RPC_MAX_MESSAGE + 1, 0);
	ck_assert_int_eq(rpc_unary(ch, SAY, &ping.base, &test__v1__pong__descriptor, 1000,
				 outcome_done, NULL, NULL),
		-EMSGSIZE);
	free(data);
	down();
}
END_TEST

START_TEST (an_answer_above_the_limit_is_an_error) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	ping.size = RPC_MAX_MESSAGE + 1;
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_RESOURCE_EXHAUSTED);
	ck_assert_ptr_nonnull(strstr(o.status.message, "longer than"));
	down();
}
END_TEST

START_TEST (an_unknown_method_is_unimplemented) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	ck_assert_int_eq(
		rpc_unary(ch, "/test.v1.Echo/None", &ping.base,
			&test__v1__pong__descriptor, DEADLINE_MS, outcome_done, &o, NULL),
		0);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_UNIMPLEMENTED);
	down();
}
END_TEST

START_TEST (a_deadline_ends_a_slow_call) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome late = { .h = &h }, o = { .h = &h };

	up();
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ping.hold = true;
	say_wait(ch, &late, &ping, slower(300));
	ck_assert_int_eq(late.status.code, RPC_DEADLINE_EXCEEDED);
	/* The late result is dropped, the connection goes on. */
	atomic_store(&server.gate_open, true);
	harness_until_atomic(&h, &server.returned, 2);
	harness_run_ms(&h, 50);
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(late.done, 1);
	ck_assert_uint_eq(atomic_load(&server.said), 3);
	down();
}
END_TEST

START_TEST (a_call_whose_deadline_passed_in_the_queue_is_not_run) {
	enum { SLOW = 4 }; /* as many as the pool has threads */
	struct outcome slow[SLOW] = { 0 }, late = { .h = &h };
	Test__V1__Ping ping = TEST__V1__PING__INIT;

	up();
	ping.hold = true;
	for (unsigned i = 0; i < SLOW; i++) {
		slow[i].h = &h;
		say(ch, &slow[i], &ping, DEADLINE_MS);
	}
	harness_until_atomic(&h, &server.said, SLOW);
	ping.hold = false;
	say_wait(ch, &late, &ping, slower(200));
	ck_assert_int_eq(late.status.code, RPC_DEADLINE_EXCEEDED);
	ck_assert_uint_eq(atomic_load(&server.returned), 0);
	atomic_store(&server.gate_open, true);
	for (unsigned i = 0; i < SLOW; i++)
		harness_until(&h, &slow[i].done, 1);
	harness_run_ms(&h, 50);
	ck_assert_uint_eq(atomic_load(&server.said), SLOW);
	down();
}
END_TEST

START_TEST (a_cancelled_call_is_never_told) {
	struct outcome o = { .h = &h }, queued = { .h = &h }, flying = { .h = &h };
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct rpc_call *call;

	up();
	/* Before there is a connection. */
	ck_assert_int_eq(rpc_unary(ch, SAY, &ping.base, &test__v1__pong__descriptor,
				 DEADLINE_MS, outcome_done, &queued, &call),
		0);
	rpc_cancel(call);
	say_wait(ch, &o, &ping, DEADLINE_MS);
	/* Just submitted, and in flight. */
	ping.hold = true;
	for (unsigned i = 0; i < 2; i++) {
		unsigned before = atomic_load(&server.said);

		ck_assert_int_eq(
			rpc_unary(ch, SAY, &ping.base, &test__v1__pong__descriptor,
				DEADLINE_MS, outcome_done, &flying, &call),
			0);
		if (i != 0)
			harness_until_atomic(&h, &server.said, before + 1);
		rpc_cancel(call);
	}
	harness_run_ms(&h, 50);
	atomic_store(&server.gate_open, true);
	harness_until_atomic(&h, &server.returned, atomic_load(&server.said));
	harness_run_ms(&h, 100);
	ck_assert_uint_eq(queued.done, 0);
	ck_assert_uint_eq(flying.done, 0);
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_OK);
	down();
}
END_TEST

START_TEST (freeing_a_channel_cancels_its_calls) {
	struct outcome o = { .h = &h };
	Test__V1__Ping ping = TEST__V1__PING__INIT;

	up();
	ping.hold = true;
	say(ch, &o, &ping, DEADLINE_MS);
	harness_until_atomic(&h, &server.said, 1);
	rpc_channel_free(ch);
	ch = NULL;
	ck_assert_uint_eq(o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_CANCELLED);
	atomic_store(&server.gate_open, true);
	down();
}
END_TEST

static void
free_channel_done(void *arg, const struct rpc_status *status UNUSED,
	const ProtobufCMessage *response UNUSED)
{
	unsigned *n = arg;

	(*n)++;
	rpc_channel_free(ch);
	ch = NULL;
}

START_TEST (a_channel_may_be_freed_by_a_call_of_its_own) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome other = { .h = &h };
	unsigned n = 0;

	up();
	ck_assert_int_eq(rpc_unary(ch, SAY, &ping.base, &test__v1__pong__descriptor,
				 DEADLINE_MS, free_channel_done, &n, NULL),
		0);
	ping.hold = true;
	say(ch, &other, &ping, DEADLINE_MS);
	harness_until(&h, &n, 1);
	ck_assert_uint_eq(other.done, 1);
	ck_assert_int_eq(other.status.code, RPC_CANCELLED);
	atomic_store(&server.gate_open, true);
	harness_run_ms(&h, 50);
	down();
}
END_TEST

START_TEST (a_server_freed_while_jobs_run_leaves_nothing_behind) {
	struct outcome o = { .h = &h };
	Test__V1__Ping ping = TEST__V1__PING__INIT;

	up();
	ping.hold = true;
	say(ch, &o, &ping, DEADLINE_MS);
	harness_until_atomic(&h, &server.said, 1);
	echo_server_stop(&server);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_UNAVAILABLE);
	ck_assert_uint_eq(atomic_load(&server.returned), 0);
	atomic_store(&server.gate_open, true);
	down();
}
END_TEST

static void
drained(void *arg)
{
	(*(unsigned *)arg)++;
}

START_TEST (a_draining_server_ends_its_calls_first) {
	struct outcome o = { .h = &h }, late = { .h = &h };
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	unsigned n = 0;

	up();
	ping.hold = true;
	say(ch, &o, &ping, DEADLINE_MS);
	harness_until_atomic(&h, &server.said, 1);
	rpc_server_drain(server.rpc, DEADLINE_MS, drained, &n);
	harness_run_ms(&h, 50);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(o.done, 0);
	atomic_store(&server.gate_open, true);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_OK);
	harness_until(&h, &n, 1);
	say_wait(ch, &late, &ping, DEADLINE_MS);
	ck_assert_int_eq(late.status.code, RPC_UNAVAILABLE);
	ck_assert_uint_eq(n, 1);
	down();
}
END_TEST

START_TEST (a_drain_does_not_wait_longer_than_its_grace) {
	struct outcome o = { .h = &h };
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	unsigned n = 0;

	up();
	ping.hold = true;
	say(ch, &o, &ping, DEADLINE_MS);
	harness_until_atomic(&h, &server.said, 1);
	rpc_server_drain(server.rpc, 100, drained, &n);
	/* the call ends when the gate opens: it is the grace that is over */
	harness_until(&h, &n, 1);
	ck_assert_uint_eq(n, 1);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_UNAVAILABLE);
	ck_assert_uint_eq(atomic_load(&server.returned), 0);
	atomic_store(&server.gate_open, true);
	down();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_call_is_answered_over_mutual_tls, 0 },
	{ &messages_of_any_size_up_to_the_limit_pass, 0 },
	{ &a_status_carries_message_and_ckr, 0 },
	{ &a_thousand_calls_share_one_connection, 0 },
	{ &calls_beyond_the_stream_limit_wait_their_turn, 0 },
	{ &a_request_above_the_limit_is_not_sent, 0 },
	{ &an_answer_above_the_limit_is_an_error, 0 },
	{ &an_unknown_method_is_unimplemented, 0 },
	{ &a_deadline_ends_a_slow_call, 0 },
	{ &a_call_whose_deadline_passed_in_the_queue_is_not_run, 0 },
	{ &a_cancelled_call_is_never_told, 0 },
	{ &freeing_a_channel_cancels_its_calls, 0 },
	{ &a_channel_may_be_freed_by_a_call_of_its_own, 0 },
	{ &a_server_freed_while_jobs_run_leaves_nothing_behind, 0 },
	{ &a_draining_server_ends_its_calls_first, 0 },
	{ &a_drain_does_not_wait_longer_than_its_grace, 0 },
};

CHECK_MAIN("rpc_calls", tests)
