/* SPDX-License-Identifier: Apache-2.0 */
/* What C_GetMechanismInfo says of wrapping, held against C_WrapKey and C_UnwrapKey. */
#include "tests/api/wrap.h"

static unsigned char iv[16] = { 1, 2, 3 };
static CK_AES_CTR_PARAMS ctr = { 128, { 1 } };
static CK_GCM_PARAMS gcm = { iv, 12, 96, NULL, 0, 128 };
static CK_CCM_PARAMS ccm = { 0, iv, 12, NULL, 0, 16 };
static unsigned char counter[4];
static CK_CHACHA20_PARAMS chacha20 = { counter, 32, iv, 96 };

/* Parameters of those that do not take an IV of a block. */
static const struct {
	CK_MECHANISM_TYPE type;
	void *p;
	CK_ULONG n;
} parameters[] = {
	{ CKM_AES_ECB, NULL, 0 },
	{ CKM_AES_CTR, &ctr, sizeof ctr },
	{ CKM_AES_GCM, &gcm, sizeof gcm },
	{ CKM_AES_CCM, &ccm, sizeof ccm },
	{ CKM_AES_KEY_WRAP, NULL, 0 },
	{ CKM_AES_KEY_WRAP_PAD, NULL, 0 },
	{ CKM_AES_KEY_WRAP_KWP, NULL, 0 },
	{ CKM_AES_KEY_WRAP_PKCS7, NULL, 0 },
	{ CKM_CHACHA20, &chacha20, sizeof chacha20 },
};

static CK_MECHANISM
mechanism(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < COUNT(parameters); i++)
		if (parameters[i].type == type)
			return (CK_MECHANISM){ type, parameters[i].p, parameters[i].n };
	return (CK_MECHANISM){ type, iv, sizeof iv };
}

static void
goes_both_ways(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE by,
	CK_OBJECT_HANDLE key, enum where where)
{
	struct list template = aes_template(where);
	CK_MECHANISM m = mechanism(type);
	unsigned char out[64];
	CK_ULONG n = sizeof out;
	CK_OBJECT_HANDLE new = 0;
	CK_RV rv = F->C_WrapKey(s, &m, by, key, out, &n);

	ck_assert_msg(rv == CKR_OK, "0x%lx wraps: 0x%lx", type, rv);
	rv = F->C_UnwrapKey(s, &m, by, out, n, template.a, template.n, &new);
	ck_assert_msg(rv == CKR_OK, "0x%lx unwraps: 0x%lx", type, rv);
	check_same_key(s, new, key);
	OK(F->C_DestroyObject(s, new));
}

static void
is_refused(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE by,
	CK_OBJECT_HANDLE key)
{
	struct list template = aes_template(IN_PROCESS);
	CK_MECHANISM m = mechanism(type);
	unsigned char out[64] = { 0 };
	CK_ULONG n = sizeof out;
	CK_OBJECT_HANDLE new = 0;

	IS(CKR_MECHANISM_INVALID, F->C_WrapKey(s, &m, by, key, out, &n));
	IS(CKR_MECHANISM_INVALID,
		F->C_UnwrapKey(s, &m, by, out, 24, template.a, template.n, &new));
}

static CK_KEY_TYPE
type_for(CK_MECHANISM_TYPE mechanism)
{
	return mechanism == CKM_AES_XTS    ? CKK_AES_XTS
	       : mechanism == CKM_CHACHA20 ? CKK_CHACHA20
					   : CKK_AES;
}

/* Loop index: where the wrapping key is. */
START_TEST (mechanisms_wrap_that_say_so_and_no_others) {
	static const CK_KEY_TYPE types[] = { CKK_AES, CKK_AES_XTS, CKK_CHACHA20 };
	static const CK_MECHANISM_TYPE named[] = { CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_PAD,
		CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PKCS7, CKM_CHACHA20 };
	const enum where where = (enum where)_i;
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE key = wrapped_key(s, IN_PROCESS);
	CK_OBJECT_HANDLE by[COUNT(types)];
	CK_MECHANISM_TYPE list[512];
	CK_ULONG n = COUNT(list), wraps = 0;
	CK_MECHANISM_INFO info;

	for (size_t i = 0; i < COUNT(types); i++)
		by[i] = key_of_type(s, &types[i], wrapping_value, where);
	OK(F->C_GetMechanismList(api_slot(), list, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		OK(F->C_GetMechanismInfo(api_slot(), list[i], &info));
		if ((info.flags & (CKF_WRAP | CKF_UNWRAP)) == 0) {
			is_refused(s, list[i], by[0], key);
			continue;
		}
		ck_assert((info.flags & CKF_WRAP) != 0 && (info.flags & CKF_UNWRAP) != 0);
		if ((info.flags & CKF_HW) != 0)
			continue; /* of pairs: tests of their own */
		for (size_t k = 0; k < COUNT(types); k++)
			if (types[k] == type_for(list[i]))
				goes_both_ways(s, list[i], by[k], key, where);
		wraps++;
	}
	ck_assert_uint_ge(wraps, 17);
	for (size_t i = 0; i < COUNT(named); i++) {
		OK(F->C_GetMechanismInfo(api_slot(), named[i], &info));
		ck_assert_uint_eq(
			info.flags, CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP);
	}
	destroy_all(s);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &mechanisms_wrap_that_say_so_and_no_others, PLACES },
};

CHECK_MAIN("api_wrap_mechanisms", tests)
