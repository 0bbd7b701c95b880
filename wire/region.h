/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The region of a token: shared memory that keyringd writes and modules read, so that a
 * key that was destroyed or revoked stops working in every process by its next operation,
 * at no system call per operation. docs/PROTOCOL.md is the specification.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define REGION_MAGIC 0x4B545247u
#define REGION_VERSION 1u
#define REGION_CELLS (1u << 16) /* objects beyond that many share them */

struct region {
	uint32_t magic;
	uint32_t version;
	uint32_t cells; /* a power of two */
	uint32_t unused;
	_Atomic uint64_t epoch;
	_Atomic uint64_t deadline; /* ms of CLOCK_MONOTONIC; 0: over */
	uint8_t pad[32];
	_Atomic uint32_t cell[];
};

_Static_assert(sizeof(struct region) == 64, "the layout is a protocol");

static inline size_t
region_size(uint32_t cells)
{
	return sizeof(struct region) + (size_t)cells * sizeof(uint32_t);
}
