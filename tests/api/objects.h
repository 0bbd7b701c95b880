/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of objects share. */
#pragma once

#include "tests/api/kernel.h"

static const CK_OBJECT_CLASS DATA = CKO_DATA, SECRET = CKO_SECRET_KEY;
static const CK_KEY_TYPE AES = CKK_AES;
static unsigned char value32[32] = { 1, 2, 3 };

#define LABEL(text)                                                \
	{                                                          \
		CKA_LABEL, (void *)(uintptr_t)(text), strlen(text) \
	}

static inline CK_OBJECT_HANDLE
data_object(CK_SESSION_HANDLE s, const char *label, CK_BBOOL token, CK_BBOOL private)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, DATA), ATTR(CKA_TOKEN, token),
		ATTR(CKA_PRIVATE, private), LABEL(label), ATTR(CKA_VALUE, value32) };
	CK_OBJECT_HANDLE o = 0;

	OK(F->C_CreateObject(s, template, COUNT(template), &o));
	return o;
}

static inline CK_ULONG
find(CK_SESSION_HANDLE s, CK_ATTRIBUTE *template, CK_ULONG n, CK_OBJECT_HANDLE *ret,
	CK_ULONG max)
{
	CK_ULONG total = 0, got = 0;

	OK(F->C_FindObjectsInit(s, template, n));
	do {
		/* one at a time, as OpenSSH does */
		OK(F->C_FindObjects(s, ret + total, 1, &got));
		total += got;
	} while (got != 0 && total < max);
	OK(F->C_FindObjectsFinal(s));
	return total;
}

static inline CK_ULONG
find_label(CK_SESSION_HANDLE s, const char *label, CK_OBJECT_HANDLE *ret, CK_ULONG max)
{
	CK_ATTRIBUTE template[] = { LABEL(label) };

	return find(s, template, 1, ret, max);
}

/* How many match; whatever they are. */
static inline CK_ULONG
count(CK_SESSION_HANDLE s, CK_ATTRIBUTE *template, CK_ULONG n)
{
	CK_OBJECT_HANDLE page[1000];
	CK_ULONG total = 0, got = 0;

	OK(F->C_FindObjectsInit(s, template, n));
	do {
		OK(F->C_FindObjects(s, page, COUNT(page), &got));
		total += got;
	} while (got != 0);
	OK(F->C_FindObjectsFinal(s));
	return total;
}

static inline CK_BBOOL
get_bool(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL value = 2;
	CK_ATTRIBUTE a = ATTR(type, value);

	OK(F->C_GetAttributeValue(s, o, &a, 1));
	return value;
}

static inline CK_ULONG
get_ulong(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG value = 0;
	CK_ATTRIBUTE a = ATTR(type, value);

	OK(F->C_GetAttributeValue(s, o, &a, 1));
	return value;
}
