/* SPDX-License-Identifier: Apache-2.0 */
/* DSA and Diffie-Hellman keys for the tests of the module. */
#pragma once

#include "tests/api/api.h"
#include "tests/unit/crypto/ffc_vectors.h"

#define NUMBER_MAX 1040u /* bytes */

struct ffc_domain {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE generate;
	const char *p, *q, *g; /* q NULL: none */
};

struct ffc_template {
	CK_ATTRIBUTE a[16];
	CK_ULONG n;
	unsigned char p[NUMBER_MAX], q[NUMBER_MAX], g[NUMBER_MAX], value[NUMBER_MAX];
};

static inline void
ffc_add(struct ffc_template *t, CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG n)
{
	ck_assert_uint_lt(t->n, COUNT(t->a));
	t->a[t->n++] = (CK_ATTRIBUTE){ type, (void *)(uintptr_t)value, n };
}

#define FFC_ADD(t, type, object) ffc_add((t), (type), &(object), sizeof(object))

static inline void
ffc_add_domain(struct ffc_template *t, const struct ffc_domain *d)
{
	ffc_add(t, CKA_PRIME, t->p, api_unhex(d->p, t->p));
	ffc_add(t, CKA_BASE, t->g, api_unhex(d->g, t->g));
	if (d->q != NULL)
		ffc_add(t, CKA_SUBPRIME, t->q, api_unhex(d->q, t->q));
}

/* With CKA_DERIVE where a private key of the type derives. */
static inline CK_RV
ffc_generate(CK_SESSION_HANDLE s, const struct ffc_domain *d, CK_BBOOL token,
	CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *prv)
{
	struct ffc_template public = { .n = 0 }, private = { .n = 0 };
	CK_MECHANISM m = { d->generate, NULL, 0 };

	FFC_ADD(&public, CKA_TOKEN, token);
	ffc_add_domain(&public, d);
	FFC_ADD(&private, CKA_TOKEN, token);
	if (d->type != CKK_DSA)
		FFC_ADD(&private, CKA_DERIVE, YES);
	return F->C_GenerateKeyPair(
		s, &m, public.a, public.n, private.a, private.n, pub, prv);
}

/* One half; a private one derives or signs, and can be read. */
static inline CK_RV
ffc_import(CK_SESSION_HANDLE s, const struct ffc_domain *d, CK_OBJECT_CLASS class,
	const char *value, CK_BBOOL token, CK_OBJECT_HANDLE *ret)
{
	struct ffc_template t = { .n = 0 };

	FFC_ADD(&t, CKA_CLASS, class);
	FFC_ADD(&t, CKA_KEY_TYPE, d->type);
	FFC_ADD(&t, CKA_TOKEN, token);
	ffc_add_domain(&t, d);
	ffc_add(&t, CKA_VALUE, t.value, api_unhex(value, t.value));
	if (class == CKO_PRIVATE_KEY) {
		FFC_ADD(&t, CKA_SENSITIVE, NO);
		FFC_ADD(&t, CKA_EXTRACTABLE, YES);
		if (d->type != CKK_DSA)
			FFC_ADD(&t, CKA_DERIVE, YES);
	}
	return F->C_CreateObject(s, t.a, t.n, ret);
}

static inline CK_ULONG
ffc_read(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type,
	unsigned char value[NUMBER_MAX])
{
	CK_ATTRIBUTE a = { type, value, NUMBER_MAX };

	OK(F->C_GetAttributeValue(s, key, &a, 1));
	return a.ulValueLen;
}

/* A readable secret of n bytes; 0: as many as the mechanism has. */
static inline CK_RV
ffc_derive(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_ULONG n,
	CK_OBJECT_HANDLE *ret)
{
	static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static const CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, class), ATTR(CKA_SENSITIVE, NO),
		ATTR(CKA_EXTRACTABLE, YES), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_VALUE_LEN, n) };

	return F->C_DeriveKey(s, m, key, t, n != 0 ? 5 : 3, ret);
}

/* The mechanism with its parameter; CKD_NULL. */
struct ffc_agreement {
	CK_MECHANISM m;
	CK_X9_42_DH1_DERIVE_PARAMS p;
	unsigned char other[NUMBER_MAX];
};

static inline CK_MECHANISM *
ffc_agreement(struct ffc_agreement *a, const struct ffc_domain *d, CK_ULONG n)
{
	a->p = (CK_X9_42_DH1_DERIVE_PARAMS){ CKD_NULL, 0, NULL, n, a->other };
	a->m = d->type == CKK_DH
		       ? (CK_MECHANISM){ CKM_DH_PKCS_DERIVE, a->other, n }
		       : (CK_MECHANISM){ CKM_X9_42_DH_DERIVE, &a->p, sizeof a->p };
	return &a->m;
}
