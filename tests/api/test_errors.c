/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application that shares OpenSSL with the module: its error queue. This program is linked
 * with the module, and so with the same library wherever that is.
 */
#include <openssl/evp.h>
#include <openssl/err.h>

#include "tests/api/api.h"

CK_RV C_GetInterface(
	CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **ret, CK_FLAGS);

static CK_SESSION_HANDLE s;
static unsigned char data[32] = { 1, 2, 3 }, out[1024];
static unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
	0x07 };
static unsigned char x509_point[67] = { 0x04, 0x41, 0x04, 1 };

static CK_OBJECT_HANDLE rsa_public, rsa_private, ec_public, ml_public, aes;

static void
pair(CK_MECHANISM_TYPE type, CK_ATTRIBUTE what, CK_ATTRIBUTE may,
	CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
	CK_MECHANISM m = { type, NULL, 0 };
	CK_ATTRIBUTE public_half[] = { what, ATTR(CKA_VERIFY, YES), may };
	CK_ATTRIBUTE private_half[] = { ATTR(CKA_SIGN, YES), ATTR(CKA_DECRYPT, YES) };

	OK(F->C_GenerateKeyPair(s, &m, public_half, may.type != 0 ? 3 : 2, private_half,
		may.type != 0 ? 2 : 1, public, private));
}

static void
start(void)
{
	const CK_ULONG bits = 2048, set = CKP_ML_DSA_44;
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	CK_ATTRIBUTE modulus = ATTR(CKA_MODULUS_BITS, bits), none = { 0 },
		     encrypt = ATTR(CKA_ENCRYPT, YES),
		     curve = { CKA_EC_PARAMS, p256, sizeof p256 },
		     parameters = ATTR(CKA_PARAMETER_SET, set);
	CK_INTERFACE *interface = NULL;
	CK_OBJECT_HANDLE other;

	OK(C_GetInterface(NULL, NULL, &interface, 0));
	F = interface->pFunctionList;
	OK(F->C_Initialize(&args));
	s = api_session(CKF_RW_SESSION);
	OK(api_login(s, CKU_USER));
	pair(CKM_RSA_PKCS_KEY_PAIR_GEN, modulus, encrypt, &rsa_public, &rsa_private);
	pair(CKM_EC_KEY_PAIR_GEN, curve, none, &ec_public, &other);
	pair(CKM_ML_DSA_KEY_PAIR_GEN, parameters, none, &ml_public, &other);
	aes = api_key(s, CKK_AES, data, 32, 1);
}

/* --- What fails ------------------------------------------------------------------ */

static CK_RV
verify(CK_MECHANISM m, CK_OBJECT_HANDLE key, CK_ULONG n)
{
	memset(out, 0x55, n);
	OK(F->C_VerifyInit(s, &m, key));
	return F->C_Verify(s, data, sizeof data, out, n);
}

static CK_RV
bad_rsa_signature(void)
{
	return verify((CK_MECHANISM){ CKM_RSA_PKCS, NULL, 0 }, rsa_public, 256);
}

static CK_RV
bad_pss_signature(void)
{
	CK_RSA_PKCS_PSS_PARAMS p = { CKM_SHA256, CKG_MGF1_SHA256, 32 };

	return verify(
		(CK_MECHANISM){ CKM_SHA256_RSA_PKCS_PSS, &p, sizeof p }, rsa_public, 256);
}

static CK_RV
bad_recovery(void)
{
	CK_MECHANISM m = { CKM_RSA_PKCS, NULL, 0 };
	CK_ULONG n = sizeof data;

	memset(out, 0x55, 256);
	if (F->C_VerifyRecoverInit(s, &m, rsa_public) != CKR_OK)
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	return F->C_VerifyRecover(s, out, 256, data, &n);
}

static CK_RV
bad_ecdsa_signature(void)
{
	return verify((CK_MECHANISM){ CKM_ECDSA, NULL, 0 }, ec_public, 64);
}

static CK_RV
bad_ml_dsa_signature(void)
{
	static unsigned char signature[2420];
	CK_MECHANISM m = { CKM_ML_DSA, NULL, 0 };

	OK(F->C_VerifyInit(s, &m, ml_public));
	return F->C_Verify(s, data, sizeof data, signature, sizeof signature);
}

static CK_RV
too_much_for_oaep(void)
{
	CK_RSA_PKCS_OAEP_PARAMS p = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
		NULL, 0 };
	CK_MECHANISM m = { CKM_RSA_PKCS_OAEP, &p, sizeof p };
	CK_ULONG n = sizeof out;

	OK(F->C_EncryptInit(s, &m, rsa_public));
	return F->C_Encrypt(s, out, 255, out + 256, &n);
}

/* As large as the modulus, or larger. */
static CK_RV
too_large_for_raw(void)
{
	CK_MECHANISM m = { CKM_RSA_X_509, NULL, 0 };
	CK_ULONG n = 256;

	memset(out, 0xff, 256);
	OK(F->C_EncryptInit(s, &m, rsa_public));
	return F->C_Encrypt(s, out, 256, out + 256, &n);
}

static CK_RV
decrypt(CK_MECHANISM m)
{
	CK_ULONG n = sizeof out - 256;

	memset(out, 0x55, 64);
	OK(F->C_DecryptInit(s, &m, aes));
	return F->C_Decrypt(s, out, 64, out + 256, &n);
}

static CK_RV
bad_padding(void)
{
	return decrypt((CK_MECHANISM){ CKM_AES_CBC_PAD, data, 16 });
}

static CK_RV
bad_tag(void)
{
	CK_GCM_PARAMS p = { data, 12, 96, NULL, 0, 128 };

	return decrypt((CK_MECHANISM){ CKM_AES_GCM, &p, sizeof p });
}

static CK_RV
bad_ccm_tag(void)
{
	CK_CCM_PARAMS p = { 48, data, 12, NULL, 0, 16 };

	return decrypt((CK_MECHANISM){ CKM_AES_CCM, &p, sizeof p });
}

static CK_RV
bad_wrapped(void)
{
	return decrypt((CK_MECHANISM){ CKM_AES_KEY_WRAP, NULL, 0 });
}

static CK_RV
create(CK_OBJECT_CLASS class, CK_KEY_TYPE type, CK_ATTRIBUTE a, CK_ATTRIBUTE b)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type), a,
		b };
	CK_OBJECT_HANDLE key;

	return F->C_CreateObject(s, template, COUNT(template), &key);
}

static CK_RV
bad_point(void)
{
	return create(CKO_PUBLIC_KEY, CKK_EC, (CK_ATTRIBUTE){ CKA_EC_PARAMS, p256, 10 },
		(CK_ATTRIBUTE){ CKA_EC_POINT, x509_point, sizeof x509_point });
}

static CK_RV
bad_curve(void)
{
	static unsigned char no_oid[] = { 0x06, 0x03, 0x2a, 0x03, 0x04 };

	return create(CKO_PUBLIC_KEY, CKK_EC,
		(CK_ATTRIBUTE){ CKA_EC_PARAMS, no_oid, sizeof no_oid },
		(CK_ATTRIBUTE){ CKA_EC_POINT, x509_point, sizeof x509_point });
}

static CK_RV
bad_modulus(void)
{
	static unsigned char even[256] = { 0xff, [255] = 2 }, e[] = { 1, 0, 1 };

	return create(CKO_PUBLIC_KEY, CKK_RSA,
		(CK_ATTRIBUTE){ CKA_MODULUS, even, sizeof even },
		(CK_ATTRIBUTE){ CKA_PUBLIC_EXPONENT, e, sizeof e });
}

static CK_RV
bad_wrapped_key(void)
{
	CK_MECHANISM m = { CKM_AES_KEY_WRAP_PAD, NULL, 0 };
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type) };
	CK_ATTRIBUTE wrapping[] = { ATTR(CKA_UNWRAP, YES), ATTR(CKA_SENSITIVE, NO),
		ATTR(CKA_EXTRACTABLE, YES), ATTR(CKA_CLASS, class),
		{ CKA_KEY_TYPE, (void *)(uintptr_t) & (CK_KEY_TYPE){ CKK_AES },
			sizeof(CK_KEY_TYPE) },
		{ CKA_VALUE, data, 32 } };
	CK_OBJECT_HANDLE by, key;

	OK(F->C_CreateObject(s, wrapping, COUNT(wrapping), &by));
	return F->C_UnwrapKey(s, &m, by, out, 40, template, COUNT(template), &key);
}

static CK_RV
bad_peer_point(void)
{
	CK_ECDH1_DERIVE_PARAMS p = { CKD_NULL, 0, NULL, sizeof x509_point, x509_point };
	CK_MECHANISM m = { CKM_ECDH1_DERIVE, &p, sizeof p };
	CK_OBJECT_HANDLE key;

	return F->C_DeriveKey(s, &m, aes, NULL, 0, &key);
}

static CK_RV
bad_remote_data(void)
{
	CK_MECHANISM m = { CKM_RSA_PKCS, NULL, 0 };
	CK_ULONG n = 256;

	OK(F->C_SignInit(s, &m, rsa_private));
	return F->C_Sign(s, out, 256, out + 256, &n);
}

static CK_RV
second_start(void)
{
	return F->C_Initialize(NULL);
}

static CK_RV
no_slot(void)
{
	CK_TOKEN_INFO info;

	return F->C_GetTokenInfo(123456, &info);
}

static const struct {
	const char *name;
	CK_RV (*call)(void);
} failures[] = {
#define ROW(name)           \
	{                   \
#name, name \
	}
	ROW(bad_rsa_signature),
	ROW(bad_pss_signature),
	ROW(bad_recovery),
	ROW(bad_ecdsa_signature),
	ROW(bad_ml_dsa_signature),
	ROW(too_much_for_oaep),
	ROW(too_large_for_raw),
	ROW(bad_padding),
	ROW(bad_tag),
	ROW(bad_ccm_tag),
	ROW(bad_wrapped),
	ROW(bad_point),
	ROW(bad_curve),
	ROW(bad_modulus),
	ROW(bad_wrapped_key),
	ROW(bad_peer_point),
	ROW(bad_remote_data),
	ROW(second_start),
	ROW(no_slot),
};

static void
raise_ours(void)
{
	ERR_clear_error();
	ERR_raise(ERR_LIB_USER, 77);
}

START_TEST (queue_stays_as_it_was) {
	unsigned long code;
	CK_RV rv;

	ERR_clear_error();
	start();
	ck_assert_uint_eq(ERR_peek_error(), 0);
	/* twice: the second time much of it is warm */
	for (size_t i = 0; i < 2 * COUNT(failures); i++) {
		const size_t at = i / 2;

		ERR_clear_error();
		rv = failures[at].call();
		ck_assert_msg(rv != CKR_OK, "%s succeeds", failures[at].name);
		code = ERR_peek_last_error();
		ck_assert_msg(code == 0, "%s leaves %lx", failures[at].name, code);
		raise_ours();
		(void)ERR_set_mark();
		(void)failures[at].call();
		code = ERR_peek_last_error();
		ck_assert_msg(ERR_GET_REASON(code) == 77, "%s leaves %lx over ours",
			failures[at].name, code);
		/* and our mark */
		ck_assert_int_eq(ERR_pop_to_mark(), 1);
		ck_assert_msg(ERR_GET_REASON(ERR_get_error()) == 77, "%s takes ours away",
			failures[at].name);
		ck_assert_uint_eq(ERR_peek_error(), 0);
	}
	raise_ours();
	OK(F->C_Finalize(NULL));
	ck_assert_int_eq(ERR_GET_REASON(ERR_peek_error()), 77);
	ERR_clear_error();
}
END_TEST

/* Otherwise the test above would show nothing. */
START_TEST (these_failures_raise_something) {
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

	ERR_clear_error();
	memset(out, 0x55, 256);
	ck_assert_int_eq(EVP_PKEY_verify_init(ctx), 1);
	ck_assert_int_ne(EVP_PKEY_verify(ctx, out, 256, data, sizeof data), 1);
	ck_assert_uint_ne(ERR_peek_error(), 0);
	ERR_clear_error();
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
}
END_TEST

static const struct check_test tests[] = {
	{ &queue_stays_as_it_was, 0 },
	{ &these_failures_raise_something, 0 },
};

CHECK_MAIN("api_errors", tests)
