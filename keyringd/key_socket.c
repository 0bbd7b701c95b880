/* SPDX-License-Identifier: Apache-2.0 */
/* WIRE_REGION and WIRE_KEY_SOCKET: the messages that bring a descriptor. */
#include <errno.h>
#include <unistd.h>

#include "kcapi_backend/kcapi.h"
#include "keyringd/custody.h"
#include "keyringd/index.h"
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

/* -EINVAL: the kernel takes no key like that. Whatever it is, keyringd executes. */
static CK_RV
pass_error(int r)
{
	return r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -ENOBUFS
		       ? CKR_DEVICE_MEMORY
		       : CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV
pass_make(struct daemon *d, struct vault_item *item, const struct mech *m,
	struct kcapi_pass *ret)
{
	struct secret value;
	int r;

	if (vault_get(d->vault, item, &value) != 0)
		return CKR_DEVICE_ERROR;
	r = kcapi_pass_new(d->kcapi, m, secret_bytes(&value), ret);
	secret_free(&value);
	return r == 0 ? CKR_OK : pass_error(r);
}

static void
pass_answer(struct request *r, const struct token *t, const struct op_key *k,
	const struct mech *m, struct vault_item *item)
{
	struct client *cl = r->client;
	struct daemon *d = cl->d;
	struct wire_empty none = { 0 };
	struct wire_id key = k->id;
	struct kcapi_pass pass;
	CK_RV rv = passes_have_room(cl) ? pass_make(d, item, m, &pass)
					: CKR_FUNCTION_NOT_SUPPORTED;

	if (rv == CKR_OK && pass_keep(cl, t, k, m, pass.held) != 0) {
		(void)close(pass.tfm);
		rv = CKR_DEVICE_MEMORY;
	}
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	if (!request_done_fd(r, &none, pass.tfm))
		pass_forget(cl, &key, m);
	(void)close(pass.tfm);
}

static bool
may_pass(struct daemon *d, const struct op_key *k, const struct mech *m)
{
	return d->config.revocation != CONFIG_STRICT && m != NULL &&
	       pass_permitted(k->attributes, m) && kcapi_serves(d->kcapi, m, KCAPI_BYTES);
}

void
handle_key_socket(struct request *r)
{
	const struct wire_key_socket *w = &r->m.key_socket;
	const struct mech *m = config_mech(&r->client->d->config, w->mechanism);
	struct op_key k;
	CK_RV rv = CKR_OK;
	struct login *l = login_get_token(r->client, w->slot, &rv);
	struct vault_item *item;

	if (l != NULL && !op_key_await(r, l, &w->key, &k, &rv))
		return;
	if (rv == CKR_OK && !may_pass(r->client->d, &k, m))
		rv = CKR_FUNCTION_NOT_SUPPORTED;
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	l->used_ms = now_ms();
	item = k.session != NULL ? k.session->value : k.object->value;
	if (item == NULL)
		op_key_fetch(r, l, &k.id);
	else
		pass_answer(r, l->token, &k, m, item);
}
