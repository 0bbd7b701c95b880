/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of SP 800-108 (PKCS#11 3.2, 6.42.2), packed:
 *   u32 mechanism of the PRF, blob IV, blob fields, blob keys
 *   a field: u8 type, u8 1 little-endian + 2 segments, u8 bytes of a number, blob bytes
 *   a key: blob template
 */
#include "cryptoki/derive_kinds.h"
#include "cryptoki/derive_shape.h"

#define LITTLE 1u
#define SEGMENTS 2u
#define MAX_FIELDS 256u
#define MAX_COUNTER 4u /* bytes: SP 800-108, 4 */
#define MAX_LENGTH 8u

/* Both structures, as one. */
struct sp800_in {
	CK_SP800_108_PRF_TYPE prf;
	CK_ULONG fields_n;
	const CK_PRF_DATA_PARAM *fields;
	CK_ULONG iv_n;
	const CK_BYTE *iv;
	CK_ULONG keys_n;
	const CK_DERIVED_KEY *keys;
};

static CK_RV
sp800_in(const struct mech *m, struct bytes in, struct sp800_in *ret)
{
	CK_SP800_108_FEEDBACK_KDF_PARAMS feedback;
	CK_SP800_108_KDF_PARAMS plain;
	const bool has_iv = m->algorithm == ALG_SP800_FEEDBACK;
	CK_RV rv = has_iv ? derive_struct(in, &feedback, sizeof feedback)
			  : derive_struct(in, &plain, sizeof plain);

	if (rv != CKR_OK)
		return rv;
	*ret = has_iv ? (struct sp800_in){ feedback.prfType,
		feedback.ulNumberOfDataParams, feedback.pDataParams, feedback.ulIVLen,
		feedback.pIV, feedback.ulAdditionalDerivedKeys,
		feedback.pAdditionalDerivedKeys }
		      : (struct sp800_in){ plain.prfType, plain.ulNumberOfDataParams,
				plain.pDataParams, 0, NULL, plain.ulAdditionalDerivedKeys,
				plain.pAdditionalDerivedKeys };
	if (ret->fields_n > MAX_FIELDS || (ret->fields == NULL && ret->fields_n != 0) ||
		ret->keys_n > DERIVE_MAX_KEYS - 1 ||
		(ret->keys == NULL && ret->keys_n != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	return CKR_OK;
}

/* --- Fields ----------------------------------------------------------------------- */

static void
field_put(struct buf *to, CK_PRF_DATA_TYPE type, unsigned flags, CK_ULONG bits)
{
	/* a width that is none becomes one that is refused */
	const CK_ULONG bytes = bits % 8 == 0 && bits != 0 ? bits / 8 : UINT8_MAX;

	buf_put_u8(to, (uint8_t)type);
	buf_put_u8(to, (uint8_t)flags);
	buf_put_u8(to, bytes < UINT8_MAX ? (uint8_t)bytes : UINT8_MAX);
	buf_put_u32(to, 0);
}

static CK_RV
put_counter(const CK_PRF_DATA_PARAM *p, struct buf *to)
{
	CK_SP800_108_COUNTER_FORMAT f;

	if (p->pValue == NULL || p->ulValueLen != sizeof f)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&f, p->pValue, sizeof f);
	field_put(to, p->type, f.bLittleEndian ? LITTLE : 0, f.ulWidthInBits);
	return CKR_OK;
}

static CK_RV
put_length(const CK_PRF_DATA_PARAM *p, struct buf *to)
{
	CK_SP800_108_DKM_LENGTH_FORMAT f;
	bool segments;

	if (p->pValue == NULL || p->ulValueLen != sizeof f)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&f, p->pValue, sizeof f);
	segments = f.dkmLengthMethod == CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS;
	if (!segments && f.dkmLengthMethod != CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS)
		return CKR_MECHANISM_PARAM_INVALID;
	field_put(to, p->type, (f.bLittleEndian ? LITTLE : 0) | (segments ? SEGMENTS : 0),
		f.ulWidthInBits);
	return CKR_OK;
}

static void
put_bare(CK_PRF_DATA_TYPE type, struct buf *to)
{
	buf_put_u8(to, (uint8_t)type);
	buf_put_u8(to, 0);
	buf_put_u8(to, 0);
}

static CK_RV
put_bytes(const CK_PRF_DATA_PARAM *p, struct buf *to)
{
	if (p->ulValueLen == 0)
		return CKR_MECHANISM_PARAM_INVALID;
	put_bare(p->type, to);
	return derive_put_blob(to, p->pValue, p->ulValueLen);
}

/* In counter mode it is the counter; else what it is follows from the mode. */
static CK_RV
put_iteration(const struct mech *m, const CK_PRF_DATA_PARAM *p, struct buf *to)
{
	if (m->algorithm == ALG_SP800_COUNTER)
		return put_counter(p, to);
	if (p->pValue != NULL || p->ulValueLen != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	put_bare(p->type, to);
	buf_put_u32(to, 0);
	return CKR_OK;
}

/* One key may be named, as often as one likes. */
static CK_RV
put_key(const CK_PRF_DATA_PARAM *p, struct buf *to, CK_OBJECT_HANDLE *other)
{
	CK_OBJECT_HANDLE key;

	if (p->pValue == NULL || p->ulValueLen != sizeof key)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&key, p->pValue, sizeof key);
	if (key == CK_INVALID_HANDLE)
		return CKR_KEY_HANDLE_INVALID;
	if (*other != CK_INVALID_HANDLE && *other != key)
		return CKR_MECHANISM_PARAM_INVALID;
	*other = key;
	put_bare(p->type, to);
	buf_put_u32(to, 0);
	return CKR_OK;
}

static CK_RV
put_field(const struct mech *m, const CK_PRF_DATA_PARAM *from, struct buf *to,
	CK_OBJECT_HANDLE *other)
{
	CK_PRF_DATA_PARAM p;

	memcpy(&p, from, sizeof p);
	switch (p.type) {
	case CK_SP800_108_ITERATION_VARIABLE:
		return put_iteration(m, &p, to);
	case CK_SP800_108_COUNTER:
		return put_counter(&p, to);
	case CK_SP800_108_DKM_LENGTH:
		return put_length(&p, to);
	case CK_SP800_108_BYTE_ARRAY:
		return put_bytes(&p, to);
	case CK_SP800_108_KEY_HANDLE:
		return put_key(&p, to, other);
	default:
		return CKR_MECHANISM_PARAM_INVALID;
	}
}

bool
sp800_field_next(struct cursor *c, struct sp800_field *ret)
{
	uint8_t flags;

	if (cursor_left(c) == 0)
		return false;
	ret->type = (enum sp800_field_type)cursor_u8(c);
	flags = cursor_u8(c);
	ret->little_endian = (flags & LITTLE) != 0;
	ret->segments = (flags & SEGMENTS) != 0;
	ret->width = cursor_u8(c);
	ret->bytes = cursor_blob(c);
	return cursor_ok(c);
}

/* --- Further keys ------------------------------------------------------------------ */

/* 6.42.6: the handle of the key whose template is at fault says so. */
static CK_RV
put_template(const CK_DERIVED_KEY *from, struct buf *to)
{
	struct attrs template = ATTRS_SECRET;
	CK_DERIVED_KEY key;
	CK_RV rv;

	memcpy(&key, from, sizeof key);
	if (key.phKey == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	rv = attrs_from_template(key.pTemplate, key.ulAttributeCount, &template);
	if (rv == CKR_OK)
		buf_put_blob(to, attrs_bytes(&template));
	else
		*key.phKey = CK_INVALID_HANDLE;
	attrs_free(&template);
	return rv;
}

/* --------------------------------------------------------------------------------- */

CK_RV
sp800_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	struct buf fields = BUF_INIT, keys = BUF_SECRET;
	struct sp800_in p;
	CK_RV rv = sp800_in(m, in, &p);

	if (rv != CKR_OK)
		return rv;
	for (CK_ULONG i = 0; rv == CKR_OK && i < p.fields_n; i++)
		rv = put_field(m, &p.fields[i], &fields, &to->other);
	for (CK_ULONG i = 0; rv == CKR_OK && i < p.keys_n; i++)
		rv = put_template(&p.keys[i], &keys);
	buf_put_u32(&to->packed, p.prf <= UINT32_MAX ? (uint32_t)p.prf : 0);
	if (rv == CKR_OK)
		rv = derive_put_blob(&to->packed, p.iv, p.iv_n);
	if (rv == CKR_OK && (!buf_ok(&fields) || !buf_ok(&keys)))
		rv = CKR_HOST_MEMORY;
	buf_put_blob(&to->packed, buf_bytes(&fields));
	buf_put_blob(&to->packed, buf_bytes(&keys));
	buf_free(&fields);
	buf_free(&keys);
	return rv;
}

static bool
is_prf(const struct mech *m)
{
	return m != NULL && m->param == PARAM_NONE && (m->flags & CKF_SIGN) != 0 &&
	       (m->algorithm == ALG_HMAC || m->algorithm == ALG_CMAC);
}

/* The tables of 6.42.3 to 6.42.5, for one field. */
static bool
field_fits(const struct mech *m, const struct sp800_field *f)
{
	const bool counts = m->algorithm == ALG_SP800_COUNTER;
	const bool counter = f->width >= 1 && f->width <= MAX_COUNTER;

	switch (f->type) {
	case SP800_ITERATION:
		return f->bytes.n == 0 && (counts ? counter : f->width == 0);
	case SP800_COUNTER:
		return f->bytes.n == 0 && !counts && counter;
	case SP800_LENGTH:
		return f->bytes.n == 0 && f->width >= 1 && f->width <= MAX_LENGTH;
	case SP800_BYTES:
		return f->bytes.n >= 1 && f->bytes.n <= DERIVE_MAX_DATA;
	case SP800_KEY:
		return f->bytes.n == 0;
	default:
		return false;
	}
}

static bool
fields_fit(const struct mech *m, struct sp800_params *p)
{
	unsigned seen[SP800_KEY + 1] = { 0 };
	struct cursor c = p->fields;
	struct sp800_field f;

	while (sp800_field_next(&c, &f)) {
		if (!field_fits(m, &f))
			return false;
		seen[f.type]++;
		if (f.width != 0 && f.type != SP800_LENGTH)
			p->counter_bytes = f.width;
	}
	p->with_key = seen[SP800_KEY] != 0;
	return cursor_done(&c) && seen[SP800_ITERATION] == 1 &&
	       seen[SP800_COUNTER] <= 1 && seen[SP800_LENGTH] <= 1;
}

static bool
templates_fit(struct bytes keys)
{
	struct cursor c = cursor_over(keys);
	size_t n = 0;

	while (cursor_left(&c) != 0) {
		if (!attrs_valid(cursor_blob(&c)) || ++n > DERIVE_MAX_KEYS - 1)
			return false;
	}
	return cursor_done(&c);
}

bool
sp800_params_read(const struct mech *m, struct bytes packed, struct sp800_params *ret)
{
	struct cursor c = cursor_over(packed);
	struct bytes keys;

	*ret = (struct sp800_params){ .prf = mech_lookup(cursor_u32(&c)) };
	ret->iv = cursor_blob(&c);
	ret->fields = cursor_over(cursor_blob(&c));
	keys = cursor_blob(&c);
	ret->keys = cursor_over(keys);
	return cursor_done(&c) && is_prf(ret->prf) && ret->iv.n <= DERIVE_MAX_DATA &&
	       (m->algorithm == ALG_SP800_FEEDBACK || ret->iv.n == 0) &&
	       fields_fit(m, ret) && templates_fit(keys);
}

bool
sp800_check(const struct mech *m, struct bytes packed, bool other)
{
	struct sp800_params p;

	return sp800_params_read(m, packed, &p) && p.with_key == other;
}

static void
give_handle(const CK_DERIVED_KEY *to, CK_OBJECT_HANDLE handle)
{
	CK_DERIVED_KEY key;

	memcpy(&key, to, sizeof key);
	if (key.phKey != NULL)
		*key.phKey = handle;
}

void
sp800_give(const struct mech *m, struct bytes in, struct bytes out,
	const CK_OBJECT_HANDLE *keys, size_t n)
{
	struct sp800_in p;

	if (sp800_in(m, in, &p) != CKR_OK)
		return;
	for (size_t i = 0; i < p.keys_n && i < n; i++)
		give_handle(&p.keys[i], keys[i]);
}

void
sp800_blame(const struct mech *m, struct bytes in, size_t i)
{
	struct sp800_in p;

	if (sp800_in(m, in, &p) == CKR_OK && i < p.keys_n)
		give_handle(&p.keys[i], CK_INVALID_HANDLE);
}
