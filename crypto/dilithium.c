/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of round-2 Dilithium: attributes to keys and back. */
#include "crypto/dilithium.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>

#include "common/cleanup.h"
#include "crypto/dilithium_r2/dilithium_r2.h"
#include "cryptoki/vendor.h"

#define KEYFORM_R2_65 1u

/* Both halves as dilithium_r2.h has them; of a public object the first alone. */
struct keys {
	uint8_t public_key[DILITHIUM_PUBLIC_KEY];
	struct secret private_key;
};

static void
keys_free(struct keys *k)
{
	secret_free(&k->private_key);
}

static CK_RV
rv_of(int r)
{
	return r == 0         ? CKR_OK
	       : r == -ENOMEM ? CKR_HOST_MEMORY
	       : r == -EIO    ? CKR_RANDOM_NO_RNG
			      : CKR_ATTRIBUTE_VALUE_INVALID;
}

static CK_RV
check_params(struct bytes list)
{
	static const uint32_t oids[] = { CKA_IBM_PQC_PARAMS, CKA_IBM_DILITHIUM_MODE };
	struct bytes v;

	for (size_t i = 0; i < ARRAY_LEN(oids); i++)
		if (attrs_find(list, oids[i], &v) && v.n != 0 &&
			!bytes_equal(v, dilithium_oid))
			return CKR_IBM_PQC_PARAMS_NOT_SUPPORTED;
	return attrs_ulong(list, CKA_IBM_DILITHIUM_KEYFORM, KEYFORM_R2_65) ==
			       KEYFORM_R2_65
		       ? CKR_OK
		       : CKR_IBM_PQC_PARAMS_NOT_SUPPORTED;
}

/* --- From attributes ---------------------------------------------------------------- */

static bool
is_public_part(enum dilithium_part part)
{
	return part == DILITHIUM_RHO || part == DILITHIUM_T1;
}

/* An attribute with something in it. */
static bool
find_given(struct bytes list, uint32_t type, struct bytes *ret)
{
	return attrs_find(list, type, ret) && ret->n != 0;
}

/* secret NULL: of a public object. */
static CK_RV
parts_of(struct bytes object, const struct bytes *secret, struct dilithium_split *ret)
{
	*ret = (struct dilithium_split){ 0 };
	for (enum dilithium_part i = 0; i < DILITHIUM_PARTS; i++) {
		if (secret == NULL && !is_public_part(i))
			continue;
		if (!find_given(is_public_part(i) ? object : *secret,
			    (uint32_t)dilithium_parts[i].type, &ret->part[i]))
			return CKR_TEMPLATE_INCOMPLETE;
	}
	return CKR_OK;
}

static CK_RV
public_of(struct bytes object, uint8_t ret[DILITHIUM_PUBLIC_KEY])
{
	struct dilithium_split parts;
	struct bytes der;
	CK_RV rv;

	if (find_given(object, CKA_VALUE, &der))
		rv = rv_of(dilithium_read_spki(der, &parts));
	else if ((rv = parts_of(object, NULL, &parts)) == CKR_TEMPLATE_INCOMPLETE &&
		 find_given(object, CKA_PUBLIC_KEY_INFO, &der))
		rv = rv_of(dilithium_read_spki(der, &parts));
	return rv == CKR_OK ? rv_of(dilithium_join_public(&parts, ret)) : rv;
}

static CK_RV
private_of(struct bytes object, struct bytes secret, struct keys *ret)
{
	struct dilithium_split parts;
	struct bytes der;
	CK_RV rv = find_given(secret, CKA_VALUE, &der)
			   ? rv_of(dilithium_read_pkcs8(der, &parts))
			   : parts_of(object, &secret, &parts);

	if (rv == CKR_OK)
		rv = rv_of(dilithium_join_public(&parts, ret->public_key));
	return rv == CKR_OK ? rv_of(dilithium_join_private(&parts, &ret->private_key))
			    : rv;
}

static CK_RV
pkey_of(int selection, const char *name, struct bytes key, EVP_PKEY **ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = NULL;
	/* OSSL_PARAM has no pointer to const */
	OSSL_PARAM params[] = { OSSL_PARAM_construct_octet_string(
					name, (void *)(uintptr_t)key.p, key.n),
		OSSL_PARAM_construct_end() };

	if (!dilithium_provide())
		return CKR_HOST_MEMORY;
	ctx = EVP_PKEY_CTX_new_from_name(crypto_libctx(), DILITHIUM_NAME, NULL);
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		return CKR_HOST_MEMORY;
	if (EVP_PKEY_fromdata(ctx, ret, selection, params) == 1)
		return CKR_OK;
	return ERR_GET_REASON(ERR_peek_last_error()) == PROV_R_INVALID_KEY
		       ? CKR_ATTRIBUTE_VALUE_INVALID
		       : CKR_HOST_MEMORY;
}

CK_RV
dilithium_from_public(struct bytes object_public, EVP_PKEY **ret)
{
	uint8_t key[DILITHIUM_PUBLIC_KEY];
	CK_RV rv = check_params(object_public);

	if (rv == CKR_OK)
		rv = public_of(object_public, key);
	return rv == CKR_OK ? pkey_of(EVP_PKEY_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY,
				      BYTES_OF(key), ret)
			    : rv;
}

CK_RV
dilithium_from_private(
	struct bytes object_public, struct bytes object_secret, EVP_PKEY **ret)
{
	CLEANUP(keys_free)
	struct keys keys = { .private_key = SECRET_NONE };
	CK_RV rv = check_params(object_public);

	if (rv == CKR_OK)
		rv = private_of(object_public, object_secret, &keys);
	return rv == CKR_OK ? pkey_of(EVP_PKEY_KEYPAIR, OSSL_PKEY_PARAM_PRIV_KEY,
				      secret_bytes(&keys.private_key), ret)
			    : rv;
}

/* --- To attributes ------------------------------------------------------------------ */

/* What is given must be right. */
static CK_RV
set_right(struct attrs *to, CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	struct bytes given;

	if (find_given(attrs_bytes(to), (uint32_t)type, &given))
		return bytes_equal_secret(given, value) ? CKR_OK
							: CKR_ATTRIBUTE_VALUE_INVALID;
	attrs_set(to, (uint32_t)type, value);
	return attrs_ok(to) ? CKR_OK : CKR_HOST_MEMORY;
}

/* secret NULL: of a public object. */
static CK_RV
set_parts(const struct dilithium_split *parts, struct attrs *object, struct attrs *secret)
{
	CK_RV rv = CKR_OK;

	for (enum dilithium_part i = 0; i < DILITHIUM_PARTS && rv == CKR_OK; i++) {
		struct attrs *to = is_public_part(i) ? object : secret;

		if (to != NULL)
			rv = set_right(to, dilithium_parts[i].type, parts->part[i]);
	}
	return rv;
}

static CK_RV
set_params(struct attrs *object)
{
	CK_RV rv = set_right(object, CKA_IBM_PQC_PARAMS, dilithium_oid);

	attrs_set_ulong(object, (uint32_t)CKA_IBM_DILITHIUM_KEYFORM, KEYFORM_R2_65);
	return rv == CKR_OK ? set_right(object, CKA_IBM_DILITHIUM_MODE, dilithium_oid)
			    : rv;
}

static CK_RV
set_whole(const struct dilithium_split *parts, struct attrs *secret)
{
	CLEANUP(secret_free)
	struct secret der = SECRET_NONE;
	CK_RV rv = rv_of(dilithium_write_pkcs8(parts, &der));

	return rv == CKR_OK ? set_right(secret, CKA_VALUE, secret_bytes(&der)) : rv;
}

static CK_RV
set_all(const struct keys *keys, struct attrs *object, struct attrs *secret)
{
	struct dilithium_split parts;
	uint8_t info[DILITHIUM_SPKI];
	CK_RV rv = rv_of(dilithium_split(
		BYTES_OF(keys->public_key), secret_bytes(&keys->private_key), &parts));

	if (rv == CKR_OK)
		rv = rv_of(dilithium_write_spki(&parts, info));
	if (rv == CKR_OK)
		rv = set_parts(&parts, object, secret);
	if (rv == CKR_OK)
		rv = secret != NULL ? set_whole(&parts, secret)
				    : set_right(object, CKA_VALUE, BYTES_OF(info));
	if (rv == CKR_OK)
		rv = set_right(object, CKA_PUBLIC_KEY_INFO, BYTES_OF(info));
	return rv == CKR_OK ? set_params(object) : rv;
}

/* Do s1, s2 and t0 make the t1 and tr that came with them? */
static CK_RV
check_pair(const struct keys *keys)
{
	uint8_t right[DILITHIUM_PUBLIC_KEY];
	CK_RV rv = rv_of(dilithium_public_of(secret_bytes(&keys->private_key), right));

	return rv != CKR_OK || bytes_equal(BYTES_OF(right), BYTES_OF(keys->public_key))
		       ? rv
		       : CKR_ATTRIBUTE_VALUE_INVALID;
}

CK_RV
dilithium_complete(struct attrs *object, struct attrs *secret)
{
	CLEANUP(keys_free)
	struct keys keys = { .private_key = SECRET_NONE };
	CK_RV rv = check_params(attrs_bytes(object));

	if (rv == CKR_OK)
		rv = secret == NULL ? public_of(attrs_bytes(object), keys.public_key)
				    : private_of(attrs_bytes(object), attrs_bytes(secret),
					      &keys);
	if (rv == CKR_OK && secret != NULL)
		rv = check_pair(&keys);
	return rv == CKR_OK ? set_all(&keys, object, secret) : rv;
}

CK_RV
dilithium_generate_pair(struct attrs *pub, struct attrs *priv, struct attrs *secret)
{
	CLEANUP(keys_free)
	struct keys keys = { .private_key = SECRET_NONE };
	CK_RV rv = check_params(attrs_bytes(pub));

	if (rv == CKR_OK)
		rv = check_params(attrs_bytes(priv));
	if (rv == CKR_OK)
		rv = rv_of(dilithium_generate_random(keys.public_key, &keys.private_key));
	if (rv == CKR_OK)
		rv = set_all(&keys, pub, NULL);
	return rv == CKR_OK ? set_all(&keys, priv, secret) : rv;
}
