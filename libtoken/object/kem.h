/* SPDX-License-Identifier: Apache-2.0 */
/* Encapsulation and decapsulation, as sessions ask for it. */
#pragma once

#include "libtoken/object/manage.h"

/* C_EncapsulateKey. */
struct encapsulation {
	const struct mech *mech;
	struct object *by;
	size_t size; /* bytes of the ciphertext */
};

/* All checks of mechanism and key, and no work. e is to be ended in any case.
 * key_encapsulate_check()'s errors, CKR_KEY_HANDLE_INVALID, CKR_MECHANISM_PARAM_INVALID. */
CK_RV encapsulation_begin(const struct object_view *v, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE by, struct encapsulation *e) MUST_CHECK;
/* The new key; appends to ciphertext, empty before, e->size bytes. */
CK_RV encapsulation_run(const struct object_view *v, const struct encapsulation *e,
	struct template template, struct buf *ciphertext,
	CK_OBJECT_HANDLE *ret) MUST_CHECK;
void encapsulation_end(struct encapsulation *e);

/* C_DecapsulateKey. */
CK_RV object_decapsulate(const struct object_view *v, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE by, struct template template, struct bytes ciphertext,
	CK_OBJECT_HANDLE *ret) MUST_CHECK;
