/* SPDX-License-Identifier: Apache-2.0 */
/* A mechanism and its parameters as settings of OpenSSL's context. */
#include <openssl/rsa.h>

#include "crypto/crypto.h"
#include "crypto/pkey.h"

static bool
set_pss(EVP_PKEY_CTX *ctx, const struct mech *m, const struct mech_params *p)
{
	const EVP_MD *md = crypto_md(p->hash), *mgf = crypto_md(p->mgf_hash);

	return md != NULL && mgf != NULL &&
	       (m->digest == DIGEST_NONE || m->digest == p->hash) &&
	       EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, p->salt_len) == 1;
}

static bool
set_oaep(EVP_PKEY_CTX *ctx, const struct mech_params *p)
{
	const EVP_MD *md = crypto_md(p->hash), *mgf = crypto_md(p->mgf_hash);
	void *label;

	if (md == NULL || mgf == NULL || p->extra.n > INT32_MAX ||
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
		EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) != 1 ||
		EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf) != 1)
		return false;
	if (p->extra.n == 0)
		return true;
	label = OPENSSL_memdup(p->extra.p, p->extra.n);
	if (label == NULL ||
		EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, (int)p->extra.n) != 1) {
		OPENSSL_free(label);
		return false;
	}
	return true;
}

CK_RV
pkey_set_up(EVP_PKEY_CTX *ctx, enum op_kind kind, const struct mech *m,
	const struct mech_params *p)
{
	static int (*const init[])(EVP_PKEY_CTX *) = {
		[OP_ENCRYPT] = EVP_PKEY_encrypt_init,
		[OP_DECRYPT] = EVP_PKEY_decrypt_init,
		[OP_SIGN] = EVP_PKEY_sign_init,
		[OP_VERIFY] = EVP_PKEY_verify_init,
		[OP_SIGN_RECOVER] = EVP_PKEY_sign_init,
		[OP_VERIFY_RECOVER] = EVP_PKEY_verify_recover_init,
	};
	bool ok = false;

	if (m->algorithm == ALG_EDDSA)
		return eddsa_set_up(ctx, kind == OP_SIGN,
			       curve_edwards(EVP_PKEY_CTX_get0_pkey(ctx)), p)
			       ? CKR_OK
			       : CKR_MECHANISM_PARAM_INVALID;
	if (kind >= ARRAY_LEN(init) || init[kind] == NULL || init[kind](ctx) != 1)
		return CKR_KEY_TYPE_INCONSISTENT;
	switch (m->algorithm) {
	case ALG_RSA_PKCS:
		ok = EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		     (m->digest == DIGEST_NONE || EVP_PKEY_CTX_set_signature_md(ctx,
							  crypto_md(m->digest)) == 1);
		break;
	case ALG_RSA_RAW:
		ok = EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1;
		break;
	case ALG_RSA_PSS:
		ok = set_pss(ctx, m, p);
		break;
	case ALG_RSA_OAEP:
		ok = set_oaep(ctx, p);
		break;
	case ALG_ECDSA:
	case ALG_DSA:
		ok = m->digest == DIGEST_NONE ||
		     EVP_PKEY_CTX_set_signature_md(ctx, crypto_md(m->digest)) == 1;
		break;
	default:
		return CKR_MECHANISM_INVALID;
	}
	return ok ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}
