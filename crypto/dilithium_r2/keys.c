/* SPDX-License-Identifier: Apache-2.0 */
/* Keys taken in and given back. */
#include "crypto/dilithium_r2/keys.h"

#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "crypto/dilithium_r2/secrecy.h"

static int
expand_matrix(struct shake *s, const uint8_t rho[RHO], struct poly ret[K][L])
{
	int r = 0;

	for (unsigned row = 0; row < K && r == 0; row++) {
		for (unsigned column = 0; column < L && r == 0; column++)
			r = sample_uniform(s, rho, row, column, &ret[row][column]);
	}
	return r;
}

/* Whether a key is malformed may be seen, but not where: no secret of a good key is. */
bool
unpack_small_vector(const uint8_t (*from)[PACKED(3)], size_t n, struct poly *ret)
{
	uint32_t beyond = 0;

	for (size_t i = 0; i < n; i++) {
		unpack_small(from[i], &ret[i]);
		beyond |= ring_exceeds(&ret[i], ETA + 1);
	}
	return !publish_bool(beyond);
}

static int
public_fill(const struct public_bytes *from, struct dilithium_public *key)
{
	CLEANUP(shake_free)
	struct shake s = { NULL, NULL };
	int r = shake_new(&s);

	if (r == 0)
		r = shake256(&s, BYTES(from, sizeof *from), BYTES_NONE, key->tr, CRH);
	if (r == 0)
		r = expand_matrix(&s, from->rho, key->matrix);
	for (size_t row = 0; row < K && r == 0; row++) {
		struct poly *t1 = &key->t1[row];

		unpack_t1(from->t1[row], t1);
		for (size_t i = 0; i < N; i++)
			t1->c[i] <<= D;
		ring_ntt(t1);
	}
	return r;
}

int
dilithium_public_new(struct bytes public_key, struct dilithium_public **ret)
{
	CLEANUP(cleanup_free)
	struct dilithium_public *key = NULL;
	int r;

	if (public_key.n != DILITHIUM_PUBLIC_KEY)
		return -EINVAL;
	key = malloc(sizeof *key);
	if (key == NULL)
		return -ENOMEM;
	r = public_fill((const void *)public_key.p, key);
	if (r == 0)
		*ret = TAKE_PTR(key);
	return r;
}

void
dilithium_public_free(struct dilithium_public *key)
{
	free(key);
}

static int
private_fill(const struct private_bytes *from, struct dilithium_private *key)
{
	CLEANUP(shake_free)
	struct shake s = { NULL, NULL };
	struct private_half *half;
	int r = secret_new(sizeof *half, &key->secret);

	if (r < 0)
		return r;
	half = private_half(key);
	if (!unpack_small_vector(from->s1, L, half->s1) ||
		!unpack_small_vector(from->s2, K, half->s2))
		return -EINVAL;
	for (size_t i = 0; i < L; i++)
		ring_ntt(&half->s1[i]);
	for (size_t i = 0; i < K; i++) {
		ring_ntt(&half->s2[i]);
		unpack_t0(from->t0[i], &half->t0[i]);
		ring_ntt(&half->t0[i]);
	}
	memcpy(half->k, from->k, RHO);
	memcpy(key->tr, from->tr, CRH);
	r = shake_new(&s);
	return r < 0 ? r : expand_matrix(&s, from->rho, key->matrix);
}

int
dilithium_private_new(struct bytes private_key, struct dilithium_private **ret)
{
	struct dilithium_private *key;
	int r;

	if (private_key.n != DILITHIUM_PRIVATE_KEY)
		return -EINVAL;
	key = malloc(sizeof *key);
	if (key == NULL)
		return -ENOMEM;
	key->secret = SECRET_NONE;
	r = private_fill((const void *)private_key.p, key);
	if (r < 0)
		dilithium_private_free(key);
	else
		*ret = key;
	return r;
}

void
dilithium_private_free(struct dilithium_private *key)
{
	if (key == NULL)
		return;
	secret_free(&key->secret);
	free(key);
}
