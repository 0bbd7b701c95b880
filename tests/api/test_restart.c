/* SPDX-License-Identifier: Apache-2.0 */
/* keyringd goes away under a running application, and comes back without a memory. */
#include "tests/api/api.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

static pid_t keyringd;

static void
keyringd_kill(void)
{
	int status;

	if (keyringd == 0)
		keyringd = (pid_t)atol(api_env("KEYRINGD_PID"));
	/* of the tests before, the stack's own one is gone already */
	(void)kill(keyringd, SIGKILL);
	/* one that crashed before ended otherwise; the stack looks at the end of its own */
	if (waitpid(keyringd, &status, 0) == keyringd)
		ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
			"keyringd: status %#x", (unsigned)status);
}

static void
keyringd_start(void)
{
	const char *program = api_env("KEYRINGD"),
		   *path = api_env("KEYRING_TOKEN_SOCKET");
	char config[4096];
	struct stat st;

	(void)snprintf(config, sizeof config, "%s/keyringd.ini", api_env("STACK_DIR"));
	(void)unlink(path);
	keyringd = fork();
	ck_assert_int_ge(keyringd, 0);
	if (keyringd == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execl(program, program, "--config", config, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 600 && stat(path, &st) != 0; i++)
		usleep(50000);
}

/* Until it has its tokens again, for at most thirty seconds. */
static void
keyringd_wait(void)
{
	CK_ULONG n = 0;

	for (int i = 0; i < 600; i++) {
		OK(F->C_GetSlotList(CK_TRUE, NULL, &n));
		if (n >= 2)
			return;
		usleep(50000);
	}
	ck_abort_msg("keyringd did not come back: %lu slots", n);
}

static void
keyringd_restart(void)
{
	keyringd_kill();
	keyringd_start();
	keyringd_wait();
}

/* In another process. */
static int
others_see_tokens(void)
{
	CK_ULONG n = 0;

	if (F->C_Initialize(NULL) != CKR_OK)
		return 1;
	for (int i = 0; i < 600 && n < 2; i++) {
		if (F->C_GetSlotList(CK_TRUE, NULL, &n) != CKR_OK)
			return 2;
		usleep(50000);
	}
	return n < 2 ? 3 : F->C_Finalize(NULL) != CKR_OK;
}

static CK_SESSION_HANDLE
start(void)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };

	api_load();
	OK(F->C_Initialize(&args));
	keyringd_restart();
	return api_session(CKF_RW_SESSION);
}

static CK_OBJECT_HANDLE
public_key(CK_SESSION_HANDLE s, int readable)
{
	static const CK_ULONG n = 32;
	const CK_BBOOL sensitive = !readable, extractable = !!readable;
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_SENSITIVE, sensitive),
		ATTR(CKA_EXTRACTABLE, extractable), ATTR(CKA_ENCRYPT, YES),
		ATTR(CKA_PRIVATE, NO), ATTR(CKA_VALUE_LEN, n) };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_GenerateKey(s, &gen, template, COUNT(template), &key));
	return key;
}

static CK_RV
encrypt(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	static CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	unsigned char block[16] = { 0 };
	CK_ULONG n = sizeof block;
	CK_RV rv = F->C_EncryptInit(s, &ecb, key);

	return rv == CKR_OK ? F->C_Encrypt(s, block, 16, block, &n) : rv;
}

START_TEST (process_keys_and_sessions_stay_logins_and_broker_keys_go) {
	CK_SESSION_INFO info;
	CK_SESSION_HANDLE s = start();
	CK_OBJECT_HANDLE here, there;
	CK_RV lost;

	OK(api_login(s, CKU_USER));
	here = public_key(s, 1);
	there = public_key(s, 0);
	/* by the configuration and the kernel, not by this test */
	lost = api_custody(s, there) == CK_KT_CUSTODY_BROKER ? CKR_KEY_HANDLE_INVALID
							     : CKR_OK;
	OK(encrypt(s, here));
	OK(encrypt(s, there));
	keyringd_restart();
	OK(encrypt(s, here));
	IS(lost, encrypt(s, there));
	OK(F->C_GetSessionInfo(s, &info));
	ck_assert_uint_eq(info.state, CKS_RW_PUBLIC_SESSION);
	OK(api_login(s, CKU_USER));
	OK(encrypt(s, public_key(s, 0)));
	OK(encrypt(s, here));
	api_stop();
}
END_TEST

/* What the first call meets is a keyringd that knows nothing of its login. */
static void
keyringd_swap(void)
{
	keyringd_kill();
	keyringd_start();
	/* another process looks: a call of ours would be the first one */
	api_child_end(api_child_start(others_see_tokens));
}

START_TEST (what_the_first_call_makes_stays) {
	CK_SESSION_HANDLE s = start();
	CK_OBJECT_HANDLE key;

	(void)public_key(s, 0);
	keyringd_swap();
	key = public_key(s, 0);
	OK(encrypt(s, key));
	OK(F->C_DestroyObject(s, key));
	api_stop();
}
END_TEST

static void
is_logged_out(CK_SESSION_HANDLE s)
{
	CK_SESSION_INFO info;

	OK(F->C_GetSessionInfo(s, &info));
	ck_assert_uint_eq(info.state, CKS_RW_PUBLIC_SESSION);
}

/* Of the token; the template does not say whether it is private. */
static CK_RV
make_key(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *ret)
{
	static const CK_ULONG n = 32;
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_ENCRYPT, YES),
		ATTR(CKA_VALUE_LEN, n) };

	return F->C_GenerateKey(s, &gen, template, COUNT(template), ret);
}

static CK_RV
make_pair(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *ret)
{
	static const unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
		0x03, 0x01, 0x07 };
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public[] = { ATTR(CKA_EC_PARAMS, p256) };
	CK_ATTRIBUTE private[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_SIGN, YES) };
	CK_OBJECT_HANDLE other;

	return F->C_GenerateKeyPair(
		s, &gen, public, COUNT(public), private, COUNT(private), &other, ret);
}

static CK_RV
make_object(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *ret)
{
	static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static const CK_KEY_TYPE type = CKK_AES;
	static const unsigned char value[32] = { 1 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_TOKEN, YES), ATTR(CKA_VALUE, value) };

	return F->C_CreateObject(s, template, COUNT(template), ret);
}

static CK_RV
make_by_password(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *ret)
{
	static const CK_KEY_TYPE type = CKK_AES;
	static const CK_ULONG n = 32;
	unsigned char salt[8] = { 1 }, password[8] = "password";
	CK_PKCS5_PBKD2_PARAMS2 params = { CKZ_SALT_SPECIFIED, salt, sizeof salt, 1000,
		CKP_PKCS5_PBKD2_HMAC_SHA256, NULL, 0, password, sizeof password };
	CK_MECHANISM gen = { CKM_PKCS5_PBKD2, &params, sizeof params };
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_VALUE_LEN, n) };

	return F->C_GenerateKey(s, &gen, template, COUNT(template), ret);
}

static CK_RV (*const makers[])(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *ret) = { make_key,
	make_pair, make_object, make_by_password };

START_TEST (a_login_that_was_lost_makes_nothing_public) {
	CK_SESSION_HANDLE s = start();
	CK_BBOOL private = CK_FALSE;
	CK_ATTRIBUTE is_private = ATTR(CKA_PRIVATE, private);
	CK_OBJECT_HANDLE key;

	OK(api_login(s, CKU_USER));
	keyringd_swap();
	IS(CKR_USER_NOT_LOGGED_IN, makers[_i](s, &key));
	is_logged_out(s);
	OK(api_login(s, CKU_USER));
	OK(makers[_i](s, &key));
	OK(F->C_GetAttributeValue(s, key, &is_private, 1));
	ck_assert_uint_eq(private, CK_TRUE);
	OK(F->C_DestroyObject(s, key));
	api_stop();
}
END_TEST

static CK_OBJECT_HANDLE
private_key(CK_SESSION_HANDLE s)
{
	static const CK_ULONG n = 32;
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_PRIVATE, YES),
		ATTR(CKA_ENCRYPT, YES), ATTR(CKA_SENSITIVE, NO),
		ATTR(CKA_EXTRACTABLE, YES), { CKA_LABEL, (void *)(uintptr_t) "kept", 4 },
		ATTR(CKA_VALUE_LEN, n) };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_GenerateKey(s, &gen, template, COUNT(template), &key));
	return key;
}

static CK_ATTRIBUTE kept = { CKA_LABEL, (void *)(uintptr_t) "kept", 4 };

static CK_RV
find(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	(void)key;
	return F->C_FindObjectsInit(s, &kept, 1);
}

static CK_RV
get(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	unsigned char value[32];
	CK_ATTRIBUTE a = ATTR(CKA_VALUE, value);

	return F->C_GetAttributeValue(s, key, &a, 1);
}

static CK_RV
set(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	return F->C_SetAttributeValue(s, key, &kept, 1);
}

static CK_RV
copy(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	CK_OBJECT_HANDLE other;

	return F->C_CopyObject(s, key, NULL, 0, &other);
}

static CK_RV
destroy(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	return F->C_DestroyObject(s, key);
}

static CK_RV (*const uses[])(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key) = { find, get,
	set, copy, destroy, encrypt };

START_TEST (a_login_that_was_lost_is_not_an_object_that_has_gone) {
	CK_SESSION_HANDLE s = start();
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = 0;

	OK(api_login(s, CKU_USER));
	found[0] = private_key(s);
	keyringd_swap();
	IS(CKR_USER_NOT_LOGGED_IN, uses[_i](s, found[0]));
	is_logged_out(s);
	OK(api_login(s, CKU_USER));
	OK(F->C_FindObjectsInit(s, &kept, 1));
	OK(F->C_FindObjects(s, found, 2, &n));
	OK(F->C_FindObjectsFinal(s));
	ck_assert_uint_eq(n, 1);
	OK(F->C_DestroyObject(s, found[0]));
	api_stop();
}
END_TEST

/* 5.5.1: "all slots which C_GetSlotList reports MUST be able to be queried". */
static void
counted_slots_are_there(CK_SESSION_HANDLE s)
{
	CK_SLOT_ID slots[16];
	CK_ULONG n = COUNT(slots);
	CK_SESSION_INFO session;
	CK_SLOT_INFO slot;
	CK_TOKEN_INFO token;

	OK(F->C_GetSlotList(CK_TRUE, slots, &n));
	ck_assert_uint_ge(n, 2);
	for (CK_ULONG i = 0; i < n; i++) {
		OK(F->C_GetSlotInfo(slots[i], &slot));
		ck_assert_uint_eq(slot.flags, CKF_HW_SLOT | CKF_REMOVABLE_DEVICE);
		IS(CKR_TOKEN_NOT_PRESENT, F->C_GetTokenInfo(slots[i], &token));
	}
	/* that the token cannot be reached has not closed it */
	OK(F->C_GetSessionInfo(s, &session));
	OK(F->C_GetSlotList(CK_TRUE, NULL, &n));
	ck_assert_uint_eq(n, 0);
	IS(CKR_SLOT_ID_INVALID, F->C_GetSlotInfo(slots[0], &slot));
	OK(F->C_GetSessionInfo(s, &session));
}

START_TEST (without_keyringd_calls_fail_and_process_keys_work) {
	CK_SESSION_HANDLE s = start(), other;
	CK_OBJECT_HANDLE here = public_key(s, 1), there = public_key(s, 0);
	const int lost = api_custody(s, there) == CK_KT_CUSTODY_BROKER;
	CK_RV rv;

	keyringd_kill();
	OK(encrypt(s, here));
	rv = encrypt(s, there);
	ck_assert_msg(
		lost ? rv == CKR_DEVICE_REMOVED || rv == CKR_DEVICE_ERROR : rv == CKR_OK,
		"%#lx", rv);
	counted_slots_are_there(s);
	rv = F->C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &other);
	ck_assert_uint_ne(rv, CKR_OK);
	OK(F->C_CloseSession(s));
	api_stop();
}
END_TEST

START_TEST (finalize_does_not_wait_for_a_keyringd_that_hangs) {
	struct timespec begun, ended;
	CK_SESSION_HANDLE s = start();

	OK(api_login(s, CKU_USER));
	(void)public_key(s, 0);
	(void)api_generate_aes(s, 32, 0);
	ck_assert_int_eq(kill(keyringd, SIGSTOP), 0);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	api_stop();
	clock_gettime(CLOCK_MONOTONIC, &ended);
	keyringd_kill();
	ck_assert_int_lt(ended.tv_sec - begun.tv_sec, slower(10));
}
END_TEST

/* Two of them are more than a page of keyringd's. */
static void
large_object(CK_SESSION_HANDLE s, unsigned char fill, CK_OBJECT_HANDLE *ret)
{
	static unsigned char value[400000];
	const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_TOKEN, YES),
		ATTR(CKA_PRIVATE, NO), { CKA_LABEL, (void *)(uintptr_t) "large", 5 },
		ATTR(CKA_VALUE, value) };

	memset(value, fill, sizeof value);
	OK(F->C_CreateObject(s, template, COUNT(template), ret));
}

START_TEST (a_search_does_not_go_on_with_another_keyringd) {
	CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t) "large", 5 };
	CK_SESSION_HANDLE s = start();
	CK_OBJECT_HANDLE made[4], found[5];
	CK_ULONG n = 0;

	for (size_t i = 0; i < COUNT(made); i++)
		large_object(s, (unsigned char)i, &made[i]);
	OK(F->C_FindObjectsInit(s, &label, 1));
	OK(F->C_FindObjects(s, found, 1, &n));
	ck_assert_uint_eq(n, 1);
	keyringd_restart();
	/* what is left is not what that one would tell */
	IS(CKR_DEVICE_ERROR, F->C_FindObjects(s, found, 4, &n));
	OK(F->C_FindObjectsInit(s, &label, 1));
	OK(F->C_FindObjects(s, found, 5, &n));
	OK(F->C_FindObjectsFinal(s));
	ck_assert_uint_eq(n, COUNT(made));
	for (size_t i = 0; i < n; i++)
		OK(F->C_DestroyObject(s, found[i]));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_search_does_not_go_on_with_another_keyringd, 0 },
	{ &process_keys_and_sessions_stay_logins_and_broker_keys_go, 0 },
	{ &what_the_first_call_makes_stays, 0 },
	{ &a_login_that_was_lost_makes_nothing_public, (int)COUNT(makers) },
	{ &a_login_that_was_lost_is_not_an_object_that_has_gone, (int)COUNT(uses) },
	{ &finalize_does_not_wait_for_a_keyringd_that_hangs, 0 },
	{ &without_keyringd_calls_fail_and_process_keys_work, 0 },
};

CHECK_MAIN("api_restart", tests)
