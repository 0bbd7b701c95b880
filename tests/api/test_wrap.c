/* SPDX-License-Identifier: Apache-2.0 */
/* C_WrapKey and C_UnwrapKey: keys of every custody wrapped by keys of every custody, and
 * what comes out of it everywhere it may be. */
#include "tests/api/kernel.h"
#include "tests/api/wrap.h"

static CK_MECHANISM kw = { CKM_AES_KEY_WRAP, NULL, 0 };

static CK_ULONG
wrap(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key, unsigned char *out,
	CK_ULONG room)
{
	CK_ULONG n = room;

	OK(F->C_WrapKey(s, &kw, by, key, out, &n));
	return n;
}

static CK_OBJECT_HANDLE
unwrap(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE by, unsigned char *wrapped, CK_ULONG n,
	struct list template)
{
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_UnwrapKey(s, &kw, by, wrapped, n, template.a, template.n, &key));
	return key;
}

/* --- The matrix --------------------------------------------------------------------- */

/* wrapped_value under wrapping_value, by "openssl enc -id-aes256-wrap" */
static const char known[] = "941884f26120baf848d47aa094a85b5cc0a9d62467552857";

/* Of a key that encrypts, decrypts, signs and verifies. */
static CK_ULONG
custody_of(CK_ULONG by, enum where new)
{
	if (new == IN_PROCESS)
		return CK_KT_CUSTODY_PROCESS;
	/* out of a key that the process has, it may go to the kernel */
	return new == WITH_BROKER &&by == CK_KT_CUSTODY_PROCESS
		       ? kernel_custody(kernel_takes_aes())
		       : CK_KT_CUSTODY_BROKER;
}

START_TEST (key_of_any_custody_is_wrapped_by_any_and_goes_anywhere) {
	const enum where by_at = (enum where)(_i / PLACES / PLACES),
			 key_at = (enum where)(_i / PLACES % PLACES),
			 new_at = (enum where)(_i % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE reference = wrapped_key(s, IN_PROCESS);
	const CK_OBJECT_HANDLE by = wrapping_key(s, by_at), key = wrapped_key(s, key_at);
	unsigned char wrapped[64], expected[sizeof known / 2];
	CK_OBJECT_HANDLE new;
	CK_ULONG n;

	n = wrap(s, by, key, wrapped, sizeof wrapped);
	ck_assert_uint_eq(n, api_unhex(known, expected));
	ck_assert_mem_eq(wrapped, expected, n);
	new = unwrap(s, by, wrapped, n, aes_template(new_at));
	ck_assert_msg(api_custody(s, new) == custody_of(api_custody(s, by), new_at),
		"%s by %s to %s: custody %lu", place_names[key_at], place_names[by_at],
		place_names[new_at], api_custody(s, new));
	check_same_key(s, new, reference);
	ck_assert(!api_flag(s, new, CKA_LOCAL));
	ck_assert(!api_flag(s, new, CKA_ALWAYS_SENSITIVE));
	ck_assert(!api_flag(s, new, CKA_NEVER_EXTRACTABLE));
	ck_assert_uint_eq(api_flag(s, new, CKA_TOKEN), new_at == ON_TOKEN);
	ck_assert_uint_eq(api_flag(s, new, CKA_PRIVATE), CK_TRUE);
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- Lengths --------------------------------------------------------------------------- */

START_TEST (length_is_told_before_anything_is_wrapped) {
	const enum where by_at = (enum where)_i;
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, by_at), key = wrapped_key(s, by_at);
	unsigned char out[32];
	CK_ULONG n = 0;

	OK(F->C_WrapKey(s, &kw, by, key, NULL, &n));
	ck_assert_uint_eq(n, 24);
	memset(out, 0xaa, sizeof out);
	for (n = 0; n < 24; n++) {
		CK_ULONG room = n;

		IS(CKR_BUFFER_TOO_SMALL, F->C_WrapKey(s, &kw, by, key, out, &room));
		ck_assert_uint_eq(room, 24);
	}
	for (size_t i = 0; i < sizeof out; i++)
		ck_assert_uint_eq(out[i], 0xaa);
	n = 24;
	OK(F->C_WrapKey(s, &kw, by, key, out, &n));
	ck_assert_uint_eq(out[24], 0xaa);
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- What is refused, whoever has the keys ---------------------------------------------- */

static void
set_flag(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type, CK_BBOOL v)
{
	CK_ATTRIBUTE a = { type, &v, sizeof v };

	OK(F->C_SetAttributeValue(s, key, &a, 1));
}

START_TEST (keys_have_to_permit_it) {
	const enum where by_at = (enum where)(_i / PLACES),
			 key_at = (enum where)(_i % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, by_at), key = wrapped_key(s, key_at);
	struct list template = aes_template(WITH_BROKER);
	unsigned char out[64];
	CK_OBJECT_HANDLE new = 0;
	CK_ULONG n = sizeof out;

	wrap(s, by, key, out, sizeof out);
	set_flag(s, by, CKA_WRAP, CK_FALSE);
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED, F->C_WrapKey(s, &kw, by, key, out, &n));
	set_flag(s, by, CKA_WRAP, CK_TRUE);
	set_flag(s, by, CKA_UNWRAP, CK_FALSE);
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		F->C_UnwrapKey(s, &kw, by, out, 24, template.a, template.n, &new));
	set_flag(s, key, CKA_WRAP_WITH_TRUSTED, CK_TRUE);
	IS(CKR_KEY_NOT_WRAPPABLE, F->C_WrapKey(s, &kw, by, key, out, &n));
	set_flag(s, key, CKA_EXTRACTABLE, CK_FALSE);
	IS(CKR_KEY_UNEXTRACTABLE, F->C_WrapKey(s, &kw, by, key, out, &n));
	IS(CKR_KEY_UNEXTRACTABLE, F->C_WrapKey(s, &kw, by, key, NULL, &n));
	destroy_all(s);
	api_stop();
}
END_TEST

START_TEST (key_that_wraps_is_not_in_the_kernel) {
	static const CK_ATTRIBUTE_TYPE uses[] = { CKA_WRAP, CKA_UNWRAP, CKA_DERIVE };
	const CK_SESSION_HANDLE s = api_start();
	const CK_MECHANISM_TYPE allowed = CKM_AES_CBC;
	const CK_ULONG size = 32;
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE t[] = { ATTR(CKA_VALUE_LEN, size), ATTR(CKA_ENCRYPT, YES),
		ATTR(CKA_ALLOWED_MECHANISMS, allowed),
		{ uses[_i], (void *)(uintptr_t)&YES, sizeof YES } };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_GenerateKey(s, &gen, t, COUNT(t), &key));
	ck_assert_uint_eq(api_custody(s, key), kernel_custody(0));
	api_stop();
}
END_TEST

/* --- Trust ------------------------------------------------------------------------------ */

static CK_OBJECT_HANDLE
find_labelled(CK_SESSION_HANDLE s, const char *label)
{
	CK_ATTRIBUTE a = { CKA_LABEL, (void *)(uintptr_t)label, strlen(label) };
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG n = 0;

	OK(F->C_FindObjectsInit(s, &a, 1));
	OK(F->C_FindObjects(s, &found, 1, &n));
	OK(F->C_FindObjectsFinal(s));
	ck_assert_uint_eq(n, 1);
	return found;
}

/* The security officer trusts a public key of the token, and makes a session key that says
 * it is trusted. */
START_TEST (only_the_officer_s_key_is_trusted) {
	const CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE common[] = { ATTR(CKA_CLASS, secret_class),
		ATTR(CKA_KEY_TYPE, aes_type), ATTR(CKA_VALUE, wrapping_value),
		ATTR(CKA_WRAP, YES), ATTR(CKA_PRIVATE, NO), ATTR(CKA_TOKEN, YES),
		{ CKA_LABEL, (void *)(uintptr_t) "officer", 7 } };
	CK_ATTRIBUTE claims[] = { common[0], common[1], common[2], common[3], common[4],
		ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES),
		ATTR(CKA_TRUSTED, YES) };
	CK_OBJECT_HANDLE by = 0, claiming = 0, key;
	unsigned char out[64];
	CK_ULONG n = sizeof out;
	CK_SESSION_HANDLE kept;

	OK(F->C_CreateObject(s, common, COUNT(common), &by));
	IS(CKR_ATTRIBUTE_READ_ONLY,
		F->C_CreateObject(s, claims, COUNT(claims), &claiming));
	OK(F->C_Logout(s));
	OK(api_login(s, CKU_SO));
	set_flag(s, find_labelled(s, "officer"), CKA_TRUSTED, CK_TRUE);
	kept = api_session(CKF_RW_SESSION);
	OK(F->C_CreateObject(kept, claims, COUNT(claims), &claiming));
	OK(F->C_Logout(s));
	OK(api_login(s, CKU_USER));

	by = find_labelled(s, "officer");
	key = wrapped_key(s, _i == 0 ? WITH_BROKER : ON_TOKEN);
	set_flag(s, key, CKA_WRAP_WITH_TRUSTED, CK_TRUE);
	OK(F->C_WrapKey(s, &kw, by, key, out, &n));
	ck_assert(api_flag(s, claiming, CKA_TRUSTED));
	IS(CKR_KEY_NOT_WRAPPABLE, F->C_WrapKey(s, &kw, claiming, key, out, &n));
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- Templates of the wrapping key ------------------------------------------------------ */

START_TEST (wrapping_key_s_templates_are_heeded) {
	const enum where by_at = (enum where)_i;
	const CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE wants[] = { { CKA_LABEL, (void *)(uintptr_t) "good", 4 } };
	CK_ATTRIBUTE adds[] = { ATTR(CKA_EXTRACTABLE, NO), ATTR(CKA_TOKEN, YES),
		ATTR(CKA_DECRYPT, NO) };
	CK_ATTRIBUTE label = wants[0],
		     other = { CKA_LABEL, (void *)(uintptr_t) "bad", 3 };
	CK_ATTRIBUTE open = ATTR(CKA_EXTRACTABLE, YES);
	struct list l = { .n = 0 }, template = { .n = 0 };
	CK_OBJECT_HANDLE by = 0, key = wrapped_key(s, IN_PROCESS), new = 0;
	unsigned char out[64];
	CK_ULONG n = sizeof out;

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes_type));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_VALUE, wrapping_value));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_WRAP, YES));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_UNWRAP, YES));
	list_add(&l, (CK_ATTRIBUTE){ CKA_WRAP_TEMPLATE, wants, sizeof wants });
	list_add(&l, (CK_ATTRIBUTE){ CKA_UNWRAP_TEMPLATE, adds, sizeof adds });
	list_place(&l, by_at, 0);
	OK(F->C_CreateObject(s, l.a, l.n, &by));

	OK(F->C_SetAttributeValue(s, key, &other, 1));
	IS(CKR_KEY_HANDLE_INVALID, F->C_WrapKey(s, &kw, by, key, out, &n));
	OK(F->C_SetAttributeValue(s, key, &label, 1));
	n = wrap(s, by, key, out, sizeof out);

	list_add(&template, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&template, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes_type));
	new = unwrap(s, by, out, n, template);
	ck_assert(!api_flag(s, new, CKA_EXTRACTABLE));
	ck_assert(!api_flag(s, new, CKA_DECRYPT));
	ck_assert(api_flag(s, new, CKA_TOKEN));
	check_same_key(s, new, key);
	/* the key's template is as good as the call's */
	IS(CKR_SESSION_READ_ONLY, F->C_UnwrapKey(api_session(0), &kw, by, out, n,
					  template.a, template.n, &new));
	list_add(&template, open);
	IS(CKR_TEMPLATE_INCONSISTENT,
		F->C_UnwrapKey(s, &kw, by, out, n, template.a, template.n, &new));
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- A call that fails makes nothing ---------------------------------------------------- */

START_TEST (unwrapping_that_fails_makes_no_object) {
	const enum where by_at = (enum where)(_i / PLACES),
			 new_at = (enum where)(_i % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, by_at), key = wrapped_key(s, by_at);
	struct list template = aes_template(new_at), wrong = template;
	unsigned char out[64], damaged[64];
	CK_OBJECT_HANDLE new = 0;
	const CK_ULONG n = wrap(s, by, key, out, sizeof out);
	const unsigned before = count_objects(s);

	memcpy(damaged, out, n);
	for (CK_ULONG i = 0; i < n; i++) {
		damaged[i] ^= 1;
		IS(CKR_WRAPPED_KEY_INVALID, F->C_UnwrapKey(s, &kw, by, damaged, n,
						    template.a, template.n, &new));
		damaged[i] ^= 1;
	}
	IS(CKR_WRAPPED_KEY_LEN_RANGE,
		F->C_UnwrapKey(s, &kw, by, out, n - 8, template.a, template.n, &new));
	list_add(&wrong, (CK_ATTRIBUTE){ CKA_CHECK_VALUE, (void *)(uintptr_t) "abc", 3 });
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		F->C_UnwrapKey(s, &kw, by, out, n, wrong.a, wrong.n, &new));
	ck_assert_uint_eq(new, 0);
	ck_assert_uint_eq(count_objects(s), before);
	destroy_all(s);
	api_stop();
}
END_TEST

START_TEST (nobody_makes_a_private_key_without_login) {
	const CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE public_key[] = { ATTR(CKA_CLASS, secret_class),
		ATTR(CKA_KEY_TYPE, aes_type), ATTR(CKA_VALUE, wrapping_value),
		ATTR(CKA_UNWRAP, YES), ATTR(CKA_PRIVATE, NO), ATTR(CKA_TOKEN, YES),
		{ CKA_LABEL, (void *)(uintptr_t) "everybody", 9 } };
	struct list template = aes_template(_i == 0 ? IN_PROCESS : ON_TOKEN);
	unsigned char wrapped[24];
	CK_OBJECT_HANDLE by = 0, new = 0;

	OK(F->C_CreateObject(s, public_key, COUNT(public_key), &by));
	OK(F->C_Logout(s));
	by = find_labelled(s, "everybody");
	ck_assert_uint_eq(api_unhex(known, wrapped), 24);
	list_add(&template, (CK_ATTRIBUTE)ATTR(CKA_PRIVATE, YES));
	IS(CKR_USER_NOT_LOGGED_IN,
		F->C_UnwrapKey(s, &kw, by, wrapped, 24, template.a, template.n, &new));
	template.n--;
	OK(F->C_UnwrapKey(s, &kw, by, wrapped, 24, template.a, template.n, &new));
	ck_assert(!api_flag(s, new, CKA_PRIVATE));
	OK(api_login(s, CKU_USER));
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- Key pairs --------------------------------------------------------------------------- */

START_TEST (halves_of_pairs_are_no_secret_keys) {
	static const unsigned char p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1,
		7 };
	static const CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;
	static const CK_KEY_TYPE ec = CKK_EC;
	const CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE curve = { CKA_EC_PARAMS, (void *)(uintptr_t)p256, sizeof p256 };
	CK_ATTRIBUTE leave = ATTR(CKA_EXTRACTABLE, YES);
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, private_class),
		ATTR(CKA_KEY_TYPE, ec) };
	const CK_OBJECT_HANDLE by = wrapping_key(s, (enum where)_i);
	CK_OBJECT_HANDLE public_key = 0, private_key = 0, new = 0;
	unsigned char out[512] = { 0 };
	CK_ULONG n = sizeof out;

	OK(F->C_GenerateKeyPair(
		s, &gen, &curve, 1, &leave, 1, &public_key, &private_key));
	IS(CKR_KEY_NOT_WRAPPABLE, F->C_WrapKey(s, &kw, by, public_key, out, &n));
	IS(CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
		F->C_WrapKey(s, &kw, public_key, by, out, &n));
	IS(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
		F->C_UnwrapKey(s, &kw, private_key, out, 24, template, 2, &new));
	IS(CKR_WRAPPED_KEY_INVALID,
		F->C_UnwrapKey(s, &kw, by, out, 24, template, 2, &new));
	destroy_all(s);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &key_of_any_custody_is_wrapped_by_any_and_goes_anywhere,
		PLACES *PLACES *PLACES },
	{ &length_is_told_before_anything_is_wrapped, PLACES },
	{ &keys_have_to_permit_it, PLACES *PLACES },
	{ &key_that_wraps_is_not_in_the_kernel, 3 },
	{ &only_the_officer_s_key_is_trusted, 2 },
	{ &wrapping_key_s_templates_are_heeded, PLACES },
	{ &unwrapping_that_fails_makes_no_object, PLACES *PLACES },
	{ &nobody_makes_a_private_key_without_login, 2 },
	{ &halves_of_pairs_are_no_secret_keys, PLACES },
};

CHECK_MAIN("api_wrap", tests)
