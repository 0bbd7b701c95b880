/* SPDX-License-Identifier: Apache-2.0 */
/* The same modes by OpenSSL directly, and GHASH bit by bit, to compare with. */
#pragma once

#include <check.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "cryptoki/mech.h"
#include "tests/unit/check_often.h"

struct reference {
	const char *name; /* OpenSSL's, of the key's size */
	bool aead, ccm, padded;
};

/* The whole message; AEADs: with their tag after it. The number of bytes, or -1. */
static inline int
reference_encrypt(const struct reference *r, struct bytes key,
	const struct mech_params *p, struct bytes in, uint8_t *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, r->name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	OSSL_PARAM cts[] = { OSSL_PARAM_construct_utf8_string(OSSL_CIPHER_PARAM_CTS_MODE,
				     (char *)(uintptr_t)OSSL_CIPHER_CTS_MODE_CS1, 0),
		OSSL_PARAM_END };
	const uint8_t *iv = p->iv_len != 0 ? p->iv : NULL;
	int n = 0, last = 0, tag = p->tag_bits / 8;
	bool ok;

	check_often(cipher != NULL && ctx != NULL);
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ok = EVP_EncryptInit_ex2(ctx, cipher, NULL, NULL, cts) == 1;
	if (r->aead)
		ok = ok && EVP_CIPHER_CTX_ctrl(
				   ctx, EVP_CTRL_AEAD_SET_IVLEN, p->iv_len, NULL) == 1;
	if (r->ccm)
		ok = ok &&
		     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, tag, NULL) == 1;
	ok = ok && EVP_EncryptInit_ex2(ctx, NULL, key.p, iv, NULL) == 1;
	if (!r->padded)
		(void)EVP_CIPHER_CTX_set_padding(ctx, 0);
	if (r->ccm)
		ok = ok && EVP_EncryptUpdate(ctx, NULL, &n, NULL, (int)in.n) == 1;
	if (r->aead && p->extra.n != 0)
		ok = ok &&
		     EVP_EncryptUpdate(ctx, NULL, &n, p->extra.p, (int)p->extra.n) == 1;
	n = 0;
	/* nothing to encrypt is no reason not to say so */
	ok = ok &&
	     EVP_EncryptUpdate(ctx, out, &n, in.n != 0 ? in.p : out, (int)in.n) == 1;
	ok = ok && EVP_EncryptFinal_ex(ctx, out + n, &last) == 1;
	n += last;
	if (r->aead) {
		ok = ok &&
		     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, tag, out + n) == 1;
		n += tag;
	}
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return ok ? n : -1;
}

/* a = a * b in GCM's field; bit 0 is the highest of the first byte. */
static inline void
reference_multiply(uint8_t a[16], const uint8_t b[16])
{
	uint8_t v[16], z[16] = { 0 };

	memcpy(v, b, 16);
	for (unsigned i = 0; i < 128; i++) {
		bool odd = (v[15] & 1) != 0;

		for (unsigned k = 0; (a[i / 8] >> (7 - i % 8) & 1) != 0 && k < 16; k++)
			z[k] ^= v[k];
		for (unsigned k = 15; k > 0; k--)
			v[k] = (uint8_t)(v[k] >> 1 | v[k - 1] << 7);
		v[0] >>= 1;
		if (odd)
			v[0] ^= 0xe1;
	}
	memcpy(a, z, 16);
}

/* y: the state, 0 at first. Zeroes after in, up to a block. */
static inline void
reference_ghash(uint8_t y[16], const uint8_t h[16], struct bytes in)
{
	for (size_t i = 0; i < in.n; i++) {
		y[i % 16] ^= in.p[i];
		if (i % 16 == 15 || i == in.n - 1)
			reference_multiply(y, h);
	}
}

static inline void
reference_lengths(uint8_t ret[16], uint64_t first, uint64_t second)
{
	for (unsigned i = 0; i < 8; i++) {
		ret[7 - i] = (uint8_t)(first * 8 >> 8 * i);
		ret[15 - i] = (uint8_t)(second * 8 >> 8 * i);
	}
}

/* h^(2^128 - 2): every bit of the exponent but the lowest. */
static inline void
reference_invert(uint8_t h[16])
{
	uint8_t result[16] = { 0x80 }, square[16];

	for (unsigned bit = 1; bit < 128; bit++) {
		memcpy(square, h, 16);
		reference_multiply(h, square);
		reference_multiply(result, h);
	}
	memcpy(h, result, 16);
}

static inline void
reference_block(struct bytes key, const uint8_t in[16], uint8_t out[16])
{
	const struct reference ecb = { .name = key.n == 16   ? "AES-128-ECB"
					       : key.n == 24 ? "AES-192-ECB"
							     : "AES-256-ECB" };
	const struct mech_params none = { .iv_len = 0 };

	check_often(reference_encrypt(&ecb, key, &none, BYTES(in, 16), out) == 16);
}

/* GCM from the specification's own words, for what OpenSSL does not take. */
static inline size_t
reference_gcm(
	struct bytes key, const struct mech_params *p, struct bytes in, uint8_t *out)
{
	uint8_t h[16] = { 0 }, j0[16] = { 0 }, block[16], lengths[16], tag[16] = { 0 };
	uint32_t count;

	reference_block(key, h, h);
	if (p->iv_len == 12) {
		memcpy(j0, p->iv, 12);
		j0[15] = 1;
	} else {
		reference_ghash(j0, h, BYTES(p->iv, p->iv_len));
		reference_lengths(lengths, 0, p->iv_len);
		reference_ghash(j0, h, BYTES_OF(lengths));
	}
	memcpy(block, j0, 16);
	for (size_t i = 0; i < in.n; i++) {
		static uint8_t stream[16];

		if (i % 16 == 0) {
			memcpy(&count, block + 12, 4);
			count = htobe32(be32toh(count) + 1);
			memcpy(block + 12, &count, 4);
			reference_block(key, block, stream);
		}
		out[i] = in.p[i] ^ stream[i % 16];
	}
	reference_ghash(tag, h, p->extra);
	reference_ghash(tag, h, BYTES(out, in.n));
	reference_lengths(lengths, p->extra.n, in.n);
	reference_ghash(tag, h, BYTES_OF(lengths));
	reference_block(key, j0, block);
	for (size_t i = 0; i < p->tag_bits / 8u; i++)
		out[in.n + i] = tag[i] ^ block[i];
	return in.n + p->tag_bits / 8u;
}
