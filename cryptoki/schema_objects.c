/* SPDX-License-Identifier: Apache-2.0 */
/* All objects but keys: PKCS#11 3.2, 4.4 to 4.7 and 4.12. */
#include "cryptoki/mech.h"
#include "cryptoki/schema_table.h"

/* --- Numbers that are one of a few ---------------------------------------------- */

static bool
is_category(struct bytes v)
{
	return load_le64(v.p) <= CK_CERTIFICATE_CATEGORY_OTHER_ENTITY;
}

static bool
is_security_domain(struct bytes v)
{
	return load_le64(v.p) <= CK_SECURITY_DOMAIN_THIRD_PARTY;
}

static bool
is_trust(struct bytes v)
{
	return load_le64(v.p) <= CKT_TRUST_MUST_VERIFY_TRUST;
}

/* Hashes that others have made, with what is no mechanism here too. */
static bool
is_digest(struct bytes v)
{
	static const CK_MECHANISM_TYPE older[] = { CKM_MD2, CKM_MD5, CKM_RIPEMD128,
		CKM_RIPEMD160 };
	const uint64_t type = load_le64(v.p);

	for (size_t i = 0; i < ARRAY_LEN(older); i++) {
		if (older[i] == type)
			return true;
	}
	return digest_by_mechanism((CK_MECHANISM_TYPE)type) != DIGEST_NONE;
}

/* --- The tables ------------------------------------------------------------------ */

/* clang-format off */

/* 4.4, tables "Common Object Attributes" and "Common Storage Attributes".
 * CKA_TOKEN and CKA_PRIVATE change in a copy only; CKA_PRIVATE has no fallback
 * here because its default depends on who is logged in (object.c). */
static const struct attr_def storage[] = {
	ROW(CKA_CLASS, ATTR_ULONG, ATTR_REQ_CREATE),
	ROW_D(CKA_TOKEN, ATTR_BOOL, ATTR_COPY_ONLY, false),
	ROW(CKA_PRIVATE, ATTR_BOOL, ATTR_COPY_ONLY | ATTR_TOKEN_SETS),
	ROW_D(CKA_MODIFIABLE, ATTR_BOOL, ATTR_COPY_ONLY, true),
	ROW_D(CKA_LABEL, ATTR_STRING, F_MODIFY, 0),
	ROW_D(CKA_COPYABLE, ATTR_BOOL, ATTR_MODIFIABLE | ATTR_ONLY_TO_FALSE, true),
	ROW_D(CKA_DESTROYABLE, ATTR_BOOL, ATTR_COPY_ONLY, true),
	ROW(CKA_UNIQUE_ID, ATTR_STRING, F_COMPUTED | ATTR_READ_ONLY),
};
const struct schema schema_storage = { storage, ARRAY_LEN(storage), NULL };

/* 4.5: each of them may be modified, as versions before 2.20 said in so many words. */
static const struct attr_def data[] = {
	ROW_D(CKA_APPLICATION, ATTR_STRING, F_MODIFY, 0),
	ROW_D(CKA_OBJECT_ID, ATTR_BYTES, F_MODIFY, 0),
	ROW_D(CKA_VALUE, ATTR_BYTES, F_MODIFY, 0),
};
const struct schema schema_data = { data, ARRAY_LEN(data), &schema_storage };

/* 4.6.2 */
static const struct attr_def certificate[] = {
	ROW(CKA_CERTIFICATE_TYPE, ATTR_ULONG, ATTR_REQ_CREATE),
	ROW_D(CKA_TRUSTED, ATTR_BOOL, ATTR_MODIFIABLE | ATTR_SO_ONLY, false),
	ROW_OF(CKA_CERTIFICATE_CATEGORY, is_category, CK_CERTIFICATE_CATEGORY_UNSPECIFIED),
	ROW(CKA_CHECK_VALUE, ATTR_BYTES, 0),
	ROW_D(CKA_START_DATE, ATTR_DATE, 0, 0),
	ROW_D(CKA_END_DATE, ATTR_DATE, 0, 0),
	ROW_D(CKA_PUBLIC_KEY_INFO, ATTR_BYTES, 0, 0),
};
static const struct schema schema_certificate = {
	certificate, ARRAY_LEN(certificate), &schema_storage };

/* 4.6.3: ID, ISSUER and SERIAL_NUMBER may be modified. */
static const struct attr_def x509[] = {
	ROW(CKA_SUBJECT, ATTR_BYTES, ATTR_REQ_CREATE),
	ROW_D(CKA_ID, ATTR_BYTES, F_MODIFY, 0),
	ROW_D(CKA_ISSUER, ATTR_BYTES, F_MODIFY, 0),
	ROW_D(CKA_SERIAL_NUMBER, ATTR_BYTES, F_MODIFY, 0),
	ROW(CKA_VALUE, ATTR_BYTES, ATTR_REQ_CREATE),
	ROW_D(CKA_URL, ATTR_STRING, 0, 0),
	ROW_D(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, ATTR_BYTES, 0, 0),
	ROW_D(CKA_HASH_OF_ISSUER_PUBLIC_KEY, ATTR_BYTES, 0, 0),
	ROW_OF(CKA_JAVA_MIDP_SECURITY_DOMAIN, is_security_domain, CK_SECURITY_DOMAIN_UNSPECIFIED),
	ROW_OF(CKA_NAME_HASH_ALGORITHM, is_digest, CKM_SHA_1),
};
const struct schema schema_x509 = { x509, ARRAY_LEN(x509), &schema_certificate };

/* 4.7; what else has to be there: object_contradictions(). */
static const struct attr_def trust[] = {
	ROW(CKA_ISSUER, ATTR_BYTES, ATTR_REQ_CREATE),
	ROW(CKA_SERIAL_NUMBER, ATTR_BYTES, ATTR_REQ_CREATE),
	ROW_D(CKA_HASH_OF_CERTIFICATE, ATTR_BYTES, 0, 0),
	ROW_OF(CKA_NAME_HASH_ALGORITHM, is_digest, CKM_SHA_1),
	ROW_OF(CKA_TRUST_SERVER_AUTH, is_trust, CKT_TRUST_UNKNOWN),
	ROW_OF(CKA_TRUST_CLIENT_AUTH, is_trust, CKT_TRUST_UNKNOWN),
	ROW_OF(CKA_TRUST_CODE_SIGNING, is_trust, CKT_TRUST_UNKNOWN),
	ROW_OF(CKA_TRUST_EMAIL_PROTECTION, is_trust, CKT_TRUST_UNKNOWN),
	ROW_OF(CKA_TRUST_IPSEC_IKE, is_trust, CKT_TRUST_UNKNOWN),
	ROW_OF(CKA_TRUST_TIME_STAMPING, is_trust, CKT_TRUST_UNKNOWN),
	ROW_OF(CKA_TRUST_OCSP_SIGNING, is_trust, CKT_TRUST_UNKNOWN),
};
const struct schema schema_trust = { trust, ARRAY_LEN(trust), &schema_storage };

/* 4.12 */
static const struct attr_def domain[] = {
	ROW(CKA_KEY_TYPE, ATTR_ULONG, ATTR_REQ_CREATE),
	ROW(CKA_LOCAL, ATTR_BOOL, ATTR_NO_CREATE | ATTR_NO_GENERATE),
	ROW(CKA_PRIME, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_NO_GENERATE),
	ROW(CKA_BASE, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_NO_GENERATE),
	ROW(CKA_PRIME_BITS, ATTR_ULONG, ATTR_NO_CREATE | ATTR_REQ_GENERATE),
};
static const struct schema schema_domain = { domain, ARRAY_LEN(domain), &schema_storage };

/* 6.4: what PKCS #3 takes is common to all three. */
const struct schema schema_dh_domain = { NULL, 0, &schema_domain };

/* 6.2: the table has no CKA_SUBPRIME_BITS, the text about its default has. */
static const struct attr_def dsa_domain[] = {
	ROW(CKA_SUBPRIME, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_NO_GENERATE),
	ROW(CKA_SUBPRIME_BITS, ATTR_ULONG, ATTR_NO_CREATE),
};
const struct schema schema_dsa_domain = {
	dsa_domain, ARRAY_LEN(dsa_domain), &schema_domain };

/* 6.4 */
static const struct attr_def x9_42_domain[] = {
	ROW(CKA_SUBPRIME, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_NO_GENERATE),
	ROW(CKA_SUBPRIME_BITS, ATTR_ULONG, ATTR_NO_CREATE | ATTR_REQ_GENERATE),
};
const struct schema schema_x9_42_domain = {
	x9_42_domain, ARRAY_LEN(x9_42_domain), &schema_domain };
