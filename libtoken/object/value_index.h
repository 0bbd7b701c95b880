/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session objects by the values of the attributes that searches name, CKA_ID and CKA_LABEL:
 * what has a value is found in time proportional to the result. Locked by its user.
 */
#pragma once

#include <sys/queue.h>

#include "common/hash.h"

#define VALUE_INDEXES 2u

struct value_group;

/* One of a member's places; in the member. */
struct value_link {
	LIST_ENTRY(value_link) next;
	struct value_group *group; /* NULL: no such attribute, or empty */
	void *member;
};

struct value_index {
	struct hash groups[VALUE_INDEXES];
};

/* 0, or -ENOMEM: then and of zeroes, value_index_free() is harmless. */
int value_index_init(struct value_index *x) MUST_CHECK;
/* Of an empty one. */
void value_index_free(struct value_index *x);
/* attributes: packed. false: no memory, and it is in none of them. */
bool value_index_add(struct value_index *x, struct value_link links[VALUE_INDEXES],
	struct bytes attributes, void *member) MUST_CHECK;
void value_index_remove(struct value_index *x, struct value_link links[VALUE_INDEXES]);
/* Every member that has the value of the first such attribute in the template, whatever
 * the others. false: there is none in it. */
bool value_index_find(const struct value_index *x, struct bytes template,
	void (*found)(void *arg, void *member), void *arg) MUST_CHECK;
