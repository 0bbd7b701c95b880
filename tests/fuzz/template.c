/* SPDX-License-Identifier: Apache-2.0 */
/* An application's templates: into packed attributes, from there to objects of each class and
 * way to come by one, changed, copied and read again. */
#include "tests/fuzz/fuzz.h"

#define MOST 12u

struct template
{
	CK_ATTRIBUTE list[MOST];
	CK_ULONG n;
	CK_ATTRIBUTE nested[MOST]; /* of one attribute each */
	CK_BBOOL flag;
};

/* Packed numbers are as long as CK_ULONG on the hosts where targets are built. */
static void
template_make(struct cursor *c, struct template *t)
{
	t->n = fuzz_u8(c) % (MOST + 1);
	t->flag = CK_TRUE;
	for (CK_ULONG i = 0; i < t->n; i++) {
		uint32_t type = fuzz_attr_type(c);
		const struct attr_def *def = attr_lookup(type);
		unsigned odd = fuzz_u8(c);
		uint8_t room[FUZZ_VALUE];
		struct bytes v = fuzz_attr_value(c, type, room);

		if (def != NULL && def->kind == ATTR_TEMPLATE && odd % 8 != 0) {
			t->nested[i] = (CK_ATTRIBUTE){ fuzz_attr_type(c), &t->flag, 1 };
			v = BYTES(&t->nested[i], odd % 4 != 0 ? sizeof t->nested[i] : 0);
		}
		t->list[i] = (CK_ATTRIBUTE){ type, fuzz_copy(v), v.n };
		if (odd == 255)
			t->list[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
	}
}

static void
template_free(struct template *t)
{
	for (CK_ULONG i = 0; i < t->n; i++)
		free(t->list[i].pValue);
}

/* Every attribute as C_GetAttributeValue gives it, in room that is right and too short. */
static void
read_back(struct bytes object)
{
	struct cursor c = cursor_over(object);
	struct attr a;

	while (attrs_next(&c, &a)) {
		CK_ATTRIBUTE out = { a.type, NULL, 0 };
		CK_RV rv = attr_to_application(&a, &out);

		FUZZ_CHECK(rv == CKR_OK && out.ulValueLen != CK_UNAVAILABLE_INFORMATION);
		out.pValue = calloc(1, out.ulValueLen != 0 ? out.ulValueLen : 1);
		FUZZ_CHECK(out.pValue != NULL);
		FUZZ_CHECK(attr_to_application(&a, &out) == CKR_OK);
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
