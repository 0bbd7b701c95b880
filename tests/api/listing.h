/* SPDX-License-Identifier: Apache-2.0 */
/* Everything there is, to be compared: all objects with all that C_GetAttributeValue gives. */
#pragma once

#include "tests/api/objects.h"

#define MOST 256u
#define MOST_TYPES 256u

/* All that C_GetAttributeValue gives of an object, as a number. */
struct entry {
	char unique[36];
	uint64_t all;
};

struct listing {
	CK_ULONG n;
	struct entry e[MOST];
};

/* What objects have, found by asking: listing_types(). */
static CK_ATTRIBUTE_TYPE types[MOST_TYPES];
static CK_ULONG types_n;

static void
find_types(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE from,
	CK_ATTRIBUTE_TYPE to)
{
	for (CK_ATTRIBUTE_TYPE type = from; type < to; type++) {
		CK_ATTRIBUTE a = { type, NULL, 0 };
		CK_ULONG i = 0;

		if (F->C_GetAttributeValue(s, o, &a, 1) == CKR_ATTRIBUTE_TYPE_INVALID)
			continue;
		while (i < types_n && types[i] != type)
			i++;
		ck_assert_uint_lt(i, MOST_TYPES);
		types[i] = type;
		types_n += i == types_n;
	}
}

/* Of the objects that there are. */
static void
listing_types(CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE o[MOST];
	CK_ULONG n = 0;

	OK(F->C_FindObjectsInit(s, NULL, 0));
	OK(F->C_FindObjects(s, o, MOST, &n));
	OK(F->C_FindObjectsFinal(s));
	for (CK_ULONG i = 0; i < n; i++) {
		find_types(s, o[i], 0, 0x700);
		find_types(s, o[i], CKF_ARRAY_ATTRIBUTE, CKF_ARRAY_ATTRIBUTE | 0x700);
		find_types(s, o[i], CKA_KT_CUSTODY, CKA_KT_CUSTODY + 1);
	}
}

/* FNV-1a. */
static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ ((const unsigned char *)p)[i]) * 0x100000001b3;
	return h;
}

/* Templates are read as arrays of pointers: of these, the length. */
static int
is_template(CK_ATTRIBUTE_TYPE type)
{
	return (type & CKF_ARRAY_ATTRIBUTE) != 0 && type != CKA_ALLOWED_MECHANISMS;
}

static void
read_all(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, struct entry *ret)
{
	static unsigned char values[16384];
	CK_ATTRIBUTE unique = ATTR(CKA_UNIQUE_ID, ret->unique), a[MOST_TYPES];
	size_t used = 0;

	OK(F->C_GetAttributeValue(s, o, &unique, 1));
	for (CK_ULONG i = 0; i < types_n; i++)
		a[i] = (CK_ATTRIBUTE){ types[i], NULL, 0 };
	/* what it has not, or does not show, is told of each, and is the call's result */
	(void)F->C_GetAttributeValue(s, o, a, types_n);
	ret->all = 0xcbf29ce484222325;
	for (CK_ULONG i = 0; i < types_n; i++) {
		const CK_ULONG n = a[i].ulValueLen;

		ret->all = mix(ret->all, &a[i].type, sizeof a[i].type);
		ret->all = mix(ret->all, &n, sizeof n);
		if (n == CK_UNAVAILABLE_INFORMATION || is_template(a[i].type))
			continue;
		ck_assert_uint_le(n, sizeof values - used);
		a[i].pValue = values + used;
		OK(F->C_GetAttributeValue(s, o, &a[i], 1));
		ret->all = mix(ret->all, a[i].pValue, n);
		used += n;
	}
}

static int
compare_entries(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct entry));
}

static void
list(CK_SESSION_HANDLE s, CK_ATTRIBUTE *template, CK_ULONG n, struct listing *ret)
{
	CK_OBJECT_HANDLE o[MOST];

	memset(ret, 0, sizeof *ret);
	OK(F->C_FindObjectsInit(s, template, n));
	OK(F->C_FindObjects(s, o, MOST, &ret->n));
	OK(F->C_FindObjectsFinal(s));
	ck_assert_uint_lt(ret->n, MOST);
	for (CK_ULONG i = 0; i < ret->n; i++)
		read_all(s, o[i], &ret->e[i]);
	qsort(ret->e, ret->n, sizeof ret->e[0], compare_entries);
}
