/* SPDX-License-Identifier: Apache-2.0 */
/* The regions that keyringd passes to its clients, beside a keystore. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cryptoki/pkcs11.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

static struct keyringd k;
static const char *label;

static void
setup(void)
{
	k = stacked_keyringd();
	label = stacked_env("TOKEN_LABEL");
}

/* Microseconds until it is true; fails after ten seconds, more on a slow machine. */
#define WAIT_US(expression)                                                           \
	__extension__({                                                               \
		uint64_t begun_ = clock_us();                                         \
		while (!(expression)) {                                               \
			ck_assert_uint_lt(                                            \
				clock_us() - begun_, slower(10000) * UINT64_C(1000)); \
			(void)usleep(200);                                            \
		}                                                                     \
		clock_us() - begun_;                                                  \
	})

START_TEST (a_region_is_the_tokens_and_alive) {
	struct raw a, b;
	const struct region *one, *other;

	setup();
	raw_open(&a, &k, label, NULL);
	raw_open(&b, &k, label, NULL);
	one = raw_region(&a);
	other = raw_region(&b);
	ck_assert_uint_eq(one->magic, REGION_MAGIC);
	ck_assert_uint_eq(one->version, REGION_VERSION);
	ck_assert_uint_eq(one->epoch, other->epoch);
	ck_assert_uint_gt(one->deadline, clock_us() / 1000);
	/* the same pages for both */
	raw_login(&a, CKU_USER);
	(void)raw_data(&a, "page");
	raw_close(&a);
	raw_close(&b);
}
END_TEST

START_TEST (a_change_is_seen_by_others_before_it_is_acknowledged) {
	struct raw a, b;
	const struct region *map;
	struct raw_object made, seen;

	setup();
	raw_open(&a, &k, label, NULL);
	raw_open(&b, &k, label, NULL);
	map = raw_region(&b);
	raw_login(&a, CKU_USER);
	made = raw_data(&a, "watched");
	seen = raw_get(&b, &made.id, CKR_OK);
	ck_assert_uint_ne(seen.cell, WIRE_NO_CELL);
	ck_assert_uint_eq(seen.count, map->cell[seen.cell]);
	ck_assert(made.cell == seen.cell && made.count == seen.count);
	raw_set_label(&a, &made.id, "changed");
	/* no message to b, and no time for one */
	ck_assert_uint_eq(map->cell[seen.cell], seen.count + 1);
	seen = raw_get(&b, &made.id, CKR_OK);
	ck_assert_uint_eq(seen.count, map->cell[seen.cell]);
	raw_destroy(&a, &made.id);
	ck_assert_uint_eq(map->cell[seen.cell], seen.count + 1);
	(void)raw_get(&b, &made.id, CKR_OBJECT_HANDLE_INVALID);
	raw_close(&a);
	raw_close(&b);
}
END_TEST

/* One host's change, another keyringd's region: through the keystore. */
START_TEST (a_change_elsewhere_arrives_within_milliseconds) {
	struct keyringd far;
	struct raw a, b;
	const struct region *map;
	struct raw_object made, seen;
	uint64_t us[8], most = 0;

	setup();
	stacked_another(&far, "");
	raw_open(&a, &k, label, NULL);
	raw_open(&b, &far, label, NULL);
	raw_login(&a, CKU_USER);
	map = raw_region(&b);
	for (size_t i = 0; i < ARRAY_LEN(us); i++) {
		made = raw_data(&a, "far away");
		while (true) {
			struct wire_object_request m = { b.slot, made.id };
			struct wire_header h;

			send_request(b.fd, WIRE_GET, 1, &m);
			ck_assert(receive_reply(b.fd, &h, &b.payload));
			if (h.rv == CKR_OK)
				break;
			ck_assert_uint_eq(h.rv, CKR_OBJECT_HANDLE_INVALID);
			(void)usleep(1000);
		}
		seen = raw_get(&b, &made.id, CKR_OK);
		ck_assert_uint_eq(seen.count, map->cell[seen.cell]);
		raw_destroy(&a, &made.id);
		us[i] = WAIT_US(map->cell[seen.cell] != seen.count);
		most = us[i] > most ? us[i] : most;
	}
	printf("a destroyed object: %llu us later at most\n", (unsigned long long)most);
	/* a loaded machine; some ms on a quiet one */
	ck_assert_uint_lt(most, slower(2000) * UINT64_C(1000));
	raw_close(&a);
	raw_close(&b);
	keyringd_stop(&far);
	keyringd_remove(&far);
}
END_TEST

START_TEST (a_token_that_is_deleted_takes_what_was_known_of_it) {
	struct raw a, b;
	const struct region *map;
	struct raw_object private, public;
	struct attrs t = ATTRS_INIT;
	uint64_t epoch;

	setup();
	stacked_token("doomed");
	raw_open(&a, &k, "doomed", NULL);
	raw_open(&b, &k, "doomed", NULL);
	raw_login(&a, CKU_USER);
	map = raw_region(&a);
	public = raw_data(&a, "public");
	attrs_set_ulong(&t, CKA_CLASS, CKO_DATA);
	attrs_set_bool(&t, CKA_TOKEN, true);
	attrs_set_bool(&t, CKA_PRIVATE, true);
	private = raw_create(&a, &t);
	attrs_free(&t);
	ck_assert_uint_eq(raw_get(&b, &public.id, CKR_OK).cell, public.cell);
	(void)raw_get(&b, &private.id, CKR_OBJECT_HANDLE_INVALID);
	epoch = map->epoch;
	stacked_token_delete("doomed");
	printf("a deleted token: %llu us after the command\n",
		(unsigned long long)WAIT_US(map->epoch != epoch));
	(void)raw_get(&a, &public.id, CKR_DEVICE_REMOVED);
	raw_close(&a);
	raw_close(&b);
}
END_TEST

START_TEST (a_token_that_is_made_anew_ends_logins_and_says_so) {
	struct raw user, officer;
	const struct region *map;
	struct wire_init_token again = { .label = BYTES_STR("anew") };
	struct attrs t = ATTRS_INIT;
	struct raw_object key;
	uint64_t epoch;

	setup();
	stacked_token("anew");
	raw_open(&user, &k, "anew", NULL);
	raw_open(&officer, &k, "anew", NULL);
	raw_login(&user, CKU_USER);
	map = raw_region(&user);
	attrs_set_bool(&t, CKA_TOKEN, true);
	attrs_set_bool(&t, CKA_PRIVATE, true);
	attrs_set_ulong(&t, CKA_VALUE_LEN, 32);
	key = raw_generate(&user, &t);
	attrs_free(&t);
	epoch = map->epoch;
	again.slot = officer.slot;
	again.request = raw_request();
	again.pin = BYTES_STR(stacked_env("SO_PIN"));
	raw_ask(&officer, WIRE_INIT_TOKEN, &again, CKR_OK, NULL);
	ck_assert_uint_ne(map->epoch, epoch);
	(void)raw_get(&user, &key.id, CKR_USER_NOT_LOGGED_IN);
	stacked_token_delete("anew");
	raw_close(&user);
	raw_close(&officer);
}
END_TEST

START_TEST (the_last_logout_takes_private_objects_out_of_every_region) {
	struct raw a, b;
	const struct region *map;
	struct attrs t = ATTRS_INIT;
	struct raw_object private;
	uint64_t epoch;

	setup();
	raw_open(&a, &k, label, NULL);
	raw_open(&b, &k, label, NULL);
	raw_login(&a, CKU_USER);
	raw_login(&b, CKU_USER);
	map = raw_region(&a);
	attrs_set_ulong(&t, CKA_CLASS, CKO_DATA);
	attrs_set_bool(&t, CKA_TOKEN, true);
	attrs_set_bool(&t, CKA_PRIVATE, true);
	private = raw_create(&a, &t);
	attrs_free(&t);
	epoch = map->epoch;
	raw_logout(&b); /* its own doing: nobody else is bothered */
	ck_assert_uint_eq(map->epoch, epoch);
	(void)raw_get(&a, &private.id, CKR_OK);
	raw_logout(&a);
	ck_assert_uint_ne(map->epoch, epoch);
	(void)raw_get(&a, &private.id, CKR_OBJECT_HANDLE_INVALID);
	raw_login(&a, CKU_USER);
	raw_destroy(&a, &private.id);
	raw_close(&a);
	raw_close(&b);
}
END_TEST

/* ---- hostile clients */

static unsigned
descriptors(const struct keyringd *of)
{
	char command[96];
	unsigned n = 0;
	FILE *f;

	(void)snprintf(command, sizeof command, "ls /proc/%ld/fd 2>/dev/null | wc -l",
		(long)of->pid);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%u", &n), 1);
	(void)pclose(f);
	return n;
}

START_TEST (who_does_not_read_gets_few_descriptors) {
	struct wire_slot_request m;
	unsigned got = 0, refused = 0;
	struct raw c;

	setup();
	raw_open(&c, &k, label, NULL);
	m.slot = c.slot;
	for (unsigned i = 0; i < 100; i++)
		send_request(c.fd, WIRE_REGION, i, &m);
	(void)usleep(slower(300) * 1000);
	for (unsigned i = 0; i < 100; i++) {
		int fd, flags;
		uint64_t rv = raw_receive_fd(&c, &fd, &flags);

		ck_assert(rv == CKR_OK ? fd >= 0 : rv == CKR_DEVICE_MEMORY && fd < 0);
		*(fd >= 0 ? &got : &refused) += 1;
		if (fd >= 0)
			(void)close(fd);
	}
	ck_assert_uint_ge(got, 1);
	ck_assert_uint_le(got, 8);
	ck_assert_uint_eq(got + refused, 100);
	(void)raw_region(&c); /* it has read: one more is no trouble */
	raw_close(&c);
}
END_TEST

START_TEST (who_has_no_descriptor_left_goes_on_without) {
	struct wire_slot_request m;
	struct rlimit limit;
	struct raw c;
	int fd, flags;

	setup();
	raw_open(&c, &k, label, NULL);
	m.slot = c.slot;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	fd = dup(c.fd); /* the next number there is */
	(void)close(fd);
	limit.rlim_cur = (rlim_t)fd;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	send_request(c.fd, WIRE_REGION, 1, &m);
	ck_assert_uint_eq(raw_receive_fd(&c, &fd, &flags), CKR_OK);
	ck_assert_int_eq(flags & MSG_CTRUNC, MSG_CTRUNC);
	ck_assert_int_eq(fd, -1);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	(void)raw_region(&c);
	raw_close(&c);
}
END_TEST

START_TEST (who_asks_and_leaves_costs_nothing) {
	struct wire_slot_request m;
	unsigned before;
	struct raw c;

	setup();
	raw_open(&c, &k, label, NULL);
	(void)raw_region(&c);
	before = descriptors(&k);
	for (unsigned i = 0; i < 50; i++) {
		struct raw other;

		raw_open(&other, &k, label, NULL);
		m.slot = other.slot;
		for (unsigned j = 0; j < 4; j++)
			send_request(other.fd, WIRE_REGION, j, &m);
		raw_close(&other);
	}
	(void)WAIT_US(descriptors(&k) <= before);
	(void)raw_region(&c);
	raw_close(&c);
}
END_TEST

START_TEST (a_descriptor_that_comes_with_a_request_is_dropped) {
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct buf frame = BUF_INIT;
	struct iovec iov;
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	struct wire_slot_request q;
	struct raw c;
	int ends[2], fd, flags;
	char byte;

	setup();
	raw_open(&c, &k, label, NULL);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	q.slot = c.slot;
	wire_frame(&frame, WIRE_REGION, 0, 1, 0, wire_messages[WIRE_REGION].request, &q);
	iov = (struct iovec){ frame.p, frame.n };
	control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.head), &ends[1], sizeof ends[1]);
	ck_assert_int_eq(sendmsg(c.fd, &m, 0), (int)frame.n);
	(void)close(ends[1]);
	ck_assert_uint_eq(raw_receive_fd(&c, &fd, &flags), CKR_OK);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	/* nobody has the other end */
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	(void)close(ends[0]);
	buf_free(&frame);
	raw_close(&c);
}
END_TEST

START_TEST (a_region_is_over_when_its_keyringd_is) {
	struct keyringd other;
	const struct region *map;
	char lease[64];
	struct raw c;

	setup();
	(void)snprintf(lease, sizeof lease, "[custody]\nlease = %us\n", slower(1));
	stacked_another(&other, lease);
	raw_open(&c, &other, label, NULL);
	map = raw_region(&c);
	(void)usleep(slower(1500) * 1000);
	ck_assert_uint_gt(map->deadline, clock_us() / 1000); /* renewed */
	keyringd_stop(&other);
	ck_assert_uint_eq(map->deadline, 0);
	raw_close(&c);
	keyringd_again(&other);
	raw_open(&c, &other, label, NULL);
	map = raw_region(&c);
	ck_assert_int_eq(kill(other.pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(other.pid, NULL, 0), other.pid);
	(void)usleep(slower(1200) * 1000);
	ck_assert_uint_lt(map->deadline, clock_us() / 1000);
	raw_close(&c);
	keyringd_remove(&other);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_region_is_the_tokens_and_alive, 0 },
	{ &a_change_is_seen_by_others_before_it_is_acknowledged, 0 },
	{ &a_change_elsewhere_arrives_within_milliseconds, 0 },
	{ &a_token_that_is_deleted_takes_what_was_known_of_it, 0 },
	{ &a_token_that_is_made_anew_ends_logins_and_says_so, 0 },
	{ &the_last_logout_takes_private_objects_out_of_every_region, 0 },
	{ &who_does_not_read_gets_few_descriptors, 0 },
	{ &who_has_no_descriptor_left_goes_on_without, 0 },
	{ &who_asks_and_leaves_costs_nothing, 0 },
	{ &a_descriptor_that_comes_with_a_request_is_dropped, 0 },
	{ &a_region_is_over_when_its_keyringd_is, 0 },
};

CHECK_MAIN("passing", tests)
