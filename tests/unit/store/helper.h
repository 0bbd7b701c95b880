/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's test programs share. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/secret.h"
#include "libtoken/store/conn.h"
#include "libtoken/store/store.h"
#include "tests/unit/store/server.h"

#include "tests/unit/check_main.h"

/* For calls whose time limit is not what is tested: never reached. */
#define LIMIT_MS 60000

UNUSED static void
sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&ts, NULL);
}

UNUSED static struct store *
store_make(void)
{
	struct store *store = NULL;

	ck_assert_uint_eq(store_new(&store), CKR_OK);
	return store;
}

/* An operation's round trip; its data must come back. */
UNUSED static CK_RV
call_op(struct store *store, struct bytes data, uint8_t flags)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	struct wire_op request = { .flags = flags, .data = data };
	struct wire_op_reply reply = { 0 };
	CK_RV rv = store_call(store, WIRE_OP, &request, &reply, &payload);

	if (rv == CKR_OK && !bytes_equal(reply.data, data))
		return CKR_FUNCTION_FAILED;
	return rv;
}

UNUSED static CK_RV
call_whole(struct store *store)
{
	return call_op(store, BYTES("some plaintext", 14), WIRE_OP_FIRST | WIRE_OP_LAST);
}

UNUSED static CK_RV
call_slots(struct store *store)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	struct wire_slots_reply reply;
	struct wire_empty request = { 0 };

	return store_call(store, WIRE_SLOTS, &request, &reply, &payload);
}

/* Calls fn for each descriptor that is a unix socket at or above 256; the
 * server's and the test's own are lower. */
UNUSED static int
each_socket(void (*fn)(int fd))
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)) != NULL) {
		int fd = atoi(e->d_name);

		if (fd < 256)
			continue;
		n++;
		if (fn != NULL)
			fn(fd);
	}
	closedir(dir);
	return n;
}
