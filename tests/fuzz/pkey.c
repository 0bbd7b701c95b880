/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Halves of key pairs as attributes of whoever sends them, and signatures of them. Each input
 * begins with a key of some kind that is right, changes attributes of it, makes a key of what there
 * is then, and has that look at a signature.
 */
#include "crypto/crypto.h"
#include "crypto/dilithium_r2/dilithium_r2.h"
#include "crypto/pkey.h"
#include "cryptoki/names.h"
#include "cryptoki/vendor.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/crypto/rsa_key.h"

#define CHANGES 6u /* of one input */
#define VALUE_MAX 8192u

/* --- Keys that are right --------------------------------------------------------------------- */

#define ORDER_MINUS_2 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254f"
#define SEED_24 "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919"
#define SEED SEED_24 "703bac031cae7f60"

static const struct kind {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE mechanism; /* that verifies; 0: none does */
	const char *params;          /* CKA_EC_PARAMS */
	CK_ULONG set;
	uint32_t secret;
	const char *value; /* NULL: of RSA and Dilithium */
} kinds[] = {
	{ CKK_RSA, CKM_RSA_PKCS, NULL, 0, 0, NULL },
	{ CKK_EC, CKM_ECDSA, "06052b81040021", 0, CKA_VALUE, "0badc0de" },
	{ CKK_EC, CKM_ECDSA, "06082a8648ce3d030107", 0, CKA_VALUE, ORDER_MINUS_2 },
	{ CKK_EC, CKM_ECDSA_SHA384, "1309736563703338347231", 0, CKA_VALUE, SEED },
	{ CKK_EC, CKM_ECDSA_SHA512, "06052b81040023", 0, CKA_VALUE, SEED },
	{ CKK_EC, CKM_ECDSA, "06092b2403030208010109", 0, CKA_VALUE, SEED },
	{ CKK_EC_EDWARDS, CKM_EDDSA, "06032b6570", 0, CKA_VALUE, SEED },
	{ CKK_EC_EDWARDS, CKM_EDDSA, "06032b6571", 0, CKA_VALUE, SEED SEED_24 "00" },
	{ CKK_EC_MONTGOMERY, 0, "06032b656e", 0, CKA_VALUE, SEED },
	{ CKK_EC_MONTGOMERY, 0, "06032b656f", 0, CKA_VALUE, SEED SEED_24 },
	{ CKK_ML_DSA, CKM_ML_DSA, NULL, CKP_ML_DSA_44, CKA_SEED, SEED },
	{ CKK_ML_DSA, CKM_HASH_ML_DSA_SHA512, NULL, CKP_ML_DSA_87, CKA_SEED, SEED },
	/* NIST ACVP's, as tests/api/answers.txt has it */
	{ CKK_SLH_DSA, CKM_SLH_DSA, NULL, CKP_SLH_DSA_SHA2_128F, CKA_VALUE,
		"d5213ba4bb6470f1b9eda88cbc94e6277a58a951ef7f2b81461dbac41b5a6b83fa495fb8"
		"34defea7cc96a81309479135a67029e90668c5a58b96e60111491f3d" },
	{ CKK_IBM_PQC_DILITHIUM, CKM_IBM_DILITHIUM, NULL, 0, 0, NULL },
	/* chosen in its own way, so that inputs of before mean the same */
	{ CKK_ML_KEM, 0, NULL, CKP_ML_KEM_512, CKA_SEED, SEED SEED },
};

#define CHOSEN (ARRAY_LEN(kinds) - 1)

struct half {
	struct attrs object, secret;
};

static struct pair {
	struct half private;
	struct attrs public;
} pairs[ARRAY_LEN(kinds)];

static void
set_hex(struct attrs *to, uint32_t type, const char *hex)
{
	uint8_t room[1024];
	size_t n = strlen(hex) / 2;

	FUZZ_CHECK(n <= sizeof room);
	for (size_t i = 0; i < n; i++) {
		unsigned byte = 0;

		FUZZ_CHECK(sscanf(hex + 2 * i, "%2x", &byte) == 1);
		room[i] = (uint8_t)byte;
	}
	attrs_set(to, type, BYTES(room, n));
}

static void
rsa_set(struct attrs *object, struct attrs *secret)
{
	set_hex(object, CKA_MODULUS, rsa_n);
	set_hex(object, CKA_PUBLIC_EXPONENT, rsa_e);
	if (secret == NULL)
		return;
	set_hex(secret, CKA_PRIVATE_EXPONENT, rsa_d);
	set_hex(secret, CKA_PRIME_1, rsa_p);
	set_hex(secret, CKA_PRIME_2, rsa_q);
	set_hex(secret, CKA_EXPONENT_1, rsa_dp);
	set_hex(secret, CKA_EXPONENT_2, rsa_dq);
	set_hex(secret, CKA_COEFFICIENT, rsa_qi);
}

/* The whole, of which object_complete() makes the parts. */
static void
dilithium_set(struct attrs *object, struct attrs *secret)
{
	static const uint8_t seed[DILITHIUM_SEED];
	struct secret key = SECRET_NONE, der = SECRET_NONE;
	uint8_t public_key[DILITHIUM_PUBLIC_KEY], info[DILITHIUM_SPKI];
	struct dilithium_split parts;

	FUZZ_CHECK(dilithium_generate(seed, public_key, &key) == 0);
	FUZZ_CHECK(
		dilithium_split(BYTES_OF(public_key), secret_bytes(&key), &parts) == 0);
	if (secret != NULL) {
		FUZZ_CHECK(dilithium_write_pkcs8(&parts, &der) == 0);
		attrs_set(secret, CKA_VALUE, secret_bytes(&der));
	} else {
		FUZZ_CHECK(dilithium_write_spki(&parts, info) == 0);
		attrs_set(object, CKA_VALUE, BYTES_OF(info));
	}
	secret_free(&key);
	secret_free(&der);
}

static void
half_start(const struct kind *k, CK_OBJECT_CLASS class, struct attrs *object)
{
	attrs_set_ulong(object, CKA_CLASS, class);
	attrs_set_ulong(object, CKA_KEY_TYPE, k->type);
	if (k->params != NULL)
		set_hex(object, CKA_EC_PARAMS, k->params);
	if (k->set != 0)
		attrs_set_ulong(object, CKA_PARAMETER_SET, k->set);
}

/* The public half follows from the private one. */
static void
pair_make(const struct kind *k, struct pair *pair)
{
	struct attrs none = ATTRS_SECRET;
	const struct curve *curve = NULL;
	EVP_PKEY *pkey = NULL;
	struct bytes info;

	*pair = (struct pair){ { ATTRS_INIT, ATTRS_SECRET }, ATTRS_INIT };
	half_start(k, CKO_PRIVATE_KEY, &pair->private.object);
	half_start(k, CKO_PUBLIC_KEY, &pair->public);
	if (k->type == CKK_RSA) {
		rsa_set(&pair->private.object, &pair->private.secret);
		rsa_set(&pair->public, NULL);
	} else if (k->type == CKK_IBM_PQC_DILITHIUM) {
		dilithium_set(&pair->private.object, &pair->private.secret);
		dilithium_set(&pair->public, NULL);
	} else {
		set_hex(&pair->private.secret, k->secret, k->value);
	}
	FUZZ_CHECK(
		object_complete(&pair->private.object, &pair->private.secret) == CKR_OK);
	FUZZ_CHECK(pkey_from_private(attrs_bytes(&pair->private.object),
			   attrs_bytes(&pair->private.secret), &pkey) == CKR_OK);
	if (k->params != NULL) {
		FUZZ_CHECK(curve_of(attrs_bytes(&pair->public), &curve) == CKR_OK);
		FUZZ_CHECK(pkey_set_point(pkey, curve, &pair->public) == CKR_OK);
	}
	FUZZ_CHECK(attrs_find(
		attrs_bytes(&pair->private.object), CKA_PUBLIC_KEY_INFO, &info));
	if (k->set != 0)
		attrs_set(&pair->public, CKA_PUBLIC_KEY_INFO, info);
	FUZZ_CHECK(object_complete(&pair->public, &none) == CKR_OK);
	EVP_PKEY_free(pkey);
	attrs_free(&none);
}

/* --- Changes ---------------------------------------------------------------------------------- */

static const uint32_t changed[] = { CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_EC_PARAMS,
	CKA_EC_POINT, CKA_VALUE, CKA_PUBLIC_KEY_INFO, CKA_PARAMETER_SET, CKA_KEY_TYPE,
	CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2,
	CKA_COEFFICIENT, CKA_SEED, CKA_IBM_PQC_PARAMS, CKA_IBM_DILITHIUM_MODE,
	CKA_IBM_DILITHIUM_KEYFORM, CKA_IBM_DILITHIUM_RHO, CKA_IBM_DILITHIUM_SEED,
	CKA_IBM_DILITHIUM_TR, CKA_IBM_DILITHIUM_S1, CKA_IBM_DILITHIUM_S2,
	CKA_IBM_DILITHIUM_T0, CKA_IBM_DILITHIUM_T1 };

static void
edit(struct cursor *c, struct attrs *list, uint32_t type)
{
	uint8_t room[VALUE_MAX];
	struct bytes v = BYTES_NONE;
	unsigned how = fuzz_u8(c) % 6, at;

	if (attrs_find(attrs_bytes(list), type, &v) && v.n > sizeof room - 256)
		return;
	if (v.n != 0)
		memcpy(room, v.p, v.n);
	at = v.n != 0 ? fuzz_u16(c) % v.n : 0;
	switch (how) {
	case 0:
		attrs_set(list, type, fuzz_bytes(c, 512));
		return;
	case 1: /* cut short */
		v.n = at;
		break;
	case 2: /* longer */
		memset(room + v.n, (int)fuzz_u8(c), 1 + at % 255);
		v.n += 1 + at % 255;
		break;
	case 3:
		if (v.n != 0)
			room[at] ^= (uint8_t)fuzz_u8(c);
		break;
	case 4:
		attrs_unset(list, type);
		return;
	default: /* another kind's */
		if (attrs_find(attrs_bytes(&pairs[fuzz_u8(c) % ARRAY_LEN(pairs)].public),
			    type, &v) &&
			v.n <= sizeof room && v.n != 0)
			memcpy(room, v.p, v.n);
		break;
	}
	attrs_set(list, type, BYTES(room, v.n));
}

/* --- Signatures --------------------------------------------------------------------------------- */

static bool
is_answer(CK_RV rv)
{
	static const CK_RV answers[] = { CKR_OK, CKR_SIGNATURE_INVALID,
		CKR_SIGNATURE_LEN_RANGE, CKR_DATA_LEN_RANGE, CKR_DATA_INVALID };

	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (rv == answers[i])
			return true;
	return false;
}

static void
params_make(struct cursor *c, const struct mech *m, struct mech_params *p)
{
	static const enum digest hashes[] = { DIGEST_SHA1, DIGEST_SHA256,
		DIGEST_SHA3_512 };

	*p = (struct mech_params){ .hedge = 0 };
	if (m->param == PARAM_PSS) {
		p->hash = (uint8_t)(m->digest != DIGEST_NONE
					    ? m->digest
					    : hashes[fuzz_u8(c) % ARRAY_LEN(hashes)]);
		p->mgf_hash = (uint8_t)hashes[fuzz_u8(c) % ARRAY_LEN(hashes)];
		p->salt_len = (uint16_t)(fuzz_u8(c) * 2u);
	}
	if (m->param == PARAM_EDDSA)
		p->scheme = (uint8_t)(fuzz_u8(c) % EDDSA_SCHEMES);
	if (m->param == PARAM_HASH_SIGN_CONTEXT)
		p->hash = (uint8_t)hashes[1 + fuzz_u8(c) % 2];
	if (m->param == PARAM_SIGN_CONTEXT || m->param == PARAM_HASH_SIGN_CONTEXT ||
		(m->param == PARAM_EDDSA && p->scheme != EDDSA_PURE))
		p->extra = fuzz_bytes(c, 255);
}

/* Bytes of the input, as often as it takes, for a signature of the right length or about that. */
static uint8_t *
signature_make(struct cursor *c, size_t n, size_t *ret)
{
	struct bytes from = fuzz_bytes(c, 1024);
	uint8_t *p;

	n += fuzz_u8(c) % 4 == 3 ? fuzz_u8(c) : 0;
	n -= fuzz_u8(c) % 4 == 3 && n != 0 ? 1 : 0;
	p = malloc(n != 0 ? n : 1);
	FUZZ_CHECK(p != NULL);
	for (size_t i = 0; i < n; i++)
		p[i] = from.n != 0 ? from.p[i % from.n] : 0;
	*ret = n;
	return p;
}

static void
verify(struct cursor *c, const struct mech *m, EVP_PKEY *pkey, struct bytes object)
{
	const bool recovers = (m->flags & CKF_VERIFY_RECOVER) != 0 && fuzz_u8(c) % 2 != 0;
	struct mech_params p;
	struct op *op = NULL;
	uint8_t room[1024];
	struct outbuf out = { room, sizeof room, 0 };
	struct bytes in;
	uint8_t *sig;
	size_t n;
	CK_RV rv;

	params_make(c, m, &p);
	in = fuzz_bytes(c, 1024);
	sig = signature_make(c, pkey_output_size(m, object), &n);
	rv = op_pkey_new(recovers ? OP_VERIFY_RECOVER : OP_VERIFY, m, &p, pkey, &op);
	if (rv == CKR_OK) {
		rv = recovers ? op->vtable->once(op, BYTES(sig, n), BYTES_NONE, &out)
			      : op->vtable->once(op, in, BYTES(sig, n), &out);
		FUZZ_CHECK(is_answer(rv) && out.n <= sizeof room);
		op_free(&op);
	}
	free(sig);
}

/* A mechanism of the kind's, or any. */
static const struct mech *
mech_choose(struct cursor *c, const struct kind *k)
{
	const struct mech *m =
		fuzz_u8(c) % 2 == 0 ? mech_lookup_legacy(k->mechanism) : fuzz_mech(c);

	return m != NULL && (m->flags & CKF_VERIFY) != 0 && mech_has_pair(m) ? m : NULL;
}

static CK_RV
load(const struct half *half, bool private, EVP_PKEY **ret)
{
	return private ? pkey_from_private(attrs_bytes(&half->object),
				 attrs_bytes(&half->secret), ret)
		       : pkey_from_public(attrs_bytes(&half->object), ret);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	struct half half = { ATTRS_INIT, ATTRS_SECRET };
	static bool started;
	EVP_PKEY *pkey = NULL;
	const struct mech *m;
	unsigned which, changes;
	bool private;
	CK_RV rv;

	for (size_t i = 0; !started && i < ARRAY_LEN(kinds); i++)
		pair_make(&kinds[i], &pairs[i]);
	started = true;
	which = fuzz_u8(&c);
	which = which < 240 ? which % CHOSEN : CHOSEN;
	private = fuzz_u8(&c) % 2 != 0;
	FUZZ_CHECK(attrs_copy(&half.object,
			   attrs_bytes(private ? &pairs[which].private.object
					       : &pairs[which].public)) == 0);
	if (private)
		FUZZ_CHECK(attrs_copy(&half.secret,
				   attrs_bytes(&pairs[which].private.secret)) == 0);
	changes = fuzz_u8(&c) % (CHANGES + 1);
	for (unsigned i = 0; i < changes; i++) {
		const uint32_t type = changed[fuzz_u8(&c) % ARRAY_LEN(changed)];

		edit(&c,
			private && attrs_has(attrs_bytes(&half.secret), type)
				? &half.secret
				: &half.object,
			type);
	}
	rv = load(&half, private, &pkey);
	FUZZ_CHECK((rv == CKR_OK) == (pkey != NULL));
	m = mech_choose(&c, &kinds[which]);
	/* a private key of Dilithium has no public one in it */
	if (pkey != NULL && m != NULL &&
		!(private && m->key_type == CKK_IBM_PQC_DILITHIUM))
		verify(&c, m, pkey, attrs_bytes(&half.object));
	EVP_PKEY_free(pkey);
	pkey = NULL;
	/* what completes them leaves no half that could not be used */
	if (object_complete(&half.object, &half.secret) == CKR_OK) {
		rv = load(&half, private, &pkey);
		FUZZ_CHECK(rv == CKR_OK || rv == CKR_KEY_TYPE_INCONSISTENT);
		EVP_PKEY_free(pkey);
	}
	attrs_free(&half.object);
	attrs_free(&half.secret);
	return 0;
}
