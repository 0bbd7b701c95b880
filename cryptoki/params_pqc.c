/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of ML-DSA and SLH-DSA: hedge variant, context, and the digest that is signed. */
#include "cryptoki/params_shape.h"

#define CONTEXT_MAX 255u /* bytes: FIPS 204, algorithm 2 */

uint8_t
digest_nist_arc(enum digest d)
{
	static const uint8_t arcs[DIGEST_COUNT] = {
		[DIGEST_SHA256] = 1,
		[DIGEST_SHA384] = 2,
		[DIGEST_SHA512] = 3,
		[DIGEST_SHA224] = 4,
		[DIGEST_SHA512_224] = 5,
		[DIGEST_SHA512_256] = 6,
		[DIGEST_SHA3_224] = 7,
		[DIGEST_SHA3_256] = 8,
		[DIGEST_SHA3_384] = 9,
		[DIGEST_SHA3_512] = 10,
		[DIGEST_SHAKE128] = 11,
		[DIGEST_SHAKE256] = 12,
	};

	return d < DIGEST_COUNT ? arcs[d] : 0;
}

static CK_RV
take(CK_HEDGE_TYPE hedge, const void *context, CK_ULONG n, struct mech_params *p)
{
	if (hedge > UINT8_MAX || n > CONTEXT_MAX || (context == NULL && n != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	p->hedge = (uint8_t)hedge;
	p->extra = BYTES(context, n);
	return CKR_OK;
}

static CK_RV
context_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_SIGN_ADDITIONAL_CONTEXT c;

	if (in.n == 0)
		return CKR_OK; /* hedged, without context */
	if (in.n != sizeof c)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&c, in.p, sizeof c);
	return take(c.hedgeVariant, c.pContext, c.ulContextLen, p);
}

static CK_RV
hash_context_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_HASH_SIGN_ADDITIONAL_CONTEXT c;

	if (in.n != sizeof c)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&c, in.p, sizeof c);
	p->hash = (uint8_t)digest_by_mechanism(c.hash);
	return take(c.hedgeVariant, c.pContext, c.ulContextLen, p);
}

static void
context_encode(const struct mech_params *p, struct buf *to)
{
	buf_put_u8(to, p->hash);
	buf_put_u8(to, p->hedge);
	buf_put_blob(to, p->extra);
}

static void
context_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->hash = cursor_u8(c);
	p->hedge = cursor_u8(c);
	p->extra = cursor_blob(c);
}

static bool
context_check(const struct mech *m, const struct mech_params *p)
{
	return p->hash == DIGEST_NONE && p->hedge <= CKH_DETERMINISTIC_REQUIRED &&
	       p->extra.n <= CONTEXT_MAX;
}

static bool
hash_context_check(const struct mech *m, const struct mech_params *p)
{
	return digest_nist_arc((enum digest)p->hash) != 0 &&
	       p->hedge <= CKH_DETERMINISTIC_REQUIRED && p->extra.n <= CONTEXT_MAX;
}

const struct param_shape param_sign_context = { context_parse, context_encode,
	context_decode, context_check };
const struct param_shape param_hash_sign_context = { hash_context_parse, context_encode,
	context_decode, hash_context_check };
