/* SPDX-License-Identifier: Apache-2.0 */
/* Keys over finite fields: DSA, Diffie-Hellman by PKCS #3 and by X9.42. */
#include "crypto/ffc.h"

#include <openssl/core_names.h>

#include "common/cleanup.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/ffc_pair.h"

/* --- Domains ------------------------------------------------------------------------- */

static const char two[] = "02";

static const struct domain {
	CK_KEY_TYPE type;
	const char *p, *q, *g;
} domains[] = {
	{ CKK_DH, ffdhe2048, NULL, two },
	{ CKK_DH, modp_2048, NULL, two },
	/* of CAVP: OpenSSL has no name for them */
	{ CKK_DSA, NULL, NULL, NULL },
	{ CKK_X9_42_DH, NULL, NULL, NULL },
};

/* dsa_vectors' with L = 2048 and N = 256 */
static const struct dsa_vector *
long_vector(void)
{
	for (size_t i = 0; i < ARRAY_LEN(dsa_vectors); i++)
		if (dsa_vectors[i].mechanism == CKM_DSA_SHA256)
			return &dsa_vectors[i];
	ck_abort_msg("no vector");
}

static void
pair_begin(struct pair *pair, const struct domain *d)
{
	const struct dsa_vector *v = long_vector();

	ffc_type_set(pair, d->type);
	if (d->p != NULL)
		ffc_domain_set(&pair->public, d->p, d->q, d->g);
	else
		ffc_domain_set(&pair->public, v->p, v->q, v->g);
}

static struct bytes
get(const struct attrs *a, uint32_t type)
{
	struct bytes v;

	ck_assert_msg(attrs_find(attrs_bytes(a), type, &v), "%s", cka_name(type));
	return v;
}

/* --- New pairs ----------------------------------------------------------------------- */

START_TEST (new_pairs_have_all_of_both_halves) {
	const struct domain *d = &domains[_i];
	struct attrs none = ATTRS_SECRET;
	struct pair pair;

	pair_begin(&pair, d);
	ck_assert_uint_eq(ffc_pair_generate(&pair, NULL), CKR_OK);
	pair_load(&pair);
	ck_assert_int_eq(EVP_PKEY_eq(pair.public_key, pair.private_key), 1);
	expect_bytes(get(&pair.private, CKA_PRIME), get(&pair.public, CKA_PRIME));
	expect_bytes(get(&pair.private, CKA_BASE), get(&pair.public, CKA_BASE));
	expect_bytes(get(&pair.private, CKA_PUBLIC_KEY_INFO),
		get(&pair.public, CKA_PUBLIC_KEY_INFO));
	ck_assert(!attrs_has(attrs_bytes(&pair.private), CKA_VALUE));
	ck_assert_uint_eq(
		attrs_has(attrs_bytes(&pair.private), CKA_SUBPRIME), d->type != CKK_DH);
	ck_assert_uint_eq(
		attrs_has(attrs_bytes(&pair.private), CKA_VALUE_BITS), d->type == CKK_DH);
	/* what was made can be made again of what was read */
	ck_assert_uint_eq(object_complete(&pair.public, &none), CKR_OK);
	ck_assert_uint_eq(object_complete(&pair.private, &pair.secret), CKR_OK);
	/* the public value again, where only the private half is kept */
	attrs_unset(&pair.public, CKA_VALUE);
	ck_assert_uint_eq(object_complete(&pair.public, &none), CKR_OK);
	EVP_PKEY_free(pair.public_key);
	ck_assert_uint_eq(
		pkey_from_public(attrs_bytes(&pair.public), &pair.public_key), CKR_OK);
	ck_assert_int_eq(EVP_PKEY_eq(pair.public_key, pair.private_key), 1);
	ck_assert(attrs_has(attrs_bytes(&pair.public), CKA_VALUE));
	pair_free(&pair);
}
END_TEST

/* The base and the prime of OpenSSL's group of that name; its order where X9.42 wants it. */
static void
group_set(const char *name, bool subprime, struct attrs *to)
{
	static const struct {
		const char *name;
		uint32_t type;
	} numbers[] = { { OSSL_PKEY_PARAM_FFC_P, CKA_PRIME },
		{ OSSL_PKEY_PARAM_FFC_G, CKA_BASE },
		{ OSSL_PKEY_PARAM_FFC_Q, CKA_SUBPRIME } };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	EVP_PKEY *pkey = NULL;

	ck_assert_int_eq(EVP_PKEY_paramgen_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_group_name(ctx, name), 1);
	ck_assert_int_eq(EVP_PKEY_paramgen(ctx, &pkey), 1);
	for (size_t i = 0; i < 2u + subprime; i++) {
		uint8_t raw[1024];
		BIGNUM *bn = NULL;
		int n;

		ck_assert_int_eq(EVP_PKEY_get_bn_param(pkey, numbers[i].name, &bn), 1);
		n = BN_bn2bin(bn, raw);
		attrs_set(to, numbers[i].type, BYTES(raw, (size_t)n));
		BN_free(bn);
	}
	EVP_PKEY_free(pkey);
	EVP_PKEY_CTX_free(ctx);
}

static const char *const groups[] = { "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144",
	"ffdhe8192", "modp_2048", "modp_3072", "modp_4096", "modp_6144", "modp_8192" };

/* RFC 7919, RFC 3526; OpenSSL's agree with the texts. */
START_TEST (groups_are_known_by_their_numbers) {
	const char *name = groups[_i / 2];
	const bool x9_42 = _i % 2 != 0;
	char known[32] = "";
	struct pair pair;
	struct hex h;
	size_t n;

	ffc_type_set(&pair, x9_42 ? CKK_X9_42_DH : CKK_DH);
	group_set(name, x9_42, &pair.public);
	ck_assert_uint_eq(ffc_pair_generate(&pair, NULL), CKR_OK);
	pair_load(&pair);
	ck_assert_int_eq(
		EVP_PKEY_get_group_name(pair.private_key, known, sizeof known, &n), 1);
	ck_assert_str_eq(known, name);
	if (strcmp(name, "ffdhe2048") == 0 || strcmp(name, "modp_2048") == 0)
		expect_bytes(get(&pair.public, CKA_PRIME),
			hex(&h, name[0] == 'f' ? ffdhe2048 : modp_2048));
	pair_free(&pair);
}
END_TEST

static const struct {
	uint64_t bits;
	CK_RV rv;
} lengths[] = { { 224, CKR_OK }, { 256, CKR_OK }, { 1024, CKR_OK }, { 2047, CKR_OK },
	{ 0, CKR_ATTRIBUTE_VALUE_INVALID }, { 223, CKR_ATTRIBUTE_VALUE_INVALID },
	{ 2048, CKR_ATTRIBUTE_VALUE_INVALID },
	{ UINT64_MAX - 1, CKR_ATTRIBUTE_VALUE_INVALID } };

START_TEST (private_numbers_are_as_long_as_asked_for) {
	struct pair pair;

	pair_begin(&pair, &domains[0]);
	attrs_set_ulong(&pair.private, CKA_VALUE_BITS, lengths[_i].bits);
	ck_assert_uint_eq(ffc_pair_generate(&pair, NULL), lengths[_i].rv);
	if (lengths[_i].rv == CKR_OK) {
		ck_assert_uint_le(
			get(&pair.secret, CKA_VALUE).n, lengths[_i].bits / 8 + 1);
		ck_assert_uint_ge(
			get(&pair.secret, CKA_VALUE).n, lengths[_i].bits / 8 - 4);
		ck_assert_uint_eq(
			attrs_ulong(attrs_bytes(&pair.private), CKA_VALUE_BITS, 0),
			lengths[_i].bits);
	}
	pair_free(&pair);
}
END_TEST

START_TEST (only_unknown_primes_take_long) {
	const CK_MECHANISM_TYPE types[] = { CKM_DH_PKCS_KEY_PAIR_GEN,
		CKM_DH_PKCS_KEY_PAIR_GEN, CKM_DSA_KEY_PAIR_GEN,
		CKM_X9_42_DH_KEY_PAIR_GEN };
	struct pair pair;

	pair_begin(&pair, &domains[_i]);
	ck_assert(pkey_generation_is_long(mech_lookup_legacy(types[_i]),
			  attrs_bytes(&pair.public)) == (domains[_i].p == NULL));
	ck_assert(pkey_generation_is_long(
		mech_lookup(CKM_RSA_PKCS_KEY_PAIR_GEN), attrs_bytes(&pair.public)));
	ck_assert(!pkey_generation_is_long(
		mech_lookup(CKM_EC_KEY_PAIR_GEN), attrs_bytes(&pair.public)));
	pair_free(&pair);
}
END_TEST

static bool
at_once(const void *arg)
{
	return true;
}

START_TEST (tests_of_primes_can_be_given_up) {
	const struct pkey_stop stop = { at_once, NULL };
	struct pair pair;

	pair_begin(&pair, &domains[2]);
	ck_assert_uint_eq(ffc_pair_generate(&pair, &stop), CKR_FUNCTION_CANCELED);
	ck_assert_uint_eq(pair.secret.b.n, 0);
	pair_free(&pair);
}
END_TEST

/* --- What is no domain ---------------------------------------------------------------- */

/* The number, and d more. */
static void
number_add(struct attrs *a, uint32_t type, int d)
{
	struct bytes v = get(a, type);
	BIGNUM *bn = BN_bin2bn(v.p, (int)v.n, NULL);
	uint8_t raw[1100];

	ck_assert_int_eq(
		d < 0 ? BN_sub_word(bn, (BN_ULONG)-d) : BN_add_word(bn, (BN_ULONG)d), 1);
	attrs_set(a, type, BYTES(raw, (size_t)BN_bn2bin(bn, raw)));
	BN_free(bn);
}

static const struct wrong_domain {
	const char *what;
	uint32_t type;
	int add;           /* to the number */
	const char *value; /* instead of it */
	CK_RV rv, made;    /* of object_complete(), and where a pair is to be made */
} wrong_domains[] = {
	{ "even prime", CKA_PRIME, 1, NULL, CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "no prime", CKA_PRIME, 0, "", CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "another modulus", CKA_PRIME, 2, NULL, CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "short prime", CKA_PRIME, 0, "ffff", CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "base 0", CKA_BASE, 0, "00", CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "base 1", CKA_BASE, 0, "01", CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "base of another order", CKA_BASE, 1, NULL, CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "even order", CKA_SUBPRIME, 1, NULL, CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "another order", CKA_SUBPRIME, 2, NULL, CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "order of 0", CKA_SUBPRIME, 0, "", CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
	{ "order of 1", CKA_SUBPRIME, 0, "01", CKR_DOMAIN_PARAMS_INVALID,
		CKR_DOMAIN_PARAMS_INVALID },
};

/* Loop index: the rows, for DSA and X9.42. */
START_TEST (wrong_domains_are_refused) {
	const struct wrong_domain *w = &wrong_domains[(size_t)_i / 2];
	const struct dh_vector *v = &dh_vectors[2];
	struct attrs none = ATTRS_SECRET;
	struct pair good, pair;

	ffc_type_set(&good, _i % 2 == 0 ? CKK_DSA : CKK_X9_42_DH);
	ffc_type_set(&pair, _i % 2 == 0 ? CKK_DSA : CKK_X9_42_DH);
	ffc_domain_set(&good.private, v->p, v->q, v->g);
	ffc_domain_set(&pair.public, v->p, v->q, v->g);
	set_hex(&pair.public, CKA_VALUE, v->y);
	set_hex(&good.secret, CKA_VALUE, v->x);
	if (w->value != NULL)
		set_hex(&pair.public, w->type, w->value);
	else
		number_add(&pair.public, w->type, w->add);
	ck_assert_msg(object_complete(&pair.public, &none) == w->rv, "%s", w->what);
	attrs_set(&good.private, w->type, get(&pair.public, w->type));
	ck_assert_uint_eq(object_complete(&good.private, &good.secret), w->rv);
	attrs_unset(&pair.public, CKA_VALUE);
	ck_assert_msg(ffc_pair_generate(&pair, NULL) == w->made, "%s", w->what);
	attrs_unset(&pair.public, w->type);
	ck_assert_uint_eq(ffc_pair_generate(&pair, NULL), CKR_TEMPLATE_INCOMPLETE);
	attrs_unset(&good.private, w->type);
	ck_assert_uint_eq(
		object_complete(&good.private, &good.secret), CKR_TEMPLATE_INCOMPLETE);
	pair_free(&good);
	pair_free(&pair);
}
END_TEST

/* Safe for nobody, and no check but a test of primes tells: p = 3 * 5 * ..., a prime that is
 * not 2q + 1, or an order that is a product. */
START_TEST (composite_numbers_make_no_keys) {
	const struct dsa_vector *v = long_vector();
	struct pair pair;
	struct hex h;

	pair_begin(&pair, &domains[0]);
	number_add(&pair.public, CKA_PRIME, 2);
	ck_assert_uint_eq(ffc_pair_generate(&pair, NULL), CKR_DOMAIN_PARAMS_INVALID);
	/* its order is not known */
	attrs_set(&pair.public, CKA_PRIME, hex(&h, v->p));
	attrs_set(&pair.public, CKA_BASE, hex(&h, v->g));
	ck_assert_uint_eq(ffc_pair_generate(&pair, NULL), CKR_DOMAIN_PARAMS_INVALID);
	pair_free(&pair);
}
END_TEST

static const struct {
	size_t vector; /* dsa_vectors'; the first ones have L = 1024 */
	CK_KEY_TYPE type;
	CK_RV made;
} sizes[] = {
	{ 0, CKK_DSA, CKR_KEY_SIZE_RANGE },
	{ 0, CKK_X9_42_DH, CKR_KEY_SIZE_RANGE },
	{ 3, CKK_DSA, CKR_OK },
	{ 4, CKK_DSA, CKR_OK },
	{ 5, CKK_DSA, CKR_OK },
	{ 5, CKK_X9_42_DH, CKR_OK },
};

START_TEST (short_primes_make_no_new_keys) {
	const struct dsa_vector *v = &dsa_vectors[sizes[_i].vector];
	struct pair pair;

	ffc_type_set(&pair, sizes[_i].type);
	ffc_domain_set(&pair.public, v->p, v->q, v->g);
	ck_assert_uint_eq(ffc_pair_generate(&pair, NULL), sizes[_i].made);
	pair_free(&pair);
}
END_TEST

/* --- Public and private numbers ------------------------------------------------------- */

static CK_RV
public_is(struct pair *pair, const BIGNUM *y)
{
	struct attrs none = ATTRS_SECRET;
	uint8_t raw[1100];

	attrs_unset(&pair->public, CKA_PUBLIC_KEY_INFO);
	attrs_set(&pair->public, CKA_VALUE, BYTES(raw, (size_t)BN_bn2bin(y, raw)));
	return object_complete(&pair->public, &none);
}

/* 0, 1, p - 1, p, p + 1; what is of another order, where the order is known. */
START_TEST (wrong_public_values_are_refused) {
	struct pair pair;
	struct bytes v;
	BIGNUM *p, *y;
	bool refused = false;

	pair_begin(&pair, &domains[_i]);
	ck_assert_uint_eq(ffc_pair_generate(&pair, NULL), CKR_OK);
	v = get(&pair.public, CKA_PRIME);
	p = BN_bin2bn(v.p, (int)v.n, NULL);
	v = get(&pair.public, CKA_VALUE);
	y = BN_bin2bn(v.p, (int)v.n, NULL);
	ck_assert_uint_eq(public_is(&pair, y), CKR_OK);
	ck_assert_int_eq(BN_sub(y, p, y),
		1); /* no square, p being 3 modulo 4, or not of order q */
	ck_assert_uint_eq(public_is(&pair, y), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_int_eq(BN_set_word(y, 0), 1);
	ck_assert_uint_eq(public_is(&pair, y), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_int_eq(BN_set_word(y, 1), 1);
	ck_assert_uint_eq(public_is(&pair, y), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_int_eq(BN_sub_word(p, 1), 1);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(public_is(&pair, p), CKR_ATTRIBUTE_VALUE_INVALID);
		ck_assert_int_eq(BN_add_word(p, 1), 1);
	}
	for (BN_ULONG small = 2; small < 12; small++) {
		ck_assert_int_eq(BN_set_word(y, small), 1);
		refused |= public_is(&pair, y) == CKR_ATTRIBUTE_VALUE_INVALID;
	}
	ck_assert(refused);
	BN_free(p);
	BN_free(y);
	pair_free(&pair);
}
END_TEST

static CK_RV
private_is(struct pair *pair, const BIGNUM *x)
{
	uint8_t raw[1100];

	attrs_unset(&pair->private, CKA_VALUE_BITS);
	attrs_set(&pair->secret, CKA_VALUE, BYTES(raw, (size_t)BN_bn2bin(x, raw)));
	return object_complete(&pair->private, &pair->secret);
}

START_TEST (private_values_are_below_the_order) {
	const bool has_order = domains[_i].type != CKK_DH;
	struct pair pair;
	struct bytes v;
	BIGNUM *x = BN_new(), *end;

	pair_begin(&pair, &domains[_i]);
	ck_assert_uint_eq(ffc_pair_generate(&pair, NULL), CKR_OK);
	v = get(&pair.public, has_order ? CKA_SUBPRIME : CKA_PRIME);
	end = BN_bin2bn(v.p, (int)v.n, NULL);
	if (!has_order)
		ck_assert_int_eq(BN_sub_word(end, 1), 1);
	/* it is another key's information now */
	ck_assert_int_eq(BN_set_word(x, 2), 1);
	ck_assert_uint_eq(private_is(&pair, x), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_unset(&pair.private, CKA_PUBLIC_KEY_INFO);
	ck_assert_uint_eq(private_is(&pair, x), CKR_OK);
	attrs_unset(&pair.private, CKA_PUBLIC_KEY_INFO);
	ck_assert_int_eq(BN_set_word(x, 0), 1);
	ck_assert_uint_eq(private_is(&pair, x), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(private_is(&pair, end), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_int_eq(BN_add_word(end, 1), 1);
	ck_assert_uint_eq(private_is(&pair, end), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_int_eq(BN_sub_word(end, 2), 1);
	ck_assert_uint_eq(private_is(&pair, end), CKR_OK);
	attrs_unset(&pair.private, CKA_PUBLIC_KEY_INFO);
	attrs_unset(&pair.secret, CKA_VALUE);
	ck_assert_uint_eq(
		object_complete(&pair.private, &pair.secret), CKR_TEMPLATE_INCOMPLETE);
	BN_free(x);
	BN_free(end);
	pair_free(&pair);
}
END_TEST

/* --- DSA ------------------------------------------------------------------------------ */

START_TEST (dsa_signatures_of_others_verify) {
	static const struct mech_params none;
	const struct dsa_vector *v = &dsa_vectors[_i];
	struct pair pair = { .public_key = NULL };
	struct hex sig, message;

	ffc_type_set(&pair, CKK_DSA);
	ffc_domain_set(&pair.public, v->p, v->q, v->g);
	set_hex(&pair.public, CKA_VALUE, v->y);
	hex(&message, v->message);
	hex(&sig, v->signature);
	ck_assert_uint_eq(
		pkey_from_public(attrs_bytes(&pair.public), &pair.public_key), CKR_OK);
	ck_assert_uint_eq(
		run(OP_VERIFY, v->mechanism, &none, &pair, message.v, sig.v, NULL, NULL),
		v->valid ? CKR_OK : CKR_SIGNATURE_INVALID);
	ck_assert_uint_eq(run(OP_VERIFY, v->mechanism, &none, &pair, message.v,
				  BYTES(sig.v.p, sig.v.n - 1), NULL, NULL),
		CKR_SIGNATURE_LEN_RANGE);
	/* r and s of 0, above the order */
	memset(sig.room, 0, sig.v.n);
	ck_assert_uint_eq(
		run(OP_VERIFY, v->mechanism, &none, &pair, message.v, sig.v, NULL, NULL),
		CKR_SIGNATURE_INVALID);
	memset(sig.room, 0xff, sig.v.n);
	ck_assert_uint_eq(
		run(OP_VERIFY, v->mechanism, &none, &pair, message.v, sig.v, NULL, NULL),
		CKR_SIGNATURE_INVALID);
	pair_free(&pair);
}
END_TEST

static const CK_MECHANISM_TYPE hashing[] = { CKM_DSA_SHA1, CKM_DSA_SHA224, CKM_DSA_SHA256,
	CKM_DSA_SHA384, CKM_DSA_SHA512, CKM_DSA_SHA3_224, CKM_DSA_SHA3_256,
	CKM_DSA_SHA3_384, CKM_DSA_SHA3_512 };

/* Loop index: dsa_vectors' domains from the fourth on. */
START_TEST (what_is_signed_verifies) {
	static const struct mech_params none;
	const struct dsa_vector *v = &dsa_vectors[3 + _i];
	uint8_t sig[64], hash[64];
	struct bytes made;
	struct pair pair;

	ffc_type_set(&pair, CKK_DSA);
	ffc_domain_set(&pair.public, v->p, v->q, v->g);
	ck_assert_uint_eq(ffc_pair_generate(&pair, NULL), CKR_OK);
	pair_load(&pair);
	for (size_t i = 0; i < ARRAY_LEN(hashing); i++) {
		const struct mech *m = mech_lookup_legacy(hashing[i]);

		ck_assert_uint_eq(run(OP_SIGN, hashing[i], &none, &pair,
					  BYTES_STR("data"), BYTES_NONE, sig, &made),
			CKR_OK);
		ck_assert_uint_eq(made.n, strlen(v->q));
		ck_assert_uint_eq(
			pkey_output_size(m, attrs_bytes(&pair.private)), made.n);
		ck_assert_uint_eq(run(OP_VERIFY, hashing[i], &none, &pair,
					  BYTES_STR("data"), made, NULL, NULL),
			CKR_OK);
		ck_assert_uint_eq(run(OP_VERIFY, hashing[i], &none, &pair,
					  BYTES_STR("date"), made, NULL, NULL),
			CKR_SIGNATURE_INVALID);
		/* the same of a digest */
		ck_assert_uint_eq(
			crypto_hash(m->digest, BYTES_STR("data"), hash), CKR_OK);
		ck_assert_uint_eq(
			run(OP_VERIFY, CKM_DSA, &none, &pair,
				BYTES(hash, digests[m->digest].size), made, NULL, NULL),
			CKR_OK);
	}
	for (size_t n = 0; n <= 65; n++)
		ck_assert_uint_eq(run(OP_SIGN, CKM_DSA, &none, &pair, BYTES(hash, n),
					  BYTES_NONE, sig, &made),
			n == 20 || n == 28 || n == 32 || n == 48 || n == 64
				? CKR_OK
				: CKR_DATA_LEN_RANGE);
	pair_free(&pair);
}
END_TEST

static const struct check_test tests[] = {
	{ &new_pairs_have_all_of_both_halves, ARRAY_LEN(domains) },
	{ &groups_are_known_by_their_numbers, 2 * ARRAY_LEN(groups) },
	{ &private_numbers_are_as_long_as_asked_for, ARRAY_LEN(lengths) },
	{ &only_unknown_primes_take_long, ARRAY_LEN(domains) },
	{ &tests_of_primes_can_be_given_up, 0 },
	{ &wrong_domains_are_refused, 2 * ARRAY_LEN(wrong_domains) },
	{ &composite_numbers_make_no_keys, 0 },
	{ &short_primes_make_no_new_keys, ARRAY_LEN(sizes) },
	{ &wrong_public_values_are_refused, ARRAY_LEN(domains) },
	{ &private_values_are_below_the_order, ARRAY_LEN(domains) },
	{ &dsa_signatures_of_others_verify, ARRAY_LEN(dsa_vectors) },
	{ &what_is_signed_verifies, ARRAY_LEN(dsa_vectors) - 3 },
};

CHECK_MAIN("ffc", tests)
