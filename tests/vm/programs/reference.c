/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL itself, by its own interface and none of ours. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "tests/vm/programs/differential.h"

static const char *const modes[ALG_COUNT] = {
	[ALG_ECB] = "ECB",
	[ALG_CBC] = "CBC",
	[ALG_CBC_PAD] = "CBC",
	[ALG_CTR] = "CTR",
	[ALG_CTS] = "CBC-CTS",
	[ALG_OFB] = "OFB",
	[ALG_CFB8] = "CFB8",
	[ALG_CFB128] = "CFB",
	[ALG_XTS] = "XTS",
	[ALG_GCM] = "GCM",
	[ALG_CCM] = "CCM",
};

static void
cipher_name(const struct plan *plan, const char *mode, char *name, size_t size)
{
	const unsigned bits = (unsigned)plan->key->n * 8;

	if (plan->m->cipher == CIPHER_DES3)
		(void)snprintf(name, size, "DES-EDE3-%s", mode);
	else
		(void)snprintf(name, size, "AES-%u-%s",
			plan->m->algorithm == ALG_XTS ? bits / 2 : bits, mode);
}

/* ---- GCM and CCM */

struct aead {
	CK_BYTE *iv, *aad;
	CK_ULONG iv_n, aad_n, tag_n;
};

static bool
aead_of(const struct plan *plan, struct aead *ret)
{
	const CK_GCM_PARAMS *g = &plan->p.u.gcm;
	const CK_CCM_PARAMS *c = &plan->p.u.ccm;

	if (plan->m->algorithm == ALG_GCM)
		*ret = (struct aead){ g->pIv, g->pAAD, g->ulIvLen, g->ulAADLen,
			g->ulTagBits / 8 };
	else if (plan->m->algorithm == ALG_CCM)
		*ret = (struct aead){ c->pNonce, c->pAAD, c->ulNonceLen, c->ulAADLen,
			c->ulMACLen };
	else
		return false;
	return true;
}

static bool
aead_run(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct plan *plan,
	const struct aead *a, const CK_BYTE *in, int n, CK_BYTE *out, CK_ULONG *ret_n)
{
	const bool ccm = plan->m->algorithm == ALG_CCM;
	int part = 0, last = 0;

	if (EVP_EncryptInit_ex2(ctx, cipher, NULL, NULL, NULL) != 1 ||
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)a->iv_n, NULL) !=
			1 ||
		(ccm && EVP_CIPHER_CTX_ctrl(
				ctx, EVP_CTRL_AEAD_SET_TAG, (int)a->tag_n, NULL) != 1) ||
		EVP_EncryptInit_ex2(ctx, NULL, plan->key->value, a->iv, NULL) != 1 ||
		(ccm && EVP_EncryptUpdate(ctx, NULL, &part, NULL, n) != 1) ||
		(a->aad_n != 0 &&
			EVP_EncryptUpdate(ctx, NULL, &part, a->aad, (int)a->aad_n) != 1))
		return false;
	part = 0;
	if ((n != 0 || ccm) && EVP_EncryptUpdate(ctx, out, &part, in, n) != 1)
		return false;
	if (EVP_EncryptFinal_ex(ctx, out + part, &last) != 1 ||
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)a->tag_n,
			out + part + last) != 1)
		return false;
	*ret_n = (CK_ULONG)(part + last) + a->tag_n;
	return true;
}

/* ---- the others */

static const CK_BYTE *
iv_of(const struct plan *plan)
{
	return plan->m->param == PARAM_CTR ? plan->p.u.ctr.cb : plan->p.u.iv;
}

static bool
plain_run(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct plan *plan,
	const CK_BYTE *in, int n, CK_BYTE *out, CK_ULONG *ret_n)
{
	char cs1[] = "CS1";
	OSSL_PARAM params[] = { OSSL_PARAM_END, OSSL_PARAM_END };
	int part = 0, last = 0;

	if (plan->m->algorithm == ALG_CTS)
		params[0] = OSSL_PARAM_construct_utf8_string(
			OSSL_CIPHER_PARAM_CTS_MODE, cs1, 0);
	if (EVP_EncryptInit_ex2(ctx, cipher, plan->key->value, iv_of(plan), params) != 1)
		return false;
	(void)EVP_CIPHER_CTX_set_padding(ctx, plan->m->algorithm == ALG_CBC_PAD);
	if ((n != 0 && EVP_EncryptUpdate(ctx, out, &part, in, n) != 1) ||
		EVP_EncryptFinal_ex(ctx, out + part, &last) != 1)
		return false;
	*ret_n = (CK_ULONG)(part + last);
	return true;
}

static bool
cipher_run(const struct plan *plan, const CK_BYTE *in, CK_ULONG n, CK_BYTE *out,
	CK_ULONG *ret_n)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER *cipher;
	struct aead a;
	char name[32];
	bool done = false;

	cipher_name(plan, modes[plan->m->algorithm], name, sizeof name);
	cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	if (ctx != NULL && cipher != NULL)
		done = aead_of(plan, &a)
			       ? aead_run(ctx, cipher, plan, &a, in, (int)n, out, ret_n)
			       : plain_run(ctx, cipher, plan, in, (int)n, out, ret_n);
	EVP_CIPHER_free(cipher);
	EVP_CIPHER_CTX_free(ctx);
	return done;
}

static bool
mac_run(const struct plan *plan, const CK_BYTE *in, CK_ULONG n, CK_BYTE *out,
	CK_ULONG *ret_n)
{
	const struct mech *m = plan->m;
	const bool hmac = m->algorithm == ALG_HMAC;
	EVP_MAC *mac = EVP_MAC_fetch(NULL, hmac ? "HMAC" : "CMAC", NULL);
	EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	OSSL_PARAM params[] = { OSSL_PARAM_END, OSSL_PARAM_END };
	char name[32];
	size_t got = 0;
	bool done;

	if (hmac)
		(void)snprintf(name, sizeof name, "%s", digests[m->digest].name);
	else
		cipher_name(plan, "CBC", name, sizeof name);
	params[0] = OSSL_PARAM_construct_utf8_string(
		hmac ? OSSL_MAC_PARAM_DIGEST : OSSL_MAC_PARAM_CIPHER, name, 0);
	done = ctx != NULL && EVP_MAC_init(ctx, plan->key->value, plan->key->n, params) &&
	       EVP_MAC_update(ctx, in, n) && EVP_MAC_final(ctx, out, &got, MAX_MORE);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	*ret_n = m->param == PARAM_LENGTH ? plan->p.u.length : got;
	return done;
}

bool
reference(const struct plan *plan, const CK_BYTE *in, CK_ULONG n, CK_BYTE *out,
	CK_ULONG *ret_n)
{
	const struct mech *m = plan->m;
	size_t got = 0;

	if (m->algorithm == ALG_DIGEST) {
		if (EVP_Q_digest(NULL, digests[m->digest].name, NULL, in, n, out, &got) !=
			1)
			return false;
		*ret_n = got;
		return true;
	}
	if (m->algorithm == ALG_HMAC || m->algorithm == ALG_CMAC)
		return mac_run(plan, in, n, out, ret_n);
	return modes[m->algorithm] != NULL && cipher_run(plan, in, n, out, ret_n);
}
