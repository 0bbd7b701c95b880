/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ciphers with keys that can be read and that cannot: known answers, and the corners
 * of the calls. Vectors: NIST SP 800-38A (F.1.5, F.2.5, F.5.5), the GCM
 * specification's test case 14 (McGrew and Viega), and for the other
 * modes what tests/unit/crypto/vectors.h names.
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

/* The rest of the modes, each with its own parameter. */
static const struct {
	CK_MECHANISM_TYPE type;
	CK_KEY_TYPE key_type;
	const char *key, *iv, *aad;
	CK_ULONG tag; /* bytes */
	const char *plain, *cipher;
	int single; /* no parts */
} modes[] = {
	{ CKM_AES_XTS, CKK_AES_XTS,
		"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0",
		"9a785634120000000000000000000000", "", 0,
		"000102030405060708090a0b0c0d0e0f10",
		"6c1625db4671522d3d7599601de7ca09ed", 0 },
	{ CKM_AES_CTS, CKK_AES, "636869636b656e207465726979616b69",
		"00000000000000000000000000000000", "", 0,
		"4920776f756c64206c696b65207468652047656e6572616c20476175277320",
		"97687268d6ecccc0c07b25e25ecfe5fc00783e0efdb2c1d445d4c8eff7ed22", 0 },
	{ CKM_AES_CCM, CKK_AES, "404142434445464748494a4b4c4d4e4f",
		"101112131415161718191a1b", "000102030405060708090a0b0c0d0e0f10111213", 8,
		"202122232425262728292a2b2c2d2e2f3031323334353637",
		"e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951", 0 },
	{ CKM_AES_KEY_WRAP, CKK_AES, "000102030405060708090a0b0c0d0e0f", "", "", 0,
		"00112233445566778899aabbccddeeff",
		"1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", 1 },
	{ CKM_AES_KEY_WRAP_KWP, CKK_AES,
		"5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", "", "", 0,
		"466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f", 1 },
	/* an IV that only some libraries take: 60 bytes, test case 6 */
	{ CKM_AES_GCM, CKK_AES, "feffe9928665731c6d6a8f9467308308",
		"9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728"
		"c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b",
		"feedfacedeadbeeffeedfacedeadbeefabaddad2", 16,
		"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		"8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca7"
		"01e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5"
		"619cc5aefffe0bfa462af43c1699d050",
		0 },
};

/* The mechanism with the parameter of its shape; borrows everything. */
struct parameter {
	unsigned char iv[256], aad[64];
	CK_GCM_PARAMS gcm;
	CK_CCM_PARAMS ccm;
};

static CK_MECHANISM
mode_mechanism(size_t row, CK_ULONG n, struct parameter *p)
{
	CK_ULONG iv_n = api_unhex(modes[row].iv, p->iv);
	CK_ULONG aad_n = api_unhex(modes[row].aad, p->aad);

	p->gcm = (CK_GCM_PARAMS){ p->iv, iv_n, 8 * iv_n, p->aad, aad_n,
		8 * modes[row].tag };
	p->ccm = (CK_CCM_PARAMS){ n, p->iv, iv_n, p->aad, aad_n, modes[row].tag };
	if (modes[row].type == CKM_AES_GCM)
		return (CK_MECHANISM){ CKM_AES_GCM, &p->gcm, sizeof p->gcm };
	if (modes[row].type == CKM_AES_CCM)
		return (CK_MECHANISM){ CKM_AES_CCM, &p->ccm, sizeof p->ccm };
	return (CK_MECHANISM){ modes[row].type, iv_n != 0 ? p->iv : NULL, iv_n };
}

/* Loop index: row and custody. */
START_TEST (known_answers_of_the_other_modes) {
	const size_t row = (size_t)_i / 2;
	unsigned char key[64], plain[96], cipher[96], out[96];
	const CK_ULONG key_n = api_unhex(modes[row].key, key);
	const CK_ULONG n = api_unhex(modes[row].plain, plain);
	const CK_ULONG c = api_unhex(modes[row].cipher, cipher);
	CK_SESSION_HANDLE s = api_start();
	struct parameter parameter;
	CK_MECHANISM m = mode_mechanism(row, n, &parameter);
	CK_OBJECT_HANDLE k = api_key(s, modes[row].key_type, key, key_n, _i % 2);
	CK_ULONG len, done;

	for (int round = 0; round < 2; round++) {
		len = 0;
		OK(F->C_EncryptInit(s, &m, k));
		OK(F->C_Encrypt(s, plain, n, NULL, &len));
		ck_assert_uint_eq(len, c);
		len = c - 1;
		IS(CKR_BUFFER_TOO_SMALL, F->C_Encrypt(s, plain, n, out, &len));
		len = c;
		OK(F->C_Encrypt(s, plain, n, out, &len));
		ck_assert_uint_eq(len, c);
		ck_assert_mem_eq(out, cipher, c);
		/* exactly the room that it takes, though more is foretold */
		OK(F->C_DecryptInit(s, &m, k));
		len = n - 1;
		IS(CKR_BUFFER_TOO_SMALL, F->C_Decrypt(s, cipher, c, out, &len));
		ck_assert_uint_ge(len, n);
		len = n;
		OK(F->C_Decrypt(s, cipher, c, out, &len));
		ck_assert_uint_eq(len, n);
		ck_assert_mem_eq(out, plain, n);
	}
	OK(F->C_EncryptInit(s, &m, k));
	len = sizeof out;
	if (modes[row].single) {
		IS(CKR_FUNCTION_NOT_SUPPORTED,
			F->C_EncryptUpdate(s, plain, n, out, &len));
		api_stop();
		return;
	}
	done = 0;
	for (CK_ULONG i = 0; i < n; i++) {
		len = sizeof out - done;
		OK(F->C_EncryptUpdate(s, plain + i, 1, out + done, &len));
		done += len;
	}
	len = sizeof out - done;
	OK(F->C_EncryptFinal(s, out + done, &len));
	ck_assert_uint_eq(done + len, c);
	ck_assert_mem_eq(out, cipher, c);
	api_stop();
}
END_TEST

/* Loop index: row and custody. */
START_TEST (a_forged_message_yields_nothing) {
	const size_t row = 2 + (size_t)_i / 2; /* from CCM on */
	unsigned char key[64], plain[96], cipher[96], out[96];
	const CK_ULONG key_n = api_unhex(modes[row].key, key);
	const CK_ULONG n = api_unhex(modes[row].plain, plain);
	const CK_ULONG c = api_unhex(modes[row].cipher, cipher);
	CK_SESSION_HANDLE s = api_start();
	struct parameter parameter;
	CK_MECHANISM m = mode_mechanism(row, n, &parameter);
	CK_OBJECT_HANDLE k = api_key(s, modes[row].key_type, key, key_n, _i % 2);
	CK_ULONG len = sizeof out;

	cipher[c - 1] ^= 1;
	memset(out, 0xaa, sizeof out);
	OK(F->C_DecryptInit(s, &m, k));
	IS(CKR_ENCRYPTED_DATA_INVALID, F->C_Decrypt(s, cipher, c, out, &len));
	for (size_t i = 0; i < sizeof out; i++)
		ck_assert(out[i] == 0xaa || out[i] == 0);
	api_stop();
}
END_TEST

/* GCM beyond OpenSSL's longest IV, in both custodies alike. */
START_TEST (a_long_iv_is_the_same_everywhere) {
	unsigned char key[32] = { 1 }, iv[256] = { 2 }, data[50] = { 3 };
	unsigned char out[2][66], back[66];
	CK_SESSION_HANDLE s = api_start();
	CK_GCM_PARAMS p = { iv, sizeof iv, 8 * sizeof iv, NULL, 0, 128 };
	CK_MECHANISM m = { CKM_AES_GCM, &p, sizeof p };
	CK_ULONG n;

	for (int readable = 0; readable < 2; readable++) {
		CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, sizeof key, readable);

		for (p.ulIvLen = 12; p.ulIvLen <= sizeof iv; p.ulIvLen += 61) {
			n = sizeof out[0];
			OK(F->C_EncryptInit(s, &m, k));
			OK(F->C_Encrypt(s, data, sizeof data, out[readable], &n));
			ck_assert_uint_eq(n, 66);
			n = sizeof back;
			OK(F->C_DecryptInit(s, &m, k));
			OK(F->C_Decrypt(s, out[readable], 66, back, &n));
			ck_assert_mem_eq(back, data, sizeof data);
		}
	}
	ck_assert_mem_eq(out[0], out[1], 66);
	api_stop();
}
END_TEST

/* Loop index: custody. */
START_TEST (xts_keys_are_generated) {
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM generate = { CKM_AES_XTS_KEY_GEN, NULL, 0 };
	unsigned char unit[16] = { 7 }, data[40] = { 1 }, out[40], back[40];
	CK_MECHANISM m = { CKM_AES_XTS, unit, sizeof unit };
	const CK_BBOOL sensitive = _i == 0, extractable = _i != 0;
	CK_ULONG size = 64, n = sizeof out;
	CK_ATTRIBUTE template[] = { ATTR(CKA_VALUE_LEN, size),
		ATTR(CKA_SENSITIVE, sensitive), ATTR(CKA_EXTRACTABLE, extractable) };
	CK_OBJECT_HANDLE k;

	OK(F->C_GenerateKey(s, &generate, template, COUNT(template), &k));
	OK(F->C_EncryptInit(s, &m, k));
	OK(F->C_Encrypt(s, data, sizeof data, out, &n));
	OK(F->C_DecryptInit(s, &m, k));
	n = sizeof back;
	OK(F->C_Decrypt(s, out, sizeof out, back, &n));
	ck_assert_mem_eq(back, data, sizeof data);
	/* not for another mode, and of no other size */
	m = (CK_MECHANISM){ CKM_AES_ECB, NULL, 0 };
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_EncryptInit(s, &m, k));
	size = 48;
	ck_assert_uint_ne(
		F->C_GenerateKey(s, &generate, template, COUNT(template), &k), CKR_OK);
	api_stop();
}
END_TEST

START_TEST (legacy_mechanisms_are_not_offered) {
	static const CK_MECHANISM_TYPE types[] = { CKM_DES3_ECB, CKM_DES3_CBC,
		CKM_DES3_CBC_PAD, CKM_DES3_KEY_GEN, CKM_DES3_CMAC,
		CKM_DES3_CMAC_GENERAL };
	unsigned char key[32] = { 1 }, iv[8] = { 0 };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE k = api_key(s, CKK_DES3, memset(key, 1, 24), 24, 1);
	CK_SLOT_ID slot = api_slot();
	CK_MECHANISM_TYPE list[256];
	CK_MECHANISM_INFO info;
	CK_ULONG n = COUNT(list);

	OK(F->C_GetMechanismList(slot, list, &n));
	for (size_t t = 0; t < COUNT(types); t++) {
		CK_MECHANISM m = { types[t], t == 0 ? NULL : iv, t == 0 ? 0 : sizeof iv };

		for (CK_ULONG i = 0; i < n; i++)
			ck_assert_uint_ne(list[i], types[t]);
		IS(CKR_MECHANISM_INVALID, F->C_GetMechanismInfo(slot, types[t], &info));
		IS(CKR_MECHANISM_INVALID, F->C_DecryptInit(s, &m, k));
	}
	OK(F->C_GetMechanismInfo(slot, CKM_AES_XTS, &info));
	ck_assert_uint_eq(info.ulMinKeySize, 32);
	ck_assert_uint_eq(info.ulMaxKeySize, 64);
	api_stop();
}
END_TEST

/* What takes no parts goes to keyringd in one message. Loop index: mechanism. */
START_TEST (whole_messages_have_their_limit_with_keyringd) {
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_PAD,
		CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PKCS7 };
	static unsigned char in[(1 << 20) + 8], out[(1 << 20) + 32];
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM generate = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_MECHANISM m = { types[_i], NULL, 0 };
	CK_ULONG size = 32, n = sizeof out;
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_ENCRYPT, YES),
		ATTR(CKA_DECRYPT, YES), ATTR(CKA_VALUE_LEN, size) };
	CK_OBJECT_HANDLE k;

	OK(F->C_GenerateKey(s, &generate, template, COUNT(template), &k));
	OK(F->C_EncryptInit(s, &m, k));
	IS(CKR_DATA_LEN_RANGE, F->C_Encrypt(s, in, sizeof in, out, &n));
	OK(F->C_DecryptInit(s, &m, k));
	n = sizeof out;
	IS(CKR_ENCRYPTED_DATA_LEN_RANGE, F->C_Decrypt(s, in, sizeof in, out, &n));
	OK(F->C_EncryptInit(s, &m, k));
	n = sizeof out;
	OK(F->C_Encrypt(s, in, 1 << 20, out, &n));
	ck_assert_uint_gt(n, 1 << 20);
	OK(F->C_DestroyObject(s, k));
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

/* The counter has one more block. */
static CK_RV
count(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE k, int decrypts, CK_ULONG first, CK_ULONG n)
{
	CK_AES_CTR_PARAMS p = { 8, { [15] = 0xff } };
	CK_MECHANISM m = { CKM_AES_CTR, &p, sizeof p };
	unsigned char data[64] = { 3 }, out[64];
	CK_ULONG out_n = sizeof out;
	CK_RV rv;

	OK(decrypts ? F->C_DecryptInit(s, &m, k) : F->C_EncryptInit(s, &m, k));
	if (first == 0)
		return decrypts ? F->C_Decrypt(s, data, n, out, &out_n)
				: F->C_Encrypt(s, data, n, out, &out_n);
	OK(decrypts ? F->C_DecryptUpdate(s, data, first, out, &out_n)
		    : F->C_EncryptUpdate(s, data, first, out, &out_n));
	n -= first;
	out_n = sizeof out;
	rv = decrypts ? F->C_DecryptUpdate(s, data, n, out, &out_n)
		      : F->C_EncryptUpdate(s, data, n, out, &out_n);
	out_n = sizeof out;
	if (rv == CKR_OK)
		return decrypts ? F->C_DecryptFinal(s, out, &out_n)
				: F->C_EncryptFinal(s, out, &out_n);
	IS(CKR_OPERATION_NOT_INITIALIZED, decrypts ? F->C_DecryptFinal(s, out, &out_n)
						   : F->C_EncryptFinal(s, out, &out_n));
	return rv;
}

/* 6.11.3: "If an attempt to encrypt/decrypt is made which will cause an overflow of the
 * counter block's counter bits, then the mechanism shall return CKR_DATA_LEN_RANGE." */
START_TEST (a_counter_that_overflows_is_one_error_both_ways) {
	unsigned char key[32] = { 1 };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, key, sizeof key, _i % 2);
	const int decrypts = _i / 2;

	/* more than once: an operation that goes on is not as the first one */
	for (int round = 0; round < 4; round++)
		for (CK_ULONG first = 0; first <= 16; first += 4) {
			OK(count(s, k, decrypts, first, 16));
			IS(CKR_DATA_LEN_RANGE, count(s, k, decrypts, first, 17));
			IS(CKR_DATA_LEN_RANGE, count(s, k, decrypts, first, 33));
		}
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
	{ &known_answers_of_the_other_modes, 2 * COUNT(modes) },
	{ &a_forged_message_yields_nothing, 2 * (COUNT(modes) - 2) },
	{ &a_long_iv_is_the_same_everywhere, 0 },
	{ &xts_keys_are_generated, 2 },
	{ &legacy_mechanisms_are_not_offered, 0 },
	{ &whole_messages_have_their_limit_with_keyringd, 4 },
	{ &lengths_are_asked_without_ending_the_operation, 2 },
	{ &wrong_tag_yields_no_byte, 2 },
	{ &states_are_kept_apart, 2 },
	{ &a_counter_that_overflows_is_one_error_both_ways, 4 },
	{ &destroyed_key_stops_at_once, 2 },
	{ &in_place_and_overlapping_buffers, 2 },
	{ &parts_in_place_are_as_parts_apart, 6 },
	{ &large_data_goes_through, 2 },
};

CHECK_MAIN("api_symmetric", tests)
