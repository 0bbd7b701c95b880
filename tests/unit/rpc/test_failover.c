/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "remote/rpc/status.h"
#include "tests/unit/rpc/harness.h"
#include "tests/unit/check_main.h"

static struct harness h;
static struct echo_server a, b;
static struct rpc_tls *tls;
static struct rpc_channel *ch;

static void
up(void)
{
	harness_start(&h);
	echo_server_start(&h, &a, RPC_CERT_REQUIRED, 0);
	echo_server_start(&h, &b, RPC_CERT_REQUIRED, 0);
	tls = usual_tls(&h);
}

static void
down(void)
{
	rpc_channel_free(ch);
	rpc_tls_free(tls);
	if (a.rpc != NULL)
		echo_server_stop(&a);
	if (b.rpc != NULL)
		echo_server_stop(&b);
	harness_stop(&h);
}

START_TEST (a_dead_endpoint_is_passed_over) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	int64_t begin;

	up();
	begin = rpc_clock_ms();
	ch = channel_to(&h, tls, (unsigned[]){ free_port(), b.port, 0 });
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_int_lt(rpc_clock_ms() - begin, slower(3000));
	ck_assert_uint_eq(atomic_load(&b.said), 1);
	down();
}
END_TEST

START_TEST (calls_in_flight_move_when_their_server_dies) {
	enum { N = 50 };
	struct outcome all[N] = { 0 };
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	unsigned port;

	up();
	ch = channel_to(&h, tls, (unsigned[]){ a.port, b.port, 0 });
	ping.delay_ms = 20;
	for (unsigned i = 0; i < N; i++) {
		all[i].h = &h;
		say(ch, &all[i], &ping, DEADLINE_MS);
	}
	port = a.port;
	while (atomic_load(&a.said) == 0)
		harness_run_ms(&h, 5);
	rpc_server_free(a.rpc);
	a.rpc = NULL;
	rpc_tls_free(a.tls);
	for (unsigned i = 0; i < N; i++) {
		harness_until(&h, &all[i].done, 1);
		ck_assert_int_eq(all[i].status.code, RPC_OK);
		ck_assert_uint_eq(all[i].done, 1);
	}
	ck_assert_uint_ge(atomic_load(&b.said), 1);
	ck_assert_uint_ne(port, b.port);
	down();
}
END_TEST

START_TEST (a_restarted_server_answers_the_call_it_died_of) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	unsigned port;

	up();
	port = a.port;
	ch = channel_to(&h, tls, (unsigned[]){ a.port, 0 });
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ping.hold = true;
	o = (struct outcome){ .h = &h };
	say(ch, &o, &ping, DEADLINE_MS);
	harness_until_atomic(&h, &a.said, 2);
	echo_server_stop(&a);
	/* not in the loop: the client is not to use up its rounds */
	atomic_store(&a.gate_open, true);
	while (atomic_load(&a.returned) < 2)
		(void)usleep(1000);
	harness_run_ms(&h, 20);
	ck_assert_uint_eq(o.done, 0);
	echo_server_start(&h, &a, RPC_CERT_REQUIRED, port);
	atomic_store(&a.gate_open, true);
	harness_until(&h, &o.done, 1);
	ck_assert_msg(o.status.code == RPC_OK, "%s", o.status.message);
	down();
}
END_TEST

START_TEST (without_any_server_calls_fail_after_their_rounds) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	int64_t begin;

	up();
	ch = channel_to(&h, tls, (unsigned[]){ free_port(), free_port(), 0 });
	for (int i = 0; i < 2; i++) {
		begin = rpc_clock_ms();
		say_wait(ch, &o, &ping, DEADLINE_MS);
		ck_assert_int_eq(o.status.code, RPC_UNAVAILABLE);
		ck_assert_msg(strstr(o.status.message, "Connection refused") != NULL,
			"%s", o.status.message);
		ck_assert_int_lt(rpc_clock_ms() - begin, slower(4000));
		harness_run_ms(&h, 300); /* rounds without calls end, too */
	}
	down();
}
END_TEST

/* The delay is long: whoever waits for it once is too late. */
START_TEST (no_rounds_are_none) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	char endpoint[32];
	const char *const endpoints[] = { endpoint, NULL };
	struct rpc_channel_options options = { .endpoints = endpoints,
		.max_rounds = RPC_NO_ROUNDS,
		.retry_delay_ms = 60000 };
	int64_t begin;

	up();
	options.tls = tls;
	(void)snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u", free_port());
	ck_assert_int_eq(rpc_channel_new(h.base, &options, &ch), 0);
	begin = rpc_clock_ms();
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_UNAVAILABLE);
	ck_assert_int_lt(rpc_clock_ms() - begin, 20000);
	down();
}
END_TEST

START_TEST (an_unavailable_server_is_left_for_the_next) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	atomic_store(&a.unavailable, 100);
	ch = channel_to(&h, tls, (unsigned[]){ a.port, b.port, 0 });
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(atomic_load(&a.said), 1);
	ck_assert_uint_eq(atomic_load(&b.said), 1);
	down();
}
END_TEST

START_TEST (a_lone_unavailable_server_is_asked_again) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	atomic_store(&a.unavailable, 2);
	ch = channel_to(&h, tls, (unsigned[]){ a.port, 0 });
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(atomic_load(&a.said), 3);
	/* ... and beyond the rounds, but not for ever, nor without a pause */
	atomic_store(&a.unavailable, 1000);
	say_wait(ch, &o, &ping, slower(1000));
	ck_assert_int_eq(o.status.code, RPC_DEADLINE_EXCEEDED);
	ck_assert_uint_gt(atomic_load(&a.said), 3 + 5);
	ck_assert_uint_le(atomic_load(&a.said), 3 + 1 + slower(1000) / 25);
	down();
}
END_TEST

static void
count_ups(void *arg, bool up, const char *endpoint UNUSED, const char *why UNUSED)
{
	unsigned *ups = arg;

	*ups += up;
}

static void
channel_that_counts(unsigned *ups)
{
	char texts[2][32];
	const char *const endpoints[] = { texts[0], texts[1], NULL };
	const struct rpc_channel_options options = { .endpoints = endpoints,
		.tls = tls,
		.retry_delay_ms = 50,
		.connect_timeout_ms = 20000,
		.state = count_ups,
		.arg = ups };

	(void)snprintf(texts[0], sizeof texts[0], "127.0.0.1:%u", a.port);
	(void)snprintf(texts[1], sizeof texts[1], "127.0.0.1:%u", b.port);
	ck_assert_int_eq(rpc_channel_new(h.base, &options, &ch), 0);
}

START_TEST (busy_servers_are_asked_again_and_not_connected_to_each_time) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome all[4] = { 0 };
	unsigned ups = 0;

	up();
	atomic_store(&a.unavailable, 1000);
	atomic_store(&b.unavailable, 1000);
	channel_that_counts(&ups);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		all[i].h = &h;
		say(ch, &all[i], &ping, slower(1000));
		harness_run_ms(&h, 50);
	}
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		harness_until(&h, &all[i].done, 1);
		ck_assert_int_eq(all[i].status.code, RPC_DEADLINE_EXCEEDED);
	}
	ck_assert_uint_gt(atomic_load(&a.said) + atomic_load(&b.said), 10);
	/* a, b, and with much time both once more */
	ck_assert_uint_le(ups, 3 + slower(1000) / 3000);
	down();
}
END_TEST

/* The second one stays busy. */
START_TEST (a_server_that_is_free_again_is_found) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	unsigned ups = 0;

	up();
	atomic_store(&a.unavailable, 1);
	atomic_store(&b.unavailable, 100000);
	channel_that_counts(&ups);
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(atomic_load(&a.said), 2);
	ck_assert_uint_eq(ups, 3);
	down();
}
END_TEST

/* New calls look for somebody else first: the older ones lose no round by that. */
START_TEST (a_busy_server_beside_a_dead_one_is_asked_until_the_deadline) {
	enum { N = 50 };
	struct outcome all[N] = { 0 };
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	char texts[2][32];
	const char *const endpoints[] = { texts[0], texts[1], NULL };
	struct rpc_channel_options options = { .endpoints = endpoints,
		.max_rounds = RPC_NO_ROUNDS, /* the first to be lost is the end */
		.retry_delay_ms = 50,
		.connect_timeout_ms = 20000 };

	up();
	options.tls = tls;
	atomic_store(&b.unavailable, 1000000);
	(void)snprintf(texts[0], sizeof texts[0], "127.0.0.1:%u", free_port());
	(void)snprintf(texts[1], sizeof texts[1], "127.0.0.1:%u", b.port);
	ck_assert_int_eq(rpc_channel_new(h.base, &options, &ch), 0);
	for (unsigned i = 0; i < N; i++) {
		all[i].h = &h;
		say(ch, &all[i], &ping, 3000);
		harness_run_ms(&h, 20);
	}
	for (unsigned i = 0; i < N; i++) {
		harness_until(&h, &all[i].done, 1);
		ck_assert_msg(all[i].status.code == RPC_DEADLINE_EXCEEDED, "call %u: %s",
			i, all[i].status.message);
	}
	down();
}
END_TEST

START_TEST (a_drained_server_hands_its_clients_over) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	ch = channel_to(&h, tls, (unsigned[]){ a.port, b.port, 0 });
	say_wait(ch, &o, &ping, DEADLINE_MS);
	rpc_server_drain(a.rpc, 1000, NULL, NULL);
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(atomic_load(&b.said), 1);
	down();
}
END_TEST

static int
silent_listener(unsigned *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

START_TEST (an_endpoint_that_says_nothing_is_left_in_time) {
	struct rpc_channel_options options = { .connect_timeout_ms = slower(400) };
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	const char *endpoints[3] = { NULL };
	char texts[2][32];
	unsigned port;
	int fd;

	up();
	fd = silent_listener(&port);
	(void)snprintf(texts[0], sizeof texts[0], "127.0.0.1:%u", port);
	(void)snprintf(texts[1], sizeof texts[1], "127.0.0.1:%u", b.port);
	endpoints[0] = texts[0];
	endpoints[1] = texts[1];
	options.endpoints = endpoints;
	options.tls = tls;
	ck_assert_int_eq(rpc_channel_new(h.base, &options, &ch), 0);
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_OK);
	(void)close(fd);
	down();
}
END_TEST

/* Accepts one connection, sends its SETTINGS, and never reads again. */
struct frozen {
	int listen_fd;
	pthread_t thread;
	atomic_bool stop;
};

static int
choose_h2(SSL *ssl UNUSED, const unsigned char **out, unsigned char *out_n,
	const unsigned char *in UNUSED, unsigned in_n UNUSED, void *arg UNUSED)
{
	*out = (const unsigned char *)"h2";
	*out_n = 2;
	return SSL_TLSEXT_ERR_OK;
}

static void *
frozen_run(void *arg)
{
	static const uint8_t settings[9] = { 0, 0, 0, 4, 0, 0, 0, 0, 0 };
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct frozen *f = arg;
	int fd = accept(f->listen_fd, NULL, NULL);
	SSL *ssl;

	(void)SSL_CTX_use_certificate_chain_file(ctx, h.pki.server);
	(void)SSL_CTX_use_PrivateKey_file(ctx, h.pki.server_key, SSL_FILETYPE_PEM);
	SSL_CTX_set_alpn_select_cb(ctx, choose_h2, NULL);
	ssl = SSL_new(ctx);
	(void)SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1)
		(void)SSL_write(ssl, settings, sizeof settings);
	while (!atomic_load(&f->stop))
		(void)usleep(10000);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	(void)close(fd);
	return NULL;
}

START_TEST (a_connection_that_froze_is_left_for_the_next) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	struct frozen f = { 0 };
	int64_t begin;
	unsigned port;

	up();
	f.listen_fd = silent_listener(&port);
	ck_assert_int_eq(pthread_create(&f.thread, NULL, frozen_run, &f), 0);
	begin = rpc_clock_ms();
	ch = channel_with_keepalive(
		&h, tls, (unsigned[]){ port, b.port, 0 }, slower(400));
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(atomic_load(&b.said), 1);
	/* Two keepalive periods, and their rounding. */
	ck_assert_int_ge(rpc_clock_ms() - begin, slower(400));
	ck_assert_int_lt(rpc_clock_ms() - begin, slower(5000));
	atomic_store(&f.stop, true);
	(void)pthread_join(f.thread, NULL);
	(void)close(f.listen_fd);
	down();
}
END_TEST

START_TEST (a_slow_call_outlives_keepalives) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	up();
	ch = channel_with_keepalive(
		&h, tls, (unsigned[]){ a.port, b.port, 0 }, slower(400));
	ping.hold = true;
	say(ch, &o, &ping, DEADLINE_MS);
	harness_until_atomic(&h, &a.said, 1);
	harness_run_ms(&h, slower(1400));
	ck_assert_uint_eq(o.done, 0);
	ck_assert(rpc_channel_is_up(ch));
	atomic_store(&a.gate_open, true);
	atomic_store(&b.gate_open, true);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(atomic_load(&b.said), 0);
	down();
}
END_TEST

static const char *const bad_endpoints[] = { "", "host", ":1", "host:", "host:99999",
	"host:x", "::1:5", "[]:5" };

START_TEST (malformed_endpoints_are_refused) {
	const char *endpoints[2] = { bad_endpoints[_i], NULL };
	struct rpc_channel_options options = { .endpoints = endpoints };
	struct event_base *base = event_base_new();

	ck_assert_int_lt(rpc_channel_new(base, &options, &ch), 0);
	event_base_free(base);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_dead_endpoint_is_passed_over, 0 },
	{ &calls_in_flight_move_when_their_server_dies, 0 },
	{ &a_restarted_server_answers_the_call_it_died_of, 0 },
	{ &without_any_server_calls_fail_after_their_rounds, 0 },
	{ &no_rounds_are_none, 0 },
	{ &an_unavailable_server_is_left_for_the_next, 0 },
	{ &a_lone_unavailable_server_is_asked_again, 0 },
	{ &busy_servers_are_asked_again_and_not_connected_to_each_time, 0 },
	{ &a_server_that_is_free_again_is_found, 0 },
	{ &a_busy_server_beside_a_dead_one_is_asked_until_the_deadline, 0 },
	{ &a_drained_server_hands_its_clients_over, 0 },
	{ &an_endpoint_that_says_nothing_is_left_in_time, 0 },
	{ &a_connection_that_froze_is_left_for_the_next, 0 },
	{ &a_slow_call_outlives_keepalives, 0 },
	{ &malformed_endpoints_are_refused, ARRAY_LEN(bad_endpoints) },
};

CHECK_MAIN("rpc_failover", tests)
