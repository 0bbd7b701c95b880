/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile or broken program can do to keyringd's socket. */
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cryptoki/pkcs11.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/process.h"

static struct keyringd k;

static void
setup(void)
{
	keyringd_start(&k, "[limits]\nconnections = 8\n");
}

/* Whatever was done: it still serves others, and ends as it should. */
static void
teardown(void)
{
	uint8_t secret[WIRE_SECRET];
	int fd = keyringd_connect(&k);

	ck_assert_int_ge(fd, 0);
	ck_assert(!say_hello(fd, secret, false));
	(void)close(fd);
	keyringd_stop(&k);
	keyringd_remove(&k);
}

static int
greeted(uint8_t secret[WIRE_SECRET])
{
	int fd = keyringd_connect(&k);

	ck_assert_int_ge(fd, 0);
	(void)say_hello(fd, secret, false);
	return fd;
}

struct head {
	uint32_t length;
	uint16_t type, flags;
	uint64_t rv;
};

static void
send_head(int fd, struct head h, size_t body)
{
	const struct wire_header header = {
		.length = h.length, .type = h.type, .flags = h.flags, .rv = h.rv
	};
	static const uint8_t zeroes[4096];
	uint8_t head[WIRE_HEADER];

	wire_header_encode(&header, head);
	send_all(fd, head, sizeof head);
	send_all(fd, zeroes, body);
}

static const struct {
	struct head head;
	size_t body;
	bool hello; /* after a good one */
} garbage[] = {
	{ { .length = 0, .type = 0 }, 0, false },
	{ { .length = 0, .type = 999 }, 0, false },
	{ { .length = UINT32_MAX, .type = WIRE_HELLO }, 0, false },
	{ { .length = WIRE_MAX_HELLO + 1, .type = WIRE_HELLO }, 0, false },
	{ { .length = 0, .type = WIRE_SLOTS }, 0, false }, /* before its hello */
	{ { .length = 3, .type = WIRE_HELLO }, 3, false },
	{ { .length = 17, .type = WIRE_HELLO }, 17, false },
	{ { .length = 0, .type = WIRE_SLOTS, .flags = WIRE_REPLY }, 0, true },
	{ { .length = 0, .type = WIRE_SLOTS, .flags = 2 }, 0, true },
	{ { .length = 0, .type = WIRE_SLOTS, .rv = 1 }, 0, true },
	{ { .length = 1, .type = WIRE_SLOTS }, 1, true },
	{ { .length = WIRE_MAX_PAYLOAD + 1, .type = WIRE_OP }, 0, true },
	{ { .length = 16, .type = WIRE_HELLO }, 16, true }, /* a second one */
	{ { .length = 2000, .type = WIRE_LOGIN }, 2000, true },
	{ { .length = 0, .type = WIRE_TYPES }, 0, true },
};

START_TEST (garbage_ends_its_connection) {
	uint8_t secret[WIRE_SECRET];
	int fd;

	setup();
	fd = garbage[_i].hello ? greeted(secret) : keyringd_connect(&k);
	send_head(fd, garbage[_i].head, garbage[_i].body);
	ck_assert(is_closed(fd, 30000));
	(void)close(fd);
	teardown();
}
END_TEST

START_TEST (nobody_waits_for_a_hello_for_ever) {
	int quiet, slow;

	setup();
	quiet = keyringd_connect(&k);
	slow = keyringd_connect(&k);
	for (unsigned i = 0; i < 7; i++) { /* a byte a second keeps nothing alive */
		if (send(slow, "\0", 1, MSG_NOSIGNAL) != 1)
			break;
		(void)sleep(1);
	}
	ck_assert(is_closed(quiet, 30000));
	ck_assert(is_closed(slow, 30000));
	(void)close(quiet);
	(void)close(slow);
	teardown();
}
END_TEST

START_TEST (an_announced_length_is_not_allocated) {
	uint8_t secret[WIRE_SECRET];
	int fds[8];
	long before;

	setup();
	fds[0] = greeted(secret);
	before = keyringd_memory(&k);
	for (unsigned i = 1; i < ARRAY_LEN(fds); i++) {
		fds[i] = keyringd_connect(&k);
		ck_assert(say_hello(fds[i], secret, true));
	}
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		send_head(fds[i], (struct head){ WIRE_MAX_PAYLOAD, WIRE_OP, 0, 0 }, 100);
	(void)usleep(slower(300) * 1000);
	ck_assert_int_lt(keyringd_memory(&k) - before, 6000);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		(void)close(fds[i]);
	teardown();
}
END_TEST

START_TEST (a_request_in_single_bytes_is_answered) {
	uint8_t secret[WIRE_SECRET];
	struct wire_slot_request m = { 12345 };
	struct buf frame = BUF_INIT, payload = BUF_INIT;
	int fd;

	setup();
	fd = greeted(secret);
	wire_frame(&frame, WIRE_LOGOUT, 0, 9, 0, wire_messages[WIRE_LOGOUT].request, &m);
	for (size_t i = 0; i < frame.n; i++) {
		send_all(fd, frame.p + i, 1);
		(void)usleep(500);
	}
	expect_reply(fd, WIRE_LOGOUT, CKR_SLOT_ID_INVALID, NULL, &payload);
	buf_free(&frame);
	buf_free(&payload);
	(void)close(fd);
	teardown();
}
END_TEST

START_TEST (many_requests_at_once_are_all_answered) {
	uint8_t secret[WIRE_SECRET];
	struct wire_slot_request m = { 12345 };
	struct buf frames = BUF_INIT, payload = BUF_INIT;
	int fd;

	setup();
	fd = greeted(secret);
	for (uint64_t i = 0; i < 1000; i++)
		wire_frame(&frames, WIRE_LOGOUT, 0, i, 0,
			wire_messages[WIRE_LOGOUT].request, &m);
	send_all(fd, frames.p, frames.n);
	for (uint64_t i = 0; i < 1000; i++) {
		struct wire_header h;

		ck_assert(receive_reply(fd, &h, &payload));
		ck_assert_uint_eq(h.id, i);
		ck_assert_uint_eq(h.rv, CKR_SLOT_ID_INVALID);
	}
	buf_free(&frames);
	buf_free(&payload);
	(void)close(fd);
	teardown();
}
END_TEST

START_TEST (who_stops_reading_is_not_read_and_costs_little) {
	uint8_t secret[WIRE_SECRET];
	struct wire_slot_request m = { 12345 };
	struct buf frame = BUF_INIT;
	size_t sent = 0;
	long before;
	int fd;

	setup();
	fd = greeted(secret);
	before = keyringd_memory(&k);
	for (unsigned i = 0; i < 1000; i++)
		wire_frame(&frame, WIRE_LOGOUT, 0, i, 0,
			wire_messages[WIRE_LOGOUT].request, &m);
	for (unsigned i = 0; i < 2000 && sent < 64u << 20; i++) {
		ssize_t n = send(fd, frame.p, frame.n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n; /* frames may be cut here: no matter */
		else
			(void)usleep(1000);
	}
	ck_assert_uint_lt(sent, 16u << 20);
	ck_assert_int_lt(keyringd_memory(&k) - before, 16000);
	buf_free(&frame);
	(void)close(fd);
	teardown();
}
END_TEST

START_TEST (who_vanishes_leaves_nothing_behind) {
	setup();
	for (unsigned i = 0; i < 20; i++) {
		pid_t pid = fork();
		int status;

		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			uint8_t secret[WIRE_SECRET];
			int fd = greeted(secret);

			send_head(fd, (struct head){ 1000, WIRE_OP, 0, 0 }, i * 40);
			(void)kill(getpid(), SIGKILL);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	}
	teardown();
}
END_TEST

START_TEST (a_client_ends_with_its_process_though_a_child_holds_its_socket) {
	uint8_t secret[WIRE_SECRET];
	int fd, control[2];
	pid_t owner;

	setup();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, control), 0);
	owner = fork();
	ck_assert_int_ge(owner, 0);
	if (owner == 0) {
		struct msghdr m = { 0 };
		struct iovec one = { secret, 1 };
		union {
			struct cmsghdr head;
			char room[CMSG_SPACE(sizeof(int))];
		} c = { 0 };

		fd = greeted(secret);
		m.msg_iov = &one;
		m.msg_iovlen = 1;
		m.msg_control = &c;
		m.msg_controllen = sizeof c.room;
		c.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&c.head), &fd, sizeof fd);
		_exit(sendmsg(control[1], &m, 0) == 1 ? 0 : 1);
	} else {
		uint8_t byte;
		struct iovec one = { &byte, 1 };
		union {
			struct cmsghdr head;
			char room[CMSG_SPACE(sizeof(int))];
		} c;
		struct msghdr m = { .msg_iov = &one,
			.msg_iovlen = 1,
			.msg_control = &c,
			.msg_controllen = sizeof c.room };
		int status;

		ck_assert_int_eq(recvmsg(control[0], &m, 0), 1);
		memcpy(&fd, CMSG_DATA(&c.head), sizeof fd);
		ck_assert_int_eq(waitpid(owner, &status, 0), owner);
		ck_assert_int_eq(status, 0);
	}
	ck_assert(is_closed(fd, 30000));
	(void)close(fd);
	(void)close(control[0]);
	(void)close(control[1]);
	teardown();
}
END_TEST

START_TEST (a_secret_is_good_for_its_own_process_only) {
	uint8_t secret[WIRE_SECRET];
	int fd, again, status;
	pid_t pid;

	setup();
	fd = greeted(secret);
	again = keyringd_connect(&k);
	ck_assert(say_hello(again, secret, true));
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int other = keyringd_connect(&k);

		_exit(say_hello(other, secret, true) ? 1 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	(void)close(fd);
	(void)close(again);
	teardown();
}
END_TEST

/* Of keyringd. */
static rlim_t
descriptors(void)
{
	char path[64];
	struct dirent *entry;
	rlim_t n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof path, "/proc/%ld/fd", (long)k.pid);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

/* It refuses who cannot be known for want of descriptors: a stranger's login would be gone. */
START_TEST (short_of_descriptors_nobody_is_taken_for_a_stranger) {
	uint8_t secret[WIRE_SECRET];
	struct rlimit had, few;
	unsigned joined = 0, refused = 0;
	rlim_t open;
	int fd;

	setup();
	fd = greeted(secret);
	ck_assert_int_eq(prlimit(k.pid, RLIMIT_NOFILE, NULL, &had), 0);
	open = descriptors();
	for (rlim_t most = open; most < open + 6; most++) {
		struct pollfd answered;
		uint8_t again[WIRE_SECRET];
		struct wire_hello hello = { .min_version = 1, .max_version = 1 };
		struct wire_hello_reply reply;
		struct wire_header h;
		struct buf payload = BUF_INIT;
		int other;

		few = (struct rlimit){ most, had.rlim_max };
		ck_assert_int_eq(prlimit(k.pid, RLIMIT_NOFILE, &few, NULL), 0);
		memcpy(again, secret, sizeof again);
		hello.secret = BYTES_OF(again);
		other = keyringd_connect(&k);
		ck_assert_int_ge(other, 0);
		send_request(other, WIRE_HELLO, 1, &hello);
		/* without any it is not even accepted */
		answered = (struct pollfd){ other, POLLIN, 0 };
		if (poll(&answered, 1, 500) == 1 && receive_reply(other, &h, &payload)) {
			ck_assert_uint_eq(h.rv, CKR_OK);
			ck_assert(wire_decode(wire_messages[WIRE_HELLO].reply,
				buf_bytes(&payload), &reply));
			ck_assert(reply.known);
			joined++;
		} else {
			refused++;
		}
		buf_free(&payload);
		(void)close(other);
	}
	ck_assert_int_eq(prlimit(k.pid, RLIMIT_NOFILE, &had, NULL), 0);
	ck_assert_uint_gt(joined, 0);
	ck_assert_uint_gt(refused, 0);
	(void)close(fd);
	teardown();
}
END_TEST

START_TEST (a_client_has_as_many_connections_as_it_may) {
	uint8_t secret[WIRE_SECRET];
	struct wire_hello hello = { .min_version = 1, .max_version = 1 };
	struct buf payload = BUF_INIT;
	int fds[9];

	setup();
	fds[0] = greeted(secret);
	hello.secret = BYTES_OF(secret);
	for (unsigned i = 1; i < 8; i++) {
		fds[i] = keyringd_connect(&k);
		ck_assert(say_hello(fds[i], secret, true));
	}
	fds[8] = keyringd_connect(&k);
	send_request(fds[8], WIRE_HELLO, 1, &hello);
	expect_reply(fds[8], WIRE_HELLO, CKR_DEVICE_MEMORY, NULL, &payload);
	buf_free(&payload);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		(void)close(fds[i]);
	teardown();
}
END_TEST

START_TEST (versions_that_do_not_meet_are_refused) {
	struct wire_hello hello = { .min_version = 2, .max_version = 9 };
	struct buf payload = BUF_INIT;
	int fd;

	setup();
	fd = keyringd_connect(&k);
	send_request(fd, WIRE_HELLO, 1, &hello);
	expect_reply(fd, WIRE_HELLO, CKR_DEVICE_ERROR, NULL, &payload);
	buf_free(&payload);
	(void)close(fd);
	teardown();
}
END_TEST

START_TEST (descriptors_that_arrive_are_closed) {
	uint8_t secret[WIRE_SECRET], head[WIRE_HEADER];
	struct wire_header h = { .type = WIRE_SLOTS, .id = 3 };
	struct iovec part = { head, sizeof head };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { 0 };
	struct msghdr m = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof c.room };
	struct buf payload = BUF_INIT;
	int fd, ends[2];

	setup();
	fd = greeted(secret);
	ck_assert_int_eq(pipe(ends), 0);
	wire_header_encode(&h, head);
	c.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&c.head), &ends[1], sizeof ends[1]);
	ck_assert_int_eq(sendmsg(fd, &m, 0), (int)sizeof head);
	expect_reply(fd, WIRE_SLOTS, CKR_OK, NULL, &payload);
	(void)close(ends[1]);
	ck_assert(is_closed(ends[0], 1) || read(ends[0], head, 1) == 0);
	(void)close(ends[0]);
	buf_free(&payload);
	(void)close(fd);
	teardown();
}
END_TEST

START_TEST (without_a_keystore_there_are_no_slots_and_nothing_hangs) {
	static const uint16_t types[] = { WIRE_LOGIN, WIRE_LOGOUT, WIRE_INIT_TOKEN,
		WIRE_INIT_PIN, WIRE_SET_PIN, WIRE_FIND, WIRE_GET, WIRE_GET_SECRET,
		WIRE_CREATE, WIRE_COPY, WIRE_SET, WIRE_DESTROY, WIRE_GENERATE,
		WIRE_GENERATE_PAIR };
	uint8_t secret[WIRE_SECRET];
	struct wire_slots_reply slots;
	struct wire_empty none = { 0 };
	struct buf payload = BUF_INIT;
	uint64_t zeroes[32] = { 0 };
	int fd;

	setup();
	fd = greeted(secret);
	send_request(fd, WIRE_SLOTS, 1, &none);
	expect_reply(fd, WIRE_SLOTS, CKR_OK, &slots, &payload);
	ck_assert_uint_eq(slots.list.n, 0);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct wire_header h;

		send_request(fd, types[i], i, zeroes);
		ck_assert(receive_reply(fd, &h, &payload));
		ck_assert_msg(h.rv == CKR_SLOT_ID_INVALID || h.rv == CKR_ARGUMENTS_BAD,
			"%s: 0x%llx", wire_messages[types[i]].name,
			(unsigned long long)h.rv);
	}
	buf_free(&payload);
	(void)close(fd);
	teardown();
}
END_TEST

static const struct check_test tests[] = {
	{ &garbage_ends_its_connection, ARRAY_LEN(garbage) },
	{ &nobody_waits_for_a_hello_for_ever, 0 },
	{ &an_announced_length_is_not_allocated, 0 },
	{ &a_request_in_single_bytes_is_answered, 0 },
	{ &many_requests_at_once_are_all_answered, 0 },
	{ &who_stops_reading_is_not_read_and_costs_little, 0 },
	{ &who_vanishes_leaves_nothing_behind, 0 },
	{ &a_client_ends_with_its_process_though_a_child_holds_its_socket, 0 },
	{ &a_secret_is_good_for_its_own_process_only, 0 },
	{ &short_of_descriptors_nobody_is_taken_for_a_stranger, 0 },
	{ &a_client_has_as_many_connections_as_it_may, 0 },
	{ &versions_that_do_not_meet_are_refused, 0 },
	{ &descriptors_that_arrive_are_closed, 0 },
	{ &without_a_keystore_there_are_no_slots_and_nothing_hangs, 0 },
};

CHECK_MAIN("abuse", tests)
