/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping and unwrapping: known answers, lengths, and whose key may wrap which. */
#include "crypto/wrap.h"

#include "crypto/crypto.h"
#include "cryptoki/names.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/hex.h"

#define K16 "000102030405060708090a0b0c0d0e0f"
#define K32 K16 "101112131415161718191a1b1c1d1e1f"
#define D16 "00112233445566778899aabbccddeeff"
#define D32 D16 K16

static void
expect(CK_RV want, CK_RV got)
{
	ck_assert_msg(want == got, "%s, not %s", ckr_name(got), ckr_name(want));
}

/* A key with its room. */
struct key {
	struct attrs a;
	struct hex value;
	struct key_input in;
};

static struct key_input *
key_set(struct key *k, CK_KEY_TYPE type, const char *value)
{
	k->a = ATTRS_INIT;
	attrs_set_ulong(&k->a, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&k->a, CKA_KEY_TYPE, type);
	attrs_set_bool(&k->a, CKA_WRAP, true);
	attrs_set_bool(&k->a, CKA_UNWRAP, true);
	attrs_set_bool(&k->a, CKA_EXTRACTABLE, true);
	attrs_set_bool(&k->a, CKA_WRAP_WITH_TRUSTED, false);
	k->in.value = hex(&k->value, value);
	k->in.attributes = attrs_bytes(&k->a);
	k->in.exposed = false;
	return &k->in;
}

static void
key_say(struct key *k, uint32_t type, bool value)
{
	attrs_set_bool(&k->a, type, value);
	k->in.attributes = attrs_bytes(&k->a);
}

static void
key_nest(struct key *k, uint32_t type, struct attrs *nested)
{
	attrs_set(&k->a, type, attrs_bytes(nested));
	attrs_free(nested);
	k->in.attributes = attrs_bytes(&k->a);
}

/* A template for C_UnwrapKey; n 0: without CKA_VALUE_LEN. */
static struct attrs
template_for(CK_KEY_TYPE type, uint64_t n)
{
	struct attrs t = ATTRS_INIT;

	attrs_set_ulong(&t, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&t, CKA_KEY_TYPE, type);
	if (n != 0)
		attrs_set_ulong(&t, CKA_VALUE_LEN, n);
	return t;
}

/* What any mechanism takes. */
static struct mech_params
params_for(const struct mech *m)
{
	struct mech_params p = { .counter_bits = 64, .tag_bits = 128, .iv_len = 16 };

	if (m->param == PARAM_NONE || m->param == PARAM_IV_OPT)
		p.iv_len = 0;
	else if (m->param == PARAM_GCM || m->param == PARAM_CCM)
		p.iv_len = 12;
	else
		p.iv_len = m->iv_bytes != 0 ? m->iv_bytes : 16;
	return p;
}

static CK_RV
unwrap(CK_MECHANISM_TYPE type, const struct key_input *by, struct bytes wrapped,
	struct attrs *template, struct new_key *ret)
{
	const struct mech *m = mech_lookup(type);
	struct mech_params p = params_for(m);
	CK_RV rv = key_unwrap(m, &p, by, wrapped, attrs_bytes(template), ROLE_USER, ret);

	attrs_free(template);
	return rv;
}

static void
expect_value(const struct new_key *k, struct bytes want)
{
	struct bytes value;

	ck_assert(attrs_find(attrs_bytes(&k->secret), CKA_VALUE, &value));
	expect_bytes(value, want);
	ck_assert_uint_eq(attrs_ulong(attrs_bytes(&k->public), CKA_VALUE_LEN, 0), want.n);
}

/* --- Known answers ---------------------------------------------------------------- */

/* RFC 3394, 4.1 and 4.6; RFC 5649, 6 */
static const struct answer {
	CK_MECHANISM_TYPE mechanism;
	const char *by;
	CK_KEY_TYPE type;
	const char *key, *wrapped;
} answers[] = {
	{ CKM_AES_KEY_WRAP, K16, CKK_AES, D16,
		"1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5" },
	{ CKM_AES_KEY_WRAP, K32, CKK_AES, D32,
		"28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326"
		"cbc7f0e71a99f43bfb988b9b7a02dd21" },
	{ CKM_AES_KEY_WRAP_KWP, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
		CKK_GENERIC_SECRET, "c37b7e6492584340bed12207808941155068f738",
		"138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a" },
	{ CKM_AES_KEY_WRAP_KWP, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
		CKK_GENERIC_SECRET, "466f7250617369",
		"afbeb0f07dfbf5419200f2ccb50bb24f" },
	/* FIPS 197, C.1 */
	{ CKM_AES_ECB, K16, CKK_AES, D16, "69c4e0d86a7b0430d8cdb78070b4c55a" },
};

START_TEST (known_answers_come_out_and_go_back) {
	const struct answer *v = &answers[_i];
	const struct mech *m = mech_lookup(v->mechanism);
	const struct mech_params p = params_for(m);
	struct buf out = BUF_INIT;
	struct new_key got = NEW_KEY_NONE;
	struct attrs template = template_for(v->type, 0);
	struct key by, key;
	struct hex wrapped;

	key_set(&by, CKK_AES, v->by);
	key_set(&key, v->type, v->key);
	hex(&wrapped, v->wrapped);
	expect(CKR_OK, key_wrap(m, &p, &by.in, &key.in, &out));
	expect_bytes(buf_bytes(&out), wrapped.v);
	ck_assert_uint_eq(key_wrap_size(m, &p, &by.in, key.in.value.n), wrapped.v.n);
	expect(CKR_OK, unwrap(v->mechanism, &by.in, wrapped.v, &template, &got));
	expect_value(&got, key.in.value);
	new_key_free(&got);
	buf_free(&out);
	attrs_free(&by.a);
	attrs_free(&key.a);
}
END_TEST

static void
go_both_ways(const struct mech *m)
{
	const struct mech_params p = params_for(m);
	struct buf out = BUF_INIT;
	struct new_key got = NEW_KEY_NONE;
	struct attrs template = template_for(CKK_GENERIC_SECRET, 20);
	struct key by, key;
	CK_RV rv;

	key_set(&by, m->key_type, m->min_key == 32 ? D32 K16 K16 : K32);
	key_set(&key, CKK_GENERIC_SECRET, D16 "01020304");
	rv = key_wrap(m, &p, &by.in, &key.in, &out);
	ck_assert_msg(rv == CKR_OK, "%s: %s", m->name, ckr_name(rv));
	ck_assert_uint_eq(key_wrap_size(m, &p, &by.in, 20), out.n);
	expect(CKR_OK, unwrap(m->type, &by.in, buf_bytes(&out), &template, &got));
	expect_value(&got, key.in.value);
	new_key_free(&got);
	buf_free(&out);
	attrs_free(&by.a);
	attrs_free(&key.a);
}

START_TEST (every_wrapping_mechanism_goes_both_ways) {
	size_t n = 0;

	for (size_t i = 0; i < mechs_count; i++)
		if ((mechs[i].flags & CKF_WRAP) != 0 && !mechs[i].legacy &&
			!wrap_by_pair(&mechs[i])) {
			ck_assert((mechs[i].flags & CKF_UNWRAP) != 0);
			go_both_ways(&mechs[i]);
			n++;
		}
	ck_assert_uint_ge(n, 10);
}
END_TEST

/* A wrapped key of the mechanism, into out. */
static void
wrapped_by(CK_MECHANISM_TYPE type, const struct key_input *by, const char *value,
	struct buf *out)
{
	const struct mech *m = mech_lookup(type);
	const struct mech_params p = params_for(m);
	struct key key;

	key_set(&key, CKK_GENERIC_SECRET, value);
	expect(CKR_OK, key_wrap(m, &p, by, &key.in, out));
	attrs_free(&key.a);
}

START_TEST (short_keys_are_filled_with_zeroes) {
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_ECB, CKM_AES_CBC,
		CKM_AES_KEY_WRAP };
	static const char *const filled[] = { D16 "01020304000000000000000000000000",
		D16 "01020304000000000000000000000000", D16 "0102030400000000" };
	struct buf a = BUF_INIT, b = BUF_INIT;
	struct key by;

	key_set(&by, CKK_AES, K16);
	wrapped_by(types[_i], &by.in, D16 "01020304", &a);
	wrapped_by(types[_i], &by.in, filled[_i], &b);
	expect_bytes(buf_bytes(&a), buf_bytes(&b));
	buf_free(&a);
	buf_free(&b);
	attrs_free(&by.a);
}
END_TEST

/* --- The length of what comes out --------------------------------------------------- */

static const struct length {
	CK_MECHANISM_TYPE mechanism;
	const char *value; /* what was wrapped */
	CK_KEY_TYPE type;  /* what it is to be now */
	uint64_t told;
	CK_RV rv;
	size_t n;
} lengths[] = {
	/* filled up: the template says, or the key type leaves one choice */
	{ CKM_AES_ECB, D16, CKK_AES, 0, CKR_OK, 16 },
	{ CKM_AES_ECB, D32, CKK_AES, 0, CKR_TEMPLATE_INCOMPLETE, 0 },
	{ CKM_AES_ECB, D32, CKK_AES, 24, CKR_OK, 24 },
	{ CKM_AES_ECB, D32, CKK_AES, 32, CKR_OK, 32 },
	{ CKM_AES_ECB, D32, CKK_AES, 16, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_ECB, D32, CKK_AES, 20, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_ECB, D32, CKK_AES, 33, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_ECB, D32 D16, CKK_AES, 0, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_ECB, D16, CKK_GENERIC_SECRET, 0, CKR_TEMPLATE_INCOMPLETE, 0 },
	{ CKM_AES_ECB, D16, CKK_GENERIC_SECRET, 1, CKR_OK, 1 },
	{ CKM_AES_ECB, D32, CKK_GENERIC_SECRET, 17, CKR_OK, 17 },
	{ CKM_AES_CBC, D32, CKK_AES_XTS, 0, CKR_OK, 32 },
	{ CKM_AES_KEY_WRAP, D16 "0102030405060708", CKK_AES, 0, CKR_OK, 24 },
	{ CKM_AES_KEY_WRAP, D16 "0102030405060708", CKK_GENERIC_SECRET, 0,
		CKR_TEMPLATE_INCOMPLETE, 0 },
	{ CKM_AES_KEY_WRAP, D16 "0102030405060708", CKK_GENERIC_SECRET, 17, CKR_OK, 17 },
	{ CKM_AES_KEY_WRAP, D16 "0102030405060708", CKK_GENERIC_SECRET, 16,
		CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	/* told by the mechanism */
	{ CKM_AES_CBC_PAD, D16 "01", CKK_GENERIC_SECRET, 0, CKR_OK, 17 },
	{ CKM_AES_CBC_PAD, D16 "01", CKK_GENERIC_SECRET, 17, CKR_OK, 17 },
	/* as if the padding were wrong */
	{ CKM_AES_CBC_PAD, D16 "01", CKK_GENERIC_SECRET, 16, CKR_WRAPPED_KEY_INVALID, 0 },
	{ CKM_AES_CBC_PAD, D16 "01", CKK_AES, 0, CKR_WRAPPED_KEY_INVALID, 0 },
	{ CKM_AES_KEY_WRAP_PKCS7, D16 "01", CKK_AES, 0, CKR_WRAPPED_KEY_INVALID, 0 },
	{ CKM_AES_GCM, D32, CKK_AES, 0, CKR_OK, 32 },
	{ CKM_AES_GCM, D32, CKK_AES, 24, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_CCM, D16 "0102030405060708", CKK_AES, 24, CKR_OK, 24 },
	{ CKM_AES_CTR, "01020304050607", CKK_GENERIC_SECRET, 0, CKR_OK, 7 },
	{ CKM_AES_KEY_WRAP_KWP, D16 "01", CKK_AES, 0, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
};

START_TEST (length_follows_from_mechanism_template_and_key_type) {
	const struct length *v = &lengths[_i];
	struct buf wrapped = BUF_INIT;
	struct new_key got = NEW_KEY_NONE;
	struct attrs template = template_for(v->type, v->told);
	struct key by;
	struct hex value;

	key_set(&by, CKK_AES, K16);
	hex(&value, v->value);
	wrapped_by(v->mechanism, &by.in, v->value, &wrapped);
	expect(v->rv, unwrap(v->mechanism, &by.in, buf_bytes(&wrapped), &template, &got));
	if (v->rv == CKR_OK)
		expect_value(&got, BYTES(value.v.p, v->n));
	else
		ck_assert(got.public.b.n == 0 && got.secret.b.n == 0);
	new_key_free(&got);
	buf_free(&wrapped);
	attrs_free(&by.a);
}
END_TEST

/* PKCS#11 3.2, 6.13.5: earlier versions had the application say it. */
START_TEST (ccm_takes_the_key_s_length_whatever_it_is_told) {
	static const uint64_t told[] = { 0, 16, 15, 32, UINT64_MAX };
	const struct mech *m = mech_lookup(CKM_AES_CCM);
	struct mech_params p = params_for(m);
	struct buf wrapped = BUF_INIT, other = BUF_INIT;
	struct new_key got = NEW_KEY_NONE;
	struct key by, key;

	key_set(&by, CKK_AES, K16);
	key_set(&key, CKK_AES, D16);
	expect(CKR_OK, key_wrap(m, &p, &by.in, &key.in, &wrapped));
	for (size_t i = 0; i < ARRAY_LEN(told); i++) {
		struct attrs template = template_for(CKK_AES, 0);

		p.data_len = told[i];
		buf_reset(&other);
		expect(CKR_OK, key_wrap(m, &p, &by.in, &key.in, &other));
		expect_bytes(buf_bytes(&other), buf_bytes(&wrapped));
		expect(CKR_OK, key_unwrap(m, &p, &by.in, buf_bytes(&wrapped),
				       attrs_bytes(&template), ROLE_USER, &got));
		attrs_free(&template);
	}
	new_key_free(&got);
	buf_free(&wrapped);
	buf_free(&other);
	attrs_free(&by.a);
	attrs_free(&key.a);
}
END_TEST

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
	{ &known_answers_come_out_and_go_back, ARRAY_LEN(answers) },
	{ &every_wrapping_mechanism_goes_both_ways, 0 },
	{ &short_keys_are_filled_with_zeroes, 3 },
	{ &length_follows_from_mechanism_template_and_key_type, ARRAY_LEN(lengths) },
	{ &ccm_takes_the_key_s_length_whatever_it_is_told, 0 },
	{ &wrapping_is_refused_for_the_right_reason, ARRAY_LEN(refusals) },
	{ &what_does_not_wrap_is_refused, 0 },
	{ &unwrapping_is_refused_for_the_right_reason, ARRAY_LEN(unwraps) },
	{ &new_key_has_no_past_and_may_leave_again, 0 },
};

CHECK_MAIN("crypto_wrap", tests)
