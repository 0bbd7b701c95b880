/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/op_key.h"

#include "crypto/crypto.h"
#include "keyringd/custody.h"
#include "keyringd/index.h"
#include "keyringd/op_cache.h"
#include "keyringd/upcall.h"
#include "keyringd/watch.h"

static const struct {
	uint32_t usage;
	CK_FLAGS flag;
} uses[OP_KINDS] = {
	[OP_ENCRYPT] = { CKA_ENCRYPT, CKF_ENCRYPT },
	[OP_DECRYPT] = { CKA_DECRYPT, CKF_DECRYPT },
	[OP_SIGN] = { CKA_SIGN, CKF_SIGN },
	[OP_VERIFY] = { CKA_VERIFY, CKF_VERIFY },
	[OP_SIGN_RECOVER] = { CKA_SIGN_RECOVER, CKF_SIGN_RECOVER },
};

/* For an object that is not there, or not to be seen. */
static CK_RV
not_found(const struct login *l)
{
	return l->ended ? CKR_USER_NOT_LOGGED_IN : CKR_KEY_HANDLE_INVALID;
}

CK_RV
op_key_find(struct login *l, const struct wire_id *id, struct op_key *ret, bool *ret_wait)
{
	struct op_key k = { .id = *id };

	*ret_wait = false;
	k.session = custody_get(l->client, l->token, id);
	if (k.session != NULL) {
		k.attributes = shape_bytes(k.session->shape);
	} else {
		k.object = index_get(l->token->index, id);
		if (k.object == NULL) {
			*ret_wait =
				!l->ended && !watch_is_current(l->token->watch, l->role);
			return not_found(l);
		}
		k.attributes = index_attributes(k.object);
		k.revision = k.object->revision;
	}
	k.private = attrs_bool(k.attributes, CKA_PRIVATE, true);
	if (k.private && l->role != ROLE_USER)
		return not_found(l);
	k.class = attrs_ulong(k.attributes, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
	*ret = k;
	return CKR_OK;
}

bool
op_key_await(struct request *r, struct login *l, const struct wire_id *id,
	struct op_key *ret, CK_RV *ret_rv)
{
	bool wait = false;
	CK_RV rv = op_key_find(l, id, ret, &wait);

	if (wait && !r->waited) {
		r = request_hold(r, true);
		if (r != NULL)
			watch_wait(l->token->watch, r);
		return false;
	}
	/* waited for: no keystore has said what there is */
	*ret_rv = wait ? CKR_DEVICE_ERROR : rv;
	return true;
}

CK_RV
op_key_check(const struct op_key *k, enum op_kind kind, const struct mech *m)
{
	if (k->class != CKO_SECRET_KEY && k->class != CKO_PRIVATE_KEY)
		return CKR_KEY_TYPE_INCONSISTENT;
	/* of a mechanism for old data some of it may not be offered */
	if ((m->flags & uses[kind].flag) == 0)
		return CKR_MECHANISM_INVALID;
	return object_check_usage(k->attributes, uses[kind].usage, m->type);
}

static CK_RV
op_make(struct daemon *d, const struct op_key *k, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct op **ret)
{
	struct vault_item *value =
		k->session != NULL ? k->session->value : k->object->value;
	struct secret key;
	CK_RV rv;

	if (value == NULL)
		return CKR_KEY_NEEDED;
	if (vault_get(d->vault, value, &key) != 0)
		return CKR_DEVICE_ERROR;
	rv = op_secret_new(kind, m, p, secret_bytes(&key), ret);
	secret_free(&key);
	return rv;
}

CK_RV
op_key_arm(struct daemon *d, const struct op_key *k, enum op_kind kind,
	const struct mech *m, const struct mech_params *p, struct op **ret)
{
	struct op *op = op_cache_take(d->op_cache, &k->id, k->revision, m, kind);
	CK_RV rv;

	if (op != NULL && op->vtable->rearm == NULL)
		op_free(&op);
	if (op == NULL)
		return op_make(d, k, kind, m, p, ret);
	rv = op->vtable->rearm(op, p);
	if (rv != CKR_OK) { /* bad parameters: the key is as good as before */
		op_cache_give(d->op_cache, &k->id, k->revision, op);
		return rv;
	}
	*ret = op;
	return CKR_OK;
}

/* ---- fetching */

static CK_RV
value_keep(struct upcall *u, const Keystore__V1__GetSecretResponse *m)
{
	struct index_object *o = index_get(u->l->token->index, &u->id);
	struct attrs secret = ATTRS_SECRET;
	struct bytes value;
	CK_RV rv;

	/* it went or changed meanwhile: the handler will see */
	if (o == NULL || o->value != NULL || o->revision > m->revision)
		return CKR_OK;
	if (o->private && login_of_user(u->l->token) == NULL)
		return CKR_USER_NOT_LOGGED_IN;
	rv = proto_to_attrs(m->n_attributes, m->attributes, PROTO_SKIP_UNKNOWN, &secret);
	if (rv == CKR_OK && !attrs_find(attrs_bytes(&secret), CKA_VALUE, &value))
		rv = CKR_DEVICE_ERROR;
	if (rv == CKR_OK && vault_put(u->l->client->d->vault, value, &o->value) != 0)
		rv = CKR_DEVICE_MEMORY;
	attrs_free(&secret);
	return rv;
}

static void
on_value(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	struct request *r = u->r;

	if (rv == CKR_OK && request_is_dead(r))
		rv = CKR_FUNCTION_CANCELED;
	if (rv == CKR_OK)
		rv = value_keep(u, (const void *)response);
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	r->waited = true;
	r->fetched++;
	request_go_on(r);
}

void
op_key_fetch(struct request *r, struct login *l, const struct wire_id *id)
{
	Keystore__V1__GetSecretRequest request = KEYSTORE__V1__GET_SECRET_REQUEST__INIT;
	Keystore__V1__KeyRef key;
	struct upcall u = { .l = l, .done = on_value, .id = *id };

	keystore__v1__key_ref__init(&key);
	if (r->fetched == REQUEST_KEYS) {
		request_done(r, CKR_DEVICE_ERROR, NULL);
		return;
	}
	request.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	request.ticket = proto_borrow(login_ticket(l));
	key.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	key.object_id = proto_borrow(BYTES_OF(u.id.b));
	request.object = &key;
	request.for_use = true;
	(void)upcall_start(r, true, REMOTE_GET_SECRET, &request.base, &u);
}
