/* SPDX-License-Identifier: Apache-2.0 */
/* Domain parameters, public and private numbers of somebody else's: objects made of them, and
 * agreement with a key of one's own. */
#include "crypto/ffc.h"

#include "common/cleanup.h"
#include "crypto/agree.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/crypto/ffc_vectors.h"

#define MOST 300u /* bytes of a number */

struct number {
	uint8_t raw[MOST];
	size_t n;
};

static struct bytes
number_bytes(const struct number *x)
{
	return BYTES(x->raw, x->n);
}

static void
number_read(const char *hex, struct number *ret)
{
	ret->n = strlen(hex) / 2;
	FUZZ_CHECK(ret->n <= MOST);
	for (size_t i = 0; i < ret->n; i++) {
		unsigned byte = 0;

		FUZZ_CHECK(sscanf(hex + 2 * i, "%2x", &byte) == 1);
		ret->raw[i] = (uint8_t)byte;
	}
}

/* As it is, or another one: bytes of the input, some changed, some cut or added. */
static void
number_change(struct cursor *c, struct number *x)
{
	struct bytes v;
	size_t at;

	switch (fuzz_u8(c) % 8) {
	case 1:
		v = fuzz_bytes(c, MOST);
		memcpy(x->raw, v.p != NULL ? v.p : x->raw, v.n);
		x->n = v.n;
		break;
	case 2:
		at = fuzz_u16(c);
		if (x->n != 0)
			x->raw[at % x->n] ^= (uint8_t)fuzz_u8(c);
		break;
	case 3:
		at = fuzz_u16(c);
		x->n = x->n != 0 ? at % x->n : 0;
		break;
	case 4:
		if (x->n < MOST)
			x->raw[x->n++] = (uint8_t)fuzz_u8(c);
		break;
	case 5:
		if (x->n != 0)
			x->raw[x->n - 1] += (uint8_t)fuzz_u8(c);
		break;
	default:
		break;
	}
}

enum { P, Q, G, X, Y, NUMBERS };

static const uint32_t domain_types[] = { CKA_PRIME, CKA_SUBPRIME, CKA_BASE };

static void
domain_set(CK_KEY_TYPE type, const struct number *numbers, struct attrs *to)
{
	attrs_set_ulong(to, CKA_KEY_TYPE, type);
	for (size_t i = P; i <= G; i++)
		if (i != Q || type != CKK_DH)
			attrs_set(to, domain_types[i], number_bytes(&numbers[i]));
}

static BIGNUM *
attr_number(const struct attrs *a, uint32_t type)
{
	struct bytes v;
	BIGNUM *bn;

	FUZZ_CHECK(attrs_find(attrs_bytes(a), type, &v));
	bn = BN_bin2bn(v.p, (int)v.n, NULL);
	FUZZ_CHECK(bn != NULL);
	return bn;
}

/* What was taken for a public key is one. */
static void
check_public(const struct attrs *o)
{
	BIGNUM *p = attr_number(o, CKA_PRIME), *y = attr_number(o, CKA_VALUE);

	FUZZ_CHECK(BN_is_odd(p) && BN_num_bits(p) >= FFC_MIN_BITS);
	FUZZ_CHECK(BN_cmp(y, BN_value_one()) > 0);
	FUZZ_CHECK(BN_sub_word(p, 1) == 1 && BN_cmp(y, p) < 0);
	FUZZ_CHECK(attrs_has(attrs_bytes(o), CKA_PUBLIC_KEY_INFO));
	BN_free(p);
	BN_free(y);
}

static void
try_object(CK_OBJECT_CLASS class, CK_KEY_TYPE type, const struct number *numbers)
{
	struct attrs public = ATTRS_INIT, secret = ATTRS_SECRET;
	CK_RV rv;

	attrs_set_ulong(&public, CKA_CLASS, class);
	domain_set(type, numbers, &public);
	if (class == CKO_PRIVATE_KEY)
		attrs_set(&secret, CKA_VALUE, number_bytes(&numbers[X]));
	else if (class == CKO_PUBLIC_KEY)
		attrs_set(&public, CKA_VALUE, number_bytes(&numbers[Y]));
	rv = object_complete(&public, &secret);
	FUZZ_CHECK(rv == CKR_OK || rv == CKR_DOMAIN_PARAMS_INVALID ||
		   rv == CKR_ATTRIBUTE_VALUE_INVALID);
	if (rv == CKR_OK && class == CKO_PUBLIC_KEY)
		check_public(&public);
	attrs_free(&public);
	attrs_free(&secret);
}

/* A key that is right, and what the other side sends. */
static void
try_agreement(CK_KEY_TYPE type, const struct number *right, const struct number *other)
{
	const struct mech *m = mech_lookup_legacy(
		type == CKK_DH ? CKM_DH_PKCS_DERIVE : CKM_X9_42_DH_DERIVE);
	struct attrs public = ATTRS_INIT, secret = ATTRS_SECRET;
	struct secret value = SECRET_NONE;
	struct agree_params p;
	EVP_PKEY *pkey = NULL;
	CK_RV rv;

	domain_set(type, right, &public);
	attrs_set(&secret, CKA_VALUE, number_bytes(&right[X]));
	FUZZ_CHECK(pkey_from_private(attrs_bytes(&public), attrs_bytes(&secret), &pkey) ==
		   CKR_OK);
	if (agree_params_make(m, CKD_NULL, BYTES_NONE, number_bytes(other), &p)) {
		rv = pkey_agree(m, &p, pkey, attrs_bytes(&public), 16, &value);
		FUZZ_CHECK(rv == CKR_OK || rv == CKR_MECHANISM_PARAM_INVALID);
		FUZZ_CHECK((rv == CKR_OK) == (value.n == 16));
	}
	secret_free(&value);
	EVP_PKEY_free(pkey);
	attrs_free(&public);
	attrs_free(&secret);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const CK_KEY_TYPE types[] = { CKK_DSA, CKK_DH, CKK_X9_42_DH };
	static const CK_OBJECT_CLASS classes[] = { CKO_PUBLIC_KEY, CKO_PRIVATE_KEY,
		CKO_DOMAIN_PARAMETERS };
	struct cursor c = cursor_over(BYTES(data, size));
	const CK_KEY_TYPE type = types[fuzz_u8(&c) % ARRAY_LEN(types)];
	const struct dh_vector *v = &dh_vectors[fuzz_u8(&c) % ARRAY_LEN(dh_vectors)];
	const char *const start[NUMBERS] = { v->p, v->q, v->g, v->x, v->y };
	struct number right[NUMBERS], numbers[NUMBERS];

	for (size_t i = 0; i < NUMBERS; i++)
		number_read(start[i], &right[i]);
	memcpy(numbers, right, sizeof numbers);
	for (size_t i = 0; i < NUMBERS; i++)
		number_change(&c, &numbers[i]);
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		try_object(classes[i], type, numbers);
	if (type != CKK_DSA)
		try_agreement(type, right, &numbers[Y]);
	return 0;
}
