/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every entry point with every class of wrong argument, by tables: bad_input/entries.h has
 * a correct call of each, bad_input/variants.h what is wrong with a parameter of each kind,
 * bad_input/rows.h what depends on the state or is one function's own, bad_input/templates.h
 * templates. Codes are those of PKCS#11 3.2, the section beside each.
 *
 * Some are not in the list of return values at the function, which may have gaps (5.1). Then
 * the code is the one that 5.1.6 describes, or that the function's text asks for:
 *   CKR_ARGUMENTS_BAD               what no call takes: C_EncryptInit, C_MessageEncryptInit,
 *                                   C_EncryptMessageBegin, their like, and
 *                                   C_GetSessionValidationFlags
 *   CKR_KEY_FUNCTION_NOT_PERMITTED  a usage attribute that "MUST be CK_TRUE" (C_WrapKey,
 *                                   C_UnwrapKey, the authenticated ones, C_EncapsulateKey,
 *                                   C_DecapsulateKey) or is one like these (C_DeriveKey);
 *                                   CKA_ALLOWED_MECHANISMS
 *   CKR_OPERATION_ACTIVE            parts are under way, "without intervening" ones it has to
 *                                   be: C_VerifySignature
 *   CKR_OPERATION_NOT_INITIALIZED   as the text has it: C_AsyncGetID
 *   CKR_BUFFER_TOO_SMALL            as the text has it: C_EncapsulateKey
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
	/* an answer of the state that was there before, and is not changed by it */
	const int stays = rv == CKR_OPERATION_ACTIVE || rv == CKR_STATE_UNSAVEABLE ||
			  rv == CKR_OPERATION_NOT_INITIALIZED;
	int asked = rv == CKR_BUFFER_TOO_SMALL;

	for (int i = 0; i < MOST_PARAMS; i++)
		asked = asked ||
			(params[i].kind == K_OUT && params[i].p == NULL &&
				rv == CKR_OK) ||
			(params[i].kind == K_SESSION && params[i].n != S_USED);
	if (stays && e->manner != RUN && e->manner != UPDATE)
		return rv;
	if (e->manner == BEGINS && rv == CKR_OK)
		return CKR_OPERATION_ACTIVE;
	if (e->manner == INIT || e->manner == SAVES || e->manner == BEGINS || asked)
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
	const int is_pair = v->change == SET_NOTHING;
	const enum kind kind = e->params[at + is_pair].kind;
	const char *name = is_pair ? "0" : v->name;

	for (size_t i = 0; i < COUNT(excepts); i++)
		if (strcmp(excepts[i].function, e->name) == 0 &&
			excepts[i].kind == kind &&
			(excepts[i].number == 0 ||
				excepts[i].number == at + is_pair + 1) &&
			(excepts[i].name == NULL || strcmp(excepts[i].name, name) == 0))
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
	if (v->change == SET_ELSEWHERE) {
		p->n = ELSEWHERE(p->n);
		ck_assert_uint_ne(objects[p->n], 0);
		return;
	}
	if (v->change == SET_NOTHING)
		p[1] = (struct param){ p[1].kind, 0, NULL };
	if (v->change == SET_P || v->change == SET_NOTHING) {
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

/* After what ended the user's module or his sessions. */
static void
scene_end_anew(void)
{
	(void)F->C_Finalize(NULL);
	OK(F->C_Initialize(NULL));
	OK(api_login(open_session(slots[SLOT_USED], 0), CKU_USER));
	scene_end();
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
		scene_end_anew();
	} else {
		scene_end();
	}
	ck_assert_msg(failures == 0, "%s: %d wrong answers", e->name, failures);
}
END_TEST

/* --- States --------------------------------------------------------------------------------- */

/* By its configuration keyringd leaves sensitive session keys to the process, which has what
 * it would digest. */
static CK_RV
row_rv(const struct row *row)
{
	if (row->rv == CKR_KEY_INDIGESTIBLE &&
		api_custody(sessions[S_USED], objects[H_SEALED]) == CK_KT_CUSTODY_PROCESS)
		return CKR_OK;
	return row->rv;
}

START_TEST (state_and_keys_are_looked_at) {
	readable = _i / STATES;
	scene_start((enum state)(_i % STATES));
	failures = 0;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct entry *e = entry_find(rows[i].function);
		struct param params[MOST_PARAMS];
		CK_RV expected;

		if ((int)rows[i].state != _i % STATES)
			continue;
		expected = row_rv(&rows[i]);
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

/* --- Keys that a parameter names ---------------------------------------------------------- */

static CK_OBJECT_HANDLE named;
static CK_HKDF_PARAMS hkdf_params = { CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_KEY,
	NULL, 0, 0, NULL, 0 };
static CK_SP800_108_COUNTER_FORMAT sp800_counter = { CK_FALSE, 32 };
static CK_PRF_DATA_PARAM sp800_data[] = {
	{ CK_SP800_108_ITERATION_VARIABLE, &sp800_counter, sizeof sp800_counter },
	{ CK_SP800_108_KEY_HANDLE, &named, sizeof named },
};
static CK_SP800_108_KDF_PARAMS sp800_params = { CKM_SHA256_HMAC, COUNT(sp800_data),
	sp800_data, 0, NULL };
static const CK_MECHANISM naming[] = {
	{ CKM_CONCATENATE_BASE_AND_KEY, &named, sizeof named },
	{ CKM_HKDF_DERIVE, &hkdf_params, sizeof hkdf_params },
	{ CKM_SP800_108_COUNTER_KDF, &sp800_params, sizeof sp800_params },
};

static const struct {
	const char *what;
	CK_ULONG key;
	CK_RV rv;
} named_keys[] = {
	{ "correct", H_DERIVE, CKR_OK },
	{ "0", H_ZERO, CKR_KEY_HANDLE_INVALID },
	{ "odd", H_ODD, CKR_KEY_HANDLE_INVALID },
	{ "huge", H_HUGE, CKR_KEY_HANDLE_INVALID },
	{ "destroyed", H_DESTROYED, CKR_KEY_HANDLE_INVALID },
	{ "of another slot", ELSEWHERE(H_DERIVE), CKR_KEY_HANDLE_INVALID },
	{ "data object", H_DATA, CKR_KEY_HANDLE_INVALID },
	{ "public key", H_PUBLIC, CKR_KEY_TYPE_INCONSISTENT },
	{ "usage", H_IDLE_MAC, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "usage, key of the token", H_IDLE_MAC_TOKEN, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ limited, H_LIMITED_MAC, CKR_KEY_FUNCTION_NOT_PERMITTED },
};

/* Loop index: mechanism and custody. */
START_TEST (keys_that_a_parameter_names_are_looked_at) {
	const CK_MECHANISM *m = &naming[_i / 2];
	const struct entry *e = entry_find("C_DeriveKey");
	struct param params[MOST_PARAMS];

	readable = _i % 2;
	scene_start(AS_USER);
	failures = 0;
	memcpy(params, e->params, sizeof params);
	params[1] = (struct param)MECHANISM(*m);
	for (size_t i = 0; i < COUNT(named_keys); i++) {
		named = hkdf_params.hSaltKey = objects[named_keys[i].key];
		try(e, params, NULL, named_keys[i].what, named_keys[i].rv, "5.18.5");
	}
	scene_end();
	ck_assert_msg(failures == 0, "%#lx: %d wrong answers", m->mechanism, failures);
}
END_TEST

/* --- Who is logged in ----------------------------------------------------------------- */

/* That a handle of this kind is none. */
static CK_RV
unknown_rv(enum kind kind)
{
	for (size_t i = 0; i < COUNT(variants); i++)
		if (variants[i].kind == kind &&
			strcmp(variants[i].name, "destroyed") == 0)
			return variants[i].rv;
	return CKR_OK;
}

/* 5.6.10: objects of others are as if they were not there. That they were is seen by
 * scene_end(). */
START_TEST (private_objects_are_unknown_without_a_login) {
	scene_start((enum state)(AS_PUBLIC + _i));
	failures = 0;
	for (size_t i = 0; i < COUNT(entries); i++) {
		struct entry e = entries[i];

		/* what it leaves is looked at where its correct call has its key */
		e.manner = PLAIN;
		for (int at = 0; at < MOST_PARAMS; at++) {
			struct param params[MOST_PARAMS];
			const CK_RV rv = unknown_rv(e.params[at].kind);

			if (rv == CKR_OK)
				continue;
			memcpy(params, e.params, sizeof params);
			params[at].n = e.params[at].kind == K_OBJECT ? H_PRIVATE : H_RSA;
			try(&e, params, e.before, "private", rv, e.section);
		}
	}
	scene_end();
	ck_assert_msg(failures == 0, "%d wrong answers", failures);
}
END_TEST

/* What a new object must not be, in which session: with every function that makes one. */
static const struct demand {
	enum state state;
	CK_ATTRIBUTE_TYPE attribute;
	CK_RV rv;
} demands[] = {
	{ AS_USER_READ_ONLY, CKA_TOKEN, CKR_SESSION_READ_ONLY },
	{ AS_PUBLIC_READ_ONLY, CKA_TOKEN, CKR_SESSION_READ_ONLY },
	{ AS_PUBLIC_READ_ONLY, CKA_PRIVATE, CKR_USER_NOT_LOGGED_IN },
	{ AS_PUBLIC, CKA_PRIVATE, CKR_USER_NOT_LOGGED_IN },
	{ AS_SO, CKA_PRIVATE, CKR_USER_NOT_LOGGED_IN },
};

static void
try_demand(const struct entry *e, int at, const struct demand *d)
{
	static CK_ATTRIBUTE template[MOST_ATTRIBUTES];
	const CK_ULONG n = e->params[at + 1].n;
	struct param params[MOST_PARAMS];
	char what[40];

	ck_assert_uint_lt(n, COUNT(template));
	memcpy(template, e->params[at].p, n * sizeof template[0]);
	template[n] = (CK_ATTRIBUTE){ d->attribute, (void *)(uintptr_t)&YES, 1 };
	memcpy(params, e->params, sizeof params);
	params[at].p = template;
	params[at + 1].n = n + 1;
	(void)snprintf(what, sizeof what, "parameter %d, %s", at + 1,
		d->attribute == CKA_TOKEN ? "token" : "private");
	try(e, params, e->before, what, d->rv, e->section);
}

static int
has_kind(const struct entry *e, enum kind kind)
{
	int found = 0;

	for (int at = 0; at < MOST_PARAMS; at++)
		found = found || e->params[at].kind == kind;
	return found;
}

START_TEST (new_objects_are_what_the_session_permits) {
	const struct demand *d = &demands[_i];

	scene_start(d->state);
	failures = 0;
	for (size_t i = 0; i < COUNT(entries); i++) {
		const struct entry *e = &entries[i];

		if (!has_kind(e, K_NEW))
			continue;
		for (int at = 0; at < MOST_PARAMS; at++)
			if (e->params[at].kind == K_TEMPLATE)
				try_demand(e, at, d);
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
		const int uses = e->manner == RUN || e->manner == UPDATE ||
				 e->manner == SAVES || e->manner == BEGINS ||
				 e->manner == FINISHES;
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
	if (_i == 0)
		(void)dlclose(api_module);
	else
		scene_end_anew();
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

/* Is there a call of it with a key that may not, by its flag or by its mechanisms? */
static int
has_usage_row(const struct entry *e, int by_mechanism)
{
	for (size_t i = 0; !by_mechanism && i < COUNT(variants); i++)
		if (variants[i].rv == CKR_KEY_FUNCTION_NOT_PERMITTED &&
			has_kind(e, variants[i].kind))
			return 1;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].rv == CKR_KEY_FUNCTION_NOT_PERMITTED &&
			(rows[i].what == limited) == by_mechanism &&
			strcmp(rows[i].function, e->name) == 0)
			return 1;
	return 0;
}

START_TEST (every_use_of_a_key_is_tried_where_it_may_not) {
	for (size_t i = 0; i < COUNT(entries); i++) {
		const struct entry *e = &entries[i];

		if (!has_kind(e, K_MECHANISM) ||
			(!has_kind(e, K_KEY) && !has_kind(e, K_UNWRAPPING_KEY)))
			continue;
		ck_assert_msg(has_usage_row(e, 0), "%s has no row", e->name);
		ck_assert_msg(has_usage_row(e, 1), "%s has no %s", e->name, limited);
	}
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
	{ &every_use_of_a_key_is_tried_where_it_may_not, 0 },
	{ &nothing_works_without_initialisation, 2 },
	{ &wrong_arguments_are_told_and_change_nothing, 2 * ENTRIES },
	{ &operations_begin_once_and_before_they_are_used, 0 },
	{ &state_and_keys_are_looked_at, 2 * STATES },
	{ &keys_that_a_parameter_names_are_looked_at, 2 * COUNT(naming) },
	{ &private_objects_are_unknown_without_a_login, STATES - AS_PUBLIC },
	{ &new_objects_are_what_the_session_permits, COUNT(demands) },
	{ &wrong_templates_are_told_and_make_nothing, 0 },
};

CHECK_MAIN("api_bad_input", tests)
