/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: what every token has, and what depends on its objects (PKCS #11 Profiles 3.2). */
#include "tests/api/objects.h"

#include <openssl/core_names.h>
#include <openssl/x509.h>
#include <time.h>

static const CK_OBJECT_CLASS PROFILE = CKO_PROFILE, CERTIFICATE = CKO_CERTIFICATE;

START_TEST (profiles_are_found_by_anybody_and_changed_by_nobody) {
	static const CK_PROFILE_ID expected[] = { CKP_BASELINE_PROVIDER,
		CKP_EXTENDED_PROVIDER, CKP_AUTHENTICATION_TOKEN,
		CKP_PUBLIC_CERTIFICATES_TOKEN, CKP_HKDF_TLS_TOKEN };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE f[8], again[8], o;
	CK_ATTRIBUTE class = ATTR(CKA_CLASS, PROFILE), label = LABEL("mine");
	CK_ATTRIBUTE id = ATTR(CKA_PROFILE_ID, expected[1]);

	OK(F->C_Logout(s));
	ck_assert_uint_eq(find(s, &class, 1, f, 8), COUNT(expected));
	ck_assert_uint_eq(find(s, &class, 1, again, 8), COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		ck_assert_uint_eq(f[i], again[i]);
		ck_assert_uint_eq(get_ulong(s, f[i], CKA_PROFILE_ID), expected[i]);
		ck_assert(get_bool(s, f[i], CKA_TOKEN) == CK_TRUE);
		ck_assert(get_bool(s, f[i], CKA_PRIVATE) == CK_FALSE);
		ck_assert(get_bool(s, f[i], CKA_MODIFIABLE) == CK_FALSE);
		IS(CKR_ACTION_PROHIBITED, F->C_SetAttributeValue(s, f[i], &label, 1));
		IS(CKR_ACTION_PROHIBITED, F->C_CopyObject(s, f[i], &label, 1, &o));
		IS(CKR_ACTION_PROHIBITED, F->C_DestroyObject(s, f[i]));
	}
	ck_assert_uint_eq(find(s, &id, 1, again, 8), 1);
	ck_assert_uint_eq(again[0], f[1]);
	api_stop();
}
END_TEST

/* --- Public certificates ------------------------------------------------------------- */

/* It is told with the next news of the token: not at once. */
static void
expect_public(CK_SESSION_HANDLE s, CK_ULONG expected)
{
	const CK_PROFILE_ID wanted = CKP_PUBLIC_CERTIFICATES_TOKEN;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, PROFILE),
		ATTR(CKA_PROFILE_ID, wanted) };
	const struct timespec moment = { 0, 10000000 };
	CK_OBJECT_HANDLE o;
	CK_ULONG n = find(s, template, 2, &o, 1);

	for (int i = 0; n != expected && i < 3000; i++) {
		(void)nanosleep(&moment, NULL);
		n = find(s, template, 2, &o, 1);
	}
	ck_assert_uint_eq(n, expected);
}

static size_t
public_info(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, unsigned char *to, size_t room)
{
	CK_ATTRIBUTE a = { CKA_PUBLIC_KEY_INFO, to, room };

	OK(F->C_GetAttributeValue(s, key, &a, 1));
	return a.ulValueLen;
}

/* Of that key, or of another one; compressed: its point is written in the other form. By whom
 * it is signed does not matter. */
static size_t
certificate_der(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE of, int compressed,
	unsigned char *to, size_t room)
{
	EVP_PKEY *signer = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), *key = NULL;
	X509 *cert = X509_new();
	unsigned char info[1024];
	const unsigned char *p = info;
	int n;

	ck_assert(signer != NULL && cert != NULL);
	if (of != 0)
		key = d2i_PUBKEY(NULL, &p, (long)public_info(s, of, info, sizeof info));
	if (compressed)
		ck_assert_int_eq(
			EVP_PKEY_set_utf8_string_param(key,
				OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"),
			1);
	ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(cert), 4711), 1);
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notBefore(cert), 0));
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
	ck_assert_int_eq(X509_set_pubkey(cert, key != NULL ? key : signer), 1);
	ck_assert_int_gt(X509_sign(cert, signer, EVP_sha256()), 0);
	n = i2d_X509(cert, NULL);
	ck_assert(n > 0 && (size_t)n <= room);
	(void)i2d_X509(cert, &to);
	X509_free(cert);
	EVP_PKEY_free(key);
	EVP_PKEY_free(signer);
	return (size_t)n;
}

static CK_OBJECT_HANDLE
certificate(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE of, const char *id, CK_BBOOL private,
	int compressed)
{
	const CK_CERTIFICATE_TYPE x509 = CKC_X_509;
	unsigned char der[2048];
	const size_t n = certificate_der(s, of, compressed, der, sizeof der);
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, CERTIFICATE), ATTR(CKA_TOKEN, YES),
		ATTR(CKA_CERTIFICATE_TYPE, x509), ATTR(CKA_PRIVATE, private),
		{ CKA_ID, (void *)(uintptr_t)id, strlen(id) },
		{ CKA_SUBJECT, (void *)(uintptr_t) "subject", 7 },
		{ CKA_VALUE, der, n } };
	CK_OBJECT_HANDLE o = 0;

	OK(F->C_CreateObject(s, template, COUNT(template), &o));
	return o;
}

static void
pair_make(CK_SESSION_HANDLE s, const char *id, CK_OBJECT_HANDLE *public,
	CK_OBJECT_HANDLE *private)
{
	static unsigned char p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_MECHANISM m = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE of_public[] = { ATTR(CKA_TOKEN, YES),
		{ CKA_ID, (void *)(uintptr_t)id, strlen(id) },
		{ CKA_EC_PARAMS, p256, sizeof p256 } };
	CK_ATTRIBUTE of_private[] = { ATTR(CKA_TOKEN, YES),
		{ CKA_ID, (void *)(uintptr_t)id, strlen(id) } };

	OK(F->C_GenerateKeyPair(s, &m, of_public, 3, of_private, 2, public, private));
}

static void
set(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type, const void *value,
	CK_ULONG n)
{
	CK_ATTRIBUTE a = { type, (void *)(uintptr_t)value, n };

	OK(F->C_SetAttributeValue(s, o, &a, 1));
}

START_TEST (certificates_of_nobodys_have_to_be_public) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE shown = certificate(s, 0, "a", CK_FALSE, 0), hidden;

	expect_public(s, 1);
	hidden = certificate(s, 0, "b", CK_TRUE, 0);
	expect_public(s, 0);
	/* not for who cannot see it either */
	OK(F->C_Logout(s));
	expect_public(s, 0);
	OK(api_login(s, CKU_USER));
	ck_assert_uint_eq(
		count(s, (CK_ATTRIBUTE[]){ ATTR(CKA_CLASS, CERTIFICATE) }, 1), 2);
	hidden = 0;
	OK(F->C_FindObjectsInit(s,
		(CK_ATTRIBUTE[]){ ATTR(CKA_CLASS, CERTIFICATE), ATTR(CKA_PRIVATE, YES) },
		2));
	OK(F->C_FindObjects(s, &hidden, 1, (CK_ULONG[]){ 0 }));
	OK(F->C_FindObjectsFinal(s));
	OK(F->C_DestroyObject(s, hidden));
	expect_public(s, 1);
	OK(F->C_DestroyObject(s, shown));
	api_stop();
}
END_TEST

/* _i: the certificate's point is written as the key's, or compressed. */
START_TEST (certificates_are_found_by_the_ids_of_their_keys) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE public, private, cert;

	pair_make(s, "one", &public, &private);
	expect_public(s, 1);
	cert = certificate(s, private, "two", CK_FALSE, _i);
	expect_public(s, 0);
	set(s, cert, CKA_ID, "one", 3);
	expect_public(s, 1);
	/* the private key's alone */
	set(s, private, CKA_ID, "two", 3);
	expect_public(s, 0);
	set(s, private, CKA_ID, "one", 3);
	expect_public(s, 1);
	/* nobody finds a key without a login then */
	OK(F->C_DestroyObject(s, public));
	expect_public(s, 0);
	OK(F->C_DestroyObject(s, private));
	expect_public(s, 1);
	OK(F->C_DestroyObject(s, cert));
	api_stop();
}
END_TEST

START_TEST (keys_of_nobody_knows_whom_count) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE public, private;
	unsigned char info[1024];
	size_t n;

	pair_make(s, "one", &public, &private);
	n = public_info(s, private, info, sizeof info);
	set(s, private, CKA_PUBLIC_KEY_INFO, NULL, 0);
	expect_public(s, 0);
	set(s, private, CKA_PUBLIC_KEY_INFO, info, n);
	expect_public(s, 1);
	set(s, private, CKA_PUBLIC_KEY_INFO, NULL, 0);
	expect_public(s, 0);
	OK(F->C_DestroyObject(s, private));
	expect_public(s, 1);
	OK(F->C_DestroyObject(s, public));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &profiles_are_found_by_anybody_and_changed_by_nobody, 0 },
	{ &certificates_of_nobodys_have_to_be_public, 0 },
	{ &certificates_are_found_by_the_ids_of_their_keys, 2 },
	{ &keys_of_nobody_knows_whom_count, 0 },
};

CHECK_MAIN("api_profiles", tests)
