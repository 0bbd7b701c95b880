/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed AF_ALG sockets that were passed to clients. Who has one can compute everything
 * that its algorithm can with that key, any IV and any data, until it closes the socket:
 * nothing that we do takes it back. So one is passed only where the key's attributes
 * permit all of that; what is kept here is one operation socket of each, which keeps
 * the receiver from setting another key, and the record of who has what. Modules
 * drop theirs when the region (region.h) says so.
 */
#pragma once

#include "cryptoki/mech.h"
#include "keyringd/client.h"

struct op_key;
struct token;

struct pass {
	TAILQ_ENTRY(pass) link;  /* of the client's, oldest first */
	struct hash_node by_key; /* of the daemon's */
	struct client *client;
	const struct token *token;
	const struct mech *mech;
	struct wire_id key;
	bool private;
	int held;
};

/*
 * Does the key permit everything that a socket keyed with it for this mechanism computes?
 *
 * The mechanism has to be a plain one (the kernel's algorithm itself), of the key's type,
 * and allowed by CKA_ALLOWED_MECHANISMS where that is there. Ciphers need ENCRYPT and
 * DECRYPT, MACs SIGN and VERIFY, and no key that wraps, unwraps or derives is passed.
 *
 * A socket of ecb, cbc or ctr is an oracle of the block cipher, from which any other mode
 * and CMAC can be built, whatever CKA_SIGN and CKA_ALLOWED_MECHANISMS say. It is
 * passed all the same, because C_Encrypt and C_Decrypt with that very mechanism are the same
 * oracle: IV and counter are the caller's. A key for GCM or CCM alone is never passed as
 * one of those, one for MACs alone never as a cipher, and the other way round. Dates are not asked:
 * CKA_START_DATE and CKA_END_DATE are for people, no operation here looks at them.
 */
bool pass_permitted(struct bytes attributes, const struct mech *m) MUST_CHECK;

/* Room for one more, by what all and one user's clients may have? */
bool passes_have_room(const struct client *cl) MUST_CHECK;
/* Records one; closes the client's oldest when it has too many, and what it had for the
 * same key and mechanism. Takes held, in any case. -ENOMEM. */
int pass_keep(struct client *cl, const struct token *t, const struct op_key *k,
	const struct mech *m, int held) MUST_CHECK;
/* What was recorded has not come to the client. */
void pass_forget(struct client *cl, const struct wire_id *key, const struct mech *m);
/* Has this client any of this token's? */
bool passes_any(const struct client *cl, const struct token *t) MUST_CHECK;

/* The key has other attributes now: those that they do not permit end. */
void passes_key_changed(
	struct daemon *d, const struct wire_id *key, struct bytes attributes);
void passes_key_gone(struct daemon *d, const struct wire_id *key);
/* A client's, of private keys of a token: its user has logged out. */
void passes_end_private(struct client *cl, const struct token *t);
void passes_end_token(struct daemon *d, const struct token *t);
void passes_end_client(struct client *cl);

void handle_region(struct request *r);
void handle_key_socket(struct request *r);
