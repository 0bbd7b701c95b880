/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for secrets: locked where RLIMIT_MEMLOCK allows, left out of core
 * dumps, wiped when freed, never printed. Small secrets share pages from one
 * arena per process, guarded by a mutex that is held for the bookkeeping
 * only. After fork() the child still has the parent's secrets, as it has all
 * of its memory; secret_forget_all() unmaps the arena without writing to it.
 * Where the parent had threads, the child calls that before it makes or frees
 * a secret: another thread may have held the mutex.
 */
#pragma once

#include "common/bytes.h"

struct secret {
	uint8_t *p;
	size_t n;
};

#define SECRET_NONE ((struct secret){ NULL, 0 })

/* n bytes of zeroes, aligned to 16; SECRET_NONE for n of 0. A caller may
 * lower s->n later. 0 or -ENOMEM; ret is untouched on error. */
int secret_new(size_t n, struct secret *ret) MUST_CHECK;
int secret_copy(struct bytes from, struct secret *ret) MUST_CHECK;
/* Wipes, frees, and sets to SECRET_NONE. Harmless on SECRET_NONE. */
void secret_free(struct secret *s);
/*
 * In a forked child: drops the arena as it is, locks included, whatever the
 * parent's threads were doing. Secrets made before are gone: neither read
 * nor free them. Call it with one thread only; new secrets can be made after.
 */
void secret_forget_all(void);

static inline struct bytes
secret_bytes(const struct secret *s)
{
	return (struct bytes){ s->p, s->n };
}
