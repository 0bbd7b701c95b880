/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internal: high and low parts of a coefficient, and hints: Power2Round, Decompose,
 * MakeHint and UseHint of the specification. a is from 0 to q - 1, and secret but for the
 * last: no branch and no division.
 */
#pragma once

#include "crypto/dilithium_r2/ring.h"

/* a = high 2^D + low, -2^(D-1) < low <= 2^(D-1). */
static inline int32_t
power2round(int32_t a, int32_t *ret_low)
{
	int32_t high = (a + (1 << (D - 1)) - 1) >> D;

	*ret_low = a - (high << D);
	return high;
}

/*
 * a = high alpha + low modulo q, -gamma2 < low <= gamma2 and 0 <= high < 16, but for the
 * topmost a: they are the low ones of high 0, one below.
 *
 * alpha is 2^9 1023, so what is to be divided is u = (a + gamma2 - 1) / 2^9 by 1023. As
 * 1023 1025 = 2^20 - 1, u = 1023 n + r gives (u + 1) 1025 = n 2^20 + (r + 1) 1025 - n, and
 * that is less than (n + 1) 2^20 for r < 1023, and not less than n 2^20 for n <= 16.
 */
static inline int32_t
decompose(int32_t a, int32_t *ret_low)
{
	int32_t u = (a + GAMMA2 - 1) >> 9;
	int32_t high = ((u + 1) * 1025) >> 20;
	int32_t top = high >> 4; /* 1 where high is 16, else 0 */

	high &= 15;
	*ret_low = a - high * ALPHA - (-top & Q);
	return high;
}

/* 1 if adding low changes the high part: low is not in the range of decompose()'s; its
 * lower end belongs to high 0 only. |low| < alpha. */
static inline int32_t
make_hint(int32_t low, int32_t high)
{
	int32_t lowest = 1 - GAMMA2 + negative(high - 1);

	return (negative(GAMMA2 - low) | negative(low - lowest)) & 1;
}

/* The high part that make_hint() was about. For verification: nothing is secret. */
static inline int32_t
use_hint(int32_t a, bool hint)
{
	int32_t low, high = decompose(a, &low);

	if (!hint)
		return high;
	return (low > 0 ? high + 1 : high - 1) & 15;
}
