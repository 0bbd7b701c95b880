/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of each custody, for what wraps, unwraps and derives; checked by what they do. */
#pragma once

#include "tests/api/api.h"

enum where { IN_PROCESS, WITH_BROKER, ON_TOKEN, PLACES };

static const char *const place_names[] = { "process", "broker", "token" };

#define MOST_ATTRIBUTES 32u

struct list {
	CK_ATTRIBUTE a[MOST_ATTRIBUTES];
	CK_ULONG n;
};

static inline void
list_add(struct list *l, CK_ATTRIBUTE a)
{
	ck_assert_uint_lt(l->n, MOST_ATTRIBUTES);
	l->a[l->n++] = a;
}

static const CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static const CK_KEY_TYPE aes_type = CKK_AES, generic_type = CKK_GENERIC_SECRET;

/* What makes a key be there; extractable: may leave, where it is sensitive. */
static inline void
list_place(struct list *l, enum where where, int extractable)
{
	list_add(l, (CK_ATTRIBUTE)ATTR(CKA_TOKEN, *(where == ON_TOKEN ? &YES : &NO)));
	list_add(l,
		(CK_ATTRIBUTE)ATTR(CKA_SENSITIVE, *(where == IN_PROCESS ? &NO : &YES)));
	list_add(l, (CK_ATTRIBUTE)ATTR(CKA_EXTRACTABLE,
			    *(where == IN_PROCESS || extractable ? &YES : &NO)));
}

static const unsigned char wrapping_value[32] = "one key to wrap them all, and so";
static const unsigned char wrapped_value[16] = "sixteen letters!";

/* A key that wraps, unwraps and derives, and may not leave. */
static inline CK_OBJECT_HANDLE
key_of_type(CK_SESSION_HANDLE s, const CK_KEY_TYPE *type, const unsigned char value[32],
	enum where where)
{
	struct list l = { .n = 0 };
	CK_OBJECT_HANDLE key = 0;

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, *type));
	list_add(&l, (CK_ATTRIBUTE){ CKA_VALUE, (void *)(uintptr_t)value, 32 });
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_WRAP, YES));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_UNWRAP, YES));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_DERIVE, YES));
	list_place(&l, where, 0);
	OK(F->C_CreateObject(s, l.a, l.n, &key));
	return key;
}

static inline CK_OBJECT_HANDLE
wrapping_key(CK_SESSION_HANDLE s, enum where where)
{
	return key_of_type(s, &aes_type, wrapping_value, where);
}

/* Of no cipher. */
static inline CK_OBJECT_HANDLE
deriving_key(CK_SESSION_HANDLE s, enum where where)
{
	return key_of_type(s, &generic_type, wrapping_value, where);
}

/* An AES key that may leave. */
static inline CK_OBJECT_HANDLE
wrapped_key(CK_SESSION_HANDLE s, enum where where)
{
	struct list l = { .n = 0 };
	CK_OBJECT_HANDLE key = 0;

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes_type));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_VALUE, wrapped_value));
	list_place(&l, where, 1);
	OK(F->C_CreateObject(s, l.a, l.n, &key));
	return key;
}

/* What C_UnwrapKey is to make of it. */
static inline struct list
aes_template(enum where where)
{
	struct list l = { .n = 0 };

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes_type));
	list_place(&l, where, 0);
	return l;
}

/* A block of zeroes under the key. */
static inline void
use_key(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, unsigned char out[16])
{
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	unsigned char zeroes[16] = { 0 };
	CK_ULONG n = 16;

	OK(F->C_EncryptInit(s, &ecb, key));
	OK(F->C_Encrypt(s, zeroes, 16, out, &n));
	ck_assert_uint_eq(n, 16);
}

/* Do both do the same? */
static inline void
check_same_key(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE a, CK_OBJECT_HANDLE b)
{
	unsigned char one[16], other[16];

	use_key(s, a, one);
	use_key(s, b, other);
	ck_assert_mem_eq(one, other, 16);
}

static inline CK_BBOOL
api_flag(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL value = 2;
	CK_ATTRIBUTE a = { type, &value, sizeof value };

	OK(F->C_GetAttributeValue(s, key, &a, 1));
	return value;
}

/* All objects that the session sees. */
static inline unsigned
count_objects(CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE found[64];
	CK_ULONG n = 0;
	unsigned count = 0;

	OK(F->C_FindObjectsInit(s, NULL, 0));
	do {
		OK(F->C_FindObjects(s, found, COUNT(found), &n));
		count += (unsigned)n;
	} while (n != 0);
	OK(F->C_FindObjectsFinal(s));
	return count;
}

/* Token objects outlive the test: all keys, since what the token has of its own stays. */
static inline void
destroy_all(CK_SESSION_HANDLE s)
{
	static const CK_OBJECT_CLASS classes[] = { CKO_SECRET_KEY, CKO_PRIVATE_KEY,
		CKO_PUBLIC_KEY };

	for (size_t i = 0; i < COUNT(classes); i++) {
		CK_ATTRIBUTE class = ATTR(CKA_CLASS, classes[i]);
		CK_OBJECT_HANDLE found[64];
		CK_ULONG n = 0;

		do {
			OK(F->C_FindObjectsInit(s, &class, 1));
			OK(F->C_FindObjects(s, found, COUNT(found), &n));
			OK(F->C_FindObjectsFinal(s));
			for (CK_ULONG k = 0; k < n; k++)
				OK(F->C_DestroyObject(s, found[k]));
		} while (n != 0);
	}
}
