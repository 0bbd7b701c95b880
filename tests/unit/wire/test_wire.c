/* SPDX-License-Identifier: Apache-2.0 */
#include "common/request_id.h"
#include "wire/wire.h"

#include "tests/unit/check_main.h"

#include <time.h>

#define DIRECTIONS 2 /* request, reply */
#define MESSAGES ((WIRE_TYPES - 1) * DIRECTIONS)
#define LISTS 4
#define STRUCT_MAX 512
#define FUZZ_ROUNDS 20000

/* Any message's struct. */
union any {
	uint8_t b[STRUCT_MAX];
	uint64_t align;
	void *p;
};

static const struct wire_field *const lists[LISTS] = { wire_slot_fields,
	wire_object_fields, wire_key_fields, wire_made_fields };

/* The messages in both directions, then what is inside of them. */
static const struct wire_field *
fields_of(int i)
{
	const struct wire_message *m;

	if (i >= MESSAGES)
		return lists[i - MESSAGES];
	m = &wire_messages[1 + i / DIRECTIONS];
	return i % DIRECTIONS == 0 ? m->request : m->reply;
}

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void
field_set(const struct wire_field *f, union any *m, struct bytes blob, uint32_t *seed)
{
	uint8_t *at = m->b + f->offset;
	uint64_t v = (uint64_t)next_random(seed) << 32 | next_random(seed);
	uint32_t v32 = (uint32_t)v;

	if (f->kind == WIRE_U8) {
		*at = (uint8_t)v;
	} else if (f->kind == WIRE_U32) {
		memcpy(at, &v32, sizeof v32);
	} else if (f->kind == WIRE_U64) {
		memcpy(at, &v, sizeof v);
	} else if (f->kind == WIRE_ID) {
		memset(at, (int)(v & 0xff), sizeof(struct wire_id));
	} else {
		blob.n = blob.n != 0 ? v32 % (blob.n + 1) : 0;
		memcpy(at, &blob, sizeof blob);
	}
}

static void
message_fill(const struct wire_field *f, union any *m, struct bytes blob, uint32_t *seed)
{
	memset(m, 0, sizeof *m);
	for (; f->kind != 0; f++) {
		struct bytes b = blob;

		if (f->kind == WIRE_BLOB && b.n > f->max)
			b.n = f->max;
		field_set(f, m, b, seed);
	}
}

static void
assert_same(const struct wire_field *f, const union any *a, const union any *b)
{
	static const uint8_t size[] = {
		[WIRE_U8] = 1, [WIRE_U32] = 4, [WIRE_U64] = 8, [WIRE_ID] = 16
	};

	for (; f->kind != 0; f++) {
		struct bytes x, y;

		if (f->kind != WIRE_BLOB) {
			ck_assert_mem_eq(
				a->b + f->offset, b->b + f->offset, size[f->kind]);
			continue;
		}
		memcpy(&x, a->b + f->offset, sizeof x);
		memcpy(&y, b->b + f->offset, sizeof y);
		ck_assert(bytes_equal(x, y));
	}
}

START_TEST (every_type_has_a_row_with_both_directions) {
	ck_assert_ptr_null(wire_messages[0].name);
	for (int i = 1; i < WIRE_TYPES; i++) {
		ck_assert_ptr_nonnull(wire_messages[i].name);
		ck_assert_ptr_nonnull(wire_messages[i].request);
		ck_assert_ptr_nonnull(wire_messages[i].reply);
	}
	for (int i = 0; i < MESSAGES + LISTS; i++) {
		for (const struct wire_field *f = fields_of(i); f->kind != 0; f++) {
			ck_assert_uint_le(f->kind, WIRE_BLOB);
			ck_assert_uint_lt(f->offset, STRUCT_MAX - 16);
			ck_assert(f->kind != WIRE_BLOB || f->max != 0);
		}
	}
}
END_TEST

START_TEST (every_changing_message_has_a_request_id) {
	for (int i = 1; i < WIRE_TYPES; i++) {
		bool has = false;

		for (const struct wire_field *f = wire_messages[i].request; f->kind != 0;
			f++)
			has = has || f->kind == WIRE_ID;
		if (wire_messages[i].changes)
			ck_assert_msg(has, "%s", wire_messages[i].name);
	}
}
END_TEST

START_TEST (message_comes_back_as_it_was) {
	static uint8_t data[300];
	const struct wire_field *f = fields_of(_i);
	uint32_t seed = 77 + (uint32_t)_i;
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)next_random(&seed);
	for (int round = 0; round < 50; round++) {
		union any in, out;

		message_fill(f, &in, BYTES_OF(data), &seed);
		memset(&out, 0xee, sizeof out);
		buf_reset(&b);
		wire_encode(f, &in, &b);
		ck_assert(buf_ok(&b));
		ck_assert_uint_eq(b.n, wire_size(f, &in));
		ck_assert(wire_decode(f, buf_bytes(&b), &out));
		assert_same(f, &in, &out);
	}
	buf_free(&b);
}
END_TEST

/* In blocks of exactly that size, so that a sanitizer sees a read past it. */
START_TEST (message_cut_or_lengthened_anywhere_is_malformed) {
	static uint8_t data[40];
	const struct wire_field *f = fields_of(_i);
	uint32_t seed = 5;
	struct buf b = BUF_INIT;
	union any in, out;

	message_fill(f, &in, BYTES_OF(data), &seed);
	wire_encode(f, &in, &b);
	for (size_t n = 0; n < b.n; n++) {
		uint8_t *cut = malloc(n + 1);

		if (n != 0)
			memcpy(cut + 1, b.p, n);
		ck_assert(!wire_decode(f, BYTES(cut + 1, n), &out));
		free(cut);
	}
	buf_put_u8(&b, 0);
	ck_assert(!wire_decode(f, buf_bytes(&b), &out));
	buf_free(&b);
}
END_TEST

START_TEST (blob_length_other_than_its_bytes_is_malformed) {
	static const uint32_t lengths[] = { 0, 3, 5, 0x7fffffff, 0x80000000, 0xffffffff };
	struct wire_slot_reply in = { BYTES("abcd", 4) }, out;
	const struct wire_field *f = wire_messages[WIRE_LOGIN].reply;
	struct buf b = BUF_INIT;

	wire_encode(f, &in, &b);
	ck_assert_uint_eq(b.n, 8);
	ck_assert(wire_decode(f, buf_bytes(&b), &out));
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		store_le32(b.p, lengths[i]);
		ck_assert(!wire_decode(f, buf_bytes(&b), &out));
	}
	buf_free(&b);
}
END_TEST

START_TEST (blob_may_fill_its_limit_and_not_pass_it) {
	static uint8_t pin[WIRE_MAX_PIN + 1];
	const struct wire_field *f = wire_messages[WIRE_LOGIN].request;
	struct wire_login in = { .pin = BYTES(pin, WIRE_MAX_PIN) }, out;
	struct buf b = BUF_INIT;

	wire_encode(f, &in, &b);
	ck_assert(buf_ok(&b));
	ck_assert(wire_decode(f, buf_bytes(&b), &out));
	ck_assert_uint_eq(out.pin.n, WIRE_MAX_PIN);

	/* one byte more, as a peer might write it */
	store_le32(b.p + b.n - WIRE_MAX_PIN - 4, WIRE_MAX_PIN + 1);
	buf_put_u8(&b, 0);
	ck_assert(!wire_decode(f, buf_bytes(&b), &out));
	ck_assert_ptr_null(out.pin.p);

	buf_reset(&b);
	in.pin.n++;
	ck_assert_uint_eq(wire_size(f, &in), SIZE_MAX);
	wire_encode(f, &in, &b);
	ck_assert(!buf_ok(&b));
	ck_assert_uint_eq(b.n, 0);
	buf_free(&b);
}
END_TEST

START_TEST (list_gives_each_element_and_ends_well) {
	struct buf b = BUF_INIT;
	struct wire_slot slot = { .label = BYTES("a label", 7) };
	struct cursor c;
	uint64_t n = 0;

	for (uint64_t i = 0; i < 10; i++) {
		slot.slot = i;
		slot.epoch = i * i;
		slot.label.n = i % 8;
		wire_encode(wire_slot_fields, &slot, &b);
	}
	c = cursor_over(buf_bytes(&b));
	while (wire_list_next(wire_slot_fields, &c, &slot)) {
		ck_assert_uint_eq(slot.slot, n);
		ck_assert_uint_eq(slot.epoch, n * n);
		ck_assert_uint_eq(slot.label.n, n % 8);
		n++;
	}
	ck_assert_uint_eq(n, 10);
	ck_assert(!c.bad);
	c = cursor_over(BYTES_NONE);
	ck_assert(!wire_list_next(wire_slot_fields, &c, &slot));
	ck_assert(!c.bad);
	buf_free(&b);
}
END_TEST

START_TEST (list_cut_anywhere_inside_an_element_is_bad) {
	struct buf b = BUF_INIT;
	struct wire_object object = { .revision = 7, .attributes = BYTES("abc", 3) };
	size_t one;

	wire_encode(wire_object_fields, &object, &b);
	one = b.n;
	wire_encode(wire_object_fields, &object, &b);
	for (size_t cut = 0; cut <= b.n; cut++) {
		struct cursor c = cursor_over(BYTES(b.p, cut));
		size_t n = 0;

		while (wire_list_next(wire_object_fields, &c, &object))
			n++;
		ck_assert_uint_eq(n, cut / one);
		ck_assert(c.bad == (cut % one != 0));
		ck_assert(!wire_list_next(wire_object_fields, &c, &object));
	}
	buf_free(&b);
}
END_TEST

START_TEST (header_comes_back_as_it_was) {
	struct wire_header in = { 12345, WIRE_OP, WIRE_REPLY, 0x1122334455667788,
		0xaabbccdd00112233 };
	struct wire_header out;
	uint8_t raw[WIRE_HEADER];

	wire_header_encode(&in, raw);
	ck_assert(wire_header_decode(raw, WIRE_MAX_PAYLOAD, &out));
	ck_assert_mem_eq(&in, &out, sizeof in);
	ck_assert_uint_eq(raw[0], 12345 & 0xff);
	ck_assert_uint_eq(raw[4], WIRE_OP);
	ck_assert_uint_eq(raw[6], WIRE_REPLY);
	ck_assert_uint_eq(raw[8], 0x88);
	ck_assert_uint_eq(raw[23], 0xaa);
}
END_TEST

START_TEST (impossible_header_is_refused_and_nothing_returned) {
	static const struct wire_header bad[] = {
		{ .length = WIRE_MAX_PAYLOAD + 1, .type = WIRE_OP },
		{ .length = UINT32_MAX, .type = WIRE_OP },
		{ .type = 0 },
		{ .type = WIRE_TYPES },
		{ .type = UINT16_MAX },
		{ .type = WIRE_OP, .flags = 2 },
		{ .type = WIRE_OP, .flags = 0x8001 },
	};
	const struct wire_header mark = { .length = 1, .id = 99 };
	uint8_t raw[WIRE_HEADER];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct wire_header h = mark;

		wire_header_encode(&bad[i], raw);
		ck_assert(!wire_header_decode(raw, WIRE_MAX_PAYLOAD, &h));
		ck_assert_mem_eq(&h, &mark, sizeof h);
	}
}
END_TEST

START_TEST (frame_is_header_and_payload_after_what_is_there) {
	struct wire_op_cancel in = { 42 }, out;
	struct buf b = BUF_INIT;
	struct wire_header h;

	buf_put(&b, "before", 6);
	wire_frame(
		&b, WIRE_OP_CANCEL, 0, 9, 0, wire_messages[WIRE_OP_CANCEL].request, &in);
	ck_assert(buf_ok(&b));
	ck_assert_uint_eq(b.n, 6 + WIRE_HEADER + 8);
	ck_assert(wire_header_decode(b.p + 6, 8, &h));
	ck_assert_uint_eq(h.length, 8);
	ck_assert_uint_eq(h.id, 9);
	ck_assert(wire_decode(wire_messages[WIRE_OP_CANCEL].request,
		BYTES(b.p + 6 + WIRE_HEADER, 8), &out));
	ck_assert_uint_eq(out.op, 42);

	buf_reset(&b);
	wire_frame(&b, WIRE_LOGIN, WIRE_REPLY, 9, 0xa0, NULL, NULL);
	ck_assert_uint_eq(b.n, WIRE_HEADER);
	ck_assert(wire_header_decode(b.p, 0, &h));
	ck_assert_uint_eq(h.rv, 0xa0);
	buf_free(&b);
}
END_TEST

START_TEST (frame_over_the_limit_fails) {
	static uint8_t big[1 << 20];
	struct wire_pair_reply in = { BYTES_OF(big), BYTES_OF(big) };
	struct buf b = BUF_INIT;

	wire_frame(&b, WIRE_GENERATE_PAIR, WIRE_REPLY, 1, 0,
		wire_messages[WIRE_GENERATE_PAIR].reply, &in);
	ck_assert(!buf_ok(&b));
	buf_free(&b);
}
END_TEST

START_TEST (request_ids_start_with_the_time_and_differ) {
	struct wire_id a, b;
	uint64_t ms;

	ck_assert_int_eq(request_id_new(a.b), 0);
	ck_assert_int_eq(request_id_new(b.b), 0);
	ck_assert_mem_ne(a.b, b.b, sizeof a.b);
	memcpy(&ms, a.b, 8);
	ms = be64toh(ms);
	ck_assert_uint_le(
		ms / 1000, (uint64_t)time(NULL) + 1); /* it reads a coarser clock */
	ck_assert_uint_ge(ms / 1000 + 60, (uint64_t)time(NULL));
}
END_TEST

/* Noise, and good messages with a few bytes changed: nothing is read outside,
 * and what decodes encodes to the same bytes again. */
START_TEST (noise_is_refused_or_means_itself) {
	static uint8_t data[64];
	const struct wire_field *f = fields_of(_i);
	uint32_t seed = 4711 + (uint32_t)_i;
	struct buf b = BUF_INIT, again = BUF_INIT;
	union any m;

	for (int round = 0; round < FUZZ_ROUNDS / 10; round++) {
		uint8_t *copy;

		buf_reset(&b);
		message_fill(f, &m, BYTES_OF(data), &seed);
		wire_encode(f, &m, &b);
		for (uint32_t flips = next_random(&seed) % 4; flips > 0 && b.n > 0;
			flips--)
			b.p[next_random(&seed) % b.n] = (uint8_t)next_random(&seed);
		if (round % 4 == 0)
			b.n = next_random(&seed) % (b.n + 1);
		copy = malloc(b.n + 1);
		if (b.n != 0)
			memcpy(copy + 1, b.p, b.n);
		memset(&m, 0, sizeof m);
		if (wire_decode(f, BYTES(copy + 1, b.n), &m)) {
			buf_reset(&again);
			wire_encode(f, &m, &again);
			ck_assert(bytes_equal(buf_bytes(&b), buf_bytes(&again)));
		}
		free(copy);
	}
	buf_free(&b);
	buf_free(&again);
}
END_TEST

START_TEST (noise_as_a_list_ends) {
	uint8_t noise[200];
	uint32_t seed = 99;

	for (int round = 0; round < FUZZ_ROUNDS; round++) {
		struct cursor c;
		struct wire_object object;
		int n = 0;

		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = next_random(&seed) % 4 == 0
					   ? (uint8_t)next_random(&seed)
					   : 0;
		c = cursor_over(BYTES(noise, next_random(&seed) % sizeof noise));
		while (wire_list_next(wire_object_fields, &c, &object))
			n++;
		ck_assert_int_le(n, (int)sizeof noise / 29);
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &every_type_has_a_row_with_both_directions, 0 },
	{ &every_changing_message_has_a_request_id, 0 },
	{ &message_comes_back_as_it_was, MESSAGES + LISTS },
	{ &message_cut_or_lengthened_anywhere_is_malformed, MESSAGES + LISTS },
	{ &blob_length_other_than_its_bytes_is_malformed, 0 },
	{ &blob_may_fill_its_limit_and_not_pass_it, 0 },
	{ &list_gives_each_element_and_ends_well, 0 },
	{ &list_cut_anywhere_inside_an_element_is_bad, 0 },
	{ &header_comes_back_as_it_was, 0 },
	{ &impossible_header_is_refused_and_nothing_returned, 0 },
	{ &frame_is_header_and_payload_after_what_is_there, 0 },
	{ &frame_over_the_limit_fails, 0 },
	{ &request_ids_start_with_the_time_and_differ, 0 },
	{ &noise_is_refused_or_means_itself, MESSAGES + LISTS },
	{ &noise_as_a_list_ends, 0 },
};

CHECK_MAIN("wire", tests)
