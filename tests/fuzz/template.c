/* SPDX-License-Identifier: Apache-2.0 */
/* An application's templates: into packed attributes, from there to objects of each class and
 * way to come by one, changed, copied and read again. */
#include "tests/fuzz/fuzz.h"

#define MOST 12u
#define MOST_NESTED 3u

struct template
{
	CK_ATTRIBUTE list[MOST];
	CK_ULONG n;
	CK_ATTRIBUTE nested[MOST][MOST_NESTED];
};

/* What is wrong with an attribute's length, of what an application may say. */
enum { HUGE = 252, SHORTER, LIE, UNAVAILABLE };

/* The value in memory of its own, which is as long as it says unless it points to nothing or the
 * length is one that no value has. */
static void
attribute_make(
	struct cursor *c, uint32_t type, struct bytes v, unsigned odd, CK_ATTRIBUTE *ret)
{
	if (odd == SHORTER && v.n != 0)
		v.n = fuzz_u8(c) % v.n;
	*ret = (CK_ATTRIBUTE){ type, fuzz_copy(v), v.n };
	if (odd == HUGE)
		ret->ulValueLen = ATTRS_MAX_BYTES + 1 + fuzz_u64(c) / 2;
	if (odd == UNAVAILABLE)
		ret->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	if (odd == LIE) {
		free(ret->pValue);
		ret->pValue = NULL;
		ret->ulValueLen = fuzz_u8(c);
	}
}

/* Packed numbers are as long as CK_ULONG on the hosts where targets are built. */
static void
template_make(struct cursor *c, struct template *t)
{
	memset(t, 0, sizeof *t);
	t->n = fuzz_u8(c) % (MOST + 1);
	for (CK_ULONG i = 0; i < t->n; i++) {
		uint32_t type = fuzz_attr_type(c);
		const struct attr_def *def = attr_lookup(type);
		unsigned odd = fuzz_u8(c);
		uint8_t room[FUZZ_VALUE];
		struct bytes v = fuzz_attr_value(c, type, room);

		if (def != NULL && def->kind == ATTR_TEMPLATE) {
			for (unsigned k = 0; k < odd % (MOST_NESTED + 1); k++) {
				uint8_t inner[FUZZ_VALUE];
				uint32_t one = fuzz_attr_type(c);
				struct bytes w = fuzz_attr_value(c, one, inner);

				attribute_make(c, one, w, fuzz_u8(c), &t->nested[i][k]);
			}
			v = BYTES((const uint8_t *)t->nested[i],
				odd % (MOST_NESTED + 1) * sizeof(CK_ATTRIBUTE));
		}
		attribute_make(c, type, v, odd, &t->list[i]);
	}
}

static void
template_free(struct template *t)
{
	for (CK_ULONG i = 0; i < t->n; i++) {
		free(t->list[i].pValue);
		for (unsigned k = 0; k < MOST_NESTED; k++)
			free(t->nested[i][k].pValue);
	}
}

/* The values of a template that has its types and lengths, in room that is right and, of the
 * last, too short. */
static void
read_nested(const struct attr *a, CK_ATTRIBUTE *out)
{
	CK_ATTRIBUTE *list = out->pValue;
	const size_t n = out->ulValueLen / sizeof *list;

	for (size_t i = 0; i < n; i++) {
		FUZZ_CHECK(list[i].ulValueLen != CK_UNAVAILABLE_INFORMATION);
		list[i].pValue =
			calloc(1, list[i].ulValueLen != 0 ? list[i].ulValueLen : 1);
		FUZZ_CHECK(list[i].pValue != NULL);
	}
	FUZZ_CHECK(attr_to_application(a, out) == CKR_OK);
	if (n != 0 && list[n - 1].ulValueLen != 0) {
		list[n - 1].ulValueLen--;
		FUZZ_CHECK(attr_to_application(a, out) == CKR_BUFFER_TOO_SMALL);
		FUZZ_CHECK(list[n - 1].ulValueLen == CK_UNAVAILABLE_INFORMATION);
	}
	for (size_t i = 0; i < n; i++)
		free(list[i].pValue);
}

/* Every attribute as C_GetAttributeValue gives it, in room that is right and too short. */
static void
read_back(struct bytes object)
{
	struct cursor c = cursor_over(object);
	struct attr a;

	while (attrs_next(&c, &a)) {
		const struct attr_def *def = attr_lookup(a.type);
		CK_ATTRIBUTE out = { a.type, NULL, 0 };
		CK_RV rv = attr_to_application(&a, &out);

		FUZZ_CHECK(rv == CKR_OK && out.ulValueLen != CK_UNAVAILABLE_INFORMATION);
		out.pValue = calloc(1, out.ulValueLen != 0 ? out.ulValueLen : 1);
		FUZZ_CHECK(out.pValue != NULL);
		FUZZ_CHECK(attr_to_application(&a, &out) == CKR_OK);
		if (def != NULL && def->kind == ATTR_TEMPLATE)
			read_nested(&a, &out);
		if (out.ulValueLen != 0) {
			out.ulValueLen--;
			FUZZ_CHECK(attr_to_application(&a, &out) == CKR_BUFFER_TOO_SMALL);
			FUZZ_CHECK(out.ulValueLen == CK_UNAVAILABLE_INFORMATION);
		}
		free(out.pValue);
	}
}

static void
change(struct bytes object, struct bytes template, enum object_role role)
{
	struct attrs to = ATTRS_INIT;

	if (object_update(object, template, role, &to) == CKR_OK)
		FUZZ_CHECK(attrs_valid(attrs_bytes(&to)));
	if (object_copy(object, template, role, &to) == CKR_OK)
		FUZZ_CHECK(attrs_valid(attrs_bytes(&to)));
	attrs_free(&to);
}

static void
build(struct cursor *c, struct bytes template, struct bytes again)
{
	struct attrs public = ATTRS_INIT, secret = ATTRS_SECRET;
	const struct mech *m = fuzz_mech(c);
	unsigned how = fuzz_u8(c);
	struct object_request request = { .origin = (enum object_origin)(how % 4),
		.role = (enum object_role)(how / 4 % 3),
		.mechanism = m->type,
		.class = CK_UNAVAILABLE_INFORMATION,
		.key_type = how % 2 != 0 ? m->key_type : CK_UNAVAILABLE_INFORMATION };

	if (how >= 128)
		request.class = CKO_DATA + how % 9;
	if (object_build(&request, template, &public, &secret) == CKR_OK) {
		FUZZ_CHECK(attrs_valid(attrs_bytes(&public)));
		FUZZ_CHECK(attrs_valid(attrs_bytes(&secret)));
		FUZZ_CHECK(attrs_has(attrs_bytes(&public), CKA_CLASS));
		read_back(attrs_bytes(&public));
		change(attrs_bytes(&public), again, request.role);
		(void)!object_check_usage(attrs_bytes(&public), CKA_ENCRYPT, m->type);
		(void)!object_is_readable(attrs_bytes(&public));
		FUZZ_CHECK(object_is_visible(attrs_bytes(&public), ROLE_USER));
		FUZZ_CHECK(attrs_match(attrs_bytes(&public), attrs_bytes(&public)));
	}
	attrs_free(&public);
	attrs_free(&secret);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	struct attrs first = ATTRS_SECRET, second = ATTRS_SECRET;
	struct template t, u;

	template_make(&c, &t);
	template_make(&c, &u);
	if (attrs_from_template(t.list, t.n, &first) == CKR_OK &&
		attrs_from_template(u.list, u.n, &second) == CKR_OK) {
		FUZZ_CHECK(attrs_valid(attrs_bytes(&first)));
		read_back(attrs_bytes(&first));
		build(&c, attrs_bytes(&first), attrs_bytes(&second));
	}
	attrs_free(&first);
	attrs_free(&second);
	template_free(&t);
	template_free(&u);
	return 0;
}
