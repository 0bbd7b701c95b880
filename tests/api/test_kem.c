/* SPDX-License-Identifier: Apache-2.0 */
/* ML-KEM through the module: encapsulated here, decapsulated at keystored, and where the new
 * key is then. */
#include <fcntl.h>
#include <inttypes.h>

#include "tests/api/kem_vectors.h"
#include "tests/api/wrap.h"

#define MOST_CIPHERTEXT 1568u
#define SETS ((int)COUNT(kem_vectors))

static CK_MECHANISM kem = { CKM_ML_KEM, NULL, 0 };
static const CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY,
			     private_class = CKO_PRIVATE_KEY;
static const CK_KEY_TYPE kem_type = CKK_ML_KEM;

struct pair {
	CK_OBJECT_HANDLE pub, prv;
};

/* more: of the private half. */
static struct pair
pair_make(CK_SESSION_HANDLE s, CK_ULONG set, int token, CK_ATTRIBUTE *more, CK_ULONG n)
{
	CK_MECHANISM gen = { CKM_ML_KEM_KEY_PAIR_GEN, NULL, 0 };
	const CK_BBOOL *on_token = token ? &YES : &NO;
	CK_ATTRIBUTE pub[] = { ATTR(CKA_PARAMETER_SET, set), ATTR(CKA_ENCAPSULATE, YES),
		ATTR(CKA_TOKEN, *on_token) };
	CK_ATTRIBUTE prv[8] = { ATTR(CKA_DECAPSULATE, YES), ATTR(CKA_TOKEN, *on_token) };
	struct pair pair = { 0, 0 };

	for (CK_ULONG i = 0; i < n; i++)
		prv[2 + i] = more[i];
	OK(F->C_GenerateKeyPair(
		s, &gen, pub, COUNT(pub), prv, 2 + n, &pair.pub, &pair.prv));
	return pair;
}

static CK_RV
encapsulate(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE by, const struct list *t, CK_BYTE *to,
	CK_ULONG *n, CK_OBJECT_HANDLE *ret)
{
	return F->C_EncapsulateKey(
		s, &kem, by, (CK_ATTRIBUTE *)(uintptr_t)t->a, t->n, to, n, ret);
}

static CK_RV
decapsulate(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE by, const struct list *t,
	const CK_BYTE *from, CK_ULONG n, CK_OBJECT_HANDLE *ret)
{
	return F->C_DecapsulateKey(s, &kem, by, (CK_ATTRIBUTE *)(uintptr_t)t->a, t->n,
		(CK_BYTE *)(uintptr_t)from, n, ret);
}

static struct list
readable_template(const CK_KEY_TYPE *type)
{
	struct list l = { .n = 0 };

	list_add(&l,
		(CK_ATTRIBUTE){ CKA_KEY_TYPE, (void *)(uintptr_t)type, sizeof *type });
	list_place(&l, IN_PROCESS, 0);
	return l;
}

static void
secret_of(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_BYTE secret[32])
{
	CK_ATTRIBUTE a = { CKA_VALUE, secret, 32 };

	OK(F->C_GetAttributeValue(s, key, &a, 1));
	ck_assert_uint_eq(a.ulValueLen, 32);
}

static CK_ULONG
number_of(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG value = 0;
	CK_ATTRIBUTE a = { type, &value, sizeof value };

	OK(F->C_GetAttributeValue(s, o, &a, 1));
	return value;
}

/* --- There and back ------------------------------------------------------------------- */

START_TEST (mechanisms_say_what_they_do) {
	const CK_SESSION_HANDLE s = api_start();
	CK_MECHANISM_INFO info;

	OK(F->C_GetMechanismInfo(api_slot(), CKM_ML_KEM, &info));
	ck_assert_uint_eq(info.flags, CKF_ENCAPSULATE | CKF_DECAPSULATE | CKF_HW);
	ck_assert_uint_eq(info.ulMinKeySize, 800);
	ck_assert_uint_eq(info.ulMaxKeySize, 1568);
	OK(F->C_GetMechanismInfo(api_slot(), CKM_ML_KEM_KEY_PAIR_GEN, &info));
	ck_assert_uint_eq(info.flags, CKF_GENERATE_KEY_PAIR | CKF_HW);
	(void)s;
	api_stop();
}
END_TEST

/* 5.18.8, 5.18.9 */
static void
check_new(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, enum where at)
{
	ck_assert(!api_flag(s, key, CKA_LOCAL));
	ck_assert(!api_flag(s, key, CKA_ALWAYS_SENSITIVE));
	ck_assert(!api_flag(s, key, CKA_NEVER_EXTRACTABLE));
	ck_assert_uint_eq(api_flag(s, key, CKA_TOKEN), at == ON_TOKEN);
	ck_assert_uint_eq(api_flag(s, key, CKA_EXTRACTABLE), at == IN_PROCESS);
	ck_assert_uint_eq(number_of(s, key, CKA_VALUE_LEN), 32);
	ck_assert_uint_eq(
		number_of(s, key, CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
}

START_TEST (both_sides_get_the_same_key_anywhere) {
	const struct kem_vector *v = &kem_vectors[_i % SETS];
	const int token = _i / SETS % 2;
	const enum where here = (enum where)(_i / SETS / 2 % PLACES),
			 there = (enum where)(_i / SETS / 2 / PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const struct pair pair = pair_make(s, v->set, token, NULL, 0);
	const struct list mine = aes_template(here), theirs = aes_template(there);
	CK_OBJECT_HANDLE one = 0, other = 0;
	CK_BYTE ciphertext[MOST_CIPHERTEXT];
	const unsigned before = count_objects(s);
	CK_ULONG n = 0;

	OK(encapsulate(s, pair.pub, &mine, NULL, &n, NULL));
	ck_assert_uint_eq(n, v->n);
	n--;
	IS(CKR_BUFFER_TOO_SMALL, encapsulate(s, pair.pub, &mine, ciphertext, &n, &one));
	ck_assert_uint_eq(n, v->n);
	ck_assert_uint_eq(one, 0);
	ck_assert_uint_eq(count_objects(s), before);
	OK(encapsulate(s, pair.pub, &mine, ciphertext, &n, &one));
	ck_assert_uint_eq(n, v->n);
	OK(decapsulate(s, pair.prv, &theirs, ciphertext, n, &other));
	check_same_key(s, one, other);
	check_new(s, one, here);
	check_new(s, other, there);
	if (here != WITH_BROKER) /* the kernel's it may be as well */
		ck_assert_uint_eq(api_custody(s, one), here == IN_PROCESS
							       ? CK_KT_CUSTODY_PROCESS
							       : CK_KT_CUSTODY_BROKER);
	ck_assert_uint_eq(api_custody(s, other),
		there == IN_PROCESS ? CK_KT_CUSTODY_PROCESS : CK_KT_CUSTODY_BROKER);
	ck_assert_uint_eq(count_objects(s), before + 2);
	destroy_all(s);
	api_stop();
}
END_TEST

static const CK_KEY_TYPE types[] = { CKK_GENERIC_SECRET, CKK_AES, CKK_AES_XTS,
	CKK_CHACHA20, CKK_HKDF, CKK_SHA256_HMAC };

START_TEST (the_secret_is_a_key_of_any_type) {
	const CK_SESSION_HANDLE s = api_start();
	const struct pair pair = pair_make(s, CKP_ML_KEM_768, 0, NULL, 0);
	const struct list t = readable_template(&types[_i]);
	CK_BYTE ciphertext[MOST_CIPHERTEXT], mine[32], theirs[32];
	CK_ULONG n = sizeof ciphertext;
	CK_OBJECT_HANDLE key = 0;

	OK(encapsulate(s, pair.pub, &t, ciphertext, &n, &key));
	secret_of(s, key, mine);
	ck_assert_uint_eq(number_of(s, key, CKA_KEY_TYPE), types[_i]);
	ck_assert_uint_eq(number_of(s, key, CKA_CLASS), CKO_SECRET_KEY);
	OK(decapsulate(s, pair.prv, &t, ciphertext, n, &key));
	secret_of(s, key, theirs);
	ck_assert_mem_eq(mine, theirs, 32);
	/* each time another one */
	OK(encapsulate(s, pair.pub, &t, ciphertext, &n, &key));
	secret_of(s, key, theirs);
	ck_assert_mem_ne(mine, theirs, 32);
	api_stop();
}
END_TEST

START_TEST (a_damaged_ciphertext_gives_another_key) {
	const CK_SESSION_HANDLE s = api_start();
	const struct pair pair = pair_make(s, CKP_ML_KEM_512, 0, NULL, 0);
	const struct list t = readable_template(&generic_type);
	CK_BYTE ciphertext[MOST_CIPHERTEXT], right[32], one[32], again[32];
	CK_ULONG n = sizeof ciphertext;
	CK_OBJECT_HANDLE key = 0;

	OK(encapsulate(s, pair.pub, &t, ciphertext, &n, &key));
	secret_of(s, key, right);
	ciphertext[0] ^= 1;
	OK(decapsulate(s, pair.prv, &t, ciphertext, n, &key));
	secret_of(s, key, one);
	OK(decapsulate(s, pair.prv, &t, ciphertext, n, &key));
	secret_of(s, key, again);
	ck_assert_mem_eq(one, again, 32);
	ck_assert_mem_ne(one, right, 32);
	key = 0;
	IS(CKR_WRAPPED_KEY_LEN_RANGE,
		decapsulate(s, pair.prv, &t, ciphertext, n - 1, &key));
	IS(CKR_WRAPPED_KEY_LEN_RANGE,
		decapsulate(s, pair.prv, &t, ciphertext, n + 1, &key));
	IS(CKR_WRAPPED_KEY_LEN_RANGE, decapsulate(s, pair.prv, &t, NULL, 0, &key));
	ck_assert_uint_eq(key, 0);
	api_stop();
}
END_TEST

/* --- Known answers, import and export ------------------------------------------------------ */

static CK_RV
import(CK_SESSION_HANDLE s, const CK_OBJECT_CLASS *class, CK_ULONG set,
	const CK_ATTRIBUTE *values, CK_ULONG n, CK_OBJECT_HANDLE *ret)
{
	const int private = *class == CKO_PRIVATE_KEY;
	CK_ATTRIBUTE t[8] = { { CKA_CLASS, (void *)(uintptr_t) class, sizeof *class },
		ATTR(CKA_KEY_TYPE, kem_type), ATTR(CKA_PARAMETER_SET, set),
		{ private ? CKA_DECAPSULATE : CKA_ENCAPSULATE, (void *)(uintptr_t)&YES,
			1 },
		ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES) };
	CK_ULONG at = private ? 6 : 4;

	for (CK_ULONG i = 0; i < n; i++)
		t[at++] = values[i];
	return F->C_CreateObject(s, t, at, ret);
}

static void
check_sum(CK_SESSION_HANDLE s, const CK_ATTRIBUTE *value, const char *expected)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_BYTE sum[32], right[32];
	CK_ULONG n = sizeof sum;

	OK(F->C_DigestInit(s, &sha256));
	OK(F->C_Digest(s, value->pValue, value->ulValueLen, sum, &n));
	(void)api_unhex(expected, right);
	ck_assert_mem_eq(sum, right, 32);
}

/* What follows the seed, and what an encapsulation draws. */
static void
draw_ciphertext(CK_SESSION_HANDLE s, const struct kem_vector *v, CK_BYTE *to)
{
	CK_ULONG out = 64 + 32 + v->n, n = out;
	CK_MECHANISM shake = { CKM_KT_SHAKE_128, &out, sizeof out };
	CK_BYTE stream[64 + 32 + MOST_CIPHERTEXT];

	OK(F->C_DigestInit(s, &shake));
	OK(F->C_Digest(s, (CK_BYTE *)(uintptr_t) "", 0, stream, &n));
	ck_assert_uint_eq(n, out);
	memcpy(to, stream + 64 + 32, v->n);
}

static void
check_decapsulation(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE by, const CK_BYTE *ciphertext,
	CK_ULONG n, const char *expected)
{
	const struct list t = readable_template(&generic_type);
	CK_BYTE secret[32], right[32];
	CK_OBJECT_HANDLE key = 0;

	OK(decapsulate(s, by, &t, ciphertext, n, &key));
	secret_of(s, key, secret);
	(void)api_unhex(expected, right);
	ck_assert_mem_eq(secret, right, 32);
}

START_TEST (known_answers_come_out) {
	const struct kem_vector *v = &kem_vectors[_i];
	const CK_SESSION_HANDLE s = api_start();
	const CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	const struct list t = readable_template(&type);
	CK_BYTE seed[64], value[3168], info[1700], ciphertext[MOST_CIPHERTEXT], one[32],
		other[32];
	CK_ATTRIBUTE in = ATTR(CKA_SEED, seed), out = ATTR(CKA_VALUE, value),
		     der = ATTR(CKA_PUBLIC_KEY_INFO, info), public;
	CK_OBJECT_HANDLE prv = 0, pub = 0, key = 0;
	CK_ULONG n = sizeof ciphertext;

	(void)api_unhex(KEM_SEED, seed);
	OK(import(s, &private_class, v->set, &in, 1, &prv));
	OK(F->C_GetAttributeValue(s, prv, &out, 1));
	ck_assert_uint_eq(out.ulValueLen, v->private);
	check_sum(s, &out, v->private_sum);
	/* the encoding ends with the public key, and so does the private one, but for two hashes */
	OK(F->C_GetAttributeValue(s, prv, &der, 1));
	public = (CK_ATTRIBUTE){ CKA_VALUE, value + v->private - 64 - v->public,
		v->public };
	ck_assert_mem_eq(info + der.ulValueLen - v->public, public.pValue, v->public);
	check_sum(s, &public, v->public_sum);
	ck_assert_uint_eq(api_unhex(v->ciphertext, ciphertext), v->n);
	check_decapsulation(s, prv, ciphertext, v->n, v->secret);
	draw_ciphertext(s, v, ciphertext);
	check_decapsulation(s, prv, ciphertext, v->n, v->rejected);

	OK(import(s, &public_class, v->set, &public, 1, &pub));
	OK(encapsulate(s, pub, &t, ciphertext, &n, &key));
	secret_of(s, key, one);
	OK(decapsulate(s, prv, &t, ciphertext, n, &key));
	secret_of(s, key, other);
	ck_assert_mem_eq(one, other, 32);
	api_stop();
}
END_TEST

/* Of what encapsulates, and of each of its sets. */
START_TEST (no_set_is_without_an_answer) {
	static const CK_ULONG sets[] = { CKP_ML_KEM_512, CKP_ML_KEM_768,
		CKP_ML_KEM_1024 };
	CK_MECHANISM_TYPE list[512];
	CK_ULONG n = COUNT(list);
	CK_MECHANISM_INFO info;
	unsigned found = 0;

	(void)api_start();
	OK(F->C_GetMechanismList(api_slot(), list, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		OK(F->C_GetMechanismInfo(api_slot(), list[i], &info));
		ck_assert_msg(
			(info.flags & CKF_ENCAPSULATE) == 0 || list[i] == kem.mechanism,
			"0x%lx has none", list[i]);
	}
	for (size_t i = 0; i < COUNT(sets); i++)
		for (size_t k = 0; k < COUNT(kem_vectors); k++)
			found += kem_vectors[k].set == sets[i];
	ck_assert_uint_eq(found, COUNT(sets));
	api_stop();
}
END_TEST

START_TEST (keys_go_out_and_come_in_again) {
	const struct kem_vector *v = &kem_vectors[_i];
	const CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE readable[] = { ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES) };
	const struct pair pair = pair_make(s, v->set, 0, readable, 2);
	const struct list t = readable_template(&generic_type);
	CK_BYTE seed[64], value[3168], again[3168], ciphertext[MOST_CIPHERTEXT], one[32],
		other[32];
	CK_ATTRIBUTE both[] = { ATTR(CKA_SEED, seed), ATTR(CKA_VALUE, value) },
		     read[] = { ATTR(CKA_SEED, again), ATTR(CKA_VALUE, again) };
	CK_ULONG n = sizeof ciphertext;
	CK_OBJECT_HANDLE key = 0, secret = 0;

	OK(F->C_GetAttributeValue(s, pair.prv, both, 2));
	ck_assert_uint_eq(both[0].ulValueLen, 64);
	ck_assert_uint_eq(both[1].ulValueLen, v->private);
	OK(encapsulate(s, pair.pub, &t, ciphertext, &n, &secret));
	secret_of(s, secret, one);
	/* both, the value, the seed */
	for (int i = 0; i < 3; i++) {
		read[1].ulValueLen = sizeof again;
		OK(import(s, &private_class, v->set, both + (i == 1), i == 0 ? 2 : 1,
			&key));
		OK(F->C_GetAttributeValue(s, key, read + 1, 1));
		ck_assert_uint_eq(read[1].ulValueLen, v->private);
		ck_assert_mem_eq(again, value, v->private);
		OK(decapsulate(s, key, &t, ciphertext, n, &secret));
		secret_of(s, secret, other);
		ck_assert_mem_eq(one, other, 32);
	}
	IS(CKR_TEMPLATE_INCOMPLETE, import(s, &private_class, v->set, both, 0, &key));
	IS(CKR_PARAMETER_SET_NOT_SUPPORTED, import(s, &private_class, 4, both, 1, &key));
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		import(s, &private_class, v->set % 3 + 1, both + 1, 1, &key));
	value[v->private - 64] ^= 1; /* the hash of the public key */
	IS(CKR_ATTRIBUTE_VALUE_INVALID,
		import(s, &private_class, v->set, both + 1, 1, &key));
	value[v->private - 64] ^= 1;
	seed[63] ^= 1;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, import(s, &private_class, v->set, both, 2, &key));
	both[0].ulValueLen = 63;
	IS(CKR_ATTRIBUTE_VALUE_INVALID, import(s, &private_class, v->set, both, 1, &key));
	api_stop();
}
END_TEST

/* PKCS #8, of a key with its seed and of one without. */
START_TEST (a_private_key_goes_wrapped) {
	const struct kem_vector *v = &kem_vectors[_i / 2];
	const CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE readable[] = { ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES) };
	const struct pair pair = pair_make(s, v->set, 0, readable, 2);
	const struct list t = readable_template(&generic_type);
	const CK_OBJECT_HANDLE by = wrapping_key(s, WITH_BROKER);
	CK_MECHANISM kwp = { CKM_AES_KEY_WRAP_KWP, NULL, 0 };
	CK_ATTRIBUTE new[] = { ATTR(CKA_CLASS, private_class),
		ATTR(CKA_KEY_TYPE, kem_type), ATTR(CKA_DECAPSULATE, YES),
		ATTR(CKA_SENSITIVE, NO) };
	CK_BYTE wrapped[4096], value[3168], ciphertext[MOST_CIPHERTEXT], one[32],
		other[32];
	CK_ATTRIBUTE read = ATTR(CKA_VALUE, value), seed = { CKA_SEED, value, 64 };
	CK_OBJECT_HANDLE key = pair.prv, secret = 0;
	CK_ULONG n = sizeof ciphertext, len = sizeof wrapped;

	if (_i % 2 != 0) {
		OK(F->C_GetAttributeValue(s, pair.prv, &read, 1));
		OK(import(s, &private_class, v->set, &read, 1, &key));
	}
	OK(encapsulate(s, pair.pub, &t, ciphertext, &n, &secret));
	secret_of(s, secret, one);
	OK(F->C_WrapKey(s, &kwp, by, key, wrapped, &len));
	OK(F->C_UnwrapKey(s, &kwp, by, wrapped, len, new, COUNT(new), &key));
	ck_assert_uint_eq(number_of(s, key, CKA_PARAMETER_SET), v->set);
	OK(decapsulate(s, key, &t, ciphertext, n, &secret));
	secret_of(s, secret, other);
	ck_assert_mem_eq(one, other, 32);
	IS(_i % 2 == 0 ? CKR_OK : CKR_ATTRIBUTE_TYPE_INVALID,
		F->C_GetAttributeValue(s, key, &seed, 1));
	api_stop();
}
END_TEST

START_TEST (a_sensitive_pair_shows_nothing_of_itself) {
	const CK_SESSION_HANDLE s = api_start();
	const struct pair pair = pair_make(s, CKP_ML_KEM_768, 0, NULL, 0);
	CK_BYTE room[3168];
	CK_ATTRIBUTE seed = ATTR(CKA_SEED, room), value = ATTR(CKA_VALUE, room);

	IS(CKR_ATTRIBUTE_SENSITIVE, F->C_GetAttributeValue(s, pair.prv, &seed, 1));
	IS(CKR_ATTRIBUTE_SENSITIVE, F->C_GetAttributeValue(s, pair.prv, &value, 1));
	ck_assert(!api_flag(s, pair.prv, CKA_SIGN));
	ck_assert(!api_flag(s, pair.pub, CKA_VERIFY));
	ck_assert(api_flag(s, pair.prv, CKA_LOCAL));
	ck_assert_uint_eq(
		number_of(s, pair.prv, CKA_KEY_GEN_MECHANISM), CKM_ML_KEM_KEY_PAIR_GEN);
	api_stop();
}
END_TEST

/* --- What is refused --------------------------------------------------------------------------- */

START_TEST (halves_of_a_pair_have_their_parts) {
	const CK_SESSION_HANDLE s = api_start();
	const struct pair pair = pair_make(s, CKP_ML_KEM_512, 0, NULL, 0);
	const struct list t = aes_template(WITH_BROKER);
	const CK_OBJECT_HANDLE aes = wrapping_key(s, WITH_BROKER);
	CK_ATTRIBUTE no_decapsulation = ATTR(CKA_DECAPSULATE, NO),
		     no_encapsulation = ATTR(CKA_ENCAPSULATE, NO);
	CK_BYTE ciphertext[MOST_CIPHERTEXT];
	CK_ULONG n = sizeof ciphertext;
	CK_OBJECT_HANDLE key = 0;

	IS(CKR_KEY_TYPE_INCONSISTENT, encapsulate(s, pair.prv, &t, ciphertext, &n, &key));
	IS(CKR_KEY_TYPE_INCONSISTENT, encapsulate(s, aes, &t, ciphertext, &n, &key));
	IS(CKR_KEY_HANDLE_INVALID, encapsulate(s, 0, &t, ciphertext, &n, &key));
	IS(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
		decapsulate(s, pair.pub, &t, ciphertext, 768, &key));
	IS(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
		decapsulate(s, aes, &t, ciphertext, 768, &key));
	IS(CKR_UNWRAPPING_KEY_HANDLE_INVALID,
		decapsulate(s, 0, &t, ciphertext, 768, &key));
	/* other functions know nothing of it */
	IS(CKR_MECHANISM_INVALID, F->C_WrapKey(s, &kem, pair.pub, aes, ciphertext, &n));
	IS(CKR_MECHANISM_INVALID, F->C_UnwrapKey(s, &kem, pair.prv, ciphertext, 768,
					  (CK_ATTRIBUTE *)(uintptr_t)t.a, t.n, &key));
	IS(CKR_MECHANISM_INVALID, F->C_DeriveKey(s, &kem, pair.prv,
					  (CK_ATTRIBUTE *)(uintptr_t)t.a, t.n, &key));
	IS(CKR_MECHANISM_INVALID, F->C_SignInit(s, &kem, pair.prv));
	IS(CKR_MECHANISM_INVALID, F->C_DecryptInit(s, &kem, pair.prv));
	IS(CKR_MECHANISM_INVALID, F->C_EncryptInit(s, &kem, pair.pub));
	OK(F->C_SetAttributeValue(s, pair.prv, &no_decapsulation, 1));
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		decapsulate(s, pair.prv, &t, ciphertext, 768, &key));
	OK(F->C_SetAttributeValue(s, pair.pub, &no_encapsulation, 1));
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		encapsulate(s, pair.pub, &t, ciphertext, &n, &key));
	ck_assert_uint_eq(key, 0);
	api_stop();
}
END_TEST

START_TEST (templates_of_keys_have_their_say) {
	const CK_SESSION_HANDLE s = api_start();
	CK_ATTRIBUTE adds[] = { ATTR(CKA_EXTRACTABLE, NO) };
	CK_ATTRIBUTE given = { CKA_DECAPSULATE_TEMPLATE, adds, sizeof adds };
	const struct pair pair = pair_make(s, CKP_ML_KEM_512, 0, &given, 1);
	struct list contradicts = readable_template(&generic_type), open = { .n = 0 };
	CK_ATTRIBUTE value, public[2];
	CK_BYTE ciphertext[MOST_CIPHERTEXT], room[800];
	CK_ULONG n = sizeof ciphertext;
	CK_OBJECT_HANDLE pub = 0, key = 0;

	list_add(&open, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, generic_type));
	value = (CK_ATTRIBUTE)ATTR(CKA_VALUE, room);
	OK(F->C_GetAttributeValue(s, pair.pub, &value, 1));
	public[0] = value;
	public[1] = (CK_ATTRIBUTE){ CKA_ENCAPSULATE_TEMPLATE, adds, sizeof adds };
	OK(import(s, &public_class, CKP_ML_KEM_512, public, 2, &pub));

	OK(encapsulate(s, pair.pub, &open, ciphertext, &n, &key));
	ck_assert(api_flag(s, key, CKA_EXTRACTABLE)); /* the default */
	OK(encapsulate(s, pub, &open, ciphertext, &n, &key));
	ck_assert(!api_flag(s, key, CKA_EXTRACTABLE));
	OK(decapsulate(s, pair.prv, &open, ciphertext, n, &key));
	ck_assert(!api_flag(s, key, CKA_EXTRACTABLE));
	key = 0;
	IS(CKR_KEY_HANDLE_INVALID,
		encapsulate(s, pub, &contradicts, ciphertext, &n, &key));
	IS(CKR_TEMPLATE_INCONSISTENT,
		decapsulate(s, pair.prv, &contradicts, ciphertext, n, &key));
	ck_assert_uint_eq(key, 0);
	api_stop();
}
END_TEST

START_TEST (what_a_key_allows_is_heeded) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_MECHANISM_TYPE other = CKM_ML_DSA, own = CKM_ML_KEM;
	CK_ATTRIBUTE each = ATTR(CKA_ALWAYS_AUTHENTICATE, YES),
		     wrong = ATTR(CKA_ALLOWED_MECHANISMS, other),
		     right = ATTR(CKA_ALLOWED_MECHANISMS, own);
	const struct pair asks = pair_make(s, CKP_ML_KEM_512, 1, &each, 1),
			  never = pair_make(s, CKP_ML_KEM_512, 0, &wrong, 1),
			  may = pair_make(s, CKP_ML_KEM_512, 0, &right, 1);
	const struct list t = aes_template(WITH_BROKER);
	CK_BYTE ciphertext[768] = { 0 };
	CK_OBJECT_HANDLE key = 0;

	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		decapsulate(s, asks.prv, &t, ciphertext, 768, &key));
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		decapsulate(s, never.prv, &t, ciphertext, 768, &key));
	OK(decapsulate(s, may.prv, &t, ciphertext, 768, &key));
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- Sessions ------------------------------------------------------------------------------- */

START_TEST (a_public_session_encapsulates_and_does_not_decapsulate) {
	const CK_SESSION_HANDLE s = api_start();
	const struct pair pair = pair_make(s, CKP_ML_KEM_768, 1, NULL, 0);
	struct list t = { .n = 0 }, private = { .n = 0 };
	CK_ATTRIBUTE find[] = { ATTR(CKA_CLASS, public_class), ATTR(CKA_TOKEN, YES),
		ATTR(CKA_KEY_TYPE, kem_type) };
	CK_BYTE ciphertext[MOST_CIPHERTEXT];
	CK_ULONG n = sizeof ciphertext, found = 0;
	CK_OBJECT_HANDLE pub = 0, key = 0, one = 0, other = 0;
	CK_SESSION_HANDLE ro;

	list_add(&t, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, aes_type));
	private = t;
	list_add(&private, (CK_ATTRIBUTE)ATTR(CKA_PRIVATE, YES));
	OK(F->C_Logout(s));
	ro = api_session(0);
	OK(F->C_FindObjectsInit(ro, find, COUNT(find)));
	OK(F->C_FindObjects(ro, &pub, 1, &found));
	OK(F->C_FindObjectsFinal(ro));
	ck_assert_uint_eq(found, 1);
	OK(encapsulate(ro, pub, &t, ciphertext, &n, &one));
	ck_assert(!api_flag(ro, one, CKA_PRIVATE));
	IS(CKR_USER_NOT_LOGGED_IN, encapsulate(ro, pub, &private, ciphertext, &n, &key));
	IS(CKR_UNWRAPPING_KEY_HANDLE_INVALID,
		decapsulate(ro, pair.prv, &t, ciphertext, n, &key));
	ck_assert_uint_eq(key, 0);
	OK(encapsulate(ro, pub, &t, ciphertext, &n, &one));
	OK(api_login(s, CKU_USER));
	/* a session object may be made in a read-only session */
	find[0] = (CK_ATTRIBUTE)ATTR(CKA_CLASS, private_class);
	OK(F->C_FindObjectsInit(ro, find, COUNT(find)));
	OK(F->C_FindObjects(ro, &key, 1, &found));
	OK(F->C_FindObjectsFinal(ro));
	ck_assert_uint_eq(found, 1);
	OK(decapsulate(ro, key, &t, ciphertext, n, &other));
	check_same_key(ro, one, other);
	destroy_all(s);
	api_stop();
}
END_TEST

/* --- Where the key is --------------------------------------------------------------------------- */

#define MASK 0x5a
#define MOST_MAPPED ((uintptr_t)64 << 20)

/* The key, but never in its own bytes. */
static void
mask_key(const char *hex, CK_BYTE masked[32])
{
	for (int i = 0; i < 32; i++) {
		unsigned byte;

		ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
		masked[i] = (CK_BYTE)(byte ^ MASK);
	}
}

static int
is_key(const CK_BYTE *p, const CK_BYTE masked[32])
{
	for (int i = 0; i < 32; i++)
		if ((p[i] ^ MASK) != masked[i])
			return 0;
	return 1;
}

static int
copies_between(int mem, uintptr_t from, uintptr_t to, const CK_BYTE masked[32])
{
	CK_BYTE *copy = malloc(to - from);
	const ssize_t got = pread(mem, copy, to - from, (off_t)from);
	int found = 0;

	for (ssize_t i = 0; i + 32 <= got; i++)
		found += is_key(copy + i, masked);
	explicit_bzero(copy, to - from);
	free(copy);
	return found;
}

/* In all that this process can write to. */
static int
copies_in_memory(const CK_BYTE masked[32])
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), found = 0;
	uintptr_t from, to;
	char line[512], mode[8];

	ck_assert_ptr_nonnull(maps);
	ck_assert_int_ge(mem, 0);
	while (fgets(line, sizeof line, maps) != NULL)
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &from, &to, mode) ==
				3 &&
			memcmp(mode, "rw", 2) == 0 && to - from <= MOST_MAPPED)
			found += copies_between(mem, from, to, masked);
	(void)fclose(maps);
	(void)close(mem);
	return found;
}

/* A secret key comes out of keystored, works, and this process has never had it; but where the
 * template makes it readable it is read. */
START_TEST (a_sensitive_key_is_never_in_this_process) {
	const struct kem_vector *v = &kem_vectors[_i / PLACES];
	const enum where at = (enum where)(_i % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const struct list t = aes_template(at);
	CK_BYTE seed[64], masked[32], ciphertext[MOST_CIPHERTEXT], block[16], value[32];
	CK_ATTRIBUTE in = ATTR(CKA_SEED, seed), out = ATTR(CKA_VALUE, value);
	CK_OBJECT_HANDLE prv = 0, key = 0;

	(void)api_unhex(KEM_SEED, seed);
	(void)api_unhex(v->ciphertext, ciphertext);
	mask_key(v->secret, masked);
	OK(import(s, &private_class, v->set, &in, 1, &prv));
	OK(decapsulate(s, prv, &t, ciphertext, v->n, &key));
	for (int i = 0; i < 3;
		i++) /* keyringd's, then perhaps a socket of the kernel's */
		use_key(s, key, block);
	if (at == IN_PROCESS) {
		OK(F->C_GetAttributeValue(s, key, &out, 1));
		ck_assert(is_key(value, masked));
		ck_assert_int_ne(copies_in_memory(masked), 0);
	} else {
		IS(CKR_ATTRIBUTE_SENSITIVE, F->C_GetAttributeValue(s, key, &out, 1));
		ck_assert_int_eq(copies_in_memory(masked), 0);
	}
	destroy_all(s);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &mechanisms_say_what_they_do, 0 },
	{ &both_sides_get_the_same_key_anywhere,
		(int)(COUNT(kem_vectors) * 2 * PLACES * PLACES) },
	{ &the_secret_is_a_key_of_any_type, COUNT(types) },
	{ &a_damaged_ciphertext_gives_another_key, 0 },
	{ &known_answers_come_out, COUNT(kem_vectors) },
	{ &no_set_is_without_an_answer, 0 },
	{ &keys_go_out_and_come_in_again, COUNT(kem_vectors) },
	{ &a_private_key_goes_wrapped, 2 * COUNT(kem_vectors) },
	{ &a_sensitive_pair_shows_nothing_of_itself, 0 },
	{ &halves_of_a_pair_have_their_parts, 0 },
	{ &templates_of_keys_have_their_say, 0 },
	{ &what_a_key_allows_is_heeded, 0 },
	{ &a_public_session_encapsulates_and_does_not_decapsulate, 0 },
	{ &a_sensitive_key_is_never_in_this_process, COUNT(kem_vectors) * PLACES },
};

CHECK_MAIN("api_kem", tests)
