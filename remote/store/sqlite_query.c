/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/store/sqlite.h"

#include <errno.h>

#define TOKEN_NUMBER "(SELECT number FROM tokens WHERE id = ?)"
#define TOKEN_COLUMNS                                                       \
	"label, initialized, epoch, revision, public_space, private_space," \
	" so_set, so_failures, so_salt, so_log_n, so_r, so_p, so_verifier," \
	" user_set, user_failures, user_salt, user_log_n, user_r, user_p,"  \
	" user_verifier, wrapped_key, master_generation, hosts"
#define TOKEN_VALUES "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
#define TOKEN_COUNTS "number, id, objects, misplaced, "
#define OBJECT_COLUMNS "id, revision, private, attributes, sealed"
#define PART_COLUMNS "part, pair, name"
#define TEXT(number) #number
#define TEXT_OF(number) TEXT(number)
#define EXPIRE_AT_ONCE TEXT_OF(EXPIRE_ROWS)
#define OVER_TOMBSTONES                                    \
	"(SELECT number FROM objects WHERE deleted_ms < ?" \
	" ORDER BY deleted_ms, number LIMIT " EXPIRE_AT_ONCE ")"

static const char *const texts[S_COUNT] = {
	[S_BEGIN_READ] = "BEGIN",
	[S_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[S_MARK] = "SAVEPOINT writer",
	[S_KEEP] = "RELEASE writer",
	[S_UNDO] = "ROLLBACK TO writer",
	[S_COMMIT] = "COMMIT",

	[S_TOKEN_GET] = "SELECT " TOKEN_COUNTS TOKEN_COLUMNS " FROM tokens WHERE id = ?",
	[S_TOKEN_EACH] =
		"SELECT " TOKEN_COUNTS TOKEN_COLUMNS " FROM tokens ORDER BY number",
	[S_TOKEN_INSERT] = "INSERT INTO tokens (" TOKEN_COLUMNS ", id)"
			   " VALUES (" TOKEN_VALUES ", ?) RETURNING number",
	[S_TOKEN_UPDATE] = "UPDATE tokens SET (" TOKEN_COLUMNS ") = (" TOKEN_VALUES ")"
			   " WHERE id = ?",
	[S_TOKEN_DELETE] = "DELETE FROM tokens WHERE id = ?",
	[S_TOKEN_REVISION] = "UPDATE tokens SET revision = revision + 1 WHERE id = ?"
			     " RETURNING revision",

	[S_OBJECT_GET] =
		"SELECT " OBJECT_COLUMNS " FROM objects WHERE token = " TOKEN_NUMBER
		" AND id = ? AND deleted_ms IS NULL",
	[S_OBJECT_PUT] =
		"INSERT INTO objects (token, " OBJECT_COLUMNS ", " PART_COLUMNS ")"
		" VALUES (" TOKEN_NUMBER ", ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (token, id) DO UPDATE SET revision = excluded.revision,"
		" private = excluded.private, deleted_ms = NULL,"
		" attributes = excluded.attributes, sealed = excluded.sealed,"
		" part = excluded.part, pair = excluded.pair, name = excluded.name",
	[S_OBJECT_DELETE] =
		"UPDATE objects SET revision = ?, deleted_ms = ?,"
		" attributes = x'', sealed = x'', part = 0, pair = NULL, name = x''"
		" WHERE token = " TOKEN_NUMBER " AND id = ? AND deleted_ms IS NULL",
	[S_OBJECT_DELETE_ALL] = "DELETE FROM objects WHERE token = " TOKEN_NUMBER,
	[S_OBJECT_COUNT_ZERO] =
		"UPDATE tokens SET objects = 0, misplaced = 0 WHERE id = ?",
	[S_OBJECT_PAIR] = "SELECT pair FROM objects WHERE token = " TOKEN_NUMBER
			  " AND id = ? AND pair IS NOT NULL",
	/* parts: enum pair_part */
	[S_PAIR_MISPLACED] =
		"SELECT count(*) FROM objects c WHERE c.token = " TOKEN_NUMBER
		" AND c.pair = ? AND (c.part = 4 OR c.part = 1 AND (c.private OR EXISTS"
		" (SELECT 1 FROM objects k WHERE k.token = c.token AND k.pair = c.pair"
		" AND k.part = 2 AND (k.name <> c.name OR k.private AND NOT EXISTS"
		" (SELECT 1 FROM objects p WHERE p.token = c.token AND p.pair = c.pair"
		" AND p.part = 3 AND p.name = c.name AND NOT p.private)))))",
	[S_TOKEN_MISPLACED] =
		"UPDATE tokens SET misplaced = misplaced + ? - ? WHERE id = ?",
	[S_OBJECT_COUNT] = "SELECT objects FROM tokens WHERE id = ?",
	[S_OBJECT_HORIZON] = "SELECT horizon FROM tokens WHERE id = ?",
	[S_OBJECT_SINCE] = "SELECT " OBJECT_COLUMNS ", deleted_ms IS NOT NULL"
			   " FROM objects WHERE token = " TOKEN_NUMBER " AND revision > ?"
			   " AND private <= ? ORDER BY revision LIMIT ?",

	[S_TICKET_PUT] =
		"INSERT INTO tickets (hash, token, epoch, role, host, expires_ms)"
		" VALUES (?, " TOKEN_NUMBER ", ?, ?, ?, ?)"
		" ON CONFLICT (hash) DO UPDATE SET token = excluded.token,"
		" epoch = excluded.epoch, role = excluded.role,"
		" host = excluded.host, expires_ms = excluded.expires_ms",
	[S_TICKET_GET] = "SELECT t.id, k.epoch, k.role, k.host, k.expires_ms"
			 " FROM tickets k JOIN tokens t ON t.number = k.token"
			 " WHERE k.hash = ?",
	[S_TICKET_DELETE] = "DELETE FROM tickets WHERE hash = ?",
	[S_TICKET_DELETE_ALL] = "DELETE FROM tickets WHERE token = " TOKEN_NUMBER
				" AND (?2 = 0 OR role = ?2)",
	[S_TICKET_DELETE_OTHERS] = "DELETE FROM tickets WHERE token = " TOKEN_NUMBER
				   " AND (?2 = 0 OR role = ?2) AND host <> ?3",

	[S_REQUEST_GET] = "SELECT digest, time_ms, revision, object1, object2, ckr"
			  " FROM requests WHERE id = ?",
	[S_REQUEST_PUT] = "INSERT INTO requests"
			  " (token, id, digest, time_ms, revision, object1, object2, ckr)"
			  " VALUES (" TOKEN_NUMBER ", ?, ?, ?, ?, ?, ?, ?)"
			  " ON CONFLICT (id) DO UPDATE SET token = excluded.token,"
			  " digest = excluded.digest, time_ms = excluded.time_ms,"
			  " revision = excluded.revision, object1 = excluded.object1,"
			  " object2 = excluded.object2, ckr = excluded.ckr",
	[S_EXPIRE_REQUESTS] =
		"DELETE FROM requests WHERE id IN (SELECT id FROM requests"
		" WHERE time_ms < ? ORDER BY time_ms LIMIT " EXPIRE_AT_ONCE ")",
	[S_EXPIRE_TICKETS] =
		"DELETE FROM tickets WHERE hash IN (SELECT hash FROM tickets"
		" WHERE expires_ms <= ? ORDER BY expires_ms LIMIT " EXPIRE_AT_ONCE ")",
	[S_EXPIRE_HORIZON] =
		"UPDATE tokens SET horizon = max(horizon, gone.revision) FROM"
		" (SELECT token, max(revision) AS revision FROM objects"
		" WHERE number IN " OVER_TOMBSTONES " GROUP BY token) AS gone"
		" WHERE tokens.number = gone.token",
	[S_EXPIRE_TOMBSTONES] = "DELETE FROM objects WHERE number IN " OVER_TOMBSTONES,

	[S_META_GET] = "SELECT value FROM meta WHERE name = ?",
	[S_META_PUT] = "INSERT INTO meta (name, value) VALUES (?, ?)"
		       " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
};

static const struct {
	int rc; /* primary or extended */
	int error;
} errors[] = {
	{ SQLITE_CONSTRAINT_NOTNULL, -ENOENT }, /* the token of a row */
	{ SQLITE_CONSTRAINT_FOREIGNKEY, -ENOENT },
	{ SQLITE_CONSTRAINT_CHECK, -EINVAL },
	{ SQLITE_IOERR_NOMEM, -ENOMEM },
	{ SQLITE_CONSTRAINT, -EEXIST },
	{ SQLITE_FULL, -ENOSPC },
	{ SQLITE_NOMEM, -ENOMEM },
	{ SQLITE_BUSY, -EBUSY },
	{ SQLITE_LOCKED, -EBUSY },
	{ SQLITE_READONLY, -EROFS },
	{ SQLITE_PERM, -EACCES },
	{ SQLITE_CANTOPEN, -EACCES },
	{ SQLITE_TOOBIG, -E2BIG },
};

/* A full disk reaches us in more ways than SQLITE_FULL: by quota, by the limit
 * of a file's size, or while the shared index grows. */
static bool
is_full(sqlite3 *db)
{
	int e = sqlite3_system_errno(db);

	return e == ENOSPC || e == EDQUOT || e == EFBIG;
}

int
sqlite_errno(sqlite3 *db, int rc)
{
	int extended = (rc & 0xff) == rc ? sqlite3_extended_errcode(db) : rc;

	if ((extended & 0xff) != (rc & 0xff))
		extended = rc;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].rc == extended || errors[i].rc == (extended & 0xff))
			return errors[i].error;
	if ((rc & 0xff) == SQLITE_IOERR && is_full(db))
		return -ENOSPC;
	return -EIO;
}

/* After an error: SQLite rolls the whole transaction back after some of them,
 * and what came next would commit on its own. */
static int
conn_failed(struct conn *c, int rc)
{
	int r = sqlite_errno(c->db, rc);

	if (sqlite3_get_autocommit(c->db) != 0 && c->tx.broken == 0)
		c->tx.broken = r;
	return r;
}

static int
source_open(struct conn *c, enum statement which, struct row_source *ret)
{
	sqlite3_stmt *s = c->stmts[which];
	int rc;

	ret->which = which;
	ret->stmt = s;
	if (s != NULL && sqlite3_stmt_busy(s) == 0)
		return 0;
	/* first use, or a use within one that is still going through its rows */
	rc = sqlite3_prepare_v3(c->db, texts[which], -1,
		s == NULL ? SQLITE_PREPARE_PERSISTENT : 0, &ret->stmt, NULL);
	if (rc != SQLITE_OK)
		return sqlite_errno(c->db, rc);
	if (s == NULL)
		c->stmts[which] = ret->stmt;
	return 0;
}

static void
source_close(struct conn *c, struct row_source *from)
{
	if (from->stmt != NULL && from->stmt != c->stmts[from->which])
		(void)sqlite3_finalize(from->stmt);
	else if (from->stmt != NULL) {
		/* what it returns is the error of its steps once more */
		(void)sqlite3_reset(from->stmt);
		(void)sqlite3_clear_bindings(from->stmt);
	}
	from->stmt = NULL;
}

void
conn_release(struct conn *c)
{
	source_close(c, &c->held);
}

void
conn_finalize(struct conn *c)
{
	conn_release(c);
	for (size_t i = 0; i < S_COUNT; i++) {
		(void)sqlite3_finalize(c->stmts[i]);
		c->stmts[i] = NULL;
	}
}

int
conn_run(struct conn *c, enum statement which)
{
	struct query q = query_new(&c->tx, which);

	return query_run(&q);
}

/* --- Queries --------------------------------------------------------------- */

struct query
query_new(struct storage_tx *tx, enum statement which)
{
	struct conn *c = conn_of(tx);
	struct query q = { .c = c, .before = c->held };

	c->held.stmt = NULL;
	q.r = source_open(c, which, &q.from);
	return q;
}

static void
query_bind(struct query *q, int rc)
{
	if (rc != SQLITE_OK && q->r == 0)
		q->r = sqlite_errno(q->c->db, rc);
}

void
query_bytes(struct query *q, struct bytes v)
{
	int at = ++q->bound;

	if (q->r != 0)
		return;
	/* a NULL pointer would be bound as NULL */
	if (v.n == 0)
		query_bind(q, sqlite3_bind_zeroblob(q->from.stmt, at, 0));
	else
		query_bind(q,
			sqlite3_bind_blob64(q->from.stmt, at, v.p, v.n, SQLITE_STATIC));
}

void
query_id(struct query *q, const struct id *id)
{
	query_bytes(q, BYTES_OF(id->b));
}

void
query_u64(struct query *q, uint64_t v)
{
	int at = ++q->bound;

	if (q->r == 0)
		query_bind(q, sqlite3_bind_int64(q->from.stmt, at, (sqlite3_int64)v));
}

void
query_ordered(struct query *q, uint64_t v)
{
	query_u64(q, v > INT64_MAX ? INT64_MAX : v);
}

void
query_text(struct query *q, const char *text)
{
	int at = ++q->bound;

	if (q->r == 0)
		query_bind(
			q, sqlite3_bind_text(q->from.stmt, at, text, -1, SQLITE_STATIC));
}

void
query_null(struct query *q)
{
	int at = ++q->bound;

	if (q->r == 0)
		query_bind(q, sqlite3_bind_null(q->from.stmt, at));
}

int
query_step(struct query *q)
{
	int rc;

	if (q->r != 0)
		return q->r;
	rc = sqlite3_step(q->from.stmt);
	source_close(q->c, &q->before);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		q->r = conn_failed(q->c, rc);
	return q->r;
}

int
query_end(struct query *q, int r)
{
	source_close(q->c, &q->before);
	source_close(q->c, &q->from);
	return r != 0 ? r : q->r;
}

int
query_run(struct query *q)
{
	int r;

	do
		r = query_step(q);
	while (r > 0);
	return query_end(q, r);
}

int
query_change(struct query *q)
{
	int r = query_run(q);

	return r == 0 && sqlite3_changes(q->c->db) == 0 ? -ENOENT : r;
}

int
query_one(struct query *q)
{
	int r = query_step(q);

	if (r == 0)
		r = -ENOENT;
	if (r < 0)
		return query_end(q, r);
	q->c->held = q->from;
	return 0;
}

struct bytes
column_bytes(const struct query *q, int i)
{
	/* in this order, says SQLite's manual */
	const void *p = sqlite3_column_blob(q->from.stmt, i);
	int n = sqlite3_column_bytes(q->from.stmt, i);

	return BYTES(p, n < 0 ? 0 : (size_t)n);
}

uint64_t
column_u64(const struct query *q, int i)
{
	return (uint64_t)sqlite3_column_int64(q->from.stmt, i);
}

bool
column_copy(const struct query *q, int i, void *to, size_t n)
{
	struct bytes b = column_bytes(q, i);

	if (b.n != n || b.p == NULL)
		return false;
	memcpy(to, b.p, n);
	return true;
}
