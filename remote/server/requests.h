/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that change something, safe to repeat: what one did is kept with
 * the transaction under its id for a while. The stored hash is an HMAC under a key
 * derived from the master key, because requests contain PINs that a plain
 * hash would give away to who tries them all.
 */
#pragma once

#include "remote/server/call.h"

struct request {
	struct request_row row; /* id, digest and time; the rest by who serves it */
};

/* Checks the id's age and hashes the call (certificate, method, message).
 * CKR_ARGUMENTS_BAD for an id that is too old or from the future. */
int request_begin(struct call *c, ProtobufCBinaryData id, const ProtobufCMessage *message,
	struct request *ret) MUST_CHECK;
/* In the transaction: busy, where nobody waits for the answer any more: what its caller takes
 * for failed is not done after that. Not for PINs: a wrong one counts, whoever has gone. */
int request_wanted(struct call *c) MUST_CHECK;
/* In the transaction: was it served before? Then row says how. Refuses with
 * CKR_ARGUMENTS_BAD where another request came under this id. */
int request_seen(struct call *c, struct storage_tx *tx, struct request *rq,
	bool *ret_seen) MUST_CHECK;
/* Keeps row as it now is. */
int request_keep(struct storage_tx *tx, const struct id *token,
	const struct request *rq) MUST_CHECK;

/* The key for hashes. 0 or -errno. */
int request_key_make(const struct master_key *mk, struct secret *ret) MUST_CHECK;
