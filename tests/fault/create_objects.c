/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data objects on the token $TOKEN_LABEL, labelled with numbers.
 *   create_objects create FIRST COUNT THREADS PAUSE-MS FILE
 *     makes COUNT of them, numbered from FIRST, and appends the label of each that
 *     the module acknowledged to FILE. One that fails with CKR_DEVICE_ERROR is made
 *     anew with another label ("17/1"), for its first attempt may have come
 *     through after all; any other error ends the program.
 *   create_objects list
 *     writes the labels of all there are.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "tests/fault/module.h"

#define ATTEMPTS 20u
#define THREADS_MAX 64u

static CK_SLOT_ID slot;
static unsigned first, count, pause_ms;
static int acknowledged;
static atomic_uint next, made, errors;

static const CK_OBJECT_CLASS data_class = CKO_DATA;
static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static CK_RV
create(CK_SESSION_HANDLE s, const char *label)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, data_class), ATTR(CKA_TOKEN, yes),
		ATTR(CKA_PRIVATE, no),
		{ CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
		{ CKA_VALUE, (void *)(uintptr_t)label, strlen(label) } };
	CK_OBJECT_HANDLE object;

	return F->C_CreateObject(s, template, COUNT(template), &object);
}

/* What is in the file was acknowledged, whatever happens to this program. */
static bool
note(const char *label)
{
	char line[40];
	int n = snprintf(line, sizeof line, "%s\n", label);

	return write(acknowledged, line, (size_t)n) == n;
}

static bool
make(CK_SESSION_HANDLE s, unsigned number)
{
	char label[32];

	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		CK_RV rv;

		(void)snprintf(label, sizeof label, attempt == 0 ? "%u" : "%u/%u", number,
			attempt);
		rv = create(s, label);
		if (rv == CKR_OK) {
			made++;
			return note(label);
		}
		errors++;
		(void)fprintf(stderr, "%s: %s\n", label, ckr_name(rv));
		if (rv != CKR_DEVICE_ERROR)
			return false;
	}
	return false;
}

static CK_RV
session_open(CK_SESSION_HANDLE *ret)
{
	CK_RV rv = F->C_OpenSession(
		slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, ret);

	if (rv != CKR_OK)
		(void)fprintf(stderr, "C_OpenSession: %s\n", ckr_name(rv));
	return rv;
}

static void *
work(void *failed)
{
	const struct timespec pause = { pause_ms / 1000,
		(long)(pause_ms % 1000) * 1000000 };
	CK_SESSION_HANDLE s;
	CK_RV rv = session_open(&s);

	if (rv != CKR_OK)
		return failed;
	for (unsigned i = next++; i < count; i = next++) {
		if (!make(s, first + i))
			return failed;
		(void)nanosleep(&pause, NULL);
	}
	rv = F->C_CloseSession(s);
	if (rv != CKR_OK)
		(void)fprintf(stderr, "C_CloseSession: %s\n", ckr_name(rv));
	return rv == CKR_OK ? NULL : failed;
}

static int
create_all(unsigned threads)
{
	pthread_t ids[THREADS_MAX];
	int status = 0;
	void *result;

	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, work, &status) != 0)
			abort();
	for (unsigned i = 0; i < threads; i++) {
		(void)pthread_join(ids[i], &result);
		if (result != NULL)
			status = 1;
	}
	(void)printf("made %u errors %u\n", atomic_load(&made), atomic_load(&errors));
	return status;
}

static bool
print_label(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE object)
{
	char label[64];
	CK_ATTRIBUTE attribute = { CKA_LABEL, label, sizeof label };
	CK_RV rv = F->C_GetAttributeValue(s, object, &attribute, 1);

	if (rv != CKR_OK) {
		(void)fprintf(stderr, "C_GetAttributeValue: %s\n", ckr_name(rv));
		return false;
	}
	(void)printf("%.*s\n", (int)attribute.ulValueLen, label);
	return true;
}

static int
list_all(void)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, data_class), ATTR(CKA_TOKEN, yes) };
	CK_OBJECT_HANDLE objects[64];
	CK_SESSION_HANDLE s;
	CK_ULONG n = 1;
	CK_RV rv;

	if (session_open(&s) != CKR_OK)
		return 1;
	rv = F->C_FindObjectsInit(s, template, COUNT(template));
	while (rv == CKR_OK && n != 0) {
		rv = F->C_FindObjects(s, objects, COUNT(objects), &n);
		for (CK_ULONG i = 0; rv == CKR_OK && i < n; i++)
			if (!print_label(s, objects[i]))
				return 1;
	}
	if (rv != CKR_OK)
		(void)fprintf(stderr, "the search: %s\n", ckr_name(rv));
	return rv == CKR_OK ? 0 : 1;
}

static unsigned
number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

int
main(int argc, char **argv)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	bool list = argc == 2 && strcmp(argv[1], "list") == 0;
	unsigned threads = argc == 7 ? number(argv[4]) : 0;
	const char *label = getenv("TOKEN_LABEL");
	int status;

	if ((!list && (threads == 0 || threads > THREADS_MAX)) || label == NULL) {
		(void)fputs("create_objects create FIRST COUNT THREADS PAUSE-MS FILE\n"
			    "create_objects list\n",
			stderr);
		return 2;
	}
	module_load();
	if (F->C_Initialize(&args) != CKR_OK || !slot_labelled(label, &slot)) {
		(void)fprintf(stderr, "no token \"%s\"\n", label);
		return 2;
	}
	if (list) {
		status = list_all();
	} else {
		first = number(argv[2]);
		count = number(argv[3]);
		pause_ms = number(argv[5]);
		acknowledged =
			open(argv[6], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		status = create_all(threads);
	}
	return F->C_Finalize(NULL) == CKR_OK ? status : 1;
}
