/* SPDX-License-Identifier: Apache-2.0 */
/* Curves by all their names, their points in all forms, and what is signed with them. */
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "cryptoki/vendor.h"
#include "tests/unit/crypto/pair.h"

#include "tests/unit/check_main.h"

static const struct name {
	CK_KEY_TYPE type;
	const char *oid, *name;
	size_t signature; /* bytes; 0: none */
} curves[] = {
	{ CKK_EC, "06052b81040021", "secp224r1", 56 },
	{ CKK_EC, OID_P256, "secp256r1", 64 },
	{ CKK_EC, OID_P256, "prime256v1", 64 },
	{ CKK_EC, OID_P384, "secp384r1", 96 },
	{ CKK_EC, OID_P521, "secp521r1", 132 },
	{ CKK_EC, "06052b8104000a", "secp256k1", 64 },
	{ CKK_EC, "06092b2403030208010105", "brainpoolP224r1", 56 },
	{ CKK_EC, "06092b2403030208010107", "brainpoolP256r1", 64 },
	{ CKK_EC, "06092b2403030208010109", "brainpoolP320r1", 80 },
	{ CKK_EC, "06092b240303020801010b", "brainpoolP384r1", 96 },
	{ CKK_EC, "06092b240303020801010d", "brainpoolP512r1", 128 },
	{ CKK_EC_EDWARDS, "06032b6570", "edwards25519", 64 },
	{ CKK_EC_EDWARDS, "06092b06010401da470f01", "Ed25519", 64 },
	{ CKK_EC_EDWARDS, "06032b6571", "edwards448", 114 },
	{ CKK_EC_MONTGOMERY, "06032b656e", "curve25519", 0 },
	{ CKK_EC_MONTGOMERY, "060a2b060104019755010501", "X25519", 0 },
	{ CKK_EC_MONTGOMERY, "06032b656f", "curve448", 0 },
};

static struct bytes
printable(const char *name, uint8_t room[64])
{
	const size_t n = strlen(name);

	room[0] = 0x13;
	room[1] = (uint8_t)n;
	memcpy(room + 2, name, n);
	return BYTES(room, n + 2);
}

static struct bytes
get(const struct attrs *a, uint32_t type)
{
	struct bytes v = BYTES_NONE;

	ck_assert(attrs_find(attrs_bytes(a), type, &v));
	return v;
}

static void
sign_with(struct pair *pair, CK_KEY_TYPE type, size_t size)
{
	static const CK_MECHANISM_TYPE ecdsa[] = { CKM_ECDSA, CKM_ECDSA_SHA1,
		CKM_ECDSA_SHA224, CKM_ECDSA_SHA256, CKM_ECDSA_SHA384, CKM_ECDSA_SHA512,
		CKM_ECDSA_SHA3_224, CKM_ECDSA_SHA3_256, CKM_ECDSA_SHA3_384,
		CKM_ECDSA_SHA3_512 };
	static const CK_MECHANISM_TYPE eddsa[] = { CKM_EDDSA };
	const CK_MECHANISM_TYPE *m = type == CKK_EC ? ecdsa : eddsa;
	const size_t n = type == CKK_EC ? ARRAY_LEN(ecdsa) : ARRAY_LEN(eddsa);
	static const struct mech_params none;
	uint8_t sig[256];
	struct bytes s;

	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(
			run(OP_SIGN, m[i], &none, pair, BYTES_STR("twenty bytes of data"),
				BYTES_NONE, sig, &s),
			CKR_OK);
		ck_assert_uint_eq(s.n, size);
		ck_assert_uint_eq(
			pkey_output_size(mech_lookup(m[i]), attrs_bytes(&pair->public)),
			size);
		ck_assert_uint_eq(
			run(OP_VERIFY, m[i], &none, pair,
				BYTES_STR("twenty bytes of data"), s, NULL, NULL),
			CKR_OK);
		ck_assert_uint_eq(
			run(OP_VERIFY, m[i], &none, pair,
				BYTES_STR("twenty bytes of date"), s, NULL, NULL),
			CKR_SIGNATURE_INVALID);
		ck_assert_uint_eq(run(OP_VERIFY, m[i], &none, pair,
					  BYTES_STR("twenty bytes of data"),
					  BYTES(sig, s.n - 1), NULL, NULL),
			CKR_SIGNATURE_LEN_RANGE);
	}
}

/* Of one in four, on P-521, both halves begin with a zero. */
START_TEST (signatures_may_come_without_zeroes_in_front) {
	static const struct mech_params none;
	const struct bytes message = BYTES_STR("message");
	const CK_MECHANISM_TYPE type = CKM_ECDSA_SHA256;
	static const size_t wrong[] = { 0, 1, 65, 129, 131, 133, 134 };
	uint8_t sig[134] = { 1 }, cut[132];
	struct pair pair;
	struct bytes s;

	ec_pair(&pair, OID_P521);
	for (int i = 0; i < 1000 && (sig[0] != 0 || sig[66] != 0); i++)
		ck_assert_uint_eq(
			run(OP_SIGN, type, &none, &pair, message, BYTES_NONE, sig, &s),
			CKR_OK);
	ck_assert(sig[0] == 0 && sig[66] == 0);
	memcpy(cut, sig + 1, 65);
	memcpy(cut + 65, sig + 67, 65);
#define IS(rv, ...)                                                                   \
	ck_assert_uint_eq(                                                            \
		run(OP_VERIFY, type, &none, &pair, message, __VA_ARGS__, NULL, NULL), \
		(rv))
	IS(CKR_OK, s);
	IS(CKR_OK, BYTES(cut, 130));
	IS(CKR_SIGNATURE_INVALID, BYTES(cut, 128));
	IS(CKR_SIGNATURE_INVALID, BYTES(cut, 2));
	cut[129] ^= 1;
	IS(CKR_SIGNATURE_INVALID, BYTES(cut, 130));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		IS(CKR_SIGNATURE_LEN_RANGE, BYTES(sig, wrong[i]));
#undef IS
	pair_free(&pair);
}
END_TEST

/* What is given for the curve stays as it is; the pair is the same whatever it was. */
START_TEST (curves_have_an_oid_and_names) {
	const struct name *c = &curves[_i];
	uint8_t room[64];
	struct hex oid;
	struct bytes forms[] = { hex(&oid, c->oid), printable(c->name, room) };
	struct pair pair;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		ck_assert_uint_eq(curve_generate(&pair, c->type, forms[i]), CKR_OK);
		expect_bytes(get(&pair.public, CKA_EC_PARAMS), forms[i]);
		expect_bytes(get(&pair.private, CKA_EC_PARAMS), forms[i]);
		pair_load(&pair);
		if (c->signature != 0)
			sign_with(&pair, c->type, c->signature);
		/* what came out goes in again */
		ck_assert_uint_eq(object_complete(&pair.public, &pair.secret), CKR_OK);
		ck_assert_uint_eq(object_complete(&pair.private, &pair.secret), CKR_OK);
		pair_free(&pair);
	}
}
END_TEST

/* --- Points ----------------------------------------------------------------------------- */

static struct bytes
unwrapped(struct bytes der)
{
	const size_t head = der.p[1] == 0x81 ? 3 : 2;

	return BYTES(der.p + head, der.n - head);
}

/* Bare, DER, and compressed both ways: the same key, the same attribute. */
START_TEST (points_are_taken_in_every_form) {
	const struct name *c = &curves[_i];
	struct pair pair;
	struct hex oid;
	struct bytes raw, kept;
	uint8_t room[256] = { 4 };

	ck_assert_uint_eq(curve_generate(&pair, c->type, hex(&oid, c->oid)), CKR_OK);
	kept = get(&pair.public, CKA_EC_POINT);
	raw = c->type == CKK_EC ? unwrapped(kept) : kept;
	for (int form = 0; form < 4; form++) {
		const size_t head = form % 2 == 0 ? 0 : raw.n >= 128 && form == 1 ? 3 : 2;
		size_t n = raw.n;
		struct attrs *halves[] = { &pair.public, &pair.private };

		memcpy(room + head, raw.p, raw.n);
		if (form >= 2 && c->type == CKK_EC) {
			room[head] = 2 + (raw.p[raw.n - 1] & 1);
			n = 1 + raw.n / 2;
		}
		if (head != 0) {
			room[0] = 4;
			room[1] = head == 3 ? 0x81 : (uint8_t)n;
			room[head - 1] = (uint8_t)n;
		}
		for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
			struct attrs copy = ATTRS_INIT;

			attrs_set_ulong(&copy, CKA_CLASS, CKO_PUBLIC_KEY + i);
			attrs_set_ulong(&copy, CKA_KEY_TYPE, c->type);
			attrs_set(&copy, CKA_EC_PARAMS, oid.v);
			attrs_set(&copy, CKA_EC_POINT, BYTES(room, head + n));
			ck_assert_uint_eq(object_complete(&copy, &pair.secret), CKR_OK);
			expect_bytes(get(&copy, CKA_EC_POINT), kept);
			expect_bytes(get(&copy, CKA_PUBLIC_KEY_INFO),
				get(halves[i], CKA_PUBLIC_KEY_INFO));
			attrs_free(&copy);
		}
	}
	pair_free(&pair);
}
END_TEST

static CK_RV
load_point(const struct name *c, struct bytes point)
{
	struct attrs key = ATTRS_INIT;
	EVP_PKEY *pkey = NULL;
	struct hex oid;
	CK_RV rv;

	attrs_set_ulong(&key, CKA_KEY_TYPE, c->type);
	attrs_set(&key, CKA_EC_PARAMS, hex(&oid, c->oid));
	attrs_set(&key, CKA_EC_POINT, point);
	rv = pkey_from_public(attrs_bytes(&key), &pkey);
	EVP_PKEY_free(pkey);
	attrs_free(&key);
	return rv;
}

START_TEST (what_is_no_point_is_refused) {
	const struct name *c = &curves[_i];
	struct pair pair;
	struct hex oid;
	struct bytes kept;
	uint8_t room[256] = { 0 };

	ck_assert_uint_eq(curve_generate(&pair, c->type, hex(&oid, c->oid)), CKR_OK);
	kept = get(&pair.public, CKA_EC_POINT);
	memcpy(room, kept.p, kept.n);
	/* cut short, and longer: anywhere */
	for (size_t n = 0; n < kept.n; n++)
		ck_assert_msg(
			load_point(c, BYTES(room, n)) == CKR_ATTRIBUTE_VALUE_INVALID,
			"%zu of %zu bytes", n, kept.n);
	ck_assert_uint_eq(
		load_point(c, BYTES(room, kept.n + 1)), CKR_ATTRIBUTE_VALUE_INVALID);
	if (c->type == CKK_EC) {
		room[kept.n - 1] ^= 1; /* off the curve */
		ck_assert_uint_eq(
			load_point(c, BYTES(room, kept.n)), CKR_ATTRIBUTE_VALUE_INVALID);
		room[kept.n - 1] ^= 1;
		room[unwrapped(kept).p - kept.p] = 6; /* hybrid */
		ck_assert_uint_eq(
			load_point(c, BYTES(room, kept.n)), CKR_ATTRIBUTE_VALUE_INVALID);
	}
	if (c->type == CKK_EC_EDWARDS) {
		unsigned points = 0;

		memset(room, 0xff, kept.n); /* above the field's prime */
		ck_assert_uint_eq(
			load_point(c, BYTES(room, kept.n)), CKR_ATTRIBUTE_VALUE_INVALID);
		/* half of all ordinates are those of points, and both signs, but for 1 */
		memset(room, 0, kept.n);
		for (room[0] = 2; room[0] < 102; room[0]++)
			points += load_point(c, BYTES(room, kept.n)) == CKR_OK;
		ck_assert(points > 30 && points < 70);
		room[0] = 1;
		ck_assert_uint_eq(load_point(c, BYTES(room, kept.n)), CKR_OK);
		room[kept.n - 1] = 0x80;
		ck_assert_uint_eq(
			load_point(c, BYTES(room, kept.n)), CKR_ATTRIBUTE_VALUE_INVALID);
	}
	pair_free(&pair);
}
END_TEST

START_TEST (private_numbers_are_of_their_curve) {
	const struct name *c = &curves[_i];
	struct attrs key = ATTRS_INIT, secret = ATTRS_SECRET;
	static const size_t wrong[] = { 0, 1, 31, 33, 55, 58, 70, 200 };
	uint8_t room[200];
	EVP_PKEY *pkey = NULL;
	struct hex oid;

	memset(room, 0xff, sizeof room);
	attrs_set_ulong(&key, CKA_KEY_TYPE, c->type);
	attrs_set(&key, CKA_EC_PARAMS, hex(&oid, c->oid));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		/* of CKK_EC it is a number, and may be short */
		if (c->type == CKK_EC && wrong[i] != 0 && wrong[i] < 70)
			continue;
		attrs_set(&secret, CKA_VALUE, BYTES(room, wrong[i]));
		ck_assert_msg(pkey_from_private(attrs_bytes(&key), attrs_bytes(&secret),
				      &pkey) == CKR_ATTRIBUTE_VALUE_INVALID,
			"%zu bytes", wrong[i]);
		ck_assert_ptr_null(pkey);
	}
	attrs_unset(&secret, CKA_VALUE);
	ck_assert_uint_eq(
		pkey_from_private(attrs_bytes(&key), attrs_bytes(&secret), &pkey),
		CKR_TEMPLATE_INCOMPLETE);
	attrs_free(&key);
	attrs_free(&secret);
}
END_TEST

/* --- Parameters ------------------------------------------------------------------------- */

static CK_RV
generate(CK_KEY_TYPE type, struct bytes params)
{
	struct pair pair;
	CK_RV rv = curve_generate(&pair, type, params);

	pair_free(&pair);
	return rv;
}

START_TEST (what_names_no_curve_is_refused) {
	static const struct {
		CK_KEY_TYPE type;
		const char *params;
		CK_RV rv;
	} wrong[] = {
		{ CKK_EC, "", CKR_DOMAIN_PARAMS_INVALID },
		{ CKK_EC, "06", CKR_DOMAIN_PARAMS_INVALID },
		{ CKK_EC, "0500", CKR_DOMAIN_PARAMS_INVALID }, /* implicitlyCA */
		{ CKK_EC, "06082a8648ce3d0301", CKR_DOMAIN_PARAMS_INVALID }, /* cut */
		{ CKK_EC, OID_P256 "00", CKR_DOMAIN_PARAMS_INVALID },
		{ CKK_EC, "06082a8648ce3d030101", CKR_CURVE_NOT_SUPPORTED }, /* P-192 */
		{ CKK_EC, "0600", CKR_CURVE_NOT_SUPPORTED },
		{ CKK_EC, "1300", CKR_CURVE_NOT_SUPPORTED },
		{ CKK_EC, "1303502d32", CKR_CURVE_NOT_SUPPORTED }, /* "P-2" */
		{ CKK_EC, "3000", CKR_DOMAIN_PARAMS_INVALID },
		{ CKK_EC, "30820100", CKR_DOMAIN_PARAMS_INVALID },
		{ CKK_EC, "06032b6570", CKR_CURVE_NOT_SUPPORTED }, /* of another type */
		{ CKK_EC_EDWARDS, OID_P256, CKR_CURVE_NOT_SUPPORTED },
		{ CKK_EC_EDWARDS, "06032b656e", CKR_CURVE_NOT_SUPPORTED },
		{ CKK_EC_MONTGOMERY, "06032b6570", CKR_CURVE_NOT_SUPPORTED },
	};
	struct hex h;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		ck_assert_msg(
			generate(wrong[i].type, hex(&h, wrong[i].params)) == wrong[i].rv,
			"%s", wrong[i].params);
}
END_TEST

static struct bytes
explicit_params(int nid, uint8_t **ret)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	int n;

	EC_GROUP_set_asn1_flag(group, OPENSSL_EC_EXPLICIT_CURVE);
	*ret = NULL;
	n = i2d_ECPKParameters(group, ret);
	ck_assert_int_gt(n, 100);
	EC_GROUP_free(group);
	return BYTES(*ret, (size_t)n);
}

START_TEST (explicit_parameters_have_to_be_a_named_curves) {
	static const int ours[] = { NID_secp224r1, NID_X9_62_prime256v1, NID_secp521r1,
		NID_secp256k1, NID_brainpoolP512r1 };
	uint8_t *der;
	struct bytes params;
	struct pair pair;

	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		params = explicit_params(ours[i], &der);
		ck_assert_uint_eq(curve_generate(&pair, CKK_EC, params), CKR_OK);
		expect_bytes(get(&pair.public, CKA_EC_PARAMS), params);
		pair_load(&pair);
		pair_free(&pair);
		for (size_t at = 0; at < params.n; at++) {
			der[at] ^= 4;
			(void)generate(CKK_EC, params);
			der[at] ^= 4;
			if (at % 16 == 0)
				ck_assert_uint_ne(
					generate(CKK_EC, BYTES(der, at)), CKR_OK);
		}
		/* another order, which comes before the cofactor */
		der[params.n - 4] ^= 1;
		ck_assert_uint_ne(generate(CKK_EC, params), CKR_OK);
		OPENSSL_free(der);
	}
	params = explicit_params(NID_X9_62_prime192v1, &der);
	ck_assert_uint_eq(generate(CKK_EC, params), CKR_CURVE_NOT_SUPPORTED);
	OPENSSL_free(der);
}
END_TEST

/* --- Known answers ------------------------------------------------------------------------ */

static const struct {
	const char *oid, *point, *message;
	CK_MECHANISM_TYPE mechanism;
	const char *signature;
} ecdsa[] = {
	/* RFC 6979, A.2.4 to A.2.7 */
	{ "06052b81040021",
		"0400cf08da5ad719e42707fa431292dea11244d64fc51610d94b130d6c"
		"eeab6f3debe455e3dbf85416f7030cbd94f34f2d6f232c69f3c1385a",
		"73616d706c65", CKM_ECDSA_SHA256,
		"61aa3da010e8e8406c656bc477a7a7189895e7e840cdfe8ff42307ba"
		"bc814050dab5d23770879494f9e0a680dc1af7161991bde692b10101" },
	{ OID_P384,
		"04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
		"def8f0ea9055866064a254515480bc13"
		"8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
		"288b231c3ae0d4fe7344fd2533264720",
		"73616d706c65", CKM_ECDSA_SHA384,
		"94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
		"81a648152e44acf96e36dd1e80fabe46"
		"99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
		"a329c145786e679e7b82c71a38628ac8" },
	{ OID_P521,
		"0401894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd"
		"371123d46e45db6b5d5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f5023a4"
		"00493101c962cd4d2fddf782285e64584139c2f91b47f87ff82354d6630f746a28a0"
		"db25741b5b34a828008b22acc23f924faafbd4d33f81ea66956dfeaa2bfdfcf5",
		"73616d706c65", CKM_ECDSA_SHA512,
		"00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e"
		"25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa"
		"00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af2826"
		"23eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a" },
	/* Wycheproof, ecdsa_secp256k1_sha256_p1363 and ecdsa_brainpoolP256r1_sha256_p1363, 1 */
	{ "06052b8104000a",
		"04b838ff44e5bc177bf21189d0766082fc9d843226887fc9760371100b7ee20a6f"
		"f0c9d75bfba7b31a6bca1974496eeb56de357071955d83c4b1badaa0b21832e9",
		"313233343030", CKM_ECDSA_SHA256,
		"813ef79ccefa9a56f7ba805f0e478584fe5f0dd5f567bc09b5123ccbc9832365"
		"900e75ad233fcc908509dbff5922647db37c21f4afd3203ae8dc4ae7794b0f87" },
	{ "06092b2403030208010107",
		"04019a2d9637743a63ddaefdbca0ee229a163b809b9b145e5313bbeb8defeab9d6"
		"548caf89bf5ba49499404145651234336401b9b2843a579ed152e090f11b9e59",
		"313233343030", CKM_ECDSA_SHA256,
		"0a5f8c70ba2d0842d5d0f841f160ad15195769a8159bfe692634d73d469d111f"
		"426e857aad3ff7aa96e4d200c03b45f1846a36d089ee3917768ca1a0d6d4da6e" },
};

START_TEST (ecdsa_signatures_of_others_verify) {
	static const struct mech_params none;
	const size_t i = (size_t)_i;
	struct attrs key = ATTRS_INIT;
	struct pair pair = { .public_key = NULL };
	struct hex sig, message;

	attrs_set_ulong(&key, CKA_KEY_TYPE, CKK_EC);
	set_hex(&key, CKA_EC_PARAMS, ecdsa[i].oid);
	set_hex(&key, CKA_EC_POINT, ecdsa[i].point);
	hex(&message, ecdsa[i].message);
	hex(&sig, ecdsa[i].signature);
	ck_assert_uint_eq(pkey_from_public(attrs_bytes(&key), &pair.public_key), CKR_OK);
	ck_assert_uint_eq(run(OP_VERIFY, ecdsa[i].mechanism, &none, &pair, message.v,
				  sig.v, NULL, NULL),
		CKR_OK);
	/* Wycheproof 11 and others: r and s of 0, above the order */
	memset(sig.room, 0, sig.v.n);
	ck_assert_uint_eq(run(OP_VERIFY, ecdsa[i].mechanism, &none, &pair, message.v,
				  sig.v, NULL, NULL),
		CKR_SIGNATURE_INVALID);
	memset(sig.room, 0xff, sig.v.n);
	ck_assert_uint_eq(run(OP_VERIFY, ecdsa[i].mechanism, &none, &pair, message.v,
				  sig.v, NULL, NULL),
		CKR_SIGNATURE_INVALID);
	EVP_PKEY_free(pair.public_key);
	attrs_free(&key);
}
END_TEST

#define OID_ED25519 "06032b6570"
#define OID_ED448 "06032b6571"

/* RFC 8032, 7.1 to 7.5 */
static const struct {
	const char *oid, *secret, *public, *message;
	uint8_t scheme;
	const char *context, *signature;
} eddsa[] = {
	{ OID_ED25519, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		EDDSA_PURE, "",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
		"5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ OID_ED25519, "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
		"af82", EDDSA_PURE, "",
		"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		"18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	{ OID_ED25519, "0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6",
		"dfc9425e4f968f7f0c29f0259cf5f9aed6851c2bb4ad8bfb860cfee0ab248292",
		"f726936d19c800494e3fdaff20b276a8", EDDSA_CONTEXT, "666f6f",
		"55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a"
		"8b36950b95130022907a7fb7c4e9b2d5f6cca685a587b4b21f4b888e4e7edb0d" },
	{ OID_ED25519, "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
		"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
		"616263", EDDSA_PREHASH, "",
		"98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
		"31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406" },
	{ OID_ED448,
		"6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3"
		"528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
		"5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778"
		"edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
		"", EDDSA_PURE, "",
		"533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f"
		"2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a"
		"9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4db"
		"b61149f05a7363268c71d95808ff2e652600" },
	{ OID_ED448,
		"c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463a"
		"fbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
		"43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c086"
		"6aea01eb00742802b8438ea4cb82169c235160627b4c3a9480",
		"03", EDDSA_CONTEXT, "666f6f",
		"d4f8f6131770dd46f40867d6fd5d5055de43541f8c5e35abbcd001b32a89f7d2"
		"151f7647f11d8ca2ae279fb842d607217fce6e042f6815ea000c85741de5c8da"
		"1144a6a1aba7f96de42505d7a7298524fda538fccbbb754f578c1cad10d54d0d"
		"5428407e85dcbc98a49155c13764e66c3c00" },
	{ OID_ED448,
		"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"
		"ef7822e0d5104127dc05d6dbefde69e3ab2cec7c867c6e2c49",
		"259b71c19f83ef77a7abd26524cbdb3161b590a48f7d17de3ee0ba9c52beb743"
		"c09428a131d6b1b57303d90d8132c276d5ed3d5d01c0f53880",
		"616263", EDDSA_PREHASH, "",
		"822f6901f7480f3d5f562c592994d9693602875614483256505600bbc281ae38"
		"1f54d6bce2ea911574932f52a4e6cadd78769375ec3ffd1b801a0d9b3f4030cd"
		"433964b6457ea39476511214f97469b57dd32dbc560a9a94d00bff07620464a3"
		"ad203df7dc7ce360c3cd3696d9d9fab90f00" },
};

static void
eddsa_pair(size_t i, struct pair *pair)
{
	*pair = (struct pair){ ATTRS_INIT, ATTRS_INIT, ATTRS_SECRET, NULL, NULL };
	attrs_set_ulong(&pair->public, CKA_KEY_TYPE, CKK_EC_EDWARDS);
	set_hex(&pair->public, CKA_EC_PARAMS, eddsa[i].oid);
	set_hex(&pair->public, CKA_EC_POINT, eddsa[i].public);
	attrs_set_ulong(&pair->private, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&pair->private, CKA_KEY_TYPE, CKK_EC_EDWARDS);
	set_hex(&pair->private, CKA_EC_PARAMS, eddsa[i].oid);
	set_hex(&pair->secret, CKA_VALUE, eddsa[i].secret);
	ck_assert_uint_eq(object_complete(&pair->private, &pair->secret), CKR_OK);
	expect_bytes(get(&pair->private, CKA_EC_POINT), get(&pair->public, CKA_EC_POINT));
	pair_load(pair);
}

START_TEST (eddsa_signs_as_rfc_8032_does) {
	const size_t i = (size_t)_i;
	struct hex message, context, want;
	struct mech_params p = { .scheme = eddsa[i].scheme,
		.extra = hex(&context, eddsa[i].context) };
	const struct mech *m = mech_lookup(CKM_EDDSA);
	uint8_t sig[114], hash[64];
	struct outbuf out = { sig, sizeof sig, 0 }, none = { 0 };
	enum digest digest = DIGEST_NONE;
	struct bytes s, in = hex(&message, eddsa[i].message);
	struct pair pair;
	struct op *op;

	eddsa_pair(i, &pair);
	hex(&want, eddsa[i].signature);
	ck_assert_uint_eq(
		run(OP_SIGN, CKM_EDDSA, &p, &pair, in, BYTES_NONE, sig, &s), CKR_OK);
	expect_bytes(s, want.v);
	ck_assert_uint_eq(
		run(OP_VERIFY, CKM_EDDSA, &p, &pair, in, want.v, NULL, NULL), CKR_OK);
	/* in parts, twice with one op */
	op = pkey_new(OP_VERIFY, CKM_EDDSA, &p, &pair);
	for (int again = 0; again < 2; again++) {
		for (size_t at = 0; at < in.n; at++)
			ck_assert_uint_eq(
				op->vtable->update(op, BYTES(in.p + at, 1), &none),
				CKR_OK);
		ck_assert_uint_eq(op->vtable->final(op, want.v, &none), CKR_OK);
		ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
	}
	op_free(&op);
	/* as keystored does, with what the module sends */
	ck_assert_uint_eq(pkey_hash(m, &p, attrs_bytes(&pair.private), &digest), CKR_OK);
	if (digest != DIGEST_NONE) {
		ck_assert_uint_eq(crypto_hash(digest, in, hash), CKR_OK);
		in = BYTES_OF(hash);
	}
	ck_assert_uint_eq(
		pkey_private(OP_SIGN, m, &p, pair.private_key, in, &out), CKR_OK);
	expect_bytes(BYTES(sig, out.n), want.v);
	pair_free(&pair);
}
END_TEST

/* One op, armed anew for another scheme each time. */
START_TEST (schemes_of_eddsa_are_apart) {
	static const struct mech_params ways[] = {
		{ .scheme = EDDSA_PURE },
		{ .scheme = EDDSA_CONTEXT, .extra = { (const uint8_t *)"one", 3 } },
		{ .scheme = EDDSA_CONTEXT, .extra = { (const uint8_t *)"two", 3 } },
		{ .scheme = EDDSA_PREHASH },
		{ .scheme = EDDSA_PREHASH, .extra = { (const uint8_t *)"one", 3 } },
	};
	uint8_t sig[114];
	struct outbuf none = { 0 };
	struct bytes s;
	struct pair pair;
	struct op *op;

	eddsa_pair((size_t)_i, &pair);
	op = pkey_new(OP_VERIFY, CKM_EDDSA, &ways[0], &pair);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		ck_assert_uint_eq(run(OP_SIGN, CKM_EDDSA, &ways[i], &pair,
					  BYTES_STR("message"), BYTES_NONE, sig, &s),
			CKR_OK);
		for (size_t k = 0; k < ARRAY_LEN(ways); k++) {
			ck_assert_uint_eq(op->vtable->rearm(op, &ways[k]), CKR_OK);
			ck_assert_uint_eq(
				op->vtable->once(op, BYTES_STR("message"), s, &none),
				i == k ? CKR_OK : CKR_SIGNATURE_INVALID);
		}
	}
	op_free(&op);
	pair_free(&pair);
}
END_TEST

START_TEST (what_is_no_scheme_of_the_curve_is_refused) {
	static const struct mech_params pure, empty = { .scheme = EDDSA_CONTEXT };
	const struct mech *ibm = mech_lookup(CKM_IBM_ED25519_SHA512);
	uint8_t sig[114];
	struct bytes s, same;
	uint8_t room[114];
	struct pair pair;
	struct op *op = NULL;

	eddsa_pair(0, &pair); /* Ed25519 */
	ck_assert_uint_eq(op_pkey_new(OP_VERIFY, mech_lookup(CKM_EDDSA), &empty,
				  pair.public_key, &op),
		CKR_MECHANISM_PARAM_INVALID);
	ck_assert_uint_eq(run(OP_SIGN, CKM_EDDSA, &pure, &pair, BYTES_STR("message"),
				  BYTES_NONE, sig, &s),
		CKR_OK);
	ck_assert_uint_eq(run(OP_SIGN, CKM_IBM_ED25519_SHA512, &pure, &pair,
				  BYTES_STR("message"), BYTES_NONE, room, &same),
		CKR_OK);
	expect_bytes(same, s);
	pair_free(&pair);
	eddsa_pair(4, &pair); /* Ed448 */
	ck_assert_uint_eq(op_pkey_new(OP_VERIFY, ibm, &pure, pair.public_key, &op),
		CKR_KEY_SIZE_RANGE);
	/* Ed448 without a context is that with an empty one */
	ck_assert_uint_eq(run(OP_SIGN, CKM_EDDSA, &pure, &pair, BYTES_STR("message"),
				  BYTES_NONE, sig, &s),
		CKR_OK);
	ck_assert_uint_eq(run(OP_VERIFY, CKM_EDDSA, &empty, &pair, BYTES_STR("message"),
				  s, NULL, NULL),
		CKR_OK);
	pair_free(&pair);
}
END_TEST

static const struct check_test tests[] = {
	{ &curves_have_an_oid_and_names, ARRAY_LEN(curves) },
	{ &points_are_taken_in_every_form, ARRAY_LEN(curves) },
	{ &what_is_no_point_is_refused, ARRAY_LEN(curves) },
	{ &private_numbers_are_of_their_curve, ARRAY_LEN(curves) },
	{ &what_names_no_curve_is_refused, 0 },
	{ &explicit_parameters_have_to_be_a_named_curves, 0 },
	{ &signatures_may_come_without_zeroes_in_front, 0 },
	{ &ecdsa_signatures_of_others_verify, ARRAY_LEN(ecdsa) },
	{ &eddsa_signs_as_rfc_8032_does, ARRAY_LEN(eddsa) },
	{ &schemes_of_eddsa_are_apart, ARRAY_LEN(eddsa) },
	{ &what_is_no_scheme_of_the_curve_is_refused, 0 },
};
CHECK_MAIN("ec", tests)
