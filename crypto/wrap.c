/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/wrap.h"

#include "common/cleanup.h"
#include "crypto/pkcs8.h"
#include "crypto/pkey.h"
#include "cryptoki/key_size.h"
#include "cryptoki/mech_size.h"

/* A mode's errors in the words of wrapping. */
struct errors {
	CK_RV key_type, key_size, data, data_size;
};

static const struct errors wrap_errors = {
	CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
	CKR_WRAPPING_KEY_SIZE_RANGE,
	CKR_KEY_SIZE_RANGE,
	CKR_KEY_SIZE_RANGE,
};
static const struct errors unwrap_errors = {
	CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
	CKR_UNWRAPPING_KEY_SIZE_RANGE,
	CKR_WRAPPED_KEY_INVALID,
	CKR_WRAPPED_KEY_LEN_RANGE,
};

static CK_RV
mode_error(const struct errors *e, CK_RV rv)
{
	switch (rv) {
	case CKR_KEY_SIZE_RANGE:
		return e->key_size;
	case CKR_DATA_LEN_RANGE:
	case CKR_ENCRYPTED_DATA_LEN_RANGE:
		return e->data_size;
	case CKR_DATA_INVALID:
	case CKR_ENCRYPTED_DATA_INVALID:
	case CKR_AEAD_DECRYPT_FAILED:
		return e->data;
	default:
		return rv;
	}
}

bool
wrap_by_pair(const struct mech *m)
{
	return m->key_type == CKK_RSA;
}

static CK_OBJECT_CLASS
class_of(struct bytes attributes)
{
	return (CK_OBJECT_CLASS)attrs_ulong(
		attributes, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
}

/* Of a pair the public half wraps and the private one unwraps. */
static CK_OBJECT_CLASS
class_for(const struct mech *m, CK_FLAGS flag)
{
	if (!wrap_by_pair(m))
		return CKO_SECRET_KEY;
	return flag == CKF_WRAP ? CKO_PUBLIC_KEY : CKO_PRIVATE_KEY;
}

/* The key that does the work. */
static CK_RV
check_used(const struct mech *m, CK_FLAGS flag, struct bytes used, uint32_t usage,
	const struct errors *e)
{
	CK_RV rv;

	if ((m->flags & flag) == 0)
		return CKR_MECHANISM_INVALID;
	if (class_of(used) != class_for(m, flag))
		return e->key_type;
	/* there is no moment between Init and use at which to ask for a PIN */
	if (attrs_bool(used, CKA_ALWAYS_AUTHENTICATE, false))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	rv = object_check_usage(used, usage, m->type);
	return rv == CKR_KEY_TYPE_INCONSISTENT ? e->key_type : rv;
}

/* With what is fixed only when the length of the data is known: CCM's, whatever the parameter
 * says of it (6.13.5). */
static struct mech_params
params_for(const struct mech *m, const struct mech_params *p, size_t data_n)
{
	struct mech_params own = *p;

	if (m->param == PARAM_CCM)
		own.data_len = data_n;
	return own;
}

static CK_RV
op_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	const struct key_input *by, struct op **ret)
{
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	CK_RV rv;

	if (!wrap_by_pair(m))
		return op_secret_new(kind, m, p, by->value, ret);
	rv = pkey_from_public(by->attributes, &pkey);
	return rv == CKR_OK ? op_pkey_new(kind, m, p, pkey, ret) : rv;
}

/* In one call, into room for all that it may be. */
static CK_RV
run(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	const struct key_input *by, struct bytes in, struct buf *out)
{
	struct op *op = NULL;
	struct outbuf to;
	CK_RV rv = op_new(kind, m, p, by, &op);

	if (rv != CKR_OK)
		return rv;
	to.cap = op->vtable->once_size(op, in.n);
	to.p = buf_reserve(out, to.cap);
	to.n = 0;
	rv = to.p == NULL ? CKR_HOST_MEMORY : op->vtable->once(op, in, BYTES_NONE, &to);
	op_free(&op);
	if (rv == CKR_OK)
		out->n += to.n;
	return rv;
}

/* --- Wrap ----------------------------------------------------------------------- */

/* PKCS#11 3.2, 6.1.15: with a key of its own, which goes before what it wraps. */
static CK_RV
wrap_rsa_aes(const struct mech_params *p, const struct key_input *by, struct bytes in,
	struct buf *out)
{
	static const struct mech_params none;
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	struct key_input aes = { .exposed = false };
	CK_RV rv;

	if (secret_new(p->key_bits / 8, &key) != 0)
		return CKR_HOST_MEMORY;
	rv = crypto_random(key.p, key.n);
	if (rv == CKR_OK)
		rv = run(OP_ENCRYPT, mech_lookup(CKM_RSA_PKCS_OAEP), p, by,
			secret_bytes(&key), out);
	if (rv == CKR_DATA_LEN_RANGE) /* the modulus has no room for it */
		rv = CKR_KEY_SIZE_RANGE;
	aes.value = secret_bytes(&key);
	return rv == CKR_OK ? run(OP_ENCRYPT, mech_lookup(CKM_AES_KEY_WRAP_KWP), &none,
				      &aes, in, out)
			    : rv;
}

static size_t
filled(const struct mech *m, size_t n)
{
	return (n + m->block - 1) / m->block * m->block;
}

static bool
is_key(CK_OBJECT_CLASS class)
{
	return class == CKO_SECRET_KEY || class == CKO_PRIVATE_KEY ||
	       class == CKO_PUBLIC_KEY;
}

static bool
private_fits(const struct mech *m, struct bytes attributes)
{
	return mech_wraps_private(m) &&
	       pkcs8_has((CK_KEY_TYPE)attrs_ulong(
		       attributes, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION));
}

CK_RV
key_wrap_check(
	const struct mech *m, const struct key_input *by, const struct key_input *key)
{
	const struct bytes a = key->attributes;
	struct bytes wanted;
	CK_RV rv = check_used(m, CKF_WRAP, by->attributes, CKA_WRAP, &wrap_errors);

	if (rv != CKR_OK)
		return rv;
	if (!is_key(class_of(a)))
		return CKR_KEY_HANDLE_INVALID;
	if (class_of(a) == CKO_PUBLIC_KEY)
		return CKR_KEY_NOT_WRAPPABLE;
	if (!attrs_bool(a, CKA_EXTRACTABLE, false))
		return CKR_KEY_UNEXTRACTABLE;
	/* what the application has, it could have made up */
	if (attrs_bool(a, CKA_WRAP_WITH_TRUSTED, true) &&
		(by->exposed || !attrs_bool(by->attributes, CKA_TRUSTED, false)))
		return CKR_KEY_NOT_WRAPPABLE;
	if (attrs_find(by->attributes, CKA_WRAP_TEMPLATE, &wanted) &&
		!attrs_match(a, wanted))
		return CKR_KEY_HANDLE_INVALID;
	return class_of(a) == CKO_SECRET_KEY || private_fits(m, a)
		       ? CKR_OK
		       : CKR_KEY_NOT_WRAPPABLE;
}

uint64_t
key_wrap_size(const struct mech *m, const struct mech_params *p,
	const struct key_input *by, uint64_t n)
{
	static const struct mech_params none;
	const size_t block = wrap_by_pair(m) ? pkey_output_size(m, by->attributes) : 0;

	if (m->algorithm == ALG_RSA_AES)
		return block + mech_whole_size(mech_lookup(CKM_AES_KEY_WRAP_KWP), &none,
				       OP_ENCRYPT, n);
	if (wrap_by_pair(m))
		return block;
	return mech_whole_size(m, p, OP_ENCRYPT, filled(m, n));
}

CK_RV
key_wrap(const struct mech *m, const struct mech_params *p, const struct key_input *by,
	const struct key_input *key, struct buf *out)
{
	CLEANUP(secret_free)
	struct secret in = SECRET_NONE;
	struct mech_params own;
	CK_RV rv = key_wrap_check(m, by, key);

	if (rv != CKR_OK)
		return rv;
	if (key->value.n == 0 || key->value.n > WRAP_MAX_KEY)
		return CKR_KEY_SIZE_RANGE;
	own = params_for(m, p, key->value.n);
	if (secret_new(filled(m, key->value.n), &in) != 0)
		return CKR_HOST_MEMORY;
	memcpy(in.p, key->value.p, key->value.n);
	rv = m->algorithm == ALG_RSA_AES
		     ? wrap_rsa_aes(&own, by, secret_bytes(&in), out)
		     : run(OP_ENCRYPT, m, &own, by, secret_bytes(&in), out);
	return mode_error(&wrap_errors, rv);
}

/* --- Unwrap --------------------------------------------------------------------- */

CK_RV
key_template(struct bytes template, struct bytes used, uint32_t which, struct attrs *ret)
{
	CLEANUP(attrs_free)
	struct attrs all = ATTRS_SECRET;
	struct bytes added = BYTES_NONE, given;
	struct cursor c;
	struct attr a;

	if (attrs_copy(&all, template) != 0)
		return CKR_HOST_MEMORY;
	if (!attrs_find(used, which, &added))
		added = BYTES_NONE;
	for (c = cursor_over(added); attrs_next(&c, &a);) {
		if (!attrs_find(template, a.type, &given))
			attrs_set(&all, a.type, a.value);
		else if (!bytes_equal(given, a.value))
			return CKR_TEMPLATE_INCONSISTENT;
	}
	if (!attrs_ok(&all) || !attrs_valid(attrs_bytes(&all)))
		return CKR_HOST_MEMORY;
	attrs_free(ret);
	*ret = all;
	all = ATTRS_SECRET;
	return CKR_OK;
}

CK_RV
key_unwrap_class(const struct key_input *by, struct bytes template, CK_OBJECT_CLASS *ret)
{
	CLEANUP(attrs_free)
	struct attrs all = ATTRS_SECRET;
	CK_RV rv = key_template(template, by->attributes, CKA_UNWRAP_TEMPLATE, &all);

	if (rv == CKR_OK)
		*ret = class_of(attrs_bytes(&all));
	return rv;
}

/* 5.18.4: no fault of the template's, whatever the type has an attribute for. */
static bool
length_contradicts_type(struct bytes wanted)
{
	const uint64_t type =
		attrs_ulong(wanted, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	const size_t only = key_size_only((CK_KEY_TYPE)type);

	return only != 0 && attrs_ulong(wanted, CKA_VALUE_LEN, only) != only;
}

static CK_RV
build(const struct mech *m, struct bytes template, struct bytes used,
	enum object_role role, struct new_key *ret)
{
	CLEANUP(attrs_free)
	struct attrs all = ATTRS_SECRET;
	const struct object_request request = { .origin = ORIGIN_UNWRAP,
		.role = role,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CK_UNAVAILABLE_INFORMATION,
		.key_type = CK_UNAVAILABLE_INFORMATION };
	CK_RV rv = key_template(template, used, CKA_UNWRAP_TEMPLATE, &all);

	if (rv != CKR_OK)
		return rv;
	switch (attrs_ulong(attrs_bytes(&all), CKA_CLASS, CKO_SECRET_KEY)) {
	case CKO_PRIVATE_KEY:
		if (attrs_has(attrs_bytes(&all), CKA_KEY_TYPE) &&
			!private_fits(m, attrs_bytes(&all)))
			return CKR_MECHANISM_INVALID;
		break;
	case CKO_SECRET_KEY: /* or none given, which is object_build()'s to refuse */
		if (length_contradicts_type(attrs_bytes(&all)))
			return CKR_WRAPPED_KEY_LEN_RANGE;
		break;
	default:
		return CKR_TEMPLATE_INCONSISTENT;
	}
	return object_build(&request, attrs_bytes(&all), &ret->public, &ret->secret);
}

/* How much of n bytes is the key, where a mode in blocks has filled it up with zeroes:
 * the template says so, or the key type leaves one choice. Without either plain modes
 * give all there is, where the type has keys of that length (6.10.4, 6.10.5; against 5.18.4:
 * docs/ARCHITECTURE.md). */
static CK_RV
length_of(const struct mech *m, struct bytes object, size_t n, size_t *ret)
{
	const CK_KEY_TYPE type = (CK_KEY_TYPE)attrs_ulong(object, CKA_KEY_TYPE, 0);
	uint64_t told;
	size_t before = 0, choices;

	if (n == 0)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	told = attrs_ulong(object, CKA_VALUE_LEN, UINT64_MAX);
	if (told == UINT64_MAX) {
		choices = key_size_before(type, n, m->block, &before);
		if (choices == 0)
			return CKR_WRAPPED_KEY_LEN_RANGE;
		if (choices > 1 && (m->algorithm == ALG_KW || before != n))
			return CKR_TEMPLATE_INCOMPLETE;
		*ret = before;
		return CKR_OK;
	}
	if (told > n || n - told >= m->block || !key_size_valid(type, told))
		return CKR_WRAPPED_KEY_LEN_RANGE;
	*ret = (size_t)told;
	return CKR_OK;
}

/* A padding that was right by chance is not to be told from one that was wrong. */
static CK_RV
length_error(const struct mech *m, CK_RV rv)
{
	const bool padded = m->algorithm == ALG_CBC_PAD || m->algorithm == ALG_KW_PKCS7;

	return padded && rv == CKR_WRAPPED_KEY_LEN_RANGE ? CKR_WRAPPED_KEY_INVALID : rv;
}

CK_RV
key_unwrap_end(const struct mech *m, struct bytes plain, struct new_key *k)
{
	const bool checked = attrs_has(attrs_bytes(&k->public), CKA_CHECK_VALUE);
	size_t n;
	CK_RV rv;

	if (class_of(attrs_bytes(&k->public)) == CKO_PRIVATE_KEY)
		return pkcs8_read(pkcs8_unfill(plain, m->block), &k->public, &k->secret);
	rv = length_error(m, length_of(m, attrs_bytes(&k->public), plain.n, &n));
	if (rv != CKR_OK)
		return rv;
	attrs_set(&k->secret, CKA_VALUE, BYTES(plain.p, n));
	if (!attrs_ok(&k->secret))
		return CKR_HOST_MEMORY;
	rv = object_complete(&k->public, &k->secret);
	/* no fault of an attribute's where none says anything about the value */
	return rv == CKR_ATTRIBUTE_VALUE_INVALID && !checked ? CKR_WRAPPED_KEY_INVALID
							     : rv;
}

CK_RV
key_unwrap_check(const struct mech *m, const struct key_input *by)
{
	return check_used(m, CKF_UNWRAP, by->attributes, CKA_UNWRAP, &unwrap_errors);
}

CK_RV
key_unwrap_begin(const struct mech *m, const struct key_input *by, struct bytes template,
	enum object_role role, struct new_key *ret, size_t *ret_n)
{
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	struct bytes object;
	CK_RV rv = key_unwrap_check(m, by);

	if (rv == CKR_OK)
		rv = build(m, template, by->attributes, role, &k);
	if (rv != CKR_OK)
		return rv;
	object = attrs_bytes(&k.public);
	if (class_of(object) == CKO_PRIVATE_KEY)
		*ret_n = 0;
	else
		*ret_n = attrs_ulong(object, CKA_VALUE_LEN,
			key_size_only((CK_KEY_TYPE)attrs_ulong(object, CKA_KEY_TYPE, 0)));
	new_key_free(ret);
	*ret = k;
	k = NEW_KEY_NONE;
	return CKR_OK;
}

CK_RV
key_unwrap(const struct mech *m, const struct mech_params *p, const struct key_input *by,
	struct bytes wrapped, struct bytes template, enum object_role role,
	struct new_key *ret)
{
	CLEANUP(buf_free)
	struct buf plain = BUF_SECRET;
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	struct mech_params own;
	size_t n;
	CK_RV rv = wrap_by_pair(m) ? CKR_MECHANISM_INVALID /* not here */
				   : key_unwrap_begin(m, by, template, role, &k, &n);

	if (rv != CKR_OK)
		return rv;
	if (wrapped.n == 0 || wrapped.n > WRAP_MAX_WRAPPED)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	own = params_for(m, p, mech_whole_size(m, p, OP_DECRYPT, wrapped.n));
	rv = mode_error(&unwrap_errors, run(OP_DECRYPT, m, &own, by, wrapped, &plain));
	if (rv == CKR_OK)
		rv = key_unwrap_end(m, buf_bytes(&plain), &k);
	if (rv != CKR_OK)
		return rv;
	new_key_free(ret);
	*ret = k;
	k = NEW_KEY_NONE;
	return CKR_OK;
}
