/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystored's transport: an HTTP/2 and gRPC server in this process, and one connection to it
 * whose bytes within TLS are the input's: frames with the right lengths, headers of a correct
 * call among them, or anything.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "remote/proto/keystore.pb-c.h"
#include "remote/rpc/rpc.h"
#include "remote/rpc/server.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/rpc/pki.h"

#define FRAMES 32u /* of one input */
#define TURNS 64u  /* of the loop, for a handshake or an end */

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
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r = 0;

	FUZZ_CHECK(
		fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
	FUZZ_CHECK(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	for (unsigned i = 0; i < TURNS && r != 1; i++) {
		r = SSL_connect(ssl);
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	}
	FUZZ_CHECK(r == 1);
	*ret_fd = fd;
	return ssl;
}

/* What it answers is taken and not looked at. */
static void
drain(SSL *ssl)
{
	static uint8_t room[16384];

	(void)event_base_loop(base, EVLOOP_NONBLOCK);
	while (SSL_read(ssl, room, sizeof room) > 0)
		continue;
}

static void
frame_put(struct buf *to, unsigned type, unsigned flags, uint32_t stream, struct bytes b)
{
	const uint8_t head[] = { (uint8_t)(b.n >> 16), (uint8_t)(b.n >> 8), (uint8_t)b.n,
		(uint8_t)type, (uint8_t)flags, (uint8_t)(stream >> 24),
		(uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream };

	buf_put(to, head, sizeof head);
	buf_put_bytes(to, b);
}

static void
literal(struct buf *to, const char *name, struct bytes value)
{
	buf_put_u8(to, 0); /* not indexed, the name too */
	buf_put_u8(to, (uint8_t)strlen(name));
	buf_put_str(to, name);
	value.n = value.n < 127 ? value.n : 126;
	buf_put_u8(to, (uint8_t)value.n);
	buf_put_bytes(to, value);
}

/* A correct call's headers but for what the input changes. */
static void
headers_put(struct cursor *c, struct buf *to)
{
	static const char *const names[] = { ":method", ":scheme", ":path", ":authority",
		"te", "content-type", "grpc-timeout", "traceparent", "grpc-encoding",
		"x" };
	static const char *const values[] = { "POST", "https", "/f/Say", "localhost",
		"trailers", "application/grpc", "10S",
		"00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", "identity",
		"y" };
	unsigned how = fuzz_u8(c), other = fuzz_u8(c);
	bool end = how % 8 != 7;
	struct buf block = BUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct bytes value = BYTES_STR(values[i]);

		if (i == 2 && how % 2 != 0)
			value = BYTES_STR("/f/Follow");
		if (other == i)
			value = fuzz_bytes(c, 100);
		if (other != i + 64 && (i < 6 || (how & 64) != 0))
			literal(&block, names[i], value);
	}
	frame_put(to, 1, (end ? 4u : 0) | (how & 32 ? 1u : 0),
		1 + 2 * (how / 128 + fuzz_u8(c) % 4), buf_bytes(&block));
	buf_free(&block);
}

static void
frame_make(struct cursor *c, struct buf *to)
{
	unsigned how = fuzz_u8(c), stream = 1 + 2 * (fuzz_u8(c) % 4);
	struct buf message = BUF_INIT;
	struct bytes b;

	if (how < 64) {
		headers_put(c, to);
	} else if (how < 128) { /* a gRPC message */
		b = fuzz_bytes(c, 1024);
		buf_put_u8(&message, how == 127);
		buf_put_u32(
			&message, how % 8 == 7 ? fuzz_u16(c) : htobe32((uint32_t)b.n));
		buf_put_bytes(&message, b);
		frame_put(to, 0, how % 2, stream, buf_bytes(&message));
	} else if (how < 240) { /* any frame */
		unsigned flags = fuzz_u8(c);

		frame_put(to, how % 10, flags, how % 4 != 0 ? stream : 0,
			fuzz_bytes(c, 4096));
	} else {
		buf_put_bytes(to, fuzz_bytes(c, 4096));
	}
	buf_free(&message);
}

static void
talk(struct cursor *c, SSL *ssl)
{
	struct buf out = BUF_INIT;

	if (fuzz_u8(c) != 255) {
		buf_put_str(&out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
		frame_put(&out, 4, 0, 0, BYTES_NONE);
	}
	for (unsigned i = 0; i < FRAMES && cursor_left(c) != 0; i++) {
		frame_make(c, &out);
		FUZZ_CHECK(buf_ok(&out));
		if (out.n != 0)
			(void)SSL_write(ssl, out.p, (int)out.n);
		buf_reset(&out);
		drain(ssl);
	}
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	SSL *ssl;
	int fd;

	if (base == NULL)
		start();
	ssl = connection_open(&fd);
	talk(&c, ssl);
	SSL_free(ssl);
	(void)close(fd);
	/* calls in the pool come back; nothing of the connection stays */
	while (server->n_conns != 0 || !LIST_EMPTY(&server->jobs))
		(void)event_base_loop(base, EVLOOP_ONCE);
	FUZZ_CHECK(server->held == 0);
	return 0;
}
