/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-GCM, and ChaCha20-Poly1305, which OpenSSL has alike. Of GCM it takes IVs of up to 128 bytes; for longer ones the op turns into one that is
 * built from CTR, and back with the next shorter one.
 */
#include <stdlib.h>

#include "common/buf.h"
#include "common/secret.h"
#include "crypto/cipher.h"
#include "cryptoki/mech_size.h"

#define BLOCK 16u
#define MAX_TAG 16u
#define MAX_IV 128u /* bytes, OpenSSL's */

struct gcm_op {
	struct op op;
	EVP_CIPHER_CTX *ctx;
	size_t tag;        /* bytes */
	size_t iv_len;     /* as the context has it */
	uint64_t left;     /* bytes that may go in */
	struct buf held;   /* decryption in parts: ciphertext until its tag came */
	struct secret key; /* for built, and for each nonce of XChaCha20 */
	struct op *built;  /* for long IVs, once there was one */
};

static const struct op_vtable gcm_vtable, built_vtable;

static struct gcm_op *
gcm_of(struct op *op)
{
	return (struct gcm_op *)op;
}

static CK_RV
gcm_take(struct gcm_op *g, struct bytes in)
{
	if (in.n > g->left)
		return g->op.kind == OP_ENCRYPT ? CKR_DATA_LEN_RANGE
						: CKR_ENCRYPTED_DATA_LEN_RANGE;
	g->left -= in.n;
	return CKR_OK;
}

static size_t
gcm_once_size(const struct op *op, size_t in_len)
{
	const struct gcm_op *g = (const struct gcm_op *)op;

	if (op->kind == OP_ENCRYPT)
		return in_len + g->tag;
	return in_len < g->tag ? 0 : in_len - g->tag;
}

static size_t
gcm_update_size(const struct op *op, size_t in_len)
{
	return op->kind == OP_ENCRYPT ? in_len : 0;
}

static size_t
gcm_final_size(const struct op *op)
{
	const struct gcm_op *g = (const struct gcm_op *)op;

	return op->kind == OP_ENCRYPT ? g->tag : gcm_once_size(op, g->held.n);
}

static CK_RV
gcm_check_tag(struct gcm_op *g, const uint8_t *tag, struct outbuf *out)
{
	uint8_t none[BLOCK];
	int n = 0;

	if (EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_SET_TAG, (int)g->tag,
		    (void *)(uintptr_t)tag) == 1 &&
		EVP_CipherFinal_ex(g->ctx, none, &n) == 1)
		return CKR_OK;
	wipe(out->p, out->n);
	out->n = 0;
	return CKR_ENCRYPTED_DATA_INVALID;
}

/* Ciphertext and tag, whole: nothing stays in out unless the tag is right. */
static CK_RV
gcm_open(struct gcm_op *g, struct bytes in, struct outbuf *out)
{
	uint8_t tag[MAX_TAG];
	CK_RV rv;

	out->n = 0;
	if (in.n < g->tag)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	in.n -= g->tag;
	/* The output may lie over it. */
	memcpy(tag, in.p + in.n, g->tag);
	rv = cipher_feed(g->ctx, in, out);
	if (rv == CKR_OK)
		return gcm_check_tag(g, tag, out);
	wipe(out->p, out->n);
	out->n = 0;
	return rv;
}

static CK_RV
gcm_seal_end(struct gcm_op *g, struct outbuf *out)
{
	int n = 0;

	if (EVP_CipherFinal_ex(g->ctx, out->p + out->n, &n) != 1 ||
		EVP_CIPHER_CTX_ctrl(
			g->ctx, EVP_CTRL_AEAD_GET_TAG, (int)g->tag, out->p + out->n) != 1)
		return CKR_FUNCTION_FAILED;
	out->n += g->tag;
	return CKR_OK;
}

static CK_RV
gcm_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct gcm_op *g = gcm_of(op);
	CK_RV rv = gcm_take(g, in);

	out->n = 0;
	if (rv != CKR_OK)
		return rv;
	if (op->kind == OP_DECRYPT)
		return gcm_open(g, in, out);
	rv = cipher_feed(g->ctx, in, out);
	return rv == CKR_OK ? gcm_seal_end(g, out) : rv;
}

static CK_RV
gcm_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct gcm_op *g = gcm_of(op);
	CK_RV rv = gcm_take(g, in);

	out->n = 0;
	if (rv != CKR_OK)
		return rv;
	if (op->kind == OP_ENCRYPT)
		return cipher_feed(g->ctx, in, out);
	buf_put_bytes(&g->held, in);
	return buf_ok(&g->held) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
gcm_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct gcm_op *g = gcm_of(op);
	CK_RV rv;

	out->n = 0;
	if (op->kind == OP_ENCRYPT)
		return gcm_seal_end(g, out);
	rv = gcm_open(g, buf_bytes(&g->held), out);
	buf_free(&g->held);
	return rv;
}

static CK_RV
gcm_build(struct gcm_op *g, const struct mech_params *p)
{
	CK_RV rv;

	if (g->built != NULL)
		rv = g->built->vtable->rearm(g->built, p);
	else
		rv = op_built_new(
			g->op.kind, g->op.mech, p, secret_bytes(&g->key), &g->built);
	if (rv == CKR_OK)
		g->op.vtable = &built_vtable;
	return rv;
}

static CK_RV
gcm_header(struct gcm_op *g, struct bytes aad)
{
	int n;

	if (aad.n == 0)
		return CKR_OK;
	return aad.n <= INT32_MAX &&
			       EVP_CipherUpdate(g->ctx, NULL, &n, aad.p, (int)aad.n) == 1
		       ? CKR_OK
		       : CKR_MECHANISM_PARAM_INVALID;
}

/* draft-irtf-cfrg-xchacha-03, 2.3 and A.3, where the nonce has 24 bytes */
static CK_RV
gcm_arm_chacha20(struct gcm_op *g, const struct mech_params *p)
{
	uint8_t key[32], nonce[12] = { 0 };
	struct bytes k = secret_bytes(&g->key);
	CK_RV rv = CKR_OK;
	int ok;

	if (p->iv_len != 12 && p->iv_len != 24)
		return CKR_MECHANISM_PARAM_INVALID;
	if (p->iv_len == 24) {
		rv = chacha20_subkey(k, p->iv, key);
		if (rv != CKR_OK)
			return rv;
		k = BYTES_OF(key);
		memcpy(nonce + 4, p->iv + 16, 8);
	} else {
		memcpy(nonce, p->iv, sizeof nonce);
	}
	ok = EVP_CipherInit_ex2(g->ctx, NULL, k.p, nonce, -1, NULL);
	wipe(key, sizeof key);
	return ok == 1 ? gcm_header(g, p->extra) : CKR_FUNCTION_FAILED;
}

/* New parameters for the key that is in the context. */
static CK_RV
gcm_rearm(struct op *op, const struct mech_params *p)
{
	struct gcm_op *g = gcm_of(op);

	g->op.vtable = &gcm_vtable;
	if (g->held.cap != 0)
		buf_free(&g->held);
	if (p->iv_len > MAX_IV && op->mech->algorithm == ALG_GCM)
		return gcm_build(g, p);
	if (p->tag_bits % 8 != 0 || p->tag_bits > 8 * MAX_TAG || p->tag_bits < 32 ||
		p->iv_len == 0)
		return CKR_MECHANISM_PARAM_INVALID;
	g->tag = p->tag_bits / 8;
	g->left = mech_most_in(op->mech, p, op->kind);
	if (g->op.mech->algorithm == ALG_CHACHA20_POLY1305)
		return gcm_arm_chacha20(g, p);
	if (p->iv_len != g->iv_len && EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_SET_IVLEN,
					      p->iv_len, NULL) != 1)
		return CKR_MECHANISM_PARAM_INVALID;
	g->iv_len = p->iv_len;
	if (EVP_CipherInit_ex2(g->ctx, NULL, NULL, p->iv, -1, NULL) != 1)
		return CKR_FUNCTION_FAILED;
	return gcm_header(g, p->extra);
}

static void
gcm_free(struct op *op)
{
	struct gcm_op *g = gcm_of(op);

	EVP_CIPHER_CTX_free(g->ctx);
	buf_free(&g->held);
	secret_free(&g->key);
	op_free(&g->built);
	free(g);
}

static CK_RV
gcm_clone(const struct op *op, struct op **ret)
{
	const struct gcm_op *from = (const struct gcm_op *)op;
	struct gcm_op *g = malloc(sizeof *g);
	CK_RV rv = CKR_OK;

	if (g == NULL)
		return CKR_HOST_MEMORY;
	*g = *from;
	g->held = BUF_SECRET;
	buf_put_bytes(&g->held, buf_bytes(&from->held));
	g->key = SECRET_NONE;
	g->built = NULL;
	g->ctx = EVP_CIPHER_CTX_dup(from->ctx);
	if (g->ctx == NULL || !buf_ok(&g->held) ||
		secret_copy(secret_bytes(&from->key), &g->key) != 0)
		rv = CKR_HOST_MEMORY;
	else if (op->vtable == &built_vtable)
		rv = from->built->vtable->clone(from->built, &g->built);
	if (rv != CKR_OK) {
		gcm_free(&g->op);
		return rv;
	}
	*ret = &g->op;
	return CKR_OK;
}

static const struct op_vtable gcm_vtable = {
	.once_size = gcm_once_size,
	.update_size = gcm_update_size,
	.final_size = gcm_final_size,
	.once = gcm_once,
	.update = gcm_update,
	.final = gcm_final,
	.rearm = gcm_rearm,
	.clone = gcm_clone,
	.free = gcm_free,
	.raises = 1u << OP_DECRYPT,
};

/* --- With a long IV ------------------------------------------------------------- */

static const struct op *
built_of(const struct op *op)
{
	return ((const struct gcm_op *)op)->built;
}

static size_t
built_once_size(const struct op *op, size_t in_len)
{
	return built_of(op)->vtable->once_size(built_of(op), in_len);
}

static size_t
built_update_size(const struct op *op, size_t in_len)
{
	return built_of(op)->vtable->update_size(built_of(op), in_len);
}

static size_t
built_final_size(const struct op *op)
{
	return built_of(op)->vtable->final_size(built_of(op));
}

static CK_RV
built_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct op *built = gcm_of(op)->built;

	return built->vtable->once(built, in, signature, out);
}

static CK_RV
built_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct op *built = gcm_of(op)->built;

	return built->vtable->update(built, in, out);
}

static CK_RV
built_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct op *built = gcm_of(op)->built;

	return built->vtable->final(built, signature, out);
}

static const struct op_vtable built_vtable = {
	.once_size = built_once_size,
	.update_size = built_update_size,
	.final_size = built_final_size,
	.once = built_once,
	.update = built_update,
	.final = built_final,
	.rearm = gcm_rearm,
	.clone = gcm_clone,
	.free = gcm_free,
	.raises = 1u << OP_DECRYPT,
};

/* --------------------------------------------------------------------------------- */

static CK_RV
gcm_key(struct gcm_op *g, struct bytes key)
{
	static const uint8_t zero_iv[BLOCK];
	const EVP_CIPHER *evp;
	CK_RV rv = cipher_find(g->op.mech, key.n, &evp);

	if (rv != CKR_OK)
		return rv;
	if (secret_copy(key, &g->key) != 0)
		return CKR_HOST_MEMORY;
	g->iv_len = 12;
	return EVP_CipherInit_ex2(
		       g->ctx, evp, key.p, zero_iv, g->op.kind == OP_ENCRYPT, NULL) == 1
		       ? CKR_OK
		       : CKR_FUNCTION_FAILED;
}

CK_RV
op_gcm_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret)
{
	struct gcm_op *g;
	CK_RV rv;

	if (kind != OP_ENCRYPT && kind != OP_DECRYPT)
		return CKR_MECHANISM_INVALID;
	g = calloc(1, sizeof *g);
	if (g == NULL)
		return CKR_HOST_MEMORY;
	g->op = (struct op){ &gcm_vtable, m, kind };
	g->held = BUF_SECRET;
	g->ctx = EVP_CIPHER_CTX_new();
	rv = g->ctx == NULL ? CKR_HOST_MEMORY : gcm_key(g, key);
	if (rv == CKR_OK)
		rv = gcm_rearm(&g->op, p);
	if (rv != CKR_OK) {
		gcm_free(&g->op);
		return rv;
	}
	*ret = &g->op;
	return CKR_OK;
}
