/* SPDX-License-Identifier: Apache-2.0 */
/* What a lease holds for, and which region is believed. */
#include <fcntl.h>
#include <sys/mman.h>

#include "libtoken/object/region.h"
#include "libtoken/object/table.h"
#include "tests/unit/store/helper.h"

#define CELLS 64u
#define SIZE (sizeof(struct region) + CELLS * sizeof(uint32_t))
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)

/* As keyringd makes one; *ret stays writable. */
static int
make_region(size_t size, int seals, struct region **ret)
{
	const int fd = memfd_create("region", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct region *r;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	r = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(r, MAP_FAILED);
	r->magic = REGION_MAGIC;
	r->version = REGION_VERSION;
	r->cells = CELLS;
	atomic_store(&r->epoch, 7);
	atomic_store(&r->deadline, coarse_ms() + 60000);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	*ret = r;
	return fd;
}

struct fixture {
	struct server server;
	struct store *store;
	struct region_table table;
	struct region *region;
};

static void
begin(struct fixture *f, size_t size, int seals)
{
	f->store = store_make();
	server_start(&f->server);
	f->server.passed = make_region(size, seals, &f->region);
	f->server.cells = CELLS;
	region_table_init(&f->table);
}

static void
end(struct fixture *f)
{
	region_table_reset(&f->table);
	store_free(&f->store);
	server_stop(&f->server);
	close(f->server.passed);
}

static struct region_lease
lease(struct fixture *f, uint32_t cell, uint32_t count, bool token)
{
	const struct wire_object w = { .cell = cell, .count = count };
	struct region_lease begun, l;

	region_begin(&f->table, f->store, 1, &begun);
	l = region_lease_for(&begun, &w, token);
	region_lease_end(&begun);
	return l;
}

static int
asked(struct fixture *f)
{
	return atomic_load(&f->server.requests[WIRE_REGION]);
}

START_TEST (lease_holds_until_cell_epoch_or_deadline_move) {
	struct fixture f;
	struct region_lease l;

	begin(&f, region_size(CELLS), SEALS);
	for (int way = 0; way < 4; way++) {
		l = lease(&f, 5, atomic_load(&f.region->cell[5]), true);
		ck_assert(region_lease_holds(&l));
		atomic_fetch_add(&f.region->cell[4], 1);
		ck_assert(region_lease_holds(&l));
		if (way == 0)
			atomic_fetch_add(&f.region->cell[5], 1);
		else if (way == 1)
			atomic_fetch_add(&f.region->epoch, 1);
		else
			atomic_store(&f.region->deadline, way == 2 ? 0 : coarse_ms());
		ck_assert(!region_lease_holds(&l));
		atomic_store(&f.region->deadline, coarse_ms() + 60000);
		region_lease_end(&l);
		ck_assert(!region_lease_holds(&l));
	}
	ck_assert_int_eq(asked(&f), 1);
	end(&f);
}
END_TEST

START_TEST (lease_without_a_cell_is_for_session_objects_only) {
	struct fixture f;
	struct region_lease l;

	begin(&f, region_size(CELLS), SEALS);
	l = lease(&f, WIRE_NO_CELL, 0, true);
	ck_assert(!region_lease_holds(&l));
	l = lease(&f, CELLS, 0, true);
	ck_assert(!region_lease_holds(&l));
	l = lease(&f, WIRE_NO_CELL, 0, false);
	ck_assert(region_lease_holds(&l));
	atomic_fetch_add(&f.region->cell[0], 1);
	ck_assert(region_lease_holds(&l));
	atomic_fetch_add(&f.region->epoch, 1);
	ck_assert(!region_lease_holds(&l));
	region_lease_end(&l);
	end(&f);
}
END_TEST

START_TEST (region_that_is_over_is_asked_for_again) {
	struct fixture f;
	struct region_lease old, l;

	begin(&f, region_size(CELLS), SEALS);
	old = lease(&f, 1, 0, true);
	atomic_store(&f.region->deadline, 0);
	f.server.passed = make_region(region_size(CELLS), SEALS, &f.region);
	l = lease(&f, 1, 0, true);
	ck_assert_int_eq(asked(&f), 2);
	ck_assert(region_lease_holds(&l));
	/* what was learned under the old one is not */
	ck_assert(!region_lease_holds(&old));
	region_lease_end(&old);
	region_lease_end(&l);
	end(&f);
}
END_TEST

static void *
ask_late(void *arg)
{
	struct fixture *f = arg;
	struct region_lease *ret = malloc(sizeof *ret);

	ck_assert_ptr_nonnull(ret);
	*ret = lease(f, 1, 0, true);
	return ret;
}

/* Its region lives on for a while, and a count of 0 is easily right. */
START_TEST (region_of_a_keyringd_that_was_replaced_meanwhile_is_not_believed) {
	struct region *old;
	struct fixture f;
	struct region_lease l, *late;
	struct buf payload = BUF_INIT;
	struct wire_empty none = { 0 };
	struct wire_slots_reply reply;
	pthread_t thread;

	begin(&f, region_size(CELLS), SEALS);
	old = f.region;
	ck_assert_uint_eq(
		store_call(f.store, WIRE_SLOTS, &none, &reply, &payload), CKR_OK);
	atomic_store(&f.server.delay_ms, 500);
	ck_assert_int_eq(pthread_create(&thread, NULL, ask_late, &f), 0);
	while (asked(&f) == 0)
		sleep_ms(1);
	/* another thread meets a keyringd that does not know this client */
	atomic_store(&f.server.delay_ms, 0);
	pthread_mutex_lock(&f.server.lock);
	memset(f.server.clients, 0xff, sizeof f.server.clients);
	pthread_mutex_unlock(&f.server.lock);
	ck_assert_uint_eq(
		store_call(f.store, WIRE_SLOTS, &none, &reply, &payload), CKR_OK);
	ck_assert_uint_eq(store_generation(f.store), 1);
	ck_assert_int_eq(pthread_join(thread, (void **)&late), 0);
	ck_assert_int_eq(asked(&f), 2);
	ck_assert(region_lease_holds(late));
	ck_assert_uint_eq(late->map->generation, 1);
	/* what it was asked for the second time */
	l = lease(&f, 1, 0, true);
	ck_assert(l.map == late->map);
	region_lease_end(&l);
	region_lease_end(late);
	free(late);
	(void)munmap(old, region_size(CELLS));
	buf_free(&payload);
	end(&f);
}
END_TEST

START_TEST (keyringd_that_is_stopped_costs_little_of_a_calls_time) {
	struct region_lease l;
	struct fixture f;
	uint64_t begun;

	begin(&f, region_size(CELLS), SEALS);
	atomic_store(&f.server.manner, SILENCE);
	atomic_store(&f.server.manner_left, 1);
	begun = time_ms();
	l = lease(&f, 1, 0, true);
	ck_assert(!region_lease_holds(&l));
	ck_assert_uint_lt(
		time_ms() - begun, 15000); /* of 30 s that the call itself has */
	end(&f);
}
END_TEST

/* ---- which answer about an object is the newer one */

static struct object *
version(struct region_map *map, uint64_t revision, uint32_t count)
{
	struct object *o = object_new(PLACE_TOKEN, 1, BYTES_NONE);

	ck_assert_ptr_nonnull(o);
	o->id = (struct wire_id){ { 1 } };
	o->revision = revision;
	atomic_fetch_add(&map->refs, 1);
	o->lease = (struct region_lease){ map, 7, 5, count };
	return o;
}

static uint64_t
revision_seen(struct object_table *table, struct object *o)
{
	uint64_t revision;

	ck_assert_uint_eq(object_table_see(table, &o), CKR_OK);
	revision = o->revision;
	object_unref(&o);
	return revision;
}

START_TEST (older_revision_counts_only_where_its_lease_holds) {
	struct object_table *table;
	atomic_uint gone = 0;
	struct region_map map = { .cells = CELLS };
	struct region *region;
	int fd = make_region(region_size(CELLS), SEALS, &region);

	map.at = region;
	atomic_init(&map.refs, 1); /* stays */
	ck_assert_uint_eq(object_table_new(&gone, &table), CKR_OK);
	ck_assert_uint_eq(revision_seen(table, version(&map, 10, 0)), 10);
	atomic_fetch_add(&region->cell[5], 1);
	ck_assert_uint_eq(revision_seen(table, version(&map, 11, 1)), 11);
	/* an answer that comes late */
	ck_assert_uint_eq(revision_seen(table, version(&map, 10, 0)), 11);
	/* a database from a backup */
	atomic_fetch_add(&region->cell[5], 1);
	ck_assert_uint_eq(revision_seen(table, version(&map, 4, 2)), 4);
	object_table_free(&table);
	ck_assert_uint_eq(atomic_load(&map.refs), 1);
	(void)munmap(region, region_size(CELLS));
	close(fd);
}
END_TEST

static const struct bad {
	const char *why;
	size_t size;
	int seals;
	uint32_t cells, magic, version, told;
} bad[] = {
	{ "may shrink", SIZE, SEALS & ~F_SEAL_SHRINK, CELLS, REGION_MAGIC, 1, CELLS },
	{ "may grow", SIZE, SEALS & ~F_SEAL_GROW, CELLS, REGION_MAGIC, 1, CELLS },
	{ "others may write", SIZE, SEALS & ~F_SEAL_FUTURE_WRITE, CELLS, REGION_MAGIC, 1,
		CELLS },
	{ "not sealed for good", SIZE, SEALS & ~F_SEAL_SEAL, CELLS, REGION_MAGIC, 1,
		CELLS },
	{ "too short", SIZE - 4, SEALS, CELLS, REGION_MAGIC, 1, CELLS },
	{ "another magic", SIZE, SEALS, CELLS, 1, 1, CELLS },
	{ "another version", SIZE, SEALS, CELLS, REGION_MAGIC, 2, CELLS },
	{ "not what was said", SIZE, SEALS, CELLS, REGION_MAGIC, 1, CELLS / 2 },
	{ "no power of two", SIZE, SEALS, 48, REGION_MAGIC, 1, 48 },
	{ "none", SIZE, SEALS, 0, REGION_MAGIC, 1, 0 },
	{ "huge", SIZE, SEALS, 1u << 31, REGION_MAGIC, 1, 1u << 31 },
};

START_TEST (region_that_could_hurt_is_not_believed) {
	const struct bad *b = &bad[_i];
	struct fixture f;
	struct region_lease l;

	begin(&f, b->size, b->seals);
	f.region->cells = b->cells;
	f.region->magic = b->magic;
	f.region->version = b->version;
	f.server.cells = b->told;
	l = lease(&f, 1, 0, true);
	ck_assert_msg(!region_lease_holds(&l), "%s", b->why);
	/* nor asked for at every turn */
	for (int i = 0; i < 10; i++)
		l = lease(&f, 1, 0, true);
	ck_assert_int_le(asked(&f), 2);
	end(&f);
}
END_TEST

START_TEST (what_is_no_memfd_is_not_believed) {
	struct fixture f;
	struct region_lease l;

	begin(&f, region_size(CELLS), SEALS);
	f.server.passed = STDERR_FILENO;
	l = lease(&f, 1, 0, true);
	ck_assert(!region_lease_holds(&l));
	end(&f);
}
END_TEST

/* The server has its own, and so may those of tests before. */
static int
mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "r");
	char line[512];
	int n = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof line, file) != NULL)
		n += strstr(line, "/memfd:region") != NULL;
	(void)fclose(file);
	return n;
}

START_TEST (descriptor_is_closed_and_mapping_goes_with_the_last_lease) {
	struct fixture f;
	struct region_lease l;
	int before;

	begin(&f, region_size(CELLS), SEALS);
	before = mappings();
	l = lease(&f, 1, 0, true);
	region_table_reset(&f.table);
	ck_assert(region_lease_holds(&l));
	ck_assert_int_eq(mappings(), before + 1);
	region_lease_end(&l);
	ck_assert_int_eq(mappings(), before);
	end(&f);
}
END_TEST

static const struct check_test tests[] = {
	{ &lease_holds_until_cell_epoch_or_deadline_move, 0 },
	{ &lease_without_a_cell_is_for_session_objects_only, 0 },
	{ &region_that_is_over_is_asked_for_again, 0 },
	{ &region_of_a_keyringd_that_was_replaced_meanwhile_is_not_believed, 0 },
	{ &keyringd_that_is_stopped_costs_little_of_a_calls_time, 0 },
	{ &older_revision_counts_only_where_its_lease_holds, 0 },
	{ &region_that_could_hurt_is_not_believed, ARRAY_LEN(bad) },
	{ &what_is_no_memfd_is_not_believed, 0 },
	{ &descriptor_is_closed_and_mapping_goes_with_the_last_lease, 0 },
};

CHECK_MAIN("object_region", tests)
