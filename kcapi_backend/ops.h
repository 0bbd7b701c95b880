/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the operations of the kernel's own algorithms. */
#pragma once

#include "kcapi_backend/cache.h"

CK_RV op_kcapi_cipher(enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct tfm *t, struct op **ret) MUST_CHECK;
/* kind OP_DIGEST, OP_SIGN, OP_VERIFY. */
CK_RV op_kcapi_hash(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct tfm *t, struct op **ret) MUST_CHECK;
/* GCM, CCM and, as OP_SIGN and OP_VERIFY, GMAC. */
CK_RV op_kcapi_aead(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	const struct alg *a, struct kcapi_key *key, struct op **ret) MUST_CHECK;

/* Bytes: of the IVs that the kernel's GCM takes, and of the longest tags. */
#define AEAD_IV 12u
#define AEAD_TAG 16u

/* CKR_MECHANISM_PARAM_INVALID */
CK_RV aead_check(const struct mech *m, const struct mech_params *p) MUST_CHECK;
/* Does the kernel's algorithm take these parameters? Else they are glue.h's. */
bool aead_takes(const struct mech *m, const struct mech_params *p,
	enum kcapi_keying how) MUST_CHECK;
/* The tags of the transform that makes such ones, in bytes: what was passed has whole ones,
 * and is asked for no other. */
unsigned aead_transform_tag(
	const struct mech *m, unsigned tag, enum kcapi_keying how) MUST_CHECK;

/* Built from plain ones. */
CK_RV op_kcapi_built(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct kcapi_key *key, struct op **ret) MUST_CHECK;

/* Opens what the first call will need, so that a key which does not fit is told at Init. */
CK_RV op_kcapi_open(struct lease *l, struct tfm *t) MUST_CHECK;
