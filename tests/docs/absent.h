/* SPDX-License-Identifier: Apache-2.0 */
/* What of families that are here otherwise is not offered. */
#pragma once

#include "cryptoki/pkcs11.h"

static const struct absent {
	CK_MECHANISM_TYPE types[10]; /* up to a zero: a number that is offered */
	const char *more;
	const char *why;
} absent[] = {
	{ { CKM_RSA_9796, CKM_RSA_X9_31, CKM_SHA1_RSA_X9_31, CKM_RSA_X9_31_KEY_PAIR_GEN,
		  CKM_RSA_PKCS_TPM_1_1, CKM_RSA_PKCS_OAEP_TPM_1_1 },
		NULL,
		"of standards that were withdrawn (ISO/IEC 9796, X9.31), and TPM 1.1's" },
	{ { CKM_MD2_RSA_PKCS, CKM_MD5_RSA_PKCS, CKM_RIPEMD128_RSA_PKCS,
		  CKM_RIPEMD160_RSA_PKCS },
		NULL, "of hashes that are not offered" },
	{ { CKM_DSA_PARAMETER_GEN, CKM_DSA_PROBABILISTIC_PARAMETER_GEN,
		  CKM_DSA_SHAWE_TAYLOR_PARAMETER_GEN, CKM_DSA_FIPS_G_GEN,
		  CKM_DH_PKCS_PARAMETER_GEN, CKM_X9_42_DH_PARAMETER_GEN },
		NULL, "domain parameters are the caller's" },
	{ { CKM_X9_42_DH_HYBRID_DERIVE, CKM_X9_42_MQV_DERIVE, CKM_ECMQV_DERIVE }, NULL,
		"with two pairs on each side, which OpenSSL does not have" },
	{ { 0 }, "CKD_BLAKE2B_160_KDF to CKD_BLAKE2B_512_KDF, of CKM_ECDH1_DERIVE",
		"the KDFs with SHA-1, SHA-2 and SHA-3 are there" },
	{ { CKM_EC_KEY_PAIR_GEN_W_EXTRA_BITS }, NULL,
		"another way to such pairs as CKM_EC_KEY_PAIR_GEN makes" },
	{ { CKM_ECDH_AES_KEY_WRAP, CKM_ECDH_COF_AES_KEY_WRAP, CKM_ECDH_X_AES_KEY_WRAP },
		NULL, "CKM_ECDH1_DERIVE and CKM_AES_KEY_WRAP_KWP do it in two steps" },
	{ { CKM_XEDDSA }, NULL, "OpenSSL has none" },
	{ { CKM_AES_CFB1 }, NULL,
		"an encryption for each bit: CKM_AES_CFB8, CKM_AES_CFB64 and "
		"CKM_AES_CFB128 are there" },
	{ { CKM_AES_MAC, CKM_AES_MAC_GENERAL, CKM_AES_XCBC_MAC, CKM_AES_XCBC_MAC_96 },
		NULL, "superseded by CKM_AES_CMAC" },
	{ { CKM_DES2_KEY_GEN, CKM_DES3_MAC, CKM_DES3_MAC_GENERAL,
		  CKM_DES3_ECB_ENCRYPT_DATA, CKM_DES3_CBC_ENCRYPT_DATA },
		NULL,
		"Triple DES is for old data: with three keys, in ECB, CBC and CMAC" },
	{ { CKM_SALSA20_KEY_GEN, CKM_SALSA20, CKM_SALSA20_POLY1305 }, NULL,
		"OpenSSL has ChaCha20 only" },
	{ { CKM_SHA512_T, CKM_SHA512_T_HMAC, CKM_SHA512_T_HMAC_GENERAL,
		  CKM_SHA512_T_KEY_DERIVATION, CKM_SHA512_T_KEY_GEN },
		NULL,
		"OpenSSL has SHA-512/t of 224 and 256 bits only, which have mechanisms "
		"of their own: CKM_SHA512_224, CKM_SHA512_256" },
	{ { CKM_PBA_SHA1_WITH_SHA1_HMAC }, "all of CKM_PBE_...",
		"from passwords as PKCS #5 and PKCS #12 had it first: CKM_PKCS5_PBKD2 is "
		"there" },
	{ { CKM_TLS_PRE_MASTER_KEY_GEN, CKM_TLS_MASTER_KEY_DERIVE,
		  CKM_TLS_MASTER_KEY_DERIVE_DH, CKM_TLS_KEY_AND_MAC_DERIVE,
		  CKM_TLS10_MAC_SERVER, CKM_TLS10_MAC_CLIENT, CKM_TLS_PRF },
		"the last as the hash of CKM_TLS_MAC and CKM_TLS_KDF too",
		"TLS 1.0 and 1.1, with MD5, and the key exchange with RSA" },
	{ { CKM_PUB_KEY_FROM_PRIV_KEY }, NULL,
		"a private key tells its public one: CKA_PUBLIC_KEY_INFO" },
	{ { 0 }, "data objects as base keys of HKDF", "what derives is a key" },
	{ { 0 }, "two keys or more among the inputs of SP 800-108",
		"one key may be there, as often as wanted" },
	{ { 0 }, "CKM_DES3_CMAC as the PRF of SP 800-108",
		"Triple DES is for old data: no keys are made of it, even where it is "
		"on" },
};

/* Narrower than the standard's. */
static const struct limit {
	const char *of, *limit, *why;
} limits[] = {
	{ "CKM_AES_GCM", "IVs of 1 to 256 bytes",
		"SP 800-38D recommends 12, and hashes all others" },
	{ "CKM_AES_GMAC", "IVs of 1 to 128 bytes", "OpenSSL's" },
	{ "CKM_AES_GCM, CKM_AES_GMAC",
		"tags of 32, 64, 96, 104, 112, 120 and 128 bits (ulTagBits)",
		"SP 800-38D has no others" },
	{ "CKM_AES_KEY_WRAP_PKCS7",
		"8 bytes at least: CKR_DATA_LEN_RANGE, of keys CKR_KEY_SIZE_RANGE",
		"SP 800-38F's KW takes two blocks of 8 bytes or more; less is one with "
		"its padding" },
	{ "CKM_PKCS5_PBKD2",
		"10,000,000 iterations, salts and passwords of 64 KiB, and no "
		"CK_PKCS5_PBKD2_PARAMS",
		"that takes seconds; version 2.40's older structure cannot be told from "
		"the present one" },
	{ "CKM_SP800_108_...", "7 keys beside the call's own, and 64 KiB in a field",
		"messages to keyringd are bounded" },
	{ "CKM_HKDF_DERIVE, CKM_HKDF_DATA", "info of 32 KiB, salts of 64 KiB",
		"the first is OpenSSL's" },
	{ "CKM_CONCATENATE_..., CKM_XOR_BASE_AND_DATA, CKM_..._ENCRYPT_DATA",
		"data of 64 KiB", "messages to keyringd are bounded" },
	{ "SP 800-108, TLS, and the KDFs of agreements",
		"32 MiB to be hashed: CKR_KEY_SIZE_RANGE",
		"keyringd derives between two requests" },
};
