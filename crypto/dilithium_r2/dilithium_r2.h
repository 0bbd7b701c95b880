/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dilithium as submitted to the second round of NIST's competition, with (k, l) = (6, 5):
 * "CRYSTALS-Dilithium: Algorithm Specifications and Supporting Documentation", 2019, there
 * "very high" security, category 3; OID 1.3.6.1.4.1.2.267.1.6.5. Legacy: for keys and
 * signatures of tokens that had it before there was a standard. It is not ML-DSA
 * (FIPS 204), does not verify its signatures, and ML-DSA is what to use.
 *
 * Keys and signatures are the submission's bytes. What they must be is checked where they
 * come in; each function says what it refuses. Everything may be called from any thread,
 * and a key that was taken in may be used by many at once.
 *
 * Errors: -EINVAL for a key, -EBADMSG for what came with it, -EIO where there are no
 * random bytes, -ENOMEM where there is no memory or OpenSSL has no SHAKE. Outputs are
 * untouched on failure.
 */
#pragma once

#include "common/secret.h"
#include "cryptoki/pkcs11.h"

/* All sizes are in bytes. */
#define DILITHIUM_SEED 96u
#define DILITHIUM_PUBLIC_KEY 1760u  /* rho, t1 */
#define DILITHIUM_PRIVATE_KEY 3856u /* rho, seed, tr, s1, s2, t0 */
#define DILITHIUM_SIGNATURE 3366u   /* z, h, c */
#define DILITHIUM_SPKI 1798u
#define DILITHIUM_PKCS8 5652u

/* --- Making keys ------------------------------------------------------------------- */

/* seed: rho, rho', K, 32 bytes each, of which the last two stay secret. The same seed gives
 * the same keys. */
int dilithium_generate(const uint8_t seed[DILITHIUM_SEED],
	uint8_t ret_public[DILITHIUM_PUBLIC_KEY], struct secret *ret_private) MUST_CHECK;
int dilithium_generate_random(
	uint8_t ret_public[DILITHIUM_PUBLIC_KEY], struct secret *ret_private) MUST_CHECK;
/* The public key, computed from the private one. -EINVAL: t0 and tr are not what the rest
 * makes them; no key generation made this. For keys from elsewhere, once: it costs as
 * much as a key generation. */
int dilithium_public_of(
	struct bytes private_key, uint8_t ret_public[DILITHIUM_PUBLIC_KEY]) MUST_CHECK;

/* --- Using them -------------------------------------------------------------------- */

/* Keys as the arithmetic has them: 30 KiB of what rho determines, and 17 KiB of locked
 * memory for a private key. To take a public key in costs more than to verify with it, and
 * a private key two fifths of a signature: what is used again is kept. */
struct dilithium_public;
struct dilithium_private;

/* -EINVAL: the length. Every public key of the right length is one. */
int dilithium_public_new(
	struct bytes public_key, struct dilithium_public **ret) MUST_CHECK;
void dilithium_public_free(struct dilithium_public *key);
/* -EINVAL: the length, or a coefficient of s1 or s2 beyond 3. */
int dilithium_private_new(
	struct bytes private_key, struct dilithium_private **ret) MUST_CHECK;
void dilithium_private_free(struct dilithium_private *key);

/* Deterministic: one signature for a key and message. -EINVAL: with this key none is found,
 * which no key that was generated does. */
int dilithium_sign(const struct dilithium_private *key, struct bytes message,
	uint8_t ret[DILITHIUM_SIGNATURE]) MUST_CHECK;
/* -EBADMSG: not this key's signature of this message, whatever is wrong with it. */
int dilithium_verify(const struct dilithium_public *key, struct bytes message,
	struct bytes signature) MUST_CHECK;

/* --- Parts and encodings ----------------------------------------------------------- */

/* In the order that keys have them; IBM's attributes hold each by itself. */
enum dilithium_part {
	DILITHIUM_RHO,
	DILITHIUM_K, /* CKA_IBM_DILITHIUM_SEED */
	DILITHIUM_TR,
	DILITHIUM_S1,
	DILITHIUM_S2,
	DILITHIUM_T0,
	DILITHIUM_T1,
	DILITHIUM_PARTS,
};

struct dilithium_part_info {
	CK_ATTRIBUTE_TYPE type; /* CKA_IBM_DILITHIUM_... */
	size_t size;
};

extern const struct dilithium_part_info dilithium_parts[DILITHIUM_PARTS];
/* DER of the object identifier, tag and length included. */
extern const struct bytes dilithium_oid;

/* Ranges of somebody else's bytes; BYTES_NONE for what is not there. */
struct dilithium_split {
	struct bytes part[DILITHIUM_PARTS];
};

/* Either key may be BYTES_NONE. -EINVAL: a length, or two keys of different rho. */
int dilithium_split(struct bytes public_key, struct bytes private_key,
	struct dilithium_split *ret) MUST_CHECK;
/* -EINVAL: a part that is needed has not its size. */
int dilithium_join_public(const struct dilithium_split *parts,
	uint8_t ret[DILITHIUM_PUBLIC_KEY]) MUST_CHECK;
int dilithium_join_private(
	const struct dilithium_split *parts, struct secret *ret) MUST_CHECK;

/*
 * SubjectPublicKeyInfo and PrivateKeyInfo as IBM defines them, both in DER:
 *   SEQUENCE { SEQUENCE { oid, NULL }, BIT STRING { SEQUENCE { BIT STRING rho, t1 } } }
 *   SEQUENCE { INTEGER 0, SEQUENCE { oid, NULL }, OCTET STRING { SEQUENCE { INTEGER 0,
 *     BIT STRING rho, K, tr, s1, s2, t0, [0] { BIT STRING t1 } } } }
 * All lengths are fixed, and so is every byte that is not of a part. Readers check these
 * (-EBADMSG) and give ranges of what they read; the parts' values are for
 * dilithium_public_of() to check. Writers: -EINVAL as the joins.
 */
int dilithium_read_spki(struct bytes der, struct dilithium_split *ret) MUST_CHECK;
int dilithium_read_pkcs8(struct bytes der, struct dilithium_split *ret) MUST_CHECK;
int dilithium_write_spki(
	const struct dilithium_split *parts, uint8_t ret[DILITHIUM_SPKI]) MUST_CHECK;
int dilithium_write_pkcs8(
	const struct dilithium_split *parts, struct secret *ret) MUST_CHECK;
