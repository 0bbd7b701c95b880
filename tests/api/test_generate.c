/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every mechanism that generates a secret key by chance: what the key is, how long, and that
 * it can be used; as a session's key in both custodies and on the token.
 */
#include "tests/api/api.h"

#define ANY 0 /* the template has to say how long */

static const struct row {
	CK_MECHANISM_TYPE generate;
	CK_KEY_TYPE type;
	CK_ULONG usual; /* bytes, where the template does not say */
	CK_ULONG other; /* bytes that it may say as well */
	CK_ULONG bad;   /* and those that it may not; ANY: all are good */
} rows[] = {
	{ CKM_AES_KEY_GEN, CKK_AES, ANY, 24, 17 },
	{ CKM_AES_XTS_KEY_GEN, CKK_AES_XTS, ANY, 64, 48 },
	{ CKM_GENERIC_SECRET_KEY_GEN, CKK_GENERIC_SECRET, ANY, 5, ANY },
	{ CKM_HKDF_KEY_GEN, CKK_HKDF, ANY, 40, ANY },
	{ CKM_CHACHA20_KEY_GEN, CKK_CHACHA20, 32, 32, 16 },
	{ CKM_POLY1305_KEY_GEN, CKK_POLY1305, 32, 32, 33 },
	{ CKM_SHA_1_KEY_GEN, CKK_SHA_1_HMAC, 20, 64, ANY },
	{ CKM_SHA224_KEY_GEN, CKK_SHA224_HMAC, 28, 1, ANY },
	{ CKM_SHA256_KEY_GEN, CKK_SHA256_HMAC, 32, 16, ANY },
	{ CKM_SHA384_KEY_GEN, CKK_SHA384_HMAC, 48, 24, ANY },
	{ CKM_SHA512_KEY_GEN, CKK_SHA512_HMAC, 64, 200, ANY },
	{ CKM_SHA512_224_KEY_GEN, CKK_SHA512_224_HMAC, 28, 64, ANY },
	{ CKM_SHA512_256_KEY_GEN, CKK_SHA512_256_HMAC, 32, 64, ANY },
	{ CKM_SHA3_224_KEY_GEN, CKK_SHA3_224_HMAC, 28, 64, ANY },
	{ CKM_SHA3_256_KEY_GEN, CKK_SHA3_256_HMAC, 32, 64, ANY },
	{ CKM_SHA3_384_KEY_GEN, CKK_SHA3_384_HMAC, 48, 64, ANY },
	{ CKM_SHA3_512_KEY_GEN, CKK_SHA3_512_HMAC, 64, 1024, ANY },
	{ CKM_BLAKE2B_160_KEY_GEN, CKK_BLAKE2B_160_HMAC, 20, 64, ANY },
	{ CKM_BLAKE2B_256_KEY_GEN, CKK_BLAKE2B_256_HMAC, 32, 64, ANY },
	{ CKM_BLAKE2B_384_KEY_GEN, CKK_BLAKE2B_384_HMAC, 48, 64, ANY },
	{ CKM_BLAKE2B_512_KEY_GEN, CKK_BLAKE2B_512_HMAC, 64, 300, ANY },
};

enum place { READABLE, SENSITIVE, TOKEN, PLACES };

/* n ANY: without a word about the size */
static CK_RV
generate(CK_SESSION_HANDLE s, const struct row *r, enum place place, CK_ULONG n,
	CK_OBJECT_HANDLE *ret)
{
	const CK_BBOOL token = place == TOKEN, sensitive = place == SENSITIVE,
		       extractable = !sensitive;
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, token),
		ATTR(CKA_SENSITIVE, sensitive), ATTR(CKA_EXTRACTABLE, extractable),
		ATTR(CKA_VALUE_LEN, n) };
	CK_MECHANISM m = { r->generate, NULL, 0 };

	return F->C_GenerateKey(s, &m, template, COUNT(template) - (n == ANY), ret);
}

static void
check_key(CK_SESSION_HANDLE s, const struct row *r, enum place place, CK_ULONG n,
	CK_OBJECT_HANDLE key, unsigned char *value)
{
	CK_KEY_TYPE type = 0;
	CK_MECHANISM_TYPE by = 0;
	CK_ULONG len = 0;
	CK_BBOOL local = CK_FALSE;
	CK_ATTRIBUTE a[] = { ATTR(CKA_KEY_TYPE, type), ATTR(CKA_KEY_GEN_MECHANISM, by),
		ATTR(CKA_LOCAL, local), ATTR(CKA_VALUE_LEN, len) };
	CK_ATTRIBUTE v = { CKA_VALUE, value, 2048 };

	OK(F->C_GetAttributeValue(s, key, a, COUNT(a)));
	ck_assert_uint_eq(type, r->type);
	ck_assert_uint_eq(by, r->generate);
	ck_assert_uint_eq(local, CK_TRUE);
	ck_assert_uint_eq(len, n);
	if (place == SENSITIVE) {
		IS(CKR_ATTRIBUTE_SENSITIVE, F->C_GetAttributeValue(s, key, &v, 1));
		return;
	}
	OK(F->C_GetAttributeValue(s, key, &v, 1));
	ck_assert_uint_eq(v.ulValueLen, n);
}

/* Loop index: row and place. */
START_TEST (keys_are_of_their_type_and_size) {
	const struct row *r = &rows[_i / PLACES];
	const enum place place = (enum place)(_i % PLACES);
	static unsigned char a[2048], b[2048];
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE key;

	IS(r->usual == ANY ? CKR_TEMPLATE_INCOMPLETE : CKR_OK,
		generate(s, r, place, ANY, &key));
	if (r->usual != ANY) {
		check_key(s, r, place, r->usual, key, a);
		OK(F->C_DestroyObject(s, key));
	}
	OK(generate(s, r, place, r->other, &key));
	check_key(s, r, place, r->other, key, a);
	OK(F->C_DestroyObject(s, key));
	OK(generate(s, r, place, r->other, &key));
	check_key(s, r, place, r->other, key, b);
	OK(F->C_DestroyObject(s, key));
	if (place != SENSITIVE && r->other > 4)
		ck_assert_mem_ne(a, b, r->other);
	if (r->bad != ANY)
		IS(CKR_ATTRIBUTE_VALUE_INVALID, generate(s, r, place, r->bad, &key));
	api_stop();
}
END_TEST

/* Loop index: a digest's row, and custody. A key serves its own HMAC and no other. */
START_TEST (hmac_keys_sign_with_their_own_digest) {
	static const CK_MECHANISM_TYPE macs[] = { CKM_SHA256_HMAC, CKM_SHA3_384_HMAC,
		CKM_BLAKE2B_160_HMAC, CKM_SHA512_224_HMAC };
	static const CK_MECHANISM_TYPE generates[] = { CKM_SHA256_KEY_GEN,
		CKM_SHA3_384_KEY_GEN, CKM_BLAKE2B_160_KEY_GEN, CKM_SHA512_224_KEY_GEN };
	const struct row r = { .generate = generates[_i / 2] };
	unsigned char data[20] = { 1 }, mac[64];
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { macs[_i / 2], NULL, 0 },
		     other = { macs[(_i / 2 + 1) % 4], NULL, 0 };
	CK_ULONG n = sizeof mac;
	CK_OBJECT_HANDLE key;

	OK(generate(s, &r, _i % 2 ? READABLE : SENSITIVE, ANY, &key));
	OK(F->C_SignInit(s, &m, key));
	OK(F->C_Sign(s, data, sizeof data, mac, &n));
	OK(F->C_VerifyInit(s, &m, key));
	OK(F->C_Verify(s, data, sizeof data, mac, n));
	data[0] ^= 1;
	OK(F->C_VerifyInit(s, &m, key));
	IS(CKR_SIGNATURE_INVALID, F->C_Verify(s, data, sizeof data, mac, n));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_SignInit(s, &other, key));
	api_stop();
}
END_TEST

/* Loop index: custody. As large as C_GetMechanismInfo says, wherever a key is made. */
START_TEST (largest_secret_is_what_the_mechanism_says) {
	static unsigned char value[1 << 18];
	const struct row r = { .generate = CKM_GENERIC_SECRET_KEY_GEN };
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	const CK_BBOOL token = _i == TOKEN, sensitive = _i == SENSITIVE;
	CK_ATTRIBUTE given[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_TOKEN, token), ATTR(CKA_SENSITIVE, sensitive),
		{ CKA_VALUE, value, 0 } };
	CK_MECHANISM m = { CKM_SHA256_HMAC, NULL, 0 };
	CK_SESSION_HANDLE s = api_start();
	unsigned char mac[32];
	CK_ULONG max, n = sizeof mac;
	CK_OBJECT_HANDLE key;
	CK_MECHANISM_INFO info;

	OK(F->C_GetMechanismInfo(api_slot(), CKM_SHA256_HMAC, &info));
	max = info.ulMaxKeySize; /* bytes */
	OK(F->C_GetMechanismInfo(api_slot(), r.generate, &info));
	ck_assert_uint_eq(info.ulMaxKeySize, 8 * max); /* bits */
	IS(CKR_KEY_SIZE_RANGE, generate(s, &r, (enum place)_i, max + 1, &key));
	OK(generate(s, &r, (enum place)_i, max, &key));
	OK(F->C_SignInit(s, &m, key));
	OK(F->C_Sign(s, value, 1, mac, &n));
	OK(F->C_DestroyObject(s, key));
	given[4].ulValueLen = max;
	OK(F->C_CreateObject(s, given, COUNT(given), &key));
	OK(F->C_DestroyObject(s, key));
	given[4].ulValueLen = max + 1;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_CreateObject(s, given, COUNT(given), &key));
	api_stop();
}
END_TEST

/* What needs a parameter has tests of its own. */
START_TEST (every_generation_is_in_the_table) {
	CK_MECHANISM_TYPE list[512];
	CK_ULONG n = COUNT(list);
	CK_MECHANISM_INFO info;
	size_t seen = 0;

	(void)api_start();
	OK(F->C_GetMechanismList(api_slot(), list, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		size_t k = 0;

		OK(F->C_GetMechanismInfo(api_slot(), list[i], &info));
		if ((info.flags & CKF_GENERATE) == 0 || list[i] == CKM_PKCS5_PBKD2)
			continue;
		while (k < COUNT(rows) && rows[k].generate != list[i])
			k++;
		ck_assert_msg(k < COUNT(rows), "0x%lx", list[i]);
		seen++;
	}
	ck_assert_uint_eq(seen, COUNT(rows));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &keys_are_of_their_type_and_size, PLACES *COUNT(rows) },
	{ &hmac_keys_sign_with_their_own_digest, 8 },
	{ &largest_secret_is_what_the_mechanism_says, PLACES },
	{ &every_generation_is_in_the_table, 0 },
};

CHECK_MAIN("api_generate", tests)
