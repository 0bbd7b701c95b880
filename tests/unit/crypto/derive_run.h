/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as C_CreateObject makes them, and a derivation through its parameter's packed form. */
#pragma once

#include "crypto/crypto.h"
#include "crypto/derive.h"

#include "common/cleanup.h"
#include "cryptoki/names.h"
#include "tests/unit/crypto/hex.h"

static CK_OBJECT_CLASS secret_class UNUSED = CKO_SECRET_KEY;
static CK_BBOOL yes UNUSED = CK_TRUE, no UNUSED = CK_FALSE;
static CK_KEY_TYPE generic_type UNUSED = CKK_GENERIC_SECRET, aes_type UNUSED = CKK_AES,
				hmac_type UNUSED = CKK_SHA256_HMAC;

#define ATTR_V(type, v)                 \
	{                               \
		(type), &(v), sizeof(v) \
	}

struct a_key {
	struct attrs public, secret;
	struct key_input input;
};

static inline void
a_key_free(struct a_key *k)
{
	attrs_free(&k->public);
	attrs_free(&k->secret);
}

static inline void
template_of(const CK_ATTRIBUTE *a, size_t n, struct attrs *ret)
{
	*ret = ATTRS_SECRET;
	ck_assert_uint_eq(attrs_from_template(a, n, ret), CKR_OK);
}

/* With CKA_DERIVE, not sensitive and extractable, where `more` does not say otherwise. */
static inline void
a_key_make(CK_KEY_TYPE type, struct bytes value, const CK_ATTRIBUTE *more, size_t n,
	struct a_key *ret)
{
	static const struct object_request request = {
		.origin = ORIGIN_CREATE,
		.role = ROLE_USER,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CK_UNAVAILABLE_INFORMATION,
		.key_type = CK_UNAVAILABLE_INFORMATION,
	};
	CLEANUP(attrs_free)
	struct attrs t = ATTRS_SECRET;

	template_of(more, n, &t);
	attrs_set_ulong(&t, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&t, CKA_KEY_TYPE, type);
	attrs_set(&t, CKA_VALUE, value);
	if (!attrs_has(attrs_bytes(&t), CKA_DERIVE))
		attrs_set_bool(&t, CKA_DERIVE, true);
	if (!attrs_has(attrs_bytes(&t), CKA_SENSITIVE))
		attrs_set_bool(&t, CKA_SENSITIVE, false);
	if (!attrs_has(attrs_bytes(&t), CKA_EXTRACTABLE))
		attrs_set_bool(&t, CKA_EXTRACTABLE, true);
	ret->public = ATTRS_INIT;
	ret->secret = ATTRS_SECRET;
	ck_assert_uint_eq(
		object_build(&request, attrs_bytes(&t), &ret->public, &ret->secret),
		CKR_OK);
	ck_assert_uint_eq(object_complete(&ret->public, &ret->secret), CKR_OK);
	ret->input.exposed = false;
	ret->input.attributes = attrs_bytes(&ret->public);
	ck_assert(attrs_find(attrs_bytes(&ret->secret), CKA_VALUE, &ret->input.value));
}

/* The whole way of C_DeriveKey but for who keeps the keys. */
static inline CK_RV
derive_with(CK_MECHANISM mechanism, const struct a_key *base, const struct a_key *other,
	const CK_ATTRIBUTE *template, size_t n, struct derived *ret)
{
	const struct mech *m = mech_lookup(mechanism.mechanism);
	CLEANUP(derive_params_free)
	struct derive_params params = DERIVE_PARAMS_NONE;
	CLEANUP(attrs_free)
	struct attrs t = ATTRS_SECRET;
	CK_RV rv;

	ck_assert_ptr_nonnull(m);
	template_of(template, n, &t);
	rv = derive_params_pack(m, &mechanism, &params);
	if (rv != CKR_OK)
		return rv;
	ck_assert(derive_params_valid(m, buf_bytes(&params.packed), other != NULL));
	ck_assert_int_eq(params.other != 0, other != NULL);
	return key_derive(m, buf_bytes(&params.packed), &base->input,
		other != NULL ? &other->input : NULL, attrs_bytes(&t), ROLE_USER, ret);
}

static inline struct bytes
derived_value(const struct derived *d, size_t i)
{
	struct bytes v = BYTES_NONE;

	ck_assert_uint_lt(i, d->n);
	ck_assert(attrs_find(attrs_bytes(&d->keys[i].secret), CKA_VALUE, &v));
	return v;
}

static inline void
expect_protection(const struct derived *d, bool sensitive, bool extractable,
	bool always_sensitive, bool never_extractable)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct bytes key = attrs_bytes(&d->keys[i].public);

		ck_assert_int_eq(attrs_bool(key, CKA_SENSITIVE, !sensitive), sensitive);
		ck_assert_int_eq(
			attrs_bool(key, CKA_EXTRACTABLE, !extractable), extractable);
		ck_assert_int_eq(attrs_bool(key, CKA_ALWAYS_SENSITIVE, !always_sensitive),
			always_sensitive);
		ck_assert_int_eq(
			attrs_bool(key, CKA_NEVER_EXTRACTABLE, !never_extractable),
			never_extractable);
		ck_assert(!attrs_bool(key, CKA_LOCAL, true));
	}
}
