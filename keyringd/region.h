/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer's side of wire/region.h: one region a token, so that what modules know, and
 * sockets that were passed to them, end everywhere at once. Nothing is made before a
 * client asks: until then objects have no cell that means anything. The deadline is
 * renewed by one timer, which runs only while some client has a region.
 *
 * Only the loop's thread writes. A count moves (release) before the change that it
 * stands for is acknowledged to anybody, which is a system call later.
 */
#pragma once

#include "common/bytes.h"
#include "wire/region.h"

struct event_base;
struct regions;      /* all of this process: the timer */
struct token_region; /* a token's; NULL is harmless everywhere but in _new and _join */

/* lease_ms: how long a region is good for without being renewed. -ENOMEM. */
int regions_new(
	struct event_base *base, uint64_t lease_ms, struct regions **ret) MUST_CHECK;
/* We end: every deadline is 0 from now on. Harmless on NULL. */
void regions_end(struct regions *all);
/* All of its regions are freed. Harmless on NULL. */
void regions_free(struct regions *all);

/* Of a token; takes next to nothing. -ENOMEM. */
int token_region_new(struct regions *all, struct token_region **ret) MUST_CHECK;
/* Its deadline is over for those who still have it. */
void token_region_free(struct token_region *g);
/* One more client has it: the memfd to be sent, borrowed. Sealed. -errno of memfd_create,
 * ftruncate, fallocate, mmap or fcntl. */
int token_region_join(struct token_region *g, int *ret_fd) MUST_CHECK;
/* And one less. */
void token_region_leave(struct token_region *g);

/* What the cell counts now; false: there is no region. */
bool token_region_read(
	const struct token_region *g, uint32_t cell, uint32_t *ret) MUST_CHECK;
/* The object of this cell has changed, or gone. */
void token_region_count(struct token_region *g, uint32_t cell);
/* Everything has to be asked for again. */
void token_region_epoch(struct token_region *g);
