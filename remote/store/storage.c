/* SPDX-License-Identifier: Apache-2.0 */
/* What callers see of every kind of database: dispatch, and no more. */
#include "remote/store/storage.h"

#include <errno.h>
#include <stdio.h>

#include "remote/store/backend.h"

static const struct storage_ops *const backends[] = { &sqlite_storage };

/* NULL: err says why. */
static const struct storage_ops *
backend_of(const char *url, const char **ret_where, char *err, size_t err_len)
{
	for (size_t i = 0; i < ARRAY_LEN(backends); i++) {
		size_t n = strlen(backends[i]->scheme);

		if (strncmp(url, backends[i]->scheme, n) == 0) {
			*ret_where = url + n;
			return backends[i];
		}
	}
	(void)snprintf(err, err_len,
		"%s: no kind of storage known here; write sqlite:/path/to/file", url);
	return NULL;
}

int
storage_open(const char *url, struct storage **ret, char *err, size_t err_len)
{
	const char *where;
	const struct storage_ops *ops = backend_of(url, &where, err, err_len);

	return ops != NULL ? ops->open(where, ret, err, err_len) : -EINVAL;
}

int
storage_look(const char *url, struct storage **ret, char *err, size_t err_len)
{
	const char *where;
	const struct storage_ops *ops = backend_of(url, &where, err, err_len);

	*ret = NULL;
	return ops != NULL ? ops->look(where, ret, err, err_len) : -EINVAL;
}

void
storage_close(struct storage **st)
{
	struct storage *closing = *st;

	*st = NULL;
	if (closing != NULL)
		closing->ops->close(closing);
}

int
storage_init(struct storage *st, const struct storage_ops *ops)
{
	st->ops = ops;
	st->writers.first = NULL;
	st->writers.last = &st->writers.first;
	st->writers.leading = false;
	atomic_init(&st->changes, 0);
	atomic_init(&st->commits, 0);
	return -pthread_mutex_init(&st->writers.lock, NULL);
}

void
storage_fini(struct storage *st)
{
	(void)pthread_mutex_destroy(&st->writers.lock);
}

int
storage_read(struct storage *st, int (*fn)(struct storage_tx *tx, void *arg), void *arg)
{
	struct storage_tx *tx;
	int r = st->ops->read_begin(st, &tx);

	if (r < 0)
		return r;
	r = fn(tx, arg);
	st->ops->read_end(st, tx);
	return r;
}

uint64_t
storage_changes(const struct storage *st)
{
	return atomic_load(&st->changes);
}

/* --- Rows ------------------------------------------------------------------ */

int
token_get(struct storage_tx *tx, const struct id *id, struct token_row *ret)
{
	return tx->broken != 0 ? tx->broken : tx->ops->token_get(tx, id, ret);
}

int
token_each(struct storage_tx *tx, int (*each)(void *arg, const struct token_row *row),
	void *arg)
{
	return tx->broken != 0 ? tx->broken : tx->ops->token_each(tx, each, arg);
}

int
token_insert(struct storage_tx *tx, struct token_row *row)
{
	tx->changed = true;
	return tx->broken != 0 ? tx->broken : tx->ops->token_insert(tx, row);
}

int
token_update(struct storage_tx *tx, const struct token_row *row)
{
	tx->changed = true;
	return tx->broken != 0 ? tx->broken : tx->ops->token_update(tx, row);
}

int
token_delete(struct storage_tx *tx, const struct id *id)
{
	tx->changed = true;
	return tx->broken != 0 ? tx->broken : tx->ops->token_delete(tx, id);
}

int
token_next_revision(struct storage_tx *tx, const struct id *id, uint64_t *ret)
{
	tx->changed = true;
	return tx->broken != 0 ? tx->broken : tx->ops->token_next_revision(tx, id, ret);
}

int
object_get(struct storage_tx *tx, const struct id *token, const struct id *id,
	struct object_row *ret)
{
	return tx->broken != 0 ? tx->broken : tx->ops->object_get(tx, token, id, ret);
}

int
object_put(struct storage_tx *tx, const struct id *token, const struct object_row *row)
{
	tx->changed = true;
	return tx->broken != 0 ? tx->broken : tx->ops->object_put(tx, token, row);
}

int
object_delete(struct storage_tx *tx, const struct id *token, const struct id *id,
	uint64_t revision)
{
	tx->changed = true;
	return tx->broken != 0 ? tx->broken
			       : tx->ops->object_delete(tx, token, id, revision);
}

int
object_delete_all(struct storage_tx *tx, const struct id *token)
{
	tx->changed = true;
	return tx->broken != 0 ? tx->broken : tx->ops->object_delete_all(tx, token);
}

uint64_t
object_count(struct storage_tx *tx, const struct id *token)
{
	return tx->broken != 0 ? 0 : tx->ops->object_count(tx, token);
}

int
object_horizon(struct storage_tx *tx, const struct id *token, uint64_t *ret)
{
	return tx->broken != 0 ? tx->broken : tx->ops->object_horizon(tx, token, ret);
}

int
object_each_since(struct storage_tx *tx, const struct id *token, uint64_t revision,
	bool with_private, unsigned limit,
	int (*each)(void *arg, const struct object_row *row, bool deleted), void *arg)
{
	if (tx->broken != 0)
		return tx->broken;
	return tx->ops->object_each_since(
		tx, token, revision, with_private, limit, each, arg);
}

int
ticket_put(struct storage_tx *tx, const struct ticket_row *row)
{
	return tx->broken != 0 ? tx->broken : tx->ops->ticket_put(tx, row);
}

int
ticket_get(struct storage_tx *tx, const uint8_t hash[32], struct ticket_row *ret)
{
	return tx->broken != 0 ? tx->broken : tx->ops->ticket_get(tx, hash, ret);
}

int
ticket_delete(struct storage_tx *tx, const uint8_t hash[32])
{
	return tx->broken != 0 ? tx->broken : tx->ops->ticket_delete(tx, hash);
}

int
ticket_delete_all(struct storage_tx *tx, const struct id *token, uint8_t role)
{
	return tx->broken != 0 ? tx->broken : tx->ops->ticket_delete_all(tx, token, role);
}

int
ticket_delete_others(struct storage_tx *tx, const struct id *token, uint8_t role,
	const uint8_t host[32])
{
	return tx->broken != 0 ? tx->broken
			       : tx->ops->ticket_delete_others(tx, token, role, host);
}

int
request_get(struct storage_tx *tx, const struct id *id, struct request_row *ret)
{
	return tx->broken != 0 ? tx->broken : tx->ops->request_get(tx, id, ret);
}

int
request_put(struct storage_tx *tx, const struct id *token, const struct request_row *row)
{
	return tx->broken != 0 ? tx->broken : tx->ops->request_put(tx, token, row);
}

int
storage_expire(struct storage_tx *tx, uint64_t now_ms, uint64_t requests_before_ms,
	bool *ret_more)
{
	return tx->broken != 0
		       ? tx->broken
		       : tx->ops->expire(tx, now_ms, requests_before_ms, ret_more);
}

int
meta_get(struct storage_tx *tx, const char *name, struct bytes *ret)
{
	return tx->broken != 0 ? tx->broken : tx->ops->meta_get(tx, name, ret);
}

int
meta_put(struct storage_tx *tx, const char *name, struct bytes value)
{
	return tx->broken != 0 ? tx->broken : tx->ops->meta_put(tx, name, value);
}
