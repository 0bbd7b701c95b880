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

/* --- What belongs to key pairs --------------------------------------------------- */

/* The pairs that a change is about, and how much of them was misplaced before it. */
struct pairs {
	uint8_t pair[2][PAIR_BYTES];
	unsigned n;
	uint64_t before;
};

static int
pairs_count(struct storage_tx *tx, const struct id *token, const struct pairs *p,
	uint64_t *ret)
{
	int r = 0;

	*ret = 0;
	for (unsigned i = 0; r == 0 && i < p->n; i++) {
		struct query q = query_new(tx, S_PAIR_MISPLACED);

		query_id(&q, token);
		query_bytes(&q, BYTES_OF(p->pair[i]));
		r = query_one(&q);
		if (r == 0)
			*ret += column_u64(&q, 0);
	}
	return r;
}

/* row NULL: it is deleted. */
static int
pairs_begin(struct storage_tx *tx, const struct id *token, const struct id *id,
	const struct object_row *row, struct pairs *ret)
{
	struct query q = query_new(tx, S_OBJECT_PAIR);
	int r;

	*ret = (struct pairs){ .n = 0 };
	query_id(&q, token);
	query_id(&q, id);
	r = query_one(&q);
	if (r == 0 && !column_copy(&q, 0, ret->pair[0], PAIR_BYTES))
		r = -EIO;
	if (r == 0)
		ret->n = 1;
	else if (r != -ENOENT)
		return r;
	if (row != NULL &&
		(ret->n == 0 || memcmp(ret->pair[0], row->pair, PAIR_BYTES) != 0))
		memcpy(ret->pair[ret->n++], row->pair, PAIR_BYTES);
	return pairs_count(tx, token, ret, &ret->before);
}

static int
pairs_end(struct storage_tx *tx, const struct id *token, const struct pairs *p)
{
	struct query q;
	uint64_t now;
	int r = pairs_count(tx, token, p, &now);

	if (r != 0 || now == p->before)
		return r;
	q = query_new(tx, S_TOKEN_MISPLACED);
	query_u64(&q, now);
	query_u64(&q, p->before);
	query_id(&q, token);
	return query_run(&q);
}

/* ---------------------------------------------------------------------------------- */

static int
put(struct storage_tx *tx, const struct id *token, const struct object_row *row)
{
	struct query q = query_new(tx, S_OBJECT_PUT);

	query_id(&q, token);
	query_id(&q, &row->id);
	query_ordered(&q, row->revision);
	query_u64(&q, row->private);
	query_bytes(&q, row->attributes);
	query_bytes(&q, row->sealed);
	query_u64(&q, row->part);
	if (row->part != PART_NONE)
		query_bytes(&q, BYTES_OF(row->pair));
	else
		query_null(&q);
	query_bytes(&q, row->name);
	return query_run(&q);
}

/* What an object is of does not change. */
int
sqlite_object_put(
	struct storage_tx *tx, const struct id *token, const struct object_row *row)
{
	struct row_source held = conn_of(tx)->held; /* the row may be of it */
	struct pairs p;
	int r;

	if (row->part == PART_NONE)
		return put(tx, token, row);
	conn_of(tx)->held.stmt = NULL;
	r = pairs_begin(tx, token, &row->id, row, &p);
	conn_release(conn_of(tx));
	conn_of(tx)->held = held;
	if (r == 0)
		r = put(tx, token, row);
	return r == 0 ? pairs_end(tx, token, &p) : r;
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
	struct pairs p;
	struct query q;
	int r = pairs_begin(tx, token, id, NULL, &p);

	if (r != 0)
		return r;
	q = query_new(tx, S_OBJECT_DELETE);
	query_ordered(&q, revision);
	query_ordered(&q, now_ms());
	query_id(&q, token);
	query_id(&q, id);
	r = query_change(&q);
	return r == 0 ? pairs_end(tx, token, &p) : r;
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
