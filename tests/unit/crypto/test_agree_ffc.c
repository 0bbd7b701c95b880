/* SPDX-License-Identifier: Apache-2.0 */
/* Diffie-Hellman modulo primes: PKCS #3 and X9.42. */
#include "common/cleanup.h"
#include "crypto/agree.h"
#include "crypto/derive.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/ffc_pair.h"

static const struct {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE mechanism;
} kinds[] = { { CKK_DH, CKM_DH_PKCS_DERIVE }, { CKK_X9_42_DH, CKM_X9_42_DH_DERIVE } };

#define KINDS ARRAY_LEN(kinds)

struct side {
	struct pair pair;
	const struct mech *m; /* the whole row */
	struct hex other, z;
};

static void
side_make(const struct dh_vector *v, size_t kind, struct side *s)
{
	*s = (struct side){ .m = mech_lookup_legacy(kinds[kind].mechanism) };
	ffc_type_set(&s->pair, kinds[kind].type);
	for (int i = 0; i < 2; i++)
		ffc_domain_set(i == 0 ? &s->pair.public : &s->pair.private, v->p,
			kind == 0 ? NULL : v->q, v->g);
	set_hex(&s->pair.public, CKA_VALUE, v->y);
	set_hex(&s->pair.secret, CKA_VALUE, v->x);
	pair_load(&s->pair);
	hex(&s->other, v->other);
	hex(&s->z, v->z);
}

static CK_RV
agree(const struct side *s, const struct mech *m, struct bytes public, size_t n,
	struct secret *ret)
{
	struct agree_params p;

	ck_assert(agree_params_make(m, CKD_NULL, BYTES_NONE, public, &p));
	return pkey_agree(
		m, &p, s->pair.private_key, attrs_bytes(&s->pair.private), n, ret);
}

/* With zeroes in front, where it has them; cut in front, where less is wanted. */
START_TEST (shared_secrets_are_the_published_ones) {
	const struct dh_vector *v = &dh_vectors[(size_t)_i / KINDS];
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	struct side s;

	side_make(v, (size_t)_i % KINDS, &s);
	ck_assert_int_eq(EVP_PKEY_eq(s.pair.private_key, s.pair.public_key), 1);
	ck_assert_uint_eq(s.z.v.n, strlen(v->p) / 2);
	ck_assert_uint_eq(agree(&s, s.m, s.other.v, s.z.v.n, &got), CKR_OK);
	expect_bytes(secret_bytes(&got), s.z.v);
	ck_assert_uint_eq(agree(&s, s.m, s.other.v, 16, &got), CKR_OK);
	expect_bytes(secret_bytes(&got), BYTES(s.z.v.p + s.z.v.n - 16, 16));
	ck_assert_uint_eq(
		agree(&s, s.m, s.other.v, s.z.v.n + 1, &got), CKR_KEY_SIZE_RANGE);
	ck_assert_uint_eq(agree(&s, s.m, s.other.v, 0, &got), CKR_KEY_SIZE_RANGE);
	pair_free(&s.pair);
}
END_TEST

START_TEST (short_primes_are_for_old_data) {
	const struct dh_vector *v = &dh_vectors[(size_t)_i / KINDS];
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	struct side s;

	side_make(v, (size_t)_i % KINDS, &s);
	ck_assert_uint_eq(agree(&s, mech_lookup(s.m->type), s.other.v, 16, &got),
		s.z.v.n < 256 ? CKR_KEY_SIZE_RANGE : CKR_OK);
	pair_free(&s.pair);
}
END_TEST

/* 0, 1, p - 1, p, p + 1, too long; of another order where the order is known. */
START_TEST (wrong_public_values_are_refused) {
	const bool has_order = _i != 0;
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	uint8_t p[257] = { 0 };
	struct bytes v;
	struct side s;

	/* a domain without a name: of others OpenSSL knows the order */
	side_make(&dh_vectors[4], (size_t)_i, &s);
	ck_assert(attrs_find(attrs_bytes(&s.pair.public), CKA_PRIME, &v));
	ck_assert_uint_eq(v.n, 256);
	memcpy(p + 1, v.p, v.n);
#define REFUSED(...)       \
	ck_assert_uint_eq( \
		agree(&s, s.m, __VA_ARGS__, 16, &got), CKR_MECHANISM_PARAM_INVALID)
	REFUSED(BYTES("\0", 1));
	REFUSED(BYTES("\1", 1));
	for (int d = -1; d <= 1; d++) {
		p[256] = (uint8_t)(v.p[255] + d);
		REFUSED(BYTES(p + 1, 256));
		REFUSED(BYTES(p, 257));
	}
	p[0] = 1;
	REFUSED(BYTES(p, 257));
	ck_assert_uint_eq(agree(&s, s.m, BYTES("\2", 1), 16, &got),
		has_order ? CKR_MECHANISM_PARAM_INVALID : CKR_OK);
	pair_free(&s.pair);
}
END_TEST

/* Without a length: all of it, where the key type has keys of that size. */
START_TEST (secret_is_whole_where_no_length_is_told) {
	static const struct {
		CK_KEY_TYPE type;
		CK_RV rv;
		size_t n;
	} cases[] = { { CKK_GENERIC_SECRET, CKR_OK, 256 }, { CKK_CHACHA20, CKR_OK, 32 },
		{ CKK_AES, CKR_TEMPLATE_INCOMPLETE, 0 } };
	CLEANUP(derive_params_free)
	struct derive_params params = DERIVE_PARAMS_NONE;
	CK_X9_42_DH1_DERIVE_PARAMS p = { .kdf = CKD_NULL };
	CK_MECHANISM m = { CKM_X9_42_DH_DERIVE, &p, sizeof p };
	struct key_input base = { .exposed = false };
	struct side s;

	side_make(&dh_vectors[4], (size_t)_i, &s);
	attrs_set_bool(&s.pair.private, CKA_DERIVE, true);
	base.attributes = attrs_bytes(&s.pair.private);
	p.pPublicData = s.other.room;
	p.ulPublicDataLen = s.other.v.n;
	if (_i == 0)
		m = (CK_MECHANISM){ CKM_DH_PKCS_DERIVE, s.other.room, s.other.v.n };
	ck_assert_uint_eq(derive_params_pack(s.m, &m, &params), CKR_OK);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(attrs_free)
		struct attrs template = ATTRS_INIT;
		size_t n = 0;

		attrs_set_ulong(&template, CKA_KEY_TYPE, cases[i].type);
		ck_assert_uint_eq(key_agree_size(s.m, buf_bytes(&params.packed), &base,
					  attrs_bytes(&template), &n),
			cases[i].rv);
		ck_assert_uint_eq(n, cases[i].n);
	}
	pair_free(&s.pair);
}
END_TEST

/* --- X9.42's KDFs --------------------------------------------------------------------- */

/* RFC 2631, 2.1.6, the first; and its second block */
static const char zz[] = "000102030405060708090a0b0c0d0e0f10111213";
static const char other_info[] =
	"301d3013060b2a864886f70d0109100306040400000001a2060404000000c0";
static const char keys[] = "a09661392376f7044d9052a397883246b67f5f1e"
			   "f63eb5fb5f56d9b6a8340391c2d34534932e1130";

START_TEST (asn1_kdf_counts_inside_of_what_is_shared) {
	const struct mech *m = mech_lookup(CKM_X9_42_DH_DERIVE);
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	struct hex z, shared, want;
	struct agree_params p;

	hex(&z, zz);
	hex(&shared, other_info);
	hex(&want, keys);
	ck_assert(agree_params_make(m, CKD_SHA1_KDF_ASN1, shared.v, z.v, &p));
	for (size_t n = 1; n <= want.v.n; n++) {
		secret_free(&got);
		ck_assert_int_eq(secret_new(n, &got), 0);
		ck_assert_uint_eq(agree_kdf(&p, z.v, &got), CKR_OK);
		expect_bytes(secret_bytes(&got), BYTES(want.v.p, n));
	}
}
END_TEST

/* NIST CAVP, ANSI X9.63-2001: the same function */
START_TEST (concatenating_kdf_is_x9_63_s) {
	const struct mech *m = mech_lookup(CKM_X9_42_DH_DERIVE);
	CLEANUP(secret_free)
	struct secret got = SECRET_NONE;
	struct agree_params p;
	struct hex z, want;

	hex(&z, "1c7d7b5f0597b03d06a018466ed1a93e30ed4b04dc64ccdd");
	hex(&want, "bf71dffd8f4d99223936beb46fee8ccc");
	ck_assert(agree_params_make(m, CKD_SHA1_KDF_CONCATENATE, BYTES_NONE, z.v, &p));
	ck_assert_int_eq(secret_new(want.v.n, &got), 0);
	ck_assert_uint_eq(agree_kdf(&p, z.v, &got), CKR_OK);
	expect_bytes(secret_bytes(&got), want.v);
}
END_TEST

static const char *const no_info[] = {
	"",
	"30",
	"3000",
	"30023000",
	"3081", /* length in a form that DER has not, or has for more only */
	"3080",
	"30811d3013060b2a864886f70d0109100306040400000001a2060404000000c0",
	"3082001d3013060b2a864886f70d0109100306040400000001a2060404000000c0",
	"30851d3013060b2a864886f70d0109100306040400000001a2060404000000c0",
	/* something behind it */
	"301d3013060b2a864886f70d0109100306040400000001a2060404000000c000",
	/* no identifier, counter of another length or tag, something behind the counter */
	"30083006040400000001",
	"301c3012060b2a864886f70d01091003060403000001a2060404000000c0",
	"301d3013060b2a864886f70d0109100306020400000001a2060404000000c0",
	"301e3014060b2a864886f70d010910030604040000000100a2060404000000c0",
	/* which is not at one */
	"301d3013060b2a864886f70d0109100306040400000002a2060404000000c0",
};

START_TEST (what_is_no_other_info_is_refused) {
	const struct mech *m = mech_lookup(CKM_X9_42_DH_DERIVE);
	struct agree_params p;
	struct hex h;

	hex(&h, no_info[_i]);
	ck_assert(!agree_params_make(m, CKD_SHA1_KDF_ASN1, h.v, BYTES_STR("y"), &p));
	hex(&h, other_info);
	for (size_t n = 0; n < h.v.n; n++) {
		uint8_t exact[64];

		memcpy(exact, h.v.p, n);
		ck_assert(!agree_params_make(
			m, CKD_SHA1_KDF_ASN1, BYTES(exact, n), BYTES_STR("y"), &p));
	}
}
END_TEST

START_TEST (each_mechanism_has_its_kdfs) {
	const struct mech *dh = mech_lookup(CKM_DH_PKCS_DERIVE),
			  *x9_42 = mech_lookup(CKM_X9_42_DH_DERIVE),
			  *ecdh = mech_lookup(CKM_ECDH1_DERIVE);
	const struct bytes y = BYTES_STR("y"), more = BYTES_STR("more");
	struct agree_params p;

	ck_assert(!agree_params_make(dh, CKD_NULL, BYTES_NONE, BYTES_NONE, &p));
	ck_assert(!agree_params_make(dh, CKD_NULL, more, y, &p));
	ck_assert(!agree_params_make(dh, CKD_SHA1_KDF, BYTES_NONE, y, &p));
	ck_assert(!agree_params_make(dh, CKD_SHA1_KDF_CONCATENATE, BYTES_NONE, y, &p));
	ck_assert(!agree_params_make(x9_42, CKD_NULL, more, y, &p));
	ck_assert(!agree_params_make(x9_42, CKD_SHA1_KDF, BYTES_NONE, y, &p));
	ck_assert(!agree_params_make(x9_42, CKD_SHA256_KDF, BYTES_NONE, y, &p));
	ck_assert(agree_params_make(x9_42, CKD_SHA1_KDF_CONCATENATE, BYTES_NONE, y, &p));
	ck_assert(agree_params_make(x9_42, CKD_SHA1_KDF_CONCATENATE, more, y, &p));
	ck_assert(!agree_params_make(ecdh, CKD_SHA1_KDF_CONCATENATE, more, y, &p));
	ck_assert(!agree_params_make(ecdh, CKD_SHA1_KDF_ASN1, more, y, &p));
}
END_TEST

static const struct check_test tests[] = {
	{ &shared_secrets_are_the_published_ones, KINDS *ARRAY_LEN(dh_vectors) },
	{ &short_primes_are_for_old_data, KINDS *ARRAY_LEN(dh_vectors) },
	{ &wrong_public_values_are_refused, KINDS },
	{ &secret_is_whole_where_no_length_is_told, KINDS },
	{ &asn1_kdf_counts_inside_of_what_is_shared, 0 },
	{ &concatenating_kdf_is_x9_63_s, 0 },
	{ &what_is_no_other_info_is_refused, ARRAY_LEN(no_info) },
	{ &each_mechanism_has_its_kdfs, 0 },
};

CHECK_MAIN("agree_ffc", tests)
