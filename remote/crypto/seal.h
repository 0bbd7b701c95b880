/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealing: AES-256-GCM with a random 96-bit nonce; layout
 *   u8 version (1)   12-byte nonce   ciphertext   16-byte tag
 * What identifies the sealed thing is authenticated with it, so that rows of a
 * database cannot be swapped.
 *
 * Nonces are random, so one key seals at most 2^32 times: the master key wraps
 * token keys and session blobs through a key derived per use (HKDF-SHA-256 with a
 * 32-byte salt that travels in front), token keys seal objects.
 */
#pragma once

#include "common/buf.h"
#include "common/secret.h"

#define SEAL_KEY 32u
#define SEAL_OVERHEAD 29u
#define SEAL_BLOB_OVERHEAD (32u + SEAL_OVERHEAD)

/* The key of keys: from a file with checked permissions. */
struct master_key {
	struct secret key; /* SEAL_KEY bytes */
	uint64_t generation;
};

/* Reads 32 raw bytes or 64 hexadecimal digits. err as in storage_open. */
int master_key_read(
	const char *path, struct master_key *ret, char *err, size_t err_len) MUST_CHECK;
/* Makes a new file, mode 0600, on disk when it returns; -EEXIST if there is one. */
int master_key_create(const char *path, char *err, size_t err_len) MUST_CHECK;
void master_key_free(struct master_key *mk);

/* key: SEAL_KEY bytes. aad: authenticated. Appends to `to`. 0, -ENOMEM, -EINVAL. */
int seal(struct bytes key, struct bytes aad, struct bytes plain,
	struct buf *to) MUST_CHECK;
/* 0; -EBADMSG when it is not what was sealed; -ENOMEM, -EINVAL for the key. Nothing is released before the
 * tag is right. */
int unseal(struct bytes key, struct bytes aad, struct bytes sealed,
	struct secret *ret) MUST_CHECK;
/* The same under the master key, through a derived key. */
int master_seal(const struct master_key *mk, const char *purpose, struct bytes aad,
	struct bytes plain, struct buf *to) MUST_CHECK;
int master_unseal(const struct master_key *mk, const char *purpose, struct bytes aad,
	struct bytes sealed, struct secret *ret) MUST_CHECK;
