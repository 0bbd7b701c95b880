/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping and unwrapping: known answers, and lengths. */
#include "tests/unit/crypto/wrap_keys.h"

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
	/* filled up: the template says, or the key type leaves one choice; else it is whole */
	{ CKM_AES_ECB, D16, CKK_AES, 0, CKR_OK, 16 },
	{ CKM_AES_ECB, D32, CKK_AES, 0, CKR_OK, 32 },
	{ CKM_AES_CBC, D32, CKK_AES, 0, CKR_OK, 32 },
	{ CKM_AES_ECB, D32, CKK_AES, 24, CKR_OK, 24 },
	{ CKM_AES_ECB, D32, CKK_AES, 32, CKR_OK, 32 },
	{ CKM_AES_ECB, D32, CKK_AES, 16, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_ECB, D32, CKK_AES, 20, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_ECB, D32, CKK_AES, 33, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_ECB, D32 D16, CKK_AES, 0, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_ECB, D16, CKK_GENERIC_SECRET, 0, CKR_OK, 16 },
	{ CKM_AES_ECB, D16, CKK_GENERIC_SECRET, 1, CKR_OK, 1 },
	{ CKM_AES_ECB, D32, CKK_GENERIC_SECRET, 17, CKR_OK, 17 },
	{ CKM_AES_CBC, D32, CKK_AES_XTS, 0, CKR_OK, 32 },
	{ CKM_AES_KEY_WRAP, D16 "0102030405060708", CKK_AES, 0, CKR_OK, 24 },
	/* the type alone tells it, and the template may say it again */
	{ CKM_AES_KEY_WRAP, D_DES3, CKK_DES3, 0, CKR_OK, 24 },
	{ CKM_AES_KEY_WRAP, D_DES3, CKK_DES3, 24, CKR_OK, 24 },
	{ CKM_AES_KEY_WRAP, D_DES3, CKK_DES3, 16, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_CBC, D_DES3, CKK_DES3, 24, CKR_OK, 24 },
	{ CKM_AES_CBC_PAD, D_DES3, CKK_DES3, 24, CKR_OK, 24 },
	{ CKM_AES_KEY_WRAP, D32, CKK_DES3, 24, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
	{ CKM_AES_KEY_WRAP, D32, CKK_CHACHA20, 32, CKR_OK, 32 },
	{ CKM_AES_KEY_WRAP, D32, CKK_CHACHA20, 24, CKR_WRAPPED_KEY_LEN_RANGE, 0 },
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

static const struct check_test tests[] = {
	{ &known_answers_come_out_and_go_back, ARRAY_LEN(answers) },
	{ &every_wrapping_mechanism_goes_both_ways, 0 },
	{ &short_keys_are_filled_with_zeroes, 3 },
	{ &length_follows_from_mechanism_template_and_key_type, ARRAY_LEN(lengths) },
	{ &ccm_takes_the_key_s_length_whatever_it_is_told, 0 },
};

CHECK_MAIN("crypto_wrap", tests)
