/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/proto/proto_convert.h"

#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "cryptoki/schema.h"
#include "remote/rpc/rpc.h"

/* --- Byte ranges ----------------------------------------------------------- */

void *
proto_alloc(size_t n)
{
	return rpc_allocator.alloc(rpc_allocator.allocator_data, n);
}

static void *
proto_calloc(size_t count, size_t n)
{
	void *p = proto_alloc(count * n != 0 ? count * n : 1);

	if (p != NULL)
		memset(p, 0, count * n);
	return p;
}

int
proto_put_bytes(ProtobufCBinaryData *to, struct bytes from)
{
	uint8_t *p;

	if (from.n == 0)
		return 0;
	p = proto_alloc(from.n);
	if (p == NULL)
		return -ENOMEM;
	memcpy(p, from.p, from.n);
	*to = (ProtobufCBinaryData){ .len = from.n, .data = p };
	return 0;
}

int
proto_put_string(char **to, struct bytes from)
{
	char *p;

	p = proto_alloc(from.n + 1);
	if (p == NULL)
		return -ENOMEM;
	if (from.n != 0)
		memcpy(p, from.p, from.n);
	p[from.n] = '\0';
	*to = p;
	return 0;
}

/* --- Packed attributes to messages ------------------------------------------ */

static int
put_flag(struct bytes value, Keystore__V1__Attribute *a)
{
	a->value_case = KEYSTORE__V1__ATTRIBUTE__VALUE_FLAG;
	a->flag = value.p[0] != 0;
	return 0;
}

static int
put_number(struct bytes value, Keystore__V1__Attribute *a)
{
	a->value_case = KEYSTORE__V1__ATTRIBUTE__VALUE_NUMBER;
	a->number = load_le64(value.p);
	return 0;
}

static int
put_octets(struct bytes value, Keystore__V1__Attribute *a)
{
	ProtobufCBinaryData octets = { 0 };

	if (proto_put_bytes(&octets, value) < 0)
		return -ENOMEM;
	a->octets = octets;
	a->value_case = KEYSTORE__V1__ATTRIBUTE__VALUE_OCTETS;
	return 0;
}

static int
put_numbers(struct bytes value, Keystore__V1__Attribute *a)
{
	Keystore__V1__NumberList *list = proto_alloc(sizeof *list);
	size_t n = value.n / 8;

	if (list == NULL)
		return -ENOMEM;
	keystore__v1__number_list__init(list);
	a->numbers = list;
	a->value_case = KEYSTORE__V1__ATTRIBUTE__VALUE_NUMBERS;
	if (n == 0)
		return 0;
	list->numbers = proto_calloc(n, sizeof *list->numbers);
	if (list->numbers == NULL)
		return -ENOMEM;
	list->n_numbers = n;
	for (size_t i = 0; i < n; i++)
		list->numbers[i] = load_le64(value.p + 8 * i);
	return 0;
}

static int
put_simple(const struct attr *from, enum attr_kind kind, Keystore__V1__Attribute *a)
{
	a->type = from->type;
	if (kind == ATTR_BOOL && from->value.n == 1)
		return put_flag(from->value, a);
	if (kind == ATTR_ULONG && from->value.n == 8)
		return put_number(from->value, a);
	if (kind == ATTR_MECHS && from->value.n % 8 == 0)
		return put_numbers(from->value, a);
	return put_octets(from->value, a);
}

static enum attr_kind
kind_of(uint32_t type)
{
	const struct attr_def *def = attr_lookup(type);

	return def != NULL ? (enum attr_kind)def->kind : ATTR_BYTES;
}

/* The two kinds of attribute differ in what they may hold only. */
static int
put_nested(const struct attr *from, Keystore__V1__NestedAttribute *a)
{
	Keystore__V1__Attribute simple = KEYSTORE__V1__ATTRIBUTE__INIT;
	int r = put_simple(from, kind_of(from->type), &simple);

	a->type = simple.type;
	if (simple.value_case == KEYSTORE__V1__ATTRIBUTE__VALUE_FLAG)
		a->flag = simple.flag;
	else if (simple.value_case == KEYSTORE__V1__ATTRIBUTE__VALUE_NUMBER)
		a->number = simple.number;
	else if (simple.value_case == KEYSTORE__V1__ATTRIBUTE__VALUE_NUMBERS)
		a->numbers = simple.numbers;
	else if (simple.value_case == KEYSTORE__V1__ATTRIBUTE__VALUE_OCTETS)
		a->octets = simple.octets;
	a->value_case = (Keystore__V1__NestedAttribute__ValueCase)simple.value_case;
	return r;
}

static size_t
attrs_count(struct bytes packed)
{
	struct cursor c = cursor_over(packed);
	struct attr a;
	size_t n = 0;

	while (attrs_next(&c, &a))
		n++;
	return n;
}

static int
put_list(struct bytes value, Keystore__V1__Attribute *a)
{
	Keystore__V1__AttributeList *list = proto_alloc(sizeof *list);
	struct cursor c = cursor_over(value);
	struct attr from;
	int r = 0;

	if (list == NULL)
		return -ENOMEM;
	keystore__v1__attribute_list__init(list);
	a->list = list;
	a->value_case = KEYSTORE__V1__ATTRIBUTE__VALUE_LIST;
	list->attributes =
		proto_calloc(attrs_count(value), sizeof(Keystore__V1__NestedAttribute *));
	if (list->attributes == NULL)
		return -ENOMEM;
	while (r == 0 && attrs_next(&c, &from)) {
		Keystore__V1__NestedAttribute *nested = proto_alloc(sizeof *nested);

		if (nested == NULL)
			return -ENOMEM;
		keystore__v1__nested_attribute__init(nested);
		list->attributes[list->n_attributes++] = nested;
		r = put_nested(&from, nested);
	}
	return r;
}

static int
put_attribute(const struct attr *from, Keystore__V1__Attribute *a)
{
	enum attr_kind kind = kind_of(from->type);

	if (kind != ATTR_TEMPLATE || !attrs_valid(from->value))
		return put_simple(from, kind, a);
	a->type = from->type;
	return put_list(from->value, a);
}

void
proto_attrs_free(size_t n, Keystore__V1__Attribute **list)
{
	for (size_t i = 0; i < n; i++)
		keystore__v1__attribute__free_unpacked(list[i], &rpc_allocator);
	rpc_allocator.free(rpc_allocator.allocator_data, list);
}

int
proto_from_attrs(struct bytes packed, size_t *ret_n, Keystore__V1__Attribute ***ret)
{
	struct cursor c = cursor_over(packed);
	Keystore__V1__Attribute **list;
	struct attr a;
	size_t n = 0;
	int r = 0;

	list = proto_calloc(attrs_count(packed), sizeof(Keystore__V1__Attribute *));
	if (list == NULL)
		return -ENOMEM;
	while (r == 0 && attrs_next(&c, &a)) {
		list[n] = proto_alloc(sizeof *list[n]);
		if (list[n] == NULL) {
			r = -ENOMEM;
			break;
		}
		keystore__v1__attribute__init(list[n]);
		r = put_attribute(&a, list[n++]);
	}
	if (r < 0) {
		proto_attrs_free(n, list);
		return r;
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

/* --- Messages to packed attributes ------------------------------------------ */

/* One value in its packed form; into is used where it has to be made. */
static CK_RV value_of(const Keystore__V1__Attribute *a, enum attr_kind kind,
	enum proto_unknown unknown, struct attrs *into, struct bytes *ret);

static CK_RV
flag_of(const Keystore__V1__Attribute *a, struct attrs *into, struct bytes *ret)
{
	if (a->value_case != KEYSTORE__V1__ATTRIBUTE__VALUE_FLAG)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	buf_put_u8(&into->b, a->flag != 0);
	*ret = attrs_bytes(into);
	return CKR_OK;
}

static CK_RV
number_of(const Keystore__V1__Attribute *a, struct attrs *into, struct bytes *ret)
{
	if (a->value_case != KEYSTORE__V1__ATTRIBUTE__VALUE_NUMBER)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	buf_put_u64(&into->b, a->number);
	*ret = attrs_bytes(into);
	return CKR_OK;
}

static CK_RV
numbers_of(const Keystore__V1__Attribute *a, struct attrs *into, struct bytes *ret)
{
	if (a->value_case != KEYSTORE__V1__ATTRIBUTE__VALUE_NUMBERS || a->numbers == NULL)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (a->numbers->n_numbers > ATTRS_MAX_BYTES / 8)
		return CKR_HOST_MEMORY;
	for (size_t i = 0; i < a->numbers->n_numbers; i++)
		buf_put_u64(&into->b, a->numbers->numbers[i]);
	*ret = attrs_bytes(into);
	return CKR_OK;
}

static CK_RV
octets_of(const Keystore__V1__Attribute *a, struct bytes *ret)
{
	/* an attribute without any value is an empty one */
	if (a->value_case == KEYSTORE__V1__ATTRIBUTE__VALUE__NOT_SET)
		*ret = BYTES_NONE;
	else if (a->value_case == KEYSTORE__V1__ATTRIBUTE__VALUE_OCTETS)
		*ret = proto_bytes(a->octets);
	else
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

static CK_RV
date_of(const Keystore__V1__Attribute *a, struct bytes *ret)
{
	CK_RV rv = octets_of(a, ret);

	if (rv != CKR_OK)
		return rv;
	return ret->n == 0 || ret->n == 8 ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

static int
by_type(const void *a, const void *b)
{
	const Keystore__V1__Attribute *x = *(Keystore__V1__Attribute *const *)a;
	const Keystore__V1__Attribute *y = *(Keystore__V1__Attribute *const *)b;

	return x->type < y->type ? -1 : x->type > y->type;
}

static void
cleanup_attrs(struct attrs *a)
{
	attrs_free(a);
}

static CK_RV
add_one(const Keystore__V1__Attribute *a, enum proto_unknown unknown, struct attrs *to)
{
	CLEANUP(cleanup_attrs)
	struct attrs made = ATTRS_SECRET;
	const struct attr_def *def =
		a->type <= UINT32_MAX ? attr_lookup((uint32_t)a->type) : NULL;
	struct bytes value, before;
	CK_RV rv;

	if (def == NULL)
		return unknown == PROTO_SKIP_UNKNOWN ? CKR_OK
						     : CKR_ATTRIBUTE_TYPE_INVALID;
	rv = value_of(a, (enum attr_kind)def->kind, unknown, &made, &value);
	if (rv != CKR_OK)
		return rv;
	if (!attrs_ok(&made) || value.n > ATTRS_MAX_BYTES ||
		attrs_bytes(to).n + value.n > ATTRS_MAX_BYTES)
		return CKR_HOST_MEMORY;
	if (attrs_find(attrs_bytes(to), def->type, &before))
		return bytes_equal_secret(before, value) ? CKR_OK
							 : CKR_TEMPLATE_INCONSISTENT;
	attrs_set(to, def->type, value);
	return attrs_ok(to) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
list_of(size_t n, Keystore__V1__Attribute *const *list, enum proto_unknown unknown,
	struct attrs *to)
{
	const Keystore__V1__Attribute *sorted[ATTRS_MAX_COUNT];
	CK_RV rv = CKR_OK;

	if (n > ATTRS_MAX_COUNT)
		return CKR_HOST_MEMORY;
	/* sorted, so that each one is appended */
	for (size_t i = 0; i < n; i++)
		sorted[i] = list[i];
	if (n > 1)
		qsort(sorted, n, sizeof(const Keystore__V1__Attribute *), by_type);
	for (size_t i = 0; i < n && rv == CKR_OK; i++)
		rv = add_one(sorted[i], unknown, to);
	if (rv == CKR_OK && !attrs_valid(attrs_bytes(to)))
		rv = CKR_HOST_MEMORY;
	return rv;
}

static Keystore__V1__Attribute
widened(const Keystore__V1__NestedAttribute *nested)
{
	Keystore__V1__Attribute a = KEYSTORE__V1__ATTRIBUTE__INIT;

	a.type = nested->type;
	if (nested->value_case == KEYSTORE__V1__NESTED_ATTRIBUTE__VALUE_FLAG)
		a.flag = nested->flag;
	else if (nested->value_case == KEYSTORE__V1__NESTED_ATTRIBUTE__VALUE_NUMBER)
		a.number = nested->number;
	else if (nested->value_case == KEYSTORE__V1__NESTED_ATTRIBUTE__VALUE_NUMBERS)
		a.numbers = nested->numbers;
	else if (nested->value_case == KEYSTORE__V1__NESTED_ATTRIBUTE__VALUE_OCTETS)
		a.octets = nested->octets;
	a.value_case = (Keystore__V1__Attribute__ValueCase)nested->value_case;
	return a;
}

static CK_RV
nested_of(const Keystore__V1__Attribute *a, enum proto_unknown unknown,
	struct attrs *into, struct bytes *ret)
{
	Keystore__V1__Attribute wide[ATTRS_MAX_COUNT];
	Keystore__V1__Attribute *list[ATTRS_MAX_COUNT];
	CK_RV rv;

	if (a->value_case != KEYSTORE__V1__ATTRIBUTE__VALUE_LIST || a->list == NULL)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (a->list->n_attributes > ATTRS_MAX_COUNT)
		return CKR_HOST_MEMORY;
	for (size_t i = 0; i < a->list->n_attributes; i++) {
		wide[i] = widened(a->list->attributes[i]);
		list[i] = &wide[i];
	}
	rv = list_of(a->list->n_attributes, list, unknown, into);
	*ret = attrs_bytes(into);
	return rv;
}

static CK_RV
value_of(const Keystore__V1__Attribute *a, enum attr_kind kind,
	enum proto_unknown unknown, struct attrs *into, struct bytes *ret)
{
	if (kind == ATTR_BOOL)
		return flag_of(a, into, ret);
	if (kind == ATTR_ULONG)
		return number_of(a, into, ret);
	if (kind == ATTR_MECHS)
		return numbers_of(a, into, ret);
	if (kind == ATTR_DATE)
		return date_of(a, ret);
	if (kind != ATTR_TEMPLATE)
		return octets_of(a, ret);
	return nested_of(a, unknown, into, ret);
}

CK_RV
proto_to_attrs(size_t n, Keystore__V1__Attribute *const *list, enum proto_unknown unknown,
	struct attrs *ret)
{
	struct attrs made = ATTRS_SECRET;
	CK_RV rv = list_of(n, list, unknown, &made);

	if (rv != CKR_OK) {
		attrs_free(&made);
		return rv;
	}
	*ret = made;
	return CKR_OK;
}
