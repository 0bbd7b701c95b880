/* SPDX-License-Identifier: Apache-2.0 */
/* Built modes against OpenSSL's own, and by what the standard says where it has none. */
#include "kcapi_backend/glue_ghash.h"
#include "tests/unit/crypto/glue_cases.h"

START_TEST (built_modes_are_openssls_own) {
	const struct subject *s = &subjects[_i / 3];
	const struct mech *m = mech_lookup_legacy(s->type);
	uint32_t x = (uint32_t)_i + 1;
	struct random_case c;

	for (int round = 0; round < 500; round++) {
		struct op *enc, *dec;

		random_case(s, &x, &c);
		enc = glued(OP_ENCRYPT, m, &c, copies[_i % 3]);
		dec = glued(OP_DECRYPT, m, &c, copies[_i % 3]);
		check_random(enc, &x, &c, c.plain_v, c.sealed_v);
		check_random(dec, &x, &c, c.sealed_v, c.plain_v);
		op_free(&enc);
		op_free(&dec);
	}
}
END_TEST

/* And the token's own ops, whatever they are made of. */
START_TEST (the_tokens_ops_are_openssls_own) {
	const struct subject *s = &subjects[_i];
	const struct mech *m = mech_lookup_legacy(s->type);
	uint32_t x = (uint32_t)_i + 77;
	struct random_case c;

	for (int round = 0; round < 300; round++) {
		struct op *enc = NULL, *dec = NULL;

		random_case(s, &x, &c);
		ck_assert_uint_eq(
			op_secret_new(OP_ENCRYPT, m, &c.p, c.key_v, &enc), CKR_OK);
		ck_assert_uint_eq(
			op_secret_new(OP_DECRYPT, m, &c.p, c.key_v, &dec), CKR_OK);
		check_random(enc, &x, &c, c.plain_v, c.sealed_v);
		check_random(dec, &x, &c, c.sealed_v, c.plain_v);
		op_free(&enc);
		op_free(&dec);
	}
}
END_TEST

/* Loop index: mode and copies. Two cuts, everywhere. */
START_TEST (a_message_split_anywhere_equals_the_whole) {
	const struct subject *s = &subjects[_i / 3];
	const struct mech *m = mech_lookup_legacy(s->type);
	uint32_t x = (uint32_t)_i + 5;
	uint8_t room[256];
	struct random_case c;
	struct bytes got;
	struct op *enc, *dec;

	do
		random_case(s, &x, &c);
	while (c.plain_v.n < 50 || c.plain_v.n > 79);
	enc = glued(OP_ENCRYPT, m, &c, copies[_i % 3]);
	dec = glued(OP_DECRYPT, m, &c, copies[_i % 3]);
	for (size_t a = 0; enc->vtable->update != NULL && a <= c.sealed_v.n; a++) {
		for (size_t b = 0; a + b <= c.sealed_v.n; b++) {
			const size_t parts[] = { a, b };

			check_often(run_parts(enc, c.plain_v, parts, 2, BYTES_NONE, room,
					    &got) == CKR_OK);
			expect_bytes(got, c.sealed_v);
			check_often(enc->vtable->rearm(enc, &c.p) == CKR_OK);
			check_often(run_parts(dec, c.sealed_v, parts, 2, BYTES_NONE, room,
					    &got) == CKR_OK);
			expect_bytes(got, c.plain_v);
			check_often(dec->vtable->rearm(dec, &c.p) == CKR_OK);
		}
	}
	op_free(&enc);
	op_free(&dec);
}
END_TEST

/* GCM with IVs beyond OpenSSL's, by GHASH bit by bit; through the token's op, which
 * turns into a built one and back. */
START_TEST (gcm_takes_every_iv_length) {
	const struct mech *m = mech_lookup(CKM_AES_GCM);
	static struct random_case c;
	uint8_t room[MOST + 64], want[MOST + 64];
	uint32_t x = 99;
	struct op *enc = NULL, *dec = NULL;
	struct bytes got, again;

	random_case(&subjects[2], &x, &c);
	c.plain_v.n = 61;
	check_often(op_secret_new(OP_ENCRYPT, m, &c.p, c.key_v, &enc) == CKR_OK);
	check_often(op_secret_new(OP_DECRYPT, m, &c.p, c.key_v, &dec) == CKR_OK);
	noise_fill(&x, c.p.iv, sizeof c.p.iv);
	for (unsigned n = 1; n <= 256; n++) {
		size_t at = n % 61;

		c.p.iv_len = (uint16_t)(n % 3 == 0 ? n : 257 - n);
		check_often(enc->vtable->rearm(enc, &c.p) == CKR_OK);
		check_often(dec->vtable->rearm(dec, &c.p) == CKR_OK);
		reference_gcm(c.key_v, &c.p, c.plain_v, want);
		check_often(run_whole(enc, c.plain_v, BYTES_NONE, room, &got) == CKR_OK);
		expect_bytes(got, BYTES(want, 61u + c.p.tag_bits / 8));
		check_often(run_in_place(dec, got, room, &again) == CKR_OK);
		expect_bytes(again, c.plain_v);
		check_often(enc->vtable->rearm(enc, &c.p) == CKR_OK);
		check_often(run_parts(enc, c.plain_v, &at, 1, BYTES_NONE, room, &got) ==
			    CKR_OK);
		expect_bytes(got, BYTES(want, 61u + c.p.tag_bits / 8));
	}
	op_free(&enc);
	op_free(&dec);
}
END_TEST

/* The IV of 16 bytes whose first counter block is j0. */
static void
iv_for(struct bytes key, const uint8_t j0[16], uint8_t iv[16])
{
	uint8_t h[16] = { 0 }, lengths[16];

	reference_block(key, h, h);
	reference_invert(h);
	reference_lengths(lengths, 0, 16);
	memcpy(iv, j0, 16);
	reference_multiply(iv, h);
	for (unsigned i = 0; i < 16; i++)
		iv[i] ^= lengths[i];
	reference_multiply(iv, h);
}

/* Loop index: how many blocks before the wrap it starts. */
START_TEST (gcms_counter_wraps_without_a_carry) {
	static const struct reference gcm = { "AES-128-GCM", true, false, false };
	const struct mech *m = mech_lookup(CKM_AES_GCM);
	struct random_case c;
	uint8_t j0[16], room[160], want[160];
	uint32_t x = 4, low = htobe32(UINT32_MAX - (uint32_t)_i);
	struct bytes got;

	random_case(&subjects[2], &x, &c);
	c.key_v.n = 16;
	memset(j0, 0xff, sizeof j0); /* a carry would run through all of it */
	memcpy(j0 + 12, &low, 4);
	c.p.iv_len = 16;
	c.p.tag_bits = 128;
	iv_for(c.key_v, j0, c.p.iv);
	for (size_t n = 0; n <= 100; n++) {
		for (size_t k = 0; k < ARRAY_LEN(copies); k++) {
			struct op *op = glued(OP_ENCRYPT, m, &c, copies[k]);

			check_often(reference_encrypt(&gcm, c.key_v, &c.p,
					    BYTES(c.plain, n), want) == (int)n + 16);
			check_often(run_whole(op, BYTES(c.plain, n), BYTES_NONE, room,
					    &got) == CKR_OK);
			expect_bytes(got, BYTES(want, n + 16));
			op_free(&op);
		}
	}
}
END_TEST

START_TEST (ghash_is_the_same_with_and_without_the_processors_help) {
	uint32_t x = (uint32_t)_i * 1000 + 3;

	for (int round = 0; round < 200; round++) {
		uint8_t h[16], in[200], a[16], b[16], want[16] = { 0 }, lengths[16];
		size_t n = noise(&x) % sizeof in, at;
		struct ghash one = { .part_n = 0 }, other = { .part_n = 0 };
		struct ghash_key fast, slow;

		noise_fill(&x, h, sizeof h);
		noise_fill(&x, in, sizeof in);
		at = n == 0 ? 0 : noise(&x) % n;
		ghash_key_set(&fast, h, false);
		ghash_key_set(&slow, h, true);
		ghash_feed(&one, &fast, BYTES(in, at));
		ghash_feed(&one, &fast, BYTES(in + at, n - at));
		ghash_feed(&other, &slow, BYTES(in, n));
		ghash_end(&one, &fast, 7, n, a);
		ghash_end(&other, &slow, 7, n, b);
		reference_ghash(want, h, BYTES(in, n));
		reference_lengths(lengths, 7, n);
		reference_ghash(want, h, BYTES_OF(lengths));
		check_often(memcmp(a, want, 16) == 0);
		check_often(memcmp(b, want, 16) == 0);
	}
}
END_TEST

/* --- What OpenSSL does not have ------------------------------------------------------- */

/* KW of what is padded by hand, back too; and of what is padded wrongly. */
START_TEST (kw_pkcs7_is_kw_of_padded_data) {
	const struct mech *kw = mech_lookup(CKM_AES_KEY_WRAP);
	const struct mech *padded = mech_lookup(CKM_AES_KEY_WRAP_PKCS7);
	static const uint8_t key[24] = { 5 };
	struct mech_params p = { .iv_len = 0 };
	uint8_t plain[40], sealed[56], expected[56], back[48];
	struct op *reference, *enc = NULL, *dec = NULL;
	struct bytes got, want, again;

	memset(plain, 0x33, sizeof plain);
	ck_assert_uint_eq(
		op_secret_new(OP_ENCRYPT, kw, &p, BYTES_OF(key), &reference), CKR_OK);
	ck_assert_uint_eq(
		glued_new(OP_ENCRYPT, padded, &p, BYTES_OF(key), 0, &enc), CKR_OK);
	ck_assert_uint_eq(
		glued_new(OP_DECRYPT, padded, &p, BYTES_OF(key), 0, &dec), CKR_OK);
	for (size_t n = 8; n <= 32; n++) {
		const size_t pad = 8 - n % 8;

		for (unsigned wrong = 0; wrong <= 2 * pad; wrong++) {
			/* each byte of it in turn, by a bit, and its length by 1 */
			memset(plain, 0x33, n);
			memset(plain + n, (int)pad, pad);
			if (wrong >= 1 && wrong <= pad)
				plain[n + wrong - 1] ^= 0x80;
			else if (wrong > pad && wrong < 2 * pad)
				plain[n + wrong - pad - 1] += 1;
			else if (wrong != 0)
				memset(plain + n, pad == 8 ? 9 : 0, pad);
			check_often(run_whole(reference, BYTES(plain, n + pad),
					    BYTES_NONE, expected, &want) == CKR_OK);
			check_often(run_whole(dec, want, BYTES_NONE, back, &again) ==
				    (wrong == 0 ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID));
			expect_bytes(again, BYTES(plain, wrong == 0 ? n : 0));
			if (wrong != 0)
				continue;
			check_often(run_whole(enc, BYTES(plain, n), BYTES_NONE, sealed,
					    &got) == CKR_OK);
			expect_bytes(got, want);
			check_often(run_in_place(enc, BYTES(plain, n), sealed, &got) ==
				    CKR_OK);
			expect_bytes(got, want);
		}
	}
	op_free(&reference);
	op_free(&enc);
	op_free(&dec);
}
END_TEST

/* SP 800-38A, 6.3, word for word: segments of 8 bytes. */
static void
reference_cfb64(struct bytes key, const uint8_t iv[16], struct bytes in, uint8_t *out)
{
	uint8_t input[16], block[16];

	memcpy(input, iv, 16);
	for (size_t at = 0; at < in.n; at += 8) {
		reference_block(key, input, block);
		memmove(input, input + 8, 8);
		for (size_t i = 0; i < 8 && at + i < in.n; i++) {
			out[at + i] = in.p[at + i] ^ block[i];
			input[8 + i] = out[at + i];
		}
	}
}

START_TEST (cfb64_is_what_the_standard_says) {
	const struct mech *m = mech_lookup(CKM_AES_CFB64);
	uint32_t x = (uint32_t)_i + 9;
	struct random_case c;

	for (int round = 0; round < 100; round++) {
		struct op *enc, *dec;

		noise_fill(&x, &c, sizeof c);
		memset(&c.p, 0, sizeof c.p);
		noise_fill(&x, c.p.iv, 16);
		c.p.iv_len = 16;
		c.key_v = BYTES(c.key, 16 + 8 * (noise(&x) % 3));
		c.plain_v = BYTES(c.plain, noise(&x) % (round % 2 ? 50 : MOST));
		reference_cfb64(c.key_v, c.p.iv, c.plain_v, c.sealed);
		c.sealed_v = BYTES(c.sealed, c.plain_v.n);
		enc = glued(OP_ENCRYPT, m, &c, copies[_i]);
		dec = glued(OP_DECRYPT, m, &c, copies[_i]);
		check_random(enc, &x, &c, c.plain_v, c.sealed_v);
		check_random(dec, &x, &c, c.sealed_v, c.plain_v);
		op_free(&enc);
		op_free(&dec);
	}
}
END_TEST

/* More than one plain call takes, in place and apart. */
START_TEST (feedback_goes_on_over_chunks) {
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_OFB, CKM_AES_CFB8,
		CKM_AES_CFB128 };
	static const char *const names[] = { "AES-192-OFB", "AES-192-CFB8",
		"AES-192-CFB" };
	static uint8_t plain[2 * GLUE_CHUNK + 77], sealed[sizeof plain],
		room[sizeof plain];
	const struct reference r = { .name = names[_i] };
	const struct mech *m = mech_lookup(types[_i]);
	/* a call for each byte that CFB8 encrypts is slow enough */
	const size_t n = _i == 1 ? GLUE_CHUNK / 8 + 5 : sizeof plain;
	struct mech_params p = { .iv_len = 16, .iv = { 9 } };
	uint8_t key[24] = { 3 };
	uint32_t x = 1;
	struct bytes got;

	noise_fill(&x, plain, n);
	ck_assert_int_eq(
		reference_encrypt(&r, BYTES_OF(key), &p, BYTES(plain, n), sealed), n);
	for (int kind = OP_ENCRYPT; kind <= OP_DECRYPT; kind++) {
		const uint8_t *from = kind == OP_ENCRYPT ? plain : sealed;
		const uint8_t *to = kind == OP_ENCRYPT ? sealed : plain;
		struct op *op = NULL;

		ck_assert_uint_eq(
			glued_new((enum op_kind)kind, m, &p, BYTES_OF(key), 0, &op),
			CKR_OK);
		ck_assert_uint_eq(
			run_whole(op, BYTES(from, n), BYTES_NONE, room, &got), CKR_OK);
		expect_bytes(got, BYTES(to, n));
		ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
		ck_assert_uint_eq(run_in_place(op, BYTES(from, n), room, &got), CKR_OK);
		expect_bytes(got, BYTES(to, n));
		op_free(&op);
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &built_modes_are_openssls_own, 3 * ARRAY_LEN(subjects) },
	{ &the_tokens_ops_are_openssls_own, ARRAY_LEN(subjects) },
	{ &a_message_split_anywhere_equals_the_whole, 3 * ARRAY_LEN(subjects) },
	{ &gcm_takes_every_iv_length, 0 },
	{ &gcms_counter_wraps_without_a_carry, 8 },
	{ &ghash_is_the_same_with_and_without_the_processors_help, 3 },
	{ &kw_pkcs7_is_kw_of_padded_data, 0 },
	{ &cfb64_is_what_the_standard_says, ARRAY_LEN(copies) },
	{ &feedback_goes_on_over_chunks, 3 },
};

CHECK_MAIN("glue", tests)
