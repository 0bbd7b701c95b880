/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/making.h"

#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/request_id.h"
#include "keyringd/custody.h"
#include "keyringd/watch.h"

/* What became of a key. */
enum made_where { MADE_NOT, MADE_TOKEN, MADE_SESSION, MADE_GIVEN };

struct made {
	enum made_where where;
	struct wire_id id;
	uint64_t revision;
	struct attrs attributes; /* as the application may see them */
};

struct making {
	struct request *r;
	struct login *l;
	struct making_how how;
	struct derived d;
	struct made made[DERIVE_MAX_KEYS];
	size_t at;
	CK_RV rv; /* of what failed, while the rest is undone */
};

static void making_step(struct making *x);
static void making_undo(struct making *x);

static void
making_free(struct making *x)
{
	derived_free(&x->d);
	for (size_t i = 0; i < ARRAY_LEN(x->made); i++)
		attrs_free(&x->made[i].attributes);
	free(x);
}

static struct wire_id
request_of(const struct making *x, size_t i)
{
	struct wire_id id;

	request_id_part(x->how.request.b, i, id.b);
	return id;
}

/* A data object has no secret: its value is among its attributes (CKM_HKDF_DATA). */
static bool
is_data(const struct new_key *k)
{
	return attrs_ulong(attrs_bytes(&k->public), CKA_CLASS, CKO_SECRET_KEY) ==
	       CKO_DATA;
}

/* ---- the reply */

static void
made_encode(const struct making *x, size_t i, struct buf *list)
{
	CLEANUP(buf_free)
	struct buf object = BUF_SECRET; /* a data object's value is in it */
	const struct made *made = &x->made[i];
	struct wire_made m = { 0 };
	struct wire_object given = { .custody = WIRE_CUSTODY_PROCESS,
		.cell = WIRE_NO_CELL,
		.attributes = attrs_bytes(&made->attributes) };

	if (made->where == MADE_GIVEN) {
		wire_encode(wire_object_fields, &given, &object);
		if (!attrs_find(attrs_bytes(&x->d.keys[i].secret), CKA_VALUE, &m.value) &&
			!is_data(&x->d.keys[i]))
			object.failed = true;
	} else {
		object_encode(made->where == MADE_TOKEN ? x->l->token : NULL, &made->id,
			made->revision, attrs_bytes(&made->attributes), &object);
	}
	m.object = buf_bytes(&object);
	if (buf_ok(&object))
		wire_encode(wire_made_fields, &m, list);
	else
		list->failed = true;
}

static void
making_reply(struct making *x)
{
	CLEANUP(buf_free)
	struct buf list = BUF_SECRET;
	struct wire_made_reply reply = { .out = buf_bytes(&x->d.out) };

	for (size_t i = 0; i < x->d.n; i++)
		made_encode(x, i, &list);
	reply.list = buf_bytes(&list);
	if (!buf_ok(&list) ||
		wire_size(wire_messages[x->r->type].reply, &reply) > WIRE_MAX_PAYLOAD) {
		x->rv = CKR_HOST_MEMORY;
		making_undo(x);
		return;
	}
	request_done(x->r, CKR_OK, &reply);
	making_free(x);
}

/* ---- undo */

/* What cannot be destroyed is left: the caller has its error, and can see the key. */
static void
on_undone(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__DestroyObjectResponse *m = (const void *)response;
	struct making *x = u->arg;

	if (rv == CKR_OK)
		watch_apply_gone(u->l->token->watch, &u->id, m->revision);
	else
		log_warning("a key of a derivation that failed is still on the token");
	making_undo(x);
}

/* false: no call was made. */
static bool
undo_on_token(struct making *x, size_t i)
{
	const struct upcall u = {
		.l = x->l, .done = on_undone, .id = x->made[i].id, .arg = x
	};
	const struct wire_id made_by = request_of(x, i);
	struct wire_id own;

	if (request_id_new(own.b) != 0)
		return false;
	if (!destroy_start(x->r, &own, &made_by, &u))
		making_free(x); /* answered, for want of memory */
	return true;
}

/* From the last to the first; then the answer is what failed. */
static void
making_undo(struct making *x)
{
	for (size_t i = x->d.n; i-- > 0;) {
		const enum made_where where = x->made[i].where;

		x->made[i].where = MADE_NOT;
		if (where == MADE_SESSION)
			(void)custody_remove(x->r->client, x->l->token, &x->made[i].id);
		else if (where == MADE_TOKEN && undo_on_token(x, i))
			return; /* goes on in on_undone() */
	}
	request_done(x->r, x->rv, NULL);
	making_free(x);
}

static void
making_fail(struct making *x, CK_RV rv)
{
	x->rv = rv;
	making_undo(x);
}

/* ---- a key of the session */

static CK_RV
make_kept(struct making *x, struct made *made, struct bytes public, struct bytes value)
{
	const struct wire_id request = request_of(x, x->at);
	const struct session_object *o = session_made(x->l, &request);
	CK_RV rv = CKR_OK;

	if (o == NULL) {
		rv = custody_add(
			x->r->client, x->l->token, public, value, BYTES_NONE, &made->id);
		if (rv != CKR_OK)
			return rv;
		client_remember(x->r->client, &request, &made->id);
		o = custody_get(x->r->client, x->l->token, &made->id);
	}
	made->id = o->id;
	made->where = MADE_SESSION;
	return custody_attributes(o, &made->attributes);
}

static CK_RV
make_session(struct making *x)
{
	const struct new_key *k = &x->d.keys[x->at];
	const struct bytes public = attrs_bytes(&k->public);
	struct made *made = &x->made[x->at];
	struct bytes value = BYTES_NONE;

	/* its user may have logged out while another one was made */
	if (!object_is_visible(public, x->l->role))
		return CKR_USER_NOT_LOGGED_IN;
	if (!attrs_find(attrs_bytes(&k->secret), CKA_VALUE, &value) && !is_data(k))
		return CKR_GENERAL_ERROR;
	if (!object_is_readable(public))
		return make_kept(x, made, public, value);
	made->where = MADE_GIVEN;
	return attrs_copy(&made->attributes, public) == 0 ? CKR_OK : CKR_HOST_MEMORY;
}

/* ---- a key of the token */

/* What the keystore is told to make just this: no attribute that it computes. */
static CK_RV
template_of(const struct making *x, struct attrs *ret)
{
	const struct new_key *k = &x->d.keys[x->at];
	const struct bytes public = attrs_bytes(&k->public);
	const CK_OBJECT_CLASS class =
		(CK_OBJECT_CLASS)attrs_ulong(public, CKA_CLASS, CKO_SECRET_KEY);
	const CK_ULONG type = (CK_ULONG)attrs_ulong(public, CKA_KEY_TYPE, 0);
	const uint32_t computed =
		ATTR_READ_ONLY |
		(x->how.origin == ORIGIN_GENERATE ? ATTR_NO_GENERATE : ATTR_NO_UNWRAP);
	struct cursor c = cursor_over(public);
	struct bytes value;
	struct attr a;

	while (attrs_next(&c, &a)) {
		const struct attr_def *def = schema_lookup(class, type, a.type);

		if (def != NULL && (def->flags & computed) == 0)
			attrs_set(ret, a.type, a.value);
	}
	if (attrs_find(attrs_bytes(&k->secret), CKA_VALUE, &value))
		attrs_set(ret, CKA_VALUE, value);
	else if (!is_data(k))
		return CKR_GENERAL_ERROR;
	return attrs_ok(ret) ? CKR_OK : CKR_HOST_MEMORY;
}

static void
on_made(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__CreateObjectResponse *m = (const void *)response;
	CLEANUP(fresh_free)
	struct fresh f = FRESH_NONE;
	struct making *x = u->arg;
	struct made *made = &x->made[x->at];

	if (rv == CKR_OK)
		rv = fresh_read(m->object, &f);
	if (rv == CKR_OK) {
		made->where = MADE_TOKEN;
		made->id = f.id;
		made->revision = f.revision;
		rv = fresh_keep(u, &u->id, BYTES_NONE, &f);
	}
	if (rv != CKR_OK) {
		making_fail(x, rv);
		return;
	}
	made->attributes = f.attributes;
	f.attributes = ATTRS_INIT;
	x->at++;
	making_step(x);
}

static const Keystore__V1__Origin origins[] = {
	[ORIGIN_CREATE] = KEYSTORE__V1__ORIGIN__ORIGIN_CREATED,
	[ORIGIN_GENERATE] = KEYSTORE__V1__ORIGIN__ORIGIN_GENERATED,
	[ORIGIN_UNWRAP] = KEYSTORE__V1__ORIGIN__ORIGIN_UNWRAPPED,
	[ORIGIN_DERIVE] = KEYSTORE__V1__ORIGIN__ORIGIN_DERIVED,
};

/* CKR_OK: goes on in on_made(), or has ended. */
static CK_RV
make_on_token(struct making *x)
{
	Keystore__V1__CreateObjectRequest request =
		KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	CLEANUP(attrs_free)
	struct attrs template = ATTRS_SECRET;
	CLEANUP(proto_list_free)
	struct proto_list list = { 0 };
	const struct bytes public = attrs_bytes(&x->d.keys[x->at].public);
	struct upcall u = {
		.l = x->l, .done = on_made, .id = request_of(x, x->at), .arg = x
	};
	CK_RV rv = template_of(x, &template);

	if (rv != CKR_OK)
		return rv;
	if (!x->l->token->entry->remote_store)
		return CKR_TOKEN_WRITE_PROTECTED;
	if (proto_from_attrs(attrs_bytes(&template), &list.n, &list.p) != 0)
		return CKR_HOST_MEMORY;
	request.request_id = proto_borrow(BYTES_OF(u.id.b));
	request.token_id = proto_borrow(BYTES_OF(x->l->token->id.b));
	request.ticket = proto_borrow(login_ticket(x->l));
	request.n_attributes = list.n;
	request.attributes = list.p;
	/* only keys have a past */
	request.origin = is_data(&x->d.keys[x->at]) ? origins[ORIGIN_CREATE]
						    : origins[x->how.origin];
	request.generated_by = x->how.mechanism;
	request.always_sensitive = attrs_bool(public, CKA_ALWAYS_SENSITIVE, false);
	request.never_extractable = attrs_bool(public, CKA_NEVER_EXTRACTABLE, false);
	if (!upcall_start(x->r, false, REMOTE_CREATE_OBJECT, &request.base, &u))
		making_free(x); /* answered, for want of memory */
	return CKR_OK;
}

/* ---- all of them */

static void
making_step(struct making *x)
{
	CK_RV rv;

	for (; x->at < x->d.n; x->at++) {
		const struct bytes public = attrs_bytes(&x->d.keys[x->at].public);

		if (attrs_bool(public, CKA_TOKEN, false)) {
			rv = make_on_token(x);
			if (rv == CKR_OK)
				return; /* x may be gone */
		} else {
			rv = make_session(x);
		}
		if (rv != CKR_OK) {
			making_fail(x, rv);
			return;
		}
	}
	making_reply(x);
}

bool
making_any_on_token(const struct derived *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (attrs_bool(attrs_bytes(&d->keys[i].public), CKA_TOKEN, false))
			return true;
	return false;
}

void
making_start(struct request *r, struct login *l, const struct making_how *how,
	struct derived *d)
{
	struct making *x;

	/* before anything is made: what a message to the keystore needs cannot fail later */
	if (making_any_on_token(d)) {
		r = request_hold(r, false);
		if (r == NULL)
			return;
	}
	x = calloc(1, sizeof *x);
	if (x == NULL) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return;
	}
	x->r = r;
	x->l = l;
	x->how = *how;
	x->d = *d;
	*d = DERIVED_NONE;
	making_step(x);
}
