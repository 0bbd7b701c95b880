/* SPDX-License-Identifier: Apache-2.0 */
/* IVs that are generated for messages (6.13.2): no key gets one twice. */
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
	api_stop();
}
END_TEST

/* The first generator is the key's; CKG_GENERATE, which may be anything, goes on with it. */
static const struct {
	struct way first, other;
	CK_RV expected;
} mixes[] = {
	{ { CKG_GENERATE_COUNTER, 12, 32, 0 }, { CKG_GENERATE, 12, 32, 0 }, CKR_OK },
	{ { CKG_GENERATE_COUNTER, 12, 32, 0 }, { CKG_GENERATE_COUNTER, 12, 33, 0 },
		CKR_OK },
	{ { CKG_GENERATE_COUNTER, 12, 32, 0 }, { CKG_GENERATE_COUNTER, 13, 32, 0 },
		CKR_OK },
	{ { CKG_GENERATE_COUNTER, 12, 32, 0 }, { CKG_NO_GENERATE, 16, 77, 0 }, CKR_OK },
	{ { CKG_GENERATE_COUNTER, 12, 32, 0 }, { CKG_GENERATE_RANDOM, 12, 32, 0 },
		CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE_COUNTER, 12, 32, 0 }, { CKG_GENERATE_COUNTER_XOR, 12, 32, 0 },
		CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE_COUNTER, 12, 32, 0 }, { CKG_GENERATE_COUNTER, 12, 97, 0 },
		CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE_COUNTER, 12, 32, 0 }, { 5, 12, 32, 0 },
		CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE, 12, 32, 0 }, { CKG_GENERATE, 13, 48, 0 }, CKR_OK },
	{ { CKG_GENERATE, 12, 32, 0 }, { CKG_GENERATE_COUNTER, 12, 32, 0 },
		CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE, 12, 32, 0 }, { CKG_GENERATE_COUNTER_XOR, 12, 32, 0 },
		CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE, 12, 32, 0 }, { CKG_GENERATE_RANDOM, 12, 32, 0 },
		CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE_COUNTER_XOR, 12, 32, 0 }, { CKG_GENERATE, 12, 16, 0 }, CKR_OK },
	{ { CKG_GENERATE_COUNTER_XOR, 12, 32, 0 },
		{ CKG_GENERATE_COUNTER_XOR, 12, 16, 0 }, CKR_OK },
	{ { CKG_GENERATE_COUNTER_XOR, 12, 32, 0 },
		{ CKG_GENERATE_COUNTER_XOR, 13, 32, 0 }, CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE_COUNTER_XOR, 12, 32, 0 }, { CKG_GENERATE_COUNTER, 12, 32, 0 },
		CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE_COUNTER_XOR, 12, 32, 0 }, { CKG_GENERATE_RANDOM, 12, 32, 0 },
		CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE_RANDOM, 12, 0, 0 }, { CKG_GENERATE_RANDOM, 16, 32, 0 }, CKR_OK },
	{ { CKG_GENERATE_RANDOM, 12, 0, 0 }, { CKG_GENERATE, 12, 32, 0 }, CKR_OK },
	{ { CKG_GENERATE_RANDOM, 12, 0, 0 }, { CKG_GENERATE, 12, 65, 0 },
		CKR_MECHANISM_PARAM_INVALID },
	{ { CKG_GENERATE_RANDOM, 12, 0, 0 }, { CKG_GENERATE_COUNTER, 12, 0, 0 },
		CKR_MECHANISM_PARAM_INVALID },
};

#define MIXES ((int)COUNT(mixes))

/* Loop index: within a process, between two; mixes; custody. */
START_TEST (generators_of_a_key_do_not_mix) {
	const struct way *first = &mixes[_i / 2 % MIXES].first;
	unsigned char before[16];

	start(_i / 2 / MIXES);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	set_iv(first);
	OK(seal(16));
	memcpy(before, iv, sizeof before);
	for (int round = 0; round < 2; round++) {
		if (_i % 2 != 0) {
			OK(F->C_MessageEncryptFinal(s));
			OK(F->C_MessageEncryptInit(s, &gcm, key));
		}
		set_iv(&mixes[_i / 2 % MIXES].other);
		IS(mixes[_i / 2 % MIXES].expected, seal(16));
	}
	/* what was refused has used no number up */
	set_iv(first);
	OK(seal(16));
	ck_assert_mem_ne(iv, before, first->iv_n);
	if (first->generator == CKG_GENERATE_COUNTER)
		ck_assert_uint_eq(low_bits(iv, first),
			mixes[_i / 2 % MIXES].expected == CKR_OK &&
					mixes[_i / 2 % MIXES].other.generator !=
						CKG_NO_GENERATE
				? 3
				: 1);
	api_stop();
}
END_TEST

/* --- One key, whatever comes in between ----------------------------------------------- */

#define GIVEN_MOST 64

static struct {
	CK_ULONG n;
	unsigned char iv[16];
} given[GIVEN_MOST];
static size_t given_n;

/* Of this process, and none of those that the key has had. */
static void
give(CK_SESSION_HANDLE session, CK_GENERATOR_FUNCTION generator, CK_ULONG iv_n,
	CK_ULONG fixed_bits)
{
	const struct way w = { generator, iv_n, fixed_bits, 0 };

	/* fixed bits that a counter may well run into */
	set_iv(&w);
	if (generator != CKG_GENERATE_COUNTER_XOR)
		memset(iv, 0, sizeof iv);
	n = sizeof out;
	OK(F->C_EncryptMessage(session, PARAM, NULL, 0, data, 16, out, &n));
	for (size_t i = 0; i < given_n; i++)
		ck_assert(given[i].n != iv_n || memcmp(given[i].iv, iv, iv_n) != 0);
	ck_assert_uint_lt(given_n, GIVEN_MOST);
	given[given_n].n = iv_n;
	memcpy(given[given_n++].iv, iv, sizeof iv);
}

static CK_GENERATOR_FUNCTION by;

static void
between_other_key(void)
{
	CK_OBJECT_HANDLE other = api_generate_aes(s, 16, 1);
	static const struct way w = { CKG_GENERATE_COUNTER, 12, 0, 0 };

	OK(F->C_MessageEncryptInit(s, &gcm, other));
	set_iv(&w);
	OK(seal(16));
	ck_assert_uint_eq(iv[11], 0);
	OK(F->C_MessageEncryptFinal(s));
	OK(F->C_DestroyObject(s, other));
}

static void
between_nothing(void)
{
}

static void
between_refusals(void)
{
	static const struct way w = { CKG_GENERATE_RANDOM, 12, 90, 0 };

	OK(F->C_MessageEncryptInit(s, &gcm, key));
	set_iv(&w);
	IS(CKR_MECHANISM_PARAM_INVALID, seal(16));
	OK(F->C_MessageEncryptInit(s, NULL, 0));
}

static void
between_other_session(void)
{
	CK_SESSION_HANDLE other = api_session(0);

	OK(F->C_MessageEncryptInit(other, &gcm, key));
	give(other, by, 12, 0);
	OK(F->C_CloseSession(other));
}

static void
between_ccm(void)
{
	CK_MECHANISM ccm = { CKM_AES_CCM, NULL, 0 };
	CK_CCM_MESSAGE_PARAMS p = { 16, iv, 12, 0, CKG_GENERATE, tag, 16 };

	OK(F->C_MessageEncryptInit(s, &ccm, key));
	n = sizeof out;
	OK(F->C_EncryptMessage(s, &p, sizeof p, NULL, 0, data, 16, out, &n));
	for (size_t i = 0; i < given_n; i++)
		ck_assert(given[i].n != 12 || memcmp(given[i].iv, iv, 12) != 0);
	OK(F->C_MessageEncryptFinal(s));
}

static void
between_change(void)
{
	CK_ATTRIBUTE label = { CKA_LABEL, data, 5 };

	OK(F->C_SetAttributeValue(s, key, &label, 1));
}

/* Each message by another copy, the last one by the first. */
static void
between_copies(void)
{
	CK_ATTRIBUTE sensitive = ATTR(CKA_SENSITIVE, YES);
	CK_OBJECT_HANDLE copies[2];

	OK(F->C_CopyObject(s, key, NULL, 0, &copies[0]));
	OK(F->C_CopyObject(s, copies[0], &sensitive, 1, &copies[1]));
	for (int i = 0; i < 2; i++) {
		OK(F->C_MessageEncryptInit(s, &gcm, copies[i]));
		give(s, by, 12, 0);
		OK(F->C_MessageEncryptFinal(s));
	}
	for (int i = 0; i < 2; i++)
		OK(F->C_DestroyObject(s, copies[i]));
}

static void (*const between[])(void) = { between_nothing, between_other_key,
	between_refusals, between_other_session, between_ccm, between_change,
	between_copies };

#define BETWEEN ((int)COUNT(between))

static const CK_GENERATOR_FUNCTION generators[] = { CKG_GENERATE, CKG_GENERATE_COUNTER,
	CKG_GENERATE_COUNTER_XOR };

/* Loop index: what comes between, generators, custody. */
START_TEST (no_iv_of_a_key_comes_twice) {
	static const CK_ULONG fixed[] = { 32, 0, 80, 32, 64, 0 };
	by = generators[_i / BETWEEN % 3];
	start(_i / BETWEEN / 3);
	given_n = 0;
	for (size_t i = 0; i < COUNT(fixed); i++) {
		OK(F->C_MessageEncryptInit(s, &gcm, key));
		give(s, by, 12, fixed[i]);
		give(s, by, 12, fixed[i]);
		if (by != CKG_GENERATE_COUNTER_XOR)
			give(s, by, 16, fixed[i]);
		OK(F->C_MessageEncryptFinal(s));
		between[_i % BETWEEN]();
	}
	api_stop();
}
END_TEST

static CK_OBJECT_HANDLE
token_key(const char *id)
{
	CK_ATTRIBUTE template[] = { { CKA_ID, (void *)(uintptr_t)id, strlen(id) } };
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG count = 0;

	OK(F->C_FindObjectsInit(s, template, 1));
	OK(F->C_FindObjects(s, &found, 1, &count));
	OK(F->C_FindObjectsFinal(s));
	ck_assert_uint_eq(count, 1);
	return found;
}

/* Under another handle it is the same key. */
START_TEST (a_tokens_key_goes_on_after_a_logout) {
	static const char id[] = "generated ivs";
	CK_MECHANISM generate = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ULONG size = 32;
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_ENCRYPT, YES),
		ATTR(CKA_VALUE_LEN, size),
		{ CKA_ID, (void *)(uintptr_t)id, strlen(id) } };
	CK_OBJECT_HANDLE copy;

	s = api_start();
	given_n = 0;
	OK(F->C_GenerateKey(s, &generate, template, COUNT(template), &key));
	for (int i = 0; i < 3; i++) {
		OK(F->C_MessageEncryptInit(s, &gcm, key));
		give(s, CKG_GENERATE_COUNTER, 12, 0);
		OK(F->C_MessageEncryptFinal(s));
		OK(F->C_Logout(s));
		OK(api_login(s, CKU_USER));
		key = token_key(id);
	}
	/* of which a copy is another object */
	OK(F->C_CopyObject(s, key, NULL, 0, &copy));
	OK(F->C_MessageEncryptInit(s, &gcm, copy));
	give(s, CKG_GENERATE_COUNTER, 12, 0);
	OK(F->C_MessageEncryptFinal(s));
	OK(F->C_DestroyObject(s, copy));
	OK(F->C_DestroyObject(s, key));
	api_stop();
}
END_TEST

static void
expect(CK_RV expected, CK_GENERATOR_FUNCTION generator, CK_ULONG fixed_bits)
{
	const struct way w = { generator, 12, fixed_bits, 0 };

	set_iv(&w);
	IS(expected, seal(16));
}

/* Or a longer one would come to what a shorter one has had behind its fixed bits. */
START_TEST (the_shortest_counter_bounds_the_others) {
	start(_i);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	for (int i = 0; i < 5; i++)
		expect(CKR_OK, CKG_GENERATE_COUNTER, 32);
	for (int i = 5; i < 10; i++)
		expect(CKR_OK, CKG_GENERATE_COUNTER, 92);
	for (int i = 10; i < 16; i++)
		expect(CKR_OK, CKG_GENERATE_COUNTER, 32);
	expect(CKR_TOKEN_RESOURCE_EXCEEDED, CKG_GENERATE_COUNTER, 92);
	expect(CKR_TOKEN_RESOURCE_EXCEEDED, CKG_GENERATE_COUNTER, 32);
	expect(CKR_TOKEN_RESOURCE_EXCEEDED, CKG_GENERATE, 0);
	OK(F->C_MessageEncryptFinal(s));
	/* one that has never been given is no bound */
	key = api_generate_aes(s, 32, _i);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	for (int i = 0; i < 17; i++)
		expect(CKR_OK, CKG_GENERATE_COUNTER, 32);
	expect(CKR_TOKEN_RESOURCE_EXCEEDED, CKG_GENERATE_COUNTER, 92);
	expect(CKR_OK, CKG_GENERATE_COUNTER, 32);
	api_stop();
}
END_TEST

/* 42 random bits are good for 2^5, whatever the others have. */
START_TEST (the_shortest_random_iv_bounds_their_number) {
	start(_i);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	for (int i = 0; i < 20; i++)
		expect(CKR_OK, CKG_GENERATE_RANDOM, 0);
	for (int i = 20; i < 32; i++)
		expect(CKR_OK, CKG_GENERATE_RANDOM, i % 2 == 0 ? 54 : 0);
	expect(CKR_TOKEN_RESOURCE_EXCEEDED, CKG_GENERATE_RANDOM, 54);
	expect(CKR_TOKEN_RESOURCE_EXCEEDED, CKG_GENERATE_RANDOM, 0);
	expect(CKR_TOKEN_RESOURCE_EXCEEDED, CKG_GENERATE, 0);
	api_stop();
}
END_TEST

/* Bases that differ by what the counters differ by would give the same IV. */
START_TEST (a_key_has_one_base) {
	static const struct way w = { CKG_GENERATE_COUNTER_XOR, 12, 32, 0 };
	CK_SESSION_HANDLE other;

	start(_i);
	other = api_session(0);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	set_iv(&w);
	OK(seal(16));
	OK(F->C_MessageEncryptFinal(s));
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	OK(F->C_MessageEncryptInit(other, &gcm, key));
	for (int i = 0; i < 2; i++) {
		set_iv(&w);
		iv[11] ^= 1;
		n = sizeof out;
		IS(CKR_MECHANISM_PARAM_INVALID,
			F->C_EncryptMessage(
				i == 0 ? s : other, PARAM, NULL, 0, data, 16, out, &n));
	}
	set_iv(&w);
	iv[3] ^= 1; /* fixed */
	OK(seal(16));
	ck_assert_uint_eq(iv[11], 0xa5 ^ 11 ^ 1);
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
	{ &generators_of_a_key_do_not_mix, 4 * MIXES },
	{ &no_iv_of_a_key_comes_twice, 6 * BETWEEN },
	{ &a_tokens_key_goes_on_after_a_logout, 0 },
	{ &the_shortest_counter_bounds_the_others, 2 },
	{ &the_shortest_random_iv_bounds_their_number, 2 },
	{ &a_key_has_one_base, 2 },
	{ &what_is_combined_with_the_counter_must_not_vary, 2 },
	{ &too_few_random_bits_are_refused, 2 },
	{ &nonces_of_ccm_are_generated_too, 2 },
};

CHECK_MAIN("api_message_iv", tests)
