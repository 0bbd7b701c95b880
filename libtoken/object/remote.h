/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to keyringd about objects, and its answers as objects. */
#pragma once

#include "libtoken/object/manage.h"

/* A user's key is private where nothing says otherwise; here the template comes to say so. By
 * the time it arrives another thread may have logged the user out, and the default would be
 * nobody's. whole: the template with what another key adds to it. CKR_HOST_MEMORY. */
CK_RV remote_private(const struct object_view *v, CK_OBJECT_CLASS class,
	struct bytes whole, struct attrs *template) MUST_CHECK;

/* A request id into a message. CKR_RANDOM_NO_RNG. */
CK_RV remote_request(struct wire_id *ret) MUST_CHECK;

/* store_call() for the session's role: an answer to somebody who is not logged in is none to
 * a session that takes its user for logged in. CKR_USER_NOT_LOGGED_IN. */
CK_RV remote_call(const struct object_view *v, enum wire_type type, const void *request,
	void *reply, struct buf *payload) MUST_CHECK;
/* store_call() about one object. Of a private one, a client that it was not heard by would be
 * told that it is not there: CKR_USER_NOT_LOGGED_IN instead. */
CK_RV remote_about(struct store *store, const struct object *o, enum wire_type type,
	const void *request, void *reply, struct buf *payload) MUST_CHECK;

/* Sends a message whose reply is one object and publishes it: as a token object
 * or as a session object of the view's owner, as its CKA_TOKEN says. known: bytes of attributes
 * that come back and that keyringd does not have from the message alone; 0: none do. */
CK_RV remote_make(const struct object_view *v, enum wire_type type, const void *request,
	size_t known, CK_OBJECT_HANDLE *ret) MUST_CHECK;
/* One or two struct wire_object that a message made, published like that: all, or none
 * and they are destroyed where they are. begun: region_begin() of before the message was
 * sent; made_by: its request id. */
CK_RV remote_publish(const struct object_view *v, const struct region_lease *begun,
	const struct wire_id *made_by, const struct bytes *encoded, size_t n,
	CK_OBJECT_HANDLE *ret) MUST_CHECK;
/* Destroys a struct wire_object where it is, whatever its CKA_DESTROYABLE says: the request
 * that made it has failed after all. */
CK_RV remote_take_back(const struct object_view *v, const struct wire_id *made_by,
	struct bytes encoded) MUST_CHECK;
/* The request id in a message that changes something: its first id. */
const struct wire_id *remote_request_of(
	enum wire_type type, const void *request) MUST_CHECK;
/* One object from a message, not published yet; room: as of object_from_wire(). */
CK_RV remote_object(const struct object_view *v, const struct region_lease *begun,
	enum object_place place, const struct wire_object *w,
	struct object **room) MUST_CHECK;
/* What keyringd says about an object that it keeps or knows of, now; *o is replaced. An
 * object that is no more leaves the table: CKR_OBJECT_HANDLE_INVALID. */
CK_RV remote_refresh(const struct object_view *v, struct object **o) MUST_CHECK;
/* The secret part of a readable object, into a secret-wiping list. */
CK_RV remote_secret(const struct object_view *v, const struct object *o,
	struct attrs *ret) MUST_CHECK;
/* *o is replaced where another thread was quicker. */
CK_RV remote_change(
	const struct object_view *v, struct object **o, struct bytes template) MUST_CHECK;
CK_RV remote_copy(const struct object_view *v, const struct object *o,
	struct bytes template, CK_OBJECT_HANDLE *ret) MUST_CHECK;
/* For C_DestroyObject. */
CK_RV remote_destroy_one(const struct object_view *v, const struct object *o) MUST_CHECK;
/* Whoever is logged in. ids: 16 bytes each, split over as many messages as it takes. */
CK_RV remote_destroy(struct store *store, CK_SLOT_ID slot, struct bytes ids) MUST_CHECK;
