/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping by AES-GCM and AES-CCM: with the tag in the wrapped key (C_WrapKey) and apart
 * from it (C_WrapKeyAuthenticated), with IVs of the application's and IVs that are made. */
#include "tests/api/wrap.h"

enum { GCM, CCM, MODES };

static unsigned char iv[12], tag[16], aad[5] = "where";

/* All that a call may be given; generator and fixed bits are set by tests. */
static CK_GCM_WRAP_PARAMS gcm_wrap;
static CK_GCM_MESSAGE_PARAMS gcm_message;
static CK_CCM_WRAP_PARAMS ccm_wrap;
static CK_CCM_MESSAGE_PARAMS ccm_message;

static CK_MECHANISM
mechanism(int mode, int apart, CK_GENERATOR_FUNCTION generator, CK_ULONG fixed)
{
	gcm_wrap = (CK_GCM_WRAP_PARAMS){ iv, sizeof iv, fixed, generator, aad, sizeof aad,
		128 };
	gcm_message =
		(CK_GCM_MESSAGE_PARAMS){ iv, sizeof iv, fixed, generator, tag, 128 };
	ccm_wrap = (CK_CCM_WRAP_PARAMS){ 0, iv, sizeof iv, fixed, generator, aad,
		sizeof aad, 16 };
	ccm_message =
		(CK_CCM_MESSAGE_PARAMS){ 0, iv, sizeof iv, fixed, generator, tag, 16 };
	if (mode == GCM)
		return apart ? (CK_MECHANISM){ CKM_AES_GCM, &gcm_message,
			sizeof gcm_message }
			     : (CK_MECHANISM){ CKM_AES_GCM, &gcm_wrap, sizeof gcm_wrap };
	return apart ? (CK_MECHANISM){ CKM_AES_CCM, &ccm_message, sizeof ccm_message }
		     : (CK_MECHANISM){ CKM_AES_CCM, &ccm_wrap, sizeof ccm_wrap };
}

static CK_RV
wrap(CK_SESSION_HANDLE s, CK_MECHANISM *m, int apart, CK_OBJECT_HANDLE by,
	CK_OBJECT_HANDLE key, unsigned char *out, CK_ULONG *n)
{
	return apart ? F->C_WrapKeyAuthenticated(s, m, by, key, aad, sizeof aad, out, n)
		     : F->C_WrapKey(s, m, by, key, out, n);
}

static CK_RV
unwrap(CK_SESSION_HANDLE s, CK_MECHANISM *m, int apart, CK_OBJECT_HANDLE by,
	unsigned char *in, CK_ULONG n, CK_OBJECT_HANDLE *ret)
{
	struct list t = aes_template(WITH_BROKER);

	return apart ? F->C_UnwrapKeyAuthenticated(
			       s, m, by, in, n, t.a, t.n, aad, sizeof aad, ret)
		     : F->C_UnwrapKey(s, m, by, in, n, t.a, t.n, ret);
}

/* --- Both ways ------------------------------------------------------------------------- */

#define CASES (PLACES * MODES * 2)

static enum where
case_place(int i)
{
	return (enum where)(i / 4);
}

START_TEST (wrapped_key_comes_back_with_its_iv_and_tag) {
	const int mode = _i / 2 % 2, apart = _i % 2;
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, case_place(_i)),
			       key = wrapped_key(s, case_place(_i));
	CK_MECHANISM m = mechanism(mode, apart, CKG_GENERATE, 0);
	unsigned char out[64], first[sizeof iv];
	CK_ULONG n = 0;
	CK_OBJECT_HANDLE new = 0;

	/* a question for the length makes no IV */
	OK(wrap(s, &m, apart, by, key, NULL, &n));
	ck_assert_uint_eq(n, apart ? 16 : 32);
	for (size_t i = 0; i < sizeof iv; i++)
		ck_assert_uint_eq(iv[i], 0);
	OK(wrap(s, &m, apart, by, key, out, &n));
	memcpy(first, iv, sizeof iv);
	OK(wrap(s, &m, apart, by, key, out, &n));
	ck_assert_mem_ne(iv, first, sizeof iv);
	ck_assert_uint_eq(n, apart ? 16 : 32);

	/* generator and fixed bits say nothing to who unwraps */
	m = mechanism(mode, apart, CKG_GENERATE_COUNTER, 999);
	OK(unwrap(s, &m, apart, by, out, n, &new));
	check_same_key(s, new, wrapped_key(s, IN_PROCESS));
	destroy_all(s);
	api_stop();
}
END_TEST

START_TEST (whatever_is_changed_is_found) {
	const int mode = _i / 2 % 2, apart = _i % 2;
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, case_place(_i)),
			       key = wrapped_key(s, case_place(_i));
	CK_MECHANISM m = mechanism(mode, apart, CKG_GENERATE_RANDOM, 0);
	unsigned char out[64];
	unsigned char *const places[] = { out, iv, aad, apart ? tag : out + 31 };
	CK_ULONG n = sizeof out;
	CK_OBJECT_HANDLE new = 0;
	unsigned before;

	OK(wrap(s, &m, apart, by, key, out, &n));
	before = count_objects(s);
	for (size_t i = 0; i < COUNT(places); i++) {
		*places[i] ^= 1;
		IS(CKR_WRAPPED_KEY_INVALID, unwrap(s, &m, apart, by, out, n, &new));
		*places[i] ^= 1;
	}
	ck_assert_uint_eq(count_objects(s), before);
	OK(unwrap(s, &m, apart, by, out, n, &new));
	destroy_all(s);
	api_stop();
}
END_TEST

/* Both calls make the same, where the IV is the application's: as encryption has it. */
START_TEST (tag_apart_is_the_tag_that_encryption_appends) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, (enum where)(_i / MODES)),
			       key = wrapped_key(s, IN_PROCESS);
	CK_MECHANISM whole = mechanism(_i % MODES, 0, CKG_NO_GENERATE, 0),
		     apart = mechanism(_i % MODES, 1, CKG_NO_GENERATE, 0);
	CK_GCM_PARAMS old_gcm = { iv, sizeof iv, 8 * sizeof iv, aad, sizeof aad, 128 };
	CK_CCM_PARAMS old_ccm = { 16, iv, sizeof iv, aad, sizeof aad, 16 };
	CK_MECHANISM old = { CKM_AES_GCM, &old_gcm, sizeof old_gcm };
	unsigned char one[64], two[64], three[64];
	CK_ULONG n = sizeof one;

	if (_i % MODES == CCM)
		old = (CK_MECHANISM){ CKM_AES_CCM, &old_ccm, sizeof old_ccm };
	OK(wrap(s, &whole, 0, by, key, one, &n));
	ck_assert_uint_eq(n, 32);
	OK(wrap(s, &apart, 1, by, key, two, &n));
	ck_assert_uint_eq(n, 16);
	ck_assert_mem_eq(one, two, 16);
	ck_assert_mem_eq(one + 16, tag, 16);
	/* programs written for earlier versions */
	n = sizeof three;
	OK(wrap(s, &old, 0, by, key, three, &n));
	ck_assert_uint_eq(n, 32);
	ck_assert_mem_eq(one, three, 32);
	destroy_all(s);
	api_stop();
}
END_TEST

/* CCM's structures have a length of the data, which is the key's (6.13.5). */
START_TEST (ccm_looks_at_no_length_it_is_told) {
	static const CK_ULONG told[] = { 15, 17, 1 << 20, CK_UNAVAILABLE_INFORMATION };
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, (enum where)_i),
			       key = wrapped_key(s, IN_PROCESS);
	CK_CCM_PARAMS ordinary = { 0, iv, sizeof iv, aad, sizeof aad, 16 };
	CK_MECHANISM forms[] = { mechanism(CCM, 0, CKG_NO_GENERATE, 0),
		mechanism(CCM, 1, CKG_NO_GENERATE, 0),
		{ CKM_AES_CCM, &ordinary, sizeof ordinary } };
	unsigned char right[64], out[64];
	CK_ULONG n = sizeof right;

	OK(wrap(s, &forms[0], 0, by, key, right, &n));
	for (size_t i = 0; i < COUNT(told) * COUNT(forms); i++) {
		const int apart = i % COUNT(forms) == 1;
		CK_MECHANISM *m = &forms[i % COUNT(forms)];
		CK_OBJECT_HANDLE new = 0;

		ordinary.ulDataLen = ccm_wrap.ulDataLen = ccm_message.ulDataLen =
			told[i / COUNT(forms)];
		n = sizeof out;
		OK(wrap(s, m, apart, by, key, out, &n));
		ck_assert_uint_eq(n, apart ? 16 : 32);
		ck_assert_mem_eq(out, right, n);
		OK(unwrap(s, m, apart, by, out, n, &new));
		check_same_key(s, new, key);
	}
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- IVs --------------------------------------------------------------------------------- */

START_TEST (fixed_bits_stay_and_the_rest_is_made) {
	static const CK_ULONG fixed[] = { 0, 1, 7, 8, 29, 32 };
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, IN_PROCESS),
			       key = wrapped_key(s, IN_PROCESS);

	for (size_t i = 0; i < COUNT(fixed); i++) {
		unsigned char out[64], all[sizeof iv] = { 0 };

		/* each bit that may change does so, in so many tries */
		for (int k = 0; k < 64; k++) {
			CK_MECHANISM m = mechanism(_i, 1, CKG_GENERATE, fixed[i]);
			CK_ULONG n = sizeof out;

			memset(iv, 0, sizeof iv);
			OK(wrap(s, &m, 1, by, key, out, &n));
			for (size_t j = 0; j < sizeof iv; j++)
				all[j] |= iv[j];
		}
		for (CK_ULONG bit = 0; bit < 8 * sizeof iv; bit++)
			ck_assert_msg(
				(all[bit / 8] >> (7 - bit % 8) & 1) == (bit >= fixed[i]),
				"bit %lu of %lu", bit, fixed[i]);
	}
	api_stop();
}
END_TEST

static const struct {
	CK_GENERATOR_FUNCTION generator;
	CK_ULONG fixed;
} refused[] = {
	{ CKG_GENERATE_COUNTER, 0 },
	{ CKG_GENERATE_COUNTER_XOR, 0 },
	{ 99, 0 },
	/* nothing, or too little, left to make */
	{ CKG_GENERATE, 33 },
	{ CKG_GENERATE, 96 },
	{ CKG_GENERATE, 97 },
	{ CKG_GENERATE_RANDOM, CK_UNAVAILABLE_INFORMATION },
};

START_TEST (iv_that_cannot_be_made_well_is_not_made) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, IN_PROCESS),
			       key = wrapped_key(s, IN_PROCESS);
	unsigned char out[64];
	CK_ULONG n = sizeof out;

	for (int i = 0; i < MODES * 2; i++) {
		CK_MECHANISM m =
			mechanism(i / 2, i % 2, refused[_i].generator, refused[_i].fixed);

		IS(CKR_MECHANISM_PARAM_INVALID, wrap(s, &m, i % 2, by, key, out, &n));
	}
	api_stop();
}
END_TEST

START_TEST (what_does_not_authenticate_is_refused) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, IN_PROCESS),
			       key = wrapped_key(s, IN_PROCESS);
	CK_MECHANISM kw = { CKM_AES_KEY_WRAP, NULL, 0 },
		     wrong = mechanism(GCM, 0, CKG_NO_GENERATE, 0);
	unsigned char out[64];
	CK_ULONG n = sizeof out;

	IS(CKR_MECHANISM_INVALID, wrap(s, &kw, 1, by, key, out, &n));
	/* C_WrapKey's parameter has no place for a tag */
	IS(CKR_MECHANISM_PARAM_INVALID, wrap(s, &wrong, 1, by, key, out, &n));
	wrong = mechanism(GCM, 1, CKG_NO_GENERATE, 0);
	gcm_message.pTag = NULL;
	IS(CKR_MECHANISM_PARAM_INVALID, wrap(s, &wrong, 1, by, key, out, &n));
	wrong = mechanism(GCM, 1, CKG_GENERATE, 0);
	gcm_message.pIv = NULL;
	IS(CKR_MECHANISM_PARAM_INVALID, wrap(s, &wrong, 1, by, key, out, &n));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &wrapped_key_comes_back_with_its_iv_and_tag, CASES },
	{ &whatever_is_changed_is_found, CASES },
	{ &tag_apart_is_the_tag_that_encryption_appends, PLACES *MODES },
	{ &ccm_looks_at_no_length_it_is_told, PLACES },
	{ &fixed_bits_stay_and_the_rest_is_made, MODES },
	{ &iv_that_cannot_be_made_well_is_not_made, COUNT(refused) },
	{ &what_does_not_authenticate_is_refused, 0 },
};

CHECK_MAIN("api_wrap_authenticated", tests)
