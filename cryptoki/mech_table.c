/* SPDX-License-Identifier: Apache-2.0 */
/* The table of mechanisms. */
#include "cryptoki/mech_table.h"

#include "cryptoki/key_size.h"
#include "cryptoki/vendor.h"

/* clang-format off */

#define NO_KEY CK_UNAVAILABLE_INFORMATION

/* Ranges of key sizes: bits for RSA, DSA, Diffie-Hellman, EC, generic secrets and ChaCha20, bytes for AES, HMAC
 * keys and what generates ChaCha20 keys. */
#define RSA_KEY .key_type = CKK_RSA, .min_key = 1024, .max_key = RSA_MAX_BITS
/* private ones, which are made, imported and used from here on */
#define RSA_PAIR .key_type = CKK_RSA, .min_key = RSA_PRIVATE_MIN_BITS, .max_key = RSA_MAX_BITS
#define DSA_KEY                                                                          \
	.key_type = CKK_DSA, .min_key = FFC_MIN_BITS, .max_key = FFC_DSA_MAX_BITS
#define DH_PAIR(m, name_, type_)                                                         \
	{ .type = (m), .ckm = #m, .name = (name_), .key_type = (type_),                  \
		.min_key = FFC_NEW_MIN_BITS, .max_key = FFC_DH_MAX_BITS,                 \
		.flags = CKF_GENERATE_KEY_PAIR, .algorithm = ALG_FFC_KEY_PAIR_GEN }
/* Old data has shorter primes. */
#define DH_DERIVE(m, name_, type_, min_, kind)                                           \
	{ .type = (m), .ckm = #m, .name = (name_), .key_type = (type_),                  \
		.min_key = (min_), .max_key = FFC_DH_MAX_BITS, .flags = CKF_DERIVE,      \
		.algorithm = ALG_DH, .param = (kind), .legacy = true }
#define DH_PKCS_DERIVE(min_)                                                             \
	DH_DERIVE(CKM_DH_PKCS_DERIVE, "DH-PKCS-DERIVE", CKK_DH, min_, PARAM_PUBLIC_VALUE)
#define X9_42_DH_DERIVE(min_)                                                            \
	DH_DERIVE(CKM_X9_42_DH_DERIVE, "X9-42-DH-DERIVE", CKK_X9_42_DH, min_,            \
		PARAM_X9_42_DH1)
#define EC_KEY .key_type = CKK_EC, .min_key = 224, .max_key = 521
#define EDWARDS_KEY .key_type = CKK_EC_EDWARDS, .min_key = 255, .max_key = 448
#define MONTGOMERY_KEY .key_type = CKK_EC_MONTGOMERY, .min_key = 255, .max_key = 448
/* bytes of the public key */
#define ML_KEM_KEY .key_type = CKK_ML_KEM, .min_key = 800, .max_key = 1568
#define ML_DSA_KEY .key_type = CKK_ML_DSA, .min_key = 1312, .max_key = 2592
#define SLH_DSA_KEY .key_type = CKK_SLH_DSA, .min_key = 32, .max_key = 64
#define DILITHIUM_KEY .key_type = CKK_IBM_PQC_DILITHIUM, .min_key = 1760, .max_key = 1760
#define AES_KEY .key_type = CKK_AES, .cipher = CIPHER_AES, .min_key = 16, .max_key = 32
#define XTS_KEY .key_type = CKK_AES_XTS, .cipher = CIPHER_AES, .min_key = 32, .max_key = 64
#define DES3_KEY                                                                         \
	.key_type = CKK_DES3, .cipher = CIPHER_DES3, .min_key = 24, .max_key = 24,       \
	.legacy = true
#define CHACHA20_KEY                                                                     \
	.key_type = CKK_CHACHA20, .cipher = CIPHER_CHACHA20, .min_key = 256, .max_key = 256
#define HMAC_KEY .key_type = CKK_GENERIC_SECRET, .min_key = 1, .max_key = SECRET_KEY_MAX

#define GENERIC_KEY .key_type = CKK_GENERIC_SECRET, .min_key = 8, .max_key = SECRET_KEY_MAX * 8
#define HKDF_KEY .key_type = CKK_HKDF, .min_key = 8, .max_key = SECRET_KEY_MAX * 8
/* of a derivation: any secret key */
#define ANY_SECRET .key_type = NO_KEY, .min_key = 8, .max_key = SECRET_KEY_MAX * 8

#define F_CRYPT (CKF_ENCRYPT | CKF_DECRYPT)
#define F_WRAP (CKF_WRAP | CKF_UNWRAP)
#define F_SIGN (CKF_SIGN | CKF_VERIFY)
#define F_KEM (CKF_ENCAPSULATE | CKF_DECAPSULATE)
#define F_RECOVER (CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER)
#define F_NAMED (CKF_EC_F_P | CKF_EC_OID | CKF_EC_CURVENAME)
#define F_EC (F_NAMED | CKF_EC_ECPARAMETERS | CKF_EC_UNCOMPRESS | CKF_EC_COMPRESS)
/* RFC 8032, RFC 7748: one coordinate */
#define F_ECX (F_NAMED | CKF_EC_COMPRESS)

/* # needs the name before it is replaced by its number: no macro in between. */
#define TYPE(m) .type = (m), .ckm = #m
#define DIGEST(m, name_, d)                                                              \
	{ .type = (m), .ckm = #m, .name = (name_), .key_type = NO_KEY, .flags = CKF_DIGEST, \
		.algorithm = ALG_DIGEST, .digest = (d), .block = 1 }
#define HMAC(m, name_, d)                                                                \
	{ .type = (m), .ckm = #m, .name = (name_), HMAC_KEY, .flags = F_SIGN,            \
		.algorithm = ALG_HMAC, .digest = (d), .block = 1 }
#define HMAC_GENERAL(m, name_, d)                                                        \
	{ .type = (m), .ckm = #m, .name = (name_), HMAC_KEY, .flags = F_SIGN,            \
		.algorithm = ALG_HMAC, .digest = (d), .param = PARAM_LENGTH, .block = 1 }
/* Of keys for the HMAC with it. */
#define HMAC_KEY_GEN(m, name_, type_)                                                    \
	{ .type = (m), .ckm = #m, .name = (name_), .key_type = (type_), .min_key = 1,    \
		.max_key = SECRET_KEY_MAX, .flags = CKF_GENERATE, .algorithm = ALG_KEY_GEN }
#define KMAC(m, name_, algorithm_)                                                       \
	{ .type = (m), .ckm = #m, .name = (name_), .key_type = CKK_GENERIC_SECRET,       \
		.min_key = 4, .max_key = 512, .flags = F_SIGN,                           \
		.algorithm = (algorithm_), .param = PARAM_KMAC, .block = 1 }
#define SHAKE(m, name_, d)                                                               \
	{ .type = (m), .ckm = #m, .name = (name_), .key_type = NO_KEY, .flags = CKF_DIGEST, \
		.algorithm = ALG_DIGEST, .digest = (d), .param = PARAM_OUT_LENGTH, .block = 1 }
#define RSA_HASH(m, name_, d)                                                            \
	{ .type = (m), .ckm = #m, .name = (name_), RSA_KEY, .flags = F_SIGN,             \
		.algorithm = ALG_RSA_PKCS, .digest = (d), .block = 1 }
#define RSA_PSS(m, name_, d)                                                             \
	{ .type = (m), .ckm = #m, .name = (name_), RSA_KEY, .flags = F_SIGN,             \
		.algorithm = ALG_RSA_PSS, .digest = (d), .param = PARAM_PSS, .block = 1 }
/* key_: ML_KEM_KEY, ML_DSA_KEY or SLH_DSA_KEY */
#define PQC_PAIR_GEN(m, name_, key_)                                                     \
	{ .type = (m), .ckm = #m, .name = (name_), key_, .flags = CKF_GENERATE_KEY_PAIR, \
		.algorithm = ALG_PQC_KEY_PAIR_GEN }
#define PQC_SIGN(m, name_, key_, d)                                                      \
	{ .type = (m), .ckm = #m, .name = (name_), key_, .flags = F_SIGN,                \
		.algorithm = ALG_PQC_SIGN, .digest = (d), .param = PARAM_SIGN_CONTEXT,   \
		.block = 1 }
/* of a digest that the caller made */
#define PQC_SIGN_HASH(m, name_, key_)                                                    \
	{ .type = (m), .ckm = #m, .name = (name_), key_, .flags = F_SIGN,                \
		.algorithm = ALG_PQC_SIGN, .param = PARAM_HASH_SIGN_CONTEXT, .block = 1 }
#define ECDSA(m, name_, d)                                                               \
	{ .type = (m), .ckm = #m, .name = (name_), EC_KEY, .flags = F_SIGN | F_EC,       \
		.algorithm = ALG_ECDSA, .digest = (d), .block = 1 }
/* Signing is over (FIPS 186-5); what was signed is not. */
#define DSA(m, name_, d, flags_)                                                         \
	{ .type = (m), .ckm = #m, .name = (name_), DSA_KEY, .flags = (flags_),           \
		.algorithm = ALG_DSA, .digest = (d), .block = 1, .legacy = true }
#define DSA_ROWS(flags_)                                                                 \
	DSA(CKM_DSA, "DSA", DIGEST_NONE, flags_),                                        \
	DSA(CKM_DSA_SHA1, "DSA-SHA1", DIGEST_SHA1, flags_),                              \
	DSA(CKM_DSA_SHA224, "DSA-SHA224", DIGEST_SHA224, flags_),                        \
	DSA(CKM_DSA_SHA256, "DSA-SHA256", DIGEST_SHA256, flags_),                        \
	DSA(CKM_DSA_SHA384, "DSA-SHA384", DIGEST_SHA384, flags_),                        \
	DSA(CKM_DSA_SHA512, "DSA-SHA512", DIGEST_SHA512, flags_)
#define DSA_SHA3_ROWS(flags_)                                                            \
	DSA(CKM_DSA_SHA3_224, "DSA-SHA3-224", DIGEST_SHA3_224, flags_),                  \
	DSA(CKM_DSA_SHA3_256, "DSA-SHA3-256", DIGEST_SHA3_256, flags_),                  \
	DSA(CKM_DSA_SHA3_384, "DSA-SHA3-384", DIGEST_SHA3_384, flags_),                  \
	DSA(CKM_DSA_SHA3_512, "DSA-SHA3-512", DIGEST_SHA3_512, flags_)
#define DERIVE(m, name_, alg, kind)                                                      \
	{ .type = (m), .ckm = #m, .name = (name_), ANY_SECRET, .flags = CKF_DERIVE,      \
		.algorithm = (alg), .param = (kind) }
#define TLS_MASTER(m, name_, alg, kind)                                                  \
	{ .type = (m), .ckm = #m, .name = (name_), .key_type = CKK_GENERIC_SECRET,       \
		.min_key = 48, .max_key = 48, .flags = CKF_DERIVE, .algorithm = (alg),   \
		.param = (kind) }
#define TLS_DERIVE(m, name_, alg, kind)                                                  \
	{ .type = (m), .ckm = #m, .name = (name_), GENERIC_KEY, .flags = CKF_DERIVE,     \
		.algorithm = (alg), .param = (kind) }
#define TLS_MAC(m, name_)                                                                \
	{ .type = (m), .ckm = #m, .name = (name_), GENERIC_KEY, .flags = F_SIGN,         \
		.algorithm = ALG_TLS_MAC, .param = PARAM_TLS_MAC, .block = 1 }
#define HASH_KEY(m, name_, d)                                                            \
	{ .type = (m), .ckm = #m, .name = (name_), ANY_SECRET, .flags = CKF_DERIVE,      \
		.algorithm = ALG_HASH_KEY, .digest = (d) }

/* Sorted by number, for mech_lookup(). */
const struct mech mechs[] = {
	{ TYPE(CKM_RSA_PKCS_KEY_PAIR_GEN), .name = "RSA-KEY-PAIR-GEN", RSA_PAIR,
		.flags = CKF_GENERATE_KEY_PAIR, .algorithm = ALG_RSA_KEY_PAIR_GEN },
	{ TYPE(CKM_RSA_PKCS), .name = "RSA-PKCS", RSA_KEY,
		.flags = F_CRYPT | F_SIGN | F_RECOVER | F_WRAP,
		.algorithm = ALG_RSA_PKCS, .block = 1 },
	{ TYPE(CKM_RSA_X_509), .name = "RSA-RAW", RSA_KEY,
		.flags = F_CRYPT | F_SIGN | F_RECOVER, .algorithm = ALG_RSA_RAW,
		.block = 1 },
	RSA_HASH(CKM_SHA1_RSA_PKCS, "RSA-PKCS-SHA1", DIGEST_SHA1),
	{ TYPE(CKM_RSA_PKCS_OAEP), .name = "RSA-OAEP", RSA_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_RSA_OAEP, .param = PARAM_OAEP, .block = 1 },
	RSA_PSS(CKM_RSA_PKCS_PSS, "RSA-PSS", DIGEST_NONE),
	RSA_PSS(CKM_SHA1_RSA_PKCS_PSS, "RSA-PSS-SHA1", DIGEST_SHA1),
	PQC_PAIR_GEN(CKM_ML_KEM_KEY_PAIR_GEN, "ML-KEM-KEY-PAIR-GEN", ML_KEM_KEY),
	{ TYPE(CKM_DSA_KEY_PAIR_GEN), .name = "DSA-KEY-PAIR-GEN", .key_type = CKK_DSA,
		.min_key = FFC_NEW_MIN_BITS, .max_key = FFC_DSA_MAX_BITS,
		.flags = CKF_GENERATE_KEY_PAIR, .algorithm = ALG_FFC_KEY_PAIR_GEN,
		.legacy = true },
	DSA_ROWS(F_SIGN),
	{ TYPE(CKM_ML_KEM), .name = "ML-KEM", ML_KEM_KEY, .flags = F_KEM,
		.algorithm = ALG_ML_KEM },
	DSA_SHA3_ROWS(F_SIGN),
	PQC_PAIR_GEN(CKM_ML_DSA_KEY_PAIR_GEN, "ML-DSA-KEY-PAIR-GEN", ML_DSA_KEY),
	PQC_SIGN(CKM_ML_DSA, "ML-DSA", ML_DSA_KEY, DIGEST_NONE),
	PQC_SIGN_HASH(CKM_HASH_ML_DSA, "HASH-ML-DSA", ML_DSA_KEY),
	DH_PAIR(CKM_DH_PKCS_KEY_PAIR_GEN, "DH-PKCS-KEY-PAIR-GEN", CKK_DH),
	DH_PKCS_DERIVE(FFC_MIN_BITS),
	PQC_SIGN(CKM_HASH_ML_DSA_SHA224, "HASH-ML-DSA-SHA224", ML_DSA_KEY, DIGEST_SHA224),
	PQC_SIGN(CKM_HASH_ML_DSA_SHA256, "HASH-ML-DSA-SHA256", ML_DSA_KEY, DIGEST_SHA256),
	PQC_SIGN(CKM_HASH_ML_DSA_SHA384, "HASH-ML-DSA-SHA384", ML_DSA_KEY, DIGEST_SHA384),
	PQC_SIGN(CKM_HASH_ML_DSA_SHA512, "HASH-ML-DSA-SHA512", ML_DSA_KEY, DIGEST_SHA512),
	PQC_SIGN(CKM_HASH_ML_DSA_SHA3_224, "HASH-ML-DSA-SHA3-224", ML_DSA_KEY, DIGEST_SHA3_224),
	PQC_SIGN(CKM_HASH_ML_DSA_SHA3_256, "HASH-ML-DSA-SHA3-256", ML_DSA_KEY, DIGEST_SHA3_256),
	PQC_SIGN(CKM_HASH_ML_DSA_SHA3_384, "HASH-ML-DSA-SHA3-384", ML_DSA_KEY, DIGEST_SHA3_384),
	PQC_SIGN(CKM_HASH_ML_DSA_SHA3_512, "HASH-ML-DSA-SHA3-512", ML_DSA_KEY, DIGEST_SHA3_512),
	PQC_SIGN(CKM_HASH_ML_DSA_SHAKE128, "HASH-ML-DSA-SHAKE128", ML_DSA_KEY, DIGEST_SHAKE128),
	PQC_SIGN(CKM_HASH_ML_DSA_SHAKE256, "HASH-ML-DSA-SHAKE256", ML_DSA_KEY, DIGEST_SHAKE256),
	PQC_PAIR_GEN(CKM_SLH_DSA_KEY_PAIR_GEN, "SLH-DSA-KEY-PAIR-GEN", SLH_DSA_KEY),
	PQC_SIGN(CKM_SLH_DSA, "SLH-DSA", SLH_DSA_KEY, DIGEST_NONE),
	DH_PAIR(CKM_X9_42_DH_KEY_PAIR_GEN, "X9-42-DH-KEY-PAIR-GEN", CKK_X9_42_DH),
	X9_42_DH_DERIVE(FFC_MIN_BITS),
	PQC_SIGN_HASH(CKM_HASH_SLH_DSA, "HASH-SLH-DSA", SLH_DSA_KEY),
	PQC_SIGN(CKM_HASH_SLH_DSA_SHA224, "HASH-SLH-DSA-SHA224", SLH_DSA_KEY, DIGEST_SHA224),
	PQC_SIGN(CKM_HASH_SLH_DSA_SHA256, "HASH-SLH-DSA-SHA256", SLH_DSA_KEY, DIGEST_SHA256),
	PQC_SIGN(CKM_HASH_SLH_DSA_SHA384, "HASH-SLH-DSA-SHA384", SLH_DSA_KEY, DIGEST_SHA384),
	PQC_SIGN(CKM_HASH_SLH_DSA_SHA512, "HASH-SLH-DSA-SHA512", SLH_DSA_KEY, DIGEST_SHA512),
	PQC_SIGN(CKM_HASH_SLH_DSA_SHA3_224, "HASH-SLH-DSA-SHA3-224", SLH_DSA_KEY, DIGEST_SHA3_224),
	PQC_SIGN(CKM_HASH_SLH_DSA_SHA3_256, "HASH-SLH-DSA-SHA3-256", SLH_DSA_KEY, DIGEST_SHA3_256),
	PQC_SIGN(CKM_HASH_SLH_DSA_SHA3_384, "HASH-SLH-DSA-SHA3-384", SLH_DSA_KEY, DIGEST_SHA3_384),
	PQC_SIGN(CKM_HASH_SLH_DSA_SHA3_512, "HASH-SLH-DSA-SHA3-512", SLH_DSA_KEY, DIGEST_SHA3_512),
	PQC_SIGN(CKM_HASH_SLH_DSA_SHAKE128, "HASH-SLH-DSA-SHAKE128", SLH_DSA_KEY, DIGEST_SHAKE128),
	PQC_SIGN(CKM_HASH_SLH_DSA_SHAKE256, "HASH-SLH-DSA-SHAKE256", SLH_DSA_KEY, DIGEST_SHAKE256),
	RSA_HASH(CKM_SHA256_RSA_PKCS, "RSA-PKCS-SHA256", DIGEST_SHA256),
	RSA_HASH(CKM_SHA384_RSA_PKCS, "RSA-PKCS-SHA384", DIGEST_SHA384),
	RSA_HASH(CKM_SHA512_RSA_PKCS, "RSA-PKCS-SHA512", DIGEST_SHA512),
	RSA_PSS(CKM_SHA256_RSA_PKCS_PSS, "RSA-PSS-SHA256", DIGEST_SHA256),
	RSA_PSS(CKM_SHA384_RSA_PKCS_PSS, "RSA-PSS-SHA384", DIGEST_SHA384),
	RSA_PSS(CKM_SHA512_RSA_PKCS_PSS, "RSA-PSS-SHA512", DIGEST_SHA512),
	RSA_HASH(CKM_SHA224_RSA_PKCS, "RSA-PKCS-SHA224", DIGEST_SHA224),
	RSA_PSS(CKM_SHA224_RSA_PKCS_PSS, "RSA-PSS-SHA224", DIGEST_SHA224),

	DIGEST(CKM_SHA512_224, "SHA512-224", DIGEST_SHA512_224),
	HMAC(CKM_SHA512_224_HMAC, "HMAC-SHA512-224", DIGEST_SHA512_224),
	HMAC_GENERAL(CKM_SHA512_224_HMAC_GENERAL, "HMAC-SHA512-224-GENERAL",
		DIGEST_SHA512_224),
	HASH_KEY(CKM_SHA512_224_KEY_DERIVATION, "SHA512-224-KEY-DERIVATION",
		DIGEST_SHA512_224),
	DIGEST(CKM_SHA512_256, "SHA512-256", DIGEST_SHA512_256),
	HMAC(CKM_SHA512_256_HMAC, "HMAC-SHA512-256", DIGEST_SHA512_256),
	HMAC_GENERAL(CKM_SHA512_256_HMAC_GENERAL, "HMAC-SHA512-256-GENERAL",
		DIGEST_SHA512_256),
	HASH_KEY(CKM_SHA512_256_KEY_DERIVATION, "SHA512-256-KEY-DERIVATION",
		DIGEST_SHA512_256),
	TLS_MASTER(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, "TLS12-EXTENDED-MASTER-KEY",
		ALG_TLS_MASTER, PARAM_TLS_EXTENDED),
	TLS_MASTER(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH,
		"TLS12-EXTENDED-MASTER-KEY-DH", ALG_TLS_MASTER_DH, PARAM_TLS_EXTENDED),
	RSA_HASH(CKM_SHA3_256_RSA_PKCS, "RSA-PKCS-SHA3-256", DIGEST_SHA3_256),
	RSA_HASH(CKM_SHA3_384_RSA_PKCS, "RSA-PKCS-SHA3-384", DIGEST_SHA3_384),
	RSA_HASH(CKM_SHA3_512_RSA_PKCS, "RSA-PKCS-SHA3-512", DIGEST_SHA3_512),
	RSA_PSS(CKM_SHA3_256_RSA_PKCS_PSS, "RSA-PSS-SHA3-256", DIGEST_SHA3_256),
	RSA_PSS(CKM_SHA3_384_RSA_PKCS_PSS, "RSA-PSS-SHA3-384", DIGEST_SHA3_384),
	RSA_PSS(CKM_SHA3_512_RSA_PKCS_PSS, "RSA-PSS-SHA3-512", DIGEST_SHA3_512),
	RSA_HASH(CKM_SHA3_224_RSA_PKCS, "RSA-PKCS-SHA3-224", DIGEST_SHA3_224),
	RSA_PSS(CKM_SHA3_224_RSA_PKCS_PSS, "RSA-PSS-SHA3-224", DIGEST_SHA3_224),
	{ TYPE(CKM_DES3_KEY_GEN), .name = "DES3-KEY-GEN", DES3_KEY, .flags = CKF_GENERATE,
		.algorithm = ALG_KEY_GEN },
	{ TYPE(CKM_DES3_ECB), .name = "DES3-ECB", DES3_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_ECB, .block = 8 },
	{ TYPE(CKM_DES3_CBC), .name = "DES3-CBC", DES3_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CBC, .param = PARAM_IV, .iv_bytes = 8, .block = 8 },
	{ TYPE(CKM_DES3_CBC_PAD), .name = "DES3-CBC-PAD", DES3_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CBC_PAD, .param = PARAM_IV, .iv_bytes = 8, .block = 1 },
	{ TYPE(CKM_DES3_CMAC_GENERAL), .name = "DES3-CMAC-GENERAL", DES3_KEY,
		.flags = F_SIGN, .algorithm = ALG_CMAC, .param = PARAM_LENGTH,
		.block = 1 },
	{ TYPE(CKM_DES3_CMAC), .name = "DES3-CMAC", DES3_KEY, .flags = F_SIGN,
		.algorithm = ALG_CMAC, .block = 1 },
	DIGEST(CKM_SHA_1, "SHA1", DIGEST_SHA1),
	HMAC(CKM_SHA_1_HMAC, "HMAC-SHA1", DIGEST_SHA1),
	HMAC_GENERAL(CKM_SHA_1_HMAC_GENERAL, "HMAC-SHA1-GENERAL", DIGEST_SHA1),
	DIGEST(CKM_SHA256, "SHA256", DIGEST_SHA256),
	HMAC(CKM_SHA256_HMAC, "HMAC-SHA256", DIGEST_SHA256),
	HMAC_GENERAL(CKM_SHA256_HMAC_GENERAL, "HMAC-SHA256-GENERAL", DIGEST_SHA256),
	DIGEST(CKM_SHA224, "SHA224", DIGEST_SHA224),
	HMAC(CKM_SHA224_HMAC, "HMAC-SHA224", DIGEST_SHA224),
	HMAC_GENERAL(CKM_SHA224_HMAC_GENERAL, "HMAC-SHA224-GENERAL", DIGEST_SHA224),
	DIGEST(CKM_SHA384, "SHA384", DIGEST_SHA384),
	HMAC(CKM_SHA384_HMAC, "HMAC-SHA384", DIGEST_SHA384),
	HMAC_GENERAL(CKM_SHA384_HMAC_GENERAL, "HMAC-SHA384-GENERAL", DIGEST_SHA384),
	DIGEST(CKM_SHA512, "SHA512", DIGEST_SHA512),
	HMAC(CKM_SHA512_HMAC, "HMAC-SHA512", DIGEST_SHA512),
	HMAC_GENERAL(CKM_SHA512_HMAC_GENERAL, "HMAC-SHA512-GENERAL", DIGEST_SHA512),
	DIGEST(CKM_SHA3_256, "SHA3-256", DIGEST_SHA3_256),
	HMAC(CKM_SHA3_256_HMAC, "HMAC-SHA3-256", DIGEST_SHA3_256),
	HMAC_GENERAL(CKM_SHA3_256_HMAC_GENERAL, "HMAC-SHA3-256-GENERAL", DIGEST_SHA3_256),
	HMAC_KEY_GEN(CKM_SHA3_256_KEY_GEN, "SHA3-256-KEY-GEN", CKK_SHA3_256_HMAC),
	DIGEST(CKM_SHA3_224, "SHA3-224", DIGEST_SHA3_224),
	HMAC(CKM_SHA3_224_HMAC, "HMAC-SHA3-224", DIGEST_SHA3_224),
	HMAC_GENERAL(CKM_SHA3_224_HMAC_GENERAL, "HMAC-SHA3-224-GENERAL", DIGEST_SHA3_224),
	HMAC_KEY_GEN(CKM_SHA3_224_KEY_GEN, "SHA3-224-KEY-GEN", CKK_SHA3_224_HMAC),
	DIGEST(CKM_SHA3_384, "SHA3-384", DIGEST_SHA3_384),
	HMAC(CKM_SHA3_384_HMAC, "HMAC-SHA3-384", DIGEST_SHA3_384),
	HMAC_GENERAL(CKM_SHA3_384_HMAC_GENERAL, "HMAC-SHA3-384-GENERAL", DIGEST_SHA3_384),
	HMAC_KEY_GEN(CKM_SHA3_384_KEY_GEN, "SHA3-384-KEY-GEN", CKK_SHA3_384_HMAC),
	DIGEST(CKM_SHA3_512, "SHA3-512", DIGEST_SHA3_512),
	HMAC(CKM_SHA3_512_HMAC, "HMAC-SHA3-512", DIGEST_SHA3_512),
	HMAC_GENERAL(CKM_SHA3_512_HMAC_GENERAL, "HMAC-SHA3-512-GENERAL", DIGEST_SHA3_512),
	HMAC_KEY_GEN(CKM_SHA3_512_KEY_GEN, "SHA3-512-KEY-GEN", CKK_SHA3_512_HMAC),

	{ TYPE(CKM_GENERIC_SECRET_KEY_GEN), .name = "GENERIC-SECRET-KEY-GEN",
		.key_type = CKK_GENERIC_SECRET, .min_key = 8, .max_key = SECRET_KEY_MAX * 8,
		.flags = CKF_GENERATE, .algorithm = ALG_KEY_GEN },

	DERIVE(CKM_CONCATENATE_BASE_AND_KEY, "CONCATENATE-BASE-AND-KEY", ALG_CONCATENATE_KEY,
		PARAM_KEY),
	DERIVE(CKM_CONCATENATE_BASE_AND_DATA, "CONCATENATE-BASE-AND-DATA",
		ALG_CONCATENATE_DATA, PARAM_STRING),
	DERIVE(CKM_CONCATENATE_DATA_AND_BASE, "CONCATENATE-DATA-AND-BASE",
		ALG_PREPEND_DATA, PARAM_STRING),
	DERIVE(CKM_XOR_BASE_AND_DATA, "XOR-BASE-AND-DATA", ALG_XOR_DATA, PARAM_STRING),
	DERIVE(CKM_EXTRACT_KEY_FROM_KEY, "EXTRACT-KEY-FROM-KEY", ALG_EXTRACT_BITS,
		PARAM_POSITION),
	HASH_KEY(CKM_SHA1_KEY_DERIVATION, "SHA1-KEY-DERIVATION", DIGEST_SHA1),
	HASH_KEY(CKM_SHA256_KEY_DERIVATION, "SHA256-KEY-DERIVATION", DIGEST_SHA256),
	HASH_KEY(CKM_SHA384_KEY_DERIVATION, "SHA384-KEY-DERIVATION", DIGEST_SHA384),
	HASH_KEY(CKM_SHA512_KEY_DERIVATION, "SHA512-KEY-DERIVATION", DIGEST_SHA512),
	HASH_KEY(CKM_SHA224_KEY_DERIVATION, "SHA224-KEY-DERIVATION", DIGEST_SHA224),
	HASH_KEY(CKM_SHA3_256_KEY_DERIVATION, "SHA3-256-KEY-DERIVATION", DIGEST_SHA3_256),
	HASH_KEY(CKM_SHA3_224_KEY_DERIVATION, "SHA3-224-KEY-DERIVATION", DIGEST_SHA3_224),
	HASH_KEY(CKM_SHA3_384_KEY_DERIVATION, "SHA3-384-KEY-DERIVATION", DIGEST_SHA3_384),
	HASH_KEY(CKM_SHA3_512_KEY_DERIVATION, "SHA3-512-KEY-DERIVATION", DIGEST_SHA3_512),
	DERIVE(CKM_SHAKE_128_KEY_DERIVATION, "SHAKE128-KEY-DERIVATION", ALG_SHAKE128_KEY,
		PARAM_NONE),
	DERIVE(CKM_SHAKE_256_KEY_DERIVATION, "SHAKE256-KEY-DERIVATION", ALG_SHAKE256_KEY,
		PARAM_NONE),
	DERIVE(CKM_SP800_108_COUNTER_KDF, "SP800-108-COUNTER-KDF", ALG_SP800_COUNTER,
		PARAM_SP800),
	DERIVE(CKM_SP800_108_FEEDBACK_KDF, "SP800-108-FEEDBACK-KDF", ALG_SP800_FEEDBACK,
		PARAM_SP800),
	DERIVE(CKM_SP800_108_DOUBLE_PIPELINE_KDF, "SP800-108-DOUBLE-PIPELINE-KDF",
		ALG_SP800_PIPELINE, PARAM_SP800),
	{ TYPE(CKM_PKCS5_PBKD2), .name = "PBKDF2", ANY_SECRET, .flags = CKF_GENERATE,
		.algorithm = ALG_PBKDF2, .param = PARAM_PBKDF2 },
	TLS_MAC(CKM_TLS12_MAC, "TLS12-MAC"),
	TLS_DERIVE(CKM_TLS12_KDF, "TLS12-KDF", ALG_TLS_KDF, PARAM_TLS_KDF),
	TLS_MASTER(CKM_TLS12_MASTER_KEY_DERIVE, "TLS12-MASTER-KEY", ALG_TLS_MASTER,
		PARAM_TLS_MASTER),
	TLS_MASTER(CKM_TLS12_KEY_AND_MAC_DERIVE, "TLS12-KEY-AND-MAC", ALG_TLS_KEYS,
		PARAM_TLS_KEYS),
	TLS_MASTER(CKM_TLS12_MASTER_KEY_DERIVE_DH, "TLS12-MASTER-KEY-DH",
		ALG_TLS_MASTER_DH, PARAM_TLS_MASTER),
	TLS_MASTER(CKM_TLS12_KEY_SAFE_DERIVE, "TLS12-KEY-SAFE", ALG_TLS_KEYS_SAFE,
		PARAM_TLS_KEYS),
	TLS_MAC(CKM_TLS_MAC, "TLS-MAC"),
	TLS_DERIVE(CKM_TLS_KDF, "TLS-KDF", ALG_TLS_KDF, PARAM_TLS_KDF),

	{ TYPE(CKM_EC_KEY_PAIR_GEN), .name = "EC-KEY-PAIR-GEN", EC_KEY,
		.flags = CKF_GENERATE_KEY_PAIR | F_EC,
		.algorithm = ALG_EC_KEY_PAIR_GEN },
	ECDSA(CKM_ECDSA, "ECDSA", DIGEST_NONE),
	ECDSA(CKM_ECDSA_SHA1, "ECDSA-SHA1", DIGEST_SHA1),
	ECDSA(CKM_ECDSA_SHA224, "ECDSA-SHA224", DIGEST_SHA224),
	ECDSA(CKM_ECDSA_SHA256, "ECDSA-SHA256", DIGEST_SHA256),
	ECDSA(CKM_ECDSA_SHA384, "ECDSA-SHA384", DIGEST_SHA384),
	ECDSA(CKM_ECDSA_SHA512, "ECDSA-SHA512", DIGEST_SHA512),
	ECDSA(CKM_ECDSA_SHA3_224, "ECDSA-SHA3-224", DIGEST_SHA3_224),
	ECDSA(CKM_ECDSA_SHA3_256, "ECDSA-SHA3-256", DIGEST_SHA3_256),
	ECDSA(CKM_ECDSA_SHA3_384, "ECDSA-SHA3-384", DIGEST_SHA3_384),
	ECDSA(CKM_ECDSA_SHA3_512, "ECDSA-SHA3-512", DIGEST_SHA3_512),
	{ TYPE(CKM_ECDH1_DERIVE), .name = "ECDH1-DERIVE", EC_KEY,
		.flags = CKF_DERIVE | F_EC, .algorithm = ALG_ECDH1, .param = PARAM_ECDH1 },
	{ TYPE(CKM_ECDH1_COFACTOR_DERIVE), .name = "ECDH1-COFACTOR-DERIVE", EC_KEY,
		.flags = CKF_DERIVE | F_EC, .algorithm = ALG_ECDH1_COFACTOR,
		.param = PARAM_ECDH1 },
	{ TYPE(CKM_RSA_AES_KEY_WRAP), .name = "RSA-AES-KEY-WRAP", RSA_KEY, .flags = F_WRAP,
		.algorithm = ALG_RSA_AES, .param = PARAM_RSA_AES, .block = 1 },
	{ TYPE(CKM_EC_EDWARDS_KEY_PAIR_GEN), .name = "EC-EDWARDS-KEY-PAIR-GEN", EDWARDS_KEY,
		.flags = CKF_GENERATE_KEY_PAIR | F_ECX, .algorithm = ALG_EC_KEY_PAIR_GEN },
	{ TYPE(CKM_EC_MONTGOMERY_KEY_PAIR_GEN), .name = "EC-MONTGOMERY-KEY-PAIR-GEN",
		MONTGOMERY_KEY, .flags = CKF_GENERATE_KEY_PAIR | F_ECX,
		.algorithm = ALG_EC_KEY_PAIR_GEN },
	{ TYPE(CKM_EDDSA), .name = "EDDSA", EDWARDS_KEY, .flags = F_SIGN | F_ECX,
		.algorithm = ALG_EDDSA, .param = PARAM_EDDSA, .block = 1 },

	{ TYPE(CKM_AES_XTS), .name = "AES-XTS", XTS_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_XTS, .param = PARAM_IV, .iv_bytes = 16, .block = 1 },
	{ TYPE(CKM_AES_XTS_KEY_GEN), .name = "AES-XTS-KEY-GEN", XTS_KEY,
		.flags = CKF_GENERATE, .algorithm = ALG_KEY_GEN },
	{ TYPE(CKM_AES_KEY_GEN), .name = "AES-KEY-GEN", AES_KEY, .flags = CKF_GENERATE,
		.algorithm = ALG_KEY_GEN },
	{ TYPE(CKM_AES_ECB), .name = "AES-ECB", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_ECB, .block = 16 },
	{ TYPE(CKM_AES_CBC), .name = "AES-CBC", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CBC, .param = PARAM_IV, .iv_bytes = 16, .block = 16 },
	{ TYPE(CKM_AES_CBC_PAD), .name = "AES-CBC-PAD", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CBC_PAD, .param = PARAM_IV, .iv_bytes = 16,
		.block = 1 },
	{ TYPE(CKM_AES_CTR), .name = "AES-CTR", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CTR, .param = PARAM_CTR, .block = 1 },
	{ TYPE(CKM_AES_GCM), .name = "AES-GCM", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_GCM, .param = PARAM_GCM, .block = 1 },
	{ TYPE(CKM_AES_CCM), .name = "AES-CCM", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CCM, .param = PARAM_CCM, .block = 1 },
	{ TYPE(CKM_AES_CTS), .name = "AES-CTS", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CTS, .param = PARAM_IV, .iv_bytes = 16, .block = 1 },
	{ TYPE(CKM_AES_CMAC), .name = "AES-CMAC", AES_KEY, .flags = F_SIGN,
		.algorithm = ALG_CMAC, .block = 1 },
	{ TYPE(CKM_AES_CMAC_GENERAL), .name = "AES-CMAC-GENERAL", AES_KEY,
		.flags = F_SIGN, .algorithm = ALG_CMAC, .param = PARAM_LENGTH,
		.block = 1 },
	{ TYPE(CKM_AES_GMAC), .name = "AES-GMAC", AES_KEY, .flags = F_SIGN,
		.algorithm = ALG_GMAC, .param = PARAM_GMAC, .iv_bytes = 12, .block = 1 },
	{ TYPE(CKM_AES_ECB_ENCRYPT_DATA), .name = "AES-ECB-ENCRYPT-DATA", AES_KEY,
		.flags = CKF_DERIVE, .algorithm = ALG_ENCRYPT_ECB, .param = PARAM_STRING },
	{ TYPE(CKM_AES_CBC_ENCRYPT_DATA), .name = "AES-CBC-ENCRYPT-DATA", AES_KEY,
		.flags = CKF_DERIVE, .algorithm = ALG_ENCRYPT_CBC, .param = PARAM_IV_DATA,
		.iv_bytes = 16 },
	{ TYPE(CKM_CHACHA20_KEY_GEN), .name = "CHACHA20-KEY-GEN",
		.key_type = CKK_CHACHA20, .min_key = 32, .max_key = 32,
		.flags = CKF_GENERATE, .algorithm = ALG_KEY_GEN },
	{ TYPE(CKM_CHACHA20), .name = "CHACHA20", CHACHA20_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CHACHA20, .param = PARAM_CHACHA20, .block = 1 },
	{ TYPE(CKM_POLY1305_KEY_GEN), .name = "POLY1305-KEY-GEN",
		.key_type = CKK_POLY1305, .min_key = 32, .max_key = 32,
		.flags = CKF_GENERATE, .algorithm = ALG_KEY_GEN },
	{ TYPE(CKM_POLY1305), .name = "POLY1305", .key_type = CKK_POLY1305,
		.min_key = 32, .max_key = 32, .flags = F_SIGN,
		.algorithm = ALG_POLY1305, .block = 1 },
	{ TYPE(CKM_AES_OFB), .name = "AES-OFB", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_OFB, .param = PARAM_IV, .iv_bytes = 16, .block = 1 },
	{ TYPE(CKM_AES_CFB64), .name = "AES-CFB64", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CFB64, .param = PARAM_IV, .iv_bytes = 16, .block = 1 },
	{ TYPE(CKM_AES_CFB8), .name = "AES-CFB8", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CFB8, .param = PARAM_IV, .iv_bytes = 16, .block = 1 },
	{ TYPE(CKM_AES_CFB128), .name = "AES-CFB128", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_CFB128, .param = PARAM_IV, .iv_bytes = 16, .block = 1 },
	{ TYPE(CKM_AES_KEY_WRAP), .name = "AES-KEY-WRAP", AES_KEY, .flags = F_CRYPT | F_WRAP,
		.algorithm = ALG_KW, .param = PARAM_IV_OPT, .iv_bytes = 8, .block = 8 },
	/* Deprecated, and never defined well: version 2.40 describes KW after PKCS #7's
	 * padding, which NSS does, but calls it by RFC 5649's name, which SoftHSM2, cloud
	 * services and most HSMs follow, and 3.0 gives each a name of its own. What keys are
	 * carried in today is RFC 5649: it is KWP here. */
	{ TYPE(CKM_AES_KEY_WRAP_PAD), .name = "AES-KEY-WRAP-PAD", AES_KEY,
		.flags = F_CRYPT | F_WRAP, .algorithm = ALG_KWP, .param = PARAM_IV_OPT,
		.iv_bytes = 4, .block = 1 },
	{ TYPE(CKM_AES_KEY_WRAP_KWP), .name = "AES-KEY-WRAP-KWP", AES_KEY,
		.flags = F_CRYPT | F_WRAP, .algorithm = ALG_KWP, .param = PARAM_IV_OPT,
		.iv_bytes = 4, .block = 1 },
	{ TYPE(CKM_AES_KEY_WRAP_PKCS7), .name = "AES-KEY-WRAP-PKCS7", AES_KEY,
		.flags = F_CRYPT | F_WRAP, .algorithm = ALG_KW_PKCS7, .param = PARAM_IV_OPT,
		.iv_bytes = 8, .block = 1 },
	HMAC_KEY_GEN(CKM_SHA_1_KEY_GEN, "SHA1-KEY-GEN", CKK_SHA_1_HMAC),
	HMAC_KEY_GEN(CKM_SHA224_KEY_GEN, "SHA224-KEY-GEN", CKK_SHA224_HMAC),
	HMAC_KEY_GEN(CKM_SHA256_KEY_GEN, "SHA256-KEY-GEN", CKK_SHA256_HMAC),
	HMAC_KEY_GEN(CKM_SHA384_KEY_GEN, "SHA384-KEY-GEN", CKK_SHA384_HMAC),
	HMAC_KEY_GEN(CKM_SHA512_KEY_GEN, "SHA512-KEY-GEN", CKK_SHA512_HMAC),
	HMAC_KEY_GEN(CKM_SHA512_224_KEY_GEN, "SHA512-224-KEY-GEN", CKK_SHA512_224_HMAC),
	HMAC_KEY_GEN(CKM_SHA512_256_KEY_GEN, "SHA512-256-KEY-GEN", CKK_SHA512_256_HMAC),
	DIGEST(CKM_BLAKE2B_160, "BLAKE2B-160", DIGEST_BLAKE2B_160),
	HMAC(CKM_BLAKE2B_160_HMAC, "HMAC-BLAKE2B-160", DIGEST_BLAKE2B_160),
	HMAC_GENERAL(CKM_BLAKE2B_160_HMAC_GENERAL, "HMAC-BLAKE2B-160-GENERAL",
		DIGEST_BLAKE2B_160),
	HASH_KEY(CKM_BLAKE2B_160_KEY_DERIVE, "BLAKE2B-160-KEY-DERIVE", DIGEST_BLAKE2B_160),
	HMAC_KEY_GEN(CKM_BLAKE2B_160_KEY_GEN, "BLAKE2B-160-KEY-GEN",
		CKK_BLAKE2B_160_HMAC),
	DIGEST(CKM_BLAKE2B_256, "BLAKE2B-256", DIGEST_BLAKE2B_256),
	HMAC(CKM_BLAKE2B_256_HMAC, "HMAC-BLAKE2B-256", DIGEST_BLAKE2B_256),
	HMAC_GENERAL(CKM_BLAKE2B_256_HMAC_GENERAL, "HMAC-BLAKE2B-256-GENERAL",
		DIGEST_BLAKE2B_256),
	HASH_KEY(CKM_BLAKE2B_256_KEY_DERIVE, "BLAKE2B-256-KEY-DERIVE", DIGEST_BLAKE2B_256),
	HMAC_KEY_GEN(CKM_BLAKE2B_256_KEY_GEN, "BLAKE2B-256-KEY-GEN",
		CKK_BLAKE2B_256_HMAC),
	DIGEST(CKM_BLAKE2B_384, "BLAKE2B-384", DIGEST_BLAKE2B_384),
	HMAC(CKM_BLAKE2B_384_HMAC, "HMAC-BLAKE2B-384", DIGEST_BLAKE2B_384),
	HMAC_GENERAL(CKM_BLAKE2B_384_HMAC_GENERAL, "HMAC-BLAKE2B-384-GENERAL",
		DIGEST_BLAKE2B_384),
	HASH_KEY(CKM_BLAKE2B_384_KEY_DERIVE, "BLAKE2B-384-KEY-DERIVE", DIGEST_BLAKE2B_384),
	HMAC_KEY_GEN(CKM_BLAKE2B_384_KEY_GEN, "BLAKE2B-384-KEY-GEN",
		CKK_BLAKE2B_384_HMAC),
	DIGEST(CKM_BLAKE2B_512, "BLAKE2B-512", DIGEST_BLAKE2B_512),
	HMAC(CKM_BLAKE2B_512_HMAC, "HMAC-BLAKE2B-512", DIGEST_BLAKE2B_512),
	HMAC_GENERAL(CKM_BLAKE2B_512_HMAC_GENERAL, "HMAC-BLAKE2B-512-GENERAL",
		DIGEST_BLAKE2B_512),
	HASH_KEY(CKM_BLAKE2B_512_KEY_DERIVE, "BLAKE2B-512-KEY-DERIVE", DIGEST_BLAKE2B_512),
	HMAC_KEY_GEN(CKM_BLAKE2B_512_KEY_GEN, "BLAKE2B-512-KEY-GEN",
		CKK_BLAKE2B_512_HMAC),
	{ TYPE(CKM_CHACHA20_POLY1305), .name = "CHACHA20-POLY1305", CHACHA20_KEY,
		.flags = F_CRYPT, .algorithm = ALG_CHACHA20_POLY1305,
		.param = PARAM_CHACHA20_POLY1305, .block = 1 },

	{ TYPE(CKM_HKDF_DERIVE), .name = "HKDF-DERIVE", HKDF_KEY, .flags = CKF_DERIVE,
		.algorithm = ALG_HKDF, .param = PARAM_HKDF },
	{ TYPE(CKM_HKDF_DATA), .name = "HKDF-DATA", HKDF_KEY, .flags = CKF_DERIVE,
		.algorithm = ALG_HKDF_DATA, .param = PARAM_HKDF },
	{ TYPE(CKM_HKDF_KEY_GEN), .name = "HKDF-KEY-GEN", HKDF_KEY, .flags = CKF_GENERATE,
		.algorithm = ALG_KEY_GEN },

	/* Ed25519 by IBM's number, from before the standard had one */
	{ TYPE(CKM_IBM_ED25519_SHA512), .name = "IBM-ED25519-SHA512",
		.key_type = CKK_EC_EDWARDS, .min_key = 255, .max_key = 255,
		.flags = F_SIGN | F_ECX, .algorithm = ALG_EDDSA, .block = 1 },
	/* makes the pairs too, under the one number */
	{ TYPE(CKM_IBM_DILITHIUM), .name = "IBM-DILITHIUM", DILITHIUM_KEY,
		.flags = CKF_GENERATE_KEY_PAIR | F_SIGN, .algorithm = ALG_PQC_SIGN,
		.block = 1, .legacy = true },

	SHAKE(CKM_KT_SHAKE_128, "SHAKE-128", DIGEST_SHAKE128),
	SHAKE(CKM_KT_SHAKE_256, "SHAKE-256", DIGEST_SHAKE256),
	KMAC(CKM_KT_KMAC_128, "KMAC-128", ALG_KMAC128),
	KMAC(CKM_KT_KMAC_256, "KMAC-256", ALG_KMAC256),
};
const size_t mechs_count = ARRAY_LEN(mechs);

const struct mech mechs_everywhere[] = {
	DSA_ROWS(CKF_VERIFY),
	DSA_SHA3_ROWS(CKF_VERIFY),
	DH_PKCS_DERIVE(FFC_NEW_MIN_BITS),
	X9_42_DH_DERIVE(FFC_NEW_MIN_BITS),
};
const size_t mechs_everywhere_count = ARRAY_LEN(mechs_everywhere);
