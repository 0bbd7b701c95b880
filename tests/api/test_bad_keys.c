/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Halves of key pairs that are not: every attribute that makes a key is changed in every way that
 * there is, and so are signatures, contexts and the points of others.
 */
#include "tests/api/bad_keys.h"

static CK_BYTE data[] = "what is to be signed";
static const CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static const CK_KEY_TYPE generic = CKK_GENERIC_SECRET;

/* --- Changes ----------------------------------------------------------------------------------- */

enum change {
	WHOLE,
	CUT,
	GROWN,
	EMPTY,
	ABSENT,
	FIRST,
	MIDDLE,
	LAST,
	ONES,
	OTHER,
	CHANGES
};

static const char *const change_names[CHANGES] = { "as it is", "cut short", "grown",
	"empty", "absent", "first byte", "byte in the middle", "last byte", "all ones",
	"another key's" };

static void
change(struct template *t, CK_ULONG at, enum change how, const struct template *other)
{
	CK_ATTRIBUTE *a = &t->a[at];
	CK_BYTE *p = a->pValue;
	const CK_ULONG ends[] = {
		[FIRST] = 0, [MIDDLE] = a->ulValueLen / 2, [LAST] = a->ulValueLen - 1
	};

	if (how == CUT)
		a->ulValueLen--;
	if (how == GROWN)
		p[a->ulValueLen++] = 0;
	if (how == EMPTY)
		a->ulValueLen = 0;
	if (how == FIRST || how == MIDDLE || how == LAST)
		p[ends[how]] ^= 1;
	if (how == ONES)
		memset(p, 0xff, a->ulValueLen);
	if (how == OTHER)
		*a = other->a[at];
	if (how == ABSENT)
		t->a[at] = t->a[--t->n];
}

/* Where it is not CKR_ATTRIBUTE_VALUE_INVALID; the first that fits. kind NULL: any. */
static const struct except {
	const char *kind;
	unsigned halves;
	CK_ATTRIBUTE_TYPE attribute;
	unsigned changes;
	CK_RV rv;
} excepts[] = {
#define ONE(half) (1u << (half))
#define BOTH 3u
#define A(change) (1u << (change))
	/* what is worked out where it is not given */
	{ NULL, BOTH, CKA_PUBLIC_KEY_INFO, A(EMPTY) | A(ABSENT), CKR_OK },
	{ "RSA", BOTH, CKA_EXPONENT_1, A(EMPTY) | A(ABSENT), CKR_OK },
	{ "RSA", BOTH, CKA_EXPONENT_2, A(EMPTY) | A(ABSENT), CKR_OK },
	{ "RSA", BOTH, CKA_COEFFICIENT, A(EMPTY) | A(ABSENT), CKR_OK },
	{ "ML-DSA-44", ONE(PRIVATE), CKA_VALUE, A(EMPTY) | A(ABSENT), CKR_OK },
	{ "ML-DSA-44", ONE(PRIVATE), CKA_SEED, A(EMPTY) | A(ABSENT), CKR_OK },
	/* what is the same, or does not matter: RFC 7748, 5 */
	{ "RSA", BOTH, CKA_PUBLIC_EXPONENT, A(OTHER), CKR_OK },
	{ NULL, BOTH, CKA_EC_PARAMS, A(OTHER), CKR_OK },
	{ NULL, BOTH, CKA_PARAMETER_SET, A(OTHER), CKR_OK },
	{ "X25519", ONE(PRIVATE), CKA_VALUE, A(FIRST), CKR_OK },
	{ "X448", ONE(PRIVATE), CKA_VALUE, A(FIRST), CKR_OK },
	/* one prime without the other, and the rest without them */
	{ "RSA", BOTH, CKA_PRIME_1, A(EMPTY) | A(ABSENT), CKR_TEMPLATE_INCONSISTENT },
	{ "RSA", BOTH, CKA_PRIME_2, A(EMPTY) | A(ABSENT), CKR_TEMPLATE_INCONSISTENT },
	{ "SLH-DSA", ONE(PRIVATE), CKA_VALUE, A(EMPTY), CKR_TEMPLATE_INCOMPLETE },
	{ NULL, BOTH, CK_UNAVAILABLE_INFORMATION, A(ABSENT), CKR_TEMPLATE_INCOMPLETE },
	/* no DER, another OID; the next one is a curve, but for that of P-256 */
	{ NULL, BOTH, CKA_EC_PARAMS, A(CUT) | A(GROWN) | A(EMPTY) | A(FIRST) | A(ONES),
		CKR_DOMAIN_PARAMS_INVALID },
	{ NULL, BOTH, CKA_EC_PARAMS, A(MIDDLE), CKR_CURVE_NOT_SUPPORTED },
	{ "P-256", BOTH, CKA_EC_PARAMS, A(LAST), CKR_CURVE_NOT_SUPPORTED },
	{ "ML-DSA-44", BOTH, CKA_PARAMETER_SET, A(FIRST),
		CKR_PARAMETER_SET_NOT_SUPPORTED },
	{ NULL, BOTH, CKA_PARAMETER_SET, A(MIDDLE) | A(LAST) | A(ONES),
		CKR_PARAMETER_SET_NOT_SUPPORTED },
};

static CK_RV
expected(const struct kind *k, enum half half, CK_ATTRIBUTE_TYPE type, enum change how)
{
	if (how == WHOLE)
		return CKR_OK;
	for (size_t i = 0; i < COUNT(excepts); i++) {
		const struct except *e = &excepts[i];

		if ((e->kind == NULL || strcmp(e->kind, k->name) == 0) &&
			(e->halves & ONE(half)) != 0 && (e->changes & A(how)) != 0 &&
			(e->attribute == type ||
				e->attribute == CK_UNAVAILABLE_INFORMATION))
			return e->rv;
	}
	return CKR_ATTRIBUTE_VALUE_INVALID;
}

static unsigned
count_objects(void)
{
	CK_OBJECT_HANDLE found[64];
	CK_ULONG n = 0;

	OK(F->C_FindObjectsInit(s, NULL, 0));
	OK(F->C_FindObjects(s, found, COUNT(found), &n));
	OK(F->C_FindObjectsFinal(s));
	return (unsigned)n;
}

/* Alone it may be another key that is right, which the encoding would tell. */
static int
makes_another_key(
	const struct kind *k, enum half half, CK_ATTRIBUTE_TYPE type, enum change how)
{
	const int changes = how >= FIRST, resizes = how == CUT || how == GROWN;

	if (k->type == CKK_SLH_DSA && type == CKA_PARAMETER_SET)
		return half == PUBLIC && changes; /* sets have keys of the same size */
	if (half == PRIVATE && k->type == CKK_EC)
		return type == CKA_VALUE && (changes || resizes);
	if (half == PRIVATE)
		return k->type != CKK_RSA && (type == CKA_VALUE || type == CKA_SEED) &&
		       changes;
	if (type == CKA_MODULUS)
		return changes || resizes;
	return changes && type != CKA_EC_PARAMS && type != CKA_PARAMETER_SET;
}

static void
try(const struct kind *k, enum half half, CK_ULONG at, enum change how,
	const struct pair *pair, const struct pair *another, int with_info, int *failures)
{
	static struct template t, other;
	const CK_ATTRIBUTE_TYPE type = k->parts[half][at - 2];
	const CK_RV want = expected(k, half, type, how);
	CK_OBJECT_HANDLE key = 0;
	CK_RV rv;

	read_half(k, half, pair->half[half], &t);
	read_half(k, half, another->half[half], &other);
	change(&t, at, how, &other);
	/* the last of the parts, which is elsewhere where another one is absent */
	for (CK_ULONG i = 0; i < t.n && !with_info; i++)
		if (t.a[i].type == CKA_PUBLIC_KEY_INFO)
			t.a[i] = t.a[--t.n];
	rv = F->C_CreateObject(s, t.a, t.n, &key);
	if (rv == CKR_OK)
		OK(F->C_DestroyObject(s, key));
	if (rv == want)
		return;
	(void)fprintf(stderr, "%s, %s%s: %#lx %s: %#lx, not %#lx\n", k->name,
		half == PUBLIC ? "public" : "private", with_info ? "" : " alone", type,
		change_names[how], rv, want);
	(*failures)++;
}

/* Loop index: kind and half. */
START_TEST (a_change_of_any_attribute_is_told) {
	const struct kind *k = &kinds[_i / 2];
	const enum half half = (enum half)(_i % 2);
	const CK_ATTRIBUTE_TYPE *parts = k->parts[half];
	struct pair pair, another;
	int failures = 0;
	unsigned before;

	s = api_start();
	pair = generate(k);
	another = generate(k);
	before = count_objects();
	for (CK_ULONG at = 2; parts[at - 2] != 0; at++) {
		for (enum change how = WHOLE; how < CHANGES; how++) {
			try(k, half, at, how, &pair, &another, 1, &failures);
			if (parts[at - 2] != CKA_PUBLIC_KEY_INFO &&
				!makes_another_key(k, half, parts[at - 2], how))
				try(k, half, at, how, &pair, &another, 0, &failures);
		}
	}
	ck_assert_uint_eq(count_objects(), before);
	ck_assert_int_eq(failures, 0);
	api_stop();
}
END_TEST

/* 6.1.2, and what C_GetMechanismInfo says: 1024 to 8192 bits; an exponent of 64 at most, and odd. */
static const struct {
	CK_ULONG n;          /* bytes of the modulus, all ones but for the first */
	CK_BYTE first, last; /* of the modulus */
	const char *e;
	CK_RV rv;
} numbers[] = {
	{ 128, 0xff, 0xff, "010001", CKR_OK },
	{ 128, 0x80, 0x01, "03", CKR_OK },
	{ 129, 0x00, 0xff, "010001", CKR_OK }, /* a zero in front */
	{ 1024, 0xff, 0xff, "ffffffffffffffff", CKR_OK },
	{ 128, 0x7f, 0xff, "010001", CKR_ATTRIBUTE_VALUE_INVALID },
	{ 128, 0x00, 0xff, "010001", CKR_ATTRIBUTE_VALUE_INVALID },
	{ 1025, 0x01, 0xff, "010001", CKR_ATTRIBUTE_VALUE_INVALID },
	{ 4000, 0xff, 0xff, "010001", CKR_ATTRIBUTE_VALUE_INVALID },
	{ 256, 0xff, 0xfe, "010001", CKR_ATTRIBUTE_VALUE_INVALID },
	{ 256, 0xff, 0xff, "01", CKR_ATTRIBUTE_VALUE_INVALID },
	{ 256, 0xff, 0xff, "00", CKR_ATTRIBUTE_VALUE_INVALID },
	{ 256, 0xff, 0xff, "010000", CKR_ATTRIBUTE_VALUE_INVALID },
	{ 256, 0xff, 0xff, "01ffffffffffffffff", CKR_ATTRIBUTE_VALUE_INVALID },
};

START_TEST (moduli_and_exponents_have_their_sizes) {
	static const CK_KEY_TYPE rsa = CKK_RSA;
	static CK_BYTE n[4096], e[16];
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, classes[PUBLIC]), ATTR(CKA_KEY_TYPE, rsa),
		ATTR(CKA_MODULUS, n), ATTR(CKA_PUBLIC_EXPONENT, e) };
	CK_OBJECT_HANDLE key;
	CK_RV rv;

	s = api_start();
	for (size_t i = 0; i < COUNT(numbers); i++) {
		memset(n, 0xff, sizeof n);
		n[0] = numbers[i].first;
		n[numbers[i].n - 1] = numbers[i].last;
		t[2].ulValueLen = numbers[i].n;
		t[3].ulValueLen = api_unhex(numbers[i].e, e);
		rv = F->C_CreateObject(s, t, COUNT(t), &key);
		ck_assert_msg(rv == numbers[i].rv, "row %zu: %#lx", i, rv);
	}
	api_stop();
}
END_TEST

/* --- Signatures ------------------------------------------------------------------------------- */

static CK_BYTE sig[40000];

static CK_RV
verify(const struct kind *k, const struct pair *pair, CK_ULONG n)
{
	CK_MECHANISM m = { k->sign, NULL, 0 };

	OK(F->C_VerifyInit(s, &m, pair->half[PUBLIC]));
	return F->C_Verify(s, data, sizeof data, sig, n);
}

/* 6.3.1: of ECDSA both halves may be short. */
static CK_RV
short_signature(const struct kind *k, CK_ULONG len, CK_ULONG n)
{
	return k->type == CKK_EC && len != 0 && len % 2 == 0 && len < n
		       ? CKR_SIGNATURE_INVALID
		       : CKR_SIGNATURE_LEN_RANGE;
}

START_TEST (signatures_that_are_none_are_told) {
	const struct kind *k = &kinds[_i];
	CK_MECHANISM m = { k->sign, NULL, 0 };
	CK_ULONG n = sizeof sig;
	struct pair pair;

	s = api_start();
	if (k->sign != 0) {
		pair = generate(k);
		OK(F->C_SignInit(s, &m, pair.half[PRIVATE]));
		OK(F->C_Sign(s, data, sizeof data, sig, &n));
		OK(verify(k, &pair, n));
		for (CK_ULONG len = 0; len < 2 * n; len += 1 + n / 7)
			if (len != n)
				IS(short_signature(k, len, n), verify(k, &pair, len));
		IS(CKR_SIGNATURE_LEN_RANGE, verify(k, &pair, n - 1));
		IS(CKR_SIGNATURE_LEN_RANGE, verify(k, &pair, n + 1));
		sig[n - 1] ^= 1;
		IS(CKR_SIGNATURE_INVALID, verify(k, &pair, n));
		memset(sig, 0xff, n);
		IS(CKR_SIGNATURE_INVALID, verify(k, &pair, n));
		memset(sig, 0, n);
		IS(CKR_SIGNATURE_INVALID, verify(k, &pair, n));
	}
	api_stop();
}
END_TEST

/* --- Parameters -------------------------------------------------------------------------------- */

static CK_BYTE context[256];
static CK_EDDSA_PARAMS eddsa[] = { { CK_FALSE, 256, context }, { CK_TRUE, 256, context },
	{ CK_TRUE, 1, NULL }, { 2, 0, NULL } };
static CK_SIGN_ADDITIONAL_CONTEXT pqc[] = { { CKH_HEDGE_PREFERRED, context, 256 },
	{ CKH_HEDGE_PREFERRED, NULL, 1 }, { CKH_DETERMINISTIC_REQUIRED + 1, NULL, 0 } };
static CK_HASH_SIGN_ADDITIONAL_CONTEXT hashed[] = {
	{ CKH_HEDGE_PREFERRED, context, 256, CKM_SHA256 },
	{ CKH_HEDGE_PREFERRED, NULL, 0, CKM_SHA_1 },
	{ CKH_HEDGE_PREFERRED, NULL, 0, CKM_RSA_PKCS },
};
static CK_RSA_PKCS_PSS_PARAMS pss[] = {
	{ CKM_SHA256, CKG_MGF1_SHA256,
		223 }, /* a byte more than beside the digest fits */
	{ CKM_SHA256, CKG_MGF1_SHA256, ~0ul }, { CKM_SHA256, 0, 32 },
	{ CKM_RSA_PKCS, CKG_MGF1_SHA256, 32 }, { CKM_SHA384, CKG_MGF1_SHA384, 48 }
};

#define WITH(type, p)                   \
	{                               \
		(type), &(p), sizeof(p) \
	}

static const struct {
	size_t kind;
	CK_MECHANISM m;
} wrong[] = {
	{ 0, WITH(CKM_SHA256_RSA_PKCS_PSS, pss[0]) },
	{ 0, WITH(CKM_SHA256_RSA_PKCS_PSS, pss[1]) },
	{ 0, WITH(CKM_SHA256_RSA_PKCS_PSS, pss[2]) },
	{ 0, WITH(CKM_SHA256_RSA_PKCS_PSS, pss[3]) },
	{ 0, WITH(CKM_SHA256_RSA_PKCS_PSS, pss[4]) },
	{ 0, { CKM_SHA256_RSA_PKCS_PSS, NULL, 0 } },
	{ 0, { CKM_SHA256_RSA_PKCS_PSS, pss, sizeof pss[0] - 1 } },
	{ 0, { CKM_SHA256_RSA_PKCS, pss, sizeof pss[0] } },
	{ 1, { CKM_ECDSA_SHA256, context, 1 } },
	{ 3, WITH(CKM_EDDSA, eddsa[0]) },
	{ 3, WITH(CKM_EDDSA, eddsa[1]) },
	{ 3, WITH(CKM_EDDSA, eddsa[2]) },
	{ 3, WITH(CKM_EDDSA, eddsa[3]) },
	{ 3, { CKM_EDDSA, eddsa, sizeof eddsa[0] - 1 } },
	{ 3, { CKM_IBM_ED25519_SHA512, eddsa, sizeof eddsa[0] } },
	{ 4, WITH(CKM_EDDSA, eddsa[0]) },
	{ 4, WITH(CKM_EDDSA, eddsa[1]) },
	{ 7, WITH(CKM_ML_DSA, pqc[0]) },
	{ 7, WITH(CKM_ML_DSA, pqc[1]) },
	{ 7, WITH(CKM_ML_DSA, pqc[2]) },
	{ 7, WITH(CKM_HASH_ML_DSA_SHA256, pqc[0]) },
	{ 7, WITH(CKM_HASH_ML_DSA, hashed[0]) },
	{ 7, WITH(CKM_HASH_ML_DSA, hashed[1]) },
	{ 7, WITH(CKM_HASH_ML_DSA, hashed[2]) },
	{ 7, { CKM_HASH_ML_DSA, NULL, 0 } },
	{ 8, WITH(CKM_SLH_DSA, pqc[0]) },
	{ 8, WITH(CKM_SLH_DSA, pqc[1]) },
	{ 8, WITH(CKM_SLH_DSA, pqc[2]) },
	{ 8, WITH(CKM_HASH_SLH_DSA_SHA256, pqc[0]) },
	{ 8, WITH(CKM_HASH_SLH_DSA, hashed[0]) },
	{ 8, WITH(CKM_HASH_SLH_DSA, hashed[1]) },
	{ 8, { CKM_HASH_SLH_DSA, NULL, 0 } },
};

START_TEST (parameters_that_cannot_be_are_told) {
	struct pair pairs[COUNT(kinds)] = { 0 };

	s = api_start();
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct pair *pair = &pairs[wrong[i].kind];
		CK_MECHANISM m = wrong[i].m;
		CK_RV rv;

		if (pair->half[PUBLIC] == 0)
			*pair = generate(&kinds[wrong[i].kind]);
		rv = F->C_SignInit(s, &m, pair->half[PRIVATE]);
		ck_assert_msg(
			rv == CKR_MECHANISM_PARAM_INVALID, "row %zu, sign: %#lx", i, rv);
		rv = F->C_VerifyInit(s, &m, pair->half[PUBLIC]);
		ck_assert_msg(rv == CKR_MECHANISM_PARAM_INVALID, "row %zu, verify: %#lx",
			i, rv);
	}
	api_stop();
}
END_TEST

/* --- Points of others ----------------------------------------------------------------------------- */

/* RFC 7748, 6: what gives a secret of zeroes, whatever the key; and what is no point. */
static const struct {
	size_t kind;
	const char *point;
} points[] = {
	{ 1, "" },
	{ 1, "00" },
	{ 1, "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" },
	{ 1, "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
	     "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" },
	{ 1, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" },
	{ 5, "0000000000000000000000000000000000000000000000000000000000000000" },
	{ 5, "0100000000000000000000000000000000000000000000000000000000000000" },
	{ 5, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800" },
	{ 5, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157" },
	{ 5, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
	{ 5, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
	{ 5, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
	{ 5, "09" },
	{ 6, "0000000000000000000000000000000000000000000000000000000000000000"
	     "000000000000000000000000000000000000000000000000" },
	{ 6, "0100000000000000000000000000000000000000000000000000000000000000"
	     "000000000000000000000000000000000000000000000000" },
	{ 6, "feffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	     "feffffffffffffffffffffffffffffffffffffffffffffffffffffff" },
};

START_TEST (points_that_agree_on_nothing_are_refused) {
	const CK_ULONG size = 32;
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, secret_class), ATTR(CKA_KEY_TYPE, generic),
		ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES),
		ATTR(CKA_VALUE_LEN, size) };
	CK_BYTE point[128];
	CK_ECDH1_DERIVE_PARAMS p = { CKD_NULL, 0, NULL, 0, point };
	CK_MECHANISM m = { CKM_ECDH1_DERIVE, &p, sizeof p };
	CK_ATTRIBUTE derive = ATTR(CKA_DERIVE, YES);
	CK_OBJECT_HANDLE key = 0;

	s = api_start();
	for (size_t i = 0; i < COUNT(points); i++) {
		const struct pair pair = generate(&kinds[points[i].kind]);
		CK_RV rv;

		if (points[i].kind == 1)
			OK(F->C_SetAttributeValue(s, pair.half[PRIVATE], &derive, 1));
		p.ulPublicDataLen = api_unhex(points[i].point, point);
		rv = F->C_DeriveKey(s, &m, pair.half[PRIVATE], t, COUNT(t), &key);
		ck_assert_msg(rv == CKR_MECHANISM_PARAM_INVALID, "row %zu: %#lx", i, rv);
	}
	ck_assert_uint_eq(key, 0);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_change_of_any_attribute_is_told, 2 * COUNT(kinds) },
	{ &moduli_and_exponents_have_their_sizes, 0 },
	{ &signatures_that_are_none_are_told, COUNT(kinds) },
	{ &parameters_that_cannot_be_are_told, 0 },
	{ &points_that_agree_on_nothing_are_refused, 0 },
};

CHECK_MAIN("api_bad_keys", tests)
