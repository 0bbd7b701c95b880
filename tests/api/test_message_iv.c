/* SPDX-License-Identifier: Apache-2.0 */
/* IVs that are generated for messages (6.13.2): no session gives one out twice. */
#include "tests/api/api.h"

static CK_SESSION_HANDLE s;
static CK_OBJECT_HANDLE key;
static CK_ULONG n;
static unsigned char out[64], data[64] = "a message", iv[16], tag[16];
static CK_MECHANISM gcm = { CKM_AES_GCM, NULL, 0 };
static CK_GCM_MESSAGE_PARAMS param = { iv, 12, 0, CKG_NO_GENERATE, tag, 128 };

#define PARAM &param, sizeof param

static void
start(int readable)
{
	s = api_start();
	key = api_generate_aes(s, 32, readable);
}

static CK_RV
seal(CK_ULONG size)
{
	n = sizeof out;
	return F->C_EncryptMessage(s, PARAM, NULL, 0, data, size, out, &n);
}

static const struct way {
	CK_GENERATOR_FUNCTION generator;
	CK_ULONG iv_n, fixed_bits;
	int most; /* messages there can be; 0: more than are tried */
} ways[] = {
	{ CKG_GENERATE, 12, 0, 0 },
	{ CKG_GENERATE, 12, 32, 0 },
	{ CKG_GENERATE, 12, 92, 16 },
	{ CKG_GENERATE, 12, 96, 1 },
	{ CKG_GENERATE, 16, 3, 0 },
	{ CKG_GENERATE_COUNTER, 12, 0, 0 },
	{ CKG_GENERATE_COUNTER, 12, 32, 0 },
	{ CKG_GENERATE_COUNTER, 12, 91, 32 },
	{ CKG_GENERATE_COUNTER, 12, 96, 1 },
	{ CKG_GENERATE_COUNTER, 7, 51, 32 },
	{ CKG_GENERATE_COUNTER_XOR, 12, 0, 0 },
	{ CKG_GENERATE_COUNTER_XOR, 12, 92, 16 },
	{ CKG_GENERATE_RANDOM, 12, 0, 0 },
	{ CKG_GENERATE_RANDOM, 12, 54, 32 }, /* 42 bits: 2^-32 at 2^5 of them */
	{ CKG_GENERATE_RANDOM, 12, 64, 1 },
};

#define WAYS ((int)COUNT(ways))
#define TRIED 40

/* What the application puts there each time. */
static void
set_iv(const struct way *w)
{
	for (size_t i = 0; i < sizeof iv; i++)
		iv[i] = (unsigned char)(0xa5 ^ i);
	param.pIv = iv;
	param.ulIvLen = w->iv_n;
	param.ulIvFixedBits = w->fixed_bits;
	param.ivGenerator = w->generator;
}

static int
bit(const unsigned char *p, CK_ULONG at)
{
	return p[at / 8] >> (7 - at % 8) & 1;
}

/* The bits that are not fixed, of which no test needs more. */
static unsigned long
low_bits(const unsigned char *p, const struct way *w)
{
	unsigned long v = 0;

	for (CK_ULONG i = w->fixed_bits; i < 8 * w->iv_n; i++)
		v = v << 1 | (unsigned long)bit(p, i);
	return v;
}

START_TEST (generated_ivs_are_unique_until_there_are_no_others) {
	const struct way *w = &ways[_i % WAYS];
	const int most = w->most == 0 ? TRIED : w->most;
	unsigned char ivs[TRIED][16], given[16], back[sizeof data];

	start(_i / WAYS);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	OK(F->C_MessageDecryptInit(s, &gcm, key));
	for (int i = 0; i < most; i++) {
		set_iv(w);
		memcpy(given, iv, sizeof given);
		OK(seal(sizeof data));
		memcpy(ivs[i], iv, sizeof iv);
		for (CK_ULONG b = 0; b < w->fixed_bits; b++)
			ck_assert_int_eq(bit(iv, b), bit(given, b));
		for (int j = 0; j < i; j++)
			ck_assert_mem_ne(ivs[i], ivs[j], w->iv_n);
		if (w->generator == CKG_GENERATE_COUNTER)
			ck_assert_uint_eq(low_bits(iv, w), (unsigned long)i);
		if (w->generator == CKG_GENERATE_COUNTER_XOR)
			ck_assert_uint_eq(
				low_bits(iv, w) ^ low_bits(given, w), (unsigned long)i);
		/* what it was encrypted with: a generator is not looked at here */
		n = sizeof back;
		OK(F->C_DecryptMessage(s, PARAM, NULL, 0, out, sizeof data, back, &n));
		ck_assert_mem_eq(back, data, sizeof data);
	}
	set_iv(w);
	IS(w->most == 0 ? CKR_OK : CKR_TOKEN_RESOURCE_EXCEEDED, seal(16));
	/* by which the process is not over */
	param.ivGenerator = CKG_NO_GENERATE;
	OK(seal(16));
	OK(F->C_MessageEncryptFinal(s));
	/* and with another key another one begins anew */
	key = api_generate_aes(s, 32, _i / WAYS);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	set_iv(w);
	OK(seal(16));
	if (w->generator == CKG_GENERATE_COUNTER)
		ck_assert_mem_eq(iv, ivs[0], w->iv_n);
	if (w->generator == CKG_GENERATE && w->fixed_bits < 64)
		ck_assert_mem_ne(iv, ivs[0], w->iv_n);
	api_stop();
}
END_TEST

/* CK_GCM_MESSAGE_PARAMS: "Each IV must be unique for a given session." */
START_TEST (processes_with_one_key_give_out_no_iv_twice) {
	const struct way *w = &ways[_i % WAYS];
	const int most = w->most == 0 ? TRIED : w->most;
	unsigned char ivs[TRIED][16];

	start(_i / WAYS);
	for (int i = 0; i < most; i++) {
		OK(F->C_MessageEncryptInit(s, &gcm, key));
		set_iv(w);
		OK(seal(16));
		memcpy(ivs[i], iv, sizeof iv);
		for (int j = 0; j < i; j++)
			ck_assert_mem_ne(ivs[i], ivs[j], w->iv_n);
		if (i % 2 == 0)
			OK(F->C_MessageEncryptFinal(s));
		else
			OK(F->C_SessionCancel(s, CKF_MESSAGE_ENCRYPT));
	}
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	set_iv(w);
	IS(w->most == 0 ? CKR_OK : CKR_TOKEN_RESOURCE_EXCEEDED, seal(16));
	OK(F->C_MessageEncryptFinal(s));
	/* what is generated in another way begins anew */
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	set_iv(w);
	param.ulIvFixedBits = 16;
	param.ivGenerator = CKG_GENERATE_COUNTER_XOR;
	OK(seal(16));
	OK(F->C_SessionCancel(s, CKF_MESSAGE_ENCRYPT));
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	iv[w->iv_n - 1] ^= 0x80;
	OK(seal(16));
	api_stop();
}
END_TEST

START_TEST (generators_do_not_mix) {
	static const struct way first = { CKG_GENERATE_COUNTER, 12, 32, 0 };
	static const struct {
		struct way way;
		CK_RV expected;
	} cases[] = {
		{ { CKG_GENERATE, 12, 32, 0 }, CKR_MECHANISM_PARAM_INVALID },
		{ { CKG_GENERATE_RANDOM, 12, 32, 0 }, CKR_MECHANISM_PARAM_INVALID },
		{ { CKG_GENERATE_COUNTER_XOR, 12, 32, 0 }, CKR_MECHANISM_PARAM_INVALID },
		{ { CKG_GENERATE_COUNTER, 12, 33, 0 }, CKR_MECHANISM_PARAM_INVALID },
		{ { CKG_GENERATE_COUNTER, 13, 32, 0 }, CKR_MECHANISM_PARAM_INVALID },
		{ { CKG_GENERATE_COUNTER, 12, 97, 0 }, CKR_MECHANISM_PARAM_INVALID },
		{ { 5, 12, 32, 0 }, CKR_MECHANISM_PARAM_INVALID },
		{ { CKG_NO_GENERATE, 16, 77, 0 }, CKR_OK },
		{ { CKG_GENERATE_COUNTER, 12, 32, 0 }, CKR_OK },
	};

	start(_i);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	set_iv(&first);
	OK(seal(16));
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_RV rv;

		set_iv(&cases[i].way);
		rv = seal(16);
		ck_assert_msg(rv == cases[i].expected, "case %zu answered %#lx", i, rv);
	}
	/* of which none has used a number up; and the fixed part may change */
	set_iv(&first);
	iv[0] ^= 1;
	OK(seal(16));
	ck_assert_uint_eq(low_bits(iv, &first), 2);
	api_stop();
}
END_TEST

/* Its own output put in again would give the third IV twice. */
START_TEST (what_is_combined_with_the_counter_must_not_vary) {
	static const struct way w = { CKG_GENERATE_COUNTER_XOR, 12, 32, 0 };

	start(_i);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	set_iv(&w);
	OK(seal(16));
	OK(seal(16)); /* the first IV is what was given */
	IS(CKR_MECHANISM_PARAM_INVALID, seal(16));
	set_iv(&w);
	OK(seal(16));
	api_stop();
}
END_TEST

START_TEST (too_few_random_bits_are_refused) {
	static const struct way w = { CKG_GENERATE_RANDOM, 12, 65, 0 };

	start(_i);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	set_iv(&w);
	IS(CKR_MECHANISM_PARAM_INVALID, seal(16));
	api_stop();
}
END_TEST

START_TEST (nonces_of_ccm_are_generated_too) {
	unsigned char nonce[13] = { 1, 2 }, mac[8], back[20];
	CK_CCM_MESSAGE_PARAMS p = { 20, nonce, 13, 96, CKG_GENERATE_COUNTER, mac, 8 };
	CK_MECHANISM ccm = { CKM_AES_CCM, NULL, 0 };

	start(_i);
	OK(F->C_MessageEncryptInit(s, &ccm, key));
	OK(F->C_MessageDecryptInit(s, &ccm, key));
	for (int i = 0; i < 256; i++) {
		n = sizeof out;
		OK(F->C_EncryptMessage(s, &p, sizeof p, data, 3, data, 20, out, &n));
		ck_assert_uint_eq(n, 20);
		ck_assert_uint_eq(nonce[12], i);
		n = sizeof back;
		OK(F->C_DecryptMessage(s, &p, sizeof p, data, 3, out, 20, back, &n));
		ck_assert_mem_eq(back, data, 20);
	}
	n = sizeof out;
	IS(CKR_TOKEN_RESOURCE_EXCEEDED,
		F->C_EncryptMessage(s, &p, sizeof p, data, 3, data, 20, out, &n));
	/* a length that was not promised */
	p.nonceGenerator = CKG_NO_GENERATE;
	IS(CKR_DATA_LEN_RANGE,
		F->C_EncryptMessage(s, &p, sizeof p, data, 3, data, 19, out, &n));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &generated_ivs_are_unique_until_there_are_no_others, 2 * WAYS },
	{ &processes_with_one_key_give_out_no_iv_twice, 2 * WAYS },
	{ &generators_do_not_mix, 2 },
	{ &what_is_combined_with_the_counter_must_not_vary, 2 },
	{ &too_few_random_bits_are_refused, 2 },
	{ &nonces_of_ccm_are_generated_too, 2 },
};

CHECK_MAIN("api_message_iv", tests)
