/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WIRE_OP: cryptography with keys in broker custody, here; with private keys,
 * at their keystore.
 */
#pragma once

#include "keyringd/op_key.h"

struct op_contexts; /* operations in several parts, by number */

/* Never 0, never the same twice. */
uint64_t op_number(void) MUST_CHECK;

void handle_op(struct request *r);
void handle_op_cancel(struct request *r);
/* With a private key: the keystore computes. */
void op_private(struct request *r, struct login *l, const struct op_key *k,
	const struct mech *m, const struct mech_params *p);
void ops_end_client(struct client *cl);
/* Those with private keys of a token: the user has logged out. */
void ops_end_private(struct client *cl, const struct token *t);
void ops_end_key(struct client *cl, const struct token *t, const struct wire_id *key);
