/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls: is the token the host's to use, and what does its ticket say.
 * Tickets are 32 random bytes; only their SHA-256 is kept, bound to token,
 * role, epoch and the client certificate.
 */
#pragma once

#include "cryptoki/schema.h"
#include "remote/server/tokens.h"

#define TICKET_BYTES 32u
#define TICKET_HASH 32u

struct auth {
	struct id token;
	uint64_t epoch;
	enum object_role role;
	bool has_ticket;
	uint8_t ticket[TICKET_HASH]; /* its hash */
};

struct ticket_cache *ticket_cache_new(void);
void ticket_cache_free(struct ticket_cache *cache);
/* After a commit that ended tickets: of a token, or one (hash not NULL). */
void ticket_cache_drop(
	struct ticket_cache *cache, const struct id *token, const uint8_t *hash);

/* An empty ticket is an anonymous caller: ROLE_NONE. Refuses with
 * CKR_TOKEN_NOT_PRESENT, CKR_USER_NOT_LOGGED_IN. A ticket in use lives on. */
int auth_call(struct call *c, ProtobufCBinaryData token, ProtobufCBinaryData ticket,
	struct auth *ret) MUST_CHECK;
/* The same where the ticket alone says which token is meant. */
int auth_ticket(struct call *c, ProtobufCBinaryData ticket, struct auth *ret) MUST_CHECK;
/* Is what auth_call() found still so? Does not make the ticket live longer. */
int auth_again(struct call *c, struct auth *auth) MUST_CHECK;
/* CKR_USER_NOT_LOGGED_IN */
int auth_refuse_ticket(struct call *c);

int ticket_hash(struct bytes ticket, uint8_t ret[TICKET_HASH]) MUST_CHECK;
/* A new one for this call's host: its row, and the bytes for the answer. */
int ticket_new(struct call *c, const struct id *token, uint64_t epoch, uint8_t role,
	uint8_t ret_ticket[TICKET_BYTES], struct ticket_row *ret) MUST_CHECK;
/* A wire role into ROLE_USER or ROLE_SO; refuses others. */
int auth_role(struct call *c, int role, enum object_role *ret) MUST_CHECK;
