/* SPDX-License-Identifier: Apache-2.0 */
/* The region of a token as its writer makes it, and as a reader meets it. */
#include "keyringd/region.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "keyringd/index.h"
#include "tests/unit/check_main.h"

#define LEASE_MS 1000u

static struct event_base *base;
static struct regions *all;
static struct token_region *g;

static void
setup(void)
{
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(regions_new(base, LEASE_MS, &all), 0);
	ck_assert_int_eq(token_region_new(all, &g), 0);
}

static void
teardown(void)
{
	token_region_free(g);
	regions_free(all);
	event_base_free(base);
}

/* As a module maps it. */
static const struct region *
reader(void)
{
	int fd;
	void *map;

	ck_assert_int_eq(token_region_join(g, &fd), 0);
	map = mmap(NULL, region_size(REGION_CELLS), PROT_READ, MAP_SHARED, fd, 0);
	ck_assert(map != MAP_FAILED);
	return map;
}

static void
reader_end(const struct region *map)
{
	ck_assert_int_eq(munmap((void *)(uintptr_t)map, region_size(REGION_CELLS)), 0);
	token_region_leave(g);
}

static uint64_t
clock_ms(void)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void
run_ms(unsigned ms)
{
	const struct timeval limit = { ms / 1000, ms % 1000 * 1000 };

	ck_assert_int_eq(event_base_loopexit(base, &limit), 0);
	(void)event_base_dispatch(base);
}

START_TEST (nobody_but_its_writer_can_change_it) {
	const size_t size = region_size(REGION_CELLS);
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
	char path[64], byte = 1;
	const struct region *map;
	int fd, again;
	void *p;

	setup();
	ck_assert_int_eq(token_region_join(g, &fd), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GET_SEALS) & seals, seals);
	ck_assert_int_eq(pwrite(fd, &byte, 1, 16), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(ftruncate(fd, (off_t)size * 2), -1);
	ck_assert_int_eq(
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size),
		-1);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert(p == MAP_FAILED);
	map = p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert(p != MAP_FAILED);
	ck_assert_int_eq(mprotect(p, size, PROT_READ | PROT_WRITE), -1);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	if (again >= 0) {
		ck_assert_int_eq(pwrite(again, &byte, 1, 16), -1);
		(void)close(again);
	}
	ck_assert_uint_eq(map->magic, REGION_MAGIC);
	ck_assert_uint_eq(map->version, REGION_VERSION);
	ck_assert_uint_eq(map->cells, REGION_CELLS);
	/* its writer goes on */
	token_region_count(g, 7);
	ck_assert_uint_eq(map->cell[7], 1);
	reader_end(map);
	teardown();
}
END_TEST

/* A page that is made only when somebody looks at it may not be to be had then. */
START_TEST (no_page_of_it_is_still_to_be_had) {
	struct stat st;
	int fd;

	setup();
	ck_assert_int_eq(token_region_join(g, &fd), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_ge((size_t)st.st_blocks * 512, region_size(REGION_CELLS));
	token_region_leave(g);
	teardown();
}
END_TEST

START_TEST (counts_and_epoch_move_for_every_reader_at_once) {
	const struct region *one, *other;
	uint64_t epoch;
	uint32_t count;

	setup();
	ck_assert(!token_region_read(g, 3, &count)); /* there is none yet */
	token_region_count(g, 3);
	one = reader();
	other = reader();
	ck_assert(token_region_read(g, 3, &count));
	ck_assert_uint_eq(count, one->cell[3]);
	token_region_count(g, 3);
	token_region_count(g, 3 + REGION_CELLS); /* shared */
	ck_assert_uint_eq(one->cell[3], count + 2);
	ck_assert_uint_eq(other->cell[3], count + 2);
	ck_assert_uint_eq(one->cell[4], 0);
	epoch = one->epoch;
	token_region_epoch(g);
	ck_assert_uint_gt(one->epoch, epoch);
	ck_assert_uint_eq(one->epoch, other->epoch);
	reader_end(one);
	reader_end(other);
	teardown();
}
END_TEST

START_TEST (its_deadline_is_renewed_while_somebody_has_it_and_not_longer) {
	const struct region *map;
	uint64_t first, epoch;

	setup();
	/* nothing to wake up for */
	ck_assert_int_eq(event_base_dispatch(base), 1);
	map = reader();
	first = map->deadline;
	ck_assert_uint_le(first, clock_ms() + LEASE_MS);
	ck_assert_uint_gt(first, clock_ms());
	run_ms(LEASE_MS);
	ck_assert_uint_gt(map->deadline, first);
	ck_assert_uint_gt(map->deadline, clock_ms());
	epoch = map->epoch;
	token_region_leave(g);
	run_ms(LEASE_MS);
	ck_assert_uint_eq(map->deadline, 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	(void)munmap((void *)(uintptr_t)map, region_size(REGION_CELLS));
	map = reader(); /* another one, and no epoch comes twice */
	ck_assert_uint_gt(map->epoch, epoch);
	ck_assert_uint_gt(map->deadline, clock_ms());
	reader_end(map);
	teardown();
}
END_TEST

START_TEST (it_is_over_at_once_when_its_writer_ends) {
	const struct region *map;
	int fd;

	setup();
	map = reader();
	regions_end(all);
	ck_assert_uint_eq(map->deadline, 0);
	run_ms(LEASE_MS);
	ck_assert_uint_eq(map->deadline, 0);
	ck_assert_int_eq(token_region_join(g, &fd), -ECANCELED);
	reader_end(map);
	teardown();
}
END_TEST

/* ---- the index behind it */

static void
on_change(void *arg, const struct index_object *old, const struct index_object *now)
{
	ck_assert(now == NULL || now->cell == old->cell);
	token_region_count(arg, old->cell);
}

static void
put(struct index *ix, uint8_t n, uint64_t revision, bool private)
{
	struct attrs a = ATTRS_INIT;
	struct wire_id id = { { n } };

	attrs_set_ulong(&a, CKA_CLASS, CKO_DATA);
	attrs_set_bool(&a, CKA_PRIVATE, private);
	ck_assert(attrs_ok(&a));
	ck_assert_int_eq(index_put(ix, &id, revision, attrs_bytes(&a)), 0);
	attrs_free(&a);
}

static uint32_t
cell_of(struct index *ix, uint8_t n)
{
	struct wire_id id = { { n } };
	const struct index_object *o = index_get(ix, &id);

	ck_assert_ptr_nonnull(o);
	return o->cell;
}

START_TEST (each_change_of_an_object_moves_its_own_cell) {
	struct wire_id second = { { 2 } };
	const struct region *map;
	struct index *ix;
	uint32_t a, b, c;

	setup();
	map = reader();
	ck_assert_int_eq(index_new(NULL, &ix), 0);
	index_on_change(ix, on_change, g);
	put(ix, 1, 1, false);
	put(ix, 2, 2, false);
	put(ix, 3, 3, true);
	a = cell_of(ix, 1);
	b = cell_of(ix, 2);
	c = cell_of(ix, 3);
	ck_assert(a != b && b != c && a != c);
	ck_assert_uint_eq(map->cell[a] + map->cell[b] + map->cell[c], 0);
	put(ix, 1, 5, false);
	ck_assert_uint_eq(map->cell[a], 1);
	ck_assert_uint_eq(cell_of(ix, 1), a);
	put(ix, 1, 4, false); /* older news are none */
	ck_assert_uint_eq(map->cell[a], 1);
	index_remove(ix, &second, 6);
	ck_assert_uint_eq(map->cell[b], 1);
	ck_assert(index_drop_private(ix));
	ck_assert(!index_drop_private(ix));
	ck_assert_uint_eq(map->cell[c], 1);
	put(ix, 4, 7, false);
	ck_assert_uint_ne(cell_of(ix, 4), b);
	index_sweep(ix, index_round(ix), 10, true);
	ck_assert_uint_eq(map->cell[a], 2);
	put(ix, 5, 11, false);
	a = cell_of(ix, 5);
	index_clear(ix);
	ck_assert_uint_eq(map->cell[a], 1);
	index_free(ix);
	reader_end(map);
	teardown();
}
END_TEST

static const struct check_test tests[] = {
	{ &nobody_but_its_writer_can_change_it, 0 },
	{ &no_page_of_it_is_still_to_be_had, 0 },
	{ &counts_and_epoch_move_for_every_reader_at_once, 0 },
	{ &its_deadline_is_renewed_while_somebody_has_it_and_not_longer, 0 },
	{ &it_is_over_at_once_when_its_writer_ends, 0 },
	{ &each_change_of_an_object_moves_its_own_cell, 0 },
};

CHECK_MAIN("region", tests)
