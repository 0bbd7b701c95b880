/* SPDX-License-Identifier: Apache-2.0 */
#include "kcapi_backend/glue_op.h"

#include <stdlib.h>

static const struct glue_mode *const modes[ALG_COUNT] = {
	[ALG_CBC_PAD] = &glue_cbc_pad,
	[ALG_CTS] = &glue_cts,
	[ALG_GCM] = &glue_gcm,
	[ALG_GMAC] = &glue_gmac,
	[ALG_CCM] = &glue_ccm,
	[ALG_KW] = &glue_kw,
	[ALG_KWP] = &glue_kwp,
	[ALG_KW_PKCS7] = &glue_kw_pkcs7,
	[ALG_OFB] = &glue_ofb,
	[ALG_CFB8] = &glue_cfb8,
	[ALG_CFB64] = &glue_cfb64,
	[ALG_CFB128] = &glue_cfb128,
};

static struct glue_op *
glue_of(struct op *op)
{
	return (struct glue_op *)op;
}

/* --- What is needed ---------------------------------------------------------------- */

static const struct mech *
plain_mech(enum cipher cipher, enum algorithm algorithm)
{
	for (size_t i = 0; algorithm != ALG_NONE && i < mechs_count; i++)
		if (mechs[i].algorithm == algorithm && mechs[i].cipher == cipher)
			return &mechs[i];
	return NULL;
}

unsigned
glue_needs(const struct mech *m, const struct mech_params *p, const struct mech *ret[2])
{
	const struct glue_mode *mode = modes[m->algorithm];
	const struct mech *needs[2];

	if (mode == NULL)
		return 0;
	for (unsigned i = 0; i < 2; i++) {
		needs[i] = plain_mech(m->cipher, mode->needs[i]);
		if (needs[i] == NULL && mode->needs[i] != ALG_NONE)
			return 0;
	}
	ret[0] = needs[0];
	ret[1] = needs[1];
	return needs[1] != NULL ? 2 : 1;
}

enum op_kind
glue_direction(const struct mech *m, enum op_kind kind)
{
	const struct glue_mode *mode = modes[m->algorithm];

	return mode != NULL && mode->forwards ? OP_ENCRYPT : kind;
}

/* --- For the modes ----------------------------------------------------------------- */

CK_RV
glue_call(struct glue_op *g, unsigned plain, const uint8_t *iv, struct bytes in,
	uint8_t *out)
{
	struct op *op = g->plain[plain];
	struct outbuf to = { out, in.n, 0 };
	CK_RV rv;

	if (iv != NULL)
		memcpy(g->params.iv, iv, g->params.iv_len);
	rv = op->vtable->rearm(op, &g->params);
	if (rv == CKR_OK)
		rv = op->vtable->once(op, in, BYTES_NONE, &to);
	if (rv == CKR_OK && to.n != in.n)
		rv = CKR_DEVICE_ERROR;
	if (rv == CKR_DEVICE_REMOVED && (g->began || g->total != 0))
		rv = CKR_DEVICE_ERROR;
	if (rv == CKR_OK)
		g->began = true;
	return rv;
}

uint8_t *
glue_scratch(struct glue_op *g, size_t n)
{
	buf_reset(&g->scratch);
	return buf_reserve(&g->scratch, n);
}

CK_RV
glue_length_error(const struct glue_op *g)
{
	return g->op.kind == OP_DECRYPT ? CKR_ENCRYPTED_DATA_LEN_RANGE
					: CKR_DATA_LEN_RANGE;
}

/* --- The op ---------------------------------------------------------------------- */

static size_t
glue_once_size(const struct op *op, size_t in_len)
{
	const struct glue_op *g = (const struct glue_op *)op;

	return mech_whole_size(op->mech, &g->size, op->kind, in_len);
}

static uint64_t
given_out(const struct glue_op *g, uint64_t n)
{
	return mech_partial_size(g->op.mech, &g->size, g->op.kind, n);
}

static size_t
glue_update_size(const struct op *op, size_t in_len)
{
	const struct glue_op *g = (const struct glue_op *)op;

	return given_out(g, g->total + in_len) - given_out(g, g->total);
}

static size_t
glue_final_size(const struct op *op)
{
	const struct glue_op *g = (const struct glue_op *)op;

	return mech_final_size(op->mech, &g->size, op->kind, g->total);
}

/* Nothing stays of what failed; but who may begin anew finds its input as it was. */
static CK_RV
done(CK_RV rv, struct bytes in, struct outbuf *out)
{
	if (rv != CKR_OK && out->n != 0) {
		if (rv != CKR_DEVICE_REMOVED || in.p != out->p)
			wipe(out->p, out->n);
		out->n = 0;
	}
	return rv;
}

static CK_RV
glue_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct glue_op *g = glue_of(op);

	out->n = 0;
	if (in.n > g->most)
		return glue_length_error(g);
	return done(g->mode->end(g, in, signature, out), in, out);
}

static CK_RV
glue_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct glue_op *g = glue_of(op);
	CK_RV rv = CKR_OK;

	out->n = 0;
	if (in.n > g->most - g->total)
		return glue_length_error(g);
	if (in.n == 0)
		return CKR_OK;
	if (g->gathers)
		buf_put_bytes(&g->held, in);
	else
		rv = done(g->mode->update(g, in, out), in, out);
	if (!buf_ok(&g->held))
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		g->total += in.n;
	return rv;
}

static CK_RV
glue_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct glue_op *g = glue_of(op);
	CK_RV rv;

	out->n = 0;
	if (g->gathers || g->mode->final == NULL) {
		rv = g->mode->end(g, buf_bytes(&g->held), signature, out);
		rv = done(rv, buf_bytes(&g->held), out);
		buf_free(&g->held);
		return rv;
	}
	return done(g->mode->final(g, signature, out), BYTES_NONE, out);
}

static CK_RV
glue_rearm(struct op *op, const struct mech_params *p)
{
	struct glue_op *g = glue_of(op);

	g->began = false;
	g->total = 0;
	g->most = UINT64_MAX;
	g->wait_n = 0;
	g->size.tag_bits = p->tag_bits;
	g->size.mac_len = p->mac_len;
	g->size.data_len = p->data_len;
	if (g->held.cap != 0)
		buf_free(&g->held);
	return g->mode->rearm(g, p);
}

static void
glue_free(struct op *op)
{
	struct glue_op *g = glue_of(op);

	op_free(&g->plain[0]);
	op_free(&g->plain[1]);
	buf_free(&g->head);
	buf_free(&g->held);
	buf_free(&g->scratch);
	wipe(g, sizeof *g);
	free(g);
}

/* As far as the plain ops can be. */
static CK_RV
glue_clone(const struct op *op, struct op **ret)
{
	const struct glue_op *from = (const struct glue_op *)op;
	struct glue_op *g = malloc(sizeof *g);
	CK_RV rv = CKR_OK;

	if (g == NULL)
		return CKR_HOST_MEMORY;
	*g = *from;
	g->plain[0] = g->plain[1] = NULL;
	g->head = g->held = g->scratch = BUF_SECRET;
	buf_put_bytes(&g->head, buf_bytes(&from->head));
	buf_put_bytes(&g->held, buf_bytes(&from->held));
	if (!buf_ok(&g->head) || !buf_ok(&g->held))
		rv = CKR_HOST_MEMORY;
	for (int i = 0; rv == CKR_OK && i < 2 && from->plain[i] != NULL; i++)
		rv = from->plain[i]->vtable->clone == NULL
			     ? CKR_STATE_UNSAVEABLE
			     : from->plain[i]->vtable->clone(
				       from->plain[i], &g->plain[i]);
	if (rv != CKR_OK) {
		glue_free(&g->op);
		return rv;
	}
	*ret = &g->op;
	return CKR_OK;
}

static const struct op_vtable glue_vtable = {
	.once_size = glue_once_size,
	.update_size = glue_update_size,
	.final_size = glue_final_size,
	.once = glue_once,
	.update = glue_update,
	.final = glue_final,
	.rearm = glue_rearm,
	.clone = glue_clone,
	.free = glue_free,
};

static const struct op_vtable glue_single_vtable = {
	.once_size = glue_once_size,
	.update_size = glue_update_size,
	.final_size = glue_final_size,
	.once = glue_once,
	.rearm = glue_rearm,
	.clone = glue_clone,
	.free = glue_free,
};

static CK_RV
make_plain(struct glue_op *g, const struct glue_source *src, const struct mech *needs[2],
	unsigned n)
{
	const enum op_kind kind = glue_direction(g->op.mech, g->op.kind);
	CK_RV rv = CKR_OK;

	g->params.iv_len = ciphers[g->op.mech->cipher].block;
	g->params.counter_bits = 128;
	for (unsigned i = 0; rv == CKR_OK && i < n; i++)
		rv = src->plain(src->arg, kind, needs[i], &g->params, &g->plain[i]);
	return rv;
}

CK_RV
op_glue_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	const struct glue_source *src, struct op **ret)
{
	const struct glue_mode *mode = modes[m->algorithm];
	const struct mech *needs[2];
	unsigned n = glue_needs(m, p, needs);
	struct glue_op *g;
	CK_RV rv;

	if (n == 0 || (kind <= OP_DECRYPT) != ((m->flags & CKF_ENCRYPT) != 0) ||
		kind > OP_VERIFY)
		return CKR_MECHANISM_INVALID;
	g = calloc(1, sizeof *g);
	if (g == NULL)
		return CKR_HOST_MEMORY;
	g->op = (struct op){ mode->single ? &glue_single_vtable : &glue_vtable, m, kind };
	g->mode = mode;
	g->copy_max = src->copy_max;
	/* sizes that grow by nothing, however much comes */
	g->gathers = kind <= OP_DECRYPT && mech_partial_size(m, p, kind, 1024) == 0;
	g->held = BUF_SECRET;
	g->scratch = BUF_SECRET;
	rv = make_plain(g, src, needs, n);
	if (rv == CKR_OK && mode->start != NULL)
		rv = mode->start(g);
	if (rv == CKR_OK)
		rv = glue_rearm(&g->op, p);
	if (rv != CKR_OK) {
		glue_free(&g->op);
		return rv;
	}
	*ret = &g->op;
	return CKR_OK;
}
