/* SPDX-License-Identifier: Apache-2.0 */
/* Searching the index. */
#include <stdlib.h>

#include "common/uuid.h"
#include "cryptoki/vendor.h"
#include "keyringd/index_internal.h"
#include "keyringd/objects.h"

/* ---- matching in the tables */

static bool
cka_id_matches(const struct hash_node *node, struct bytes key)
{
	return bytes_equal(
		index_attribute(
			HASH_OBJECT(node, struct index_object, by_cka_id), CKA_ID),
		key);
}

static bool
label_matches(const struct hash_node *node, struct bytes key)
{
	return bytes_equal(
		index_attribute(
			HASH_OBJECT(node, struct index_object, by_label), CKA_LABEL),
		key);
}

/* ---- searching */

struct search {
	struct bytes template;
	bool private;
	uint64_t cursor;
	uint64_t class; /* UINT64_MAX: any */
};

/* The keys' values are not here: what is searched for by them is not found. */
static bool
has_elsewhere(const void *arg, const struct attr *wanted)
{
	const uint8_t custody = object_custody(index_attributes(arg));

	return wanted->type == CKA_KT_CUSTODY && custody != 0 && wanted->value.n == 8 &&
	       load_le64(wanted->value.p) == custody;
}

static bool
search_takes(const struct search *s, const struct index_object *o)
{
	if (o->private && !s->private)
		return false;
	if (s->class != UINT64_MAX && o->class != s->class)
		return false;
	return attrs_match_with(index_attributes(o), s->template, has_elsewhere, o);
}

static int
compare_seq(const void *a, const void *b)
{
	const struct index_object *const *x = a, *const *y = b;

	return (*x)->seq < (*y)->seq ? -1 : (*x)->seq > (*y)->seq;
}

/* Emits in order; where to go on. */
static uint64_t
emit_found(struct index_object **found, size_t n, index_emit *emit, void *arg)
{
	if (n > 1)
		qsort(found, n, sizeof(struct index_object *), compare_seq);
	for (size_t i = 0; i < n; i++) {
		if (!emit(arg, found[i]))
			return found[i]->seq;
	}
	return 0;
}

static uint64_t
find_scan(struct index *ix, const struct search *s, index_emit *emit, void *arg)
{
	if (s->class < CLASSES && ix->classes[s->class] == 0)
		return 0;
	for (size_t i = index_place_from(ix, s->cursor); i < ix->n_places; i++) {
		struct index_object *o = ix->places[i].object;

		if (o != NULL && search_takes(s, o) && !emit(arg, o))
			return o->seq;
	}
	return 0;
}

#define FOUND_MAX 4096u

struct found {
	struct index_object **p;
	size_t n, cap;
	struct index_object *few[16];
};

static bool
found_add(struct found *f, struct index_object *o)
{
	struct index_object **grown;

	if (f->n == f->cap) {
		grown = malloc(2 * f->cap * sizeof *grown);
		if (grown == NULL)
			return false;
		memcpy(grown, f->p, f->n * sizeof *grown);
		if (f->p != f->few)
			free(f->p);
		f->p = grown;
		f->cap *= 2;
	}
	f->p[f->n++] = o;
	return true;
}

/* Through a table: the cost is that of the objects with this key. When they are many,
 * and the pages too, each page looks from where the last one ended instead. */
static uint64_t
find_by(struct index *ix, const struct hash *table, struct bytes key, hash_match *match,
	size_t node_at, const struct search *s, index_emit *emit, void *arg)
{
	struct found f = { .cap = ARRAY_LEN(f.few) };
	struct hash_node *node = hash_find(table, key, match);
	uint64_t next;

	f.p = f.few;
	for (; node != NULL; node = hash_find_next(node, key, match)) {
		struct index_object *o = (void *)((uint8_t *)node - node_at);

		if (o->seq >= s->cursor && search_takes(s, o) &&
			(f.n == FOUND_MAX || !found_add(&f, o)))
			break;
	}
	next = node == NULL ? emit_found(f.p, f.n, emit, arg)
			    : find_scan(ix, s, emit, arg);
	if (f.p != f.few)
		free(f.p);
	return next;
}

/* CKA_UNIQUE_ID is the id's text (docs/PROTOCOL.md). */
static uint64_t
find_one(struct index *ix, struct bytes name, const struct search *s, index_emit *emit,
	void *arg)
{
	struct wire_id id;
	struct index_object *o = uuid_parse(name, id.b) ? index_get(ix, &id) : NULL;

	return o != NULL && o->seq >= s->cursor && search_takes(s, o) && !emit(arg, o)
		       ? o->seq
		       : 0;
}

uint64_t
index_find(struct index *ix, struct bytes template, enum object_role role,
	uint64_t cursor, index_emit *emit, void *arg)
{
	struct search s = {
		.template = template,
		.private = role == ROLE_USER,
		.cursor = cursor,
		.class = attrs_ulong(template, CKA_CLASS, UINT64_MAX),
	};
	struct bytes key;

	if (attrs_find(template, CKA_UNIQUE_ID, &key))
		return find_one(ix, key, &s, emit, arg);
	if (attrs_find(template, CKA_ID, &key) && key.n != 0)
		return find_by(ix, &ix->by_cka_id, key, cka_id_matches,
			offsetof(struct index_object, by_cka_id), &s, emit, arg);
	if (attrs_find(template, CKA_LABEL, &key) && key.n != 0)
		return find_by(ix, &ix->by_label, key, label_matches,
			offsetof(struct index_object, by_label), &s, emit, arg);
	return find_scan(ix, &s, emit, arg);
}
