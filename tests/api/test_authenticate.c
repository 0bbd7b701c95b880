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

static const struct check_test tests[] = {
	{ &each_use_wants_its_own_login, 0 },
	{ &wrong_pin_leaves_the_operation_waiting, 0 },
	{ &login_is_for_the_operation_begun_last, 0 },
};

CHECK_MAIN("api_authenticate", tests)
