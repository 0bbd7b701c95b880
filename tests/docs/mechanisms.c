/* SPDX-License-Identifier: Apache-2.0 */
/* docs/MECHANISMS.md, from the table that the module itself reads. */
#include <stdio.h>
#include <string.h>

#include "cryptoki/derive.h"
#include "cryptoki/names.h"
#include "cryptoki/vendor.h"
#include "kcapi_backend/algs.h"
#include "kcapi_backend/glue.h"
#include "libtoken/mech/mech.h"
#include "tests/docs/absent.h"

static const char head[] =
	"# Mechanisms\n"
	"Made by `make docs` from [cryptoki/mech_table.c](../cryptoki/mech_table.c), and "
	"held against it by a test: change the table, not this page.\n\n"
	"**Functions** are those of C_GetMechanismInfo; those with *message* have "
	"C_Message...Init and "
	"its kin too.\n"
	"**Sizes** are C_GetMechanismInfo's: bytes for AES, Triple DES, HMAC, KMAC, "
	"Poly1305, what generates such keys and ChaCha20's, and TLS's master secrets, "
	"and of the public key for ML-KEM, ML-DSA, SLH-DSA and Dilithium; else bits.\n\n"
	"Where a secret key's operation runs follows from the key's custody "
	"([ARCHITECTURE.md](ARCHITECTURE.md#key-custody)): with OpenSSL in the process "
	"(process), with OpenSSL in keyringd "
	"(broker), or in the kernel, by the algorithm in the column **kernel** or *built "
	"from* plainer ones, the key being "
	"the kernel's all the time. Where that column says none, a key that may be used "
	"with the mechanism is never in "
	"kernel custody. Digests run in the kernel where it has them, else in the "
	"process. Of key pairs the public half "
	"is used in the process, the private one at keystored. Keys are generated where "
	"they will be.\n\n"
	"| number | mechanism | functions | key | sizes | parameter | kernel | notes |\n"
	"| --- | --- | --- | --- | --- | --- | --- | --- |\n";

/* --- Words -------------------------------------------------------------------------- */

#define F_MESSAGE                                                       \
	(CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN | \
		CKF_MESSAGE_VERIFY)

static const struct {
	CK_FLAGS flag;
	const char *word;
} functions[] = {
	{ CKF_ENCRYPT, "encrypt" },
	{ CKF_DECRYPT, "decrypt" },
	{ CKF_DIGEST, "digest" },
	{ CKF_SIGN, "sign" },
	{ CKF_VERIFY, "verify" },
	{ CKF_SIGN_RECOVER, "sign with recovery" },
	{ CKF_VERIFY_RECOVER, "verify with recovery" },
	{ CKF_ENCAPSULATE, "encapsulate" },
	{ CKF_DECAPSULATE, "decapsulate" },
	{ CKF_GENERATE, "generate" },
	{ CKF_GENERATE_KEY_PAIR, "generate pair" },
	{ CKF_WRAP, "wrap" },
	{ CKF_UNWRAP, "unwrap" },
	{ CKF_DERIVE, "derive" },
	{ F_MESSAGE, "*message*" },
};

static const char *const parameters[PARAM_COUNT] = {
	[PARAM_NONE] = "none",
	[PARAM_CTR] = "CK_AES_CTR_PARAMS",
	[PARAM_GCM] = "CK_GCM_PARAMS",
	[PARAM_GMAC] = "CK_GCM_PARAMS or 12 bytes",
	[PARAM_CCM] = "CK_CCM_PARAMS",
	[PARAM_PSS] = "CK_RSA_PKCS_PSS_PARAMS",
	[PARAM_OAEP] = "CK_RSA_PKCS_OAEP_PARAMS",
	[PARAM_RSA_AES] = "CK_RSA_AES_KEY_WRAP_PARAMS",
	[PARAM_EDDSA] = "CK_EDDSA_PARAMS or none",
	[PARAM_LENGTH] = "CK_MAC_GENERAL_PARAMS",
	[PARAM_OUT_LENGTH] = "CK_ULONG or none",
	[PARAM_KMAC] = "CK_KT_KMAC_PARAMS or none",
	[PARAM_SIGN_CONTEXT] = "CK_SIGN_ADDITIONAL_CONTEXT or none",
	[PARAM_HASH_SIGN_CONTEXT] = "CK_HASH_SIGN_ADDITIONAL_CONTEXT",
	[PARAM_CHACHA20] = "CK_CHACHA20_PARAMS",
	[PARAM_CHACHA20_POLY1305] = "CK_SALSA20_CHACHA20_POLY1305_PARAMS",
	[PARAM_STRING] = "CK_KEY_DERIVATION_STRING_DATA",
	[PARAM_IV_DATA] = "IV and data",
	[PARAM_KEY] = "CK_OBJECT_HANDLE",
	[PARAM_POSITION] = "CK_EXTRACT_PARAMS",
	[PARAM_HKDF] = "CK_HKDF_PARAMS",
	[PARAM_PBKDF2] = "CK_PKCS5_PBKD2_PARAMS2",
	[PARAM_SP800] = "CK_SP800_108_KDF_PARAMS",
	[PARAM_TLS_MASTER] = "CK_TLS12_MASTER_KEY_DERIVE_PARAMS",
	[PARAM_TLS_EXTENDED] = "CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS",
	[PARAM_TLS_KEYS] = "CK_TLS12_KEY_MAT_PARAMS",
	[PARAM_TLS_KDF] = "CK_TLS_KDF_PARAMS",
	[PARAM_ECDH1] = "CK_ECDH1_DERIVE_PARAMS",
	[PARAM_PUBLIC_VALUE] = "the other side's public value",
	[PARAM_X9_42_DH1] = "CK_X9_42_DH1_DERIVE_PARAMS",
};

static const struct {
	CK_MECHANISM_TYPE type;
	const char *note;
} notes[] = {
	{ CKM_AES_KEY_WRAP_PAD, "RFC 5649: the same as CKM_AES_KEY_WRAP_KWP" },
	{ CKM_AES_CTS, "CS1" },
	{ CKM_ECDH1_DERIVE, "CKK_EC_MONTGOMERY too" },
	{ CKM_CHACHA20, "nonces of 64, 96 and 192 bits; the counter is little-endian" },
	{ CKM_CHACHA20_POLY1305,
		"nonces of 96 and 192 bits, their length in bits or in bytes" },
	{ CKM_BLAKE2B_160_HMAC, "HMAC (FIPS 198-1) with the digest" },
	{ CKM_BLAKE2B_256_HMAC, "HMAC (FIPS 198-1) with the digest" },
	{ CKM_BLAKE2B_384_HMAC, "HMAC (FIPS 198-1) with the digest" },
	{ CKM_BLAKE2B_512_HMAC, "HMAC (FIPS 198-1) with the digest" },
	{ CKM_IBM_DILITHIUM,
		"legacy, ML-DSA is what to use: only where keyringd.ini and "
		"keystored.ini have "
		"`[crypto] legacy = yes`; round 2, (6,5); IBM's: cryptoki/vendor.h" },
	{ CKM_KT_SHAKE_128, "vendor's: cryptoki/vendor.h" },
	{ CKM_KT_SHAKE_256, "vendor's: cryptoki/vendor.h" },
	{ CKM_KT_KMAC_128, "vendor's: cryptoki/vendor.h" },
	{ CKM_KT_KMAC_256, "vendor's: cryptoki/vendor.h" },
};

#define OLD_DATA "for old data: only where keyringd.ini has `[crypto] legacy = yes`"
/* Private keys are at keystored, which has a switch of its own. */
#define OLD_PRIVATE_DATA                                                \
	"for old data: only where keyringd.ini and keystored.ini have " \
	"`[crypto] legacy = yes`"

/* --- Cells -------------------------------------------------------------------------- */

static void
put_functions(CK_FLAGS flags)
{
	const char *between = "";

	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		if ((flags & functions[i].flag) == 0)
			continue;
		(void)printf("%s%s", between, functions[i].word);
		between = ", ";
	}
}

static void
put_key(const struct mech *m)
{
	if (m->key_type != CK_UNAVAILABLE_INFORMATION)
		(void)printf("%s", ckk_name(m->key_type));
	else
		(void)printf(
			"%s", (m->flags & CKF_DERIVE) != 0 ? "any secret key" : "none");
	if (m->algorithm == ALG_HMAC)
		(void)printf(", %s", ckk_name(digests[m->digest].hmac_key));
	if (m->key_type == CKK_HKDF && (m->flags & CKF_DERIVE) != 0)
		(void)printf(", %s", ckk_name(CKK_GENERIC_SECRET));
	(void)printf(" | ");
	if (m->max_key == 0)
		return;
	if (m->min_key == m->max_key)
		(void)printf("%lu", m->min_key);
	else
		(void)printf("%lu to %lu", m->min_key, m->max_key);
}

static void
put_parameter(const struct mech *m)
{
	if (m->param == PARAM_IV || m->param == PARAM_IV_OPT)
		(void)printf("%u bytes%s", m->iv_bytes,
			m->param == PARAM_IV_OPT ? " or none" : "");
	else if (m->algorithm == ALG_SP800_FEEDBACK)
		(void)printf("CK_SP800_108_FEEDBACK_KDF_PARAMS");
	else
		(void)printf("%s", parameters[m->param] != NULL ? parameters[m->param]
								: "its own structure");
}

static void
put_built(const struct mech *m)
{
	const struct mech_params p = { .tag_bits = 128 };
	const struct mech *needs[2];
	unsigned n = glue_needs(m, &p, needs);

	for (unsigned i = 0; i < n; i++)
		(void)printf("%s`%s`", i == 0 ? "built from " : " and ",
			alg_by_mech(needs[i])->name);
}

/* Only what works with a secret key, or none, is ever the kernel's. */
static bool
may_be_kernels(const struct mech *m)
{
	return (m->flags & (CKF_ENCRYPT | CKF_SIGN | CKF_DIGEST)) != 0 &&
	       !mech_has_pair(m);
}

static bool
is_kernels(const struct mech *m)
{
	const struct mech_params p = { .tag_bits = 128 };
	const struct mech *needs[2];

	return may_be_kernels(m) &&
	       (alg_by_mech(m) != NULL || glue_needs(m, &p, needs) != 0);
}

static void
put_kernel(const struct mech *m)
{
	const struct alg *a = alg_by_mech(m);

	if (!may_be_kernels(m))
		return;
	if (a != NULL)
		(void)printf("`%s`", a->name);
	/* an AEAD of the kernel's takes some parameters only */
	if (a != NULL && a->type == ALG_TYPE_AEAD)
		(void)printf(", else ");
	if (a == NULL || a->type == ALG_TYPE_AEAD)
		put_built(m);
	if (!is_kernels(m))
		(void)printf("none");
}

/* A legacy row, and what of it is offered everywhere, or NULL. */
static const char *
legacy_note(const struct mech *m, const struct mech *everywhere)
{
	static char note[160];

	if (everywhere == NULL)
		return mech_has_pair(m) ? OLD_PRIVATE_DATA : OLD_DATA;
	if (everywhere->flags != m->flags)
		return "verifies everywhere; signs " OLD_PRIVATE_DATA;
	(void)snprintf(note, sizeof note,
		"from %lu bits on everywhere; less " OLD_PRIVATE_DATA,
		everywhere->min_key);
	return note;
}

static const char *
note_of(const struct mech *m)
{
	for (size_t i = 0; i < ARRAY_LEN(notes); i++) {
		if (notes[i].type == m->type)
			return notes[i].note;
	}
	return m->legacy ? legacy_note(m, mech_lookup(m->type)) : "";
}

/* --- What is not there ------------------------------------------------------------------ */

static const char absent_head[] =
	"\n## What is not offered\n"
	"What the standard has beyond the table is not offered. Of families that are "
	"here otherwise:\n\n"
	"| not offered | why |\n"
	"| --- | --- |\n";

static bool
is_offered(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < mechs_count; i++) {
		if (mechs[i].type == type)
			return true;
	}
	return false;
}

/* False, and why, where it is not true. */
static bool
put_absent(const struct absent *a)
{
	const char *between = "| ";

	for (size_t i = 0; i < ARRAY_LEN(a->types) && a->types[i] != 0; i++) {
		if (is_offered(a->types[i])) {
			(void)fprintf(stderr, "%s is offered\n", ckm_name(a->types[i]));
			return false;
		}
		(void)printf("%s%s", between, ckm_name(a->types[i]));
		between = ", ";
	}
	if (a->more != NULL)
		(void)printf("%s%s", between, a->more);
	(void)printf(" | %s |\n", a->why);
	return true;
}

static bool
put_all_absent(void)
{
	(void)fputs(absent_head, stdout);
	for (size_t i = 0; i < ARRAY_LEN(absent); i++) {
		if (!put_absent(&absent[i]))
			return false;
	}
	return true;
}

/* --- Limits ---------------------------------------------------------------------------- */

static const char limits_head[] = "\n## Limits\n"
				  "Narrower than the standard's. What is beyond is "
				  "CKR_MECHANISM_PARAM_INVALID, where "
				  "nothing else is said.\n\n"
				  "| of | limit | why |\n"
				  "| --- | --- | --- |\n";

/* those of them that other files know */
_Static_assert(sizeof((struct mech_params *)0)->iv == 256 &&
		       DERIVE_MAX_DATA == 64u << 10 && DERIVE_MAX_KEYS == 8 &&
		       DERIVE_MAX_WORK == 32u << 20,
	"limits[]");

static void
put_limits(void)
{
	(void)fputs(limits_head, stdout);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		(void)printf("| %s | %s | %s |\n", limits[i].of, limits[i].limit,
			limits[i].why);
}

/* --- What runs where ------------------------------------------------------------------- */

enum place { MODULE, KERNEL, KEYRINGD, KEYSTORED, PLACES };

#define IN(place) (1u << (place))

/* Rows for mechanisms with a pair's keys, then for all others. */
static const struct rule {
	bool pair;
	CK_FLAGS flag;
	const char *word;
	unsigned places;
} rules[] = {
	{ true, CKF_ENCRYPT, "encrypt", IN(MODULE) },
	{ true, CKF_DECRYPT, "decrypt", IN(KEYSTORED) },
	{ true, CKF_SIGN, "sign", IN(KEYSTORED) },
	{ true, CKF_VERIFY, "verify", IN(MODULE) },
	{ true, CKF_SIGN_RECOVER, "sign with recovery", IN(KEYSTORED) },
	{ true, CKF_VERIFY_RECOVER, "verify with recovery", IN(MODULE) },
	{ true, CKF_ENCAPSULATE, "encapsulate", IN(MODULE) },
	{ true, CKF_DECAPSULATE, "decapsulate", IN(KEYSTORED) },
	{ true, CKF_WRAP, "wrap", IN(MODULE) | IN(KEYRINGD) },
	{ true, CKF_UNWRAP, "unwrap", IN(KEYSTORED) },
	{ true, CKF_DERIVE, "derive", IN(KEYSTORED) },
	{ true, CKF_GENERATE_KEY_PAIR, "generate pair", IN(KEYSTORED) },
	{ false, CKF_ENCRYPT, "encrypt", IN(MODULE) | IN(KERNEL) | IN(KEYRINGD) },
	{ false, CKF_DECRYPT, "decrypt", IN(MODULE) | IN(KERNEL) | IN(KEYRINGD) },
	{ false, CKF_SIGN, "sign", IN(MODULE) | IN(KERNEL) | IN(KEYRINGD) },
	{ false, CKF_VERIFY, "verify", IN(MODULE) | IN(KERNEL) | IN(KEYRINGD) },
	{ false, CKF_DIGEST, "digest", IN(MODULE) | IN(KERNEL) },
	{ false, CKF_WRAP, "wrap", IN(MODULE) | IN(KEYRINGD) },
	{ false, CKF_UNWRAP, "unwrap", IN(MODULE) | IN(KEYRINGD) },
	{ false, CKF_DERIVE, "derive", IN(MODULE) | IN(KEYRINGD) },
	{ false, CKF_GENERATE, "generate", IN(MODULE) | IN(KEYRINGD) | IN(KEYSTORED) },
};

static const char where_head[] =
	"\n## What runs where\n"
	"What stands in several columns runs where the key is, by its custody; keys are "
	"generated in the module for process and kernel custody, in keyringd for broker "
	"custody, and at keystored where they become the token's. A digest runs in the "
	"kernel where it has it. What a hashing mechanism signs is hashed in the module, "
	"and its digest goes to keystored. Of what a private key unwraps, "
	"decapsulates or derives, keystored computes the secret, and keyringd makes the "
	"key of it. A private key is wrapped and unwrapped at keystored, whatever by.\n\n"
	"| mechanisms | module | kernel | keyringd | keystored |\n"
	"| --- | --- | --- | --- | --- |\n";

#define CELL 160u

struct cells {
	char text[PLACES][CELL];
};

static void
cell_add(char cell[CELL], const char *word)
{
	const size_t n = strlen(cell);

	(void)snprintf(cell + n, CELL - n, "%s%s", n == 0 ? "" : ", ", word);
}

static struct cells
cells_of(const struct mech *m)
{
	const CK_FLAGS flags = mech_flags_served(m);
	const bool pair = mech_has_pair(m);
	struct cells c = { { "" } };

	/* what it hashes, or may */
	if (pair && (m->digest != DIGEST_NONE || m->algorithm == ALG_EDDSA))
		cell_add(c.text[MODULE], m->digest != DIGEST_NONE
						 ? "hash"
						 : "hash, where it is of a digest");
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		unsigned places = rules[i].places;

		if (rules[i].pair != pair || (flags & rules[i].flag) == 0)
			continue;
		if (!is_kernels(m))
			places &= ~IN(KERNEL);
		if (mech_generates_from_password(m))
			places = IN(MODULE);
		for (enum place at = MODULE; at < PLACES; at++)
			if ((places & IN(at)) != 0)
				cell_add(c.text[at], rules[i].word);
	}
	return c;
}

static bool
is_first(size_t at, const struct cells *c)
{
	for (size_t i = 0; i < at; i++) {
		const struct cells other = cells_of(&mechs[i]);

		if (mech_flags_served(&mechs[i]) != 0 &&
			memcmp(&other, c, sizeof other) == 0)
			return false;
	}
	return true;
}

/* One row for all that run in the same places. */
static void
put_where(void)
{
	(void)fputs(where_head, stdout);
	for (size_t i = 0; i < mechs_count; i++) {
		const struct cells c = cells_of(&mechs[i]);
		const char *between = "| ";

		if (mech_flags_served(&mechs[i]) == 0 || !is_first(i, &c))
			continue;
		for (size_t k = i; k < mechs_count; k++) {
			const struct cells other = cells_of(&mechs[k]);

			if (mech_flags_served(&mechs[k]) == 0 ||
				memcmp(&other, &c, sizeof c) != 0)
				continue;
			(void)printf("%s%s", between, mechs[k].ckm);
			between = ", ";
		}
		for (enum place at = MODULE; at < PLACES; at++)
			(void)printf(" | %s", c.text[at]);
		(void)printf(" |\n");
	}
}

int
main(void)
{
	(void)fputs(head, stdout);
	for (size_t i = 0; i < mechs_count; i++) {
		const struct mech *m = &mechs[i];
		const CK_FLAGS flags = mech_flags_served(m);

		if (flags == 0)
			continue;
		(void)printf("| 0x%08lX | %s | ", m->type, m->ckm);
		put_functions(flags);
		(void)printf(" | ");
		put_key(m);
		(void)printf(" | ");
		put_parameter(m);
		(void)printf(" | ");
		put_kernel(m);
		(void)printf(" | %s |\n", note_of(m));
	}
	put_where();
	put_limits();
	return put_all_absent() && fflush(stdout) == 0 ? 0 : 1;
}
