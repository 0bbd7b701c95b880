/* SPDX-License-Identifier: Apache-2.0 */
/* Built modes by what they cost: calls of the plainer ones; and when those fail. */
#include "kcapi_backend/glue.h"

#include "cryptoki/names.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/glued.h"
#include "tests/unit/crypto/hex.h"
#include "tests/unit/crypto/run_op.h"

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
	{ &plain_calls_are_as_few_as_promised, ARRAY_LEN(costs) },
	{ &a_failing_plain_call_is_passed_on, ARRAY_LEN(costs) },
	{ &a_loss_between_parts_is_final, 2 },
	{ &only_what_is_built_is_said_to_be, 0 },
	{ &wrong_parameters_are_refused, 0 },
};

CHECK_MAIN("glue_cost", tests)
