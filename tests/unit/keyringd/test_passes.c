/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys' sockets are passed: every mechanism, every combination of usage flags. */
#include "keyringd/passes.h"

#include "cryptoki/attrs.h"
#include "tests/unit/check_main.h"

static const uint32_t flags[] = { CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY,
	CKA_WRAP, CKA_UNWRAP, CKA_DERIVE };

enum {
	ENCRYPT = 1,
	DECRYPT = 2,
	SIGN = 4,
	VERIFY = 8,
	WRAP = 16,
	UNWRAP = 32,
	DERIVE = 64,
	COMBINATIONS = 128,
};

/* What a socket of each plain mechanism needs; nothing else is ever passed. */
static const struct {
	CK_MECHANISM_TYPE type;
	unsigned needs;
} plain[] = {
	{ CKM_AES_ECB, ENCRYPT | DECRYPT },
	{ CKM_AES_CBC, ENCRYPT | DECRYPT },
	{ CKM_AES_CTR, ENCRYPT | DECRYPT },
	{ CKM_AES_CTS, ENCRYPT | DECRYPT },
	{ CKM_AES_XTS, ENCRYPT | DECRYPT },
	{ CKM_AES_GCM, ENCRYPT | DECRYPT },
	{ CKM_AES_CCM, ENCRYPT | DECRYPT },
	{ CKM_DES3_ECB, ENCRYPT | DECRYPT },
	{ CKM_DES3_CBC, ENCRYPT | DECRYPT },
	{ CKM_AES_CMAC, SIGN | VERIFY },
	{ CKM_DES3_CMAC, SIGN | VERIFY },
	{ CKM_SHA_1_HMAC, SIGN | VERIFY },
	{ CKM_SHA224_HMAC, SIGN | VERIFY },
	{ CKM_SHA256_HMAC, SIGN | VERIFY },
	{ CKM_SHA384_HMAC, SIGN | VERIFY },
	{ CKM_SHA512_HMAC, SIGN | VERIFY },
	{ CKM_SHA512_224_HMAC, SIGN | VERIFY },
	{ CKM_SHA512_256_HMAC, SIGN | VERIFY },
	{ CKM_SHA3_224_HMAC, SIGN | VERIFY },
	{ CKM_SHA3_256_HMAC, SIGN | VERIFY },
	{ CKM_SHA3_384_HMAC, SIGN | VERIFY },
	{ CKM_SHA3_512_HMAC, SIGN | VERIFY },
	{ CKM_BLAKE2B_160_HMAC, SIGN | VERIFY },
	{ CKM_BLAKE2B_256_HMAC, SIGN | VERIFY },
	{ CKM_BLAKE2B_384_HMAC, SIGN | VERIFY },
	{ CKM_BLAKE2B_512_HMAC, SIGN | VERIFY },
};

enum allowed { ALLOWED_ANY, ALLOWED_THIS, ALLOWED_OTHERS, ALLOWED_NONE, ALLOWED_CASES };

static unsigned
needs_of(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		if (plain[i].type == type)
			return plain[i].needs;
	}
	return 0;
}

static void
allowed_set(struct attrs *a, enum allowed allowed, CK_MECHANISM_TYPE this)
{
	struct buf list = BUF_INIT;

	for (size_t i = 0; i < mechs_count; i++) {
		if (allowed == ALLOWED_OTHERS && mechs[i].type != this)
			buf_put_u64(&list, mechs[i].type);
	}
	if (allowed == ALLOWED_THIS)
		buf_put_u64(&list, this);
	if (allowed != ALLOWED_ANY)
		attrs_set(a, CKA_ALLOWED_MECHANISMS, buf_bytes(&list));
	buf_free(&list);
}

static void
key_make(struct attrs *a, CK_OBJECT_CLASS class, CK_KEY_TYPE type, unsigned usage)
{
	attrs_set_ulong(a, CKA_CLASS, class);
	attrs_set_ulong(a, CKA_KEY_TYPE, type);
	for (unsigned f = 0; f < ARRAY_LEN(flags); f++)
		attrs_set_bool(a, flags[f], (usage >> f & 1) != 0);
}

START_TEST (what_a_socket_computes_has_to_be_permitted) {
	const struct mech *m = &mechs[_i];
	const unsigned needs = needs_of(m->type);
	unsigned passed = 0;

	for (unsigned usage = 0; usage < COMBINATIONS; usage++) {
		for (enum allowed list = 0; list < ALLOWED_CASES; list++) {
			struct attrs a = ATTRS_INIT;
			bool expected = needs != 0 && (usage & needs) == needs &&
					(usage & (WRAP | UNWRAP | DERIVE)) == 0 &&
					(list == ALLOWED_ANY || list == ALLOWED_THIS);
			bool is;

			key_make(&a, CKO_SECRET_KEY, m->key_type, usage);
			allowed_set(&a, list, m->type);
			ck_assert(attrs_ok(&a));
			is = pass_permitted(attrs_bytes(&a), m);
			ck_assert_msg(is == expected, "%s, usage 0x%x, list %d: %d",
				m->ckm, usage, (int)list, (int)is);
			passed += is;
			attrs_free(&a);
		}
	}
	/* four combinations of the two flags that do not matter, two lists */
	ck_assert_uint_eq(passed, needs != 0 ? 8 : 0);
}
END_TEST

START_TEST (a_key_of_another_type_or_class_is_not_passed) {
	static const struct {
		CK_MECHANISM_TYPE type;
		CK_OBJECT_CLASS class;
		CK_KEY_TYPE key_type;
		bool passed;
	} rows[] = {
		{ CKM_AES_CBC, CKO_SECRET_KEY, CKK_AES, true },
		{ CKM_AES_CBC, CKO_SECRET_KEY, CKK_GENERIC_SECRET, false },
		{ CKM_AES_CBC, CKO_SECRET_KEY, CKK_DES3, false },
		{ CKM_AES_CBC, CKO_PRIVATE_KEY, CKK_AES, false },
		{ CKM_AES_CBC, CKO_DATA, CKK_AES, false },
		{ CKM_SHA256_HMAC, CKO_SECRET_KEY, CKK_GENERIC_SECRET, true },
		{ CKM_SHA256_HMAC, CKO_SECRET_KEY, CKK_SHA256_HMAC, true },
		{ CKM_SHA256_HMAC, CKO_SECRET_KEY, CKK_SHA512_HMAC, false },
		{ CKM_SHA256_HMAC, CKO_SECRET_KEY, CKK_AES, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct mech *m = mech_lookup(rows[i].type);
		struct attrs a = ATTRS_INIT;

		ck_assert_ptr_nonnull(m);
		key_make(&a, rows[i].class, rows[i].key_type,
			ENCRYPT | DECRYPT | SIGN | VERIFY);
		ck_assert(attrs_ok(&a));
		ck_assert_msg(pass_permitted(attrs_bytes(&a), m) == rows[i].passed,
			"row %zu", i);
		attrs_free(&a);
	}
}
END_TEST

START_TEST (what_a_key_does_not_say_is_not_permitted) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);

	for (size_t left_out = 0; left_out < ARRAY_LEN(flags); left_out++) {
		struct attrs a = ATTRS_INIT;
		bool matters =
			flags[left_out] != CKA_SIGN && flags[left_out] != CKA_VERIFY;

		key_make(&a, CKO_SECRET_KEY, CKK_AES, ENCRYPT | DECRYPT | SIGN | VERIFY);
		attrs_unset(&a, flags[left_out]);
		ck_assert(attrs_ok(&a));
		ck_assert(pass_permitted(attrs_bytes(&a), m) == !matters);
		attrs_free(&a);
	}
	ck_assert(!pass_permitted(BYTES_NONE, m));
}
END_TEST

int
main(void)
{
	const struct check_test tests[] = {
		{ &what_a_socket_computes_has_to_be_permitted, (int)mechs_count },
		{ &a_key_of_another_type_or_class_is_not_passed, 0 },
		{ &what_a_key_does_not_say_is_not_permitted, 0 },
	};

	return check_run("passes", tests, ARRAY_LEN(tests));
}
