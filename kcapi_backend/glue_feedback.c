/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output and cipher feedback (NIST SP 800-38A, 6.3 and 6.4): a keystream of encrypted blocks,
 * each made of the one before or of the ciphertext. What looks like a call for each block is
 * one for many where a plain mode chains in the same way:
 *   OFB             the keystream is CBC's ciphertext of zeroes
 *   CFB128 encrypt  the keystream is CBC's ciphertext of a block of zeroes and the plaintext,
 *                   a block late: CBC adds the plaintext to the keystream, as CFB does, before
 *                   it encrypts what comes of it
 *   CFB decrypt     all that is encrypted is there: ECB
 *   CFB8, CFB64 encrypt: each segment's block needs the last one's ciphertext, one call each
 */
#include "kcapi_backend/glue_op.h"

enum { CBC, ECB }; /* which of the plain ops; CFB8's and CFB64's only one is ECB */

static void
mix(uint8_t *out, const uint8_t *in, const uint8_t *stream, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = in[i] ^ stream[i];
}

static CK_RV
feedback_rearm(struct glue_op *g, const struct mech_params *p)
{
	if (p->iv_len != BLOCK)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(g->chain, p->iv, BLOCK);
	wipe(g->feedback.stream, sizeof g->feedback.stream);
	g->feedback.used = g->mode->segment;
	return CKR_OK;
}

/* What the last segment has left, of keystream and to its end. */
static struct bytes
feedback_finish(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	struct glue_feedback *f = &g->feedback;
	const size_t segment = g->mode->segment, left = segment - f->used;
	const size_t n = in.n < left ? in.n : left;
	uint8_t *fed = g->chain + BLOCK - segment + f->used;

	if (n == 0)
		return in;
	/* The chain has been shifted by now. It takes in ciphertext; OFB's has no use for it. */
	if (g->op.kind == OP_DECRYPT && g->mode->feeds)
		memcpy(fed, in.p, n);
	mix(out->p, in.p, f->stream + f->used, n);
	if (g->op.kind == OP_ENCRYPT && g->mode->feeds)
		memcpy(fed, out->p, n);
	f->used += n;
	out->n = n;
	return BYTES(in.p + n, in.n - n);
}

/* The keystream of the segments that the first n bytes of in begin, a block each, to room. */
static CK_RV
ofb_stream(struct glue_op *g, struct bytes in, size_t blocks, uint8_t *room)
{
	CK_RV rv;

	memset(room, 0, blocks * BLOCK);
	rv = glue_call(g, CBC, g->chain, BYTES(room, blocks * BLOCK), room);
	if (rv == CKR_OK)
		memcpy(g->chain, room + (blocks - 1) * BLOCK, BLOCK);
	return rv;
}

static CK_RV
cfb_encrypt_stream(struct glue_op *g, struct bytes in, size_t blocks, uint8_t *room)
{
	memset(room, 0, BLOCK);
	memcpy(room + BLOCK, in.p, (blocks - 1) * BLOCK);
	return glue_call(g, CBC, g->chain, BYTES(room, blocks * BLOCK), room);
}

/* Block i is the last BLOCK bytes of chain and ciphertext before segment i. */
static CK_RV
cfb_decrypt_stream(struct glue_op *g, struct bytes in, size_t blocks, uint8_t *room)
{
	const size_t segment = g->mode->segment;
	const unsigned ecb = g->plain[1] != NULL ? ECB : 0;
	uint8_t *block = room;

	for (size_t i = 0; i < blocks; i++, block += BLOCK) {
		const size_t at = i * segment;
		const size_t old = at < BLOCK ? BLOCK - at : 0;

		memcpy(block, g->chain + BLOCK - old, old);
		memcpy(block + old, in.p + at + old - BLOCK, BLOCK - old);
	}
	memcpy(g->chain, block - BLOCK, BLOCK);
	return glue_call(g, ecb, NULL, BYTES(room, blocks * BLOCK), room);
}

/* One segment: its block is the chain. */
static CK_RV
cfb_step(struct glue_op *g, struct bytes in, size_t blocks, uint8_t *room)
{
	return glue_call(g, 0, NULL, BYTES_OF(g->chain), room);
}

typedef CK_RV stream_function(
	struct glue_op *g, struct bytes in, size_t blocks, uint8_t *room);

/* How, and how many segments at a time. */
static stream_function *
stream_of(const struct glue_op *g, size_t *ret_most)
{
	*ret_most = GLUE_CHUNK / BLOCK;
	if (!g->mode->feeds)
		return ofb_stream;
	if (g->op.kind == OP_DECRYPT)
		return cfb_decrypt_stream;
	if (g->mode->segment == BLOCK)
		return cfb_encrypt_stream;
	*ret_most = 1;
	return cfb_step;
}

/* The chain as it is before the segment that follows the one at in; what of that is not
 * there yet is filled in by feedback_finish(). */
static void
shift_chain(struct glue_op *g, const uint8_t *cipher, size_t n)
{
	const size_t segment = g->mode->segment;

	memmove(g->chain, g->chain + segment, BLOCK - segment);
	memcpy(g->chain + BLOCK - segment, cipher, n);
}

/* Up to as many segments as there are blocks; returns how many bytes of in are done. */
static CK_RV
feedback_some(struct glue_op *g, struct bytes in, uint8_t *out, size_t *ret_n)
{
	const size_t segment = g->mode->segment;
	const bool decrypts = g->op.kind == OP_DECRYPT;
	stream_function *stream;
	size_t most, blocks = (in.n + segment - 1) / segment, last, n;
	uint8_t *room, tail[BLOCK];
	CK_RV rv;

	stream = stream_of(g, &most);
	if (blocks > most)
		blocks = most;
	n = in.n < blocks * segment ? in.n : blocks * segment;
	last = n - (blocks - 1) * segment;
	room = glue_scratch(g, blocks * BLOCK);
	if (room == NULL)
		return CKR_HOST_MEMORY;
	rv = stream(g, BYTES(in.p, n), blocks, room);
	if (rv == CKR_OK) {
		memcpy(tail, in.p + n - last, last);
		for (size_t i = 0; i < blocks; i++)
			mix(out + i * segment, in.p + i * segment, room + i * BLOCK,
				i + 1 < blocks ? segment : last);
		memcpy(g->feedback.stream, room + (blocks - 1) * BLOCK, segment);
		g->feedback.used = last;
		if (g->mode->feeds)
			shift_chain(g, decrypts ? tail : out + n - last, last);
		*ret_n = n;
	}
	buf_reset(&g->scratch);
	wipe(tail, sizeof tail);
	return rv;
}

static CK_RV
feedback_update(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	size_t n = 0;
	CK_RV rv = CKR_OK;

	in = feedback_finish(g, in, out);
	while (rv == CKR_OK && in.n != 0) {
		rv = feedback_some(g, in, out->p + out->n, &n);
		if (rv == CKR_OK) {
			out->n += n;
			in = BYTES(in.p + n, in.n - n);
		}
	}
	return rv;
}

static CK_RV
feedback_end(
	struct glue_op *g, struct bytes in, struct bytes signature, struct outbuf *out)
{
	return feedback_update(g, in, out);
}

#define FEEDBACK                                                        \
	.forwards = true, .rearm = feedback_rearm, .end = feedback_end, \
	.update = feedback_update

const struct glue_mode glue_ofb = { .needs = { ALG_CBC }, .segment = BLOCK, FEEDBACK };
const struct glue_mode glue_cfb8 = {
	.needs = { ALG_ECB }, .segment = 1, .feeds = true, FEEDBACK
};
const struct glue_mode glue_cfb64 = {
	.needs = { ALG_ECB }, .segment = 8, .feeds = true, FEEDBACK
};
const struct glue_mode glue_cfb128 = {
	.needs = { ALG_CBC, ALG_ECB }, .segment = BLOCK, .feeds = true, FEEDBACK
};
