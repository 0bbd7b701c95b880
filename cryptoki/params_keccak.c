/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of SHAKE and KMAC, the token's own (cryptoki/vendor.h). */
#include "cryptoki/params_shape.h"
#include "cryptoki/vendor.h"

#define KMAC_MIN 4u
#define KMAC_MAX 256u
#define CUSTOM_MAX 256u

/* --- SHAKE ---------------------------------------------------------------------- */

static CK_RV
out_length_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_ULONG n = digests[m->digest].size;

	if (in.n == sizeof n)
		memcpy(&n, in.p, sizeof n);
	else if (in.n != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	if (n > UINT16_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	p->mac_len = (uint16_t)n;
	return CKR_OK;
}

static void
out_length_encode(const struct mech_params *p, struct buf *to)
{
	put_u16(to, p->mac_len);
}

static void
out_length_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->mac_len = get_u16(c);
}

static bool
out_length_check(const struct mech *m, const struct mech_params *p)
{
	return p->mac_len != 0;
}

const struct param_shape param_out_length = { out_length_parse, out_length_encode,
	out_length_decode, out_length_check };

/* --- KMAC ----------------------------------------------------------------------- */

static CK_RV
kmac_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_KT_KMAC_PARAMS kmac = { mech_mac_size(m), NULL, 0 };

	if (in.n == sizeof kmac)
		memcpy(&kmac, in.p, sizeof kmac);
	else if (in.n != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	if (kmac.ulMacLen > KMAC_MAX || (kmac.pCustom == NULL && kmac.ulCustomLen != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	p->mac_len = (uint16_t)kmac.ulMacLen;
	p->extra = BYTES(kmac.pCustom, kmac.ulCustomLen);
	return CKR_OK;
}

static void
kmac_encode(const struct mech_params *p, struct buf *to)
{
	put_u16(to, p->mac_len);
	buf_put_blob(to, p->extra);
}

static void
kmac_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->mac_len = get_u16(c);
	p->extra = cursor_blob(c);
}

static bool
kmac_check(const struct mech *m, const struct mech_params *p)
{
	return p->mac_len >= KMAC_MIN && p->mac_len <= KMAC_MAX &&
	       p->extra.n <= CUSTOM_MAX;
}

const struct param_shape param_kmac = { kmac_parse, kmac_encode, kmac_decode,
	kmac_check };
