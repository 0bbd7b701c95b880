/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the schemas are written down. A schema is what one table of the standard
 * adds to its base; what it repeats of its base it overrides.
 */
#pragma once

#include "cryptoki/schema.h"
#include "cryptoki/vendor.h"

struct schema {
	const struct attr_def *defs;
	size_t n;
	const struct schema *base;
};

/* Which schema an object of a class (and key or certificate type) has. */
struct schema_row {
	CK_OBJECT_CLASS class;
	CK_ULONG sub_type;
	const struct schema *schema;
};

extern const struct schema schema_storage, schema_data, schema_x509, schema_rsa_public,
	schema_rsa_private, schema_ec_public, schema_ec_private, schema_montgomery_public,
	schema_montgomery_private, schema_aes, schema_generic_secret, schema_hmac,
	schema_des3, schema_chacha20, schema_trust, schema_dsa_domain, schema_dh_domain,
	schema_x9_42_domain;
extern const struct schema schema_dsa_public, schema_dsa_private, schema_dh_public,
	schema_dh_private, schema_x9_42_public, schema_x9_42_private;
extern const struct schema schema_pqc_public, schema_seeded_private,
	schema_slh_dsa_private, schema_dilithium_public, schema_dilithium_private,
	schema_ml_kem_public, schema_ml_kem_private;

/* NULL if there is none. */
const struct schema *schema_of(CK_OBJECT_CLASS class, CK_ULONG sub_type);
/* The definition a chain has for a type; NULL if none. */
const struct attr_def *schema_def(const struct schema *schema, uint32_t type);

/* Rows. D: with a default (of BOOL and ULONG; everything else: empty). */
#define ROW(type_, kind_, flags_)                                              \
	{                                                                      \
		.type = (uint32_t)(type_), .kind = (kind_), .flags = (flags_), \
		.name = #type_                                                 \
	}
#define ROW_D(type_, kind_, flags_, fallback_)                                 \
	{                                                                      \
		.type = (uint32_t)(type_), .kind = (kind_),                    \
		.flags = (flags_) | ATTR_HAS_DEFAULT, .fallback = (fallback_), \
		.name = #type_                                                 \
	}
/* A number with a default, and not any. */
#define ROW_OF(type_, takes_, fallback_)                                               \
	{                                                                              \
		.type = (uint32_t)(type_), .kind = ATTR_ULONG,                         \
		.flags = ATTR_HAS_DEFAULT, .fallback = (fallback_), .takes = (takes_), \
		.name = #type_                                                         \
	}
/* Without a default. */
#define ROW_BYTES_OF(type_, takes_, flags_)                                       \
	{                                                                         \
		.type = (uint32_t)(type_), .kind = ATTR_BYTES, .flags = (flags_), \
		.takes = (takes_), .name = #type_                                 \
	}

/* The combinations that the standard's tables are full of. */
#define F_MODIFY ATTR_MODIFIABLE
#define F_COMPUTED (ATTR_NO_CREATE | ATTR_NO_GENERATE | ATTR_NO_UNWRAP)
#define F_USAGE (ATTR_MODIFIABLE | ATTR_TOKEN_SETS) /* footnotes 8, 9 */
#define F_OTHER_HALF                                           \
	(ATTR_REQ_CREATE | ATTR_NO_GENERATE | ATTR_NO_UNWRAP | \
		ATTR_PAIR_HALF) /* 1, 4, 6 */
#define F_SECRET (ATTR_NO_GENERATE | ATTR_NO_UNWRAP | ATTR_SENSITIVE)
