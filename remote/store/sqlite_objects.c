/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/store/sqlite.h"

#include <errno.h>
#include <time.h>

static int
object_read(const struct query *q, struct object_row *ret)
{
	struct object_row row = {
		.revision = column_u64(q, 1),
		.private = column_u64(q, 2) != 0,
		.attributes = column_bytes(q, 3),
		.sealed = column_bytes(q, 4),
	};

	if (!column_copy(q, 0, row.id.b, ID_BYTES))
		return -EIO;
	*ret = row;
	return 0;
}

int
sqlite_object_get(struct storage_tx *tx, const struct id *token, const struct id *id,
	struct object_row *ret)
{
	struct query q = query_new(tx, S_OBJECT_GET);
	int r;

	query_id(&q, token);
	query_id(&q, id);
	r = query_one(&q);
	return r == 0 ? object_read(&q, ret) : r;
}

int
sqlite_object_put(
	struct storage_tx *tx, const struct id *token, const struct object_row *row)
{
	struct query q = query_new(tx, S_OBJECT_PUT);

	query_id(&q, token);
	query_id(&q, &row->id);
	query_ordered(&q, row->revision);
	query_u64(&q, row->private);
	query_bytes(&q, row->attributes);
	query_bytes(&q, row->sealed);
	return query_run(&q);
}

static uint64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

int
sqlite_object_delete(struct storage_tx *tx, const struct id *token, const struct id *id,
	uint64_t revision)
{
	struct query q = query_new(tx, S_OBJECT_DELETE);

	query_ordered(&q, revision);
	query_ordered(&q, now_ms());
	query_id(&q, token);
	query_id(&q, id);
	return query_change(&q);
}

int
sqlite_object_delete_all(struct storage_tx *tx, const struct id *token)
{
	struct query q = query_new(tx, S_OBJECT_DELETE_ALL);
	int r;

	query_id(&q, token);
	r = query_run(&q);
	if (r != 0)
		return r;
	q = query_new(tx, S_OBJECT_COUNT_ZERO);
	query_id(&q, token);
	return query_run(&q);
}

/* A number of the token's row. */
static int
token_number(struct storage_tx *tx, enum statement which, const struct id *token,
	uint64_t *ret)
{
	struct query q = query_new(tx, which);
	int r;

	query_id(&q, token);
	r = query_one(&q);
	if (r == 0)
		*ret = column_u64(&q, 0);
	return r;
}

uint64_t
sqlite_object_count(struct storage_tx *tx, const struct id *token)
{
	uint64_t n = 0;

	return token_number(tx, S_OBJECT_COUNT, token, &n) == 0 ? n : 0;
}

int
sqlite_object_horizon(struct storage_tx *tx, const struct id *token, uint64_t *ret)
{
	return token_number(tx, S_OBJECT_HORIZON, token, ret);
}

int
sqlite_object_each_since(struct storage_tx *tx, const struct id *token, uint64_t revision,
	bool with_private, unsigned limit,
	int (*each)(void *arg, const struct object_row *row, bool deleted), void *arg)
{
	struct query q = query_new(tx, S_OBJECT_SINCE);
	struct object_row row;
	int r;

	query_id(&q, token);
	query_ordered(&q, revision);
	query_u64(&q, with_private);
	query_u64(&q, limit);
	while ((r = query_step(&q)) > 0) {
		r = object_read(&q, &row);
		if (r == 0)
			r = each(arg, &row, column_u64(&q, 5) != 0);
		if (r != 0)
			break;
	}
	return query_end(&q, r);
}
