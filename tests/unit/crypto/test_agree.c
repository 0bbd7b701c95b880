/* SPDX-License-Identifier: Apache-2.0 */
/* What keystored computes with a private key for a secret one: ECDH, RSA. */
#include "crypto/agree.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include "common/cleanup.h"
#include "crypto/derive.h"
#include "crypto/wrap.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/pair.h"

/* --- ECDH ---------------------------------------------------------------------------- */

/* NIST CAVP, KAS ECC CDH Primitive, the first of each curve */
static const struct exchange {
	const char *oid, *d, *x, *y, *z;
} exchanges[] = {
	{ OID_P256, "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
		"700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287",
		"db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
		"46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b" },
	{ OID_P384,
		"3cc3122a68f0d95027ad38c067916ba0eb8c38894d22e1b1"
		"5618b6818a661774ad463b205da88cf699ab4d43c9cf98a1",
		"a7c76b970c3b5fe8b05d2838ae04ab47697b9eaf52e76459"
		"2efda27fe7513272734466b400091adbf2d68c58e0c50066",
		"ac68f19f2e1cb879aed43a9969b91a0839c4c38a49749b66"
		"1efedf243451915ed0905a32b060992b468c64766fc8437a",
		"5f9d29dc5e31a163060356213669c8ce132e22f57c9a04f4"
		"0ba7fcead493b457e5621e766c40a2e3d4d6a04b25e533f1" },
	{ OID_P521,
		"017eecc07ab4b329068fba65e56a1f8890aa935e57134ae0ffcce802735151f4ea"
		"c6564f6ee9974c5e6887a1fefee5743ae2241bfeb95d5ce31ddcb6f9edb4d6fc47",
		"00685a48e86c79f0f0875f7bc18d25eb5fc8c0b07e5da4f4370f3a949034085433"
		"4b1e1b87fa395464c60626124a4e70d0f785601d37c09870ebf176666877a2046d",
		"01ba52c56fc8776d9e8f5db4f0cc27636d0b741bbe05400697942e80b739884a83"
		"bde99e0f6716939e632bc8986fa18dccd443a348b6c3e522497955a4f3c302f676",
		"005fc70477c3e63bc3954bd0df3ea0d1f41ee21746ed95fc5e1fdf90930d5e1366"
		"72d72cc770742d1711c3c3a4c334a0ad9759436a4d3c5bf6e74b9578fac148c831" },
};

struct side {
	struct attrs public, secret;
	EVP_PKEY *pkey;
	struct buf point; /* the other side's, bare */
	struct hex z;
};

static void
side_make(const struct exchange *e, struct side *s)
{
	struct hex h;

	*s = (struct side){ .public = ATTRS_INIT, .secret = ATTRS_SECRET };
	attrs_set_ulong(&s->public, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&s->public, CKA_KEY_TYPE, CKK_EC);
	set_hex(&s->public, CKA_EC_PARAMS, e->oid);
	set_hex(&s->secret, CKA_VALUE, e->d);
	ck_assert_uint_eq(pkey_from_private(attrs_bytes(&s->public),
				  attrs_bytes(&s->secret), &s->pkey),
		CKR_OK);
	buf_put_u8(&s->point, 4);
	buf_put_bytes(&s->point, hex(&h, e->x));
	buf_put_bytes(&s->point, hex(&h, e->y));
	hex(&s->z, e->z);
}

static void
side_free(struct side *s)
{
	attrs_free(&s->public);
	attrs_free(&s->secret);
	EVP_PKEY_free(s->pkey);
	buf_free(&s->point);
}

static CK_RV
agree(const struct side *s, CK_MECHANISM_TYPE type, CK_ULONG kdf, struct bytes shared,
	struct bytes point, size_t n, struct secret *ret)
{
	struct agree_params p;

	ck_assert(agree_params_make(mech_lookup(type), kdf, shared, point, &p));
	return pkey_agree(
		mech_lookup(type), &p, s->pkey, attrs_bytes(&s->public), n, ret);
}

static const CK_MECHANISM_TYPE agreements[] = { CKM_ECDH1_DERIVE,
	CKM_ECDH1_COFACTOR_DERIVE };

START_TEST (shared_secrets_are_the_published_ones) {
	const CK_MECHANISM_TYPE type = agreements[_i % 2];
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	CLEANUP(buf_free)
	struct buf der = BUF_INIT;
	struct side s;

	side_make(&exchanges[_i / 2], &s);
	ck_assert_uint_eq(
		agree(&s, type, CKD_NULL, BYTES_NONE, buf_bytes(&s.point), s.z.v.n, &got),
		CKR_OK);
	expect_bytes(secret_bytes(&got), s.z.v);
	/* as CKA_EC_POINT has it; the end of the secret, where less is wanted */
	buf_put_u8(&der, 4);
	if (s.point.n >= 128)
		buf_put_u8(&der, 0x81);
	buf_put_u8(&der, (uint8_t)s.point.n);
	buf_put_bytes(&der, buf_bytes(&s.point));
	ck_assert_uint_eq(
		agree(&s, type, CKD_NULL, BYTES_NONE, buf_bytes(&der), 16, &got), CKR_OK);
	expect_bytes(secret_bytes(&got), BYTES(s.z.v.p + s.z.v.n - 16, 16));
	ck_assert_uint_eq(agree(&s, type, CKD_NULL, BYTES_NONE, buf_bytes(&s.point),
				  s.z.v.n + 1, &got),
		CKR_KEY_SIZE_RANGE);
	ck_assert_uint_eq(
		agree(&s, type, CKD_NULL, BYTES_NONE, buf_bytes(&s.point), 0, &got),
		CKR_KEY_SIZE_RANGE);
	side_free(&s);
}
END_TEST

/* Not on the curve, at infinity, cut, too long, another curve's. */
START_TEST (wrong_points_are_refused) {
	const struct exchange *e = &exchanges[_i];
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	struct side s, other;
	uint8_t bad[160];
	size_t n;

	side_make(e, &s);
	side_make(&exchanges[(size_t)(_i + 1) % ARRAY_LEN(exchanges)], &other);
	n = s.point.n;
	memcpy(bad, s.point.p, n);
#define REFUSED(from, len)                                                  \
	ck_assert_uint_eq(agree(&s, CKM_ECDH1_DERIVE, CKD_NULL, BYTES_NONE, \
				  BYTES(from, len), 16, &got),              \
		CKR_MECHANISM_PARAM_INVALID)
	bad[n - 1] ^= 1;
	REFUSED(bad, n);
	bad[n - 1] ^= 1;
	for (size_t cut = 1; cut < n; cut++)
		REFUSED(bad, cut);
	bad[n] = 0;
	REFUSED(bad, n + 1);
	bad[0] = 2;
	REFUSED(bad, n);
	memset(bad, 0, sizeof bad);
	REFUSED(bad, 1);
	REFUSED(bad, n);
	bad[0] = 4;
	REFUSED(bad, n);
	memset(bad + 1, 0xff, n - 1);
	REFUSED(bad, n);
	REFUSED(other.point.p, other.point.n);
	ck_assert_uint_eq(got.n, 0);
	side_free(&s);
	side_free(&other);
}
END_TEST

/* RFC 7748, 6.1; and a point that takes every key to zero */
START_TEST (x25519_agrees_as_published) {
	static const uint8_t zero[32];
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	struct side s = { .public = ATTRS_INIT, .secret = ATTRS_SECRET };
	struct hex point, z;

	attrs_set_ulong(&s.public, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&s.public, CKA_KEY_TYPE, CKK_EC_MONTGOMERY);
	set_hex(&s.public, CKA_EC_PARAMS, "06032b656e");
	set_hex(&s.secret, CKA_VALUE,
		"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
	ck_assert_uint_eq(pkey_from_private(attrs_bytes(&s.public),
				  attrs_bytes(&s.secret), &s.pkey),
		CKR_OK);
	hex(&point, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
	hex(&z, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
	ck_assert_uint_eq(
		agree(&s, CKM_ECDH1_DERIVE, CKD_NULL, BYTES_NONE, point.v, 32, &got),
		CKR_OK);
	expect_bytes(secret_bytes(&got), z.v);
	ck_assert_uint_eq(agree(&s, CKM_ECDH1_DERIVE, CKD_NULL, BYTES_NONE,
				  BYTES_OF(zero), 32, &got),
		CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(agree(&s, CKM_ECDH1_DERIVE, CKD_NULL, BYTES_NONE,
				  BYTES(point.v.p, 31), 32, &got),
		CKR_MECHANISM_PARAM_INVALID);
	side_free(&s);
}
END_TEST

/* --- How much is taken ----------------------------------------------------------------- */

static const struct length {
	size_t exchange;
	CK_ULONG kdf;
	uint64_t type; /* UINT64_MAX: the template does not say */
	uint64_t told; /* 0: nor this */
	CK_RV rv;
	size_t n;
} lengths[] = {
	{ 0, CKD_NULL, UINT64_MAX, 0, CKR_OK, 32 },
	{ 0, CKD_NULL, CKK_GENERIC_SECRET, 0, CKR_OK, 32 },
	{ 2, CKD_NULL, CKK_GENERIC_SECRET, 0, CKR_OK, 66 },
	{ 2, CKD_NULL, CKK_SHA256_HMAC, 0, CKR_OK, 66 },
	{ 2, CKD_NULL, CKK_GENERIC_SECRET, 20, CKR_OK, 20 },
	{ 2, CKD_NULL, CKK_GENERIC_SECRET, 67, CKR_KEY_SIZE_RANGE, 0 },
	{ 0, CKD_NULL, CKK_AES, 0, CKR_OK, 32 },
	{ 0, CKD_NULL, CKK_AES, 16, CKR_OK, 16 },
	/* no AES key is that long, and the type does not say which it would be cut to */
	{ 1, CKD_NULL, CKK_AES, 0, CKR_TEMPLATE_INCOMPLETE, 0 },
	{ 1, CKD_NULL, CKK_CHACHA20, 0, CKR_OK, 32 },
	/* a KDF gives any number of bytes */
	{ 0, CKD_SHA256_KDF, CKK_GENERIC_SECRET, 0, CKR_TEMPLATE_INCOMPLETE, 0 },
	{ 0, CKD_SHA256_KDF, CKK_AES, 0, CKR_TEMPLATE_INCOMPLETE, 0 },
	{ 0, CKD_SHA256_KDF, CKK_CHACHA20, 0, CKR_OK, 32 },
};

START_TEST (secret_is_taken_as_far_as_the_key_type_goes) {
	const struct length *v = &lengths[_i];
	const CK_MECHANISM_TYPE type = CKM_ECDH1_DERIVE;
	CLEANUP(derive_params_free)
	struct derive_params params = DERIVE_PARAMS_NONE;
	CLEANUP(attrs_free)
	struct attrs template = ATTRS_INIT;
	struct key_input base = { .exposed = false };
	size_t n = 0;
	struct side s;

	side_make(&exchanges[v->exchange], &s);
	attrs_set_bool(&s.public, CKA_DERIVE, true);
	base.attributes = attrs_bytes(&s.public);
	if (v->type != UINT64_MAX)
		attrs_set_ulong(&template, CKA_KEY_TYPE, v->type);
	if (v->told != 0)
		attrs_set_ulong(&template, CKA_VALUE_LEN, v->told);
	ck_assert_uint_eq(derive_params_pack(mech_lookup(type),
				  &(CK_MECHANISM){ type,
					  &(CK_ECDH1_DERIVE_PARAMS){
						  v->kdf, 0, NULL, s.point.n, s.point.p },
					  sizeof(CK_ECDH1_DERIVE_PARAMS) },
				  &params),
		CKR_OK);
	ck_assert_uint_eq(key_agree_size(mech_lookup(type), buf_bytes(&params.packed),
				  &base, attrs_bytes(&template), &n),
		v->rv);
	ck_assert_uint_eq(n, v->n);
	side_free(&s);
}
END_TEST

/* --- KDFs ---------------------------------------------------------------------------- */

/* NIST CAVP, ANSI X9.63-2001 */
static const struct {
	CK_ULONG kdf;
	const char *z, *shared, *key;
} x963[] = {
	{ CKD_SHA1_KDF, "1c7d7b5f0597b03d06a018466ed1a93e30ed4b04dc64ccdd", "",
		"bf71dffd8f4d99223936beb46fee8ccc" },
	{ CKD_SHA256_KDF, "96c05619d56c328ab95fe84b18264b08725b85e33fd34f08", "",
		"443024c3dae66b95e6f5670601558f71" },
	{ CKD_SHA256_KDF, "22518b10e70f2a3f243810ae3254139efbee04aa57c7af7d",
		"75eef81aa3041e33b80971203d2c0c52",
		"c498af77161cc59f2962b9a713e2b215152d139766ce34a776df11866a69bf2e"
		"52a13d9c7c6fc878c50c5ea0bc7b00e0da2447cfd874f6cf92f30d0097111485"
		"500c90c3af8b487872d04685d14c8d1dc8d7fa08beb0ce0ababc11f0bd496269"
		"142d43525a78e5bc79a17f59676a5706dc54d54d4d1f0bd7e386128ec26afc21" },
};

START_TEST (x963_gives_the_published_keys) {
	static const uint8_t no_point[] = { 4 };
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	struct hex z, shared, key;
	struct agree_params p;

	hex(&z, x963[_i].z);
	hex(&shared, x963[_i].shared);
	hex(&key, x963[_i].key);
	ck_assert(agree_params_make(mech_lookup(CKM_ECDH1_DERIVE), x963[_i].kdf, shared.v,
		BYTES_OF(no_point), &p));
	ck_assert_int_eq(secret_new(key.v.n, &got), 0);
	ck_assert_uint_eq(agree_kdf(&p, z.v, &got), CKR_OK);
	expect_bytes(secret_bytes(&got), key.v);
}
END_TEST

/* OpenSSL's own, which ours does not use. */
static void
reference(const char *kdf, const char *md, struct bytes z, struct bytes shared,
	uint8_t *out, size_t n)
{
	EVP_KDF *k = EVP_KDF_fetch(NULL, kdf, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(k);
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
					OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)md, 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)z.p, z.n),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)shared.p, shared.n),
		OSSL_PARAM_construct_end() };

	ck_assert_int_eq(EVP_KDF_derive(ctx, out, n, params), 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(k);
}

static const char *const hashes[] = { "SHA1", "SHA2-224", "SHA2-256", "SHA2-384",
	"SHA2-512", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512" };
static const CK_ULONG first_kdfs[] = { CKD_SHA1_KDF, CKD_SHA224_KDF, CKD_SHA256_KDF,
	CKD_SHA384_KDF, CKD_SHA512_KDF, CKD_SHA3_224_KDF, CKD_SHA3_256_KDF,
	CKD_SHA3_384_KDF, CKD_SHA3_512_KDF };

START_TEST (every_kdf_does_as_openssl_s) {
	static const size_t sizes[] = { 1, 16, 20, 63, 64, 65, 300 };
	const bool sp800 = _i >= (int)ARRAY_LEN(hashes);
	const size_t at = (size_t)_i % ARRAY_LEN(hashes);
	const CK_ULONG kdf = sp800 ? CKD_SHA1_KDF_SP800 + at : first_kdfs[at];
	struct side s;
	uint8_t want[300];

	side_make(&exchanges[0], &s);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		CLEANUP(secret_free)
		struct secret got = SECRET_NONE;

		reference(sp800 ? "SSKDF" : "X963KDF", hashes[at], s.z.v,
			BYTES_STR("shared"), want, sizes[i]);
		ck_assert_uint_eq(agree(&s, CKM_ECDH1_DERIVE, kdf, BYTES_STR("shared"),
					  buf_bytes(&s.point), sizes[i], &got),
			CKR_OK);
		expect_bytes(secret_bytes(&got), BYTES(want, sizes[i]));
	}
	side_free(&s);
}
END_TEST

/* What is shared is hashed again for each block of the key. */
START_TEST (long_data_are_not_hashed_as_often_as_one_likes) {
	static const uint8_t shared[DERIVE_MAX_DATA];
	static const struct {
		size_t shared, n;
		CK_RV rv;
	} cases[] = {
		{ DERIVE_MAX_DATA, 32, CKR_OK },
		{ DERIVE_MAX_DATA, 15 << 10, CKR_OK },
		{ DERIVE_MAX_DATA, 17 << 10, CKR_KEY_SIZE_RANGE },
		{ DERIVE_MAX_DATA, DERIVE_MAX_VALUE, CKR_KEY_SIZE_RANGE },
		{ 13, DERIVE_MAX_VALUE, CKR_OK },
		{ 13, DERIVE_MAX_VALUE + 1, CKR_KEY_SIZE_RANGE },
		{ 13, SIZE_MAX, CKR_KEY_SIZE_RANGE },
	};
	struct side s;

	side_make(&exchanges[0], &s);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(secret_free)
		struct secret got = SECRET_NONE;

		ck_assert_uint_eq(agree(&s, CKM_ECDH1_DERIVE, CKD_SHA256_KDF,
					  BYTES(shared, cases[i].shared),
					  buf_bytes(&s.point), cases[i].n, &got),
			cases[i].rv);
		ck_assert_uint_eq(got.n, cases[i].rv == CKR_OK ? cases[i].n : 0);
	}
	side_free(&s);
}
END_TEST

START_TEST (parameters_that_are_none_are_refused) {
	const struct bytes point = BYTES_STR("point"), shared = BYTES_STR("shared");
	const struct mech *m = mech_lookup(CKM_ECDH1_DERIVE);
	struct agree_params p;

	ck_assert(!agree_params_make(m, CKD_NULL, shared, point, &p));
	ck_assert(!agree_params_make(m, CKD_NULL, BYTES_NONE, BYTES_NONE, &p));
	ck_assert(!agree_params_make(m, 0, BYTES_NONE, point, &p));
	ck_assert(!agree_params_make(m, CKD_SHA1_KDF_ASN1, shared, point, &p));
	ck_assert(!agree_params_make(m, CKD_SHA3_512_KDF_SP800 + 1, shared, point, &p));
	ck_assert(!agree_params_make(m, UINT64_MAX, shared, point, &p));
}
END_TEST

/* --- RSA ----------------------------------------------------------------------------- */

static const uint8_t key_bytes[16] = "sixteen letters!";

static struct mech_params
params_of(CK_MECHANISM_TYPE type)
{
	struct mech_params p = { 0 };

	if (type == CKM_RSA_PKCS_OAEP)
		p.hash = p.mgf_hash = DIGEST_SHA256;
	return p;
}

static void
block_of(const struct pair *pair, CK_MECHANISM_TYPE type, struct bytes plain,
	uint8_t block[256])
{
	const struct mech_params p = params_of(type);
	struct outbuf out = { block, 256, 0 };
	struct op *op = pkey_new(OP_ENCRYPT, type, &p, pair);

	ck_assert_uint_eq(op->vtable->once(op, plain, BYTES_NONE, &out), CKR_OK);
	op_free(&op);
}

static CK_RV
unwrap(const struct pair *pair, CK_MECHANISM_TYPE type, struct bytes block, size_t n,
	struct secret *ret)
{
	const struct mech_params p = params_of(type);

	return pkey_unwrap(mech_lookup(type), &p, pair->private_key, block, n, ret);
}

static const CK_MECHANISM_TYPE rsa_mechs[] = { CKM_RSA_PKCS, CKM_RSA_PKCS_OAEP };

START_TEST (a_wrapped_key_comes_back) {
	const CK_MECHANISM_TYPE type = rsa_mechs[_i];
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	struct pair pair;
	uint8_t block[256];

	rsa_pair(&pair);
	block_of(&pair, type, BYTES_OF(key_bytes), block);
	ck_assert_uint_eq(unwrap(&pair, type, BYTES_OF(block), 16, &got), CKR_OK);
	expect_bytes(secret_bytes(&got), BYTES_OF(key_bytes));
	ck_assert_uint_eq(unwrap(&pair, type, BYTES_OF(block), 0, &got), CKR_OK);
	expect_bytes(secret_bytes(&got), BYTES_OF(key_bytes));
	ck_assert_uint_eq(unwrap(&pair, type, BYTES(block, 255), 16, &got),
		CKR_WRAPPED_KEY_LEN_RANGE);
	ck_assert_uint_eq(
		unwrap(&pair, type, BYTES_NONE, 16, &got), CKR_WRAPPED_KEY_LEN_RANGE);
	ck_assert_uint_eq(unwrap(&pair, type, BYTES_OF(block), 246, &got),
		CKR_WRAPPED_KEY_LEN_RANGE);
	pair_free(&pair);
}
END_TEST

/* Neither an error nor a length tells that padding or length were wrong, and asking twice
 * tells no more. */
START_TEST (wrong_pkcs1_padding_gives_some_other_key) {
	static const uint8_t raw[256] = { 0, 1 };
	CLEANUP(secret_free)
	struct secret one = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret again = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret other = SECRET_NONE;
	struct pair pair;
	uint8_t block[256];

	rsa_pair(&pair);
	if (_i == 0) /* right padding around 16 bytes */
		block_of(&pair, CKM_RSA_PKCS, BYTES_OF(key_bytes), block);
	else /* none at all */
		block_of(&pair, CKM_RSA_X_509, BYTES_OF(raw), block);
	ck_assert_uint_eq(unwrap(&pair, CKM_RSA_PKCS, BYTES_OF(block), 32, &one), CKR_OK);
	ck_assert_uint_eq(
		unwrap(&pair, CKM_RSA_PKCS, BYTES_OF(block), 32, &again), CKR_OK);
	ck_assert_uint_eq(one.n, 32);
	expect_bytes(secret_bytes(&one), secret_bytes(&again));
	ck_assert_mem_ne(one.p, key_bytes, 16);
	ck_assert_uint_eq(
		unwrap(&pair, CKM_RSA_PKCS, BYTES_OF(block), 24, &other), CKR_OK);
	ck_assert_mem_ne(one.p, other.p, 24);
	block[255] ^= 1;
	ck_assert_uint_eq(
		unwrap(&pair, CKM_RSA_PKCS, BYTES_OF(block), 32, &other), CKR_OK);
	ck_assert_mem_ne(one.p, other.p, 32);
	pair_free(&pair);
}
END_TEST

START_TEST (wrong_oaep_is_an_error) {
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	struct pair pair;
	uint8_t block[256];

	rsa_pair(&pair);
	block_of(&pair, CKM_RSA_PKCS_OAEP, BYTES_OF(key_bytes), block);
	ck_assert_uint_eq(unwrap(&pair, CKM_RSA_PKCS_OAEP, BYTES_OF(block), 32, &got),
		CKR_WRAPPED_KEY_LEN_RANGE);
	block[255] ^= 1;
	ck_assert_uint_eq(unwrap(&pair, CKM_RSA_PKCS_OAEP, BYTES_OF(block), 16, &got),
		CKR_WRAPPED_KEY_INVALID);
	ck_assert_uint_eq(got.n, 0);
	pair_free(&pair);
}
END_TEST

static const struct check_test tests[] = {
	{ &shared_secrets_are_the_published_ones, 2 * ARRAY_LEN(exchanges) },
	{ &wrong_points_are_refused, ARRAY_LEN(exchanges) },
	{ &x25519_agrees_as_published, 0 },
	{ &secret_is_taken_as_far_as_the_key_type_goes, ARRAY_LEN(lengths) },
	{ &x963_gives_the_published_keys, ARRAY_LEN(x963) },
	{ &every_kdf_does_as_openssl_s, 2 * ARRAY_LEN(hashes) },
	{ &long_data_are_not_hashed_as_often_as_one_likes, 0 },
	{ &parameters_that_are_none_are_refused, 0 },
	{ &a_wrapped_key_comes_back, ARRAY_LEN(rsa_mechs) },
	{ &wrong_pkcs1_padding_gives_some_other_key, 2 },
	{ &wrong_oaep_is_an_error, 0 },
};

CHECK_MAIN("agree", tests)
