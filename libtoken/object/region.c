/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/cleanup.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)
#define MOST_CELLS (1u << 24)
#define AGAIN_MS 1000u /* after it was not to be had */
#define TRIES 2        /* while keyringd is being restarted */

struct region_slot {
	struct region_slot *next;
	CK_SLOT_ID id;
	struct region_map *map; /* NULL: none (any more) */
	bool asking;            /* a thread is at it; others go without */
	uint64_t again;         /* of the clock in ms; 0: now */
	uint64_t refused;       /* generation of the store that again is about */
};

static void
map_unref(struct region_map **mp)
{
	struct region_map *m = TAKE_PTR(*mp);

	if (m == NULL || atomic_fetch_sub(&m->refs, 1) != 1)
		return;
	(void)munmap((void *)(uintptr_t)m->at, region_size(m->cells));
	free(m);
}

static struct region_map *
map_ref(struct region_map *m)
{
	if (m != NULL)
		atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

void
region_table_init(struct region_table *t)
{
	pthread_mutex_init(&t->lock, NULL);
	t->first = NULL;
}

void
region_table_reset(struct region_table *t)
{
	while (t->first != NULL) {
		struct region_slot *s = t->first;

		t->first = s->next;
		map_unref(&s->map);
		free(s);
	}
}

/* --- Mapping ------------------------------------------------------------------- */

/* Who holds it must be unable to cut it short (SIGBUS here) or to let others write;
 * seals cannot be taken off again, so what is checked stays so. */
static bool
fd_is_sealed(int fd, size_t size)
{
	const int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	return seals >= 0 && (seals & SEALS) == SEALS && fstat(fd, &st) == 0 &&
	       st.st_size >= 0 && (size_t)st.st_size >= size;
}

static bool
header_is_right(const struct region *r, uint32_t cells)
{
	return r->magic == REGION_MAGIC && r->version == REGION_VERSION &&
	       r->cells == cells;
}

/* A child of fork() has no use for it: it starts anew. */
static struct region_map *
map_new(int fd, uint32_t cells)
{
	const size_t size = region_size(cells);
	struct region_map *m;
	void *at;

	if (cells == 0 || cells > MOST_CELLS || (cells & (cells - 1)) != 0 ||
		!fd_is_sealed(fd, size))
		return NULL;
	m = calloc(1, sizeof *m);
	at = m != NULL ? mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (at == MAP_FAILED) {
		free(m);
		return NULL;
	}
	(void)madvise(at, size, MADV_DONTFORK);
	(void)madvise(at, size, MADV_DONTDUMP);
	atomic_init(&m->refs, 1);
	m->cells = cells;
	m->at = at;
	if (!header_is_right(m->at, cells))
		map_unref(&m);
	return m;
}

static struct region_map *
map_ask(struct store *store, CK_SLOT_ID slot)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	CLEANUP(cleanup_close)
	int fd = -1;
	const struct wire_slot_request request = { .slot = slot };
	struct wire_region_reply reply;

	if (store_call_fd(store, WIRE_REGION, &request, &reply, &payload, &fd) != CKR_OK)
		return NULL;
	return map_new(fd, reply.cells);
}

/* --- Leases -------------------------------------------------------------------- */

static struct region_slot *
slot_find(struct region_table *t, CK_SLOT_ID id)
{
	struct region_slot *s = t->first;

	while (s != NULL && s->id != id)
		s = s->next;
	if (s != NULL)
		return s;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	s->id = id;
	s->next = t->first;
	t->first = s;
	return s;
}

static bool
must_ask(const struct region_slot *s, uint64_t generation)
{
	if (s->asking)
		return false;
	if (s->map != NULL)
		return s->map->generation != generation || !region_is_alive(s->map);
	return s->again == 0 || s->refused != generation || coarse_ms() >= s->again;
}

/* The region of the keyringd that the store knows now. Where that became another one while
 * it was asked, nobody can say whose region came: the old one's may look alive still. */
static struct region_map *
map_ask_now(struct store *store, CK_SLOT_ID slot, uint64_t *ret_generation)
{
	struct region_map *fresh = NULL;
	uint64_t before = store_generation(store), now;

	for (int tries = 0; tries < TRIES; tries++) {
		fresh = map_ask(store, slot);
		now = store_generation(store);
		if (now == before)
			break;
		map_unref(&fresh);
		before = now;
	}
	if (fresh != NULL)
		fresh->generation = before;
	*ret_generation = before;
	return fresh;
}

/* Slots stay where they are until region_table_reset(). */
static void
slot_map(struct region_table *t, struct region_slot *s, struct store *store)
{
	struct region_map *fresh, *old;
	uint64_t generation;

	pthread_mutex_unlock(&t->lock);
	fresh = map_ask_now(store, s->id, &generation);
	pthread_mutex_lock(&t->lock);
	old = s->map;
	s->map = fresh;
	s->asking = false;
	s->refused = generation;
	s->again = fresh != NULL ? 0 : coarse_ms() + AGAIN_MS;
	map_unref(&old);
}

void
region_begin(struct region_table *t, struct store *store, CK_SLOT_ID id,
	struct region_lease *ret)
{
	struct region_slot *s;

	*ret = REGION_LEASE_NONE;
	pthread_mutex_lock(&t->lock);
	s = slot_find(t, id);
	if (s != NULL && must_ask(s, store_generation(store))) {
		s->asking = true;
		slot_map(t, s, store);
	}
	if (s != NULL && s->map != NULL) {
		ret->map = map_ref(s->map);
		ret->epoch =
			atomic_load_explicit(&ret->map->at->epoch, memory_order_acquire);
	}
	pthread_mutex_unlock(&t->lock);
}

struct region_lease
region_lease_for(
	const struct region_lease *begun, const struct wire_object *w, bool token)
{
	struct region_lease l = *begun;

	if (l.map == NULL || (w->cell == WIRE_NO_CELL && token) ||
		(w->cell != WIRE_NO_CELL && w->cell >= l.map->cells))
		return REGION_LEASE_NONE;
	l.map = map_ref(l.map);
	l.cell = w->cell;
	l.count = w->count;
	return l;
}

void
region_lease_end(struct region_lease *l)
{
	map_unref(&l->map);
	*l = REGION_LEASE_NONE;
}

bool
region_lease_equal(const struct region_lease *a, const struct region_lease *b)
{
	return a->map == b->map && a->epoch == b->epoch && a->cell == b->cell &&
	       a->count == b->count;
}
