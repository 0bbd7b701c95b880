/* SPDX-License-Identifier: Apache-2.0 */
/* Sees every block at the moment free() gets it (link with --wrap=free). */
#pragma once

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define MARKER "MARKER-of-a-secret"

void __real_free(void *p);
void __wrap_free(void *p);

static unsigned frees, frees_with_marker;

void
__wrap_free(void *p)
{
	if (p != NULL) {
		frees++;
		if (memmem(p, malloc_usable_size(p), MARKER, strlen(MARKER)) != NULL)
			frees_with_marker++;
	}
	__real_free(p);
}

static inline void
watch_free_start(void)
{
	frees = 0;
	frees_with_marker = 0;
}
