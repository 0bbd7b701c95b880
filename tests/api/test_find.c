/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: what is found, what is not, and while objects come and go. */
#include "tests/api/objects.h"

#include <time.h>

static const CK_OBJECT_CLASS PROFILE = CKO_PROFILE, MECHANISM = CKO_MECHANISM;

START_TEST (search_has_a_state) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o;
	CK_ULONG n;

	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_FindObjects(s, &o, 1, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_FindObjectsFinal(s));
	OK(F->C_FindObjectsInit(s, NULL, 0));
	IS(CKR_OPERATION_ACTIVE, F->C_FindObjectsInit(s, NULL, 0));
	OK(F->C_FindObjectsFinal(s));
	IS(CKR_ARGUMENTS_BAD, F->C_FindObjectsInit(s, NULL, 3));
	api_stop();
}
END_TEST

START_TEST (none_asked_for_is_none_told_and_none_lost) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o = data_object(s, "none", CK_FALSE, CK_FALSE), f = 0;
	CK_ATTRIBUTE label = LABEL("none");
	CK_ULONG n = 7;

	OK(F->C_FindObjectsInit(s, &label, 1));
	OK(F->C_FindObjects(s, NULL, 0, &n));
	ck_assert_uint_eq(n, 0);
	OK(F->C_FindObjects(s, &f, 1, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(f, o);
	OK(F->C_FindObjects(s, &f, 1, &n));
	ck_assert_uint_eq(n, 0);
	OK(F->C_FindObjectsFinal(s));
	api_stop();
}
END_TEST

/* Four objects, one of each place; what each combination finds of them. */
static const struct combination {
	int token, private; /* -1: not in the template */
	CK_ULONG as_user, as_nobody;
} combinations[] = {
	{ -1, -1, 4, 2 },
	{ 0, -1, 2, 1 },
	{ 1, -1, 2, 1 },
	{ -1, 0, 2, 2 },
	{ -1, 1, 2, 0 },
	{ 0, 0, 1, 1 },
	{ 0, 1, 1, 0 },
	{ 1, 0, 1, 1 },
	{ 1, 1, 1, 0 },
};

static CK_ULONG
find_combination(CK_SESSION_HANDLE s, const struct combination *c)
{
	const CK_BBOOL token = c->token == 1, private = c->private == 1;
	CK_ATTRIBUTE template[3] = { LABEL("four places") };
	CK_ULONG n = 1;

	if (c->token >= 0)
		template[n++] = (CK_ATTRIBUTE)ATTR(CKA_TOKEN, token);
	if (c->private >= 0)
		template[n++] = (CK_ATTRIBUTE)ATTR(CKA_PRIVATE, private);
	return count(s, template, n);
}

START_TEST (places_are_told_apart_and_private_ones_hidden) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o[4];

	for (int i = 0; i < 4; i++)
		o[i] = data_object(s, "four places", i & 1, i >> 1);
	for (size_t i = 0; i < COUNT(combinations); i++)
		ck_assert_uint_eq(
			find_combination(s, &combinations[i]), combinations[i].as_user);
	OK(F->C_Logout(s));
	for (size_t i = 0; i < COUNT(combinations); i++)
		ck_assert_uint_eq(
			find_combination(s, &combinations[i]), combinations[i].as_nobody);
	OK(api_login(s, CKU_SO));
	for (size_t i = 0; i < COUNT(combinations); i++)
		ck_assert_uint_eq(
			find_combination(s, &combinations[i]), combinations[i].as_nobody);
	OK(F->C_Logout(s));
	OK(api_login(s, CKU_USER));
	/* the private session object went with the login */
	ck_assert_uint_eq(count(s, (CK_ATTRIBUTE[]){ LABEL("four places") }, 1), 3);
	OK(F->C_DestroyObject(s, o[1]));
	ck_assert_uint_eq(find_label(s, "four places", o, 4), 2);
	OK(F->C_DestroyObject(s, o[0]));
	OK(F->C_DestroyObject(s, o[1]));
	api_stop();
}
END_TEST

START_TEST (values_of_data_are_searched_for) {
	CK_SESSION_HANDLE s = api_start();
	const CK_BBOOL token = (_i & 1) != 0, private = (_i & 2) != 0;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, DATA), ATTR(CKA_TOKEN, token),
		ATTR(CKA_PRIVATE, private),
		{ CKA_APPLICATION, (void *)(uintptr_t) "app", 3 },
		{ CKA_VALUE, (void *)(uintptr_t) "needle in a haystack", 20 } };
	CK_ATTRIBUTE *value = &template[4];
	CK_OBJECT_HANDLE data = 0, f[2] = { 0 };

	OK(F->C_CreateObject(s, template, COUNT(template), &data));
	ck_assert_uint_eq(find(s, value, 1, f, 2), 1);
	ck_assert_uint_eq(f[0], data);
	ck_assert_uint_eq(find(s, template, COUNT(template), f, 2), 1);
	if (token) {
		/* private ones come anew with the login */
		OK(F->C_Logout(s));
		ck_assert_uint_eq(count(s, value, 1), !private);
		OK(api_login(s, CKU_USER));
		ck_assert_uint_eq(find(s, value, 1, &data, 1), 1);
		ck_assert_uint_eq(find(s, template, COUNT(template), f, 2), 1);
	}
	value->ulValueLen--;
	ck_assert_uint_eq(count(s, value, 1), 0);
	OK(F->C_DestroyObject(s, data));
	api_stop();
}
END_TEST

/* By its value a key is found where its bytes are here, and may be read. */
static const struct by_value {
	CK_BBOOL token, sensitive, extractable;
	CK_ULONG found;
} by_value[] = {
	{ CK_FALSE, CK_FALSE, CK_TRUE, 1 },
	{ CK_FALSE, CK_TRUE, CK_TRUE, 0 },
	{ CK_FALSE, CK_FALSE, CK_FALSE, 0 },
	{ CK_TRUE, CK_FALSE, CK_TRUE, 0 },
};

START_TEST (keys_are_found_by_a_value_that_may_be_read_here) {
	const struct by_value *r = &by_value[_i];
	CK_SESSION_HANDLE s = api_start();
	unsigned char value[32] = "looked for by its very value";
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES),
		ATTR(CKA_VALUE, value), ATTR(CKA_TOKEN, r->token),
		ATTR(CKA_EXTRACTABLE, r->extractable),
		ATTR(CKA_SENSITIVE, r->sensitive) };
	CK_ATTRIBUTE hide = ATTR(CKA_SENSITIVE, YES);
	CK_OBJECT_HANDLE key = 0, f[2] = { 0 };

	OK(F->C_CreateObject(s, template, COUNT(template), &key));
	ck_assert_uint_eq(find(s, template, COUNT(template), f, 2), r->found);
	ck_assert_uint_eq(f[0], r->found ? key : 0);
	ck_assert_uint_eq(count(s, &template[2], 1), r->found);
	value[31] ^= 1;
	ck_assert_uint_eq(count(s, template, COUNT(template)), 0);
	value[31] ^= 1;
	template[2].ulValueLen = 16;
	ck_assert_uint_eq(count(s, template, COUNT(template)), 0);
	/* what may be read no more is not found by it any more */
	OK(F->C_SetAttributeValue(s, key, &hide, 1));
	template[2].ulValueLen = 32;
	ck_assert_uint_eq(count(s, &template[2], 1), 0);
	OK(F->C_DestroyObject(s, key));
	api_stop();
}
END_TEST

START_TEST (keys_are_found_by_their_custody) {
	const CK_BBOOL token = (_i & 1) != 0, readable = (_i & 2) != 0;
	CK_SESSION_HANDLE s = api_start();
	CK_ULONG custody = 0;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES),
		ATTR(CKA_VALUE, value32), ATTR(CKA_TOKEN, token),
		ATTR(CKA_EXTRACTABLE, readable), LABEL("kept somewhere") };
	CK_ATTRIBUTE wanted[] = { LABEL("kept somewhere"),
		ATTR(CKA_KT_CUSTODY, custody) };
	CK_OBJECT_HANDLE key = 0, data, f[2];

	OK(F->C_CreateObject(s, template, COUNT(template), &key));
	data = data_object(s, "kept somewhere", token, CK_FALSE);
	for (custody = 0; custody < 5; custody++) {
		const bool right = custody == api_custody(s, key);

		ck_assert_uint_eq(find(s, wanted, 2, f, 2), right);
		ck_assert(!right || f[0] == key);
	}
	OK(F->C_DestroyObject(s, key));
	OK(F->C_DestroyObject(s, data));
	api_stop();
}
END_TEST

START_TEST (unique_ids_find_one_object) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o[3], f[2];
	char id[3][64];

	o[0] = data_object(s, "unique", CK_FALSE, CK_FALSE);
	o[1] = data_object(s, "unique", CK_TRUE, CK_FALSE);
	ck_assert_uint_ge(
		find(s, (CK_ATTRIBUTE[]){ ATTR(CKA_CLASS, PROFILE) }, 1, &o[2], 1), 1);
	for (int i = 0; i < 3; i++) {
		CK_ATTRIBUTE a = { CKA_UNIQUE_ID, id[i], sizeof id[i] };

		OK(F->C_GetAttributeValue(s, o[i], &a, 1));
		ck_assert_uint_eq(a.ulValueLen, 36);
		ck_assert_uint_eq(find(s, &a, 1, f, 2), 1);
		ck_assert_uint_eq(f[0], o[i]);
		for (int j = 0; j < i; j++)
			ck_assert(memcmp(id[i], id[j], 36) != 0);
	}
	OK(F->C_DestroyObject(s, o[1]));
	api_stop();
}
END_TEST

/* --- What every token has ------------------------------------------------------- */

START_TEST (mechanisms_are_objects_for_who_asks) {
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM_TYPE list[512];
	CK_ULONG n = COUNT(list);
	CK_OBJECT_HANDLE o, f[2];
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, MECHANISM),
		{ CKA_MECHANISM_TYPE, NULL, sizeof(CK_MECHANISM_TYPE) } };

	OK(F->C_GetMechanismList(api_slot(), list, &n));
	ck_assert_uint_eq(count(s, template, 1), n);
	for (CK_ULONG i = 0; i < n; i++) {
		template[1].pValue = &list[i];
		ck_assert_uint_eq(find(s, template, 2, f, 2), 1);
		ck_assert_uint_eq(get_ulong(s, f[0], CKA_MECHANISM_TYPE), list[i]);
		/* without the class nobody gets any */
		ck_assert_uint_eq(count(s, &template[1], 1), 0);
	}
	IS(CKR_ACTION_PROHIBITED, F->C_DestroyObject(s, f[0]));
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_CreateObject(s, template, 1, &o));
	api_stop();
}
END_TEST

/* Attributes of the standard that no object here has: nothing is found, which is no error. */
static const CK_ATTRIBUTE elsewhere[] = {
	{ CKA_AC_ISSUER, (void *)(uintptr_t) "i", 1 },
	{ CKA_OWNER, (void *)(uintptr_t) "o", 1 },
	ATTR(CKA_HAS_RESET, YES),
	{ CKA_CHAR_SETS, (void *)(uintptr_t) "utf-8", 5 },
	{ CKA_OTP_USER_IDENTIFIER, (void *)(uintptr_t) "u", 1 },
	ATTR(CKA_HSS_LEVELS, PROFILE),
};

START_TEST (what_no_token_has_is_not_found) {
	static const CK_OBJECT_CLASS absent[] = { CKO_HW_FEATURE, CKO_VALIDATION,
		CKO_OTP_KEY, 0x7ffffff1 };
	CK_SESSION_HANDLE s = api_start();

	for (size_t i = 0; i < COUNT(absent); i++) {
		CK_ATTRIBUTE class = ATTR(CKA_CLASS, absent[i]);

		ck_assert_uint_eq(count(s, &class, 1), 0);
	}
	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		CK_ATTRIBUTE one = elsewhere[i];

		ck_assert_uint_eq(count(s, &one, 1), 0);
	}
	api_stop();
}
END_TEST

/* --- Many ----------------------------------------------------------------------- */

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
in_full(void)
{
	const char *full = getenv("KEYRING_TOKEN_TEST_FULL");

	return full != NULL && *full != '\0';
}

/* Every handle in the range once, none twice. */
static void
expect_all(CK_SESSION_HANDLE s, CK_ATTRIBUTE *template, CK_ULONG n_template,
	const CK_OBJECT_HANDLE *all, CK_ULONG n)
{
	CK_OBJECT_HANDLE page[777], least = all[0], most = all[0];
	unsigned char *seen;
	CK_ULONG got, found = 0;

	for (CK_ULONG i = 0; i < n; i++) {
		least = all[i] < least ? all[i] : least;
		most = all[i] > most ? all[i] : most;
	}
	seen = calloc(most - least + 1, 1);
	ck_assert_ptr_nonnull(seen);
	OK(F->C_FindObjectsInit(s, template, n_template));
	do {
		OK(F->C_FindObjects(s, page, COUNT(page), &got));
		for (CK_ULONG i = 0; i < got; i++) {
			/* of others: profiles */
			if (page[i] < least || page[i] > most)
				continue;
			ck_assert_msg(!seen[page[i] - least], "%lu twice", page[i]);
			seen[page[i] - least] = 1;
			found++;
		}
	} while (got != 0);
	OK(F->C_FindObjectsFinal(s));
	ck_assert_uint_eq(found, n);
	free(seen);
}

START_TEST (a_hundred_thousand_session_objects_are_found_once_each) {
	const CK_ULONG n = 100000;
	const double begun = seconds();
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE *all = calloc(n, sizeof *all), f[2];
	CK_ATTRIBUTE class = ATTR(CKA_CLASS, DATA);

	ck_assert_ptr_nonnull(all);
	for (CK_ULONG i = 0; i < n; i++) {
		CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, DATA), ATTR(CKA_OBJECT_ID, i),
			ATTR(CKA_LABEL, i) };

		OK(F->C_CreateObject(s, template, COUNT(template), &all[i]));
	}
	expect_all(s, NULL, 0, all, n);
	expect_all(s, &class, 1, all, n);
	for (CK_ULONG i = 0; i < n; i += n / 100) {
		CK_ATTRIBUTE label = ATTR(CKA_LABEL, i), id = ATTR(CKA_OBJECT_ID, i);

		ck_assert_uint_eq(find(s, &label, 1, f, 2), 1);
		ck_assert_uint_eq(f[0], all[i]);
		/* nothing is indexed by this */
		if (i % (n / 10) == 0)
			ck_assert_uint_eq(find(s, &id, 1, f, 2), 1);
	}
	ck_assert_msg(seconds() - begun < slower(20), "took %.1f s", seconds() - begun);
	free(all);
	api_stop();
}
END_TEST

static void
destroy_all(CK_SESSION_HANDLE s, CK_ATTRIBUTE *template, CK_ULONG n_template)
{
	CK_OBJECT_HANDLE page[500];
	CK_ULONG n;

	do {
		OK(F->C_FindObjectsInit(s, template, n_template));
		OK(F->C_FindObjects(s, page, COUNT(page), &n));
		OK(F->C_FindObjectsFinal(s));
		for (CK_ULONG i = 0; i < n; i++)
			OK(F->C_DestroyObject(s, page[i]));
	} while (n != 0);
}

static CK_ATTRIBUTE crowd[] = { { CKA_APPLICATION, (void *)(uintptr_t) "crowd", 5 } };

static void
crowd_object(CK_SESSION_HANDLE s, CK_BBOOL token, CK_ULONG i, CK_OBJECT_HANDLE *ret)
{
	const CK_BBOOL private = i % 2 == 0;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, DATA), ATTR(CKA_TOKEN, token),
		ATTR(CKA_PRIVATE, private), crowd[0], ATTR(CKA_LABEL, i) };

	OK(F->C_CreateObject(s, template, COUNT(template), ret));
}

#define MAKERS 8u

static CK_ULONG crowd_size;

static int
make_some(void)
{
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o;

	for (CK_ULONG i = 0; i < crowd_size / MAKERS; i++)
		crowd_object(s, CK_TRUE, i, &o);
	api_stop();
	return 0;
}

/* By several processes: the keystore commits what comes at a time at once. */
static void
make_crowd(CK_ULONG n)
{
	pid_t makers[MAKERS];

	crowd_size = n;
	for (size_t i = 0; i < MAKERS; i++)
		makers[i] = api_child_start(make_some);
	for (size_t i = 0; i < MAKERS; i++)
		api_child_end(makers[i]);
}

/* keyringd tells of so many at a time, the oldest first. */
#define PAGE 1024u

START_TEST (token_objects_are_found_once_each_over_many_pages) {
	const CK_ULONG n = in_full() ? 100000 : 2400;
	CK_OBJECT_HANDLE *all = calloc(n, sizeof *all), f[2 * MAKERS];
	CK_SESSION_HANDLE s;
	CK_ULONG got;
	double begun;

	ck_assert_ptr_nonnull(all);
	make_crowd(n);
	s = api_start();
	begun = seconds();
	OK(F->C_FindObjectsInit(s, crowd, 1));
	OK(F->C_FindObjects(s, all, n, &got));
	OK(F->C_FindObjectsFinal(s));
	ck_assert_uint_eq(got, n);
	expect_all(s, NULL, 0, all, n);
	expect_all(s, crowd, 1, all, n);
	for (CK_ULONG i = 0; i < n / MAKERS; i += n / MAKERS / 100) {
		CK_ATTRIBUTE label = ATTR(CKA_LABEL, i);

		ck_assert_uint_eq(find(s, &label, 1, f, COUNT(f)), MAKERS);
	}
	ck_assert_msg(seconds() - begun < slower(20), "took %.1f s", seconds() - begun);
	if (in_full())
		(void)printf("%lu token objects found thrice, 100 labels once, in "
			     "%.2f s\n",
			n, seconds() - begun);
	OK(F->C_Logout(s));
	ck_assert_uint_eq(count(s, crowd, 1), n / 2);
	OK(api_login(s, CKU_USER));
	ck_assert_uint_eq(count(s, crowd, 1), n);
	free(all);
	api_stop();
}
END_TEST

/* --- What happens meanwhile ------------------------------------------------------- */

#define CROWD 1200u

static const struct meanwhile {
	CK_BBOOL token;
	bool elsewhere; /* in another process */
	enum { STAYS, RETURNS, GOES } user;
} meanwhiles[] = {
	{ CK_TRUE, false, STAYS },
	{ CK_TRUE, false, RETURNS },
	{ CK_TRUE, false, GOES },
	{ CK_TRUE, true, STAYS },
	{ CK_FALSE, false, STAYS },
	{ CK_FALSE, false, RETURNS },
	{ CK_FALSE, false, GOES },
};

/* What is destroyed: a public one that keyringd has told of, and a private one that it has
 * not yet. */
static const CK_ULONG doomed[] = { PAGE / 2 + 1, PAGE + 26 };
_Static_assert(PAGE + 26 < CROWD, "it is not there");

static bool
is_doomed(CK_ULONG i)
{
	return i == doomed[0] || i == doomed[1];
}

struct told {
	CK_ULONG n, first; /* those told before it happened */
	CK_OBJECT_HANDLE o[2 * CROWD];
};

static CK_ULONG
times_told(const struct told *t, CK_OBJECT_HANDLE o)
{
	CK_ULONG times = 0;

	for (CK_ULONG i = 0; i < t->n; i++)
		times += t->o[i] == o;
	return times;
}

static void
happen_here(CK_SESSION_HANDLE s, const struct meanwhile *m, const CK_OBJECT_HANDLE *all)
{
	CK_OBJECT_HANDLE fresh;

	for (size_t i = 0; i < COUNT(doomed); i++)
		OK(F->C_DestroyObject(s, all[doomed[i]]));
	crowd_object(s, m->token, CROWD, &fresh);
	if (m->user != STAYS)
		OK(F->C_Logout(s));
	if (m->user == RETURNS)
		OK(api_login(s, CKU_USER));
}

static int
happen_elsewhere(void)
{
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o;

	for (size_t i = 0; i < COUNT(doomed); i++) {
		CK_ATTRIBUTE template[] = { crowd[0], ATTR(CKA_LABEL, doomed[i]) };

		ck_assert_uint_eq(find(s, template, 2, &o, 1), 1);
		OK(F->C_DestroyObject(s, o));
	}
	crowd_object(s, CK_TRUE, CROWD, &o);
	api_stop();
	return 0;
}

static void
search_to_the_end(CK_SESSION_HANDLE s, struct told *t)
{
	CK_ULONG got;

	t->n = t->first;
	do {
		ck_assert_uint_le(t->n + 50, COUNT(t->o));
		OK(F->C_FindObjects(s, t->o + t->n, 50, &got));
		t->n += got;
	} while (got != 0);
	OK(F->C_FindObjectsFinal(s));
}

static void
check_told(CK_SESSION_HANDLE s, const struct meanwhile *m, const struct told *t,
	const CK_OBJECT_HANDLE *all)
{
	CK_BBOOL value;
	CK_ATTRIBUTE a = ATTR(CKA_TOKEN, value);

	for (CK_ULONG i = 0; i < t->n; i++)
		ck_assert_msg(times_told(t, t->o[i]) == 1, "%lu twice", t->o[i]);
	for (size_t i = 0; i < COUNT(doomed); i++) {
		/* what goes elsewhere is told of a page that is here already */
		ck_assert((m->elsewhere && i == 0) || times_told(t, all[doomed[i]]) == 0);
		IS(CKR_OBJECT_HANDLE_INVALID,
			F->C_GetAttributeValue(s, all[doomed[i]], &a, 1));
	}
	/* public ones at least, and without a logout all that stayed */
	for (CK_ULONG i = 0; i < CROWD; i++)
		if (!is_doomed(i) && (m->user == STAYS || i % 2 != 0))
			ck_assert_msg(times_told(t, all[i]) == 1, "%lu not told", i);
	/* private ones come again, with other handles, when the user does */
	ck_assert_uint_le(t->n, CROWD + 1 + (m->user == RETURNS ? t->first : 0));
	for (CK_ULONG i = t->first; m->user == GOES && i < t->n; i++)
		ck_assert(get_bool(s, t->o[i], CKA_PRIVATE) == CK_FALSE);
}

/* Between two pages: what goes is not told, and no handle is told twice. */
START_TEST (a_search_survives_what_happens_meanwhile) {
	const struct meanwhile *m = &meanwhiles[_i];
	/* the new one is private */
	const CK_ULONG public = CROWD / 2 - 1, everything = CROWD - COUNT(doomed) + 1;
	CK_SESSION_HANDLE s = api_start(), other = api_session(CKF_RW_SESSION);
	CK_OBJECT_HANDLE all[CROWD];
	struct told t = { 0 };

	for (CK_ULONG i = 0; i < CROWD; i++)
		crowd_object(s, m->token, i, &all[i]);
	OK(F->C_FindObjectsInit(s, crowd, 1));
	OK(F->C_FindObjects(s, t.o, 100, &t.first));
	ck_assert_uint_eq(t.first, 100);
	if (m->token)
		ck_assert_mem_eq(t.o, all, t.first * sizeof all[0]);
	if (m->elsewhere)
		api_child_end(api_child_start(happen_elsewhere));
	else
		happen_here(other, m, all);
	search_to_the_end(s, &t);
	check_told(s, m, &t, all);
	if (m->user == GOES) {
		ck_assert_uint_eq(count(s, crowd, 1), public);
		OK(api_login(s, CKU_USER));
	}
	/* a logout ends private ones of the session */
	ck_assert_uint_eq(
		count(s, crowd, 1), m->token || m->user == STAYS ? everything : public);
	destroy_all(s, crowd, 1);
	api_stop();
}
END_TEST

START_TEST (one_of_many_is_found_by_id_and_label) {
	enum { MANY = 2000 };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE f[4], all[MANY];
	CK_ATTRIBUTE by_id = { CKA_ID, NULL, sizeof(int) };

	for (int i = 0; i < MANY; i++) {
		CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, SECRET),
			ATTR(CKA_KEY_TYPE, AES), ATTR(CKA_SENSITIVE, NO),
			ATTR(CKA_EXTRACTABLE, YES), ATTR(CKA_VALUE, value32),
			ATTR(CKA_ID, i), LABEL("all") };

		OK(F->C_CreateObject(s, template, COUNT(template), &all[i]));
	}
	for (int i = 0; i < MANY; i += 97) {
		by_id.pValue = &i;
		ck_assert_uint_eq(find(s, &by_id, 1, f, 4), 1);
		ck_assert_uint_eq(f[0], all[i]);
	}
	for (int i = 0; i < MANY; i++)
		OK(F->C_DestroyObject(s, all[i]));
	ck_assert_uint_eq(find_label(s, "all", f, 4), 0);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &search_has_a_state, 0 },
	{ &none_asked_for_is_none_told_and_none_lost, 0 },
	{ &places_are_told_apart_and_private_ones_hidden, 0 },
	{ &values_of_data_are_searched_for, 4 },
	{ &keys_are_found_by_a_value_that_may_be_read_here, COUNT(by_value) },
	{ &keys_are_found_by_their_custody, 4 },
	{ &unique_ids_find_one_object, 0 },
	{ &mechanisms_are_objects_for_who_asks, 0 },
	{ &what_no_token_has_is_not_found, 0 },
	{ &a_hundred_thousand_session_objects_are_found_once_each, 0 },
	{ &a_search_survives_what_happens_meanwhile, COUNT(meanwhiles) },
	{ &one_of_many_is_found_by_id_and_label, 0 },
	/* the last: it leaves its objects */
	{ &token_objects_are_found_once_each_over_many_pages, 0 },
};

CHECK_MAIN("api_find", tests)
