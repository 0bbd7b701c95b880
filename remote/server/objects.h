/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects: a public part that may be listed, and a secret one that is sealed
 * under the token's key together with what identifies the object and with all of
 * its public attributes, policy included, so that rows cannot be swapped or
 * softened in the database. The value of a private data object is listed to the user, but
 * sealed in the database like a secret.
 */
#pragma once

#include "remote/proto/keystore.pb-c.h"
#include "remote/server/auth.h"
#include "remote/server/requests.h"

struct object {
	struct id id;
	uint64_t revision;
	struct attrs pub, sec;
};

#define OBJECT_NONE ((struct object){ .pub = ATTRS_INIT, .sec = ATTRS_SECRET })

void object_free(struct object *o);
bool object_is_private(const struct object *o) MUST_CHECK;
CK_OBJECT_CLASS object_class(const struct object *o) MUST_CHECK;

/* Can it be read again, with all that its value and its name have added to the template?
 * CKR_HOST_MEMORY, as of a template that is too large itself. */
int object_check_size(struct call *c, const struct object *o) MUST_CHECK;
/* id NULL: an object of a session, without one. */
int object_to_proto(const struct id *id, uint64_t revision, struct bytes pub,
	Keystore__V1__Object **ret) MUST_CHECK;

/* Has the row's public part something that is sealed? attributes: the row's or whole. */
bool object_hides_value(struct bytes attributes) MUST_CHECK;
/* Seals the secret part; row borrows from o and room. */
int object_seal(struct bytes key, const struct id *token, const struct object *o,
	struct buf *room, struct object_row *ret) MUST_CHECK;
int object_unseal(struct bytes key, const struct id *token, const struct object_row *row,
	struct object *ret) MUST_CHECK;

/* The token's key for a caller. CKR_USER_NOT_LOGGED_IN where the token was
 * initialised meanwhile. */
int object_token_key(struct call *c, const struct auth *a, struct secret *ret) MUST_CHECK;

/* Reads an object that the caller may see, secret part included if wanted.
 * CKR_OBJECT_HANDLE_INVALID. */
int object_read(struct call *c, const struct auth *a, ProtobufCBinaryData id,
	bool with_secret, struct object *ret) MUST_CHECK;
int object_refuse_absent(struct call *c);

/* --- Sealed session keys --------------------------------------------------- */

int blob_make(struct call *c, const struct auth *a, const struct object *o,
	ProtobufCBinaryData *ret) MUST_CHECK;
/* CKR_KEY_HANDLE_INVALID for what is not a blob of this host and token, or is
 * over; CKR_USER_NOT_LOGGED_IN for a private one without a user's ticket. */
int blob_open(struct call *c, const struct auth *a, ProtobufCBinaryData blob,
	struct object *ret, uint64_t *ret_expires_ms) MUST_CHECK;
int blob_refuse(struct call *c);

/* By id or blob; ret_blob tells which it was. */
int object_by_ref(struct call *c, const struct auth *a, const Keystore__V1__KeyRef *ref,
	bool with_secret, struct object *ret, bool *ret_blob) MUST_CHECK;

/* --- Making token objects -------------------------------------------------- */

/* One transaction that adds up to two named objects, once. */
struct making {
	struct auth *auth;
	struct request *request;
	struct object *objects[2]; /* NULL: not there. Given a revision; of a repeated
				    * request: replaced by what the first one made */
	bool repeated;
	/* A repeated request whose first answer is lost for good (it held a key
	 * that is kept nowhere) makes its object anew, under the same id. */
	bool replace;
	/* internal */
	struct call *call;
	struct buf sealed[2];
	struct object_row rows[2];
};

int objects_make(struct call *c, struct making *m) MUST_CHECK;
/* Before the work: was the request served, so that nothing has to be made? Then
 * fills objects as objects_make() does. */
int objects_made(struct call *c, struct making *m) MUST_CHECK;
