/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every entry point, called correctly while memory runs out: at the first allocation, the
 * second, and so on, until the call no longer notices. It says so, and changes nothing.
 * The module's allocations come here, since this program has the first malloc() there is.
 */
#include <errno.h>
#include <stdatomic.h>

#include "tests/api/bad_input/call.h"

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static _Thread_local long left = -1; /* allocations until one fails; -1: none does */
static _Thread_local bool failed;

static bool
fails(void)
{
	if (left < 0 || left-- != 0)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

__attribute__((visibility("default"))) void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

__attribute__((visibility("default"))) void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

__attribute__((visibility("default"))) void *
realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}

#define MOST_ALLOCATIONS 400

/* What is said of no memory: ours, keyringd's, or what OpenSSL does not give a reason for. */
static bool
says_so(CK_RV rv)
{
	return rv == CKR_HOST_MEMORY || rv == CKR_DEVICE_MEMORY ||
	       rv == CKR_FUNCTION_FAILED;
}

/* Calls with the nth allocation failing; false: there was none. */
static bool
try_without(const struct entry *e, const struct param *params, long n)
{
	const char *changed;
	bool noticed;
	CK_RV rv;

	if (e->before != NULL)
		e->before();
	failed = false;
	left = n;
	rv = call(e, params);
	left = -1;
	noticed = failed;
	/* where it can do without, it does */
	if (rv != e->good && !(noticed && says_so(rv)))
		complain("%s: allocation %ld: %#lx", e->name, n, rv);
	unmake(e);
	changed = scene_changed();
	if (changed != NULL)
		complain("%s: allocation %ld: %s", e->name, n, changed);
	return noticed;
}

#define ENTRIES ((int)COUNT(entries))

START_TEST (memory_that_runs_out_is_told_and_changes_nothing) {
	const struct entry *e = &entries[_i % ENTRIES];
	long n = 0;

	readable = _i / ENTRIES;
	scene_start(AS_USER);
	failures = 0;
	if (e->manner != ENDS_ALL)
		while (n < MOST_ALLOCATIONS && failures < 10 &&
			try_without(e, e->params, n))
			n++;
	ck_assert_msg(failures == 0, "%s: %d wrong answers", e->name, failures);
	ck_assert_msg(n < MOST_ALLOCATIONS, "%s: no end after %ld", e->name, n);
	scene_end();
}
END_TEST

static CK_ATTRIBUTE token_data[] = { ATTR(CKA_CLASS, data_class), ATTR(CKA_TOKEN, YES) },
		    token_key[] = { ATTR(CKA_VALUE_LEN, sixteen), ATTR(CKA_TOKEN, YES) },
		    token_half[] = { ATTR(CKA_TOKEN, YES) },
		    token_secret[] = { ATTR(CKA_KEY_TYPE, aes_type),
			    ATTR(CKA_TOKEN, YES) },
		    token_unwrapped[] = { ATTR(CKA_CLASS, secret_class),
			    ATTR(CKA_KEY_TYPE, aes_type), ATTR(CKA_TOKEN, YES) },
		    token_derived[] = { ATTR(CKA_CLASS, secret_class),
			    ATTR(CKA_KEY_TYPE, generic_type),
			    ATTR(CKA_VALUE_LEN, sixteen), ATTR(CKA_TOKEN, YES) },
		    token_large[] = { ATTR(CKA_CLASS, data_class), ATTR(CKA_TOKEN, YES),
			    { CKA_VALUE, out, sizeof out } };

/* What the keystore has made is not left there either. */
static const struct {
	const char *function;
	int at; /* where the template is */
	CK_ATTRIBUTE *template;
	CK_ULONG n;
} on_token[] = {
	{ "C_CreateObject", 1, token_data, COUNT(token_data) },
	{ "C_CreateObject", 1, token_large, COUNT(token_large) },
	{ "C_CopyObject", 2, token_half, COUNT(token_half) },
	{ "C_GenerateKey", 2, token_key, COUNT(token_key) },
	{ "C_GenerateKeyPair", 4, token_half, COUNT(token_half) },
	{ "C_UnwrapKey", 5, token_unwrapped, COUNT(token_unwrapped) },
	{ "C_DeriveKey", 3, token_derived, COUNT(token_derived) },
	{ "C_EncapsulateKey", 3, token_secret, COUNT(token_secret) },
	{ "C_DecapsulateKey", 3, token_secret, COUNT(token_secret) },
};

START_TEST (memory_that_runs_out_leaves_nothing_on_the_token) {
	struct param params[MOST_PARAMS];
	const struct entry *e = entries;
	const int at = on_token[_i].at;
	long n = 0;

	while (strcmp(e->name, on_token[_i].function) != 0)
		e++;
	memcpy(params, e->params, sizeof params);
	params[at].p = on_token[_i].template;
	params[at + 1].n = on_token[_i].n;
	scene_start(AS_USER);
	failures = 0;
	/* what is kept from call to call is there: no allocation comes later in the next one */
	ck_assert(!try_without(e, params, MOST_ALLOCATIONS));
	while (n < MOST_ALLOCATIONS && failures < 10 && try_without(e, params, n))
		n++;
	ck_assert_msg(failures == 0, "%s: %d wrong answers", e->name, failures);
	ck_assert_int_gt(n, 0);
	scene_end();
}
END_TEST

static CK_ULONG
count_matching(CK_SESSION_HANDLE s, CK_ATTRIBUTE *template, CK_ULONG template_n)
{
	CK_OBJECT_HANDLE found[256];
	CK_ULONG n = 0;

	OK(F->C_FindObjectsInit(s, template, template_n));
	OK(F->C_FindObjects(s, found, COUNT(found), &n));
	OK(F->C_FindObjectsFinal(s));
	return n;
}

static CK_OBJECT_HANDLE
large_on_token(void)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, data_class), ATTR(CKA_TOKEN, YES),
		OUR_LABEL, { CKA_VALUE, out, sizeof out } };
	CK_OBJECT_HANDLE o = 0;

	OK(F->C_CreateObject(sessions[S_USED], template, COUNT(template), &o));
	return o;
}

/* Is it told as the call said: this label, or the one before? */
static void
check_label(CK_OBJECT_HANDLE o, const char *text, CK_ULONG found)
{
	unsigned char got[64];
	CK_ATTRIBUTE a = ATTR(CKA_LABEL, got),
		     by_label = { CKA_LABEL, (void *)(uintptr_t)text, strlen(text) };

	OK(F->C_GetAttributeValue(sessions[S_USED], o, &a, 1));
	ck_assert_int_eq(
		a.ulValueLen == strlen(text) && memcmp(got, text, a.ulValueLen) == 0,
		found == 1);
	ck_assert_uint_eq(count_matching(sessions[S_USED], &by_label, 1), found);
}

/* Token objects, small and large, and keys of the session that are kept elsewhere. */
START_TEST (memory_that_runs_out_changes_an_object_or_says_so) {
	CK_ATTRIBUTE ours = OUR_LABEL;
	CK_OBJECT_HANDLE o;
	char label_now[32];
	long n = 0;

	scene_start(AS_USER);
	o = _i == 0   ? objects[H_TOKEN]
	    : _i == 1 ? large_on_token()
	    : _i == 2 ? objects[H_LEAVES]
		      : objects[H_AES];
	for (failed = true; failed && n < MOST_ALLOCATIONS; n++) {
		CK_ATTRIBUTE a = { CKA_LABEL, label_now, 0 };
		CK_RV rv;

		a.ulValueLen =
			(CK_ULONG)snprintf(label_now, sizeof label_now, "label %ld", n);
		failed = false;
		left = n;
		rv = F->C_SetAttributeValue(sessions[S_USED], o, &a, 1);
		left = -1;
		ck_assert(rv == CKR_OK || (failed && says_so(rv)));
		check_label(o, label_now, rv == CKR_OK);
	}
	ck_assert(!failed);
	OK(F->C_SetAttributeValue(sessions[S_USED], o, &ours, 1));
	scene_end();
}
END_TEST

/* Nor what nobody could destroy: each that is there was told of. */
START_TEST (memory_that_runs_out_leaves_nothing_that_has_to_stay) {
	static CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, YES),
		ATTR(CKA_DESTROYABLE, NO), { CKA_LABEL, (void *)(uintptr_t) "stays", 5 },
		ATTR(CKA_CLASS, data_class) };
	const CK_ULONG n_template = _i == 0 ? COUNT(template) : COUNT(template) - 1;
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE h;
	CK_ULONG there;
	long n = 0;

	readable = 1; /* what cannot be read cannot go to the token */
	scene_start(AS_USER);
	s = sessions[S_USED];
	there = count_matching(s, template, n_template);
	for (failed = true; failed && n < MOST_ALLOCATIONS; n++) {
		CK_RV rv;

		failed = false;
		left = n;
		rv = _i == 0 ? F->C_CreateObject(s, template, n_template, &h)
			     : F->C_CopyObject(
				       s, objects[H_AES], template, n_template, &h);
		left = -1;
		there += rv == CKR_OK;
		ck_assert(rv == CKR_OK || (failed && says_so(rv)));
		ck_assert_uint_eq(count_matching(s, template, n_template), there);
	}
	ck_assert(!failed);
	scene_end();
}
END_TEST

static CK_OBJECT_HANDLE
master_secret(void)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, secret_class),
		ATTR(CKA_KEY_TYPE, generic_type), ATTR(CKA_DERIVE, YES),
		{ CKA_VALUE, out, 48 } };
	CK_OBJECT_HANDLE o = 0;

	OK(F->C_CreateObject(sessions[S_USED], template, COUNT(template), &o));
	return o;
}

/* What comes beside the keys has its memory too: four token keys and two IVs, or nothing. */
START_TEST (memory_that_runs_out_leaves_no_keys_without_their_ivs) {
	CK_ATTRIBUTE template[] = { ATTR(CKA_KEY_TYPE, aes_type), ATTR(CKA_TOKEN, YES) };
	CK_SSL3_KEY_MAT_OUT made_of = { .pIVClient = out, .pIVServer = out + 16 };
	CK_TLS12_KEY_MAT_PARAMS p = { 160, 128, 128, CK_FALSE,
		{ bytes, 32, bytes + 32, 32 }, &made_of, CKM_SHA256 };
	CK_MECHANISM m = { CKM_TLS12_KEY_AND_MAC_DERIVE, &p, sizeof p };
	CK_OBJECT_HANDLE master;
	CK_SESSION_HANDLE s;
	CK_ULONG before;
	long n = 0;

	scene_start(AS_USER);
	s = sessions[S_USED];
	master = master_secret();
	before = object_count(s);
	for (failed = true; failed && n < MOST_ALLOCATIONS; n++) {
		CK_RV rv;

		failed = false;
		left = n;
		rv = F->C_DeriveKey(s, &m, master, template, COUNT(template), NULL);
		left = -1;
		ck_assert(rv == CKR_OK || (failed && says_so(rv)));
		if (rv == CKR_OK) {
			OK(F->C_DestroyObject(s, made_of.hClientMacSecret));
			OK(F->C_DestroyObject(s, made_of.hServerMacSecret));
			OK(F->C_DestroyObject(s, made_of.hClientKey));
			OK(F->C_DestroyObject(s, made_of.hServerKey));
		}
		ck_assert_uint_eq(object_count(s), before);
	}
	ck_assert(!failed);
	scene_end();
}
END_TEST

/* Private keys, which are the keystore's: to it and from it. */
START_TEST (memory_that_runs_out_between_keystore_and_program) {
	static const char *const functions[] = { "C_WrapKey", "C_UnwrapKey",
		"C_UnwrapKey" };
	static CK_MECHANISM kwp = { CKM_AES_KEY_WRAP_KWP, NULL, 0 };
	static CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, private_class),
		ATTR(CKA_KEY_TYPE, ec_type), ATTR(CKA_TOKEN, YES) };
	static unsigned char wrapped_key[256];
	struct param params[MOST_PARAMS];
	const struct entry *e = entries;
	CK_ULONG wrapped_n = sizeof wrapped_key;
	long n = 0;

	while (strcmp(e->name, functions[_i]) != 0)
		e++;
	memcpy(params, e->params, sizeof params);
	scene_start(AS_USER);
	OK(F->C_WrapKey(sessions[S_USED], &kwp, objects[H_WRAP], objects[H_LEAVES],
		wrapped_key, &wrapped_n));
	params[1].p = &kwp;
	if (_i == 0) {
		params[3].n = H_LEAVES;
	} else {
		params[3].p = wrapped_key;
		params[4].n = wrapped_n;
		params[5].p = template;
		params[6].n = _i == 1 ? 2 : 3;
	}
	failures = 0;
	while (n < MOST_ALLOCATIONS && failures < 10 && try_without(e, params, n))
		n++;
	ck_assert_msg(failures == 0, "%s: %d wrong answers", e->name, failures);
	ck_assert_int_gt(n, 0);
	scene_end();
}
END_TEST

static const struct check_test tests[] = {
	{ &memory_that_runs_out_leaves_nothing_on_the_token, (int)COUNT(on_token) },
	{ &memory_that_runs_out_changes_an_object_or_says_so, 4 },
	{ &memory_that_runs_out_leaves_nothing_that_has_to_stay, 2 },
	{ &memory_that_runs_out_leaves_no_keys_without_their_ivs, 0 },
	{ &memory_that_runs_out_between_keystore_and_program, 3 },
	{ &memory_that_runs_out_is_told_and_changes_nothing, 2 * ENTRIES },
};

CHECK_MAIN("api_memory", tests)
