/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

/* All types that some schema knows, found once. */
static const uint32_t *
known_types(size_t *ret_n)
{
	static uint32_t types[256];
	static size_t n;
	static bool found;
	static const uint32_t firsts[] = { 0, 0x40000000,
		CKA_VENDOR_DEFINED | 0x4b540000 };

	for (size_t r = 0; !found && r < ARRAY_LEN(firsts); r++)
		for (uint32_t t = 0; t < 0x800 && n < ARRAY_LEN(types); t++)
			if (attr_lookup(firsts[r] + t) != NULL)
				types[n++] = firsts[r] + t;
	found = true;
	*ret_n = n;
	return types;
}

uint32_t
fuzz_attr_type(struct cursor *c)
{
	size_t n;
	const uint32_t *types = known_types(&n);
	unsigned which = fuzz_u8(c);

	return which < 250 ? types[which % n] : (uint32_t)fuzz_u64(c);
}

/* Numbers that mean something somewhere: classes, key types, lengths. */
static uint64_t
number(struct cursor *c, uint32_t type)
{
	static const uint64_t ends[] = { 0, UINT64_MAX, UINT32_MAX, INT64_MAX,
		CKA_VENDOR_DEFINED };
	unsigned v = fuzz_u8(c);

	if (v >= 250)
		return ends[v - 250 < ARRAY_LEN(ends) ? v - 250 : 0];
	if (type == CKA_CLASS)
		return v % 10;
	return v < 240 ? v : fuzz_u64(c);
}

struct bytes
fuzz_attr_value(struct cursor *c, uint32_t type, uint8_t *room)
{
	const struct attr_def *def = attr_lookup(type);
	enum attr_kind kind = def != NULL ? (enum attr_kind)def->kind : ATTR_BYTES;
	unsigned odd = fuzz_u8(c);
	size_t n = 0;

	if (odd >= 240 || kind == ATTR_BYTES || kind == ATTR_STRING ||
		kind == ATTR_BIGNUM)
		return fuzz_bytes(c, FUZZ_VALUE);
	if (kind == ATTR_BOOL)
		room[n++] = (uint8_t)(odd & 1);
	if (kind == ATTR_DATE)
		while (n < 8 && odd % 4 != 0)
			room[n++] = (uint8_t)('0' + fuzz_u8(c) % 10);
	if (kind == ATTR_ULONG || kind == ATTR_MECHS)
		for (unsigned i = 0; i < (kind == ATTR_MECHS ? odd % 5 : 1); i++, n += 8)
			store_le64(room + n, number(c, type));
	if (kind == ATTR_TEMPLATE) {
		struct attrs nested = ATTRS_INIT;

		if (odd % 4 != 0) {
			attrs_set_bool(&nested, CKA_TOKEN, odd % 2 != 0);
			attrs_set(&nested, CKA_LABEL, fuzz_bytes(c, 16));
		}
		n = attrs_bytes(&nested).n;
		if (n != 0)
			memcpy(room, attrs_bytes(&nested).p, n);
		attrs_free(&nested);
	}
	return BYTES(room, n);
}

void
fuzz_attrs(struct cursor *c, unsigned most, struct attrs *to)
{
	unsigned n = fuzz_u8(c) % (most + 1);

	for (unsigned i = 0; i < n; i++) {
		uint32_t type = fuzz_attr_type(c);
		uint8_t room[FUZZ_VALUE];

		attrs_set(to, type, fuzz_attr_value(c, type, room));
	}
	FUZZ_CHECK(attrs_ok(to));
}

/* A row's name in an input: its number in 16 bits, spread over all that there are. */
static uint16_t
mech_name(const struct mech *m)
{
	return (uint16_t)((m->type ^ m->type >> 16) * 40503u);
}

static void
mech_names_check(void)
{
	for (size_t i = 0; i < mechs_count; i++)
		for (size_t k = 0; k < i; k++)
			FUZZ_CHECK(mech_name(&mechs[i]) != mech_name(&mechs[k]));
}

/* The one with that name, or with the next. Not by its place in the table: a row that is
 * added would change what all stored inputs mean. */
const struct mech *
fuzz_mech(struct cursor *c)
{
	const uint16_t name = (uint16_t)fuzz_u16(c);
	const struct mech *m = &mechs[0];
	static bool checked;

	if (!checked)
		mech_names_check();
	checked = true;
	for (size_t i = 1; i < mechs_count; i++)
		if ((uint16_t)(mech_name(&mechs[i]) - name) <
			(uint16_t)(mech_name(m) - name))
			m = &mechs[i];
	return m;
}
