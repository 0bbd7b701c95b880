/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys wrapped and unwrapped as keyringd sees it: what a hostile program can say of them,
 * and what comes again. */
#include "cryptoki/mech.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

static const uint8_t value[16] = "sixteen letters!";
static const uint8_t p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
static struct keyringd k;

static void
open_user(struct raw *c)
{
	k = stacked_keyringd();
	raw_open(c, &k, stacked_env("TOKEN_LABEL"), NULL);
	raw_login(c, CKU_USER);
}

static uint64_t
ask(struct raw *c, uint16_t type, const void *message)
{
	int fd;
	uint64_t rv = raw_ask_fd(c, type, message, &fd);

	ck_assert_int_lt(fd, 0);
	return rv;
}

/* An AES key that wraps and unwraps. */
static struct raw_object
aes_make(struct raw *c, bool token)
{
	struct attrs a = ATTRS_INIT;
	struct raw_object o;

	attrs_set_ulong(&a, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(&a, CKA_TOKEN, token);
	attrs_set_bool(&a, CKA_SENSITIVE, true);
	attrs_set_bool(&a, CKA_WRAP, true);
	attrs_set_bool(&a, CKA_UNWRAP, true);
	attrs_set(&a, CKA_VALUE, BYTES_OF(value));
	o = raw_create(c, &a);
	attrs_free(&a);
	return o;
}

/* The private number one, on P-256. */
static struct raw_object
ec_make(struct raw *c, bool token)
{
	const uint8_t one[32] = { [31] = 1 };
	struct attrs a = ATTRS_INIT;
	struct raw_object o;

	attrs_set_ulong(&a, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_EC);
	attrs_set_bool(&a, CKA_TOKEN, token);
	attrs_set_bool(&a, CKA_EXTRACTABLE, true);
	attrs_set(&a, CKA_EC_PARAMS, BYTES_OF(p256));
	attrs_set(&a, CKA_VALUE, BYTES_OF(one));
	o = raw_create(c, &a);
	attrs_free(&a);
	return o;
}

static struct buf
by_id(const struct wire_id *id)
{
	struct buf b = BUF_INIT;
	struct wire_key w = { .id = *id };

	wire_encode(wire_key_fields, &w, &b);
	ck_assert(buf_ok(&b));
	return b;
}

static struct buf
by_value(const struct attrs *a, struct bytes v)
{
	struct buf b = BUF_INIT;
	struct wire_key w = { .attributes = attrs_bytes(a), .value = v };

	wire_encode(wire_key_fields, &w, &b);
	ck_assert(buf_ok(&b));
	return b;
}

static struct attrs
template_of(bool token)
{
	struct attrs t = ATTRS_INIT;

	attrs_set_ulong(&t, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&t, CKA_KEY_TYPE, CKK_EC);
	attrs_set_bool(&t, CKA_TOKEN, token);
	return t;
}

static struct wire_wrap
wrap_of(const struct raw *c, const struct buf *by, const struct buf *key)
{
	return (struct wire_wrap){ .slot = c->slot,
		.mechanism = CKM_AES_KEY_WRAP_KWP,
		.by = buf_bytes(by),
		.key = buf_bytes(key) };
}

#define WRAPPED (138 + 6 + 8) /* bytes, of a key on P-256 by KWP */

static struct wire_id
made_id(struct bytes list)
{
	struct cursor c = cursor_over(list);
	struct wire_object o = { 0 };
	struct wire_made m;

	ck_assert(wire_list_next(wire_made_fields, &c, &m));
	ck_assert_uint_eq(m.value.n, 0);
	ck_assert(wire_decode(wire_object_fields, m.object, &o));
	/* its public half, and no other number of it */
	ck_assert(attrs_has(o.attributes, CKA_PUBLIC_KEY_INFO));
	ck_assert(!attrs_has(o.attributes, CKA_VALUE));
	return o.id;
}

START_TEST (repeated_unwrapping_makes_one_key) {
	struct raw c;
	struct raw_object aes, ec;
	struct attrs template = template_of(_i % 2 != 0);
	struct wire_unwrap m = { .request = raw_request(),
		.mechanism = CKM_AES_KEY_WRAP_KWP };
	struct wire_wrap w;
	struct wire_wrap_reply wrapped;
	struct wire_made_reply reply;
	struct wire_id first, again;
	uint8_t data[WRAPPED];
	struct buf by, key;

	open_user(&c);
	aes = aes_make(&c, _i / 2 % 2 != 0);
	ec = ec_make(&c, _i / 4 != 0);
	by = by_id(&aes.id);
	key = by_id(&ec.id);
	w = wrap_of(&c, &by, &key);
	raw_ask(&c, WIRE_WRAP, &w, CKR_OK, &wrapped);
	ck_assert_uint_eq(wrapped.data.n, sizeof data);
	memcpy(data, wrapped.data.p, sizeof data);
	m.slot = c.slot;
	m.by = w.by;
	m.wrapped = BYTES_OF(data);
	m.template = attrs_bytes(&template);
	raw_ask(&c, WIRE_UNWRAP, &m, CKR_OK, &reply);
	first = made_id(reply.list);
	raw_ask(&c, WIRE_UNWRAP, &m, CKR_OK, &reply);
	again = made_id(reply.list);
	ck_assert_mem_eq(&first, &again, sizeof first);
	m.request = raw_request();
	raw_ask(&c, WIRE_UNWRAP, &m, CKR_OK, &reply);
	again = made_id(reply.list);
	ck_assert_mem_ne(&first, &again, sizeof first);
	raw_destroy(&c, &first);
	raw_destroy(&c, &again);
	raw_destroy(&c, &ec.id);
	raw_destroy(&c, &aes.id);
	attrs_free(&template);
	buf_free(&by);
	buf_free(&key);
	raw_close(&c);
}
END_TEST

/* What says it is a private key, whole, is nobody's to send: to be wrapped or to unwrap. */
START_TEST (private_keys_are_not_sent) {
	struct raw c;
	struct raw_object aes;
	struct attrs claims = ATTRS_INIT, template = template_of(false);
	struct wire_unwrap m = { .mechanism = CKM_RSA_AES_KEY_WRAP };
	struct wire_wrap w;
	uint8_t data[WRAPPED] = { 0 };
	struct buf by, key;

	open_user(&c);
	aes = aes_make(&c, false);
	attrs_set_ulong(&claims, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&claims, CKA_KEY_TYPE, CKK_RSA);
	attrs_set_bool(&claims, CKA_EXTRACTABLE, true);
	attrs_set_bool(&claims, CKA_UNWRAP, true);
	by = by_id(&aes.id);
	key = by_value(&claims, BYTES_OF(value));
	w = wrap_of(&c, &by, &key);
	ck_assert_uint_eq(ask(&c, WIRE_WRAP, &w), CKR_ARGUMENTS_BAD);
	w = wrap_of(&c, &key, &by);
	ck_assert_uint_eq(ask(&c, WIRE_WRAP, &w), CKR_ARGUMENTS_BAD);
	m.slot = c.slot;
	m.request = raw_request();
	m.params = BYTES("\x00\x01\x03\x03\x00\x00\x00\x00", 8);
	m.by = buf_bytes(&key);
	m.wrapped = BYTES_OF(data);
	m.template = attrs_bytes(&template);
	ck_assert_uint_eq(ask(&c, WIRE_UNWRAP, &m), CKR_ARGUMENTS_BAD);
	/* nor one that has no number */
	buf_free(&key);
	key = by_value(&claims, BYTES_NONE);
	m.by = buf_bytes(&key);
	ck_assert_uint_eq(ask(&c, WIRE_UNWRAP, &m), CKR_ARGUMENTS_BAD);
	attrs_free(&claims);
	attrs_free(&template);
	buf_free(&by);
	buf_free(&key);
	raw_close(&c);
}
END_TEST

/* What the module would have found out before it asked. */
START_TEST (policy_is_asked_here_too) {
	struct raw c, other;
	struct raw_object aes, ec, theirs;
	struct attrs never = ATTRS_INIT, template = template_of(false);
	struct wire_change set;
	struct wire_unwrap m = { .mechanism = CKM_AES_KEY_WRAP_KWP };
	struct wire_wrap w;
	uint8_t data[WRAPPED] = { 0 };
	struct buf by, key, foreign;

	open_user(&c);
	raw_open(&other, &k, stacked_env("TOKEN_LABEL"), NULL);
	raw_login(&other, CKU_USER);
	aes = aes_make(&c, false);
	ec = ec_make(&c, false);
	theirs = ec_make(&other, false);
	by = by_id(&aes.id);
	key = by_id(&ec.id);
	foreign = by_id(&theirs.id);
	w = wrap_of(&c, &by, &key);
	ck_assert_uint_eq(ask(&c, WIRE_WRAP, &w), CKR_OK);
	w.mechanism = CKM_AES_ECB;
	ck_assert_uint_eq(ask(&c, WIRE_WRAP, &w), CKR_KEY_NOT_WRAPPABLE);
	w = wrap_of(&c, &by, &foreign);
	ck_assert_uint_eq(ask(&c, WIRE_WRAP, &w), CKR_KEY_HANDLE_INVALID);
	w = wrap_of(&c, &key, &key);
	ck_assert_uint_eq(ask(&c, WIRE_WRAP, &w), CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	attrs_set_bool(&never, CKA_EXTRACTABLE, false);
	set = (struct wire_change){ c.slot, raw_request(), ec.id, attrs_bytes(&never) };
	raw_ask(&c, WIRE_SET, &set, CKR_OK, NULL);
	w = wrap_of(&c, &by, &key);
	ck_assert_uint_eq(ask(&c, WIRE_WRAP, &w), CKR_KEY_UNEXTRACTABLE);

	m.slot = c.slot;
	m.request = raw_request();
	m.by = buf_bytes(&by);
	m.template = attrs_bytes(&template);
	ck_assert_uint_eq(ask(&c, WIRE_UNWRAP, &m), CKR_WRAPPED_KEY_LEN_RANGE);
	m.wrapped = BYTES_OF(data);
	ck_assert_uint_eq(ask(&c, WIRE_UNWRAP, &m), CKR_WRAPPED_KEY_INVALID);
	/* a private object is the user's */
	attrs_set_bool(&template, CKA_PRIVATE, true);
	m.template = attrs_bytes(&template);
	raw_logout(&c);
	ck_assert_uint_ne(ask(&c, WIRE_UNWRAP, &m), CKR_OK);
	attrs_free(&never);
	attrs_free(&template);
	buf_free(&by);
	buf_free(&key);
	buf_free(&foreign);
	raw_close(&other);
	raw_close(&c);
}
END_TEST

static const struct check_test tests[] = {
	{ &repeated_unwrapping_makes_one_key, 8 },
	{ &private_keys_are_not_sent, 0 },
	{ &policy_is_asked_here_too, 0 },
};

CHECK_MAIN("keyringd_private", tests)
