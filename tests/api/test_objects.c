/* SPDX-License-Identifier: Apache-2.0 */
/* Objects: templates and their errors, attributes, search, copies, custody. */
#include "tests/api/kernel.h"

static const CK_OBJECT_CLASS DATA = CKO_DATA, SECRET = CKO_SECRET_KEY;
static const CK_KEY_TYPE AES = CKK_AES;
static unsigned char value32[32] = { 1, 2, 3 };

static CK_OBJECT_HANDLE
data_object(CK_SESSION_HANDLE s, const char *label, CK_BBOOL token, CK_BBOOL private)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, DATA), ATTR(CKA_TOKEN, token),
		ATTR(CKA_PRIVATE, private),
		{ CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
		ATTR(CKA_VALUE, value32) };
	CK_OBJECT_HANDLE o = 0;

	OK(F->C_CreateObject(s, template, COUNT(template), &o));
	return o;
}

static CK_ULONG
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

static CK_ULONG
find_label(CK_SESSION_HANDLE s, const char *label, CK_OBJECT_HANDLE *ret, CK_ULONG max)
{
	CK_ATTRIBUTE template[] = { { CKA_LABEL, (void *)(uintptr_t)label,
		strlen(label) } };

	return find(s, template, 1, ret, max);
}

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

START_TEST (every_attribute_is_answered_beside_a_bad_one) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE k = api_key(s, CKK_AES, value32, 32, 0);
	CK_KEY_TYPE type = 0;
	unsigned char value[32];
	CK_ATTRIBUTE template[] = { { CKA_VALUE, value, sizeof value },
		{ CKA_MODULUS, value, sizeof value }, ATTR(CKA_KEY_TYPE, type) };

	IS(CKR_ATTRIBUTE_SENSITIVE, F->C_GetAttributeValue(s, k, template, 3));
	ck_assert_uint_eq(template[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(template[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(type, CKK_AES);
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

START_TEST (attributes_change_by_the_schema) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o = data_object(s, "before", _i, CK_FALSE), f[2];
	CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t) "after", 5 };
	CK_ATTRIBUTE class = ATTR(CKA_CLASS, SECRET);

	OK(F->C_SetAttributeValue(s, o, &label, 1));
	ck_assert_uint_eq(find_label(s, "before", f, 2), 0);
	ck_assert_uint_eq(find_label(s, "after", f, 2), 1);
	ck_assert_uint_eq(f[0], o);
	IS(CKR_ATTRIBUTE_READ_ONLY, F->C_SetAttributeValue(s, o, &class, 1));
	OK(F->C_DestroyObject(s, o));
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

START_TEST (one_of_many_is_found_by_id_and_label) {
	enum { MANY = 2000 };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE f[4], all[MANY];
	CK_ATTRIBUTE by_id = { CKA_ID, NULL, sizeof(int) };

	for (int i = 0; i < MANY; i++) {
		CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, SECRET),
			ATTR(CKA_KEY_TYPE, AES), ATTR(CKA_SENSITIVE, NO),
			ATTR(CKA_EXTRACTABLE, YES), ATTR(CKA_VALUE, value32),
			ATTR(CKA_ID, i), { CKA_LABEL, (void *)(uintptr_t) "all", 3 } };

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
	{ &bad_templates_are_refused_by_name, COUNT(bad_templates) },
	{ &incomplete_and_missing_templates, 0 },
	{ &every_attribute_is_answered_beside_a_bad_one, 0 },
	{ &readable_key_shows_its_value, 0 },
	{ &sensitive_key_is_not_in_process_custody, 0 },
	{ &session_objects_end_with_their_session, 0 },
	{ &private_objects_go_with_the_login, 0 },
	{ &token_objects_stay_and_need_a_writable_session, 0 },
	{ &attributes_change_by_the_schema, 2 },
	{ &copies_are_objects_of_their_own, 0 },
	{ &search_has_a_state, 0 },
	{ &one_of_many_is_found_by_id_and_label, 0 },
};

CHECK_MAIN("api_objects", tests)
