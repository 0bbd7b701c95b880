/* SPDX-License-Identifier: Apache-2.0 */
#include "common/secret.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/unit/check_main.h"
#include "tests/unit/common/mappings.h"

static const size_t sizes[] = { 1, 15, 16, 17, 32, 33, 100, 1000, 4096, 8192, 8193, 65536,
	1000000 };

static bool
all_are(const uint8_t *p, size_t n, uint8_t v)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != v)
			return false;
	return true;
}

static bool
all_zero(const uint8_t *p, size_t n)
{
	return all_are(p, n, 0);
}

START_TEST (new_secret_is_zeroed_aligned_and_wholly_usable) {
	struct secret s[5];

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_LEN(s); i++) {
			ck_assert_int_eq(secret_new(sizes[_i], &s[i]), 0);
			ck_assert_uint_eq(s[i].n, sizes[_i]);
			ck_assert_uint_eq((uintptr_t)s[i].p % 16, 0);
			ck_assert(all_zero(s[i].p, s[i].n));
			memset(s[i].p, (int)i + 1, s[i].n);
		}
		for (size_t i = 0; i < ARRAY_LEN(s); i++) {
			ck_assert(all_are(s[i].p, s[i].n, (uint8_t)(i + 1)));
			secret_free(&s[i]);
			ck_assert_ptr_null(s[i].p);
		}
	}
}
END_TEST

START_TEST (secret_is_out_of_core_dumps_and_locked_where_allowed) {
	uint8_t *probe = mmap(NULL, 1 << 21, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool may_lock = mlock(probe, 1 << 21) == 0;
	struct mapping m;
	struct secret s;

	(void)munmap(probe, 1 << 21);
	ck_assert_int_eq(secret_new(sizes[_i], &s), 0);
	m = mapping_at(s.p);
	ck_assert(m.start != 0);
	ck_assert(m.undumped);
	ck_assert(m.locked || !may_lock);
	secret_free(&s);
}
END_TEST

START_TEST (freed_secret_is_wiped) {
	struct secret keep, s;
	uint8_t *p;

	ck_assert_int_eq(secret_new(100, &keep), 0);
	ck_assert_int_eq(secret_copy(BYTES_STR("a secret"), &s), 0);
	ck_assert_mem_eq(s.p, "a secret", 8);
	p = s.p;
	secret_free(&s);
	ck_assert(all_zero(p, 16));
	secret_free(&s);
	secret_free(&keep);
}
END_TEST

START_TEST (whole_block_is_wiped_when_its_length_was_lowered) {
	struct secret keep, s;
	uint8_t *p;

	ck_assert_int_eq(secret_new(100, &keep), 0);
	ck_assert_int_eq(secret_new(100, &s), 0);
	memset(s.p, 0xa5, 100);
	p = s.p;
	s.n = 3;
	secret_free(&s);
	ck_assert(all_zero(p, 100));
	secret_free(&keep);
}
END_TEST

START_TEST (empty_secret_is_none) {
	struct secret s = { (uint8_t *)&s, 5 };

	ck_assert_int_eq(secret_copy(BYTES_NONE, &s), 0);
	ck_assert_ptr_null(s.p);
	ck_assert_uint_eq(s.n, 0);
	secret_free(&s);
}
END_TEST

START_TEST (impossible_size_is_refused_and_the_output_untouched) {
	static const size_t too_large[] = { SIZE_MAX, SIZE_MAX - 63, SIZE_MAX - 65536,
		SIZE_MAX / 2 + 1, SIZE_MAX / 2, SIZE_MAX / 4 };
	struct secret s = { (uint8_t *)&s, 5 };

	for (size_t i = 0; i < ARRAY_LEN(too_large); i++)
		ck_assert_int_eq(secret_new(too_large[i], &s), -ENOMEM);
	ck_assert_ptr_eq(s.p, &s);
	ck_assert_uint_eq(s.n, 5);
}
END_TEST

START_TEST (memory_goes_back_when_many_secrets_are_freed) {
	enum { MANY = 20000 };
	struct secret *s = calloc(MANY, sizeof *s);
	size_t mapped = 0;

	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(secret_new(32, &s[i]), 0);
	for (size_t i = 0; i < MANY; i++) {
		struct secret *other = &s[(i * 7919 + 13) % MANY], was = s[i];

		s[i] = *other;
		*other = was;
	}
	void **at = calloc(MANY, sizeof *at);
	for (size_t i = 0; i < MANY; i++) {
		at[i] = s[i].p;
		secret_free(&s[i]);
	}
	for (size_t i = 0; i < MANY; i++) {
		unsigned char in;
		void *page = (void *)((uintptr_t)at[i] & ~(uintptr_t)4095);

		mapped += mincore(page, 1, &in) == 0;
	}
	/* no more than four chunks are kept, of some 2,000 blocks each */
	ck_assert_uint_le(mapped, 4 * 2100);
	free(at);
	free(s);
}
END_TEST

START_TEST (forked_child_keeps_its_copy_until_it_forgets_all) {
	struct secret small, large;
	unsigned char in;
	int status;
	pid_t pid;

	ck_assert_int_eq(secret_copy(BYTES_STR("small"), &small), 0);
	ck_assert_int_eq(secret_new(100000, &large), 0);
	pid = fork();
	if (pid == 0) {
		void *a = small.p - (uintptr_t)small.p % 4096;
		void *b = large.p - (uintptr_t)large.p % 4096;
		struct secret fresh;

		if (memcmp(small.p, "small", 5) != 0)
			_exit(1);
		secret_forget_all();
		if (mincore(a, 1, &in) == 0 || mincore(b, 1, &in) == 0)
			_exit(2);
		if (secret_new(32, &fresh) != 0 || !all_zero(fresh.p, 32))
			_exit(3);
		secret_free(&fresh);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_mem_eq(small.p, "small", 5);
	secret_free(&small);
	secret_free(&large);
}
END_TEST

START_TEST (freeing_a_block_twice_stops_the_process) {
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct secret a, b;

		if (secret_new(32, &a) != 0)
			_exit(1);
		b = a;
		secret_free(&a);
		secret_free(&b);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) > 1);
}
END_TEST

static const struct check_test tests[] = {
	{ &new_secret_is_zeroed_aligned_and_wholly_usable, ARRAY_LEN(sizes) },
	{ &secret_is_out_of_core_dumps_and_locked_where_allowed, ARRAY_LEN(sizes) },
	{ &freed_secret_is_wiped, 0 },
	{ &whole_block_is_wiped_when_its_length_was_lowered, 0 },
	{ &empty_secret_is_none, 0 },
	{ &impossible_size_is_refused_and_the_output_untouched, 0 },
	{ &memory_goes_back_when_many_secrets_are_freed, 0 },
	{ &forked_child_keeps_its_copy_until_it_forgets_all, 0 },
	{ &freeing_a_block_twice_stops_the_process, 0 },
};

CHECK_MAIN("secret", tests)
