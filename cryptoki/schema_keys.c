/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys: PKCS#11 3.2, 4.7 to 4.10, and the key types of chapter 6.
 *
 * Where footnote 9 leaves the default to the token, it is chosen so that a key
 * made without a word about its use does what programs take for granted, and
 * nothing that gives other keys away:
 *   ENCRYPT, DECRYPT, SIGN, VERIFY  true where the key type can do it
 *   WRAP, UNWRAP, DERIVE, *_RECOVER, ENCAPSULATE, DECAPSULATE
 *                                   false: whoever wants them asks for them
 *   EXTRACTABLE                     false; of an unwrapped key true (5.18.4)
 *   SENSITIVE                       true for private keys. For secret keys the standard
 *                                   says false; what is not extractable is not
 *                                   revealed either.
 */
#include "cryptoki/schema_table.h"

/* The standard does not say which of the checksums of that name it means, over what of an
 * elliptic-curve key, nor in which order its bytes are: it is what the creator gives, and
 * of other keys not there. */
static bool
is_crc64(struct bytes v)
{
	return v.n == 8;
}

/* clang-format off */

/* 4.7.2 */
static const struct attr_def key[] = {
	ROW(CKA_KEY_TYPE, ATTR_ULONG, ATTR_REQ_CREATE | ATTR_REQ_UNWRAP),
	ROW_D(CKA_ID, ATTR_BYTES, F_MODIFY, 0),
	ROW_D(CKA_START_DATE, ATTR_DATE, F_MODIFY, 0),
	ROW_D(CKA_END_DATE, ATTR_DATE, F_MODIFY, 0),
	ROW_D(CKA_DERIVE, ATTR_BOOL, F_MODIFY, false),
	ROW(CKA_LOCAL, ATTR_BOOL, F_COMPUTED),
	ROW(CKA_KEY_GEN_MECHANISM, ATTR_ULONG, F_COMPUTED),
	ROW(CKA_ALLOWED_MECHANISMS, ATTR_MECHS, 0),
	/* no validation, no flags */
	ROW_D(CKA_OBJECT_VALIDATION_FLAGS, ATTR_ULONG, F_COMPUTED | ATTR_TOKEN_SETS, 0),
};
static const struct schema schema_key = { key, ARRAY_LEN(key), &schema_storage };

/* 4.8 */
static const struct attr_def public_key[] = {
	ROW_D(CKA_SUBJECT, ATTR_BYTES, F_MODIFY, 0),
	ROW_D(CKA_ENCRYPT, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_VERIFY, ATTR_BOOL, F_USAGE, true),
	ROW_D(CKA_VERIFY_RECOVER, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_WRAP, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_ENCAPSULATE, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_TRUSTED, ATTR_BOOL, ATTR_MODIFIABLE | ATTR_SO_ONLY, false),
	ROW(CKA_WRAP_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_ENCAPSULATE_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_PUBLIC_KEY_INFO, ATTR_BYTES, ATTR_PAIR_HALF),
	ROW_BYTES_OF(CKA_PUBLIC_CRC64_VALUE, is_crc64, ATTR_NO_GENERATE),
};
static const struct schema schema_public_key = {
	public_key, ARRAY_LEN(public_key), &schema_key };

/* 4.9 */
static const struct attr_def private_key[] = {
	ROW_D(CKA_SUBJECT, ATTR_BYTES, F_MODIFY, 0),
	ROW_D(CKA_SENSITIVE, ATTR_BOOL, F_USAGE | ATTR_ONLY_TO_TRUE, true),
	ROW_D(CKA_DECRYPT, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_SIGN, ATTR_BOOL, F_USAGE, true),
	ROW_D(CKA_SIGN_RECOVER, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_UNWRAP, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_DECAPSULATE, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_EXTRACTABLE, ATTR_BOOL, F_USAGE | ATTR_ONLY_TO_FALSE, false),
	ROW(CKA_ALWAYS_SENSITIVE, ATTR_BOOL, F_COMPUTED),
	ROW(CKA_NEVER_EXTRACTABLE, ATTR_BOOL, F_COMPUTED),
	ROW_D(CKA_WRAP_WITH_TRUSTED, ATTR_BOOL, F_MODIFY | ATTR_ONLY_TO_TRUE, false),
	ROW(CKA_UNWRAP_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_DERIVE_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_DECAPSULATE_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW_D(CKA_ALWAYS_AUTHENTICATE, ATTR_BOOL, 0, false),
	ROW(CKA_PUBLIC_KEY_INFO, ATTR_BYTES, F_MODIFY | ATTR_PAIR_HALF | ATTR_DERIVED),
	ROW_BYTES_OF(CKA_PUBLIC_CRC64_VALUE, is_crc64, ATTR_NO_GENERATE),
};
static const struct schema schema_private_key = {
	private_key, ARRAY_LEN(private_key), &schema_key };

/* 4.10 */
static const struct attr_def secret_key[] = {
	ROW_D(CKA_SENSITIVE, ATTR_BOOL, F_MODIFY | ATTR_ONLY_TO_TRUE, false),
	ROW_D(CKA_ENCRYPT, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_DECRYPT, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_SIGN, ATTR_BOOL, F_USAGE, true),
	ROW_D(CKA_VERIFY, ATTR_BOOL, F_USAGE, true),
	ROW_D(CKA_WRAP, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_UNWRAP, ATTR_BOOL, F_USAGE, false),
	ROW_D(CKA_EXTRACTABLE, ATTR_BOOL, F_USAGE | ATTR_ONLY_TO_FALSE, false),
	ROW(CKA_ALWAYS_SENSITIVE, ATTR_BOOL, F_COMPUTED),
	ROW(CKA_NEVER_EXTRACTABLE, ATTR_BOOL, F_COMPUTED),
	/* C_SetAttributeValue may take it away */
	ROW(CKA_CHECK_VALUE, ATTR_BYTES, F_MODIFY | ATTR_DERIVED),
	ROW_D(CKA_WRAP_WITH_TRUSTED, ATTR_BOOL, F_MODIFY | ATTR_ONLY_TO_TRUE, false),
	ROW_D(CKA_TRUSTED, ATTR_BOOL, ATTR_MODIFIABLE | ATTR_SO_ONLY, false),
	ROW(CKA_WRAP_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_UNWRAP_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_DERIVE_TEMPLATE, ATTR_TEMPLATE, 0),
	ROW(CKA_KT_CUSTODY, ATTR_ULONG, ATTR_READ_ONLY),
};
static const struct schema schema_secret_key = {
	secret_key, ARRAY_LEN(secret_key), &schema_key };

/* 6.1.2 */
static const struct attr_def rsa_public[] = {
	ROW(CKA_MODULUS, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_PAIR_HALF),
	ROW(CKA_MODULUS_BITS, ATTR_ULONG, ATTR_NO_CREATE | ATTR_REQ_GENERATE),
	ROW(CKA_PUBLIC_EXPONENT, ATTR_BIGNUM, ATTR_REQ_CREATE),
	ROW_D(CKA_ENCRYPT, ATTR_BOOL, F_USAGE, true),
};
const struct schema schema_rsa_public = {
	rsa_public, ARRAY_LEN(rsa_public), &schema_public_key };

/* 6.1.3 */
static const struct attr_def rsa_private[] = {
	ROW(CKA_MODULUS, ATTR_BIGNUM,
		ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_NO_UNWRAP | ATTR_PAIR_HALF),
	ROW(CKA_PUBLIC_EXPONENT, ATTR_BIGNUM,
		ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_NO_UNWRAP | ATTR_PAIR_HALF),
	ROW(CKA_PRIVATE_EXPONENT, ATTR_BIGNUM, F_SECRET | ATTR_REQ_CREATE),
	ROW(CKA_PRIME_1, ATTR_BIGNUM, F_SECRET),
	ROW(CKA_PRIME_2, ATTR_BIGNUM, F_SECRET),
	ROW(CKA_EXPONENT_1, ATTR_BIGNUM, F_SECRET),
	ROW(CKA_EXPONENT_2, ATTR_BIGNUM, F_SECRET),
	ROW(CKA_COEFFICIENT, ATTR_BIGNUM, F_SECRET),
	ROW_D(CKA_DECRYPT, ATTR_BOOL, F_USAGE, true),
};
const struct schema schema_rsa_private = {
	rsa_private, ARRAY_LEN(rsa_private), &schema_private_key };

/* 6.2.4; X9.42's (6.4.3) */
static const struct attr_def ffc_public[] = {
	ROW(CKA_PRIME, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_REQ_GENERATE),
	ROW(CKA_SUBPRIME, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_REQ_GENERATE),
	ROW(CKA_BASE, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_REQ_GENERATE),
	ROW(CKA_VALUE, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_PAIR_HALF),
};
const struct schema schema_dsa_public = {
	ffc_public, ARRAY_LEN(ffc_public), &schema_public_key };

/* 6.2.5; X9.42's (6.4.5) */
static const struct attr_def ffc_private[] = {
	ROW(CKA_PRIME, ATTR_BIGNUM, F_OTHER_HALF),
	ROW(CKA_SUBPRIME, ATTR_BIGNUM, F_OTHER_HALF),
	ROW(CKA_BASE, ATTR_BIGNUM, F_OTHER_HALF),
	ROW(CKA_VALUE, ATTR_BIGNUM, F_SECRET | ATTR_REQ_CREATE),
};
const struct schema schema_dsa_private = {
	ffc_private, ARRAY_LEN(ffc_private), &schema_private_key };

/* To derive with, and for nothing else. */
static const struct attr_def agreement_public[] = {
	ROW_D(CKA_VERIFY, ATTR_BOOL, F_USAGE, false),
};
static const struct attr_def agreement_private[] = {
	ROW_D(CKA_SIGN, ATTR_BOOL, F_USAGE, false),
};
const struct schema schema_x9_42_public = {
	agreement_public, ARRAY_LEN(agreement_public), &schema_dsa_public };
const struct schema schema_x9_42_private = {
	agreement_private, ARRAY_LEN(agreement_private), &schema_dsa_private };

/* 6.4.2 */
static const struct attr_def dh_public[] = {
	ROW(CKA_PRIME, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_REQ_GENERATE),
	ROW(CKA_BASE, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_REQ_GENERATE),
	ROW(CKA_VALUE, ATTR_BIGNUM, ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_PAIR_HALF),
	ROW_D(CKA_VERIFY, ATTR_BOOL, F_USAGE, false),
};
const struct schema schema_dh_public = {
	dh_public, ARRAY_LEN(dh_public), &schema_public_key };

/* 6.4.4 */
static const struct attr_def dh_private[] = {
	ROW(CKA_PRIME, ATTR_BIGNUM, F_OTHER_HALF),
	ROW(CKA_BASE, ATTR_BIGNUM, F_OTHER_HALF),
	ROW(CKA_VALUE, ATTR_BIGNUM, F_SECRET | ATTR_REQ_CREATE),
	ROW(CKA_VALUE_BITS, ATTR_ULONG, ATTR_NO_CREATE | ATTR_NO_UNWRAP),
	ROW_D(CKA_SIGN, ATTR_BOOL, F_USAGE, false),
};
const struct schema schema_dh_private = {
	dh_private, ARRAY_LEN(dh_private), &schema_private_key };

/* 6.3.3, 6.3.5 (Edwards) */
static const struct attr_def ec_public[] = {
	ROW(CKA_EC_PARAMS, ATTR_BYTES, ATTR_REQ_CREATE | ATTR_REQ_GENERATE),
	ROW(CKA_EC_POINT, ATTR_BYTES, ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_PAIR_HALF),
};
const struct schema schema_ec_public = {
	ec_public, ARRAY_LEN(ec_public), &schema_public_key };

/* 6.3.4, 6.3.6; CKA_EC_POINT is not in its table, but programs that find a private key
 * alone ask for it, and some hand it over with the rest. */
static const struct attr_def ec_private[] = {
	ROW(CKA_EC_PARAMS, ATTR_BYTES,
		ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_NO_UNWRAP | ATTR_PAIR_HALF),
	ROW(CKA_EC_POINT, ATTR_BYTES, ATTR_NO_GENERATE | ATTR_NO_UNWRAP | ATTR_PAIR_HALF),
	ROW(CKA_VALUE, ATTR_BYTES, F_SECRET | ATTR_REQ_CREATE),
};
const struct schema schema_ec_private = {
	ec_private, ARRAY_LEN(ec_private), &schema_private_key };

/* 6.3.7, 6.3.8: keys to derive with too */
const struct schema schema_montgomery_public = {
	agreement_public, ARRAY_LEN(agreement_public), &schema_ec_public };
const struct schema schema_montgomery_private = {
	agreement_private, ARRAY_LEN(agreement_private), &schema_ec_private };

/* ML-DSA's (6.67), ML-KEM's (6.68) and SLH-DSA's (6.69) */
static const struct attr_def pqc_public[] = {
	ROW(CKA_PARAMETER_SET, ATTR_ULONG, ATTR_REQ_CREATE | ATTR_REQ_GENERATE),
	ROW(CKA_VALUE, ATTR_BYTES, ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_PAIR_HALF),
};
const struct schema schema_pqc_public = {
	pqc_public, ARRAY_LEN(pqc_public), &schema_public_key };

/* ML-DSA's and ML-KEM's: seed or value, or both that belong together */
static const struct attr_def seeded_private[] = {
	ROW(CKA_PARAMETER_SET, ATTR_ULONG,
		ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_NO_UNWRAP | ATTR_PAIR_HALF),
	ROW(CKA_SEED, ATTR_BYTES, F_SECRET),
	ROW(CKA_VALUE, ATTR_BYTES, F_SECRET),
};
const struct schema schema_seeded_private = {
	seeded_private, ARRAY_LEN(seeded_private), &schema_private_key };

static const struct attr_def slh_dsa_private[] = {
	ROW(CKA_PARAMETER_SET, ATTR_ULONG,
		ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_NO_UNWRAP | ATTR_PAIR_HALF),
	ROW(CKA_VALUE, ATTR_BYTES, F_SECRET | ATTR_REQ_CREATE),
};
const struct schema schema_slh_dsa_private = {
	slh_dsa_private, ARRAY_LEN(slh_dsa_private), &schema_private_key };

/* IBM's, of round-2 Dilithium: a key in parts, or whole in CKA_VALUE. What says which
 * parameters may be missing: there is one set. */
#define DILITHIUM_PARAMS                               \
	ROW(CKA_IBM_PQC_PARAMS, ATTR_BYTES, 0),        \
	ROW(CKA_IBM_DILITHIUM_MODE, ATTR_BYTES, 0),    \
	ROW(CKA_IBM_DILITHIUM_KEYFORM, ATTR_ULONG, 0)
#define F_PUBLIC_PART (ATTR_NO_GENERATE | ATTR_NO_UNWRAP | ATTR_PAIR_HALF)

static const struct attr_def dilithium_public[] = {
	DILITHIUM_PARAMS,
	ROW(CKA_IBM_DILITHIUM_RHO, ATTR_BYTES, F_PUBLIC_PART),
	ROW(CKA_IBM_DILITHIUM_T1, ATTR_BYTES, F_PUBLIC_PART),
	ROW(CKA_VALUE, ATTR_BYTES, F_PUBLIC_PART),
};
const struct schema schema_dilithium_public = {
	dilithium_public, ARRAY_LEN(dilithium_public), &schema_public_key };

static const struct attr_def dilithium_private[] = {
	DILITHIUM_PARAMS,
	ROW(CKA_IBM_DILITHIUM_RHO, ATTR_BYTES, F_PUBLIC_PART),
	ROW(CKA_IBM_DILITHIUM_SEED, ATTR_BYTES, F_SECRET),
	ROW(CKA_IBM_DILITHIUM_TR, ATTR_BYTES, F_SECRET),
	ROW(CKA_IBM_DILITHIUM_S1, ATTR_BYTES, F_SECRET),
	ROW(CKA_IBM_DILITHIUM_S2, ATTR_BYTES, F_SECRET),
	ROW(CKA_IBM_DILITHIUM_T0, ATTR_BYTES, F_SECRET),
	ROW(CKA_IBM_DILITHIUM_T1, ATTR_BYTES, F_PUBLIC_PART),
	ROW(CKA_VALUE, ATTR_BYTES, F_SECRET),
};
const struct schema schema_dilithium_private = {
	dilithium_private, ARRAY_LEN(dilithium_private), &schema_private_key };

/* keys to encapsulate with, and for nothing else */
static const struct attr_def ml_kem_public[] = {
	ROW_D(CKA_VERIFY, ATTR_BOOL, F_USAGE, false),
};
const struct schema schema_ml_kem_public = {
	ml_kem_public, ARRAY_LEN(ml_kem_public), &schema_pqc_public };

static const struct attr_def ml_kem_private[] = {
	ROW_D(CKA_SIGN, ATTR_BOOL, F_USAGE, false),
};
const struct schema schema_ml_kem_private = {
	ml_kem_private, ARRAY_LEN(ml_kem_private), &schema_seeded_private };

/* 6.10.2 */
static const struct attr_def aes[] = {
	ROW(CKA_VALUE, ATTR_BYTES, F_SECRET | ATTR_REQ_CREATE),
	ROW(CKA_VALUE_LEN, ATTR_ULONG, ATTR_NO_CREATE | ATTR_REQ_GENERATE),
	ROW_D(CKA_ENCRYPT, ATTR_BOOL, F_USAGE, true),
	ROW_D(CKA_DECRYPT, ATTR_BOOL, F_USAGE, true),
};
const struct schema schema_aes = { aes, ARRAY_LEN(aes), &schema_secret_key };

/* 6.18.3 */
static const struct attr_def des3[] = {
	ROW(CKA_VALUE, ATTR_BYTES, F_SECRET | ATTR_REQ_CREATE),
	ROW_D(CKA_ENCRYPT, ATTR_BOOL, F_USAGE, true),
	ROW_D(CKA_DECRYPT, ATTR_BOOL, F_USAGE, true),
};
const struct schema schema_des3 = { des3, ARRAY_LEN(des3), &schema_secret_key };

/* 6.58.2; there is one size only: who generates need not say it */
static const struct attr_def chacha20[] = {
	ROW(CKA_VALUE, ATTR_BYTES, F_SECRET | ATTR_REQ_CREATE),
	ROW(CKA_VALUE_LEN, ATTR_ULONG, ATTR_NO_CREATE),
	ROW_D(CKA_ENCRYPT, ATTR_BOOL, F_USAGE, true),
	ROW_D(CKA_DECRYPT, ATTR_BOOL, F_USAGE, true),
};
const struct schema schema_chacha20 = {
	chacha20, ARRAY_LEN(chacha20), &schema_secret_key };

/* 6.8.2; HKDF keys (6.62), which have no table */
static const struct attr_def generic_secret[] = {
	ROW(CKA_VALUE, ATTR_BYTES, F_SECRET | ATTR_REQ_CREATE),
	ROW(CKA_VALUE_LEN, ATTR_ULONG, ATTR_NO_CREATE | ATTR_REQ_GENERATE),
};
const struct schema schema_generic_secret = {
	generic_secret, ARRAY_LEN(generic_secret), &schema_secret_key };

/* The HMAC key types of 6.20 to 6.35, and Poly1305's of 6.60: who generates one and does
 * not say its size gets one of the digest's. */
static const struct attr_def hmac[] = {
	ROW(CKA_VALUE, ATTR_BYTES, F_SECRET | ATTR_REQ_CREATE),
	ROW(CKA_VALUE_LEN, ATTR_ULONG, ATTR_NO_CREATE),
};
const struct schema schema_hmac = { hmac, ARRAY_LEN(hmac), &schema_secret_key };
