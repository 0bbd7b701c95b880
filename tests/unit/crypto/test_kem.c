/* SPDX-License-Identifier: Apache-2.0 */
/* ML-KEM: known answers, every set, keys that are none, and what a new key may be. */
#include "crypto/kem.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "tests/unit/crypto/pair.h"

#include "tests/unit/check_main.h"

#define MOST_CIPHERTEXT 1568u
#define SEED 64u

static const struct set {
	CK_ULONG number;
	size_t public, private, ciphertext;
	/* Of SHAKE128's output for nothing, a hundred times: a seed, what an encapsulation draws,
	 * a ciphertext of nobody's. SHAKE128 of each public key, ciphertext, its secret, and the
	 * secret of nobody's. ML-KEM-768's is the one of Go's crypto/mlkem (TestAccumulated); the
	 * others come out of PQClean, kyber-py and CIRCL alike. */
	const char *sum;
} sets[] = {
	{ CKP_ML_KEM_512, 800, 1632, 768,
		"86b1b4703b8ffef6f7f3290c6dbce4ad954498a0673ded401a94828e8c519a59" },
	{ CKP_ML_KEM_768, 1184, 2400, 1088,
		"1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415" },
	{ CKP_ML_KEM_1024, 1568, 3168, 1568,
		"800018fec3e2723f73f1d657fe239b4d5d8782efaade297e8cd448e54cc2ac00" },
};

static void
pair_start(struct pair *pair, CK_ULONG set)
{
	*pair = (struct pair){ ATTRS_INIT, ATTRS_INIT, ATTRS_SECRET, NULL, NULL };
	attrs_set_ulong(&pair->public, CKA_CLASS, CKO_PUBLIC_KEY);
	attrs_set_ulong(&pair->public, CKA_KEY_TYPE, CKK_ML_KEM);
	attrs_set_ulong(&pair->public, CKA_PARAMETER_SET, set);
	attrs_set_bool(&pair->public, CKA_ENCAPSULATE, true);
	attrs_set_ulong(&pair->private, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&pair->private, CKA_KEY_TYPE, CKK_ML_KEM);
	attrs_set_bool(&pair->private, CKA_DECAPSULATE, true);
}

static void
pair_make(struct pair *pair, CK_ULONG set)
{
	pair_start(pair, set);
	ck_assert_uint_eq(pkey_generate(mech_lookup(CKM_ML_KEM_KEY_PAIR_GEN), NULL,
				  &pair->public, &pair->private, &pair->secret),
		CKR_OK);
	pair_load(pair);
}

static struct bytes
value_of(const struct attrs *a, uint32_t type)
{
	struct bytes v = BYTES_NONE;

	ck_assert(attrs_find(attrs_bytes(a), type, &v));
	return v;
}

static struct key_input
input_of(const struct attrs *a)
{
	return (struct key_input){ .attributes = attrs_bytes(a) };
}

/* --- Known answers ------------------------------------------------------------------- */

static void
pair_of_seed(struct pair *pair, CK_ULONG set, struct bytes seed)
{
	pair_start(pair, set);
	attrs_set_ulong(&pair->private, CKA_PARAMETER_SET, set);
	attrs_set(&pair->secret, CKA_SEED, seed);
	ck_assert_uint_eq(object_complete(&pair->private, &pair->secret), CKR_OK);
	/* a public key that is known by its encoding alone */
	attrs_set(&pair->public, CKA_PUBLIC_KEY_INFO,
		value_of(&pair->private, CKA_PUBLIC_KEY_INFO));
	ck_assert_uint_eq(object_complete(&pair->public, &pair->secret), CKR_OK);
	pair_load(pair);
}

/* ML-KEM.Encaps_internal: with what is drawn at random else. */
static void
encapsulate(EVP_PKEY *pkey, uint8_t *drawn, uint8_t *ciphertext, size_t n,
	uint8_t secret[KEM_SECRET])
{
	OSSL_PARAM params[] = { OSSL_PARAM_construct_octet_string(
					OSSL_KEM_PARAM_IKME, drawn, 32),
		OSSL_PARAM_construct_end() };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	size_t secret_n = KEM_SECRET;

	ck_assert_int_eq(EVP_PKEY_encapsulate_init(ctx, params), 1);
	ck_assert_int_eq(EVP_PKEY_encapsulate(ctx, ciphertext, &n, secret, &secret_n), 1);
	EVP_PKEY_CTX_free(ctx);
}

static void
decapsulate(EVP_PKEY *pkey, struct bytes ciphertext, uint8_t ret[KEM_SECRET])
{
	struct secret secret = SECRET_NONE;

	ck_assert_uint_eq(pkey_decapsulate(pkey, ciphertext, &secret), CKR_OK);
	ck_assert_uint_eq(secret.n, KEM_SECRET);
	memcpy(ret, secret.p, KEM_SECRET);
	secret_free(&secret);
}

static void
absorb_one(const struct set *set, uint8_t *drawn, EVP_MD_CTX *sums)
{
	uint8_t ciphertext[MOST_CIPHERTEXT], secret[KEM_SECRET], other[KEM_SECRET];
	struct pair pair;

	pair_of_seed(&pair, set->number, BYTES(drawn, SEED));
	encapsulate(pair.public_key, drawn + SEED, ciphertext, set->ciphertext, secret);
	decapsulate(pair.private_key, BYTES(ciphertext, set->ciphertext), other);
	ck_assert_mem_eq(secret, other, KEM_SECRET);
	decapsulate(pair.private_key, BYTES(drawn + SEED + 32, set->ciphertext), other);
	ck_assert(EVP_DigestUpdate(
			  sums, value_of(&pair.public, CKA_VALUE).p, set->public) == 1 &&
		  EVP_DigestUpdate(sums, ciphertext, set->ciphertext) == 1 &&
		  EVP_DigestUpdate(sums, secret, KEM_SECRET) == 1 &&
		  EVP_DigestUpdate(sums, other, KEM_SECRET) == 1);
	pair_free(&pair);
}

START_TEST (ml_kem_gives_the_known_answers) {
	const struct set *set = &sets[_i];
	const size_t one = SEED + 32 + set->ciphertext;
	EVP_MD_CTX *stream = EVP_MD_CTX_new(), *sums = EVP_MD_CTX_new();
	uint8_t *drawn = malloc(100 * one), sum[32];
	struct hex want;

	ck_assert(EVP_DigestInit_ex2(stream, crypto_md(DIGEST_SHAKE128), NULL) == 1 &&
		  EVP_DigestInit_ex2(sums, crypto_md(DIGEST_SHAKE128), NULL) == 1 &&
		  EVP_DigestFinalXOF(stream, drawn, 100 * one) == 1);
	for (size_t i = 0; i < 100; i++)
		absorb_one(set, drawn + i * one, sums);
	ck_assert(EVP_DigestFinalXOF(sums, sum, sizeof sum) == 1);
	expect_bytes(BYTES_OF(sum), hex(&want, set->sum));
	EVP_MD_CTX_free(stream);
	EVP_MD_CTX_free(sums);
	free(drawn);
}
END_TEST

/* --- A pair and its secret --------------------------------------------------------------- */

static struct attrs
aes_template(void)
{
	struct attrs t = ATTRS_INIT;

	attrs_set_ulong(&t, CKA_KEY_TYPE, CKK_AES);
	return t;
}

START_TEST (both_halves_come_to_the_same_key) {
	const struct set *set = &sets[_i];
	const struct mech *m = mech_lookup(CKM_ML_KEM);
	struct attrs t = aes_template();
	struct new_key one = NEW_KEY_NONE, other = NEW_KEY_NONE;
	struct buf ciphertext = BUF_INIT;
	struct secret secret = SECRET_NONE;
	struct key_input public, private;
	struct pair pair;

	pair_make(&pair, set->number);
	ck_assert_uint_eq(value_of(&pair.public, CKA_VALUE).n, set->public);
	ck_assert_uint_eq(value_of(&pair.secret, CKA_VALUE).n, set->private);
	ck_assert_uint_eq(value_of(&pair.secret, CKA_SEED).n, SEED);
	expect_bytes(value_of(&pair.public, CKA_PUBLIC_KEY_INFO),
		value_of(&pair.private, CKA_PUBLIC_KEY_INFO));
	public = input_of(&pair.public);
	private = input_of(&pair.private);
	ck_assert_uint_eq(kem_ciphertext_size(public.attributes), set->ciphertext);
	ck_assert_uint_eq(kem_ciphertext_size(private.attributes), set->ciphertext);
	ck_assert_uint_eq(key_encapsulate(m, &public, attrs_bytes(&t), ROLE_USER,
				  &ciphertext, &one),
		CKR_OK);
	ck_assert_uint_eq(ciphertext.n, set->ciphertext);
	ck_assert_uint_eq(
		pkey_decapsulate(pair.private_key, buf_bytes(&ciphertext), &secret),
		CKR_OK);
	ck_assert_uint_eq(key_decapsulate_end(m, &private, ciphertext.n, attrs_bytes(&t),
				  ROLE_USER, secret_bytes(&secret), &other),
		CKR_OK);
	expect_bytes(value_of(&one.secret, CKA_VALUE), secret_bytes(&secret));
	expect_bytes(value_of(&other.secret, CKA_VALUE), secret_bytes(&secret));
	ck_assert(bytes_equal(attrs_bytes(&one.public), attrs_bytes(&other.public)));
	/* 5.18.8 */
	ck_assert(!attrs_bool(attrs_bytes(&one.public), CKA_LOCAL, true));
	ck_assert(!attrs_bool(attrs_bytes(&one.public), CKA_ALWAYS_SENSITIVE, true));
	ck_assert(!attrs_bool(attrs_bytes(&one.public), CKA_NEVER_EXTRACTABLE, true));
	ck_assert(attrs_bool(attrs_bytes(&one.public), CKA_EXTRACTABLE, false));
	ck_assert_uint_eq(attrs_ulong(attrs_bytes(&one.public), CKA_VALUE_LEN, 0), 32);
	ck_assert_uint_eq(attrs_ulong(attrs_bytes(&one.public), CKA_KEY_GEN_MECHANISM, 0),
		UINT64_MAX);
	new_key_free(&one);
	new_key_free(&other);
	buf_free(&ciphertext);
	secret_free(&secret);
	attrs_free(&t);
	pair_free(&pair);
}
END_TEST

START_TEST (a_wrong_ciphertext_gives_a_secret_of_its_own) {
	const struct set *set = &sets[_i];
	uint8_t ciphertext[MOST_CIPHERTEXT + 1] = { 1 }, right[KEM_SECRET],
					     one[KEM_SECRET], again[KEM_SECRET],
					     drawn[32] = { 1 };
	struct secret secret = SECRET_NONE;
	struct pair pair, other;

	pair_make(&pair, set->number);
	pair_make(&other, set->number);
	encapsulate(pair.public_key, drawn, ciphertext, set->ciphertext, right);
	ciphertext[set->ciphertext - 1] ^= 1;
	decapsulate(pair.private_key, BYTES(ciphertext, set->ciphertext), one);
	decapsulate(pair.private_key, BYTES(ciphertext, set->ciphertext), again);
	ck_assert_mem_eq(one, again, KEM_SECRET);
	ck_assert_mem_ne(one, right, KEM_SECRET);
	decapsulate(other.private_key, BYTES(ciphertext, set->ciphertext), again);
	ck_assert_mem_ne(one, again, KEM_SECRET);
	for (int off = -1; off <= 1; off += 2)
		ck_assert_uint_eq(
			pkey_decapsulate(pair.private_key,
				BYTES(ciphertext, set->ciphertext + off), &secret),
			CKR_WRAPPED_KEY_LEN_RANGE);
	ck_assert_uint_eq(pkey_decapsulate(pair.private_key, BYTES_NONE, &secret),
		CKR_WRAPPED_KEY_LEN_RANGE);
	ck_assert_ptr_null(secret.p);
	pair_free(&pair);
	pair_free(&other);
}
END_TEST

START_TEST (keys_of_other_kinds_decapsulate_nothing) {
	struct secret secret = SECRET_NONE;
	struct pair rsa, ec;

	rsa_pair(&rsa);
	ec_pair(&ec, OID_P256);
	ck_assert_uint_eq(pkey_decapsulate(rsa.private_key, BYTES("", 0), &secret),
		CKR_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(pkey_decapsulate(ec.private_key, BYTES("", 0), &secret),
		CKR_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(kem_ciphertext_size(attrs_bytes(&rsa.public)), 0);
	pair_free(&rsa);
	pair_free(&ec);
}
END_TEST

/* --- Keys that are none ------------------------------------------------------------------- */

static CK_RV
import(const struct pair *from, struct bytes seed, struct bytes value, CK_ULONG set)
{
	struct attrs object = ATTRS_INIT, secret = ATTRS_SECRET;
	CK_RV rv;

	ck_assert_int_eq(attrs_copy(&object, attrs_bytes(&from->private)), 0);
	attrs_set_ulong(&object, CKA_PARAMETER_SET, set);
	if (seed.p != NULL)
		attrs_set(&secret, CKA_SEED, seed);
	if (value.p != NULL)
		attrs_set(&secret, CKA_VALUE, value);
	rv = object_complete(&object, &secret);
	if (rv == CKR_OK)
		expect_bytes(
			value_of(&secret, CKA_VALUE), value_of(&from->secret, CKA_VALUE));
	attrs_free(&object);
	attrs_free(&secret);
	return rv;
}

START_TEST (a_seed_and_a_value_have_to_belong_together) {
	const CK_ULONG set = sets[_i].number;
	struct bytes seed, value;
	struct pair pair, other;

	pair_make(&pair, set);
	pair_make(&other, set);
	seed = value_of(&pair.secret, CKA_SEED);
	value = value_of(&pair.secret, CKA_VALUE);
	ck_assert_uint_eq(import(&pair, seed, value, set), CKR_OK);
	ck_assert_uint_eq(import(&pair, seed, BYTES_NONE, set), CKR_OK);
	ck_assert_uint_eq(import(&pair, BYTES_NONE, value, set), CKR_OK);
	ck_assert_uint_eq(
		import(&pair, BYTES_NONE, BYTES_NONE, set), CKR_TEMPLATE_INCOMPLETE);
	ck_assert_uint_eq(import(&pair, value_of(&other.secret, CKA_SEED), value, set),
		CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(import(&pair, BYTES(seed.p, SEED - 1), BYTES_NONE, set),
		CKR_ATTRIBUTE_VALUE_INVALID);
	/* another key than CKA_PUBLIC_KEY_INFO says */
	ck_assert_uint_eq(
		import(&pair, value_of(&other.secret, CKA_SEED), BYTES_NONE, set),
		CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(import(&pair, BYTES_NONE, value, set % 3 + 1),
		CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(
		import(&pair, seed, BYTES_NONE, 0), CKR_PARAMETER_SET_NOT_SUPPORTED);
	ck_assert_uint_eq(
		import(&pair, seed, BYTES_NONE, 4), CKR_PARAMETER_SET_NOT_SUPPORTED);
	pair_free(&pair);
	pair_free(&other);
}
END_TEST

/* FIPS 203, 7.3: s, the public key, its hash, and z, which may be anything. */
START_TEST (an_expanded_key_has_to_be_whole) {
	const struct set *set = &sets[_i];
	const size_t s = set->private - set->public - 64, hash = set->private - 64;
	struct pair pair, other;
	uint8_t room[3168];
	struct bytes value, others;

	pair_make(&pair, set->number);
	pair_make(&other, set->number);
	value = value_of(&pair.secret, CKA_VALUE);
	others = value_of(&other.secret, CKA_VALUE);
	attrs_unset(&pair.private, CKA_PUBLIC_KEY_INFO);
#define DAMAGED(change)                                                                 \
	memcpy(room, value.p, value.n);                                                 \
	change;                                                                         \
	ck_assert_uint_eq(import(&pair, BYTES_NONE, BYTES(room, value.n), set->number), \
		CKR_ATTRIBUTE_VALUE_INVALID)
	DAMAGED(room[hash] ^= 1);
	DAMAGED(room[s] ^= 1);
	/* another public key with its own hash, or another secret with this one */
	DAMAGED(memcpy(room + s, others.p + s, set->public + 32));
	DAMAGED(memcpy(room, others.p, s));
	DAMAGED(memset(room, 0xff, 3)); /* no numbers below q */
	ck_assert_uint_eq(
		import(&pair, BYTES_NONE, BYTES(value.p, value.n - 1), set->number),
		CKR_ATTRIBUTE_VALUE_INVALID);
	pair_free(&pair);
	pair_free(&other);
}
END_TEST

START_TEST (a_public_key_has_numbers_below_q) {
	const struct set *set = &sets[_i];
	struct attrs none = ATTRS_SECRET;
	struct pair pair;
	uint8_t room[1568];

	pair_make(&pair, set->number);
	memcpy(room, value_of(&pair.public, CKA_VALUE).p, set->public);
	attrs_unset(&pair.public, CKA_PUBLIC_KEY_INFO);
	attrs_set(&pair.public, CKA_VALUE, BYTES(room, set->public - 1));
	ck_assert_uint_eq(
		object_complete(&pair.public, &none), CKR_ATTRIBUTE_VALUE_INVALID);
	memset(room, 0xff, 3);
	attrs_set(&pair.public, CKA_VALUE, BYTES(room, set->public));
	ck_assert_uint_eq(
		object_complete(&pair.public, &none), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(&none);
	pair_free(&pair);
}
END_TEST

/* --- Policy ------------------------------------------------------------------------------- */

START_TEST (each_half_has_its_part) {
	static const uint8_t other_mechanism[8] = { CKM_ML_DSA };
	const struct mech *m = mech_lookup(CKM_ML_KEM);
	struct key_input public, private;
	struct pair pair, rsa;

	pair_make(&pair, CKP_ML_KEM_512);
	rsa_pair(&rsa);
	public = input_of(&pair.public);
	private = input_of(&pair.private);
	ck_assert_uint_eq(key_encapsulate_check(m, &public), CKR_OK);
	ck_assert_uint_eq(key_decapsulate_check(m, &private, 768), CKR_OK);
	ck_assert_uint_eq(key_encapsulate_check(m, &private), CKR_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(key_decapsulate_check(m, &public, 768),
		CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(
		key_decapsulate_check(m, &private, 769), CKR_WRAPPED_KEY_LEN_RANGE);
	ck_assert_uint_eq(
		key_decapsulate_check(m, &private, 0), CKR_WRAPPED_KEY_LEN_RANGE);
	ck_assert_uint_eq(key_encapsulate_check(mech_lookup(CKM_RSA_PKCS), &public),
		CKR_MECHANISM_INVALID);
	ck_assert_uint_eq(
		key_decapsulate_check(mech_lookup(CKM_ECDH1_DERIVE), &private, 768),
		CKR_MECHANISM_INVALID);
	public = input_of(&rsa.public);
	private = input_of(&rsa.private);
	ck_assert_uint_eq(key_encapsulate_check(m, &public), CKR_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(key_decapsulate_check(m, &private, 0),
		CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);

	attrs_set_bool(&pair.private, CKA_ALWAYS_AUTHENTICATE, true);
	private = input_of(&pair.private);
	ck_assert_uint_eq(
		key_decapsulate_check(m, &private, 768), CKR_KEY_FUNCTION_NOT_PERMITTED);
	attrs_set_bool(&pair.private, CKA_ALWAYS_AUTHENTICATE, false);
	attrs_set_bool(&pair.private, CKA_DECAPSULATE, false);
	private = input_of(&pair.private);
	ck_assert_uint_eq(
		key_decapsulate_check(m, &private, 768), CKR_KEY_FUNCTION_NOT_PERMITTED);
	attrs_set(&pair.public, CKA_ALLOWED_MECHANISMS, BYTES_OF(other_mechanism));
	public = input_of(&pair.public);
	ck_assert_uint_eq(
		key_encapsulate_check(m, &public), CKR_KEY_FUNCTION_NOT_PERMITTED);
	pair_free(&pair);
	pair_free(&rsa);
}
END_TEST

static const struct {
	CK_KEY_TYPE type;
	CK_ULONG len; /* 0: not said */
	CK_OBJECT_CLASS class;
	CK_RV rv;
} wanted[] = {
	{ CKK_AES, 0, 0, CKR_OK },
	{ CKK_AES, 32, CKO_SECRET_KEY, CKR_OK },
	{ CKK_AES, 16, 0, CKR_TEMPLATE_INCONSISTENT },
	{ CKK_AES, 33, 0, CKR_TEMPLATE_INCONSISTENT },
	{ CKK_AES_XTS, 0, 0, CKR_OK },
	{ CKK_CHACHA20, 0, 0, CKR_OK },
	{ CKK_GENERIC_SECRET, 0, 0, CKR_OK },
	{ CKK_GENERIC_SECRET, 32, 0, CKR_OK },
	{ CKK_GENERIC_SECRET, 31, 0, CKR_TEMPLATE_INCONSISTENT },
	{ CKK_GENERIC_SECRET, 64, 0, CKR_TEMPLATE_INCONSISTENT },
	{ CKK_HKDF, 0, 0, CKR_OK },
	{ CKK_SHA512_HMAC, 0, 0, CKR_OK },
	{ CKK_DES3, 0, 0, CKR_TEMPLATE_INCONSISTENT },
	{ CKK_RSA, 0, 0, CKR_ATTRIBUTE_VALUE_INVALID },
	{ CKK_AES, 0, CKO_PRIVATE_KEY, CKR_TEMPLATE_INCONSISTENT },
	{ CKK_AES, 0, CKO_PUBLIC_KEY, CKR_TEMPLATE_INCONSISTENT },
	{ CK_UNAVAILABLE_INFORMATION, 0, 0, CKR_TEMPLATE_INCOMPLETE },
};

START_TEST (the_new_key_is_the_whole_secret) {
	static const uint8_t secret[KEM_SECRET] = { 1, 2, 3 };
	struct attrs t = ATTRS_INIT;
	struct new_key k = NEW_KEY_NONE;

	if (wanted[_i].type != CK_UNAVAILABLE_INFORMATION)
		attrs_set_ulong(&t, CKA_KEY_TYPE, wanted[_i].type);
	if (wanted[_i].len != 0)
		attrs_set_ulong(&t, CKA_VALUE_LEN, wanted[_i].len);
	if (wanted[_i].class != 0)
		attrs_set_ulong(&t, CKA_CLASS, wanted[_i].class);
	ck_assert_uint_eq(
		kem_key(attrs_bytes(&t), ROLE_USER, BYTES_OF(secret), &k), wanted[_i].rv);
	if (wanted[_i].rv == CKR_OK)
		expect_bytes(value_of(&k.secret, CKA_VALUE), BYTES_OF(secret));
	else
		ck_assert_uint_eq(k.public.b.n, 0);
	if (wanted[_i].rv == CKR_OK)
		ck_assert_uint_eq(
			kem_key(attrs_bytes(&t), ROLE_USER, BYTES(secret, 31), &k),
			CKR_DEVICE_ERROR);
	new_key_free(&k);
	attrs_free(&t);
}
END_TEST

START_TEST (the_decapsulating_key_has_its_say) {
	static const uint8_t secret[KEM_SECRET] = { 1, 2, 3 };
	const struct mech *m = mech_lookup(CKM_ML_KEM);
	struct attrs adds = ATTRS_INIT, t = aes_template();
	struct new_key k = NEW_KEY_NONE;
	struct key_input by;
	struct pair pair;

	pair_make(&pair, CKP_ML_KEM_512);
	attrs_set_bool(&adds, CKA_EXTRACTABLE, false);
	attrs_set(&pair.private, CKA_DECAPSULATE_TEMPLATE, attrs_bytes(&adds));
	by = input_of(&pair.private);
	ck_assert_uint_eq(
		key_decapsulate_begin(m, &by, 768, attrs_bytes(&t), ROLE_USER), CKR_OK);
	ck_assert_uint_eq(key_decapsulate_end(m, &by, 768, attrs_bytes(&t), ROLE_USER,
				  BYTES_OF(secret), &k),
		CKR_OK);
	ck_assert(!attrs_bool(attrs_bytes(&k.public), CKA_EXTRACTABLE, true));
	attrs_set_bool(&t, CKA_EXTRACTABLE, true);
	ck_assert_uint_eq(key_decapsulate_begin(m, &by, 768, attrs_bytes(&t), ROLE_USER),
		CKR_TEMPLATE_INCONSISTENT);
	attrs_unset(&t, CKA_EXTRACTABLE);
	/* of others it asks what is theirs */
	attrs_set_bool(&t, CKA_PRIVATE, true);
	ck_assert_uint_eq(key_decapsulate_begin(m, &by, 768, attrs_bytes(&t), ROLE_NONE),
		CKR_USER_NOT_LOGGED_IN);
	attrs_set(&t, CKA_VALUE, BYTES_OF(secret));
	ck_assert_uint_eq(key_decapsulate_begin(m, &by, 768, attrs_bytes(&t), ROLE_USER),
		CKR_ATTRIBUTE_READ_ONLY);
	new_key_free(&k);
	attrs_free(&adds);
	attrs_free(&t);
	pair_free(&pair);
}
END_TEST

START_TEST (nothing_is_computed_for_a_key_that_cannot_be) {
	const struct mech *m = mech_lookup(CKM_ML_KEM);
	struct attrs t = aes_template();
	struct buf ciphertext = BUF_INIT;
	struct new_key k = NEW_KEY_NONE;
	struct key_input by;
	struct pair pair;

	pair_make(&pair, CKP_ML_KEM_512);
	by = input_of(&pair.public);
	attrs_set_ulong(&t, CKA_VALUE_LEN, 16);
	ck_assert_uint_eq(
		key_encapsulate(m, &by, attrs_bytes(&t), ROLE_USER, &ciphertext, &k),
		CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(ciphertext.n, 0);
	ck_assert_uint_eq(k.public.b.n + k.secret.b.n, 0);
	buf_free(&ciphertext);
	attrs_free(&t);
	pair_free(&pair);
}
END_TEST

static const struct check_test tests[] = {
	{ &ml_kem_gives_the_known_answers, ARRAY_LEN(sets) },
	{ &both_halves_come_to_the_same_key, ARRAY_LEN(sets) },
	{ &a_wrong_ciphertext_gives_a_secret_of_its_own, ARRAY_LEN(sets) },
	{ &keys_of_other_kinds_decapsulate_nothing, 0 },
	{ &a_seed_and_a_value_have_to_belong_together, ARRAY_LEN(sets) },
	{ &an_expanded_key_has_to_be_whole, ARRAY_LEN(sets) },
	{ &a_public_key_has_numbers_below_q, ARRAY_LEN(sets) },
	{ &each_half_has_its_part, 0 },
	{ &the_new_key_is_the_whole_secret, ARRAY_LEN(wanted) },
	{ &the_decapsulating_key_has_its_say, 0 },
	{ &nothing_is_computed_for_a_key_that_cannot_be, 0 },
};

CHECK_MAIN("kem", tests)
