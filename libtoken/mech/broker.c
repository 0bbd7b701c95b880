/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secret keys kept by keyringd, which executes the operation. Nothing is sent
 * at Init: a one-shot call is one round trip, and parts are sent as they come.
 * Sizes are foretold here, so that a length query costs nothing either.
 */
#include "libtoken/mech/mech.h"

#include "common/cleanup.h"
#include "cryptoki/mech_size.h"

struct broker_op {
	struct op op;
	struct store *store;
	CK_SLOT_ID slot;
	struct wire_id key;
	struct buf params;  /* mech_params_encode() */
	struct buf payload; /* of replies, reused */
	uint64_t number;    /* keyringd's, while it runs there */
	bool running;
	uint64_t total_in;
	struct mech_params size; /* what of them sizes depend on */
};

static size_t
broker_once_size(const struct op *op, size_t in_len)
{
	const struct broker_op *b = (const struct broker_op *)op;

	return mech_whole_size(op->mech, &b->size, op->kind, in_len);
}

static uint64_t
given_out(const struct broker_op *b, uint64_t n)
{
	return mech_partial_size(b->op.mech, &b->size, b->op.kind, n);
}

static size_t
broker_update_size(const struct op *op, size_t in_len)
{
	const struct broker_op *b = (const struct broker_op *)op;

	return given_out(b, b->total_in + in_len) - given_out(b, b->total_in);
}

static size_t
broker_final_size(const struct op *op)
{
	const struct broker_op *b = (const struct broker_op *)op;

	return broker_once_size(op, b->total_in) - given_out(b, b->total_in);
}

static CK_RV
broker_send(struct broker_op *b, uint8_t flags, struct bytes data, struct bytes signature,
	struct outbuf *out)
{
	struct wire_op request = { .slot = b->slot,
		.flags = flags,
		.kind = (uint8_t)b->op.kind,
		.data = data,
		.signature = signature };
	struct wire_op_reply reply;
	CK_RV rv;

	if (b->running) {
		request.op = b->number;
	} else {
		request.flags |= WIRE_OP_FIRST;
		request.key = b->key;
		request.mechanism = b->op.mech->type;
		request.params = buf_bytes(&b->params);
	}
	buf_reset(&b->payload);
	rv = store_call(b->store, WIRE_OP, &request, &reply, &b->payload);
	/* failed and finished operations are gone over there */
	b->running = rv == CKR_OK && (flags & WIRE_OP_LAST) == 0;
	if (rv != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
	b->number = reply.op;
	b->total_in += data.n;
	if (reply.data.n > out->cap - out->n)
		return CKR_DEVICE_ERROR;
	if (reply.data.n != 0)
		memcpy(out->p + out->n, reply.data.p, reply.data.n);
	out->n += reply.data.n;
	wipe(b->payload.p, b->payload.n);
	return CKR_OK;
}

/* All but a last piece of at most WIRE_MAX_CHUNK. In place: what was sent may be
 * overwritten, and no more than that comes back. */
static CK_RV
broker_send_most(struct broker_op *b, struct bytes *in, struct outbuf *out)
{
	CK_RV rv = CKR_OK;

	while (in->n > WIRE_MAX_CHUNK && rv == CKR_OK) {
		rv = broker_send(b, 0, BYTES(in->p, WIRE_MAX_CHUNK), BYTES_NONE, out);
		*in = BYTES(in->p + WIRE_MAX_CHUNK, in->n - WIRE_MAX_CHUNK);
	}
	return rv;
}

static void
broker_cancel(struct broker_op *b)
{
	struct wire_op_cancel request = { .op = b->number };
	struct wire_empty reply;

	if (b->running)
		(void)!store_call(
			b->store, WIRE_OP_CANCEL, &request, &reply, &b->payload);
	b->running = false;
	b->total_in = 0;
}

static CK_RV
broker_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct broker_op *b = (struct broker_op *)op;
	CK_RV rv = broker_send_most(b, &in, out);

	if (rv == CKR_OK)
		rv = broker_send(b, WIRE_OP_LAST, in, signature, out);
	/* it may be asked again, with more room for its output */
	b->total_in = 0;
	return rv;
}

static CK_RV
broker_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct broker_op *b = (struct broker_op *)op;
	CK_RV rv = broker_send_most(b, &in, out);

	return rv == CKR_OK ? broker_send(b, 0, in, BYTES_NONE, out) : rv;
}

static CK_RV
broker_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	return broker_send(
		(struct broker_op *)op, WIRE_OP_LAST, BYTES_NONE, signature, out);
}

static CK_RV
broker_set_params(struct broker_op *b, const struct mech_params *p)
{
	const struct mech *m = b->op.mech;

	b->size.tag_bits = p->tag_bits;
	b->size.mac_len = p->mac_len;
	buf_reset(&b->params);
	mech_params_encode(m, p, &b->params);
	return buf_ok(&b->params) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
broker_rearm(struct op *op, const struct mech_params *params)
{
	struct broker_op *b = (struct broker_op *)op;

	broker_cancel(b);
	return broker_set_params(b, params);
}

static void
broker_free(struct op *op)
{
	struct broker_op *b = (struct broker_op *)op;

	broker_cancel(b);
	buf_free(&b->params);
	buf_free(&b->payload);
	free(b);
}

static const struct op_vtable broker_vtable = {
	.once_size = broker_once_size,
	.update_size = broker_update_size,
	.final_size = broker_final_size,
	.once = broker_once,
	.update = broker_update,
	.final = broker_final,
	.rearm = broker_rearm,
	.free = broker_free,
};

CK_RV
broker_op_new(struct store *store, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct object *key, struct op **ret)
{
	struct broker_op *b = calloc(1, sizeof *b);
	CK_RV rv;

	if (b == NULL)
		return CKR_HOST_MEMORY;
	b->op = (struct op){ &broker_vtable, m, kind };
	b->store = store;
	b->slot = key->slot;
	b->key = key->id;
	b->params = BUF_SECRET;
	b->payload = BUF_SECRET;
	rv = broker_set_params(b, p);
	if (rv != CKR_OK) {
		broker_free(&b->op);
		return rv;
	}
	*ret = &b->op;
	return CKR_OK;
}
