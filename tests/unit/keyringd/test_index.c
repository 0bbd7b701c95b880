/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/uuid.h"
#include "cryptoki/vendor.h"
#include "tests/unit/check_main.h"

static struct wire_id
id_of(uint32_t n)
{
	struct wire_id id = { { 0 } };

	memcpy(id.b, &n, sizeof n);
	id.b[15] = 1;
	return id;
}

/* A data object "label N" or key with CKA_ID N. */
static void
put(struct index *ix, uint32_t n, uint64_t revision, uint64_t class, bool private,
	const char *label)
{
	struct attrs a = ATTRS_INIT;
	struct wire_id id = id_of(n);
	char unique[UUID_TEXT];

	uuid_text(id.b, unique);
	attrs_set(&a, CKA_UNIQUE_ID, BYTES_STR(unique));
	attrs_set_ulong(&a, CKA_CLASS, class);
	attrs_set_bool(&a, CKA_TOKEN, true);
	attrs_set_bool(&a, CKA_PRIVATE, private);
	attrs_set(&a, CKA_LABEL, BYTES_STR(label));
	attrs_set(&a, CKA_ID, BYTES(&n, sizeof n));
	ck_assert(attrs_ok(&a));
	ck_assert_int_eq(index_put(ix, &id, revision, attrs_bytes(&a)), 0);
	attrs_free(&a);
}

static void
take(struct index *ix, uint32_t n, uint64_t revision)
{
	struct wire_id id = id_of(n);

	index_remove(ix, &id, revision);
}

static bool
has(struct index *ix, uint32_t n)
{
	struct wire_id id = id_of(n);

	return index_get(ix, &id) != NULL;
}

struct seen {
	uint32_t ids[4096];
	size_t n, page;
};

static bool
see(void *arg, const struct index_object *o)
{
	struct seen *s = arg;

	if (s->page == 0 || s->n == ARRAY_LEN(s->ids))
		return false;
	s->page--;
	memcpy(&s->ids[s->n++], o->id.b, sizeof s->ids[0]);
	return true;
}

static size_t
found(struct index *ix, struct attrs *template, enum object_role role, struct seen *s)
{
	*s = (struct seen){ .page = SIZE_MAX };
	ck_assert_uint_eq(index_find(ix, attrs_bytes(template), role, 0, see, s), 0);
	return s->n;
}

START_TEST (objects_are_found_by_id_by_label_and_by_class) {
	struct index *ix;
	struct attrs t = ATTRS_INIT;
	struct seen s;
	uint32_t want = 500;
	char label[32];

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		(void)snprintf(label, sizeof label, "label %u", i / 2);
		put(ix, i, 1 + i, i % 2 == 0 ? CKO_DATA : CKO_CERTIFICATE, false, label);
	}
	attrs_set(&t, CKA_ID, BYTES(&want, sizeof want));
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 1);
	ck_assert_uint_eq(s.ids[0], 500);
	attrs_set_ulong(&t, CKA_CLASS, CKO_CERTIFICATE);
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 0);
	attrs_unset(&t, CKA_ID);
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 500);
	attrs_set(&t, CKA_LABEL, BYTES_STR("label 7"));
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 1);
	ck_assert_uint_eq(s.ids[0], 15);
	attrs_unset(&t, CKA_CLASS);
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 2);
	ck_assert(s.ids[0] == 14 && s.ids[1] == 15);
	attrs_set_ulong(&t, CKA_CLASS, CKO_SECRET_KEY);
	attrs_unset(&t, CKA_LABEL);
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 0);
	attrs_free(&t);
	index_free(ix);
}
END_TEST

START_TEST (secret_keys_are_found_by_their_custody) {
	struct index *ix;
	struct attrs t = ATTRS_INIT;
	struct seen s;

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	put(ix, 1, 1, CKO_SECRET_KEY, false, "x");
	put(ix, 2, 2, CKO_PRIVATE_KEY, false, "x");
	attrs_set_ulong(&t, CKA_KT_CUSTODY, CK_KT_CUSTODY_BROKER);
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 1);
	ck_assert_uint_eq(s.ids[0], 1);
	attrs_set_ulong(&t, CKA_KT_CUSTODY, CK_KT_CUSTODY_PROCESS);
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 0);
	/* of another size: not from our module */
	attrs_set(&t, CKA_KT_CUSTODY, BYTES_STR("\2"));
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 0);
	attrs_free(&t);
	index_free(ix);
}
END_TEST

START_TEST (private_objects_are_for_the_user_only) {
	static const struct {
		enum object_role role;
		size_t n;
	} rows[] = { { ROLE_NONE, 1 }, { ROLE_SO, 1 }, { ROLE_USER, 2 } };
	struct index *ix;
	struct attrs t = ATTRS_INIT;
	struct seen s;

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	put(ix, 1, 1, CKO_DATA, false, "x");
	put(ix, 2, 2, CKO_DATA, true, "x");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_uint_eq(found(ix, &t, rows[i].role, &s), rows[i].n);
	attrs_set(&t, CKA_LABEL, BYTES_STR("x"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_uint_eq(found(ix, &t, rows[i].role, &s), rows[i].n);
	index_drop_private(ix);
	ck_assert(has(ix, 1) && !has(ix, 2));
	ck_assert_uint_eq(found(ix, &t, ROLE_USER, &s), 1);
	attrs_free(&t);
	index_free(ix);
}
END_TEST

START_TEST (one_object_has_a_unique_id) {
	struct wire_id id = id_of(7);
	struct index *ix;
	struct attrs t = ATTRS_INIT;
	char unique[UUID_TEXT];
	struct seen s;

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	for (uint32_t i = 0; i < 20; i++)
		put(ix, i, 1 + i, CKO_DATA, i == 7, "x");
	uuid_text(id.b, unique);
	attrs_set(&t, CKA_UNIQUE_ID, BYTES_STR(unique));
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 0); /* it is private */
	ck_assert_uint_eq(found(ix, &t, ROLE_USER, &s), 1);
	ck_assert_uint_eq(s.ids[0], 7);
	/* a page that is full already: it comes first in the next one */
	s = (struct seen){ .page = 0 };
	ck_assert(index_find(ix, attrs_bytes(&t), ROLE_USER, 0, see, &s) != 0);
	attrs_set_ulong(&t, CKA_CLASS, CKO_SECRET_KEY);
	ck_assert_uint_eq(found(ix, &t, ROLE_USER, &s), 0);
	attrs_unset(&t, CKA_CLASS);
	/* of no object that there is, and of none that there could be */
	unique[0] = 'A';
	attrs_set(&t, CKA_UNIQUE_ID, BYTES_STR(unique));
	ck_assert_uint_eq(found(ix, &t, ROLE_USER, &s), 0);
	attrs_set(&t, CKA_UNIQUE_ID, BYTES_NONE);
	ck_assert_uint_eq(found(ix, &t, ROLE_USER, &s), 0);
	attrs_free(&t);
	index_free(ix);
}
END_TEST

/* Pages of three, while objects are changed, added and removed between them. */
static void
page_through(struct attrs *t)
{
	struct index *ix;
	struct seen s = { 0 };
	uint64_t cursor = 0;
	unsigned pages = 0;
	bool twice[200] = { false };

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	for (uint32_t i = 0; i < 60; i++)
		put(ix, i, 1 + i, CKO_DATA, false, "same");
	do {
		s.page = 3;
		cursor = index_find(ix, attrs_bytes(t), ROLE_NONE, cursor, see, &s);
		put(ix, pages, 1000 + pages, CKO_DATA, false, "same"); /* changed */
		take(ix, 59 - pages / 2, 0);
		if (pages < 5)
			put(ix, 100 + pages, 2000 + pages, CKO_DATA, false, "same");
		pages++;
		ck_assert_uint_lt(pages, 100);
	} while (cursor != 0);
	for (size_t i = 0; i < s.n; i++) {
		ck_assert(!twice[s.ids[i]]);
		twice[s.ids[i]] = true;
	}
	for (uint32_t i = 0; i < 40; i++)
		ck_assert_msg(twice[i], "object %u was left out", i);
	ck_assert(!twice[59]); /* gone before its page came */
	index_free(ix);
}

START_TEST (a_search_in_pages_sees_each_object_once) {
	struct attrs t = ATTRS_INIT;

	page_through(&t); /* by looking at all */
	attrs_set(&t, CKA_LABEL, BYTES_STR("same"));
	page_through(&t); /* by the table of labels */
	attrs_free(&t);
}
END_TEST

START_TEST (the_higher_revision_wins) {
	struct index *ix;
	struct attrs t = ATTRS_INIT;
	struct seen s;

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	put(ix, 1, 5, CKO_DATA, false, "new");
	put(ix, 1, 4, CKO_DATA, false, "old");
	attrs_set(&t, CKA_LABEL, BYTES_STR("old"));
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 0);
	attrs_set(&t, CKA_LABEL, BYTES_STR("new"));
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 1);
	put(ix, 1, 6, CKO_DATA, false, "newer");
	ck_assert_uint_eq(found(ix, &t, ROLE_NONE, &s), 0);
	ck_assert_uint_eq(index_count(ix), 1);
	attrs_free(&t);
	index_free(ix);
}
END_TEST

START_TEST (what_we_destroyed_stays_dead_until_the_watch_has_passed_it) {
	struct index *ix;

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	put(ix, 1, 5, CKO_DATA, false, "x");
	take(ix, 1, 6);
	put(ix, 1, 5, CKO_DATA, false, "x"); /* late news from the watch */
	ck_assert(!has(ix, 1));
	index_settle(ix, 5);
	put(ix, 1, 5, CKO_DATA, false, "x");
	ck_assert(!has(ix, 1));
	index_settle(ix, 6);
	put(ix, 1, 7, CKO_DATA, false,
		"x"); /* ids are not used again: only a mark is gone */
	ck_assert(has(ix, 1));
	index_free(ix);
}
END_TEST

START_TEST (a_hundred_thousand_objects_come_and_go) {
	struct index *ix;
	struct attrs t = ATTRS_INIT, one = ATTRS_INIT;
	struct seen s;
	struct wire_id id;
	uint32_t want;
	char label[32], unique[UUID_TEXT];

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	for (uint32_t i = 0; i < 100000; i++) {
		(void)snprintf(label, sizeof label, "key %u", i);
		put(ix, i, 1 + i, CKO_SECRET_KEY, true, label);
	}
	for (uint32_t i = 0; i < 100000; i += 7) {
		want = i;
		attrs_set(&t, CKA_ID, BYTES(&want, sizeof want));
		ck_assert_uint_eq(found(ix, &t, ROLE_USER, &s), 1);
		ck_assert_uint_eq(s.ids[0], i);
		id = id_of(i);
		uuid_text(id.b, unique);
		attrs_set(&one, CKA_UNIQUE_ID, BYTES_STR(unique));
		ck_assert_uint_eq(found(ix, &one, ROLE_USER, &s), 1);
		ck_assert_uint_eq(s.ids[0], i);
	}
	for (uint32_t i = 0; i < 100000; i++) {
		if (i % 10 != 0)
			take(ix, i, 0);
	}
	ck_assert_uint_eq(index_count(ix), 10000);
	ck_assert(has(ix, 500) && !has(ix, 501));
	index_clear(ix);
	ck_assert_uint_eq(index_count(ix), 0);
	put(ix, 1, 1, CKO_DATA, false, "x");
	ck_assert(has(ix, 1));
	attrs_free(&t);
	attrs_free(&one);
	index_free(ix);
}
END_TEST

START_TEST (what_a_list_of_everything_had_not_is_swept) {
	struct index *ix;
	uint32_t first, second;

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	put(ix, 1, 1, CKO_DATA, false, "stays");
	put(ix, 2, 2, CKO_DATA, false, "gone");
	put(ix, 3, 3, CKO_DATA, true, "private");
	first = index_round(ix);
	put(ix, 1, 1, CKO_DATA, false, "stays"); /* no news, but heard of */
	put(ix, 4, 12, CKO_DATA, false, "ours, later than the list");
	second = index_round(ix); /* another list began meanwhile */
	index_sweep(ix, first, 10, false);
	ck_assert(has(ix, 1) && !has(ix, 2) && has(ix, 3) && has(ix, 4));
	put(ix, 1, 1, CKO_DATA, false, "stays");
	index_sweep(ix, second, 11, true);
	ck_assert(has(ix, 1) && !has(ix, 3) && has(ix, 4));
	index_sweep(ix, second, 12, true);
	ck_assert(!has(ix, 4));
	index_free(ix);
}
END_TEST

START_TEST (many_of_one_label_come_in_pages_too) {
	enum { N = 20000, PAGE = 1000 };
	struct index *ix;
	struct attrs t = ATTRS_INIT;
	struct seen s;
	uint64_t cursor = 0;
	uint32_t n = 0;

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	for (uint32_t i = 0; i < N; i++)
		put(ix, i, 1, CKO_DATA, false, i % 2 == 0 ? "even" : "odd");
	attrs_set(&t, CKA_LABEL, BYTES_STR("odd"));
	do {
		s = (struct seen){ .page = PAGE };
		cursor = index_find(ix, attrs_bytes(&t), ROLE_NONE, cursor, see, &s);
		for (size_t i = 0; i < s.n; i++, n++)
			ck_assert_uint_eq(s.ids[i], 2 * n + 1);
	} while (cursor != 0);
	ck_assert_uint_eq(n, N / 2);
	attrs_free(&t);
	index_free(ix);
}
END_TEST

/* CPU time that dropping many private objects takes, of one label or each of its own. */
static clock_t
drop_cost(bool same)
{
	enum { N = 80000 };
	struct index *ix;
	char label[32];
	clock_t began;

	ck_assert_int_eq(index_new(NULL, &ix), 0);
	for (uint32_t i = 0; i < N; i++) {
		(void)snprintf(label, sizeof label, "key %u", same ? 0 : i);
		put(ix, i, 1 + i, CKO_SECRET_KEY, true, label);
	}
	began = clock();
	ck_assert(index_drop_private(ix));
	began = clock() - began;
	ck_assert_uint_eq(index_count(ix), 0);
	index_free(ix);
	return began;
}

START_TEST (what_goes_costs_the_same_whatever_its_label) {
	const clock_t own = drop_cost(false), same = drop_cost(true);

	ck_assert_msg(same < 5 * own + CLOCKS_PER_SEC / 10, "%ld us, not %ld", (long)same,
		(long)own);
}
END_TEST

static const struct check_test tests[] = {
	{ &objects_are_found_by_id_by_label_and_by_class, 0 },
	{ &secret_keys_are_found_by_their_custody, 0 },
	{ &private_objects_are_for_the_user_only, 0 },
	{ &one_object_has_a_unique_id, 0 },
	{ &a_search_in_pages_sees_each_object_once, 0 },
	{ &the_higher_revision_wins, 0 },
	{ &what_we_destroyed_stays_dead_until_the_watch_has_passed_it, 0 },
	{ &a_hundred_thousand_objects_come_and_go, 0 },
	{ &what_a_list_of_everything_had_not_is_swept, 0 },
	{ &many_of_one_label_come_in_pages_too, 0 },
	{ &what_goes_costs_the_same_whatever_its_label, 0 },
};

CHECK_MAIN("index", tests)
