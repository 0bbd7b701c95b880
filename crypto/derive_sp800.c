/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SP 800-108: PKCS#11 3.2, 6.42. The PRF is an operation that signs. Its input is whatever the
 * parameter puts together, so that OpenSSL's KBKDF does not fit.
 */
#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "crypto/derivation.h"
#include "cryptoki/derive_kinds.h"

#define MAX_PRF 64u /* bytes */

struct kdf {
	const struct derivation *d;
	struct sp800_params params;
	struct op *prf;
	size_t segment;  /* bytes that the PRF gives */
	size_t segments; /* of all keys */
	uint64_t keys_bytes;
	uint8_t chain[MAX_PRF]; /* K(i), or A(i) of the double pipeline */
};

/* A key that is to be, and where its bytes begin: no segment is shared (6.42.6). */
struct plan {
	struct attrs template;
	size_t at, n;
};

static const struct mech_params whole;

/* --- The PRF ------------------------------------------------------------------------ */

static CK_RV
prf_add(struct kdf *k, struct bytes in)
{
	struct outbuf none = { NULL, 0, 0 };

	return in.n != 0 ? k->prf->vtable->update(k->prf, in, &none) : CKR_OK;
}

static CK_RV
prf_add_number(struct kdf *k, const struct sp800_field *f, uint64_t v)
{
	uint8_t digits[8];

	for (size_t i = 0; i < f->width; i++)
		digits[f->little_endian ? i : f->width - 1 - i] = (uint8_t)(v >> 8 * i);
	return prf_add(k, BYTES(digits, f->width));
}

/* And starts the next one. */
static CK_RV
prf_end(struct kdf *k, uint8_t *to)
{
	struct outbuf out = { to, k->segment, 0 };
	CK_RV rv = k->prf->vtable->final(k->prf, BYTES_NONE, &out);

	return rv == CKR_OK ? k->prf->vtable->rearm(k->prf, &whole) : rv;
}

/* --- Its input ---------------------------------------------------------------------- */

static uint64_t
length_bits(const struct kdf *k, const struct sp800_field *f)
{
	return 8 * (f->segments ? (uint64_t)k->segments * k->segment : k->keys_bytes);
}

/* i: of this iteration; 0: for the IV of the double pipeline, without what counts. */
static CK_RV
add_field(struct kdf *k, const struct sp800_field *f, uint64_t i, struct bytes chain)
{
	switch (f->type) {
	case SP800_ITERATION:
		if (i == 0 || f->width == 0)
			return i == 0 ? CKR_OK : prf_add(k, chain);
		return prf_add_number(k, f, i);
	case SP800_COUNTER:
		return i == 0 ? CKR_OK : prf_add_number(k, f, i);
	case SP800_LENGTH:
		return prf_add_number(k, f, length_bits(k, f));
	case SP800_BYTES:
		return prf_add(k, f->bytes);
	case SP800_KEY:
		return prf_add(k, k->d->other->value);
	}
	return CKR_MECHANISM_PARAM_INVALID;
}

static CK_RV
add_fields(struct kdf *k, uint64_t i, struct bytes chain)
{
	struct cursor c = k->params.fields;
	struct sp800_field f;
	CK_RV rv = CKR_OK;

	while (rv == CKR_OK && sp800_field_next(&c, &f))
		rv = add_field(k, &f, i, chain);
	return rv;
}

/* Counters and the length have to fit in the widths they were given, and all of it in what
 * one derivation may cost. */
static CK_RV
check_limits(const struct kdf *k)
{
	const unsigned counter = 8u * k->params.counter_bytes;
	uint64_t input = k->params.iv.n + MAX_PRF; /* of one segment, at most */
	struct cursor c = k->params.fields;
	struct sp800_field f;

	if (k->segments > UINT32_MAX || (counter != 0 && k->segments >> counter != 0))
		return CKR_KEY_SIZE_RANGE;
	while (sp800_field_next(&c, &f)) {
		if (f.type == SP800_LENGTH && f.width < 8 &&
			length_bits(k, &f) >> 8 * f.width != 0)
			return CKR_MECHANISM_PARAM_INVALID;
		input += f.width + f.bytes.n;
		if (f.type == SP800_KEY)
			input += k->d->other->value.n;
	}
	return k->segments * input <= DERIVE_MAX_WORK ? CKR_OK : CKR_KEY_SIZE_RANGE;
}

/* --- The three modes: SP 800-108, 4.1 to 4.3 ---------------------------------------- */

static CK_RV
step(struct kdf *k, uint64_t i, uint8_t *to)
{
	const struct bytes chain = BYTES(k->chain, k->segment);
	const bool pipeline = k->d->mech->algorithm == ALG_SP800_PIPELINE;
	CK_RV rv = CKR_OK;

	/* A(i) of A(i - 1); A(0) is the input without what counts */
	if (pipeline) {
		rv = i == 1 ? add_fields(k, 0, BYTES_NONE) : prf_add(k, chain);
		if (rv == CKR_OK)
			rv = prf_end(k, k->chain);
	}
	if (rv == CKR_OK)
		rv = add_fields(k, i, !pipeline && i == 1 ? k->params.iv : chain);
	if (rv == CKR_OK)
		rv = prf_end(k, to);
	if (rv == CKR_OK && !pipeline)
		memcpy(k->chain, to, k->segment);
	return rv;
}

static CK_RV
run(struct kdf *k, struct secret *material)
{
	CK_RV rv =
		op_secret_new(OP_SIGN, k->params.prf, &whole, k->d->base->value, &k->prf);

	for (size_t i = 0; rv == CKR_OK && i < k->segments; i++)
		rv = step(k, i + 1, material->p + i * k->segment);
	return rv;
}

/* --- Keys --------------------------------------------------------------------------- */

/* The whole template, and the length of the key. */
static CK_RV
read_one(const struct derivation *d, struct bytes template, struct plan *ret)
{
	const struct supply any = { .max = DERIVE_MAX_VALUE };
	CK_RV rv = derivation_template(d, template, &ret->template);

	return rv == CKR_OK
		       ? derivation_length(d, attrs_bytes(&ret->template), &any, &ret->n)
		       : rv;
}

static CK_RV
plan_one(struct kdf *k, struct bytes template, struct plan *ret)
{
	CK_RV rv = read_one(k->d, template, ret);

	if (rv != CKR_OK)
		return rv;
	ret->at = k->segments * k->segment;
	k->segments += (ret->n + k->segment - 1) / k->segment;
	k->keys_bytes += ret->n;
	return CKR_OK;
}

static CK_RV
plan_all(struct kdf *k, struct plan *plans, size_t *n)
{
	struct cursor c = k->params.keys;
	CK_RV rv = plan_one(k, k->d->template, &plans[(*n)++]);

	while (rv == CKR_OK && cursor_left(&c) != 0)
		rv = *n < DERIVE_MAX_KEYS ? plan_one(k, cursor_blob(&c), &plans[(*n)++])
					  : CKR_MECHANISM_PARAM_INVALID;
	return rv == CKR_OK ? check_limits(k) : rv;
}

static CK_RV
keep_one(struct kdf *k, const struct plan *plan, const struct secret *material,
	struct derived *ret)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;

	if (secret_copy(BYTES(material->p + plan->at, plan->n), &value) != 0)
		return CKR_HOST_MEMORY;
	return derivation_add(k->d, attrs_bytes(&plan->template), &value, ret);
}

/* An HMAC takes generic secrets and its hash's own keys, a CMAC its cipher's. */
static CK_RV
check_base(const struct kdf *k)
{
	const struct mech *prf = k->params.prf;
	const CK_KEY_TYPE type = (CK_KEY_TYPE)attrs_ulong(
		k->d->base->attributes, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);

	if (type == prf->key_type)
		return CKR_OK;
	return prf->algorithm == ALG_HMAC && type == digests[prf->digest].hmac_key
		       ? CKR_OK
		       : CKR_KEY_TYPE_INCONSISTENT;
}

CK_RV
sp800_derive(const struct derivation *d, struct derived *ret)
{
	struct kdf k = { .d = d };
	struct plan plans[DERIVE_MAX_KEYS];
	CLEANUP(secret_free)
	struct secret material = SECRET_NONE;
	size_t n = 0;
	CK_RV rv;

	if (!sp800_params_read(d->mech, d->params, &k.params))
		return CKR_MECHANISM_PARAM_INVALID;
	k.segment = mech_mac_size(k.params.prf);
	for (size_t i = 0; i < DERIVE_MAX_KEYS; i++)
		plans[i].template = ATTRS_SECRET;
	rv = check_base(&k);
	if (rv == CKR_OK)
		rv = plan_all(&k, plans, &n);
	if (rv == CKR_OK && secret_new(k.segments * k.segment, &material) != 0)
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = run(&k, &material);
	for (size_t i = 0; rv == CKR_OK && i < n; i++)
		rv = keep_one(&k, &plans[i], &material, ret);
	for (size_t i = 0; i < DERIVE_MAX_KEYS; i++)
		attrs_free(&plans[i].template);
	op_free(&k.prf);
	wipe(k.chain, sizeof k.chain);
	return rv;
}

bool
sp800_fault(const struct derivation *d, size_t *ret)
{
	struct sp800_params params;
	bool found = false;

	if (!sp800_params_read(d->mech, d->params, &params))
		return false;
	for (size_t i = 0; !found && cursor_left(&params.keys) != 0; i++) {
		struct plan plan = { .template = ATTRS_SECRET };
		CK_RV rv = read_one(d, cursor_blob(&params.keys), &plan);

		if (rv == CKR_OK)
			rv = derivation_try(d, attrs_bytes(&plan.template));
		attrs_free(&plan.template);
		found = rv != CKR_OK && rv != CKR_HOST_MEMORY;
		if (found)
			*ret = i;
	}
	return found;
}
