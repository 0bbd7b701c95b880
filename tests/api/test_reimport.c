/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of key goes out by its attributes and comes in again: what the copy signs, the first
 * key's public half verifies, and the other way round; what one agrees on, so does the other.
 */
#include "tests/api/api.h"

#define MOST_SIGNATURE 50000u
#define MOST_PARTS 12u

static CK_BYTE data[] = "what is to be signed";
static CK_BYTE sig[MOST_SIGNATURE];
static const CK_OBJECT_CLASS classes[] = { CKO_PUBLIC_KEY, CKO_PRIVATE_KEY },
			     secret_class = CKO_SECRET_KEY;
static const CK_KEY_TYPE generic = CKK_GENERIC_SECRET;

struct pair {
	CK_OBJECT_HANDLE public, private;
};

static const struct kind {
	const char *name;
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE generate, use;
	const char *params; /* CKA_EC_PARAMS; NULL: number */
	CK_ULONG number;
} kinds[] = {
#define EC(name, params)                                                           \
	{                                                                          \
		(name), CKK_EC, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA_SHA256, (params), 0 \
	}
#define ML_DSA(set)                                                                    \
	{                                                                              \
		"ML-DSA-" #set, CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, NULL, \
			CKP_ML_DSA_##set                                               \
	}
#define SLH_DSA(set)                                                            \
	{                                                                       \
#set, CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA, NULL, \
			CKP_SLH_DSA_##set                                       \
	}
	{ "RSA-2048", CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_SHA256_RSA_PKCS, NULL,
		2048 },
	{ "RSA-3072", CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_SHA256_RSA_PKCS, NULL,
		3072 },
	EC("P-224", "06052b81040021"),
	EC("P-256", "06082a8648ce3d030107"),
	EC("P-384", "06052b81040022"),
	EC("P-521", "06052b81040023"),
	EC("secp256k1", "06052b8104000a"),
	EC("brainpoolP224r1", "06092b2403030208010105"),
	EC("brainpoolP256r1", "06092b2403030208010107"),
	EC("brainpoolP320r1", "06092b2403030208010109"),
	EC("brainpoolP384r1", "06092b240303020801010b"),
	EC("brainpoolP512r1", "06092b240303020801010d"),
	{ "Ed25519", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA, "06032b6570",
		0 },
	{ "Ed448", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA, "06032b6571",
		0 },
	{ "X25519", CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKM_ECDH1_DERIVE,
		"06032b656e", 0 },
	{ "X448", CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKM_ECDH1_DERIVE,
		"06032b656f", 0 },
	ML_DSA(44),
	ML_DSA(65),
	ML_DSA(87),
	SLH_DSA(SHA2_128S),
	SLH_DSA(SHAKE_128S),
	SLH_DSA(SHA2_128F),
	SLH_DSA(SHAKE_128F),
	SLH_DSA(SHA2_192S),
	SLH_DSA(SHAKE_192S),
	SLH_DSA(SHA2_192F),
	SLH_DSA(SHAKE_192F),
	SLH_DSA(SHA2_256S),
	SLH_DSA(SHAKE_256S),
	SLH_DSA(SHA2_256F),
	SLH_DSA(SHAKE_256F),
};

/* What the halves are made of, one way each; 0 ends a list. */
static const struct way {
	CK_KEY_TYPE type;
	CK_ATTRIBUTE_TYPE public[3], private[MOST_PARTS];
} ways[] = {
	{ CKK_RSA, { CKA_MODULUS, CKA_PUBLIC_EXPONENT, 0 },
		{ CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
			CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT,
			0 } },
	{ CKK_RSA, { CKA_MODULUS, CKA_PUBLIC_EXPONENT, 0 },
		{ CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
			CKA_PRIME_2, 0 } },
	{ CKK_RSA, { CKA_MODULUS, CKA_PUBLIC_EXPONENT, 0 },
		{ CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, 0 } },
	{ CKK_EC, { CKA_EC_PARAMS, CKA_EC_POINT, 0 }, { CKA_EC_PARAMS, CKA_VALUE, 0 } },
	{ CKK_EC_EDWARDS, { CKA_EC_PARAMS, CKA_EC_POINT, 0 },
		{ CKA_EC_PARAMS, CKA_VALUE, 0 } },
	{ CKK_EC_MONTGOMERY, { CKA_EC_PARAMS, CKA_EC_POINT, 0 },
		{ CKA_EC_PARAMS, CKA_VALUE, 0 } },
	{ CKK_ML_DSA, { CKA_PARAMETER_SET, CKA_VALUE, 0 },
		{ CKA_PARAMETER_SET, CKA_VALUE, CKA_SEED, 0 } },
	{ CKK_ML_DSA, { CKA_PARAMETER_SET, CKA_VALUE, 0 },
		{ CKA_PARAMETER_SET, CKA_VALUE, 0 } },
	{ CKK_ML_DSA, { CKA_PARAMETER_SET, CKA_VALUE, 0 },
		{ CKA_PARAMETER_SET, CKA_SEED, 0 } },
	{ CKK_SLH_DSA, { CKA_PARAMETER_SET, CKA_VALUE, 0 },
		{ CKA_PARAMETER_SET, CKA_VALUE, 0 } },
};

static int
derives(const struct kind *k)
{
	return k->use == CKM_ECDH1_DERIVE;
}

static struct pair
generate(CK_SESSION_HANDLE s, const struct kind *k)
{
	CK_BYTE params[16];
	const CK_ATTRIBUTE_TYPE type = k->params != NULL    ? CKA_EC_PARAMS
				       : k->type == CKK_RSA ? CKA_MODULUS_BITS
							    : CKA_PARAMETER_SET;
	CK_ATTRIBUTE public = { type, (void *)(uintptr_t)&k->number, sizeof k->number };
	CK_ATTRIBUTE private[] = { ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES),
		ATTR(derives(k) ? CKA_DERIVE : CKA_SIGN, YES) };
	CK_MECHANISM m = { k->generate, NULL, 0 };
	struct pair pair = { 0, 0 };

	if (k->params != NULL)
	public = (CK_ATTRIBUTE){ type, params, api_unhex(k->params, params) };
	OK(F->C_GenerateKeyPair(
		s, &m, &public, 1, private, COUNT(private), &pair.public, &pair.private));
	return pair;
}

/* What the object has of these attributes makes another one. */
static CK_OBJECT_HANDLE
copy(CK_SESSION_HANDLE s, const struct kind *k, CK_OBJECT_HANDLE from, int private,
	const CK_ATTRIBUTE_TYPE *parts, CK_BBOOL token)
{
	static CK_BYTE values[MOST_PARTS][8192];
	CK_ATTRIBUTE t[MOST_PARTS + 4] = { ATTR(CKA_CLASS, classes[private]),
		ATTR(CKA_KEY_TYPE, k->type), ATTR(CKA_TOKEN, token) };
	CK_OBJECT_HANDLE ret = 0;
	CK_ULONG n = 3;

	for (size_t i = 0; parts[i] != 0; i++)
		t[n++] = (CK_ATTRIBUTE){ parts[i], values[i], sizeof values[i] };
	OK(F->C_GetAttributeValue(s, from, t + 3, n - 3));
	if (private && derives(k))
		t[n++] = (CK_ATTRIBUTE)ATTR(CKA_DERIVE, YES);
	OK(F->C_CreateObject(s, t, n, &ret));
	return ret;
}

/* --- Uses --------------------------------------------------------------------------------- */

static void
sign_and_verify(CK_SESSION_HANDLE s, const struct kind *k, CK_OBJECT_HANDLE private,
	CK_OBJECT_HANDLE public)
{
	CK_MECHANISM m = { k->use, NULL, 0 };
	CK_ULONG n = sizeof sig;

	OK(F->C_SignInit(s, &m, private));
	OK(F->C_Sign(s, data, sizeof data, sig, &n));
	OK(F->C_VerifyInit(s, &m, public));
	OK(F->C_Verify(s, data, sizeof data, sig, n));
}

static CK_ULONG
agree(CK_SESSION_HANDLE s, const struct kind *k, CK_OBJECT_HANDLE private,
	CK_OBJECT_HANDLE public, CK_BYTE *to)
{
	const CK_ULONG size = 32;
	CK_BYTE point[64];
	CK_ATTRIBUTE read = ATTR(CKA_EC_POINT, point), value = { CKA_VALUE, to, 64 };
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, secret_class), ATTR(CKA_KEY_TYPE, generic),
		ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES),
		ATTR(CKA_VALUE_LEN, size) };
	CK_ECDH1_DERIVE_PARAMS p = { CKD_NULL, 0, NULL, 0, point };
	CK_MECHANISM m = { k->use, &p, sizeof p };
	CK_OBJECT_HANDLE key;

	OK(F->C_GetAttributeValue(s, public, &read, 1));
	p.ulPublicDataLen = read.ulValueLen;
	OK(F->C_DeriveKey(s, &m, private, t, COUNT(t), &key));
	OK(F->C_GetAttributeValue(s, key, &value, 1));
	return value.ulValueLen;
}

static void
same_use(CK_SESSION_HANDLE s, const struct kind *k, const struct pair *one,
	const struct pair *other)
{
	CK_BYTE a[64], b[64];

	if (!derives(k)) {
		sign_and_verify(s, k, other->private, one->public);
		sign_and_verify(s, k, one->private, other->public);
		return;
	}
	ck_assert_uint_eq(agree(s, k, one->private, other->public, a), 32);
	ck_assert_uint_eq(agree(s, k, other->private, one->public, b), 32);
	ck_assert_mem_eq(a, b, 32);
}

/* Loop index: kinds. Each way in, as the session's and the token's objects by turns. */
START_TEST (keys_go_out_and_come_in_again) {
	const struct kind *k = &kinds[_i];
	CK_SESSION_HANDLE s = api_start();
	const struct pair first = generate(s, k);
	CK_BBOOL token = _i % 2;
	unsigned seen = 0;

	for (size_t i = 0; i < COUNT(ways); i++) {
		struct pair again;

		if (ways[i].type != k->type)
			continue;
		again.public = copy(s, k, first.public, 0, ways[i].public, token);
		again.private = copy(s, k, first.private, 1, ways[i].private, token);
		same_use(s, k, &first, &again);
		OK(F->C_DestroyObject(s, again.public));
		OK(F->C_DestroyObject(s, again.private));
		token = !token;
		seen++;
	}
	ck_assert_msg(seen != 0, "%s", k->name);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &keys_go_out_and_come_in_again, COUNT(kinds) },
};

CHECK_MAIN("api_reimport", tests)
