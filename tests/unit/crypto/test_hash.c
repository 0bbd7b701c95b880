/* SPDX-License-Identifier: Apache-2.0 */
/* Digests and HMACs, by hash_vectors.h, which names the sources. */
#include "crypto/crypto.h"

#include "tests/unit/check_main.h"
#include "tests/unit/crypto/hash_vectors.h"
#include "tests/unit/crypto/hex.h"

static struct op *
digest_new(CK_MECHANISM_TYPE type)
{
	struct op *op = NULL;

	ck_assert_uint_eq(op_digest_new(mech_lookup(type), NULL, &op), CKR_OK);
	return op;
}

static struct op *
mac_new(enum op_kind kind, CK_MECHANISM_TYPE type, const struct mech_params *p)
{
	struct op *op = NULL;

	ck_assert_uint_eq(
		op_secret_new(kind, mech_lookup(type), p, BYTES_STR("Jefe"), &op),
		CKR_OK);
	return op;
}

START_TEST (digests_of_abc_are_right_again_and_again) {
	const struct hash_vector *v = &hash_vectors[_i];
	struct op *op = digest_new(v->digest);
	struct hex want;
	uint8_t room[64];

	hex(&want, v->abc);
	for (int round = 0; round < 3; round++) {
		struct outbuf out = { room, op->vtable->once_size(op, 3), 0 };

		ck_assert_uint_eq(out.cap, want.v.n);
		ck_assert_uint_eq(
			op->vtable->once(op, BYTES_STR("abc"), BYTES_NONE, &out), CKR_OK);
		expect_bytes(BYTES(room, out.n), want.v);
		ck_assert_uint_eq(op->vtable->rearm(op, NULL), CKR_OK);
	}
	op_free(&op);
}
END_TEST

START_TEST (a_digest_split_or_cloned_anywhere_equals_the_whole) {
	const struct hash_vector *v = &hash_vectors[_i];
	struct op *op = digest_new(v->digest), *copy = NULL;
	uint8_t data[100], whole[64], room[64];
	struct outbuf none = { NULL, 0, 0 };

	memset(data, 'd', sizeof data);
	ck_assert_uint_eq(
		crypto_hash(mech_lookup(v->digest)->digest, BYTES_OF(data), whole),
		CKR_OK);
	for (size_t at = 0; at <= sizeof data; at++) {
		struct outbuf a = { room, sizeof room, 0 };

		ck_assert_uint_eq(op->vtable->rearm(op, NULL), CKR_OK);
		ck_assert_uint_eq(op->vtable->update(op, BYTES(data, at), &none), CKR_OK);
		ck_assert_uint_eq(op->vtable->clone(op, &copy), CKR_OK);
		ck_assert_uint_eq(
			op->vtable->update(op, BYTES_STR("something else"), &none),
			CKR_OK);
		ck_assert_uint_eq(copy->vtable->update(copy,
					  BYTES(data + at, sizeof data - at), &none),
			CKR_OK);
		ck_assert_uint_eq(copy->vtable->final(copy, BYTES_NONE, &a), CKR_OK);
		expect_bytes(BYTES(room, a.n),
			BYTES(whole, digests[mech_lookup(v->digest)->digest].size));
		op_free(&copy);
	}
	op_free(&op);
}
END_TEST

START_TEST (hmacs_are_right_and_checked_again_and_again) {
	const struct hash_vector *v = &hash_vectors[_i];
	struct mech_params p = { .mac_len = 0 };
	struct op *sign = mac_new(OP_SIGN, v->hmac, &p);
	struct op *verify = mac_new(OP_VERIFY, v->hmac, &p);
	struct bytes data = BYTES_STR(JEFE_DATA);
	struct hex want;
	uint8_t room[64];

	hex(&want, v->jefe);
	for (int round = 0; round < 3; round++) {
		struct outbuf out = { room, sign->vtable->once_size(sign, data.n), 0 };
		struct outbuf none = { NULL, 0, 0 };

		ck_assert_uint_eq(
			sign->vtable->once(sign, data, BYTES_NONE, &out), CKR_OK);
		expect_bytes(BYTES(room, out.n), want.v);
		ck_assert_uint_eq(
			verify->vtable->once(verify, data, want.v, &none), CKR_OK);
		ck_assert_uint_eq(sign->vtable->rearm(sign, &p), CKR_OK);
		ck_assert_uint_eq(verify->vtable->rearm(verify, &p), CKR_OK);
		want.room[want.v.n - 1] ^= 1;
		ck_assert_uint_eq(verify->vtable->once(verify, data, want.v, &none),
			CKR_SIGNATURE_INVALID);
		want.room[want.v.n - 1] ^= 1;
		ck_assert_uint_eq(verify->vtable->rearm(verify, &p), CKR_OK);
		ck_assert_uint_eq(verify->vtable->once(verify, data,
					  BYTES(want.v.p, want.v.n - 1), &none),
			CKR_SIGNATURE_LEN_RANGE);
		ck_assert_uint_eq(verify->vtable->rearm(verify, &p), CKR_OK);
	}
	op_free(&sign);
	op_free(&verify);
}
END_TEST

START_TEST (a_shortened_hmac_is_its_beginning) {
	const struct hash_vector *v = &hash_vectors[_i];
	struct bytes data = BYTES_STR(JEFE_DATA);
	struct hex want;

	hex(&want, v->jefe);
	for (uint16_t n = 1; n <= want.v.n; n++) {
		struct mech_params p = { .mac_len = n };
		struct op *op = mac_new(OP_SIGN, v->general, &p);
		uint8_t room[64];
		struct outbuf out = { room, op->vtable->once_size(op, data.n), 0 };

		ck_assert_uint_eq(op->vtable->once(op, data, BYTES_NONE, &out), CKR_OK);
		expect_bytes(BYTES(room, out.n), BYTES(want.v.p, n));
		op_free(&op);
	}
}
END_TEST

START_TEST (an_hmac_split_anywhere_equals_the_whole) {
	struct mech_params p = { .mac_len = 0 };
	struct op *op = mac_new(OP_SIGN, hash_vectors[_i].hmac, &p);
	struct bytes data = BYTES_STR(JEFE_DATA);
	struct hex want;
	uint8_t room[64];

	hex(&want, hash_vectors[_i].jefe);
	for (size_t at = 0; at <= data.n; at++) {
		struct outbuf none = { NULL, 0, 0 }, out = { room, sizeof room, 0 };

		ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
		ck_assert_uint_eq(
			op->vtable->update(op, BYTES(data.p, at), &none), CKR_OK);
		ck_assert_uint_eq(
			op->vtable->update(op, BYTES(data.p + at, data.n - at), &none),
			CKR_OK);
		ck_assert_uint_eq(op->vtable->final(op, BYTES_NONE, &out), CKR_OK);
		expect_bytes(BYTES(room, out.n), want.v);
	}
	op_free(&op);
}
END_TEST

START_TEST (shake_gives_as_much_as_is_asked_for) {
	const struct xof_vector *v = &xof_vectors[_i];
	struct op *op = digest_new(v->digest), *copy = NULL;
	struct bytes in;
	struct outbuf none = { NULL, 0, 0 }, out;
	struct mech_params p = { .mac_len = (uint16_t)(strlen(v->out) / 2) };
	uint8_t room[256];
	struct hex data, want;

	in = hex(&data, v->in);
	hex(&want, v->out);
	for (int round = 0; round < 2; round++) {
		ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
		out = (struct outbuf){ room, op->vtable->once_size(op, in.n), 0 };
		ck_assert_uint_eq(out.cap, want.v.n);
		ck_assert_uint_eq(op->vtable->once(op, in, BYTES_NONE, &out), CKR_OK);
		expect_bytes(BYTES(room, out.n), want.v);
	}
	ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
	ck_assert_uint_eq(op->vtable->update(op, in, &none), CKR_OK);
	ck_assert_uint_eq(op->vtable->clone(op, &copy), CKR_OK);
	out = (struct outbuf){ room, copy->vtable->final_size(copy), 0 };
	ck_assert_uint_eq(copy->vtable->final(copy, BYTES_NONE, &out), CKR_OK);
	expect_bytes(BYTES(room, out.n), want.v);
	op_free(&copy);
	op_free(&op);
}
END_TEST

/* Longer than a block of the digest, and as long, and none at all. */
START_TEST (hmac_keys_of_any_length_are_openssls_own) {
	const struct mech *m = mech_lookup(hash_vectors[_i].hmac);
	const size_t block = digests[m->digest].block, size = digests[m->digest].size;
	const size_t lengths[] = { 0, 1, block - 1, block, block + 1, 300 };
	struct mech_params p = { .mac_len = 0 };
	uint8_t key[300], pad[2][200], hash[64], want[64], room[64];

	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(i * 11 + 1);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		const struct bytes k = BYTES(key, lengths[i]);
		struct outbuf out = { room, sizeof room, 0 };
		struct op *op = NULL;

		/* FIPS 198-1, table 1, by the digest alone */
		memset(pad, 0, sizeof pad);
		if (k.n > block)
			ck_assert_uint_eq(crypto_hash(m->digest, k, pad[0]), CKR_OK);
		else
			memcpy(pad[0], k.p, k.n);
		memcpy(pad[1], pad[0], block);
		for (size_t j = 0; j < block; j++) {
			pad[0][j] ^= 0x36;
			pad[1][j] ^= 0x5c;
		}
		memcpy(pad[0] + block, "message", 7);
		ck_assert_uint_eq(
			crypto_hash(m->digest, BYTES(pad[0], block + 7), hash), CKR_OK);
		memcpy(pad[1] + block, hash, size);
		ck_assert_uint_eq(
			crypto_hash(m->digest, BYTES(pad[1], block + size), want),
			CKR_OK);

		ck_assert_uint_eq(op_secret_new(OP_SIGN, m, &p, k, &op), CKR_OK);
		ck_assert_uint_eq(
			op->vtable->once(op, BYTES_STR("message"), BYTES_NONE, &out),
			CKR_OK);
		expect_bytes(BYTES(room, out.n), BYTES(want, size));
		op_free(&op);
	}
}
END_TEST

START_TEST (kmac_takes_keys_of_4_to_512_bytes) {
	const struct mech *m = mech_lookup(_i == 0 ? CKM_KT_KMAC_128 : CKM_KT_KMAC_256);
	static const uint8_t key[513];
	struct mech_params p = { .mac_len = 256 };
	struct op *op = NULL;

	for (size_t n = 0; n <= sizeof key; n++) {
		CK_RV rv = op_secret_new(OP_SIGN, m, &p, BYTES(key, n), &op);

		ck_assert_uint_eq(rv, n >= 4 && n <= 512 ? CKR_OK : CKR_KEY_SIZE_RANGE);
		op_free(&op);
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &digests_of_abc_are_right_again_and_again, ARRAY_LEN(hash_vectors) },
	{ &a_digest_split_or_cloned_anywhere_equals_the_whole, ARRAY_LEN(hash_vectors) },
	{ &hmacs_are_right_and_checked_again_and_again, ARRAY_LEN(hash_vectors) },
	{ &a_shortened_hmac_is_its_beginning, ARRAY_LEN(hash_vectors) },
	{ &an_hmac_split_anywhere_equals_the_whole, ARRAY_LEN(hash_vectors) },
	{ &shake_gives_as_much_as_is_asked_for, ARRAY_LEN(xof_vectors) },
	{ &hmac_keys_of_any_length_are_openssls_own, ARRAY_LEN(hash_vectors) },
	{ &kmac_takes_keys_of_4_to_512_bytes, 2 },
};
CHECK_MAIN("hash", tests)
