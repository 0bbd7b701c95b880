/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets keyed with a key that keyringd keeps, passed to this process so that
 * operations need no round trip: those of one version of one object, shared by all
 * sessions. They are asked for when a key is used for the second time; what was refused
 * is not asked for again.
 */
#pragma once

#include "kcapi_backend/kcapi.h"
#include "libtoken/store/store.h"

struct passed;

/* NULL: no memory. */
struct passed *passed_new(struct kcapi *k);
void passed_free(struct passed *p); /* harmless on NULL */
/* keyringd has executed an operation with the key. */
void passed_note_use(struct passed *p);
/* Its sockets are closed, and no more are asked for: the key is gone. */
void passed_revoke(struct passed *p);

struct passed_request {
	struct store *store;
	CK_SLOT_ID slot;
	struct wire_id key;
	const struct mech *mech;
	const struct mech_params *params;
};

/* The key with what the mechanism takes, asked for where it is not there yet; it belongs to
 * p. ret_needs: what that is, as kcapi_needs() says. NULL: keyringd executes. */
struct kcapi_key *passed_key(struct passed *p, const struct passed_request *r,
	const struct mech *ret_needs[2]);
