/* SPDX-License-Identifier: Apache-2.0 */
/* The module without keyringd: what every program that loads it goes through. */
#include "tests/api/api.h"

#include <dirent.h>
#include <sys/wait.h>

static int locks, unlocks, creates, destroys;
static CK_RV lock_answer;
static int a_mutex;

static CK_RV
create_mutex(CK_VOID_PTR_PTR m)
{
	creates++;
	*m = &a_mutex;
	return CKR_OK;
}

static CK_RV
destroy_mutex(CK_VOID_PTR m)
{
	ck_assert_ptr_eq(m, &a_mutex);
	destroys++;
	return CKR_OK;
}

static CK_RV
lock_mutex(CK_VOID_PTR m)
{
	ck_assert_ptr_eq(m, &a_mutex);
	if (lock_answer == CKR_OK)
		locks++;
	return lock_answer;
}

static CK_RV
unlock_mutex(CK_VOID_PTR m)
{
	ck_assert_ptr_eq(m, &a_mutex);
	unlocks++;
	return CKR_OK;
}

static const struct {
	CK_C_INITIALIZE_ARGS args;
	CK_RV rv;
} forms[] = {
	{ { .flags = 0 }, CKR_OK },
	{ { .flags = CKF_OS_LOCKING_OK }, CKR_OK },
	{ { .flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS }, CKR_OK },
	{ { create_mutex, destroy_mutex, lock_mutex, unlock_mutex, 0, NULL }, CKR_OK },
	{ { create_mutex, destroy_mutex, lock_mutex, unlock_mutex, CKF_OS_LOCKING_OK,
		  NULL },
		CKR_OK },
	{ { create_mutex, NULL, lock_mutex, unlock_mutex, 0, NULL }, CKR_ARGUMENTS_BAD },
	{ { create_mutex, NULL, NULL, NULL, CKF_OS_LOCKING_OK, NULL },
		CKR_ARGUMENTS_BAD },
	{ { .flags = CKF_OS_LOCKING_OK, .pReserved = &a_mutex }, CKR_ARGUMENTS_BAD },
};

START_TEST (initialize_takes_every_form) {
	CK_C_INITIALIZE_ARGS args = forms[_i].args;

	api_load();
	IS(forms[_i].rv, F->C_Initialize(&args));
	if (forms[_i].rv == CKR_OK) {
		IS(CKR_CRYPTOKI_ALREADY_INITIALIZED, F->C_Initialize(&args));
		OK(F->C_Finalize(NULL));
	}
	IS(CKR_CRYPTOKI_NOT_INITIALIZED, F->C_Finalize(NULL));
	/* a refused one leaves nothing behind */
	OK(F->C_Initialize(NULL));
	api_stop();
}
END_TEST

START_TEST (application_mutexes_are_used_and_their_errors_reported) {
	CK_C_INITIALIZE_ARGS args = { create_mutex, destroy_mutex, lock_mutex,
		unlock_mutex, 0, NULL };
	CK_ULONG n = 0;

	api_load();
	OK(F->C_Initialize(&args));
	ck_assert_int_eq(creates, 1);
	OK(F->C_GetSlotList(CK_FALSE, NULL, &n));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_DigestInit(1, NULL));
	ck_assert_int_ge(locks, 2);
	ck_assert_int_eq(locks, unlocks);
	lock_answer = CKR_GENERAL_ERROR;
	IS(CKR_GENERAL_ERROR, F->C_GetSlotList(CK_FALSE, NULL, &n));
	lock_answer = CKR_OK;
	OK(F->C_Finalize(NULL));
	ck_assert_int_eq(destroys, 1);
}
END_TEST

START_TEST (os_locking_leaves_application_mutexes_alone) {
	CK_C_INITIALIZE_ARGS args = { create_mutex, destroy_mutex, lock_mutex,
		unlock_mutex, CKF_OS_LOCKING_OK, NULL };
	CK_ULONG n = 0;

	api_load();
	OK(F->C_Initialize(&args));
	OK(F->C_GetSlotList(CK_FALSE, NULL, &n));
	ck_assert_int_eq(creates + locks, 0);
	api_stop();
}
END_TEST

START_TEST (interfaces_of_all_versions_are_offered) {
	static const CK_VERSION versions[] = { { 3, 2 }, { 3, 0 }, { 2, 40 } };
	CK_UTF8CHAR name[] = "PKCS 11";
	CK_VERSION unknown = { 9, 9 };
	CK_INTERFACE list[8], *one = NULL;
	CK_ULONG n = 1;

	api_load();
	IS(CKR_ARGUMENTS_BAD, F->C_GetInterfaceList(NULL, NULL));
	IS(CKR_BUFFER_TOO_SMALL, F->C_GetInterfaceList(list, &n));
	ck_assert_uint_eq(n, COUNT(versions));
	OK(F->C_GetInterfaceList(NULL, &n));
	n = COUNT(list);
	OK(F->C_GetInterfaceList(list, &n));
	for (size_t i = 0; i < COUNT(versions); i++) {
		CK_VERSION v = versions[i];

		ck_assert_mem_eq(list[i].pFunctionList, &v, sizeof v);
		ck_assert_str_eq((char *)list[i].pInterfaceName, "PKCS 11");
		/* a child has to initialise, and has nothing of its parent's */
		ck_assert_uint_eq(list[i].flags, 0);
		IS(CKR_FUNCTION_FAILED,
			F->C_GetInterface(name, &v, &one, CKF_INTERFACE_FORK_SAFE));
		OK(F->C_GetInterface(name, &v, &one, 0));
		ck_assert_ptr_eq(one->pFunctionList, list[i].pFunctionList);
	}
	OK(F->C_GetInterface(NULL, NULL, &one, 0));
	ck_assert_ptr_eq(one->pFunctionList, list[0].pFunctionList);
	IS(CKR_FUNCTION_FAILED, F->C_GetInterface(NULL, &unknown, &one, 0));
	IS(CKR_FUNCTION_FAILED,
		F->C_GetInterface((CK_UTF8CHAR *)(uintptr_t) "other", NULL, &one, 0));
	IS(CKR_ARGUMENTS_BAD, F->C_GetInterface(NULL, NULL, NULL, 0));
}
END_TEST

START_TEST (every_entry_of_every_list_is_there) {
	CK_INTERFACE list[3];
	CK_ULONG n = COUNT(list);
	static const size_t sizes[] = { sizeof(CK_FUNCTION_LIST_3_2),
		sizeof(CK_FUNCTION_LIST_3_0), sizeof(CK_FUNCTION_LIST) };

	api_load();
	OK(F->C_GetInterfaceList(list, &n));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		void **entry = (void **)list[i].pFunctionList;

		/* the version fills the first place */
		for (size_t k = 1; k < sizes[i] / sizeof(void *); k++)
			ck_assert_ptr_nonnull(entry[k]);
	}
}
END_TEST

START_TEST (nothing_works_before_initialize) {
	CK_SLOT_INFO slot;
	CK_INFO info;
	CK_ULONG n = 0;

	api_load();
	IS(CKR_CRYPTOKI_NOT_INITIALIZED, F->C_GetInfo(&info));
	IS(CKR_CRYPTOKI_NOT_INITIALIZED, F->C_GetSlotList(CK_TRUE, NULL, &n));
	IS(CKR_CRYPTOKI_NOT_INITIALIZED, F->C_GetSlotInfo(0, &slot));
	IS(CKR_CRYPTOKI_NOT_INITIALIZED, F->C_CloseSession(1));
	IS(CKR_CRYPTOKI_NOT_INITIALIZED, F->C_DigestInit(1, NULL));
	IS(CKR_CRYPTOKI_NOT_INITIALIZED, F->C_WrapKey(1, NULL, 1, 1, NULL, &n));
	IS(CKR_CRYPTOKI_NOT_INITIALIZED, F->C_Finalize(NULL));
}
END_TEST

START_TEST (legacy_calls_answer_the_same_at_any_time) {
	api_load();
	IS(CKR_FUNCTION_NOT_PARALLEL, F->C_GetFunctionStatus(0));
	IS(CKR_FUNCTION_NOT_PARALLEL, F->C_CancelFunction(77));
	OK(F->C_Initialize(NULL));
	IS(CKR_FUNCTION_NOT_PARALLEL, F->C_GetFunctionStatus(0));
	IS(CKR_FUNCTION_NOT_PARALLEL, F->C_CancelFunction(77));
	api_stop();
}
END_TEST

START_TEST (without_keyringd_there_are_no_slots_and_no_errors) {
	CK_SLOT_ID slot = 0;
	CK_ULONG n = 5;

	api_load();
	OK(F->C_Initialize(NULL));
	OK(F->C_GetSlotList(CK_TRUE, NULL, &n));
	ck_assert_uint_eq(n, 0);
	IS(CKR_SLOT_ID_INVALID,
		F->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &slot));
	IS(CKR_SLOT_ID_INVALID, F->C_CloseAllSessions(0));
	IS(CKR_NO_EVENT, F->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
	IS(CKR_ARGUMENTS_BAD, F->C_GetSlotList(CK_TRUE, NULL, NULL));
	IS(CKR_ARGUMENTS_BAD, F->C_GetInfo(NULL));
	IS(CKR_ARGUMENTS_BAD, F->C_Finalize(&n));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_DigestInit(1, NULL));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_CloseSession(0));
	api_stop();
}
END_TEST

static int
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

START_TEST (initialize_and_finalize_leave_no_descriptor) {
	int before;
	CK_ULONG n = 0;

	api_load();
	before = open_descriptors();
	for (int i = 0; i < 100; i++) {
		OK(F->C_Initialize(NULL));
		OK(F->C_GetSlotList(CK_TRUE, NULL, &n));
		OK(F->C_Finalize(NULL));
	}
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

START_TEST (forked_child_is_uninitialised_and_can_initialise) {
	CK_INFO info;
	int status;
	pid_t pid;

	api_load();
	OK(F->C_Initialize(NULL));
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (F->C_GetInfo(&info) != CKR_CRYPTOKI_NOT_INITIALIZED)
			_exit(1);
		if (F->C_Initialize(NULL) != CKR_OK || F->C_GetInfo(&info) != CKR_OK ||
			F->C_Finalize(NULL) != CKR_OK)
			_exit(2);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	OK(F->C_GetInfo(&info));
	IS(CKR_CRYPTOKI_ALREADY_INITIALIZED, F->C_Initialize(NULL));
	api_stop();
}
END_TEST

START_TEST (the_version_is_that_of_the_highest_list) {
	CK_INFO info;

	api_load();
	OK(F->C_Initialize(NULL));
	OK(F->C_GetInfo(&info));
	ck_assert_uint_eq(info.cryptokiVersion.major, F->version.major);
	ck_assert_uint_eq(info.cryptokiVersion.minor, F->version.minor);
	ck_assert_uint_eq(info.flags, 0);
	api_stop();
}
END_TEST

/* What the module writes to stderr for one call, with this in the environment. */
static void
debug_line(const char *value, char *ret, size_t room)
{
	int ends[2], status = -1;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)dup2(ends[1], 2);
		(void)setenv("KEYRING_TOKEN_DEBUG", value, 1);
		(void)F->C_Initialize(NULL);
		(void)F->C_GetInfo(NULL);
		exit(0);
	}
	(void)close(ends[1]);
	n = read(ends[0], ret, room - 1);
	ck_assert_int_ge(n, 0);
	ret[n] = '\0';
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST (calls_are_shown_to_who_asks_for_them) {
	char line[512], *end;

	api_load();
	debug_line("1", line, sizeof line);
	end = strchr(line, '\n');
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	ck_assert_ptr_nonnull(strstr(line, " C_Initialize -> CKR_OK"));
	debug_line("0", line, sizeof line);
	ck_assert_str_eq(line, "");
	debug_line("", line, sizeof line);
	ck_assert_str_eq(line, "");
	(void)dlclose(api_module);
}
END_TEST

static const struct check_test tests[] = {
	{ &the_version_is_that_of_the_highest_list, 0 },
	{ &calls_are_shown_to_who_asks_for_them, 0 },
	{ &initialize_takes_every_form, COUNT(forms) },
	{ &application_mutexes_are_used_and_their_errors_reported, 0 },
	{ &os_locking_leaves_application_mutexes_alone, 0 },
	{ &interfaces_of_all_versions_are_offered, 0 },
	{ &every_entry_of_every_list_is_there, 0 },
	{ &nothing_works_before_initialize, 0 },
	{ &legacy_calls_answer_the_same_at_any_time, 0 },
	{ &without_keyringd_there_are_no_slots_and_no_errors, 0 },
	{ &initialize_and_finalize_leave_no_descriptor, 0 },
	{ &forked_child_is_uninitialised_and_can_initialise, 0 },
};

CHECK_MAIN("api_general", tests)
