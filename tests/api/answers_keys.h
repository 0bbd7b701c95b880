/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of answers.txt, as session objects. */
#pragma once

#include "tests/api/answers.h"

static CK_SESSION_HANDLE session;

enum half { PUBLIC = 1, PRIVATE = 2, BOTH = 3 };

static const struct kind {
	const char *name;
	CK_KEY_TYPE type;
	struct {
		const char *name;
		CK_ATTRIBUTE_TYPE type;
		enum half half;
	} fields[3];
	CK_ATTRIBUTE_TYPE public_uses[3], private_uses[4];
} kinds[] = {
	{ "RSA", CKK_RSA,
		{ { "n", CKA_MODULUS, BOTH }, { "e", CKA_PUBLIC_EXPONENT, BOTH },
			{ "d", CKA_PRIVATE_EXPONENT, PRIVATE } },
		{ CKA_VERIFY, CKA_VERIFY_RECOVER, CKA_ENCRYPT },
		{ CKA_SIGN, CKA_SIGN_RECOVER, CKA_DECRYPT, CKA_UNWRAP } },
	{ "EC", CKK_EC,
		{ { "params", CKA_EC_PARAMS, BOTH }, { "point", CKA_EC_POINT, PUBLIC },
			{ "value", CKA_VALUE, PRIVATE } },
		{ CKA_VERIFY, 0, 0 }, { CKA_SIGN, CKA_DERIVE, 0 } },
	{ "EDWARDS", CKK_EC_EDWARDS,
		{ { "params", CKA_EC_PARAMS, BOTH }, { "point", CKA_EC_POINT, PUBLIC },
			{ "value", CKA_VALUE, PRIVATE } },
		{ CKA_VERIFY, 0, 0 }, { CKA_SIGN, 0, 0 } },
	{ "MONTGOMERY", CKK_EC_MONTGOMERY,
		{ { "params", CKA_EC_PARAMS, PRIVATE }, { "value", CKA_VALUE, PRIVATE },
			{ NULL, 0, 0 } },
		{ 0, 0, 0 }, { CKA_DERIVE, 0, 0 } },
	{ "ML_DSA", CKK_ML_DSA,
		{ { "value", CKA_VALUE, PRIVATE }, { "seed", CKA_SEED, PRIVATE },
			{ NULL, 0, 0 } },
		{ CKA_VERIFY, 0, 0 }, { CKA_SIGN, 0, 0 } },
	{ "SLH_DSA", CKK_SLH_DSA,
		{ { "value", CKA_VALUE, PRIVATE }, { NULL, 0, 0 }, { NULL, 0, 0 } },
		{ CKA_VERIFY, 0, 0 }, { CKA_SIGN, 0, 0 } },
};

static struct key {
	const char *name;
	CK_OBJECT_HANDLE public, private; /* 0: it has no such half */
} keys[MOST_LINES];
static size_t n_keys;

#define MOST_ATTRIBUTES 16u

struct template
{
	CK_ATTRIBUTE a[MOST_ATTRIBUTES];
	CK_ULONG n, set;
	struct data values[4];
	size_t n_values;
};

static inline void
add(struct template *t, CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG n)
{
	ck_assert_uint_lt(t->n, MOST_ATTRIBUTES);
	t->a[t->n++] = (CK_ATTRIBUTE){ type, (void *)(uintptr_t)value, n };
}

static inline CK_OBJECT_HANDLE
import(const struct line *l, const struct kind *k, enum half half, struct template *t)
{
	static const CK_OBJECT_CLASS classes[] = {
		[PUBLIC] = CKO_PUBLIC_KEY, [PRIVATE] = CKO_PRIVATE_KEY
	};
	const CK_ATTRIBUTE_TYPE *uses = half == PUBLIC ? k->public_uses : k->private_uses;
	const size_t most =
		half == PUBLIC ? COUNT(k->public_uses) : COUNT(k->private_uses);
	const char *set = field_find(l, "set");
	CK_OBJECT_HANDLE key = 0;
	CK_RV rv;

	add(t, CKA_CLASS, &classes[half], sizeof classes[half]);
	add(t, CKA_KEY_TYPE, &k->type, sizeof k->type);
	for (size_t i = 0; i < most && uses[i] != 0; i++)
		add(t, uses[i], &YES, sizeof YES);
	for (size_t i = 0; i < 3 && k->fields[i].name != NULL; i++) {
		struct data *v = &t->values[t->n_values];

		if ((k->fields[i].half & half) == 0 ||
			field_find(l, k->fields[i].name) == NULL)
			continue;
		field_bytes(l, k->fields[i].name, v);
		add(t, k->fields[i].type, v->p, v->n);
		t->n_values++;
	}
	if (set != NULL) {
		t->set = strtoul(set, NULL, 10);
		add(t, CKA_PARAMETER_SET, &t->set, sizeof t->set);
	}
	rv = F->C_CreateObject(session, t->a, t->n, &key);
	ck_assert_msg(rv == CKR_OK, "line %u: the key: %#lx", l->number, rv);
	return key;
}

/* A post-quantum key's public half ends its private one's CKA_PUBLIC_KEY_INFO. */
static inline CK_OBJECT_HANDLE
public_of(const struct line *l, const struct kind *k, CK_OBJECT_HANDLE private)
{
	static const CK_ULONG ml_dsa[] = {
		[CKP_ML_DSA_44] = 1312, [CKP_ML_DSA_65] = 1952, [CKP_ML_DSA_87] = 2592
	};
	static struct template t;
	const CK_ULONG n = k->type == CKK_ML_DSA
				   ? ml_dsa[strtoul(field(l, "set"), NULL, 10)]
				   : strlen(field(l, "value")) / 4;
	CK_BYTE info[4096];
	CK_ATTRIBUTE a = { CKA_PUBLIC_KEY_INFO, info, sizeof info };

	OK(F->C_GetAttributeValue(session, private, &a, 1));
	ck_assert_uint_gt(a.ulValueLen, n);
	t = (struct template){ .n = 0 };
	add(&t, CKA_VALUE, info + a.ulValueLen - n, n);
	return import(l, k, PUBLIC, &t);
}

static inline const struct kind *
kind_of(const struct line *key)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, field(key, "type")) == 0)
			return &kinds[i];
	ck_abort_msg("line %u: no type of keys", key->number);
}

/* Made once. */
static inline const struct key *
key_of(const struct line *answer)
{
	static struct template public, private;
	const char *name = field(answer, "key");
	const struct line *l = key_line(name);
	const struct kind *k = kind_of(l);
	struct key *key = &keys[n_keys];

	for (size_t i = 0; i < n_keys; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	*key = (struct key){ .name = name };
	public = private = (struct template){ .n = 0 };
	if (field_find(l, "d") != NULL || field_find(l, "value") != NULL ||
		field_find(l, "seed") != NULL)
		key->private = import(l, k, PRIVATE, &private);
	if (field_find(l, "n") != NULL || field_find(l, "point") != NULL)
		key->public = import(l, k, PUBLIC, &public);
	else if (k->public_uses[0] != 0)
		key->public = public_of(l, k, key->private);
	n_keys++;
	return key;
}
