/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of ML-DSA and SLH-DSA, of a message and of its digest: FIPS 204, 5.2 to 5.4;
 * FIPS 205, 10.2. OpenSSL knows those of a message; for those of a digest it is given the
 * message as encoded for its internal functions.
 */
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "crypto/errors.h"
#include "crypto/pqc.h"

#define CONTEXT_MAX 255u
#define DIGEST_MAX 64u

/* What a signature is made with, beside key and message. */
struct pqc_how {
	enum digest digest; /* what is signed is this one's; DIGEST_NONE: a message */
	uint8_t hedge;
	uint8_t context_len;
	uint8_t context[CONTEXT_MAX];
};

struct pqc_op {
	struct op op;
	EVP_PKEY *pkey;
	const struct pqc_set *set;
	struct op *hash;  /* of hashing mechanisms, while parts come in */
	struct buf parts; /* of a message that is not hashed first */
	struct pqc_how how;
};

static CK_RV
how_take(const struct mech *m, const struct mech_params *p, struct pqc_how *how)
{
	if (p->extra.n > CONTEXT_MAX || p->hash >= DIGEST_COUNT)
		return CKR_MECHANISM_PARAM_INVALID;
	how->digest = m->digest != DIGEST_NONE ? m->digest : (enum digest)p->hash;
	how->hedge = p->hedge;
	how->context_len = (uint8_t)p->extra.n;
	if (p->extra.n != 0)
		memcpy(how->context, p->extra.p, p->extra.n);
	return CKR_OK;
}

/* --- The encoded message of a digest --------------------------------------------------- */

#define OID_BYTES 11u

struct encoded {
	uint8_t b[2 + CONTEXT_MAX + OID_BYTES + DIGEST_MAX];
	size_t n;
};

static void
put(struct encoded *e, const void *p, size_t n)
{
	if (n != 0)
		memcpy(e->b + e->n, p, n);
	e->n += n;
}

static CK_RV
encode(const struct pqc_how *how, struct bytes digest, struct encoded *e)
{
	/* 2.16.840.1.101.3.4.2 and one arc more, in DER */
	uint8_t oid[OID_BYTES] = { 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
		0x02, digest_nist_arc(how->digest) };

	if (digest.n != digests[how->digest].size || digest.n > DIGEST_MAX)
		return CKR_DATA_LEN_RANGE;
	e->n = 0;
	put(e, &(uint8_t){ 1 }, 1);
	put(e, &how->context_len, 1);
	put(e, how->context, how->context_len);
	put(e, oid, sizeof oid);
	put(e, digest.p, digest.n);
	return CKR_OK;
}

/* --- OpenSSL ---------------------------------------------------------------------------- */

static void
cleanup_signature(EVP_SIGNATURE **s)
{
	EVP_SIGNATURE_free(*s);
}

static CK_RV
start(enum op_kind kind, const struct pqc_set *set, EVP_PKEY *pkey,
	const struct pqc_how *how, EVP_PKEY_CTX **ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	CLEANUP(cleanup_signature)
	EVP_SIGNATURE *algorithm = EVP_SIGNATURE_fetch(crypto_libctx(), set->name, NULL);
	int deterministic = how->hedge == CKH_DETERMINISTIC_REQUIRED,
	    encodes = how->digest == DIGEST_NONE;
	OSSL_PARAM params[4], *p = params;

	/* OSSL_PARAM has no pointer to const */
	if (encodes)
		*p++ = OSSL_PARAM_construct_octet_string(
			OSSL_SIGNATURE_PARAM_CONTEXT_STRING,
			(void *)(uintptr_t)how->context, how->context_len);
	*p++ = OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_MESSAGE_ENCODING, &encodes);
	if (kind == OP_SIGN)
		*p++ = OSSL_PARAM_construct_int(
			OSSL_SIGNATURE_PARAM_DETERMINISTIC, &deterministic);
	*p = OSSL_PARAM_construct_end();
	if (ctx == NULL || algorithm == NULL)
		return CKR_HOST_MEMORY;
	if ((kind == OP_SIGN ? EVP_PKEY_sign_message_init(ctx, algorithm, params)
			     : EVP_PKEY_verify_message_init(ctx, algorithm, params)) != 1)
		return CKR_FUNCTION_FAILED;
	*ret = TAKE_PTR(ctx);
	return CKR_OK;
}

/* A message, or of prehashing mechanisms its digest. */
static CK_RV
run(enum op_kind kind, const struct pqc_set *set, EVP_PKEY *pkey,
	const struct pqc_how *how, struct bytes in, struct bytes signature,
	struct outbuf *out)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = NULL;
	struct encoded e;
	size_t n = out->cap;
	CK_RV rv = CKR_OK;
	int r;

	if (kind == OP_VERIFY && signature.n != set->output)
		return CKR_SIGNATURE_LEN_RANGE;
	if (how->digest != DIGEST_NONE) {
		rv = encode(how, in, &e);
		in = BYTES(e.b, e.n);
	}
	if (rv == CKR_OK)
		rv = start(kind, set, pkey, how, &ctx);
	if (rv != CKR_OK)
		return rv;
	if (in.n == 0)
		in = BYTES("", 0); /* OpenSSL takes NULL for no message at all */
	if (kind == OP_VERIFY) {
		errors_begin();
		r = EVP_PKEY_verify(ctx, signature.p, signature.n, in.p, in.n);
		return errors_end_rv(r == 1 ? CKR_OK : CKR_SIGNATURE_INVALID);
	}
	if (EVP_PKEY_sign(ctx, out->p, &n, in.p, in.n) != 1)
		return CKR_FUNCTION_FAILED;
	out->n = n;
	return CKR_OK;
}

/* --- The op ------------------------------------------------------------------------------- */

static size_t
pqc_final_size(const struct op *op)
{
	return op->kind == OP_VERIFY ? 0 : ((const struct pqc_op *)op)->set->output;
}

static size_t
pqc_once_size(const struct op *op, size_t in_len)
{
	return pqc_final_size(op);
}

static size_t
pqc_update_size(const struct op *op, size_t in_len)
{
	return 0;
}

static CK_RV
pqc_run(const struct pqc_op *k, struct bytes in, struct bytes signature,
	struct outbuf *out)
{
	return run(k->op.kind, k->set, k->pkey, &k->how, in, signature, out);
}

static CK_RV
pqc_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct pqc_op *k = (struct pqc_op *)op;

	if (k->hash != NULL)
		return k->hash->vtable->update(k->hash, in, out);
	buf_put_bytes(&k->parts, in);
	return buf_ok(&k->parts) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
pqc_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct pqc_op *k = (struct pqc_op *)op;
	uint8_t hash[DIGEST_MAX];
	struct outbuf h = { hash, sizeof hash, 0 };
	CK_RV rv;

	if (k->hash == NULL) {
		rv = pqc_run(k, buf_bytes(&k->parts), signature, out);
		buf_free(&k->parts);
		return rv;
	}
	rv = k->hash->vtable->final(k->hash, BYTES_NONE, &h);
	return rv == CKR_OK ? pqc_run(k, BYTES(hash, h.n), signature, out) : rv;
}

static CK_RV
pqc_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	const struct pqc_op *k = (const struct pqc_op *)op;
	struct outbuf none = { NULL, 0, 0 };
	CK_RV rv;

	if (k->hash == NULL)
		return pqc_run(k, in, signature, out);
	rv = pqc_update(op, in, &none);
	return rv == CKR_OK ? pqc_final(op, signature, out) : rv;
}

static CK_RV
pqc_rearm(struct op *op, const struct mech_params *p)
{
	struct pqc_op *k = (struct pqc_op *)op;
	CK_RV rv = how_take(op->mech, p, &k->how);

	buf_free(&k->parts);
	/* NULL: the digest's usual size */
	return rv == CKR_OK && k->hash != NULL ? k->hash->vtable->rearm(k->hash, NULL)
					       : rv;
}

static void
pqc_free(struct op *op)
{
	struct pqc_op *k = (struct pqc_op *)op;

	op_free(&k->hash);
	buf_free(&k->parts);
	EVP_PKEY_free(k->pkey);
	free(k);
}

static const struct op_vtable single_vtable = {
	.once_size = pqc_once_size,
	.update_size = pqc_update_size,
	.final_size = pqc_final_size,
	.once = pqc_once,
	.rearm = pqc_rearm,
	.free = pqc_free,
	.raises = UINT8_MAX,
};

static const struct op_vtable parts_vtable = {
	.once_size = pqc_once_size,
	.update_size = pqc_update_size,
	.final_size = pqc_final_size,
	.once = pqc_once,
	.update = pqc_update,
	.final = pqc_final,
	.rearm = pqc_rearm,
	.free = pqc_free,
	.raises = UINT8_MAX,
};

/* NULL: this mechanism does no such thing with this key. */
static const struct pqc_set *
set_for(enum op_kind kind, const struct mech *m, EVP_PKEY *pkey)
{
	const struct pqc_set *set = pqc_set_of(pkey);

	return (kind == OP_SIGN || kind == OP_VERIFY) && set != NULL &&
			       set->type == m->key_type
		       ? set
		       : NULL;
}

CK_RV
pqc_op_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	EVP_PKEY *pkey, struct op **ret)
{
	const bool hashes = m->digest != DIGEST_NONE;
	const struct pqc_set *set = set_for(kind, m, pkey);
	struct pqc_op *k;
	CK_RV rv;

	if (set == NULL)
		return CKR_KEY_TYPE_INCONSISTENT;
	k = calloc(1, sizeof *k);
	if (k == NULL)
		return CKR_HOST_MEMORY;
	k->op = (struct op){ mech_signs_parts(m) ? &parts_vtable : &single_vtable, m,
		kind };
	k->parts = BUF_INIT;
	k->set = set;
	rv = how_take(m, p, &k->how);
	if (rv == CKR_OK && hashes)
		rv = op_digest_new(
			mech_lookup(digests[m->digest].mechanism), NULL, &k->hash);
	if (rv != CKR_OK) {
		pqc_free(&k->op);
		return rv;
	}
	(void)EVP_PKEY_up_ref(pkey);
	k->pkey = pkey;
	*ret = &k->op;
	return CKR_OK;
}

CK_RV
pqc_private(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	EVP_PKEY *pkey, struct bytes in, struct outbuf *out)
{
	const struct pqc_set *set = set_for(kind, m, pkey);
	struct pqc_how how;
	CK_RV rv;

	if (set == NULL || kind != OP_SIGN)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (out->cap < set->output)
		return CKR_BUFFER_TOO_SMALL;
	rv = how_take(m, p, &how);
	return rv == CKR_OK ? run(kind, set, pkey, &how, in, BYTES_NONE, out) : rv;
}
