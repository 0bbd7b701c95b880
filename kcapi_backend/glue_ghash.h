/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GHASH (NIST SP 800-38D, 6.4), with the processor's carry-less multiplication where it
 * has one. No memory is addressed by secret data, no branch depends on any.
 */
#pragma once

#include "common/bytes.h"

#define GHASH_POWERS 4u /* blocks that share a reduction */

struct ghash_element {
	uint64_t low, high; /* as two big-endian halves, high first */
};

/* The subkey's powers; wiped by its owner. */
struct ghash_key {
	struct ghash_element power[GHASH_POWERS]; /* H, H^2 ... */
	bool portable;
};

struct ghash {
	struct ghash_element y;
	uint8_t part[16]; /* of a block that is not full yet */
	size_t part_n;
};

/* portable: without the processor's help, even where there is one (for tests). */
void ghash_key_set(struct ghash_key *key, const uint8_t h[16], bool portable);
void ghash_feed(struct ghash *g, const struct ghash_key *key, struct bytes in);
/* Zeroes up to the next block. */
void ghash_align(struct ghash *g, const struct ghash_key *key);
/* Aligns, adds a block of two big-endian bit counts, and gives the result. */
void ghash_end(struct ghash *g, const struct ghash_key *key, uint64_t first_bytes,
	uint64_t second_bytes, uint8_t ret[16]);
