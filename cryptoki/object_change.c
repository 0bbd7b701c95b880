/* SPDX-License-Identifier: Apache-2.0 */
/* Change, copy, and the questions asked of an existing object. */
#include "cryptoki/object.h"
#include "cryptoki/mech.h"
#include "cryptoki/schema_table.h"

static CK_OBJECT_CLASS
object_class(struct bytes object)
{
	return (CK_OBJECT_CLASS)attrs_ulong(
		object, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
}

static const struct schema *
object_schema(struct bytes object)
{
	CK_OBJECT_CLASS class = object_class(object);
	uint32_t type = class == CKO_CERTIFICATE ? CKA_CERTIFICATE_TYPE : CKA_KEY_TYPE;

	return schema_of(class, (CK_ULONG)attrs_ulong(object, type, 0));
}

CK_RV
attribute_refused(uint32_t type)
{
	return attr_lookup(type) != NULL ? CKR_TEMPLATE_INCONSISTENT
					 : CKR_ATTRIBUTE_TYPE_INVALID;
}

static bool
is_empty(struct bytes object, uint32_t type)
{
	struct bytes v;

	return !attrs_find(object, type, &v) || v.n == 0;
}

/* 4.6.3, notes 2 to 4: the certificate, or where it is and whose it is. */
static CK_RV
certificate_contradictions(struct bytes object)
{
	if (is_empty(object, CKA_URL))
		return is_empty(object, CKA_VALUE) ? CKR_TEMPLATE_INCOMPLETE : CKR_OK;
	return is_empty(object, CKA_HASH_OF_SUBJECT_PUBLIC_KEY) ||
			       is_empty(object, CKA_HASH_OF_ISSUER_PUBLIC_KEY)
		       ? CKR_TEMPLATE_INCOMPLETE
		       : CKR_OK;
}

/* 4.7: what trusts a certificate has to say which one, by its hash. */
static CK_RV
trust_contradictions(struct bytes object)
{
	bool trusts = false;

	for (uint32_t type = CKA_TRUST_SERVER_AUTH; type <= CKA_TRUST_OCSP_SIGNING;
		type++) {
		const uint64_t trust = attrs_ulong(object, type, CKT_TRUST_UNKNOWN);

		trusts |= trust != CKT_TRUST_UNKNOWN && trust != CKT_NOT_TRUSTED;
	}
	return trusts && is_empty(object, CKA_HASH_OF_CERTIFICATE)
		       ? CKR_TEMPLATE_INCOMPLETE
		       : CKR_OK;
}

CK_RV
object_contradictions(struct bytes object)
{
	CK_OBJECT_CLASS class = object_class(object);

	/* 4.9: "can only be CK_TRUE if CKA_PRIVATE is" */
	if (attrs_bool(object, CKA_ALWAYS_AUTHENTICATE, false) &&
		!attrs_bool(object, CKA_PRIVATE, false))
		return CKR_TEMPLATE_INCONSISTENT;
	if (class == CKO_CERTIFICATE)
		return certificate_contradictions(object);
	return class == CKO_TRUST ? trust_contradictions(object) : CKR_OK;
}

struct change {
	struct bytes old;
	const struct schema *schema;
	enum object_role role;
	bool copy;
	bool frozen; /* is_frozen() */
};

static bool
is_trusted(struct bytes object)
{
	return attrs_bool(object, CKA_TRUSTED, false);
}

/* May it be changed where it is? 4.6.2: "trusted certificates cannot be modified". */
static bool
may_change(struct bytes object, enum object_role role)
{
	return attrs_bool(object, CKA_MODIFIABLE, true) &&
	       (object_class(object) != CKO_CERTIFICATE || role == ROLE_SO ||
		       !is_trusted(object));
}

/* Footnote 10: nobody but the SO makes an object trusted. What nobody else may change where
 * it is does not become something else by a copy that is trusted too. */
static bool
is_frozen(struct bytes old, struct bytes template, enum object_role role)
{
	return role != ROLE_SO && is_trusted(old) && !may_change(old, role) &&
	       attrs_bool(template, CKA_TRUSTED, true);
}

static bool
is_the_same(struct bytes old, const struct attr *a)
{
	struct bytes is = BYTES_NONE;

	return attrs_find(old, a->type, &is) && bytes_equal(is, a->value);
}

/* Is it what the object is, not only where it is and who may see and destroy it? */
static bool
is_of_content(const struct attr_def *def)
{
	return (def->flags & ATTR_MODIFIABLE) != 0 || def->type == CKA_MODIFIABLE;
}

static CK_RV
change_allowed(const struct change *c, const struct attr *a)
{
	const struct attr_def *def = schema_def(c->schema, a->type);
	uint32_t may = ATTR_MODIFIABLE | (c->copy ? ATTR_COPY_ONLY : 0);
	bool was, is;

	if (def == NULL)
		return attribute_refused(a->type);
	if ((def->flags & may) == 0)
		return CKR_ATTRIBUTE_READ_ONLY;
	if (!attr_value_valid(def, a->value))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (c->frozen && is_of_content(def) && !is_the_same(c->old, a))
		return CKR_ATTRIBUTE_READ_ONLY;
	if (def->kind != ATTR_BOOL)
		return CKR_OK;
	was = attrs_bool(c->old, a->type, false);
	is = a->value.p[0] != 0;
	if ((def->flags & ATTR_ONLY_TO_TRUE) != 0 && was && !is)
		return CKR_ATTRIBUTE_READ_ONLY;
	if ((def->flags & ATTR_ONLY_TO_FALSE) != 0 && !was && is)
		return CKR_ATTRIBUTE_READ_ONLY;
	if ((def->flags & ATTR_SO_ONLY) != 0 && is && !was && c->role != ROLE_SO)
		return CKR_ATTRIBUTE_READ_ONLY;
	if (a->type == CKA_PRIVATE && is && c->role != ROLE_USER)
		return CKR_USER_NOT_LOGGED_IN;
	/* what only a user may see stays so */
	if (a->type == CKA_PRIVATE && was && !is)
		return CKR_TEMPLATE_INCONSISTENT;
	return CKR_OK;
}

static CK_RV
change_apply(const struct change *change, struct bytes template, struct attrs *to)
{
	struct cursor c = cursor_over(template);
	struct attr a;

	if (change->schema == NULL)
		return CKR_GENERAL_ERROR;
	while (attrs_next(&c, &a)) {
		CK_RV rv = change_allowed(change, &a);

		if (rv != CKR_OK)
			return rv;
	}
	if (attrs_copy(to, change->old) < 0)
		return CKR_HOST_MEMORY;
	for (c = cursor_over(template); attrs_next(&c, &a);)
		attrs_set(to, a.type, a.value);
	if (change->copy) {
		attrs_unset(to, CKA_UNIQUE_ID);
		attrs_unset(to, (uint32_t)CKA_KT_CUSTODY);
	}
	if (!attrs_ok(to) || !attrs_valid(attrs_bytes(to)))
		return CKR_HOST_MEMORY;
	return object_contradictions(attrs_bytes(to));
}

static CK_RV
object_change(
	const struct change *change, struct bytes template, struct attrs *ret_public)
{
	struct attrs to = ATTRS_INIT;
	CK_RV rv = change_apply(change, template, &to);

	if (rv != CKR_OK) {
		attrs_free(&to);
		return rv;
	}
	attrs_free(ret_public);
	*ret_public = to;
	return CKR_OK;
}

CK_RV
object_update(struct bytes old_public, struct bytes template, enum object_role role,
	struct attrs *ret_public)
{
	const struct change c = {
		.old = old_public, .schema = object_schema(old_public), .role = role
	};

	return may_change(old_public, role) ? object_change(&c, template, ret_public)
					    : CKR_ACTION_PROHIBITED;
}

CK_RV
object_copy(struct bytes old_public, struct bytes template, enum object_role role,
	struct attrs *ret_public)
{
	const struct change c = { .old = old_public,
		.schema = object_schema(old_public),
		.role = role,
		.copy = true,
		.frozen = is_frozen(old_public, template, role) };

	return attrs_bool(old_public, CKA_COPYABLE, true)
		       ? object_change(&c, template, ret_public)
		       : CKR_ACTION_PROHIBITED;
}

/* --- Questions ----------------------------------------------------------------- */

bool
object_claims_derived(struct bytes old_public, struct bytes new_public)
{
	const struct schema *schema = object_schema(new_public);
	struct cursor c = cursor_over(new_public);
	struct attr a;

	while (attrs_next(&c, &a)) {
		const struct attr_def *def = schema_def(schema, a.type);

		if (def != NULL && (def->flags & ATTR_DERIVED) != 0 && a.value.n != 0 &&
			!is_the_same(old_public, &a))
			return true;
	}
	return false;
}

static bool
class_has_secrets(CK_OBJECT_CLASS class)
{
	return class == CKO_PRIVATE_KEY || class == CKO_SECRET_KEY;
}

bool
object_is_readable(struct bytes object_public)
{
	if (!class_has_secrets(object_class(object_public)))
		return true;
	return !attrs_bool(object_public, CKA_SENSITIVE, true) &&
	       attrs_bool(object_public, CKA_EXTRACTABLE, false);
}

bool
object_may_reveal(struct bytes object_public, uint32_t type)
{
	const struct attr_def *def = schema_def(object_schema(object_public), type);

	if (def == NULL || (def->flags & ATTR_SENSITIVE) == 0)
		return true;
	return object_is_readable(object_public);
}

bool
object_is_visible(struct bytes object_public, enum object_role role)
{
	return role == ROLE_USER || !attrs_bool(object_public, CKA_PRIVATE, true);
}

static bool
mechanism_listed(struct bytes list, CK_MECHANISM_TYPE mechanism)
{
	for (size_t i = 0; i + 8 <= list.n; i += 8) {
		if (load_le64(list.p + i) == mechanism)
			return true;
	}
	return false;
}

/* Generic secrets serve an HMAC as well as the hash's own keys, and HKDF; many derivations
 * take any secret key, and ECDH those of Montgomery curves. */
static bool
key_type_fits(const struct mech *m, CK_KEY_TYPE key_type)
{
	if ((m->flags & CKF_DERIVE) != 0 && m->key_type == CK_UNAVAILABLE_INFORMATION)
		return true;
	/* RFC 7748's function has its cofactor in it */
	if (m->algorithm == ALG_ECDH1 && key_type == CKK_EC_MONTGOMERY)
		return true;
	if (m->key_type == CKK_HKDF && key_type == CKK_GENERIC_SECRET)
		return true;
	if (m->algorithm == ALG_HMAC && key_type == digests[m->digest].hmac_key)
		return true;
	return m->key_type == key_type;
}

CK_RV
object_check_permission(
	struct bytes object_public, uint32_t usage, CK_MECHANISM_TYPE mechanism)
{
	struct bytes allowed;

	if (!attrs_bool(object_public, usage, false))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	if (attrs_find(object_public, CKA_ALLOWED_MECHANISMS, &allowed) &&
		!mechanism_listed(allowed, mechanism))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	return CKR_OK;
}

CK_RV
object_check_usage(
	struct bytes object_public, uint32_t usage, CK_MECHANISM_TYPE mechanism)
{
	/* whether a legacy one is offered is for who is asked for it */
	const struct mech *m = mech_lookup_legacy(mechanism);
	CK_KEY_TYPE key_type = (CK_KEY_TYPE)attrs_ulong(
		object_public, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);

	if (m == NULL)
		return CKR_MECHANISM_INVALID;
	if (!key_type_fits(m, key_type))
		return CKR_KEY_TYPE_INCONSISTENT;
	return object_check_permission(object_public, usage, mechanism);
}
