/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of derivations, as bytes without pointers: what key_derive()
 * (crypto/derive.h) and the socket take. The application's memory is read once, here.
 */
#pragma once

#include "cryptoki/mech.h"

/* Keys of one C_DeriveKey: that of the call, and those its parameter asks for. */
#define DERIVE_MAX_KEYS 8u

struct derive_params {
	struct buf packed;      /* with the templates of further keys in it */
	CK_OBJECT_HANDLE other; /* a key that the parameter names; 0: none */
};

#define DERIVE_PARAMS_NONE ((struct derive_params){ BUF_SECRET, 0 })

void derive_params_free(struct derive_params *p);

/* CKR_MECHANISM_PARAM_INVALID, CKR_ARGUMENTS_BAD, CKR_HOST_MEMORY, and
 * attrs_from_template()'s for templates in the parameter. */
CK_RV derive_params_pack(const struct mech *m, const CK_MECHANISM *mechanism,
	struct derive_params *ret) MUST_CHECK;

/* What the mechanism gives back by its parameter: out is struct derived's, keys are the
 * handles of those beyond the first, in the order of struct derived. The parameter is the
 * one that was packed, and is looked at again: what no longer fits is left out. */
void derive_params_return(const struct mech *m, const CK_MECHANISM *mechanism,
	struct bytes out, const CK_OBJECT_HANDLE *keys, size_t n);
