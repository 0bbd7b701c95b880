/* SPDX-License-Identifier: Apache-2.0 */
/* HKDF and PBKDF2, which OpenSSL has. */
#include "crypto/derive_kdf.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/derivation.h"
#include "crypto/library.h"
#include "cryptoki/derive_kinds.h"

OSSL_PARAM
kdf_octets(const char *name, struct bytes v)
{
	static const uint8_t none[1];

	return OSSL_PARAM_construct_octet_string(
		name, (void *)(uintptr_t)(v.n != 0 ? v.p : none), v.n);
}

OSSL_PARAM
kdf_digest(enum digest d)
{
	return OSSL_PARAM_construct_utf8_string(
		OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)digests[d].name, 0);
}

CK_RV
kdf_run(EVP_KDF *kdf, const OSSL_PARAM *params, uint8_t *to, size_t n)
{
	EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	int ok;

	if (ctx == NULL)
		return kdf == NULL ? CKR_MECHANISM_INVALID : CKR_HOST_MEMORY;
	ok = EVP_KDF_derive(ctx, to, n, params);
	EVP_KDF_CTX_free(ctx);
	return ok == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

/* --- HKDF: 6.62.3, RFC 5869 -------------------------------------------------------- */

#define HKDF_BLOCKS 255u

/* An extracted key is one hash long; so is, at least, one that is only expanded. */
CK_RV
hkdf_supply(const struct derivation *d, struct supply *ret)
{
	struct hkdf_params p;
	size_t hash;

	if (!hkdf_params_read(d->params, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	hash = digests[p.digest].size;
	if (!p.extract && d->base->value.n < hash)
		return CKR_KEY_SIZE_RANGE;
	*ret = p.expand ? (struct supply){ .max = HKDF_BLOCKS * hash }
			: (struct supply){ hash, hash };
	return CKR_OK;
}

CK_RV
hkdf_prepare(const struct derivation *d, struct attrs *template)
{
	struct hkdf_params p;

	if (!hkdf_params_read(d->params, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	return p.expand ? CKR_OK
			: derivation_imply(
				  template, CKA_VALUE_LEN, digests[p.digest].size);
}

CK_RV
hkdf_make(const struct derivation *d, struct secret *value)
{
	const struct crypto_library *l = crypto_library();
	struct hkdf_params p;
	OSSL_PARAM params[6];
	int mode;

	if (l == NULL || !hkdf_params_read(d->params, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	mode = !p.expand    ? EVP_KDF_HKDF_MODE_EXTRACT_ONLY
	       : !p.extract ? EVP_KDF_HKDF_MODE_EXPAND_ONLY
			    : EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND;
	params[0] = kdf_digest(p.digest);
	params[1] = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
	params[2] = kdf_octets(OSSL_KDF_PARAM_KEY, d->base->value);
	params[3] =
		kdf_octets(OSSL_KDF_PARAM_SALT, p.salt_is_key ? d->other->value : p.salt);
	params[4] = kdf_octets(OSSL_KDF_PARAM_INFO, p.info);
	params[5] = OSSL_PARAM_construct_end();
	return kdf_run(l->hkdf, params, value->p, value->n);
}

/* --- PBKDF2: 6.37.4, RFC 8018 ------------------------------------------------------- */

CK_RV
key_from_password(const struct mech *m, struct bytes params, size_t n, struct secret *ret)
{
	const struct crypto_library *l = crypto_library();
	struct secret value = SECRET_NONE;
	struct pbkdf2_params p;
	OSSL_PARAM list[6];
	uint64_t iterations;
	int unchecked = 1; /* SP 800-132's bounds are lower limits, and not PKCS#11's */
	CK_RV rv;

	if (m->algorithm != ALG_PBKDF2 || l == NULL)
		return CKR_MECHANISM_INVALID;
	if (!pbkdf2_params_read(params, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	if (n == 0 || n > DERIVE_MAX_VALUE)
		return CKR_KEY_SIZE_RANGE;
	if (secret_new(n, &value) != 0)
		return CKR_HOST_MEMORY;
	iterations = p.iterations;
	list[0] = kdf_digest(p.digest);
	list[1] = kdf_octets(OSSL_KDF_PARAM_PASSWORD, p.password);
	list[2] = kdf_octets(OSSL_KDF_PARAM_SALT, p.salt);
	list[3] = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations);
	list[4] = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &unchecked);
	list[5] = OSSL_PARAM_construct_end();
	rv = kdf_run(l->pbkdf2, list, value.p, value.n);
	if (rv != CKR_OK) {
		secret_free(&value);
		return rv;
	}
	secret_free(ret);
	*ret = value;
	return CKR_OK;
}
