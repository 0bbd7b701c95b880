/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internal: round-2 Dilithium (6,5) under IBM's numbers. Legacy: ML-DSA is what to use.
 *
 * A key is in parts, CKA_IBM_DILITHIUM_RHO to _T1, and as a whole in CKA_VALUE: a public
 * one as SubjectPublicKeyInfo, a private one as PrivateKeyInfo (dilithium_r2.h has their
 * layout). Either is enough, and of a public key CKA_PUBLIC_KEY_INFO too; where several are
 * there they have to agree. The parameters are said by none to all of CKA_IBM_PQC_PARAMS,
 * CKA_IBM_DILITHIUM_MODE and CKA_IBM_DILITHIUM_KEYFORM: CKR_IBM_PQC_PARAMS_NOT_SUPPORTED
 * where one of them says something else than (6,5).
 */
#pragma once

#include "crypto/pkey.h"

/* What OpenSSL calls keys and signatures, once dilithium_provide() has taught it. */
#define DILITHIUM_NAME "DILITHIUM-R2-6X5"
#define DILITHIUM_PROVIDER "keyring-token-dilithium"

/* Makes the algorithm known to crypto_libctx(), and to no other context of the process.
 * The first call takes half a millisecond, others nothing. false: no memory. */
bool dilithium_provide(void) MUST_CHECK;

/* pkey_from_public(), pkey_from_private(), of these. That the parts of a private key belong
 * together is dilithium_complete()'s to find out, once. */
CK_RV dilithium_from_public(struct bytes object_public, EVP_PKEY **ret) MUST_CHECK;
CK_RV dilithium_from_private(struct bytes object_public, struct bytes object_secret,
	EVP_PKEY **ret) MUST_CHECK;
/* object_complete() of one half. secret NULL: the public one. */
CK_RV dilithium_complete(struct attrs *object, struct attrs *secret) MUST_CHECK;
/* pkey_generate() of these. */
CK_RV dilithium_generate_pair(
	struct attrs *pub, struct attrs *priv, struct attrs *secret) MUST_CHECK;
