/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to the SQLite backend: connections, queries, and its row functions. */
#pragma once

#include <sqlite3.h>

#include "remote/store/backend.h"

/* Every statement there is; each connection keeps those it used prepared. */
enum statement {
	S_BEGIN_READ,
	S_BEGIN_WRITE,
	S_MARK,
	S_KEEP,
	S_UNDO,
	S_COMMIT,
	S_TOKEN_GET,
	S_TOKEN_EACH,
	S_TOKEN_INSERT,
	S_TOKEN_UPDATE,
	S_TOKEN_DELETE,
	S_TOKEN_REVISION,
	S_OBJECT_GET,
	S_OBJECT_PUT,
	S_OBJECT_DELETE,
	S_OBJECT_DELETE_ALL,
	S_OBJECT_COUNT_ZERO,
	S_OBJECT_PAIR,
	S_PAIR_MISPLACED,
	S_TOKEN_MISPLACED,
	S_OBJECT_COUNT,
	S_OBJECT_HORIZON,
	S_OBJECT_SINCE,
	S_TICKET_PUT,
	S_TICKET_GET,
	S_TICKET_DELETE,
	S_TICKET_DELETE_ALL,
	S_TICKET_DELETE_OTHERS,
	S_REQUEST_GET,
	S_REQUEST_PUT,
	S_EXPIRE_REQUESTS,
	S_EXPIRE_TICKETS,
	S_EXPIRE_HORIZON,
	S_EXPIRE_TOMBSTONES,
	S_META_GET,
	S_META_PUT,
	S_COUNT,
};

/* A statement in use. */
struct row_source {
	enum statement which;
	sqlite3_stmt *stmt;
};

/* A connection, and the transaction on it: used by one thread at a time. */
struct conn {
	struct storage_tx tx; /* first */
	sqlite3 *db;
	struct conn *next;      /* in the pool of readers */
	struct row_source held; /* the row that the last call gave out */
	sqlite3_stmt *stmts[S_COUNT];
};

static inline struct conn *
conn_of(struct storage_tx *tx)
{
	return (struct conn *)tx;
}

/* The errno for what an operation on db just answered. */
int sqlite_errno(sqlite3 *db, int rc) MUST_CHECK;
/* One statement without parameters or rows. */
int conn_run(struct conn *c, enum statement which) MUST_CHECK;
/* Gives up the row that the last call gave out. */
void conn_release(struct conn *c);
void conn_finalize(struct conn *c);

/*
 * One run of a statement. Binds go in order of the parameters and fail into r;
 * ranges must live until the end. What the caller passes may be of the row that
 * the call before gave out, so that one is only released after the first step.
 */
struct query {
	struct conn *c;
	struct row_source from, before;
	int bound;
	int r;
};

struct query query_new(struct storage_tx *tx, enum statement which);
void query_bytes(struct query *q, struct bytes v);
void query_id(struct query *q, const struct id *id);
void query_u64(struct query *q, uint64_t v);
/* For numbers that are compared: what does not fit is as good as never. */
void query_ordered(struct query *q, uint64_t v);
void query_text(struct query *q, const char *text);
void query_null(struct query *q);
/* 1: there is a row, 0: no more, or -errno. */
int query_step(struct query *q) MUST_CHECK;
/* Ends the query. r: what its user came to; returned, unless it was good and
 * the query was not. */
int query_end(struct query *q, int r) MUST_CHECK;
/* Steps to the end and ends. */
int query_run(struct query *q) MUST_CHECK;
/* The same; -ENOENT when no row was changed. */
int query_change(struct query *q) MUST_CHECK;
/* Steps once: 0 with a row, which stays until the next call, -ENOENT or -errno
 * with the query ended. */
int query_one(struct query *q) MUST_CHECK;

/* Columns of the row that a query is at. */
struct bytes column_bytes(const struct query *q, int i);
uint64_t column_u64(const struct query *q, int i);
/* Exactly n bytes; false when the database has something else there. */
bool column_copy(const struct query *q, int i, void *to, size_t n) MUST_CHECK;

int sqlite_token_get(struct storage_tx *tx, const struct id *id, struct token_row *ret);
int sqlite_token_each(struct storage_tx *tx,
	int (*each)(void *arg, const struct token_row *row), void *arg);
int sqlite_token_insert(struct storage_tx *tx, struct token_row *row);
int sqlite_token_update(struct storage_tx *tx, const struct token_row *row);
int sqlite_token_delete(struct storage_tx *tx, const struct id *id);
int sqlite_token_next_revision(struct storage_tx *tx, const struct id *id, uint64_t *ret);

int sqlite_object_get(struct storage_tx *tx, const struct id *token, const struct id *id,
	struct object_row *ret);
int sqlite_object_put(
	struct storage_tx *tx, const struct id *token, const struct object_row *row);
int sqlite_object_delete(struct storage_tx *tx, const struct id *token,
	const struct id *id, uint64_t revision);
int sqlite_object_delete_all(struct storage_tx *tx, const struct id *token);
uint64_t sqlite_object_count(struct storage_tx *tx, const struct id *token);
int sqlite_object_horizon(struct storage_tx *tx, const struct id *token, uint64_t *ret);
int sqlite_object_each_since(struct storage_tx *tx, const struct id *token,
	uint64_t revision, bool with_private, unsigned limit,
	int (*each)(void *arg, const struct object_row *row, bool deleted), void *arg);

int sqlite_ticket_put(struct storage_tx *tx, const struct ticket_row *row);
int sqlite_ticket_get(
	struct storage_tx *tx, const uint8_t hash[32], struct ticket_row *ret);
int sqlite_ticket_delete(struct storage_tx *tx, const uint8_t hash[32]);
int sqlite_ticket_delete_all(struct storage_tx *tx, const struct id *token, uint8_t role);
int sqlite_ticket_delete_others(struct storage_tx *tx, const struct id *token,
	uint8_t role, const uint8_t host[32]);
int sqlite_request_get(
	struct storage_tx *tx, const struct id *id, struct request_row *ret);
int sqlite_request_put(
	struct storage_tx *tx, const struct id *token, const struct request_row *row);
/* Of each kind, at a time. */
#define EXPIRE_ROWS 5000
int sqlite_expire(struct storage_tx *tx, uint64_t now_ms, uint64_t requests_before_ms,
	bool *ret_more);
int sqlite_meta_get(struct storage_tx *tx, const char *name, struct bytes *ret);
int sqlite_meta_put(struct storage_tx *tx, const char *name, struct bytes value);
