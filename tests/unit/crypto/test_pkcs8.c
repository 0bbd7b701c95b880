/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys as PKCS #8: there and back, and read by OpenSSL; what is no key, or another one. */
#include "tests/unit/crypto/pkcs8_pairs.h"

#include <openssl/x509.h>

#include "crypto/derive.h"
#include "tests/unit/check_main.h"

/* --- There and back --------------------------------------------------------------------- */

/* What object_build() leaves of a template. */
static struct new_key
object_of(CK_KEY_TYPE type)
{
	struct new_key k = NEW_KEY_NONE;

	attrs_set_ulong(&k.public, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&k.public, CKA_KEY_TYPE, type);
	return k;
}

static void
expect_same(const struct pair *pair, const struct new_key *k)
{
	expect_bytes(attrs_bytes(&k->public), attrs_bytes(&pair->private));
	expect_bytes(attrs_bytes(&k->secret), attrs_bytes(&pair->secret));
}

static CK_RV
read_as(CK_KEY_TYPE type, struct bytes der)
{
	struct new_key k = object_of(type);
	CK_RV rv = pkcs8_read(der, &k.public, &k.secret);

	new_key_free(&k);
	return rv;
}

START_TEST (every_kind_comes_back_as_it_was) {
	const struct sort *s = &sorts[_i];
	struct new_key k = object_of(s->type);
	struct secret der = SECRET_NONE;
	EVP_PKEY *theirs = NULL;
	struct pair pair;
	const uint8_t *p;

	pair_of(&pair, s);
	ck_assert(pkcs8_has(s->type));
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	p = der.p;
	theirs = d2i_AutoPrivateKey(NULL, &p, (long)der.n);
	ck_assert_ptr_nonnull(theirs);
	ck_assert_ptr_eq(p, der.p + der.n);
	ck_assert_int_eq(EVP_PKEY_eq(theirs, pair.public_key), 1);
	expect(CKR_OK, pkcs8_read(secret_bytes(&der), &k.public, &k.secret));
	expect_same(&pair, &k);
	EVP_PKEY_free(theirs);
	new_key_free(&k);
	secret_free(&der);
	pair_free(&pair);
}
END_TEST

/* --- What is no key --------------------------------------------------------------------- */

START_TEST (every_part_of_a_key_is_no_key) {
	struct secret der = SECRET_NONE;
	struct buf more = BUF_SECRET;
	struct pair pair;

	pair_of(&pair, &sorts[_i]);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	for (size_t n = 0; n < der.n; n += 1 + n / 40)
		expect(CKR_WRAPPED_KEY_INVALID, read_as(sorts[_i].type, BYTES(der.p, n)));
	buf_put_bytes(&more, secret_bytes(&der));
	buf_put_u8(&more, 0);
	expect(CKR_WRAPPED_KEY_INVALID, read_as(sorts[_i].type, buf_bytes(&more)));
	for (size_t i = 0; i < ARRAY_LEN(sorts); i++)
		if (sorts[i].type != sorts[_i].type)
			expect(CKR_WRAPPED_KEY_INVALID,
				read_as(sorts[i].type, secret_bytes(&der)));
	buf_free(&more);
	secret_free(&der);
	pair_free(&pair);
}
END_TEST

START_TEST (each_byte_counts) {
	/* At most: a version that says nothing here, and one of ECPrivateKey, and a bit of the point
	 * that is said to be unused where it is 0; any 32 bytes are a key of Ed25519; SLH-DSA's
	 * PRF key has no part in the public one. */
	static const struct {
		size_t sort;
		unsigned accepted;
	} kinds[] = { { P256, 1 + 2 }, { ED25519, 1 + 32 }, { SLH_DSA, 1 + 16 } };
	const struct sort *s = &sorts[kinds[_i].sort];
	struct secret der = SECRET_NONE;
	struct pair pair;
	unsigned accepted = 0;

	pair_of(&pair, s);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	for (size_t i = 0; i < der.n; i++) {
		struct new_key k = object_of(s->type);
		CK_RV rv;

		der.p[i] ^= 1;
		rv = pkcs8_read(secret_bytes(&der), &k.public, &k.secret);
		der.p[i] ^= 1;
		if (rv != CKR_OK && rv != CKR_CURVE_NOT_SUPPORTED)
			expect(CKR_WRAPPED_KEY_INVALID, rv);
		accepted += rv == CKR_OK;
		new_key_free(&k);
	}
	ck_assert_uint_le(accepted, kinds[_i].accepted);
	secret_free(&der);
	pair_free(&pair);
}
END_TEST

/* RFC 8410, 10.3: with attributes and the public key, and its last byte */
#define RFC8410                                                                    \
	"3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28" \
	"cbf1d4fbe097a88f44755842a01f301d060a2a864886f70d01090914310f0c0d43757264" \
	"6c6520436861697273"
#define RFC8410_PUBLIC "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166"

static const struct {
	const char *der;
	CK_RV rv;
} forms[] = {
	{ RFC8410 "812100" RFC8410_PUBLIC "e1", CKR_OK },
	{ RFC8410 "812100" RFC8410_PUBLIC "e0", CKR_WRAPPED_KEY_INVALID },
	/* bits that are not whole bytes; no public key after all */
	{ RFC8410 "812101" RFC8410_PUBLIC "e1", CKR_WRAPPED_KEY_INVALID },
	{ RFC8410 "810100", CKR_WRAPPED_KEY_INVALID },
	/* version 1 has no public key, 3 does not exist */
	{ "3051020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28"
	  "cbf1d4fbe097a88f44755842812100" RFC8410_PUBLIC "e1",
		CKR_WRAPPED_KEY_INVALID },
	{ "3051020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28"
	  "cbf1d4fbe097a88f44755842812100" RFC8410_PUBLIC "e1",
		CKR_OK },
	{ "3051020102300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28"
	  "cbf1d4fbe097a88f44755842812100" RFC8410_PUBLIC "e1",
		CKR_WRAPPED_KEY_INVALID },
	/* as it is mostly; a length that is longer than it has to be */
	{ "302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28"
	  "cbf1d4fbe097a88f44755842",
		CKR_OK },
	{ "30812e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28"
	  "cbf1d4fbe097a88f44755842",
		CKR_WRAPPED_KEY_INVALID },
	/* a length too short, an algorithm that nobody has, nothing */
	{ "302d020100300506032b6570042104 1f", CKR_WRAPPED_KEY_INVALID },
	{ "302e020100300506032b657f04220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28"
	  "cbf1d4fbe097a88f44755842",
		CKR_WRAPPED_KEY_INVALID },
	{ "3000", CKR_WRAPPED_KEY_INVALID },
	{ "", CKR_WRAPPED_KEY_INVALID },
};

START_TEST (outer_forms) {
	struct new_key k = object_of(CKK_EC_EDWARDS);
	struct hex der, want;
	struct bytes point = BYTES_NONE;

	expect(forms[_i].rv, pkcs8_read(hex(&der, forms[_i].der), &k.public, &k.secret));
	if (forms[_i].rv == CKR_OK) {
		ck_assert(attrs_find(attrs_bytes(&k.public), CKA_EC_POINT, &point));
		expect_bytes(point, hex(&want, RFC8410_PUBLIC "e1"));
	}
	new_key_free(&k);
}
END_TEST

static void
put_der(struct buf *to, uint8_t tag, struct bytes content)
{
	buf_put_u8(to, tag);
	if (content.n >= 0x100) {
		buf_put_u8(to, 0x82);
		buf_put_u8(to, (uint8_t)(content.n >> 8));
	} else if (content.n >= 0x80) {
		buf_put_u8(to, 0x81);
	}
	buf_put_u8(to, (uint8_t)content.n);
	buf_put_bytes(to, content);
}

/* A PrivateKeyInfo; algorithm: DER of its AlgorithmIdentifier's content. */
static void
put_info(struct buf *to, struct bytes algorithm, struct bytes key)
{
	struct buf in = BUF_INIT;

	buf_put(&in, "\x02\x01\x00", 3);
	put_der(&in, 0x30, algorithm);
	put_der(&in, 0x04, key);
	put_der(to, 0x30, buf_bytes(&in));
	buf_free(&in);
}

/* RFC 9881, 6: seed, expanded key, both; and both that do not belong together. */
START_TEST (ml_dsa_has_three_forms) {
	static const uint8_t algorithm[] = "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x11";
	struct buf key = BUF_INIT, both = BUF_INIT, der = BUF_INIT;
	struct new_key k = object_of(CKK_ML_DSA);
	struct pair pair, other;

	pair_of(&pair, &sorts[ML_DSA_44]);
	pair_of(&other, &sorts[ML_DSA_44]);
	if (_i == 0) {
		put_der(&key, 0x80, attr_of(&pair.secret, CKA_SEED));
	} else if (_i == 1) {
		put_der(&key, 0x04, attr_of(&pair.secret, CKA_VALUE));
	} else {
		put_der(&both, 0x04, attr_of(&pair.secret, CKA_SEED));
		put_der(&both, 0x04,
			attr_of(_i == 2 ? &pair.secret : &other.secret, CKA_VALUE));
		put_der(&key, 0x30, buf_bytes(&both));
	}
	put_info(&der, BYTES(algorithm, sizeof algorithm - 1), buf_bytes(&key));
	expect(_i == 3 ? CKR_WRAPPED_KEY_INVALID : CKR_OK,
		pkcs8_read(buf_bytes(&der), &k.public, &k.secret));
	if (_i == 1) /* the seed is lost */
		attrs_unset(&pair.secret, CKA_SEED);
	if (_i != 3)
		expect_same(&pair, &k);
	buf_free(&key);
	buf_free(&both);
	buf_free(&der);
	new_key_free(&k);
	pair_free(&pair);
	pair_free(&other);
}
END_TEST

/* The prime made even: no domain, and no key. */
START_TEST (domain_is_looked_at) {
	struct secret der = SECRET_NONE;
	struct bytes prime;
	struct pair pair;
	uint8_t *at;

	pair_of(&pair, &sorts[FFC + _i]);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	expect(CKR_OK, read_as(sorts[FFC + _i].type, secret_bytes(&der)));
	prime = attr_of(&pair.private, CKA_PRIME);
	at = memmem(der.p, der.n, prime.p, prime.n);
	ck_assert_ptr_nonnull(at);
	at[prime.n - 1] ^= 1;
	expect(CKR_WRAPPED_KEY_INVALID,
		read_as(sorts[FFC + _i].type, secret_bytes(&der)));
	secret_free(&der);
	pair_free(&pair);
}
END_TEST

/* ECPrivateKey (RFC 5915) with a number and a point of choice; on P-256. */
static CK_RV
read_ec(struct bytes number, struct bytes point)
{
	struct buf key = BUF_INIT, in = BUF_INIT, bits = BUF_INIT, string = BUF_INIT,
		   der = BUF_INIT;
	struct hex algorithm;
	CK_RV rv;

	buf_put(&in, "\x02\x01\x01", 3);
	put_der(&in, 0x04, number);
	if (point.n != 0) {
		buf_put_u8(&bits, 0);
		buf_put_bytes(&bits, point);
		put_der(&string, 0x03, buf_bytes(&bits));
		put_der(&in, 0xa1, buf_bytes(&string));
	}
	put_der(&key, 0x30, buf_bytes(&in));
	put_info(&der, hex(&algorithm, "06072a8648ce3d0201" OID_P256), buf_bytes(&key));
	rv = read_as(CKK_EC, buf_bytes(&der));
	buf_free(&key);
	buf_free(&in);
	buf_free(&bits);
	buf_free(&string);
	buf_free(&der);
	return rv;
}

START_TEST (point_is_the_number_s) {
	struct pair pair, other;
	struct bytes number, point, theirs;
	uint8_t compressed[33], wrong[65], order[32], longer[40] = { 1 };
	struct hex n;

	pair_of(&pair, &sorts[P256]);
	pair_of(&other, &sorts[P256]);
	number = attr_of(&pair.secret, CKA_VALUE);
	point = attr_of(&pair.private, CKA_EC_POINT);
	theirs = attr_of(&other.private, CKA_EC_POINT);
	point = BYTES(point.p + 2, point.n - 2); /* without its DER */
	theirs = BYTES(theirs.p + 2, theirs.n - 2);
	compressed[0] = (uint8_t)(2 + (point.p[64] & 1));
	memcpy(compressed + 1, point.p + 1, 32);
	memcpy(wrong, point.p, sizeof wrong);
	wrong[64] ^= 1;
	expect(CKR_OK, read_ec(number, BYTES_NONE));
	expect(CKR_OK, read_ec(number, point));
	expect(CKR_OK, read_ec(number, BYTES_OF(compressed)));
	expect(CKR_WRAPPED_KEY_INVALID, read_ec(number, theirs));
	expect(CKR_WRAPPED_KEY_INVALID, read_ec(number, BYTES_OF(wrong)));
	compressed[0] ^= 1;
	expect(CKR_WRAPPED_KEY_INVALID, read_ec(number, BYTES_OF(compressed)));
	/* no number of this curve: none, the order, one that is too long */
	memset(wrong, 0, sizeof wrong);
	expect(CKR_WRAPPED_KEY_INVALID, read_ec(BYTES(wrong, 32), BYTES_NONE));
	memcpy(order,
		hex(&n, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63255"
			"1")
			.p,
		sizeof order);
	expect(CKR_WRAPPED_KEY_INVALID, read_ec(BYTES_OF(order), BYTES_NONE));
	expect(CKR_WRAPPED_KEY_INVALID, read_ec(BYTES_OF(longer), BYTES_NONE));
	expect(CKR_WRAPPED_KEY_INVALID, read_ec(BYTES_OF(longer), point));
	pair_free(&pair);
	pair_free(&other);
}
END_TEST

START_TEST (public_key_info_of_the_template_is_held_against_the_key) {
	struct new_key k = object_of(CKK_EC);
	struct secret der = SECRET_NONE;
	struct pair pair, other;

	pair_of(&pair, &sorts[P256]);
	pair_of(&other, &sorts[P256]);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	attrs_set(&k.public, CKA_PUBLIC_KEY_INFO,
		attr_of(&other.private, CKA_PUBLIC_KEY_INFO));
	expect(CKR_ATTRIBUTE_VALUE_INVALID,
		pkcs8_read(secret_bytes(&der), &k.public, &k.secret));
	new_key_free(&k);
	k = object_of(CKK_EC);
	attrs_set(&k.public, CKA_PUBLIC_KEY_INFO,
		attr_of(&pair.private, CKA_PUBLIC_KEY_INFO));
	expect(CKR_OK, pkcs8_read(secret_bytes(&der), &k.public, &k.secret));
	expect_same(&pair, &k);
	/* and it does not hide what is no key */
	der.p[0]++;
	expect(CKR_WRAPPED_KEY_INVALID,
		pkcs8_read(secret_bytes(&der), &k.public, &k.secret));
	new_key_free(&k);
	secret_free(&der);
	pair_free(&pair);
	pair_free(&other);
}
END_TEST

START_TEST (rsa_key_without_primes_has_no_such_form) {
	struct secret der = SECRET_NONE;
	struct pair pair;

	rsa_numbers(&pair);
	attrs_free(&pair.secret);
	set_hex(&pair.secret, CKA_PRIVATE_EXPONENT, rsa_d);
	pair_load(&pair);
	expect(CKR_KEY_NOT_WRAPPABLE, pkcs8_write(pair.private_key, &der));
	ck_assert_ptr_null(der.p);
	pair_free(&pair);
}
END_TEST

static const struct check_test tests[] = {
	{ &every_kind_comes_back_as_it_was, ARRAY_LEN(sorts) },
	{ &every_part_of_a_key_is_no_key, ARRAY_LEN(sorts) },
	{ &each_byte_counts, 3 },
	{ &outer_forms, ARRAY_LEN(forms) },
	{ &ml_dsa_has_three_forms, 4 },
	{ &domain_is_looked_at, 3 },
	{ &point_is_the_number_s, 0 },
	{ &public_key_info_of_the_template_is_held_against_the_key, 0 },
	{ &rsa_key_without_primes_has_no_such_form, 0 },
};

CHECK_MAIN("crypto_pkcs8", tests)
