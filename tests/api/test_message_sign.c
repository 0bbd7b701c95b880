/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures and MACs of many messages with one key (5.14, 5.16), and what
 * C_GetMechanismInfo says of messages. */
#include "tests/api/api.h"
#include "tests/unit/crypto/hash_vectors.h"
#include "tests/unit/crypto/vectors.h"

#define ROOM 600

static CK_SESSION_HANDLE s;
static CK_ULONG n;
static unsigned char out[ROOM], data[100] = "what is signed";

/* A mechanism and keys for it; a message's parameter where each has its own. */
struct signer {
	CK_MECHANISM mechanism;
	CK_OBJECT_HANDLE sign, verify;
	void *param;
	CK_ULONG param_n;
};

static void
begin(struct signer *g)
{
	OK(F->C_MessageSignInit(s, &g->mechanism, g->sign));
	OK(F->C_MessageVerifyInit(s, &g->mechanism, g->verify));
}

static void
end(void)
{
	OK(F->C_MessageSignFinal(s));
	OK(F->C_MessageVerifyFinal(s));
}

#define SIGNER g->param, g->param_n

static void
try_whole(const struct signer *g, unsigned char *in, CK_ULONG in_n,
	const unsigned char *mac, CK_ULONG mac_n)
{
	n = 0;
	OK(F->C_SignMessage(s, SIGNER, in, in_n, NULL, &n));
	ck_assert_uint_eq(n, mac_n);
	n = mac_n - 1;
	IS(CKR_BUFFER_TOO_SMALL, F->C_SignMessage(s, SIGNER, in, in_n, out, &n));
	OK(F->C_SignMessage(s, SIGNER, in, in_n, out, &n));
	ck_assert_uint_eq(n, mac_n);
	if (mac != NULL)
		ck_assert_mem_eq(out, mac, n);
	OK(F->C_VerifyMessage(s, SIGNER, in, in_n, out, n));
	out[n / 2] ^= 1;
	IS(CKR_SIGNATURE_INVALID, F->C_VerifyMessage(s, SIGNER, in, in_n, out, n));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_VerifyMessage(s, SIGNER, in, in_n, out, n - 1));
}

static void
try_split(const struct signer *g, unsigned char *in, CK_ULONG in_n, CK_ULONG first,
	const unsigned char *mac, CK_ULONG mac_n)
{
	OK(F->C_SignMessageBegin(s, SIGNER));
	OK(F->C_SignMessageNext(s, SIGNER, in, first, NULL, NULL));
	n = 0;
	OK(F->C_SignMessageNext(s, SIGNER, in + first, in_n - first, NULL, &n));
	ck_assert_uint_eq(n, mac_n);
	n = mac_n - 1;
	IS(CKR_BUFFER_TOO_SMALL,
		F->C_SignMessageNext(s, SIGNER, in + first, in_n - first, out, &n));
	OK(F->C_SignMessageNext(s, SIGNER, in + first, in_n - first, out, &n));
	if (mac != NULL)
		ck_assert_mem_eq(out, mac, n);
	OK(F->C_VerifyMessageBegin(s, SIGNER));
	OK(F->C_VerifyMessageNext(s, SIGNER, in, first, NULL, 0));
	OK(F->C_VerifyMessageNext(s, SIGNER, in + first, in_n - first, out, n));
	out[0] ^= 1;
	OK(F->C_VerifyMessageBegin(s, SIGNER));
	IS(CKR_SIGNATURE_INVALID, F->C_VerifyMessageNext(s, SIGNER, in, in_n, out, n));
	IS(CKR_OPERATION_NOT_INITIALIZED,
		F->C_VerifyMessageNext(s, SIGNER, in, in_n, out, n));
}

/* --- Known answers -------------------------------------------------------------------- */

static void
try_mac(struct signer *g, const char *plain, const char *mac)
{
	unsigned char in[ROOM], expected[ROOM];
	const CK_ULONG in_n = api_unhex(plain, in), mac_n = api_unhex(mac, expected);

	try_whole(g, in, in_n, expected, mac_n);
	for (CK_ULONG first = 0; first <= in_n; first++)
		try_split(g, in, in_n, first, expected, mac_n);
	try_whole(g, in, in_n, expected, mac_n);
}

static int
is_kmac(CK_MECHANISM_TYPE type)
{
	return type == CKM_KT_KMAC_128 || type == CKM_KT_KMAC_256;
}

static CK_KEY_TYPE
key_type(CK_MECHANISM_TYPE type)
{
	if (is_kmac(type))
		return CKK_GENERIC_SECRET;
	return type == CKM_DES3_CMAC || type == CKM_DES3_CMAC_GENERAL ? CKK_DES3
								      : CKK_AES;
}

START_TEST (known_answers_of_macs_whole_and_split_anywhere) {
	unsigned char value[ROOM], iv[16], custom[ROOM];
	CK_MAC_GENERAL_PARAMS tag;
	CK_KT_KMAC_PARAMS kmac;

	s = api_start();
	for (size_t i = 0; i < COUNT(mac_vectors); i++) {
		const struct mode_vector *v = &mac_vectors[i];
		struct signer g = { { v->mechanism, NULL, 0 }, 0, 0, NULL, 0 };
		const CK_ULONG key_n = api_unhex(v->key, value);

		/* Poly1305's keys are for one message */
		if (v->mechanism == CKM_POLY1305 || !api_is_offered(v->mechanism))
			continue;
		g.sign = g.verify = api_key(s, key_type(v->mechanism), value, key_n, _i);
		if (v->mechanism == CKM_AES_GMAC) {
			g.param = iv;
			g.param_n = api_unhex(v->iv, iv);
		}
		tag = v->tag;
		if (v->mechanism == CKM_AES_CMAC_GENERAL ||
			v->mechanism == CKM_DES3_CMAC_GENERAL)
			g.mechanism = (CK_MECHANISM){ v->mechanism, &tag, sizeof tag };
		if (is_kmac(v->mechanism)) {
			kmac = (CK_KT_KMAC_PARAMS){ tag, custom,
				api_unhex(v->aad, custom) };
			g.mechanism = (CK_MECHANISM){ v->mechanism, &kmac, sizeof kmac };
		}
		begin(&g);
		/* which the process has a copy of */
		memset(custom, 0xee, sizeof custom);
		try_mac(&g, v->plain, v->sealed);
		end();
	}
	api_stop();
}
END_TEST

START_TEST (known_answers_of_hmacs_whole_and_split) {
	unsigned char in[] = JEFE_DATA, expected[ROOM];

	s = api_start();
	for (size_t i = 0; i < COUNT(hash_vectors); i++) {
		struct signer g = { { hash_vectors[i].hmac, NULL, 0 }, 0, 0, NULL, 0 };
		const CK_ULONG mac_n = api_unhex(hash_vectors[i].jefe, expected);
		const CK_MAC_GENERAL_PARAMS some = mac_n / 2;

		g.sign = g.verify = api_key(s, CKK_GENERIC_SECRET, "Jefe", 4, _i);
		begin(&g);
		try_whole(&g, in, sizeof in - 1, expected, mac_n);
		try_split(&g, in, sizeof in - 1, 5, expected, mac_n);
		end();
		g.mechanism = (CK_MECHANISM){ hash_vectors[i].general,
			(void *)(uintptr_t)&some, sizeof some };
		begin(&g);
		try_whole(&g, in, sizeof in - 1, expected, some);
		end();
	}
	api_stop();
}
END_TEST

/* --- Key pairs ------------------------------------------------------------------------ */

static const unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
	0x01, 0x07 };
static const CK_ULONG bits = 2048;

static void
make_pair(CK_KEY_TYPE type, CK_BBOOL each_use, struct signer *g)
{
	CK_MECHANISM gen = {
		type == CKK_EC ? CKM_EC_KEY_PAIR_GEN : CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0
	};
	CK_ATTRIBUTE ec[] = { ATTR(CKA_VERIFY, YES), ATTR(CKA_EC_PARAMS, p256) },
		     rsa[] = { ATTR(CKA_VERIFY, YES), ATTR(CKA_MODULUS_BITS, bits) },
		     private[] = { ATTR(CKA_SIGN, YES),
			     ATTR(CKA_ALWAYS_AUTHENTICATE, each_use) };

	OK(F->C_GenerateKeyPair(
		s, &gen, type == CKK_EC ? ec : rsa, 2, private, 2, &g->verify, &g->sign));
}

static CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };

static const struct pair_row {
	CK_MECHANISM mechanism;
	CK_KEY_TYPE type;
	CK_ULONG in_n, signature_n;
	int parts;
} pair_rows[] = {
	{ { CKM_ECDSA, NULL, 0 }, CKK_EC, 32, 64, 0 },
	{ { CKM_ECDSA_SHA256, NULL, 0 }, CKK_EC, 100, 64, 1 },
	{ { CKM_RSA_PKCS, NULL, 0 }, CKK_RSA, 35, 256, 0 },
	{ { CKM_SHA256_RSA_PKCS, NULL, 0 }, CKK_RSA, 100, 256, 1 },
	{ { CKM_RSA_PKCS_PSS, &pss, sizeof pss }, CKK_RSA, 32, 256, 0 },
	{ { CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof pss }, CKK_RSA, 100, 256, 1 },
};

START_TEST (key_pairs_sign_and_verify_messages) {
	const struct pair_row *r = &pair_rows[_i];
	struct signer pair = { r->mechanism, 0, 0, NULL, 0 }, *g = &pair;

	s = api_start();
	make_pair(r->type, CK_FALSE, g);
	begin(g);
	for (int again = 0; again < 3; again++) {
		data[0] = (unsigned char)again;
		try_whole(g, data, r->in_n, NULL, r->signature_n);
		if (r->parts)
			try_split(g, data, r->in_n, 40, NULL, r->signature_n);
		else
			IS(CKR_FUNCTION_NOT_SUPPORTED, F->C_SignMessageBegin(s, SIGNER));
	}
	end();
	api_stop();
}
END_TEST

/* 4.10: for each use, and a message is one. */
START_TEST (each_message_wants_its_own_login) {
	struct signer pair = { { CKM_ECDSA_SHA256, NULL, 0 }, 0, 0, NULL, 0 }, *g = &pair;

	s = api_start();
	make_pair(CKK_EC, CK_TRUE, g);
	begin(g);
	for (int i = 0; i < 2; i++) {
		n = sizeof out;
		IS(CKR_USER_NOT_LOGGED_IN,
			F->C_SignMessage(s, SIGNER, data, 50, out, &n));
		IS(CKR_USER_NOT_LOGGED_IN, F->C_SignMessageBegin(s, SIGNER));
		OK(api_login(s, CKU_CONTEXT_SPECIFIC));
		OK(F->C_SignMessage(s, SIGNER, data, 50, out, &n));
		OK(F->C_VerifyMessage(s, SIGNER, data, 50, out, n));
		OK(api_login(s, CKU_CONTEXT_SPECIFIC));
		OK(F->C_SignMessageBegin(s, SIGNER));
		OK(F->C_SignMessageNext(s, SIGNER, data, 50, NULL, NULL));
		OK(F->C_SignMessageNext(s, SIGNER, NULL, 0, out, &n));
		OK(F->C_VerifyMessage(s, SIGNER, data, 50, out, n));
	}
	end();
	IS(CKR_OPERATION_NOT_INITIALIZED, api_login(s, CKU_CONTEXT_SPECIFIC));
	api_stop();
}
END_TEST

/* --- States and arguments ----------------------------------------------------------------- */

START_TEST (each_call_in_each_state) {
	struct signer hmac = { { CKM_SHA256_HMAC, NULL, 0 }, 0, 0, NULL, 0 }, *g = &hmac;

	s = api_start();
	g->sign = g->verify = api_key(s, CKK_GENERIC_SECRET, data, 32, _i);
	n = sizeof out;
	IS(CKR_ARGUMENTS_BAD, F->C_MessageSignInit(s, NULL, 0));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_SignMessage(s, SIGNER, data, 5, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_SignMessageBegin(s, SIGNER));
	IS(CKR_OPERATION_NOT_INITIALIZED,
		F->C_SignMessageNext(s, SIGNER, data, 5, out, &n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_MessageSignFinal(s));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_VerifyMessage(s, SIGNER, data, 5, out, n));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_MessageVerifyFinal(s));
	begin(g);
	IS(CKR_OPERATION_ACTIVE, F->C_MessageSignInit(s, &g->mechanism, g->sign));
	IS(CKR_OPERATION_NOT_INITIALIZED,
		F->C_SignMessageNext(s, SIGNER, data, 5, out, &n));
	OK(F->C_SignMessageBegin(s, SIGNER));
	IS(CKR_OPERATION_ACTIVE, F->C_SignMessageBegin(s, SIGNER));
	IS(CKR_OPERATION_ACTIVE, F->C_SignMessage(s, SIGNER, data, 5, out, &n));
	IS(CKR_OPERATION_ACTIVE, F->C_MessageSignFinal(s));
	/* an error ends the message */
	IS(CKR_ARGUMENTS_BAD, F->C_SignMessageNext(s, SIGNER, NULL, 5, NULL, NULL));
	IS(CKR_OPERATION_NOT_INITIALIZED,
		F->C_SignMessageNext(s, SIGNER, data, 5, out, &n));
	OK(F->C_SignMessage(s, SIGNER, data, 5, out, &n));
	OK(F->C_VerifyMessage(s, SIGNER, data, 5, out, n));
	/* what no message of this mechanism has */
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignMessage(s, data, 4, data, 5, out, &n));
	IS(CKR_ARGUMENTS_BAD, F->C_SignMessage(s, NULL, 4, data, 5, out, &n));
	IS(CKR_ARGUMENTS_BAD, F->C_VerifyMessage(s, SIGNER, data, 5, NULL, n));
	OK(F->C_SessionCancel(s, CKF_SIGN | CKF_VERIFY));
	OK(F->C_SessionCancel(s, CKF_MESSAGE_SIGN));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_MessageSignFinal(s));
	OK(F->C_VerifyMessageBegin(s, SIGNER));
	OK(F->C_MessageVerifyInit(s, NULL, 0));
	IS(CKR_OPERATION_NOT_INITIALIZED, F->C_MessageVerifyFinal(s));
	api_stop();
}
END_TEST

/* Two messages under one IV would give the key away. */
START_TEST (gmac_takes_an_iv_for_each_message) {
	unsigned char value[16] = { 1 }, iv[12] = { 2 };
	struct signer gmac = { { CKM_AES_GMAC, NULL, 0 }, 0, 0, NULL, 0 }, *g = &gmac;
	CK_GCM_PARAMS gcm = { iv, sizeof iv, 96, NULL, 0, 96 };

	s = api_start();
	g->sign = g->verify = api_key(s, CKK_AES, value, sizeof value, _i);
	for (int with = 0; with < 2; with++) {
		begin(g);
		n = sizeof out;
		IS(CKR_MECHANISM_PARAM_INVALID,
			F->C_SignMessage(s, NULL, 0, data, 5, out, &n));
		IS(CKR_MECHANISM_PARAM_INVALID,
			F->C_SignMessage(s, iv, 11, data, 5, out, &n));
		OK(F->C_SignMessage(s, iv, 12, data, 5, out, &n));
		OK(F->C_VerifyMessage(s, iv, 12, data, 5, out, n));
		gcm.ulTagBits = 96;
		OK(F->C_VerifyMessage(s, &gcm, sizeof gcm, data, 5, out, 12));
		n = sizeof out;
		OK(F->C_SignMessage(s, &gcm, sizeof gcm, data, 5, out + 12, &n));
		ck_assert_uint_eq(n, 12);
		ck_assert_mem_eq(out, out + 12, 12);
		iv[0]++;
		IS(CKR_SIGNATURE_INVALID,
			F->C_VerifyMessage(s, iv, 12, data, 5, out, 16));
		end();
		g->mechanism = (CK_MECHANISM){ CKM_AES_GMAC, iv, 12 };
	}
	api_stop();
}
END_TEST

#define GUARD 0xa7

static void
is_untouched(const unsigned char *p, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(p[i], GUARD);
}

/* Into room for exactly that, and with less of it nothing. */
static void
try_exact(const struct signer *g, CK_ULONG tag_n)
{
	n = 99;
	OK(F->C_SignMessage(s, SIGNER, data, 5, NULL, &n));
	ck_assert_uint_eq(n, tag_n);
	memset(out, GUARD, sizeof out);
	n = tag_n - 1;
	IS(CKR_BUFFER_TOO_SMALL, F->C_SignMessage(s, SIGNER, data, 5, out, &n));
	ck_assert_uint_eq(n, tag_n);
	is_untouched(out, sizeof out);
	OK(F->C_SignMessage(s, SIGNER, data, 5, out, &n));
	ck_assert_uint_eq(n, tag_n);
	is_untouched(out + n, sizeof out - n);
	OK(F->C_VerifyMessage(s, SIGNER, data, 5, out, n));
}

/* A message's tag is as long as its own parameter says, not as the last one's was. */
START_TEST (gmac_gives_each_message_a_tag_of_its_own_length) {
	static const CK_ULONG tags[][2] = { { 32, 128 }, { 128, 32 }, { 96, 104 } };
	unsigned char value[16] = { 3 }, iv[12] = { 4 };
	CK_GCM_PARAMS gcm = { iv, sizeof iv, 96, NULL, 0, 128 };
	struct signer whole = { { CKM_AES_GMAC, NULL, 0 }, 0, 0, iv, sizeof iv },
		      some = { { CKM_AES_GMAC, NULL, 0 }, 0, 0, &gcm, sizeof gcm };

	s = api_start();
	some.sign = some.verify = api_key(s, CKK_AES, value, sizeof value, _i);
	for (size_t i = 0; i < COUNT(tags); i++) {
		begin(&some);
		try_exact(&whole, 16); /* the first of a process, too */
		for (int to = 0; to < 2; to++) {
			iv[0]++;
			gcm.ulTagBits = tags[i][to];
			try_exact(&some, tags[i][to] / 8);
		}
		iv[0]++;
		try_exact(&whole, 16);
		gcm.ulTagBits = 32;
		try_split(&some, data, 50, 20, NULL, 4);
		try_exact(&whole, 16);
		/* a query says what is wrong with the parameter, too */
		gcm.ulTagBits = 33;
		IS(CKR_MECHANISM_PARAM_INVALID,
			F->C_SignMessage(s, some.param, some.param_n, data, 5, NULL, &n));
		end();
	}
	api_stop();
}
END_TEST

/* 5.14.4: what a part says of its message is what was said at the beginning. */
START_TEST (parts_have_the_parameter_of_their_message) {
	unsigned char value[16] = { 5 }, iv[12] = { 6 }, other_iv[12] = { 7 };
	CK_GCM_PARAMS gcm = { iv, sizeof iv, 96, NULL, 0, 96 }, other[] = {
		{ other_iv, sizeof other_iv, 96, NULL, 0, 96 },
		{ iv, sizeof iv - 1, 96, NULL, 0, 96 },
		{ iv, sizeof iv, 96, NULL, 0, 104 },
		{ iv, sizeof iv, 96, NULL, 0, 33 },
	};
	struct signer gmac = { { CKM_AES_GMAC, NULL, 0 }, 0, 0, &gcm, sizeof gcm },
		      *g = &gmac;
	const struct {
		void *p;
		CK_ULONG n;
		CK_RV rv;
	} wrong[] = {
		{ &other[0], sizeof gcm, CKR_MECHANISM_PARAM_INVALID },
		{ &other[1], sizeof gcm, CKR_MECHANISM_PARAM_INVALID },
		{ &other[2], sizeof gcm, CKR_MECHANISM_PARAM_INVALID },
		{ &other[3], sizeof gcm, CKR_MECHANISM_PARAM_INVALID },
		{ iv, sizeof iv, CKR_MECHANISM_PARAM_INVALID },
		{ NULL, 0, CKR_MECHANISM_PARAM_INVALID },
		{ &gcm, sizeof gcm - 1, CKR_MECHANISM_PARAM_INVALID },
		{ NULL, 12, CKR_ARGUMENTS_BAD },
	};

	s = api_start();
	g->sign = g->verify = api_key(s, CKK_AES, value, sizeof value, _i);
	begin(g);
	for (size_t i = 0; i < 2 * COUNT(wrong); i++) {
		const CK_RV rv = wrong[i / 2].rv;
		void *p = wrong[i / 2].p;
		const CK_ULONG p_n = wrong[i / 2].n;
		const int last = i % 2;

		n = sizeof out;
		OK(F->C_SignMessageBegin(s, SIGNER));
		IS(rv, F->C_SignMessageNext(s, p, p_n, data, 5, out, last ? &n : NULL));
		IS(CKR_OPERATION_NOT_INITIALIZED,
			F->C_SignMessageNext(s, SIGNER, data, 5, out, &n));
		OK(F->C_VerifyMessageBegin(s, SIGNER));
		IS(rv, F->C_VerifyMessageNext(
			       s, p, p_n, data, 5, last ? out : NULL, last ? 12 : 0));
		IS(CKR_OPERATION_NOT_INITIALIZED,
			F->C_VerifyMessageNext(s, SIGNER, data, 5, out, 12));
	}
	try_split(g, data, 50, 20, NULL, 12);
	end();
	api_stop();
}
END_TEST

/* --- What is said of it ------------------------------------------------------------------- */

#define MESSAGES                                                        \
	(CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN | \
		CKF_MESSAGE_VERIFY)

static CK_FLAGS
expected_flags(CK_MECHANISM_TYPE type, CK_FLAGS flags)
{
	static const CK_MECHANISM_TYPE aead[] = { CKM_AES_GCM, CKM_AES_CCM,
		CKM_CHACHA20_POLY1305 },
				       once[] = { CKM_RSA_PKCS, CKM_RSA_X_509,
					       CKM_RSA_PKCS_PSS, CKM_DSA, CKM_ECDSA,
					       CKM_HASH_ML_DSA, CKM_HASH_SLH_DSA,
					       CKM_IBM_DILITHIUM };
	CK_FLAGS expected = 0;

	for (size_t i = 0; i < COUNT(aead); i++)
		if (aead[i] == type)
			expected = CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT;
	if ((flags & CKF_SIGN) != 0 && type != CKM_POLY1305)
		expected |= CKF_MESSAGE_SIGN;
	if ((flags & CKF_VERIFY) != 0 && type != CKM_POLY1305)
		expected |= CKF_MESSAGE_VERIFY;
	for (size_t i = 0; i < COUNT(once); i++)
		if (once[i] == type)
			return expected;
	return expected != 0 ? expected | CKF_MULTI_MESSAGE : 0;
}

START_TEST (mechanism_info_tells_which_take_messages) {
	CK_MECHANISM_TYPE types[512];
	CK_MECHANISM_INFO info;
	CK_ULONG count = COUNT(types);

	s = api_start();
	OK(F->C_GetMechanismList(api_slot(), types, &count));
	for (CK_ULONG i = 0; i < count; i++) {
		CK_MECHANISM m = { types[i], NULL, 0 };
		CK_RV rv;

		OK(F->C_GetMechanismInfo(api_slot(), types[i], &info));
		ck_assert_msg((info.flags & (MESSAGES | CKF_MULTI_MESSAGE)) ==
				      expected_flags(types[i], info.flags),
			"%#lx has flags %#lx", types[i], info.flags);
		/* and what they say is what Init does */
		rv = F->C_MessageEncryptInit(s, &m, 0);
		ck_assert_int_eq(rv != CKR_MECHANISM_INVALID,
			(info.flags & CKF_MESSAGE_ENCRYPT) != 0);
		rv = F->C_MessageSignInit(s, &m, 0);
		ck_assert_int_eq(rv != CKR_MECHANISM_INVALID,
			(info.flags & CKF_MESSAGE_SIGN) != 0);
	}
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &known_answers_of_macs_whole_and_split_anywhere, 2 },
	{ &known_answers_of_hmacs_whole_and_split, 2 },
	{ &key_pairs_sign_and_verify_messages, (int)COUNT(pair_rows) },
	{ &each_message_wants_its_own_login, 0 },
	{ &each_call_in_each_state, 2 },
	{ &gmac_takes_an_iv_for_each_message, 2 },
	{ &gmac_gives_each_message_a_tag_of_its_own_length, 2 },
	{ &parts_have_the_parameter_of_their_message, 2 },
	{ &mechanism_info_tells_which_take_messages, 0 },
};

CHECK_MAIN("api_message_sign", tests)
