/* SPDX-License-Identifier: Apache-2.0 */
/* Token rows: owned copies, their keys, who may use them, how they look outside. */
#pragma once

#include "remote/proto/keystore.pb-c.h"
#include "remote/server/call.h"

/* A row that outlives its transaction's next call. */
struct token {
	struct token_row row;
	struct buf memory; /* what row borrows */
};

#define TOKEN_NONE ((struct token){ .memory = BUF_INIT })

/* 0, -ENOENT, or as storage.h says. ret must be TOKEN_NONE or freed. */
int token_load(struct storage_tx *tx, const struct id *id, struct token *ret) MUST_CHECK;
int token_copy(const struct token_row *row, struct token *ret) MUST_CHECK;
void token_free(struct token *t);

/* A new token's key, wrapped into row (borrowing from memory), and unwrapped. */
int token_key_new(struct keystored *ks, struct token *t, struct secret *ret) MUST_CHECK;
int token_key(
	struct keystored *ks, const struct token_row *row, struct secret *ret) MUST_CHECK;

/* May this host use it? Administrators and hosts on its list. */
bool token_allows(const struct call *c, struct bytes hosts) MUST_CHECK;
int token_refuse_absent(struct call *c);

/* For answers: what the caller may know of it. objects: for administrators. */
int token_to_proto(const struct call *c, const struct token_row *row, uint64_t objects,
	Keystore__V1__Token **ret) MUST_CHECK;
/* Reads it and does that. */
int token_describe(
	struct call *c, const struct id *id, Keystore__V1__Token **ret) MUST_CHECK;

/* For log lines: "Label" (UUID), cut and escaped by the log. */
struct token_name {
	char text[96];
};
struct token_name token_name(const struct token_row *row);

/* --- What every call needs, without asking the database each time ---------- */

struct token_facts {
	uint64_t epoch;
	bool allowed; /* this call's host */
};

struct token_cache *token_cache_new(void);
void token_cache_free(struct token_cache *cache);
/* 0; -ENOENT where there is no such token. */
int token_facts(struct call *c, const struct id *id, struct token_facts *ret) MUST_CHECK;
