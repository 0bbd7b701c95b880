/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of ChaCha20 and ChaCha20-Poly1305: PKCS#11 3.2, 6.58 and 6.61. */
#include "cryptoki/params_shape.h"

#define POLY1305_TAG_BITS 128u

/* 6.58.3: the original, the IETF's and XChaCha20. */
static const struct {
	uint8_t counter_bits, nonce_bits;
} chacha20_variants[] = { { 64, 64 }, { 32, 96 }, { 64, 192 } };

static bool
chacha20_check(const struct mech *m, const struct mech_params *p)
{
	for (size_t i = 0; i < ARRAY_LEN(chacha20_variants); i++) {
		unsigned counter = chacha20_variants[i].counter_bits;

		if (p->counter_bits == counter &&
			8u * p->iv_len == counter + chacha20_variants[i].nonce_bits)
			return true;
	}
	return false;
}

/* The block counter is little-endian, as the cipher's state has it and NSS takes it; the
 * standard does not say. */
static CK_RV
chacha20_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_CHACHA20_PARAMS c;
	size_t counter_n, nonce_n;

	if (in.n != sizeof c)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&c, in.p, sizeof c);
	if (c.pBlockCounter == NULL || c.pNonce == NULL || c.blockCounterBits > 64 ||
		c.ulNonceBits > 192 || c.ulNonceBits % 8 != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	counter_n = c.blockCounterBits / 8;
	nonce_n = c.ulNonceBits / 8;
	p->counter_bits = (uint8_t)c.blockCounterBits;
	p->iv_len = (uint16_t)(counter_n + nonce_n);
	/* nothing is read of what is of no known variant's length */
	if (!chacha20_check(m, p))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(p->iv, c.pBlockCounter, counter_n);
	memcpy(p->iv + counter_n, c.pNonce, nonce_n);
	return CKR_OK;
}

static void
chacha20_encode(const struct mech_params *p, struct buf *to)
{
	buf_put_u8(to, p->counter_bits);
	buf_put_blob(to, BYTES(p->iv, p->iv_len));
}

static void
chacha20_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->counter_bits = cursor_u8(c);
	get_iv(c, p);
}

const struct param_shape param_chacha20 = { chacha20_parse, chacha20_encode,
	chacha20_decode, chacha20_check };

/* The length is in bits (6.61.3); NSS takes it in bytes. No number of bits is one of bytes
 * too. With the original cipher's 64 bits there were several constructions: none is meant
 * clearly enough. */
static CK_RV
chacha20_poly1305_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_SALSA20_CHACHA20_POLY1305_PARAMS c;

	if (in.n != sizeof c)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&c, in.p, sizeof c);
	if (c.ulNonceLen == 96 || c.ulNonceLen == 192)
		c.ulNonceLen /= 8;
	if ((c.ulNonceLen != 12 && c.ulNonceLen != 24) || c.pNonce == NULL ||
		(c.pAAD == NULL && c.ulAADLen != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(p->iv, c.pNonce, c.ulNonceLen);
	p->iv_len = (uint16_t)c.ulNonceLen;
	p->tag_bits = POLY1305_TAG_BITS;
	p->extra = BYTES(c.pAAD, c.ulAADLen);
	return CKR_OK;
}

static void
chacha20_poly1305_encode(const struct mech_params *p, struct buf *to)
{
	buf_put_blob(to, BYTES(p->iv, p->iv_len));
	buf_put_blob(to, p->extra);
}

static void
chacha20_poly1305_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	get_iv(c, p);
	p->tag_bits = POLY1305_TAG_BITS;
	p->extra = cursor_blob(c);
}

static bool
chacha20_poly1305_check(const struct mech *m, const struct mech_params *p)
{
	return p->iv_len == 12 || p->iv_len == 24;
}

const struct param_shape param_chacha20_poly1305 = { chacha20_poly1305_parse,
	chacha20_poly1305_encode, chacha20_poly1305_decode, chacha20_poly1305_check };
