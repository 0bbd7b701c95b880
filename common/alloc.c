/* SPDX-License-Identifier: Apache-2.0 */
#include "common/alloc.h"

#include <malloc.h>
#include <stdlib.h>

#include "common/bytes.h"

/*
 * The block's true size is asked of the allocator instead of being kept in a
 * header of ours, so that a pointer that a library hands on stays one that
 * free(3) takes.
 */

void *
wiping_malloc(size_t n)
{
	return malloc(n);
}

void *
wiping_calloc(size_t count, size_t n)
{
	return calloc(count, n);
}

void
wiping_free(void *p)
{
	if (p == NULL)
		return;
	wipe(p, malloc_usable_size(p));
	free(p);
}

void *
wiping_realloc(void *p, size_t n)
{
	size_t had;
	void *q;

	if (p == NULL)
		return malloc(n);
	if (n == 0) {
		wiping_free(p);
		return NULL;
	}
	had = malloc_usable_size(p);
	/* worth moving only when it grows, or gives back more than half */
	if (n <= had && n >= had / 2)
		return p;
	q = malloc(n);
	if (q == NULL)
		return NULL;
	memcpy(q, p, n < had ? n : had);
	wiping_free(p);
	return q;
}
