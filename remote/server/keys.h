/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys in use, decoded: the least recently used go first. One is
 * believed as long as nothing was committed since it was read, and looked at
 * again after that.
 */
#pragma once

#include <openssl/evp.h>

#include "remote/proto/keystore.pb-c.h"
#include "remote/server/objects.h"

struct key {
	EVP_PKEY *pkey;
	struct bytes pub; /* its packed public attributes */
};

/* One key's, and no other's: 'o', token, object; or 'b', SHA-256 of the blob. */
struct key_name {
	uint8_t b[1 + 2 * ID_BYTES];
};

struct key_cache *key_cache_new(void);
void key_cache_free(struct key_cache *cache);
/* After a commit that destroyed a key, or all of a token's (object NULL), those in
 * blobs too: nothing of them stays in memory. */
void key_cache_drop(
	struct key_cache *cache, const struct id *token, const struct id *object);

/* A reference to a private key this caller may see. CKR_KEY_HANDLE_INVALID,
 * CKR_KEY_TYPE_INCONSISTENT (not a private key). */
int key_get(struct call *c, const struct auth *a, const Keystore__V1__KeyRef *ref,
	const struct key **ret) MUST_CHECK;
/* CKR_KEY_HANDLE_INVALID for what is no reference. */
int key_name(struct call *c, const struct auth *a, const Keystore__V1__KeyRef *ref,
	struct key_name *ret) MUST_CHECK;
void key_put(struct call *c, const struct key *key);
