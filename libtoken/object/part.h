/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that take part in wrapping, unwrapping and derivation, and those that come of it.
 * Where all that take part are in process custody and what comes of them may stay there
 * too, this process does it; else a message to keyringd says which keys: its own by id,
 * the process's whole.
 */
#pragma once

#include "crypto/derive.h"
#include "libtoken/object/remote.h"

/* As it is now. CKR_KEY_HANDLE_INVALID where it is no key: part_rv() says which. */
CK_RV part_get(const struct object_view *v, CK_OBJECT_HANDLE handle,
	struct object **ret) MUST_CHECK;

/* In this call's words for a bad handle: CKR_WRAPPING_KEY_HANDLE_INVALID, say. */
static inline CK_RV
part_rv(CK_RV rv, CK_RV invalid)
{
	return rv == CKR_KEY_HANDLE_INVALID ? invalid : rv;
}

/* Process custody? */
bool part_is_here(const struct object *o) MUST_CHECK;
/* Its attributes alone; of any custody. */
struct key_input part_policy(const struct object *o) MUST_CHECK;
/* The same with its value, which stays the caller's to free. Only part_is_here(). */
CK_RV part_read(
	const struct object *o, struct secret *value, struct key_input *ret) MUST_CHECK;
/* A struct wire_key of it; o NULL: nothing; of a public key its attributes. to wipes. CKR_KEY_FUNCTION_NOT_PERMITTED: of
 * kernel custody. */
CK_RV part_encode(const struct object *o, struct buf *to) MUST_CHECK;

/* Session keys made here: all or none. *ret_here false with CKR_OK: one of them has to be
 * with keyringd, and none was published. */
CK_RV made_publish_here(const struct object_view *v, struct new_key *keys, size_t n,
	CK_OBJECT_HANDLE *ret, bool *ret_here) MUST_CHECK;
/* One that this process made without a key of its own (from a password, by encapsulation), by
 * this template: published here, or by keyringd. */
CK_RV made_keep(const struct object_view *v, const struct mech *m, struct bytes template,
	struct new_key *k, CK_OBJECT_HANDLE *ret) MUST_CHECK;
/* Sends a message whose reply is struct wire_made_reply: all or none of at most max keys.
 * out, where it is not NULL, gets what came beside them. */
CK_RV made_remote(const struct object_view *v, enum wire_type type, const void *request,
	size_t max, CK_OBJECT_HANDLE *ret, size_t *ret_n, struct buf *out) MUST_CHECK;
/* made_remote() for one key. */
CK_RV made_remote_one(const struct object_view *v, enum wire_type type,
	const void *request, CK_OBJECT_HANDLE *ret) MUST_CHECK;
