/* SPDX-License-Identifier: Apache-2.0 */
/* The unix socket's codec: headers, every message in both directions, lists. What decodes
 * encodes to the same bytes. */
#include "tests/fuzz/fuzz.h"
#include "wire/wire.h"

/* No message's struct is larger. */
#define MESSAGE_MAX 256u

static void
message(const struct wire_field *fields, struct bytes payload)
{
	_Alignas(16) uint8_t decoded[MESSAGE_MAX];
	struct buf again = BUF_INIT;

	if (!wire_decode(fields, payload, decoded))
		return;
	FUZZ_CHECK(wire_size(fields, decoded) == payload.n);
	wire_encode(fields, decoded, &again);
	FUZZ_CHECK(buf_ok(&again) && bytes_equal(buf_bytes(&again), payload));
	buf_free(&again);
}

static void
list(const struct wire_field *fields, struct bytes payload)
{
	_Alignas(16) uint8_t element[MESSAGE_MAX];
	struct cursor c = cursor_over(payload);
	size_t n = 0;

	while (wire_list_next(fields, &c, element))
		n++;
	FUZZ_CHECK(n <= payload.n);
	FUZZ_CHECK(!cursor_ok(&c) || cursor_done(&c));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	unsigned type = fuzz_u8(&c), way = fuzz_u8(&c) % 5;
	size_t n = cursor_left(&c);
	uint8_t *exact = fuzz_copy(cursor_bytes(&c, n));
	struct bytes payload = BYTES(exact, n);
	const struct wire_message *m = &wire_messages[type % WIRE_TYPES];
	struct wire_header h;

	if (way == 0 && n >= WIRE_HEADER &&
		wire_header_decode(exact, WIRE_MAX_PAYLOAD, &h)) {
		uint8_t again[WIRE_HEADER];

		wire_header_encode(&h, again);
		FUZZ_CHECK(memcmp(again, exact, WIRE_HEADER) == 0);
		FUZZ_CHECK(h.type < WIRE_TYPES && wire_messages[h.type].name != NULL);
	}
	if (way == 1 && m->name != NULL)
		message(m->request, payload);
	if (way == 2 && m->name != NULL)
		message(m->reply, payload);
	if (way == 3)
		list(wire_slot_fields, payload);
	if (way == 4)
		list(wire_object_fields, payload);
	free(exact);
	return 0;
}
