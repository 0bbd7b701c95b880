/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/upcall.h"

#include <stdlib.h>

#include "common/log.h"
#include "keyringd/account.h"

static void
upcall_end(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	if (u->linked)
		LIST_REMOVE(u, link);
	account_call_ended(u->r->conn->account, u->r->conn->d);
	u->done(u, rv, response);
	free(u);
}

void
upcalls_end_client(struct client *cl)
{
	struct upcall *u;

	while ((u = LIST_FIRST(&cl->long_calls)) != NULL) {
		rpc_cancel(u->call);
		upcall_end(u, CKR_FUNCTION_CANCELED, NULL);
	}
}

static void
on_done(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	struct upcall *u = arg;
	CK_RV rv = u->era == u->l->era
			   ? login_result(u->l, status, u->sent_ms, u->for_use)
			   : remote_ckr(status);

	if (status->code != RPC_OK || response == NULL) {
		log_debug("%s: keystore: %s", wire_messages[u->r->type].name,
			status->message);
		if (rv == CKR_OK)
			rv = CKR_DEVICE_ERROR;
		response = NULL;
	}
	upcall_end(u, rv, response);
}

bool
upcall_start(struct request *r, bool keep, enum remote_method method,
	const ProtobufCMessage *message, const struct upcall *from)
{
	struct upcall *u = malloc(sizeof *u);

	if (u == NULL) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return false;
	}
	*u = *from;
	u->era = u->l->era;
	u->epoch = u->l->token->epoch;
	u->sent_ms = u->l->ticket_ms;
	/* the message borrows from r, which holding it leaves as it is */
	u->r = request_hold(r, keep);
	if (u->r == NULL) {
		free(u);
		return false;
	}
	u->r->conn->account->calls++;
	u->linked = method == REMOTE_GENERATE_KEY_PAIR;
	if (u->linked)
		LIST_INSERT_HEAD(&u->r->client->long_calls, u, link);
	upstream_call(u->l->token->up, method, message, on_done, u, &u->call);
	return true;
}
