/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secret keys made of other keys (C_DeriveKey), for the module and keyringd alike: who
 * has the bytes of all keys that take part calls this. Policy (CKA_DERIVE,
 * CKA_ALLOWED_MECHANISMS, CKA_DERIVE_TEMPLATE, what a derived key inherits) is
 * decided here, once. Nothing is stored or published.
 */
#pragma once

#include "common/secret.h"
#include "cryptoki/derive.h"
#include "cryptoki/schema.h"

/* A key that takes part. attributes: its public part; value: CKA_VALUE. exposed: the
 * application has it (process custody) and could have made up both; never trusted. */
struct key_input {
	struct bytes attributes;
	struct bytes value;
	bool exposed;
};

/* A key that came out: object_build() and object_complete() have been done. Of a data object
 * (CKM_HKDF_DATA) all is public. */
struct new_key {
	struct attrs public, secret;
};

#define NEW_KEY_NONE ((struct new_key){ ATTRS_INIT, ATTRS_SECRET })

void new_key_free(struct new_key *k);

struct derived {
	/* the first is C_DeriveKey's own, where derive_gives_key() */
	struct new_key keys[DERIVE_MAX_KEYS];
	size_t n;
	struct buf out; /* for derive_params_return(): IVs, a version */
};

#define DERIVED_NONE ((struct derived){ .out = BUF_SECRET })

void derived_free(struct derived *d);

/* Is the base key a private one? Then the keystore has it, and key_agree_size() and _end()
 * stand around what it computes. */
bool derive_by_private(const struct mech *m) MUST_CHECK;
/* May this key be derived from so? No value is looked at. CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_SIZE_RANGE,
 * CKR_KEY_FUNCTION_NOT_PERMITTED (CKA_ALWAYS_AUTHENTICATE too: this function has no place for
 * it). */
CK_RV key_derive_check(const struct mech *m, const struct key_input *base) MUST_CHECK;

/* params: of derive_params_pack(). other: the key that the parameter names, or NULL.
 * All keys or none. ret, initialised by the caller, is replaced.
 * CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_TYPE_INCONSISTENT, CKR_MECHANISM_INVALID,
 * CKR_MECHANISM_PARAM_INVALID, CKR_KEY_SIZE_RANGE, CKR_DATA_LEN_RANGE, and
 * object_build()'s. */
CK_RV key_derive(const struct mech *m, struct bytes params, const struct key_input *base,
	const struct key_input *other, struct bytes template, enum object_role role,
	struct derived *ret) MUST_CHECK;

/* After key_derive(), here or elsewhere, has failed: the further key whose template is at fault,
 * counted from 0 (PKCS#11 3.2, 6.42.6). No value is looked at. false: none is. */
bool key_derive_fault(const struct mech *m, struct bytes params,
	const struct key_input *base, const struct key_input *other,
	enum object_role role, size_t *ret) MUST_CHECK;

/* How many bytes the keystore is to be asked for; all checks are made that do not need them.
 * Errors: key_derive()'s. */
CK_RV key_agree_size(const struct mech *m, struct bytes params,
	const struct key_input *base, struct bytes template, size_t *ret) MUST_CHECK;
/* The key that these bytes are. Also CKR_DEVICE_ERROR: another number of them. */
CK_RV key_agree_end(const struct mech *m, struct bytes params,
	const struct key_input *base, struct bytes template, enum object_role role,
	struct bytes value, struct derived *ret) MUST_CHECK;

/* C_GenerateKey where the key follows from the parameter (PBKDF2). It may take seconds,
 * so only the module calls it. ret: replaced; n bytes. */
CK_RV key_from_password(const struct mech *m, struct bytes params, size_t n,
	struct secret *ret) MUST_CHECK;
