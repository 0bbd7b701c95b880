/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of derivations, as bytes without pointers: what key_derive()
 * (crypto/derive.h) and the socket take. The application's memory is read once, here.
 */
#pragma once

#include "cryptoki/key_size.h"
#include "cryptoki/mech.h"

/* Keys of one C_DeriveKey: that of the call, and those its parameter asks for. */
#define DERIVE_MAX_KEYS 8u
/* Bytes of one string in a parameter, of one key that comes out, and of a packed parameter
 * with its templates. */
#define DERIVE_MAX_DATA (64u << 10)
#define DERIVE_MAX_VALUE SECRET_KEY_MAX
#define DERIVE_MAX_PARAMS (512u << 10)
/* Bytes that one derivation may hash: keyringd does it between two requests, a worker of
 * keystored while others wait, and long inputs are hashed again for each block of a key. Some
 * 0.1 s; beyond it CKR_KEY_SIZE_RANGE. */
#define DERIVE_MAX_WORK (32u << 20)

struct derive_params {
	struct buf packed;      /* with the templates of further keys in it */
	CK_OBJECT_HANDLE other; /* a key that the parameter names; 0: none */
};

#define DERIVE_PARAMS_NONE ((struct derive_params){ BUF_SECRET, 0 })

void derive_params_free(struct derive_params *p);

/* ret, initialised by the caller, is replaced. CKR_MECHANISM_PARAM_INVALID,
 * CKR_ARGUMENTS_BAD, CKR_HOST_MEMORY, CKR_KEY_HANDLE_INVALID, and attrs_from_template()'s
 * for templates in the parameter; CKR_MECHANISM_INVALID: the row is no derivation. */
CK_RV derive_params_pack(const struct mech *m, const CK_MECHANISM *mechanism,
	struct derive_params *ret) MUST_CHECK;
/* Of a peer: could derive_params_pack() have made it? other: with a key that it names.
 * key_derive() asks as well. */
bool derive_params_valid(
	const struct mech *m, struct bytes packed, bool other) MUST_CHECK;

/* Does C_DeriveKey itself give a key? Where not, its phKey is not used, and all keys are the
 * parameter's (TLS key material). */
bool derive_gives_key(const struct mech *m) MUST_CHECK;

/* Says by the parameter that the template of further key i was at fault (6.42.6). */
void derive_params_blame(const struct mech *m, const CK_MECHANISM *mechanism, size_t i);

/* What the mechanism gives back by its parameter: out is struct derived's, keys are the
 * handles of those that the parameter asks for, in the order of struct derived (beyond the
 * first, where derive_gives_key()). The parameter is the one that was packed, and is looked
 * at again: what no longer fits is left out. */
void derive_params_return(const struct mech *m, const CK_MECHANISM *mechanism,
	struct bytes out, const CK_OBJECT_HANDLE *keys, size_t n);
