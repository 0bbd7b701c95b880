/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanisms for old data, where the daemons offer them: Triple DES, DSA, short Diffie-Hellman.
 * Known answers of Triple DES are in test_vectors.c. */
#include "tests/api/ffc.h"

START_TEST (keys_have_parity_or_are_none) {
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const CK_KEY_TYPE type = CKK_DES3;
	const CK_BBOOL token = _i;
	CK_MECHANISM generate = { CKM_DES3_KEY_GEN, NULL, 0 };
	unsigned char value[24];
	CK_SESSION_HANDLE s = api_start();
	CK_ULONG len = 24;
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, token), ATTR(CKA_SENSITIVE, NO),
		ATTR(CKA_EXTRACTABLE, YES), ATTR(CKA_VALUE_LEN, len) };
	CK_ATTRIBUTE given[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_TOKEN, token), ATTR(CKA_VALUE, value) };
	CK_ATTRIBUTE a = ATTR(CKA_VALUE, value);
	CK_OBJECT_HANDLE k;

	OK(F->C_GenerateKey(s, &generate, template, 3, &k));
	OK(F->C_GetAttributeValue(s, k, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, sizeof value);
	for (size_t i = 0; i < sizeof value; i++)
		ck_assert_int_eq(__builtin_popcount(value[i]) % 2, 1);
	OK(F->C_DestroyObject(s, k));
	/* the type has no such attribute */
	IS(CKR_TEMPLATE_INCONSISTENT, F->C_GenerateKey(s, &generate, template, 4, &k));
	OK(F->C_CreateObject(s, given, COUNT(given), &k));
	OK(F->C_DestroyObject(s, k));
	value[23] ^= 1;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_CreateObject(s, given, COUNT(given), &k));
	value[23] ^= 1;
	given[3].ulValueLen = 16;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_CreateObject(s, given, COUNT(given), &k));
	api_stop();
}
END_TEST

START_TEST (they_are_listed) {
	CK_MECHANISM_TYPE list[512];
	CK_ULONG n = COUNT(list), seen = 0;
	CK_MECHANISM_INFO info;

	(void)api_start();
	OK(F->C_GetMechanismList(api_slot(), list, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		if (list[i] < CKM_DES3_KEY_GEN || list[i] > CKM_DES3_CMAC)
			continue;
		OK(F->C_GetMechanismInfo(api_slot(), list[i], &info));
		seen++;
	}
	ck_assert_uint_eq(seen, 6);
	api_stop();
}
END_TEST

/* --- DSA, Diffie-Hellman -------------------------------------------------------------- */

static CK_BYTE data[] = "what is to be signed";

static void
sign_and_verify(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE pub,
	CK_OBJECT_HANDLE prv, CK_ULONG in, CK_ULONG size)
{
	CK_BYTE sig[64];
	CK_ULONG len = 0;

	OK(F->C_SignInit(s, m, prv));
	OK(F->C_Sign(s, data, in, NULL, &len));
	ck_assert_uint_eq(len, size);
	len--;
	IS(CKR_BUFFER_TOO_SMALL, F->C_Sign(s, data, in, sig, &len));
	ck_assert_uint_eq(len, size);
	OK(F->C_Sign(s, data, in, sig, &len));
	OK(F->C_VerifyInit(s, m, pub));
	OK(F->C_Verify(s, data, in, sig, len));
	if (m->mechanism != CKM_DSA) {
		OK(F->C_SignInit(s, m, prv));
		OK(F->C_SignUpdate(s, data, 7));
		OK(F->C_SignUpdate(s, data + 7, in - 7));
		OK(F->C_SignFinal(s, sig, &len));
		OK(F->C_VerifyInit(s, m, pub));
		OK(F->C_Verify(s, data, in, sig, len));
	}
	sig[len / 2] ^= 1;
	OK(F->C_VerifyInit(s, m, pub));
	IS(CKR_SIGNATURE_INVALID, F->C_Verify(s, data, in, sig, len));
}

static struct ffc_domain
dsa_domain(size_t i)
{
	const struct dsa_vector *v = &dsa_vectors[i];

	return (struct ffc_domain){ CKK_DSA, CKM_DSA_KEY_PAIR_GEN, v->p, v->q, v->g };
}

/* Loop index: domains, of session and token keys. */
START_TEST (dsa_pairs_sign) {
	const struct ffc_domain d = dsa_domain(3 + (size_t)_i / 2);
	const CK_BBOOL token = _i % 2 != 0;
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	CK_BYTE sig[64];
	CK_ULONG n = sizeof sig;
	CK_MECHANISM m = { CKM_DSA, NULL, 0 };

	OK(ffc_generate(s, &d, token, &pub, &prv));
	sign_and_verify(s, &m, pub, prv, 20, strlen(d.q));
	OK(F->C_SignInit(s, &m, prv));
	IS(CKR_DATA_LEN_RANGE, F->C_Sign(s, data, 21, sig, &n));
	for (m.mechanism = CKM_DSA_SHA1; m.mechanism <= CKM_DSA_SHA3_512; m.mechanism++)
		if (m.mechanism != CKM_ML_KEM) /* between them */
			sign_and_verify(s, &m, pub, prv, sizeof data, strlen(d.q));
	OK(F->C_DestroyObject(s, pub));
	OK(F->C_DestroyObject(s, prv));
	api_stop();
}
END_TEST

/* What is as old as this signs, but nothing new of it is made. */
START_TEST (short_dsa_keys_sign) {
	const struct ffc_domain d = dsa_domain(0);
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { CKM_DSA_SHA1, NULL, 0 };
	CK_OBJECT_HANDLE pub, prv;
	CK_BYTE sig[64];
	CK_ULONG n = sizeof sig;

	IS(CKR_KEY_SIZE_RANGE, ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	OK(ffc_import(s, &d, CKO_PRIVATE_KEY, "01", CK_FALSE, &prv));
	/* the base to the first power */
	OK(ffc_import(s, &d, CKO_PUBLIC_KEY, d.g, CK_FALSE, &pub));
	OK(F->C_SignInit(s, &m, prv));
	OK(F->C_Sign(s, data, sizeof data, sig, &n));
	ck_assert_uint_eq(n, 40);
	OK(F->C_VerifyInit(s, &m, pub));
	OK(F->C_Verify(s, data, sizeof data, sig, n));
	api_stop();
}
END_TEST

START_TEST (short_primes_agree) {
	const struct dh_vector *v = &dh_vectors[(size_t)_i / 2];
	const struct ffc_domain d = { _i % 2 == 0 ? CKK_DH : CKK_X9_42_DH, 0, v->p,
		_i % 2 == 0 ? NULL : v->q, v->g };
	CK_SESSION_HANDLE s = api_start();
	unsigned char want[NUMBER_MAX], got[NUMBER_MAX];
	const CK_ULONG n = api_unhex(v->z, want);
	CK_OBJECT_HANDLE prv, key;
	struct ffc_agreement a;

	OK(ffc_import(s, &d, CKO_PRIVATE_KEY, v->x, CK_FALSE, &prv));
	(void)ffc_agreement(&a, &d, api_unhex(v->other, a.other));
	OK(ffc_derive(s, &a.m, prv, 0, &key));
	ck_assert_uint_eq(ffc_read(s, key, CKA_VALUE, got), n);
	ck_assert_mem_eq(got, want, n);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &dsa_pairs_sign, 2 * (COUNT(dsa_vectors) - 3) },
	{ &short_dsa_keys_sign, 0 },
	{ &short_primes_agree, 2 * COUNT(dh_vectors) },
	{ &keys_have_parity_or_are_none, 2 },
	{ &they_are_listed, 0 },
};

CHECK_MAIN("api_legacy", tests)
