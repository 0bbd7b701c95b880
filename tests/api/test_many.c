/* SPDX-License-Identifier: Apache-2.0 */
/* Many session keys in one process: no step gets slower the more there are. */
#include "tests/api/api.h"

#include <time.h>

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

START_TEST (a_hundred_thousand_session_keys) {
	const char *wanted = getenv("API_MANY_KEYS");
	const CK_ULONG n = wanted != NULL ? strtoul(wanted, NULL, 10) : 100000;
	const double begun = seconds();
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	CK_SESSION_HANDLE s = api_start(), mine = api_session(0);
	CK_OBJECT_HANDLE *keys = calloc(n, sizeof *keys), found[2];
	CK_ULONG found_n;
	double made, ended;

	ck_assert_ptr_nonnull(keys);
	for (CK_ULONG i = 0; i < n; i++)
		keys[i] = api_generate_aes(mine, 32, 1);
	made = seconds();
	for (CK_ULONG i = 0; i < 1000; i++) {
		unsigned char block[16] = { 0 };
		CK_ULONG size = sizeof block;
		CK_ATTRIBUTE label = { CKA_LABEL, &i, sizeof i };
		CK_OBJECT_HANDLE key = keys[i * (n / 1000)];

		OK(F->C_EncryptInit(s, &ecb, key));
		OK(F->C_Encrypt(s, block, 16, block, &size));
		OK(F->C_SetAttributeValue(s, key, &label, 1));
		OK(F->C_FindObjectsInit(s, &label, 1));
		OK(F->C_FindObjects(s, found, 2, &found_n));
		OK(F->C_FindObjectsFinal(s));
		ck_assert_uint_eq(found_n, 1);
		ck_assert_uint_eq(found[0], key);
	}
	ended = seconds();
	OK(F->C_CloseSession(mine));
	IS(CKR_OBJECT_HANDLE_INVALID, F->C_DestroyObject(s, keys[n - 1]));
	if (wanted != NULL)
		(void)printf("%lu keys: made in %.2f s, 1000 used, named and found in "
			     "%.3f s, ended in %.2f s\n",
			n, made - begun, ended - made, seconds() - ended);
	else
		ck_assert_msg(
			seconds() - begun < slower(30), "took %.1f s", seconds() - begun);
	free(keys);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_hundred_thousand_session_keys, 0 },
};

CHECK_MAIN("api_many", tests)
