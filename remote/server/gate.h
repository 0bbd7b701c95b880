/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded door before expensive work (hashing PINs, making key pairs): so
 * many at work, so many waiting, the rest told to come back, so that other
 * calls always find a worker. Work on the same subject goes one by one, and one
 * subject or host has half of the places at most, so that others get in.
 */
#pragma once

#include <pthread.h>
#include <sys/queue.h>

#include "remote/store/storage.h"

#define GATE_MAX 64u

struct gate_subject {
	struct id token; /* zeroes: no subject, nothing to be serialised with */
	uint8_t role;
	uint8_t host[32]; /* its fingerprint; zeroes: may have all places */
};

struct gate_waiter {
	LIST_ENTRY(gate_waiter) link;
	const struct gate_subject *subject;
};

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	unsigned slots, total; /* at work; at work and waiting */
	unsigned active, present;
	LIST_HEAD(, gate_waiter) waiting;
	struct gate_subject at_work[GATE_MAX];
	bool noted[GATE_MAX]; /* gate_note() */
};

void gate_init(struct gate *g, unsigned slots, unsigned total);
void gate_destroy(struct gate *g);
/* Blocks. ret: a place, for gate_leave(). 0, or -EBUSY when too many are there, or too many
 * of this subject or host. */
int gate_enter(struct gate *g, const struct gate_subject *s, unsigned *ret) MUST_CHECK;
void gate_leave(struct gate *g, unsigned place);
/* The subject's attempt at this place is counted as a failure until proven
 * otherwise; others should not see it. */
void gate_note(struct gate *g, unsigned place, bool noted);
bool gate_is_noted(struct gate *g, const struct gate_subject *s) MUST_CHECK;
