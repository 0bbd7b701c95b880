/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that were unwrapped, derived or made of a password, to where they belong: all or
 * none. Token objects are made by the keystore, one after the other; session keys are
 * kept here, but those that may be read: they go to the module with their value.
 */
#pragma once

#include "crypto/derive.h"
#include "keyringd/objects.h"

struct making_how {
	enum object_origin origin;   /* not ORIGIN_CREATE */
	CK_MECHANISM_TYPE mechanism; /* that generated them, ORIGIN_GENERATE */
	struct wire_id request;
};

/* Does one of them want to be the token's? */
bool making_any_on_token(const struct derived *d) MUST_CHECK;
/* Answers r, at once or later. d is emptied. */
void making_start(struct request *r, struct login *l, const struct making_how *how,
	struct derived *d);
