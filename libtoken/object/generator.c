/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/generator.h"

#include "crypto/crypto.h"

#define RANDOM_MOST_LOG 32u /* of messages with random IVs */
#define CHANCE_LOG 32u      /* that two of them are the same, below 2^- */

static unsigned
free_bits(const struct generator *g)
{
	return 8u * g->iv_len - g->fixed_bits;
}

/* Of the byte at i, the bits that are not fixed. */
static uint8_t
free_mask(const struct generator *g, size_t i)
{
	if (8 * (i + 1) <= g->fixed_bits)
		return 0;
	return 8 * i >= g->fixed_bits ? 0xff : (uint8_t)(0xff >> g->fixed_bits % 8);
}

/* --- The ways -------------------------------------------------------------------- */

static CK_RV
first_random(struct generator *g, const uint8_t *iv)
{
	return crypto_random(g->first, g->iv_len);
}

static CK_RV
first_zero(struct generator *g, const uint8_t *iv)
{
	memset(g->first, 0, g->iv_len);
	return CKR_OK;
}

static CK_RV
first_given(struct generator *g, const uint8_t *iv)
{
	memcpy(g->first, iv, g->iv_len);
	return CKR_OK;
}

static CK_RV
put_sum(const struct generator *g, uint8_t *iv)
{
	uint64_t left = g->count;
	unsigned carry = 0;

	for (size_t i = g->iv_len; i-- > 0; left >>= 8) {
		const uint8_t mask = free_mask(g, i);
		const unsigned sum = g->first[i] + (left & 0xff) + carry;

		iv[i] = (uint8_t)((iv[i] & ~mask) | (sum & mask));
		carry = sum >> 8;
	}
	return CKR_OK;
}

/* Where it is generated. */
static bool
is_first(const struct generator *g, const uint8_t *iv)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < g->iv_len; i++)
		differ |= (iv[i] ^ g->first[i]) & free_mask(g, i);
	return differ == 0;
}

static CK_RV
put_xor(const struct generator *g, uint8_t *iv)
{
	uint64_t left = g->count;

	if (!is_first(g, iv))
		return CKR_MECHANISM_PARAM_INVALID;
	for (size_t i = g->iv_len; i-- > 0; left >>= 8)
		iv[i] ^= (uint8_t)(left & free_mask(g, i));
	return CKR_OK;
}

static CK_RV
put_random(const struct generator *g, uint8_t *iv)
{
	uint8_t fresh[sizeof g->first];
	CK_RV rv = crypto_random(fresh, g->iv_len);

	for (size_t i = 0; rv == CKR_OK && i < g->iv_len; i++) {
		const uint8_t mask = free_mask(g, i);

		iv[i] = (uint8_t)((iv[i] & ~mask) | (fresh[i] & mask));
	}
	return rv;
}

static unsigned
most_counted(unsigned bits)
{
	return bits;
}

/* q of them out of 2^bits: two are the same with a chance below q^2 / 2^(bits + 1) */
static unsigned
most_random(unsigned bits)
{
	const unsigned log = (bits - CHANCE_LOG) / 2;

	return log < RANDOM_MOST_LOG ? log : RANDOM_MOST_LOG;
}

static const struct way {
	CK_RV (*first)(struct generator *g, const uint8_t *iv);
	CK_RV (*put)(const struct generator *g, uint8_t *iv);
	unsigned (*most)(unsigned bits); /* the logarithm of how many there can be */
	unsigned least_bits;
} ways[] = {
	[CKG_GENERATE] = { first_random, put_sum, most_counted, 0 },
	[CKG_GENERATE_COUNTER] = { first_zero, put_sum, most_counted, 0 },
	[CKG_GENERATE_RANDOM] = { first_zero, put_random, most_random, CHANCE_LOG },
	[CKG_GENERATE_COUNTER_XOR] = { first_given, put_xor, most_counted, 0 },
};

/* ------------------------------------------------------------------------------------ */

static CK_RV
generator_start(struct generator *g, const struct message_param *p)
{
	struct generator new = { .key = g->key,
		.function = p->generator,
		.iv_len = p->params.iv_len,
		.fixed_bits = (uint16_t)p->fixed_bits };
	CK_RV rv;

	if (free_bits(&new) < ways[p->generator].least_bits)
		return CKR_MECHANISM_PARAM_INVALID;
	rv = ways[p->generator].first(&new, p->params.iv);
	if (rv == CKR_OK)
		*g = new;
	return rv;
}

static bool
is_as_before(const struct generator *g, const struct message_param *p)
{
	return g->function == p->generator && g->iv_len == p->params.iv_len &&
	       g->fixed_bits == p->fixed_bits;
}

/* Of a process that follows another one. */
static bool
goes_on(const struct generator *g, const struct message_param *p)
{
	return is_as_before(g, p) &&
	       (g->function != CKG_GENERATE_COUNTER_XOR || is_first(g, p->params.iv));
}

static bool
is_exhausted(const struct generator *g)
{
	const unsigned most = ways[g->function].most(free_bits(g));

	return g->count == UINT64_MAX || (most < 64 && g->count >> most != 0);
}

CK_RV
generator_next(struct generator *g, struct message_param *p)
{
	CK_RV rv = CKR_OK;

	if (p->generator == CKG_NO_GENERATE)
		return CKR_OK;
	if (p->generator >= ARRAY_LEN(ways) || p->fixed_bits > 8u * p->params.iv_len)
		return CKR_MECHANISM_PARAM_INVALID;
	if (g->function == CKG_NO_GENERATE || (g->reopened && !goes_on(g, p)))
		rv = generator_start(g, p);
	else if (!is_as_before(g, p))
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv == CKR_OK && is_exhausted(g))
		rv = CKR_TOKEN_RESOURCE_EXCEEDED;
	if (rv == CKR_OK)
		rv = ways[g->function].put(g, p->params.iv);
	if (rv == CKR_OK) {
		g->count++;
		g->reopened = false;
	}
	return rv;
}

void
generator_reopen(struct generator *g, CK_OBJECT_HANDLE key)
{
	if (g->key != key)
		*g = (struct generator){ .key = key, .function = CKG_NO_GENERATE };
	g->reopened = true;
}
