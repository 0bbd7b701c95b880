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

/* There is no room for it here: then the public half is not left on the token either, may it
 * be destroyed later or not. */
START_TEST (a_private_half_that_cannot_be_kept_leaves_no_public_one) {
	struct attrs public = ATTRS_INIT, private = ATTRS_INIT;
	struct wire_generate_pair m = { .mechanism = CKM_EC_KEY_PAIR_GEN };
	const char *label = _i == 0 ? "half a pair" : "half a pair that stays";
	struct keyringd k;
	struct raw c;

	stacked_another(&k, "[limits]\nkeys = 0\n");
	raw_open(&c, &k, stacked_env("TOKEN_LABEL"), NULL);
	raw_login(&c, CKU_USER);
	attrs_set_bool(&public, CKA_TOKEN, true);
	attrs_set(&public, CKA_LABEL, BYTES_STR(label));
	attrs_set_bool(&public, CKA_DESTROYABLE, _i == 0);
	attrs_set(&public, CKA_EC_PARAMS,
		BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10));
	attrs_set_bool(&private, CKA_TOKEN, false);
	m.slot = c.slot;
	m.request = raw_request();
	m.public_template = attrs_bytes(&public);
	m.private_template = attrs_bytes(&private);
	raw_ask(&c, WIRE_GENERATE_PAIR, &m, CKR_DEVICE_MEMORY, NULL);
	ck_assert_uint_eq(count_labelled(&c, label), 0);
	attrs_set_bool(&private, CKA_TOKEN, true);
	m.request = raw_request();
	m.private_template = attrs_bytes(&private);
	raw_ask(&c, WIRE_GENERATE_PAIR, &m, CKR_OK, NULL);
	ck_assert_uint_eq(count_labelled(&c, label), 1);
	attrs_free(&public);
	attrs_free(&private);
	raw_close(&c);
	keyringd_stop(&k);
	keyringd_remove(&k);
}
END_TEST

/* --- Changes of one key, sent before any of them is answered ------------------------------ */

#define CHANGES 30u

static const uint32_t changed[] = { CKA_ID, CKA_LABEL, CKA_SUBJECT };

static void
open_user(struct keyringd *k, struct raw *c)
{
	raw_open(c, k, stacked_env("TOKEN_LABEL"), NULL);
	raw_login(c, CKU_USER);
}

/* The private number one, on P-256, of the session. */
static struct wire_id
session_key(struct raw *c)
{
	const uint8_t one[32] = { [31] = 1 };
	struct attrs a = ATTRS_INIT;
	struct raw_object o;

	attrs_set_ulong(&a, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_EC);
	attrs_set(
		&a, CKA_EC_PARAMS, BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10));
	attrs_set(&a, CKA_VALUE, BYTES_OF(one));
	o = raw_create(c, &a);
	attrs_free(&a);
	return o.id;
}

static void
send_changes(struct raw *c, const struct wire_id *key)
{
	for (uint32_t i = 0; i < CHANGES; i++) {
		struct attrs a = ATTRS_INIT;
		struct wire_change m = { .slot = c->slot, .id = *key };

		attrs_set_ulong(&a, changed[i % ARRAY_LEN(changed)], i);
		m.request = raw_request();
		m.template = attrs_bytes(&a);
		send_request(c->fd, WIRE_SET, 100 + i, &m);
		attrs_free(&a);
	}
}

START_TEST (changes_of_a_session_key_wait_for_each_other) {
	struct keyringd k = stacked_keyringd();
	struct wire_object_request m = { 0 };
	struct wire_object_reply reply;
	struct wire_header h;
	struct wire_object o;
	struct raw c;

	open_user(&k, &c);
	m.id = session_key(&c);
	m.slot = c.slot;
	send_changes(&c, &m.id);
	for (uint32_t i = 0; i < CHANGES; i++) {
		ck_assert(receive_reply(c.fd, &h, &c.payload));
		ck_assert_uint_eq(h.rv, CKR_OK);
		ck_assert_uint_eq(h.id, 100 + i);
	}
	raw_ask(&c, WIRE_GET, &m, CKR_OK, &reply);
	ck_assert(wire_decode(wire_object_fields, reply.object, &o));
	for (uint32_t i = CHANGES - ARRAY_LEN(changed); i < CHANGES; i++)
		ck_assert_uint_eq(attrs_ulong(o.attributes,
					  changed[i % ARRAY_LEN(changed)], UINT64_MAX),
			i);
	raw_close(&c);
}
END_TEST

START_TEST (changes_that_wait_end_with_their_client) {
	struct keyringd k;
	struct wire_id key;
	struct raw c;

	stacked_another(&k, "");
	for (int i = 0; i < 5; i++) {
		open_user(&k, &c);
		key = session_key(&c);
		send_changes(&c, &key);
		raw_close(&c);
	}
	open_user(&k, &c);
	key = session_key(&c);
	raw_set_label(&c, &key, "another client's");
	raw_close(&c);
	keyringd_stop(&k);
	keyringd_remove(&k);
}
END_TEST

static const struct check_test tests[] = {
	{ &changes_of_a_session_key_wait_for_each_other, 0 },
	{ &changes_that_wait_end_with_their_client, 0 },
	{ &a_private_half_that_cannot_be_kept_leaves_no_public_one, 2 },
};

CHECK_MAIN("keyringd_pairs", tests)
