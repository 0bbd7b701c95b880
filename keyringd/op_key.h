/* SPDX-License-Identifier: Apache-2.0 */
/* The key of an operation: found, visible, and allowed to do this. */
#pragma once

#include "cryptoki/op.h"
#include "keyringd/login.h"

struct index_object;
struct session_object;

/* Borrowed: until the next change of anything. */
struct op_key {
	const struct session_object *session; /* one of these two */
	struct index_object *object;
	struct wire_id id;
	uint64_t revision;       /* 0: a session object */
	struct bytes attributes; /* what policy is asked of, not all */
	CK_OBJECT_CLASS class;
	bool private;
};

/* CKR_OK; CKR_KEY_HANDLE_INVALID; CKR_USER_NOT_LOGGED_IN where others ended the client's
 * login, and it may be for that. *ret_wait: not known yet, ask again when the token's
 * index is current. */
CK_RV op_key_find(struct login *l, const struct wire_id *id, struct op_key *ret,
	bool *ret_wait) MUST_CHECK;
/* The same for a request, which waits for the index where that helps: false, and its handler
 * runs again. */
bool op_key_await(struct request *r, struct login *l, const struct wire_id *id,
	struct op_key *ret, CK_RV *ret_rv) MUST_CHECK;
CK_RV op_key_check(
	const struct op_key *k, enum op_kind kind, const struct mech *m) MUST_CHECK;
/* An operation with a secret key, armed: from the cache, or new. CKR_KEY_NEEDED:
 * its value has to be fetched first. */
CK_RV op_key_arm(struct daemon *d, const struct op_key *k, enum op_kind kind,
	const struct mech *m, const struct mech_params *p, struct op **ret) MUST_CHECK;
/* Fetches the value of a token's secret key, then r goes on. */
void op_key_fetch(struct request *r, struct login *l, const struct wire_id *id);
