/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rpc/harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"

#define TIME_LIMIT_S 30

void
harness_start(struct harness *h)
{
	*h = (struct harness){ 0 };
	(void)signal(SIGPIPE, SIG_IGN);
	pki_make(&h->pki);
	h->base = event_base_new();
	ck_assert_ptr_nonnull(h->base);
	ck_assert_int_eq(pool_new(h->base, 4, 4096, &h->pool), 0);
}

void
harness_stop(struct harness *h)
{
	pool_free(h->pool);
	event_base_free(h->base);
	pki_remove(&h->pki);
}

void
harness_run_ms(struct harness *h, unsigned ms)
{
	const struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	(void)event_base_loopexit(h->base, &tv);
	(void)event_base_dispatch(h->base);
}

void
harness_until(struct harness *h, const unsigned *value, unsigned want)
{
	time_t end = time(NULL) + TIME_LIMIT_S;

	while (*(const volatile unsigned *)value < want) {
		const struct timeval step = { 0, 100000 };

		ck_assert_msg(
			time(NULL) < end, "waited too long: %u of %u", *value, want);
		(void)event_base_loopexit(h->base, &step);
		(void)event_base_loop(h->base, EVLOOP_ONCE);
	}
}

void
harness_until_atomic(struct harness *h, atomic_uint *value, unsigned want)
{
	time_t end = time(NULL) + TIME_LIMIT_S;

	while (atomic_load(value) < want) {
		ck_assert_msg(time(NULL) < end, "waited too long: %u of %u",
			atomic_load(value), want);
		harness_run_ms(h, 5);
	}
}

/* --- The server ------------------------------------------------------------------ */

static char *
rpc_strdup(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = wiping_malloc(n);

	memcpy(copy, text, n);
	return copy;
}

static void
say_answer(const struct rpc_context *ctx, const ProtobufCMessage *request,
	ProtobufCMessage *response, struct rpc_status *status)
{
	const Test__V1__Ping *ping = (const Test__V1__Ping *)request;
	Test__V1__Pong *pong = (Test__V1__Pong *)response;
	struct echo_server *s = ctx->user;
	size_t n = ping->size != 0 ? ping->size : ping->payload.len;

	if (atomic_load(&s->unavailable) != 0) {
		atomic_fetch_sub(&s->unavailable, 1);
		rpc_status_set(status, RPC_UNAVAILABLE, 0, "the database is away");
		return;
	}
	if (ping->delay_ms != 0)
		(void)usleep(ping->delay_ms * 1000);
	/* a test that fails does not open the gate, and is not to hang */
	for (int i = 0; ping->hold && i < TIME_LIMIT_S * 500; i++) {
		if (atomic_load(&s->gate_open))
			break;
		(void)usleep(2000);
	}
	if (ping->code != 0) {
		rpc_status_set(status, (enum rpc_code)ping->code, ping->ckr,
			"100%% wrong:\n\xc3\xa9");
		return;
	}
	pong->payload.data = wiping_calloc(1, n + 1);
	pong->payload.len = n;
	if (ping->payload.len != 0 && ping->size == 0)
		memcpy(pong->payload.data, ping->payload.data, n);
	if (ctx->peer_name != NULL)
		pong->peer = rpc_strdup(ctx->peer_name);
	if (ctx->traceparent != NULL)
		pong->trace = rpc_strdup(ctx->traceparent);
}

static void
say_unary(const struct rpc_context *ctx, const ProtobufCMessage *request,
	ProtobufCMessage *response, struct rpc_status *status)
{
	struct echo_server *s = ctx->user;

	atomic_fetch_add(&s->said, 1);
	say_answer(ctx, request, response, status);
	atomic_fetch_add(&s->returned, 1);
}

struct counting {
	struct echo_server *server;
	struct rpc_stream *stream;
	uint8_t *payload;
	unsigned next, count, size;
	bool refused;
	bool reserves;
};

static int
count_one(struct counting *c, const Test__V1__Pong *pong)
{
	if (c->reserves && !rpc_stream_reserve(c->stream, c->size))
		return -EAGAIN;
	return rpc_stream_send(c->stream, &pong->base);
}

static void
count_send(void *arg)
{
	const struct rpc_status ok = { .code = RPC_OK };
	struct counting *c = arg;
	Test__V1__Pong pong = TEST__V1__PONG__INIT;
	int rc;

	pong.payload.data = c->payload;
	pong.payload.len = c->size;
	for (; c->next < c->count; c->next++) {
		pong.number = c->next;
		rc = count_one(c, &pong);
		if (rc == -EAGAIN) {
			if (!c->refused)
				c->server->most_queued = c->next;
			c->refused = true;
			c->server->refused_sends++;
			return;
		}
		if (rc != 0)
			return;
		atomic_fetch_add(&c->server->sent, 1);
	}
	/* A count of 0 stays open: the server ends it by going down. */
	if (c->count != 0)
		rpc_stream_end(c->stream, &ok);
}

static void
count_closed(void *arg)
{
	struct counting *c = arg;

	c->server->streams_open--;
	free(c->payload);
	free(c);
}

static bool
count_open(const struct rpc_context *ctx, const ProtobufCMessage *request,
	struct rpc_stream *stream, struct rpc_status *status)
{
	const Test__V1__Ping *ping = (const Test__V1__Ping *)request;
	struct counting *c;

	if (ping->code != 0) {
		rpc_status_set(status, (enum rpc_code)ping->code, 0, "not today");
		return false;
	}
	c = calloc(1, sizeof *c);
	c->server = ctx->user;
	c->stream = stream;
	c->count = ping->count;
	c->size = ping->size;
	c->reserves = ping->hold;
	c->payload = calloc(1, ping->size + 1);
	c->server->streams_open++;
	rpc_stream_callbacks(stream, count_send, count_closed, c);
	count_send(c);
	return true;
}

static const struct rpc_method echo_methods[] = {
	{ SAY, &test__v1__ping__descriptor, &test__v1__pong__descriptor, say_unary,
		NULL },
	{ COUNT, &test__v1__ping__descriptor, &test__v1__pong__descriptor, NULL,
		count_open },
	{ NULL, NULL, NULL, NULL, NULL },
};

static int
socket_bound(unsigned port, unsigned *ret_port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	*ret_port = ntohs(in.sin_port);
	return fd;
}

unsigned
free_port(void)
{
	unsigned port;

	(void)close(socket_bound(0, &port));
	return port;
}

static void
server_start(struct harness *h, struct echo_server *s, const char *cert, const char *key,
	enum rpc_client_cert mode, unsigned port)
{
	char err[256] = "";
	int fd;

	memset(s, 0, sizeof *s);
	ck_assert_msg(
		rpc_tls_server(h->pki.ca, cert, key, mode, &s->tls, err, sizeof err) == 0,
		"%s", err);
	ck_assert_int_eq(
		rpc_server_new(h->base, h->pool, s->tls, echo_methods, s, &s->rpc), 0);
	fd = socket_bound(port, &s->port);
	ck_assert_int_eq(rpc_server_listen(s->rpc, fd), 0);
}

void
echo_server_start(struct harness *h, struct echo_server *s, enum rpc_client_cert mode,
	unsigned port)
{
	server_start(h, s, h->pki.server, h->pki.server_key, mode, port);
}

void
echo_server_start_as(
	struct harness *h, struct echo_server *s, const char *cert, const char *key)
{
	server_start(h, s, cert, key, RPC_CERT_REQUIRED, 0);
}

void
echo_server_stop(struct echo_server *s)
{
	rpc_server_free(s->rpc);
	rpc_tls_free(s->tls);
	s->rpc = NULL;
	s->tls = NULL;
}

/* --- The client -------------------------------------------------------------------- */

struct rpc_tls *
client_tls(const char *ca, const char *cert, const char *key)
{
	struct rpc_tls *tls;
	char err[256] = "";

	ck_assert_msg(
		rpc_tls_client(ca, cert, key, &tls, err, sizeof err) == 0, "%s", err);
	return tls;
}

struct rpc_tls *
usual_tls(struct harness *h)
{
	return client_tls(h->pki.ca, h->pki.client, h->pki.client_key);
}

struct rpc_channel *
channel_with_keepalive(struct harness *h, struct rpc_tls *tls, const unsigned *ports,
	unsigned keepalive_ms)
{
	char texts[4][32];
	const char *endpoints[5] = { NULL };
	const struct rpc_channel_options options = { .endpoints = endpoints,
		.tls = tls,
		.max_rounds = 3,
		.retry_delay_ms = 50,
		.connect_timeout_ms = 20000,
		.keepalive_ms = keepalive_ms };
	struct rpc_channel *ch;

	for (unsigned i = 0; i < 4 && ports[i] != 0; i++) {
		(void)snprintf(texts[i], sizeof texts[i], "127.0.0.1:%u", ports[i]);
		endpoints[i] = texts[i];
	}
	ck_assert_int_eq(rpc_channel_new(h->base, &options, &ch), 0);
	return ch;
}

struct rpc_channel *
channel_to(struct harness *h, struct rpc_tls *tls, const unsigned *ports)
{
	return channel_with_keepalive(h, tls, ports, 20000);
}

void
outcome_done(void *arg, const struct rpc_status *status, const ProtobufCMessage *msg)
{
	const Test__V1__Pong *pong = (const Test__V1__Pong *)msg;
	struct outcome *o = arg;

	o->done++;
	o->status = *status;
	if (pong == NULL)
		return;
	o->payload_n = pong->payload.len;
	o->first = pong->payload.len != 0 ? pong->payload.data[0] : 0;
	(void)snprintf(o->peer, sizeof o->peer, "%s", pong->peer);
	(void)snprintf(o->trace, sizeof o->trace, "%s", pong->trace);
}

void
outcome_message(void *arg, const ProtobufCMessage *msg)
{
	const Test__V1__Pong *pong = (const Test__V1__Pong *)msg;
	struct outcome *o = arg;

	ck_assert_uint_eq(pong->number, o->messages);
	o->payload_n = pong->payload.len;
	o->messages++;
}

void
say(struct rpc_channel *ch, struct outcome *o, const Test__V1__Ping *ping,
	unsigned deadline_ms)
{
	ck_assert_int_eq(rpc_unary(ch, SAY, &ping->base, &test__v1__pong__descriptor,
				 deadline_ms, outcome_done, o, NULL),
		0);
	ck_assert_uint_eq(o->done, 0);
}

void
say_wait(struct rpc_channel *ch, struct outcome *o, const Test__V1__Ping *ping,
	unsigned deadline_ms)
{
	struct harness *h = o->h;

	*o = (struct outcome){ .h = h };
	say(ch, o, ping, deadline_ms);
	harness_until(h, &o->done, 1);
	ck_assert_uint_eq(o->done, 1);
}

void
ping_payload(Test__V1__Ping *ping, uint8_t *data, size_t n, uint8_t fill)
{
	memset(data, fill, n);
	ping->payload.data = data;
	ping->payload.len = n;
}
