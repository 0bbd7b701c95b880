/* SPDX-License-Identifier: Apache-2.0 */
/* What is particular to RSA: sizes, recovery, digests that have no mask generation function of
 * their own. */
#include "tests/unit/crypto/pair.h"

#include "tests/unit/check_main.h"

/* Wycheproof, rsa_pkcs1_1024_sig_gen: one key for SHA-1, one for SHA-224; "Test" signed. */
static const struct {
	CK_MECHANISM_TYPE mechanism;
	const char *n, *d, *signature;
} small[] = {
	{ CKM_SHA1_RSA_PKCS,
		"d0941e63a980fa92fb25ed4c7b3307f827023034ae7f1a7491f0699ca7607285"
		"e62ad8e994bac21b8b6e305e334f4874067d28e304230dca7f0e85f7ce595770"
		"b6e054c9f844ba86c0696eeba0769d8d4a347e8fe85c724ac1c44994af18a39e"
		"719f721f1bc50c46a39e6c075fcd1649f01f22608ce7dc6955502258336987d9",
		"5ff4a47e690ea338573e3d8b3fea5c32378ff4296855a51017cba86a9f3de9b1"
		"dc0fbe36c76b9bbd1c4a170a5f448c2a8489b3f3ac858be4aacb3daaa14dccc1"
		"83622eedd3ae6f0427a2a298b51b97818a5430f13705f42d8b25476f939c935e"
		"389e30d9ade5d0180920135f5aef0c5fecd15f00b83b51dab8ba930d88826801",
		"0891ef2061c4d3377744cd7243ccc444619df533f4eadee216f7ffb9244e86d3"
		"e0162fc82c0b9502dc7aeebaf7884067e5f18f21b395c43bbfce5559ae84157f"
		"fde2aa457b7f44675e706af443acd9e38070428dfc6471a24cdc0d44f9283ac1"
		"58704ad114375f10c24e3adbd12c55dabb78b8c41d3938124acc74126c82bb0b" },
	{ CKM_SHA224_RSA_PKCS,
		"dfbe6f882c8b0c42c3229f29cd858bead25c213b5c0346c3052f844b045ac792"
		"c81c1df5ad6a66e9d4f3f7c11096f069f5fc0d1d7da555c6e685cf672ab2a659"
		"9f01605f50c93a91d6882f5884e4cf3e9c41a790b0c44247150777f95acf6931"
		"2b0ed68f3c82693e6b67f0e1ea5927c0eeab3554c2c157181f4634e77bcb088b",
		"50f854da7dec301ab50d81761a575b0436ee7a6445ef359b7bf3ef374ab32388"
		"3dfcd6e6c2c43fcc1d71d0d6408faf1f5992c69846911fd2a438068fba46fea5"
		"c108f95e307fdf3904c1cba6f014c6555a79679b843e5397e2dffc5e349d7b86"
		"66bc3c5e411f39f0f2585bc7bda70b84b8f5b08c9260b39d3e8603c88d128fc1",
		"aa5d174e95f9a1ff88c1ce60b3aed1d39e256e28b0512cc4b52be1d41b8ccfa2"
		"a739945aefb5b697886f4f08cef365d18bdd8151acc588fd4ebf2aede9bdd904"
		"aa3481822206f3fedc5889c9f9889a8dd4d160d65e587ee228f9ef155108cb28"
		"3c4e2a697a1e739827cb4a9790f96023e6ad24cabe51741a7c7cea8c52f08cdc" },
};

static void
small_public(size_t i, struct pair *pair)
{
	*pair = (struct pair){ ATTRS_INIT, ATTRS_INIT, ATTRS_SECRET, NULL, NULL };
	attrs_set_ulong(&pair->public, CKA_CLASS, CKO_PUBLIC_KEY);
	attrs_set_ulong(&pair->public, CKA_KEY_TYPE, CKK_RSA);
	set_hex(&pair->public, CKA_MODULUS, small[i].n);
	set_hex(&pair->public, CKA_PUBLIC_EXPONENT, "010001");
	ck_assert_uint_eq(
		pkey_from_public(attrs_bytes(&pair->public), &pair->public_key), CKR_OK);
}

START_TEST (old_signatures_of_1024_bits_verify) {
	const struct mech_params none = { 0 };
	struct pair pair;
	struct hex sig;

	small_public((size_t)_i, &pair);
	hex(&sig, small[_i].signature);
	ck_assert_uint_eq(run(OP_VERIFY, small[_i].mechanism, &none, &pair,
				  BYTES_STR("Test"), sig.v, NULL, NULL),
		CKR_OK);
	ck_assert_uint_eq(run(OP_VERIFY, small[_i].mechanism, &none, &pair,
				  BYTES_STR("test"), sig.v, NULL, NULL),
		CKR_SIGNATURE_INVALID);
	pair_free(&pair);
}
END_TEST

START_TEST (private_keys_have_2048_bits_at_least) {
	struct pair pair;

	small_public((size_t)_i, &pair);
	set_hex(&pair.secret, CKA_PRIVATE_EXPONENT, small[_i].d);
	ck_assert_uint_eq(pkey_from_private(attrs_bytes(&pair.public),
				  attrs_bytes(&pair.secret), &pair.private_key),
		CKR_KEY_SIZE_RANGE);
	pair_free(&pair);
}
END_TEST

START_TEST (moduli_have_1024_to_8192_bits) {
	static const struct {
		unsigned bits;
		CK_RV rv;
	} cases[] = { { 1023, CKR_KEY_SIZE_RANGE }, { 1024, CKR_OK }, { 8192, CKR_OK },
		{ 8193, CKR_KEY_SIZE_RANGE }, { 9000, CKR_KEY_SIZE_RANGE },
		{ 200000, CKR_ATTRIBUTE_VALUE_INVALID } };
	static uint8_t n[200000 / 8];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const size_t bytes = (cases[i].bits + 7) / 8;
		struct attrs key = ATTRS_INIT;
		EVP_PKEY *pkey = NULL;

		memset(n, 0, sizeof n);
		n[0] = (uint8_t)(1u << (cases[i].bits - 1) % 8);
		n[bytes - 1] |= 1;
		attrs_set_ulong(&key, CKA_KEY_TYPE, CKK_RSA);
		set_hex(&key, CKA_PUBLIC_EXPONENT, "010001");
		attrs_set(&key, CKA_MODULUS, BYTES(n, bytes));
		ck_assert_msg(pkey_from_public(attrs_bytes(&key), &pkey) == cases[i].rv,
			"%u bits", cases[i].bits);
		EVP_PKEY_free(pkey);
		pkey = NULL;
		n[bytes - 1] ^= 1;
		attrs_set(&key, CKA_MODULUS, BYTES(n, bytes));
		ck_assert_uint_ne(pkey_from_public(attrs_bytes(&key), &pkey), CKR_OK);
		ck_assert_ptr_null(pkey);
		attrs_free(&key);
	}
}
END_TEST

/* The numbers CKG_MGF1_* do not name every digest: hash and mask may differ. */
START_TEST (hash_and_mask_may_be_of_different_digests) {
	static const struct {
		uint8_t hash, mgf;
	} cases[] = { { DIGEST_SHA512_224, DIGEST_SHA1 },
		{ DIGEST_SHA512_256, DIGEST_SHA256 }, { DIGEST_SHA256, DIGEST_SHA1 },
		{ DIGEST_SHA3_256, DIGEST_SHA256 }, { DIGEST_SHA1, DIGEST_SHA3_512 } };
	struct mech_params p = {
		.salt_len = 10, .hash = cases[_i].hash, .mgf_hash = cases[_i].mgf
	};
	uint8_t hash[64] = { 7 }, out[256], back[256];
	struct bytes in = BYTES(hash, digests[p.hash].size), got, s;
	struct pair pair;

	rsa_pair(&pair);
	ck_assert_uint_eq(
		run(OP_SIGN, CKM_RSA_PKCS_PSS, &p, &pair, in, BYTES_NONE, out, &s),
		CKR_OK);
	ck_assert_uint_eq(
		run(OP_VERIFY, CKM_RSA_PKCS_PSS, &p, &pair, in, s, NULL, NULL), CKR_OK);
	p.mgf_hash = p.mgf_hash == DIGEST_SHA1 ? DIGEST_SHA256 : DIGEST_SHA1;
	ck_assert_uint_eq(run(OP_VERIFY, CKM_RSA_PKCS_PSS, &p, &pair, in, s, NULL, NULL),
		CKR_SIGNATURE_INVALID);
	ck_assert_uint_eq(
		run(OP_ENCRYPT, CKM_RSA_PKCS_OAEP, &p, &pair, in, BYTES_NONE, out, &s),
		CKR_OK);
	ck_assert_uint_eq(
		run(OP_DECRYPT, CKM_RSA_PKCS_OAEP, &p, &pair, s, BYTES_NONE, back, &got),
		CKR_OK);
	expect_bytes(got, in);
	pair_free(&pair);
}
END_TEST

/* Without padding the data is a number, of the modulus' length at most and less than it. */
START_TEST (a_number_is_below_the_modulus) {
	static const enum op_kind kinds[] = { OP_ENCRYPT, OP_SIGN };
	const struct mech_params none = { 0 };
	struct bytes modulus, got;
	uint8_t in[257] = { 0 }, out[256];
	struct pair pair;

	rsa_pair(&pair);
	ck_assert(attrs_find(attrs_bytes(&pair.public), CKA_MODULUS, &modulus));
	ck_assert_uint_eq(modulus.n, 256);
	memcpy(in, modulus.p, 256);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
#define IS(rv, n)                                                                  \
	ck_assert_uint_eq(run(kinds[i], CKM_RSA_X_509, &none, &pair, BYTES(in, n), \
				  BYTES_NONE, out, &got),                          \
		(rv))
		IS(CKR_DATA_INVALID, 256);
		in[255]--; /* it is odd */
		IS(CKR_OK, 256);
		in[255]++;
		IS(CKR_OK, 255);
		IS(CKR_DATA_LEN_RANGE, 257);
#undef IS
	}
	pair_free(&pair);
}
END_TEST

static const CK_MECHANISM_TYPE recovering[] = { CKM_RSA_PKCS, CKM_RSA_X_509 };

START_TEST (what_is_signed_with_recovery_comes_back) {
	const CK_MECHANISM_TYPE m = recovering[_i];
	const struct mech_params none = { 0 };
	uint8_t data[256] = { 0 }, sig[256], same[256], back[256];
	const size_t most = m == CKM_RSA_PKCS ? 245 : 256;
	struct bytes in, s, got;
	struct pair pair;

	data[0] = data[most - 1] = 1;
	in = BYTES(data, most);
	rsa_pair(&pair);
	ck_assert_uint_eq(
		run(OP_SIGN_RECOVER, m, &none, &pair, in, BYTES_NONE, sig, &s), CKR_OK);
	ck_assert_uint_eq(
		run(OP_SIGN, m, &none, &pair, in, BYTES_NONE, same, &got), CKR_OK);
	expect_bytes(got, s);
	ck_assert_uint_eq(
		run(OP_VERIFY_RECOVER, m, &none, &pair, s, BYTES_NONE, back, &got),
		CKR_OK);
	expect_bytes(got, in);
	ck_assert_uint_eq(run(OP_VERIFY_RECOVER, m, &none, &pair, BYTES(sig, 255),
				  BYTES_NONE, back, NULL),
		CKR_SIGNATURE_LEN_RANGE);
	/* not below the modulus; of no padding */
	memset(sig, 0xff, sizeof sig);
	ck_assert_uint_eq(run(OP_VERIFY_RECOVER, m, &none, &pair, BYTES_OF(sig),
				  BYTES_NONE, back, NULL),
		CKR_SIGNATURE_INVALID);
	ck_assert_uint_eq(run(OP_SIGN_RECOVER, m, &none, &pair, BYTES(data, most + 1),
				  BYTES_NONE, sig, NULL),
		CKR_DATA_LEN_RANGE);
	pair_free(&pair);
}
END_TEST

START_TEST (what_has_no_recovery_is_refused) {
	static const CK_MECHANISM_TYPE types[] = { CKM_RSA_PKCS_PSS, CKM_SHA256_RSA_PKCS,
		CKM_RSA_PKCS_OAEP, CKM_ECDSA };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		ck_assert_uint_eq(mech_lookup(types[i])->flags &
					  (CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER),
			0);
	ck_assert_ptr_null(mech_lookup(CKM_RSA_9796));
	ck_assert_ptr_null(mech_lookup(CKM_RSA_X9_31));
}
END_TEST

static bool
asked_enough(const void *left)
{
	unsigned *n = (unsigned *)(uintptr_t)left;

	return *n == 0 || --*n == 0;
}

/* 8192 bits take seconds; a few candidates do not, and nothing is left of them. */
START_TEST (a_search_for_primes_can_be_given_up) {
	unsigned left = 5;
	const struct pkey_stop stop = { asked_enough, &left };
	struct attrs public = ATTRS_INIT, private = ATTRS_INIT, secret = ATTRS_SECRET;

	attrs_set_ulong(&public, CKA_MODULUS_BITS, 8192);
	ck_assert_uint_eq(pkey_generate(mech_lookup(CKM_RSA_PKCS_KEY_PAIR_GEN), &stop,
				  &public, &private, &secret),
		CKR_FUNCTION_CANCELED);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(attrs_bytes(&private).n + attrs_bytes(&secret).n, 0);
	attrs_free(&public);
	attrs_free(&private);
	attrs_free(&secret);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_search_for_primes_can_be_given_up, 0 },
	{ &old_signatures_of_1024_bits_verify, ARRAY_LEN(small) },
	{ &private_keys_have_2048_bits_at_least, ARRAY_LEN(small) },
	{ &moduli_have_1024_to_8192_bits, 0 },
	{ &hash_and_mask_may_be_of_different_digests, 5 },
	{ &what_is_signed_with_recovery_comes_back, ARRAY_LEN(recovering) },
	{ &what_has_no_recovery_is_refused, 0 },
	{ &a_number_is_below_the_modulus, 0 },
};
CHECK_MAIN("rsa", tests)
