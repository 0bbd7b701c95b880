/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/crypto/seal.h"

#include <errno.h>

#include "tests/unit/check_main.h"

static const uint8_t key_bytes[SEAL_KEY] = { 1, 2, 3 };
static const uint8_t plain_bytes[] = "what is to be kept";

#define KEY BYTES_OF(key_bytes)
#define PLAIN BYTES_OF(plain_bytes)
#define AAD BYTES_STR("token 1, object 7")

static void
master_new(struct master_key *ret)
{
	ck_assert_int_eq(secret_copy(KEY, &ret->key), 0);
	ret->generation = 1;
}

/* unseal() under key or, where there is one, master_unseal() under mk. */
static int
open_sealed(const struct master_key *mk, struct bytes aad, struct bytes sealed,
	struct secret *ret)
{
	return mk == NULL ? unseal(KEY, aad, sealed, ret)
			  : master_unseal(mk, "test", aad, sealed, ret);
}

static void
opens_not(const struct master_key *mk, struct bytes aad, struct bytes sealed)
{
	uint8_t untouched;
	struct secret got = { &untouched, 1 };

	ck_assert_int_eq(open_sealed(mk, aad, sealed, &got), -EBADMSG);
	ck_assert(got.p == &untouched && got.n == 1);
}

/* Each byte changed in each bit, and each shorter and longer length. */
static void
tamper(const struct master_key *mk, struct buf *sealed)
{
	struct secret got;

	for (size_t i = 0; i < sealed->n; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			sealed->p[i] ^= (uint8_t)(1u << bit);
			opens_not(mk, AAD, buf_bytes(sealed));
			sealed->p[i] ^= (uint8_t)(1u << bit);
		}
	}
	for (size_t n = 0; n < sealed->n; n++)
		opens_not(mk, AAD, BYTES(sealed->p, n));
	buf_put_u8(sealed, 0);
	opens_not(mk, AAD, buf_bytes(sealed));
	sealed->n--;
	ck_assert_int_eq(open_sealed(mk, AAD, buf_bytes(sealed), &got), 0);
	ck_assert(bytes_equal(secret_bytes(&got), PLAIN));
	secret_free(&got);
}

START_TEST (a_changed_bit_or_length_is_noticed) {
	struct buf sealed = BUF_INIT;

	ck_assert_int_eq(seal(KEY, AAD, PLAIN, &sealed), 0);
	ck_assert_uint_eq(sealed.n, PLAIN.n + SEAL_OVERHEAD);
	tamper(NULL, &sealed);
	buf_free(&sealed);
}
END_TEST

START_TEST (a_changed_bit_or_length_is_noticed_under_the_master_key) {
	struct buf sealed = BUF_INIT;
	struct master_key mk;

	master_new(&mk);
	ck_assert_int_eq(master_seal(&mk, "test", AAD, PLAIN, &sealed), 0);
	ck_assert_uint_eq(sealed.n, PLAIN.n + SEAL_BLOB_OVERHEAD);
	tamper(&mk, &sealed);
	buf_free(&sealed);
	master_key_free(&mk);
}
END_TEST

START_TEST (what_is_sealed_for_one_thing_is_nothing_for_another) {
	struct buf a = BUF_INIT, b = BUF_INIT;
	struct master_key mk;
	struct secret got;
	struct bytes other = BYTES_STR("token 1, object 8");

	master_new(&mk);
	ck_assert_int_eq(seal(KEY, AAD, PLAIN, &a), 0);
	ck_assert_int_eq(seal(KEY, other, PLAIN, &b), 0);
	opens_not(NULL, other, buf_bytes(&a));
	opens_not(NULL, AAD, buf_bytes(&b));
	opens_not(NULL, BYTES_NONE, buf_bytes(&a));
	buf_reset(&a);
	ck_assert_int_eq(master_seal(&mk, "test", AAD, PLAIN, &a), 0);
	opens_not(&mk, other, buf_bytes(&a));
	ck_assert_int_eq(master_unseal(&mk, "tess", AAD, buf_bytes(&a), &got), -EBADMSG);
	mk.key.p[31] ^= 1;
	opens_not(&mk, AAD, buf_bytes(&a));
	buf_free(&a);
	buf_free(&b);
	master_key_free(&mk);
}
END_TEST

START_TEST (the_same_is_never_sealed_alike) {
	struct buf a = BUF_INIT, b = BUF_INIT;

	ck_assert_int_eq(seal(KEY, AAD, PLAIN, &a), 0);
	ck_assert_int_eq(seal(KEY, AAD, PLAIN, &b), 0);
	ck_assert(a.n == b.n && memcmp(a.p + 1, b.p + 1, 12) != 0);
	ck_assert(memcmp(a.p + 13, b.p + 13, a.n - 13) != 0);
	buf_free(&a);
	buf_free(&b);
}
END_TEST

START_TEST (nothing_and_much_can_be_sealed_behind_what_is_there) {
	static const size_t sizes[] = { 0, 1, 16, 1 << 20 };
	struct master_key mk;

	master_new(&mk);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct buf sealed = BUF_INIT;
		struct secret plain, got;

		ck_assert_int_eq(secret_new(sizes[i], &plain), 0);
		buf_put_u8(&sealed, 0x55);
		ck_assert_int_eq(master_seal(&mk, "test", BYTES_NONE,
					 secret_bytes(&plain), &sealed),
			0);
		ck_assert_uint_eq(sealed.p[0], 0x55);
		ck_assert_int_eq(master_unseal(&mk, "test", BYTES_NONE,
					 BYTES(sealed.p + 1, sealed.n - 1), &got),
			0);
		ck_assert(bytes_equal(secret_bytes(&plain), secret_bytes(&got)));
		secret_free(&plain);
		secret_free(&got);
		buf_free(&sealed);
	}
	master_key_free(&mk);
}
END_TEST

START_TEST (a_key_of_another_size_is_refused_and_adds_nothing) {
	struct buf sealed = BUF_INIT;
	struct master_key none = { SECRET_NONE, 0 };
	struct secret got;

	ck_assert_int_eq(seal(BYTES(key_bytes, 31), AAD, PLAIN, &sealed), -EINVAL);
	ck_assert_int_eq(seal(BYTES_NONE, AAD, PLAIN, &sealed), -EINVAL);
	ck_assert_int_eq(master_seal(&none, "test", AAD, PLAIN, &sealed), -EINVAL);
	ck_assert_uint_eq(sealed.n, 0);
	ck_assert_int_eq(seal(KEY, AAD, PLAIN, &sealed), 0);
	ck_assert_int_eq(
		unseal(BYTES(key_bytes, 16), AAD, buf_bytes(&sealed), &got), -EINVAL);
	buf_free(&sealed);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_changed_bit_or_length_is_noticed, 0 },
	{ &a_changed_bit_or_length_is_noticed_under_the_master_key, 0 },
	{ &what_is_sealed_for_one_thing_is_nothing_for_another, 0 },
	{ &the_same_is_never_sealed_alike, 0 },
	{ &nothing_and_much_can_be_sealed_behind_what_is_there, 0 },
	{ &a_key_of_another_size_is_refused_and_adds_nothing, 0 },
};

CHECK_MAIN("seal", tests)
