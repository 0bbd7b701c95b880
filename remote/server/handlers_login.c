/* SPDX-License-Identifier: Apache-2.0 */
/* People: logging in and out, and their PINs. */
#include "remote/server/handlers.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "remote/proto/proto_convert.h"
#include "remote/server/objects.h"
#include "remote/server/pins.h"
#include "remote/server/uses.h"
#include "remote/server/watch.h"

static const char *
role_name(enum object_role role)
{
	return role == ROLE_SO ? "SO" : "user";
}

/* What every try of a PIN needs first: a token this host may use. */
static int
try_begin(struct call *c, ProtobufCBinaryData token, int role,
	ProtobufCBinaryData request_id, const ProtobufCMessage *message,
	struct request *request, struct pin_try *t)
{
	struct auth auth;
	int r = call_needs_certificate(c, "logging in with a PIN");

	if (r == 0)
		r = auth_call(c, token, (ProtobufCBinaryData){ 0 }, &auth);
	if (r == 0)
		r = auth_role(c, role, &t->role);
	if (r == 0)
		r = request_begin(c, request_id, message, request);
	if (r != 0)
		return r;
	t->token = auth.token;
	t->request = request;
	return 0;
}

/* --- Login ----------------------------------------------------------------- */

struct login {
	struct call *call;
	uint8_t ticket[TICKET_BYTES];
};

static void
login_wipe(struct login *l)
{
	wipe(l->ticket, sizeof l->ticket);
}

static int
login_apply(struct storage_tx *tx, struct token_row *row, struct pin_try *t)
{
	struct login *l = t->arg;
	struct ticket_row ticket;
	int r = ticket_new(
		l->call, &row->id, row->epoch, (uint8_t)t->role, l->ticket, &ticket);

	return r == 0 ? ticket_put(tx, &ticket) : r;
}

int
handle_login(struct call *c, const Keystore__V1__LoginRequest *rq,
	Keystore__V1__LoginResponse *rs)
{
	CLEANUP(login_wipe)
	struct login l = { .call = c };
	struct pin_try try = {
		.pin = rq->pin, .apply = login_apply, .each_time = true, .arg = &l
	};
	struct request request;
	int r = try_begin(c, rq->token_id, (int)rq->role, rq->request_id, &rq->base,
		&request, &try);

	if (r != 0)
		return r;
	r = pin_attempt(c, &try);
	if (!try.counted)
		return r;
	if (r != 0)
		log_warning("login as %s to token %s from host %s (%.100s): %s",
			role_name(try.role), try.name.text, call_host(c), rq->client,
			r == CALL_REFUSED ? c->status->message : strerror(-r));
	else
		log_info("login as %s to token %s from host %s (%.100s)",
			role_name(try.role), try.name.text, call_host(c), rq->client);
	/* how many tries are left has changed for everybody */
	if (r != 0 || try.had_failures)
		watch_notify(c->ks->watch, &try.token);
	if (r != 0)
		return r;
	rs->lifetime_ms = c->ks->config.ticket_ms;
	r = proto_put_bytes(&rs->ticket, BYTES_OF(l.ticket));
	return r == 0 ? token_describe(c, &try.token, &rs->token) : r;
}

/* --- LoginForUse ----------------------------------------------------------- */

struct use_login {
	struct call *call;
	struct auth auth;
	const Keystore__V1__KeyRef *key;
	uint8_t ticket[TICKET_BYTES];
};

static void
use_login_wipe(struct use_login *l)
{
	wipe(l->ticket, sizeof l->ticket);
}

static int
use_login_apply(struct storage_tx *tx, struct token_row *row, struct pin_try *t)
{
	struct use_login *l = t->arg;
	struct ticket_row ticket;
	int r = row->epoch == l->auth.epoch
			? use_ticket_new(l->call, &l->auth, l->key, l->ticket, &ticket)
			: auth_refuse_ticket(l->call);

	return r == 0 ? ticket_put(tx, &ticket) : r;
}

int
handle_login_for_use(struct call *c, const Keystore__V1__LoginForUseRequest *rq,
	Keystore__V1__LoginForUseResponse *rs)
{
	CLEANUP(use_login_wipe)
	struct use_login l = { .call = c, .key = rq->key };
	struct request request;
	struct pin_try try = { .role = ROLE_USER,
		.pin = rq->pin,
		.request = &request,
		.apply = use_login_apply,
		.each_time = true,
		.arg = &l };
	int r = call_needs_certificate(c, "giving a PIN");

	if (r == 0)
		r = auth_call(c, rq->token_id, rq->ticket, &l.auth);
	if (r == 0)
		r = use_ticket_check(c, &l.auth, rq->key);
	if (r == 0)
		r = request_begin(c, rq->request_id, &rq->base, &request);
	if (r != 0)
		return r;
	try.token = l.auth.token;
	r = pin_attempt(c, &try);
	if (!try.counted)
		return r;
	if (r != 0)
		log_warning("PIN for one use of a key of token %s from host %s (%.100s): "
			    "%s",
			try.name.text, call_host(c), rq->client,
			r == CALL_REFUSED ? c->status->message : strerror(-r));
	else
		log_info("PIN for one use of a key of token %s from host %s (%.100s)",
			try.name.text, call_host(c), rq->client);
	if (r != 0 || try.had_failures)
		watch_notify(c->ks->watch, &try.token);
	rs->lifetime_ms = c->ks->config.use_ticket_ms;
	return r == 0 ? proto_put_bytes(&rs->use_ticket, BYTES_OF(l.ticket)) : r;
}

/* --- Logout ---------------------------------------------------------------- */

struct logout {
	struct call *call;
	uint8_t hash[TICKET_HASH];
	struct ticket_row row;
	bool found;
};

static int
logout_tx(struct storage_tx *tx, void *arg)
{
	struct logout *l = arg;
	struct ticket_row row;
	int r = ticket_get(tx, l->hash, &row);

	if (r == -ENOENT)
		return 0;
	/* another host's ticket is not this one's to end, nor to know about */
	if (r == 0 &&
		memcmp(row.host, l->call->rpc->peer_fingerprint, sizeof row.host) != 0)
		return 0;
	if (r == 0)
		r = ticket_delete(tx, l->hash);
	if (r == 0) {
		l->row = row;
		l->found = true;
	}
	return r;
}

/* Ending what has ended is no error: a repeated request finds nothing. */
int
handle_logout(struct call *c, const Keystore__V1__LogoutRequest *rq,
	Keystore__V1__LogoutResponse *rs)
{
	struct logout l = { .call = c };
	int r;

	(void)rs;
	if (rq->ticket.len != TICKET_BYTES)
		return auth_refuse_ticket(c);
	r = ticket_hash(proto_bytes(rq->ticket), l.hash);
	if (r == 0)
		r = storage_write(c->ks->storage, logout_tx, &l);
	if (r != 0 || !l.found)
		return r;
	ticket_cache_drop(c->ks->tickets, NULL, l.hash);
	watch_notify(c->ks->watch, &l.row.token);
	log_info("logout of %s by host %s", role_name((enum object_role)l.row.role),
		call_host(c));
	return 0;
}

/* --- InitPin --------------------------------------------------------------- */

struct init_pin {
	struct call *call;
	const struct auth *auth;
	struct request *request;
	struct pin pin;
	struct token_name name;
};

static int
init_pin_put(struct storage_tx *tx, struct init_pin *x, struct token *t)
{
	int r;

	x->name = token_name(&t->row);
	if (t->row.epoch != x->auth->epoch)
		return auth_refuse_ticket(x->call);
	t->row.user = x->pin.row;
	r = token_update(tx, &t->row);
	if (r == 0)
		r = ticket_delete_all(tx, &t->row.id, ROLE_USER);
	return r == 0 ? request_keep(tx, &t->row.id, x->request) : r;
}

static int
init_pin_tx(struct storage_tx *tx, void *arg)
{
	struct init_pin *x = arg;
	struct token t = TOKEN_NONE;
	bool seen;
	int r = request_seen(x->call, tx, x->request, &seen);

	if (r != 0 || seen)
		return r;
	r = token_load(tx, &x->auth->token, &t);
	if (r == -ENOENT)
		return token_refuse_absent(x->call);
	if (r == 0)
		r = init_pin_put(tx, x, &t);
	token_free(&t);
	return r;
}

int
handle_init_pin(struct call *c, const Keystore__V1__InitPinRequest *rq,
	Keystore__V1__InitPinResponse *rs)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	struct request request;
	struct auth auth;
	struct init_pin x = { .call = c, .auth = &auth, .request = &request };
	int r = auth_ticket(c, rq->ticket, &auth);

	if (r == 0 && auth.role != ROLE_SO)
		r = call_refuse(
			c, CKR_USER_NOT_LOGGED_IN, "only the SO sets the user PIN");
	if (r == 0)
		r = request_begin(c, rq->request_id, &rq->base, &request);
	if (r == 0)
		r = object_token_key(c, &auth, &key);
	if (r == 0)
		r = pin_make(
			c, secret_bytes(&key), &auth.token, ROLE_USER, rq->pin, &x.pin);
	if (r == 0)
		r = storage_write(c->ks->storage, init_pin_tx, &x);
	if (r != 0)
		return r;
	ticket_cache_drop(c->ks->tickets, &auth.token, NULL);
	watch_notify(c->ks->watch, &auth.token);
	log_info("user PIN of token %s set by the SO from host %s", x.name.text,
		call_host(c));
	return token_describe(c, &auth.token, &rs->token);
}

/* --- SetPin ---------------------------------------------------------------- */

struct set_pin {
	struct call *call;
	ProtobufCBinaryData new_pin;
	struct pin pin;
};

/* The new PIN is hashed here, in the place at the gate that the old one has. */
static int
set_pin_prepare(struct call *c, struct pin_try *t)
{
	struct set_pin *x = t->arg;

	return pin_make_here(c, t->key, &t->token, t->role, x->new_pin, &x->pin);
}

static int
set_pin_apply(struct storage_tx *tx, struct token_row *row, struct pin_try *t)
{
	struct set_pin *x = t->arg;

	if (t->role == ROLE_SO)
		row->so = x->pin.row;
	else
		row->user = x->pin.row;
	/* whoever changes a PIN stays logged in; other hosts do not */
	return ticket_delete_others(
		tx, &row->id, (uint8_t)t->role, x->call->rpc->peer_fingerprint);
}

int
handle_set_pin(struct call *c, const Keystore__V1__SetPinRequest *rq,
	Keystore__V1__SetPinResponse *rs)
{
	struct set_pin x = { .call = c, .new_pin = rq->new_pin };
	struct pin_try try = { .pin = rq->old_pin,
		.prepare = set_pin_prepare,
		.apply = set_pin_apply,
		.arg = &x };
	struct request request;
	int r = try_begin(c, rq->token_id, (int)rq->role, rq->request_id, &rq->base,
		&request, &try);

	if (r == 0)
		r = pin_check_new(c, rq->new_pin);
	if (r != 0)
		return r;
	r = pin_attempt(c, &try);
	if (!try.counted)
		return r;
	ticket_cache_drop(c->ks->tickets, &try.token, NULL);
	watch_notify(c->ks->watch, &try.token);
	if (r != 0) {
		log_warning("%s PIN of token %s not changed from host %s: %s",
			role_name(try.role), try.name.text, call_host(c),
			r == CALL_REFUSED ? c->status->message : strerror(-r));
		return r;
	}
	log_info("%s PIN of token %s changed from host %s", role_name(try.role),
		try.name.text, call_host(c));
	return token_describe(c, &try.token, &rs->token);
}
