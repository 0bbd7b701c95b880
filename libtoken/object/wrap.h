/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping and unwrapping, as sessions ask for it. */
#pragma once

#include "crypto/wrap.h"
#include "libtoken/object/manage.h"
#include "libtoken/object/wrap_params.h"

/* C_WrapKey and, where aad is not NULL, C_WrapKeyAuthenticated. */
struct wrapping {
	const struct mech *mech;
	struct wrap_params params;
	struct object *by, *key;
	/* bytes that come out, a tag included; 0: of a private key, not known before */
	uint64_t size;
};

/* All checks, and no work. w is to be ended in any case. key_wrap_check()'s errors,
 * wrap_params_parse()'s, CKR_WRAPPING_KEY_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID. */
CK_RV wrapping_begin(const struct object_view *v, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key, const struct bytes *aad,
	struct wrapping *w) MUST_CHECK;
/* Appends to out, empty before, w->size bytes, or says in it how many there are. */
CK_RV wrapping_run(
	const struct object_view *v, struct wrapping *w, struct buf *out) MUST_CHECK;
void wrapping_end(struct wrapping *w);

/* C_UnwrapKey and, where aad is not NULL, C_UnwrapKeyAuthenticated. */
CK_RV object_unwrap(const struct object_view *v, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE by, struct bytes wrapped, const struct bytes *aad,
	struct template template, CK_OBJECT_HANDLE *ret) MUST_CHECK;
