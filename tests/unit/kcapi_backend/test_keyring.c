/* SPDX-License-Identifier: Apache-2.0 */
#include "kcapi_backend/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <keyutils.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/check_main.h"

#define NOBODY 65534
#define NEEDS_ROOT "only root can be a user whose quota is nobody else's"
#define THREADS 8
#define ROUNDS 200
#define QUOTA_TRIES 400 /* more than a user's 200 keys */
#define QUOTA_WAIT_MS 30000

static const uint8_t value16[16] = "0123456789abcdef";
static const uint8_t value32[32] = "another key, of thirty-two bytes";

/* Runs the rest of a test only where there are keyrings at all. */
static bool
have_keyrings(void)
{
	struct keyring_key key;
	int err = keyring_key_new(KEYRING_USER, BYTES_OF(value16), 0, &key);

	if (skip_if(err == -ENOSYS || err == -EPERM, "no keyrings here"))
		return false;
	ck_assert_int_eq(err, 0);
	keyring_key_free(&key);
	return true;
}

static bool
reads_as(const struct keyring_key *key, struct bytes want)
{
	struct secret s = SECRET_NONE;
	bool same = keyring_key_read(key, &s) == 0 && bytes_equal(secret_bytes(&s), want);

	secret_free(&s);
	return same;
}

static void
sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&ts, NULL);
}

/* The kernel lets go of it after a grace period, some milliseconds. */
static bool
is_destroyed(const struct keyring_key *key)
{
	for (int i = 0; i < 3000; i++) {
		struct secret s = SECRET_NONE;

		if (keyring_key_read(key, &s) != 0)
			return s.p == NULL;
		secret_free(&s);
		sleep_ms(10);
	}
	return false;
}

static unsigned
fds_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* Mappings of shared anonymous memory: the pins. */
static unsigned
pins_mapped(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];
	unsigned n = 0;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL)
		n += strstr(line, "---s") != NULL && strstr(line, "/dev/zero") != NULL;
	fclose(f);
	return n;
}

START_TEST (key_is_read_updated_and_freed) {
	struct keyring_key key;
	struct keyring_key gone;

	if (!have_keyrings())
		return;
	ck_assert_int_eq(keyring_key_new(KEYRING_USER, BYTES_OF(value16), 0, &key), 0);
	ck_assert_uint_eq(keyring_keys_alive(), 1);
	ck_assert(reads_as(&key, BYTES_OF(value16)));
	ck_assert_int_eq(keyring_key_update(&key, BYTES_OF(value32)), 0);
	ck_assert(reads_as(&key, BYTES_OF(value32)));
	gone = key;
	keyring_key_free(&key);
	ck_assert_int_eq(key.serial, 0);
	ck_assert_uint_eq(keyring_keys_alive(), 0);
	ck_assert(is_destroyed(&gone));
	keyring_key_free(&key);
	ck_assert_uint_eq(keyring_keys_alive(), 0);
}
END_TEST

START_TEST (value_longer_than_the_first_read_comes_back_whole) {
	static const size_t sizes[] = { 1, 63, 64, 65, 512, 4096, 16000 };
	static uint8_t big[16000];

	if (!have_keyrings())
		return;
	memset(big, 0x5a, sizeof big);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct keyring_key key;

		big[sizes[i] - 1] = (uint8_t)i;
		ck_assert_int_eq(
			keyring_key_new(KEYRING_USER, BYTES(big, sizes[i]), 0, &key), 0);
		ck_assert(reads_as(&key, BYTES(big, sizes[i])));
		keyring_key_free(&key);
	}
}
END_TEST

START_TEST (impossible_value_is_refused_and_nothing_is_left) {
	static uint8_t big[40000];
	struct keyring_key key = { 0 };

	if (!have_keyrings())
		return;
	ck_assert_int_eq(keyring_key_new(KEYRING_USER, BYTES_NONE, 0, &key), -EINVAL);
	ck_assert_int_eq(keyring_key_new(KEYRING_USER, BYTES_OF(big), 0, &key), -EINVAL);
	ck_assert_int_eq(key.serial, 0);
	ck_assert_uint_eq(keyring_keys_alive(), 0);
}
END_TEST

static void *
make_one(void *arg)
{
	int err = keyring_key_new(KEYRING_USER, BYTES_OF(value16), 0, arg);

	return (void *)(intptr_t)err;
}

static void
make_in_thread(struct keyring_key *ret)
{
	pthread_t thread;
	void *err;

	ck_assert_int_eq(pthread_create(&thread, NULL, make_one, ret), 0);
	ck_assert_int_eq(pthread_join(thread, &err), 0);
	ck_assert_int_eq((int)(intptr_t)err, 0);
}

/* What a test does in a forked child, which starts without a process keyring:
 * its first thread is older than any. 0 or the step that failed. */
static int
in_child(int (*fn)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		keyring_forget();
		_exit(fn());
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
use_key_of_exited_thread(void)
{
	unsigned before = pins_mapped();
	struct keyring_key key;
	struct keyring_key gone;

	make_in_thread(&key);
	sleep_ms(200); /* a dead thread's credentials go after a grace period */
	if (!reads_as(&key, BYTES_OF(value16)))
		return 1;
	if (keyring_key_update(&key, BYTES_OF(value32)) != 0)
		return 2;
	if (!reads_as(&key, BYTES_OF(value32)))
		return 3;
	if (pins_mapped() != before + 1)
		return 4;
	gone = key;
	keyring_key_free(&key);
	if (!is_destroyed(&gone) || keyring_keys_alive() != 0)
		return 5;
	return pins_mapped() == before ? 0 : 6;
}

START_TEST (key_of_an_exited_thread_serves_older_threads) {
	if (have_keyrings())
		ck_assert_int_eq(in_child(use_key_of_exited_thread), 0);
}
END_TEST

struct meeting {
	pthread_barrier_t barrier;
	struct keyring_key key;
};

static void *
wait_then_leave(void *arg)
{
	struct meeting *m = arg;

	if (keyring_key_new(KEYRING_USER, BYTES_OF(value16), 0, &m->key) != 0)
		_exit(100);
	pthread_barrier_wait(&m->barrier);
	pthread_barrier_wait(&m->barrier);
	return NULL;
}

/* An older thread has no right to unlink from the maker's keyring. */
static int
free_key_of_living_thread(void)
{
	struct meeting m = { 0 };
	struct keyring_key gone;
	pthread_t thread;
	bool destroyed;

	pthread_barrier_init(&m.barrier, NULL, 2);
	if (pthread_create(&thread, NULL, wait_then_leave, &m) != 0)
		return 1;
	pthread_barrier_wait(&m.barrier);
	gone = m.key;
	keyring_key_free(&m.key);
	destroyed = is_destroyed(&gone);
	pthread_barrier_wait(&m.barrier);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&m.barrier);
	return destroyed && keyring_keys_alive() == 0 ? 0 : 2;
}

START_TEST (freeing_from_an_older_thread_destroys_the_key) {
	if (have_keyrings())
		ck_assert_int_eq(in_child(free_key_of_living_thread), 0);
}
END_TEST

START_TEST (no_descriptor_is_open_while_keys_live) {
	struct keyring_key keys[20];
	unsigned before;

	if (!have_keyrings())
		return;
	before = fds_open();
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (i % 2 == 0)
			make_in_thread(&keys[i]);
		else
			ck_assert_int_eq(keyring_key_new(KEYRING_USER, BYTES_OF(value16),
						 0, &keys[i]),
				0);
	}
	ck_assert_uint_eq(fds_open(), before);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		keyring_key_free(&keys[i]);
	ck_assert_uint_eq(fds_open(), before);
	ck_assert_uint_eq(keyring_keys_alive(), 0);
}
END_TEST

START_TEST (keys_survive_closing_every_descriptor) {
	pid_t child;
	int status;

	if (!have_keyrings())
		return;
	child = fork();
	if (child == 0) {
		struct keyring_key key = { 0 };

		keyring_forget();
		make_in_thread(&key);
		closefrom(0);
		sleep_ms(100);
		_exit(reads_as(&key, BYTES_OF(value16)) ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

struct churn {
	pthread_t thread;
	unsigned failed;
};

static void *
churn(void *arg)
{
	struct churn *c = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct keyring_key key;

		if (keyring_key_new(
			    KEYRING_USER, BYTES_OF(value32), QUOTA_WAIT_MS, &key) != 0) {
			c->failed++;
			continue;
		}
		c->failed += !reads_as(&key, BYTES_OF(value32));
		keyring_key_free(&key);
	}
	return NULL;
}

START_TEST (many_threads_make_and_free_keys) {
	struct churn c[THREADS] = { 0 };
	unsigned before;

	if (!have_keyrings())
		return;
	before = pins_mapped();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&c[i].thread, NULL, churn, &c[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(c[i].thread, NULL);
		ck_assert_uint_eq(c[i].failed, 0);
	}
	ck_assert_uint_eq(keyring_keys_alive(), 0);
	ck_assert_uint_eq(pins_mapped(), before);
}
END_TEST

START_TEST (child_starts_empty_and_leaves_the_parents_keys_alone) {
	struct keyring_key key;
	struct keyring_key other;
	pid_t child;
	int status;

	if (!have_keyrings())
		return;
	ck_assert_int_eq(keyring_key_new(KEYRING_USER, BYTES_OF(value16), 0, &key), 0);
	make_in_thread(&other);
	child = fork();
	if (child == 0) {
		struct keyring_key own;

		keyring_forget();
		if (keyring_keys_alive() != 0)
			_exit(1);
		keyring_key_free(&key);
		keyring_key_free(&other);
		if (keyring_key_new(KEYRING_USER, BYTES_OF(value32), 0, &own) != 0)
			_exit(2);
		if (!reads_as(&own, BYTES_OF(value32)) || keyring_keys_alive() != 1)
			_exit(3);
		keyring_key_free(&own);
		_exit(keyring_keys_alive() == 0 ? 0 : 4);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert(reads_as(&key, BYTES_OF(value16)));
	ck_assert(reads_as(&other, BYTES_OF(value16)));
	keyring_key_free(&key);
	keyring_key_free(&other);
}
END_TEST

/* parent: makes keys in two ways, forks a child that outlives it. The child
 * says whether the keys went with the parent. */
static void
orphan_reports(int to)
{
	struct keyring_key key[2];
	pid_t child;

	keyring_forget();
	if (keyring_key_new(KEYRING_USER, BYTES_OF(value16), 0, &key[0]) != 0)
		_exit(1);
	make_in_thread(&key[1]);
	child = fork();
	if (child != 0)
		_exit(child > 0 ? 0 : 1);
	for (int i = 0; i < 1500; i++) {
		bool there = reads_as(&key[0], BYTES_OF(value16)) ||
			     reads_as(&key[1], BYTES_OF(value16));

		if (!there)
			break;
		sleep_ms(20);
	}
	for (int i = 0; i < 2; i++) {
		char c = reads_as(&key[i], BYTES_OF(value16)) ? 'y' : 'n';

		if (write(to, &c, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

START_TEST (forked_child_does_not_keep_keys_of_a_dead_parent) {
	int pipe_fd[2];
	char said[2] = { 0 };
	pid_t parent;
	int status;

	if (!have_keyrings())
		return;
	ck_assert_int_eq(pipe(pipe_fd), 0);
	parent = fork();
	if (parent == 0)
		orphan_reports(pipe_fd[1]);
	close(pipe_fd[1]);
	ck_assert_int_eq(waitpid(parent, &status, 0), parent);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(pipe_fd[0], &said[0], 1), 1);
	ck_assert_int_eq(read(pipe_fd[0], &said[1], 1), 1);
	close(pipe_fd[0]);
	ck_assert_int_eq(said[0], 'n');
	ck_assert_int_eq(said[1], 'n');
}
END_TEST

/* As nobody: fills the quota, frees half, waits for room. 0 or the step. */
static int
fill_quota(void)
{
	static struct keyring_key keys[QUOTA_TRIES];
	struct keyring_key key;
	int n = 0;
	int err = 0;

	keyring_forget();
	if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
		return 1;
	while (n < QUOTA_TRIES) {
		err = keyring_key_new(KEYRING_USER, BYTES_OF(value32), 0, &keys[n]);
		if (err != 0)
			break;
		n++;
	}
	if (err != -EDQUOT)
		return 2;
	if (n < 50 || keyring_keys_alive() != (unsigned)n)
		return 3;
	/* a short wait does not help while nothing is freed */
	if (keyring_key_new(KEYRING_USER, BYTES_OF(value32), 20, &key) != -EDQUOT)
		return 4;
	for (int i = 0; i < n; i++) {
		if (!reads_as(&keys[i], BYTES_OF(value32)))
			return 5;
	}
	for (int i = 0; i < n; i += 2)
		keyring_key_free(&keys[i]);
	for (int i = 0; i < n; i += 2) {
		if (keyring_key_new(KEYRING_USER, BYTES_OF(value32), QUOTA_WAIT_MS,
			    &keys[i]) != 0)
			return 6;
	}
	for (int i = 0; i < n; i++)
		keyring_key_free(&keys[i]);
	return keyring_keys_alive() == 0 ? 0 : 7;
}

START_TEST (used_up_quota_is_told_and_freed_keys_make_room) {
	pid_t child;
	int status;

	if (skip_if(geteuid() != 0, NEEDS_ROOT) || !have_keyrings())
		return;
	child = fork();
	if (child == 0)
		_exit(fill_quota());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

static double
nanoseconds_since(const struct timespec *a)
{
	struct timespec b;

	clock_gettime(CLOCK_MONOTONIC, &b);
	return (double)(b.tv_sec - a->tv_sec) * 1e9 + (double)(b.tv_nsec - a->tv_nsec);
}

static double
make_and_free(int n)
{
	struct timespec begun;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (int i = 0; i < n; i++) {
		struct keyring_key key;

		ck_assert_int_eq(keyring_key_new(KEYRING_USER, BYTES_OF(value32),
					 QUOTA_WAIT_MS, &key),
			0);
		keyring_key_free(&key);
	}
	return nanoseconds_since(&begun) / n;
}

static double
add_and_unlink(int n)
{
	struct timespec begun;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (int i = 0; i < n; i++) {
		char name[32];
		key_serial_t serial;

		snprintf(name, sizeof name, "kt-bare:%d", i);
		serial = add_key(
			"user", name, value32, sizeof value32, KEY_SPEC_PROCESS_KEYRING);
		ck_assert_int_ne(serial, -1);
		keyctl_unlink(serial, KEY_SPEC_PROCESS_KEYRING);
	}
	return nanoseconds_since(&begun) / n;
}

START_TEST (making_and_freeing_keeps_pace_with_the_bare_calls) {
	enum { N = 400, TRIES = 10 };
	double ours = 1e12, bare = 1e12;

	if (!have_keyrings())
		return;
	/* the best of some: the others measure who else is at work */
	for (int i = 0; i < TRIES; i++) {
		double a = make_and_free(N), b = add_and_unlink(N);

		ours = a < ours ? a : ours;
		bare = b < bare ? b : bare;
	}
	printf("key made and freed: %.0f ns; bare add_key and unlink: %.0f ns\n", ours,
		bare);
	ck_assert(ours < bare * 10); /* sanitizers; the goal is 1.4 */
}
END_TEST

/* By its own process, by root, with the serial in hand: nobody reads or changes it. */
START_TEST (a_logon_key_cannot_be_read_back) {
	struct keyring_key key;
	struct secret s = SECRET_NONE;
	char byte;

	if (!have_keyrings())
		return;
	ck_assert_int_eq(keyring_key_new(KEYRING_LOGON, BYTES_OF(value16), 0, &key), 0);
	ck_assert_int_lt(keyring_key_read(&key, &s), 0);
	ck_assert_ptr_null(s.p);
	ck_assert_int_eq(keyctl_read(key.serial, &byte, 1), -1);
	ck_assert_int_lt(keyring_key_update(&key, BYTES_OF(value32)), 0);
	ck_assert_uint_eq(keyring_keys_alive(), 1);
	keyring_key_free(&key);
	ck_assert_uint_eq(keyring_keys_alive(), 0);
}
END_TEST

static void *
make_logon(void *arg)
{
	return (void *)(intptr_t)keyring_key_new(
		KEYRING_LOGON, BYTES_OF(value16), QUOTA_WAIT_MS, arg);
}

/* Which has no right to unlink it. */
static int
free_logon_key_of_another_thread(void)
{
	struct keyring_key key = { 0 };
	pthread_t thread;
	char *said = NULL;
	int serial;
	void *err;

	if (pthread_create(&thread, NULL, make_logon, &key) != 0)
		return 1;
	if (pthread_join(thread, &err) != 0 || err != NULL)
		return 2;
	serial = key.serial;
	if (keyctl_describe_alloc(serial, &said) < 0)
		return 3;
	free(said);
	keyring_key_free(&key);
	for (int i = 0; i < 500; i++) {
		if (keyctl_describe_alloc(serial, &said) < 0)
			return 0;
		free(said);
		sleep_ms(10);
	}
	return 4;
}

START_TEST (a_logon_key_is_destroyed_from_any_thread) {
	if (have_keyrings())
		ck_assert_int_eq(in_child(free_logon_key_of_another_thread), 0);
}
END_TEST

/* As nobody, with the quota used up and nothing freed: a wait would be in vain. */
static int
fail_at_once(void)
{
	static struct keyring_key keys[QUOTA_TRIES];
	struct keyring_key key;
	struct timespec begun, done;
	int n = 0, err = 0;

	keyring_forget();
	if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
		return 1;
	while (n < QUOTA_TRIES && err == 0) {
		err = keyring_key_new(KEYRING_USER, BYTES_OF(value32), 0, &keys[n]);
		n += err == 0;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &begun);
	err = keyring_key_new(KEYRING_USER, BYTES_OF(value32), 60000, &key);
	(void)clock_gettime(CLOCK_MONOTONIC, &done);
	for (int i = 0; i < n; i++)
		keyring_key_free(&keys[i]);
	if (err != -EDQUOT)
		return 2;
	return done.tv_sec - begun.tv_sec < 30 ? 0 : 3;
}

START_TEST (no_wait_where_nothing_was_freed) {
	pid_t child;
	int status;

	if (skip_if(geteuid() != 0, NEEDS_ROOT) || !have_keyrings())
		return;
	child = fork();
	if (child == 0)
		_exit(fail_at_once());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_logon_key_cannot_be_read_back, 0 },
	{ &a_logon_key_is_destroyed_from_any_thread, 0 },
	{ &no_wait_where_nothing_was_freed, 0 },
	{ &key_is_read_updated_and_freed, 0 },
	{ &value_longer_than_the_first_read_comes_back_whole, 0 },
	{ &impossible_value_is_refused_and_nothing_is_left, 0 },
	{ &key_of_an_exited_thread_serves_older_threads, 0 },
	{ &freeing_from_an_older_thread_destroys_the_key, 0 },
	{ &no_descriptor_is_open_while_keys_live, 0 },
	{ &keys_survive_closing_every_descriptor, 0 },
	{ &many_threads_make_and_free_keys, 0 },
	{ &child_starts_empty_and_leaves_the_parents_keys_alone, 0 },
	{ &forked_child_does_not_keep_keys_of_a_dead_parent, 0 },
	{ &used_up_quota_is_told_and_freed_keys_make_room, 0 },
	{ &making_and_freeing_keeps_pace_with_the_bare_calls, 0 },
};

CHECK_MAIN("keyring", tests)
