/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys wrapped and unwrapped: every kind by every mechanism, with wrapping keys of each
 * custody; whose key may leave, and what is no key. */
#include "tests/api/wrap.h"

static const CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;
static CK_BYTE data[] = "what is to be signed";

struct pair {
	CK_OBJECT_HANDLE pub, prv;
};

/* --- Keys of every kind ------------------------------------------------------------------ */

static const struct kind {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE generate, sign; /* sign 0: derives */
	const char *params;
	CK_ULONG number; /* of bits, or of the parameter set */
} kinds[] = {
	{ CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_SHA256_RSA_PKCS, NULL, 2048 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA_SHA256, "06082a8648ce3d030107", 0 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA_SHA256, "06052b81040023", 0 },
	{ CKK_EC, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA_SHA256, "06052b8104000a", 0 },
	{ CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA, "06032b6570", 0 },
	{ CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA, "06032b6571", 0 },
	{ CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, 0, "06032b656e", 0 },
	{ CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, 0, "06032b656f", 0 },
	{ CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, NULL, CKP_ML_DSA_65 },
	{ CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA, NULL,
		CKP_SLH_DSA_SHA2_128F },
};

static const struct kind *const rsa = &kinds[0], *const p256 = &kinds[1];

/* A private half with these attributes, of what is asked beside them too. */
static struct pair
pair_with(CK_SESSION_HANDLE s, const struct kind *k, const struct list *more)
{
	CK_MECHANISM m = { k->generate, NULL, 0 };
	CK_BYTE params[16];
	CK_ATTRIBUTE pub[] = { ATTR(CKA_WRAP, YES), { CKA_EC_PARAMS, params, 0 } };
	struct pair pair = { 0, 0 };

	if (k->params != NULL)
		pub[1].ulValueLen = api_unhex(k->params, params);
	else
		pub[1] = (CK_ATTRIBUTE){ k->type == CKK_RSA ? CKA_MODULUS_BITS
							    : CKA_PARAMETER_SET,
			(void *)(uintptr_t)&k->number, sizeof k->number };
	OK(F->C_GenerateKeyPair(s, &m, pub, COUNT(pub),
		(CK_ATTRIBUTE *)(uintptr_t)more->a, more->n, &pair.pub, &pair.prv));
	return pair;
}

/* One that may leave. */
static struct pair
pair_of(CK_SESSION_HANDLE s, const struct kind *k, int token)
{
	struct list l = { .n = 0 };

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_TOKEN, *(token ? &YES : &NO)));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_EXTRACTABLE, YES));
	if (k->sign == 0)
		list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_DERIVE, YES));
	return pair_with(s, k, &l);
}

/* What C_UnwrapKey is to make of it. */
static struct list
template_of(const struct kind *k, int token)
{
	struct list l = { .n = 0 };

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_CLASS, private_class));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, k->type));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_TOKEN, *(token ? &YES : &NO)));
	if (k->sign == 0)
		list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_DERIVE, YES));
	return l;
}

#define MOST_VALUE 8192u

static CK_ULONG
value_of(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type, CK_BYTE *to)
{
	CK_ATTRIBUTE a = { type, to, MOST_VALUE };

	OK(F->C_GetAttributeValue(s, key, &a, 1));
	return a.ulValueLen;
}

static void
same_value(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE a, CK_OBJECT_HANDLE b,
	CK_ATTRIBUTE_TYPE type)
{
	CK_BYTE one[MOST_VALUE], other[MOST_VALUE];
	const CK_ULONG n = value_of(s, a, type, one);

	ck_assert_uint_eq(value_of(s, b, type, other), n);
	ck_assert_uint_gt(n, 0);
	ck_assert_mem_eq(one, other, n);
}

static CK_OBJECT_HANDLE
agree(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE pub)
{
	static const CK_ULONG n = 32;
	struct list t = { .n = 0 };
	CK_BYTE point[MOST_VALUE];
	CK_ECDH1_DERIVE_PARAMS p = { .kdf = CKD_NULL, .pPublicData = point };
	CK_MECHANISM m = { CKM_ECDH1_DERIVE, &p, sizeof p };
	CK_OBJECT_HANDLE made = 0;

	list_add(&t, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&t, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes_type));
	list_add(&t, (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, n));
	p.ulPublicDataLen = value_of(s, pub, CKA_EC_POINT, point);
	OK(F->C_DeriveKey(s, &m, key, t.a, t.n, &made));
	return made;
}

/* Does key do what the pair's private half did? */
static void
check_use(CK_SESSION_HANDLE s, const struct kind *k, CK_OBJECT_HANDLE key,
	const struct pair *pair)
{
	CK_MECHANISM m = { k->sign, NULL, 0 };
	CK_BYTE sig[20000];
	CK_ULONG n = sizeof sig;
	struct pair other;

	if (k->sign == 0) {
		other = pair_of(s, k, 0);
		check_same_key(
			s, agree(s, key, other.pub), agree(s, other.prv, pair->pub));
		return;
	}
	OK(F->C_SignInit(s, &m, key));
	OK(F->C_Sign(s, data, sizeof data, sig, &n));
	OK(F->C_VerifyInit(s, &m, pair->pub));
	OK(F->C_Verify(s, data, sizeof data, sig, n));
}

/* All that is said of the key is as when it was made. */
static void
check_same_numbers(CK_SESSION_HANDLE s, const struct kind *k, CK_OBJECT_HANDLE key,
	CK_OBJECT_HANDLE old)
{
	same_value(s, key, old, CKA_PUBLIC_KEY_INFO);
	if (k->type == CKK_RSA) {
		same_value(s, key, old, CKA_MODULUS);
		same_value(s, key, old, CKA_PUBLIC_EXPONENT);
	} else if (k->params != NULL) {
		same_value(s, key, old, CKA_EC_PARAMS);
		same_value(s, key, old, CKA_EC_POINT);
	} else {
		same_value(s, key, old, CKA_PARAMETER_SET);
	}
	ck_assert(!api_flag(s, key, CKA_LOCAL));
	ck_assert(!api_flag(s, key, CKA_ALWAYS_SENSITIVE));
	ck_assert(!api_flag(s, key, CKA_NEVER_EXTRACTABLE));
	ck_assert(api_flag(s, key, CKA_SENSITIVE));
	ck_assert(api_flag(s, key, CKA_EXTRACTABLE)); /* 5.18.4 */
}

/* --- There and back ----------------------------------------------------------------------- */

static CK_BYTE iv[16] = "an IV, its bytes", nonce[12] = "twelve bytes", tag[16],
	       aad[] = "where";
static CK_GCM_PARAMS gcm = { nonce, sizeof nonce, 96, aad, sizeof aad, 128 };
static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
	(void *)(uintptr_t) "label", 5 };
static CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes = { 256, &oaep };

static CK_MECHANISM mechanisms[] = {
	{ CKM_AES_KEY_WRAP_KWP, NULL, 0 },
	{ CKM_AES_KEY_WRAP_PAD, NULL, 0 },
	{ CKM_AES_KEY_WRAP_PKCS7, NULL, 0 },
	{ CKM_AES_CBC_PAD, iv, sizeof iv },
	{ CKM_AES_GCM, &gcm, sizeof gcm },
	{ CKM_AES_KEY_WRAP, NULL, 0 },
	{ CKM_RSA_AES_KEY_WRAP, &rsa_aes, sizeof rsa_aes },
};

#define RSA_AES 6

/* The keys that wrap and unwrap. */
static struct pair
workers(CK_SESSION_HANDLE s, size_t mechanism, enum where where)
{
	struct list l = { .n = 0 };
	struct pair both;

	if (mechanism != RSA_AES) {
		both.pub = both.prv = wrapping_key(s, where);
		return both;
	}
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_TOKEN, *(where == ON_TOKEN ? &YES : &NO)));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_UNWRAP, YES));
	return pair_with(s, rsa, &l);
}

/* Asks for the length, too. */
static CK_ULONG
wrap_whole(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE by,
	CK_OBJECT_HANDLE key, CK_BYTE *out)
{
	CK_ULONG n = 0, size = 0;

	OK(F->C_WrapKey(s, m, by, key, NULL, &size));
	n = size - 1;
	memset(out, 'x', size);
	IS(CKR_BUFFER_TOO_SMALL, F->C_WrapKey(s, m, by, key, out, &n));
	ck_assert_uint_eq(n, size);
	for (CK_ULONG i = 0; i < size; i++)
		ck_assert_uint_eq(out[i], 'x');
	OK(F->C_WrapKey(s, m, by, key, out, &n));
	ck_assert_uint_eq(n, size);
	return n;
}

#define CASES (COUNT(kinds) * COUNT(mechanisms))

/* From the session to the token, and the other way; the wrapping key now here, now there. */
START_TEST (every_kind_goes_there_and_back) {
	const struct kind *k = &kinds[(size_t)_i / COUNT(mechanisms)];
	const size_t how = (size_t)_i % COUNT(mechanisms);
	const CK_SESSION_HANDLE s = api_start();
	const int token = _i % 2;
	const struct pair by = workers(s, how, (enum where)((size_t)_i % PLACES)),
			  pair = pair_of(s, k, token);
	struct list template = template_of(k, !token);
	CK_BYTE wrapped[MOST_VALUE];
	CK_OBJECT_HANDLE new = 0;
	CK_ULONG n = wrap_whole(s, &mechanisms[how], by.pub, pair.prv, wrapped);

	OK(F->C_UnwrapKey(
		s, &mechanisms[how], by.prv, wrapped, n, template.a, template.n, &new));
	check_same_numbers(s, k, new, pair.prv);
	ck_assert_uint_eq(api_flag(s, new, CKA_TOKEN), !token);
	check_use(s, k, new, &pair);
	destroy_all(s);
	api_stop();
}
END_TEST

/* Each place of a wrapping key, with each of the wrapped one. */
START_TEST (wrapping_key_may_be_anywhere) {
	const enum where where = (enum where)(_i / 2 % PLACES);
	const size_t how = _i / 2 / PLACES ? RSA_AES : 0;
	const CK_SESSION_HANDLE s = api_start();
	const struct pair by = workers(s, how, where), pair = pair_of(s, p256, _i % 2);
	struct list template = template_of(p256, _i % 2);
	CK_BYTE wrapped[MOST_VALUE];
	CK_OBJECT_HANDLE new = 0;
	CK_ULONG n = wrap_whole(s, &mechanisms[how], by.pub, pair.prv, wrapped);

	OK(F->C_UnwrapKey(
		s, &mechanisms[how], by.prv, wrapped, n, template.a, template.n, &new));
	check_use(s, p256, new, &pair);
	/* a second time, another object */
	OK(F->C_UnwrapKey(
		s, &mechanisms[how], by.prv, wrapped, n, template.a, template.n, &new));
	check_same_numbers(s, p256, new, pair.prv);
	destroy_all(s);
	api_stop();
}
END_TEST

/* Secret keys of any custody by RSA and AES, in every length of the key in between. */
START_TEST (secret_keys_go_through_rsa_and_aes) {
	static const CK_ULONG bits[] = { 128, 192, 256 };
	const enum where key_at = (enum where)(_i % PLACES),
			 new_at = (enum where)(_i / PLACES % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const struct pair by = workers(s, RSA_AES, _i % 2 ? ON_TOKEN : IN_PROCESS);
	CK_RSA_AES_KEY_WRAP_PARAMS p = { bits[_i / PLACES / PLACES], &oaep };
	CK_MECHANISM m = { CKM_RSA_AES_KEY_WRAP, &p, sizeof p };
	const CK_OBJECT_HANDLE key = wrapped_key(s, key_at);
	struct list template = aes_template(new_at);
	CK_BYTE wrapped[MOST_VALUE];
	CK_OBJECT_HANDLE new = 0;
	CK_ULONG n = wrap_whole(s, &m, by.pub, key, wrapped);

	ck_assert_uint_eq(n, 256 + 16 + 8);
	OK(F->C_UnwrapKey(s, &m, by.prv, wrapped, n, template.a, template.n, &new));
	check_same_key(s, new, key);
	ck_assert_uint_eq(api_flag(s, new, CKA_TOKEN), new_at == ON_TOKEN);
	for (CK_ULONG i = 0; i < n; i += 64) {
		wrapped[i] ^= 1;
		IS(CKR_WRAPPED_KEY_INVALID, F->C_UnwrapKey(s, &m, by.prv, wrapped, n,
						    template.a, template.n, &new));
		wrapped[i] ^= 1;
	}
	IS(CKR_WRAPPED_KEY_LEN_RANGE, F->C_UnwrapKey(s, &m, by.prv, wrapped, 256,
					      template.a, template.n, &new));
	IS(CKR_WRAPPED_KEY_LEN_RANGE, F->C_UnwrapKey(s, &m, by.prv, wrapped, n - 1,
					      template.a, template.n, &new));
	destroy_all(s);
	api_stop();
}
END_TEST

static CK_GCM_MESSAGE_PARAMS gcm_message = { nonce, sizeof nonce, 0, CKG_GENERATE, tag,
	128 };
static CK_CCM_MESSAGE_PARAMS ccm_message = { 0, nonce, sizeof nonce, 0, CKG_GENERATE, tag,
	16 };

START_TEST (tag_may_be_apart) {
	const struct kind *k = &kinds[(size_t)_i / 2];
	const CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM m = { CKM_AES_GCM, &gcm_message, sizeof gcm_message };
	const CK_OBJECT_HANDLE by = wrapping_key(s, (enum where)(_i % PLACES));
	const struct pair pair = pair_of(s, k, 0);
	struct list template = template_of(k, 0);
	CK_BYTE wrapped[MOST_VALUE], before[sizeof nonce];
	CK_BYTE *const places[] = { wrapped, nonce, tag, aad };
	CK_OBJECT_HANDLE new = 0;
	CK_ULONG n = 0, size;

	if (_i % 2)
		m = (CK_MECHANISM){ CKM_AES_CCM, &ccm_message, sizeof ccm_message };
	memcpy(before, nonce, sizeof before);
	OK(F->C_WrapKeyAuthenticated(s, &m, by, pair.prv, aad, sizeof aad, NULL, &n));
	ck_assert_mem_eq(nonce, before, sizeof before);
	size = n;
	OK(F->C_WrapKeyAuthenticated(s, &m, by, pair.prv, aad, sizeof aad, wrapped, &n));
	ck_assert_uint_eq(n, size);
	ck_assert_mem_ne(nonce, before, sizeof before);
	for (size_t i = 0; i < COUNT(places); i++) {
		*places[i] ^= 1;
		IS(CKR_WRAPPED_KEY_INVALID,
			F->C_UnwrapKeyAuthenticated(s, &m, by, wrapped, n, template.a,
				template.n, aad, sizeof aad, &new));
		*places[i] ^= 1;
	}
	OK(F->C_UnwrapKeyAuthenticated(
		s, &m, by, wrapped, n, template.a, template.n, aad, sizeof aad, &new));
	check_use(s, k, new, &pair);
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- Policy -------------------------------------------------------------------------------- */

static CK_RV
wrap(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE by,
	CK_OBJECT_HANDLE key)
{
	CK_MECHANISM m = { type, NULL, 0 };
	CK_BYTE out[MOST_VALUE];
	CK_ULONG n = sizeof out;

	return F->C_WrapKey(s, &m, by, key, out, &n);
}

static CK_OBJECT_HANDLE
private_with(CK_SESSION_HANDLE s, CK_ATTRIBUTE one, CK_BBOOL extractable)
{
	struct list l = { .n = 0 };

	list_add(&l, one);
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_EXTRACTABLE, *(extractable ? &YES : &NO)));
	return pair_with(s, p256, &l).prv;
}

/* A wrapping key that the token's security officer trusts; public, so that he may. */
static CK_OBJECT_HANDLE
trusted_key(CK_SESSION_HANDLE s, CK_BBOOL token)
{
	struct list l = { .n = 0 };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_Logout(s));
	OK(api_login(s, CKU_SO));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes_type));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_VALUE, wrapping_value));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_WRAP, YES));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_PRIVATE, NO));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_TRUSTED, YES));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_TOKEN, *(token ? &YES : &NO)));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_SENSITIVE, YES));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_EXTRACTABLE, NO));
	OK(F->C_CreateObject(s, l.a, l.n, &key));
	OK(F->C_Logout(s));
	OK(api_login(s, CKU_USER));
	return key;
}

START_TEST (policy_of_both_keys_is_heeded) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE by = wrapping_key(s, (enum where)_i);
	CK_ATTRIBUTE with_trusted = ATTR(CKA_WRAP_WITH_TRUSTED, YES),
		     plain = ATTR(CKA_WRAP_WITH_TRUSTED, NO),
		     asks = ATTR(CKA_ALWAYS_AUTHENTICATE, YES),
		     never = ATTR(CKA_WRAP, NO);
	const CK_OBJECT_HANDLE key = private_with(s, plain, CK_TRUE);
	CK_BYTE block[16] = { 0 };
	CK_MECHANISM cbc = { CKM_AES_CBC, block, sizeof block };
	CK_ULONG n = 0;

	OK(wrap(s, CKM_AES_KEY_WRAP_KWP, by, key));
	IS(CKR_KEY_UNEXTRACTABLE,
		wrap(s, CKM_AES_KEY_WRAP_KWP, by, private_with(s, plain, CK_FALSE)));
	IS(CKR_KEY_NOT_WRAPPABLE, wrap(s, CKM_AES_KEY_WRAP_KWP, by,
					  private_with(s, with_trusted, CK_TRUE)));
	/* a PIN for each use of the key: this is none */
	OK(wrap(s, CKM_AES_KEY_WRAP_KWP, by, private_with(s, asks, CK_TRUE)));
	/* mechanisms that fill up with zeroes, or that have no place for it */
	IS(CKR_KEY_NOT_WRAPPABLE, wrap(s, CKM_AES_ECB, by, key));
	IS(CKR_KEY_NOT_WRAPPABLE, F->C_WrapKey(s, &cbc, by, key, NULL, &n));
	IS(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, wrap(s, CKM_AES_KEY_WRAP_KWP, key, key));
	OK(F->C_SetAttributeValue(s, by, &never, 1));
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED, wrap(s, CKM_AES_KEY_WRAP_KWP, by, key));
	destroy_all(s);
	api_stop();
}
END_TEST

START_TEST (only_the_token_s_own_word_makes_a_key_trusted) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_OBJECT_HANDLE token = trusted_key(s, CK_TRUE),
			       session = trusted_key(s, CK_FALSE),
			       key = private_with(s,
				       (CK_ATTRIBUTE)ATTR(CKA_WRAP_WITH_TRUSTED, YES),
				       CK_TRUE);

	OK(wrap(s, CKM_AES_KEY_WRAP_KWP, token, key));
	IS(CKR_KEY_NOT_WRAPPABLE, wrap(s, CKM_AES_KEY_WRAP_KWP, session, key));
	destroy_all(s);
	api_stop();
}
END_TEST

/* What a wrapping key wants of the keys that it wraps and unwraps. */
START_TEST (templates_of_the_wrapping_key_are_heeded) {
	const enum where where = (enum where)_i;
	const CK_SESSION_HANDLE s = api_start();
	static const CK_MECHANISM_TYPE allowed[] = { CKM_AES_KEY_WRAP_KWP };
	CK_ATTRIBUTE wants[] = { ATTR(CKA_SIGN, YES), ATTR(CKA_KEY_TYPE, p256->type) },
		     adds[] = { ATTR(CKA_SIGN, NO), ATTR(CKA_EXTRACTABLE, NO) };
	struct list l = { .n = 0 }, t = template_of(p256, _i == ON_TOKEN);
	CK_BYTE wrapped[MOST_VALUE];
	CK_MECHANISM kwp = { CKM_AES_KEY_WRAP_KWP, NULL, 0 };
	CK_OBJECT_HANDLE by = 0, new = 0;
	CK_ULONG n = sizeof wrapped;

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes_type));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_VALUE, wrapping_value));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_WRAP, YES));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_UNWRAP, YES));
	list_add(&l, (CK_ATTRIBUTE){ CKA_WRAP_TEMPLATE, wants, sizeof wants });
	list_add(&l, (CK_ATTRIBUTE){ CKA_UNWRAP_TEMPLATE, adds, sizeof adds });
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_ALLOWED_MECHANISMS, allowed));
	list_place(&l, where, 0);
	OK(F->C_CreateObject(s, l.a, l.n, &by));
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		wrap(s, CKM_AES_KEY_WRAP_PKCS7, by, pair_of(s, p256, 0).prv));
	IS(CKR_KEY_HANDLE_INVALID,
		wrap(s, CKM_AES_KEY_WRAP_KWP, by, pair_of(s, rsa, 0).prv));
	OK(F->C_WrapKey(s, &kwp, by, pair_of(s, p256, 0).prv, wrapped, &n));
	OK(F->C_UnwrapKey(s, &kwp, by, wrapped, n, t.a, t.n, &new));
	ck_assert(!api_flag(s, new, CKA_SIGN));
	ck_assert(!api_flag(s, new, CKA_EXTRACTABLE));
	list_add(&t, (CK_ATTRIBUTE)ATTR(CKA_SIGN, YES));
	IS(CKR_TEMPLATE_INCONSISTENT,
		F->C_UnwrapKey(s, &kwp, by, wrapped, n, t.a, t.n, &new));
	destroy_all(s);
	api_stop();
}
END_TEST

/* The same of an RSA key: of private keys and of secret ones. */
START_TEST (rsa_key_s_unwrap_template_is_added) {
	const CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE adds[] = { ATTR(CKA_EXTRACTABLE, NO), ATTR(CKA_SENSITIVE, YES) };
	struct list l = { .n = 0 }, secret = { .n = 0 }, private = template_of(p256, 0);
	CK_MECHANISM pkcs = { CKM_RSA_PKCS, NULL, 0 };
	CK_MECHANISM *const ms[] = { &pkcs, &mechanisms[RSA_AES] };
	CK_BYTE wrapped[MOST_VALUE];
	CK_OBJECT_HANDLE new = 0;
	CK_ULONG n;
	struct pair by;

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_TOKEN, *(_i ? &YES : &NO)));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_UNWRAP, YES));
	list_add(&l, (CK_ATTRIBUTE){ CKA_UNWRAP_TEMPLATE, adds, sizeof adds });
	by = pair_with(s, rsa, &l);
	list_add(&secret, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&secret, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes_type));
	for (size_t i = 0; i < COUNT(ms); i++) {
		n = sizeof wrapped;
		OK(F->C_WrapKey(
			s, ms[i], by.pub, wrapped_key(s, IN_PROCESS), wrapped, &n));
		OK(F->C_UnwrapKey(
			s, ms[i], by.prv, wrapped, n, secret.a, secret.n, &new));
		ck_assert(!api_flag(s, new, CKA_EXTRACTABLE));
		ck_assert(api_flag(s, new, CKA_SENSITIVE));
		check_same_key(s, new, wrapped_key(s, IN_PROCESS));
		secret.a[secret.n++] = (CK_ATTRIBUTE)ATTR(CKA_EXTRACTABLE, YES);
		IS(CKR_TEMPLATE_INCONSISTENT, F->C_UnwrapKey(s, ms[i], by.prv, wrapped, n,
						      secret.a, secret.n, &new));
		secret.n--;
	}
	n = sizeof wrapped;
	OK(F->C_WrapKey(s, ms[1], by.pub, pair_of(s, p256, 0).prv, wrapped, &n));
	OK(F->C_UnwrapKey(s, ms[1], by.prv, wrapped, n, private.a, private.n, &new));
	ck_assert(!api_flag(s, new, CKA_EXTRACTABLE));
	list_add(&private, (CK_ATTRIBUTE)ATTR(CKA_SENSITIVE, NO));
	IS(CKR_TEMPLATE_INCONSISTENT,
		F->C_UnwrapKey(s, ms[1], by.prv, wrapped, n, private.a, private.n, &new));
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- What is not unwrapped ----------------------------------------------------------------- */

static CK_BYTE wrapped[MOST_VALUE];
static CK_ULONG wrapped_n;

/* Bytes of choice under the wrapping key, as a generic secret is wrapped. */
static void
wrap_bytes(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE by, const CK_BYTE *p,
	CK_ULONG n)
{
	const CK_OBJECT_HANDLE key = api_key(s, CKK_GENERIC_SECRET, p, n, 1);

	wrapped_n = sizeof wrapped;
	OK(F->C_WrapKey(s, m, by, key, wrapped, &wrapped_n));
}

static CK_RV
unwrap(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE by, const struct list *t)
{
	CK_OBJECT_HANDLE new = 0;
	const CK_RV rv = F->C_UnwrapKey(s, m, by, wrapped, wrapped_n,
		(CK_ATTRIBUTE *)(uintptr_t)t->a, t->n, &new);

	ck_assert((new != 0) == (rv == CKR_OK));
	return rv;
}

/* RFC 8410, 10.3: without and with attributes and the public key. */
static const char *const known[] = {
	"302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fb"
	"e097a88f44755842",
	"3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fb"
	"e097a88f44755842a01f301d060a2a864886f70d01090914310f0c0d437572646c65204368616972"
	"73"
	"81210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
};

START_TEST (others_keys_are_taken) {
	const CK_SESSION_HANDLE s = api_start();
	const struct kind *ed25519 = &kinds[4];
	CK_MECHANISM *m = &mechanisms[(size_t)_i / COUNT(known)];
	const CK_OBJECT_HANDLE by = wrapping_key(s, IN_PROCESS);
	struct list t = template_of(ed25519, 0);
	CK_BYTE der[256], point[MOST_VALUE], right[32];
	const CK_ULONG n = api_unhex(known[(size_t)_i % COUNT(known)], der);
	CK_OBJECT_HANDLE new = 0;

	wrap_bytes(s, m, by, der, n);
	OK(F->C_UnwrapKey(s, m, by, wrapped, wrapped_n, t.a, t.n, &new));
	ck_assert_uint_eq(value_of(s, new, CKA_EC_POINT, point), 32);
	(void)api_unhex(
		"19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
		right);
	ck_assert_mem_eq(point, right, 32);
	/* another type, a byte less, a byte more, a wrong public key */
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct list other = template_of(&kinds[i], 0);

		if (kinds[i].type != CKK_EC_EDWARDS)
			IS(CKR_WRAPPED_KEY_INVALID, unwrap(s, m, by, &other));
	}
	wrap_bytes(s, m, by, der, n - 1);
	IS(CKR_WRAPPED_KEY_INVALID, unwrap(s, m, by, &t));
	wrap_bytes(s, m, by, der, n + 1);
	IS(CKR_WRAPPED_KEY_INVALID, unwrap(s, m, by, &t));
	der[n - 1] ^= 1;
	wrap_bytes(s, m, by, der, n);
	IS((size_t)_i % COUNT(known) ? CKR_WRAPPED_KEY_INVALID : CKR_OK,
		unwrap(s, m, by, &t));
	api_stop();
}
END_TEST

START_TEST (whatever_is_wrong_makes_no_key) {
	const CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM kwp = { CKM_AES_KEY_WRAP_KWP, NULL, 0 },
		     ecb = { CKM_AES_ECB, NULL, 0 };
	const CK_OBJECT_HANDLE by = wrapping_key(s, (enum where)_i);
	const struct pair pair = pair_of(s, p256, 0);
	const CK_OBJECT_CLASS data_class = CKO_DATA;
	const struct list good = template_of(p256, 0);
	struct list t;
	unsigned before;

	wrapped_n = sizeof wrapped;
	OK(F->C_WrapKey(s, &kwp, by, pair.prv, wrapped, &wrapped_n));
	before = count_objects(s);
#define REFUSED(rv, m, attribute) \
	t = good;                 \
	list_add(&t, attribute);  \
	IS(rv, unwrap(s, m, by, &t))
	REFUSED(CKR_MECHANISM_INVALID, &ecb, (CK_ATTRIBUTE)ATTR(CKA_SIGN, YES));
	REFUSED(CKR_ATTRIBUTE_READ_ONLY, &kwp, (CK_ATTRIBUTE)ATTR(CKA_VALUE, data));
	REFUSED(CKR_ATTRIBUTE_READ_ONLY, &kwp, (CK_ATTRIBUTE)ATTR(CKA_LOCAL, NO));
	REFUSED(CKR_ATTRIBUTE_READ_ONLY, &kwp, (CK_ATTRIBUTE)ATTR(CKA_EC_POINT, data));
	REFUSED(CKR_TEMPLATE_INCONSISTENT, &kwp, (CK_ATTRIBUTE)ATTR(CKA_MODULUS, data));
	REFUSED(CKR_ATTRIBUTE_VALUE_INVALID, &kwp,
		(CK_ATTRIBUTE)ATTR(CKA_PUBLIC_KEY_INFO, data));
	t = good;
	t.a[0] = (CK_ATTRIBUTE)ATTR(CKA_CLASS, data_class);
	IS(CKR_TEMPLATE_INCONSISTENT, unwrap(s, &kwp, by, &t));
	t = good;
	t.a[1] = t.a[--t.n]; /* without CKA_KEY_TYPE */
	IS(CKR_TEMPLATE_INCOMPLETE, unwrap(s, &kwp, by, &t));
	t = good;
	t.a[1] = (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes_type);
	IS(CKR_MECHANISM_INVALID, unwrap(s, &kwp, by, &t));
	t = template_of(p256, 1);
	{
		const CK_SESSION_HANDLE read_only = api_session(0);

		IS(CKR_SESSION_READ_ONLY, unwrap(read_only, &kwp, by, &t));
	}
	wrapped[0] ^= 1;
	IS(CKR_WRAPPED_KEY_INVALID, unwrap(s, &kwp, by, &good));
	wrapped[0] ^= 1;
	wrapped_n--;
	IS(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(s, &kwp, by, &good));
	wrapped_n++;
	ck_assert_uint_eq(count_objects(s), before);
	OK(unwrap(s, &kwp, by, &good));
	destroy_all(s);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &every_kind_goes_there_and_back, CASES },
	{ &wrapping_key_may_be_anywhere, 2 * PLACES * 2 },
	{ &secret_keys_go_through_rsa_and_aes, PLACES *PLACES * 3 },
	{ &tag_may_be_apart, 2 * COUNT(kinds) },
	{ &policy_of_both_keys_is_heeded, PLACES },
	{ &only_the_token_s_own_word_makes_a_key_trusted, 0 },
	{ &templates_of_the_wrapping_key_are_heeded, PLACES },
	{ &rsa_key_s_unwrap_template_is_added, 2 },
	{ &others_keys_are_taken, 5 * COUNT(known) },
	{ &whatever_is_wrong_makes_no_key, PLACES },
};

CHECK_MAIN("api_wrap_private", tests)
