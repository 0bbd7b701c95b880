/* SPDX-License-Identifier: Apache-2.0 */
/* Init and one call with a key that is already set up: no allocation at all. */
#include "crypto/crypto.h"

#include "tests/unit/check_main.h"

static unsigned long allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *
__wrap_malloc(size_t n)
{
	allocations++;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	allocations++;
	return __real_realloc(p, n);
}

struct warm_case {
	CK_MECHANISM_TYPE type;
	enum op_kind kind;
};

static const struct warm_case cases[] = {
	{ CKM_AES_ECB, OP_ENCRYPT },
	{ CKM_AES_CBC, OP_ENCRYPT },
	{ CKM_AES_CBC_PAD, OP_ENCRYPT },
	{ CKM_AES_CTR, OP_DECRYPT },
	{ CKM_AES_GCM, OP_ENCRYPT },
	{ CKM_AES_GCM, OP_DECRYPT },
	{ CKM_AES_CBC_PAD, OP_DECRYPT },
	{ CKM_AES_CTS, OP_ENCRYPT },
	{ CKM_AES_CTS, OP_DECRYPT },
	{ CKM_AES_XTS, OP_ENCRYPT },
	{ CKM_AES_CCM, OP_ENCRYPT },
	{ CKM_AES_OFB, OP_ENCRYPT },
	{ CKM_AES_CFB8, OP_DECRYPT },
	{ CKM_AES_CFB64, OP_ENCRYPT },
	{ CKM_AES_CFB128, OP_ENCRYPT },
	{ CKM_CHACHA20, OP_ENCRYPT },
	{ CKM_CHACHA20_POLY1305, OP_ENCRYPT },
	{ CKM_AES_CMAC, OP_SIGN },
	{ CKM_AES_GMAC, OP_SIGN },
	{ CKM_AES_KEY_WRAP, OP_ENCRYPT },
	{ CKM_AES_KEY_WRAP_KWP, OP_ENCRYPT },
	{ CKM_SHA256_HMAC, OP_SIGN },
	{ CKM_SHA512_HMAC, OP_SIGN },
	{ CKM_SHA256, OP_DIGEST },
	{ CKM_SHA512, OP_DIGEST },
};

static struct op *
new_op(enum op_kind kind, const struct mech *m, const struct mech_params *p)
{
	static const uint8_t key[32] = { 1 };
	struct op *op = NULL;

	if (kind == OP_DIGEST)
		ck_assert_uint_eq(op_digest_new(m, NULL, &op), CKR_OK);
	else
		ck_assert_uint_eq(op_secret_new(kind, m, p, BYTES_OF(key), &op), CKR_OK);
	return op;
}

/* Decryption needs something that can be decrypted. */
static struct bytes
input(enum op_kind kind, const struct mech *m, const struct mech_params *p, uint8_t *room)
{
	struct bytes in = BYTES(memset(room, 0, 64), 64);
	struct outbuf out = { room, 96, 0 };
	struct op *op;

	if (kind != OP_DECRYPT)
		return in;
	op = new_op(OP_ENCRYPT, m, p);
	ck_assert_uint_eq(op->vtable->once(op, in, BYTES_NONE, &out), CKR_OK);
	op_free(&op);
	return BYTES(room, out.n);
}

START_TEST (a_warm_operation_allocates_nothing) {
	const struct mech *m = mech_lookup(cases[_i].type);
	const bool aead = m->param == PARAM_GCM || m->param == PARAM_CCM ||
			  m->param == PARAM_CHACHA20_POLY1305;
	const bool counts = m->param == PARAM_CTR || m->param == PARAM_CHACHA20;
	struct mech_params p = { .iv_len = aead     ? 12
					   : counts ? 16
						    : m->iv_bytes,
		.data_len = 64,
		.counter_bits = m->param == PARAM_CHACHA20 ? 32 : 128,
		.tag_bits = 128,
		.extra = BYTES_STR("header") };
	uint8_t from[96], room[96];
	struct bytes in = input(cases[_i].kind, m, &p, from);
	struct op *op = new_op(cases[_i].kind, m, &p);
	unsigned long before, spent = 0;

	for (int round = 0; round < 10; round++) {
		struct outbuf out = { room, op->vtable->once_size(op, in.n), 0 };
		CK_RV rv;

		before = allocations; /* Check's own assertions allocate */
		rv = op->vtable->rearm(op, &p);
		if (rv == CKR_OK)
			rv = op->vtable->once(op, in, BYTES_NONE, &out);
		if (round > 0)
			spent += allocations - before;
		ck_assert_uint_eq(rv, CKR_OK);
	}
	ck_assert_msg(spent == 0, "%s: %lu", m->name, spent);
	op_free(&op);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_warm_operation_allocates_nothing, ARRAY_LEN(cases) },
};
CHECK_MAIN("warm", tests)
