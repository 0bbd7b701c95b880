/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed sockets that keyringd passes. Where the kernel has no AF_ALG every case shows
 * that it says so instead, and that its own execution serves.
 */
#include <errno.h>
#include <linux/if_alg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cryptoki/mech.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

#define BLOCK 16u

static struct keyringd k;
static const char *label;
static bool kernel; /* has cbc(aes) */

static bool
kernel_has_cbc(void)
{
	struct sockaddr_alg at = {
		.salg_family = AF_ALG, .salg_type = "skcipher", .salg_name = "cbc(aes)"
	};
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 && bind(fd, (const void *)&at, sizeof at) == 0;

	if (fd >= 0)
		(void)close(fd);
	return has;
}

static void
setup(void)
{
	k = stacked_keyringd();
	label = stacked_env("TOKEN_LABEL");
	kernel = kernel_has_cbc();
}

struct usage {
	bool token, wrap, sign_only;
};

static struct raw_object
key_make(struct raw *c, struct usage u)
{
	struct attrs a = ATTRS_INIT;
	struct raw_object o;

	attrs_set_bool(&a, CKA_TOKEN, u.token);
	attrs_set_bool(&a, CKA_PRIVATE, true);
	attrs_set_bool(&a, CKA_SENSITIVE, true);
	attrs_set_bool(&a, CKA_ENCRYPT, !u.sign_only);
	attrs_set_bool(&a, CKA_DECRYPT, !u.sign_only);
	attrs_set_bool(&a, CKA_SIGN, u.sign_only);
	attrs_set_bool(&a, CKA_VERIFY, u.sign_only);
	attrs_set_bool(&a, CKA_WRAP, u.wrap);
	attrs_set_ulong(&a, CKA_VALUE_LEN, 32);
	o = raw_generate(c, &a);
	attrs_free(&a);
	return o;
}

static uint64_t
ask(struct raw *c, const struct wire_id *key, CK_MECHANISM_TYPE mechanism, int *ret)
{
	struct wire_key_socket m = { c->slot, *key, mechanism };

	return raw_ask_fd(c, WIRE_KEY_SOCKET, &m, ret);
}

/* Passed where there is something to pass: then a descriptor, else -1. */
static int
passed(struct raw *c, const struct wire_id *key)
{
	int fd;
	uint64_t rv = ask(c, key, CKM_AES_CBC, &fd);

	ck_assert_uint_eq(rv, kernel ? CKR_OK : CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert(kernel ? fd >= 0 : fd < 0);
	return fd;
}

/* Somebody else holds an operation of it: it cannot be given another key. */
static bool
is_held(int tfm)
{
	static const uint8_t other[16];

	if (setsockopt(tfm, SOL_ALG, ALG_SET_KEY, other, sizeof other) == 0)
		return false;
	ck_assert_int_eq(errno, EBUSY);
	return true;
}

static void
cbc_by_kernel(int op, const uint8_t iv[BLOCK], const uint8_t in[BLOCK], uint8_t *out)
{
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(4) + CMSG_SPACE(4 + BLOCK)];
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)in, BLOCK };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	struct cmsghdr *at = CMSG_FIRSTHDR(&m);
	const uint32_t encrypt = ALG_OP_ENCRYPT, n = BLOCK;

	*at = (struct cmsghdr){ CMSG_LEN(4), SOL_ALG, ALG_SET_OP };
	memcpy(CMSG_DATA(at), &encrypt, 4);
	at = CMSG_NXTHDR(&m, at);
	*at = (struct cmsghdr){ CMSG_LEN(4 + BLOCK), SOL_ALG, ALG_SET_IV };
	memcpy(CMSG_DATA(at), &n, 4);
	memcpy(CMSG_DATA(at) + 4, iv, BLOCK);
	ck_assert_int_eq(sendmsg(op, &m, 0), BLOCK);
	ck_assert_int_eq(recv(op, out, BLOCK, 0), BLOCK);
}

static void
cbc_by_keyringd(struct raw *c, const struct wire_id *key, const uint8_t iv[BLOCK],
	const uint8_t in[BLOCK], uint8_t *out)
{
	struct mech_params p = { .iv_len = BLOCK };
	struct buf encoded = BUF_INIT;
	struct wire_op_reply reply;
	struct wire_op m = { .slot = c->slot,
		.flags = WIRE_OP_FIRST | WIRE_OP_LAST,
		.kind = 0,
		.key = *key,
		.mechanism = CKM_AES_CBC,
		.data = BYTES(in, BLOCK) };

	memcpy(p.iv, iv, BLOCK);
	mech_params_encode(mech_lookup(CKM_AES_CBC), &p, &encoded);
	m.params = buf_bytes(&encoded);
	raw_ask(c, WIRE_OP, &m, CKR_OK, &reply);
	ck_assert_uint_eq(reply.data.n, BLOCK);
	memcpy(out, reply.data.p, BLOCK);
	buf_free(&encoded);
}

static const struct usage kinds[] = { { .token = true }, { .token = false } };

START_TEST (a_passed_socket_computes_what_keyringd_does) {
	uint8_t iv[BLOCK] = "an initial value", in[BLOCK] = "sixteen letters.";
	uint8_t here[BLOCK], there[BLOCK];
	struct raw c;
	struct raw_object key;
	int tfm, op;

	setup();
	raw_open(&c, &k, label, NULL);
	raw_login(&c, CKU_USER);
	key = key_make(&c, kinds[_i]);
	tfm = passed(&c, &key.id);
	cbc_by_keyringd(&c, &key.id, iv, in, there);
	if (kernel) {
		op = accept4(tfm, NULL, NULL, SOCK_CLOEXEC);
		ck_assert_int_ge(op, 0);
		cbc_by_kernel(op, iv, in, here);
		ck_assert_mem_eq(here, there, BLOCK);
		(void)close(op);
		ck_assert(is_held(tfm)); /* not by us any more */
		(void)close(tfm);
	}
	raw_destroy(&c, &key.id);
	raw_close(&c);
}
END_TEST

/* It keeps its copy of the key: what ends is its permission, told by the region. */
START_TEST (a_destroyed_keys_socket_is_revoked_by_its_cell) {
	uint8_t iv[BLOCK] = { 0 }, in[BLOCK] = { 0 }, before[BLOCK], after[BLOCK];
	const struct region *map;
	struct raw a, b;
	struct raw_object key;
	int tfm = -1, op = -1;

	setup();
	raw_open(&a, &k, label, NULL);
	raw_open(&b, &k, label, NULL);
	raw_login(&a, CKU_USER);
	raw_login(&b, CKU_USER);
	map = raw_region(&a);
	key = key_make(&b, kinds[0]);
	key = raw_get(&a, &key.id, CKR_OK);
	tfm = passed(&a, &key.id);
	if (kernel) {
		op = accept4(tfm, NULL, NULL, SOCK_CLOEXEC);
		cbc_by_kernel(op, iv, in, before);
		ck_assert(is_held(tfm));
	}
	ck_assert_uint_eq(map->cell[key.cell], key.count);
	raw_destroy(&b, &key.id);
	ck_assert_uint_ne(map->cell[key.cell], key.count);
	ck_assert_uint_eq(
		ask(&a, &key.id, CKM_AES_CBC, &(int){ 0 }), CKR_KEY_HANDLE_INVALID);
	if (kernel) {
		cbc_by_kernel(op, iv, in, after);
		ck_assert_mem_eq(before, after, BLOCK);
		(void)close(op);
		ck_assert(!is_held(tfm));
		(void)close(tfm);
	}
	raw_close(&a);
	raw_close(&b);
}
END_TEST

static void
wrap_allow(struct raw *c, const struct wire_id *id)
{
	struct attrs a = ATTRS_INIT;
	struct wire_change m = { .slot = c->slot, .request = raw_request(), .id = *id };

	attrs_set_bool(&a, CKA_WRAP, true);
	m.template = attrs_bytes(&a);
	raw_ask(c, WIRE_SET, &m, CKR_OK, NULL);
	attrs_free(&a);
}

START_TEST (a_key_that_may_wrap_is_passed_no_more) {
	struct raw c;
	struct raw_object key;
	int tfm, none;

	setup();
	raw_open(&c, &k, label, NULL);
	raw_login(&c, CKU_USER);
	key = key_make(&c, kinds[_i]);
	tfm = passed(&c, &key.id);
	wrap_allow(&c, &key.id);
	if (kernel)
		ck_assert(!is_held(tfm));
	ck_assert_uint_eq(
		ask(&c, &key.id, CKM_AES_CBC, &none), CKR_FUNCTION_NOT_SUPPORTED);
	ck_assert_int_eq(none, -1);
	(void)close(tfm);
	raw_destroy(&c, &key.id);
	raw_close(&c);
}
END_TEST

START_TEST (what_is_not_plain_or_not_permitted_is_refused) {
	static const struct {
		struct usage usage;
		CK_MECHANISM_TYPE mechanism;
	} rows[] = {
		{ { .wrap = true }, CKM_AES_CBC },
		{ { .sign_only = true }, CKM_AES_CBC },
		{ { .sign_only = true }, CKM_AES_ECB },
		{ { .token = true }, CKM_AES_CBC_PAD },
		{ { .token = true }, CKM_AES_CMAC },
		{ { .token = true }, CKM_SHA256_HMAC },
		{ { .token = true }, CKM_AES_KEY_GEN },
		{ { .token = true }, 0x7fffffff },
	};
	struct wire_id nothing = { { 1, 2, 3 } };
	struct raw c;
	int none;

	setup();
	raw_open(&c, &k, label, NULL);
	ck_assert_uint_eq(ask(&c, &nothing, CKM_AES_CBC, &none), CKR_KEY_HANDLE_INVALID);
	raw_login(&c, CKU_USER);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct raw_object key = key_make(&c, rows[i].usage);

		ck_assert_uint_eq(ask(&c, &key.id, rows[i].mechanism, &none),
			CKR_FUNCTION_NOT_SUPPORTED);
		ck_assert_int_eq(none, -1);
		raw_destroy(&c, &key.id);
	}
	raw_close(&c);
}
END_TEST

START_TEST (a_private_keys_socket_ends_with_the_login) {
	struct raw a, b;
	struct raw_object key;
	int tfm, other, none;

	setup();
	raw_open(&a, &k, label, NULL);
	raw_open(&b, &k, label, NULL);
	raw_login(&a, CKU_USER);
	key = key_make(&a, kinds[0]);
	ck_assert_uint_eq(ask(&b, &key.id, CKM_AES_CBC, &none), CKR_KEY_HANDLE_INVALID);
	raw_login(&b, CKU_USER);
	tfm = passed(&a, &key.id);
	other = passed(&b, &key.id);
	raw_logout(&a);
	if (kernel) {
		ck_assert(!is_held(tfm));
		ck_assert(is_held(other)); /* a transform of its own */
	}
	ck_assert_uint_eq(ask(&a, &key.id, CKM_AES_CBC, &none), CKR_KEY_HANDLE_INVALID);
	raw_destroy(&b, &key.id);
	(void)close(tfm);
	(void)close(other);
	raw_close(&a);
	raw_close(&b);
}
END_TEST

START_TEST (a_client_has_so_many_and_the_oldest_goes_first) {
	struct keyringd other;
	struct raw_object keys[3];
	struct raw c;
	int fds[3];

	setup();
	stacked_another(&other, "[limits]\nsockets = 2\n");
	raw_open(&c, &other, label, NULL);
	raw_login(&c, CKU_USER);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		keys[i] = key_make(&c, kinds[1]);
		fds[i] = passed(&c, &keys[i].id);
	}
	if (kernel) {
		ck_assert(!is_held(fds[0]));
		ck_assert(is_held(fds[1]));
		ck_assert(is_held(fds[2]));
		/* its session objects go with a client, and so does what is held */
		raw_close(&c);
		for (int i = 0; i < 500 && is_held(fds[2]); i++)
			(void)usleep(10000);
		ck_assert(!is_held(fds[1]));
	} else {
		raw_close(&c);
	}
	keyringd_stop(&other);
	keyringd_remove(&other);
}
END_TEST

START_TEST (strict_passes_nothing_and_says_so) {
	struct keyringd other;
	struct raw_object key;
	struct raw c;
	uint8_t policy;
	int none;

	setup();
	raw_open(&c, &k, label, &policy);
	ck_assert_uint_eq(policy, 0);
	raw_close(&c);
	stacked_another(
		&other, "[custody]\nrevocation = strict\n[crypto]\ndigest = openssl\n");
	raw_open(&c, &other, label, &policy);
	ck_assert_uint_eq(policy, WIRE_POLICY_STRICT | WIRE_POLICY_OPENSSL_DIGEST);
	raw_login(&c, CKU_USER);
	key = key_make(&c, kinds[1]);
	ck_assert_uint_eq(
		ask(&c, &key.id, CKM_AES_CBC, &none), CKR_FUNCTION_NOT_SUPPORTED);
	raw_close(&c);
	keyringd_stop(&other);
	keyringd_remove(&other);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_passed_socket_computes_what_keyringd_does, ARRAY_LEN(kinds) },
	{ &a_destroyed_keys_socket_is_revoked_by_its_cell, 0 },
	{ &a_key_that_may_wrap_is_passed_no_more, ARRAY_LEN(kinds) },
	{ &what_is_not_plain_or_not_permitted_is_refused, 0 },
	{ &a_private_keys_socket_ends_with_the_login, 0 },
	{ &a_client_has_so_many_and_the_oldest_goes_first, 0 },
	{ &strict_passes_nothing_and_says_so, 0 },
};

CHECK_MAIN("key_socket", tests)
