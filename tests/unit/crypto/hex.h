/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors are written in hexadecimal, as their sources print them. */
#pragma once

#include <check.h>

#include "common/bytes.h"

static inline unsigned
hex_digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 32) - 'a' + 10);
}

/* The bytes of s, written to room. */
static inline struct bytes
hex_bytes(const char *s, uint8_t *room, size_t cap)
{
	size_t n = strlen(s) / 2;

	ck_assert_uint_le(n, cap);
	for (size_t i = 0; i < n; i++)
		room[i] = (uint8_t)(hex_digit(s[2 * i]) << 4 | hex_digit(s[2 * i + 1]));
	return BYTES(room, n);
}

#define HEX_MAX 1024u

/* A value with room of its own. */
struct hex {
	uint8_t room[HEX_MAX];
	struct bytes v;
};

static inline struct bytes
hex(struct hex *h, const char *s)
{
	h->v = hex_bytes(s, h->room, sizeof h->room);
	return h->v;
}

static inline void
expect_bytes(struct bytes got, struct bytes want)
{
	/* silent while they are the same (tests/unit/check_often.h) */
	if (bytes_equal(got, want))
		return;
	ck_assert_uint_eq(got.n, want.n);
	ck_assert_mem_eq(got.p, want.p, want.n);
}
