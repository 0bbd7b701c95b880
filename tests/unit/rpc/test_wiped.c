/* SPDX-License-Identifier: Apache-2.0 */
/* What was in a message is nowhere in the process once the call is over: not
 * in buffers of TLS, HTTP/2 or protobuf, on either side (both are here). */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/rpc/harness.h"
#include "tests/unit/check_main.h"

#define MARK 24
#define MASK 0x5a
/* Sanitizers map terabytes; heaps and stacks of this test are small. */
#define REGION_MAX ((size_t)256 << 20)

static struct harness h;

/* mark is kept masked, so that the search does not find its own pattern. */
static bool
is_mark(const uint8_t *p, const uint8_t *masked)
{
	for (size_t i = 0; i < MARK; i++)
		if ((p[i] ^ MASK) != masked[i])
			return false;
	return true;
}

static unsigned
region_search(int mem, uintptr_t from, size_t n, const uint8_t *masked)
{
	uint8_t *copy = malloc(n);
	ssize_t got = pread(mem, copy, n, (off_t)from);
	unsigned found = 0;

	for (ssize_t i = 0; i + MARK <= got; i++)
		found += is_mark(copy + i, masked);
	explicit_bzero(copy, n);
	free(copy);
	return found;
}

static unsigned
memory_search(const uint8_t *masked)
{
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t from, to;
	char line[512], mode[8];
	unsigned found = 0;

	ck_assert_int_ge(mem, 0);
	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &from, &to, mode) != 3)
			continue;
		if (mode[0] == 'r' && mode[1] == 'w' && to - from <= REGION_MAX)
			found += region_search(mem, from, to - from, masked);
	}
	(void)fclose(maps);
	(void)close(mem);
	return found;
}

static void
mark_put(uint8_t *data, size_t n, const uint8_t *masked)
{
	for (size_t i = 0; i < n; i++)
		data[i] = masked[i % MARK] ^ MASK;
}

static const size_t sizes[] = { 64, 3000, 40000 };

START_TEST (nothing_of_a_message_stays_in_memory) {
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	size_t n = sizes[_i];
	uint8_t *data = malloc(n);
	uint8_t masked[MARK];
	struct echo_server server;
	struct rpc_channel *ch;
	struct rpc_tls *tls;

	for (size_t i = 0; i < MARK; i++)
		masked[i] = (uint8_t)(0x80 + i * 37 + n);
	harness_start(&h);
	echo_server_start(&h, &server, RPC_CERT_REQUIRED, 0);
	tls = usual_tls(&h);
	ch = channel_to(&h, tls, (unsigned[]){ server.port, 0 });
	mark_put(data, n, masked);
	ck_assert_uint_ge(memory_search(masked), 1);
	ping.payload.data = data;
	ping.payload.len = n;
	say(ch, &o, &ping, DEADLINE_MS);
	explicit_bzero(data, n);
	harness_until(&h, &o.done, 1);
	ck_assert_int_eq(o.status.code, RPC_OK);
	ck_assert_uint_eq(o.payload_n, n);
	/* The connection is still up, with all its buffers. */
	ck_assert(rpc_channel_is_up(ch));
	ck_assert_uint_eq(memory_search(masked), 0);
	free(data);
	rpc_channel_free(ch);
	rpc_tls_free(tls);
	echo_server_stop(&server);
	harness_stop(&h);
}
END_TEST

static const struct check_test tests[] = {
	{ &nothing_of_a_message_stays_in_memory, ARRAY_LEN(sizes) },
};

CHECK_MAIN("rpc_wiped", tests)
