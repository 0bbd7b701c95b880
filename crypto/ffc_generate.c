/* SPDX-License-Identifier: Apache-2.0 */
/* New keys of DSA and Diffie-Hellman, with domain parameters that the caller has. */
#include <openssl/core_names.h>

#include "common/cleanup.h"
#include "crypto/ffc.h"

#define VALUE_MIN_BITS \
	224 /* twice the strength of the shortest prime: SP 800-56A, 5.6.1.1 */

static void
cleanup_bn_ctx(BN_CTX **ctx)
{
	BN_CTX_free(*ctx);
}

/* --- Primes ------------------------------------------------------------------------- */

/* Between two rounds of a test; 0 gives up. */
static int
on_round(int what, int n, BN_GENCB *cb)
{
	const struct pkey_stop *stop = BN_GENCB_get_arg(cb);

	return !stop->asked(stop->arg);
}

static CK_RV
check_prime(const BIGNUM *n, const struct pkey_stop *stop, BN_CTX *ctx)
{
	struct pkey_stop own = { 0 };
	BN_GENCB *cb = BN_GENCB_new();
	int r;

	if (cb == NULL)
		return CKR_HOST_MEMORY;
	if (stop != NULL) {
		own = *stop;
		BN_GENCB_set(cb, on_round, &own);
	}
	r = BN_check_prime(n, ctx, stop != NULL ? cb : NULL);
	BN_GENCB_free(cb);
	if (r >= 0)
		return r == 1 ? CKR_OK : CKR_DOMAIN_PARAMS_INVALID;
	return stop != NULL && stop->asked(stop->arg) ? CKR_FUNCTION_CANCELED
						      : CKR_HOST_MEMORY;
}

/* Without a q, p has to be 2q + 1: of any other nobody could tell how safe its keys are. */
static CK_RV
check_primes(const struct ffc_domain *d, const struct pkey_stop *stop)
{
	CLEANUP(cleanup_bn_ctx)
	BN_CTX *ctx = BN_CTX_new_ex(crypto_libctx());
	CLEANUP(cleanup_bn)
	BIGNUM *q = BN_new();
	CK_RV rv;

	if (ctx == NULL || q == NULL || BN_rshift1(q, d->p) != 1 ||
		(d->q != NULL && BN_copy(q, d->q) == NULL))
		return CKR_HOST_MEMORY;
	rv = check_prime(q, stop, ctx);
	return rv == CKR_OK ? check_prime(d->p, stop, ctx) : rv;
}

static bool
has_name(EVP_PKEY *parameters)
{
	char name[64];
	size_t n = 0;

	return EVP_PKEY_get_group_name(parameters, name, sizeof name, &n) == 1 && n != 0;
}

bool
ffc_is_known(struct bytes object_public)
{
	CLEANUP(ffc_domain_free)
	struct ffc_domain d = FFC_DOMAIN_NONE;
	CLEANUP(cleanup_pkey)
	EVP_PKEY *parameters = NULL;

	return ffc_parameters(object_public, &d, &parameters) == CKR_OK &&
	       has_name(parameters);
}

/* --- Keys --------------------------------------------------------------------------- */

/* FIPS 186-4, 4.2, without the shortest. */
static bool
sizes_are_right(const struct mech *m, const struct ffc_domain *d)
{
	const int p = BN_num_bits(d->p), q = d->q != NULL ? BN_num_bits(d->q) : 0;

	if (m->key_type != CKK_DSA)
		return p >= (int)m->min_key && p <= (int)m->max_key;
	return (p == 2048 && (q == 224 || q == 256)) || (p == 3072 && q == 256);
}

/* bits 0: as many as OpenSSL finds right. */
static CK_RV
generate(EVP_PKEY *parameters, uint64_t bits, EVP_PKEY **ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), parameters, NULL);
	int length = (int)bits;
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_int(
					      OSSL_PKEY_PARAM_DH_PRIV_LEN, &length),
		OSSL_PARAM_construct_end() };

	if (ctx == NULL || EVP_PKEY_keygen_init(ctx) != 1)
		return CKR_HOST_MEMORY;
	if (bits == 0)
		return EVP_PKEY_generate(ctx, ret) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
	/* too few for the prime, or more than the order has */
	return EVP_PKEY_CTX_set_params(ctx, params) == 1 &&
			       EVP_PKEY_generate(ctx, ret) == 1
		       ? CKR_OK
		       : CKR_ATTRIBUTE_VALUE_INVALID;
}

CK_RV
ffc_generate(const struct mech *m, const struct pkey_stop *stop,
	struct bytes public_template, struct bytes private_template, EVP_PKEY **ret)
{
	const uint64_t bits = attrs_ulong(private_template, CKA_VALUE_BITS, 0);
	CLEANUP(ffc_domain_free)
	struct ffc_domain d = FFC_DOMAIN_NONE;
	CLEANUP(cleanup_pkey)
	EVP_PKEY *parameters = NULL;
	CK_RV rv = ffc_parameters(public_template, &d, &parameters);

	if (rv != CKR_OK)
		return rv;
	if (!sizes_are_right(m, &d))
		return CKR_KEY_SIZE_RANGE;
	if (attrs_has(private_template, CKA_VALUE_BITS) &&
		(bits < VALUE_MIN_BITS || bits >= (uint64_t)BN_num_bits(d.p)))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (!has_name(parameters))
		rv = check_primes(&d, stop);
	return rv == CKR_OK ? generate(parameters, bits, ret) : rv;
}

/* --- Their attributes --------------------------------------------------------------- */

/* Both halves have the domain as the template did. */
CK_RV
ffc_attributes(
	EVP_PKEY *pkey, struct attrs *pub, struct attrs *priv, struct attrs *secret)
{
	static const uint32_t domain[] = { CKA_PRIME, CKA_SUBPRIME, CKA_BASE };
	struct bytes v;
	CK_RV rv = CKR_OK;

	for (size_t i = 0; i < ARRAY_LEN(domain); i++)
		if (attrs_find(attrs_bytes(pub), domain[i], &v))
			attrs_set(priv, domain[i], v);
	rv = pkey_set_number(pkey, OSSL_PKEY_PARAM_PUB_KEY, CKA_VALUE, 0, pub);
	if (rv == CKR_OK)
		rv = pkey_set_number(
			pkey, OSSL_PKEY_PARAM_PRIV_KEY, CKA_VALUE, 0, secret);
	return rv == CKR_OK ? ffc_complete(pkey, priv, true) : rv;
}
