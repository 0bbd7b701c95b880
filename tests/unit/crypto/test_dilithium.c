/* SPDX-License-Identifier: Apache-2.0 */
/* Round-2 Dilithium as OpenSSL's keys: when it is there, for whom, and what becomes of it
 * where memory runs out. The algorithm's own tests are in ../dilithium. */
#include <openssl/err.h>
#include <openssl/provider.h>
#include <pthread.h>

#include "crypto/dilithium.h"
#include "crypto/dilithium_r2/dilithium_r2.h"
#include "cryptoki/vendor.h"
#include "tests/unit/crypto/pair.h"

#include "tests/unit/check_main.h"

#define THREADS 8u

static const struct mech_params none;
static const uint8_t message[] = "what is to be signed";

static void
pair_make(struct pair *pair)
{
	*pair = (struct pair){ ATTRS_INIT, ATTRS_INIT, ATTRS_SECRET, NULL, NULL };
	attrs_set_ulong(&pair->public, CKA_CLASS, CKO_PUBLIC_KEY);
	attrs_set_ulong(&pair->public, CKA_KEY_TYPE, CKK_IBM_PQC_DILITHIUM);
	attrs_set_ulong(&pair->private, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&pair->private, CKA_KEY_TYPE, CKK_IBM_PQC_DILITHIUM);
	ck_assert_uint_eq(pkey_generate(mech_lookup_legacy(CKM_IBM_DILITHIUM), NULL,
				  &pair->public, &pair->private, &pair->secret),
		CKR_OK);
}

static bool
is_there(OSSL_LIB_CTX *ctx)
{
	return OSSL_PROVIDER_available(ctx, DILITHIUM_PROVIDER) == 1;
}

static CK_RV
sign(EVP_PKEY *pkey, uint8_t to[DILITHIUM_SIGNATURE])
{
	struct outbuf out = { to, DILITHIUM_SIGNATURE, 0 };
	CK_RV rv = pkey_private(OP_SIGN, mech_lookup_legacy(CKM_IBM_DILITHIUM), &none,
		pkey, BYTES_OF(message), &out);

	return rv == CKR_OK && out.n != DILITHIUM_SIGNATURE ? CKR_GENERAL_ERROR : rv;
}

static CK_RV
verify(EVP_PKEY *pkey, struct bytes signature)
{
	struct outbuf out = { NULL, 0, 0 };
	struct op *op = NULL;
	CK_RV rv = op_pkey_new(
		OP_VERIFY, mech_lookup_legacy(CKM_IBM_DILITHIUM), &none, pkey, &op);

	if (rv == CKR_OK)
		rv = op->vtable->once(op, BYTES_OF(message), signature, &out);
	op_free(&op);
	return rv;
}

/* --- Who has it -------------------------------------------------------------------------- */

START_TEST (only_who_uses_it_has_it) {
	uint8_t signature[DILITHIUM_SIGNATURE], digest[32];
	EVP_PKEY_CTX *rsa;
	struct pair pair;

	/* twice, in one context after the other */
	for (int i = 0; i < 2; i++) {
		ck_assert_ptr_nonnull(crypto_libctx());
		/* keys are made and looked at without OpenSSL */
		pair_make(&pair);
		ck_assert(!is_there(crypto_libctx()));
		pair_load(&pair);
		ck_assert(is_there(crypto_libctx()));
		ck_assert(!is_there(NULL));
		ck_assert_uint_eq(sign(pair.private_key, signature), CKR_OK);
		ck_assert_uint_eq(verify(pair.public_key, BYTES_OF(signature)), CKR_OK);
		/* and everything else is still there */
		rsa = EVP_PKEY_CTX_new_from_name(crypto_libctx(), "RSA", NULL);
		ck_assert_ptr_nonnull(rsa);
		EVP_PKEY_CTX_free(rsa);
		ck_assert_uint_eq(
			crypto_hash(DIGEST_SHA256, BYTES_OF(message), digest), CKR_OK);
		pair_free(&pair);
		crypto_cleanup();
	}
}
END_TEST

START_TEST (each_half_does_its_own) {
	uint8_t signature[DILITHIUM_SIGNATURE];
	struct pair pair;

	pair_make(&pair);
	pair_load(&pair);
	ck_assert_uint_eq(sign(pair.private_key, signature), CKR_OK);
	ck_assert_uint_ne(sign(pair.public_key, signature), CKR_OK);
	ck_assert_uint_eq(verify(pair.public_key, BYTES_OF(signature)), CKR_OK);
	ck_assert_uint_ne(verify(pair.private_key, BYTES_OF(signature)), CKR_OK);
	signature[0] ^= 1;
	ck_assert_uint_eq(
		verify(pair.public_key, BYTES_OF(signature)), CKR_SIGNATURE_INVALID);
	ck_assert_uint_eq(
		verify(pair.public_key, BYTES(signature, 3)), CKR_SIGNATURE_LEN_RANGE);
	pair_free(&pair);
	crypto_cleanup();
}
END_TEST

struct first {
	pthread_barrier_t *together;
	const struct pair *pair;
	uint8_t signature[DILITHIUM_SIGNATURE];
	CK_RV rv;
};

static void *
use_first(void *arg)
{
	struct first *f = arg;
	EVP_PKEY *pkey = NULL;

	(void)pthread_barrier_wait(f->together);
	f->rv = pkey_from_private(
		attrs_bytes(&f->pair->private), attrs_bytes(&f->pair->secret), &pkey);
	if (f->rv == CKR_OK)
		f->rv = sign(pkey, f->signature);
	EVP_PKEY_free(pkey);
	OPENSSL_thread_stop();
	return NULL;
}

START_TEST (threads_may_be_first_together) {
	static struct first firsts[THREADS];
	pthread_barrier_t together;
	pthread_t threads[THREADS];
	struct pair pair;

	ck_assert_int_eq(pthread_barrier_init(&together, NULL, THREADS), 0);
	for (int round = 0; round < 20; round++) {
		pair_make(&pair);
		for (size_t i = 0; i < THREADS; i++) {
			firsts[i] =
				(struct first){ .together = &together, .pair = &pair };
			ck_assert_int_eq(
				pthread_create(&threads[i], NULL, use_first, &firsts[i]),
				0);
		}
		for (size_t i = 0; i < THREADS; i++) {
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
			ck_assert_uint_eq(firsts[i].rv, CKR_OK);
			ck_assert_mem_eq(firsts[i].signature, firsts[0].signature,
				DILITHIUM_SIGNATURE);
		}
		pair_free(&pair);
		crypto_cleanup();
	}
	(void)pthread_barrier_destroy(&together);
}
END_TEST

/* What a program that shares OpenSSL would see in its queue of errors. */
START_TEST (what_is_refused_leaves_no_error_behind) {
	uint8_t s1[480];
	struct pair pair;
	struct bytes was;

	pair_make(&pair);
	attrs_unset(&pair.secret, CKA_VALUE);
	ck_assert(attrs_find(
		attrs_bytes(&pair.secret), (uint32_t)CKA_IBM_DILITHIUM_S1, &was));
	memcpy(s1, was.p, sizeof s1);
	s1[0] |= 7;
	attrs_set(&pair.secret, (uint32_t)CKA_IBM_DILITHIUM_S1, BYTES_OF(s1));
	ck_assert_uint_eq(pkey_from_private(attrs_bytes(&pair.private),
				  attrs_bytes(&pair.secret), &pair.private_key),
		CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	pair_free(&pair);
	crypto_cleanup();
}
END_TEST

/* --- Without memory ------------------------------------------------------------------------ */

static long left = -1; /* allocations until one fails; negative: none does */

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);

static bool
fails(void)
{
	return left >= 0 && left-- == 0;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t count, size_t n)
{
	return fails() ? NULL : __real_calloc(count, n);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

/* From the first key of a context to what a signature is worth. */
static CK_RV
use_once(const struct pair *pair)
{
	uint8_t signature[DILITHIUM_SIGNATURE];
	EVP_PKEY *public_key = NULL, *private_key = NULL;
	CK_RV rv = pkey_from_private(
		attrs_bytes(&pair->private), attrs_bytes(&pair->secret), &private_key);

	if (rv == CKR_OK)
		rv = sign(private_key, signature);
	if (rv == CKR_OK)
		rv = pkey_from_public(attrs_bytes(&pair->public), &public_key);
	if (rv == CKR_OK)
		rv = verify(public_key, BYTES_OF(signature));
	EVP_PKEY_free(private_key);
	EVP_PKEY_free(public_key);
	return rv;
}

START_TEST (a_failure_for_want_of_memory_is_no_answer_and_does_not_stay) {
	struct pair pair;
	unsigned failed = 0;
	CK_RV rv;

	pair_make(&pair);
	for (long n = 0;; n += 5) {
		bool over;

		crypto_cleanup();
		ck_assert_ptr_nonnull(crypto_libctx());
		left = n;
		rv = use_once(&pair);
		over = left >= 0;
		left = -1;
		if (over)
			break;
		failed += rv != CKR_OK;
		ck_assert_msg(rv == CKR_OK || rv == CKR_HOST_MEMORY ||
				      rv == CKR_FUNCTION_FAILED,
			"allocation %ld: %s", n, ckr_name(rv));
		rv = use_once(&pair);
		ck_assert_msg(rv == CKR_OK, "after allocation %ld: %s", n, ckr_name(rv));
	}
	ck_assert_uint_eq(rv, CKR_OK);
	ck_assert_uint_gt(failed, 2);
	pair_free(&pair);
	crypto_cleanup();
}
END_TEST

static const struct check_test tests[] = {
	{ &only_who_uses_it_has_it, 0 },
	{ &each_half_does_its_own, 0 },
	{ &threads_may_be_first_together, 0 },
	{ &what_is_refused_leaves_no_error_behind, 0 },
	{ &a_failure_for_want_of_memory_is_no_answer_and_does_not_stay, 0 },
};

CHECK_MAIN("crypto: Dilithium", tests)
