/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/core/operation.h"

#include "common/cleanup.h"
#include "libtoken/core/message.h"
#include "libtoken/core/session.h"

void
operation_free(struct operation *o)
{
	op_free(&o->op);
	object_unref(&o->key);
	secret_free(&o->pending);
	buf_free(&o->signature);
	free(o->again);
	*o = (struct operation){ 0 };
}

void
operation_cancel(struct operation *o)
{
	if (o->state != OPERATION_IDLE)
		operation_free(o);
}

void
operation_forget_gone(struct object_table *objects, struct operation *o)
{
	if (o->key == NULL || object_is_current(o->key))
		return;
	if (o->state == OPERATION_IDLE) {
		operation_free(o);
		return;
	}
	if (!object_table_lost(objects, o->key))
		return;
	/* one that is active says so itself, when it is next called */
	op_free(&o->op);
	secret_free(&o->pending);
	o->has_pending = false;
}

CK_RV
operation_copy(const struct operation *from, struct operation *ret)
{
	struct operation o = *from;
	CK_RV rv = CKR_OK;

	if (from->op == NULL || from->op->vtable->clone == NULL || from->has_pending ||
		from->each_use)
		return CKR_STATE_UNSAVEABLE;
	o.op = NULL;
	o.again = NULL;
	o.signature = BUF_INIT;
	o.key = from->key != NULL ? object_ref(from->key) : NULL;
	buf_put_bytes(&o.signature, buf_bytes(&from->signature));
	if (from->again != NULL)
		o.again = malloc(sizeof *o.again);
	if (!buf_ok(&o.signature) || (from->again != NULL && o.again == NULL))
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = from->op->vtable->clone(from->op, &o.op);
	if (rv != CKR_OK) {
		operation_free(&o);
		return rv;
	}
	if (o.again != NULL)
		*o.again = *from->again;
	*ret = o;
	return CKR_OK;
}

/* --- Init ------------------------------------------------------------------------ */

/* Only what removes padding can find, after the fact, that there was room. */
static CK_RV
keep_params(struct operation *o, enum op_kind kind, const struct mech_params *p)
{
	if (kind != OP_DECRYPT || o->mech->cipher == CIPHER_NONE ||
		!mech_removes_padding(o->mech))
		return CKR_OK;
	if (o->again == NULL)
		o->again = malloc(sizeof *o->again);
	if (o->again == NULL)
		return CKR_HOST_MEMORY;
	*o->again = *p;
	return CKR_OK;
}

CK_RV
operation_key_rv(CK_RV rv)
{
	return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
}

static CK_RV
init_new(struct session *s, struct operation *o, enum op_kind kind, const struct mech *m,
	const struct mech_params *params, CK_OBJECT_HANDLE handle)
{
	const struct object_view v = session_view(s);
	CLEANUP(object_unref)
	struct object *key = NULL;
	struct op *op = NULL;
	CK_RV rv;

	if (kind == OP_DIGEST) {
		rv = mech_digest(&v, m, params, &op);
	} else {
		rv = object_get_now(&v, handle, &key);
		if (rv != CKR_OK)
			return operation_key_rv(rv);
		rv = mech_check_key(kind, m, key);
		if (rv == CKR_OK)
			rv = mech_bind(&v, kind, m, params, key, &op);
	}
	if (rv != CKR_OK)
		return rv;
	operation_free(o);
	o->op = op;
	o->raises = op_raises(op);
	o->mech = m;
	o->key = TAKE_PTR(key);
	o->each_use = o->key != NULL && object_class(o->key) == CKO_PRIVATE_KEY &&
		      attrs_bool(o->key->attributes, CKA_ALWAYS_AUTHENTICATE, false);
	return CKR_OK;
}

void
operation_begin(struct session *s, struct operation *o)
{
	o->state = OPERATION_READY;
	o->needs_login = o->each_use;
	if (o->needs_login)
		o->turn = ++s->turns;
}

static bool
key_is_warm(const struct operation *o, CK_OBJECT_HANDLE handle)
{
	return o->key->handle == handle && !o->outdated && object_is_current(o->key) &&
	       !object_must_ask(o->key);
}

static bool
is_warm(const struct operation *o, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE handle)
{
	if (o->op == NULL || o->op->vtable->rearm == NULL || o->mech->type != mechanism)
		return false;
	return o->key == NULL || key_is_warm(o, handle);
}

CK_RV
operation_bind(struct session *s, struct operation *o, enum op_kind kind,
	const struct mech *m, const struct mech_params *params, CK_OBJECT_HANDLE handle)
{
	if (is_warm(o, m->type, handle))
		return o->op->vtable->rearm(o->op, params);
	return init_new(s, o, kind, m, params, handle);
}

static CK_RV
init_checked(struct session *s, struct operation *o, enum op_kind kind,
	const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE handle)
{
	const bool warm = is_warm(o, mechanism->mechanism, handle);
	const struct mech *m =
		warm ? o->mech : mech_offered(s->lib->store, mechanism->mechanism);
	struct mech_params params;
	CK_RV rv;

	if (!warm || o->raises)
		session_errors_begin(s);
	if (m == NULL || (m->flags & mech_flag(kind)) == 0)
		return CKR_MECHANISM_INVALID;
	rv = mech_params_parse(m, mechanism, &params);
	if (rv != CKR_OK)
		return rv;
	if (warm)
		rv = o->op->vtable->rearm(o->op, &params);
	else
		rv = init_new(s, o, kind, m, &params, handle);
	if (rv == CKR_OK)
		rv = keep_params(o, kind, &params);
	return rv;
}

CK_RV
operation_init(struct session *s, enum op_kind kind, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE handle)
{
	struct operation *o = &s->ops[kind];
	CK_RV rv;

	if (mechanism == NULL) {
		/* version 3.0: how to give up an operation */
		rv = o->state != OPERATION_IDLE ? CKR_OK : CKR_ARGUMENTS_BAD;
		operation_cancel(o);
		return rv;
	}
	if (o->state != OPERATION_IDLE)
		return CKR_OPERATION_ACTIVE;
	rv = init_checked(s, o, kind, mechanism, handle);
	if (rv == CKR_OK)
		operation_begin(s, o);
	else
		session_answered(s, rv);
	return rv;
}

CK_RV
operation_init_presigned(struct session *s, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key, struct bytes signature)
{
	struct operation *o = &s->ops[OP_VERIFY];
	CK_RV rv;

	if (mechanism != NULL && o->state == OPERATION_IDLE &&
		(signature.n > PTRDIFF_MAX || (signature.p == NULL && signature.n != 0)))
		return CKR_ARGUMENTS_BAD;
	rv = operation_init(s, OP_VERIFY, mechanism, key);
	if (rv != CKR_OK || mechanism == NULL)
		return rv;
	buf_reset(&o->signature);
	buf_put_bytes(&o->signature, signature);
	if (!buf_ok(&o->signature)) {
		operation_free(o);
		return CKR_HOST_MEMORY;
	}
	o->presigned = true;
	return CKR_OK;
}

static void
later(struct operation *o, struct operation **last)
{
	if (o != NULL && o->needs_login && (*last == NULL || o->turn > (*last)->turn))
		*last = o;
}

CK_RV
operation_login(struct session *s, struct bytes pin)
{
	struct operation *last = NULL;
	CK_RV rv;

	for (int kind = 0; kind < OP_KINDS; kind++)
		later(&s->ops[kind], &last);
	for (int kind = 0; kind < MESSAGE_KINDS; kind++)
		later(message_operation(s, kind), &last);
	if (last == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (last->op == NULL || last->op->vtable->login == NULL) /* the key has gone */
		return CKR_OPERATION_NOT_INITIALIZED;
	rv = last->op->vtable->login(last->op, pin);
	if (rv == CKR_OK)
		last->needs_login = false;
	else if (rv == CKR_USER_NOT_LOGGED_IN)
		session_login_lost(s);
	else if (rv == CKR_PIN_LOCKED) /* 4.9: "this also logs the user out" */
		(void)!slot_logout(s->lib, s->slot);
	return rv == CKR_KEY_HANDLE_INVALID ? CKR_OPERATION_NOT_INITIALIZED : rv;
}
