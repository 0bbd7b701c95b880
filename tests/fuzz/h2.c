/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/h2.h"

#include <event2/event.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>

#include "common/buf.h"

#define TURNS 1000u /* of a handshake, 1 ms each where nothing comes */

bool
h2_handshake(const struct h2_peer *p, int (*step)(SSL *ssl))
{
	struct pollfd wait = { SSL_get_fd(p->ssl), POLLIN, 0 };
	int r = 0;

	for (unsigned i = 0; i < TURNS && r != 1; i++) {
		r = step(p->ssl);
		if (r != 1 && SSL_get_error(p->ssl, r) != SSL_ERROR_WANT_READ)
			return false;
		(void)event_base_loop(p->base, EVLOOP_NONBLOCK);
		if (r != 1)
			(void)poll(&wait, 1, 1);
	}
	return r == 1;
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

/* Correct but for what the input changes. */
static void
headers_put(struct cursor *c, const struct h2_headers *h, struct buf *to)
{
	unsigned how = fuzz_u8(c), other = fuzz_u8(c);
	const bool end = how % 8 != 7, trailers = h->trailers != 0 && (how & 16) != 0;
	struct buf block = BUF_INIT;

	for (size_t i = trailers ? h->trailers : 0; i < h->n; i++) {
		const struct h2_row *row = &h->rows[i];
		struct bytes value = BYTES_STR(row->value);

		if (row->other != NULL && how % 2 != 0)
			value = BYTES_STR(row->other);
		if (other == i)
			value = fuzz_bytes(c, 100);
		if (other != i + 64 && (i < h->always || trailers || (how & 64) != 0))
			literal(&block, row->name, value);
	}
	frame_put(to, NGHTTP2_HEADERS, (end ? 4u : 0) | (how & 32 ? 1u : 0),
		1 + 2 * (how / 128 + fuzz_u8(c) % 4), buf_bytes(&block));
	buf_free(&block);
}

static void
frame_make(struct cursor *c, const struct h2_headers *headers, struct buf *to)
{
	unsigned how = fuzz_u8(c), stream = 1 + 2 * (fuzz_u8(c) % 4);
	struct buf message = BUF_INIT;
	struct bytes b;

	if (how < 64) {
		headers_put(c, headers, to);
	} else if (how < 128) { /* a gRPC message */
		b = fuzz_bytes(c, 1024);
		buf_put_u8(&message, how == 127);
		buf_put_u32(
			&message, how % 8 == 7 ? fuzz_u16(c) : htobe32((uint32_t)b.n));
		buf_put_bytes(&message, b);
		frame_put(to, NGHTTP2_DATA, how % 2, stream, buf_bytes(&message));
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
say(const struct h2_peer *p, struct buf *out)
{
	static uint8_t room[16384];

	FUZZ_CHECK(buf_ok(out));
	if (out->n != 0)
		(void)SSL_write(p->ssl, out->p, (int)out->n);
	buf_reset(out);
	(void)event_base_loop(p->base, EVLOOP_NONBLOCK);
	while (SSL_read(p->ssl, room, sizeof room) > 0)
		continue;
}

void
h2_talk(struct cursor *c, const struct h2_peer *p)
{
	struct buf out = BUF_INIT;

	if (fuzz_u8(c) != 255) {
		buf_put_str(&out, p->greeting);
		frame_put(&out, NGHTTP2_SETTINGS, 0, 0, BYTES_NONE);
		say(p, &out);
	}
	for (unsigned i = 0; i < p->frames && cursor_left(c) != 0; i++) {
		frame_make(c, p->headers, &out);
		say(p, &out);
	}
	buf_free(&out);
}
