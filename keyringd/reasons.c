/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/reasons.h"

/* FNV-1a, over both with their ends. */
static uint64_t
hash_of(const char *endpoint, const char *why)
{
	const char *const texts[] = { endpoint, why };
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		for (size_t k = 0; k <= strlen(texts[i]); k++)
			hash = (hash ^ (uint8_t)texts[i][k]) * 1099511628211u;
	return hash;
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
