/* SPDX-License-Identifier: Apache-2.0 */
/* More keys than the kernel lets an ordinary user have: made, used and gone at a steady
 * pace, whatever custody they end up in. */
#include "tests/api/kernel.h"

#include <grp.h>
#include <sys/stat.h>
#include <time.h>

#define USER 1000

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static CK_RV
encrypt(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, unsigned char out[16])
{
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	unsigned char block[16] = "sixteen letters";
	CK_ULONG n = 16;
	CK_RV rv = F->C_EncryptInit(s, &ecb, key);

	return rv == CKR_OK ? F->C_Encrypt(s, block, 16, out, &n) : rv;
}

/* Root has quotas of its own, far larger ones. */
static void
become_user(void)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(api_env("STACK_DIR"), 0711), 0);
	ck_assert_int_eq(chmod(api_env("KEYRING_TOKEN_SOCKET"), 0666), 0);
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setgid(USER), 0);
	ck_assert_int_eq(setuid(USER), 0);
}

static CK_ULONG
how_many(void)
{
	const char *full = getenv("KEYRING_TOKEN_TEST_FULL");

	return full != NULL && *full != '\0' ? 1000000 : 20000;
}

START_TEST (more_keys_than_the_quota_holds_all_work) {
	static const unsigned char value[32] = "0123456789abcdefghijklmnopqrstuv";
	const CK_ULONG n = how_many();
	CK_OBJECT_HANDLE *keys = calloc(n, sizeof *keys);
	CK_SESSION_HANDLE s, mine;
	unsigned char out[16], expected[16];
	CK_ULONG custodies[4] = { 0 };
	double begun, took;
	int served;

	ck_assert_ptr_nonnull(keys);
	become_user();
	served = kernel_takes_aes(); /* as long as there is room to find out */
	s = api_start();
	mine = api_session(0);
	begun = seconds();
	for (CK_ULONG i = 0; i < n; i++)
		keys[i] = api_key(mine, CKK_AES, value, sizeof value, 0);
	took = seconds() - begun;
	OK(encrypt(s, api_key(s, CKK_AES, value, sizeof value, 1), expected));
	for (CK_ULONG i = 0; i < n; i += n / 1000) {
		OK(encrypt(s, keys[i], out));
		ck_assert_mem_eq(out, expected, 16);
		custodies[api_custody(s, keys[i])]++;
	}
	OK(encrypt(s, keys[n - 1], out));
	ck_assert_mem_eq(out, expected, 16);
	ck_assert_uint_eq(api_custody(s, keys[0]), kernel_custody(served));
	ck_assert_uint_eq(custodies[CK_KT_CUSTODY_PROCESS],
		kernel_custody(1) == CK_KT_CUSTODY_PROCESS ? 1000 : 0);
	(void)printf("%lu keys made in %.1f s; of 1000: %lu with the kernel, %lu with "
		     "keyringd\n",
		n, took, custodies[CK_KT_CUSTODY_KERNEL],
		custodies[CK_KT_CUSTODY_BROKER]);
	OK(F->C_CloseSession(mine));
	IS(CKR_KEY_HANDLE_INVALID, encrypt(s, keys[n - 1], out));
	free(keys);
	api_stop();
}
END_TEST

/* Keys that come and go leave room behind a moment later: nobody waits long for it. */
START_TEST (churn_beside_a_full_quota_goes_on) {
	CK_OBJECT_HANDLE held[400];
	const int rounds = 2000;
	CK_SESSION_HANDLE s;
	double begun;

	become_user();
	s = api_start();
	for (size_t i = 0; i < COUNT(held); i++)
		held[i] = api_generate_aes(s, 32, 0);
	begun = seconds();
	for (int i = 0; i < rounds; i++) {
		unsigned char out[16];
		const size_t at = (size_t)i % COUNT(held);

		OK(F->C_DestroyObject(s, held[at]));
		held[at] = api_generate_aes(s, 32, 0);
		OK(encrypt(s, held[at], out));
	}
	/* 100 ms for each would be 200 s */
	ck_assert_msg(seconds() - begun < slower(40), "took %.1f s", seconds() - begun);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &more_keys_than_the_quota_holds_all_work, 0 },
	{ &churn_beside_a_full_quota_goes_on, 0 },
};

CHECK_MAIN("api_quota", tests)
