/* SPDX-License-Identifier: Apache-2.0 */
/* The library's keys and signatures are the submission's. */
#include "tests/unit/dilithium/answers.h"

#include "tests/unit/check_main.h"

static void
fill(struct answer *a)
{
	struct dilithium_private *private_key;
	struct dilithium_public *public_key;
	uint8_t seed[DILITHIUM_SEED], again[DILITHIUM_PUBLIC_KEY];
	struct bytes message = BYTES(a->message, a->message_len);
	struct secret made = SECRET_NONE;

	answer_seed(a, seed);
	ck_assert_int_eq(dilithium_generate(seed, a->public_key, &made), 0);
	ck_assert_uint_eq(made.n, sizeof a->private_key);
	memcpy(a->private_key, made.p, made.n);
	ck_assert_int_eq(dilithium_private_new(secret_bytes(&made), &private_key), 0);
	ck_assert_int_eq(dilithium_sign(private_key, message, a->signature), 0);
	dilithium_private_free(private_key);

	ck_assert_int_eq(dilithium_public_of(secret_bytes(&made), again), 0);
	ck_assert_mem_eq(again, a->public_key, sizeof again);
	ck_assert_int_eq(dilithium_public_new(BYTES_OF(a->public_key), &public_key), 0);
	ck_assert_int_eq(
		dilithium_verify(public_key, message, BYTES_OF(a->signature)), 0);
	dilithium_public_free(public_key);
	secret_free(&made);
}

START_TEST (all_hundred_known_answers_are_as_published) {
	answers_check(fill);
}
END_TEST

static const struct check_test tests[] = {
	{ &all_hundred_known_answers_are_as_published, 0 },
};

CHECK_MAIN("dilithium: known answers", tests)
