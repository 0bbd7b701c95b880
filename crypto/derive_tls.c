/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.2: PKCS#11 3.2, 6.40; RFC 5246, 5705 and 7627. */
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "common/cleanup.h"
#include "crypto/derivation.h"
#include "crypto/derive_kdf.h"
#include "crypto/library.h"
#include "cryptoki/derive_kinds.h"

#define MASTER_BYTES 48u

CK_RV
tls_prf(enum digest d, struct bytes secret, struct bytes label, const struct bytes *seeds,
	size_t seeds_n, uint8_t *to, size_t n)
{
	const struct crypto_library *l = crypto_library();
	CLEANUP(buf_free)
	struct buf seed = BUF_INIT;
	OSSL_PARAM params[4];

	buf_put_bytes(&seed, label);
	for (size_t i = 0; i < seeds_n; i++)
		buf_put_bytes(&seed, seeds[i]);
	if (l == NULL || !buf_ok(&seed))
		return CKR_HOST_MEMORY;
	if ((n / digests[d].size + 1) * (uint64_t)seed.n > DERIVE_MAX_WORK)
		return CKR_KEY_SIZE_RANGE;
	params[0] = kdf_digest(d);
	params[1] = kdf_octets(OSSL_KDF_PARAM_SECRET, secret);
	params[2] = kdf_octets(OSSL_KDF_PARAM_SEED, buf_bytes(&seed));
	params[3] = OSSL_PARAM_construct_end();
	return kdf_run(l->tls_prf, params, to, n);
}

static CK_RV
prf(const struct derivation *d, enum digest digest, struct bytes label,
	const struct bytes *seeds, size_t n, struct secret *to)
{
	return tls_prf(digest, d->base->value, label, seeds, n, to->p, to->n);
}

/* --- Master secret ------------------------------------------------------------------ */

/* What a master secret is good for, but for deprecated names of the same. */
static const CK_MECHANISM_TYPE master_mechanisms[] = {
	CKM_TLS12_KEY_AND_MAC_DERIVE,
	CKM_TLS12_KEY_SAFE_DERIVE,
	CKM_TLS_KDF,
	CKM_TLS_MAC,
	CKM_TLS12_KDF,
	CKM_TLS12_MAC,
};

static bool
is_master_mechanism(uint64_t mechanism)
{
	for (size_t i = 0; i < ARRAY_LEN(master_mechanisms); i++) {
		if (master_mechanisms[i] == mechanism)
			return true;
	}
	return false;
}

/* The template may say less than the mechanism contributes, but no more. */
static CK_RV
allow_mechanisms(struct attrs *template)
{
	uint8_t list[8 * ARRAY_LEN(master_mechanisms)];
	struct bytes given;

	if (attrs_find(attrs_bytes(template), CKA_ALLOWED_MECHANISMS, &given)) {
		for (size_t i = 0; i + 8 <= given.n; i += 8) {
			if (!is_master_mechanism(load_le64(given.p + i)))
				return CKR_TEMPLATE_INCONSISTENT;
		}
		return CKR_OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(master_mechanisms); i++)
		store_le64(list + 8 * i, master_mechanisms[i]);
	attrs_set(template, CKA_ALLOWED_MECHANISMS, BYTES_OF(list));
	return CKR_OK;
}

CK_RV
tls_master_prepare(const struct derivation *d, struct attrs *template)
{
	CK_RV rv = derivation_imply(template, CKA_KEY_TYPE, CKK_GENERIC_SECRET);

	if (rv == CKR_OK)
		rv = derivation_imply(template, CKA_VALUE_LEN, MASTER_BYTES);
	return rv == CKR_OK ? allow_mechanisms(template) : rv;
}

/* What has a version in it is as long as the master secret. */
CK_RV
tls_master_supply(const struct derivation *d, struct supply *ret)
{
	if (d->mech->algorithm == ALG_TLS_MASTER && d->base->value.n != MASTER_BYTES)
		return CKR_KEY_SIZE_RANGE;
	*ret = (struct supply){ MASTER_BYTES, MASTER_BYTES };
	return CKR_OK;
}

CK_RV
tls_master_make(const struct derivation *d, struct secret *value)
{
	const bool extended = d->mech->param == PARAM_TLS_EXTENDED;
	struct tls_params p;
	struct bytes seeds[2];

	if (!tls_params_read(d->mech, d->params, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	seeds[0] = extended ? p.session_hash : p.client_random;
	seeds[1] = extended ? BYTES_NONE : p.server_random;
	return prf(d, p.digest,
		extended ? BYTES_STR("extended master secret")
			 : BYTES_STR("master secret"),
		seeds, 2, value);
}

CK_RV
tls_master_out(const struct derivation *d, struct buf *out)
{
	struct tls_params p;

	if (!tls_params_read(d->mech, d->params, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	if (p.with_version)
		buf_put(out, d->base->value.p, 2);
	return CKR_OK;
}

/* --- Exporter: RFC 5705 ------------------------------------------------------------- */

CK_RV
tls_kdf_supply(const struct derivation *d, struct supply *ret)
{
	*ret = (struct supply){ .max = DERIVE_MAX_VALUE };
	return CKR_OK;
}

CK_RV
tls_kdf_make(const struct derivation *d, struct secret *value)
{
	struct tls_params p;
	struct bytes seeds[4];
	uint8_t length[2];

	if (!tls_params_read(d->mech, d->params, &p))
		return CKR_MECHANISM_PARAM_INVALID;
	length[0] = (uint8_t)(p.context.n >> 8);
	length[1] = (uint8_t)p.context.n;
	seeds[0] = p.client_random;
	seeds[1] = p.server_random;
	seeds[2] = p.with_context ? BYTES_OF(length) : BYTES_NONE;
	seeds[3] = p.context;
	return prf(d, p.digest, p.label, seeds, 4, value);
}

/* --- Key material: RFC 5246, 6.3 ---------------------------------------------------- */

/* What a template says of keys that encrypt, and not of those that authenticate. */
static const uint32_t not_of_macs[] = { CKA_KEY_TYPE, CKA_VALUE_LEN, CKA_CHECK_VALUE,
	CKA_ENCRYPT, CKA_DECRYPT, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE };

static CK_RV
mac_template(const struct derivation *d, size_t n, struct attrs *ret)
{
	CLEANUP(attrs_free)
	struct attrs t = ATTRS_SECRET;

	if (attrs_copy(&t, d->template) != 0)
		return CKR_HOST_MEMORY;
	for (size_t i = 0; i < ARRAY_LEN(not_of_macs); i++)
		attrs_unset(&t, not_of_macs[i]);
	attrs_set_ulong(&t, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
	attrs_set_ulong(&t, CKA_VALUE_LEN, n);
	attrs_set_bool(&t, CKA_SIGN, true);
	attrs_set_bool(&t, CKA_VERIFY, true);
	return attrs_ok(&t) ? derivation_template(d, attrs_bytes(&t), ret)
			    : CKR_HOST_MEMORY;
}

/* Types that have one length only have no attribute that says it: it has to be that one. */
static CK_RV
imply_length(struct attrs *template, size_t n)
{
	const CK_KEY_TYPE type = (CK_KEY_TYPE)attrs_ulong(
		attrs_bytes(template), CKA_KEY_TYPE, CKK_GENERIC_SECRET);

	if (schema_lookup(CKO_SECRET_KEY, type, CKA_VALUE_LEN) != NULL)
		return derivation_imply(template, CKA_VALUE_LEN, n);
	return key_size_valid(type, n) ? CKR_OK : CKR_TEMPLATE_INCONSISTENT;
}

static CK_RV
cipher_template(const struct derivation *d, size_t n, struct attrs *ret)
{
	static const uint32_t defaults[] = { CKA_ENCRYPT, CKA_DECRYPT, CKA_DERIVE };
	CK_RV rv = derivation_template(d, d->template, ret);

	if (rv == CKR_OK)
		rv = imply_length(ret, n);
	for (size_t i = 0; rv == CKR_OK && i < ARRAY_LEN(defaults); i++) {
		if (!attrs_has(attrs_bytes(ret), defaults[i]))
			attrs_set_bool(ret, defaults[i], true);
	}
	return rv == CKR_OK && !attrs_ok(ret) ? CKR_HOST_MEMORY : rv;
}

/* The client's and the server's, of n bytes each; p moves on. */
static CK_RV
add_pair(const struct derivation *d, const struct attrs *template, size_t n,
	struct cursor *c, struct derived *ret)
{
	CK_RV rv = CKR_OK;

	for (int i = 0; rv == CKR_OK && i < 2; i++) {
		CLEANUP(secret_free)
		struct secret value = SECRET_NONE;

		if (secret_copy(cursor_bytes(c, n), &value) != 0)
			return CKR_HOST_MEMORY;
		rv = derivation_add(d, attrs_bytes(template), &value, ret);
	}
	return rv;
}

static CK_RV
add_pairs(const struct derivation *d, const struct tls_params *p, struct bytes block,
	struct derived *ret)
{
	CLEANUP(attrs_free)
	struct attrs mac = ATTRS_SECRET;
	CLEANUP(attrs_free)
	struct attrs cipher = ATTRS_SECRET;
	struct cursor c = cursor_over(block);
	CK_RV rv = CKR_OK;

	if (p->mac_bytes != 0)
		rv = mac_template(d, p->mac_bytes, &mac);
	if (rv == CKR_OK && p->mac_bytes != 0)
		rv = add_pair(d, &mac, p->mac_bytes, &c, ret);
	if (rv == CKR_OK && p->key_bytes != 0)
		rv = cipher_template(d, p->key_bytes, &cipher);
	if (rv == CKR_OK && p->key_bytes != 0)
		rv = add_pair(d, &cipher, p->key_bytes, &c, ret);
	if (rv == CKR_OK)
		buf_put_bytes(&ret->out, cursor_bytes(&c, 2u * p->iv_bytes));
	return rv;
}

CK_RV
tls_keys_derive(const struct derivation *d, struct derived *ret)
{
	CLEANUP(secret_free)
	struct secret block = SECRET_NONE;
	struct tls_params p;
	struct bytes seeds[2];
	CK_RV rv;

	if (!tls_params_read(d->mech, d->params, &p) ||
		(d->mech->algorithm == ALG_TLS_KEYS_SAFE && p.iv_bytes != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	if (d->base->value.n != MASTER_BYTES)
		return CKR_KEY_SIZE_RANGE;
	if (secret_new(2u * (p.mac_bytes + p.key_bytes + p.iv_bytes), &block) != 0)
		return CKR_HOST_MEMORY;
	seeds[0] = p.server_random;
	seeds[1] = p.client_random;
	rv = prf(d, p.digest, BYTES_STR("key expansion"), seeds, 2, &block);
	return rv == CKR_OK ? add_pairs(d, &p, secret_bytes(&block), ret) : rv;
}
