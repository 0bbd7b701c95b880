/* SPDX-License-Identifier: Apache-2.0 */
/* C_DeriveKey: of keys of every custody, to every place, one key or several, all or none;
 * and keys made of a password. */
#include "tests/api/wrap.h"
#include "tests/unit/crypto/pbkdf2_vectors.h"

static CK_MECHANISM sha256_key = { CKM_SHA256_KEY_DERIVATION, NULL, 0 };

/* A session key of the process with these bytes, to compare with. */
static CK_OBJECT_HANDLE
known_aes(CK_SESSION_HANDLE s, const unsigned char *value)
{
	return api_key(s, CKK_AES, value, 16, 1);
}

static void
hash(CK_SESSION_HANDLE s, const void *data, CK_ULONG n, unsigned char out[32])
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_ULONG out_n = 32;

	OK(F->C_DigestInit(s, &sha256));
	OK(F->C_Digest(s, (CK_BYTE *)(uintptr_t)data, n, out, &out_n));
}

static void
hmac(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, const void *data, CK_ULONG n,
	unsigned char out[32])
{
	CK_MECHANISM m = { CKM_SHA256_HMAC, NULL, 0 };
	CK_ULONG out_n = 32;

	OK(F->C_SignInit(s, &m, key));
	OK(F->C_Sign(s, (CK_BYTE *)(uintptr_t)data, n, out, &out_n));
	ck_assert_uint_eq(out_n, 32);
}

/* An AES key of sixteen bytes. */
static struct list
aes16(enum where where)
{
	static const CK_ULONG sixteen = 16;
	struct list l = aes_template(where);

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, sixteen));
	return l;
}

/* --- One key of one key ------------------------------------------------------------- */

START_TEST (key_of_any_custody_derives_to_anywhere) {
	const enum where base_at = (enum where)(_i / PLACES),
			 new_at = (enum where)(_i % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base = wrapping_key(s, base_at);
	struct list template = aes16(new_at);
	CK_OBJECT_HANDLE new = 0;
	unsigned char value[32];

	OK(F->C_DeriveKey(s, &sha256_key, base, template.a, template.n, &new));
	hash(s, wrapping_value, sizeof wrapping_value, value);
	check_same_key(s, new, known_aes(s, value));
	ck_assert_uint_eq(api_flag(s, new, CKA_TOKEN), new_at == ON_TOKEN);
	ck_assert(!api_flag(s, new, CKA_LOCAL));
	ck_assert(!api_flag(s, new, CKA_ALWAYS_SENSITIVE));
	destroy_all(s);
	api_stop();
}
END_TEST

/* A base key that was always protected, which only one that was generated is. */
START_TEST (derived_key_remembers_what_its_base_was) {
	static const CK_ULONG thirty_two = 32;
	const enum where base_at = _i % 2 == 0 ? WITH_BROKER : ON_TOKEN,
			 new_at = _i / 2 == 0 ? WITH_BROKER : ON_TOKEN;
	const CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM gen = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };
	struct list base_template = { .n = 0 }, template = aes16(new_at);
	CK_OBJECT_HANDLE base = 0, new = 0;
	int known;

	list_add(&base_template, (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, thirty_two));
	list_add(&base_template, (CK_ATTRIBUTE)ATTR(CKA_DERIVE, YES));
	list_place(&base_template, base_at, 0);
	OK(F->C_GenerateKey(s, &gen, base_template.a, base_template.n, &base));
	OK(F->C_DeriveKey(s, &sha256_key, base, template.a, template.n, &new));
	/* what the process has, it could have made up */
	known = api_custody(s, base) != CK_KT_CUSTODY_PROCESS;
	ck_assert_int_eq(api_flag(s, new, CKA_ALWAYS_SENSITIVE), known);
	ck_assert_int_eq(api_flag(s, new, CKA_NEVER_EXTRACTABLE), known);
	ck_assert(!api_flag(s, new, CKA_LOCAL));
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- Two keys ------------------------------------------------------------------------ */

static const unsigned char other_value[32] = "and another one that comes after";

START_TEST (two_keys_of_any_custody_are_put_together) {
	const enum where base_at = (enum where)(_i / PLACES),
			 other_at = (enum where)(_i % PLACES);
	const int sensitive = base_at != IN_PROCESS || other_at != IN_PROCESS;
	const CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE base = wrapping_key(s, base_at),
			 other = key_of_type(s, &aes_type, other_value, other_at);
	CK_MECHANISM both = { CKM_CONCATENATE_BASE_AND_KEY, &other, sizeof other };
	static const CK_ULONG sixty_four = 64;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, secret_class),
		ATTR(CKA_KEY_TYPE, generic_type), ATTR(CKA_VALUE_LEN, sixty_four),
		ATTR(CKA_SIGN, YES) };
	unsigned char whole[64], got[32], expected[32];
	CK_OBJECT_HANDLE new = 0;

	memcpy(whole, wrapping_value, 32);
	memcpy(whole + 32, other_value, 32);
	OK(F->C_DeriveKey(s, &both, base, template, COUNT(template), &new));
	hmac(s, new, "data", 4, got);
	hmac(s, api_key(s, CKK_GENERIC_SECRET, whole, sizeof whole, 1), "data", 4,
		expected);
	ck_assert_mem_eq(got, expected, 32);
	/* what is made of a sensitive key is sensitive */
	ck_assert_int_eq(api_flag(s, new, CKA_SENSITIVE), sensitive);
	if (sensitive) {
		CK_ATTRIBUTE open[] = { template[0], template[1], template[2],
			ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES) };
		const unsigned before = count_objects(s);

		IS(CKR_TEMPLATE_INCONSISTENT,
			F->C_DeriveKey(s, &both, base, open, COUNT(open), &new));
		ck_assert_uint_eq(count_objects(s), before);
	}
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- Several keys of one call ------------------------------------------------------- */

static const unsigned char label[] = "several keys";

/* SP 800-108 in counter mode, a key of the call and two more. */
struct several {
	CK_SP800_108_COUNTER_FORMAT counter;
	CK_PRF_DATA_PARAM data[2];
	struct list templates[2];
	CK_OBJECT_HANDLE handles[2];
	CK_DERIVED_KEY more[2];
	CK_SP800_108_KDF_PARAMS params;
	CK_MECHANISM mechanism;
};

static void
several_set(struct several *x, enum where first, enum where second)
{
	x->counter = (CK_SP800_108_COUNTER_FORMAT){ CK_FALSE, 32 };
	x->data[0] = (CK_PRF_DATA_PARAM){ CK_SP800_108_ITERATION_VARIABLE, &x->counter,
		sizeof x->counter };
	x->data[1] = (CK_PRF_DATA_PARAM){ CK_SP800_108_BYTE_ARRAY,
		(void *)(uintptr_t)label, sizeof label };
	x->templates[0] = aes16(first);
	x->templates[1] = aes16(second);
	for (int i = 0; i < 2; i++) {
		x->handles[i] = 0;
		x->more[i] = (CK_DERIVED_KEY){ x->templates[i].a, x->templates[i].n,
			&x->handles[i] };
	}
	x->params = (CK_SP800_108_KDF_PARAMS){ CKM_SHA256_HMAC, 2, x->data, 2, x->more };
	x->mechanism =
		(CK_MECHANISM){ CKM_SP800_108_COUNTER_KDF, &x->params, sizeof x->params };
}

/* What it gives, by HMAC: a segment of 32 bytes for each key (6.42.6). */
static void
several_bytes(CK_SESSION_HANDLE s, unsigned char out[96])
{
	const CK_OBJECT_HANDLE key =
		api_key(s, CKK_GENERIC_SECRET, wrapping_value, sizeof wrapping_value, 1);
	unsigned char data[4 + sizeof label] = { 0 };

	memcpy(data + 4, label, sizeof label);
	for (int i = 0; i < 3; i++) {
		data[3] = (unsigned char)(i + 1);
		hmac(s, key, data, sizeof data, out + 32 * (size_t)i);
	}
}

START_TEST (keys_of_one_call_go_where_each_belongs) {
	const enum where base_at = (enum where)_i;
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base = deriving_key(s, base_at);
	const unsigned before = count_objects(s);
	struct list template = aes16(IN_PROCESS);
	CK_OBJECT_HANDLE new = 0;
	unsigned char bytes[96];
	struct several x;

	several_set(&x, WITH_BROKER, ON_TOKEN);
	OK(F->C_DeriveKey(s, &x.mechanism, base, template.a, template.n, &new));
	ck_assert_uint_eq(count_objects(s), before + 3);
	ck_assert_uint_eq(api_custody(s, new), CK_KT_CUSTODY_PROCESS);
	ck_assert(api_flag(s, x.handles[0], CKA_SENSITIVE));
	ck_assert(!api_flag(s, x.handles[0], CKA_TOKEN));
	ck_assert(api_flag(s, x.handles[1], CKA_TOKEN));
	several_bytes(s, bytes);
	check_same_key(s, new, known_aes(s, bytes));
	check_same_key(s, x.handles[0], known_aes(s, bytes + 32));
	check_same_key(s, x.handles[1], known_aes(s, bytes + 64));
	destroy_all(s);
	api_stop();
}
END_TEST

START_TEST (call_that_fails_makes_none_of_its_keys) {
	static const CK_ULONG fifteen = 15;
	const enum where base_at = (enum where)_i;
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base = deriving_key(s, base_at);
	const unsigned before = count_objects(s);
	struct list template = aes16(ON_TOKEN);
	CK_OBJECT_HANDLE new = 0;
	CK_SESSION_HANDLE reader;
	struct several x;

	/* the last one cannot be, and its handle says so (6.42.6) */
	several_set(&x, ON_TOKEN, WITH_BROKER);
	x.templates[1].a[x.templates[1].n - 1] =
		(CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, fifteen);
	x.handles[0] = x.handles[1] = 77;
	ck_assert_uint_ne(
		F->C_DeriveKey(s, &x.mechanism, base, template.a, template.n, &new),
		CKR_OK);
	ck_assert_uint_eq(count_objects(s), before);
	ck_assert_uint_eq(x.handles[0], 77);
	ck_assert_uint_eq(x.handles[1], CK_INVALID_HANDLE);
	/* the call's own cannot: none of theirs is blamed */
	several_set(&x, ON_TOKEN, WITH_BROKER);
	x.handles[0] = x.handles[1] = 77;
	template.a[template.n - 1] = (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, fifteen);
	ck_assert_uint_ne(
		F->C_DeriveKey(s, &x.mechanism, base, template.a, template.n, &new),
		CKR_OK);
	ck_assert_uint_eq(x.handles[0] + x.handles[1], 2 * 77);
	/* one of them is for the token, which this session may not change */
	reader = api_session(0);
	several_set(&x, WITH_BROKER, ON_TOKEN);
	template = aes16(IN_PROCESS);
	IS(CKR_SESSION_READ_ONLY,
		F->C_DeriveKey(reader, &x.mechanism, base, template.a, template.n, &new));
	ck_assert_uint_eq(count_objects(s), before);
	ck_assert_uint_eq(new, 0);
	ck_assert_uint_eq(x.handles[0] + x.handles[1], 0);
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- What is refused ------------------------------------------------------------------ */

START_TEST (base_key_has_to_permit_it) {
	const enum where base_at = (enum where)_i;
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base = wrapped_key(s, base_at);
	CK_MECHANISM cipher = { CKM_AES_ECB, NULL, 0 };
	CK_ATTRIBUTE may = ATTR(CKA_DERIVE, YES);
	struct list template = aes16(WITH_BROKER);
	CK_OBJECT_HANDLE new = 0;

	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		F->C_DeriveKey(s, &sha256_key, base, template.a, template.n, &new));
	OK(F->C_SetAttributeValue(s, base, &may, 1));
	OK(F->C_DeriveKey(s, &sha256_key, base, template.a, template.n, &new));
	IS(CKR_MECHANISM_INVALID,
		F->C_DeriveKey(s, &cipher, base, template.a, template.n, &new));
	IS(CKR_ARGUMENTS_BAD,
		F->C_DeriveKey(s, &sha256_key, base, template.a, template.n, NULL));
	IS(CKR_KEY_HANDLE_INVALID,
		F->C_DeriveKey(s, &sha256_key, 0x7ffffff, template.a, template.n, &new));
	destroy_all(s);
	api_stop();
}
END_TEST

START_TEST (mechanism_info_says_what_derives_wraps_and_unwraps) {
	const CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM_INFO info;

	OK(F->C_GetMechanismInfo(api_slot(), CKM_SHA256_KEY_DERIVATION, &info));
	ck_assert_uint_eq(info.flags & (CKF_DERIVE | CKF_ENCRYPT), CKF_DERIVE);
	OK(F->C_GetMechanismInfo(api_slot(), CKM_AES_KEY_WRAP, &info));
	ck_assert_uint_eq(
		info.flags & (CKF_WRAP | CKF_UNWRAP | CKF_DERIVE), CKF_WRAP | CKF_UNWRAP);
	OK(F->C_GetMechanismInfo(api_slot(), CKM_AES_CMAC, &info));
	ck_assert_uint_eq(info.flags & (CKF_WRAP | CKF_UNWRAP | CKF_DERIVE), 0);
	(void)s;
	api_stop();
}
END_TEST

/* --- Passwords ------------------------------------------------------------------------ */

/* Loop index: vector and place of the key. Its bytes are known by an HMAC, wherever it is. */
START_TEST (password_makes_the_known_key_everywhere) {
	const struct pbkdf2_vector *v = &pbkdf2_vectors[_i / PLACES];
	const enum where new_at = (enum where)(_i % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	CK_PKCS5_PBKD2_PARAMS2 p = pbkdf2_of(v);
	CK_MECHANISM from_password = { CKM_PKCS5_PBKD2, &p, sizeof p };
	struct list template = { .n = 0 };
	unsigned char value[128], got[32], expected[32];
	const CK_ULONG n = api_unhex(v->out, value);
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG made_by = 0;
	CK_ATTRIBUTE how = ATTR(CKA_KEY_GEN_MECHANISM, made_by);

	list_add(&template, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, generic_type));
	list_add(&template, (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, n));
	list_place(&template, new_at, 0);
	OK(F->C_GenerateKey(s, &from_password, template.a, template.n, &key));
	hmac(s, key, "data", 4, got);
	hmac(s, api_key(s, CKK_GENERIC_SECRET, value, n, 1), "data", 4, expected);
	ck_assert_mem_eq(got, expected, 32);
	OK(F->C_GetAttributeValue(s, key, &how, 1));
	ck_assert_uint_eq(made_by, CKM_PKCS5_PBKD2);
	ck_assert(api_flag(s, key, CKA_LOCAL));
	ck_assert_uint_eq(api_flag(s, key, CKA_TOKEN), new_at == ON_TOKEN);
	ck_assert_uint_eq(api_flag(s, key, CKA_NEVER_EXTRACTABLE), new_at != IN_PROCESS);
	destroy_all(s);
	api_stop();
}
END_TEST

/* RFC 6070's second example. */
static CK_MECHANISM
from_a_password(CK_PKCS5_PBKD2_PARAMS2 *p)
{
	*p = pbkdf2_of(&pbkdf2_vectors[1]);
	return (CK_MECHANISM){ CKM_PKCS5_PBKD2, p, sizeof *p };
}

/* --- Triple DES ------------------------------------------------------------------------ */

static const CK_KEY_TYPE des3_type = CKK_DES3;

/* Its one length, which the type tells, may be said too (5.18.4, 6.37.4, 6.43). */
static struct list
des3_template(enum where where, const CK_ULONG *length)
{
	struct list l = { .n = 0 };

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, des3_type));
	list_place(&l, where, 1);
	if (length != NULL)
		list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, *length));
	return l;
}

/* By its check value, wherever it is. */
static void
is_des3(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, const unsigned char value[24])
{
	unsigned char got[3] = { 0 }, want[3] = { 1 };
	CK_ATTRIBUTE of_key = { CKA_CHECK_VALUE, got, sizeof got },
		     of_known = { CKA_CHECK_VALUE, want, sizeof want };

	OK(F->C_GetAttributeValue(s, key, &of_key, 1));
	OK(F->C_GetAttributeValue(s, api_key(s, CKK_DES3, value, 24, 1), &of_known, 1));
	ck_assert_mem_eq(got, want, sizeof got);
}

/* Loop index: where the base and wrapping key is, and the new one. */
START_TEST (triple_des_key_is_derived_and_unwrapped_with_its_length_or_without) {
	static const CK_ULONG right = 24, wrong = 16, *const lengths[] = { NULL, &right };
	const enum where by_at = (enum where)(_i / PLACES),
			 new_at = (enum where)(_i % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, by_at);
	struct list bad = des3_template(new_at, &wrong);
	CK_MECHANISM kw = { CKM_AES_KEY_WRAP, NULL, 0 };
	unsigned char value[32], wrapped[64];
	CK_OBJECT_HANDLE key = 0;

	hash(s, wrapping_value, sizeof wrapping_value, value);
	for (size_t i = 0; i < 24; i++)
		value[i] ^= (unsigned char)(~__builtin_popcount(value[i]) & 1);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct list template = des3_template(new_at, lengths[i]);
		CK_ULONG n = sizeof wrapped;

		OK(F->C_DeriveKey(s, &sha256_key, by, template.a, template.n, &key));
		is_des3(s, key, value);
		OK(F->C_WrapKey(s, &kw, by, key, wrapped, &n));
		OK(F->C_UnwrapKey(s, &kw, by, wrapped, n, template.a, template.n, &key));
		is_des3(s, key, value);
		IS(CKR_WRAPPED_KEY_LEN_RANGE,
			F->C_UnwrapKey(s, &kw, by, wrapped, n, bad.a, bad.n, &key));
		IS(CKR_TEMPLATE_INCONSISTENT,
			F->C_DeriveKey(s, &sha256_key, by, bad.a, bad.n, &key));
	}
	destroy_all(s);
	api_stop();
}
END_TEST

/* Whatever the password gives, a key for DES has parity. Loop index: with a length or without,
 * and where the key is. */
START_TEST (password_makes_a_triple_des_key_with_parity) {
	static const char bytes[] = "ea6d014cc72c6e8ccd1fd92ace1c40f1d9df8957cbe93137";
	static const CK_ULONG length = 24;
	const CK_SESSION_HANDLE s = api_start();
	CK_PKCS5_PBKD2_PARAMS2 p;
	CK_MECHANISM from_password = from_a_password(&p);
	struct list template = des3_template(
		(enum where)(_i % PLACES), _i / PLACES != 0 ? &length : NULL);
	unsigned char value[24];
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_GenerateKey(s, &from_password, template.a, template.n, &key));
	ck_assert_uint_eq(api_unhex(bytes, value), 24);
	is_des3(s, key, value);
	destroy_all(s);
	api_stop();
}
END_TEST

START_TEST (password_key_needs_a_type_and_a_length) {
	static const CK_ULONG twenty = 20;
	const CK_SESSION_HANDLE s = api_start();
	const unsigned before = count_objects(s);
	CK_PKCS5_PBKD2_PARAMS2 p;
	CK_MECHANISM from_password = from_a_password(&p);
	CK_ATTRIBUTE type = ATTR(CKA_KEY_TYPE, generic_type),
		     size = ATTR(CKA_VALUE_LEN, twenty);
	CK_ATTRIBUTE aes[] = { ATTR(CKA_KEY_TYPE, aes_type), size };
	CK_ATTRIBUTE token[] = { type, size, ATTR(CKA_TOKEN, YES) };
	CK_OBJECT_HANDLE key = 0;

	IS(CKR_TEMPLATE_INCOMPLETE, F->C_GenerateKey(s, &from_password, &size, 1, &key));
	IS(CKR_TEMPLATE_INCOMPLETE, F->C_GenerateKey(s, &from_password, &type, 1, &key));
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		F->C_GenerateKey(s, &from_password, aes, COUNT(aes), &key));
	IS(CKR_SESSION_READ_ONLY, F->C_GenerateKey(api_session(0), &from_password, token,
					  COUNT(token), &key));
	ck_assert_uint_eq(count_objects(s), before);
	api_stop();
}
END_TEST

/* Whatever the token takes has one. */
START_TEST (no_hash_of_passwords_is_without_an_answer) {
	static const CK_ULONG sixteen = 16;
	const CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE template[] = { ATTR(CKA_KEY_TYPE, generic_type),
		ATTR(CKA_VALUE_LEN, sixteen) };
	CK_PKCS5_PBKD2_PARAMS2 p;
	CK_MECHANISM from_password = from_a_password(&p);
	CK_OBJECT_HANDLE key = 0;
	unsigned taken = 0;

	for (p.prf = 0; p.prf < 64; p.prf++) {
		CK_RV rv = F->C_GenerateKey(
			s, &from_password, template, COUNT(template), &key);
		int found = 0;

		for (size_t i = 0; i < COUNT(pbkdf2_vectors); i++)
			found |= pbkdf2_vectors[i].prf == p.prf;
		ck_assert_msg(rv == (found ? CKR_OK : CKR_MECHANISM_PARAM_INVALID),
			"hash %lu: 0x%lx", p.prf, rv);
		taken += rv == CKR_OK;
	}
	ck_assert_uint_ge(taken, 7);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &key_of_any_custody_derives_to_anywhere, PLACES *PLACES },
	{ &derived_key_remembers_what_its_base_was, 4 },
	{ &two_keys_of_any_custody_are_put_together, PLACES *PLACES },
	{ &keys_of_one_call_go_where_each_belongs, PLACES },
	{ &call_that_fails_makes_none_of_its_keys, PLACES },
	{ &base_key_has_to_permit_it, PLACES },
	{ &mechanism_info_says_what_derives_wraps_and_unwraps, 0 },
	{ &password_makes_the_known_key_everywhere, COUNT(pbkdf2_vectors) * PLACES },
	{ &triple_des_key_is_derived_and_unwrapped_with_its_length_or_without,
		PLACES *PLACES },
	{ &password_makes_a_triple_des_key_with_parity, 2 * PLACES },
	{ &password_key_needs_a_type_and_a_length, 0 },
	{ &no_hash_of_passwords_is_without_an_answer, 0 },
};

CHECK_MAIN("api_derive", tests)
