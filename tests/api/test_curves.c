/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs on every curve: made, used, and what is no key or no curve refused. */
#include "tests/api/api.h"

static CK_BYTE data[] = "what is to be signed";

static const struct curve {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE generate;
	const char *params;
	CK_ULONG point, signature; /* bytes */
} curves[] = {
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "06052b81040021", 59, 56 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "06082a8648ce3d030107", 67, 64 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "1309736563703235367231", 67, 64 }, /* secp256r1 */
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "06052b81040022", 99, 96 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "06052b81040023", 136, 132 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "06052b8104000a", 67, 64 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "06092b2403030208010105", 59, 56 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "06092b2403030208010107", 67, 64 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "06092b2403030208010109", 83, 80 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "06092b240303020801010b", 99, 96 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, "06092b240303020801010d", 132, 128 },
	{ CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, "06032b6570", 32, 64 },
	/* edwards25519 */
	{ CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, "130c656477617264733235353139", 32,
		64 },
	{ CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, "06032b6571", 57, 114 },
	{ CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, "06032b656e", 32, 0 },
	{ CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, "06032b656f", 56, 0 },
};

static CK_RV
make_pair(CK_SESSION_HANDLE s, const struct curve *c, CK_BBOOL token,
	CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *prv)
{
	CK_MECHANISM m = { c->generate, NULL, 0 };
	CK_BYTE params[64];
	const CK_ULONG n = api_unhex(c->params, params);
	CK_ATTRIBUTE public_half[] = { ATTR(CKA_TOKEN, token),
		{ CKA_EC_PARAMS, params, n } };
	CK_ATTRIBUTE private_half[] = { ATTR(CKA_TOKEN, token) };

	return F->C_GenerateKeyPair(s, &m, public_half, COUNT(public_half), private_half,
		COUNT(private_half), pub, prv);
}

static void
sign_and_verify(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE pub,
	CK_OBJECT_HANDLE prv, CK_ULONG size)
{
	CK_BYTE sig[256];
	CK_ULONG len = 0;

	OK(F->C_SignInit(s, m, prv));
	OK(F->C_Sign(s, data, sizeof data, NULL, &len));
	ck_assert_uint_eq(len, size);
	OK(F->C_Sign(s, data, sizeof data, sig, &len));
	OK(F->C_VerifyInit(s, m, pub));
	OK(F->C_Verify(s, data, sizeof data, sig, len));
	OK(F->C_VerifyInit(s, m, pub));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_Verify(s, data, sizeof data, sig, len - 1));
	OK(F->C_VerifyInit(s, m, pub));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_Verify(s, data, sizeof data, sig, len + 1));
	sig[len / 2] ^= 1;
	OK(F->C_VerifyInit(s, m, pub));
	IS(CKR_SIGNATURE_INVALID, F->C_Verify(s, data, sizeof data, sig, len));
}

static void
sign_in_parts(
	CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE pub, CK_OBJECT_HANDLE prv)
{
	CK_BYTE sig[256];
	CK_ULONG len = sizeof sig;

	OK(F->C_SignInit(s, m, prv));
	OK(F->C_SignUpdate(s, data, 7));
	OK(F->C_SignUpdate(s, data + 7, sizeof data - 7));
	OK(F->C_SignFinal(s, sig, &len));
	OK(F->C_VerifyInit(s, m, pub));
	OK(F->C_VerifyUpdate(s, data, sizeof data - 1));
	OK(F->C_VerifyUpdate(s, data + sizeof data - 1, 1));
	OK(F->C_VerifyFinal(s, sig, len));
}

static void
ecdsa(CK_SESSION_HANDLE s, const struct curve *c, CK_OBJECT_HANDLE pub,
	CK_OBJECT_HANDLE prv)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_ECDSA_SHA1, CKM_ECDSA_SHA224,
		CKM_ECDSA_SHA256, CKM_ECDSA_SHA384, CKM_ECDSA_SHA512, CKM_ECDSA_SHA3_224,
		CKM_ECDSA_SHA3_256, CKM_ECDSA_SHA3_384, CKM_ECDSA_SHA3_512 };
	CK_MECHANISM m = { CKM_ECDSA, NULL, 0 };

	sign_and_verify(s, &m, pub, prv, c->signature);
	for (size_t i = 0; i < COUNT(types); i++) {
		m.mechanism = types[i];
		sign_and_verify(s, &m, pub, prv, c->signature);
		sign_in_parts(s, &m, pub, prv);
	}
	m.mechanism = CKM_EDDSA;
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_SignInit(s, &m, prv));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_VerifyInit(s, &m, pub));
}

static void
eddsa(CK_SESSION_HANDLE s, const struct curve *c, CK_OBJECT_HANDLE pub,
	CK_OBJECT_HANDLE prv)
{
	static CK_BYTE text[256];
	CK_EDDSA_PARAMS p[] = { { CK_FALSE, 3, text }, { CK_TRUE, 0, NULL },
		{ CK_TRUE, 255, text }, { CK_FALSE, 255, text } };
	CK_MECHANISM m = { CKM_EDDSA, NULL, 0 };
	CK_RV empty = c->signature == 64 ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;

	sign_and_verify(s, &m, pub, prv, c->signature);
	sign_in_parts(s, &m, pub, prv);
	m.ulParameterLen = sizeof p[0];
	for (size_t i = 0; i < COUNT(p); i++) {
		m.pParameter = &p[i];
		sign_and_verify(s, &m, pub, prv, c->signature);
		sign_in_parts(s, &m, pub, prv);
	}
	p[0].ulContextDataLen = 256;
	m.pParameter = &p[0];
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignInit(s, &m, prv));
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_VerifyInit(s, &m, pub));
	p[0].ulContextDataLen = 0;
	IS(empty, F->C_SignInit(s, &m, prv));
	IS(empty, F->C_VerifyInit(s, &m, pub));
	OK(F->C_SessionCancel(s, CKF_SIGN | CKF_VERIFY));
	m = (CK_MECHANISM){ CKM_IBM_ED25519_SHA512, NULL, 0 };
	if (c->signature == 64) {
		sign_and_verify(s, &m, pub, prv, c->signature);
		sign_in_parts(s, &m, pub, prv);
	} else {
		IS(CKR_KEY_SIZE_RANGE, F->C_SignInit(s, &m, prv));
		IS(CKR_KEY_SIZE_RANGE, F->C_VerifyInit(s, &m, pub));
	}
}

/* Loop index: session pairs, then token pairs. */
START_TEST (pairs_on_every_curve) {
	const struct curve *c = &curves[(size_t)_i % COUNT(curves)];
	const CK_BBOOL token = (size_t)_i >= COUNT(curves);
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	CK_MECHANISM m = { CKM_EDDSA, NULL, 0 };
	CK_BYTE point[256], params[64], given[64];
	CK_ULONG n = api_unhex(c->params, given);
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE read[] = { { CKA_EC_POINT, point, sizeof point },
		{ CKA_EC_PARAMS, params, sizeof params }, ATTR(CKA_KEY_TYPE, type) };

	OK(make_pair(s, c, token, &pub, &prv));
	OK(F->C_GetAttributeValue(s, pub, read, COUNT(read)));
	ck_assert_uint_eq(read[0].ulValueLen, c->point);
	ck_assert_uint_eq(read[1].ulValueLen, n);
	ck_assert_mem_eq(params, given, n);
	ck_assert_uint_eq(type, c->type);
	if (c->type == CKK_EC)
		ecdsa(s, c, pub, prv);
	if (c->type == CKK_EC_EDWARDS)
		eddsa(s, c, pub, prv);
	if (c->type == CKK_EC_MONTGOMERY) {
		IS(CKR_KEY_TYPE_INCONSISTENT, F->C_SignInit(s, &m, prv));
		m.mechanism = CKM_ECDSA;
		IS(CKR_KEY_TYPE_INCONSISTENT, F->C_VerifyInit(s, &m, pub));
	}
	OK(F->C_DestroyObject(s, pub));
	OK(F->C_DestroyObject(s, prv));
	api_stop();
}
END_TEST

/* --- Keys of others ---------------------------------------------------------------- */

static CK_RV
import(CK_SESSION_HANDLE s, CK_OBJECT_CLASS class, CK_KEY_TYPE type, const char *params,
	const char *value, CK_OBJECT_HANDLE *ret)
{
	CK_BYTE p[64], v[256];
	const CK_ULONG np = api_unhex(params, p), nv = api_unhex(value, v);
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		{ CKA_EC_PARAMS, p, np },
		{ class == CKO_PUBLIC_KEY ? CKA_EC_POINT : CKA_VALUE, v, nv } };

	return F->C_CreateObject(s, template, COUNT(template), ret);
}

/* RFC 8032, 7.1, test 3 and 7.3. */
START_TEST (rfc_8032_by_calls) {
	static const struct {
		const char *secret, *public, *message, *signature;
		CK_BBOOL ph;
	} rows[] = {
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
			"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb91154890802"
			"5",
			"af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
			"18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40"
			"a",
			CK_FALSE },
		{ "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
			"0420ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467"
			"e2bf",
			"616263",
			"98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
			"31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a2608340"
			"6",
			CK_TRUE },
	};
	CK_SESSION_HANDLE s = api_start();
	CK_EDDSA_PARAMS ph = { CK_TRUE, 0, NULL };
	CK_BYTE sig[64], want[64], message[8];
	CK_OBJECT_HANDLE pub, prv;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CK_MECHANISM m = { CKM_EDDSA, rows[i].ph ? &ph : NULL,
			rows[i].ph ? sizeof ph : 0 };
		const CK_ULONG n = api_unhex(rows[i].message, message);
		CK_ULONG len = sizeof sig;

		OK(import(s, CKO_PRIVATE_KEY, CKK_EC_EDWARDS, "06032b6570",
			rows[i].secret, &prv));
		OK(import(s, CKO_PUBLIC_KEY, CKK_EC_EDWARDS, "06032b6570", rows[i].public,
			&pub));
		(void)api_unhex(rows[i].signature, want);
		OK(F->C_SignInit(s, &m, prv));
		OK(F->C_Sign(s, message, n, sig, &len));
		ck_assert_mem_eq(sig, want, sizeof want);
		OK(F->C_VerifyInit(s, &m, pub));
		OK(F->C_Verify(s, message, n, sig, len));
	}
	api_stop();
}
END_TEST

#define P256 "06082a8648ce3d030107"
#define GENERATOR_X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define GENERATOR_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"

START_TEST (points_are_read_back_in_one_form) {
	static const char *const forms[] = { "044104" GENERATOR_X GENERATOR_Y,
		"04" GENERATOR_X GENERATOR_Y, "03" GENERATOR_X, "042103" GENERATOR_X };
	CK_SESSION_HANDLE s = api_start();
	CK_BYTE want[67], got[67];
	CK_ATTRIBUTE read[] = { ATTR(CKA_EC_POINT, got) };
	CK_OBJECT_HANDLE key;

	(void)api_unhex(forms[0], want);
	for (size_t i = 0; i < COUNT(forms); i++) {
		OK(import(s, CKO_PUBLIC_KEY, CKK_EC, P256, forms[i], &key));
		OK(F->C_GetAttributeValue(s, key, read, 1));
		ck_assert_uint_eq(read[0].ulValueLen, sizeof want);
		ck_assert_mem_eq(got, want, sizeof want);
	}
	api_stop();
}
END_TEST

START_TEST (what_is_no_key_is_refused) {
	static const struct {
		CK_OBJECT_CLASS class;
		CK_KEY_TYPE type;
		const char *params, *value;
		CK_RV rv;
	} wrong[] = {
		/* a point off the curve, cut short, at infinity, none */
		{ CKO_PUBLIC_KEY, CKK_EC, P256, "04" GENERATOR_X GENERATOR_X,
			CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKO_PUBLIC_KEY, CKK_EC, P256, "044104" GENERATOR_X,
			CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKO_PUBLIC_KEY, CKK_EC, P256, "040100", CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKO_PUBLIC_KEY, CKK_EC, P256, "00", CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKO_PUBLIC_KEY, CKK_EC, P256, "", CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKO_PUBLIC_KEY, CKK_EC, "06082a8648ce3d030101", "00",
			CKR_CURVE_NOT_SUPPORTED },
		{ CKO_PUBLIC_KEY, CKK_EC, "0500", "00", CKR_DOMAIN_PARAMS_INVALID },
		{ CKO_PUBLIC_KEY, CKK_EC, "06082a86", "00", CKR_DOMAIN_PARAMS_INVALID },
		{ CKO_PRIVATE_KEY, CKK_EC, P256, "00", CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKO_PRIVATE_KEY, CKK_EC, P256,
			"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63255"
			"1",
			CKR_ATTRIBUTE_VALUE_INVALID }, /* the order */
		{ CKO_PRIVATE_KEY, CKK_EC, "06032b6570", "01", CKR_CURVE_NOT_SUPPORTED },
		{ CKO_PUBLIC_KEY, CKK_EC_EDWARDS, "06032b6570", GENERATOR_X "00",
			CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKO_PUBLIC_KEY, CKK_EC_EDWARDS, "06032b6570",
			"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
			"f",
			CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKO_PRIVATE_KEY, CKK_EC_EDWARDS, "06032b6570", "01",
			CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, "06032b656f", GENERATOR_X,
			CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY, "06032b656e", "",
			CKR_ATTRIBUTE_VALUE_INVALID },
	};
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE key = 0;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		const CK_RV rv = import(s, wrong[i].class, wrong[i].type, wrong[i].params,
			wrong[i].value, &key);

		ck_assert_msg(rv == wrong[i].rv, "row %zu: %#lx", i, rv);
	}
	ck_assert_uint_eq(key, 0);
	api_stop();
}
END_TEST

START_TEST (curves_are_of_their_mechanism) {
	static const struct {
		struct curve c;
		CK_RV rv;
	} wrong[] = {
		{ { CKK_EC, CKM_EC_KEY_PAIR_GEN, "06032b6570", 0, 0 },
			CKR_CURVE_NOT_SUPPORTED },
		{ { CKK_EC, CKM_EC_EDWARDS_KEY_PAIR_GEN, P256, 0, 0 },
			CKR_CURVE_NOT_SUPPORTED },
		{ { CKK_EC, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, "06032b6570", 0, 0 },
			CKR_CURVE_NOT_SUPPORTED },
		{ { CKK_EC, CKM_EC_KEY_PAIR_GEN, "06082a8648ce3d030101", 0, 0 },
			CKR_CURVE_NOT_SUPPORTED },
		{ { CKK_EC, CKM_EC_KEY_PAIR_GEN, "0500", 0, 0 },
			CKR_DOMAIN_PARAMS_INVALID },
		{ { CKK_EC, CKM_EC_KEY_PAIR_GEN, "", 0, 0 }, CKR_DOMAIN_PARAMS_INVALID },
	};
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		const CK_RV rv = make_pair(s, &wrong[i].c, CK_FALSE, &pub, &prv);

		ck_assert_msg(rv == wrong[i].rv, "row %zu: %#lx", i, rv);
	}
	api_stop();
}
END_TEST

/* A megabyte at a time is what keyringd takes; EdDSA cannot send a digest instead. */
START_TEST (long_messages_of_eddsa_are_hashed_first_or_refused) {
	static CK_BYTE much[(1 << 20) + 1], sig[64];
	CK_SESSION_HANDLE s = api_start();
	CK_EDDSA_PARAMS p = { CK_TRUE, 0, NULL };
	CK_MECHANISM pure = { CKM_EDDSA, NULL, 0 }, ph = { CKM_EDDSA, &p, sizeof p };
	CK_OBJECT_HANDLE pub, prv;
	CK_ULONG len = sizeof sig;

	OK(make_pair(s, &curves[11], CK_FALSE, &pub, &prv));
	OK(F->C_SignInit(s, &ph, prv));
	OK(F->C_Sign(s, much, sizeof much, sig, &len));
	OK(F->C_VerifyInit(s, &ph, pub));
	OK(F->C_Verify(s, much, sizeof much, sig, len));
	OK(F->C_SignInit(s, &pure, prv));
	IS(CKR_DATA_LEN_RANGE, F->C_Sign(s, much, sizeof much, sig, &len));
	OK(F->C_SignInit(s, &pure, prv));
	OK(F->C_SignUpdate(s, much, sizeof much - 1));
	IS(CKR_DATA_LEN_RANGE, F->C_SignUpdate(s, much, 2));
	OK(F->C_SignInit(s, &pure, prv));
	OK(F->C_Sign(s, much, sizeof much - 1, sig, &len));
	OK(F->C_VerifyInit(s, &pure, pub));
	OK(F->C_Verify(s, much, sizeof much - 1, sig, len));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &pairs_on_every_curve, 2 * COUNT(curves) },
	{ &rfc_8032_by_calls, 0 },
	{ &points_are_read_back_in_one_form, 0 },
	{ &what_is_no_key_is_refused, 0 },
	{ &curves_are_of_their_mechanism, 0 },
	{ &long_messages_of_eddsa_are_hashed_first_or_refused, 0 },
};

CHECK_MAIN("api_curves", tests)
