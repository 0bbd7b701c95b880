/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, their parts, and Java's way to clone one. "abc": FIPS 180-4, 202. */
#include "tests/api/api.h"

static const struct {
	CK_MECHANISM_TYPE type;
	const char *abc;
} kats[] = {
	{ CKM_SHA_1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ CKM_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
	{ CKM_SHA256,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ CKM_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		      "8086072ba1e7cc2358baeca134c825a7" },
	{ CKM_SHA512,
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ CKM_SHA3_224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf" },
	{ CKM_SHA3_256,
		"3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532" },
	{ CKM_SHA3_384, "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2"
			"98d88cea927ac7f539f1edf228376d25" },
	{ CKM_SHA3_512,
		"b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
		"10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0" },
};

static CK_BYTE abc[] = { 'a', 'b', 'c' };

START_TEST (known_answers) {
	unsigned char expected[64], out[64];
	CK_MECHANISM m = { kats[_i].type, NULL, 0 };
	size_t n = api_unhex(kats[_i].abc, expected);
	CK_SESSION_HANDLE s = api_start();
	CK_ULONG len = 0;

	OK(F->C_DigestInit(s, &m));
	OK(F->C_Digest(s, abc, 3, NULL, &len));
	ck_assert_uint_eq(len, n);
	len = n - 1;
	IS(CKR_BUFFER_TOO_SMALL, F->C_Digest(s, abc, 3, out, &len));
	ck_assert_uint_eq(len, n);
	OK(F->C_Digest(s, abc, 3, out, &len));
	ck_assert_mem_eq(out, expected, n);
	OK(F->C_DigestInit(s, &m));
	OK(F->C_DigestUpdate(s, abc, 1));
	OK(F->C_DigestUpdate(s, NULL, 0));
	OK(F->C_DigestUpdate(s, abc + 1, 2));
	OK(F->C_DigestFinal(s, out, &len));
	ck_assert_mem_eq(out, expected, n);
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_DigestUpdate(s, abc, 1));
	api_stop();
}
END_TEST

START_TEST (state_moves_to_another_session) {
	unsigned char expected[64], out[64], state[64];
	CK_MECHANISM m = { CKM_SHA256, NULL, 0 };
	size_t n = api_unhex(kats[2].abc, expected);
	CK_SESSION_HANDLE a = api_start(), b = api_session(CKF_RW_SESSION);
	CK_ULONG len = sizeof out, state_len = 0;

	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_GetOperationState(a, NULL, &state_len));
	OK(F->C_DigestInit(a, &m));
	OK(F->C_DigestUpdate(a, abc, 2));
	OK(F->C_GetOperationState(a, NULL, &state_len));
	ck_assert_uint_le(state_len, sizeof state);
	OK(F->C_GetOperationState(a, state, &state_len));
	/* the original goes its own way */
	OK(F->C_DigestUpdate(a, abc, 3));
	OK(F->C_DigestFinal(a, out, &len));
	ck_assert_mem_ne(out, expected, n);
	for (int i = 0; i < 2; i++) {
		OK(F->C_SetOperationState(b, state, state_len, 0, 0));
		OK(F->C_DigestUpdate(b, abc + 2, 1));
		len = sizeof out;
		OK(F->C_DigestFinal(b, out, &len));
		ck_assert_mem_eq(out, expected, n);
	}
	state[0] ^= 1;
	IS(CKR_SAVED_STATE_INVALID, F->C_SetOperationState(b, state, state_len, 0, 0));
	api_stop();
}
END_TEST

START_TEST (key_is_digested_in_process_custody_only) {
	unsigned char expected[64], out[64];
	CK_MECHANISM m = { CKM_SHA256, NULL, 0 };
	size_t n = api_unhex(kats[2].abc, expected);
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE k = api_key(s, CKK_GENERIC_SECRET, "abc", 3, 1);
	CK_OBJECT_HANDLE hidden = api_key(s, CKK_GENERIC_SECRET, "abc", 3, 0);
	CK_ULONG len = sizeof out;

	OK(F->C_DigestInit(s, &m));
	OK(F->C_DigestKey(s, k));
	OK(F->C_DigestFinal(s, out, &len));
	ck_assert_mem_eq(out, expected, n);
	if (api_custody(s, hidden) == CK_KT_CUSTODY_PROCESS)
		return;
	/* which takes nothing from what is digested instead */
	memset(out, 0, sizeof out);
	OK(F->C_DigestInit(s, &m));
	IS(CKR_KEY_INDIGESTIBLE, F->C_DigestKey(s, hidden));
	OK(F->C_DigestUpdate(s, abc, 1));
	IS(CKR_KEY_INDIGESTIBLE, F->C_DigestKey(s, hidden));
	IS(CKR_KEY_HANDLE_INVALID, F->C_DigestKey(s, 0));
	OK(F->C_DigestUpdate(s, abc + 1, 2));
	len = sizeof out;
	OK(F->C_DigestFinal(s, out, &len));
	ck_assert_mem_eq(out, expected, n);
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_DigestKey(s, k));
	api_stop();
}
END_TEST

START_TEST (random_and_seed) {
	unsigned char a[64] = { 0 }, b[64] = { 0 };
	CK_SESSION_HANDLE s = api_start();

	OK(F->C_GenerateRandom(s, a, sizeof a));
	OK(F->C_GenerateRandom(s, b, sizeof b));
	ck_assert_mem_ne(a, b, sizeof a);
	OK(F->C_SeedRandom(s, a, sizeof a));
	IS(CKR_ARGUMENTS_BAD, F->C_GenerateRandom(s, NULL, 4));
	IS(CKR_ARGUMENTS_BAD, F->C_SeedRandom(s, NULL, 4));
	/* nothing is wanted, as in any other call */
	OK(F->C_GenerateRandom(s, NULL, 0));
	OK(F->C_SeedRandom(s, NULL, 0));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &known_answers, COUNT(kats) },
	{ &state_moves_to_another_session, 0 },
	{ &key_is_digested_in_process_custody_only, 0 },
	{ &random_and_seed, 0 },
};

CHECK_MAIN("api_digest", tests)
