/* SPDX-License-Identifier: Apache-2.0 */
#include "common/pool.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
	struct job *first;
	struct job **last;
};

struct pool {
	pthread_mutex_t lock; /* over the rest of this block */
	pthread_cond_t work;
	struct queue waiting;
	size_t n_waiting;
	unsigned idle;
	struct queue finished;
	bool stopping;

	size_t limit;
	int wake; /* eventfd: finished is no longer empty */
	struct event *on_wake;
	unsigned n_threads;
	pthread_t threads[];
};

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void
queue_put(struct queue *q, struct job *job)
{
	job->next = NULL;
	*q->last = job;
	q->last = &job->next;
}

static struct job *
queue_get(struct queue *q)
{
	struct job *job = q->first;

	if (job == NULL)
		return NULL;
	q->first = job->next;
	if (q->first == NULL)
		q->last = &q->first;
	return job;
}

/* The next job to run, or NULL when the pool stops and none is left. */
static struct job *
next_job(struct pool *pool)
{
	struct job *job;

	(void)pthread_mutex_lock(&pool->lock);
	while (pool->waiting.first == NULL && !pool->stopping) {
		pool->idle++;
		(void)pthread_cond_wait(&pool->work, &pool->lock);
		pool->idle--;
	}
	job = queue_get(&pool->waiting);
	if (job != NULL)
		pool->n_waiting--;
	(void)pthread_mutex_unlock(&pool->lock);
	return job;
}

static void
job_finished(struct pool *pool, struct job *job)
{
	const uint64_t one = 1;
	bool was_empty;

	(void)pthread_mutex_lock(&pool->lock);
	was_empty = pool->finished.first == NULL;
	queue_put(&pool->finished, job);
	(void)pthread_mutex_unlock(&pool->lock);
	/* one wake-up serves all that finish until the loop has looked; the
	 * descriptor lives until every worker was joined */
	if (was_empty)
		while (write(pool->wake, &one, sizeof one) < 0 && errno == EINTR)
			;
}

static void *
worker(void *arg)
{
	struct pool *pool = arg;
	struct job *job;

	while ((job = next_job(pool)) != NULL) {
		job->run(job);
		job_finished(pool, job);
	}
	return NULL;
}

static void
deliver(struct pool *pool)
{
	struct job *job, *next;

	(void)pthread_mutex_lock(&pool->lock);
	job = pool->finished.first;
	queue_init(&pool->finished);
	(void)pthread_mutex_unlock(&pool->lock);
	for (; job != NULL; job = next) {
		next = job->next;
		job->done(job);
	}
}

static void
on_wake(evutil_socket_t fd, short what, void *pool)
{
	uint64_t count;

	if (read(fd, &count, sizeof count) == (ssize_t)sizeof count)
		deliver(pool);
}

/* Workers take no signals: those are the loop's. */
static int
threads_start(struct pool *pool, unsigned threads)
{
	sigset_t all, before;
	int r = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (r == 0 && pool->n_threads < threads) {
		r = -pthread_create(&pool->threads[pool->n_threads], NULL, worker, pool);
		if (r == 0)
			pool->n_threads++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

int
pool_new(struct event_base *base, unsigned threads, size_t limit, struct pool **ret)
{
	struct pool *pool;
	int r;

	if (threads == 0)
		return -EINVAL;
	pool = calloc(1, sizeof *pool + threads * sizeof pool->threads[0]);
	if (pool == NULL)
		return -ENOMEM;
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->work, NULL);
	queue_init(&pool->waiting);
	queue_init(&pool->finished);
	pool->limit = limit;
	pool->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = pool->wake < 0 ? -errno : 0;
	if (r == 0) {
		pool->on_wake =
			event_new(base, pool->wake, EV_READ | EV_PERSIST, on_wake, pool);
		if (pool->on_wake == NULL || event_add(pool->on_wake, NULL) != 0)
			r = -ENOMEM;
	}
	if (r == 0)
		r = threads_start(pool, threads);
	if (r < 0) {
		pool_free(pool);
		return r;
	}
	*ret = pool;
	return 0;
}

int
pool_submit(struct pool *pool, struct job *job)
{
	bool wake;
	int r = 0;

	(void)pthread_mutex_lock(&pool->lock);
	if (pool->stopping)
		r = -ECANCELED;
	else if (pool->n_waiting >= pool->limit)
		r = -EAGAIN;
	if (r == 0) {
		queue_put(&pool->waiting, job);
		pool->n_waiting++;
	}
	wake = r == 0 && pool->idle != 0;
	(void)pthread_mutex_unlock(&pool->lock);
	if (wake)
		(void)pthread_cond_signal(&pool->work);
	return r;
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	(void)pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	(void)pthread_mutex_unlock(&pool->lock);
	(void)pthread_cond_broadcast(&pool->work);
	for (unsigned i = 0; i < pool->n_threads; i++)
		(void)pthread_join(pool->threads[i], NULL);
	deliver(pool);
	if (pool->on_wake != NULL)
		event_free(pool->on_wake);
	if (pool->wake >= 0)
		(void)close(pool->wake);
	(void)pthread_cond_destroy(&pool->work);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}
