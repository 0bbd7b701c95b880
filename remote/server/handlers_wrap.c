/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys wrapped and unwrapped: their PKCS #8 is in the clear nowhere but here, while one
 * of these runs. The policy of both keys is asked again, of attributes that are the keystore's
 * own wherever the key is.
 */
#include "remote/server/handlers.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "crypto/agree.h"
#include "crypto/pkcs8.h"
#include "crypto/wrap.h"
#include "remote/proto/proto_convert.h"
#include "remote/server/keys.h"
#include "remote/server/place.h"

/* The key that does the work. in borrows from the rest, and from the request. */
struct worker {
	struct call *call;
	const struct key *pair;  /* a private key, which unwraps */
	struct object object;    /* the token's */
	struct attrs attributes; /* of a session's */
	struct key_input in;
};

#define WORKER_NONE(c)    \
	((struct worker){ \
		.call = (c), .object = OBJECT_NONE, .attributes = ATTRS_SECRET })

static void
worker_free(struct worker *w)
{
	if (w->pair != NULL)
		key_put(w->call, w->pair);
	object_free(&w->object);
	attrs_free(&w->attributes);
}

static int
worker_stored(struct call *c, const struct auth *auth, const Keystore__V1__KeyRef *ref,
	struct worker *w)
{
	bool blob;
	int r = object_by_ref(c, auth, ref, true, &w->object, &blob);

	if (r != 0)
		return r;
	w->in.attributes = attrs_bytes(&w->object.pub);
	if (!attrs_find(attrs_bytes(&w->object.sec), CKA_VALUE, &w->in.value))
		w->in.value = BYTES_NONE;
	return 0;
}

static int
worker_private(struct call *c, const struct auth *auth, const Keystore__V1__KeyRef *ref,
	struct worker *w)
{
	int r = key_get(c, auth, ref, &w->pair);

	if (r == 0)
		w->in.attributes = w->pair->pub;
	else if (r == CALL_REFUSED && c->status->ckr == CKR_KEY_TYPE_INCONSISTENT)
		r = call_failed(c, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, "the key");
	return r;
}

/* What the host says of it is its word. */
static int
worker_given(struct call *c, const Keystore__V1__WrappingKey *from, struct worker *w)
{
	CK_RV rv = proto_to_attrs(from->n_attributes, from->attributes,
		PROTO_REFUSE_UNKNOWN, &w->attributes);

	if (rv != CKR_OK)
		return call_failed(c, rv, "the wrapping key");
	w->in = (struct key_input){ attrs_bytes(&w->attributes), proto_bytes(from->value),
		.exposed = true };
	return 0;
}

/* invalid: the CK_RV where there is none. */
static int
worker_find(struct call *c, const struct auth *auth,
	const Keystore__V1__WrappingKey *from, bool private, CK_RV invalid,
	struct worker *w)
{
	int r;

	if (from == NULL || (private && from->key == NULL))
		r = call_refuse(c, invalid, "no wrapping key");
	else if (private)
		r = worker_private(c, auth, from->key, w);
	else
		r = from->key != NULL ? worker_stored(c, auth, from->key, w)
				      : worker_given(c, from, w);
	if (r == CALL_REFUSED && (c->status->ckr == CKR_OBJECT_HANDLE_INVALID ||
					 c->status->ckr == CKR_KEY_HANDLE_INVALID))
		r = call_refuse(c, invalid, "no such wrapping key");
	return r;
}

/* --- Wrap -------------------------------------------------------------------------- */

static CK_RV
wrap(const struct mech *m, const struct mech_params *p, const struct worker *w,
	const struct key *key, struct buf *out)
{
	CLEANUP(secret_free)
	struct secret der = SECRET_NONE;
	struct key_input in = { .attributes = key->pub };
	CK_RV rv = key_wrap_check(m, &w->in, &in);

	if (rv == CKR_OK)
		rv = pkcs8_write(key->pkey, &der);
	in.value = secret_bytes(&der);
	return rv == CKR_OK ? key_wrap(m, p, &w->in, &in, out) : rv;
}

static void
log_wrapped(struct call *c, const Keystore__V1__KeyRef *ref, const struct mech *m)
{
	char uuid[UUID_TEXT] = "of a session";
	struct id id;

	if (ref->key_case == KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID) {
		memcpy(id.b, ref->object_id.data, ID_BYTES);
		id_text(&id, uuid);
	}
	log_info("private key %s wrapped for host %s: %s", uuid, call_host(c), m->ckm);
}

int
handle_wrap_private(struct call *c, const Keystore__V1__WrapPrivateRequest *rq,
	Keystore__V1__WrapPrivateResponse *rs)
{
	CLEANUP(worker_free)
	struct worker w = WORKER_NONE(c);
	CLEANUP(buf_free)
	struct buf out = BUF_INIT;
	const struct mech *m = NULL;
	struct mech_params params;
	const struct key *key;
	struct auth auth;
	CK_RV rv;
	int r = call_needs_certificate(c, "wrapping private keys");

	if (r == 0)
		r = auth_call(c, rq->token_id, rq->ticket, &auth);
	if (r == 0)
		r = worker_find(
			c, &auth, rq->by, false, CKR_WRAPPING_KEY_HANDLE_INVALID, &w);
	if (r == 0)
		r = key_get(c, &auth, rq->key, &key);
	if (r != 0)
		return r;
	rv = proto_to_mech(rq->mechanism, &m, &params);
	if (rv == CKR_OK)
		rv = wrap(m, &params, &w, key, &out);
	key_put(c, key);
	if (rv != CKR_OK)
		return call_failed(c, rv, "wrapping");
	log_wrapped(c, rq->key, m);
	return proto_put_bytes(&rs->wrapped, buf_bytes(&out));
}

/* --- Unwrap ------------------------------------------------------------------------ */

static CK_RV
unwrap_by_pair(const struct mech *m, const struct mech_params *p, const struct worker *w,
	struct bytes wrapped, struct bytes template, enum object_role role,
	struct new_key *ret)
{
	CLEANUP(secret_free)
	struct secret der = SECRET_NONE;
	size_t n = 0;
	CK_RV rv = key_unwrap_begin(m, &w->in, template, role, ret, &n);

	if (rv == CKR_OK)
		rv = pkey_unwrap(m, p, w->pair->pkey, wrapped, n, &der);
	return rv == CKR_OK ? key_unwrap_end(m, secret_bytes(&der), ret) : rv;
}

static int
unwrap(struct call *c, const Keystore__V1__UnwrapPrivateRequest *rq,
	const struct auth *auth, struct object *ret)
{
	CLEANUP(worker_free)
	struct worker w = WORKER_NONE(c);
	CLEANUP(attrs_free)
	struct attrs template = ATTRS_SECRET;
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	const struct bytes wrapped = proto_bytes(rq->wrapped);
	CK_OBJECT_CLASS class = CK_UNAVAILABLE_INFORMATION;
	const struct mech *m = NULL;
	struct mech_params params;
	CK_RV rv = proto_to_mech(rq->mechanism, &m, &params);
	int r;

	if (rv == CKR_OK && (m->flags & CKF_UNWRAP) == 0)
		rv = CKR_MECHANISM_INVALID;
	if (rv == CKR_OK)
		rv = proto_to_attrs(rq->n_attributes, rq->attributes,
			PROTO_REFUSE_UNKNOWN, &template);
	if (rv != CKR_OK)
		return call_failed(c, rv, "the template or the mechanism");
	r = worker_find(
		c, auth, rq->by, wrap_by_pair(m), CKR_UNWRAPPING_KEY_HANDLE_INVALID, &w);
	if (r != 0)
		return r;
	rv = key_unwrap_class(&w.in, attrs_bytes(&template), &class);
	if (rv == CKR_OK && class != CKO_PRIVATE_KEY)
		rv = CKR_TEMPLATE_INCONSISTENT;
	if (rv == CKR_OK)
		rv = wrap_by_pair(m) ? unwrap_by_pair(m, &params, &w, wrapped,
					       attrs_bytes(&template), auth->role, &k)
				     : key_unwrap(m, &params, &w.in, wrapped,
					       attrs_bytes(&template), auth->role, &k);
	if (rv != CKR_OK)
		return call_failed(c, rv, "unwrapping");
	ret->pub = k.public;
	ret->sec = k.secret;
	k = NEW_KEY_NONE;
	return 0;
}

int
handle_unwrap_private(struct call *c, const Keystore__V1__UnwrapPrivateRequest *rq,
	Keystore__V1__UnwrapPrivateResponse *rs)
{
	CLEANUP(object_free)
	struct object o = OBJECT_NONE;
	struct request request;
	struct auth auth;
	bool session;
	int r = call_needs_certificate(c, "unwrapping private keys");

	if (r == 0)
		r = auth_call(c, rq->token_id, rq->ticket, &auth);
	if (r == 0)
		r = request_begin(c, rq->request_id, &rq->base, &request);
	if (r == 0)
		r = object_placed(c, &auth, &request, &rs->object);
	if (r != 0 || rs->object != NULL)
		return r;
	r = unwrap(c, rq, &auth, &o);
	if (r != 0)
		return r;
	session = !attrs_bool(attrs_bytes(&o.pub), CKA_TOKEN, false);
	return object_place(c, &auth, &request, &o, session, &rs->object, &rs->blob);
}
