/* SPDX-License-Identifier: Apache-2.0 */
/* DSA and Diffie-Hellman pairs for tests. */
#pragma once

#include "tests/unit/crypto/ffc_vectors.h"
#include "tests/unit/crypto/pair.h"

static inline void
ffc_type_set(struct pair *pair, CK_KEY_TYPE type)
{
	*pair = (struct pair){ ATTRS_INIT, ATTRS_INIT, ATTRS_SECRET, NULL, NULL };
	attrs_set_ulong(&pair->public, CKA_CLASS, CKO_PUBLIC_KEY);
	attrs_set_ulong(&pair->public, CKA_KEY_TYPE, type);
	attrs_set_ulong(&pair->private, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&pair->private, CKA_KEY_TYPE, type);
}

/* q NULL: none. */
static inline void
ffc_domain_set(struct attrs *to, const char *p, const char *q, const char *g)
{
	set_hex(to, CKA_PRIME, p);
	if (q != NULL)
		set_hex(to, CKA_SUBPRIME, q);
	set_hex(to, CKA_BASE, g);
}

static inline CK_RV
ffc_pair_generate(struct pair *pair, const struct pkey_stop *stop)
{
	static const CK_MECHANISM_TYPE generate[] = {
		[CKK_DSA] = CKM_DSA_KEY_PAIR_GEN,
		[CKK_DH] = CKM_DH_PKCS_KEY_PAIR_GEN,
		[CKK_X9_42_DH] = CKM_X9_42_DH_KEY_PAIR_GEN,
	};
	const uint64_t type = attrs_ulong(attrs_bytes(&pair->public), CKA_KEY_TYPE, 0);

	return pkey_generate(mech_lookup_legacy(generate[type]), stop, &pair->public,
		&pair->private, &pair->secret);
}
