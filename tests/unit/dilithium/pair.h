/* SPDX-License-Identifier: Apache-2.0 */
/* A pair of keys, the same in each run, taken in. Include it after every other header. */
#pragma once

#include "crypto/dilithium_r2/dilithium_r2.h"
#include "tests/unit/check_main.h"

struct pair {
	uint8_t public_key[DILITHIUM_PUBLIC_KEY];
	struct secret private_key;
	struct dilithium_public *verifier;
	struct dilithium_private *signer;
};

/* which: another pair for another number. */
static inline void
pair_new(struct pair *p, uint8_t which)
{
	uint8_t seed[DILITHIUM_SEED];

	memset(seed, which, sizeof seed);
	ck_assert_int_eq(dilithium_generate(seed, p->public_key, &p->private_key), 0);
	ck_assert_int_eq(dilithium_public_new(BYTES_OF(p->public_key), &p->verifier), 0);
	ck_assert_int_eq(
		dilithium_private_new(secret_bytes(&p->private_key), &p->signer), 0);
}

static inline void
pair_free(struct pair *p)
{
	dilithium_public_free(p->verifier);
	dilithium_private_free(p->signer);
	secret_free(&p->private_key);
}
