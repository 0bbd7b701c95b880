/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/message_param.h"

#include "cryptoki/op.h"

/* The structure of a message, and C_EncryptInit's that says the same. */
union ordinary {
	CK_GCM_PARAMS gcm;
	CK_CCM_PARAMS ccm;
	CK_SALSA20_CHACHA20_POLY1305_PARAMS chacha20;
};

static void
gcm_read(const void *from, struct bytes aad, struct message_param *ret, union ordinary *o)
{
	CK_GCM_MESSAGE_PARAMS p;

	memcpy(&p, from, sizeof p);
	ret->iv = p.pIv;
	ret->fixed_bits = p.ulIvFixedBits;
	ret->generator = p.ivGenerator;
	ret->tag = p.pTag;
	o->gcm = (CK_GCM_PARAMS){ p.pIv, p.ulIvLen, 0, (CK_BYTE *)(uintptr_t)aad.p, aad.n,
		p.ulTagBits };
}

static void
ccm_read(const void *from, struct bytes aad, struct message_param *ret, union ordinary *o)
{
	CK_CCM_MESSAGE_PARAMS p;

	memcpy(&p, from, sizeof p);
	ret->iv = p.pNonce;
	ret->fixed_bits = p.ulNonceFixedBits;
	ret->generator = p.nonceGenerator;
	ret->tag = p.pMAC;
	o->ccm = (CK_CCM_PARAMS){ p.ulDataLen, p.pNonce, p.ulNonceLen,
		(CK_BYTE *)(uintptr_t)aad.p, aad.n, p.ulMACLen };
}

/* Nonces are the application's. */
static void
chacha20_read(
	const void *from, struct bytes aad, struct message_param *ret, union ordinary *o)
{
	CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS p;

	memcpy(&p, from, sizeof p);
	ret->iv = p.pNonce;
	ret->fixed_bits = 0;
	ret->generator = CKG_NO_GENERATE;
	ret->tag = p.pTag;
	o->chacha20 = (CK_SALSA20_CHACHA20_POLY1305_PARAMS){ p.pNonce, p.ulNonceLen,
		(CK_BYTE *)(uintptr_t)aad.p, aad.n };
}

static const struct shape {
	size_t size, ordinary_size;
	void (*read)(const void *from, struct bytes aad, struct message_param *ret,
		union ordinary *o);
} shapes[] = {
	[PARAM_GCM] = { sizeof(CK_GCM_MESSAGE_PARAMS), sizeof(CK_GCM_PARAMS), gcm_read },
	[PARAM_CCM] = { sizeof(CK_CCM_MESSAGE_PARAMS), sizeof(CK_CCM_PARAMS), ccm_read },
	[PARAM_CHACHA20_POLY1305] = { sizeof(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS),
		sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS), chacha20_read },
};

/* NULL: the mechanism has none. */
static const struct shape *
shape_of(const struct mech *m)
{
	const struct shape *s = m->param < ARRAY_LEN(shapes) ? &shapes[m->param] : NULL;

	return s != NULL && s->read != NULL && (m->flags & CKF_ENCRYPT) != 0 ? s : NULL;
}

static const struct {
	CK_FLAGS single, message;
} kinds[] = {
	[OP_ENCRYPT] = { CKF_ENCRYPT, CKF_MESSAGE_ENCRYPT },
	[OP_DECRYPT] = { CKF_DECRYPT, CKF_MESSAGE_DECRYPT },
	[OP_SIGN] = { CKF_SIGN, CKF_MESSAGE_SIGN },
	[OP_VERIFY] = { CKF_VERIFY, CKF_MESSAGE_VERIFY },
};

CK_FLAGS
mech_message_flag(unsigned kind)
{
	return kind < ARRAY_LEN(kinds) ? kinds[kind].message : 0;
}

CK_FLAGS
mech_message_flags(const struct mech *m)
{
	const bool may[] = {
		[OP_ENCRYPT] = shape_of(m) != NULL,
		[OP_DECRYPT] = shape_of(m) != NULL,
		/* a key of Poly1305 is for one message */
		[OP_SIGN] = m->algorithm != ALG_POLY1305,
		[OP_VERIFY] = m->algorithm != ALG_POLY1305,
	};
	CK_FLAGS flags = 0;

	for (unsigned kind = OP_ENCRYPT; kind <= OP_VERIFY; kind++)
		if (may[kind] && (m->flags & kinds[kind].single) != 0)
			flags |= kinds[kind].message;
	return flags != 0 && mech_signs_parts(m) ? flags | CKF_MULTI_MESSAGE : flags;
}

bool
mech_signs_with_iv(const struct mech *m)
{
	return m->algorithm == ALG_GMAC;
}

CK_RV
message_param_check(const struct mech *m, const CK_MECHANISM *mechanism)
{
	const struct shape *s = shape_of(m);

	if (mechanism->pParameter == NULL && mechanism->ulParameterLen != 0)
		return CKR_ARGUMENTS_BAD;
	return mechanism->ulParameterLen == 0 ||
			       (s != NULL && mechanism->ulParameterLen == s->size)
		       ? CKR_OK
		       : CKR_MECHANISM_PARAM_INVALID;
}

CK_RV
message_param_parse(const struct mech *m, struct bytes in, struct bytes aad,
	struct message_param *ret)
{
	const struct shape *s = shape_of(m);
	union ordinary o;

	if (s == NULL || in.n != s->size)
		return CKR_MECHANISM_PARAM_INVALID;
	s->read(in.p, aad, ret, &o);
	return mech_params_parse(
		m, &(CK_MECHANISM){ m->type, &o, s->ordinary_size }, &ret->params);
}

CK_RV
message_param_tag(const struct mech *m, struct bytes in, size_t n, CK_BYTE **ret_tag)
{
	struct message_param p;
	CK_RV rv = message_param_parse(m, in, BYTES_NONE, &p);

	if (rv == CKR_OK && (p.tag == NULL || p.params.tag_bits != 8 * n))
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv == CKR_OK)
		*ret_tag = p.tag;
	return rv;
}
