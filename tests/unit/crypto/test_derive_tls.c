/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.2, by tls_vectors.h. What exporters make of a context was computed with Python's hmac. */
#include "crypto/derive.h"

#include "cryptoki/mech_size.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/derive_run.h"
#include "tests/unit/crypto/run_op.h"
#include "tests/unit/crypto/tls_vectors.h"

/* clang-format off */
#define EXPORTED_EMPTY \
	"2c4dbab130811e012a26283bdbf020a9387ad054cedc01270d2ef3b82370887e21056c502ad5f66a"
#define EXPORTED_CONTEXT \
	"f136bd82ca520c29b7d24a36029fde81561d60b81cd712468dc929438c51b2510db90d18bdd20398"
/* clang-format on */

static CK_SSL3_RANDOM_DATA
randoms(struct hex *client, const char *c, struct hex *server, const char *s)
{
	hex(client, c);
	hex(server, s);
	return (CK_SSL3_RANDOM_DATA){ client->room, client->v.n, server->room,
		server->v.n };
}

static CK_RV
derive_from(CK_MECHANISM_TYPE type, void *p, CK_ULONG size, const char *secret,
	const CK_ATTRIBUTE *template, size_t n, struct derived *d)
{
	CK_MECHANISM m = { type, p, size };
	struct a_key base;
	struct hex value;
	CK_RV rv;

	a_key_make(CKK_GENERIC_SECRET, hex(&value, secret), NULL, 0, &base);
	rv = derive_with(m, &base, NULL, template, n, d);
	a_key_free(&base);
	return rv;
}

/* --- Master secrets ------------------------------------------------------------------ */

START_TEST (master_secrets_are_as_published) {
	const struct tls_vector *v = &tls_vectors[_i];
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct hex client, server, want;
	CK_VERSION version = { 0, 0 };
	CK_TLS12_MASTER_KEY_DERIVE_PARAMS p = { randoms(&client, v->client_hello, &server,
							v->server_hello),
		&version, v->hash };
	const CK_MECHANISM m = { CKM_TLS12_MASTER_KEY_DERIVE, &p, sizeof p };
	CK_ULONG n = 48;
	CK_ATTRIBUTE told[] = { ATTR_V(CKA_KEY_TYPE, generic_type),
		ATTR_V(CKA_VALUE_LEN, n), ATTR_V(CKA_DERIVE, yes) };

	ck_assert_uint_eq(
		derive_from(m.mechanism, &p, sizeof p, v->pre_master, NULL, 0, &d),
		CKR_OK);
	expect_bytes(derived_value(&d, 0), hex(&want, v->master));
	hex(&want, v->pre_master);
	derive_params_return(mech_lookup(m.mechanism), &m, buf_bytes(&d.out), NULL, 0);
	ck_assert_uint_eq(version.major, want.v.p[0]);
	ck_assert_uint_eq(version.minor, want.v.p[1]);
	/* no version wanted: none is told */
	p.pVersion = NULL;
	ck_assert_uint_eq(
		derive_from(m.mechanism, &p, sizeof p, v->pre_master, told, 3, &d),
		CKR_OK);
	ck_assert_uint_eq(d.out.n, 0);
	ck_assert_uint_eq(derive_from(CKM_TLS12_MASTER_KEY_DERIVE_DH, &p, sizeof p,
				  v->pre_master, told, 3, &d),
		CKR_OK);
	expect_bytes(derived_value(&d, 0), hex(&want, v->master));
}
END_TEST

START_TEST (an_extended_master_secret_is_of_the_session) {
	const struct tls_extended_vector *v = &tls_extended_vectors[_i];
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct hex session_hash, pre_master, want;
	CK_VERSION version;
	CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS p = { v->hash, session_hash.room,
		hex(&session_hash, v->session_hash).n, &version };

	hex(&pre_master, v->pre_master);
	hex(&want, v->master);
	ck_assert_uint_eq(derive_from(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, &p, sizeof p,
				  v->pre_master, NULL, 0, &d),
		CKR_OK);
	expect_bytes(derived_value(&d, 0), want.v);
	expect_bytes(buf_bytes(&d.out), BYTES(pre_master.v.p, 2));
	ck_assert_uint_eq(derive_from(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, &p,
				  sizeof p, v->pre_master, NULL, 0, &d),
		CKR_MECHANISM_PARAM_INVALID);
	p.pVersion = NULL;
	ck_assert_uint_eq(derive_from(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, &p,
				  sizeof p, v->pre_master, NULL, 0, &d),
		CKR_OK);
	expect_bytes(derived_value(&d, 0), want.v);
	p.ulSessionHashLen--;
	ck_assert_uint_eq(derive_from(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, &p,
				  sizeof p, v->pre_master, NULL, 0, &d),
		CKR_MECHANISM_PARAM_INVALID);
}
END_TEST

START_TEST (a_master_secret_is_good_for_its_mechanisms_only) {
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	const struct tls_vector *v = &tls_vectors[0];
	struct hex client, server;
	CK_TLS12_MASTER_KEY_DERIVE_PARAMS p = {
		randoms(&client, v->client_hello, &server, v->server_hello), NULL, v->hash
	};
	CK_MECHANISM_TYPE one = CKM_TLS12_KEY_SAFE_DERIVE, wrong = CKM_XOR_BASE_AND_DATA;
	CK_ULONG n = 32;
	CK_ATTRIBUTE any[] = { ATTR_V(CKA_DERIVE, yes) };
	CK_ATTRIBUTE less[] = { ATTR_V(CKA_DERIVE, yes),
		ATTR_V(CKA_ALLOWED_MECHANISMS, one) };
	CK_ATTRIBUTE other[] = { ATTR_V(CKA_ALLOWED_MECHANISMS, wrong) };
	CK_ATTRIBUTE aes[] = { ATTR_V(CKA_KEY_TYPE, aes_type) };
	CK_ATTRIBUTE shorter[] = { ATTR_V(CKA_VALUE_LEN, n) };
	const CK_MECHANISM_TYPE type = CKM_TLS12_MASTER_KEY_DERIVE;

	ck_assert_uint_eq(
		derive_from(type, &p, sizeof p, v->pre_master, any, 1, &d), CKR_OK);
	ck_assert_uint_eq(object_check_usage(attrs_bytes(&d.keys[0].public), CKA_DERIVE,
				  CKM_TLS12_KEY_AND_MAC_DERIVE),
		CKR_OK);
	ck_assert_uint_eq(
		object_check_usage(attrs_bytes(&d.keys[0].public), CKA_DERIVE, wrong),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	ck_assert_uint_eq(
		derive_from(type, &p, sizeof p, v->pre_master, less, 2, &d), CKR_OK);
	ck_assert_uint_eq(object_check_usage(attrs_bytes(&d.keys[0].public), CKA_DERIVE,
				  CKM_TLS12_KEY_AND_MAC_DERIVE),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	ck_assert_uint_eq(derive_from(type, &p, sizeof p, v->pre_master, other, 1, &d),
		CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(derive_from(type, &p, sizeof p, v->pre_master, aes, 1, &d),
		CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(derive_from(type, &p, sizeof p, v->pre_master, shorter, 1, &d),
		CKR_TEMPLATE_INCONSISTENT);
	/* only what has a version in it is of one length */
	ck_assert_uint_eq(derive_from(type, &p, sizeof p, "00010203", NULL, 0, &d),
		CKR_KEY_SIZE_RANGE);
	ck_assert_uint_eq(derive_from(CKM_TLS12_MASTER_KEY_DERIVE_DH, &p, sizeof p,
				  "00010203", NULL, 0, &d),
		CKR_OK);
}
END_TEST

/* --- Key material -------------------------------------------------------------------- */

static CK_TLS12_KEY_MAT_PARAMS
material(const struct tls_vector *v, struct hex *client, struct hex *server, CK_ULONG mac,
	CK_ULONG key, CK_ULONG iv, CK_SSL3_KEY_MAT_OUT *out)
{
	return (CK_TLS12_KEY_MAT_PARAMS){ 8 * mac, 8 * key, 8 * iv, CK_FALSE,
		randoms(client, v->client, server, v->server), out, v->hash };
}

START_TEST (the_key_block_is_cut_into_keys_and_ivs) {
	const struct tls_vector *v = &tls_vectors[_i];
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct hex client, server, block;
	CK_BYTE ivs[2][12] = { { 0 } };
	CK_SSL3_KEY_MAT_OUT out = { .pIVClient = ivs[0], .pIVServer = ivs[1] };
	CK_TLS12_KEY_MAT_PARAMS p = material(v, &client, &server, 20, 32, 12, &out);
	const CK_MECHANISM m = { CKM_TLS12_KEY_AND_MAC_DERIVE, &p, sizeof p };
	const CK_OBJECT_HANDLE handles[] = { 11, 12, 13, 14 };
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_KEY_TYPE, aes_type) };
	static const size_t at[] = { 0, 20, 40, 72, 104 };

	hex(&block, v->block);
	ck_assert(!derive_gives_key(mech_lookup(m.mechanism)));
	ck_assert_uint_eq(
		derive_from(m.mechanism, &p, sizeof p, v->master, template, 1, &d),
		CKR_OK);
	ck_assert_uint_eq(d.n, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct bytes public = attrs_bytes(&d.keys[i].public);
		const bool mac = i < 2;

		expect_bytes(derived_value(&d, i),
			BYTES(block.v.p + at[i], at[i + 1] - at[i]));
		ck_assert_uint_eq(attrs_ulong(public, CKA_KEY_TYPE, 0),
			mac ? CKK_GENERIC_SECRET : CKK_AES);
		ck_assert_int_eq(attrs_bool(public, CKA_ENCRYPT, mac), !mac);
		ck_assert_int_eq(attrs_bool(public, CKA_DECRYPT, mac), !mac);
		ck_assert_int_eq(attrs_bool(public, CKA_DERIVE, mac), !mac);
		ck_assert(!mac || (attrs_bool(public, CKA_SIGN, false) &&
					  attrs_bool(public, CKA_VERIFY, false)));
	}
	derive_params_return(mech_lookup(m.mechanism), &m, buf_bytes(&d.out), handles, 4);
	expect_bytes(BYTES_OF(ivs), BYTES(block.v.p + 104, 24));
	ck_assert_uint_eq(out.hClientMacSecret, 11);
	ck_assert_uint_eq(out.hServerMacSecret, 12);
	ck_assert_uint_eq(out.hClientKey, 13);
	ck_assert_uint_eq(out.hServerKey, 14);
}
END_TEST

/* AEAD suites have no MAC keys, and the safe mechanism no IVs. */
START_TEST (what_is_not_wanted_is_not_made) {
	const struct tls_vector *v = &tls_vectors[0];
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct hex client, server, block;
	CK_SSL3_KEY_MAT_OUT out = { 1, 2, 3, 4, NULL, NULL };
	CK_TLS12_KEY_MAT_PARAMS p = material(v, &client, &server, 0, 16, 4, &out);
	const CK_MECHANISM m = { CKM_TLS12_KEY_SAFE_DERIVE, &p, sizeof p };
	const CK_OBJECT_HANDLE handles[] = { 13, 14 };
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_KEY_TYPE, aes_type) };

	hex(&block, v->block);
	ck_assert_uint_eq(
		derive_from(m.mechanism, &p, sizeof p, v->master, template, 1, &d),
		CKR_OK);
	ck_assert_uint_eq(d.n, 2);
	ck_assert_uint_eq(d.out.n, 0);
	expect_bytes(derived_value(&d, 0), BYTES(block.v.p, 16));
	expect_bytes(derived_value(&d, 1), BYTES(block.v.p + 16, 16));
	derive_params_return(mech_lookup(m.mechanism), &m, buf_bytes(&d.out), handles, 2);
	ck_assert_uint_eq(out.hClientMacSecret, CK_INVALID_HANDLE);
	ck_assert_uint_eq(out.hServerMacSecret, CK_INVALID_HANDLE);
	ck_assert_uint_eq(out.hClientKey, 13);
	ck_assert_uint_eq(out.hServerKey, 14);
	/* an IV needs a place to be put */
	ck_assert_uint_eq(derive_from(CKM_TLS12_KEY_AND_MAC_DERIVE, &p, sizeof p,
				  v->master, template, 1, &d),
		CKR_MECHANISM_PARAM_INVALID);
}
END_TEST

/* Those of one type have one length, which no attribute says. */
START_TEST (key_material_may_be_for_triple_des) {
	const struct tls_vector *v = &tls_vectors[0];
	const CK_MECHANISM_TYPE type =
		_i == 0 ? CKM_TLS12_KEY_AND_MAC_DERIVE : CKM_TLS12_KEY_SAFE_DERIVE;
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct hex client, server, block;
	CK_SSL3_KEY_MAT_OUT out = { 0 };
	CK_TLS12_KEY_MAT_PARAMS p = material(v, &client, &server, 20, 24, 0, &out);
	CK_KEY_TYPE des3_type = CKK_DES3;
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_KEY_TYPE, des3_type) };

	hex(&block, v->block);
	ck_assert_uint_eq(
		derive_from(type, &p, sizeof p, v->master, template, 1, &d), CKR_OK);
	ck_assert_uint_eq(d.n, 4);
	for (size_t i = 2; i < 4; i++) {
		const struct bytes value = derived_value(&d, i);
		const uint8_t *from = block.v.p + 40 + 24 * (i - 2);

		ck_assert_uint_eq(value.n, 24);
		for (size_t k = 0; k < 24; k++) {
			ck_assert_int_eq(value.p[k] & 0xfe, from[k] & 0xfe);
			ck_assert_int_eq(__builtin_parity(value.p[k]), 1);
		}
		ck_assert(!attrs_has(attrs_bytes(&d.keys[i].public), CKA_VALUE_LEN));
	}
	p.ulKeySizeInBits = 128;
	ck_assert_uint_eq(derive_from(type, &p, sizeof p, v->master, template, 1, &d),
		CKR_TEMPLATE_INCONSISTENT);
}
END_TEST

START_TEST (key_material_is_as_protected_as_the_master_secret) {
	const struct tls_vector *v = &tls_vectors[0];
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct hex client, server, value;
	CK_SSL3_KEY_MAT_OUT out = { 0 };
	CK_TLS12_KEY_MAT_PARAMS p = material(v, &client, &server, 20, 16, 0, &out);
	const CK_MECHANISM m = { CKM_TLS12_KEY_AND_MAC_DERIVE, &p, sizeof p };
	CK_ATTRIBUTE locked[] = { ATTR_V(CKA_SENSITIVE, yes),
		ATTR_V(CKA_EXTRACTABLE, no) };
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_KEY_TYPE, aes_type),
		ATTR_V(CKA_SENSITIVE, no) };
	CK_ATTRIBUTE only_aes[] = { ATTR_V(CKA_KEY_TYPE, aes_type) };
	CK_ATTRIBUTE limit[] = { { CKA_DERIVE_TEMPLATE, only_aes, sizeof only_aes } };
	struct a_key base, open_base, limited;

	a_key_make(CKK_GENERIC_SECRET, hex(&value, v->master), locked, 2, &base);
	a_key_make(CKK_GENERIC_SECRET, value.v, NULL, 0, &open_base);
	a_key_make(CKK_GENERIC_SECRET, value.v, limit, 1, &limited);
	attrs_set_bool(&base.public, CKA_ALWAYS_SENSITIVE, true);
	base.input.attributes = attrs_bytes(&base.public);
	ck_assert_uint_eq(derive_with(m, &base, NULL, template, 1, &d), CKR_OK);
	expect_protection(&d, true, false, true, false);
	ck_assert_uint_eq(
		derive_with(m, &base, NULL, template, 2, &d), CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(derive_with(m, &open_base, NULL, template, 2, &d), CKR_OK);
	expect_protection(&d, false, true, false, false);
	ck_assert_uint_eq(derive_with(m, &open_base, NULL, locked, 1, &d),
		CKR_TEMPLATE_INCONSISTENT);
	/* a MAC key is none of the keys that this one may become */
	ck_assert_uint_eq(derive_with(m, &limited, NULL, template, 1, &d),
		CKR_TEMPLATE_INCONSISTENT);
	p.ulMacSizeInBits = 0;
	ck_assert_uint_eq(derive_with(m, &limited, NULL, template, 1, &d), CKR_OK);
	a_key_free(&base);
	a_key_free(&open_base);
	a_key_free(&limited);
}
END_TEST

/* --- Exporter ------------------------------------------------------------------------ */

START_TEST (an_exporter_tells_no_context_from_an_empty_one) {
	const struct tls_vector *v = &tls_vectors[0];
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct hex client, server, want;
	CK_BYTE label[] = "EXPORTER-test", context[] = { 0xfe, 0xed, 0xbe, 0xef };
	CK_TLS_KDF_PARAMS p = { CKM_SHA256, label, sizeof label - 1,
		randoms(&client, v->client, &server, v->server), NULL, 0 };
	CK_ULONG n = 40;
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_VALUE_LEN, n) };

	for (int i = 0; i < 2; i++) {
		const CK_MECHANISM_TYPE type = i == 0 ? CKM_TLS_KDF : CKM_TLS12_KDF;

		p.pContextData = NULL;
		p.ulContextDataLength = 0;
		ck_assert_uint_eq(
			derive_from(type, &p, sizeof p, v->master, template, 1, &d),
			CKR_OK);
		expect_bytes(derived_value(&d, 0), hex(&want, TLS_EXPORTED));
		p.pContextData = context;
		ck_assert_uint_eq(
			derive_from(type, &p, sizeof p, v->master, template, 1, &d),
			CKR_OK);
		expect_bytes(derived_value(&d, 0), hex(&want, EXPORTED_EMPTY));
		p.ulContextDataLength = sizeof context;
		ck_assert_uint_eq(
			derive_from(type, &p, sizeof p, v->master, template, 1, &d),
			CKR_OK);
		expect_bytes(derived_value(&d, 0), hex(&want, EXPORTED_CONTEXT));
		ck_assert_uint_eq(derive_from(type, &p, sizeof p, v->master, NULL, 0, &d),
			CKR_TEMPLATE_INCOMPLETE);
	}
	/* the versions before have another PRF */
	p.prfMechanism = CKM_TLS_PRF;
	ck_assert_uint_eq(
		derive_from(CKM_TLS_KDF, &p, sizeof p, v->master, template, 1, &d),
		CKR_MECHANISM_PARAM_INVALID);
}
END_TEST

START_TEST (the_longest_label_and_context_are_taken) {
	static CK_BYTE label[DERIVE_MAX_DATA], context[65535];
	const struct tls_vector *v = &tls_vectors[0];
	CLEANUP(derived_free)
	struct derived d = DERIVED_NONE;
	struct hex client, server;
	CK_TLS_KDF_PARAMS p = { CKM_SHA256, label, sizeof label,
		randoms(&client, v->client, &server, v->server), context,
		sizeof context };
	CK_ULONG n = 4096;
	CK_ATTRIBUTE template[] = { ATTR_V(CKA_VALUE_LEN, n) };

	ck_assert_uint_eq(
		derive_from(CKM_TLS_KDF, &p, sizeof p, v->master, template, 1, &d),
		CKR_OK);
	/* but not to be hashed as often as one likes */
	n = DERIVE_MAX_VALUE;
	ck_assert_uint_eq(
		derive_from(CKM_TLS_KDF, &p, sizeof p, v->master, template, 1, &d),
		CKR_KEY_SIZE_RANGE);
	p.ulLabelLength = 13;
	p.ulContextDataLength = 0;
	ck_assert_uint_eq(
		derive_from(CKM_TLS_KDF, &p, sizeof p, v->master, template, 1, &d),
		CKR_OK);
	n++;
	ck_assert_uint_eq(
		derive_from(CKM_TLS_KDF, &p, sizeof p, v->master, template, 1, &d),
		CKR_KEY_SIZE_RANGE);
}
END_TEST

/* --- Finished: RFC 5246, 7.4.9 --------------------------------------------------------- */

START_TEST (a_handshake_is_finished_by_either_side) {
	const struct tls_mac_vector *v = &tls_mac_vectors[_i];
	const struct mech *m = mech_lookup(v->mechanism);
	CK_TLS_MAC_PARAMS params = v->params;
	const CK_MECHANISM mechanism = { m->type, &params, sizeof params };
	struct hex key, data, want;
	struct mech_params p;
	struct op *op = NULL;
	struct bytes in = hex(&data, v->data), got;
	uint8_t tag[64];

	hex(&key, v->key);
	hex(&want, v->tag);
	ck_assert_uint_eq(mech_params_parse(m, &mechanism, &p), CKR_OK);
	ck_assert_uint_eq(mech_whole_size(m, &p, OP_SIGN, 32), want.v.n);
	ck_assert_uint_eq(op_secret_new(OP_SIGN, m, &p, key.v, &op), CKR_OK);
	ck_assert_uint_eq(run_whole(op, in, BYTES_NONE, tag, &got), CKR_OK);
	expect_bytes(got, want.v);
	for (size_t at = 0; at <= in.n; at++) {
		const size_t parts[] = { at };

		ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
		ck_assert_uint_eq(
			run_parts(op, in, parts, 1, BYTES_NONE, tag, &got), CKR_OK);
		expect_bytes(got, want.v);
	}
	op_free(&op);
	ck_assert_uint_eq(op_secret_new(OP_VERIFY, m, &p, key.v, &op), CKR_OK);
	ck_assert_uint_eq(run_whole(op, in, want.v, tag, &got), CKR_OK);
	ck_assert_uint_eq(run_whole(op, in, BYTES(want.v.p, want.v.n - 1), tag, &got),
		CKR_SIGNATURE_LEN_RANGE);
	want.room[want.v.n - 1] ^= 1;
	ck_assert_uint_eq(run_whole(op, in, want.v, tag, &got), CKR_SIGNATURE_INVALID);
	want.room[want.v.n - 1] ^= 1;
	data.room[31] ^= 1;
	ck_assert_uint_eq(run_whole(op, in, want.v, tag, &got), CKR_SIGNATURE_INVALID);
	op_free(&op);
	ck_assert_uint_eq(
		op_secret_new(OP_ENCRYPT, m, &p, key.v, &op), CKR_MECHANISM_INVALID);
}
END_TEST

START_TEST (a_transcript_has_its_bounds) {
	static uint8_t much[DERIVE_MAX_DATA + 1];
	const struct mech *m = mech_lookup(CKM_TLS12_MAC);
	const struct mech_params p = {
		.hash = DIGEST_SHA256, .mac_len = 12, .sender = 1
	};
	const size_t parts[] = { DERIVE_MAX_DATA };
	struct op *op = NULL;
	uint8_t tag[64];
	struct bytes got;

	ck_assert_uint_eq(op_secret_new(OP_SIGN, m, &p, BYTES_STR("key"), &op), CKR_OK);
	ck_assert_uint_eq(
		run_whole(op, BYTES(much, DERIVE_MAX_DATA), BYTES_NONE, tag, &got),
		CKR_OK);
	ck_assert_uint_eq(
		run_whole(op, BYTES_OF(much), BYTES_NONE, tag, &got), CKR_DATA_LEN_RANGE);
	ck_assert_uint_eq(run_parts(op, BYTES_OF(much), parts, 1, BYTES_NONE, tag, &got),
		CKR_DATA_LEN_RANGE);
	op_free(&op);
}
END_TEST

static const struct check_test tests[] = {
	{ &master_secrets_are_as_published, ARRAY_LEN(tls_vectors) },
	{ &an_extended_master_secret_is_of_the_session, ARRAY_LEN(tls_extended_vectors) },
	{ &a_master_secret_is_good_for_its_mechanisms_only, 0 },
	{ &the_key_block_is_cut_into_keys_and_ivs, ARRAY_LEN(tls_vectors) },
	{ &what_is_not_wanted_is_not_made, 0 },
	{ &key_material_may_be_for_triple_des, 2 },
	{ &key_material_is_as_protected_as_the_master_secret, 0 },
	{ &an_exporter_tells_no_context_from_an_empty_one, 0 },
	{ &the_longest_label_and_context_are_taken, 0 },
	{ &a_handshake_is_finished_by_either_side, ARRAY_LEN(tls_mac_vectors) },
	{ &a_transcript_has_its_bounds, 0 },
};
CHECK_MAIN("derive_tls", tests)
