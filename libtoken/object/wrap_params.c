/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/wrap_params.h"

#include "crypto/crypto.h"

#define IV_MAX sizeof(((struct mech_params *)0)->iv)
/* Beside bits that the application fixed; without any the whole IV is random, however
 * short. */
#define RANDOM_BITS_MIN 64u

struct iv_source {
	CK_BYTE_PTR p;
	CK_ULONG n, fixed; /* bytes, bits */
	CK_GENERATOR_FUNCTION generator;
};

/* What is asked of one call. */
struct asked {
	const struct mech *mech;
	bool wraps;
	const struct bytes *aad;
};

/* Random bits behind the fixed ones. */
static CK_RV
iv_make(const struct iv_source *from, uint8_t *iv)
{
	uint8_t random[IV_MAX];
	const size_t whole = from->fixed / 8, rest = from->fixed % 8;
	const uint8_t mask = (uint8_t)(0xff00u >> rest);
	CK_RV rv;

	if (from->generator != CKG_GENERATE && from->generator != CKG_GENERATE_RANDOM)
		return CKR_MECHANISM_PARAM_INVALID;
	if (from->fixed != 0 && (from->fixed > 8 * from->n ||
					8 * from->n - from->fixed < RANDOM_BITS_MIN))
		return CKR_MECHANISM_PARAM_INVALID;
	rv = crypto_random(random, from->n);
	if (rv != CKR_OK)
		return rv;
	iv[whole] = (uint8_t)((iv[whole] & mask) | (random[whole] & ~mask));
	memcpy(iv + whole + 1, random + whole + 1, from->n - whole - 1);
	return CKR_OK;
}

/* iv has room for IV_MAX. */
static CK_RV
iv_take(const struct asked *a, const struct iv_source *from, uint8_t *iv,
	struct wrap_params *w)
{
	if (from->p == NULL || from->n == 0 || from->n > IV_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(iv, from->p, from->n);
	if (!a->wraps || from->generator == CKG_NO_GENERATE)
		return CKR_OK;
	w->iv = from->p;
	return iv_make(from, iv);
}

static CK_RV
tag_take(CK_BYTE_PTR tag, size_t n, struct wrap_params *w)
{
	if (tag == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	w->tag = tag;
	w->tag_n = n;
	return CKR_OK;
}

/* From here on in the structures that encryption has, whose checks are made once. */

static CK_RV
gcm_parse(const struct asked *a, const struct iv_source *iv, struct bytes aad,
	CK_ULONG tag_bits, struct wrap_params *w)
{
	uint8_t room[IV_MAX];
	CK_GCM_PARAMS gcm = { room, iv->n, 0, (CK_BYTE_PTR)(uintptr_t)aad.p, aad.n,
		tag_bits };
	const CK_MECHANISM plain = { a->mech->type, &gcm, sizeof gcm };
	CK_RV rv = iv_take(a, iv, room, w);

	return rv == CKR_OK ? mech_params_parse(a->mech, &plain, &w->p) : rv;
}

static CK_RV
ccm_parse(const struct asked *a, const struct iv_source *iv, struct bytes aad,
	CK_ULONG data_n, CK_ULONG mac_n, struct wrap_params *w)
{
	uint8_t room[IV_MAX];
	CK_CCM_PARAMS ccm = { data_n, room, iv->n, (CK_BYTE_PTR)(uintptr_t)aad.p, aad.n,
		mac_n };
	const CK_MECHANISM plain = { a->mech->type, &ccm, sizeof ccm };
	CK_RV rv = iv_take(a, iv, room, w);

	return rv == CKR_OK ? mech_params_parse(a->mech, &plain, &w->p) : rv;
}

static CK_RV
gcm_wrap(const struct asked *a, const void *parameter, struct wrap_params *w)
{
	CK_GCM_WRAP_PARAMS p;
	struct iv_source iv;

	memcpy(&p, parameter, sizeof p);
	iv = (struct iv_source){ p.pIv, p.ulIvLen, p.ulIvFixedBits, p.ivGenerator };
	return gcm_parse(a, &iv, BYTES(p.pAAD, p.ulAADLen), p.ulTagBits, w);
}

static CK_RV
gcm_message(const struct asked *a, const void *parameter, struct wrap_params *w)
{
	CK_GCM_MESSAGE_PARAMS p;
	struct iv_source iv;
	CK_RV rv;

	memcpy(&p, parameter, sizeof p);
	iv = (struct iv_source){ p.pIv, p.ulIvLen, p.ulIvFixedBits, p.ivGenerator };
	rv = gcm_parse(a, &iv, *a->aad, p.ulTagBits, w);
	return rv == CKR_OK ? tag_take(p.pTag, p.ulTagBits / 8, w) : rv;
}

static CK_RV
ccm_wrap(const struct asked *a, const void *parameter, struct wrap_params *w)
{
	CK_CCM_WRAP_PARAMS p;
	struct iv_source iv;

	memcpy(&p, parameter, sizeof p);
	iv = (struct iv_source){ p.pNonce, p.ulNonceLen, p.ulNonceFixedBits,
		p.nonceGenerator };
	return ccm_parse(a, &iv, BYTES(p.pAAD, p.ulAADLen), p.ulDataLen, p.ulMACLen, w);
}

static CK_RV
ccm_message(const struct asked *a, const void *parameter, struct wrap_params *w)
{
	CK_CCM_MESSAGE_PARAMS p;
	struct iv_source iv;
	CK_RV rv;

	memcpy(&p, parameter, sizeof p);
	iv = (struct iv_source){ p.pNonce, p.ulNonceLen, p.ulNonceFixedBits,
		p.nonceGenerator };
	rv = ccm_parse(a, &iv, *a->aad, p.ulDataLen, p.ulMACLen, w);
	return rv == CKR_OK ? tag_take(p.pMAC, p.ulMACLen, w) : rv;
}

static const struct {
	enum param_kind kind;
	bool authenticated;
	size_t n;
	CK_RV(*parse)
	(const struct asked *a, const void *parameter, struct wrap_params *w);
} shapes[] = {
	{ PARAM_GCM, false, sizeof(CK_GCM_WRAP_PARAMS), gcm_wrap },
	{ PARAM_GCM, true, sizeof(CK_GCM_MESSAGE_PARAMS), gcm_message },
	{ PARAM_CCM, false, sizeof(CK_CCM_WRAP_PARAMS), ccm_wrap },
	{ PARAM_CCM, true, sizeof(CK_CCM_MESSAGE_PARAMS), ccm_message },
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
			return shapes[i].parse(&a, mechanism->pParameter, ret);
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
