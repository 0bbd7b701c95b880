/* SPDX-License-Identifier: Apache-2.0 */
/* AES: FIPS 197, SP 800-38A, and the GCM specification's own test cases. */
#pragma once

#include "cryptoki/pkcs11.h"

struct cipher_vector {
	CK_MECHANISM_TYPE mechanism;
	const char *key, *iv, *aad, *plain, *cipher; /* cipher: with its tag */
};

#define K128 "2b7e151628aed2a6abf7158809cf4f3c"
#define GCM_KEY "feffe9928665731c6d6a8f9467308308"
#define GCM_AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define GCM_PLAIN                                                                        \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809" \
	"532fcf0e2449a6b525b16aedf5aa0de657ba637b39"

static const struct cipher_vector cipher_vectors[] = {
	{ CKM_AES_ECB, "000102030405060708090a0b0c0d0e0f", "", "",
		"00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a" },
	{ CKM_AES_ECB, "000102030405060708090a0b0c0d0e0f1011121314151617", "", "",
		"00112233445566778899aabbccddeeff", "dda97ca4864cdfe06eaf70a0ec0d7191" },
	{ CKM_AES_ECB, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"", "", "00112233445566778899aabbccddeeff",
		"8ea2b7ca516745bfeafc49904b496089" },
	{ CKM_AES_CBC, K128, "000102030405060708090a0b0c0d0e0f", "",
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
		"7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2" },
	{ CKM_AES_CTR, K128, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "",
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
		"874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff" },
	{ CKM_AES_GCM, "00000000000000000000000000000000", "000000000000000000000000", "",
		"", "58e2fccefa7e3061367f1d57a4e7455a" },
	{ CKM_AES_GCM, "00000000000000000000000000000000", "000000000000000000000000", "",
		"00000000000000000000000000000000",
		"0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf" },
	{ CKM_AES_GCM, GCM_KEY, "cafebabefacedbaddecaf888", GCM_AAD, GCM_PLAIN,
		"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
		"5bc94fbc3221a5db94fae95ae7121a47" },
	{ CKM_AES_GCM, GCM_KEY, "cafebabefacedbad", GCM_AAD, GCM_PLAIN,
		"61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c7423"
		"73806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598"
		"3612d2e79e3b0785561be14aaca2fccb" },
};
