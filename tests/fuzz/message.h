/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of keystore.proto, made of whatever bytes there are. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "tests/fuzz/fuzz.h"

/* What a target knows better than chance. */
struct message_values {
	/* of a field with this name */
	struct bytes (*bytes)(struct cursor *c, const char *name);
	uint64_t (*number)(struct cursor *c, const char *name);
	/* what a list of attributes begins with */
	void (*attributes)(struct cursor *c, struct attrs *to);
};

/* Through the wire's form, as a peer's message comes. NULL: it is not one. */
ProtobufCMessage *fuzz_message(struct cursor *c, const ProtobufCMessageDescriptor *d,
	const struct message_values *v);
