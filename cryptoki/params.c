/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mechanism parameters: an application's structure to the canonical one, and
 * that to bytes and back. One check serves both ways in.
 *
 * Encoded, by kind (little-endian, blobs with a u32 length):
 *   NONE nothing   IV, IV_OPT the bytes   CTR u8 counter bits, 16 bytes
 *   GCM blob IV, u16 tag bits, blob AAD
 *   GMAC the IV of 12 bytes, for a whole tag; else u64 tag bits, blob IV
 *   CCM u64 bytes of data, blob nonce, u16 tag bits, blob AAD   PSS u8 hash, u8 MGF's hash, u16 salt bytes
 *   OAEP u8 hash, u8 MGF's hash, blob label   LENGTH, OUT_LENGTH u16 bytes
 *   RSA_AES u16 bits of the AES key, then as OAEP   KMAC u16 bytes, blob customization
 *   CHACHA20 u8 counter bits, blob counter and nonce   CHACHA20_POLY1305 blob nonce, blob AAD
 *   TLS_MAC u8 hash, u16 bytes, u8 sender
 *   SIGN_CONTEXT, HASH_SIGN_CONTEXT u8 hash (0 of the former), u8 hedge variant, blob context
 * (u16 written as two bytes.)
 */
#include "cryptoki/params_shape.h"

#define GCM_MAX_IV 256u
#define GMAC_MAX_IV 128u /* bytes, OpenSSL's */
#define GMAC_IV 12u
#define GMAC_WHOLE_TAG 128u
#define CCM_MIN_NONCE 7u
#define CCM_MAX_NONCE 13u

/* What NSS and others written to the first text of 2.40 hand over: no ulIvBits. */
struct gcm_params_v2 {
	CK_BYTE_PTR pIv;
	CK_ULONG ulIvLen;
	CK_BYTE_PTR pAAD;
	CK_ULONG ulAADLen, ulTagBits;
};

/* --- None --------------------------------------------------------------------- */

static CK_RV
none_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	return in.n == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

static void
none_encode(const struct mech_params *p, struct buf *to)
{
}

static void
none_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
}

static bool
none_check(const struct mech *m, const struct mech_params *p)
{
	return true;
}

/* --- IV ------------------------------------------------------------------------ */

static CK_RV
iv_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	if (in.n != m->iv_bytes)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(p->iv, in.p, in.n);
	p->iv_len = (uint16_t)in.n;
	return CKR_OK;
}

static void
iv_encode(const struct mech_params *p, struct buf *to)
{
	buf_put(to, p->iv, p->iv_len);
}

static void
iv_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	struct bytes iv = cursor_bytes(c, m->iv_bytes);

	if (cursor_ok(c)) {
		memcpy(p->iv, iv.p, iv.n);
		p->iv_len = (uint16_t)iv.n;
	}
}

static bool
iv_check(const struct mech *m, const struct mech_params *p)
{
	return p->iv_len == m->iv_bytes;
}

static CK_RV
iv_opt_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	return in.n == 0 ? CKR_OK : iv_parse(m, in, p);
}

static void
iv_opt_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	if (cursor_left(c) != 0)
		iv_decode(m, c, p);
}

static bool
iv_opt_check(const struct mech *m, const struct mech_params *p)
{
	return p->iv_len == 0 || p->iv_len == m->iv_bytes;
}

/* --- CTR ------------------------------------------------------------------------ */

static CK_RV
ctr_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_AES_CTR_PARAMS ctr;

	if (in.n != sizeof ctr)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&ctr, in.p, sizeof ctr);
	if (ctr.ulCounterBits > 128)
		return CKR_MECHANISM_PARAM_INVALID;
	p->counter_bits = (uint8_t)ctr.ulCounterBits;
	memcpy(p->iv, ctr.cb, sizeof ctr.cb);
	p->iv_len = sizeof ctr.cb;
	return CKR_OK;
}

static void
ctr_encode(const struct mech_params *p, struct buf *to)
{
	buf_put_u8(to, p->counter_bits);
	buf_put(to, p->iv, 16);
}

static void
ctr_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	struct bytes block;

	p->counter_bits = cursor_u8(c);
	block = cursor_bytes(c, 16);
	if (cursor_ok(c)) {
		memcpy(p->iv, block.p, 16);
		p->iv_len = 16;
	}
}

static bool
ctr_check(const struct mech *m, const struct mech_params *p)
{
	return p->counter_bits >= 1 && p->counter_bits <= 128 && p->iv_len == 16;
}

/* --- GCM ------------------------------------------------------------------------ */

static CK_RV
gcm_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_GCM_PARAMS gcm;
	struct gcm_params_v2 old;

	if (in.n == sizeof gcm) {
		memcpy(&gcm, in.p, sizeof gcm);
	} else if (in.n == sizeof old) {
		memcpy(&old, in.p, sizeof old);
		gcm = (CK_GCM_PARAMS){ old.pIv, old.ulIvLen, old.ulIvLen * 8, old.pAAD,
			old.ulAADLen, old.ulTagBits };
	} else {
		return CKR_MECHANISM_PARAM_INVALID;
	}
	/* ulIvBits says nothing that ulIvLen does not, and many leave it unset */
	if (gcm.ulIvLen > GCM_MAX_IV || gcm.pIv == NULL || gcm.ulTagBits > 128 ||
		(gcm.pAAD == NULL && gcm.ulAADLen != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(p->iv, gcm.pIv, gcm.ulIvLen);
	p->iv_len = (uint16_t)gcm.ulIvLen;
	p->tag_bits = (uint16_t)gcm.ulTagBits;
	p->extra = BYTES(gcm.pAAD, gcm.ulAADLen);
	return CKR_OK;
}

static void
gcm_encode(const struct mech_params *p, struct buf *to)
{
	buf_put_blob(to, BYTES(p->iv, p->iv_len));
	put_u16(to, p->tag_bits);
	buf_put_blob(to, p->extra);
}

static void
gcm_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	get_iv(c, p);
	p->tag_bits = get_u16(c);
	p->extra = cursor_blob(c);
}

/* NIST SP 800-38D 5.2.1.2 */
static bool
gcm_check(const struct mech *m, const struct mech_params *p)
{
	static const uint8_t tags[] = { 32, 64, 96, 104, 112, 120, 128 };

	for (size_t i = 0; i < sizeof tags; i++) {
		if (p->tag_bits == tags[i])
			return p->iv_len != 0;
	}
	return false;
}

/* --- GMAC ----------------------------------------------------------------------- */

/* 6.13.6: GCM's parameter; in version 2.40 an IV alone. What is authenticated is what is
 * signed, and nothing else. */
static CK_RV
gmac_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	if (in.n != m->iv_bytes)
		return gcm_parse(m, in, p);
	p->tag_bits = GMAC_WHOLE_TAG;
	return iv_parse(m, in, p);
}

/* Version 2.40's. */
static bool
gmac_is_plain(const struct mech_params *p)
{
	return p->iv_len == GMAC_IV && p->tag_bits == GMAC_WHOLE_TAG;
}

/* A peer may know that one alone. The other is longer, whatever its IV. */
static void
gmac_encode(const struct mech_params *p, struct buf *to)
{
	if (gmac_is_plain(p)) {
		iv_encode(p, to);
		return;
	}
	buf_put_u64(to, p->tag_bits);
	buf_put_blob(to, BYTES(p->iv, p->iv_len));
}

static void
gmac_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	uint64_t bits;

	if (cursor_left(c) == m->iv_bytes) {
		p->tag_bits = GMAC_WHOLE_TAG;
		iv_decode(m, c, p);
		return;
	}
	bits = cursor_u64(c);
	get_iv(c, p);
	p->tag_bits = (uint16_t)bits;
	c->bad |= bits > GMAC_WHOLE_TAG || gmac_is_plain(p);
}

static bool
gmac_check(const struct mech *m, const struct mech_params *p)
{
	return gcm_check(m, p) && p->iv_len <= GMAC_MAX_IV && p->extra.n == 0;
}

/* --- CCM ------------------------------------------------------------------------ */

static CK_RV
ccm_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_CCM_PARAMS ccm;

	if (in.n != sizeof ccm)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&ccm, in.p, sizeof ccm);
	if (ccm.ulNonceLen > CCM_MAX_NONCE || ccm.pNonce == NULL || ccm.ulMACLen > 16 ||
		(ccm.pAAD == NULL && ccm.ulAADLen != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(p->iv, ccm.pNonce, ccm.ulNonceLen);
	p->iv_len = (uint16_t)ccm.ulNonceLen;
	p->tag_bits = (uint16_t)(8 * ccm.ulMACLen);
	p->data_len = ccm.ulDataLen;
	p->extra = BYTES(ccm.pAAD, ccm.ulAADLen);
	return CKR_OK;
}

static void
ccm_encode(const struct mech_params *p, struct buf *to)
{
	buf_put_u64(to, p->data_len);
	gcm_encode(p, to);
}

static void
ccm_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->data_len = cursor_u64(c);
	gcm_decode(m, c, p);
}

/* NIST SP 800-38C, A.1: nonce and length of the data share 15 bytes. */
static bool
ccm_check(const struct mech *m, const struct mech_params *p)
{
	const unsigned length_n = 15u - p->iv_len;

	return p->iv_len >= CCM_MIN_NONCE && p->iv_len <= CCM_MAX_NONCE &&
	       p->tag_bits >= 32 && p->tag_bits <= 128 && p->tag_bits % 16 == 0 &&
	       (length_n >= 8 || p->data_len >> 8 * length_n == 0);
}

/* --- Length --------------------------------------------------------------------- */

static CK_RV
length_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_MAC_GENERAL_PARAMS n;

	if (in.n != sizeof n)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&n, in.p, sizeof n);
	if (n > UINT16_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	p->mac_len = (uint16_t)n;
	return CKR_OK;
}

static void
length_encode(const struct mech_params *p, struct buf *to)
{
	put_u16(to, p->mac_len);
}

static void
length_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->mac_len = get_u16(c);
}

static bool
length_check(const struct mech *m, const struct mech_params *p)
{
	return p->mac_len >= 1 && p->mac_len <= mech_mac_size(m);
}

/* --------------------------------------------------------------------------------- */

static const struct param_shape param_none = { none_parse, none_encode, none_decode,
	none_check };
static const struct param_shape param_iv = { iv_parse, iv_encode, iv_decode, iv_check };
static const struct param_shape param_iv_opt = { iv_opt_parse, iv_encode, iv_opt_decode,
	iv_opt_check };
static const struct param_shape param_ctr = { ctr_parse, ctr_encode, ctr_decode,
	ctr_check };
static const struct param_shape param_gcm = { gcm_parse, gcm_encode, gcm_decode,
	gcm_check };
static const struct param_shape param_gmac = { gmac_parse, gmac_encode, gmac_decode,
	gmac_check };
static const struct param_shape param_ccm = { ccm_parse, ccm_encode, ccm_decode,
	ccm_check };
static const struct param_shape param_length = { length_parse, length_encode,
	length_decode, length_check };

/* A derivation's kind has none: derive_params.c. */
static const struct param_shape *const shapes[PARAM_COUNT] = {
	[PARAM_NONE] = &param_none,
	[PARAM_IV] = &param_iv,
	[PARAM_IV_OPT] = &param_iv_opt,
	[PARAM_CTR] = &param_ctr,
	[PARAM_GCM] = &param_gcm,
	[PARAM_CCM] = &param_ccm,
	[PARAM_GMAC] = &param_gmac,
	[PARAM_PSS] = &param_pss,
	[PARAM_OAEP] = &param_oaep,
	[PARAM_RSA_AES] = &param_rsa_aes,
	[PARAM_EDDSA] = &param_eddsa,
	[PARAM_LENGTH] = &param_length,
	[PARAM_OUT_LENGTH] = &param_out_length,
	[PARAM_KMAC] = &param_kmac,
	[PARAM_CHACHA20] = &param_chacha20,
	[PARAM_CHACHA20_POLY1305] = &param_chacha20_poly1305,
	[PARAM_TLS_MAC] = &param_tls_mac,
	[PARAM_SIGN_CONTEXT] = &param_sign_context,
	[PARAM_HASH_SIGN_CONTEXT] = &param_hash_sign_context,
};

/* Every Init comes here: the room for the longest IV is neither zeroed nor copied. */
static void
params_start(struct mech_params *p)
{
	memset(p, 0, offsetof(struct mech_params, iv));
}

static CK_RV
params_give(const struct mech_params *p, struct mech_params *ret)
{
	memcpy(ret, p, offsetof(struct mech_params, iv));
	memcpy(ret->iv, p->iv, p->iv_len);
	return CKR_OK;
}

CK_RV
mech_params_parse(
	const struct mech *m, const CK_MECHANISM *mechanism, struct mech_params *ret)
{
	const struct param_shape *shape = shapes[m->param];
	struct mech_params p;
	CK_RV rv;

	if (mechanism == NULL ||
		(mechanism->pParameter == NULL && mechanism->ulParameterLen != 0))
		return CKR_ARGUMENTS_BAD;
	if (shape == NULL)
		return CKR_MECHANISM_INVALID;
	params_start(&p);
	rv = shape->parse(m, BYTES(mechanism->pParameter, mechanism->ulParameterLen), &p);
	if (rv == CKR_OK && !shape->check(m, &p))
		rv = CKR_MECHANISM_PARAM_INVALID;
	return rv == CKR_OK ? params_give(&p, ret) : rv;
}

void
mech_params_encode(const struct mech *m, const struct mech_params *p, struct buf *to)
{
	if (shapes[m->param] != NULL)
		shapes[m->param]->encode(p, to);
	else
		to->failed = true;
}

CK_RV
mech_params_decode(const struct mech *m, struct bytes from, struct mech_params *ret)
{
	const struct param_shape *shape = shapes[m->param];
	struct cursor c = cursor_over(from);
	struct mech_params p;

	if (shape == NULL)
		return CKR_MECHANISM_INVALID;
	params_start(&p);
	shape->decode(m, &c, &p);
	if (!cursor_done(&c) || !shape->check(m, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	return params_give(&p, ret);
}
