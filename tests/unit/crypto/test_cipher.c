/* SPDX-License-Identifier: Apache-2.0 */
/* AES: FIPS 197, SP 800-38A, and the GCM specification's own test cases. */
#include "crypto/crypto.h"

#include "cryptoki/names.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/cipher_vectors.h"
#include "tests/unit/crypto/hex.h"

static struct mech_params
params_of(const struct mech *m, struct bytes iv, struct bytes aad)
{
	struct mech_params p = { .counter_bits = 128, .tag_bits = 128, .extra = aad };

	if (iv.n != 0)
		memcpy(p.iv, iv.p, iv.n);
	p.iv_len = (uint16_t)iv.n;
	return p;
}

static struct op *
cipher_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key)
{
	struct op *op = NULL;
	CK_RV rv = op_secret_new(kind, m, p, key, &op);

	ck_assert_msg(rv == CKR_OK, "%s: %s", m->name, ckr_name(rv));
	return op;
}

/* The whole message at once, into exactly the room that was asked for. */
static CK_RV
run_once(struct op *op, struct bytes in, uint8_t *to, struct bytes *ret)
{
	struct outbuf out = { to, op->vtable->once_size(op, in.n), 0 };
	CK_RV rv = op->vtable->once(op, in, BYTES_NONE, &out);

	*ret = BYTES(to, out.n);
	return rv;
}

/* In two parts; each into exactly the room that was asked for. */
static CK_RV
run_split(struct op *op, struct bytes in, size_t at, uint8_t *to, struct bytes *ret)
{
	struct bytes parts[2] = { BYTES(in.p, at), BYTES(in.p + at, in.n - at) };
	size_t n = 0;
	CK_RV rv = CKR_OK;

	for (int i = 0; rv == CKR_OK && i < 3; i++) {
		size_t size = i < 2 ? op->vtable->update_size(op, parts[i].n)
				    : op->vtable->final_size(op);
		uint8_t *exact = malloc(size + 1); /* so that a sanitizer sees beyond */
		struct outbuf out = { exact, size, 0 };

		rv = i < 2 ? op->vtable->update(op, parts[i], &out)
			   : op->vtable->final(op, BYTES_NONE, &out);
		ck_assert_uint_le(out.n, size);
		memcpy(to + n, exact, out.n);
		n += out.n;
		free(exact);
	}
	*ret = BYTES(to, n);
	return rv;
}

START_TEST (known_answers_both_ways_again_and_again) {
	const struct cipher_vector *v = &cipher_vectors[_i];
	const struct mech *m = mech_lookup(v->mechanism);
	struct hex key, iv, aad, plain, cipher;
	struct mech_params p = params_of(m, hex(&iv, v->iv), hex(&aad, v->aad));
	struct op *enc, *dec;
	uint8_t room[256];
	struct bytes got;

	hex(&key, v->key);
	hex(&plain, v->plain);
	hex(&cipher, v->cipher);
	enc = cipher_new(OP_ENCRYPT, m, &p, key.v);
	dec = cipher_new(OP_DECRYPT, m, &p, key.v);
	for (int round = 0; round < 3; round++) {
		ck_assert_uint_eq(run_once(enc, plain.v, room, &got), CKR_OK);
		expect_bytes(got, cipher.v);
		ck_assert_uint_eq(run_once(dec, cipher.v, room, &got), CKR_OK);
		expect_bytes(got, plain.v);
		ck_assert_uint_eq(enc->vtable->rearm(enc, &p), CKR_OK);
		ck_assert_uint_eq(dec->vtable->rearm(dec, &p), CKR_OK);
	}
	/* in place */
	memcpy(room, plain.v.p, plain.v.n);
	ck_assert_uint_eq(run_once(enc, BYTES(room, plain.v.n), room, &got), CKR_OK);
	expect_bytes(got, cipher.v);
	ck_assert_uint_eq(run_once(dec, BYTES(room, cipher.v.n), room, &got), CKR_OK);
	expect_bytes(got, plain.v);
	op_free(&enc);
	op_free(&dec);
}
END_TEST

static const CK_MECHANISM_TYPE types[] = { CKM_AES_ECB, CKM_AES_CBC, CKM_AES_CBC_PAD,
	CKM_AES_CTR, CKM_AES_GCM };

static const uint8_t some_key[32] = { 3, 1, 4, 1, 5, 9, 2, 6 };
static const uint8_t some_iv[16] = { 2, 7, 1, 8 };

static struct mech_params
some_params(const struct mech *m)
{
	return params_of(m, BYTES(some_iv, m->algorithm == ALG_GCM ? 12 : 16),
		BYTES_STR("header"));
}

START_TEST (a_message_split_anywhere_equals_the_whole) {
	const struct mech *m = mech_lookup(types[_i]);
	struct mech_params p = some_params(m);
	size_t n = m->block == 16 ? 96 : 100;
	uint8_t plain[100], whole[160], parts[160], back[160];
	struct op *enc = cipher_new(OP_ENCRYPT, m, &p, BYTES_OF(some_key));
	struct op *dec = cipher_new(OP_DECRYPT, m, &p, BYTES_OF(some_key));
	struct bytes want, got;

	for (size_t i = 0; i < n; i++)
		plain[i] = (uint8_t)(i * 7);
	ck_assert_uint_eq(run_once(enc, BYTES(plain, n), whole, &want), CKR_OK);
	for (size_t at = 0; at <= n; at++) {
		ck_assert_uint_eq(enc->vtable->rearm(enc, &p), CKR_OK);
		ck_assert_uint_eq(
			run_split(enc, BYTES(plain, n), at, parts, &got), CKR_OK);
		expect_bytes(got, want);
	}
	for (size_t at = 0; at <= want.n; at++) {
		ck_assert_uint_eq(dec->vtable->rearm(dec, &p), CKR_OK);
		ck_assert_uint_eq(run_split(dec, want, at, back, &got), CKR_OK);
		expect_bytes(got, BYTES(plain, n));
	}
	op_free(&enc);
	op_free(&dec);
}
END_TEST

START_TEST (every_length_pads_and_comes_back) {
	const struct mech *m = mech_lookup(CKM_AES_CBC_PAD);
	struct mech_params p = some_params(m);
	struct op *enc = cipher_new(OP_ENCRYPT, m, &p, BYTES_OF(some_key));
	struct op *dec = cipher_new(OP_DECRYPT, m, &p, BYTES_OF(some_key));
	uint8_t plain[50] = { 0 }, room[80], back[80];
	struct bytes got, again;

	for (size_t n = 0; n <= sizeof plain; n++) {
		ck_assert_uint_eq(enc->vtable->rearm(enc, &p), CKR_OK);
		ck_assert_uint_eq(dec->vtable->rearm(dec, &p), CKR_OK);
		ck_assert_uint_eq(run_once(enc, BYTES(plain, n), room, &got), CKR_OK);
		ck_assert_uint_eq(got.n, n / 16 * 16 + 16);
		ck_assert_uint_eq(run_once(dec, got, back, &again), CKR_OK);
		expect_bytes(again, BYTES(plain, n));
	}
	op_free(&enc);
	op_free(&dec);
}
END_TEST

START_TEST (impossible_lengths_are_refused_whole_and_in_parts) {
	static const struct {
		CK_MECHANISM_TYPE type;
		enum op_kind kind;
		size_t n;
		CK_RV rv;
	} cases[] = {
		{ CKM_AES_ECB, OP_ENCRYPT, 15, CKR_DATA_LEN_RANGE },
		{ CKM_AES_ECB, OP_DECRYPT, 17, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_CBC, OP_ENCRYPT, 1, CKR_DATA_LEN_RANGE },
		{ CKM_AES_CBC, OP_DECRYPT, 31, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_CBC_PAD, OP_DECRYPT, 0, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_CBC_PAD, OP_DECRYPT, 24, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_GCM, OP_DECRYPT, 0, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_GCM, OP_DECRYPT, 15, CKR_ENCRYPTED_DATA_LEN_RANGE },
	};
	uint8_t in[64] = { 0 }, room[128];
	struct bytes got;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct mech *m = mech_lookup(cases[i].type);
		struct mech_params p = some_params(m);
		struct op *op = cipher_new(cases[i].kind, m, &p, BYTES_OF(some_key));

		ck_assert_uint_eq(
			run_once(op, BYTES(in, cases[i].n), room, &got), cases[i].rv);
		ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
		ck_assert_uint_eq(
			run_split(op, BYTES(in, cases[i].n), cases[i].n / 2, room, &got),
			cases[i].rv);
		op_free(&op);
	}
}
END_TEST

/* Each bit of ciphertext, tag and header counts, and nothing comes out. */
START_TEST (a_forged_gcm_message_yields_no_plaintext) {
	const struct mech *m = mech_lookup(CKM_AES_GCM);
	struct mech_params p = some_params(m);
	struct op *enc = cipher_new(OP_ENCRYPT, m, &p, BYTES_OF(some_key));
	struct op *dec = cipher_new(OP_DECRYPT, m, &p, BYTES_OF(some_key));
	uint8_t plain[40], sealed[56], room[56], zero[56] = { 0 };
	struct bytes want, got;

	memset(plain, 0x5a, sizeof plain);
	ck_assert_uint_eq(run_once(enc, BYTES_OF(plain), sealed, &want), CKR_OK);
	for (size_t bit = 0; bit < 8 * want.n; bit += 5) {
		sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
		memset(room, 0, sizeof room);
		ck_assert_uint_eq(dec->vtable->rearm(dec, &p), CKR_OK);
		ck_assert_uint_eq(
			run_once(dec, want, room, &got), CKR_ENCRYPTED_DATA_INVALID);
		ck_assert_mem_eq(room, zero, sizeof room);
		ck_assert_uint_eq(dec->vtable->rearm(dec, &p), CKR_OK);
		ck_assert_uint_eq(run_split(dec, want, bit / 8, room, &got),
			CKR_ENCRYPTED_DATA_INVALID);
		ck_assert_uint_eq(got.n, 0);
		sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	p.extra = BYTES_STR("Header");
	ck_assert_uint_eq(dec->vtable->rearm(dec, &p), CKR_OK);
	ck_assert_uint_eq(run_once(dec, want, room, &got), CKR_ENCRYPTED_DATA_INVALID);
	op_free(&enc);
	op_free(&dec);
}
END_TEST

START_TEST (gcm_takes_ivs_and_tags_of_many_lengths) {
	static const uint16_t ivs[] = { 1, 7, 8, 12, 13, 16, 60, 128 };
	static const uint16_t tags[] = { 32, 64, 96, 104, 112, 120, 128 };
	const struct mech *m = mech_lookup(CKM_AES_GCM);
	struct mech_params p = some_params(m);
	struct op *enc = cipher_new(OP_ENCRYPT, m, &p, BYTES_OF(some_key));
	struct op *dec = cipher_new(OP_DECRYPT, m, &p, BYTES_OF(some_key));
	uint8_t plain[33] = { 1 }, sealed[64], back[64];
	struct bytes got, again;

	for (size_t i = 0; i < ARRAY_LEN(ivs); i++) {
		for (size_t t = 0; t < ARRAY_LEN(tags); t++) {
			p.iv_len = ivs[i];
			p.tag_bits = tags[t];
			ck_assert_uint_eq(enc->vtable->rearm(enc, &p), CKR_OK);
			ck_assert_uint_eq(dec->vtable->rearm(dec, &p), CKR_OK);
			ck_assert_uint_eq(
				run_once(enc, BYTES_OF(plain), sealed, &got), CKR_OK);
			ck_assert_uint_eq(got.n, sizeof plain + tags[t] / 8);
			ck_assert_uint_eq(run_once(dec, got, back, &again), CKR_OK);
			expect_bytes(again, BYTES_OF(plain));
		}
	}
	op_free(&enc);
	op_free(&dec);
}
END_TEST

START_TEST (a_wrong_padding_is_refused) {
	const struct mech *raw = mech_lookup(CKM_AES_CBC);
	const struct mech *padded = mech_lookup(CKM_AES_CBC_PAD);
	static const uint8_t last[] = { 0, 17, 2, 0xff };
	struct mech_params p = some_params(raw);
	uint8_t plain[32], room[32], back[32];
	struct bytes got, again;

	for (size_t i = 0; i < sizeof last; i++) {
		struct op *enc = cipher_new(OP_ENCRYPT, raw, &p, BYTES_OF(some_key));
		struct op *dec = cipher_new(OP_DECRYPT, padded, &p, BYTES_OF(some_key));

		memset(plain, 'x', sizeof plain);
		plain[31] = last[i];
		ck_assert_uint_eq(run_once(enc, BYTES_OF(plain), room, &got), CKR_OK);
		ck_assert_uint_eq(
			run_once(dec, got, back, &again), CKR_ENCRYPTED_DATA_INVALID);
		op_free(&enc);
		op_free(&dec);
	}
}
END_TEST

START_TEST (a_counter_never_wraps_into_the_nonce) {
	static const struct {
		uint8_t bits, ff; /* so many bytes of ff at the end of the block */
		size_t room;      /* bytes that may be encrypted; 4096: at least */
	} cases[] = {
		{ 8, 0, 4096 },
		{ 8, 1, 16 },
		{ 1, 0, 32 },
		{ 16, 2, 16 },
		{ 16, 1, 4096 },
		{ 64, 8, 16 },
		{ 65, 8, 4096 },
		{ 72, 9, 16 },
		{ 96, 12, 16 },
		{ 120, 15, 16 },
		{ 96, 11, 4096 },
		{ 127, 16, 16 },
		{ 128, 16, 4096 },
	};
	const struct mech *m = mech_lookup(CKM_AES_CTR);
	static uint8_t in[4096], room[4096];
	struct bytes got;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct mech_params p = { .iv_len = 16, .counter_bits = cases[i].bits };
		struct op *op;

		memset(p.iv + 16 - cases[i].ff, 0xff, cases[i].ff);
		op = cipher_new(OP_ENCRYPT, m, &p, BYTES_OF(some_key));
		ck_assert_msg(
			run_once(op, BYTES(in, cases[i].room), room, &got) == CKR_OK,
			"row %zu", i);
		ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
		if (cases[i].room < sizeof in) {
			ck_assert_uint_eq(run_split(op, BYTES(in, cases[i].room + 1),
						  cases[i].room, room, &got),
				CKR_DATA_LEN_RANGE);
		}
		op_free(&op);
	}
}
END_TEST

START_TEST (keys_of_other_sizes_and_kinds_are_refused) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct mech_params p = some_params(m);
	struct op *op = NULL;

	for (size_t n = 0; n <= 32; n++) {
		CK_RV rv = op_secret_new(OP_ENCRYPT, m, &p, BYTES(some_key, n), &op);

		ck_assert_uint_eq(
			rv, n == 16 || n == 24 || n == 32 ? CKR_OK : CKR_KEY_SIZE_RANGE);
		op_free(&op);
	}
	ck_assert_uint_ne(op_secret_new(OP_SIGN, m, &p, BYTES_OF(some_key), &op), CKR_OK);
	ck_assert_uint_ne(op_secret_new(OP_ENCRYPT, mech_lookup(CKM_SHA256), &p,
				  BYTES_OF(some_key), &op),
		CKR_OK);
	ck_assert_ptr_null(op);
}
END_TEST

START_TEST (the_library_can_be_put_away_and_taken_up_again) {
	uint8_t hash[64];

	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(
			crypto_hash(DIGEST_SHA256, BYTES_STR("abc"), hash), CKR_OK);
		crypto_cleanup();
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &known_answers_both_ways_again_and_again, ARRAY_LEN(cipher_vectors) },
	{ &a_message_split_anywhere_equals_the_whole, ARRAY_LEN(types) },
	{ &every_length_pads_and_comes_back, 0 },
	{ &impossible_lengths_are_refused_whole_and_in_parts, 0 },
	{ &a_forged_gcm_message_yields_no_plaintext, 0 },
	{ &gcm_takes_ivs_and_tags_of_many_lengths, 0 },
	{ &a_wrong_padding_is_refused, 0 },
	{ &a_counter_never_wraps_into_the_nonce, 0 },
	{ &keys_of_other_sizes_and_kinds_are_refused, 0 },
	{ &the_library_can_be_put_away_and_taken_up_again, 0 },
};
CHECK_MAIN("cipher", tests)
