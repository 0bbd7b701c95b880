/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC and CMAC, whole or truncated (CKM_*_GENERAL), GMAC, KMAC and Poly1305. */
#include "crypto/cipher.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "crypto/crypto.h"
#include "crypto/library.h"
#include "cryptoki/mech_size.h"

#define MAX_MAC 256u /* KMAC's longest */
#define KMAC_MIN_KEY 4u
#define KMAC_MAX_KEY 512u

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

	out->n = 0;
	if (op->kind == OP_VERIFY && signature.n != mac->size)
		return CKR_SIGNATURE_LEN_RANGE;
	if (EVP_MAC_final(mac->ctx, tag, &n, sizeof tag) != 1 || n < mac->size)
		return CKR_FUNCTION_FAILED;
	if (op->kind == OP_SIGN)
		rv = outbuf_put(out, BYTES(tag, mac->size));
	else if (!bytes_equal_secret(BYTES(tag, mac->size), signature))
		rv = CKR_SIGNATURE_INVALID;
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
	size_t whole = mech_mac_size(m);

	if (m->param == PARAM_LENGTH && (p->mac_len == 0 || p->mac_len > whole))
		return CKR_MECHANISM_PARAM_INVALID;
	if (m->param == PARAM_GMAC &&
		(p->iv_len == 0 || p->tag_bits == 0 || p->tag_bits > 8 * whole))
		return CKR_MECHANISM_PARAM_INVALID;
	mac->size = mech_whole_size(m, p, OP_SIGN, 0);
	return mac->size <= MAX_MAC ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

/* What KMAC is given with each message. */
#define KMAC_PARAMS 3u

static void
kmac_params(const struct mac_op *mac, const struct mech_params *p, size_t *size,
	OSSL_PARAM ret[KMAC_PARAMS])
{
	static uint8_t none[1];

	*size = mac->size;
	ret[0] = OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, size);
	ret[1] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_CUSTOM,
		p->extra.n != 0 ? (void *)(uintptr_t)p->extra.p : none, p->extra.n);
	ret[2] = OSSL_PARAM_construct_end();
}

/* Without a key: the same one again. */
static CK_RV
mac_begin(struct mac_op *mac, const struct mech_params *p)
{
	OSSL_PARAM params[KMAC_PARAMS] = { OSSL_PARAM_END };
	size_t size;

	if (mac->op.mech->algorithm == ALG_GMAC) {
		params[0] = OSSL_PARAM_construct_octet_string(
			OSSL_MAC_PARAM_IV, (void *)(uintptr_t)p->iv, p->iv_len);
		params[1] = OSSL_PARAM_construct_end();
	}
	if (mac->op.mech->param == PARAM_KMAC)
		kmac_params(mac, p, &size, params);
	return EVP_MAC_init(mac->ctx, NULL, 0, params) == 1 ? CKR_OK
							    : CKR_FUNCTION_FAILED;
}

static CK_RV
mac_rearm(struct op *op, const struct mech_params *params)
{
	CK_RV rv = mac_set_size(mac_of(op), params);

	return rv == CKR_OK ? mac_begin(mac_of(op), params) : rv;
}

static void
mac_free(struct op *op)
{
	EVP_MAC_CTX_free(mac_of(op)->ctx);
	free(op);
}

static CK_RV
mac_clone(const struct op *op, struct op **ret)
{
	struct mac_op *mac = malloc(sizeof *mac);

	if (mac == NULL)
		return CKR_HOST_MEMORY;
	*mac = *(const struct mac_op *)op;
	mac->ctx = EVP_MAC_CTX_dup(mac->ctx);
	if (mac->ctx == NULL) {
		mac_free(&mac->op);
		return CKR_HOST_MEMORY;
	}
	*ret = &mac->op;
	return CKR_OK;
}

static const struct op_vtable mac_vtable = {
	.once_size = mac_once_size,
	.update_size = mac_update_size,
	.final_size = mac_final_size,
	.once = mac_once,
	.update = mac_update,
	.final = mac_final,
	.rearm = mac_rearm,
	.clone = mac_clone,
	.free = mac_free,
};

/* A key of Poly1305 is for one message; who signs another with it begins anew. */
static const struct op_vtable mac_once_vtable = {
	.once_size = mac_once_size,
	.update_size = mac_update_size,
	.final_size = mac_final_size,
	.once = mac_once,
	.update = mac_update,
	.final = mac_final,
	.free = mac_free,
};

/* The name of the digest or of the cipher in its mode. */
static CK_RV
mac_key(struct mac_op *mac, const char *what, const char *name, struct bytes key)
{
	static const uint8_t none[1];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(what, (char *)(uintptr_t)name, 0),
		OSSL_PARAM_END,
	};

	/* NULL would mean "the key already there". */
	return EVP_MAC_init(mac->ctx, key.n == 0 ? none : key.p, key.n, params) == 1
		       ? CKR_OK
		       : CKR_FUNCTION_FAILED;
}

static CK_RV
hmac_key(struct mac_op *mac, const struct crypto_library *l, struct bytes key)
{
	const enum digest d = mac->op.mech->digest;

	if (l->md[d] == NULL)
		return CKR_MECHANISM_INVALID;
	return mac_key(mac, OSSL_MAC_PARAM_DIGEST, digests[d].name, key);
}

static CK_RV
cipher_mac_key(struct mac_op *mac, const struct crypto_library *l, struct bytes key)
{
	static const char *const names[][3] = {
		{ "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" },
		{ "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" },
	};
	const struct mech *m = mac->op.mech;
	const bool gmac = m->algorithm == ALG_GMAC;

	if (m->cipher == CIPHER_DES3)
		return key.n == 24
			       ? mac_key(mac, OSSL_MAC_PARAM_CIPHER, "DES-EDE3-CBC", key)
			       : CKR_KEY_SIZE_RANGE;
	if (key.n != 16 && key.n != 24 && key.n != 32)
		return CKR_KEY_SIZE_RANGE;
	return mac_key(mac, OSSL_MAC_PARAM_CIPHER, names[gmac][key.n / 8 - 2], key);
}

static CK_RV
poly1305_key(struct mac_op *mac, const struct crypto_library *l, struct bytes key)
{
	if (key.n != 32)
		return CKR_KEY_SIZE_RANGE;
	return EVP_MAC_init(mac->ctx, key.p, key.n, NULL) == 1 ? CKR_OK
							       : CKR_FUNCTION_FAILED;
}

static CK_RV
kmac_key(struct mac_op *mac, const struct crypto_library *l, struct bytes key)
{
	if (key.n < KMAC_MIN_KEY || key.n > KMAC_MAX_KEY)
		return CKR_KEY_SIZE_RANGE;
	return EVP_MAC_init(mac->ctx, key.p, key.n, NULL) == 1 ? CKR_OK
							       : CKR_FUNCTION_FAILED;
}

/* Which of OpenSSL's, and how a key gets into it. */
static const struct mac_algorithm {
	enum algorithm algorithm;
	size_t mac; /* offsetof(struct crypto_library, ...) */
	CK_RV(*key)
	(struct mac_op *mac, const struct crypto_library *l, struct bytes key);
	const struct op_vtable *vtable;
} mac_algorithms[] = {
	{ ALG_HMAC, offsetof(struct crypto_library, hmac), hmac_key, &mac_vtable },
	{ ALG_CMAC, offsetof(struct crypto_library, cmac), cipher_mac_key, &mac_vtable },
	{ ALG_GMAC, offsetof(struct crypto_library, gmac), cipher_mac_key, &mac_vtable },
	{ ALG_POLY1305, offsetof(struct crypto_library, poly1305), poly1305_key,
		&mac_once_vtable },
	{ ALG_KMAC128, offsetof(struct crypto_library, kmac128), kmac_key, &mac_vtable },
	{ ALG_KMAC256, offsetof(struct crypto_library, kmac256), kmac_key, &mac_vtable },
};

static const struct mac_algorithm *
mac_find(enum algorithm algorithm)
{
	for (size_t i = 0; i < ARRAY_LEN(mac_algorithms); i++) {
		if (mac_algorithms[i].algorithm == algorithm)
			return &mac_algorithms[i];
	}
	return NULL;
}

static EVP_MAC *
mac_fetched(const struct mac_algorithm *a, const struct crypto_library *l)
{
	EVP_MAC *mac;

	memcpy(&mac, (const char *)l + a->mac, sizeof mac);
	return mac;
}

CK_RV
op_mac_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret)
{
	const struct crypto_library *l = crypto_library();
	const struct mac_algorithm *a = mac_find(m->algorithm);
	struct mac_op *mac;
	CK_RV rv;

	if (kind != OP_SIGN && kind != OP_VERIFY)
		return CKR_MECHANISM_INVALID;
	if (l == NULL || a == NULL || mac_fetched(a, l) == NULL)
		return CKR_MECHANISM_INVALID;
	mac = calloc(1, sizeof *mac);
	if (mac == NULL)
		return CKR_HOST_MEMORY;
	mac->op = (struct op){ a->vtable, m, kind };
	mac->ctx = EVP_MAC_CTX_new(mac_fetched(a, l));
	rv = mac->ctx == NULL ? CKR_HOST_MEMORY : mac_set_size(mac, p);
	if (rv == CKR_OK)
		rv = a->key(mac, l, key);
	if (rv == CKR_OK && m->param != PARAM_NONE && m->param != PARAM_LENGTH)
		rv = mac_begin(mac, p);
	if (rv != CKR_OK) {
		mac_free(&mac->op);
		return rv;
	}
	*ret = &mac->op;
	return CKR_OK;
}
