/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of ECDH, packed: u32 CKD_*, blob shared data, blob public data. */
#include "cryptoki/derive_kinds.h"
#include "cryptoki/derive_shape.h"

static const struct {
	uint32_t kdf;
	enum digest digest;
	bool counter_first;
} kdfs[] = {
	{ CKD_NULL, DIGEST_NONE, false },
	{ CKD_SHA1_KDF, DIGEST_SHA1, false },
	{ CKD_SHA224_KDF, DIGEST_SHA224, false },
	{ CKD_SHA256_KDF, DIGEST_SHA256, false },
	{ CKD_SHA384_KDF, DIGEST_SHA384, false },
	{ CKD_SHA512_KDF, DIGEST_SHA512, false },
	{ CKD_SHA3_224_KDF, DIGEST_SHA3_224, false },
	{ CKD_SHA3_256_KDF, DIGEST_SHA3_256, false },
	{ CKD_SHA3_384_KDF, DIGEST_SHA3_384, false },
	{ CKD_SHA3_512_KDF, DIGEST_SHA3_512, false },
	{ CKD_SHA1_KDF_SP800, DIGEST_SHA1, true },
	{ CKD_SHA224_KDF_SP800, DIGEST_SHA224, true },
	{ CKD_SHA256_KDF_SP800, DIGEST_SHA256, true },
	{ CKD_SHA384_KDF_SP800, DIGEST_SHA384, true },
	{ CKD_SHA512_KDF_SP800, DIGEST_SHA512, true },
	{ CKD_SHA3_224_KDF_SP800, DIGEST_SHA3_224, true },
	{ CKD_SHA3_256_KDF_SP800, DIGEST_SHA3_256, true },
	{ CKD_SHA3_384_KDF_SP800, DIGEST_SHA3_384, true },
	{ CKD_SHA3_512_KDF_SP800, DIGEST_SHA3_512, true },
};

/* CKD_NULL hashes nothing that could be shared: 6.3.16. */
bool
ecdh_params_make(
	CK_ULONG kdf, struct bytes shared, struct bytes public, struct ecdh_params *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(kdfs); i++) {
		if (kdfs[i].kdf != kdf)
			continue;
		*ret = (struct ecdh_params){ kdf, kdfs[i].digest, kdfs[i].counter_first,
			shared, public };
		return public.n != 0 && public.n <= DERIVE_MAX_DATA &&
		       shared.n <= DERIVE_MAX_DATA && (kdf != CKD_NULL || shared.n == 0);
	}
	return false;
}

CK_RV
ecdh_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_ECDH1_DERIVE_PARAMS p;
	CK_RV rv = derive_struct(in, &p, sizeof p);

	if (rv != CKR_OK)
		return rv;
	if (p.kdf > UINT32_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	buf_put_u32(&to->packed, (uint32_t)p.kdf);
	rv = derive_put_blob(&to->packed, p.pSharedData, p.ulSharedDataLen);
	return rv == CKR_OK
		       ? derive_put_blob(&to->packed, p.pPublicData, p.ulPublicDataLen)
		       : rv;
}

bool
ecdh_params_read(struct bytes packed, struct ecdh_params *ret)
{
	struct cursor c = cursor_over(packed);
	const CK_ULONG kdf = cursor_u32(&c);
	const struct bytes shared = cursor_blob(&c), public = cursor_blob(&c);

	return cursor_done(&c) && ecdh_params_make(kdf, shared, public, ret);
}

bool
ecdh_check(const struct mech *m, struct bytes packed, bool other)
{
	struct ecdh_params p;

	return ecdh_params_read(packed, &p) && !other;
}
