/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internal: SHAKE, and polynomials drawn from it. All give 0 or -ENOMEM, when OpenSSL fails.
 */
#pragma once

#include <openssl/evp.h>

#include "crypto/dilithium_r2/ring.h"

#define RHO 32u
#define CRH 48u /* of tr, mu, and rho' when signing */

/* Both, with the contexts of OpenSSL's that are used again and again. */
struct shake {
	EVP_MD_CTX *of128, *of256;
};

int shake_new(struct shake *ret) MUST_CHECK;
void shake_free(struct shake *s);
/* Takes in a, then b, and gives the first n bytes. */
int shake256(struct shake *s, struct bytes a, struct bytes b, uint8_t *ret,
	size_t n) MUST_CHECK;

/* One polynomial of the matrix: 0 <= a < q, values at the roots. rho is public. */
int sample_uniform(struct shake *s, const uint8_t rho[RHO], unsigned row, unsigned column,
	struct poly *ret) MUST_CHECK;
/* Of s1 and s2: |a| <= eta. */
int sample_small(struct shake *s, const uint8_t seed[RHO], uint16_t nonce,
	struct poly *ret) MUST_CHECK;
/* Of y: |a| < gamma1. */
int sample_mask(struct shake *s, const uint8_t seed[CRH], uint16_t nonce,
	struct poly *ret) MUST_CHECK;
/* c: TAU coefficients are 1 or -1, all others 0. */
int sample_challenge(struct shake *s, const uint8_t mu[CRH], struct bytes w1,
	struct poly *ret) MUST_CHECK;
