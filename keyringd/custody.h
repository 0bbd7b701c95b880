/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session objects whose secret is not in the application: secret keys in
 * broker custody, and private keys as blobs that their keystore sealed. Only
 * the client that made one can use it; a million of them in one client is
 * meant to work.
 */
#pragma once

#include "keyringd/login.h"
#include "keyringd/shapes.h"
#include "keyringd/vault.h"

/* One allocation, beside the vault's. */
struct session_object {
	struct hash_node by_id;
	struct wire_id id;
	struct token *token;
	struct shape *shape;
	struct vault_item *value;         /* a secret key's; NULL: a private key */
	uint64_t own_n : 21, blob_n : 22; /* bytes */
	uint64_t ops : 21;                /* operations in several parts */
	uint8_t data[];                   /* own attributes, then the blob */
};

static inline struct bytes
session_object_own(const struct session_object *o)
{
	return BYTES(o->data, o->own_n);
}

static inline struct bytes
session_object_blob(const struct session_object *o)
{
	return BYTES(o->data + o->own_n, o->blob_n);
}

/* What may be added: a secret key with its value, or a private key with its
 * blob. attributes: packed, valid, without CKA_UNIQUE_ID, which is the id's
 * text. CKR_DEVICE_MEMORY over the client's limit, CKR_HOST_MEMORY (also where there is no room
 * for that name). */
CK_RV custody_add(struct client *cl, struct token *t, struct bytes attributes,
	struct bytes value, struct bytes blob, struct wire_id *ret) MUST_CHECK;
/* NULL: none of this client's at this token. */
struct session_object *custody_get(
	struct client *cl, const struct token *t, const struct wire_id *id);
/* An operation with it, should it be one, has begun or ended: by is 1 or -1. */
void custody_count_op(
	struct client *cl, const struct token *t, const struct wire_id *id, int by);
/* All attributes, CKA_UNIQUE_ID too. */
CK_RV custody_attributes(const struct session_object *o, struct attrs *ret) MUST_CHECK;
/* Other attributes (and another blob, unless that is empty) for the object. */
CK_RV custody_change(struct client *cl, struct session_object *o, struct bytes attributes,
	struct bytes blob) MUST_CHECK;
/* false: there was none. Operations with it end. */
bool custody_remove(struct client *cl, const struct token *t, const struct wire_id *id);
/* The user has logged out: private ones go. */
void custody_end_private(struct client *cl, const struct token *t);
void custody_end_client(struct client *cl);
