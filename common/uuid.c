/* SPDX-License-Identifier: Apache-2.0 */
#include "common/uuid.h"

/* Before which byte is there a dash? */
static bool
is_dashed(size_t i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

void
uuid_text(const uint8_t raw[UUID_BYTES], char ret[UUID_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	char *to = ret;

	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (is_dashed(i))
			*to++ = '-';
		*to++ = digits[raw[i] >> 4];
		*to++ = digits[raw[i] & 15];
	}
	*to = '\0';
}

static int
digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
uuid_parse(struct bytes text, uint8_t ret[UUID_BYTES])
{
	uint8_t raw[UUID_BYTES];
	const uint8_t *at = text.p;

	if (text.n != UUID_TEXT - 1)
		return false;
	for (size_t i = 0; i < UUID_BYTES; i++, at += 2) {
		if (is_dashed(i) && *at++ != '-')
			return false;
		if (digit(at[0]) < 0 || digit(at[1]) < 0)
			return false;
		raw[i] = (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
	}
	memcpy(ret, raw, sizeof raw);
	return true;
}
