/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of Diffie-Hellman, whatever the group, packed: u32 CKD_*, blob shared data, blob
 * public data. */
#include "cryptoki/derive_kinds.h"
#include "cryptoki/derive_shape.h"

enum { FOR_ECDH = 1 << 0, FOR_PKCS3 = 1 << 1, FOR_X9_42 = 1 << 2 };

static const struct {
	uint32_t kdf;
	enum digest digest;
	enum agree_counter counter;
	uint8_t kinds;
} kdfs[] = {
	{ CKD_NULL, DIGEST_NONE, COUNTER_NONE, FOR_ECDH | FOR_PKCS3 | FOR_X9_42 },
	{ CKD_SHA1_KDF, DIGEST_SHA1, COUNTER_SECOND, FOR_ECDH },
	{ CKD_SHA1_KDF_ASN1, DIGEST_SHA1, COUNTER_WITHIN, FOR_X9_42 },
	{ CKD_SHA1_KDF_CONCATENATE, DIGEST_SHA1, COUNTER_SECOND, FOR_X9_42 },
	{ CKD_SHA224_KDF, DIGEST_SHA224, COUNTER_SECOND, FOR_ECDH },
	{ CKD_SHA256_KDF, DIGEST_SHA256, COUNTER_SECOND, FOR_ECDH },
	{ CKD_SHA384_KDF, DIGEST_SHA384, COUNTER_SECOND, FOR_ECDH },
	{ CKD_SHA512_KDF, DIGEST_SHA512, COUNTER_SECOND, FOR_ECDH },
	{ CKD_SHA3_224_KDF, DIGEST_SHA3_224, COUNTER_SECOND, FOR_ECDH },
	{ CKD_SHA3_256_KDF, DIGEST_SHA3_256, COUNTER_SECOND, FOR_ECDH },
	{ CKD_SHA3_384_KDF, DIGEST_SHA3_384, COUNTER_SECOND, FOR_ECDH },
	{ CKD_SHA3_512_KDF, DIGEST_SHA3_512, COUNTER_SECOND, FOR_ECDH },
	{ CKD_SHA1_KDF_SP800, DIGEST_SHA1, COUNTER_FIRST, FOR_ECDH },
	{ CKD_SHA224_KDF_SP800, DIGEST_SHA224, COUNTER_FIRST, FOR_ECDH },
	{ CKD_SHA256_KDF_SP800, DIGEST_SHA256, COUNTER_FIRST, FOR_ECDH },
	{ CKD_SHA384_KDF_SP800, DIGEST_SHA384, COUNTER_FIRST, FOR_ECDH },
	{ CKD_SHA512_KDF_SP800, DIGEST_SHA512, COUNTER_FIRST, FOR_ECDH },
	{ CKD_SHA3_224_KDF_SP800, DIGEST_SHA3_224, COUNTER_FIRST, FOR_ECDH },
	{ CKD_SHA3_256_KDF_SP800, DIGEST_SHA3_256, COUNTER_FIRST, FOR_ECDH },
	{ CKD_SHA3_384_KDF_SP800, DIGEST_SHA3_384, COUNTER_FIRST, FOR_ECDH },
	{ CKD_SHA3_512_KDF_SP800, DIGEST_SHA3_512, COUNTER_FIRST, FOR_ECDH },
};

static const uint8_t kinds[PARAM_COUNT] = {
	[PARAM_ECDH1] = FOR_ECDH,
	[PARAM_PUBLIC_VALUE] = FOR_PKCS3,
	[PARAM_X9_42_DH1] = FOR_X9_42,
};

/* --- X9.42's OtherInfo (RFC 2631, 2.1.2) ----------------------------------------------- */

enum { DER_OCTET_STRING = 0x04, DER_OID = 0x06, DER_SEQUENCE = 0x30 };

/* The content of what comes next, if that is its tag. */
static bool
der_take(struct cursor *c, uint8_t tag, struct bytes *ret)
{
	size_t n, first;

	if (cursor_u8(c) != tag)
		return false;
	n = first = cursor_u8(c);
	if (first == 0x81) {
		n = cursor_u8(c);
	} else if (first == 0x82) {
		n = (size_t)cursor_u8(c) << 8;
		n |= cursor_u8(c);
	}
	if ((first >= 0x80 && first != 0x81 && first != 0x82) ||
		(first == 0x81 && n < 0x80) || (first == 0x82 && n < 0x100))
		return false;
	*ret = cursor_bytes(c, n);
	return cursor_ok(c);
}

/* Where its counter is, which stands at one. What follows the key's information may be
 * anything. */
static bool
counter_find(struct bytes info, size_t *ret)
{
	static const uint8_t one[4] = { 0, 0, 0, 1 };
	struct bytes all, key, oid, counter;
	struct cursor c = cursor_over(info);

	if (!der_take(&c, DER_SEQUENCE, &all) || cursor_left(&c) != 0)
		return false;
	c = cursor_over(all);
	if (!der_take(&c, DER_SEQUENCE, &key))
		return false;
	c = cursor_over(key);
	if (!der_take(&c, DER_OID, &oid) || !der_take(&c, DER_OCTET_STRING, &counter) ||
		cursor_left(&c) != 0 || !bytes_equal(counter, BYTES_OF(one)))
		return false;
	*ret = (size_t)(counter.p - info.p);
	return true;
}

/* --- All ------------------------------------------------------------------------------- */

/* CKD_NULL hashes nothing that could be shared: 6.3.16, 6.4. */
bool
agree_params_make(const struct mech *m, CK_ULONG kdf, struct bytes shared,
	struct bytes public, struct agree_params *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(kdfs); i++) {
		if (kdfs[i].kdf != kdf || (kdfs[i].kinds & kinds[m->param]) == 0)
			continue;
		*ret = (struct agree_params){ kdf, kdfs[i].digest, kdfs[i].counter, 0,
			shared, public };
		if (public.n == 0 || public.n > DERIVE_MAX_DATA ||
			shared.n > DERIVE_MAX_DATA || (kdf == CKD_NULL && shared.n != 0))
			return false;
		return ret->counter != COUNTER_WITHIN ||
		       counter_find(shared, &ret->counter_at);
	}
	return false;
}

static CK_RV
pack(CK_ULONG kdf, struct bytes shared, struct bytes public, struct derive_params *to)
{
	CK_RV rv;

	if (kdf > UINT32_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	buf_put_u32(&to->packed, (uint32_t)kdf);
	rv = derive_put_blob(&to->packed, shared.p, shared.n);
	return rv == CKR_OK ? derive_put_blob(&to->packed, public.p, public.n) : rv;
}

CK_RV
ecdh_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_ECDH1_DERIVE_PARAMS p;
	CK_RV rv = derive_struct(in, &p, sizeof p);

	return rv == CKR_OK ? pack(p.kdf, BYTES(p.pSharedData, p.ulSharedDataLen),
				      BYTES(p.pPublicData, p.ulPublicDataLen), to)
			    : rv;
}

/* 6.4: the other side's number and nothing else. */
CK_RV
public_value_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	return pack(CKD_NULL, BYTES_NONE, in, to);
}

CK_RV
x9_42_dh1_pack(const struct mech *m, struct bytes in, struct derive_params *to)
{
	CK_X9_42_DH1_DERIVE_PARAMS p;
	CK_RV rv = derive_struct(in, &p, sizeof p);

	return rv == CKR_OK ? pack(p.kdf, BYTES(p.pOtherInfo, p.ulOtherInfoLen),
				      BYTES(p.pPublicData, p.ulPublicDataLen), to)
			    : rv;
}

bool
agree_params_read(const struct mech *m, struct bytes packed, struct agree_params *ret)
{
	struct cursor c = cursor_over(packed);
	const CK_ULONG kdf = cursor_u32(&c);
	const struct bytes shared = cursor_blob(&c), public = cursor_blob(&c);

	return cursor_done(&c) && agree_params_make(m, kdf, shared, public, ret);
}

bool
agree_check(const struct mech *m, struct bytes packed, bool other)
{
	struct agree_params p;

	return agree_params_read(m, packed, &p) && !other;
}
