/* SPDX-License-Identifier: Apache-2.0 */
/* Profile and mechanism objects: read-only, public, of every token. */
#pragma once

#include "libtoken/object/manage.h"

/* Handles of those that match, appended as CK_OBJECT_HANDLE. flags: WIRE_FIND_*, of the token.
 * CKR_HOST_MEMORY. */
CK_RV builtin_search(const struct object_view *v, struct bytes template, uint32_t flags,
	mech_served *served, struct buf *ret) MUST_CHECK;
