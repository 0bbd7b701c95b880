/* SPDX-License-Identifier: Apache-2.0 */
#include "common/pool.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "tests/unit/check_main.h"

struct work {
	struct job job;
	struct event_base *base;
	struct pool *pool;
	pthread_t ran_in, done_in;
	sem_t *started; /* run() says that it has begun, when there is one */
	sem_t *gate;    /* waited for in run(), when there is one */
	unsigned again;
	unsigned ran, done;
};

static unsigned n_done, stop_at;

static void
sem_take(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static void
run(struct job *job)
{
	struct work *w = (struct work *)job;

	if (w->started != NULL)
		(void)sem_post(w->started);
	if (w->gate != NULL)
		sem_take(w->gate);
	w->ran_in = pthread_self();
	w->ran++;
}

static void
done(struct job *job)
{
	struct work *w = (struct work *)job;

	w->done_in = pthread_self();
	w->done++;
	if (w->again != 0) {
		w->again--;
		ck_assert_int_eq(pool_submit(w->pool, job), 0);
	}
	if (++n_done == stop_at)
		(void)event_base_loopbreak(w->base);
}

static struct work
work_for(struct event_base *base, struct pool *pool)
{
	return (struct work){ .job = { run, done, NULL }, .base = base, .pool = pool };
}

static void
dispatch_until(struct event_base *base, unsigned count)
{
	static const struct timeval limit = { 30, 0 };

	stop_at = count;
	(void)event_base_loopexit(base, &limit);
	if (n_done < count)
		ck_assert_int_ge(event_base_dispatch(base), 0);
	ck_assert_uint_eq(n_done, count);
}

START_TEST (job_runs_in_a_worker_and_is_done_in_the_loop) {
	struct event_base *base = event_base_new();
	struct work work[100];
	struct pool *pool;

	n_done = 0;
	ck_assert_int_eq(pool_new(base, 3, 1000, &pool), 0);
	for (size_t i = 0; i < ARRAY_LEN(work); i++) {
		work[i] = work_for(base, pool);
		ck_assert_int_eq(pool_submit(pool, &work[i].job), 0);
	}
	dispatch_until(base, 100);
	for (size_t i = 0; i < ARRAY_LEN(work); i++) {
		ck_assert_uint_eq(work[i].ran, 1);
		ck_assert_uint_eq(work[i].done, 1);
		ck_assert(!pthread_equal(work[i].ran_in, pthread_self()));
		ck_assert(pthread_equal(work[i].done_in, pthread_self()));
	}
	pool_free(pool);
	event_base_free(base);
}
END_TEST

START_TEST (job_may_be_submitted_again_when_it_is_done) {
	struct event_base *base = event_base_new();
	struct pool *pool;
	struct work work;

	n_done = 0;
	ck_assert_int_eq(pool_new(base, 2, 1, &pool), 0);
	work = work_for(base, pool);
	work.again = 1999;
	ck_assert_int_eq(pool_submit(pool, &work.job), 0);
	dispatch_until(base, 2000);
	ck_assert_uint_eq(work.ran, 2000);
	pool_free(pool);
	event_base_free(base);
}
END_TEST

START_TEST (more_waiting_jobs_than_the_limit_are_refused) {
	struct event_base *base = event_base_new();
	struct work work[4];
	struct pool *pool;
	sem_t started, gate;

	n_done = 0;
	ck_assert_int_eq(sem_init(&started, 0, 0), 0);
	ck_assert_int_eq(sem_init(&gate, 0, 0), 0);
	ck_assert_int_eq(pool_new(base, 1, 2, &pool), 0);
	for (size_t i = 0; i < ARRAY_LEN(work); i++) {
		work[i] = work_for(base, pool);
		work[i].gate = &gate;
	}
	/* the only worker is busy: from here on, jobs wait */
	work[0].started = &started;
	ck_assert_int_eq(pool_submit(pool, &work[0].job), 0);
	sem_take(&started);
	ck_assert_int_eq(pool_submit(pool, &work[1].job), 0);
	ck_assert_int_eq(pool_submit(pool, &work[2].job), 0);
	ck_assert_int_eq(pool_submit(pool, &work[3].job), -EAGAIN);
	for (int i = 0; i < 3; i++)
		(void)sem_post(&gate);
	dispatch_until(base, 3);
	ck_assert_uint_eq(work[3].ran, 0);
	pool_free(pool);
	event_base_free(base);
	(void)sem_destroy(&gate);
	(void)sem_destroy(&started);
}
END_TEST

START_TEST (freeing_the_pool_runs_and_finishes_every_job) {
	struct event_base *base = event_base_new();
	struct work work[50];
	struct pool *pool;

	n_done = 0;
	stop_at = 0;
	ck_assert_int_eq(pool_new(base, 2, 50, &pool), 0);
	for (size_t i = 0; i < ARRAY_LEN(work); i++) {
		work[i] = work_for(base, pool);
		ck_assert_int_eq(pool_submit(pool, &work[i].job), 0);
	}
	pool_free(pool);
	ck_assert_uint_eq(n_done, 50);
	for (size_t i = 0; i < ARRAY_LEN(work); i++)
		ck_assert_uint_eq(work[i].ran, 1);
	pool_free(NULL);
	event_base_free(base);
}
END_TEST

START_TEST (pool_without_threads_is_refused) {
	struct event_base *base = event_base_new();
	struct pool *pool = NULL;

	ck_assert_int_eq(pool_new(base, 0, 1, &pool), -EINVAL);
	ck_assert_ptr_null(pool);
	event_base_free(base);
}
END_TEST

static const struct check_test tests[] = {
	{ &job_runs_in_a_worker_and_is_done_in_the_loop, 0 },
	{ &job_may_be_submitted_again_when_it_is_done, 0 },
	{ &more_waiting_jobs_than_the_limit_are_refused, 0 },
	{ &freeing_the_pool_runs_and_finishes_every_job, 0 },
	{ &pool_without_threads_is_refused, 0 },
};

CHECK_MAIN("pool", tests)
