/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GCM, CCM and GMAC by the kernel's AEADs, which take a whole message at once, as much as
 * a socket's buffers hold. What they do not take (other IVs, more data, GCM's encryption
 * in parts, which gives out every part at once) is built from plainer modes.
 */
#include <errno.h>
#include <stdlib.h>

#include "common/buf.h"
#include "cryptoki/mech_size.h"
#include "kcapi_backend/ops.h"

/* bytes in one exchange: with more the kernel's bookkeeping may not fit into optmem_max */
#define DIRECT_MAX ((size_t)512 << 10)
#define HELD_MAX ((size_t)1 << 30)    /* bytes gathered */
#define STREAM_FROM ((size_t)1 << 16) /* bytes of GMAC gathered before it is built */

struct aead_op {
	struct op op;
	const struct alg *alg;
	struct kcapi_key *key;
	struct tfm *tfm;
	struct lease lease;
	struct control control;
	struct mech_params p; /* extra is in aad */
	struct buf aad;
	size_t tag;
	bool unfit;       /* parameters the kernel does not take */
	bool streaming;   /* built has had data */
	bool started;     /* something was computed */
	struct buf held;  /* parts, until all are there */
	struct buf sink;  /* room for what comes back and is not asked for */
	struct op *built; /* made when it is needed */
};

static struct aead_op *
aead_of(struct op *op)
{
	return (struct aead_op *)op;
}

static bool
is_mac(const struct op *op)
{
	return op->mech->algorithm == ALG_GMAC;
}

static bool
seals(const struct op *op)
{
	return op->kind != OP_DECRYPT;
}

/* Parts come out as they go in. */
static bool
streams(const struct op *op)
{
	return op->mech->algorithm == ALG_GCM && op->kind == OP_ENCRYPT;
}

static CK_RV
length_error(const struct op *op)
{
	return seals(op) ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE;
}

static CK_RV
result(const struct aead_op *a, int err)
{
	return kcapi_rv(err, a->op.kind, a->started);
}

/* --- Sizes ------------------------------------------------------------------------- */

static size_t
aead_once_size(const struct op *op, size_t in_len)
{
	if (is_mac(op))
		return op->kind == OP_SIGN ? ((const struct aead_op *)op)->tag : 0;
	return (size_t)mech_whole_size(
		op->mech, &((const struct aead_op *)op)->p, op->kind, in_len);
}

static size_t
aead_update_size(const struct op *op, size_t in_len)
{
	return streams(op) ? in_len : 0;
}

static size_t
aead_final_size(const struct op *op)
{
	return aead_once_size(op, streams(op) ? 0 : ((const struct aead_op *)op)->held.n);
}

/* --- The kernel's ------------------------------------------------------------------- */

static void
set_iv(struct aead_op *a)
{
	if (a->alg->algorithm != ALG_CCM) {
		memcpy(a->control.iv, a->p.iv, AEAD_IV);
		return;
	}
	/* RFC 3610, A_0: what the kernel wants of CCM is its counter block */
	memset(a->control.iv, 0, a->alg->iv);
	a->control.iv[0] = (uint8_t)(14 - a->p.iv_len);
	memcpy(a->control.iv + 1, a->p.iv, a->p.iv_len);
}

/* Does n go in one exchange? Then a socket for it is in use. */
static int
direct_begin(struct aead_op *a, size_t n, bool *ret_fits)
{
	int r;

	*ret_fits = false;
	if (a->unfit || n > DIRECT_MAX)
		return 0;
	r = lease_begin(&a->lease, a->tfm);
	if (r != 0)
		return r;
	*ret_fits = lease_room(&a->lease, n) >= n;
	if (!*ret_fits)
		lease_end(&a->lease, false);
	return 0;
}

/* head is authenticated only, data as well, which becomes text and tag. What comes back of
 * head goes to head_back, which may be where it is. */
static int
direct_run(struct aead_op *a, struct bytes head, uint8_t *head_back, struct bytes data,
	uint8_t *text, size_t text_n, uint8_t *tag, size_t tag_n)
{
	struct iovec in[2] = { { (void *)(uintptr_t)head.p, head.n },
		{ (void *)(uintptr_t)data.p, data.n } };
	uint8_t spare;
	struct iovec out[4] = { { head_back, head.n }, { text, text_n }, { tag, tag_n },
		{ &spare, 1 } };
	size_t n = head.n + text_n + tag_n;
	int r;

	set_iv(a);
	control_set_assoc(&a->control, (uint32_t)head.n);
	/* Without room the kernel would not even look at the tag. */
	r = exchange(&a->lease, a->tfm, &a->control, in, 2, head.n + data.n, out,
		n == 0 ? 4 : 3, n);
	a->started |= r == 0;
	return r;
}

static int
direct_seal(struct aead_op *a, struct bytes in, struct outbuf *out)
{
	const size_t whole = a->tfm->tag;
	uint8_t tag[AEAD_TAG];
	int r = direct_run(a, buf_bytes(&a->aad), a->aad.p, in, out->p, in.n, tag, whole);

	if (r == 0) {
		memcpy(out->p + in.n, tag, a->tag);
		out->n = in.n + a->tag;
	}
	return r;
}

/* A transform that was passed knows whole tags only. GCM's shorter ones are their
 * beginnings: the text is recovered (to encrypt is to decrypt), and sealed again. */
static int
direct_open_short(struct aead_op *a, struct bytes in, const uint8_t *given, uint8_t *to)
{
	const struct bytes aad = buf_bytes(&a->aad);
	struct secret text = SECRET_NONE;
	uint8_t tag[AEAD_TAG];
	int r = secret_new(in.n, &text);

	if (r != 0) {
		lease_end(&a->lease, false);
		return r;
	}
	r = direct_run(a, aad, a->aad.p, in, text.p, in.n, tag, sizeof tag);
	if (r == 0)
		r = direct_run(
			a, aad, a->aad.p, secret_bytes(&text), to, in.n, tag, sizeof tag);
	if (r == 0 && !bytes_equal_secret(BYTES(tag, a->tag), BYTES(given, a->tag)))
		r = -EBADMSG;
	if (r == 0 && in.n != 0)
		memcpy(to, text.p, in.n);
	secret_free(&text);
	wipe(tag, sizeof tag);
	return r;
}

static int
direct_open(struct aead_op *a, struct bytes in, struct outbuf *out)
{
	const size_t n = in.n - a->tag;
	uint8_t given[AEAD_TAG];
	int r;

	if (a->tfm->tag != a->tag) {
		memcpy(given, in.p + n, a->tag);
		control_set_encrypt(&a->control, true);
		r = direct_open_short(a, BYTES(in.p, n), given, out->p);
		control_set_encrypt(&a->control, false);
	} else {
		r = direct_run(a, buf_bytes(&a->aad), a->aad.p, in, out->p, n, NULL, 0);
	}
	if (r == 0)
		out->n = n;
	/* The kernel decrypts before it compares. What it has not looked at stays: who is
	 * told to begin anew elsewhere needs its input. */
	else if (in.p != out->p || result(a, r) != CKR_DEVICE_REMOVED)
		wipe(out->p, n);
	return r;
}

static int
direct_mac(struct aead_op *a, struct bytes in, uint8_t *ret)
{
	int r;

	buf_reset(&a->sink);
	if (in.n != 0 && buf_reserve(&a->sink, in.n) == NULL) {
		lease_end(&a->lease, false);
		return -ENOMEM;
	}
	r = direct_run(a, in, a->sink.p, BYTES_NONE, NULL, 0, ret, AEAD_TAG);
	if (in.n != 0)
		wipe(a->sink.p, in.n);
	return r;
}

/* --- Built --------------------------------------------------------------------------- */

static CK_RV
built_ready(struct aead_op *a)
{
	CK_RV rv;

	a->p.extra = buf_bytes(&a->aad);
	if (a->built != NULL)
		return a->built->vtable->rearm(a->built, &a->p);
	rv = op_kcapi_built(a->op.kind, a->op.mech, &a->p, a->key, &a->built);
	return rv == CKR_MECHANISM_INVALID ? CKR_DEVICE_REMOVED : rv;
}

static CK_RV
built_once(struct aead_op *a, struct bytes in, struct bytes signature, struct outbuf *out)
{
	CK_RV rv = built_ready(a);

	return rv == CKR_OK ? a->built->vtable->once(a->built, in, signature, out) : rv;
}

static CK_RV
built_update(struct aead_op *a, struct bytes in, struct outbuf *out)
{
	CK_RV rv = a->streaming ? CKR_OK : built_ready(a);

	if (rv == CKR_OK) {
		a->streaming = true;
		rv = a->built->vtable->update(a->built, in, out);
	}
	return rv;
}

/* ------------------------------------------------------------------------------------ */

static CK_RV
mac_once(struct aead_op *a, struct bytes in, struct bytes signature, struct outbuf *out)
{
	uint8_t tag[AEAD_TAG];
	bool fits;
	CK_RV rv = CKR_OK;
	int r;

	if (a->op.kind == OP_VERIFY && signature.n != a->tag)
		return CKR_SIGNATURE_LEN_RANGE;
	r = direct_begin(a, in.n + AEAD_TAG, &fits);
	if (r == 0 && !fits)
		return built_once(a, in, signature, out);
	if (r == 0)
		r = direct_mac(a, in, tag);
	if (r != 0)
		return result(a, r);
	if (a->op.kind == OP_SIGN)
		rv = outbuf_put(out, BYTES(tag, a->tag));
	else if (!bytes_equal_secret(BYTES(tag, a->tag), signature))
		rv = CKR_SIGNATURE_INVALID;
	wipe(tag, sizeof tag);
	return rv;
}

/* CCM's length is authenticated, and was promised. */
static bool
length_is_right(const struct aead_op *a, size_t n)
{
	if (!seals(&a->op) && n < a->tag)
		return false;
	n -= seals(&a->op) ? 0 : a->tag;
	return a->op.mech->algorithm != ALG_CCM || n == a->p.data_len;
}

static CK_RV
aead_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct aead_op *a = aead_of(op);
	bool fits;
	int r;

	out->n = 0;
	if (is_mac(op))
		return mac_once(a, in, signature, out);
	if (!length_is_right(a, in.n))
		return length_error(op);
	r = direct_begin(a, a->aad.n + in.n + AEAD_TAG, &fits);
	if (r == 0 && !fits)
		return built_once(a, in, signature, out);
	if (r == 0)
		r = seals(op) ? direct_seal(a, in, out) : direct_open(a, in, out);
	return result(a, r);
}

static CK_RV
hold(struct aead_op *a, struct bytes in)
{
	if (in.n > HELD_MAX - a->held.n)
		return length_error(&a->op);
	buf_put_bytes(&a->held, in);
	return buf_ok(&a->held) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
mac_update(struct aead_op *a, struct bytes in, struct outbuf *out)
{
	CK_RV rv;

	if (a->streaming)
		return built_update(a, in, out);
	if (a->held.n + in.n <= STREAM_FROM)
		return hold(a, in);
	rv = built_ready(a);
	if (rv == CKR_DEVICE_REMOVED)
		return hold(a, in);
	if (rv == CKR_OK) {
		a->streaming = true;
		rv = built_update(a, buf_bytes(&a->held), out);
	}
	buf_free(&a->held);
	return rv == CKR_OK ? built_update(a, in, out) : rv;
}

static CK_RV
aead_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct aead_op *a = aead_of(op);

	out->n = 0;
	if (is_mac(op))
		return mac_update(a, in, out);
	return streams(op) ? built_update(a, in, out) : hold(a, in);
}

static CK_RV
aead_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct aead_op *a = aead_of(op);
	CK_RV rv;

	out->n = 0;
	if (a->streaming)
		return a->built->vtable->final(a->built, signature, out);
	rv = aead_once(op, buf_bytes(&a->held), signature, out);
	buf_free(&a->held);
	return rv;
}

/* ------------------------------------------------------------------------------------ */

static CK_RV
aead_rearm(struct op *op, const struct mech_params *p)
{
	struct aead_op *a = aead_of(op);
	CK_RV rv = aead_check(op->mech, p);
	unsigned whole;
	int r = 0;

	if (rv != CKR_OK)
		return rv;
	memcpy(&a->p, p, offsetof(struct mech_params, iv));
	memcpy(a->p.iv, p->iv, p->iv_len);
	a->tag = p->tag_bits / 8;
	a->unfit = !aead_takes(op->mech, p, a->key->how);
	a->streaming = a->started = false;
	if (a->held.cap != 0)
		buf_free(&a->held);
	buf_reset(&a->aad);
	if (!is_mac(op))
		buf_put_bytes(&a->aad, p->extra);
	if (!buf_ok(&a->aad))
		return CKR_HOST_MEMORY;
	whole = aead_transform_tag(op->mech, (unsigned)a->tag, a->key->how);
	if (a->tfm == NULL || a->tfm->tag != whole)
		r = tfm_get(a->key, a->alg, whole, &a->tfm);
	return result(a, r);
}

static void
aead_free(struct op *op)
{
	struct aead_op *a = aead_of(op);

	op_free(&a->built);
	lease_free(&a->lease);
	kcapi_key_unref(&a->key);
	buf_free(&a->aad);
	buf_free(&a->held);
	buf_free(&a->sink);
	free(a);
}

static const struct op_vtable aead_vtable = {
	.once_size = aead_once_size,
	.update_size = aead_update_size,
	.final_size = aead_final_size,
	.once = aead_once,
	.update = aead_update,
	.final = aead_final,
	.rearm = aead_rearm,
	.free = aead_free,
};

CK_RV
op_kcapi_aead(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	const struct alg *alg, struct kcapi_key *key, struct op **ret)
{
	struct aead_op *a = calloc(1, sizeof *a);
	CK_RV rv;

	if (a == NULL)
		return CKR_HOST_MEMORY;
	a->op = (struct op){ &aead_vtable, m, kind };
	a->alg = alg;
	a->key = kcapi_key_ref(key);
	a->aad = BUF_SECRET;
	a->held = BUF_SECRET;
	a->sink = BUF_SECRET;
	control_init(&a->control, alg, kind != OP_DECRYPT);
	rv = aead_rearm(&a->op, p);
	if (rv == CKR_OK)
		rv = op_kcapi_open(&a->lease, a->tfm);
	if (rv != CKR_OK) {
		aead_free(&a->op);
		return rv;
	}
	*ret = &a->op;
	return CKR_OK;
}
