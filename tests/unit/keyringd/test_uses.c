/* SPDX-License-Identifier: Apache-2.0 */
/* CKA_ALWAYS_AUTHENTICATE, asked of keyringd without the module. */
#include "cryptoki/op.h"
#include "cryptoki/pkcs11.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

#define ONCE (WIRE_OP_FIRST | WIRE_OP_LAST)

static struct keyringd k;
static struct raw c;
static uint8_t digest[32] = { 1 };

static void
setup(void)
{
	k = stacked_keyringd();
	raw_open(&c, &k, stacked_env("TOKEN_LABEL"), NULL);
	raw_login(&c, CKU_USER);
	digest[0] = 1;
}

static void
teardown(void)
{
	raw_close(&c);
}

/* Of a session: its private half. */
static struct wire_id
make(bool each_use)
{
	struct attrs public = ATTRS_INIT, private = ATTRS_INIT;
	struct wire_generate_pair m = {
		.slot = c.slot, .request = raw_request(), .mechanism = CKM_EC_KEY_PAIR_GEN
	};
	struct wire_pair_reply reply;
	struct wire_object o;

	attrs_set_bool(&public, CKA_TOKEN, false);
	attrs_set(&public, CKA_EC_PARAMS,
		BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10));
	attrs_set_bool(&private, CKA_TOKEN, false);
	attrs_set_bool(&private, CKA_PRIVATE, true);
	attrs_set_bool(&private, CKA_SIGN, true);
	attrs_set_bool(&private, CKA_ALWAYS_AUTHENTICATE, each_use);
	m.public_template = attrs_bytes(&public);
	m.private_template = attrs_bytes(&private);
	raw_ask(&c, WIRE_GENERATE_PAIR, &m, CKR_OK, &reply);
	ck_assert(wire_decode(wire_object_fields, reply.private_key, &o));
	attrs_free(&public);
	attrs_free(&private);
	return o.id;
}

static uint64_t
login_use(struct raw *by, const struct wire_id *key, const char *pin, uint64_t rv)
{
	struct wire_login_use m = { .slot = by->slot,
		.request = raw_request(),
		.key = *key,
		.pin = BYTES_STR(pin) };
	struct wire_login_use_reply reply = { 0 };

	raw_ask(by, WIRE_LOGIN_USE, &m, rv, rv == CKR_OK ? &reply : NULL);
	if (rv == CKR_OK)
		ck_assert_uint_ne(reply.op, 0);
	return reply.op;
}

static uint64_t
pin(const struct wire_id *key)
{
	return login_use(&c, key, stacked_env("USER_PIN"), CKR_OK);
}

static void
sign(struct raw *by, const struct wire_id *key, uint64_t number, uint64_t rv)
{
	struct wire_op m = { .slot = by->slot,
		.op = number,
		.flags = ONCE,
		.kind = OP_SIGN,
		.key = *key,
		.mechanism = CKM_ECDSA,
		.data = BYTES_OF(digest) };

	raw_ask(by, WIRE_OP, &m, rv, NULL);
}

static void
cancel(struct raw *by, uint64_t number)
{
	struct wire_op_cancel m = { .op = number };

	raw_ask(by, WIRE_OP_CANCEL, &m, CKR_OK, NULL);
}

START_TEST (no_use_without_the_pin) {
	struct wire_id key, plain;
	uint64_t number;

	setup();
	key = make(true);
	plain = make(false);
	sign(&c, &key, 0, CKR_USER_NOT_LOGGED_IN);
	sign(&c, &key, 12345, CKR_USER_NOT_LOGGED_IN);
	number = pin(&key);
	sign(&c, &key, number, CKR_OK);
	/* the same again is the same use */
	sign(&c, &key, number, CKR_OK);
	digest[0] = 2;
	sign(&c, &key, number, CKR_ARGUMENTS_BAD);
	sign(&c, &key, 0, CKR_USER_NOT_LOGGED_IN);
	/* that was no reason to end the login */
	sign(&c, &plain, 0, CKR_OK);
	sign(&c, &plain, number, CKR_ARGUMENTS_BAD);
	teardown();
}
END_TEST

START_TEST (a_number_is_of_its_key_and_client) {
	struct wire_id key, other;
	struct raw d;
	uint64_t number;

	setup();
	raw_open(&d, &k, stacked_env("TOKEN_LABEL"), NULL);
	raw_login(&d, CKU_USER);
	key = make(true);
	other = make(true);
	number = pin(&key);
	sign(&c, &other, number, CKR_USER_NOT_LOGGED_IN);
	cancel(&d, number);
	sign(&d, &key, number, CKR_KEY_HANDLE_INVALID);
	sign(&c, &key, number, CKR_OK);
	number = pin(&key);
	cancel(&c, number);
	sign(&c, &key, number, CKR_USER_NOT_LOGGED_IN);
	raw_close(&d);
	teardown();
}
END_TEST

START_TEST (a_number_ends_with_the_login) {
	struct wire_id key;
	uint64_t number;

	setup();
	key = make(true);
	number = pin(&key);
	raw_logout(&c);
	sign(&c, &key, number, CKR_KEY_HANDLE_INVALID);
	raw_login(&c, CKU_USER);
	key = make(true);
	sign(&c, &key, number, CKR_USER_NOT_LOGGED_IN);
	teardown();
}
END_TEST

START_TEST (the_oldest_of_many_go) {
	struct wire_id key;
	uint64_t first, last = 0;

	setup();
	key = make(true);
	first = pin(&key);
	for (unsigned i = 0; i < 64; i++)
		last = pin(&key);
	sign(&c, &key, first, CKR_USER_NOT_LOGGED_IN);
	sign(&c, &key, last, CKR_OK);
	teardown();
}
END_TEST

START_TEST (what_is_wrong_is_refused) {
	struct wire_login m = { .role = CKU_CONTEXT_SPECIFIC,
		.pin = BYTES_STR(stacked_env("USER_PIN")) };
	const struct wire_id none = { { 7 } };
	struct wire_id key, plain;
	struct raw d;

	setup();
	key = make(true);
	plain = make(false);
	login_use(&c, &plain, "not the PIN", CKR_OPERATION_NOT_INITIALIZED);
	login_use(&c, &none, "not the PIN", CKR_KEY_HANDLE_INVALID);
	login_use(&c, &key, "not the PIN", CKR_PIN_INCORRECT);
	sign(&c, &plain, 0, CKR_OK);
	sign(&c, &key, pin(&key), CKR_OK);
	raw_open(&d, &k, stacked_env("TOKEN_LABEL"), NULL);
	login_use(&d, &key, stacked_env("USER_PIN"), CKR_USER_NOT_LOGGED_IN);
	raw_login(&d, CKU_SO);
	login_use(&d, &key, stacked_env("USER_PIN"), CKR_USER_NOT_LOGGED_IN);
	/* a login is none for a use */
	m.slot = c.slot;
	m.request = raw_request();
	raw_ask(&c, WIRE_LOGIN, &m, CKR_USER_TYPE_INVALID, NULL);
	raw_close(&d);
	teardown();
}
END_TEST

static const struct check_test tests[] = {
	{ &no_use_without_the_pin, 0 },
	{ &a_number_is_of_its_key_and_client, 0 },
	{ &a_number_ends_with_the_login, 0 },
	{ &the_oldest_of_many_go, 0 },
	{ &what_is_wrong_is_refused, 0 },
};

CHECK_MAIN("uses", tests)
