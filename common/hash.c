/* SPDX-License-Identifier: Apache-2.0 */
#include "common/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define SLOTS_MIN ((size_t)16)
/* Old slots emptied by each insert or removal: enough that a resize is over
 * before the next one can fall due. Those of a shrinking table are mostly
 * empty already. */
#define STEP_GROWING 8
#define STEP_SHRINKING 32

/* ---- SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF") */

static inline uint64_t
rotl(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] = rotl(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] = rotl(v[2], 32);
}

uint64_t
siphash13(const uint64_t key[2], struct bytes data)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573 };
	const uint8_t *p = data.p;
	size_t left = data.n;
	uint64_t m;

	for (; left >= 8; left -= 8, p += 8) {
		m = load_le64(p);
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	m = (uint64_t)data.n << 56;
	for (size_t i = 0; i < left; i++)
		m |= (uint64_t)p[i] << (8 * i);
	v[3] ^= m;
	sip_round(v);
	v[0] ^= m;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- slots */

static bool
slots_new(size_t n, struct hash_slots *ret)
{
	struct hash_node **heads = calloc(n, sizeof(struct hash_node *));

	if (heads == NULL)
		return false;
	*ret = (struct hash_slots){ heads, n - 1 };
	return true;
}

static void
node_link(struct hash_node **at, struct hash_node *node)
{
	node->next = *at;
	node->at = at;
	if (node->next != NULL)
		node->next->at = &node->next;
	*at = node;
}

/* Where nodes of this hash are: still in the old slots, or in the new. */
static struct hash_node **
head_of(const struct hash *h, uint64_t hash)
{
	size_t was = hash & h->old.mask;

	if (h->old.heads != NULL && was >= h->moved)
		return &h->old.heads[was];
	return &h->now.heads[hash & h->now.mask];
}

static void
resize_start(struct hash *h)
{
	size_t n = h->now.mask + 1;
	struct hash_slots slots;

	if (h->old.heads != NULL)
		return;
	if (h->count > n && n <= SIZE_MAX / 4)
		n *= 2;
	else if (n > SLOTS_MIN && h->count < n / 8)
		n /= 4;
	else
		return;
	if (n < SLOTS_MIN)
		n = SLOTS_MIN;
	if (!slots_new(n, &slots))
		return;
	h->old = h->now;
	h->now = slots;
	h->moved = 0;
}

static void
resize_step(struct hash *h)
{
	int steps;

	if (h->walking != 0)
		return;
	resize_start(h);
	if (h->old.heads == NULL)
		return;
	steps = h->now.mask < h->old.mask ? STEP_SHRINKING : STEP_GROWING;
	for (; steps != 0 && h->moved <= h->old.mask; steps--) {
		struct hash_node *node = h->old.heads[h->moved], *next;

		h->old.heads[h->moved++] = NULL;
		for (; node != NULL; node = next) {
			next = node->next;
			node_link(&h->now.heads[node->hash & h->now.mask], node);
		}
	}
	if (h->moved > h->old.mask) {
		free(h->old.heads);
		h->old = (struct hash_slots){ 0 };
		h->moved = 0;
	}
}

/* ---- table */

int
hash_init(struct hash *h)
{
	struct hash made = { 0 };

	if (getrandom(made.key, sizeof made.key, 0) != (ssize_t)sizeof made.key)
		return errno != 0 ? -errno : -EIO;
	if (!slots_new(SLOTS_MIN, &made.now))
		return -ENOMEM;
	*h = made;
	return 0;
}

void
hash_free(struct hash *h)
{
	free(h->now.heads);
	free(h->old.heads);
	*h = (struct hash){ 0 };
}

void
hash_insert(struct hash *h, struct bytes key, struct hash_node *node)
{
	resize_step(h);
	node->hash = siphash13(h->key, key);
	node_link(head_of(h, node->hash), node);
	h->count++;
}

static struct hash_node *
chain_find(struct hash_node *node, uint64_t hash, struct bytes key, hash_match *match)
{
	for (; node != NULL; node = node->next)
		if (node->hash == hash && match(node, key))
			return node;
	return NULL;
}

struct hash_node *
hash_find(const struct hash *h, struct bytes key, hash_match *match)
{
	uint64_t hash;

	if (h->count == 0)
		return NULL;
	hash = siphash13(h->key, key);
	return chain_find(*head_of(h, hash), hash, key, match);
}

struct hash_node *
hash_find_next(const struct hash_node *node, struct bytes key, hash_match *match)
{
	return chain_find(node->next, node->hash, key, match);
}

void
hash_remove(struct hash *h, struct hash_node *node)
{
	*node->at = node->next;
	if (node->next != NULL)
		node->next->at = node->at;
	node->next = NULL;
	node->at = NULL;
	h->count--;
	resize_step(h);
}

static bool
slots_each(const struct hash_slots *s, bool (*fn)(struct hash_node *, void *), void *arg)
{
	if (s->heads == NULL)
		return true;
	for (size_t i = 0; i <= s->mask; i++) {
		struct hash_node *node = s->heads[i], *next;

		for (; node != NULL; node = next) {
			next = node->next;
			if (!fn(node, arg))
				return false;
		}
	}
	return true;
}

void
hash_each(struct hash *h, bool (*fn)(struct hash_node *node, void *arg), void *arg)
{
	h->walking++;
	if (slots_each(&h->old, fn, arg))
		(void)slots_each(&h->now, fn, arg);
	h->walking--;
}
