/* SPDX-License-Identifier: Apache-2.0 */
/* Built modes against forgeries. */
#include "tests/unit/crypto/glue_cases.h"

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

static const struct check_test tests[] = {
	{ &nothing_comes_out_of_a_forged_message, 8 },
	{ &kwp_believes_no_wrong_length_and_no_wrong_padding, 0 },
	{ &unpadding_takes_what_is_right_and_nothing_else, 2 },
};

CHECK_MAIN("glue_forged", tests)
