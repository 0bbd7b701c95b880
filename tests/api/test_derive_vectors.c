/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published answers of every derivation, by PKCS#11 calls, with base keys of each custody. The
 * vectors are those of tests/unit/crypto; a derivation without one is found here.
 */
#include "tests/api/wrap.h"
#include "tests/unit/crypto/hash_vectors.h"
#include "tests/unit/crypto/hkdf_vectors.h"
#include "tests/unit/crypto/sp800_vectors.h"
#include "tests/unit/crypto/tls_vectors.h"

#define ROOM 512u

struct value {
	unsigned char p[ROOM];
	CK_ULONG n;
};

static struct value
unhex(const char *hex)
{
	struct value v;

	v.n = api_unhex(hex, v.p);
	return v;
}

/* A key that may only derive. */
static CK_OBJECT_HANDLE
base_key(CK_SESSION_HANDLE s, CK_KEY_TYPE type, struct value v, enum where where)
{
	struct list l = { .n = 0 };
	CK_OBJECT_HANDLE key = 0;

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, type));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_DERIVE, YES));
	list_add(&l, (CK_ATTRIBUTE){ CKA_VALUE, v.p, v.n });
	list_place(&l, where, 0);
	OK(F->C_CreateObject(s, l.a, l.n, &key));
	return key;
}

static struct value
value_of(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE object)
{
	struct value v = { .n = sizeof v.p };
	CK_ATTRIBUTE a = { CKA_VALUE, v.p, v.n };

	OK(F->C_GetAttributeValue(s, object, &a, 1));
	v.n = a.ulValueLen;
	return v;
}

static void
same(struct value got, const char *want)
{
	const struct value v = unhex(want);

	ck_assert_uint_eq(got.n, v.n);
	ck_assert_mem_eq(got.p, v.p, v.n);
}

/* HMAC-SHA256 with a key that one may not read. */
static void
mac(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, unsigned char out[32])
{
	CK_MECHANISM m = { CKM_SHA256_HMAC, NULL, 0 };
	CK_ULONG n = 32;

	OK(F->C_SignInit(s, &m, key));
	OK(F->C_Sign(s, (CK_BYTE[]){ 1 }, 1, out, &n));
}

/* One generic secret, of n bytes, or, for n of 0, as many as there are: readable, where that is
 * the template's to say. */
static CK_OBJECT_HANDLE
derive_open(CK_SESSION_HANDLE s, CK_MECHANISM m, CK_OBJECT_HANDLE base, CK_ULONG n)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES),
		ATTR(CKA_VALUE_LEN, n) };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_DeriveKey(s, &m, base, template, n == 0 ? 2 : 3, &key));
	return key;
}

/* --- The simple ones --------------------------------------------------------------- */

static CK_KEY_DERIVATION_STRING_DATA data = { (CK_BYTE *)"\x89\xab\xcd\xef", 4 };
static CK_EXTRACT_PARAMS bit_21 = 21;
static CK_BYTE blocks[] = { 0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d,
	0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a };
static CK_KEY_DERIVATION_STRING_DATA ecb_data = { blocks, sizeof blocks };
static CK_AES_CBC_ENCRYPT_DATA_PARAMS cbc_data = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }, blocks, sizeof blocks
};

/* 6.43's examples; SP 800-38A, F.1.1 and F.2.1; FIPS 202's examples of SHAKE. */
static const struct simple {
	CK_MECHANISM m;
	CK_KEY_TYPE type;
	const char *base;
	CK_ULONG n;
	const char *want;
	int bound; /* sensitive where the base key is */
} simples[] = {
	{ { CKM_CONCATENATE_BASE_AND_DATA, &data, sizeof data }, CKK_GENERIC_SECRET,
		"01234567", 0, "0123456789abcdef", 1 },
	{ { CKM_CONCATENATE_DATA_AND_BASE, &data, sizeof data }, CKK_GENERIC_SECRET,
		"01234567", 0, "89abcdef01234567", 1 },
	{ { CKM_XOR_BASE_AND_DATA, &data, sizeof data }, CKK_GENERIC_SECRET, "01234567",
		0, "88888888", 1 },
	{ { CKM_EXTRACT_KEY_FROM_KEY, &bit_21, sizeof bit_21 }, CKK_GENERIC_SECRET,
		"329f84a9", 2, "9526", 1 },
	{ { CKM_AES_ECB_ENCRYPT_DATA, &ecb_data, sizeof ecb_data }, CKK_AES,
		"2b7e151628aed2a6abf7158809cf4f3c", 0, "3ad77bb40d7a3660a89ecaf32466ef97",
		0 },
	{ { CKM_AES_CBC_ENCRYPT_DATA, &cbc_data, sizeof cbc_data }, CKK_AES,
		"2b7e151628aed2a6abf7158809cf4f3c", 0, "7649abac8119b246cee98e9b12e9197d",
		0 },
	{ { CKM_SHAKE_128_KEY_DERIVATION, NULL, 0 }, CKK_GENERIC_SECRET, A3_200, 32,
		"131ab8d2b594946b9c81333f9bb6e0ce75c3b93104fa3469d3917457385da037", 0 },
	{ { CKM_SHAKE_256_KEY_DERIVATION, NULL, 0 }, CKK_GENERIC_SECRET, A3_200, 16,
		"cd8a920ed141aa0407a22d59288652e9", 0 },
};

/* Loop index: case and place of the base key. */
START_TEST (simple_derivations_give_the_known_answers) {
	const struct simple *c = &simples[_i / PLACES];
	const enum where at = (enum where)(_i % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base = base_key(s, c->type, unhex(c->base), at);
	CK_ATTRIBUTE size = ATTR(CKA_VALUE_LEN, c->n);
	unsigned char got[32], want[32];
	const struct value v = unhex(c->want);
	CK_OBJECT_HANDLE key = 0;
	CK_MECHANISM m = c->m;

	if (!c->bound || at == IN_PROCESS) {
		same(value_of(s, derive_open(s, m, base, c->n)), c->want);
	} else {
		OK(F->C_DeriveKey(s, &m, base, &size, c->n != 0, &key));
		ck_assert(api_flag(s, key, CKA_SENSITIVE));
		mac(s, key, got);
		mac(s, api_key(s, CKK_GENERIC_SECRET, v.p, v.n, 1), want);
		ck_assert_mem_eq(got, want, 32);
	}
	destroy_all(s);
	api_stop();
}
END_TEST

/* 6.43's example; where the two keys may be is test_derive.c's. */
START_TEST (two_keys_give_the_known_answer) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base =
		base_key(s, CKK_GENERIC_SECRET, unhex("01234567"), IN_PROCESS);
	CK_OBJECT_HANDLE other =
		base_key(s, CKK_GENERIC_SECRET, unhex("89abcdef"), IN_PROCESS);
	CK_MECHANISM m = { CKM_CONCATENATE_BASE_AND_KEY, &other, sizeof other };

	same(value_of(s, derive_open(s, m, base, 0)), "0123456789abcdef");
	api_stop();
}
END_TEST

static const struct hashing {
	CK_MECHANISM_TYPE digest, derivation;
} hashings[] = {
	{ CKM_SHA_1, CKM_SHA1_KEY_DERIVATION },
	{ CKM_SHA224, CKM_SHA224_KEY_DERIVATION },
	{ CKM_SHA256, CKM_SHA256_KEY_DERIVATION },
	{ CKM_SHA384, CKM_SHA384_KEY_DERIVATION },
	{ CKM_SHA512, CKM_SHA512_KEY_DERIVATION },
	{ CKM_SHA512_224, CKM_SHA512_224_KEY_DERIVATION },
	{ CKM_SHA512_256, CKM_SHA512_256_KEY_DERIVATION },
	{ CKM_SHA3_224, CKM_SHA3_224_KEY_DERIVATION },
	{ CKM_SHA3_256, CKM_SHA3_256_KEY_DERIVATION },
	{ CKM_SHA3_384, CKM_SHA3_384_KEY_DERIVATION },
	{ CKM_SHA3_512, CKM_SHA3_512_KEY_DERIVATION },
	{ CKM_BLAKE2B_160, CKM_BLAKE2B_160_KEY_DERIVE },
	{ CKM_BLAKE2B_256, CKM_BLAKE2B_256_KEY_DERIVE },
	{ CKM_BLAKE2B_384, CKM_BLAKE2B_384_KEY_DERIVE },
	{ CKM_BLAKE2B_512, CKM_BLAKE2B_512_KEY_DERIVE },
};

/* Loop index: hash and place of the base key. */
START_TEST (hashed_keys_are_the_known_hashes) {
	const struct hashing *h = &hashings[_i / PLACES];
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base = base_key(
		s, CKK_GENERIC_SECRET, unhex("616263"), (enum where)(_i % PLACES));
	CK_MECHANISM m = { h->derivation, NULL, 0 };
	int known = 0;

	for (size_t i = 0; i < COUNT(hash_vectors); i++) {
		if (hash_vectors[i].digest != h->digest)
			continue;
		same(value_of(s, derive_open(s, m, base, 0)), hash_vectors[i].abc);
		known = 1;
	}
	ck_assert(known);
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- HKDF --------------------------------------------------------------------------- */

/* Loop index: vector and place of the base key. The salt as a key is elsewhere than the base. */
START_TEST (hkdf_gives_the_known_answers) {
	const struct hkdf_vector *v = &hkdf_vectors[_i / PLACES];
	const enum where at = (enum where)(_i % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base = base_key(s, CKK_HKDF, unhex(v->ikm), at);
	struct value info = unhex(v->info), salt = { .n = 0 };
	CK_HKDF_PARAMS p = { CK_TRUE, CK_TRUE, v->hash, CKF_HKDF_SALT_NULL, NULL, 0, 0,
		info.p, info.n };
	CK_MECHANISM m = { CKM_HKDF_DERIVE, &p, sizeof p };
	const CK_ULONG n = unhex(v->okm).n;

	if (v->salt != NULL) {
		salt = unhex(v->salt);
		p.ulSaltType = CKF_HKDF_SALT_DATA;
		p.pSalt = salt.p;
		p.ulSaltLen = salt.n;
	}
	same(value_of(s, derive_open(s, m, base, n)), v->okm);
	p.bExpand = CK_FALSE;
	same(value_of(s, derive_open(s, m, base, 0)), v->prk);
	p.bExtract = CK_FALSE;
	p.bExpand = CK_TRUE;
	same(value_of(s, derive_open(s, m, base_key(s, CKK_HKDF, unhex(v->prk), at), n)),
		v->okm);
	if (v->salt != NULL) {
		p.bExtract = CK_TRUE;
		p.ulSaltType = CKF_HKDF_SALT_KEY;
		p.hSaltKey = base_key(
			s, CKK_GENERIC_SECRET, salt, (enum where)((at + 1) % PLACES));
		same(value_of(s, derive_open(s, m, base, n)), v->okm);
	}
	destroy_all(s);
	api_stop();
}
END_TEST

/* Loop index: place of the base key, and whether the data object is the token's. */
START_TEST (hkdf_gives_data) {
	const struct hkdf_vector *v = &hkdf_vectors[0];
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base =
		base_key(s, CKK_HKDF, unhex(v->ikm), (enum where)(_i / 2));
	struct value info = unhex(v->info), salt = unhex(v->salt);
	CK_HKDF_PARAMS p = { CK_TRUE, CK_TRUE, v->hash, CKF_HKDF_SALT_DATA, salt.p,
		salt.n, 0, info.p, info.n };
	CK_MECHANISM m = { CKM_HKDF_DATA, &p, sizeof p };
	const CK_OBJECT_CLASS data_class = CKO_DATA;
	const CK_BBOOL on_token = _i % 2 != 0;
	const CK_ULONG n = unhex(v->okm).n;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, data_class), ATTR(CKA_VALUE_LEN, n),
		ATTR(CKA_TOKEN, on_token), { CKA_LABEL, (void *)(uintptr_t) "okm", 3 } };
	CK_OBJECT_CLASS class = 0;
	CK_ATTRIBUTE is = ATTR(CKA_CLASS, class);
	CK_OBJECT_HANDLE object = 0;

	OK(F->C_DeriveKey(s, &m, base, template, COUNT(template), &object));
	OK(F->C_GetAttributeValue(s, object, &is, 1));
	ck_assert_uint_eq(class, CKO_DATA);
	ck_assert_uint_eq(api_flag(s, object, CKA_TOKEN), on_token);
	same(value_of(s, object), v->okm);
	OK(F->C_DestroyObject(s, object));
	destroy_all(s);
	api_stop();
}
END_TEST

START_TEST (hkdf_keys_are_generated) {
	const CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM gen = { CKM_HKDF_KEY_GEN, NULL, 0 };
	const CK_ULONG n = 32;
	CK_ATTRIBUTE template[] = { ATTR(CKA_VALUE_LEN, n), ATTR(CKA_DERIVE, YES),
		ATTR(CKA_TOKEN, *(_i != 0 ? &YES : &NO)) };
	CK_HKDF_PARAMS p = { CK_FALSE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0,
		0, NULL, 0 };
	CK_MECHANISM m = { CKM_HKDF_DERIVE, &p, sizeof p };
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE is = ATTR(CKA_KEY_TYPE, type);
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_GenerateKey(s, &gen, template, COUNT(template), &key));
	OK(F->C_GetAttributeValue(s, key, &is, 1));
	ck_assert_uint_eq(type, CKK_HKDF);
	ck_assert_uint_eq(value_of(s, derive_open(s, m, key, 42)).n, 42);
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- SP 800-108 --------------------------------------------------------------------- */

/* Loop index: vector and place of the base key. */
START_TEST (sp800_108_gives_the_known_answers) {
	const struct sp800_vector *v = &sp800_vectors[_i / PLACES];
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base =
		base_key(s, v->prf == CKM_AES_CMAC ? CKK_AES : CKK_GENERIC_SECRET,
			unhex(v->key), (enum where)(_i % PLACES));
	struct value fixed = unhex(v->fixed), iv = unhex(v->iv);
	CK_SP800_108_COUNTER_FORMAT format = { CK_FALSE, v->counter_bits };
	CK_PRF_DATA_PARAM fields[SP800_MAX_FIELDS];
	const CK_ULONG fields_n = sp800_fields(v, fixed.p, fixed.n, &format, fields);
	CK_SP800_108_KDF_PARAMS plain = { v->prf, fields_n, fields, 0, NULL };
	CK_SP800_108_FEEDBACK_KDF_PARAMS feedback = { v->prf, fields_n, fields, iv.n,
		iv.n != 0 ? iv.p : NULL, 0, NULL };
	CK_MECHANISM m = { v->mode, &plain, sizeof plain };

	if (v->mode == CKM_SP800_108_FEEDBACK_KDF) {
		m.pParameter = &feedback;
		m.ulParameterLen = sizeof feedback;
	}
	same(value_of(s, derive_open(s, m, base, unhex(v->out).n)), v->out);
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- TLS 1.2 ------------------------------------------------------------------------ */

struct randoms {
	struct value client, server;
};

static CK_SSL3_RANDOM_DATA
randoms(struct randoms *r, const char *client, const char *server)
{
	r->client = unhex(client);
	r->server = unhex(server);
	return (CK_SSL3_RANDOM_DATA){ r->client.p, r->client.n, r->server.p,
		r->server.n };
}

/* Loop index: vector and place of the base key. */
START_TEST (tls_master_secrets_are_the_known_ones) {
	const struct tls_vector *v = &tls_vectors[_i / PLACES];
	const CK_SESSION_HANDLE s = api_start();
	struct value pre_master = unhex(v->pre_master);
	const CK_OBJECT_HANDLE base =
		base_key(s, CKK_GENERIC_SECRET, pre_master, (enum where)(_i % PLACES));
	CK_VERSION version = { 0, 0 };
	struct randoms r;
	CK_TLS12_MASTER_KEY_DERIVE_PARAMS p = {
		randoms(&r, v->client_hello, v->server_hello), &version, v->hash
	};
	CK_MECHANISM m = { CKM_TLS12_MASTER_KEY_DERIVE, &p, sizeof p };

	same(value_of(s, derive_open(s, m, base, 0)), v->master);
	ck_assert_uint_eq(version.major, pre_master.p[0]);
	ck_assert_uint_eq(version.minor, pre_master.p[1]);
	p.pVersion = NULL;
	m.mechanism = CKM_TLS12_MASTER_KEY_DERIVE_DH;
	same(value_of(s, derive_open(s, m, base, 0)), v->master);
	destroy_all(s);
	api_stop();
}
END_TEST

/* Loop index: vector and place of the base key. */
START_TEST (tls_extended_master_secrets_are_the_known_ones) {
	const struct tls_extended_vector *v = &tls_extended_vectors[_i / PLACES];
	const CK_SESSION_HANDLE s = api_start();
	struct value pre_master = unhex(v->pre_master), hash = unhex(v->session_hash);
	const CK_OBJECT_HANDLE base =
		base_key(s, CKK_GENERIC_SECRET, pre_master, (enum where)(_i % PLACES));
	CK_VERSION version = { 0, 0 };
	CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS p = { v->hash, hash.p, hash.n,
		&version };
	CK_MECHANISM m = { CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, &p, sizeof p };

	same(value_of(s, derive_open(s, m, base, 0)), v->master);
	ck_assert_uint_eq(version.major, pre_master.p[0]);
	ck_assert_uint_eq(version.minor, pre_master.p[1]);
	p.pVersion = NULL;
	m.mechanism = CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH;
	same(value_of(s, derive_open(s, m, base, 0)), v->master);
	destroy_all(s);
	api_stop();
}
END_TEST

/* n bytes of the key block, used as the key is. */
static void
is_mac_key(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, const unsigned char *p, CK_ULONG n)
{
	unsigned char got[32], want[32];

	mac(s, key, got);
	mac(s, api_key(s, CKK_GENERIC_SECRET, p, n, 1), want);
	ck_assert_mem_eq(got, want, 32);
}

/* Loop index: vector, place of the base key, safe or not. */
START_TEST (tls_key_material_is_the_known_block) {
	const struct tls_vector *v = &tls_vectors[_i / (2 * PLACES)];
	const enum where at = (enum where)(_i / 2 % PLACES);
	const int safe = _i % 2;
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base =
		base_key(s, CKK_GENERIC_SECRET, unhex(v->master), at);
	const struct value block = unhex(v->block);
	unsigned char ivs[2][16] = { { 0 } };
	static const unsigned char none[2][16];
	CK_SSL3_KEY_MAT_OUT out = { .pIVClient = ivs[0], .pIVServer = ivs[1] };
	struct randoms r;
	CK_TLS12_KEY_MAT_PARAMS p = { 160, 128, 128, CK_FALSE,
		randoms(&r, v->client, v->server), &out, v->hash };
	CK_MECHANISM m = { safe ? CKM_TLS12_KEY_SAFE_DERIVE
				: CKM_TLS12_KEY_AND_MAC_DERIVE,
		&p, sizeof p };
	CK_ATTRIBUTE template[] = { ATTR(CKA_KEY_TYPE, aes_type) };
	CK_ATTRIBUTE contrary[] = { template[0],
		ATTR(CKA_SENSITIVE, *(at == IN_PROCESS ? &YES : &NO)) };
	const unsigned before = count_objects(s);

	IS(CKR_TEMPLATE_INCONSISTENT, F->C_DeriveKey(s, &m, base, contrary, 2, NULL));
	ck_assert_uint_eq(count_objects(s), before);
	OK(F->C_DeriveKey(s, &m, base, template, 1, NULL));
	ck_assert_uint_eq(count_objects(s), before + 4);
	is_mac_key(s, out.hClientMacSecret, block.p, 20);
	is_mac_key(s, out.hServerMacSecret, block.p + 20, 20);
	check_same_key(s, out.hClientKey, api_key(s, CKK_AES, block.p + 40, 16, 1));
	check_same_key(s, out.hServerKey, api_key(s, CKK_AES, block.p + 56, 16, 1));
	ck_assert_mem_eq(ivs, safe ? (const void *)none : block.p + 72, sizeof ivs);
	ck_assert_int_eq(api_flag(s, out.hServerKey, CKA_SENSITIVE), at != IN_PROCESS);
	destroy_all(s);
	api_stop();
}
END_TEST

START_TEST (tls_exports_the_known_key) {
	const struct tls_vector *v = &tls_vectors[0];
	const enum where at = (enum where)(_i / 2);
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base =
		base_key(s, CKK_GENERIC_SECRET, unhex(v->master), at);
	unsigned char label[] = "EXPORTER-test";
	struct randoms r;
	CK_TLS_KDF_PARAMS p = { v->hash, label, sizeof label - 1,
		randoms(&r, v->client, v->server), NULL, 0 };
	CK_MECHANISM m = { _i % 2 != 0 ? CKM_TLS_KDF : CKM_TLS12_KDF, &p, sizeof p };
	const struct value want = unhex(TLS_EXPORTED);
	const CK_ULONG n = want.n;
	CK_ATTRIBUTE size = ATTR(CKA_VALUE_LEN, n);
	CK_OBJECT_HANDLE key = 0;

	/* where nothing is said, as protected as the master secret */
	OK(F->C_DeriveKey(s, &m, base, &size, 1, &key));
	is_mac_key(s, key, want.p, want.n);
	ck_assert_int_eq(api_flag(s, key, CKA_SENSITIVE), at != IN_PROCESS);
	ck_assert_int_eq(api_flag(s, key, CKA_EXTRACTABLE), at == IN_PROCESS);
	destroy_all(s);
	api_stop();
}
END_TEST

/* The key block has a published answer, and is what an exporter gives for its label with the
 * randoms the other way round. Loop index: vector, place of the base key, and mechanism. */
START_TEST (tls_exports_the_known_block) {
	const struct tls_vector *v = &tls_vectors[_i / (2 * PLACES)];
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE base = base_key(
		s, CKK_GENERIC_SECRET, unhex(v->master), (enum where)(_i / 2 % PLACES));
	unsigned char label[] = "key expansion";
	struct randoms r;
	CK_TLS_KDF_PARAMS p = { v->hash, label, sizeof label - 1,
		randoms(&r, v->server, v->client), NULL, 0 };
	CK_MECHANISM m = { _i % 2 != 0 ? CKM_TLS_KDF : CKM_TLS12_KDF, &p, sizeof p };
	const struct value want = unhex(v->block);
	CK_ATTRIBUTE size = ATTR(CKA_VALUE_LEN, want.n);
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_DeriveKey(s, &m, base, &size, 1, &key));
	is_mac_key(s, key, want.p, want.n);
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- All of them --------------------------------------------------------------------- */

static int
has_answer(CK_MECHANISM_TYPE type)
{
	static const CK_MECHANISM_TYPE others[] = { CKM_CONCATENATE_BASE_AND_KEY,
		CKM_HKDF_DERIVE, CKM_HKDF_DATA, CKM_TLS12_MASTER_KEY_DERIVE,
		CKM_TLS12_MASTER_KEY_DERIVE_DH, CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE,
		CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, CKM_TLS12_KEY_AND_MAC_DERIVE,
		CKM_TLS12_KEY_SAFE_DERIVE, CKM_TLS_KDF, CKM_TLS12_KDF };

	for (size_t i = 0; i < COUNT(others); i++)
		if (others[i] == type)
			return 1;
	for (size_t i = 0; i < COUNT(simples); i++)
		if (simples[i].m.mechanism == type)
			return 1;
	for (size_t i = 0; i < COUNT(hashings); i++)
		if (hashings[i].derivation == type)
			return 1;
	for (size_t i = 0; i < COUNT(sp800_vectors); i++)
		if (sp800_vectors[i].mode == type)
			return 1;
	return 0;
}

/* Key pairs have tests of their own. */
START_TEST (no_derivation_is_without_an_answer) {
	CK_MECHANISM_TYPE list[512];
	CK_ULONG n = COUNT(list), seen = 0;
	CK_MECHANISM_INFO info;

	(void)api_start();
	OK(F->C_GetMechanismList(api_slot(), list, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		OK(F->C_GetMechanismInfo(api_slot(), list[i], &info));
		if ((info.flags & CKF_DERIVE) == 0 || (info.flags & CKF_HW) != 0)
			continue;
		ck_assert_msg(has_answer(list[i]), "0x%lx has none", list[i]);
		seen++;
	}
	ck_assert_uint_gt(seen, 30);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &simple_derivations_give_the_known_answers, COUNT(simples) * PLACES },
	{ &two_keys_give_the_known_answer, 0 },
	{ &hashed_keys_are_the_known_hashes, COUNT(hashings) * PLACES },
	{ &hkdf_gives_the_known_answers, COUNT(hkdf_vectors) * PLACES },
	{ &hkdf_gives_data, 2 * PLACES },
	{ &hkdf_keys_are_generated, 2 },
	{ &sp800_108_gives_the_known_answers, COUNT(sp800_vectors) * PLACES },
	{ &tls_master_secrets_are_the_known_ones, COUNT(tls_vectors) * PLACES },
	{ &tls_extended_master_secrets_are_the_known_ones,
		COUNT(tls_extended_vectors) * PLACES },
	{ &tls_key_material_is_the_known_block, COUNT(tls_vectors) * PLACES * 2 },
	{ &tls_exports_the_known_key, 2 * PLACES },
	{ &tls_exports_the_known_block, COUNT(tls_vectors) * PLACES * 2 },
	{ &no_derivation_is_without_an_answer, 0 },
};

CHECK_MAIN("api_derive_vectors", tests)
