/* SPDX-License-Identifier: Apache-2.0 */
/* Each function of rows, through a real store. */
#include "tests/unit/storage/fixture.h"

#include <time.h>

#include "tests/unit/check_main.h"

static const struct id token = { { 1 } };

static void
write_ok(struct fixture *f, int (*fn)(struct storage_tx *tx, void *arg), void *arg)
{
	ck_assert_int_eq(storage_write(f->st, fn, arg), 0);
}

static void
same_token(const struct token_row *a, const struct token_row *b)
{
	ck_assert(memcmp(&a->id, &b->id, ID_BYTES) == 0);
	ck_assert(bytes_equal(a->label, b->label));
	ck_assert(a->initialized == b->initialized);
	ck_assert_uint_eq(a->epoch, b->epoch);
	ck_assert_uint_eq(a->revision, b->revision);
	ck_assert(memcmp(&a->public_space, &b->public_space, ID_BYTES) == 0);
	ck_assert(memcmp(&a->private_space, &b->private_space, ID_BYTES) == 0);
	ck_assert(a->so.set == b->so.set && a->user.set == b->user.set);
	ck_assert_uint_eq(a->so.failures, b->so.failures);
	ck_assert_uint_eq(a->user.failures, b->user.failures);
	ck_assert(memcmp(a->so.salt, b->so.salt, sizeof a->so.salt) == 0);
	ck_assert(a->so.log_n == b->so.log_n && a->so.r == b->so.r && a->so.p == b->so.p);
	ck_assert(a->user.log_n == b->user.log_n && a->user.r == b->user.r &&
		  a->user.p == b->user.p);
	ck_assert(bytes_equal(a->so.verifier, b->so.verifier));
	ck_assert(bytes_equal(a->user.verifier, b->user.verifier));
	ck_assert(bytes_equal(a->wrapped_key, b->wrapped_key));
	ck_assert_uint_eq(a->master_generation, b->master_generation);
	ck_assert(bytes_equal(a->hosts, b->hosts));
}

static int
tokens_tx(struct storage_tx *tx, void *arg)
{
	struct token_row row = token_n(0), got;
	const struct id none = id_n(77);

	ck_assert_int_eq(token_get(tx, &row.id, &got), -ENOENT);
	ck_assert_int_eq(token_update(tx, &row), -ENOENT);
	ck_assert_int_eq(token_insert(tx, &row), 0);
	ck_assert_uint_eq(row.number, 1);
	ck_assert_int_eq(token_insert(tx, &row), -EEXIST);
	ck_assert_int_eq(token_get(tx, &row.id, &got), 0);
	same_token(&row, &got);

	/* what a row borrows is good in the next call */
	got.user = got.so;
	got.user.failures = UINT32_MAX;
	got.user.p = 3;
	got.epoch = UINT64_MAX;
	got.hosts = got.label;
	row = token_n(0);
	row.user = row.so;
	row.user.failures = UINT32_MAX;
	row.user.p = 3;
	row.epoch = UINT64_MAX;
	row.hosts = row.label;
	ck_assert_int_eq(token_update(tx, &got), 0);
	ck_assert_int_eq(token_get(tx, &row.id, &got), 0);
	ck_assert_uint_eq(got.number, 1);
	same_token(&row, &got);

	ck_assert_int_eq(token_delete(tx, &none), -ENOENT);
	ck_assert_int_eq(token_delete(tx, &row.id), 0);
	ck_assert_int_eq(token_get(tx, &row.id, &got), -ENOENT);
	ck_assert_int_eq(token_insert(tx, &row), 0);
	ck_assert_uint_eq(row.number, 2);
	return 0;
}

START_TEST (token_rows_come_back_as_they_went_and_numbers_are_never_used_again) {
	struct fixture f;

	fixture_new(&f);
	write_ok(&f, tokens_tx, NULL);
	fixture_free(&f);
}
END_TEST

struct walk {
	struct storage_tx *tx;
	unsigned n, inner;
	int stop_with;
};

static int
walk_inner(void *arg, const struct token_row *row)
{
	struct walk *w = arg;

	w->inner++;
	return 0;
}

static int
walk_token(void *arg, const struct token_row *row)
{
	struct walk *w = arg;
	struct token_row wanted = token_n(w->n), got;

	w->n++;
	ck_assert_uint_eq(row->number, w->n);
	/* calls within a walk do not disturb it, nor the same walk again */
	ck_assert_int_eq(token_get(w->tx, &row->id, &got), 0);
	same_token(row, &got);
	ck_assert_int_eq(token_each(w->tx, walk_inner, w), 0);
	same_token(row, &wanted);
	return w->stop_with;
}

static int
walk_tx(struct storage_tx *tx, void *arg)
{
	struct walk w = { .tx = tx };

	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(token_put_tx(tx, &i), 0);
	ck_assert_int_eq(token_each(tx, walk_token, &w), 0);
	ck_assert_uint_eq(w.n, 3);
	ck_assert_uint_eq(w.inner, 9);
	w = (struct walk){ .tx = tx, .stop_with = 42 };
	ck_assert_int_eq(token_each(tx, walk_token, &w), 42);
	ck_assert_uint_eq(w.n, 1);
	return 0;
}

START_TEST (tokens_are_walked_in_order_of_number_until_told_to_stop) {
	struct fixture f;

	fixture_new(&f);
	write_ok(&f, walk_tx, NULL);
	fixture_free(&f);
}
END_TEST

static int
objects_tx(struct storage_tx *tx, void *arg)
{
	const struct id other = id_n(9);
	struct object_row row = { .id = id_n(5),
		.private = true,
		.attributes = BYTES_STR("public"),
		.sealed = BYTES_STR("sealed") };
	struct object_row got;

	ck_assert_int_eq(token_next_revision(tx, &other, &row.revision), -ENOENT);
	ck_assert_int_eq(object_put(tx, &other, &row), -ENOENT);
	ck_assert_int_eq(token_next_revision(tx, &token, &row.revision), 0);
	ck_assert_uint_eq(row.revision, 1);
	ck_assert_int_eq(object_put(tx, &token, &row), 0);
	ck_assert_int_eq(object_get(tx, &token, &row.id, &got), 0);
	ck_assert(got.private && got.revision == 1);
	ck_assert(bytes_equal(got.attributes, row.attributes));
	ck_assert(bytes_equal(got.sealed, row.sealed));
	ck_assert_int_eq(object_get(tx, &other, &row.id, &got), -ENOENT);
	ck_assert_uint_eq(object_count(tx, &token), 1);

	/* replaced, with what the row itself lent */
	ck_assert_int_eq(object_get(tx, &token, &row.id, &got), 0);
	got.revision = 2;
	got.sealed = BYTES_NONE;
	ck_assert_int_eq(object_put(tx, &token, &got), 0);
	ck_assert_int_eq(object_get(tx, &token, &row.id, &got), 0);
	ck_assert(got.revision == 2 && got.sealed.n == 0);
	ck_assert(bytes_equal(got.attributes, row.attributes));
	ck_assert_uint_eq(object_count(tx, &token), 1);

	row.id = id_n(6);
	row.revision = 2;
	ck_assert_int_eq(object_put(tx, &token, &row), -EEXIST);
	row.id = id_n(5);
	ck_assert_int_eq(object_delete(tx, &other, &row.id, 3), -ENOENT);
	ck_assert_int_eq(object_delete(tx, &token, &row.id, 3), 0);
	ck_assert_int_eq(object_delete(tx, &token, &row.id, 4), -ENOENT);
	ck_assert_int_eq(object_get(tx, &token, &row.id, &got), -ENOENT);
	ck_assert_uint_eq(object_count(tx, &token), 0);
	/* an id may come back */
	row.revision = 4;
	ck_assert_int_eq(object_put(tx, &token, &row), 0);
	ck_assert_uint_eq(object_count(tx, &token), 1);
	return 0;
}

START_TEST (objects_are_put_replaced_deleted_and_counted) {
	struct fixture f;

	fixture_new(&f);
	fixture_token(&f, 0);
	write_ok(&f, objects_tx, NULL);
	ck_assert_uint_eq(fixture_objects(&f), 1);
	fixture_free(&f);
}
END_TEST

/* --- Pairs ------------------------------------------------------------------------ */

enum { A = 1, B = 2 };

/* id and the rest of an object that belongs to pair A or B. */
static void
place(struct storage_tx *tx, unsigned id, enum pair_part part, uint8_t pair, bool private,
	const char *name)
{
	static uint64_t revision;
	struct object_row row = { .id = id_n(id),
		.revision = ++revision,
		.private = private,
		.attributes = BYTES_STR("x"),
		.part = part,
		.pair = { pair },
		.name = BYTES_STR(name) };

	ck_assert_int_eq(object_put(tx, &token, &row), 0);
}

static void
remove_placed(struct storage_tx *tx, unsigned id)
{
	const struct id o = id_n(id);
	static uint64_t revision = 1000;

	ck_assert_int_eq(object_delete(tx, &token, &o, ++revision), 0);
}

static uint64_t
misplaced(struct storage_tx *tx)
{
	struct token_row row;

	ck_assert_int_eq(token_get(tx, &token, &row), 0);
	return row.misplaced;
}

static int
pairs_tx(struct storage_tx *tx, void *arg)
{
	struct object_row other = { .id = id_n(50), .revision = 500 };

	/* alone */
	place(tx, 1, PART_CERTIFICATE, A, false, "a");
	place(tx, 2, PART_CERTIFICATE, A, true, "a");
	ck_assert_uint_eq(misplaced(tx), 1);
	place(tx, 2, PART_CERTIFICATE, A, false, "b");
	ck_assert_uint_eq(misplaced(tx), 0);
	/* a private key that others see: its name alone counts */
	place(tx, 3, PART_PRIVATE_KEY, A, false, "a");
	ck_assert_uint_eq(misplaced(tx), 1);
	place(tx, 2, PART_CERTIFICATE, A, false, "a");
	ck_assert_uint_eq(misplaced(tx), 0);
	place(tx, 3, PART_PRIVATE_KEY, A, true, "a");
	ck_assert_uint_eq(misplaced(tx), 2);
	/* the other pair's is none of it, nor is one of another name or that is private */
	place(tx, 4, PART_PUBLIC_KEY, B, false, "a");
	place(tx, 5, PART_PUBLIC_KEY, A, false, "b");
	place(tx, 6, PART_PUBLIC_KEY, A, true, "a");
	ck_assert_uint_eq(misplaced(tx), 2);
	place(tx, 4, PART_PUBLIC_KEY, A, false, "a");
	ck_assert_uint_eq(misplaced(tx), 0);
	remove_placed(tx, 4);
	ck_assert_uint_eq(misplaced(tx), 2);
	remove_placed(tx, 3);
	ck_assert_uint_eq(misplaced(tx), 0);
	/* from one pair to the other */
	place(tx, 3, PART_PRIVATE_KEY, A, false, "b");
	ck_assert_uint_eq(misplaced(tx), 2);
	place(tx, 3, PART_PRIVATE_KEY, B, false, "b");
	ck_assert_uint_eq(misplaced(tx), 0);
	place(tx, 3, PART_UNKNOWN, B, false, "b");
	ck_assert_uint_eq(misplaced(tx), 1);
	/* what belongs to none */
	ck_assert_int_eq(object_put(tx, &token, &other), 0);
	ck_assert_int_eq(object_delete(tx, &token, &other.id, 501), 0);
	ck_assert_uint_eq(misplaced(tx), 1);
	ck_assert_int_eq(object_delete_all(tx, &token), 0);
	ck_assert_uint_eq(misplaced(tx), 0);
	return 0;
}

START_TEST (what_is_misplaced_of_pairs_is_counted) {
	struct fixture f;

	fixture_new(&f);
	fixture_token(&f, 0);
	write_ok(&f, pairs_tx, NULL);
	fixture_free(&f);
}
END_TEST

/* ---------------------------------------------------------------------------------- */

struct seen {
	unsigned n, deleted;
	uint64_t last;
};

static int
see(void *arg, const struct object_row *row, bool deleted)
{
	struct seen *s = arg;

	ck_assert_uint_gt(row->revision, s->last);
	s->last = row->revision;
	s->n++;
	s->deleted += deleted;
	ck_assert((row->attributes.n == 0) == deleted);
	return 0;
}

static struct seen
since(struct storage_tx *tx, uint64_t revision, bool with_private, unsigned limit)
{
	struct seen s = { .last = revision };

	ck_assert_int_eq(
		object_each_since(tx, &token, revision, with_private, limit, see, &s), 0);
	return s;
}

static int
changes_tx(struct storage_tx *tx, void *arg)
{
	const struct id gone[2] = { id_n(0), id_n(1) };
	struct object_row row = { .attributes = BYTES_STR("x") };
	struct seen s;

	for (unsigned i = 0; i < 6; i++) { /* revisions 1 to 6, every other private */
		row.id = id_n(i);
		row.revision = i + 1;
		row.private = i % 2 != 0;
		ck_assert_int_eq(object_put(tx, &token, &row), 0);
	}
	ck_assert_int_eq(object_delete(tx, &token, &gone[0], 7), 0);
	ck_assert_int_eq(object_delete(tx, &token, &gone[1], 8), 0);
	s = since(tx, 0, true, 100);
	ck_assert(s.n == 6 && s.deleted == 2 && s.last == 8);
	s = since(tx, 0, false, 100);
	ck_assert(s.n == 3 && s.deleted == 1 && s.last == 7);
	s = since(tx, 4, true, 1);
	ck_assert(s.n == 1 && s.last == 5);
	s = since(tx, 8, true, 100);
	ck_assert_uint_eq(s.n, 0);
	s = (struct seen){ 0 };
	ck_assert_int_eq(
		object_each_since(tx, &token, UINT64_MAX, true, 100, see, &s), 0);
	ck_assert_uint_eq(s.n, 0);
	ck_assert_int_eq(object_delete_all(tx, &token), 0);
	ck_assert_uint_eq(since(tx, 0, true, 100).n, 0);
	ck_assert_uint_eq(object_count(tx, &token), 0);
	return 0;
}

START_TEST (changes_come_in_order_of_revision_with_tombstones_and_a_limit) {
	struct fixture f;

	fixture_new(&f);
	fixture_token(&f, 0);
	write_ok(&f, changes_tx, NULL);
	fixture_free(&f);
}
END_TEST

static int
tickets_tx(struct storage_tx *tx, void *arg)
{
	struct ticket_row row = { .hash = { 1, 2, 3 },
		.token = token,
		.epoch = 5,
		.role = 1,
		.host = { 7 },
		.expires_ms = 1000 };
	struct ticket_row got;
	static const uint8_t none[32] = { 9 };

	row.token = id_n(9);
	ck_assert_int_eq(ticket_put(tx, &row), -ENOENT);
	row.token = token;
	ck_assert_int_eq(ticket_put(tx, &row), 0);
	ck_assert_int_eq(ticket_get(tx, none, &got), -ENOENT);
	ck_assert_int_eq(ticket_get(tx, row.hash, &got), 0);
	ck_assert(memcmp(&got.token, &token, ID_BYTES) == 0 &&
		  memcmp(got.hash, row.hash, 32) == 0 &&
		  memcmp(got.host, row.host, 32) == 0);
	ck_assert(got.epoch == 5 && got.role == 1 && got.expires_ms == 1000);
	row.expires_ms = 2000; /* renewed */
	ck_assert_int_eq(ticket_put(tx, &row), 0);
	ck_assert_int_eq(ticket_get(tx, row.hash, &got), 0);
	ck_assert_uint_eq(got.expires_ms, 2000);
	ck_assert_int_eq(ticket_delete_all(tx, &token, 2), 0);
	ck_assert_int_eq(ticket_get(tx, row.hash, &got), 0);
	ck_assert_int_eq(ticket_delete_all(tx, &token, 1), 0);
	ck_assert_int_eq(ticket_get(tx, row.hash, &got), -ENOENT);
	ck_assert_int_eq(ticket_put(tx, &row), 0);
	ck_assert_int_eq(ticket_delete_all(tx, &token, 0), 0);
	ck_assert_int_eq(ticket_delete(tx, row.hash), -ENOENT);
	ck_assert_int_eq(ticket_put(tx, &row), 0);
	ck_assert_int_eq(ticket_delete(tx, row.hash), 0);
	ck_assert_int_eq(ticket_get(tx, row.hash, &got), -ENOENT);
	return 0;
}

START_TEST (tickets_are_kept_renewed_and_ended_by_role) {
	struct fixture f;

	fixture_new(&f);
	fixture_token(&f, 0);
	write_ok(&f, tickets_tx, NULL);
	fixture_free(&f);
}
END_TEST

static int
requests_tx(struct storage_tx *tx, void *arg)
{
	const struct id gone = id_n(50);
	struct request_row row = { .id = id_n(3),
		.digest = { 4 },
		.time_ms = 99,
		.revision = 12,
		.objects = { id_n(1) },
		.ckr = 0x80000001 };
	struct request_row got;

	ck_assert_int_eq(request_get(tx, &row.id, &got), -ENOENT);
	ck_assert_int_eq(request_put(tx, &token, &row), 0);
	ck_assert_int_eq(request_get(tx, &row.id, &got), 0);
	ck_assert(memcmp(&got, &row, sizeof row) == 0);
	row.ckr = UINT64_MAX;
	ck_assert_int_eq(request_put(tx, &token, &row), 0);
	ck_assert_int_eq(request_get(tx, &row.id, &got), 0);
	ck_assert_uint_eq(got.ckr, UINT64_MAX);
	row.id = id_n(4);
	ck_assert_int_eq(request_put(tx, &gone, &row), 0);
	ck_assert_int_eq(request_get(tx, &row.id, &got), 0);
	return 0;
}

START_TEST (requests_are_remembered_and_replaced) {
	struct fixture f;

	fixture_new(&f);
	fixture_token(&f, 0);
	write_ok(&f, requests_tx, NULL);
	fixture_free(&f);
}
END_TEST

static uint64_t
now_ms(void)
{
	return (uint64_t)time(NULL) * 1000;
}

static int
expire_tx(struct storage_tx *tx, void *arg)
{
	struct request_row request = { .id = id_n(1), .time_ms = 100 };
	struct ticket_row ticket = { .hash = { 1 }, .token = token, .expires_ms = 5000 };
	const struct id object = id_n(1);
	uint64_t horizon = 99;
	bool more = true;

	ck_assert_int_eq(request_put(tx, &token, &request), 0);
	request.id = id_n(2);
	request.time_ms = 200;
	ck_assert_int_eq(request_put(tx, &token, &request), 0);
	ck_assert_int_eq(ticket_put(tx, &ticket), 0);
	ticket.hash[0] = 2;
	ticket.expires_ms = UINT64_MAX; /* never */
	ck_assert_int_eq(ticket_put(tx, &ticket), 0);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(object_add_tx(tx, &i), 0);
	ck_assert_int_eq(object_delete(tx, &token, &object, 3), 0);

	ck_assert_int_eq(storage_expire(tx, 5000, 200, &more), 0);
	ck_assert(!more);
	ck_assert_int_eq(request_get(tx, &request.id, &request), 0);
	request.id = id_n(1);
	ck_assert_int_eq(request_get(tx, &request.id, &request), -ENOENT);
	ck_assert_int_eq(ticket_get(tx, ticket.hash, &ticket), 0);
	ticket.hash[0] = 1;
	ck_assert_int_eq(ticket_get(tx, ticket.hash, &ticket), -ENOENT);

	ck_assert_int_eq(storage_expire(tx, now_ms(), 0, &more), 0);
	ck_assert_uint_eq(since(tx, 0, true, 9).deleted, 1);
	ck_assert_int_eq(object_horizon(tx, &token, &horizon), 0);
	ck_assert_uint_eq(horizon, 0);
	ck_assert_int_eq(storage_expire(tx, now_ms() + TOMBSTONE_MS + 2000, 0, &more), 0);
	ck_assert_uint_eq(since(tx, 0, true, 9).deleted, 0);
	ck_assert_int_eq(object_horizon(tx, &token, &horizon), 0);
	ck_assert_uint_eq(horizon, 3);
	ck_assert_uint_eq(object_count(tx, &token), 1);
	return 0;
}

START_TEST (what_is_over_is_deleted_and_dropped_tombstones_leave_a_horizon) {
	struct fixture f;

	fixture_new(&f);
	fixture_token(&f, 0);
	write_ok(&f, expire_tx, NULL);
	fixture_free(&f);
}
END_TEST

#define MANY 12000u

static int
many_requests_tx(struct storage_tx *tx, void *arg)
{
	struct request_row row = { .time_ms = 100 };

	for (unsigned i = 0; i < MANY; i++) {
		row.id = id_n(i);
		ck_assert_int_eq(request_put(tx, &token, &row), 0);
	}
	return 0;
}

static int
expire_some_tx(struct storage_tx *tx, void *arg)
{
	return storage_expire(tx, 1000, 200, arg);
}

static int
count_requests_tx(struct storage_tx *tx, void *arg)
{
	struct request_row row;
	unsigned *n = arg;
	struct id id;

	for (unsigned i = 0; i < MANY; i++) {
		id = id_n(i);
		*n += request_get(tx, &id, &row) == 0;
	}
	return 0;
}

START_TEST (what_one_transaction_does_not_delete_is_said_to_be_left) {
	struct fixture f;
	unsigned left = 0, times = 0;
	bool more = true;

	fixture_new(&f);
	fixture_token(&f, 0);
	write_ok(&f, many_requests_tx, NULL);
	for (; more; times++)
		write_ok(&f, expire_some_tx, &more);
	ck_assert_uint_eq(times, 3);
	write_ok(&f, count_requests_tx, &left);
	ck_assert_uint_eq(left, 0);
	fixture_free(&f);
}
END_TEST

static int
whole_tx(struct storage_tx *tx, void *arg)
{
	struct request_row request = { .id = id_n(1) };
	struct ticket_row ticket = { .hash = { 1 }, .token = token };
	const struct id object = id_n(0);
	struct object_row row;
	unsigned n = 0;

	ck_assert_int_eq(object_add_tx(tx, &n), 0);
	ck_assert_int_eq(ticket_put(tx, &ticket), 0);
	ck_assert_int_eq(request_put(tx, &token, &request), 0);
	ck_assert_int_eq(token_delete(tx, &token), 0);
	ck_assert_int_eq(ticket_get(tx, ticket.hash, &ticket), -ENOENT);
	ck_assert_int_eq(request_get(tx, &request.id, &request), -ENOENT);
	/* nor do they come back with another token of the same id */
	ck_assert_int_eq(token_put_tx(tx, &n), 0);
	ck_assert_int_eq(object_get(tx, &token, &object, &row), -ENOENT);
	ck_assert_uint_eq(object_count(tx, &token), 0);
	return 0;
}

START_TEST (a_token_goes_with_all_that_is_its) {
	struct fixture f;

	fixture_new(&f);
	fixture_token(&f, 0);
	write_ok(&f, whole_tx, NULL);
	fixture_free(&f);
}
END_TEST

static int
meta_tx(struct storage_tx *tx, void *arg)
{
	struct bytes got;

	ck_assert_int_eq(meta_get(tx, "master-check", &got), -ENOENT);
	ck_assert_int_eq(meta_put(tx, "master-check", BYTES_STR("one")), 0);
	ck_assert_int_eq(meta_get(tx, "master-check", &got), 0);
	ck_assert_int_eq(meta_put(tx, "copy", got), 0);
	ck_assert_int_eq(meta_put(tx, "master-check", BYTES_NONE), 0);
	ck_assert_int_eq(meta_get(tx, "master-check", &got), 0);
	ck_assert_uint_eq(got.n, 0);
	ck_assert_int_eq(meta_get(tx, "copy", &got), 0);
	ck_assert(bytes_equal(got, BYTES_STR("one")));
	return 0;
}

START_TEST (facts_are_kept_by_name) {
	struct fixture f;

	fixture_new(&f);
	write_ok(&f, meta_tx, NULL);
	fixture_free(&f);
}
END_TEST

START_TEST (a_reader_cannot_write) {
	struct fixture f;
	unsigned n = 0;

	fixture_new(&f);
	ck_assert_int_eq(storage_read(f.st, token_put_tx, &n), -EROFS);
	fixture_token(&f, 0);
	fixture_free(&f);
}
END_TEST

static const struct check_test tests[] = {
	{ &token_rows_come_back_as_they_went_and_numbers_are_never_used_again, 0 },
	{ &tokens_are_walked_in_order_of_number_until_told_to_stop, 0 },
	{ &what_is_misplaced_of_pairs_is_counted, 0 },
	{ &objects_are_put_replaced_deleted_and_counted, 0 },
	{ &changes_come_in_order_of_revision_with_tombstones_and_a_limit, 0 },
	{ &tickets_are_kept_renewed_and_ended_by_role, 0 },
	{ &requests_are_remembered_and_replaced, 0 },
	{ &what_is_over_is_deleted_and_dropped_tombstones_leave_a_horizon, 0 },
	{ &what_one_transaction_does_not_delete_is_said_to_be_left, 0 },
	{ &a_token_goes_with_all_that_is_its, 0 },
	{ &facts_are_kept_by_name, 0 },
	{ &a_reader_cannot_write, 0 },
};

CHECK_MAIN("storage_rows", tests)
