/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/wrap_params.h"

#include "libtoken/object/generator.h"

/* Beside bits that the application fixed; without any the whole IV is random, however
 * short. */
#define RANDOM_BITS_MIN 64u

/* What is asked of one call. */
struct asked {
	const struct mech *mech;
	bool wraps;
	const struct bytes *aad;
};

/* Random bits behind the fixed ones. */
static CK_RV
iv_make(struct message_param *p)
{
	const CK_ULONG bits = 8u * p->params.iv_len;

	if (p->generator != CKG_GENERATE && p->generator != CKG_GENERATE_RANDOM)
		return CKR_MECHANISM_PARAM_INVALID;
	if (p->fixed_bits != 0 &&
		(p->fixed_bits > bits || bits - p->fixed_bits < RANDOM_BITS_MIN))
		return CKR_MECHANISM_PARAM_INVALID;
	return generator_random(p);
}

/* From here on as of a message: the structure, its checks and its IV. */
static CK_RV
take(const struct asked *a, struct bytes message, struct bytes aad, struct wrap_params *w)
{
	struct message_param p;
	CK_RV rv = message_param_parse(a->mech, message, aad, &p);

	if (rv == CKR_OK && a->wraps && p.generator != CKG_NO_GENERATE) {
		w->iv = p.iv;
		rv = iv_make(&p);
	}
	if (rv != CKR_OK)
		return rv;
	w->p = p.params;
	w->tag = p.tag;
	w->tag_n = p.tag != NULL ? p.params.tag_bits / 8 : 0;
	return CKR_OK;
}

static CK_RV
gcm_wrap(const struct asked *a, struct bytes parameter, struct wrap_params *w)
{
	CK_GCM_MESSAGE_PARAMS message;
	CK_GCM_WRAP_PARAMS p;

	memcpy(&p, parameter.p, sizeof p);
	message = (CK_GCM_MESSAGE_PARAMS){ p.pIv, p.ulIvLen, p.ulIvFixedBits,
		p.ivGenerator, NULL, p.ulTagBits };
	return take(a, BYTES((const uint8_t *)&message, sizeof message),
		BYTES(p.pAAD, p.ulAADLen), w);
}

/* The length of the data, which CCM's structures begin with, is the key's, whatever they say
 * (6.13.5). */
static CK_RV
ccm_wrap(const struct asked *a, struct bytes parameter, struct wrap_params *w)
{
	CK_CCM_MESSAGE_PARAMS message;
	CK_CCM_WRAP_PARAMS p;

	memcpy(&p, parameter.p, sizeof p);
	message = (CK_CCM_MESSAGE_PARAMS){ 0, p.pNonce, p.ulNonceLen, p.ulNonceFixedBits,
		p.nonceGenerator, NULL, p.ulMACLen };
	return take(a, BYTES((const uint8_t *)&message, sizeof message),
		BYTES(p.pAAD, p.ulAADLen), w);
}

static CK_RV
authenticated(const struct asked *a, struct bytes parameter, struct wrap_params *w)
{
	CK_RV rv = take(a, parameter, *a->aad, w);

	return rv == CKR_OK && w->tag == NULL ? CKR_MECHANISM_PARAM_INVALID : rv;
}

static CK_RV
ccm_authenticated(const struct asked *a, struct bytes parameter, struct wrap_params *w)
{
	CK_CCM_MESSAGE_PARAMS p;

	memcpy(&p, parameter.p, sizeof p);
	p.ulDataLen = 0;
	return authenticated(a, BYTES((const uint8_t *)&p, sizeof p), w);
}

/* As encryption has it, which programs written for earlier versions hand over. */
static CK_RV
ccm_ordinary(const struct asked *a, struct bytes parameter, struct wrap_params *w)
{
	CK_CCM_PARAMS p;

	memcpy(&p, parameter.p, sizeof p);
	p.ulDataLen = 0;
	return mech_params_parse(
		a->mech, &(CK_MECHANISM){ a->mech->type, &p, sizeof p }, &w->p);
}

static const struct {
	enum param_kind kind;
	bool authenticated;
	size_t n;
	CK_RV(*parse)
	(const struct asked *a, struct bytes parameter, struct wrap_params *w);
} shapes[] = {
	{ PARAM_GCM, false, sizeof(CK_GCM_WRAP_PARAMS), gcm_wrap },
	{ PARAM_GCM, true, sizeof(CK_GCM_MESSAGE_PARAMS), authenticated },
	{ PARAM_CCM, false, sizeof(CK_CCM_WRAP_PARAMS), ccm_wrap },
	{ PARAM_CCM, true, sizeof(CK_CCM_MESSAGE_PARAMS), ccm_authenticated },
	{ PARAM_CCM, false, sizeof(CK_CCM_PARAMS), ccm_ordinary },
};

CK_RV
wrap_params_parse(const struct mech *m, const CK_MECHANISM *mechanism, bool wraps,
	const struct bytes *aad, struct wrap_params *ret)
{
	const struct asked a = { m, wraps, aad };

	ret->iv = ret->tag = NULL;
	ret->tag_n = 0;
	if (mechanism->pParameter == NULL && mechanism->ulParameterLen != 0)
		return CKR_ARGUMENTS_BAD;
	if (aad != NULL && m->param != PARAM_GCM && m->param != PARAM_CCM)
		return CKR_MECHANISM_INVALID;
	for (size_t i = 0; mechanism->pParameter != NULL && i < ARRAY_LEN(shapes); i++)
		if (shapes[i].kind == m->param &&
			shapes[i].authenticated == (aad != NULL) &&
			shapes[i].n == mechanism->ulParameterLen)
			return shapes[i].parse(&a,
				BYTES(mechanism->pParameter, mechanism->ulParameterLen),
				ret);
	/* and as encryption has it; an authenticated call has no such form */
	return aad == NULL ? mech_params_parse(m, mechanism, &ret->p)
			   : CKR_MECHANISM_PARAM_INVALID;
}

void
wrap_params_return(const struct wrap_params *w, struct bytes tag)
{
	if (w->iv != NULL)
		memcpy(w->iv, w->p.iv, w->p.iv_len);
	if (w->tag != NULL)
		memcpy(w->tag, tag.p, tag.n);
}
