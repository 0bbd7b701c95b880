/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internal: how keys and signatures are laid out.
 * Coefficients follow each other bit by bit, the lowest first.
 */
#pragma once

#include "crypto/dilithium_r2/dilithium_r2.h"
#include "crypto/dilithium_r2/sample.h"

#define PACKED(bits) (N / 8 * (bits))

struct public_bytes {
	uint8_t rho[RHO];
	uint8_t t1[K][PACKED(9)];
};

struct private_bytes {
	uint8_t rho[RHO];
	uint8_t k[RHO];
	uint8_t tr[CRH];
	uint8_t s1[L][PACKED(3)];
	uint8_t s2[K][PACKED(3)];
	uint8_t t0[K][PACKED(14)];
};

struct signature_bytes {
	uint8_t z[L][PACKED(20)];
	uint8_t h[OMEGA +
		  K]; /* places of hints, then how many there are up to each row */
	uint8_t c[N / 8 +
		  8]; /* a bit for each coefficient that is not 0, then the signs */
};

_Static_assert(sizeof(struct public_bytes) == DILITHIUM_PUBLIC_KEY, "public key");
_Static_assert(sizeof(struct private_bytes) == DILITHIUM_PRIVATE_KEY, "private key");
_Static_assert(sizeof(struct signature_bytes) == DILITHIUM_SIGNATURE, "signature");

void pack_t1(const struct poly *a, uint8_t ret[PACKED(9)]);
void unpack_t1(const uint8_t from[PACKED(9)], struct poly *ret);
void pack_t0(const struct poly *a, uint8_t ret[PACKED(14)]);
void unpack_t0(const uint8_t from[PACKED(14)], struct poly *ret);
void pack_small(const struct poly *a, uint8_t ret[PACKED(3)]);
/* The result can be below -eta: the caller checks. */
void unpack_small(const uint8_t from[PACKED(3)], struct poly *ret);
void pack_z(const struct poly *a, uint8_t ret[PACKED(20)]);
/* The result can be beyond gamma1: the caller checks. */
void unpack_z(const uint8_t from[PACKED(20)], struct poly *ret);
void pack_w1(const struct poly *a, uint8_t ret[PACKED(4)]);

/* h: coefficients 0 and 1, no more than OMEGA of them 1; public. */
void pack_hints(const struct poly h[K], uint8_t ret[OMEGA + K]);
/* false: not what pack_hints() gives for any h. */
bool unpack_hints(const uint8_t from[OMEGA + K], struct poly ret[K]) MUST_CHECK;
/* c: as sample_challenge() gives it. */
void pack_challenge(const struct poly *c, uint8_t ret[N / 8 + 8]);
/* Takes anything: a verifier packs the c that it has computed, and compares. */
void unpack_challenge(const uint8_t from[N / 8 + 8], struct poly *ret);
