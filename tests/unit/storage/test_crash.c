/* SPDX-License-Identifier: Apache-2.0 */
/* What was acknowledged survives SIGKILL at any moment. */
#include "tests/unit/storage/fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/check_main.h"

#define ROUNDS 8u
#define WRITERS 4u
/* Objects of one round have numbers of their own, and each writer too. */
#define PER_WRITER 100000u

struct work {
	struct storage *st;
	int acknowledge;
	unsigned first;
};

static void *
write_on(void *arg)
{
	struct work *w = arg;

	for (unsigned i = 0; i < PER_WRITER; i++) {
		unsigned n = w->first + i;

		if (storage_write(w->st, object_add_tx, &n) != 0 ||
			write(w->acknowledge, &n, sizeof n) != sizeof n)
			_exit(2);
	}
	_exit(3);
}

/* The process to be killed. */
static void
victim(const char *url, unsigned round, int acknowledge)
{
	struct storage *st;
	struct work work[WRITERS];
	pthread_t threads[WRITERS];
	char err[512];

	if (storage_open(url, &st, err, sizeof err) != 0)
		_exit(1);
	for (unsigned i = 0; i < WRITERS; i++) {
		work[i] = (struct work){ st, acknowledge,
			(round * WRITERS + i) * PER_WRITER };
		if (pthread_create(&threads[i], NULL, write_on, &work[i]) != 0)
			_exit(1);
	}
	for (;;)
		(void)pause();
}

/* Kills a writing process after a while; returns how many were acknowledged. */
static unsigned
kill_round(struct fixture *f, unsigned round)
{
	unsigned n, acknowledged = 0;
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		victim(f->url, round, fds[1]);
	(void)close(fds[1]);
	/* some are written, and some more for an unequal time */
	ck_assert_int_eq(read(fds[0], &n, sizeof n), sizeof n);
	(void)usleep(20000 + round * 7300);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status), "the writer ended by itself: %x", status);
	fixture_open(f);
	do {
		ck_assert_int_eq(storage_read(f->st, object_has_tx, &n), 0);
		acknowledged++;
	} while (read(fds[0], &n, sizeof n) == sizeof n);
	(void)close(fds[0]);
	return acknowledged;
}

START_TEST (every_acknowledged_object_is_there_after_a_kill) {
	struct fixture f;
	unsigned acknowledged = 0;

	fixture_new(&f);
	fixture_token(&f, 0);
	storage_close(&f.st);
	for (unsigned round = 0; round < ROUNDS; round++) {
		acknowledged += kill_round(&f, round);
		ck_assert_uint_ge(fixture_objects(&f), acknowledged);
		/* of what was not, at most one for each writer at work */
		ck_assert_uint_le(
			fixture_objects(&f), acknowledged + (round + 1) * WRITERS);
		storage_close(&f.st);
	}
	fixture_free(&f);
}
END_TEST

static const struct check_test tests[] = {
	{ &every_acknowledged_object_is_there_after_a_kill, 0 },
};

CHECK_MAIN("storage_crash", tests)
