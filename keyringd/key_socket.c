/* SPDX-License-Identifier: Apache-2.0 */
/* WIRE_REGION and WIRE_KEY_SOCKET: the messages that bring a descriptor. */
#include "keyringd/op_key.h"
#include "keyringd/passes.h"
#include "keyringd/region.h"
#include "keyringd/watch.h"

/* ---- region */

void
handle_region(struct request *r)
{
	struct wire_region_reply reply = { REGION_CELLS };
	CK_RV rv = CKR_OK;
	struct login *l = login_get_token(r->client, r->m.slot_request.slot, &rv);
	int fd;

	if (l == NULL) {
		request_done(r, rv, NULL);
		return;
	}
	if (token_region_join(l->token->region, &fd) != 0) {
		request_done(r, CKR_DEVICE_MEMORY, NULL);
		return;
	}
	if (l->has_region) /* counted once */
		token_region_leave(l->token->region);
	l->has_region = true;
	(void)request_done_fd(r, &reply, fd);
}

/* ---- key-socket */

void
handle_key_socket(struct request *r)
{
	const struct wire_key_socket *w = &r->m.key_socket;
	struct op_key k;
	bool wait = false;
	CK_RV rv = CKR_OK;
	struct login *l = login_get_token(r->client, w->slot, &rv);

	if (l != NULL)
		rv = op_key_find(l, &w->key, &k, &wait);
	if (wait && !r->waited) {
		r = request_hold(r, true);
		if (r != NULL)
			watch_wait(l->token->watch, r);
		return;
	}
	/* nothing of the kernel's is built in: keyringd executes */
	request_done(r, rv == CKR_OK ? CKR_FUNCTION_NOT_SUPPORTED : rv, NULL);
}
