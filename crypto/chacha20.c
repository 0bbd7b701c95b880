/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What OpenSSL's ChaCha20 leaves to do: the three kinds of nonces. Its IV is the end of the
 * cipher's state, a counter that it carries into 64 bits and the rest; so the original's
 * and the IETF's are the same to it, as long as the counter does not wrap.
 */
#include "crypto/cipher.h"

#include "common/secret.h"
#include "crypto/library.h"

#define KEY 32u
#define STATE_IV 16u
#define BLOCK 64u

uint64_t
chacha20_room(const struct mech_params *p)
{
	uint64_t counter = p->counter_bits == 32 ? load_le32(p->iv) : load_le64(p->iv);
	uint64_t left = (p->counter_bits == 32 ? UINT32_MAX : UINT64_MAX) - counter;

	return left >= UINT64_MAX / BLOCK ? UINT64_MAX : (left + 1) * BLOCK;
}

static const EVP_CIPHER *
chacha20(void)
{
	const EVP_CIPHER *evp;

	return cipher_find(mech_lookup(CKM_CHACHA20), KEY, &evp) == CKR_OK ? evp : NULL;
}

/* HChaCha20 (draft-irtf-cfrg-xchacha-03, 2.2): the rounds without the addition of the state
 * that ends a block, which is taken back here. Its words are 4 constants, the key, and what
 * the nonce is. */
CK_RV
chacha20_subkey(struct bytes key, const uint8_t nonce[16], uint8_t ret[32])
{
	static const char constants[] = "expand 32-byte k";
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t block[BLOCK] = { 0 };
	int n = 0;
	CK_RV rv = CKR_HOST_MEMORY;

	if (ctx != NULL &&
		EVP_EncryptInit_ex2(ctx, chacha20(), key.p, nonce, NULL) == 1 &&
		EVP_EncryptUpdate(ctx, block, &n, block, sizeof block) == 1) {
		for (size_t i = 0; i < 16; i += 4) {
			store_le32(ret + i,
				load_le32(block + i) -
					load_le32((const uint8_t *)constants + i));
			store_le32(ret + 16 + i,
				load_le32(block + 48 + i) - load_le32(nonce + i));
		}
		rv = CKR_OK;
	}
	wipe(block, sizeof block);
	EVP_CIPHER_CTX_free(ctx);
	return rv;
}

CK_RV
chacha20_arm(EVP_CIPHER_CTX *ctx, struct bytes key, const struct mech_params *p)
{
	uint8_t iv[STATE_IV], subkey[KEY];
	CK_RV rv = CKR_OK;
	int ok;

	if (p->iv_len == STATE_IV)
		return EVP_CipherInit_ex2(ctx, NULL, key.p, p->iv, -1, NULL) == 1
			       ? CKR_OK
			       : CKR_FUNCTION_FAILED;
	if (p->iv_len != 8 + 24)
		return CKR_MECHANISM_PARAM_INVALID;
	/* the counter, and what of the nonce makes no key */
	memcpy(iv, p->iv, 8);
	memcpy(iv + 8, p->iv + 8 + 16, 8);
	rv = chacha20_subkey(key, p->iv + 8, subkey);
	if (rv != CKR_OK)
		return rv;
	ok = EVP_CipherInit_ex2(ctx, NULL, subkey, iv, -1, NULL);
	wipe(subkey, sizeof subkey);
	return ok == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}
