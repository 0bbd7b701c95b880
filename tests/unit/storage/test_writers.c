/* SPDX-License-Identifier: Apache-2.0 */
/* Many writers and readers at once. */
#include "remote/store/backend.h"
#include "tests/unit/storage/fixture.h"

#include <pthread.h>

#include "tests/unit/check_main.h"

#define WRITERS 16u
#define ROUNDS 25u
#define ODD_ONE 7u /* its functions fail */

struct work {
	struct fixture *f;
	pthread_barrier_t *start;
	unsigned n;
	unsigned failed;
};

static int
add_and_fail_tx(struct storage_tx *tx, void *arg)
{
	int r = object_add_tx(tx, arg);

	return r == 0 ? 42 : r;
}

/* In threads nothing is asserted: Check's longjmp() must stay in its own. */
static void *
writer(void *arg)
{
	struct work *w = arg;
	bool odd = w->n == ODD_ONE;

	(void)pthread_barrier_wait(w->start);
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned object = w->n * ROUNDS + i;
		int r = storage_write(
			w->f->st, odd ? add_and_fail_tx : object_add_tx, &object);

		w->failed += r != (odd ? 42 : 0);
		/* done is done: a reader sees it at once */
		r = storage_read(w->f->st, object_has_tx, &object);
		w->failed += r != (odd ? -ENOENT : 0);
	}
	return NULL;
}

START_TEST (writers_share_commits_and_a_failing_one_undoes_only_itself) {
	struct fixture f;
	pthread_barrier_t start;
	pthread_t threads[WRITERS];
	struct work work[WRITERS];
	uint64_t commits, changes;

	fixture_new(&f);
	fixture_token(&f, 0);
	commits = atomic_load(&f.st->commits);
	changes = storage_changes(f.st);
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, WRITERS), 0);
	for (unsigned i = 0; i < WRITERS; i++) {
		work[i] = (struct work){ .f = &f, .start = &start, .n = i };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, writer, &work[i]), 0);
	}
	for (unsigned i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	(void)pthread_barrier_destroy(&start);
	for (unsigned i = 0; i < WRITERS; i++)
		ck_assert_uint_eq(work[i].failed, 0);
	ck_assert_uint_eq(fixture_objects(&f), (WRITERS - 1) * ROUNDS);
	commits = atomic_load(&f.st->commits) - commits;
	ck_assert_uint_lt(commits, WRITERS * ROUNDS);
	ck_assert_uint_le(storage_changes(f.st) - changes, commits);
	fixture_free(&f);
}
END_TEST

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool inside, open;
};

/* The first writer stays in its function until all others wait. */
static int
gated_tx(struct storage_tx *tx, void *arg)
{
	struct gate *g = arg;
	unsigned object = 1000;

	(void)pthread_mutex_lock(&g->lock);
	g->inside = true;
	(void)pthread_cond_broadcast(&g->changed);
	while (!g->open)
		(void)pthread_cond_wait(&g->changed, &g->lock);
	(void)pthread_mutex_unlock(&g->lock);
	return object_add_tx(tx, &object);
}

struct one {
	struct fixture *f;
	int (*fn)(struct storage_tx *tx, void *arg);
	void *arg;
	unsigned n;
	int result;
};

static void *
write_one(void *arg)
{
	struct one *o = arg;

	o->result = storage_write(o->f->st, o->fn, o->arg != NULL ? o->arg : &o->n);
	return NULL;
}

/* Where the queue ends: another place for each who comes. */
static struct writer **
queue_end(struct storage *st)
{
	struct writer **end;

	(void)pthread_mutex_lock(&st->writers.lock);
	end = st->writers.last;
	(void)pthread_mutex_unlock(&st->writers.lock);
	return end;
}

START_TEST (who_arrives_during_a_transaction_is_in_its_commit) {
	struct fixture f;
	struct gate g = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false,
		false };
	pthread_t threads[WRITERS + 1];
	struct one first, others[WRITERS];
	uint64_t commits;

	fixture_new(&f);
	fixture_token(&f, 0);
	commits = atomic_load(&f.st->commits);
	first = (struct one){ .f = &f, .fn = gated_tx, .arg = &g };
	ck_assert_int_eq(pthread_create(&threads[0], NULL, write_one, &first), 0);
	(void)pthread_mutex_lock(&g.lock);
	while (!g.inside)
		(void)pthread_cond_wait(&g.changed, &g.lock);
	(void)pthread_mutex_unlock(&g.lock);
	for (unsigned i = 0; i < WRITERS; i++) {
		struct writer **end = queue_end(f.st);

		others[i] = (struct one){ .f = &f,
			.fn = i == ODD_ONE ? add_and_fail_tx : object_add_tx,
			.n = i };
		ck_assert_int_eq(
			pthread_create(&threads[i + 1], NULL, write_one, &others[i]), 0);
		while (queue_end(f.st) == end)
			(void)usleep(1000);
	}
	(void)pthread_mutex_lock(&g.lock);
	g.open = true;
	(void)pthread_cond_broadcast(&g.changed);
	(void)pthread_mutex_unlock(&g.lock);
	for (unsigned i = 0; i < WRITERS + 1; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(first.result, 0);
	for (unsigned i = 0; i < WRITERS; i++)
		ck_assert_int_eq(others[i].result, i == ODD_ONE ? 42 : 0);
	ck_assert_uint_eq(fixture_objects(&f), WRITERS);
	ck_assert_uint_lt(atomic_load(&f.st->commits) - commits, WRITERS);
	fixture_free(&f);
}
END_TEST

struct nested {
	struct storage *st;
	uint64_t inner, outer;
};

static int
nested_tx(struct storage_tx *tx, void *arg)
{
	struct nested *n = arg;
	unsigned object = 1;

	ck_assert_int_eq(storage_read(n->st, object_count_tx, &n->inner), 0);
	ck_assert_int_eq(object_count_tx(tx, &n->outer), 0);
	ck_assert_uint_eq(n->inner, n->outer);
	ck_assert_int_eq(storage_write(n->st, object_add_tx, &object), 0);
	/* the outer one still sees what it saw, a new one sees more */
	ck_assert_int_eq(object_count_tx(tx, &n->outer), 0);
	ck_assert_int_eq(storage_read(n->st, object_count_tx, &n->inner), 0);
	ck_assert_uint_eq(n->inner, n->outer + 1);
	return 0;
}

START_TEST (a_reader_sees_one_state_from_first_to_last) {
	struct fixture f;
	struct nested n;

	fixture_new(&f);
	fixture_token(&f, 0);
	n = (struct nested){ .st = f.st };
	ck_assert_int_eq(storage_read(f.st, nested_tx, &n), 0);
	fixture_free(&f);
}
END_TEST

static int
ticket_tx(struct storage_tx *tx, void *arg)
{
	const struct ticket_row row = { .hash = { 1 }, .token = id_n(0) };

	return ticket_put(tx, &row);
}

START_TEST (the_count_of_changes_rises_for_tokens_and_objects_only) {
	struct fixture f;
	unsigned object = 3;
	uint64_t was;

	fixture_new(&f);
	was = storage_changes(f.st);
	fixture_token(&f, 0);
	ck_assert_uint_eq(storage_changes(f.st), was + 1);
	ck_assert_int_eq(storage_write(f.st, ticket_tx, NULL), 0);
	ck_assert_uint_eq(storage_changes(f.st), was + 1);
	ck_assert_int_eq(storage_write(f.st, add_and_fail_tx, &object), 42);
	ck_assert_uint_eq(storage_changes(f.st), was + 1);
	ck_assert_int_eq(storage_write(f.st, object_add_tx, &object), 0);
	ck_assert_uint_eq(storage_changes(f.st), was + 2);
	fixture_free(&f);
}
END_TEST

static const struct check_test tests[] = {
	{ &writers_share_commits_and_a_failing_one_undoes_only_itself, 0 },
	{ &who_arrives_during_a_transaction_is_in_its_commit, 0 },
	{ &a_reader_sees_one_state_from_first_to_last, 0 },
	{ &the_count_of_changes_rises_for_tokens_and_objects_only, 0 },
};

CHECK_MAIN("storage_writers", tests)
