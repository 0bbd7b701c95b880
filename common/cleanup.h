/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scope-bound cleanup. CLEANUP(f) on a variable calls f(&variable) when it
 * goes out of scope; TAKE_PTR moves a pointer out so that nothing happens.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(f) __attribute__((cleanup(f)))

#define TAKE_PTR(ptr)                               \
	__extension__({                             \
		__typeof__(ptr) *take_p_ = &(ptr);  \
		__typeof__(ptr) take_v_ = *take_p_; \
		*take_p_ = NULL;                    \
		take_v_;                            \
	})

#define TAKE_FD(fd)                     \
	__extension__({                 \
		int *take_p_ = &(fd);   \
		int take_v_ = *take_p_; \
		*take_p_ = -1;          \
		take_v_;                \
	})

static inline void
cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void
cleanup_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}
