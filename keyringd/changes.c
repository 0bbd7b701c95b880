/* SPDX-License-Identifier: Apache-2.0 */
/* Objects made, copied and changed. */
#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "keyringd/custody.h"
#include "keyringd/index.h"
#include "keyringd/objects.h"
#include "keyringd/op_cache.h"

static const struct wire_id no_id;

/* ---- create */

static void
on_create(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__CreateObjectResponse *m = (const void *)response;

	if (rv == CKR_OK)
		fresh_answer(u, m->object, proto_bytes(m->blob));
	else
		request_done(u->r, rv, NULL);
}

static void
create_remote(struct request *r, struct login *l, bool session)
{
	Keystore__V1__CreateObjectRequest request =
		KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	CLEANUP(proto_list_free)
	struct proto_list list = { 0 };
	struct upcall u = { .l = l, .done = on_create, .id = r->m.create.request };

	if (proto_from_attrs(r->m.create.template, &list.n, &list.p) != 0) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return;
	}
	request.request_id = proto_borrow(BYTES_OF(u.id.b));
	request.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	request.ticket = proto_borrow(login_ticket(l));
	request.n_attributes = list.n;
	request.attributes = list.p;
	request.session = session;
	(void)upcall_start(r, false, REMOTE_CREATE_OBJECT, &request.base, &u);
}

static void
create_secret_key(struct request *r, struct login *l)
{
	const struct object_request how = {
		.origin = ORIGIN_CREATE,
		.role = l->role,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CK_UNAVAILABLE_INFORMATION,
		.key_type = CK_UNAVAILABLE_INFORMATION,
	};
	struct attrs public = ATTRS_INIT, secret = ATTRS_SECRET;
	struct bytes value = BYTES_NONE;
	CK_RV rv = object_build(&how, r->m.create.template, &public, &secret);

	if (rv == CKR_OK)
		rv = object_complete(&public, &secret);
	if (rv == CKR_OK && !attrs_find(attrs_bytes(&secret), CKA_VALUE, &value))
		rv = CKR_TEMPLATE_INCOMPLETE;
	if (rv == CKR_OK)
		session_keep(r, l, &r->m.create.request, attrs_bytes(&public), value);
	else
		request_done(r, rv, NULL);
	attrs_free(&public);
	attrs_free(&secret);
}

void
handle_create(struct request *r)
{
	const struct wire_create *m = &r->m.create;
	CK_RV rv = CKR_OK;
	struct login *l = login_get_heard(r->client, m->slot, &rv);
	bool token = false;
	uint64_t class;

	if (l != NULL)
		rv = template_check(l, m->template, &token);
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	if (token) {
		create_remote(r, l, false);
		return;
	}
	if (session_repeated(r, l, &m->request))
		return;
	class = attrs_ulong(m->template, CKA_CLASS, UINT64_MAX);
	if (class == CKO_SECRET_KEY)
		create_secret_key(r, l);
	else if (class == CKO_PRIVATE_KEY)
		create_remote(r, l, true);
	else /* the module keeps those itself */
		request_done(r, CKR_TEMPLATE_INCONSISTENT, NULL);
}

/* ---- copy */

static void
on_copy(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__CopyObjectResponse *m = (const void *)response;

	if (rv == CKR_OK)
		fresh_answer(u, m->object, proto_bytes(m->blob));
	else
		request_done(u->r, rv, NULL);
}

static void
copy_remote(struct request *r, struct login *l, const struct op_key *k, bool session)
{
	Keystore__V1__CopyObjectRequest request = KEYSTORE__V1__COPY_OBJECT_REQUEST__INIT;
	Keystore__V1__KeyRef source;
	CLEANUP(proto_list_free)
	struct proto_list list = { 0 };
	struct upcall u = { .l = l, .done = on_copy, .id = r->m.change.request };

	keystore__v1__key_ref__init(&source);
	if (proto_from_attrs(r->m.change.template, &list.n, &list.p) != 0) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return;
	}
	op_key_ref(k, &source);
	request.request_id = proto_borrow(BYTES_OF(u.id.b));
	request.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	request.ticket = proto_borrow(login_ticket(l));
	request.source = &source;
	request.n_attributes = list.n;
	request.attributes = list.p;
	request.session = session;
	(void)upcall_start(r, false, REMOTE_COPY_OBJECT, &request.base, &u);
}

/* The source's public attributes, all of them. */
static CK_RV
source_attributes(const struct op_key *k, struct attrs *ret)
{
	if (k->session != NULL)
		return custody_attributes(k->session, ret);
	return attrs_copy(ret, k->attributes) == 0 ? CKR_OK : CKR_HOST_MEMORY;
}

/* What says of itself what follows from its key is right. item: NULL for what has none. */
static CK_RV
change_check(const struct daemon *d, struct vault_item *item, const struct attrs *old,
	const struct attrs *new)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CLEANUP(attrs_free)
	struct attrs secret = ATTRS_SECRET;

	if (!object_claims_derived(attrs_bytes(old), attrs_bytes(new)))
		return CKR_OK;
	if (item != NULL && vault_get(d->vault, item, &value) != 0)
		return CKR_DEVICE_ERROR;
	if (item != NULL)
		attrs_set(&secret, CKA_VALUE, secret_bytes(&value));
	return attrs_ok(&secret)
		       ? object_check_derived(attrs_bytes(new), attrs_bytes(&secret))
		       : CKR_HOST_MEMORY;
}

/* A secret key into broker custody; anything else is the module's to keep. */
static void
copy_here(struct request *r, struct login *l, const struct op_key *k)
{
	struct vault_item *item =
		k->session != NULL ? k->session->value : k->object->value;
	CLEANUP(attrs_free)
	struct attrs source = ATTRS_INIT;
	CLEANUP(attrs_free)
	struct attrs copy = ATTRS_INIT;
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CK_RV rv = source_attributes(k, &source);

	if (k->class == CKO_SECRET_KEY && item == NULL) {
		op_key_fetch(r, l, &k->id);
		return;
	}
	if (rv == CKR_OK)
		rv = object_copy(
			attrs_bytes(&source), r->m.change.template, l->role, &copy);
	if (rv == CKR_OK)
		rv = change_check(r->conn->d, item, &source, &copy);
	if (rv == CKR_OK) {
		attrs_set_bool(&copy, CKA_TOKEN, false);
		attrs_unset(&copy, CKA_UNIQUE_ID);
		rv = attrs_ok(&copy) ? CKR_OK : CKR_HOST_MEMORY;
	}
	if (rv == CKR_OK && item != NULL &&
		vault_get(r->conn->d->vault, item, &value) != 0)
		rv = CKR_DEVICE_ERROR;
	if (rv != CKR_OK)
		request_done(r, rv, NULL);
	else if (item != NULL)
		session_keep(r, l, &r->m.change.request, attrs_bytes(&copy),
			secret_bytes(&value));
	else
		object_reply(r, NULL, &no_id, 0, attrs_bytes(&copy));
}

void
handle_copy(struct request *r)
{
	const struct wire_change *m = &r->m.change;
	CK_RV rv = CKR_OK;
	struct login *l = login_get_token(r->client, m->slot, &rv);
	struct op_key k;
	bool token;

	if (l == NULL) {
		request_done(r, rv, NULL);
		return;
	}
	if (!object_find(r, l, &m->id, &k))
		return;
	token = k.session == NULL;
	rv = template_check(l, m->template, &token);
	if (rv == CKR_OK && token && k.session != NULL && k.class == CKO_SECRET_KEY)
		rv = CKR_ACTION_PROHIBITED; /* session keys stay in their session */
	if (rv != CKR_OK)
		request_done(r, rv, NULL);
	else if (!token && session_repeated(r, l, &m->request))
		return;
	else if (token || k.class == CKO_PRIVATE_KEY)
		copy_remote(r, l, &k, !token);
	else
		copy_here(r, l, &k);
}

/* ---- set */

static void
on_set(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__SetAttributesResponse *m = (const void *)response;
	CLEANUP(fresh_free)
	struct fresh f = FRESH_NONE;

	if (rv == CKR_OK)
		rv = fresh_read(m->object, &f);
	if (rv == CKR_OK)
		rv = fresh_keep(u, &no_id, BYTES_NONE, &f);
	if (rv == CKR_OK)
		object_reply(
			u->r, u->l->token, &f.id, f.revision, attrs_bytes(&f.attributes));
	else
		request_done(u->r, rv, NULL);
}

/* Those of the client that wait, until one is under way again. */
static void
changes_go_on(struct client *cl)
{
	struct request *r;

	if (cl->changes_run)
		return;
	cl->changes_run = true;
	while (!cl->changing && (r = TAILQ_FIRST(&cl->changes)) != NULL) {
		TAILQ_REMOVE(&cl->changes, r, waiting);
		if (request_is_dead(r))
			request_done(r, CKR_FUNCTION_CANCELED, NULL);
		else
			handle_set(r);
	}
	cl->changes_run = false;
}

static void
on_set_session(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__SetAttributesResponse *m = (const void *)response;
	struct client *cl = u->r->client;
	struct session_object *o = custody_get(cl, u->l->token, &u->id);
	CLEANUP(fresh_free)
	struct fresh f = FRESH_NONE;

	if (rv == CKR_OK && o == NULL)
		rv = CKR_OBJECT_HANDLE_INVALID;
	if (rv == CKR_OK)
		rv = m->blob.len != 0 ? fresh_read(m->object, &f) : CKR_DEVICE_ERROR;
	if (rv == CKR_OK) {
		attrs_unset(&f.attributes, CKA_UNIQUE_ID);
		rv = attrs_ok(&f.attributes)
			     ? custody_change(cl, o, attrs_bytes(&f.attributes),
				       proto_bytes(m->blob))
			     : CKR_HOST_MEMORY;
	}
	cl->changing = false;
	client_ref(cl);
	if (rv == CKR_OK)
		session_reply(u->r, custody_get(cl, u->l->token, &u->id));
	else
		request_done(u->r, rv, NULL);
	changes_go_on(cl);
	client_unref(cl);
}

/* As upcall_start(). */
static bool
set_remote(struct request *r, struct login *l, const struct op_key *k, upcall_done *done)
{
	Keystore__V1__SetAttributesRequest request =
		KEYSTORE__V1__SET_ATTRIBUTES_REQUEST__INIT;
	Keystore__V1__KeyRef object;
	CLEANUP(proto_list_free)
	struct proto_list list = { 0 };
	struct upcall u = { .l = l, .done = done, .id = k->id };

	keystore__v1__key_ref__init(&object);
	if (proto_from_attrs(r->m.change.template, &list.n, &list.p) != 0) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return false;
	}
	op_key_ref(k, &object);
	request.request_id = proto_borrow(BYTES_OF(r->m.change.request.b));
	request.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	request.ticket = proto_borrow(login_ticket(l));
	request.object = &object;
	request.n_attributes = list.n;
	request.attributes = list.p;
	return upcall_start(r, false, REMOTE_SET_ATTRIBUTES, &request.base, &u);
}

/* The keystore keeps no key of a session: it changes the blob that it is given, which must
 * not be one that another change has replaced meanwhile. */
static void
set_session(struct request *r, struct login *l, const struct op_key *k)
{
	struct client *cl = r->client;

	if (cl->changing) {
		r = request_hold(r, true);
		if (r != NULL)
			TAILQ_INSERT_TAIL(&cl->changes, r, waiting);
		return;
	}
	cl->changing = true;
	if (!set_remote(r, l, k, on_set_session))
		cl->changing = false;
}

static void
set_here(struct request *r, struct login *l, const struct op_key *k)
{
	struct session_object *o = custody_get(r->client, l->token, &k->id);
	CLEANUP(attrs_free)
	struct attrs old = ATTRS_INIT;
	CLEANUP(attrs_free)
	struct attrs new = ATTRS_INIT;
	CK_RV rv = custody_attributes(o, &old);

	if (rv == CKR_OK)
		rv = object_update(
			attrs_bytes(&old), r->m.change.template, l->role, &new);
	if (rv == CKR_OK)
		rv = change_check(r->conn->d, o->value, &old, &new);
	if (rv == CKR_OK) {
		attrs_unset(&new, CKA_UNIQUE_ID);
		rv = attrs_ok(&new)
			     ? custody_change(r->client, o, attrs_bytes(&new), BYTES_NONE)
			     : CKR_HOST_MEMORY;
	}
	if (rv == CKR_OK)
		session_reply(r, custody_get(r->client, l->token, &r->m.change.id));
	else
		request_done(r, rv, NULL);
}

void
handle_set(struct request *r)
{
	const struct wire_change *m = &r->m.change;
	CK_RV rv = CKR_OK;
	struct login *l = login_get_token(r->client, m->slot, &rv);
	struct op_key k;

	if (l != NULL && !attrs_valid(m->template))
		rv = CKR_ARGUMENTS_BAD;
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	if (!object_find(r, l, &m->id, &k))
		return;
	if (k.session == NULL)
		(void)set_remote(r, l, &k, on_set);
	else if (k.session->value == NULL)
		set_session(r, l, &k);
	else
		set_here(r, l, &k);
}
