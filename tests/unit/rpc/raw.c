/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rpc/raw.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A stuck server fails the test instead of hanging it. */
#define READ_LIMIT_S 30

int
raw_connect(unsigned port)
{
	const struct timeval limit = { READ_LIMIT_S, 0 };
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (connect(fd, (struct sockaddr *)&in, sizeof in) != 0)
		abort();
	return fd;
}

void
raw_open(struct raw *r, const struct pki *pki, unsigned port)
{
	static const uint8_t alpn[] = { 2, 'h', '2' };

	*r = (struct raw){ .ctx = SSL_CTX_new(TLS_client_method()) };
	(void)SSL_CTX_use_certificate_chain_file(r->ctx, pki->client);
	(void)SSL_CTX_use_PrivateKey_file(r->ctx, pki->client_key, SSL_FILETYPE_PEM);
	(void)SSL_CTX_set_alpn_protos(r->ctx, alpn, sizeof alpn);
	r->fd = raw_connect(port);
	r->ssl = SSL_new(r->ctx);
	(void)SSL_set_fd(r->ssl, r->fd);
	if (SSL_connect(r->ssl) != 1 || nghttp2_hd_inflate_new(&r->inflater) != 0)
		abort();
	(void)raw_bytes(r, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
	(void)raw_frame(r, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
}

void
raw_close(struct raw *r)
{
	nghttp2_hd_inflate_del(r->inflater);
	SSL_free(r->ssl);
	SSL_CTX_free(r->ctx);
	(void)close(r->fd);
}

bool
raw_bytes(struct raw *r, const void *p, size_t n)
{
	return n == 0 || SSL_write(r->ssl, p, (int)n) == (int)n;
}

bool
raw_frame(struct raw *r, uint8_t type, uint8_t flags, int32_t stream, const void *p,
	size_t n)
{
	const uint8_t head[9] = { (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, type,
		flags, (uint8_t)(stream >> 24), (uint8_t)(stream >> 16),
		(uint8_t)(stream >> 8), (uint8_t)stream };

	return raw_bytes(r, head, sizeof head) && raw_bytes(r, p, n);
}

/* HPACK's plainest form: a literal, never indexed, not compressed. */
static size_t
literal(uint8_t *out, const char *text)
{
	size_t n = strlen(text), at = 0, rest;

	if (n < 127) {
		out[at++] = (uint8_t)n;
	} else {
		out[at++] = 127;
		for (rest = n - 127; rest >= 128; rest >>= 7)
			out[at++] = (uint8_t)(rest | 128);
		out[at++] = (uint8_t)rest;
	}
	memcpy(out + at, text, n);
	return at + n;
}

bool
raw_headers(struct raw *r, int32_t stream, uint8_t flags, const char *const *pairs)
{
	uint8_t block[16384];
	size_t n = 0;

	for (; pairs[0] != NULL; pairs += 2) {
		block[n++] = 0x10;
		n += literal(block + n, pairs[0]);
		n += literal(block + n, pairs[1]);
	}
	return raw_frame(
		r, NGHTTP2_HEADERS, flags | NGHTTP2_FLAG_END_HEADERS, stream, block, n);
}

bool
raw_call(struct raw *r, int32_t stream, uint8_t flags, const char *path)
{
	const char *const pairs[] = { ":method", "POST", ":scheme", "https", ":path",
		path, ":authority", "localhost", "te", "trailers", "content-type",
		"application/grpc", NULL };

	return raw_headers(r, stream, flags, pairs);
}

static bool
read_all(struct raw *r, uint8_t *p, size_t n)
{
	while (n != 0) {
		int got = SSL_read(r->ssl, p, (int)n);

		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

static void
header_note(struct raw_answer *a, const nghttp2_nv *nv)
{
	struct bytes name = BYTES(nv->name, nv->namelen);

	if (bytes_equal(name, BYTES_STR(":status")))
		a->http_status = atoi((const char *)nv->value);
	if (bytes_equal(name, BYTES_STR("grpc-status")))
		a->grpc_status = atoi((const char *)nv->value);
}

static void
headers_note(struct raw *r, struct raw_answer *a, const uint8_t *p, size_t n)
{
	nghttp2_nv nv;
	int flags = 0;
	ssize_t used;

	while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
		used = nghttp2_hd_inflate_hd2(r->inflater, &nv, &flags, p, n, 1);
		if (used < 0)
			return;
		p += used;
		n -= (size_t)used;
		if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
			header_note(a, &nv);
		else if (n == 0)
			break;
	}
	(void)nghttp2_hd_inflate_end_headers(r->inflater);
}

static int
code_at(const uint8_t *p)
{
	return (int)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
		     p[3]);
}

void
raw_wait(struct raw *r, int32_t stream, struct raw_answer *a)
{
	static _Thread_local uint8_t payload[65536];
	uint8_t head[9];
	struct raw_answer other;
	bool mine;
	size_t n;

	*a = (struct raw_answer){ -1, -1, -1, -1, false, false, 0 };
	while (!a->ended && a->reset < 0 && !a->closed) {
		a->closed = !read_all(r, head, sizeof head);
		n = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
		a->closed = a->closed || n > sizeof payload || !read_all(r, payload, n);
		if (a->closed)
			break;
		mine = code_at(head + 5) == stream;
		if (head[3] == NGHTTP2_HEADERS) /* the table is everybody's */
			headers_note(r, mine ? a : &other, payload, n);
		if (head[3] == NGHTTP2_GOAWAY && n >= 8)
			a->goaway = code_at(payload + 4);
		if (!mine)
			continue;
		if (head[3] == NGHTTP2_DATA)
			a->bytes += n;
		if (head[3] == NGHTTP2_RST_STREAM)
			a->reset = code_at(payload);
		if ((head[3] == NGHTTP2_HEADERS || head[3] == NGHTTP2_DATA) &&
			(head[4] & NGHTTP2_FLAG_END_STREAM) != 0)
			a->ended = true;
	}
}

struct runner {
	void (*fn)(void *arg);
	void *arg;
	atomic_uint done;
};

static void *
run(void *arg)
{
	struct runner *runner = arg;

	runner->fn(runner->arg);
	atomic_store(&runner->done, 1);
	return NULL;
}

void
raw_run(struct harness *h, void (*fn)(void *arg), void *arg)
{
	struct runner runner = { .fn = fn, .arg = arg };
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, run, &runner), 0);
	for (unsigned i = 0; i < 6000 && atomic_load(&runner.done) == 0; i++)
		harness_run_ms(h, 10);
	ck_assert_uint_eq(atomic_load(&runner.done), 1);
	(void)pthread_join(thread, NULL);
}
