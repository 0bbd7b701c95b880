/* SPDX-License-Identifier: Apache-2.0 */
#include "common/bytes.h"

bool
bytes_equal_secret(struct bytes a, struct bytes b)
{
	/* volatile: the compiler may not turn the loop into one that stops early */
	const volatile uint8_t *pa = a.p, *pb = b.p;
	uint8_t differ = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		differ |= (uint8_t)(pa[i] ^ pb[i]);
	return differ == 0;
}

struct bytes
cursor_bytes(struct cursor *c, size_t n)
{
	struct bytes got = { c->p, n };

	if (n > cursor_left(c)) {
		c->bad = true;
		return BYTES_NONE;
	}
	if (c->bad || n == 0)
		return BYTES_NONE;
	c->p += n;
	return got;
}

uint8_t
cursor_u8(struct cursor *c)
{
	struct bytes b = cursor_bytes(c, 1);

	return b.n == 1 ? b.p[0] : 0;
}

uint32_t
cursor_u32(struct cursor *c)
{
	struct bytes b = cursor_bytes(c, sizeof(uint32_t));

	return b.n != 0 ? load_le32(b.p) : 0;
}

uint64_t
cursor_u64(struct cursor *c)
{
	struct bytes b = cursor_bytes(c, sizeof(uint64_t));

	return b.n != 0 ? load_le64(b.p) : 0;
}

struct bytes
cursor_blob(struct cursor *c)
{
	return cursor_bytes(c, cursor_u32(c));
}
