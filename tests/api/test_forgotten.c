/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions keep their last operations warm, and with them what OpenSSL or we have of the keys.
 * When a key is gone, so is that: its bytes are in this process no more, whichever session it
 * was used in.
 */
#include "tests/api/api.h"

#define KEY 32
#define LARGEST (64ul << 20) /* of a mapping that is searched: a sanitizer's are larger */
#define HIDE 0x5a

/* Never in the clear anywhere but in the module. */
static unsigned char hidden[KEY];
static CK_SESSION_HANDLE owner, user;

/* --- What this process has in its memory ------------------------------------------------ */

static struct mapping {
	unsigned long from, to;
} mappings[4096];

static int
read_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512], mode[8];
	int n = 0;

	ck_assert_ptr_nonnull(f);
	while (n < (int)COUNT(mappings) && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "%lx-%lx %7s", &mappings[n].from, &mappings[n].to,
			    mode) == 3 &&
			strncmp(mode, "rw", 2) == 0 &&
			mappings[n].to - mappings[n].from <= LARGEST)
			n++;
	(void)fclose(f);
	return n;
}

/* A sanitizer has its own view of what lies between objects. */
__attribute__((no_sanitize("address", "thread"))) static int
is_key(const volatile unsigned char *p)
{
	for (int i = 0; i < KEY; i++)
		if (p[i] != (unsigned char)(hidden[i] ^ HIDE))
			return 0;
	return 1;
}

__attribute__((no_sanitize("address", "thread"))) static int
key_is_here(void)
{
	const int n = read_mappings();

	for (int i = 0; i < n; i++)
		for (unsigned long at = mappings[i].from; at + KEY <= mappings[i].to;
			at++)
			if (is_key((const unsigned char *)at))
				return 1;
	return 0;
}

/* --- A key, and its use ------------------------------------------------------------------- */

static CK_OBJECT_HANDLE
make_key(void)
{
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const CK_KEY_TYPE aes = CKK_AES;
	unsigned char value[KEY];
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, aes),
		ATTR(CKA_PRIVATE, YES), ATTR(CKA_SENSITIVE, NO),
		ATTR(CKA_EXTRACTABLE, YES), ATTR(CKA_ENCRYPT, YES),
		{ CKA_VALUE, value, sizeof value } };
	CK_OBJECT_HANDLE key;

	OK(F->C_GenerateRandom(owner, hidden, sizeof hidden));
	for (int i = 0; i < KEY; i++)
		value[i] = hidden[i] ^ HIDE;
	OK(F->C_CreateObject(owner, template, COUNT(template), &key));
	explicit_bzero(value, sizeof value);
	ck_assert_uint_eq(api_custody(owner, key), CK_KT_CUSTODY_PROCESS);
	return key;
}

static unsigned char iv[12], tag[16], out[64];
static CK_ULONG n;

static void
encrypt_init(CK_OBJECT_HANDLE key)
{
	CK_GCM_PARAMS p = { iv, sizeof iv, 96, NULL, 0, 128 };
	CK_MECHANISM gcm = { CKM_AES_GCM, &p, sizeof p };

	OK(F->C_EncryptInit(user, &gcm, key));
	n = sizeof out;
}

static void
use_once(CK_OBJECT_HANDLE key)
{
	encrypt_init(key);
	OK(F->C_Encrypt(user, iv, sizeof iv, out, &n));
}

static void
use_for_messages(CK_OBJECT_HANDLE key)
{
	CK_GCM_MESSAGE_PARAMS p = { iv, sizeof iv, 0, CKG_NO_GENERATE, tag, 128 };
	CK_MECHANISM gcm = { CKM_AES_GCM, NULL, 0 };

	OK(F->C_MessageEncryptInit(user, &gcm, key));
	n = sizeof out;
	OK(F->C_EncryptMessage(user, &p, sizeof p, NULL, 0, iv, sizeof iv, out, &n));
	OK(F->C_MessageEncryptFinal(user));
}

/* With more to come. */
static void
use_in_parts(CK_OBJECT_HANDLE key)
{
	encrypt_init(key);
	OK(F->C_EncryptUpdate(user, iv, sizeof iv, out, &n));
}

/* Another version of the object, while operations have this one. */
static void
change(CK_OBJECT_HANDLE key)
{
	CK_ATTRIBUTE label = { CKA_LABEL, iv, sizeof iv };

	OK(F->C_SetAttributeValue(owner, key, &label, 1));
}

/* --- How it goes ------------------------------------------------------------------------------ */

static void
destroy(CK_OBJECT_HANDLE key)
{
	OK(F->C_DestroyObject(owner, key));
}

static void
close_its_session(CK_OBJECT_HANDLE key)
{
	OK(F->C_CloseSession(owner));
}

static void
log_out(CK_OBJECT_HANDLE key)
{
	OK(F->C_Logout(owner));
}

/* By the security officer, which ends the user's logins. */
static int
set_pin(void)
{
	const char *pin = api_env("USER_PIN");
	CK_SESSION_HANDLE s;

	if (F->C_Initialize(NULL) != CKR_OK)
		return 1;
	s = api_session(CKF_RW_SESSION);
	if (api_login(s, CKU_SO) != CKR_OK)
		return 2;
	if (F->C_InitPIN(s, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin)) != CKR_OK)
		return 3;
	return F->C_Finalize(NULL) == CKR_OK ? 0 : 4;
}

/* Which this process is told with the next answer. */
static void
lose_the_login(CK_OBJECT_HANDLE key)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_TOKEN, YES),
		ATTR(CKA_PRIVATE, YES) };
	CK_OBJECT_HANDLE data;

	api_child_end(api_child_start(set_pin));
	IS(CKR_USER_NOT_LOGGED_IN,
		F->C_CreateObject(owner, template, COUNT(template), &data));
}

/* keyringd hears of it a moment later. */
static void
lose_the_login_and_log_in(CK_OBJECT_HANDLE key)
{
	CK_RV rv = CKR_USER_ALREADY_LOGGED_IN;

	api_child_end(api_child_start(set_pin));
	for (int i = 0; i < 1000 && rv == CKR_USER_ALREADY_LOGGED_IN; i++) {
		rv = api_login(owner, CKU_USER);
		(void)usleep(10000);
	}
	IS(CKR_OK, rv);
}

static void (*const ends[])(CK_OBJECT_HANDLE key) = { destroy, close_its_session, log_out,
	lose_the_login, lose_the_login_and_log_in };
static void (*const uses[])(
	CK_OBJECT_HANDLE key) = { use_once, use_for_messages, use_in_parts };

#define ENDS ((int)COUNT(ends))
#define USES ((int)COUNT(uses))

START_TEST (a_key_that_is_gone_is_in_no_session) {
	CK_OBJECT_HANDLE key;

	owner = api_start();
	user = api_session(CKF_RW_SESSION);
	key = make_key();
	uses[_i / ENDS % USES](key);
	if (_i >= ENDS * USES)
		change(key);
	ck_assert_int_eq(key_is_here(), 1);
	ends[_i % ENDS](key);
	ck_assert_int_eq(key_is_here(), 0);
	n = sizeof out;
	if (uses[_i / ENDS % USES] == use_in_parts)
		IS(CKR_KEY_HANDLE_INVALID,
			F->C_EncryptUpdate(user, iv, sizeof iv, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED,
		F->C_EncryptUpdate(user, iv, sizeof iv, out, &n));
	api_stop();
}
END_TEST

START_TEST (an_operation_goes_on_with_its_key_as_it_is_now) {
	const CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE encrypt = ATTR(CKA_ENCRYPT, no);
	CK_OBJECT_HANDLE key;

	owner = api_start();
	user = api_session(CKF_RW_SESSION);
	key = make_key();
	use_in_parts(key);
	change(key);
	n = sizeof out;
	OK(F->C_EncryptUpdate(user, iv, sizeof iv, out, &n));
	OK(F->C_SetAttributeValue(owner, key, &encrypt, 1));
	n = sizeof out;
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		F->C_EncryptUpdate(user, iv, sizeof iv, out, &n));
	api_stop();
}
END_TEST

/* Whether or not others look. */
START_TEST (a_session_keeps_nothing_of_what_it_destroys) {
	CK_OBJECT_HANDLE key;

	owner = user = api_start();
	key = make_key();
	use_once(key);
	use_for_messages(key);
	ck_assert_int_eq(key_is_here(), 1);
	destroy(key);
	ck_assert_int_eq(key_is_here(), 0);
	api_stop();
}
END_TEST

/* --- While a session is busy ------------------------------------------------------------------ */

static CK_OBJECT_HANDLE doomed;

static CK_RV
mutex_create(CK_VOID_PTR_PTR m)
{
	*m = &doomed;
	return CKR_OK;
}

static CK_RV
mutex_nothing(CK_VOID_PTR m)
{
	return CKR_OK;
}

/* The last of a call that an application has a hand in: as another thread might then. */
static CK_RV
mutex_unlock(CK_VOID_PTR m)
{
	const CK_OBJECT_HANDLE key = doomed;

	doomed = 0;
	if (key != 0)
		destroy(key);
	return CKR_OK;
}

START_TEST (a_key_that_goes_as_a_call_ends_is_in_no_session) {
	CK_C_INITIALIZE_ARGS args = { mutex_create, mutex_nothing, mutex_nothing,
		mutex_unlock, 0, NULL };
	CK_SESSION_INFO info;
	CK_OBJECT_HANDLE key;

	api_load();
	OK(F->C_Initialize(&args));
	owner = api_session(CKF_RW_SESSION);
	OK(api_login(owner, CKU_USER));
	user = api_session(CKF_RW_SESSION);
	key = make_key();
	use_once(key);
	ck_assert_int_eq(key_is_here(), 1);
	doomed = key;
	OK(F->C_GetSessionInfo(user, &info));
	ck_assert_uint_eq(doomed, 0);
	ck_assert_int_eq(key_is_here(), 0);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_key_that_goes_as_a_call_ends_is_in_no_session, 0 },
	{ &a_key_that_is_gone_is_in_no_session, 2 * ENDS *USES },
	{ &an_operation_goes_on_with_its_key_as_it_is_now, 0 },
	{ &a_session_keeps_nothing_of_what_it_destroys, 0 },
};

CHECK_MAIN("api_forgotten", tests)
