/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes: read in one pass, changed by the rules, arrays of them. */
#include "tests/api/objects.h"

/* An AES key that is readable or not, with templates inside. */
static CK_OBJECT_HANDLE
key_with_templates(CK_SESSION_HANDLE s, const CK_BBOOL *token)
{
	static const CK_ULONG sixteen = 16;
	static const CK_MECHANISM_TYPE allowed[] = { CKM_AES_CBC, CKM_AES_GCM };
	CK_ATTRIBUTE inner[] = { ATTR(CKA_CLASS, SECRET), ATTR(CKA_EXTRACTABLE, NO),
		LABEL("inner label") };
	CK_ATTRIBUTE template[] = { { CKA_TOKEN, (void *)(uintptr_t)token, 1 },
		ATTR(CKA_VALUE_LEN, sixteen), LABEL("nested"), ATTR(CKA_WRAP, YES),
		{ CKA_WRAP_TEMPLATE, inner, sizeof inner },
		{ CKA_UNWRAP_TEMPLATE, inner, sizeof inner[0] },
		{ CKA_DERIVE_TEMPLATE, NULL, 0 },
		{ CKA_ALLOWED_MECHANISMS, (void *)(uintptr_t)allowed, sizeof allowed } };
	CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_GenerateKey(s, &mechanism, template, COUNT(template), &key));
	return key;
}

/* Size, then types and lengths, then values. */
START_TEST (nested_templates_are_read_in_three_steps) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE key = key_with_templates(s, _i == 0 ? &NO : &YES);
	CK_ATTRIBUTE inner[3] = { { 0 } }, a = { CKA_WRAP_TEMPLATE, NULL, 0 };
	CK_OBJECT_CLASS class = 0;
	CK_BBOOL extractable = 7;
	char label[11];

	OK(F->C_GetAttributeValue(s, key, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, sizeof inner);
	a.pValue = inner;
	OK(F->C_GetAttributeValue(s, key, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, sizeof inner);
	/* each type once, in some order */
	for (size_t i = 0; i < 3; i++) {
		switch (inner[i].type) {
		case CKA_CLASS:
			ck_assert_uint_eq(inner[i].ulValueLen, sizeof class);
			inner[i].pValue = &class;
			break;
		case CKA_EXTRACTABLE:
			ck_assert_uint_eq(inner[i].ulValueLen, 1);
			inner[i].pValue = &extractable;
			break;
		default:
			ck_assert_uint_eq(inner[i].type, CKA_LABEL);
			ck_assert_uint_eq(inner[i].ulValueLen, sizeof label);
			inner[i].pValue = label;
			inner[i].ulValueLen--;
		}
	}
	/* one inside has too little room: it is marked, and the others are there */
	IS(CKR_BUFFER_TOO_SMALL, F->C_GetAttributeValue(s, key, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, sizeof inner);
	ck_assert_uint_eq(class, CKO_SECRET_KEY);
	ck_assert_uint_eq(extractable, CK_FALSE);
	for (size_t i = 0; i < 3; i++)
		if (inner[i].type == CKA_LABEL) {
			ck_assert_uint_eq(
				inner[i].ulValueLen, CK_UNAVAILABLE_INFORMATION);
			inner[i].ulValueLen = sizeof label;
		}
	OK(F->C_GetAttributeValue(s, key, &a, 1));
	ck_assert_mem_eq(label, "inner label", sizeof label);
	/* the array itself has too little room */
	a.ulValueLen = sizeof inner - 1;
	IS(CKR_BUFFER_TOO_SMALL, F->C_GetAttributeValue(s, key, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	OK(F->C_DestroyObject(s, key));
	api_stop();
}
END_TEST

START_TEST (arrays_keep_their_numbers_and_an_empty_one_is_empty) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE key = key_with_templates(s, _i == 0 ? &NO : &YES), o;
	CK_MECHANISM_TYPE list[3] = { 0 };
	CK_ATTRIBUTE a[] = { { CKA_ALLOWED_MECHANISMS, list, sizeof list },
		{ CKA_DERIVE_TEMPLATE, list, sizeof list } };
	CK_ATTRIBUTE find_it = { CKA_ALLOWED_MECHANISMS, list, 2 * sizeof list[0] };

	OK(F->C_GetAttributeValue(s, key, a, 2));
	ck_assert_uint_eq(a[0].ulValueLen, 2 * sizeof list[0]);
	ck_assert_uint_eq(list[0], CKM_AES_CBC);
	ck_assert_uint_eq(list[1], CKM_AES_GCM);
	ck_assert_uint_eq(a[1].ulValueLen, 0);
	ck_assert_uint_eq(find(s, &find_it, 1, &o, 1), 1);
	ck_assert_uint_eq(o, key);
	OK(F->C_DestroyObject(s, key));
	api_stop();
}
END_TEST

/* What is asked, in every order: what can be answered is, whatever stands beside it. */
START_TEST (every_order_of_good_and_bad_gives_every_value) {
	static const unsigned orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 },
		{ 1, 0, 3, 2 }, { 2, 3, 0, 1 }, { 2, 0, 1, 3 }, { 1, 3, 0, 2 } };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE key = api_key(s, CKK_AES, value32, 32, 0);

	for (size_t i = 0; i < COUNT(orders); i++) {
		unsigned char secret[32] = { 0 }, small[1] = { 0x55 };
		CK_ULONG type = 0;
		const CK_ATTRIBUTE asked[] = { { CKA_VALUE, secret, sizeof secret },
			{ CKA_MODULUS, secret, sizeof secret },
			{ CKA_KEY_TYPE, small, sizeof small }, ATTR(CKA_KEY_TYPE, type) };
		CK_ATTRIBUTE t[4];
		CK_RV rv;

		for (size_t k = 0; k < 4; k++)
			t[k] = asked[orders[i][k]];
		rv = F->C_GetAttributeValue(s, key, t, 4);
		ck_assert_msg(rv == CKR_ATTRIBUTE_SENSITIVE ||
				      rv == CKR_ATTRIBUTE_TYPE_INVALID ||
				      rv == CKR_BUFFER_TOO_SMALL,
			"%#lx", rv);
		ck_assert_uint_eq(type, CKK_AES);
		ck_assert_uint_eq(small[0], 0x55);
		ck_assert_uint_eq(secret[0], 0);
		for (size_t k = 0; k < 4; k++)
			ck_assert_uint_eq(t[k].ulValueLen,
				orders[i][k] == 3 ? sizeof type
						  : CK_UNAVAILABLE_INFORMATION);
	}
	api_stop();
}
END_TEST

START_TEST (lengths_are_told_and_nothing_is_written_beyond_them) {
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE o = data_object(s, "lengths", _i, CK_FALSE);
	unsigned char room[40];
	CK_ATTRIBUTE a[] = { { CKA_VALUE, NULL, 0 }, { CKA_LABEL, NULL, 99 },
		{ CKA_APPLICATION, NULL, 0 } };

	OK(F->C_GetAttributeValue(s, o, a, 3));
	ck_assert_uint_eq(a[0].ulValueLen, 32);
	ck_assert_uint_eq(a[1].ulValueLen, 7);
	ck_assert_uint_eq(a[2].ulValueLen, 0);
	memset(room, 0xaa, sizeof room);
	a[0].pValue = room;
	a[0].ulValueLen = sizeof room;
	OK(F->C_GetAttributeValue(s, o, a, 1));
	ck_assert_uint_eq(a[0].ulValueLen, 32);
	ck_assert_mem_eq(room, value32, 32);
	ck_assert_uint_eq(room[32], 0xaa);
	a[0].ulValueLen = 31;
	memset(room, 0xaa, sizeof room);
	IS(CKR_BUFFER_TOO_SMALL, F->C_GetAttributeValue(s, o, a, 1));
	ck_assert_uint_eq(room[0], 0xaa);
	/* an empty value fits anywhere */
	a[2].pValue = room;
	a[2].ulValueLen = 0;
	OK(F->C_GetAttributeValue(s, o, &a[2], 1));
	OK(F->C_DestroyObject(s, o));
	api_stop();
}
END_TEST

/* --- Change --------------------------------------------------------------------- */

START_TEST (attributes_change_by_the_schema) {
	CK_SESSION_HANDLE s = api_start(), ro = api_session(0);
	CK_OBJECT_HANDLE o = data_object(s, "before", _i, CK_FALSE), f[2];
	CK_ATTRIBUTE label = LABEL("after"), class = ATTR(CKA_CLASS, SECRET);

	/* objects of a session are anybody's to change, those of the token not */
	IS(_i == 0 ? CKR_OK : CKR_SESSION_READ_ONLY,
		F->C_SetAttributeValue(ro, o, &label, 1));
	OK(F->C_SetAttributeValue(s, o, &label, 1));
	ck_assert_uint_eq(find_label(s, "before", f, 2), 0);
	ck_assert_uint_eq(find_label(s, "after", f, 2), 1);
	ck_assert_uint_eq(f[0], o);
	IS(CKR_ATTRIBUTE_READ_ONLY, F->C_SetAttributeValue(s, o, &class, 1));
	OK(F->C_DestroyObject(s, o));
	api_stop();
}
END_TEST

START_TEST (objects_say_what_may_be_done_with_them) {
	static const CK_ATTRIBUTE_TYPE flags[] = { CKA_MODIFIABLE, CKA_COPYABLE,
		CKA_DESTROYABLE };
	CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE label = LABEL("new"), keep = ATTR(CKA_DESTROYABLE, YES);

	for (size_t i = 0; i < COUNT(flags); i++) {
		const CK_BBOOL token = _i;
		CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, DATA), ATTR(CKA_TOKEN, token),
			ATTR(flags[i], NO) };
		CK_OBJECT_HANDLE o = 0, copy = 0;

		OK(F->C_CreateObject(s, template, COUNT(template), &o));
		IS(flags[i] == CKA_MODIFIABLE ? CKR_ACTION_PROHIBITED : CKR_OK,
			F->C_SetAttributeValue(s, o, &label, 1));
		/* a copy may be destroyable again, an object may not become so */
		IS(flags[i] == CKA_MODIFIABLE ? CKR_ACTION_PROHIBITED
					      : CKR_ATTRIBUTE_READ_ONLY,
			F->C_SetAttributeValue(s, o, &keep, 1));
		IS(flags[i] == CKA_COPYABLE ? CKR_ACTION_PROHIBITED : CKR_OK,
			F->C_CopyObject(s, o, &keep, 1, &copy));
		if (copy != 0)
			OK(F->C_DestroyObject(s, copy));
		IS(flags[i] == CKA_DESTROYABLE ? CKR_ACTION_PROHIBITED : CKR_OK,
			F->C_DestroyObject(s, o));
	}
	api_stop();
}
END_TEST

static void
has_bytes(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type,
	const unsigned char *value, CK_ULONG n)
{
	unsigned char got[512];
	CK_ATTRIBUTE a = ATTR(type, got);

	OK(F->C_GetAttributeValue(s, o, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, n);
	ck_assert_mem_eq(got, value, n);
}

/* A key of the session, in whichever custody, or of the token. */
START_TEST (check_values_are_kept_right_or_taken_away) {
	const CK_BBOOL token = (_i & 1) != 0, readable = (_i & 2) != 0;
	const CK_BBOOL sensitive = !readable;
	CK_SESSION_HANDLE s = api_start();
	unsigned char zeroes[16] = { 0 }, got[8];
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES),
		ATTR(CKA_TOKEN, token), ATTR(CKA_EXTRACTABLE, readable),
		ATTR(CKA_SENSITIVE, sensitive), { CKA_VALUE, zeroes, 16 },
		{ CKA_CHECK_VALUE, (void *)(uintptr_t) "\x66\xe9\x4b", 3 } };
	CK_ATTRIBUTE *check = &template[6], a = { CKA_CHECK_VALUE, got, sizeof got };
	CK_OBJECT_HANDLE key = 0, other = 4711;

	OK(F->C_CreateObject(s, template, 7, &key));
	OK(F->C_GetAttributeValue(s, key, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, 3);
	ck_assert_mem_eq(got, "\x66\xe9\x4b", 3);
	check->pValue = (void *)(uintptr_t) "\x66\xe9\x4c";
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_CreateObject(s, template, 7, &other));
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_SetAttributeValue(s, key, check, 1));
	check->ulValueLen = 0;
	OK(F->C_SetAttributeValue(s, key, check, 1));
	OK(F->C_GetAttributeValue(s, key, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, 0);
	/* the right one may come back, but what nobody can read has none to compare with */
	check->ulValueLen = 3;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_SetAttributeValue(s, key, check, 1));
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_CopyObject(s, key, check, 1, &other));
	check->pValue = (void *)(uintptr_t) "\x66\xe9\x4b";
	if (api_custody(s, key) == CK_KT_CUSTODY_KERNEL) {
		IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_SetAttributeValue(s, key, check, 1));
	} else {
		OK(F->C_CopyObject(s, key, check, 1, &other));
		has_bytes(s, other, CKA_CHECK_VALUE, check->pValue, 3);
		OK(F->C_DestroyObject(s, other));
		OK(F->C_SetAttributeValue(s, key, check, 1));
		has_bytes(s, key, CKA_CHECK_VALUE, check->pValue, 3);
	}
	OK(F->C_DestroyObject(s, key));
	check->ulValueLen = 0;
	OK(F->C_CreateObject(s, template, 7, &key));
	a.ulValueLen = sizeof got;
	OK(F->C_GetAttributeValue(s, key, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, 0);
	OK(F->C_DestroyObject(s, key));
	api_stop();
}
END_TEST

/* A private key on P-256; its public half may go. */
static CK_OBJECT_HANDLE
private_key(CK_SESSION_HANDLE s, const CK_BBOOL *token, CK_ATTRIBUTE *info)
{
	CK_ATTRIBUTE public[] = { { CKA_EC_PARAMS,
		(void *)(uintptr_t) "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10 } };
	CK_ATTRIBUTE private[] = { { CKA_TOKEN, (void *)(uintptr_t)token, 1 } };
	CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_OBJECT_HANDLE pub = 0, key = 0;

	OK(F->C_GenerateKeyPair(s, &mechanism, public, 1, private, 1, &pub, &key));
	OK(F->C_GetAttributeValue(s, key, info, 1));
	ck_assert_uint_gt(info->ulValueLen, 0);
	OK(F->C_DestroyObject(s, pub));
	return key;
}

START_TEST (a_private_key_s_public_key_info_is_right_or_taken_away) {
	const CK_BBOOL token = _i;
	CK_SESSION_HANDLE s = api_start();
	unsigned char right_info[256], wrong_info[256];
	CK_ATTRIBUTE right = ATTR(CKA_PUBLIC_KEY_INFO, right_info),
		     wrong = ATTR(CKA_PUBLIC_KEY_INFO, wrong_info),
		     none = { CKA_PUBLIC_KEY_INFO, NULL, 0 };
	CK_OBJECT_HANDLE key = private_key(s, &token, &right), copy = 0;

	OK(F->C_DestroyObject(s, private_key(s, &NO, &wrong)));
	OK(F->C_SetAttributeValue(s, key, &none, 1));
	has_bytes(s, key, CKA_PUBLIC_KEY_INFO, right_info, 0);
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_SetAttributeValue(s, key, &wrong, 1));
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_CopyObject(s, key, &wrong, 1, &copy));
	OK(F->C_CopyObject(s, key, &right, 1, &copy));
	has_bytes(s, copy, CKA_PUBLIC_KEY_INFO, right_info, right.ulValueLen);
	OK(F->C_DestroyObject(s, copy));
	OK(F->C_SetAttributeValue(s, key, &right, 1));
	has_bytes(s, key, CKA_PUBLIC_KEY_INFO, right_info, right.ulValueLen);
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_SetAttributeValue(s, key, &wrong, 1));
	has_bytes(s, key, CKA_PUBLIC_KEY_INFO, right_info, right.ulValueLen);
	OK(F->C_DestroyObject(s, key));
	api_stop();
}
END_TEST

/* --- Domain parameters, trust ------------------------------------------------------ */

/* RFC 2409, 6.2: 1024 bits, generator 2. */
static const char group2[] =
	"ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22"
	"514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6"
	"f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381"
	"ffffffffffffffff";

START_TEST (domain_parameters_are_kept) {
	static const CK_OBJECT_CLASS domain = CKO_DOMAIN_PARAMETERS;
	static const CK_KEY_TYPE dh = CKK_DH;
	const CK_BBOOL token = _i;
	CK_SESSION_HANDLE s = api_start();
	unsigned char p[128], got[128];
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, domain), ATTR(CKA_KEY_TYPE, dh),
		ATTR(CKA_TOKEN, token), { CKA_PRIME, p, sizeof p },
		{ CKA_BASE, (void *)(uintptr_t) "\2", 1 } };
	CK_ATTRIBUTE a = { CKA_PRIME, got, sizeof got };
	CK_OBJECT_HANDLE o = 0, f[2];

	api_unhex(group2, p);
	OK(F->C_CreateObject(s, template, COUNT(template), &o));
	OK(F->C_GetAttributeValue(s, o, &a, 1));
	ck_assert_mem_eq(got, p, sizeof p);
	ck_assert_uint_eq(get_ulong(s, o, CKA_PRIME_BITS), 1024);
	ck_assert(get_bool(s, o, CKA_LOCAL) == CK_FALSE);
	ck_assert(get_bool(s, o, CKA_PRIVATE) == CK_FALSE);
	ck_assert_uint_eq(find(s, template, COUNT(template), f, 2), 1);
	ck_assert_uint_eq(f[0], o);
	template[4].pValue = (void *)(uintptr_t) "\1";
	IS(CKR_DOMAIN_PARAMS_INVALID, F->C_CreateObject(s, template, COUNT(template), f));
	OK(F->C_DestroyObject(s, o));
	api_stop();
}
END_TEST

/* 4.8: dates have no meaning, so each may change by itself. */
START_TEST (dates_are_for_reference_only) {
	static const CK_DATE begin = { "2025", "01", "01" }, end = { "2025", "12", "31" };
	static const CK_DATE later = { "2026", "01", "01" };
	const CK_BBOOL token = _i;
	CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES),
		ATTR(CKA_TOKEN, token), ATTR(CKA_VALUE, value32),
		ATTR(CKA_START_DATE, begin), ATTR(CKA_END_DATE, end) };
	CK_ATTRIBUTE change = ATTR(CKA_START_DATE, later);
	CK_OBJECT_HANDLE o = 0;
	CK_DATE got;
	CK_ATTRIBUTE a = { CKA_START_DATE, &got, sizeof got };

	OK(F->C_CreateObject(s, template, COUNT(template), &o));
	OK(F->C_SetAttributeValue(s, o, &change, 1));
	OK(F->C_GetAttributeValue(s, o, &a, 1));
	ck_assert_mem_eq(&got, &later, sizeof got);
	OK(F->C_DestroyObject(s, o));
	api_stop();
}
END_TEST

/* Nobody can say for certain which it is: it is what the creator says, or not there. */
START_TEST (the_checksum_of_a_public_key_is_its_creators) {
	static const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	static const CK_KEY_TYPE dh = CKK_DH;
	const CK_BBOOL token = _i;
	CK_SESSION_HANDLE s = api_start();
	unsigned char p[128], got[8];
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, dh),
		ATTR(CKA_TOKEN, token), { CKA_PRIME, p, sizeof p },
		{ CKA_BASE, (void *)(uintptr_t) "\2", 1 },
		{ CKA_VALUE, (void *)(uintptr_t) "public", 6 },
		{ CKA_PUBLIC_CRC64_VALUE, (void *)(uintptr_t) "checksum", 8 } };
	CK_ATTRIBUTE a = { CKA_PUBLIC_CRC64_VALUE, got, sizeof got };
	CK_OBJECT_HANDLE with = 0, without = 0, f[2];

	api_unhex(group2, p);
	OK(F->C_CreateObject(s, template, 7, &with));
	OK(F->C_CreateObject(s, template, 6, &without));
	OK(F->C_GetAttributeValue(s, with, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, 8);
	ck_assert_mem_eq(got, "checksum", 8);
	ck_assert_uint_eq(find(s, template, 7, f, 2), 1);
	ck_assert_uint_eq(f[0], with);
	IS(CKR_ATTRIBUTE_TYPE_INVALID, F->C_GetAttributeValue(s, without, &a, 1));
	template[6].ulValueLen--;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_CreateObject(s, template, 7, f));
	OK(F->C_DestroyObject(s, with));
	OK(F->C_DestroyObject(s, without));
	api_stop();
}
END_TEST

START_TEST (trust_in_a_certificate_is_kept) {
	static const CK_OBJECT_CLASS class = CKO_TRUST;
	static const CK_ULONG anchor = CKT_TRUST_ANCHOR;
	const CK_BBOOL token = _i;
	CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_TOKEN, token),
		{ CKA_ISSUER, (void *)(uintptr_t) "issuer", 6 },
		{ CKA_SERIAL_NUMBER, (void *)(uintptr_t) "\2\1\1", 3 },
		ATTR(CKA_TRUST_SERVER_AUTH, anchor),
		{ CKA_HASH_OF_CERTIFICATE, value32, 20 } };
	CK_OBJECT_HANDLE o = 0, f[2];

	IS(CKR_TEMPLATE_INCOMPLETE, F->C_CreateObject(s, template, 5, &o));
	OK(F->C_CreateObject(s, template, 6, &o));
	ck_assert_uint_eq(get_ulong(s, o, CKA_TRUST_SERVER_AUTH), CKT_TRUST_ANCHOR);
	ck_assert_uint_eq(get_ulong(s, o, CKA_TRUST_OCSP_SIGNING), CKT_TRUST_UNKNOWN);
	ck_assert_uint_eq(get_ulong(s, o, CKA_NAME_HASH_ALGORITHM), CKM_SHA_1);
	ck_assert_uint_eq(find(s, &template[2], 2, f, 2), 1);
	ck_assert_uint_eq(f[0], o);
	OK(F->C_DestroyObject(s, o));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &nested_templates_are_read_in_three_steps, 2 },
	{ &arrays_keep_their_numbers_and_an_empty_one_is_empty, 2 },
	{ &every_order_of_good_and_bad_gives_every_value, 0 },
	{ &lengths_are_told_and_nothing_is_written_beyond_them, 2 },
	{ &attributes_change_by_the_schema, 2 },
	{ &objects_say_what_may_be_done_with_them, 2 },
	{ &check_values_are_kept_right_or_taken_away, 4 },
	{ &a_private_key_s_public_key_info_is_right_or_taken_away, 2 },
	{ &domain_parameters_are_kept, 2 },
	{ &dates_are_for_reference_only, 2 },
	{ &the_checksum_of_a_public_key_is_its_creators, 2 },
	{ &trust_in_a_certificate_is_kept, 2 },
};

CHECK_MAIN("api_attributes", tests)
