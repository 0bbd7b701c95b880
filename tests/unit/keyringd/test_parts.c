/* SPDX-License-Identifier: Apache-2.0 */
/* Operations in parts that give their output at the end: more than a reply has room for. */
#include <stdlib.h>
#include <unistd.h>

#include "cryptoki/mech.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

#define LARGE (5u << 20)
#define TAG 16u

enum { ENCRYPT, DECRYPT };

static struct raw c;
static struct wire_id key;
static uint8_t *plain, *sealed, *opened;

static void
setup(const struct keyringd *k)
{
	struct attrs a = ATTRS_INIT;

	raw_open(&c, k, stacked_env("TOKEN_LABEL"), NULL);
	raw_login(&c, CKU_USER);
	attrs_set_bool(&a, CKA_TOKEN, false);
	attrs_set_ulong(&a, CKA_VALUE_LEN, 32);
	key = raw_generate(&c, &a).id;
	attrs_free(&a);
	plain = malloc(LARGE);
	sealed = malloc(LARGE + TAG);
	opened = malloc(LARGE + TAG);
	ck_assert(plain != NULL && sealed != NULL && opened != NULL);
	for (size_t i = 0; i < LARGE; i++)
		plain[i] = (uint8_t)(i * 7 + (i >> 11));
}

static void
teardown(void)
{
	raw_close(&c);
	free(plain);
	free(sealed);
	free(opened);
}

static struct wire_op
begin(uint8_t kind)
{
	static struct buf params;
	struct mech_params p = { .iv_len = 12, .tag_bits = 8 * TAG };

	buf_free(&params);
	mech_params_encode(mech_lookup(CKM_AES_GCM), &p, &params);
	return (struct wire_op){ .slot = c.slot,
		.flags = WIRE_OP_FIRST,
		.kind = kind,
		.key = key,
		.mechanism = CKM_AES_GCM,
		.params = buf_bytes(&params) };
}

/* Feeds all in chunks, the last of them with LAST, and fetches what comes until the end. */
static size_t
whole(uint8_t kind, const uint8_t *in, size_t n, uint8_t *out, uint64_t rv)
{
	struct wire_op m = begin(kind);
	struct wire_op_reply reply = { 0 };
	size_t done = 0, got = 0;

	do {
		size_t step = n - done < WIRE_MAX_CHUNK ? n - done : WIRE_MAX_CHUNK;

		m.data = BYTES(in + done, step);
		done += step;
		if (done == n)
			m.flags |= WIRE_OP_LAST;
		if (done == n && rv != CKR_OK) {
			raw_ask(&c, WIRE_OP, &m, rv, NULL);
			return 0;
		}
		raw_ask(&c, WIRE_OP, &m, CKR_OK, &reply);
		if (reply.data.n != 0)
			memcpy(out + got, reply.data.p, reply.data.n);
		got += reply.data.n;
		m.op = reply.op;
		m.flags = 0;
	} while (done < n);
	while (m.op != 0) {
		m.flags = WIRE_OP_LAST;
		m.data = BYTES_NONE;
		raw_ask(&c, WIRE_OP, &m, CKR_OK, &reply);
		ck_assert_uint_ne(reply.data.n, 0);
		memcpy(out + got, reply.data.p, reply.data.n);
		got += reply.data.n;
		ck_assert(reply.op == 0 || reply.op == m.op);
		m.op = reply.op;
	}
	return got;
}

START_TEST (five_megabytes_come_back_in_pieces_and_only_when_they_are_genuine) {
	struct keyringd k = stacked_keyringd();

	setup(&k);
	ck_assert_uint_eq(whole(ENCRYPT, plain, LARGE, sealed, CKR_OK), LARGE + TAG);
	ck_assert_uint_eq(whole(DECRYPT, sealed, LARGE + TAG, opened, CKR_OK), LARGE);
	ck_assert_mem_eq(opened, plain, LARGE);
	sealed[12345] ^= 1;
	(void)whole(DECRYPT, sealed, LARGE + TAG, opened, CKR_ENCRYPTED_DATA_INVALID);
	teardown();
}
END_TEST

START_TEST (what_has_ended_takes_no_more_data) {
	struct keyringd k = stacked_keyringd();
	struct wire_op m;
	struct wire_op_reply reply;

	setup(&k);
	(void)whole(ENCRYPT, plain, LARGE, sealed, CKR_OK);
	m = begin(DECRYPT);
	for (size_t at = 0; at < LARGE; at += WIRE_MAX_CHUNK, m.flags = 0) {
		m.data = BYTES(sealed + at, WIRE_MAX_CHUNK);
		raw_ask(&c, WIRE_OP, &m, CKR_OK, &reply);
		m.op = reply.op;
	}
	m.flags = WIRE_OP_LAST;
	m.data = BYTES(sealed + LARGE, TAG);
	raw_ask(&c, WIRE_OP, &m, CKR_OK, &reply);
	ck_assert_uint_eq(reply.op, m.op);
	raw_ask(&c, WIRE_OP, &m, CKR_ARGUMENTS_BAD, NULL);
	/* and is gone for it */
	m.data = BYTES_NONE;
	raw_ask(&c, WIRE_OP, &m, CKR_OPERATION_NOT_INITIALIZED, NULL);
	teardown();
}
END_TEST

START_TEST (nobody_keeps_more_than_it_may) {
	struct keyringd k;
	struct wire_op m;
	struct wire_op_reply reply;

	stacked_another(&k, "[limits]\nbytes-in-flight = 4M\n");
	setup(&k);
	m = begin(DECRYPT);
	for (size_t at = 0; at < 4; at++, m.flags = 0) {
		m.data = BYTES(plain, WIRE_MAX_CHUNK);
		raw_ask(&c, WIRE_OP, &m, CKR_OK, &reply);
		m.op = reply.op;
	}
	raw_ask(&c, WIRE_OP, &m, CKR_DEVICE_MEMORY, NULL);
	/* it is gone, and so is what it kept */
	m = begin(DECRYPT);
	m.data = BYTES(plain, WIRE_MAX_CHUNK);
	raw_ask(&c, WIRE_OP, &m, CKR_OK, &reply);
	teardown();
	keyringd_stop(&k);
	keyringd_remove(&k);
}
END_TEST

/* Index 0: the token is deleted; 1: it is made anew. */
START_TEST (an_operation_ends_with_its_token) {
	struct keyringd k;
	struct wire_init_token again = { .label = BYTES_STR("short-lived") };
	struct attrs a = ATTRS_INIT;
	struct raw officer;
	struct wire_op m;
	struct wire_op_reply reply;
	uint64_t rv = CKR_OK;
	int fd = -1;

	stacked_another(&k, "[custody]\nrevocation = strict\n");
	stacked_token("short-lived");
	raw_open(&c, &k, "short-lived", NULL);
	raw_open(&officer, &k, "short-lived", NULL);
	raw_login(&c, CKU_USER);
	attrs_set_bool(&a, CKA_TOKEN, true);
	attrs_set_bool(&a, CKA_PRIVATE, false);
	attrs_set_ulong(&a, CKA_VALUE_LEN, 32);
	key = raw_generate(&c, &a).id;
	attrs_free(&a);
	m = begin(ENCRYPT);
	m.data = BYTES_STR("before");
	raw_ask(&c, WIRE_OP, &m, CKR_OK, &reply);
	m.op = reply.op;
	m.flags = 0;
	raw_ask(&c, WIRE_OP, &m, CKR_OK, NULL);
	again.slot = officer.slot;
	again.request = raw_request();
	again.pin = BYTES_STR(stacked_env("SO_PIN"));
	if (_i == 0)
		stacked_token_delete("short-lived");
	else
		raw_ask(&officer, WIRE_INIT_TOKEN, &again, CKR_OK, NULL);
	/* the news take a moment */
	for (unsigned i = 0; i < slower(1000) && rv == CKR_OK; i++) {
		(void)usleep(10000);
		rv = raw_ask_fd(&c, WIRE_OP, &m, &fd);
	}
	ck_assert_uint_eq(rv, CKR_KEY_HANDLE_INVALID);
	if (_i == 1)
		stacked_token_delete("short-lived");
	raw_close(&officer);
	raw_close(&c);
	keyringd_stop(&k);
	keyringd_remove(&k);
}
END_TEST

static const struct check_test tests[] = {
	{ &five_megabytes_come_back_in_pieces_and_only_when_they_are_genuine, 0 },
	{ &what_has_ended_takes_no_more_data, 0 },
	{ &nobody_keeps_more_than_it_may, 0 },
	{ &an_operation_ends_with_its_token, 2 },
};

CHECK_MAIN("parts", tests)
