/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growable byte buffer. Errors are sticky: a put that cannot allocate sets
 * `failed` and every later put does nothing, so that an encoder checks once.
 * A buffer made with BUF_SECRET wipes what it leaves behind when it grows,
 * is reset or freed.
 */
#pragma once

#include "common/bytes.h"

struct buf {
	uint8_t *p;
	size_t n;
	size_t cap;
	size_t touched; /* how far bytes were ever handed out: what a wipe covers */
	bool failed;
	bool secret;
};

#define BUF_INIT ((struct buf){ 0 })
#define BUF_SECRET ((struct buf){ .secret = true })

/* Room for n more bytes at the returned place; NULL only when that failed,
 * for n of 0 too. The caller adds what it wrote to b->n. */
uint8_t *buf_reserve(struct buf *b, size_t n);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_bytes(struct buf *b, struct bytes v);
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
/* A 32-bit length and the bytes; fails above UINT32_MAX. */
void buf_put_blob(struct buf *b, struct bytes v);
void buf_put_str(struct buf *b, const char *s); /* without its NUL */
void buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Drops n bytes from the front; all when there are not that many. */
void buf_consume(struct buf *b, size_t n);
/* Empties, clears `failed`, keeps the memory (wiped if secret). */
void buf_reset(struct buf *b);
/* Empties and gives the memory back; the buffer is usable again. */
void buf_free(struct buf *b);

static inline struct bytes
buf_bytes(const struct buf *b)
{
	return (struct bytes){ b->p, b->n };
}

static inline bool
buf_ok(const struct buf *b)
{
	return !b->failed;
}
