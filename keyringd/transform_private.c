/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/transform.h"

#include <stdlib.h>

#include "common/cleanup.h"
#include "crypto/kem.h"
#include "cryptoki/derive_kinds.h"
#include "keyringd/making.h"
#include "keyringd/upcall.h"

struct waiting;

/* The keys that the keystore's value gives; ret is empty. */
typedef CK_RV computed_make(const struct upcall *u, const struct waiting *w,
	struct bytes value, struct derived *ret);

/* What the keystore computes. */
struct computed {
	enum remote_method method;
	enum object_origin origin;
	size_t value_at; /* in the response: a ProtobufCBinaryData */
	computed_make *make;
};

/* Meanwhile: the private key may have gone when it answers, and the login. */
struct waiting {
	const struct computed *what;
	const struct mech *m;
	enum object_role role; /* that asked: it makes keys private, or not */
	struct part by;
	Keystore__V1__KeyRef key; /* borrows from it */
};

static void
waiting_free(struct waiting **w)
{
	if (*w == NULL)
		return;
	part_free(&(*w)->by);
	free(*w);
}

/* Takes what is in by. NULL: r has been answered. */
static struct waiting *
waiting_new(struct request *r, const struct login *l, const struct computed *what,
	const struct mech *m, struct part *by)
{
	struct waiting *w = malloc(sizeof *w);

	if (w == NULL) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return NULL;
	}
	*w = (struct waiting){ what, m, l->role, *by, KEYSTORE__V1__KEY_REF__INIT };
	*by = PART_NONE;
	op_key_ref(&w->by.key, &w->key);
	return w;
}

static void
on_computed(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	CLEANUP(waiting_free)
	struct waiting *w = u->arg;
	const struct making_how how = { .origin = w->what->origin, .request = u->id };
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	const ProtobufCBinaryData *value;

	if (rv == CKR_OK && request_is_dead(u->r))
		rv = CKR_FUNCTION_CANCELED;
	if (rv == CKR_OK) {
		value = (const void *)((const uint8_t *)response + w->what->value_at);
		rv = w->what->make(u, w, proto_bytes(*value), &d);
	}
	if (rv == CKR_OK)
		making_start(u->r, u->l, &how, &d);
	else
		request_done(u->r, rv, NULL);
}

/* request: the id of the client's. Takes w. */
static void
compute(struct request *r, struct login *l, const struct wire_id *request,
	const ProtobufCMessage *message, struct waiting **w)
{
	const struct upcall u = {
		.l = l, .done = on_computed, .id = *request, .arg = *w
	};

	if (upcall_start(r, true, (*w)->what->method, message, &u))
		*w = NULL; /* on_computed()'s, and gone already perhaps */
}

/* ---- unwrap */

static CK_RV
unwrapped(const struct upcall *u, const struct waiting *w, struct bytes value,
	struct derived *ret)
{
	struct new_key *k = &ret->keys[0];
	size_t n = 0;
	CK_RV rv;

	*k = NEW_KEY_NONE;
	ret->n = 1;
	rv = key_unwrap_begin(w->m, &w->by.in, u->r->m.unwrap.template, w->role, k, &n);
	if (rv == CKR_OK && (value.n == 0 || value.n > WRAP_MAX_KEY))
		rv = CKR_DEVICE_ERROR;
	return rv == CKR_OK ? key_unwrap_end(w->m, value, k) : rv;
}

static const struct computed unwrapping = { REMOTE_UNWRAP_SECRET, ORIGIN_UNWRAP,
	offsetof(Keystore__V1__UnwrapSecretResponse, value), unwrapped };

void
unwrap_by_private(struct request *r, struct login *l, const struct mech *m,
	const struct mech_params *p, struct part *by)
{
	Keystore__V1__UnwrapSecretRequest rq = KEYSTORE__V1__UNWRAP_SECRET_REQUEST__INIT;
	Keystore__V1__Mechanism mechanism = KEYSTORE__V1__MECHANISM__INIT;
	const struct wire_unwrap *wire = &r->m.unwrap;
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	CLEANUP(waiting_free)
	struct waiting *w = NULL;
	size_t n = 0;
	/* before the keystore works for nothing, or tells more than it has to */
	CK_RV rv = key_unwrap_begin(m, &by->in, wire->template, l->role, &k, &n);

	if (rv == CKR_OK && n > WRAP_MAX_KEY)
		rv = CKR_WRAPPED_KEY_LEN_RANGE;
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	w = waiting_new(r, l, &unwrapping, m, by);
	if (w == NULL)
		return;
	proto_from_mech(m, p, &mechanism);
	rq.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	rq.ticket = proto_borrow(login_ticket(l));
	rq.key = &w->key;
	rq.mechanism = &mechanism;
	rq.wrapped = proto_borrow(wire->wrapped);
	rq.value_bytes = (uint32_t)n;
	compute(r, l, &wire->request, &rq.base, &w);
}

/* ---- decapsulate */

static CK_RV
decapsulated(const struct upcall *u, const struct waiting *w, struct bytes value,
	struct derived *ret)
{
	const struct wire_unwrap *m = &u->r->m.unwrap;

	ret->keys[0] = NEW_KEY_NONE;
	ret->n = 1;
	return key_decapsulate_end(w->m, &w->by.in, m->wrapped.n, m->template, w->role,
		value, &ret->keys[0]);
}

static const struct computed decapsulating = { REMOTE_DECAPSULATE_SECRET, ORIGIN_UNWRAP,
	offsetof(Keystore__V1__DecapsulateSecretResponse, value), decapsulated };

void
decapsulate_by_private(
	struct request *r, struct login *l, const struct mech *m, struct part *by)
{
	Keystore__V1__DecapsulateSecretRequest rq =
		KEYSTORE__V1__DECAPSULATE_SECRET_REQUEST__INIT;
	const struct wire_unwrap *wire = &r->m.unwrap;
	CLEANUP(waiting_free)
	struct waiting *w = waiting_new(r, l, &decapsulating, m, by);

	if (w == NULL)
		return;
	rq.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	rq.ticket = proto_borrow(login_ticket(l));
	rq.key = &w->key;
	rq.mechanism = m->type;
	rq.ciphertext = proto_borrow(wire->wrapped);
	compute(r, l, &wire->request, &rq.base, &w);
}

/* ---- derive */

static CK_RV
agreed(const struct upcall *u, const struct waiting *w, struct bytes value,
	struct derived *ret)
{
	const struct wire_derive *m = &u->r->m.derive;
	CK_RV rv = key_agree_end(
		w->m, m->params, &w->by.in, m->template, w->role, value, ret);

	if (rv == CKR_OK && m->read_only != 0 && making_any_on_token(ret))
		rv = CKR_SESSION_READ_ONLY;
	return rv;
}

static const struct computed agreeing = { REMOTE_DERIVE_SECRET, ORIGIN_DERIVE,
	offsetof(Keystore__V1__DeriveSecretResponse, value), agreed };

void
derive_by_agreement(
	struct request *r, struct login *l, const struct mech *m, struct part *base)
{
	const struct wire_derive *d = &r->m.derive;
	Keystore__V1__DeriveSecretRequest rq = KEYSTORE__V1__DERIVE_SECRET_REQUEST__INIT;
	CLEANUP(waiting_free)
	struct waiting *w = NULL;
	struct agree_params p;
	size_t n = 0;
	CK_RV rv = key_agree_size(m, d->params, &base->in, d->template, &n);

	if (rv == CKR_OK && !agree_params_read(m, d->params, &p))
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	w = waiting_new(r, l, &agreeing, m, base);
	if (w == NULL)
		return;
	rq.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	rq.ticket = proto_borrow(login_ticket(l));
	rq.key = &w->key;
	rq.mechanism = m->type;
	rq.kdf = p.kdf;
	rq.shared_data = proto_borrow(p.shared);
	rq.public_data = proto_borrow(p.public);
	rq.value_bytes = (uint32_t)n;
	compute(r, l, &d->request, &rq.base, &w);
}
