/* SPDX-License-Identifier: Apache-2.0 */
/* HKDF and PBKDF2. */
#include "crypto/derive.h"

#include "tests/unit/check_main.h"
#include "tests/unit/crypto/derive_run.h"
#include "tests/unit/crypto/hkdf_vectors.h"
#include "tests/unit/crypto/pbkdf2_vectors.h"

/* --- HKDF -------------------------------------------------------------------------- */

static CK_HKDF_PARAMS
hkdf_of(const struct hkdf_vector *v, struct hex *salt, struct hex *info)
{
	CK_HKDF_PARAMS p = { .prfHashMechanism = v->hash,
		.ulSaltType = v->salt != NULL ? CKF_HKDF_SALT_DATA : CKF_HKDF_SALT_NULL };

	hex(info, v->info);
	p.pInfo = info->room;
	p.ulInfoLen = info->v.n;
	if (v->salt != NULL) {
		hex(salt, v->salt);
		p.pSalt = salt->room;
		p.ulSaltLen = salt->v.n;
	}
	return p;
}

static CK_RV
hkdf_with(CK_MECHANISM_TYPE type, CK_HKDF_PARAMS *p, const struct a_key *base,
	const struct a_key *salt, CK_ULONG n, struct derived *d)
{
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_VALUE_LEN, n) };
	CK_MECHANISM m = { type, p, sizeof *p };

	return derive_with(m, base, salt, template, n != 0, d);
}

START_TEST (hkdf_extracts_expands_or_both) {
	const struct hkdf_vector *v = &hkdf_vectors[_i];
	struct hex ikm, salt, info, prk, okm;
	CK_HKDF_PARAMS p = hkdf_of(v, &salt, &info);
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct a_key base, extracted, salt_key;

	a_key_make(CKK_HKDF, hex(&ikm, v->ikm), NULL, 0, &base);
	a_key_make(CKK_GENERIC_SECRET, hex(&prk, v->prk), NULL, 0, &extracted);
	hex(&okm, v->okm);
	p.bExtract = CK_TRUE;
	ck_assert_uint_eq(hkdf_with(CKM_HKDF_DERIVE, &p, &base, NULL, 0, &d), CKR_OK);
	expect_bytes(derived_value(&d, 0), prk.v);
	p.bExpand = CK_TRUE;
	ck_assert_uint_eq(
		hkdf_with(CKM_HKDF_DERIVE, &p, &base, NULL, okm.v.n, &d), CKR_OK);
	expect_bytes(derived_value(&d, 0), okm.v);
	/* the salt as a key */
	if (v->salt != NULL) {
		a_key_make(CKK_GENERIC_SECRET, salt.v, NULL, 0, &salt_key);
		p.ulSaltType = CKF_HKDF_SALT_KEY;
		p.hSaltKey = 9;
		ck_assert_uint_eq(
			hkdf_with(CKM_HKDF_DERIVE, &p, &base, &salt_key, okm.v.n, &d),
			CKR_OK);
		expect_bytes(derived_value(&d, 0), okm.v);
		a_key_free(&salt_key);
	}
	/* where nothing is extracted, the salt is ignored, whatever it is */
	p.bExtract = CK_FALSE;
	p.ulSaltType = 77;
	ck_assert_uint_eq(
		hkdf_with(CKM_HKDF_DERIVE, &p, &extracted, NULL, okm.v.n, &d), CKR_OK);
	expect_bytes(derived_value(&d, 0), okm.v);
	a_key_free(&base);
	a_key_free(&extracted);
}
END_TEST

START_TEST (hkdf_gives_a_data_object) {
	const struct hkdf_vector *v = &hkdf_vectors[0];
	struct hex ikm, salt, info, okm;
	CK_HKDF_PARAMS p = hkdf_of(v, &salt, &info);
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	CK_OBJECT_CLASS data_class = CKO_DATA;
	CK_BYTE label[] = "okm";
	CK_ULONG n = hex(&okm, v->okm).n;
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_CLASS, data_class),
		ATTR_V(CKA_VALUE_LEN, n), { CKA_LABEL, label, 3 } };
	CK_ATTRIBUTE key_template[] = { ATTR_V(CKA_CLASS, secret_class),
		ATTR_V(CKA_VALUE_LEN, n) };
	CK_ATTRIBUTE valued[] = { ATTR_V(CKA_VALUE_LEN, n), { CKA_VALUE, label, 1 } };
	CK_ATTRIBUTE limited[] = { { CKA_DERIVE_TEMPLATE, key_template,
		sizeof key_template[0] } };
	CK_MECHANISM m = { CKM_HKDF_DATA, &p, sizeof p };
	struct bytes public, value;
	struct a_key base, limited_base;

	p.bExtract = p.bExpand = CK_TRUE;
	a_key_make(CKK_HKDF, hex(&ikm, v->ikm), NULL, 0, &base);
	a_key_make(CKK_HKDF, ikm.v, limited, 1, &limited_base);
	ck_assert_uint_eq(derive_with(m, &base, NULL, template, 3, &d), CKR_OK);
	public = attrs_bytes(&d.keys[0].public);
	ck_assert_uint_eq(attrs_ulong(public, CKA_CLASS, 0), CKO_DATA);
	ck_assert(!attrs_has(public, CKA_VALUE_LEN) && !attrs_has(public, CKA_SENSITIVE));
	ck_assert(attrs_find(public, CKA_VALUE, &value));
	expect_bytes(value, okm.v);
	ck_assert(attrs_find(public, CKA_LABEL, &value));
	expect_bytes(value, BYTES_STR("okm"));
	ck_assert_uint_eq(d.keys[0].secret.b.n, 0);

	ck_assert_uint_eq(derive_with(m, &base, NULL, key_template, 2, &d),
		CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(
		derive_with(m, &base, NULL, valued, 2, &d), CKR_ATTRIBUTE_READ_ONLY);
	/* what may only become keys does not become data */
	ck_assert_uint_eq(derive_with(m, &limited_base, NULL, template + 1, 2, &d),
		CKR_TEMPLATE_INCONSISTENT);
	a_key_free(&base);
	a_key_free(&limited_base);
}
END_TEST

START_TEST (hkdf_refuses_what_it_cannot_give) {
	static const struct {
		CK_BBOOL extract, expand;
		CK_KEY_TYPE type;
		size_t base;
		CK_ULONG n;
		CK_RV rv;
	} cases[] = {
		{ 1, 1, CKK_HKDF, 22, 255 * 32, CKR_OK },
		{ 1, 1, CKK_HKDF, 22, 255 * 32 + 1, CKR_KEY_SIZE_RANGE },
		{ 1, 1, CKK_HKDF, 22, 0, CKR_TEMPLATE_INCOMPLETE },
		{ 0, 1, CKK_HKDF, 31, 32, CKR_KEY_SIZE_RANGE },
		{ 0, 1, CKK_HKDF, 32, 32, CKR_OK },
		{ 1, 0, CKK_HKDF, 22, 32, CKR_OK },
		{ 1, 0, CKK_HKDF, 22, 16, CKR_TEMPLATE_INCONSISTENT },
		{ 1, 0, CKK_HKDF, 1, 0, CKR_OK },
		{ 1, 0, CKK_GENERIC_SECRET, 1, 0, CKR_OK },
		{ 1, 0, CKK_AES, 32, 0, CKR_KEY_TYPE_INCONSISTENT },
		{ 0, 0, CKK_HKDF, 32, 32, CKR_MECHANISM_PARAM_INVALID },
	};
	static const uint8_t value[32] = { 1 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(derived_free)
		struct derived d = DERIVED_NONE;
		CK_HKDF_PARAMS p = { .bExtract = cases[i].extract,
			.bExpand = cases[i].expand,
			.prfHashMechanism = CKM_SHA256,
			.ulSaltType = CKF_HKDF_SALT_NULL };
		struct a_key base;
		CK_RV rv;

		a_key_make(cases[i].type, BYTES(value, cases[i].base), NULL, 0, &base);
		rv = hkdf_with(CKM_HKDF_DERIVE, &p, &base, NULL, cases[i].n, &d);
		ck_assert_msg(rv == cases[i].rv, "%zu: %s", i, ckr_name(rv));
		a_key_free(&base);
	}
}
END_TEST

/* But what OpenSSL has no name for. */
START_TEST (hkdf_has_every_hash) {
	static const uint8_t value[64] = { 1 };
	struct a_key base;

	a_key_make(CKK_HKDF, BYTES_OF(value), NULL, 0, &base);
	for (enum digest h = DIGEST_NONE + 1; h < DIGEST_COUNT; h++) {
		CLEANUP(derived_free)
		struct derived d = DERIVED_NONE;
		CK_HKDF_PARAMS p = { .bExtract = CK_TRUE,
			.prfHashMechanism = digests[h].mechanism,
			.ulSaltType = CKF_HKDF_SALT_NULL };
		CK_RV rv = hkdf_with(CKM_HKDF_DERIVE, &p, &base, NULL, 0, &d);

		ck_assert_msg(
			rv == (digest_is_plain(h) ? CKR_OK : CKR_MECHANISM_PARAM_INVALID),
			"%s: %s", digests[h].name, ckr_name(rv));
		if (rv == CKR_OK)
			ck_assert_uint_eq(derived_value(&d, 0).n, digests[h].size);
	}
	a_key_free(&base);
}
END_TEST

/* --- PBKDF2 ------------------------------------------------------------------------- */

static CK_RV
from_password(const void *p, size_t size, size_t n, struct secret *ret)
{
	const struct mech *m = mech_lookup(CKM_PKCS5_PBKD2);
	CK_MECHANISM mechanism = { CKM_PKCS5_PBKD2, (void *)(uintptr_t)p, size };
	CLEANUP(derive_params_free)
	struct derive_params params = DERIVE_PARAMS_NONE;
	CK_RV rv = derive_params_pack(m, &mechanism, &params);

	return rv == CKR_OK ? key_from_password(m, buf_bytes(&params.packed), n, ret)
			    : rv;
}

START_TEST (passwords_make_the_published_keys) {
	const struct pbkdf2_vector *v = &pbkdf2_vectors[_i];
	CK_PKCS5_PBKD2_PARAMS2 p = pbkdf2_of(v);
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	struct hex want;

	hex(&want, v->out);
	ck_assert_uint_eq(from_password(&p, sizeof p, want.v.n, &key), CKR_OK);
	expect_bytes(secret_bytes(&key), want.v);
}
END_TEST

START_TEST (passwords_and_their_keys_have_bounds) {
	CK_PKCS5_PBKD2_PARAMS2 good = pbkdf2_of(&pbkdf2_vectors[0]), p = good;
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;

	ck_assert_uint_eq(from_password(&p, sizeof p, 0, &key), CKR_KEY_SIZE_RANGE);
	ck_assert_uint_eq(from_password(&p, sizeof p, DERIVE_MAX_VALUE + 1, &key),
		CKR_KEY_SIZE_RANGE);
	p.iterations = 0;
	ck_assert_uint_eq(
		from_password(&p, sizeof p, 20, &key), CKR_MECHANISM_PARAM_INVALID);
	p.iterations = 10000001;
	ck_assert_uint_eq(
		from_password(&p, sizeof p, 20, &key), CKR_MECHANISM_PARAM_INVALID);
	p.iterations = 1 | (CK_ULONG)1 << 32;
	ck_assert_uint_eq(
		from_password(&p, sizeof p, 20, &key), CKR_MECHANISM_PARAM_INVALID);
	ck_assert_ptr_null(key.p);
	p = good;
	p.ulPasswordLen = 0; /* is a password too */
	ck_assert_uint_eq(from_password(&p, sizeof p, 20, &key), CKR_OK);
	ck_assert_uint_eq(
		key_from_password(mech_lookup(CKM_AES_KEY_GEN), BYTES_NONE, 16, &key),
		CKR_MECHANISM_INVALID);
}
END_TEST

static const struct check_test tests[] = {
	{ &hkdf_extracts_expands_or_both, ARRAY_LEN(hkdf_vectors) },
	{ &hkdf_gives_a_data_object, 0 },
	{ &hkdf_refuses_what_it_cannot_give, 0 },
	{ &hkdf_has_every_hash, 0 },
	{ &passwords_make_the_published_keys, ARRAY_LEN(pbkdf2_vectors) },
	{ &passwords_and_their_keys_have_bounds, 0 },
};
CHECK_MAIN("derive_kdf", tests)
