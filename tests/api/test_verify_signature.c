/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of a signature that is known before the data (5.15.7 to 5.15.10): every row
 * that verifies does. */
#include "tests/api/api.h"

static CK_SESSION_HANDLE s;
static unsigned char data[80] = "what was signed", iv[16];
static CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };

/* A key that signs with a mechanism, and one that verifies. */
struct keys {
	CK_OBJECT_HANDLE sign, verify;
};

static CK_OBJECT_HANDLE
secret_key(CK_KEY_TYPE type, int readable)
{
	static const unsigned char value[32] = { 9 };

	return api_key(s, type, value, sizeof value, readable);
}

static int
is_secret(CK_KEY_TYPE type)
{
	return type == CKK_GENERIC_SECRET || type == CKK_AES;
}

static struct keys
key_pair(CK_KEY_TYPE type)
{
	static const unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
		0x03, 0x01, 0x07 };
	const CK_ULONG bits = 2048;
	CK_MECHANISM gen = {
		type == CKK_EC ? CKM_EC_KEY_PAIR_GEN : CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0
	};
	CK_ATTRIBUTE public[] = { ATTR(CKA_VERIFY, YES), ATTR(CKA_EC_PARAMS, p256) },
		     rsa[] = { ATTR(CKA_VERIFY, YES), ATTR(CKA_MODULUS_BITS, bits) },
		     private[] = { ATTR(CKA_SIGN, YES) };
	struct keys k;

	OK(F->C_GenerateKeyPair(s, &gen, type == CKK_EC ? public : rsa, 2, private, 1,
		&k.verify, &k.sign));
	return k;
}

static CK_ULONG
sign(CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_ULONG n, unsigned char *ret)
{
	CK_ULONG ret_n = 512;

	OK(F->C_SignInit(s, m, key));
	OK(F->C_Sign(s, data, n, ret, &ret_n));
	return ret_n;
}

static const struct row {
	CK_MECHANISM mechanism;
	CK_KEY_TYPE key_type;
	CK_ULONG n; /* of the data */
	int parts;  /* does it take them? */
} rows[] = {
	{ { CKM_SHA256_HMAC, NULL, 0 }, CKK_GENERIC_SECRET, 80, 1 },
	{ { CKM_SHA3_512_HMAC, NULL, 0 }, CKK_GENERIC_SECRET, 80, 1 },
	{ { CKM_AES_CMAC, NULL, 0 }, CKK_AES, 80, 1 },
	{ { CKM_AES_GMAC, iv, 12 }, CKK_AES, 80, 1 },
	{ { CKM_ECDSA, NULL, 0 }, CKK_EC, 32, 0 },
	{ { CKM_ECDSA_SHA256, NULL, 0 }, CKK_EC, 80, 1 },
	{ { CKM_RSA_PKCS, NULL, 0 }, CKK_RSA, 35, 0 },
	{ { CKM_SHA384_RSA_PKCS, NULL, 0 }, CKK_RSA, 80, 1 },
};

#define ROWS ((int)COUNT(rows))

/* The last rows' keys are with the keystore, whatever readable says. */
START_TEST (every_row_that_verifies_has_it) {
	const struct row *r = &rows[_i % ROWS];
	CK_MECHANISM m = r->mechanism;
	unsigned char signature[512];
	struct keys k;
	CK_ULONG n;

	s = api_start();
	if (is_secret(r->key_type))
		k.sign = k.verify = secret_key(r->key_type, _i / ROWS);
	else
		k = key_pair(r->key_type);
	n = sign(&m, k.sign, r->n, signature);
	OK(F->C_VerifySignatureInit(s, &m, k.verify, signature, n));
	OK(F->C_VerifySignature(s, data, r->n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignature(s, data, r->n));

	OK(F->C_VerifySignatureInit(s, &m, k.verify, signature, n));
	data[0] ^= 1;
	IS(CKR_SIGNATURE_INVALID, F->C_VerifySignature(s, data, r->n));
	data[0] ^= 1;
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignature(s, data, r->n));
	OK(F->C_VerifySignatureInit(s, &m, k.verify, signature, n - 1));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_VerifySignature(s, data, r->n));

	OK(F->C_VerifySignatureInit(s, &m, k.verify, signature, n));
	if (r->parts) {
		OK(F->C_VerifySignatureUpdate(s, data, 5));
		OK(F->C_VerifySignatureUpdate(s, NULL, 0));
		OK(F->C_VerifySignatureUpdate(s, data + 5, r->n - 5));
		OK(F->C_VerifySignatureFinal(s));
	} else {
		IS(CKR_FUNCTION_NOT_SUPPORTED, F->C_VerifySignatureUpdate(s, data, 5));
	}
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignatureFinal(s));
	api_stop();
}
END_TEST

/* The signature is the application's to overwrite as soon as Init has returned. */
START_TEST (the_signature_is_kept) {
	unsigned char signature[512];
	CK_OBJECT_HANDLE key;
	CK_ULONG n;

	s = api_start();
	key = secret_key(CKK_GENERIC_SECRET, _i);
	n = sign(&hmac, key, 80, signature);
	OK(F->C_VerifySignatureInit(s, &hmac, key, signature, n));
	memset(signature, 0, sizeof signature);
	OK(F->C_VerifySignature(s, data, 80));
	/* and a later one is not mistaken for it */
	OK(F->C_VerifySignatureInit(s, &hmac, key, signature, n));
	IS(CKR_SIGNATURE_INVALID, F->C_VerifySignature(s, data, 80));
	api_stop();
}
END_TEST

START_TEST (it_is_the_one_verification_of_its_session) {
	unsigned char signature[512];
	CK_OBJECT_HANDLE key;
	CK_ULONG n;

	s = api_start();
	key = secret_key(CKK_GENERIC_SECRET, _i);
	n = sign(&hmac, key, 80, signature);
	OK(F->C_VerifySignatureInit(s, &hmac, key, signature, n));
	IS(CKR_OPERATION_ACTIVE, F->C_VerifyInit(s, &hmac, key));
	IS(CKR_OPERATION_ACTIVE, F->C_VerifySignatureInit(s, &hmac, key, signature, n));
	/* the calls of the one are not the other's, and do not end it */
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_Verify(s, data, 80, signature, n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifyUpdate(s, data, 80));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifyFinal(s, signature, n));
	OK(F->C_VerifySignature(s, data, 80));
	OK(F->C_VerifyInit(s, &hmac, key));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignature(s, data, 80));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignatureUpdate(s, data, 80));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignatureFinal(s));
	OK(F->C_Verify(s, data, 80, signature, n));
	api_stop();
}
END_TEST

START_TEST (it_ends_by_errors_and_is_cancelled_like_any) {
	unsigned char signature[512];
	CK_OBJECT_HANDLE key;
	CK_ULONG n;

	s = api_start();
	key = secret_key(CKK_GENERIC_SECRET, _i);
	n = sign(&hmac, key, 80, signature);
	IS(CKR_ARGUMENTS_BAD, F->C_VerifySignatureInit(s, NULL, 0, NULL, 0));
	IS(CKR_ARGUMENTS_BAD, F->C_VerifySignatureInit(s, &hmac, key, NULL, n));
	IS(CKR_ARGUMENTS_BAD, F->C_VerifySignatureInit(s, &hmac, key, signature,
				      CK_UNAVAILABLE_INFORMATION));
	IS(CKR_KEY_HANDLE_INVALID, F->C_VerifySignatureInit(s, &hmac, 0, signature, n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignature(s, data, 80));
	OK(F->C_VerifySignatureInit(s, &hmac, key, signature, n));
	IS(CKR_ARGUMENTS_BAD, F->C_VerifySignatureUpdate(s, NULL, 4));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignatureFinal(s));
	OK(F->C_VerifySignatureInit(s, &hmac, key, signature, n));
	OK(F->C_VerifySignatureUpdate(s, data, 80));
	IS(CKR_OPERATION_ACTIVE, F->C_VerifySignature(s, data, 80));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignatureFinal(s));
	OK(F->C_VerifySignatureInit(s, &hmac, key, signature, n));
	OK(F->C_VerifySignatureInit(s, NULL, 0, NULL, 0));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignature(s, data, 80));
	OK(F->C_VerifySignatureInit(s, &hmac, key, signature, n));
	OK(F->C_SessionCancel(s, CKF_VERIFY));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignature(s, data, 80));
	OK(F->C_VerifySignatureInit(s, &hmac, key, signature, n));
	OK(F->C_DestroyObject(s, key));
	IS(CKR_KEY_HANDLE_INVALID, F->C_VerifySignature(s, data, 80));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifySignature(s, data, 80));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &every_row_that_verifies_has_it, 2 * ROWS },
	{ &the_signature_is_kept, 2 },
	{ &it_is_the_one_verification_of_its_session, 2 },
	{ &it_ends_by_errors_and_is_cancelled_like_any, 2 },
};

CHECK_MAIN("api_verify_signature", tests)
