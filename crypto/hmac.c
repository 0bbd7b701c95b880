/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HMAC (FIPS 198-1) over digests that are a size of another one: OpenSSL's own takes a
 * digest by its name, and these have none.
 */
#include <stdlib.h>

#include "crypto/cipher.h"
#include "crypto/crypto.h"
#include "crypto/library.h"
#include "cryptoki/mech_size.h"

#define MAX_BLOCK 128u
#define IPAD 0x36
#define OPAD 0x5c

struct hmac_op {
	struct op op;
	EVP_MD_CTX *inner, *outer; /* after the padded key */
	EVP_MD_CTX *now;           /* of the message */
	size_t size;               /* bytes of the tag as given out */
};

static struct hmac_op *
hmac_of(struct op *op)
{
	return (struct hmac_op *)op;
}

static size_t
hmac_final_size(const struct op *op)
{
	return op->kind == OP_SIGN ? ((const struct hmac_op *)op)->size : 0;
}

static size_t
hmac_once_size(const struct op *op, size_t in_len)
{
	return hmac_final_size(op);
}

static size_t
hmac_update_size(const struct op *op, size_t in_len)
{
	return 0;
}

static CK_RV
hmac_update(struct op *op, struct bytes in, struct outbuf *out)
{
	out->n = 0;
	return EVP_DigestUpdate(hmac_of(op)->now, in.p, in.n) == 1 ? CKR_OK
								   : CKR_FUNCTION_FAILED;
}

/* The outer hash, of the inner one. */
static CK_RV
hmac_tag(struct hmac_op *h, uint8_t tag[EVP_MAX_MD_SIZE])
{
	const enum digest d = h->op.mech->digest;
	CK_RV rv = digest_end(d, h->now, tag, digests[d].size);

	if (rv != CKR_OK)
		return rv;
	if (EVP_MD_CTX_copy_ex(h->now, h->outer) != 1 ||
		EVP_DigestUpdate(h->now, tag, digests[d].size) != 1)
		return CKR_FUNCTION_FAILED;
	return digest_end(d, h->now, tag, digests[d].size);
}

static CK_RV
hmac_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct hmac_op *h = hmac_of(op);
	uint8_t tag[EVP_MAX_MD_SIZE];
	CK_RV rv;

	out->n = 0;
	if (op->kind == OP_VERIFY && signature.n != h->size)
		return CKR_SIGNATURE_LEN_RANGE;
	rv = hmac_tag(h, tag);
	if (rv == CKR_OK && op->kind == OP_SIGN)
		rv = outbuf_put(out, BYTES(tag, h->size));
	else if (rv == CKR_OK && !bytes_equal_secret(BYTES(tag, h->size), signature))
		rv = CKR_SIGNATURE_INVALID;
	wipe(tag, sizeof tag);
	return rv;
}

static CK_RV
hmac_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	CK_RV rv = hmac_update(op, in, out);

	return rv == CKR_OK ? hmac_final(op, signature, out) : rv;
}

static CK_RV
hmac_rearm(struct op *op, const struct mech_params *p)
{
	struct hmac_op *h = hmac_of(op);
	const size_t whole = mech_mac_size(op->mech);

	if (op->mech->param == PARAM_LENGTH && (p->mac_len == 0 || p->mac_len > whole))
		return CKR_MECHANISM_PARAM_INVALID;
	h->size = mech_whole_size(op->mech, p, OP_SIGN, 0);
	return EVP_MD_CTX_copy_ex(h->now, h->inner) == 1 ? CKR_OK : CKR_HOST_MEMORY;
}

static void
hmac_free(struct op *op)
{
	struct hmac_op *h = hmac_of(op);

	EVP_MD_CTX_free(h->inner);
	EVP_MD_CTX_free(h->outer);
	EVP_MD_CTX_free(h->now);
	free(h);
}

static CK_RV
hmac_clone(const struct op *op, struct op **ret)
{
	const struct hmac_op *from = (const struct hmac_op *)op;
	struct hmac_op *h = malloc(sizeof *h);

	if (h == NULL)
		return CKR_HOST_MEMORY;
	*h = *from;
	h->inner = EVP_MD_CTX_dup(from->inner);
	h->outer = EVP_MD_CTX_dup(from->outer);
	h->now = EVP_MD_CTX_dup(from->now);
	if (h->inner == NULL || h->outer == NULL || h->now == NULL) {
		hmac_free(&h->op);
		return CKR_HOST_MEMORY;
	}
	*ret = &h->op;
	return CKR_OK;
}

static const struct op_vtable hmac_vtable = {
	.once_size = hmac_once_size,
	.update_size = hmac_update_size,
	.final_size = hmac_final_size,
	.once = hmac_once,
	.update = hmac_update,
	.final = hmac_final,
	.rearm = hmac_rearm,
	.clone = hmac_clone,
	.free = hmac_free,
};

/* A digest that has begun with a block of the key, padded and changed. */
static CK_RV
begin(enum digest d, EVP_MD_CTX *ctx, const uint8_t *key, uint8_t change)
{
	const size_t n = digests[d].block;
	uint8_t block[MAX_BLOCK];
	CK_RV rv = digest_start(d, ctx);

	for (size_t i = 0; i < n; i++)
		block[i] = key[i] ^ change;
	if (rv == CKR_OK && EVP_DigestUpdate(ctx, block, n) != 1)
		rv = CKR_FUNCTION_FAILED;
	wipe(block, sizeof block);
	return rv;
}

static CK_RV
hmac_key(struct hmac_op *h, struct bytes key)
{
	const enum digest d = h->op.mech->digest;
	uint8_t block[MAX_BLOCK] = { 0 };
	CK_RV rv = CKR_OK;

	if (digests[d].block > MAX_BLOCK)
		return CKR_MECHANISM_INVALID;
	if (key.n > digests[d].block)
		rv = crypto_hash(d, key, block);
	else if (key.n != 0)
		memcpy(block, key.p, key.n);
	if (rv == CKR_OK)
		rv = begin(d, h->inner, block, IPAD);
	if (rv == CKR_OK)
		rv = begin(d, h->outer, block, OPAD);
	wipe(block, sizeof block);
	return rv;
}

CK_RV
op_hmac_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret)
{
	struct hmac_op *h;
	CK_RV rv;

	if (digests[m->digest].sized_from == NULL)
		return op_mac_new(kind, m, p, key, ret);
	if (kind != OP_SIGN && kind != OP_VERIFY)
		return CKR_MECHANISM_INVALID;
	h = calloc(1, sizeof *h);
	if (h == NULL)
		return CKR_HOST_MEMORY;
	h->op = (struct op){ &hmac_vtable, m, kind };
	h->inner = EVP_MD_CTX_new();
	h->outer = EVP_MD_CTX_new();
	h->now = EVP_MD_CTX_new();
	rv = h->now == NULL ? CKR_HOST_MEMORY : hmac_key(h, key);
	if (rv == CKR_OK)
		rv = hmac_rearm(&h->op, p);
	if (rv != CKR_OK) {
		hmac_free(&h->op);
		return rv;
	}
	*ret = &h->op;
	return CKR_OK;
}
