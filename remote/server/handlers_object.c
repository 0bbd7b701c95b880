/* SPDX-License-Identifier: Apache-2.0 */
/* Objects: create, copy, change, destroy, and their readable secrets. */
#include "remote/server/handlers.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "crypto/crypto.h"
#include "cryptoki/names.h"
#include "cryptoki/schema.h"
#include "remote/proto/proto_convert.h"
#include "remote/server/keys.h"
#include "remote/server/objects.h"
#include "remote/server/origin.h"
#include "remote/server/place.h"
#include "remote/server/watch.h"

static void
attrs_cleanup(struct attrs *a)
{
	attrs_free(a);
}

/* What every change of objects needs first. */
static int
change_begin(struct call *c, ProtobufCBinaryData token, ProtobufCBinaryData ticket,
	ProtobufCBinaryData request_id, const ProtobufCMessage *message,
	struct auth *auth, struct request *request)
{
	int r = call_needs_certificate(c, "changing objects");

	if (r == 0)
		r = auth_call(c, token, ticket, auth);
	if (r == 0)
		r = request_begin(c, request_id, message, request);
	return r;
}

static int
template_of(
	struct call *c, size_t n, Keystore__V1__Attribute *const *list, struct attrs *ret)
{
	CK_RV rv = proto_to_attrs(n, list, PROTO_REFUSE_UNKNOWN, ret);

	return rv == CKR_OK ? 0 : call_failed(c, rv, "the template");
}

/* --- CreateObject ---------------------------------------------------------- */

int
handle_create_object(struct call *c, const Keystore__V1__CreateObjectRequest *rq,
	Keystore__V1__CreateObjectResponse *rs)
{
	CLEANUP(attrs_cleanup)
	struct attrs template = ATTRS_SECRET;
	CLEANUP(object_free)
	struct object o = OBJECT_NONE;
	struct request request;
	struct auth auth;
	int r = change_begin(
		c, rq->token_id, rq->ticket, rq->request_id, &rq->base, &auth, &request);

	if (r == 0)
		r = template_of(c, rq->n_attributes, rq->attributes, &template);
	if (r == 0)
		r = object_by_origin(c, &auth, rq, &template, &o);
	if (r == 0)
		r = object_place(
			c, &auth, &request, &o, rq->session, &rs->object, &rs->blob);
	return r;
}

/* What says of itself what follows from its key is right. */
static CK_RV
change_check(const struct object *old, const struct attrs *pub)
{
	return object_claims_derived(attrs_bytes(&old->pub), attrs_bytes(pub))
		       ? object_check_derived(attrs_bytes(pub), attrs_bytes(&old->sec))
		       : CKR_OK;
}

/* --- CopyObject ------------------------------------------------------------ */

static int
copy(struct call *c, const struct auth *auth, const struct object *from,
	struct bytes template, struct object *ret)
{
	CK_RV rv = object_copy(attrs_bytes(&from->pub), template, auth->role, &ret->pub);

	if (rv == CKR_OK)
		rv = change_check(from, &ret->pub);
	if (rv != CKR_OK)
		return call_failed(c, rv, "the copy");
	if (!object_is_visible(attrs_bytes(&ret->pub), auth->role))
		return auth_refuse_ticket(c);
	buf_put_bytes(&ret->sec.b, attrs_bytes(&from->sec));
	return attrs_ok(&ret->sec) ? 0 : -ENOMEM;
}

int
handle_copy_object(struct call *c, const Keystore__V1__CopyObjectRequest *rq,
	Keystore__V1__CopyObjectResponse *rs)
{
	CLEANUP(attrs_cleanup)
	struct attrs template = ATTRS_SECRET;
	CLEANUP(object_free)
	struct object from = OBJECT_NONE;
	CLEANUP(object_free)
	struct object o = OBJECT_NONE;
	struct request request;
	struct auth auth;
	bool blob;
	int r = change_begin(
		c, rq->token_id, rq->ticket, rq->request_id, &rq->base, &auth, &request);

	if (r == 0)
		r = object_placed(c, &auth, &request, &rs->object);
	if (r != 0 || rs->object != NULL)
		return r;
	r = template_of(c, rq->n_attributes, rq->attributes, &template);
	if (r == 0)
		r = object_by_ref(c, &auth, rq->source, true, &from, &blob);
	if (r == 0)
		r = copy(c, &auth, &from, attrs_bytes(&template), &o);
	if (r == 0)
		r = object_place(
			c, &auth, &request, &o, rq->session, &rs->object, &rs->blob);
	return r;
}

/* --- SetAttributes and DestroyObject: one object, in one transaction --------- */

struct changing {
	struct call *call;
	const struct auth *auth;
	struct request *request;
	struct id id;
	struct bytes key, template;
	struct id made_by; /* of what is destroyed; zeroes: nothing is taken back */
	struct object object;
	bool checked; /* change_check() was done before */
	bool repeated;
};

static int
changing_find(struct call *c, ProtobufCBinaryData id, struct changing *x)
{
	if (id.len != ID_BYTES)
		return object_refuse_absent(c);
	memcpy(x->id.b, id.data, ID_BYTES);
	return 0;
}

static int
epoch_check(struct storage_tx *tx, const struct changing *x)
{
	struct token_row row;
	int r = token_get(tx, &x->auth->token, &row);

	if (r == -ENOENT)
		return token_refuse_absent(x->call);
	if (r == 0 && row.epoch != x->auth->epoch)
		return auth_refuse_ticket(x->call);
	return r;
}

/* The object with its secret, if the caller may see it. */
static int
changing_load(struct storage_tx *tx, struct changing *x)
{
	struct object_row row;
	int r = object_get(tx, &x->auth->token, &x->id, &row);

	if (r == -ENOENT || (r == 0 && !object_is_visible(row.attributes, x->auth->role)))
		return object_refuse_absent(x->call);
	return r == 0 ? object_unseal(x->key, &x->auth->token, &row, &x->object) : r;
}

static int
changing_begin(struct storage_tx *tx, struct changing *x)
{
	int r = request_wanted(x->call);

	if (r == 0)
		r = epoch_check(tx, x);
	return r == 0 ? request_seen(x->call, tx, x->request, &x->repeated) : r;
}

static int
update(struct changing *x)
{
	struct attrs pub = ATTRS_INIT;
	CK_RV rv = object_update(
		attrs_bytes(&x->object.pub), x->template, x->auth->role, &pub);

	if (rv == CKR_OK && !x->checked)
		rv = change_check(&x->object, &pub);
	if (rv != CKR_OK) {
		attrs_free(&pub);
		return call_failed(x->call, rv, "the change");
	}
	attrs_free(&x->object.pub);
	x->object.pub = pub;
	return 0;
}

static int
set_put(struct storage_tx *tx, struct changing *x)
{
	CLEANUP(buf_free)
	struct buf sealed = BUF_INIT;
	struct object_row row;
	int r = token_next_revision(tx, &x->auth->token, &x->object.revision);

	if (r == 0)
		r = object_seal(x->key, &x->auth->token, &x->object, &sealed, &row);
	if (r == 0)
		r = object_put(tx, &x->auth->token, &row);
	x->request->row.revision = x->object.revision;
	return r == 0 ? request_keep(tx, &x->auth->token, x->request) : r;
}

static int
set_tx(struct storage_tx *tx, void *arg)
{
	struct changing *x = arg;
	int r = changing_begin(tx, x);

	if (r == 0)
		r = changing_load(tx, x);
	if (r != 0 || x->repeated)
		return r;
	r = update(x);
	return r == 0 ? set_put(tx, x) : r;
}

static int
set_blob(struct call *c, struct changing *x, ProtobufCBinaryData blob,
	Keystore__V1__SetAttributesResponse *rs)
{
	uint64_t expires;
	int r = blob_open(c, x->auth, blob, &x->object, &expires);

	if (r == 0)
		r = update(x);
	if (r == 0)
		r = blob_make(c, x->auth, &x->object, &rs->blob);
	return r == 0 ? object_to_proto(NULL, 0, attrs_bytes(&x->object.pub), &rs->object)
		      : r;
}

/* Of a long RSA key that takes a good part of a second, for which no transaction waits: an
 * object's key is always the same. What else is wrong is the transaction's to say. */
static int
set_check(struct call *c, struct changing *x, ProtobufCBinaryData id)
{
	CLEANUP(object_free)
	struct object o = OBJECT_NONE;
	CLEANUP(attrs_cleanup)
	struct attrs pub = ATTRS_INIT;
	CK_RV rv = CKR_OK;
	int r;

	x->checked = true;
	if (!attrs_has(x->template, CKA_CHECK_VALUE) &&
		!attrs_has(x->template, CKA_PUBLIC_KEY_INFO))
		return 0;
	r = object_read(c, x->auth, id, true, &o);
	if (r == 0 && object_update(attrs_bytes(&o.pub), x->template, x->auth->role,
			      &pub) == CKR_OK)
		rv = change_check(&o, &pub);
	return rv == CKR_OK ? r : call_failed(c, rv, "the change");
}

static int
set_stored(struct call *c, struct changing *x, const Keystore__V1__KeyRef *ref,
	Keystore__V1__SetAttributesResponse *rs)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	int r = object_token_key(c, x->auth, &key);

	if (r == 0)
		r = changing_find(c, ref->object_id, x);
	if (r == 0)
		r = set_check(c, x, ref->object_id);
	x->key = secret_bytes(&key);
	if (r == 0)
		r = storage_write(c->ks->storage, set_tx, x);
	if (r != 0)
		return r;
	if (!x->repeated)
		watch_notify(c->ks->watch, &x->auth->token);
	return object_to_proto(&x->object.id, x->object.revision,
		attrs_bytes(&x->object.pub), &rs->object);
}

int
handle_set_attributes(struct call *c, const Keystore__V1__SetAttributesRequest *rq,
	Keystore__V1__SetAttributesResponse *rs)
{
	CLEANUP(attrs_cleanup)
	struct attrs template = ATTRS_SECRET;
	struct request request;
	struct auth auth;
	struct changing x = {
		.call = c, .auth = &auth, .request = &request, .object = OBJECT_NONE
	};
	int r = change_begin(
		c, rq->token_id, rq->ticket, rq->request_id, &rq->base, &auth, &request);

	if (r == 0)
		r = template_of(c, rq->n_attributes, rq->attributes, &template);
	if (r != 0)
		return r;
	x.template = attrs_bytes(&template);
	if (rq->object != NULL && rq->object->key_case == KEYSTORE__V1__KEY_REF__KEY_BLOB)
		r = set_blob(c, &x, rq->object->blob, rs);
	else if (rq->object != NULL &&
		 rq->object->key_case == KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID)
		r = set_stored(c, &x, rq->object, rs);
	else
		r = object_refuse_absent(c);
	object_free(&x.object);
	return r;
}

/* Is it what that request made, and what is taken back now? */
static bool
is_taken_back(struct storage_tx *tx, const struct changing *x)
{
	static const struct id none;
	struct request_row made;

	return memcmp(&x->made_by, &none, sizeof none) != 0 &&
	       request_get(tx, &x->made_by, &made) == 0 &&
	       (memcmp(&made.objects[0], &x->id, sizeof x->id) == 0 ||
		       memcmp(&made.objects[1], &x->id, sizeof x->id) == 0);
}

static int
destroy_tx(struct storage_tx *tx, void *arg)
{
	struct changing *x = arg;
	struct object *o = &x->object;
	struct object_row row;
	int r = changing_begin(tx, x);

	if (r != 0 || x->repeated)
		return r;
	r = object_get(tx, &x->auth->token, &x->id, &row);
	if (r == -ENOENT || (r == 0 && !object_is_visible(row.attributes, x->auth->role)))
		return object_refuse_absent(x->call);
	if (r == 0)
		r = attrs_copy(&o->pub, row.attributes);
	if (r == 0 && !attrs_bool(attrs_bytes(&o->pub), CKA_DESTROYABLE, true) &&
		!is_taken_back(tx, x))
		return call_refuse(x->call, CKR_ACTION_PROHIBITED,
			"the object's CKA_DESTROYABLE is false");
	o->id = x->id;
	if (r == 0)
		r = token_next_revision(tx, &x->auth->token, &o->revision);
	if (r == 0)
		r = object_delete(tx, &x->auth->token, &x->id, o->revision);
	x->request->row.revision = o->revision;
	return r == 0 ? request_keep(tx, &x->auth->token, x->request) : r;
}

int
handle_destroy_object(struct call *c, const Keystore__V1__DestroyObjectRequest *rq,
	Keystore__V1__DestroyObjectResponse *rs)
{
	struct request request;
	struct auth auth;
	struct changing x = {
		.call = c, .auth = &auth, .request = &request, .object = OBJECT_NONE
	};
	int r = change_begin(
		c, rq->token_id, rq->ticket, rq->request_id, &rq->base, &auth, &request);

	if (r == 0)
		r = changing_find(c, rq->object_id, &x);
	if (r == 0 && rq->made_by.len != 0)
		r = call_id(c, rq->made_by, "made_by", &x.made_by);
	if (r == 0)
		r = storage_write(c->ks->storage, destroy_tx, &x);
	if (r == 0) {
		rs->revision = request.row.revision;
		if (!x.repeated) {
			object_log(c, "destroyed", &x.object);
			if (object_class(&x.object) == CKO_PRIVATE_KEY)
				key_cache_drop(c->ks->keys, &auth.token, &x.id);
			watch_notify(c->ks->watch, &auth.token);
		}
	}
	object_free(&x.object);
	return r;
}

/* --- GetSecret ------------------------------------------------------------- */

/* A host's keyringd gets the bytes of secret keys to work with, never those of
 * private keys; anyone who may see an object gets what its attributes allow. */
static int
secret_for(struct call *c, const struct object *o, bool for_use, struct attrs *ret)
{
	struct bytes sec = attrs_bytes(&o->sec), value;

	if (!for_use) {
		if (!object_is_readable(attrs_bytes(&o->pub)))
			return call_refuse(c, CKR_ATTRIBUTE_SENSITIVE,
				"the object is sensitive or not extractable");
		buf_put_bytes(&ret->b, sec);
		return attrs_ok(ret) ? 0 : -ENOMEM;
	}
	if (object_class(o) != CKO_SECRET_KEY)
		return call_refuse(c, CKR_KEY_TYPE_INCONSISTENT,
			"only secret keys are handed out for use");
	if (attrs_find(sec, CKA_VALUE, &value))
		attrs_set(ret, CKA_VALUE, value);
	return attrs_ok(ret) ? 0 : -ENOMEM;
}

int
handle_get_secret(struct call *c, const Keystore__V1__GetSecretRequest *rq,
	Keystore__V1__GetSecretResponse *rs)
{
	CLEANUP(object_free)
	struct object o = OBJECT_NONE;
	CLEANUP(attrs_cleanup)
	struct attrs secret = ATTRS_SECRET;
	struct auth auth;
	bool blob;
	int r = auth_call(c, rq->token_id, rq->ticket, &auth);

	if (r == 0 && rq->for_use)
		r = call_needs_certificate(c, "using a secret key");
	if (r == 0)
		r = object_by_ref(c, &auth, rq->object, true, &o, &blob);
	if (r == 0)
		r = secret_for(c, &o, rq->for_use, &secret);
	if (r != 0)
		return r;
	rs->revision = o.revision;
	return proto_from_attrs(attrs_bytes(&secret), &rs->n_attributes, &rs->attributes);
}
