/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanisms and their parameters, to messages and back. */
#include "common/cleanup.h"
#include "remote/proto/proto_convert.h"

void
proto_from_mech(
	const struct mech *m, const struct mech_params *p, Keystore__V1__Mechanism *ret)
{
	keystore__v1__mechanism__init(ret);
	ret->type = m->type;
	if (p == NULL)
		return;
	ret->iv = proto_borrow(BYTES(p->iv, p->iv_len));
	ret->counter_bits = p->counter_bits;
	ret->tag_bits = p->tag_bits;
	ret->mac_bytes = p->mac_len;
	ret->hash = p->hash != DIGEST_NONE ? digests[p->hash].mechanism : 0;
	ret->mgf = p->mgf_hash != DIGEST_NONE ? digests[p->mgf_hash].mgf : 0;
	ret->salt_bytes = p->salt_len;
	ret->extra = proto_borrow(p->extra);
	ret->scheme = p->scheme;
	ret->hedge = p->hedge;
	ret->key_bits = p->key_bits;
}

/* Numbers that the fields of struct mech_params cannot hold are no parameters. */
static bool
params_fit(const Keystore__V1__Mechanism *from, const struct mech_params *p)
{
	return from->iv.len <= sizeof p->iv && from->counter_bits <= UINT8_MAX &&
	       from->tag_bits <= UINT16_MAX && from->mac_bytes <= UINT16_MAX &&
	       from->salt_bytes <= UINT16_MAX && from->scheme < EDDSA_SCHEMES &&
	       from->hedge <= UINT8_MAX && from->key_bits <= UINT16_MAX;
}

CK_RV
proto_to_mech(const Keystore__V1__Mechanism *from, const struct mech **ret_mech,
	struct mech_params *ret)
{
	CLEANUP(buf_free)
	struct buf canonical = BUF_SECRET;
	struct mech_params p = { 0 };
	const struct mech *m;
	CK_RV rv;

	/* whether what is for old data is served is for the caller to say */
	m = from != NULL ? mech_lookup_legacy((CK_MECHANISM_TYPE)from->type) : NULL;
	/* a derivation's parameter is none of these */
	if (m == NULL || m->param >= PARAM_STRING)
		return CKR_MECHANISM_INVALID;
	if (!params_fit(from, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	if (from->iv.len != 0)
		memcpy(p.iv, from->iv.data, from->iv.len);
	p.iv_len = (uint16_t)from->iv.len;
	p.counter_bits = (uint8_t)from->counter_bits;
	p.tag_bits = (uint16_t)from->tag_bits;
	p.mac_len = (uint16_t)from->mac_bytes;
	p.hash = (uint8_t)digest_by_mechanism((CK_MECHANISM_TYPE)from->hash);
	p.mgf_hash = (uint8_t)digest_by_mgf((CK_RSA_PKCS_MGF_TYPE)from->mgf);
	p.salt_len = (uint16_t)from->salt_bytes;
	p.extra = proto_bytes(from->extra);
	p.scheme = (uint8_t)from->scheme;
	p.hedge = (uint8_t)from->hedge;
	p.key_bits = (uint16_t)from->key_bits;
	/* one set of checks for both sockets: the canonical form's decoder */
	mech_params_encode(m, &p, &canonical);
	if (!buf_ok(&canonical))
		return CKR_HOST_MEMORY;
	rv = mech_params_decode(m, buf_bytes(&canonical), &p);
	if (rv != CKR_OK)
		return rv;
	p.extra = p.extra.n != 0 ? proto_bytes(from->extra) : BYTES_NONE;
	*ret_mech = m;
	*ret = p;
	return CKR_OK;
}
