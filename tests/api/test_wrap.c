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
custody_of(enum where by, enum where new)
{
	if (new == IN_PROCESS)
		return CK_KT_CUSTODY_PROCESS;
	/* out of a key that the process has, it may go to the kernel */
	return new == WITH_BROKER &&by == IN_PROCESS ? kernel_custody(kernel_takes_aes())
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
	ck_assert_msg(api_custody(s, new) == custody_of(by_at, new_at),
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

static const struct check_test tests[] = {
	{ &key_of_any_custody_is_wrapped_by_any_and_goes_anywhere,
		PLACES *PLACES *PLACES },
};

CHECK_MAIN("api_wrap", tests)
