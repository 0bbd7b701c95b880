/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sessions do with objects: create, copy, read, change, destroy, search.
 * Where an object and its secret live is decided here (custody.c), by
 * docs/ARCHITECTURE.md's rules. No lock is held across a call to keyringd.
 */
#pragma once

#include "libtoken/object/table.h"
#include "libtoken/store/store.h"

/* A session, as far as objects are concerned. */
struct object_view {
	struct store *store;
	struct object_table *table;
	struct region_table *regions;
	struct kcapi *kernel;
	struct object_owner *owner;
	CK_SLOT_ID slot;
	enum object_role role;
	uint64_t generation;    /* of the store's client that has this role */
	const atomic_uint *era; /* another one: the role's login has ended since */
	unsigned era_then;
	bool writable; /* an R/W session */
};

/* With a reference. CKR_OBJECT_HANDLE_INVALID: none, of another slot, or private
 * to somebody who is not logged in. */
CK_RV object_get(const struct object_view *v, CK_OBJECT_HANDLE handle,
	struct object **ret) MUST_CHECK;

/* The same, and keyringd was asked where this is the token's and the lease is over: the
 * attributes are as they are now. Also what keyringd's answer or its absence is. */
CK_RV object_get_fresh(const struct object_view *v, CK_OBJECT_HANDLE handle,
	struct object **ret) MUST_CHECK;

/* The same, where object_must_ask(): for who uses the key here. */
CK_RV object_get_now(const struct object_view *v, CK_OBJECT_HANDLE handle,
	struct object **ret) MUST_CHECK;

/* object_table_add() of an object of the session. CKR_USER_NOT_LOGGED_IN: it is private, and a
 * logout that did not see it has destroyed what is. */
CK_RV object_publish(const struct object_view *v, struct object *o) MUST_CHECK;

CK_RV object_create(const struct object_view *v, const CK_ATTRIBUTE *template, CK_ULONG n,
	CK_OBJECT_HANDLE *ret) MUST_CHECK;
CK_RV object_duplicate(const struct object_view *v, CK_OBJECT_HANDLE handle,
	const CK_ATTRIBUTE *template, CK_ULONG n, CK_OBJECT_HANDLE *ret) MUST_CHECK;
CK_RV object_destroy(const struct object_view *v, CK_OBJECT_HANDLE handle) MUST_CHECK;
CK_RV object_size(
	const struct object_view *v, CK_OBJECT_HANDLE handle, CK_ULONG *ret) MUST_CHECK;
CK_RV object_read(const struct object_view *v, CK_OBJECT_HANDLE handle,
	CK_ATTRIBUTE *template, CK_ULONG n) MUST_CHECK;
CK_RV object_change(const struct object_view *v, CK_OBJECT_HANDLE handle,
	const CK_ATTRIBUTE *template, CK_ULONG n) MUST_CHECK;

/* C_DeriveKey. ret may be NULL only where the mechanism gives a key by its parameter
 * alone. */
CK_RV object_derive(const struct object_view *v, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE base, const CK_ATTRIBUTE *template, CK_ULONG n,
	CK_OBJECT_HANDLE *ret) MUST_CHECK;
/* C_GenerateKey where the key follows from the parameter. */
CK_RV object_from_password(const struct object_view *v, const struct mech *m,
	const CK_MECHANISM *mechanism, const CK_ATTRIBUTE *template, CK_ULONG n,
	CK_OBJECT_HANDLE *ret) MUST_CHECK;

/* C_GenerateKey and C_GenerateKeyPair. */
CK_RV object_generate(const struct object_view *v, const CK_MECHANISM *mechanism,
	const CK_ATTRIBUTE *template, CK_ULONG n, CK_OBJECT_HANDLE *ret) MUST_CHECK;

struct template
{
	const CK_ATTRIBUTE *p;
	CK_ULONG n;
};

CK_RV object_generate_pair(const struct object_view *v, const CK_MECHANISM *mechanism,
	struct template public_half, struct template private_half,
	CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private) MUST_CHECK;

/* --- Keys for the kernel (import.c) ---------------------------------------------- */

/* C_CreateObject of a session key that kernel custody is for, where that works; false:
 * in the ordinary way, which has errors as well. */
bool import_to_kernel(const struct object_view *v, const CK_ATTRIBUTE *template,
	CK_ULONG n, CK_OBJECT_HANDLE *ret) MUST_CHECK;

/* --- Where secrets live (custody.c) ------------------------------------------ */

/* NULL: there is none, or it is for old data and keyringd does not offer that. */
const struct mech *mech_offered(struct store *store, CK_MECHANISM_TYPE type) MUST_CHECK;
/* The row of a mechanism that does this. CKR_MECHANISM_INVALID, CKR_ARGUMENTS_BAD. */
CK_RV mech_offered_for(struct store *store, const CK_MECHANISM *mechanism, CK_FLAGS flag,
	const struct mech **ret) MUST_CHECK;

/* Of a session object with these attributes: broker where keyringd keeps its secret (a
 * private key's: keystored); kernel and process where the object lives here whole. What
 * has no secret: process. */
CK_RV custody_choose(const struct object_view *v, struct bytes object_public,
	enum wire_custody *ret) MUST_CHECK;
/* Publishes a session object that lives here. value: of a secret key, else empty.
 * CKR_DEVICE_MEMORY: the kernel does not take it, the broker has to. */
CK_RV custody_publish(const struct object_view *v, enum wire_custody custody,
	struct attrs *object_public, struct bytes value,
	CK_OBJECT_HANDLE *ret) MUST_CHECK;
/* The same with key material that exists already. */
CK_RV custody_publish_shared(const struct object_view *v, struct attrs *object_public,
	struct material *material, CK_OBJECT_HANDLE *ret) MUST_CHECK;
/* Makes and publishes a secret key from object_build()'s result for a generation. */
CK_RV custody_generate(const struct object_view *v, enum wire_custody custody,
	struct attrs *object_public, CK_OBJECT_HANDLE *ret) MUST_CHECK;

/* --- Searches (search.c) ------------------------------------------------------ */

struct search;

/* Not 0: there is a function for it. */
typedef CK_FLAGS mech_served(const struct mech *m);

/* C_FindObjectsInit: session objects as they are now, what every token has, and the first
 * page of this token's own. */
CK_RV search_new(const struct object_view *v, const CK_ATTRIBUTE *template, CK_ULONG n,
	mech_served *served, struct search **ret) MUST_CHECK;
CK_RV search_next(struct search *s, const struct object_view *v,
	CK_OBJECT_HANDLE *handles, CK_ULONG max, CK_ULONG *ret_n) MUST_CHECK;
void search_free(struct search **s);
