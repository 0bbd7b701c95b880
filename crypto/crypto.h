/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL behind the op interface, for module and daemons. One library
 * context of our own, made at the first use, no atexit handler, nothing
 * global of the application's touched.
 */
#pragma once

#include <openssl/evp.h>

#include "common/secret.h"
#include "cryptoki/op.h"

/* The library context; NULL when it could not be made. Thread-safe. Fetched
 * algorithms are cached for the life of the process (crypto_digest). */
OSSL_LIB_CTX *crypto_libctx(void);
/* The fetched digest; NULL if the library lacks it, or has it only as a size of another one
 * (crypto_hash() and op_digest_new() do those too). Not owned by the caller. */
const EVP_MD *crypto_md(enum digest digest);
/* Frees context and caches: C_Finalize of a module about to be unloaded, the
 * end of a daemon. No other thread may be inside this folder, and every op and
 * EVP_PKEY is freed. Usable again afterwards. OpenSSL frees what other threads
 * have of it when they end; the caller's own goes here. In a forked child it all stays, for the
 * next time: OpenSSL's lock for threads that begin and end may be held there for good. */
void crypto_cleanup(void);
/* For pthread_atfork(): afterwards the calling thread does not need that lock. */
void crypto_before_fork(void);
/* In a forked child: forget without freeing. */
void crypto_forget(void);

/* Daemons and tools, before anything of OpenSSL allocates: its blocks come from the
 * wiping allocators of common/alloc.h. Never in the module: OpenSSL's memory
 * functions are the whole process's where it is shared. false: too late. */
bool crypto_use_wiping_memory(void) MUST_CHECK;

/* CKR_OK or CKR_RANDOM_NO_RNG; from getrandom(2). */
CK_RV crypto_random(void *p, size_t n) MUST_CHECK;
/* The value of the secret key that is generated for the object: random, with the parity that
 * its type wants. */
CK_RV key_random(struct bytes object_public, uint8_t *p, size_t n) MUST_CHECK;
/* The same, of the size that the object says, with object_complete(): object_secret, which
 * wipes, gets CKA_VALUE. CKR_KEY_SIZE_RANGE: no size, or over SECRET_KEY_MAX. */
CK_RV key_generate(struct attrs *object_public, struct attrs *object_secret) MUST_CHECK;
/* One digest, in one call. ret has room for digests[d].size, which is what it gets. */
CK_RV crypto_hash(enum digest d, struct bytes in, uint8_t *ret) MUST_CHECK;

/* What a certificate has in common with the keys of its pair: of CKA_VALUE, or of
 * CKA_PUBLIC_KEY_INFO. false: that is not there, or says nothing. */
#define PAIR_NAME 32u
bool pair_name(struct bytes object_public, uint8_t ret[PAIR_NAME]) MUST_CHECK;

/* --- Secret keys ----------------------------------------------------------- */

/* The modes of AES, 3DES and ChaCha20, CMAC, GMAC, HMAC, KMAC and Poly1305. CKR_KEY_SIZE_RANGE,
 * CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_INVALID, CKR_HOST_MEMORY;
 * CKR_KEY_FUNCTION_NOT_PERMITTED: an XTS key of two equal halves. key is copied into
 * OpenSSL's context, which is wiped by free, and for GCM into locked memory as well. */
CK_RV op_secret_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret) MUST_CHECK;
/* p: of a digest whose size is a parameter; NULL: its usual one. */
CK_RV op_digest_new(
	const struct mech *m, const struct mech_params *p, struct op **ret) MUST_CHECK;

/* --- Key pairs ------------------------------------------------------------- */

/* From an object's attributes. public: CKA_MODULUS, CKA_PUBLIC_EXPONENT or
 * CKA_EC_PARAMS, CKA_EC_POINT, or CKA_PRIME, CKA_SUBPRIME, CKA_BASE, CKA_VALUE, or
 * CKA_PARAMETER_SET, CKA_VALUE; Dilithium's are dilithium.h's. Checked: sizes, oddness, point on
 * curve, order in domain. CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE,
 * CKR_CURVE_NOT_SUPPORTED, CKR_DOMAIN_PARAMS_INVALID, CKR_PARAMETER_SET_NOT_SUPPORTED,
 * CKR_IBM_PQC_PARAMS_NOT_SUPPORTED. */
CK_RV pkey_from_public(struct bytes object_public, EVP_PKEY **ret) MUST_CHECK;
/* secret: the private exponent and all CRT numbers or none, CKA_VALUE of an EC,
 * DSA or Diffie-Hellman key, CKA_SEED or CKA_VALUE of a post-quantum one. Halves must match; the CRT numbers
 * among themselves, and that a post-quantum key's value is whole, are object_complete's. */
CK_RV pkey_from_private(struct bytes object_public, struct bytes object_secret,
	EVP_PKEY **ret) MUST_CHECK;
/* Asked every now and then by what takes long: true ends it. */
struct pkey_stop {
	bool (*asked)(const void *arg);
	const void *arg;
};

/* Generates, and adds what the key determines to the packed attributes:
 * public half: MODULUS, PUBLIC_EXPONENT, EC_PARAMS, EC_POINT (DER OCTET STRING),
 * VALUE, PUBLIC_KEY_INFO; private half the same public numbers, and secret numbers
 * into `secret`. Reads CKA_MODULUS_BITS, CKA_PUBLIC_EXPONENT, CKA_EC_PARAMS, the domain
 * from public_half, CKA_VALUE_BITS from private_half. stop: NULL, or what ends the search for
 * primes and tests of them: CKR_FUNCTION_CANCELED. */
CK_RV pkey_generate(const struct mech *m, const struct pkey_stop *stop,
	struct attrs *public_half, struct attrs *private_half,
	struct attrs *secret) MUST_CHECK;
/* Does that look for primes, or test some? Seconds then, and no time else. */
bool pkey_generation_is_long(const struct mech *m, struct bytes public_half) MUST_CHECK;
/* After C_CreateObject: adds derived attributes (MODULUS_BITS, PUBLIC_KEY_INFO,
 * EC_POINT, CRT numbers where the primes are there; for secret keys VALUE_LEN and CHECK_VALUE; for
 * certificates CHECK_VALUE; for domain parameters PRIME_BITS), and refuses key material
 * that cannot be, and what is given of the derived but says otherwise. class and key
 * type are read from object_public. */
CK_RV object_complete(
	struct attrs *object_public, struct attrs *object_secret) MUST_CHECK;
/* After a change that object_claims_derived(): is what follows from the key right?
 * CKR_ATTRIBUTE_VALUE_INVALID. object_secret: BYTES_NONE where nobody can read it. */
CK_RV object_check_derived(
	struct bytes object_public, struct bytes object_secret) MUST_CHECK;

/* Verify and encrypt with the public half, sign and decrypt with a private
 * one. pkey: a reference is taken. Hashing mechanisms hash here; */
CK_RV op_pkey_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	EVP_PKEY *pkey, struct op **ret) MUST_CHECK;
/* What hashes the message before it is signed, DIGEST_NONE: nothing. Follows from the mechanism,
 * for EdDSA from parameter and curve, which have to go together, as PSS's salt and the modulus have:
 * CKR_MECHANISM_PARAM_INVALID, CKR_KEY_SIZE_RANGE, CKR_KEY_TYPE_INCONSISTENT. */
CK_RV pkey_hash(const struct mech *m, const struct mech_params *p,
	struct bytes object_public, enum digest *ret) MUST_CHECK;
/* Bytes of a signature or ciphertext of this key with this mechanism. */
size_t pkey_output_size(const struct mech *m, struct bytes object_public) MUST_CHECK;
/* One private-key operation on data that, for hashing mechanisms, is already
 * the digest: what keystored does for a module that hashed locally.
 * kind: OP_SIGN, OP_SIGN_RECOVER or OP_DECRYPT. */
CK_RV pkey_private(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	EVP_PKEY *pkey, struct bytes in, struct outbuf *out) MUST_CHECK;
