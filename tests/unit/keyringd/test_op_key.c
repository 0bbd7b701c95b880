/* SPDX-License-Identifier: Apache-2.0 */
/* What a key may be used for here, whatever a program says. */
#include "keyringd/op_key.h"

#include "common/cleanup.h"
#include "tests/unit/check_main.h"

static const struct {
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE type;
	uint32_t usage;
	enum op_kind kind;
	CK_MECHANISM_TYPE mechanism;
	CK_RV rv, legacy; /* where old data is not served, and where it is */
} rows[] = {
	{ CKO_PRIVATE_KEY, CKK_DSA, CKA_SIGN, OP_SIGN, CKM_DSA_SHA256,
		CKR_MECHANISM_INVALID, CKR_OK },
	{ CKO_PRIVATE_KEY, CKK_RSA, CKA_SIGN, OP_SIGN, CKM_SHA256_RSA_PKCS, CKR_OK,
		CKR_OK },
	{ CKO_PRIVATE_KEY, CKK_RSA, CKA_SIGN_RECOVER, OP_SIGN_RECOVER,
		CKM_SHA256_RSA_PKCS, CKR_MECHANISM_INVALID, CKR_MECHANISM_INVALID },
	{ CKO_PRIVATE_KEY, CKK_RSA, CKA_DECRYPT, OP_DECRYPT, CKM_RSA_PKCS_PSS,
		CKR_MECHANISM_INVALID, CKR_MECHANISM_INVALID },
	{ CKO_PRIVATE_KEY, CKK_RSA, CKA_DECRYPT, OP_SIGN, CKM_RSA_PKCS,
		CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ CKO_SECRET_KEY, CKK_AES, CKA_SIGN, OP_SIGN, CKM_AES_CBC, CKR_MECHANISM_INVALID,
		CKR_MECHANISM_INVALID },
	{ CKO_SECRET_KEY, CKK_AES, CKA_SIGN, OP_SIGN, CKM_AES_CMAC, CKR_OK, CKR_OK },
	{ CKO_PUBLIC_KEY, CKK_RSA, CKA_VERIFY, OP_VERIFY, CKM_RSA_PKCS,
		CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_TYPE_INCONSISTENT },
};

START_TEST (keys_do_what_they_and_the_mechanism_may) {
	CLEANUP(attrs_free)
	struct attrs a = ATTRS_INIT;
	struct op_key k = { .class = rows[_i].class };

	attrs_set_ulong(&a, CKA_CLASS, rows[_i].class);
	attrs_set_ulong(&a, CKA_KEY_TYPE, rows[_i].type);
	attrs_set_bool(&a, rows[_i].usage, true);
	k.attributes = attrs_bytes(&a);
	ck_assert_uint_eq(
		op_key_check(&k, rows[_i].kind, mech_lookup(rows[_i].mechanism)),
		rows[_i].rv);
	ck_assert_uint_eq(
		op_key_check(&k, rows[_i].kind, mech_lookup_legacy(rows[_i].mechanism)),
		rows[_i].legacy);
}
END_TEST

static const struct check_test tests[] = {
	{ &keys_do_what_they_and_the_mechanism_may, ARRAY_LEN(rows) },
};

CHECK_MAIN("keyringd: op_key", tests)
