/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An element's bits run from the highest of the first byte downwards, so that a big-endian
 * load gives the polynomial mirrored; the product of two mirrored ones is the mirrored
 * product shifted by one, which reduce() puts right.
 */
#include "kcapi_backend/glue_ghash.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define BLOCK 16u

/* Unreduced: four words, lowest first. */
struct product {
	uint64_t v[4];
};

static uint64_t
load_be64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return be64toh(v);
}

static void
store_be64(uint8_t *p, uint64_t v)
{
	v = htobe64(v);
	memcpy(p, &v, sizeof v);
}

/* Montgomery's word-by-word reduction modulo x^128 + x^127 + x^126 + x^121 + 1. */
static struct ghash_element
reduce(struct product z)
{
	uint64_t v3 = z.v[3] << 1 | z.v[2] >> 63;
	uint64_t v2 = z.v[2] << 1 | z.v[1] >> 63;
	uint64_t v1 = z.v[1] << 1 | z.v[0] >> 63;
	uint64_t v0 = z.v[0] << 1;

	v2 ^= v0 ^ v0 >> 1 ^ v0 >> 2 ^ v0 >> 7;
	v1 ^= v0 << 63 ^ v0 << 62 ^ v0 << 57;
	v3 ^= v1 ^ v1 >> 1 ^ v1 >> 2 ^ v1 >> 7;
	v2 ^= v1 << 63 ^ v1 << 62 ^ v1 << 57;
	return (struct ghash_element){ v2, v3 };
}

/* --- Without the processor's help ------------------------------------------------ */

/* The low word of a carry-less product: operands with three empty bits between any
 * two of theirs, so that an integer product's carries fall into the holes. */
static uint64_t
multiply_low(uint64_t x, uint64_t y)
{
	static const uint64_t every_fourth = 0x1111111111111111u;
	uint64_t z = 0;

	for (unsigned k = 0; k < 4; k++) {
		uint64_t sum = 0;

		for (unsigned i = 0; i < 4; i++)
			sum ^= (x & every_fourth << i) *
			       (y & every_fourth << ((k - i) & 3));
		z |= sum & every_fourth << k;
	}
	return z;
}

static uint64_t
mirror(uint64_t x)
{
	static const uint64_t masks[] = { 0x5555555555555555u, 0x3333333333333333u,
		0x0f0f0f0f0f0f0f0fu };

	for (unsigned i = 0; i < 3; i++)
		x = (x & masks[i]) << (1u << i) | (x >> (1u << i) & masks[i]);
	return __builtin_bswap64(x);
}

static void
multiply(uint64_t x, uint64_t y, uint64_t *ret_low, uint64_t *ret_high)
{
	*ret_low = multiply_low(x, y);
	*ret_high = mirror(multiply_low(mirror(x), mirror(y))) >> 1;
}

static void
add_product(struct product *sum, struct ghash_element a, struct ghash_element b)
{
	uint64_t l0, l1, h0, h1, m0, m1;

	multiply(a.low, b.low, &l0, &l1);
	multiply(a.high, b.high, &h0, &h1);
	multiply(a.low ^ a.high, b.low ^ b.high, &m0, &m1);
	m0 ^= l0 ^ h0;
	m1 ^= l1 ^ h1;
	sum->v[0] ^= l0;
	sum->v[1] ^= l1 ^ m0;
	sum->v[2] ^= h0 ^ m1;
	sum->v[3] ^= h1;
}

static struct ghash_element
load(const uint8_t *p)
{
	return (struct ghash_element){ load_be64(p + 8), load_be64(p) };
}

/* n blocks, at most GHASH_POWERS: (y + b1) H^n + b2 H^(n-1) + ... */
static void
blocks_portable(
	struct ghash_element *y, const struct ghash_key *key, const uint8_t *p, size_t n)
{
	struct product sum = { { 0 } };

	for (size_t i = 0; i < n; i++) {
		struct ghash_element x = load(p + BLOCK * i);

		if (i == 0) {
			x.low ^= y->low;
			x.high ^= y->high;
		}
		add_product(&sum, x, key->power[n - 1 - i]);
	}
	*y = reduce(sum);
}

/* --- With it ----------------------------------------------------------------------- */

#if defined(__x86_64__)
__attribute__((target("pclmul,sse4.1,ssse3"))) static void
blocks_pclmul(
	struct ghash_element *y, const struct ghash_key *key, const uint8_t *p, size_t n)
{
	const __m128i swap =
		_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	__m128i low = _mm_setzero_si128(), high = low, middle = low;
	struct product sum;

	for (size_t i = 0; i < n; i++) {
		__m128i x = _mm_shuffle_epi8(
			_mm_loadu_si128((const void *)(p + BLOCK * i)), swap);
		const __m128i h = _mm_loadu_si128((const void *)&key->power[n - 1 - i]);

		if (i == 0)
			x = _mm_xor_si128(x, _mm_loadu_si128((const void *)y));
		low = _mm_xor_si128(low, _mm_clmulepi64_si128(x, h, 0x00));
		high = _mm_xor_si128(high, _mm_clmulepi64_si128(x, h, 0x11));
		middle = _mm_xor_si128(
			middle, _mm_xor_si128(_mm_clmulepi64_si128(x, h, 0x01),
					_mm_clmulepi64_si128(x, h, 0x10)));
	}
	low = _mm_xor_si128(low, _mm_slli_si128(middle, 8));
	high = _mm_xor_si128(high, _mm_srli_si128(middle, 8));
	_mm_storeu_si128((void *)&sum.v[0], low);
	_mm_storeu_si128((void *)&sum.v[2], high);
	*y = reduce(sum);
}

static bool
has_multiplier(void)
{
	return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("ssse3");
}
#else
#define blocks_pclmul blocks_portable

static bool
has_multiplier(void)
{
	return false;
}
#endif

/* --------------------------------------------------------------------------------- */

void
ghash_key_set(struct ghash_key *key, const uint8_t h[16], bool portable)
{
	key->portable = portable || !has_multiplier();
	key->power[0] = load(h);
	for (size_t i = 1; i < GHASH_POWERS; i++) {
		struct product z = { { 0 } };

		add_product(&z, key->power[i - 1], key->power[0]);
		key->power[i] = reduce(z);
	}
}

static void
blocks(struct ghash *g, const struct ghash_key *key, const uint8_t *p, size_t n)
{
	while (n > 0) {
		const size_t step = n < GHASH_POWERS ? n : GHASH_POWERS;

		if (key->portable)
			blocks_portable(&g->y, key, p, step);
		else
			blocks_pclmul(&g->y, key, p, step);
		p += BLOCK * step;
		n -= step;
	}
}

void
ghash_feed(struct ghash *g, const struct ghash_key *key, struct bytes in)
{
	if (in.n == 0)
		return;
	if (g->part_n != 0) {
		size_t n = BLOCK - g->part_n < in.n ? BLOCK - g->part_n : in.n;

		memcpy(g->part + g->part_n, in.p, n);
		g->part_n += n;
		in = BYTES(in.p + n, in.n - n);
		if (g->part_n < BLOCK)
			return;
		blocks(g, key, g->part, 1);
	}
	blocks(g, key, in.p, in.n / BLOCK);
	g->part_n = in.n % BLOCK;
	memcpy(g->part, in.p + in.n - g->part_n, g->part_n);
}

void
ghash_align(struct ghash *g, const struct ghash_key *key)
{
	if (g->part_n == 0)
		return;
	memset(g->part + g->part_n, 0, BLOCK - g->part_n);
	blocks(g, key, g->part, 1);
	g->part_n = 0;
}

void
ghash_end(struct ghash *g, const struct ghash_key *key, uint64_t first_bytes,
	uint64_t second_bytes, uint8_t ret[16])
{
	uint8_t lengths[BLOCK];

	ghash_align(g, key);
	store_be64(lengths, first_bytes * 8);
	store_be64(lengths + 8, second_bytes * 8);
	blocks(g, key, lengths, 1);
	store_be64(ret, g->y.high);
	store_be64(ret + 8, g->y.low);
}
