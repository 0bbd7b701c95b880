/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, their five states, and who may log in when. */
#include "tests/api/api.h"

static CK_STATE
state_of(CK_SESSION_HANDLE s)
{
	CK_SESSION_INFO info;

	OK(F->C_GetSessionInfo(s, &info));
	return info.state;
}

static void
start(void)
{
	api_load();
	OK(F->C_Initialize(NULL));
}

START_TEST (five_states) {
	CK_SESSION_HANDLE ro, rw;

	start();
	ro = api_session(0);
	rw = api_session(CKF_RW_SESSION);
	ck_assert_uint_eq(state_of(ro), CKS_RO_PUBLIC_SESSION);
	ck_assert_uint_eq(state_of(rw), CKS_RW_PUBLIC_SESSION);
	OK(api_login(rw, CKU_USER));
	ck_assert_uint_eq(state_of(ro), CKS_RO_USER_FUNCTIONS);
	ck_assert_uint_eq(state_of(rw), CKS_RW_USER_FUNCTIONS);
	OK(F->C_Logout(ro));
	ck_assert_uint_eq(state_of(rw), CKS_RW_PUBLIC_SESSION);
	IS(CKR_USER_NOT_LOGGED_IN, F->C_Logout(rw));
	IS(CKR_SESSION_READ_ONLY_EXISTS, api_login(rw, CKU_SO));
	OK(F->C_CloseSession(ro));
	OK(api_login(rw, CKU_SO));
	ck_assert_uint_eq(state_of(rw), CKS_RW_SO_FUNCTIONS);
	IS(CKR_SESSION_READ_WRITE_SO_EXISTS,
		F->C_OpenSession(api_slot(), CKF_SERIAL_SESSION, NULL, NULL, &ro));
	api_stop();
}
END_TEST

START_TEST (login_twice_is_refused_by_name) {
	CK_SESSION_HANDLE s;

	start();
	s = api_session(CKF_RW_SESSION);
	OK(api_login(s, CKU_USER));
	IS(CKR_USER_ALREADY_LOGGED_IN, api_login(s, CKU_USER));
	IS(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, api_login(s, CKU_SO));
	OK(F->C_Logout(s));
	IS(CKR_USER_TYPE_INVALID,
		F->C_Login(s, 77, (CK_UTF8CHAR *)(uintptr_t) "1234", 4));
	IS(CKR_ARGUMENTS_BAD, F->C_Login(s, CKU_USER, NULL, 4));
	IS(CKR_ARGUMENTS_BAD, F->C_Login(s, CKU_USER, NULL, 0));
	IS(CKR_PIN_INCORRECT,
		F->C_Login(s, CKU_USER, (CK_UTF8CHAR *)(uintptr_t) "not the pin", 11));
	ck_assert_uint_eq(state_of(s), CKS_RW_PUBLIC_SESSION);
	OK(api_login(s, CKU_USER));
	IS(CKR_OPERATION_NOT_INITIALIZED, api_login(s, CKU_CONTEXT_SPECIFIC));
	api_stop();
}
END_TEST

START_TEST (last_session_logs_out) {
	CK_SESSION_HANDLE a, b;

	start();
	a = api_session(CKF_RW_SESSION);
	b = api_session(0);
	OK(api_login(a, CKU_USER));
	OK(F->C_CloseSession(a));
	ck_assert_uint_eq(state_of(b), CKS_RO_USER_FUNCTIONS);
	OK(F->C_CloseSession(b));
	b = api_session(0);
	ck_assert_uint_eq(state_of(b), CKS_RO_PUBLIC_SESSION);
	OK(api_login(b, CKU_USER));
	OK(F->C_CloseAllSessions(api_slot()));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_CloseSession(b));
	b = api_session(0);
	ck_assert_uint_eq(state_of(b), CKS_RO_PUBLIC_SESSION);
	api_stop();
}
END_TEST

START_TEST (handles_are_not_used_again) {
	CK_SESSION_HANDLE old[200], s;

	start();
	for (size_t i = 0; i < COUNT(old); i++) {
		old[i] = api_session(0);
		OK(F->C_CloseSession(old[i]));
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_ne(old[k], old[i]);
	}
	s = api_session(0);
	for (size_t i = 0; i < COUNT(old); i++)
		IS(CKR_SESSION_HANDLE_INVALID, F->C_CloseSession(old[i]));
	OK(F->C_Finalize(NULL));
	OK(F->C_Initialize(NULL));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_CloseSession(s));
	api_stop();
}
END_TEST

START_TEST (open_session_checks_its_arguments) {
	CK_SESSION_HANDLE s;
	CK_SLOT_ID slot;

	start();
	slot = api_slot();
	IS(CKR_SESSION_PARALLEL_NOT_SUPPORTED, F->C_OpenSession(slot, 0, NULL, NULL, &s));
	IS(CKR_ARGUMENTS_BAD,
		F->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, NULL));
	IS(CKR_SLOT_ID_INVALID,
		F->C_OpenSession(987654, CKF_SERIAL_SESSION, NULL, NULL, &s));
	IS(CKR_SESSION_ASYNC_NOT_SUPPORTED,
		F->C_OpenSession(
			slot, CKF_SERIAL_SESSION | CKF_ASYNC_SESSION, NULL, NULL, &s));
	api_stop();
}
END_TEST

START_TEST (token_info_counts_the_sessions_of_this_process) {
	CK_TOKEN_INFO info;

	start();
	(void)api_session(0);
	(void)api_session(CKF_RW_SESSION);
	OK(F->C_GetTokenInfo(api_slot(), &info));
	ck_assert_uint_eq(info.ulSessionCount, 2);
	ck_assert_uint_eq(info.ulRwSessionCount, 1);
	ck_assert_uint_eq(info.ulMaxSessionCount, CK_EFFECTIVELY_INFINITE);
	ck_assert_uint_eq(
		info.flags & (CKF_RNG | CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED),
		CKF_RNG | CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED);
	api_stop();
}
END_TEST

START_TEST (pins_change_by_the_rules) {
	const char *pin = api_env("USER_PIN");
	CK_UTF8CHAR *user = (CK_UTF8CHAR *)(uintptr_t)pin;
	const CK_ULONG n = strlen(pin);
	CK_UTF8CHAR other[] = "another pin";
	CK_SESSION_HANDLE s, ro;

	start();
	ro = api_session(0);
	IS(CKR_SESSION_READ_ONLY, F->C_SetPIN(ro, user, n, other, sizeof other - 1));
	OK(F->C_CloseSession(ro));
	s = api_session(CKF_RW_SESSION);
	IS(CKR_USER_NOT_LOGGED_IN, F->C_InitPIN(s, other, sizeof other - 1));
	IS(CKR_ARGUMENTS_BAD, F->C_SetPIN(s, NULL, 4, other, sizeof other - 1));
	OK(api_login(s, CKU_USER));
	OK(F->C_SetPIN(s, user, n, other, sizeof other - 1));
	OK(F->C_Logout(s));
	IS(CKR_PIN_INCORRECT, api_login(s, CKU_USER));
	OK(F->C_Login(s, CKU_USER, other, sizeof other - 1));
	OK(F->C_Logout(s));
	OK(api_login(s, CKU_SO));
	OK(F->C_InitPIN(s, user, n));
	OK(F->C_Logout(s));
	OK(api_login(s, CKU_USER));
	api_stop();
}
END_TEST

START_TEST (token_with_sessions_is_not_initialised) {
	CK_UTF8CHAR label[32];

	start();
	(void)api_session(0);
	memset(label, ' ', sizeof label);
	IS(CKR_SESSION_EXISTS, F->C_InitToken(api_slot(),
				       (CK_UTF8CHAR *)(uintptr_t) "12345678", 8, label));
	api_stop();
}
END_TEST

/* There is nobody with a name; nobody is what an empty one is. */
START_TEST (users_have_no_names) {
	const char *text = api_env("USER_PIN");
	CK_UTF8CHAR *pin = (CK_UTF8CHAR *)(uintptr_t)text, name[] = "root";
	const CK_ULONG n = strlen(text);
	CK_SESSION_INFO info;
	CK_SESSION_HANDLE s;

	start();
	s = api_session(CKF_RW_SESSION);
	IS(CKR_SESSION_HANDLE_INVALID,
		F->C_LoginUser(s + 1, CKU_USER, pin, n, name, sizeof name - 1));
	IS(CKR_USER_TYPE_INVALID, F->C_LoginUser(s, 17, pin, n, NULL, 0));
	IS(CKR_ARGUMENTS_BAD, F->C_LoginUser(s, CKU_USER, pin, n, name, sizeof name - 1));
	IS(CKR_ARGUMENTS_BAD, F->C_LoginUser(s, CKU_USER, pin, n, NULL, 4));
	IS(CKR_ARGUMENTS_BAD, F->C_LoginUser(s, CKU_USER, NULL, 0, NULL, 0));
	OK(F->C_GetSessionInfo(s, &info));
	ck_assert_uint_eq(info.state, CKS_RW_PUBLIC_SESSION);
	OK(F->C_LoginUser(s, CKU_USER, pin, n, NULL, 0));
	OK(F->C_GetSessionInfo(s, &info));
	ck_assert_uint_eq(info.state, CKS_RW_USER_FUNCTIONS);
	IS(CKR_USER_ALREADY_LOGGED_IN, F->C_LoginUser(s, CKU_USER, pin, n, name, 0));
	api_stop();
}
END_TEST

START_TEST (nothing_runs_asynchronously) {
	CK_UTF8CHAR name[] = "C_SignInit";
	CK_ASYNC_DATA data = { 0 };
	CK_SESSION_HANDLE s;
	CK_ULONG id = 5;

	start();
	s = api_session(0);
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_AsyncComplete(s, name, &data));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_AsyncGetID(s, name, &id));
	IS(CKR_SAVED_STATE_INVALID, F->C_AsyncJoin(s, name, id, NULL, 0));
	IS(CKR_ARGUMENTS_BAD, F->C_AsyncComplete(s, NULL, &data));
	IS(CKR_ARGUMENTS_BAD, F->C_AsyncGetID(s, NULL, &id));
	IS(CKR_ARGUMENTS_BAD, F->C_AsyncJoin(s, NULL, id, NULL, 0));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_AsyncComplete(s + 1, name, &data));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_AsyncGetID(s + 1, name, &id));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_AsyncJoin(s + 1, name, id, NULL, 0));
	api_stop();
}
END_TEST

START_TEST (nothing_is_validated) {
	CK_SESSION_HANDLE s;
	CK_FLAGS flags = 17;

	start();
	s = api_session(0);
	OK(F->C_GetSessionValidationFlags(s, CKS_LAST_VALIDATION_OK, &flags));
	ck_assert_uint_eq(flags, 0);
	IS(CKR_ARGUMENTS_BAD, F->C_GetSessionValidationFlags(s, 99, &flags));
	IS(CKR_ARGUMENTS_BAD,
		F->C_GetSessionValidationFlags(s, CKS_LAST_VALIDATION_OK, NULL));
	IS(CKR_SESSION_HANDLE_INVALID,
		F->C_GetSessionValidationFlags(s + 1, CKS_LAST_VALIDATION_OK, &flags));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &users_have_no_names, 0 },
	{ &nothing_runs_asynchronously, 0 },
	{ &nothing_is_validated, 0 },
	{ &five_states, 0 },
	{ &login_twice_is_refused_by_name, 0 },
	{ &last_session_logs_out, 0 },
	{ &handles_are_not_used_again, 0 },
	{ &open_session_checks_its_arguments, 0 },
	{ &token_info_counts_the_sessions_of_this_process, 0 },
	{ &pins_change_by_the_rules, 0 },
	{ &token_with_sessions_is_not_initialised, 0 },
};

CHECK_MAIN("api_sessions", tests)
