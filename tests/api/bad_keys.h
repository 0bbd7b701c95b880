/* SPDX-License-Identifier: Apache-2.0 */
/* Of tests/api/test_bad_keys.c: pairs that are right, and what makes them. */
#pragma once

#include "tests/api/api.h"

static CK_SESSION_HANDLE s;
static const CK_OBJECT_CLASS classes[] = { CKO_PUBLIC_KEY, CKO_PRIVATE_KEY };

enum half { PUBLIC, PRIVATE };

#define MOST_PARTS 10u

static const struct kind {
	const char *name;
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE generate, sign; /* sign 0: it does not */
	const char *params;               /* CKA_EC_PARAMS; NULL: number */
	CK_ULONG number;
	CK_ATTRIBUTE_TYPE parts[2][MOST_PARTS]; /* of both halves; 0 ends them */
} kinds[] = {
#define CURVE_PARTS                                                      \
	{                                                                \
		{ CKA_EC_PARAMS, CKA_EC_POINT, CKA_PUBLIC_KEY_INFO, 0 }, \
		{                                                        \
			CKA_EC_PARAMS, CKA_VALUE, CKA_PUBLIC_KEY_INFO, 0 \
		}                                                        \
	}
	{ "RSA", CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_SHA256_RSA_PKCS, NULL, 2048,
		{ { CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PUBLIC_KEY_INFO, 0 },
			{ CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT,
				CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2,
				CKA_COEFFICIENT, CKA_PUBLIC_KEY_INFO, 0 } } },
	{ "P-256", CKK_EC, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA_SHA256, "06082a8648ce3d030107",
		0, CURVE_PARTS },
	{ "P-521", CKK_EC, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA_SHA256, "06052b81040023", 0,
		CURVE_PARTS },
	{ "Ed25519", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA, "06032b6570",
		0, CURVE_PARTS },
	{ "Ed448", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA, "06032b6571",
		0, CURVE_PARTS },
	{ "X25519", CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, 0, "06032b656e", 0,
		CURVE_PARTS },
	{ "X448", CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, 0, "06032b656f", 0,
		CURVE_PARTS },
	{ "ML-DSA-44", CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, NULL,
		CKP_ML_DSA_44,
		{ { CKA_PARAMETER_SET, CKA_VALUE, CKA_PUBLIC_KEY_INFO, 0 },
			{ CKA_PARAMETER_SET, CKA_VALUE, CKA_SEED, CKA_PUBLIC_KEY_INFO,
				0 } } },
	{ "SLH-DSA", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA, NULL,
		CKP_SLH_DSA_SHA2_128F,
		{ { CKA_PARAMETER_SET, CKA_VALUE, CKA_PUBLIC_KEY_INFO, 0 },
			{ CKA_PARAMETER_SET, CKA_VALUE, CKA_PUBLIC_KEY_INFO, 0 } } },
};

struct pair {
	CK_OBJECT_HANDLE half[2];
};

static inline struct pair
generate(const struct kind *k)
{
	CK_BYTE params[16];
	const CK_ATTRIBUTE_TYPE type = k->params != NULL    ? CKA_EC_PARAMS
				       : k->type == CKK_RSA ? CKA_MODULUS_BITS
							    : CKA_PARAMETER_SET;
	CK_ATTRIBUTE public = { type, (void *)(uintptr_t)&k->number, sizeof k->number };
	CK_ATTRIBUTE private[] = { ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES),
		ATTR(k->sign != 0 ? CKA_SIGN : CKA_DERIVE, YES) };
	CK_MECHANISM m = { k->generate, NULL, 0 };
	struct pair pair;

	if (k->params != NULL)
	public = (CK_ATTRIBUTE){ type, params, api_unhex(k->params, params) };
	OK(F->C_GenerateKeyPair(s, &m, &public, 1, private, COUNT(private), &pair.half[0],
		&pair.half[1]));
	return pair;
}

struct template
{
	CK_ATTRIBUTE a[MOST_PARTS + 2];
	CK_ULONG n;
	CK_BYTE values[MOST_PARTS][4096];
};

/* Room for a byte more is left behind each value. */
static inline void
read_half(const struct kind *k, enum half half, CK_OBJECT_HANDLE from, struct template *t)
{
	t->a[0] = (CK_ATTRIBUTE)ATTR(CKA_CLASS, classes[half]);
	t->a[1] = (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, k->type);
	t->n = 2;
	for (size_t i = 0; k->parts[half][i] != 0; i++)
		t->a[t->n++] = (CK_ATTRIBUTE){ k->parts[half][i], t->values[i],
			sizeof t->values[i] - 1 };
	OK(F->C_GetAttributeValue(s, from, t->a + 2, t->n - 2));
}
