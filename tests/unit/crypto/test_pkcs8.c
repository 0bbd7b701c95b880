/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys as PKCS #8: there and back, read by OpenSSL, wrapped by every mechanism; and what is
 * no key, or another one. */
#include "crypto/pkcs8.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "common/cleanup.h"
#include "crypto/agree.h"
#include "crypto/wrap.h"
#include "tests/unit/crypto/ffc_pair.h"

#include "tests/unit/check_main.h"

#define expect(want, got)                                                            \
	do {                                                                         \
		const CK_RV got_ = (got), want_ = (want);                            \
                                                                                     \
		if (got_ != want_)                                                   \
			ck_abort_msg("%s, not %s", ckr_name(got_), ckr_name(want_)); \
	} while (0)

/* --- Keys of every kind ------------------------------------------------------------------ */

static const struct sort {
	CK_KEY_TYPE type;
	const char *oid;
	CK_ULONG set;
} sorts[] = {
	{ CKK_RSA, NULL, 0 },
	{ CKK_EC, "06052b81040021", 0 },
	{ CKK_EC, OID_P256, 0 },
	{ CKK_EC, OID_P384, 0 },
	{ CKK_EC, OID_P521, 0 },
	{ CKK_EC, "06052b8104000a", 0 },
	{ CKK_EC, "06092b2403030208010107", 0 },
	{ CKK_EC, "06092b240303020801010d", 0 },
	{ CKK_EC_EDWARDS, "06032b6570", 0 },
	{ CKK_EC_EDWARDS, "06032b6571", 0 },
	{ CKK_EC_MONTGOMERY, "06032b656e", 0 },
	{ CKK_EC_MONTGOMERY, "06032b656f", 0 },
	{ CKK_ML_DSA, NULL, CKP_ML_DSA_44 },
	{ CKK_ML_DSA, NULL, CKP_ML_DSA_87 },
	{ CKK_SLH_DSA, NULL, CKP_SLH_DSA_SHA2_128F },
	{ CKK_SLH_DSA, NULL, CKP_SLH_DSA_SHAKE_256F },
	{ CKK_ML_KEM, NULL, CKP_ML_KEM_512 },
	{ CKK_ML_KEM, NULL, CKP_ML_KEM_1024 },
	{ CKK_DSA, NULL, 0 },
	{ CKK_X9_42_DH, NULL, 0 },
	{ CKK_DH, NULL, 0 },
};

/* Places in the list. */
enum { P256 = 2, P521 = 4, ED25519 = 8, ML_DSA_44 = 12, SLH_DSA = 14, FFC = 18 };

/* Of a named group, and of a domain that OpenSSL has no name for. */
static void
ffc_pair(struct pair *pair, CK_KEY_TYPE type)
{
	const struct dsa_vector *v = dsa_vectors;

	while (v->mechanism != CKM_DSA_SHA256)
		v++;
	ffc_type_set(pair, type);
	if (type == CKK_DH)
		ffc_domain_set(&pair->public, ffdhe2048, NULL, "02");
	else
		ffc_domain_set(&pair->public, v->p, v->q, v->g);
	expect(CKR_OK, ffc_pair_generate(pair, NULL));
}

static void
pqc_pair(struct pair *pair, const struct sort *s)
{
	static const CK_MECHANISM_TYPE generate[] = {
		[CKK_ML_KEM] = CKM_ML_KEM_KEY_PAIR_GEN,
		[CKK_ML_DSA] = CKM_ML_DSA_KEY_PAIR_GEN,
		[CKK_SLH_DSA] = CKM_SLH_DSA_KEY_PAIR_GEN,
	};

	*pair = (struct pair){ ATTRS_INIT, ATTRS_INIT, ATTRS_SECRET, NULL, NULL };
	attrs_set_ulong(&pair->public, CKA_CLASS, CKO_PUBLIC_KEY);
	attrs_set_ulong(&pair->public, CKA_KEY_TYPE, s->type);
	attrs_set_ulong(&pair->public, CKA_PARAMETER_SET, s->set);
	attrs_set_ulong(&pair->private, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&pair->private, CKA_KEY_TYPE, s->type);
	expect(CKR_OK, pkey_generate(mech_lookup(generate[s->type]), NULL, &pair->public,
			       &pair->private, &pair->secret));
}

static void
pair_of(struct pair *pair, const struct sort *s)
{
	struct hex params;

	if (s->type == CKK_RSA)
		rsa_numbers(pair);
	else if (s->oid != NULL)
		expect(CKR_OK, curve_generate(pair, s->type, hex(&params, s->oid)));
	else if (s->set != 0)
		pqc_pair(pair, s);
	else
		ffc_pair(pair, s->type);
	expect(CKR_OK, object_complete(&pair->private, &pair->secret));
	pair_load(pair);
}

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

static struct bytes
attr_of(const struct attrs *a, uint32_t type)
{
	struct bytes v = BYTES_NONE;

	ck_assert(attrs_find(attrs_bytes(a), type, &v));
	return v;
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

/* --- Wrapped ----------------------------------------------------------------------------- */

static const uint8_t kek[32] = "one key to wrap them all, and so";

static struct attrs
aes_key(void)
{
	struct attrs a = ATTRS_INIT;

	attrs_set_ulong(&a, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(&a, CKA_WRAP, true);
	attrs_set_bool(&a, CKA_UNWRAP, true);
	return a;
}

static struct attrs
template_for(CK_KEY_TYPE type)
{
	struct attrs t = ATTRS_INIT;

	attrs_set_ulong(&t, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&t, CKA_KEY_TYPE, type);
	return t;
}

static void
may_leave(struct pair *pair)
{
	attrs_set_bool(&pair->private, CKA_EXTRACTABLE, true);
	attrs_set_bool(&pair->private, CKA_WRAP_WITH_TRUSTED, false);
}

static struct mech_params
params_for(const struct mech *m)
{
	struct mech_params p = { .tag_bits = 128,
		.key_bits = 256,
		.hash = DIGEST_SHA256,
		.mgf_hash = DIGEST_SHA256 };

	p.iv_len = m->param == PARAM_GCM || m->param == PARAM_CCM ? 12
		   : m->param == PARAM_IV                         ? m->iv_bytes
								  : 0;
	return p;
}

static const CK_MECHANISM_TYPE wrapping[] = { CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP,
	CKM_AES_KEY_WRAP_PAD, CKM_AES_KEY_WRAP_PKCS7, CKM_AES_CBC_PAD, CKM_AES_GCM,
	CKM_AES_CCM };

START_TEST (every_kind_is_wrapped_by_every_mechanism) {
	const struct sort *s = &sorts[_i / (int)ARRAY_LEN(wrapping)];
	const struct mech *m = mech_lookup(wrapping[_i % (int)ARRAY_LEN(wrapping)]);
	const struct mech_params p = params_for(m);
	struct attrs by = aes_key(), template = template_for(s->type);
	const struct key_input worker = { attrs_bytes(&by), BYTES_OF(kek), false };
	struct key_input in;
	struct secret der = SECRET_NONE;
	struct buf out = BUF_INIT;
	struct new_key k = NEW_KEY_NONE;
	struct bytes label;
	struct pair pair;

	ck_assert(mech_wraps_private(m));
	pair_of(&pair, s);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	may_leave(&pair);
	in = (struct key_input){ attrs_bytes(&pair.private), secret_bytes(&der), false };
	expect(CKR_OK, key_wrap(m, &p, &worker, &in, &out));
	attrs_set(&template, CKA_LABEL, BYTES_STR("unwrapped"));
	expect(CKR_OK, key_unwrap(m, &p, &worker, buf_bytes(&out), attrs_bytes(&template),
			       ROLE_USER, &k));
	expect_bytes(attrs_bytes(&k.secret), attrs_bytes(&pair.secret));
	expect_bytes(attr_of(&k.public, CKA_PUBLIC_KEY_INFO),
		attr_of(&pair.private, CKA_PUBLIC_KEY_INFO));
	label = attr_of(&k.public, CKA_LABEL);
	expect_bytes(label, BYTES_STR("unwrapped"));
	ck_assert(!attrs_bool(attrs_bytes(&k.public), CKA_LOCAL, true));
	ck_assert(attrs_bool(attrs_bytes(&k.public), CKA_EXTRACTABLE, false));
	new_key_free(&k);
	buf_free(&out);
	secret_free(&der);
	attrs_free(&by);
	attrs_free(&template);
	pair_free(&pair);
}
END_TEST

/* CKM_AES_KEY_WRAP's zeroes end where a block does, and are zeroes. */
START_TEST (zeroes_behind_a_key_are_no_part_of_it) {
	static const struct {
		size_t n;
		uint8_t last;
		bool gone;
	} cases[] = { { 0, 0, true }, { 1, 0, true }, { 7, 0, true }, { 8, 0, false },
		{ 1, 1, false }, { 7, 0x30, false } };
	struct secret der = SECRET_NONE;
	struct pair pair;

	pair_of(&pair, &sorts[P256]);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t filled[256] = { 0 };
		struct bytes b = BYTES(filled, der.n + cases[i].n);

		ck_assert_uint_le(b.n, sizeof filled);
		memcpy(filled, der.p, der.n);
		if (cases[i].n != 0)
			filled[b.n - 1] = cases[i].last;
		expect_bytes(pkcs8_unfill(b, 8), cases[i].gone ? secret_bytes(&der) : b);
		/* a mode that fills up with nothing */
		expect_bytes(pkcs8_unfill(b, 1), b);
	}
	expect_bytes(pkcs8_unfill(BYTES(der.p, der.n - 1), 8), BYTES(der.p, der.n - 1));
	expect_bytes(pkcs8_unfill(BYTES_NONE, 8), BYTES_NONE);
	secret_free(&der);
	pair_free(&pair);
}
END_TEST

/* Ciphers that fill up, and modes of which nobody expects it. */
START_TEST (others_do_not_take_private_keys) {
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_ECB, CKM_AES_CBC, CKM_AES_CTR,
		CKM_AES_CTS, CKM_AES_OFB, CKM_AES_CFB128 };
	const struct mech *m = mech_lookup(types[_i]);
	const struct mech_params p = { .iv_len = m->param == PARAM_NONE ? 0 : 16,
		.counter_bits = 64 };
	struct attrs by = aes_key(), template = template_for(CKK_EC);
	const struct key_input worker = { attrs_bytes(&by), BYTES_OF(kek), false };
	struct new_key k = NEW_KEY_NONE;
	struct key_input in;
	struct pair pair;

	ck_assert(!mech_wraps_private(m));
	pair_of(&pair, &sorts[P256]);
	may_leave(&pair);
	in = (struct key_input){ .attributes = attrs_bytes(&pair.private) };
	expect(CKR_KEY_NOT_WRAPPABLE, key_wrap_check(m, &worker, &in));
	expect(CKR_MECHANISM_INVALID, key_unwrap(m, &p, &worker, BYTES_OF(kek),
					      attrs_bytes(&template), ROLE_USER, &k));
	attrs_free(&by);
	attrs_free(&template);
	pair_free(&pair);
}
END_TEST

/* Padding, structure, numbers: nobody learns which of them was wrong. */
START_TEST (whatever_is_damaged_gets_one_answer) {
	const struct mech *m = mech_lookup(wrapping[1 + _i]);
	const struct mech_params p = params_for(m);
	struct attrs by = aes_key(), template = template_for(CKK_EC);
	const struct key_input worker = { attrs_bytes(&by), BYTES_OF(kek), false };
	struct secret der = SECRET_NONE;
	struct buf out = BUF_INIT;
	struct new_key k = NEW_KEY_NONE;
	struct key_input in;
	struct pair pair;

	pair_of(&pair, &sorts[P256]);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	may_leave(&pair);
	in = (struct key_input){ attrs_bytes(&pair.private), secret_bytes(&der), false };
	expect(CKR_OK, key_wrap(m, &p, &worker, &in, &out));
	for (size_t i = 0; i < out.n; i++)
		for (unsigned bit = 1; bit < 256; bit <<= 3) {
			CK_RV rv;

			out.p[i] ^= (uint8_t)bit;
			rv = key_unwrap(m, &p, &worker, buf_bytes(&out),
				attrs_bytes(&template), ROLE_USER, &k);
			out.p[i] ^= (uint8_t)bit;
			if (rv != CKR_CURVE_NOT_SUPPORTED)
				expect(CKR_WRAPPED_KEY_INVALID, rv);
		}
	ck_assert_uint_eq(k.secret.b.n, 0);
	buf_free(&out);
	secret_free(&der);
	attrs_free(&by);
	attrs_free(&template);
	pair_free(&pair);
}
END_TEST

/* --- RSA and AES ------------------------------------------------------------------------- */

static const CK_ULONG aes_bits[] = { 128, 192, 256 };
static const char *const kwp_names[] = { "AES-128-WRAP-PAD", "AES-192-WRAP-PAD",
	"AES-256-WRAP-PAD" };

static EVP_PKEY_CTX *
oaep(EVP_PKEY *pkey, bool encrypts, const char *label)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	char *copy = OPENSSL_strdup(label);

	ck_assert(ctx != NULL && copy != NULL);
	ck_assert((encrypts ? EVP_PKEY_encrypt_init(ctx) : EVP_PKEY_decrypt_init(ctx)) ==
		  1);
	ck_assert(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1);
	ck_assert(EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, "SHA256", NULL) == 1);
	ck_assert(EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, "SHA1", NULL) == 1);
	ck_assert(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, (int)strlen(label)) == 1);
	return ctx;
}

static size_t
kwp(const char *name, bool encrypts, const uint8_t *key, struct bytes in, uint8_t *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(crypto_libctx(), name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, more = 0;

	ck_assert(cipher != NULL && ctx != NULL);
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ck_assert(EVP_CipherInit_ex2(ctx, cipher, key, NULL, encrypts, NULL) == 1);
	ck_assert(EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) == 1);
	ck_assert(EVP_CipherFinal_ex(ctx, out + n, &more) == 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return (size_t)(n + more);
}

static struct mech_params
rsa_aes_params(CK_ULONG bits)
{
	return (struct mech_params){ .key_bits = (uint16_t)bits,
		.hash = DIGEST_SHA256,
		.mgf_hash = DIGEST_SHA1,
		.extra = BYTES_STR("label") };
}

static void
wraps(struct pair *rsa)
{
	rsa_pair(rsa);
	attrs_set_bool(&rsa->public, CKA_WRAP, true);
	attrs_set_bool(&rsa->private, CKA_UNWRAP, true);
}

/* Ours, which OpenSSL takes apart. */
START_TEST (rsa_aes_is_oaep_and_kwp) {
	const struct mech *m = mech_lookup(CKM_RSA_AES_KEY_WRAP);
	const struct mech_params p = rsa_aes_params(aes_bits[_i % 3]);
	const struct sort *s = _i < 3 ? &sorts[P521] : &sorts[ML_DSA_44];
	struct secret der = SECRET_NONE;
	struct buf out = BUF_INIT;
	struct key_input by, in;
	struct pair rsa, pair;
	EVP_PKEY_CTX *ctx;
	uint8_t key[256], plain[8192];
	size_t n = sizeof key;

	wraps(&rsa);
	pair_of(&pair, s);
	may_leave(&pair);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	by = (struct key_input){ .attributes = attrs_bytes(&rsa.public) };
	in = (struct key_input){ attrs_bytes(&pair.private), secret_bytes(&der), false };
	expect(CKR_OK, key_wrap(m, &p, &by, &in, &out));
	ck_assert_uint_eq(out.n, 256 + (der.n + 7) / 8 * 8 + 8);
	ck_assert_uint_eq(key_wrap_size(m, &p, &by, der.n), out.n);
	ctx = oaep(rsa.private_key, false, "label");
	ck_assert(EVP_PKEY_decrypt(ctx, key, &n, out.p, 256) == 1);
	ck_assert_uint_eq(n, aes_bits[_i % 3] / 8);
	n = kwp(kwp_names[_i % 3], false, key, BYTES(out.p + 256, out.n - 256), plain);
	expect_bytes(BYTES(plain, n), secret_bytes(&der));
	EVP_PKEY_CTX_free(ctx);
	buf_free(&out);
	secret_free(&der);
	pair_free(&rsa);
	pair_free(&pair);
}
END_TEST

/* A wrapped key that OpenSSL puts together, n bytes. */
static size_t
their_wrapped(
	EVP_PKEY *rsa, size_t which, const char *label, struct bytes der, uint8_t *out)
{
	EVP_PKEY_CTX *ctx = oaep(rsa, true, label);
	size_t n = 256;

	ck_assert(EVP_PKEY_encrypt(ctx, out, &n, kek, aes_bits[which] / 8) == 1);
	EVP_PKEY_CTX_free(ctx);
	return n + kwp(kwp_names[which], true, kek, der, out + n);
}

START_TEST (rsa_aes_takes_what_others_made) {
	const struct mech *m = mech_lookup(CKM_RSA_AES_KEY_WRAP);
	const size_t which = (size_t)_i % 3, other = (which + 1) % 3;
	const struct mech_params p = rsa_aes_params(aes_bits[which]),
				 longer = rsa_aes_params(aes_bits[other]);
	struct secret der = SECRET_NONE, value = SECRET_NONE;
	struct pair rsa, pair;
	uint8_t wrapped[8192];
	size_t n;

	wraps(&rsa);
	pair_of(&pair, &sorts[P256]);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	n = their_wrapped(rsa.public_key, which, "label", secret_bytes(&der), wrapped);
	expect(CKR_OK, pkey_unwrap(m, &p, rsa.private_key, BYTES(wrapped, n), 0, &value));
	expect_bytes(secret_bytes(&value), secret_bytes(&der));
	expect(CKR_OK,
		pkey_unwrap(m, &p, rsa.private_key, BYTES(wrapped, n), der.n, &value));
	expect(CKR_WRAPPED_KEY_LEN_RANGE,
		pkey_unwrap(m, &p, rsa.private_key, BYTES(wrapped, n), 16, &value));
	/* another size of the AES key than said, another label, damage here or there */
	expect(CKR_WRAPPED_KEY_INVALID,
		pkey_unwrap(m, &longer, rsa.private_key, BYTES(wrapped, n), 0, &value));
	for (size_t i = 0; i < n; i += 97) {
		wrapped[i] ^= 1;
		expect(CKR_WRAPPED_KEY_INVALID, pkey_unwrap(m, &p, rsa.private_key,
							BYTES(wrapped, n), 0, &value));
		wrapped[i] ^= 1;
	}
	for (size_t i = 0; i <= 256; i += 64)
		expect(CKR_WRAPPED_KEY_LEN_RANGE, pkey_unwrap(m, &p, rsa.private_key,
							  BYTES(wrapped, i), 0, &value));
	expect(CKR_WRAPPED_KEY_LEN_RANGE,
		pkey_unwrap(m, &p, rsa.private_key, BYTES(wrapped, n - 1), 0, &value));
	n = their_wrapped(rsa.public_key, which, "lavel", secret_bytes(&der), wrapped);
	expect(CKR_WRAPPED_KEY_INVALID,
		pkey_unwrap(m, &p, rsa.private_key, BYTES(wrapped, n), 0, &value));
	secret_free(&der);
	secret_free(&value);
	pair_free(&rsa);
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
	{ &every_kind_is_wrapped_by_every_mechanism,
		ARRAY_LEN(sorts) * ARRAY_LEN(wrapping) },
	{ &zeroes_behind_a_key_are_no_part_of_it, 0 },
	{ &others_do_not_take_private_keys, 6 },
	{ &whatever_is_damaged_gets_one_answer, ARRAY_LEN(wrapping) - 1 },
	{ &rsa_aes_is_oaep_and_kwp, 6 },
	{ &rsa_aes_takes_what_others_made, 3 },
};

CHECK_MAIN("crypto_pkcs8", tests)
