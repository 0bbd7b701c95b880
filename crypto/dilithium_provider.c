/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round-2 Dilithium as an OpenSSL provider that is part of this program: so that such a key
 * is an EVP_PKEY like every other, for whoever holds, shares or signs with one. It has what
 * is asked of it and no more: keys are made of bytes (fromdata), and sign and verify whole
 * messages; their encodings are dilithium.c's.
 *
 * Parameters of signatures that ML-DSA takes (context, hedging) are not looked at: there is
 * nothing but the message, and always one signature for it.
 */
#include <errno.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <stdlib.h>

#include "crypto/dilithium.h"
#include "crypto/dilithium_r2/dilithium_r2.h"
#include "crypto/library.h"

/* OpenSSL's way to say what went wrong; 1 for success. That a signature is not the key's is
 * no error. */
static int
result_of(int r)
{
	if (r != 0 && r != -EBADMSG)
		ERR_raise(ERR_LIB_PROV,
			r == -EINVAL ? PROV_R_INVALID_KEY : ERR_R_MALLOC_FAILURE);
	return r == 0;
}

/* --- Keys --------------------------------------------------------------------------- */

/* One half, or both. */
struct key {
	struct dilithium_public *verifier;
	struct dilithium_private *signer;
};

static void *
key_new(void *provider)
{
	return calloc(1, sizeof(struct key));
}

static void
key_free(void *data)
{
	struct key *key = data;

	if (key == NULL)
		return;
	dilithium_public_free(key->verifier);
	dilithium_private_free(key->signer);
	free(key);
}

static int
key_has(const void *data, int selection)
{
	const struct key *key = data;

	return key != NULL &&
	       ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) == 0 ||
		       key->verifier != NULL) &&
	       ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 ||
		       key->signer != NULL);
}

/* NONE: it is not among the parameters. */
static struct bytes
octets(const OSSL_PARAM params[], const char *name)
{
	const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, name);

	return p != NULL && p->data_type == OSSL_PARAM_OCTET_STRING
		       ? BYTES(p->data, p->data_size)
		       : BYTES_NONE;
}

/* Into a new key, once. */
static int
key_import(void *data, int selection, const OSSL_PARAM params[])
{
	struct key *key = data;
	struct bytes pub = octets(params, OSSL_PKEY_PARAM_PUB_KEY),
		     priv = octets(params, OSSL_PKEY_PARAM_PRIV_KEY);
	int r = 0;

	if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) == 0)
		pub = BYTES_NONE;
	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0)
		priv = BYTES_NONE;
	if (key == NULL || key->verifier != NULL || key->signer != NULL ||
		(pub.n == 0 && priv.n == 0))
		return 0;
	if (pub.n != 0)
		r = dilithium_public_new(pub, &key->verifier);
	if (r == 0 && priv.n != 0)
		r = dilithium_private_new(priv, &key->signer);
	return result_of(r);
}

static const OSSL_PARAM *
key_import_types(int selection)
{
	static const OSSL_PARAM types[] = {
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, NULL, 0),
		OSSL_PARAM_END,
	};

	return types;
}

#define FUNCTION(number, name)                   \
	{                                        \
		(number), (void (*)(void))(name) \
	}

static const OSSL_DISPATCH key_functions[] = {
	FUNCTION(OSSL_FUNC_KEYMGMT_NEW, key_new),
	FUNCTION(OSSL_FUNC_KEYMGMT_FREE, key_free),
	FUNCTION(OSSL_FUNC_KEYMGMT_HAS, key_has),
	FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, key_import),
	FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),
	OSSL_DISPATCH_END,
};

/* --- Signatures ---------------------------------------------------------------------- */

/* The key is the EVP_PKEY_CTX's, which outlives this. */
struct signing {
	const struct key *key;
};

static void *
signing_new(void *provider, const char *properties)
{
	return calloc(1, sizeof(struct signing));
}

static void
signing_free(void *ctx)
{
	free(ctx);
}

static int
sign_init(void *ctx, void *data, const OSSL_PARAM params[])
{
	struct signing *s = ctx;

	s->key = data;
	return key_has(s->key, OSSL_KEYMGMT_SELECT_PRIVATE_KEY);
}

static int
verify_init(void *ctx, void *data, const OSSL_PARAM params[])
{
	struct signing *s = ctx;

	s->key = data;
	return key_has(s->key, OSSL_KEYMGMT_SELECT_PUBLIC_KEY);
}

/* to NULL: how long it will be. */
static int
sign(void *ctx, unsigned char *to, size_t *ret_n, size_t room,
	const unsigned char *message, size_t n)
{
	const struct signing *s = ctx;

	if (to != NULL && room < DILITHIUM_SIGNATURE)
		return 0;
	*ret_n = DILITHIUM_SIGNATURE;
	return to == NULL ||
	       result_of(dilithium_sign(s->key->signer, BYTES(message, n), to));
}

static int
verify(void *ctx, const unsigned char *signature, size_t size,
	const unsigned char *message, size_t n)
{
	const struct signing *s = ctx;

	return result_of(dilithium_verify(
		s->key->verifier, BYTES(message, n), BYTES(signature, size)));
}

static const OSSL_DISPATCH signature_functions[] = {
	FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
	FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
	FUNCTION(OSSL_FUNC_SIGNATURE_SIGN_MESSAGE_INIT, sign_init),
	FUNCTION(OSSL_FUNC_SIGNATURE_SIGN, sign),
	FUNCTION(OSSL_FUNC_SIGNATURE_VERIFY_MESSAGE_INIT, verify_init),
	FUNCTION(OSSL_FUNC_SIGNATURE_VERIFY, verify),
	OSSL_DISPATCH_END,
};

/* --- The provider -------------------------------------------------------------------- */

static const OSSL_ALGORITHM *
provider_query(void *provider, int operation, int *ret_no_cache)
{
	static const OSSL_ALGORITHM keys[] = {
		{ DILITHIUM_NAME, "provider=" DILITHIUM_PROVIDER, key_functions, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	static const OSSL_ALGORITHM signatures[] = {
		{ DILITHIUM_NAME, "provider=" DILITHIUM_PROVIDER, signature_functions,
			NULL },
		{ NULL, NULL, NULL, NULL },
	};

	/* A method that OpenSSL had no memory to keep it would never ask for again: so each
	 * fetch makes its own, in a few microseconds. */
	*ret_no_cache = 1;
	return operation == OSSL_OP_KEYMGMT     ? keys
	       : operation == OSSL_OP_SIGNATURE ? signatures
						: NULL;
}

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
	const OSSL_DISPATCH **ret_functions, void **ret_provider)
{
	static const OSSL_DISPATCH functions[] = {
		FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query),
		OSSL_DISPATCH_END,
	};
	static char nothing; /* it keeps no state; NULL would be a failure's */

	*ret_functions = functions;
	*ret_provider = &nothing;
	return 1;
}

bool
dilithium_provide(void)
{
	return crypto_provide(DILITHIUM_PROVIDER, provider_init);
}
