/* SPDX-License-Identifier: Apache-2.0 */
/* Which way an operation goes: an algorithm of the kernel's, or one built from several. */
#include "kcapi_backend/ops.h"

#include <errno.h>

#include "kcapi_backend/glue.h"

#define COPY_MAX 16384u /* bytes that are copied in the time of an exchange */

/* All that is not the application's to choose. */
static const struct mech_params no_params = { .tag_bits = 128 };

CK_RV
op_kcapi_open(struct lease *l, struct tfm *t)
{
	int r = lease_begin(l, t);

	if (r == 0)
		lease_end(l, false);
	return kcapi_rv(r, OP_ENCRYPT, false);
}

/* The kernel's algorithm for these parameters, if there is one. */
static const struct alg *
alg_direct(const struct mech *m, const struct mech_params *p, enum kcapi_keying how)
{
	const struct alg *a = alg_by_mech(m);

	if (a != NULL && a->type == ALG_TYPE_AEAD && !aead_takes(m, p, how))
		return NULL;
	return a;
}

/* Can this key be used with it now? */
static bool
key_does(struct kcapi_key *key, const struct alg *a)
{
	if (key->how == KCAPI_PASSED)
		return kcapi_key_has(key, alg_plain(a));
	return alg_serves(key->kcapi, a, key->how);
}

static CK_RV
make_plain(void *arg, enum op_kind kind, const struct mech *plain,
	const struct mech_params *p, struct op **ret)
{
	return op_kcapi_new(kind, plain, p, arg, ret);
}

CK_RV
op_kcapi_built(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct kcapi_key *key, struct op **ret)
{
	const struct glue_source source = { make_plain, key, COPY_MAX };

	return op_glue_new(kind, m, p, &source, ret);
}

static bool
kind_is_right(const struct alg *a, const struct mech *m, enum op_kind kind)
{
	if (a->type == ALG_TYPE_HASH || m->algorithm == ALG_GMAC)
		return kind == OP_SIGN || kind == OP_VERIFY;
	return kind == OP_ENCRYPT || kind == OP_DECRYPT;
}

static CK_RV
op_direct(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	const struct alg *a, struct kcapi_key *key, struct op **ret)
{
	struct tfm *t;
	int r;

	if (!kind_is_right(a, m, kind) || a->algorithm == ALG_DIGEST)
		return CKR_MECHANISM_INVALID;
	if (a->type == ALG_TYPE_AEAD)
		return op_kcapi_aead(kind, m, p, a, key, ret);
	r = tfm_get(key, a, 0, &t);
	if (r != 0)
		return kcapi_rv(r, kind, false);
	return a->type == ALG_TYPE_HASH ? op_kcapi_hash(kind, m, p, t, ret)
					: op_kcapi_cipher(kind, m, p, t, ret);
}

CK_RV
op_kcapi_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct kcapi_key *key, struct op **ret)
{
	const struct alg *a = alg_direct(m, p, key->how);
	CK_RV rv;

	if (a != NULL && key_does(key, a))
		rv = op_direct(kind, m, p, a, key, ret);
	else
		rv = op_kcapi_built(kind, m, p, key, ret);
	/* Nothing has begun: another way has to be found. */
	return rv == CKR_DEVICE_REMOVED ? CKR_MECHANISM_INVALID : rv;
}

CK_RV
op_kcapi_digest_new(struct kcapi *k, const struct mech *m, struct op **ret)
{
	const struct alg *a = alg_by_mech(m);
	struct tfm *t;
	CK_RV rv;
	int r;

	if (a == NULL || a->algorithm != ALG_DIGEST || !alg_serves(k, a, KCAPI_BYTES))
		return CKR_MECHANISM_INVALID;
	r = tfm_get(k->plain, a, 0, &t);
	rv = r == 0 ? op_kcapi_hash(OP_DIGEST, m, &no_params, t, ret)
		    : kcapi_rv(r, OP_DIGEST, false);
	return rv == CKR_DEVICE_REMOVED ? CKR_MECHANISM_INVALID : rv;
}

/* --- What is served ------------------------------------------------------------------ */

/* Whole: with every parameter. */
static bool
built_serves(struct kcapi *k, const struct mech *m, enum kcapi_keying how)
{
	const struct mech *needs[2];
	unsigned n = glue_needs(m, &no_params, needs);

	for (unsigned i = 0; i < n; i++) {
		const struct alg *a = alg_by_mech(needs[i]);

		if (a == NULL || !alg_serves(k, a, how))
			return false;
	}
	return n != 0;
}

bool
kcapi_serves(struct kcapi *k, const struct mech *m, enum kcapi_keying how)
{
	const struct alg *a = alg_by_mech(m);

	/* AEADs take some parameters and lengths only; the rest is built. */
	if (a == NULL || (a->type == ALG_TYPE_AEAD && how != KCAPI_PASSED))
		return built_serves(k, m, how);
	return alg_serves(k, a, how);
}

unsigned
kcapi_needs(struct kcapi *k, const struct mech *m, const struct mech_params *p,
	const struct mech *ret[2])
{
	const struct alg *a = alg_direct(m, p, KCAPI_PASSED);
	const struct mech *plain = a == NULL ? NULL : alg_plain(a);
	const struct mech *needs[2];
	unsigned n = glue_needs(m, p, needs);

	/* What this process may bind itself says which of two ways is the likelier one. */
	if (plain != NULL && (n == 0 || alg_serves(k, a, KCAPI_BYTES))) {
		ret[0] = plain;
		ret[1] = NULL;
		return alg_serves(k, a, KCAPI_PASSED) ? 1 : 0;
	}
	for (unsigned i = 0; i < n; i++) {
		const struct alg *need = alg_by_mech(needs[i]);

		if (need == NULL || !alg_serves(k, need, KCAPI_PASSED))
			return 0;
	}
	if (n != 0)
		memcpy(ret, needs, sizeof needs);
	return n;
}
