/* SPDX-License-Identifier: Apache-2.0 */
/* SP 800-108's three modes. What is not NIST's was computed with Python's hmac. */
#include "crypto/derive.h"

#include "tests/unit/check_main.h"
#include "tests/unit/crypto/derive_run.h"
#include "tests/unit/crypto/sp800_vectors.h"

#define KDF_N(type, prf, fields, keys, n)                                               \
	(CK_MECHANISM)                                                                  \
	{                                                                               \
		(type),                                                                 \
			&(CK_SP800_108_KDF_PARAMS){ (prf), ARRAY_LEN(fields), (fields), \
				(n), (keys) },                                          \
			sizeof(CK_SP800_108_KDF_PARAMS)                                 \
	}
#define COUNTER_KDF(prf, fields) KDF_N(CKM_SP800_108_COUNTER_KDF, prf, fields, NULL, 0)
#define FIELD(type, v)                  \
	{                               \
		(type), &(v), sizeof(v) \
	}

START_TEST (known_answers_in_every_mode) {
	const struct sp800_vector *v = &sp800_vectors[_i];
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	CK_SP800_108_COUNTER_FORMAT format = { CK_FALSE, v->counter_bits };
	CK_SP800_108_FEEDBACK_KDF_PARAMS feedback = { .prfType = v->prf };
	CK_SP800_108_KDF_PARAMS plain = { .prfType = v->prf };
	CK_PRF_DATA_PARAM fields[5];
	struct hex key, iv, fixed, want;
	struct a_key base;
	CK_MECHANISM m = { v->mode, &plain, sizeof plain };
	CK_ULONG n;
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_VALUE_LEN, n) };
	CK_RV rv;

	hex(&fixed, v->fixed);
	n = hex(&want, v->out).n;
	plain.ulNumberOfDataParams =
		sp800_fields(v, fixed.room, fixed.v.n, &format, fields);
	plain.pDataParams = fields;
	if (v->mode == CKM_SP800_108_FEEDBACK_KDF) {
		feedback.ulNumberOfDataParams = plain.ulNumberOfDataParams;
		feedback.pDataParams = fields;
		feedback.ulIVLen = hex(&iv, v->iv).n;
		feedback.pIV = feedback.ulIVLen != 0 ? iv.room : NULL;
		m.pParameter = &feedback;
		m.ulParameterLen = sizeof feedback;
	}
	a_key_make(v->prf == CKM_AES_CMAC ? CKK_AES : CKK_GENERIC_SECRET,
		hex(&key, v->key), NULL, 0, &base);
	rv = derive_with(m, &base, NULL, template, 1, &d);
	ck_assert_msg(rv == CKR_OK, "%s", ckr_name(rv));
	expect_bytes(derived_value(&d, 0), want.v);
	a_key_free(&base);
}
END_TEST

/* --- What NIST has no vectors for ----------------------------------------------------- */

static CK_BYTE label[] = "label", context[] = { 0xfe, 0xed, 0xbe, 0xef };
static const uint8_t base_value[32] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };

/* clang-format off */
#define WANT_BIG "27d545b22490ba66ecbf089827161b8b5d52186b6cadd4c16e0fadac4e14097a1a0e997c8096836c"
#define WANT_LITTLE "0265008d5dc639a7092833becf1d570052874d3c627e0e7120d67a21b1f1219f98602de8261d86fe"
#define WANT_SEGMENTS "90520da32c15407b66013e2c90bdb18148b299eb2955d21d9413fcff3f6fb9c21ad53c53c5a4c0e6"
#define WANT_FIRST_KEYS \
	"4d289f8f32ee5af2aead072d05feab866968bc05f2932bb686b37936b9fc24d91071e48cf4f841c1" \
	"7f0846375517127b"
#define WANT_SECOND_KEYS "b0b5bf2c35b7726325f224a7fa7d1699"
#define WANT_FIRST_SEGMENTS \
	"52bccfa3e6b593016c3da579bed80be00fee116e312771c5fc7e8371dea772270c5ad9a222fd7465" \
	"2bd23349de129c77"
#define WANT_SECOND_SEGMENTS "0318ccf3f1328e955981fe2ddf7fffb0"
/* clang-format on */

static CK_RV
derive_256(CK_MECHANISM m, const struct a_key *other, CK_ULONG n, struct derived *d)
{
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_VALUE_LEN, n) };
	struct a_key base;
	CK_RV rv;

	a_key_make(CKK_GENERIC_SECRET, BYTES_OF(base_value), NULL, 0, &base);
	rv = derive_with(m, &base, other, template, 1, d);
	a_key_free(&base);
	return rv;
}

START_TEST (numbers_are_encoded_as_their_format_says) {
	static const struct {
		CK_BBOOL little;
		CK_ULONG counter, length;
		CK_SP800_108_DKM_LENGTH_METHOD method;
		const char *want;
	} cases[] = {
		{ CK_FALSE, 16, 16, CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, WANT_BIG },
		{ CK_TRUE, 24, 40, CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, WANT_LITTLE },
		{ CK_FALSE, 8, 64, CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS,
			WANT_SEGMENTS },
	};
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	CK_SP800_108_COUNTER_FORMAT counter = { cases[_i].little, cases[_i].counter };
	CK_SP800_108_DKM_LENGTH_FORMAT length = { cases[_i].method, cases[_i].little,
		cases[_i].length };
	CK_PRF_DATA_PARAM fields[] = {
		FIELD(CK_SP800_108_ITERATION_VARIABLE, counter),
		FIELD(CK_SP800_108_BYTE_ARRAY, label),
		FIELD(CK_SP800_108_BYTE_ARRAY, context),
		FIELD(CK_SP800_108_DKM_LENGTH, length),
	};
	struct hex want;

	ck_assert_uint_eq(
		derive_256(COUNTER_KDF(CKM_SHA256_HMAC, fields), NULL, 40, &d), CKR_OK);
	expect_bytes(derived_value(&d, 0), hex(&want, cases[_i].want));
}
END_TEST

/* 6.42.6's example: 48 and 16 bytes of three segments of 32. */
START_TEST (further_keys_have_segments_of_their_own) {
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 32 };
	CK_SP800_108_DKM_LENGTH_FORMAT keys_length = {
		CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, CK_FALSE, 32
	};
	CK_SP800_108_DKM_LENGTH_FORMAT segments_length = {
		CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS, CK_FALSE, 32
	};
	CK_PRF_DATA_PARAM fields[] = {
		FIELD(CK_SP800_108_ITERATION_VARIABLE, counter),
		FIELD(CK_SP800_108_BYTE_ARRAY, label),
		FIELD(CK_SP800_108_DKM_LENGTH, keys_length),
	};
	CK_OBJECT_HANDLE handle = 7, given[] = { 11 };
	CK_ULONG n = 16;
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_VALUE_LEN, n),
		ATTR_V(CKA_KEY_TYPE, aes_type) };
	CK_DERIVED_KEY further[] = { { template, 2, &handle } };
	CK_MECHANISM m =
		KDF_N(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC, fields, further, 1);
	struct hex want;

	if (_i == 1)
		fields[2].pValue = &segments_length;
	ck_assert_uint_eq(derive_256(m, NULL, 48, &d), CKR_OK);
	ck_assert_uint_eq(d.n, 2);
	expect_bytes(derived_value(&d, 0),
		hex(&want, _i == 0 ? WANT_FIRST_KEYS : WANT_FIRST_SEGMENTS));
	expect_bytes(derived_value(&d, 1),
		hex(&want, _i == 0 ? WANT_SECOND_KEYS : WANT_SECOND_SEGMENTS));
	ck_assert_uint_eq(
		attrs_ulong(attrs_bytes(&d.keys[1].public), CKA_KEY_TYPE, 0), CKK_AES);
	derive_params_return(mech_lookup(m.mechanism), &m, BYTES_NONE, given, 1);
	ck_assert_uint_eq(handle, 11);
}
END_TEST

START_TEST (all_keys_are_derived_or_none) {
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 32 };
	CK_PRF_DATA_PARAM fields[] = { FIELD(CK_SP800_108_ITERATION_VARIABLE, counter) };
	CK_OBJECT_HANDLE handles[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	CK_ULONG n = 17, ok = 16, bad = 1;
	CK_ATTRIBUTE good[] = { ATTR_V(CKA_VALUE_LEN, ok) };
	CK_ATTRIBUTE wrong[] = { ATTR_V(CKA_VALUE_LEN, n),
		ATTR_V(CKA_KEY_TYPE, aes_type) };
	CK_ATTRIBUTE unknown[] = { { 0x7fffffff, &bad, sizeof bad } };
	CK_DERIVED_KEY further[8] = { { good, 1, &handles[0] },
		{ wrong, 2, &handles[1] } };

	ck_assert_uint_eq(derive_256(KDF_N(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC,
					     fields, further, 2),
				  NULL, 32, &d),
		CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(d.n, 0);
	/* a template that is none is told by its handle */
	further[1] = (CK_DERIVED_KEY){ unknown, 1, &handles[1] };
	ck_assert_uint_eq(derive_256(KDF_N(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC,
					     fields, further, 2),
				  NULL, 32, &d),
		CKR_ATTRIBUTE_TYPE_INVALID);
	ck_assert_uint_eq(handles[0], 1);
	ck_assert_uint_eq(handles[1], CK_INVALID_HANDLE);
	/* no more than there is room for */
	for (size_t i = 0; i < ARRAY_LEN(further); i++)
		further[i] = (CK_DERIVED_KEY){ good, 1, &handles[i] };
	ck_assert_uint_eq(derive_256(KDF_N(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC,
					     fields, further, 7),
				  NULL, 32, &d),
		CKR_OK);
	ck_assert_uint_eq(d.n, 8);
	ck_assert_uint_eq(derive_256(KDF_N(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC,
					     fields, further, 8),
				  NULL, 32, &d),
		CKR_MECHANISM_PARAM_INVALID);
	further[0].phKey = NULL;
	ck_assert_uint_eq(derive_256(KDF_N(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC,
					     fields, further, 1),
				  NULL, 32, &d),
		CKR_MECHANISM_PARAM_INVALID);
}
END_TEST

/* A key's value is as if it had been given as bytes, as often as it is named. */
START_TEST (a_key_may_be_part_of_the_input) {
	CLEANUP(derived_free)
	struct derived with_key = DERIVED_NONE;
	CLEANUP(derived_free)
	struct derived with_bytes = DERIVED_NONE;
	CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 32 };
	CK_OBJECT_HANDLE key = 5, another = 6;
	CK_PRF_DATA_PARAM fields[] = {
		FIELD(CK_SP800_108_ITERATION_VARIABLE, counter),
		FIELD(CK_SP800_108_KEY_HANDLE, key),
		FIELD(CK_SP800_108_BYTE_ARRAY, label),
		FIELD(CK_SP800_108_KEY_HANDLE, key),
	};
	CK_MECHANISM m = COUNTER_KDF(CKM_SHA256_HMAC, fields);
	CK_ATTRIBUTE unused[] = { ATTR_V(CKA_DERIVE, no) };
	struct a_key other, forbidden;

	a_key_make(CKK_AES, BYTES(base_value, 16), NULL, 0, &other);
	a_key_make(CKK_AES, BYTES(base_value, 16), unused, 1, &forbidden);
	ck_assert_uint_eq(derive_256(m, &other, 32, &with_key), CKR_OK);
	ck_assert_uint_eq(
		derive_256(m, &forbidden, 32, &with_key), CKR_KEY_FUNCTION_NOT_PERMITTED);
	for (size_t i = 1; i < 4; i += 2)
		fields[i] = (CK_PRF_DATA_PARAM){ CK_SP800_108_BYTE_ARRAY,
			(void *)(uintptr_t)base_value, 16 };
	ck_assert_uint_eq(derive_256(m, NULL, 32, &with_bytes), CKR_OK);
	expect_bytes(derived_value(&with_key, 0), derived_value(&with_bytes, 0));
	/* but only one */
	fields[1] = (CK_PRF_DATA_PARAM)FIELD(CK_SP800_108_KEY_HANDLE, key);
	fields[3] = (CK_PRF_DATA_PARAM)FIELD(CK_SP800_108_KEY_HANDLE, another);
	ck_assert_uint_eq(
		derive_256(m, &other, 32, &with_key), CKR_MECHANISM_PARAM_INVALID);
	a_key_free(&other);
	a_key_free(&forbidden);
}
END_TEST

START_TEST (every_hash_makes_a_prf) {
	CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 8 };
	CK_PRF_DATA_PARAM fields[] = { FIELD(CK_SP800_108_ITERATION_VARIABLE, counter),
		FIELD(CK_SP800_108_BYTE_ARRAY, label) };
	size_t tried = 0;

	for (size_t i = 0; i < mechs_count; i++) {
		const struct mech *prf = &mechs[i];
		CLEANUP(derived_free)
		struct derived d = DERIVED_NONE;
		uint8_t one[2][64], message[1 + sizeof label] = { 0 };
		static const struct mech_params whole;
		struct op *op = NULL;
		size_t n = mech_mac_size(prf);

		if (prf->algorithm != ALG_HMAC || prf->param != PARAM_NONE)
			continue;
		tried++;
		memcpy(message + 1, label, sizeof label);
		for (size_t k = 0; k < 2; k++) {
			struct outbuf out = { one[k], n, 0 };

			message[0] = (uint8_t)(k + 1);
			ck_assert_uint_eq(op_secret_new(OP_SIGN, prf, &whole,
						  BYTES_OF(base_value), &op),
				CKR_OK);
			ck_assert_uint_eq(
				op->vtable->once(op, BYTES_OF(message), BYTES_NONE, &out),
				CKR_OK);
			op_free(&op);
		}
		ck_assert_uint_eq(
			derive_256(COUNTER_KDF(prf->type, fields), NULL, 2 * n, &d),
			CKR_OK);
		expect_bytes(BYTES(derived_value(&d, 0).p, n), BYTES(one[0], n));
		expect_bytes(BYTES(derived_value(&d, 0).p + n, n), BYTES(one[1], n));
	}
	ck_assert_uint_ge(tried, 11);
}
END_TEST

START_TEST (what_does_not_fit_is_refused) {
	static const struct {
		CK_ULONG counter, length, n;
		CK_RV rv;
	} cases[] = {
		{ 8, 16, 255 * 32, CKR_OK },
		{ 8, 16, 255 * 32 + 1, CKR_KEY_SIZE_RANGE },
		{ 16, 8, 31, CKR_OK },
		{ 16, 8, 32, CKR_MECHANISM_PARAM_INVALID },
		{ 32, 64, 65536, CKR_OK },
		{ 32, 64, 65537, CKR_KEY_SIZE_RANGE },
	};
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, cases[_i].counter };
	CK_SP800_108_DKM_LENGTH_FORMAT length = { CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS,
		CK_FALSE, cases[_i].length };
	CK_PRF_DATA_PARAM fields[] = { FIELD(CK_SP800_108_ITERATION_VARIABLE, counter),
		FIELD(CK_SP800_108_DKM_LENGTH, length) };

	ck_assert_uint_eq(
		derive_256(COUNTER_KDF(CKM_SHA256_HMAC, fields), NULL, cases[_i].n, &d),
		cases[_i].rv);
}
END_TEST

/* keyringd answers nobody else while it hashes. */
START_TEST (no_derivation_takes_long) {
	static CK_BYTE much[DERIVE_MAX_DATA];
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 32 };
	CK_PRF_DATA_PARAM fields[] = { FIELD(CK_SP800_108_ITERATION_VARIABLE, counter),
		FIELD(CK_SP800_108_BYTE_ARRAY, much),
		FIELD(CK_SP800_108_BYTE_ARRAY, much) };
	CK_MECHANISM m = COUNTER_KDF(CKM_SHA256_HMAC, fields);

	ck_assert_uint_eq(derive_256(m, NULL, 32 * 200, &d), CKR_OK);
	ck_assert_uint_eq(derive_256(m, NULL, 32 * 300, &d), CKR_KEY_SIZE_RANGE);
}
END_TEST

START_TEST (the_base_key_has_to_suit_the_prf) {
	static const struct {
		CK_KEY_TYPE type;
		CK_MECHANISM_TYPE prf;
		CK_RV rv;
	} cases[] = {
		{ CKK_GENERIC_SECRET, CKM_SHA256_HMAC, CKR_OK },
		{ CKK_SHA256_HMAC, CKM_SHA256_HMAC, CKR_OK },
		{ CKK_SHA256_HMAC, CKM_SHA512_HMAC, CKR_KEY_TYPE_INCONSISTENT },
		{ CKK_AES, CKM_SHA256_HMAC, CKR_KEY_TYPE_INCONSISTENT },
		{ CKK_AES, CKM_AES_CMAC, CKR_OK },
		{ CKK_GENERIC_SECRET, CKM_AES_CMAC, CKR_KEY_TYPE_INCONSISTENT },
		{ CKK_AES, CKM_AES_CMAC_GENERAL, CKR_MECHANISM_PARAM_INVALID },
		{ CKK_AES, CKM_AES_GMAC, CKR_MECHANISM_PARAM_INVALID },
		{ CKK_AES, CKM_AES_ECB, CKR_MECHANISM_PARAM_INVALID },
		{ CKK_AES, CKM_SHA256, CKR_MECHANISM_PARAM_INVALID },
		{ CKK_AES, ~0UL, CKR_MECHANISM_PARAM_INVALID },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(derived_free)
		struct derived d = DERIVED_NONE;
		CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 32 };
		CK_PRF_DATA_PARAM fields[] = { FIELD(
			CK_SP800_108_ITERATION_VARIABLE, counter) };
		CK_ULONG n = 16;
		CK_ATTRIBUTE template[] = { ATTR_V(CKA_VALUE_LEN, n) };
		struct a_key base;
		CK_RV rv;

		a_key_make(cases[i].type, BYTES_OF(base_value), NULL, 0, &base);
		rv = derive_with(
			COUNTER_KDF(cases[i].prf, fields), &base, NULL, template, 1, &d);
		ck_assert_msg(rv == cases[i].rv, "%zu: %s", i, ckr_name(rv));
		a_key_free(&base);
	}
}
END_TEST

/* 6.42.7: where the template says nothing, as the base key. */
START_TEST (protection_is_the_base_keys_unless_said_otherwise) {
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 32 };
	CK_PRF_DATA_PARAM fields[] = { FIELD(CK_SP800_108_ITERATION_VARIABLE, counter) };
	CK_MECHANISM m = COUNTER_KDF(CKM_SHA256_HMAC, fields);
	CK_ATTRIBUTE locked[] = { ATTR_V(CKA_SENSITIVE, yes),
		ATTR_V(CKA_EXTRACTABLE, no) };
	CK_ULONG n = 16;
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_VALUE_LEN, n), ATTR_V(CKA_SENSITIVE, no),
		ATTR_V(CKA_EXTRACTABLE, yes) };
	struct a_key open_key, locked_key;

	a_key_make(CKK_GENERIC_SECRET, BYTES_OF(base_value), NULL, 0, &open_key);
	a_key_make(CKK_GENERIC_SECRET, BYTES_OF(base_value), locked, 2, &locked_key);
	attrs_set_bool(&locked_key.public, CKA_ALWAYS_SENSITIVE, true);
	attrs_set_bool(&locked_key.public, CKA_NEVER_EXTRACTABLE, true);
	locked_key.input.attributes = attrs_bytes(&locked_key.public);

	ck_assert_uint_eq(derive_with(m, &open_key, NULL, template, 1, &d), CKR_OK);
	expect_protection(&d, false, true, false, false);
	ck_assert_uint_eq(derive_with(m, &locked_key, NULL, template, 1, &d), CKR_OK);
	expect_protection(&d, true, false, true, true);
	ck_assert_uint_eq(derive_with(m, &locked_key, NULL, template, 3, &d), CKR_OK);
	expect_protection(&d, false, true, false, false);
	a_key_free(&open_key);
	a_key_free(&locked_key);
}
END_TEST

static const struct check_test tests[] = {
	{ &known_answers_in_every_mode, ARRAY_LEN(sp800_vectors) },
	{ &numbers_are_encoded_as_their_format_says, 3 },
	{ &further_keys_have_segments_of_their_own, 2 },
	{ &all_keys_are_derived_or_none, 0 },
	{ &a_key_may_be_part_of_the_input, 0 },
	{ &every_hash_makes_a_prf, 0 },
	{ &what_does_not_fit_is_refused, 6 },
	{ &no_derivation_takes_long, 0 },
	{ &the_base_key_has_to_suit_the_prf, 0 },
	{ &protection_is_the_base_keys_unless_said_otherwise, 0 },
};
CHECK_MAIN("derive_sp800", tests)
