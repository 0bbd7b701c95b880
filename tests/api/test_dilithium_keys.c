/* SPDX-License-Identifier: Apache-2.0 */
/* Round-2 Dilithium keys that come in: what they have to have, and what they cannot be. */
#include "tests/api/dilithium.h"

static const CK_ULONG other_keyform = 2;
/* (8,7) */
static CK_BYTE other_oid[] = { 0x06, 0x0b, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x02, 0x82, 0x0b,
	0x01, 0x08, 0x07 };

START_TEST (other_parameters_are_refused) {
	const CK_ATTRIBUTE others[] = { ATTR(CKA_IBM_PQC_PARAMS, other_oid),
		ATTR(CKA_IBM_DILITHIUM_MODE, other_oid),
		ATTR(CKA_IBM_DILITHIUM_KEYFORM, other_keyform),
		{ CKA_IBM_PQC_PARAMS, oid, sizeof oid - 1 } };
	CK_ATTRIBUTE half[] = { ATTR(CKA_TOKEN, NO), others[0] },
		     bad[] = { { CKA_IBM_DILITHIUM_KEYFORM, oid, 4 } };
	struct pair pair;
	static struct values v;
	CK_OBJECT_HANDLE key;

	s = api_start();
	OK(generate(CK_FALSE, CK_FALSE, NULL, 0, &pair));
	values_read(pair.prv, 1, &v);
	for (size_t i = 0; i < COUNT(others); i++) {
		IS(CKR_IBM_PQC_PARAMS_NOT_SUPPORTED,
			generate(CK_FALSE, CK_FALSE, &others[i], 1, &pair));
		v.list[T1] = others[i]; /* beside CKA_VALUE, which has it all */
		IS(CKR_IBM_PQC_PARAMS_NOT_SUPPORTED,
			import(1, &v, ONLY(WHOLE) | ONLY(T1), CK_FALSE, &key));
	}
	/* in either template alone */
	half[1] = others[0];
	IS(CKR_IBM_PQC_PARAMS_NOT_SUPPORTED, F->C_GenerateKeyPair(s, &mechanism, half, 2,
						     half, 1, &pair.pub, &pair.prv));
	IS(CKR_IBM_PQC_PARAMS_NOT_SUPPORTED, F->C_GenerateKeyPair(s, &mechanism, half, 1,
						     half, 2, &pair.pub, &pair.prv));
	IS(CKR_ATTRIBUTE_VALUE_INVALID, generate(CK_FALSE, CK_FALSE, bad, 1, &pair));
	/* a part is the token's to make */
	v.list[0] = (CK_ATTRIBUTE){ parts[0].type, v.part[0], parts[0].size };
	IS(CKR_ATTRIBUTE_READ_ONLY, generate(CK_FALSE, CK_FALSE, &v.list[0], 1, &pair));
	api_stop();
}
END_TEST

/* --- What comes in and goes out ------------------------------------------------------- */

START_TEST (keys_go_out_and_come_in_again) {
	static const unsigned ways_in[] = { ONLY(WHOLE), ALL_PARTS,
		ALL_PARTS | ONLY(WHOLE), ALL_PARTS | ONLY(INFO),
		ONLY(WHOLE) | ONLY(INFO) | PUBLIC_PARTS };
	static const unsigned public_in[] = { ONLY(WHOLE), PUBLIC_PARTS, ONLY(INFO),
		PUBLIC_PARTS | ONLY(WHOLE) | ONLY(INFO) };
	const CK_BBOOL token = _i;
	CK_BYTE sig[DILITHIUM_SIGNATURE], again[DILITHIUM_SIGNATURE];
	static struct values prv, pub, back;
	struct pair pair;
	CK_OBJECT_HANDLE key;

	s = api_start();
	OK(generate(CK_FALSE, CK_FALSE, NULL, 0, &pair));
	values_read(pair.prv, 1, &prv);
	values_read(pair.pub, 0, &pub);
	sign(pair.prv, data, sizeof data, sig);
	for (size_t i = 0; i < COUNT(ways_in); i++) {
		OK(import(1, &prv, ways_in[i], token, &key));
		check_parameters(key);
		values_read(key, 1, &back);
		ck_assert_mem_eq(back.whole, prv.whole, sizeof prv.whole);
		ck_assert_mem_eq(back.info, prv.info, sizeof prv.info);
		for (size_t p = 0; p < PARTS; p++)
			ck_assert_mem_eq(back.part[p], prv.part[p], parts[p].size);
		sign(key, data, sizeof data, again);
		ck_assert_mem_eq(again, sig, sizeof sig);
		OK(F->C_DestroyObject(s, key));
	}
	for (size_t i = 0; i < COUNT(public_in); i++) {
		OK(import(0, &pub, public_in[i], token, &key));
		check_parameters(key);
		values_read(key, 0, &back);
		ck_assert_mem_eq(back.whole, pub.whole, sizeof pub.info);
		OK(verify(key, data, sizeof data, sig, sizeof sig));
		OK(F->C_DestroyObject(s, key));
	}
	api_stop();
}
END_TEST

START_TEST (copies_sign_alike) {
	CK_BYTE sig[DILITHIUM_SIGNATURE], again[DILITHIUM_SIGNATURE];
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, YES) };
	CK_OBJECT_HANDLE prv, pub;
	struct pair pair;

	s = api_start();
	OK(generate(CK_FALSE, CK_TRUE, NULL, 0, &pair));
	OK(F->C_CopyObject(s, pair.prv, template, 1, &prv));
	OK(F->C_CopyObject(s, pair.pub, template, 1, &pub));
	sign(pair.prv, data, sizeof data, sig);
	sign(prv, data, sizeof data, again);
	ck_assert_mem_eq(again, sig, sizeof sig);
	OK(verify(pub, data, sizeof data, sig, sizeof sig));
	OK(F->C_DestroyObject(s, prv));
	OK(F->C_DestroyObject(s, pub));
	api_stop();
}
END_TEST

/* --- What cannot be --------------------------------------------------------------------- */

static struct values mine, theirs;

static CK_RV
try(int private, unsigned which)
{
	CK_OBJECT_HANDLE key;

	return import(private, &mine, which, CK_FALSE, &key);
}

/* A byte of an attribute, other than it was. */
static void
refuses_changed(int private, unsigned which, size_t i, CK_ULONG at, CK_BYTE difference)
{
	CK_BYTE *p = mine.list[i].pValue;

	p[at] ^= difference;
	ck_assert_msg(try(private, which) == CKR_ATTRIBUTE_VALUE_INVALID,
		"attribute %zu, byte %lu", i, at);
	p[at] ^= difference;
	OK(try(private, which));
}

static void
refuses_resized(int private, unsigned which, size_t i)
{
	CK_BYTE room[DILITHIUM_PKCS8 + 1];
	const CK_ATTRIBUTE was = mine.list[i];

	memcpy(room, was.pValue, was.ulValueLen);
	room[was.ulValueLen] = 0;
	mine.list[i].pValue = room;
	mine.list[i].ulValueLen = was.ulValueLen + 1;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, try(private, which));
	mine.list[i].ulValueLen = was.ulValueLen - 1;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, try(private, which));
	mine.list[i].ulValueLen = 1;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, try(private, which));
	mine.list[i] = was;
}

START_TEST (private_keys_that_cannot_be_are_refused) {
	struct pair a, b;

	s = api_start();
	OK(generate(CK_FALSE, CK_FALSE, NULL, 0, &a));
	OK(generate(CK_FALSE, CK_FALSE, NULL, 0, &b));
	values_read(a.prv, 1, &mine);
	values_read(b.prv, 1, &theirs);
	IS(CKR_TEMPLATE_INCOMPLETE, try(1, 0));
	IS(CKR_TEMPLATE_INCOMPLETE, try(1, ONLY(INFO)));
	for (size_t i = 0; i < PARTS; i++) {
		CK_ATTRIBUTE was = mine.list[i];

		IS(CKR_TEMPLATE_INCOMPLETE, try(1, ALL_PARTS & ~ONLY(i)));
		mine.list[i].ulValueLen = 0;
		IS(CKR_TEMPLATE_INCOMPLETE, try(1, ALL_PARTS));
		mine.list[i] = theirs.list[i];
		/* the seed of its signatures is any 32 bytes */
		IS(parts[i].type == CKA_IBM_DILITHIUM_SEED ? CKR_OK
							   : CKR_ATTRIBUTE_VALUE_INVALID,
			try(1, ALL_PARTS));
		IS(CKR_ATTRIBUTE_VALUE_INVALID, try(1, ONLY(WHOLE) | ONLY(i)));
		mine.list[i] = was;
		refuses_resized(1, ALL_PARTS, i);
		if (parts[i].type != CKA_IBM_DILITHIUM_SEED)
			refuses_changed(1, ALL_PARTS, i, parts[i].size - 1, 0x40);
	}
	mine.list[INFO] = theirs.list[INFO];
	IS(CKR_ATTRIBUTE_VALUE_INVALID, try(1, ONLY(WHOLE) | ONLY(INFO)));
	/* encoding, then parts in it: rho, tr, s1, s2, t0, t1 */
	refuses_resized(1, ONLY(WHOLE), WHOLE);
	for (CK_ULONG at = 0; at < 45; at++)
		refuses_changed(1, ONLY(WHOLE), WHOLE, at, 0x01);
	for (CK_ULONG at = 120; at < DILITHIUM_PKCS8; at += 97)
		refuses_changed(1, ONLY(WHOLE), WHOLE, at, 0x10);
	api_stop();
}
END_TEST

/* Coefficients of s1 and s2 are 0 to 6 in three bits: 7 is none. */
START_TEST (coefficients_out_of_range_are_refused) {
	struct pair pair;

	s = api_start();
	OK(generate(CK_FALSE, CK_FALSE, NULL, 0, &pair));
	values_read(pair.prv, 1, &mine);
	for (size_t i = 3; i <= 4; i++) {
		CK_BYTE *p = mine.list[i].pValue;

		for (CK_ULONG at = 0; at < parts[i].size; at += parts[i].size - 1)
			refuses_changed(1, ALL_PARTS, i, at,
				at == 0 ? ~p[0] & 0x07 : ~p[at] & 0xe0);
	}
	api_stop();
}
END_TEST

START_TEST (public_keys_that_cannot_be_are_refused) {
	struct pair a, b;

	s = api_start();
	OK(generate(CK_FALSE, CK_FALSE, NULL, 0, &a));
	OK(generate(CK_FALSE, CK_FALSE, NULL, 0, &b));
	values_read(a.pub, 0, &mine);
	values_read(b.pub, 0, &theirs);
	IS(CKR_TEMPLATE_INCOMPLETE, try(0, 0));
	IS(CKR_TEMPLATE_INCOMPLETE, try(0, ONLY(0)));
	IS(CKR_TEMPLATE_INCOMPLETE, try(0, ONLY(T1)));
	refuses_resized(0, PUBLIC_PARTS, 0);
	refuses_resized(0, PUBLIC_PARTS, T1);
	refuses_resized(0, ONLY(WHOLE), WHOLE);
	refuses_resized(0, ONLY(INFO), INFO);
	for (CK_ULONG at = 0; at < 33; at++)
		refuses_changed(0, ONLY(WHOLE), WHOLE, at, 0x01);
	/* what says one key twice says it the same */
	refuses_changed(0, ONLY(WHOLE) | PUBLIC_PARTS, WHOLE, 1000, 0x01);
	mine.list[T1] = theirs.list[T1];
	IS(CKR_ATTRIBUTE_VALUE_INVALID, try(0, ONLY(WHOLE) | ONLY(T1)));
	mine.list[INFO] = theirs.list[INFO];
	IS(CKR_ATTRIBUTE_VALUE_INVALID, try(0, ONLY(WHOLE) | ONLY(INFO)));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &other_parameters_are_refused, 0 },
	{ &keys_go_out_and_come_in_again, 2 },
	{ &copies_sign_alike, 0 },
	{ &private_keys_that_cannot_be_are_refused, 0 },
	{ &coefficients_out_of_range_are_refused, 0 },
	{ &public_keys_that_cannot_be_are_refused, 0 },
};

CHECK_MAIN("api_dilithium_keys", tests)
