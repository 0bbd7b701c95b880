/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/mech_table.h"
#include "cryptoki/vendor.h"

/* clang-format off */

const struct digest_info digests[DIGEST_COUNT] = {
	[DIGEST_NONE] = { "none", 0, 0, CK_UNAVAILABLE_INFORMATION, 0,
		CK_UNAVAILABLE_INFORMATION, NULL, false },
	[DIGEST_SHA1] = { "SHA1", 20, 64, CKM_SHA_1, CKG_MGF1_SHA1, CKK_SHA_1_HMAC, NULL, false },
	[DIGEST_SHA224] = { "SHA2-224", 28, 64, CKM_SHA224, CKG_MGF1_SHA224,
		CKK_SHA224_HMAC, NULL, false },
	[DIGEST_SHA256] = { "SHA2-256", 32, 64, CKM_SHA256, CKG_MGF1_SHA256,
		CKK_SHA256_HMAC, NULL, false },
	[DIGEST_SHA384] = { "SHA2-384", 48, 128, CKM_SHA384, CKG_MGF1_SHA384,
		CKK_SHA384_HMAC, NULL, false },
	[DIGEST_SHA512] = { "SHA2-512", 64, 128, CKM_SHA512, CKG_MGF1_SHA512,
		CKK_SHA512_HMAC, NULL, false },
	[DIGEST_SHA512_224] = { "SHA2-512/224", 28, 128, CKM_SHA512_224, 0,
		CKK_SHA512_224_HMAC, NULL, false },
	[DIGEST_SHA512_256] = { "SHA2-512/256", 32, 128, CKM_SHA512_256, 0,
		CKK_SHA512_256_HMAC, NULL, false },
	[DIGEST_SHA3_224] = { "SHA3-224", 28, 144, CKM_SHA3_224, CKG_MGF1_SHA3_224,
		CKK_SHA3_224_HMAC, NULL, false },
	[DIGEST_SHA3_256] = { "SHA3-256", 32, 136, CKM_SHA3_256, CKG_MGF1_SHA3_256,
		CKK_SHA3_256_HMAC, NULL, false },
	[DIGEST_SHA3_384] = { "SHA3-384", 48, 104, CKM_SHA3_384, CKG_MGF1_SHA3_384,
		CKK_SHA3_384_HMAC, NULL, false },
	[DIGEST_SHA3_512] = { "SHA3-512", 64, 72, CKM_SHA3_512, CKG_MGF1_SHA3_512,
		CKK_SHA3_512_HMAC, NULL, false },
	[DIGEST_BLAKE2B_160] = { "BLAKE2B-160", 20, 128, CKM_BLAKE2B_160, 0,
		CKK_BLAKE2B_160_HMAC, "BLAKE2B-512", false },
	[DIGEST_BLAKE2B_256] = { "BLAKE2B-256", 32, 128, CKM_BLAKE2B_256, 0,
		CKK_BLAKE2B_256_HMAC, "BLAKE2B-512", false },
	[DIGEST_BLAKE2B_384] = { "BLAKE2B-384", 48, 128, CKM_BLAKE2B_384, 0,
		CKK_BLAKE2B_384_HMAC, "BLAKE2B-512", false },
	[DIGEST_BLAKE2B_512] = { "BLAKE2B-512", 64, 128, CKM_BLAKE2B_512, 0,
		CKK_BLAKE2B_512_HMAC, NULL, false },
	[DIGEST_SHAKE128] = { "SHAKE-128", 32, 168, CKM_KT_SHAKE_128, 0,
		CK_UNAVAILABLE_INFORMATION, NULL, true },
	[DIGEST_SHAKE256] = { "SHAKE-256", 64, 136, CKM_KT_SHAKE_256, 0,
		CK_UNAVAILABLE_INFORMATION, NULL, true },
};

const struct cipher_info ciphers[CIPHER_COUNT] = {
	[CIPHER_AES] = { .block = 16 },
	[CIPHER_DES3] = { .block = 8 },
	[CIPHER_CHACHA20] = { .block = 1 },
};

const struct algorithm_info algorithms[ALG_COUNT] = {
	[ALG_ECB] = { .in_blocks = true },
	[ALG_CBC] = { .in_blocks = true },
	[ALG_CBC_PAD] = { .in_blocks = true, .shortens = true, .wraps_private = true },
	[ALG_CTR] = { .streams = true },
	[ALG_CTS] = { .in_blocks = true },
	[ALG_OFB] = { .streams = true },
	[ALG_CFB8] = { .streams = true },
	[ALG_CFB64] = { .streams = true },
	[ALG_CFB128] = { .streams = true },
	[ALG_GCM] = { .wraps_private = true },
	[ALG_CCM] = { .wraps_private = true },
	[ALG_KW] = { .wraps_private = true },
	[ALG_KWP] = { .shortens = true, .wraps_private = true },
	[ALG_KW_PKCS7] = { .shortens = true, .wraps_private = true },
	[ALG_CHACHA20] = { .streams = true },
	[ALG_POLY1305] = { .mac = 16 },
	[ALG_KMAC128] = { .mac = 32 },
	[ALG_KMAC256] = { .mac = 64 },
	[ALG_RSA_PKCS] = { .shortens = true },
	[ALG_RSA_OAEP] = { .shortens = true },
	[ALG_RSA_AES] = { .shortens = true, .wraps_private = true },
};

/* clang-format on */

const struct mech *
mech_lookup_legacy(CK_MECHANISM_TYPE type)
{
	size_t low = 0, high = mechs_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (mechs[mid].type == type)
			return &mechs[mid];
		if (mechs[mid].type < type)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct mech *
mech_lookup(CK_MECHANISM_TYPE type)
{
	const struct mech *m = mech_lookup_legacy(type);

	if (m == NULL || !m->legacy)
		return m;
	for (size_t i = 0; i < mechs_everywhere_count; i++)
		if (mechs_everywhere[i].type == type)
			return &mechs_everywhere[i];
	return NULL;
}

bool
mech_has_pair(const struct mech *m)
{
	static const CK_KEY_TYPE pairs[] = { CKK_RSA, CKK_DSA, CKK_DH, CKK_X9_42_DH,
		CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY, CKK_ML_KEM, CKK_ML_DSA,
		CKK_SLH_DSA, CKK_IBM_PQC_DILITHIUM };

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (m->key_type == pairs[i])
			return true;
	return false;
}

bool
mech_signs_parts(const struct mech *m)
{
	return m->digest != DIGEST_NONE || m->algorithm == ALG_EDDSA ||
	       m->param == PARAM_SIGN_CONTEXT || !mech_has_pair(m);
}

bool
mech_generates_from_password(const struct mech *m)
{
	return m->algorithm == ALG_PBKDF2;
}

bool
mech_wraps_private(const struct mech *m)
{
	return (m->flags & CKF_WRAP) != 0 && !m->legacy &&
	       algorithms[m->algorithm].wraps_private;
}

size_t
mech_mac_size(const struct mech *m)
{
	if ((m->flags & CKF_SIGN) == 0)
		return 0;
	if (algorithms[m->algorithm].mac != 0)
		return algorithms[m->algorithm].mac;
	return m->cipher != CIPHER_NONE ? ciphers[m->cipher].block
					: digests[m->digest].size;
}

bool
digest_is_plain(enum digest d)
{
	return d > DIGEST_NONE && d < DIGEST_COUNT && digests[d].sized_from == NULL &&
	       !digests[d].extends;
}

enum digest
digest_by_mechanism(CK_MECHANISM_TYPE mechanism)
{
	for (enum digest d = DIGEST_NONE + 1; d < DIGEST_COUNT; d++) {
		if (digests[d].mechanism == mechanism)
			return d;
	}
	return DIGEST_NONE;
}

enum digest
digest_by_mgf(CK_RSA_PKCS_MGF_TYPE mgf)
{
	for (enum digest d = DIGEST_NONE + 1; d < DIGEST_COUNT; d++) {
		if (mgf != 0 && digests[d].mgf == mgf)
			return d;
	}
	return DIGEST_NONE;
}
