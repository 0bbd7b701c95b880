/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: keys of ML-KEM (FIPS 203), ML-DSA (FIPS 204) and SLH-DSA (FIPS 205), and signatures. */
#pragma once

#include "crypto/pkey.h"

/* One parameter set. */
struct pqc_set {
	CK_KEY_TYPE type;
	CK_ULONG number;  /* CKA_PARAMETER_SET */
	const char *name; /* as OpenSSL calls it */
	/* bytes; seed 0: keys have none; of a signature, or of ML-KEM's ciphertext */
	size_t public, private, seed, output;
};

/* pkey_from_public(), pkey_from_private(), of these. A public key without CKA_VALUE is the
 * one in CKA_PUBLIC_KEY_INFO. A seed determines the private value, which may be missing.
 * CKR_PARAMETER_SET_NOT_SUPPORTED. */
CK_RV pqc_from_public(struct bytes object_public, EVP_PKEY **ret) MUST_CHECK;
CK_RV pqc_from_private(struct bytes object_public, struct bytes object_secret,
	EVP_PKEY **ret) MUST_CHECK;
/* object_complete() of one half, without CKA_PUBLIC_KEY_INFO. secret NULL: the public one. */
CK_RV pqc_complete(EVP_PKEY *pkey, struct attrs *object, struct attrs *secret) MUST_CHECK;
/* A new key of the set that the public template names; and all its attributes but
 * CKA_PUBLIC_KEY_INFO. */
CK_RV pqc_generate(struct bytes template, EVP_PKEY **ret) MUST_CHECK;
CK_RV pqc_attributes(EVP_PKEY *pkey, struct attrs *pub, struct attrs *priv,
	struct attrs *secret) MUST_CHECK;

/* op_pkey_new(), pkey_output_size(), pkey_private(), of these. */
CK_RV pqc_op_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	EVP_PKEY *pkey, struct op **ret) MUST_CHECK;
size_t pqc_output_size(struct bytes object_public) MUST_CHECK;
CK_RV pqc_private(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	EVP_PKEY *pkey, struct bytes in, struct outbuf *out) MUST_CHECK;

/* The set of a key; NULL: it is of none. */
const struct pqc_set *pqc_set_of(EVP_PKEY *pkey);
/* The same by its attributes. CKR_TEMPLATE_INCOMPLETE, CKR_PARAMETER_SET_NOT_SUPPORTED. */
CK_RV pqc_set_find(struct bytes object_public, const struct pqc_set **ret) MUST_CHECK;
