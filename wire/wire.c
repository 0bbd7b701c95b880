/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

#define F_U8(s, f)                                \
	{                                         \
		WIRE_U8, offsetof(struct s, f), 0 \
	}
#define F_U32(s, f)                                \
	{                                          \
		WIRE_U32, offsetof(struct s, f), 0 \
	}
#define F_U64(s, f)                                \
	{                                          \
		WIRE_U64, offsetof(struct s, f), 0 \
	}
#define F_ID(s, f)                                \
	{                                         \
		WIRE_ID, offsetof(struct s, f), 0 \
	}
#define F_BLOB(s, f, max)                               \
	{                                               \
		WIRE_BLOB, offsetof(struct s, f), (max) \
	}
#define F_END           \
	{               \
		0, 0, 0 \
	}
#define FIELDS(name) static const struct wire_field name[]

#define MAX_ATTRS (1u << 20)
#define MAX_PARAMS (64u << 10)
#define MAX_LONG_PARAMS (WIRE_MAX_PAYLOAD / 4) /* with associated data, or templates */
#define MAX_KEY (64u << 10)
#define MAX_LABEL 32u

FIELDS(empty) = { F_END };
FIELDS(hello) = { F_U32(wire_hello, min_version), F_U32(wire_hello, max_version),
	F_BLOB(wire_hello, secret, WIRE_SECRET), F_BLOB(wire_hello, program, 64), F_END };
FIELDS(hello_reply) = { F_U32(wire_hello_reply, version),
	F_BLOB(wire_hello_reply, secret, WIRE_SECRET), F_U8(wire_hello_reply, known),
	F_U8(wire_hello_reply, sensitive_session), F_U8(wire_hello_reply, policy),
	F_END };
FIELDS(slots_reply) = { F_U64(wire_slots_reply, serial),
	F_BLOB(wire_slots_reply, list, WIRE_MAX_PAYLOAD), F_END };
FIELDS(wait_slots) = { F_U64(wire_wait_slots, serial), F_END };
FIELDS(wait_slots_reply) = { F_U64(wire_wait_slots_reply, serial),
	F_U64(wire_wait_slots_reply, slot), F_END };
FIELDS(login) = { F_U64(wire_login, slot), F_U8(wire_login, role),
	F_ID(wire_login, request), F_BLOB(wire_login, pin, WIRE_MAX_PIN), F_END };
FIELDS(slot_request) = { F_U64(wire_slot_request, slot), F_END };
FIELDS(slot_reply) = { F_BLOB(wire_slot_reply, slot, 256), F_END };
FIELDS(init_token) = { F_U64(wire_init_token, slot), F_ID(wire_init_token, request),
	F_BLOB(wire_init_token, pin, WIRE_MAX_PIN),
	F_BLOB(wire_init_token, label, MAX_LABEL), F_END };
FIELDS(init_pin) = { F_U64(wire_init_pin, slot), F_ID(wire_init_pin, request),
	F_BLOB(wire_init_pin, pin, WIRE_MAX_PIN), F_END };
FIELDS(set_pin) = { F_U64(wire_set_pin, slot), F_U8(wire_set_pin, role),
	F_ID(wire_set_pin, request), F_BLOB(wire_set_pin, old_pin, WIRE_MAX_PIN),
	F_BLOB(wire_set_pin, new_pin, WIRE_MAX_PIN), F_END };
FIELDS(find) = { F_U64(wire_find, slot), F_U64(wire_find, cursor), F_U32(wire_find, max),
	F_BLOB(wire_find, template, MAX_ATTRS), F_END };
FIELDS(objects_reply) = { F_U64(wire_objects_reply, cursor),
	F_U32(wire_objects_reply, flags),
	F_BLOB(wire_objects_reply, list, WIRE_MAX_PAYLOAD), F_END };
FIELDS(object_request) = { F_U64(wire_object_request, slot),
	F_ID(wire_object_request, id), F_END };
FIELDS(object_reply) = { F_BLOB(wire_object_reply, object, MAX_ATTRS + 64), F_END };
FIELDS(secret_reply) = { F_BLOB(wire_secret_reply, attributes, MAX_ATTRS), F_END };
FIELDS(create) = { F_U64(wire_create, slot), F_ID(wire_create, request),
	F_BLOB(wire_create, template, MAX_ATTRS), F_END };
FIELDS(change) = { F_U64(wire_change, slot), F_ID(wire_change, request),
	F_ID(wire_change, id), F_BLOB(wire_change, template, MAX_ATTRS), F_END };
FIELDS(destroy) = { F_U64(wire_destroy, slot), F_ID(wire_destroy, request),
	F_BLOB(wire_destroy, ids, WIRE_MAX_CHUNK), F_ID(wire_destroy, made_by), F_END };
FIELDS(generate) = { F_U64(wire_generate, slot), F_ID(wire_generate, request),
	F_U64(wire_generate, mechanism), F_BLOB(wire_generate, params, MAX_PARAMS),
	F_BLOB(wire_generate, template, MAX_ATTRS), F_END };
FIELDS(generate_pair) = { F_U64(wire_generate_pair, slot),
	F_ID(wire_generate_pair, request), F_U64(wire_generate_pair, mechanism),
	F_BLOB(wire_generate_pair, params, MAX_PARAMS),
	F_BLOB(wire_generate_pair, public_template, MAX_ATTRS / 2),
	F_BLOB(wire_generate_pair, private_template, MAX_ATTRS / 2), F_END };
FIELDS(pair_reply) = { F_BLOB(wire_pair_reply, public_key, MAX_ATTRS),
	F_BLOB(wire_pair_reply, private_key, MAX_ATTRS), F_END };
FIELDS(op) = { F_U64(wire_op, slot), F_U64(wire_op, op), F_U8(wire_op, flags),
	F_U8(wire_op, kind), F_ID(wire_op, key), F_U64(wire_op, mechanism),
	F_BLOB(wire_op, params, MAX_LONG_PARAMS), F_BLOB(wire_op, data, WIRE_MAX_CHUNK),
	F_BLOB(wire_op, signature, 8192), F_END };
FIELDS(op_reply) = { F_U64(wire_op_reply, op),
	F_BLOB(wire_op_reply, data, WIRE_MAX_PAYLOAD), F_END };
FIELDS(op_cancel) = { F_U64(wire_op_cancel, op), F_END };
FIELDS(region_reply) = { F_U32(wire_region_reply, cells), F_END };
FIELDS(key_socket) = { F_U64(wire_key_socket, slot), F_ID(wire_key_socket, key),
	F_U64(wire_key_socket, mechanism), F_END };

FIELDS(wrap) = { F_U64(wire_wrap, slot), F_U64(wire_wrap, mechanism),
	F_BLOB(wire_wrap, params, MAX_LONG_PARAMS), F_BLOB(wire_wrap, by, MAX_ATTRS),
	F_BLOB(wire_wrap, key, MAX_ATTRS), F_END };
FIELDS(wrap_reply) = { F_BLOB(wire_wrap_reply, data, 2 * MAX_KEY), F_END };
FIELDS(unwrap) = { F_U64(wire_unwrap, slot), F_ID(wire_unwrap, request),
	F_U64(wire_unwrap, mechanism), F_BLOB(wire_unwrap, params, MAX_LONG_PARAMS),
	F_BLOB(wire_unwrap, by, MAX_ATTRS), F_BLOB(wire_unwrap, wrapped, 2 * MAX_KEY),
	F_BLOB(wire_unwrap, template, MAX_ATTRS), F_END };
FIELDS(derive) = { F_U64(wire_derive, slot), F_ID(wire_derive, request),
	F_U8(wire_derive, read_only), F_U64(wire_derive, mechanism),
	F_BLOB(wire_derive, params, MAX_LONG_PARAMS),
	F_BLOB(wire_derive, base, MAX_ATTRS), F_BLOB(wire_derive, other, MAX_ATTRS),
	F_BLOB(wire_derive, template, MAX_ATTRS), F_END };
FIELDS(keep) = { F_U64(wire_keep, slot), F_ID(wire_keep, request),
	F_U64(wire_keep, mechanism), F_BLOB(wire_keep, template, MAX_ATTRS),
	F_BLOB(wire_keep, value, MAX_KEY), F_END };
FIELDS(login_use) = { F_U64(wire_login_use, slot), F_ID(wire_login_use, request),
	F_ID(wire_login_use, key), F_BLOB(wire_login_use, pin, WIRE_MAX_PIN), F_END };
FIELDS(login_use_reply) = { F_U64(wire_login_use_reply, op), F_END };
FIELDS(made_reply) = { F_BLOB(wire_made_reply, list, WIRE_MAX_PAYLOAD),
	F_BLOB(wire_made_reply, out, MAX_PARAMS), F_END };

const struct wire_field wire_slot_fields[] = { F_U64(wire_slot, slot),
	F_U32(wire_slot, flags), F_ID(wire_slot, token),
	F_BLOB(wire_slot, label, MAX_LABEL), F_U32(wire_slot, min_pin),
	F_U32(wire_slot, max_pin), F_U64(wire_slot, epoch), F_END };
const struct wire_field wire_object_fields[] = { F_ID(wire_object, id),
	F_U64(wire_object, revision), F_U8(wire_object, custody),
	F_U32(wire_object, cell), F_U32(wire_object, count),
	F_BLOB(wire_object, attributes, MAX_ATTRS), F_END };

const struct wire_field wire_key_fields[] = { F_ID(wire_key, id),
	F_BLOB(wire_key, attributes, MAX_ATTRS), F_BLOB(wire_key, value, MAX_KEY),
	F_END };
const struct wire_field wire_made_fields[] = { F_BLOB(wire_made, object, MAX_ATTRS + 64),
	F_BLOB(wire_made, value, MAX_KEY), F_END };

const struct wire_message wire_messages[WIRE_TYPES] = {
	[WIRE_HELLO] = { "hello", hello, hello_reply, false, false },
	[WIRE_SLOTS] = { "slots", empty, slots_reply, false, false },
	[WIRE_WAIT_SLOTS] = { "wait-slots", wait_slots, wait_slots_reply, false, false },
	[WIRE_LOGIN] = { "login", login, slot_reply, true, false },
	[WIRE_LOGOUT] = { "logout", slot_request, empty, false, false },
	[WIRE_INIT_TOKEN] = { "init-token", init_token, slot_reply, true, false },
	[WIRE_INIT_PIN] = { "init-pin", init_pin, slot_reply, true, false },
	[WIRE_SET_PIN] = { "set-pin", set_pin, slot_reply, true, false },
	[WIRE_FIND] = { "find", find, objects_reply, false, false },
	[WIRE_GET] = { "get", object_request, object_reply, false, false },
	[WIRE_GET_SECRET] = { "get-secret", object_request, secret_reply, false, false },
	[WIRE_CREATE] = { "create", create, object_reply, true, false },
	[WIRE_COPY] = { "copy", change, object_reply, true, false },
	[WIRE_SET] = { "set", change, object_reply, true, false },
	[WIRE_DESTROY] = { "destroy", destroy, empty, true, false },
	[WIRE_GENERATE] = { "generate", generate, object_reply, true, false },
	[WIRE_GENERATE_PAIR] = { "generate-pair", generate_pair, pair_reply, true,
		false },
	[WIRE_OP] = { "op", op, op_reply, false, false },
	[WIRE_OP_CANCEL] = { "op-cancel", op_cancel, empty, false, false },
	[WIRE_REGION] = { "region", slot_request, region_reply, false, true },
	[WIRE_KEY_SOCKET] = { "key-socket", key_socket, empty, false, true },
	[WIRE_WRAP] = { "wrap", wrap, wrap_reply, false, false },
	[WIRE_UNWRAP] = { "unwrap", unwrap, made_reply, true, false },
	[WIRE_DERIVE] = { "derive", derive, made_reply, true, false },
	[WIRE_KEEP] = { "keep", keep, made_reply, true, false },
	[WIRE_LOGIN_USE] = { "login-use", login_use, login_use_reply, true, false },
	[WIRE_DECAPSULATE] = { "decapsulate", unwrap, made_reply, true, false },
};

void
wire_header_encode(const struct wire_header *h, uint8_t out[WIRE_HEADER])
{
	store_le32(out, h->length);
	store_le32(out + 4, (uint32_t)h->type | (uint32_t)h->flags << 16);
	store_le64(out + 8, h->id);
	store_le64(out + 16, h->rv);
}

bool
wire_header_decode(const uint8_t in[WIRE_HEADER], uint32_t max, struct wire_header *ret)
{
	struct wire_header h;
	uint32_t word = load_le32(in + 4);

	h.length = load_le32(in);
	h.type = (uint16_t)word;
	h.flags = (uint16_t)(word >> 16);
	h.id = load_le64(in + 8);
	h.rv = load_le64(in + 16);
	if (h.length > max || h.type >= WIRE_TYPES ||
		wire_messages[h.type].name == NULL ||
		(h.flags & ~(WIRE_REPLY | WIRE_FD)) != 0 || h.flags == WIRE_FD)
		return false;
	*ret = h;
	return true;
}

size_t
wire_size(const struct wire_field *f, const void *message)
{
	static const uint8_t fixed[] = {
		[WIRE_U8] = 1,
		[WIRE_U32] = 4,
		[WIRE_U64] = 8,
		[WIRE_ID] = sizeof(struct wire_id),
		[WIRE_BLOB] = 4,
	};
	size_t n = 0;

	for (; f->kind != 0; f++) {
		const uint8_t *at = (const uint8_t *)message + f->offset;

		n += fixed[f->kind];
		if (f->kind == WIRE_BLOB) {
			size_t len = ((const struct bytes *)(const void *)at)->n;

			if (len > f->max)
				return SIZE_MAX;
			n += len;
		}
	}
	return n;
}

void
wire_encode(const struct wire_field *f, const void *message, struct buf *to)
{
	/* All room at once: a secret is not moved about by a growing buffer. */
	size_t size = wire_size(f, message);

	if (size == SIZE_MAX) {
		to->failed = true;
		return;
	}
	if (size == 0 || buf_reserve(to, size) == NULL)
		return;
	for (; f->kind != 0; f++) {
		const uint8_t *at = (const uint8_t *)message + f->offset;

		switch ((enum wire_kind)f->kind) {
		case WIRE_U8:
			buf_put_u8(to, *at);
			break;
		case WIRE_U32:
			buf_put_u32(to, *(const uint32_t *)(const void *)at);
			break;
		case WIRE_U64:
			buf_put_u64(to, *(const uint64_t *)(const void *)at);
			break;
		case WIRE_ID:
			buf_put(to, at, sizeof(struct wire_id));
			break;
		case WIRE_BLOB:
			buf_put_blob(to, *(const struct bytes *)(const void *)at);
			break;
		}
	}
}

static void
decode_fields(const struct wire_field *f, struct cursor *c, void *ret)
{
	for (; f->kind != 0; f++) {
		uint8_t *at = (uint8_t *)ret + f->offset;
		struct bytes blob;

		switch ((enum wire_kind)f->kind) {
		case WIRE_U8:
			*at = cursor_u8(c);
			break;
		case WIRE_U32:
			*(uint32_t *)(void *)at = cursor_u32(c);
			break;
		case WIRE_U64:
			*(uint64_t *)(void *)at = cursor_u64(c);
			break;
		case WIRE_ID:
			blob = cursor_bytes(c, sizeof(struct wire_id));
			memset(at, 0, sizeof(struct wire_id));
			if (blob.n != 0)
				memcpy(at, blob.p, blob.n);
			break;
		case WIRE_BLOB:
			blob = cursor_blob(c);
			if (blob.n > f->max) {
				c->bad = true;
				blob = BYTES_NONE;
			}
			memcpy(at, &blob, sizeof blob);
			break;
		}
	}
}

bool
wire_decode(const struct wire_field *fields, struct bytes payload, void *ret)
{
	struct cursor c = cursor_over(payload);

	decode_fields(fields, &c, ret);
	return cursor_done(&c);
}

bool
wire_list_next(const struct wire_field *fields, struct cursor *c, void *ret)
{
	if (cursor_left(c) == 0)
		return false;
	decode_fields(fields, c, ret);
	return cursor_ok(c);
}

void
wire_frame(struct buf *to, uint16_t type, uint16_t flags, uint64_t id, uint64_t rv,
	const struct wire_field *fields, const void *message)
{
	struct wire_header h = { .type = type, .flags = flags, .id = id, .rv = rv };
	size_t start = to->n;
	size_t size = fields != NULL ? wire_size(fields, message) : 0;

	if (size > WIRE_MAX_PAYLOAD) {
		to->failed = true;
		return;
	}
	if (buf_reserve(to, WIRE_HEADER + size) == NULL)
		return;
	to->n += WIRE_HEADER;
	if (fields != NULL)
		wire_encode(fields, message, to);
	if (!buf_ok(to))
		return;
	h.length = (uint32_t)size;
	wire_header_encode(&h, to->p + start);
}
