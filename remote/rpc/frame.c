/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/rpc/frame.h"

#include <errno.h>

#include "common/alloc.h"

/* A message may take this many times its length in memory when unpacked: an
 * empty sub-message is two bytes on the wire and a struct here. */
#define UNPACK_FACTOR 32
#define UNPACK_FLOOR (64u << 10)
#define RESERVE_STEP (64u << 10)

static void *
pb_alloc(void *data UNUSED, size_t n)
{
	return wiping_malloc(n);
}

static void
pb_free(void *data UNUSED, void *p)
{
	wiping_free(p);
}

ProtobufCAllocator rpc_allocator = { pb_alloc, pb_free, NULL };

static void *
h2_malloc(size_t n, void *data UNUSED)
{
	return wiping_malloc(n);
}

static void
h2_free(void *p, void *data UNUSED)
{
	wiping_free(p);
}

static void *
h2_calloc(size_t count, size_t n, void *data UNUSED)
{
	return wiping_calloc(count, n);
}

static void *
h2_realloc(void *p, size_t n, void *data UNUSED)
{
	return wiping_realloc(p, n);
}

nghttp2_mem rpc_frame_h2_mem = { NULL, h2_malloc, h2_free, h2_calloc, h2_realloc };

void
rpc_frame_reader_init(struct frame_reader *r)
{
	*r = (struct frame_reader){ .body = BUF_SECRET };
}

void
rpc_frame_reader_free(struct frame_reader *r)
{
	buf_free(&r->body);
}

void
rpc_frame_reader_next(struct frame_reader *r)
{
	r->head_n = 0;
	r->want = 0;
	buf_reset(&r->body);
}

static int
head_check(struct frame_reader *r)
{
	if (r->head[0] == 1)
		return -EOPNOTSUPP;
	if (r->head[0] != 0)
		return -EBADMSG;
	r->want = (uint32_t)r->head[1] << 24 | (uint32_t)r->head[2] << 16 |
		  (uint32_t)r->head[3] << 8 | r->head[4];
	return r->want > RPC_MAX_MESSAGE ? -EMSGSIZE : 0;
}

static struct bytes
bytes_split(struct bytes *in, size_t n)
{
	struct bytes part = { in->p, n };

	in->p += n;
	in->n -= n;
	return part;
}

int
rpc_frame_feed(struct frame_reader *r, struct bytes *in)
{
	size_t n;
	int rc;

	if (r->head_n < FRAME_HEAD) {
		n = FRAME_HEAD - r->head_n;
		n = n < in->n ? n : in->n;
		if (n != 0)
			memcpy(r->head + r->head_n, in->p, n);
		(void)bytes_split(in, n);
		r->head_n = (uint8_t)(r->head_n + n);
		if (r->head_n < FRAME_HEAD)
			return 0;
		rc = head_check(r);
		if (rc != 0)
			return rc;
		/* The claimed length is not believed beyond a step. */
		if (r->want != 0 &&
			buf_reserve(&r->body,
				r->want < RESERVE_STEP ? r->want : RESERVE_STEP) == NULL)
			return -ENOMEM;
	}
	n = r->want - r->body.n;
	n = n < in->n ? n : in->n;
	buf_put_bytes(&r->body, bytes_split(in, n));
	if (!buf_ok(&r->body))
		return -ENOMEM;
	return r->body.n == r->want;
}

int
rpc_frame_put(struct buf *out, const ProtobufCMessage *message)
{
	size_t n = protobuf_c_message_get_packed_size(message);
	uint8_t *p;

	if (n > RPC_MAX_MESSAGE)
		return -EMSGSIZE;
	p = buf_reserve(out, FRAME_HEAD + n);
	if (p == NULL)
		return -ENOMEM;
	p[0] = 0;
	p[1] = (uint8_t)(n >> 24);
	p[2] = (uint8_t)(n >> 16);
	p[3] = (uint8_t)(n >> 8);
	p[4] = (uint8_t)n;
	(void)protobuf_c_message_pack(message, p + FRAME_HEAD);
	out->n += FRAME_HEAD + n;
	return 0;
}

static void *
budget_alloc(void *data, size_t n)
{
	size_t *left = data;

	if (n > *left)
		return NULL;
	*left -= n;
	return wiping_malloc(n);
}

ProtobufCMessage *
rpc_message_unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes wire)
{
	static const uint8_t nothing[1];
	size_t budget =
		UNPACK_FLOOR + descriptor->sizeof_message + wire.n * UNPACK_FACTOR;
	ProtobufCAllocator bounded = { budget_alloc, pb_free, &budget };

	return protobuf_c_message_unpack(
		descriptor, &bounded, wire.n, wire.n != 0 ? wire.p : nothing);
}

ProtobufCMessage *
rpc_message_new(const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *message = wiping_malloc(descriptor->sizeof_message);

	if (message != NULL)
		protobuf_c_message_init(descriptor, message);
	return message;
}

void
rpc_message_free(ProtobufCMessage *message)
{
	if (message != NULL)
		protobuf_c_message_free_unpacked(message, &rpc_allocator);
}
