/* SPDX-License-Identifier: Apache-2.0 */
/* Keys wrapped, unwrapped and derived where one of those that take part is with us. */
#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "crypto/kem.h"
#include "crypto/wrap.h"
#include "keyringd/making.h"
#include "keyringd/part.h"
#include "keyringd/transform.h"

/* The row and its parameter, of a mechanism that has one of the flags. */
static CK_RV
mech_read(const struct request *r, uint64_t type, CK_FLAGS flags, struct bytes params,
	const struct mech **ret_mech, struct mech_params *ret)
{
	*ret_mech = config_mech(&r->client->d->config, (CK_MECHANISM_TYPE)type);
	if (*ret_mech == NULL || ((*ret_mech)->flags & flags) == 0)
		return CKR_MECHANISM_INVALID;
	return mech_params_decode(*ret_mech, params, ret);
}

/* The login that a message is for; NULL: it has been answered. */
static struct login *
begin(struct request *r, uint64_t slot, CK_RV rv)
{
	struct login *l = rv == CKR_OK ? login_get_heard(r->client, slot, &rv) : NULL;

	if (l == NULL)
		request_done(r, rv, NULL);
	else
		l->used_ms = now_ms();
	return l;
}

/* ---- wrap */

static void
wrap(struct request *r, const struct mech *m, const struct mech_params *p,
	const struct part *by, const struct part *key)
{
	CLEANUP(buf_free)
	struct buf out = BUF_INIT;
	struct wire_wrap_reply reply;
	CK_RV rv = key_wrap(m, p, &by->in, &key->in, &out);

	reply.data = buf_bytes(&out);
	request_done(r, rv, &reply);
}

void
handle_wrap(struct request *r)
{
	CLEANUP(part_free)
	struct part by = PART_NONE;
	CLEANUP(part_free)
	struct part key = PART_NONE;
	const struct mech *m = NULL;
	struct mech_params p;
	CK_RV rv = mech_read(
		r, r->m.wrap.mechanism, CKF_WRAP | CKF_UNWRAP, r->m.wrap.params, &m, &p);
	struct login *l = begin(r, r->m.wrap.slot, rv);

	if (l == NULL ||
		!part_find(r, l, r->m.wrap.by, CKR_WRAPPING_KEY_HANDLE_INVALID, &by) ||
		!part_find(r, l, r->m.wrap.key, CKR_KEY_HANDLE_INVALID, &key))
		return;
	/* before a value comes from the keystore for nothing */
	rv = key_wrap_check(m, &by.in, &key.in);
	if (rv != CKR_OK)
		request_done(r, rv, NULL);
	else if (key.key.class == CKO_PRIVATE_KEY)
		wrap_private(r, l, m, &p, &by, &key);
	else if (part_fill(r, l, &by) && part_fill(r, l, &key))
		wrap(r, m, &p, &by, &key);
}

/* ---- unwrap */

static void
unwrap(struct request *r, struct login *l, const struct mech *m,
	const struct mech_params *p, const struct part *by)
{
	const struct wire_unwrap *w = &r->m.unwrap;
	const struct making_how how = { .origin = ORIGIN_UNWRAP, .request = w->request };
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	CK_RV rv;

	d.keys[0] = NEW_KEY_NONE;
	d.n = 1;
	rv = key_unwrap(m, p, &by->in, w->wrapped, w->template, l->role, &d.keys[0]);
	if (rv == CKR_OK)
		making_start(r, l, &how, &d);
	else
		request_done(r, rv, NULL);
}

void
handle_unwrap(struct request *r)
{
	CLEANUP(part_free)
	struct part by = PART_NONE;
	CK_OBJECT_CLASS class = CK_UNAVAILABLE_INFORMATION;
	const struct mech *m = NULL;
	struct mech_params p;
	CK_RV rv = mech_read(r, r->m.unwrap.mechanism, CKF_WRAP | CKF_UNWRAP,
		r->m.unwrap.params, &m, &p);
	struct login *l;

	if (rv == CKR_OK && !attrs_valid(r->m.unwrap.template))
		rv = CKR_ARGUMENTS_BAD;
	l = begin(r, r->m.unwrap.slot, rv);
	if (l == NULL ||
		!part_find(r, l, r->m.unwrap.by, CKR_UNWRAPPING_KEY_HANDLE_INVALID, &by))
		return;
	rv = key_unwrap_check(m, &by.in);
	if (rv == CKR_OK)
		rv = key_unwrap_class(&by.in, r->m.unwrap.template, &class);
	if (rv != CKR_OK)
		request_done(r, rv, NULL);
	else if (class == CKO_PRIVATE_KEY)
		unwrap_private(r, l, m, &p, &by);
	else if (wrap_by_pair(m))
		unwrap_by_private(r, l, m, &p, &by);
	else if (part_fill(r, l, &by))
		unwrap(r, l, m, &p, &by);
}

/* ---- decapsulate */

void
handle_decapsulate(struct request *r)
{
	const struct wire_unwrap *w = &r->m.unwrap;
	CLEANUP(part_free)
	struct part by = PART_NONE;
	const struct mech *m = NULL;
	struct mech_params p;
	CK_RV rv = mech_read(r, w->mechanism, CKF_DECAPSULATE, w->params, &m, &p);
	struct login *l;

	if (rv == CKR_OK && !attrs_valid(w->template))
		rv = CKR_ARGUMENTS_BAD;
	l = begin(r, w->slot, rv);
	if (l == NULL || !part_find(r, l, w->by, CKR_UNWRAPPING_KEY_HANDLE_INVALID, &by))
		return;
	/* before the keystore works for nothing */
	rv = key_decapsulate_begin(m, &by.in, w->wrapped.n, w->template, l->role);
	if (rv != CKR_OK)
		request_done(r, rv, NULL);
	else
		decapsulate_by_private(r, l, m, &by);
}

/* ---- derive */

static void
derive(struct request *r, struct login *l, const struct mech *m, const struct part *base,
	const struct part *other)
{
	const struct wire_derive *w = &r->m.derive;
	const struct making_how how = { .origin = ORIGIN_DERIVE, .request = w->request };
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	CK_RV rv = key_derive(m, w->params, &base->in, other != NULL ? &other->in : NULL,
		w->template, l->role, &d);

	if (rv == CKR_OK && w->read_only != 0 && making_any_on_token(&d))
		rv = CKR_SESSION_READ_ONLY;
	if (rv == CKR_OK)
		making_start(r, l, &how, &d);
	else
		request_done(r, rv, NULL);
}

static CK_RV
derive_read(const struct request *r, const struct wire_derive *w, const struct mech **ret)
{
	*ret = config_mech(&r->client->d->config, (CK_MECHANISM_TYPE)w->mechanism);
	if (*ret == NULL || ((*ret)->flags & CKF_DERIVE) == 0)
		return CKR_MECHANISM_INVALID;
	if (!derive_params_valid(*ret, w->params, w->other.n != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	return attrs_valid(w->template) ? CKR_OK : CKR_ARGUMENTS_BAD;
}

void
handle_derive(struct request *r)
{
	const struct wire_derive *w = &r->m.derive;
	CLEANUP(part_free)
	struct part base = PART_NONE;
	CLEANUP(part_free)
	struct part other = PART_NONE;
	const bool two = w->other.n != 0;
	const struct mech *m = NULL;
	CK_RV rv = derive_read(r, w, &m);
	struct login *l = begin(r, w->slot, rv);

	if (l == NULL || !part_find(r, l, w->base, CKR_KEY_HANDLE_INVALID, &base) ||
		(two && !part_find(r, l, w->other, CKR_KEY_HANDLE_INVALID, &other)))
		return;
	/* before a value comes from the keystore for nothing */
	rv = key_derive_check(m, &base.in);
	if (rv != CKR_OK)
		request_done(r, rv, NULL);
	else if (derive_by_private(m))
		derive_by_agreement(r, l, m, &base);
	else if (part_fill(r, l, &base) && (!two || part_fill(r, l, &other)))
		derive(r, l, m, &base, two ? &other : NULL);
}

/* ---- keep */

static bool
is_kem(const struct mech *m)
{
	return (m->flags & CKF_ENCAPSULATE) != 0;
}

/* The process says what its key is; all else about it is decided here. */
static CK_RV
keep_build(const struct wire_keep *w, const struct mech *m, enum object_role role,
	struct new_key *ret)
{
	const struct object_request how = { .origin = ORIGIN_GENERATE,
		.role = role,
		.mechanism = m->type,
		.class = CKO_SECRET_KEY,
		.key_type = m->key_type };
	CK_RV rv;

	if (is_kem(m))
		return kem_key(w->template, role, w->value, ret);
	rv = object_build(&how, w->template, &ret->public, &ret->secret);
	if (rv != CKR_OK)
		return rv;
	attrs_set(&ret->secret, CKA_VALUE, w->value);
	return attrs_ok(&ret->secret) ? object_complete(&ret->public, &ret->secret)
				      : CKR_HOST_MEMORY;
}

static CK_RV
keep_read(const struct wire_keep *w, const struct mech **ret)
{
	*ret = mech_lookup((CK_MECHANISM_TYPE)w->mechanism);
	if (*ret == NULL || !(mech_generates_from_password(*ret) || is_kem(*ret)))
		return CKR_MECHANISM_INVALID;
	return attrs_valid(w->template) &&
			       (is_kem(*ret) ? w->value.n == KEM_SECRET : w->value.n != 0)
		       ? CKR_OK
		       : CKR_ARGUMENTS_BAD;
}

void
handle_keep(struct request *r)
{
	const struct wire_keep *w = &r->m.keep;
	struct making_how how = { .origin = ORIGIN_GENERATE,
		.mechanism = (CK_MECHANISM_TYPE)w->mechanism,
		.request = w->request };
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	const struct mech *m = NULL;
	CK_RV rv = keep_read(w, &m);
	struct login *l = begin(r, w->slot, rv);

	if (l == NULL)
		return;
	if (is_kem(m))
		how.origin = ORIGIN_UNWRAP;
	d.keys[0] = NEW_KEY_NONE;
	d.n = 1;
	rv = keep_build(w, m, l->role, &d.keys[0]);
	if (rv == CKR_OK)
		making_start(r, l, &how, &d);
	else
		request_done(r, rv, NULL);
}
