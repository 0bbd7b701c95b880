/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite backend: one connection that writes, a pool of those that read.
 * The file is ours alone for as long as it is open: a lock on a file beside it
 * keeps a second keystored out, while people may still read it with sqlite3(1).
 */
#include "remote/store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "remote/store/schema.h"

#define BUSY_MS 5000
/* Readers kept open; more are made when more threads read at the same time. */
#define IDLE_READERS 8u

/* synchronous FULL: with WAL, each commit is on disk before it returns. The
 * journal is cut back after a burst; freed pages are zeroed where that costs no
 * further write. */
#define WRITER_SETTINGS                                           \
	"PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL;"    \
	"PRAGMA synchronous = FULL; PRAGMA secure_delete = FAST;" \
	"PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY;"
#define READER_SETTINGS                                       \
	"PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;" \
	"PRAGMA cache_size = -512;"

struct sqlite_storage {
	struct storage st; /* first */
	char *path;
	int lock; /* of PATH.lock */
	struct conn *writer;
	pthread_mutex_t pool_lock;
	struct conn *idle;
	unsigned n_idle;
};

/* --- Connections ----------------------------------------------------------- */

static void
conn_free(struct conn **c)
{
	if (*c == NULL)
		return;
	conn_finalize(*c);
	(void)sqlite3_close((*c)->db);
	free(*c);
	*c = NULL;
}

static int
conn_new(const char *path, struct conn **ret)
{
	CLEANUP(conn_free)
	struct conn *c = calloc(1, sizeof *c);
	int rc;

	if (c == NULL)
		return -ENOMEM;
	c->tx.ops = &sqlite_storage;
	rc = sqlite3_open_v2(
		path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_NOMEM || c->db == NULL)
		return -ENOMEM;
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(c->db, BUSY_MS);
	if (rc != SQLITE_OK)
		return sqlite_errno(c->db, rc);
	(void)sqlite3_extended_result_codes(c->db, 1);
	*ret = TAKE_PTR(c);
	return 0;
}

static int
conn_set(struct conn *c, const char *settings)
{
	int rc = sqlite3_exec(c->db, settings, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sqlite_errno(c->db, rc);
}

/* The last connection to be closed empties the journal into the database and removes it: what
 * a crash has left is not this one's, unlike a journal that it makes itself. */
static void
conn_leave_journal(struct conn *c, const char *path)
{
	char name[PATH_MAX + 8];

	(void)snprintf(name, sizeof name, "%s-wal", path);
	if (access(name, F_OK) == 0)
		(void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

static int
reader_new(struct sqlite_storage *s, struct conn **ret)
{
	CLEANUP(conn_free)
	struct conn *c = NULL;
	int r = conn_new(s->path, &c);

	if (r == 0) {
		conn_leave_journal(c, s->path);
		r = conn_set(c, READER_SETTINGS);
	}
	if (r == 0)
		*ret = TAKE_PTR(c);
	return r;
}

/* --- Opening --------------------------------------------------------------- */

static int
say(char *err, size_t err_len, const char *path, const char *what, int r)
{
	(void)snprintf(err, err_len, "%s: %s: %s", path, what, strerror(-r));
	return r;
}

static int
say_no_file(char *err, size_t err_len, const char *path)
{
	(void)snprintf(err, err_len, "%s: not a regular file", path);
	return -EINVAL;
}

/* Of a whole path. */
static int
folder_open(const char *path, int *ret)
{
	CLEANUP(cleanup_free)
	char *folder = strdup(path);

	if (folder == NULL)
		return -ENOMEM;
	strrchr(folder, '/')[1] = '\0';
	*ret = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? -errno : 0;
}

static int
folder_sync(const char *path)
{
	CLEANUP(cleanup_close)
	int fd = -1;
	int r = folder_open(path, &fd);

	return r == 0 && fsync(fd) < 0 ? -errno : r;
}

/* Makes the file if there is none, and finds its one true name. Done before
 * SQLite has the file open: closing any descriptor of it would drop its locks. */
static int
file_make(const char *path, char **ret, char *err, size_t err_len)
{
	CLEANUP(cleanup_close)
	int fd = -1;
	CLEANUP(cleanup_free)
	char *name = NULL;
	struct stat st;
	int r;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return say(err, err_len, path, "cannot open the database", -errno);
	if (!S_ISREG(st.st_mode))
		return say_no_file(err, err_len, path);
	name = realpath(path, NULL);
	r = name == NULL ? -errno : 0;
	if (r == 0 && st.st_size == 0)
		r = folder_sync(name);
	if (r != 0)
		return say(err, err_len, path, "cannot make the database", r);
	*ret = TAKE_PTR(name);
	return 0;
}

static int
lock_take(const char *path, int *ret, char *err, size_t err_len)
{
	CLEANUP(cleanup_close)
	int fd = -1;
	char name[PATH_MAX + 8];

	(void)snprintf(name, sizeof name, "%s.lock", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return say(err, err_len, name, "cannot open the lock", -errno);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return say(err, err_len, name, "cannot lock", -errno);
		(void)snprintf(err, err_len,
			"%s: in use by another keystored; stop that one first", path);
		return -EBUSY;
	}
	*ret = TAKE_FD(fd);
	return 0;
}

/* On a connection of its own, closed again: nothing of a file that is not ours
 * is changed. */
static int
check(const char *path, bool *ret_current, char *err, size_t err_len)
{
	CLEANUP(conn_free)
	struct conn *c = NULL;
	int r = conn_new(path, &c);

	if (r != 0)
		return say(err, err_len, path, "cannot open the database", r);
	conn_leave_journal(c, path);
	r = schema_check(c->db, path, err, err_len);
	*ret_current = r == 0 && schema_is_current(c->db);
	return r;
}

/* The journal and the shared index get the mode that the file has now. */
static int
restrict_mode(const char *path, char *err, size_t err_len)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[PATH_MAX + 8];

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		(void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
		if (chmod(name, 0600) < 0 && (i == 0 || errno != ENOENT))
			return say(err, err_len, name,
				"cannot be kept from others (chmod 0600)", -errno);
	}
	return 0;
}

static int
writer_open(struct sqlite_storage *s, char *err, size_t err_len)
{
	int r = conn_new(s->path, &s->writer);

	if (r == 0)
		r = conn_set(s->writer, WRITER_SETTINGS);
	if (r != 0)
		return say(err, err_len, s->path, "cannot open the database", r);
	return schema_migrate(s->writer->db, s->path, err, err_len);
}

static void
sqlite_close(struct storage *st)
{
	struct sqlite_storage *s = (struct sqlite_storage *)st;
	struct conn *c;

	while ((c = s->idle) != NULL) {
		s->idle = c->next;
		conn_free(&c);
	}
	/* the last one: it empties the journal into the database */
	conn_free(&s->writer);
	cleanup_close(&s->lock);
	free(s->path);
	(void)pthread_mutex_destroy(&s->pool_lock);
	storage_fini(&s->st);
	free(s);
}

static int
sqlite_new(const char *where, struct sqlite_storage **ret, char *err, size_t err_len)
{
	struct sqlite_storage *s;
	int r;

	if (where[0] != '/') {
		(void)snprintf(err, err_len,
			"sqlite:%s: name the file by its whole path, from / on", where);
		return -EINVAL;
	}
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return say(err, err_len, where, "cannot open the database", -ENOMEM);
	s->lock = -1;
	r = storage_init(&s->st, &sqlite_storage);
	if (r == 0)
		r = -pthread_mutex_init(&s->pool_lock, NULL);
	if (r != 0) {
		free(s);
		return say(err, err_len, where, "cannot open the database", r);
	}
	*ret = s;
	return 0;
}

static int
sqlite_open(const char *where, struct storage **ret, char *err, size_t err_len)
{
	struct sqlite_storage *s;
	bool current;
	int r = sqlite_new(where, &s, err, err_len);

	if (r != 0)
		return r;
	r = file_make(where, &s->path, err, err_len);
	if (r == 0)
		r = lock_take(s->path, &s->lock, err, err_len);
	if (r == 0)
		r = check(s->path, &current, err, err_len);
	if (r == 0)
		r = restrict_mode(s->path, err, err_len);
	if (r == 0)
		r = writer_open(s, err, err_len);
	if (r != 0) {
		sqlite_close(&s->st);
		return r;
	}
	*ret = &s->st;
	return 0;
}

static int
sqlite_look(const char *where, struct storage **ret, char *err, size_t err_len)
{
	struct sqlite_storage *s;
	CLEANUP(cleanup_close)
	int folder = -1;
	struct stat st;
	bool current = false;
	int r = sqlite_new(where, &s, err, err_len);

	if (r != 0)
		return r;
	s->path = strdup(where);
	r = s->path == NULL ? -ENOMEM : folder_open(where, &folder);
	if (r != 0)
		r = say(err, err_len, where, "cannot open the database", r);
	else if (stat(where, &st) == 0 && S_ISREG(st.st_mode))
		r = check(where, &current, err, err_len);
	else if (access(where, F_OK) == 0)
		r = say_no_file(err, err_len, where);
	if (r == 0 && current)
		*ret = &s->st;
	else
		sqlite_close(&s->st);
	return r;
}

/* --- Transactions ---------------------------------------------------------- */

static void
conn_roll_back(struct conn *c)
{
	conn_release(c);
	if (sqlite3_get_autocommit(c->db) == 0)
		(void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}

static int
sqlite_read_begin(struct storage *st, struct storage_tx **ret)
{
	struct sqlite_storage *s = (struct sqlite_storage *)st;
	struct conn *c;
	int r = 0;

	(void)pthread_mutex_lock(&s->pool_lock);
	c = s->idle;
	if (c != NULL) {
		s->idle = c->next;
		s->n_idle--;
	}
	(void)pthread_mutex_unlock(&s->pool_lock);
	if (c == NULL)
		r = reader_new(s, &c);
	if (r != 0)
		return r;
	c->tx.broken = 0;
	r = conn_run(c, S_BEGIN_READ);
	if (r != 0) {
		conn_free(&c);
		return r;
	}
	*ret = &c->tx;
	return 0;
}

static void
sqlite_read_end(struct storage *st, struct storage_tx *tx)
{
	struct sqlite_storage *s = (struct sqlite_storage *)st;
	struct conn *c = conn_of(tx);
	bool keep = tx->broken == 0 && conn_run(c, S_COMMIT) == 0;

	if (keep) {
		(void)pthread_mutex_lock(&s->pool_lock);
		keep = s->n_idle < IDLE_READERS;
		if (keep) {
			c->next = s->idle;
			s->idle = c;
			s->n_idle++;
		}
		(void)pthread_mutex_unlock(&s->pool_lock);
	}
	if (!keep)
		conn_free(&c);
}

static int
sqlite_write_begin(struct storage *st, struct storage_tx **ret)
{
	struct conn *c = ((struct sqlite_storage *)st)->writer;
	int r;

	c->tx.broken = 0;
	r = conn_run(c, S_BEGIN_WRITE);
	/* until a transaction is there, there is none to be lost */
	c->tx.broken = 0;
	if (r == 0)
		*ret = &c->tx;
	return r;
}

static int
sqlite_mark(struct storage_tx *tx)
{
	return conn_run(conn_of(tx), S_MARK);
}

static int
sqlite_keep(struct storage_tx *tx)
{
	return conn_run(conn_of(tx), S_KEEP);
}

static int
sqlite_undo(struct storage_tx *tx)
{
	int r = conn_run(conn_of(tx), S_UNDO);

	return r == 0 ? conn_run(conn_of(tx), S_KEEP) : r;
}

static void
sqlite_abandon(struct storage *st, struct storage_tx *tx)
{
	conn_roll_back(conn_of(tx));
}

static int
sqlite_commit(struct storage *st, struct storage_tx *tx)
{
	struct conn *c = conn_of(tx);
	int r = conn_run(c, S_COMMIT);

	if (r == 0)
		return 0;
	conn_roll_back(c);
	/* What the journal holds goes to the database, if that has room: the
	 * journal is then written from its start again, and small changes, such as
	 * deleting something, need no new room on the full disk. */
	if (r == -ENOSPC)
		(void)sqlite3_wal_checkpoint_v2(
			c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return r;
}

const struct storage_ops sqlite_storage = {
	.scheme = "sqlite:",
	.open = sqlite_open,
	.look = sqlite_look,
	.close = sqlite_close,
	.read_begin = sqlite_read_begin,
	.read_end = sqlite_read_end,
	.write_begin = sqlite_write_begin,
	.mark = sqlite_mark,
	.keep = sqlite_keep,
	.undo = sqlite_undo,
	.commit = sqlite_commit,
	.abandon = sqlite_abandon,
	.token_get = sqlite_token_get,
	.token_each = sqlite_token_each,
	.token_insert = sqlite_token_insert,
	.token_update = sqlite_token_update,
	.token_delete = sqlite_token_delete,
	.token_next_revision = sqlite_token_next_revision,
	.object_get = sqlite_object_get,
	.object_put = sqlite_object_put,
	.object_delete = sqlite_object_delete,
	.object_delete_all = sqlite_object_delete_all,
	.object_count = sqlite_object_count,
	.object_horizon = sqlite_object_horizon,
	.object_each_since = sqlite_object_each_since,
	.ticket_put = sqlite_ticket_put,
	.ticket_get = sqlite_ticket_get,
	.ticket_delete = sqlite_ticket_delete,
	.ticket_delete_all = sqlite_ticket_delete_all,
	.ticket_delete_others = sqlite_ticket_delete_others,
	.request_get = sqlite_request_get,
	.request_put = sqlite_request_put,
	.expire = sqlite_expire,
	.meta_get = sqlite_meta_get,
	.meta_put = sqlite_meta_put,
};
