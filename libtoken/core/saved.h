/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C_GetOperationState and C_SetOperationState for digests, as Java uses them to
 * clone one. OpenSSL's digest contexts cannot be written out, so the state an
 * application gets is a ticket for a copy kept here: 32 bytes, good in this
 * process until SAVED_MAX newer ones were taken.
 */
#pragma once

#include <pthread.h>

#include "cryptoki/op.h"
#include "libtoken/core/operation.h"

#define SAVED_MAX 256u

struct saved {
	uint8_t ticket[32];
	struct op *op;
	uint8_t state; /* enum operation_state */
};

struct saved_table {
	pthread_mutex_t lock;
	struct saved *all; /* SAVED_MAX, made at the first use */
	unsigned next;
};

struct session;

void saved_table_init(struct saved_table *t);
void saved_table_reset(struct saved_table *t);

CK_RV operation_save(struct session *s, struct app_out out) MUST_CHECK;
CK_RV operation_restore(struct session *s, struct bytes state) MUST_CHECK;
