/* SPDX-License-Identifier: Apache-2.0 */
/* CKA_ALWAYS_AUTHENTICATE: a PIN for every use of a private key. */
#include "tests/api/api.h"

static CK_SESSION_HANDLE s;
static CK_OBJECT_HANDLE public_key, private_key;
static unsigned char data[20] = { 1, 2, 3 }, out[256];
static CK_MECHANISM rsa = { CKM_RSA_PKCS, NULL, 0 };

static void
start(void)
{
	static const CK_ULONG bits = 2048;
	CK_MECHANISM gen = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public_half[] = { ATTR(CKA_MODULUS_BITS, bits),
		ATTR(CKA_VERIFY, YES), ATTR(CKA_ENCRYPT, YES) };
	CK_ATTRIBUTE private_half[] = { ATTR(CKA_SIGN, YES), ATTR(CKA_DECRYPT, YES),
		ATTR(CKA_ALWAYS_AUTHENTICATE, YES) };

	s = api_start();
	OK(F->C_GenerateKeyPair(s, &gen, public_half, COUNT(public_half), private_half,
		COUNT(private_half), &public_key, &private_key));
}

static CK_RV
sign(void)
{
	CK_ULONG n = sizeof out;

	return F->C_Sign(s, data, sizeof data, out, &n);
}

START_TEST (each_use_wants_its_own_login) {
	CK_ULONG n = sizeof out;

	start();
	IS(CKR_OPERATION_NOT_INITIALIZED, api_login(s, CKU_CONTEXT_SPECIFIC));
	for (int i = 0; i < 2; i++) {
		OK(F->C_SignInit(s, &rsa, private_key));
		OK(api_login(s, CKU_CONTEXT_SPECIFIC));
		OK(sign());
		OK(F->C_SignInit(s, &rsa, private_key));
		IS(CKR_USER_NOT_LOGGED_IN, sign());
		IS(CKR_OPERATION_NOT_INITIALIZED, sign());
	}
	/* whoever forgot the PIN for one use is logged in all the same */
	OK(F->C_SignInit(s, &rsa, private_key));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	OK(F->C_Sign(s, data, sizeof data, NULL, &n));
	ck_assert_uint_eq(n, 256);
	OK(sign());
	OK(F->C_VerifyInit(s, &rsa, public_key));
	OK(F->C_Verify(s, data, sizeof data, out, 256));
	api_stop();
}
END_TEST

START_TEST (wrong_pin_leaves_the_operation_waiting) {
	start();
	OK(F->C_SignInit(s, &rsa, private_key));
	IS(CKR_PIN_INCORRECT, F->C_Login(s, CKU_CONTEXT_SPECIFIC,
				      (CK_UTF8CHAR *)(uintptr_t) "not the pin", 11));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	OK(sign());
	api_stop();
}
END_TEST

START_TEST (login_is_for_the_operation_begun_last) {
	CK_ULONG n = sizeof out, m = sizeof out;
	unsigned char secret[256];

	start();
	OK(F->C_EncryptInit(s, &rsa, public_key));
	OK(F->C_Encrypt(s, data, sizeof data, secret, &n));
	OK(F->C_DecryptInit(s, &rsa, private_key));
	OK(F->C_SignInit(s, &rsa, private_key));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	OK(sign());
	IS(CKR_USER_NOT_LOGGED_IN, F->C_Decrypt(s, secret, n, out, &m));
	OK(F->C_DecryptInit(s, &rsa, private_key));
	OK(F->C_SignInit(s, &rsa, private_key));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	m = sizeof out;
	OK(F->C_Decrypt(s, secret, n, out, &m));
	ck_assert_uint_eq(m, sizeof data);
	OK(sign());
	IS(CKR_OPERATION_NOT_INITIALIZED, api_login(s, CKU_CONTEXT_SPECIFIC));
	api_stop();
}
END_TEST

/* What hashes does so here, and the PIN is for what keystored does at the end. */
START_TEST (parts_are_one_use) {
	CK_MECHANISM hashing = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_ULONG n = sizeof out;

	start();
	OK(F->C_SignInit(s, &hashing, private_key));
	IS(CKR_USER_NOT_LOGGED_IN, F->C_SignUpdate(s, data, sizeof data));
	OK(F->C_SignInit(s, &hashing, private_key));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	for (int i = 0; i < 3; i++)
		OK(F->C_SignUpdate(s, data, sizeof data));
	OK(F->C_SignFinal(s, NULL, &n));
	OK(F->C_SignFinal(s, out, &n));
	OK(F->C_SignInit(s, &hashing, private_key));
	IS(CKR_USER_NOT_LOGGED_IN, F->C_SignFinal(s, out, &n));
	api_stop();
}
END_TEST

START_TEST (login_is_for_its_session) {
	CK_SESSION_HANDLE other;

	start();
	other = api_session(CKF_RW_SESSION);
	OK(F->C_SignInit(s, &rsa, private_key));
	OK(F->C_SignInit(other, &rsa, private_key));
	OK(api_login(other, CKU_CONTEXT_SPECIFIC));
	IS(CKR_USER_NOT_LOGGED_IN, sign());
	OK(F->C_SignInit(s, &rsa, private_key));
	/* given up: and not there for the next one */
	OK(F->C_SessionCancel(other, CKF_SIGN));
	OK(F->C_SignInit(other, &rsa, private_key));
	OK(F->C_CloseSession(other));
	IS(CKR_USER_NOT_LOGGED_IN, sign());
	api_stop();
}
END_TEST

/* Data that cannot be signed end the operation, and the PIN with it. */
START_TEST (failed_use_is_one) {
	static unsigned char large[256];
	CK_ULONG n = sizeof out;

	start();
	OK(F->C_SignInit(s, &rsa, private_key));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	IS(CKR_DATA_LEN_RANGE, F->C_Sign(s, large, sizeof large, out, &n));
	OK(F->C_SignInit(s, &rsa, private_key));
	IS(CKR_USER_NOT_LOGGED_IN, sign());
	OK(F->C_SignInit(s, &rsa, private_key));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	OK(sign());
	api_stop();
}
END_TEST

/* Too little room leaves the operation as it is, and so the PIN is still good. */
START_TEST (a_short_buffer_is_no_use) {
	CK_ULONG n = sizeof out, short_n = sizeof data - 1, most = 0;
	unsigned char secret[256];

	start();
	OK(F->C_EncryptInit(s, &rsa, public_key));
	OK(F->C_Encrypt(s, data, sizeof data, secret, &n));
	OK(F->C_DecryptInit(s, &rsa, private_key));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	OK(F->C_Decrypt(s, secret, n, NULL, &most));
	IS(CKR_BUFFER_TOO_SMALL, F->C_Decrypt(s, secret, n, out, &short_n));
	ck_assert_uint_le(short_n, most);
	OK(F->C_Decrypt(s, secret, n, out, &short_n));
	ck_assert_uint_eq(short_n, sizeof data);
	ck_assert_mem_eq(out, data, sizeof data);
	api_stop();
}
END_TEST

/* A key of the token's, which others may destroy meanwhile. */
START_TEST (no_login_for_a_key_that_is_gone) {
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, YES) };
	CK_OBJECT_HANDLE copy;

	start();
	OK(F->C_CopyObject(s, private_key, template, 1, &copy));
	OK(F->C_SignInit(s, &rsa, copy));
	OK(F->C_DestroyObject(s, copy));
	IS(CKR_OPERATION_NOT_INITIALIZED, api_login(s, CKU_CONTEXT_SPECIFIC));
	IS(CKR_KEY_HANDLE_INVALID, sign());
	api_stop();
}
END_TEST

START_TEST (attribute_is_for_private_keys_and_stays) {
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const CK_KEY_TYPE aes = CKK_AES;
	CK_ATTRIBUTE secret[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, aes),
		{ CKA_VALUE, data, 16 }, ATTR(CKA_ALWAYS_AUTHENTICATE, YES) };
	CK_ATTRIBUTE off = ATTR(CKA_ALWAYS_AUTHENTICATE, NO);
	CK_OBJECT_HANDLE key;

	start();
	IS(CKR_TEMPLATE_INCONSISTENT, F->C_CreateObject(s, secret, 4, &key));
	IS(CKR_ATTRIBUTE_READ_ONLY, F->C_SetAttributeValue(s, private_key, &off, 1));
	IS(CKR_ATTRIBUTE_READ_ONLY, F->C_CopyObject(s, private_key, &off, 1, &key));
	api_stop();
}
END_TEST

/* 4.9: "repeated failed re-authentication attempts may cause the PIN to be locked. C_Login
 * returns in this case CKR_PIN_LOCKED and this also logs the user out from the token." */
START_TEST (locked_pin_logs_out) {
	const char *pin = api_env("USER_PIN");
	CK_SESSION_INFO info;
	CK_RV rv;

	start();
	OK(F->C_SignInit(s, &rsa, private_key));
	do {
		OK(F->C_GetSessionInfo(s, &info));
		ck_assert_uint_eq(info.state, CKS_RW_USER_FUNCTIONS);
		rv = F->C_Login(s, CKU_CONTEXT_SPECIFIC,
			(CK_UTF8CHAR *)(uintptr_t) "not the pin", 11);
	} while (rv == CKR_PIN_INCORRECT);
	IS(CKR_PIN_LOCKED, rv);
	OK(F->C_GetSessionInfo(s, &info));
	ck_assert_uint_eq(info.state, CKS_RW_PUBLIC_SESSION);
	IS(CKR_KEY_HANDLE_INVALID, sign());
	OK(api_login(s, CKU_SO));
	OK(F->C_InitPIN(s, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin)));
	OK(F->C_Logout(s));
	OK(api_login(s, CKU_USER));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &each_use_wants_its_own_login, 0 },
	{ &wrong_pin_leaves_the_operation_waiting, 0 },
	{ &login_is_for_the_operation_begun_last, 0 },
	{ &parts_are_one_use, 0 },
	{ &login_is_for_its_session, 0 },
	{ &failed_use_is_one, 0 },
	{ &a_short_buffer_is_no_use, 0 },
	{ &no_login_for_a_key_that_is_gone, 0 },
	{ &attribute_is_for_private_keys_and_stays, 0 },
	{ &locked_pin_logs_out, 0 },
};

CHECK_MAIN("api_authenticate", tests)
