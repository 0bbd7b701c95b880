/* SPDX-License-Identifier: Apache-2.0 */
/* RSA: every mechanism, recovery, sizes of keys, and numbers that are no key. */
#include <signal.h>
#include <time.h>

#include "tests/api/api.h"
#include "tests/unit/crypto/rsa_key.h"

#define BYTES_OF_KEY 256u

static CK_BYTE data[] = "what is to be signed", hash[64] = { 5 };
static const CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY,
			     private_class = CKO_PRIVATE_KEY;
static const CK_KEY_TYPE rsa = CKK_RSA;

struct numbers {
	CK_BYTE n[BYTES_OF_KEY], e[8], d[BYTES_OF_KEY];
	CK_ULONG n_len, e_len, d_len;
};

static void
numbers_set(struct numbers *k, const char *n, const char *e, const char *d)
{
	k->n_len = api_unhex(n, k->n);
	k->e_len = api_unhex(e, k->e);
	k->d_len = api_unhex(d, k->d);
}

static CK_RV
import_public(CK_SESSION_HANDLE s, struct numbers *k, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, public_class),
		ATTR(CKA_KEY_TYPE, rsa), { CKA_MODULUS, k->n, k->n_len },
		{ CKA_PUBLIC_EXPONENT, k->e, k->e_len }, ATTR(CKA_VERIFY, YES),
		ATTR(CKA_VERIFY_RECOVER, YES), ATTR(CKA_ENCRYPT, YES) };

	return F->C_CreateObject(s, template, COUNT(template), ret);
}

static CK_RV
import_private(CK_SESSION_HANDLE s, struct numbers *k, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, private_class),
		ATTR(CKA_KEY_TYPE, rsa), { CKA_MODULUS, k->n, k->n_len },
		{ CKA_PUBLIC_EXPONENT, k->e, k->e_len },
		{ CKA_PRIVATE_EXPONENT, k->d, k->d_len }, ATTR(CKA_SIGN, YES),
		ATTR(CKA_SIGN_RECOVER, YES), ATTR(CKA_DECRYPT, YES) };

	return F->C_CreateObject(s, template, COUNT(template), ret);
}

static void
import_pair(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *prv)
{
	struct numbers k;

	numbers_set(&k, rsa_n, rsa_e, rsa_d);
	OK(import_public(s, &k, pub));
	OK(import_private(s, &k, prv));
}

/* --- Signatures -------------------------------------------------------------------- */

struct digest {
	CK_MECHANISM_TYPE hash, pkcs, pss; /* 0: none */
	CK_RSA_PKCS_MGF_TYPE mgf;
	CK_ULONG size;
};

static const struct digest digests[] = {
	{ CKM_SHA_1, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKG_MGF1_SHA1, 20 },
	{ CKM_SHA224, CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS, CKG_MGF1_SHA224, 28 },
	{ CKM_SHA256, CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, CKG_MGF1_SHA256, 32 },
	{ CKM_SHA384, CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS, CKG_MGF1_SHA384, 48 },
	{ CKM_SHA512, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS, CKG_MGF1_SHA512, 64 },
	{ CKM_SHA512_224, 0, 0, CKG_MGF1_SHA224, 28 },
	{ CKM_SHA512_256, 0, 0, CKG_MGF1_SHA256, 32 },
	{ CKM_SHA3_224, CKM_SHA3_224_RSA_PKCS, CKM_SHA3_224_RSA_PKCS_PSS,
		CKG_MGF1_SHA3_224, 28 },
	{ CKM_SHA3_256, CKM_SHA3_256_RSA_PKCS, CKM_SHA3_256_RSA_PKCS_PSS,
		CKG_MGF1_SHA3_256, 32 },
	{ CKM_SHA3_384, CKM_SHA3_384_RSA_PKCS, CKM_SHA3_384_RSA_PKCS_PSS,
		CKG_MGF1_SHA3_384, 48 },
	{ CKM_SHA3_512, CKM_SHA3_512_RSA_PKCS, CKM_SHA3_512_RSA_PKCS_PSS,
		CKG_MGF1_SHA3_512, 64 },
};

static void
sign(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_BYTE *in, CK_ULONG n,
	CK_BYTE *sig)
{
	CK_ULONG len = BYTES_OF_KEY;

	OK(F->C_SignInit(s, m, key));
	OK(F->C_Sign(s, in, n, sig, &len));
	ck_assert_uint_eq(len, BYTES_OF_KEY);
}

static CK_RV
verify(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_BYTE *in,
	CK_ULONG n, CK_BYTE *sig, CK_ULONG len)
{
	OK(F->C_VerifyInit(s, m, key));
	return F->C_Verify(s, in, n, sig, len);
}

static void
sign_and_verify(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE pub,
	CK_OBJECT_HANDLE prv, CK_BYTE *in, CK_ULONG n)
{
	CK_BYTE sig[BYTES_OF_KEY + 1];

	sign(s, m, prv, in, n, sig);
	OK(verify(s, m, pub, in, n, sig, BYTES_OF_KEY));
	IS(CKR_SIGNATURE_LEN_RANGE, verify(s, m, pub, in, n, sig, BYTES_OF_KEY - 1));
	IS(CKR_SIGNATURE_LEN_RANGE, verify(s, m, pub, in, n, sig, BYTES_OF_KEY + 1));
	sig[100] ^= 1;
	IS(CKR_SIGNATURE_INVALID, verify(s, m, pub, in, n, sig, BYTES_OF_KEY));
}

/* In parts, which hash in the module. */
static void
sign_in_parts(
	CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE pub, CK_OBJECT_HANDLE prv)
{
	CK_BYTE sig[BYTES_OF_KEY];
	CK_ULONG len = sizeof sig;

	OK(F->C_SignInit(s, m, prv));
	OK(F->C_SignUpdate(s, data, 7));
	OK(F->C_SignUpdate(s, data + 7, sizeof data - 7));
	OK(F->C_SignFinal(s, sig, &len));
	OK(verify(s, m, pub, data, sizeof data, sig, len));
}

START_TEST (signatures_with_every_digest) {
	const struct digest *d = &digests[_i];
	CK_SESSION_HANDLE s = api_start();
	CK_RSA_PKCS_PSS_PARAMS pss = { d->hash, d->mgf, d->size };
	CK_MECHANISM pkcs = { d->pkcs, NULL, 0 }, hashing = { d->pss, &pss, sizeof pss },
		     raw = { CKM_RSA_PKCS_PSS, &pss, sizeof pss };
	CK_OBJECT_HANDLE pub, prv;

	import_pair(s, &pub, &prv);
	sign_and_verify(s, &raw, pub, prv, hash, d->size);
	IS(CKR_OK, F->C_SignInit(s, &raw, prv));
	IS(CKR_DATA_LEN_RANGE, F->C_Sign(s, hash, d->size - 1, hash, &(CK_ULONG){ 256 }));
	/* the longest salt that fits, and one byte more: RFC 8017, 9.1.1 */
	pss.sLen = BYTES_OF_KEY - d->size - 2;
	sign_and_verify(s, &raw, pub, prv, hash, d->size);
	pss.sLen++;
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignInit(s, &raw, prv));
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_VerifyInit(s, &raw, pub));
	pss.sLen = d->size;
	if (d->pkcs != 0) {
		sign_and_verify(s, &pkcs, pub, prv, data, sizeof data);
		sign_in_parts(s, &pkcs, pub, prv);
		sign_and_verify(s, &hashing, pub, prv, data, sizeof data);
		sign_in_parts(s, &hashing, pub, prv);
		pss.hashAlg = d->hash == CKM_SHA256 ? CKM_SHA384 : CKM_SHA256;
		IS(CKR_MECHANISM_PARAM_INVALID, F->C_SignInit(s, &hashing, prv));
	}
	api_stop();
}
END_TEST

START_TEST (oaep_with_every_digest) {
	const struct digest *d = &digests[_i];
	CK_SESSION_HANDLE s = api_start();
	CK_RSA_PKCS_OAEP_PARAMS oaep = { d->hash, d->mgf, CKZ_DATA_SPECIFIED, data, 5 };
	CK_MECHANISM m = { CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep };
	CK_BYTE sealed[BYTES_OF_KEY], back[BYTES_OF_KEY];
	CK_ULONG n = sizeof sealed, len = sizeof back;
	CK_OBJECT_HANDLE pub, prv;

	import_pair(s, &pub, &prv);
	OK(F->C_EncryptInit(s, &m, pub));
	OK(F->C_Encrypt(s, data, sizeof data, sealed, &n));
	OK(F->C_DecryptInit(s, &m, prv));
	OK(F->C_Decrypt(s, sealed, n, back, &len));
	ck_assert_uint_eq(len, sizeof data);
	ck_assert_mem_eq(back, data, len);
	oaep.ulSourceDataLen = 4;
	len = sizeof back;
	OK(F->C_DecryptInit(s, &m, prv));
	IS(CKR_ENCRYPTED_DATA_INVALID, F->C_Decrypt(s, sealed, n, back, &len));
	api_stop();
}
END_TEST

/* --- Recovery ----------------------------------------------------------------------- */

/* What is signed is the data alone, or the data after zeroes. */
static const struct {
	CK_MECHANISM_TYPE type;
	CK_ULONG n;
} recovering[] = { { CKM_RSA_PKCS, sizeof data }, { CKM_RSA_X_509, BYTES_OF_KEY } };

START_TEST (signatures_give_the_data_back) {
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { recovering[_i].type, NULL, 0 };
	CK_BYTE sig[BYTES_OF_KEY], back[BYTES_OF_KEY];
	const CK_ULONG n = recovering[_i].n;
	CK_ULONG len = 0;
	CK_OBJECT_HANDLE pub, prv;

	import_pair(s, &pub, &prv);
	OK(F->C_SignRecoverInit(s, &m, prv));
	IS(CKR_OPERATION_ACTIVE, F->C_SignRecoverInit(s, &m, prv));
	OK(F->C_SignRecover(s, data, sizeof data, NULL, &len));
	ck_assert_uint_eq(len, sizeof sig);
	len--;
	IS(CKR_BUFFER_TOO_SMALL, F->C_SignRecover(s, data, sizeof data, sig, &len));
	OK(F->C_SignRecover(s, data, sizeof data, sig, &len));
	IS(CKR_OPERATION_NOT_INITIALIZED,
		F->C_SignRecover(s, data, sizeof data, sig, &len));
	/* a signature like any other */
	OK(verify(s, &m, pub, data, sizeof data, sig, sizeof sig));
	OK(F->C_VerifyRecoverInit(s, &m, pub));
	len = 3;
	IS(CKR_BUFFER_TOO_SMALL, F->C_VerifyRecover(s, sig, sizeof sig, back, &len));
	ck_assert_uint_eq(len, n);
	OK(F->C_VerifyRecover(s, sig, sizeof sig, back, &len));
	ck_assert_uint_eq(len, n);
	ck_assert_mem_eq(back + n - sizeof data, data, sizeof data);
	/* 5.15.6: these have a higher priority than CKR_BUFFER_TOO_SMALL */
	memset(sig, 0xff, sizeof sig);
	for (CK_ULONG room = 1; room <= sizeof back; room += sizeof back - 1) {
		len = room;
		OK(F->C_VerifyRecoverInit(s, &m, pub));
		IS(CKR_SIGNATURE_LEN_RANGE, F->C_VerifyRecover(s, sig, 255, back, &len));
		OK(F->C_VerifyRecoverInit(s, &m, pub));
		IS(CKR_SIGNATURE_INVALID,
			F->C_VerifyRecover(s, sig, sizeof sig, back, &len));
		IS(CKR_OPERATION_NOT_INITIALIZED,
			F->C_VerifyRecover(s, sig, sizeof sig, back, &len));
	}
	api_stop();
}
END_TEST

START_TEST (recovery_has_attributes_of_its_own) {
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { CKM_RSA_PKCS, NULL, 0 },
		     none = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_ATTRIBUTE sign_recover[] = { ATTR(CKA_SIGN_RECOVER, NO) },
		     verify_recover[] = { ATTR(CKA_VERIFY_RECOVER, NO) };
	CK_OBJECT_HANDLE pub, prv;
	CK_MECHANISM_INFO info;

	import_pair(s, &pub, &prv);
	IS(CKR_MECHANISM_INVALID, F->C_SignRecoverInit(s, &none, prv));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_SignRecoverInit(s, &m, pub));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_VerifyRecoverInit(s, &m, prv));
	OK(F->C_SignRecoverInit(s, &m, prv));
	OK(F->C_SessionCancel(s, CKF_SIGN_RECOVER));
	OK(F->C_SetAttributeValue(s, prv, sign_recover, 1));
	OK(F->C_SetAttributeValue(s, pub, verify_recover, 1));
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED, F->C_SignRecoverInit(s, &m, prv));
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED, F->C_VerifyRecoverInit(s, &m, pub));
	OK(F->C_SignInit(s, &m, prv));
	OK(F->C_GetMechanismInfo(api_slot(), CKM_RSA_PKCS, &info));
	ck_assert_uint_ne(info.flags & CKF_SIGN_RECOVER & ~CKF_HW, 0);
	ck_assert_uint_ne(info.flags & CKF_VERIFY_RECOVER, 0);
	api_stop();
}
END_TEST

/* --- Keys ---------------------------------------------------------------------------- */

/* Wycheproof, rsa_pkcs1_1024_sig_gen, SHA-1 of "Test". */
static const char n_1024[] =
	"d0941e63a980fa92fb25ed4c7b3307f827023034ae7f1a7491f0699ca7607285"
	"e62ad8e994bac21b8b6e305e334f4874067d28e304230dca7f0e85f7ce595770"
	"b6e054c9f844ba86c0696eeba0769d8d4a347e8fe85c724ac1c44994af18a39e"
	"719f721f1bc50c46a39e6c075fcd1649f01f22608ce7dc6955502258336987d9";
static const char d_1024[] =
	"5ff4a47e690ea338573e3d8b3fea5c32378ff4296855a51017cba86a9f3de9b1"
	"dc0fbe36c76b9bbd1c4a170a5f448c2a8489b3f3ac858be4aacb3daaa14dccc1"
	"83622eedd3ae6f0427a2a298b51b97818a5430f13705f42d8b25476f939c935e"
	"389e30d9ade5d0180920135f5aef0c5fecd15f00b83b51dab8ba930d88826801";
static const char signature_1024[] =
	"0891ef2061c4d3377744cd7243ccc444619df533f4eadee216f7ffb9244e86d3"
	"e0162fc82c0b9502dc7aeebaf7884067e5f18f21b395c43bbfce5559ae84157f"
	"fde2aa457b7f44675e706af443acd9e38070428dfc6471a24cdc0d44f9283ac1"
	"58704ad114375f10c24e3adbd12c55dabb78b8c41d3938124acc74126c82bb0b";

START_TEST (small_keys_are_for_what_others_signed) {
	const CK_ULONG bits = 1024;
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { CKM_SHA1_RSA_PKCS, NULL, 0 },
		     gen = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_MODULUS_BITS, bits) };
	CK_BYTE sig[128], message[] = { 'T', 'e', 's', 't' };
	CK_OBJECT_HANDLE pub, prv;
	CK_MECHANISM_INFO info;
	struct numbers k;

	numbers_set(&k, n_1024, "010001", d_1024);
	OK(import_public(s, &k, &pub));
	(void)api_unhex(signature_1024, sig);
	OK(verify(s, &m, pub, message, sizeof message, sig, sizeof sig));
	message[0] = 't';
	IS(CKR_SIGNATURE_INVALID,
		verify(s, &m, pub, message, sizeof message, sig, sizeof sig));
	IS(CKR_ATTRIBUTE_VALUE_INVALID, import_private(s, &k, &prv));
	IS(CKR_KEY_SIZE_RANGE,
		F->C_GenerateKeyPair(s, &gen, template, 1, NULL, 0, &pub, &prv));
	OK(F->C_GetMechanismInfo(api_slot(), CKM_SHA1_RSA_PKCS, &info));
	ck_assert_uint_eq(info.ulMinKeySize, 1024);
	ck_assert_uint_eq(info.ulMaxKeySize, 8192);
	OK(F->C_GetMechanismInfo(api_slot(), CKM_RSA_PKCS_KEY_PAIR_GEN, &info));
	ck_assert_uint_eq(info.ulMinKeySize, 2048);
	api_stop();
}
END_TEST

START_TEST (numbers_that_are_no_key_are_refused) {
	static const struct {
		const char *n, *e, *d;
	} wrong[] = {
		{ rsa_n, "010000", rsa_d }, /* even */
		{ rsa_n, "01", rsa_d },
		{ rsa_n, "", rsa_d },
		{ rsa_d, rsa_e, rsa_d }, /* of other numbers, and of 2044 bits */
		{ rsa_e, rsa_e, rsa_d }, /* short */
		{ "", rsa_e, rsa_d },
		{ rsa_n, rsa_e, rsa_n }, /* halves that are not of one key */
		{ rsa_n, rsa_e, "" },
	};
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE key = 0;
	struct numbers k;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		numbers_set(&k, wrong[i].n, wrong[i].e, wrong[i].d);
		ck_assert_msg(import_private(s, &k, &key) == CKR_ATTRIBUTE_VALUE_INVALID,
			"row %zu", i);
		if (i == 0 || i == 1 || i == 2 || i == 4 || i == 5)
			ck_assert_msg(
				import_public(s, &k, &key) == CKR_ATTRIBUTE_VALUE_INVALID,
				"row %zu", i);
	}
	numbers_set(&k, rsa_n, rsa_e, rsa_d);
	k.n[255] ^= 1;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, import_public(s, &k, &key));
	ck_assert_uint_eq(key, 0);
	api_stop();
}
END_TEST

START_TEST (what_is_not_served_is_refused) {
	static const CK_MECHANISM_TYPE types[] = { CKM_RSA_9796, CKM_RSA_X9_31,
		CKM_SHA1_RSA_X9_31, CKM_RSA_X9_31_KEY_PAIR_GEN, CKM_MD5_RSA_PKCS,
		CKM_RSA_PKCS_TPM_1_1 };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	CK_MECHANISM_INFO info;

	import_pair(s, &pub, &prv);
	for (size_t i = 0; i < COUNT(types); i++) {
		CK_MECHANISM m = { types[i], NULL, 0 };

		IS(CKR_MECHANISM_INVALID,
			F->C_GetMechanismInfo(api_slot(), types[i], &info));
		IS(CKR_MECHANISM_INVALID, F->C_SignInit(s, &m, prv));
		IS(CKR_MECHANISM_INVALID, F->C_VerifyInit(s, &m, pub));
		IS(CKR_MECHANISM_INVALID, F->C_SignRecoverInit(s, &m, prv));
	}
	api_stop();
}
END_TEST

/* More than keystored makes beside each other, its [limits] being the defaults. */
#define MAKERS 9

static void
make_large(void)
{
	const CK_ULONG bits = 8192;
	CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_MODULUS_BITS, bits) };
	CK_OBJECT_HANDLE pub, prv;

	(void)F->C_GenerateKeyPair(s, &m, template, 1, NULL, 0, &pub, &prv);
	_exit(0);
}

START_TEST (programs_that_end_free_the_work) {
	CK_MECHANISM m = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	static CK_BYTE p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_EC_PARAMS, p256) };
	CK_OBJECT_HANDLE pub, prv;
	CK_SESSION_HANDLE s;
	struct timespec before, after;
	pid_t makers[MAKERS];
	int status;

	for (size_t i = 0; i < MAKERS; i++) {
		makers[i] = fork();
		ck_assert_int_ge(makers[i], 0);
		if (makers[i] == 0)
			make_large();
	}
	usleep(1000000);
	for (size_t i = 0; i < MAKERS; i++) {
		(void)kill(makers[i], SIGKILL);
		(void)waitpid(makers[i], &status, 0);
	}
	s = api_start();
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	OK(F->C_GenerateKeyPair(s, &m, template, 1, NULL, 0, &pub, &prv));
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	/* theirs would have taken a minute */
	ck_assert_int_lt(after.tv_sec - before.tv_sec, slower(15));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &programs_that_end_free_the_work, 0 },
	{ &signatures_with_every_digest, COUNT(digests) },
	{ &oaep_with_every_digest, COUNT(digests) },
	{ &signatures_give_the_data_back, COUNT(recovering) },
	{ &recovery_has_attributes_of_its_own, 0 },
	{ &small_keys_are_for_what_others_signed, 0 },
	{ &numbers_that_are_no_key_are_refused, 0 },
	{ &what_is_not_served_is_refused, 0 },
};

CHECK_MAIN("api_rsa", tests)
