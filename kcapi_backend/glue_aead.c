/* SPDX-License-Identifier: Apache-2.0 */
/* GCM and GMAC (NIST SP 800-38D), CCM (SP 800-38C). */
#include "kcapi_backend/glue_op.h"

enum { CTR, OTHER }; /* which of the plain ops; GMAC's only one is ECB */

/* --- Tags ---------------------------------------------------------------------------- */

static size_t
tag_of(const struct glue_op *g)
{
	return g->size.tag_bits / 8;
}

static void
mask_tag(const struct glue_op *g, uint8_t tag[BLOCK])
{
	for (size_t i = 0; i < BLOCK; i++)
		tag[i] ^= g->counter.mask[i];
}

static CK_RV
give_tag(const struct glue_op *g, const uint8_t tag[BLOCK], struct outbuf *out)
{
	return outbuf_put(out, BYTES(tag, tag_of(g)));
}

/* Nothing stays in out unless it is right. */
static CK_RV
check_tag(const struct glue_op *g, const uint8_t *right, const uint8_t *given,
	struct outbuf *out)
{
	if (bytes_equal_secret(BYTES(right, tag_of(g)), BYTES(given, tag_of(g))))
		return CKR_OK;
	wipe(out->p, out->n);
	out->n = 0;
	return CKR_ENCRYPTED_DATA_INVALID;
}

/* --- GCM ----------------------------------------------------------------------------- */

static CK_RV
gcm_subkey(struct glue_op *g, unsigned ecb)
{
	uint8_t h[BLOCK] = { 0 };
	CK_RV rv = glue_call(g, ecb, NULL, BYTES_OF(h), h);

	if (rv == CKR_OK)
		ghash_key_set(&g->subkey, h, false);
	wipe(h, sizeof h);
	return rv;
}

static CK_RV
gcm_start(struct glue_op *g)
{
	return gcm_subkey(g, OTHER);
}

/* J0 */
static void
gcm_first_block(struct glue_op *g, struct bytes iv)
{
	uint8_t first[BLOCK] = { 0 };
	struct ghash hash = { .part_n = 0 };

	if (iv.n == 12) {
		memcpy(first, iv.p, iv.n);
		first[BLOCK - 1] = 1;
	} else {
		ghash_feed(&hash, &g->subkey, iv);
		ghash_end(&hash, &g->subkey, 0, iv.n, first);
	}
	glue_counter_start(&g->counter, first, true);
}

static bool
gcm_params_fit(const struct mech_params *p)
{
	return p->iv_len != 0 && p->tag_bits % 8 == 0 && p->tag_bits >= 32 &&
	       p->tag_bits <= 8 * BLOCK;
}

static CK_RV
gcm_rearm(struct glue_op *g, const struct mech_params *p)
{
	if (!gcm_params_fit(p))
		return CKR_MECHANISM_PARAM_INVALID;
	gcm_first_block(g, BYTES(p->iv, p->iv_len));
	g->hash = (struct ghash){ .part_n = 0 };
	ghash_feed(&g->hash, &g->subkey, p->extra);
	ghash_align(&g->hash, &g->subkey);
	g->aad_len = p->extra.n;
	g->most = mech_most_in(g->op.mech, p, g->op.kind);
	return CKR_OK;
}

/* Of the ciphertext: of n bytes, hashed by now. */
static void
gcm_tag(struct glue_op *g, uint64_t n, uint8_t tag[BLOCK])
{
	ghash_end(&g->hash, &g->subkey, g->aad_len, n, tag);
	mask_tag(g, tag);
}

static CK_RV
gcm_update(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	CK_RV rv = glue_counter_run(g, CTR, in, out->p);

	if (rv != CKR_OK)
		return rv;
	out->n = in.n;
	ghash_feed(&g->hash, &g->subkey, BYTES(out->p, in.n));
	return CKR_OK;
}

static CK_RV
gcm_seal(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	uint8_t tag[BLOCK];
	CK_RV rv = gcm_update(g, in, out);

	if (rv != CKR_OK)
		return rv;
	gcm_tag(g, g->total + in.n, tag);
	return give_tag(g, tag, out);
}

static CK_RV
gcm_open(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	uint8_t given[BLOCK], tag[BLOCK];
	CK_RV rv;

	if (in.n < tag_of(g))
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	in.n -= tag_of(g);
	/* the output may lie over it */
	memcpy(given, in.p + in.n, tag_of(g));
	ghash_feed(&g->hash, &g->subkey, in);
	rv = glue_counter_run(g, CTR, in, out->p);
	out->n = in.n;
	if (rv != CKR_OK)
		return rv;
	gcm_tag(g, in.n, tag);
	return check_tag(g, tag, given, out);
}

static CK_RV
gcm_end(struct glue_op *g, struct bytes in, struct bytes signature, struct outbuf *out)
{
	return g->op.kind == OP_ENCRYPT ? gcm_seal(g, in, out) : gcm_open(g, in, out);
}

/* What came in parts has been given out, or is held. */
static CK_RV
gcm_final(struct glue_op *g, struct bytes signature, struct outbuf *out)
{
	return gcm_end(g, BYTES_NONE, signature, out);
}

const struct glue_mode glue_gcm = {
	.needs = { ALG_CTR, ALG_ECB },
	.forwards = true,
	.start = gcm_start,
	.rearm = gcm_rearm,
	.end = gcm_end,
	.update = gcm_update,
	.final = gcm_final,
};

/* --- GMAC ---------------------------------------------------------------------------- */

static CK_RV
gmac_start(struct glue_op *g)
{
	return gcm_subkey(g, 0);
}

static CK_RV
gmac_rearm(struct glue_op *g, const struct mech_params *p)
{
	if (!gcm_params_fit(p))
		return CKR_MECHANISM_PARAM_INVALID;
	gcm_first_block(g, BYTES(p->iv, p->iv_len));
	g->hash = (struct ghash){ .part_n = 0 };
	return CKR_OK;
}

static CK_RV
gmac_update(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	ghash_feed(&g->hash, &g->subkey, in);
	return CKR_OK;
}

static CK_RV
gmac_end(struct glue_op *g, struct bytes in, struct bytes signature, struct outbuf *out)
{
	uint8_t tag[BLOCK];
	CK_RV rv;

	if (g->op.kind == OP_VERIFY && signature.n != tag_of(g))
		return CKR_SIGNATURE_LEN_RANGE;
	rv = glue_call(g, 0, NULL, BYTES_OF(g->counter.first), g->counter.mask);
	if (rv != CKR_OK)
		return rv;
	ghash_feed(&g->hash, &g->subkey, in);
	ghash_end(&g->hash, &g->subkey, g->total + in.n, 0, tag);
	mask_tag(g, tag);
	if (g->op.kind == OP_SIGN)
		return give_tag(g, tag, out);
	return bytes_equal_secret(BYTES(tag, tag_of(g)), signature)
		       ? CKR_OK
		       : CKR_SIGNATURE_INVALID;
}

const struct glue_mode glue_gmac = {
	.needs = { ALG_ECB },
	.forwards = true,
	.start = gmac_start,
	.rearm = gmac_rearm,
	.end = gmac_end,
	.update = gmac_update,
};

/* --- CCM ----------------------------------------------------------------------------- */

/* The header's length as it is written before it (SP 800-38C, A.2.2). */
static void
put_header(struct buf *to, struct bytes aad)
{
	if (aad.n == 0)
		return;
	if (aad.n >= UINT32_MAX)
		buf_put(to, (const uint8_t[]){ 0xff, 0xff }, 2);
	else if (aad.n >= 0xff00)
		buf_put(to, (const uint8_t[]){ 0xff, 0xfe }, 2);
	for (int shift = aad.n >= UINT32_MAX ? 56
			 : aad.n >= 0xff00   ? 24
					     : 8;
		shift >= 0; shift -= 8)
		buf_put_u8(to, (uint8_t)((uint64_t)aad.n >> shift));
	buf_put_bytes(to, aad);
	while (to->n % BLOCK != 0)
		buf_put_u8(to, 0);
}

static CK_RV
ccm_rearm(struct glue_op *g, const struct mech_params *p)
{
	const size_t tag = tag_of(g), length_n = 15u - p->iv_len;
	uint8_t block[BLOCK] = { 0 };

	if (p->iv_len < 7 || p->iv_len > 13 || tag < 4 || tag > 16 || tag % 2 != 0 ||
		(length_n < 8 && p->data_len >> 8 * length_n != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	block[0] = (uint8_t)(length_n - 1);
	memcpy(block + 1, p->iv, p->iv_len);
	glue_counter_start(&g->counter, block, false);
	block[0] |= (uint8_t)((p->extra.n != 0 ? 0x40 : 0) | (tag - 2) / 2 << 3);
	for (size_t i = 0; i < length_n; i++)
		block[BLOCK - 1 - i] = (uint8_t)(p->data_len >> 8 * i);
	buf_reset(&g->head);
	buf_put_bytes(&g->head, BYTES_OF(block));
	put_header(&g->head, p->extra);
	g->most = p->data_len;
	if (g->op.kind == OP_DECRYPT && g->most <= UINT64_MAX - tag)
		g->most += tag;
	return buf_ok(&g->head) ? CKR_OK : CKR_HOST_MEMORY;
}

/* The CBC-MAC of head and data, zeroes after each. */
static CK_RV
ccm_mac(struct glue_op *g, struct bytes data, uint8_t mac[BLOCK])
{
	struct bytes head = buf_bytes(&g->head);
	size_t padded = (data.n + BLOCK - 1) / BLOCK * BLOCK;
	const size_t whole = head.n + padded;
	const size_t chunk = whole < GLUE_CHUNK ? whole : GLUE_CHUNK;
	uint8_t *room = glue_scratch(g, chunk);
	CK_RV rv = room != NULL ? CKR_OK : CKR_HOST_MEMORY;

	memset(mac, 0, BLOCK);
	while (rv == CKR_OK && head.n + padded != 0) {
		const size_t a = head.n < chunk ? head.n : chunk;
		const size_t b = padded < chunk - a ? padded : chunk - a;
		const size_t d = data.n < b ? data.n : b;

		memcpy(room, head.p, a);
		if (d != 0)
			memcpy(room + a, data.p, d);
		memset(room + a + d, 0, b - d);
		rv = glue_call(g, OTHER, mac, BYTES(room, a + b), room);
		if (rv == CKR_OK)
			memcpy(mac, room + a + b - BLOCK, BLOCK);
		head = BYTES(head.p + a, head.n - a);
		data = BYTES(d != 0 ? data.p + d : data.p, data.n - d);
		padded -= b;
	}
	buf_reset(&g->scratch);
	return rv;
}

static CK_RV
ccm_seal(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	uint8_t tag[BLOCK];
	CK_RV rv = ccm_mac(g, in, tag);

	if (rv == CKR_OK)
		rv = glue_counter_run(g, CTR, in, out->p);
	if (rv == CKR_OK) {
		mask_tag(g, tag);
		out->n = in.n;
		rv = give_tag(g, tag, out);
	}
	wipe(tag, sizeof tag);
	return rv;
}

static CK_RV
ccm_open(struct glue_op *g, struct bytes in, struct outbuf *out)
{
	uint8_t given[BLOCK], tag[BLOCK];
	CK_RV rv;

	memcpy(given, in.p + in.n, tag_of(g));
	rv = glue_counter_run(g, CTR, in, out->p);
	out->n = in.n;
	if (rv == CKR_OK)
		rv = ccm_mac(g, BYTES(out->p, out->n), tag);
	if (rv != CKR_OK)
		return rv;
	mask_tag(g, tag);
	rv = check_tag(g, tag, given, out);
	wipe(tag, sizeof tag);
	return rv;
}

/* The length is authenticated, and was promised. */
static CK_RV
ccm_end(struct glue_op *g, struct bytes in, struct bytes signature, struct outbuf *out)
{
	if (in.n != g->most)
		return glue_length_error(g);
	if (g->op.kind == OP_ENCRYPT)
		return ccm_seal(g, in, out);
	in.n -= tag_of(g);
	return ccm_open(g, in, out);
}

const struct glue_mode glue_ccm = {
	.needs = { ALG_CTR, ALG_CBC },
	.forwards = true,
	.rearm = ccm_rearm,
	.end = ccm_end,
};
