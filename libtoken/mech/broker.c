/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secret keys kept by keyringd, which executes the operation. Nothing is sent
 * at Init: a one-shot call is one round trip, and parts are sent as they come.
 * Sizes are foretold here, so that a length query costs nothing either.
 *
 * A key that is used again may have sockets keyed with it passed to this process
 * (object/passed.h): then the operation runs on those. What they cannot do, and an
 * operation that finds them closed before anything was computed, goes to keyringd as
 * before, which also knows the right answer where the key is gone.
 */
#include "libtoken/mech/mech.h"

#include "common/cleanup.h"
#include "cryptoki/mech_size.h"
#include "libtoken/object/remote.h"

#define ONE_STEP 65536u /* bytes; more may be several exchanges with a socket */

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
	struct object *object;   /* the version that the sockets belong to */
	struct kcapi *kernel;
	struct op *direct; /* over passed sockets, kept between operations; or NULL */
	struct kcapi_key *sockets;   /* its, the object's */
	const struct mech *needs[2]; /* the plain mechanisms that they do */
	bool here;                   /* the operation under way runs there */
	bool begun;                  /* and has taken data */
	bool held;                   /* and they are held for it */
};

/* Nothing comes out before the end: it is known only then whether a socket has room for all
 * of it, and keyringd would not have seen it. */
static bool
is_gathered(const struct op *op, const struct mech_params *size)
{
	return (op->kind == OP_ENCRYPT || op->kind == OP_DECRYPT) &&
	       mech_partial_size(op->mech, size, op->kind, WIRE_MAX_CHUNK) == 0;
}

/* What the sockets do is up to them, in parts too or not. */
static const struct op_vtable *
direct_parts(const struct broker_op *b)
{
	return b->here && b->direct->vtable->update != NULL &&
			       !is_gathered(&b->op, &b->size)
		       ? b->direct->vtable
		       : NULL;
}

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
	const struct op_vtable *direct = direct_parts(b);

	if (direct != NULL)
		return direct->update_size(b->direct, in_len);
	return given_out(b, b->total_in + in_len) - given_out(b, b->total_in);
}

static size_t
broker_final_size(const struct op *op)
{
	const struct broker_op *b = (const struct broker_op *)op;
	const struct op_vtable *direct = direct_parts(b);

	if (direct != NULL)
		return direct->final_size(b->direct);
	return mech_final_size(op->mech, &b->size, op->kind, b->total_in);
}

static void
note_use(struct broker_op *b)
{
	struct passed *p = object_passed(b->object, b->kernel);

	if (p != NULL)
		passed_note_use(p);
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
	rv = remote_about(b->store, b->object, WIRE_OP, &request, &reply, &b->payload);
	/* failed and finished operations are gone over there; one that has more output
	 * than its last reply had room for is not finished */
	b->running = rv == CKR_OK && ((flags & WIRE_OP_LAST) == 0 || reply.op != 0);
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
	if (!b->running)
		note_use(b);
	return CKR_OK;
}

/* The last piece, and all the output there is. */
static CK_RV
broker_send_last(
	struct broker_op *b, struct bytes in, struct bytes signature, struct outbuf *out)
{
	CK_RV rv = broker_send(b, WIRE_OP_LAST, in, signature, out);

	while (rv == CKR_OK && b->running) {
		size_t before = out->n;

		rv = broker_send(b, WIRE_OP_LAST, BYTES_NONE, BYTES_NONE, out);
		if (rv == CKR_OK && out->n == before)
			rv = CKR_DEVICE_ERROR;
	}
	return rv;
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

/* --- On passed sockets ------------------------------------------------------------ */

/* What is done in several steps needs to find its sockets there at each. */
static void
direct_hold(struct broker_op *b, bool on)
{
	if (b->held != on)
		kcapi_key_hold(b->sockets, on);
	b->held = on;
}

/* keyringd does it all. */
static void
direct_drop(struct broker_op *b)
{
	direct_hold(b, false);
	b->here = false;
	op_free(&b->direct);
}

/* Whatever goes wrong here, keyringd is asked, and says it right. */
static bool
direct_begin(struct broker_op *b, const struct mech_params *p)
{
	const struct passed_request request = { b->store, b->slot, b->key, b->op.mech,
		p };
	struct passed *passed = object_passed(b->object, b->kernel);
	struct kcapi_key *key =
		passed != NULL ? passed_key(passed, &request, b->needs) : NULL;

	if (key == NULL)
		return false;
	b->sockets = key;
	if (b->direct != NULL &&
		(b->direct->vtable->rearm == NULL ||
			b->direct->vtable->rearm(b->direct, p) != CKR_OK))
		op_free(&b->direct);
	return b->direct != NULL ||
	       op_kcapi_new(b->op.kind, b->op.mech, p, key, &b->direct) == CKR_OK;
}

static bool
is_untouched(struct bytes in, const struct outbuf *out)
{
	const uintptr_t a = (uintptr_t)in.p, b = (uintptr_t)out->p;

	return in.n == 0 || out->cap == 0 || a + in.n <= b || b + out->cap <= a;
}

/* Can keyringd do what the sockets could not? They computed nothing when they were gone
 * before the first call. Where they were revoked, perhaps in the middle, or the kernel had
 * no room for data of that size (it wants AEAD in one piece), the input has to be there
 * still. */
static bool
direct_failed(struct broker_op *b, CK_RV rv, struct bytes in, struct outbuf *out)
{
	const bool gone = rv == CKR_DEVICE_REMOVED ||
			  ((rv == CKR_KEY_HANDLE_INVALID || rv == CKR_HOST_MEMORY) &&
				  is_untouched(in, out));

	if (!gone || b->begun)
		return false;
	direct_drop(b);
	out->n = 0;
	return true;
}

/* The answer of a step after which there is, or is not, another one. What is lost by now is so
 * for good. */
static CK_RV
direct_done(struct broker_op *b, CK_RV rv, bool more)
{
	if (rv != CKR_OK || !more)
		direct_hold(b, false);
	return rv == CKR_DEVICE_REMOVED ? CKR_DEVICE_ERROR : rv;
}

/* Before a part, or the end. Some operations the sockets do only as a whole. */
static void
direct_leave(struct broker_op *b)
{
	if (direct_parts(b) == NULL)
		b->here = false;
}

static bool
direct_is_open(const struct broker_op *b)
{
	for (size_t i = 0; i < ARRAY_LEN(b->needs); i++)
		if (b->needs[i] != NULL && !kcapi_key_still_has(b->sockets, b->needs[i]))
			return false;
	return true;
}

/* What was passed may have been closed since Init. last: by now keyringd can still do it all, and
 * after a first part that is only gathered, or data that were moved, it cannot. */
static void
direct_keep(struct broker_op *b, bool last)
{
	direct_hold(b, true);
	if (last && !direct_is_open(b))
		direct_drop(b);
}

/* More exchanges than one: much data, a mode that is built (key wrapping has six for each eight
 * bytes), a tag that is compared here. */
static bool
takes_steps(const struct broker_op *b, size_t n)
{
	return n > ONE_STEP || b->needs[0] != b->op.mech || b->size.tag_bits % 128 != 0;
}

/* --- Calls ------------------------------------------------------------------------ */

static CK_RV
broker_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct broker_op *b = (struct broker_op *)op;
	CK_RV rv;

	if (b->here && takes_steps(b, in.n))
		direct_keep(b, !is_untouched(in, out));
	if (b->here) {
		rv = b->direct->vtable->once(b->direct, in, signature, out);
		if (!direct_failed(b, rv, in, out))
			return direct_done(b, rv, false);
	}
	rv = broker_send_most(b, &in, out);
	/* what takes no parts (AES-KW) has its data in one message, or not at all */
	if (rv == CKR_FUNCTION_NOT_SUPPORTED)
		rv = op->kind == OP_DECRYPT ? CKR_ENCRYPTED_DATA_LEN_RANGE
					    : CKR_DATA_LEN_RANGE;
	if (rv == CKR_OK)
		rv = broker_send_last(b, in, signature, out);
	/* it may be asked again, with more room for its output */
	b->total_in = 0;
	return rv;
}

static CK_RV
broker_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct broker_op *b = (struct broker_op *)op;
	CK_RV rv;

	direct_leave(b);
	if (b->here)
		direct_keep(b, !b->begun);
	if (b->here) {
		rv = b->direct->vtable->update(b->direct, in, out);
		if (!direct_failed(b, rv, in, out)) {
			b->begun |= in.n != 0;
			return direct_done(b, rv, true);
		}
	}
	rv = broker_send_most(b, &in, out);
	return rv == CKR_OK ? broker_send(b, 0, in, BYTES_NONE, out) : rv;
}

static CK_RV
broker_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct broker_op *b = (struct broker_op *)op;
	CK_RV rv;

	direct_leave(b);
	if (b->here) {
		rv = b->direct->vtable->final(b->direct, signature, out);
		if (!direct_failed(b, rv, BYTES_NONE, out))
			return direct_done(b, rv, false);
	}
	return broker_send_last(b, BYTES_NONE, signature, out);
}

static CK_RV
broker_set_params(struct broker_op *b, const struct mech_params *p)
{
	const struct mech *m = b->op.mech;

	b->size.tag_bits = p->tag_bits;
	b->size.mac_len = p->mac_len;
	buf_reset(&b->params);
	mech_params_encode(m, p, &b->params);
	if (!buf_ok(&b->params))
		return CKR_HOST_MEMORY;
	direct_hold(b, false);
	b->begun = false;
	b->here = direct_begin(b, p);
	return CKR_OK;
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
	direct_hold(b, false);
	op_free(&b->direct);
	object_unref(&b->object);
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
broker_op_new(const struct object_view *v, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct object *key, struct op **ret)
{
	struct broker_op *b = calloc(1, sizeof *b);
	CK_RV rv;

	if (b == NULL)
		return CKR_HOST_MEMORY;
	b->op = (struct op){ &broker_vtable, m, kind };
	b->store = v->store;
	b->kernel = v->kernel;
	b->object = object_ref(key);
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
