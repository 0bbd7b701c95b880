/* SPDX-License-Identifier: Apache-2.0 */
#include "common/secret.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/unit/check_main.h"
#include "tests/unit/common/mappings.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Sanitizers make each turn and each fork some twenty times as slow. */
enum {
	THREADS = 4,
	HELD = 64,
	TURNS = SANITIZED ? 2000 : 20000,
	FORKS = SANITIZED ? 10 : 60,
	MARKER = 0x5aa5c33c,
};

static atomic_bool stop;
static atomic_uint broken;

static bool
holds(const struct secret *s, uint32_t mark)
{
	for (size_t i = 0; i + 4 <= s->n; i += 4)
		if (load_le32(s->p + i) != mark)
			return false;
	return true;
}

static void
fill(struct secret *s, uint32_t mark)
{
	for (size_t i = 0; i + 4 <= s->n; i += 4)
		store_le32(s->p + i, mark);
}

/* Makes, fills, checks and frees secrets of many sizes. */
static void *
churn(void *arg)
{
	struct secret held[HELD] = { { NULL, 0 } };
	uint32_t random = (uint32_t)(uintptr_t)arg * 2654435761u + 1;

	for (unsigned i = 0; i < TURNS || !atomic_load(&stop); i++) {
		struct secret *s = &held[i % HELD];
		size_t n;

		random = random * 1664525 + 1013904223;
		n = (random >> 8) % 64 == 0 ? 9000 + (random >> 16)
					    : 4 * (1 + (random >> 20));
		if (!holds(s, MARKER))
			atomic_fetch_add(&broken, 1);
		secret_free(s);
		if (secret_new(n, s) != 0 || !holds(s, 0))
			atomic_fetch_add(&broken, 1);
		fill(s, MARKER);
	}
	for (size_t i = 0; i < HELD; i++)
		secret_free(&held[i]);
	return NULL;
}

static void
churn_start(pthread_t *threads)
{
	atomic_store(&broken, 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
}

static void
churn_end(pthread_t *threads)
{
	atomic_store(&stop, true);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(atomic_load(&broken), 0);
}

START_TEST (threads_never_share_a_block) {
	pthread_t threads[THREADS];

	atomic_store(&stop, true);
	churn_start(threads);
	churn_end(threads);
}
END_TEST

/* Only secrets are in mappings left out of dumps. */
static bool
find_marker(const struct mapping *m, void *found)
{
	if (!m->undumped)
		return true;
	for (uintptr_t at = m->start; at + 16 <= m->end; at += 4) {
		if (load_le32((const void *)at) == MARKER) {
			*(bool *)found = true;
			return false;
		}
	}
	return true;
}

static void
child(const struct secret *own)
{
	bool found = false;
	unsigned char in;
	struct secret s;

	secret_forget_all();
	if (mincore(own->p - (uintptr_t)own->p % 4096, 1, &in) == 0)
		_exit(1);
	if (!SANITIZED)
		mappings_each(find_marker, &found);
	if (found)
		_exit(2);
	for (size_t n = 1; n < 20000; n = n * 2 + 1) {
		if (secret_new(n, &s) != 0)
			_exit(3);
		secret_free(&s);
	}
	_exit(0);
}

START_TEST (child_forked_at_any_moment_can_forget_all_and_start_anew) {
	pthread_t threads[THREADS];
	struct secret own;

	ck_assert_int_eq(secret_new(40, &own), 0);
	fill(&own, MARKER);
	atomic_store(&stop, false);
	churn_start(threads);
	for (int i = 0; i < FORKS; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			(void)alarm(20);
			child(&own);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	churn_end(threads);
	ck_assert(holds(&own, MARKER));
	secret_free(&own);
}
END_TEST

static const struct check_test tests[] = {
	{ &threads_never_share_a_block, 0 },
	{ &child_forked_at_any_moment_can_forget_all_and_start_anew, 0 },
};

CHECK_MAIN("secret_threads", tests)
