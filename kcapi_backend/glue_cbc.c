/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CBC with padding (PKCS#7) and with ciphertext stealing (CS1 of the addendum to NIST
 * SP 800-38A: the part of a block comes before the last whole one).
 */
#include "kcapi_backend/glue_op.h"

static size_t
block_of(const struct glue_op *g)
{
	return g->iv_len;
}

static CK_RV
cbc_rearm(struct glue_op *g, const struct mech_params *p)
{
	const size_t block = ciphers[g->op.mech->cipher].block;

	if (p->iv_len != block)
		return CKR_MECHANISM_PARAM_INVALID;
	g->iv_len = block;
	memcpy(g->chain, p->iv, block);
	return CKR_OK;
}

/* Whole blocks, from the chain on; in place or apart. */
static CK_RV
cbc_run(struct glue_op *g, struct bytes in, uint8_t *out)
{
	const size_t block = block_of(g);
	uint8_t last[BLOCK];
	CK_RV rv;

	if (in.n == 0)
		return CKR_OK;
	memcpy(last, in.p + in.n - block, block);
	rv = glue_call(g, 0, g->chain, in, out);
	if (rv == CKR_OK)
		memcpy(g->chain, g->op.kind == OP_ENCRYPT ? out + in.n - block : last,
			block);
	wipe(last, sizeof last);
	return rv;
}

/* The first n bytes of what waits and in, n more than what waits. */
static CK_RV
cbc_joined(struct glue_op *g, struct bytes in, size_t n, struct outbuf *out)
{
	const size_t held = g->wait_n, block = block_of(g);
	const size_t first = (held + block - 1) / block * block;
	CK_RV rv;

	if (glue_in_place(in, out) || n <= g->copy_max) {
		glue_move(g, out->p + held, BYTES(in.p, n - held), out);
		memcpy(out->p, g->wait, held);
		return cbc_run(g, BYTES(out->p, n), out->p);
	}
	memcpy(g->wait + held, in.p, first - held);
	rv = cbc_run(g, BYTES(g->wait, first), out->p);
	if (rv != CKR_OK)
		return rv;
	return cbc_run(g, BYTES(in.p + first - held, n - first), out->p + first);
}

/* Gives out as many blocks as it may; what remains waits. */
static CK_RV
cbc_update(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	const size_t n = g->op.vtable->update_size(&g->op, in.n);
	const size_t held = g->wait_n, from_wait = n < held ? n : held;
	const size_t still = held - from_wait, taken = n - from_wait;
	uint8_t rest[2 * BLOCK];
	CK_RV rv = CKR_OK;

	/* the output may lie over it */
	memcpy(rest, g->wait + from_wait, still);
	memcpy(rest + still, in.p + taken, in.n - taken);
	if (held == 0)
		rv = cbc_run(g, BYTES(in.p, n), out->p);
	else if (taken == 0)
		rv = cbc_run(g, BYTES(g->wait, n), out->p);
	else
		rv = cbc_joined(g, in, n, out);
	g->wait_n = still + in.n - taken;
	memcpy(g->wait, rest, g->wait_n);
	wipe(rest, sizeof rest);
	out->n = n;
	return rv;
}

static CK_RV
cbc_final(struct glue_op *g, struct bytes signature, struct outbuf *out)
{
	uint8_t wait[2 * BLOCK];
	const size_t n = g->wait_n;
	CK_RV rv;

	memcpy(wait, g->wait, n);
	rv = g->mode->end(g, BYTES(wait, n), signature, out);
	wipe(wait, sizeof wait);
	wipe(g->wait, sizeof g->wait);
	return rv;
}

/* --- Padding ------------------------------------------------------------------------ */

static CK_RV
pad_encrypt(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	const size_t block = block_of(g), whole = in.n / block * block;
	const size_t rest = in.n - whole;
	uint8_t last[BLOCK];
	CK_RV rv;

	if (glue_in_place(in, out) || in.n <= g->copy_max) {
		if (in.n != 0)
			memmove(out->p, in.p, in.n);
		memset(out->p + in.n, (int)(block - rest), block - rest);
		rv = cbc_run(g, BYTES(out->p, whole + block), out->p);
	} else {
		memcpy(last, in.p + whole, rest);
		memset(last + rest, (int)(block - rest), block - rest);
		rv = cbc_run(g, BYTES(in.p, whole), out->p);
		if (rv == CKR_OK)
			rv = cbc_run(g, BYTES(last, block), out->p + whole);
		wipe(last, sizeof last);
	}
	out->n = whole + block;
	return rv;
}

/* All ones where a < b; of numbers below 2^31. */
static uint32_t
mask_less(uint32_t a, uint32_t b)
{
	return 0u - ((a - b) >> 31);
}

/* How long the padding is, with all ones in *ret_bad where it is none. */
static uint32_t
padding_length(const uint8_t *last, uint32_t block, uint32_t *ret_bad)
{
	const uint32_t pad = last[block - 1];
	uint32_t wrong = mask_less(pad, 1) | mask_less(block, pad);

	for (uint32_t i = 0; i < block; i++)
		wrong |= mask_less(block - 1 - i, pad) & (last[i] ^ pad);
	*ret_bad = 0u - ((wrong | (0u - wrong)) >> 31);
	return pad;
}

static CK_RV
pad_decrypt(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	const size_t block = block_of(g);
	uint32_t pad, bad;
	CK_RV rv;

	if (in.n == 0 || in.n % block != 0)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	rv = cbc_run(g, in, out->p);
	if (rv != CKR_OK)
		return rv;
	pad = padding_length(out->p + in.n - block, (uint32_t)block, &bad);
	out->n = (in.n - pad) & ~((size_t)0 - (bad & 1));
	return CKR_OK | (CKR_ENCRYPTED_DATA_INVALID & bad);
}

static CK_RV
pad_end(struct glue_op *g, struct bytes in, struct bytes signature, struct outbuf *out)
{
	return g->op.kind == OP_ENCRYPT ? pad_encrypt(g, in, out)
					: pad_decrypt(g, in, out);
}

const struct glue_mode glue_cbc_pad = {
	.needs = { ALG_CBC },
	.rearm = cbc_rearm,
	.end = pad_end,
	.update = cbc_update,
	.final = cbc_final,
};

/* --- Stealing ----------------------------------------------------------------------- */

/* The last whole block is encrypted once more, and its end is where the zeroes that fill
 * up the part came from. */
static CK_RV
steal_encrypt(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	const size_t rest = in.n % BLOCK, whole = in.n - rest;
	uint8_t last[BLOCK] = { 0 };
	uint8_t *room;
	CK_RV rv;

	if (in.n <= g->copy_max) {
		room = glue_scratch(g, whole + BLOCK);
		if (room == NULL)
			return CKR_HOST_MEMORY;
		memcpy(room, in.p, in.n);
		memset(room + in.n, 0, BLOCK - rest);
		rv = cbc_run(g, BYTES(room, whole + BLOCK), room);
		if (rv == CKR_OK) {
			memcpy(out->p, room, in.n - BLOCK);
			memcpy(out->p + in.n - BLOCK, room + whole, BLOCK);
		}
		buf_reset(&g->scratch);
		return rv;
	}
	memcpy(last, in.p + whole, rest);
	rv = cbc_run(g, BYTES(in.p, whole), out->p);
	if (rv == CKR_OK)
		rv = cbc_run(g, BYTES(last, BLOCK), last);
	if (rv == CKR_OK)
		memcpy(out->p + in.n - BLOCK, last, BLOCK);
	wipe(last, sizeof last);
	return rv;
}

/* Decrypted alone, the last block is the part and, after it, what was stolen. */
static CK_RV
steal_decrypt(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	static const uint8_t zeroes[BLOCK];
	const size_t rest = in.n % BLOCK, lead = in.n - BLOCK - rest;
	uint8_t last[BLOCK], before[BLOCK];
	CK_RV rv = glue_call(g, 0, zeroes, BYTES(in.p + in.n - BLOCK, BLOCK), last);

	if (rv != CKR_OK)
		return rv;
	memcpy(before, in.p + lead, rest);
	memcpy(before + rest, last + rest, BLOCK - rest);
	for (size_t i = 0; i < rest; i++)
		last[i] ^= before[i];
	if (glue_in_place(in, out) || in.n <= g->copy_max) {
		glue_move(g, out->p, BYTES(in.p, lead), out);
		memcpy(out->p + lead, before, BLOCK);
		rv = cbc_run(g, BYTES(out->p, lead + BLOCK), out->p);
	} else {
		rv = cbc_run(g, BYTES(in.p, lead), out->p);
		if (rv == CKR_OK)
			rv = cbc_run(g, BYTES(before, BLOCK), out->p + lead);
	}
	if (rv == CKR_OK)
		memcpy(out->p + lead + BLOCK, last, rest);
	wipe(last, sizeof last);
	wipe(before, sizeof before);
	return rv;
}

static CK_RV
steal_end(struct glue_op *g, struct bytes in, struct bytes signature, struct outbuf *out)
{
	CK_RV rv;

	if (in.n < BLOCK)
		return glue_length_error(g);
	if (in.n % BLOCK == 0)
		rv = cbc_run(g, in, out->p);
	else if (g->op.kind == OP_ENCRYPT)
		rv = steal_encrypt(g, in, out);
	else
		rv = steal_decrypt(g, in, out);
	if (rv == CKR_OK)
		out->n = in.n;
	return rv;
}

const struct glue_mode glue_cts = {
	.needs = { ALG_CBC },
	.rearm = cbc_rearm,
	.end = steal_end,
	.update = cbc_update,
	.final = cbc_final,
};
