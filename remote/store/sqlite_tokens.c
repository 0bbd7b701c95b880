/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/store/sqlite.h"

#include <errno.h>

/* Columns of S_TOKEN_GET and S_TOKEN_EACH. A PIN's are seven in a row. */
enum token_column {
	COL_NUMBER,
	COL_ID,
	COL_OBJECTS,
	COL_MISPLACED,
	COL_LABEL,
	COL_INITIALIZED,
	COL_EPOCH,
	COL_REVISION,
	COL_PUBLIC_SPACE,
	COL_PRIVATE_SPACE,
	COL_SO,
	COL_USER = COL_SO + 7,
	COL_WRAPPED_KEY = COL_USER + 7,
	COL_MASTER_GENERATION,
	COL_HOSTS,
};

static bool
pin_read(const struct query *q, int at, struct pin_row *ret)
{
	ret->set = column_u64(q, at) != 0;
	ret->failures = (uint32_t)column_u64(q, at + 1);
	ret->log_n = (uint32_t)column_u64(q, at + 3);
	ret->r = (uint32_t)column_u64(q, at + 4);
	ret->p = (uint32_t)column_u64(q, at + 5);
	ret->verifier = column_bytes(q, at + 6);
	return column_copy(q, at + 2, ret->salt, sizeof ret->salt);
}

static int
token_read(const struct query *q, struct token_row *ret)
{
	struct token_row row = {
		.number = column_u64(q, COL_NUMBER),
		.objects = column_u64(q, COL_OBJECTS),
		.misplaced = column_u64(q, COL_MISPLACED),
		.label = column_bytes(q, COL_LABEL),
		.initialized = column_u64(q, COL_INITIALIZED) != 0,
		.epoch = column_u64(q, COL_EPOCH),
		.revision = column_u64(q, COL_REVISION),
		.wrapped_key = column_bytes(q, COL_WRAPPED_KEY),
		.master_generation = column_u64(q, COL_MASTER_GENERATION),
		.hosts = column_bytes(q, COL_HOSTS),
	};

	if (!column_copy(q, COL_ID, row.id.b, ID_BYTES) ||
		!column_copy(q, COL_PUBLIC_SPACE, row.public_space.b, ID_BYTES) ||
		!column_copy(q, COL_PRIVATE_SPACE, row.private_space.b, ID_BYTES) ||
		!pin_read(q, COL_SO, &row.so) || !pin_read(q, COL_USER, &row.user))
		return -EIO;
	*ret = row;
	return 0;
}

int
sqlite_token_get(struct storage_tx *tx, const struct id *id, struct token_row *ret)
{
	struct query q = query_new(tx, S_TOKEN_GET);
	int r;

	query_id(&q, id);
	r = query_one(&q);
	return r == 0 ? token_read(&q, ret) : r;
}

int
sqlite_token_each(struct storage_tx *tx,
	int (*each)(void *arg, const struct token_row *row), void *arg)
{
	struct query q = query_new(tx, S_TOKEN_EACH);
	struct token_row row;
	int r;

	while ((r = query_step(&q)) > 0) {
		r = token_read(&q, &row);
		if (r == 0)
			r = each(arg, &row);
		if (r != 0)
			break;
	}
	return query_end(&q, r);
}

static void
pin_bind(struct query *q, const struct pin_row *pin)
{
	query_u64(q, pin->set);
	query_u64(q, pin->failures);
	query_bytes(q, BYTES_OF(pin->salt));
	query_u64(q, pin->log_n);
	query_u64(q, pin->r);
	query_u64(q, pin->p);
	query_bytes(q, pin->verifier);
}

static void
token_bind(struct query *q, const struct token_row *row)
{
	query_bytes(q, row->label);
	query_u64(q, row->initialized);
	query_u64(q, row->epoch);
	query_ordered(q, row->revision);
	query_id(q, &row->public_space);
	query_id(q, &row->private_space);
	pin_bind(q, &row->so);
	pin_bind(q, &row->user);
	query_bytes(q, row->wrapped_key);
	query_u64(q, row->master_generation);
	query_bytes(q, row->hosts);
	query_id(q, &row->id);
}

/* The one number that a changing statement returns; -ENOENT when it changed
 * nothing. */
static int
returned(struct query *q, uint64_t *ret)
{
	uint64_t value = 0;
	int r = query_step(q);

	if (r == 0)
		return query_end(q, -ENOENT);
	if (r > 0) {
		value = column_u64(q, 0);
		r = query_run(q);
	} else {
		r = query_end(q, r);
	}
	if (r == 0)
		*ret = value;
	return r;
}

int
sqlite_token_insert(struct storage_tx *tx, struct token_row *row)
{
	struct query q = query_new(tx, S_TOKEN_INSERT);

	token_bind(&q, row);
	return returned(&q, &row->number);
}

int
sqlite_token_update(struct storage_tx *tx, const struct token_row *row)
{
	struct query q = query_new(tx, S_TOKEN_UPDATE);

	token_bind(&q, row);
	return query_change(&q);
}

int
sqlite_token_delete(struct storage_tx *tx, const struct id *id)
{
	struct query q = query_new(tx, S_TOKEN_DELETE);

	query_id(&q, id);
	return query_change(&q);
}

int
sqlite_token_next_revision(struct storage_tx *tx, const struct id *id, uint64_t *ret)
{
	struct query q = query_new(tx, S_TOKEN_REVISION);

	query_id(&q, id);
	return returned(&q, ret);
}
