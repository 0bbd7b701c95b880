/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of wrapping: those of encryption, and for GCM and CCM those of PKCS#11 3.2,
 * 6.13: an IV that is made here and told (CK_GCM_WRAP_PARAMS), and in the authenticated
 * calls the tag apart from the wrapped key (CK_GCM_MESSAGE_PARAMS).
 *
 * An IV is made of random bytes, whichever way was left to us. Counters are refused: a
 * wrapping key may be used by several processes and hosts, and nobody counts for all.
 */
#pragma once

#include "cryptoki/mech.h"

struct wrap_params {
	struct mech_params p;
	CK_BYTE *iv;  /* the application's: gets an IV that was made. NULL: none was */
	CK_BYTE *tag; /* the application's. NULL: it is part of the wrapped key */
	size_t tag_n;
};

/* aad: of the authenticated calls, else NULL; wraps false: for unwrapping.
 * CKR_ARGUMENTS_BAD, CKR_MECHANISM_PARAM_INVALID, CKR_RANDOM_NO_RNG; CKR_MECHANISM_INVALID:
 * it does not authenticate. */
CK_RV wrap_params_parse(const struct mech *m, const CK_MECHANISM *mechanism, bool wraps,
	const struct bytes *aad, struct wrap_params *ret) MUST_CHECK;
/* The key is wrapped: gives the application the IV and, tag being its bytes, the tag. */
void wrap_params_return(const struct wrap_params *w, struct bytes tag);
