/* SPDX-License-Identifier: Apache-2.0 */
/* What a program can make keyringd hold for it, and all of one user's, however many they are. */
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "cryptoki/mech.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

#define CHUNK WIRE_MAX_CHUNK
/* bytes-in-flight of one client, and of four: a user's */
#define LIMITS "[limits]\nbytes-in-flight = 4M\n"
#define OF_CLIENT 3u /* outputs of CHUNK and some bytes that fit */
#define OF_USER 15u

static struct keyringd k;
static const uint8_t plain[CHUNK];

static void
open_somebody(struct raw *c)
{
	raw_open_somebody(c, &k, stacked_env("TOKEN_LABEL"));
}

static void
open_root(struct raw *c)
{
	raw_open(c, &k, stacked_env("TOKEN_LABEL"), NULL);
}

static void
setup(void)
{
	stacked_another(&k, LIMITS);
}

static void
teardown(void)
{
	keyringd_stop(&k);
	keyringd_remove(&k);
}

static struct wire_op
encryption(struct raw *c, uint8_t flags)
{
	static const uint8_t iv[16];
	static struct buf params;
	struct mech_params p = { .iv_len = sizeof iv };
	struct attrs a = ATTRS_INIT;
	struct wire_op m = {
		.slot = c->slot, .flags = flags, .mechanism = CKM_AES_CBC_PAD
	};

	attrs_set_bool(&a, CKA_TOKEN, false);
	attrs_set_bool(&a, CKA_PRIVATE, false);
	attrs_set_ulong(&a, CKA_VALUE_LEN, 32);
	m.key = raw_generate(c, &a).id;
	attrs_free(&a);
	buf_free(&params);
	mech_params_encode(mech_lookup(CKM_AES_CBC_PAD), &p, &params);
	m.params = buf_bytes(&params);
	return m;
}

/* An operation that has ended, with output that one reply has no room for. */
static void
leave_output(struct raw *c, uint64_t rv)
{
	struct wire_op m = encryption(c, WIRE_OP_FIRST);
	struct wire_op_reply reply;

	raw_ask(c, WIRE_OP, &m, CKR_OK, &reply);
	m.op = reply.op;
	m.flags = WIRE_OP_LAST;
	m.data = BYTES_OF(plain);
	raw_ask(c, WIRE_OP, &m, rv, rv == CKR_OK ? &reply : NULL);
	ck_assert(rv != CKR_OK || reply.op == m.op);
}

START_TEST (output_that_is_not_fetched_counts_for_the_client_and_the_user) {
	struct raw c[OF_USER / OF_CLIENT], more, other;

	if (skip_if(geteuid() != 0, NEEDS_ROOT))
		return;
	setup();
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		open_somebody(&c[i]);
		for (size_t j = 0; j < OF_CLIENT; j++)
			leave_output(&c[i], CKR_OK);
		leave_output(&c[i], CKR_DEVICE_MEMORY);
	}
	open_somebody(&more);
	leave_output(&more, CKR_DEVICE_MEMORY);
	open_root(&other);
	leave_output(&other, CKR_OK);
	raw_close(&c[0]);
	(void)usleep(slower(300) * 1000);
	leave_output(&more, CKR_OK);
	for (size_t i = 1; i < ARRAY_LEN(c); i++)
		raw_close(&c[i]);
	raw_close(&more);
	raw_close(&other);
	teardown();
}
END_TEST

START_TEST (replies_that_are_not_taken_count_for_the_user) {
	struct raw c[40], other;
	struct wire_op m;
	struct wire_header h;
	unsigned whole = 0;

	if (skip_if(geteuid() != 0, NEEDS_ROOT))
		return;
	setup();
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		open_somebody(&c[i]);
		m = encryption(&c[i], WIRE_OP_FIRST | WIRE_OP_LAST);
		m.data = BYTES_OF(plain);
		send_request(c[i].fd, WIRE_OP, 1, &m);
	}
	open_root(&other);
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		whole += receive_reply(c[i].fd, &h, &c[i].payload);
		raw_close(&c[i]);
	}
	ck_assert_uint_ge(whole, OF_USER);
	ck_assert_uint_lt(whole, ARRAY_LEN(c));
	/* what they held has gone with them */
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		open_somebody(&c[i]);
		m = encryption(&c[i], WIRE_OP_FIRST | WIRE_OP_LAST);
		m.data = BYTES_OF(plain);
		raw_ask(&c[i], WIRE_OP, &m, CKR_OK, NULL);
		raw_close(&c[i]);
	}
	raw_close(&other);
	teardown();
}
END_TEST

START_TEST (operations_count_for_the_user) {
	struct raw c[5];
	struct wire_op m;
	struct wire_op_reply reply;

	if (skip_if(geteuid() != 0, NEEDS_ROOT))
		return;
	stacked_another(&k, "[limits]\noperations = 2\n");
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		open_somebody(&c[i]);
		m = encryption(&c[i], WIRE_OP_FIRST);
		for (size_t j = 0; j < 2 && i < 4; j++)
			raw_ask(&c[i], WIRE_OP, &m, CKR_OK, &reply);
		raw_ask(&c[i], WIRE_OP, &m, CKR_DEVICE_MEMORY, NULL);
	}
	raw_close(&c[0]);
	(void)usleep(slower(300) * 1000);
	raw_ask(&c[4], WIRE_OP, &m, CKR_OK, &reply);
	for (size_t i = 1; i < ARRAY_LEN(c); i++)
		raw_close(&c[i]);
	teardown();
}
END_TEST

static void
label_set(struct raw *c, const struct wire_id *id, size_t n, uint64_t rv)
{
	CLEANUP(attrs_free)
	struct attrs a = ATTRS_INIT;
	struct wire_change m = { .slot = c->slot, .request = raw_request(), .id = *id };

	attrs_set(&a, CKA_LABEL, BYTES(plain, n));
	m.template = attrs_bytes(&a);
	raw_ask(c, WIRE_SET, &m, rv, NULL);
}

START_TEST (large_keys_count_for_several) {
	struct raw c;
	struct wire_id keys[3];

	stacked_another(&k, "[limits]\nkeys = 100\n");
	raw_open(&c, &k, stacked_env("TOKEN_LABEL"), NULL);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		keys[i] = encryption(&c, 0).key;
	label_set(&c, &keys[0], 256 << 10, CKR_OK);
	label_set(&c, &keys[1], 256 << 10, CKR_DEVICE_MEMORY);
	label_set(&c, &keys[1], 64 << 10, CKR_OK);
	/* smaller again, and gone: there is room */
	label_set(&c, &keys[0], 10, CKR_OK);
	label_set(&c, &keys[2], 256 << 10, CKR_OK);
	raw_destroy(&c, &keys[2]);
	label_set(&c, &keys[1], 256 << 10, CKR_OK);
	raw_close(&c);
	teardown();
}
END_TEST

static void
generate_labelled(struct raw *c, size_t n, uint64_t rv, struct wire_object_reply *ret)
{
	CLEANUP(attrs_free)
	struct attrs a = ATTRS_INIT;
	struct wire_generate m = {
		.slot = c->slot, .request = raw_request(), .mechanism = CKM_AES_KEY_GEN
	};

	attrs_set_bool(&a, CKA_TOKEN, false);
	attrs_set_bool(&a, CKA_PRIVATE, false);
	attrs_set_ulong(&a, CKA_VALUE_LEN, 32);
	attrs_set(&a, CKA_LABEL, BYTES(plain, n));
	m.template = attrs_bytes(&a);
	raw_ask(c, WIRE_GENERATE, &m, rv, ret);
}

/* Nor is it kept where nobody knows of it: there is room for two of that size, not for more. */
START_TEST (keys_too_large_with_their_names_do_not_count) {
	struct wire_object_reply reply;
	struct wire_object o;
	struct raw c;
	size_t most;

	stacked_another(&k, "[limits]\nkeys = 600\n");
	raw_open(&c, &k, stacked_env("TOKEN_LABEL"), NULL);
	generate_labelled(&c, 0, CKR_OK, &reply);
	ck_assert(wire_decode(wire_object_fields, reply.object, &o));
	most = ATTRS_MAX_BYTES - o.attributes.n;
	for (int i = 0; i < 3; i++)
		generate_labelled(&c, most + 1, CKR_HOST_MEMORY, NULL);
	for (int i = 0; i < 2; i++)
		generate_labelled(&c, most, CKR_OK, &reply);
	generate_labelled(&c, most, CKR_DEVICE_MEMORY, NULL);
	raw_close(&c);
	teardown();
}
END_TEST

static const struct check_test tests[] = {
	{ &output_that_is_not_fetched_counts_for_the_client_and_the_user, 0 },
	{ &replies_that_are_not_taken_count_for_the_user, 0 },
	{ &operations_count_for_the_user, 0 },
	{ &large_keys_count_for_several, 0 },
	{ &keys_too_large_with_their_names_do_not_count, 0 },
};

CHECK_MAIN("users", tests)
