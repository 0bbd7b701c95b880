/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WIRE_OP: cryptography with keys in broker custody, here; with private keys,
 * at their keystore.
 */
#pragma once

#include "keyringd/login.h"

struct op_contexts; /* operations in several parts, by number */

void handle_op(struct request *r);
void handle_op_cancel(struct request *r);
void ops_end_client(struct client *cl);
/* Those with private keys of a token: the user has logged out. */
void ops_end_private(struct client *cl, const struct token *t);
void ops_end_key(struct client *cl, const struct token *t, const struct wire_id *key);
