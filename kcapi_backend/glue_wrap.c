/* SPDX-License-Identifier: Apache-2.0 */
/* Key wrapping, RFC 3394 and, of any length, RFC 5649 (NIST SP 800-38F). */
#include "kcapi_backend/glue_op.h"

#define HALF 8u
#define MOST_IN (UINT64_C(1) << 31) /* bytes; the step counter stays below 2^32 */

/* RFC 3394, 2.2.3.1; RFC 5649, 3 */
static const uint8_t kw_iv[HALF] = { 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6 };
static const uint8_t kwp_iv[HALF / 2] = { 0xa6, 0x59, 0x59, 0xa6 };

static CK_RV
iv_set(struct glue_op *g, const struct mech_params *p, struct bytes usual)
{
	if (p->iv_len != 0 && p->iv_len != usual.n)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(g->iv, p->iv_len != 0 ? p->iv : usual.p, usual.n);
	g->most = MOST_IN;
	return CKR_OK;
}

static void
add_step(uint8_t half[HALF], uint32_t step)
{
	for (size_t i = 0; i < 4; i++)
		half[HALF - 1 - i] ^= (uint8_t)(step >> 8 * i);
}

/* p: a half that is the initial value, and n of the data; in place. */
static CK_RV
wrap(struct glue_op *g, uint8_t *p, size_t n)
{
	uint8_t block[2 * HALF];
	uint32_t step = 0;
	CK_RV rv = CKR_OK;

	if (n == 1)
		return glue_call(g, 0, NULL, BYTES(p, 2 * HALF), p);
	memcpy(block, p, HALF);
	for (int round = 0; round < 6; round++) {
		for (size_t i = 1; rv == CKR_OK && i <= n; i++) {
			memcpy(block + HALF, p + HALF * i, HALF);
			rv = glue_call(g, 0, NULL, BYTES_OF(block), block);
			add_step(block, ++step);
			memcpy(p + HALF * i, block + HALF, HALF);
		}
	}
	memcpy(p, block, HALF);
	wipe(block, sizeof block);
	return rv;
}

/* And back: the initial value to first, the data to p, which begins with its first half. */
static CK_RV
unwrap(struct glue_op *g, uint8_t first[HALF], uint8_t *p, size_t n)
{
	uint8_t block[2 * HALF];
	uint32_t step = (uint32_t)(6 * n);
	CK_RV rv = CKR_OK;

	memcpy(block, first, HALF);
	if (n == 1) {
		memcpy(block + HALF, p, HALF);
		rv = glue_call(g, 0, NULL, BYTES_OF(block), block);
		memcpy(p, block + HALF, HALF);
	}
	for (int round = 0; n > 1 && round < 6; round++) {
		for (size_t i = n; rv == CKR_OK && i >= 1; i--) {
			memcpy(block + HALF, p + HALF * (i - 1), HALF);
			add_step(block, step--);
			rv = glue_call(g, 0, NULL, BYTES_OF(block), block);
			memcpy(p + HALF * (i - 1), block + HALF, HALF);
		}
	}
	memcpy(first, block, HALF);
	wipe(block, sizeof block);
	return rv;
}

/* Ciphertext to the value before the data and, in out, the data. */
static CK_RV
unwrap_to(struct glue_op *g, struct bytes in, uint8_t first[HALF], struct outbuf *out)
{
	const size_t n = in.n / HALF - 1;

	memcpy(first, in.p, HALF);
	if (glue_in_place(in, out))
		g->began = true;
	memmove(out->p, in.p + HALF, HALF * n);
	return unwrap(g, first, out->p, n);
}

/* Nothing stays unless it is right. */
static CK_RV
give(struct outbuf *out, size_t room, size_t n, bool right)
{
	if (right) {
		wipe(out->p + n, room - n);
		out->n = n;
		return CKR_OK;
	}
	wipe(out->p, room);
	return CKR_ENCRYPTED_DATA_INVALID;
}

/* --- KW -------------------------------------------------------------------------------- */

static CK_RV
kw_rearm(struct glue_op *g, const struct mech_params *p)
{
	return iv_set(g, p, BYTES_OF(kw_iv));
}

static CK_RV
kw_end(struct glue_op *g, struct bytes in, struct bytes signature, struct outbuf *out)
{
	const bool encrypts = g->op.kind == OP_ENCRYPT;
	uint8_t first[HALF];
	CK_RV rv;

	if (in.n % HALF != 0 || in.n < (encrypts ? 2 : 3) * HALF)
		return glue_length_error(g);
	if (encrypts) {
		glue_move(g, out->p + HALF, in, out);
		memcpy(out->p, g->iv, HALF);
		rv = wrap(g, out->p, in.n / HALF);
		out->n = in.n + HALF;
	} else {
		rv = unwrap_to(g, in, first, out);
		if (rv == CKR_OK)
			rv = give(out, in.n - HALF, in.n - HALF,
				bytes_equal_secret(
					BYTES(first, HALF), BYTES(g->iv, HALF)));
	}
	return rv;
}

const struct glue_mode glue_kw = {
	.needs = { ALG_ECB },
	.rearm = kw_rearm,
	.end = kw_end,
	.single = true,
};

/* --- KW of padded data ------------------------------------------------------------------ */

/* PKCS #7's padding, to halves. What is wrapped has two at least (SP 800-38F, 5.3.1). */
static CK_RV
kw_pkcs7_wrap(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	const size_t pad = HALF - in.n % HALF, padded = in.n + pad;

	if (padded < 2 * HALF)
		return CKR_DATA_LEN_RANGE;
	glue_move(g, out->p + HALF, in, out);
	memset(out->p + HALF + in.n, (int)pad, pad);
	memcpy(out->p, g->iv, HALF);
	out->n = HALF + padded;
	return wrap(g, out->p, padded / HALF);
}

/* All of it looked at, whatever is wrong. */
static bool
kw_pkcs7_is_right(
	const struct glue_op *g, const uint8_t first[HALF], const uint8_t *p, size_t room)
{
	const uint32_t pad = p[room - 1];
	uint32_t wrong = ((pad - 1) | (HALF - pad)) >> 31; /* 1 to HALF */

	for (size_t i = 0; i < HALF; i++)
		wrong |= (uint32_t)(first[i] ^ g->iv[i]);
	for (uint32_t i = 0; i < HALF; i++) {
		/* all ones where i < pad */
		uint32_t is_pad = 0u - ((i - pad) >> 31);

		wrong |= is_pad & (p[room - 1 - i] ^ pad);
	}
	return wrong == 0;
}

static CK_RV
kw_pkcs7_end(
	struct glue_op *g, struct bytes in, struct bytes signature, struct outbuf *out)
{
	uint8_t first[HALF];
	size_t room;
	bool right;
	CK_RV rv;

	if (g->op.kind == OP_ENCRYPT)
		return kw_pkcs7_wrap(g, in, out);
	if (in.n % HALF != 0 || in.n < 3 * HALF)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	rv = unwrap_to(g, in, first, out);
	if (rv != CKR_OK)
		return rv;
	room = in.n - HALF;
	right = kw_pkcs7_is_right(g, first, out->p, room);
	return give(out, room, right ? room - out->p[room - 1] : 0, right);
}

const struct glue_mode glue_kw_pkcs7 = {
	.needs = { ALG_ECB },
	.rearm = kw_rearm,
	.end = kw_pkcs7_end,
	.single = true,
};

/* --- KWP ------------------------------------------------------------------------------- */

static CK_RV
kwp_rearm(struct glue_op *g, const struct mech_params *p)
{
	return iv_set(g, p, BYTES_OF(kwp_iv));
}

static CK_RV
kwp_wrap(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	const size_t padded = (in.n + HALF - 1) / HALF * HALF;

	glue_move(g, out->p + HALF, in, out);
	memset(out->p + HALF + in.n, 0, padded - in.n);
	memcpy(out->p, g->iv, HALF / 2);
	for (size_t i = 0; i < HALF / 2; i++)
		out->p[HALF / 2 + i] = (uint8_t)((uint32_t)in.n >> 8 * (3 - i));
	out->n = HALF + padded;
	return wrap(g, out->p, padded / HALF);
}

/* The constant, a length that ends in the last half, and zeroes after it; all of it
 * looked at, whatever is wrong. */
static bool
kwp_is_right(const struct glue_op *g, const uint8_t first[HALF], const uint8_t *p,
	size_t room, size_t *ret_n)
{
	uint32_t n = 0, pad, wrong = 0;

	for (size_t i = 0; i < HALF / 2; i++) {
		wrong |= (uint32_t)(first[i] ^ g->iv[i]);
		n = n << 8 | first[HALF / 2 + i];
	}
	pad = (uint32_t)room - n; /* 0 to 7 when right */
	wrong |= pad & ~(uint32_t)(HALF - 1);
	for (uint32_t i = 0; i < HALF; i++) {
		/* all ones where i < pad, both below 2^31 when it counts */
		uint32_t is_pad = 0u - ((i - (pad & (HALF - 1))) >> 31);

		wrong |= is_pad & p[room - 1 - i];
	}
	*ret_n = n;
	return wrong == 0;
}

static CK_RV
kwp_end(struct glue_op *g, struct bytes in, struct bytes signature, struct outbuf *out)
{
	uint8_t first[HALF];
	size_t n = 0;
	bool right;
	CK_RV rv;

	if (g->op.kind == OP_ENCRYPT)
		return in.n != 0 ? kwp_wrap(g, in, out) : CKR_DATA_LEN_RANGE;
	if (in.n % HALF != 0 || in.n < 2 * HALF)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	rv = unwrap_to(g, in, first, out);
	if (rv != CKR_OK)
		return rv;
	right = kwp_is_right(g, first, out->p, in.n - HALF, &n);
	return give(out, in.n - HALF, n, right);
}

const struct glue_mode glue_kwp = {
	.needs = { ALG_ECB },
	.rearm = kwp_rearm,
	.end = kwp_end,
	.single = true,
};
