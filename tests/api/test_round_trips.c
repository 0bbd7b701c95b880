/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call asks of keyringd, and keyringd of keystored, by the lines that both daemons write
 * for each request at their log's level "trace".
 */
#include "tests/api/ffc.h"

#define LARGE (48ul << 20)

static CK_SESSION_HANDLE s;
static CK_BYTE data[] = "what is to be signed", sig[4096], back[4096];
static CK_ULONG sig_n, back_n;
static const CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static const CK_KEY_TYPE generic = CKK_GENERIC_SECRET;

/* --- Counting --------------------------------------------------------------------------- */

struct count {
	unsigned calls, bytes; /* bytes: of the largest */
};

static struct log {
	const char *file, *prefix;
	long at;
} logs[] = { { "keyringd.log", "request of ", 0 }, { "keystored.log", "call of ", 0 } };

/* keyringd's own: it looks after tokens whatever anybody does. */
static int
is_housekeeping(const char *line)
{
	static const char *const names[] = { "ListTokens", "Watch", "Hello", "Check",
		"wait-slots" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strstr(line, names[i]) != NULL)
			return 1;
	return 0;
}

/* Of the lines since the last time. */
static struct count
count(struct log *log)
{
	struct count c = { 0, 0 };
	char path[512], line[1024];
	const char *text, *bytes;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", api_env("STACK_DIR"), log->file);
	f = fopen(path, "re");
	ck_assert_msg(f != NULL && fseek(f, log->at, SEEK_SET) == 0, "%s", path);
	while (fgets(line, sizeof line, f) != NULL) {
		text = strstr(line, log->prefix);
		if (text == NULL || is_housekeeping(text))
			continue;
		bytes = strchr(text, ',');
		c.calls++;
		if (bytes != NULL && strtoul(bytes + 1, NULL, 10) > c.bytes)
			c.bytes = (unsigned)strtoul(bytes + 1, NULL, 10);
	}
	log->at = ftell(f);
	(void)fclose(f);
	return c;
}

/* most: bytes of any request. */
static void
expect(const char *what, unsigned trips, unsigned most)
{
	const struct count local = count(&logs[0]), remote = count(&logs[1]);

	ck_assert_msg(local.calls == trips && remote.calls == trips,
		"%s: %u local, %u remote, not %u", what, local.calls, remote.calls,
		trips);
	ck_assert_msg(local.bytes <= most && remote.bytes <= most,
		"%s: %u bytes local, %u remote", what, local.bytes, remote.bytes);
}

static void
forget(void)
{
	(void)count(&logs[0]);
	(void)count(&logs[1]);
}

/* --- Keys ------------------------------------------------------------------------------- */

static const CK_ULONG bits = 2048, ml_dsa_44 = CKP_ML_DSA_44, slh = CKP_SLH_DSA_SHA2_128F;
static CK_BYTE p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
static CK_BYTE ed25519[] = { 6, 3, 0x2b, 0x65, 0x70 };

static CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
	NULL, 0 };
static CK_EDDSA_PARAMS ph = { CK_TRUE, 0, NULL };

/* What signs; hashes: a message of any size goes as its digest. */
static const struct signer {
	CK_MECHANISM_TYPE generate;
	CK_ATTRIBUTE kind;
	CK_MECHANISM m;
	int hashes;
} signers[] = {
	{ CKM_RSA_PKCS_KEY_PAIR_GEN, ATTR(CKA_MODULUS_BITS, bits),
		{ CKM_RSA_PKCS, NULL, 0 }, 0 },
	{ CKM_RSA_PKCS_KEY_PAIR_GEN, ATTR(CKA_MODULUS_BITS, bits),
		{ CKM_SHA256_RSA_PKCS, NULL, 0 }, 1 },
	{ CKM_RSA_PKCS_KEY_PAIR_GEN, ATTR(CKA_MODULUS_BITS, bits),
		{ CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof pss }, 1 },
	{ CKM_EC_KEY_PAIR_GEN, ATTR(CKA_EC_PARAMS, p256), { CKM_ECDSA, NULL, 0 }, 0 },
	{ CKM_EC_KEY_PAIR_GEN, ATTR(CKA_EC_PARAMS, p256), { CKM_ECDSA_SHA3_256, NULL, 0 },
		1 },
	{ CKM_EC_EDWARDS_KEY_PAIR_GEN, ATTR(CKA_EC_PARAMS, ed25519),
		{ CKM_EDDSA, NULL, 0 }, 0 },
	{ CKM_EC_EDWARDS_KEY_PAIR_GEN, ATTR(CKA_EC_PARAMS, ed25519),
		{ CKM_EDDSA, &ph, sizeof ph }, 1 },
	{ CKM_ML_DSA_KEY_PAIR_GEN, ATTR(CKA_PARAMETER_SET, ml_dsa_44),
		{ CKM_ML_DSA, NULL, 0 }, 0 },
	{ CKM_ML_DSA_KEY_PAIR_GEN, ATTR(CKA_PARAMETER_SET, ml_dsa_44),
		{ CKM_HASH_ML_DSA_SHA512, NULL, 0 }, 1 },
	{ CKM_SLH_DSA_KEY_PAIR_GEN, ATTR(CKA_PARAMETER_SET, slh),
		{ CKM_HASH_SLH_DSA_SHA256, NULL, 0 }, 1 },
};

static CK_BYTE big_sig[50000];

static void
make(CK_MECHANISM_TYPE type, CK_ATTRIBUTE kind, CK_BBOOL token, CK_OBJECT_HANDLE *pub,
	CK_OBJECT_HANDLE *prv)
{
	CK_MECHANISM m = { type, NULL, 0 };
	const CK_ATTRIBUTE_TYPE use = type == CKM_EC_KEY_PAIR_GEN ? CKA_DERIVE
				      : type == CKM_RSA_PKCS_KEY_PAIR_GEN
					      ? CKA_SIGN_RECOVER
					      : CKA_SIGN;
	CK_ATTRIBUTE public[] = { kind, ATTR(CKA_TOKEN, token),
		ATTR(type == CKM_RSA_PKCS_KEY_PAIR_GEN ? CKA_VERIFY_RECOVER : CKA_VERIFY,
			YES) };
	CK_ATTRIBUTE private[] = { ATTR(CKA_TOKEN, token), ATTR(use, YES) };

	OK(F->C_GenerateKeyPair(
		s, &m, public, COUNT(public), private, COUNT(private), pub, prv));
}

/* The first asks for the token's region, too. */
START_TEST (a_pair_is_one_round_trip) {
	const struct signer *signer = &signers[_i];
	CK_OBJECT_HANDLE pub, prv;

	s = api_start();
	make(signer->generate, signer->kind, CK_FALSE, &pub, &prv);
	forget();
	make(signer->generate, signer->kind, CK_FALSE, &pub, &prv);
	expect("C_GenerateKeyPair", 1, 256);
	api_stop();
}
END_TEST

static void
unmake(CK_OBJECT_HANDLE pub, CK_OBJECT_HANDLE prv)
{
	OK(F->C_DestroyObject(s, pub));
	OK(F->C_DestroyObject(s, prv));
	api_stop();
}

/* --- Signatures -------------------------------------------------------------------------- */

/* A session key travels with each request, sealed; one of the token does not. */
static unsigned
most_bytes(CK_BBOOL token)
{
	return token ? 256 : 8192;
}

static void
sign_whole(CK_MECHANISM *m, CK_OBJECT_HANDLE prv, CK_BBOOL token)
{
	CK_ULONG n = 0;

	OK(F->C_SignInit(s, m, prv));
	OK(F->C_Sign(s, data, sizeof data, NULL, &n));
	expect("C_SignInit, and for its size C_Sign", 0, 0);
	n = sizeof big_sig;
	OK(F->C_Sign(s, data, sizeof data, big_sig, &n));
	expect("C_Sign", 1, most_bytes(token));
	sig_n = n;
}

static void
verify_whole(CK_MECHANISM *m, CK_OBJECT_HANDLE pub)
{
	OK(F->C_VerifyInit(s, m, pub));
	OK(F->C_Verify(s, data, sizeof data, big_sig, sig_n));
	OK(F->C_VerifySignatureInit(s, m, pub, big_sig, sig_n));
	OK(F->C_VerifySignature(s, data, sizeof data));
	expect("C_Verify, C_VerifySignature", 0, 0);
}

/* A message of megabytes in parts: one request, in which it is not. */
static void
sign_large(CK_MECHANISM *m, CK_OBJECT_HANDLE pub, CK_OBJECT_HANDLE prv, CK_BBOOL token)
{
	static CK_BYTE part[1 << 20];
	CK_ULONG n = sizeof big_sig;

	OK(F->C_SignInit(s, m, prv));
	for (CK_ULONG done = 0; done < LARGE; done += sizeof part)
		OK(F->C_SignUpdate(s, part, sizeof part));
	expect("C_SignUpdate", 0, 0);
	OK(F->C_SignFinal(s, big_sig, &n));
	expect("C_SignFinal", 1, most_bytes(token));
	OK(F->C_VerifyInit(s, m, pub));
	for (CK_ULONG done = 0; done < LARGE; done += sizeof part)
		OK(F->C_VerifyUpdate(s, part, sizeof part));
	OK(F->C_VerifyFinal(s, big_sig, n));
	expect("C_VerifyUpdate, C_VerifyFinal", 0, 0);
}

/* Loop index: signer, and where its key is. */
START_TEST (a_signature_is_one_round_trip_and_its_verification_none) {
	const struct signer *signer = &signers[_i / 2];
	const CK_BBOOL token = _i % 2;
	CK_MECHANISM m = signer->m;
	CK_OBJECT_HANDLE pub, prv;

	s = api_start();
	make(signer->generate, signer->kind, token, &pub, &prv);
	forget();
	for (int i = 0; i < 2; i++) {
		sign_whole(&m, prv, token);
		verify_whole(&m, pub);
	}
	if (signer->hashes)
		sign_large(&m, pub, prv, token);
	unmake(pub, prv);
}
END_TEST

START_TEST (a_message_to_be_signed_is_one_round_trip) {
	CK_MECHANISM m = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_OBJECT_HANDLE pub, prv;

	s = api_start();
	make(CKM_EC_KEY_PAIR_GEN, signers[3].kind, CK_FALSE, &pub, &prv);
	forget();
	OK(F->C_MessageSignInit(s, &m, prv));
	for (int i = 0; i < 3; i++) {
		sig_n = sizeof sig;
		OK(F->C_SignMessage(s, NULL, 0, data, sizeof data, sig, &sig_n));
		expect("C_SignMessage", 1, most_bytes(CK_FALSE));
	}
	OK(F->C_MessageSignFinal(s));
	OK(F->C_MessageVerifyInit(s, &m, pub));
	OK(F->C_VerifyMessage(s, NULL, 0, data, sizeof data, sig, sig_n));
	OK(F->C_MessageVerifyFinal(s));
	expect("C_VerifyMessage", 0, 0);
	unmake(pub, prv);
}
END_TEST

/* --- What else private keys do -------------------------------------------------------------- */

START_TEST (decryption_is_one_round_trip_and_encryption_none) {
	static const CK_MECHANISM ways[] = { { CKM_RSA_PKCS, NULL, 0 },
		{ CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep } };
	const CK_BBOOL token = (CK_BBOOL)_i;
	CK_OBJECT_HANDLE pub, prv;

	s = api_start();
	make(CKM_RSA_PKCS_KEY_PAIR_GEN, signers[0].kind, token, &pub, &prv);
	forget();
	for (size_t i = 0; i < COUNT(ways); i++) {
		CK_MECHANISM m = ways[i];

		sig_n = sizeof sig;
		OK(F->C_EncryptInit(s, &m, pub));
		OK(F->C_Encrypt(s, data, sizeof data, sig, &sig_n));
		expect("C_Encrypt", 0, 0);
		back_n = sizeof back;
		OK(F->C_DecryptInit(s, &m, prv));
		OK(F->C_Decrypt(s, sig, sig_n, back, &back_n));
		expect("C_Decrypt", 1, token ? 512 : 8192);
		ck_assert_mem_eq(back, data, sizeof data);
	}
	unmake(pub, prv);
}
END_TEST

START_TEST (signing_with_recovery_is_one_round_trip_and_recovering_none) {
	CK_MECHANISM m = { CKM_RSA_PKCS, NULL, 0 };
	CK_OBJECT_HANDLE pub, prv;

	s = api_start();
	make(CKM_RSA_PKCS_KEY_PAIR_GEN, signers[0].kind, CK_FALSE, &pub, &prv);
	forget();
	sig_n = sizeof sig;
	OK(F->C_SignRecoverInit(s, &m, prv));
	OK(F->C_SignRecover(s, data, sizeof data, sig, &sig_n));
	expect("C_SignRecover", 1, most_bytes(CK_FALSE));
	back_n = sizeof back;
	OK(F->C_VerifyRecoverInit(s, &m, pub));
	OK(F->C_VerifyRecover(s, sig, sig_n, back, &back_n));
	expect("C_VerifyRecover", 0, 0);
	unmake(pub, prv);
}
END_TEST

START_TEST (an_agreement_is_one_round_trip) {
	const CK_ULONG size = 32;
	CK_BYTE point[128];
	CK_ATTRIBUTE read[] = { ATTR(CKA_EC_POINT, point) };
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, secret_class),
		ATTR(CKA_KEY_TYPE, generic), ATTR(CKA_SENSITIVE, NO),
		ATTR(CKA_EXTRACTABLE, YES), ATTR(CKA_VALUE_LEN, size) };
	CK_ECDH1_DERIVE_PARAMS p = { CKD_NULL, 0, NULL, 0, point };
	CK_MECHANISM m = { CKM_ECDH1_DERIVE, &p, sizeof p };
	CK_OBJECT_HANDLE pub, prv, made;

	s = api_start();
	make(CKM_EC_KEY_PAIR_GEN, signers[3].kind, CK_FALSE, &pub, &prv);
	OK(F->C_GetAttributeValue(s, pub, read, 1));
	p.ulPublicDataLen = read[0].ulValueLen;
	forget();
	OK(F->C_DeriveKey(s, &m, prv, template, COUNT(template), &made));
	expect("C_DeriveKey", 1, most_bytes(CK_FALSE));
	unmake(pub, prv);
}
END_TEST

START_TEST (decapsulation_is_one_round_trip_and_encapsulation_none) {
	static const CK_ULONG set = CKP_ML_KEM_768;
	const CK_BBOOL token = (CK_BBOOL)_i;
	CK_MECHANISM gen = { CKM_ML_KEM_KEY_PAIR_GEN, NULL, 0 },
		     m = { CKM_ML_KEM, NULL, 0 };
	CK_ATTRIBUTE public[] = { ATTR(CKA_PARAMETER_SET, set), ATTR(CKA_TOKEN, token),
		ATTR(CKA_ENCAPSULATE, YES) };
	CK_ATTRIBUTE private[] = { ATTR(CKA_TOKEN, token), ATTR(CKA_DECAPSULATE, YES) };
	CK_ATTRIBUTE template[] = { ATTR(CKA_KEY_TYPE, generic), ATTR(CKA_SENSITIVE, NO),
		ATTR(CKA_EXTRACTABLE, YES) };
	CK_OBJECT_HANDLE pub, prv, made;

	s = api_start();
	OK(F->C_GenerateKeyPair(
		s, &gen, public, COUNT(public), private, COUNT(private), &pub, &prv));
	forget();
	for (int i = 0; i < 2; i++) {
		sig_n = sizeof sig;
		OK(F->C_EncapsulateKey(
			s, &m, pub, template, COUNT(template), NULL, &sig_n, NULL));
		OK(F->C_EncapsulateKey(
			s, &m, pub, template, COUNT(template), sig, &sig_n, &made));
		expect("C_EncapsulateKey", 0, 0);
		OK(F->C_DecapsulateKey(
			s, &m, prv, template, COUNT(template), sig, sig_n, &made));
		expect("C_DecapsulateKey", 1, token ? 2048 : 8192);
	}
	/* what is not the application's to keep goes to keyringd, or on to the token */
	template[1] = (CK_ATTRIBUTE)ATTR(CKA_TOKEN, YES);
	OK(F->C_EncapsulateKey(
		s, &m, pub, template, COUNT(template), sig, &sig_n, &made));
	expect("C_EncapsulateKey of a token key", 1, 1024);
	OK(F->C_DestroyObject(s, made));
	unmake(pub, prv);
}
END_TEST

/* Loop index: PKCS #3's, X9.42's. */
START_TEST (an_agreement_modulo_a_prime_is_one_round_trip) {
	const struct dh_vector *v = &dh_vectors[2];
	const struct ffc_domain d = { _i == 0 ? CKK_DH : CKK_X9_42_DH,
		_i == 0 ? CKM_DH_PKCS_KEY_PAIR_GEN : CKM_X9_42_DH_KEY_PAIR_GEN, v->p,
		_i == 0 ? NULL : v->q, v->g };
	CK_OBJECT_HANDLE pub, prv, made;
	struct ffc_agreement a;

	s = api_start();
	OK(ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	(void)ffc_agreement(&a, &d, api_unhex(v->y, a.other));
	forget();
	OK(ffc_derive(s, &a.m, prv, 32, &made));
	/* the other side's number, and the key */
	expect("C_DeriveKey", 1, most_bytes(CK_FALSE));
	unmake(pub, prv);
}
END_TEST

START_TEST (dsa_is_verified_without_one) {
	const struct dsa_vector *v = &dsa_vectors[4];
	const struct ffc_domain d = { CKK_DSA, 0, v->p, v->q, v->g };
	CK_MECHANISM m = { v->mechanism, NULL, 0 };
	unsigned char message[NUMBER_MAX], signature[64];
	const CK_ULONG n = api_unhex(v->message, message);
	CK_OBJECT_HANDLE pub;

	s = api_start();
	OK(ffc_import(s, &d, CKO_PUBLIC_KEY, v->y, CK_FALSE, &pub));
	forget();
	OK(F->C_VerifyInit(s, &m, pub));
	OK(F->C_Verify(s, message, n, signature, api_unhex(v->signature, signature)));
	expect("C_Verify", 0, 0);
	api_stop();
}
END_TEST

/* keyringd has the ticket for the use, and is told that there will be none. */
START_TEST (a_pin_for_a_use_that_fails_before_is_given_back) {
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 },
		     ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_ATTRIBUTE public[] = { ATTR(CKA_EC_PARAMS, p256) };
	CK_ATTRIBUTE private[] = { ATTR(CKA_SIGN, YES),
		ATTR(CKA_ALWAYS_AUTHENTICATE, YES) };
	CK_OBJECT_HANDLE pub, prv;

	s = api_start();
	OK(F->C_GenerateKeyPair(
		s, &gen, public, COUNT(public), private, COUNT(private), &pub, &prv));
	OK(F->C_SignInit(s, &ecdsa, prv));
	OK(api_login(s, CKU_CONTEXT_SPECIFIC));
	forget();
	IS(CKR_ARGUMENTS_BAD, F->C_Sign(s, data, 20, sig, NULL));
	ck_assert_uint_eq(count(&logs[0]).calls, 1);
	ck_assert_uint_eq(count(&logs[1]).calls, 0);
	unmake(pub, prv);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_pair_is_one_round_trip, COUNT(signers) },
	{ &a_signature_is_one_round_trip_and_its_verification_none, 2 * COUNT(signers) },
	{ &a_message_to_be_signed_is_one_round_trip, 0 },
	{ &decryption_is_one_round_trip_and_encryption_none, 2 },
	{ &signing_with_recovery_is_one_round_trip_and_recovering_none, 0 },
	{ &an_agreement_is_one_round_trip, 0 },
	{ &an_agreement_modulo_a_prime_is_one_round_trip, 2 },
	{ &dsa_is_verified_without_one, 0 },
	{ &decapsulation_is_one_round_trip_and_encapsulation_none, 2 },
	{ &a_pin_for_a_use_that_fails_before_is_given_back, 0 },
};

CHECK_MAIN("api_round_trips", tests)
