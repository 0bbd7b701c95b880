/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's algorithms that mechanisms run on. */
#pragma once

#include "cryptoki/mech.h"

enum alg_type { ALG_TYPE_SKCIPHER, ALG_TYPE_AEAD, ALG_TYPE_HASH, ALG_TYPES };

#define ALG_ANSWER 16u /* bytes of a known answer that are compared, the last ones */

struct alg {
	const char *name; /* the kernel's */
	enum alg_type type;
	enum algorithm algorithm;
	enum cipher cipher;
	enum digest digest;
	uint8_t iv;  /* bytes of the kernel's IV */
	uint8_t tag; /* bytes of the whole tag, MAC or digest */
	uint8_t key; /* bytes of the key of the known answer */
	/* Of alg_test_data, with alg_test_key and alg_test_iv. Of an AEAD the first half of
	 * the data is only authenticated. */
	uint8_t answer[ALG_ANSWER];
};

#define ALG_TEST_DATA 32u

extern const char *const alg_type_names[ALG_TYPES];
extern const struct alg algs[];
extern const size_t algs_count;
extern const uint8_t alg_test_data[ALG_TEST_DATA];
extern const uint8_t alg_test_key[ALG_TEST_DATA];
/* Of the size the kernel wants. */
const uint8_t *alg_test_iv(const struct alg *a);

/* The algorithm that does the mechanism's work alone (HMAC for its truncated variant, GCM
 * for GMAC); NULL: none does. */
const struct alg *alg_by_mech(const struct mech *m);
/* The mechanism that stands for the algorithm; NULL where the table of mechanisms lacks
 * it. */
const struct mech *alg_plain(const struct alg *a);
