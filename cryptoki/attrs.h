/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes in one packed form, the same in memory, on the module's socket
 * and in the database:
 *   repeated { u32 type, u32 length, value }, little-endian, sorted by type,
 *   each type once.
 * Values: CK_BBOOL one byte 0 or 1; CK_ULONG eight bytes little-endian (so
 * that hosts of any word size agree); CK_DATE its eight characters or empty;
 * arrays of mechanisms as CK_ULONGs; templates as a nested packed list;
 * everything else as it is. Which is which is the schema's (schema.h).
 * Types above 32 bits do not exist in the standard and are refused.
 */
#pragma once

#include "common/buf.h"
#include "cryptoki/pkcs11.h"

/* The limits of docs/PROTOCOL.md. */
#define ATTRS_MAX_BYTES (1u << 20) /* of one object, packed */
#define ATTRS_MAX_COUNT 256u

struct attrs {
	struct buf b;
};

#define ATTRS_INIT ((struct attrs){ BUF_INIT })
/* For values that are key material: wiped, see struct buf. */
#define ATTRS_SECRET ((struct attrs){ BUF_SECRET })

struct attr {
	uint32_t type;
	struct bytes value;
};

void attrs_free(struct attrs *a); /* empties; usable again */
int attrs_copy(struct attrs *to, struct bytes packed) MUST_CHECK; /* 0, -ENOMEM */

/* Is it well formed: bounds, order, uniqueness, limits? Everything below
 * takes packed lists that passed this. */
bool attrs_valid(struct bytes packed) MUST_CHECK;

/* Iteration: struct attr a; for (c = cursor_over(packed); attrs_next(&c, &a);) */
bool attrs_next(struct cursor *c, struct attr *ret);
bool attrs_find(struct bytes packed, uint32_t type, struct bytes *ret) MUST_CHECK;
bool attrs_has(struct bytes packed, uint32_t type) MUST_CHECK;
/* The default where the attribute is absent or of another size. */
uint64_t attrs_ulong(struct bytes packed, uint32_t type, uint64_t fallback) MUST_CHECK;
bool attrs_bool(struct bytes packed, uint32_t type, bool fallback) MUST_CHECK;

/* Insert or replace, keeping the order. value must not borrow from a itself.
 * Sticky failure: attrs_ok(). */
void attrs_set(struct attrs *a, uint32_t type, struct bytes value);
void attrs_set_ulong(struct attrs *a, uint32_t type, uint64_t value);
void attrs_set_bool(struct attrs *a, uint32_t type, bool value);
void attrs_unset(struct attrs *a, uint32_t type);

static inline struct bytes
attrs_bytes(const struct attrs *a)
{
	return buf_bytes(&a->b);
}

static inline bool
attrs_ok(const struct attrs *a)
{
	return buf_ok(&a->b);
}

/* Every attribute of `wanted` is in `packed` with the same value: what
 * C_FindObjects means by a match. */
bool attrs_match(struct bytes packed, struct bytes wanted) MUST_CHECK;
/* The same of what has more than the list: of each type that is not in it elsewhere is asked. */
typedef bool attrs_elsewhere(const void *arg, const struct attr *wanted);
bool attrs_match_with(struct bytes packed, struct bytes wanted,
	attrs_elsewhere *elsewhere, const void *arg) MUST_CHECK;

/* An application's template into packed form. Refuses:
 *   CKR_ARGUMENTS_BAD           NULL template with n > 0, NULL value with a length
 *   CKR_ATTRIBUTE_TYPE_INVALID  a type no schema knows
 *   CKR_ATTRIBUTE_VALUE_INVALID a boolean, number or date of the wrong size or value
 *   CKR_TEMPLATE_INCONSISTENT   the same type twice with different values
 *   CKR_HOST_MEMORY             as it says; also over ATTRS_MAX_BYTES
 * ret, initialised by the caller, is replaced; it wipes whatever the content. */
CK_RV attrs_from_template(
	const CK_ATTRIBUTE *template, CK_ULONG n, struct attrs *ret) MUST_CHECK;

/* One value into an application's CK_ATTRIBUTE, as C_GetAttributeValue does:
 * length query on NULL, CKR_BUFFER_TOO_SMALL with CK_UNAVAILABLE_INFORMATION.
 * Templates in attributes (CKA_WRAP_TEMPLATE ...) are one level deep. */
CK_RV attr_to_application(const struct attr *a, CK_ATTRIBUTE *out) MUST_CHECK;
