/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/params_shape.h"

#define MIN_TLS_MAC 12u /* RFC 5246, 7.4.9 */
#define MAX_TLS_MAC 64u

static CK_RV
tls_mac_parse(const struct mech *m, struct bytes in, struct mech_params *p)
{
	CK_TLS_MAC_PARAMS mac;

	if (in.n != sizeof mac)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&mac, in.p, sizeof mac);
	if (mac.ulMacLength > MAX_TLS_MAC || mac.ulServerOrClient > 2)
		return CKR_MECHANISM_PARAM_INVALID;
	p->hash = (uint8_t)digest_by_mechanism(mac.prfHashMechanism);
	p->mac_len = (uint16_t)mac.ulMacLength;
	p->sender = (uint8_t)mac.ulServerOrClient;
	return CKR_OK;
}

static void
tls_mac_encode(const struct mech_params *p, struct buf *to)
{
	buf_put_u8(to, p->hash);
	put_u16(to, p->mac_len);
	buf_put_u8(to, p->sender);
}

static void
tls_mac_decode(const struct mech *m, struct cursor *c, struct mech_params *p)
{
	p->hash = cursor_u8(c);
	p->mac_len = get_u16(c);
	p->sender = cursor_u8(c);
}

static bool
tls_mac_check(const struct mech *m, const struct mech_params *p)
{
	return digest_is_plain((enum digest)p->hash) && p->mac_len >= MIN_TLS_MAC &&
	       p->mac_len <= MAX_TLS_MAC && (p->sender == 1 || p->sender == 2);
}

const struct param_shape param_tls_mac = { tls_mac_parse, tls_mac_encode, tls_mac_decode,
	tls_mac_check };
