/* SPDX-License-Identifier: Apache-2.0 */
#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CAP_MIN ((size_t)64)
#define CAP_MAX (SIZE_MAX / 4)

/* Moves to a block of cap bytes; a secret one never goes through realloc(),
 * which may leave a copy behind. */
static bool
buf_move(struct buf *b, size_t cap)
{
	uint8_t *p;

	if (!b->secret) {
		p = realloc(b->p, cap);
		if (p == NULL)
			return false;
	} else {
		p = malloc(cap);
		if (p == NULL)
			return false;
		if (b->n != 0)
			memcpy(p, b->p, b->n);
		wipe(b->p, b->touched);
		free(b->p);
	}
	b->p = p;
	b->cap = cap;
	return true;
}

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
	size_t cap;

	if (b->failed)
		return NULL;
	if (n > b->cap - b->n || b->p == NULL) {
		if (n > CAP_MAX || b->n > CAP_MAX - n) {
			b->failed = true;
			return NULL;
		}
		cap = b->cap < CAP_MIN ? CAP_MIN : b->cap * 2;
		if (cap < b->n + n)
			cap = b->n + n;
		if (!buf_move(b, cap)) {
			b->failed = true;
			return NULL;
		}
	}
	if (b->touched < b->n + n)
		b->touched = b->n + n;
	return b->p + b->n;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *to;

	if (n == 0)
		return;
	to = buf_reserve(b, n);
	if (to == NULL)
		return;
	memcpy(to, p, n);
	b->n += n;
}

void
buf_put_bytes(struct buf *b, struct bytes v)
{
	buf_put(b, v.p, v.n);
}

void
buf_put_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

void
buf_put_u32(struct buf *b, uint32_t v)
{
	v = htole32(v);
	buf_put(b, &v, sizeof v);
}

void
buf_put_u64(struct buf *b, uint64_t v)
{
	v = htole64(v);
	buf_put(b, &v, sizeof v);
}

void
buf_put_blob(struct buf *b, struct bytes v)
{
	if (v.n > UINT32_MAX) {
		b->failed = true;
		return;
	}
	buf_put_u32(b, (uint32_t)v.n);
	buf_put_bytes(b, v);
}

void
buf_put_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	uint8_t *to;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	to = n < 0 ? NULL : buf_reserve(b, (size_t)n + 1);
	if (to == NULL)
		b->failed = true;
	else if (vsnprintf((char *)to, (size_t)n + 1, fmt, again) == n)
		b->n += (size_t)n;
	else
		b->failed = true;
	va_end(again);
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n >= b->n) {
		if (b->secret)
			wipe(b->p, b->touched);
		b->touched = 0;
		b->n = 0;
		return;
	}
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	if (b->secret)
		wipe(b->p + b->n - n, n);
	b->n -= n;
}

void
buf_reset(struct buf *b)
{
	buf_consume(b, b->n);
	b->failed = false;
}

void
buf_free(struct buf *b)
{
	buf_reset(b);
	free(b->p);
	*b = (struct buf){ .secret = b->secret };
}
