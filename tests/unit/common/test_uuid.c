/* SPDX-License-Identifier: Apache-2.0 */
#include "common/uuid.h"

#include "tests/unit/check_main.h"

static const uint8_t raw[UUID_BYTES] = { 0xf0, 0x0d, 0xb2, 0xf1, 0x44, 0x21, 0x40, 0x32,
	0xa5, 0x05, 0x46, 0x5b, 0xed, 0xfa, 0x84, 0x5b };
static const char text[] = "f00db2f1-4421-4032-a505-465bedfa845b";

START_TEST (text_and_bytes_are_each_other_s) {
	char written[UUID_TEXT];
	uint8_t read[UUID_BYTES];

	uuid_text(raw, written);
	ck_assert_str_eq(written, text);
	ck_assert(uuid_parse(BYTES_STR(text), read));
	ck_assert_mem_eq(read, raw, sizeof raw);
	ck_assert(uuid_parse(BYTES_STR("F00DB2F1-4421-4032-A505-465BEDFA845B"), read));
	ck_assert_mem_eq(read, raw, sizeof raw);
}
END_TEST

static const char *const others[] = {
	"",
	"f00db2f1",
	"f00db2f1-4421-4032-a505-465bedfa845",
	"f00db2f1-4421-4032-a505-465bedfa845b0",
	"f00db2f144214032a505465bedfa845b",
	"f00db2f1-4421-4032-a505-465bedfa845g",
	"f00db2f1-4421-4032-a505-465bedfa845-",
	"f00db2f1-4421-4032-a5055-65bedfa845b",
	"f00db2f1 4421 4032 a505 465bedfa845b",
	"@00db2f1-4421-4032-a505-465bedfa845b",
	"-f00db2f-1442-1403-2a50-5465bedfa845",
};

START_TEST (what_is_no_uuid_is_none) {
	uint8_t read[UUID_BYTES] = { 1 };

	ck_assert_msg(!uuid_parse(BYTES_STR(others[_i]), read), "%s", others[_i]);
	ck_assert_uint_eq(read[0], 1);
}
END_TEST

static const struct check_test tests[] = {
	{ &text_and_bytes_are_each_other_s, 0 },
	{ &what_is_no_uuid_is_none, ARRAY_LEN(others) },
};
CHECK_MAIN("uuid", tests)
