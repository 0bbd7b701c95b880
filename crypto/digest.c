/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "crypto/crypto.h"

struct digest_op {
	struct op op;
	EVP_MD_CTX *ctx;
};

static struct digest_op *
digest_of(struct op *op)
{
	return (struct digest_op *)op;
}

static size_t
digest_size(const struct op *op)
{
	return digests[op->mech->digest].size;
}

static size_t
digest_once_size(const struct op *op, size_t in_len)
{
	return digest_size(op);
}

static size_t
digest_update_size(const struct op *op, size_t in_len)
{
	return 0;
}

static CK_RV
digest_update(struct op *op, struct bytes in, struct outbuf *out)
{
	out->n = 0;
	return EVP_DigestUpdate(digest_of(op)->ctx, in.p, in.n) == 1
		       ? CKR_OK
		       : CKR_FUNCTION_FAILED;
}

static CK_RV
digest_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	unsigned n = 0;

	if (EVP_DigestFinal_ex(digest_of(op)->ctx, out->p, &n) != 1)
		return CKR_FUNCTION_FAILED;
	out->n = n;
	return CKR_OK;
}

static CK_RV
digest_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	CK_RV rv = digest_update(op, in, out);

	return rv == CKR_OK ? digest_final(op, signature, out) : rv;
}

static CK_RV
digest_rearm(struct op *op, const struct mech_params *params)
{
	return EVP_DigestInit_ex2(digest_of(op)->ctx, NULL, NULL) == 1
		       ? CKR_OK
		       : CKR_FUNCTION_FAILED;
}

static void
digest_free(struct op *op)
{
	EVP_MD_CTX_free(digest_of(op)->ctx);
	free(op);
}

static CK_RV digest_clone(const struct op *op, struct op **ret);

static const struct op_vtable digest_vtable = {
	.once_size = digest_once_size,
	.update_size = digest_update_size,
	.final_size = digest_size,
	.once = digest_once,
	.update = digest_update,
	.final = digest_final,
	.rearm = digest_rearm,
	.clone = digest_clone,
	.free = digest_free,
};

static struct digest_op *
digest_new(const struct mech *m)
{
	struct digest_op *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->op = (struct op){ &digest_vtable, m, OP_DIGEST };
	d->ctx = EVP_MD_CTX_new();
	if (d->ctx == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

static CK_RV
digest_clone(const struct op *op, struct op **ret)
{
	const struct digest_op *from = (const struct digest_op *)op;
	struct digest_op *d = digest_new(op->mech);

	if (d == NULL)
		return CKR_HOST_MEMORY;
	if (EVP_MD_CTX_copy_ex(d->ctx, from->ctx) != 1) {
		digest_free(&d->op);
		return CKR_HOST_MEMORY;
	}
	*ret = &d->op;
	return CKR_OK;
}

CK_RV
op_digest_new(const struct mech *m, struct op **ret)
{
	const EVP_MD *md = crypto_md(m->digest);
	struct digest_op *d;

	if (md == NULL)
		return CKR_MECHANISM_INVALID;
	d = digest_new(m);
	if (d == NULL)
		return CKR_HOST_MEMORY;
	if (EVP_DigestInit_ex2(d->ctx, md, NULL) != 1) {
		digest_free(&d->op);
		return CKR_HOST_MEMORY;
	}
	*ret = &d->op;
	return CKR_OK;
}
