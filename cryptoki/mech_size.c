/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/mech_size.h"

#define COUNTER_BLOCK 16u
#define SEMIBLOCK 8u /* what key wrapping counts in, and adds */

enum stream {
	IN_BLOCKS,   /* whole blocks come out as they fill */
	LAST_WAITS,  /* but the last one when more has come: it may be padding */
	STEALS,      /* a whole block always waits, for the part that may come */
	AS_IT_COMES, /* every byte at once */
	GATHERED,    /* nothing before the end */
};

static uint64_t
same(const struct mech *m, const struct mech_params *p, uint64_t n)
{
	return n;
}

static uint64_t
pad(const struct mech *m, const struct mech_params *p, uint64_t n)
{
	const uint64_t block = ciphers[m->cipher].block;

	return (n / block + 1) * block;
}

static uint64_t
add_tag(const struct mech *m, const struct mech_params *p, uint64_t n)
{
	return n + p->tag_bits / 8;
}

static uint64_t
take_tag(const struct mech *m, const struct mech_params *p, uint64_t n)
{
	const unsigned tag = p->tag_bits / 8;

	return n > tag ? n - tag : 0;
}

static uint64_t
wrap(const struct mech *m, const struct mech_params *p, uint64_t n)
{
	return (n + SEMIBLOCK - 1) / SEMIBLOCK * SEMIBLOCK + SEMIBLOCK;
}

/* PKCS#7's padding, up to a half, and the half that key wrapping adds */
static uint64_t
wrap_padded(const struct mech *m, const struct mech_params *p, uint64_t n)
{
	return (n / SEMIBLOCK + 2) * SEMIBLOCK;
}

static uint64_t
unwrap(const struct mech *m, const struct mech_params *p, uint64_t n)
{
	return n > SEMIBLOCK ? n - SEMIBLOCK : 0;
}

typedef uint64_t size_function(
	const struct mech *m, const struct mech_params *p, uint64_t n);

/* What is not here neither adds nor holds anything back. */
static const struct {
	size_function *encrypt, *decrypt;
	enum stream encrypts, decrypts;
} sizes[ALG_COUNT] = {
	[ALG_CBC_PAD] = { pad, same, IN_BLOCKS, LAST_WAITS },
	[ALG_CTR] = { same, same, AS_IT_COMES, AS_IT_COMES },
	[ALG_CTS] = { same, same, STEALS, STEALS },
	[ALG_OFB] = { same, same, AS_IT_COMES, AS_IT_COMES },
	[ALG_CFB8] = { same, same, AS_IT_COMES, AS_IT_COMES },
	[ALG_CFB64] = { same, same, AS_IT_COMES, AS_IT_COMES },
	[ALG_CFB128] = { same, same, AS_IT_COMES, AS_IT_COMES },
	[ALG_XTS] = { same, same, GATHERED, GATHERED },
	[ALG_GCM] = { add_tag, take_tag, AS_IT_COMES, GATHERED },
	[ALG_CCM] = { add_tag, take_tag, GATHERED, GATHERED },
	[ALG_KW] = { wrap, unwrap, GATHERED, GATHERED },
	[ALG_KWP] = { wrap, unwrap, GATHERED, GATHERED },
	[ALG_KW_PKCS7] = { wrap_padded, unwrap, GATHERED, GATHERED },
	[ALG_CHACHA20] = { same, same, AS_IT_COMES, AS_IT_COMES },
	[ALG_CHACHA20_POLY1305] = { add_tag, take_tag, AS_IT_COMES, GATHERED },
};

/* Bytes of plaintext, by a block counter of 32 bits that begins behind the block for the tag. */
static const uint64_t most[ALG_COUNT] = {
	[ALG_GCM] = (UINT64_C(1) << 36) - 32,               /* NIST SP 800-38D, 5.2.1.1 */
	[ALG_CHACHA20_POLY1305] = (UINT64_C(1) << 38) - 64, /* RFC 8439, 2.8 */
};

uint64_t
mech_whole_size(
	const struct mech *m, const struct mech_params *p, enum op_kind kind, uint64_t n)
{
	size_function *f;

	if (kind == OP_DIGEST)
		return m->param == PARAM_OUT_LENGTH ? p->mac_len
						    : digests[m->digest].size;
	if (kind == OP_SIGN && m->param == PARAM_GMAC)
		return p->tag_bits / 8;
	if (kind == OP_SIGN)
		return m->param == PARAM_LENGTH || m->param == PARAM_KMAC ||
				       m->param == PARAM_TLS_MAC
			       ? p->mac_len
			       : mech_mac_size(m);
	if (kind == OP_VERIFY)
		return 0;
	f = kind == OP_ENCRYPT ? sizes[m->algorithm].encrypt
			       : sizes[m->algorithm].decrypt;
	return f == NULL ? n : f(m, p, n);
}

uint64_t
mech_partial_size(
	const struct mech *m, const struct mech_params *p, enum op_kind kind, uint64_t n)
{
	const uint64_t block = ciphers[m->cipher].block;
	uint64_t whole;

	if (kind != OP_ENCRYPT && kind != OP_DECRYPT)
		return 0;
	whole = block == 0 ? n : n / block * block;
	switch (kind == OP_ENCRYPT ? sizes[m->algorithm].encrypts
				   : sizes[m->algorithm].decrypts) {
	case LAST_WAITS:
		return n == whole && n != 0 ? n - block : whole;
	case STEALS:
		return whole != 0 ? whole - block : 0;
	case AS_IT_COMES:
		return n;
	case GATHERED:
		return 0;
	default:
		return whole;
	}
}

uint64_t
mech_final_size(
	const struct mech *m, const struct mech_params *p, enum op_kind kind, uint64_t n)
{
	const uint64_t block = ciphers[m->cipher].block;
	const uint64_t waits =
		mech_whole_size(m, p, kind, n) - mech_partial_size(m, p, kind, n);

	/* a rest that is no block of a mode without padding is an error, not output */
	return waits < block && algorithms[m->algorithm].in_blocks && waits == n % block
		       ? 0
		       : waits;
}

uint64_t
mech_most_in(const struct mech *m, const struct mech_params *p, enum op_kind kind)
{
	const uint64_t n = most[m->algorithm];

	if (n == 0)
		return UINT64_MAX;
	return kind == OP_DECRYPT ? add_tag(m, p, n) : n;
}

uint64_t
mech_counter_room(const struct mech_params *p)
{
	unsigned low_bits = p->counter_bits < 64 ? p->counter_bits : 64;
	uint64_t high = 0, low = 0, left;

	for (size_t i = 0; i < 8; i++) {
		high = high << 8 | p->iv[i];
		low = low << 8 | p->iv[8 + i];
	}
	/* blocks until the low part wraps, minus one, so that 2^64 fits */
	left = ~low & (UINT64_MAX >> (64 - low_bits));
	if (p->counter_bits > 64) {
		uint64_t mask = UINT64_MAX >> (128 - p->counter_bits);

		if (p->counter_bits >= 128 || (high & mask) != mask)
			return UINT64_MAX;
	}
	return left >= UINT64_MAX / COUNTER_BLOCK ? UINT64_MAX
						  : (left + 1) * COUNTER_BLOCK;
}
