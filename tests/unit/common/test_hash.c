/* SPDX-License-Identifier: Apache-2.0 */
#include "common/hash.h"

#include "tests/unit/check_main.h"

struct item {
	uint32_t id;
	uint32_t color;
	bool seen;
	struct hash_node by_id;
	struct hash_node by_color;
};

static bool
id_is(const struct hash_node *node, struct bytes key)
{
	return bytes_equal(BYTES(&HASH_OBJECT(node, struct item, by_id)->id, 4), key);
}

static bool
color_is(const struct hash_node *node, struct bytes key)
{
	return bytes_equal(
		BYTES(&HASH_OBJECT(node, struct item, by_color)->color, 4), key);
}

static struct item *
find(const struct hash *h, uint32_t id)
{
	struct hash_node *node = hash_find(h, BYTES(&id, 4), id_is);

	return node != NULL ? HASH_OBJECT(node, struct item, by_id) : NULL;
}

START_TEST (siphash_agrees_with_other_implementations) {
	/* key zero: CPython 3.11's hash() with PYTHONHASHSEED=0; key 0..15: Rust's
	 * SipHasher13 */
	static const uint64_t zero[2] = { 0, 0 };
	static const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	uint8_t count[64];

	for (uint8_t i = 0; i < sizeof count; i++)
		count[i] = i;
	ck_assert(siphash13(zero, BYTES_STR("a")) == 0x407448d2b89b1813);
	ck_assert(siphash13(zero, BYTES_STR("abcdefg")) == 0x6db12aae9070f506);
	ck_assert(siphash13(zero, BYTES_STR("abcdefgh")) == 0x3f7b849c0b8e35ea);
	ck_assert(siphash13(zero, BYTES_STR("keyring token")) == 0x9b9d85c15b4c45c8);
	ck_assert(siphash13(zero, BYTES_OF(count)) == 0x75e05fd5bbc870c6);
	ck_assert(siphash13(key, BYTES_NONE) == 0xabac0158050fc4dc);
}
END_TEST

START_TEST (every_object_is_found_while_the_table_grows_and_shrinks) {
	enum { MANY = 20000 };
	struct item *items = calloc(MANY, sizeof *items);
	struct hash h;

	ck_assert_int_eq(hash_init(&h), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		items[i].id = i * 3;
		hash_insert(&h, BYTES(&items[i].id, 4), &items[i].by_id);
		ck_assert_ptr_eq(find(&h, items[i].id), &items[i]);
		ck_assert_ptr_eq(find(&h, items[i / 2].id), &items[i / 2]);
		ck_assert_ptr_null(find(&h, i * 3 + 1));
	}
	ck_assert_uint_eq(hash_count(&h), MANY);
	for (uint32_t i = 0; i < MANY; i++)
		ck_assert_ptr_eq(find(&h, i * 3), &items[i]);
	for (uint32_t i = 0; i < MANY; i++) {
		hash_remove(&h, &items[i].by_id);
		ck_assert_ptr_null(find(&h, items[i].id));
		if (i + 1 < MANY)
			ck_assert_ptr_eq(find(&h, items[(i + MANY) / 2].id),
				&items[(i + MANY) / 2]);
	}
	ck_assert_uint_eq(hash_count(&h), 0);
	ck_assert_uint_lt(h.now.mask, MANY / 4);
	hash_free(&h);
	free(items);
}
END_TEST

START_TEST (random_inserts_and_removals_agree_with_an_array) {
	enum { IDS = 3000, STEPS = 200000 };
	struct item *items = calloc(IDS, sizeof *items);
	uint32_t random = 12345;
	size_t count = 0;
	struct hash h;

	ck_assert_int_eq(hash_init(&h), 0);
	for (uint32_t i = 0; i < STEPS; i++) {
		struct item *item;

		random = random * 1664525 + 1013904223;
		item = &items[(random >> 8) % IDS];
		item->id = (uint32_t)(item - items);
		/* mostly grows for a while, then mostly shrinks, and so on */
		if (!item->seen && (i / 20000) % 2 == (random >> 4) % 4 / 3) {
			hash_insert(&h, BYTES(&item->id, 4), &item->by_id);
			item->seen = true;
			count++;
		} else if (item->seen && (i / 20000) % 2 == 1) {
			hash_remove(&h, &item->by_id);
			item->seen = false;
			count--;
		}
		ck_assert_uint_eq(hash_count(&h), count);
		ck_assert_ptr_eq(find(&h, item->id), item->seen ? item : NULL);
	}
	hash_free(&h);
	free(items);
}
END_TEST

START_TEST (object_is_in_several_tables_and_equal_keys_are_all_found) {
	struct item items[90] = { 0 };
	struct hash ids, colors;
	uint32_t color = 1, seen = 0;
	struct bytes key = BYTES(&color, 4);
	struct hash_node *node;

	ck_assert_int_eq(hash_init(&ids), 0);
	ck_assert_int_eq(hash_init(&colors), 0);
	for (uint32_t i = 0; i < ARRAY_LEN(items); i++) {
		items[i].id = i;
		items[i].color = i % 3;
		hash_insert(&ids, BYTES(&items[i].id, 4), &items[i].by_id);
		hash_insert(&colors, BYTES(&items[i].color, 4), &items[i].by_color);
	}
	hash_remove(&colors, &find(&ids, 31)->by_color);
	for (node = hash_find(&colors, key, color_is); node != NULL;
		node = hash_find_next(node, key, color_is), seen++) {
		ck_assert_uint_eq(HASH_OBJECT(node, struct item, by_color)->color, 1);
		ck_assert_uint_ne(HASH_OBJECT(node, struct item, by_color)->id, 31);
	}
	ck_assert_uint_eq(seen, 29);
	ck_assert_ptr_eq(find(&ids, 31), &items[31]);
	hash_free(&ids);
	hash_free(&colors);
}
END_TEST

/* How many of a color are found, and none twice. */
static uint32_t
colored(const struct hash *h, uint32_t color)
{
	struct bytes key = BYTES(&color, 4);
	struct hash_node *node = hash_find(h, key, color_is);
	uint32_t n = 0;

	for (; node != NULL; node = hash_find_next(node, key, color_is))
		n++;
	return n;
}

/* The oldest first: they are the last of their chains. */
START_TEST (equal_keys_are_removed_while_the_table_grows_and_shrinks) {
	enum { MANY = 6000, COLORS = 3 };
	struct item *items = calloc(MANY, sizeof *items);
	uint32_t left = 0, resized = 0;
	size_t oldest = 0;
	struct hash h;

	ck_assert_int_eq(hash_init(&h), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		items[i].color = i % COLORS;
		hash_insert(&h, BYTES(&items[i].color, 4), &items[i].by_color);
		left++;
		if (i % 4 != 0)
			continue;
		resized += h.old.heads != NULL;
		hash_remove(&h, &items[oldest++].by_color);
		left--;
	}
	for (; oldest < MANY; oldest++, left--) {
		ck_assert_uint_eq(hash_count(&h), left);
		if (oldest % 100 == 0 || h.old.heads != NULL)
			for (uint32_t c = 0; c < COLORS; c++)
				ck_assert_uint_eq(
					colored(&h, (uint32_t)(oldest + c) % COLORS),
					(left + COLORS - 1 - c) / COLORS);
		resized += h.old.heads != NULL;
		hash_remove(&h, &items[oldest].by_color);
		/* who removes it again crashes, and spoils no other chain */
		ck_assert_ptr_null(items[oldest].by_color.at);
	}
	ck_assert_uint_eq(hash_count(&h), 0);
	ck_assert_uint_gt(resized, 0);
	hash_free(&h);
	free(items);
}
END_TEST

struct drain {
	struct hash *h;
	size_t n;
};

static bool
drop(struct hash_node *node, void *arg)
{
	struct drain *d = arg;

	d->n++;
	hash_remove(d->h, node);
	free(HASH_OBJECT(node, struct item, by_id));
	return true;
}

START_TEST (walk_may_remove_and_free_each_object_it_is_given) {
	struct hash h;
	struct drain d = { &h, 0 };

	ck_assert_int_eq(hash_init(&h), 0);
	/* at this count the table is in the middle of growing */
	for (uint32_t i = 0; i < 1030; i++) {
		struct item *item = calloc(1, sizeof *item);

		item->id = i;
		hash_insert(&h, BYTES(&item->id, 4), &item->by_id);
	}
	ck_assert_ptr_nonnull(h.old.heads);
	hash_each(&h, drop, &d);
	ck_assert_uint_eq(d.n, 1030);
	ck_assert_uint_eq(hash_count(&h), 0);
	hash_free(&h);
}
END_TEST

static bool
stop_at_third(struct hash_node *node, void *n)
{
	return ++*(int *)n < 3;
}

START_TEST (walk_stops_when_told) {
	struct item items[10] = { 0 };
	struct hash h;
	int n = 0;

	ck_assert_int_eq(hash_init(&h), 0);
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		hash_insert(&h, BYTES(&items[i].id, 4), &items[i].by_id);
	hash_each(&h, stop_at_third, &n);
	ck_assert_int_eq(n, 3);
	hash_free(&h);
	hash_free(&h);
}
END_TEST

START_TEST (tables_hash_with_keys_of_their_own) {
	struct hash a, b;

	ck_assert_int_eq(hash_init(&a), 0);
	ck_assert_int_eq(hash_init(&b), 0);
	ck_assert(a.key[0] != b.key[0] || a.key[1] != b.key[1]);
	hash_free(&a);
	hash_free(&b);
}
END_TEST

static const struct check_test tests[] = {
	{ &siphash_agrees_with_other_implementations, 0 },
	{ &every_object_is_found_while_the_table_grows_and_shrinks, 0 },
	{ &random_inserts_and_removals_agree_with_an_array, 0 },
	{ &object_is_in_several_tables_and_equal_keys_are_all_found, 0 },
	{ &equal_keys_are_removed_while_the_table_grows_and_shrinks, 0 },
	{ &walk_may_remove_and_free_each_object_it_is_given, 0 },
	{ &walk_stops_when_told, 0 },
	{ &tables_hash_with_keys_of_their_own, 0 },
};

CHECK_MAIN("hash", tests)
