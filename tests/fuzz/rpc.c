/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystored's transport: an HTTP/2 and gRPC server in this process, and one connection to it
 * whose bytes within TLS are the input's (h2.h).
 */
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "remote/proto/keystore.pb-c.h"
#include "remote/rpc/rpc.h"
#include "remote/rpc/server.h"
#include "tests/fuzz/h2.h"
#include "tests/unit/rpc/pki.h"

#define FRAMES 32u /* of one input */

static struct event_base *base;
static struct pool *pool;
static struct rpc_server *server;
static SSL_CTX *client;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static struct pki pki;

/* --- Methods ------------------------------------------------------------------------- */

static void
say(const struct rpc_context *ctx, const ProtobufCMessage *request,
	ProtobufCMessage *response, struct rpc_status *status)
{
	const Keystore__V1__HelloRequest *rq = (const void *)request;
	Keystore__V1__HelloResponse *rs = (void *)response;

	if (rq->min_version % 2 != 0)
		rpc_status_set(
			status, RPC_INTERNAL, CKR_DEVICE_ERROR, "%s", rq->software);
	else
		rs->version = rq->max_version;
}

static bool
follow(const struct rpc_context *ctx, const ProtobufCMessage *request,
	struct rpc_stream *stream, struct rpc_status *status)
{
	static const struct rpc_status well = { .code = RPC_OK };
	Keystore__V1__WatchResponse rs = KEYSTORE__V1__WATCH_RESPONSE__INIT;
	const Keystore__V1__WatchRequest *rq = (const void *)request;

	if (rq->epoch == 1)
		return false;
	rs.epoch = rq->epoch;
	for (unsigned i = 0; i < rq->revision % 8; i++)
		(void)!rpc_stream_send(stream, &rs.base);
	if (rq->epoch % 2 == 0)
		rpc_stream_end(stream, &well);
	return true;
}

static const struct rpc_method methods[] = {
	{ "/f/Say", &keystore__v1__hello_request__descriptor,
		&keystore__v1__hello_response__descriptor, say, NULL },
	{ "/f/Follow", &keystore__v1__watch_request__descriptor,
		&keystore__v1__watch_response__descriptor, NULL, follow },
	{ 0 },
};

/* --- Once ---------------------------------------------------------------------------- */

static void
remove_files(void)
{
	pki_remove(&pki);
}

/* By a name in no folder. */
static int
listener_make(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "fuzz-rpc-%ld",
		(long)getpid());
	FUZZ_CHECK(fd >= 0 &&
		   bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
		   listen(fd, 8) == 0);
	return fd;
}

static void
start(void)
{
	static const uint8_t alpn[] = { 2, 'h', '2' };
	struct rpc_tls *tls = NULL;
	char err[256];

	log_max_level = LOG_PANIC;
	(void)signal(SIGPIPE, SIG_IGN);
	pki_make(&pki);
	(void)atexit(remove_files);
	base = event_base_new();
	FUZZ_CHECK(base != NULL && pool_new(base, 1, 1024, &pool) == 0);
	FUZZ_CHECK(rpc_tls_server(pki.ca, pki.server, pki.server_key, RPC_CERT_REQUIRED,
			   &tls, err, sizeof err) == 0);
	FUZZ_CHECK(rpc_server_new(base, pool, tls, methods, NULL, &server) == 0);
	FUZZ_CHECK(rpc_server_listen(server, listener_make()) == 0);
	client = SSL_CTX_new(TLS_client_method());
	FUZZ_CHECK(client != NULL &&
		   SSL_CTX_use_certificate_chain_file(client, pki.client) == 1 &&
		   SSL_CTX_use_PrivateKey_file(
			   client, pki.client_key, SSL_FILETYPE_PEM) == 1);
	FUZZ_CHECK(SSL_CTX_set_alpn_protos(client, alpn, sizeof alpn) == 0 &&
		   SSL_CTX_set1_groups_list(client, "P-256") == 1);
}

/* --- One connection ---------------------------------------------------------------------- */

static SSL *
connection_open(int *ret_fd)
{
	SSL *ssl = SSL_new(client);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	FUZZ_CHECK(
		fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
	FUZZ_CHECK(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	*ret_fd = fd;
	return ssl;
}

static const struct h2_row rows[] = {
	{ ":method", "POST", NULL },
	{ ":scheme", "https", NULL },
	{ ":path", "/f/Say", "/f/Follow" },
	{ ":authority", "localhost", NULL },
	{ "te", "trailers", NULL },
	{ "content-type", "application/grpc", NULL },
	{ "grpc-timeout", "10S", NULL },
	{ "traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
		NULL },
	{ "grpc-encoding", "identity", NULL },
	{ "x", "y", NULL },
};
static const struct h2_headers headers = { rows, ARRAY_LEN(rows), 6, 0 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	struct h2_peer peer = { .headers = &headers,
		.greeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		.frames = FRAMES };
	int fd;

	if (base == NULL)
		start();
	peer.base = base;
	peer.ssl = connection_open(&fd);
	FUZZ_CHECK(h2_handshake(&peer, SSL_connect));
	h2_talk(&c, &peer);
	SSL_free(peer.ssl);
	(void)close(fd);
	/* calls in the pool come back; nothing of the connection stays */
	while (server->n_conns != 0 || !LIST_EMPTY(&server->jobs))
		(void)event_base_loop(base, EVLOOP_ONCE);
	FUZZ_CHECK(server->held == 0);
	return 0;
}
