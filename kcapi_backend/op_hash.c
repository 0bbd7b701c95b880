/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests, HMAC and CMAC. A whole message is one send and one receive; in parts the state
 * is on the operation socket, which is held from the first byte to the end.
 */
#include <errno.h>
#include <stdlib.h>

#include "kcapi_backend/ops.h"

#define MAX_HASH 64u
#define SEND_MAX ((size_t)1 << 30) /* bytes: the kernel takes less than 2^31 at once */
#define TRIES 4

struct hash_op {
	struct op op;
	struct tfm *tfm;
	struct kcapi_key *key; /* NULL: a digest */
	struct lease lease;
	struct control control;
	size_t size; /* bytes given out */
	bool begun;
};

static struct hash_op *
hash_of(struct op *op)
{
	return (struct hash_op *)op;
}

static size_t
hash_final_size(const struct op *op)
{
	return op->kind == OP_VERIFY ? 0 : ((const struct hash_op *)op)->size;
}

static size_t
hash_once_size(const struct op *op, size_t in_len)
{
	return hash_final_size(op);
}

static size_t
hash_update_size(const struct op *op, size_t in_len)
{
	return 0;
}

/* One part, on the lease's socket. A socket that turns out not to be ours costs nothing
 * as long as there is no state on it. */
static int
hash_send(struct hash_op *h, struct bytes in, int flags)
{
	struct iovec v = { (void *)(uintptr_t)in.p, in.n };
	ssize_t n = 0;
	int r;

	/* the state was on a socket that was lost at the end of a call */
	if (h->begun && h->lease.slot == NULL)
		return -EIO;
	for (int i = 0; i < TRIES; i++) {
		r = lease_begin(&h->lease, h->tfm);
		if (r != 0)
			return r;
		n = sock_send(h->lease.fd, &h->control, &v, in.n != 0, flags);
		if (n == (ssize_t)in.n)
			return 0;
		if (!lease_fail(&h->lease) || h->begun)
			break;
	}
	return n < 0 && !h->begun ? (int)n : -EIO;
}

/* All but the last part of what is too much for one send. */
static int
hash_send_long(struct hash_op *h, struct bytes *in)
{
	int r = 0;

	while (r == 0 && in->n > SEND_MAX) {
		r = hash_send(h, BYTES(in->p, SEND_MAX), MSG_MORE);
		if (r != 0)
			break;
		lease_end(&h->lease, true);
		h->begun = true;
		*in = BYTES(in->p + SEND_MAX, in->n - SEND_MAX);
	}
	return r;
}

/* The result; after it the socket is as new. */
static int
hash_receive(struct hash_op *h, uint8_t *ret)
{
	struct iovec v = { ret, h->tfm->alg->tag };
	ssize_t n = sock_receive(h->lease.fd, &v, 1);

	if (n == (ssize_t)v.iov_len) {
		lease_end(&h->lease, false);
		h->begun = false;
		return 0;
	}
	(void)lease_fail(&h->lease);
	return -EIO;
}

static CK_RV
hash_give(struct hash_op *h, const uint8_t *whole, struct bytes signature,
	struct outbuf *out)
{
	if (h->op.kind == OP_VERIFY)
		return bytes_equal_secret(BYTES(whole, h->size), signature)
			       ? CKR_OK
			       : CKR_SIGNATURE_INVALID;
	return outbuf_put(out, BYTES(whole, h->size));
}

/* flags: of the last part. */
static CK_RV
hash_end(struct hash_op *h, struct bytes in, int flags, struct bytes signature,
	struct outbuf *out)
{
	const bool started = h->begun;
	uint8_t whole[MAX_HASH];
	CK_RV rv;
	int r;

	out->n = 0;
	if (h->op.kind == OP_VERIFY && signature.n != h->size)
		return CKR_SIGNATURE_LEN_RANGE;
	r = hash_send_long(h, &in);
	if (r == 0)
		r = hash_send(h, in, h->begun ? flags : 0);
	if (r == 0)
		r = hash_receive(h, whole);
	if (r != 0)
		return kcapi_rv(r, h->op.kind, started);
	rv = hash_give(h, whole, signature, out);
	wipe(whole, sizeof whole);
	return rv;
}

static CK_RV
hash_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	return hash_end(hash_of(op), in, 0, signature, out);
}

static CK_RV
hash_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct hash_op *h = hash_of(op);
	const bool started = h->begun;
	int r;

	out->n = 0;
	if (in.n == 0)
		return CKR_OK;
	r = hash_send_long(h, &in);
	if (r == 0)
		r = hash_send(h, in, MSG_MORE);
	if (r != 0)
		return kcapi_rv(r, op->kind, started);
	lease_end(&h->lease, true);
	h->begun = true;
	return CKR_OK;
}

/* The empty send says MSG_MORE, or the kernel would take it for a new message; it is there
 * for its control messages. */
static CK_RV
hash_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	return hash_end(hash_of(op), BYTES_NONE, MSG_MORE, signature, out);
}

static CK_RV
hash_rearm(struct op *op, const struct mech_params *p)
{
	struct hash_op *h = hash_of(op);
	const size_t whole = h->tfm->alg->tag;

	if (op->mech->param == PARAM_LENGTH && (p->mac_len == 0 || p->mac_len > whole))
		return CKR_MECHANISM_PARAM_INVALID;
	h->size = op->mech->param == PARAM_LENGTH ? p->mac_len : whole;
	if (h->begun)
		lease_abandon(&h->lease);
	h->begun = false;
	return CKR_OK;
}

static void
hash_free(struct op *op)
{
	struct hash_op *h = hash_of(op);

	lease_free(&h->lease);
	kcapi_key_unref(&h->key);
	free(h);
}

static CK_RV hash_clone(const struct op *op, struct op **ret);

static const struct op_vtable hash_vtable = {
	.once_size = hash_once_size,
	.update_size = hash_update_size,
	.final_size = hash_final_size,
	.once = hash_once,
	.update = hash_update,
	.final = hash_final,
	.rearm = hash_rearm,
	.clone = hash_clone,
	.free = hash_free,
};

static struct hash_op *
hash_new(enum op_kind kind, const struct mech *m, struct tfm *t)
{
	struct hash_op *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->op = (struct op){ &hash_vtable, m, kind };
	h->tfm = t;
	if (!t->key->unkeyed)
		h->key = kcapi_key_ref(t->key);
	control_init(&h->control, t->alg, true);
	return h;
}

static CK_RV
hash_clone(const struct op *op, struct op **ret)
{
	/* the socket's, not the operation's: what it means does not change */
	struct hash_op *from = (struct hash_op *)(uintptr_t)op;
	struct hash_op *h = hash_new(op->kind, op->mech, from->tfm);
	int r = 0;

	if (h == NULL)
		return CKR_HOST_MEMORY;
	h->size = from->size;
	h->begun = from->begun;
	if (from->begun)
		r = lease_clone(&from->lease, &h->lease);
	if (r != 0) {
		hash_free(&h->op);
		return kcapi_rv(r, op->kind, true);
	}
	if (from->begun)
		lease_end(&h->lease, true);
	*ret = &h->op;
	return CKR_OK;
}

CK_RV
op_kcapi_hash(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct tfm *t, struct op **ret)
{
	struct hash_op *h = hash_new(kind, m, t);
	CK_RV rv;

	if (h == NULL)
		return CKR_HOST_MEMORY;
	rv = hash_rearm(&h->op, p);
	if (rv == CKR_OK)
		rv = op_kcapi_open(&h->lease, t);
	if (rv != CKR_OK) {
		hash_free(&h->op);
		return rv;
	}
	*ret = &h->op;
	return CKR_OK;
}
