/* SPDX-License-Identifier: Apache-2.0 */
/* What OpenSSL does by itself: ECB, CBC, CTR, OFB, CFB and XTS, and ChaCha20. */
#include "crypto/cipher.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/secret.h"
#include "crypto/library.h"
#include "cryptoki/mech_size.h"

#define MAX_BLOCK 16u
#define MAX_STEP (1 << 30)      /* OpenSSL counts in int */
#define XTS_MIN 16u             /* bytes of a data unit */
#define XTS_MAX (1u << 20 << 4) /* IEEE 1619: 2^20 blocks */

struct cipher_op {
	struct op op;
	EVP_CIPHER_CTX *ctx;
	size_t block;
	size_t pending;    /* bytes taken in, not yet given out */
	uint64_t left;     /* bytes until a counter would wrap */
	struct buf held;   /* XTS in parts: a data unit is one call */
	struct secret key; /* ChaCha20: what each nonce's own may be made of */
};

static struct cipher_op *
cipher_of(struct op *op)
{
	return (struct cipher_op *)op;
}

/* The error of input of an impossible length. */
static CK_RV
length_error(const struct op *op)
{
	return op->kind == OP_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE;
}

/* Of more than a counter is good for: 6.11.3 has one for both ways. */
static CK_RV
counter_error(const struct op *op)
{
	return op->mech->algorithm == ALG_CTR ? CKR_DATA_LEN_RANGE : length_error(op);
}

static size_t
cipher_once_size(const struct op *op, size_t in_len)
{
	return in_len;
}

static size_t
cipher_update_size(const struct op *op, size_t in_len)
{
	const struct cipher_op *c = (const struct cipher_op *)op;

	if (algorithms[op->mech->algorithm].streams)
		return in_len;
	if (op->mech->algorithm == ALG_XTS)
		return 0;
	return (c->pending + in_len) / c->block * c->block;
}

static size_t
cipher_final_size(const struct op *op)
{
	return ((const struct cipher_op *)op)->held.n;
}

CK_RV
cipher_feed(EVP_CIPHER_CTX *ctx, struct bytes in, struct outbuf *out)
{
	while (in.n > 0) {
		int step = in.n > MAX_STEP ? MAX_STEP : (int)in.n, n = 0;

		if (EVP_CipherUpdate(ctx, out->p + out->n, &n, in.p, step) != 1)
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
		rv = cipher_feed(c->ctx, buf_bytes(&copy), out);
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
	CK_RV rv;

	out->n = 0;
	if (in.n > c->left)
		return counter_error(&c->op);
	if (c->left != UINT64_MAX)
		c->left -= in.n;
	if (overlaps(in, out) && (c->pending != 0 || in.p != out->p))
		rv = cipher_feed_in_place(c, in, out);
	else
		rv = cipher_feed(c->ctx, in, out);
	if (!algorithms[c->op.mech->algorithm].streams)
		c->pending += in.n - out->n;
	return rv;
}

static CK_RV
xts_take(struct cipher_op *c, struct bytes in, struct outbuf *out)
{
	out->n = 0;
	if (in.n < XTS_MIN || in.n > XTS_MAX)
		return length_error(&c->op);
	return cipher_feed(c->ctx, in, out);
}

static CK_RV
cipher_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct cipher_op *c = cipher_of(op);

	if (op->mech->algorithm == ALG_XTS)
		return xts_take(c, in, out);
	if (in.n % op->mech->block != 0)
		return length_error(op);
	return cipher_take(c, in, out);
}

static CK_RV
cipher_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct cipher_op *c = cipher_of(op);

	if (op->mech->algorithm != ALG_XTS)
		return cipher_take(c, in, out);
	out->n = 0;
	if (in.n > XTS_MAX - c->held.n)
		return length_error(op);
	buf_put_bytes(&c->held, in);
	return buf_ok(&c->held) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
cipher_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct cipher_op *c = cipher_of(op);
	CK_RV rv;

	out->n = 0;
	if (op->mech->algorithm != ALG_XTS)
		return c->pending == 0 ? CKR_OK : length_error(op);
	rv = xts_take(c, buf_bytes(&c->held), out);
	buf_free(&c->held);
	return rv;
}

/* New parameters for the key that is in the context. */
static CK_RV
cipher_rearm(struct op *op, const struct mech_params *p)
{
	struct cipher_op *c = cipher_of(op);
	const uint8_t *iv = op->mech->algorithm == ALG_ECB ? NULL : p->iv;

	c->pending = 0;
	c->left = UINT64_MAX;
	if (c->held.cap != 0)
		buf_free(&c->held);
	if (op->mech->algorithm == ALG_CTR) {
		if (p->counter_bits == 0 || p->counter_bits > 128)
			return CKR_MECHANISM_PARAM_INVALID;
		c->left = mech_counter_room(p);
	}
	if (op->mech->algorithm == ALG_CHACHA20) {
		c->left = chacha20_room(p);
		return chacha20_arm(c->ctx, secret_bytes(&c->key), p);
	}
	return EVP_CipherInit_ex2(c->ctx, NULL, NULL, iv, -1, NULL) == 1
		       ? CKR_OK
		       : CKR_FUNCTION_FAILED;
}

static void
cipher_free(struct op *op)
{
	EVP_CIPHER_CTX_free(cipher_of(op)->ctx);
	buf_free(&cipher_of(op)->held);
	secret_free(&cipher_of(op)->key);
	free(op);
}

static CK_RV
cipher_clone(const struct op *op, struct op **ret)
{
	const struct cipher_op *from = (const struct cipher_op *)op;
	struct cipher_op *c = malloc(sizeof *c);

	if (c == NULL)
		return CKR_HOST_MEMORY;
	*c = *from;
	c->held = BUF_SECRET;
	buf_put_bytes(&c->held, buf_bytes(&from->held));
	c->key = SECRET_NONE;
	c->ctx = EVP_CIPHER_CTX_dup(from->ctx);
	if (c->ctx == NULL || !buf_ok(&c->held) ||
		secret_copy(secret_bytes(&from->key), &c->key) != 0) {
		cipher_free(&c->op);
		return CKR_HOST_MEMORY;
	}
	*ret = &c->op;
	return CKR_OK;
}

static const struct op_vtable cipher_vtable = {
	.once_size = cipher_once_size,
	.update_size = cipher_update_size,
	.final_size = cipher_final_size,
	.once = cipher_once,
	.update = cipher_update,
	.final = cipher_final,
	.rearm = cipher_rearm,
	.clone = cipher_clone,
	.free = cipher_free,
};

CK_RV
cipher_find(const struct mech *m, size_t key_n, const EVP_CIPHER **ret)
{
	const struct crypto_library *l = crypto_library();

	if (l == NULL)
		return CKR_HOST_MEMORY;
	for (size_t i = 0; i < CRYPTO_CIPHERS; i++) {
		const struct crypto_cipher *c = &l->ciphers[i];

		if (c->algorithm != m->algorithm || c->cipher != m->cipher ||
			c->key_bytes != key_n)
			continue;
		*ret = c->evp;
		return c->evp != NULL ? CKR_OK : CKR_MECHANISM_INVALID;
	}
	return CKR_KEY_SIZE_RANGE;
}

/* With equal halves XTS is ECB with a known mask (FIPS 140 IG C.I). */
bool
xts_key_is_safe(struct bytes key)
{
	return !bytes_equal_secret(
		BYTES(key.p, key.n / 2), BYTES(key.p + key.n / 2, key.n / 2));
}

/* Not by EVP_CIPHER_CTX_set_padding(): that is done anew at each init, for a quarter of
 * what a warm operation costs. */
static CK_RV
cipher_unpad(struct cipher_op *c)
{
	unsigned none = 0;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_PADDING, &none),
		OSSL_PARAM_END,
	};

	return EVP_CIPHER_CTX_set_params(c->ctx, params) == 1 ? CKR_OK
							      : CKR_FUNCTION_FAILED;
}

static CK_RV
cipher_key(struct cipher_op *c, struct bytes key)
{
	static const uint8_t zero_iv[MAX_BLOCK];
	const EVP_CIPHER *evp;
	CK_RV rv = cipher_find(c->op.mech, key.n, &evp);

	if (rv != CKR_OK)
		return rv;
	if (c->op.mech->algorithm == ALG_XTS && !xts_key_is_safe(key))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	if (c->op.mech->algorithm == ALG_CHACHA20 && secret_copy(key, &c->key) != 0)
		return CKR_HOST_MEMORY;
	if (EVP_CipherInit_ex2(
		    c->ctx, evp, key.p, zero_iv, c->op.kind == OP_ENCRYPT, NULL) != 1)
		return CKR_FUNCTION_FAILED;
	return algorithms[c->op.mech->algorithm].in_blocks ? cipher_unpad(c) : CKR_OK;
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
	c->block = ciphers[m->cipher].block;
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
