/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PINs: scrypt, a verifier sealed under the token's key, and the lockout.
 * A try is counted as a failure and committed before the PIN is looked at, and
 * uncounted when it was right, so that a crash gives nobody a free try.
 */
#pragma once

#include "remote/proto/keystore.pb-c.h"
#include "remote/server/auth.h"
#include "remote/server/requests.h"

#define PIN_VERIFIER 32u

/* A PIN row that owns its verifier. */
struct pin {
	struct pin_row row;
	uint8_t verifier[PIN_VERIFIER + SEAL_OVERHEAD];
};

/* CKR_PIN_LEN_RANGE for a PIN that may not be set. */
int pin_check_new(struct call *c, ProtobufCBinaryData pin) MUST_CHECK;
/* Hashes a new PIN, in turn: CALL_REFUSED with UNAVAILABLE when too many do. */
int pin_make(struct call *c, struct bytes key, const struct id *token,
	enum object_role role, ProtobufCBinaryData pin, struct pin *ret) MUST_CHECK;
/* The same from within pin_attempt(), whose turn it already is. */
int pin_make_here(struct call *c, struct bytes key, const struct id *token,
	enum object_role role, ProtobufCBinaryData pin, struct pin *ret) MUST_CHECK;
/* The same verifier under another key. */
int pin_rewrap(const struct pin_row *row, struct bytes old_key, struct bytes new_key,
	const struct id *token, enum object_role role, struct pin *ret) MUST_CHECK;

/* One try of a PIN. */
struct pin_try {
	struct id token;
	enum object_role role;
	ProtobufCBinaryData pin;
	struct request *request;
	/* After the PIN was found right, outside of any transaction; may be NULL. */
	int (*prepare)(struct call *c, struct pin_try *t);
	/* In the transaction that clears the count: what the right PIN allows.
	 * row is the token as it is now; what is changed in it is stored. key is the
	 * token's. Not called for a repeated request, unless `each_time`. */
	int (*apply)(struct storage_tx *tx, struct token_row *row, struct pin_try *t);
	bool each_time;
	struct bytes key;
	bool counted;           /* set: it had its turn; else nothing has happened */
	bool had_failures;      /* set: what others see of the token changed */
	struct token_name name; /* set: for log lines */
	void *arg;
};

/* 0 when the PIN is right and apply() is committed. Refuses with
 * CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_USER_PIN_NOT_INITIALIZED,
 * CKR_TOKEN_NOT_PRESENT. */
int pin_attempt(struct call *c, struct pin_try *t) MUST_CHECK;

/* PIN checks by host: a host that floods is told to wait. */
struct pin_rate *pin_rate_new(void);
void pin_rate_free(struct pin_rate *rate);
