/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "crypto/crypto.h"
#include "crypto/library.h"
#include "cryptoki/mech_size.h"

struct digest_op {
	struct op op;
	EVP_MD_CTX *ctx;
	size_t size; /* bytes that it gives */
};

static struct digest_op *
digest_of(struct op *op)
{
	return (struct digest_op *)op;
}

static size_t
digest_size(const struct op *op)
{
	return ((const struct digest_op *)op)->size;
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
	struct digest_op *d = digest_of(op);
	CK_RV rv = digest_end(op->mech->digest, d->ctx, out->p, d->size);

	if (rv == CKR_OK)
		out->n = d->size;
	return rv;
}

static CK_RV
digest_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	CK_RV rv = digest_update(op, in, out);

	return rv == CKR_OK ? digest_final(op, signature, out) : rv;
}

static void
digest_set_size(struct digest_op *d, const struct mech_params *p)
{
	const struct mech *m = d->op.mech;

	d->size =
		p != NULL ? mech_whole_size(m, p, OP_DIGEST, 0) : digests[m->digest].size;
}

static CK_RV
digest_rearm(struct op *op, const struct mech_params *params)
{
	digest_set_size(digest_of(op), params);
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
	d->size = from->size;
	if (EVP_MD_CTX_copy_ex(d->ctx, from->ctx) != 1) {
		digest_free(&d->op);
		return CKR_HOST_MEMORY;
	}
	*ret = &d->op;
	return CKR_OK;
}

CK_RV
op_digest_new(const struct mech *m, const struct mech_params *p, struct op **ret)
{
	struct digest_op *d = digest_new(m);
	CK_RV rv;

	if (d == NULL)
		return CKR_HOST_MEMORY;
	digest_set_size(d, p);
	rv = digest_start(m->digest, d->ctx);
	if (rv != CKR_OK) {
		digest_free(&d->op);
		return rv;
	}
	*ret = &d->op;
	return CKR_OK;
}
