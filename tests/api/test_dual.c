/* SPDX-License-Identifier: Apache-2.0 */
/* Two operations over the same data (5.17): the same as either by itself, for keys here and
 * keys with keyringd. */
#include "tests/api/api.h"

#define SIZE 100 /* of the data; no multiple of a block */
#define BLOCK 16

static CK_SESSION_HANDLE s;
static CK_OBJECT_HANDLE key, mac_key;
static unsigned char iv[BLOCK] = { 3 }, plain[SIZE], out[2 * SIZE];
static CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof iv },
		    pad = { CKM_AES_CBC_PAD, iv, sizeof iv },
		    hmac = { CKM_SHA256_HMAC, NULL, 0 }, sha = { CKM_SHA256, NULL, 0 };
static CK_ULONG n;

static void
start(int readable)
{
	static const unsigned char value[32] = { 9 };

	s = api_start();
	key = api_generate_aes(s, 32, readable);
	mac_key = api_key(s, CKK_GENERIC_SECRET, value, sizeof value, readable);
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (unsigned char)(i * 7);
}

/* The four functions: which ciphers, and with what. */
struct pair {
	int encrypts;
	CK_RV (*init)(void); /* of the other operation */
	CK_RV (*update)(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n);
	/* Ends the other one: is it as if it had been given so much of plain? */
	void (*expect)(CK_ULONG size);
	CK_FLAGS other;
};

static CK_RV
digest_init(void)
{
	return F->C_DigestInit(s, &sha);
}

static CK_RV
sign_init(void)
{
	return F->C_SignInit(s, &hmac, mac_key);
}

static CK_RV
verify_init(void)
{
	return F->C_VerifyInit(s, &hmac, mac_key);
}

static CK_RV
digest_encrypt(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n)
{
	return F->C_DigestEncryptUpdate(s, in, in_n, to, to_n);
}

static CK_RV
decrypt_digest(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n)
{
	return F->C_DecryptDigestUpdate(s, in, in_n, to, to_n);
}

static CK_RV
sign_encrypt(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n)
{
	return F->C_SignEncryptUpdate(s, in, in_n, to, to_n);
}

static CK_RV
decrypt_verify(CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n)
{
	return F->C_DecryptVerifyUpdate(s, in, in_n, to, to_n);
}

static void
expect_digest(CK_ULONG size)
{
	unsigned char got[32], expected[32];

	n = sizeof got;
	OK(F->C_DigestFinal(s, got, &n));
	OK(F->C_DigestInit(s, &sha));
	n = sizeof expected;
	OK(F->C_Digest(s, plain, size, expected, &n));
	ck_assert_mem_eq(got, expected, sizeof got);
}

static void
mac_of(CK_ULONG size, unsigned char *ret)
{
	CK_SESSION_HANDLE other = api_session(0);

	OK(F->C_SignInit(other, &hmac, mac_key));
	n = 32;
	OK(F->C_Sign(other, plain, size, ret, &n));
	OK(F->C_CloseSession(other));
}

static void
expect_mac(CK_ULONG size)
{
	unsigned char got[32], expected[32];

	n = sizeof got;
	OK(F->C_SignFinal(s, got, &n));
	mac_of(size, expected);
	ck_assert_mem_eq(got, expected, sizeof got);
}

static void
expect_verified(CK_ULONG size)
{
	unsigned char mac[32];

	mac_of(size, mac);
	OK(F->C_VerifyFinal(s, mac, sizeof mac));
}

static const struct pair pairs[] = {
	{ 1, digest_init, digest_encrypt, expect_digest, CKF_DIGEST },
	{ 0, digest_init, decrypt_digest, expect_digest, CKF_DIGEST },
	{ 1, sign_init, sign_encrypt, expect_mac, CKF_SIGN },
	{ 0, verify_init, decrypt_verify, expect_verified, CKF_VERIFY },
};

#define PAIRS ((int)COUNT(pairs))

static CK_RV
cipher_init(const struct pair *p, CK_MECHANISM *m)
{
	return p->encrypts ? F->C_EncryptInit(s, m, key) : F->C_DecryptInit(s, m, key);
}

static CK_RV
cipher_update(
	const struct pair *p, CK_BYTE *in, CK_ULONG in_n, CK_BYTE *to, CK_ULONG *to_n)
{
	return p->encrypts ? F->C_EncryptUpdate(s, in, in_n, to, to_n)
			   : F->C_DecryptUpdate(s, in, in_n, to, to_n);
}

static CK_RV
cipher_final(const struct pair *p, CK_BYTE *to, CK_ULONG *to_n)
{
	return p->encrypts ? F->C_EncryptFinal(s, to, to_n)
			   : F->C_DecryptFinal(s, to, to_n);
}

/* plain under m, by itself. */
static CK_ULONG
sealed(CK_MECHANISM *m, CK_ULONG size, unsigned char *ret)
{
	CK_ULONG ret_n = 2 * SIZE;

	OK(F->C_EncryptInit(s, m, key));
	OK(F->C_Encrypt(s, plain, size, ret, &ret_n));
	return ret_n;
}

/* In and expected output of a pair's cipher, size bytes of plaintext. */
static CK_ULONG
in_and_out(const struct pair *p, CK_MECHANISM *m, CK_ULONG size, unsigned char *in,
	unsigned char *expected)
{
	CK_ULONG in_n = sealed(m, size, p->encrypts ? expected : in);

	memcpy(p->encrypts ? in : expected, plain, size);
	return p->encrypts ? size : in_n;
}

START_TEST (each_is_as_if_it_were_alone) {
	const struct pair *p = &pairs[_i % PAIRS];
	unsigned char in[2 * SIZE], expected[2 * SIZE];
	CK_ULONG in_n, done, given = 0;

	start(_i / PAIRS);
	in_n = in_and_out(p, &pad, SIZE, in, expected);
	OK(cipher_init(p, &pad));
	OK(p->init());
	for (done = 0; done < in_n; done += 7) { /* parts that are no blocks */
		n = sizeof out - given;
		OK(p->update(
			in + done, in_n - done < 7 ? in_n - done : 7, out + given, &n));
		given += n;
	}
	/* what the end gives is not for the other one (5.17.2): it is added by hand */
	n = sizeof out - given;
	OK(cipher_final(p, out + given, &n));
	if (!p->encrypts && p->other == CKF_DIGEST)
		OK(F->C_DigestUpdate(s, out + given, n));
	if (!p->encrypts && p->other == CKF_VERIFY)
		OK(F->C_VerifyUpdate(s, out + given, n));
	ck_assert_mem_eq(out, expected, given + n);
	p->expect(SIZE);
	api_stop();
}
END_TEST

START_TEST (they_mix_with_updates_of_one) {
	const struct pair *p = &pairs[_i % PAIRS];
	unsigned char in[2 * SIZE], expected[2 * SIZE];

	start(_i / PAIRS);
	(void)in_and_out(p, &cbc, 64, in, expected);
	OK(cipher_init(p, &cbc));
	OK(p->init());
	n = sizeof out;
	OK(p->update(in, 32, out, &n));
	n = sizeof out;
	OK(cipher_update(p, in + 32, 32, out, &n));
	ck_assert_uint_eq(n, 32);
	ck_assert_mem_eq(out, expected + 32, 32);
	n = sizeof out;
	OK(cipher_final(p, out, &n));
	p->expect(32);
	api_stop();
}
END_TEST

START_TEST (a_short_buffer_or_a_query_gives_nothing_to_either) {
	const struct pair *p = &pairs[_i % PAIRS];
	unsigned char in[2 * SIZE], expected[2 * SIZE];

	start(_i / PAIRS);
	(void)in_and_out(p, &cbc, 64, in, expected);
	OK(cipher_init(p, &cbc));
	OK(p->init());
	n = 0;
	OK(p->update(in, 64, NULL, &n));
	ck_assert_uint_eq(n, 64);
	n = 63;
	IS(CKR_BUFFER_TOO_SMALL, p->update(in, 64, out, &n));
	ck_assert_uint_eq(n, 64);
	OK(p->update(in, 64, out, &n));
	ck_assert_mem_eq(out, expected, 64);
	n = sizeof out;
	OK(cipher_final(p, out, &n));
	p->expect(64);
	api_stop();
}
END_TEST

START_TEST (output_may_lie_over_the_input) {
	const struct pair *p = &pairs[_i % PAIRS];
	unsigned char in[2 * SIZE], expected[2 * SIZE];

	start(_i / PAIRS);
	(void)in_and_out(p, &cbc, 64, in, expected);
	OK(cipher_init(p, &cbc));
	OK(p->init());
	for (CK_ULONG i = 0; i < 64; i += 32) {
		/* or as long as anything may be, for all the program knows */
		n = i == 0 ? 32 : CK_UNAVAILABLE_INFORMATION;
		OK(p->update(in + i, 32, in + i, &n));
		ck_assert_uint_eq(n, 32);
	}
	ck_assert_mem_eq(in, expected, 64);
	n = sizeof out;
	OK(cipher_final(p, out, &n));
	p->expect(64);
	api_stop();
}
END_TEST

START_TEST (both_must_be_active) {
	const struct pair *p = &pairs[_i % PAIRS];

	start(_i / PAIRS);
	n = sizeof out;
	IS(CKR_OPERATION_NOT_INITIALIZED, p->update(plain, BLOCK, out, &n));
	OK(cipher_init(p, &cbc));
	IS(CKR_OPERATION_NOT_INITIALIZED, p->update(plain, BLOCK, out, &n));
	/* and the one that is has not ended by that */
	OK(cipher_update(p, plain, BLOCK, out, &n));
	OK(F->C_SessionCancel(s, CKF_ENCRYPT | CKF_DECRYPT));
	OK(p->init());
	n = sizeof out;
	IS(CKR_OPERATION_NOT_INITIALIZED, p->update(plain, BLOCK, out, &n));
	p->expect(0);
	api_stop();
}
END_TEST

START_TEST (an_error_of_the_cipher_ends_it_alone) {
	const struct pair *p = &pairs[_i % PAIRS];
	unsigned char in[2 * SIZE], expected[2 * SIZE];

	start(_i / PAIRS);
	(void)in_and_out(p, &cbc, 64, in, expected);
	OK(cipher_init(p, &cbc));
	OK(p->init());
	n = sizeof out;
	OK(p->update(in, 32, out, &n));
	IS(CKR_ARGUMENTS_BAD, p->update(NULL, 16, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, p->update(in, 16, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, cipher_update(p, in, 16, out, &n));
	p->expect(32);
	api_stop();
}
END_TEST

START_TEST (cancelling_one_leaves_the_other) {
	const struct pair *p = &pairs[_i % PAIRS];
	unsigned char in[2 * SIZE], expected[2 * SIZE];

	start(_i / PAIRS);
	(void)in_and_out(p, &cbc, 64, in, expected);
	OK(cipher_init(p, &cbc));
	OK(p->init());
	n = sizeof out;
	OK(p->update(in, 32, out, &n));
	OK(F->C_SessionCancel(s, p->other));
	n = sizeof out;
	OK(cipher_update(p, in + 32, 32, out, &n));
	ck_assert_mem_eq(out, expected + 32, 32);
	OK(F->C_SessionCancel(s, CKF_ENCRYPT | CKF_DECRYPT));
	api_stop();
}
END_TEST

/* What takes no parts says so before the cipher has moved. */
START_TEST (an_operation_without_parts_is_refused_in_time) {
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 },
		     ecdsa = { CKM_ECDSA, NULL, 0 };
	static const unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
		0x03, 0x01, 0x07 };
	CK_ATTRIBUTE public[] = { ATTR(CKA_EC_PARAMS, p256), ATTR(CKA_VERIFY, YES) },
		     private[] = { ATTR(CKA_SIGN, YES) };
	CK_OBJECT_HANDLE pair[2];
	unsigned char expected[2 * SIZE];

	start(1);
	OK(F->C_GenerateKeyPair(
		s, &gen, public, COUNT(public), private, 1, &pair[0], &pair[1]));
	(void)sealed(&cbc, 64, expected);
	OK(F->C_EncryptInit(s, &cbc, key));
	OK(F->C_SignInit(s, &ecdsa, pair[1]));
	n = sizeof out;
	IS(CKR_FUNCTION_NOT_SUPPORTED, F->C_SignEncryptUpdate(s, plain, 64, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_SignUpdate(s, plain, 64));
	OK(F->C_EncryptUpdate(s, plain, 64, out, &n));
	ck_assert_mem_eq(out, expected, 64);
	api_stop();
}
END_TEST

/* A cipher and something else is what the flag promises; here it is one of each kind. */
START_TEST (one_operation_of_each_kind_at_a_time) {
	unsigned char mac[32], crypt[BLOCK], back[BLOCK], digest[32];
	CK_TOKEN_INFO info;
	CK_ULONG m = sizeof mac, c = sizeof crypt, b = sizeof back, d = sizeof digest;

	start(_i);
	OK(F->C_GetTokenInfo(api_slot(), &info));
	ck_assert_uint_ne(info.flags & CKF_DUAL_CRYPTO_OPERATIONS, 0);
	mac_of(BLOCK, mac);
	OK(F->C_EncryptInit(s, &cbc, key));
	OK(F->C_DecryptInit(s, &cbc, key));
	OK(F->C_SignInit(s, &hmac, mac_key));
	OK(F->C_VerifyInit(s, &hmac, mac_key));
	OK(F->C_DigestInit(s, &sha));
	OK(F->C_FindObjectsInit(s, NULL, 0));
	IS(CKR_OPERATION_ACTIVE, F->C_EncryptInit(s, &cbc, key));
	IS(CKR_OPERATION_ACTIVE, F->C_DecryptInit(s, &cbc, key));
	IS(CKR_OPERATION_ACTIVE, F->C_SignInit(s, &hmac, mac_key));
	IS(CKR_OPERATION_ACTIVE, F->C_VerifyInit(s, &hmac, mac_key));
	IS(CKR_OPERATION_ACTIVE, F->C_DigestInit(s, &sha));
	IS(CKR_OPERATION_ACTIVE, F->C_FindObjectsInit(s, NULL, 0));
	OK(F->C_Encrypt(s, plain, BLOCK, crypt, &c));
	OK(F->C_Decrypt(s, crypt, BLOCK, back, &b));
	OK(F->C_Verify(s, plain, BLOCK, mac, m));
	OK(F->C_Sign(s, plain, BLOCK, out, &m));
	OK(F->C_Digest(s, plain, BLOCK, digest, &d));
	OK(F->C_FindObjectsFinal(s));
	ck_assert_mem_eq(back, plain, BLOCK);
	ck_assert_mem_eq(out, mac, sizeof mac);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &each_is_as_if_it_were_alone, 2 * PAIRS },
	{ &they_mix_with_updates_of_one, 2 * PAIRS },
	{ &a_short_buffer_or_a_query_gives_nothing_to_either, 2 * PAIRS },
	{ &output_may_lie_over_the_input, 2 * PAIRS },
	{ &both_must_be_active, 2 * PAIRS },
	{ &an_error_of_the_cipher_ends_it_alone, 2 * PAIRS },
	{ &cancelling_one_leaves_the_other, 2 * PAIRS },
	{ &an_operation_without_parts_is_refused_in_time, 0 },
	{ &one_operation_of_each_kind_at_a_time, 2 },
};

CHECK_MAIN("api_dual", tests)
