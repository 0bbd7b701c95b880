/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers of the modes: by OpenSSL, and built from plain modes where they can be. */
#include "crypto/crypto.h"

#include "cryptoki/mech_size.h"
#include "cryptoki/names.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/glued.h"
#include "tests/unit/crypto/hex.h"
#include "tests/unit/crypto/reference.h"
#include "tests/unit/crypto/run_op.h"
#include "tests/unit/crypto/vectors.h"

struct loaded {
	struct hex key, iv, aad, plain, sealed;
	const struct mech *m;
	struct mech_params p;
};

static void
load(const struct mode_vector *v, struct loaded *l)
{
	l->m = mech_lookup_legacy(v->mechanism);
	ck_assert_ptr_nonnull(l->m);
	hex(&l->key, v->key);
	hex(&l->iv, v->iv);
	hex(&l->aad, v->aad);
	hex(&l->plain, v->plain);
	hex(&l->sealed, v->sealed);
	l->p = (struct mech_params){ .iv_len = (uint16_t)l->iv.v.n,
		.tag_bits = (uint16_t)(8 * v->tag),
		.mac_len = (uint16_t)v->tag,
		.data_len = l->plain.v.n,
		.extra = l->aad.v };
	if (l->m->param == PARAM_CTR)
		l->p.counter_bits = 128;
	if (l->m->param == PARAM_CHACHA20)
		l->p.counter_bits = (uint8_t)(8 * v->tag);
	if (l->iv.v.n != 0)
		memcpy(l->p.iv, l->iv.v.p, l->iv.v.n);
}

/* which: 0 as the token does it, else built from plain ones, with and without copies.
 * NULL: not built. */
static struct op *
new_op(struct loaded *l, enum op_kind kind, int which)
{
	static const size_t copy_max[] = { 0, 0, 16384 };
	const struct mech *needs[2];
	struct op *op = NULL;
	CK_RV rv;

	if (which == 0)
		rv = op_secret_new(kind, l->m, &l->p, l->key.v, &op);
	else if (glue_needs(l->m, &l->p, needs) == 0)
		return NULL;
	else
		rv = glued_new(kind, l->m, &l->p, l->key.v, copy_max[which], &op);
	ck_assert_msg(rv == CKR_OK, "%s: %s", l->m->name, ckr_name(rv));
	return op;
}

/* For the next operation; what cannot be re-armed is made anew. */
static void
again(struct op **op, struct loaded *l, int which)
{
	enum op_kind kind = (*op)->kind;

	if ((*op)->vtable->rearm != NULL) {
		ck_assert_uint_eq((*op)->vtable->rearm(*op, &l->p), CKR_OK);
		return;
	}
	op_free(op);
	*op = new_op(l, kind, which);
}

/* Frees op. */
static void
check_both_ways(
	struct op *op, struct loaded *l, int which, struct bytes in, struct bytes want)
{
	uint8_t room[512 + 16];
	struct bytes got;

	for (int round = 0; round < 2; round++) {
		ck_assert_uint_eq(run_whole(op, in, BYTES_NONE, room, &got), CKR_OK);
		expect_bytes(got, want);
		again(&op, l, which);
	}
	ck_assert_uint_eq(run_in_place(op, in, room, &got), CKR_OK);
	expect_bytes(got, want);
	for (size_t at = 0; op->vtable->update != NULL && at <= in.n; at++) {
		again(&op, l, which);
		ck_assert_uint_eq(
			run_parts(op, in, &at, 1, BYTES_NONE, room, &got), CKR_OK);
		expect_bytes(got, want);
	}
	op_free(&op);
}

/* Loop index: vector, and by what. */
START_TEST (ciphers_give_the_known_answers) {
	struct loaded l;
	struct op *op;

	load(&mode_vectors[_i / 3], &l);
	op = new_op(&l, OP_ENCRYPT, _i % 3);
	if (op == NULL)
		return;
	check_both_ways(op, &l, _i % 3, l.plain.v, l.sealed.v);
	op = new_op(&l, OP_DECRYPT, _i % 3);
	check_both_ways(op, &l, _i % 3, l.sealed.v, l.plain.v);
}
END_TEST

START_TEST (macs_give_the_known_answers) {
	struct loaded l;
	struct op *op;
	uint8_t room[64];
	struct bytes got;
	size_t at = 5;

	load(&mac_vectors[_i / 3], &l);
	op = new_op(&l, OP_SIGN, _i % 3);
	if (op == NULL)
		return;
	check_both_ways(op, &l, _i % 3, l.plain.v, l.sealed.v);
	op = new_op(&l, OP_VERIFY, _i % 3);
	for (size_t bit = 0; bit <= 8 * l.sealed.v.n; bit++) {
		bool forged = bit < 8 * l.sealed.v.n;
		CK_RV want = forged ? CKR_SIGNATURE_INVALID : CKR_OK;

		if (forged)
			l.sealed.room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_uint_eq(run_whole(op, l.plain.v, l.sealed.v, room, &got), want);
		again(&op, &l, _i % 3);
		ck_assert_uint_eq(
			run_parts(op, l.plain.v, &at, 1, l.sealed.v, room, &got), want);
		again(&op, &l, _i % 3);
		if (forged)
			l.sealed.room[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	l.sealed.v.n--;
	ck_assert_uint_eq(run_whole(op, l.plain.v, l.sealed.v, room, &got),
		CKR_SIGNATURE_LEN_RANGE);
	op_free(&op);
}
END_TEST

/* GCM of the message as its header, and of nothing else. Loop index: by what. */
START_TEST (gmac_takes_every_iv_and_tag_of_gcm) {
	static const uint16_t ivs[] = { 1, 8, 12, 13, 16, 60, 128 },
			      tags[] = { 32, 64, 96, 104, 112, 120, 128 };
	struct loaded l = { .m = mech_lookup(CKM_AES_GMAC) };
	const struct reference gcm = { .name = "AES-128-GCM", .aead = true };
	uint8_t data[50], want[16], room[16];
	struct op *sign = NULL, *verify = NULL;
	struct mech_params header;
	struct bytes got;
	size_t at = 21;

	l.key.v = BYTES(l.key.room, 16);
	for (size_t i = 0; i < sizeof l.p.iv; i++)
		l.p.iv[i] = (uint8_t)(3 * i + 1);
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(7 * i);
	for (size_t i = 0; i < ARRAY_LEN(ivs) * ARRAY_LEN(tags); i++) {
		const size_t n = tags[i % ARRAY_LEN(tags)] / 8;

		l.p.iv_len = ivs[i / ARRAY_LEN(tags)];
		l.p.tag_bits = (uint16_t)(8 * n);
		header = l.p;
		header.extra = BYTES_OF(data);
		ck_assert_uint_eq(
			reference_encrypt(&gcm, l.key.v, &header, BYTES_NONE, want), n);
		/* the same operations, for one IV and tag after the other */
		if (i == 0)
			sign = new_op(&l, OP_SIGN, _i);
		else
			again(&sign, &l, _i);
		ck_assert_uint_eq(sign->vtable->once_size(sign, sizeof data), n);
		ck_assert_uint_eq(
			run_whole(sign, BYTES_OF(data), BYTES_NONE, room, &got), CKR_OK);
		expect_bytes(got, BYTES(want, n));
		again(&sign, &l, _i);
		ck_assert_uint_eq(
			run_parts(sign, BYTES_OF(data), &at, 1, BYTES_NONE, room, &got),
			CKR_OK);
		expect_bytes(got, BYTES(want, n));
		if (i == 0)
			verify = new_op(&l, OP_VERIFY, _i);
		else
			again(&verify, &l, _i);
		ck_assert_uint_eq(
			run_whole(verify, BYTES_OF(data), BYTES(want, n), room, &got),
			CKR_OK);
		again(&verify, &l, _i);
		ck_assert_uint_eq(
			run_whole(verify, BYTES_OF(data), BYTES(want, n - 1), room, &got),
			CKR_SIGNATURE_LEN_RANGE);
	}
	op_free(&sign);
	op_free(&verify);
}
END_TEST

/* NIST SP 800-38C, example 4: a header so long that its length is written in six bytes. */
/* What is asked for room before it is armed, say. */
static void
check_no_room(struct op *op)
{
	uint8_t room[256];
	const size_t size = op->vtable->once_size(op, 5);
	struct outbuf out = { room, size - 1, 0 };

	ck_assert_uint_ge(size, 1);
	memset(room, 0xa7, sizeof room);
	ck_assert_uint_eq(op->vtable->once(op, BYTES_STR("abcde"), BYTES_NONE, &out),
		CKR_DEVICE_ERROR);
	ck_assert_uint_eq(out.n, 0);
	for (size_t i = size - 1; i < sizeof room; i++)
		ck_assert_uint_eq(room[i], 0xa7);
	op_free(&op);
}

START_TEST (macs_write_nothing_without_room) {
	struct loaded l;
	struct op *op;

	load(&mac_vectors[_i / 3], &l);
	op = new_op(&l, OP_SIGN, _i % 3);
	if (op != NULL)
		check_no_room(op);
}
END_TEST

START_TEST (hmacs_write_nothing_without_room) {
	static const uint8_t key[20] = { 1 };
	const struct mech_params p = { .mac_len = 20 };
	struct op *op = NULL;

	for (size_t i = 0; i < mechs_count; i++) {
		if (mechs[i].algorithm != ALG_HMAC)
			continue;
		ck_assert_uint_eq(
			op_secret_new(OP_SIGN, &mechs[i], &p, BYTES_OF(key), &op),
			CKR_OK);
		check_no_room(op);
	}
}
END_TEST

START_TEST (ccm_takes_a_long_header) {
	static uint8_t aad[65536];
	struct loaded l;
	struct op *op;
	static const struct mode_vector v = { CKM_AES_CCM, K_CCM,
		"101112131415161718191a1b1c", "", 14,
		"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
		"69915dad1e84c6376a68c2967e4dab615ae0fd1faec44cc484828529463ccf72"
		"b4ac6bec93e8598e7f0dadbcea5b" };

	for (size_t i = 0; i < sizeof aad; i++)
		aad[i] = (uint8_t)i;
	load(&v, &l);
	l.p.extra = BYTES_OF(aad);
	op = new_op(&l, OP_ENCRYPT, _i);
	check_both_ways(op, &l, _i, l.plain.v, l.sealed.v);
	op = new_op(&l, OP_DECRYPT, _i);
	check_both_ways(op, &l, _i, l.sealed.v, l.plain.v);
}
END_TEST

struct length_case {
	CK_MECHANISM_TYPE type;
	enum op_kind kind;
	size_t n;
	CK_RV rv;
};

static const struct length_case lengths[] = {
	{ CKM_AES_XTS, OP_ENCRYPT, 15, CKR_DATA_LEN_RANGE },
	{ CKM_AES_XTS, OP_DECRYPT, 0, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_AES_XTS, OP_ENCRYPT, (16u << 20) + 1, CKR_DATA_LEN_RANGE },
	{ CKM_AES_CTS, OP_ENCRYPT, 15, CKR_DATA_LEN_RANGE },
	{ CKM_AES_CTS, OP_ENCRYPT, 0, CKR_DATA_LEN_RANGE },
	{ CKM_AES_CTS, OP_DECRYPT, 15, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_AES_CCM, OP_ENCRYPT, 23, CKR_DATA_LEN_RANGE },
	{ CKM_AES_CCM, OP_ENCRYPT, 25, CKR_DATA_LEN_RANGE },
	{ CKM_AES_CCM, OP_DECRYPT, 24 + 15, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_AES_CCM, OP_DECRYPT, 24 + 17, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_AES_CCM, OP_DECRYPT, 0, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP, OP_ENCRYPT, 8, CKR_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP, OP_ENCRYPT, 0, CKR_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP, OP_ENCRYPT, 20, CKR_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP, OP_DECRYPT, 16, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP, OP_DECRYPT, 25, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP_KWP, OP_ENCRYPT, 0, CKR_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP_KWP, OP_DECRYPT, 8, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP_KWP, OP_DECRYPT, 20, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP_PKCS7, OP_ENCRYPT, 7, CKR_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP_PKCS7, OP_DECRYPT, 16, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_AES_KEY_WRAP_PKCS7, OP_DECRYPT, 25, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_CHACHA20_POLY1305, OP_DECRYPT, 15, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_DES3_ECB, OP_ENCRYPT, 7, CKR_DATA_LEN_RANGE },
	{ CKM_DES3_CBC_PAD, OP_DECRYPT, 12, CKR_ENCRYPTED_DATA_LEN_RANGE },
	{ CKM_DES3_CBC_PAD, OP_DECRYPT, 0, CKR_ENCRYPTED_DATA_LEN_RANGE },
};

START_TEST (impossible_lengths_are_refused_whole_and_in_parts) {
	const struct length_case *c = &lengths[_i / 3];
	static uint8_t in[(16u << 20) + 1], room[(16u << 20) + 64];
	struct loaded l = { .m = mech_lookup_legacy(c->type) };
	size_t half = c->n / 2;
	struct bytes got;
	struct op *op;

	l.key.v = BYTES(l.key.room, l.m->cipher == CIPHER_CHACHA20 ? 32 : l.m->min_key);
	l.key.room[0] = 1;
	l.p = (struct mech_params){
		.iv_len = l.m->iv_bytes, .tag_bits = 128, .data_len = 24
	};
	if (l.m->param == PARAM_CCM || l.m->param == PARAM_CHACHA20_POLY1305)
		l.p.iv_len = 12;
	op = new_op(&l, c->kind, _i % 3);
	if (op == NULL)
		return;
	ck_assert_uint_eq(run_whole(op, BYTES(in, c->n), BYTES_NONE, room, &got), c->rv);
	ck_assert_uint_eq(got.n, 0);
	ck_assert_uint_eq(op->vtable->rearm(op, &l.p), CKR_OK);
	if (op->vtable->update != NULL)
		ck_assert_uint_eq(
			run_parts(op, BYTES(in, c->n), &half, 1, BYTES_NONE, room, &got),
			c->rv);
	op_free(&op);
}
END_TEST

START_TEST (keys_of_wrong_sizes_and_equal_halves_are_refused) {
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_CTS, CKM_AES_CCM, CKM_AES_CMAC,
		CKM_AES_GMAC, CKM_AES_KEY_WRAP, CKM_AES_GCM, CKM_AES_XTS, CKM_DES3_CBC,
		CKM_AES_OFB, CKM_AES_CFB8, CKM_AES_CFB64, CKM_AES_CFB128, CKM_CHACHA20,
		CKM_CHACHA20_POLY1305, CKM_POLY1305 };
	const struct mech *m = mech_lookup_legacy(types[_i]);
	struct mech_params p = { .iv_len = m->iv_bytes, .tag_bits = 128, .data_len = 24 };
	enum op_kind kind = (m->flags & CKF_SIGN) != 0 ? OP_SIGN : OP_ENCRYPT;
	uint8_t key[65] = { 1 };
	struct op *op = NULL;

	if (p.iv_len == 0)
		p.iv_len = m->param == PARAM_NONE ? 0 : 12;
	if (m->param == PARAM_CHACHA20) {
		p.iv_len = 16;
		p.counter_bits = 32;
	}
	for (size_t n = 0; n <= sizeof key; n++) {
		CK_RV rv = op_secret_new(kind, m, &p, BYTES(key, n), &op);
		bool right = n == 16 || n == 24 || n == 32;

		if (types[_i] == CKM_AES_XTS)
			right = n == 32 || n == 64;
		else if (types[_i] == CKM_DES3_CBC)
			right = n == 24;
		else if (m->key_type != CKK_AES)
			right = n == 32;
		ck_assert_uint_eq(rv, right ? CKR_OK : CKR_KEY_SIZE_RANGE);
		op_free(&op);
	}
	if (types[_i] == CKM_AES_XTS) {
		key[0] = 0;
		for (int kinds = OP_ENCRYPT; kinds <= OP_DECRYPT; kinds++)
			ck_assert_uint_eq(op_secret_new((enum op_kind)kinds, m, &p,
						  BYTES(key, 64), &op),
				CKR_KEY_FUNCTION_NOT_PERMITTED);
	}
	ck_assert_uint_eq(op_secret_new(kind == OP_SIGN ? OP_DECRYPT : OP_VERIFY, m, &p,
				  BYTES(key, 32), &op),
		CKR_MECHANISM_INVALID);
}
END_TEST

/* The blocks that the counter is good for, and not a byte more, whole and in parts. */
START_TEST (chacha20s_counter_does_not_wrap) {
	static const struct {
		uint8_t bits, nonce;
	} variants[] = { { 32, 12 }, { 64, 8 }, { 64, 24 } };
	static const uint8_t key[32] = { 1 };
	const struct mech *m = mech_lookup(CKM_CHACHA20);
	struct mech_params p = { .counter_bits = variants[_i].bits,
		.iv_len = (uint16_t)(variants[_i].bits / 8 + variants[_i].nonce) };
	uint8_t in[129] = { 0 }, room[129];
	const size_t half = 70;
	struct bytes got;
	struct op *op = NULL;

	memset(p.iv, 0xff, p.counter_bits / 8u);
	p.iv[0] = 0xfe; /* two blocks */
	ck_assert_uint_eq(op_secret_new(OP_ENCRYPT, m, &p, BYTES_OF(key), &op), CKR_OK);
	ck_assert_uint_eq(run_whole(op, BYTES(in, 128), BYTES_NONE, room, &got), CKR_OK);
	ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
	ck_assert_uint_eq(run_whole(op, BYTES(in, 129), BYTES_NONE, room, &got),
		CKR_DATA_LEN_RANGE);
	ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
	ck_assert_uint_eq(run_parts(op, BYTES(in, 129), &half, 1, BYTES_NONE, room, &got),
		CKR_DATA_LEN_RANGE);
	ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
	ck_assert_uint_eq(
		run_parts(op, BYTES(in, 128), &half, 1, BYTES_NONE, room, &got), CKR_OK);
	op_free(&op);
}
END_TEST

/* Of which a counter of 32 bits would wrap. Loop index: mechanism, direction, by what. */
START_TEST (authenticated_messages_have_their_limit) {
	static const struct {
		CK_MECHANISM_TYPE type;
		uint64_t most;
		uint16_t iv_len;
		int ways;
	} rows[] = { { CKM_AES_GCM, (UINT64_C(1) << 36) - 32, 12, 3 },
		{ CKM_AES_GCM, (UINT64_C(1) << 36) - 32, 200, 1 },
		{ CKM_CHACHA20_POLY1305, (UINT64_C(1) << 38) - 64, 12, 1 },
		{ CKM_CHACHA20_POLY1305, (UINT64_C(1) << 38) - 64, 24, 1 } };
	const enum op_kind kind = _i % 2 == 0 ? OP_ENCRYPT : OP_DECRYPT;
	const CK_RV want =
		kind == OP_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE;
	const uint64_t most = rows[_i / 2].most + (kind == OP_ENCRYPT ? 0 : 16);
	struct loaded l = { .m = mech_lookup(rows[_i / 2].type) };
	uint8_t in[16] = { 0 }, room[16];

	l.p = (struct mech_params){ .iv_len = rows[_i / 2].iv_len, .tag_bits = 128 };
	l.key.v = BYTES(l.key.room, 32);
	ck_assert_uint_eq(mech_most_in(l.m, &l.p, kind), most);
	for (int which = 0; which < rows[_i / 2].ways; which++) {
		struct op *op = new_op(&l, kind, which);
		struct outbuf out = { room, sizeof room, 0 };

		/* nothing of it is looked at */
		ck_assert_uint_eq(
			op->vtable->once(op, BYTES(in, most + 1), BYTES_NONE, &out),
			want);
		ck_assert_uint_eq(out.n, 0);
		for (int round = 0; round < 2; round++) {
			again(&op, &l, which);
			ck_assert_uint_eq(
				op->vtable->update(op, BYTES(in, 7), &out), CKR_OK);
			out.n = 0;
			ck_assert_uint_eq(
				op->vtable->update(op, BYTES(in, most - 6), &out), want);
			ck_assert_uint_eq(out.n, 0);
		}
		op_free(&op);
	}
}
END_TEST

START_TEST (xts_keys_are_checked_when_they_are_made) {
	struct attrs object = ATTRS_INIT, secret = ATTRS_SECRET;
	uint8_t key[64] = { 0 };
	static const struct {
		size_t n, differs_at;
		CK_RV rv;
	} cases[] = {
		{ 64, 63, CKR_OK },
		{ 32, 0, CKR_OK },
		{ 48, 0, CKR_ATTRIBUTE_VALUE_INVALID },
		{ 16, 0, CKR_ATTRIBUTE_VALUE_INVALID },
		{ 32, 32, CKR_ATTRIBUTE_VALUE_INVALID },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		memset(key, 0, sizeof key);
		key[cases[i].differs_at] = 1;
		attrs_free(&object);
		attrs_free(&secret);
		object = ATTRS_INIT;
		secret = ATTRS_SECRET;
		attrs_set_ulong(&object, CKA_CLASS, CKO_SECRET_KEY);
		attrs_set_ulong(&object, CKA_KEY_TYPE, CKK_AES_XTS);
		attrs_set(&secret, CKA_VALUE, BYTES(key, cases[i].n));
		ck_assert_uint_eq(object_complete(&object, &secret), cases[i].rv);
	}
	attrs_free(&object);
	attrs_free(&secret);
}
END_TEST

static const struct check_test tests[] = {
	{ &ciphers_give_the_known_answers, 3 * ARRAY_LEN(mode_vectors) },
	{ &gmac_takes_every_iv_and_tag_of_gcm, 3 },
	{ &macs_give_the_known_answers, 3 * ARRAY_LEN(mac_vectors) },
	{ &macs_write_nothing_without_room, 3 * ARRAY_LEN(mac_vectors) },
	{ &hmacs_write_nothing_without_room, 0 },
	{ &ccm_takes_a_long_header, 3 },
	{ &impossible_lengths_are_refused_whole_and_in_parts, 3 * ARRAY_LEN(lengths) },
	{ &keys_of_wrong_sizes_and_equal_halves_are_refused, 15 },
	{ &chacha20s_counter_does_not_wrap, 3 },
	{ &authenticated_messages_have_their_limit, 8 },
	{ &xts_keys_are_checked_when_they_are_made, 0 },
};
CHECK_MAIN("modes", tests)
