/* SPDX-License-Identifier: Apache-2.0 */
/* A file of its own for a test, removed with temp_file_remove(). */
#pragma once

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct temp_file {
	char path[64];
};

static inline struct temp_file
temp_file_new(const void *content, size_t n)
{
	struct temp_file f = { "/tmp/test-common-XXXXXX" };
	int fd = mkostemp(f.path, O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, n), (ssize_t)n);
	ck_assert_int_eq(close(fd), 0);
	return f;
}

/* The content, NUL-terminated, in ret. */
static inline void
temp_file_read(const struct temp_file *f, char *ret, size_t size)
{
	int fd = open(f->path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	n = read(fd, ret, size - 1);
	ck_assert_int_ge(n, 0);
	ret[n] = '\0';
	(void)close(fd);
}

static inline void
temp_file_remove(struct temp_file *f)
{
	ck_assert_int_eq(unlink(f->path), 0);
}
