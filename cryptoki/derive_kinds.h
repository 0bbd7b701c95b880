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

/* Diffie-Hellman: what is hashed beside the shared secret (X9.63, 5.6.3; SP 800-56C, 4; X9.42 and
 * RFC 2631, 2.1.2). */
enum agree_counter {
	COUNTER_NONE,   /* CKD_NULL: nothing is hashed */
	COUNTER_FIRST,  /* counter, secret, shared data */
	COUNTER_SECOND, /* secret, counter, shared data */
	COUNTER_WITHIN, /* secret, shared data, which has the counter in it */
};

struct agree_params {
	CK_ULONG kdf;       /* CKD_* */
	enum digest digest; /* DIGEST_NONE: CKD_NULL, the shared secret itself */
	enum agree_counter counter;
	size_t counter_at; /* COUNTER_WITHIN: of its four bytes in shared */
	struct bytes shared;
	/* the other side's: a point, as CKA_EC_POINT or bare; a number */
	struct bytes public;
};

bool agree_params_read(
	const struct mech *m, struct bytes packed, struct agree_params *ret) MUST_CHECK;
/* Its parts, from a message. */
bool agree_params_make(const struct mech *m, CK_ULONG kdf, struct bytes shared,
	struct bytes public, struct agree_params *ret) MUST_CHECK;
