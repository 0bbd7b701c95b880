/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intrusive hash table, keyed by bytes that may come from an attacker:
 * SipHash-1-3 under a random key of its own. A node lives inside the caller's
 * object (one node for each table the object is in) and is never owned or
 * moved by the table. Growing and shrinking are spread over later inserts
 * and removals, so that no single call takes long. Not locked.
 *
 * Equal keys are allowed; they share a chain. Inserting, removing and finding the
 * next one cost the same however many they are.
 */
#pragma once

#include "common/bytes.h"

struct hash_node {
	struct hash_node *next;
	struct hash_node **at; /* what points to it */
	uint64_t hash;
};

struct hash_slots {
	struct hash_node **heads;
	size_t mask; /* number of heads, a power of two, less one */
};

struct hash {
	struct hash_slots now;
	struct hash_slots old; /* being emptied into now; heads NULL otherwise */
	size_t moved;          /* slots of old that are empty for good */
	size_t count;
	unsigned walking; /* hash_each() calls under way: nothing may move */
	uint64_t key[2];
};

/* Does the object around node have this key? */
typedef bool hash_match(const struct hash_node *node, struct bytes key);

/* 0 or -errno. */
int hash_init(struct hash *h) MUST_CHECK;
/* The table's own memory only. Harmless on a zeroed or freed one. */
void hash_free(struct hash *h);
/* Never fails: without memory for growth chains just get longer. */
void hash_insert(struct hash *h, struct bytes key, struct hash_node *node);
/* NULL when there is none; of equal keys any. */
struct hash_node *hash_find(const struct hash *h, struct bytes key, hash_match *match);
/* The next node with the key of node, found by hash_find() or this. The
 * table must not have changed in between. */
struct hash_node *hash_find_next(
	const struct hash_node *node, struct bytes key, hash_match *match);
/* The node must be in this table. */
void hash_remove(struct hash *h, struct hash_node *node);
/* Calls fn for every node until it returns false. fn may remove (and free)
 * the node it was given, nothing else, and may insert: whether it then sees
 * the new node is open. */
void hash_each(struct hash *h, bool (*fn)(struct hash_node *node, void *arg), void *arg);

static inline size_t
hash_count(const struct hash *h)
{
	return h->count;
}

/* SipHash-1-3 itself, for who keeps the key elsewhere. */
uint64_t siphash13(const uint64_t key[2], struct bytes data);

/* The object around a node: HASH_OBJECT(node, struct session, by_handle). */
#define HASH_OBJECT(node, type, member) \
	((type *)(void *)((uint8_t *)(uintptr_t)(node)-offsetof(type, member)))
