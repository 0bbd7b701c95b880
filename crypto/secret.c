/* SPDX-License-Identifier: Apache-2.0 */
/* Which constructor serves which algorithm. */
#include "crypto/cipher.h"
#include "crypto/crypto.h"
#include "kcapi_backend/glue.h"

static CK_RV
plain_new(void *arg, enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct op **ret)
{
	const struct bytes *key = arg;

	return op_cipher_new(kind, m, p, *key, ret);
}

CK_RV
op_built_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret)
{
	/* a call costs about as much as copying this many bytes */
	const struct glue_source src = { plain_new, &key, 4096 };

	return op_glue_new(kind, m, p, &src, ret);
}

typedef CK_RV constructor(enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct bytes key, struct op **ret);

static constructor *const constructors[ALG_COUNT] = {
	[ALG_ECB] = op_cipher_new,
	[ALG_CBC] = op_cipher_new,
	[ALG_CBC_PAD] = op_built_new,
	[ALG_CTR] = op_cipher_new,
	[ALG_CTS] = op_built_new,
	[ALG_OFB] = op_cipher_new,
	[ALG_CFB8] = op_cipher_new,
	[ALG_CFB64] = op_built_new, /* OpenSSL has it for other ciphers */
	[ALG_CFB128] = op_cipher_new,
	[ALG_XTS] = op_cipher_new,
	[ALG_GCM] = op_gcm_new,
	[ALG_CCM] = op_built_new,
	[ALG_GMAC] = op_mac_new,
	[ALG_CMAC] = op_mac_new,
	[ALG_KW] = op_built_new,
	[ALG_KWP] = op_built_new,
	[ALG_KW_PKCS7] = op_built_new,
	[ALG_CHACHA20] = op_cipher_new,
	[ALG_CHACHA20_POLY1305] = op_gcm_new,
	[ALG_POLY1305] = op_mac_new,
	[ALG_HMAC] = op_hmac_new,
	[ALG_KMAC128] = op_mac_new,
	[ALG_KMAC256] = op_mac_new,
	[ALG_TLS_MAC] = op_tls_mac_new,
};

CK_RV
op_secret_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret)
{
	constructor *make = constructors[m->algorithm];

	return make != NULL ? make(kind, m, p, key, ret) : CKR_MECHANISM_INVALID;
}
