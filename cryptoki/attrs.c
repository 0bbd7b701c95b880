/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/attrs.h"

#include <errno.h>

#define HEADER 8u /* u32 type, u32 length */

void
attrs_free(struct attrs *a)
{
	buf_free(&a->b);
}

int
attrs_copy(struct attrs *to, struct bytes packed)
{
	buf_reset(&to->b);
	buf_put_bytes(&to->b, packed);
	return attrs_ok(to) ? 0 : -ENOMEM;
}

bool
attrs_next(struct cursor *c, struct attr *ret)
{
	uint32_t type;
	struct bytes value;

	if (cursor_left(c) == 0)
		return false;
	type = cursor_u32(c);
	value = cursor_blob(c);
	if (!cursor_ok(c))
		return false;
	ret->type = type;
	ret->value = value;
	return true;
}

bool
attrs_valid(struct bytes packed)
{
	struct cursor c = cursor_over(packed);
	struct attr a;
	uint32_t last = 0;
	size_t n = 0;

	if (packed.n > ATTRS_MAX_BYTES)
		return false;
	while (attrs_next(&c, &a)) {
		if (n != 0 && a.type <= last)
			return false;
		if (++n > ATTRS_MAX_COUNT)
			return false;
		last = a.type;
	}
	return cursor_done(&c);
}

bool
attrs_find(struct bytes packed, uint32_t type, struct bytes *ret)
{
	struct cursor c = cursor_over(packed);
	struct attr a;

	while (attrs_next(&c, &a)) {
		if (a.type == type) {
			*ret = a.value;
			return true;
		}
		if (a.type > type)
			break;
	}
	return false;
}

bool
attrs_has(struct bytes packed, uint32_t type)
{
	struct bytes ignored;

	return attrs_find(packed, type, &ignored);
}

uint64_t
attrs_ulong(struct bytes packed, uint32_t type, uint64_t fallback)
{
	struct bytes v;

	if (!attrs_find(packed, type, &v) || v.n != 8)
		return fallback;
	return load_le64(v.p);
}

bool
attrs_bool(struct bytes packed, uint32_t type, bool fallback)
{
	struct bytes v;

	if (!attrs_find(packed, type, &v) || v.n != 1)
		return fallback;
	return v.p[0] != 0;
}

/* Where the attribute is or would be, and how long it is there with its
 * header (0: it is not). */
static size_t
attrs_place(const struct attrs *a, uint32_t type, size_t *ret_len)
{
	struct cursor c = cursor_over(attrs_bytes(a));
	size_t at = 0;
	struct attr x;

	*ret_len = 0;
	while (attrs_next(&c, &x) && x.type <= type) {
		if (x.type == type) {
			*ret_len = HEADER + x.value.n;
			break;
		}
		at += HEADER + x.value.n;
	}
	return at;
}

/* Makes the range [at, at + old) new_len bytes long. */
static uint8_t *
attrs_splice(struct attrs *a, size_t at, size_t old, size_t new_len)
{
	size_t tail = a->b.n - at - old;

	if (new_len > old && buf_reserve(&a->b, new_len - old) == NULL)
		return NULL;
	if (tail != 0)
		memmove(a->b.p + at + new_len, a->b.p + at + old, tail);
	a->b.n = at + new_len + tail;
	return a->b.p != NULL ? a->b.p + at : NULL;
}

void
attrs_set(struct attrs *a, uint32_t type, struct bytes value)
{
	size_t old, at;
	uint8_t *p;

	if (a->b.failed)
		return;
	if (value.n > ATTRS_MAX_BYTES) {
		a->b.failed = true;
		return;
	}
	at = attrs_place(a, type, &old);
	p = attrs_splice(a, at, old, HEADER + value.n);
	if (p == NULL)
		return;
	store_le32(p, type);
	store_le32(p + 4, (uint32_t)value.n);
	if (value.n != 0)
		memcpy(p + HEADER, value.p, value.n);
}

void
attrs_set_ulong(struct attrs *a, uint32_t type, uint64_t value)
{
	uint8_t v[8];

	store_le64(v, value);
	attrs_set(a, type, BYTES_OF(v));
}

void
attrs_set_bool(struct attrs *a, uint32_t type, bool value)
{
	uint8_t v = value;

	attrs_set(a, type, BYTES(&v, 1));
}

void
attrs_unset(struct attrs *a, uint32_t type)
{
	size_t old, at;

	if (a->b.failed || a->b.n == 0)
		return;
	at = attrs_place(a, type, &old);
	if (old != 0)
		(void)attrs_splice(a, at, old, 0);
}

bool
attrs_match_with(struct bytes packed, struct bytes wanted, attrs_elsewhere *elsewhere,
	const void *arg)
{
	struct cursor have = cursor_over(packed), want = cursor_over(wanted);
	struct attr h = { .type = 0 }, w;
	bool more = attrs_next(&have, &h);

	while (attrs_next(&want, &w)) {
		while (more && h.type < w.type)
			more = attrs_next(&have, &h);
		if (more && h.type == w.type ? !bytes_equal(h.value, w.value)
					     : !elsewhere(arg, &w))
			return false;
	}
	return cursor_done(&want);
}

static bool
nowhere_else(const void *arg, const struct attr *wanted)
{
	return false;
}

bool
attrs_match(struct bytes packed, struct bytes wanted)
{
	return attrs_match_with(packed, wanted, nowhere_else, NULL);
}
