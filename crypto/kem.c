/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/kem.h"

#include "common/cleanup.h"
#include "crypto/pqc.h"
#include "cryptoki/key_size.h"

/* --- The policy ------------------------------------------------------------------- */

/* What a half of a pair is used for, and what a key that is not one of those gets. */
struct side {
	CK_FLAGS flag;
	CK_OBJECT_CLASS half;
	uint32_t usage;
	CK_RV key_type;
};

static const struct side encapsulates = { CKF_ENCAPSULATE, CKO_PUBLIC_KEY,
	CKA_ENCAPSULATE, CKR_KEY_TYPE_INCONSISTENT };
static const struct side decapsulates = { CKF_DECAPSULATE, CKO_PRIVATE_KEY,
	CKA_DECAPSULATE, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT };

static CK_RV
check(const struct mech *m, const struct key_input *by, const struct side *side)
{
	CK_RV rv;

	if ((m->flags & side->flag) == 0)
		return CKR_MECHANISM_INVALID;
	if (attrs_ulong(by->attributes, CKA_CLASS, CK_UNAVAILABLE_INFORMATION) !=
		side->half)
		return side->key_type;
	/* there is no moment between Init and use at which to ask for a PIN */
	if (attrs_bool(by->attributes, CKA_ALWAYS_AUTHENTICATE, false))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	rv = object_check_usage(by->attributes, side->usage, m->type);
	return rv == CKR_KEY_TYPE_INCONSISTENT ? side->key_type : rv;
}

size_t
kem_ciphertext_size(struct bytes key_attributes)
{
	const struct pqc_set *set;

	return pqc_set_find(key_attributes, &set) == CKR_OK && set->type == CKK_ML_KEM
		       ? set->output
		       : 0;
}

CK_RV
key_encapsulate_check(const struct mech *m, const struct key_input *by)
{
	return check(m, by, &encapsulates);
}

CK_RV
key_decapsulate_check(const struct mech *m, const struct key_input *by, size_t n)
{
	CK_RV rv = check(m, by, &decapsulates);

	return rv == CKR_OK && n != kem_ciphertext_size(by->attributes)
		       ? CKR_WRAPPED_KEY_LEN_RANGE
		       : rv;
}

/* --- The new key ------------------------------------------------------------------ */

/* Without its value, but with room for that one only. */
static CK_RV
build(struct bytes template, enum object_role role, struct new_key *k)
{
	const struct object_request request = { .origin = ORIGIN_UNWRAP,
		.role = role,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CKO_SECRET_KEY,
		.key_type = CK_UNAVAILABLE_INFORMATION };
	struct bytes object;
	CK_RV rv = object_build(&request, template, &k->public, &k->secret);

	if (rv != CKR_OK)
		return rv;
	object = attrs_bytes(&k->public);
	return key_size_valid(
		       (CK_KEY_TYPE)attrs_ulong(object, CKA_KEY_TYPE, 0), KEM_SECRET) &&
			       attrs_ulong(object, CKA_VALUE_LEN, KEM_SECRET) ==
				       KEM_SECRET
		       ? CKR_OK
		       : CKR_TEMPLATE_INCONSISTENT;
}

/* The value of what build() made. */
static CK_RV
fill(struct bytes secret, struct new_key *k)
{
	attrs_set(&k->secret, CKA_VALUE, secret);
	return attrs_ok(&k->secret) ? object_complete(&k->public, &k->secret)
				    : CKR_HOST_MEMORY;
}

static void
give(struct new_key *k, struct new_key *ret)
{
	new_key_free(ret);
	*ret = *k;
	*k = NEW_KEY_NONE;
}

CK_RV
kem_key(struct bytes template, enum object_role role, struct bytes secret,
	struct new_key *ret)
{
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	CK_RV rv = build(template, role, &k);

	if (rv == CKR_OK && secret.n != KEM_SECRET)
		rv = CKR_DEVICE_ERROR;
	if (rv == CKR_OK)
		rv = fill(secret, &k);
	if (rv == CKR_OK)
		give(&k, ret);
	return rv;
}

/* The template as it will be used; of a key that may decapsulate. */
static CK_RV
decapsulate_template(const struct mech *m, const struct key_input *by, size_t n,
	struct bytes template, struct attrs *ret)
{
	CK_RV rv = key_decapsulate_check(m, by, n);

	return rv == CKR_OK ? key_template(template, by->attributes,
				      CKA_DECAPSULATE_TEMPLATE, ret)
			    : rv;
}

CK_RV
key_decapsulate_begin(const struct mech *m, const struct key_input *by, size_t n,
	struct bytes template, enum object_role role)
{
	CLEANUP(attrs_free)
	struct attrs whole = ATTRS_SECRET;
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	CK_RV rv = decapsulate_template(m, by, n, template, &whole);

	return rv == CKR_OK ? build(attrs_bytes(&whole), role, &k) : rv;
}

CK_RV
key_decapsulate_end(const struct mech *m, const struct key_input *by, size_t n,
	struct bytes template, enum object_role role, struct bytes secret,
	struct new_key *ret)
{
	CLEANUP(attrs_free)
	struct attrs whole = ATTRS_SECRET;
	CK_RV rv = decapsulate_template(m, by, n, template, &whole);

	return rv == CKR_OK ? kem_key(attrs_bytes(&whole), role, secret, ret) : rv;
}

/* --- The shared secret ------------------------------------------------------------ */

static CK_RV
encapsulate(EVP_PKEY *pkey, size_t size, struct buf *ciphertext, struct secret *secret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	uint8_t *to = buf_reserve(ciphertext, size);
	size_t n = size, secret_n = KEM_SECRET;

	if (ctx == NULL || to == NULL || secret_new(KEM_SECRET, secret) != 0 ||
		EVP_PKEY_encapsulate_init(ctx, NULL) != 1)
		return CKR_HOST_MEMORY;
	if (EVP_PKEY_encapsulate(ctx, to, &n, secret->p, &secret_n) != 1 || n != size ||
		secret_n != KEM_SECRET)
		return CKR_FUNCTION_FAILED;
	ciphertext->n += size;
	return CKR_OK;
}

CK_RV
key_encapsulate(const struct mech *m, const struct key_input *by, struct bytes template,
	enum object_role role, struct buf *ciphertext, struct new_key *ret)
{
	CLEANUP(cleanup_pkey)
	EVP_PKEY *pkey = NULL;
	CLEANUP(secret_free)
	struct secret secret = SECRET_NONE;
	CLEANUP(new_key_free)
	struct new_key k = NEW_KEY_NONE;
	CK_RV rv = key_encapsulate_check(m, by);

	/* before anything is computed for a key that cannot be */
	if (rv == CKR_OK)
		rv = build(template, role, &k);
	if (rv == CKR_OK)
		rv = pkey_from_public(by->attributes, &pkey);
	if (rv == CKR_OK)
		rv = encapsulate(
			pkey, kem_ciphertext_size(by->attributes), ciphertext, &secret);
	if (rv == CKR_OK)
		rv = fill(secret_bytes(&secret), &k);
	if (rv == CKR_OK)
		give(&k, ret);
	return rv;
}

CK_RV
pkey_decapsulate(EVP_PKEY *pkey, struct bytes ciphertext, struct secret *ret)
{
	CLEANUP(cleanup_pkey_ctx)
	EVP_PKEY_CTX *ctx = NULL;
	CLEANUP(secret_free)
	struct secret secret = SECRET_NONE;
	const struct pqc_set *set = pqc_set_of(pkey);
	size_t n = KEM_SECRET;

	if (set == NULL || set->type != CKK_ML_KEM)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (ciphertext.n != set->output)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	if (ctx == NULL || secret_new(KEM_SECRET, &secret) != 0 ||
		EVP_PKEY_decapsulate_init(ctx, NULL) != 1)
		return CKR_HOST_MEMORY;
	if (EVP_PKEY_decapsulate(ctx, secret.p, &n, ciphertext.p, ciphertext.n) != 1 ||
		n != KEM_SECRET)
		return CKR_FUNCTION_FAILED;
	secret_free(ret);
	*ret = secret;
	secret = SECRET_NONE;
	return CKR_OK;
}
