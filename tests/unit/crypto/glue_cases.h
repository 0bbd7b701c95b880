/* SPDX-License-Identifier: Apache-2.0 */
/* Random messages in the modes that are built, and what OpenSSL makes of them. */
#pragma once

#include "cryptoki/names.h"
#include "kcapi_backend/glue.h"
#include "tests/unit/check_main.h"
#include "tests/unit/check_often.h"
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

static inline uint32_t
noise(uint32_t *x)
{
	*x = *x * 1664525u + 1013904223u;
	return *x >> 8;
}

static inline void
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
static inline void
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

static inline struct op *
glued(enum op_kind kind, const struct mech *m, const struct random_case *c,
	size_t copy_max)
{
	struct op *op = NULL;
	CK_RV rv = glued_new(kind, m, &c->p, c->key_v, copy_max, &op);

	ck_assert_msg(rv == CKR_OK, "%s: %s", m->name, ckr_name(rv));
	return op;
}

/* Whole, in place, and in random parts. */
static inline void
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
