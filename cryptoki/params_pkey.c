/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of RSA-PSS, RSA-OAEP and what is built on it, and EdDSA. */
#include "cryptoki/params_shape.h"

#define PSS_MAX_SALT (RSA_MAX_BITS / 8u) /* the largest key's whole block */

static bool
hashes_known(const struct mech_params *p)
{
	return digest_is_plain((enum digest)p->hash) &&
	       digest_is_plain((enum digest)p->mgf_hash) && digests[p->mgf_hash].mgf != 0;
}

static CK_RV
pss_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_RSA_PKCS_PSS_PARAMS pss;

	if (in.n != sizeof pss)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&pss, in.p, sizeof pss);
	if (pss.sLen > PSS_MAX_SALT)
		return CKR_MECHANISM_PARAM_INVALID;
	p->hash = (uint8_t)digest_by_mechanism(pss.hashAlg);
	p->mgf_hash = (uint8_t)digest_by_mgf(pss.mgf);
	p->salt_len = (uint16_t)pss.sLen;
	return CKR_OK;
}

static void
pss_encode(const struct mech_params *p, struct buf *to)
{
	buf_put_u8(to, p->hash);
	buf_put_u8(to, p->mgf_hash);
	put_u16(to, p->salt_len);
}

static void
pss_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->hash = cursor_u8(c);
	p->mgf_hash = cursor_u8(c);
	p->salt_len = get_u16(c);
}

static bool
pss_check(const struct mech *m, const struct mech_params *p)
{
	return hashes_known(p) && p->salt_len <= PSS_MAX_SALT &&
	       (m->digest == DIGEST_NONE || m->digest == (enum digest)p->hash);
}

const struct param_shape param_pss = { pss_parse, pss_encode, pss_decode, pss_check };

static CK_RV
oaep_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_RSA_PKCS_OAEP_PARAMS oaep;

	if (in.n != sizeof oaep)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&oaep, in.p, sizeof oaep);
	/* a source of 0 without a label is common, if not in the standard */
	if (oaep.source != CKZ_DATA_SPECIFIED &&
		!(oaep.source == 0 && oaep.ulSourceDataLen == 0))
		return CKR_MECHANISM_PARAM_INVALID;
	if (oaep.pSourceData == NULL && oaep.ulSourceDataLen != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	p->hash = (uint8_t)digest_by_mechanism(oaep.hashAlg);
	p->mgf_hash = (uint8_t)digest_by_mgf(oaep.mgf);
	p->extra = BYTES(oaep.pSourceData, oaep.ulSourceDataLen);
	return CKR_OK;
}

static void
oaep_encode(const struct mech_params *p, struct buf *to)
{
	buf_put_u8(to, p->hash);
	buf_put_u8(to, p->mgf_hash);
	buf_put_blob(to, p->extra);
}

static void
oaep_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->hash = cursor_u8(c);
	p->mgf_hash = cursor_u8(c);
	p->extra = cursor_blob(c);
}

static bool
oaep_check(const struct mech *m, const struct mech_params *p)
{
	return hashes_known(p) && p->extra.n <= UINT16_MAX;
}

const struct param_shape param_oaep = { oaep_parse, oaep_encode, oaep_decode,
	oaep_check };

/* --- RSA-AES key wrap ------------------------------------------------------------------ */

static CK_RV
rsa_aes_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_RSA_AES_KEY_WRAP_PARAMS both;

	if (in.n != sizeof both)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&both, in.p, sizeof both);
	if (both.pOAEPParams == NULL || both.ulAESKeyBits > UINT16_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	p->key_bits = (uint16_t)both.ulAESKeyBits;
	return oaep_parse(
		m, BYTES((CK_BYTE_PTR)both.pOAEPParams, sizeof *both.pOAEPParams), p);
}

static void
rsa_aes_encode(const struct mech_params *p, struct buf *to)
{
	put_u16(to, p->key_bits);
	oaep_encode(p, to);
}

static void
rsa_aes_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->key_bits = get_u16(c);
	oaep_decode(m, c, p);
}

static bool
rsa_aes_check(const struct mech *m, const struct mech_params *p)
{
	return (p->key_bits == 128 || p->key_bits == 192 || p->key_bits == 256) &&
	       oaep_check(m, p);
}

const struct param_shape param_rsa_aes = { rsa_aes_parse, rsa_aes_encode, rsa_aes_decode,
	rsa_aes_check };

/* --- EdDSA ---------------------------------------------------------------------------- */

#define CONTEXT_MAX 255u

static CK_RV
eddsa_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_EDDSA_PARAMS eddsa;

	if (in.n == 0)
		return CKR_OK; /* EDDSA_PURE */
	if (in.n != sizeof eddsa)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&eddsa, in.p, sizeof eddsa);
	if (eddsa.phFlag > CK_TRUE ||
		(eddsa.pContextData == NULL && eddsa.ulContextDataLen != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	p->scheme = eddsa.phFlag ? EDDSA_PREHASH : EDDSA_CONTEXT;
	p->extra = BYTES(eddsa.pContextData, eddsa.ulContextDataLen);
	return CKR_OK;
}

static void
eddsa_encode(const struct mech_params *p, struct buf *to)
{
	buf_put_u8(to, p->scheme);
	buf_put_blob(to, p->extra);
}

static void
eddsa_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->scheme = cursor_u8(c);
	p->extra = cursor_blob(c);
}

static bool
eddsa_check(const struct mech *m, const struct mech_params *p)
{
	return p->scheme < EDDSA_SCHEMES && p->extra.n <= CONTEXT_MAX &&
	       (p->scheme != EDDSA_PURE || p->extra.n == 0);
}

const struct param_shape param_eddsa = { eddsa_parse, eddsa_encode, eddsa_decode,
	eddsa_check };
