/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic against its definitions, at the ends of what it says it takes. */
#include "crypto/dilithium_r2/pack.h"
#include "crypto/dilithium_r2/rounding.h"

#include "tests/unit/check_main.h"

static int64_t
modulo(int64_t a, int64_t m)
{
	return (a % m + m) % m;
}

static int64_t
power(int64_t base, unsigned exponent)
{
	int64_t result = 1;

	for (; exponent > 0; exponent--)
		result = result * base % Q;
	return result;
}

/* As good as any for a test, and the same each time. */
static uint32_t
next_random(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 32);
}

static int32_t
random_below_q(void)
{
	return (int32_t)(next_random() % (2 * Q - 1)) - (Q - 1);
}

START_TEST (zetas_are_powers_of_the_root) {
	for (unsigned i = 0; i < N; i++) {
		unsigned reversed = 0;

		for (unsigned bit = 0; bit < 8; bit++)
			reversed |= (i >> bit & 1) << (7 - bit);
		ck_assert_int_eq(modulo(ring_zetas[i], Q),
			modulo(power(1753, reversed) * (((int64_t)1 << 32) % Q), Q));
		ck_assert_int_le(ring_zetas[i], Q / 2);
		ck_assert_int_ge(ring_zetas[i], -(Q / 2));
	}
	ck_assert_int_eq(power(1753, 256), Q - 1);
}
END_TEST

START_TEST (montgomery_divides_by_two_to_the_32) {
	const int64_t limit = ((int64_t)Q << 31) - 1;
	const int64_t ends[] = { 0, 1, -1, Q, -Q, limit, -limit, limit - Q, 1LL << 31,
		-(1LL << 31), (1LL << 32) - 1, 1LL << 32 };

	for (size_t i = 0; i < 100000; i++) {
		int64_t a = i < ARRAY_LEN(ends)
				    ? ends[i]
				    : (int64_t)((uint64_t)next_random() << 32 |
						next_random()) %
					      limit;
		int64_t got = montgomery(a);

		ck_assert_int_lt(got, Q);
		ck_assert_int_gt(got, -Q);
		ck_assert_int_eq(modulo(got * (1LL << 32), Q), modulo(a, Q));
	}
}
END_TEST

START_TEST (representatives_are_the_ones_asked_for) {
	for (int32_t x = -Q; x < Q; x++) {
		int32_t p = positive(x), c = centred(x);

		if (p != modulo(x, Q) || modulo(c, Q) != p || c > Q / 2 || c < -(Q / 2))
			ck_abort_msg("%d: %d and %d", x, p, c);
	}
}
END_TEST

/* Multiplied as the specification defines it. */
static void
multiply_slowly(const struct poly *a, const struct poly *b, struct poly *ret)
{
	for (int k = 0; k < N; k++) {
		int64_t sum = 0;

		for (int i = 0; i < N; i++) {
			int64_t product = (int64_t)a->c[i] * b->c[(k - i + N) % N] % Q;

			sum += i <= k ? product : -product;
		}
		ret->c[k] = (int32_t)modulo(sum, Q);
	}
}

static void
poly_fill(struct poly *a, int how)
{
	for (int i = 0; i < N; i++) {
		int32_t r = random_below_q();

		a->c[i] = how == 0 ? r : how == 1 ? Q - 1 : how == 2 ? 1 - Q : 0;
		if (how == 4)
			a->c[i] = (i & 1) != 0 ? Q - 1 : 1 - Q;
	}
	if (how == 3)
		a->c[N - 1] = 1; /* X^255: products wrap around */
}

static void
hat_bounds(const struct poly *a)
{
	for (int i = 0; i < N; i++)
		ck_assert(a->c[i] < 9 * Q && a->c[i] > -9 * Q);
}

START_TEST (products_of_transforms_are_products_of_polynomials) {
	for (int how = 0; how < 25; how++) {
		struct poly a, b, want, got;

		poly_fill(&a, how % 5);
		poly_fill(&b, how / 5);
		multiply_slowly(&a, &b, &want);
		ring_ntt(&a);
		ring_ntt(&b);
		hat_bounds(&a);
		hat_bounds(&b);
		ring_multiply(&a, &b, &got);
		ring_inverse_ntt(&got);
		for (int i = 0; i < N; i++) {
			ck_assert_int_lt(got.c[i], Q);
			ck_assert_int_gt(got.c[i], -Q);
			ck_assert_int_eq(positive(got.c[i]), want.c[i]);
		}
	}
}
END_TEST

/* UBSan sees what would overflow: all that comes in is as large as it may be. */
START_TEST (rows_of_the_matrix_add_up_at_the_ends_of_the_range) {
	struct poly a[L], b[L], got, one, sum = { { 0 } };

	for (int j = 0; j < L; j++) {
		for (int i = 0; i < N; i++) {
			a[j].c[i] = Q - 1;
			b[j].c[i] = 9 * Q - 1;
		}
		ring_dot(&a[j], &b[j], 1, &one);
		for (int i = 0; i < N; i++)
			sum.c[i] = (int32_t)modulo(sum.c[i] + one.c[i], Q);
	}
	ring_dot(a, b, L, &got);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(modulo(got.c[i], Q), sum.c[i]);
	poly_fill(&got, 1);
	ring_inverse_ntt(&got);
	poly_fill(&got, 4);
	ring_inverse_ntt(&got);
}
END_TEST

START_TEST (a_coefficient_on_the_bound_exceeds_it) {
	static const int32_t bound = GAMMA1 - BETA;
	static const struct {
		int32_t value;
		bool exceeds;
	} cases[] = {
		{ 1 - bound, false },
		{ bound - 1, false },
		{ -bound, true },
		{ bound, true },
		{ -INT32_MAX, true },
		{ INT32_MAX, true },
	};
	struct poly a = { { 0 } };

	for (int i = 0; i < N; i++) {
		for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
			a.c[i] = cases[k].value;
			ck_assert((ring_exceeds(&a, bound) != 0) == cases[k].exceeds);
		}
		a.c[i] = 0;
	}
}
END_TEST

/* The specification's, with a division. */
static int32_t
decompose_slowly(int32_t a, int32_t modulus, int32_t *ret_low)
{
	int32_t low = a % modulus;

	if (low > modulus / 2)
		low -= modulus;
	if (a - low == Q - 1) {
		*ret_low = low - 1;
		return 0;
	}
	*ret_low = low;
	return (a - low) / modulus;
}

START_TEST (every_coefficient_is_decomposed_as_defined) {
	for (int32_t a = 0; a < Q; a++) {
		int32_t low, want_low, high = decompose(a, &low);

		if (high != decompose_slowly(a, ALPHA, &want_low) || low != want_low)
			ck_abort_msg("%d: %d and %d", a, high, low);
		high = power2round(a, &low);
		if (high != (a - low) / (1 << D) || low > 1 << (D - 1) ||
			low <= -(1 << (D - 1)) || high * (1 << D) + low != a)
			ck_abort_msg("%d: %d and %d by powers of 2", a, high, low);
	}
}
END_TEST

/* A hint is there exactly where it is needed, and says what it should. */
static void
check_hint(int32_t w, int32_t added)
{
	int32_t low, ignored, high = decompose(w, &low);
	int32_t sum = (int32_t)modulo(w + added, Q);
	int32_t hint = make_hint(low + added, high);

	if (use_hint(sum, hint != 0) != high ||
		hint != (decompose(sum, &ignored) != high))
		ck_abort_msg("%d and %d: hint %d", w, added, hint);
}

START_TEST (hints_give_the_high_part_back) {
	static const int32_t added[] = { 0, 1, 2, GAMMA2 - 2, GAMMA2 - 1, GAMMA2 };

	for (int32_t middle = 0; middle <= Q; middle += GAMMA2) {
		for (int32_t near = -3; near <= 3; near++) {
			int32_t w = (int32_t)modulo(middle + near, Q);

			for (size_t i = 0; i < ARRAY_LEN(added); i++) {
				check_hint(w, added[i]);
				check_hint(w, -added[i]);
			}
		}
	}
	for (int i = 0; i < 1000000; i++)
		check_hint((int32_t)(next_random() % Q),
			(int32_t)(next_random() % (2 * GAMMA2 + 1)) - GAMMA2);
}
END_TEST

START_TEST (coefficients_are_packed_from_the_lowest_bit) {
	struct poly a = { { 0 } }, back;
	uint8_t t1[PACKED(9)], z[PACKED(20)], small[PACKED(3)], t0[PACKED(14)];

	a.c[0] = 511;
	a.c[1] = 1;
	pack_t1(&a, t1);
	ck_assert(t1[0] == 0xff && t1[1] == 0x03 && t1[2] == 0);
	a.c[0] = GAMMA1 - 1;
	a.c[1] = GAMMA1 - 2;
	pack_z(&a, z);
	ck_assert(z[0] == 0 && z[1] == 0 && z[2] == 0x10 && z[3] == 0);
	for (int i = 0; i < N; i++)
		a.c[i] = i % 7 - ETA;
	pack_small(&a, small);
	unpack_small(small, &back);
	ck_assert_mem_eq(&a, &back, sizeof a);
	for (int i = 0; i < N; i++)
		a.c[i] = i % 2 == 0 ? 1 << (D - 1) : 1 - (1 << (D - 1));
	pack_t0(&a, t0);
	unpack_t0(t0, &back);
	ck_assert_mem_eq(&a, &back, sizeof a);
}
END_TEST

static const struct check_test tests[] = {
	{ &zetas_are_powers_of_the_root, 0 },
	{ &montgomery_divides_by_two_to_the_32, 0 },
	{ &representatives_are_the_ones_asked_for, 0 },
	{ &products_of_transforms_are_products_of_polynomials, 0 },
	{ &rows_of_the_matrix_add_up_at_the_ends_of_the_range, 0 },
	{ &a_coefficient_on_the_bound_exceeds_it, 0 },
	{ &every_coefficient_is_decomposed_as_defined, 0 },
	{ &hints_give_the_high_part_back, 0 },
	{ &coefficients_are_packed_from_the_lowest_bit, 0 },
};

CHECK_MAIN("dilithium: ring", tests)
