/* SPDX-License-Identifier: Apache-2.0 */
/* Which custody a session key gets, and what follows from it: nobody reads it, and it
 * works like any other. */
#include "tests/api/kernel.h"

#include <pthread.h>

static CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
static const unsigned char value[32] = "0123456789abcdefghijklmnopqrstuv";

/* --- The choice ----------------------------------------------------------------- */

enum needs { NEEDS_NOTHING, NEEDS_CBC, NEEDS_HMAC, NEEDS_ALL, NEEDS_NEVER };

static int
kernel_has(enum needs needs)
{
	if (needs == NEEDS_CBC)
		return kernel_takes("skcipher", "cbc(aes)");
	if (needs == NEEDS_HMAC)
		return kernel_takes("hash", "hmac(sha256)");
	return needs == NEEDS_ALL && kernel_takes_aes();
}

static const struct choice {
	CK_BBOOL sensitive, extractable, derive, encrypt, sign;
	CK_MECHANISM_TYPE allowed; /* 0: no list */
	enum needs needs;
} choices[] = {
	/* readable: process, whatever else */
	{ CK_FALSE, CK_TRUE, CK_FALSE, CK_TRUE, CK_FALSE, 0, NEEDS_NOTHING },
	{ CK_FALSE, CK_TRUE, CK_TRUE, CK_TRUE, CK_TRUE, CKM_AES_CBC, NEEDS_NOTHING },
	/* the kernel, where it can do all that is permitted */
	{ CK_TRUE, CK_FALSE, CK_FALSE, CK_TRUE, CK_FALSE, CKM_AES_CBC, NEEDS_CBC },
	{ CK_FALSE, CK_FALSE, CK_FALSE, CK_TRUE, CK_FALSE, CKM_AES_CBC, NEEDS_CBC },
	{ CK_TRUE, CK_FALSE, CK_FALSE, CK_TRUE, CK_TRUE, CKM_AES_CBC, NEEDS_CBC },
	{ CK_TRUE, CK_FALSE, CK_FALSE, CK_TRUE, CK_TRUE, 0, NEEDS_ALL },
	/* what may leave, or be derived from, has to be with who can do that */
	{ CK_TRUE, CK_TRUE, CK_FALSE, CK_TRUE, CK_FALSE, CKM_AES_CBC, NEEDS_NEVER },
	{ CK_TRUE, CK_FALSE, CK_TRUE, CK_TRUE, CK_FALSE, CKM_AES_CBC, NEEDS_NEVER },
	/* good for nothing, or for nothing yet */
	{ CK_TRUE, CK_FALSE, CK_FALSE, CK_FALSE, CK_FALSE, 0, NEEDS_NEVER },
	{ CK_TRUE, CK_FALSE, CK_FALSE, CK_TRUE, CK_FALSE, CKM_SHA256_HMAC, NEEDS_NEVER },
};

static CK_OBJECT_HANDLE
make(CK_SESSION_HANDLE s, const struct choice *c, int import)
{
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const CK_KEY_TYPE aes = CKK_AES;
	const CK_ULONG size = 32;
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_OBJECT_HANDLE key = 0;
	CK_ATTRIBUTE t[12] = { ATTR(CKA_SENSITIVE, c->sensitive),
		ATTR(CKA_EXTRACTABLE, c->extractable), ATTR(CKA_DERIVE, c->derive),
		ATTR(CKA_ENCRYPT, c->encrypt), ATTR(CKA_DECRYPT, c->encrypt),
		ATTR(CKA_SIGN, c->sign), ATTR(CKA_VERIFY, c->sign) };
	CK_ULONG n = 7;

	if (c->allowed != 0)
		t[n++] = (CK_ATTRIBUTE)ATTR(CKA_ALLOWED_MECHANISMS, c->allowed);
	if (import) {
		t[n++] = (CK_ATTRIBUTE)ATTR(CKA_CLASS, class);
		t[n++] = (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes);
		t[n++] = (CK_ATTRIBUTE)ATTR(CKA_VALUE, value);
		OK(F->C_CreateObject(s, t, n, &key));
	} else {
		t[n++] = (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, size);
		OK(F->C_GenerateKey(s, &gen, t, n, &key));
	}
	return key;
}

START_TEST (custody_follows_from_what_the_key_may_be_used_for) {
	const struct choice *c = &choices[_i / 2];
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE key = make(s, c, _i % 2);
	const CK_ULONG expected = c->needs == NEEDS_NOTHING
					  ? CK_KT_CUSTODY_PROCESS
					  : kernel_custody(kernel_has(c->needs));

	ck_assert_msg(api_custody(s, key) == expected, "row %d: %lu, not %lu", _i / 2,
		api_custody(s, key), expected);
	api_stop();
}
END_TEST

START_TEST (hmac_key_is_with_the_kernel_where_that_has_its_hash) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE key = api_key(s, CKK_SHA256_HMAC, value, sizeof value, 0);

	ck_assert_uint_eq(api_custody(s, key), kernel_custody(kernel_has(NEEDS_HMAC)));
	api_stop();
}
END_TEST

/* --- What follows ------------------------------------------------------------------ */

/* Encrypts, decrypts, signs and verifies by all mechanisms. */
static CK_OBJECT_HANDLE
sensitive_key(CK_SESSION_HANDLE s)
{
	return api_key(s, CKK_AES, value, sizeof value, 0);
}

static CK_RV
encrypt_block(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, unsigned char out[16])
{
	unsigned char block[16] = "sixteen letters";
	CK_ULONG n = 16;
	CK_RV rv = F->C_EncryptInit(s, &ecb, key);

	return rv == CKR_OK ? F->C_Encrypt(s, block, 16, out, &n) : rv;
}

START_TEST (value_cannot_be_read_and_check_value_can) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE key = sensitive_key(s),
			       readable = api_key(s, CKK_AES, value, sizeof value, 1);
	CK_OBJECT_HANDLE all[] = { key, 0 };
	unsigned char got[64] = { 0 }, kcv[3] = { 0 }, expected[3] = { 0 };
	CK_ATTRIBUTE check = ATTR(CKA_CHECK_VALUE, expected);
	CK_ATTRIBUTE a = ATTR(CKA_VALUE, got), open = ATTR(CKA_SENSITIVE, NO);

	OK(F->C_CopyObject(s, key, NULL, 0, &all[1]));
	OK(F->C_GetAttributeValue(s, readable, &check, 1));
	for (size_t i = 0; i < COUNT(all); i++) {
		a.ulValueLen = sizeof got;
		IS(CKR_ATTRIBUTE_SENSITIVE, F->C_GetAttributeValue(s, all[i], &a, 1));
		ck_assert_uint_eq(a.ulValueLen, CK_UNAVAILABLE_INFORMATION);
		check.pValue = kcv;
		check.ulValueLen = sizeof kcv;
		OK(F->C_GetAttributeValue(s, all[i], &check, 1));
		ck_assert_mem_eq(kcv, expected, sizeof kcv);
		ck_assert_uint_ne(F->C_SetAttributeValue(s, all[i], &open, 1), CKR_OK);
	}
	for (size_t i = 0; i < sizeof got; i++)
		ck_assert_uint_eq(got[i], 0);
	api_stop();
}
END_TEST

START_TEST (sensitive_key_is_not_digested_nor_moved_away) {
	const CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM sha = { CKM_SHA256, NULL, 0 };
	const CK_OBJECT_HANDLE key = sensitive_key(s);
	const CK_ULONG custody = api_custody(s, key);
	CK_ATTRIBUTE token = ATTR(CKA_TOKEN, YES), derive = ATTR(CKA_DERIVE, YES);
	CK_OBJECT_HANDLE copy = 0;

	OK(F->C_DigestInit(s, &sha));
	if (custody == CK_KT_CUSTODY_PROCESS) {
		OK(F->C_DigestKey(s, key));
		OK(F->C_CopyObject(s, key, &token, 1, &copy));
		OK(F->C_DestroyObject(s, copy));
	} else {
		IS(CKR_KEY_INDIGESTIBLE, F->C_DigestKey(s, key));
		IS(CKR_ACTION_PROHIBITED, F->C_CopyObject(s, key, &token, 1, &copy));
	}
	if (custody == CK_KT_CUSTODY_KERNEL) {
		IS(CKR_ACTION_PROHIBITED, F->C_CopyObject(s, key, &derive, 1, &copy));
		IS(CKR_ACTION_PROHIBITED, F->C_SetAttributeValue(s, key, &derive, 1));
	} else {
		OK(F->C_SetAttributeValue(s, key, &derive, 1));
	}
	OK(encrypt_block(s, key, (unsigned char[16]){ 0 }));
	api_stop();
}
END_TEST

START_TEST (copy_outlives_the_key_it_was_made_of) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE key = sensitive_key(s);
	unsigned char first[16], second[16];
	CK_OBJECT_HANDLE copy = 0;

	OK(F->C_CopyObject(s, key, NULL, 0, &copy));
	ck_assert_uint_eq(api_custody(s, copy), api_custody(s, key));
	for (int i = 0; i < 3; i++)
		OK(encrypt_block(s, key, first));
	OK(F->C_DestroyObject(s, key));
	IS(CKR_KEY_HANDLE_INVALID, encrypt_block(s, key, first));
	for (int i = 0; i < 3; i++)
		OK(encrypt_block(s, copy, second));
	ck_assert_mem_eq(first, second, 16);
	OK(F->C_DestroyObject(s, copy));
	IS(CKR_KEY_HANDLE_INVALID, encrypt_block(s, copy, second));
	api_stop();
}
END_TEST

START_TEST (readable_key_becomes_a_sensitive_copy) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE key = api_key(s, CKK_AES, value, sizeof value, 1);
	CK_ATTRIBUTE stricter[] = { ATTR(CKA_SENSITIVE, YES), ATTR(CKA_EXTRACTABLE, NO) };
	unsigned char first[16], second[16], got[32];
	CK_ATTRIBUTE a = ATTR(CKA_VALUE, got);
	CK_OBJECT_HANDLE copy = 0;

	OK(F->C_CopyObject(s, key, stricter, 2, &copy));
	ck_assert_uint_eq(api_custody(s, copy), kernel_custody(kernel_takes_aes()));
	IS(CKR_ATTRIBUTE_SENSITIVE, F->C_GetAttributeValue(s, copy, &a, 1));
	OK(encrypt_block(s, key, first));
	for (int i = 0; i < 3; i++)
		OK(encrypt_block(s, copy, second));
	ck_assert_mem_eq(first, second, 16);
	api_stop();
}
END_TEST

/* --- Whatever the custody: the same results ---------------------------------------- */

static CK_AES_CTR_PARAMS ctr = { 32, "counter at start" };
static CK_GCM_PARAMS gcm = { (CK_BYTE *)"twelve bytes", 12, 96, (CK_BYTE *)"more", 4,
	128 };
static CK_GCM_PARAMS long_iv = { (CK_BYTE *)"an IV that is longer", 20, 160, NULL, 0,
	96 };
static CK_MECHANISM mechanisms[] = {
	{ CKM_AES_ECB, NULL, 0 },
	{ CKM_AES_CBC, (void *)(uintptr_t) "initialise these", 16 },
	{ CKM_AES_CBC_PAD, (void *)(uintptr_t) "initialise these", 16 },
	{ CKM_AES_CTR, &ctr, sizeof ctr },
	{ CKM_AES_GCM, &gcm, sizeof gcm },
	{ CKM_AES_GCM, &long_iv, sizeof long_iv },
};
/* The first operation with a broker key is keyringd's, later ones may be run here. */
#define TURNS 4

static CK_ULONG
encrypt_in_parts(CK_SESSION_HANDLE s, const unsigned char *in, CK_ULONG n, CK_ULONG first,
	unsigned char *out, CK_ULONG room)
{
	CK_ULONG a = room, b, c;

	OK(F->C_EncryptUpdate(s, (CK_BYTE_PTR)(uintptr_t)in, first, out, &a));
	b = room - a;
	OK(F->C_EncryptUpdate(
		s, (CK_BYTE_PTR)(uintptr_t)in + first, n - first, out + a, &b));
	c = room - a - b;
	OK(F->C_EncryptFinal(s, out + a + b, &c));
	return a + b + c;
}

START_TEST (every_custody_computes_the_same) {
	static const CK_ULONG sizes[] = { 16, 32, 4096, 70000 / 16 * 16, 1u << 20 };
	static unsigned char in[(1u << 20) + 32], out[(1u << 20) + 64],
		expected[(1u << 20) + 64];
	CK_MECHANISM *m = &mechanisms[_i];
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE key = sensitive_key(s),
			       readable = api_key(s, CKK_AES, value, sizeof value, 1);

	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (unsigned char)(i * 31 + i / 255);
	for (size_t i = 0; i < COUNT(sizes) * TURNS; i++) {
		CK_ULONG n = sizes[i / TURNS], k = sizeof expected, query = 0, len;

		OK(F->C_EncryptInit(s, m, readable));
		OK(F->C_Encrypt(s, in, n, expected, &k));
		OK(F->C_EncryptInit(s, m, key));
		OK(F->C_Encrypt(s, in, n, NULL, &query));
		ck_assert_uint_eq(query, k);
		len = k - 1;
		IS(CKR_BUFFER_TOO_SMALL, F->C_Encrypt(s, in, n, out, &len));
		ck_assert_uint_eq(len, k);
		OK(F->C_Encrypt(s, in, n, out, &len));
		ck_assert_uint_eq(len, k);
		ck_assert_mem_eq(out, expected, k);
		OK(F->C_EncryptInit(s, m, key));
		len = encrypt_in_parts(s, in, n, 7, out, sizeof out);
		ck_assert_uint_eq(len, k);
		ck_assert_mem_eq(out, expected, k);
		OK(F->C_DecryptInit(s, m, key));
		len = sizeof out;
		OK(F->C_Decrypt(s, expected, k, out, &len));
		ck_assert_uint_eq(len, n);
		ck_assert_mem_eq(out, in, n);
	}
	api_stop();
}
END_TEST

START_TEST (bad_tag_is_refused_and_yields_nothing) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE key = sensitive_key(s);
	CK_MECHANISM m = { CKM_AES_GCM, &gcm, sizeof gcm };

	for (int i = 0; i < TURNS; i++) {
		unsigned char in[48] = "text", sealed[64], out[64] = { 0 };
		CK_ULONG n = sizeof sealed, k = sizeof out;

		OK(F->C_EncryptInit(s, &m, key));
		OK(F->C_Encrypt(s, in, 48, sealed, &n));
		sealed[n - 1] ^= 1;
		OK(F->C_DecryptInit(s, &m, key));
		IS(CKR_ENCRYPTED_DATA_INVALID, F->C_Decrypt(s, sealed, n, out, &k));
		for (size_t j = 0; j < sizeof out; j++)
			ck_assert_uint_eq(out[j], 0);
		sealed[n - 1] ^= 1;
		OK(F->C_DecryptInit(s, &m, key));
		k = sizeof out;
		OK(F->C_Decrypt(s, sealed, n, out, &k));
		ck_assert_mem_eq(out, in, 48);
	}
	api_stop();
}
END_TEST

START_TEST (mac_is_the_same_and_is_verified) {
	const CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
	const CK_OBJECT_HANDLE keys[] = { api_key(s, CKK_SHA256_HMAC, value, sizeof value,
						  1),
		api_key(s, CKK_SHA256_HMAC, value, sizeof value, 0) };
	unsigned char data[1000] = "to be signed", mac[2][32];

	for (int i = 0; i < TURNS; i++) {
		for (size_t k = 0; k < COUNT(keys); k++) {
			CK_ULONG n = 32;

			OK(F->C_SignInit(s, &hmac, keys[k]));
			OK(F->C_SignUpdate(s, data, 300));
			OK(F->C_SignUpdate(s, data + 300, sizeof data - 300));
			OK(F->C_SignFinal(s, mac[k], &n));
			ck_assert_uint_eq(n, 32);
			OK(F->C_VerifyInit(s, &hmac, keys[k]));
			OK(F->C_Verify(s, data, sizeof data, mac[k], 32));
			mac[k][31] ^= 1;
			OK(F->C_VerifyInit(s, &hmac, keys[k]));
			IS(CKR_SIGNATURE_INVALID,
				F->C_Verify(s, data, sizeof data, mac[k], 32));
			mac[k][31] ^= 1;
		}
		ck_assert_mem_eq(mac[0], mac[1], 32);
	}
	api_stop();
}
END_TEST

/* --- Threads ------------------------------------------------------------------------ */

static CK_OBJECT_HANDLE shared_key;
static unsigned char shared_result[16];
static CK_SLOT_ID slot;

static void *
use_shared(void *arg)
{
	CK_SESSION_HANDLE s;

	if (F->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s) != CKR_OK)
		return arg;
	for (int i = 0; i < 500; i++) {
		unsigned char out[16] = { 0 };

		if (encrypt_block(s, shared_key, out) != CKR_OK ||
			memcmp(out, shared_result, 16) != 0)
			return arg;
	}
	return F->C_CloseSession(s) == CKR_OK ? NULL : arg;
}

START_TEST (eight_threads_use_one_key) {
	const CK_SESSION_HANDLE s = api_start();
	pthread_t threads[8];
	void *failed;

	slot = api_slot();
	shared_key = sensitive_key(s);
	OK(encrypt_block(s, shared_key, shared_result));
	for (size_t i = 0; i < COUNT(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use_shared, &slot), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &custody_follows_from_what_the_key_may_be_used_for, 2 * (int)COUNT(choices) },
	{ &hmac_key_is_with_the_kernel_where_that_has_its_hash, 0 },
	{ &value_cannot_be_read_and_check_value_can, 0 },
	{ &sensitive_key_is_not_digested_nor_moved_away, 0 },
	{ &copy_outlives_the_key_it_was_made_of, 0 },
	{ &readable_key_becomes_a_sensitive_copy, 0 },
	{ &every_custody_computes_the_same, (int)COUNT(mechanisms) },
	{ &bad_tag_is_refused_and_yields_nothing, 0 },
	{ &mac_is_the_same_and_is_verified, 0 },
	{ &eight_threads_use_one_key, 0 },
};

CHECK_MAIN("api_custody", tests)
