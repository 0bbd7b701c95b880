/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that take part in wrapping, unwrapping and derivation. */
#pragma once

#include "crypto/derive.h"
#include "keyringd/objects.h"

/* attributes: of a key that is here. in: borrows from these two and from the request. */
struct part {
	struct op_key key; /* in.exposed: none */
	struct attrs attributes;
	struct secret value;
	struct key_input in;
};

#define PART_NONE ((struct part){ .attributes = ATTRS_INIT })

void part_free(struct part *p);
/* Who it is, by a struct wire_key, and what its policy is asked of; without its value, unless
 * that came with it. invalid: the CK_RV where there is none. false: r has been answered, or
 * waits for the index, and its handler will run again. */
bool part_find(struct request *r, struct login *l, struct bytes encoded, CK_RV invalid,
	struct part *ret) MUST_CHECK;
/* Its value, of a secret key. false: r has been answered, or it waits for the value, and its
 * handler will run again. */
bool part_fill(struct request *r, struct login *l, struct part *p) MUST_CHECK;
