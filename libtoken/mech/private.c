/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys: keystored signs and decrypts. What a mechanism hashes is hashed
 * here, in as many parts as the application likes, so each operation is one
 * round trip with a digest in it, at the very end. What is signed without that, by EdDSA, ML-DSA and
 * SLH-DSA, is needed as a whole: its parts are gathered.
 */
#include "libtoken/mech/mech.h"

#include "common/cleanup.h"
#include "libtoken/object/remote.h"

struct private_op {
	struct op op;
	struct store *store;
	CK_SLOT_ID slot;
	struct wire_id key;
	struct object *object;
	size_t out_size;
	uint64_t use; /* keyringd's number: the PIN was given, for the next use; or 0 */
	struct buf params; /* mech_params_encode() */
	struct op *hash;   /* NULL: the mechanism takes the data as it is */
	struct buf parts;  /* of that, where it comes in some */
};

static size_t
private_once_size(const struct op *op, size_t in_len)
{
	return ((const struct private_op *)op)->out_size;
}

static size_t
private_update_size(const struct op *op, size_t in_len)
{
	return 0;
}

static size_t
private_final_size(const struct op *op)
{
	return ((const struct private_op *)op)->out_size;
}

static CK_RV
private_send(struct private_op *p, struct bytes data, struct outbuf *out)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	struct wire_op request = { .slot = p->slot,
		.op = p->use,
		.flags = WIRE_OP_FIRST | WIRE_OP_LAST,
		.kind = (uint8_t)p->op.kind,
		.key = p->key,
		.mechanism = p->op.mech->type,
		.params = buf_bytes(&p->params),
		.data = data };
	struct wire_op_reply reply;
	CK_RV rv;

	if (data.n > WIRE_MAX_CHUNK)
		return p->op.kind == OP_DECRYPT ? CKR_ENCRYPTED_DATA_LEN_RANGE
						: CKR_DATA_LEN_RANGE;
	rv = remote_about(p->store, p->object, WIRE_OP, &request, &reply, &payload);
	p->use = 0;
	if (rv != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
	if (reply.data.n > out->cap)
		return CKR_DEVICE_ERROR;
	if (reply.data.n != 0)
		memcpy(out->p, reply.data.p, reply.data.n);
	out->n = reply.data.n;
	return CKR_OK;
}

/* --- The message ------------------------------------------------------------------- */

static CK_RV
private_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct private_op *p = (struct private_op *)op;
	uint8_t digest[64];
	struct outbuf hash = { digest, sizeof digest, 0 };
	CK_RV rv;

	if (p->hash == NULL)
		return private_send(p, in, out);
	rv = p->hash->vtable->once(p->hash, in, BYTES_NONE, &hash);
	return rv == CKR_OK ? private_send(p, BYTES(digest, hash.n), out) : rv;
}

static CK_RV
private_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct private_op *p = (struct private_op *)op;

	if (p->hash != NULL)
		return p->hash->vtable->update(p->hash, in, out);
	if (in.n > WIRE_MAX_CHUNK - p->parts.n)
		return CKR_DATA_LEN_RANGE;
	buf_put_bytes(&p->parts, in);
	return buf_ok(&p->parts) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
private_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct private_op *p = (struct private_op *)op;
	uint8_t digest[64];
	struct outbuf hash = { digest, sizeof digest, 0 };
	CK_RV rv;

	if (p->hash == NULL)
		return private_send(p, buf_bytes(&p->parts), out);
	rv = p->hash->vtable->final(p->hash, BYTES_NONE, &hash);
	return rv == CKR_OK ? private_send(p, BYTES(digest, hash.n), out) : rv;
}

/* --- The PIN for a use -------------------------------------------------------------- */

/* What was not used is not left there to be used by others. */
static void
use_cancel(struct private_op *p)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_op_cancel request = { .op = p->use };
	struct wire_empty reply;

	if (p->use != 0)
		(void)!store_call(p->store, WIRE_OP_CANCEL, &request, &reply, &payload);
	p->use = 0;
}

static CK_RV
private_login(struct op *op, struct bytes pin)
{
	struct private_op *p = (struct private_op *)op;
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_login_use request = { .slot = p->slot, .key = p->key, .pin = pin };
	struct wire_login_use_reply reply;
	CK_RV rv;

	/* no PIN is that long: not a try to be counted, and never sent */
	if (pin.n > WIRE_MAX_PIN)
		return CKR_PIN_INCORRECT;
	use_cancel(p);
	rv = remote_request(&request.request);
	if (rv == CKR_OK)
		rv = remote_about(
			p->store, p->object, WIRE_LOGIN_USE, &request, &reply, &payload);
	if (rv == CKR_OK)
		p->use = reply.op;
	return rv;
}

/* --- Its beginning ----------------------------------------------------------------- */

static CK_RV
hash_start(struct private_op *p, enum digest hash)
{
	/* of SHAKE256 the bytes that RFC 8032 takes */
	const struct mech_params usual = { .mac_len = digests[hash].size };

	if (hash == DIGEST_NONE || p->op.kind != OP_SIGN) {
		op_free(&p->hash);
		return CKR_OK;
	}
	if (p->hash != NULL && p->hash->mech->digest == hash)
		return p->hash->vtable->rearm(p->hash, &usual);
	op_free(&p->hash);
	return op_digest_new(mech_lookup(digests[hash].mechanism), NULL, &p->hash);
}

static CK_RV
private_rearm(struct op *op, const struct mech_params *params)
{
	struct private_op *p = (struct private_op *)op;
	enum digest hash;
	CK_RV rv = pkey_hash(op->mech, params, p->object->attributes, &hash);

	if (rv != CKR_OK)
		return rv;
	buf_reset(&p->parts);
	buf_reset(&p->params);
	mech_params_encode(op->mech, params, &p->params);
	return buf_ok(&p->params) ? hash_start(p, hash) : CKR_HOST_MEMORY;
}

static void
private_free(struct op *op)
{
	struct private_op *p = (struct private_op *)op;

	use_cancel(p);
	op_free(&p->hash);
	buf_free(&p->params);
	buf_free(&p->parts);
	object_unref(&p->object);
	free(p);
}

static const struct op_vtable once_vtable = {
	.once_size = private_once_size,
	.update_size = private_update_size,
	.final_size = private_final_size,
	.once = private_once,
	.rearm = private_rearm,
	.login = private_login,
	.free = private_free,
};

static const struct op_vtable parts_vtable = {
	.once_size = private_once_size,
	.update_size = private_update_size,
	.final_size = private_final_size,
	.once = private_once,
	.update = private_update,
	.final = private_final,
	.rearm = private_rearm,
	.login = private_login,
	.free = private_free,
};

CK_RV
private_op_new(const struct object_view *v, enum op_kind kind, const struct mech *m,
	const struct mech_params *params, struct object *key, struct op **ret)
{
	const bool parts = kind == OP_SIGN && mech_signs_parts(m);
	struct private_op *p = calloc(1, sizeof *p);
	CK_RV rv;

	if (p == NULL)
		return CKR_HOST_MEMORY;
	p->op = (struct op){ parts ? &parts_vtable : &once_vtable, m, kind };
	p->store = v->store;
	p->slot = key->slot;
	p->key = key->id;
	p->object = object_ref(key);
	p->out_size = pkey_output_size(m, key->attributes);
	p->params = BUF_SECRET;
	p->parts = BUF_SECRET;
	rv = p->out_size != 0 ? private_rearm(&p->op, params) : CKR_KEY_TYPE_INCONSISTENT;
	if (rv != CKR_OK) {
		private_free(&p->op);
		return rv;
	}
	*ret = &p->op;
	return CKR_OK;
}
