/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of every kind that goes wrapped, for the tests of PKCS #8. */
#pragma once

#include "crypto/agree.h"
#include "crypto/pkcs8.h"
#include "tests/unit/crypto/ffc_pair.h"

#define expect(want, got)                                                            \
	do {                                                                         \
		const CK_RV got_ = (got), want_ = (want);                            \
                                                                                     \
		if (got_ != want_)                                                   \
			ck_abort_msg("%s, not %s", ckr_name(got_), ckr_name(want_)); \
	} while (0)

/* --- Keys of every kind ------------------------------------------------------------------ */

static const struct sort {
	CK_KEY_TYPE type;
	const char *oid;
	CK_ULONG set;
} sorts[] = {
	{ CKK_RSA, NULL, 0 },
	{ CKK_EC, "06052b81040021", 0 },
	{ CKK_EC, OID_P256, 0 },
	{ CKK_EC, OID_P384, 0 },
	{ CKK_EC, OID_P521, 0 },
	{ CKK_EC, "06052b8104000a", 0 },
	{ CKK_EC, "06092b2403030208010107", 0 },
	{ CKK_EC, "06092b240303020801010d", 0 },
	{ CKK_EC_EDWARDS, "06032b6570", 0 },
	{ CKK_EC_EDWARDS, "06032b6571", 0 },
	{ CKK_EC_MONTGOMERY, "06032b656e", 0 },
	{ CKK_EC_MONTGOMERY, "06032b656f", 0 },
	{ CKK_ML_DSA, NULL, CKP_ML_DSA_44 },
	{ CKK_ML_DSA, NULL, CKP_ML_DSA_87 },
	{ CKK_SLH_DSA, NULL, CKP_SLH_DSA_SHA2_128F },
	{ CKK_SLH_DSA, NULL, CKP_SLH_DSA_SHAKE_256F },
	{ CKK_ML_KEM, NULL, CKP_ML_KEM_512 },
	{ CKK_ML_KEM, NULL, CKP_ML_KEM_1024 },
	{ CKK_DSA, NULL, 0 },
	{ CKK_X9_42_DH, NULL, 0 },
	{ CKK_DH, NULL, 0 },
};

/* Places in the list. */
enum { P256 = 2, P521 = 4, ED25519 = 8, ML_DSA_44 = 12, SLH_DSA = 14, FFC = 18 };

/* Of a named group, and of a domain that OpenSSL has no name for. */
static void
ffc_pair(struct pair *pair, CK_KEY_TYPE type)
{
	const struct dsa_vector *v = dsa_vectors;

	while (v->mechanism != CKM_DSA_SHA256)
		v++;
	ffc_type_set(pair, type);
	if (type == CKK_DH)
		ffc_domain_set(&pair->public, ffdhe2048, NULL, "02");
	else
		ffc_domain_set(&pair->public, v->p, v->q, v->g);
	expect(CKR_OK, ffc_pair_generate(pair, NULL));
}

static void
pqc_pair(struct pair *pair, const struct sort *s)
{
	static const CK_MECHANISM_TYPE generate[] = {
		[CKK_ML_KEM] = CKM_ML_KEM_KEY_PAIR_GEN,
		[CKK_ML_DSA] = CKM_ML_DSA_KEY_PAIR_GEN,
		[CKK_SLH_DSA] = CKM_SLH_DSA_KEY_PAIR_GEN,
	};

	*pair = (struct pair){ ATTRS_INIT, ATTRS_INIT, ATTRS_SECRET, NULL, NULL };
	attrs_set_ulong(&pair->public, CKA_CLASS, CKO_PUBLIC_KEY);
	attrs_set_ulong(&pair->public, CKA_KEY_TYPE, s->type);
	attrs_set_ulong(&pair->public, CKA_PARAMETER_SET, s->set);
	attrs_set_ulong(&pair->private, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&pair->private, CKA_KEY_TYPE, s->type);
	expect(CKR_OK, pkey_generate(mech_lookup(generate[s->type]), NULL, &pair->public,
			       &pair->private, &pair->secret));
}

static void
pair_of(struct pair *pair, const struct sort *s)
{
	struct hex params;

	if (s->type == CKK_RSA)
		rsa_numbers(pair);
	else if (s->oid != NULL)
		expect(CKR_OK, curve_generate(pair, s->type, hex(&params, s->oid)));
	else if (s->set != 0)
		pqc_pair(pair, s);
	else
		ffc_pair(pair, s->type);
	expect(CKR_OK, object_complete(&pair->private, &pair->secret));
	pair_load(pair);
}

static inline struct bytes
attr_of(const struct attrs *a, uint32_t type)
{
	struct bytes v = BYTES_NONE;

	ck_assert(attrs_find(attrs_bytes(a), type, &v));
	return v;
}
