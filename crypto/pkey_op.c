/* SPDX-License-Identifier: Apache-2.0 */
/* RSA, DSA, ECDSA and EdDSA with one half of a key pair. */
#include <openssl/core_names.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "crypto/errors.h"
#include "crypto/ffc.h"
#include "crypto/pqc.h"

#define MAX_OUTPUT (RSA_MAX_BITS / 8u)

struct pkey_op {
	struct op op;
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *ctx;
	struct op *hash;    /* what is hashed first, while parts come in */
	struct buf parts;   /* of what is not: EdDSA takes a message twice */
	size_t size;        /* of a signature, ciphertext, or modulus */
	size_t digest;      /* bytes the data must have, being a digest; 0: any */
	bool deterministic; /* ECDSA: the nonce */
};

static struct pkey_op *
pkey_of(struct op *op)
{
	return (struct pkey_op *)op;
}

/* Is a signature two numbers, side by side? */
static bool
is_two_numbers(const struct mech *m)
{
	return m->algorithm == ALG_ECDSA || m->algorithm == ALG_DSA;
}

static size_t
dsa_size(EVP_PKEY *pkey)
{
	CLEANUP(cleanup_bn)
	BIGNUM *q = NULL;

	return EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_Q, &q) == 1
		       ? 2 * (size_t)BN_num_bytes(q)
		       : 0;
}

/* Bytes of the modulus, or of r and s; 0: no memory. */
static size_t
pkey_size(const struct mech *m, EVP_PKEY *pkey)
{
	if (m->algorithm == ALG_DSA)
		return dsa_size(pkey);
	if (m->algorithm == ALG_ECDSA)
		return 2 * (((size_t)EVP_PKEY_get_bits(pkey) + 7) / 8);
	return (size_t)EVP_PKEY_get_size(pkey);
}

/* Without zeroes in front. */
static struct bytes
modulus_of(struct bytes object_public)
{
	struct bytes n;

	if (!attrs_find(object_public, CKA_MODULUS, &n))
		return BYTES_NONE;
	while (n.n > 0 && n.p[0] == 0) {
		n.p++;
		n.n--;
	}
	return n;
}

size_t
pkey_output_size(const struct mech *m, struct bytes object_public)
{
	const struct curve *curve = NULL;

	if (m->algorithm == ALG_PQC_SIGN)
		return pqc_output_size(object_public);
	if (m->algorithm == ALG_DSA)
		return dsa_signature_size(object_public);
	if (m->algorithm == ALG_ECDSA || m->algorithm == ALG_EDDSA)
		return curve_of(object_public, &curve) == CKR_OK ? 2 * curve->field : 0;
	return modulus_of(object_public).n;
}

/* RFC 8017, 9.1.1: the salt must fit beside the hash, or no signature can be made. */
static bool
salt_fits(const struct mech *m, const struct mech_params *p, size_t bits)
{
	if (m->algorithm != ALG_RSA_PSS)
		return true;
	return p->hash < DIGEST_COUNT &&
	       (bits + 6) / 8 >= (size_t)digests[p->hash].size + p->salt_len + 2;
}

static size_t
modulus_bits(struct bytes object_public)
{
	const struct bytes n = modulus_of(object_public);
	size_t bits = 8 * n.n;

	for (unsigned top = n.n != 0 ? n.p[0] : 0x80; top < 0x80; top <<= 1)
		bits--;
	return bits;
}

/* --- What is hashed before it is signed --------------------------------------------- */

CK_RV
pkey_hash(const struct mech *m, const struct mech_params *p, struct bytes object_public,
	enum digest *ret)
{
	const struct curve *curve = NULL;
	CK_RV rv;

	if (m->algorithm != ALG_EDDSA) {
		*ret = m->digest;
		return salt_fits(m, p, modulus_bits(object_public))
			       ? CKR_OK
			       : CKR_MECHANISM_PARAM_INVALID;
	}
	rv = curve_of(object_public, &curve);
	return rv == CKR_OK ? eddsa_check(m, p, curve, ret) : rv;
}

/* The same of a key that is OpenSSL's already. */
static CK_RV
hash_of(const struct mech *m, const struct mech_params *p, EVP_PKEY *pkey,
	enum digest *ret)
{
	const struct curve *curve = curve_edwards(pkey);

	if (m->algorithm == ALG_EDDSA)
		return curve != NULL ? eddsa_check(m, p, curve, ret)
				     : CKR_KEY_TYPE_INCONSISTENT;
	*ret = m->digest;
	return CKR_OK;
}

/* --- What OpenSSL is asked --------------------------------------------------------------- */

/* Of the digests there are: PKCS#11 3.2, 6.2. What is longer than q is cut. */
static bool
is_digest_size(size_t n)
{
	return n == 20 || n == 28 || n == 32 || n == 48 || n == 64;
}

/* Lengths the standard bounds, before OpenSSL is asked: PKCS#11 3.2, 6.1 to 6.3. */
static CK_RV
check_input(const struct pkey_op *k, struct bytes in)
{
	size_t most = SIZE_MAX;

	if (k->op.kind == OP_DECRYPT)
		return in.n == k->size ? CKR_OK : CKR_ENCRYPTED_DATA_LEN_RANGE;
	if (k->op.kind == OP_VERIFY_RECOVER)
		return in.n == k->size ? CKR_OK : CKR_SIGNATURE_LEN_RANGE;
	if (k->digest != 0)
		return in.n == k->digest ? CKR_OK : CKR_DATA_LEN_RANGE;
	if (k->op.mech->algorithm == ALG_DSA)
		return is_digest_size(in.n) ? CKR_OK : CKR_DATA_LEN_RANGE;
	if (k->op.mech->algorithm == ALG_RSA_PKCS)
		most = k->size - 11;
	else if (k->op.mech->algorithm == ALG_RSA_RAW)
		most = k->size;
	return in.n <= most ? CKR_OK : CKR_DATA_LEN_RANGE;
}

/* 6.3.1: of ECDSA the halves may come without zeroes in front, both as long as the longer. */
static bool
signature_fits(const struct pkey_op *k, size_t n)
{
	return k->op.mech->algorithm == ALG_ECDSA ? n != 0 && n % 2 == 0 && n <= k->size
						  : n == k->size;
}

/* CKM_RSA_X_509 fills with zeroes in front. */
static struct bytes
raw_pad(const struct pkey_op *k, struct bytes in, uint8_t room[MAX_OUTPUT])
{
	if (k->op.mech->algorithm != ALG_RSA_RAW || in.n >= k->size ||
		k->size > MAX_OUTPUT)
		return in;
	memset(room, 0, k->size - in.n);
	if (in.n != 0)
		memcpy(room + k->size - in.n, in.p, in.n);
	return BYTES(room, k->size);
}

/* Data that is raw, or the digest already. */
static CK_RV
run(struct pkey_op *k, struct bytes in, struct bytes signature, struct outbuf *out)
{
	uint8_t room[MAX_OUTPUT];
	size_t n = out->cap;
	CK_RV rv = CKR_OK;
	int r = 1;

	in = raw_pad(k, in, room);
	switch (k->op.kind) {
	case OP_VERIFY:
		if (!signature_fits(k, signature.n))
			return CKR_SIGNATURE_LEN_RANGE;
		if (is_two_numbers(k->op.mech))
			return ecdsa_verify(k->ctx, in, signature);
		errors_begin();
		r = EVP_PKEY_verify(k->ctx, signature.p, signature.n, in.p, in.n);
		return errors_end_rv(r == 1 ? CKR_OK : CKR_SIGNATURE_INVALID);
	case OP_SIGN:
	case OP_SIGN_RECOVER:
		if (is_two_numbers(k->op.mech))
			return ecdsa_sign(k->ctx,
				&(struct ecdsa_how){
					k->op.mech->digest, k->size, k->deterministic },
				in, out);
		r = EVP_PKEY_sign(k->ctx, out->p, &n, in.p, in.n);
		rv = r == 1 ? CKR_OK : CKR_DATA_INVALID;
		break;
	case OP_VERIFY_RECOVER:
		errors_begin();
		r = EVP_PKEY_verify_recover(k->ctx, out->p, &n, in.p, in.n);
		rv = errors_end_rv(r == 1 ? CKR_OK : CKR_SIGNATURE_INVALID);
		break;
	case OP_ENCRYPT:
		r = EVP_PKEY_encrypt(k->ctx, out->p, &n, in.p, in.n);
		rv = r == 1 ? CKR_OK
		     : k->op.mech->algorithm == ALG_RSA_RAW
			     ? CKR_DATA_INVALID /* not below the modulus */
			     : CKR_DATA_LEN_RANGE;
		break;
	default:
		/* One error for every way to be wrong; PKCS#1 v1.5 padding that is
		 * wrong gives random bytes (implicit rejection). */
		r = EVP_PKEY_decrypt(k->ctx, out->p, &n, in.p, in.n);
		rv = r == 1 ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID;
		break;
	}
	wipe(room, sizeof room);
	out->n = rv == CKR_OK ? n : 0;
	return rv;
}

/* --- The op -------------------------------------------------------------------------- */

static size_t
pkey_final_size(const struct op *op)
{
	return op->kind == OP_VERIFY ? 0 : ((const struct pkey_op *)op)->size;
}

static size_t
pkey_once_size(const struct op *op, size_t in_len)
{
	return pkey_final_size(op);
}

static size_t
pkey_update_size(const struct op *op, size_t in_len)
{
	return 0;
}

static CK_RV
pkey_update(struct op *op, struct bytes in, struct outbuf *out)
{
	struct pkey_op *k = pkey_of(op);

	if (k->hash != NULL)
		return k->hash->vtable->update(k->hash, in, out);
	buf_put_bytes(&k->parts, in);
	return buf_ok(&k->parts) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
pkey_final(struct op *op, struct bytes signature, struct outbuf *out)
{
	struct pkey_op *k = pkey_of(op);
	uint8_t hash[EVP_MAX_MD_SIZE];
	struct outbuf h = { hash, sizeof hash, 0 };
	CK_RV rv;

	if (k->hash == NULL)
		return run(k, buf_bytes(&k->parts), signature, out);
	rv = k->hash->vtable->final(k->hash, BYTES_NONE, &h);
	return rv == CKR_OK ? run(k, BYTES(hash, h.n), signature, out) : rv;
}

static CK_RV
pkey_once(struct op *op, struct bytes in, struct bytes signature, struct outbuf *out)
{
	struct pkey_op *k = pkey_of(op);
	struct outbuf none = { NULL, 0, 0 };
	CK_RV rv;

	if (k->hash == NULL) {
		rv = check_input(k, in);
		return rv == CKR_OK ? run(k, in, signature, out) : rv;
	}
	rv = pkey_update(op, in, &none);
	return rv == CKR_OK ? pkey_final(op, signature, out) : rv;
}

static bool
key_fits(const struct mech *m, EVP_PKEY *pkey)
{
	if (m->algorithm == ALG_EDDSA)
		return curve_edwards(pkey) != NULL;
	return EVP_PKEY_is_a(pkey, m->algorithm == ALG_ECDSA ? "EC"
				   : m->algorithm == ALG_DSA ? "DSA"
							     : "RSA") == 1;
}

/* What the data has to be long, being a digest. */
static size_t
digest_size(const struct mech *m, const struct mech_params *p, enum digest hash)
{
	return digests[m->algorithm == ALG_RSA_PSS ? p->hash : hash].size;
}

/* Sets up what hashes, where something does: it may be another thing than before. */
static CK_RV
hash_start(struct pkey_op *k, enum digest hash)
{
	/* of SHAKE256 the bytes that RFC 8032 takes */
	const struct mech_params usual = { .mac_len = digests[hash].size };

	buf_reset(&k->parts);
	if (hash == DIGEST_NONE || (k->op.kind != OP_SIGN && k->op.kind != OP_VERIFY)) {
		op_free(&k->hash);
		return CKR_OK;
	}
	if (k->hash != NULL && k->hash->mech->digest == hash)
		return k->hash->vtable->rearm(k->hash, &usual);
	op_free(&k->hash);
	return op_digest_new(mech_lookup(digests[hash].mechanism), NULL, &k->hash);
}

static CK_RV
pkey_rearm(struct op *op, const struct mech_params *p)
{
	struct pkey_op *k = pkey_of(op);
	enum digest hash;
	CK_RV rv = hash_of(op->mech, p, k->pkey, &hash);

	if (rv == CKR_OK && !salt_fits(op->mech, p, (size_t)EVP_PKEY_get_bits(k->pkey)))
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv == CKR_OK)
		rv = pkey_set_up(k->ctx, op->kind, op->mech, p);
	if (rv == CKR_OK)
		rv = hash_start(k, hash);
	if (rv == CKR_OK)
		k->digest = digest_size(op->mech, p, hash);
	return rv;
}

static void
pkey_free(struct op *op)
{
	struct pkey_op *k = pkey_of(op);

	op_free(&k->hash);
	buf_free(&k->parts);
	EVP_PKEY_CTX_free(k->ctx);
	EVP_PKEY_free(k->pkey);
	free(k);
}

static const struct op_vtable parts_vtable = {
	.once_size = pkey_once_size,
	.update_size = pkey_update_size,
	.final_size = pkey_final_size,
	.once = pkey_once,
	.update = pkey_update,
	.final = pkey_final,
	.rearm = pkey_rearm,
	.free = pkey_free,
	.raises = UINT8_MAX,
};

static const struct op_vtable single_vtable = {
	.once_size = pkey_once_size,
	.update_size = pkey_update_size,
	.final_size = pkey_final_size,
	.once = pkey_once,
	.rearm = pkey_rearm,
	.free = pkey_free,
	.raises = UINT8_MAX,
};

/* Everything but the hash. */
static CK_RV
pkey_start(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	EVP_PKEY *pkey, enum digest *ret_hash, struct pkey_op *k)
{
	CK_RV rv;

	if (!key_fits(m, pkey))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (m->digest != DIGEST_NONE && crypto_md(m->digest) == NULL)
		return CKR_MECHANISM_INVALID;
	if (!salt_fits(m, p, (size_t)EVP_PKEY_get_bits(pkey)))
		return CKR_MECHANISM_PARAM_INVALID;
	rv = hash_of(m, p, pkey, ret_hash);
	if (rv != CKR_OK)
		return rv;
	k->op = (struct op){ mech_signs_parts(m) ? &parts_vtable : &single_vtable, m,
		kind };
	k->parts = BUF_INIT;
	k->size = pkey_size(m, pkey);
	k->digest = digest_size(m, p, *ret_hash);
	k->deterministic = p->hedge == CKH_DETERMINISTIC_REQUIRED;
	k->ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	return k->ctx == NULL || k->size == 0 ? CKR_HOST_MEMORY
					      : pkey_set_up(k->ctx, kind, m, p);
}

CK_RV
op_pkey_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	EVP_PKEY *pkey, struct op **ret)
{
	struct pkey_op *k;
	enum digest hash;
	CK_RV rv;

	if (m->algorithm == ALG_PQC_SIGN)
		return pqc_op_new(kind, m, p, pkey, ret);
	k = calloc(1, sizeof *k);
	if (k == NULL)
		return CKR_HOST_MEMORY;
	rv = pkey_start(kind, m, p, pkey, &hash, k);
	if (rv == CKR_OK)
		rv = hash_start(k, hash);
	if (rv != CKR_OK) {
		pkey_free(&k->op);
		return rv;
	}
	(void)EVP_PKEY_up_ref(pkey);
	k->pkey = pkey;
	*ret = &k->op;
	return CKR_OK;
}

CK_RV
pkey_private(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	EVP_PKEY *pkey, struct bytes in, struct outbuf *out)
{
	struct pkey_op k = { 0 };
	enum digest hash;
	CK_RV rv;

	if (m->algorithm == ALG_PQC_SIGN)
		return pqc_private(kind, m, p, pkey, in, out);
	if (kind != OP_SIGN && kind != OP_SIGN_RECOVER && kind != OP_DECRYPT)
		return CKR_FUNCTION_FAILED;
	rv = pkey_start(kind, m, p, pkey, &hash, &k);
	if (rv == CKR_OK)
		rv = check_input(&k, in);
	if (rv == CKR_OK && out->cap < k.size)
		rv = CKR_BUFFER_TOO_SMALL;
	if (rv == CKR_OK)
		rv = run(&k, in, BYTES_NONE, out);
	EVP_PKEY_CTX_free(k.ctx);
	return rv;
}
