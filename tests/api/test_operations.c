/* SPDX-License-Identifier: Apache-2.0 */
/* Which answer ends an operation, and which leaves it as it is: the same table
 * for keys here and keys with keyringd. */
#include "tests/api/api.h"

#include <stdint.h>

static CK_SESSION_HANDLE s;
static CK_OBJECT_HANDLE key, mac_key;
static unsigned char bytes[64], out[128], iv[16];
static CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 }, pad = { CKM_AES_CBC_PAD, iv, 16 },
		    hmac = { CKM_SHA256_HMAC, NULL, 0 }, sha = { CKM_SHA256, NULL, 0 };
static CK_ULONG n;

static void
start(int readable)
{
	static const unsigned char value[32] = { 9 };

	s = api_start();
	key = api_generate_aes(s, 32, readable);
	mac_key = api_key(s, CKK_GENERIC_SECRET, value, sizeof value, readable);
}

/* Every call that an operation of one kind may get. */
struct kind {
	const char *name;
	CK_RV (*init)(void);
	CK_RV (*once)(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n);
	CK_RV (*update)(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n);
	CK_RV (*final)(CK_BYTE *to, CK_ULONG *to_n);
	CK_RV (*cancel)(void);
	int update_has_output;
};

#define CALLS(name, init_args, cancel_args)                              \
	static CK_RV name##_init(void)                                   \
	{                                                                \
		return F->C_##name##Init init_args;                      \
	}                                                                \
	static CK_RV name##_cancel(void)                                 \
	{                                                                \
		return F->C_##name##Init cancel_args;                    \
	}                                                                \
	static CK_RV name##_once(                                        \
		CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n) \
	{                                                                \
		return F->C_##name(s, in, in_n, to, to_n);               \
	}                                                                \
	static CK_RV name##_final(CK_BYTE *to, CK_ULONG *to_n)           \
	{                                                                \
		return F->C_##name##Final(s, to, to_n);                  \
	}

/* clang-format off */
CALLS(Encrypt, (s, &ecb, key), (s, NULL, 0))
CALLS(Decrypt, (s, &ecb, key), (s, NULL, 0))
CALLS(Sign, (s, &hmac, mac_key), (s, NULL, 0))
CALLS(Digest, (s, &sha), (s, NULL))
/* clang-format on */

static CK_RV
encrypt_update(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n)
{
	return F->C_EncryptUpdate(s, in, in_n, to, to_n);
}

static CK_RV
decrypt_update(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n)
{
	return F->C_DecryptUpdate(s, in, in_n, to, to_n);
}

static CK_RV
sign_update(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n)
{
	return F->C_SignUpdate(s, in, in_n);
}

static CK_RV
digest_update(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n)
{
	return F->C_DigestUpdate(s, in, in_n);
}

static const struct kind kinds[] = {
	{ "encrypt", Encrypt_init, Encrypt_once, encrypt_update, Encrypt_final,
		Encrypt_cancel, 1 },
	{ "decrypt", Decrypt_init, Decrypt_once, decrypt_update, Decrypt_final,
		Decrypt_cancel, 1 },
	{ "sign", Sign_init, Sign_once, sign_update, Sign_final, Sign_cancel, 0 },
	{ "digest", Digest_init, Digest_once, digest_update, Digest_final, Digest_cancel,
		0 },
};

#define KINDS ((int)COUNT(kinds))
#define ENDED(k) IS(CKR_OPERATION_NOT_INITIALIZED, (k)->once(bytes, 16, out, &n))

START_TEST (errors_end_an_operation_and_short_buffers_do_not) {
	const struct kind *k = &kinds[_i % KINDS];

	start(_i / KINDS);
	ENDED(k);
	IS(CKR_OPERATION_NOT_INITIALIZED, k->update(bytes, 16, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, k->final(out, &n));
	/* nothing to give up */
	IS(CKR_ARGUMENTS_BAD, k->cancel());

	OK(k->init());
	IS(CKR_OPERATION_ACTIVE, k->init());
	n = 0;
	OK(k->once(bytes, 16, NULL, &n));
	ck_assert_uint_ge(n, 16);
	n = 1;
	IS(CKR_BUFFER_TOO_SMALL, k->once(bytes, 16, out, &n));
	ck_assert_uint_ge(n, 16);
	OK(k->once(bytes, 16, out, &n));
	ENDED(k);

	OK(k->init());
	OK(k->cancel());
	ENDED(k);

	OK(k->init());
	IS(CKR_ARGUMENTS_BAD, k->once(bytes, 16, out, NULL));
	ENDED(k);
	OK(k->init());
	n = sizeof out;
	IS(CKR_ARGUMENTS_BAD, k->once(NULL, 16, out, &n));
	ENDED(k);
	OK(k->init());
	n = sizeof out;
	IS(CKR_ARGUMENTS_BAD, k->update(NULL, 16, out, &n));
	ENDED(k);
	OK(k->init());
	IS(CKR_ARGUMENTS_BAD, k->final(out, NULL));
	ENDED(k);

	/* no data at all is data */
	OK(k->init());
	n = sizeof out;
	OK(k->once(NULL, 0, out, &n));
	ENDED(k);
	OK(k->init());
	n = sizeof out;
	OK(k->update(NULL, 0, out, &n));
	n = sizeof out;
	OK(k->final(out, &n));
	ENDED(k);

	/* what began in parts ends by Final alone */
	OK(k->init());
	n = sizeof out;
	OK(k->update(bytes, 16, out, &n));
	n = sizeof out;
	IS(CKR_OPERATION_ACTIVE, k->once(bytes, 16, out, &n));
	ENDED(k);

	/* a length that wraps around when something is added to it */
	for (CK_ULONG huge = (CK_ULONG)PTRDIFF_MAX + 1; huge != 0;
		huge = huge == CK_UNAVAILABLE_INFORMATION ? 0
							  : CK_UNAVAILABLE_INFORMATION) {
		OK(k->init());
		n = sizeof out;
		IS(CKR_ARGUMENTS_BAD, k->once(bytes, huge, out, &n));
		ENDED(k);
		OK(k->init());
		n = sizeof out;
		IS(CKR_ARGUMENTS_BAD, k->update(bytes, huge, out, &n));
		ENDED(k);
	}

	/* the same for what has output on the way */
	if (k->update_has_output) {
		OK(k->init());
		n = 0;
		OK(k->update(bytes, 32, NULL, &n));
		ck_assert_uint_eq(n, 32);
		n = 31;
		IS(CKR_BUFFER_TOO_SMALL, k->update(bytes, 32, out, &n));
		OK(k->update(bytes, 32, out, &n));
		n = 0;
		OK(k->final(NULL, &n));
		OK(k->final(out, &n));
		ENDED(k);
		OK(k->init());
		n = sizeof out;
		OK(k->update(bytes, 5, out, &n));
		n = sizeof out;
		ck_assert_uint_ne(k->final(out, &n), CKR_OK);
		ENDED(k);
	}
	api_stop();
}
END_TEST

START_TEST (nothing_follows_an_end_that_waits_for_room) {
	CK_ULONG sealed_n = sizeof out;
	unsigned char sealed[64];

	start(_i);
	OK(F->C_EncryptInit(s, &pad, key));
	sealed_n = sizeof sealed;
	OK(F->C_Encrypt(s, bytes, 20, sealed, &sealed_n));
	ck_assert_uint_eq(sealed_n, 32);
	for (int again = 0; again < 2; again++) {
		OK(F->C_DecryptInit(s, &pad, key));
		n = sizeof out;
		OK(F->C_DecryptUpdate(s, sealed, 32, out, &n));
		ck_assert_uint_eq(n, 16);
		n = 1;
		IS(CKR_BUFFER_TOO_SMALL, F->C_DecryptFinal(s, out, &n));
		ck_assert_uint_ge(n, 4);
		if (again) {
			n = sizeof out;
			IS(CKR_OPERATION_ACTIVE,
				F->C_DecryptUpdate(s, sealed, 16, out, &n));
			IS(CKR_OPERATION_NOT_INITIALIZED, F->C_DecryptFinal(s, out, &n));
		} else {
			OK(F->C_DecryptFinal(s, out, &n));
			ck_assert_uint_eq(n, 4);
		}
	}
	api_stop();
}
END_TEST

START_TEST (bad_inits_leave_nothing_active) {
	const CK_ULONG bits = 17;
	CK_MECHANISM unknown = { 0x80001234, NULL, 0 }, no_iv = { CKM_AES_CBC, NULL, 0 },
		     short_iv = { CKM_AES_CBC, iv, 15 },
		     null_iv = { CKM_AES_CBC, NULL, 16 },
		     extra = { CKM_AES_ECB, (void *)(uintptr_t)&bits, sizeof bits },
		     gen = { CKM_AES_KEY_GEN, NULL, 0 };
	static const CK_OBJECT_HANDLE none = 0, huge = CK_UNAVAILABLE_INFORMATION;
	const struct {
		CK_MECHANISM *mechanism;
		const CK_OBJECT_HANDLE *key;
		CK_RV expected;
	} cases[] = {
		{ NULL, &key, CKR_ARGUMENTS_BAD },
		{ &unknown, &key, CKR_MECHANISM_INVALID },
		{ &sha, &key, CKR_MECHANISM_INVALID },
		{ &gen, &key, CKR_MECHANISM_INVALID },
		{ &no_iv, &key, CKR_MECHANISM_PARAM_INVALID },
		{ &short_iv, &key, CKR_MECHANISM_PARAM_INVALID },
		{ &null_iv, &key, CKR_ARGUMENTS_BAD },
		{ &extra, &key, CKR_MECHANISM_PARAM_INVALID },
		{ &ecb, &none, CKR_KEY_HANDLE_INVALID },
		{ &ecb, &huge, CKR_KEY_HANDLE_INVALID },
		{ &ecb, &mac_key, CKR_KEY_TYPE_INCONSISTENT },
	};

	start(_i);
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_RV rv = F->C_EncryptInit(s, cases[i].mechanism, *cases[i].key);

		ck_assert_msg(rv == cases[i].expected, "case %zu answered %#lx", i, rv);
		n = sizeof out;
		IS(CKR_OPERATION_NOT_INITIALIZED, F->C_Encrypt(s, bytes, 16, out, &n));
	}
	/* an active one is not disturbed by them */
	OK(F->C_EncryptInit(s, &ecb, key));
	IS(CKR_OPERATION_ACTIVE, F->C_EncryptInit(s, &unknown, key));
	n = sizeof out;
	OK(F->C_Encrypt(s, bytes, 16, out, &n));
	api_stop();
}
END_TEST

START_TEST (verification_ends_whatever_it_says) {
	unsigned char mac[32];

	start(_i);
	OK(F->C_SignInit(s, &hmac, mac_key));
	n = sizeof mac;
	OK(F->C_Sign(s, bytes, 20, mac, &n));
	OK(F->C_VerifyInit(s, &hmac, mac_key));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_Verify(s, bytes, 20, mac, 31));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_Verify(s, bytes, 20, mac, 32));
	OK(F->C_VerifyInit(s, &hmac, mac_key));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_Verify(s, bytes, 20, NULL, 0));
	OK(F->C_VerifyInit(s, &hmac, mac_key));
	IS(CKR_ARGUMENTS_BAD, F->C_Verify(s, bytes, 20, NULL, 32));
	OK(F->C_VerifyInit(s, &hmac, mac_key));
	IS(CKR_ARGUMENTS_BAD, F->C_Verify(s, bytes, 20, mac, CK_UNAVAILABLE_INFORMATION));
	mac[0] ^= 1;
	OK(F->C_VerifyInit(s, &hmac, mac_key));
	IS(CKR_SIGNATURE_INVALID, F->C_Verify(s, bytes, 20, mac, 32));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_Verify(s, bytes, 20, mac, 32));
	mac[0] ^= 1;
	OK(F->C_VerifyInit(s, &hmac, mac_key));
	OK(F->C_VerifyUpdate(s, bytes, 7));
	OK(F->C_VerifyUpdate(s, bytes + 7, 13));
	OK(F->C_VerifyFinal(s, mac, 32));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifyFinal(s, mac, 32));
	api_stop();
}
END_TEST

START_TEST (impossible_counts_are_refused) {
	const CK_ULONG huge = CK_UNAVAILABLE_INFORMATION;
	CK_ATTRIBUTE a = { CKA_LABEL, NULL, 0 };
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 },
		     pair = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_OBJECT_HANDLE o, p;

	start(1);
	IS(CKR_ARGUMENTS_BAD, F->C_GetAttributeValue(s, key, &a, huge));
	IS(CKR_ARGUMENTS_BAD, F->C_SetAttributeValue(s, key, &a, huge));
	IS(CKR_ARGUMENTS_BAD, F->C_CreateObject(s, &a, huge, &o));
	IS(CKR_ARGUMENTS_BAD, F->C_CopyObject(s, key, &a, huge, &o));
	IS(CKR_ARGUMENTS_BAD, F->C_CopyObject(s, key, NULL, 1, &o));
	IS(CKR_ARGUMENTS_BAD, F->C_FindObjectsInit(s, &a, huge));
	IS(CKR_ARGUMENTS_BAD, F->C_FindObjectsInit(s, NULL, 1));
	IS(CKR_ARGUMENTS_BAD, F->C_GenerateKey(s, &gen, &a, huge, &o));
	IS(CKR_ARGUMENTS_BAD, F->C_GenerateKeyPair(s, &pair, &a, huge, NULL, 0, &o, &p));
	IS(CKR_ARGUMENTS_BAD, F->C_GenerateKeyPair(s, &pair, NULL, 0, &a, huge, &o, &p));
	OK(F->C_FindObjectsInit(s, NULL, 0));
	/* more than there are is no mistake */
	n = 0;
	IS(CKR_OK, F->C_FindObjects(s, (CK_OBJECT_HANDLE *)out, 2, &n));
	OK(F->C_FindObjectsFinal(s));
	api_stop();
}
END_TEST

/* Pages that this process has mapped. */
static unsigned long
pages(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long mapped = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%lu", &mapped), 1);
	(void)fclose(f);
	return mapped;
}

/* Ciphertext waits for its tag in the operation; after an error nothing is waited for. */
START_TEST (what_came_in_parts_goes_with_the_error_that_ends_it) {
	CK_GCM_PARAMS params = { iv, 12, 96, NULL, 0, 128 };
	CK_MECHANISM gcm = { CKM_AES_GCM, &params, sizeof params };
	const CK_ULONG part = 16 << 20, page = (CK_ULONG)sysconf(_SC_PAGESIZE);
	CK_BYTE *data;
	unsigned long before;

	start(1);
	data = calloc(1, part);
	ck_assert_ptr_nonnull(data);
	before = pages();
	OK(F->C_DecryptInit(s, &gcm, key));
	n = sizeof out;
	OK(F->C_DecryptUpdate(s, data, part, out, &n));
	ck_assert_uint_ge(pages(), before + part / page);
	IS(CKR_ARGUMENTS_BAD, F->C_DecryptUpdate(s, NULL, 5, out, &n));
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed for a while */
	ck_assert_uint_lt(pages(), before + part / page / 2);
#endif
	free(data);
	api_stop();
}
END_TEST

/* Each flag ends what it names and nothing else. */
START_TEST (session_cancel_ends_what_its_flags_name) {
	const CK_FLAGS flags[] = { CKF_ENCRYPT, CKF_DECRYPT, CKF_SIGN, CKF_DIGEST };
	CK_OBJECT_HANDLE found;
	CK_ULONG count;

	start(_i);
	for (int cancelled = 0; cancelled <= KINDS; cancelled++) {
		for (int i = 0; i < KINDS; i++)
			OK(kinds[i].init());
		OK(F->C_FindObjectsInit(s, NULL, 0));
		OK(F->C_SessionCancel(s, 0));
		OK(F->C_SessionCancel(s, CKF_GENERATE | CKF_WRAP | CKF_SIGN_RECOVER));
		OK(F->C_SessionCancel(
			s, cancelled < KINDS ? flags[cancelled] : CKF_FIND_OBJECTS));
		for (int i = 0; i < KINDS; i++) {
			n = sizeof out;
			IS(i == cancelled ? CKR_OPERATION_NOT_INITIALIZED : CKR_OK,
				kinds[i].once(bytes, 16, out, &n));
		}
		IS(cancelled == KINDS ? CKR_OPERATION_NOT_INITIALIZED : CKR_OK,
			F->C_FindObjects(s, &found, 1, &count));
		OK(F->C_SessionCancel(s, CKF_FIND_OBJECTS));
		/* what is not active is no mistake */
		OK(F->C_SessionCancel(s, CK_UNAVAILABLE_INFORMATION));
	}
	IS(CKR_SESSION_HANDLE_INVALID, F->C_SessionCancel(s + 1, CKF_ENCRYPT));
	api_stop();
}
END_TEST

/* Init and Final are a message of no bytes in parts. */
START_TEST (final_may_follow_init_at_once) {
	const struct kind *k = &kinds[_i % KINDS];
	unsigned char once[64], parts[64];
	CK_ULONG once_n = sizeof once, parts_n = sizeof parts;

	start(_i / KINDS);
	OK(k->init());
	OK(k->once(NULL, 0, once, &once_n));
	OK(k->init());
	OK(k->final(parts, &parts_n));
	ck_assert_uint_eq(parts_n, once_n);
	ck_assert_mem_eq(parts, once, once_n);
	ENDED(k);
	/* and after a one-shot call there is nothing to end */
	OK(k->init());
	n = sizeof out;
	OK(k->once(bytes, 16, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, k->final(out, &n));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &session_cancel_ends_what_its_flags_name, 2 },
	{ &final_may_follow_init_at_once, 2 * (int)COUNT(kinds) },
	{ &what_came_in_parts_goes_with_the_error_that_ends_it, 0 },
	{ &errors_end_an_operation_and_short_buffers_do_not, 2 * (int)COUNT(kinds) },
	{ &nothing_follows_an_end_that_waits_for_room, 2 },
	{ &bad_inits_leave_nothing_active, 2 },
	{ &verification_ends_whatever_it_says, 2 },
	{ &impossible_counts_are_refused, 0 },
};

CHECK_MAIN("api_operations", tests)
