/* SPDX-License-Identifier: Apache-2.0 */
/* Initialisation of tokens and PINs. */
#include <stdlib.h>

#include "common/log.h"
#include "keyringd/upcall.h"

static void
on_init_token(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__InitTokenResponse *m = (const void *)response;
	struct token *t = u->l->token;
	const bool blank = t->blank;

	t->initializing = false;
	if (rv == CKR_OK && (m->token == NULL || (blank && !token_settle(t, m->token))))
		rv = CKR_DEVICE_ERROR;
	if (rv != CKR_OK) {
		log_at(log_limit_pass(&t->d->failures) ? LOG_WARNING : LOG_DEBUG,
			"client %llu: initialisation of slot %llu refused: CKR 0x%lx",
			(unsigned long long)u->r->client->name,
			(unsigned long long)t->number, rv);
		request_done(u->r, rv, NULL);
		return;
	}
	if (!blank)
		token_update(t, m->token);
	t->init_request = u->id;
	log_info("client %llu: initialised token '%s' in slot %llu",
		(unsigned long long)u->r->client->name, t->label,
		(unsigned long long)t->number);
	token_reply(u->r, t);
}

/* Without NULs, for a protobuf string. */
static bool
label_copy(struct bytes from, char to[33])
{
	if (from.n > 32 || (from.n != 0 && memchr(from.p, 0, from.n) != NULL))
		return false;
	memset(to, 0, 33);
	if (from.n != 0)
		memcpy(to, from.p, from.n);
	return true;
}

static void
spaces_want(Keystore__V1__InitTokenRequest *request, const struct token *t)
{
	if (!t->blank || !t->entry->private_space.set)
		return;
	request->public_space = proto_borrow(BYTES_OF(t->entry->public_space.b));
	request->private_space = proto_borrow(BYTES_OF(t->entry->private_space.b));
}

void
handle_init_token(struct request *r)
{
	Keystore__V1__InitTokenRequest request = KEYSTORE__V1__INIT_TOKEN_REQUEST__INIT;
	const struct wire_init_token m = r->m.init_token;
	struct upcall u = { .done = on_init_token, .id = m.request };
	struct token *t;
	char label[33];

	u.l = login_get(r->client, m.slot);
	if (u.l == NULL || u.l->token->gone) {
		request_done(
			r, u.l == NULL ? CKR_SLOT_ID_INVALID : CKR_DEVICE_REMOVED, NULL);
		return;
	}
	t = u.l->token;
	if (!t->blank &&
		memcmp(&t->init_request, &m.request, sizeof t->init_request) == 0) {
		token_reply(r, t); /* the reply was lost */
		return;
	}
	if (!label_copy(m.label, label) || (t->blank && t->initializing)) {
		request_done(r, t->initializing ? CKR_FUNCTION_FAILED : CKR_ARGUMENTS_BAD,
			NULL);
		return;
	}
	t->initializing = t->blank;
	request.request_id = proto_borrow(BYTES_OF(m.request.b));
	if (!t->blank)
		request.token_id = proto_borrow(BYTES_OF(t->id.b));
	request.label = label;
	request.so_pin = proto_borrow(m.pin);
	spaces_want(&request, t);
	if (!upcall_start(r, false, REMOTE_INIT_TOKEN, &request.base, &u))
		t->initializing = false;
}

/* ---- PINs */

static void
pin_done(struct upcall *u, CK_RV rv, const Keystore__V1__Token *news, const char *what)
{
	struct token *t = u->l->token;

	if (rv == CKR_OK && news != NULL)
		token_update(t, news);
	if (rv == CKR_OK) {
		log_info("client %llu: %s of '%s'",
			(unsigned long long)u->r->client->name, what, t->label);
		token_reply(u->r, t);
		return;
	}
	log_at(log_limit_pass(&t->d->failures) ? LOG_WARNING : LOG_DEBUG,
		"client %llu: %s of '%s' refused: CKR 0x%lx",
		(unsigned long long)u->r->client->name, what, t->label, rv);
	upstream_refresh(t->up);
	request_done(u->r, rv, NULL);
}

static void
on_init_pin(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__InitPinResponse *m = (const void *)response;

	pin_done(u, rv, m != NULL ? m->token : NULL, "set the user's PIN");
}

static void
on_set_pin(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__SetPinResponse *m = (const void *)response;

	pin_done(u, rv, m != NULL ? m->token : NULL, "changed a PIN");
}

void
handle_init_pin(struct request *r)
{
	Keystore__V1__InitPinRequest request = KEYSTORE__V1__INIT_PIN_REQUEST__INIT;
	const struct wire_init_pin m = r->m.init_pin;
	struct upcall u = { .done = on_init_pin };
	CK_RV rv = CKR_USER_NOT_LOGGED_IN;

	u.l = login_get_token(r->client, m.slot, &rv);
	if (u.l == NULL || u.l->role != ROLE_SO) {
		request_done(r, rv, NULL);
		return;
	}
	request.request_id = proto_borrow(BYTES_OF(m.request.b));
	request.ticket = proto_borrow(login_ticket(u.l));
	request.pin = proto_borrow(m.pin);
	(void)upcall_start(r, false, REMOTE_INIT_PIN, &request.base, &u);
}

void
handle_set_pin(struct request *r)
{
	Keystore__V1__SetPinRequest request = KEYSTORE__V1__SET_PIN_REQUEST__INIT;
	const struct wire_set_pin m = r->m.set_pin;
	struct upcall u = { .done = on_set_pin };
	CK_RV rv = CKR_USER_TYPE_INVALID;

	u.l = login_get_token(r->client, m.slot, &rv);
	if (u.l == NULL || m.role > CKU_USER) {
		request_done(r, rv, NULL);
		return;
	}
	request.request_id = proto_borrow(BYTES_OF(m.request.b));
	request.token_id = proto_borrow(BYTES_OF(u.l->token->id.b));
	request.role = m.role == CKU_SO ? KEYSTORE__V1__ROLE__ROLE_SO
					: KEYSTORE__V1__ROLE__ROLE_USER;
	request.old_pin = proto_borrow(m.old_pin);
	request.new_pin = proto_borrow(m.new_pin);
	(void)upcall_start(r, false, REMOTE_SET_PIN, &request.base, &u);
}
