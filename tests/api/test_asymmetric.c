/* SPDX-License-Identifier: Apache-2.0 */
/* Key pairs made at keystored: private half there, public half in the module. */
#include "tests/api/api.h"

static CK_BYTE data[] = "what is to be signed";
static CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
	NULL, 0 };
static unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
	0x07 };
static unsigned char p384[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22 };
static unsigned char p521[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23 };

static void
rsa_pair(
	CK_SESSION_HANDLE s, CK_BBOOL token, CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *prv)
{
	const CK_ULONG bits = 2048;
	CK_MECHANISM m = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public_half[] = { ATTR(CKA_TOKEN, token), ATTR(CKA_VERIFY, YES),
		ATTR(CKA_ENCRYPT, YES), ATTR(CKA_MODULUS_BITS, bits) };
	CK_ATTRIBUTE private_half[] = { ATTR(CKA_TOKEN, token), ATTR(CKA_SIGN, YES),
		ATTR(CKA_DECRYPT, YES) };

	OK(F->C_GenerateKeyPair(s, &m, public_half, COUNT(public_half), private_half,
		COUNT(private_half), pub, prv));
}

static void
ec_pair(CK_SESSION_HANDLE s, CK_BBOOL token, void *curve, CK_ULONG n,
	CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *prv)
{
	CK_MECHANISM m = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public_half[] = { ATTR(CKA_TOKEN, token), ATTR(CKA_VERIFY, YES),
		{ CKA_EC_PARAMS, curve, n } };
	CK_ATTRIBUTE private_half[] = { ATTR(CKA_TOKEN, token), ATTR(CKA_SIGN, YES) };

	OK(F->C_GenerateKeyPair(s, &m, public_half, COUNT(public_half), private_half,
		COUNT(private_half), pub, prv));
}

static void
sign_and_verify(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE pub,
	CK_OBJECT_HANDLE prv, void *in, CK_ULONG n)
{
	unsigned char sig[512];
	CK_ULONG len = 0;

	OK(F->C_SignInit(s, m, prv));
	OK(F->C_Sign(s, in, n, NULL, &len));
	ck_assert_uint_le(len, sizeof sig);
	OK(F->C_Sign(s, in, n, sig, &len));
	OK(F->C_VerifyInit(s, m, pub));
	OK(F->C_Verify(s, in, n, sig, len));
	sig[len / 2] ^= 1;
	OK(F->C_VerifyInit(s, m, pub));
	IS(CKR_SIGNATURE_INVALID, F->C_Verify(s, in, n, sig, len));
	OK(F->C_VerifyInit(s, m, pub));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_Verify(s, in, n, sig, len - 1));
}

static void
sign_in_parts(
	CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE pub, CK_OBJECT_HANDLE prv)
{
	unsigned char sig[512];
	CK_ULONG len = sizeof sig;

	OK(F->C_SignInit(s, m, prv));
	OK(F->C_SignUpdate(s, data, 4));
	OK(F->C_SignUpdate(s, data + 4, sizeof data - 4));
	OK(F->C_SignFinal(s, sig, &len));
	OK(F->C_VerifyInit(s, m, pub));
	OK(F->C_Verify(s, data, sizeof data, sig, len));
	OK(F->C_VerifyInit(s, m, pub));
	OK(F->C_VerifyUpdate(s, data, 1));
	OK(F->C_VerifyUpdate(s, data + 1, sizeof data - 1));
	OK(F->C_VerifyFinal(s, sig, len));
}

/* Loop index: session or token pair. */
START_TEST (rsa_signs) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	unsigned char hash[32] = { 5 };
	CK_MECHANISM hashing[] = { { CKM_SHA1_RSA_PKCS, NULL, 0 },
		{ CKM_SHA256_RSA_PKCS, NULL, 0 }, { CKM_SHA384_RSA_PKCS, NULL, 0 },
		{ CKM_SHA512_RSA_PKCS, NULL, 0 },
		{ CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof pss } };
	CK_MECHANISM raw[] = { { CKM_RSA_PKCS, NULL, 0 },
		{ CKM_RSA_PKCS_PSS, &pss, sizeof pss } };

	rsa_pair(s, (CK_BBOOL)_i, &pub, &prv);
	for (size_t i = 0; i < COUNT(hashing); i++) {
		sign_and_verify(s, &hashing[i], pub, prv, data, sizeof data);
		sign_in_parts(s, &hashing[i], pub, prv);
	}
	for (size_t i = 0; i < COUNT(raw); i++)
		sign_and_verify(s, &raw[i], pub, prv, hash, sizeof hash);
	OK(F->C_DestroyObject(s, pub));
	OK(F->C_DestroyObject(s, prv));
	IS(CKR_KEY_HANDLE_INVALID, F->C_SignInit(s, &raw[0], prv));
	api_stop();
}
END_TEST

START_TEST (rsa_decrypts) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	unsigned char cipher[256], back[256];
	CK_MECHANISM ways[] = { { CKM_RSA_PKCS, NULL, 0 },
		{ CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep } };

	rsa_pair(s, (CK_BBOOL)_i, &pub, &prv);
	for (size_t i = 0; i < COUNT(ways); i++) {
		CK_ULONG n = sizeof cipher, len = 3;

		OK(F->C_EncryptInit(s, &ways[i], pub));
		OK(F->C_Encrypt(s, data, sizeof data, cipher, &n));
		OK(F->C_DecryptInit(s, &ways[i], prv));
		IS(CKR_BUFFER_TOO_SMALL, F->C_Decrypt(s, cipher, n, back, &len));
		ck_assert_uint_eq(len, sizeof data);
		OK(F->C_Decrypt(s, cipher, n, back, &len));
		ck_assert_uint_eq(len, sizeof data);
		ck_assert_mem_eq(back, data, len);
	}
	OK(F->C_DestroyObject(s, pub));
	OK(F->C_DestroyObject(s, prv));
	api_stop();
}
END_TEST

START_TEST (ec_signs) {
	static const struct {
		void *oid;
		CK_ULONG n;
	} curves[] = { { p256, sizeof p256 }, { p384, sizeof p384 },
		{ p521, sizeof p521 } };
	CK_MECHANISM hashing[] = { { CKM_ECDSA_SHA256, NULL, 0 },
		{ CKM_ECDSA_SHA384, NULL, 0 }, { CKM_ECDSA_SHA512, NULL, 0 } };
	CK_MECHANISM raw = { CKM_ECDSA, NULL, 0 };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	unsigned char hash[32] = { 5 };

	for (size_t c = 0; c < COUNT(curves); c++) {
		ec_pair(s, (CK_BBOOL)_i, curves[c].oid, curves[c].n, &pub, &prv);
		for (size_t i = 0; i < COUNT(hashing); i++) {
			sign_and_verify(s, &hashing[i], pub, prv, data, sizeof data);
			sign_in_parts(s, &hashing[i], pub, prv);
		}
		sign_and_verify(s, &raw, pub, prv, hash, sizeof hash);
		OK(F->C_DestroyObject(s, pub));
		OK(F->C_DestroyObject(s, prv));
	}
	api_stop();
}
END_TEST

START_TEST (keys_do_only_what_they_are_for) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	CK_MECHANISM rsa = { CKM_RSA_PKCS, NULL, 0 }, ec = { CKM_ECDSA, NULL, 0 };

	rsa_pair(s, CK_FALSE, &pub, &prv);
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_SignInit(s, &ec, prv));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_SignInit(s, &rsa, pub));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_VerifyInit(s, &rsa, prv));
	api_stop();
}
END_TEST

START_TEST (private_numbers_are_never_shown) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	unsigned char buffer[512];
	CK_ATTRIBUTE d = { CKA_PRIVATE_EXPONENT, buffer, sizeof buffer };
	CK_ATTRIBUTE n = { CKA_MODULUS, buffer, sizeof buffer };

	rsa_pair(s, CK_FALSE, &pub, &prv);
	IS(CKR_ATTRIBUTE_SENSITIVE, F->C_GetAttributeValue(s, prv, &d, 1));
	OK(F->C_GetAttributeValue(s, prv, &n, 1));
	ck_assert_uint_eq(n.ulValueLen, 256);
	api_stop();
}
END_TEST

START_TEST (token_pairs_need_a_writable_session) {
	CK_SESSION_HANDLE rw = api_start(), s = api_session(0);
	CK_MECHANISM m = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public_half[] = { ATTR(CKA_TOKEN, NO),
		{ CKA_EC_PARAMS, p256, sizeof p256 } };
	CK_ATTRIBUTE private_half[] = { ATTR(CKA_TOKEN, YES) };
	CK_OBJECT_HANDLE pub, prv;

	IS(CKR_SESSION_READ_ONLY,
		F->C_GenerateKeyPair(s, &m, public_half, 2, private_half, 1, &pub, &prv));
	/* session pairs are anybody's */
	private_half[0].pValue = (void *)(uintptr_t)&NO;
	OK(F->C_GenerateKeyPair(s, &m, public_half, 2, private_half, 1, &pub, &prv));
	OK(F->C_CloseSession(rw));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &rsa_signs, 2 },
	{ &rsa_decrypts, 2 },
	{ &ec_signs, 2 },
	{ &keys_do_only_what_they_are_for, 0 },
	{ &private_numbers_are_never_shown, 0 },
	{ &token_pairs_need_a_writable_session, 0 },
};

CHECK_MAIN("api_asymmetric", tests)
