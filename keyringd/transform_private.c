/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/transform.h"

#include <stdlib.h>

#include "common/cleanup.h"
#include "crypto/kem.h"
#include "cryptoki/derive_kinds.h"
#include "keyringd/making.h"
#include "keyringd/upcall.h"

/* While the keystore computes: the private key may have gone when it answers. */
struct waiting {
	const struct mech *m;
	struct part by;
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
waiting_new(struct request *r, const struct mech *m, struct part *by)
{
	struct waiting *w = malloc(sizeof *w);

	if (w == NULL) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return NULL;
	}
	*w = (struct waiting){ m, *by };
	*by = PART_NONE;
	return w;
}

static void
finish(struct upcall *u, CK_RV rv, enum object_origin origin, struct wire_id request,
	struct derived *d)
{
	const struct making_how how = { .origin = origin, .request = request };

	if (rv == CKR_OK)
		making_start(u->r, u->l, &how, d);
	else
		request_done(u->r, rv, NULL);
}

/* ---- unwrap */

static CK_RV
unwrapped(const struct upcall *u, const struct waiting *w, struct bytes value,
	struct new_key *ret)
{
	size_t n = 0;
	CK_RV rv = key_unwrap_begin(
		w->m, &w->by.in, u->r->m.unwrap.template, u->l->role, ret, &n);

	if (rv == CKR_OK && (value.n == 0 || value.n > WRAP_MAX_KEY))
		rv = CKR_DEVICE_ERROR;
	return rv == CKR_OK ? key_unwrap_end(w->m, value, ret) : rv;
}

static void
on_unwrapped(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__UnwrapSecretResponse *m = (const void *)response;
	CLEANUP(waiting_free)
	struct waiting *w = u->arg;
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;

	d.keys[0] = NEW_KEY_NONE;
	d.n = 1;
	if (rv == CKR_OK && request_is_dead(u->r))
		rv = CKR_FUNCTION_CANCELED;
	if (rv == CKR_OK)
		rv = unwrapped(u, w, proto_bytes(m->value), &d.keys[0]);
	finish(u, rv, ORIGIN_UNWRAP, u->r->m.unwrap.request, &d);
}

void
unwrap_by_private(struct request *r, struct login *l, const struct mech *m,
	const struct mech_params *p, struct part *by)
{
	Keystore__V1__UnwrapSecretRequest rq = KEYSTORE__V1__UNWRAP_SECRET_REQUEST__INIT;
	Keystore__V1__Mechanism mechanism = KEYSTORE__V1__MECHANISM__INIT;
	Keystore__V1__KeyRef key = KEYSTORE__V1__KEY_REF__INIT;
	struct upcall u = { .l = l, .done = on_unwrapped };
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	CLEANUP(waiting_free)
	struct waiting *w = NULL;
	size_t n = 0;
	/* before the keystore works for nothing, or tells more than it has to */
	CK_RV rv = key_unwrap_begin(m, &by->in, r->m.unwrap.template, l->role, &k, &n);

	if (rv == CKR_OK && n > WRAP_MAX_KEY)
		rv = CKR_WRAPPED_KEY_LEN_RANGE;
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	w = waiting_new(r, m, by);
	if (w == NULL)
		return;
	proto_from_mech(m, p, &mechanism);
	op_key_ref(&w->by.key, &key);
	rq.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	rq.ticket = proto_borrow(login_ticket(l));
	rq.key = &key;
	rq.mechanism = &mechanism;
	rq.wrapped = proto_borrow(r->m.unwrap.wrapped);
	rq.value_bytes = (uint32_t)n;
	u.arg = w;
	if (upcall_start(r, true, REMOTE_UNWRAP_SECRET, &rq.base, &u))
		w = NULL; /* on_unwrapped()'s, and gone already perhaps */
}

/* ---- decapsulate */

static CK_RV
decapsulated(const struct upcall *u, const struct waiting *w, struct bytes secret,
	struct new_key *ret)
{
	const struct wire_unwrap *m = &u->r->m.unwrap;

	return key_decapsulate_end(
		w->m, &w->by.in, m->wrapped.n, m->template, u->l->role, secret, ret);
}

static void
on_decapsulated(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__DecapsulateSecretResponse *m = (const void *)response;
	CLEANUP(waiting_free)
	struct waiting *w = u->arg;
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;

	d.keys[0] = NEW_KEY_NONE;
	d.n = 1;
	if (rv == CKR_OK && request_is_dead(u->r))
		rv = CKR_FUNCTION_CANCELED;
	if (rv == CKR_OK)
		rv = decapsulated(u, w, proto_bytes(m->value), &d.keys[0]);
	finish(u, rv, ORIGIN_UNWRAP, u->r->m.unwrap.request, &d);
}

void
decapsulate_by_private(
	struct request *r, struct login *l, const struct mech *m, struct part *by)
{
	Keystore__V1__DecapsulateSecretRequest rq =
		KEYSTORE__V1__DECAPSULATE_SECRET_REQUEST__INIT;
	Keystore__V1__KeyRef key = KEYSTORE__V1__KEY_REF__INIT;
	struct upcall u = { .l = l, .done = on_decapsulated };
	CLEANUP(waiting_free)
	struct waiting *w = waiting_new(r, m, by);

	if (w == NULL)
		return;
	op_key_ref(&w->by.key, &key);
	rq.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	rq.ticket = proto_borrow(login_ticket(l));
	rq.key = &key;
	rq.mechanism = m->type;
	rq.ciphertext = proto_borrow(r->m.unwrap.wrapped);
	u.arg = w;
	if (upcall_start(r, true, REMOTE_DECAPSULATE_SECRET, &rq.base, &u))
		w = NULL; /* on_decapsulated()'s, and gone already perhaps */
}

/* ---- derive */

static CK_RV
derived(const struct upcall *u, const struct waiting *w, struct bytes value,
	struct derived *ret)
{
	const struct wire_derive *m = &u->r->m.derive;
	CK_RV rv = key_agree_end(
		w->m, m->params, &w->by.in, m->template, u->l->role, value, ret);

	if (rv == CKR_OK && m->read_only != 0 && making_any_on_token(ret))
		rv = CKR_SESSION_READ_ONLY;
	return rv;
}

static void
on_derived(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__DeriveSecretResponse *m = (const void *)response;
	CLEANUP(waiting_free)
	struct waiting *w = u->arg;
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;

	if (rv == CKR_OK && request_is_dead(u->r))
		rv = CKR_FUNCTION_CANCELED;
	if (rv == CKR_OK)
		rv = derived(u, w, proto_bytes(m->value), &d);
	finish(u, rv, ORIGIN_DERIVE, u->r->m.derive.request, &d);
}

void
derive_by_agreement(
	struct request *r, struct login *l, const struct mech *m, struct part *base)
{
	const struct wire_derive *d = &r->m.derive;
	Keystore__V1__DeriveSecretRequest rq = KEYSTORE__V1__DERIVE_SECRET_REQUEST__INIT;
	Keystore__V1__KeyRef key = KEYSTORE__V1__KEY_REF__INIT;
	struct upcall u = { .l = l, .done = on_derived };
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
	w = waiting_new(r, m, base);
	if (w == NULL)
		return;
	op_key_ref(&w->by.key, &key);
	rq.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	rq.ticket = proto_borrow(login_ticket(l));
	rq.key = &key;
	rq.mechanism = m->type;
	rq.kdf = p.kdf;
	rq.shared_data = proto_borrow(p.shared);
	rq.public_data = proto_borrow(p.public);
	rq.value_bytes = (uint32_t)n;
	u.arg = w;
	if (upcall_start(r, true, REMOTE_DERIVE_SECRET, &rq.base, &u))
		w = NULL; /* on_derived()'s, and gone already perhaps */
}
