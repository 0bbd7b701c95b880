/* SPDX-License-Identifier: Apache-2.0 */
/* Keys over finite fields: Diffie-Hellman, and of DSA what is not for old data alone. */
#include "tests/api/ffc.h"

static const char two[] = "02";

/* RFC 5114's of 2048 bits, the second by X9.42; CAVP's */
#define DOMAINS 5u

static struct ffc_domain
domain(size_t i)
{
	const struct dh_vector *v = &dh_vectors[i == 3 ? 1 : i == 4 ? 4 : 2];

	switch (i) {
	case 0:
	case 1:
		return (struct ffc_domain){ CKK_DH, CKM_DH_PKCS_KEY_PAIR_GEN,
			i == 0 ? ffdhe2048 : modp_2048, NULL, two };
	case 2:
		return (struct ffc_domain){ CKK_DH, CKM_DH_PKCS_KEY_PAIR_GEN, v->p, NULL,
			v->g };
	default:
		return (struct ffc_domain){ CKK_X9_42_DH, CKM_X9_42_DH_KEY_PAIR_GEN, v->p,
			v->q, v->g };
	}
}

/* Loop index: domains, of session and token keys. */
START_TEST (two_sides_get_the_same_secret) {
	const struct ffc_domain d = domain((size_t)_i % DOMAINS);
	const CK_BBOOL token = (size_t)_i >= DOMAINS;
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub[2], prv[2], key[2];
	unsigned char secret[2][NUMBER_MAX], info[2][NUMBER_MAX];
	struct ffc_agreement a;

	for (int i = 0; i < 2; i++)
		OK(ffc_generate(s, &d, i == 0 ? token : CK_FALSE, &pub[i], &prv[i]));
	for (int i = 0; i < 2; i++) {
		const CK_ULONG n = ffc_read(s, pub[!i], CKA_VALUE, a.other);

		/* zeroes in front change nothing; the secret is as long as the prime */
		OK(ffc_derive(s, ffc_agreement(&a, &d, n), prv[i], 0, &key[i]));
		ck_assert_uint_eq(ffc_read(s, key[i], CKA_VALUE, secret[i]), 256);
		memmove(a.other + 1, a.other, n);
		a.other[0] = 0;
		OK(ffc_derive(s, ffc_agreement(&a, &d, n + 1), prv[i], 24, &key[i]));
		ck_assert_uint_eq(ffc_read(s, key[i], CKA_VALUE, secret[i] + 256), 24);
		ck_assert_mem_eq(secret[i] + 256, secret[i] + 256 - 24, 24);
		IS(CKR_KEY_SIZE_RANGE, ffc_derive(s, &a.m, prv[i], 257, &key[i]));
	}
	ck_assert_mem_eq(secret[0], secret[1], 256);
	ck_assert_uint_eq(ffc_read(s, pub[0], CKA_PUBLIC_KEY_INFO, info[0]),
		ffc_read(s, prv[0], CKA_PUBLIC_KEY_INFO, info[1]));
	ck_assert_mem_eq(info[0], info[1], 256);
	if (token) {
		OK(F->C_DestroyObject(s, pub[0]));
		OK(F->C_DestroyObject(s, prv[0]));
	}
	api_stop();
}
END_TEST

/* Loop index: places of the key that is derived: process, kernel or broker, token. */
START_TEST (derived_key_goes_where_it_is_wanted) {
	const struct ffc_domain d = domain(0);
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const CK_KEY_TYPE type = CKK_AES;
	const CK_BBOOL token = _i == 2, sensitive = _i != 0, extractable = _i == 0;
	const CK_ULONG n = 32;
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_VALUE_LEN, n), ATTR(CKA_TOKEN, token),
		ATTR(CKA_SENSITIVE, sensitive), ATTR(CKA_EXTRACTABLE, extractable) };
	CK_SESSION_HANDLE s = api_start();
	unsigned char iv[16] = { 0 }, plain[16] = "sixteen letters", one[16], other[16];
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof iv };
	CK_OBJECT_HANDLE pub, prv, key, readable;
	unsigned char value[NUMBER_MAX];
	struct ffc_agreement a;
	CK_ATTRIBUTE read = { CKA_VALUE, value, sizeof value };
	CK_ULONG len = sizeof one;

	OK(ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	(void)ffc_agreement(&a, &d, ffc_read(s, pub, CKA_VALUE, a.other));
	OK(F->C_DeriveKey(s, &a.m, prv, t, COUNT(t), &key));
	IS(_i == 0 ? CKR_OK : CKR_ATTRIBUTE_SENSITIVE,
		F->C_GetAttributeValue(s, key, &read, 1));
	OK(ffc_derive(s, &a.m, prv, n, &readable));
	OK(F->C_EncryptInit(s, &cbc, key));
	OK(F->C_Encrypt(s, plain, sizeof plain, one, &len));
	readable = api_key(s, CKK_AES, value, ffc_read(s, readable, CKA_VALUE, value), 1);
	OK(F->C_EncryptInit(s, &cbc, readable));
	OK(F->C_Encrypt(s, plain, sizeof plain, other, &len));
	ck_assert_mem_eq(one, other, sizeof one);
	OK(F->C_DestroyObject(s, key));
	api_stop();
}
END_TEST

/* As PKCS #3's and as X9.42's. Too short for all but old data: those of 1024 bits. */
START_TEST (shared_secrets_are_the_published_ones) {
	const struct dh_vector *v = &dh_vectors[(size_t)_i / 2];
	const struct ffc_domain d = { _i % 2 == 0 ? CKK_DH : CKK_X9_42_DH, 0, v->p,
		_i % 2 == 0 ? NULL : v->q, v->g };
	CK_SESSION_HANDLE s = api_start();
	unsigned char want[NUMBER_MAX], got[NUMBER_MAX];
	const CK_ULONG n = api_unhex(v->z, want);
	CK_OBJECT_HANDLE prv, key;
	struct ffc_agreement a;

	OK(ffc_import(s, &d, CKO_PRIVATE_KEY, v->x, CK_FALSE, &prv));
	(void)ffc_agreement(&a, &d, api_unhex(v->other, a.other));
	if (n < 256) {
		IS(CKR_KEY_SIZE_RANGE, ffc_derive(s, &a.m, prv, 0, &key));
	} else {
		OK(ffc_derive(s, &a.m, prv, 0, &key));
		ck_assert_uint_eq(ffc_read(s, key, CKA_VALUE, got), n);
		ck_assert_mem_eq(got, want, n);
	}
	api_stop();
}
END_TEST

/* RFC 2631's OtherInfo */
static const char other_info[] =
	"301d3013060b2a864886f70d0109100306040400000001a2060404000000c0";

START_TEST (x9_42_s_kdfs_agree) {
	static const CK_ULONG kdfs[] = { CKD_SHA1_KDF_ASN1, CKD_SHA1_KDF_CONCATENATE,
		CKD_SHA1_KDF_CONCATENATE };
	const struct ffc_domain d = domain(3);
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub[2], prv[2], key;
	unsigned char secret[2][NUMBER_MAX], info[64];
	struct ffc_agreement a;

	for (int i = 0; i < 2; i++)
		OK(ffc_generate(s, &d, CK_FALSE, &pub[i], &prv[i]));
	for (int i = 0; i < 2; i++) {
		(void)ffc_agreement(&a, &d, ffc_read(s, pub[!i], CKA_VALUE, a.other));
		a.p.kdf = kdfs[_i];
		a.p.pOtherInfo = info;
		a.p.ulOtherInfoLen = _i < 2 ? api_unhex(other_info, info) : 0;
		OK(ffc_derive(s, &a.m, prv[i], 300, &key));
		ck_assert_uint_eq(ffc_read(s, key, CKA_VALUE, secret[i]), 300);
		/* there is no length of its own */
		IS(CKR_TEMPLATE_INCOMPLETE, ffc_derive(s, &a.m, prv[i], 0, &key));
	}
	ck_assert_mem_eq(secret[0], secret[1], 300);
	a.p.kdf = CKD_NULL;
	a.p.ulOtherInfoLen = 1;
	IS(CKR_MECHANISM_PARAM_INVALID, ffc_derive(s, &a.m, prv[0], 16, &key));
	a.p.kdf = CKD_SHA1_KDF_ASN1;
	IS(CKR_MECHANISM_PARAM_INVALID, ffc_derive(s, &a.m, prv[0], 16, &key));
	a.p.kdf = CKD_SHA1_KDF;
	IS(CKR_MECHANISM_PARAM_INVALID, ffc_derive(s, &a.m, prv[0], 16, &key));
	api_stop();
}
END_TEST

START_TEST (wrong_public_values_make_no_key) {
	const struct ffc_domain d = domain((size_t)_i);
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv, key = 0;
	struct ffc_agreement a = { .other = { 0 } };
	CK_ULONG n;

#define REFUSED(len)                    \
	IS(CKR_MECHANISM_PARAM_INVALID, \
		ffc_derive(s, ffc_agreement(&a, &d, (len)), prv, 16, &key))
	OK(ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	REFUSED(0);
	REFUSED(1);
	a.other[0] = 1;
	REFUSED(1);
	n = ffc_read(s, pub, CKA_PRIME, a.other);
	REFUSED(n);
	a.other[n - 1]--;
	REFUSED(n);
	/* longer than the prime */
	a.other[n - 1]++;
	a.other[n] = 0;
	REFUSED(n + 1);
	REFUSED(NUMBER_MAX);
	n = ffc_read(s, pub, CKA_VALUE, a.other);
	IS(CKR_KEY_TYPE_INCONSISTENT,
		ffc_derive(s, ffc_agreement(&a, &d, n), pub, 16, &key));
	/* the mechanism of the other type */
	if (d.type == CKK_DH)
		a.m = (CK_MECHANISM){ CKM_X9_42_DH_DERIVE, &a.p, sizeof a.p };
	else
		a.m = (CK_MECHANISM){ CKM_DH_PKCS_DERIVE, a.other, n };
	IS(CKR_KEY_TYPE_INCONSISTENT, ffc_derive(s, &a.m, prv, 16, &key));
	ck_assert_uint_eq(key, 0);
	api_stop();
}
END_TEST

START_TEST (private_numbers_are_as_long_as_asked_for) {
	const struct ffc_domain d = domain(0);
	struct ffc_template public = { .n = 0 }, private = { .n = 0 };
	CK_MECHANISM m = { CKM_DH_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	unsigned char value[NUMBER_MAX];
	CK_ULONG bits = 300, got = 0;
	CK_ATTRIBUTE read = ATTR(CKA_VALUE_BITS, got);

	ffc_add_domain(&public, &d);
	FFC_ADD(&private, CKA_SENSITIVE, NO);
	FFC_ADD(&private, CKA_EXTRACTABLE, YES);
	FFC_ADD(&private, CKA_VALUE_BITS, bits);
	OK(F->C_GenerateKeyPair(
		s, &m, public.a, public.n, private.a, private.n, &pub, &prv));
	OK(F->C_GetAttributeValue(s, prv, &read, 1));
	ck_assert_uint_eq(got, 300);
	ck_assert_uint_le(ffc_read(s, prv, CKA_VALUE, value), 38);
	bits = 100;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, F->C_GenerateKeyPair(s, &m, public.a, public.n,
						private.a, private.n, &pub, &prv));
	/* a public key has none */
	FFC_ADD(&public, CKA_VALUE_BITS, bits);
	IS(CKR_TEMPLATE_INCONSISTENT, F->C_GenerateKeyPair(s, &m, public.a, public.n,
					      private.a, 2, &pub, &prv));
	api_stop();
}
END_TEST

/* Out and in again: the same key. */
START_TEST (keys_are_read_and_made_again) {
	const struct dh_vector *v = &dh_vectors[1];
	const struct ffc_domain d = domain(3);
	CK_SESSION_HANDLE s = api_start();
	unsigned char value[NUMBER_MAX], want[NUMBER_MAX];
	CK_OBJECT_HANDLE prv, pub;
	CK_ULONG n;

	OK(ffc_import(s, &d, CKO_PRIVATE_KEY, v->x, CK_TRUE, &prv));
	n = ffc_read(s, prv, CKA_VALUE, value);
	ck_assert_uint_eq(n, api_unhex(v->x, want));
	ck_assert_mem_eq(value, want, n);
	OK(F->C_DestroyObject(s, prv));
	OK(ffc_import(s, &d, CKO_PUBLIC_KEY, v->y, CK_TRUE, &pub));
	n = ffc_read(s, pub, CKA_VALUE, value);
	ck_assert_uint_eq(n, api_unhex(v->y, want));
	ck_assert_mem_eq(value, want, n);
	OK(F->C_DestroyObject(s, pub));
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		ffc_import(s, &d, CKO_PRIVATE_KEY, v->q, CK_FALSE, &prv));
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		ffc_import(s, &d, CKO_PRIVATE_KEY, "00", CK_FALSE, &prv));
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		ffc_import(s, &d, CKO_PUBLIC_KEY, "01", CK_FALSE, &pub));
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		ffc_import(s, &d, CKO_PUBLIC_KEY, v->p, CK_FALSE, &pub));
	api_stop();
}
END_TEST

START_TEST (wrong_domains_make_no_pair) {
	const struct ffc_domain good = domain((size_t)_i);
	static char longer[2051];
	static const char *const wrong_bases[] = { "", "00", "01" };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	struct ffc_domain d = good;
	char other[2 * NUMBER_MAX];

	for (size_t i = 0; i < COUNT(wrong_bases); i++) {
		d.g = wrong_bases[i];
		IS(CKR_DOMAIN_PARAMS_INVALID, ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	}
	d = good;
	d.g = good.p;
	IS(CKR_DOMAIN_PARAMS_INVALID, ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	d = good;
	d.p = other;
	(void)snprintf(other, sizeof other, "%.*s0", (int)strlen(good.p) - 1, good.p);
	IS(CKR_DOMAIN_PARAMS_INVALID, ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	d.p = "ffffffffffffffffffffffffffffffff";
	IS(CKR_DOMAIN_PARAMS_INVALID, ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	/* 8200 bits */
	memset(longer, 'f', sizeof longer - 1);
	d.p = longer;
	d.q = good.q != NULL ? "01" : NULL;
	IS(good.q != NULL ? CKR_DOMAIN_PARAMS_INVALID : CKR_KEY_SIZE_RANGE,
		ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	/* of 1024 bits: keys there may be, but no new ones */
	d = good;
	d.p = dh_vectors[0].p;
	d.g = dh_vectors[0].g;
	d.q = good.q != NULL ? dh_vectors[0].q : NULL;
	IS(CKR_KEY_SIZE_RANGE, ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	OK(ffc_import(s, &d, CKO_PRIVATE_KEY, dh_vectors[0].x, CK_FALSE, &prv));
	api_stop();
}
END_TEST

/* --- DSA ------------------------------------------------------------------------------ */

START_TEST (published_dsa_signatures_verify) {
	const struct dsa_vector *v = &dsa_vectors[_i];
	const struct ffc_domain d = { CKK_DSA, 0, v->p, v->q, v->g };
	CK_SESSION_HANDLE s = api_start();
	unsigned char message[NUMBER_MAX], sig[64];
	const CK_ULONG n = api_unhex(v->message, message);
	const CK_ULONG size = api_unhex(v->signature, sig);
	CK_MECHANISM m = { v->mechanism, NULL, 0 };
	CK_OBJECT_HANDLE pub;

	OK(ffc_import(s, &d, CKO_PUBLIC_KEY, v->y, CK_FALSE, &pub));
	OK(F->C_VerifyInit(s, &m, pub));
	IS(v->valid ? CKR_OK : CKR_SIGNATURE_INVALID,
		F->C_Verify(s, message, n, sig, size));
	OK(F->C_VerifyInit(s, &m, pub));
	OK(F->C_VerifyUpdate(s, message, 1));
	OK(F->C_VerifyUpdate(s, message + 1, n - 1));
	IS(v->valid ? CKR_OK : CKR_SIGNATURE_INVALID, F->C_VerifyFinal(s, sig, size));
	OK(F->C_VerifyInit(s, &m, pub));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_Verify(s, message, n, sig, size - 1));
	OK(F->C_VerifyInit(s, &m, pub));
	IS(CKR_SIGNATURE_LEN_RANGE, F->C_Verify(s, message, n, sig, size + 1));
	message[0] ^= 1;
	OK(F->C_VerifyInit(s, &m, pub));
	IS(CKR_SIGNATURE_INVALID, F->C_Verify(s, message, n, sig, size));
	api_stop();
}
END_TEST

START_TEST (dsa_signs_nothing_new) {
	const struct dsa_vector *v = &dsa_vectors[4];
	const struct ffc_domain d = { CKK_DSA, CKM_DSA_KEY_PAIR_GEN, v->p, v->q, v->g };
	CK_SESSION_HANDLE s = api_start();
	CK_OBJECT_HANDLE pub, prv;
	CK_MECHANISM_INFO info;

	IS(CKR_MECHANISM_INVALID, ffc_generate(s, &d, CK_FALSE, &pub, &prv));
	IS(CKR_MECHANISM_INVALID,
		F->C_GetMechanismInfo(api_slot(), CKM_DSA_KEY_PAIR_GEN, &info));
	/* keys can be stored and read all the same */
	OK(ffc_import(s, &d, CKO_PRIVATE_KEY, "1234", CK_FALSE, &prv));
	for (CK_MECHANISM_TYPE type = CKM_DSA; type <= CKM_DSA_SHA3_512; type++) {
		CK_MECHANISM m = { type, NULL, 0 };

		if (type == CKM_ML_KEM) /* between them */
			continue;
		IS(CKR_MECHANISM_INVALID, F->C_SignInit(s, &m, prv));
		OK(F->C_GetMechanismInfo(api_slot(), type, &info));
		ck_assert_uint_eq(info.flags & (CKF_SIGN | CKF_VERIFY), CKF_VERIFY);
		ck_assert_uint_eq(info.ulMinKeySize, 1024);
		ck_assert_uint_eq(info.ulMaxKeySize, 3072);
	}
	OK(F->C_GetMechanismInfo(api_slot(), CKM_DH_PKCS_DERIVE, &info));
	ck_assert_uint_eq(info.ulMinKeySize, 2048);
	ck_assert_uint_eq(info.ulMaxKeySize, 8192);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &two_sides_get_the_same_secret, 2 * DOMAINS },
	{ &derived_key_goes_where_it_is_wanted, 3 },
	{ &shared_secrets_are_the_published_ones, 2 * COUNT(dh_vectors) },
	{ &x9_42_s_kdfs_agree, 3 },
	{ &wrong_public_values_make_no_key, DOMAINS },
	{ &private_numbers_are_as_long_as_asked_for, 0 },
	{ &keys_are_read_and_made_again, 0 },
	{ &wrong_domains_make_no_pair, DOMAINS },
	{ &published_dsa_signatures_verify, COUNT(dsa_vectors) },
	{ &dsa_signs_nothing_new, 0 },
};

CHECK_MAIN("api_ffc", tests)
