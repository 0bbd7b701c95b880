/* SPDX-License-Identifier: Apache-2.0 */
/* The one descriptor that a reply may bring. */
#include "tests/unit/store/helper.h"

#include <sys/resource.h>

/* Descriptors from there on are the store's, or were passed to it. */
static int
open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static CK_RV
call_region(struct store *store, int *ret_fd)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	const struct wire_slot_request request = { .slot = 1 };
	struct wire_region_reply reply;

	return store_call_fd(store, WIRE_REGION, &request, &reply, &payload, ret_fd);
}

static bool
is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

START_TEST (descriptor_comes_with_its_reply) {
	struct server server;
	struct store *store = store_make();
	int before, fd = -1;

	server_start(&server);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	before = open_files();
	for (int i = 0; i < 100; i++) {
		ck_assert_uint_eq(call_region(store, &fd), CKR_OK);
		ck_assert(is_same_file(fd, server.passed));
		ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		close(fd);
		ck_assert_uint_eq(call_whole(store), CKR_OK);
	}
	ck_assert_int_eq(open_files(), before);
	ck_assert_int_eq(atomic_load(&server.connected), 1);
	store_free(&store);
	server_stop(&server);
}
END_TEST

static const enum manner wrong[] = { TWO_DESCRIPTORS, NO_DESCRIPTOR, UNANNOUNCED,
	LATE_DESCRIPTOR, ERROR_WITH_DESCRIPTOR, WRONG_ID, BAD_FIELDS, MORE_BEHIND };

START_TEST (what_is_not_as_announced_is_closed_with_the_connection) {
	struct server server;
	struct store *store = store_make();
	int before, fd = -1;

	server_start(&server);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	before = open_files();
	atomic_store(&server.manner, (int)wrong[_i]);
	atomic_store(&server.manner_left, 2);
	ck_assert_uint_eq(call_region(store, &fd), CKR_DEVICE_ERROR);
	ck_assert_int_eq(fd, -1);
	atomic_store(&server.manner_left, 0);
	ck_assert_uint_eq(call_region(store, &fd), CKR_OK);
	close(fd);
	/* the server's side of the old connection may take a moment to go */
	for (int i = 0; i < 1000 && open_files() != before; i++)
		sleep_ms(2);
	ck_assert_int_eq(open_files(), before);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (error_brings_no_descriptor) {
	struct server server;
	struct store *store = store_make();
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	const struct wire_slot_request request = { .slot = 1 };
	struct wire_slot_reply reply;
	int fd = 7;

	server_start(&server);
	/* a message whose row has none */
	ck_assert_uint_eq(
		store_call_fd(store, WIRE_LOGOUT, &request, &reply, &payload, &fd),
		CKR_DEVICE_ERROR);
	ck_assert_int_eq(fd, -1);
	store_free(&store);
	server_stop(&server);
}
END_TEST

/* Every number below the limit taken, but for those of the store's socket. */
START_TEST (without_room_for_it_the_connection_goes_on) {
	struct rlimit limit, low;
	struct server server;
	struct store *store = store_make();
	int fd = -1, connected;

	server_start(&server);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(call_region(store, &fd), CKR_OK);
	connected = atomic_load(&server.connected);
	close(fd);
	low = limit;
	low.rlim_cur = 3; /* what is open stays open */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	ck_assert_uint_eq(call_region(store, &fd), CKR_HOST_MEMORY);
	ck_assert_int_eq(fd, -1);
	ck_assert_uint_eq(call_whole(store), CKR_OK);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(call_region(store, &fd), CKR_OK);
	close(fd);
	ck_assert_int_eq(atomic_load(&server.connected), connected);
	store_free(&store);
	server_stop(&server);
}
END_TEST

START_TEST (policy_is_what_hello_said) {
	struct server server;
	struct store_policy p;

	server_start(&server);
	for (int bits = 0; bits < 16; bits++) {
		struct store *store = store_make();

		atomic_store(&server.policy, bits);
		/* a bit that nobody knows means something that nobody does */
		ck_assert_uint_eq(
			store_policy(store, &p), bits < 8 ? CKR_OK : CKR_DEVICE_ERROR);
		if (bits < 8) {
			ck_assert_uint_eq(p.sensitive_session, WIRE_CUSTODY_BROKER);
			ck_assert_int_eq(p.strict, (bits & WIRE_POLICY_STRICT) != 0);
			ck_assert_int_eq(p.openssl_digest,
				(bits & WIRE_POLICY_OPENSSL_DIGEST) != 0);
			ck_assert_int_eq(p.legacy, (bits & WIRE_POLICY_LEGACY) != 0);
		}
		store_free(&store);
	}
	server_stop(&server);
}
END_TEST

static const struct check_test tests[] = {
	{ &descriptor_comes_with_its_reply, 0 },
	{ &what_is_not_as_announced_is_closed_with_the_connection, ARRAY_LEN(wrong) },
	{ &error_brings_no_descriptor, 0 },
	{ &without_room_for_it_the_connection_goes_on, 0 },
	{ &policy_is_what_hello_said, 0 },
};

CHECK_MAIN("store_descriptor", tests)
