/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IVs that the module makes for messages (PKCS#11 3.2, 6.13.2): those that one message-based
 * encryption process gives out are all different, or it refuses to give more. Processes with the same
 * key that follow each other in a session (CK_GCM_MESSAGE_PARAMS: "Each IV must be unique for a given session") go on where
 * the one before stopped, if they generate alike; else they begin anew.
 *
 * The bits that are not fixed hold a number. It is counted up from a random one (CKG_GENERATE, so
 * that two processes with the same key do not meet either), from zero (CKG_GENERATE_COUNTER) or from zero and
 * combined with what the application's IV has there (CKG_GENERATE_COUNTER_XOR), until there is no other; or it
 * is random each time (CKG_GENERATE_RANDOM), for as long as the chance that two are the same is below 2^-32,
 * and for 2^32 messages at most (NIST SP 800-38D, 8.2.2 and 8.3).
 *
 * What was generated in one way meets what is generated in another: generator, length and number of
 * fixed bits are those of the first IV for as long as the process lasts, and so is what is combined with the
 * counter, which the application has to put back, since its buffer has the last IV. The fixed bits themselves may
 * change. An IV of the application's own (CKG_NO_GENERATE) is its business.
 */
#pragma once

#include "libtoken/object/message_param.h"

struct generator {
	CK_OBJECT_HANDLE key;
	CK_GENERATOR_FUNCTION function; /* CKG_NO_GENERATE: nothing generated yet */
	bool reopened; /* for another process, which has not generated yet */
	uint16_t iv_len;
	uint16_t fixed_bits;
	uint64_t count; /* of IVs given out */
	uint8_t first[sizeof((struct mech_params *)0)->iv];
};

/* For a process with this key. */
void generator_reopen(struct generator *g, CK_OBJECT_HANDLE key);
/* The IV of the next message, in p->params, which has the application's before.
 * CKR_MECHANISM_PARAM_INVALID; CKR_TOKEN_RESOURCE_EXCEEDED: there is no other;
 * CKR_RANDOM_NO_RNG. */
CK_RV generator_next(struct generator *g, struct message_param *p) MUST_CHECK;
