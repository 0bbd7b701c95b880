/* SPDX-License-Identifier: Apache-2.0 */
/* What the table of objects tells of those that went while somebody had them, and keeps of them. */
#include "libtoken/object/table.h"

#include "tests/unit/check_main.h"

#define SLOT 7

static atomic_uint gone;
static struct object_table *table;
static struct object_owner owner;

static void
begin(void)
{
	atomic_store(&gone, 0);
	LIST_INIT(&owner.objects);
	ck_assert_uint_eq(object_table_new(&gone, &table), CKR_OK);
}

static struct object *
make(enum object_place place, uint64_t revision)
{
	struct object *o = object_new(place, SLOT, BYTES_NONE);

	ck_assert_ptr_nonnull(o);
	o->id.b[0] = 1;
	o->revision = revision;
	return o;
}

/* A session object, published. */
static struct object *
add(void)
{
	struct object *o = make(PLACE_HERE, 0);

	ck_assert_uint_eq(object_table_add(table, o, &owner), CKR_OK);
	return o;
}

/* A token object as keyringd said it is now. */
static struct object *
see(uint64_t revision)
{
	struct object *o = make(PLACE_TOKEN, revision);

	ck_assert_uint_eq(object_table_see(table, &o), CKR_OK);
	ck_assert_uint_eq(o->revision, revision);
	return o;
}

static void
remove_it(struct object **o)
{
	object_table_remove(table, *o);
	object_unref(o);
}

START_TEST (what_nobody_has_goes_without_a_word) {
	struct object *o;

	begin();
	o = add();
	remove_it(&o);
	o = see(1);
	object_unref(&o);
	o = see(2);
	remove_it(&o);
	o = add();
	object_unref(&o);
	object_table_drop_owner(table, &owner, NULL);
	o = see(3);
	object_unref(&o);
	object_table_free(&table);
	ck_assert_uint_eq(gone, 0);
}
END_TEST

START_TEST (what_somebody_has_is_told_when_it_goes) {
	struct object *o, *user;

	begin();
	o = add();
	user = object_ref(o);
	remove_it(&o);
	ck_assert_uint_eq(gone, 1);
	ck_assert(object_is_destroyed(user));
	ck_assert(object_table_lost(table, user));
	object_unref(&user);
	o = add();
	object_table_drop_owner(table, &owner, NULL);
	ck_assert_uint_eq(gone, 2);
	object_unref(&o);
	o = see(1);
	object_table_free(&table);
	ck_assert_uint_eq(gone, 3);
	object_unref(&o);
}
END_TEST

/* Whether they have it still is not known. */
START_TEST (an_earlier_version_that_somebody_had_counts) {
	struct object *first, *user, *o;

	begin();
	first = add();
	user = object_ref(first);
	o = make(PLACE_HERE, 0);
	ck_assert(object_table_swap(table, first, o));
	object_unref(&first);
	ck_assert(!object_is_current(user) && !object_is_destroyed(user));
	ck_assert(!object_table_lost(table, user));
	remove_it(&o);
	ck_assert_uint_eq(gone, 1);
	ck_assert(object_table_lost(table, user));
	object_unref(&user);
	user = see(1);
	o = see(2);
	object_unref(&o);
	o = see(3);
	remove_it(&o);
	ck_assert_uint_eq(gone, 2);
	ck_assert(object_table_lost(table, user));
	object_unref(&user);
	object_table_free(&table);
}
END_TEST

static uint8_t
next_iv(const struct object *key)
{
	struct message_param p = { .generator = CKG_GENERATE_COUNTER,
		.params = { .iv_len = 12 } };

	ck_assert_uint_eq(
		generators_next(object_table_generators(table), key, &p), CKR_OK);
	return p.params.iv[11];
}

/* What is out of sight may come back; what keyringd kept for this process does not. */
START_TEST (a_counter_goes_with_its_key_for_good) {
	struct generator_entry *held = NULL;
	struct object *o, *copy;

	begin();
	for (int again = 0; again < 2; again++) {
		o = make(PLACE_KEYRINGD, 0);
		ck_assert_uint_eq(object_table_add(table, o, &owner), CKR_OK);
		ck_assert_uint_eq(next_iv(o), 0);
		ck_assert_uint_eq(next_iv(o), 1);
		if (again == 0)
			object_table_remove(table, o);
		else
			object_table_drop_owner(table, &owner, NULL);
		object_unref(&o);
	}
	for (unsigned i = 0; i < 3; i++) {
		o = see(i + 1);
		ck_assert_uint_eq(next_iv(o), i);
		remove_it(&o);
	}
	o = see(4);
	generators_forget(object_table_generators(table), o);
	ck_assert_uint_eq(next_iv(o), 0);
	/* of two copies both have to go */
	copy = make(PLACE_KEYRINGD, 0);
	copy->id.b[0] = 2;
	ck_assert_uint_eq(
		generators_hold(object_table_generators(table), o, &held), CKR_OK);
	generators_share(object_table_generators(table), &held, copy);
	ck_assert_uint_eq(next_iv(copy), 1);
	ck_assert_uint_eq(next_iv(o), 2);
	generators_forget(object_table_generators(table), o);
	ck_assert_uint_eq(next_iv(copy), 3);
	ck_assert_uint_eq(next_iv(o), 0);
	object_unref(&copy);
	remove_it(&o);
	object_table_free(&table);
}
END_TEST

/* --- Without memory --------------------------------------------------------------------- */

static long left = -1; /* allocations until one fails; -1: none does */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *
__wrap_calloc(size_t n, size_t size)
{
	return left >= 0 && left-- == 0 ? NULL : __real_calloc(n, size);
}

static struct object *
make_named(const char *label, const char *id)
{
	struct attrs a = ATTRS_INIT;
	struct object *o;

	attrs_set_bool(&a, CKA_PRIVATE, false);
	attrs_set(&a, CKA_LABEL, BYTES_STR(label));
	attrs_set(&a, CKA_ID, BYTES_STR(id));
	o = object_new(PLACE_HERE, SLOT, attrs_bytes(&a));
	ck_assert_ptr_nonnull(o);
	attrs_free(&a);
	return o;
}

static size_t
count(uint32_t type, const char *value)
{
	struct attrs a = ATTRS_INIT;
	struct buf found = BUF_INIT;
	size_t n;

	attrs_set(&a, type, BYTES_STR(value));
	ck_assert_uint_eq(
		object_table_search(table, SLOT, ROLE_NONE, attrs_bytes(&a), &found),
		CKR_OK);
	n = found.n / sizeof(CK_OBJECT_HANDLE);
	attrs_free(&a);
	buf_free(&found);
	return n;
}

static void
swap(struct object **o, struct object *new)
{
	ck_assert(object_table_swap(table, *o, new));
	object_unref(o);
	*o = new;
}

/* _i: the allocation that fails; the index makes two. */
START_TEST (what_is_changed_without_memory_is_found_as_it_is_now) {
	struct object *o, *other, *last;

	begin();
	o = make_named("old label", "old id");
	other = make_named("other label", "other id");
	ck_assert_uint_eq(object_table_add(table, o, &owner), CKR_OK);
	ck_assert_uint_eq(object_table_add(table, other, &owner), CKR_OK);
	for (int again = 0; again < 2; again++) {
		struct object *new = make_named("new label", "new id");

		left = _i;
		swap(&o, new);
		ck_assert_int_eq(left, -1);
		ck_assert_uint_eq(count(CKA_LABEL, "old label"), 0);
		ck_assert_uint_eq(count(CKA_ID, "old id"), 0);
		ck_assert_uint_eq(count(CKA_LABEL, "new label"), 1);
		ck_assert_uint_eq(count(CKA_ID, "new id"), 1);
		ck_assert_uint_eq(count(CKA_LABEL, "other label"), 1);
		swap(&o, make_named("old label", "old id"));
		ck_assert_uint_eq(count(CKA_LABEL, "new label"), 0);
		ck_assert_uint_eq(count(CKA_ID, "old id"), 1);
		ck_assert_uint_eq(count(CKA_ID, "other id"), 1);
	}
	last = make_named("new label", "new id");
	left = _i;
	swap(&o, last);
	ck_assert_int_eq(left, -1);
	remove_it(&o);
	ck_assert_uint_eq(count(CKA_LABEL, "new label"), 0);
	ck_assert_uint_eq(count(CKA_LABEL, "other label"), 1);
	remove_it(&other);
	object_table_free(&table);
}
END_TEST

static const struct check_test tests[] = {
	{ &what_nobody_has_goes_without_a_word, 0 },
	{ &what_somebody_has_is_told_when_it_goes, 0 },
	{ &an_earlier_version_that_somebody_had_counts, 0 },
	{ &a_counter_goes_with_its_key_for_good, 0 },
	{ &what_is_changed_without_memory_is_found_as_it_is_now, 2 },
};

CHECK_MAIN("object_table", tests)
