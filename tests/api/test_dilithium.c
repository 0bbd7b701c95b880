/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round-2 Dilithium through the module, where keyringd and keystored offer it: made and used
 * at keystored, verified here, under IBM's numbers.
 */
#include "crypto/crypto.h"
#include "tests/unit/dilithium/answers.h"

#include "tests/api/dilithium.h"

#define MOST_DATA (1u << 20)

/* --- Known answers --------------------------------------------------------------------- */

/* Keys come in as parts and go out as parts, and the signature is the module's. */
static void
fill(struct answer *a)
{
	uint8_t seed[DILITHIUM_SEED], *to;
	struct secret made = SECRET_NONE;
	struct dilithium_split split;
	static struct values v, back;
	CK_OBJECT_HANDLE prv, pub;

	answer_seed(a, seed);
	ck_assert_int_eq(dilithium_generate(seed, a->public_key, &made), 0);
	ck_assert_int_eq(
		dilithium_split(BYTES_OF(a->public_key), secret_bytes(&made), &split), 0);
	for (size_t i = 0; i < PARTS; i++)
		v.list[i] = (CK_ATTRIBUTE){ parts[i].type,
			(void *)(uintptr_t)split.part[i].p, split.part[i].n };
	OK(import(1, &v, ALL_PARTS, CK_FALSE, &prv));
	OK(import(0, &v, PUBLIC_PARTS, CK_FALSE, &pub));
	secret_free(&made);

	values_read(prv, 1, &back);
	to = a->private_key;
	for (size_t i = 0; i < T1; i++, to += parts[i - 1].size)
		memcpy(to, back.part[i], parts[i].size);
	values_read(pub, 0, &back);
	memcpy(a->public_key, back.part[0], parts[0].size);
	memcpy(a->public_key + parts[0].size, back.part[T1], parts[T1].size);
	sign(prv, a->message, a->message_len, a->signature);
	OK(verify(pub, a->message, a->message_len, a->signature, sizeof a->signature));
	OK(F->C_DestroyObject(s, prv));
	OK(F->C_DestroyObject(s, pub));
}

START_TEST (all_hundred_known_answers_are_given) {
	s = api_start();
	answers_check(fill);
	api_stop();
}
END_TEST

/* --- Pairs ------------------------------------------------------------------------------- */

static const struct {
	CK_ATTRIBUTE said[3];
	CK_ULONG n;
} ways[] = {
	{ .n = 0 },
	{ { ATTR(CKA_IBM_PQC_PARAMS, oid) }, 1 },
	{ { ATTR(CKA_IBM_DILITHIUM_MODE, oid) }, 1 },
	{ { ATTR(CKA_IBM_DILITHIUM_KEYFORM, keyform) }, 1 },
	{ { ATTR(CKA_IBM_PQC_PARAMS, oid), ATTR(CKA_IBM_DILITHIUM_MODE, oid),
		  ATTR(CKA_IBM_DILITHIUM_KEYFORM, keyform) },
		3 },
};

/* Loop index: how the parameters are said, of session pairs and of token pairs. */
START_TEST (pairs_sign_and_verify) {
	const CK_BBOOL token = _i % 2;
	CK_BYTE sig[DILITHIUM_SIGNATURE], again[DILITHIUM_SIGNATURE];
	CK_BBOOL local = CK_FALSE;
	CK_MECHANISM_TYPE by = 0;
	CK_ATTRIBUTE history[] = { ATTR(CKA_LOCAL, local),
		ATTR(CKA_KEY_GEN_MECHANISM, by) };
	static struct values pub, prv;
	struct pair pair;

	s = api_start();
	OK(generate(token, CK_FALSE, ways[_i / 2].said, ways[_i / 2].n, &pair));
	check_parameters(pair.pub);
	check_parameters(pair.prv);
	OK(F->C_GetAttributeValue(s, pair.prv, history, COUNT(history)));
	ck_assert_uint_eq(local, CK_TRUE);
	ck_assert_uint_eq(by, CKM_IBM_DILITHIUM);
	values_read(pair.pub, 0, &pub);
	values_read(pair.prv, 1, &prv);
	ck_assert_mem_eq(pub.whole, pub.info, sizeof pub.info);
	ck_assert_mem_eq(prv.info, pub.info, sizeof pub.info);
	ck_assert_mem_eq(prv.part[0], pub.part[0], parts[0].size);
	ck_assert_mem_eq(prv.part[T1], pub.part[T1], parts[T1].size);

	/* one signature for a message, the empty one too */
	sign(pair.prv, data, sizeof data, sig);
	sign(pair.prv, data, sizeof data, again);
	ck_assert_mem_eq(sig, again, sizeof sig);
	OK(verify(pair.pub, data, sizeof data, sig, sizeof sig));
	IS(CKR_SIGNATURE_INVALID,
		verify(pair.pub, data, sizeof data - 1, sig, sizeof sig));
	IS(CKR_SIGNATURE_INVALID, verify(pair.pub, NULL, 0, sig, sizeof sig));
	sign(pair.prv, NULL, 0, sig);
	OK(verify(pair.pub, NULL, 0, sig, sizeof sig));
	OK(F->C_DestroyObject(s, pair.pub));
	OK(F->C_DestroyObject(s, pair.prv));
	api_stop();
}
END_TEST

START_TEST (secrets_of_sensitive_keys_stay_where_they_are) {
	const CK_BBOOL token = _i;
	CK_BYTE room[DILITHIUM_PKCS8];
	struct pair pair;

	s = api_start();
	OK(generate(token, CK_TRUE, NULL, 0, &pair));
	for (size_t i = 0; i <= PARTS; i++) {
		CK_ATTRIBUTE a = { i < PARTS ? parts[i].type : CKA_VALUE, room,
			sizeof room };
		const int secret = i == PARTS || parts[i].secret;

		IS(secret ? CKR_ATTRIBUTE_SENSITIVE : CKR_OK,
			F->C_GetAttributeValue(s, pair.prv, &a, 1));
		/* the public half has not even the attribute */
		a.ulValueLen = sizeof room;
		IS(i < PARTS && secret ? CKR_ATTRIBUTE_TYPE_INVALID : CKR_OK,
			F->C_GetAttributeValue(s, pair.pub, &a, 1));
	}
	OK(F->C_DestroyObject(s, pair.pub));
	OK(F->C_DestroyObject(s, pair.prv));
	api_stop();
}
END_TEST

/* --- Signatures --------------------------------------------------------------------------- */

#define HINTS 3200u /* behind z: 120 places, then 6 counts */
#define MOST_HINTS 120u
#define CHALLENGE (HINTS + MOST_HINTS + 6u) /* 32 bytes of places, 8 of signs */

START_TEST (bad_signatures_are_refused) {
	CK_BYTE sig[DILITHIUM_SIGNATURE + 1] = { 0 }, was;
	CK_BYTE *places = sig + HINTS, *counts = places + MOST_HINTS;
	struct pair pair;

	s = api_start();
	OK(generate(CK_FALSE, CK_TRUE, NULL, 0, &pair));
	sign(pair.prv, data, sizeof data, sig);
	IS(CKR_SIGNATURE_LEN_RANGE, verify(pair.pub, data, sizeof data, sig, sizeof sig));
	IS(CKR_SIGNATURE_LEN_RANGE,
		verify(pair.pub, data, sizeof data, sig, DILITHIUM_SIGNATURE - 1));
	IS(CKR_SIGNATURE_LEN_RANGE, verify(pair.pub, data, sizeof data, sig, 0));
	/* everywhere, and the highest bits of the signs */
	for (CK_ULONG at = 0; at < DILITHIUM_SIGNATURE; at += 41) {
		sig[at] ^= 0x10;
		IS(CKR_SIGNATURE_INVALID,
			verify(pair.pub, data, sizeof data, sig, DILITHIUM_SIGNATURE));
		sig[at] ^= 0x10;
	}
	for (int bit = 4; bit < 8; bit++) {
		sig[CHALLENGE + 39] ^= 1 << bit;
		IS(CKR_SIGNATURE_INVALID,
			verify(pair.pub, data, sizeof data, sig, DILITHIUM_SIGNATURE));
		sig[CHALLENGE + 39] ^= 1 << bit;
	}
	/* two hints of a row in the other order */
	ck_assert_uint_ge(counts[0], 2);
	was = places[0];
	places[0] = places[1];
	places[1] = was;
	IS(CKR_SIGNATURE_INVALID,
		verify(pair.pub, data, sizeof data, sig, DILITHIUM_SIGNATURE));
	places[1] = places[0];
	places[0] = was;
	/* behind the last one are zeroes */
	ck_assert_uint_lt(counts[5], MOST_HINTS);
	places[counts[5]] = 1;
	IS(CKR_SIGNATURE_INVALID,
		verify(pair.pub, data, sizeof data, sig, DILITHIUM_SIGNATURE));
	places[counts[5]] = 0;
	/* more than there can be */
	was = counts[5];
	counts[5] = MOST_HINTS + 1;
	IS(CKR_SIGNATURE_INVALID,
		verify(pair.pub, data, sizeof data, sig, DILITHIUM_SIGNATURE));
	counts[5] = was;
	OK(verify(pair.pub, data, sizeof data, sig, DILITHIUM_SIGNATURE));
	api_stop();
}
END_TEST

START_TEST (messages_are_signed_whole) {
	CK_BYTE sig[DILITHIUM_SIGNATURE], *large = calloc(1, MOST_DATA + 1);
	CK_ULONG n = sizeof sig;
	struct pair pair;

	s = api_start();
	ck_assert_ptr_nonnull(large);
	OK(generate(CK_FALSE, CK_TRUE, NULL, 0, &pair));
	sign(pair.prv, data, sizeof data, sig);
	OK(F->C_SignInit(s, &mechanism, pair.prv));
	IS(CKR_FUNCTION_NOT_SUPPORTED, F->C_SignUpdate(s, data, sizeof data));
	OK(F->C_VerifyInit(s, &mechanism, pair.pub));
	IS(CKR_FUNCTION_NOT_SUPPORTED, F->C_VerifyUpdate(s, data, sizeof data));
	OK(F->C_VerifySignatureInit(s, &mechanism, pair.pub, sig, sizeof sig));
	OK(F->C_VerifySignature(s, data, sizeof data));
	OK(F->C_VerifySignatureInit(s, &mechanism, pair.pub, sig, sizeof sig));
	IS(CKR_FUNCTION_NOT_SUPPORTED, F->C_VerifySignatureUpdate(s, data, sizeof data));
	/* several of them with one key, each whole */
	OK(F->C_MessageSignInit(s, &mechanism, pair.prv));
	OK(F->C_MessageVerifyInit(s, &mechanism, pair.pub));
	for (int i = 0; i < 2; i++) {
		n = sizeof sig;
		OK(F->C_SignMessage(s, NULL, 0, data, sizeof data - i, sig, &n));
		OK(F->C_VerifyMessage(s, NULL, 0, data, sizeof data - i, sig, n));
	}
	OK(F->C_MessageSignFinal(s));
	OK(F->C_MessageVerifyFinal(s));
	/* what a request has room for */
	sign(pair.prv, large, MOST_DATA, sig);
	OK(verify(pair.pub, large, MOST_DATA, sig, sizeof sig));
	OK(F->C_SignInit(s, &mechanism, pair.prv));
	IS(CKR_DATA_LEN_RANGE, F->C_Sign(s, large, MOST_DATA + 1, sig, &n));
	free(large);
	api_stop();
}
END_TEST

/* --- The mechanism ------------------------------------------------------------------------ */

START_TEST (one_number_makes_pairs_and_signs) {
	CK_MECHANISM with = { CKM_IBM_DILITHIUM, data, 1 },
		     ml_dsa = { CKM_ML_DSA, NULL, 0 };
	CK_MECHANISM_INFO info;
	CK_OBJECT_HANDLE aes;
	struct pair pair;

	s = api_start();
	OK(F->C_GetMechanismInfo(api_slot(), CKM_IBM_DILITHIUM, &info));
	ck_assert_uint_eq(info.flags, CKF_HW | CKF_GENERATE_KEY_PAIR | CKF_SIGN |
					      CKF_VERIFY | CKF_MESSAGE_SIGN |
					      CKF_MESSAGE_VERIFY);
	ck_assert_uint_eq(info.ulMinKeySize, DILITHIUM_PUBLIC_KEY);
	ck_assert_uint_eq(info.ulMaxKeySize, DILITHIUM_PUBLIC_KEY);
	OK(generate(CK_FALSE, CK_TRUE, NULL, 0, &pair));
	aes = api_generate_aes(s, 16, 1);
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignInit(s, &with, pair.prv));
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_VerifyInit(s, &with, pair.pub));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_SignInit(s, &mechanism, pair.pub));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_VerifyInit(s, &mechanism, pair.prv));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_SignInit(s, &mechanism, aes));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_SignInit(s, &ml_dsa, pair.prv));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_VerifyInit(s, &ml_dsa, pair.pub));
	IS(CKR_MECHANISM_INVALID, F->C_EncryptInit(s, &mechanism, pair.pub));
	IS(CKR_MECHANISM_INVALID, F->C_GenerateKey(s, &mechanism, NULL, 0, &aes));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &all_hundred_known_answers_are_given, 0 },
	{ &pairs_sign_and_verify, 2 * COUNT(ways) },
	{ &secrets_of_sensitive_keys_stay_where_they_are, 2 },
	{ &bad_signatures_are_refused, 0 },
	{ &messages_are_signed_whole, 0 },
	{ &one_number_makes_pairs_and_signs, 0 },
};

CHECK_MAIN("api_dilithium", tests)
