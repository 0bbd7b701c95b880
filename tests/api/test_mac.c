/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMAC, GMAC and HMAC with keys that can be read and that cannot. Vectors: RFC 4493,
 * RFC 4231 case 2 (with SHA-3 by Python's hmac), and what tests/unit/crypto/vectors.h names.
 */
#include "tests/api/api.h"

static const struct {
	CK_MECHANISM_TYPE type;
	const char *key, *iv;
	CK_ULONG length;
	const char *data, *mac;
} macs[] = {
	{ CKM_AES_CMAC, "2b7e151628aed2a6abf7158809cf4f3c", "", 0,
		"6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c" },
	{ CKM_AES_CMAC_GENERAL, "2b7e151628aed2a6abf7158809cf4f3c", "", 4,
		"6bc1bee22e409f96e93d7e117393172a", "070a16b4" },
	{ CKM_AES_GMAC, "77be63708971c4e240d1cb79e8d77feb", "e0e00f19fed7ba0136a797f3", 0,
		"7a43ec1d9c0a5a78a0b16533a6213cab", "209fcc8d3675ed938e9c7166709dd946" },
};

/* Loop index: row and custody. */
START_TEST (macs_of_block_ciphers) {
	const size_t row = (size_t)_i / 2;
	unsigned char key[32], iv[16], data[64], mac[16], out[64];
	const CK_ULONG key_n = api_unhex(macs[row].key, key);
	const CK_ULONG iv_n = api_unhex(macs[row].iv, iv);
	const CK_ULONG n = api_unhex(macs[row].data, data);
	const CK_ULONG mac_n = api_unhex(macs[row].mac, mac);
	CK_MAC_GENERAL_PARAMS length = macs[row].length;
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { macs[row].type, iv_n != 0 ? iv : NULL, iv_n };
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, key_n, _i % 2);
	CK_ULONG len = sizeof out;

	if (length != 0)
		m = (CK_MECHANISM){ macs[row].type, &length, sizeof length };
	for (int round = 0; round < 2; round++) {
		len = sizeof out;
		OK(F->C_SignInit(s, &m, k));
		OK(F->C_Sign(s, data, n, out, &len));
		ck_assert_uint_eq(len, mac_n);
		ck_assert_mem_eq(out, mac, mac_n);
		OK(F->C_VerifyInit(s, &m, k));
		OK(F->C_VerifyUpdate(s, data, 3));
		OK(F->C_VerifyUpdate(s, data + 3, n - 3));
		OK(F->C_VerifyFinal(s, mac, mac_n));
	}
	out[0] ^= 1;
	OK(F->C_VerifyInit(s, &m, k));
	IS(CKR_SIGNATURE_INVALID, F->C_Verify(s, data, n, out, mac_n));
	OK(F->C_VerifyInit(s, &m, k));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_Verify(s, data, n, mac, mac_n - 1));
	api_stop();
}
END_TEST

/* What GCM says of a header and no text. Loop index: custody. */
START_TEST (gmac_takes_gcm_s_parameter) {
	static const CK_ULONG ivs[] = { 12, 1, 16, 128 }, bits[] = { 128, 96, 32 };
	unsigned char key[16] = { 5 }, iv[128], data[70], want[16], out[16];
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, sizeof key, _i);

	memset(iv, 6, sizeof iv);
	memset(data, 7, sizeof data);
	for (size_t i = 0; i < COUNT(ivs) * COUNT(bits); i++) {
		const CK_ULONG iv_n = ivs[i / COUNT(bits)], tag = bits[i % COUNT(bits)];
		CK_GCM_PARAMS with = { iv, iv_n, 8 * iv_n, data, sizeof data, tag },
			      without = { iv, iv_n, 8 * iv_n, NULL, 0, tag };
		CK_MECHANISM seals = { CKM_AES_GCM, &with, sizeof with },
			     m = { CKM_AES_GMAC, &without, sizeof without },
			     odd = { CKM_AES_GMAC, &with, sizeof with };
		CK_ULONG n = sizeof want;

		OK(F->C_EncryptInit(s, &seals, k));
		OK(F->C_Encrypt(s, data, 0, want, &n));
		ck_assert_uint_eq(n, tag / 8);
		OK(F->C_SignInit(s, &m, k));
		OK(F->C_Sign(s, data, sizeof data, NULL, &n));
		ck_assert_uint_eq(n, tag / 8);
		OK(F->C_Sign(s, data, sizeof data, out, &n));
		ck_assert_uint_eq(n, tag / 8);
		ck_assert_mem_eq(out, want, n);
		OK(F->C_SignInit(s, &m, k));
		OK(F->C_SignUpdate(s, data, 33));
		OK(F->C_SignUpdate(s, data + 33, sizeof data - 33));
		OK(F->C_SignFinal(s, out, &n));
		ck_assert_mem_eq(out, want, n);
		OK(F->C_VerifyInit(s, &m, k));
		OK(F->C_Verify(s, data, sizeof data, want, n));
		OK(F->C_VerifyInit(s, &m, k));
		IS(CKR_SIGNATURE_LEN_RANGE,
			F->C_Verify(s, data, sizeof data, want, n - 1));
		want[n - 1] ^= 1;
		OK(F->C_VerifyInit(s, &m, k));
		IS(CKR_SIGNATURE_INVALID, F->C_Verify(s, data, sizeof data, want, n));
		/* nothing is authenticated that is not signed */
		IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignInit(s, &odd, k));
	}
	api_stop();
}
END_TEST

static const struct {
	CK_MECHANISM_TYPE type;
	CK_KEY_TYPE key_type;
	const char *mac;
} hmacs[] = {
	{ CKM_SHA256_HMAC, CKK_GENERIC_SECRET,
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	/* a key of the hash's own type */
	{ CKM_SHA3_256_HMAC, CKK_SHA3_256_HMAC,
		"c7d4072e788877ae3596bbb0da73b887c9171f93095b294ae857fbe2645e1ba5" },
};

/* Loop index: row and custody. */
START_TEST (hmac_signs_and_verifies) {
	const size_t row = (size_t)_i / 2;
	unsigned char expected[32], mac[64];
	const char *data = "what do ya want for nothing?";
	CK_BYTE *in = (CK_BYTE *)(uintptr_t)data;
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { hmacs[row].type, NULL, 0 };
	CK_OBJECT_HANDLE k = api_key(s, hmacs[row].key_type, "Jefe", 4, _i % 2);
	CK_ULONG n = sizeof mac;

	api_unhex(hmacs[row].mac, expected);
	OK(F->C_SignInit(s, &m, k));
	OK(F->C_Sign(s, in, strlen(data), mac, &n));
	ck_assert_uint_eq(n, sizeof expected);
	ck_assert_mem_eq(mac, expected, n);
	OK(F->C_VerifyInit(s, &m, k));
	OK(F->C_Verify(s, in, strlen(data), mac, n));
	mac[0] ^= 1;
	OK(F->C_VerifyInit(s, &m, k));
	IS(CKR_SIGNATURE_INVALID, F->C_Verify(s, in, strlen(data), mac, n));
	OK(F->C_VerifyInit(s, &m, k));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_Verify(s, in, strlen(data), mac, n - 1));
	mac[0] ^= 1;
	OK(F->C_VerifyInit(s, &m, k));
	OK(F->C_VerifyUpdate(s, in, 5));
	OK(F->C_VerifyUpdate(s, in + 5, strlen(data) - 5));
	OK(F->C_VerifyFinal(s, mac, n));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &macs_of_block_ciphers, 2 * COUNT(macs) },
	{ &gmac_takes_gcm_s_parameter, 2 },
	{ &hmac_signs_and_verifies, 2 * COUNT(hmacs) },
};

CHECK_MAIN("api_mac", tests)
