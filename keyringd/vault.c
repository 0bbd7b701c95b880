/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/vault.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/random.h>

#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "cryptoki/key_size.h"
#include "kcapi_backend/keyring.h"

#define KEY_BYTES 32u
#define NONCE_BYTES 12u
#define TAG_BYTES 16u
#define QUOTA_WAIT_MS 100u /* for the sealing key: it has to be there */

/* A struct keyring_key (HOT), or nonce, ciphertext and tag. */
struct vault_item {
	uint32_t n; /* bytes of the secret, and USED; HOT: a kernel key */
	uint8_t sealed[];
};

#define HOT UINT32_MAX
#define USED (1u << 30) /* once: next time it becomes a kernel key */
_Static_assert(sizeof(struct keyring_key) <= NONCE_BYTES + TAG_BYTES, "takes its place");

/* One secret of each usual size stays, so that the memory for those that come and go
 * with each key is not mapped and unmapped each time. */
static const size_t kept_sizes[] = { 16, 32, 64, 128 };

struct vault {
	struct secret kept[ARRAY_LEN(kept_sizes)];
	struct keyring_key sealing;
	bool in_keyring;
	struct secret fallback; /* the sealing key without keyrings */
	EVP_CIPHER *gcm;
	EVP_CIPHER_CTX *ctx;
	uint64_t nonces; /* used: one each, under a key that lives as long as we */
	unsigned hot, hot_max;
	size_t count;
};

/* ---- life */

void
vault_free(struct vault *v)
{
	if (v == NULL)
		return;
	if (v->in_keyring)
		keyring_key_free(&v->sealing);
	secret_free(&v->fallback);
	for (size_t i = 0; i < ARRAY_LEN(kept_sizes); i++)
		secret_free(&v->kept[i]);
	EVP_CIPHER_CTX_free(v->ctx);
	EVP_CIPHER_free(v->gcm);
	free(v);
}

static void
vault_free_ref(struct vault **v)
{
	vault_free(*v);
}

static int
sealing_key_make(struct vault *v)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	int r = secret_new(KEY_BYTES, &key);

	if (r != 0)
		return r;
	if (getrandom(key.p, key.n, 0) != (ssize_t)key.n)
		return -EIO;
	r = keyring_key_new(KEYRING_USER, secret_bytes(&key), QUOTA_WAIT_MS, &v->sealing);
	v->in_keyring = r == 0;
	if (r != 0) {
		v->fallback = key;
		key = SECRET_NONE;
	}
	return 0;
}

int
vault_new(unsigned hot, struct vault **ret)
{
	CLEANUP(vault_free_ref)
	struct vault *v = calloc(1, sizeof *v);
	int r;

	if (v == NULL)
		return -ENOMEM;
	r = sealing_key_make(v);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(kept_sizes); i++)
		r = secret_new(kept_sizes[i], &v->kept[i]);
	if (r != 0)
		return r;
	v->gcm = EVP_CIPHER_fetch(crypto_libctx(), "AES-256-GCM", NULL);
	v->ctx = EVP_CIPHER_CTX_new();
	if (v->gcm == NULL || v->ctx == NULL)
		return -ENOMEM;
	v->hot_max = v->in_keyring ? hot : 0;
	*ret = TAKE_PTR(v);
	return 0;
}

bool
vault_has_keyring(const struct vault *v)
{
	return v->in_keyring;
}

size_t
vault_count(const struct vault *v)
{
	return v->count;
}

/* ---- sealing */

static int
sealing_key_get(const struct vault *v, struct secret *ret)
{
	if (v->in_keyring)
		return keyring_key_read(&v->sealing, ret);
	return secret_copy(secret_bytes(&v->fallback), ret);
}

/* Seals (tag written) or opens (tag checked) n bytes. */
static int
aes_gcm(struct vault *v, bool seal, const uint8_t nonce[NONCE_BYTES], const uint8_t *from,
	size_t n, uint8_t *to, uint8_t tag[TAG_BYTES])
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	int out = 0, rest = 0, r = sealing_key_get(v, &key);
	bool ok;

	if (r != 0)
		return r;
	ok = EVP_CipherInit_ex2(v->ctx, v->gcm, key.p, nonce, seal, NULL) == 1 &&
	     (seal || EVP_CIPHER_CTX_ctrl(
			      v->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1) &&
	     EVP_CipherUpdate(v->ctx, to, &out, from, (int)n) == 1 &&
	     EVP_CipherFinal_ex(v->ctx, to + out, &rest) == 1 &&
	     (!seal || EVP_CIPHER_CTX_ctrl(
			       v->ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, tag) == 1);
	/* the key schedule goes with it */
	(void)EVP_CIPHER_CTX_reset(v->ctx);
	return ok && (size_t)out + (size_t)rest == n ? 0 : -EIO;
}

static int
put_sealed(struct vault *v, struct bytes secret, struct vault_item **ret)
{
	struct vault_item *item =
		malloc(sizeof *item + NONCE_BYTES + secret.n + TAG_BYTES);
	uint8_t *at;
	int r;

	if (item == NULL)
		return -ENOMEM;
	item->n = (uint32_t)secret.n;
	at = item->sealed + NONCE_BYTES;
	memset(item->sealed, 0, NONCE_BYTES);
	store_le64(item->sealed, ++v->nonces);
	r = aes_gcm(v, true, item->sealed, secret.p, secret.n, at, at + secret.n);
	if (r != 0) {
		free(item);
		return r;
	}
	*ret = item;
	return 0;
}

/* ---- items */

static struct keyring_key
hot_key(const struct vault_item *item)
{
	struct keyring_key key;

	memcpy(&key, item->sealed, sizeof key); /* not aligned for it */
	return key;
}

/* In its own place. Where there is no room in the keyring it stays as it is. */
static void
item_heat(struct vault *v, struct vault_item *item, struct bytes secret)
{
	struct keyring_key key;

	if (v->hot >= v->hot_max || secret.n == 0 ||
		keyring_key_new(KEYRING_USER, secret, 0, &key) != 0)
		return;
	wipe(item->sealed, NONCE_BYTES + secret.n + TAG_BYTES);
	item->n = HOT;
	memcpy(item->sealed, &key, sizeof key);
	v->hot++;
}

int
vault_put(struct vault *v, struct bytes secret, struct vault_item **ret)
{
	int r;

	if (secret.n > SECRET_KEY_MAX)
		return -EMSGSIZE;
	r = put_sealed(v, secret, ret);
	if (r == 0)
		v->count++;
	return r;
}

int
vault_get(struct vault *v, struct vault_item *item, struct secret *ret)
{
	CLEANUP(secret_free)
	struct secret plain = SECRET_NONE;
	uint8_t tag[TAG_BYTES], none;
	struct keyring_key key;
	const uint8_t *at;
	uint32_t n;
	int r;

	if (item->n == HOT) {
		key = hot_key(item);
		return keyring_key_read(&key, ret);
	}
	n = item->n & ~USED;
	r = secret_new(n, &plain);
	if (r != 0)
		return r;
	at = item->sealed + NONCE_BYTES;
	memcpy(tag, at + n, sizeof tag);
	r = aes_gcm(
		v, false, item->sealed, at, n, plain.p != NULL ? plain.p : &none, tag);
	if (r != 0)
		return r;
	if ((item->n & USED) != 0)
		item_heat(v, item, secret_bytes(&plain));
	else
		item->n |= USED;
	*ret = plain;
	plain = SECRET_NONE;
	return 0;
}

void
vault_delete(struct vault *v, struct vault_item **item)
{
	struct keyring_key key;

	if (*item == NULL)
		return;
	if ((*item)->n == HOT) {
		key = hot_key(*item);
		keyring_key_free(&key);
		v->hot--;
	}
	free(*item);
	*item = NULL;
	v->count--;
}
