/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keystored keeps, behind one small interface: SQLite embedded, others
 * later. Rows are plain structs; secrets in them are sealed before they get
 * here, so nothing in a database file is worth stealing without the master
 * key. Every function may block and is called from worker threads.
 */
#pragma once

#include "common/bytes.h"
#include "common/buf.h"

struct storage;

#define ID_BYTES 16u

struct id {
	uint8_t b[ID_BYTES];
};

/* A PIN's verifier: scrypt(PIN, salt, N, r, p), itself sealed under the token's
 * key so that a stolen database cannot be searched for PINs. */
struct pin_row {
	bool set;
	uint32_t failures; /* since the last success */
	uint8_t salt[16];
	uint32_t log_n, r, p;
	struct bytes verifier; /* sealed */
};

struct token_row {
	struct id id;
	uint64_t number; /* order of creation; never used again */
	struct bytes label;
	bool initialized;
	uint64_t epoch, revision;
	struct id public_space, private_space;
	struct pin_row so, user;
	struct bytes wrapped_key; /* the token's key under the master key */
	uint64_t master_generation;
	struct bytes hosts; /* names separated by NUL; "*" for all */
	/* Counted by the store; not taken from the caller. */
	uint64_t objects;
	uint64_t misplaced; /* see enum pair_part */
};

/*
 * What belongs to a key pair, and so to what PKCS #11 Profiles 3.2, 5.5 wants of a token with
 * public certificates. Misplaced there is
 *   a certificate that is private;
 *   one whose private key is here with another name (CKA_ID), or is private and has no
 *   public key that is not, with the certificate's name;
 *   a private key of which nobody knows whose it is.
 */
enum pair_part {
	PART_NONE,
	PART_CERTIFICATE,
	PART_PRIVATE_KEY,
	PART_PUBLIC_KEY,
	PART_UNKNOWN, /* such a private key */
};

#define PAIR_BYTES 32u

struct object_row {
	struct id id;
	uint64_t revision;
	bool private;
	struct bytes attributes; /* packed, never secret */
	struct bytes sealed;     /* packed secret attributes, sealed; may be empty */
	/* Not read back. */
	enum pair_part part;
	uint8_t pair[PAIR_BYTES]; /* the same of all that belong together */
	struct bytes name;
};

struct ticket_row {
	uint8_t hash[32]; /* SHA-256 of the ticket */
	struct id token;
	uint64_t epoch;
	uint8_t role;
	uint8_t host[32];    /* fingerprint of the client's certificate */
	uint64_t expires_ms; /* since 1970 */
};

/* What a changing request did, so that a retry gets the same answer. */
struct request_row {
	struct id id;
	uint8_t digest[32]; /* HMAC over certificate, token, method and request */
	uint64_t time_ms;
	uint64_t revision;
	struct id objects[2]; /* made by it; zeroes: none. A login: the PIN's salt */
	uint64_t ckr;         /* a login's verdict; else CKR_OK */
};

/* One transaction's hands. Row results borrow from the transaction and last
 * until its next call. 0; -ENOENT no such row; -EEXIST; -EIO, -ENOSPC (disk full),
 * -ENOMEM. Ranges given are copied. */
struct storage_tx;

int token_get(
	struct storage_tx *tx, const struct id *id, struct token_row *ret) MUST_CHECK;
/* each() in order of number; stops when it returns non-zero, which is returned. */
int token_each(struct storage_tx *tx, int (*each)(void *arg, const struct token_row *row),
	void *arg) MUST_CHECK;
/* Inserts (number is chosen and set) or replaces. */
int token_insert(struct storage_tx *tx, struct token_row *row) MUST_CHECK;
int token_update(struct storage_tx *tx, const struct token_row *row) MUST_CHECK;
/* With its objects, tombstones, tickets and requests. */
int token_delete(struct storage_tx *tx, const struct id *id) MUST_CHECK;
/* Raises and returns the token's revision: first in every change of its objects. */
int token_next_revision(
	struct storage_tx *tx, const struct id *id, uint64_t *ret) MUST_CHECK;

int object_get(struct storage_tx *tx, const struct id *token, const struct id *id,
	struct object_row *ret) MUST_CHECK;
int object_put(struct storage_tx *tx, const struct id *token,
	const struct object_row *row) MUST_CHECK;
/* Leaves a tombstone with this revision. */
int object_delete(struct storage_tx *tx, const struct id *token, const struct id *id,
	uint64_t revision) MUST_CHECK;
/* All objects of the token (C_InitToken), tombstones too. */
int object_delete_all(struct storage_tx *tx, const struct id *token) MUST_CHECK;
uint64_t object_count(struct storage_tx *tx, const struct id *token);
/* Changes after a revision in order of revision, at most limit; deleted ones
 * have empty attributes. No two objects of a token have the same revision:
 * a put that would make it so is -EEXIST. */
int object_each_since(struct storage_tx *tx, const struct id *token, uint64_t revision,
	bool with_private, unsigned limit,
	int (*each)(void *arg, const struct object_row *row, bool deleted),
	void *arg) MUST_CHECK;

/* Tombstones are kept for TOMBSTONE_MS. Who comes back with an older revision
 * than this one (0: none was dropped yet) may have missed a deletion and has to
 * begin from zero; who has begun from zero need not ask again. */
#define TOMBSTONE_MS (24ull * 60 * 60 * 1000)
int object_horizon(
	struct storage_tx *tx, const struct id *token, uint64_t *ret) MUST_CHECK;

/* Inserts or replaces; -ENOENT without its token. */
int ticket_put(struct storage_tx *tx, const struct ticket_row *row) MUST_CHECK;
int ticket_get(
	struct storage_tx *tx, const uint8_t hash[32], struct ticket_row *ret) MUST_CHECK;
int ticket_delete(struct storage_tx *tx, const uint8_t hash[32]) MUST_CHECK;
/* role 0: all roles. */
int ticket_delete_all(
	struct storage_tx *tx, const struct id *token, uint8_t role) MUST_CHECK;
/* The same but for those of one host: whoever changes a PIN stays logged in. */
int ticket_delete_others(struct storage_tx *tx, const struct id *token, uint8_t role,
	const uint8_t host[32]) MUST_CHECK;

int request_get(
	struct storage_tx *tx, const struct id *id, struct request_row *ret) MUST_CHECK;
/* Inserts or replaces. The token may be gone already. */
int request_put(struct storage_tx *tx, const struct id *token,
	const struct request_row *row) MUST_CHECK;
/* Deletes requests, tickets and tombstones that are over: at most some
 * thousands of each at a time, so that nobody waits long for it. *ret_more: there may be
 * more of them, to be called for again. */
int storage_expire(struct storage_tx *tx, uint64_t now_ms, uint64_t requests_before_ms,
	bool *ret_more) MUST_CHECK;

/* Facts about the whole store by name: "schema", "master-check". */
int meta_get(struct storage_tx *tx, const char *name, struct bytes *ret) MUST_CHECK;
int meta_put(struct storage_tx *tx, const char *name, struct bytes value) MUST_CHECK;

/* url: "sqlite:/path/to/file". Creates and migrates the schema. errors: a
 * sentence with the file's name. 0 or -errno. */
int storage_open(
	const char *url, struct storage **ret, char *err, size_t err_len) MUST_CHECK;
/* Beside a keystored that may serve it: makes nothing and changes nothing, but an index of a
 * journal that a crash has left, and is for storage_read() alone. *ret NULL: there is none
 * yet, or one to be migrated. */
int storage_look(
	const char *url, struct storage **ret, char *err, size_t err_len) MUST_CHECK;
void storage_close(struct storage **st);

/* Runs fn in a read transaction on a connection of the calling thread's. */
int storage_read(struct storage *st, int (*fn)(struct storage_tx *tx, void *arg),
	void *arg) MUST_CHECK;
/* Runs fn in a write transaction and returns when it is on disk. Concurrent
 * writers share a commit: fn may run in another writer's thread, each within its
 * own savepoint, so a failing fn (non-zero, returned as it is) undoes only
 * itself. A commit that fails returns its error to all of them. fn must not
 * block on anything but the database. */
int storage_write(struct storage *st, int (*fn)(struct storage_tx *tx, void *arg),
	void *arg) MUST_CHECK;
/* Rises with every commit that changed an object or a token of this process:
 * for those who follow changes without asking the database. */
uint64_t storage_changes(const struct storage *st) MUST_CHECK;
