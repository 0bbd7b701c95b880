/* SPDX-License-Identifier: Apache-2.0 */
/* What every derivation has in common: PKCS#11 3.2, 5.18.5 and chapter 6. */
#include "crypto/derive.h"

#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "crypto/derivation.h"

/* --- What a derived key has of its bases ------------------------------------------ */

enum history {
	HISTORY_OWN, /* CKA_ALWAYS_SENSITIVE: the base key's and its own CKA_SENSITIVE */
	HISTORY_BASES, /* what all keys that took part have */
};

/* Of CKA_SENSITIVE, and of CKA_EXTRACTABLE the other way around. */
struct heritage {
	bool binds; /* what comes of a sensitive key is sensitive */
	enum history history;
};

struct method {
	derivation_supply *supply;
	derivation_make *make;
	bool other;     /* takes part: a second key */
	CK_RV too_long; /* where more bytes are wanted than there are */
	struct heritage heritage;
};

#define FREELY                     \
	{                          \
		false, HISTORY_OWN \
	}
#define BOUND                       \
	{                           \
		true, HISTORY_BASES \
	}

static const struct method methods[ALG_COUNT] = {
	[ALG_CONCATENATE_KEY] = { concatenate_key_supply, concatenate_key_make, true,
		CKR_KEY_SIZE_RANGE, BOUND },
	[ALG_CONCATENATE_DATA] = { concatenate_data_supply, concatenate_data_make, false,
		CKR_KEY_SIZE_RANGE, BOUND },
	[ALG_PREPEND_DATA] = { concatenate_data_supply, prepend_data_make, false,
		CKR_KEY_SIZE_RANGE, BOUND },
	[ALG_XOR_DATA] = { xor_data_supply, xor_data_make, false, CKR_KEY_SIZE_RANGE,
		BOUND },
	[ALG_EXTRACT_BITS] = { extract_bits_supply, extract_bits_make, false,
		CKR_KEY_SIZE_RANGE, BOUND },
	[ALG_HASH_KEY] = { hash_key_supply, hash_key_make, false, CKR_KEY_SIZE_RANGE,
		FREELY },
};

/* Which attribute of a key's protection, and the value of it that protects. */
struct protection {
	uint32_t now, always;
	bool strict;
};

static const struct protection protections[] = {
	{ CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE, true },
	{ CKA_EXTRACTABLE, CKA_NEVER_EXTRACTABLE, false },
};

static bool
is_strict(const struct protection *p, const struct key_input *key)
{
	return attrs_bool(key->attributes, p->now, p->strict) == p->strict;
}

static bool
was_always(const struct protection *p, const struct key_input *key)
{
	return attrs_bool(key->attributes, p->always, false);
}

/* Before the key is built: what its bases demand of the template. */
static CK_RV
protection_inherit(
	const struct derivation *d, const struct protection *p, struct attrs *template)
{
	const struct heritage *h = &methods[d->mech->algorithm].heritage;
	const bool strict =
		is_strict(p, d->base) || (d->other != NULL && is_strict(p, d->other));

	if (!h->binds || !strict)
		return CKR_OK;
	if (attrs_bool(attrs_bytes(template), p->now, p->strict) != p->strict)
		return CKR_TEMPLATE_INCONSISTENT;
	attrs_set_bool(template, p->now, p->strict);
	return CKR_OK;
}

/* Afterwards: what it may say of its past. */
static void
protection_remember(
	const struct derivation *d, const struct protection *p, struct attrs *public)
{
	const struct heritage *h = &methods[d->mech->algorithm].heritage;
	const bool own = attrs_bool(attrs_bytes(public), p->now, !p->strict) == p->strict;
	bool always = was_always(p, d->base);

	if (h->history == HISTORY_OWN)
		always = always && own;
	else if (d->other != NULL)
		always = always && was_always(p, d->other);
	attrs_set_bool(public, p->always, always);
}

/* --- Templates ---------------------------------------------------------------------- */

/* 4.10: CKA_DERIVE_TEMPLATE is applied after the given one and may not contradict it. */
static CK_RV
template_merge(struct bytes more, struct attrs *template)
{
	struct cursor c = cursor_over(more);
	struct bytes given;
	struct attr a;

	while (attrs_next(&c, &a)) {
		if (!attrs_find(attrs_bytes(template), a.type, &given))
			attrs_set(template, a.type, a.value);
		else if (!bytes_equal(given, a.value))
			return CKR_TEMPLATE_INCONSISTENT;
	}
	return CKR_OK;
}

CK_RV
derivation_template(const struct derivation *d, struct bytes given, struct attrs *ret)
{
	struct bytes more;
	CK_RV rv = CKR_OK;

	if (attrs_copy(ret, given) < 0)
		return CKR_HOST_MEMORY;
	if (attrs_find(d->base->attributes, CKA_DERIVE_TEMPLATE, &more))
		rv = template_merge(more, ret);
	for (size_t i = 0; rv == CKR_OK && i < ARRAY_LEN(protections); i++)
		rv = protection_inherit(d, &protections[i], ret);
	return rv == CKR_OK && !attrs_ok(ret) ? CKR_HOST_MEMORY : rv;
}

/* Key types of one length: bytes. */
static const struct {
	CK_KEY_TYPE type;
	uint8_t bytes;
	bool parity; /* the lowest bit of each byte */
} fixed[] = {
	{ CKK_DES, 8, true },
	{ CKK_DES2, 16, true },
	{ CKK_DES3, 24, true },
	{ CKK_CHACHA20, 32, false },
	{ CKK_SALSA20, 32, false },
	{ CKK_POLY1305, 32, false },
};

size_t
key_type_length(CK_KEY_TYPE type)
{
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
		if (fixed[i].type == type)
			return fixed[i].bytes;
	}
	return 0;
}

/* 6.43: type and length as the template says, or what follows from the other. */
CK_RV
derivation_length(const struct derivation *d, struct bytes template,
	const struct supply *supply, size_t *ret)
{
	const uint64_t type =
		attrs_ulong(template, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	const bool typed = type != CK_UNAVAILABLE_INFORMATION;
	const size_t own = typed ? key_type_length((CK_KEY_TYPE)type) : supply->natural;
	const uint64_t n = attrs_ulong(template, CKA_VALUE_LEN, own);

	if (n == 0)
		return attrs_has(template, CKA_VALUE_LEN) ? CKR_ATTRIBUTE_VALUE_INVALID
							  : CKR_TEMPLATE_INCOMPLETE;
	if (typed && own != 0 && n != own)
		return CKR_TEMPLATE_INCONSISTENT;
	if (n > supply->max)
		return methods[d->mech->algorithm].too_long;
	if (n > DERIVE_MAX_VALUE)
		return CKR_KEY_SIZE_RANGE;
	*ret = (size_t)n;
	return CKR_OK;
}

/* --- Keys --------------------------------------------------------------------------- */

/* An odd number of ones in each byte. */
static void
set_parity(CK_KEY_TYPE type, struct secret *value)
{
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
		if (fixed[i].type != type || !fixed[i].parity)
			continue;
		for (size_t k = 0; k < value->n; k++) {
			unsigned ones = value->p[k] >> 1;

			ones ^= ones >> 4;
			ones ^= ones >> 2;
			ones ^= ones >> 1;
			value->p[k] = (uint8_t)((value->p[k] & 0xfe) | (~ones & 1));
		}
	}
}

CK_RV
derivation_add(const struct derivation *d, struct bytes template, struct secret *value,
	struct derived *ret)
{
	const struct object_request request = {
		.origin = ORIGIN_DERIVE,
		.role = d->role,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CKO_SECRET_KEY,
		.key_type =
			(CK_ULONG)attrs_ulong(template, CKA_KEY_TYPE, CKK_GENERIC_SECRET),
	};
	struct new_key *k = &ret->keys[ret->n];
	CK_RV rv;

	if (ret->n == ARRAY_LEN(ret->keys))
		return CKR_MECHANISM_PARAM_INVALID;
	*k = NEW_KEY_NONE;
	rv = object_build(&request, template, &k->public, &k->secret);
	if (rv != CKR_OK)
		return rv;
	ret->n++;
	for (size_t i = 0; i < ARRAY_LEN(protections); i++)
		protection_remember(d, &protections[i], &k->public);
	set_parity(request.key_type, value);
	attrs_set(&k->secret, CKA_VALUE, secret_bytes(value));
	if (!attrs_ok(&k->public) || !attrs_ok(&k->secret))
		return CKR_HOST_MEMORY;
	return object_complete(&k->public, &k->secret);
}

/* --- The call ----------------------------------------------------------------------- */

static CK_RV
derive_one(const struct derivation *d, struct derived *ret)
{
	const struct method *method = &methods[d->mech->algorithm];
	CLEANUP(attrs_free)
	struct attrs template = ATTRS_SECRET;
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	struct supply supply;
	size_t n;
	CK_RV rv = derivation_template(d, d->template, &template);

	if (rv == CKR_OK)
		rv = method->supply(d, &supply);
	if (rv == CKR_OK)
		rv = derivation_length(d, attrs_bytes(&template), &supply, &n);
	if (rv == CKR_OK && secret_new(n, &value) != 0)
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = method->make(d, &value);
	return rv == CKR_OK ? derivation_add(d, attrs_bytes(&template), &value, ret) : rv;
}

static bool
is_secret_key(const struct key_input *key)
{
	return attrs_ulong(key->attributes, CKA_CLASS, CK_UNAVAILABLE_INFORMATION) ==
		       CKO_SECRET_KEY &&
	       key->value.n != 0;
}

static CK_RV
derivation_check(const struct derivation *d)
{
	const struct method *method = &methods[d->mech->algorithm];
	CK_RV rv;

	if ((d->mech->flags & CKF_DERIVE) == 0 || method->make == NULL)
		return CKR_MECHANISM_INVALID;
	if (!is_secret_key(d->base))
		return CKR_KEY_TYPE_INCONSISTENT;
	rv = object_check_usage(d->base->attributes, CKA_DERIVE, d->mech->type);
	if (rv == CKR_OK && !derive_params_valid(d->mech, d->params))
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv == CKR_OK && method->other != (d->other != NULL))
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv != CKR_OK || d->other == NULL)
		return rv;
	if (!is_secret_key(d->other))
		return CKR_KEY_TYPE_INCONSISTENT;
	return object_check_permission(d->other->attributes, CKA_DERIVE, d->mech->type);
}

CK_RV
key_derive(const struct mech *m, struct bytes params, const struct key_input *base,
	const struct key_input *other, struct bytes template, enum object_role role,
	struct derived *ret)
{
	const struct derivation d = { m, params, base, other, template, role };
	struct derived made = DERIVED_NONE;
	CK_RV rv = derivation_check(&d);

	if (rv == CKR_OK)
		rv = derive_one(&d, &made);
	if (rv != CKR_OK) {
		derived_free(&made);
		return rv;
	}
	derived_free(ret);
	*ret = made;
	return CKR_OK;
}

void
new_key_free(struct new_key *k)
{
	attrs_free(&k->public);
	attrs_free(&k->secret);
}

void
derived_free(struct derived *d)
{
	for (size_t i = 0; i < d->n; i++)
		new_key_free(&d->keys[i]);
	d->n = 0;
	buf_free(&d->out);
}
