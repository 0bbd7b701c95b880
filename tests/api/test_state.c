/* SPDX-License-Identifier: Apache-2.0 */
/* Operations whose state is saved and restored (5.6.6, 5.6.7): those that run in this process. */
#include "tests/api/api.h"

#define SIZE 50 /* of the data: no multiple of a block */
#define HALF 21

static CK_SESSION_HANDLE s, other;
static CK_OBJECT_HANDLE key, mac_key;
static unsigned char data[SIZE], iv[32] = { 3 }, state[64], out[2 * SIZE];
static CK_ULONG n, state_n;
static CK_GCM_PARAMS gcm = { iv, 12, 96, NULL, 0, 128 },
		     long_gcm = { iv, 32, 256, NULL, 0, 128 };
static CK_CCM_PARAMS ccm = { SIZE, iv, 12, NULL, 0, 16 };
static CK_TLS_MAC_PARAMS finished = { CKM_SHA256, 12, 1 };
static CK_KT_KMAC_PARAMS kmac = { 32, NULL, 0 };
static CK_AES_CTR_PARAMS ctr = { 128, { 1 } };
static CK_MECHANISM sha = { CKM_SHA256, NULL, 0 }, hmac = { CKM_SHA256_HMAC, NULL, 0 },
		    cbc = { CKM_AES_CBC, iv, 16 }, pad = { CKM_AES_CBC_PAD, iv, 16 };

static void
start(int readable)
{
	static const unsigned char value[32] = { 9 };

	s = api_start();
	other = api_session(CKF_RW_SESSION);
	key = api_key(s, CKK_AES, value, sizeof value, readable);
	mac_key = api_key(s, CKK_GENERIC_SECRET, value, sizeof value, readable);
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * 5);
}

static CK_RV
save(void)
{
	state_n = sizeof state;
	return F->C_GetOperationState(s, state, &state_n);
}

static CK_RV
restore(CK_SESSION_HANDLE to)
{
	return F->C_SetOperationState(to, state, state_n, 0, 0);
}

/* --- Kinds of operations --------------------------------------------------------------- */

struct kind {
	CK_RV (*init)(CK_SESSION_HANDLE h, CK_MECHANISM *m);
	CK_RV(*update)
	(CK_SESSION_HANDLE h, CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n);
	CK_RV (*final)(CK_SESSION_HANDLE h, CK_BYTE *to, CK_ULONG *to_n);
	CK_RV(*once)
	(CK_SESSION_HANDLE h, CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n);
};

#define KEYED(name, k)                                                 \
	static CK_RV name##_init(CK_SESSION_HANDLE h, CK_MECHANISM *m) \
	{                                                              \
		return F->C_##name##Init(h, m, k);                     \
	}
#define CALLS(name)                                                                 \
	static CK_RV name##_final(CK_SESSION_HANDLE h, CK_BYTE *to, CK_ULONG *to_n) \
	{                                                                           \
		return F->C_##name##Final(h, to, to_n);                             \
	}                                                                           \
	static CK_RV name##_once(CK_SESSION_HANDLE h, CK_BYTE *in, CK_ULONG in_n,   \
		CK_BYTE *to, CK_ULONG *to_n)                                        \
	{                                                                           \
		return F->C_##name(h, in, in_n, to, to_n);                          \
	}
#define GIVES(name)                                                                 \
	static CK_RV name##_update(CK_SESSION_HANDLE h, CK_BYTE *in, CK_ULONG in_n, \
		CK_BYTE *to, CK_ULONG *to_n)                                        \
	{                                                                           \
		return F->C_##name##Update(h, in, in_n, to, to_n);                  \
	}
#define TAKES(name)                                                                 \
	static CK_RV name##_update(CK_SESSION_HANDLE h, CK_BYTE *in, CK_ULONG in_n, \
		CK_BYTE *to, CK_ULONG *to_n)                                        \
	{                                                                           \
		*to_n = 0;                                                          \
		return F->C_##name##Update(h, in, in_n);                            \
	}

/* clang-format off */
KEYED(Encrypt, key) CALLS(Encrypt) GIVES(Encrypt)
KEYED(Decrypt, key) CALLS(Decrypt) GIVES(Decrypt)
KEYED(Sign, m->mechanism == CKM_AES_CMAC || m->mechanism == CKM_AES_GMAC ? key : mac_key) CALLS(Sign) TAKES(Sign)
CALLS(Digest) TAKES(Digest)
	/* clang-format on */

	static CK_RV Digest_init(CK_SESSION_HANDLE h, CK_MECHANISM *m)
{
	return F->C_DigestInit(h, m);
}

#define KIND(name)                                                    \
	{                                                             \
		name##_init, name##_update, name##_final, name##_once \
	}

static const struct kind encrypts = KIND(Encrypt), decrypts = KIND(Decrypt),
			 signs = KIND(Sign), digests = KIND(Digest);

static const struct row {
	const struct kind *kind;
	CK_MECHANISM mechanism;
	CK_ULONG size; /* of the data */
} rows[] = {
	{ &digests, { CKM_SHA256, NULL, 0 }, SIZE },
	{ &digests, { CKM_SHA3_384, NULL, 0 }, SIZE },
	{ &signs, { CKM_SHA256_HMAC, NULL, 0 }, SIZE },
	{ &signs, { CKM_SHA512_256_HMAC, NULL, 0 }, SIZE },
	{ &signs, { CKM_BLAKE2B_256_HMAC, NULL, 0 }, SIZE },
	{ &signs, { CKM_TLS_MAC, &finished, sizeof finished }, SIZE },
	{ &signs, { CKM_KT_KMAC_256, &kmac, sizeof kmac }, SIZE },
	{ &signs, { CKM_AES_CMAC, NULL, 0 }, SIZE },
	{ &signs, { CKM_AES_GMAC, iv, 12 }, SIZE },
	{ &encrypts, { CKM_AES_ECB, NULL, 0 }, 48 },
	{ &encrypts, { CKM_AES_CBC, iv, 16 }, 48 },
	{ &encrypts, { CKM_AES_CBC_PAD, iv, 16 }, SIZE },
	{ &encrypts, { CKM_AES_CTR, &ctr, sizeof ctr }, SIZE },
	{ &encrypts, { CKM_AES_CTS, iv, 16 }, SIZE },
	{ &encrypts, { CKM_AES_GCM, &gcm, sizeof gcm }, SIZE },
	{ &encrypts, { CKM_AES_GCM, &long_gcm, sizeof long_gcm }, SIZE },
	{ &encrypts, { CKM_AES_CCM, &ccm, sizeof ccm }, SIZE },
	{ &decrypts, { CKM_AES_CBC, iv, 16 }, 48 },
	{ &decrypts, { CKM_AES_CBC_PAD, iv, 16 }, SIZE },
	{ &decrypts, { CKM_AES_CTR, &ctr, sizeof ctr }, SIZE },
	{ &decrypts, { CKM_AES_GCM, &gcm, sizeof gcm }, SIZE },
	{ &decrypts, { CKM_AES_CCM, &ccm, sizeof ccm }, SIZE },
};

#define ROWS ((int)COUNT(rows))

/* Input of an operation, which of decryption is ciphertext. */
static CK_ULONG
input(const struct row *r, unsigned char *ret)
{
	CK_MECHANISM m = r->mechanism;
	CK_ULONG ret_n = 2 * SIZE;

	memcpy(ret, data, r->size);
	if (r->kind != &decrypts)
		return r->size;
	OK(Encrypt_init(s, &m));
	OK(Encrypt_once(s, data, r->size, ret, &ret_n));
	return ret_n;
}

/* What is left of an operation that has had the first half, behind what that gave. */
static void
finish(const struct row *r, CK_SESSION_HANDLE h, unsigned char *in, CK_ULONG in_n,
	CK_ULONG done, unsigned char *expected, CK_ULONG expected_n)
{
	unsigned char got[2 * SIZE];
	CK_ULONG got_n = sizeof got, more;

	OK(r->kind->update(h, in + HALF, in_n - HALF, got, &got_n));
	more = sizeof got - got_n;
	OK(r->kind->final(h, got + got_n, &more));
	ck_assert_uint_eq(done + got_n + more, expected_n);
	ck_assert_mem_eq(got, expected + done, got_n + more);
}

START_TEST (a_saved_operation_is_as_far_as_it_was) {
	const struct row *r = &rows[_i];
	CK_MECHANISM m = r->mechanism;
	unsigned char in[2 * SIZE], expected[2 * SIZE], first[2 * SIZE];
	CK_ULONG in_n, expected_n = sizeof expected, done = sizeof first;

	start(1);
	in_n = input(r, in);
	OK(r->kind->init(s, &m));
	OK(r->kind->once(s, in, in_n, expected, &expected_n));
	/* begun, but without data */
	OK(r->kind->init(s, &m));
	OK(save());
	OK(F->C_SessionCancel(s, CK_UNAVAILABLE_INFORMATION));
	OK(restore(s));
	n = sizeof out;
	OK(r->kind->once(s, in, in_n, out, &n));
	ck_assert_uint_eq(n, expected_n);
	ck_assert_mem_eq(out, expected, n);
	/* in the middle, and both go on */
	OK(r->kind->init(s, &m));
	OK(r->kind->update(s, in, HALF, first, &done));
	ck_assert_mem_eq(first, expected, done);
	OK(save());
	OK(restore(other));
	finish(r, other, in, in_n, done, expected, expected_n);
	finish(r, s, in, in_n, done, expected, expected_n);
	/* once more, when the first one is over; and over another one */
	OK(r->kind->init(other, &m));
	OK(restore(other));
	finish(r, other, in, in_n, done, expected, expected_n);
	/* what was restored is warm like any other */
	OK(r->kind->init(other, &m));
	n = sizeof out;
	OK(r->kind->once(other, in, in_n, out, &n));
	ck_assert_mem_eq(out, expected, expected_n);
	api_stop();
}
END_TEST

START_TEST (verifications_are_saved_with_their_signatures) {
	unsigned char mac[32];

	start(1);
	OK(F->C_SignInit(s, &hmac, mac_key));
	n = sizeof mac;
	OK(F->C_Sign(s, data, SIZE, mac, &n));
	OK(F->C_VerifyInit(s, &hmac, mac_key));
	OK(F->C_VerifyUpdate(s, data, HALF));
	OK(save());
	OK(restore(other));
	OK(F->C_VerifyUpdate(other, data + HALF, SIZE - HALF));
	OK(F->C_VerifyFinal(other, mac, n));
	OK(F->C_SessionCancel(s, CKF_VERIFY));
	OK(F->C_VerifySignatureInit(s, &hmac, mac_key, mac, n));
	OK(F->C_VerifySignatureUpdate(s, data, HALF));
	OK(save());
	OK(restore(other));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifyFinal(other, mac, n));
	OK(F->C_VerifySignatureUpdate(other, data + HALF, SIZE - HALF));
	OK(F->C_VerifySignatureFinal(other));
	api_stop();
}
END_TEST

/* All that are active: two, where they go over the same data. */
START_TEST (all_operations_of_a_session_are_saved_together) {
	unsigned char digest[32], expected[32], sealed[48];
	CK_OBJECT_HANDLE found;

	start(1);
	OK(F->C_DigestInit(s, &sha));
	n = sizeof expected;
	OK(F->C_Digest(s, data, 48, expected, &n));
	OK(F->C_EncryptInit(s, &cbc, key));
	n = sizeof sealed;
	OK(F->C_Encrypt(s, data, 48, sealed, &n));
	OK(F->C_DigestInit(s, &sha));
	OK(F->C_EncryptInit(s, &cbc, key));
	OK(F->C_DigestEncryptUpdate(s, data, 16, out, &n));
	OK(save());
	/* what is under way there is over */
	OK(F->C_SignInit(other, &hmac, mac_key));
	OK(F->C_FindObjectsInit(other, NULL, 0));
	OK(restore(other));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_SignUpdate(other, data, 5));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_FindObjects(other, &found, 1, &n));
	n = 32;
	OK(F->C_DigestEncryptUpdate(other, data + 16, 32, out + 16, &n));
	OK(F->C_EncryptFinal(other, out + 48, &n));
	n = sizeof digest;
	OK(F->C_DigestFinal(other, digest, &n));
	ck_assert_mem_eq(out, sealed, 48);
	ck_assert_mem_eq(digest, expected, 32);
	api_stop();
}
END_TEST

/* --- Keys ---------------------------------------------------------------------------------- */

START_TEST (keys_are_not_needed_but_must_be_right) {
	CK_TOKEN_INFO info;

	start(1);
	OK(F->C_GetTokenInfo(api_slot(), &info));
	ck_assert_uint_ne(info.flags & CKF_RESTORE_KEY_NOT_NEEDED, 0);
	OK(F->C_DigestInit(s, &sha));
	OK(save());
	OK(F->C_SetOperationState(other, state, state_n, 0, 0));
	IS(CKR_KEY_NOT_NEEDED, F->C_SetOperationState(other, state, state_n, key, 0));
	IS(CKR_KEY_NOT_NEEDED, F->C_SetOperationState(other, state, state_n, 0, mac_key));
	OK(F->C_SessionCancel(s, CKF_DIGEST));
	OK(F->C_EncryptInit(s, &cbc, key));
	OK(save());
	OK(F->C_SetOperationState(other, state, state_n, 0, 0));
	OK(F->C_SetOperationState(other, state, state_n, key, 0));
	IS(CKR_KEY_CHANGED, F->C_SetOperationState(other, state, state_n, mac_key, 0));
	IS(CKR_KEY_CHANGED, F->C_SetOperationState(other, state, state_n, key + 99, 0));
	IS(CKR_KEY_NOT_NEEDED, F->C_SetOperationState(other, state, state_n, key, key));
	OK(F->C_SignInit(s, &hmac, mac_key));
	OK(save());
	OK(F->C_SetOperationState(other, state, state_n, key, mac_key));
	IS(CKR_KEY_CHANGED, F->C_SetOperationState(other, state, state_n, key, key));
	/* whose last word was an error: what was restored before is still there */
	n = sizeof out;
	OK(F->C_Encrypt(other, data, 16, out, &n));
	api_stop();
}
END_TEST

START_TEST (a_state_goes_with_its_key) {
	start(1);
	OK(F->C_SignInit(s, &hmac, mac_key));
	OK(F->C_SignUpdate(s, data, HALF));
	OK(save());
	OK(F->C_DestroyObject(s, mac_key));
	IS(CKR_SAVED_STATE_INVALID, restore(other));
	IS(CKR_KEY_HANDLE_INVALID, F->C_SignUpdate(s, data, HALF));
	/* and a session's keys with the session */
	OK(F->C_EncryptInit(s, &cbc, key));
	OK(save());
	OK(restore(other));
	OK(F->C_CloseSession(s));
	IS(CKR_SAVED_STATE_INVALID, restore(other));
	n = sizeof out;
	IS(CKR_KEY_HANDLE_INVALID, F->C_Encrypt(other, data, 16, out, &n));
	api_stop();
}
END_TEST

/* --- What is refused --------------------------------------------------------------------------- */

START_TEST (states_of_elsewhere_are_invalid) {
	CK_SESSION_HANDLE read_only;

	start(1);
	read_only = api_session(0);
	OK(F->C_DigestInit(s, &sha));
	n = 0;
	OK(F->C_GetOperationState(s, NULL, &n));
	ck_assert_uint_gt(n, 0);
	n--;
	IS(CKR_BUFFER_TOO_SMALL, F->C_GetOperationState(s, state, &n));
	IS(CKR_ARGUMENTS_BAD, F->C_GetOperationState(s, state, NULL));
	OK(save());
	IS(CKR_SAVED_STATE_INVALID, restore(read_only));
	IS(CKR_SAVED_STATE_INVALID,
		F->C_SetOperationState(other, state, state_n - 1, 0, 0));
	IS(CKR_SAVED_STATE_INVALID, F->C_SetOperationState(other, data, state_n, 0, 0));
	IS(CKR_ARGUMENTS_BAD, F->C_SetOperationState(other, NULL, state_n, 0, 0));
	IS(CKR_ARGUMENTS_BAD, F->C_SetOperationState(other, state, ~0ul, 0, 0));
	IS(CKR_SAVED_STATE_INVALID, F->C_SetOperationState(other, NULL, 0, 0, 0));
	state[0] ^= 1;
	IS(CKR_SAVED_STATE_INVALID, restore(other));
	state[0] ^= 1;
	OK(restore(other));
	OK(F->C_CloseSession(s)); /* the state is not the session's */
	OK(restore(other));
	OK(F->C_Logout(other));
	IS(CKR_SAVED_STATE_INVALID, restore(other));
	api_stop();
}
END_TEST

START_TEST (what_cannot_be_saved_says_so) {
	CK_MECHANISM message = { CKM_AES_GCM, NULL, 0 };
	unsigned char sealed[32];
	CK_RV elsewhere;

	start(_i);
	elsewhere = api_custody(s, key) == CK_KT_CUSTODY_PROCESS ? CKR_OK
								 : CKR_STATE_UNSAVEABLE;
	IS(CKR_OPERATION_NOT_INITIALIZED, save());
	OK(F->C_MessageEncryptInit(s, &message, key));
	IS(CKR_OPERATION_NOT_INITIALIZED, save());
	OK(F->C_DigestInit(s, &sha));
	IS(CKR_STATE_UNSAVEABLE, save());
	OK(F->C_MessageEncryptFinal(s));
	OK(save());
	OK(F->C_EncryptInit(s, &pad, key));
	IS(elsewhere, save());
	n = 0;
	IS(elsewhere, F->C_GetOperationState(s, NULL, &n));
	n = sizeof sealed;
	OK(F->C_Encrypt(s, data, 20, sealed, &n));
	/* an end that waits for room */
	OK(F->C_DecryptInit(s, &pad, key));
	n = sizeof out;
	OK(F->C_DecryptUpdate(s, sealed, 32, out, &n));
	n = 1;
	IS(CKR_BUFFER_TOO_SMALL, F->C_DecryptFinal(s, out, &n));
	IS(CKR_STATE_UNSAVEABLE, save());
	OK(F->C_DecryptFinal(s, out, &n));
	api_stop();
}
END_TEST

/* 5.6.6 counts those "without message recovery" only. */
START_TEST (recovery_alone_is_nothing_to_save) {
	static const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	static const CK_KEY_TYPE type = CKK_RSA;
	static unsigned char modulus[256], e[] = { 1, 0, 1 };
	CK_MECHANISM rsa = { CKM_RSA_PKCS, NULL, 0 };
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_VERIFY_RECOVER, YES), ATTR(CKA_MODULUS, modulus),
		ATTR(CKA_PUBLIC_EXPONENT, e) };
	CK_OBJECT_HANDLE public;

	memset(modulus, 0xc5, sizeof modulus);
	start(1);
	OK(F->C_CreateObject(s, t, COUNT(t), &public));
	OK(F->C_VerifyRecoverInit(s, &rsa, public));
	IS(CKR_OPERATION_NOT_INITIALIZED, save());
	OK(F->C_DigestInit(s, &sha));
	IS(CKR_STATE_UNSAVEABLE, save());
	OK(F->C_SessionCancel(s, CKF_VERIFY_RECOVER));
	OK(save());
	api_stop();
}
END_TEST

/* One login would do for many uses of the key. */
START_TEST (an_operation_with_its_own_login_is_not_saved) {
	static const unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
		0x03, 0x01, 0x07 };
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 },
		     ecdsa = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_ATTRIBUTE public[] = { ATTR(CKA_EC_PARAMS, p256) },
		     private[] = { ATTR(CKA_SIGN, YES),
			     ATTR(CKA_ALWAYS_AUTHENTICATE, YES) };
	CK_OBJECT_HANDLE pair[2];

	start(1);
	OK(F->C_GenerateKeyPair(s, &gen, public, 1, private, 2, &pair[0], &pair[1]));
	OK(F->C_SignInit(s, &ecdsa, pair[1]));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	OK(F->C_SignUpdate(s, data, HALF));
	IS(CKR_STATE_UNSAVEABLE, save());
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_saved_operation_is_as_far_as_it_was, (int)COUNT(rows) },
	{ &verifications_are_saved_with_their_signatures, 0 },
	{ &all_operations_of_a_session_are_saved_together, 0 },
	{ &keys_are_not_needed_but_must_be_right, 0 },
	{ &a_state_goes_with_its_key, 0 },
	{ &states_of_elsewhere_are_invalid, 0 },
	{ &what_cannot_be_saved_says_so, 2 },
	{ &recovery_alone_is_nothing_to_save, 0 },
	{ &an_operation_with_its_own_login_is_not_saved, 0 },
};

CHECK_MAIN("api_state", tests)
