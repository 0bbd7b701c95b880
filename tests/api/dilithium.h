/* SPDX-License-Identifier: Apache-2.0 */
/* Round-2 Dilithium keys, for the tests of them: made, read, given, used. */
#pragma once

#include "crypto/dilithium_r2/dilithium_r2.h"

#include "tests/api/api.h"

static const CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY,
			     private_class = CKO_PRIVATE_KEY;
static const CK_KEY_TYPE key_type = CKK_IBM_PQC_DILITHIUM;
static const CK_ULONG keyform = 1;
static CK_MECHANISM mechanism = { CKM_IBM_DILITHIUM, NULL, 0 };
static CK_BYTE data[] = "what is to be signed";
static CK_BYTE oid[] = { 0x06, 0x0b, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x02, 0x82, 0x0b, 0x01,
	0x06, 0x05 };

static CK_SESSION_HANDLE s;

struct pair {
	CK_OBJECT_HANDLE pub, prv;
};

/* how: attributes more for both templates. */
static inline CK_RV
generate(CK_BBOOL token, CK_BBOOL sensitive, const CK_ATTRIBUTE *how, CK_ULONG n,
	struct pair *ret)
{
	const CK_BBOOL extractable = !sensitive;
	CK_ATTRIBUTE pub[8] = { ATTR(CKA_TOKEN, token), ATTR(CKA_KEY_TYPE, key_type) },
		     prv[8] = { ATTR(CKA_TOKEN, token), ATTR(CKA_SENSITIVE, sensitive),
			     ATTR(CKA_EXTRACTABLE, extractable) };

	if (n != 0) {
		memcpy(pub + 2, how, n * sizeof *how);
		memcpy(prv + 3, how, n * sizeof *how);
	}
	return F->C_GenerateKeyPair(
		s, &mechanism, pub, 2 + n, prv, 3 + n, &ret->pub, &ret->prv);
}

static inline void
sign(CK_OBJECT_HANDLE key, CK_BYTE *in, CK_ULONG n, CK_BYTE sig[DILITHIUM_SIGNATURE])
{
	CK_ULONG len = 0;

	OK(F->C_SignInit(s, &mechanism, key));
	OK(F->C_Sign(s, in, n, NULL, &len));
	ck_assert_uint_eq(len, DILITHIUM_SIGNATURE);
	len--;
	IS(CKR_BUFFER_TOO_SMALL, F->C_Sign(s, in, n, sig, &len));
	OK(F->C_Sign(s, in, n, sig, &len));
	ck_assert_uint_eq(len, DILITHIUM_SIGNATURE);
}

static inline CK_RV
verify(CK_OBJECT_HANDLE key, CK_BYTE *in, CK_ULONG n, CK_BYTE *sig, CK_ULONG len)
{
	OK(F->C_VerifyInit(s, &mechanism, key));
	return F->C_Verify(s, in, n, sig, len);
}

/* --- Attributes ----------------------------------------------------------------------- */

static const struct part {
	CK_ATTRIBUTE_TYPE type;
	CK_ULONG size;
	int secret;
} parts[] = {
	{ CKA_IBM_DILITHIUM_RHO, 32, 0 },
	{ CKA_IBM_DILITHIUM_SEED, 32, 1 },
	{ CKA_IBM_DILITHIUM_TR, 48, 1 },
	{ CKA_IBM_DILITHIUM_S1, 480, 1 },
	{ CKA_IBM_DILITHIUM_S2, 576, 1 },
	{ CKA_IBM_DILITHIUM_T0, 2688, 1 },
	{ CKA_IBM_DILITHIUM_T1, 1728, 0 },
};

#define PARTS COUNT(parts)
#define T1 (PARTS - 1)

/* A key, read or to be given. */
struct values {
	CK_BYTE part[PARTS][2688];
	CK_BYTE whole[DILITHIUM_PKCS8], info[DILITHIUM_SPKI];
	CK_ATTRIBUTE list[PARTS + 2]; /* parts, CKA_VALUE, CKA_PUBLIC_KEY_INFO */
};

#define WHOLE PARTS
#define INFO (PARTS + 1)

static inline void
values_read(CK_OBJECT_HANDLE key, int private, struct values *ret)
{
	for (size_t i = 0; i < PARTS; i++)
		ret->list[i] = (CK_ATTRIBUTE){ parts[i].type, ret->part[i],
			private || !parts[i].secret ? sizeof ret->part[i] : 0 };
	ret->list[WHOLE] = (CK_ATTRIBUTE){ CKA_VALUE, ret->whole, sizeof ret->whole };
	ret->list[INFO] =
		(CK_ATTRIBUTE){ CKA_PUBLIC_KEY_INFO, ret->info, sizeof ret->info };
	for (size_t i = 0; i < COUNT(ret->list); i++) {
		if (ret->list[i].ulValueLen == 0)
			continue;
		OK(F->C_GetAttributeValue(s, key, &ret->list[i], 1));
		if (i < PARTS)
			ck_assert_uint_eq(ret->list[i].ulValueLen, parts[i].size);
	}
	ck_assert_uint_eq(
		ret->list[WHOLE].ulValueLen, private ? DILITHIUM_PKCS8 : DILITHIUM_SPKI);
	ck_assert_uint_eq(ret->list[INFO].ulValueLen, DILITHIUM_SPKI);
}

/* which: a bit for each of the list. */
static inline CK_RV
import(int private, const struct values *v, unsigned which, CK_BBOOL token,
	CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[16] = { ATTR(CKA_CLASS, public_class),
		ATTR(CKA_KEY_TYPE, key_type), ATTR(CKA_TOKEN, token),
		ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES) };
	CK_ULONG n = private ? 5 : 3;

	if (private)
		template[0].pValue = (void *)(uintptr_t)&private_class;
	for (size_t i = 0; i < COUNT(v->list); i++)
		if ((which & 1u << i) != 0)
			template[n++] = v->list[i];
	return F->C_CreateObject(s, template, n, ret);
}

#define ONLY(i) (1u << (i))
#define PUBLIC_PARTS (ONLY(0) | ONLY(T1))
#define ALL_PARTS (ONLY(PARTS) - 1)

static inline void
check_parameters(CK_OBJECT_HANDLE key)
{
	CK_BYTE a[20], b[20];
	CK_ULONG form = 0;
	CK_ATTRIBUTE list[] = { ATTR(CKA_IBM_PQC_PARAMS, a),
		ATTR(CKA_IBM_DILITHIUM_MODE, b), ATTR(CKA_IBM_DILITHIUM_KEYFORM, form) };

	OK(F->C_GetAttributeValue(s, key, list, COUNT(list)));
	for (size_t i = 0; i < 2; i++) {
		ck_assert_uint_eq(list[i].ulValueLen, sizeof oid);
		ck_assert_mem_eq(list[i].pValue, oid, sizeof oid);
	}
	ck_assert_uint_eq(form, keyform);
}
