/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of TLS 1.2 (PKCS#11 3.2, 6.40.2), packed:
 *   MASTER u8 digest, u8 version wanted, both randoms
 *   EXTENDED u8 digest, u8 version wanted, blob session hash
 *   KEYS u8 digest, u8 bytes of a MAC key, of a key, of an IV, both randoms
 *   KDF u8 digest, u8 with context, both randoms, blob label, blob context
 */
#include "cryptoki/derive_kinds.h"
#include "cryptoki/derive_shape.h"

#define MAX_KEY 64u /* bytes of a key and of a MAC key: SHA-512's */
#define MAX_IV 32u  /* no cipher of TLS 1.2 has more than 16 */
#define MAX_CONTEXT 65535u

/* The client's, then the server's; each as RFC 5246 has them. */
static CK_RV
put_randoms(const CK_SSL3_RANDOM_DATA *r, struct buf *to)
{
	if (r->pClientRandom == NULL || r->ulClientRandomLen != TLS_RANDOM ||
		r->pServerRandom == NULL || r->ulServerRandomLen != TLS_RANDOM)
		return CKR_MECHANISM_PARAM_INVALID;
	buf_put(to, r->pClientRandom, TLS_RANDOM);
	buf_put(to, r->pServerRandom, TLS_RANDOM);
	return CKR_OK;
}

/* A pre-master secret of Diffie-Hellman has no version in it. */
static CK_RV
put_start(const struct mech *m, CK_MECHANISM_TYPE hash, const CK_VERSION *version,
	struct buf *to)
{
	if (m->algorithm == ALG_TLS_MASTER_DH && version != NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	buf_put_u8(to, (uint8_t)digest_by_mechanism(hash));
	buf_put_u8(to, version != NULL);
	return CKR_OK;
}

CK_RV
tls_master_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_TLS12_MASTER_KEY_DERIVE_PARAMS p;
	CK_RV rv = derive_struct(in, &p, sizeof p);

	if (rv == CKR_OK)
		rv = put_start(m, p.prfHashMechanism, p.pVersion, &to->packed);
	return rv == CKR_OK ? put_randoms(&p.RandomInfo, &to->packed) : rv;
}

CK_RV
tls_extended_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS p;
	CK_RV rv = derive_struct(in, &p, sizeof p);

	if (rv == CKR_OK)
		rv = put_start(m, p.prfHashMechanism, p.pVersion, &to->packed);
	return rv == CKR_OK
		       ? derive_put_blob(&to->packed, p.pSessionHash, p.ulSessionHashLen)
		       : rv;
}

/* Bits of whole bytes; others become what is refused. */
static void
put_size(struct buf *to, CK_ULONG bits)
{
	buf_put_u8(to,
		bits % 8 == 0 && bits / 8 < UINT8_MAX ? (uint8_t)(bits / 8) : UINT8_MAX);
}

/* CKM_TLS12_KEY_SAFE_DERIVE makes none, whatever its parameter says. */
static CK_ULONG
iv_bits(const struct mech *m, const CK_TLS12_KEY_MAT_PARAMS *p)
{
	return m->algorithm == ALG_TLS_KEYS_SAFE ? 0 : p->ulIVSizeInBits;
}

CK_RV
tls_keys_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_TLS12_KEY_MAT_PARAMS p;
	CK_SSL3_KEY_MAT_OUT out;
	CK_RV rv = derive_struct(in, &p, sizeof p);

	if (rv != CKR_OK)
		return rv;
	if (p.bIsExport || p.pReturnedKeyMaterial == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&out, p.pReturnedKeyMaterial, sizeof out);
	if (iv_bits(m, &p) != 0 && (out.pIVClient == NULL || out.pIVServer == NULL))
		return CKR_MECHANISM_PARAM_INVALID;
	buf_put_u8(&to->packed, (uint8_t)digest_by_mechanism(p.prfHashMechanism));
	put_size(&to->packed, p.ulMacSizeInBits);
	put_size(&to->packed, p.ulKeySizeInBits);
	put_size(&to->packed, iv_bits(m, &p));
	return put_randoms(&p.RandomInfo, &to->packed);
}

/* RFC 5705: no context is something else than an empty one. */
CK_RV
tls_kdf_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_TLS_KDF_PARAMS p;
	CK_RV rv = derive_struct(in, &p, sizeof p);

	if (rv != CKR_OK)
		return rv;
	buf_put_u8(&to->packed, (uint8_t)digest_by_mechanism(p.prfMechanism));
	buf_put_u8(&to->packed, p.pContextData != NULL);
	rv = put_randoms(&p.RandomInfo, &to->packed);
	if (rv == CKR_OK)
		rv = derive_put_blob(&to->packed, p.pLabel, p.ulLabelLength);
	if (rv == CKR_OK)
		rv = derive_put_blob(&to->packed, p.pContextData, p.ulContextDataLength);
	return rv;
}

/* --------------------------------------------------------------------------------- */

static bool
get_bool(struct cursor *c)
{
	const uint8_t v = cursor_u8(c);

	if (v > 1)
		c->bad = true;
	return v == 1;
}

static void
get_randoms(struct cursor *c, struct tls_params *p)
{
	p->client_random = cursor_bytes(c, TLS_RANDOM);
	p->server_random = cursor_bytes(c, TLS_RANDOM);
}

static bool
get_master(struct cursor *c, struct tls_params *p)
{
	p->with_version = get_bool(c);
	get_randoms(c, p);
	return true;
}

static bool
get_extended(struct cursor *c, struct tls_params *p)
{
	p->with_version = get_bool(c);
	p->session_hash = cursor_blob(c);
	return p->session_hash.n == digests[p->digest].size;
}

static bool
get_keys(struct cursor *c, struct tls_params *p)
{
	p->mac_bytes = cursor_u8(c);
	p->key_bytes = cursor_u8(c);
	p->iv_bytes = cursor_u8(c);
	get_randoms(c, p);
	return p->mac_bytes <= MAX_KEY && p->key_bytes <= MAX_KEY &&
	       p->iv_bytes <= MAX_IV && p->mac_bytes + p->key_bytes != 0;
}

static bool
get_kdf(struct cursor *c, struct tls_params *p)
{
	p->with_context = get_bool(c);
	get_randoms(c, p);
	p->label = cursor_blob(c);
	p->context = cursor_blob(c);
	return p->label.n >= 1 && p->label.n <= DERIVE_MAX_DATA &&
	       p->context.n <= MAX_CONTEXT && (p->with_context || p->context.n == 0);
}

bool
tls_params_read(const struct mech *m, struct bytes packed, struct tls_params *ret)
{
	static bool (*const get[PARAM_COUNT])(struct cursor *, struct tls_params *) = {
		[PARAM_TLS_MASTER] = get_master,
		[PARAM_TLS_EXTENDED] = get_extended,
		[PARAM_TLS_KEYS] = get_keys,
		[PARAM_TLS_KDF] = get_kdf,
	};
	struct cursor c = cursor_over(packed);

	*ret = (struct tls_params){ .digest = (enum digest)cursor_u8(&c) };
	if (!digest_is_plain(ret->digest))
		return false;
	if (!get[m->param](&c, ret) || !cursor_done(&c))
		return false;
	return !ret->with_version || m->algorithm != ALG_TLS_MASTER_DH;
}

bool
tls_check(const struct mech *m, struct bytes packed, bool other)
{
	struct tls_params p;

	return tls_params_read(m, packed, &p) && !other;
}

/* --- What comes back ---------------------------------------------------------------- */

static void
give_version(CK_VERSION *to, struct bytes out)
{
	if (to != NULL && out.n == 2)
		*to = (CK_VERSION){ out.p[0], out.p[1] };
}

void
tls_master_give(const struct mech *m, struct bytes in, struct bytes out,
	const CK_OBJECT_HANDLE *keys, size_t n)
{
	CK_TLS12_MASTER_KEY_DERIVE_PARAMS p;

	if (derive_struct(in, &p, sizeof p) == CKR_OK)
		give_version(p.pVersion, out);
}

void
tls_extended_give(const struct mech *m, struct bytes in, struct bytes out,
	const CK_OBJECT_HANDLE *keys, size_t n)
{
	CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS p;

	if (derive_struct(in, &p, sizeof p) == CKR_OK)
		give_version(p.pVersion, out);
}

/* Pairs, the client's first: MAC keys and keys, each where there are any. out: both IVs. */
void
tls_keys_give(const struct mech *m, struct bytes in, struct bytes out,
	const CK_OBJECT_HANDLE *keys, size_t n)
{
	CK_OBJECT_HANDLE given[4] = { CK_INVALID_HANDLE };
	CK_TLS12_KEY_MAT_PARAMS p;
	CK_SSL3_KEY_MAT_OUT to;
	size_t iv, at = 0;

	if (derive_struct(in, &p, sizeof p) != CKR_OK || p.pReturnedKeyMaterial == NULL)
		return;
	for (size_t pair = 0; pair < 2; pair++) {
		if ((pair == 0 ? p.ulMacSizeInBits : p.ulKeySizeInBits) == 0)
			continue;
		for (size_t i = 0; i < 2 && at < n; i++)
			given[2 * pair + i] = keys[at++];
	}
	memcpy(&to, p.pReturnedKeyMaterial, sizeof to);
	to.hClientMacSecret = given[0];
	to.hServerMacSecret = given[1];
	to.hClientKey = given[2];
	to.hServerKey = given[3];
	memcpy(p.pReturnedKeyMaterial, &to, sizeof to);
	iv = iv_bits(m, &p) / 8;
	if (iv == 0 || out.n != 2 * iv || to.pIVClient == NULL || to.pIVServer == NULL)
		return;
	memcpy(to.pIVClient, out.p, iv);
	memcpy(to.pIVServer, out.p + iv, iv);
}
