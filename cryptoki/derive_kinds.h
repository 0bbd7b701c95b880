/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packed parameters of derive.h, read. What is read borrows from the packed bytes. false:
 * derive_params_pack() cannot have made it.
 */
#pragma once

#include "cryptoki/derive.h"

struct hkdf_params {
	enum digest digest;
	bool extract, expand;
	bool salt_is_key;
	struct bytes salt, info;
};

bool hkdf_params_read(struct bytes packed, struct hkdf_params *ret) MUST_CHECK;

/* SP 800-108: a piece of the PRF's input. */
struct sp800_field {
	enum sp800_field_type {
		SP800_ITERATION = CK_SP800_108_ITERATION_VARIABLE,
		SP800_COUNTER = CK_SP800_108_COUNTER,
		SP800_LENGTH = CK_SP800_108_DKM_LENGTH,
		SP800_BYTES = CK_SP800_108_BYTE_ARRAY,
		SP800_KEY = CK_SP800_108_KEY_HANDLE,
	} type;
	bool segments; /* SP800_LENGTH: of whole segments, not of the keys */
	bool little_endian;
	uint8_t width; /* bytes of a number; 0: no number */
	struct bytes bytes;
};

struct sp800_params {
	const struct mech *prf; /* HMAC or CMAC, whole */
	struct bytes iv;        /* of feedback mode */
	struct cursor fields;   /* for sp800_field_next() */
	struct cursor keys;     /* blobs: templates of further keys */
	uint8_t counter_bytes;  /* 0: there is no counter */
	bool with_key;          /* SP800_KEY is among the fields */
};

bool sp800_params_read(
	const struct mech *m, struct bytes packed, struct sp800_params *ret) MUST_CHECK;
bool sp800_field_next(struct cursor *c, struct sp800_field *ret) MUST_CHECK;

struct pbkdf2_params {
	enum digest digest;
	uint32_t iterations;
	struct bytes salt, password;
};

bool pbkdf2_params_read(struct bytes packed, struct pbkdf2_params *ret) MUST_CHECK;

#define TLS_RANDOM 32u

/* TLS 1.2: what of it a mechanism has. */
struct tls_params {
	enum digest digest;
	bool with_version, with_context;
	uint8_t mac_bytes, key_bytes, iv_bytes;
	struct bytes client_random, server_random;
	struct bytes session_hash;
	struct bytes label, context;
};

bool tls_params_read(
	const struct mech *m, struct bytes packed, struct tls_params *ret) MUST_CHECK;

/* ECDH: X9.63's KDF hashes the shared secret, a counter, shared data; SP 800-56A's has the
 * counter in front. */
struct ecdh_params {
	CK_ULONG kdf;       /* CKD_* */
	enum digest digest; /* DIGEST_NONE: CKD_NULL, the shared secret itself */
	bool counter_first;
	struct bytes shared;
	struct bytes public; /* the other side's point, as CKA_EC_POINT or bare */
};

bool ecdh_params_read(struct bytes packed, struct ecdh_params *ret) MUST_CHECK;
/* Its parts, from a message. */
bool ecdh_params_make(CK_ULONG kdf, struct bytes shared, struct bytes public,
	struct ecdh_params *ret) MUST_CHECK;
