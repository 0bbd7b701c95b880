/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/shapes.h"

#include <stdio.h>

#include "tests/unit/check_main.h"

/* A session key's attributes, n of its own. */
static struct attrs
attributes(unsigned n)
{
	struct attrs a = ATTRS_INIT;
	uint8_t mechanisms[16] = { 0x82, 0x10 };
	char label[32];

	(void)snprintf(label, sizeof label, "key %u", n);
	attrs_set_ulong(&a, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(&a, CKA_PRIVATE, true);
	attrs_set_bool(&a, CKA_ENCRYPT, true);
	attrs_set(&a, CKA_LABEL, BYTES_STR(label));
	attrs_set(&a, CKA_ID, BYTES(&n, sizeof n));
	attrs_set(&a, CKA_ALLOWED_MECHANISMS, BYTES_OF(mechanisms));
	ck_assert(attrs_ok(&a));
	return a;
}

START_TEST (a_split_list_joins_to_what_it_was) {
	struct shapes *s;
	struct shape *shape;
	struct attrs a = attributes(7);
	struct buf own = BUF_INIT, joined = BUF_INIT;

	ck_assert_int_eq(shapes_new(&s), 0);
	ck_assert_int_eq(shape_split(s, attrs_bytes(&a), &shape, &own), 0);
	shape_join(shape, buf_bytes(&own), &joined);
	ck_assert(bytes_equal(buf_bytes(&joined), attrs_bytes(&a)));
	/* what usage and visibility are asked of */
	ck_assert(attrs_has(shape_bytes(shape), CKA_ALLOWED_MECHANISMS));
	ck_assert(attrs_bool(shape_bytes(shape), CKA_ENCRYPT, false));
	ck_assert(attrs_bool(shape_bytes(shape), CKA_PRIVATE, false));
	shape_unref(s, shape);
	shapes_free(s);
	buf_free(&own);
	buf_free(&joined);
	attrs_free(&a);
}
END_TEST

START_TEST (keys_of_one_template_share_a_shape) {
	struct shapes *s;
	struct shape *shapes[100];
	struct attrs a;
	struct buf own = BUF_INIT;

	ck_assert_int_eq(shapes_new(&s), 0);
	for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
		a = attributes(i);
		ck_assert_int_eq(shape_split(s, attrs_bytes(&a), &shapes[i], &own), 0);
		ck_assert_ptr_eq(shapes[i], shapes[0]);
		attrs_free(&a);
	}
	ck_assert_uint_eq(shapes[0]->refs, ARRAY_LEN(shapes));
	for (unsigned i = 0; i < ARRAY_LEN(shapes); i++)
		shape_unref(s, shapes[i]);
	shapes_free(s);
	buf_free(&own);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_split_list_joins_to_what_it_was, 0 },
	{ &keys_of_one_template_share_a_shape, 0 },
};

CHECK_MAIN("shapes", tests)
