/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C_CreateObject for a key that the kernel is to hold: its bytes go from the application's
 * memory to one locked buffer and from there to the kernel. What is checked and
 * built from the template sees zeroes of the same length in their place.
 */
#include "libtoken/object/manage.h"

#include "common/cleanup.h"

#define MOST_ATTRIBUTES 64u
#define MOST_VALUE 4096u /* bytes */

/* A template as the application gave it, but for the value. */
struct masked {
	CK_ATTRIBUTE list[MOST_ATTRIBUTES];
	CK_ULONG n;
	CK_ATTRIBUTE value; /* the application's */
};

static bool
says(const CK_ATTRIBUTE *a, CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG n)
{
	return a->type == type && a->pValue != NULL && a->ulValueLen == n &&
	       memcmp(a->pValue, value, n) == 0;
}

/* Is it worth trying? What is odd about a template is for the ordinary way to find. */
static bool
mask(const CK_ATTRIBUTE *template, CK_ULONG n, struct masked *ret)
{
	static CK_BYTE zeroes[MOST_VALUE];
	static const CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
	static const CK_BBOOL yes = CK_TRUE;
	bool is_secret = false;

	if (template == NULL || n > MOST_ATTRIBUTES)
		return false;
	ret->n = n;
	ret->value.pValue = NULL;
	for (CK_ULONG i = 0; i < n; i++) {
		CK_ATTRIBUTE *a = &ret->list[i];

		*a = template[i];
		if (says(a, CKA_TOKEN, &yes, sizeof yes) ||
			says(a, CKA_EXTRACTABLE, &yes, sizeof yes))
			return false;
		is_secret = is_secret || says(a, CKA_CLASS, &secret, sizeof secret);
		if (a->type != CKA_VALUE)
			continue;
		if (ret->value.pValue != NULL || a->pValue == NULL ||
			a->ulValueLen == 0 || a->ulValueLen > MOST_VALUE)
			return false;
		ret->value = *a;
		a->pValue = zeroes;
	}
	return is_secret && ret->value.pValue != NULL;
}

/* A packed list of one attribute. */
static CK_RV
take_value(const CK_ATTRIBUTE *from, struct secret *ret)
{
	const CK_ULONG n = from->ulValueLen;

	if (secret_new(8 + n, ret) != 0)
		return CKR_HOST_MEMORY;
	store_le32(ret->p, CKA_VALUE);
	store_le32(ret->p + 4, (uint32_t)n);
	memcpy(ret->p + 8, from->pValue, n);
	return CKR_OK;
}

static CK_RV
build(const struct object_view *v, const struct masked *m, struct attrs *ret_public)
{
	CLEANUP(attrs_free)
	struct attrs packed = ATTRS_SECRET;
	CLEANUP(attrs_free)
	struct attrs none = ATTRS_SECRET;
	const struct object_request request = { .origin = ORIGIN_CREATE,
		.role = v->role,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CK_UNAVAILABLE_INFORMATION,
		.key_type = CK_UNAVAILABLE_INFORMATION };
	CK_RV rv = attrs_from_template(m->list, m->n, &packed);

	if (rv == CKR_OK)
		rv = object_build(&request, attrs_bytes(&packed), ret_public, &none);
	return rv;
}

bool
import_to_kernel(const struct object_view *v, const CK_ATTRIBUTE *template, CK_ULONG n,
	CK_OBJECT_HANDLE *ret)
{
	CLEANUP(attrs_free)
	struct attrs public = ATTRS_INIT;
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	enum wire_custody custody = WIRE_CUSTODY_BROKER;
	struct attrs view;
	struct masked m;

	if (!mask(template, n, &m) || build(v, &m, &public) != CKR_OK ||
		custody_choose(v, attrs_bytes(&public), &custody) != CKR_OK ||
		custody != WIRE_CUSTODY_KERNEL)
		return false;
	if (take_value(&m.value, &value) != CKR_OK)
		return false;
	view = (struct attrs){ { .p = value.p, .n = value.n, .cap = value.n } };
	return object_complete(&public, &view) == CKR_OK &&
	       custody_publish(v, custody, &public, BYTES(value.p + 8, value.n - 8),
		       ret) == CKR_OK;
}
