/* SPDX-License-Identifier: Apache-2.0 */
/* The index's own: index.c fills it, index_find.c searches it. */
#pragma once

#include "keyringd/index.h"

#define CLASSES 10u /* counted one by one; others are never ruled out */

/* By insertion. object NULL: it has gone. */
struct place {
	uint64_t seq;
	struct index_object *object;
};

/* What we destroyed and the watch may still report as changed. */
struct dead {
	struct hash_node by_id;
	STAILQ_ENTRY(dead) link; /* by the time of its death */
	struct wire_id id;
	uint64_t revision;
};

struct index {
	struct vault *vault;
	struct hash by_id, by_cka_id, by_label, dead_by_id;
	STAILQ_HEAD(, dead) dead;
	struct place *places;
	size_t n_places, cap, holes;
	uint64_t next_seq; /* from 1: cursor 0 is the start */
	size_t classes[CLASSES];
	uint32_t round;
	uint32_t next_cell;
	index_changed *changed;
	void *changed_arg;
};

/* Empty where it has none. */
struct bytes index_attribute(const struct index_object *o, uint32_t type);
/* The first place whose number is not below seq. */
size_t index_place_from(const struct index *ix, uint64_t seq);
