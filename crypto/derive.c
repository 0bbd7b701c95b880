/* SPDX-License-Identifier: Apache-2.0 */
/* What every derivation has in common: PKCS#11 3.2, 5.18.5 and chapter 6. */
#include "crypto/derive.h"

#include "common/cleanup.h"
#include "crypto/agree.h"
#include "crypto/crypto.h"
#include "crypto/derivation.h"
#include "crypto/wrap.h"
#include "cryptoki/key_size.h"

/* --- The mechanisms ------------------------------------------------------------------ */

/* Of CKA_SENSITIVE, and of CKA_EXTRACTABLE the other way around; each mechanism's section
 * says which. */
enum heritage {
	/* as the template says; always sensitive where the base key is and it is itself */
	HERITAGE_FREE,
	/* sensitive if one of its bases is; always where all of them are */
	HERITAGE_BOUND,
	/* the same, and where nothing is said as the base key */
	HERITAGE_BOUND_LIKE,
	/* free, but where nothing is said as the base key; always if one of its bases is and
	 * it is itself */
	HERITAGE_LIKE,
	/* what the base key is, in all */
	HERITAGE_SAME,
};

struct method {
	derivation_supply *supply;
	derivation_make *make;
	enum heritage heritage;
	CK_RV too_long; /* where more bytes are wanted than there are; 0: as most do */
	derivation_prepare *prepare;
	derivation_out *out;
	derivation_keys *keys; /* instead of all above but the heritage */
	derivation_fault *fault;
};

/* clang-format off */
#define ONE(what, how, whose) .supply = what##_supply, .make = how##_make, .heritage = (whose)
#define SEVERAL(how, whose) .keys = how##_derive, .heritage = (whose)
static const struct method methods[ALG_COUNT] = {
	[ALG_CONCATENATE_KEY] = { ONE(concatenate_key, concatenate_key, HERITAGE_BOUND) },
	[ALG_CONCATENATE_DATA] = { ONE(concatenate_data, concatenate_data, HERITAGE_BOUND) },
	[ALG_PREPEND_DATA] = { ONE(concatenate_data, prepend_data, HERITAGE_BOUND) },
	[ALG_XOR_DATA] = { ONE(xor_data, xor_data, HERITAGE_BOUND) },
	[ALG_EXTRACT_BITS] = { ONE(extract_bits, extract_bits, HERITAGE_BOUND) },
	[ALG_HASH_KEY] = { ONE(hash_key, hash_key, HERITAGE_FREE) },
	[ALG_SHAKE128_KEY] = { ONE(shake_key, shake_key, HERITAGE_FREE) },
	[ALG_SHAKE256_KEY] = { ONE(shake_key, shake_key, HERITAGE_FREE) },
	[ALG_ENCRYPT_ECB] = { ONE(encrypt_data, encrypt_data, HERITAGE_FREE),
		.too_long = CKR_DATA_LEN_RANGE },
	[ALG_ENCRYPT_CBC] = { ONE(encrypt_data, encrypt_data, HERITAGE_FREE),
		.too_long = CKR_DATA_LEN_RANGE },
	[ALG_HKDF] = { ONE(hkdf, hkdf, HERITAGE_FREE), .prepare = hkdf_prepare },
	[ALG_HKDF_DATA] = { ONE(hkdf, hkdf, HERITAGE_FREE), .prepare = hkdf_prepare },
	[ALG_SP800_COUNTER] = { SEVERAL(sp800, HERITAGE_LIKE), .fault = sp800_fault },
	[ALG_SP800_FEEDBACK] = { SEVERAL(sp800, HERITAGE_LIKE), .fault = sp800_fault },
	[ALG_SP800_PIPELINE] = { SEVERAL(sp800, HERITAGE_LIKE), .fault = sp800_fault },
	[ALG_TLS_MASTER] = { ONE(tls_master, tls_master, HERITAGE_FREE),
		.prepare = tls_master_prepare, .out = tls_master_out },
	[ALG_TLS_MASTER_DH] = { ONE(tls_master, tls_master, HERITAGE_FREE),
		.prepare = tls_master_prepare },
	[ALG_TLS_KEYS] = { SEVERAL(tls_keys, HERITAGE_SAME) },
	[ALG_TLS_KEYS_SAFE] = { SEVERAL(tls_keys, HERITAGE_SAME) },
	/* made elsewhere: key_agree_size() */
	[ALG_ECDH1] = { .supply = agree_supply, .heritage = HERITAGE_FREE },
	[ALG_ECDH1_COFACTOR] = { .supply = agree_supply, .heritage = HERITAGE_FREE },
	[ALG_DH] = { .supply = agree_supply, .heritage = HERITAGE_FREE },
	[ALG_TLS_KDF] = { ONE(tls_kdf, tls_kdf, HERITAGE_BOUND_LIKE) },
};
/* clang-format on */

/* --- What a derived key has of its bases ---------------------------------------------- */

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

/* What the application could have made up is not believed. */
static bool
was_always(const struct protection *p, const struct key_input *key)
{
	return !key->exposed && attrs_bool(key->attributes, p->always, false);
}

/* Before the key is built: what its bases demand of the template. */
static CK_RV
protection_inherit(
	const struct derivation *d, const struct protection *p, struct attrs *template)
{
	const enum heritage h = methods[d->mech->algorithm].heritage;
	const bool base = is_strict(p, d->base);
	const bool strict = base || (d->other != NULL && is_strict(p, d->other));
	const bool given = attrs_has(attrs_bytes(template), p->now);
	bool must, like;

	must = h == HERITAGE_SAME ||
	       (strict && (h == HERITAGE_BOUND || h == HERITAGE_BOUND_LIKE));
	like = h == HERITAGE_LIKE || h == HERITAGE_BOUND_LIKE;
	if (must && given &&
		attrs_bool(attrs_bytes(template), p->now, p->strict) !=
			(strict == p->strict))
		return CKR_TEMPLATE_INCONSISTENT;
	if (!given && (must || like))
		attrs_set_bool(template, p->now, (must ? strict : base) == p->strict);
	return CKR_OK;
}

/* Afterwards: what it may say of its past. */
static void
protection_remember(
	const struct derivation *d, const struct protection *p, struct attrs *public)
{
	const enum heritage h = methods[d->mech->algorithm].heritage;
	const bool own = attrs_bool(attrs_bytes(public), p->now, !p->strict) == p->strict;
	const bool base = was_always(p, d->base);
	const bool other = d->other != NULL ? was_always(p, d->other) : base;
	bool always = base && own;

	if (h == HERITAGE_LIKE)
		always = (base || other) && own;
	else if (h != HERITAGE_FREE)
		always = base && other;
	attrs_set_bool(public, p->always, always);
}

/* --- Templates ---------------------------------------------------------------------- */

/* CKM_HKDF_DATA gives a data object, of which nobody asks any of this. */
static bool
is_data(const struct derivation *d)
{
	return d->mech->algorithm == ALG_HKDF_DATA;
}

/* 4.10: CKA_DERIVE_TEMPLATE is applied after the given one and may not contradict it. */
CK_RV
derivation_template(const struct derivation *d, struct bytes given, struct attrs *ret)
{
	CK_RV rv = key_template(given, d->base->attributes, CKA_DERIVE_TEMPLATE, ret);

	for (size_t i = 0; rv == CKR_OK && !is_data(d) && i < ARRAY_LEN(protections); i++)
		rv = protection_inherit(d, &protections[i], ret);
	return rv == CKR_OK && !attrs_ok(ret) ? CKR_HOST_MEMORY : rv;
}

CK_RV
derivation_imply(struct attrs *template, uint32_t type, uint64_t value)
{
	if (attrs_ulong(attrs_bytes(template), type, value) != value)
		return CKR_TEMPLATE_INCONSISTENT;
	attrs_set_ulong(template, type, value);
	return CKR_OK;
}

/* Where the template does not say; 0: it has to. 6.43 wants a type to have one length alone
 * then; what two sides agree on (6.3.16, 6.4) may also be one of several as it is. */
static size_t
untold_length(const struct derivation *d, uint64_t type, size_t natural)
{
	const size_t only = key_size_only((CK_KEY_TYPE)type);

	if (type == CK_UNAVAILABLE_INFORMATION)
		return natural;
	if (only != 0 || !derive_by_private(d->mech))
		return only;
	return key_size_valid((CK_KEY_TYPE)type, natural) ? natural : 0;
}

/* Type and length as the template says, or what follows from the other. */
CK_RV
derivation_length(const struct derivation *d, struct bytes template,
	const struct supply *supply, size_t *ret)
{
	const uint64_t type =
		attrs_ulong(template, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	const bool typed = type != CK_UNAVAILABLE_INFORMATION;
	const uint64_t n = attrs_ulong(
		template, CKA_VALUE_LEN, untold_length(d, type, supply->natural));
	const CK_RV too_long = methods[d->mech->algorithm].too_long;

	if (n == 0)
		return attrs_has(template, CKA_VALUE_LEN) ? CKR_ATTRIBUTE_VALUE_INVALID
							  : CKR_TEMPLATE_INCOMPLETE;
	if (typed && !key_size_valid((CK_KEY_TYPE)type, n))
		return CKR_TEMPLATE_INCONSISTENT;
	if (n > supply->max)
		return too_long != CKR_OK ? too_long : CKR_KEY_SIZE_RANGE;
	if (n > DERIVE_MAX_VALUE)
		return CKR_KEY_SIZE_RANGE;
	*ret = (size_t)n;
	return CKR_OK;
}

/* --- Keys --------------------------------------------------------------------------- */

static CK_KEY_TYPE
type_of(struct bytes whole)
{
	return (CK_KEY_TYPE)attrs_ulong(whole, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
}

/* All but its value. */
static CK_RV
begin_key(const struct derivation *d, struct bytes template, struct new_key *k)
{
	const struct object_request request = { .origin = ORIGIN_DERIVE,
		.role = d->role,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CKO_SECRET_KEY,
		.key_type = type_of(template) };

	return object_build(&request, template, &k->public, &k->secret);
}

CK_RV
derivation_try(const struct derivation *d, struct bytes template)
{
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;

	return begin_key(d, template, &k);
}

static CK_RV
build_key(const struct derivation *d, struct bytes template, struct secret *value,
	struct new_key *k)
{
	CK_RV rv = begin_key(d, template, k);

	if (rv != CKR_OK)
		return rv;
	for (size_t i = 0; i < ARRAY_LEN(protections); i++)
		protection_remember(d, &protections[i], &k->public);
	key_parity_set(type_of(template), value->p, value->n);
	attrs_set(&k->secret, CKA_VALUE, secret_bytes(value));
	return CKR_OK;
}

static CK_RV
build_data(const struct derivation *d, struct bytes template, struct secret *value,
	struct new_key *k)
{
	const struct object_request request = { .origin = ORIGIN_DERIVE,
		.role = d->role,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CKO_DATA,
		.key_type = CK_UNAVAILABLE_INFORMATION };
	CLEANUP(attrs_free)
	struct attrs data = ATTRS_SECRET;
	CK_RV rv;

	if (attrs_has(template, CKA_VALUE))
		return CKR_ATTRIBUTE_READ_ONLY;
	if (attrs_copy(&data, template) != 0)
		return CKR_HOST_MEMORY;
	attrs_unset(&data, CKA_VALUE_LEN); /* it has said what was wanted */
	rv = object_build(&request, attrs_bytes(&data), &k->public, &k->secret);
	if (rv == CKR_OK) {
		k->public.b.secret = true;
		attrs_set(&k->public, CKA_VALUE, secret_bytes(value));
	}
	return rv;
}

CK_RV
derivation_add(const struct derivation *d, struct bytes template, struct secret *value,
	struct derived *ret)
{
	struct new_key *k = &ret->keys[ret->n];
	CK_RV rv;

	if (ret->n == ARRAY_LEN(ret->keys))
		return CKR_MECHANISM_PARAM_INVALID;
	*k = NEW_KEY_NONE;
	ret->n++;
	rv = is_data(d) ? build_data(d, template, value, k)
			: build_key(d, template, value, k);
	if (rv != CKR_OK)
		return rv;
	if (!attrs_ok(&k->public) || !attrs_ok(&k->secret))
		return CKR_HOST_MEMORY;
	return object_complete(&k->public, &k->secret);
}

/* --- The call ----------------------------------------------------------------------- */

/* The one key's whole template, and its bytes. */
static CK_RV
plan_one(const struct derivation *d, struct attrs *template, size_t *ret_n)
{
	const struct method *method = &methods[d->mech->algorithm];
	struct supply supply;
	CK_RV rv = derivation_template(d, d->template, template);

	if (rv == CKR_OK && method->prepare != NULL)
		rv = method->prepare(d, template);
	if (rv == CKR_OK)
		rv = method->supply(d, &supply);
	return rv == CKR_OK ? derivation_length(d, attrs_bytes(template), &supply, ret_n)
			    : rv;
}

static CK_RV
derive_one(const struct derivation *d, struct derived *ret)
{
	const struct method *method = &methods[d->mech->algorithm];
	CLEANUP(attrs_free)
	struct attrs template = ATTRS_SECRET;
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	size_t n = 0;
	CK_RV rv = plan_one(d, &template, &n);

	if (rv == CKR_OK && secret_new(n, &value) != 0)
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = method->make(d, &value);
	if (rv == CKR_OK && method->out != NULL)
		rv = method->out(d, &ret->out);
	return rv == CKR_OK ? derivation_add(d, attrs_bytes(&template), &value, ret) : rv;
}

static CK_ULONG
class_of(const struct key_input *key)
{
	return attrs_ulong(key->attributes, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
}

static bool
is_secret_key(const struct key_input *key)
{
	return class_of(key) == CKO_SECRET_KEY && key->value.n != 0;
}

bool
derive_by_private(const struct mech *m)
{
	return methods[m->algorithm].supply == agree_supply;
}

CK_RV
key_derive_check(const struct mech *m, const struct key_input *base)
{
	const CK_OBJECT_CLASS class =
		derive_by_private(m) ? CKO_PRIVATE_KEY : CKO_SECRET_KEY;

	CK_RV rv;

	if (class_of(base) != class)
		return CKR_KEY_TYPE_INCONSISTENT;
	/* there is no moment between Init and use at which to ask for a PIN */
	if (attrs_bool(base->attributes, CKA_ALWAYS_AUTHENTICATE, false))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	rv = object_check_usage(base->attributes, CKA_DERIVE, m->type);
	return rv == CKR_OK ? agree_check_size(m, base->attributes) : rv;
}

static CK_RV
derivation_check(const struct derivation *d)
{
	const struct method *method = &methods[d->mech->algorithm];
	CK_RV rv;

	if ((d->mech->flags & CKF_DERIVE) == 0 ||
		(method->make == NULL && method->keys == NULL))
		return CKR_MECHANISM_INVALID;
	if (!is_secret_key(d->base))
		return CKR_KEY_TYPE_INCONSISTENT;
	rv = key_derive_check(d->mech, d->base);
	if (rv == CKR_OK && !derive_params_valid(d->mech, d->params, d->other != NULL))
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
	derivation_keys *keys = methods[m->algorithm].keys;
	struct derived made = DERIVED_NONE;
	CK_RV rv = derivation_check(&d);

	if (rv == CKR_OK)
		rv = keys != NULL ? keys(&d, &made) : derive_one(&d, &made);
	if (rv == CKR_OK && !buf_ok(&made.out))
		rv = CKR_HOST_MEMORY;
	if (rv != CKR_OK) {
		derived_free(&made);
		return rv;
	}
	derived_free(ret);
	*ret = made;
	return CKR_OK;
}

bool
key_derive_fault(const struct mech *m, struct bytes params, const struct key_input *base,
	const struct key_input *other, enum object_role role, size_t *ret)
{
	const struct derivation d = { m, params, base, other, BYTES_NONE, role };
	derivation_fault *fault = methods[m->algorithm].fault;

	return fault != NULL && derive_params_valid(m, params, other != NULL) &&
	       fault(&d, ret);
}

/* --- With a private key -------------------------------------------------------------- */

static CK_RV
agreement_plan(const struct derivation *d, struct attrs *template, size_t *ret_n)
{
	CK_RV rv = derive_by_private(d->mech) ? key_derive_check(d->mech, d->base)
					      : CKR_MECHANISM_INVALID;

	if (rv == CKR_OK && !derive_params_valid(d->mech, d->params, false))
		rv = CKR_MECHANISM_PARAM_INVALID;
	return rv == CKR_OK ? plan_one(d, template, ret_n) : rv;
}

CK_RV
key_agree_size(const struct mech *m, struct bytes params, const struct key_input *base,
	struct bytes template, size_t *ret)
{
	const struct derivation d = {
		.mech = m, .params = params, .base = base, .template = template
	};
	CLEANUP(attrs_free)
	struct attrs whole = ATTRS_SECRET;

	return agreement_plan(&d, &whole, ret);
}

CK_RV
key_agree_end(const struct mech *m, struct bytes params, const struct key_input *base,
	struct bytes template, enum object_role role, struct bytes value,
	struct derived *ret)
{
	const struct derivation d = { m, params, base, NULL, template, role };
	CLEANUP(attrs_free)
	struct attrs whole = ATTRS_SECRET;
	CLEANUP(secret_free)
	struct secret own = SECRET_NONE;
	struct derived made = DERIVED_NONE;
	size_t n = 0;
	CK_RV rv = agreement_plan(&d, &whole, &n);

	if (rv == CKR_OK && value.n != n)
		rv = CKR_DEVICE_ERROR;
	if (rv == CKR_OK && secret_copy(value, &own) != 0)
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = derivation_add(&d, attrs_bytes(&whole), &own, &made);
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
