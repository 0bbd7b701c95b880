/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECB, CBC, CTR and XTS. The kernel's operation is over after every exchange: what
 * chains the next one to it (CBC's last block of ciphertext, CTR's counter) is known here
 * anyway. So no socket is held between calls, and one that is lost costs nothing.
 */
#include <errno.h>
#include <stdlib.h>

#include "common/buf.h"
#include "cryptoki/mech_size.h"
#include "kcapi_backend/ops.h"

#define MAX_BLOCK 16u
#define CHUNK (128u << 10)     /* bytes of an exchange at most: stays in the cache */
#define UNIT_MAX (16u << 20)   /* XTS: bytes of one data unit, 2^20 blocks */
#define UNIT_SURE (512u << 10) /* bytes of it that the kernel takes if its buffers do */

struct cipher_op {
	struct op op;
	struct tfm *tfm;
	struct kcapi_key *key;
	struct lease lease;
	struct control control;
	size_t block;
	uint8_t iv[MAX_BLOCK];
	uint8_t carry[MAX_BLOCK]; /* not in a whole block yet */
	size_t carried;
	uint8_t stream[MAX_BLOCK]; /* CTR: key stream not used yet, at its end */
	size_t streamed;
	uint64_t left;   /* CTR: bytes until the counter would wrap */
	struct buf unit; /* XTS: gathered */
	bool started;
};

static struct cipher_op *
cipher_of(struct op *op)
{
	return (struct cipher_op *)op;
}

static CK_RV
length_error(const struct op *op)
{
	return op->kind == OP_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE;
}

static bool
is_stream(const struct cipher_op *c)
{
	return c->op.mech->algorithm == ALG_CTR;
}

static bool
is_gathered(const struct cipher_op *c)
{
	return c->op.mech->algorithm == ALG_XTS;
}

/* --- Sizes ------------------------------------------------------------------------- */

static size_t
cipher_once_size(const struct op *op, size_t in_len)
{
	return in_len;
}

static size_t
cipher_update_size(const struct op *op, size_t in_len)
{
	const struct cipher_op *c = (const struct cipher_op *)op;

	if (is_gathered(c))
		return 0;
	return is_stream(c) ? in_len : (c->carried + in_len) / c->block * c->block;
}

static size_t
cipher_final_size(const struct op *op)
{
	const struct cipher_op *c = (const struct cipher_op *)op;

	return is_gathered(c) ? c->unit.n : 0;
}

/* --- Blocks ------------------------------------------------------------------------ */

static int
cipher_exchange(struct cipher_op *c, const struct iovec *in, size_t in_count,
	const struct iovec *out, size_t out_count, size_t n)
{
	int r;

	if (c->control.iv != NULL)
		memcpy(c->control.iv, c->iv, c->tfm->alg->iv);
	r = exchange(&c->lease, c->tfm, &c->control, in, in_count, n, out, out_count, n);
	c->started |= r == 0;
	return r;
}

/* How much of want goes in one exchange, a socket for which is in use then. */
static int
cipher_chunk(struct cipher_op *c, size_t want, size_t *ret)
{
	size_t room;
	int r = lease_begin(&c->lease, c->tfm);

	if (r != 0)
		return r;
	if (want > CHUNK)
		want = CHUNK;
	room = lease_room(&c->lease, want);
	*ret = want < room ? want : room / MAX_BLOCK * MAX_BLOCK;
	return 0;
}

/* The last block of n bytes of carry and in. */
static void
last_block(const struct cipher_op *c, const uint8_t *in, size_t n, uint8_t *ret)
{
	size_t from_in = n - c->carried, b = c->block;

	if (from_in >= b) {
		memcpy(ret, in + from_in - b, b);
		return;
	}
	memcpy(ret, c->carry + c->carried - (b - from_in), b - from_in);
	if (from_in != 0)
		memcpy(ret + b - from_in, in, from_in);
}

/* n bytes, whole blocks, of carry and in, to out, which may be where in is. What follows
 * in then takes carry's place, as much as was in there: a block that goes out never lies
 * over input that is still to be read. */
static int
blocks_run(struct cipher_op *c, const uint8_t *in, size_t n, uint8_t *out)
{
	const bool cbc = c->op.mech->algorithm == ALG_CBC;

	while (n > 0) {
		uint8_t next_iv[MAX_BLOCK], next_carry[MAX_BLOCK];
		struct iovec from[2], to;
		size_t step, take;
		int r = cipher_chunk(c, n, &step);

		if (r != 0)
			return r;
		take = step - c->carried;
		from[0] = (struct iovec){ c->carry, c->carried };
		from[1] = (struct iovec){ (void *)(uintptr_t)in, take };
		to = (struct iovec){ out, step };
		if (cbc && c->op.kind == OP_DECRYPT)
			last_block(c, in, step, next_iv);
		if (step < n && c->carried != 0)
			memcpy(next_carry, in + take, c->carried);
		r = c->carried != 0 ? cipher_exchange(c, from, 2, &to, 1, step)
				    : cipher_exchange(c, &from[1], 1, &to, 1, step);
		if (r != 0)
			return r;
		if (cbc)
			memcpy(c->iv,
				c->op.kind == OP_DECRYPT ? next_iv
							 : out + step - c->block,
				c->block);
		n -= step;
		if (n != 0 && c->carried != 0) {
			memcpy(c->carry, next_carry, c->carried);
			wipe(next_carry, sizeof next_carry);
		}
		in += n != 0 ? step : take;
		out += step;
	}
	return 0;
}

static CK_RV
blocks_update(struct cipher_op *c, struct bytes in, struct outbuf *out)
{
	const size_t whole = (c->carried + in.n) / c->block * c->block;
	const size_t rest = c->carried + in.n - whole;
	uint8_t tail[MAX_BLOCK];
	int r;

	if (whole == 0) {
		if (in.n != 0)
			memcpy(c->carry + c->carried, in.p, in.n);
		c->carried += in.n;
		return CKR_OK;
	}
	/* what is left over comes from in alone, and may be written over */
	memcpy(tail, in.p + in.n - rest, rest);
	r = blocks_run(c, in.p, whole, out->p);
	if (r == 0) {
		out->n = whole;
		memcpy(c->carry, tail, rest);
		c->carried = rest;
	}
	wipe(tail, sizeof tail);
	return kcapi_rv(r, c->op.kind, c->started);
}

/* --- CTR ---------------------------------------------------------------------------- */

static void
counter_add(uint8_t *counter, uint64_t blocks)
{
	for (size_t i = MAX_BLOCK; i-- > 0 && blocks != 0;) {
		blocks += counter[i];
		counter[i] = (uint8_t)blocks;
		blocks >>= 8;
	}
}

/* Of the key stream that is there. */
static size_t
stream_take(struct cipher_op *c, struct bytes in, uint8_t *out)
{
	size_t n = in.n < c->streamed ? in.n : c->streamed;
	const uint8_t *stream = c->stream + MAX_BLOCK - c->streamed;

	for (size_t i = 0; i < n; i++)
		out[i] = in.p[i] ^ stream[i];
	c->streamed -= n;
	return n;
}

/* step bytes; the block that they end in is filled up with zeroes, which come back as
 * the rest of its key stream. */
static int
stream_step(struct cipher_op *c, const uint8_t *in, uint8_t *out, size_t step, bool more)
{
	static const uint8_t zeroes[MAX_BLOCK];
	const size_t fill = more ? -step % MAX_BLOCK : 0;
	struct iovec from[2] = { { (void *)(uintptr_t)in, step },
		{ (void *)(uintptr_t)zeroes, fill } };
	struct iovec to[2] = { { out, step }, { c->stream + MAX_BLOCK - fill, fill } };
	const size_t count = fill != 0 ? 2 : 1;
	int r = cipher_exchange(c, from, count, to, count, step + fill);

	if (r != 0)
		return r;
	c->streamed = fill;
	counter_add(c->iv, (step + MAX_BLOCK - 1) / MAX_BLOCK);
	return 0;
}

/* more: another call may go on where this one ends. */
static CK_RV
stream_update(struct cipher_op *c, struct bytes in, struct outbuf *out, bool more)
{
	int r = 0;

	if (in.n > c->left) /* 6.11.3: for both ways */
		return CKR_DATA_LEN_RANGE;
	c->left -= in.n;
	out->n = stream_take(c, in, out->p);
	while (r == 0 && out->n < in.n) {
		size_t step;

		r = cipher_chunk(c, in.n - out->n + (more ? MAX_BLOCK : 0), &step);
		if (r != 0)
			break;
		if (step > in.n - out->n)
			step = in.n - out->n;
		r = stream_step(c, in.p + out->n, out->p + out->n, step, more);
		if (r == 0)
			out->n += step;
	}
	return kcapi_rv(r, c->op.kind, c->started);
}

/* --- XTS --------------------------------------------------------------------------- */

/* One data unit: the kernel cannot be told to go on inside one. */
static CK_RV
unit_run(struct cipher_op *c, struct bytes in, struct outbuf *out)
{
	struct iovec from = { (void *)(uintptr_t)in.p, in.n }, to = { out->p, in.n };
	int r;

	if (in.n < MAX_BLOCK || in.n > UNIT_MAX)
		return length_error(&c->op);
	r = lease_begin(&c->lease, c->tfm);
	if (r == 0 && lease_room(&c->lease, in.n) < in.n) {
		lease_end(&c->lease, false);
		r = -EMSGSIZE;
	}
	if (r == 0)
		r = cipher_exchange(c, &from, 1, &to, 1, in.n);
	/* the kernel's bookkeeping has its limit, too (optmem_max) */
	if (r == -ENOMEM && in.n > UNIT_SURE)
		r = -EMSGSIZE;
	/* nothing was computed, and who passed the transform can do it, if what came in
	 * is still the caller's */
	if (r == -EMSGSIZE && in.p != c->unit.p && c->key->how == KCAPI_PASSED)
		r = -ENODEV;
	if (r == 0)
		out->n = in.n;
	return kcapi_rv(r, c->op.kind, c->started);
}

/* ------------------------------------------------------------------------------------ */

static CK_RV
cipher_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct cipher_op *c = cipher_of(op);

	out->n = 0;
	if (is_gathered(c))
		return unit_run(c, in, out);
	if (is_stream(c))
		return stream_update(c, in, out, false);
	return in.n % c->block != 0 ? length_error(op) : blocks_update(c, in, out);
}

static CK_RV
cipher_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct cipher_op *c = cipher_of(op);

	out->n = 0;
	if (is_stream(c))
		return stream_update(c, in, out, true);
	if (!is_gathered(c))
		return blocks_update(c, in, out);
	if (in.n > UNIT_MAX - c->unit.n)
		return length_error(op);
	buf_put_bytes(&c->unit, in);
	return buf_ok(&c->unit) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
cipher_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct cipher_op *c = cipher_of(op);
	CK_RV rv;

	out->n = 0;
	if (!is_gathered(c)) {
		rv = c->carried == 0 ? CKR_OK : length_error(op);
		wipe(c->carry, sizeof c->carry);
		wipe(c->stream, sizeof c->stream);
		return rv;
	}
	rv = unit_run(c, buf_bytes(&c->unit), out);
	buf_free(&c->unit);
	return rv;
}

static CK_RV
cipher_rearm(struct op *op, const struct mech_params *p)
{
	struct cipher_op *c = cipher_of(op);

	if (is_stream(c)) {
		if (p->counter_bits == 0 || p->counter_bits > 128)
			return CKR_MECHANISM_PARAM_INVALID;
		c->left = mech_counter_room(p);
	}
	memcpy(c->iv, p->iv, p->iv_len < MAX_BLOCK ? p->iv_len : MAX_BLOCK);
	if (c->carried != 0)
		wipe(c->carry, sizeof c->carry);
	if (c->streamed != 0)
		wipe(c->stream, sizeof c->stream);
	c->carried = c->streamed = 0;
	c->started = false;
	buf_free(&c->unit);
	return CKR_OK;
}

static void
cipher_free(struct op *op)
{
	struct cipher_op *c = cipher_of(op);

	lease_free(&c->lease);
	kcapi_key_unref(&c->key);
	buf_free(&c->unit);
	wipe(c->carry, sizeof c->carry);
	wipe(c->stream, sizeof c->stream);
	free(c);
}

static const struct op_vtable cipher_vtable = {
	.once_size = cipher_once_size,
	.update_size = cipher_update_size,
	.final_size = cipher_final_size,
	.once = cipher_once,
	.update = cipher_update,
	.final = cipher_final,
	.rearm = cipher_rearm,
	.free = cipher_free,
};

CK_RV
op_kcapi_cipher(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct tfm *t, struct op **ret)
{
	struct cipher_op *c = calloc(1, sizeof *c);
	CK_RV rv;

	if (c == NULL)
		return CKR_HOST_MEMORY;
	c->op = (struct op){ &cipher_vtable, m, kind };
	c->tfm = t;
	c->key = kcapi_key_ref(t->key);
	c->block = ciphers[m->cipher].block;
	c->unit = BUF_SECRET;
	control_init(&c->control, t->alg, kind == OP_ENCRYPT);
	rv = cipher_rearm(&c->op, p);
	if (rv == CKR_OK)
		rv = op_kcapi_open(&c->lease, t);
	if (rv != CKR_OK) {
		cipher_free(&c->op);
		return rv;
	}
	*ret = &c->op;
	return CKR_OK;
}
