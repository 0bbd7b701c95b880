/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key generation. The secrets are rho', K and what is drawn
 * from them, s1, s2 and t0. rho, t1 and tr, a hash of both, are the public key.
 */
#include <errno.h>

#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "crypto/dilithium_r2/keys.h"
#include "crypto/dilithium_r2/rounding.h"
#include "crypto/dilithium_r2/secrecy.h"

struct work {
	struct poly s1[L];
	struct poly s2[K];
	struct poly t;
	struct poly low;
	struct private_bytes key; /* made again, to compare */
};

/* NULL: no memory. */
static struct work *
work_new(struct secret *memory)
{
	if (secret_new(sizeof(struct work), memory) < 0)
		return NULL;
	return (struct work *)(void *)memory->p;
}

/* A row of t = A s1 + s2, from 0 to q - 1. */
static int
row_make(struct shake *s, const uint8_t rho[RHO], unsigned row, struct work *w)
{
	struct poly a[L];
	int r = 0;

	for (unsigned column = 0; column < L && r == 0; column++)
		r = sample_uniform(s, rho, row, column, &a[column]);
	if (r < 0)
		return r;
	ring_dot(a, w->s1, L, &w->t);
	ring_inverse_ntt(&w->t);
	for (size_t i = 0; i < N; i++)
		w->t.c[i] = positive(centred(w->t.c[i]) + w->s2[row].c[i]);
	return 0;
}

/* From rho, s1 and s2: the public key, t0 and tr. w->s1 and w->s2 are filled. */
static int
public_make(struct shake *s, struct work *w, const uint8_t rho[RHO],
	struct public_bytes *public_key, struct private_bytes *private_key)
{
	int r = 0;

	memcpy(public_key->rho, rho, RHO);
	for (size_t i = 0; i < L; i++)
		ring_ntt(&w->s1[i]);
	for (unsigned row = 0; row < K && r == 0; row++) {
		r = row_make(s, rho, row, w);
		if (r < 0)
			return r;
		for (size_t i = 0; i < N; i++)
			w->t.c[i] = power2round(w->t.c[i], &w->low.c[i]);
		pack_t1(&w->t, public_key->t1[row]);
		pack_t0(&w->low, private_key->t0[row]);
	}
	PUBLISH(public_key->t1, sizeof public_key->t1);
	return shake256(s, BYTES(public_key, sizeof *public_key), BYTES_NONE,
		private_key->tr, CRH);
}

static int
secrets_draw(struct shake *s, const uint8_t seed[RHO], struct work *w,
	struct private_bytes *private_key)
{
	uint16_t nonce = 0;
	int r = 0;

	for (size_t i = 0; i < L && r == 0; i++) {
		r = sample_small(s, seed, nonce++, &w->s1[i]);
		pack_small(&w->s1[i], private_key->s1[i]);
	}
	for (size_t i = 0; i < K && r == 0; i++) {
		r = sample_small(s, seed, nonce++, &w->s2[i]);
		pack_small(&w->s2[i], private_key->s2[i]);
	}
	return r;
}

int
dilithium_generate(const uint8_t seed[DILITHIUM_SEED],
	uint8_t ret_public[DILITHIUM_PUBLIC_KEY], struct secret *ret_private)
{
	CLEANUP(shake_free)
	struct shake s = { NULL, NULL };
	CLEANUP(secret_free)
	struct secret memory = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret made = SECRET_NONE;
	struct public_bytes public_key;
	struct private_bytes *private_key;
	struct work *w = work_new(&memory);
	int r = w == NULL ? -ENOMEM : shake_new(&s);

	if (r == 0)
		r = secret_new(sizeof *private_key, &made);
	if (r < 0)
		return r;
	private_key = (struct private_bytes *)(void *)made.p;
	memcpy(private_key->rho, seed, RHO);
	PUBLISH(private_key->rho, RHO);
	memcpy(private_key->k, seed + 2 * RHO, RHO);
	r = secrets_draw(&s, seed + RHO, w, private_key);
	if (r == 0)
		r = public_make(&s, w, private_key->rho, &public_key, private_key);
	if (r < 0)
		return r;
	memcpy(ret_public, &public_key, sizeof public_key);
	*ret_private = made;
	made = SECRET_NONE;
	return 0;
}

int
dilithium_generate_random(
	uint8_t ret_public[DILITHIUM_PUBLIC_KEY], struct secret *ret_private)
{
	CLEANUP(secret_free)
	struct secret seed = SECRET_NONE;
	int r = secret_new(DILITHIUM_SEED, &seed);

	if (r < 0)
		return r;
	if (crypto_random(seed.p, seed.n) != CKR_OK)
		return -EIO;
	return dilithium_generate(seed.p, ret_public, ret_private);
}

int
dilithium_public_of(struct bytes private_key, uint8_t ret_public[DILITHIUM_PUBLIC_KEY])
{
	CLEANUP(shake_free)
	struct shake s = { NULL, NULL };
	CLEANUP(secret_free)
	struct secret memory = SECRET_NONE;
	const struct private_bytes *given = (const void *)private_key.p;
	struct public_bytes public_key;
	struct work *w;
	int r;

	if (private_key.n != DILITHIUM_PRIVATE_KEY)
		return -EINVAL;
	w = work_new(&memory);
	r = w == NULL ? -ENOMEM : shake_new(&s);
	if (r < 0)
		return r;
	if (!unpack_small_vector(given->s1, L, w->s1) ||
		!unpack_small_vector(given->s2, K, w->s2))
		return -EINVAL;
	r = public_make(&s, w, given->rho, &public_key, &w->key);
	if (r < 0)
		return r;
	/* that a good key is good may be seen */
	if (!publish_bool(bytes_equal_secret(BYTES_OF(w->key.t0), BYTES_OF(given->t0))) ||
		!bytes_equal(BYTES_OF(w->key.tr), BYTES_OF(given->tr)))
		return -EINVAL;
	memcpy(ret_public, &public_key, sizeof public_key);
	return 0;
}
