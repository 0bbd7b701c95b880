/* SPDX-License-Identifier: Apache-2.0 */
/* Built modes against OpenSSL's own, against forgeries, and by what they cost. */
#include "kcapi_backend/glue.h"

#include "cryptoki/names.h"
#include "kcapi_backend/glue_ghash.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/glued.h"
#include "tests/unit/crypto/hex.h"
#include "tests/unit/crypto/reference.h"
#include "tests/unit/crypto/run_op.h"

#define MOST 700u /* bytes of random messages */

struct subject {
	CK_MECHANISM_TYPE type;
	struct reference by[3]; /* for keys of 16, 24 and 32 bytes */
	size_t unit, least;     /* messages: multiples of this, at least that */
};

#define NAMES(suffix, ...)                                                              \
	{                                                                               \
		{ "AES-128-" suffix, __VA_ARGS__ }, { "AES-192-" suffix, __VA_ARGS__ }, \
		{                                                                       \
			"AES-256-" suffix, __VA_ARGS__                                  \
		}                                                                       \
	}

static const struct subject subjects[] = {
	{ CKM_AES_CBC_PAD, NAMES("CBC", false, false, true), 1, 0 },
	{ CKM_AES_CTS, NAMES("CBC-CTS", false, false, false), 1, 16 },
	{ CKM_AES_GCM, NAMES("GCM", true, false, false), 1, 0 },
	{ CKM_AES_CCM, NAMES("CCM", true, true, false), 1, 0 },
	{ CKM_AES_KEY_WRAP, NAMES("WRAP", false, false, true), 8, 16 },
	{ CKM_AES_KEY_WRAP_KWP, NAMES("WRAP-PAD", false, false, true), 1, 1 },
	{ CKM_AES_OFB, NAMES("OFB", false, false, false), 1, 0 },
	{ CKM_AES_CFB8, NAMES("CFB8", false, false, false), 1, 0 },
	{ CKM_AES_CFB128, NAMES("CFB", false, false, false), 1, 0 },
	{ CKM_DES3_CBC_PAD,
		{ { "DES-EDE3-CBC", false, false, true },
			{ "DES-EDE3-CBC", false, false, true },
			{ "DES-EDE3-CBC", false, false, true } },
		1, 0 },
};

static const size_t copies[] = { 0, 64, 16384 };

static uint32_t
noise(uint32_t *x)
{
	*x = *x * 1664525u + 1013904223u;
	return *x >> 8;
}

static void
noise_fill(uint32_t *x, void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (uint8_t)noise(x);
}

struct random_case {
	uint8_t key[32], aad[80], plain[MOST], sealed[MOST + 32];
	struct bytes key_v, plain_v, sealed_v;
	struct mech_params p;
};

/* A message, a parameter and a key of the mechanism, and what OpenSSL makes of it. */
static void
random_case(const struct subject *s, uint32_t *x, struct random_case *c)
{
	const struct mech *m = mech_lookup_legacy(s->type);
	const unsigned size = noise(x) % 3;
	int n;

	noise_fill(x, c, sizeof *c);
	memset(&c->p, 0, sizeof c->p);
	c->key_v = BYTES(c->key, m->cipher == CIPHER_DES3 ? 24 : 16 + 8 * size);
	c->plain_v = BYTES(
		c->plain, noise(x) % (noise(x) % 2 ? 80 : MOST) / s->unit * s->unit);
	if (c->plain_v.n < s->least)
		c->plain_v.n = s->least;
	c->p.iv_len = m->iv_bytes;
	if (m->param == PARAM_IV_OPT && noise(x) % 2)
		c->p.iv_len = 0;
	if (m->param == PARAM_GCM)
		c->p.iv_len = (uint16_t)(noise(x) % 2 ? 12 : 1 + noise(x) % 128);
	if (m->param == PARAM_CCM)
		c->p.iv_len = (uint16_t)(7 + noise(x) % 7);
	c->p.tag_bits = (uint16_t)(m->param == PARAM_CCM ? 32 + 16 * (noise(x) % 7)
							 : 96 + 8 * (noise(x) % 5));
	c->p.data_len = c->plain_v.n;
	c->p.extra = BYTES(c->aad, noise(x) % 3 ? noise(x) % sizeof c->aad : 0);
	noise_fill(x, c->p.iv, c->p.iv_len);
	n = reference_encrypt(&s->by[size], c->key_v, &c->p, c->plain_v, c->sealed);
	ck_assert_msg(n >= 0, "%s of %zu bytes", s->by[size].name, c->plain_v.n);
	c->sealed_v = BYTES(c->sealed, (size_t)n);
}

static struct op *
glued(enum op_kind kind, const struct mech *m, const struct random_case *c,
	size_t copy_max)
{
	struct op *op = NULL;
	CK_RV rv = glued_new(kind, m, &c->p, c->key_v, copy_max, &op);

	ck_assert_msg(rv == CKR_OK, "%s: %s", m->name, ckr_name(rv));
	return op;
}

/* Whole, in place, and in random parts. */
static void
check_random(struct op *op, uint32_t *x, const struct random_case *c, struct bytes in,
	struct bytes want)
{
	uint8_t room[MOST + 64];
	size_t parts[5];
	struct bytes got;

	check_often(run_whole(op, in, BYTES_NONE, room, &got) == CKR_OK);
	expect_bytes(got, want);
	check_often(op->vtable->rearm(op, &c->p) == CKR_OK);
	check_often(run_in_place(op, in, room, &got) == CKR_OK);
	expect_bytes(got, want);
	if (op->vtable->update == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		parts[i] = noise(x) % (noise(x) % 2 ? 20 : 200);
	check_often(op->vtable->rearm(op, &c->p) == CKR_OK);
	check_often(run_parts(op, in, parts, ARRAY_LEN(parts), BYTES_NONE, room, &got) ==
		    CKR_OK);
	expect_bytes(got, want);
}

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

/* --- Forgeries ----------------------------------------------------------------------- */

static const struct subject *
subject_of(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < ARRAY_LEN(subjects); i++)
		if (subjects[i].type == type)
			return &subjects[i];
	ck_abort();
}

START_TEST (nothing_comes_out_of_a_forged_message) {
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_GCM, CKM_AES_CCM,
		CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP };
	const struct mech *m = mech_lookup(types[_i / 2]);
	uint8_t room[MOST + 64], zero[MOST + 64] = { 0 };
	uint32_t x = (uint32_t)_i;
	struct random_case c;
	struct outbuf out;
	struct op *dec;

	do
		random_case(subject_of(types[_i / 2]), &x, &c);
	while (c.plain_v.n < 17 || c.plain_v.n > 70);
	dec = glued(OP_DECRYPT, m, &c, _i % 2 != 0 ? 16384 : 0);
	for (size_t bit = 0; bit < 8 * c.sealed_v.n; bit++) {
		c.sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
		memset(room, 0, sizeof room);
		out = (struct outbuf){ room, dec->vtable->once_size(dec, c.sealed_v.n),
			0 };
		check_often(dec->vtable->once(dec, c.sealed_v, BYTES_NONE, &out) ==
			    CKR_ENCRYPTED_DATA_INVALID);
		check_often(out.n == 0);
		check_often(memcmp(room, zero, sizeof room) == 0);
		check_often(dec->vtable->rearm(dec, &c.p) == CKR_OK);
		c.sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	op_free(&dec);
}
END_TEST

/* KW with KWP's initial value wraps whatever length and padding one likes to claim. */
START_TEST (kwp_believes_no_wrong_length_and_no_wrong_padding) {
	static const struct {
		uint32_t claims;
		uint8_t end[8];
		bool right;
	} cases[] = {
		{ 24, { 1, 2, 3, 4, 5, 6, 7, 8 }, true },
		{ 17, { 1, 0, 0, 0, 0, 0, 0, 0 }, true },
		{ 20, { 1, 2, 3, 4, 0, 0, 0, 0 }, true },
		{ 16, { 0, 0, 0, 0, 0, 0, 0, 0 }, false },
		{ 25, { 0, 0, 0, 0, 0, 0, 0, 0 }, false },
		{ 0, { 0, 0, 0, 0, 0, 0, 0, 0 }, false },
		{ UINT32_MAX, { 0, 0, 0, 0, 0, 0, 0, 0 }, false },
		{ 0x80000014, { 0, 0, 0, 0, 0, 0, 0, 0 }, false },
		{ 20, { 1, 2, 3, 4, 0, 0, 0, 1 }, false },
		{ 20, { 1, 2, 3, 4, 1, 0, 0, 0 }, false },
		{ 17, { 1, 1, 0, 0, 0, 0, 0, 0 }, false },
	};
	static const uint8_t key[16] = { 5 };
	struct mech_params claim = { .iv_len = 8, .iv = { 0xa6, 0x59, 0x59, 0xa6 } };
	struct mech_params none = { .iv_len = 0 };
	uint8_t plain[24] = { 9 }, wrapped[32], back[24];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct op *kw = NULL, *kwp = NULL;
		struct bytes got, again;
		uint32_t be = htobe32(cases[i].claims);

		memcpy(claim.iv + 4, &be, 4);
		memcpy(plain + 16, cases[i].end, 8);
		ck_assert_uint_eq(glued_new(OP_ENCRYPT, mech_lookup(CKM_AES_KEY_WRAP),
					  &claim, BYTES_OF(key), 0, &kw),
			CKR_OK);
		ck_assert_uint_eq(glued_new(OP_DECRYPT, mech_lookup(CKM_AES_KEY_WRAP_KWP),
					  &none, BYTES_OF(key), 0, &kwp),
			CKR_OK);
		ck_assert_uint_eq(
			run_whole(kw, BYTES_OF(plain), BYTES_NONE, wrapped, &got),
			CKR_OK);
		ck_assert_uint_eq(run_whole(kwp, got, BYTES_NONE, back, &again),
			cases[i].right ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID);
		expect_bytes(again, BYTES(plain, cases[i].right ? cases[i].claims : 0));
		op_free(&kw);
		op_free(&kwp);
	}
}
END_TEST

/* Every last byte, before a block that has every right and many wrong paddings. */
START_TEST (unpadding_takes_what_is_right_and_nothing_else) {
	const CK_MECHANISM_TYPE raw = _i == 0 ? CKM_AES_CBC : CKM_DES3_CBC;
	const CK_MECHANISM_TYPE padded = _i == 0 ? CKM_AES_CBC_PAD : CKM_DES3_CBC_PAD;
	const unsigned block = _i == 0 ? 16 : 8;
	static const uint8_t key[24] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct mech_params p = { .iv_len = (uint16_t)block };
	struct op *enc = NULL, *dec = NULL;

	check_often(op_secret_new(OP_ENCRYPT, mech_lookup_legacy(raw), &p, BYTES_OF(key),
			    &enc) == CKR_OK);
	check_often(glued_new(OP_DECRYPT, mech_lookup_legacy(padded), &p, BYTES_OF(key),
			    0, &dec) == CKR_OK);
	for (unsigned last = 0; last < 256; last++) {
		for (unsigned wrong = 0; wrong < block; wrong++) {
			/* wrong: the byte before the last ones that is not as it should */
			uint8_t plain[32], sealed[32], back[32];
			struct bytes got, again;
			bool right = last >= 1 && last <= block &&
				     (wrong == 0 || wrong >= last);
			CK_RV rv;

			memset(plain, (int)last, sizeof plain);
			if (wrong != 0)
				plain[2 * block - 1 - wrong] ^= 0x40;
			check_often(run_whole(enc, BYTES(plain, 2 * block), BYTES_NONE,
					    sealed, &got) == CKR_OK);
			rv = run_whole(dec, got, BYTES_NONE, back, &again);
			check_often(rv == (right ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID));
			expect_bytes(again, BYTES(plain, right ? 2 * block - last : 0));
			check_often(enc->vtable->rearm(enc, &p) == CKR_OK);
			check_often(dec->vtable->rearm(dec, &p) == CKR_OK);
		}
	}
	op_free(&enc);
	op_free(&dec);
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

/* --- What it costs ------------------------------------------------------------------- */

struct cost {
	CK_MECHANISM_TYPE type;
	enum op_kind kind;
	size_t n, copy_max;
	bool in_place;
	unsigned calls;
};

static const struct cost costs[] = {
	{ CKM_AES_CBC_PAD, OP_ENCRYPT, 100, 16384, false, 1 },
	{ CKM_AES_CBC_PAD, OP_ENCRYPT, 100, 0, true, 1 },
	{ CKM_AES_CBC_PAD, OP_ENCRYPT, 100, 0, false, 2 },
	{ CKM_AES_CBC_PAD, OP_DECRYPT, 96, 0, false, 1 },
	{ CKM_AES_CTS, OP_ENCRYPT, 100, 16384, false, 1 },
	{ CKM_AES_CTS, OP_ENCRYPT, 100, 0, false, 2 },
	{ CKM_AES_CTS, OP_DECRYPT, 100, 16384, false, 2 },
	{ CKM_AES_CTS, OP_DECRYPT, 100, 0, true, 2 },
	{ CKM_AES_CTS, OP_DECRYPT, 100, 0, false, 3 },
	{ CKM_AES_CTS, OP_DECRYPT, 96, 0, false, 1 },
	{ CKM_AES_GCM, OP_ENCRYPT, 100, 16384, false, 1 },
	{ CKM_AES_GCM, OP_DECRYPT, 100, 16384, false, 1 },
	{ CKM_AES_GCM, OP_ENCRYPT, 0, 16384, false, 1 },
	{ CKM_AES_GCM, OP_ENCRYPT, 96, 0, false, 2 },
	{ CKM_AES_GCM, OP_ENCRYPT, 100, 0, false, 3 },
	{ CKM_AES_GMAC, OP_SIGN, 100, 0, false, 1 },
	{ CKM_AES_CCM, OP_ENCRYPT, 100, 16384, false, 2 },
	{ CKM_AES_GCM, OP_DECRYPT, 100, 16384, true, 1 },
	{ CKM_AES_GCM, OP_DECRYPT, 96, 0, true, 2 },
	{ CKM_AES_CCM, OP_DECRYPT, 116, 16384, true, 2 },
	{ CKM_AES_KEY_WRAP, OP_ENCRYPT, 32, 0, false, 24 },
	{ CKM_AES_KEY_WRAP, OP_DECRYPT, 40, 0, false, 24 },
	{ CKM_AES_KEY_WRAP_KWP, OP_ENCRYPT, 7, 0, false, 1 },
	{ CKM_AES_KEY_WRAP_KWP, OP_DECRYPT, 16, 0, false, 1 },
	{ CKM_AES_KEY_WRAP, OP_ENCRYPT, 32, 0, true, 24 },
	{ CKM_AES_KEY_WRAP, OP_DECRYPT, 40, 0, true, 24 },
	{ CKM_AES_KEY_WRAP_KWP, OP_ENCRYPT, 7, 0, true, 1 },
	{ CKM_AES_KEY_WRAP_PKCS7, OP_ENCRYPT, 30, 0, false, 24 },
	{ CKM_AES_KEY_WRAP_PKCS7, OP_ENCRYPT, 24, 0, true, 24 },
	{ CKM_AES_KEY_WRAP_PKCS7, OP_DECRYPT, 40, 0, true, 24 },
	{ CKM_AES_OFB, OP_ENCRYPT, 100, 0, false, 1 },
	{ CKM_AES_OFB, OP_DECRYPT, 100, 16384, true, 1 },
	{ CKM_AES_CFB128, OP_ENCRYPT, 100, 0, true, 1 },
	{ CKM_AES_CFB128, OP_DECRYPT, 100, 0, true, 1 },
	{ CKM_AES_CFB8, OP_ENCRYPT, 5, 0, true, 5 },
	{ CKM_AES_CFB8, OP_DECRYPT, 100, 0, false, 1 },
	{ CKM_AES_CFB64, OP_ENCRYPT, 20, 0, false, 3 },
	{ CKM_AES_CFB64, OP_DECRYPT, 100, 0, true, 1 },
};

static struct mech_params
plain_params(const struct mech *m)
{
	struct mech_params p = {
		.iv_len = m->iv_bytes, .tag_bits = 128, .data_len = 100
	};

	if (m->param == PARAM_GCM || m->param == PARAM_CCM)
		p.iv_len = 12;
	return p;
}

START_TEST (plain_calls_are_as_few_as_promised) {
	const struct cost *c = &costs[_i];
	const struct mech *m = mech_lookup(c->type);
	struct mech_params p = plain_params(m);
	static const uint8_t key[32] = { 1 };
	uint8_t in[128] = { 0 }, room[160];
	struct op *op = NULL;
	struct bytes got;

	ck_assert_uint_eq(
		glued_new(c->kind, m, &p, BYTES_OF(key), c->copy_max, &op), CKR_OK);
	for (int round = 0; round < 2; round++) {
		plain_calls = 0;
		ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
		(void)!(c->in_place
				? run_in_place(op, BYTES(in, c->n), room, &got)
				: run_whole(op, BYTES(in, c->n), BYTES_NONE, room, &got));
		ck_assert_uint_eq(plain_calls, c->calls);
	}
	op_free(&op);
}
END_TEST

/* Wherever a plain call fails, nothing is given out, and only what can begin anew
 * elsewhere is told so. */
START_TEST (a_failing_plain_call_is_passed_on) {
	const struct cost *c = &costs[_i];
	const struct mech *m = mech_lookup(c->type);
	struct mech_params p = plain_params(m);
	static const uint8_t key[32] = { 1 };
	uint8_t in[128], room[160];
	struct bytes got;

	memset(in, 0x55, sizeof in);
	for (unsigned at = 1; at <= c->calls; at++) {
		struct op *op = NULL;
		CK_RV rv;

		ck_assert_uint_eq(
			glued_new(c->kind, m, &p, BYTES_OF(key), c->copy_max, &op),
			CKR_OK);
		for (int removed = 0; removed < 2; removed++) {
			plain_failure =
				removed ? CKR_DEVICE_REMOVED : CKR_KEY_HANDLE_INVALID;
			plain_calls = 0;
			plain_fails_at = at;
			rv = c->in_place ? run_in_place(op, BYTES(in, c->n), room, &got)
					 : run_whole(op, BYTES(in, c->n), BYTES_NONE,
						   room, &got);
			plain_fails_at = 0;
			ck_assert_uint_eq(got.n, 0);
			if (!removed)
				ck_assert_uint_eq(rv, CKR_KEY_HANDLE_INVALID);
			else if (at > 1)
				ck_assert_uint_eq(rv, CKR_DEVICE_ERROR);
			else
				ck_assert(rv == CKR_DEVICE_REMOVED ||
					  (rv == CKR_DEVICE_ERROR && c->in_place));
			if (rv == CKR_DEVICE_REMOVED && c->in_place)
				ck_assert_mem_eq(room, in, c->n);
			ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
		}
		op_free(&op);
	}
}
END_TEST

/* What came in parts is in the op: nobody else can go on with it. */
START_TEST (a_loss_between_parts_is_final) {
	const struct mech *m = mech_lookup(_i == 0 ? CKM_AES_CBC_PAD : CKM_AES_GCM);
	struct mech_params p = plain_params(m);
	static const uint8_t key[32] = { 1 };
	const size_t part = 10;
	uint8_t in[12] = { 0 }, room[64] = { 0 };
	struct op *op = NULL;
	struct bytes got;

	ck_assert_uint_eq(
		glued_new(OP_DECRYPT, m, &p, BYTES_OF(key), 16384, &op), CKR_OK);
	plain_failure = CKR_DEVICE_REMOVED;
	plain_calls = 0;
	plain_fails_at = 1;
	ck_assert_uint_ne(
		run_parts(op, BYTES_OF(in), &part, 1, BYTES_NONE, room, &got), CKR_OK);
	ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
	ck_assert_uint_eq(
		run_parts(op, BYTES(room, 48), &part, 1, BYTES_NONE, room, &got),
		CKR_DEVICE_ERROR);
	plain_fails_at = 0;
	op_free(&op);
}
END_TEST

START_TEST (only_what_is_built_is_said_to_be) {
	static const struct {
		CK_MECHANISM_TYPE type, needs[2];
	} cases[] = {
		{ CKM_AES_CBC_PAD, { CKM_AES_CBC } },
		{ CKM_DES3_CBC_PAD, { CKM_DES3_CBC } },
		{ CKM_AES_CTS, { CKM_AES_CBC } },
		{ CKM_AES_GCM, { CKM_AES_CTR, CKM_AES_ECB } },
		{ CKM_AES_GMAC, { CKM_AES_ECB } },
		{ CKM_AES_CCM, { CKM_AES_CTR, CKM_AES_CBC } },
		{ CKM_AES_KEY_WRAP, { CKM_AES_ECB } },
		{ CKM_AES_KEY_WRAP_KWP, { CKM_AES_ECB } },
		{ CKM_AES_KEY_WRAP_PAD, { CKM_AES_ECB } },
		{ CKM_AES_KEY_WRAP_PKCS7, { CKM_AES_ECB } },
		{ CKM_AES_OFB, { CKM_AES_CBC } },
		{ CKM_AES_CFB8, { CKM_AES_ECB } },
		{ CKM_AES_CFB64, { CKM_AES_ECB } },
		{ CKM_AES_CFB128, { CKM_AES_CBC, CKM_AES_ECB } },
	};
	static const uint8_t key[32] = { 1 };
	size_t built = 0;

	for (size_t i = 0; i < mechs_count; i++) {
		const struct mech *m = &mechs[i], *needs[2];
		struct mech_params p = plain_params(m);
		enum op_kind kind = (m->flags & CKF_SIGN) != 0 ? OP_SIGN : OP_ENCRYPT;
		unsigned n = glue_needs(m, &p, needs);
		struct op *op = NULL;
		size_t k = 0;

		if (n == 0) {
			ck_assert_uint_eq(glued_new(kind, m, &p, BYTES_OF(key), 0, &op),
				CKR_MECHANISM_INVALID);
			continue;
		}
		built++;
		while (k < ARRAY_LEN(cases) && cases[k].type != m->type)
			k++;
		ck_assert_msg(k < ARRAY_LEN(cases), "%s", m->name);
		ck_assert_uint_eq(needs[0]->type, cases[k].needs[0]);
		ck_assert_uint_eq(n, cases[k].needs[1] != 0 ? 2 : 1);
		if (n == 2)
			ck_assert_uint_eq(needs[1]->type, cases[k].needs[1]);
		kind = kind == OP_SIGN ? OP_ENCRYPT : OP_SIGN;
		ck_assert_uint_eq(glued_new(kind, m, &p, BYTES_OF(key), 0, &op),
			CKR_MECHANISM_INVALID);
	}
	ck_assert_uint_eq(built, ARRAY_LEN(cases));
}
END_TEST

START_TEST (wrong_parameters_are_refused) {
	static const struct {
		CK_MECHANISM_TYPE type;
		uint16_t iv_len, tag_bits;
		uint64_t data_len;
	} cases[] = {
		{ CKM_AES_CBC_PAD, 8, 0, 0 },
		{ CKM_AES_CTS, 12, 0, 0 },
		{ CKM_AES_GCM, 0, 128, 0 },
		{ CKM_AES_GCM, 12, 24, 0 },
		{ CKM_AES_GCM, 12, 136, 0 },
		{ CKM_AES_GCM, 12, 100, 0 },
		{ CKM_AES_CCM, 6, 128, 0 },
		{ CKM_AES_CCM, 14, 128, 0 },
		{ CKM_AES_CCM, 13, 24, 0 },
		{ CKM_AES_CCM, 13, 120, 0 },
		{ CKM_AES_CCM, 13, 128, 65536 },
		{ CKM_AES_KEY_WRAP, 4, 0, 0 },
		{ CKM_AES_KEY_WRAP_KWP, 8, 0, 0 },
		{ CKM_AES_KEY_WRAP_PKCS7, 4, 0, 0 },
		{ CKM_AES_OFB, 8, 0, 0 },
		{ CKM_AES_CFB8, 12, 0, 0 },
		{ CKM_AES_CFB64, 8, 0, 0 },
		{ CKM_AES_CFB128, 0, 0, 0 },
	};
	static const uint8_t key[32] = { 1 };
	struct op *op = NULL;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct mech_params p = { .iv_len = cases[i].iv_len,
			.tag_bits = cases[i].tag_bits,
			.data_len = cases[i].data_len };

		ck_assert_msg(
			glued_new(OP_ENCRYPT, mech_lookup(cases[i].type), &p,
				BYTES_OF(key), 0, &op) == CKR_MECHANISM_PARAM_INVALID,
			"row %zu", i);
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
	{ &nothing_comes_out_of_a_forged_message, 8 },
	{ &kwp_believes_no_wrong_length_and_no_wrong_padding, 0 },
	{ &unpadding_takes_what_is_right_and_nothing_else, 2 },
	{ &kw_pkcs7_is_kw_of_padded_data, 0 },
	{ &cfb64_is_what_the_standard_says, ARRAY_LEN(copies) },
	{ &feedback_goes_on_over_chunks, 3 },
	{ &plain_calls_are_as_few_as_promised, ARRAY_LEN(costs) },
	{ &a_failing_plain_call_is_passed_on, ARRAY_LEN(costs) },
	{ &a_loss_between_parts_is_final, 2 },
	{ &only_what_is_built_is_said_to_be, 0 },
	{ &wrong_parameters_are_refused, 0 },
};
CHECK_MAIN("glue", tests)
