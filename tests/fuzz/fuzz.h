/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fuzz targets share: one function each, libFuzzer's, and a reader that makes values of
 * whatever bytes there are. Choices are read from the input in order; at its end all
 * are 0. A finding is a sanitizer's report or a FUZZ_CHECK that does not hold.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "cryptoki/mech.h"
#include "cryptoki/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(what)                                                             \
	do {                                                                         \
		if (!(what)) {                                                       \
			(void)fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, \
				__LINE__, #what);                                    \
			abort();                                                     \
		}                                                                    \
	} while (0)

static inline unsigned
fuzz_u8(struct cursor *c)
{
	return cursor_left(c) != 0 ? cursor_u8(c) : 0;
}

static inline unsigned
fuzz_u16(struct cursor *c)
{
	unsigned high = fuzz_u8(c);

	return high << 8 | fuzz_u8(c);
}

static inline uint64_t
fuzz_u64(struct cursor *c)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | fuzz_u8(c);
	return v;
}

/* Mostly a small one. */
static inline uint64_t
fuzz_number(struct cursor *c)
{
	unsigned v = fuzz_u8(c);

	return v < 240 ? v : v < 250 ? fuzz_u64(c) : UINT64_MAX;
}

/* Up to max bytes of the input. */
static inline struct bytes
fuzz_bytes(struct cursor *c, size_t max)
{
	size_t n = fuzz_u8(c);

	if (n == 255)
		n = fuzz_u16(c);
	n = n < max ? n : max;
	return cursor_bytes(c, n < cursor_left(c) ? n : cursor_left(c));
}

/* In memory of their own, so that reading beyond them is seen. Freed by the caller. */
static inline uint8_t *
fuzz_copy(struct bytes b)
{
	uint8_t *p = malloc(b.n != 0 ? b.n : 1);

	FUZZ_CHECK(p != NULL);
	if (b.n != 0)
		memcpy(p, b.p, b.n);
	return p;
}

/* Mostly a type that there is. */
uint32_t fuzz_attr_type(struct cursor *c);
/* A value that mostly fits the type, as it is packed; in room of FUZZ_VALUE bytes. */
#define FUZZ_VALUE 512u
struct bytes fuzz_attr_value(struct cursor *c, uint32_t type, uint8_t *room);
/* A packed list, well-formed: every type once, in order. */
void fuzz_attrs(struct cursor *c, unsigned most, struct attrs *to);
/* A row, legacy ones too; by its number. */
const struct mech *fuzz_mech(struct cursor *c);
