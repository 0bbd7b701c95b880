/* SPDX-License-Identifier: Apache-2.0 */
/* Key pairs whose private half is the session's. */
#include "cryptoki/attrs.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

static uint32_t
count_labelled(struct raw *c, const char *label)
{
	struct attrs t = ATTRS_INIT;
	struct wire_find find = { .slot = c->slot, .max = 16 };
	struct wire_objects_reply reply;
	struct cursor list;
	struct wire_object o;
	uint32_t n = 0;

	attrs_set(&t, CKA_LABEL, BYTES_STR(label));
	find.template = attrs_bytes(&t);
	raw_ask(c, WIRE_FIND, &find, CKR_OK, &reply);
	list = cursor_over(reply.list);
	while (wire_list_next(wire_object_fields, &list, &o))
		n++;
	attrs_free(&t);
	return n;
}

/* There is no room for it here: then the public half is not left on the token either. */
START_TEST (a_private_half_that_cannot_be_kept_leaves_no_public_one) {
	struct attrs public = ATTRS_INIT, private = ATTRS_INIT;
	struct wire_generate_pair m = { .mechanism = CKM_EC_KEY_PAIR_GEN };
	struct keyringd k;
	struct raw c;

	stacked_another(&k, "[limits]\nkeys = 0\n");
	raw_open(&c, &k, stacked_env("TOKEN_LABEL"), NULL);
	raw_login(&c, CKU_USER);
	attrs_set_bool(&public, CKA_TOKEN, true);
	attrs_set(&public, CKA_LABEL, BYTES_STR("half a pair"));
	attrs_set(&public, CKA_EC_PARAMS,
		BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10));
	attrs_set_bool(&private, CKA_TOKEN, false);
	m.slot = c.slot;
	m.request = raw_request();
	m.public_template = attrs_bytes(&public);
	m.private_template = attrs_bytes(&private);
	raw_ask(&c, WIRE_GENERATE_PAIR, &m, CKR_DEVICE_MEMORY, NULL);
	ck_assert_uint_eq(count_labelled(&c, "half a pair"), 0);
	attrs_set_bool(&private, CKA_TOKEN, true);
	m.request = raw_request();
	m.private_template = attrs_bytes(&private);
	raw_ask(&c, WIRE_GENERATE_PAIR, &m, CKR_OK, NULL);
	ck_assert_uint_eq(count_labelled(&c, "half a pair"), 1);
	attrs_free(&public);
	attrs_free(&private);
	raw_close(&c);
	keyringd_stop(&k);
	keyringd_remove(&k);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_private_half_that_cannot_be_kept_leaves_no_public_one, 0 },
};

CHECK_MAIN("keyringd_pairs", tests)
