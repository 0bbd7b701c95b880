/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads over one pool. */
#include "tests/unit/store/helper.h"

#define POOL_MOST 64
#define THREADS_MOST 80
#define IDLE_KEPT 4

struct worker {
	struct store *store;
	pthread_barrier_t *start;
	pthread_t thread;
	int calls;
	int id;
	int failed;
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	uint8_t data[600];

	memset(data, w->id, sizeof data);
	pthread_barrier_wait(w->start);
	for (int i = 0; i < w->calls; i++) {
		size_t n = (size_t)(i * 37 + w->id) % sizeof data;
		CK_RV rv =
			call_op(w->store, BYTES(data, n), WIRE_OP_FIRST | WIRE_OP_LAST);

		w->failed += rv != CKR_OK;
	}
	return NULL;
}

static struct worker workers[THREADS_MOST];
static pthread_barrier_t workers_start;

static void
workers_begin(struct store *store, int threads, int calls)
{
	pthread_barrier_init(&workers_start, NULL, (unsigned)threads);
	for (int i = 0; i < threads; i++) {
		workers[i] = (struct worker){
			.store = store, .start = &workers_start, .calls = calls, .id = i
		};
		ck_assert_int_eq(
			pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
}

/* How many calls failed. */
static int
workers_end(int threads)
{
	int failed = 0;

	for (int i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		failed += workers[i].failed;
	}
	pthread_barrier_destroy(&workers_start);
	return failed;
}

START_TEST (threads_get_their_own_answers_and_are_one_client) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	workers_begin(store, 16, 200);
	ck_assert_int_eq(workers_end(16), 0);
	ck_assert_int_eq(atomic_load(&server.made), 1);
	ck_assert_int_le(atomic_load(&server.open_most), 16);
	ck_assert_int_eq(atomic_load(&server.requests[WIRE_OP]), 16 * 200);
	ck_assert_uint_eq(store_generation(store), 0);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (racing_first_calls_make_one_client) {
	for (int round = 0; round < 20; round++) {
		struct server server;
		struct store *store = store_make();

		server_start(&server);
		workers_begin(store, 16, 1);
		ck_assert_int_eq(workers_end(16), 0);
		ck_assert_int_eq(atomic_load(&server.made), 1);
		store_free(&store);
		server_stop(&server);
	}
}
END_TEST

START_TEST (failed_first_call_lets_the_others_try) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	atomic_store(&server.greeting, REFUSE);
	workers_begin(store, 16, 3);
	ck_assert_int_eq(workers_end(16), 16 * 3);
	atomic_store(&server.greeting, WELCOME);
	workers_begin(store, 16, 3);
	ck_assert_int_eq(workers_end(16), 0);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (more_threads_than_connections_wait_for_their_turn) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	atomic_store(&server.delay_ms, 30);
	workers_begin(store, THREADS_MOST, 4);
	ck_assert_int_eq(workers_end(THREADS_MOST), 0);
	ck_assert_int_le(atomic_load(&server.open_most), POOL_MOST);
	ck_assert_int_le(each_socket(NULL), POOL_MOST);
	store_free(&store);
	server_stop(&server);
}
END_TEST

/* keyringd's limit may be lower than the pool's. */
START_TEST (connections_that_are_refused_are_waited_for) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	atomic_store(&server.room, 8);
	atomic_store(&server.delay_ms, 10);
	workers_begin(store, 24, 4);
	ck_assert_int_eq(workers_end(24), 0);
	ck_assert_int_gt(atomic_load(&server.refused), 0);
	ck_assert_int_eq(atomic_load(&server.requests[WIRE_OP]), 24 * 4);
	store_free(&store);
	server_stop(&server);
}
END_TEST

/* ... but not where there are none of this process's to wait for. */
START_TEST (without_any_connection_there_is_nothing_to_wait_for) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	atomic_store(&server.room, 1);
	atomic_store(&server.welcome, 1);
	ck_assert_uint_eq(call_whole(store), CKR_DEVICE_MEMORY);
	store_free(&store);
	server_stop(&server);
}
END_TEST

/* Of a part, which is not sent again. */
static void *
lose_answer(void *arg)
{
	return call_op(arg, BYTES("part", 4), WIRE_OP_FIRST) == CKR_DEVICE_ERROR ? arg
										 : NULL;
}

/* Until the server has it. */
static pthread_t
lose_answer_begin(struct server *server, struct store *store, enum manner manner)
{
	const int before = atomic_load(&server->requests[WIRE_OP]);
	pthread_t thread;

	atomic_store(&server->manner, (int)manner);
	atomic_store(&server->manner_left, 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, lose_answer, store), 0);
	for (int i = 0; i < 30000 && atomic_load(&server->requests[WIRE_OP]) == before;
		i++)
		sleep_ms(1);
	sleep_ms(20); /* it knows what to do, too */
	return thread;
}

/* One call has no answer before the others' end, and keeps its connection. */
START_TEST (those_who_wait_come_in_the_place_of_a_connection_that_broke) {
	struct server server;
	struct store *store = store_make();
	void *lost[2] = { NULL, NULL };
	pthread_t threads[2];

	server_start(&server);
	atomic_store(&server.room, 2);
	atomic_store(&server.delay_ms, (int)slower(300));
	threads[0] = lose_answer_begin(&server, store, SILENCE);
	threads[1] = lose_answer_begin(&server, store, HANG_UP);
	workers_begin(store, 2, 1);
	ck_assert_int_eq(workers_end(2), 0);
	server_hang_up(&server, false);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		ck_assert_int_eq(pthread_join(threads[i], &lost[i]), 0);
		ck_assert_ptr_nonnull(lost[i]);
	}
	/* who was refused does not try again and again */
	ck_assert_int_le(atomic_load(&server.refused), 8);
	store_free(&store);
	server_stop(&server);
}
END_TEST

/* The only one: nobody else is left to wait for. */
START_TEST (those_who_wait_are_first_where_all_others_broke) {
	struct server server;
	struct store *store = store_make();
	pthread_t thread;
	void *lost = NULL;

	server_start(&server);
	atomic_store(&server.room, 1);
	atomic_store(&server.delay_ms, (int)slower(300));
	thread = lose_answer_begin(&server, store, HANG_UP);
	workers_begin(store, 2, 1);
	ck_assert_int_eq(workers_end(2), 0);
	ck_assert_int_eq(pthread_join(thread, &lost), 0);
	ck_assert_ptr_nonnull(lost);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (waiting_for_a_connection_ends_at_the_time_limit) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	/* it is a connection's from the beginning */
	store_limit_set(store, slower(1000));
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	atomic_store(&server.manner, SILENCE);
	atomic_store(&server.manner_left, 1000);
	workers_begin(store, THREADS_MOST, 1);
	ck_assert_int_eq(workers_end(THREADS_MOST), THREADS_MOST);
	ck_assert_int_le(each_socket(NULL), IDLE_KEPT);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (what_a_burst_left_over_is_closed_by_later_calls) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	atomic_store(&server.delay_ms, 200);
	workers_begin(store, 20, 2);
	ck_assert_int_eq(workers_end(20), 0);
	atomic_store(&server.delay_ms, 0);
	ck_assert_int_gt(each_socket(NULL), IDLE_KEPT);
	sleep_ms(1100);
	for (int i = 0; i < 20; i++)
		ck_assert_uint_eq(call_whole(store), CKR_OK);
	ck_assert_int_eq(each_socket(NULL), IDLE_KEPT);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (restarts_under_load_lose_no_call) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	workers_begin(store, 8, 400);
	for (int i = 0; i < 5; i++) {
		sleep_ms(10);
		server_hang_up(&server, false);
	}
	/* a call whose second try met the next restart may fail */
	ck_assert_int_le(workers_end(8), 5 * 8);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	ck_assert_int_eq(atomic_load(&server.made), 1);
	ck_assert_uint_eq(store_generation(store), 0);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (forgetting_under_load_raises_the_generation_once) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	atomic_store(&server.delay_ms, 5);
	workers_begin(store, 8, 200); /* a second at least: not over before the hang-up */
	while (atomic_load(&server.requests[WIRE_OP]) < 16)
		sleep_ms(1);
	server_hang_up(&server, true);
	ck_assert_int_eq(workers_end(8), 0);
	ck_assert_uint_eq(store_generation(store), 1);
	/* whatever clients a race made, all connections are of one now */
	workers_begin(store, 8, 10);
	ck_assert_int_eq(workers_end(8), 0);
	ck_assert_uint_eq(store_generation(store), 1);
	store_free(&store);
	server_stop(&server);
}
END_TEST

static const struct check_test tests[] = {
	{ &threads_get_their_own_answers_and_are_one_client, 0 },
	{ &racing_first_calls_make_one_client, 0 },
	{ &failed_first_call_lets_the_others_try, 0 },
	{ &more_threads_than_connections_wait_for_their_turn, 0 },
	{ &connections_that_are_refused_are_waited_for, 0 },
	{ &without_any_connection_there_is_nothing_to_wait_for, 0 },
	{ &those_who_wait_come_in_the_place_of_a_connection_that_broke, 0 },
	{ &those_who_wait_are_first_where_all_others_broke, 0 },
	{ &waiting_for_a_connection_ends_at_the_time_limit, 0 },
	{ &what_a_burst_left_over_is_closed_by_later_calls, 0 },
	{ &restarts_under_load_lose_no_call, 0 },
	{ &forgetting_under_load_raises_the_generation_once, 0 },
};

CHECK_MAIN("store_threads", tests)
