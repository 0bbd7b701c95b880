/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CKA_ALWAYS_AUTHENTICATE: the keystore's tickets for one use of a private key, for which a
 * client gave the PIN. They stay here: the client has a number for each, good for its own
 * login and that key.
 */
#pragma once

#include "keyringd/op_key.h"

/* Kept after its use too: the operation may be asked for again, when its answer was lost,
 * and the keystore knows it by the same request. */
struct use {
	TAILQ_ENTRY(use) link;
	uint64_t number;
	struct wire_id key, request; /* zeroes: not used yet */
	struct secret ticket;
	uint64_t ends_ms;
};

bool use_is_wanted(const struct op_key *k) MUST_CHECK;
/* NULL: none of this number, for this key. Its request is made when it is first asked
 * for: the keystore takes those of now, and the PIN may have been given a while ago. */
const struct use *use_find(
	struct login *l, uint64_t number, const struct wire_id *key) MUST_CHECK;
void use_cancel(struct client *cl, uint64_t number);
/* The login has ended. */
void uses_end(struct login *l);

void handle_login_use(struct request *r);
