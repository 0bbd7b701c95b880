/* SPDX-License-Identifier: Apache-2.0 */
/* Objects: templates and their errors, places and who may see them, copies, custody. */
#include "tests/api/objects.h"

static const CK_KEY_TYPE no_such_type = 0x7ffffff1;
static const CK_ULONG four = 4;
static const unsigned char two_bytes[2];

/* What is appended to a good template for an AES key, and the answer. */
static const struct {
	CK_ATTRIBUTE extra;
	CK_RV rv;
} bad_templates[] = {
	{ { 0x7fff0001, (void *)(uintptr_t)&YES, 1 }, CKR_ATTRIBUTE_TYPE_INVALID },
	{ { CKA_TOKEN, (void *)(uintptr_t)two_bytes, 2 }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_TOKEN, NULL, 1 }, CKR_ARGUMENTS_BAD },
	{ { CKA_KEY_TYPE, (void *)(uintptr_t)&no_such_type, sizeof no_such_type },
		CKR_TEMPLATE_INCONSISTENT },
	{ { CKA_LOCAL, (void *)(uintptr_t)&YES, 1 }, CKR_ATTRIBUTE_READ_ONLY },
	{ { CKA_MODULUS_BITS, (void *)(uintptr_t)&four, sizeof four },
		CKR_TEMPLATE_INCONSISTENT },
};

START_TEST (bad_templates_are_refused_by_name) {
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES),
		ATTR(CKA_VALUE, value32), bad_templates[_i].extra };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o = 4711;

	IS(bad_templates[_i].rv, F->C_CreateObject(s, template, COUNT(template), &o));
	ck_assert_uint_eq(o, 4711);
	api_stop();
}
END_TEST

START_TEST (incomplete_and_missing_templates) {
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES) };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o;

	IS(CKR_TEMPLATE_INCOMPLETE, F->C_CreateObject(s, template, 2, &o));
	IS(CKR_TEMPLATE_INCOMPLETE, F->C_CreateObject(s, template, 1, &o));
	IS(CKR_ARGUMENTS_BAD, F->C_CreateObject(s, NULL, 2, &o));
	IS(CKR_ARGUMENTS_BAD, F->C_CreateObject(s, template, 2, NULL));
	IS(CKR_OBJECT_HANDLE_INVALID, F->C_DestroyObject(s, 99999));
	IS(CKR_OBJECT_HANDLE_INVALID, F->C_GetAttributeValue(s, 99999, template, 1));
	api_stop();
}
END_TEST

START_TEST (readable_key_shows_its_value) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, value32, 32, 1);
	unsigned char value[32];
	CK_ATTRIBUTE template = { CKA_VALUE, NULL, 0 };

	OK(F->C_GetAttributeValue(s, k, &template, 1));
	ck_assert_uint_eq(template.ulValueLen, 32);
	template.pValue = value;
	template.ulValueLen = 31;
	IS(CKR_BUFFER_TOO_SMALL, F->C_GetAttributeValue(s, k, &template, 1));
	template.ulValueLen = 32;
	OK(F->C_GetAttributeValue(s, k, &template, 1));
	ck_assert_mem_eq(value, value32, 32);
	ck_assert_uint_eq(api_custody(s, k), CK_KT_CUSTODY_PROCESS);
	api_stop();
}
END_TEST

/* The stack's default gives sensitive session keys to keyringd. */
START_TEST (sensitive_key_is_not_in_process_custody) {
	CK_SESSION_HANDLE s = api_start();

	ck_assert_uint_eq(api_custody(s, api_generate_aes(s, 32, 0)),
		kernel_custody(kernel_takes_aes()));
	ck_assert_uint_eq(
		api_custody(s, api_generate_aes(s, 32, 1)), CK_KT_CUSTODY_PROCESS);
	api_stop();
}
END_TEST

START_TEST (session_objects_end_with_their_session) {
	CK_SESSION_HANDLE s = api_start(), other = api_session(0);
	CK_OBJECT_HANDLE o = data_object(other, "short lived", CK_FALSE, CK_FALSE), f[2];

	ck_assert_uint_eq(find_label(s, "short lived", f, 2), 1);
	ck_assert_uint_eq(f[0], o);
	OK(F->C_CloseSession(other));
	ck_assert_uint_eq(find_label(s, "short lived", f, 2), 0);
	IS(CKR_OBJECT_HANDLE_INVALID, F->C_DestroyObject(s, o));
	api_stop();
}
END_TEST

START_TEST (private_objects_go_with_the_login) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE hidden = data_object(s, "mine", CK_FALSE, CK_TRUE);
	CK_OBJECT_HANDLE open = data_object(s, "everybody's", CK_FALSE, CK_FALSE), f[2];
	CK_ULONG size;

	OK(F->C_Logout(s));
	ck_assert_uint_eq(find_label(s, "mine", f, 2), 0);
	IS(CKR_OBJECT_HANDLE_INVALID, F->C_GetObjectSize(s, hidden, &size));
	OK(F->C_GetObjectSize(s, open, &size));
	OK(api_login(s, CKU_USER));
	IS(CKR_OBJECT_HANDLE_INVALID, F->C_GetObjectSize(s, hidden, &size));
	api_stop();
}
END_TEST

START_TEST (token_objects_stay_and_need_a_writable_session) {
	CK_SESSION_HANDLE s = api_start(), ro = api_session(0);
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, DATA), ATTR(CKA_TOKEN, YES),
		ATTR(CKA_VALUE, value32) };
	CK_OBJECT_HANDLE o, f[2];

	IS(CKR_SESSION_READ_ONLY, F->C_CreateObject(ro, template, 3, &o));
	o = data_object(s, "stays", CK_TRUE, CK_FALSE);
	IS(CKR_SESSION_READ_ONLY, F->C_DestroyObject(ro, o));
	api_stop();

	s = api_start();
	ck_assert_uint_eq(find_label(s, "stays", f, 2), 1);
	o = f[0];
	/* the handle stays the same one */
	ck_assert_uint_eq(find_label(s, "stays", f, 2), 1);
	ck_assert_uint_eq(f[0], o);
	OK(F->C_DestroyObject(s, o));
	ck_assert_uint_eq(find_label(s, "stays", f, 2), 0);
	IS(CKR_OBJECT_HANDLE_INVALID, F->C_DestroyObject(s, o));
	api_stop();
}
END_TEST

START_TEST (copies_are_objects_of_their_own) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, value32, 32, 1), copy = 0;
	CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t) "copy", 4 };
	CK_MECHANISM m = { CKM_AES_ECB, NULL, 0 };
	unsigned char a[16], b[16];
	CK_ULONG n = 16;

	OK(F->C_EncryptInit(s, &m, k));
	OK(F->C_Encrypt(s, value32, 16, a, &n));
	OK(F->C_CopyObject(s, k, &label, 1, &copy));
	ck_assert_uint_ne(k, copy);
	OK(F->C_DestroyObject(s, k));
	OK(F->C_EncryptInit(s, &m, copy));
	OK(F->C_Encrypt(s, value32, 16, b, &n));
	ck_assert_mem_eq(a, b, 16);
	api_stop();
}
END_TEST

/* --- Who may make what where ---------------------------------------------------------- */

#define NOBODY CK_UNAVAILABLE_INFORMATION

/* For each user: object of the token or not, private or not; -1: the template does not
 * say. A key is private by default exactly when the user makes it, data never. */
static const struct row {
	CK_USER_TYPE user;
	int token, private;
	CK_RV rv;
	int data_private, key_private; /* what it becomes */
} rows[] = {
	{ CKU_USER, 1, 1, CKR_OK, 1, 1 },
	{ CKU_USER, 1, 0, CKR_OK, 0, 0 },
	{ CKU_USER, 0, 1, CKR_OK, 1, 1 },
	{ CKU_USER, 0, 0, CKR_OK, 0, 0 },
	{ CKU_USER, 1, -1, CKR_OK, 0, 1 },
	{ CKU_USER, -1, -1, CKR_OK, 0, 1 },
	{ CKU_SO, 1, 1, CKR_USER_NOT_LOGGED_IN, 0, 0 },
	{ CKU_SO, 1, 0, CKR_OK, 0, 0 },
	{ CKU_SO, 0, 1, CKR_USER_NOT_LOGGED_IN, 0, 0 },
	{ CKU_SO, 0, 0, CKR_OK, 0, 0 },
	{ CKU_SO, 1, -1, CKR_OK, 0, 0 },
	{ CKU_SO, -1, -1, CKR_OK, 0, 0 },
	{ NOBODY, 1, 1, CKR_USER_NOT_LOGGED_IN, 0, 0 },
	{ NOBODY, 1, 0, CKR_OK, 0, 0 },
	{ NOBODY, 0, 1, CKR_USER_NOT_LOGGED_IN, 0, 0 },
	{ NOBODY, 0, 0, CKR_OK, 0, 0 },
	{ NOBODY, -1, -1, CKR_OK, 0, 0 },
};

static CK_RV
row_create(CK_SESSION_HANDLE s, const struct row *r, const CK_OBJECT_CLASS *class,
	CK_OBJECT_HANDLE *ret)
{
	const CK_BBOOL token = r->token == 1, private = r->private == 1;
	CK_ATTRIBUTE template[6] = { { CKA_CLASS, (void *)(uintptr_t) class,
					     sizeof *class },
		LABEL("row"), ATTR(CKA_VALUE, value32) };
	CK_ULONG n = 3;

	if (*class == SECRET)
		template[n++] = (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, AES);
	if (r->token >= 0)
		template[n++] = (CK_ATTRIBUTE)ATTR(CKA_TOKEN, token);
	if (r->private >= 0)
		template[n++] = (CK_ATTRIBUTE)ATTR(CKA_PRIVATE, private);
	return F->C_CreateObject(s, template, n, ret);
}

START_TEST (users_make_objects_where_they_may) {
	const struct row *r = &rows[_i];
	CK_SESSION_HANDLE s = api_start();

	if (r->user != CKU_USER)
		OK(F->C_Logout(s));
	if (r->user == CKU_SO)
		OK(api_login(s, CKU_SO));
	for (int k = 0; k < 2; k++) {
		const int private = k == 0 ? r->data_private : r->key_private;
		CK_OBJECT_HANDLE o = 0, f[2];

		IS(r->rv, row_create(s, r, k == 0 ? &DATA : &SECRET, &o));
		ck_assert_uint_eq(find_label(s, "row", f, 2), r->rv == CKR_OK);
		if (r->rv != CKR_OK)
			continue;
		ck_assert_uint_eq(get_bool(s, o, CKA_TOKEN), r->token == 1);
		ck_assert_uint_eq(get_bool(s, o, CKA_PRIVATE), private);
		/* it is there for another who logs in, or it is gone */
		if (r->user != NOBODY)
			OK(F->C_Logout(s));
		ck_assert_uint_eq(find_label(s, "row", f, 2), !private);
		OK(api_login(s, r->user == CKU_SO ? CKU_SO : CKU_USER));
		ck_assert_uint_eq(find_label(s, "row", f, 2), !private || r->token == 1);
		if (!private || r->token == 1)
			OK(F->C_DestroyObject(s, f[0]));
		if (r->user == NOBODY)
			OK(F->C_Logout(s));
	}
	api_stop();
}
END_TEST

/* What the SO may not see is not the SO's to copy; nobody makes a copy private but the
 * user; what is private stays so. */
START_TEST (copies_become_private_by_the_user_only) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE open = data_object(s, "open", CK_FALSE, CK_FALSE), o = 0;
	CK_OBJECT_HANDLE hidden = data_object(s, "hidden", CK_TRUE, CK_TRUE), f[2];
	CK_ATTRIBUTE private[] = { ATTR(CKA_PRIVATE, YES), ATTR(CKA_TOKEN, YES) };
	CK_ATTRIBUTE public = ATTR(CKA_PRIVATE, NO);

	IS(CKR_TEMPLATE_INCONSISTENT, F->C_CopyObject(s, hidden, &public, 1, &o));
	OK(F->C_CopyObject(s, open, private, 2, &o));
	ck_assert(get_bool(s, o, CKA_PRIVATE) && get_bool(s, o, CKA_TOKEN));
	OK(F->C_DestroyObject(s, o));
	OK(F->C_Logout(s));
	IS(CKR_USER_NOT_LOGGED_IN, F->C_CopyObject(s, open, private, 1, &o));
	OK(api_login(s, CKU_SO));
	IS(CKR_USER_NOT_LOGGED_IN, F->C_CopyObject(s, open, private, 1, &o));
	IS(CKR_USER_NOT_LOGGED_IN, F->C_CopyObject(s, open, private, 2, &o));
	IS(CKR_OBJECT_HANDLE_INVALID, F->C_CopyObject(s, hidden, NULL, 0, &o));
	ck_assert_uint_eq(find_label(s, "hidden", f, 2), 0);
	ck_assert_uint_eq(find_label(s, "open", f, 2), 1);
	OK(F->C_Logout(s));
	OK(api_login(s, CKU_USER));
	ck_assert_uint_eq(find_label(s, "hidden", f, 2), 1);
	OK(F->C_DestroyObject(s, f[0]));
	api_stop();
}
END_TEST

/* From session to token and back, in any custody; of a key only to what is stricter. */
START_TEST (copies_go_between_session_and_token) {
	const CK_BBOOL from_token = (_i & 1) != 0, readable = (_i & 2) != 0;
	const CK_BBOOL to_token = !from_token, hidden = !readable;
	CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES),
		ATTR(CKA_TOKEN, from_token), ATTR(CKA_EXTRACTABLE, readable),
		ATTR(CKA_SENSITIVE, hidden), ATTR(CKA_VALUE, value32), LABEL("kept") };
	CK_ATTRIBUTE to[] = { ATTR(CKA_TOKEN, to_token), ATTR(CKA_SENSITIVE, YES),
		ATTR(CKA_EXTRACTABLE, NO) };
	CK_ATTRIBUTE softer[] = { ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES) };
	CK_OBJECT_HANDLE key = 0, copy = 0, other = 0;
	unsigned char a[16], b[16];
	CK_MECHANISM m = { CKM_AES_ECB, NULL, 0 };
	CK_ULONG n = 16;

	OK(F->C_CreateObject(s, template, COUNT(template), &key));
	if (!from_token && api_custody(s, key) != CK_KT_CUSTODY_PROCESS) {
		/* such a key stays in its session */
		IS(CKR_ACTION_PROHIBITED, F->C_CopyObject(s, key, to, 1, &copy));
		api_stop();
		return;
	}
	OK(F->C_CopyObject(s, key, to, COUNT(to), &copy));
	ck_assert_uint_eq(get_bool(s, copy, CKA_TOKEN), to_token);
	ck_assert(
		get_bool(s, copy, CKA_SENSITIVE) && !get_bool(s, copy, CKA_EXTRACTABLE));
	ck_assert(!get_bool(s, copy, CKA_NEVER_EXTRACTABLE));
	ck_assert_uint_eq(get_bool(s, key, CKA_EXTRACTABLE), readable);
	IS(CKR_ATTRIBUTE_READ_ONLY, F->C_CopyObject(s, copy, &softer[0], 1, &other));
	IS(CKR_ATTRIBUTE_READ_ONLY, F->C_CopyObject(s, copy, &softer[1], 1, &other));
	OK(F->C_EncryptInit(s, &m, key));
	OK(F->C_Encrypt(s, value32, 16, a, &n));
	OK(F->C_EncryptInit(s, &m, copy));
	OK(F->C_Encrypt(s, value32, 16, b, &n));
	ck_assert_mem_eq(a, b, 16);
	OK(F->C_DestroyObject(s, key));
	OK(F->C_DestroyObject(s, copy));
	api_stop();
}
END_TEST

/* --- Names ------------------------------------------------------------------------------ */

/* Found by it, and nothing else is. */
static void
expect_own_name(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, char seen[][36], size_t *n)
{
	char id[36];
	CK_ATTRIBUTE a = ATTR(CKA_UNIQUE_ID, id);
	CK_OBJECT_HANDLE f[2];

	OK(F->C_GetAttributeValue(s, o, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, sizeof id);
	ck_assert_uint_eq(find(s, &a, 1, f, 2), 1);
	ck_assert_uint_eq(f[0], o);
	for (size_t i = 0; i < *n; i++)
		ck_assert(memcmp(seen[i], id, sizeof id) != 0);
	memcpy(seen[(*n)++], id, sizeof id);
}

#define MOST_NAMED 40u

struct named {
	CK_OBJECT_HANDLE o[MOST_NAMED];
	size_t n;
};

static const CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;
static const CK_KEY_TYPE ec = CKK_EC;
static const unsigned char p256[] = { 6, 8, 42, 134, 72, 206, 61, 3, 1, 7 };
static const unsigned char one[32] = { [31] = 1 };

static void
named_pair(CK_SESSION_HANDLE s, struct named *l, CK_BBOOL token)
{
	CK_MECHANISM m = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public[] = { ATTR(CKA_EC_PARAMS, p256), ATTR(CKA_TOKEN, token) };

	OK(F->C_GenerateKeyPair(
		s, &m, public, 2, &public[1], 1, &l -> o[l->n], &l -> o[l->n + 1]));
	l->n += 2;
}

/* The session's private key again, of its wrapped form. */
static void
named_unwrapped(CK_SESSION_HANDLE s, struct named *l)
{
	CK_ATTRIBUTE key[] = { ATTR(CKA_CLASS, private_class), ATTR(CKA_KEY_TYPE, ec),
		ATTR(CKA_EC_PARAMS, p256), ATTR(CKA_VALUE, one),
		ATTR(CKA_EXTRACTABLE, YES) };
	CK_ATTRIBUTE by[] = { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES),
		ATTR(CKA_WRAP, YES), ATTR(CKA_UNWRAP, YES), ATTR(CKA_VALUE, value32) };
	CK_MECHANISM m = { CKM_AES_KEY_WRAP_KWP, NULL, 0 };
	CK_OBJECT_HANDLE *o = &l->o[l->n];
	unsigned char wrapped[300];
	CK_ULONG n = sizeof wrapped;

	OK(F->C_CreateObject(s, key, COUNT(key), &o[0]));
	OK(F->C_CreateObject(s, by, COUNT(by), &o[1]));
	OK(F->C_WrapKey(s, &m, o[1], o[0], wrapped, &n));
	OK(F->C_UnwrapKey(s, &m, o[1], wrapped, n, key, 2, &o[2]));
	l->n += 3;
}

/* 4.4.1: any object, however it is made, and it keeps its name when it changes. */
START_TEST (every_object_has_a_name_of_its_own) {
	CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE where[] = { ATTR(CKA_TOKEN, NO), ATTR(CKA_TOKEN, YES) };
	CK_ATTRIBUTE label = LABEL("named");
	struct named l = { .n = 0 };
	char seen[MOST_NAMED][36], again[MOST_NAMED][36];
	size_t n = 0, originals;

	named_unwrapped(s, &l);
	for (int token = 0; token < 2; token++) {
		named_pair(s, &l, token == 1);
		l.o[l.n++] = data_object(s, "named", token == 1, CK_TRUE);
		l.o[l.n++] = data_object(s, "named", token == 1, CK_FALSE);
	}
	l.o[l.n++] = api_generate_aes(s, 32, 1);
	l.o[l.n++] = api_generate_aes(s, 32, 0);
	originals = l.n;
	for (size_t i = 0; i < originals; i++)
		for (size_t to = 0; to < 2; to++) {
			/* one that the process cannot read stays in its session */
			CK_RV rv = F->C_CopyObject(s, l.o[i], &where[to], 1, &l.o[l.n]);

			ck_assert(rv == CKR_OK || rv == CKR_ACTION_PROHIBITED);
			l.n += rv == CKR_OK;
		}
	ck_assert_uint_ge(l.n, 2 * originals);
	for (size_t i = 0; i < l.n; i++)
		expect_own_name(s, l.o[i], seen, &n);
	n = 0;
	for (size_t i = 0; i < l.n; i++) {
		OK(F->C_SetAttributeValue(s, l.o[i], &label, 1));
		expect_own_name(s, l.o[i], again, &n);
	}
	ck_assert_mem_eq(seen, again, n * sizeof seen[0]);
	for (size_t i = 0; i < l.n; i++)
		OK(F->C_DestroyObject(s, l.o[i]));
	api_stop();
}
END_TEST

/* --- Sizes ------------------------------------------------------------------------------ */

#define MOST_BYTES (1u << 20) /* of an object with all that the token adds */

static char long_label[MOST_BYTES];

/* Whole or not at all, wherever it is kept: by the module, keyringd or keystored. */
static void
expect_whole(CK_SESSION_HANDLE s, CK_RV rv, CK_OBJECT_HANDLE o, CK_ULONG n)
{
	CK_ATTRIBUTE label = { CKA_LABEL, long_label, n };
	char id[36];
	CK_ATTRIBUTE name = ATTR(CKA_UNIQUE_ID, id);
	CK_OBJECT_HANDLE f[2];

	if (rv != CKR_OK) {
		IS(CKR_HOST_MEMORY, rv);
		return;
	}
	OK(F->C_GetAttributeValue(s, o, &name, 1));
	ck_assert_uint_eq(find(s, &name, 1, f, 2), 1);
	OK(F->C_SetAttributeValue(s, o, &label, 1));
	OK(F->C_DestroyObject(s, o));
}

/* A copy; of 0 a private key, to which its public one is added. */
static CK_RV
make_long(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE from, CK_ULONG n, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE key[] = { { CKA_LABEL, long_label, n },
		ATTR(CKA_CLASS, private_class), ATTR(CKA_KEY_TYPE, ec),
		ATTR(CKA_EC_PARAMS, p256), ATTR(CKA_VALUE, one) };

	return from != 0 ? F->C_CopyObject(s, from, key, 1, ret)
			 : F->C_CreateObject(s, key, COUNT(key), ret);
}

START_TEST (objects_up_to_the_limit_are_whole) {
	CK_SESSION_HANDLE s = api_start();
	struct named l = { .n = 0 };

	memset(long_label, 'x', sizeof long_label);
	named_pair(s, &l, CK_FALSE);
	l.o[l.n++] = data_object(s, "sized", CK_FALSE, CK_FALSE);
	l.o[l.n++] = data_object(s, "sized", CK_TRUE, CK_FALSE);
	l.o[l.n++] = api_generate_aes(s, 32, 1);
	l.o[l.n++] = api_generate_aes(s, 32, 0);
	l.o[l.n++] = 0;
	for (size_t i = 0; i < l.n; i++) {
		unsigned whole = 0, refused = 0;

		/* in steps of less than a name, which comes last */
		for (CK_ULONG n = MOST_BYTES - 1200; n < MOST_BYTES; n += 40) {
			CK_OBJECT_HANDLE o = 0;
			CK_RV rv = make_long(s, l.o[i], n, &o);

			expect_whole(s, rv, o, n);
			whole += rv == CKR_OK;
			refused += rv != CKR_OK;
		}
		ck_assert(whole != 0 && refused != 0);
		if (l.o[i] != 0)
			OK(F->C_DestroyObject(s, l.o[i]));
	}
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &every_object_has_a_name_of_its_own, 0 },
	{ &objects_up_to_the_limit_are_whole, 0 },
	{ &users_make_objects_where_they_may, COUNT(rows) },
	{ &copies_become_private_by_the_user_only, 0 },
	{ &copies_go_between_session_and_token, 4 },
	{ &bad_templates_are_refused_by_name, COUNT(bad_templates) },
	{ &incomplete_and_missing_templates, 0 },
	{ &readable_key_shows_its_value, 0 },
	{ &sensitive_key_is_not_in_process_custody, 0 },
	{ &session_objects_end_with_their_session, 0 },
	{ &private_objects_go_with_the_login, 0 },
	{ &token_objects_stay_and_need_a_writable_session, 0 },
	{ &copies_are_objects_of_their_own, 0 },
};

CHECK_MAIN("api_objects", tests)
