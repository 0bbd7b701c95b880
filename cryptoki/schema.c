/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/schema.h"

#include "cryptoki/schema_table.h"

/* clang-format off */

/* A new class or key type is a row here and its tables. */
static const struct schema_row rows[] = {
	{ CKO_DATA, 0, &schema_data },
	{ CKO_CERTIFICATE, CKC_X_509, &schema_x509 },
	{ CKO_PUBLIC_KEY, CKK_RSA, &schema_rsa_public },
	{ CKO_PUBLIC_KEY, CKK_EC, &schema_ec_public },
	{ CKO_PUBLIC_KEY, CKK_EC_EDWARDS, &schema_ec_public },
	{ CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY, &schema_montgomery_public },
	{ CKO_PRIVATE_KEY, CKK_RSA, &schema_rsa_private },
	{ CKO_PRIVATE_KEY, CKK_EC, &schema_ec_private },
	{ CKO_PRIVATE_KEY, CKK_EC_EDWARDS, &schema_ec_private },
	{ CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, &schema_montgomery_private },
	{ CKO_PUBLIC_KEY, CKK_DSA, &schema_dsa_public },
	{ CKO_PUBLIC_KEY, CKK_DH, &schema_dh_public },
	{ CKO_PUBLIC_KEY, CKK_X9_42_DH, &schema_x9_42_public },
	{ CKO_PRIVATE_KEY, CKK_DSA, &schema_dsa_private },
	{ CKO_PRIVATE_KEY, CKK_DH, &schema_dh_private },
	{ CKO_PRIVATE_KEY, CKK_X9_42_DH, &schema_x9_42_private },
	{ CKO_PUBLIC_KEY, CKK_ML_KEM, &schema_ml_kem_public },
	{ CKO_PRIVATE_KEY, CKK_ML_KEM, &schema_ml_kem_private },
	{ CKO_PUBLIC_KEY, CKK_ML_DSA, &schema_pqc_public },
	{ CKO_PUBLIC_KEY, CKK_SLH_DSA, &schema_pqc_public },
	{ CKO_PRIVATE_KEY, CKK_ML_DSA, &schema_seeded_private },
	{ CKO_PRIVATE_KEY, CKK_SLH_DSA, &schema_slh_dsa_private },
	{ CKO_PUBLIC_KEY, CKK_IBM_PQC_DILITHIUM, &schema_dilithium_public },
	{ CKO_PRIVATE_KEY, CKK_IBM_PQC_DILITHIUM, &schema_dilithium_private },
	{ CKO_SECRET_KEY, CKK_AES, &schema_aes },
	{ CKO_SECRET_KEY, CKK_AES_XTS, &schema_aes },
	{ CKO_SECRET_KEY, CKK_DES3, &schema_des3 },
	{ CKO_SECRET_KEY, CKK_CHACHA20, &schema_chacha20 },
	{ CKO_SECRET_KEY, CKK_POLY1305, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_GENERIC_SECRET, &schema_generic_secret },
	{ CKO_SECRET_KEY, CKK_HKDF, &schema_generic_secret },
	{ CKO_SECRET_KEY, CKK_SHA_1_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_SHA224_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_SHA256_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_SHA384_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_SHA512_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_SHA512_224_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_SHA512_256_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_SHA3_224_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_SHA3_256_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_SHA3_384_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_SHA3_512_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_BLAKE2B_160_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_BLAKE2B_256_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_BLAKE2B_384_HMAC, &schema_hmac },
	{ CKO_SECRET_KEY, CKK_BLAKE2B_512_HMAC, &schema_hmac },
	{ CKO_DOMAIN_PARAMETERS, CKK_DSA, &schema_dsa_domain },
	{ CKO_DOMAIN_PARAMETERS, CKK_DH, &schema_dh_domain },
	{ CKO_DOMAIN_PARAMETERS, CKK_X9_42_DH, &schema_x9_42_domain },
	{ CKO_TRUST, 0, &schema_trust },
};

/* Every attribute of the standard and of ours, by type, for attr_lookup(); flags are the
 * schemas' business. Those of objects that nobody makes here are in no schema: they are
 * only searched for, read, and told from what no object has. */
static const struct attr_def known[] = {
	ROW(CKA_CLASS, ATTR_ULONG, 0),
	ROW(CKA_TOKEN, ATTR_BOOL, 0),
	ROW(CKA_PRIVATE, ATTR_BOOL, 0),
	ROW(CKA_LABEL, ATTR_STRING, 0),
	ROW(CKA_UNIQUE_ID, ATTR_STRING, 0),
	ROW(CKA_APPLICATION, ATTR_STRING, 0),
	ROW(CKA_VALUE, ATTR_BYTES, 0),
	ROW(CKA_OBJECT_ID, ATTR_BYTES, 0),
	ROW(CKA_CERTIFICATE_TYPE, ATTR_ULONG, 0),
	ROW(CKA_ISSUER, ATTR_BYTES, 0),
	ROW(CKA_SERIAL_NUMBER, ATTR_BYTES, 0),
	ROW(CKA_AC_ISSUER, ATTR_BYTES, 0),
	ROW(CKA_OWNER, ATTR_BYTES, 0),
	ROW(CKA_ATTR_TYPES, ATTR_BYTES, 0),
	ROW(CKA_TRUSTED, ATTR_BOOL, 0),
	ROW(CKA_CERTIFICATE_CATEGORY, ATTR_ULONG, 0),
	ROW(CKA_JAVA_MIDP_SECURITY_DOMAIN, ATTR_ULONG, 0),
	ROW(CKA_URL, ATTR_STRING, 0),
	ROW(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, ATTR_BYTES, 0),
	ROW(CKA_HASH_OF_ISSUER_PUBLIC_KEY, ATTR_BYTES, 0),
	ROW(CKA_NAME_HASH_ALGORITHM, ATTR_ULONG, 0),
	ROW(CKA_CHECK_VALUE, ATTR_BYTES, 0),
	ROW(CKA_KEY_TYPE, ATTR_ULONG, 0),
	ROW(CKA_SUBJECT, ATTR_BYTES, 0),
	ROW(CKA_ID, ATTR_BYTES, 0),
	ROW(CKA_SENSITIVE, ATTR_BOOL, 0),
	ROW(CKA_ENCRYPT, ATTR_BOOL, 0),
	ROW(CKA_DECRYPT, ATTR_BOOL, 0),
	ROW(CKA_WRAP, ATTR_BOOL, 0),
	ROW(CKA_UNWRAP, ATTR_BOOL, 0),
	ROW(CKA_SIGN, ATTR_BOOL, 0),
	ROW(CKA_SIGN_RECOVER, ATTR_BOOL, 0),
	ROW(CKA_VERIFY, ATTR_BOOL, 0),
	ROW(CKA_VERIFY_RECOVER, ATTR_BOOL, 0),
	ROW(CKA_DERIVE, ATTR_BOOL, 0),
	ROW(CKA_START_DATE, ATTR_DATE, 0),
	ROW(CKA_END_DATE, ATTR_DATE, 0),
	ROW(CKA_MODULUS, ATTR_BIGNUM, 0),
	ROW(CKA_MODULUS_BITS, ATTR_ULONG, 0),
	ROW(CKA_PUBLIC_EXPONENT, ATTR_BIGNUM, 0),
	ROW(CKA_PRIVATE_EXPONENT, ATTR_BIGNUM, 0),
	ROW(CKA_PRIME_1, ATTR_BIGNUM, 0),
	ROW(CKA_PRIME_2, ATTR_BIGNUM, 0),
	ROW(CKA_EXPONENT_1, ATTR_BIGNUM, 0),
	ROW(CKA_EXPONENT_2, ATTR_BIGNUM, 0),
	ROW(CKA_COEFFICIENT, ATTR_BIGNUM, 0),
	ROW(CKA_PUBLIC_KEY_INFO, ATTR_BYTES, 0),
	ROW(CKA_PRIME, ATTR_BIGNUM, 0),
	ROW(CKA_SUBPRIME, ATTR_BIGNUM, 0),
	ROW(CKA_BASE, ATTR_BIGNUM, 0),
	ROW(CKA_PRIME_BITS, ATTR_ULONG, 0),
	ROW(CKA_SUBPRIME_BITS, ATTR_ULONG, 0),
	ROW(CKA_VALUE_BITS, ATTR_ULONG, 0),
	ROW(CKA_VALUE_LEN, ATTR_ULONG, 0),
	ROW(CKA_EXTRACTABLE, ATTR_BOOL, 0),
	ROW(CKA_LOCAL, ATTR_BOOL, 0),
	ROW(CKA_NEVER_EXTRACTABLE, ATTR_BOOL, 0),
	ROW(CKA_ALWAYS_SENSITIVE, ATTR_BOOL, 0),
	ROW(CKA_KEY_GEN_MECHANISM, ATTR_ULONG, 0),
	ROW(CKA_MODIFIABLE, ATTR_BOOL, 0),
	ROW(CKA_COPYABLE, ATTR_BOOL, 0),
	ROW(CKA_DESTROYABLE, ATTR_BOOL, 0),
	ROW(CKA_EC_PARAMS, ATTR_BYTES, 0),
	ROW(CKA_EC_POINT, ATTR_BYTES, 0),
	ROW(CKA_SECONDARY_AUTH, ATTR_BOOL, 0),
	ROW(CKA_AUTH_PIN_FLAGS, ATTR_ULONG, 0),
	ROW(CKA_ALWAYS_AUTHENTICATE, ATTR_BOOL, 0),
	ROW(CKA_WRAP_WITH_TRUSTED, ATTR_BOOL, 0),
	ROW(CKA_OTP_FORMAT, ATTR_ULONG, 0),
	ROW(CKA_OTP_LENGTH, ATTR_ULONG, 0),
	ROW(CKA_OTP_TIME_INTERVAL, ATTR_ULONG, 0),
	ROW(CKA_OTP_USER_FRIENDLY_MODE, ATTR_BOOL, 0),
	ROW(CKA_OTP_CHALLENGE_REQUIREMENT, ATTR_ULONG, 0),
	ROW(CKA_OTP_TIME_REQUIREMENT, ATTR_ULONG, 0),
	ROW(CKA_OTP_COUNTER_REQUIREMENT, ATTR_ULONG, 0),
	ROW(CKA_OTP_PIN_REQUIREMENT, ATTR_ULONG, 0),
	ROW(CKA_OTP_USER_IDENTIFIER, ATTR_STRING, 0),
	ROW(CKA_OTP_SERVICE_IDENTIFIER, ATTR_STRING, 0),
	ROW(CKA_OTP_SERVICE_LOGO, ATTR_BYTES, 0),
	ROW(CKA_OTP_SERVICE_LOGO_TYPE, ATTR_STRING, 0),
	ROW(CKA_OTP_COUNTER, ATTR_BYTES, 0),
	ROW(CKA_OTP_TIME, ATTR_STRING, 0),
	ROW(CKA_GOSTR3410_PARAMS, ATTR_BYTES, 0),
	ROW(CKA_GOSTR3411_PARAMS, ATTR_BYTES, 0),
	ROW(CKA_GOST28147_PARAMS, ATTR_BYTES, 0),
	ROW(CKA_HW_FEATURE_TYPE, ATTR_ULONG, 0),
	ROW(CKA_RESET_ON_INIT, ATTR_BOOL, 0),
	ROW(CKA_HAS_RESET, ATTR_BOOL, 0),
	ROW(CKA_PIXEL_X, ATTR_ULONG, 0),
	ROW(CKA_PIXEL_Y, ATTR_ULONG, 0),
	ROW(CKA_RESOLUTION, ATTR_ULONG, 0),
	ROW(CKA_CHAR_ROWS, ATTR_ULONG, 0),
	ROW(CKA_CHAR_COLUMNS, ATTR_ULONG, 0),
	ROW(CKA_COLOR, ATTR_BOOL, 0),
	ROW(CKA_BITS_PER_PIXEL, ATTR_ULONG, 0),
	ROW(CKA_CHAR_SETS, ATTR_STRING, 0),
	ROW(CKA_ENCODING_METHODS, ATTR_STRING, 0),
	ROW(CKA_MIME_TYPES, ATTR_STRING, 0),
	ROW(CKA_MECHANISM_TYPE, ATTR_ULONG, 0),
	ROW(CKA_REQUIRED_CMS_ATTRIBUTES, ATTR_BYTES, 0),
	ROW(CKA_DEFAULT_CMS_ATTRIBUTES, ATTR_BYTES, 0),
	ROW(CKA_SUPPORTED_CMS_ATTRIBUTES, ATTR_BYTES, 0),
	ROW(CKA_PROFILE_ID, ATTR_ULONG, 0),
	ROW(CKA_X2RATCHET_BAG, ATTR_BYTES, 0),
	ROW(CKA_X2RATCHET_BAGSIZE, ATTR_ULONG, 0),
	ROW(CKA_X2RATCHET_BOBS1STMSG, ATTR_BOOL, 0),
	ROW(CKA_X2RATCHET_CKR, ATTR_BYTES, 0),
	ROW(CKA_X2RATCHET_CKS, ATTR_BYTES, 0),
	ROW(CKA_X2RATCHET_DHP, ATTR_BYTES, 0),
	ROW(CKA_X2RATCHET_DHR, ATTR_BYTES, 0),
	ROW(CKA_X2RATCHET_DHS, ATTR_BYTES, 0),
	ROW(CKA_X2RATCHET_HKR, ATTR_BYTES, 0),
	ROW(CKA_X2RATCHET_HKS, ATTR_BYTES, 0),
	ROW(CKA_X2RATCHET_ISALICE, ATTR_BOOL, 0),
	ROW(CKA_X2RATCHET_NHKR, ATTR_BYTES, 0),
	ROW(CKA_X2RATCHET_NHKS, ATTR_BYTES, 0),
	ROW(CKA_X2RATCHET_NR, ATTR_ULONG, 0),
	ROW(CKA_X2RATCHET_NS, ATTR_ULONG, 0),
	ROW(CKA_X2RATCHET_PNS, ATTR_ULONG, 0),
	ROW(CKA_X2RATCHET_RK, ATTR_BYTES, 0),
	ROW(CKA_HSS_LEVELS, ATTR_ULONG, 0),
	ROW(CKA_HSS_LMS_TYPE, ATTR_ULONG, 0),
	ROW(CKA_HSS_LMOTS_TYPE, ATTR_ULONG, 0),
	ROW(CKA_HSS_LMS_TYPES, ATTR_MECHS, 0),
	ROW(CKA_HSS_LMOTS_TYPES, ATTR_MECHS, 0),
	ROW(CKA_HSS_KEYS_REMAINING, ATTR_ULONG, 0),
	ROW(CKA_PARAMETER_SET, ATTR_ULONG, 0),
	ROW(CKA_OBJECT_VALIDATION_FLAGS, ATTR_ULONG, 0),
	ROW(CKA_VALIDATION_TYPE, ATTR_ULONG, 0),
	ROW(CKA_VALIDATION_VERSION, ATTR_BYTES, 0),
	ROW(CKA_VALIDATION_LEVEL, ATTR_ULONG, 0),
	ROW(CKA_VALIDATION_MODULE_ID, ATTR_STRING, 0),
	ROW(CKA_VALIDATION_FLAG, ATTR_ULONG, 0),
	ROW(CKA_VALIDATION_AUTHORITY_TYPE, ATTR_ULONG, 0),
	ROW(CKA_VALIDATION_COUNTRY, ATTR_STRING, 0),
	ROW(CKA_VALIDATION_CERTIFICATE_IDENTIFIER, ATTR_STRING, 0),
	ROW(CKA_VALIDATION_CERTIFICATE_URI, ATTR_STRING, 0),
	ROW(CKA_VALIDATION_VENDOR_URI, ATTR_STRING, 0),
	ROW(CKA_VALIDATION_PROFILE, ATTR_STRING, 0),
	ROW(CKA_ENCAPSULATE_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_DECAPSULATE_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_TRUST_SERVER_AUTH, ATTR_ULONG, 0),
	ROW(CKA_TRUST_CLIENT_AUTH, ATTR_ULONG, 0),
	ROW(CKA_TRUST_CODE_SIGNING, ATTR_ULONG, 0),
	ROW(CKA_TRUST_EMAIL_PROTECTION, ATTR_ULONG, 0),
	ROW(CKA_TRUST_IPSEC_IKE, ATTR_ULONG, 0),
	ROW(CKA_TRUST_TIME_STAMPING, ATTR_ULONG, 0),
	ROW(CKA_TRUST_OCSP_SIGNING, ATTR_ULONG, 0),
	ROW(CKA_ENCAPSULATE, ATTR_BOOL, 0),
	ROW(CKA_DECAPSULATE, ATTR_BOOL, 0),
	ROW(CKA_HASH_OF_CERTIFICATE, ATTR_BYTES, 0),
	ROW(CKA_PUBLIC_CRC64_VALUE, ATTR_BYTES, 0),
	ROW(CKA_SEED, ATTR_BYTES, 0),
	ROW(CKA_WRAP_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_UNWRAP_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_DERIVE_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_ALLOWED_MECHANISMS, ATTR_MECHS, 0),
	ROW(CKA_IBM_DILITHIUM_MODE, ATTR_BYTES, 0),
	ROW(CKA_IBM_PQC_PARAMS, ATTR_BYTES, 0),
	ROW(CKA_IBM_DILITHIUM_KEYFORM, ATTR_ULONG, 0),
	ROW(CKA_IBM_DILITHIUM_RHO, ATTR_BYTES, 0),
	ROW(CKA_IBM_DILITHIUM_SEED, ATTR_BYTES, 0),
	ROW(CKA_IBM_DILITHIUM_TR, ATTR_BYTES, 0),
	ROW(CKA_IBM_DILITHIUM_S1, ATTR_BYTES, 0),
	ROW(CKA_IBM_DILITHIUM_S2, ATTR_BYTES, 0),
	ROW(CKA_IBM_DILITHIUM_T0, ATTR_BYTES, 0),
	ROW(CKA_IBM_DILITHIUM_T1, ATTR_BYTES, 0),
	ROW(CKA_KT_CUSTODY, ATTR_ULONG, 0),
};

/* clang-format on */

/* What takes these alone, and each once, need not count them. */
_Static_assert(ARRAY_LEN(known) <= ATTRS_MAX_COUNT, "a list takes all that are known");

const struct attr_def *
attr_lookup(uint32_t type)
{
	size_t low = 0, high = ARRAY_LEN(known);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (known[mid].type == type)
			return &known[mid];
		if (known[mid].type < type)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct schema *
schema_of(CK_OBJECT_CLASS class, CK_ULONG sub_type)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].class == class && rows[i].sub_type == sub_type)
			return rows[i].schema;
	}
	return NULL;
}

const struct attr_def *
schema_def(const struct schema *schema, uint32_t type)
{
	for (; schema != NULL; schema = schema->base) {
		for (size_t i = 0; i < schema->n; i++) {
			if (schema->defs[i].type == type)
				return &schema->defs[i];
		}
	}
	return NULL;
}

const struct attr_def *
schema_lookup(CK_OBJECT_CLASS class, CK_ULONG sub_type, uint32_t type)
{
	return schema_def(schema_of(class, sub_type), type);
}

bool
schema_exists(CK_OBJECT_CLASS class, CK_ULONG sub_type)
{
	return schema_of(class, sub_type) != NULL;
}

/* --- Values ------------------------------------------------------------------ */

static bool
digits_in_range(const uint8_t *p, unsigned low, unsigned high)
{
	unsigned v;

	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	v = (p[0] - '0') * 10u + (p[1] - '0');
	return v >= low && v <= high;
}

static bool
date_valid(struct bytes v)
{
	if (v.n == 0)
		return true;
	/* 3.2: CK_DATE's years are 1900 to 9999 */
	return v.n == 8 && digits_in_range(v.p, 19, 99) &&
	       digits_in_range(v.p + 2, 0, 99) && digits_in_range(v.p + 4, 1, 12) &&
	       digits_in_range(v.p + 6, 1, 31);
}

static bool
value_valid(enum attr_kind kind, struct bytes v)
{
	switch (kind) {
	case ATTR_BOOL:
		return v.n == 1 && v.p[0] <= 1;
	case ATTR_ULONG:
		return v.n == 8;
	case ATTR_DATE:
		return date_valid(v);
	case ATTR_MECHS:
		return v.n % 8 == 0;
	case ATTR_TEMPLATE:
		return attrs_valid(v);
	case ATTR_BYTES:
	case ATTR_STRING:
	case ATTR_BIGNUM:
		return true;
	}
	return false;
}

bool
attr_value_valid(const struct attr_def *def, struct bytes value)
{
	struct cursor c = cursor_over(value);
	const struct attr_def *inner;
	struct attr a;

	if (!value_valid((enum attr_kind)def->kind, value) ||
		(def->takes != NULL && !def->takes(value)))
		return false;
	if (def->kind != ATTR_TEMPLATE)
		return true;
	while (attrs_next(&c, &a)) {
		inner = attr_lookup(a.type);
		if (inner == NULL || inner->kind == ATTR_TEMPLATE ||
			!value_valid((enum attr_kind)inner->kind, a.value))
			return false;
	}
	return true;
}
