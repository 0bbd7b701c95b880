/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The random bytes of NIST's known-answer files: CTR_DRBG of SP 800-90A with AES-256, no
 * derivation function, no prediction resistance and no additional input.
 */
#pragma once

#include <check.h>

#include "crypto/crypto.h"

#define DRBG_SEED 48u

struct drbg {
	EVP_CIPHER_CTX *aes;
	uint8_t v[16];
};

static inline void
drbg_key(struct drbg *d, const uint8_t key[32])
{
	EVP_CIPHER *ecb = EVP_CIPHER_fetch(crypto_libctx(), "AES-256-ECB", NULL);

	ck_assert_int_eq(EVP_EncryptInit_ex2(d->aes, ecb, key, NULL, NULL), 1);
	EVP_CIPHER_free(ecb);
}

static inline void
drbg_block(struct drbg *d, uint8_t ret[16])
{
	int n;

	for (size_t i = sizeof d->v; i > 0 && ++d->v[i - 1] == 0;)
		i--;
	ck_assert_int_eq(EVP_EncryptUpdate(d->aes, ret, &n, d->v, sizeof d->v), 1);
}

static inline void
drbg_update(struct drbg *d, const uint8_t data[DRBG_SEED])
{
	uint8_t next[DRBG_SEED];

	for (size_t i = 0; i < DRBG_SEED; i += 16)
		drbg_block(d, next + i);
	for (size_t i = 0; i < DRBG_SEED; i++)
		next[i] ^= data[i];
	drbg_key(d, next);
	memcpy(d->v, next + 32, sizeof d->v);
}

static inline void
drbg_new(struct drbg *d, const uint8_t seed[DRBG_SEED])
{
	static const uint8_t zero[32];

	*d = (struct drbg){ .aes = EVP_CIPHER_CTX_new() };
	ck_assert_ptr_nonnull(d->aes);
	drbg_key(d, zero);
	drbg_update(d, seed);
}

static inline void
drbg_bytes(struct drbg *d, uint8_t *ret, size_t n)
{
	static const uint8_t none[DRBG_SEED];
	uint8_t block[16];

	for (size_t at = 0; at < n; at += sizeof block) {
		drbg_block(d, block);
		memcpy(ret + at, block, n - at < sizeof block ? n - at : sizeof block);
	}
	drbg_update(d, none);
}

static inline void
drbg_free(struct drbg *d)
{
	EVP_CIPHER_CTX_free(d->aes);
}
