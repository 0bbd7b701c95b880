/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/shapes.h"

#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"

struct shapes {
	struct hash by_bytes;
};

static bool
shape_matches(const struct hash_node *node, struct bytes key)
{
	return bytes_equal(shape_bytes(HASH_OBJECT(node, struct shape, by_bytes)), key);
}

int
shapes_new(struct shapes **ret)
{
	struct shapes *s = calloc(1, sizeof *s);
	int r;

	if (s == NULL)
		return -ENOMEM;
	r = hash_init(&s->by_bytes);
	if (r != 0) {
		free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void
shapes_free(struct shapes *s)
{
	if (s == NULL)
		return;
	hash_free(&s->by_bytes);
	free(s);
}

/* Differs from object to object? */
static bool
is_own(const struct attr *a)
{
	if (a->type == CKA_ID || a->type == CKA_LABEL || a->type == CKA_CHECK_VALUE)
		return true;
	return a->value.n > 8 && (a->type & CKF_ARRAY_ATTRIBUTE) == 0;
}

static void
attr_append(const struct attr *a, struct buf *to)
{
	buf_put_u32(to, a->type);
	buf_put_blob(to, a->value);
}

static struct shape *
shape_of(struct shapes *s, struct bytes common)
{
	struct hash_node *node = hash_find(&s->by_bytes, common, shape_matches);
	struct shape *shape;

	if (node != NULL) {
		shape = HASH_OBJECT(node, struct shape, by_bytes);
		shape->refs++;
		return shape;
	}
	shape = calloc(1, sizeof *shape + common.n);
	if (shape == NULL)
		return NULL;
	shape->refs = 1;
	shape->n = (uint32_t)common.n;
	if (common.n != 0)
		memcpy(shape->attributes, common.p, common.n);
	hash_insert(&s->by_bytes, common, &shape->by_bytes);
	return shape;
}

int
shape_split(
	struct shapes *s, struct bytes attributes, struct shape **ret, struct buf *own)
{
	CLEANUP(buf_free)
	struct buf common = BUF_INIT;
	struct cursor c = cursor_over(attributes);
	struct shape *shape;
	struct attr a;

	while (attrs_next(&c, &a))
		attr_append(&a, is_own(&a) ? own : &common);
	if (!buf_ok(&common) || !buf_ok(own))
		return -ENOMEM;
	shape = shape_of(s, buf_bytes(&common));
	if (shape == NULL)
		return -ENOMEM;
	*ret = shape;
	return 0;
}

void
shape_join(const struct shape *s, struct bytes own, struct buf *to)
{
	struct cursor c = cursor_over(shape_bytes(s)), d = cursor_over(own);
	struct attr a, b;
	bool more_a = attrs_next(&c, &a), more_b = attrs_next(&d, &b);

	while (more_a || more_b) {
		if (more_a && (!more_b || a.type < b.type)) {
			attr_append(&a, to);
			more_a = attrs_next(&c, &a);
		} else {
			attr_append(&b, to);
			more_b = attrs_next(&d, &b);
		}
	}
}

void
shape_unref(struct shapes *s, struct shape *shape)
{
	if (--shape->refs != 0)
		return;
	hash_remove(&s->by_bytes, &shape->by_bytes);
	free(shape);
}
