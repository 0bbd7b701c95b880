/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a message of a message-based operation brings along (PKCS#11 3.2, 5.9 and 5.11; 6.13 and
 * 6.61 for the structures): what C_EncryptInit's parameter has, with the IV's generator beside it, and the
 * tag apart from the ciphertext.
 */
#pragma once

#include "cryptoki/mech.h"

struct message_param {
	CK_BYTE *iv; /* the application's: read, and written where it is generated */
	CK_ULONG fixed_bits; /* of it, the first ones, that are not generated */
	CK_GENERATOR_FUNCTION generator;
	CK_BYTE *tag; /* the application's */
	struct mech_params params;
};

/* CKF_MESSAGE_* and CKF_MULTI_MESSAGE: what C_GetMechanismInfo says of a row, and what
 * C_Message*Init is allowed by. */
CK_FLAGS mech_message_flags(const struct mech *m) MUST_CHECK;
/* Of these the one for a kind; 0: there is none. */
CK_FLAGS mech_message_flag(unsigned kind) MUST_CHECK;

/* The parameter at C_MessageEncryptInit and C_MessageDecryptInit: nothing, or the structure
 * of a message, of which nothing is used. */
CK_RV message_param_check(const struct mech *m, const CK_MECHANISM *mechanism) MUST_CHECK;
/* A message's. params borrows aad. CKR_MECHANISM_PARAM_INVALID. */
CK_RV message_param_parse(const struct mech *m, struct bytes in, struct bytes aad,
	struct message_param *ret) MUST_CHECK;
/* Where the tag is, of the parameter that comes with a message's last part: as long as
 * it was to be at its beginning. */
CK_RV message_param_tag(
	const struct mech *m, struct bytes in, size_t n, CK_BYTE **ret_tag) MUST_CHECK;

/* Is the parameter of a signature not to be used twice, and so each message's own? */
bool mech_signs_with_iv(const struct mech *m) MUST_CHECK;
