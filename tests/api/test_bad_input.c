/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every entry point with every class of wrong argument, by tables: bad_input/entries.h has
 * a correct call of each, bad_input/variants.h what is wrong with a parameter of each kind,
 * bad_input/rows.h what depends on the state or is one function's own, bad_input/templates.h
 * templates. Codes are those of PKCS#11 3.2, the section beside each.
 */
#include "tests/api/bad_input/call.h"
#include "tests/api/bad_input/rows.h"
#include "tests/api/bad_input/templates.h"
#include "tests/api/bad_input/variants.h"

static const struct entry *
entry_find(const char *name)
{
	for (size_t i = 0; i < COUNT(entries); i++)
		if (strcmp(entries[i].name, name) == 0)
			return &entries[i];
	ck_abort_msg("%s is not in the table", name);
}

/* What a call has to leave: the operation that went before, or none. */
static CK_RV
expected_after(const struct entry *e, const struct param *params, CK_RV rv)
{
	int asked = rv == CKR_BUFFER_TOO_SMALL;

	for (int i = 0; i < MOST_PARAMS; i++)
		asked = asked ||
			(params[i].kind == K_OUT && params[i].p == NULL &&
				rv == CKR_OK) ||
			(params[i].kind == K_SESSION && params[i].n != S_USED);
	if (e->manner == INIT && rv == CKR_OPERATION_ACTIVE)
		return rv;
	if (e->manner == INIT || e->manner == SAVES || asked)
		return e->good;
	return e->manner == UPDATE && rv == CKR_OK ? e->good
						   : CKR_OPERATION_NOT_INITIALIZED;
}

static void
check_after(const struct entry *e, const struct param *params, const char *what, CK_RV rv)
{
	CK_RV expected, after;
	const char *changed;

	if ((e->manner == INIT && rv != CKR_OK) ||
		(e->before != NULL && e->manner != PLAIN)) {
		expected = expected_after(e, params, rv);
		after = call(e, e->params);
		if (after != expected)
			complain("%s after %s: %#lx, not %#lx (%s)", e->name, what, after,
				expected, e->section);
	}
	changed = scene_changed();
	if (changed != NULL)
		complain("%s: %s: %s", e->name, what, changed);
}

static void
try(const struct entry *e, const struct param *params, void (*before)(void),
	const char *what, CK_RV expected, const char *section)
{
	CK_RV rv;

	if (before != NULL)
		before();
	rv = call(e, params);
	if (rv != expected)
		complain("%s: %s: %#lx, not %#lx (%s)", e->name, what, rv, expected,
			section);
	unmake(e);
	check_after(e, params, what, rv);
}

/* --- Variants of a correct call --------------------------------------------------------- */

static CK_RV
variant_rv(const struct entry *e, int at, const struct variant *v)
{
	for (size_t i = 0; i < COUNT(excepts); i++)
		if (strcmp(excepts[i].function, e->name) == 0 &&
			excepts[i].kind == v->kind &&
			(excepts[i].number == 0 || excepts[i].number == at + 1) &&
			(excepts[i].name == NULL ||
				strcmp(excepts[i].name, v->name) == 0))
			return excepts[i].rv;
	/* of a call that goes on to say that */
	return v->rv == CKR_OK ? e->good : v->rv;
}

static void
variant_apply(const struct variant *v, struct param *p, CK_MECHANISM *room)
{
	if (v->change == SET_N) {
		p->n = v->n;
		if (p->kind != K_OUT_LEN)
			p->p = NULL;
		return;
	}
	if (v->change == SET_P) {
		p->p = v->p;
		return;
	}
	*room = *(const CK_MECHANISM *)p->p;
	if (v->change == MECH_UNKNOWN)
		room->mechanism = 0x7fedcba9;
	else if (v->change == MECH_OTHER)
		room->mechanism =
			room->mechanism == CKM_AES_KEY_GEN ? CKM_SHA256 : CKM_AES_KEY_GEN;
	if (v->change == MECH_PARAM) {
		room->pParameter = (void *)(uintptr_t)v->p;
		room->ulParameterLen = v->n;
	}
	p->p = room;
}

static void
try_variant(const struct entry *e, int at, const struct variant *v)
{
	struct param params[MOST_PARAMS];
	CK_MECHANISM room;
	CK_RV expected = variant_rv(e, at, v);
	char what[80];

	if (e->good == CKR_FUNCTION_NOT_SUPPORTED)
		expected = e->good;
	memcpy(params, e->params, sizeof params);
	variant_apply(v, &params[at], &room);
	(void)snprintf(what, sizeof what, "parameter %d, %s", at + 1, v->name);
	try(e, params, e->before, what, expected, v->section);
}

#define ENTRIES ((int)COUNT(entries))

START_TEST (wrong_arguments_are_told_and_change_nothing) {
	const struct entry *e = &entries[_i % ENTRIES];

	readable = _i / ENTRIES;
	scene_start(AS_USER);
	failures = 0;
	if (e->manner != ENDS_ALL)
		try(e, e->params, e->before, "correct", e->good, e->section);
	for (int at = 0; at < MOST_PARAMS; at++)
		for (size_t i = 0; i < COUNT(variants); i++)
			if (variants[i].kind == e->params[at].kind &&
				variants[i].kind != K_NOTHING)
				try_variant(e, at, &variants[i]);
	if (e->manner == ENDS_ALL) {
		CK_RV rv = call(e, e->params);

		if (rv != e->good)
			complain("%s: correct: %#lx, not %#lx", e->name, rv, e->good);
		(void)F->C_Finalize(NULL);
		(void)dlclose(api_module);
	} else {
		scene_end();
	}
	ck_assert_msg(failures == 0, "%s: %d wrong answers", e->name, failures);
}
END_TEST

/* --- States --------------------------------------------------------------------------------- */

/* By its configuration keyringd leaves sensitive session keys to the process, which has what
 * it would digest. */
static bool
is_digestible(const struct row *row)
{
	return row->rv == CKR_KEY_INDIGESTIBLE &&
	       api_custody(sessions[S_USED], objects[H_SEALED]) == CK_KT_CUSTODY_PROCESS;
}

START_TEST (state_and_keys_are_looked_at) {
	scene_start((enum state)_i);
	failures = 0;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct entry *e = entry_find(rows[i].function);
		struct param params[MOST_PARAMS];
		CK_RV expected = rows[i].rv;

		if ((int)rows[i].state != _i || is_digestible(&rows[i]))
			continue;
		memcpy(params, e->params, sizeof params);
		for (size_t c = 0; c < COUNT(rows[i].changes); c++)
			if (rows[i].changes[c].with.kind != K_NOTHING ||
				rows[i].changes[c].with.p != NULL)
				params[rows[i].changes[c].at] = rows[i].changes[c].with;
		if (e->good == CKR_FUNCTION_NOT_SUPPORTED)
			expected = e->good;
		try(e, params, rows[i].before != NULL ? rows[i].before : e->before,
			rows[i].what, expected, rows[i].section);
	}
	scene_end();
	ck_assert_msg(failures == 0, "%d wrong answers", failures);
}
END_TEST

/* 5.8.1 and its like: one operation of a kind at a time; none before its Init. */
START_TEST (operations_begin_once_and_before_they_are_used) {
	scene_start(AS_USER);
	failures = 0;
	for (size_t i = 0; i < COUNT(entries); i++) {
		const struct entry *e = &entries[i];
		const int uses =
			e->manner == RUN || e->manner == UPDATE || e->manner == SAVES;
		CK_RV rv, expected = uses ? CKR_OPERATION_NOT_INITIALIZED
					  : CKR_OPERATION_ACTIVE;

		if (e->good != CKR_OK || (!uses && e->manner != INIT))
			continue;
		if (e->manner == INIT)
			OK(call(e, e->params));
		rv = call(e, e->params);
		if (rv != expected)
			complain("%s: %#lx, not %#lx", e->name, rv, expected);
		if (scene_changed() != NULL)
			complain("%s: %s", e->name, scene_changed());
	}
	scene_end();
	ck_assert_msg(failures == 0, "%d wrong answers", failures);
}
END_TEST

static CK_RV
uninitialised_rv(const struct entry *e)
{
	static const char *const always[] = { "C_GetFunctionList", "C_GetInterfaceList",
		"C_GetInterface" };

	for (size_t i = 0; i < COUNT(always); i++)
		if (strcmp(always[i], e->name) == 0)
			return CKR_OK;
	return e->manner == LEGACY ? e->good : CKR_CRYPTOKI_NOT_INITIALIZED;
}

/* 5.4, 5.1.1: before C_Initialize, and after C_Finalize with handles that once were good. */
START_TEST (nothing_works_without_initialisation) {
	failures = 0;
	if (_i == 0) {
		api_load();
	} else {
		scene_start(AS_USER);
		OK(F->C_DestroyObject(sessions[S_USED], objects[H_TOKEN]));
		OK(F->C_Finalize(NULL));
	}
	for (size_t i = 0; i < COUNT(entries); i++) {
		const struct entry *e = &entries[i];
		CK_RV rv;

		if (strcmp(e->name, "C_Initialize") == 0)
			continue;
		rv = call(e, e->params);
		if (rv != uninitialised_rv(e))
			complain("%s: %#lx, not %#lx", e->name, rv, uninitialised_rv(e));
	}
	(void)dlclose(api_module);
	ck_assert_msg(failures == 0, "%d wrong answers", failures);
}
END_TEST

/* --- Templates ------------------------------------------------------------------------------ */

static void
template_rv(const struct bad_template *b, const char *function, CK_RV rv)
{
	if (rv != b->rv)
		complain("%s: %s: %#lx, not %#lx", function, b->what, rv, b->rv);
}

static void
try_template(const struct bad_template *b)
{
	const CK_SESSION_HANDLE s = sessions[S_USED];
	CK_ATTRIBUTE *list = (CK_ATTRIBUTE *)(uintptr_t)b->attributes;
	CK_OBJECT_HANDLE o = 0;
	CK_ULONG n = 0;
	CK_RV rv;

	if (b->fill != NULL)
		b->fill(&list, &n);
	while (b->fill == NULL && n < MOST_ATTRIBUTES &&
		(list[n].type != 0 || list[n].pValue != NULL || list[n].ulValueLen != 0))
		n++;
	rv = F->C_CreateObject(s, list, n, &o);
	template_rv(b, "C_CreateObject", rv);
	if (rv == CKR_OK)
		OK(F->C_DestroyObject(s, o));
	if (b->everywhere) {
		template_rv(b, "C_SetAttributeValue",
			F->C_SetAttributeValue(s, objects[H_DATA], list, n));
		template_rv(b, "C_CopyObject",
			F->C_CopyObject(s, objects[H_DATA], list, n, &o));
		template_rv(b, "C_FindObjectsInit", F->C_FindObjectsInit(s, list, n));
		template_rv(
			b, "C_GenerateKey", F->C_GenerateKey(s, &aes_gen, list, n, &o));
		template_rv(b, "C_GenerateKeyPair, public",
			F->C_GenerateKeyPair(s, &ec_gen, list, n, NULL, 0, &o, &o));
		template_rv(b, "C_GenerateKeyPair, private",
			F->C_GenerateKeyPair(
				s, &ec_gen, curve_template, 1, list, n, &o, &o));
	}
	if (scene_changed() != NULL)
		complain("%s: %s", b->what, scene_changed());
}

START_TEST (wrong_templates_are_told_and_make_nothing) {
	scene_start(AS_USER);
	failures = 0;
	for (size_t i = 0; i < COUNT(bad_templates); i++)
		try_template(&bad_templates[i]);
	scene_end();
	ck_assert_msg(failures == 0, "%d wrong answers", failures);
}
END_TEST

START_TEST (every_function_is_in_the_table) {
	static const char *const names[] = {
#define NAME(name, args) #name,
		CK_FUNCTIONS_2_40(NAME) CK_FUNCTIONS_3_0(NAME) CK_FUNCTIONS_3_2(NAME)
	};

	for (size_t i = 0; i < COUNT(names); i++)
		(void)entry_find(names[i]);
	ck_assert_uint_eq(COUNT(names), COUNT(entries));
	for (size_t i = 0; i < COUNT(excepts); i++)
		(void)entry_find(excepts[i].function);
}
END_TEST

static const struct check_test tests[] = {
	{ &every_function_is_in_the_table, 0 },
	{ &nothing_works_without_initialisation, 2 },
	{ &wrong_arguments_are_told_and_change_nothing, 2 * ENTRIES },
	{ &operations_begin_once_and_before_they_are_used, 0 },
	{ &state_and_keys_are_looked_at, STATES },
	{ &wrong_templates_are_told_and_make_nothing, 0 },
};

CHECK_MAIN("api_bad_input", tests)
