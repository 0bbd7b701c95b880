/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: what derive.c and the mechanisms of derivation tell each other. */
#pragma once

#include "common/secret.h"
#include "crypto/derive.h"

/* One C_DeriveKey. params are valid (derive_params_valid()), the keys may be used so. */
struct derivation {
	const struct mech *mech;
	struct bytes params;
	const struct key_input *base, *other;
	struct bytes template; /* of the call, as it came */
	enum object_role role;
};

/* How many bytes a derivation can give. */
struct supply {
	size_t max;
	size_t natural; /* where the template says no length; 0: it has to. Of what two sides agree
			 * on in any case, else where it says no type either */
};

/* Mechanisms of one key. make() fills value, which has the length that was asked for;
 * prepare() says in the template what the mechanism implies; out() is for the parameter. */
typedef CK_RV derivation_supply(const struct derivation *d, struct supply *ret);
typedef CK_RV derivation_make(const struct derivation *d, struct secret *value);
typedef CK_RV derivation_prepare(const struct derivation *d, struct attrs *template);
typedef CK_RV derivation_out(const struct derivation *d, struct buf *out);
/* Mechanisms of several. fault(): of which further key the template cannot be. */
typedef CK_RV derivation_keys(const struct derivation *d, struct derived *ret);
typedef bool derivation_fault(const struct derivation *d, size_t *ret);

derivation_supply concatenate_key_supply, concatenate_data_supply, xor_data_supply,
	extract_bits_supply, hash_key_supply, shake_key_supply, encrypt_data_supply,
	hkdf_supply, tls_master_supply, tls_kdf_supply, agree_supply;
derivation_make concatenate_key_make, concatenate_data_make, prepend_data_make,
	xor_data_make, extract_bits_make, hash_key_make, shake_key_make,
	encrypt_data_make, hkdf_make, tls_master_make, tls_kdf_make;
derivation_prepare hkdf_prepare, tls_master_prepare;
derivation_out tls_master_out;
derivation_keys sp800_derive, tls_keys_derive;
derivation_fault sp800_fault;

/* A key's template with what the base key demands of it. ret is replaced. */
CK_RV derivation_template(
	const struct derivation *d, struct bytes given, struct attrs *ret) MUST_CHECK;
/* Bytes of the key that such a template asks for. CKR_TEMPLATE_INCOMPLETE,
 * CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE or what
 * the mechanism answers to more than it has. */
CK_RV derivation_length(const struct derivation *d, struct bytes template,
	const struct supply *supply, size_t *ret) MUST_CHECK;
/* Can a key of one that derivation_template() made be? */
CK_RV derivation_try(const struct derivation *d, struct bytes template) MUST_CHECK;
/* A number that the template need not say, and may say no other. */
CK_RV derivation_imply(struct attrs *template, uint32_t type, uint64_t value) MUST_CHECK;
/* One more key. value gets its parity, where the type has one. */
CK_RV derivation_add(const struct derivation *d, struct bytes template,
	struct secret *value, struct derived *ret) MUST_CHECK;
