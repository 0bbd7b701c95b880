/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC, whole or truncated (CKM_*_HMAC_GENERAL). */
#include "crypto/mac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "crypto/crypto.h"
#include "crypto/library.h"

#define MAX_MAC 64u

struct mac_op {
	struct op op;
	EVP_MAC_CTX *ctx;
	size_t size; /* bytes of the tag as given out */
};

static struct mac_op *
mac_of(struct op *op)
{
	return (struct mac_op *)op;
}

static size_t
mac_final_size(const struct op *op)
{
	return op->kind == OP_SIGN ? ((const struct mac_op *)op)->size : 0;
}

static size_t
mac_once_size(const struct op *op, size_t in_len)
{
	return mac_final_size(op);
}

static size_t
mac_update_size(const struct op *op, size_t in_len)
{
	return 0;
}

static CK_RV
mac_update(struct op *op, struct bytes in, struct outbuf *out)
{
	out->n = 0;
	return EVP_MAC_update(mac_of(op)->ctx, in.p, in.n) == 1 ? CKR_OK
								: CKR_FUNCTION_FAILED;
}

static CK_RV
mac_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct mac_op *mac = mac_of(op);
	uint8_t tag[MAX_MAC];
	size_t n = 0;
	CK_RV rv = CKR_OK;

	if (op->kind == OP_VERIFY && signature.n != mac->size)
		return CKR_SIGNATURE_LEN_RANGE;
	if (EVP_MAC_final(mac->ctx, tag, &n, sizeof tag) != 1 || n < mac->size)
		return CKR_FUNCTION_FAILED;
	if (op->kind == OP_SIGN) {
		memcpy(out->p, tag, mac->size);
		out->n = mac->size;
	} else if (!bytes_equal_secret(BYTES(tag, mac->size), signature)) {
		rv = CKR_SIGNATURE_INVALID;
	}
	wipe(tag, sizeof tag);
	return rv;
}

static CK_RV
mac_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	CK_RV rv = mac_update(op, in, out);

	return rv == CKR_OK ? mac_final(op, signature, out) : rv;
}

/* Whole tags need no parameter; 0 is what a missing one looks like. */
static CK_RV
mac_set_size(struct mac_op *mac, const struct mech_params *p)
{
	const struct mech *m = mac->op.mech;
	size_t whole = digests[m->digest].size;

	if (m->param == PARAM_LENGTH && (p->mac_len == 0 || p->mac_len > whole))
		return CKR_MECHANISM_PARAM_INVALID;
	mac->size = m->param == PARAM_LENGTH ? p->mac_len : whole;
	return CKR_OK;
}

static CK_RV
mac_rearm(struct op *op, const struct mech_params *params)
{
	CK_RV rv = mac_set_size(mac_of(op), params);

	if (rv != CKR_OK)
		return rv;
	/* Without a key: the same one again. */
	return EVP_MAC_init(mac_of(op)->ctx, NULL, 0, NULL) == 1 ? CKR_OK
								 : CKR_FUNCTION_FAILED;
}

static void
mac_free(struct op *op)
{
	EVP_MAC_CTX_free(mac_of(op)->ctx);
	free(op);
}

static const struct op_vtable mac_vtable = {
	.once_size = mac_once_size,
	.update_size = mac_update_size,
	.final_size = mac_final_size,
	.once = mac_once,
	.update = mac_update,
	.final = mac_final,
	.rearm = mac_rearm,
	.free = mac_free,
};

static bool
mac_key(struct mac_op *mac, struct bytes key)
{
	static const uint8_t none[1];
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST,
			(char *)(uintptr_t)digests[mac->op.mech->digest].name, 0),
		OSSL_PARAM_END,
	};

	params[0].data_size = strlen(digests[mac->op.mech->digest].name);
	/* NULL would mean "the key already there". */
	return EVP_MAC_init(mac->ctx, key.n == 0 ? none : key.p, key.n, params) == 1;
}

CK_RV
op_mac_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret)
{
	const struct crypto_library *l = crypto_library();
	struct mac_op *mac;
	CK_RV rv;

	if (kind != OP_SIGN && kind != OP_VERIFY)
		return CKR_MECHANISM_INVALID;
	if (l == NULL || l->md[m->digest] == NULL)
		return CKR_MECHANISM_INVALID;
	mac = calloc(1, sizeof *mac);
	if (mac == NULL)
		return CKR_HOST_MEMORY;
	mac->op = (struct op){ &mac_vtable, m, kind };
	mac->ctx = EVP_MAC_CTX_new(l->hmac);
	rv = mac->ctx == NULL ? CKR_HOST_MEMORY : mac_set_size(mac, p);
	if (rv == CKR_OK && !mac_key(mac, key))
		rv = CKR_FUNCTION_FAILED;
	if (rv != CKR_OK) {
		mac_free(&mac->op);
		return rv;
	}
	*ret = &mac->op;
	return CKR_OK;
}
