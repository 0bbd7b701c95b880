/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys as PKCS #8, wrapped by every mechanism. */
#include "tests/unit/crypto/pkcs8_pairs.h"

#include <openssl/rsa.h>

#include "crypto/wrap.h"
#include "tests/unit/check_main.h"

/* --- Wrapped ----------------------------------------------------------------------------- */

static const uint8_t kek[32] = "one key to wrap them all, and so";

static struct attrs
aes_key(void)
{
	struct attrs a = ATTRS_INIT;

	attrs_set_ulong(&a, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(&a, CKA_WRAP, true);
	attrs_set_bool(&a, CKA_UNWRAP, true);
	return a;
}

static struct attrs
template_for(CK_KEY_TYPE type)
{
	struct attrs t = ATTRS_INIT;

	attrs_set_ulong(&t, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&t, CKA_KEY_TYPE, type);
	return t;
}

static void
may_leave(struct pair *pair)
{
	attrs_set_bool(&pair->private, CKA_EXTRACTABLE, true);
	attrs_set_bool(&pair->private, CKA_WRAP_WITH_TRUSTED, false);
}

static struct mech_params
params_for(const struct mech *m)
{
	struct mech_params p = { .tag_bits = 128,
		.key_bits = 256,
		.hash = DIGEST_SHA256,
		.mgf_hash = DIGEST_SHA256 };

	p.iv_len = m->param == PARAM_GCM || m->param == PARAM_CCM ? 12
		   : m->param == PARAM_IV                         ? m->iv_bytes
								  : 0;
	return p;
}

static const CK_MECHANISM_TYPE wrapping[] = { CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP,
	CKM_AES_KEY_WRAP_PAD, CKM_AES_KEY_WRAP_PKCS7, CKM_AES_CBC_PAD, CKM_AES_GCM,
	CKM_AES_CCM };

START_TEST (every_kind_is_wrapped_by_every_mechanism) {
	const struct sort *s = &sorts[_i / (int)ARRAY_LEN(wrapping)];
	const struct mech *m = mech_lookup(wrapping[_i % (int)ARRAY_LEN(wrapping)]);
	const struct mech_params p = params_for(m);
	struct attrs by = aes_key(), template = template_for(s->type);
	const struct key_input worker = { attrs_bytes(&by), BYTES_OF(kek), false };
	struct key_input in;
	struct secret der = SECRET_NONE;
	struct buf out = BUF_INIT;
	struct new_key k = NEW_KEY_NONE;
	struct bytes label;
	struct pair pair;

	ck_assert(mech_wraps_private(m));
	pair_of(&pair, s);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	may_leave(&pair);
	in = (struct key_input){ attrs_bytes(&pair.private), secret_bytes(&der), false };
	expect(CKR_OK, key_wrap(m, &p, &worker, &in, &out));
	attrs_set(&template, CKA_LABEL, BYTES_STR("unwrapped"));
	expect(CKR_OK, key_unwrap(m, &p, &worker, buf_bytes(&out), attrs_bytes(&template),
			       ROLE_USER, &k));
	expect_bytes(attrs_bytes(&k.secret), attrs_bytes(&pair.secret));
	expect_bytes(attr_of(&k.public, CKA_PUBLIC_KEY_INFO),
		attr_of(&pair.private, CKA_PUBLIC_KEY_INFO));
	label = attr_of(&k.public, CKA_LABEL);
	expect_bytes(label, BYTES_STR("unwrapped"));
	ck_assert(!attrs_bool(attrs_bytes(&k.public), CKA_LOCAL, true));
	ck_assert(attrs_bool(attrs_bytes(&k.public), CKA_EXTRACTABLE, false));
	new_key_free(&k);
	buf_free(&out);
	secret_free(&der);
	attrs_free(&by);
	attrs_free(&template);
	pair_free(&pair);
}
END_TEST

/* CKM_AES_KEY_WRAP's zeroes end where a block does, and are zeroes. */
START_TEST (zeroes_behind_a_key_are_no_part_of_it) {
	static const struct {
		size_t n;
		uint8_t last;
		bool gone;
	} cases[] = { { 0, 0, true }, { 1, 0, true }, { 7, 0, true }, { 8, 0, false },
		{ 1, 1, false }, { 7, 0x30, false } };
	struct secret der = SECRET_NONE;
	struct pair pair;

	pair_of(&pair, &sorts[P256]);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t filled[256] = { 0 };
		struct bytes b = BYTES(filled, der.n + cases[i].n);

		ck_assert_uint_le(b.n, sizeof filled);
		memcpy(filled, der.p, der.n);
		if (cases[i].n != 0)
			filled[b.n - 1] = cases[i].last;
		expect_bytes(pkcs8_unfill(b, 8), cases[i].gone ? secret_bytes(&der) : b);
		/* a mode that fills up with nothing */
		expect_bytes(pkcs8_unfill(b, 1), b);
	}
	expect_bytes(pkcs8_unfill(BYTES(der.p, der.n - 1), 8), BYTES(der.p, der.n - 1));
	expect_bytes(pkcs8_unfill(BYTES_NONE, 8), BYTES_NONE);
	secret_free(&der);
	pair_free(&pair);
}
END_TEST

/* Ciphers that fill up, and modes of which nobody expects it. */
START_TEST (others_do_not_take_private_keys) {
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_ECB, CKM_AES_CBC, CKM_AES_CTR,
		CKM_AES_CTS, CKM_AES_OFB, CKM_AES_CFB128 };
	const struct mech *m = mech_lookup(types[_i]);
	const struct mech_params p = { .iv_len = m->param == PARAM_NONE ? 0 : 16,
		.counter_bits = 64 };
	struct attrs by = aes_key(), template = template_for(CKK_EC);
	const struct key_input worker = { attrs_bytes(&by), BYTES_OF(kek), false };
	struct new_key k = NEW_KEY_NONE;
	struct key_input in;
	struct pair pair;

	ck_assert(!mech_wraps_private(m));
	pair_of(&pair, &sorts[P256]);
	may_leave(&pair);
	in = (struct key_input){ .attributes = attrs_bytes(&pair.private) };
	expect(CKR_KEY_NOT_WRAPPABLE, key_wrap_check(m, &worker, &in));
	expect(CKR_MECHANISM_INVALID, key_unwrap(m, &p, &worker, BYTES_OF(kek),
					      attrs_bytes(&template), ROLE_USER, &k));
	attrs_free(&by);
	attrs_free(&template);
	pair_free(&pair);
}
END_TEST

/* Padding, structure, numbers: nobody learns which of them was wrong. */
START_TEST (whatever_is_damaged_gets_one_answer) {
	const struct mech *m = mech_lookup(wrapping[1 + _i]);
	const struct mech_params p = params_for(m);
	struct attrs by = aes_key(), template = template_for(CKK_EC);
	const struct key_input worker = { attrs_bytes(&by), BYTES_OF(kek), false };
	struct secret der = SECRET_NONE;
	struct buf out = BUF_INIT;
	struct new_key k = NEW_KEY_NONE;
	struct key_input in;
	struct pair pair;

	pair_of(&pair, &sorts[P256]);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	may_leave(&pair);
	in = (struct key_input){ attrs_bytes(&pair.private), secret_bytes(&der), false };
	expect(CKR_OK, key_wrap(m, &p, &worker, &in, &out));
	for (size_t i = 0; i < out.n; i++)
		for (unsigned bit = 1; bit < 256; bit <<= 3) {
			CK_RV rv;

			out.p[i] ^= (uint8_t)bit;
			rv = key_unwrap(m, &p, &worker, buf_bytes(&out),
				attrs_bytes(&template), ROLE_USER, &k);
			out.p[i] ^= (uint8_t)bit;
			if (rv != CKR_CURVE_NOT_SUPPORTED)
				expect(CKR_WRAPPED_KEY_INVALID, rv);
		}
	ck_assert_uint_eq(k.secret.b.n, 0);
	buf_free(&out);
	secret_free(&der);
	attrs_free(&by);
	attrs_free(&template);
	pair_free(&pair);
}
END_TEST

/* --- RSA and AES ------------------------------------------------------------------------- */

static const CK_ULONG aes_bits[] = { 128, 192, 256 };
static const char *const kwp_names[] = { "AES-128-WRAP-PAD", "AES-192-WRAP-PAD",
	"AES-256-WRAP-PAD" };

static EVP_PKEY_CTX *
oaep(EVP_PKEY *pkey, bool encrypts, const char *label)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	char *copy = OPENSSL_strdup(label);

	ck_assert(ctx != NULL && copy != NULL);
	ck_assert((encrypts ? EVP_PKEY_encrypt_init(ctx) : EVP_PKEY_decrypt_init(ctx)) ==
		  1);
	ck_assert(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1);
	ck_assert(EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, "SHA256", NULL) == 1);
	ck_assert(EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, "SHA1", NULL) == 1);
	ck_assert(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, (int)strlen(label)) == 1);
	return ctx;
}

static size_t
kwp(const char *name, bool encrypts, const uint8_t *key, struct bytes in, uint8_t *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(crypto_libctx(), name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, more = 0;

	ck_assert(cipher != NULL && ctx != NULL);
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ck_assert(EVP_CipherInit_ex2(ctx, cipher, key, NULL, encrypts, NULL) == 1);
	ck_assert(EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) == 1);
	ck_assert(EVP_CipherFinal_ex(ctx, out + n, &more) == 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return (size_t)(n + more);
}

static struct mech_params
rsa_aes_params(CK_ULONG bits)
{
	return (struct mech_params){ .key_bits = (uint16_t)bits,
		.hash = DIGEST_SHA256,
		.mgf_hash = DIGEST_SHA1,
		.extra = BYTES_STR("label") };
}

static void
wraps(struct pair *rsa)
{
	rsa_pair(rsa);
	attrs_set_bool(&rsa->public, CKA_WRAP, true);
	attrs_set_bool(&rsa->private, CKA_UNWRAP, true);
}

/* Ours, which OpenSSL takes apart. */
START_TEST (rsa_aes_is_oaep_and_kwp) {
	const struct mech *m = mech_lookup(CKM_RSA_AES_KEY_WRAP);
	const struct mech_params p = rsa_aes_params(aes_bits[_i % 3]);
	const struct sort *s = _i < 3 ? &sorts[P521] : &sorts[ML_DSA_44];
	struct secret der = SECRET_NONE;
	struct buf out = BUF_INIT;
	struct key_input by, in;
	struct pair rsa, pair;
	EVP_PKEY_CTX *ctx;
	uint8_t key[256], plain[8192];
	size_t n = sizeof key;

	wraps(&rsa);
	pair_of(&pair, s);
	may_leave(&pair);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	by = (struct key_input){ .attributes = attrs_bytes(&rsa.public) };
	in = (struct key_input){ attrs_bytes(&pair.private), secret_bytes(&der), false };
	expect(CKR_OK, key_wrap(m, &p, &by, &in, &out));
	ck_assert_uint_eq(out.n, 256 + (der.n + 7) / 8 * 8 + 8);
	ck_assert_uint_eq(key_wrap_size(m, &p, &by, der.n), out.n);
	ctx = oaep(rsa.private_key, false, "label");
	ck_assert(EVP_PKEY_decrypt(ctx, key, &n, out.p, 256) == 1);
	ck_assert_uint_eq(n, aes_bits[_i % 3] / 8);
	n = kwp(kwp_names[_i % 3], false, key, BYTES(out.p + 256, out.n - 256), plain);
	expect_bytes(BYTES(plain, n), secret_bytes(&der));
	EVP_PKEY_CTX_free(ctx);
	buf_free(&out);
	secret_free(&der);
	pair_free(&rsa);
	pair_free(&pair);
}
END_TEST

/* A wrapped key that OpenSSL puts together, n bytes. */
static size_t
their_wrapped(
	EVP_PKEY *rsa, size_t which, const char *label, struct bytes der, uint8_t *out)
{
	EVP_PKEY_CTX *ctx = oaep(rsa, true, label);
	size_t n = 256;

	ck_assert(EVP_PKEY_encrypt(ctx, out, &n, kek, aes_bits[which] / 8) == 1);
	EVP_PKEY_CTX_free(ctx);
	return n + kwp(kwp_names[which], true, kek, der, out + n);
}

START_TEST (rsa_aes_takes_what_others_made) {
	const struct mech *m = mech_lookup(CKM_RSA_AES_KEY_WRAP);
	const size_t which = (size_t)_i % 3, other = (which + 1) % 3;
	const struct mech_params p = rsa_aes_params(aes_bits[which]),
				 longer = rsa_aes_params(aes_bits[other]);
	struct secret der = SECRET_NONE, value = SECRET_NONE;
	struct pair rsa, pair;
	uint8_t wrapped[8192];
	size_t n;

	wraps(&rsa);
	pair_of(&pair, &sorts[P256]);
	expect(CKR_OK, pkcs8_write(pair.private_key, &der));
	n = their_wrapped(rsa.public_key, which, "label", secret_bytes(&der), wrapped);
	expect(CKR_OK, pkey_unwrap(m, &p, rsa.private_key, BYTES(wrapped, n), 0, &value));
	expect_bytes(secret_bytes(&value), secret_bytes(&der));
	expect(CKR_OK,
		pkey_unwrap(m, &p, rsa.private_key, BYTES(wrapped, n), der.n, &value));
	expect(CKR_WRAPPED_KEY_LEN_RANGE,
		pkey_unwrap(m, &p, rsa.private_key, BYTES(wrapped, n), 16, &value));
	/* another size of the AES key than said, another label, damage here or there */
	expect(CKR_WRAPPED_KEY_INVALID,
		pkey_unwrap(m, &longer, rsa.private_key, BYTES(wrapped, n), 0, &value));
	for (size_t i = 0; i < n; i += 97) {
		wrapped[i] ^= 1;
		expect(CKR_WRAPPED_KEY_INVALID, pkey_unwrap(m, &p, rsa.private_key,
							BYTES(wrapped, n), 0, &value));
		wrapped[i] ^= 1;
	}
	for (size_t i = 0; i <= 256; i += 64)
		expect(CKR_WRAPPED_KEY_LEN_RANGE, pkey_unwrap(m, &p, rsa.private_key,
							  BYTES(wrapped, i), 0, &value));
	expect(CKR_WRAPPED_KEY_LEN_RANGE,
		pkey_unwrap(m, &p, rsa.private_key, BYTES(wrapped, n - 1), 0, &value));
	n = their_wrapped(rsa.public_key, which, "lavel", secret_bytes(&der), wrapped);
	expect(CKR_WRAPPED_KEY_INVALID,
		pkey_unwrap(m, &p, rsa.private_key, BYTES(wrapped, n), 0, &value));
	secret_free(&der);
	secret_free(&value);
	pair_free(&rsa);
	pair_free(&pair);
}
END_TEST

static const struct check_test tests[] = {
	{ &every_kind_is_wrapped_by_every_mechanism,
		ARRAY_LEN(sorts) * ARRAY_LEN(wrapping) },
	{ &zeroes_behind_a_key_are_no_part_of_it, 0 },
	{ &others_do_not_take_private_keys, 6 },
	{ &whatever_is_damaged_gets_one_answer, ARRAY_LEN(wrapping) - 1 },
	{ &rsa_aes_is_oaep_and_kwp, 6 },
	{ &rsa_aes_takes_what_others_made, 3 },
};

CHECK_MAIN("crypto_pkcs8_wrap", tests)
