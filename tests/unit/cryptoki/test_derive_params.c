/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/derive.h"

#include "cryptoki/derive_kinds.h"
#include "cryptoki/names.h"
#include "tests/unit/check_main.h"

static CK_BYTE bytes[DERIVE_MAX_DATA + 1] = { 1, 2, 3 };
static CK_BYTE randoms[2][32];
static CK_VERSION version;
static CK_SSL3_KEY_MAT_OUT out = { 0, 0, 0, 0, bytes, bytes };
static CK_SSL3_KEY_MAT_OUT out_nowhere;
static CK_ULONG three = 3;
static CK_OBJECT_HANDLE handle = 5, no_handle, another = 6, given;
static CK_SP800_108_COUNTER_FORMAT r32 = { CK_FALSE, 32 }, r0 = { CK_FALSE, 0 },
				   r7 = { CK_FALSE, 7 }, r40 = { CK_FALSE, 40 },
				   r_huge = { CK_FALSE, 8 * 256 + 8 };
static CK_SP800_108_DKM_LENGTH_FORMAT l64 = { 1, CK_FALSE, 64 },
				      l72 = { 1, CK_FALSE, 72 },
				      l_none = { 1, CK_FALSE, 0 },
				      l_other = { 3, CK_FALSE, 32 };
static CK_ATTRIBUTE no_template[1], unknown[] = { { 0x7fffffff, NULL, 0 } };

#define BAD CKR_MECHANISM_PARAM_INVALID
#define OF(type, ...) &(type){ __VA_ARGS__ }, sizeof(type)
#define RANDOMS                                \
	{                                      \
		randoms[0], 32, randoms[1], 32 \
	}

#define STRING(p, n) OF(CK_KEY_DERIVATION_STRING_DATA, p, n)
#define CBC(p, n) OF(CK_AES_CBC_ENCRYPT_DATA_PARAMS, { 0 }, p, n)
#define HKDF(extract, expand, hash, type, salt, salt_n, key, info, info_n) \
	OF(CK_HKDF_PARAMS, extract, expand, hash, type, salt, salt_n, key, info, info_n)
#define PBKDF2(source, salt, salt_n, iterations, prf, extra, extra_n, password, n) \
	OF(CK_PKCS5_PBKD2_PARAMS2, source, salt, salt_n, iterations, prf, extra,   \
		extra_n, password, n)
/* 2.40's structure of before: as long, with a pointer to the password's length */
#define PBKDF2_OLD(password, n) \
	OF(CK_PKCS5_PBKD2_PARAMS, 1, bytes, 8, 1, 4, NULL, 0, password, n)
#define FIELDS(...)           \
	(CK_PRF_DATA_PARAM[]) \
	{                     \
		__VA_ARGS__   \
	}
#define FORMAT(type, v)               \
	{                             \
		type, &(v), sizeof(v) \
	}
#define ITERATION FORMAT(CK_SP800_108_ITERATION_VARIABLE, r32)
#define CHAIN                                            \
	{                                                \
		CK_SP800_108_ITERATION_VARIABLE, NULL, 0 \
	}
#define COUNTER(v) FORMAT(CK_SP800_108_COUNTER, v)
#define LENGTH(v) FORMAT(CK_SP800_108_DKM_LENGTH, v)
#define KEY(v) FORMAT(CK_SP800_108_KEY_HANDLE, v)
#define SP800(n, fields) OF(CK_SP800_108_KDF_PARAMS, CKM_SHA256_HMAC, n, fields, 0, NULL)
#define SP800_KEYS(n, keys) \
	OF(CK_SP800_108_KDF_PARAMS, CKM_SHA256_HMAC, 1, FIELDS(ITERATION), n, keys)
#define OF_KEY(template, n, to)         \
	(CK_DERIVED_KEY[])              \
	{                               \
		{                       \
			template, n, to \
		}                       \
	}
#define SP800_PRF(prf) OF(CK_SP800_108_KDF_PARAMS, prf, 1, FIELDS(ITERATION), 0, NULL)
#define FEEDBACK(n, fields, iv_n, iv)                                                 \
	OF(CK_SP800_108_FEEDBACK_KDF_PARAMS, CKM_SHA256_HMAC, n, fields, iv_n, iv, 0, \
		NULL)
#define MASTER(random, v, hash) OF(CK_TLS12_MASTER_KEY_DERIVE_PARAMS, random, v, hash)
#define EXTENDED(hash, p, n, v) \
	OF(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, hash, p, n, v)
#define MATERIAL(mac, key, iv, export, random, to, hash) \
	OF(CK_TLS12_KEY_MAT_PARAMS, mac, key, iv, export, random, to, hash)
#define KDF(hash, label, label_n, random, context, context_n) \
	OF(CK_TLS_KDF_PARAMS, hash, label, label_n, random, context, context_n)

struct param_case {
	CK_MECHANISM_TYPE type;
	const void *p;
	CK_ULONG n;
	CK_RV rv;
	CK_OBJECT_HANDLE other;
};

/* clang-format off */
static const struct param_case cases[] = {
	{ CKM_SHA256_KEY_DERIVATION, NULL, 0, CKR_OK, 0 },
	{ CKM_SHA256_KEY_DERIVATION, bytes, 1, BAD, 0 },
	{ CKM_SHA256_KEY_DERIVATION, NULL, 1, CKR_ARGUMENTS_BAD, 0 },
	{ CKM_SHAKE_128_KEY_DERIVATION, NULL, 0, CKR_OK, 0 },
	{ CKM_AES_CBC, bytes, 16, CKR_MECHANISM_INVALID, 0 },

	{ CKM_CONCATENATE_BASE_AND_KEY, &handle, sizeof handle, CKR_OK, 5 },
	{ CKM_CONCATENATE_BASE_AND_KEY, &handle, sizeof handle - 1, BAD, 0 },
	{ CKM_CONCATENATE_BASE_AND_KEY, NULL, 0, BAD, 0 },
	{ CKM_CONCATENATE_BASE_AND_KEY, &no_handle, sizeof handle, CKR_KEY_HANDLE_INVALID, 0 },
	{ CKM_CONCATENATE_BASE_AND_DATA, STRING(bytes, 3), CKR_OK, 0 },
	{ CKM_CONCATENATE_BASE_AND_DATA, STRING(NULL, 0), CKR_OK, 0 },
	{ CKM_CONCATENATE_BASE_AND_DATA, STRING(NULL, 1), BAD, 0 },
	{ CKM_CONCATENATE_BASE_AND_DATA, STRING(bytes, DERIVE_MAX_DATA), CKR_OK, 0 },
	{ CKM_CONCATENATE_BASE_AND_DATA, STRING(bytes, DERIVE_MAX_DATA + 1), BAD, 0 },
	{ CKM_CONCATENATE_BASE_AND_DATA, STRING(bytes, ~0UL), BAD, 0 },
	{ CKM_CONCATENATE_DATA_AND_BASE, bytes, 3, BAD, 0 },
	{ CKM_XOR_BASE_AND_DATA, NULL, 0, BAD, 0 },
	{ CKM_EXTRACT_KEY_FROM_KEY, &three, sizeof three, CKR_OK, 0 },
	{ CKM_EXTRACT_KEY_FROM_KEY, &three, 4, BAD, 0 },
	{ CKM_AES_ECB_ENCRYPT_DATA, STRING(bytes, 16), CKR_OK, 0 },
	{ CKM_AES_CBC_ENCRYPT_DATA, CBC(bytes, 16), CKR_OK, 0 },
	{ CKM_AES_CBC_ENCRYPT_DATA, CBC(NULL, 16), BAD, 0 },
	{ CKM_AES_CBC_ENCRYPT_DATA, CBC(bytes, ~0UL), BAD, 0 },
	{ CKM_AES_CBC_ENCRYPT_DATA, STRING(bytes, 16), BAD, 0 },

	{ CKM_HKDF_DERIVE, HKDF(1, 1, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0), CKR_OK, 0 },
	{ CKM_HKDF_DERIVE, HKDF(1, 0, CKM_SHA256, CKF_HKDF_SALT_DATA, bytes, 3, 0, NULL, 0), CKR_OK, 0 },
	{ CKM_HKDF_DERIVE, HKDF(1, 0, CKM_SHA256, CKF_HKDF_SALT_DATA, NULL, 3, 0, NULL, 0), BAD, 0 },
	{ CKM_HKDF_DERIVE, HKDF(1, 0, CKM_SHA256, CKF_HKDF_SALT_KEY, bytes, 3, 5, NULL, 0), CKR_OK, 5 },
	{ CKM_HKDF_DERIVE, HKDF(1, 0, CKM_SHA256, CKF_HKDF_SALT_KEY, NULL, 0, 0, NULL, 0), CKR_KEY_HANDLE_INVALID, 0 },
	{ CKM_HKDF_DERIVE, HKDF(0, 1, CKM_SHA256, CKF_HKDF_SALT_KEY, NULL, 9, 5, bytes, 3), CKR_OK, 0 },
	{ CKM_HKDF_DERIVE, HKDF(0, 1, CKM_SHA256, 99, NULL, 9, 5, bytes, 32 << 10), CKR_OK, 0 },
	{ CKM_HKDF_DERIVE, HKDF(0, 1, CKM_SHA256, 99, NULL, 9, 5, bytes, (32 << 10) + 1), BAD, 0 },
	{ CKM_HKDF_DERIVE, HKDF(0, 1, CKM_SHA256, 99, NULL, 9, 5, NULL, 1), BAD, 0 },
	{ CKM_HKDF_DERIVE, HKDF(1, 0, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 9, 5, NULL, 1), CKR_OK, 0 },
	{ CKM_HKDF_DERIVE, HKDF(1, 1, CKM_SHA256, 3, NULL, 0, 0, NULL, 0), BAD, 0 },
	{ CKM_HKDF_DERIVE, HKDF(0, 0, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0), BAD, 0 },
	{ CKM_HKDF_DERIVE, HKDF(1, 1, CKM_SHA256_HMAC, CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0), BAD, 0 },
	{ CKM_HKDF_DERIVE, HKDF(1, 1, CKM_MD5, CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0), BAD, 0 },
	{ CKM_HKDF_DATA, bytes, sizeof(CK_HKDF_PARAMS) - 1, BAD, 0 },
	{ CKM_HKDF_DATA, NULL, 0, BAD, 0 },

	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, NULL, 0, bytes, 3), CKR_OK, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, NULL, 0, 10000000, 8, NULL, 0, NULL, 0), CKR_OK, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 10000001, 4, NULL, 0, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 0, 4, NULL, 0, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(0, bytes, 8, 1, 4, NULL, 0, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(2, bytes, 8, 1, 4, NULL, 0, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 0, NULL, 0, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 2, NULL, 0, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 9, NULL, 0, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, bytes, 3, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, NULL, 3, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, NULL, 8, 1, 4, NULL, 0, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, DERIVE_MAX_DATA + 1, 1, 4, NULL, 0, bytes, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, NULL, 0, NULL, 3), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, NULL, 0, NULL, 65535), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, NULL, 0, bytes, 65535), CKR_OK, 0 },
	/* a length is a length, whatever else it looks like */
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, NULL, 0, bytes, 65536), CKR_OK, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, NULL, 0, bytes, 65537), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, NULL, 0, bytes, 100000), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, NULL, 0, bytes, 1 << 20), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2(1, bytes, 8, 1, 4, NULL, 0, bytes, ~0UL), BAD, 0 },
	{ CKM_PKCS5_PBKD2, PBKDF2_OLD(bytes, &three), BAD, 0 },
	{ CKM_PKCS5_PBKD2, bytes, 8, BAD, 0 },

	{ CKM_SP800_108_COUNTER_KDF, SP800(1, FIELDS(ITERATION)), CKR_OK, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(3, FIELDS(ITERATION, { CK_SP800_108_BYTE_ARRAY, bytes, 3 }, LENGTH(l64))), CKR_OK, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(0, NULL), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(1, NULL), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(~0UL, FIELDS(ITERATION)), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(1, FIELDS(LENGTH(l64))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, ITERATION)), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, COUNTER(r32))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(1, FIELDS(CHAIN)), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(1, FIELDS({ CK_SP800_108_ITERATION_VARIABLE, &r32, 1 })), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(1, FIELDS(FORMAT(CK_SP800_108_ITERATION_VARIABLE, r0))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(1, FIELDS(FORMAT(CK_SP800_108_ITERATION_VARIABLE, r7))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(1, FIELDS(FORMAT(CK_SP800_108_ITERATION_VARIABLE, r40))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(1, FIELDS(FORMAT(CK_SP800_108_ITERATION_VARIABLE, r_huge))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(3, FIELDS(ITERATION, LENGTH(l64), LENGTH(l64))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, LENGTH(l72))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, LENGTH(l_none))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, LENGTH(l_other))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, { CK_SP800_108_DKM_LENGTH, NULL, sizeof l64 })), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, { CK_SP800_108_BYTE_ARRAY, bytes, 0 })), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, { CK_SP800_108_BYTE_ARRAY, NULL, 1 })), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, { CK_SP800_108_BYTE_ARRAY, bytes, ~0UL })), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, { 6, bytes, 1 })), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, { ~0UL, bytes, 1 })), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, { 0x104, bytes, 1 })), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, KEY(handle))), CKR_OK, 5 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(3, FIELDS(ITERATION, KEY(handle), KEY(handle))), CKR_OK, 5 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(3, FIELDS(ITERATION, KEY(handle), KEY(another))), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, KEY(no_handle))), CKR_KEY_HANDLE_INVALID, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800(2, FIELDS(ITERATION, { CK_SP800_108_KEY_HANDLE, &handle, 1 })), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_PRF(CKM_AES_CMAC), CKR_OK, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_PRF(CKM_SHA3_512_HMAC), CKR_OK, 0 },
	/* for old data, of which no keys are made */
	{ CKM_SP800_108_COUNTER_KDF, SP800_PRF(CKM_DES3_CMAC), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_PRF(CKM_SHA256_HMAC_GENERAL), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_PRF(CKM_SHA256), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_PRF(CKM_SHA256_HMAC | 1UL << 32), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_KEYS(1, OF_KEY(no_template, 0, &given)), CKR_OK, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_KEYS(1, OF_KEY(NULL, 0, &given)), CKR_OK, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_KEYS(1, OF_KEY(NULL, 1, &given)), CKR_ARGUMENTS_BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_KEYS(1, OF_KEY(unknown, 1, &given)), CKR_ATTRIBUTE_TYPE_INVALID, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_KEYS(1, OF_KEY(no_template, 0, NULL)), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_KEYS(1, NULL), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, SP800_KEYS(8, OF_KEY(no_template, 0, &given)), BAD, 0 },
	{ CKM_SP800_108_COUNTER_KDF, FEEDBACK(1, FIELDS(ITERATION), 0, NULL), BAD, 0 },
	{ CKM_SP800_108_FEEDBACK_KDF, SP800(1, FIELDS(CHAIN)), BAD, 0 },
	{ CKM_SP800_108_FEEDBACK_KDF, FEEDBACK(1, FIELDS(CHAIN), 0, NULL), CKR_OK, 0 },
	{ CKM_SP800_108_FEEDBACK_KDF, FEEDBACK(2, FIELDS(CHAIN, COUNTER(r32)), 3, bytes), CKR_OK, 0 },
	{ CKM_SP800_108_FEEDBACK_KDF, FEEDBACK(1, FIELDS(CHAIN), 3, NULL), BAD, 0 },
	{ CKM_SP800_108_FEEDBACK_KDF, FEEDBACK(1, FIELDS(CHAIN), ~0UL, bytes), BAD, 0 },
	{ CKM_SP800_108_FEEDBACK_KDF, FEEDBACK(1, FIELDS(ITERATION), 0, NULL), BAD, 0 },
	{ CKM_SP800_108_FEEDBACK_KDF, FEEDBACK(1, FIELDS(COUNTER(r32)), 0, NULL), BAD, 0 },
	{ CKM_SP800_108_FEEDBACK_KDF, FEEDBACK(2, FIELDS(CHAIN, COUNTER(r40)), 0, NULL), BAD, 0 },
	{ CKM_SP800_108_FEEDBACK_KDF, FEEDBACK(3, FIELDS(CHAIN, COUNTER(r32), COUNTER(r32)), 0, NULL), BAD, 0 },
	{ CKM_SP800_108_DOUBLE_PIPELINE_KDF, SP800(2, FIELDS(CHAIN, COUNTER(r32))), CKR_OK, 0 },
	{ CKM_SP800_108_DOUBLE_PIPELINE_KDF, SP800(1, FIELDS(ITERATION)), BAD, 0 },

	{ CKM_TLS12_MASTER_KEY_DERIVE, MASTER(RANDOMS, &version, CKM_SHA256), CKR_OK, 0 },
	{ CKM_TLS12_MASTER_KEY_DERIVE, MASTER(RANDOMS, NULL, CKM_SHA256), CKR_OK, 0 },
	{ CKM_TLS12_MASTER_KEY_DERIVE_DH, MASTER(RANDOMS, &version, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_MASTER_KEY_DERIVE_DH, MASTER(RANDOMS, NULL, CKM_SHA384), CKR_OK, 0 },
	{ CKM_TLS12_MASTER_KEY_DERIVE, MASTER(RANDOMS, &version, CKM_SHA256_HMAC), BAD, 0 },
	{ CKM_TLS12_MASTER_KEY_DERIVE, MASTER({ 0 }, &version, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_MASTER_KEY_DERIVE, EXTENDED(CKM_SHA256, bytes, 32, &version), BAD, 0 },
	{ CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, EXTENDED(CKM_SHA256, bytes, 32, &version), CKR_OK, 0 },
	{ CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, EXTENDED(CKM_SHA256, bytes, 33, &version), BAD, 0 },
	{ CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, EXTENDED(CKM_SHA256, NULL, 32, &version), BAD, 0 },
	{ CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, EXTENDED(CKM_SHA384, bytes, 48, NULL), CKR_OK, 0 },
	{ CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, EXTENDED(CKM_SHA256, bytes, 32, &version), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, 128, 128, 0, RANDOMS, &out, CKM_SHA256), CKR_OK, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(512, 512, 256, 0, RANDOMS, &out, CKM_SHA256), CKR_OK, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(520, 128, 128, 0, RANDOMS, &out, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, 520, 128, 0, RANDOMS, &out, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, 128, 264, 0, RANDOMS, &out, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(161, 128, 128, 0, RANDOMS, &out, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, ~0UL - 7, 128, 0, RANDOMS, &out, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(0, 0, 128, 0, RANDOMS, &out, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, 0, 0, 0, RANDOMS, &out, CKM_SHA256), CKR_OK, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, 128, 128, 1, RANDOMS, &out, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, 128, 128, 0, { 0 }, &out, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, 128, 128, 0, RANDOMS, NULL, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, 128, 128, 0, RANDOMS, &out_nowhere, CKM_SHA256), BAD, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, 128, 0, 0, RANDOMS, &out_nowhere, CKM_SHA256), CKR_OK, 0 },
	{ CKM_TLS12_KEY_AND_MAC_DERIVE, MATERIAL(160, 128, 0, 0, RANDOMS, &out, CKM_MD5), BAD, 0 },
	{ CKM_TLS12_KEY_SAFE_DERIVE, MATERIAL(160, 128, 128, 0, RANDOMS, &out_nowhere, CKM_SHA256), CKR_OK, 0 },
	{ CKM_TLS_KDF, KDF(CKM_SHA256, bytes, 3, RANDOMS, NULL, 0), CKR_OK, 0 },
	{ CKM_TLS_KDF, KDF(CKM_SHA256, bytes, 3, RANDOMS, bytes, 65535), CKR_OK, 0 },
	{ CKM_TLS_KDF, KDF(CKM_SHA256, bytes, 3, RANDOMS, bytes, 65536), BAD, 0 },
	{ CKM_TLS_KDF, KDF(CKM_SHA256, bytes, 3, RANDOMS, NULL, 1), BAD, 0 },
	{ CKM_TLS_KDF, KDF(CKM_SHA256, bytes, 0, RANDOMS, NULL, 0), BAD, 0 },
	{ CKM_TLS_KDF, KDF(CKM_SHA256, NULL, 3, RANDOMS, NULL, 0), BAD, 0 },
	{ CKM_TLS_KDF, KDF(CKM_TLS_PRF, bytes, 3, RANDOMS, NULL, 0), BAD, 0 },
	{ CKM_TLS12_KDF, KDF(CKM_SHA256, bytes, 3, { 0 }, NULL, 0), BAD, 0 },
};
/* clang-format on */

START_TEST (parameters_are_checked) {
	const struct param_case *c = &cases[_i];
	const struct mech *m = mech_lookup(c->type);
	const CK_MECHANISM mechanism = { c->type, (void *)(uintptr_t)c->p, c->n };
	struct derive_params p = DERIVE_PARAMS_NONE;
	CK_RV rv = derive_params_pack(m, &mechanism, &p);
	struct bytes packed = buf_bytes(&p.packed);

	ck_assert_msg(rv == c->rv, "%s: %s", m->name, ckr_name(rv));
	ck_assert_uint_eq(p.other, c->other);
	if (rv != CKR_OK) {
		ck_assert_uint_eq(packed.n, 0);
	} else {
		/* what a peer gets is taken whole, with the key it names, or not at all */
		ck_assert(derive_params_valid(m, packed, p.other != 0));
		ck_assert(!derive_params_valid(m, packed, p.other == 0));
		for (size_t n = 0; n < packed.n && n < 200; n++)
			ck_assert(m->param == PARAM_STRING ||
				  (m->param == PARAM_IV_DATA && n >= m->iv_bytes) ||
				  !derive_params_valid(
					  m, BYTES(packed.p, n), p.other != 0));
	}
	derive_params_free(&p);
	ck_assert_uint_eq(derive_params_pack(m, NULL, &p), CKR_ARGUMENTS_BAD);
}
END_TEST

/* Whatever a peer sends: refused, or read within its bounds. */
START_TEST (noise_is_refused_or_harmless) {
	uint32_t x = (uint32_t)_i + 23;
	size_t taken = 0;

	for (int round = 0; round < 40000; round++) {
		const struct param_case *c = &cases[(x >> 8) % ARRAY_LEN(cases)];
		const struct mech *m = mech_lookup(c->type);
		const CK_MECHANISM mechanism = { c->type, (void *)(uintptr_t)c->p, c->n };
		struct derive_params p = DERIVE_PARAMS_NONE;
		uint8_t *exact;
		size_t n;

		x = x * 1664525u + 1013904223u;
		if (derive_params_pack(m, &mechanism, &p) != CKR_OK)
			continue;
		/* a few bytes of what is right are changed */
		n = p.packed.n < 300 ? p.packed.n : 300;
		exact = malloc(n + 1);
		if (n != 0)
			memcpy(exact, p.packed.p, n);
		for (int i = 0; n != 0 && i < round % 4; i++) {
			x = x * 1664525u + 1013904223u;
			exact[(x >> 16) % n] = (uint8_t)(x >> 8);
		}
		taken += derive_params_valid(m, BYTES(exact, n), p.other != 0);
		free(exact);
		derive_params_free(&p);
	}
	ck_assert_uint_ne(taken, 0);
}
END_TEST

/* An application that has changed its parameter meanwhile gets less, and nothing breaks. */
START_TEST (nothing_is_given_back_to_what_no_longer_fits) {
	const struct mech *m = mech_lookup(CKM_TLS12_KEY_AND_MAC_DERIVE);
	CK_SSL3_KEY_MAT_OUT to = { 0, 0, 0, 0, NULL, NULL };
	CK_TLS12_KEY_MAT_PARAMS p = { 160, 128, 128, CK_FALSE, RANDOMS, &to, CKM_SHA256 };
	CK_MECHANISM mechanism = { m->type, &p, sizeof p };
	const CK_OBJECT_HANDLE keys[] = { 1, 2, 3, 4 };
	uint8_t ivs[32] = { 7 }, room[2][16] = { { 0 } };

	derive_params_return(m, &mechanism, BYTES_OF(ivs), keys, 4);
	ck_assert_uint_eq(to.hServerKey, 4);
	to.pIVClient = room[0];
	to.pIVServer = room[1];
	p.ulIVSizeInBits = 256; /* grown */
	derive_params_return(m, &mechanism, BYTES_OF(ivs), keys, 4);
	ck_assert_uint_eq(room[0][0], 0);
	p.ulIVSizeInBits = 128;
	derive_params_return(m, &mechanism, BYTES_OF(ivs), keys, 2);
	ck_assert_uint_eq(room[0][0], 7);
	ck_assert_uint_eq(to.hServerMacSecret, 2);
	ck_assert_uint_eq(to.hClientKey, CK_INVALID_HANDLE);
	p.pReturnedKeyMaterial = NULL;
	derive_params_return(m, &mechanism, BYTES_OF(ivs), keys, 4);
	mechanism.ulParameterLen--;
	derive_params_return(m, &mechanism, BYTES_OF(ivs), keys, 4);
	mechanism.pParameter = NULL;
	derive_params_return(m, &mechanism, BYTES_OF(ivs), keys, 4);
	/* and what gives nothing back does not look */
	derive_params_return(
		mech_lookup(CKM_XOR_BASE_AND_DATA), &mechanism, BYTES_NONE, NULL, 0);
}
END_TEST

static const struct check_test tests[] = {
	{ &parameters_are_checked, ARRAY_LEN(cases) },
	{ &noise_is_refused_or_harmless, 2 },
	{ &nothing_is_given_back_to_what_no_longer_fits, 0 },
};
CHECK_MAIN("derive_params", tests)
