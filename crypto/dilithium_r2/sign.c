/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing, in the deterministic way of the specification.
 *
 * Constant time. Secret are K, s1, s2, t0, rho' and y, and what is computed from them. No
 * branch, no address and no operand of a division depends on a secret, here and in what
 * this calls, but for what PUBLISH() and publish_bool() mark:
 *
 * - Which candidates for a coefficient of s1, s2 or y are dropped (sample.c). Each is
 *   independent of those that are kept, and used for nothing.
 * - Whether an attempt ends without a signature, and at which step and row: the rejection
 *   of the specification. y is uniform, so z is accepted with one chance, whatever c s1
 *   is, and is uniform when it is; the specification has the same of the low part of
 *   w - c s2. What is left, that c t0 is small and the hints few, is about t0, which its
 *   proof of security takes for public. Only whole rows are looked at: neither the place
 *   nor the sign of a coefficient shows.
 * - c, also of an attempt that is rejected. It is a hash of w1, the high part of A y, which
 *   has hundreds of bits of entropy, is independent of s1 and s2, and stays secret.
 * - z, the hints and c of the attempt that is accepted: they are the signature.
 *
 * Shifts of negative numbers are taken to be arithmetic, and multiplication to take the
 * same time for all numbers, as it does on x86-64 and arm64. That the compiler kept all
 * this is checked by tests/unit/dilithium/test_secrecy.c.
 */
#include <errno.h>

#include "common/cleanup.h"
#include "crypto/dilithium_r2/keys.h"
#include "crypto/dilithium_r2/rounding.h"
#include "crypto/dilithium_r2/secrecy.h"

/* One in 4.3 succeeds with a key that was generated; all of these fail once in 2^190
 * signatures. A key that somebody made up can make success rare. */
#define ATTEMPTS 500u

#define REJECTED 1

struct work {
	uint8_t mu[CRH];
	uint8_t seed[CRH]; /* rho' */
	struct poly y[L];  /* and then z */
	struct poly y_hat[L];
	struct poly high[K]; /* of w = A y, and then the hints */
	struct poly low[K];  /* of w, and then of w - c s2 */
	struct poly c;
	struct poly c_hat;
	struct poly product;
};

/* y, w = A y in two parts, and c. */
static int
commit(struct shake *s, const struct dilithium_private *key, unsigned attempt,
	struct work *w)
{
	uint8_t w1[K][PACKED(4)];
	int r = 0;

	for (unsigned i = 0; i < L && r == 0; i++) {
		r = sample_mask(s, w->seed, (uint16_t)(attempt * L + i), &w->y[i]);
		w->y_hat[i] = w->y[i];
		ring_ntt(&w->y_hat[i]);
	}
	if (r < 0)
		return r;
	for (size_t row = 0; row < K; row++) {
		struct poly *high = &w->high[row];

		ring_dot(key->matrix[row], w->y_hat, L, high);
		ring_inverse_ntt(high);
		for (size_t i = 0; i < N; i++)
			high->c[i] = decompose(positive(high->c[i]), &w->low[row].c[i]);
		pack_w1(high, w1[row]);
	}
	r = sample_challenge(s, w->mu, BYTES_OF(w1), &w->c);
	wipe(w1, sizeof w1);
	w->c_hat = w->c;
	ring_ntt(&w->c_hat);
	return r;
}

/* to += sign c a. What c a is modulo q is small, but for c t0. */
static void
add_product(struct work *w, const struct poly *a_hat, int32_t sign, struct poly *to)
{
	ring_multiply(&w->c_hat, a_hat, &w->product);
	ring_inverse_ntt(&w->product);
	for (size_t i = 0; i < N; i++)
		to->c[i] += sign * centred(w->product.c[i]);
}

/* The low part of w - c s2 tells nothing of s2, and its high part is that of w. */
static bool
low_is_good(struct work *w, const struct private_half *half)
{
	for (size_t row = 0; row < K; row++) {
		add_product(w, &half->s2[row], -1, &w->low[row]);
		if (publish_bool(ring_exceeds(&w->low[row], GAMMA2 - BETA)))
			return false;
	}
	return true;
}

/* z = y + c s1 tells nothing of s1. */
static bool
z_is_good(struct work *w, const struct private_half *half)
{
	for (size_t row = 0; row < L; row++) {
		add_product(w, &half->s1[row], 1, &w->y[row]);
		if (publish_bool(ring_exceeds(&w->y[row], GAMMA1 - BETA)))
			return false;
	}
	return true;
}

/* Where adding c t0, which a verifier does not have, changes the high part. */
static bool
hints_are_good(struct work *w, const struct private_half *half)
{
	int32_t n = 0;

	for (size_t row = 0; row < K; row++) {
		struct poly *high = &w->high[row], *low = &w->low[row];

		ring_multiply(&w->c_hat, &half->t0[row], &w->product);
		ring_inverse_ntt(&w->product);
		for (size_t i = 0; i < N; i++)
			w->product.c[i] = centred(w->product.c[i]);
		if (publish_bool(ring_exceeds(&w->product, GAMMA2)))
			return false;
		for (size_t i = 0; i < N; i++) {
			high->c[i] = make_hint(low->c[i] + w->product.c[i], high->c[i]);
			n += high->c[i];
		}
	}
	return !publish_bool((uint32_t)negative(OMEGA - n));
}

static int
attempt_run(struct shake *s, const struct dilithium_private *key, unsigned attempt,
	struct work *w)
{
	const struct private_half *half = private_half(key);
	int r = commit(s, key, attempt, w);

	if (r < 0)
		return r;
	return low_is_good(w, half) && z_is_good(w, half) && hints_are_good(w, half)
		       ? 0
		       : REJECTED;
}

static void
signature_write(struct work *w, struct signature_bytes *ret)
{
	PUBLISH(w->y, sizeof w->y);
	PUBLISH(w->high, sizeof w->high);
	for (size_t i = 0; i < L; i++)
		pack_z(&w->y[i], ret->z[i]);
	pack_hints(w->high, ret->h);
	pack_challenge(&w->c, ret->c);
}

int
dilithium_sign(const struct dilithium_private *key, struct bytes message,
	uint8_t ret[DILITHIUM_SIGNATURE])
{
	CLEANUP(shake_free)
	struct shake s = { NULL, NULL };
	CLEANUP(secret_free)
	struct secret memory = SECRET_NONE;
	struct work *w;
	int r = shake_new(&s);

	if (r == 0)
		r = secret_new(sizeof *w, &memory);
	if (r < 0)
		return r;
	w = (struct work *)(void *)memory.p;
	r = shake256(&s, BYTES_OF(key->tr), message, w->mu, CRH);
	if (r == 0)
		r = shake256(&s, BYTES(private_half(key)->k, RHO), BYTES_OF(w->mu),
			w->seed, CRH);
	if (r < 0)
		return r;
	r = REJECTED;
	for (unsigned attempt = 0; attempt < ATTEMPTS && r == REJECTED; attempt++)
		r = attempt_run(&s, key, attempt, w);
	if (r == 0)
		signature_write(w, (struct signature_bytes *)(void *)ret);
	return r == REJECTED ? -EINVAL : r;
}
