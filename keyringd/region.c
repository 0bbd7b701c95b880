/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/region.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"

#define RENEWALS 3u /* in a lease */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* Linux 6.3; older headers lack it */
#endif

struct token_region {
	LIST_ENTRY(token_region) link; /* of those that are there */
	struct regions *all;
	struct region *map; /* NULL: nobody asked, or nobody was left */
	int fd;
	unsigned clients;
	uint64_t epoch; /* outlives the map: none comes twice */
};

struct regions {
	LIST_HEAD(, token_region) live;
	struct event *renewal;
	uint64_t lease_ms;
	bool ended;
};

/* ---- the deadline */

static uint64_t
deadline(const struct regions *all)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 +
	       all->lease_ms;
}

static void
region_renew(struct token_region *g)
{
	atomic_store_explicit(&g->map->deadline, deadline(g->all), memory_order_release);
}

/* Who still has it mapped sees that it is over. */
static void
region_drop(struct token_region *g)
{
	if (g->map == NULL)
		return;
	atomic_store_explicit(&g->map->deadline, 0, memory_order_release);
	(void)munmap(g->map, region_size(REGION_CELLS));
	(void)close(g->fd);
	g->map = NULL;
	g->fd = -1;
	LIST_REMOVE(g, link);
}

/* Regions that nobody has any more go here, not with their last client: programs that
 * come and go one after the other share one. */
static void
on_renewal(evutil_socket_t fd, short what, void *arg)
{
	struct regions *all = arg;
	struct token_region *g, *next;

	for (g = LIST_FIRST(&all->live); g != NULL; g = next) {
		next = LIST_NEXT(g, link);
		if (g->clients == 0)
			region_drop(g);
		else
			region_renew(g);
	}
	if (LIST_EMPTY(&all->live))
		(void)event_del(all->renewal);
}

int
regions_new(struct event_base *base, uint64_t lease_ms, struct regions **ret)
{
	struct regions *all = calloc(1, sizeof *all);

	if (all == NULL)
		return -ENOMEM;
	LIST_INIT(&all->live);
	all->lease_ms = lease_ms;
	all->renewal = event_new(base, -1, EV_PERSIST, on_renewal, all);
	if (all->renewal == NULL) {
		free(all);
		return -ENOMEM;
	}
	*ret = all;
	return 0;
}

void
regions_end(struct regions *all)
{
	struct token_region *g;

	if (all == NULL)
		return;
	all->ended = true;
	(void)event_del(all->renewal);
	LIST_FOREACH (g, &all->live, link)
		atomic_store_explicit(&g->map->deadline, 0, memory_order_release);
}

void
regions_free(struct regions *all)
{
	if (all == NULL)
		return;
	event_free(all->renewal);
	free(all);
}

/* ---- life */

int
token_region_new(struct regions *all, struct token_region **ret)
{
	struct token_region *g = calloc(1, sizeof *g);

	if (g == NULL)
		return -ENOMEM;
	g->all = all;
	g->fd = -1;
	g->epoch = 1;
	*ret = g;
	return 0;
}

void
token_region_free(struct token_region *g)
{
	if (g == NULL)
		return;
	region_drop(g);
	free(g);
}

/* NOEXEC_SEAL: some systems demand it; kernels before 6.3 do not know it. */
static int
memfd_make(void)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("keyring-token region", flags | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("keyring-token region", flags);
	return fd < 0 ? -errno : fd;
}

/* Mapped for writing before the seal: from then on nobody can, we too. */
static int
memfd_map(int fd, struct region **ret)
{
	const size_t size = region_size(REGION_CELLS);
	void *map;

	if (ftruncate(fd, (off_t)size) != 0)
		return -errno;
	/* All of it now: a page that cannot be had later (vm.overcommit_memory=2) would be
	 * SIGBUS, here or in a reader. */
	while (fallocate(fd, 0, 0, (off_t)size) != 0) {
		if (errno != EINTR)
			return -errno;
	}
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	if (fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
		int r = -errno;

		(void)munmap(map, size);
		return r;
	}
	*ret = map;
	return 0;
}

static int
region_make(struct token_region *g)
{
	CLEANUP(cleanup_close)
	int fd = memfd_make();
	struct region *map = NULL;
	int r = fd;

	if (r >= 0)
		r = memfd_map(fd, &map);
	if (r != 0)
		return r;
	map->magic = REGION_MAGIC;
	map->version = REGION_VERSION;
	map->cells = REGION_CELLS;
	atomic_store_explicit(&map->epoch, ++g->epoch, memory_order_release);
	g->map = map;
	g->fd = fd;
	fd = -1;
	LIST_INSERT_HEAD(&g->all->live, g, link);
	return 0;
}

int
token_region_join(struct token_region *g, int *ret_fd)
{
	uint64_t ms = g->all->lease_ms / RENEWALS;
	const struct timeval period = { (time_t)(ms / 1000),
		(suseconds_t)(ms % 1000 * 1000) };
	int r = 0;

	if (g->all->ended)
		return -ECANCELED;
	if (g->map == NULL)
		r = region_make(g);
	if (r == 0 && !event_pending(g->all->renewal, EV_TIMEOUT, NULL) &&
		event_add(g->all->renewal, &period) != 0)
		r = -ENOMEM;
	if (r != 0)
		return r;
	g->clients++;
	region_renew(g);
	*ret_fd = g->fd;
	return 0;
}

void
token_region_leave(struct token_region *g)
{
	if (g != NULL)
		g->clients--;
}

/* ---- counts */

bool
token_region_read(const struct token_region *g, uint32_t cell, uint32_t *ret)
{
	if (g == NULL || g->map == NULL)
		return false;
	*ret = atomic_load_explicit(
		&g->map->cell[cell & (REGION_CELLS - 1)], memory_order_relaxed);
	return true;
}

void
token_region_count(struct token_region *g, uint32_t cell)
{
	if (g != NULL && g->map != NULL)
		(void)atomic_fetch_add_explicit(&g->map->cell[cell & (REGION_CELLS - 1)],
			1, memory_order_release);
}

void
token_region_epoch(struct token_region *g)
{
	if (g == NULL)
		return;
	g->epoch++;
	if (g->map != NULL)
		atomic_store_explicit(&g->map->epoch, g->epoch, memory_order_release);
}
