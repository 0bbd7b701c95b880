/* SPDX-License-Identifier: Apache-2.0 */
/* A session with the stack's token, and files in the current folder: for programs that leave
 * what other programs look at. What fails ends the program. */
#pragma once

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cryptoki/pkcs11.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ATTR(type, object)                                             \
	{                                                              \
		(type), (void *)(uintptr_t) & (object), sizeof(object) \
	}

static CK_FUNCTION_LIST_3_2 *F;
static CK_SESSION_HANDLE session;

static void
want(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	(void)fprintf(stderr, "%s: %#lx\n", what, rv);
	exit(1);
}

static void
begin(void)
{
	void *module = dlopen(getenv("PKCS11_MODULE"), RTLD_NOW);
	CK_C_GetInterface get = NULL;
	CK_INTERFACE *interface = NULL;
	const char *label = getenv("TOKEN_LABEL"), *pin = getenv("USER_PIN");
	CK_SLOT_ID slots[16];
	CK_ULONG n = COUNT(slots);
	CK_TOKEN_INFO info;

	if (module != NULL)
		get = (CK_C_GetInterface)(uintptr_t)dlsym(module, "C_GetInterface");
	if (get == NULL || label == NULL || pin == NULL) {
		(void)fprintf(stderr, "no module or no stack\n");
		exit(1);
	}
	want(get(NULL, NULL, &interface, 0), "C_GetInterface");
	F = interface->pFunctionList;
	want(F->C_Initialize(NULL), "C_Initialize");
	want(F->C_GetSlotList(CK_TRUE, slots, &n), "C_GetSlotList");
	for (CK_ULONG i = 0; i < n && session == 0; i++) {
		want(F->C_GetTokenInfo(slots[i], &info), "C_GetTokenInfo");
		if (strncmp((const char *)info.label, label, strlen(label)) == 0)
			want(F->C_OpenSession(slots[i],
				     CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
				     &session),
				"C_OpenSession");
	}
	want(F->C_Login(session, CKU_USER, (CK_BYTE *)(uintptr_t)pin, strlen(pin)),
		"C_Login");
}

/* Of a file that need not be there: false then. */
static int
get_file(const char *name, CK_BYTE *to, CK_ULONG *n, CK_ULONG cap)
{
	FILE *f = fopen(name, "rb");

	if (f == NULL)
		return 0;
	*n = fread(to, 1, cap, f);
	(void)fclose(f);
	return 1;
}

static void
put_file(const char *name, const CK_BYTE *p, CK_ULONG n)
{
	FILE *f = fopen(name, "wb");

	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0) {
		perror(name);
		exit(1);
	}
}
