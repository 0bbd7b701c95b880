/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that nobody generated, and keys that many use. */
#include <errno.h>
#include <pthread.h>

#include "crypto/crypto.h"
#include "crypto/dilithium_r2/keys.h"
#include "tests/unit/dilithium/pair.h"

static struct private_bytes *
private_bytes(const struct pair *p)
{
	return (struct private_bytes *)(void *)p->private_key.p;
}

static void
refused(struct bytes private_key)
{
	struct dilithium_private *key = NULL;
	uint8_t public_key[DILITHIUM_PUBLIC_KEY] = { 0x5a };

	ck_assert_int_eq(dilithium_private_new(private_key, &key), -EINVAL);
	ck_assert_ptr_null(key);
	ck_assert_int_eq(dilithium_public_of(private_key, public_key), -EINVAL);
	ck_assert_uint_eq(public_key[0], 0x5a);
}

START_TEST (keys_have_one_length) {
	uint8_t room[DILITHIUM_PRIVATE_KEY + 1] = { 0 };
	const size_t public_sizes[] = { 0, DILITHIUM_PUBLIC_KEY - 1,
		DILITHIUM_PUBLIC_KEY + 1, DILITHIUM_PRIVATE_KEY };
	const size_t private_sizes[] = { 0, DILITHIUM_PRIVATE_KEY - 1,
		DILITHIUM_PRIVATE_KEY + 1, DILITHIUM_PUBLIC_KEY };
	struct dilithium_public *key = NULL;

	for (size_t i = 0; i < ARRAY_LEN(public_sizes); i++) {
		ck_assert_int_eq(dilithium_public_new(BYTES(room, public_sizes[i]), &key),
			-EINVAL);
		ck_assert_ptr_null(key);
		refused(BYTES(room, private_sizes[i]));
	}
	refused(BYTES_NONE);
}
END_TEST

/* Three bits hold 0 to 6, and 7 is no coefficient. */
START_TEST (a_coefficient_of_s1_or_s2_beyond_eta_is_refused) {
	struct pair p;
	uint8_t *small;

	pair_new(&p, 3);
	small = private_bytes(&p)->s1[0];
	for (size_t i = 0; i < (size_t)(L + K) * N; i++) {
		uint8_t *at = small + i * 3 / 8;
		unsigned bits = 7u << i * 3 % 8;
		const uint8_t was[] = { at[0], at[1] };

		at[0] |= (uint8_t)bits;
		at[1] |= (uint8_t)(bits >> 8);
		refused(secret_bytes(&p.private_key));
		memcpy(at, was, sizeof was);
	}
	pair_free(&p);
}
END_TEST

/* All values that nine bits hold are coefficients of t1. */
START_TEST (every_public_key_of_the_right_length_is_one) {
	uint8_t bytes[DILITHIUM_PUBLIC_KEY], signature[DILITHIUM_SIGNATURE];
	struct dilithium_public *key;
	struct pair p;

	pair_new(&p, 3);
	memset(bytes, 0xff, sizeof bytes);
	ck_assert_int_eq(dilithium_public_new(BYTES_OF(bytes), &key), 0);
	ck_assert_int_eq(dilithium_sign(p.signer, BYTES_NONE, signature), 0);
	ck_assert_int_eq(
		dilithium_verify(key, BYTES_NONE, BYTES_OF(signature)), -EBADMSG);
	dilithium_public_free(key);
	pair_free(&p);
}
END_TEST

START_TEST (parts_that_do_not_belong_together_are_found) {
	uint8_t public_key[DILITHIUM_PUBLIC_KEY];
	struct private_bytes *key;
	struct pair p, other;

	pair_new(&p, 3);
	pair_new(&other, 4);
	key = private_bytes(&p);
	uint8_t *const spoiled[] = { key->rho, key->tr, key->tr + CRH - 1, key->t0[0],
		key->t0[K - 1] + PACKED(14) - 1 };

	ck_assert_int_eq(
		dilithium_public_of(secret_bytes(&p.private_key), public_key), 0);
	ck_assert_mem_eq(public_key, p.public_key, sizeof public_key);
	for (size_t i = 0; i < ARRAY_LEN(spoiled); i++) {
		*spoiled[i] ^= 1;
		ck_assert_int_eq(
			dilithium_public_of(secret_bytes(&p.private_key), public_key),
			-EINVAL);
		*spoiled[i] ^= 1;
	}
	memcpy(key->s1, private_bytes(&other)->s1, sizeof key->s1);
	ck_assert_int_eq(
		dilithium_public_of(secret_bytes(&p.private_key), public_key), -EINVAL);
	pair_free(&p);
	pair_free(&other);
}
END_TEST

/* t0 as large as it may be makes more hints than there is room for, nearly always: signing
 * with such a key comes to an end all the same. */
START_TEST (a_key_with_which_nothing_can_be_signed_stops_nobody) {
	struct dilithium_private *key;
	uint8_t signature[DILITHIUM_SIGNATURE] = { 0x5a };
	uint32_t random = 1;
	bool refused_once = false;
	struct pair p;

	pair_new(&p, 3);
	for (size_t row = 0; row < K; row++) {
		struct poly t0;

		for (size_t i = 0; i < N; i++) {
			random = random * 1103515245 + 12345;
			t0.c[i] = random >> 31 != 0 ? 1 << (D - 1) : 1 - (1 << (D - 1));
		}
		pack_t0(&t0, private_bytes(&p)->t0[row]);
	}
	ck_assert_int_eq(dilithium_private_new(secret_bytes(&p.private_key), &key), 0);
	for (uint8_t message = 0; message < 50 && !refused_once; message++) {
		int r = dilithium_sign(key, BYTES(&message, 1), signature);

		refused_once = r == -EINVAL;
		ck_assert(r == 0 ||
			  (r == -EINVAL && (message > 0 || signature[0] == 0x5a)));
	}
	ck_assert(refused_once);
	dilithium_private_free(key);
	pair_free(&p);
}
END_TEST

START_TEST (random_keys_differ_and_work) {
	uint8_t public_key[2][DILITHIUM_PUBLIC_KEY], again[DILITHIUM_PUBLIC_KEY];
	struct secret private_key[2];

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
			dilithium_generate_random(public_key[i], &private_key[i]), 0);
		ck_assert_int_eq(
			dilithium_public_of(secret_bytes(&private_key[i]), again), 0);
		ck_assert_mem_eq(again, public_key[i], sizeof again);
	}
	ck_assert_mem_ne(public_key[0], public_key[1], sizeof again);
	ck_assert(!bytes_equal(
		secret_bytes(&private_key[0]), secret_bytes(&private_key[1])));
	secret_free(&private_key[0]);
	secret_free(&private_key[1]);
}
END_TEST

#define THREADS 4

struct user {
	const struct pair *pair;
	uint8_t signature[DILITHIUM_SIGNATURE];
	int failed;
};

static void *
user_run(void *arg)
{
	struct user *u = arg;

	for (uint8_t message = 0; message < 8 && u->failed == 0; message++) {
		u->failed =
			dilithium_sign(u->pair->signer, BYTES(&message, 1), u->signature);
		if (u->failed == 0)
			u->failed = dilithium_verify(u->pair->verifier,
				BYTES(&message, 1), BYTES_OF(u->signature));
	}
	return NULL;
}

START_TEST (threads_share_a_key) {
	static struct user users[THREADS];
	pthread_t threads[THREADS];
	struct pair p;

	pair_new(&p, 3);
	for (int i = 0; i < THREADS; i++) {
		users[i].pair = &p;
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, user_run, &users[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(users[i].failed, 0);
		ck_assert_mem_eq(
			users[i].signature, users[0].signature, DILITHIUM_SIGNATURE);
	}
	pair_free(&p);
}
END_TEST

static const struct check_test tests[] = {
	{ &keys_have_one_length, 0 },
	{ &a_coefficient_of_s1_or_s2_beyond_eta_is_refused, 0 },
	{ &every_public_key_of_the_right_length_is_one, 0 },
	{ &parts_that_do_not_belong_together_are_found, 0 },
	{ &a_key_with_which_nothing_can_be_signed_stops_nobody, 0 },
	{ &random_keys_differ_and_work, 0 },
	{ &threads_share_a_key, 0 },
};

CHECK_MAIN("dilithium: keys", tests)
