/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of derivations: the simple ones, and the table of all. Packed, by kind
 * (little-endian, blobs with a u32 length):
 *   NONE, KEY nothing   STRING the bytes   IV_DATA the IV, then the bytes
 *   POSITION u64 bits   the others: derive_params_*.c
 */
#include "cryptoki/derive_shape.h"

CK_RV
derive_struct(struct bytes in, void *to, size_t n)
{
	if (in.n != n)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(to, in.p, n);
	return CKR_OK;
}

CK_RV
derive_put(struct buf *to, const void *p, CK_ULONG n)
{
	if (n > DERIVE_MAX_DATA || (p == NULL && n != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	buf_put(to, p, n);
	return CKR_OK;
}

CK_RV
derive_put_blob(struct buf *to, const void *p, CK_ULONG n)
{
	if (n > DERIVE_MAX_DATA || (p == NULL && n != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	buf_put_blob(to, BYTES(p, n));
	return CKR_OK;
}

/* --- The simple ones -------------------------------------------------------------- */

static CK_RV
none_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	return in.n == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

static bool
none_check(const struct mech *m, struct bytes packed, bool other)
{
	return packed.n == 0 && !other;
}

static CK_RV
string_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_KEY_DERIVATION_STRING_DATA string;
	CK_RV rv = derive_struct(in, &string, sizeof string);

	return rv == CKR_OK ? derive_put(&to->packed, string.pData, string.ulLen) : rv;
}

static bool
string_check(const struct mech *m, struct bytes packed, bool other)
{
	return packed.n <= DERIVE_MAX_DATA && !other;
}

/* The IV is the structure's first member, whatever the cipher's block. */
static CK_RV
iv_data_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_AES_CBC_ENCRYPT_DATA_PARAMS aes;
	CK_DES_CBC_ENCRYPT_DATA_PARAMS des;
	const bool wide = m->iv_bytes == sizeof aes.iv;
	CK_RV rv = wide ? derive_struct(in, &aes, sizeof aes)
			: derive_struct(in, &des, sizeof des);

	if (rv != CKR_OK)
		return rv;
	buf_put(&to->packed, wide ? aes.iv : des.iv, m->iv_bytes);
	return wide ? derive_put(&to->packed, aes.pData, aes.length)
		    : derive_put(&to->packed, des.pData, des.length);
}

static bool
iv_data_check(const struct mech *m, struct bytes packed, bool other)
{
	return packed.n >= m->iv_bytes && packed.n - m->iv_bytes <= DERIVE_MAX_DATA &&
	       !other;
}

static CK_RV
key_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_RV rv = derive_struct(in, &to->other, sizeof to->other);

	if (rv == CKR_OK && to->other == CK_INVALID_HANDLE)
		rv = CKR_KEY_HANDLE_INVALID;
	return rv;
}

static bool
key_check(const struct mech *m, struct bytes packed, bool other)
{
	return packed.n == 0 && other;
}

static CK_RV
position_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_EXTRACT_PARAMS position;
	CK_RV rv = derive_struct(in, &position, sizeof position);

	if (rv == CKR_OK)
		buf_put_u64(&to->packed, position);
	return rv;
}

static bool
position_check(const struct mech *m, struct bytes packed, bool other)
{
	return packed.n == 8 && !other;
}

/* --------------------------------------------------------------------------------- */

static const struct derive_shape shapes[PARAM_COUNT] = {
	[PARAM_NONE] = { none_pack, none_check, NULL },
	[PARAM_STRING] = { string_pack, string_check, NULL },
	[PARAM_IV_DATA] = { iv_data_pack, iv_data_check, NULL },
	[PARAM_KEY] = { key_pack, key_check, NULL },
	[PARAM_POSITION] = { position_pack, position_check, NULL },
	[PARAM_HKDF] = { hkdf_pack, hkdf_check, NULL },
	[PARAM_PBKDF2] = { pbkdf2_pack, pbkdf2_check, NULL },
	[PARAM_SP800] = { sp800_pack, sp800_check, sp800_give },
	[PARAM_TLS_MASTER] = { tls_master_pack, tls_check, tls_master_give },
	[PARAM_TLS_EXTENDED] = { tls_extended_pack, tls_check, tls_extended_give },
	[PARAM_TLS_KEYS] = { tls_keys_pack, tls_check, tls_keys_give },
	[PARAM_TLS_KDF] = { tls_kdf_pack, tls_check, NULL },
	[PARAM_ECDH1] = { ecdh_pack, agree_check, NULL },
	[PARAM_PUBLIC_VALUE] = { public_value_pack, agree_check, NULL },
	[PARAM_X9_42_DH1] = { x9_42_dh1_pack, agree_check, NULL },
};

void
derive_params_free(struct derive_params *p)
{
	buf_free(&p->packed);
	p->other = CK_INVALID_HANDLE;
}

bool
derive_params_valid(const struct mech *m, struct bytes packed, bool other)
{
	const struct derive_shape *shape = &shapes[m->param];

	return shape->check != NULL && packed.n <= DERIVE_MAX_PARAMS &&
	       shape->check(m, packed, other);
}

CK_RV
derive_params_pack(
	const struct mech *m, const CK_MECHANISM *mechanism, struct derive_params *ret)
{
	struct derive_params p = DERIVE_PARAMS_NONE;
	CK_RV rv;

	if (mechanism == NULL ||
		(mechanism->pParameter == NULL && mechanism->ulParameterLen != 0))
		return CKR_ARGUMENTS_BAD;
	if (shapes[m->param].pack == NULL)
		return CKR_MECHANISM_INVALID;
	rv = shapes[m->param].pack(
		m, BYTES(mechanism->pParameter, mechanism->ulParameterLen), &p);
	if (rv == CKR_OK && !buf_ok(&p.packed))
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK && !derive_params_valid(m, buf_bytes(&p.packed),
				    p.other != CK_INVALID_HANDLE))
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv != CKR_OK) {
		derive_params_free(&p);
		return rv;
	}
	derive_params_free(ret);
	*ret = p;
	return CKR_OK;
}

void
derive_params_return(const struct mech *m, const CK_MECHANISM *mechanism,
	struct bytes out, const CK_OBJECT_HANDLE *keys, size_t n)
{
	const struct bytes in = BYTES(mechanism->pParameter, mechanism->ulParameterLen);

	if (shapes[m->param].give != NULL && in.p != NULL)
		shapes[m->param].give(m, in, out, keys, n);
}

void
derive_params_blame(const struct mech *m, const CK_MECHANISM *mechanism, size_t i)
{
	const struct bytes in = BYTES(mechanism->pParameter, mechanism->ulParameterLen);

	if (m->param == PARAM_SP800 && in.p != NULL)
		sp800_blame(m, in, i);
}

bool
derive_gives_key(const struct mech *m)
{
	return m->param != PARAM_TLS_KEYS;
}
