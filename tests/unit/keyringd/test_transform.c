/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping, unwrapping and derivation as keyringd sees it: what a hostile program can say
 * about keys, what comes again, and what is undone. */
#include <stdio.h>
#include <unistd.h>

#include "cryptoki/derive.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

static const uint8_t value[16] = "sixteen letters!";
static struct keyringd k;

static void
setup(void)
{
	k = stacked_keyringd();
}

static void
open_user(struct raw *c, const struct keyringd *at)
{
	raw_open(c, at, stacked_env("TOKEN_LABEL"), NULL);
	raw_login(c, CKU_USER);
}

/* The CK_RV of a message, whatever it is. */
static uint64_t
ask(struct raw *c, uint16_t type, const void *message)
{
	int fd;
	uint64_t rv = raw_ask_fd(c, type, message, &fd);

	ck_assert_int_lt(fd, 0);
	return rv;
}

/* An AES key that wraps, unwraps, derives and may leave. */
static struct raw_object
key_make(struct raw *c, bool token)
{
	struct attrs a = ATTRS_INIT;
	struct raw_object o;

	attrs_set_ulong(&a, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(&a, CKA_TOKEN, token);
	attrs_set_bool(&a, CKA_PRIVATE, true);
	attrs_set_bool(&a, CKA_SENSITIVE, true);
	attrs_set_bool(&a, CKA_EXTRACTABLE, true);
	attrs_set_bool(&a, CKA_WRAP, true);
	attrs_set_bool(&a, CKA_UNWRAP, true);
	attrs_set_bool(&a, CKA_DERIVE, true);
	attrs_set(&a, CKA_VALUE, BYTES_OF(value));
	o = raw_create(c, &a);
	attrs_free(&a);
	return o;
}

/* Encoded wire_keys. */
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
claims(void)
{
	struct attrs a = ATTRS_INIT;

	attrs_set_ulong(&a, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(&a, CKA_WRAP, true);
	attrs_set_bool(&a, CKA_UNWRAP, true);
	attrs_set_bool(&a, CKA_TRUSTED, true);
	return a;
}

static uint64_t
wrap(struct raw *c, struct bytes by, struct bytes key)
{
	struct wire_wrap m = {
		.slot = c->slot, .mechanism = CKM_AES_KEY_WRAP, .by = by, .key = key
	};

	return ask(c, WIRE_WRAP, &m);
}

/* --- What a key is said to be ------------------------------------------------------- */

START_TEST (key_cut_anywhere_is_refused) {
	struct raw c;
	struct raw_object key;
	struct attrs a = claims();
	struct buf by, id;

	setup();
	open_user(&c, &k);
	key = key_make(&c, false);
	id = by_id(&key.id);
	by = by_value(&a, BYTES_OF(value));
	ck_assert_uint_eq(wrap(&c, buf_bytes(&by), buf_bytes(&id)), CKR_OK);
	for (size_t n = 0; n < by.n; n++)
		ck_assert_uint_eq(
			wrap(&c, BYTES(by.p, n), buf_bytes(&id)), CKR_ARGUMENTS_BAD);
	for (size_t n = 0; n < id.n; n++)
		ck_assert_uint_eq(
			wrap(&c, buf_bytes(&by), BYTES(id.p, n)), CKR_ARGUMENTS_BAD);
	/* more than there is, and more than there can be */
	for (size_t at = 16; at < by.n - 3; at++) {
		uint8_t was[4];

		memcpy(was, by.p + at, 4);
		memset(by.p + at, 0xff, 4);
		(void)wrap(&c, buf_bytes(&by), buf_bytes(&id));
		memcpy(by.p + at, was, 4);
	}
	ck_assert_uint_eq(wrap(&c, buf_bytes(&by), buf_bytes(&id)), CKR_OK);
	buf_free(&by);
	buf_free(&id);
	attrs_free(&a);
	raw_close(&c);
}
END_TEST

/* Attributes that object_build() would not have let pass. */
static void
no_attributes(struct attrs *a)
{
	attrs_free(a);
}

static void
unknown_type(struct attrs *a)
{
	attrs_set(a, 0x77777777, BYTES_STR("?"));
}

static void
odd_boolean(struct attrs *a)
{
	attrs_set(a, CKA_WRAP, BYTES_STR("yes"));
}

static void
nested_noise(struct attrs *a)
{
	attrs_set(a, CKA_WRAP_TEMPLATE, BYTES_STR("0123456789"));
}

static void
nested_too_long(struct attrs *a)
{
	uint8_t nested[8] = { 3, 1, 0, 0, 0xff, 0xff, 0xff, 0xff };

	attrs_set(a, CKA_WRAP_TEMPLATE, BYTES_OF(nested));
}

static void
out_of_order(struct attrs *a)
{
	uint8_t first[12];

	memcpy(first, a->b.p, 8);
	memcpy(first, a->b.p + 16, 8);
	memcpy(a->b.p, first, 8);
}

static const struct {
	void (*change)(struct attrs *a);
	uint64_t rv;
} descriptions[] = {
	{ no_attributes, CKR_WRAPPING_KEY_TYPE_INCONSISTENT },
	{ unknown_type, CKR_ARGUMENTS_BAD },
	{ odd_boolean, CKR_ARGUMENTS_BAD },
	{ nested_noise, CKR_ARGUMENTS_BAD },
	{ nested_too_long, CKR_ARGUMENTS_BAD },
	{ out_of_order, CKR_ARGUMENTS_BAD },
};

START_TEST (attributes_are_believed_only_where_they_can_be) {
	struct raw c;
	struct raw_object key;
	struct attrs a = claims();
	struct buf by, id;

	setup();
	open_user(&c, &k);
	key = key_make(&c, _i % 2 != 0);
	id = by_id(&key.id);
	descriptions[_i].change(&a);
	by = by_value(&a, BYTES_OF(value));
	ck_assert_uint_eq(wrap(&c, buf_bytes(&by), buf_bytes(&id)), descriptions[_i].rv);
	buf_free(&by);
	by = by_value(&a, BYTES_NONE);
	ck_assert_uint_eq(wrap(&c, buf_bytes(&by), buf_bytes(&id)), CKR_ARGUMENTS_BAD);
	buf_free(&by);
	buf_free(&id);
	attrs_free(&a);
	raw_destroy(&c, &key.id);
	raw_close(&c);
}
END_TEST

START_TEST (program_s_own_key_is_not_trusted) {
	struct raw c;
	struct raw_object key;
	struct attrs a = claims(), change = ATTRS_INIT;
	struct wire_change set;
	struct buf by = by_value(&a, BYTES_OF(value)), id;

	setup();
	open_user(&c, &k);
	key = key_make(&c, _i != 0);
	id = by_id(&key.id);
	ck_assert_uint_eq(wrap(&c, buf_bytes(&by), buf_bytes(&id)), CKR_OK);
	attrs_set_bool(&change, CKA_WRAP_WITH_TRUSTED, true);
	set = (struct wire_change){ c.slot, raw_request(), key.id, attrs_bytes(&change) };
	raw_ask(&c, WIRE_SET, &set, CKR_OK, NULL);
	ck_assert_uint_eq(
		wrap(&c, buf_bytes(&by), buf_bytes(&id)), CKR_KEY_NOT_WRAPPABLE);
	raw_destroy(&c, &key.id);
	buf_free(&by);
	buf_free(&id);
	attrs_free(&a);
	attrs_free(&change);
	raw_close(&c);
}
END_TEST

START_TEST (other_programs_keys_are_not_found) {
	struct raw mine, other;
	struct raw_object key, theirs;
	struct buf own, foreign;

	setup();
	open_user(&mine, &k);
	open_user(&other, &k);
	key = key_make(&mine, false);
	theirs = key_make(&other, false);
	own = by_id(&key.id);
	foreign = by_id(&theirs.id);
	ck_assert_uint_eq(wrap(&mine, buf_bytes(&own), buf_bytes(&own)), CKR_OK);
	ck_assert_uint_eq(wrap(&mine, buf_bytes(&foreign), buf_bytes(&own)),
		CKR_WRAPPING_KEY_HANDLE_INVALID);
	ck_assert_uint_eq(wrap(&mine, buf_bytes(&own), buf_bytes(&foreign)),
		CKR_KEY_HANDLE_INVALID);
	buf_free(&own);
	buf_free(&foreign);
	raw_close(&mine);
	raw_close(&other);
}
END_TEST

/* --- The same request again -------------------------------------------------------------- */

static struct wire_id
made_id(struct bytes list, size_t i)
{
	struct cursor c = cursor_over(list);
	struct wire_object o = { 0 };
	struct wire_made m;

	for (size_t at = 0; at <= i; at++)
		ck_assert(wire_list_next(wire_made_fields, &c, &m));
	ck_assert(wire_decode(wire_object_fields, m.object, &o));
	return o.id;
}

START_TEST (repeated_unwrapping_makes_one_key) {
	struct raw c;
	struct raw_object key;
	struct attrs template = ATTRS_INIT;
	struct wire_wrap w = { .mechanism = CKM_AES_KEY_WRAP };
	struct wire_unwrap m = { .request = raw_request(),
		.mechanism = CKM_AES_KEY_WRAP };
	struct wire_wrap_reply wrapped;
	struct wire_made_reply reply;
	struct wire_id first, again;
	uint8_t data[24];
	struct buf by;

	setup();
	open_user(&c, &k);
	key = key_make(&c, false);
	by = by_id(&key.id);
	w.slot = m.slot = c.slot;
	w.by = w.key = m.by = buf_bytes(&by);
	raw_ask(&c, WIRE_WRAP, &w, CKR_OK, &wrapped);
	ck_assert_uint_eq(wrapped.data.n, sizeof data);
	memcpy(data, wrapped.data.p, sizeof data);
	m.wrapped = BYTES_OF(data);
	attrs_set_ulong(&template, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&template, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(&template, CKA_SENSITIVE, true);
	attrs_set_bool(&template, CKA_TOKEN, _i != 0);
	m.template = attrs_bytes(&template);
	raw_ask(&c, WIRE_UNWRAP, &m, CKR_OK, &reply);
	first = made_id(reply.list, 0);
	raw_ask(&c, WIRE_UNWRAP, &m, CKR_OK, &reply);
	again = made_id(reply.list, 0);
	ck_assert_mem_eq(&first, &again, sizeof first);
	m.request = raw_request();
	raw_ask(&c, WIRE_UNWRAP, &m, CKR_OK, &reply);
	again = made_id(reply.list, 0);
	ck_assert_mem_ne(&first, &again, sizeof first);
	raw_destroy(&c, &first);
	raw_destroy(&c, &again);
	attrs_free(&template);
	buf_free(&by);
	raw_close(&c);
}
END_TEST

/* --- All or none --------------------------------------------------------------------------- */

static unsigned
count_private(struct raw *c)
{
	struct attrs all = ATTRS_INIT;
	struct wire_find m = { .slot = c->slot, .max = 1000 };
	struct wire_objects_reply reply;
	struct wire_object o;
	struct cursor at;
	unsigned n = 0;

	attrs_set_bool(&all, CKA_PRIVATE, true);
	m.template = attrs_bytes(&all);
	raw_ask(c, WIRE_FIND, &m, CKR_OK, &reply);
	ck_assert_uint_eq(reply.cursor, 0);
	at = cursor_over(reply.list);
	while (wire_list_next(wire_object_fields, &at, &o))
		n++;
	attrs_free(&all);
	return n;
}

/* SP 800-108: the first key for the token, a second one for the session. */
static void
two_keys(const CK_MECHANISM **ret, struct derive_params *params)
{
	static const CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
	static const CK_KEY_TYPE aes = CKK_AES;
	static const CK_ULONG n = 16;
	static CK_ATTRIBUTE template[] = { { CKA_CLASS, (void *)(uintptr_t)&secret,
						   sizeof secret },
		{ CKA_KEY_TYPE, (void *)(uintptr_t)&aes, sizeof aes },
		{ CKA_VALUE_LEN, (void *)(uintptr_t)&n, sizeof n } };
	static CK_OBJECT_HANDLE handle;
	static CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 32 };
	static CK_PRF_DATA_PARAM data = { CK_SP800_108_ITERATION_VARIABLE, &counter,
		sizeof counter };
	static CK_DERIVED_KEY more = { template, 3, &handle };
	static CK_SP800_108_KDF_PARAMS kdf = { CKM_AES_CMAC, 1, &data, 1, &more };
	static const CK_MECHANISM m = { CKM_SP800_108_COUNTER_KDF, &kdf, sizeof kdf };

	ck_assert_uint_eq(
		derive_params_pack(mech_lookup(m.mechanism), &m, params), CKR_OK);
	*ret = &m;
}

/* A keyringd with room for one session key: the base. Whether the token's may be destroyed
 * later makes no difference. */
START_TEST (token_key_goes_again_when_the_next_cannot_be) {
	struct derive_params params = DERIVE_PARAMS_NONE;
	struct wire_derive m = { .request = raw_request() };
	struct attrs template = ATTRS_INIT;
	const CK_MECHANISM *mechanism;
	struct wire_made_reply reply;
	struct keyringd small;
	struct raw_object base;
	struct wire_id id;
	struct raw c;
	struct buf by;
	unsigned before;

	setup();
	stacked_another(&small, "[limits]\nkeys = 1\n");
	open_user(&c, &small);
	base = key_make(&c, false);
	by = by_id(&base.id);
	two_keys(&mechanism, &params);
	attrs_set_ulong(&template, CKA_KEY_TYPE, CKK_AES);
	attrs_set_ulong(&template, CKA_VALUE_LEN, 16);
	attrs_set_bool(&template, CKA_TOKEN, true);
	attrs_set_bool(&template, CKA_DESTROYABLE, _i == 0);
	m.slot = c.slot;
	m.mechanism = mechanism->mechanism;
	m.params = buf_bytes(&params.packed);
	m.base = buf_bytes(&by);
	m.template = attrs_bytes(&template);
	before = count_private(&c);
	ck_assert_uint_eq(ask(&c, WIRE_DERIVE, &m), CKR_DEVICE_MEMORY);
	ck_assert_uint_eq(count_private(&c), before);
	/* nor in a session that may not write */
	m.read_only = 1;
	ck_assert_uint_eq(ask(&c, WIRE_DERIVE, &m), CKR_SESSION_READ_ONLY);
	ck_assert_uint_eq(count_private(&c), before);
	raw_close(&c);
	keyringd_stop(&small);
	keyringd_remove(&small);

	/* with room for it, both are there */
	open_user(&c, &k);
	base = key_make(&c, false);
	buf_free(&by);
	by = by_id(&base.id);
	m.slot = c.slot;
	m.base = buf_bytes(&by);
	m.read_only = 0;
	m.request = raw_request();
	raw_ask(&c, WIRE_DERIVE, &m, CKR_OK, &reply);
	id = made_id(reply.list, 0);
	(void)made_id(reply.list, 1);
	ck_assert_uint_eq(count_private(&c), before + 1);
	if (_i == 0)
		raw_destroy(&c, &id);
	attrs_free(&template);
	derive_params_free(&params);
	buf_free(&by);
	raw_close(&c);
}
END_TEST

/* --- Keys that are not on the host yet ------------------------------------------------- */

START_TEST (both_token_keys_are_fetched) {
	struct raw maker, user;
	struct raw_object one, other;
	struct keyringd fresh;
	struct buf by, key;

	setup();
	open_user(&maker, &k);
	one = key_make(&maker, true);
	other = key_make(&maker, true);
	stacked_another(&fresh, "");
	open_user(&user, &fresh);
	by = by_id(&one.id);
	key = by_id(&other.id);
	ck_assert_uint_eq(wrap(&user, buf_bytes(&by), buf_bytes(&key)), CKR_OK);
	ck_assert_uint_eq(wrap(&user, buf_bytes(&by), buf_bytes(&key)), CKR_OK);
	raw_close(&user);
	keyringd_stop(&fresh);
	keyringd_remove(&fresh);
	raw_destroy(&maker, &one.id);
	raw_destroy(&maker, &other.id);
	buf_free(&by);
	buf_free(&key);
	raw_close(&maker);
}
END_TEST

/* --- keep ----------------------------------------------------------------------------- */

START_TEST (only_a_password_s_and_an_encapsulated_key_are_kept) {
	static const struct {
		CK_MECHANISM_TYPE mechanism;
		size_t n;
		uint64_t rv;
	} cases[] = {
		{ CKM_PKCS5_PBKD2, 16, CKR_OK },
		{ CKM_PKCS5_PBKD2, 15, CKR_ATTRIBUTE_VALUE_INVALID },
		{ CKM_PKCS5_PBKD2, 0, CKR_ARGUMENTS_BAD },
		{ CKM_ML_KEM, 16, CKR_ARGUMENTS_BAD },
		{ CKM_ML_KEM, 0, CKR_ARGUMENTS_BAD },
		{ CKM_ML_KEM_KEY_PAIR_GEN, 16, CKR_MECHANISM_INVALID },
		{ CKM_AES_KEY_GEN, 16, CKR_MECHANISM_INVALID },
		{ CKM_AES_CBC, 16, CKR_MECHANISM_INVALID },
		{ 0x7777, 16, CKR_MECHANISM_INVALID },
	};
	struct attrs template = ATTRS_INIT;
	struct wire_keep m = { 0 };
	struct raw c;

	setup();
	open_user(&c, &k);
	attrs_set_ulong(&template, CKA_KEY_TYPE, CKK_AES);
	attrs_set_ulong(&template, CKA_VALUE_LEN, 16);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		m = (struct wire_keep){ c.slot, raw_request(), cases[i].mechanism,
			attrs_bytes(&template), BYTES(value, cases[i].n) };
		ck_assert_uint_eq(ask(&c, WIRE_KEEP, &m), cases[i].rv);
	}
	attrs_free(&template);
	raw_close(&c);
}
END_TEST

/* The process says what it is; what its past is, and may be, is decided here. */
START_TEST (an_encapsulated_key_is_as_its_template_says) {
	static const uint8_t secret[32] = { 1, 2, 3 };
	struct attrs template = ATTRS_INIT;
	struct wire_keep m = { 0 };
	struct wire_made_reply reply;
	struct wire_made made;
	struct wire_object o;
	struct cursor list;
	struct raw c;

	setup();
	open_user(&c, &k);
	attrs_set_ulong(&template, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(&template, CKA_TOKEN, _i != 0);
	attrs_set_bool(&template, CKA_SENSITIVE, true);
	attrs_set_bool(&template, CKA_EXTRACTABLE, false);
	m = (struct wire_keep){ c.slot, raw_request(), CKM_ML_KEM, attrs_bytes(&template),
		BYTES_OF(secret) };
	raw_ask(&c, WIRE_KEEP, &m, CKR_OK, &reply);
	list = cursor_over(reply.list);
	ck_assert(wire_list_next(wire_made_fields, &list, &made));
	ck_assert_uint_eq(made.value.n, 0);
	ck_assert(wire_decode(wire_object_fields, made.object, &o));
	ck_assert(!attrs_bool(o.attributes, CKA_LOCAL, true));
	ck_assert(!attrs_bool(o.attributes, CKA_ALWAYS_SENSITIVE, true));
	ck_assert(!attrs_bool(o.attributes, CKA_NEVER_EXTRACTABLE, true));
	ck_assert_uint_eq(
		attrs_ulong(o.attributes, CKA_KEY_GEN_MECHANISM, 0), UINT64_MAX);
	raw_destroy(&c, &o.id);
	attrs_set_ulong(&template, CKA_VALUE_LEN, 16);
	m.template = attrs_bytes(&template);
	m.request = raw_request();
	ck_assert_uint_eq(ask(&c, WIRE_KEEP, &m), CKR_TEMPLATE_INCONSISTENT);
	attrs_free(&template);
	raw_close(&c);
}
END_TEST

/* --- decapsulate ---------------------------------------------------------------------- */

/* A pair whose private half is the session's. */
static struct wire_id
kem_pair(struct raw *c)
{
	struct attrs public = ATTRS_INIT, private = ATTRS_INIT;
	struct wire_generate_pair m = { .slot = c->slot,
		.request = raw_request(),
		.mechanism = CKM_ML_KEM_KEY_PAIR_GEN };
	struct wire_pair_reply reply;
	struct wire_object o;

	attrs_set_ulong(&public, CKA_PARAMETER_SET, CKP_ML_KEM_512);
	attrs_set_bool(&private, CKA_DECAPSULATE, true);
	m.public_template = attrs_bytes(&public);
	m.private_template = attrs_bytes(&private);
	raw_ask(c, WIRE_GENERATE_PAIR, &m, CKR_OK, &reply);
	ck_assert(wire_decode(wire_object_fields, reply.private_key, &o));
	attrs_free(&public);
	attrs_free(&private);
	return o.id;
}

static const uint8_t ciphertext[768] = "of nobody's: it gives a key all the same";

/* By a new pair, whose reference key is; it and template are the caller's to free. */
static struct wire_unwrap
decapsulation(struct raw *c, bool token, struct buf *key, struct attrs *template)
{
	const struct wire_id by = kem_pair(c);

	*key = by_id(&by);
	attrs_set_ulong(template, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(template, CKA_TOKEN, token);
	return (struct wire_unwrap){ .slot = c->slot,
		.request = raw_request(),
		.mechanism = CKM_ML_KEM,
		.by = buf_bytes(key),
		.wrapped = BYTES_OF(ciphertext),
		.template = attrs_bytes(template) };
}

START_TEST (repeated_decapsulation_makes_one_key) {
	struct raw c;
	struct attrs template = ATTRS_INIT;
	struct wire_unwrap m;
	struct wire_made_reply reply;
	struct wire_id first, again;
	struct buf key;

	setup();
	open_user(&c, &k);
	attrs_set_bool(&template, CKA_SENSITIVE, true);
	m = decapsulation(&c, _i != 0, &key, &template);
	raw_ask(&c, WIRE_DECAPSULATE, &m, CKR_OK, &reply);
	first = made_id(reply.list, 0);
	raw_ask(&c, WIRE_DECAPSULATE, &m, CKR_OK, &reply);
	again = made_id(reply.list, 0);
	ck_assert_mem_eq(&first, &again, sizeof first);
	m.request = raw_request();
	raw_ask(&c, WIRE_DECAPSULATE, &m, CKR_OK, &reply);
	again = made_id(reply.list, 0);
	ck_assert_mem_ne(&first, &again, sizeof first);
	raw_destroy(&c, &first);
	raw_destroy(&c, &again);
	attrs_free(&template);
	buf_free(&key);
	raw_close(&c);
}
END_TEST

/* Of the session and of the token; the template does not say whether it is private. */
START_TEST (a_logout_meanwhile_makes_no_key_public) {
	struct attrs template = ATTRS_INIT;
	struct wire_unwrap m;
	struct buf key;
	struct raw c;

	setup();
	open_user(&c, &k);
	m = decapsulation(&c, _i != 0, &key, &template);
	stacked_keystored_stop();
	send_request(c.fd, WIRE_DECAPSULATE, 1, &m);
	raw_logout(&c);
	stacked_keystored_go_on();
	expect_reply(c.fd, WIRE_DECAPSULATE, CKR_USER_NOT_LOGGED_IN, NULL, &c.payload);
	attrs_free(&template);
	buf_free(&key);
	raw_close(&c);
}
END_TEST

START_TEST (only_who_may_decapsulates) {
	static const uint8_t longer[769], garbage[3] = { 1, 2, 3 };
	struct raw c, other;
	struct raw_object aes;
	struct attrs template = ATTRS_INIT, own = claims();
	struct wire_unwrap good = { .mechanism = CKM_ML_KEM,
		.wrapped = BYTES_OF(ciphertext) },
			   m;
	struct wire_id by;
	struct buf key, secret, exposed;

	setup();
	open_user(&c, &k);
	open_user(&other, &k);
	by = kem_pair(&c);
	aes = key_make(&c, false);
	key = by_id(&by);
	secret = by_id(&aes.id);
	exposed = by_value(&own, BYTES_OF(value));
	attrs_set_ulong(&template, CKA_KEY_TYPE, CKK_AES);
	good.slot = c.slot;
	good.by = buf_bytes(&key);
	good.template = attrs_bytes(&template);
#define REFUSED(client, rv, change) \
	m = good;                   \
	m.request = raw_request();  \
	change;                     \
	ck_assert_uint_eq(ask(client, WIRE_DECAPSULATE, &m), rv)
	REFUSED(&c, CKR_OK, (void)0);
	REFUSED(&c, CKR_MECHANISM_INVALID, m.mechanism = CKM_RSA_PKCS);
	REFUSED(&c, CKR_MECHANISM_INVALID, m.mechanism = 0x7777);
	REFUSED(&c, CKR_MECHANISM_PARAM_INVALID, m.params = BYTES_OF(garbage));
	REFUSED(&c, CKR_ARGUMENTS_BAD, m.template = BYTES_OF(garbage));
	REFUSED(&c, CKR_ARGUMENTS_BAD, m.by = BYTES_OF(garbage));
	REFUSED(&c, CKR_TEMPLATE_INCOMPLETE, m.template = BYTES_NONE);
	REFUSED(&c, CKR_WRAPPED_KEY_LEN_RANGE, m.wrapped = BYTES_OF(longer));
	REFUSED(&c, CKR_WRAPPED_KEY_LEN_RANGE, m.wrapped = BYTES_NONE);
	REFUSED(&c, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, m.by = buf_bytes(&secret));
	REFUSED(&c, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, m.by = buf_bytes(&exposed));
	REFUSED(&other, CKR_UNWRAPPING_KEY_HANDLE_INVALID, m.slot = other.slot);
	m = good;
	m.request = raw_request();
	ck_assert_uint_eq(ask(&c, WIRE_UNWRAP, &m), CKR_MECHANISM_INVALID);
	attrs_free(&template);
	attrs_free(&own);
	buf_free(&key);
	buf_free(&secret);
	buf_free(&exposed);
	raw_close(&other);
	raw_close(&c);
}
END_TEST

static const struct check_test tests[] = {
	{ &key_cut_anywhere_is_refused, 0 },
	{ &attributes_are_believed_only_where_they_can_be, ARRAY_LEN(descriptions) },
	{ &program_s_own_key_is_not_trusted, 2 },
	{ &other_programs_keys_are_not_found, 0 },
	{ &repeated_unwrapping_makes_one_key, 2 },
	{ &token_key_goes_again_when_the_next_cannot_be, 2 },
	{ &both_token_keys_are_fetched, 0 },
	{ &only_a_password_s_and_an_encapsulated_key_are_kept, 0 },
	{ &an_encapsulated_key_is_as_its_template_says, 2 },
	{ &repeated_decapsulation_makes_one_key, 2 },
	{ &a_logout_meanwhile_makes_no_key_public, 2 },
	{ &only_who_may_decapsulates, 0 },
};

CHECK_MAIN("keyringd_transform", tests)
