/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects of one token, as far as its watch may see them. Found by id (which is
 * CKA_UNIQUE_ID too), by CKA_ID or by CKA_LABEL at the cost of what is found; anything else
 * is looked for among all. Objects keep the number of their insertion, which is what a
 * search goes on from: none is seen twice, whatever changes meanwhile. Each has a cell of
 * the token's region (region.h), given round robin; a changed one keeps it.
 *
 * News come from the watch and from the replies to our own changes, in any
 * order: the higher revision wins, and what we destroyed stays dead until the
 * watch has passed that revision.
 */
#pragma once

#include <sys/queue.h>

#include "common/hash.h"
#include "cryptoki/schema.h"
#include "keyringd/vault.h"
#include "wire/region.h"
#include "wire/wire.h"

struct index;

/* One allocation an object. */
struct index_object {
	struct hash_node by_id, by_cka_id, by_label;
	struct wire_id id;
	uint64_t revision, seq;
	struct vault_item *value; /* a secret key's, once it was fetched */
	uint32_t class;
	uint32_t n;     /* bytes of attributes */
	uint32_t round; /* index_round() when it was last heard of */
	bool private;
	uint16_t cell;
	uint8_t attributes[];
};

static inline struct bytes
index_attributes(const struct index_object *o)
{
	return BYTES(o->attributes, o->n);
}

/* An object has changed (now is its successor) or gone (NULL). Called before anything
 * else learns of it; must not change the index. */
typedef void index_changed(
	void *arg, const struct index_object *old, const struct index_object *now);

/* vault: where values are, borrowed; NULL where there will be none. */
int index_new(struct vault *vault, struct index **ret) MUST_CHECK;
void index_on_change(struct index *ix, index_changed *changed, void *arg);
void index_free(struct index *ix);
void index_clear(struct index *ix);
size_t index_count(const struct index *ix) MUST_CHECK;
/* An object as it is at a revision; older news than we have are dropped.
 * attributes: packed and valid. 0 or -ENOMEM: then it is not in the index, not as it was
 * either. */
int index_put(struct index *ix, const struct wire_id *id, uint64_t revision,
	struct bytes attributes) MUST_CHECK;
void index_remove(struct index *ix, const struct wire_id *id, uint64_t revision);
/* Everything up to here is known: what is dead since can be forgotten. */
void index_settle(struct index *ix, uint64_t revision);
/* A list of everything begins to come in; its end says index_sweep() with this. */
uint32_t index_round(struct index *ix) MUST_CHECK;
/* What it had not, although it is older, has gone while nobody told. private: such
 * objects too. */
void index_sweep(struct index *ix, uint32_t round, uint64_t revision, bool private);
/* The last user has logged out. Were there any? */
bool index_drop_private(struct index *ix);
/* Values of secret keys go back to the vault. Were there any? */
bool index_drop_values(struct index *ix);
struct index_object *index_get(struct index *ix, const struct wire_id *id);

/* Calls emit for what matches and is not private (unless role is ROLE_USER),
 * in order, from cursor on, until emit returns false: that one comes first next
 * time. The cursor to go on with, 0 at the end. */
typedef bool index_emit(void *arg, const struct index_object *o);
uint64_t index_find(struct index *ix, struct bytes template, enum object_role role,
	uint64_t cursor, index_emit *emit, void *arg) MUST_CHECK;
