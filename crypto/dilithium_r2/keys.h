/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: keys as the arithmetic has them. "hat": values at the roots. */
#pragma once

#include "crypto/dilithium_r2/pack.h"

struct dilithium_public {
	struct poly matrix[K][L]; /* hat */
	struct poly t1[K];        /* times 2^D, hat */
	uint8_t tr[CRH];
};

struct private_half {
	struct poly s1[L]; /* all hat */
	struct poly s2[K];
	struct poly t0[K];
	uint8_t k[RHO];
};

struct dilithium_private {
	struct poly matrix[K][L]; /* hat */
	uint8_t tr[CRH];
	struct secret secret; /* struct private_half */
};

static inline struct private_half *
private_half(const struct dilithium_private *key)
{
	return (struct private_half *)(void *)key->secret.p;
}

/* n polynomials, one after the other. false: a coefficient is beyond eta. */
bool unpack_small_vector(
	const uint8_t (*from)[PACKED(3)], size_t n, struct poly *ret) MUST_CHECK;
