/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a folder of its own, and rows to put there. */
#pragma once

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "remote/store/storage.h"

struct fixture {
	char folder[64];
	char path[96];
	char url[128];
	struct storage *st;
};

static inline void
fixture_open(struct fixture *f)
{
	char err[512] = "";
	int r = storage_open(f->url, &f->st, err, sizeof err);

	ck_assert_msg(r == 0, "%s", err);
}

static inline void
fixture_in(struct fixture *f, const char *folder)
{
	(void)snprintf(f->folder, sizeof f->folder, "%s", folder);
	(void)snprintf(f->path, sizeof f->path, "%s/keystore.db", folder);
	(void)snprintf(f->url, sizeof f->url, "sqlite:%s", f->path);
	f->st = NULL;
}

static inline void
fixture_folder(struct fixture *f)
{
	char folder[] = "/tmp/test-storage-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(folder));
	fixture_in(f, folder);
}

static inline void
fixture_new(struct fixture *f)
{
	fixture_folder(f);
	fixture_open(f);
}

static inline int
fixture_remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	return remove(path);
}

static inline void
fixture_free(struct fixture *f)
{
	storage_close(&f->st);
	(void)nftw(f->folder, fixture_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The n-th id. */
static inline struct id
id_n(unsigned n)
{
	struct id id = { { 0 } };

	store_le32(id.b, n + 1);
	return id;
}

static inline struct token_row
token_n(unsigned n)
{
	return (struct token_row){
		.id = id_n(n),
		.label = BYTES_STR("a token"),
		.initialized = true,
		.epoch = 1,
		.public_space = id_n(n + 1000),
		.private_space = id_n(n + 2000),
		.so = { .set = true,
			.salt = "0123456789abcde",
			.log_n = 15,
			.r = 8,
			.p = 1,
			.verifier = BYTES_STR("sealed verifier") },
		.wrapped_key = BYTES_STR("wrapped key"),
		.master_generation = 1,
		.hosts = BYTES("a\0b", 3),
	};
}

static inline int
token_put_tx(struct storage_tx *tx, void *arg)
{
	struct token_row row = token_n(*(unsigned *)arg);

	return token_insert(tx, &row);
}

static inline void
fixture_token(struct fixture *f, unsigned n)
{
	ck_assert_int_eq(storage_write(f->st, token_put_tx, &n), 0);
}

/* Puts object n into token 0, at the token's next revision. */
static inline int
object_add(struct storage_tx *tx, unsigned n, struct bytes attributes)
{
	const struct id token = id_n(0);
	struct object_row row = { .id = id_n(n), .attributes = attributes };
	int r = token_next_revision(tx, &token, &row.revision);

	return r == 0 ? object_put(tx, &token, &row) : r;
}

static inline int
object_add_tx(struct storage_tx *tx, void *arg)
{
	return object_add(tx, *(unsigned *)arg, BYTES_STR("attributes"));
}

static inline int
object_has_tx(struct storage_tx *tx, void *arg)
{
	const struct id token = id_n(0), id = id_n(*(unsigned *)arg);
	struct object_row row;

	return object_get(tx, &token, &id, &row);
}

static inline int
object_count_tx(struct storage_tx *tx, void *arg)
{
	const struct id token = id_n(0);

	*(uint64_t *)arg = object_count(tx, &token);
	return 0;
}

static inline uint64_t
fixture_objects(struct fixture *f)
{
	uint64_t n = 0;

	ck_assert_int_eq(storage_read(f->st, object_count_tx, &n), 0);
	return n;
}
