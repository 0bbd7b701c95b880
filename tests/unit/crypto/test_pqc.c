/* SPDX-License-Identifier: Apache-2.0 */
/* ML-DSA and SLH-DSA: known answers, every set and digest, and keys that are none. */
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include "tests/unit/crypto/pair.h"

#include "tests/unit/check_main.h"

#define MOST_SIGNATURE 49856u

static const struct mech_params plain = { .hedge = CKH_HEDGE_PREFERRED },
				deterministic = { .hedge = CKH_DETERMINISTIC_REQUIRED };
static const uint8_t message[] = "what is to be signed";

static const struct set {
	CK_KEY_TYPE type;
	CK_ULONG number;
	size_t public, private, signature;
} sets[] = {
	{ CKK_ML_DSA, CKP_ML_DSA_44, 1312, 2560, 2420 },
	{ CKK_ML_DSA, CKP_ML_DSA_65, 1952, 4032, 3309 },
	{ CKK_ML_DSA, CKP_ML_DSA_87, 2592, 4896, 4627 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128S, 32, 64, 7856 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128S, 32, 64, 7856 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F, 32, 64, 17088 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128F, 32, 64, 17088 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192S, 48, 96, 16224 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_192S, 48, 96, 16224 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192F, 48, 96, 35664 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_192F, 48, 96, 35664 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_256S, 64, 128, 29792 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_256S, 64, 128, 29792 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHA2_256F, 64, 128, 49856 },
	{ CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_256F, 64, 128, 49856 },
};

static const struct set ml_dsa = { CKK_ML_DSA, CKP_ML_DSA_44, 1312, 2560, 2420 },
			slh_dsa = { CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F, 32, 64, 17088 };

static void
pair_start(struct pair *pair, CK_KEY_TYPE type, CK_ULONG number)
{
	*pair = (struct pair){ ATTRS_INIT, ATTRS_INIT, ATTRS_SECRET, NULL, NULL };
	attrs_set_ulong(&pair->public, CKA_CLASS, CKO_PUBLIC_KEY);
	attrs_set_ulong(&pair->public, CKA_KEY_TYPE, type);
	attrs_set_ulong(&pair->public, CKA_PARAMETER_SET, number);
	attrs_set_ulong(&pair->private, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&pair->private, CKA_KEY_TYPE, type);
}

static CK_RV
generate(struct pair *pair, CK_KEY_TYPE type)
{
	return pkey_generate(mech_lookup(type == CKK_ML_DSA ? CKM_ML_DSA_KEY_PAIR_GEN
							    : CKM_SLH_DSA_KEY_PAIR_GEN),
		NULL, &pair->public, &pair->private, &pair->secret);
}

static void
pair_make(struct pair *pair, const struct set *set)
{
	pair_start(pair, set->type, set->number);
	ck_assert_uint_eq(generate(pair, set->type), CKR_OK);
	pair_load(pair);
}

static struct bytes
value_of(const struct attrs *a, uint32_t type)
{
	struct bytes v = BYTES_NONE;

	ck_assert(attrs_find(attrs_bytes(a), type, &v));
	return v;
}

/* --- Known answers ------------------------------------------------------------------- */

/* Of the accumulated vectors of C2SP's CCTV: a hundred seeds from SHAKE128 of nothing; SHAKE128
 * of each public key and deterministic signature of the empty message. */
static const struct {
	CK_ULONG set;
	const char *sum;
} accumulated[] = {
	{ CKP_ML_DSA_44,
		"d51148e1f9f4fa1a723a6cf42e25f2a99eb5c1b378b3d2dbbd561b1203beeae4" },
	{ CKP_ML_DSA_65,
		"8358a1843220194417cadbc2651295cd8fc65125b5a5c1a239a16dc8b57ca199" },
	{ CKP_ML_DSA_87,
		"8c3ad714777622b8f21ce31bb35f71394f23bc0fcf3c78ace5d608990f3b061b" },
};

static void
absorb_one(CK_ULONG set, const uint8_t *seed, EVP_MD_CTX *sums)
{
	struct pair pair;
	uint8_t room[MOST_SIGNATURE];
	struct outbuf out = { room, sizeof room, 0 };
	const struct mech *m = mech_lookup(CKM_ML_DSA);

	pair_start(&pair, CKK_ML_DSA, set);
	attrs_set_ulong(&pair.private, CKA_PARAMETER_SET, set);
	attrs_set(&pair.secret, CKA_SEED, BYTES(seed, 32));
	ck_assert_uint_eq(object_complete(&pair.private, &pair.secret), CKR_OK);
	/* a public key that is known by its encoding alone */
	attrs_set(&pair.public, CKA_PUBLIC_KEY_INFO,
		value_of(&pair.private, CKA_PUBLIC_KEY_INFO));
	ck_assert_uint_eq(object_complete(&pair.public, &pair.secret), CKR_OK);
	pair_load(&pair);
	ck_assert_uint_eq(pkey_private(OP_SIGN, m, &deterministic, pair.private_key,
				  BYTES_NONE, &out),
		CKR_OK);
	ck_assert_uint_eq(run(OP_VERIFY, CKM_ML_DSA, &plain, &pair, BYTES_NONE,
				  BYTES(room, out.n), NULL, NULL),
		CKR_OK);
	ck_assert(EVP_DigestUpdate(sums, value_of(&pair.public, CKA_VALUE).p,
			  value_of(&pair.public, CKA_VALUE).n) == 1);
	ck_assert(EVP_DigestUpdate(sums, room, out.n) == 1);
	pair_free(&pair);
}

START_TEST (ml_dsa_gives_the_known_answers) {
	EVP_MD_CTX *seeds = EVP_MD_CTX_new(), *sums = EVP_MD_CTX_new();
	uint8_t seed[100 * 32], sum[32];
	struct hex want;

	ck_assert(EVP_DigestInit_ex2(seeds, crypto_md(DIGEST_SHAKE128), NULL) == 1 &&
		  EVP_DigestInit_ex2(sums, crypto_md(DIGEST_SHAKE128), NULL) == 1 &&
		  EVP_DigestFinalXOF(seeds, seed, sizeof seed) == 1);
	for (size_t i = 0; i < sizeof seed; i += 32)
		absorb_one(accumulated[_i].set, seed + i, sums);
	ck_assert(EVP_DigestFinalXOF(sums, sum, sizeof sum) == 1);
	expect_bytes(BYTES_OF(sum), hex(&want, accumulated[_i].sum));
	EVP_MD_CTX_free(seeds);
	EVP_MD_CTX_free(sums);
}
END_TEST

/* --- Signatures ------------------------------------------------------------------------ */

static void
expect_signature(CK_MECHANISM_TYPE type, const struct mech_params *p,
	const struct pair *pair, struct bytes data, size_t size)
{
	struct mech_params other = *p;
	uint8_t *room = malloc(size + 1);
	struct bytes sig;

	ck_assert_uint_eq(
		run(OP_SIGN, type, p, pair, data, BYTES_NONE, room, &sig), CKR_OK);
	ck_assert_uint_eq(sig.n, size);
	ck_assert_uint_eq(run(OP_VERIFY, type, p, pair, data, sig, NULL, NULL), CKR_OK);
	other.extra = BYTES("another context", 15);
	ck_assert_uint_eq(run(OP_VERIFY, type, &other, pair, data, sig, NULL, NULL),
		CKR_SIGNATURE_INVALID);
	ck_assert_uint_eq(
		run(OP_VERIFY, type, p, pair, data, BYTES(room, size - 1), NULL, NULL),
		CKR_SIGNATURE_LEN_RANGE);
	ck_assert_uint_eq(
		run(OP_VERIFY, type, p, pair, data, BYTES(room, size + 1), NULL, NULL),
		CKR_SIGNATURE_LEN_RANGE);
	room[size / 2] ^= 1;
	ck_assert_uint_eq(run(OP_VERIFY, type, p, pair, data, sig, NULL, NULL),
		CKR_SIGNATURE_INVALID);
	free(room);
}

START_TEST (every_set_makes_keys_and_signs) {
	const struct set *set = &sets[_i];
	struct mech_params p = plain;
	struct pair pair;

	pair_make(&pair, set);
	ck_assert_uint_eq(value_of(&pair.public, CKA_VALUE).n, set->public);
	ck_assert_uint_eq(value_of(&pair.secret, CKA_VALUE).n, set->private);
	ck_assert_uint_eq(attrs_ulong(attrs_bytes(&pair.private), CKA_PARAMETER_SET, 0),
		set->number);
	ck_assert(attrs_has(attrs_bytes(&pair.secret), CKA_SEED) ==
		  (set->type == CKK_ML_DSA));
	expect_bytes(value_of(&pair.public, CKA_PUBLIC_KEY_INFO),
		value_of(&pair.private, CKA_PUBLIC_KEY_INFO));
	p.extra = BYTES("a context", 9);
	expect_signature(set->type == CKK_ML_DSA ? CKM_ML_DSA : CKM_SLH_DSA, &p, &pair,
		BYTES_OF(message), set->signature);
	pair_free(&pair);
}
END_TEST

/* The standard's own text, 5.4.1 of FIPS 204: 1, |ctx|, ctx, OID, digest. */
static void
expect_encoding(const struct pair *pair, struct bytes encoded, struct bytes sig)
{
	int encodes = 0;
	OSSL_PARAM params[] = { OSSL_PARAM_construct_int(
					OSSL_SIGNATURE_PARAM_MESSAGE_ENCODING, &encodes),
		OSSL_PARAM_construct_end() };
	EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pair->public_key, NULL);
	EVP_SIGNATURE *algorithm = EVP_SIGNATURE_fetch(
		crypto_libctx(), EVP_PKEY_get0_type_name(pair->public_key), NULL);

	ck_assert_int_eq(EVP_PKEY_verify_message_init(ctx, algorithm, params), 1);
	ck_assert_int_eq(EVP_PKEY_verify(ctx, sig.p, sig.n, encoded.p, encoded.n), 1);
	EVP_SIGNATURE_free(algorithm);
	EVP_PKEY_CTX_free(ctx);
}

static const struct {
	CK_MECHANISM_TYPE ml_dsa, slh_dsa;
	enum digest digest;
	const char *oid; /* DER: NIST's Computer Security Objects Register */
} hashes[] = {
	{ CKM_HASH_ML_DSA_SHA224, CKM_HASH_SLH_DSA_SHA224, DIGEST_SHA224,
		"0609608648016503040204" },
	{ CKM_HASH_ML_DSA_SHA256, CKM_HASH_SLH_DSA_SHA256, DIGEST_SHA256,
		"0609608648016503040201" },
	{ CKM_HASH_ML_DSA_SHA384, CKM_HASH_SLH_DSA_SHA384, DIGEST_SHA384,
		"0609608648016503040202" },
	{ CKM_HASH_ML_DSA_SHA512, CKM_HASH_SLH_DSA_SHA512, DIGEST_SHA512,
		"0609608648016503040203" },
	{ CKM_HASH_ML_DSA_SHA3_224, CKM_HASH_SLH_DSA_SHA3_224, DIGEST_SHA3_224,
		"0609608648016503040207" },
	{ CKM_HASH_ML_DSA_SHA3_256, CKM_HASH_SLH_DSA_SHA3_256, DIGEST_SHA3_256,
		"0609608648016503040208" },
	{ CKM_HASH_ML_DSA_SHA3_384, CKM_HASH_SLH_DSA_SHA3_384, DIGEST_SHA3_384,
		"0609608648016503040209" },
	{ CKM_HASH_ML_DSA_SHA3_512, CKM_HASH_SLH_DSA_SHA3_512, DIGEST_SHA3_512,
		"060960864801650304020a" },
	{ CKM_HASH_ML_DSA_SHAKE128, CKM_HASH_SLH_DSA_SHAKE128, DIGEST_SHAKE128,
		"060960864801650304020b" },
	{ CKM_HASH_ML_DSA_SHAKE256, CKM_HASH_SLH_DSA_SHAKE256, DIGEST_SHAKE256,
		"060960864801650304020c" },
};

/* In parts, as one, and by who has hashed already: all the same signature. */
static void
expect_same(CK_MECHANISM_TYPE hashing, CK_MECHANISM_TYPE raw, const struct mech_params *p,
	const struct pair *pair, struct bytes digest, struct bytes sig)
{
	const enum digest d = mech_lookup(hashing)->digest;
	struct mech_params given = *p;
	struct op *op = pkey_new(OP_SIGN, hashing, p, pair);
	uint8_t room[MOST_SIGNATURE];
	struct outbuf out = { room, sizeof room, 0 }, none = { NULL, 0, 0 };

	/* twice: the second time with what the first left behind */
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(
			op->vtable->update(op, BYTES(message, 5), &none), CKR_OK);
		ck_assert_uint_eq(op->vtable->update(op,
					  BYTES(message + 5, sizeof message - 5), &none),
			CKR_OK);
		ck_assert_uint_eq(op->vtable->final(op, BYTES_NONE, &out), CKR_OK);
		expect_bytes(BYTES(room, out.n), sig);
		ck_assert_uint_eq(op->vtable->rearm(op, p), CKR_OK);
	}
	op_free(&op);
	given.hash = (uint8_t)d;
	ck_assert_uint_eq(
		run(OP_VERIFY, raw, &given, pair, digest, sig, NULL, NULL), CKR_OK);
	digest.n--;
	ck_assert_uint_eq(run(OP_VERIFY, raw, &given, pair, digest, sig, NULL, NULL),
		CKR_DATA_LEN_RANGE);
}

static void
hash_and_sign(const struct set *set, CK_MECHANISM_TYPE hashing, CK_MECHANISM_TYPE raw,
	enum digest d, const char *oid)
{
	static const uint8_t context[] = "context";
	struct mech_params p = deterministic;
	uint8_t digest[64], room[MOST_SIGNATURE];
	struct bytes sig;
	struct buf encoded = BUF_INIT;
	struct pair pair;
	struct hex h;

	pair_make(&pair, set);
	p.extra = BYTES_OF(context);
	ck_assert_uint_eq(crypto_hash(d, BYTES_OF(message), digest), CKR_OK);
	ck_assert_uint_eq(run(OP_SIGN, hashing, &p, &pair, BYTES_OF(message), BYTES_NONE,
				  room, &sig),
		CKR_OK);
	buf_put_u8(&encoded, 1);
	buf_put_u8(&encoded, sizeof context);
	buf_put_bytes(&encoded, BYTES_OF(context));
	buf_put_bytes(&encoded, hex(&h, oid));
	buf_put(&encoded, digest, digests[d].size);
	expect_encoding(&pair, buf_bytes(&encoded), sig);
	expect_same(hashing, raw, &p, &pair, BYTES(digest, digests[d].size), sig);
	expect_signature(hashing, &p, &pair, BYTES_OF(message), set->signature);
	buf_free(&encoded);
	pair_free(&pair);
}

START_TEST (digests_are_signed_as_the_standards_encode_them) {
	hash_and_sign(&ml_dsa, hashes[_i].ml_dsa, CKM_HASH_ML_DSA, hashes[_i].digest,
		hashes[_i].oid);
	hash_and_sign(&slh_dsa, hashes[_i].slh_dsa, CKM_HASH_SLH_DSA, hashes[_i].digest,
		hashes[_i].oid);
}
END_TEST

START_TEST (hedged_signatures_differ_and_deterministic_ones_do_not) {
	static const struct {
		CK_HEDGE_TYPE hedge;
		bool same;
	} variants[] = { { CKH_HEDGE_PREFERRED, false }, { CKH_HEDGE_REQUIRED, false },
		{ CKH_DETERMINISTIC_REQUIRED, true } };
	const struct set *set = _i == 0 ? &ml_dsa : &slh_dsa;
	const CK_MECHANISM_TYPE type = _i == 0 ? CKM_ML_DSA : CKM_SLH_DSA;
	uint8_t one[MOST_SIGNATURE], other[MOST_SIGNATURE];
	struct bytes a, b;
	struct pair pair;

	pair_make(&pair, set);
	for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
		const struct mech_params p = { .hedge = (uint8_t)variants[i].hedge };

		ck_assert_uint_eq(run(OP_SIGN, type, &p, &pair, BYTES_OF(message),
					  BYTES_NONE, one, &a),
			CKR_OK);
		ck_assert_uint_eq(run(OP_SIGN, type, &p, &pair, BYTES_OF(message),
					  BYTES_NONE, other, &b),
			CKR_OK);
		ck_assert(bytes_equal(a, b) == variants[i].same);
	}
	pair_free(&pair);
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
	struct bytes seed, value;
	struct pair pair, other;

	pair_make(&pair, &ml_dsa);
	pair_make(&other, &ml_dsa);
	seed = value_of(&pair.secret, CKA_SEED);
	value = value_of(&pair.secret, CKA_VALUE);
	ck_assert_uint_eq(import(&pair, seed, value, ml_dsa.number), CKR_OK);
	ck_assert_uint_eq(import(&pair, seed, BYTES_NONE, ml_dsa.number), CKR_OK);
	ck_assert_uint_eq(import(&pair, BYTES_NONE, value, ml_dsa.number), CKR_OK);
	ck_assert_uint_eq(import(&pair, BYTES_NONE, BYTES_NONE, ml_dsa.number),
		CKR_TEMPLATE_INCOMPLETE);
	ck_assert_uint_eq(import(&pair, BYTES("", 0), BYTES("", 0), ml_dsa.number),
		CKR_TEMPLATE_INCOMPLETE);
	ck_assert_uint_eq(
		import(&pair, value_of(&other.secret, CKA_SEED), value, ml_dsa.number),
		CKR_ATTRIBUTE_VALUE_INVALID);
	/* another key than CKA_PUBLIC_KEY_INFO says */
	ck_assert_uint_eq(import(&pair, value_of(&other.secret, CKA_SEED), BYTES_NONE,
				  ml_dsa.number),
		CKR_ATTRIBUTE_VALUE_INVALID);
	pair_free(&pair);
	pair_free(&other);
}
END_TEST

START_TEST (keys_of_other_sizes_or_sets_are_refused) {
	const struct set *set = _i == 0 ? &ml_dsa : &slh_dsa;
	struct attrs none = ATTRS_SECRET;
	struct bytes value, public;
	uint8_t room[4096];
	struct pair pair;

	pair_make(&pair, set);
	value = value_of(&pair.secret, CKA_VALUE);
	ck_assert_uint_eq(
		import(&pair, BYTES_NONE, BYTES(value.p, value.n - 1), set->number),
		CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(import(&pair, BYTES_NONE, value, set->number + 2),
		CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(
		import(&pair, BYTES_NONE, value, 0), CKR_PARAMETER_SET_NOT_SUPPORTED);
	ck_assert_uint_eq(
		import(&pair, BYTES_NONE, value, 13), CKR_PARAMETER_SET_NOT_SUPPORTED);
	/* what no longer fits to the rest: a hash of the public key, or its root */
	memcpy(room, value.p, value.n);
	room[_i == 0 ? 70 : value.n - 1] ^= 1;
	ck_assert_uint_eq(import(&pair, BYTES_NONE, BYTES(room, value.n), set->number),
		CKR_ATTRIBUTE_VALUE_INVALID);
	public = value_of(&pair.public, CKA_VALUE);
	memcpy(room, public.p, public.n);
	attrs_set(&pair.public, CKA_VALUE, BYTES(room, set->public - 1));
	ck_assert_uint_eq(
		object_complete(&pair.public, &none), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(&none);
	pair_free(&pair);
}
END_TEST

START_TEST (an_unknown_set_is_not_generated) {
	struct pair pair;

	pair_start(&pair, CKK_ML_DSA, 4);
	ck_assert_uint_eq(generate(&pair, CKK_ML_DSA), CKR_PARAMETER_SET_NOT_SUPPORTED);
	pair_free(&pair);
}
END_TEST

START_TEST (a_mechanism_takes_its_own_keys_only) {
	struct op *op = NULL;
	struct pair pair;

	pair_make(&pair, &ml_dsa);
	ck_assert_uint_eq(op_pkey_new(OP_VERIFY, mech_lookup(CKM_SLH_DSA), &plain,
				  pair.public_key, &op),
		CKR_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(op_pkey_new(OP_VERIFY, mech_lookup(CKM_ECDSA), &plain,
				  pair.public_key, &op),
		CKR_KEY_TYPE_INCONSISTENT);
	pair_free(&pair);
}
END_TEST

static const struct check_test tests[] = {
	{ &ml_dsa_gives_the_known_answers, ARRAY_LEN(accumulated) },
	{ &every_set_makes_keys_and_signs, ARRAY_LEN(sets) },
	{ &digests_are_signed_as_the_standards_encode_them, ARRAY_LEN(hashes) },
	{ &hedged_signatures_differ_and_deterministic_ones_do_not, 2 },
	{ &a_seed_and_a_value_have_to_belong_together, 0 },
	{ &keys_of_other_sizes_or_sets_are_refused, 2 },
	{ &an_unknown_set_is_not_generated, 0 },
	{ &a_mechanism_takes_its_own_keys_only, 0 },
};

CHECK_MAIN("pqc", tests)
