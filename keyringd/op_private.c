/* SPDX-License-Identifier: Apache-2.0 */
/* Operations with private keys: one call of the keystore each. */
#include "keyringd/ops.h"
#include "keyringd/objects.h"
#include "keyringd/upcall.h"
#include "keyringd/uses.h"

static void
answer(struct upcall *u, CK_RV rv, struct bytes data)
{
	const struct wire_op_reply reply = { .data = data };

	request_done(u->r, rv, &reply);
}

static void
on_sign(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__SignResponse *m = (const void *)response;

	answer(u, rv, m != NULL ? proto_bytes(m->signature) : BYTES_NONE);
}

static void
on_decrypt(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__DecryptResponse *m = (const void *)response;

	answer(u, rv, m != NULL ? proto_bytes(m->data) : BYTES_NONE);
}

/* What both requests to the keystore say. */
struct asked {
	ProtobufCBinaryData token, ticket, use_ticket, request, data;
	Keystore__V1__Mechanism mechanism;
	Keystore__V1__KeyRef key;
};

static void
ask_sign(struct request *r, struct asked *a, struct upcall *u)
{
	Keystore__V1__SignRequest m = KEYSTORE__V1__SIGN_REQUEST__INIT;

	m.token_id = a->token;
	m.ticket = a->ticket;
	m.use_ticket = a->use_ticket;
	m.request_id = a->request;
	m.key = &a->key;
	m.mechanism = &a->mechanism;
	m.data = a->data;
	m.recover = r->m.op.kind == OP_SIGN_RECOVER;
	u->done = on_sign;
	(void)upcall_start(r, false, REMOTE_SIGN, &m.base, u);
}

static void
ask_decrypt(struct request *r, struct asked *a, struct upcall *u)
{
	Keystore__V1__DecryptRequest m = KEYSTORE__V1__DECRYPT_REQUEST__INIT;

	m.token_id = a->token;
	m.ticket = a->ticket;
	m.use_ticket = a->use_ticket;
	m.request_id = a->request;
	m.key = &a->key;
	m.mechanism = &a->mechanism;
	m.data = a->data;
	u->done = on_decrypt;
	(void)upcall_start(r, false, REMOTE_DECRYPT, &m.base, u);
}

void
op_private(struct request *r, struct login *l, const struct op_key *k,
	const struct mech *m, const struct mech_params *p)
{
	struct asked a = { .token = proto_borrow(BYTES_OF(l->token->id.b)),
		.ticket = proto_borrow(login_ticket(l)),
		.data = proto_borrow(r->m.op.data) };
	struct upcall u = { .l = l, .for_use = use_is_wanted(k) };
	const struct use *use = NULL;

	if (u.for_use) {
		use = use_find(l, r->m.op.op, &k->id);
		if (use == NULL) {
			request_done(r, CKR_USER_NOT_LOGGED_IN, NULL);
			return;
		}
		a.use_ticket = proto_borrow(secret_bytes(&use->ticket));
		a.request = proto_borrow(BYTES_OF(use->request.b));
	}
	keystore__v1__mechanism__init(&a.mechanism);
	keystore__v1__key_ref__init(&a.key);
	proto_from_mech(m, p, &a.mechanism);
	op_key_ref(k, &a.key);
	if (r->m.op.kind == OP_DECRYPT)
		ask_decrypt(r, &a, &u);
	else
		ask_sign(r, &a, &u);
}
