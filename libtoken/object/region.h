/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this process knows of a token's objects, and how long it may use that: each slot
 * has a region (wire/region.h) that keyringd writes and this process maps, and each
 * object a lease that names its cell there. Whether a lease holds is two loads and a
 * clock that needs no system call.
 */
#pragma once

#include <pthread.h>
#include <time.h>

#include "libtoken/store/store.h"
#include "wire/region.h"

struct region_map; /* one mapping, counted */

/* Learned under it: an object may be used as it is known while this holds. */
struct region_lease {
	struct region_map *map; /* NULL: it never holds */
	uint64_t epoch;
	uint32_t
		cell; /* WIRE_NO_CELL: of a session object, which has epoch and deadline */
	uint32_t count;
};

#define REGION_LEASE_NONE ((struct region_lease){ .cell = WIRE_NO_CELL })

struct region_map {
	atomic_uint refs;
	uint32_t cells; /* checked once, never read from the mapping again */
	uint64_t generation;
	const struct region *at;
};

/* Milliseconds of CLOCK_MONOTONIC, some late at most, at no system call. */
static inline uint64_t
coarse_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline bool
region_is_alive(const struct region_map *m)
{
	return coarse_ms() < atomic_load_explicit(&m->at->deadline, memory_order_relaxed);
}

static inline bool
region_lease_holds(const struct region_lease *l)
{
	const struct region_map *m = l->map;

	if (m == NULL)
		return false;
	if (l->cell != WIRE_NO_CELL && atomic_load_explicit(&m->at->cell[l->cell],
					       memory_order_acquire) != l->count)
		return false;
	return atomic_load_explicit(&m->at->epoch, memory_order_acquire) == l->epoch &&
	       region_is_alive(m);
}

/* The regions of all slots. */
struct region_slot;
struct region_table {
	pthread_mutex_t lock;
	struct region_slot *first;
};

void region_table_init(struct region_table *t);
/* C_Finalize: nobody is inside; mappings go with the last lease. */
void region_table_reset(struct region_table *t);

/* Before keyringd is asked about objects of a slot: the lease that the answer will be
 * under, still without a cell. Maps the region at the first need, and anew when keyringd
 * was away; without one (no memory, refused) the lease holds never. */
void region_begin(struct region_table *t, struct store *store, CK_SLOT_ID slot,
	struct region_lease *ret);
/* One object of the answer. token: of the token, so that without a cell it never holds. */
struct region_lease region_lease_for(const struct region_lease *begun,
	const struct wire_object *w, bool token) MUST_CHECK;
void region_lease_end(struct region_lease *l); /* harmless on REGION_LEASE_NONE */
bool region_lease_equal(
	const struct region_lease *a, const struct region_lease *b) MUST_CHECK;
