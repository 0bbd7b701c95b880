/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets, requests, facts, and their end. */
#include "remote/store/sqlite.h"

#include <errno.h>

int
sqlite_ticket_put(struct storage_tx *tx, const struct ticket_row *row)
{
	struct query q = query_new(tx, S_TICKET_PUT);

	query_bytes(&q, BYTES_OF(row->hash));
	query_id(&q, &row->token);
	query_u64(&q, row->epoch);
	query_u64(&q, row->role);
	query_bytes(&q, BYTES_OF(row->host));
	query_ordered(&q, row->expires_ms);
	return query_run(&q);
}

int
sqlite_ticket_get(struct storage_tx *tx, const uint8_t hash[32], struct ticket_row *ret)
{
	struct query q = query_new(tx, S_TICKET_GET);
	struct ticket_row row;
	int r;

	query_bytes(&q, BYTES(hash, sizeof row.hash));
	r = query_one(&q);
	if (r != 0)
		return r;
	memcpy(row.hash, hash, sizeof row.hash);
	row.epoch = column_u64(&q, 1);
	row.role = (uint8_t)column_u64(&q, 2);
	row.expires_ms = column_u64(&q, 4);
	if (!column_copy(&q, 0, row.token.b, ID_BYTES) ||
		!column_copy(&q, 3, row.host, sizeof row.host))
		return -EIO;
	*ret = row;
	return 0;
}

int
sqlite_ticket_delete(struct storage_tx *tx, const uint8_t hash[32])
{
	struct query q = query_new(tx, S_TICKET_DELETE);

	query_bytes(&q, BYTES(hash, 32));
	return query_change(&q);
}

int
sqlite_ticket_delete_all(struct storage_tx *tx, const struct id *token, uint8_t role)
{
	struct query q = query_new(tx, S_TICKET_DELETE_ALL);

	query_id(&q, token);
	query_u64(&q, role);
	return query_run(&q);
}

int
sqlite_ticket_delete_others(struct storage_tx *tx, const struct id *token, uint8_t role,
	const uint8_t host[32])
{
	struct query q = query_new(tx, S_TICKET_DELETE_OTHERS);

	query_id(&q, token);
	query_u64(&q, role);
	query_bytes(&q, BYTES(host, 32));
	return query_run(&q);
}

int
sqlite_request_get(struct storage_tx *tx, const struct id *id, struct request_row *ret)
{
	struct query q = query_new(tx, S_REQUEST_GET);
	struct request_row row = { .id = *id };
	int r;

	query_id(&q, id);
	r = query_one(&q);
	if (r != 0)
		return r;
	row.time_ms = column_u64(&q, 1);
	row.revision = column_u64(&q, 2);
	row.ckr = column_u64(&q, 5);
	if (!column_copy(&q, 0, row.digest, sizeof row.digest) ||
		!column_copy(&q, 3, row.objects[0].b, ID_BYTES) ||
		!column_copy(&q, 4, row.objects[1].b, ID_BYTES))
		return -EIO;
	*ret = row;
	return 0;
}

int
sqlite_request_put(
	struct storage_tx *tx, const struct id *token, const struct request_row *row)
{
	struct query q = query_new(tx, S_REQUEST_PUT);

	query_id(&q, token);
	query_id(&q, &row->id);
	query_bytes(&q, BYTES_OF(row->digest));
	query_ordered(&q, row->time_ms);
	query_ordered(&q, row->revision);
	query_id(&q, &row->objects[0]);
	query_id(&q, &row->objects[1]);
	query_u64(&q, row->ckr);
	return query_run(&q);
}

int
sqlite_expire(struct storage_tx *tx, uint64_t now_ms, uint64_t requests_before_ms,
	bool *ret_more)
{
	const struct {
		enum statement which;
		uint64_t before;
	} steps[] = {
		{ S_EXPIRE_REQUESTS, requests_before_ms },
		{ S_EXPIRE_TICKETS, now_ms },
		/* the horizon first: it is read from the rows that then go */
		{ S_EXPIRE_HORIZON, now_ms - TOMBSTONE_MS },
		{ S_EXPIRE_TOMBSTONES, now_ms - TOMBSTONE_MS },
	};
	size_t n = now_ms > TOMBSTONE_MS ? ARRAY_LEN(steps) : 2;
	bool more = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct query q = query_new(tx, steps[i].which);

		query_ordered(&q, steps[i].before);
		r = query_run(&q);
		more |= sqlite3_changes(q.c->db) == EXPIRE_ROWS;
	}
	if (r == 0)
		*ret_more = more;
	return r;
}

int
sqlite_meta_get(struct storage_tx *tx, const char *name, struct bytes *ret)
{
	struct query q = query_new(tx, S_META_GET);
	int r;

	query_text(&q, name);
	r = query_one(&q);
	if (r == 0)
		*ret = column_bytes(&q, 0);
	return r;
}

int
sqlite_meta_put(struct storage_tx *tx, const char *name, struct bytes value)
{
	struct query q = query_new(tx, S_META_PUT);

	query_text(&q, name);
	query_bytes(&q, value);
	return query_run(&q);
}
