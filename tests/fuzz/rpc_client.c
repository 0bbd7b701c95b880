/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyringd's transport: a channel in this process with a few calls, and the server that it finds,
 * whose bytes within TLS are the input's (h2.h). Where it seeks another connection it gets
 * one.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "remote/proto/keystore.pb-c.h"
#include "remote/rpc/rpc.h"
#include "tests/fuzz/h2.h"
#include "tests/unit/rpc/pki.h"

#define CALLS 4u       /* of one input, at its beginning */
#define MORE_CALLS 4u  /* made when others end */
#define CONNECTIONS 3u /* of one input */
#define FRAMES 32u     /* of one connection */
#define TURNS 8u       /* in which another connection is sought, if at all */
#define FIRST_TURNS 10000u
#define DEADLINE 60000u /* ms of a unary call: beyond any input */

static struct event_base *base;
static struct rpc_tls *tls;
static SSL_CTX *server;
static int listener = -1;
static char endpoint[32];
static struct pki pki;

/* --- Once ---------------------------------------------------------------------------- */

static void
remove_files(void)
{
	pki_remove(&pki);
}

static void
listener_make(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	FUZZ_CHECK(listener >= 0 &&
		   bind(listener, (struct sockaddr *)&a, sizeof a) == 0 &&
		   listen(listener, 8) == 0);
	FUZZ_CHECK(getsockname(listener, (struct sockaddr *)&a, &n) == 0);
	(void)snprintf(
		endpoint, sizeof endpoint, "127.0.0.1:%u", (unsigned)ntohs(a.sin_port));
}

static int
h2_select(SSL *ssl, const unsigned char **out, unsigned char *out_n,
	const unsigned char *in, unsigned n, void *arg)
{
	static const uint8_t h2[] = { 'h', '2' };

	*out = h2;
	*out_n = sizeof h2;
	return SSL_TLSEXT_ERR_OK;
}

static void
start(void)
{
	char err[256];

	log_max_level = LOG_PANIC;
	(void)signal(SIGPIPE, SIG_IGN);
	pki_make(&pki);
	(void)atexit(remove_files);
	base = event_base_new();
	FUZZ_CHECK(base != NULL && rpc_tls_client(pki.ca, pki.client, pki.client_key,
					   &tls, err, sizeof err) == 0);
	server = SSL_CTX_new(TLS_server_method());
	FUZZ_CHECK(server != NULL &&
		   SSL_CTX_use_certificate_chain_file(server, pki.server) == 1 &&
		   SSL_CTX_use_PrivateKey_file(
			   server, pki.server_key, SSL_FILETYPE_PEM) == 1);
	SSL_CTX_set_alpn_select_cb(server, h2_select, NULL);
	listener_make();
}

/* --- Calls --------------------------------------------------------------------------- */

struct caller {
	struct rpc_channel *channel; /* NULL: freed */
	unsigned how, n;
	struct call {
		struct caller *of;
		struct rpc_call *call;
		bool stream, over;
	} calls[CALLS + MORE_CALLS];
};

static void call_make(struct caller *k, unsigned how);

static void
on_end(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	struct call *call = arg;
	struct caller *k = call->of;

	FUZZ_CHECK(!call->over);
	call->over = true;
	FUZZ_CHECK(memchr(status->message, '\0', sizeof status->message) != NULL);
	FUZZ_CHECK((response != NULL) == (status->code == RPC_OK && !call->stream));
	if (status->code != RPC_CANCELLED && (k->how & 8) != 0)
		call_make(k, k->how);
}

/* Ends all, another, or itself. */
static void
on_message(void *arg, const ProtobufCMessage *message)
{
	struct call *call = arg;
	struct caller *k = call->of;

	FUZZ_CHECK(!call->over && message != NULL);
	if ((k->how & 64) != 0)
		rpc_channel_free(TAKE_PTR(k->channel));
	if ((k->how & 16) == 0)
		return;
	if ((k->how & 32) != 0)
		call = &k->calls[0];
	if (call->over)
		return;
	call->over = true;
	rpc_cancel(call->call);
}

static void
call_make(struct caller *k, unsigned how)
{
	static char name[] = "fuzz";
	Keystore__V1__HelloRequest hello = KEYSTORE__V1__HELLO_REQUEST__INIT;
	Keystore__V1__WatchRequest watch = KEYSTORE__V1__WATCH_REQUEST__INIT;
	struct call *call = &k->calls[k->n];
	int rc;

	if (k->channel == NULL || k->n == ARRAY_LEN(k->calls))
		return;
	k->n++;
	hello.software = name;
	*call = (struct call){ .of = k, .stream = how % 2 != 0 };
	rc = call->stream ? rpc_server_stream(k->channel, "/f/Follow", &watch.base,
				    &keystore__v1__watch_response__descriptor, on_message,
				    on_end, call, &call->call)
			  : rpc_unary(k->channel, "/f/Say", &hello.base,
				    &keystore__v1__hello_response__descriptor, DEADLINE,
				    on_end, call, &call->call);
	FUZZ_CHECK(rc == 0);
}

/* --- The server ---------------------------------------------------------------------- */

static const struct h2_row rows[] = {
	{ ":status", "200", "503" },
	{ "content-type", "application/grpc", NULL },
	{ "grpc-status", "0", "14" },
	{ "grpc-message", "a%20word", NULL },
	{ "keystore-ckr", "5", NULL },
	{ "x", "y", NULL },
};
static const struct h2_headers headers = { rows, ARRAY_LEN(rows), 2, 2 };

/* -1: it does not seek one, so many turns of the loop and ms long. */
static int
connection_take(unsigned turns)
{
	struct pollfd wait = { listener, POLLIN, 0 };
	const int one = 1;
	int fd;

	for (unsigned i = 0; i < turns; i++) {
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
		if (poll(&wait, 1, 1) > 0)
			break;
	}
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	/* what is said is there at once */
	if (fd >= 0)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static void
serve(struct cursor *c, int fd)
{
	struct h2_peer peer = { .base = base,
		.ssl = SSL_new(server),
		.headers = &headers,
		.greeting = "",
		.frames = fuzz_u8(c) % FRAMES };

	FUZZ_CHECK(peer.ssl != NULL && SSL_set_fd(peer.ssl, fd) == 1);
	if (h2_handshake(&peer, SSL_accept))
		h2_talk(c, &peer);
	SSL_free(peer.ssl);
	(void)close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	const char *const endpoints[] = { endpoint, NULL };
	struct rpc_channel_options o = { .endpoints = endpoints, .retry_delay_ms = 1 };
	struct caller k = { .n = 0 };
	int fd;

	if (base == NULL)
		start();
	k.how = fuzz_u8(&c);
	o.tls = tls;
	FUZZ_CHECK(rpc_channel_new(base, &o, &k.channel) == 0);
	for (unsigned i = 0; i <= k.how % CALLS; i++)
		call_make(&k, fuzz_u8(&c));
	for (unsigned i = 0; i < CONNECTIONS && (i == 0 || cursor_left(&c) != 0); i++) {
		fd = connection_take(i == 0 ? FIRST_TURNS : TURNS);
		FUZZ_CHECK(i != 0 || fd >= 0);
		if (fd < 0)
			break;
		serve(&c, fd);
	}
	rpc_channel_free(k.channel);
	(void)event_base_loop(base, EVLOOP_NONBLOCK); /* what was freed from inside */
	/* each was told of its end, once */
	for (unsigned i = 0; i < k.n; i++)
		FUZZ_CHECK(k.calls[i].over);
	FUZZ_CHECK(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED) == 0);
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		(void)close(fd);
	return 0;
}
