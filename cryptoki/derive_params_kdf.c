/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of HKDF and PBKDF2, packed:
 *   HKDF u8 digest, u8 1 extract + 2 expand, u8 CKF_HKDF_SALT_*, blob salt, blob info
 *   PBKDF2 u8 digest, u32 iterations, blob salt, blob password
 */
#include "cryptoki/derive_kinds.h"
#include "cryptoki/derive_shape.h"

#define EXTRACT 1u
#define EXPAND 2u
#define HKDF_MAX_INFO (32u << 10)       /* bytes, OpenSSL's */
#define PBKDF2_MAX_ITERATIONS 10000000u /* some seconds */

/* --- HKDF: 6.62.2 --------------------------------------------------------------- */

static CK_RV
hkdf_put_salt(const CK_HKDF_PARAMS *p, struct derive_params *to)
{
	/* it is ignored where nothing is extracted */
	const CK_ULONG type = p->bExtract ? p->ulSaltType : CKF_HKDF_SALT_NULL;
	const bool data = type == CKF_HKDF_SALT_DATA;

	if (type != CKF_HKDF_SALT_NULL && type != CKF_HKDF_SALT_DATA &&
		type != CKF_HKDF_SALT_KEY)
		return CKR_MECHANISM_PARAM_INVALID;
	if (type == CKF_HKDF_SALT_KEY && p->hSaltKey == CK_INVALID_HANDLE)
		return CKR_KEY_HANDLE_INVALID;
	if (type == CKF_HKDF_SALT_KEY)
		to->other = p->hSaltKey;
	buf_put_u8(&to->packed, (uint8_t)type);
	return derive_put_blob(
		&to->packed, data ? p->pSalt : NULL, data ? p->ulSaltLen : 0);
}

CK_RV
hkdf_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_HKDF_PARAMS p;
	CK_RV rv = derive_struct(in, &p, sizeof p);

	if (rv != CKR_OK)
		return rv;
	buf_put_u8(&to->packed, (uint8_t)digest_by_mechanism(p.prfHashMechanism));
	buf_put_u8(&to->packed, (p.bExtract ? EXTRACT : 0) | (p.bExpand ? EXPAND : 0));
	rv = hkdf_put_salt(&p, to);
	if (rv == CKR_OK)
		rv = derive_put_blob(&to->packed, p.bExpand ? p.pInfo : NULL,
			p.bExpand ? p.ulInfoLen : 0);
	return rv;
}

bool
hkdf_params_read(struct bytes packed, struct hkdf_params *ret)
{
	struct cursor c = cursor_over(packed);
	const uint8_t digest = cursor_u8(&c);
	const uint8_t stages = cursor_u8(&c);
	const uint8_t salt_type = cursor_u8(&c);

	*ret = (struct hkdf_params){
		.digest = (enum digest)digest,
		.extract = (stages & EXTRACT) != 0,
		.expand = (stages & EXPAND) != 0,
		.salt_is_key = salt_type == CKF_HKDF_SALT_KEY,
		.salt = cursor_blob(&c),
	};
	ret->info = cursor_blob(&c);
	if (!cursor_done(&c) || !digest_is_plain(ret->digest))
		return false;
	if (stages == 0 || stages > (EXTRACT | EXPAND))
		return false;
	if (salt_type != CKF_HKDF_SALT_NULL &&
		(!ret->extract || (salt_type != CKF_HKDF_SALT_DATA && !ret->salt_is_key)))
		return false;
	if (salt_type != CKF_HKDF_SALT_DATA && ret->salt.n != 0)
		return false;
	return ret->salt.n <= DERIVE_MAX_DATA && ret->info.n <= HKDF_MAX_INFO &&
	       (ret->expand || ret->info.n == 0);
}

bool
hkdf_check(const struct mech *m, struct bytes packed, bool other)
{
	struct hkdf_params p;

	return hkdf_params_read(packed, &p) && p.salt_is_key == other;
}

/* --- PBKDF2: 6.37 ----------------------------------------------------------------- */

static enum digest
pbkdf2_digest(CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE prf)
{
	static const uint8_t of[] = {
		[CKP_PKCS5_PBKD2_HMAC_SHA1] = DIGEST_SHA1,
		[CKP_PKCS5_PBKD2_HMAC_SHA224] = DIGEST_SHA224,
		[CKP_PKCS5_PBKD2_HMAC_SHA256] = DIGEST_SHA256,
		[CKP_PKCS5_PBKD2_HMAC_SHA384] = DIGEST_SHA384,
		[CKP_PKCS5_PBKD2_HMAC_SHA512] = DIGEST_SHA512,
		[CKP_PKCS5_PBKD2_HMAC_SHA512_224] = DIGEST_SHA512_224,
		[CKP_PKCS5_PBKD2_HMAC_SHA512_256] = DIGEST_SHA512_256,
	};

	return prf < ARRAY_LEN(of) ? (enum digest)of[prf] : DIGEST_NONE;
}

/* CK_PKCS5_PBKD2_PARAMS, which 2.40 replaced, is of the same size, with a pointer to the
 * password's length. Nothing tells that from a length: it is read as one, and is too long. */
CK_RV
pbkdf2_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_PKCS5_PBKD2_PARAMS2 p;
	CK_RV rv = derive_struct(in, &p, sizeof p);

	if (rv != CKR_OK)
		return rv;
	if (p.saltSource != CKZ_SALT_SPECIFIED || p.pPrfData != NULL ||
		p.ulPrfDataLen != 0 || p.iterations > PBKDF2_MAX_ITERATIONS)
		return CKR_MECHANISM_PARAM_INVALID;
	buf_put_u8(&to->packed, (uint8_t)pbkdf2_digest(p.prf));
	buf_put_u32(&to->packed, (uint32_t)p.iterations);
	rv = derive_put_blob(&to->packed, p.pSaltSourceData, p.ulSaltSourceDataLen);
	return rv == CKR_OK ? derive_put_blob(&to->packed, p.pPassword, p.ulPasswordLen)
			    : rv;
}

bool
pbkdf2_params_read(struct bytes packed, struct pbkdf2_params *ret)
{
	struct cursor c = cursor_over(packed);

	*ret = (struct pbkdf2_params){ .digest = (enum digest)cursor_u8(&c) };
	ret->iterations = cursor_u32(&c);
	ret->salt = cursor_blob(&c);
	ret->password = cursor_blob(&c);
	return cursor_done(&c) && digest_is_plain(ret->digest) && ret->iterations >= 1 &&
	       ret->iterations <= PBKDF2_MAX_ITERATIONS &&
	       ret->salt.n <= DERIVE_MAX_DATA && ret->password.n <= DERIVE_MAX_DATA;
}

bool
pbkdf2_check(const struct mech *m, struct bytes packed, bool other)
{
	struct pbkdf2_params p;

	return pbkdf2_params_read(packed, &p) && !other;
}
