/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/core/saved.h"

#include "common/cleanup.h"
#include "libtoken/core/session.h"

void
saved_table_init(struct saved_table *t)
{
	*t = (struct saved_table){ 0 };
	pthread_mutex_init(&t->lock, NULL);
}

void
saved_table_reset(struct saved_table *t)
{
	for (unsigned i = 0; t->all != NULL && i < SAVED_MAX; i++)
		op_free(&t->all[i].op);
	free(t->all);
	t->all = NULL;
	t->next = 0;
}

static CK_RV
keep(struct saved_table *t, const uint8_t ticket[32], uint8_t state, struct op **op)
{
	struct op *oldest = NULL;
	CK_RV rv = CKR_HOST_MEMORY;

	pthread_mutex_lock(&t->lock);
	if (t->all == NULL)
		t->all = calloc(SAVED_MAX, sizeof t->all[0]);
	if (t->all != NULL) {
		struct saved *place = &t->all[t->next++ % SAVED_MAX];

		oldest = place->op;
		place->op = TAKE_PTR(*op);
		place->state = state;
		memcpy(place->ticket, ticket, sizeof place->ticket);
		rv = CKR_OK;
	}
	pthread_mutex_unlock(&t->lock);
	op_free(&oldest);
	return rv;
}

CK_RV
operation_save(struct session *s, struct app_out out)
{
	struct operation *o = &s->ops[OP_DIGEST];
	CLEANUP(op_free)
	struct op *copy = NULL;
	uint8_t ticket[32];
	bool room;
	CK_RV rv;

	if (out.n == NULL)
		return CKR_ARGUMENTS_BAD;
	for (int kind = 0; kind < OP_KINDS; kind++)
		if (kind != OP_DIGEST && s->ops[kind].state != OPERATION_IDLE)
			return CKR_STATE_UNSAVEABLE;
	if (o->state == OPERATION_IDLE)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (o->op->vtable->clone == NULL)
		return CKR_STATE_UNSAVEABLE;
	rv = outbuf_reserve(out, sizeof ticket, &room);
	if (!room)
		return rv;
	rv = crypto_random(ticket, sizeof ticket);
	if (rv == CKR_OK)
		rv = o->op->vtable->clone(o->op, &copy);
	if (rv == CKR_OK)
		rv = keep(&s->lib->saved, ticket, o->state, &copy);
	if (rv != CKR_OK)
		return rv;
	memcpy(out.p, ticket, sizeof ticket);
	*out.n = sizeof ticket;
	return CKR_OK;
}

/* A copy of what the ticket is for. */
static CK_RV
find_copy(struct saved_table *t, struct bytes ticket, struct op **ret, uint8_t *ret_state)
{
	CK_RV rv = CKR_SAVED_STATE_INVALID;

	pthread_mutex_lock(&t->lock);
	for (unsigned i = 0; t->all != NULL && i < SAVED_MAX; i++) {
		struct op *op = t->all[i].op;

		if (op == NULL || !bytes_equal(BYTES_OF(t->all[i].ticket), ticket))
			continue;
		rv = op->vtable->clone(op, ret);
		*ret_state = t->all[i].state;
		break;
	}
	pthread_mutex_unlock(&t->lock);
	return rv;
}

CK_RV
operation_restore(struct session *s, struct bytes state)
{
	struct operation *o = &s->ops[OP_DIGEST];
	struct op *copy = NULL;
	uint8_t stage = OPERATION_PARTS;
	CK_RV rv;

	if (state.p == NULL)
		return CKR_ARGUMENTS_BAD;
	rv = find_copy(&s->lib->saved, state, &copy, &stage);
	if (rv != CKR_OK)
		return rv;
	operation_free(o);
	o->op = copy;
	o->mech = copy->mech;
	o->state = stage;
	return CKR_OK;
}
