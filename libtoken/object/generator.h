/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IVs that the module makes for messages (PKCS#11 3.2, 6.13.2: "Each IV must be unique for a given
 * session"): under one key none is given out twice while the module is initialised, whatever comes in between:
 * other keys, processes and sessions, other generators, lengths and fixed bits, a logout; or there is no other one.
 * IVs that an application makes itself (CKG_NO_GENERATE) are its business.
 *
 * A key has one counter, which never goes back. The bits of an IV that are not fixed are the counter, from
 * zero (CKG_GENERATE_COUNTER), or the counter combined by XOR with a base, which is what the application's
 * IV has there (CKG_GENERATE_COUNTER_XOR), or random (CKG_GENERATE), so that two hosts with the same key do
 * not meet. The fewest bits that were ever left for it bound the counter for good: it never needs more, so any two IVs
 * differ in those, whatever is in front of them. Such an IV may be of any length.
 *
 * Or the bits are random each time (CKG_GENERATE_RANDOM), for as long as the chance that two of all
 * that the key has are the same is below 2^-32, were all as short as the shortest; and for 2^32 messages
 * at most (NIST SP 800-38D, 8.2.2 and 8.3).
 *
 * IVs of two bases, or random ones and others, may be the same: the first generator that is used with a key is
 * the key's, and so is its base, which the application has to put back, since its buffer has the last IV. The
 * exception is CKG_GENERATE, whose way is the module's to choose: it goes on as the key's generator does.
 */
#pragma once

#include "libtoken/object/message_param.h"

struct object;
struct generator;
struct generator_entry; /* of one key; of a copy before there is one */
struct generators; /* of all keys; has a lock of its own, under which nothing waits */

/* CKR_HOST_MEMORY */
CK_RV generators_new(struct generators **ret) MUST_CHECK;
void generators_free(struct generators **set);

/* The IV of the next message, in p->params, which has the application's before.
 * CKR_MECHANISM_PARAM_INVALID; CKR_TOKEN_RESOURCE_EXCEEDED: there is no other;
 * CKR_RANDOM_NO_RNG. */
CK_RV generators_next(struct generators *set, const struct object *key,
	struct message_param *p) MUST_CHECK;
/* A copy is the same key. What sharing needs is held before the copy is made, since a copy that is there
 * may be one that nobody can destroy; it is shared before the copy is used. CKR_HOST_MEMORY. */
CK_RV generators_hold(struct generators *set, const struct object *key,
	struct generator_entry **ret) MUST_CHECK;
void generators_share(
	struct generators *set, struct generator_entry **held, const struct object *copy);
void generator_entry_free(struct generator_entry **held); /* harmless on NULL */
/* The object is gone for good, and is not only out of sight. */
void generators_forget(struct generators *set, const struct object *key);

/* The bits that are not fixed, at random: for who counts nothing. CKR_RANDOM_NO_RNG. */
CK_RV generator_random(struct message_param *p) MUST_CHECK;

void generator_unref(struct generator **g); /* harmless on NULL */
