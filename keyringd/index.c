/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/index_internal.h"

#include <errno.h>
#include <stdlib.h>

_Static_assert(REGION_CELLS - 1 <= UINT16_MAX, "index_object.cell holds it");

/* ---- matching in the tables */

static bool
id_matches(const struct hash_node *node, struct bytes key)
{
	const struct index_object *o = HASH_OBJECT(node, struct index_object, by_id);

	return memcmp(&o->id, key.p, sizeof o->id) == 0;
}

static bool
dead_matches(const struct hash_node *node, struct bytes key)
{
	const struct dead *d = HASH_OBJECT(node, struct dead, by_id);

	return memcmp(&d->id, key.p, sizeof d->id) == 0;
}

struct bytes
index_attribute(const struct index_object *o, uint32_t type)
{
	struct bytes value = BYTES_NONE;

	return attrs_find(index_attributes(o), type, &value) ? value : BYTES_NONE;
}

/* ---- life */

int
index_new(struct vault *vault, struct index **ret)
{
	struct index *ix = calloc(1, sizeof *ix);
	int r;

	if (ix == NULL)
		return -ENOMEM;
	ix->vault = vault;
	ix->next_seq = 1;
	STAILQ_INIT(&ix->dead);
	r = hash_init(&ix->by_id);
	if (r == 0)
		r = hash_init(&ix->by_cka_id);
	if (r == 0)
		r = hash_init(&ix->by_label);
	if (r == 0)
		r = hash_init(&ix->dead_by_id);
	if (r != 0) {
		index_free(ix);
		return r;
	}
	*ret = ix;
	return 0;
}

void
index_on_change(struct index *ix, index_changed *changed, void *arg)
{
	ix->changed = changed;
	ix->changed_arg = arg;
}

static void
tell_change(
	struct index *ix, const struct index_object *old, const struct index_object *now)
{
	if (ix->changed != NULL)
		ix->changed(ix->changed_arg, old, now);
}

void
index_free(struct index *ix)
{
	if (ix == NULL)
		return;
	index_clear(ix);
	hash_free(&ix->by_id);
	hash_free(&ix->by_cka_id);
	hash_free(&ix->by_label);
	hash_free(&ix->dead_by_id);
	free(ix->places);
	free(ix);
}

size_t
index_count(const struct index *ix)
{
	return hash_count(&ix->by_id);
}

/* ---- places */

/* The first place whose number is not below seq. */
size_t
index_place_from(const struct index *ix, uint64_t seq)
{
	size_t low = 0, high = ix->n_places;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ix->places[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
place_add(struct index *ix, struct index_object *o)
{
	if (ix->n_places == ix->cap) {
		size_t cap = ix->cap != 0 ? ix->cap + ix->cap / 2 : 64;
		struct place *places = realloc(ix->places, cap * sizeof *places);

		if (places == NULL)
			return -ENOMEM;
		ix->places = places;
		ix->cap = cap;
	}
	ix->places[ix->n_places++] = (struct place){ o->seq, o };
	return 0;
}

/* More holes than objects: close them. */
static void
places_compact(struct index *ix)
{
	size_t to = 0;

	if (ix->holes < 64 || ix->holes < ix->n_places / 2)
		return;
	for (size_t i = 0; i < ix->n_places; i++) {
		if (ix->places[i].object != NULL)
			ix->places[to++] = ix->places[i];
	}
	ix->n_places = to;
	ix->holes = 0;
}

/* ---- objects in and out of the tables */

static void
tables_enter(struct index *ix, struct index_object *o)
{
	struct bytes id = index_attribute(o, CKA_ID),
		     label = index_attribute(o, CKA_LABEL);

	hash_insert(&ix->by_id, BYTES_OF(o->id.b), &o->by_id);
	/* what is empty would all share one chain, and nobody asks for it */
	if (id.n != 0)
		hash_insert(&ix->by_cka_id, id, &o->by_cka_id);
	if (label.n != 0)
		hash_insert(&ix->by_label, label, &o->by_label);
	if (o->class < CLASSES)
		ix->classes[o->class]++;
}

static void
tables_leave(struct index *ix, struct index_object *o)
{
	hash_remove(&ix->by_id, &o->by_id);
	if (index_attribute(o, CKA_ID).n != 0)
		hash_remove(&ix->by_cka_id, &o->by_cka_id);
	if (index_attribute(o, CKA_LABEL).n != 0)
		hash_remove(&ix->by_label, &o->by_label);
	if (o->class < CLASSES)
		ix->classes[o->class]--;
}

static void
object_free(struct index *ix, struct index_object *o)
{
	if (o->value != NULL)
		vault_delete(ix->vault, &o->value);
	/* private data objects have their value among the attributes */
	if (o->private)
		wipe(o->attributes, o->n);
	free(o);
}

static void
object_remove(struct index *ix, struct index_object *o)
{
	size_t at = index_place_from(ix, o->seq);

	tell_change(ix, o, NULL);
	tables_leave(ix, o);
	ix->places[at].object = NULL;
	ix->holes++;
	object_free(ix, o);
}

static struct index_object *
object_new(const struct index *ix, const struct wire_id *id, uint64_t revision,
	struct bytes attributes)
{
	struct index_object *o = calloc(1, sizeof *o + attributes.n);

	if (o == NULL)
		return NULL;
	o->id = *id;
	o->revision = revision;
	o->n = (uint32_t)attributes.n;
	if (attributes.n != 0)
		memcpy(o->attributes, attributes.p, attributes.n);
	o->class = (uint32_t)attrs_ulong(attributes, CKA_CLASS, UINT32_MAX);
	o->round = ix->round;
	o->private = attrs_bool(attributes, CKA_PRIVATE, true);
	return o;
}

struct index_object *
index_get(struct index *ix, const struct wire_id *id)
{
	struct hash_node *node = hash_find(&ix->by_id, BYTES_OF(id->b), id_matches);

	return node != NULL ? HASH_OBJECT(node, struct index_object, by_id) : NULL;
}

static struct dead *
dead_get(struct index *ix, const struct wire_id *id)
{
	struct hash_node *node;

	if (hash_count(&ix->dead_by_id) == 0)
		return NULL;
	node = hash_find(&ix->dead_by_id, BYTES_OF(id->b), dead_matches);
	return node != NULL ? HASH_OBJECT(node, struct dead, by_id) : NULL;
}

/* Takes the old one's place and number. */
static void
object_replace(struct index *ix, struct index_object *old, struct index_object *o)
{
	o->seq = old->seq;
	o->cell = old->cell;
	tell_change(ix, old, o);
	tables_leave(ix, old);
	ix->places[index_place_from(ix, o->seq)].object = o;
	tables_enter(ix, o);
	object_free(ix, old);
}

int
index_put(struct index *ix, const struct wire_id *id, uint64_t revision,
	struct bytes attributes)
{
	struct index_object *old = index_get(ix, id), *o;

	if (old != NULL)
		old->round = ix->round;
	if (dead_get(ix, id) != NULL || (old != NULL && old->revision >= revision))
		return 0;
	o = object_new(ix, id, revision, attributes);
	if (o == NULL) {
		if (old != NULL) /* it may permit more than it does now */
			object_remove(ix, old);
		return -ENOMEM;
	}
	if (old != NULL) {
		object_replace(ix, old, o);
		return 0;
	}
	o->seq = ix->next_seq++;
	o->cell = (uint16_t)(ix->next_cell++ % REGION_CELLS);
	if (place_add(ix, o) != 0) {
		free(o);
		return -ENOMEM;
	}
	tables_enter(ix, o);
	return 0;
}

void
index_remove(struct index *ix, const struct wire_id *id, uint64_t revision)
{
	struct index_object *o = index_get(ix, id);
	struct dead *d;

	if (o != NULL)
		object_remove(ix, o);
	places_compact(ix);
	if (revision == 0 || dead_get(ix, id) != NULL)
		return;
	d = calloc(1, sizeof *d);
	if (d == NULL)
		return; /* the watch says it again */
	d->id = *id;
	d->revision = revision;
	hash_insert(&ix->dead_by_id, BYTES_OF(d->id.b), &d->by_id);
	STAILQ_INSERT_TAIL(&ix->dead, d, link);
}

static void
dead_forget(struct index *ix, struct dead *d)
{
	STAILQ_REMOVE_HEAD(&ix->dead, link);
	hash_remove(&ix->dead_by_id, &d->by_id);
	free(d);
}

void
index_settle(struct index *ix, uint64_t revision)
{
	struct dead *d;

	while ((d = STAILQ_FIRST(&ix->dead)) != NULL && d->revision <= revision)
		dead_forget(ix, d);
}

void
index_clear(struct index *ix)
{
	struct dead *d;

	for (size_t i = 0; i < ix->n_places; i++) {
		struct index_object *o = ix->places[i].object;

		if (o == NULL)
			continue;
		tell_change(ix, o, NULL);
		tables_leave(ix, o);
		object_free(ix, o);
	}
	ix->n_places = ix->holes = 0;
	while ((d = STAILQ_FIRST(&ix->dead)) != NULL)
		dead_forget(ix, d);
}

uint32_t
index_round(struct index *ix)
{
	return ++ix->round;
}

void
index_sweep(struct index *ix, uint32_t round, uint64_t revision, bool private)
{
	for (size_t i = 0; i < ix->n_places; i++) {
		struct index_object *o = ix->places[i].object;

		if (o != NULL && (int32_t)(o->round - round) < 0 &&
			o->revision <= revision && (private || !o->private))
			object_remove(ix, o);
	}
	places_compact(ix);
}

bool
index_drop_private(struct index *ix)
{
	bool any = false;

	for (size_t i = 0; i < ix->n_places; i++) {
		struct index_object *o = ix->places[i].object;

		if (o != NULL && o->private) {
			object_remove(ix, o);
			any = true;
		}
	}
	places_compact(ix);
	return any;
}

bool
index_drop_values(struct index *ix)
{
	bool any = false;

	for (size_t i = 0; i < ix->n_places; i++) {
		struct index_object *o = ix->places[i].object;

		if (o != NULL && o->value != NULL) {
			vault_delete(ix->vault, &o->value);
			any = true;
		}
	}
	return any;
}
