/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/names.h"

#include <stdio.h>

#include "cryptoki/names_table.h"

#define UNKNOWN_SLOTS 8

/* Not malloc'ed: names are for error paths. */
static const char *
name_unknown(const char *prefix, CK_ULONG value)
{
	static _Thread_local char slots[UNKNOWN_SLOTS][32];
	static _Thread_local unsigned next;
	char *slot = slots[next++ % UNKNOWN_SLOTS];

	snprintf(slot, sizeof slots[0], "%s_0x%08lX", prefix, value);
	return slot;
}

static const char *
name_find(const struct ck_name *table, size_t n, const char *prefix, CK_ULONG value)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (table[mid].value == value)
			return table[mid].name;
		if (table[mid].value < value)
			low = mid + 1;
		else
			high = mid;
	}
	return name_unknown(prefix, value);
}

static bool
value_find(const struct ck_name *table, size_t n, const char *name, CK_ULONG *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(table[i].name, name) == 0) {
			*ret = table[i].value;
			return true;
		}
	}
	return false;
}

const char *
ckr_name(CK_RV rv)
{
	return name_find(ckr_names, ckr_names_count, "CKR", rv);
}

const char *
ckm_name(CK_MECHANISM_TYPE type)
{
	return name_find(ckm_names, ckm_names_count, "CKM", type);
}

const char *
cka_name(CK_ATTRIBUTE_TYPE type)
{
	return name_find(cka_names, cka_names_count, "CKA", type);
}

const char *
cko_name(CK_OBJECT_CLASS class)
{
	return name_find(cko_names, cko_names_count, "CKO", class);
}

const char *
ckk_name(CK_KEY_TYPE type)
{
	return name_find(ckk_names, ckk_names_count, "CKK", type);
}

bool
cka_by_name(const char *name, CK_ATTRIBUTE_TYPE *ret)
{
	return value_find(cka_names, cka_names_count, name, ret);
}

bool
ckm_by_name(const char *name, CK_MECHANISM_TYPE *ret)
{
	return value_find(ckm_names, ckm_names_count, name, ret);
}
