/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that are made and initialised by others while this process works. */
#include "tests/api/api.h"

#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

static CK_UTF8CHAR new_label[33];

static CK_SLOT_ID
blank_slot(void)
{
	CK_SLOT_ID slots[16];
	CK_ULONG n = COUNT(slots);
	CK_TOKEN_INFO info;

	if (F->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return (CK_SLOT_ID)-1;
	for (CK_ULONG i = 0; i < n; i++)
		if (F->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
			(info.flags & CKF_TOKEN_INITIALIZED) == 0)
			return slots[i];
	return (CK_SLOT_ID)-1;
}

/* The one that is blank becomes a token's, and another blank one comes, at once or as soon as
 * keyringd has asked. */
static CK_SLOT_ID
wait_for_blank(CK_SLOT_ID other)
{
	CK_SLOT_ID blank = blank_slot();

	for (unsigned i = 0; i < slower(1500); i++) {
		if (blank != (CK_SLOT_ID)-1 && blank != other)
			break;
		usleep(20000);
		blank = blank_slot();
	}
	ck_assert_uint_ne(blank, (CK_SLOT_ID)-1);
	ck_assert_uint_ne(blank, other);
	return blank;
}

static int
make_token(void)
{
	CK_UTF8CHAR pin[] = "12345678";

	usleep(300000);
	if (F->C_Initialize(NULL) != CKR_OK)
		return 1;
	if (F->C_InitToken(blank_slot(), pin, sizeof pin - 1, new_label) != CKR_OK)
		return 2;
	return F->C_Finalize(NULL) == CKR_OK ? 0 : 3;
}

static void
name_token(const char *name)
{
	memset(new_label, ' ', 32);
	memcpy(new_label, name, strlen(name));
}

START_TEST (token_made_elsewhere_is_an_event) {
	CK_SLOT_ID which = (CK_SLOT_ID)-1, blank;
	CK_TOKEN_INFO info;
	pid_t child;

	name_token("made elsewhere 1");
	api_load();
	OK(F->C_Initialize(NULL));
	blank = wait_for_blank((CK_SLOT_ID)-1);
	IS(CKR_TOKEN_NOT_INITIALIZED, F->C_OpenSession(blank, CKF_SERIAL_SESSION, NULL,
					      NULL, &(CK_SESSION_HANDLE){ 0 }));
	IS(CKR_NO_EVENT, F->C_WaitForSlotEvent(CKF_DONT_BLOCK, &which, NULL));
	IS(CKR_ARGUMENTS_BAD, F->C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL));
	IS(CKR_ARGUMENTS_BAD, F->C_WaitForSlotEvent(CKF_DONT_BLOCK, &which, &which));
	child = api_child_start(make_token);
	OK(F->C_WaitForSlotEvent(0, &which, NULL));
	api_child_end(child);
	OK(F->C_GetTokenInfo(blank, &info));
	ck_assert_mem_eq(info.label, new_label, 32);
	ck_assert_uint_ne(info.flags & CKF_TOKEN_INITIALIZED, 0);
	(void)wait_for_blank(blank);
	api_stop();
}
END_TEST

/* What follows of an event, if anything, comes to an end: five times nothing. */
static void
wait_until_quiet(void)
{
	CK_SLOT_ID which;
	int quiet = 0;

	for (unsigned i = 0; i < slower(100) && quiet < 5; i++) {
		CK_RV rv = F->C_WaitForSlotEvent(CKF_DONT_BLOCK, &which, NULL);

		ck_assert_msg(rv == CKR_OK || rv == CKR_NO_EVENT, "%#lx", rv);
		quiet = rv == CKR_NO_EVENT ? quiet + 1 : 0;
		usleep(20000);
	}
	ck_assert_int_eq(quiet, 5);
}

START_TEST (events_are_polled_and_told_once) {
	CK_SLOT_ID which;

	name_token("made elsewhere 2");
	api_load();
	OK(F->C_Initialize(NULL));
	(void)wait_for_blank((CK_SLOT_ID)-1);
	api_child_end(api_child_start(make_token));
	OK(F->C_WaitForSlotEvent(CKF_DONT_BLOCK, &which, NULL));
	wait_until_quiet();
	api_stop();
}
END_TEST

static CK_FLAGS
user_pin_flags(void)
{
	CK_TOKEN_INFO info;

	OK(F->C_GetTokenInfo(api_slot(), &info));
	return info.flags & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
}

/* What C_GetTokenInfo says of it is new, of a slot that is as it was (5.5.4). */
START_TEST (a_wrong_pin_is_no_event) {
	CK_UTF8CHAR wrong[] = "certainly not it";
	CK_SESSION_HANDLE s;
	CK_SLOT_ID which;

	api_load();
	OK(F->C_Initialize(NULL));
	s = api_session(0);
	wait_until_quiet();
	ck_assert_uint_eq(user_pin_flags(), 0);
	IS(CKR_PIN_INCORRECT, F->C_Login(s, CKU_USER, wrong, sizeof wrong - 1));
	for (unsigned i = 0; i < slower(200) && user_pin_flags() == 0; i++)
		usleep(20000);
	ck_assert_uint_eq(user_pin_flags(), CKF_USER_PIN_COUNT_LOW);
	IS(CKR_NO_EVENT, F->C_WaitForSlotEvent(CKF_DONT_BLOCK, &which, NULL));
	OK(api_login(s, CKU_USER));
	ck_assert_uint_eq(user_pin_flags(), 0);
	IS(CKR_NO_EVENT, F->C_WaitForSlotEvent(CKF_DONT_BLOCK, &which, NULL));
	api_stop();
}
END_TEST

/* It is told of as soon as it is there, whatever C_GetSlotList says. */
static void
wait_for_event_of_another(CK_SLOT_ID slot)
{
	CK_SLOT_ID which = slot;

	for (unsigned i = 0; i < slower(1500) && which == slot; i++)
		if (F->C_WaitForSlotEvent(CKF_DONT_BLOCK, &which, NULL) != CKR_OK)
			usleep(20000);
	ck_assert_uint_ne(which, slot);
}

/* 5.5.1: "the changed slot list will only be visible and effective if C_GetSlotList is called
 * again with NULL". */
START_TEST (a_slot_that_comes_after_the_count_waits_for_the_next_one) {
	CK_SLOT_ID blank, slots[16];
	CK_ULONG counted = 0, n, few;

	name_token("made elsewhere 3");
	api_load();
	OK(F->C_Initialize(NULL));
	blank = wait_for_blank((CK_SLOT_ID)-1);
	OK(F->C_GetSlotList(CK_TRUE, NULL, &counted));
	api_child_end(api_child_start(make_token));
	wait_for_event_of_another(blank);
	/* however much room there is */
	n = COUNT(slots);
	OK(F->C_GetSlotList(CK_TRUE, slots, &n));
	ck_assert_uint_eq(n, counted);
	n = COUNT(slots);
	OK(F->C_GetSlotList(CK_FALSE, slots, &n));
	ck_assert_uint_eq(n, counted);
	few = counted - 1;
	IS(CKR_BUFFER_TOO_SMALL, F->C_GetSlotList(CK_TRUE, slots, &few));
	OK(F->C_GetSlotList(CK_TRUE, NULL, &n));
	ck_assert_uint_eq(n, counted + 1);
	IS(CKR_BUFFER_TOO_SMALL, F->C_GetSlotList(CK_TRUE, slots, &counted));
	OK(F->C_GetSlotList(CK_TRUE, slots, &n));
	/* nor is a count from before C_Finalize */
	OK(F->C_Finalize(NULL));
	OK(F->C_Initialize(NULL));
	few = 0;
	IS(CKR_BUFFER_TOO_SMALL, F->C_GetSlotList(CK_TRUE, slots, &few));
	api_stop();
}
END_TEST

static int
make_three_tokens(void)
{
	CK_SLOT_ID blank = (CK_SLOT_ID)-1;

	for (char c = 'a'; c <= 'c'; c++) {
		char name[] = "made elsewhere 4?";
		int r;

		if (F->C_Initialize(NULL) != CKR_OK)
			return 4;
		blank = wait_for_blank(blank);
		if (F->C_Finalize(NULL) != CKR_OK)
			return 5;
		name[sizeof name - 2] = c;
		name_token(name);
		r = make_token();
		if (r != 0)
			return r;
	}
	return 0;
}

START_TEST (each_of_several_slots_is_an_event) {
	static const char made[] = "made elsewhere 4";
	CK_SLOT_ID which;
	CK_TOKEN_INFO info;
	bool seen[3] = { false };
	int quiet = 0;

	api_load();
	OK(F->C_Initialize(NULL));
	(void)wait_for_blank((CK_SLOT_ID)-1);
	api_child_end(api_child_start(make_three_tokens));
	for (unsigned i = 0; i < slower(200) && quiet < 5; i++) {
		CK_RV rv = F->C_WaitForSlotEvent(CKF_DONT_BLOCK, &which, NULL);

		ck_assert_msg(rv == CKR_OK || rv == CKR_NO_EVENT, "%#lx", rv);
		quiet = rv == CKR_NO_EVENT ? quiet + 1 : 0;
		if (rv == CKR_NO_EVENT) {
			usleep(20000);
			continue;
		}
		OK(F->C_GetTokenInfo(which, &info));
		if (memcmp(info.label, made, sizeof made - 1) == 0)
			seen[info.label[sizeof made - 1] - 'a'] = true;
	}
	ck_assert_int_eq(quiet, 5);
	ck_assert(seen[0] && seen[1] && seen[2]);
	api_stop();
}
END_TEST

static const char *init_pin;
static CK_RV init_expected;

static int
initialise_again(void)
{
	const char *label = api_env("TOKEN_LABEL");
	CK_RV rv;

	memset(new_label, ' ', 32);
	memcpy(new_label, label, strlen(label));
	if (F->C_Initialize(NULL) != CKR_OK)
		return 1;
	rv = F->C_InitToken(api_slot(), (CK_UTF8CHAR *)(uintptr_t)init_pin,
		strlen(init_pin), new_label);
	if (rv != init_expected) {
		(void)fprintf(stderr, "C_InitToken: %#lx\n", rv);
		return 2;
	}
	return F->C_Finalize(NULL) == CKR_OK ? 0 : 3;
}

/* That somebody made: profiles cannot be destroyed. */
static CK_ULONG
count_token_objects(CK_SESSION_HANDLE s)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_DESTROYABLE, YES) };
	CK_OBJECT_HANDLE found[64];
	CK_ULONG n = 0;

	OK(F->C_FindObjectsInit(s, template, COUNT(template)));
	OK(F->C_FindObjects(s, found, COUNT(found), &n));
	OK(F->C_FindObjectsFinal(s));
	return n;
}

static CK_RV
make_object(CK_SESSION_HANDLE s, const CK_BBOOL *private, CK_OBJECT_HANDLE *ret)
{
	static const CK_OBJECT_CLASS data = CKO_DATA;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, data), ATTR(CKA_TOKEN, YES),
		{ CKA_PRIVATE, (void *)(uintptr_t) private, 1 },
		{ CKA_LABEL, (void *)(uintptr_t) "thing", 5 } };

	return F->C_CreateObject(s, template, COUNT(template), ret);
}

static CK_OBJECT_HANDLE
token_object(CK_SESSION_HANDLE s, const CK_BBOOL *private)
{
	CK_OBJECT_HANDLE o = 0;

	OK(make_object(s, private, &o));
	return o;
}

static void
initialise_elsewhere(void)
{
	init_pin = api_env("SO_PIN");
	init_expected = CKR_OK;
	api_child_end(api_child_start(initialise_again));
}

/* For the tests that follow. */
static void
set_user_pin(CK_SESSION_HANDLE s)
{
	const char *pin = api_env("USER_PIN");

	OK(api_login(s, CKU_SO));
	OK(F->C_InitPIN(s, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin)));
	OK(F->C_Logout(s));
}

static void
state_is(CK_STATE expected, CK_SESSION_HANDLE s)
{
	CK_SESSION_INFO info;

	OK(F->C_GetSessionInfo(s, &info));
	ck_assert_uint_eq(info.state, expected);
}

START_TEST (initialising_again_empties_the_token_and_ends_logins) {
	static char huge[1001];
	const char *const not_it[] = { "certainly not it", "", huge };
	CK_ULONG custody = 0;
	CK_ATTRIBUTE label = { CKA_LABEL, NULL, 0 };
	CK_SESSION_HANDLE s = api_start(), spare = api_session(0);
	CK_OBJECT_HANDLE public = token_object(s, &NO), private = token_object(s, &YES);
	CK_OBJECT_HANDLE key = api_generate_aes(s, 32, 0);
	CK_TOKEN_INFO info;
	CK_RV rv;

	memset(huge, 'x', sizeof huge - 1);
	custody = api_custody(s, key);
	ck_assert_uint_ne(custody, 0);
	ck_assert_uint_ge(count_token_objects(s), 2);
	/* one that is only compared has no length (5.1.6) */
	init_expected = CKR_PIN_INCORRECT;
	for (size_t i = 0; i < COUNT(not_it); i++) {
		init_pin = not_it[i];
		api_child_end(api_child_start(initialise_again));
	}
	ck_assert_uint_ge(count_token_objects(s), 2);
	initialise_elsewhere();
	/* once: it is known then that nobody is logged in */
	IS(CKR_USER_NOT_LOGGED_IN, F->C_FindObjectsInit(s, NULL, 0));
	ck_assert_uint_eq(count_token_objects(s), 0);
	IS(CKR_OBJECT_HANDLE_INVALID, F->C_GetAttributeValue(s, public, &label, 1));
	rv = F->C_GetAttributeValue(s, private, &label, 1);
	ck_assert_msg(rv == CKR_OBJECT_HANDLE_INVALID || rv == CKR_USER_NOT_LOGGED_IN,
		"%#lx", rv);
	OK(F->C_GetTokenInfo(api_slot(), &info));
	ck_assert_uint_eq(info.flags & CKF_USER_PIN_INITIALIZED, 0);
	/* whoever was logged in can set things up again, with no logout between */
	IS(CKR_USER_PIN_NOT_INITIALIZED, api_login(s, CKU_USER));
	OK(F->C_CloseSession(spare));
	set_user_pin(s);
	OK(api_login(s, CKU_USER));
	(void)token_object(s, &YES);
	ck_assert_uint_eq(count_token_objects(s), 1);
	api_stop();
}
END_TEST

static CK_RV
officer_makes(CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE o;

	return make_object(s, &NO, &o);
}

static CK_RV
officer_looks(CK_SESSION_HANDLE s)
{
	return F->C_FindObjectsInit(s, NULL, 0);
}

static CK_RV
officer_sets_pin(CK_SESSION_HANDLE s)
{
	CK_UTF8CHAR pin[] = "another pin";

	return F->C_InitPIN(s, pin, sizeof pin - 1);
}

static CK_RV (*const officers[])(
	CK_SESSION_HANDLE s) = { officer_makes, officer_looks, officer_sets_pin };

START_TEST (an_officer_whose_login_was_ended_elsewhere_is_nobody) {
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE o;

	api_load();
	OK(F->C_Initialize(&args));
	s = api_session(CKF_RW_SESSION);
	OK(api_login(s, CKU_SO));
	/* what only users may do ends nothing */
	IS(CKR_USER_NOT_LOGGED_IN, make_object(s, &YES, &o));
	state_is(CKS_RW_SO_FUNCTIONS, s);
	initialise_elsewhere();
	IS(CKR_USER_NOT_LOGGED_IN, officers[_i](s));
	state_is(CKS_RW_PUBLIC_SESSION, s);
	ck_assert_uint_eq(count_token_objects(s), 0);
	set_user_pin(s);
	api_stop();
}
END_TEST

static bool logouts_are_lost;

/* The module's requests come here, since this program has the first send() there is. In place
 * of a logout keyringd gets another request, whose answer the module does not understand. */
__attribute__((visibility("default"))) ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	static const unsigned char slots[24] = { [4] = 2 };
	const unsigned char *type = (const unsigned char *)p + 4;

	if (!logouts_are_lost || n <= sizeof slots || *type != 5)
		return sendto(fd, p, n, flags, NULL, 0);
	return sendto(fd, slots, sizeof slots, flags, NULL, 0) < 0 ? -1 : (ssize_t)n;
}

START_TEST (a_logout_that_keyringd_did_not_hear_keeps_nobody_out) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o;

	initialise_elsewhere();
	logouts_are_lost = true;
	OK(F->C_Logout(s));
	IS(CKR_USER_NOT_LOGGED_IN, make_object(s, &NO, &o));
	logouts_are_lost = false;
	ck_assert_uint_eq(count_token_objects(s), 0);
	OK(make_object(s, &NO, &o));
	set_user_pin(s);
	api_stop();
}
END_TEST

static int
change_pin(void)
{
	const char *pin = api_env("USER_PIN");
	CK_UTF8CHAR *user = (CK_UTF8CHAR *)(uintptr_t)pin, other[] = "another pin";
	CK_SESSION_HANDLE s;

	if (F->C_Initialize(NULL) != CKR_OK)
		return 1;
	s = api_session(CKF_RW_SESSION);
	if (F->C_Login(s, CKU_SO, (CK_UTF8CHAR *)(uintptr_t)api_env("SO_PIN"),
		    strlen(api_env("SO_PIN"))) != CKR_OK)
		return 2;
	if (F->C_InitPIN(s, other, sizeof other - 1) != CKR_OK)
		return 3;
	if (F->C_InitPIN(s, user, strlen(pin)) != CKR_OK)
		return 4;
	return F->C_Finalize(NULL) == CKR_OK ? 0 : 5;
}

START_TEST (login_ended_elsewhere_can_be_renewed_by_logging_in) {
	CK_SESSION_HANDLE s = api_start();
	CK_RV rv;

	IS(CKR_USER_ALREADY_LOGGED_IN, api_login(s, CKU_USER));
	api_child_end(api_child_start(change_pin));
	rv = api_login(s, CKU_USER);
	ck_assert_msg(rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN, "%#lx", rv);
	(void)token_object(s, &YES);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &token_made_elsewhere_is_an_event, 0 },
	{ &events_are_polled_and_told_once, 0 },
	{ &a_wrong_pin_is_no_event, 0 },
	{ &a_slot_that_comes_after_the_count_waits_for_the_next_one, 0 },
	{ &each_of_several_slots_is_an_event, 0 },
	{ &initialising_again_empties_the_token_and_ends_logins, 0 },
	{ &an_officer_whose_login_was_ended_elsewhere_is_nobody, (int)COUNT(officers) },
	{ &a_logout_that_keyringd_did_not_hear_keeps_nobody_out, 0 },
	{ &login_ended_elsewhere_can_be_renewed_by_logging_in, 0 },
};

CHECK_MAIN("api_tokens", tests)
