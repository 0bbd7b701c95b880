/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CKM_TLS_MAC: PKCS#11 3.2, 6.40.3; verify_data of RFC 5246, 7.4.9. What is signed is the hash
 * of a handshake, and the PRF wants it again and again: it is gathered.
 */
#include <stdlib.h>

#include "crypto/cipher.h"
#include "crypto/crypto.h"
#include "crypto/derive_kdf.h"
#include "cryptoki/derive.h"

#define MAX_TAG 64u

struct tls_mac {
	struct op op;
	struct secret key;
	struct buf data;
	enum digest digest;
	uint8_t sender;
	size_t size;
};

static struct tls_mac *
tls_mac_of(struct op *op)
{
	return (struct tls_mac *)op;
}

static size_t
tls_mac_final_size(const struct op *op)
{
	return op->kind == OP_SIGN ? ((const struct tls_mac *)op)->size : 0;
}

static size_t
tls_mac_once_size(const struct op *op, size_t in_len)
{
	return tls_mac_final_size(op);
}

static size_t
tls_mac_update_size(const struct op *op, size_t in_len)
{
	return 0;
}

static CK_RV
tls_mac_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct buf *data = &tls_mac_of(op)->data;

	out->n = 0;
	if (in.n > DERIVE_MAX_DATA - data->n)
		return CKR_DATA_LEN_RANGE;
	buf_put_bytes(data, in);
	return buf_ok(data) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
tls_mac_run(const struct tls_mac *mac, struct bytes data, uint8_t *tag)
{
	static const char *const labels[] = { NULL, "server finished",
		"client finished" };

	return tls_prf(mac->digest, secret_bytes(&mac->key),
		BYTES_STR(labels[mac->sender]), &data, 1, tag, mac->size);
}

static CK_RV
tls_mac_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	const struct tls_mac *mac = tls_mac_of(op);
	uint8_t tag[MAX_TAG];
	CK_RV rv;

	if (in.n > DERIVE_MAX_DATA)
		return CKR_DATA_LEN_RANGE;
	if (op->kind == OP_VERIFY && signature.n != mac->size)
		return CKR_SIGNATURE_LEN_RANGE;
	rv = tls_mac_run(mac, in, tag);
	if (rv == CKR_OK && op->kind == OP_SIGN) {
		memcpy(out->p, tag, mac->size);
		out->n = mac->size;
	} else if (rv == CKR_OK &&
		   !bytes_equal_secret(BYTES(tag, mac->size), signature)) {
		rv = CKR_SIGNATURE_INVALID;
	}
	wipe(tag, sizeof tag);
	return rv;
}

static CK_RV
tls_mac_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	return tls_mac_once(op, buf_bytes(&tls_mac_of(op)->data), signature, out);
}

static CK_RV
tls_mac_rearm(struct op *op, const struct mech_params *p)
{
	struct tls_mac *mac = tls_mac_of(op);

	if (p->sender < 1 || p->sender > 2 || p->mac_len > MAX_TAG ||
		crypto_md((enum digest)p->hash) == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	mac->digest = (enum digest)p->hash;
	mac->sender = p->sender;
	mac->size = p->mac_len;
	buf_reset(&mac->data);
	return CKR_OK;
}

static void
tls_mac_free(struct op *op)
{
	secret_free(&tls_mac_of(op)->key);
	buf_free(&tls_mac_of(op)->data);
	free(op);
}

static CK_RV
tls_mac_clone(const struct op *op, struct op **ret)
{
	const struct tls_mac *from = (const struct tls_mac *)op;
	struct tls_mac *mac = malloc(sizeof *mac);

	if (mac == NULL)
		return CKR_HOST_MEMORY;
	*mac = *from;
	mac->key = SECRET_NONE;
	mac->data = BUF_INIT;
	buf_put_bytes(&mac->data, buf_bytes(&from->data));
	if (!buf_ok(&mac->data) ||
		secret_copy(secret_bytes(&from->key), &mac->key) != 0) {
		tls_mac_free(&mac->op);
		return CKR_HOST_MEMORY;
	}
	*ret = &mac->op;
	return CKR_OK;
}

static const struct op_vtable tls_mac_vtable = {
	.once_size = tls_mac_once_size,
	.update_size = tls_mac_update_size,
	.final_size = tls_mac_final_size,
	.once = tls_mac_once,
	.update = tls_mac_update,
	.final = tls_mac_final,
	.rearm = tls_mac_rearm,
	.clone = tls_mac_clone,
	.free = tls_mac_free,
};

CK_RV
op_tls_mac_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret)
{
	struct tls_mac *mac;
	CK_RV rv;

	if (kind != OP_SIGN && kind != OP_VERIFY)
		return CKR_MECHANISM_INVALID;
	mac = calloc(1, sizeof *mac);
	if (mac == NULL)
		return CKR_HOST_MEMORY;
	mac->op = (struct op){ &tls_mac_vtable, m, kind };
	mac->data = BUF_INIT;
	rv = secret_copy(key, &mac->key) == 0 ? tls_mac_rearm(&mac->op, p)
					      : CKR_HOST_MEMORY;
	if (rv != CKR_OK) {
		tls_mac_free(&mac->op);
		return rv;
	}
	*ret = &mac->op;
	return CKR_OK;
}
