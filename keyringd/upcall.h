/* SPDX-License-Identifier: Apache-2.0 */
/* A client's request that needs a call to its token's keystore. */
#pragma once

#include "keyringd/login.h"
#include "keyringd/upstream.h"

struct upcall;
/* Answers u->r. response is NULL unless rv is CKR_OK. The client may have ended
 * meanwhile: request_is_dead(u->r); answering is right then too. */
typedef void upcall_done(struct upcall *u, CK_RV rv, const ProtobufCMessage *response);

struct upcall {
	struct request *r; /* held */
	struct login *l;
	upcall_done *done;
	unsigned era;      /* of the login, when the call was made */
	uint64_t epoch;    /* of the token, likewise */
	uint64_t sent_ms;  /* the ticket, likewise */
	struct wire_id id; /* what done needs */
	uint64_t number;
	void *arg; /* likewise; not freed */
	/* Of what takes so long that it is given up when its client ends; else NULL. */
	struct rpc_call *call;
	LIST_ENTRY(upcall) link;
	bool linked;
	bool for_use; /* CKR_USER_NOT_LOGGED_IN may be about this use of a key only */
};

/* Holds r, calls, frees what was put into u after done. keep: done will read the
 * request again. The message may borrow from the request. false: the request has been answered,
 * and done is not called. */
bool upcall_start(struct request *r, bool keep, enum remote_method method,
	const ProtobufCMessage *message, const struct upcall *u);
/* Gives up the calls that nobody waits for any more; keystored stops working on them. */
void upcalls_end_client(struct client *cl);
