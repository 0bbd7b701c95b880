/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/message.h"

#include "remote/proto/proto_convert.h"
#include "remote/rpc/frame.h"

#define MOST_LISTED 3u
#define MOST_DEEP 3u

static ProtobufCMessage *message_make(struct cursor *c,
	const ProtobufCMessageDescriptor *d, const struct message_values *v,
	unsigned depth);

static void
attributes_make(struct cursor *c, const struct message_values *v, size_t *ret_n,
	Keystore__V1__Attribute ***ret)
{
	struct attrs list = ATTRS_INIT;

	v->attributes(c, &list);
	fuzz_attrs(c, 8, &list);
	FUZZ_CHECK(proto_from_attrs(attrs_bytes(&list), ret_n, ret) == 0);
	attrs_free(&list);
}

static void
scalar_put(struct cursor *c, const ProtobufCFieldDescriptor *f,
	const struct message_values *v, void *at)
{
	struct bytes b;
	uint64_t number;

	switch (f->type) {
	case PROTOBUF_C_TYPE_BYTES:
		b = v->bytes(c, f->name);
		FUZZ_CHECK(proto_put_bytes(at, b) == 0);
		break;
	case PROTOBUF_C_TYPE_STRING:
		b = fuzz_bytes(c, 40);
		FUZZ_CHECK(proto_put_string(at, b) == 0);
		break;
	case PROTOBUF_C_TYPE_UINT64:
		number = v->number(c, f->name);
		memcpy(at, &number, sizeof number);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)at = fuzz_u8(c) % 2;
		break;
	default: /* 32 bits */
		*(uint32_t *)at = fuzz_u8(c) % 40;
		break;
	}
}

/* Only one of those that share a place: the first whose turn it is. */
static bool
field_wanted(struct cursor *c, const ProtobufCFieldDescriptor *f, uint8_t *message)
{
	uint32_t *chosen = (uint32_t *)(void *)(message + f->quantifier_offset);

	if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return true;
	if (*chosen != 0 || fuzz_u8(c) % 2 != 0)
		return false;
	*chosen = f->id;
	return true;
}

/* Messages or bytes; other lists stay empty. */
static void
list_make(struct cursor *c, const ProtobufCFieldDescriptor *f,
	const struct message_values *v, uint8_t *message, unsigned depth)
{
	const bool nested = f->type == PROTOBUF_C_TYPE_MESSAGE;
	const size_t size =
		nested ? sizeof(ProtobufCMessage *) : sizeof(ProtobufCBinaryData);
	size_t *n = (size_t *)(void *)(message + f->quantifier_offset);
	uint8_t *list;

	if (nested ? depth == MOST_DEEP : f->type != PROTOBUF_C_TYPE_BYTES)
		return;
	*n = fuzz_u8(c) % (MOST_LISTED + 1);
	if (*n == 0)
		return;
	list = rpc_allocator.alloc(rpc_allocator.allocator_data, *n * size);
	FUZZ_CHECK(list != NULL);
	memset(list, 0, *n * size);
	*(uint8_t **)(void *)(message + f->offset) = list;
	for (size_t i = 0; i < *n; i++) {
		if (nested)
			((ProtobufCMessage **)(void *)list)[i] =
				message_make(c, f->descriptor, v, depth + 1);
		else
			scalar_put(c, f, v, list + i * size);
	}
}

static void
field_make(struct cursor *c, const ProtobufCFieldDescriptor *f,
	const struct message_values *v, uint8_t *message, unsigned depth)
{
	void *at = message + f->offset;

	if (!field_wanted(c, f, message))
		return;
	if (f->descriptor == &keystore__v1__attribute__descriptor) {
		attributes_make(
			c, v, (size_t *)(void *)(message + f->quantifier_offset), at);
	} else if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		list_make(c, f, v, message, depth);
	} else if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		if (depth < MOST_DEEP && fuzz_u8(c) < 250)
			*(ProtobufCMessage **)at =
				message_make(c, f->descriptor, v, depth + 1);
	} else {
		scalar_put(c, f, v, at);
	}
}

static ProtobufCMessage *
message_make(struct cursor *c, const ProtobufCMessageDescriptor *d,
	const struct message_values *v, unsigned depth)
{
	ProtobufCMessage *m = rpc_message_new(d);

	FUZZ_CHECK(m != NULL);
	for (unsigned i = 0; i < d->n_fields; i++)
		field_make(c, &d->fields[i], v, (uint8_t *)m, depth);
	return m;
}

ProtobufCMessage *
fuzz_message(struct cursor *c, const ProtobufCMessageDescriptor *d,
	const struct message_values *v)
{
	ProtobufCMessage *whole = message_make(c, d, v, 0), *message;
	size_t n = protobuf_c_message_get_packed_size(whole);
	uint8_t *wire = malloc(n != 0 ? n : 1);

	FUZZ_CHECK(wire != NULL && protobuf_c_message_pack(whole, wire) == n);
	rpc_message_free(whole);
	message = rpc_message_unpack(d, BYTES(wire, n));
	free(wire);
	return message;
}
