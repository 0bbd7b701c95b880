/* SPDX-License-Identifier: Apache-2.0 */
/* However much one user asks for, others are answered, and what keyringd does by the clock is
 * done. */
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cryptoki/derive.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

#define SOON_MS 500u
#define SOON_ROUNDS \
	12u /* of the loop, in each of which somebody asks for one thing that takes long */

#define MANY 60u /* connections of one user */

static struct keyringd k;

static void
teardown(void)
{
	keyringd_stop(&k);
	keyringd_remove(&k);
}

/* ---- what takes long */

static void
base_describe(struct attrs *to)
{
	attrs_set_ulong(to, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(to, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
	attrs_set_bool(to, CKA_DERIVE, true);
}

/* A public one of the token, made with another keyringd. */
static struct wire_id
base_make(void)
{
	static const uint8_t value[32] = { 1 };
	const struct keyringd stacks = stacked_keyringd();
	struct attrs a = ATTRS_INIT;
	struct raw_object base;
	struct raw c;

	base_describe(&a);
	attrs_set_bool(&a, CKA_TOKEN, true);
	attrs_set_bool(&a, CKA_PRIVATE, false);
	attrs_set_bool(&a, CKA_SENSITIVE, false);
	attrs_set_bool(&a, CKA_EXTRACTABLE, true);
	attrs_set(&a, CKA_VALUE, BYTES_OF(value));
	raw_open(&c, &stacks, stacked_env("TOKEN_LABEL"), NULL);
	raw_login(&c, CKU_USER);
	base = raw_create(&c, &a);
	raw_logout(&c);
	raw_close(&c);
	attrs_free(&a);
	return base.id;
}

/* 8 MiB are hashed for it, and nothing is made. by: a key of the token, or NULL. */
static void
derivation_encode(const struct raw *c, const struct wire_id *by, struct buf *to)
{
	static uint8_t text[4096];
	static CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 32 };
	static CK_PRF_DATA_PARAM data[] = {
		{ CK_SP800_108_ITERATION_VARIABLE, &counter, sizeof counter },
		{ CK_SP800_108_BYTE_ARRAY, text, sizeof text },
	};
	static CK_SP800_108_KDF_PARAMS kdf = { CKM_SHA256_HMAC, ARRAY_LEN(data), data, 0,
		NULL };
	static const struct wire_id own;
	static const CK_MECHANISM mechanism = { CKM_SP800_108_COUNTER_KDF, &kdf,
		sizeof kdf };
	struct derive_params params = DERIVE_PARAMS_NONE;
	struct attrs of_base = ATTRS_INIT, template = ATTRS_INIT;
	struct wire_key base = { .id = by != NULL ? *by : own };
	struct wire_derive m = {
		.slot = c->slot, .read_only = 1, .mechanism = mechanism.mechanism
	};
	struct buf encoded = BUF_INIT;

	base_describe(&of_base);
	if (by == NULL) {
		base.attributes = attrs_bytes(&of_base);
		base.value = BYTES(text, 32);
	}
	wire_encode(wire_key_fields, &base, &encoded);
	attrs_set_ulong(&template, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
	attrs_set_ulong(&template, CKA_VALUE_LEN, SECRET_KEY_MAX);
	attrs_set_bool(&template, CKA_TOKEN, true);
	attrs_set_bool(&template, CKA_PRIVATE, false);
	ck_assert_uint_eq(
		derive_params_pack(mech_lookup(mechanism.mechanism), &mechanism, &params),
		CKR_OK);
	m.params = buf_bytes(&params.packed);
	m.base = buf_bytes(&encoded);
	m.template = attrs_bytes(&template);
	wire_frame(to, WIRE_DERIVE, 0, 1, 0, wire_messages[WIRE_DERIVE].request, &m);
	ck_assert(buf_ok(to) && buf_ok(&encoded) && attrs_ok(&template));
	derive_params_free(&params);
	buf_free(&encoded);
	attrs_free(&of_base);
	attrs_free(&template);
}

/* ---- who waits */

static unsigned
ms_since(uint64_t began_us)
{
	return (unsigned)((clock_us() - began_us) / 1000);
}

/* In which others are answered, where one thing takes so long. */
static unsigned
soon_ms(unsigned one_ms)
{
	const unsigned rounds = SOON_ROUNDS * one_ms;

	return rounds > slower(SOON_MS) ? rounds : slower(SOON_MS);
}

/* A client of root's comes, and sees its slots. */
static unsigned
visit_ms(void)
{
	const uint64_t began = clock_us();
	struct raw c;

	raw_open(&c, &k, stacked_env("TOKEN_LABEL"), NULL);
	raw_close(&c);
	return ms_since(began);
}

/* Where keyringd, started next, says that it lives. */
static int
notified(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	socklen_t n = sizeof at;
	char name[64];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (const void *)&at, sizeof at.sun_family), 0);
	ck_assert_int_eq(getsockname(fd, (void *)&at, &n), 0);
	n -= offsetof(struct sockaddr_un, sun_path) + 1;
	(void)snprintf(name, sizeof name, "@%.*s", (int)n, at.sun_path + 1);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
	ck_assert_int_eq(setenv("WATCHDOG_USEC", "400000", 1), 0);
	return fd;
}

static unsigned
signs_of_life(int fd)
{
	char text[256];
	unsigned n = 0;
	ssize_t got;

	while ((got = recv(fd, text, sizeof text, 0)) > 0)
		n += bytes_equal(BYTES(text, (size_t)got), BYTES_STR("WATCHDOG=1"));
	return n;
}

/* A keyringd, and where it says that it lives. */
static int
watched_keyringd(void)
{
	const int life = notified();

	stacked_another(&k, "");
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	return life;
}

/* In which others are answered: of one derivation. */
static unsigned
soon_here(struct raw *c)
{
	const uint64_t began = clock_us();
	struct buf request = BUF_INIT;

	derivation_encode(c, NULL, &request);
	send_all(c->fd, request.p, request.n);
	expect_reply(c->fd, WIRE_DERIVE, CKR_SESSION_READ_ONLY, NULL, &c->payload);
	buf_free(&request);
	return soon_ms(ms_since(began));
}

/* Of each, what its socket can hold. */
static void
derivations_send(struct raw *c, size_t n, const struct wire_id *by)
{
	struct buf requests = BUF_INIT;

	for (unsigned i = 0; i < 16; i++)
		derivation_encode(c, by, &requests);
	for (size_t i = 0; i < n; i++)
		send_all(c[i].fd, requests.p, requests.n);
	buf_free(&requests);
}

static void
expect_turns_for_others(int life, unsigned soon)
{
	const uint64_t began = clock_us();
	unsigned alive = 0;

	while (ms_since(began) < slower(2000)) {
		const unsigned took = visit_ms();

		ck_assert_msg(took < soon, "%u ms", took);
		alive += signs_of_life(life);
		(void)usleep(20000);
	}
	/* ten of them at least, were the machine idle */
	ck_assert_uint_ge(alive, 4);
}

START_TEST (who_asks_for_much_leaves_turns_to_others) {
	struct raw c[MANY];
	unsigned soon;
	int life;

	if (skip_if(geteuid() != 0, NEEDS_ROOT))
		return;
	life = watched_keyringd();
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		raw_open_somebody(&c[i], &k, stacked_env("TOKEN_LABEL"));
	soon = soon_here(&c[0]);
	(void)signs_of_life(life);
	derivations_send(c, ARRAY_LEN(c), NULL);
	expect_turns_for_others(life, soon);
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		raw_close(&c[i]);
	(void)close(life);
	teardown();
}
END_TEST

/* Whose first comes first is left to keyringd, and all of it takes long. */
static void
expect_one_answered(struct raw *c)
{
	struct pollfd ready[MANY];
	size_t i = 0;

	for (size_t j = 0; j < MANY; j++)
		ready[j] = (struct pollfd){ .fd = c[j].fd, .events = POLLIN };
	ck_assert_int_gt(poll(ready, MANY, 30000), 0);
	while (ready[i].revents == 0)
		i++;
	expect_reply(c[i].fd, WIRE_DERIVE, CKR_SESSION_READ_ONLY, NULL, &c[i].payload);
}

/* All of them wait for the index, which comes at once for all, and then for the key's value. */
START_TEST (requests_that_were_held_leave_turns_to_others) {
	struct raw c[MANY];
	struct wire_id base;
	unsigned soon;
	int life;

	if (skip_if(geteuid() != 0, NEEDS_ROOT))
		return;
	base = base_make();
	life = watched_keyringd();
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		raw_open_somebody(&c[i], &k, stacked_env("TOKEN_LABEL"));
	stacked_keystored_stop();
	soon = soon_here(&c[0]);
	derivations_send(c, ARRAY_LEN(c), &base);
	(void)usleep(300000);
	(void)signs_of_life(life);
	stacked_keystored_go_on();
	expect_turns_for_others(life, soon);
	/* that was what they asked for */
	expect_one_answered(c);
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		raw_close(&c[i]);
	(void)close(life);
	teardown();
}
END_TEST

/* ---- calls to the keystore */

#define CALLS 200u /* of a connection */

/* Of an object that there is not: the keystore is asked, whoever asks. */
static void
destruction_encode(const struct raw *c, struct buf *to)
{
	const struct wire_id request = raw_request(), none = { { 1 } };
	struct wire_destroy m = {
		.slot = c->slot, .request = request, .ids = BYTES_OF(none.b)
	};

	wire_frame(to, WIRE_DESTROY, 0, 1, 0, wire_messages[WIRE_DESTROY].request, &m);
	ck_assert(buf_ok(to));
}

/* Replies that have come and are not taken. */
static unsigned
replies_here(struct raw *c, size_t n)
{
	unsigned all = 0;
	int bytes = 0;

	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(ioctl(c[i].fd, FIONREAD, &bytes), 0);
		all += (unsigned)bytes / WIRE_HEADER;
	}
	return all;
}

START_TEST (one_users_calls_leave_the_keystore_to_others) {
	struct raw c[100], other;
	struct buf requests = BUF_INIT;
	struct wire_header h;
	unsigned before_other;
	long memory;

	if (skip_if(geteuid() != 0, NEEDS_ROOT))
		return;
	stacked_another(&k, "");
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		raw_open_somebody(&c[i], &k, stacked_env("TOKEN_LABEL"));
	raw_open(&other, &k, stacked_env("TOKEN_LABEL"), NULL);
	memory = keyringd_memory(&k);
	stacked_keystored_stop();
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		buf_reset(&requests);
		for (unsigned j = 0; j < CALLS; j++)
			destruction_encode(&c[i], &requests);
		send_all(c[i].fd, requests.p, requests.n);
	}
	(void)usleep(slower(300) * 1000);
	buf_reset(&requests);
	destruction_encode(&other, &requests);
	send_all(other.fd, requests.p, requests.n);
	memory = keyringd_memory(&k) - memory;
	stacked_keystored_go_on();
	ck_assert_int_lt(memory, 8000);
	expect_reply(
		other.fd, WIRE_DESTROY, CKR_OBJECT_HANDLE_INVALID, NULL, &other.payload);
	before_other = replies_here(c, ARRAY_LEN(c));
	/* some hundreds, and what came until we look */
	ck_assert_msg(before_other < 15000, "%u calls came first", before_other);
	/* who waited is answered too */
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		for (unsigned j = 0; j < CALLS; j++) {
			ck_assert(receive_reply(c[i].fd, &h, &c[i].payload));
			ck_assert_uint_eq(h.rv, CKR_OBJECT_HANDLE_INVALID);
		}
		raw_close(&c[i]);
	}
	buf_free(&requests);
	raw_close(&other);
	teardown();
}
END_TEST

/* More than are under way together, and more than have room when some of them have ended. */
#define ASKERS 700u
#define ASKED 3u /* each so often, however often others are answered meanwhile */

/* Whoever has a reply asks again. */
static void
askers_go_round(struct raw *c, unsigned *counts)
{
	static struct pollfd ready[ASKERS];
	struct buf request = BUF_INIT;
	struct wire_header h;

	for (size_t i = 0; i < ASKERS; i++)
		ready[i] = (struct pollfd){ .fd = c[i].fd, .events = POLLIN };
	ck_assert_int_gt(poll(ready, ASKERS, 10000), 0);
	for (size_t i = 0; i < ASKERS; i++) {
		if (ready[i].revents == 0)
			continue;
		ck_assert(receive_reply(c[i].fd, &h, &c[i].payload));
		ck_assert_uint_eq(h.rv, CKR_OBJECT_HANDLE_INVALID);
		counts[i]++;
		buf_reset(&request);
		destruction_encode(&c[i], &request);
		send_all(c[i].fd, request.p, request.n);
	}
	buf_free(&request);
}

static unsigned
fewest(const unsigned *counts)
{
	unsigned n = counts[0];

	for (size_t i = 1; i < ASKERS; i++)
		n = counts[i] < n ? counts[i] : n;
	return n;
}

START_TEST (each_of_a_users_connections_has_its_calls) {
	static struct raw c[ASKERS];
	static unsigned counts[ASKERS];
	struct buf request = BUF_INIT;
	struct rlimit limit;
	uint64_t began;

	if (skip_if(geteuid() != 0, NEEDS_ROOT))
		return;
	/* two for each in keyringd, which has it from here */
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	if (skip_if(limit.rlim_cur < 4 * ASKERS, "too few descriptors are allowed"))
		return;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	stacked_another(&k, "");
	for (size_t i = 0; i < ASKERS; i++)
		raw_open_somebody(&c[i], &k, stacked_env("TOKEN_LABEL"));
	/* more are asked for than may be under way */
	stacked_keystored_stop();
	for (size_t i = 0; i < ASKERS; i++) {
		buf_reset(&request);
		destruction_encode(&c[i], &request);
		send_all(c[i].fd, request.p, request.n);
	}
	(void)usleep(200000);
	stacked_keystored_go_on();
	began = clock_us();
	while (fewest(counts) < ASKED) {
		askers_go_round(c, counts);
		ck_assert_msg(ms_since(began) < slower(20000), "one has %u replies",
			fewest(counts));
	}
	for (size_t i = 0; i < ASKERS; i++)
		raw_close(&c[i]);
	buf_free(&request);
	teardown();
}
END_TEST

static const struct check_test tests[] = {
	{ &who_asks_for_much_leaves_turns_to_others, 0 },
	{ &requests_that_were_held_leave_turns_to_others, 0 },
	{ &one_users_calls_leave_the_keystore_to_others, 0 },
	{ &each_of_a_users_connections_has_its_calls, 0 },
};

CHECK_MAIN("turns", tests)
