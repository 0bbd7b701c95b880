/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published answers of every mechanism that works with a secret key or none, by PKCS#11 calls,
 * whole and split anywhere, with keys of both custodies that every host has. The vectors are
 * those of tests/unit/crypto; a mechanism without one is found here.
 */
#include "tests/api/api.h"
#include "tests/unit/crypto/hash_vectors.h"
#include "tests/unit/crypto/tls_vectors.h"
#include "tests/unit/crypto/vectors.h"

#define ROOM 512u

/* A parameter with all that it points to. */
struct parameter {
	unsigned char iv[64], aad[64];
	CK_GCM_PARAMS gcm;
	CK_CCM_PARAMS ccm;
	CK_AES_CTR_PARAMS ctr;
	CK_CHACHA20_PARAMS chacha20;
	CK_SALSA20_CHACHA20_POLY1305_PARAMS poly1305;
	CK_MAC_GENERAL_PARAMS length;
	CK_KT_KMAC_PARAMS kmac;
};

#define MECHANISM(type, member)                       \
	(CK_MECHANISM)                                \
	{                                             \
		(type), &p->member, sizeof(p->member) \
	}

static CK_MECHANISM
mechanism(const struct mode_vector *v, CK_ULONG n, struct parameter *p)
{
	const CK_ULONG iv = api_unhex(v->iv, p->iv), aad = api_unhex(v->aad, p->aad);

	switch (v->mechanism) {
	case CKM_AES_GCM:
		p->gcm = (CK_GCM_PARAMS){ p->iv, iv, 8 * iv, p->aad, aad, 8ul * v->tag };
		return MECHANISM(v->mechanism, gcm);
	case CKM_AES_CCM:
		p->ccm = (CK_CCM_PARAMS){ n, p->iv, iv, p->aad, aad, v->tag };
		return MECHANISM(v->mechanism, ccm);
	case CKM_AES_CTR:
		p->ctr.ulCounterBits = 128;
		memcpy(p->ctr.cb, p->iv, sizeof p->ctr.cb);
		return MECHANISM(v->mechanism, ctr);
	case CKM_CHACHA20:
		p->chacha20 = (CK_CHACHA20_PARAMS){ p->iv, 8ul * v->tag, p->iv + v->tag,
			8 * (iv - v->tag) };
		return MECHANISM(v->mechanism, chacha20);
	case CKM_CHACHA20_POLY1305:
		p->poly1305 = (CK_SALSA20_CHACHA20_POLY1305_PARAMS){ p->iv, 8 * iv,
			p->aad, aad };
		return MECHANISM(v->mechanism, poly1305);
	case CKM_AES_CMAC_GENERAL:
	case CKM_DES3_CMAC_GENERAL:
		p->length = v->tag;
		return MECHANISM(v->mechanism, length);
	case CKM_KT_KMAC_128:
	case CKM_KT_KMAC_256:
		p->kmac = (CK_KT_KMAC_PARAMS){ v->tag, p->aad, aad };
		return MECHANISM(v->mechanism, kmac);
	default:
		return (CK_MECHANISM){ v->mechanism, iv != 0 ? p->iv : NULL, iv };
	}
}

static CK_KEY_TYPE
key_type(CK_MECHANISM_TYPE mechanism)
{
	switch (mechanism) {
	case CKM_AES_XTS:
		return CKK_AES_XTS;
	case CKM_CHACHA20:
	case CKM_CHACHA20_POLY1305:
		return CKK_CHACHA20;
	case CKM_POLY1305:
		return CKK_POLY1305;
	case CKM_DES3_ECB:
	case CKM_DES3_CBC:
	case CKM_DES3_CBC_PAD:
	case CKM_DES3_CMAC:
	case CKM_DES3_CMAC_GENERAL:
		return CKK_DES3;
	case CKM_KT_KMAC_128:
	case CKM_KT_KMAC_256:
		return CKK_GENERIC_SECRET;
	default:
		return CKK_AES;
	}
}

/* Triple DES is not, where the stack is not to have what is for old data; all else always. */
static int
is_off(CK_MECHANISM_TYPE mechanism)
{
	const char *legacy = getenv("STACK_LEGACY");
	const int old = legacy != NULL && strcmp(legacy, "yes") == 0;
	const int off = !api_is_offered(mechanism);

	ck_assert_int_eq(off, !old && key_type(mechanism) == CKK_DES3);
	return off;
}

static CK_ULONG
key_value(const struct mode_vector *v, unsigned char key[64])
{
	const CK_ULONG n = api_unhex(v->key, key);

	/* whatever its source says, the key that a token holds has parity */
	for (CK_ULONG i = 0; i < n && key_type(v->mechanism) == CKK_DES3; i++)
		if (__builtin_popcount(key[i]) % 2 == 0)
			key[i] ^= 1;
	return n;
}

static CK_OBJECT_HANDLE
vector_key(CK_SESSION_HANDLE s, const struct mode_vector *v, int readable)
{
	unsigned char key[64];
	const CK_ULONG n = key_value(v, key);

	return api_key(s, key_type(v->mechanism), key, n, readable);
}

static CK_OBJECT_HANDLE
secret_key(CK_SESSION_HANDLE s, CK_KEY_TYPE type, void *value, CK_ULONG n, int readable)
{
	static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const CK_BBOOL sensitive = !readable, extractable = !!readable;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_SENSITIVE, sensitive), ATTR(CKA_EXTRACTABLE, extractable),
		ATTR(CKA_WRAP, YES), ATTR(CKA_UNWRAP, YES), { CKA_VALUE, value, n } };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_CreateObject(s, template, COUNT(template), &key));
	return key;
}

/* ---- calls of each kind alike */

struct call {
	CK_RV (*init)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
	CK_RV (*once)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
	CK_RV (*update)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
	CK_RV (*final)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *);
};

static CK_RV
digest_init(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	return F->C_DigestInit(s, m);
}

static CK_RV
digest_update(CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *out_n)
{
	*out_n = 0;
	return F->C_DigestUpdate(s, in, n);
}

static CK_RV
sign_update(CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *out_n)
{
	*out_n = 0;
	return F->C_SignUpdate(s, in, n);
}

static struct call
encrypting(void)
{
	return (struct call){ F->C_EncryptInit, F->C_Encrypt, F->C_EncryptUpdate,
		F->C_EncryptFinal };
}

static struct call
decrypting(void)
{
	return (struct call){ F->C_DecryptInit, F->C_Decrypt, F->C_DecryptUpdate,
		F->C_DecryptFinal };
}

static struct call
signing(void)
{
	return (struct call){ F->C_SignInit, F->C_Sign, sign_update, F->C_SignFinal };
}

static struct call
digesting(void)
{
	return (struct call){ digest_init, F->C_Digest, digest_update, F->C_DigestFinal };
}

struct data {
	unsigned char p[ROOM];
	CK_ULONG n;
};

static void
expect(const unsigned char *out, CK_ULONG n, const struct data *want)
{
	ck_assert_uint_eq(n, want->n);
	if (n != 0)
		ck_assert_mem_eq(out, want->p, n);
}

/* What is wrapped comes as a whole, or not at all. */
static int
is_single(CK_MECHANISM_TYPE mechanism)
{
	static const CK_MECHANISM_TYPE singles[] = { CKM_AES_KEY_WRAP,
		CKM_AES_KEY_WRAP_PAD, CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PKCS7 };

	for (size_t i = 0; i < COUNT(singles); i++)
		if (singles[i] == mechanism)
			return 1;
	return 0;
}

static void
in_two(const struct call *c, CK_SESSION_HANDLE s, struct data *in, CK_ULONG at,
	const struct data *want)
{
	unsigned char out[ROOM];
	CK_ULONG done, n = sizeof out;

	OK(c->update(s, in->p, at, out, &n));
	done = n;
	n = sizeof out - done;
	OK(c->update(s, in->p + at, in->n - at, out + done, &n));
	done += n;
	n = sizeof out - done;
	OK(c->final(s, out + done, &n));
	expect(out, done + n, want);
}

/* Twice whole, the second time with everything warm, and in two parts at each place; of what is
 * long at places everywhere in a block. */
static void
check(const struct call *c, CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key,
	struct data *in, const struct data *want)
{
	const CK_ULONG step = in->n > 256 ? 15 : 1;
	unsigned char out[ROOM];
	CK_ULONG n;

	for (int round = 0; round < 2; round++) {
		n = sizeof out;
		OK(c->init(s, m, key));
		OK(c->once(s, in->p, in->n, out, &n));
		expect(out, n, want);
	}
	if (is_single(m->mechanism)) {
		n = sizeof out;
		OK(c->init(s, m, key));
		IS(CKR_FUNCTION_NOT_SUPPORTED, c->update(s, in->p, in->n, out, &n));
		return;
	}
	for (CK_ULONG at = 0; at <= in->n; at += step) {
		OK(c->init(s, m, key));
		in_two(c, s, in, at, want);
	}
}

/* ---- the tests */

/* Loop index: vector and custody. */
START_TEST (ciphers_give_the_known_answers) {
	const struct mode_vector *v = &mode_vectors[_i / 2];
	CK_SESSION_HANDLE s = api_start();
	const struct call encrypt = encrypting(), decrypt = decrypting();
	struct data plain, sealed;
	struct parameter p;
	CK_MECHANISM m;
	CK_OBJECT_HANDLE k;

	plain.n = api_unhex(v->plain, plain.p);
	sealed.n = api_unhex(v->sealed, sealed.p);
	m = mechanism(v, plain.n, &p);
	k = vector_key(s, v, _i % 2);
	if (is_off(v->mechanism)) {
		IS(CKR_MECHANISM_INVALID, F->C_EncryptInit(s, &m, k));
		IS(CKR_MECHANISM_INVALID, F->C_DecryptInit(s, &m, k));
	} else {
		check(&encrypt, s, &m, k, &plain, &sealed);
		check(&decrypt, s, &m, k, &sealed, &plain);
	}
	api_stop();
}
END_TEST

static int
wraps(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_INFO info;

	return F->C_GetMechanismInfo(api_slot(), type, &info) == CKR_OK &&
	       (info.flags & CKF_WRAP) != 0;
}

/* What is encrypted is a key, and one that is unwrapped has it. Loop index: vector, and custody
 * of the wrapping key. */
START_TEST (wrapping_gives_the_known_answers) {
	static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static const CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	const struct mode_vector *v = &mode_vectors[_i / 2];
	CK_SESSION_HANDLE s = api_start();
	unsigned char value[64], out[ROOM];
	struct data plain, sealed;
	CK_ULONG n = sizeof out;
	CK_OBJECT_HANDLE by, key;
	struct parameter p;
	CK_MECHANISM m;

	plain.n = api_unhex(v->plain, plain.p);
	sealed.n = api_unhex(v->sealed, sealed.p);
	if (wraps(v->mechanism) && plain.n != 0) {
		CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class),
			ATTR(CKA_KEY_TYPE, type), ATTR(CKA_SENSITIVE, NO),
			ATTR(CKA_EXTRACTABLE, YES), ATTR(CKA_VALUE_LEN, plain.n) };
		CK_ATTRIBUTE got = { CKA_VALUE, out, sizeof out };

		m = mechanism(v, plain.n, &p);
		by = secret_key(
			s, key_type(v->mechanism), value, key_value(v, value), _i % 2);
		key = secret_key(s, type, plain.p, plain.n, 1);
		OK(F->C_WrapKey(s, &m, by, key, out, &n));
		expect(out, n, &sealed);
		OK(F->C_UnwrapKey(
			s, &m, by, sealed.p, sealed.n, template, COUNT(template), &key));
		OK(F->C_GetAttributeValue(s, key, &got, 1));
		expect(out, got.ulValueLen, &plain);
	}
	api_stop();
}
END_TEST

static void
verify_in_two(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key, struct data *in,
	CK_ULONG at, struct data *mac, CK_RV rv)
{
	OK(F->C_VerifyInit(s, m, key));
	OK(F->C_VerifyUpdate(s, in->p, at));
	OK(F->C_VerifyUpdate(s, in->p + at, in->n - at));
	IS(rv, F->C_VerifyFinal(s, mac->p, mac->n));
}

/* Whole and in two parts, right at each place, and wrong by one bit. */
static void
check_verify(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE key, struct data *in,
	struct data *mac)
{
	OK(F->C_VerifyInit(s, m, key));
	OK(F->C_Verify(s, in->p, in->n, mac->p, mac->n));
	for (CK_ULONG at = 0; at <= in->n; at++)
		verify_in_two(s, m, key, in, at, mac, CKR_OK);
	mac->p[mac->n - 1] ^= 1;
	OK(F->C_VerifyInit(s, m, key));
	IS(CKR_SIGNATURE_INVALID, F->C_Verify(s, in->p, in->n, mac->p, mac->n));
	verify_in_two(s, m, key, in, in->n / 2, mac, CKR_SIGNATURE_INVALID);
	mac->p[mac->n - 1] ^= 1;
}

START_TEST (macs_give_the_known_answers) {
	const struct mode_vector *v = &mac_vectors[_i / 2];
	CK_SESSION_HANDLE s = api_start();
	const struct call sign = signing();
	struct data in, mac;
	struct parameter p;
	CK_MECHANISM m;
	CK_OBJECT_HANDLE k;

	in.n = api_unhex(v->plain, in.p);
	mac.n = api_unhex(v->sealed, mac.p);
	m = mechanism(v, in.n, &p);
	k = vector_key(s, v, _i % 2);
	if (is_off(v->mechanism)) {
		IS(CKR_MECHANISM_INVALID, F->C_SignInit(s, &m, k));
		IS(CKR_MECHANISM_INVALID, F->C_VerifyInit(s, &m, k));
	} else {
		check(&sign, s, &m, k, &in, &mac);
		check_verify(s, &m, k, &in, &mac);
	}
	api_stop();
}
END_TEST

/* Loop index: vector. */
START_TEST (digests_give_the_known_answers) {
	const struct hash_vector *v = &hash_vectors[_i];
	CK_SESSION_HANDLE s = api_start();
	const struct call digest = digesting();
	struct data in = { "abc", 3 }, out;
	CK_MECHANISM m = { v->digest, NULL, 0 };

	out.n = api_unhex(v->abc, out.p);
	check(&digest, s, &m, 0, &in, &out);
	api_stop();
}
END_TEST

START_TEST (digests_of_more_than_a_block_give_the_known_answers) {
	const struct long_vector *v = &long_vectors[_i];
	CK_SESSION_HANDLE s = api_start();
	const struct call digest = digesting();
	CK_MECHANISM m = { v->digest, NULL, 0 };
	struct data in, out;

	in.n = api_unhex(v->in, in.p);
	out.n = api_unhex(v->out, out.p);
	check(&digest, s, &m, 0, &in, &out);
	api_stop();
}
END_TEST

/* Loop index: vector. Without a parameter it is the beginning, or the rest of it. */
START_TEST (shake_gives_the_known_answers) {
	const struct xof_vector *v = &xof_vectors[_i];
	CK_SESSION_HANDLE s = api_start();
	const struct call digest = digesting();
	CK_ULONG length = strlen(v->out) / 2, n;
	CK_MECHANISM m = { v->digest, &length, sizeof length };
	struct data in, out;
	unsigned char usual[64];

	in.n = api_unhex(v->in, in.p);
	out.n = api_unhex(v->out, out.p);
	check(&digest, s, &m, 0, &in, &out);
	m = (CK_MECHANISM){ v->digest, NULL, 0 };
	n = sizeof usual;
	OK(F->C_DigestInit(s, &m));
	OK(F->C_Digest(s, in.p, in.n, usual, &n));
	ck_assert_uint_eq(n, v->digest == CKM_KT_SHAKE_128 ? 32 : 64);
	ck_assert_mem_eq(usual, out.p, out.n < n ? out.n : n);
	api_stop();
}
END_TEST

/* Loop index: vector and custody. */
START_TEST (hmacs_give_the_known_answers) {
	const struct hash_vector *v = &hash_vectors[_i / 2];
	CK_SESSION_HANDLE s = api_start();
	const struct call sign = signing();
	CK_OBJECT_HANDLE k = api_key(s, CKK_GENERIC_SECRET, "Jefe", 4, _i % 2);
	CK_MAC_GENERAL_PARAMS length;
	CK_MECHANISM m = { v->hmac, NULL, 0 };
	struct data in = { JEFE_DATA, sizeof JEFE_DATA - 1 }, mac;

	mac.n = api_unhex(v->jefe, mac.p);
	check(&sign, s, &m, k, &in, &mac);
	check_verify(s, &m, k, &in, &mac);
	m = (CK_MECHANISM){ v->general, &length, sizeof length };
	for (length = 1; length <= mac.n; length += 7) {
		struct data shorter = mac;

		shorter.n = length;
		check(&sign, s, &m, k, &in, &shorter);
		check_verify(s, &m, k, &in, &shorter);
	}
	api_stop();
}
END_TEST

/* Loop index: vector and custody. */
START_TEST (hmacs_of_more_than_a_block_give_the_known_answers) {
	const struct hmac_vector *v = &hmac_vectors[_i / 2];
	CK_SESSION_HANDLE s = api_start();
	const struct call sign = signing();
	CK_MECHANISM m = { v->hmac, NULL, 0 };
	struct data key, in, mac;
	CK_OBJECT_HANDLE k;

	key.n = api_unhex(v->key, key.p);
	in.n = api_unhex(v->data, in.p);
	mac.n = api_unhex(v->mac, mac.p);
	k = api_key(s, CKK_GENERIC_SECRET, key.p, key.n, _i % 2);
	check(&sign, s, &m, k, &in, &mac);
	check_verify(s, &m, k, &in, &mac);
	api_stop();
}
END_TEST

/* Loop index: vector and custody. */
START_TEST (tls_macs_give_the_known_answers) {
	const struct tls_mac_vector *v = &tls_mac_vectors[_i / 2];
	CK_SESSION_HANDLE s = api_start();
	const struct call sign = signing();
	CK_TLS_MAC_PARAMS p = v->params;
	CK_MECHANISM m = { v->mechanism, &p, sizeof p };
	unsigned char key[64];
	struct data in, mac;
	CK_OBJECT_HANDLE k;

	in.n = api_unhex(v->data, in.p);
	mac.n = api_unhex(v->tag, mac.p);
	k = api_key(s, CKK_GENERIC_SECRET, key, api_unhex(v->key, key), _i % 2);
	check(&sign, s, &m, k, &in, &mac);
	check_verify(s, &m, k, &in, &mac);
	api_stop();
}
END_TEST

/* Rows begin with their mechanism. */
static int
is_in(const void *rows, size_t n, size_t size, CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_TYPE row;

	for (size_t i = 0; i < n; i++) {
		memcpy(&row, (const char *)rows + i * size, sizeof row);
		if (row == type)
			return 1;
	}
	return 0;
}

#define IS_IN(rows, type) is_in((rows), COUNT(rows), sizeof((rows)[0]), (type))

/* Of more than nothing: no key is empty. */
static int
has_wrapped(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < COUNT(mode_vectors); i++)
		if (mode_vectors[i].mechanism == type && mode_vectors[i].plain[0] != '\0')
			return 1;
	return 0;
}

/* Digests and HMACs have a short one and a long one. */
static int
has_vector(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < COUNT(hash_vectors); i++) {
		if (hash_vectors[i].digest == type)
			return IS_IN(long_vectors, type);
		if (hash_vectors[i].hmac == type)
			return IS_IN(hmac_vectors, type);
		if (hash_vectors[i].general == type)
			return 1;
	}
	return IS_IN(mode_vectors, type) || IS_IN(mac_vectors, type) ||
	       IS_IN(tls_mac_vectors, type) || IS_IN(xof_vectors, type);
}

/* Key pairs have tests of their own. */
START_TEST (no_mechanism_is_without_an_answer) {
	const CK_FLAGS uses = CKF_ENCRYPT | CKF_SIGN | CKF_DIGEST | CKF_WRAP;
	CK_MECHANISM_TYPE list[512];
	CK_ULONG n = COUNT(list), seen = 0, wrap = 0;
	CK_MECHANISM_INFO info;

	(void)api_start();
	OK(F->C_GetMechanismList(api_slot(), list, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		OK(F->C_GetMechanismInfo(api_slot(), list[i], &info));
		if ((info.flags & uses) == 0 || (info.flags & CKF_HW) != 0)
			continue;
		ck_assert_msg(has_vector(list[i]), "0x%lx has none", list[i]);
		seen++;
		if ((info.flags & CKF_WRAP) == 0)
			continue;
		ck_assert_msg(has_wrapped(list[i]), "0x%lx has none", list[i]);
		wrap++;
	}
	ck_assert_uint_gt(seen, 40);
	ck_assert_uint_ge(wrap, 15);
	api_stop();
}
END_TEST

static int
has_key_of(const struct mode_vector *rows, size_t n, CK_MECHANISM_TYPE type, size_t bytes)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].mechanism == type && strlen(rows[i].key) == 2 * bytes)
			return 1;
	return 0;
}

/* No source has answers of these for all sizes, or another mechanism is the same. */
static int
has_some_sizes(CK_MECHANISM_TYPE type)
{
	static const CK_MECHANISM_TYPE some[] = { CKM_AES_CFB64, CKM_AES_KEY_WRAP_PKCS7,
		CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD, CKM_AES_CMAC_GENERAL };

	for (size_t i = 0; i < COUNT(some); i++)
		if (some[i] == type)
			return 1;
	return 0;
}

static unsigned
check_sizes(const struct mode_vector *rows, size_t n)
{
	static const size_t aes[] = { 16, 24, 32 }, xts[] = { 32, 64 };
	unsigned seen = 0;

	for (size_t i = 0; i < n; i++) {
		const CK_MECHANISM_TYPE type = rows[i].mechanism;
		const int is_xts = type == CKM_AES_XTS;

		if ((key_type(type) != CKK_AES && !is_xts) || has_some_sizes(type))
			continue;
		for (size_t k = 0; k < (is_xts ? COUNT(xts) : COUNT(aes)); k++)
			ck_assert_msg(has_key_of(rows, n, type, is_xts ? xts[k] : aes[k]),
				"0x%lx has none of this size", type);
		seen++;
	}
	return seen;
}

START_TEST (no_size_of_aes_keys_is_without_an_answer) {
	ck_assert_uint_gt(check_sizes(mode_vectors, COUNT(mode_vectors)), 0);
	ck_assert_uint_gt(check_sizes(mac_vectors, COUNT(mac_vectors)), 0);
}
END_TEST

static const struct check_test tests[] = {
	{ &ciphers_give_the_known_answers, 2 * COUNT(mode_vectors) },
	{ &wrapping_gives_the_known_answers, 2 * COUNT(mode_vectors) },
	{ &macs_give_the_known_answers, 2 * COUNT(mac_vectors) },
	{ &digests_give_the_known_answers, COUNT(hash_vectors) },
	{ &digests_of_more_than_a_block_give_the_known_answers, COUNT(long_vectors) },
	{ &shake_gives_the_known_answers, COUNT(xof_vectors) },
	{ &hmacs_give_the_known_answers, 2 * COUNT(hash_vectors) },
	{ &hmacs_of_more_than_a_block_give_the_known_answers, 2 * COUNT(hmac_vectors) },
	{ &tls_macs_give_the_known_answers, 2 * COUNT(tls_mac_vectors) },
	{ &no_mechanism_is_without_an_answer, 0 },
	{ &no_size_of_aes_keys_is_without_an_answer, 0 },
};

CHECK_MAIN("api_vectors", tests)
