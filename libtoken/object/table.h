/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All objects this process has handles for. Session objects are found here, by
 * CKA_ID and CKA_LABEL in time proportional to the result; token objects are
 * found by keyringd and get a handle at first sight, the same one for as long
 * as the process may see them. One mutex, held for bookkeeping only.
 */
#pragma once

#include <sys/queue.h>

#include "common/uuid.h"
#include "libtoken/object/object.h"

struct object_table;
struct object_entry;

/* Whose session objects end together; a member of a session, guarded by the
 * table it is used with. */
struct object_owner {
	LIST_HEAD(, object_entry) objects;
};

/* gone: goes up when an object is unpublished that is in use elsewhere, in the versions before
 * included: by an operation, mostly. */
CK_RV object_table_new(atomic_uint *gone, struct object_table **ret) MUST_CHECK;
void object_table_free(struct object_table **table);
/* Of the keys that are or were in it. */
struct generators *object_table_generators(struct object_table *table);

/* A number for an object to come, never given twice in a process. */
CK_OBJECT_HANDLE object_table_handle(void);
/* CKA_UNIQUE_ID of a session object: UUID text of table and handle. */
void object_table_unique_id(
	const struct object_table *table, CK_OBJECT_HANDLE handle, char ret[UUID_TEXT]);

/* Publishes under o->handle (a new one if 0); takes a reference of its own.
 * owner: of session objects, else NULL. CKR_HOST_MEMORY. */
CK_RV object_table_add(struct object_table *table, struct object *o,
	struct object_owner *owner) MUST_CHECK;
/* With a reference; NULL if there is none. */
struct object *object_table_get(struct object_table *table, CK_OBJECT_HANDLE handle);
/* Is no version of it published any more? */
bool object_table_lost(struct object_table *table, struct object *o) MUST_CHECK;
/* A token object as keyringd just described it: *o is replaced by what is
 * published now (the same one where revision and lease are known). Marks what it
 * replaces. CKR_HOST_MEMORY, but not of one that is known already. */
CK_RV object_table_see(struct object_table *table, struct object **o) MUST_CHECK;
/* new takes old's place and handle; false when old is no longer published. The caller has one
 * reference of either. */
bool object_table_swap(
	struct object_table *table, struct object *old, struct object *new) MUST_CHECK;
/* Unpublishes; destroyed from now on. The caller has one reference. */
void object_table_remove(struct object_table *table, struct object *o);

/* Unpublishes all that is doomed. Ids of those kept by keyringd (PLACE_KEYRINGD) are
 * appended to ret_ids, 16 bytes each, unless that is NULL. */
void object_table_drop(struct object_table *table,
	bool (*doomed)(const struct object *o, const void *arg), const void *arg,
	struct buf *ret_ids);
/* The same for all of one owner. */
void object_table_drop_owner(
	struct object_table *table, struct object_owner *owner, struct buf *ret_ids);

/* Handles of the session objects of a slot that match and are visible, appended
 * as CK_OBJECT_HANDLE. CKR_HOST_MEMORY. */
CK_RV object_table_search(struct object_table *table, CK_SLOT_ID slot,
	enum object_role role, struct bytes template, struct buf *ret) MUST_CHECK;
