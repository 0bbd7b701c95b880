/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/schema.h"

#include "cryptoki/vendor.h"
#include "tests/unit/check_main.h"

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE, odd = 2;
static CK_ULONG number = 32;
static CK_MECHANISM_TYPE mechanisms[2] = { CKM_AES_CBC, CKM_AES_GCM };
static CK_ATTRIBUTE inner[2] = {
	{ CKA_ENCRYPT, &yes, sizeof yes },
	{ CKA_VALUE_LEN, &number, sizeof number },
};
static CK_ATTRIBUTE nested[1] = { { CKA_WRAP_TEMPLATE, inner, sizeof inner } };

struct refusal {
	CK_ATTRIBUTE attribute;
	CK_RV rv;
};

static const struct refusal refusals[] = {
	{ { CKA_TOKEN, &yes, 1 }, CKR_OK },
	{ { CKA_TOKEN, &odd, 1 }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_TOKEN, &number, sizeof number }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_TOKEN, NULL, 0 }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_TOKEN, NULL, 1 }, CKR_ARGUMENTS_BAD },
	{ { CKA_VALUE_LEN, &number, 4 }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_VALUE_LEN, &number, sizeof number }, CKR_OK },
	{ { CKA_START_DATE, (char *)"20261121", 8 }, CKR_OK },
	{ { CKA_START_DATE, NULL, 0 }, CKR_OK },
	{ { CKA_START_DATE, (char *)"20261321", 8 }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_START_DATE, (char *)"2026112x", 8 }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_START_DATE, (char *)"2026112", 7 }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_LABEL, NULL, 0 }, CKR_OK },
	{ { CKA_LABEL, (char *)"x", CK_UNAVAILABLE_INFORMATION },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_LABEL, (char *)"x", ATTRS_MAX_BYTES + 1 }, CKR_HOST_MEMORY },
	{ { CKA_ALLOWED_MECHANISMS, mechanisms, sizeof mechanisms }, CKR_OK },
	{ { CKA_ALLOWED_MECHANISMS, mechanisms, 7 }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_WRAP_TEMPLATE, inner, sizeof inner }, CKR_OK },
	{ { CKA_WRAP_TEMPLATE, inner, sizeof inner - 1 }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_WRAP_TEMPLATE, nested, sizeof nested }, CKR_ATTRIBUTE_VALUE_INVALID },
	{ { CKA_VENDOR_DEFINED | 1, &yes, 1 }, CKR_ATTRIBUTE_TYPE_INVALID },
	{ { (1UL << 32) | CKA_TOKEN, &yes, 1 }, CKR_ATTRIBUTE_TYPE_INVALID },
};

START_TEST (values_of_the_wrong_form_are_refused) {
	const struct refusal *r = &refusals[_i];
	struct attrs a = ATTRS_INIT;
	CK_RV rv = attrs_from_template(&r->attribute, 1, &a);

	ck_assert_msg(rv == r->rv, "row %d: %#lx", _i, rv);
	ck_assert(rv != CKR_OK || attrs_valid(attrs_bytes(&a)));
	attrs_free(&a);
}
END_TEST

START_TEST (a_repeated_type_needs_the_same_value) {
	CK_ATTRIBUTE same[] = { { CKA_TOKEN, &yes, 1 }, { CKA_LABEL, NULL, 0 },
		{ CKA_TOKEN, &yes, 1 } };
	CK_ATTRIBUTE other[] = { { CKA_TOKEN, &yes, 1 }, { CKA_TOKEN, &no, 1 } };
	struct attrs a = ATTRS_INIT;

	ck_assert_uint_eq(attrs_from_template(same, 3, &a), CKR_OK);
	ck_assert_uint_eq(attrs_from_template(other, 2, &a), CKR_TEMPLATE_INCONSISTENT);
	ck_assert(attrs_has(attrs_bytes(&a), CKA_LABEL)); /* untouched by the failure */
	ck_assert_uint_eq(attrs_from_template(NULL, 1, &a), CKR_ARGUMENTS_BAD);
	ck_assert_uint_eq(attrs_from_template(NULL, 0, &a), CKR_OK);
	ck_assert_uint_eq(a.b.n, 0);
	attrs_free(&a);
}
END_TEST

START_TEST (values_come_back_as_they_went_in) {
	CK_ATTRIBUTE from[] = { { CKA_VALUE_LEN, &number, sizeof number },
		{ CKA_TOKEN, &yes, 1 }, { CKA_LABEL, (char *)"name", 4 },
		{ CKA_ALLOWED_MECHANISMS, mechanisms, sizeof mechanisms } };
	struct attrs a = ATTRS_INIT;

	ck_assert_uint_eq(attrs_from_template(from, 4, &a), CKR_OK);
	for (size_t i = 0; i < ARRAY_LEN(from); i++) {
		uint8_t room[64];
		CK_ATTRIBUTE out = { from[i].type, NULL, 0 };
		struct attr packed = { .type = (uint32_t)from[i].type };

		ck_assert(attrs_find(attrs_bytes(&a), packed.type, &packed.value));
		ck_assert_uint_eq(attr_to_application(&packed, &out), CKR_OK);
		ck_assert_uint_eq(out.ulValueLen, from[i].ulValueLen);
		out.pValue = room;
		out.ulValueLen = from[i].ulValueLen - 1;
		ck_assert_uint_eq(
			attr_to_application(&packed, &out), CKR_BUFFER_TOO_SMALL);
		ck_assert(out.ulValueLen == CK_UNAVAILABLE_INFORMATION);
		out.ulValueLen = sizeof room;
		ck_assert_uint_eq(attr_to_application(&packed, &out), CKR_OK);
		ck_assert_uint_eq(out.ulValueLen, from[i].ulValueLen);
		ck_assert_mem_eq(room, from[i].pValue, from[i].ulValueLen);
	}
	attrs_free(&a);
}
END_TEST

START_TEST (a_nested_template_is_read_in_three_steps) {
	CK_ATTRIBUTE got[2] = { { 0, NULL, 0 }, { 0, NULL, 0 } };
	CK_ATTRIBUTE out = { CKA_WRAP_TEMPLATE, NULL, 0 };
	struct attr packed = { .type = CKA_WRAP_TEMPLATE };
	struct attrs a = ATTRS_INIT;
	CK_ULONG len = 0;
	CK_BBOOL flag = 0;

	ck_assert_uint_eq(attrs_from_template(nested, 1, &a), CKR_OK);
	ck_assert(attrs_find(attrs_bytes(&a), packed.type, &packed.value));
	ck_assert_uint_eq(attr_to_application(&packed, &out), CKR_OK);
	ck_assert_uint_eq(out.ulValueLen, sizeof got);
	out.pValue = got;
	ck_assert_uint_eq(attr_to_application(&packed, &out), CKR_OK);
	ck_assert_uint_eq(got[0].type, CKA_ENCRYPT);
	ck_assert_uint_eq(got[1].ulValueLen, sizeof len);
	got[0].pValue = &flag;
	got[1].pValue = &len;
	ck_assert_uint_eq(attr_to_application(&packed, &out), CKR_OK);
	ck_assert_uint_eq(flag, CK_TRUE);
	ck_assert_uint_eq(len, number);
	attrs_free(&a);
}
END_TEST

START_TEST (an_unknown_number_stays_unknown) {
	CK_ULONG unknown = CK_UNAVAILABLE_INFORMATION, got = 0;
	CK_ATTRIBUTE from = { CKA_KEY_GEN_MECHANISM, &unknown, sizeof unknown };
	CK_ATTRIBUTE out = { CKA_KEY_GEN_MECHANISM, &got, sizeof got };
	struct attr packed = { .type = CKA_KEY_GEN_MECHANISM };
	struct attrs a = ATTRS_INIT;

	ck_assert_uint_eq(attrs_from_template(&from, 1, &a), CKR_OK);
	ck_assert(attrs_find(attrs_bytes(&a), packed.type, &packed.value));
	ck_assert_uint_eq(load_le64(packed.value.p), UINT64_MAX);
	ck_assert_uint_eq(attr_to_application(&packed, &out), CKR_OK);
	ck_assert(got == CK_UNAVAILABLE_INFORMATION);
	attrs_free(&a);
}
END_TEST

static const struct check_test tests[] = {
	{ &values_of_the_wrong_form_are_refused, ARRAY_LEN(refusals) },
	{ &a_repeated_type_needs_the_same_value, 0 },
	{ &values_come_back_as_they_went_in, 0 },
	{ &a_nested_template_is_read_in_three_steps, 0 },
	{ &an_unknown_number_stays_unknown, 0 },
};
CHECK_MAIN("template", tests)
