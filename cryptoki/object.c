/* SPDX-License-Identifier: Apache-2.0 */
/* Creation: from a template to a complete object. */
#include "cryptoki/schema.h"

#include "cryptoki/key_size.h"
#include "cryptoki/object.h"
#include "cryptoki/schema_table.h"

/* What an object is put together from: at most one value a type, sorted and
 * packed once at the end. Values borrow; numbers live in `numbers`. */
struct draft {
	const struct object_request *request;
	struct bytes template;
	const struct schema *schema;
	CK_OBJECT_CLASS class;
	bool is_key;
	struct attr a[ATTRS_MAX_COUNT];
	size_t n;
	uint8_t numbers[32][8];
	size_t numbers_n;
};

static const uint8_t bools[2] = { 0, 1 };

static bool
draft_put(struct draft *d, uint32_t type, struct bytes value)
{
	size_t at = d->n;

	if (d->n == ARRAY_LEN(d->a))
		return false;
	for (; at > 0 && d->a[at - 1].type > type; at--)
		d->a[at] = d->a[at - 1];
	d->a[at] = (struct attr){ type, value };
	d->n++;
	return true;
}

static bool
draft_put_bool(struct draft *d, uint32_t type, bool value)
{
	return draft_put(d, type, BYTES(&bools[value], 1));
}

static bool
draft_put_ulong(struct draft *d, uint32_t type, uint64_t value)
{
	uint8_t *p;

	if (d->numbers_n == ARRAY_LEN(d->numbers))
		return false;
	p = d->numbers[d->numbers_n++];
	store_le64(p, value);
	return draft_put(d, type, BYTES(p, 8));
}

static const struct attr *
draft_find(const struct draft *d, uint32_t type)
{
	for (size_t i = 0; i < d->n && d->a[i].type <= type; i++) {
		if (d->a[i].type == type)
			return &d->a[i];
	}
	return NULL;
}

static bool
draft_bool(const struct draft *d, uint32_t type)
{
	const struct attr *a = draft_find(d, type);

	return a != NULL && a->value.n == 1 && a->value.p[0] != 0;
}

/* --- Class and type ------------------------------------------------------------ */

/* A number that the call may imply and the template may repeat. */
static CK_RV
number_resolve(struct bytes template, uint32_t type, CK_ULONG implied, CK_ULONG *ret)
{
	struct bytes v;
	uint64_t given;

	if (!attrs_find(template, type, &v)) {
		if (implied == CK_UNAVAILABLE_INFORMATION)
			return CKR_TEMPLATE_INCOMPLETE;
		*ret = implied;
		return CKR_OK;
	}
	if (v.n != 8)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	given = load_le64(v.p);
	if (implied != CK_UNAVAILABLE_INFORMATION && given != implied)
		return CKR_TEMPLATE_INCONSISTENT;
	if (given >= CK_UNAVAILABLE_INFORMATION)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	*ret = (CK_ULONG)given;
	return CKR_OK;
}

/* The attribute that tells the sub-type; 0 where the class has none. */
static uint32_t
sub_type_attribute(CK_OBJECT_CLASS class)
{
	switch (class) {
	case CKO_CERTIFICATE:
		return CKA_CERTIFICATE_TYPE;
	case CKO_PUBLIC_KEY:
	case CKO_PRIVATE_KEY:
	case CKO_SECRET_KEY:
	case CKO_DOMAIN_PARAMETERS:
		return CKA_KEY_TYPE;
	default:
		return 0;
	}
}

static CK_RV
draft_resolve(struct draft *d)
{
	const struct object_request *request = d->request;
	CK_ULONG sub_type = 0;
	uint32_t sub_attribute;
	CK_RV rv;

	rv = number_resolve(d->template, CKA_CLASS, request->class, &d->class);
	if (rv != CKR_OK)
		return rv;
	sub_attribute = sub_type_attribute(d->class);
	d->is_key = sub_attribute == CKA_KEY_TYPE && d->class != CKO_DOMAIN_PARAMETERS;
	if (sub_attribute != 0) {
		CK_ULONG implied = sub_attribute == CKA_KEY_TYPE
					   ? request->key_type
					   : CK_UNAVAILABLE_INFORMATION;

		rv = number_resolve(d->template, sub_attribute, implied, &sub_type);
		if (rv != CKR_OK)
			return rv;
	}
	d->schema = schema_of(d->class, sub_type);
	if (d->schema == NULL)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (!draft_put_ulong(d, CKA_CLASS, d->class) ||
		(sub_attribute != 0 && !draft_put_ulong(d, sub_attribute, sub_type)))
		return CKR_HOST_MEMORY;
	return CKR_OK;
}

/* --- The template -------------------------------------------------------------- */

struct origin_rule {
	uint32_t forbidden, required;
};

static const struct origin_rule origin_rules[] = {
	[ORIGIN_CREATE] = { ATTR_NO_CREATE, ATTR_REQ_CREATE },
	[ORIGIN_GENERATE] = { ATTR_NO_GENERATE, ATTR_REQ_GENERATE },
	[ORIGIN_UNWRAP] = { ATTR_NO_UNWRAP, ATTR_REQ_UNWRAP },
	[ORIGIN_DERIVE] = { ATTR_NO_UNWRAP, 0 },
};

/* The length that the key type alone tells: who names the type may say it too (5.18.4, 6.37.4,
 * 6.43), and where the type has no attribute for it, nothing is kept of that. */
static bool
repeats_type(const struct draft *d, const struct attr *a)
{
	const struct object_request *request = d->request;

	if (request->origin == ORIGIN_CREATE ||
		(request->origin == ORIGIN_GENERATE &&
			request->key_type != CK_UNAVAILABLE_INFORMATION))
		return false;
	if (d->class != CKO_SECRET_KEY || a->type != CKA_VALUE_LEN || a->value.n != 8)
		return false;
	return load_le64(a->value.p) == key_size_only((CK_KEY_TYPE)load_le64(
						draft_find(d, CKA_KEY_TYPE)->value.p));
}

static CK_RV
draft_take_template(struct draft *d)
{
	const struct origin_rule *rule = &origin_rules[d->request->origin];
	struct cursor c = cursor_over(d->template);
	struct attr a;

	while (attrs_next(&c, &a)) {
		const struct attr_def *def = schema_def(d->schema, a.type);

		if (def == NULL && repeats_type(d, &a))
			continue;
		if (def == NULL)
			return attribute_refused(a.type);
		if ((def->flags & (rule->forbidden | ATTR_READ_ONLY)) != 0)
			return CKR_ATTRIBUTE_READ_ONLY;
		if (!attr_value_valid(def, a.value))
			return CKR_ATTRIBUTE_VALUE_INVALID;
		if ((def->flags & ATTR_SO_ONLY) != 0 && a.value.p[0] != 0 &&
			d->request->role != ROLE_SO)
			return CKR_ATTRIBUTE_READ_ONLY;
		if (draft_find(d, a.type) != NULL)
			continue; /* class and type are there already */
		if (!draft_put(d, a.type, a.value))
			return CKR_HOST_MEMORY;
	}
	return CKR_OK;
}

/* --- What the template left out ---------------------------------------------- */

/* Private are, of what a user makes, the keys that are nobody else's business. */
static bool
default_private(const struct draft *d)
{
	return d->request->role == ROLE_USER &&
	       (d->class == CKO_SECRET_KEY || d->class == CKO_PRIVATE_KEY);
}

static CK_RV
draft_default(struct draft *d, const struct attr_def *def)
{
	bool put;

	if (def->type == CKA_PRIVATE)
		put = draft_put_bool(d, def->type, default_private(d));
	else if (def->type == CKA_EXTRACTABLE && d->request->origin == ORIGIN_UNWRAP)
		put = draft_put_bool(d, def->type, true); /* 5.18.4 */
	else if ((def->flags & ATTR_HAS_DEFAULT) == 0)
		return CKR_OK;
	else if (def->kind == ATTR_BOOL)
		put = draft_put_bool(d, def->type, def->fallback != 0);
	else if (def->kind == ATTR_ULONG)
		put = draft_put_ulong(d, def->type, def->fallback);
	else
		put = draft_put(d, def->type, BYTES_NONE);
	return put ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
draft_complete(struct draft *d)
{
	uint32_t required = origin_rules[d->request->origin].required;

	for (const struct schema *s = d->schema; s != NULL; s = s->base) {
		for (size_t i = 0; i < s->n; i++) {
			CK_RV rv;

			if (draft_find(d, s->defs[i].type) != NULL)
				continue;
			if ((s->defs[i].flags & required) != 0)
				return CKR_TEMPLATE_INCOMPLETE;
			rv = draft_default(d, &s->defs[i]);
			if (rv != CKR_OK)
				return rv;
		}
	}
	return CKR_OK;
}

/* The size of a key to be generated, where its type tells it. */
static CK_RV
draft_size(struct draft *d)
{
	const struct attr *type = draft_find(d, CKA_KEY_TYPE);
	uint64_t n;

	if (d->request->origin != ORIGIN_GENERATE || d->class != CKO_SECRET_KEY ||
		schema_def(d->schema, CKA_VALUE_LEN) == NULL ||
		draft_find(d, CKA_VALUE_LEN) != NULL)
		return CKR_OK;
	n = key_size_usual((CK_KEY_TYPE)load_le64(type->value.p));
	return n == 0 || draft_put_ulong(d, CKA_VALUE_LEN, n) ? CKR_OK : CKR_HOST_MEMORY;
}

/* CKA_LOCAL and its kin: told by how the key came to be. */
static CK_RV
draft_history(struct draft *d)
{
	bool generated = d->request->origin == ORIGIN_GENERATE;
	bool ok = true;

	if (d->is_key || d->class == CKO_DOMAIN_PARAMETERS)
		ok &= draft_put_bool(d, CKA_LOCAL, generated);
	if (!d->is_key)
		return ok ? CKR_OK : CKR_HOST_MEMORY;
	ok &= draft_put_ulong(d, CKA_KEY_GEN_MECHANISM,
		generated && d->request->mechanism != CK_UNAVAILABLE_INFORMATION
			? d->request->mechanism
			: UINT64_MAX);
	if (d->class != CKO_PUBLIC_KEY) {
		ok &= draft_put_bool(d, CKA_ALWAYS_SENSITIVE,
			generated && draft_bool(d, CKA_SENSITIVE));
		ok &= draft_put_bool(d, CKA_NEVER_EXTRACTABLE,
			generated && !draft_bool(d, CKA_EXTRACTABLE));
	}
	return ok ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
draft_pack(const struct draft *d, struct attrs *public, struct attrs *secret)
{
	size_t total = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct attr_def *def = schema_def(d->schema, d->a[i].type);
		bool hidden = def != NULL && (def->flags & ATTR_SENSITIVE) != 0;
		struct buf *b = hidden ? &secret->b : &public->b;

		buf_put_u32(b, d->a[i].type);
		buf_put_blob(b, d->a[i].value);
		total += 8 + d->a[i].value.n;
	}
	if (!attrs_ok(public) || !attrs_ok(secret) || total > ATTRS_MAX_BYTES)
		return CKR_HOST_MEMORY;
	return CKR_OK;
}

CK_RV
object_build(const struct object_request *request, struct bytes template,
	struct attrs *ret_public, struct attrs *ret_secret)
{
	struct attrs public = ATTRS_INIT, secret = ATTRS_SECRET;
	struct draft d;
	CK_RV rv;

	d.request = request;
	d.template = template;
	d.n = 0;
	d.numbers_n = 0;
	rv = draft_resolve(&d);
	if (rv == CKR_OK)
		rv = draft_take_template(&d);
	if (rv == CKR_OK)
		rv = draft_complete(&d);
	if (rv == CKR_OK)
		rv = draft_size(&d);
	if (rv == CKR_OK)
		rv = draft_history(&d);
	if (rv == CKR_OK && draft_bool(&d, CKA_PRIVATE) && request->role != ROLE_USER)
		rv = CKR_USER_NOT_LOGGED_IN;
	if (rv == CKR_OK)
		rv = draft_pack(&d, &public, &secret);
	if (rv == CKR_OK)
		rv = object_contradictions(attrs_bytes(&public));
	if (rv == CKR_OK) {
		attrs_free(ret_public);
		attrs_free(ret_secret);
		*ret_public = public;
		*ret_secret = secret;
	} else {
		attrs_free(&public);
		attrs_free(&secret);
	}
	return rv;
}
