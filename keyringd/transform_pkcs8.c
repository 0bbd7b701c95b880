/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys wrapped and unwrapped: the keystore does it, and gets the session's key that it
 * is done with. */
#include "common/cleanup.h"
#include "crypto/wrap.h"
#include "keyringd/transform.h"
#include "keyringd/upcall.h"

/* The key that does the work, as a message has it. */
struct worker {
	Keystore__V1__WrappingKey message;
	Keystore__V1__KeyRef ref;
	struct proto_list attributes;
};

#define WORKER_NONE       \
	((struct worker){ \
		KEYSTORE__V1__WRAPPING_KEY__INIT, KEYSTORE__V1__KEY_REF__INIT, { 0 } })

static void
worker_free(struct worker *w)
{
	proto_list_free(&w->attributes);
}

static bool
is_the_keystore_s(const struct part *by)
{
	return !by->in.exposed &&
	       (by->key.session == NULL || by->key.class == CKO_PRIVATE_KEY);
}

/* false: r has been answered. */
static bool
worker_fill(struct request *r, struct login *l, struct part *by, struct worker *w)
{
	if (is_the_keystore_s(by)) {
		op_key_ref(&by->key, &w->ref);
		w->message.key = &w->ref;
		return true;
	}
	if (!part_fill(r, l, by))
		return false;
	if (proto_from_attrs(by->in.attributes, &w->attributes.n, &w->attributes.p) !=
		0) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return false;
	}
	w->message.n_attributes = w->attributes.n;
	w->message.attributes = w->attributes.p;
	w->message.value = proto_borrow(by->in.value);
	return true;
}

/* ---- wrap */

static void
on_wrapped(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__WrapPrivateResponse *m = (const void *)response;
	struct wire_wrap_reply reply = { BYTES_NONE };

	if (rv == CKR_OK)
		reply.data = proto_bytes(m->wrapped);
	if (rv == CKR_OK && (reply.data.n == 0 || reply.data.n > WRAP_MAX_WRAPPED))
		rv = CKR_DEVICE_ERROR;
	request_done(u->r, rv, &reply);
}

void
wrap_private(struct request *r, struct login *l, const struct mech *m,
	const struct mech_params *p, struct part *by, const struct part *key)
{
	Keystore__V1__WrapPrivateRequest rq = KEYSTORE__V1__WRAP_PRIVATE_REQUEST__INIT;
	Keystore__V1__Mechanism mechanism = KEYSTORE__V1__MECHANISM__INIT;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;
	const struct upcall u = { .l = l, .done = on_wrapped };
	CLEANUP(worker_free)
	struct worker w = WORKER_NONE;

	if (!worker_fill(r, l, by, &w))
		return;
	proto_from_mech(m, p, &mechanism);
	op_key_ref(&key->key, &ref);
	rq.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	rq.ticket = proto_borrow(login_ticket(l));
	rq.key = &ref;
	rq.mechanism = &mechanism;
	rq.by = &w.message;
	(void)upcall_start(r, false, REMOTE_WRAP_PRIVATE, &rq.base, &u);
}

/* ---- unwrap */

static void
on_unwrapped(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__UnwrapPrivateResponse *m = (const void *)response;

	if (rv == CKR_OK)
		fresh_answer(u, m->object, proto_bytes(m->blob));
	else
		request_done(u->r, rv, NULL);
}

/* May there be such an object here? */
static CK_RV
place_check(const struct login *l, const struct part *by, struct bytes template)
{
	CLEANUP(attrs_free)
	struct attrs whole = ATTRS_SECRET;
	bool token = false;
	CK_RV rv = key_template(template, by->in.attributes, CKA_UNWRAP_TEMPLATE, &whole);

	return rv == CKR_OK ? template_check(l, attrs_bytes(&whole), &token) : rv;
}

void
unwrap_private(struct request *r, struct login *l, const struct mech *m,
	const struct mech_params *p, struct part *by)
{
	Keystore__V1__UnwrapPrivateRequest rq =
		KEYSTORE__V1__UNWRAP_PRIVATE_REQUEST__INIT;
	Keystore__V1__Mechanism mechanism = KEYSTORE__V1__MECHANISM__INIT;
	const struct wire_unwrap *wire = &r->m.unwrap;
	const struct upcall u = { .l = l, .done = on_unwrapped, .id = wire->request };
	CLEANUP(worker_free)
	struct worker w = WORKER_NONE;
	CLEANUP(proto_list_free)
	struct proto_list list = { 0 };
	CK_RV rv = place_check(l, by, wire->template);

	if (rv == CKR_OK && session_repeated(r, l, &wire->request))
		return;
	if (rv == CKR_OK && (wire->wrapped.n == 0 || wire->wrapped.n > WRAP_MAX_WRAPPED))
		rv = CKR_WRAPPED_KEY_LEN_RANGE;
	if (rv == CKR_OK && proto_from_attrs(wire->template, &list.n, &list.p) != 0)
		rv = CKR_HOST_MEMORY;
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	if (!worker_fill(r, l, by, &w))
		return;
	proto_from_mech(m, p, &mechanism);
	rq.request_id = proto_borrow(BYTES_OF(u.id.b));
	rq.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	rq.ticket = proto_borrow(login_ticket(l));
	rq.mechanism = &mechanism;
	rq.by = &w.message;
	rq.wrapped = proto_borrow(wire->wrapped);
	rq.n_attributes = list.n;
	rq.attributes = list.p;
	(void)upcall_start(r, false, REMOTE_UNWRAP_PRIVATE, &rq.base, &u);
}
