/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/dilithium_r2/pack.h"

/* --- Coefficients ------------------------------------------------------------------ */

/* A coefficient a is written as top + sign a, in so many bits. */
struct packing {
	unsigned bits;
	int32_t top;
	int32_t sign;
};

static const struct packing as_t1 = { 9, 0, 1 };
static const struct packing as_t0 = { D, 1 << (D - 1), -1 };
static const struct packing as_small = { 3, ETA, -1 };
static const struct packing as_z = { 20, GAMMA1 - 1, -1 };
static const struct packing as_w1 = { 4, 0, 1 };

static inline __attribute__((always_inline)) void
pack(const struct poly *a, const struct packing how, uint8_t *to)
{
	uint64_t waiting = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < N; i++) {
		uint32_t v = (uint32_t)(how.top + how.sign * a->c[i]);

		waiting |= (uint64_t)v << bits;
		for (bits += how.bits; bits >= 8; bits -= 8) {
			*to++ = (uint8_t)waiting;
			waiting >>= 8;
		}
	}
}

static inline __attribute__((always_inline)) void
unpack(const uint8_t *from, const struct packing how, struct poly *ret)
{
	const uint32_t mask = (1u << how.bits) - 1;
	uint64_t waiting = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < N; i++) {
		for (; bits < how.bits; bits += 8)
			waiting |= (uint64_t)*from++ << bits;
		ret->c[i] = how.sign * ((int32_t)(waiting & mask) - how.top);
		waiting >>= how.bits;
		bits -= how.bits;
	}
}

void
pack_t1(const struct poly *a, uint8_t ret[PACKED(9)])
{
	pack(a, as_t1, ret);
}

void
unpack_t1(const uint8_t from[PACKED(9)], struct poly *ret)
{
	unpack(from, as_t1, ret);
}

void
pack_t0(const struct poly *a, uint8_t ret[PACKED(14)])
{
	pack(a, as_t0, ret);
}

void
unpack_t0(const uint8_t from[PACKED(14)], struct poly *ret)
{
	unpack(from, as_t0, ret);
}

void
pack_small(const struct poly *a, uint8_t ret[PACKED(3)])
{
	pack(a, as_small, ret);
}

void
unpack_small(const uint8_t from[PACKED(3)], struct poly *ret)
{
	unpack(from, as_small, ret);
}

void
pack_z(const struct poly *a, uint8_t ret[PACKED(20)])
{
	pack(a, as_z, ret);
}

void
unpack_z(const uint8_t from[PACKED(20)], struct poly *ret)
{
	unpack(from, as_z, ret);
}

void
pack_w1(const struct poly *a, uint8_t ret[PACKED(4)])
{
	pack(a, as_w1, ret);
}

/* --- Hints ------------------------------------------------------------------------- */

void
pack_hints(const struct poly h[K], uint8_t ret[OMEGA + K])
{
	unsigned n = 0;

	memset(ret, 0, OMEGA + K);
	for (size_t row = 0; row < K; row++) {
		for (size_t i = 0; i < N; i++) {
			if (h[row].c[i] != 0)
				ret[n++] = (uint8_t)i;
		}
		ret[OMEGA + row] = (uint8_t)n;
	}
}

/* Places grow within a row, and what no row uses is 0: one encoding for each h. */
bool
unpack_hints(const uint8_t from[OMEGA + K], struct poly ret[K])
{
	unsigned n = 0;

	memset(ret, 0, K * sizeof ret[0]);
	for (size_t row = 0; row < K; row++) {
		const unsigned first = n, end = from[OMEGA + row];

		if (end < first || end > OMEGA)
			return false;
		for (; n < end; n++) {
			if (n > first && from[n] <= from[n - 1])
				return false;
			ret[row].c[from[n]] = 1;
		}
	}
	for (; n < OMEGA; n++) {
		if (from[n] != 0)
			return false;
	}
	return true;
}

/* --- The challenge ----------------------------------------------------------------- */

void
pack_challenge(const struct poly *c, uint8_t ret[N / 8 + 8])
{
	uint64_t signs = 0;
	unsigned n = 0;

	memset(ret, 0, N / 8);
	for (size_t i = 0; i < N; i++) {
		if (c->c[i] == 0)
			continue;
		ret[i / 8] |= (uint8_t)(1u << i % 8);
		signs |= (uint64_t)(c->c[i] < 0) << n++;
	}
	store_le64(ret + N / 8, signs);
}

void
unpack_challenge(const uint8_t from[N / 8 + 8], struct poly *ret)
{
	uint64_t signs = load_le64(from + N / 8);

	for (size_t i = 0; i < N; i++) {
		int32_t set = from[i / 8] >> i % 8 & 1;

		ret->c[i] = set * (1 - 2 * (int32_t)(signs & 1));
		signs >>= set;
	}
}
