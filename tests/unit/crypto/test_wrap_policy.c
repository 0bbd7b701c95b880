/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping and unwrapping: whose key may wrap which, and what comes of it. */
#include "tests/unit/crypto/wrap_keys.h"

/* --- Whose key may wrap which -------------------------------------------------------- */

static void
not_a_secret_key(struct key *by, struct key *key)
{
	attrs_set_ulong(&by->a, CKA_CLASS, CKO_PUBLIC_KEY);
}

static void
of_another_type(struct key *by, struct key *key)
{
	attrs_set_ulong(&by->a, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
}

static void
of_no_size(struct key *by, struct key *key)
{
	by->in.value.n = 15;
}

static void
may_not_wrap(struct key *by, struct key *key)
{
	key_say(by, CKA_WRAP, false);
}

static void
not_by_this_mechanism(struct key *by, struct key *key)
{
	uint8_t list[8];

	store_le64(list, CKM_AES_KEY_WRAP_KWP);
	attrs_set(&by->a, CKA_ALLOWED_MECHANISMS, BYTES_OF(list));
}

static void
by_this_mechanism(struct key *by, struct key *key)
{
	uint8_t list[8];

	store_le64(list, CKM_AES_KEY_WRAP);
	attrs_set(&by->a, CKA_ALLOWED_MECHANISMS, BYTES_OF(list));
}

static void
unextractable(struct key *by, struct key *key)
{
	key_say(key, CKA_EXTRACTABLE, false);
}

static void
silent_about_extraction(struct key *by, struct key *key)
{
	attrs_unset(&key->a, CKA_EXTRACTABLE);
}

static void
wants_trust(struct key *by, struct key *key)
{
	key_say(key, CKA_WRAP_WITH_TRUSTED, true);
}

static void
finds_trust(struct key *by, struct key *key)
{
	key_say(key, CKA_WRAP_WITH_TRUSTED, true);
	key_say(by, CKA_TRUSTED, true);
}

static void
trusts_nobody_who_says_so(struct key *by, struct key *key)
{
	finds_trust(by, key);
	by->in.exposed = true;
}

static void
template_that_fits(struct key *by, struct key *key)
{
	struct attrs t = ATTRS_INIT;

	attrs_set(&key->a, CKA_LABEL, BYTES_STR("payroll"));
	attrs_set(&t, CKA_LABEL, BYTES_STR("payroll"));
	attrs_set_ulong(&t, CKA_KEY_TYPE, CKK_AES);
	key_nest(by, CKA_WRAP_TEMPLATE, &t);
}

static void
template_against_it(struct key *by, struct key *key)
{
	struct attrs t = ATTRS_INIT;

	attrs_set(&key->a, CKA_LABEL, BYTES_STR("payroll 2"));
	attrs_set(&t, CKA_LABEL, BYTES_STR("payroll"));
	key_nest(by, CKA_WRAP_TEMPLATE, &t);
}

static void
template_of_what_is_missing(struct key *by, struct key *key)
{
	struct attrs t = ATTRS_INIT;

	attrs_set(&t, CKA_ID, BYTES_STR("1"));
	key_nest(by, CKA_WRAP_TEMPLATE, &t);
}

static void
private_key(struct key *by, struct key *key)
{
	attrs_set_ulong(&key->a, CKA_CLASS, CKO_PRIVATE_KEY);
}

static void
public_key(struct key *by, struct key *key)
{
	attrs_set_ulong(&key->a, CKA_CLASS, CKO_PUBLIC_KEY);
}

static void
data_object(struct key *by, struct key *key)
{
	attrs_set_ulong(&key->a, CKA_CLASS, CKO_DATA);
}

static void
too_short(struct key *by, struct key *key)
{
	key->in.value.n = 8;
}

static void
nothing_said(struct key *by, struct key *key)
{
	by->a.b.n = 0;
}

static const struct refusal {
	void (*change)(struct key *by, struct key *key);
	CK_RV rv;
} refusals[] = {
	{ not_a_secret_key, CKR_WRAPPING_KEY_TYPE_INCONSISTENT },
	{ of_another_type, CKR_WRAPPING_KEY_TYPE_INCONSISTENT },
	{ nothing_said, CKR_WRAPPING_KEY_TYPE_INCONSISTENT },
	{ of_no_size, CKR_WRAPPING_KEY_SIZE_RANGE },
	{ may_not_wrap, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ not_by_this_mechanism, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ by_this_mechanism, CKR_OK },
	{ unextractable, CKR_KEY_UNEXTRACTABLE },
	{ silent_about_extraction, CKR_KEY_UNEXTRACTABLE },
	{ wants_trust, CKR_KEY_NOT_WRAPPABLE },
	{ finds_trust, CKR_OK },
	{ trusts_nobody_who_says_so, CKR_KEY_NOT_WRAPPABLE },
	{ template_that_fits, CKR_OK },
	{ template_against_it, CKR_KEY_HANDLE_INVALID },
	{ template_of_what_is_missing, CKR_KEY_HANDLE_INVALID },
	{ private_key, CKR_KEY_NOT_WRAPPABLE },
	{ public_key, CKR_KEY_NOT_WRAPPABLE },
	{ data_object, CKR_KEY_HANDLE_INVALID },
	{ too_short, CKR_KEY_SIZE_RANGE },
};

START_TEST (wrapping_is_refused_for_the_right_reason) {
	const struct mech *m = mech_lookup(CKM_AES_KEY_WRAP);
	const struct mech_params p = params_for(m);
	struct buf out = BUF_INIT;
	struct key by, key;

	key_set(&by, CKK_AES, K16);
	key_set(&key, CKK_AES, D16);
	refusals[_i].change(&by, &key);
	by.in.attributes = attrs_bytes(&by.a);
	key.in.attributes = attrs_bytes(&key.a);
	expect(refusals[_i].rv, key_wrap(m, &p, &by.in, &key.in, &out));
	ck_assert_uint_eq(out.n, refusals[_i].rv == CKR_OK ? 24 : 0);
	buf_free(&out);
	attrs_free(&by.a);
	attrs_free(&key.a);
}
END_TEST

START_TEST (what_does_not_wrap_is_refused) {
	const struct mech *m = mech_lookup(CKM_AES_CMAC);
	const struct mech_params none = { 0 };
	struct new_key got = NEW_KEY_NONE;
	struct buf out = BUF_INIT;
	struct attrs template = template_for(CKK_AES, 0);
	struct key by;

	key_set(&by, CKK_AES, K16);
	expect(CKR_MECHANISM_INVALID, key_wrap(m, &none, &by.in, &by.in, &out));
	expect(CKR_MECHANISM_INVALID, key_unwrap(m, &none, &by.in, by.in.value,
					      attrs_bytes(&template), ROLE_USER, &got));
	attrs_free(&template);
	attrs_free(&by.a);
}
END_TEST

/* --- Unwrapping -------------------------------------------------------------------- */

static void
by_no_secret_key(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_set_ulong(&by->a, CKA_CLASS, CKO_PRIVATE_KEY);
}

static void
by_another_type(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_set_ulong(&by->a, CKA_KEY_TYPE, CKK_AES_XTS);
}

static void
by_no_size(struct key *by, struct attrs *t, struct buf *wrapped)
{
	by->in.value.n = 17;
}

static void
by_another_key(struct key *by, struct attrs *t, struct buf *wrapped)
{
	by->value.room[0] ^= 1;
}

static void
may_not_unwrap(struct key *by, struct attrs *t, struct buf *wrapped)
{
	key_say(by, CKA_UNWRAP, false);
}

static void
damaged(struct key *by, struct attrs *t, struct buf *wrapped)
{
	wrapped->p[23] ^= 0x80;
}

static void
cut(struct key *by, struct attrs *t, struct buf *wrapped)
{
	wrapped->n--;
}

static void
empty(struct key *by, struct attrs *t, struct buf *wrapped)
{
	wrapped->n = 0;
}

static void
far_too_long(struct key *by, struct attrs *t, struct buf *wrapped)
{
	ck_assert_ptr_nonnull(buf_reserve(wrapped, 1u << 20));
	memset(wrapped->p + wrapped->n, 0, 1u << 20);
	wrapped->n += 1u << 20;
}

static void
without_class(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_unset(t, CKA_CLASS);
}

static void
without_type(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_unset(t, CKA_KEY_TYPE);
}

static void
of_private_class(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_set_ulong(t, CKA_CLASS, CKO_PRIVATE_KEY);
}

static void
of_data_class(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_set_ulong(t, CKA_CLASS, CKO_DATA);
}

static void
with_value(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_set(t, CKA_VALUE, BYTES_STR("0123456789abcdef"));
}

static void
with_history(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_set_bool(t, CKA_NEVER_EXTRACTABLE, true);
}

static void
with_trust(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_set_bool(t, CKA_TRUSTED, true);
}

static void
with_foreign_attribute(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_set(t, CKA_MODULUS, BYTES_STR("1"));
}

static void
with_wrong_check_value(struct key *by, struct attrs *t, struct buf *wrapped)
{
	attrs_set(t, CKA_CHECK_VALUE, BYTES_STR("abc"));
}

static void
asks_the_same(struct key *by, struct attrs *t, struct buf *wrapped)
{
	struct attrs added = ATTRS_INIT;

	attrs_set_bool(&added, CKA_SENSITIVE, true);
	attrs_set_bool(t, CKA_SENSITIVE, true);
	key_nest(by, CKA_UNWRAP_TEMPLATE, &added);
}

static void
asks_otherwise(struct key *by, struct attrs *t, struct buf *wrapped)
{
	struct attrs added = ATTRS_INIT;

	attrs_set_bool(&added, CKA_EXTRACTABLE, false);
	attrs_set_bool(t, CKA_EXTRACTABLE, true);
	key_nest(by, CKA_UNWRAP_TEMPLATE, &added);
}

static void
is_told_another_class(struct key *by, struct attrs *t, struct buf *wrapped)
{
	struct attrs added = ATTRS_INIT;

	attrs_set_ulong(&added, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_unset(t, CKA_CLASS);
	key_nest(by, CKA_UNWRAP_TEMPLATE, &added);
}

static const struct unwrap_case {
	void (*change)(struct key *by, struct attrs *template, struct buf *wrapped);
	CK_RV rv;
} unwraps[] = {
	{ by_no_secret_key, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT },
	{ by_another_type, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT },
	{ by_no_size, CKR_UNWRAPPING_KEY_SIZE_RANGE },
	{ by_another_key, CKR_WRAPPED_KEY_INVALID },
	{ may_not_unwrap, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ damaged, CKR_WRAPPED_KEY_INVALID },
	{ cut, CKR_WRAPPED_KEY_LEN_RANGE },
	{ empty, CKR_WRAPPED_KEY_LEN_RANGE },
	{ far_too_long, CKR_WRAPPED_KEY_LEN_RANGE },
	{ without_class, CKR_TEMPLATE_INCOMPLETE },
	{ without_type, CKR_TEMPLATE_INCOMPLETE },
	{ of_private_class, CKR_MECHANISM_INVALID },
	{ of_data_class, CKR_TEMPLATE_INCONSISTENT },
	{ with_value, CKR_ATTRIBUTE_READ_ONLY },
	{ with_history, CKR_ATTRIBUTE_READ_ONLY },
	{ with_trust, CKR_ATTRIBUTE_READ_ONLY },
	{ with_foreign_attribute, CKR_TEMPLATE_INCONSISTENT },
	{ with_wrong_check_value, CKR_ATTRIBUTE_VALUE_INVALID },
	{ asks_the_same, CKR_OK },
	{ asks_otherwise, CKR_TEMPLATE_INCONSISTENT },
	{ is_told_another_class, CKR_MECHANISM_INVALID },
};

START_TEST (unwrapping_is_refused_for_the_right_reason) {
	struct buf wrapped = BUF_INIT;
	struct new_key got = NEW_KEY_NONE;
	struct attrs template = template_for(CKK_AES, 0);
	struct key by;
	CK_RV rv = unwraps[_i].rv;

	key_set(&by, CKK_AES, K16);
	wrapped_by(CKM_AES_KEY_WRAP, &by.in, D16, &wrapped);
	unwraps[_i].change(&by, &template, &wrapped);
	by.in.attributes = attrs_bytes(&by.a);
	expect(rv,
		unwrap(CKM_AES_KEY_WRAP, &by.in, buf_bytes(&wrapped), &template, &got));
	ck_assert_int_eq(got.secret.b.n != 0, rv == CKR_OK);
	ck_assert_int_eq(got.public.b.n != 0, rv == CKR_OK);
	new_key_free(&got);
	buf_free(&wrapped);
	attrs_free(&by.a);
}
END_TEST

#define IS(k, type) attrs_bool(attrs_bytes(&(k).public), type, false)

START_TEST (new_key_has_no_past_and_may_leave_again) {
	struct buf wrapped = BUF_INIT;
	struct new_key got = NEW_KEY_NONE;
	struct attrs template = template_for(CKK_AES, 0), added = ATTRS_INIT;
	struct bytes label, check;
	struct key by;

	key_set(&by, CKK_AES, K16);
	wrapped_by(CKM_AES_KEY_WRAP, &by.in, D16, &wrapped);
	attrs_set(&added, CKA_LABEL, BYTES_STR("added"));
	attrs_set_bool(&added, CKA_DECRYPT, false);
	key_nest(&by, CKA_UNWRAP_TEMPLATE, &added);
	expect(CKR_OK,
		unwrap(CKM_AES_KEY_WRAP, &by.in, buf_bytes(&wrapped), &template, &got));
	ck_assert(!IS(got, CKA_SENSITIVE) && IS(got, CKA_EXTRACTABLE));
	ck_assert(!IS(got, CKA_ALWAYS_SENSITIVE) && !IS(got, CKA_NEVER_EXTRACTABLE));
	ck_assert(!IS(got, CKA_LOCAL) && IS(got, CKA_ENCRYPT) && !IS(got, CKA_DECRYPT));
	ck_assert_uint_eq(attrs_ulong(attrs_bytes(&got.public), CKA_KEY_GEN_MECHANISM, 0),
		UINT64_MAX);
	ck_assert(attrs_find(attrs_bytes(&got.public), CKA_LABEL, &label));
	expect_bytes(label, BYTES_STR("added"));
	ck_assert(attrs_find(attrs_bytes(&got.public), CKA_CHECK_VALUE, &check));
	ck_assert_uint_eq(check.n, 3);
	new_key_free(&got);
	buf_free(&wrapped);
	attrs_free(&by.a);
}
END_TEST

static const struct check_test tests[] = {
	{ &wrapping_is_refused_for_the_right_reason, ARRAY_LEN(refusals) },
	{ &what_does_not_wrap_is_refused, 0 },
	{ &unwrapping_is_refused_for_the_right_reason, ARRAY_LEN(unwraps) },
	{ &new_key_has_no_past_and_may_leave_again, 0 },
};

CHECK_MAIN("crypto_wrap_policy", tests)
