/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations that are keyed and idle, ready to be armed again: what makes one
 * small operation after the other cheap. Few, and for seconds only: they hold
 * key schedules in memory, wiped when they go.
 */
#pragma once

#include "cryptoki/op.h"
#include "wire/wire.h"

struct event_base;
struct op_cache;

int op_cache_new(struct event_base *base, struct op_cache **ret) MUST_CHECK;
void op_cache_free(struct op_cache *c);
/* Takes out an idle one that has this key (at this revision), mechanism and
 * kind; NULL: none. */
struct op *op_cache_take(struct op_cache *c, const struct wire_id *key, uint64_t revision,
	const struct mech *m, enum op_kind kind) MUST_CHECK;
/* Gives one back, or a new one. Takes it over, whatever its state. */
void op_cache_give(
	struct op_cache *c, const struct wire_id *key, uint64_t revision, struct op *op);
/* The key has gone, or changed. */
void op_cache_drop(struct op_cache *c, const struct wire_id *key);
void op_cache_clear(struct op_cache *c);
