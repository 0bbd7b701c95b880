/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/core/message.h"

#include "common/cleanup.h"
#include "libtoken/core/session.h"

#define ROOM_KEPT 65536u /* bytes, between messages */

/* Which call a process takes in which state, and what runs it. */
static const struct {
	CK_RV answers[3]; /* by enum operation_state */
	message_function *run[MESSAGE_KINDS];
} calls[MESSAGE_CALLS] = {
	[MESSAGE_ONE] = { { CKR_OPERATION_NOT_INITIALIZED, CKR_OK, CKR_OPERATION_ACTIVE },
		{ message_encrypt, message_decrypt, message_sign, message_verify } },
	[MESSAGE_BEGIN] = { { CKR_OPERATION_NOT_INITIALIZED, CKR_OK,
				    CKR_OPERATION_ACTIVE },
		{ message_begin_cipher, message_begin_cipher, message_begin_signature,
			message_begin_signature } },
	[MESSAGE_NEXT] = { { CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_NOT_INITIALIZED,
				   CKR_OK },
		{ message_encrypt_next, message_decrypt_next, message_sign_next,
			message_verify_next } },
};

/* What an op is made with, and armed with to drop what it holds: no message has it. */
static const struct mech_params no_message = { .iv_len = 12, .tag_bits = 128 };

struct operation *
message_operation(struct session *s, enum op_kind kind)
{
	return s->messages != NULL && kind < MESSAGE_KINDS ? &s->messages[kind].o : NULL;
}

static enum operation_state
state_of(struct session *s, enum op_kind kind)
{
	const struct operation *o = message_operation(s, kind);

	return o != NULL ? (enum operation_state)o->state : OPERATION_IDLE;
}

uint8_t *
message_room(struct message *m, size_t n)
{
	buf_reset(&m->room);
	return buf_reserve(&m->room, n);
}

static void
message_free(struct message *m)
{
	operation_free(&m->o);
	buf_free(&m->room);
	buf_free(&m->extra);
}

void
message_cancel(struct session *s, enum op_kind kind)
{
	if (state_of(s, kind) != OPERATION_IDLE)
		message_free(&s->messages[kind]);
}

void
message_free_all(struct session *s)
{
	for (int kind = 0; s->messages != NULL && kind < MESSAGE_KINDS; kind++)
		message_free(&s->messages[kind]);
	free(TAKE_PTR(s->messages));
}

/* --- Init ---------------------------------------------------------------------------- */

/* What all messages are armed with, or made with where each has its own. */
static CK_RV
init_params(const struct mech *m, enum op_kind kind, const CK_MECHANISM *mechanism,
	struct mech_params *ret)
{
	if (kind >= OP_SIGN && !(mech_signs_with_iv(m) && mechanism->ulParameterLen == 0))
		return mech_params_parse(m, mechanism, ret);
	*ret = no_message;
	return kind >= OP_SIGN ? CKR_OK : message_param_check(m, mechanism);
}

/* For the messages to come, when the application's memory may be another's. */
static CK_RV
keep_extra(struct message *m)
{
	buf_reset(&m->extra);
	buf_put_bytes(&m->extra, m->params.extra);
	m->params.extra = buf_bytes(&m->extra);
	return buf_ok(&m->extra) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
init_checked(struct session *s, struct message *m, enum op_kind kind,
	const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	const struct mech *mech = mech_offered(s->lib->store, mechanism->mechanism);
	CK_RV rv;

	if (mech == NULL || (mech_message_flags(mech) & mech_message_flag(kind)) == 0)
		return CKR_MECHANISM_INVALID;
	rv = init_params(mech, kind, mechanism, &m->params);
	if (rv == CKR_OK)
		rv = keep_extra(m);
	session_errors_begin(s);
	if (rv == CKR_OK)
		rv = operation_bind(s, &m->o, kind, mech, &m->params, key);
	if (rv != CKR_OK)
		return rv;
	if (m->o.op->vtable->rearm == NULL) {
		operation_free(&m->o);
		return CKR_MECHANISM_INVALID;
	}
	m->generators = object_table_generators(s->lib->objects);
	return CKR_OK;
}

CK_RV
message_init(struct session *s, enum op_kind kind, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key)
{
	const bool active = state_of(s, kind) != OPERATION_IDLE;
	CK_RV rv;

	if (mechanism == NULL) {
		message_cancel(s, kind);
		return active ? CKR_OK : CKR_ARGUMENTS_BAD;
	}
	if (active)
		return CKR_OPERATION_ACTIVE;
	if (s->messages == NULL)
		s->messages = calloc(MESSAGE_KINDS, sizeof s->messages[0]);
	if (s->messages == NULL)
		return CKR_HOST_MEMORY;
	rv = init_checked(s, &s->messages[kind], kind, mechanism, key);
	if (rv == CKR_OK)
		operation_begin(s, &s->messages[kind].o);
	else
		session_answered(s, rv);
	return rv;
}

CK_RV
message_final(struct session *s, enum op_kind kind)
{
	switch (state_of(s, kind)) {
	case OPERATION_IDLE:
		return CKR_OPERATION_NOT_INITIALIZED;
	case OPERATION_PARTS:
		return CKR_OPERATION_ACTIVE;
	default:
		operation_end(&s->messages[kind].o);
		return CKR_OK;
	}
}

/* --- Run ----------------------------------------------------------------------------- */

static CK_RV
run_checked(struct session *s, struct message *m, enum op_kind kind,
	enum message_call call, const struct message_args *a, bool *ret_query)
{
	CK_RV rv = operation_check_key(s, kind, &m->o);

	if (rv != CKR_OK)
		return rv;
	if (m->o.needs_login)
		return CKR_USER_NOT_LOGGED_IN;
	if (call != MESSAGE_ONE && m->o.op->vtable->update == NULL)
		return CKR_FUNCTION_NOT_SUPPORTED;
	if ((a->flags & ~CKF_END_OF_MESSAGE) != 0 || !operation_takes(a->param) ||
		!operation_takes(a->aad) || !operation_takes(a->in) ||
		!operation_takes(a->signature))
		return CKR_ARGUMENTS_BAD;
	return calls[call].run[kind](m, a, ret_query);
}

/* A message is over, or never began; what an op that failed holds of it goes. */
static void
message_end(struct session *s, struct message *m, enum message_call call, CK_RV rv)
{
	const bool waits = rv == CKR_USER_NOT_LOGGED_IN && m->o.needs_login;

	if (rv != CKR_OK && call != MESSAGE_ONE && m->o.op != NULL)
		(void)!m->o.op->vtable->rearm(
			m->o.op, m->o.op->kind >= OP_SIGN ? &m->params : &no_message);
	if (m->room.cap > ROOM_KEPT)
		buf_free(&m->room);
	if (!waits)
		operation_begin(s, &m->o);
}

CK_RV
message_run(struct session *s, enum op_kind kind, enum message_call call,
	struct message_args args)
{
	CK_RV rv = calls[call].answers[state_of(s, kind)];
	struct message *m;
	bool query = false;

	if (rv != CKR_OK)
		return rv;
	m = &s->messages[kind];
	if (m->o.raises)
		session_errors_begin(s);
	rv = run_checked(s, m, kind, call, &args, &query);
	if (rv == CKR_BUFFER_TOO_SMALL || query)
		return rv;
	rv = operation_rv(s, &m->o, rv);
	if (rv == CKR_OK && call != MESSAGE_ONE && args.flags == 0)
		m->o.state = OPERATION_PARTS;
	else
		message_end(s, m, call, rv);
	return rv;
}
