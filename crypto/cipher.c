/* SPDX-License-Identifier: Apache-2.0 */
/* AES in ECB, CBC, CBC with padding, CTR and GCM. */
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "common/buf.h"
#include "crypto/crypto.h"
#include "crypto/library.h"
#include "crypto/mac.h"

#define BLOCK 16u
#define MAX_TAG 16u
#define MAX_STEP (1 << 30) /* OpenSSL counts in int */

struct cipher_op {
	struct op op;
	EVP_CIPHER_CTX *ctx;
	size_t pending;  /* bytes taken in, not yet given out */
	size_t tag;      /* GCM: bytes */
	size_t iv_len;   /* as the context has it */
	uint64_t left;   /* CTR: bytes until the counter would wrap */
	struct buf held; /* GCM decryption in parts: ciphertext until its tag came */
};

static const uint8_t modes[] = {
	[ALG_ECB] = MODE_ECB,
	[ALG_CBC] = MODE_CBC,
	[ALG_CBC_PAD] = MODE_CBC,
	[ALG_CTR] = MODE_CTR,
	[ALG_GCM] = MODE_GCM,
};

static struct cipher_op *
cipher_of(struct op *op)
{
	return (struct cipher_op *)op;
}

static bool
is_gcm(const struct op *op)
{
	return op->mech->algorithm == ALG_GCM;
}

static bool
is_padded(const struct op *op)
{
	return op->mech->algorithm == ALG_CBC_PAD;
}

static bool
is_stream(const struct op *op)
{
	return is_gcm(op) || op->mech->algorithm == ALG_CTR;
}

/* The error of input of an impossible length. */
static CK_RV
length_error(const struct op *op)
{
	return op->kind == OP_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE;
}

static size_t
cipher_once_size(const struct op *op, size_t in_len)
{
	const struct cipher_op *c = (const struct cipher_op *)op;

	if (is_gcm(op) && op->kind == OP_ENCRYPT)
		return in_len + c->tag;
	if (is_gcm(op))
		return in_len < c->tag ? 0 : in_len - c->tag;
	if (is_padded(op) && op->kind == OP_ENCRYPT)
		return in_len / BLOCK * BLOCK + BLOCK;
	return in_len;
}

static size_t
cipher_update_size(const struct op *op, size_t in_len)
{
	const struct cipher_op *c = (const struct cipher_op *)op;

	if (is_gcm(op) && op->kind == OP_DECRYPT)
		return 0;
	if (is_stream(op))
		return in_len;
	return (c->pending + in_len) / BLOCK * BLOCK;
}

static size_t
cipher_final_size(const struct op *op)
{
	const struct cipher_op *c = (const struct cipher_op *)op;

	if (is_gcm(op))
		return op->kind == OP_ENCRYPT ? c->tag
		       : c->held.n < c->tag   ? 0
					      : c->held.n - c->tag;
	return is_padded(op) ? BLOCK : 0;
}

/* Feeds in; what comes out is added to out. */
static CK_RV
cipher_feed(struct cipher_op *c, struct bytes in, struct outbuf *out)
{
	while (in.n > 0) {
		int step = in.n > MAX_STEP ? MAX_STEP : (int)in.n, n = 0;

		if (EVP_CipherUpdate(c->ctx, out->p + out->n, &n, in.p, step) != 1)
			return CKR_FUNCTION_FAILED;
		out->n += (size_t)n;
		in.p += step;
		in.n -= (size_t)step;
	}
	return CKR_OK;
}

/* OpenSSL takes exactly the same place for both, or none in common. With bytes
 * pending the output lags behind the input, so the same place is none of these. */
static CK_RV
cipher_feed_in_place(struct cipher_op *c, struct bytes in, struct outbuf *out)
{
	struct buf copy = BUF_SECRET;
	CK_RV rv = CKR_HOST_MEMORY;

	buf_put_bytes(&copy, in);
	if (buf_ok(&copy))
		rv = cipher_feed(c, buf_bytes(&copy), out);
	buf_free(&copy);
	return rv;
}

static bool
overlaps(struct bytes in, const struct outbuf *out)
{
	return in.n != 0 && out->cap != 0 && in.p < out->p + out->cap &&
	       out->p < in.p + in.n;
}

static CK_RV
cipher_take(struct cipher_op *c, struct bytes in, struct outbuf *out)
{
	bool lags = c->pending != 0 || (is_padded(&c->op) && c->op.kind == OP_DECRYPT);
	CK_RV rv;

	out->n = 0;
	if (c->op.mech->algorithm == ALG_CTR) {
		if (in.n > c->left)
			return length_error(&c->op);
		c->left -= in.n;
	}
	if (overlaps(in, out) && (lags || in.p != out->p))
		rv = cipher_feed_in_place(c, in, out);
	else
		rv = cipher_feed(c, in, out);
	if (!is_stream(&c->op))
		c->pending += in.n - out->n;
	return rv;
}

static CK_RV
gcm_check_tag(struct cipher_op *c, const uint8_t *tag, struct outbuf *out)
{
	uint8_t none[BLOCK];
	int n = 0;

	if (EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, (int)c->tag,
		    (void *)(uintptr_t)tag) == 1 &&
		EVP_CipherFinal_ex(c->ctx, none, &n) == 1)
		return CKR_OK;
	wipe(out->p, out->n);
	out->n = 0;
	return CKR_ENCRYPTED_DATA_INVALID;
}

/* Ciphertext and tag, whole: nothing stays in out unless the tag is right. */
static CK_RV
gcm_open(struct cipher_op *c, struct bytes in, struct outbuf *out)
{
	uint8_t tag[MAX_TAG];
	CK_RV rv;

	out->n = 0;
	if (in.n < c->tag)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	in.n -= c->tag;
	/* The output may lie over it. */
	memcpy(tag, in.p + in.n, c->tag);
	rv = cipher_take(c, in, out);
	if (rv == CKR_OK)
		return gcm_check_tag(c, tag, out);
	wipe(out->p, out->n);
	out->n = 0;
	return rv;
}

static CK_RV
gcm_seal_end(struct cipher_op *c, struct outbuf *out)
{
	int n = 0;

	if (EVP_CipherFinal_ex(c->ctx, out->p + out->n, &n) != 1 ||
		EVP_CIPHER_CTX_ctrl(
			c->ctx, EVP_CTRL_AEAD_GET_TAG, (int)c->tag, out->p + out->n) != 1)
		return CKR_FUNCTION_FAILED;
	out->n += c->tag;
	return CKR_OK;
}

/* The end of a cipher without a tag; adds to out. */
static CK_RV
block_end(struct cipher_op *c, struct outbuf *out)
{
	uint8_t last[BLOCK];
	int n = 0;
	bool ok;

	if (is_stream(&c->op))
		return CKR_OK;
	if (!is_padded(&c->op))
		return c->pending == 0 ? CKR_OK : length_error(&c->op);
	if (c->op.kind == OP_DECRYPT && c->pending != BLOCK)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	ok = EVP_CipherFinal_ex(c->ctx, last, &n) == 1;
	if (ok) {
		memcpy(out->p + out->n, last, (size_t)n);
		out->n += (size_t)n;
	}
	wipe(last, sizeof last);
	return ok ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID;
}

static CK_RV
cipher_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct cipher_op *c = cipher_of(op);
	CK_RV rv;

	if (is_gcm(op) && op->kind == OP_DECRYPT)
		return gcm_open(c, in, out);
	if (!is_stream(op) && in.n % BLOCK != 0 &&
		!(is_padded(op) && op->kind == OP_ENCRYPT))
		return length_error(op);
	rv = cipher_take(c, in, out);
	if (rv != CKR_OK)
		return rv;
	return is_gcm(op) ? gcm_seal_end(c, out) : block_end(c, out);
}

static CK_RV
cipher_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct cipher_op *c = cipher_of(op);

	if (!is_gcm(op) || op->kind == OP_ENCRYPT)
		return cipher_take(c, in, out);
	out->n = 0;
	buf_put_bytes(&c->held, in);
	return buf_ok(&c->held) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
cipher_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct cipher_op *c = cipher_of(op);
	CK_RV rv;

	out->n = 0;
	if (!is_gcm(op))
		return block_end(c, out);
	if (op->kind == OP_ENCRYPT)
		return gcm_seal_end(c, out);
	rv = gcm_open(c, buf_bytes(&c->held), out);
	buf_free(&c->held);
	return rv;
}

/* Bytes that a counter of so many bits, starting at iv, lasts for: OpenSSL would
 * carry into the bits that are not the counter's. With 128 bits there are none. */
static uint64_t
counter_room(const struct mech_params *p)
{
	unsigned low_bits = p->counter_bits < 64 ? p->counter_bits : 64;
	uint64_t high = 0, low = 0, left;

	for (size_t i = 0; i < 8; i++) {
		high = high << 8 | p->iv[i];
		low = low << 8 | p->iv[8 + i];
	}
	/* blocks until the low part wraps, minus one, so that 2^64 fits */
	left = ~low & (UINT64_MAX >> (64 - low_bits));
	if (p->counter_bits > 64) {
		uint64_t mask = UINT64_MAX >> (128 - p->counter_bits);

		if (p->counter_bits >= 128 || (high & mask) != mask)
			return UINT64_MAX;
	}
	return left >= UINT64_MAX / BLOCK ? UINT64_MAX : (left + 1) * BLOCK;
}

/* New parameters for the key that is in the context. */
static CK_RV
cipher_rearm(struct op *op, const struct mech_params *p)
{
	struct cipher_op *c = cipher_of(op);
	const uint8_t *iv = op->mech->algorithm == ALG_ECB ? NULL : p->iv;
	int n;

	c->pending = 0;
	buf_free(&c->held);
	if (op->mech->algorithm == ALG_CTR) {
		if (p->counter_bits == 0 || p->counter_bits > 128)
			return CKR_MECHANISM_PARAM_INVALID;
		c->left = counter_room(p);
	}
	if (is_gcm(op)) {
		if (p->tag_bits % 8 != 0 || p->tag_bits > 8 * MAX_TAG ||
			p->tag_bits < 32 || p->iv_len == 0)
			return CKR_MECHANISM_PARAM_INVALID;
		c->tag = p->tag_bits / 8;
		if (p->iv_len != c->iv_len &&
			EVP_CIPHER_CTX_ctrl(
				c->ctx, EVP_CTRL_AEAD_SET_IVLEN, p->iv_len, NULL) != 1)
			return CKR_MECHANISM_PARAM_INVALID;
		c->iv_len = p->iv_len;
	}
	if (EVP_CipherInit_ex2(c->ctx, NULL, NULL, iv, -1, NULL) != 1)
		return CKR_FUNCTION_FAILED;
	if (is_gcm(op) && p->extra.n != 0 &&
		(p->extra.n > INT32_MAX || EVP_CipherUpdate(c->ctx, NULL, &n, p->extra.p,
						   (int)p->extra.n) != 1))
		return CKR_MECHANISM_PARAM_INVALID;
	return CKR_OK;
}

static void
cipher_free(struct op *op)
{
	EVP_CIPHER_CTX_free(cipher_of(op)->ctx);
	buf_free(&cipher_of(op)->held);
	free(op);
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

static CK_RV
cipher_key(struct cipher_op *c, struct bytes key)
{
	const struct crypto_library *l = crypto_library();
	static const uint8_t zero_iv[BLOCK];
	size_t size;

	if (key.n != 16 && key.n != 24 && key.n != 32)
		return CKR_KEY_SIZE_RANGE;
	if (l == NULL)
		return CKR_HOST_MEMORY;
	size = key.n / 8 - 2;
	if (EVP_CipherInit_ex2(c->ctx, l->aes[modes[c->op.mech->algorithm]][size], key.p,
		    zero_iv, c->op.kind == OP_ENCRYPT, NULL) != 1)
		return CKR_FUNCTION_FAILED;
	c->iv_len = is_gcm(&c->op) ? 12 : BLOCK;
	(void)EVP_CIPHER_CTX_set_padding(c->ctx, is_padded(&c->op));
	return CKR_OK;
}

CK_RV
op_cipher_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret)
{
	struct cipher_op *c;
	CK_RV rv;

	if (kind != OP_ENCRYPT && kind != OP_DECRYPT)
		return CKR_MECHANISM_INVALID;
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return CKR_HOST_MEMORY;
	c->op = (struct op){ &cipher_vtable, m, kind };
	c->held = BUF_SECRET;
	c->ctx = EVP_CIPHER_CTX_new();
	rv = c->ctx == NULL ? CKR_HOST_MEMORY : cipher_key(c, key);
	if (rv == CKR_OK)
		rv = cipher_rearm(&c->op, p);
	if (rv != CKR_OK) {
		cipher_free(&c->op);
		return rv;
	}
	*ret = &c->op;
	return CKR_OK;
}

CK_RV
op_secret_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret)
{
	switch (m->algorithm) {
	case ALG_HMAC:
		return op_mac_new(kind, m, p, key, ret);
	case ALG_ECB:
	case ALG_CBC:
	case ALG_CBC_PAD:
	case ALG_CTR:
	case ALG_GCM:
		return op_cipher_new(kind, m, p, key, ret);
	default:
		return CKR_MECHANISM_INVALID;
	}
}
