/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that ask for anything in any order, take their replies or do not, and leave in
 * the middle: keyringd goes on, and nothing of them stays. STORM_SEED and STORM_STEPS are
 * the environment's.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cryptoki/mech.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

#define CLIENTS 6u
#define KEYS 6u
#define LOGINS 60u /* below what a host may have at once */

static struct keyringd k;
static struct raw clients[CLIENTS], owner;
static struct wire_id keys[KEYS];
static unsigned logins;

static unsigned
environment(const char *name, unsigned otherwise)
{
	const char *value = getenv(name);

	return value != NULL ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

static bool
toss(unsigned of)
{
	return (unsigned)random() % of == 0;
}

static const struct wire_id *
any_key(void)
{
	return &keys[(unsigned)random() % KEYS];
}

static struct wire_id
key_make(unsigned i)
{
	struct attrs a = ATTRS_INIT;
	struct wire_id id;

	attrs_set_bool(&a, CKA_TOKEN, i % 2 == 0);
	attrs_set_bool(&a, CKA_PRIVATE, i % 3 != 0);
	attrs_set_bool(&a, CKA_SENSITIVE, true);
	attrs_set_bool(&a, CKA_ENCRYPT, true);
	attrs_set_bool(&a, CKA_DECRYPT, true);
	attrs_set_bool(&a, CKA_WRAP, false);
	attrs_set_bool(&a, CKA_UNWRAP, false);
	attrs_set_ulong(&a, CKA_VALUE_LEN, 32);
	id = raw_generate(&owner, &a).id;
	attrs_free(&a);
	return id;
}

/* ---- what they do; none waits for its reply */

static void
ask_socket(struct raw *c)
{
	static const CK_MECHANISM_TYPE plain[] = { CKM_AES_CBC, CKM_AES_ECB, CKM_AES_CTR,
		CKM_AES_GCM, CKM_SHA256_HMAC, CKM_AES_CBC_PAD, 0 };
	struct wire_key_socket m = { c->slot, *any_key(),
		plain[(unsigned)random() % ARRAY_LEN(plain)] };

	send_request(c->fd, WIRE_KEY_SOCKET, 1, &m);
}

static void
ask_region(struct raw *c)
{
	struct wire_slot_request m = { c->slot };

	send_request(c->fd, WIRE_REGION, 1, &m);
}

static void
ask_operation(struct raw *c)
{
	static const uint8_t data[64];
	struct wire_op m = { .slot = c->slot,
		.flags = toss(3) ? WIRE_OP_FIRST : WIRE_OP_FIRST | WIRE_OP_LAST,
		.key = *any_key(),
		.mechanism = CKM_AES_ECB,
		.data = BYTES_OF(data) };

	send_request(c->fd, WIRE_OP, 1, &m);
}

static void
ask_object(struct raw *c)
{
	struct wire_object_request m = { c->slot, *any_key() };

	send_request(c->fd, WIRE_GET, 1, &m);
}

static void
ask_login(struct raw *c)
{
	struct wire_slot_request out = { c->slot };
	struct wire_login in = { .slot = c->slot,
		.role = CKU_USER,
		.request = raw_request(),
		.pin = BYTES_STR(stacked_env("USER_PIN")) };

	if (toss(2))
		send_request(c->fd, WIRE_LOGOUT, 1, &out);
	else if (logins++ < LOGINS)
		send_request(c->fd, WIRE_LOGIN, 1, &in);
}

/* May no longer be decrypted with: no socket of it fits then. */
static void
change_key(struct raw *c)
{
	struct attrs a = ATTRS_INIT;
	struct wire_change m = {
		.slot = c->slot, .request = raw_request(), .id = *any_key()
	};

	attrs_set_bool(&a, CKA_DECRYPT, toss(2));
	m.template = attrs_bytes(&a);
	send_request(c->fd, WIRE_SET, 1, &m);
	attrs_free(&a);
}

static void
replace_key(struct raw *c)
{
	const unsigned i = (unsigned)random() % KEYS;
	struct wire_destroy m = {
		.slot = owner.slot, .request = raw_request(), .ids = BYTES_OF(keys[i].b)
	};
	struct wire_header h;

	(void)c;
	send_request(owner.fd, WIRE_DESTROY, 1, &m);
	ck_assert(receive_reply(owner.fd, &h, &owner.payload));
	keys[i] = key_make(i);
}

static void
come_again(struct raw *c)
{
	const uint64_t slot = c->slot;
	struct wire_hello hello = {
		.min_version = 1, .max_version = 1, .program = BYTES_STR("storm")
	};

	raw_close(c);
	*c = (struct raw){ .fd = keyringd_connect(&k), .slot = slot };
	ck_assert_int_ge(c->fd, 0);
	send_request(c->fd, WIRE_HELLO, 1, &hello);
}

/* Replies as they come, in pieces; the kernel drops what descriptors there is no room for. */
static void
take_some(struct raw *c)
{
	static uint8_t bytes[65536];

	while (recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		;
}

static const struct deed {
	void (*what)(struct raw *c);
	unsigned often;
} deeds[] = {
	{ ask_socket, 30 },
	{ ask_region, 8 },
	{ ask_operation, 20 },
	{ ask_object, 10 },
	{ ask_login, 3 },
	{ change_key, 4 },
	{ replace_key, 2 },
	{ come_again, 3 },
	{ take_some, 20 },
};

static void
step(void)
{
	struct raw *c = &clients[(unsigned)random() % CLIENTS];
	unsigned at = (unsigned)random() % 100;
	size_t i = 0;

	while (at >= deeds[i].often)
		at -= deeds[i++].often;
	deeds[i].what(c);
	/* what nobody reads would stop the sender some day */
	if (toss(8))
		take_some(c);
}

static unsigned
descriptors(void)
{
	char command[96];
	unsigned n = 0;
	FILE *f;

	(void)snprintf(command, sizeof command, "ls /proc/%ld/fd 2>/dev/null | wc -l",
		(long)k.pid);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%u", &n), 1);
	(void)pclose(f);
	return n;
}

START_TEST (clients_that_keep_to_no_order_leave_nothing_behind) {
	const unsigned seed = environment("STORM_SEED", (unsigned)getpid());
	const unsigned steps = environment("STORM_STEPS", 6000);
	const char *label = stacked_env("TOKEN_LABEL");
	const struct region *map;
	unsigned before;

	printf("STORM_SEED=%u STORM_STEPS=%u\n", seed, steps);
	srandom(seed);
	k = stacked_keyringd();
	raw_open(&owner, &k, label, NULL);
	raw_login(&owner, CKU_USER);
	map = raw_region(&owner);
	for (unsigned i = 0; i < KEYS; i++)
		keys[i] = key_make(i);
	before = descriptors();
	for (unsigned i = 0; i < CLIENTS; i++)
		raw_open(&clients[i], &k, label, NULL);
	for (unsigned i = 0; i < steps; i++)
		step();
	for (unsigned i = 0; i < CLIENTS; i++)
		raw_close(&clients[i]);
	for (int i = 0; i < 200 && descriptors() > before; i++)
		(void)usleep(50000);
	ck_assert_uint_le(descriptors(), before);
	/* the one that kept to it has all it had */
	ck_assert_uint_gt(map->deadline, clock_us() / 1000);
	for (unsigned i = 0; i < KEYS; i++)
		raw_destroy(&owner, &keys[i]);
	raw_close(&owner);
}
END_TEST

static const struct check_test tests[] = {
	{ &clients_that_keep_to_no_order_leave_nothing_behind, 0 },
};

CHECK_MAIN("storm", tests)
