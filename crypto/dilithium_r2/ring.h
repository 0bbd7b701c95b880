/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internal: parameters, and polynomials of degree below 256 modulo X^256 + 1 and q.
 *
 * Coefficients are signed and not always reduced; each function says what it takes and
 * gives. Nothing here branches on a coefficient or uses it as an index or a divisor.
 */
#pragma once

#include "common/bytes.h"

enum {
	N = 256,
	Q = 8380417, /* 2^23 - 2^13 + 1 */
	K = 6,
	L = 5,
	D = 14,
	ETA = 3,
	TAU = 60, /* coefficients of c that are not 0 */
	BETA = 175,
	OMEGA = 120,
	GAMMA1 = (Q - 1) / 16,
	GAMMA2 = (Q - 1) / 32,
	ALPHA = 2 * GAMMA2,
};

struct poly {
	int32_t c[N];
};

/* zeta^brv(i) 2^32 modulo q, for zeta = 1753, of order 512, and brv the reversal of 8
 * bits; between -q/2 and q/2. */
extern const int32_t ring_zetas[N];

/* a / 2^32 modulo q, between -q and q; |a| < 2^31 q. */
static inline int32_t
montgomery(int64_t a)
{
	const uint32_t q_inverse = 58728449; /* modulo 2^32 */
	int32_t m = (int32_t)((uint32_t)a * q_inverse);

	return (int32_t)((a - (int64_t)m * Q) >> 32);
}

/* All ones for a negative x, else 0. */
static inline int32_t
negative(int32_t x)
{
	return x >> 31;
}

/* The representative in 0 .. q - 1; -q <= x < q. */
static inline int32_t
positive(int32_t x)
{
	return x + (negative(x) & Q);
}

/* The one nearest to 0; -q <= x < q. */
static inline int32_t
centred(int32_t x)
{
	x = positive(x);
	return x - (negative(Q / 2 - x) & Q);
}

/* To values at the roots, in bit-reversed order. |a| < q; gives |a| < 9q. */
void ring_ntt(struct poly *a);
/* Back, times 2^32; |a| < q, and so is what it gives. */
void ring_inverse_ntt(struct poly *a);
/* The sum of n products, coefficient by coefficient, divided by 2^32. |product| of all
 * together < 2^31 q, as it is for n <= L, |a| < q and |b| < 9q. Gives |ret| < q. */
void ring_dot(const struct poly *a, const struct poly *b, size_t n, struct poly *ret);
/* a b / 2^32 for two values of ring_ntt(). Gives |ret| < q. */
void ring_multiply(const struct poly *a, const struct poly *b, struct poly *ret);
/* Not 0 if a coefficient's amount is bound or more; |a| < 2^31. */
uint32_t ring_exceeds(const struct poly *a, int32_t bound) MUST_CHECK;
