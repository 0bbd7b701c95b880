/* SPDX-License-Identifier: Apache-2.0 */
/* The calls between an Init and the end of its operation: what they need, where their output
 * goes (section 5.2 of the standard), and what ends an operation. */
#include "libtoken/core/operation.h"

#include "common/cleanup.h"
#include "libtoken/core/session.h"

CK_RV
outbuf_reserve(struct app_out out, size_t size, bool *ret_room)
{
	const CK_ULONG room = *out.n;

	*ret_room = false;
	if (out.p == NULL || room < size) {
		*out.n = size;
		return out.p == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	*ret_room = true;
	return CKR_OK;
}

static bool
has_output(enum op_kind kind, enum operation_step step)
{
	return kind == OP_ENCRYPT || kind == OP_DECRYPT ||
	       (step != STEP_UPDATE && kind != OP_VERIFY);
}

static size_t
step_size(const struct operation *o, enum operation_step step, size_t in_len)
{
	const struct op_vtable *vt = o->op->vtable;

	if (step == STEP_ONCE)
		return vt->once_size(o->op, in_len);
	if (step == STEP_UPDATE)
		return vt->update_size(o->op, in_len);
	return o->has_pending ? o->pending.n : vt->final_size(o->op);
}

static CK_RV
step_call(struct operation *o, enum operation_step step, struct bytes in,
	struct bytes signature, struct outbuf *out)
{
	const struct op_vtable *vt = o->op->vtable;

	if (step == STEP_ONCE)
		return vt->once(o->op, in, signature, out);
	if (step == STEP_UPDATE)
		return vt->update(o->op, in, out);
	if (o->has_pending) {
		memcpy(out->p, o->pending.p, o->pending.n);
		out->n = o->pending.n;
		return CKR_OK;
	}
	return vt->final(o->op, signature, out);
}

/* May the op write where the application wants it to while it reads its input? */
static bool
is_apart(const struct operation *o, enum operation_step step, struct bytes in,
	const CK_BYTE *out, size_t size)
{
	const uintptr_t a = (uintptr_t)in.p, b = (uintptr_t)out;

	if (in.n == 0 || size == 0 || a + in.n <= b || b + size <= a)
		return true;
	/* in place; but blocks held back from before would overtake the input */
	return a == b && (step != STEP_UPDATE || o->state == OPERATION_READY ||
				 mech_block(o->mech) <= 1);
}

/* Through memory of our own: the output may turn out to be shorter, or must not be
 * written over the input. */
static CK_RV
run_aside(struct operation *o, enum operation_step step, struct bytes in, size_t size,
	struct app_out to)
{
	CLEANUP(secret_free)
	struct secret aside = SECRET_NONE;
	struct outbuf out = { 0 };
	const CK_ULONG room = *to.n;
	CK_RV rv;

	if (secret_new(size, &aside) != 0)
		return CKR_HOST_MEMORY;
	out.p = aside.p;
	out.cap = size;
	rv = step_call(o, step, in, BYTES_NONE, &out);
	if (rv != CKR_OK)
		return rv;
	*to.n = out.n;
	if (out.n <= room) {
		memcpy(to.p, aside.p, out.n);
		return CKR_OK;
	}
	if (step == STEP_ONCE) {
		if (o->again != NULL)
			rv = o->op->vtable->rearm(o->op, o->again);
	} else {
		wipe(aside.p + out.n, aside.n - out.n);
		aside.n = out.n;
		o->pending = aside;
		o->has_pending = true;
		aside = SECRET_NONE;
	}
	return rv == CKR_OK ? CKR_BUFFER_TOO_SMALL : rv;
}

/* Is what has too little room for most of its kind run all the same? Where padding is removed it
 * may do, and a signature that is wrong is told before (5.15.6). Not what could not be run
 * again, for it took a PIN. */
static bool
is_tried(const struct operation *o)
{
	if (o->has_pending || o->each_use)
		return false;
	return o->op->kind == OP_VERIFY_RECOVER ||
	       (o->op->kind == OP_DECRYPT && mech_removes_padding(o->mech));
}

static CK_RV
run_into(struct operation *o, enum operation_step step, struct bytes in,
	struct app_out to, bool *ret_query)
{
	const size_t size = step_size(o, step, in.n);
	struct outbuf out = { to.p, size, 0 };
	bool room;
	CK_RV rv;

	if (to.p != NULL && step != STEP_UPDATE && *to.n < size && is_tried(o))
		return run_aside(o, step, in, size, to);
	rv = outbuf_reserve(to, size, &room);
	*ret_query = rv == CKR_OK && !room;
	if (!room)
		return rv;
	if (!is_apart(o, step, in, to.p, size))
		return run_aside(o, step, in, size, to);
	rv = step_call(o, step, in, BYTES_NONE, &out);
	if (rv == CKR_OK)
		*to.n = out.n;
	return rv;
}

/* --- What a call needs ----------------------------------------------------------- */

/* The key may have been destroyed or changed since the last call, by another process too. */
static CK_RV
key_ask(struct session *s, enum op_kind kind, struct operation *o)
{
	const struct object_view v = session_view(s);
	struct object *now = NULL;
	CK_RV rv;

	session_errors_begin(s);
	rv = object_get_now(&v, o->key->handle, &now);
	if (rv != CKR_OK)
		return operation_key_rv(rv);
	if (now != o->key) {
		object_unref(&o->key);
		o->key = object_ref(now);
		o->outdated = true;
	}
	object_unref(&now);
	return mech_check_key(kind, o->mech, o->key);
}

CK_RV
operation_check_key(struct session *s, enum op_kind kind, struct operation *o)
{
	if (o->key == NULL)
		return CKR_OK;
	if (object_is_current(o->key) && !object_must_ask(o->key))
		return CKR_OK;
	return key_ask(s, kind, o);
}

/* Does the operation take this step now, whatever its data? */
static CK_RV
step_check(struct session *s, struct operation *o, enum op_kind kind,
	enum operation_step step)
{
	CK_RV rv = operation_check_key(s, kind, o);

	if (rv != CKR_OK)
		return rv;
	if (o->needs_login)
		return CKR_USER_NOT_LOGGED_IN;
	/* a one-shot call does not end what came in parts, and nothing comes
	 * after an end whose output waits for room */
	if ((step == STEP_ONCE && o->state == OPERATION_PARTS) ||
		(step != STEP_FINAL && o->has_pending))
		return CKR_OPERATION_ACTIVE;
	if (step != STEP_ONCE && o->op->vtable->update == NULL)
		return CKR_FUNCTION_NOT_SUPPORTED;
	return CKR_OK;
}

static CK_RV
run_checked(struct session *s, struct operation *o, enum op_kind kind,
	enum operation_step step, struct bytes in, struct bytes signature,
	struct app_out to, bool *ret_query)
{
	struct outbuf none = { 0 };
	CK_RV rv = step_check(s, o, kind, step);

	if (rv != CKR_OK)
		return rv;
	if (!operation_takes(in) || !operation_takes(signature))
		return CKR_ARGUMENTS_BAD;
	if (!has_output(kind, step))
		return step_call(o, step, in, signature, &none);
	if (to.n == NULL)
		return CKR_ARGUMENTS_BAD;
	return run_into(o, step, in, to, ret_query);
}

/* --- What becomes of the operation --------------------------------------------------- */

/* For the next Init. */
static bool
is_kept(const struct operation *o)
{
	/* of each_use the op may have a PIN that was not used */
	if (o->key != NULL && (o->each_use || !object_is_current(o->key)))
		return false;
	return o->op == NULL || o->op->vtable->rearm != NULL;
}

void
operation_end(struct operation *o)
{
	o->state = OPERATION_IDLE;
	o->needs_login = false;
	o->presigned = false;
	if (o->has_pending)
		secret_free(&o->pending);
	o->has_pending = false;
	if (!is_kept(o))
		operation_free(o);
}

/* In what came in parts there may be data, or the state of a hash on a socket. */
void
operation_fail(struct operation *o)
{
	if (o->state == OPERATION_PARTS)
		operation_free(o);
	else
		operation_end(o);
}

CK_RV
operation_rv(struct session *s, const struct operation *o, CK_RV rv)
{
	/* of each_use it may be about the PIN for this use, given too long ago */
	if (rv != CKR_USER_NOT_LOGGED_IN || !o->each_use)
		session_answered(s, rv);
	/* sockets that are lost and not to be had again: the token is still there */
	if (rv == CKR_DEVICE_REMOVED && o->key != NULL &&
		object_custody(o->key) == WIRE_CUSTODY_KERNEL)
		return CKR_DEVICE_ERROR;
	return rv;
}

/* After a step that was no length query. */
static CK_RV
settle(struct session *s, struct operation *o, enum operation_step step, CK_RV rv)
{
	if (rv != CKR_OK) {
		rv = operation_rv(s, o, rv);
		operation_fail(o);
	} else if (step == STEP_UPDATE) {
		o->state = OPERATION_PARTS;
	} else {
		operation_end(o);
	}
	return rv;
}

/* --- Digests ------------------------------------------------------------------------- */

/* May it be done in another way? Nothing was hashed. The kernel's digests have no parameter. */
static bool
digest_is_lost(const struct operation *o, enum op_kind kind, CK_RV rv)
{
	if (kind != OP_DIGEST || o->mech->param != PARAM_NONE)
		return false;
	return rv == CKR_DEVICE_REMOVED ||
	       (rv == CKR_HOST_MEMORY && o->state == OPERATION_READY);
}

/* The kernel does it no more, or this process may not ask it: OpenSSL does, as where the kernel
 * has refused from the start. */
static CK_RV
digest_elsewhere(struct session *s, struct operation *o)
{
	struct op *op = NULL;
	CK_RV rv;

	session_errors_begin(s);
	rv = op_digest_new(o->mech, NULL, &op);
	if (rv != CKR_OK)
		return rv;
	op_free(&o->op);
	o->op = op;
	o->raises = op_raises(op);
	return CKR_OK;
}

/* --- The calls ----------------------------------------------------------------------- */

CK_RV
operation_run(struct session *s, enum op_kind kind, enum operation_step step,
	struct bytes in, struct bytes signature, struct app_out out)
{
	struct operation *o = &s->ops[kind];
	bool query = false;
	CK_RV rv;

	if (!operation_is_active(s, kind))
		return CKR_OPERATION_NOT_INITIALIZED;
	if (o->raises)
		session_errors_begin(s);
	rv = run_checked(s, o, kind, step, in, signature, out, &query);
	if (rv != CKR_OK && digest_is_lost(o, kind, rv)) {
		rv = digest_elsewhere(s, o);
		if (rv == CKR_OK)
			rv = run_checked(s, o, kind, step, in, signature, out, &query);
	}
	if (rv == CKR_BUFFER_TOO_SMALL || query)
		return rv;
	return settle(s, o, step, rv);
}

CK_RV
operation_run_presigned(struct session *s, enum operation_step step, struct bytes in)
{
	struct operation *o = &s->ops[OP_VERIFY];
	CK_RV rv;

	if (o->state == OPERATION_IDLE || !o->presigned)
		return CKR_OPERATION_NOT_INITIALIZED;
	/* for as long as the call takes it is one like any other */
	o->presigned = false;
	rv = operation_run(s, OP_VERIFY, step, in,
		step == STEP_UPDATE ? BYTES_NONE : buf_bytes(&o->signature),
		APP_OUT_NONE);
	o->presigned = o->state != OPERATION_IDLE;
	return rv;
}

CK_RV
operation_check_update(struct session *s, enum op_kind kind)
{
	struct operation *o = &s->ops[kind];
	CK_RV rv = step_check(s, o, kind, STEP_UPDATE);

	return rv == CKR_OK ? CKR_OK : settle(s, o, STEP_UPDATE, rv);
}

static bool
is_key(const struct object *o)
{
	const CK_OBJECT_CLASS class = object_class(o);

	return class == CKO_SECRET_KEY || class == CKO_PUBLIC_KEY ||
	       class == CKO_PRIVATE_KEY;
}

static CK_RV
key_value(struct session *s, CK_OBJECT_HANDLE handle, struct secret *ret)
{
	const struct object_view v = session_view(s);
	CLEANUP(object_unref)
	struct object *key = NULL;

	if (object_get(&v, handle, &key) != CKR_OK || !is_key(key))
		return CKR_KEY_HANDLE_INVALID;
	return key->material != NULL && object_custody(key) == WIRE_CUSTODY_PROCESS
		       ? material_read(key->material, ret)
		       : CKR_KEY_INDIGESTIBLE;
}

CK_RV
operation_digest_key(struct session *s, CK_OBJECT_HANDLE key)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	CK_RV rv = CKR_OPERATION_NOT_INITIALIZED;

	/* a key that is not digested ends nothing: 5.12.4 does not say so, as 5.12.3 does */
	if (operation_is_active(s, OP_DIGEST))
		rv = key_value(s, key, &value);
	return rv == CKR_OK ? operation_run(s, OP_DIGEST, STEP_UPDATE,
				      secret_bytes(&value), BYTES_NONE, APP_OUT_NONE)
			    : rv;
}
