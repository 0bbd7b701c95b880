/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that are the ciphertext of some data: PKCS#11 3.2, 6.17. */
#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "crypto/derivation.h"

static size_t
block_of(const struct derivation *d)
{
	return ciphers[d->mech->cipher].block;
}

static struct bytes
data_of(const struct derivation *d)
{
	const size_t iv = d->mech->iv_bytes;

	return BYTES(d->params.p + iv, d->params.n - iv);
}

/* ECB or CBC of the same cipher. */
static const struct mech *
mode_of(const struct mech *m)
{
	const enum algorithm mode = m->algorithm == ALG_ENCRYPT_ECB ? ALG_ECB : ALG_CBC;

	for (size_t i = 0; i < mechs_count; i++) {
		if (mechs[i].algorithm == mode && mechs[i].cipher == m->cipher)
			return &mechs[i];
	}
	return NULL;
}

CK_RV
encrypt_data_supply(const struct derivation *d, struct supply *ret)
{
	const size_t n = data_of(d).n;

	if (n == 0 || n % block_of(d) != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret = (struct supply){ n, n };
	return CKR_OK;
}

/* What is cut off is never computed, but for the rest of a block. */
CK_RV
encrypt_data_make(const struct derivation *d, struct secret *value)
{
	const size_t block = block_of(d), n = (value->n + block - 1) / block * block;
	CLEANUP(secret_free)
	struct secret whole = SECRET_NONE;
	struct mech_params p = { .iv_len = d->mech->iv_bytes };
	struct op *op = NULL;
	struct outbuf out;
	CK_RV rv;

	if (secret_new(n, &whole) != 0)
		return CKR_HOST_MEMORY;
	if (p.iv_len != 0)
		memcpy(p.iv, d->params.p, p.iv_len);
	out = (struct outbuf){ whole.p, whole.n, 0 };
	rv = op_secret_new(OP_ENCRYPT, mode_of(d->mech), &p, d->base->value, &op);
	if (rv == CKR_OK)
		rv = op->vtable->once(op, BYTES(data_of(d).p, n), BYTES_NONE, &out);
	op_free(&op);
	if (rv == CKR_OK)
		memcpy(value->p, whole.p, value->n);
	return rv;
}
