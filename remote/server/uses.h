/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CKA_ALWAYS_AUTHENTICATE: each use of such a key takes a ticket of its own, for which the
 * PIN was given. It is kept among the tickets of logins, under a hash over itself, the
 * login's ticket and the key's name: with another login or key there is no such ticket.
 */
#pragma once

#include "remote/server/keys.h"
#include "remote/server/requests.h"

struct use {
	const struct auth *auth; /* of the user's login */
	const Keystore__V1__KeyRef *key;
	ProtobufCBinaryData ticket; /* for this use */
};

/* Is it a key that takes them, and this caller's to use? CKR_USER_NOT_LOGGED_IN,
 * CKR_OPERATION_NOT_INITIALIZED where it wants none, and as key_get(). */
int use_ticket_check(struct call *c, const struct auth *auth,
	const Keystore__V1__KeyRef *key) MUST_CHECK;
/* A new one for this login and key, and its row. */
int use_ticket_new(struct call *c, const struct auth *auth,
	const Keystore__V1__KeyRef *key, uint8_t ret_ticket[TICKET_BYTES],
	struct ticket_row *ret) MUST_CHECK;
/* Before the key is used: from here on the ticket is good for this very request only, which
 * may come again. CKR_USER_NOT_LOGGED_IN. */
int use_ticket_spend(struct call *c, const struct use *u, ProtobufCBinaryData request_id,
	const ProtobufCMessage *message) MUST_CHECK;
