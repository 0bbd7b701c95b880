/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What session objects made from the same template have in common is kept
 * once: their flags and numbers, the shape. Each keeps the rest for itself.
 */
#pragma once

#include "common/hash.h"
#include "cryptoki/attrs.h"

struct shapes;

/* Packed attributes, counted. Holds all that usage and visibility are asked of:
 * numbers, booleans, and the arrays of mechanisms. */
struct shape {
	struct hash_node by_bytes;
	size_t refs;
	uint32_t n;
	uint8_t attributes[];
};

static inline struct bytes
shape_bytes(const struct shape *s)
{
	return BYTES(s->attributes, s->n);
}

int shapes_new(struct shapes **ret) MUST_CHECK;
void shapes_free(struct shapes *s);
/* Splits a packed list: a reference to its shape, and the rest appended to own.
 * 0 or -ENOMEM. */
int shape_split(struct shapes *s, struct bytes attributes, struct shape **ret,
	struct buf *own) MUST_CHECK;
/* The whole list again, appended. */
void shape_join(const struct shape *s, struct bytes own, struct buf *to);
void shape_unref(struct shapes *s, struct shape *shape);
