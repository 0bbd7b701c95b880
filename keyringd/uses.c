/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/uses.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/request_id.h"
#include "keyringd/objects.h"
#include "keyringd/ops.h"
#include "keyringd/upcall.h"

#define MAX_USES 64u /* of one login; the oldest go */

bool
use_is_wanted(const struct op_key *k)
{
	return k->class == CKO_PRIVATE_KEY &&
	       attrs_bool(k->attributes, CKA_ALWAYS_AUTHENTICATE, false);
}

static void
use_drop(struct login *l, struct use *u)
{
	TAILQ_REMOVE(&l->uses, u, link);
	l->n_uses--;
	secret_free(&u->ticket);
	free(u);
}

void
uses_end(struct login *l)
{
	struct use *u;

	while ((u = TAILQ_FIRST(&l->uses)) != NULL)
		use_drop(l, u);
}

/* The oldest, which have ended, and what is too many. */
static void
uses_trim(struct login *l, unsigned max)
{
	const uint64_t now = now_ms();
	struct use *u;

	while ((u = TAILQ_FIRST(&l->uses)) != NULL &&
		(u->ends_ms <= now || l->n_uses > max))
		use_drop(l, u);
}

const struct use *
use_find(struct login *l, uint64_t number, const struct wire_id *key)
{
	static const struct wire_id none;
	struct use *u;

	uses_trim(l, MAX_USES);
	TAILQ_FOREACH (u, &l->uses, link) {
		if (u->number == number && memcmp(&u->key, key, sizeof *key) == 0)
			break;
	}
	if (u != NULL && memcmp(&u->request, &none, sizeof none) == 0 &&
		request_id_new(u->request.b) != 0)
		return NULL;
	return u;
}

void
use_cancel(struct client *cl, uint64_t number)
{
	struct login *l;
	struct use *u;

	LIST_FOREACH (l, &cl->logins, link) {
		TAILQ_FOREACH (u, &l->uses, link) {
			if (u->number == number) {
				use_drop(l, u);
				return;
			}
		}
	}
}

static CK_RV
use_keep(struct login *l, const struct wire_id *key,
	const Keystore__V1__LoginForUseResponse *m, uint64_t *ret_number)
{
	struct use *u = calloc(1, sizeof *u);

	if (u == NULL)
		return CKR_HOST_MEMORY;
	if (secret_copy(proto_bytes(m->use_ticket), &u->ticket) != 0) {
		free(u);
		return CKR_HOST_MEMORY;
	}
	u->number = op_number();
	u->key = *key;
	u->ends_ms = now_ms() + m->lifetime_ms;
	uses_trim(l, MAX_USES - 1);
	TAILQ_INSERT_TAIL(&l->uses, u, link);
	l->n_uses++;
	*ret_number = u->number;
	return CKR_OK;
}

static void
on_login_use(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	struct wire_login_use_reply reply = { 0 };
	struct login *l = u->l;
	const bool same = l->role == ROLE_USER && u->era == l->era;

	if (rv != CKR_OK) {
		login_refused(u->r, l, "one use of a key", rv);
		/* 5.6.8, and 4.9: "this also logs the user out from the token" */
		if (rv == CKR_PIN_LOCKED && same)
			login_lock(l);
	} else if (!same || request_is_dead(u->r)) {
		rv = CKR_USER_NOT_LOGGED_IN;
	} else {
		rv = use_keep(l, &u->id, (const void *)response, &reply.op);
	}
	request_done(u->r, rv, &reply);
}

void
handle_login_use(struct request *r)
{
	Keystore__V1__LoginForUseRequest rq = KEYSTORE__V1__LOGIN_FOR_USE_REQUEST__INIT;
	Keystore__V1__KeyRef key = KEYSTORE__V1__KEY_REF__INIT;
	const struct wire_login_use *m = &r->m.login_use;
	struct upcall u = { .done = on_login_use, .id = m->key };
	char who[LOGIN_WHO];
	struct op_key k;
	CK_RV rv = CKR_OK;

	u.l = login_get_token(r->client, m->slot, &rv);
	if (u.l != NULL && u.l->role != ROLE_USER)
		rv = CKR_USER_NOT_LOGGED_IN;
	else if (u.l != NULL && !op_key_await(r, u.l, &m->key, &k, &rv))
		return;
	if (rv == CKR_OK && !use_is_wanted(&k))
		rv = CKR_OPERATION_NOT_INITIALIZED;
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	login_who(r, who);
	op_key_ref(&k, &key);
	rq.request_id = proto_borrow(BYTES_OF(m->request.b));
	rq.token_id = proto_borrow(BYTES_OF(u.l->token->id.b));
	rq.ticket = proto_borrow(login_ticket(u.l));
	rq.key = &key;
	rq.pin = proto_borrow(m->pin);
	rq.client = who;
	(void)upcall_start(r, false, REMOTE_LOGIN_FOR_USE, &rq.base, &u);
}
