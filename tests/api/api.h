/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the module share. They see it as any application does: by
 * dlopen() of $PKCS11_MODULE, and where they need a token by what tests/stack exports.
 */
#pragma once

#include <check.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Check has a macro of that name too */
#undef CK_EXPORT
#include "cryptoki/pkcs11.h"
#include "cryptoki/vendor.h"
#include "tests/unit/check_main.h"

static void *api_module;
static CK_FUNCTION_LIST_3_2 *F;

static const CK_BBOOL YES = CK_TRUE, NO = CK_FALSE;

#define ATTR(type, object)                                             \
	{                                                              \
		(type), (void *)(uintptr_t) & (object), sizeof(object) \
	}
#define OK(call) ck_assert_uint_eq((call), CKR_OK)
#define IS(expected, call) ck_assert_uint_eq((call), (expected))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline const char *
api_env(const char *name)
{
	const char *value = getenv(name);

	ck_assert_msg(value != NULL, "%s is not set: run this by tests/stack", name);
	return value;
}

static inline void
api_load(void)
{
	CK_C_GetInterface get;
	CK_INTERFACE *interface = NULL;

	api_module = dlopen(api_env("PKCS11_MODULE"), RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(api_module != NULL, "%s", dlerror());
	get = (CK_C_GetInterface)(uintptr_t)dlsym(api_module, "C_GetInterface");
	ck_assert_ptr_nonnull(get);
	OK(get(NULL, NULL, &interface, 0));
	F = interface->pFunctionList;
}

/* The stack's token, or the first there is. */
static inline CK_SLOT_ID
api_slot(void)
{
	const char *label = api_env("TOKEN_LABEL");
	CK_SLOT_ID slots[16];
	CK_ULONG n = COUNT(slots);
	CK_TOKEN_INFO info;

	OK(F->C_GetSlotList(CK_TRUE, slots, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		OK(F->C_GetTokenInfo(slots[i], &info));
		if (strncmp((const char *)info.label, label, strlen(label)) == 0)
			return slots[i];
	}
	ck_abort_msg("no token \"%s\" among %lu slots", label, n);
}

/* Legacy ones are by configuration only. */
static inline int
api_is_offered(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_INFO info;

	return F->C_GetMechanismInfo(api_slot(), type, &info) == CKR_OK;
}

static inline CK_SESSION_HANDLE
api_session(CK_FLAGS flags)
{
	CK_SESSION_HANDLE s = 0;

	OK(F->C_OpenSession(api_slot(), CKF_SERIAL_SESSION | flags, NULL, NULL, &s));
	return s;
}

static inline CK_RV
api_login(CK_SESSION_HANDLE s, CK_USER_TYPE user)
{
	const char *pin = api_env(user == CKU_SO ? "SO_PIN" : "USER_PIN");

	return F->C_Login(s, user, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin));
}

/* Loaded, initialised, an R/W session, the user logged in. */
static inline CK_SESSION_HANDLE
api_start(void)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	CK_SESSION_HANDLE s;

	api_load();
	OK(F->C_Initialize(&args));
	s = api_session(CKF_RW_SESSION);
	OK(api_login(s, CKU_USER));
	return s;
}

static inline void
api_stop(void)
{
	OK(F->C_Finalize(NULL));
	(void)dlclose(api_module);
}

/* A session key whose bytes the test knows; readable: process custody. */
static inline CK_OBJECT_HANDLE
api_key(CK_SESSION_HANDLE s, CK_KEY_TYPE type, const void *value, CK_ULONG n,
	int readable)
{
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const CK_BBOOL sensitive = !readable, extractable = !!readable;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_SENSITIVE, sensitive), ATTR(CKA_EXTRACTABLE, extractable),
		ATTR(CKA_ENCRYPT, YES), ATTR(CKA_DECRYPT, YES), ATTR(CKA_SIGN, YES),
		ATTR(CKA_VERIFY, YES), { CKA_VALUE, (void *)(uintptr_t)value, n } };
	CK_OBJECT_HANDLE key = 0;

	/* HMAC keys do not encrypt */
	if (type != CKK_AES && type != CKK_AES_XTS && type != CKK_CHACHA20 &&
		type != CKK_DES3) {
		template[4] = template[6];
		template[5] = template[7];
		template[6] = template[8];
		OK(F->C_CreateObject(s, template, 7, &key));
		return key;
	}
	OK(F->C_CreateObject(s, template, COUNT(template), &key));
	return key;
}

static inline CK_OBJECT_HANDLE
api_generate_aes(CK_SESSION_HANDLE s, CK_ULONG n, int readable)
{
	const CK_BBOOL sensitive = !readable, extractable = !!readable;
	CK_ATTRIBUTE template[] = { ATTR(CKA_SENSITIVE, sensitive),
		ATTR(CKA_EXTRACTABLE, extractable), ATTR(CKA_ENCRYPT, YES),
		ATTR(CKA_DECRYPT, YES), ATTR(CKA_VALUE_LEN, n) };
	CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_GenerateKey(s, &mechanism, template, COUNT(template), &key));
	return key;
}

static inline CK_ULONG
api_custody(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	CK_ULONG custody = 0;
	CK_ATTRIBUTE a = ATTR(CKA_KT_CUSTODY, custody);

	OK(F->C_GetAttributeValue(s, key, &a, 1));
	return custody;
}

/* fn in another process, which says with 0 that all went well. */
static inline pid_t
api_child_start(int (*fn)(void))
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(fn());
	return pid;
}

static inline void
api_child_end(pid_t pid)
{
	int status = -1;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child: status %#x",
		(unsigned)status);
}

static inline size_t
api_unhex(const char *hex, unsigned char *to)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
		to[i] = (unsigned char)byte;
	}
	return n;
}
