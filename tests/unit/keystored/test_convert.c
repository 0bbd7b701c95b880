/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "remote/proto/proto_convert.h"
#include "remote/rpc/rpc.h"

#include "tests/unit/check_main.h"

static void
sample(struct attrs *a)
{
	uint8_t mechanisms[16];

	store_le64(mechanisms, CKM_RSA_PKCS);
	store_le64(mechanisms + 8, CKM_SHA256_RSA_PKCS);
	attrs_set_ulong(a, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_bool(a, CKA_TOKEN, true);
	attrs_set_bool(a, CKA_PRIVATE, false);
	attrs_set(a, CKA_LABEL, BYTES_STR("label"));
	attrs_set(a, CKA_ID, BYTES_NONE);
	attrs_set(a, CKA_START_DATE, BYTES_STR("20260101"));
	attrs_set(a, CKA_ALLOWED_MECHANISMS, BYTES_OF(mechanisms));
	ck_assert(attrs_ok(a));
}

/* Through the wire's own bytes, as a peer would see it. */
static Keystore__V1__Object *
sent(struct bytes packed)
{
	Keystore__V1__Object o = KEYSTORE__V1__OBJECT__INIT, *back;
	uint8_t *wire;
	size_t n;

	ck_assert_int_eq(proto_from_attrs(packed, &o.n_attributes, &o.attributes), 0);
	n = keystore__v1__object__get_packed_size(&o);
	wire = malloc(n);
	ck_assert_ptr_nonnull(wire);
	(void)keystore__v1__object__pack(&o, wire);
	back = keystore__v1__object__unpack(&rpc_allocator, n, wire);
	ck_assert_ptr_nonnull(back);
	free(wire);
	proto_attrs_free(o.n_attributes, o.attributes);
	return back;
}

static void
comes_back(struct bytes packed)
{
	Keystore__V1__Object *o = sent(packed);
	struct attrs got = ATTRS_SECRET;

	ck_assert_int_eq(proto_to_attrs(o->n_attributes, o->attributes,
				 PROTO_REFUSE_UNKNOWN, &got),
		CKR_OK);
	ck_assert(bytes_equal(attrs_bytes(&got), packed));
	attrs_free(&got);
	keystore__v1__object__free_unpacked(o, &rpc_allocator);
}

START_TEST (attributes_come_back_as_they_were) {
	struct attrs a = ATTRS_INIT;

	comes_back(BYTES_NONE);
	sample(&a);
	comes_back(attrs_bytes(&a));
	attrs_free(&a);
}
END_TEST

START_TEST (a_template_inside_comes_back_too) {
	struct attrs inner = ATTRS_INIT, a = ATTRS_INIT;

	sample(&inner);
	attrs_set_ulong(&a, CKA_CLASS, CKO_PUBLIC_KEY);
	attrs_set(&a, CKA_WRAP_TEMPLATE, attrs_bytes(&inner));
	comes_back(attrs_bytes(&a));
	attrs_free(&a);
	attrs_free(&inner);
}
END_TEST

START_TEST (what_a_newer_server_sends_is_skipped_by_clients_only) {
	Keystore__V1__Attribute known = KEYSTORE__V1__ATTRIBUTE__INIT;
	Keystore__V1__Attribute unknown = KEYSTORE__V1__ATTRIBUTE__INIT;
	Keystore__V1__Attribute *list[] = { &unknown, &known };
	struct attrs a = ATTRS_INIT;

	known.type = CKA_LABEL;
	unknown.type = 0x6543210;
	ck_assert_int_eq(proto_to_attrs(2, list, PROTO_REFUSE_UNKNOWN, &a),
		CKR_ATTRIBUTE_TYPE_INVALID);
	ck_assert_int_eq(proto_to_attrs(2, list, PROTO_SKIP_UNKNOWN, &a), CKR_OK);
	ck_assert(attrs_has(attrs_bytes(&a), CKA_LABEL));
	attrs_free(&a);
}
END_TEST

START_TEST (one_type_twice_must_agree) {
	Keystore__V1__Attribute x = KEYSTORE__V1__ATTRIBUTE__INIT;
	Keystore__V1__Attribute y = KEYSTORE__V1__ATTRIBUTE__INIT;
	Keystore__V1__Attribute *list[] = { &x, &y };
	struct attrs a = ATTRS_INIT;

	x.type = y.type = CKA_TOKEN;
	x.value_case = y.value_case = KEYSTORE__V1__ATTRIBUTE__VALUE_FLAG;
	x.flag = y.flag = true;
	ck_assert_int_eq(proto_to_attrs(2, list, PROTO_REFUSE_UNKNOWN, &a), CKR_OK);
	attrs_free(&a);
	y.flag = false;
	ck_assert_int_eq(proto_to_attrs(2, list, PROTO_REFUSE_UNKNOWN, &a),
		CKR_TEMPLATE_INCONSISTENT);
}
END_TEST

START_TEST (too_many_and_too_much_are_refused) {
	Keystore__V1__Attribute one = KEYSTORE__V1__ATTRIBUTE__INIT;
	Keystore__V1__Attribute *list[ATTRS_MAX_COUNT + 1];
	struct attrs a = ATTRS_INIT;
	uint8_t *much = calloc(1, ATTRS_MAX_BYTES + 1);

	ck_assert_ptr_nonnull(much);
	one.type = CKA_LABEL;
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		list[i] = &one;
	ck_assert_int_eq(proto_to_attrs(ARRAY_LEN(list), list, PROTO_REFUSE_UNKNOWN, &a),
		CKR_HOST_MEMORY);
	one.value_case = KEYSTORE__V1__ATTRIBUTE__VALUE_OCTETS;
	one.octets = proto_borrow(BYTES(much, ATTRS_MAX_BYTES + 1));
	ck_assert_int_eq(
		proto_to_attrs(1, list, PROTO_REFUSE_UNKNOWN, &a), CKR_HOST_MEMORY);
	free(much);
}
END_TEST

START_TEST (mechanisms_come_back_checked) {
	const struct mech *pss = mech_lookup(CKM_RSA_PKCS_PSS), *m;
	Keystore__V1__Mechanism message;
	struct mech_params p = {
		.hash = DIGEST_SHA256, .mgf_hash = DIGEST_SHA256, .salt_len = 32
	};
	struct mech_params got;

	proto_from_mech(pss, &p, &message);
	ck_assert_int_eq(proto_to_mech(&message, &m, &got), CKR_OK);
	ck_assert_ptr_eq(m, pss);
	ck_assert_uint_eq(got.hash, DIGEST_SHA256);
	ck_assert_uint_eq(got.salt_len, 32);
	message.hash = 0x12345;
	ck_assert_int_eq(proto_to_mech(&message, &m, &got), CKR_MECHANISM_PARAM_INVALID);
	proto_from_mech(pss, &p, &message);
	message.salt_bytes = 1u << 20;
	ck_assert_int_eq(proto_to_mech(&message, &m, &got), CKR_MECHANISM_PARAM_INVALID);
	message.type = 0x7fffffff;
	ck_assert_int_eq(proto_to_mech(&message, &m, &got), CKR_MECHANISM_INVALID);
	ck_assert_int_eq(proto_to_mech(NULL, &m, &got), CKR_MECHANISM_INVALID);
	message.type = CKM_ECDH1_DERIVE;
	ck_assert_int_eq(proto_to_mech(&message, &m, &got), CKR_MECHANISM_INVALID);
}
END_TEST

static const struct check_test tests[] = {
	{ &attributes_come_back_as_they_were, 0 },
	{ &a_template_inside_comes_back_too, 0 },
	{ &what_a_newer_server_sends_is_skipped_by_clients_only, 0 },
	{ &one_type_twice_must_agree, 0 },
	{ &too_many_and_too_much_are_refused, 0 },
	{ &mechanisms_come_back_checked, 0 },
};

CHECK_MAIN("messages and packed attributes", tests)
