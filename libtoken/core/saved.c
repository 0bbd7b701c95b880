/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/core/saved.h"

#include "common/cleanup.h"
#include "libtoken/core/message.h"
#include "libtoken/core/session.h"

void
saved_table_init(struct saved_table *t)
{
	*t = (struct saved_table){ 0 };
	pthread_mutex_init(&t->lock, NULL);
}

static void
ops_free(struct operation **ops)
{
	for (int kind = 0; *ops != NULL && kind < OP_KINDS; kind++)
		operation_free(&(*ops)[kind]);
	free(*ops);
	*ops = NULL;
}

void
saved_table_reset(struct saved_table *t)
{
	for (unsigned i = 0; t->all != NULL && i < SAVED_MAX; i++)
		ops_free(&t->all[i].ops);
	free(t->all);
	t->all = NULL;
	t->next = 0;
}

static bool
has_gone_key(const struct operation *ops, struct object_table *objects)
{
	for (int kind = 0; kind < OP_KINDS; kind++)
		if (ops[kind].key != NULL && object_table_lost(objects, ops[kind].key))
			return true;
	return false;
}

void
saved_forget_gone(struct saved_table *t, struct object_table *objects)
{
	pthread_mutex_lock(&t->lock);
	for (unsigned i = 0; t->all != NULL && i < SAVED_MAX; i++)
		if (t->all[i].ops != NULL && has_gone_key(t->all[i].ops, objects))
			ops_free(&t->all[i].ops);
	pthread_mutex_unlock(&t->lock);
}

/* Those that are active. CKR_STATE_UNSAVEABLE. */
static CK_RV
ops_copy(const struct operation *from, struct operation **ret)
{
	CLEANUP(ops_free)
	struct operation *ops = calloc(OP_KINDS, sizeof *ops);
	CK_RV rv = ops != NULL ? CKR_OK : CKR_HOST_MEMORY;

	for (int kind = 0; rv == CKR_OK && kind < OP_KINDS; kind++)
		if (from[kind].state != OPERATION_IDLE)
			rv = operation_copy(&from[kind], &ops[kind]);
	if (rv == CKR_OK)
		*ret = TAKE_PTR(ops);
	return rv;
}

/* --- C_GetOperationState ------------------------------------------------------------ */

/* Is there something to save, and nothing that could not be? Operations with recovery are not
 * what 5.6.6 speaks of. */
static CK_RV
may_save(struct session *s)
{
	CK_RV rv = CKR_OPERATION_NOT_INITIALIZED;

	for (enum op_kind kind = 0; kind <= OP_DIGEST; kind++)
		if (s->ops[kind].state != OPERATION_IDLE)
			rv = CKR_OK;
	for (enum op_kind kind = 0; rv == CKR_OK && kind < MESSAGE_KINDS; kind++) {
		const struct operation *m = message_operation(s, kind);

		if (m != NULL && m->state != OPERATION_IDLE)
			rv = CKR_STATE_UNSAVEABLE;
	}
	return rv;
}

/* Takes new->ops, unless it fails. */
static CK_RV
keep(struct saved_table *t, struct saved *new)
{
	CLEANUP(ops_free)
	struct operation *oldest = NULL;
	CK_RV rv = CKR_HOST_MEMORY;

	pthread_mutex_lock(&t->lock);
	if (t->all == NULL)
		t->all = calloc(SAVED_MAX, sizeof t->all[0]);
	if (t->all != NULL) {
		struct saved *place = &t->all[t->next++ % SAVED_MAX];

		oldest = place->ops;
		*place = *new;
		new->ops = NULL;
		rv = CKR_OK;
	}
	pthread_mutex_unlock(&t->lock);
	return rv;
}

CK_RV
operation_save(struct session *s, struct app_out out)
{
	struct saved new = { .slot = s->slot->id, .state = session_state(s) };
	CLEANUP(ops_free)
	struct operation *ops = NULL;
	bool room = false;
	CK_RV rv;

	if (out.n == NULL)
		return CKR_ARGUMENTS_BAD;
	rv = may_save(s);
	/* who asks for the length is told as well that there will be none */
	if (rv == CKR_OK)
		rv = ops_copy(s->ops, &ops);
	if (rv == CKR_OK)
		rv = outbuf_reserve(out, sizeof new.ticket, &room);
	if (!room)
		return rv;
	rv = crypto_random(new.ticket, sizeof new.ticket);
	if (rv != CKR_OK)
		return rv;
	new.ops = ops;
	rv = keep(&s->lib->saved, &new);
	ops = new.ops;
	if (rv != CKR_OK)
		return rv;
	memcpy(out.p, new.ticket, sizeof new.ticket);
	*out.n = sizeof new.ticket;
	return CKR_OK;
}

/* --- C_SetOperationState ------------------------------------------------------------ */

/* A copy of what the ticket is for. */
static CK_RV
find_copy(struct session *s, struct bytes ticket, struct operation **ret)
{
	struct saved_table *t = &s->lib->saved;
	CK_RV rv = CKR_SAVED_STATE_INVALID;

	pthread_mutex_lock(&t->lock);
	for (unsigned i = 0; t->all != NULL && i < SAVED_MAX; i++) {
		const struct saved *saved = &t->all[i];

		if (saved->ops == NULL || !bytes_equal(BYTES_OF(saved->ticket), ticket))
			continue;
		if (saved->slot == s->slot->id && saved->state == session_state(s) &&
			!has_gone_key(saved->ops, s->lib->objects))
			rv = ops_copy(saved->ops, ret);
		break;
	}
	pthread_mutex_unlock(&t->lock);
	return rv;
}

/* A key that need not be given, but was: is it that of one of the two? */
static CK_RV
check_key(const struct operation *a, const struct operation *b, CK_OBJECT_HANDLE key)
{
	if (key == 0)
		return CKR_OK;
	if (a->key == NULL && b->key == NULL)
		return CKR_KEY_NOT_NEEDED;
	return (a->key != NULL && a->key->handle == key) ||
			       (b->key != NULL && b->key->handle == key)
		       ? CKR_OK
		       : CKR_KEY_CHANGED;
}

CK_RV
operation_restore(struct session *s, struct bytes state, CK_OBJECT_HANDLE cipher_key,
	CK_OBJECT_HANDLE signature_key)
{
	CLEANUP(ops_free)
	struct operation *ops = NULL;
	CK_RV rv;

	if (!operation_takes(state))
		return CKR_ARGUMENTS_BAD;
	rv = find_copy(s, state, &ops);
	if (rv == CKR_OK)
		rv = check_key(&ops[OP_ENCRYPT], &ops[OP_DECRYPT], cipher_key);
	if (rv == CKR_OK)
		rv = check_key(&ops[OP_SIGN], &ops[OP_VERIFY], signature_key);
	if (rv != CKR_OK)
		return rv;
	session_cancel(s, CK_UNAVAILABLE_INFORMATION);
	for (int kind = 0; kind < OP_KINDS; kind++) {
		if (ops[kind].state == OPERATION_IDLE)
			continue;
		operation_free(&s->ops[kind]);
		s->ops[kind] = ops[kind];
		ops[kind] = (struct operation){ 0 };
	}
	return CKR_OK;
}
