/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/attrs.h"

#include <stdint.h>

#include "tests/unit/check_main.h"

/* Repeatable noise: a failure can be run again. */
static uint32_t noise_state;

static uint32_t
noise(void)
{
	noise_state = noise_state * 1664525u + 1013904223u;
	return noise_state >> 8;
}

static void
put(struct buf *b, uint32_t type, const char *value)
{
	buf_put_u32(b, type);
	buf_put_blob(b, BYTES_STR(value));
}

START_TEST (order_and_uniqueness_are_demanded) {
	struct buf b = BUF_INIT;

	ck_assert(attrs_valid(BYTES_NONE));
	put(&b, 3, "label");
	put(&b, 0x40000600, "");
	ck_assert(attrs_valid(buf_bytes(&b)));
	put(&b, 0x40000600, "");
	ck_assert(!attrs_valid(buf_bytes(&b)));
	buf_reset(&b);
	put(&b, 4, "x");
	put(&b, 3, "x");
	ck_assert(!attrs_valid(buf_bytes(&b)));
	buf_free(&b);
}
END_TEST

START_TEST (every_truncation_is_refused) {
	struct buf b = BUF_INIT;

	put(&b, 0, "first");
	put(&b, 1, "second");
	for (size_t n = 1; n < b.n; n++) {
		bool boundary = n == 8 + 5;

		ck_assert_msg(
			attrs_valid(BYTES(b.p, n)) == boundary, "%zu of %zu", n, b.n);
	}
	buf_free(&b);
}
END_TEST

START_TEST (limits_of_count_and_size_hold) {
	struct attrs a = ATTRS_INIT;
	uint8_t *big = calloc(1, ATTRS_MAX_BYTES);

	for (uint32_t i = 0; i < ATTRS_MAX_COUNT; i++)
		attrs_set(&a, i, BYTES_NONE);
	ck_assert(attrs_ok(&a));
	ck_assert(attrs_valid(attrs_bytes(&a)));
	attrs_set(&a, 100000, BYTES_NONE);
	ck_assert(!attrs_valid(attrs_bytes(&a)));
	attrs_free(&a);
	attrs_set(&a, 1, BYTES(big, ATTRS_MAX_BYTES - 8));
	ck_assert(attrs_valid(attrs_bytes(&a)));
	attrs_set(&a, 1, BYTES(big, ATTRS_MAX_BYTES - 7));
	ck_assert(!attrs_valid(attrs_bytes(&a)));
	attrs_free(&a);
	free(big);
}
END_TEST

/* Any order of sets and unsets leaves what a plain array would hold. */
START_TEST (set_and_unset_keep_order_whatever_their_order) {
	struct attrs a = ATTRS_SECRET;
	size_t have[32];
	uint8_t value[64];

	noise_state = (uint32_t)_i + 1;
	memset(value, 0xa5, sizeof value);
	memset(have, 0xff, sizeof have);
	for (int step = 0; step < 400; step++) {
		uint32_t type = noise() % 32;

		if (noise() % 4 == 0) {
			attrs_unset(&a, type);
			have[type] = SIZE_MAX;
		} else {
			have[type] = noise() % sizeof value;
			attrs_set(&a, type, BYTES(value, have[type]));
		}
		ck_assert(attrs_ok(&a));
		ck_assert(attrs_valid(attrs_bytes(&a)));
	}
	for (uint32_t type = 0; type < 32; type++) {
		struct bytes v;
		bool found = attrs_find(attrs_bytes(&a), type, &v);

		ck_assert(found == (have[type] != SIZE_MAX));
		if (found)
			ck_assert(bytes_equal(v, BYTES(value, have[type])));
	}
	attrs_free(&a);
}
END_TEST

START_TEST (numbers_and_booleans_of_another_size_give_the_default) {
	struct attrs a = ATTRS_INIT;

	attrs_set_ulong(&a, CKA_VALUE_LEN, 32);
	attrs_set_bool(&a, CKA_TOKEN, true);
	attrs_set(&a, CKA_MODULUS_BITS, BYTES("abcd", 4));
	ck_assert_uint_eq(attrs_ulong(attrs_bytes(&a), CKA_VALUE_LEN, 1), 32);
	ck_assert(attrs_bool(attrs_bytes(&a), CKA_TOKEN, false));
	ck_assert_uint_eq(attrs_ulong(attrs_bytes(&a), CKA_MODULUS_BITS, 7), 7);
	ck_assert_uint_eq(attrs_ulong(attrs_bytes(&a), CKA_CLASS, 9), 9);
	ck_assert(attrs_bool(attrs_bytes(&a), CKA_VALUE_LEN, true));
	attrs_free(&a);
}
END_TEST

START_TEST (a_match_needs_every_wanted_value) {
	struct attrs have = ATTRS_INIT, want = ATTRS_INIT;

	attrs_set(&have, 1, BYTES_STR("one"));
	attrs_set(&have, 3, BYTES_STR(""));
	attrs_set(&have, 5, BYTES_STR("five"));
	ck_assert(attrs_match(attrs_bytes(&have), BYTES_NONE));
	ck_assert(attrs_match(attrs_bytes(&have), attrs_bytes(&have)));
	attrs_set(&want, 3, BYTES_NONE);
	attrs_set(&want, 5, BYTES_STR("five"));
	ck_assert(attrs_match(attrs_bytes(&have), attrs_bytes(&want)));
	attrs_set(&want, 4, BYTES_NONE);
	ck_assert(!attrs_match(attrs_bytes(&have), attrs_bytes(&want)));
	attrs_unset(&want, 4);
	attrs_set(&want, 5, BYTES_STR("fivE"));
	ck_assert(!attrs_match(attrs_bytes(&have), attrs_bytes(&want)));
	attrs_free(&want);
	attrs_set(&want, 9, BYTES_NONE);
	ck_assert(!attrs_match(attrs_bytes(&have), attrs_bytes(&want)));
	attrs_free(&have);
	attrs_free(&want);
}
END_TEST

/* Half of it nearly right: lists with a few bytes changed. */
START_TEST (noise_never_reads_outside) {
	noise_state = (uint32_t)_i * 7919u + 5;
	for (int round = 0; round < 3000; round++) {
		size_t n = noise() % 96;
		uint8_t *p = malloc(n + 1);
		struct attrs a = ATTRS_INIT;

		for (size_t i = 0; i < n; i++)
			p[i] = (uint8_t)noise();
		if (round % 2 == 0) {
			for (uint32_t t = 0; t < 4; t++)
				attrs_set(&a, t * 3, BYTES(p, t < n ? t : n));
			for (int k = 0; k < 2; k++)
				a.b.p[noise() % a.b.n] = (uint8_t)(noise() % 12);
		} else {
			attrs_copy(&a, BYTES(p, n)) == 0 ? (void)0 : abort();
		}
		if (attrs_valid(attrs_bytes(&a))) {
			ck_assert(attrs_match(attrs_bytes(&a), attrs_bytes(&a)));
			attrs_set_bool(&a, noise() % 16, true);
			ck_assert(attrs_valid(attrs_bytes(&a)));
		}
		attrs_free(&a);
		free(p);
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &order_and_uniqueness_are_demanded, 0 },
	{ &every_truncation_is_refused, 0 },
	{ &limits_of_count_and_size_hold, 0 },
	{ &set_and_unset_keep_order_whatever_their_order, 10 },
	{ &numbers_and_booleans_of_another_size_give_the_default, 0 },
	{ &a_match_needs_every_wanted_value, 0 },
	{ &noise_never_reads_outside, 5 },
};
CHECK_MAIN("attrs", tests)
