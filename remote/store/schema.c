/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/store/schema.h"

#include <errno.h>
#include <stdio.h>

#include "remote/store/sqlite.h"

/* "KtDB", in the file's header: what file(1) and we know the file by. */
#define APPLICATION 0x4b744442

/*
 * Objects, tickets and requests name their token by its number, which is never
 * used again. A deleted object's row stays as a tombstone, deleted_ms set and
 * the rest emptied, until those who follow the token have had time to see it;
 * horizon is then the token's youngest revision forgotten that way. tokens.objects
 * is kept by the triggers (and object_delete_all), so that counting costs nothing.
 */
static const char *const migrations[] = {
	/* 1 */
	"CREATE TABLE tokens ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),"
	" label BLOB NOT NULL,"
	" initialized INTEGER NOT NULL,"
	" epoch INTEGER NOT NULL,"
	" revision INTEGER NOT NULL,"
	" public_space BLOB NOT NULL,"
	" private_space BLOB NOT NULL,"
	" so_set INTEGER NOT NULL, so_failures INTEGER NOT NULL,"
	" so_salt BLOB NOT NULL, so_log_n INTEGER NOT NULL, so_r INTEGER NOT NULL,"
	" so_p INTEGER NOT NULL, so_verifier BLOB NOT NULL,"
	" user_set INTEGER NOT NULL, user_failures INTEGER NOT NULL,"
	" user_salt BLOB NOT NULL, user_log_n INTEGER NOT NULL, user_r INTEGER NOT NULL,"
	" user_p INTEGER NOT NULL, user_verifier BLOB NOT NULL,"
	" wrapped_key BLOB NOT NULL,"
	" master_generation INTEGER NOT NULL,"
	" hosts BLOB NOT NULL,"
	" objects INTEGER NOT NULL DEFAULT 0,"
	" horizon INTEGER NOT NULL DEFAULT 0);"

	"CREATE TABLE objects ("
	" number INTEGER PRIMARY KEY,"
	" token INTEGER NOT NULL REFERENCES tokens (number) ON DELETE CASCADE,"
	" id BLOB NOT NULL CHECK (length(id) = 16),"
	" revision INTEGER NOT NULL,"
	" private INTEGER NOT NULL,"
	" deleted_ms INTEGER,"
	" attributes BLOB NOT NULL,"
	" sealed BLOB NOT NULL,"
	" UNIQUE (token, id));"
	"CREATE UNIQUE INDEX objects_by_revision ON objects (token, revision);"
	"CREATE INDEX objects_deleted ON objects (deleted_ms)"
	" WHERE deleted_ms IS NOT NULL;"

	"CREATE TRIGGER objects_added AFTER INSERT ON objects"
	" WHEN NEW.deleted_ms IS NULL BEGIN"
	" UPDATE tokens SET objects = objects + 1 WHERE number = NEW.token; END;"
	"CREATE TRIGGER objects_removed AFTER UPDATE OF deleted_ms ON objects"
	" WHEN (OLD.deleted_ms IS NULL) <> (NEW.deleted_ms IS NULL) BEGIN"
	" UPDATE tokens SET objects = objects"
	" + (NEW.deleted_ms IS NULL) - (OLD.deleted_ms IS NULL)"
	" WHERE number = NEW.token; END;"

	"CREATE TABLE tickets ("
	" hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),"
	" token INTEGER NOT NULL REFERENCES tokens (number) ON DELETE CASCADE,"
	" epoch INTEGER NOT NULL,"
	" role INTEGER NOT NULL,"
	" host BLOB NOT NULL,"
	" expires_ms INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX tickets_by_token ON tickets (token, role);"
	"CREATE INDEX tickets_by_expiry ON tickets (expires_ms);"

	/* No index by token: one more to write for every change, and deleting a
	 * token may take a moment. */
	"CREATE TABLE requests ("
	" id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),"
	" token INTEGER REFERENCES tokens (number) ON DELETE CASCADE,"
	" digest BLOB NOT NULL,"
	" time_ms INTEGER NOT NULL,"
	" revision INTEGER NOT NULL,"
	" object1 BLOB NOT NULL, object2 BLOB NOT NULL,"
	" ckr INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX requests_by_time ON requests (time_ms);"

	"CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL)"
	" WITHOUT ROWID;",

	/* 2: the tables are the same, but the values of private data objects are among what
	 * is sealed. Those of the first version, which was never released, are refused. */
	"",

	/* 3: what belongs to key pairs. Of what was there before nobody can say how it is
	 * placed. */
	"ALTER TABLE tokens ADD COLUMN misplaced INTEGER NOT NULL DEFAULT 0;"
	"UPDATE tokens SET misplaced = 1 WHERE objects > 0;"
	"ALTER TABLE objects ADD COLUMN part INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE objects ADD COLUMN pair BLOB;"
	"ALTER TABLE objects ADD COLUMN name BLOB NOT NULL DEFAULT x'';"
	"CREATE INDEX objects_by_pair ON objects (token, pair) WHERE pair IS NOT NULL;",
};

static int
number_get(sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	return rc;
}

int
schema_check(sqlite3 *db, const char *path, char *err, size_t err_len)
{
	int64_t application = 0, version = 0, tables = 0;
	int rc = number_get(db, "PRAGMA application_id", &application);

	if (rc == SQLITE_ROW)
		rc = number_get(db, "PRAGMA user_version", &version);
	if (rc == SQLITE_ROW)
		rc = number_get(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (rc == SQLITE_NOTADB) {
		(void)snprintf(err, err_len,
			"%s: not a database of keystored's, but some other kind of file",
			path);
		return -EINVAL;
	}
	if (rc != SQLITE_ROW) {
		(void)snprintf(
			err, err_len, "%s: cannot be read: %s", path, sqlite3_errmsg(db));
		return sqlite_errno(db, rc);
	}
	if (application == 0 && version == 0 && tables == 0)
		return 0;
	if (application != APPLICATION) {
		(void)snprintf(err, err_len,
			"%s: not a database of keystored's: another program made it",
			path);
		return -EINVAL;
	}
	if (version > (int64_t)ARRAY_LEN(migrations)) {
		(void)snprintf(err, err_len,
			"%s: made by a newer keystored (schema %lld, this one knows up "
			"to "
			"%zu); "
			"use that version",
			path, (long long)version, ARRAY_LEN(migrations));
		return -EINVAL;
	}
	return 0;
}

bool
schema_is_current(sqlite3 *db)
{
	int64_t version = 0;

	return number_get(db, "PRAGMA user_version", &version) == SQLITE_ROW &&
	       version == (int64_t)ARRAY_LEN(migrations);
}

static int
migrate_to(sqlite3 *db, size_t version)
{
	char mark[80];
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	(void)snprintf(mark, sizeof mark,
		"PRAGMA application_id = %d; PRAGMA user_version = %zu", APPLICATION,
		version);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, migrations[version - 1], NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, mark, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return rc;
}

int
schema_migrate(sqlite3 *db, const char *path, char *err, size_t err_len)
{
	int64_t version = 0;
	int rc = number_get(db, "PRAGMA user_version", &version);

	if (rc == SQLITE_ROW)
		rc = SQLITE_OK;
	while (rc == SQLITE_OK && version < (int64_t)ARRAY_LEN(migrations))
		rc = migrate_to(db, (size_t)++version);
	if (rc == SQLITE_OK)
		return 0;
	(void)snprintf(err, err_len, "%s: cannot be brought to schema %lld: %s", path,
		(long long)version, sqlite3_errmsg(db));
	/* before ROLLBACK, which forgets the reason */
	rc = sqlite_errno(db, rc);
	if (sqlite3_get_autocommit(db) == 0)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}
