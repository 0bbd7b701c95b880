/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed byte ranges, little-endian loads and stores, and a reader that
 * cannot leave its range.
 */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MUST_CHECK __attribute__((warn_unused_result))
#define UNUSED __attribute__((unused))

/* A borrowed range: never owns, never writes. p may be NULL when n is 0. */
struct bytes {
	const uint8_t *p;
	size_t n;
};

#define BYTES(ptr, len) ((struct bytes){ (const uint8_t *)(ptr), (len) })
#define BYTES_NONE ((struct bytes){ NULL, 0 })
#define BYTES_OF(array) BYTES((array), sizeof(array))
#define BYTES_STR(str) BYTES((str), strlen(str))

/* For data that is not secret: may stop at the first difference. */
static inline bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Same length and content; the time depends on the lengths only. */
bool bytes_equal_secret(struct bytes a, struct bytes b) MUST_CHECK;

/* Overwrites n bytes; the compiler may not drop it. */
static inline void
wipe(void *p, size_t n)
{
	if (n != 0)
		explicit_bzero(p, n);
}

static inline uint32_t
load_le32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return le32toh(v);
}

static inline uint64_t
load_le64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

static inline void
store_le32(void *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof v);
}

static inline void
store_le64(void *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof v);
}

/*
 * Reader over a range. A get past the end sets `bad`, returns zero or an
 * empty range, and makes every later get do the same, so that a decoder
 * checks once, at its end, with cursor_done() or cursor_ok().
 */
struct cursor {
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

static inline struct cursor
cursor_over(struct bytes b)
{
	/* no arithmetic on the NULL of an empty range */
	return (struct cursor){ b.p, b.n != 0 ? b.p + b.n : b.p, false };
}

static inline size_t
cursor_left(const struct cursor *c)
{
	return c->bad ? 0 : (size_t)(c->end - c->p);
}

static inline bool
cursor_ok(const struct cursor *c)
{
	return !c->bad;
}

/* True when nothing was malformed and nothing is left over. */
static inline bool
cursor_done(const struct cursor *c)
{
	return !c->bad && c->p == c->end;
}

struct bytes cursor_bytes(struct cursor *c, size_t n);
uint8_t cursor_u8(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);
/* A 32-bit length and that many bytes. */
struct bytes cursor_blob(struct cursor *c);
