/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanisms for old data, where keyringd offers them: Triple DES. */
#include "tests/api/api.h"
#include "tests/unit/crypto/vectors.h"

#define ROOM 64u

static CK_MECHANISM
mechanism(const struct mode_vector *v, unsigned char *iv, CK_MAC_GENERAL_PARAMS *length)
{
	const CK_ULONG n = api_unhex(v->iv, iv);

	*length = v->tag;
	if (v->mechanism == CKM_DES3_CMAC_GENERAL)
		return (CK_MECHANISM){ v->mechanism, length, sizeof *length };
	return (CK_MECHANISM){ v->mechanism, n != 0 ? iv : NULL, n };
}

static int
is_des3(const struct mode_vector *v)
{
	return v->mechanism >= CKM_DES3_KEY_GEN && v->mechanism <= CKM_DES3_CMAC;
}

/* Loop index: custody. */
START_TEST (triple_des_gives_the_known_answers) {
	CK_SESSION_HANDLE s = api_start();
	unsigned seen = 0;

	for (size_t i = 0; i < COUNT(mode_vectors) + COUNT(mac_vectors); i++) {
		const int mac = i >= COUNT(mode_vectors);
		const struct mode_vector *v =
			mac ? &mac_vectors[i - COUNT(mode_vectors)] : &mode_vectors[i];
		unsigned char key[24], iv[8], in[ROOM], want[ROOM], out[ROOM];
		CK_MAC_GENERAL_PARAMS length;
		CK_ULONG n = ROOM, in_n, want_n;
		CK_OBJECT_HANDLE k;
		CK_MECHANISM m;

		if (!is_des3(v))
			continue;
		seen++;
		m = mechanism(v, iv, &length);
		(void)api_unhex(v->key, key);
		/* whatever its source says, the key that a token holds has parity */
		for (size_t b = 0; b < sizeof key; b++)
			if (__builtin_popcount(key[b]) % 2 == 0)
				key[b] ^= 1;
		k = api_key(s, CKK_DES3, key, sizeof key, _i);
		in_n = api_unhex(v->plain, in);
		want_n = api_unhex(v->sealed, want);
		if (mac) {
			OK(F->C_SignInit(s, &m, k));
			OK(F->C_Sign(s, in, in_n, out, &n));
		} else {
			OK(F->C_EncryptInit(s, &m, k));
			OK(F->C_Encrypt(s, in, in_n, out, &n));
		}
		ck_assert_uint_eq(n, want_n);
		ck_assert_mem_eq(out, want, n);
		if (mac)
			continue;
		n = ROOM;
		OK(F->C_DecryptInit(s, &m, k));
		OK(F->C_Decrypt(s, want, want_n, out, &n));
		ck_assert_uint_eq(n, in_n);
		ck_assert_mem_eq(out, in, n);
	}
	ck_assert_uint_eq(seen, 6);
	api_stop();
}
END_TEST

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

static const struct check_test tests[] = {
	{ &triple_des_gives_the_known_answers, 2 },
	{ &keys_have_parity_or_are_none, 2 },
	{ &they_are_listed, 0 },
};

CHECK_MAIN("api_legacy", tests)
