/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C_GetOperationState and C_SetOperationState. Neither OpenSSL's contexts nor sockets can be
 * written out, so the state an application gets is a ticket for copies kept here: 32 bytes,
 * good in this process until SAVED_MAX newer ones were taken, or a key of theirs is gone. It
 * has all active operations of a session, their keys included, and goes back to a
 * session with the same token and in the same state.
 *
 * Not saved are operations whose op cannot be copied, which most that run elsewhere cannot
 * (CKR_STATE_UNSAVEABLE), those that wait for room for their output, and those whose key wants
 * a login for each use: one login would do for many.
 */
#pragma once

#include <pthread.h>

#include "libtoken/core/operation.h"

#define SAVED_MAX 256u

struct saved {
	uint8_t ticket[32];
	CK_SLOT_ID slot;
	CK_STATE state;
	struct operation
		*ops; /* OP_KINDS, idle where there was none; NULL: a free place */
};

struct saved_table {
	pthread_mutex_t lock;
	struct saved *all; /* SAVED_MAX, made at the first use */
	unsigned next;
};

struct session;

void saved_table_init(struct saved_table *t);
void saved_table_reset(struct saved_table *t);
/* Drops what has a key that is gone. */
void saved_forget_gone(struct saved_table *t, struct object_table *objects);

CK_RV operation_save(struct session *s, struct app_out out) MUST_CHECK;
/* Keys may be given, 0 if not: they have to be those of the saved operations. */
CK_RV operation_restore(struct session *s, struct bytes state,
	CK_OBJECT_HANDLE cipher_key, CK_OBJECT_HANDLE signature_key) MUST_CHECK;
