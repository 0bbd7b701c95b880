/* SPDX-License-Identifier: Apache-2.0 */
/* Post-quantum keys and signatures through the module: made and used at keystored, verified here. */
#include "tests/api/api.h"

#define MOST_SIGNATURE 49856u

static CK_BYTE data[] = "what is to be signed", context[256] = { 1, 2, 3 };
static const CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;

struct pair {
	CK_OBJECT_HANDLE pub, prv;
};

static CK_RV
generate(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_ULONG set, CK_BBOOL token,
	struct pair *ret)
{
	CK_MECHANISM m = { type, NULL, 0 };
	CK_ATTRIBUTE pub[] = { ATTR(CKA_PARAMETER_SET, set), ATTR(CKA_TOKEN, token) },
		     prv[] = { ATTR(CKA_TOKEN, token), ATTR(CKA_SENSITIVE, NO),
			     ATTR(CKA_EXTRACTABLE, YES) };

	return F->C_GenerateKeyPair(
		s, &m, pub, COUNT(pub), prv, COUNT(prv), &ret->pub, &ret->prv);
}

static CK_ULONG
sign(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_BYTE *in, CK_ULONG n,
	CK_BYTE *sig)
{
	CK_ULONG len = MOST_SIGNATURE, size = 0;

	OK(F->C_SignInit(s, m, key));
	OK(F->C_Sign(s, in, n, NULL, &size));
	OK(F->C_Sign(s, in, n, sig, &len));
	ck_assert_uint_eq(len, size);
	return len;
}

static CK_RV
verify(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_BYTE *in,
	CK_ULONG n, CK_BYTE *sig, CK_ULONG len)
{
	OK(F->C_VerifyInit(s, m, key));
	return F->C_Verify(s, in, n, sig, len);
}

/* --- Every set ---------------------------------------------------------------------- */

static const struct {
	CK_MECHANISM_TYPE generate, sign;
	CK_ULONG set, public, signature;
} sets[] = {
	{ CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, CKP_ML_DSA_44, 1312, 2420 },
	{ CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, CKP_ML_DSA_65, 1952, 3309 },
	{ CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, CKP_ML_DSA_87, 2592, 4627 },
	{ CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA, CKP_SLH_DSA_SHA2_128S, 32, 7856 },
	{ CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA, CKP_SLH_DSA_SHA2_128F, 32, 17088 },
	{ CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA, CKP_SLH_DSA_SHAKE_192F, 48, 35664 },
	{ CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA, CKP_SLH_DSA_SHAKE_256F, 64, 49856 },
};

static void
sign_and_verify(
	CK_SESSION_HANDLE s, const struct pair *pair, CK_MECHANISM *m, CK_ULONG signature)
{
	CK_BYTE sig[MOST_SIGNATURE + 1];

	ck_assert_uint_eq(sign(s, m, pair->prv, data, sizeof data, sig), signature);
	OK(verify(s, m, pair->pub, data, sizeof data, sig, signature));
	IS(CKR_SIGNATURE_INVALID,
		verify(s, m, pair->pub, data, sizeof data - 1, sig, signature));
	IS(CKR_SIGNATURE_LEN_RANGE,
		verify(s, m, pair->pub, data, sizeof data, sig, signature + 1));
}

START_TEST (every_set_signs) {
	CK_SESSION_HANDLE s = api_start();
	CK_SIGN_ADDITIONAL_CONTEXT with = { CKH_HEDGE_REQUIRED, context, 255 };
	CK_MECHANISM m = { sets[_i].sign, NULL, 0 };
	CK_BYTE value[4096], info[4096];
	CK_ULONG set = 0;
	CK_ATTRIBUTE pub[] = { ATTR(CKA_PARAMETER_SET, set), ATTR(CKA_VALUE, value),
		ATTR(CKA_PUBLIC_KEY_INFO, info) };
	struct pair pair;

	/* a session's, then a token's */
	for (CK_BBOOL token = CK_FALSE; token <= CK_TRUE; token++) {
		pub[1].ulValueLen = sizeof value;
		pub[2].ulValueLen = sizeof info;
		OK(generate(s, sets[_i].generate, sets[_i].set, token, &pair));
		OK(F->C_GetAttributeValue(s, pair.pub, pub, COUNT(pub)));
		ck_assert_uint_eq(set, sets[_i].set);
		ck_assert_uint_eq(pub[1].ulValueLen, sets[_i].public);
		/* the encoding ends with the key */
		ck_assert_mem_eq(info + pub[2].ulValueLen - sets[_i].public, value,
			sets[_i].public);
		m.pParameter = token ? &with : NULL;
		m.ulParameterLen = token ? sizeof with : 0;
		sign_and_verify(s, &pair, &m, sets[_i].signature);
		OK(F->C_DestroyObject(s, pair.pub));
		OK(F->C_DestroyObject(s, pair.prv));
	}
	api_stop();
}
END_TEST

/* 6.67, 6.68: a message is signed in parts, and verified where its signature comes first. */
START_TEST (a_message_may_come_in_parts) {
	CK_SESSION_HANDLE s = api_start();
	CK_SIGN_ADDITIONAL_CONTEXT with = { CKH_DETERMINISTIC_REQUIRED, context, 3 };
	CK_MECHANISM m = { sets[_i].sign, &with, sizeof with };
	CK_BYTE whole[MOST_SIGNATURE], parts[MOST_SIGNATURE];
	CK_ULONG n = sizeof parts;
	struct pair pair;

	OK(generate(s, sets[_i].generate, sets[_i].set, CK_FALSE, &pair));
	(void)sign(s, &m, pair.prv, data, sizeof data, whole);
	OK(F->C_SignInit(s, &m, pair.prv));
	for (CK_ULONG i = 0; i < sizeof data; i++)
		OK(F->C_SignUpdate(s, data + i, 1));
	OK(F->C_SignFinal(s, parts, &n));
	ck_assert_uint_eq(n, sets[_i].signature);
	ck_assert_mem_eq(parts, whole, n);
	for (int wrong = 0; wrong <= 1; wrong++) {
		OK(F->C_VerifySignatureInit(s, &m, pair.pub, whole, n));
		OK(F->C_VerifySignatureUpdate(s, data, 7));
		OK(F->C_VerifySignatureUpdate(s, NULL, 0));
		OK(F->C_VerifySignatureUpdate(
			s, data + 7, sizeof data - 7 - (CK_ULONG)wrong));
		IS(wrong ? CKR_SIGNATURE_INVALID : CKR_OK, F->C_VerifySignatureFinal(s));
	}
	/* what came in is forgotten with an end without a signature */
	OK(F->C_SignInit(s, &m, pair.prv));
	OK(F->C_SignUpdate(s, data, 7));
	OK(F->C_SessionCancel(s, CKF_SIGN));
	OK(F->C_SignInit(s, &m, pair.prv));
	OK(F->C_SignUpdate(s, data, sizeof data));
	OK(F->C_SignFinal(s, parts, &n));
	ck_assert_mem_eq(parts, whole, n);
	api_stop();
}
END_TEST

/* --- Digests -------------------------------------------------------------------------- */

static const struct {
	CK_MECHANISM_TYPE hash, ml_dsa, slh_dsa;
} hashes[] = {
	{ CKM_SHA224, CKM_HASH_ML_DSA_SHA224, CKM_HASH_SLH_DSA_SHA224 },
	{ CKM_SHA256, CKM_HASH_ML_DSA_SHA256, CKM_HASH_SLH_DSA_SHA256 },
	{ CKM_SHA384, CKM_HASH_ML_DSA_SHA384, CKM_HASH_SLH_DSA_SHA384 },
	{ CKM_SHA512, CKM_HASH_ML_DSA_SHA512, CKM_HASH_SLH_DSA_SHA512 },
	{ CKM_SHA3_224, CKM_HASH_ML_DSA_SHA3_224, CKM_HASH_SLH_DSA_SHA3_224 },
	{ CKM_SHA3_256, CKM_HASH_ML_DSA_SHA3_256, CKM_HASH_SLH_DSA_SHA3_256 },
	{ CKM_SHA3_384, CKM_HASH_ML_DSA_SHA3_384, CKM_HASH_SLH_DSA_SHA3_384 },
	{ CKM_SHA3_512, CKM_HASH_ML_DSA_SHA3_512, CKM_HASH_SLH_DSA_SHA3_512 },
	{ CKM_KT_SHAKE_128, CKM_HASH_ML_DSA_SHAKE128, CKM_HASH_SLH_DSA_SHAKE128 },
	{ CKM_KT_SHAKE_256, CKM_HASH_ML_DSA_SHAKE256, CKM_HASH_SLH_DSA_SHAKE256 },
};

static CK_ULONG
digest(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_BYTE *to)
{
	CK_MECHANISM m = { type, NULL, 0 };
	CK_ULONG n = 64;

	OK(F->C_DigestInit(s, &m));
	OK(F->C_Digest(s, data, sizeof data, to, &n));
	return n;
}

/* In parts, at once, and of a digest made elsewhere. */
static void
hash_and_sign(CK_SESSION_HANDLE s, const struct pair *pair, CK_MECHANISM_TYPE hashing,
	CK_MECHANISM_TYPE raw, CK_MECHANISM_TYPE hash)
{
	CK_SIGN_ADDITIONAL_CONTEXT with = { CKH_DETERMINISTIC_REQUIRED, context, 20 };
	CK_HASH_SIGN_ADDITIONAL_CONTEXT given = { CKH_DETERMINISTIC_REQUIRED, context, 20,
		hash };
	CK_MECHANISM one = { hashing, &with, sizeof with },
		     other = { raw, &given, sizeof given };
	CK_BYTE a[MOST_SIGNATURE], b[MOST_SIGNATURE], h[64];
	CK_ULONG n, len = sizeof b, h_len = digest(s, hash, h);

	n = sign(s, &one, pair->prv, data, sizeof data, a);
	for (int i = 0; i < 2; i++) {
		len = sizeof b;
		OK(F->C_SignInit(s, &one, pair->prv));
		OK(F->C_SignUpdate(s, data, 7));
		OK(F->C_SignUpdate(s, data + 7, sizeof data - 7));
		OK(F->C_SignFinal(s, b, &len));
		ck_assert_uint_eq(len, n);
		ck_assert_mem_eq(a, b, n);
	}
	ck_assert_uint_eq(sign(s, &other, pair->prv, h, h_len, b), n);
	ck_assert_mem_eq(a, b, n);
	OK(verify(s, &one, pair->pub, data, sizeof data, a, n));
	OK(verify(s, &other, pair->pub, h, h_len, a, n));
	OK(F->C_VerifyInit(s, &one, pair->pub));
	OK(F->C_VerifyUpdate(s, data, 3));
	OK(F->C_VerifyUpdate(s, data + 3, sizeof data - 3));
	OK(F->C_VerifyFinal(s, a, n));
	IS(CKR_DATA_LEN_RANGE, verify(s, &other, pair->pub, h, h_len - 1, a, n));
	OK(F->C_SignInit(s, &other, pair->prv));
	IS(CKR_DATA_LEN_RANGE, F->C_Sign(s, h, h_len - 1, b, &len));
}

START_TEST (digests_are_signed_with_every_hash) {
	CK_SESSION_HANDLE s = api_start();
	struct pair ml, slh;

	OK(generate(s, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_65, CK_FALSE, &ml));
	OK(generate(s, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHA2_128F, CK_FALSE, &slh));
	hash_and_sign(s, &ml, hashes[_i].ml_dsa, CKM_HASH_ML_DSA, hashes[_i].hash);
	hash_and_sign(s, &slh, hashes[_i].slh_dsa, CKM_HASH_SLH_DSA, hashes[_i].hash);
	api_stop();
}
END_TEST

/* --- Import and export ------------------------------------------------------------------ */

static CK_RV
import(CK_SESSION_HANDLE s, CK_KEY_TYPE type, CK_ULONG set, CK_ATTRIBUTE *value,
	CK_ULONG n, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[8] = { ATTR(CKA_CLASS, private_class),
		ATTR(CKA_KEY_TYPE, type), ATTR(CKA_PARAMETER_SET, set),
		ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES) };

	memcpy(template + 5, value, n * sizeof *value);
	return F->C_CreateObject(s, template, 5 + n, ret);
}

START_TEST (keys_go_out_and_come_in_again) {
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { CKM_ML_DSA, NULL, 0 };
	CK_BYTE seed[32], value[2560], again[2560], sig[2420], *bad = again;
	CK_ATTRIBUTE both[] = { ATTR(CKA_SEED, seed), ATTR(CKA_VALUE, value) },
		     read = ATTR(CKA_VALUE, again);
	CK_OBJECT_HANDLE key;
	struct pair pair;

	OK(generate(s, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_44, CK_FALSE, &pair));
	OK(F->C_GetAttributeValue(s, pair.prv, both, 2));
	/* the seed alone, the value alone, both */
	for (int i = 0; i < 3; i++) {
		OK(import(s, CKK_ML_DSA, CKP_ML_DSA_44, both + (i == 1), i == 2 ? 2 : 1,
			&key));
		OK(F->C_GetAttributeValue(s, key, &read, 1));
		ck_assert_mem_eq(again, value, sizeof value);
		OK(verify(s, &m, pair.pub, data, sizeof data, sig,
			sign(s, &m, key, data, sizeof data, sig)));
	}
	IS(CKR_TEMPLATE_INCOMPLETE, import(s, CKK_ML_DSA, CKP_ML_DSA_44, both, 0, &key));
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		import(s, CKK_ML_DSA, CKP_ML_DSA_65, both + 1, 1, &key));
	IS(CKR_PARAMETER_SET_NOT_SUPPORTED, import(s, CKK_ML_DSA, 4, both, 1, &key));
	both[1].ulValueLen--;
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		import(s, CKK_ML_DSA, CKP_ML_DSA_44, both + 1, 1, &key));
	both[1].ulValueLen++;
	seed[0] ^= 1;
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		import(s, CKK_ML_DSA, CKP_ML_DSA_44, both, 2, &key));
	bad[70] ^= 1; /* in what is a hash of the public key */
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		import(s, CKK_ML_DSA, CKP_ML_DSA_44, &read, 1, &key));
	api_stop();
}
END_TEST

START_TEST (sensitive_keys_tell_neither_seed_nor_value) {
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { CKM_ML_DSA_KEY_PAIR_GEN, NULL, 0 };
	CK_ULONG set = CKP_ML_DSA_44;
	CK_BYTE seed[32], value[2560];
	CK_ATTRIBUTE pub[] = { ATTR(CKA_PARAMETER_SET, set) },
		     secret[] = { ATTR(CKA_SEED, seed), ATTR(CKA_VALUE, value) };
	struct pair pair;

	OK(F->C_GenerateKeyPair(s, &m, pub, 1, NULL, 0, &pair.pub, &pair.prv));
	IS(CKR_ATTRIBUTE_SENSITIVE, F->C_GetAttributeValue(s, pair.prv, secret, 1));
	IS(CKR_ATTRIBUTE_SENSITIVE, F->C_GetAttributeValue(s, pair.prv, secret + 1, 1));
	api_stop();
}
END_TEST

/* --- Bad input ------------------------------------------------------------------------- */

START_TEST (parameters_that_cannot_be_are_refused) {
	CK_SESSION_HANDLE s = api_start();
	CK_SIGN_ADDITIONAL_CONTEXT with = { CKH_HEDGE_PREFERRED, context, 256 };
	CK_HASH_SIGN_ADDITIONAL_CONTEXT given = { CKH_HEDGE_PREFERRED, NULL, 0,
		CKM_SHA_1 };
	CK_MECHANISM pure = { CKM_ML_DSA, &with, sizeof with },
		     raw = { CKM_HASH_ML_DSA, &given, sizeof given },
		     other = { CKM_SLH_DSA, NULL, 0 };
	CK_MECHANISM generates = { CKM_ML_DSA_KEY_PAIR_GEN, NULL, 0 };
	struct pair pair;

	OK(generate(s, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_44, CK_FALSE, &pair));
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignInit(s, &pure, pair.prv));
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_VerifyInit(s, &pure, pair.pub));
	with.ulContextLen = 1;
	with.hedgeVariant = CKH_DETERMINISTIC_REQUIRED + 1;
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignInit(s, &pure, pair.prv));
	with = (CK_SIGN_ADDITIONAL_CONTEXT){ CKH_HEDGE_PREFERRED, NULL, 1 };
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignInit(s, &pure, pair.prv));
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignInit(s, &raw, pair.prv));
	raw.pParameter = NULL;
	raw.ulParameterLen = 0;
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignInit(s, &raw, pair.prv));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_SignInit(s, &other, pair.prv));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_VerifyInit(s, &other, pair.pub));
	/* a digest is one part */
	raw.pParameter = &given;
	raw.ulParameterLen = sizeof given;
	given.hash = CKM_SHA256;
	OK(F->C_SignInit(s, &raw, pair.prv));
	IS(CKR_FUNCTION_NOT_SUPPORTED, F->C_SignUpdate(s, data, 1));
	/* the set is the public template's to say */
	IS(CKR_TEMPLATE_INCOMPLETE, F->C_GenerateKeyPair(s, &generates, NULL, 0, NULL, 0,
					    &pair.pub, &pair.prv));
	IS(CKR_PARAMETER_SET_NOT_SUPPORTED,
		generate(s, CKM_ML_DSA_KEY_PAIR_GEN, 4, CK_FALSE, &pair));
	IS(CKR_PARAMETER_SET_NOT_SUPPORTED,
		generate(s, CKM_SLH_DSA_KEY_PAIR_GEN, 13, CK_FALSE, &pair));
	api_stop();
}
END_TEST

/* --- Legacy ------------------------------------------------------------------------------- */

/* Keys of the type are objects like others; nothing is done with them. */
START_TEST (dilithium_is_not_offered) {
	const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	const CK_KEY_TYPE type = CKK_IBM_PQC_DILITHIUM;
	CK_BYTE rho[32] = { 1 }, t1[1728] = { 2 }, sig[3366] = { 0 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_IBM_DILITHIUM_RHO, rho), ATTR(CKA_IBM_DILITHIUM_T1, t1) };
	CK_MECHANISM m = { CKM_IBM_DILITHIUM, NULL, 0 };
	CK_MECHANISM_TYPE list[512];
	CK_ULONG n = COUNT(list);
	CK_MECHANISM_INFO info;
	CK_OBJECT_HANDLE key;
	struct pair pair;
	CK_SESSION_HANDLE s = api_start();

	OK(F->C_CreateObject(s, template, COUNT(template), &key));
	OK(F->C_GetMechanismList(api_slot(), list, &n));
	for (CK_ULONG i = 0; i < n; i++)
		ck_assert_uint_ne(list[i], CKM_IBM_DILITHIUM);
	IS(CKR_MECHANISM_INVALID,
		F->C_GetMechanismInfo(api_slot(), CKM_IBM_DILITHIUM, &info));
	IS(CKR_MECHANISM_INVALID,
		F->C_GenerateKeyPair(s, &m, NULL, 0, NULL, 0, &pair.pub, &pair.prv));
	IS(CKR_MECHANISM_INVALID, F->C_SignInit(s, &m, key));
	IS(CKR_MECHANISM_INVALID, F->C_VerifyInit(s, &m, key));
	IS(CKR_MECHANISM_INVALID, F->C_VerifySignatureInit(s, &m, key, sig, sizeof sig));
	IS(CKR_MECHANISM_INVALID, F->C_MessageSignInit(s, &m, key));
	IS(CKR_MECHANISM_INVALID, F->C_MessageVerifyInit(s, &m, key));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_message_may_come_in_parts, 5 }, /* the other sets take seconds */
	{ &every_set_signs, COUNT(sets) },
	{ &digests_are_signed_with_every_hash, COUNT(hashes) },
	{ &keys_go_out_and_come_in_again, 0 },
	{ &sensitive_keys_tell_neither_seed_nor_value, 0 },
	{ &parameters_that_cannot_be_are_refused, 0 },
	{ &dilithium_is_not_offered, 0 },
};

CHECK_MAIN("pqc", tests)
