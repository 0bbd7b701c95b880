/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of mechanisms: one row each, read by everything that must know
 * about a mechanism (lists and infos, every Init, probes, documentation,
 * tests). What runs a row is bound elsewhere (crypto/), by its `algorithm`.
 */
#pragma once

#include "cryptoki/attrs.h"

/* Shape of a mechanism's parameter, the key of params.c's table. */
enum param_kind {
	PARAM_NONE,
	PARAM_IV,                /* iv_bytes bytes */
	PARAM_IV_OPT,            /* the same, or nothing for the mechanism's own */
	PARAM_CTR,               /* CK_AES_CTR_PARAMS */
	PARAM_GCM,               /* CK_GCM_PARAMS */
	PARAM_CCM,               /* CK_CCM_PARAMS */
	PARAM_GMAC,              /* CK_GCM_PARAMS, or iv_bytes bytes */
	PARAM_PSS,               /* CK_RSA_PKCS_PSS_PARAMS */
	PARAM_OAEP,              /* CK_RSA_PKCS_OAEP_PARAMS */
	PARAM_EDDSA,             /* CK_EDDSA_PARAMS, or nothing */
	PARAM_LENGTH,            /* CK_MAC_GENERAL_PARAMS */
	PARAM_OUT_LENGTH,        /* CK_ULONG, or nothing for the digest's usual size */
	PARAM_KMAC,              /* CK_KT_KMAC_PARAMS, or nothing for its usual size */
	PARAM_CHACHA20,          /* CK_CHACHA20_PARAMS */
	PARAM_CHACHA20_POLY1305, /* CK_SALSA20_CHACHA20_POLY1305_PARAMS */
	PARAM_TLS_MAC,           /* CK_TLS_MAC_PARAMS */
	PARAM_SIGN_CONTEXT,      /* CK_SIGN_ADDITIONAL_CONTEXT, or nothing */
	PARAM_HASH_SIGN_CONTEXT, /* CK_HASH_SIGN_ADDITIONAL_CONTEXT */
	PARAM_RSA_AES,           /* CK_RSA_AES_KEY_WRAP_PARAMS */
	/* From here on of derivations, and derive.h's instead of struct mech_params. */
	PARAM_STRING, /* CK_KEY_DERIVATION_STRING_DATA */
	PARAM_IV_DATA, /* CK_AES_CBC_ENCRYPT_DATA_PARAMS and its like: iv_bytes bytes, data */
	PARAM_KEY,     /* CK_OBJECT_HANDLE */
	PARAM_POSITION,     /* CK_EXTRACT_PARAMS */
	PARAM_HKDF,         /* CK_HKDF_PARAMS */
	PARAM_PBKDF2,       /* CK_PKCS5_PBKD2_PARAMS2, or what came before it */
	PARAM_SP800,        /* CK_SP800_108_KDF_PARAMS, or _FEEDBACK_KDF_PARAMS */
	PARAM_TLS_MASTER,   /* CK_TLS12_MASTER_KEY_DERIVE_PARAMS */
	PARAM_TLS_EXTENDED, /* CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS */
	PARAM_TLS_KEYS,     /* CK_TLS12_KEY_MAT_PARAMS */
	PARAM_TLS_KDF,      /* CK_TLS_KDF_PARAMS */
	PARAM_ECDH1,        /* CK_ECDH1_DERIVE_PARAMS */
	PARAM_PUBLIC_VALUE, /* the other side's number */
	PARAM_X9_42_DH1,    /* CK_X9_42_DH1_DERIVE_PARAMS */
	PARAM_COUNT,
};

enum cipher { CIPHER_NONE, CIPHER_AES, CIPHER_DES3, CIPHER_CHACHA20, CIPHER_COUNT };

struct cipher_info {
	uint8_t block; /* bytes; 0 of CIPHER_NONE, 1 of stream ciphers */
};

extern const struct cipher_info ciphers[CIPHER_COUNT];

enum algorithm {
	ALG_NONE,
	ALG_KEY_GEN, /* random bytes of CKA_VALUE_LEN */
	ALG_ECB,     /* from here to ALG_KW_PKCS7: a block cipher's modes, of `cipher` */
	ALG_CBC,
	ALG_CBC_PAD,
	ALG_CTR,
	ALG_CTS, /* CS1 */
	ALG_OFB,
	ALG_CFB8, /* by segments of so many bits */
	ALG_CFB64,
	ALG_CFB128,
	ALG_XTS,
	ALG_GCM,
	ALG_CCM,
	ALG_GMAC,
	ALG_CMAC,
	ALG_KW,
	ALG_KWP,
	ALG_KW_PKCS7,
	ALG_CHACHA20,
	ALG_CHACHA20_POLY1305,
	ALG_POLY1305,
	ALG_DIGEST, /* of `digest` */
	ALG_HMAC,   /* with `digest` */
	ALG_KMAC128,
	ALG_KMAC256,
	ALG_TLS_MAC, /* of the message that finishes a handshake */
	ALG_RSA_KEY_PAIR_GEN,
	ALG_RSA_PKCS, /* v1.5: sign of DigestInfo or raw, encrypt; with `digest`: hash first */
	ALG_RSA_PSS,
	ALG_RSA_OAEP,
	ALG_RSA_RAW,
	ALG_RSA_AES,          /* KWP with an AES key of its own, and OAEP of that */
	ALG_EC_KEY_PAIR_GEN,  /* of key_type, on the curve that CKA_EC_PARAMS names */
	ALG_ECDSA,            /* raw r, s; with `digest`: hash first */
	ALG_FFC_KEY_PAIR_GEN, /* of key_type, with CKA_PRIME, CKA_BASE and CKA_SUBPRIME */
	ALG_DSA,              /* raw r, s; with `digest`: hash first */
	ALG_EDDSA,            /* the parameter says which of the schemes */
	ALG_PQC_KEY_PAIR_GEN, /* of ML-KEM, ML-DSA and SLH-DSA, by the key type */
	ALG_ML_KEM,
	ALG_PQC_SIGN, /* of the message; with `digest`, or one in the parameter: of its digest */
	ALG_CONCATENATE_KEY, /* from here on derivations */
	ALG_CONCATENATE_DATA,
	ALG_PREPEND_DATA,
	ALG_XOR_DATA,
	ALG_EXTRACT_BITS,
	ALG_HASH_KEY, /* with `digest` */
	ALG_SHAKE128_KEY,
	ALG_SHAKE256_KEY,
	ALG_ENCRYPT_ECB, /* of data, with `cipher` */
	ALG_ENCRYPT_CBC,
	ALG_HKDF,
	ALG_HKDF_DATA,
	ALG_PBKDF2,
	ALG_SP800_COUNTER,
	ALG_SP800_FEEDBACK,
	ALG_SP800_PIPELINE,
	ALG_TLS_MASTER,
	ALG_TLS_MASTER_DH, /* the pre-master secret has no version in it */
	ALG_TLS_KEYS,
	ALG_TLS_KEYS_SAFE, /* without IVs */
	ALG_TLS_KDF,
	ALG_ECDH1, /* with a private key, like the next */
	ALG_ECDH1_COFACTOR,
	ALG_DH,
	ALG_COUNT,
};

struct algorithm_info {
	bool in_blocks; /* works on blocks of its cipher and may hold some back */
	bool shortens;  /* decryption may give less than could be told before it */
	bool streams;   /* every byte that comes in goes out at once */
	uint8_t mac;    /* bytes of the MAC; 0: those of cipher or digest, or none */
	/* takes a PKCS #8, and what was changed of it, or its length, is seen */
	bool wraps_private;
};

extern const struct algorithm_info algorithms[ALG_COUNT];

/* The numbers are those of encoded parameters: never change one. */
enum digest {
	DIGEST_NONE,
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGEST_SHA512_224,
	DIGEST_SHA512_256,
	DIGEST_SHA3_224,
	DIGEST_SHA3_256,
	DIGEST_SHA3_384,
	DIGEST_SHA3_512,
	DIGEST_BLAKE2B_160,
	DIGEST_BLAKE2B_256,
	DIGEST_BLAKE2B_384,
	DIGEST_BLAKE2B_512,
	DIGEST_SHAKE128,
	DIGEST_SHAKE256,
	DIGEST_COUNT,
};

struct digest_info {
	const char *name; /* as OpenSSL and people call it: "SHA2-256" */
	uint16_t size;    /* bytes */
	uint16_t block;
	CK_MECHANISM_TYPE mechanism; /* CKM_SHA256 */
	CK_RSA_PKCS_MGF_TYPE mgf;    /* CKG_MGF1_SHA256, 0 where none */
	CK_KEY_TYPE hmac_key;        /* CKK_SHA256_HMAC */
	/* OpenSSL's digest of which it is the variant of `size`: it has no name there */
	const char *sized_from;
	bool extends; /* gives as many bytes as wanted; size is the usual one */
};

extern const struct digest_info digests[DIGEST_COUNT];
/* Does OpenSSL know it by its name, and has it one size? What OpenSSL makes of a digest (KDFs,
 * PSS) it makes of these alone. */
bool digest_is_plain(enum digest d) MUST_CHECK;
/* DIGEST_NONE if no row has it. */
enum digest digest_by_mechanism(CK_MECHANISM_TYPE mechanism);
enum digest digest_by_mgf(CK_RSA_PKCS_MGF_TYPE mgf);
/* The last arc of its OID below 2.16.840.1.101.3.4.2; 0: it has none there. */
uint8_t digest_nist_arc(enum digest d);

/* Bits of the shortest modulus that a private key may have: what is shorter is only verified
 * and encrypted with. */
#define RSA_PRIVATE_MIN_BITS 2048
#define RSA_MAX_BITS 8192
/* Bits of the prime of DSA and Diffie-Hellman keys. New ones, and agreement but on old data,
 * begin at FFC_NEW_MIN_BITS. */
#define FFC_MIN_BITS 1024
#define FFC_NEW_MIN_BITS 2048
#define FFC_DSA_MAX_BITS 3072
#define FFC_DH_MAX_BITS 8192

struct mech {
	CK_MECHANISM_TYPE type;
	const char *name;          /* "AES-CBC-PAD": for people and docs */
	const char *ckm;           /* "CKM_AES_CBC_PAD" */
	CK_KEY_TYPE key_type;      /* CK_UNAVAILABLE_INFORMATION where there is none */
	CK_ULONG min_key, max_key; /* in the unit CK_MECHANISM_INFO wants for it */
	CK_FLAGS flags;            /* CKF_*: of CK_MECHANISM_INFO */
	enum algorithm algorithm;
	enum cipher cipher;
	enum digest digest;
	enum param_kind param;
	uint16_t iv_bytes; /* PARAM_IV, _IV_OPT, _IV_DATA, _GMAC */
	uint16_t block;    /* bytes input must be a multiple of; 1 for streams */
	bool legacy;       /* for reading old data: offered only where [crypto] legacy of
			keyringd.ini says so; elsewhere what mech_lookup() finds of it */
};

/* NULL if the table has no such row. Of a legacy one what is offered everywhere: a row of its
 * own with less in it, or NULL. O(1) or O(log n): called by every Init. */
const struct mech *mech_lookup(CK_MECHANISM_TYPE type);
/* Legacy rows whole. */
const struct mech *mech_lookup_legacy(CK_MECHANISM_TYPE type);
/* Is its key half of a pair? */
bool mech_has_pair(const struct mech *m) MUST_CHECK;
/* Is what is signed taken in parts? Of key pairs not a digest that is given, nor Dilithium's
 * message. */
bool mech_signs_parts(const struct mech *m) MUST_CHECK;
/* Does C_GenerateKey make a key of the parameter alone? */
bool mech_generates_from_password(const struct mech *m) MUST_CHECK;
/* Does it wrap and unwrap private keys (PKCS #8) too? */
bool mech_wraps_private(const struct mech *m) MUST_CHECK;
/* Bytes of a whole MAC of this row; 0: it makes none. */
size_t mech_mac_size(const struct mech *m) MUST_CHECK;
extern const struct mech mechs[];
extern const size_t mechs_count;

/* RFC 8032: as it is, with a context, with a context and of the message's digest. The numbers
 * are those of encoded parameters. */
enum eddsa_scheme { EDDSA_PURE, EDDSA_CONTEXT, EDDSA_PREHASH, EDDSA_SCHEMES };

/* A mechanism parameter without pointers into the application, canonical. The IV of
 * ChaCha20 is block counter and nonce, as its state has them. The IV comes
 * last, and only its first iv_len bytes are set by mech_params_parse() and _decode(). */
struct mech_params {
	uint64_t data_len; /* CCM: bytes of plaintext */
	struct bytes
		extra; /* AAD, OAEP, RSA_AES: label, KMAC: customization, EdDSA, SIGN_CONTEXT: context; borrowed from the application
			       or the message */
	uint16_t iv_len;
	uint16_t tag_bits;    /* GCM, CCM, GMAC */
	uint16_t mac_len;     /* bytes, PARAM_LENGTH, _OUT_LENGTH, _KMAC, _TLS_MAC */
	uint16_t salt_len;    /* bytes, PSS */
	uint16_t key_bits;    /* RSA_AES: 128, 192 or 256 */
	uint8_t counter_bits; /* CTR: 1 to 128; ChaCha20: 32 or 64 */
	uint8_t hash;         /* enum digest: PSS, OAEP, TLS MAC, HASH_SIGN_CONTEXT */
	uint8_t mgf_hash;     /* enum digest */
	uint8_t scheme;       /* enum eddsa_scheme */
	uint8_t sender;       /* TLS MAC: 1 the server, 2 the client */
	uint8_t hedge; /* CKH_*: SIGN_CONTEXT, HASH_SIGN_CONTEXT; ECDSA in keystored */
	uint8_t iv[256];
};

/* The application's parameter against its row's shape. CKR_MECHANISM_PARAM_INVALID
 * or CKR_ARGUMENTS_BAD. extra still points into the application's memory. */
CK_RV mech_params_parse(const struct mech *m, const CK_MECHANISM *mechanism,
	struct mech_params *ret) MUST_CHECK;
/* For the sockets: canonical bytes, and back with every check. */
void mech_params_encode(
	const struct mech *m, const struct mech_params *p, struct buf *to);
CK_RV mech_params_decode(
	const struct mech *m, struct bytes from, struct mech_params *ret) MUST_CHECK;
