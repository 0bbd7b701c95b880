/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arena: 64 KiB chunks, each cut into blocks of one size class, and a
 * mapping of its own for what is larger than the largest class. Every mapping
 * starts at a multiple of CHUNK_SIZE with its header, so that a block's
 * address leads to it; the bookkeeping is a bitmap there, never a pointer in
 * a freed block. Free blocks are all zeroes.
 *
 * Fork. All mappings are on one chain whose forward pointers are always whole:
 * inserting and unlinking are single stores, a node points to older ones only,
 * and it is unlinked before it is unmapped. fork() copies page after page
 * while other threads run, but it excludes munmap() and madvise() meanwhile.
 * So the child can walk its copy of the chain whatever was going on, and it
 * finds every mapping that holds a secret, because a mapping is put on the
 * chain before the madvise() after which it is first used.
 */
#include "common/secret.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <unistd.h>

#define CHUNK_SIZE ((size_t)65536)
#define DATA_OFFSET ((size_t)1024) /* room for the header, in a chunk of blocks */
#define LARGE_OFFSET ((size_t)64)  /* the same, in a large secret's mapping */
#define BLOCK_MIN ((size_t)16)
#define MAP_WORDS ((CHUNK_SIZE / BLOCK_MIN) / 64)
#define CLASS_LARGE (-1)
#define SPARES 4u

static const uint16_t class_size[] = { 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768,
	1024, 1536, 2048, 3072, 4096, 6144, 8192 };

/* The part that a large secret's mapping has too; then only for chunks. */
struct chunk {
	struct chunk *next; /* on the chain of all mappings */
	struct chunk *prev;
	size_t size; /* of the mapping */
	int class;
	uint32_t used;
	uint32_t blocks;
	uint32_t hint; /* no free block in a word before this one */
	LIST_ENTRY(chunk) with_room;
	uint64_t free_map[MAP_WORDS];
};

_Static_assert(offsetof(struct chunk, free_map) <= LARGE_OFFSET, "large header");
_Static_assert(sizeof(struct chunk) <= DATA_OFFSET, "chunk header");

LIST_HEAD(chunk_list, chunk);

struct arena {
	pthread_mutex_t lock;
	struct chunk *chain;
	/* A few empty chunks are kept, so that secrets of several sizes that
	 * come and go do not map and unmap each time. */
	struct chunk *spare[SPARES];
	unsigned spares;
	struct chunk_list with_room[ARRAY_LEN(class_size)];
};

#define ARENA_INIT                                            \
	{                                                     \
		.lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP \
	}

static struct arena arena = ARENA_INIT;

static void
arena_lock(void)
{
	(void)pthread_mutex_lock(&arena.lock);
}

static void
arena_unlock(void)
{
	(void)pthread_mutex_unlock(&arena.lock);
}

/* ---- mappings */

static size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* size bytes at a multiple of CHUNK_SIZE, or NULL. */
static uint8_t *
map_aligned(size_t size)
{
	const int prot = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	uint8_t *p = mmap(NULL, size, prot, flags, -1, 0), *start;
	size_t before;

	if (p == MAP_FAILED)
		return NULL;
	if ((uintptr_t)p % CHUNK_SIZE == 0)
		return p;
	(void)munmap(p, size);
	p = mmap(NULL, size + CHUNK_SIZE, prot, flags, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	before = (size_t)(-(uintptr_t)p % CHUNK_SIZE);
	start = p + before;
	if (before != 0)
		(void)munmap(p, before);
	(void)munmap(start + size, CHUNK_SIZE - before);
	return start;
}

static void
chain_insert(struct chunk *c)
{
	c->prev = NULL;
	c->next = arena.chain;
	if (c->next != NULL)
		c->next->prev = c;
	__atomic_store_n(&arena.chain, c, __ATOMIC_RELEASE);
}

/* c->next stays: a forked child may be standing on c. */
static void
chain_remove(struct chunk *c)
{
	struct chunk **at = c->prev != NULL ? &c->prev->next : &arena.chain;

	__atomic_store_n(at, c->next, __ATOMIC_RELEASE);
	if (c->next != NULL)
		c->next->prev = c->prev;
}

/* Called without the lock, after chain_remove(). */
static void
chunk_unmap(struct chunk *c)
{
	if (c != NULL)
		(void)munmap(c, c->size);
}

/* Called without the lock. On the chain, not dumped, locked if it may be. */
static struct chunk *
chunk_map(size_t size)
{
	struct chunk *c = (struct chunk *)(void *)map_aligned(size);

	if (c == NULL)
		return NULL;
	c->size = size;
	arena_lock();
	chain_insert(c);
	arena_unlock();
	/* EINVAL: an emulated kernel that does not know the advice */
	if (madvise(c, size, MADV_DONTDUMP) != 0 && errno != EINVAL) {
		arena_lock();
		chain_remove(c);
		arena_unlock();
		chunk_unmap(c);
		return NULL;
	}
	/* on fault: a chunk takes memory as it fills; EINVAL, ENOSYS: no mlock2 */
	if (mlock2(c, size, MLOCK_ONFAULT) != 0 && (errno == EINVAL || errno == ENOSYS))
		(void)mlock(c, size);
	return c;
}

/* ---- chunks of blocks; all with the lock held */

static void
chunk_cut(struct chunk *c, int class)
{
	uint32_t blocks = (uint32_t)((CHUNK_SIZE - DATA_OFFSET) / class_size[class]);

	c->class = class;
	c->used = 0;
	c->blocks = blocks;
	c->hint = 0;
	for (uint32_t w = 0; w < MAP_WORDS; w++)
		c->free_map[w] = 0;
	for (uint32_t w = 0; w < blocks / 64; w++)
		c->free_map[w] = ~(uint64_t)0;
	if (blocks % 64 != 0)
		c->free_map[blocks / 64] = ((uint64_t)1 << blocks % 64) - 1;
	LIST_INSERT_HEAD(&arena.with_room[class], c, with_room);
}

static uint8_t *
chunk_take(struct chunk *c)
{
	uint32_t w = c->hint, bit;

	while (c->free_map[w] == 0)
		w++;
	bit = (uint32_t)__builtin_ctzll(c->free_map[w]);
	c->free_map[w] &= c->free_map[w] - 1;
	c->hint = w;
	c->used++;
	if (c->used == c->blocks)
		LIST_REMOVE(c, with_room);
	return (uint8_t *)c + DATA_OFFSET + (size_t)(w * 64 + bit) * class_size[c->class];
}

/* Gives the block back; true when the chunk is to be unmapped. */
static bool
chunk_give(struct chunk *c, uint32_t block)
{
	uint32_t w = block / 64;

	c->free_map[w] |= (uint64_t)1 << block % 64;
	if (w < c->hint)
		c->hint = w;
	if (c->used == c->blocks)
		LIST_INSERT_HEAD(&arena.with_room[c->class], c, with_room);
	if (--c->used != 0)
		return false;
	LIST_REMOVE(c, with_room);
	if (arena.spares < SPARES) {
		arena.spare[arena.spares++] = c;
		return false;
	}
	chain_remove(c);
	return true;
}

/* ---- secrets */

static int
class_of(size_t n)
{
	for (int i = 0; i < (int)ARRAY_LEN(class_size); i++)
		if (n <= class_size[i])
			return i;
	return CLASS_LARGE;
}

static uint8_t *
small_new(int class)
{
	struct chunk *c;
	uint8_t *p;

	arena_lock();
	c = LIST_FIRST(&arena.with_room[class]);
	if (c == NULL && arena.spares > 0) {
		c = arena.spare[--arena.spares];
		chunk_cut(c, class);
	}
	if (c == NULL) {
		arena_unlock();
		c = chunk_map(CHUNK_SIZE);
		if (c == NULL)
			return NULL;
		arena_lock();
		chunk_cut(c, class);
	}
	p = chunk_take(c);
	arena_unlock();
	return p;
}

static uint8_t *
large_new(size_t n)
{
	size_t page = page_size(), size;
	struct chunk *c;

	if (n > SIZE_MAX / 2)
		return NULL;
	size = (n + LARGE_OFFSET + page - 1) & ~(page - 1);
	c = chunk_map(size);
	if (c == NULL)
		return NULL;
	c->class = CLASS_LARGE;
	return (uint8_t *)c + LARGE_OFFSET;
}

static void
large_free(struct chunk *c)
{
	wipe((uint8_t *)c + LARGE_OFFSET, c->size - LARGE_OFFSET);
	arena_lock();
	chain_remove(c);
	arena_unlock();
	chunk_unmap(c);
}

static void
small_free(struct chunk *c, uint8_t *p)
{
	size_t size = class_size[c->class];
	size_t at = (size_t)(p - (uint8_t *)c) - DATA_OFFSET;
	uint32_t block = (uint32_t)at / (uint32_t)size;
	bool unmap;

	/* nobody else has the block: wiped before the lock, not under it */
	wipe(p, size);
	arena_lock();
	/* A block that is not ours to free: go no further with such a heap. */
	if (at != block * size || block >= c->blocks ||
		(c->free_map[block / 64] >> block % 64 & 1) != 0)
		abort();
	unmap = chunk_give(c, block);
	arena_unlock();
	if (unmap)
		chunk_unmap(c);
}

int
secret_new(size_t n, struct secret *ret)
{
	int class = class_of(n);
	uint8_t *p;

	if (n == 0) {
		*ret = SECRET_NONE;
		return 0;
	}
	p = class == CLASS_LARGE ? large_new(n) : small_new(class);
	if (p == NULL)
		return -ENOMEM;
	*ret = (struct secret){ p, n };
	return 0;
}

int
secret_copy(struct bytes from, struct secret *ret)
{
	struct secret made;
	int r = secret_new(from.n, &made);

	if (r < 0)
		return r;
	if (from.n != 0)
		memcpy(made.p, from.p, from.n);
	*ret = made;
	return 0;
}

void
secret_free(struct secret *s)
{
	struct chunk *c;

	if (s->p == NULL)
		return;
	c = (struct chunk *)(void *)(s->p - (uintptr_t)s->p % CHUNK_SIZE);
	if (c->class == CLASS_LARGE)
		large_free(c);
	else
		small_free(c, s->p);
	*s = SECRET_NONE;
}

void
secret_forget_all(void)
{
	struct chunk *c = arena.chain, *next;

	for (; c != NULL; c = next) {
		next = c->next;
		(void)munmap(c, c->size);
	}
	arena = (struct arena)ARENA_INIT;
}
