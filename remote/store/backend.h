/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between storage.h and a kind of database. A backend gives a table of
 * functions and embeds struct storage and struct storage_tx at the start of
 * its own; queueing of writers, group commit and counting of changes are done
 * once, above it (writers.c).
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "remote/store/storage.h"

struct storage_tx {
	const struct storage_ops *ops;
	bool changed; /* an object or a token, by the function that runs */
	/* The database gave the whole transaction up: whatever is still tried in
	 * it gets this error. */
	int broken;
};

/* Who wants to write, in order of arrival. */
struct writers {
	pthread_mutex_t lock;
	struct writer *first;
	struct writer **last;
	bool leading; /* a thread is at work for all of them */
};

struct storage {
	const struct storage_ops *ops;
	struct writers writers;
	_Atomic uint64_t changes;
	_Atomic uint64_t commits; /* write transactions committed */
};

struct storage_ops {
	const char *scheme; /* of URLs, with its colon */
	/* where: the URL behind the scheme. Errors as in storage_open(). */
	int (*open)(const char *where, struct storage **ret, char *err, size_t err_len);
	/* As storage_look(). */
	int (*look)(const char *where, struct storage **ret, char *err, size_t err_len);
	void (*close)(struct storage *st);

	/* From any thread. */
	int (*read_begin)(struct storage *st, struct storage_tx **ret);
	void (*read_end)(struct storage *st, struct storage_tx *tx);

	/* One write transaction at a time, from one thread at a time. Within it,
	 * pairs of mark and keep or undo. commit ends it whatever happens. */
	int (*write_begin)(struct storage *st, struct storage_tx **ret);
	int (*mark)(struct storage_tx *tx);
	int (*keep)(struct storage_tx *tx);
	int (*undo)(struct storage_tx *tx);
	int (*commit)(struct storage *st, struct storage_tx *tx);
	void (*abandon)(struct storage *st, struct storage_tx *tx);

	int (*token_get)(
		struct storage_tx *tx, const struct id *id, struct token_row *ret);
	int (*token_each)(struct storage_tx *tx,
		int (*each)(void *arg, const struct token_row *row), void *arg);
	int (*token_insert)(struct storage_tx *tx, struct token_row *row);
	int (*token_update)(struct storage_tx *tx, const struct token_row *row);
	int (*token_delete)(struct storage_tx *tx, const struct id *id);
	int (*token_next_revision)(
		struct storage_tx *tx, const struct id *id, uint64_t *ret);

	int (*object_get)(struct storage_tx *tx, const struct id *token,
		const struct id *id, struct object_row *ret);
	int (*object_put)(struct storage_tx *tx, const struct id *token,
		const struct object_row *row);
	int (*object_delete)(struct storage_tx *tx, const struct id *token,
		const struct id *id, uint64_t revision);
	int (*object_delete_all)(struct storage_tx *tx, const struct id *token);
	uint64_t (*object_count)(struct storage_tx *tx, const struct id *token);
	int (*object_horizon)(
		struct storage_tx *tx, const struct id *token, uint64_t *ret);
	int (*object_each_since)(struct storage_tx *tx, const struct id *token,
		uint64_t revision, bool with_private, unsigned limit,
		int (*each)(void *arg, const struct object_row *row, bool deleted),
		void *arg);

	int (*ticket_put)(struct storage_tx *tx, const struct ticket_row *row);
	int (*ticket_get)(
		struct storage_tx *tx, const uint8_t hash[32], struct ticket_row *ret);
	int (*ticket_delete)(struct storage_tx *tx, const uint8_t hash[32]);
	int (*ticket_delete_all)(
		struct storage_tx *tx, const struct id *token, uint8_t role);
	int (*ticket_delete_others)(struct storage_tx *tx, const struct id *token,
		uint8_t role, const uint8_t host[32]);

	int (*request_get)(
		struct storage_tx *tx, const struct id *id, struct request_row *ret);
	int (*request_put)(struct storage_tx *tx, const struct id *token,
		const struct request_row *row);
	int (*expire)(struct storage_tx *tx, uint64_t now_ms, uint64_t requests_before_ms,
		bool *ret_more);

	int (*meta_get)(struct storage_tx *tx, const char *name, struct bytes *ret);
	int (*meta_put)(struct storage_tx *tx, const char *name, struct bytes value);
};

/* The kinds of database there are. */
extern const struct storage_ops sqlite_storage;

/* For a backend's open() and close(): the parts above it. 0 or -errno. */
int storage_init(struct storage *st, const struct storage_ops *ops) MUST_CHECK;
void storage_fini(struct storage *st);
