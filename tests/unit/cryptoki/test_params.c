/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/mech.h"

#include "cryptoki/names.h"
#include "cryptoki/vendor.h"
#include "tests/unit/check_main.h"

static uint8_t iv[256] = { 1, 2, 3 };
static uint8_t aad[5] = { 9, 8, 7, 6, 5 };
static CK_ULONG length_0 = 0, length_10 = 10, length_32 = 32, length_33 = 33,
		length_65535 = 65535, length_65536 = 65536;

#define GCM(ivp, ivn, aadp, aadn, tag)             \
	&(CK_GCM_PARAMS)                           \
	{                                          \
		ivp, ivn, (ivn)*8, aadp, aadn, tag \
	}
#define CCM(data, noncep, noncen, aadp, aadn, mac)    \
	&(CK_CCM_PARAMS)                              \
	{                                             \
		data, noncep, noncen, aadp, aadn, mac \
	}
#define PSS(hash, mgf, salt)      \
	&(CK_RSA_PKCS_PSS_PARAMS) \
	{                         \
		hash, mgf, salt   \
	}
#define OAEP(hash, mgf, source, p, n)   \
	&(CK_RSA_PKCS_OAEP_PARAMS)      \
	{                               \
		hash, mgf, source, p, n \
	}
#define RSA_AES(bits, oaep)           \
	&(CK_RSA_AES_KEY_WRAP_PARAMS) \
	{                             \
		bits, oaep            \
	}
#define CTR(bits)                     \
	&(CK_AES_CTR_PARAMS)          \
	{                             \
		.ulCounterBits = bits \
	}

#define CHACHA(counterp, counter, noncep, nonce) \
	&(CK_CHACHA20_PARAMS)                    \
	{                                        \
		counterp, counter, noncep, nonce \
	}
#define POLY(noncep, nonce, aadp, aadn)        \
	&(CK_SALSA20_CHACHA20_POLY1305_PARAMS) \
	{                                      \
		noncep, nonce, aadp, aadn      \
	}

#define KMAC(n, customp, customn)   \
	&(CK_KT_KMAC_PARAMS)        \
	{                           \
		n, customp, customn \
	}

struct param_case {
	CK_MECHANISM_TYPE type;
	const void *p;
	CK_ULONG n;
	CK_RV rv;
};

#define TLS_MAC(hash, length, who) \
	&(CK_TLS_MAC_PARAMS)       \
	{                          \
		hash, length, who  \
	}

#define CONTEXT(hedge, p, n)          \
	&(CK_SIGN_ADDITIONAL_CONTEXT) \
	{                             \
		hedge, p, n           \
	}

#define HASH_CONTEXT(hedge, p, n, hash)    \
	&(CK_HASH_SIGN_ADDITIONAL_CONTEXT) \
	{                                  \
		hedge, p, n, hash          \
	}

#define BAD CKR_MECHANISM_PARAM_INVALID

/* clang-format off */
static const struct param_case cases[] = {
	{ CKM_TLS_MAC, TLS_MAC(CKM_SHA256, 12, 1), sizeof(CK_TLS_MAC_PARAMS), CKR_OK },
	{ CKM_TLS12_MAC, TLS_MAC(CKM_SHA384, 64, 2), sizeof(CK_TLS_MAC_PARAMS), CKR_OK },
	{ CKM_TLS_MAC, TLS_MAC(CKM_SHA256, 11, 1), sizeof(CK_TLS_MAC_PARAMS), BAD },
	{ CKM_TLS_MAC, TLS_MAC(CKM_SHA256, 65, 1), sizeof(CK_TLS_MAC_PARAMS), BAD },
	{ CKM_TLS_MAC, TLS_MAC(CKM_SHA256, 12, 0), sizeof(CK_TLS_MAC_PARAMS), BAD },
	{ CKM_TLS_MAC, TLS_MAC(CKM_SHA256, 12, 3), sizeof(CK_TLS_MAC_PARAMS), BAD },
	{ CKM_TLS_MAC, TLS_MAC(CKM_SHA256, 12, 257), sizeof(CK_TLS_MAC_PARAMS), BAD },
	{ CKM_TLS_MAC, TLS_MAC(CKM_TLS_PRF, 12, 1), sizeof(CK_TLS_MAC_PARAMS), BAD },
	{ CKM_TLS_MAC, TLS_MAC(CKM_SHA256, 12, 1), 8, BAD },
	{ CKM_TLS_MAC, NULL, 0, BAD },
	{ CKM_ML_DSA, NULL, 0, CKR_OK },
	{ CKM_ML_DSA, CONTEXT(2, iv, 255), sizeof(CK_SIGN_ADDITIONAL_CONTEXT), CKR_OK },
	{ CKM_ML_DSA, CONTEXT(3, iv, 255), sizeof(CK_SIGN_ADDITIONAL_CONTEXT), BAD },
	{ CKM_ML_DSA, CONTEXT(256, iv, 255), sizeof(CK_SIGN_ADDITIONAL_CONTEXT), BAD },
	{ CKM_ML_DSA, CONTEXT(0, iv, 256), sizeof(CK_SIGN_ADDITIONAL_CONTEXT), BAD },
	{ CKM_ML_DSA, CONTEXT(0, NULL, 1), sizeof(CK_SIGN_ADDITIONAL_CONTEXT), BAD },
	{ CKM_ML_DSA, CONTEXT(0, iv, 1), sizeof(CK_SIGN_ADDITIONAL_CONTEXT) - 1, BAD },
	{ CKM_HASH_SLH_DSA, HASH_CONTEXT(1, iv, 255, CKM_SHA512_224),
		sizeof(CK_HASH_SIGN_ADDITIONAL_CONTEXT), CKR_OK },
	{ CKM_HASH_SLH_DSA, HASH_CONTEXT(1, iv, 255, CKM_SHA_1),
		sizeof(CK_HASH_SIGN_ADDITIONAL_CONTEXT), BAD },
	{ CKM_HASH_SLH_DSA, HASH_CONTEXT(1, iv, 256, CKM_SHA256),
		sizeof(CK_HASH_SIGN_ADDITIONAL_CONTEXT), BAD },
	{ CKM_HASH_SLH_DSA, HASH_CONTEXT(3, iv, 0, CKM_SHA256),
		sizeof(CK_HASH_SIGN_ADDITIONAL_CONTEXT), BAD },
	{ CKM_HASH_SLH_DSA, CONTEXT(0, iv, 1), sizeof(CK_SIGN_ADDITIONAL_CONTEXT), BAD },
	{ CKM_HASH_SLH_DSA, NULL, 0, BAD },
	{ CKM_AES_ECB, NULL, 0, CKR_OK },
	{ CKM_AES_ECB, iv, 16, BAD },
	{ CKM_AES_ECB, NULL, 16, CKR_ARGUMENTS_BAD },
	{ CKM_AES_CBC, iv, 16, CKR_OK },
	{ CKM_AES_CBC, iv, 15, BAD },
	{ CKM_AES_CBC, iv, 17, BAD },
	{ CKM_AES_CBC, NULL, 0, BAD },
	{ CKM_AES_CBC_PAD, iv, 16, CKR_OK },
	{ CKM_AES_CTR, CTR(128), sizeof(CK_AES_CTR_PARAMS), CKR_OK },
	{ CKM_AES_CTR, CTR(1), sizeof(CK_AES_CTR_PARAMS), CKR_OK },
	{ CKM_AES_CTR, CTR(0), sizeof(CK_AES_CTR_PARAMS), BAD },
	{ CKM_AES_CTR, CTR(129), sizeof(CK_AES_CTR_PARAMS), BAD },
	{ CKM_AES_CTR, CTR(256 + 8), sizeof(CK_AES_CTR_PARAMS), BAD },
	{ CKM_AES_CTR, CTR(8), sizeof(CK_AES_CTR_PARAMS) - 1, BAD },
	{ CKM_AES_GCM, GCM(iv, 12, NULL, 0, 128), sizeof(CK_GCM_PARAMS), CKR_OK },
	{ CKM_AES_GCM, GCM(iv, 256, aad, 5, 32), sizeof(CK_GCM_PARAMS), CKR_OK },
	{ CKM_AES_GCM, GCM(iv, 257, aad, 5, 128), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GCM, GCM(iv, 0, aad, 5, 128), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GCM, GCM(NULL, 12, aad, 5, 128), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GCM, GCM(iv, 12, NULL, 5, 128), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GCM, GCM(iv, 12, NULL, 0, 0), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GCM, GCM(iv, 12, NULL, 0, 127), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GCM, GCM(iv, 12, NULL, 0, 136), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GCM, GCM(iv, 12, NULL, 0, 65536 + 128), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GCM, GCM(iv, 12, NULL, 0, 128), sizeof(CK_GCM_PARAMS) - 1, BAD },
	{ CKM_AES_CCM, CCM(24, iv, 13, aad, 5, 16), sizeof(CK_CCM_PARAMS), CKR_OK },
	{ CKM_AES_CCM, CCM(0, iv, 7, NULL, 0, 4), sizeof(CK_CCM_PARAMS), CKR_OK },
	{ CKM_AES_CCM, CCM(65535, iv, 13, NULL, 0, 4), sizeof(CK_CCM_PARAMS), CKR_OK },
	{ CKM_AES_CCM, CCM(65536, iv, 13, NULL, 0, 4), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(1ul << 56, iv, 8, NULL, 0, 4), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(~0ul, iv, 7, NULL, 0, 4), sizeof(CK_CCM_PARAMS), CKR_OK },
	{ CKM_AES_CCM, CCM(24, iv, 14, aad, 5, 16), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(24, iv, 6, aad, 5, 16), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(24, iv, 256 + 12, aad, 5, 16), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(24, NULL, 12, aad, 5, 16), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(24, iv, 12, NULL, 5, 16), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(24, iv, 12, aad, 5, 2), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(24, iv, 12, aad, 5, 15), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(24, iv, 12, aad, 5, 18), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(24, iv, 12, aad, 5, 8192 + 16), sizeof(CK_CCM_PARAMS), BAD },
	{ CKM_AES_CCM, CCM(24, iv, 12, aad, 5, 16), sizeof(CK_CCM_PARAMS) - 1, BAD },
	{ CKM_AES_CCM, NULL, 0, BAD },
	{ CKM_AES_XTS, iv, 16, CKR_OK },
	{ CKM_AES_XTS, iv, 8, BAD },
	{ CKM_AES_XTS, NULL, 0, BAD },
	{ CKM_AES_CTS, iv, 16, CKR_OK },
	{ CKM_AES_CTS, iv, 12, BAD },
	{ CKM_AES_GMAC, iv, 12, CKR_OK },
	{ CKM_AES_GMAC, iv, 16, BAD },
	{ CKM_AES_GMAC, GCM(iv, 12, NULL, 0, 128), sizeof(CK_GCM_PARAMS), CKR_OK },
	{ CKM_AES_GMAC, GCM(iv, 1, aad, 0, 32), sizeof(CK_GCM_PARAMS), CKR_OK },
	{ CKM_AES_GMAC, GCM(iv, 2, aad, 0, 128), sizeof(CK_GCM_PARAMS), CKR_OK },
	{ CKM_AES_GMAC, GCM(iv, 12, NULL, 0, 120), sizeof(CK_GCM_PARAMS), CKR_OK },
	{ CKM_AES_GMAC, GCM(iv, 128, NULL, 0, 96), sizeof(CK_GCM_PARAMS), CKR_OK },
	{ CKM_AES_GMAC, GCM(iv, 129, NULL, 0, 96), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GMAC, GCM(iv, 0, NULL, 0, 128), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GMAC, GCM(NULL, 12, NULL, 0, 128), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GMAC, GCM(iv, 12, aad, 5, 128), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GMAC, GCM(iv, 12, NULL, 0, 40), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GMAC, GCM(iv, 12, NULL, 0, 136), sizeof(CK_GCM_PARAMS), BAD },
	{ CKM_AES_GMAC, NULL, 0, BAD },
	{ CKM_AES_CMAC, NULL, 0, CKR_OK },
	{ CKM_AES_CMAC, &length_10, sizeof length_10, BAD },
	{ CKM_AES_CMAC_GENERAL, &length_10, sizeof length_10, CKR_OK },
	{ CKM_AES_CMAC_GENERAL, &length_0, sizeof length_0, BAD },
	{ CKM_AES_CMAC_GENERAL, &length_32, sizeof length_32, BAD },
	{ CKM_AES_CMAC_GENERAL, NULL, 0, BAD },
	{ CKM_AES_KEY_WRAP, NULL, 0, CKR_OK },
	{ CKM_AES_KEY_WRAP, iv, 8, CKR_OK },
	{ CKM_AES_KEY_WRAP, iv, 4, BAD },
	{ CKM_AES_KEY_WRAP, iv, 16, BAD },
	{ CKM_AES_KEY_WRAP_KWP, NULL, 0, CKR_OK },
	{ CKM_AES_KEY_WRAP_KWP, iv, 4, CKR_OK },
	{ CKM_AES_KEY_WRAP_KWP, iv, 8, BAD },
	{ CKM_AES_KEY_WRAP_PAD, iv, 4, CKR_OK },
	{ CKM_AES_KEY_WRAP_PKCS7, iv, 8, CKR_OK },
	{ CKM_AES_KEY_WRAP_PKCS7, iv, 4, BAD },
	{ CKM_AES_OFB, iv, 16, CKR_OK },
	{ CKM_AES_CFB8, iv, 1, BAD },
	{ CKM_AES_CFB64, iv, 8, BAD },
	{ CKM_CHACHA20, CHACHA(iv, 32, iv, 96), sizeof(CK_CHACHA20_PARAMS), CKR_OK },
	{ CKM_CHACHA20, CHACHA(iv, 64, iv, 64), sizeof(CK_CHACHA20_PARAMS), CKR_OK },
	{ CKM_CHACHA20, CHACHA(iv, 64, iv, 192), sizeof(CK_CHACHA20_PARAMS), CKR_OK },
	{ CKM_CHACHA20, CHACHA(iv, 64, iv, 96), sizeof(CK_CHACHA20_PARAMS), BAD },
	{ CKM_CHACHA20, CHACHA(iv, 32, iv, 64), sizeof(CK_CHACHA20_PARAMS), BAD },
	{ CKM_CHACHA20, CHACHA(iv, 4, iv, 12), sizeof(CK_CHACHA20_PARAMS), BAD },
	{ CKM_CHACHA20, CHACHA(iv, 33, iv, 96), sizeof(CK_CHACHA20_PARAMS), BAD },
	{ CKM_CHACHA20, CHACHA(iv, 32, iv, 97), sizeof(CK_CHACHA20_PARAMS), BAD },
	{ CKM_CHACHA20, CHACHA(iv, 256 + 32, iv, 96), sizeof(CK_CHACHA20_PARAMS), BAD },
	{ CKM_CHACHA20, CHACHA(NULL, 32, iv, 96), sizeof(CK_CHACHA20_PARAMS), BAD },
	{ CKM_CHACHA20, CHACHA(iv, 32, NULL, 96), sizeof(CK_CHACHA20_PARAMS), BAD },
	{ CKM_CHACHA20, CHACHA(iv, 32, iv, 96), sizeof(CK_CHACHA20_PARAMS) - 8, BAD },
	{ CKM_CHACHA20_POLY1305, POLY(iv, 96, aad, 5),
		sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS), CKR_OK },
	{ CKM_CHACHA20_POLY1305, POLY(iv, 12, NULL, 0),
		sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS), CKR_OK },
	{ CKM_CHACHA20_POLY1305, POLY(iv, 192, aad, 5),
		sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS), CKR_OK },
	{ CKM_CHACHA20_POLY1305, POLY(iv, 24, aad, 5),
		sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS), CKR_OK },
	{ CKM_CHACHA20_POLY1305, POLY(iv, 64, aad, 5),
		sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS), BAD },
	{ CKM_CHACHA20_POLY1305, POLY(iv, 16, aad, 5),
		sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS), BAD },
	{ CKM_CHACHA20_POLY1305, POLY(iv, 0, aad, 5),
		sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS), BAD },
	{ CKM_CHACHA20_POLY1305, POLY(NULL, 96, aad, 5),
		sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS), BAD },
	{ CKM_CHACHA20_POLY1305, POLY(iv, 96, NULL, 5),
		sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS), BAD },
	{ CKM_CHACHA20_POLY1305, iv, 12, BAD },
	{ CKM_KT_SHAKE_128, NULL, 0, CKR_OK },
	{ CKM_KT_SHAKE_128, &length_10, sizeof length_10, CKR_OK },
	{ CKM_KT_SHAKE_256, &length_65535, sizeof length_65535, CKR_OK },
	{ CKM_KT_SHAKE_256, &length_65536, sizeof length_65536, BAD },
	{ CKM_KT_SHAKE_256, &length_0, sizeof length_0, BAD },
	{ CKM_KT_SHAKE_256, &length_10, 4, BAD },
	{ CKM_KT_KMAC_128, NULL, 0, CKR_OK },
	{ CKM_KT_KMAC_128, KMAC(4, NULL, 0), sizeof(CK_KT_KMAC_PARAMS), CKR_OK },
	{ CKM_KT_KMAC_256, KMAC(256, iv, 256), sizeof(CK_KT_KMAC_PARAMS), CKR_OK },
	{ CKM_KT_KMAC_256, KMAC(257, NULL, 0), sizeof(CK_KT_KMAC_PARAMS), BAD },
	{ CKM_KT_KMAC_256, KMAC(65536 + 32, NULL, 0), sizeof(CK_KT_KMAC_PARAMS), BAD },
	{ CKM_KT_KMAC_256, KMAC(3, NULL, 0), sizeof(CK_KT_KMAC_PARAMS), BAD },
	{ CKM_KT_KMAC_256, KMAC(32, NULL, 1), sizeof(CK_KT_KMAC_PARAMS), BAD },
	{ CKM_KT_KMAC_256, KMAC(32, iv, 257), sizeof(CK_KT_KMAC_PARAMS), BAD },
	{ CKM_KT_KMAC_256, iv, 8, BAD },
	{ CKM_RSA_PKCS_PSS, PSS(CKM_KT_SHAKE_256, CKG_MGF1_SHA256, 32),
		sizeof(CK_RSA_PKCS_PSS_PARAMS), BAD },
	{ CKM_DES3_CBC, iv, 8, CKR_OK },
	{ CKM_DES3_CBC, iv, 16, BAD },
	{ CKM_RSA_PKCS_PSS, PSS(CKM_SHA256, CKG_MGF1_SHA256, 32),
		sizeof(CK_RSA_PKCS_PSS_PARAMS), CKR_OK },
	{ CKM_RSA_PKCS_PSS, PSS(CKM_SHA256, CKG_MGF1_SHA1, 0),
		sizeof(CK_RSA_PKCS_PSS_PARAMS), CKR_OK },
	{ CKM_RSA_PKCS_PSS, PSS(CKM_MD5, CKG_MGF1_SHA1, 0),
		sizeof(CK_RSA_PKCS_PSS_PARAMS), BAD },
	{ CKM_RSA_PKCS_PSS, PSS(CKM_SHA256, 0, 0), sizeof(CK_RSA_PKCS_PSS_PARAMS), BAD },
	{ CKM_RSA_PKCS_PSS, PSS(CKM_SHA256, CKG_MGF1_SHA256, 65536 + 32),
		sizeof(CK_RSA_PKCS_PSS_PARAMS), BAD },
	{ CKM_RSA_PKCS_PSS, NULL, 0, BAD },
	{ CKM_SHA384_RSA_PKCS_PSS, PSS(CKM_SHA384, CKG_MGF1_SHA384, 48),
		sizeof(CK_RSA_PKCS_PSS_PARAMS), CKR_OK },
	{ CKM_SHA384_RSA_PKCS_PSS, PSS(CKM_SHA256, CKG_MGF1_SHA256, 48),
		sizeof(CK_RSA_PKCS_PSS_PARAMS), BAD },
	{ CKM_RSA_PKCS_OAEP, OAEP(CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0),
		sizeof(CK_RSA_PKCS_OAEP_PARAMS), CKR_OK },
	{ CKM_RSA_PKCS_OAEP, OAEP(CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, aad, 5),
		sizeof(CK_RSA_PKCS_OAEP_PARAMS), CKR_OK },
	{ CKM_RSA_PKCS_OAEP, OAEP(CKM_SHA256, CKG_MGF1_SHA256, 0, NULL, 0),
		sizeof(CK_RSA_PKCS_OAEP_PARAMS), CKR_OK },
	{ CKM_RSA_PKCS_OAEP, OAEP(CKM_SHA256, CKG_MGF1_SHA256, 0, aad, 5),
		sizeof(CK_RSA_PKCS_OAEP_PARAMS), BAD },
	{ CKM_RSA_PKCS_OAEP, OAEP(CKM_SHA256, CKG_MGF1_SHA256, 1, NULL, 5),
		sizeof(CK_RSA_PKCS_OAEP_PARAMS), BAD },
	{ CKM_RSA_AES_KEY_WRAP,
		RSA_AES(128, OAEP(CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0)),
		sizeof(CK_RSA_AES_KEY_WRAP_PARAMS), CKR_OK },
	{ CKM_RSA_AES_KEY_WRAP,
		RSA_AES(192, OAEP(CKM_SHA256, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, aad, 5)),
		sizeof(CK_RSA_AES_KEY_WRAP_PARAMS), CKR_OK },
	{ CKM_RSA_AES_KEY_WRAP,
		RSA_AES(256, OAEP(CKM_SHA256, CKG_MGF1_SHA256, 0, NULL, 0)),
		sizeof(CK_RSA_AES_KEY_WRAP_PARAMS), CKR_OK },
	{ CKM_RSA_AES_KEY_WRAP,
		RSA_AES(0, OAEP(CKM_SHA256, CKG_MGF1_SHA256, 0, NULL, 0)),
		sizeof(CK_RSA_AES_KEY_WRAP_PARAMS), BAD },
	{ CKM_RSA_AES_KEY_WRAP,
		RSA_AES(65536 + 256, OAEP(CKM_SHA256, CKG_MGF1_SHA256, 0, NULL, 0)),
		sizeof(CK_RSA_AES_KEY_WRAP_PARAMS), BAD },
	{ CKM_RSA_AES_KEY_WRAP,
		RSA_AES(256, OAEP(CKM_SHA256, CKG_MGF1_SHA256, 0, aad, 5)),
		sizeof(CK_RSA_AES_KEY_WRAP_PARAMS), BAD },
	{ CKM_RSA_AES_KEY_WRAP, RSA_AES(256, NULL), sizeof(CK_RSA_AES_KEY_WRAP_PARAMS),
		BAD },
	{ CKM_RSA_AES_KEY_WRAP, RSA_AES(256, NULL), sizeof(CK_RSA_PKCS_OAEP_PARAMS), BAD },
	{ CKM_RSA_AES_KEY_WRAP, NULL, 0, BAD },
	{ CKM_SHA256_HMAC_GENERAL, &length_10, sizeof length_10, CKR_OK },
	{ CKM_SHA256_HMAC_GENERAL, &length_32, sizeof length_32, CKR_OK },
	{ CKM_SHA256_HMAC_GENERAL, &length_33, sizeof length_33, BAD },
	{ CKM_SHA256_HMAC_GENERAL, &length_0, sizeof length_0, BAD },
	{ CKM_SHA256_HMAC_GENERAL, &length_10, 4, BAD },
	{ CKM_SHA256_HMAC, &length_10, sizeof length_10, BAD },
};
/* clang-format on */

/* The beginning of a parameter that is one, too: nothing, or an IV alone. */
static bool
is_one_too(const struct mech *m, size_t n)
{
	return (m->param == PARAM_IV_OPT && n == 0) ||
	       (m->param == PARAM_GMAC && n == m->iv_bytes);
}

/* Good ones survive encoding, and nothing shorter or longer decodes. */
static void
check_wire(const struct mech *m, const struct mech_params *p)
{
	struct buf wire = BUF_INIT;
	struct mech_params back;

	mech_params_encode(m, p, &wire);
	ck_assert(buf_ok(&wire));
	ck_assert_uint_eq(mech_params_decode(m, buf_bytes(&wire), &back), CKR_OK);
	ck_assert(bytes_equal(BYTES(p->iv, p->iv_len), BYTES(back.iv, back.iv_len)));
	ck_assert(bytes_equal(p->extra, back.extra));
	ck_assert_uint_eq(p->counter_bits, back.counter_bits);
	ck_assert_uint_eq(p->data_len, back.data_len);
	ck_assert_uint_eq(p->tag_bits, back.tag_bits);
	ck_assert_uint_eq(p->mac_len, back.mac_len);
	ck_assert_uint_eq(p->hash, back.hash);
	ck_assert_uint_eq(p->mgf_hash, back.mgf_hash);
	ck_assert_uint_eq(p->salt_len, back.salt_len);
	for (size_t n = 0; n < wire.n; n++)
		if (!is_one_too(m, n))
			ck_assert_uint_ne(
				mech_params_decode(m, BYTES(wire.p, n), &back), CKR_OK);
	buf_put_u8(&wire, 0);
	ck_assert_uint_ne(mech_params_decode(m, buf_bytes(&wire), &back), CKR_OK);
	buf_free(&wire);
}

START_TEST (parameters_are_checked_and_survive_the_wire) {
	const struct param_case *c = &cases[_i];
	const struct mech *m = mech_lookup_legacy(c->type);
	CK_MECHANISM mechanism = { c->type, (void *)(uintptr_t)c->p, c->n };
	struct mech_params p;
	CK_RV rv = mech_params_parse(m, &mechanism, &p);

	ck_assert_msg(rv == c->rv, "row %d, %s: %s", _i, m->name, ckr_name(rv));
	if (rv == CKR_OK)
		check_wire(m, &p);
	ck_assert_uint_eq(mech_params_parse(m, NULL, &p), CKR_ARGUMENTS_BAD);
}
END_TEST

START_TEST (the_older_gcm_structure_is_understood) {
	struct {
		CK_BYTE_PTR iv;
		CK_ULONG iv_len;
		CK_BYTE_PTR aad;
		CK_ULONG aad_len, tag_bits;
	} old = { iv, 12, aad, sizeof aad, 96 };
	CK_MECHANISM mechanism = { CKM_AES_GCM, &old, sizeof old };
	struct mech_params p;

	ck_assert_uint_eq(
		mech_params_parse(mech_lookup(CKM_AES_GCM), &mechanism, &p), CKR_OK);
	ck_assert_uint_eq(p.iv_len, 12);
	ck_assert_uint_eq(p.tag_bits, 96);
	ck_assert(bytes_equal(p.extra, BYTES_OF(aad)));
}
END_TEST

/* Peers that know version 2.40's parameter alone, an IV. */
START_TEST (gmac_of_a_whole_tag_is_sent_as_its_iv) {
	const struct mech *m = mech_lookup(CKM_AES_GMAC);
	CK_MECHANISM forms[] = { { m->type, iv, 12 },
		{ m->type, GCM(iv, 12, NULL, 0, 128), sizeof(CK_GCM_PARAMS) } };
	/* u64 tag bits, blob IV: the same, at greater length */
	uint8_t longer[8 + 4 + 12] = { 128, [8] = 12 };
	struct mech_params p;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct buf wire = BUF_INIT;

		ck_assert_uint_eq(mech_params_parse(m, &forms[i], &p), CKR_OK);
		mech_params_encode(m, &p, &wire);
		ck_assert(bytes_equal(buf_bytes(&wire), BYTES(iv, 12)));
		buf_free(&wire);
	}
	ck_assert_uint_eq(
		mech_params_decode(m, BYTES_OF(longer), &p), CKR_MECHANISM_PARAM_INVALID);
	longer[0] = 120;
	ck_assert_uint_eq(mech_params_decode(m, BYTES_OF(longer), &p), CKR_OK);
}
END_TEST

START_TEST (noise_from_the_wire_is_refused_or_harmless) {
	uint32_t x = (uint32_t)_i + 17;

	for (int round = 0; round < 20000; round++) {
		uint8_t raw[40];
		struct mech_params p;
		const struct mech *m;
		size_t n;

		for (size_t i = 0; i < sizeof raw; i++) {
			x = x * 1664525u + 1013904223u;
			raw[i] = (uint8_t)((x >> 16) % (round % 2 ? 256 : 20));
		}
		m = &mechs[(x >> 8) % mechs_count];
		n = (x >> 20) % sizeof raw;
		if (mech_params_decode(m, BYTES(raw, n), &p) == CKR_OK) {
			ck_assert_uint_le(p.iv_len, sizeof p.iv);
			ck_assert(p.extra.n <= n);
			check_wire(m, &p);
		}
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &parameters_are_checked_and_survive_the_wire, ARRAY_LEN(cases) },
	{ &the_older_gcm_structure_is_understood, 0 },
	{ &gmac_of_a_whole_tag_is_sent_as_its_iv, 0 },
	{ &noise_from_the_wire_is_refused_or_harmless, 4 },
};
CHECK_MAIN("params", tests)
