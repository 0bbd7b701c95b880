/* SPDX-License-Identifier: Apache-2.0 */
/* Any number of threads, each with its session, and threads that share one. */
#include "tests/api/kernel.h"

#include <pthread.h>

#define THREADS 8
#define ROUNDS 300

static CK_SLOT_ID slot;
static CK_SESSION_HANDLE shared;
static CK_OBJECT_HANDLE shared_key;
static unsigned char key_bytes[32] = { 3, 1, 4 }, plain[16] = { 1 }, expected[16];
static CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };

/* Assertions belong to the main thread: a thread returns where it failed. */
#define TRY(call)                                           \
	do {                                                \
		if ((call) != CKR_OK)                       \
			return (void *)(uintptr_t)__LINE__; \
	} while (0)

static void
run(void *(*fn)(void *), unsigned n)
{
	pthread_t threads[64];
	void *line;

	for (unsigned i = 0; i < n; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, fn, NULL), 0);
	for (unsigned i = 0; i < n; i++) {
		pthread_join(threads[i], &line);
		ck_assert_msg(line == NULL, "line %lu", (unsigned long)(uintptr_t)line);
	}
}

static void
start(void)
{
	CK_ULONG n = 16;

	shared = api_start();
	slot = api_slot();
	shared_key = api_key(shared, CKK_AES, key_bytes, 32, 1);
	OK(F->C_EncryptInit(shared, &ecb, shared_key));
	OK(F->C_Encrypt(shared, plain, 16, expected, &n));
}

static void *
own_session(void *arg)
{
	CK_SESSION_HANDLE s;
	unsigned char out[16];

	TRY(F->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s));
	for (int i = 0; i < ROUNDS; i++) {
		CK_ULONG n = 16;

		TRY(F->C_EncryptInit(s, &ecb, shared_key));
		TRY(F->C_Encrypt(s, plain, 16, out, &n));
		if (memcmp(out, expected, 16) != 0)
			return (void *)(uintptr_t)__LINE__;
	}
	TRY(F->C_CloseSession(s));
	return NULL;
}

START_TEST (each_thread_with_its_session) {
	start();
	run(own_session, THREADS);
	api_stop();
}
END_TEST

/* Whatever order they come in, an answer is one the standard has for it. */
static void *
same_session(void *arg)
{
	unsigned char out[64];

	for (int i = 0; i < ROUNDS; i++) {
		CK_ULONG n = sizeof out;
		CK_RV rv = F->C_EncryptInit(shared, &ecb, shared_key);

		if (rv != CKR_OK && rv != CKR_OPERATION_ACTIVE)
			return (void *)(uintptr_t)__LINE__;
		rv = F->C_Encrypt(shared, plain, 16, out, &n);
		if (rv != CKR_OK && rv != CKR_OPERATION_NOT_INITIALIZED)
			return (void *)(uintptr_t)__LINE__;
		if (rv == CKR_OK && memcmp(out, expected, 16) != 0)
			return (void *)(uintptr_t)__LINE__;
	}
	return NULL;
}

START_TEST (threads_that_share_a_session) {
	start();
	run(same_session, THREADS);
	api_stop();
}
END_TEST

static CK_OBJECT_HANDLE made_elsewhere[20];
static int make_readable = 1;

static void *
make_keys(void *arg)
{
	const CK_BBOOL sensitive = !make_readable, extractable = !!make_readable;
	CK_ATTRIBUTE template[4];
	const CK_ULONG n = 32;
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };

	template[0] = (CK_ATTRIBUTE)ATTR(CKA_SENSITIVE, sensitive);
	template[1] = (CK_ATTRIBUTE)ATTR(CKA_EXTRACTABLE, extractable);
	template[2] = (CK_ATTRIBUTE)ATTR(CKA_ENCRYPT, YES);
	template[3] = (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, n);
	for (size_t i = 0; i < COUNT(made_elsewhere); i++)
		TRY(F->C_GenerateKey(shared, &gen, template, 4, &made_elsewhere[i]));
	return NULL;
}

static pthread_barrier_t made;

static void *
older_thread(void *arg)
{
	unsigned char out[16];
	CK_SESSION_HANDLE s;

	TRY(F->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s));
	pthread_barrier_wait(&made);
	for (size_t i = 0; i < COUNT(made_elsewhere); i++) {
		CK_ULONG n = 16;

		TRY(F->C_EncryptInit(s, &ecb, made_elsewhere[i]));
		TRY(F->C_Encrypt(s, plain, 16, out, &n));
	}
	TRY(F->C_CloseSession(s));
	return NULL;
}

START_TEST (keys_made_in_a_thread_that_exits_are_used_from_older_threads) {
	pthread_t old;
	void *line;

	make_readable = _i;
	start();
	pthread_barrier_init(&made, NULL, 2);
	ck_assert_int_eq(pthread_create(&old, NULL, older_thread, NULL), 0);
	run(make_keys, 1);
	pthread_barrier_wait(&made);
	pthread_join(old, &line);
	ck_assert_msg(line == NULL, "line %lu", (unsigned long)(uintptr_t)line);
	ck_assert_uint_eq(api_custody(shared, made_elsewhere[0]),
		_i ? CK_KT_CUSTODY_PROCESS : kernel_custody(kernel_takes_aes()));
	api_stop();
}
END_TEST

/* Both set it, to the same; neither may be told that there is no such object. */
static void *
change(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t) "name", 4 };

		TRY(F->C_SetAttributeValue(
			*(CK_SESSION_HANDLE *)arg, shared_key, &label, 1));
	}
	return NULL;
}

START_TEST (threads_that_change_one_object) {
	CK_SESSION_HANDLE s[4];
	pthread_t threads[4];
	void *line;

	start();
	for (size_t i = 0; i < COUNT(s); i++) {
		s[i] = api_session(0);
		ck_assert_int_eq(pthread_create(&threads[i], NULL, change, &s[i]), 0);
	}
	for (size_t i = 0; i < COUNT(s); i++) {
		pthread_join(threads[i], &line);
		ck_assert_msg(line == NULL, "line %lu", (unsigned long)(uintptr_t)line);
	}
	api_stop();
}
END_TEST

/* Each has an attribute of its own, which nobody else changes. */
struct writer {
	CK_SESSION_HANDLE s;
	CK_ATTRIBUTE_TYPE type;
};

static void *
change_own(void *arg)
{
	const struct writer *w = arg;

	for (int i = 0; i < ROUNDS / 3; i++) {
		int found = -1;
		CK_ATTRIBUTE a = ATTR(w->type, i), b = ATTR(w->type, found);

		TRY(F->C_SetAttributeValue(w->s, shared_key, &a, 1));
		TRY(F->C_GetAttributeValue(w->s, shared_key, &b, 1));
		if (found != i)
			return (void *)(uintptr_t)__LINE__;
	}
	return NULL;
}

static CK_OBJECT_HANDLE
private_key(CK_BBOOL token)
{
	static const unsigned char p256[] = { 6, 8, 42, 134, 72, 206, 61, 3, 1, 7 };
	CK_MECHANISM m = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public = ATTR(CKA_EC_PARAMS, p256), private = ATTR(CKA_TOKEN, token);
	CK_OBJECT_HANDLE pub = 0, prv = 0;

	OK(F->C_GenerateKeyPair(shared, &m, &public, 1, &private, 1, &pub, &prv));
	return prv;
}

/* By who keeps the key: the process, keyringd, keystored for keyringd, keystored. */
START_TEST (threads_that_change_attributes_of_one_object) {
	struct writer w[] = { { .type = CKA_ID }, { .type = CKA_LABEL },
		{ .type = CKA_SUBJECT } };
	const size_t n = _i < 2 ? 2 : 3; /* of a secret key: no CKA_SUBJECT */
	pthread_t threads[COUNT(w)];
	void *line;

	start();
	if (_i == 1) {
		/* what wraps is not the kernel's */
		CK_ATTRIBUTE stricter[] = { ATTR(CKA_SENSITIVE, YES),
			ATTR(CKA_WRAP, YES) };

		OK(F->C_CopyObject(shared, shared_key, stricter, 2, &shared_key));
	} else if (_i >= 2) {
		shared_key = private_key(_i == 3);
	}
	for (size_t i = 0; i < n; i++) {
		w[i].s = api_session(CKF_RW_SESSION);
		ck_assert_int_eq(pthread_create(&threads[i], NULL, change_own, &w[i]), 0);
	}
	for (size_t i = 0; i < n; i++) {
		pthread_join(threads[i], &line);
		ck_assert_msg(line == NULL, "line %lu", (unsigned long)(uintptr_t)line);
	}
	OK(F->C_DestroyObject(shared, shared_key));
	api_stop();
}
END_TEST

#define PRIVATE_KEYS 12

/* One that is made while the user logs out goes with the login, or is not made. */
static void *
make_private_keys(void *arg)
{
	static const CK_ULONG n = 32;
	CK_ATTRIBUTE template[] = { ATTR(CKA_PRIVATE, YES), ATTR(CKA_SENSITIVE, NO),
		ATTR(CKA_EXTRACTABLE, YES), ATTR(CKA_VALUE_LEN, n) };
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };

	for (int i = 0; i < PRIVATE_KEYS; i++) {
		CK_OBJECT_HANDLE key = 0;
		CK_RV rv = F->C_GenerateKey(
			*(CK_SESSION_HANDLE *)arg, &gen, template, COUNT(template), &key);

		if (rv != CKR_OK && rv != CKR_USER_NOT_LOGGED_IN)
			return (void *)(uintptr_t)__LINE__;
	}
	return NULL;
}

START_TEST (no_private_object_outlives_a_logout) {
	CK_ATTRIBUTE of_session[] = { ATTR(CKA_TOKEN, NO), ATTR(CKA_PRIVATE, YES) };
	CK_SESSION_HANDLE s[4];
	CK_OBJECT_HANDLE found = 0;
	pthread_t threads[COUNT(s)];
	void *line;
	CK_ULONG n;

	start();
	for (size_t i = 0; i < COUNT(s); i++)
		s[i] = api_session(0);
	for (int round = 0; round < 40; round++) {
		for (size_t i = 0; i < COUNT(s); i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL,
						 make_private_keys, &s[i]),
				0);
		usleep((useconds_t)(round % 10) * 100);
		OK(F->C_Logout(shared));
		for (size_t i = 0; i < COUNT(s); i++) {
			pthread_join(threads[i], &line);
			ck_assert_msg(
				line == NULL, "line %lu", (unsigned long)(uintptr_t)line);
		}
		OK(api_login(shared, CKU_USER));
		OK(F->C_FindObjectsInit(shared, of_session, COUNT(of_session)));
		OK(F->C_FindObjects(shared, &found, 1, &n));
		OK(F->C_FindObjectsFinal(shared));
		ck_assert_msg(n == 0, "round %d", round);
	}
	api_stop();
}
END_TEST

static void *
churn(void *arg)
{
	for (int i = 0; i < 60; i++) {
		CK_SESSION_HANDLE s;
		CK_OBJECT_HANDLE found[64];
		CK_ULONG n;

		TRY(F->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s));
		TRY(make_keys(NULL) == NULL ? CKR_OK : CKR_GENERAL_ERROR);
		TRY(F->C_FindObjectsInit(s, NULL, 0));
		TRY(F->C_FindObjects(s, found, COUNT(found), &n));
		TRY(F->C_FindObjectsFinal(s));
		TRY(F->C_CloseSession(s));
	}
	return NULL;
}

START_TEST (sessions_and_objects_come_and_go) {
	start();
	run(churn, 4);
	api_stop();
}
END_TEST

static void *
until_closed(void *arg)
{
	unsigned char out[64];
	CK_RV rv = CKR_OK;

	while (rv != CKR_SESSION_HANDLE_INVALID) {
		CK_ULONG n = sizeof out;

		rv = F->C_EncryptInit(shared, &ecb, shared_key);
		if (rv == CKR_OK || rv == CKR_OPERATION_ACTIVE)
			rv = F->C_Encrypt(shared, plain, 16, out, &n);
	}
	return NULL;
}

static void *
closer(void *arg)
{
	usleep(20000);
	TRY(F->C_CloseSession(shared));
	return NULL;
}

START_TEST (session_closes_under_threads_that_use_it) {
	pthread_t thread;
	CK_SESSION_HANDLE keeper;

	start();
	keeper = api_session(0);
	ck_assert_int_eq(pthread_create(&thread, NULL, closer, NULL), 0);
	run(until_closed, 4);
	pthread_join(thread, NULL);
	OK(F->C_CloseSession(keeper));
	api_stop();
}
END_TEST

static void *
wait_event(void *arg)
{
	CK_SLOT_ID which;
	CK_RV rv = F->C_WaitForSlotEvent(0, &which, NULL);

	return rv == CKR_CRYPTOKI_NOT_INITIALIZED ? NULL : (void *)(uintptr_t)rv;
}

START_TEST (finalize_wakes_who_waits_for_a_slot) {
	pthread_t thread;
	void *rv;

	start();
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_event, NULL), 0);
	usleep(200000);
	OK(F->C_Finalize(NULL));
	pthread_join(thread, &rv);
	ck_assert_msg(rv == NULL, "answered %#lx", (unsigned long)(uintptr_t)rv);
}
END_TEST

/* Each on its own: sessions, keys here and there, searches, digests. */
static void *
until_finalized(void *arg)
{
	CK_RV rv = CKR_OK;

	while (rv != CKR_CRYPTOKI_NOT_INITIALIZED) {
		static CK_MECHANISM sha = { CKM_SHA256, NULL, 0 },
				    gen = { CKM_AES_KEY_GEN, NULL, 0 };
		static const CK_ULONG size = 32;
		CK_ATTRIBUTE template[2];
		CK_OBJECT_HANDLE o[8];
		unsigned char out[64];
		CK_ULONG n = sizeof out;
		CK_SESSION_HANDLE s;

		template[0] = (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, size);
		template[1] = (CK_ATTRIBUTE)ATTR(CKA_ENCRYPT, YES);
		rv = F->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s);
		if (rv != CKR_OK)
			continue;
		(void)F->C_GenerateKey(s, &gen, template, 2, &o[0]);
		(void)F->C_EncryptInit(s, &ecb, o[0]);
		(void)F->C_Encrypt(s, plain, 16, out, &n);
		(void)F->C_DigestInit(s, &sha);
		(void)F->C_DigestUpdate(s, plain, 16);
		(void)F->C_FindObjectsInit(s, NULL, 0);
		rv = F->C_FindObjects(s, o, COUNT(o), &n);
	}
	return NULL;
}

START_TEST (finalize_under_threads_that_are_inside_calls) {
	pthread_t threads[6];

	api_load();
	for (int round = 0; round < 5; round++) {
		CK_SESSION_HANDLE s;

		OK(F->C_Initialize(NULL));
		slot = api_slot();
		s = api_session(0);
		OK(api_login(s, CKU_USER));
		for (size_t i = 0; i < COUNT(threads); i++)
			ck_assert_int_eq(
				pthread_create(&threads[i], NULL, until_finalized, NULL),
				0);
		usleep(60000);
		OK(F->C_Finalize(NULL));
		for (size_t i = 0; i < COUNT(threads); i++)
			pthread_join(threads[i], NULL);
		IS(CKR_CRYPTOKI_NOT_INITIALIZED, F->C_CloseSession(s));
	}
}
END_TEST

static CK_OBJECT_HANDLE doomed;

static void *
use_doomed(void *arg)
{
	CK_SESSION_HANDLE s;
	CK_RV rv = CKR_OK;

	TRY(F->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s));
	while (rv == CKR_OK) {
		unsigned char out[16];
		CK_ULONG n = sizeof out;

		rv = F->C_EncryptInit(s, &ecb, doomed);
		if (rv == CKR_OK)
			rv = F->C_Encrypt(s, plain, 16, out, &n);
	}
	TRY(F->C_CloseSession(s));
	return rv == CKR_KEY_HANDLE_INVALID ? NULL : (void *)(uintptr_t)rv;
}

START_TEST (key_is_destroyed_under_threads_that_use_it) {
	pthread_t threads[4];
	void *rv;

	start();
	for (int round = 0; round < 10; round++) {
		doomed = api_generate_aes(shared, 32, round % 2);
		for (size_t i = 0; i < COUNT(threads); i++)
			ck_assert_int_eq(
				pthread_create(&threads[i], NULL, use_doomed, NULL), 0);
		usleep(10000);
		OK(F->C_DestroyObject(shared, doomed));
		for (size_t i = 0; i < COUNT(threads); i++) {
			pthread_join(threads[i], &rv);
			ck_assert_msg(rv == NULL, "answered %#lx",
				(unsigned long)(uintptr_t)rv);
		}
	}
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &each_thread_with_its_session, 0 },
	{ &threads_that_share_a_session, 0 },
	{ &keys_made_in_a_thread_that_exits_are_used_from_older_threads, 2 },
	{ &threads_that_change_one_object, 0 },
	{ &threads_that_change_attributes_of_one_object, 4 },
	{ &no_private_object_outlives_a_logout, 0 },
	{ &sessions_and_objects_come_and_go, 0 },
	{ &session_closes_under_threads_that_use_it, 0 },
	{ &finalize_wakes_who_waits_for_a_slot, 0 },
	{ &finalize_under_threads_that_are_inside_calls, 0 },
	{ &key_is_destroyed_under_threads_that_use_it, 0 },
};

CHECK_MAIN("api_threads", tests)
