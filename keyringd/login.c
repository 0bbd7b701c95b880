/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/login.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "keyringd/custody.h"
#include "keyringd/index.h"
#include "keyringd/ops.h"
#include "keyringd/passes.h"
#include "keyringd/region.h"
#include "keyringd/upcall.h"
#include "keyringd/uses.h"
#include "keyringd/watch.h"

static const char *const role_names[] = { "nobody", "user", "security officer" };

enum login_end {
	END_TELL = 1,    /* the keystore does not know yet */
	END_UNHEARD = 2, /* nor does the client */
};

static void login_drop(struct login *l, unsigned how, const char *why);
static void ticket_renew(struct login *l);

/* ---- finding */

/* access.ini's answer, asked again when the token's label has changed. */
static bool
login_is_allowed(struct login *l)
{
	if (l->access_era != l->token->access_era) {
		l->access_era = l->token->access_era;
		l->allowed = token_allowed(l->token, l->client);
		if (!l->allowed)
			login_drop(l, END_TELL | END_UNHEARD,
				"it may not use the token any more");
	}
	return l->allowed;
}

/* The keystore forgets tickets that it does not see; what needs no keystore must end
 * then too. */
static void
login_expire(struct login *l, uint64_t now)
{
	if (l->role != ROLE_NONE && l->lifetime_ms != 0 &&
		now - l->alive_ms > l->lifetime_ms)
		login_drop(l, END_UNHEARD, "its ticket has expired");
}

struct login *
login_get(struct client *cl, uint64_t slot)
{
	struct login *l;
	struct token *t;

	LIST_FOREACH (l, &cl->logins, link) {
		if (l->token->number == slot)
			return login_is_allowed(l) ? l : NULL;
	}
	t = slots_find(cl, slot);
	l = t != NULL ? calloc(1, sizeof *l) : NULL;
	if (l == NULL)
		return NULL;
	l->client = cl;
	l->token = t;
	l->access_era = t->access_era;
	l->allowed = true;
	TAILQ_INIT(&l->uses);
	LIST_INSERT_HEAD(&cl->logins, l, link);
	return l;
}

struct login *
login_get_token(struct client *cl, uint64_t slot, CK_RV *ret_rv)
{
	struct login *l = login_get(cl, slot);

	if (l == NULL) {
		*ret_rv = CKR_SLOT_ID_INVALID;
		return NULL;
	}
	if (l->token->gone || l->token->blank) {
		*ret_rv = l->token->gone ? CKR_DEVICE_REMOVED : CKR_TOKEN_NOT_INITIALIZED;
		return NULL;
	}
	login_expire(l, now_ms());
	watch_want(l->token->watch);
	return l;
}

struct login *
login_get_heard(struct client *cl, uint64_t slot, CK_RV *ret_rv)
{
	struct login *l = login_get_token(cl, slot, ret_rv);

	if (l == NULL || !l->ended)
		return l;
	*ret_rv = CKR_USER_NOT_LOGGED_IN;
	return NULL;
}

struct bytes
login_ticket(struct login *l)
{
	l->used_ms = l->ticket_ms = now_ms();
	return secret_bytes(&l->ticket);
}

struct login *
login_of_user(const struct token *t)
{
	struct login *l;

	LIST_FOREACH (l, &t->tickets, ticketed) {
		if (l->role == ROLE_USER)
			return l;
	}
	return NULL;
}

/* ---- ending */

static void
on_logout(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	struct daemon *d = arg;

	d->logouts--;
	if (status->code != RPC_OK)
		log_debug("a ticket was not ended: %s", status->message);
}

static void
ticket_end(struct token *t, struct bytes ticket)
{
	Keystore__V1__LogoutRequest request = KEYSTORE__V1__LOGOUT_REQUEST__INIT;

	request.ticket = proto_borrow(ticket);
	t->d->logouts++;
	upstream_call(t->up, REMOTE_LOGOUT, &request.base, on_logout, t->d, NULL);
}

/* The client is nobody to the token from now on. What was passed to it, and what it
 * remembers, has to end in it too where it does not know: by the region's epoch, as no
 * count is a client's own. */
static void
login_drop(struct login *l, unsigned how, const char *why)
{
	if (l->role == ROLE_NONE)
		return;
	log_info("client %llu: %s of '%s' logged out: %s",
		(unsigned long long)l->client->name, role_names[l->role], l->token->label,
		why);
	l->role = ROLE_NONE;
	l->ended = (how & END_UNHEARD) != 0;
	LIST_REMOVE(l, ticketed);
	if (l->ended)
		token_region_epoch(l->token->region);
	passes_end_private(l->client, l->token);
	if ((how & END_TELL) != 0)
		ticket_end(l->token, secret_bytes(&l->ticket));
	secret_free(&l->ticket);
	uses_end(l);
	ops_end_private(l->client, l->token);
	custody_end_private(l->client, l->token);
	watch_tickets(l->token->watch);
}

static bool
is_answer(const struct rpc_status *status)
{
	return status->code != RPC_UNAVAILABLE && status->code != RPC_CANCELLED &&
	       status->code != RPC_DEADLINE_EXCEEDED;
}

static void
login_answered(struct login *l, const struct rpc_status *status, uint64_t sent_ms)
{
	if (l->role == ROLE_NONE)
		return;
	if (remote_ckr(status) == CKR_USER_NOT_LOGGED_IN)
		login_drop(l, END_UNHEARD, "the keystore ended its ticket");
	else if (is_answer(status) && sent_ms > l->alive_ms)
		l->alive_ms = sent_ms;
}

CK_RV
login_result(
	struct login *l, const struct rpc_status *status, uint64_t sent_ms, bool doubt)
{
	CK_RV rv = remote_ckr(status);

	/* an officer hears it too of what only users may do */
	if (rv == CKR_USER_NOT_LOGGED_IN &&
		(l->role == ROLE_SO || (doubt && l->role == ROLE_USER)))
		ticket_renew(l);
	else
		login_answered(l, status, sent_ms);
	return rv;
}

void
logins_end(struct client *cl)
{
	struct login *l;

	LIST_FOREACH (l, &cl->logins, link) {
		login_drop(l, END_TELL, "its client ended");
		if (l->has_region)
			token_region_leave(l->token->region);
		l->has_region = false;
		watch_forget_client(l->token->watch, cl);
	}
}

void
logins_free(struct client *cl)
{
	struct login *l;

	while ((l = LIST_FIRST(&cl->logins)) != NULL) {
		LIST_REMOVE(l, link);
		free(l);
	}
}

void
login_lock(struct login *l)
{
	login_drop(l, END_TELL, "its PIN is locked");
}

void
logins_drop_token(struct token *t)
{
	struct login *l;

	while ((l = LIST_FIRST(&t->tickets)) != NULL)
		login_drop(l, END_UNHEARD, "the token was initialised or has gone");
}

/* ---- login */

static void
login_begin(struct login *l, enum object_role role,
	const Keystore__V1__LoginResponse *from, const struct wire_id *request)
{
	struct secret ticket;

	if (secret_copy(proto_bytes(from->ticket), &ticket) != 0)
		return;
	LIST_INSERT_HEAD(&l->token->tickets, l, ticketed);
	l->era++;
	l->ended = false;
	l->role = role;
	l->ticket = ticket;
	l->lifetime_ms = from->lifetime_ms;
	l->renewed_ms = l->used_ms = l->alive_ms = now_ms();
	l->request = *request;
	log_info("client %llu: %s of '%s' logged in", (unsigned long long)l->client->name,
		role_names[role], l->token->label);
	watch_want(l->token->watch);
	watch_tickets(l->token->watch);
}

void
login_who(const struct request *r, char ret[LOGIN_WHO])
{
	(void)snprintf(ret, LOGIN_WHO, "%s, uid %u, pid %ld", r->client->program,
		(unsigned)r->client->peer.uid, (long)r->client->peer.pid);
}

void
login_refused(struct request *r, struct login *l, const char *what, CK_RV rv)
{
	const struct client *cl = r->client;
	struct token *t = l->token;

	log_at(log_limit_pass(&t->d->failures) ? LOG_WARNING : LOG_DEBUG,
		"client %llu (pid %ld, uid %u, '%s'): PIN for %s of '%s' refused: "
		"CKR 0x%lx",
		(unsigned long long)cl->name, (long)cl->peer.pid, (unsigned)cl->peer.uid,
		cl->program, what, t->label, rv);
	upstream_refresh(t->up); /* how many tries are left */
}

static void
on_login(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__LoginResponse *m = (const void *)response;
	enum object_role role = (enum object_role)u->number;
	struct token *t = u->l->token;

	if (rv != CKR_OK) {
		login_refused(u->r, u->l, role_names[role], rv);
		request_done(u->r, rv, NULL);
		return;
	}
	if (request_is_dead(u->r) || t->gone || u->l->role != ROLE_NONE) {
		/* the PIN was right, and that is all */
		ticket_end(t, proto_bytes(m->ticket));
		if (t->gone)
			request_done(u->r, CKR_DEVICE_REMOVED, NULL);
		else if (u->l->role == role)
			token_reply(u->r, t);
		else
			request_done(u->r, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, NULL);
		return;
	}
	login_begin(u->l, role, m, &u->id);
	if (m->token != NULL)
		token_update(t, m->token);
	if (u->l->role != role)
		request_done(u->r, CKR_HOST_MEMORY, NULL);
	else
		token_reply(u->r, t);
}

/* Whether the client may log in so now. CKR_OK with *again: this very login
 * succeeded before. */
static CK_RV
login_check(const struct login *l, const struct wire_login *m, bool *again)
{
	enum object_role role = m->role == CKU_SO ? ROLE_SO : ROLE_USER;

	*again = false;
	if (m->role > CKU_USER)
		return CKR_USER_TYPE_INVALID;
	if (l->role == ROLE_NONE)
		return CKR_OK;
	if (l->role != role)
		return CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
	*again = memcmp(&l->request, &m->request, sizeof l->request) == 0;
	return *again ? CKR_OK : CKR_USER_ALREADY_LOGGED_IN;
}

void
handle_login(struct request *r)
{
	Keystore__V1__LoginRequest request = KEYSTORE__V1__LOGIN_REQUEST__INIT;
	const struct wire_login m = r->m.login;
	struct upcall u = { .done = on_login, .id = m.request };
	char who[LOGIN_WHO];
	bool again;
	CK_RV rv;

	u.l = login_get_token(r->client, m.slot, &rv);
	if (u.l != NULL)
		rv = login_check(u.l, &m, &again);
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	if (again) {
		token_reply(r, u.l->token);
		return;
	}
	u.number = m.role == CKU_SO ? ROLE_SO : ROLE_USER;
	login_who(r, who);
	request.request_id = proto_borrow(BYTES_OF(m.request.b));
	request.token_id = proto_borrow(BYTES_OF(u.l->token->id.b));
	request.role = m.role == CKU_SO ? KEYSTORE__V1__ROLE__ROLE_SO
					: KEYSTORE__V1__ROLE__ROLE_USER;
	request.pin = proto_borrow(m.pin);
	request.client = who;
	(void)upcall_start(r, false, REMOTE_LOGIN, &request.base, &u);
}

void
handle_logout(struct request *r)
{
	struct login *l = login_get(r->client, r->m.slot_request.slot);

	if (l == NULL) {
		request_done(r, CKR_SLOT_ID_INVALID, NULL);
		return;
	}
	l->ended = false;
	login_drop(l, END_TELL, "it said so");
	request_done(r, CKR_OK, &r->m.empty);
}

/* ---- renewal */

struct renewal {
	struct client *client; /* a reference: it keeps l */
	struct login *l;
	unsigned era;
	uint64_t sent_ms;
};

static void
renewal_end(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	struct renewal *x = arg;

	x->l->checking = false;
	if (x->era == x->l->era)
		login_answered(x->l, status, x->sent_ms);
	client_unref(x->client);
	free(x);
}

/* Any use renews a ticket: this one asks for nothing that is there. */
static void
ticket_renew(struct login *l)
{
	Keystore__V1__GetSecretRequest request = KEYSTORE__V1__GET_SECRET_REQUEST__INIT;
	Keystore__V1__KeyRef key;
	struct wire_id none = { { 0 } };
	struct renewal *x = malloc(sizeof *x);

	if (x == NULL)
		return; /* next time */
	*x = (struct renewal){ l->client, l, l->era, now_ms() };
	client_ref(l->client);
	keystore__v1__key_ref__init(&key);
	/* of an object that is not there */
	request.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	request.ticket = proto_borrow(secret_bytes(&l->ticket));
	key.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	key.object_id = proto_borrow(BYTES_OF(none.b));
	request.object = &key;
	l->renewed_ms = x->sent_ms;
	l->checking = true;
	upstream_call(
		l->token->up, REMOTE_GET_SECRET, &request.base, renewal_end, x, NULL);
}

void
logins_renew(struct daemon *d)
{
	uint64_t now = now_ms();
	struct client *cl;
	struct login *l;

	LIST_FOREACH (cl, &d->clients, link) {
		LIST_FOREACH (l, &cl->logins, link) {
			login_expire(l, now);
			if (l->role != ROLE_NONE && l->lifetime_ms != 0 &&
				now - l->renewed_ms > l->lifetime_ms / 4 &&
				(l->used_ms > l->renewed_ms || passes_any(cl, l->token)))
				ticket_renew(l);
		}
	}
}

/* keystored counts a ticket's life from its last use, or up to a tenth of it earlier. Of
 * one that was just not used any more nothing follows for others, and trying theirs would
 * prolong them. */
void
logins_check(const struct token *t, const struct login *ended)
{
	struct login *l;

	if (ended->lifetime_ms == 0 ||
		now_ms() - ended->alive_ms > ended->lifetime_ms / 5 * 4)
		return;
	LIST_FOREACH (l, &t->tickets, ticketed) {
		if (l != ended && !l->checking)
			ticket_renew(l);
	}
}
