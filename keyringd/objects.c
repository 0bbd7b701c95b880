/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/objects.h"

#include "common/cleanup.h"
#include "keyringd/custody.h"
#include "keyringd/index.h"
#include "keyringd/region.h"
#include "keyringd/watch.h"

/* A reply to a search stops growing here; one object always fits. */
#define FIND_BYTES (512u << 10)

/* ---- what handlers share */

uint8_t
object_custody(struct bytes attributes)
{
	return attrs_ulong(attributes, CKA_CLASS, CKO_DATA) == CKO_SECRET_KEY
		       ? WIRE_CUSTODY_BROKER
		       : 0;
}

/* Nothing without a region: whoever gets one has to learn everything after that. */
static void
cell_read(const struct token *t, const struct index_object *in, struct wire_object *to)
{
	if (token_region_read(t->region, in->cell, &to->count))
		to->cell = in->cell;
}

static void
indexed_encode(const struct token *t, const struct index_object *in, struct buf *to)
{
	struct wire_object o = { .id = in->id,
		.cell = WIRE_NO_CELL,
		.revision = in->revision,
		.custody = object_custody(index_attributes(in)),
		.attributes = index_attributes(in) };

	cell_read(t, in, &o);
	wire_encode(wire_object_fields, &o, to);
}

void
object_encode(const struct token *t, const struct wire_id *id, uint64_t revision,
	struct bytes attributes, struct buf *to)
{
	struct wire_object o = { .id = *id,
		.cell = WIRE_NO_CELL,
		.revision = revision,
		.custody = object_custody(attributes),
		.attributes = attributes };
	const struct index_object *in = t != NULL ? index_get(t->index, id) : NULL;

	/* the index may have later news, which are counted already */
	if (in != NULL && in->revision == revision)
		cell_read(t, in, &o);
	wire_encode(wire_object_fields, &o, to);
}

static void
list_reply(struct request *r, struct bytes object)
{
	CLEANUP(buf_free)
	struct buf list = BUF_SECRET;
	const struct wire_made made = { .object = object };
	struct wire_made_reply reply = { .out = BYTES_NONE };

	wire_encode(wire_made_fields, &made, &list);
	reply.list = buf_bytes(&list);
	request_done(r, buf_ok(&list) ? CKR_OK : CKR_HOST_MEMORY, &reply);
}

void
object_reply(struct request *r, const struct token *t, const struct wire_id *id,
	uint64_t revision, struct bytes attributes)
{
	CLEANUP(buf_free)
	struct buf text = BUF_SECRET; /* a private data object's value is in it */
	struct wire_object_reply reply;

	object_encode(t, id, revision, attributes, &text);
	reply.object = buf_bytes(&text);
	if (!buf_ok(&text))
		request_done(r, CKR_HOST_MEMORY, NULL);
	else if (wire_messages[r->type].reply == wire_messages[WIRE_UNWRAP].reply)
		list_reply(r, reply.object);
	else
		request_done(r, CKR_OK, &reply);
}

void
session_reply(struct request *r, const struct session_object *o)
{
	CLEANUP(attrs_free)
	struct attrs all = ATTRS_INIT;
	struct wire_id id = o->id;

	if (custody_attributes(o, &all) != CKR_OK)
		request_done(r, CKR_HOST_MEMORY, NULL);
	else
		object_reply(r, NULL, &id, 0, attrs_bytes(&all));
}

const struct session_object *
session_made(struct login *l, const struct wire_id *request)
{
	const struct wire_id *made = client_repeated(l->client, request);

	return made != NULL ? custody_get(l->client, l->token, made) : NULL;
}

bool
session_repeated(struct request *r, struct login *l, const struct wire_id *request)
{
	const struct session_object *o = session_made(l, request);

	if (o == NULL)
		return false;
	session_reply(r, o);
	return true;
}

void
session_keep(struct request *r, struct login *l, const struct wire_id *request,
	struct bytes attributes, struct bytes value)
{
	struct wire_id id;
	CK_RV rv = custody_add(r->client, l->token, attributes, value, BYTES_NONE, &id);

	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	client_remember(r->client, request, &id);
	session_reply(r, custody_get(r->client, l->token, &id));
}

CK_RV
template_check(const struct login *l, struct bytes template, bool *ret)
{
	if (!attrs_valid(template))
		return CKR_ARGUMENTS_BAD;
	*ret = attrs_bool(template, CKA_TOKEN, *ret);
	return *ret && !l->token->entry->remote_store ? CKR_TOKEN_WRITE_PROTECTED
						      : CKR_OK;
}

void
op_key_ref(const struct op_key *k, Keystore__V1__KeyRef *to)
{
	if (k->session != NULL) {
		to->key_case = KEYSTORE__V1__KEY_REF__KEY_BLOB;
		to->blob = proto_borrow(session_object_blob(k->session));
	} else {
		to->key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
		to->object_id = proto_borrow(BYTES_OF(k->id.b));
	}
}

/* ---- what a keystore answered with */

void
fresh_free(struct fresh *f)
{
	attrs_free(&f->attributes);
}

CK_RV
fresh_read(const Keystore__V1__Object *from, struct fresh *ret)
{
	struct fresh f = FRESH_NONE;

	if (from == NULL || (from->id.len != 0 && from->id.len != sizeof f.id))
		return CKR_DEVICE_ERROR;
	if (from->id.len != 0)
		memcpy(&f.id, from->id.data, sizeof f.id);
	f.revision = from->revision;
	if (proto_to_attrs(from->n_attributes, from->attributes, PROTO_SKIP_UNKNOWN,
		    &f.attributes) != CKR_OK)
		return CKR_DEVICE_ERROR;
	*ret = f;
	return CKR_OK;
}

/* A private key of a session. Its name is its id here. */
static CK_RV
fresh_to_custody(struct login *l, const struct wire_id *request, struct bytes blob,
	struct fresh *f)
{
	CK_RV rv;

	attrs_unset(&f->attributes, CKA_UNIQUE_ID);
	if (!attrs_ok(&f->attributes))
		return CKR_HOST_MEMORY;
	rv = custody_add(l->client, l->token, attrs_bytes(&f->attributes), BYTES_NONE,
		blob, &f->id);
	if (rv != CKR_OK)
		return rv;
	attrs_free(&f->attributes);
	rv = custody_attributes(custody_get(l->client, l->token, &f->id), &f->attributes);
	if (rv == CKR_OK)
		client_remember(l->client, request, &f->id);
	else
		(void)custody_remove(l->client, l->token, &f->id);
	f->revision = 0;
	return rv;
}

CK_RV
fresh_keep(struct upcall *u, const struct wire_id *request, struct bytes blob,
	struct fresh *f)
{
	struct login *l = u->l;

	if (blob.n == 0 && u->epoch != l->token->epoch)
		return CKR_OK; /* and gone with the token's initialisation */
	if (blob.n == 0) {
		watch_apply(l->token->watch, &f->id, f->revision,
			attrs_bytes(&f->attributes));
		return CKR_OK;
	}
	if (request_is_dead(u->r))
		return CKR_FUNCTION_CANCELED;
	/* its user may have logged out meanwhile */
	if (l->role != ROLE_USER &&
		attrs_bool(attrs_bytes(&f->attributes), CKA_PRIVATE, true))
		return CKR_USER_NOT_LOGGED_IN;
	return fresh_to_custody(l, request, blob, f);
}

void
fresh_answer(struct upcall *u, const Keystore__V1__Object *from, struct bytes blob)
{
	CLEANUP(fresh_free)
	struct fresh f = FRESH_NONE;
	CK_RV rv = fresh_read(from, &f);

	if (rv == CKR_OK)
		rv = fresh_keep(u, &u->id, blob, &f);
	if (rv == CKR_OK)
		object_reply(
			u->r, u->l->token, &f.id, f.revision, attrs_bytes(&f.attributes));
	else
		request_done(u->r, rv, NULL);
}

/* ---- find */

struct page {
	const struct token *t;
	struct buf *out;
	uint32_t n, max;
};

static bool
page_add(void *arg, const struct index_object *o)
{
	struct page *p = arg;

	if (p->n == p->max || (p->n != 0 && p->out->n + o->n > FIND_BYTES))
		return false;
	indexed_encode(p->t, o, p->out);
	p->n++;
	return true;
}

static void
find_reply(struct request *r, struct login *l)
{
	const struct wire_find *m = &r->m.find;
	struct page page = { l->token, request_reply(r), 0, m->max };
	const size_t list = WIRE_HEADER + 8 + 4 + 4;
	uint64_t next;

	buf_put_u64(page.out, 0); /* cursor */
	buf_put_u32(page.out,
		l->token->public_certificates ? WIRE_FIND_PUBLIC_CERTIFICATES : 0);
	buf_put_u32(page.out, 0); /* the list's length */
	next = index_find(
		l->token->index, m->template, l->role, m->cursor, page_add, &page);
	if (buf_ok(page.out)) {
		store_le64(page.out->p + WIRE_HEADER, next);
		store_le32(page.out->p + list - 4, (uint32_t)(page.out->n - list));
	}
	request_send(r);
}

void
handle_find(struct request *r)
{
	CK_RV rv = CKR_OK;
	struct login *l = login_get_heard(r->client, r->m.find.slot, &rv);

	if (l != NULL && (!attrs_valid(r->m.find.template) || r->m.find.max == 0))
		rv = CKR_ARGUMENTS_BAD;
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	l->used_ms = now_ms();
	if (watch_is_current(l->token->watch, l->role)) {
		find_reply(r, l);
	} else if (r->waited) {
		request_done(r, CKR_DEVICE_ERROR, NULL);
	} else {
		r = request_hold(r, true);
		if (r != NULL)
			watch_wait(l->token->watch, r);
	}
}

/* ---- get */

bool
object_find(
	struct request *r, struct login *l, const struct wire_id *id, struct op_key *ret)
{
	bool wait;
	CK_RV rv = op_key_find(l, id, ret, &wait);

	if (rv == CKR_OK)
		return true;
	if (wait && !r->waited) {
		r = request_hold(r, true);
		if (r != NULL)
			watch_wait(l->token->watch, r);
	} else {
		if (rv == CKR_KEY_HANDLE_INVALID)
			rv = wait ? CKR_DEVICE_ERROR : CKR_OBJECT_HANDLE_INVALID;
		request_done(r, rv, NULL);
	}
	return false;
}

void
handle_get(struct request *r)
{
	struct op_key k;
	CK_RV rv;
	struct login *l = login_get_token(r->client, r->m.object_request.slot, &rv);

	if (l == NULL) {
		request_done(r, rv, NULL);
		return;
	}
	if (!object_find(r, l, &r->m.object_request.id, &k))
		return;
	if (k.session != NULL)
		session_reply(r, k.session);
	else
		object_reply(r, l->token, &k.id, k.revision, k.attributes);
}

/* ---- get-secret */

static void
secret_reply(struct request *r, struct attrs *secret)
{
	struct wire_secret_reply reply = { attrs_bytes(secret) };

	request_done(r, attrs_ok(secret) ? CKR_OK : CKR_HOST_MEMORY, &reply);
}

static void
on_secret(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__GetSecretResponse *m = (const void *)response;
	struct attrs secret = ATTRS_SECRET;

	if (rv == CKR_OK)
		rv = proto_to_attrs(
			m->n_attributes, m->attributes, PROTO_SKIP_UNKNOWN, &secret);
	if (rv == CKR_OK)
		secret_reply(u->r, &secret);
	else
		request_done(u->r, rv, NULL);
	attrs_free(&secret);
}

static void
secret_of_session(struct request *r, const struct op_key *k)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	struct attrs secret = ATTRS_SECRET;

	if (!object_is_readable(k->attributes)) {
		request_done(r, CKR_ATTRIBUTE_SENSITIVE, NULL);
		return;
	}
	if (vault_get(r->conn->d->vault, k->session->value, &value) != 0) {
		request_done(r, CKR_DEVICE_ERROR, NULL);
		return;
	}
	attrs_set(&secret, CKA_VALUE, secret_bytes(&value));
	secret_reply(r, &secret);
	attrs_free(&secret);
}

void
handle_get_secret(struct request *r)
{
	Keystore__V1__GetSecretRequest request = KEYSTORE__V1__GET_SECRET_REQUEST__INIT;
	Keystore__V1__KeyRef key;
	struct upcall u = { .done = on_secret };
	struct op_key k;
	CK_RV rv;

	keystore__v1__key_ref__init(&key);
	u.l = login_get_token(r->client, r->m.object_request.slot, &rv);
	if (u.l == NULL) {
		request_done(r, rv, NULL);
		return;
	}
	if (!object_find(r, u.l, &r->m.object_request.id, &k))
		return;
	if (k.session != NULL && k.session->value != NULL) {
		secret_of_session(r, &k);
		return;
	}
	op_key_ref(&k, &key);
	request.token_id = proto_borrow(BYTES_OF(u.l->token->id.b));
	request.ticket = proto_borrow(login_ticket(u.l));
	request.object = &key;
	(void)upcall_start(r, false, REMOTE_GET_SECRET, &request.base, &u);
}

/* ---- destroy */

static void
on_destroy(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__DestroyObjectResponse *m = (const void *)response;
	struct wire_empty none = { 0 };

	if (rv == CKR_OK)
		watch_apply_gone(u->l->token->watch, &u->id, m->revision);
	request_done(u->r, rv, &none);
}

bool
destroy_start(struct request *r, const struct wire_id *own, const struct wire_id *made_by,
	const struct upcall *u)
{
	Keystore__V1__DestroyObjectRequest request =
		KEYSTORE__V1__DESTROY_OBJECT_REQUEST__INIT;

	request.request_id = proto_borrow(BYTES_OF(own->b));
	request.token_id = proto_borrow(BYTES_OF(u->l->token->id.b));
	request.ticket = proto_borrow(login_ticket(u->l));
	request.object_id = proto_borrow(BYTES_OF(u->id.b));
	if (made_by != NULL)
		request.made_by = proto_borrow(BYTES_OF(made_by->b));
	return upcall_start(r, false, REMOTE_DESTROY_OBJECT, &request.base, u);
}

/* Not in our index does not mean not there: the keystore knows, and knows this
 * very request too when it comes again. */
static void
destroy_on_token(struct request *r, struct login *l, const struct wire_id *id)
{
	static const struct wire_id none;
	const struct upcall u = { .l = l, .done = on_destroy, .id = *id };
	const struct wire_destroy *m = &r->m.destroy;
	const bool taken_back = memcmp(&m->made_by, &none, sizeof none) != 0;

	(void)destroy_start(r, &m->request, taken_back ? &m->made_by : NULL, &u);
}

/* To nobody the keystore would say that it is not there. */
static bool
destroy_needs_login(const struct login *l, const struct wire_id *id)
{
	const struct index_object *o = index_get(l->token->index, id);

	return l->ended && (o == NULL || o->private);
}

/* Session objects are the module's to end: it has asked CKA_DESTROYABLE where
 * that counts (C_DestroyObject, not the end of a session). */
void
handle_destroy(struct request *r)
{
	struct bytes ids = r->m.destroy.ids;
	struct wire_empty none = { 0 };
	struct wire_id id;
	CK_RV rv = CKR_OK;
	struct login *l = login_get(r->client, r->m.destroy.slot);
	bool found = false;

	if (l == NULL || ids.n == 0 || ids.n % sizeof id != 0) {
		request_done(
			r, l == NULL ? CKR_SLOT_ID_INVALID : CKR_ARGUMENTS_BAD, NULL);
		return;
	}
	for (size_t at = 0; at < ids.n; at += sizeof id) {
		memcpy(&id, ids.p + at, sizeof id);
		found |= custody_remove(r->client, l->token, &id);
	}
	if (!found && ids.n == sizeof id) {
		l = login_get_token(r->client, r->m.destroy.slot, &rv);
		if (l != NULL && destroy_needs_login(l, &id))
			rv = CKR_USER_NOT_LOGGED_IN;
		if (rv == CKR_OK) {
			destroy_on_token(r, l, &id);
			return;
		}
	}
	request_done(r, rv, &none);
}
