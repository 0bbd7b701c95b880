/* SPDX-License-Identifier: Apache-2.0 */
/* The one client behind all connections: resuming, forks, waiting for slots. */
#include "tests/unit/store/helper.h"

START_TEST (policy_comes_from_the_hello_and_is_then_known) {
	struct server server;
	struct store *store = store_make();
	struct store_policy policy = { 0 };

	server_start(&server);
	ck_assert_uint_eq(store_policy(store, &policy), CKR_OK);
	ck_assert_int_eq(policy.sensitive_session, WIRE_CUSTODY_BROKER);
	ck_assert_uint_eq(store_policy(store, &policy), CKR_OK);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	ck_assert_int_eq(atomic_load(&server.connected), 1);
	store_free(&store);
	server_stop(&server);
}
END_TEST

static const struct {
	enum greeting greeting;
	CK_RV rv;
} bad_hellos[] = {
	{ REFUSE, CKR_FUNCTION_FAILED },
	{ BAD_VERSION, CKR_DEVICE_ERROR },
	{ BAD_SECRET, CKR_DEVICE_ERROR },
	{ BAD_CUSTODY, CKR_DEVICE_ERROR },
	{ KNOWS_NOBODY, CKR_DEVICE_ERROR },
};

START_TEST (hello_that_makes_no_sense_is_an_error) {
	struct server server;
	struct store *store = store_make();
	struct store_policy policy = { 0 };

	server_start(&server);
	atomic_store(&server.greeting, (int)bad_hellos[_i].greeting);
	ck_assert_uint_eq(store_policy(store, &policy), bad_hellos[_i].rv);
	ck_assert_int_eq(policy.sensitive_session, 0);
	ck_assert_uint_eq(call_whole(store), bad_hellos[_i].rv);
	ck_assert_int_eq(each_socket(NULL), 0);
	atomic_store(&server.greeting, WELCOME);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (known_client_is_not_given_another_secret) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	server_hang_up(&server, false);
	atomic_store(&server.greeting, OTHER_SECRET);
	ck_assert_uint_eq(call_whole(store), CKR_DEVICE_ERROR);
	atomic_store(&server.greeting, WELCOME);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	ck_assert_int_eq(atomic_load(&server.made), 1);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (restarted_keyringd_is_resumed) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	for (int i = 0; i < 5; i++) {
		ck_assert_uint_eq(call_whole(store), CKR_OK);
		server_hang_up(&server, false);
	}
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	ck_assert_int_eq(atomic_load(&server.made), 1);
	ck_assert_int_eq(atomic_load(&server.connected), 6);
	ck_assert_uint_eq(store_generation(store), 0);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (keyringd_that_forgot_us_raises_the_generation) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	ck_assert_uint_eq(store_generation(store), 0);
	for (uint64_t i = 0; i < 5; i++) {
		ck_assert_uint_eq(call_whole(store), CKR_OK);
		ck_assert_uint_eq(store_generation(store), i);
		server_hang_up(&server, true);
	}
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	ck_assert_uint_eq(store_generation(store), 5);
	ck_assert_int_eq(atomic_load(&server.made), 6);
	store_free(&store);
	server_stop(&server);
}
END_TEST

/* In all of these the other end still has the connection. */
static const enum manner one_sided[] = { SILENCE, SILENCE_HALF, WRONG_ID, BAD_FIELDS };

START_TEST (call_that_failed_on_the_only_connection_does_not_end_the_client) {
	struct server server;
	struct store *store = store_make();

	server_start(&server);
	atomic_store(&server.mortal, true);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	store_limit_set(store, slower(400));
	atomic_store(&server.manner, (int)one_sided[_i]);
	atomic_store(&server.manner_left, 1);
	ck_assert_uint_eq(call_whole(store), CKR_DEVICE_ERROR);
	store_limit_set(store, LIMIT_MS);
	sleep_ms(50); /* for the server to see it close */
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	ck_assert_uint_eq(store_generation(store), 0);
	ck_assert_int_eq(atomic_load(&server.made), 1);
	ck_assert_int_eq(each_socket(NULL), 1);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (no_second_connection_is_waited_for_where_one_is_all_there_may_be) {
	struct server server;
	struct store *store = store_make();
	uint64_t start;

	server_start(&server);
	atomic_store(&server.room, 1);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	atomic_store(&server.manner, WRONG_ID);
	atomic_store(&server.manner_left, 1);
	start = time_ms();
	ck_assert_uint_eq(call_whole(store), CKR_DEVICE_ERROR);
	ck_assert_uint_lt(time_ms() - start, slower(800));
	ck_assert_int_eq(atomic_load(&server.refused), 1);
	store_free(&store);
	server_stop(&server);
}
END_TEST

static int
use_in_child(struct store *store)
{
	struct store *own = NULL;

	alarm(slower(50));
	store_forget(&store);
	if (store != NULL)
		return 1;
	if (each_socket(NULL) != 0)
		return 2;
	secret_forget_all();
	if (store_new(&own) != CKR_OK || call_whole(own) != CKR_OK)
		return 3;
	if (each_socket(NULL) != 1)
		return 4;
	store_free(&own);
	return 0;
}

START_TEST (forked_child_lets_go_and_makes_its_own_client) {
	struct server server;
	struct store *store = store_make();
	pid_t child;
	int status;

	server_start(&server);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	child = fork();
	if (child == 0)
		_exit(use_in_child(store));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(atomic_load(&server.made), 2);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	ck_assert_int_eq(atomic_load(&server.connected), 2);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (what_ends_here_ends_there_though_a_child_lives) {
	struct server server;
	struct store *store = store_make();
	pid_t child;

	server_start(&server);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		sleep_ms(60000);
		_exit(0);
	}
	store_free(&store);
	for (int i = 0; i < 10000 && atomic_load(&server.ended) == 0; i++)
		sleep_ms(1);
	ck_assert_int_eq(atomic_load(&server.ended), 1);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	server_stop(&server);
}
END_TEST

/* Until the server has seen n requests of this type. */
static void
await_requests(struct server *server, enum wire_type type, int n)
{
	for (int i = 0; i < 30000 && atomic_load(&server->requests[type]) < n; i++)
		sleep_ms(1);
	ck_assert_int_ge(atomic_load(&server->requests[type]), n);
}

struct caller {
	struct store *store;
	pthread_t thread;
	CK_RV rv;
	uint64_t serial;
};

static void *
call_slowly(void *arg)
{
	struct caller *c = arg;

	c->rv = call_whole(c->store);
	return NULL;
}

START_TEST (fork_during_another_threads_call_disturbs_neither) {
	struct server server;
	struct caller c = { .store = store_make() };
	pid_t child;
	int status;

	server_start(&server);
	ck_assert_uint_eq(call_whole(c.store), CKR_OK);
	atomic_store(&server.delay_ms, 200);
	ck_assert_int_eq(pthread_create(&c.thread, NULL, call_slowly, &c), 0);
	await_requests(&server, WIRE_OP, 2);
	child = fork();
	if (child == 0)
		_exit(use_in_child(c.store));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	pthread_join(c.thread, NULL);
	ck_assert_uint_eq(c.rv, CKR_OK);
	store_free(&c.store);
	server_stop(&server);
}
END_TEST

static void *
wait_for_slots(void *arg)
{
	struct caller *c = arg;
	struct wire_wait_slots request = { 0 };
	struct wire_wait_slots_reply reply = { 0 };

	c->rv = store_wait(c->store, &request, &reply);
	c->serial = reply.serial;
	return NULL;
}

START_TEST (waiting_ends_with_a_change_and_has_no_time_limit) {
	struct server server;
	struct caller c = { .store = store_make() };

	server_start(&server);
	ck_assert_uint_eq(call_whole(c.store), CKR_OK);
	store_limit_set(c.store, slower(200));
	ck_assert_int_eq(pthread_create(&c.thread, NULL, wait_for_slots, &c), 0);
	await_requests(&server, WIRE_WAIT_SLOTS, 1);
	sleep_ms(slower(300));
	store_limit_set(c.store, LIMIT_MS);
	ck_assert_uint_eq(call_whole(c.store), CKR_OK); /* meanwhile */
	atomic_store(&server.serial, 5);
	pthread_join(c.thread, NULL);
	ck_assert_uint_eq(c.rv, CKR_OK);
	ck_assert_uint_eq(c.serial, 5);
	ck_assert_int_eq(atomic_load(&server.made), 1);
	ck_assert_int_eq(each_socket(NULL), 1);
	store_free(&c.store);
	server_stop(&server);
}
END_TEST

START_TEST (stopping_wakes_all_who_wait) {
	struct server server;
	struct caller c[4];
	struct store *store = store_make();

	server_start(&server);
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		c[i] = (struct caller){ .store = store };
		ck_assert_int_eq(
			pthread_create(&c[i].thread, NULL, wait_for_slots, &c[i]), 0);
	}
	await_requests(&server, WIRE_WAIT_SLOTS, ARRAY_LEN(c));
	store_stop(store);
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		pthread_join(c[i].thread, NULL);
		ck_assert_uint_eq(c[i].rv, CKR_CRYPTOKI_NOT_INITIALIZED);
	}
	wait_for_slots(&c[0]);
	ck_assert_uint_eq(c[0].rv, CKR_CRYPTOKI_NOT_INITIALIZED);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	store_free(&store);
	ck_assert_int_eq(each_socket(NULL), 0);
	server_stop(&server);
}
END_TEST

START_TEST (waiting_goes_on_after_a_restart) {
	struct server server;
	struct caller c = { .store = store_make() };

	server_start(&server);
	ck_assert_int_eq(pthread_create(&c.thread, NULL, wait_for_slots, &c), 0);
	await_requests(&server, WIRE_WAIT_SLOTS, 1);
	server_hang_up(&server, false);
	await_requests(&server, WIRE_WAIT_SLOTS, 2);
	atomic_store(&server.serial, 9);
	pthread_join(c.thread, NULL);
	ck_assert_uint_eq(c.rv, CKR_OK);
	ck_assert_uint_eq(c.serial, 9);
	store_free(&c.store);
	server_stop(&server);
}
END_TEST

START_TEST (waiting_for_nobody_returns) {
	struct caller c = { .store = store_make() };

	setenv("KEYRING_TOKEN_SOCKET", "/nonexistent/keyringd.sock", 1);
	wait_for_slots(&c);
	ck_assert_uint_eq(c.rv, CKR_DEVICE_REMOVED);
	store_free(&c.store);
}
END_TEST

static const struct check_test tests[] = {
	{ &policy_comes_from_the_hello_and_is_then_known, 0 },
	{ &hello_that_makes_no_sense_is_an_error, ARRAY_LEN(bad_hellos) },
	{ &known_client_is_not_given_another_secret, 0 },
	{ &restarted_keyringd_is_resumed, 0 },
	{ &keyringd_that_forgot_us_raises_the_generation, 0 },
	{ &call_that_failed_on_the_only_connection_does_not_end_the_client,
		ARRAY_LEN(one_sided) },
	{ &no_second_connection_is_waited_for_where_one_is_all_there_may_be, 0 },
	{ &forked_child_lets_go_and_makes_its_own_client, 0 },
	{ &what_ends_here_ends_there_though_a_child_lives, 0 },
	{ &fork_during_another_threads_call_disturbs_neither, 0 },
	{ &waiting_ends_with_a_change_and_has_no_time_limit, 0 },
	{ &stopping_wakes_all_who_wait, 0 },
	{ &waiting_goes_on_after_a_restart, 0 },
	{ &waiting_for_nobody_returns, 0 },
};

CHECK_MAIN("store_client", tests)
