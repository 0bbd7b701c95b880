/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows one token at its keystore: without a ticket what is public, with a
 * user's ticket everything. Starts when a client first uses the token. When
 * the stream breaks it is begun again, with growing pauses; what the index has
 * is used meanwhile, stale as it may become: a search works while no keystore
 * can be reached.
 */
#pragma once

#include "keyringd/login.h"

struct watch;

int watch_new(struct token *t, struct watch **ret) MUST_CHECK;
/* Its token, index and loop are still there. Harmless on NULL. */
void watch_free(struct watch *w);
/* Somebody uses the token. */
void watch_want(struct watch *w);
/* Tickets came or went. */
void watch_tickets(struct watch *w);
/* The token was initialised anew. */
void watch_epoch(struct watch *w, uint64_t epoch);
void watch_stop(struct watch *w);

/* Has the index all that this role may see? */
bool watch_is_current(const struct watch *w, enum object_role role) MUST_CHECK;
/* r goes on once it has, or when there is no hope: 10 s passed, or the stream
 * failed; then with r->waited set. Takes a held request. */
void watch_wait(struct watch *w, struct request *r);
/* Drops the client's waiting requests. */
void watch_forget_client(struct watch *w, const struct client *cl);

/* An object from the reply to a change of ours, before the change is answered. */
void watch_apply(struct watch *w, const struct wire_id *id, uint64_t revision,
	struct bytes attributes);
void watch_apply_gone(struct watch *w, const struct wire_id *id, uint64_t revision);
