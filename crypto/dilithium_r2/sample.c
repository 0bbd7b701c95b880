/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/dilithium_r2/sample.h"

#include <errno.h>

#include "crypto/crypto.h"
#include "crypto/dilithium_r2/secrecy.h"

#define RATE128 168u
#define RATE256 136u

/* --- SHAKE ------------------------------------------------------------------------- */

static int
context_new(const EVP_MD *md, EVP_MD_CTX **ret)
{
	EVP_MD_CTX *ctx = md == NULL ? NULL : EVP_MD_CTX_new();

	if (ctx == NULL)
		return -ENOMEM;
	if (EVP_DigestInit_ex2(ctx, md, NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		return -ENOMEM;
	}
	*ret = ctx;
	return 0;
}

int
shake_new(struct shake *ret)
{
	struct shake s = { NULL, NULL };
	int r = context_new(crypto_md(DIGEST_SHAKE128), &s.of128);

	if (r == 0)
		r = context_new(crypto_md(DIGEST_SHAKE256), &s.of256);
	if (r < 0)
		shake_free(&s);
	else
		*ret = s;
	return r;
}

/* OpenSSL wipes their states. */
void
shake_free(struct shake *s)
{
	EVP_MD_CTX_free(s->of128);
	EVP_MD_CTX_free(s->of256);
	*s = (struct shake){ NULL, NULL };
}

static int
absorb(EVP_MD_CTX *ctx, struct bytes a, struct bytes b)
{
	return EVP_DigestInit_ex2(ctx, NULL, NULL) == 1 &&
			       EVP_DigestUpdate(ctx, a.p, a.n) == 1 &&
			       EVP_DigestUpdate(ctx, b.p, b.n) == 1
		       ? 0
		       : -ENOMEM;
}

static int
absorb_nonce(EVP_MD_CTX *ctx, struct bytes seed, uint16_t nonce)
{
	const uint8_t le[] = { (uint8_t)nonce, (uint8_t)(nonce >> 8) };

	return absorb(ctx, seed, BYTES_OF(le));
}

static int
squeeze(EVP_MD_CTX *ctx, uint8_t *to, size_t n)
{
	return EVP_DigestSqueeze(ctx, to, n) == 1 ? 0 : -ENOMEM;
}

int
shake256(struct shake *s, struct bytes a, struct bytes b, uint8_t *ret, size_t n)
{
	int r = absorb(s->of256, a, b);

	return r < 0 ? r : squeeze(s->of256, ret, n);
}

/* --- Rejection sampling ------------------------------------------------------------ */

/* How a stream is cut into candidates, of which those up to last are kept. One block is
 * enough nearly always, and nothing of it is left over. */
struct sampler {
	size_t block;
	size_t candidates; /* in a block */
	uint32_t last;
	uint32_t (*candidate)(const uint8_t *block, size_t i);
};

static inline uint32_t
load_le24(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

static inline uint32_t
candidate23(const uint8_t *block, size_t i)
{
	return load_le24(block + 3 * i) & 0x7fffff;
}

static inline uint32_t
candidate20(const uint8_t *block, size_t i)
{
	return load_le24(block + i / 2 * 5 + i % 2 * 2) >> i % 2 * 4 & 0xfffff;
}

/* The two bits in the middle of a byte are of no use. */
static inline uint32_t
candidate3(const uint8_t *block, size_t i)
{
	return i % 2 == 0 ? block[i / 2] & 7 : block[i / 2] >> 5;
}

#define BLOCK_MAX (5 * RATE128)

static const struct sampler uniform = { 5 * RATE128, 280, Q - 1, candidate23 };
static const struct sampler small = { RATE128, 2 * RATE128, 2 * ETA, candidate3 };
static const struct sampler mask = { 5 * RATE256, 272, 2 * GAMMA1 - 2, candidate20 };

/*
 * Which candidates are dropped may be seen: each is independent of all that are kept, and
 * is used for nothing. A candidate is written in any case and then kept or not.
 */
static inline __attribute__((always_inline)) int
sample(EVP_MD_CTX *ctx, const struct sampler how, struct poly *ret)
{
	uint8_t block[BLOCK_MAX];
	size_t n = 0;
	int r = 0;

	while (n < N && r == 0) {
		r = squeeze(ctx, block, how.block);
		for (size_t i = 0; i < how.candidates && n < N && r == 0; i++) {
			uint32_t v = how.candidate(block, i);

			ret->c[n] = (int32_t)v;
			n += !publish_bool((how.last - v) >> 31);
		}
	}
	wipe(block, how.block);
	return r;
}

/* A candidate v means top - v. */
static void
count_down(struct poly *a, int32_t top)
{
	for (size_t i = 0; i < N; i++)
		a->c[i] = top - a->c[i];
}

int
sample_uniform(struct shake *s, const uint8_t rho[RHO], unsigned row, unsigned column,
	struct poly *ret)
{
	int r = absorb_nonce(s->of128, BYTES(rho, RHO), (uint16_t)(row << 8 | column));

	return r < 0 ? r : sample(s->of128, uniform, ret);
}

int
sample_small(struct shake *s, const uint8_t seed[RHO], uint16_t nonce, struct poly *ret)
{
	int r = absorb_nonce(s->of128, BYTES(seed, RHO), nonce);

	if (r == 0)
		r = sample(s->of128, small, ret);
	if (r == 0)
		count_down(ret, ETA);
	return r;
}

int
sample_mask(struct shake *s, const uint8_t seed[CRH], uint16_t nonce, struct poly *ret)
{
	int r = absorb_nonce(s->of256, BYTES(seed, CRH), nonce);

	if (r == 0)
		r = sample(s->of256, mask, ret);
	if (r == 0)
		count_down(ret, GAMMA1 - 1);
	return r;
}

/* c may be seen, that of an attempt without a signature too: sign.c says why. */
int
sample_challenge(
	struct shake *s, const uint8_t mu[CRH], struct bytes w1, struct poly *ret)
{
	uint8_t block[RATE256];
	size_t at = 8;
	uint64_t signs;
	int r = shake256(s, BYTES(mu, CRH), w1, block, sizeof block);

	PUBLISH(block, sizeof block);
	signs = load_le64(block);
	memset(ret, 0, sizeof *ret);
	for (size_t i = N - TAU; i < N && r == 0; at++) {
		size_t from;

		if (at == sizeof block) {
			r = squeeze(s->of256, block, sizeof block);
			PUBLISH(block, sizeof block);
			at = 0;
		}
		from = block[at];
		if (from > i)
			continue;
		ret->c[i] = ret->c[from];
		ret->c[from] = 1 - 2 * (int32_t)(signs & 1);
		signs >>= 1;
		i++;
	}
	return r;
}
