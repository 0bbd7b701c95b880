/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder with small files in it. */
#pragma once

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static inline void
folder_make(void)
{
	(void)strcpy(folder, "/tmp/keyringd-test.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline int
folder_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline void
folder_remove(void)
{
	(void)nftw(folder, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Its path, good until the next call but two. */
static inline const char *
folder_path(const char *name)
{
	static char paths[3][128];
	static unsigned at;
	char *path = paths[at++ % 3];

	(void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static inline const char *
folder_file(const char *name, const char *text, mode_t mode)
{
	const char *path = folder_path(name);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}
