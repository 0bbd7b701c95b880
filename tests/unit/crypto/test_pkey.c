/* SPDX-License-Identifier: Apache-2.0 */
/* Key pairs: import, generation, and every mechanism that works on them. */
#include "crypto/crypto.h"

#include "cryptoki/names.h"
#include "cryptoki/schema.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/pair.h"

struct sign_case {
	CK_MECHANISM_TYPE type;
	const char *oid;  /* NULL: RSA */
	enum digest hash; /* PSS */
	uint16_t salt;
	uint16_t data; /* bytes */
};

static const struct sign_case signs[] = {
	{ CKM_RSA_PKCS, NULL, 0, 0, 35 },
	{ CKM_RSA_X_509, NULL, 0, 0, 200 },
	{ CKM_SHA1_RSA_PKCS, NULL, 0, 0, 100 },
	{ CKM_SHA224_RSA_PKCS, NULL, 0, 0, 100 },
	{ CKM_SHA256_RSA_PKCS, NULL, 0, 0, 100 },
	{ CKM_SHA384_RSA_PKCS, NULL, 0, 0, 100 },
	{ CKM_SHA512_RSA_PKCS, NULL, 0, 0, 100 },
	{ CKM_SHA3_224_RSA_PKCS, NULL, 0, 0, 100 },
	{ CKM_SHA3_256_RSA_PKCS, NULL, 0, 0, 100 },
	{ CKM_SHA3_384_RSA_PKCS, NULL, 0, 0, 100 },
	{ CKM_SHA3_512_RSA_PKCS, NULL, 0, 0, 100 },
	{ CKM_RSA_PKCS_PSS, NULL, DIGEST_SHA256, 32, 32 },
	{ CKM_RSA_PKCS_PSS, NULL, DIGEST_SHA3_384, 48, 48 },
	{ CKM_RSA_PKCS_PSS, NULL, DIGEST_SHA1, 0, 20 },
	{ CKM_SHA1_RSA_PKCS_PSS, NULL, DIGEST_SHA1, 20, 100 },
	{ CKM_SHA224_RSA_PKCS_PSS, NULL, DIGEST_SHA224, 28, 100 },
	{ CKM_SHA256_RSA_PKCS_PSS, NULL, DIGEST_SHA256, 222, 100 },
	{ CKM_SHA384_RSA_PKCS_PSS, NULL, DIGEST_SHA384, 48, 100 },
	{ CKM_SHA512_RSA_PKCS_PSS, NULL, DIGEST_SHA512, 64, 100 },
	{ CKM_SHA3_224_RSA_PKCS_PSS, NULL, DIGEST_SHA3_224, 28, 100 },
	{ CKM_SHA3_256_RSA_PKCS_PSS, NULL, DIGEST_SHA3_256, 32, 100 },
	{ CKM_SHA3_384_RSA_PKCS_PSS, NULL, DIGEST_SHA3_384, 48, 100 },
	{ CKM_SHA3_512_RSA_PKCS_PSS, NULL, DIGEST_SHA3_512, 64, 100 },
	{ CKM_ECDSA, OID_P256, 0, 0, 32 },
	{ CKM_ECDSA, OID_P521, 0, 0, 20 },
	{ CKM_ECDSA_SHA1, OID_P256, 0, 0, 100 },
	{ CKM_ECDSA_SHA224, OID_P384, 0, 0, 100 },
	{ CKM_ECDSA_SHA256, OID_P256, 0, 0, 100 },
	{ CKM_ECDSA_SHA384, OID_P384, 0, 0, 100 },
	{ CKM_ECDSA_SHA512, OID_P521, 0, 0, 100 },
};

static void
split_verify(struct op *op, struct bytes data, size_t at, struct bytes signature)
{
	struct outbuf none = { NULL, 0, 0 };

	ck_assert_uint_eq(op->vtable->update(op, BYTES(data.p, at), &none), CKR_OK);
	ck_assert_uint_eq(
		op->vtable->update(op, BYTES(data.p + at, data.n - at), &none), CKR_OK);
	ck_assert_uint_eq(op->vtable->final(op, signature, &none), CKR_OK);
}

START_TEST (what_is_signed_verifies_and_nothing_else_does) {
	const struct sign_case *c = &signs[_i];
	struct mech_params p = { .hash = (uint8_t)c->hash,
		.mgf_hash = (uint8_t)c->hash,
		.salt_len = c->salt };
	uint8_t data[256], sig[512];
	struct bytes in = BYTES(data, c->data), s;
	struct pair pair;
	struct op *op;

	memset(data, 0x42, sizeof data);
	if (c->oid != NULL)
		ec_pair(&pair, c->oid);
	else
		rsa_pair(&pair);
	ck_assert_uint_eq(
		run(OP_SIGN, c->type, &p, &pair, in, BYTES_NONE, sig, &s), CKR_OK);
	ck_assert_uint_eq(
		s.n, pkey_output_size(mech_lookup(c->type), attrs_bytes(&pair.public)));
	ck_assert_uint_eq(run(OP_VERIFY, c->type, &p, &pair, in, s, NULL, NULL), CKR_OK);
	op = pkey_new(OP_VERIFY, c->type, &p, &pair);
	if (mech_lookup(c->type)->digest != DIGEST_NONE)
		split_verify(op, in, 33, s);
	else
		ck_assert_ptr_null(op->vtable->update);
	op_free(&op);
	ck_assert_uint_eq(
		run(OP_VERIFY, c->type, &p, &pair, in, BYTES(s.p, s.n - 1), NULL, NULL),
		CKR_SIGNATURE_LEN_RANGE);
	sig[s.n / 2] ^= 1;
	ck_assert_uint_eq(run(OP_VERIFY, c->type, &p, &pair, in, s, NULL, NULL),
		CKR_SIGNATURE_INVALID);
	sig[s.n / 2] ^= 1;
	data[0] ^= 1;
	ck_assert_uint_eq(run(OP_VERIFY, c->type, &p, &pair, in, s, NULL, NULL),
		CKR_SIGNATURE_INVALID);
	pair_free(&pair);
}
END_TEST

/* Hashing here or at the key's side makes no difference. */
START_TEST (a_digest_signed_apart_verifies_as_its_message) {
	const struct sign_case *c = &signs[_i];
	const struct mech *m = mech_lookup(c->type);
	struct mech_params p = { .hash = (uint8_t)c->hash,
		.mgf_hash = (uint8_t)c->hash,
		.salt_len = c->salt };
	uint8_t data[256], hash[64], sig[512];
	struct outbuf out = { sig, sizeof sig, 0 };
	struct bytes in = BYTES(data, c->data), signed_in = in;
	struct pair pair;

	memset(data, 0x24, sizeof data);
	if (m->digest != DIGEST_NONE) {
		ck_assert_uint_eq(crypto_hash(m->digest, in, hash), CKR_OK);
		signed_in = BYTES(hash, digests[m->digest].size);
	}
	if (c->oid != NULL)
		ec_pair(&pair, c->oid);
	else
		rsa_pair(&pair);
	ck_assert_uint_eq(
		pkey_private(OP_SIGN, m, &p, pair.private_key, signed_in, &out), CKR_OK);
	ck_assert_uint_eq(
		run(OP_VERIFY, c->type, &p, &pair, in, BYTES(sig, out.n), NULL, NULL),
		CKR_OK);
	if (m->digest != DIGEST_NONE)
		ck_assert_uint_eq(pkey_private(OP_SIGN, m, &p, pair.private_key,
					  BYTES(hash, signed_in.n - 1), &out),
			CKR_DATA_LEN_RANGE);
	pair_free(&pair);
}
END_TEST

START_TEST (an_rsa_signature_is_what_others_compute) {
	struct mech_params p = { .hash = 0 };
	struct hex want;
	struct pair pair;
	uint8_t sig[256];
	struct bytes s;

	rsa_pair(&pair);
	ck_assert_uint_eq(run(OP_SIGN, CKM_SHA256_RSA_PKCS, &p, &pair,
				  BYTES_STR("sample"), BYTES_NONE, sig, &s),
		CKR_OK);
	expect_bytes(s, hex(&want, rsa_signature));
	pair_free(&pair);
}
END_TEST

/* RFC 6979, A.2.5: P-256 with SHA-256, "sample". */
START_TEST (an_ecdsa_signature_of_others_verifies) {
	struct attrs key = ATTRS_INIT;
	struct mech_params p = { .hash = 0 };
	struct pair pair = { .public_key = NULL };
	struct hex sig;

	attrs_set_ulong(&key, CKA_KEY_TYPE, CKK_EC);
	set_hex(&key, CKA_EC_PARAMS, OID_P256);
	set_hex(&key, CKA_EC_POINT,
		"044104"
		"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
	hex(&sig, "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
		  "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
	ck_assert_uint_eq(pkey_from_public(attrs_bytes(&key), &pair.public_key), CKR_OK);
	ck_assert_uint_eq(run(OP_VERIFY, CKM_ECDSA_SHA256, &p, &pair, BYTES_STR("sample"),
				  sig.v, NULL, NULL),
		CKR_OK);
	EVP_PKEY_free(pair.public_key);
	attrs_free(&key);
}
END_TEST

static const struct sign_case crypts[] = {
	{ CKM_RSA_PKCS, NULL, 0, 0, 245 },
	{ CKM_RSA_PKCS, NULL, 0, 0, 0 },
	{ CKM_RSA_X_509, NULL, 0, 0, 256 },
	{ CKM_RSA_PKCS_OAEP, NULL, DIGEST_SHA1, 0, 214 },
	{ CKM_RSA_PKCS_OAEP, NULL, DIGEST_SHA256, 0, 190 },
	{ CKM_RSA_PKCS_OAEP, NULL, DIGEST_SHA512, 5, 0 },
	{ CKM_RSA_PKCS_OAEP, NULL, DIGEST_SHA224, 5, 30 },
	{ CKM_RSA_PKCS_OAEP, NULL, DIGEST_SHA384, 0, 158 },
	{ CKM_RSA_PKCS_OAEP, NULL, DIGEST_SHA3_224, 0, 198 },
	{ CKM_RSA_PKCS_OAEP, NULL, DIGEST_SHA3_256, 5, 190 },
	{ CKM_RSA_PKCS_OAEP, NULL, DIGEST_SHA3_384, 0, 158 },
	{ CKM_RSA_PKCS_OAEP, NULL, DIGEST_SHA3_512, 5, 126 },
};

START_TEST (what_is_encrypted_decrypts) {
	const struct sign_case *c = &crypts[_i];
	struct mech_params p = { .hash = (uint8_t)c->hash,
		.mgf_hash = (uint8_t)c->hash,
		.extra = BYTES("label", c->salt) };
	uint8_t data[256] = { 0, 7 }, sealed[256], back[256];
	struct bytes in = BYTES(data, c->data), s, got;
	struct pair pair;

	rsa_pair(&pair);
	ck_assert_uint_eq(
		run(OP_ENCRYPT, c->type, &p, &pair, in, BYTES_NONE, sealed, &s), CKR_OK);
	ck_assert_uint_eq(s.n, 256);
	ck_assert_uint_eq(
		run(OP_DECRYPT, c->type, &p, &pair, s, BYTES_NONE, back, &got), CKR_OK);
	expect_bytes(got, in);
	ck_assert_uint_eq(run(OP_DECRYPT, c->type, &p, &pair, BYTES(sealed, 255),
				  BYTES_NONE, back, &got),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
	pair_free(&pair);
}
END_TEST

START_TEST (too_much_to_encrypt_or_sign_is_refused) {
	static const struct {
		enum op_kind kind;
		CK_MECHANISM_TYPE type;
		size_t n;
	} cases[] = { { OP_ENCRYPT, CKM_RSA_PKCS, 246 },
		{ OP_ENCRYPT, CKM_RSA_X_509, 257 },
		{ OP_ENCRYPT, CKM_RSA_PKCS_OAEP, 191 }, { OP_SIGN, CKM_RSA_PKCS, 246 },
		{ OP_SIGN, CKM_RSA_X_509, 257 }, { OP_SIGN, CKM_RSA_PKCS_PSS, 31 } };
	struct mech_params p = {
		.hash = DIGEST_SHA256, .mgf_hash = DIGEST_SHA256, .salt_len = 32
	};
	uint8_t data[300] = { 0 }, room[256];
	struct pair pair;

	rsa_pair(&pair);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		ck_assert_uint_eq(
			run(cases[i].kind, cases[i].type, &p, &pair,
				BYTES(data, cases[i].n), BYTES_NONE, room, NULL),
			CKR_DATA_LEN_RANGE);
	pair_free(&pair);
}
END_TEST

/* Whoever sends ciphertexts learns nothing from padding: v1.5 yields noise, OAEP
 * one error. */
START_TEST (wrong_padding_tells_nothing) {
	struct mech_params p = { .hash = DIGEST_SHA256, .mgf_hash = DIGEST_SHA256 };
	uint8_t junk[256], back[256];
	struct bytes got;
	struct pair pair;

	memset(junk, 0x11, sizeof junk);
	rsa_pair(&pair);
	ck_assert_uint_eq(run(OP_DECRYPT, CKM_RSA_PKCS, &p, &pair, BYTES_OF(junk),
				  BYTES_NONE, back, &got),
		CKR_OK);
	ck_assert_uint_eq(run(OP_DECRYPT, CKM_RSA_PKCS_OAEP, &p, &pair, BYTES_OF(junk),
				  BYTES_NONE, back, &got),
		CKR_ENCRYPTED_DATA_INVALID);
	pair_free(&pair);
}
END_TEST

START_TEST (a_salt_that_cannot_fit_is_refused_at_the_start) {
	struct mech_params p = {
		.hash = DIGEST_SHA256, .mgf_hash = DIGEST_SHA256, .salt_len = 223
	};
	struct op *op = NULL;
	struct pair pair;

	rsa_pair(&pair);
	ck_assert_uint_eq(op_pkey_new(OP_VERIFY, mech_lookup(CKM_SHA256_RSA_PKCS_PSS), &p,
				  pair.public_key, &op),
		CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(
		op_pkey_new(OP_VERIFY, mech_lookup(CKM_ECDSA), &p, pair.public_key, &op),
		CKR_KEY_TYPE_INCONSISTENT);
	pair_free(&pair);
}
END_TEST

/* --- Import ------------------------------------------------------------------------- */

START_TEST (halves_that_do_not_belong_together_are_refused) {
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
		CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT };
	struct pair pair;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		rsa_numbers(&pair);
		set_hex(&pair.secret, types[i], "0123456789");
		ck_assert_msg(object_complete(&pair.private, &pair.secret) ==
				      CKR_ATTRIBUTE_VALUE_INVALID,
			"%s", cka_name(types[i]));
		pair_free(&pair);
	}
}
END_TEST

START_TEST (an_rsa_key_needs_its_private_exponent_and_at_most_its_primes) {
	static const CK_ATTRIBUTE_TYPE derived[] = { CKA_EXPONENT_1, CKA_EXPONENT_2,
		CKA_COEFFICIENT };
	static const char *const numbers[] = { rsa_dp, rsa_dq, rsa_qi };
	struct mech_params p = { .hash = 0 };
	struct pair pair;
	struct hex want;
	uint8_t sig[256];
	struct bytes got;

	rsa_numbers(&pair);
	for (size_t i = 0; i < ARRAY_LEN(derived); i++)
		attrs_unset(&pair.secret, (uint32_t)derived[i]);
	ck_assert_uint_eq(object_complete(&pair.private, &pair.secret), CKR_OK);
	for (size_t i = 0; i < ARRAY_LEN(derived); i++) {
		ck_assert(attrs_find(
			attrs_bytes(&pair.secret), (uint32_t)derived[i], &got));
		expect_bytes(got, hex(&want, numbers[i]));
	}
	for (size_t i = 0; i < ARRAY_LEN(derived); i++)
		attrs_unset(&pair.secret, (uint32_t)derived[i]);
	attrs_unset(&pair.secret, CKA_PRIME_1);
	attrs_unset(&pair.secret, CKA_PRIME_2);
	ck_assert_uint_eq(object_complete(&pair.private, &pair.secret), CKR_OK);
	pair_load(&pair);
	ck_assert_uint_eq(run(OP_SIGN, CKM_SHA256_RSA_PKCS, &p, &pair,
				  BYTES_STR("sample"), BYTES_NONE, sig, &got),
		CKR_OK);
	expect_bytes(got, hex(&want, rsa_signature));
	pair_free(&pair);
}
END_TEST

START_TEST (numbers_that_are_no_rsa_key_are_refused) {
	struct pair pair;
	EVP_PKEY *key = NULL;

	rsa_numbers(&pair);
	set_hex(&pair.public, CKA_PUBLIC_EXPONENT, "02");
	ck_assert_uint_eq(pkey_from_public(attrs_bytes(&pair.public), &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
	set_hex(&pair.public, CKA_PUBLIC_EXPONENT, "01");
	ck_assert_uint_eq(pkey_from_public(attrs_bytes(&pair.public), &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
	set_hex(&pair.public, CKA_PUBLIC_EXPONENT, "010001");
	set_hex(&pair.public, CKA_MODULUS, "010001");
	ck_assert_uint_eq(
		pkey_from_public(attrs_bytes(&pair.public), &key), CKR_KEY_SIZE_RANGE);
	attrs_unset(&pair.public, CKA_MODULUS);
	ck_assert_uint_eq(pkey_from_public(attrs_bytes(&pair.public), &key),
		CKR_TEMPLATE_INCOMPLETE);
	pair_free(&pair);
}
END_TEST

START_TEST (points_off_the_curve_and_numbers_off_the_order_are_refused) {
	struct attrs key = ATTRS_INIT, secret = ATTRS_SECRET;
	EVP_PKEY *pkey = NULL;
	uint8_t point[67] = { 4, 65, 4 }, big[32];

	attrs_set_ulong(&key, CKA_KEY_TYPE, CKK_EC);
	set_hex(&key, CKA_EC_PARAMS, OID_P256);
	attrs_set(&key, CKA_EC_POINT, BYTES_OF(point));
	ck_assert_uint_eq(
		pkey_from_public(attrs_bytes(&key), &pkey), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_set(&key, CKA_EC_POINT, BYTES(point, 66));
	ck_assert_uint_eq(
		pkey_from_public(attrs_bytes(&key), &pkey), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_set(&key, CKA_EC_POINT, BYTES_NONE);
	ck_assert_uint_eq(
		pkey_from_public(attrs_bytes(&key), &pkey), CKR_ATTRIBUTE_VALUE_INVALID);
	memset(big, 0xff, sizeof big);
	attrs_set(&secret, CKA_VALUE, BYTES_OF(big));
	ck_assert_uint_eq(
		pkey_from_private(attrs_bytes(&key), attrs_bytes(&secret), &pkey),
		CKR_ATTRIBUTE_VALUE_INVALID);
	memset(big, 0, sizeof big);
	attrs_set(&secret, CKA_VALUE, BYTES_OF(big));
	ck_assert_uint_eq(
		pkey_from_private(attrs_bytes(&key), attrs_bytes(&secret), &pkey),
		CKR_ATTRIBUTE_VALUE_INVALID);
	set_hex(&key, CKA_EC_PARAMS, "06082a8648ce3d030101"); /* P-192 */
	ck_assert_uint_eq(
		pkey_from_public(attrs_bytes(&key), &pkey), CKR_CURVE_NOT_SUPPORTED);
	attrs_free(&key);
	attrs_free(&secret);
}
END_TEST

/* --- Generation and completion --------------------------------------------------------- */

START_TEST (a_generated_rsa_pair_has_all_its_numbers) {
	struct attrs public = ATTRS_INIT, private = ATTRS_INIT, secret = ATTRS_SECRET;
	const struct mech *m = mech_lookup(CKM_RSA_PKCS_KEY_PAIR_GEN);
	struct pair pair;

	attrs_set_ulong(&public, CKA_KEY_TYPE, CKK_RSA);
	attrs_set_ulong(&private, CKA_KEY_TYPE, CKK_RSA);
	attrs_set_ulong(&public, CKA_MODULUS_BITS, 1024);
	ck_assert_uint_eq(
		pkey_generate(m, NULL, &public, &private, &secret), CKR_KEY_SIZE_RANGE);
	attrs_set_ulong(&public, CKA_MODULUS_BITS, 2048);
	set_hex(&public, CKA_PUBLIC_EXPONENT, "03");
	ck_assert_uint_eq(pkey_generate(m, NULL, &public, &private, &secret),
		CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_unset(&public, CKA_PUBLIC_EXPONENT);
	ck_assert_uint_eq(pkey_generate(m, NULL, &public, &private, &secret), CKR_OK);
	ck_assert(attrs_has(attrs_bytes(&public), CKA_PUBLIC_KEY_INFO));
	ck_assert(attrs_has(attrs_bytes(&private), CKA_PUBLIC_KEY_INFO));
	ck_assert(attrs_has(attrs_bytes(&private), CKA_MODULUS));
	ck_assert(attrs_has(attrs_bytes(&secret), CKA_COEFFICIENT));
	ck_assert(!attrs_has(attrs_bytes(&private), CKA_PRIVATE_EXPONENT));
	pair = (struct pair){ public, private, secret, NULL, NULL };
	pair_load(&pair);
	pair_free(&pair);
}
END_TEST

START_TEST (a_private_ec_key_completes_to_its_point) {
	struct attrs key = ATTRS_INIT, secret = ATTRS_SECRET;
	struct bytes got = BYTES_NONE;
	struct hex want;

	attrs_set_ulong(&key, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&key, CKA_KEY_TYPE, CKK_EC);
	set_hex(&key, CKA_EC_PARAMS, OID_P256);
	set_hex(&secret, CKA_VALUE,
		"c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
	ck_assert_uint_eq(object_complete(&key, &secret), CKR_OK);
	ck_assert(attrs_find(attrs_bytes(&key), CKA_EC_POINT, &got));
	expect_bytes(got,
		hex(&want,
			"04410460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e"
			"60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c2"
			"94d4462299"));
	want.room[40] ^= 1;
	attrs_set(&key, CKA_EC_POINT, want.v);
	ck_assert_uint_eq(object_complete(&key, &secret), CKR_ATTRIBUTE_VALUE_INVALID);
	want.room[40] ^= 1;
	attrs_set(&key, CKA_EC_POINT, BYTES(want.v.p + 2, want.v.n - 2));
	ck_assert_uint_eq(object_complete(&key, &secret), CKR_OK);
	ck_assert(attrs_find(attrs_bytes(&key), CKA_EC_POINT, &got));
	expect_bytes(got, want.v);
	attrs_free(&key);
	attrs_free(&secret);
}
END_TEST

START_TEST (secret_keys_complete_to_length_and_check_value) {
	struct attrs key = ATTRS_INIT, secret = ATTRS_SECRET;
	struct bytes got;
	uint8_t zero[33] = { 0 };

	attrs_set_ulong(&key, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&key, CKA_KEY_TYPE, CKK_AES);
	attrs_set(&secret, CKA_VALUE, BYTES(zero, 16));
	ck_assert_uint_eq(object_complete(&key, &secret), CKR_OK);
	ck_assert_uint_eq(attrs_ulong(attrs_bytes(&key), CKA_VALUE_LEN, 0), 16);
	ck_assert(attrs_find(attrs_bytes(&key), CKA_CHECK_VALUE, &got));
	expect_bytes(got, BYTES("\x66\xe9\x4b", 3)); /* AES of zeroes under zeroes */
	attrs_set(&key, CKA_CHECK_VALUE, BYTES("abc", 3));
	ck_assert_uint_eq(object_complete(&key, &secret), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_unset(&key, CKA_CHECK_VALUE);
	attrs_unset(&key, CKA_VALUE_LEN);
	attrs_set(&secret, CKA_VALUE, BYTES_OF(zero));
	ck_assert_uint_eq(object_complete(&key, &secret), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(&key);
	attrs_free(&secret);
}
END_TEST

static const struct check_test tests[] = {
	{ &what_is_signed_verifies_and_nothing_else_does, ARRAY_LEN(signs) },
	{ &a_digest_signed_apart_verifies_as_its_message, ARRAY_LEN(signs) },
	{ &an_rsa_signature_is_what_others_compute, 0 },
	{ &an_ecdsa_signature_of_others_verifies, 0 },
	{ &what_is_encrypted_decrypts, ARRAY_LEN(crypts) },
	{ &too_much_to_encrypt_or_sign_is_refused, 0 },
	{ &wrong_padding_tells_nothing, 0 },
	{ &a_salt_that_cannot_fit_is_refused_at_the_start, 0 },
	{ &halves_that_do_not_belong_together_are_refused, 0 },
	{ &an_rsa_key_needs_its_private_exponent_and_at_most_its_primes, 0 },
	{ &numbers_that_are_no_rsa_key_are_refused, 0 },
	{ &points_off_the_curve_and_numbers_off_the_order_are_refused, 0 },
	{ &a_generated_rsa_pair_has_all_its_numbers, 0 },
	{ &a_private_ec_key_completes_to_its_point, 0 },
	{ &secret_keys_complete_to_length_and_check_value, 0 },
};
CHECK_MAIN("pkey", tests)
