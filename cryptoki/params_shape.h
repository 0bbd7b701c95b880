/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: what the kinds of mechanism parameters share. */
#pragma once

#include "cryptoki/mech.h"

struct param_shape {
	CK_RV (*parse)(const struct mech *m, struct bytes in, struct mech_params *p);
	void (*encode)(const struct mech_params *p, struct buf *to);
	void (*decode)(const struct mech *m, struct cursor *c, struct mech_params *p);
	bool (*check)(const struct mech *m, const struct mech_params *p);
};

static inline void
put_u16(struct buf *to, uint16_t v)
{
	buf_put_u8(to, (uint8_t)v);
	buf_put_u8(to, (uint8_t)(v >> 8));
}

static inline uint16_t
get_u16(struct cursor *c)
{
	unsigned low = cursor_u8(c);

	return (uint16_t)(low | (unsigned)cursor_u8(c) << 8);
}

/* A blob that becomes the IV. */
static inline void
get_iv(struct cursor *c, struct mech_params *p)
{
	struct bytes iv = cursor_blob(c);

	if (iv.n > sizeof p->iv) {
		c->bad = true;
		return;
	}
	if (iv.n != 0)
		memcpy(p->iv, iv.p, iv.n);
	p->iv_len = (uint16_t)iv.n;
}

extern const struct param_shape param_out_length, param_kmac, param_pss, param_oaep,
	param_rsa_aes, param_eddsa, param_chacha20, param_chacha20_poly1305,
	param_tls_mac, param_sign_context, param_hash_sign_context;
