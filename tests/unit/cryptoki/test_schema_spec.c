/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schemas against the standard: the tables of PKCS #11 3.2, chapter 4, and of the key
 * types in chapter 6, row by row with their footnotes as they are printed. Where the text
 * under a table says what a footnote would, the footnote is written here too. What we do
 * otherwise is in `deviations`, with the reason, and nowhere else.
 */
#include "cryptoki/schema.h"

#include "cryptoki/names.h"
#include "cryptoki/names_table.h"
#include "cryptoki/schema_table.h"
#include "tests/unit/check_main.h"

enum stated { UNSTATED, EMPTY, VALUE }; /* the default, where the table has one */

struct row {
	CK_ATTRIBUTE_TYPE type;
	enum attr_kind kind;
	const char *notes; /* table "Common footnotes for object attribute tables" */
	enum stated stated;
	uint64_t value;
};

#define MOST_ROWS 24

struct table {
	const char *name;
	struct row rows[MOST_ROWS];
};

/* clang-format off */

static const struct table storage = { "4.2, 4.4 Common Storage Object Attributes", {
	{ CKA_CLASS, ATTR_ULONG, "1", UNSTATED, 0 },
	{ CKA_TOKEN, ATTR_BOOL, "", VALUE, CK_FALSE },
	{ CKA_PRIVATE, ATTR_BOOL, "9", UNSTATED, 0 },
	{ CKA_MODIFIABLE, ATTR_BOOL, "", VALUE, CK_TRUE },
	{ CKA_LABEL, ATTR_STRING, "8", EMPTY, 0 },
	{ CKA_COPYABLE, ATTR_BOOL, "12", VALUE, CK_TRUE },
	{ CKA_DESTROYABLE, ATTR_BOOL, "", VALUE, CK_TRUE },
	{ CKA_UNIQUE_ID, ATTR_STRING, "2,4,6", UNSTATED, 0 },
} };

static const struct table data = { "4.5 Data Object Attributes", {
	{ CKA_APPLICATION, ATTR_STRING, "", EMPTY, 0 },
	{ CKA_OBJECT_ID, ATTR_BYTES, "", EMPTY, 0 },
	{ CKA_VALUE, ATTR_BYTES, "", EMPTY, 0 },
} };

static const struct table certificate = { "4.6.2 Common Certificate Object Attributes", {
	{ CKA_CERTIFICATE_TYPE, ATTR_ULONG, "1", UNSTATED, 0 },
	{ CKA_TRUSTED, ATTR_BOOL, "10", UNSTATED, 0 },
	{ CKA_CERTIFICATE_CATEGORY, ATTR_ULONG, "", VALUE, CK_CERTIFICATE_CATEGORY_UNSPECIFIED },
	{ CKA_CHECK_VALUE, ATTR_BYTES, "", UNSTATED, 0 },
	{ CKA_START_DATE, ATTR_DATE, "", EMPTY, 0 },
	{ CKA_END_DATE, ATTR_DATE, "", EMPTY, 0 },
	{ CKA_PUBLIC_KEY_INFO, ATTR_BYTES, "", EMPTY, 0 },
} };

static const struct table x509 = { "4.6.3 X.509 Certificate Object Attributes", {
	{ CKA_SUBJECT, ATTR_BYTES, "1", UNSTATED, 0 },
	{ CKA_ID, ATTR_BYTES, "8", EMPTY, 0 },
	{ CKA_ISSUER, ATTR_BYTES, "8", EMPTY, 0 },
	{ CKA_SERIAL_NUMBER, ATTR_BYTES, "8", EMPTY, 0 },
	{ CKA_VALUE, ATTR_BYTES, "1", UNSTATED, 0 },
	{ CKA_URL, ATTR_STRING, "", EMPTY, 0 },
	{ CKA_HASH_OF_SUBJECT_PUBLIC_KEY, ATTR_BYTES, "", EMPTY, 0 },
	{ CKA_HASH_OF_ISSUER_PUBLIC_KEY, ATTR_BYTES, "", EMPTY, 0 },
	{ CKA_JAVA_MIDP_SECURITY_DOMAIN, ATTR_ULONG, "", VALUE, CK_SECURITY_DOMAIN_UNSPECIFIED },
	{ CKA_NAME_HASH_ALGORITHM, ATTR_ULONG, "", VALUE, CKM_SHA_1 },
} };

static const struct table trust = { "4.7 Trust Object Attributes", {
	{ CKA_ISSUER, ATTR_BYTES, "1", UNSTATED, 0 },
	{ CKA_SERIAL_NUMBER, ATTR_BYTES, "1", UNSTATED, 0 },
	{ CKA_HASH_OF_CERTIFICATE, ATTR_BYTES, "", EMPTY, 0 },
	{ CKA_NAME_HASH_ALGORITHM, ATTR_ULONG, "", VALUE, CKM_SHA_1 },
	{ CKA_TRUST_SERVER_AUTH, ATTR_ULONG, "", VALUE, CKT_TRUST_UNKNOWN },
	{ CKA_TRUST_CLIENT_AUTH, ATTR_ULONG, "", VALUE, CKT_TRUST_UNKNOWN },
	{ CKA_TRUST_CODE_SIGNING, ATTR_ULONG, "", VALUE, CKT_TRUST_UNKNOWN },
	{ CKA_TRUST_EMAIL_PROTECTION, ATTR_ULONG, "", VALUE, CKT_TRUST_UNKNOWN },
	{ CKA_TRUST_IPSEC_IKE, ATTR_ULONG, "", VALUE, CKT_TRUST_UNKNOWN },
	{ CKA_TRUST_TIME_STAMPING, ATTR_ULONG, "", VALUE, CKT_TRUST_UNKNOWN },
	{ CKA_TRUST_OCSP_SIGNING, ATTR_ULONG, "", VALUE, CKT_TRUST_UNKNOWN },
} };

static const struct table key = { "4.8 Common Key Attributes", {
	{ CKA_KEY_TYPE, ATTR_ULONG, "1,5", UNSTATED, 0 },
	{ CKA_ID, ATTR_BYTES, "8", EMPTY, 0 },
	{ CKA_START_DATE, ATTR_DATE, "8", EMPTY, 0 },
	{ CKA_END_DATE, ATTR_DATE, "8", EMPTY, 0 },
	{ CKA_DERIVE, ATTR_BOOL, "8", VALUE, CK_FALSE },
	{ CKA_LOCAL, ATTR_BOOL, "2,4,6", UNSTATED, 0 },
	{ CKA_KEY_GEN_MECHANISM, ATTR_ULONG, "2,4,6", UNSTATED, 0 },
	{ CKA_ALLOWED_MECHANISMS, ATTR_MECHS, "", UNSTATED, 0 },
	{ CKA_OBJECT_VALIDATION_FLAGS, ATTR_ULONG, "4,6,9", UNSTATED, 0 },
} };

static const struct table public_key = { "4.9 Common Public Key Attributes", {
	{ CKA_SUBJECT, ATTR_BYTES, "8", EMPTY, 0 },
	{ CKA_ENCRYPT, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_VERIFY, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_VERIFY_RECOVER, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_WRAP, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_ENCAPSULATE, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_TRUSTED, ATTR_BOOL, "10", UNSTATED, 0 },
	{ CKA_WRAP_TEMPLATE, ATTR_TEMPLATE, "", UNSTATED, 0 },
	{ CKA_ENCAPSULATE_TEMPLATE, ATTR_TEMPLATE, "", UNSTATED, 0 },
	{ CKA_PUBLIC_KEY_INFO, ATTR_BYTES, "", UNSTATED, 0 },
	{ CKA_PUBLIC_CRC64_VALUE, ATTR_BYTES, "1,4", UNSTATED, 0 },
} };

static const struct table private_key = { "4.10 Common Private Key Attributes", {
	{ CKA_SUBJECT, ATTR_BYTES, "8", EMPTY, 0 },
	{ CKA_SENSITIVE, ATTR_BOOL, "8,9,11", UNSTATED, 0 },
	{ CKA_DECRYPT, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_SIGN, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_SIGN_RECOVER, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_UNWRAP, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_DECAPSULATE, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_EXTRACTABLE, ATTR_BOOL, "8,9,12", UNSTATED, 0 },
	{ CKA_ALWAYS_SENSITIVE, ATTR_BOOL, "2,4,6", UNSTATED, 0 },
	{ CKA_NEVER_EXTRACTABLE, ATTR_BOOL, "2,4,6", UNSTATED, 0 },
	{ CKA_WRAP_WITH_TRUSTED, ATTR_BOOL, "11", VALUE, CK_FALSE },
	{ CKA_UNWRAP_TEMPLATE, ATTR_TEMPLATE, "", UNSTATED, 0 },
	{ CKA_DECAPSULATE_TEMPLATE, ATTR_TEMPLATE, "", UNSTATED, 0 },
	{ CKA_ALWAYS_AUTHENTICATE, ATTR_BOOL, "", VALUE, CK_FALSE },
	{ CKA_PUBLIC_KEY_INFO, ATTR_BYTES, "8", UNSTATED, 0 },
	{ CKA_DERIVE_TEMPLATE, ATTR_TEMPLATE, "", UNSTATED, 0 },
	{ CKA_PUBLIC_CRC64_VALUE, ATTR_BYTES, "1,4", UNSTATED, 0 },
} };

static const struct table secret_key = { "4.11 Common Secret Key Attributes", {
	{ CKA_SENSITIVE, ATTR_BOOL, "8,11", VALUE, CK_FALSE },
	{ CKA_ENCRYPT, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_DECRYPT, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_SIGN, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_VERIFY, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_WRAP, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_UNWRAP, ATTR_BOOL, "8,9", UNSTATED, 0 },
	{ CKA_EXTRACTABLE, ATTR_BOOL, "8,9,12", UNSTATED, 0 },
	{ CKA_ALWAYS_SENSITIVE, ATTR_BOOL, "2,4,6", UNSTATED, 0 },
	{ CKA_NEVER_EXTRACTABLE, ATTR_BOOL, "2,4,6", UNSTATED, 0 },
	/* 8: "C_SetAttributeValue may be used to destroy the attribute" */
	{ CKA_CHECK_VALUE, ATTR_BYTES, "8", UNSTATED, 0 },
	{ CKA_WRAP_WITH_TRUSTED, ATTR_BOOL, "11", VALUE, CK_FALSE },
	{ CKA_TRUSTED, ATTR_BOOL, "10", UNSTATED, 0 },
	{ CKA_WRAP_TEMPLATE, ATTR_TEMPLATE, "", UNSTATED, 0 },
	{ CKA_UNWRAP_TEMPLATE, ATTR_TEMPLATE, "", UNSTATED, 0 },
	{ CKA_DERIVE_TEMPLATE, ATTR_TEMPLATE, "", UNSTATED, 0 },
} };

static const struct table domain = { "4.12 Common Domain Parameter Attributes", {
	{ CKA_KEY_TYPE, ATTR_ULONG, "1", UNSTATED, 0 },
	{ CKA_LOCAL, ATTR_BOOL, "2,4", UNSTATED, 0 },
} };

static const struct table rsa_public = { "6.1.2 RSA Public Key Object Attributes", {
	{ CKA_MODULUS, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
	{ CKA_MODULUS_BITS, ATTR_ULONG, "2,3", UNSTATED, 0 },
	{ CKA_PUBLIC_EXPONENT, ATTR_BIGNUM, "1", UNSTATED, 0 },
} };

static const struct table rsa_private = { "6.1.3 RSA Private Key Object Attributes", {
	{ CKA_MODULUS, ATTR_BIGNUM, "1,4,6", UNSTATED, 0 },
	{ CKA_PUBLIC_EXPONENT, ATTR_BIGNUM, "1,4,6", UNSTATED, 0 },
	{ CKA_PRIVATE_EXPONENT, ATTR_BIGNUM, "1,4,6,7", UNSTATED, 0 },
	{ CKA_PRIME_1, ATTR_BIGNUM, "4,6,7", UNSTATED, 0 },
	{ CKA_PRIME_2, ATTR_BIGNUM, "4,6,7", UNSTATED, 0 },
	{ CKA_EXPONENT_1, ATTR_BIGNUM, "4,6,7", UNSTATED, 0 },
	{ CKA_EXPONENT_2, ATTR_BIGNUM, "4,6,7", UNSTATED, 0 },
	{ CKA_COEFFICIENT, ATTR_BIGNUM, "4,6,7", UNSTATED, 0 },
} };

static const struct table ec_public = { "6.3.3 Elliptic Curve Public Key Object Attributes", {
	{ CKA_EC_PARAMS, ATTR_BYTES, "1,3", UNSTATED, 0 },
	{ CKA_EC_POINT, ATTR_BYTES, "1,4", UNSTATED, 0 },
} };

static const struct table ec_private = { "6.3.4 Elliptic Curve Private Key Object Attributes", {
	{ CKA_EC_PARAMS, ATTR_BYTES, "1,4,6", UNSTATED, 0 },
	{ CKA_VALUE, ATTR_BYTES, "1,4,6,7", UNSTATED, 0 },
} };

static const struct table dsa_public = { "6.2.4 DSA Public Key Object Attributes", {
	{ CKA_PRIME, ATTR_BIGNUM, "1,3", UNSTATED, 0 },
	{ CKA_SUBPRIME, ATTR_BIGNUM, "1,3", UNSTATED, 0 },
	{ CKA_BASE, ATTR_BIGNUM, "1,3", UNSTATED, 0 },
	{ CKA_VALUE, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
} };

static const struct table dsa_private = { "6.2.5 DSA Private Key Object Attributes", {
	{ CKA_PRIME, ATTR_BIGNUM, "1,4,6", UNSTATED, 0 },
	{ CKA_SUBPRIME, ATTR_BIGNUM, "1,4,6", UNSTATED, 0 },
	{ CKA_BASE, ATTR_BIGNUM, "1,4,6", UNSTATED, 0 },
	{ CKA_VALUE, ATTR_BIGNUM, "1,4,6,7", UNSTATED, 0 },
} };

static const struct table dh_public = {
	"6.4.2 Diffie-Hellman Public Key Object Attributes", {
	{ CKA_PRIME, ATTR_BIGNUM, "1,3", UNSTATED, 0 },
	{ CKA_BASE, ATTR_BIGNUM, "1,3", UNSTATED, 0 },
	{ CKA_VALUE, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
} };

static const struct table dh_private = {
	"6.4.4 Diffie-Hellman Private Key Object Attributes", {
	{ CKA_PRIME, ATTR_BIGNUM, "1,4,6", UNSTATED, 0 },
	{ CKA_BASE, ATTR_BIGNUM, "1,4,6", UNSTATED, 0 },
	{ CKA_VALUE, ATTR_BIGNUM, "1,4,6,7", UNSTATED, 0 },
	{ CKA_VALUE_BITS, ATTR_ULONG, "2,6", UNSTATED, 0 },
} };

/* 6.4.3, 6.4.5: X9.42's rows are those of DSA */

static const struct table pqc_public = {
	"6.67.2, 6.69.2 ML-DSA and SLH-DSA Public Key Object Attributes", {
	{ CKA_PARAMETER_SET, ATTR_ULONG, "1,3", UNSTATED, 0 },
	{ CKA_VALUE, ATTR_BYTES, "1,4", UNSTATED, 0 },
} };

static const struct table ml_dsa_private = { "6.67.3 ML-DSA Private Key Object Attributes", {
	{ CKA_PARAMETER_SET, ATTR_ULONG, "1,4,6", UNSTATED, 0 },
	{ CKA_SEED, ATTR_BYTES, "4,6,7", UNSTATED, 0 },
	{ CKA_VALUE, ATTR_BYTES, "4,6,7", UNSTATED, 0 },
} };

static const struct table slh_dsa_private = { "6.69.3 SLH-DSA Private Key Object Attributes", {
	{ CKA_PARAMETER_SET, ATTR_ULONG, "1,4,6", UNSTATED, 0 },
	{ CKA_VALUE, ATTR_BYTES, "1,4,6,7", UNSTATED, 0 },
} };

/* Of round-2 Dilithium there are IBM's tables alone. What a key may be told by is either all
 * of its parts or CKA_VALUE, so that none of them is required. */
static const struct table dilithium_public = { "IBM Dilithium Public Key", {
	{ CKA_IBM_PQC_PARAMS, ATTR_BYTES, "", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_MODE, ATTR_BYTES, "", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_KEYFORM, ATTR_ULONG, "", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_RHO, ATTR_BYTES, "4,6", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_T1, ATTR_BYTES, "4,6", UNSTATED, 0 },
	{ CKA_VALUE, ATTR_BYTES, "4,6", UNSTATED, 0 },
} };

static const struct table dilithium_private = { "IBM Dilithium Private Key", {
	{ CKA_IBM_PQC_PARAMS, ATTR_BYTES, "", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_MODE, ATTR_BYTES, "", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_KEYFORM, ATTR_ULONG, "", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_RHO, ATTR_BYTES, "4,6", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_SEED, ATTR_BYTES, "4,6,7", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_TR, ATTR_BYTES, "4,6,7", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_S1, ATTR_BYTES, "4,6,7", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_S2, ATTR_BYTES, "4,6,7", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_T0, ATTR_BYTES, "4,6,7", UNSTATED, 0 },
	{ CKA_IBM_DILITHIUM_T1, ATTR_BYTES, "4,6", UNSTATED, 0 },
	{ CKA_VALUE, ATTR_BYTES, "4,6,7", UNSTATED, 0 },
} };

static const struct table des3 = { "6.18 Triple-length DES Secret Key Object Attributes", {
	{ CKA_VALUE, ATTR_BYTES, "1,4,6,7", UNSTATED, 0 },
} };

/* 6.8.2 Generic Secret Key (and 6.62 HKDF, which has no table), 6.13 AES, 6.18 AES-XTS: the same two rows */
static const struct table with_length = { "6.8.2, 6.13.2, 6.18.2 Secret Key Object Attributes", {
	{ CKA_VALUE, ATTR_BYTES, "1,4,6,7", UNSTATED, 0 },
	{ CKA_VALUE_LEN, ATTR_ULONG, "2,3", UNSTATED, 0 },
} };

/* 6.20 to 6.35 HMAC, 6.58 ChaCha20, 6.60 Poly1305. Their tables ask for the length in a
 * generation as well (3); here the type says it where the template does not. */
static const struct table of_one_size = { "6.20 to 6.60 Secret Key Object Attributes", {
	{ CKA_VALUE, ATTR_BYTES, "1,4,6,7", UNSTATED, 0 },
	{ CKA_VALUE_LEN, ATTR_ULONG, "2", UNSTATED, 0 },
} };

static const struct table dsa_domain = { "6.2.6 DSA Domain Parameter Object Attributes", {
	{ CKA_PRIME, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
	{ CKA_SUBPRIME, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
	{ CKA_BASE, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
	{ CKA_PRIME_BITS, ATTR_ULONG, "2,3", UNSTATED, 0 },
} };

static const struct table dh_domain = {
	"6.4.6 Diffie-Hellman Domain Parameter Object Attributes", {
	{ CKA_PRIME, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
	{ CKA_BASE, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
	{ CKA_PRIME_BITS, ATTR_ULONG, "2,3", UNSTATED, 0 },
} };

static const struct table x9_42_domain = {
	"6.4.7 X9.42 Diffie-Hellman Domain Parameters Object Attributes", {
	{ CKA_PRIME, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
	{ CKA_BASE, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
	{ CKA_SUBPRIME, ATTR_BIGNUM, "1,4", UNSTATED, 0 },
	{ CKA_PRIME_BITS, ATTR_ULONG, "2,3", UNSTATED, 0 },
	{ CKA_SUBPRIME_BITS, ATTR_ULONG, "2,3", UNSTATED, 0 },
} };

static const struct object_kind {
	CK_OBJECT_CLASS class;
	CK_ULONG sub_type;
	const struct table *tables[4];
} kinds[] = {
	{ CKO_DATA, 0, { &storage, &data } },
	{ CKO_CERTIFICATE, CKC_X_509, { &storage, &certificate, &x509 } },
	{ CKO_TRUST, 0, { &storage, &trust } },
	{ CKO_PUBLIC_KEY, CKK_RSA, { &storage, &key, &public_key, &rsa_public } },
	{ CKO_PUBLIC_KEY, CKK_EC, { &storage, &key, &public_key, &ec_public } },
	{ CKO_PRIVATE_KEY, CKK_RSA, { &storage, &key, &private_key, &rsa_private } },
	{ CKO_PRIVATE_KEY, CKK_EC, { &storage, &key, &private_key, &ec_private } },
	{ CKO_PUBLIC_KEY, CKK_EC_EDWARDS, { &storage, &key, &public_key, &ec_public } },
	{ CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY, { &storage, &key, &public_key, &ec_public } },
	{ CKO_PRIVATE_KEY, CKK_EC_EDWARDS, { &storage, &key, &private_key, &ec_private } },
	{ CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, { &storage, &key, &private_key, &ec_private } },
	{ CKO_PUBLIC_KEY, CKK_DSA, { &storage, &key, &public_key, &dsa_public } },
	{ CKO_PUBLIC_KEY, CKK_DH, { &storage, &key, &public_key, &dh_public } },
	{ CKO_PUBLIC_KEY, CKK_X9_42_DH, { &storage, &key, &public_key, &dsa_public } },
	{ CKO_PRIVATE_KEY, CKK_DSA, { &storage, &key, &private_key, &dsa_private } },
	{ CKO_PRIVATE_KEY, CKK_DH, { &storage, &key, &private_key, &dh_private } },
	{ CKO_PRIVATE_KEY, CKK_X9_42_DH, { &storage, &key, &private_key, &dsa_private } },
	{ CKO_PUBLIC_KEY, CKK_ML_KEM, { &storage, &key, &public_key, &pqc_public } },
	{ CKO_PRIVATE_KEY, CKK_ML_KEM, { &storage, &key, &private_key, &ml_dsa_private } },
	{ CKO_PUBLIC_KEY, CKK_ML_DSA, { &storage, &key, &public_key, &pqc_public } },
	{ CKO_PUBLIC_KEY, CKK_SLH_DSA, { &storage, &key, &public_key, &pqc_public } },
	{ CKO_PRIVATE_KEY, CKK_ML_DSA, { &storage, &key, &private_key, &ml_dsa_private } },
	{ CKO_PRIVATE_KEY, CKK_SLH_DSA, { &storage, &key, &private_key, &slh_dsa_private } },
	{ CKO_PUBLIC_KEY, CKK_IBM_PQC_DILITHIUM,
		{ &storage, &key, &public_key, &dilithium_public } },
	{ CKO_PRIVATE_KEY, CKK_IBM_PQC_DILITHIUM,
		{ &storage, &key, &private_key, &dilithium_private } },
	{ CKO_SECRET_KEY, CKK_DES3, { &storage, &key, &secret_key, &des3 } },
	{ CKO_SECRET_KEY, CKK_HKDF, { &storage, &key, &secret_key, &with_length } },
	{ CKO_SECRET_KEY, CKK_AES, { &storage, &key, &secret_key, &with_length } },
	{ CKO_SECRET_KEY, CKK_AES_XTS, { &storage, &key, &secret_key, &with_length } },
	{ CKO_SECRET_KEY, CKK_GENERIC_SECRET, { &storage, &key, &secret_key, &with_length } },
	{ CKO_SECRET_KEY, CKK_SHA_1_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_SHA224_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_SHA256_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_SHA384_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_SHA512_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_SHA512_224_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_SHA512_256_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_SHA3_224_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_SHA3_256_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_SHA3_384_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_SHA3_512_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_BLAKE2B_160_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_BLAKE2B_256_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_BLAKE2B_384_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_BLAKE2B_512_HMAC, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_CHACHA20, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_SECRET_KEY, CKK_POLY1305, { &storage, &key, &secret_key, &of_one_size } },
	{ CKO_DOMAIN_PARAMETERS, CKK_DSA, { &storage, &domain, &dsa_domain } },
	{ CKO_DOMAIN_PARAMETERS, CKK_DH, { &storage, &domain, &dh_domain } },
	{ CKO_DOMAIN_PARAMETERS, CKK_X9_42_DH, { &storage, &domain, &x9_42_domain } },
};

#define ANY CK_UNAVAILABLE_INFORMATION

/* What the schemas have that the tables have not: flags more or less, or an attribute more. */
static const struct deviation {
	CK_OBJECT_CLASS class; /* ANY */
	CK_ATTRIBUTE_TYPE type;
	uint32_t other; /* flags: one has them, the other has not */
	bool foreign;  /* not in the table */
	const char *why;
} deviations[] = {
	{ ANY, CKA_COPYABLE, ATTR_MODIFIABLE, false,
		"how else could it be set to false once it is true" },
	{ CKO_DATA, CKA_APPLICATION, ATTR_MODIFIABLE, false, "as in versions 1 and 2" },
	{ CKO_DATA, CKA_OBJECT_ID, ATTR_MODIFIABLE, false, "as in versions 1 and 2" },
	{ CKO_DATA, CKA_VALUE, ATTR_MODIFIABLE, false, "as in versions 1 and 2" },
	{ ANY, CKA_TRUSTED, ATTR_MODIFIABLE, false,
		"by the SO, who trusts what others made before" },
	{ ANY, CKA_WRAP_WITH_TRUSTED, ATTR_MODIFIABLE, false,
		"footnote 11 is about a change" },
	{ ANY, CKA_OBJECT_VALIDATION_FLAGS, ATTR_NO_CREATE, false,
		"there is no validation to claim" },
	{ ANY, CKA_PUBLIC_CRC64_VALUE, ATTR_REQ_CREATE, false,
		"required of whoever creates a key, it would refuse every program there is" },
	{ CKO_PRIVATE_KEY, CKA_EC_POINT, 0, true,
		"programs that find a private key alone ask for it" },
	{ CKO_DOMAIN_PARAMETERS, CKA_SUBPRIME_BITS, 0, true,
		"the text on DSA's default for it" },
	{ CKO_SECRET_KEY, CKA_KT_CUSTODY, 0, true, "ours: vendor.h" },
};

/* clang-format on */

static const uint32_t footnotes[] = { 0, ATTR_REQ_CREATE, ATTR_NO_CREATE,
	ATTR_REQ_GENERATE, ATTR_NO_GENERATE, ATTR_REQ_UNWRAP, ATTR_NO_UNWRAP,
	ATTR_SENSITIVE, ATTR_MODIFIABLE, ATTR_TOKEN_SETS, ATTR_SO_ONLY, ATTR_ONLY_TO_TRUE,
	ATTR_ONLY_TO_FALSE };

static uint32_t
flags_of(const char *notes)
{
	uint32_t flags = 0;
	char *end;

	while (*notes != '\0') {
		const unsigned long n = strtoul(notes, &end, 10);

		ck_assert(end != notes && n > 0 && n < ARRAY_LEN(footnotes));
		flags |= footnotes[n];
		notes = *end == ',' ? end + 1 : end;
	}
	return flags;
}

static uint32_t
all_footnotes(void)
{
	uint32_t all = 0;

	for (size_t i = 0; i < ARRAY_LEN(footnotes); i++)
		all |= footnotes[i];
	return all;
}

static const struct deviation *
deviation_of(CK_OBJECT_CLASS class, CK_ATTRIBUTE_TYPE type)
{
	static const struct deviation none;

	for (size_t i = 0; i < ARRAY_LEN(deviations); i++)
		if (deviations[i].type == type &&
			(deviations[i].class == ANY || deviations[i].class == class))
			return &deviations[i];
	return &none;
}

static void
compare_default(const char *where, const struct row *row, const struct attr_def *def)
{
	if (row->stated == UNSTATED)
		return;
	ck_assert_msg((def->flags & ATTR_HAS_DEFAULT) != 0, "%s: %s has no default",
		where, def->name);
	ck_assert_msg((row->stated == EMPTY) == (def->kind != ATTR_BOOL &&
							def->kind != ATTR_ULONG) &&
			      row->value == def->fallback,
		"%s: %s has another default", where, def->name);
}

static void
compare_row(const struct object_kind *k, const char *where, const struct row *row)
{
	const struct deviation *d = deviation_of(k->class, row->type);
	const struct attr_def *def =
		schema_lookup(k->class, k->sub_type, (uint32_t)row->type);
	uint32_t flags;

	ck_assert_msg(def != NULL, "%s: %s is missing", where, cka_name(row->type));
	ck_assert_msg(def->kind == row->kind, "%s: %s is of another type", where,
		cka_name(row->type));
	flags = flags_of(row->notes) ^ d->other;
	ck_assert_msg((def->flags & all_footnotes()) == flags,
		"%s: %s has flags %#x, not %#x", where, cka_name(row->type),
		def->flags & all_footnotes(), flags);
	compare_default(where, row, def);
}

START_TEST (each_row_of_the_standard_is_in_the_schema_with_its_footnotes) {
	const struct object_kind *k = &kinds[_i];

	for (size_t t = 0; t < ARRAY_LEN(k->tables) && k->tables[t] != NULL; t++)
		for (const struct row *r = k->tables[t]->rows; r->notes != NULL; r++)
			compare_row(k, k->tables[t]->name, r);
}
END_TEST

static bool
in_tables(const struct object_kind *k, uint32_t type)
{
	for (size_t t = 0; t < ARRAY_LEN(k->tables) && k->tables[t] != NULL; t++)
		for (const struct row *r = k->tables[t]->rows; r->notes != NULL; r++)
			if (r->type == type)
				return true;
	return false;
}

START_TEST (no_schema_has_what_the_standard_has_not) {
	const struct object_kind *k = &kinds[_i];

	for (const struct schema *s = schema_of(k->class, k->sub_type); s != NULL;
		s = s->base)
		for (size_t i = 0; i < s->n; i++)
			ck_assert_msg(
				in_tables(k, s->defs[i].type) ||
					deviation_of(k->class, s->defs[i].type)->foreign,
				"%s of %s", s->defs[i].name, cko_name(k->class));
}
END_TEST

static bool
has_kind(CK_OBJECT_CLASS class, CK_ULONG sub_type)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].class == class && kinds[i].sub_type == sub_type)
			return true;
	return false;
}

START_TEST (every_schema_is_held_against_a_table) {
	size_t n = 0;

	for (size_t c = 0; c < cko_names_count; c++)
		/* types of certificates, and no type, are among the numbers of key types */
		for (size_t k = 0; k < ckk_names_count; k++) {
			if (!schema_exists(cko_names[c].value, ckk_names[k].value))
				continue;
			ck_assert_msg(has_kind(cko_names[c].value, ckk_names[k].value),
				"%s, %s", cko_names[c].name, ckk_names[k].name);
			n++;
		}
	ck_assert_uint_eq(n, ARRAY_LEN(kinds));
}
END_TEST

static const struct check_test tests[] = {
	{ &every_schema_is_held_against_a_table, 0 },
	{ &each_row_of_the_standard_is_in_the_schema_with_its_footnotes,
		ARRAY_LEN(kinds) },
	{ &no_schema_has_what_the_standard_has_not, ARRAY_LEN(kinds) },
};

CHECK_MAIN("schema_spec", tests)
