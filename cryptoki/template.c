/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between an application's CK_ATTRIBUTE arrays and the packed form. The
 * application's memory is read once per byte, whatever it does meanwhile.
 */
#include "cryptoki/schema.h"

#define TEMPLATE_DEPTH 1 /* a template attribute in a template; none inside it */

static CK_RV template_pack(
	const CK_ATTRIBUTE *template, CK_ULONG n, unsigned depth, struct attrs *ret);

/* ~0UL means "unknown" at any word size. */
static uint64_t
ulong_widen(CK_ULONG v)
{
	return v == CK_UNAVAILABLE_INFORMATION ? UINT64_MAX : v;
}

static CK_ULONG
ulong_narrow(uint64_t v)
{
	return v > CK_UNAVAILABLE_INFORMATION ? CK_UNAVAILABLE_INFORMATION : (CK_ULONG)v;
}

/* n CK_ULONGs from p, which need not be aligned, to packed ones. */
static void
ulongs_pack(struct attrs *a, uint32_t type, const uint8_t *p, size_t n)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		CK_ULONG v;

		memcpy(&v, p + i * sizeof v, sizeof v);
		buf_put_u64(&b, ulong_widen(v));
	}
	if (buf_ok(&b))
		attrs_set(a, type, buf_bytes(&b));
	else
		a->b.failed = true;
	buf_free(&b);
}

static CK_RV
template_pack_nested(struct attrs *a, uint32_t type, struct bytes v, unsigned depth)
{
	struct attrs nested = ATTRS_SECRET;
	CK_RV rv;

	if (depth >= TEMPLATE_DEPTH || v.n % sizeof(CK_ATTRIBUTE) != 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	rv = template_pack((const CK_ATTRIBUTE *)(const void *)v.p,
		v.n / sizeof(CK_ATTRIBUTE), depth + 1, &nested);
	if (rv == CKR_OK)
		attrs_set(a, type, attrs_bytes(&nested));
	attrs_free(&nested);
	return rv;
}

static CK_RV
template_pack_value(
	struct attrs *a, const struct attr_def *def, struct bytes v, unsigned depth)
{
	CK_ULONG number;

	switch ((enum attr_kind)def->kind) {
	case ATTR_TEMPLATE:
		return template_pack_nested(a, def->type, v, depth);
	case ATTR_MECHS:
		if (v.n % sizeof(CK_ULONG) != 0)
			return CKR_ATTRIBUTE_VALUE_INVALID;
		ulongs_pack(a, def->type, v.p, v.n / sizeof(CK_ULONG));
		return CKR_OK;
	case ATTR_ULONG:
		if (v.n != sizeof number)
			return CKR_ATTRIBUTE_VALUE_INVALID;
		memcpy(&number, v.p, sizeof number);
		attrs_set_ulong(a, def->type, ulong_widen(number));
		return CKR_OK;
	case ATTR_BOOL:
	case ATTR_DATE:
	case ATTR_BYTES:
	case ATTR_STRING:
	case ATTR_BIGNUM:
		break;
	}
	attrs_set(a, def->type, v);
	return CKR_OK;
}

/* The same type again is harmless only with the same value. */
static CK_RV
template_pack_again(
	struct attrs *a, const struct attr_def *def, struct bytes v, unsigned depth)
{
	struct attrs again = ATTRS_SECRET;
	struct bytes first = BYTES_NONE, second = BYTES_NONE;
	CK_RV rv;

	rv = template_pack_value(&again, def, v, depth);
	if (rv == CKR_OK && !attrs_ok(&again))
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK &&
		(!attrs_find(attrs_bytes(a), def->type, &first) ||
			!attrs_find(attrs_bytes(&again), def->type, &second) ||
			!bytes_equal(first, second)))
		rv = CKR_TEMPLATE_INCONSISTENT;
	attrs_free(&again);
	return rv;
}

static CK_RV
template_pack_one(struct attrs *a, const CK_ATTRIBUTE *from, unsigned depth)
{
	const struct attr_def *def;
	struct bytes v, packed;
	CK_ATTRIBUTE attribute;
	CK_RV rv;

	memcpy(&attribute, from, sizeof attribute);
	def = attribute.type <= UINT32_MAX ? attr_lookup((uint32_t)attribute.type) : NULL;
	if (def == NULL)
		return CKR_ATTRIBUTE_TYPE_INVALID;
	if (attribute.pValue == NULL && attribute.ulValueLen != 0)
		return CKR_ARGUMENTS_BAD;
	if (attribute.ulValueLen > ATTRS_MAX_BYTES)
		return attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION
			       ? CKR_ATTRIBUTE_VALUE_INVALID
			       : CKR_HOST_MEMORY;
	v = BYTES(attribute.pValue, attribute.ulValueLen);
	if (attrs_has(attrs_bytes(a), def->type))
		return template_pack_again(a, def, v, depth);
	rv = template_pack_value(a, def, v, depth);
	if (rv != CKR_OK)
		return rv;
	if (!attrs_ok(a) || a->b.n > ATTRS_MAX_BYTES)
		return CKR_HOST_MEMORY;
	/* checked as stored: the application may change its own copy */
	if (!attrs_find(attrs_bytes(a), def->type, &packed) ||
		!attr_value_valid(def, packed))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

static CK_RV
template_pack(const CK_ATTRIBUTE *template, CK_ULONG n, unsigned depth, struct attrs *ret)
{
	struct attrs a = ATTRS_SECRET;
	CK_RV rv = CKR_OK;

	if (template == NULL && n != 0)
		return CKR_ARGUMENTS_BAD;
	for (CK_ULONG i = 0; rv == CKR_OK && i < n; i++)
		rv = template_pack_one(&a, &template[i], depth);
	if (rv != CKR_OK) {
		attrs_free(&a);
		return rv;
	}
	attrs_free(ret);
	*ret = a;
	return CKR_OK;
}

CK_RV
attrs_from_template(const CK_ATTRIBUTE *template, CK_ULONG n, struct attrs *ret)
{
	return template_pack(template, n, 0, ret);
}

/* --- And back --------------------------------------------------------------- */

static CK_RV
value_to_application(struct bytes v, CK_ATTRIBUTE *out)
{
	if (out->pValue != NULL && out->ulValueLen < v.n) {
		out->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (out->pValue != NULL && v.n != 0)
		memcpy(out->pValue, v.p, v.n);
	out->ulValueLen = v.n;
	return CKR_OK;
}

static CK_RV
ulongs_to_application(struct bytes v, CK_ATTRIBUTE *out)
{
	size_t n = v.n / 8;
	uint8_t *p = out->pValue;

	if (p != NULL && out->ulValueLen / sizeof(CK_ULONG) < n) {
		out->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	for (size_t i = 0; p != NULL && i < n; i++) {
		CK_ULONG number = ulong_narrow(load_le64(v.p + 8 * i));

		memcpy(p + i * sizeof number, &number, sizeof number);
	}
	out->ulValueLen = n * sizeof(CK_ULONG);
	return CKR_OK;
}

/* An array of CK_ATTRIBUTE: the application asks for its size, then for the
 * types and lengths (values NULL), then for the values. */
static CK_RV
template_to_application(struct bytes v, CK_ATTRIBUTE *out)
{
	struct cursor c = cursor_over(v);
	CK_ATTRIBUTE *to = out->pValue;
	struct attr a;
	size_t n = 0;
	CK_RV rv = CKR_OK;

	while (attrs_next(&c, &a))
		n++;
	if (to != NULL && out->ulValueLen / sizeof *to < n) {
		out->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	c = cursor_over(v);
	for (size_t i = 0; to != NULL && attrs_next(&c, &a); i++) {
		CK_RV one;

		to[i].type = a.type;
		one = attr_to_application(&a, &to[i]);
		if (rv == CKR_OK)
			rv = one;
	}
	out->ulValueLen = n * sizeof *to;
	return rv;
}

CK_RV
attr_to_application(const struct attr *a, CK_ATTRIBUTE *out)
{
	const struct attr_def *def = attr_lookup(a->type);
	enum attr_kind kind = def != NULL ? (enum attr_kind)def->kind : ATTR_BYTES;

	switch (kind) {
	case ATTR_ULONG:
	case ATTR_MECHS:
		return ulongs_to_application(a->value, out);
	case ATTR_TEMPLATE:
		return template_to_application(a->value, out);
	case ATTR_BOOL:
	case ATTR_DATE:
	case ATTR_BYTES:
	case ATTR_STRING:
	case ATTR_BIGNUM:
		break;
	}
	return value_to_application(a->value, out);
}
