/* SPDX-License-Identifier: Apache-2.0 */
/* The input as a file, for what reads by name. */
#pragma once

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

struct fuzz_file {
	int fd;
	char path[32];
};

static inline void
fuzz_file_open(struct fuzz_file *f, struct bytes content)
{
	f->fd = memfd_create("fuzz", 0);
	FUZZ_CHECK(f->fd >= 0 && fchmod(f->fd, 0600) == 0);
	FUZZ_CHECK(content.n == 0 ||
		   write(f->fd, content.p, content.n) == (ssize_t)content.n);
	(void)snprintf(f->path, sizeof f->path, "/proc/self/fd/%d", f->fd);
}

static inline void
fuzz_file_close(struct fuzz_file *f)
{
	(void)close(f->fd);
}
