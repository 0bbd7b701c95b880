/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gRPC messages: a flag byte, a big-endian length, a protobuf message. Read
 * incrementally and bounded, written into buffers that are wiped. Also the
 * wiping allocators of the libraries underneath.
 */
#pragma once

#include <nghttp2/nghttp2.h>

#include "common/buf.h"
#include "remote/rpc/rpc.h"

#define FRAME_HEAD 5

extern nghttp2_mem rpc_frame_h2_mem;

struct frame_reader {
	uint8_t head[FRAME_HEAD];
	uint8_t head_n;
	uint32_t want;   /* length of the message, once head is full */
	struct buf body; /* secret */
};

void rpc_frame_reader_init(struct frame_reader *r);
void rpc_frame_reader_free(struct frame_reader *r);
/* Takes from the front of in. 1: r->body holds a whole message (call
 * rpc_frame_reader_next() before the next feed); 0: more is needed; -EMSGSIZE:
 * longer than RPC_MAX_MESSAGE; -EOPNOTSUPP: compressed; -EBADMSG; -ENOMEM. */
int rpc_frame_feed(struct frame_reader *r, struct bytes *in) MUST_CHECK;
void rpc_frame_reader_next(struct frame_reader *r);

/* Appends the framed message to out. 0, -EMSGSIZE, -ENOMEM. */
int rpc_frame_put(struct buf *out, const ProtobufCMessage *message) MUST_CHECK;

/* An unpacked message, freed with rpc_message_free(); NULL when it is malformed
 * or wants an unreasonable amount of memory for its length. */
ProtobufCMessage *rpc_message_unpack(
	const ProtobufCMessageDescriptor *descriptor, struct bytes wire) MUST_CHECK;
/* An empty message in memory of rpc_allocator. */
ProtobufCMessage *rpc_message_new(
	const ProtobufCMessageDescriptor *descriptor) MUST_CHECK;
void rpc_message_free(ProtobufCMessage *message);
