/* SPDX-License-Identifier: Apache-2.0 */
/* The module's end of the unix socket: a request, and whatever the input says as its reply. The
 * header is right or nearly so, unless the input has one of its own. */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libtoken/store/conn.h"
#include "tests/fuzz/fuzz.h"

union any {
	struct wire_empty empty;
	struct wire_hello_reply hello;
	struct wire_slots_reply slots;
	struct wire_objects_reply objects;
	struct wire_op_reply op;
	struct wire_pair_reply pair;
	uint8_t room[256];
};

static void
frame_make(struct cursor *c, uint16_t type, struct buf *to)
{
	struct wire_header h = { .type = type, .flags = WIRE_REPLY, .id = 1 };
	uint8_t head[WIRE_HEADER];
	unsigned how = fuzz_u8(c);

	if (how == 255) {
		buf_put_bytes(to, cursor_bytes(c, cursor_left(c)));
		return;
	}
	if ((how & 1) != 0)
		h.rv = fuzz_u64(c);
	if ((how & 2) != 0)
		h.flags = (uint16_t)fuzz_u16(c);
	if ((how & 4) != 0)
		h.id = fuzz_u8(c);
	h.length = (uint32_t)cursor_left(c);
	if ((how & 8) != 0)
		h.length = fuzz_u16(c);
	wire_header_encode(&h, head);
	buf_put(to, head, sizeof head);
	buf_put_bytes(to, cursor_bytes(c, cursor_left(c)));
}

/* Everything borrowed is within what was received. */
static void
within(const struct wire_field *f, const void *message, const struct buf *payload)
{
	for (; f->kind != 0; f++) {
		struct bytes b;

		if (f->kind != WIRE_BLOB)
			continue;
		memcpy(&b, (const uint8_t *)message + f->offset, sizeof b);
		FUZZ_CHECK(b.n == 0 ||
			   (b.p >= payload->p && b.p + b.n <= payload->p + payload->n));
	}
}

static void
list(const struct wire_field *fields, struct bytes packed)
{
	struct cursor c = cursor_over(packed);
	union any element;

	while (wire_list_next(fields, &c, &element))
		continue;
}

static void
exchange(int fds[2], uint16_t type, struct bytes reply, bool pass)
{
	static const uint8_t no_request[512];
	struct buf payload = BUF_SECRET;
	union any answer;
	struct conn conn;
	struct stat st;
	int passed = -1;
	CK_RV rv = CKR_OK;
	struct exchange x = { .type = (enum wire_type)type,
		.request = no_request,
		.reply = &answer,
		.payload = &payload,
		.deadline = DEADLINE_NONE,
		.fd = pass ? &passed : NULL };

	conn_init(&conn);
	FUZZ_CHECK(fstat(fds[0], &st) == 0);
	atomic_store(&conn.fd, fds[0]);
	conn.dev = st.st_dev;
	conn.ino = st.st_ino;
	if (reply.n != 0)
		FUZZ_CHECK(
			send(fds[1], reply.p, reply.n, MSG_DONTWAIT) == (ssize_t)reply.n);
	(void)shutdown(fds[1], SHUT_WR);
	if (conn_call(&conn, &x, &rv) == CONN_DONE && rv == CKR_OK) {
		within(wire_messages[type].reply, &answer, &payload);
		if (type == WIRE_SLOTS)
			list(wire_slot_fields, answer.slots.list);
		if (type == WIRE_FIND)
			list(wire_object_fields, answer.objects.list);
	}
	FUZZ_CHECK(passed == -1);
	conn_close(&conn);
	buf_free(&payload);
	(void)close(fds[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	uint16_t type = (uint16_t)(1 + fuzz_u8(&c) % (WIRE_TYPES - 1));
	struct buf reply = BUF_INIT;
	int fds[2];

	frame_make(&c, type, &reply);
	FUZZ_CHECK(buf_ok(&reply));
	if (reply.n > 64u << 10)
		reply.n = 64u << 10; /* what a socket takes at once */
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	exchange(fds, type, buf_bytes(&reply), wire_messages[type].fd);
	buf_free(&reply);
	return 0;
}
