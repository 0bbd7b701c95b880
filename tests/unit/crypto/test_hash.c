/* SPDX-License-Identifier: Apache-2.0 */
/* Digests and HMACs: "abc" of FIPS 180-4 and 202, RFC 4231's second case. */
#include "crypto/crypto.h"

#include "tests/unit/check_main.h"
#include "tests/unit/crypto/hex.h"

struct vector {
	CK_MECHANISM_TYPE digest, hmac, general;
	const char *abc, *jefe;
};

/* clang-format off */
static const struct vector vectors[] = {
	{ CKM_SHA_1, CKM_SHA_1_HMAC, CKM_SHA_1_HMAC_GENERAL,
		"a9993e364706816aba3e25717850c26c9cd0d89d",
		"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ CKM_SHA224, CKM_SHA224_HMAC, CKM_SHA224_HMAC_GENERAL,
		"23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
		"a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44" },
	{ CKM_SHA256, CKM_SHA256_HMAC, CKM_SHA256_HMAC_GENERAL,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ CKM_SHA384, CKM_SHA384_HMAC, CKM_SHA384_HMAC_GENERAL,
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649" },
	{ CKM_SHA512, CKM_SHA512_HMAC, CKM_SHA512_HMAC_GENERAL,
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
	{ CKM_SHA512_224, CKM_SHA512_224_HMAC, CKM_SHA512_224_HMAC_GENERAL,
		"4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
		"4a530b31a79ebcce36916546317c45f247d83241dfb818fd37254bde" },
	{ CKM_SHA512_256, CKM_SHA512_256_HMAC, CKM_SHA512_256_HMAC_GENERAL,
		"53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
		"6df7b24630d5ccb2ee335407081a87188c221489768fa2020513b2d593359456" },
	{ CKM_SHA3_224, CKM_SHA3_224_HMAC, CKM_SHA3_224_HMAC_GENERAL,
		"e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
		"7fdb8dd88bd2f60d1b798634ad386811c2cfc85bfaf5d52bbace5e66" },
	{ CKM_SHA3_256, CKM_SHA3_256_HMAC, CKM_SHA3_256_HMAC_GENERAL,
		"3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
		"c7d4072e788877ae3596bbb0da73b887c9171f93095b294ae857fbe2645e1ba5" },
	{ CKM_SHA3_384, CKM_SHA3_384_HMAC, CKM_SHA3_384_HMAC_GENERAL,
		"ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
		"f1101f8cbf9766fd6764d2ed61903f21ca9b18f57cf3e1a23ca13508a93243ce48c045dc007f26a21b3f5e0e9df4c20a" },
	{ CKM_SHA3_512, CKM_SHA3_512_HMAC, CKM_SHA3_512_HMAC_GENERAL,
		"b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
		"5a4bfeab6166427c7a3647b747292b8384537cdb89afb3bf5665e4c5e709350b287baec921fd7ca0ee7a0c31d022a95e1fc92ba9d77df883960275beb4e62024" },
};
/* clang-format on */

#define JEFE_DATA "what do ya want for nothing?"

static struct op *
digest_new(CK_MECHANISM_TYPE type)
{
	struct op *op = NULL;

	ck_assert_uint_eq(op_digest_new(mech_lookup(type), &op), CKR_OK);
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
	const struct vector *v = &vectors[_i];
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
	const struct vector *v = &vectors[_i];
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
	const struct vector *v = &vectors[_i];
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
	const struct vector *v = &vectors[_i];
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
	struct op *op = mac_new(OP_SIGN, vectors[_i].hmac, &p);
	struct bytes data = BYTES_STR(JEFE_DATA);
	struct hex want;
	uint8_t room[64];

	hex(&want, vectors[_i].jefe);
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

static const struct check_test tests[] = {
	{ &digests_of_abc_are_right_again_and_again, ARRAY_LEN(vectors) },
	{ &a_digest_split_or_cloned_anywhere_equals_the_whole, ARRAY_LEN(vectors) },
	{ &hmacs_are_right_and_checked_again_and_again, ARRAY_LEN(vectors) },
	{ &a_shortened_hmac_is_its_beginning, ARRAY_LEN(vectors) },
	{ &an_hmac_split_anywhere_equals_the_whole, ARRAY_LEN(vectors) },
};
CHECK_MAIN("hash", tests)
