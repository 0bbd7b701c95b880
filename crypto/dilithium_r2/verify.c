/* SPDX-License-Identifier: Apache-2.0 */
/* Verification. Nothing here is secret. */
#include <errno.h>

#include "common/cleanup.h"
#include "crypto/dilithium_r2/keys.h"
#include "crypto/dilithium_r2/rounding.h"

struct parsed {
	struct poly z[L]; /* hat */
	struct poly h[K];
	struct poly c; /* hat */
};

/* false: not a signature of any key. */
static bool
signature_read(const struct signature_bytes *from, struct parsed *ret)
{
	if (!unpack_hints(from->h, ret->h))
		return false;
	unpack_challenge(from->c, &ret->c);
	ring_ntt(&ret->c);
	for (size_t i = 0; i < L; i++) {
		unpack_z(from->z[i], &ret->z[i]);
		if (ring_exceeds(&ret->z[i], GAMMA1 - BETA))
			return false;
		ring_ntt(&ret->z[i]);
	}
	return true;
}

/* The high part of w, by A z - c t1 2^D and the hints. */
static void
w1_make(const struct dilithium_public *key, const struct parsed *p, size_t row,
	uint8_t ret[PACKED(4)])
{
	struct poly w, c_t1;

	ring_dot(key->matrix[row], p->z, L, &w);
	ring_multiply(&p->c, &key->t1[row], &c_t1);
	for (size_t i = 0; i < N; i++)
		w.c[i] = centred(w.c[i]) - centred(c_t1.c[i]);
	ring_inverse_ntt(&w);
	for (size_t i = 0; i < N; i++)
		w.c[i] = use_hint(positive(w.c[i]), p->h[row].c[i] != 0);
	pack_w1(&w, ret);
}

int
dilithium_verify(
	const struct dilithium_public *key, struct bytes message, struct bytes signature)
{
	CLEANUP(shake_free)
	struct shake s = { NULL, NULL };
	const struct signature_bytes *given = (const void *)signature.p;
	struct parsed p;
	uint8_t mu[CRH], w1[K][PACKED(4)], packed[sizeof given->c];
	struct poly c;
	int r;

	if (signature.n != DILITHIUM_SIGNATURE || !signature_read(given, &p))
		return -EBADMSG;
	for (size_t row = 0; row < K; row++)
		w1_make(key, &p, row, w1[row]);
	r = shake_new(&s);
	if (r == 0)
		r = shake256(&s, BYTES_OF(key->tr), message, mu, sizeof mu);
	if (r == 0)
		r = sample_challenge(&s, mu, BYTES_OF(w1), &c);
	if (r < 0)
		return r;
	pack_challenge(&c, packed);
	return memcmp(packed, given->c, sizeof packed) == 0 ? 0 : -EBADMSG;
}
