/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/reasons.h"

#include "common/hash.h"

/* Of both, and of where the one ends. */
static uint64_t
hash_of(const char *endpoint, const char *why)
{
	static const uint64_t fixed[2];
	const uint64_t key[2] = { siphash13(fixed, BYTES_STR(endpoint)) };

	return siphash13(key, BYTES_STR(why));
}

bool
reasons_add(struct reasons *r, const char *endpoint, const char *why)
{
	const uint64_t hash = hash_of(endpoint, why);

	for (unsigned i = 0; i < r->n && i < REASONS_KEPT; i++)
		if (r->hash[i] == hash)
			return false;
	r->hash[r->n++ % REASONS_KEPT] = hash;
	return true;
}
