/* SPDX-License-Identifier: Apache-2.0 */
/* A call that fails has changed nothing: not here, and not for another process. */
#include "tests/api/objects.h"

/* --- Everything there is, to be compared ----------------------------------------------- */

#define MOST 256u

struct entry {
	char unique[36], label[28];
};

struct listing {
	CK_ULONG n;
	struct entry e[MOST];
};

static int
compare_entries(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct entry));
}

static void
list(CK_SESSION_HANDLE s, struct listing *ret)
{
	CK_OBJECT_HANDLE o[MOST];

	memset(ret, 0, sizeof *ret);
	OK(F->C_FindObjectsInit(s, NULL, 0));
	OK(F->C_FindObjects(s, o, MOST, &ret->n));
	OK(F->C_FindObjectsFinal(s));
	ck_assert_uint_lt(ret->n, MOST);
	for (CK_ULONG i = 0; i < ret->n; i++) {
		struct entry *e = &ret->e[i];
		CK_ATTRIBUTE a[] = { { CKA_UNIQUE_ID, e->unique, sizeof e->unique },
			{ CKA_LABEL, e->label, sizeof e->label } };

		OK(F->C_GetAttributeValue(s, o[i], a, 2));
	}
	qsort(ret->e, ret->n, sizeof ret->e[0], compare_entries);
}

static CK_ULONG expected_elsewhere;

static int
count_elsewhere(void)
{
	CK_ATTRIBUTE token = ATTR(CKA_TOKEN, YES);
	CK_SESSION_HANDLE s = api_start();

	ck_assert_uint_eq(count(s, &token, 1), expected_elsewhere);
	api_stop();
	return 0;
}

/* --- What can fail, by one attribute more ----------------------------------------------- */

#define MOST_ATTRIBUTES 8u

struct list {
	CK_ATTRIBUTE a[MOST_ATTRIBUTES];
	CK_ULONG n;
};

static const unsigned char three[3];
static const CK_ULONG sixteen = 16, bits = 2048;

static const struct {
	const char *what;
	CK_ATTRIBUTE a;
} bads[] = {
	{ "nobody's attribute", { 0x7fff0001, (void *)(uintptr_t)three, 1 } },
	{ "an attribute that is computed", ATTR(CKA_UNIQUE_ID, three) },
	{ "a boolean of three bytes", ATTR(CKA_COPYABLE, three) },
	{ "a modulus", ATTR(CKA_PRIME_1, three) },
	{ "dates that end before they begin",
		{ CKA_END_DATE, (void *)(uintptr_t) "20200101", 8 } },
	{ "a memory that is not there", { CKA_LABEL, NULL, 3 } },
};

/* The bad one at a place among the good ones. */
static struct list
spoil(const struct list *good, const CK_ATTRIBUTE *bad, CK_ULONG place)
{
	struct list l = *good;

	memmove(&l.a[place + 1], &l.a[place], (l.n - place) * sizeof l.a[0]);
	l.a[place] = *bad;
	l.n++;
	return l;
}

#define START                                                     \
	{                                                         \
		CKA_START_DATE, (void *)(uintptr_t) "20250101", 8 \
	}

struct scene {
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE key; /* to be copied and changed */
	const CK_BBOOL *token;
};

static CK_RV
create(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	return F->C_CreateObject(c->s, (CK_ATTRIBUTE *)(uintptr_t)l->a, l->n, &ret[0]);
}

static CK_RV
copy(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	return F->C_CopyObject(
		c->s, c->key, (CK_ATTRIBUTE *)(uintptr_t)l->a, l->n, &ret[0]);
}

static CK_RV
change(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	return F->C_SetAttributeValue(
		c->s, c->key, (CK_ATTRIBUTE *)(uintptr_t)l->a, l->n);
}

static CK_RV
generate(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM m = { CKM_AES_KEY_GEN, NULL, 0 };

	return F->C_GenerateKey(c->s, &m, (CK_ATTRIBUTE *)(uintptr_t)l->a, l->n, &ret[0]);
}

static CK_RV
pair(const struct scene *c, const struct list *public, const struct list *private,
	CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM m = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };

	return F->C_GenerateKeyPair(c->s, &m, (CK_ATTRIBUTE *)(uintptr_t) public->a,
		public->n, (CK_ATTRIBUTE *)(uintptr_t) private->a, private->n, &ret[0],
		&ret[1]);
}

static struct list
public_half(const struct scene *c)
{
	return (struct list){ { { CKA_TOKEN, (void *)(uintptr_t)c->token, 1 },
				      ATTR(CKA_MODULUS_BITS, bits), LABEL("pair"),
				      START },
		4 };
}

static struct list
private_half(const struct scene *c)
{
	return (struct list){ { { CKA_TOKEN, (void *)(uintptr_t)c->token, 1 },
				      LABEL("pair"), ATTR(CKA_SIGN, YES), START },
		4 };
}

static CK_RV
first_half(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	const struct list other = private_half(c);

	return pair(c, l, &other, ret);
}

static CK_RV
second_half(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	const struct list other = public_half(c);

	return pair(c, &other, l, ret);
}

/* A public half on the token and a private one that is the session's, and is wrong. */
static CK_RV
mixed_halves(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	const struct scene on_token = { c->s, c->key, &YES };
	const struct list other = public_half(&on_token);

	return pair(c, &other, l, ret);
}

static struct list
good_key(const struct scene *c)
{
	return (struct list){ { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES),
				      { CKA_TOKEN, (void *)(uintptr_t)c->token, 1 },
				      ATTR(CKA_VALUE, value32), LABEL("new"), START },
		6 };
}

static struct list
good_length(const struct scene *c)
{
	return (struct list){ { { CKA_TOKEN, (void *)(uintptr_t)c->token, 1 },
				      ATTR(CKA_VALUE_LEN, sixteen), LABEL("new"), START },
		4 };
}

static struct list
good_change(const struct scene *c)
{
	return (struct list){
		{ LABEL("changed"), { CKA_ID, (void *)(uintptr_t) "id", 2 }, START }, 3
	};
}

static const struct {
	const char *name;
	struct list (*good)(const struct scene *c);
	CK_RV (*call)(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret);
} calls[] = {
	{ "C_CreateObject", good_key, create },
	{ "C_CopyObject", good_change, copy },
	{ "C_SetAttributeValue", good_change, change },
	{ "C_GenerateKey", good_length, generate },
	{ "C_GenerateKeyPair, first half", public_half, first_half },
	{ "C_GenerateKeyPair, second half", private_half, second_half },
	{ "C_GenerateKeyPair, halves apart", private_half, mixed_halves },
};

START_TEST (a_bad_attribute_anywhere_leaves_everything_as_it_was) {
	const CK_BBOOL token = _i >= (int)COUNT(calls);
	const size_t k = (size_t)_i % COUNT(calls);
	struct scene c = { .s = api_start(), .token = &token };
	struct list good = good_key(&c), l;
	struct listing before, after;

	OK(create(&c, &good, &c.key));
	list(c.s, &before);
	good = calls[k].good(&c);
	for (size_t b = 0; b < COUNT(bads); b++)
		for (CK_ULONG place = 0; place <= good.n; place++) {
			CK_OBJECT_HANDLE made[2] = { 4711, 4712 };
			CK_RV rv;

			l = spoil(&good, &bads[b].a, place);
			rv = calls[k].call(&c, &l, made);
			ck_assert_msg(rv != CKR_OK, "%s with %s at %lu", calls[k].name,
				bads[b].what, place);
			list(c.s, &after);
			ck_assert_msg(memcmp(&before, &after, sizeof before) == 0,
				"%s with %s at %lu", calls[k].name, bads[b].what, place);
			ck_assert(made[0] == 4711 && made[1] == 4712);
		}
	expected_elsewhere = count(c.s, (CK_ATTRIBUTE[]){ ATTR(CKA_TOKEN, YES) }, 1);
	api_child_end(api_child_start(count_elsewhere));
	OK(F->C_DestroyObject(c.s, c.key));
	api_stop();
}
END_TEST

/* The good ones are good: what fails above fails for the bad one. */
START_TEST (without_it_all_of_them_work) {
	const CK_BBOOL token = _i >= (int)COUNT(calls);
	const size_t k = (size_t)_i % COUNT(calls);
	struct scene c = { .s = api_start(), .token = &token };
	struct list good = good_key(&c);
	CK_OBJECT_HANDLE made[2] = { 0 };

	OK(create(&c, &good, &c.key));
	good = calls[k].good(&c);
	OK(calls[k].call(&c, &good, made));
	for (size_t i = 0; i < 2; i++)
		if (made[i] != 0)
			OK(F->C_DestroyObject(c.s, made[i]));
	OK(F->C_DestroyObject(c.s, c.key));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_bad_attribute_anywhere_leaves_everything_as_it_was, 2 * COUNT(calls) },
	{ &without_it_all_of_them_work, 2 * COUNT(calls) },
};

CHECK_MAIN("api_atomic", tests)
