/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES and HMAC under both custodies that exist: known answers, and the corners
 * of the calls. Vectors: NIST SP 800-38A (F.1.5, F.2.5, F.5.5), the GCM
 * specification's test case 14 (McGrew and Viega), RFC 4231 case 2.
 */
#include "tests/api/api.h"

#define KEY256 "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define PLAIN "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"

static unsigned char iv_cbc[16], gcm_iv[12];
static CK_GCM_PARAMS gcm = { gcm_iv, sizeof gcm_iv, 96, NULL, 0, 128 };
static CK_AES_CTR_PARAMS ctr = { 128, { 0 } };

static const struct {
	CK_MECHANISM_TYPE type;
	const char *key, *plain, *cipher;
} kats[] = {
	{ CKM_AES_ECB, KEY256, PLAIN,
		"f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870" },
	{ CKM_AES_CBC, KEY256, PLAIN,
		"f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d" },
	{ CKM_AES_CTR, KEY256, PLAIN,
		"601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5" },
	{ CKM_AES_GCM, "0000000000000000000000000000000000000000000000000000000000000000",
		"00000000000000000000000000000000",
		"cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919" },
};

static CK_MECHANISM
mechanism(CK_MECHANISM_TYPE type)
{
	for (unsigned i = 0; i < 16; i++) {
		iv_cbc[i] = (unsigned char)i;
		ctr.cb[i] = (unsigned char)(0xf0 + i);
	}
	switch (type) {
	case CKM_AES_CBC:
	case CKM_AES_CBC_PAD:
		return (CK_MECHANISM){ type, iv_cbc, sizeof iv_cbc };
	case CKM_AES_CTR:
		return (CK_MECHANISM){ type, &ctr, sizeof ctr };
	case CKM_AES_GCM:
		return (CK_MECHANISM){ type, &gcm, sizeof gcm };
	default:
		return (CK_MECHANISM){ type, NULL, 0 };
	}
}

/* Loop index: vector and custody. */
START_TEST (known_answers) {
	const int readable = _i % 2;
	unsigned char key[32], plain[64], expected[64], out[96];
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = mechanism(kats[_i / 2].type);
	size_t n = api_unhex(kats[_i / 2].plain, plain);
	size_t c = api_unhex(kats[_i / 2].cipher, expected);
	CK_OBJECT_HANDLE k;
	CK_ULONG len = sizeof out;

	api_unhex(kats[_i / 2].key, key);
	k = api_key(s, CKK_AES, key, sizeof key, readable);
	/* twice: the second Init finds everything warm */
	for (int round = 0; round < 2; round++) {
		len = sizeof out;
		OK(F->C_EncryptInit(s, &m, k));
		OK(F->C_Encrypt(s, plain, n, out, &len));
		ck_assert_uint_eq(len, c);
		ck_assert_mem_eq(out, expected, c);
		len = sizeof out;
		OK(F->C_DecryptInit(s, &m, k));
		OK(F->C_Decrypt(s, expected, c, out, &len));
		ck_assert_uint_eq(len, n);
		ck_assert_mem_eq(out, plain, n);
	}
	/* byte by byte, in place of one call */
	OK(F->C_EncryptInit(s, &m, k));
	c = 0;
	for (size_t i = 0; i < n; i++) {
		len = sizeof out - c;
		OK(F->C_EncryptUpdate(s, plain + i, 1, out + c, &len));
		c += len;
	}
	len = sizeof out - c;
	OK(F->C_EncryptFinal(s, out + c, &len));
	ck_assert_mem_eq(out, expected, c + len);
	api_stop();
}
END_TEST

START_TEST (lengths_are_asked_without_ending_the_operation) {
	unsigned char key[32] = { 1 }, data[20] = { 2 }, out[64], back[64];
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = mechanism(CKM_AES_CBC_PAD);
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, sizeof key, _i);
	CK_ULONG n = 0, len;

	OK(F->C_EncryptInit(s, &m, k));
	OK(F->C_Encrypt(s, data, sizeof data, NULL, &n));
	ck_assert_uint_eq(n, 32);
	n = 31;
	IS(CKR_BUFFER_TOO_SMALL, F->C_Encrypt(s, data, sizeof data, out, &n));
	ck_assert_uint_eq(n, 32);
	OK(F->C_Encrypt(s, data, sizeof data, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_Encrypt(s, data, sizeof data, out, &n));

	/* padding: exactly as much room as the plaintext needs is enough, less is
	 * not and costs nothing */
	OK(F->C_DecryptInit(s, &m, k));
	len = sizeof data - 1;
	IS(CKR_BUFFER_TOO_SMALL, F->C_Decrypt(s, out, 32, back, &len));
	ck_assert_uint_eq(len, sizeof data);
	OK(F->C_Decrypt(s, out, 32, back, &len));
	ck_assert_uint_eq(len, sizeof data);
	ck_assert_mem_eq(back, data, sizeof data);

	OK(F->C_DecryptInit(s, &m, k));
	len = sizeof back;
	OK(F->C_DecryptUpdate(s, out, 32, back, &len));
	ck_assert_uint_eq(len, 16);
	len = 3;
	IS(CKR_BUFFER_TOO_SMALL, F->C_DecryptFinal(s, back + 16, &len));
	ck_assert_uint_eq(len, 4);
	OK(F->C_DecryptFinal(s, back + 16, &len));
	ck_assert_mem_eq(back, data, sizeof data);
	api_stop();
}
END_TEST

START_TEST (wrong_tag_yields_no_byte) {
	unsigned char key[32] = { 1 }, data[40] = { 2 }, out[64], back[64];
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = mechanism(CKM_AES_GCM);
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, sizeof key, _i);
	CK_ULONG n = sizeof out, len = sizeof back;

	OK(F->C_EncryptInit(s, &m, k));
	OK(F->C_Encrypt(s, data, sizeof data, out, &n));
	out[n - 1] ^= 1;
	memset(back, 0xaa, sizeof back);
	OK(F->C_DecryptInit(s, &m, k));
	IS(CKR_ENCRYPTED_DATA_INVALID, F->C_Decrypt(s, out, n, back, &len));
	for (size_t i = 0; i < sizeof data; i++)
		ck_assert(back[i] == 0xaa || back[i] == 0);
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_Decrypt(s, out, n, back, &len));
	/* and the key still works */
	out[n - 1] ^= 1;
	OK(F->C_DecryptInit(s, &m, k));
	len = sizeof back;
	OK(F->C_Decrypt(s, out, n, back, &len));
	ck_assert_mem_eq(back, data, sizeof data);
	api_stop();
}
END_TEST

START_TEST (states_are_kept_apart) {
	unsigned char key[32] = { 1 }, data[16] = { 2 }, out[64];
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = mechanism(CKM_AES_ECB), bad = { 0x7fff1234, NULL, 0 };
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, sizeof key, _i);
	CK_ULONG n = sizeof out;

	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_Encrypt(s, data, 16, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_EncryptUpdate(s, data, 16, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_EncryptFinal(s, out, &n));
	IS(CKR_MECHANISM_INVALID, F->C_EncryptInit(s, &bad, k));
	IS(CKR_KEY_HANDLE_INVALID, F->C_EncryptInit(s, &m, 987654321));
	IS(CKR_ARGUMENTS_BAD, F->C_EncryptInit(s, NULL, k));
	OK(F->C_EncryptInit(s, &m, k));
	IS(CKR_OPERATION_ACTIVE, F->C_EncryptInit(s, &m, k));
	/* another kind is another operation */
	OK(F->C_DecryptInit(s, &m, k));
	OK(F->C_EncryptUpdate(s, data, 16, out, &n));
	n = sizeof out;
	IS(CKR_OPERATION_ACTIVE, F->C_Encrypt(s, data, 16, out, &n));
	/* which was an error, so that one is over, the other is not */
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_EncryptFinal(s, out, &n));
	n = sizeof out;
	OK(F->C_Decrypt(s, data, 16, out, &n));
	/* version 3.0's ways to give up */
	OK(F->C_EncryptInit(s, &m, k));
	OK(F->C_EncryptInit(s, NULL, 0));
	OK(F->C_EncryptInit(s, &m, k));
	OK(F->C_SessionCancel(s, CKF_ENCRYPT));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_Encrypt(s, data, 16, out, &n));
	/* errors end an operation: bad arguments, bad lengths */
	OK(F->C_EncryptInit(s, &m, k));
	IS(CKR_ARGUMENTS_BAD, F->C_Encrypt(s, NULL, 16, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_Encrypt(s, data, 16, out, &n));
	OK(F->C_EncryptInit(s, &m, k));
	IS(CKR_ARGUMENTS_BAD, F->C_Encrypt(s, data, 16, out, NULL));
	OK(F->C_EncryptInit(s, &m, k));
	n = sizeof out;
	IS(CKR_DATA_LEN_RANGE, F->C_Encrypt(s, data, 15, out, &n));
	OK(F->C_DecryptInit(s, &m, k));
	n = sizeof out;
	IS(CKR_ENCRYPTED_DATA_LEN_RANGE, F->C_Decrypt(s, data, 15, out, &n));
	api_stop();
}
END_TEST

START_TEST (destroyed_key_stops_at_once) {
	unsigned char key[32] = { 1 }, data[16] = { 2 }, out[64];
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = mechanism(CKM_AES_ECB);
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, sizeof key, _i);
	CK_ULONG n = sizeof out;

	OK(F->C_EncryptInit(s, &m, k));
	OK(F->C_Encrypt(s, data, 16, out, &n));
	OK(F->C_DecryptInit(s, &m, k));
	OK(F->C_DestroyObject(s, k));
	IS(CKR_KEY_HANDLE_INVALID, F->C_EncryptInit(s, &m, k));
	n = sizeof out;
	IS(CKR_KEY_HANDLE_INVALID, F->C_Decrypt(s, data, 16, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_Decrypt(s, data, 16, out, &n));
	api_stop();
}
END_TEST

START_TEST (in_place_and_overlapping_buffers) {
	unsigned char key[32] = { 1 }, data[256], out[256 + 32], reference[256];
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = mechanism(CKM_AES_CBC);
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, sizeof key, _i);
	CK_ULONG n = sizeof reference;

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)i;
	OK(F->C_EncryptInit(s, &m, k));
	OK(F->C_Encrypt(s, data, sizeof data, reference, &n));
	for (size_t shift = 0; shift < 32; shift += 5) {
		memcpy(out + shift, data, sizeof data);
		n = sizeof data;
		OK(F->C_EncryptInit(s, &m, k));
		OK(F->C_Encrypt(s, out + shift, sizeof data, out, &n));
		ck_assert_mem_eq(out, reference, sizeof data);
	}
	/* in place, in odd parts */
	memcpy(out, data, sizeof data);
	OK(F->C_EncryptInit(s, &m, k));
	for (size_t i = 0, done = 0; i < sizeof data; i += 32) {
		n = 32;
		OK(F->C_EncryptUpdate(s, out + i, 7, out + done, &n));
		done += n;
		n = 32;
		OK(F->C_EncryptUpdate(s, out + i + 7, 25, out + done, &n));
		done += n;
		ck_assert_uint_eq(done, i + 32);
	}
	n = 0;
	OK(F->C_EncryptFinal(s, out, &n));
	ck_assert_mem_eq(out, reference, sizeof data);
	api_stop();
}
END_TEST

START_TEST (parts_in_place_are_as_parts_apart) {
	/* loop index: mechanism and custody; parts of changing length, so that
	 * blocks held back would overtake the input */
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_CBC_PAD, CKM_AES_CTR,
		CKM_AES_GCM };
	unsigned char key[32] = { 1 }, data[200], apart[256], place[256];
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = mechanism(types[_i / 2]);
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, sizeof key, _i % 2);
	CK_ULONG n, total = sizeof apart, in = 0, out = 0;

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * 7);
	OK(F->C_EncryptInit(s, &m, k));
	OK(F->C_Encrypt(s, data, sizeof data, apart, &total));
	OK(F->C_EncryptInit(s, &m, k));
	for (CK_ULONG part = 1; in < sizeof data; part = part * 3 % 37) {
		CK_ULONG take = part < sizeof data - in ? part : sizeof data - in;
		unsigned char window[64];

		memcpy(window, data + in, take);
		n = sizeof window;
		OK(F->C_EncryptUpdate(s, window, take, window, &n));
		memcpy(place + out, window, n);
		in += take;
		out += n;
	}
	n = sizeof place - out;
	OK(F->C_EncryptFinal(s, place + out, &n));
	ck_assert_uint_eq(out + n, total);
	ck_assert_mem_eq(place, apart, total);
	api_stop();
}
END_TEST

START_TEST (hmac_signs_and_verifies) {
	unsigned char expected[32], mac[64];
	const char *data = "what do ya want for nothing?";
	CK_BYTE *in = (CK_BYTE *)(uintptr_t)data;
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { CKM_SHA256_HMAC, NULL, 0 };
	CK_OBJECT_HANDLE k = api_key(s, CKK_GENERIC_SECRET, "Jefe", 4, _i);
	CK_ULONG n = sizeof mac;

	api_unhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		expected);
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

/* More than one message to keyringd in broker custody. */
START_TEST (large_data_goes_through) {
	const size_t size = (3u << 20) + 48;
	unsigned char *data = calloc(1, size), *out = malloc(size), *back = malloc(size);
	unsigned char key[32] = { 1 };
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = mechanism(CKM_AES_CBC);
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, sizeof key, _i);
	CK_ULONG n = size;

	ck_assert(data != NULL && out != NULL && back != NULL);
	data[size - 1] = 7;
	OK(F->C_EncryptInit(s, &m, k));
	OK(F->C_Encrypt(s, data, size, out, &n));
	ck_assert_uint_eq(n, size);
	OK(F->C_DecryptInit(s, &m, k));
	OK(F->C_Decrypt(s, out, size, back, &n));
	ck_assert_mem_eq(back, data, size);
	free(data);
	free(out);
	free(back);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &known_answers, 2 * COUNT(kats) },
	{ &lengths_are_asked_without_ending_the_operation, 2 },
	{ &wrong_tag_yields_no_byte, 2 },
	{ &states_are_kept_apart, 2 },
	{ &destroyed_key_stops_at_once, 2 },
	{ &in_place_and_overlapping_buffers, 2 },
	{ &parts_in_place_are_as_parts_apart, 6 },
	{ &hmac_signs_and_verifies, 2 },
	{ &large_data_goes_through, 2 },
};

CHECK_MAIN("api_symmetric", tests)
