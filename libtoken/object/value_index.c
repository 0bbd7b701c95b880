/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/value_index.h"

#include <stdlib.h>

#include "cryptoki/attrs.h"

static const uint32_t indexed[VALUE_INDEXES] = { CKA_ID, CKA_LABEL };

/* Those who share one value. A list, so that thousands of keys with one label are as cheap to
 * remove as one. */
struct value_group {
	struct hash_node node;
	LIST_HEAD(, value_link) members;
	size_t n;
	uint8_t value[];
};

int
value_index_init(struct value_index *x)
{
	int r = 0;

	for (size_t i = 0; i < VALUE_INDEXES && r == 0; i++)
		r = hash_init(&x->groups[i]);
	return r;
}

void
value_index_free(struct value_index *x)
{
	for (size_t i = 0; i < VALUE_INDEXES; i++)
		hash_free(&x->groups[i]);
}

static bool
match_group(const struct hash_node *node, struct bytes key)
{
	const struct value_group *g = HASH_OBJECT(node, struct value_group, node);

	return bytes_equal(BYTES(g->value, g->n), key);
}

static struct value_group *
group_find(const struct value_index *x, size_t i, struct bytes value)
{
	struct hash_node *node = hash_find(&x->groups[i], value, match_group);

	return node != NULL ? HASH_OBJECT(node, struct value_group, node) : NULL;
}

/* The one with this value, made where there is none. NULL: no memory. */
static struct value_group *
group_get(struct value_index *x, size_t i, struct bytes value)
{
	struct value_group *g = group_find(x, i, value);

	if (g != NULL)
		return g;
	g = calloc(1, sizeof *g + value.n);
	if (g == NULL)
		return NULL;
	memcpy(g->value, value.p, value.n);
	g->n = value.n;
	LIST_INIT(&g->members);
	hash_insert(&x->groups[i], value, &g->node);
	return g;
}

/* Of the attribute that a place is for; false: it has none, or an empty one. */
static bool
value_of(struct bytes attributes, size_t i, struct bytes *ret)
{
	return attrs_find(attributes, indexed[i], ret) && ret->n != 0;
}

bool
value_index_add(struct value_index *x, struct value_link links[VALUE_INDEXES],
	struct bytes attributes, void *member)
{
	bool ok = true;

	for (size_t i = 0; i < VALUE_INDEXES; i++) {
		struct value_group *g = NULL;
		struct bytes value;

		if (value_of(attributes, i, &value)) {
			g = group_get(x, i, value);
			ok = ok && g != NULL;
		}
		links[i].member = member;
		links[i].group = g;
		if (g != NULL)
			LIST_INSERT_HEAD(&g->members, &links[i], next);
	}
	if (!ok)
		value_index_remove(x, links);
	return ok;
}

void
value_index_remove(struct value_index *x, struct value_link links[VALUE_INDEXES])
{
	for (size_t i = 0; i < VALUE_INDEXES; i++) {
		struct value_group *g = links[i].group;

		links[i].group = NULL;
		if (g == NULL)
			continue;
		LIST_REMOVE(&links[i], next);
		if (LIST_EMPTY(&g->members)) {
			hash_remove(&x->groups[i], &g->node);
			free(g);
		}
	}
}

bool
value_index_find(const struct value_index *x, struct bytes template,
	void (*found)(void *arg, void *member), void *arg)
{
	const struct value_group *g;
	struct value_link *link;
	struct bytes value;

	for (size_t i = 0; i < VALUE_INDEXES; i++) {
		if (!value_of(template, i, &value))
			continue;
		g = group_find(x, i, value);
		if (g != NULL)
			LIST_FOREACH (link, &g->members, next)
				found(arg, link->member);
		return true;
	}
	return false;
}
