/* SPDX-License-Identifier: Apache-2.0 */
/* CKM_EDDSA: which of RFC 8032's schemes a parameter and a key make (PKCS#11 3.2, 6.3.17), and
 * OpenSSL's name for it. */
#include <openssl/core_names.h>

#include "common/cleanup.h"
#include "crypto/pkey.h"

static const struct schemes {
	const char *curve;
	const char *names[EDDSA_SCHEMES];
	enum digest prehash; /* Ed448's has 64 bytes of SHAKE256 */
	bool empty_context;  /* may it be? */
} schemes[] = {
	{ "ED25519",
		{ [EDDSA_PURE] = "ED25519",
			[EDDSA_CONTEXT] = "ED25519ctx",
			[EDDSA_PREHASH] = "ED25519ph" },
		DIGEST_SHA512, false },
	{ "ED448",
		{ [EDDSA_PURE] = "ED448",
			[EDDSA_CONTEXT] = "ED448",
			[EDDSA_PREHASH] = "ED448ph" },
		DIGEST_SHAKE256, true },
};

static const struct schemes *
schemes_of(const struct curve *curve)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strcmp(schemes[i].curve, curve->name) == 0)
			return &schemes[i];
	return NULL;
}

CK_RV
eddsa_check(const struct mech *m, const struct mech_params *p, const struct curve *curve,
	enum digest *ret)
{
	const struct schemes *s = schemes_of(curve);

	if (s == NULL)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (curve->bits < m->min_key || curve->bits > m->max_key)
		return CKR_KEY_SIZE_RANGE;
	/* Ed25519ctx without a context is neither Ed25519 nor what OpenSSL makes */
	if (p->scheme == EDDSA_CONTEXT && p->extra.n == 0 && !s->empty_context)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret = p->scheme == EDDSA_PREHASH ? s->prehash : DIGEST_NONE;
	return CKR_OK;
}

static void
cleanup_signature(EVP_SIGNATURE **signature)
{
	EVP_SIGNATURE_free(*signature);
}

bool
eddsa_set_up(EVP_PKEY_CTX *ctx, bool signs, const struct curve *curve,
	const struct mech_params *p)
{
	const struct schemes *s = schemes_of(curve);
	CLEANUP(cleanup_signature)
	EVP_SIGNATURE *signature =
		EVP_SIGNATURE_fetch(crypto_libctx(), s->names[p->scheme], NULL);
	OSSL_PARAM context[] = { OSSL_PARAM_construct_octet_string(
					 OSSL_SIGNATURE_PARAM_CONTEXT_STRING,
					 (void *)(uintptr_t)p->extra.p, p->extra.n),
		OSSL_PARAM_construct_end() };
	const OSSL_PARAM *params = p->extra.n != 0 ? context : NULL;

	if (signature == NULL)
		return false;
	/* a digest is handed over as it is, a message as a whole */
	if (p->scheme == EDDSA_PREHASH)
		return (signs ? EVP_PKEY_sign_init_ex2(ctx, signature, params)
			      : EVP_PKEY_verify_init_ex2(ctx, signature, params)) == 1;
	return (signs ? EVP_PKEY_sign_message_init(ctx, signature, params)
		      : EVP_PKEY_verify_message_init(ctx, signature, params)) == 1;
}
