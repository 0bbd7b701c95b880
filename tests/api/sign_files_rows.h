/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of keys and the signatures of tests/api/sign_files.c. */
#pragma once

#include <string.h>

#include "cryptoki/pkcs11.h"
#include "cryptoki/vendor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- Kinds of keys ------------------------------------------------------------------------ */

static const struct kind {
	const char *name;
	CK_KEY_TYPE type;
	CK_ULONG number; /* bits of the modulus, or the parameter set */
	CK_BYTE oid[16];
	CK_ULONG oid_n;
	const char *algorithm, *option; /* openssl genpkey's */
	CK_ULONG signature;             /* of ECDSA: bytes */
} kinds[] = {
#define RSA(bits)                                               \
	{                                                       \
		"rsa-" #bits, CKK_RSA, (bits), { 0 }, 0, "RSA", \
			"rsa_keygen_bits:" #bits, 0             \
	}
#define EC(name, curve, size, ...)                                                      \
	{                                                                               \
		(name), CKK_EC, 0, { __VA_ARGS__ }, sizeof((CK_BYTE[]){ __VA_ARGS__ }), \
			"EC", "ec_paramgen_curve:" curve, (size)                        \
	}
#define EDWARDS(name, last)                                                              \
	{                                                                                \
		(name), CKK_EC_EDWARDS, 0, { 6, 3, 0x2b, 0x65, (last) }, 5, (name), "-", \
			0                                                                \
	}
#define ML_DSA(set)                                                                     \
	{                                                                               \
		"ML-DSA-" #set, CKK_ML_DSA, CKP_ML_DSA_##set, { 0 }, 0, "ML-DSA-" #set, \
			"-", 0                                                          \
	}
#define SLH_DSA(name, set)                                                 \
	{                                                                  \
		"SLH-DSA-" name, CKK_SLH_DSA, CKP_SLH_DSA_##set, { 0 }, 0, \
			"SLH-DSA-" name, "-", 0                            \
	}
#define BRAINPOOL(bits, size, last)                                                      \
	EC("bp" #bits, "brainpoolP" #bits "r1", (size), 6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, \
		1, (last))
	RSA(2048),
	RSA(3072),
	EC("p224", "P-224", 56, 6, 5, 0x2b, 0x81, 4, 0, 0x21),
	EC("p256", "P-256", 64, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7),
	EC("p384", "P-384", 96, 6, 5, 0x2b, 0x81, 4, 0, 0x22),
	EC("p521", "P-521", 132, 6, 5, 0x2b, 0x81, 4, 0, 0x23),
	EC("secp256k1", "secp256k1", 64, 6, 5, 0x2b, 0x81, 4, 0, 0x0a),
	BRAINPOOL(224, 56, 5),
	BRAINPOOL(256, 64, 7),
	BRAINPOOL(320, 80, 9),
	BRAINPOOL(384, 96, 11),
	BRAINPOOL(512, 128, 13),
	EDWARDS("ed25519", 0x70),
	EDWARDS("ed448", 0x71),
	ML_DSA(44),
	ML_DSA(65),
	ML_DSA(87),
	SLH_DSA("SHA2-128s", SHA2_128S),
	SLH_DSA("SHAKE-128s", SHAKE_128S),
	SLH_DSA("SHA2-128f", SHA2_128F),
	SLH_DSA("SHAKE-128f", SHAKE_128F),
	SLH_DSA("SHA2-192s", SHA2_192S),
	SLH_DSA("SHAKE-192s", SHAKE_192S),
	SLH_DSA("SHA2-192f", SHA2_192F),
	SLH_DSA("SHAKE-192f", SHAKE_192F),
	SLH_DSA("SHA2-256s", SHA2_256S),
	SLH_DSA("SHAKE-256s", SHAKE_256S),
	SLH_DSA("SHA2-256f", SHA2_256F),
	SLH_DSA("SHAKE-256f", SHAKE_256F),
};

static const struct {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE generate;
	CK_ATTRIBUTE_TYPE domain, value; /* what names the kind, what the public key is */
} types[] = {
	{ CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, CKA_MODULUS_BITS, CKA_MODULUS },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, CKA_EC_PARAMS, CKA_EC_POINT },
	{ CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKA_EC_PARAMS, CKA_EC_POINT },
	{ CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKA_PARAMETER_SET, CKA_VALUE },
	{ CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKA_PARAMETER_SET, CKA_VALUE },
};

/* --- Rows ------------------------------------------------------------------------------------ */

#define CONTEXT "a context"
#define CONTEXT_HEX "6120636f6e74657874"

static const struct row {
	CK_KEY_TYPE type;
	const char *only; /* kind; NULL: all of the type */
	const char *name;
	CK_MECHANISM_TYPE mechanism;
	const char *style, *digest; /* of EdDSA's styles OpenSSL's instance */
	int context, prehash; /* prehash: EdDSA's, or the mechanism wants a digest */
} rows[] = {
#define RSA_ROWS(name, d)                                                               \
	{ CKK_RSA, NULL, "pkcs-" name, CKM_##d##_RSA_PKCS, "pkcs1", (name), 0, 0 },     \
		{ CKK_RSA, NULL, "pss-" name, CKM_##d##_RSA_PKCS_PSS, "pss", (name), 0, \
			0 },                                                            \
		{ CKK_RSA, NULL, "pss-of-" name, CKM_RSA_PKCS_PSS, "pss", (name), 0,    \
			1 },                                                            \
	{                                                                               \
		CKK_EC, NULL, (name), CKM_ECDSA_##d, "ecdsa", (name), 0, 0              \
	}
#define HASH_ROWS(name, d)                                                              \
	{ CKK_ML_DSA, "ML-DSA-65", "hash-" name, CKM_HASH_ML_DSA_##d, "digest", (name), \
		1, 0 },                                                                 \
	{                                                                               \
		CKK_SLH_DSA, "SLH-DSA-SHA2-128f", "hash-" name, CKM_HASH_SLH_DSA_##d,   \
			"digest", (name), 1, 0                                          \
	}
	RSA_ROWS("sha1", SHA1),
	RSA_ROWS("sha224", SHA224),
	RSA_ROWS("sha256", SHA256),
	RSA_ROWS("sha384", SHA384),
	RSA_ROWS("sha512", SHA512),
	RSA_ROWS("sha3-224", SHA3_224),
	RSA_ROWS("sha3-256", SHA3_256),
	RSA_ROWS("sha3-384", SHA3_384),
	RSA_ROWS("sha3-512", SHA3_512),
	{ CKK_RSA, NULL, "pkcs", CKM_RSA_PKCS, "raw-pkcs1", "-", 0, 0 },
	{ CKK_RSA, NULL, "x509", CKM_RSA_X_509, "raw-none", "-", 0, 0 },
	{ CKK_EC, NULL, "of-sha256", CKM_ECDSA, "ecdsa", "sha256", 0, 1 },
	{ CKK_EC_EDWARDS, "ed25519", "pure", CKM_EDDSA, "eddsa", "Ed25519", 0, 0 },
	{ CKK_EC_EDWARDS, "ed25519", "ibm", CKM_IBM_ED25519_SHA512, "eddsa", "Ed25519", 0,
		0 },
	{ CKK_EC_EDWARDS, "ed25519", "ctx", CKM_EDDSA, "eddsa", "Ed25519ctx", 1, 0 },
	{ CKK_EC_EDWARDS, "ed25519", "ph", CKM_EDDSA, "eddsa", "Ed25519ph", 0, 1 },
	{ CKK_EC_EDWARDS, "ed25519", "ph-ctx", CKM_EDDSA, "eddsa", "Ed25519ph", 1, 1 },
	{ CKK_EC_EDWARDS, "ed448", "pure", CKM_EDDSA, "eddsa", "Ed448", 0, 0 },
	{ CKK_EC_EDWARDS, "ed448", "ctx", CKM_EDDSA, "eddsa", "Ed448", 1, 0 },
	{ CKK_EC_EDWARDS, "ed448", "ph", CKM_EDDSA, "eddsa", "Ed448ph", 0, 1 },
	{ CKK_EC_EDWARDS, "ed448", "ph-ctx", CKM_EDDSA, "eddsa", "Ed448ph", 1, 1 },
	{ CKK_ML_DSA, NULL, "pure", CKM_ML_DSA, "message", "-", 0, 0 },
	{ CKK_ML_DSA, NULL, "ctx", CKM_ML_DSA, "message", "-", 1, 0 },
	{ CKK_SLH_DSA, NULL, "pure", CKM_SLH_DSA, "message", "-", 0, 0 },
	{ CKK_SLH_DSA, "SLH-DSA-SHAKE-128f", "ctx", CKM_SLH_DSA, "message", "-", 1, 0 },
	HASH_ROWS("sha224", SHA224),
	HASH_ROWS("sha256", SHA256),
	HASH_ROWS("sha384", SHA384),
	HASH_ROWS("sha512", SHA512),
	HASH_ROWS("sha3-224", SHA3_224),
	HASH_ROWS("sha3-256", SHA3_256),
	HASH_ROWS("sha3-384", SHA3_384),
	HASH_ROWS("sha3-512", SHA3_512),
	HASH_ROWS("shake128", SHAKE128),
	HASH_ROWS("shake256", SHAKE256),
	{ CKK_ML_DSA, "ML-DSA-44", "of-sha256", CKM_HASH_ML_DSA, "digest", "sha256", 1,
		1 },
	{ CKK_SLH_DSA, "SLH-DSA-SHA2-128f", "of-sha512", CKM_HASH_SLH_DSA, "digest",
		"sha512", 1, 1 },
};

static const struct digest {
	const char *name; /* openssl's */
	CK_MECHANISM_TYPE hash;
	CK_RSA_PKCS_MGF_TYPE mgf;
	CK_ULONG size;
} digests[] = {
	{ "sha1", CKM_SHA_1, CKG_MGF1_SHA1, 20 },
	{ "sha224", CKM_SHA224, CKG_MGF1_SHA224, 28 },
	{ "sha256", CKM_SHA256, CKG_MGF1_SHA256, 32 },
	{ "sha384", CKM_SHA384, CKG_MGF1_SHA384, 48 },
	{ "sha512", CKM_SHA512, CKG_MGF1_SHA512, 64 },
	{ "sha3-224", CKM_SHA3_224, CKG_MGF1_SHA3_224, 28 },
	{ "sha3-256", CKM_SHA3_256, CKG_MGF1_SHA3_256, 32 },
	{ "sha3-384", CKM_SHA3_384, CKG_MGF1_SHA3_384, 48 },
	{ "sha3-512", CKM_SHA3_512, CKG_MGF1_SHA3_512, 64 },
};

static inline const struct digest *
digest_of(const struct row *r)
{
	for (size_t i = 0; i < COUNT(digests); i++)
		if (strcmp(digests[i].name, r->digest) == 0)
			return &digests[i];
	return NULL;
}

static inline int
is_row_of(const struct row *r, const struct kind *k)
{
	return r->type == k->type && (r->only == NULL || strcmp(r->only, k->name) == 0);
}
