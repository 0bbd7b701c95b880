/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a parameter of each kind, and the answer of every function that has one;
 * then the functions that answer otherwise. "why" says why, where the standard leaves
 * more than one answer.
 */
#pragma once

#include "tests/api/bad_input/scene.h"

#define WRAPPED_AROUND ((CK_ULONG)PTRDIFF_MAX + 1)

static unsigned char odd_bytes[64];

enum change {
	SET_N, /* the number, or which */
	SET_P,
	SET_NOTHING,   /* NULL, and a length of 0 */
	SET_ELSEWHERE, /* the handle of the same object on another slot */
	MECH_PARAM,    /* the right mechanism with that parameter, n bytes */
	MECH_OTHER,    /* a mechanism that another function is for */
	MECH_UNKNOWN   /* a number that no mechanism has */
};

struct variant {
	enum kind kind;
	const char *name;
	enum change change;
	CK_ULONG n;
	const void *p;
	CK_RV rv;
	const char *section; /* of PKCS#11 3.2 */
};

/* clang-format off */
static const struct variant variants[] = {
	{ K_SESSION, "0", SET_N, S_ZERO, NULL, CKR_SESSION_HANDLE_INVALID, "5.1.2" },
	{ K_SESSION, "odd", SET_N, S_ODD, NULL, CKR_SESSION_HANDLE_INVALID, "5.1.2" },
	{ K_SESSION, "huge", SET_N, S_HUGE, NULL, CKR_SESSION_HANDLE_INVALID, "5.1.2" },
	/* CKR_SESSION_CLOSED is for a session that closes during the call */
	{ K_SESSION, "closed", SET_N, S_CLOSED, NULL, CKR_SESSION_HANDLE_INVALID, "5.1.2" },

	{ K_SLOT, "unknown", SET_N, SLOT_UNKNOWN, NULL, CKR_SLOT_ID_INVALID, "5.1.6" },
	{ K_SLOT, "huge", SET_N, SLOT_HUGE, NULL, CKR_SLOT_ID_INVALID, "5.1.6" },

	/* it gives up what is active: nothing is */
	{ K_MECHANISM, "NULL", SET_P, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_MECHANISM, "unknown", MECH_UNKNOWN, 0, NULL, CKR_MECHANISM_INVALID, "5.1.6" },
	{ K_MECHANISM, "for another function", MECH_OTHER, 0, NULL, CKR_MECHANISM_INVALID, "5.1.6" },
	/* a pointer that cannot be followed, before a parameter that does not fit */
	{ K_MECHANISM, "parameter NULL", MECH_PARAM, 16, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_MECHANISM, "parameter of 3 bytes", MECH_PARAM, 3, odd_bytes,
		CKR_MECHANISM_PARAM_INVALID, "5.1.6" },
	{ K_MECHANISM, "parameter of a huge length", MECH_PARAM, CK_UNAVAILABLE_INFORMATION, odd_bytes,
		CKR_MECHANISM_PARAM_INVALID, "5.1.6" },

	{ K_KEY, "0", SET_N, H_ZERO, NULL, CKR_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_KEY, "odd", SET_N, H_ODD, NULL, CKR_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_KEY, "huge", SET_N, H_HUGE, NULL, CKR_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_KEY, "destroyed", SET_N, H_DESTROYED, NULL, CKR_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_KEY, "of another slot", SET_ELSEWHERE, 0, NULL, CKR_KEY_HANDLE_INVALID, "5.1.6" },
	/* "a valid handle for an object which is not a key" */
	{ K_KEY, "data object", SET_N, H_DATA, NULL, CKR_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_KEY, "of another type", SET_N, H_PUBLIC, NULL, CKR_KEY_TYPE_INCONSISTENT, "5.1.6" },

	{ K_WRAPPING_KEY, "0", SET_N, H_ZERO, NULL, CKR_WRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_WRAPPING_KEY, "odd", SET_N, H_ODD, NULL, CKR_WRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_WRAPPING_KEY, "huge", SET_N, H_HUGE, NULL, CKR_WRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_WRAPPING_KEY, "destroyed", SET_N, H_DESTROYED, NULL, CKR_WRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_WRAPPING_KEY, "of another slot", SET_ELSEWHERE, 0, NULL, CKR_WRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_WRAPPING_KEY, "data object", SET_N, H_DATA, NULL, CKR_WRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_WRAPPING_KEY, "of another type", SET_N, H_PUBLIC, NULL, CKR_WRAPPING_KEY_TYPE_INCONSISTENT, "5.1.6" },
	{ K_WRAPPING_KEY, "may not", SET_N, H_IDLE, NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.1.6" },

	{ K_UNWRAPPING_KEY, "0", SET_N, H_ZERO, NULL, CKR_UNWRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_UNWRAPPING_KEY, "odd", SET_N, H_ODD, NULL, CKR_UNWRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_UNWRAPPING_KEY, "huge", SET_N, H_HUGE, NULL, CKR_UNWRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_UNWRAPPING_KEY, "destroyed", SET_N, H_DESTROYED, NULL, CKR_UNWRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_UNWRAPPING_KEY, "of another slot", SET_ELSEWHERE, 0, NULL, CKR_UNWRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_UNWRAPPING_KEY, "data object", SET_N, H_DATA, NULL, CKR_UNWRAPPING_KEY_HANDLE_INVALID, "5.1.6" },
	{ K_UNWRAPPING_KEY, "of another type", SET_N, H_PUBLIC, NULL, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, "5.1.6" },
	{ K_UNWRAPPING_KEY, "may not", SET_N, H_IDLE, NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.1.6" },

	{ K_OBJECT, "0", SET_N, H_ZERO, NULL, CKR_OBJECT_HANDLE_INVALID, "5.1.6" },
	{ K_OBJECT, "odd", SET_N, H_ODD, NULL, CKR_OBJECT_HANDLE_INVALID, "5.1.6" },
	{ K_OBJECT, "huge", SET_N, H_HUGE, NULL, CKR_OBJECT_HANDLE_INVALID, "5.1.6" },
	{ K_OBJECT, "destroyed", SET_N, H_DESTROYED, NULL, CKR_OBJECT_HANDLE_INVALID, "5.1.6" },
	{ K_OBJECT, "of another slot", SET_ELSEWHERE, 0, NULL, CKR_OBJECT_HANDLE_INVALID, "5.1.6" },

	{ K_IN, "NULL", SET_P, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_IN, "nothing", SET_NOTHING, 0, NULL, CKR_OK, "5.2" },
	{ K_IN_LEN, "0", SET_N, 0, NULL, CKR_OK, "5.2" },
	{ K_IN_LEN, "wraps around", SET_N, WRAPPED_AROUND, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_IN_LEN, "huge", SET_N, CK_UNAVAILABLE_INFORMATION, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },

	{ K_SIGNATURE, "NULL", SET_P, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_SIGNATURE, "another", SET_P, 0, odd_bytes, CKR_SIGNATURE_INVALID, "5.1.6" },
	{ K_SIGNATURE, "nothing", SET_NOTHING, 0, NULL, CKR_SIGNATURE_LEN_RANGE, "5.1.6" },
	{ K_SIGNATURE_LEN, "0", SET_N, 0, NULL, CKR_SIGNATURE_LEN_RANGE, "5.1.6" },
	{ K_SIGNATURE_LEN, "short", SET_N, 31, NULL, CKR_SIGNATURE_LEN_RANGE, "5.1.6" },
	{ K_SIGNATURE_LEN, "wraps around", SET_N, WRAPPED_AROUND, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_SIGNATURE_LEN, "huge", SET_N, CK_UNAVAILABLE_INFORMATION, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },

	{ K_WRAPPED, "NULL", SET_P, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_WRAPPED, "nothing", SET_NOTHING, 0, NULL, CKR_WRAPPED_KEY_LEN_RANGE, "5.1.6" },
	{ K_WRAPPED_LEN, "0", SET_N, 0, NULL, CKR_WRAPPED_KEY_LEN_RANGE, "5.1.6" },
	{ K_WRAPPED_LEN, "wraps around", SET_N, WRAPPED_AROUND, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_WRAPPED_LEN, "huge", SET_N, CK_UNAVAILABLE_INFORMATION, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },

	{ K_PARAMETER, "NULL", SET_P, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_PARAMETER, "nothing", SET_NOTHING, 0, NULL, CKR_MECHANISM_PARAM_INVALID, "5.1.6" },
	{ K_PARAMETER_LEN, "0", SET_N, 0, NULL, CKR_MECHANISM_PARAM_INVALID, "5.1.6" },
	{ K_PARAMETER_LEN, "short", SET_N, sizeof gcm_per_message - 1, NULL,
		CKR_MECHANISM_PARAM_INVALID, "5.1.6" },
	{ K_PARAMETER_LEN, "long", SET_N, sizeof gcm_per_message + 1, NULL,
		CKR_MECHANISM_PARAM_INVALID, "5.1.6" },
	{ K_PARAMETER_LEN, "wraps around", SET_N, WRAPPED_AROUND, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_PARAMETER_LEN, "huge", SET_N, CK_UNAVAILABLE_INFORMATION, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },

	/* a question for the length */
	{ K_OUT, "NULL", SET_P, 0, NULL, CKR_OK, "5.2" },
	{ K_OUT_LEN, "NULL", SET_P, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_OUT_LEN, "0", SET_N, 0, NULL, CKR_BUFFER_TOO_SMALL, "5.2" },
	{ K_OUT_LEN, "1", SET_N, 1, NULL, CKR_BUFFER_TOO_SMALL, "5.2" },
	/* more than there can be is room enough */
	{ K_OUT_LEN, "wraps around", SET_N, WRAPPED_AROUND, NULL, CKR_OK, "5.2" },
	{ K_OUT_LEN, "huge", SET_N, CK_UNAVAILABLE_INFORMATION, NULL, CKR_OK, "5.2" },

	{ K_TEMPLATE, "NULL", SET_P, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_COUNT, "huge", SET_N, CK_UNAVAILABLE_INFORMATION, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_COUNT, "wraps around", SET_N, WRAPPED_AROUND / 8, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },

	{ K_MOST, "0", SET_N, 0, NULL, CKR_OK, "5.7.8" },
	{ K_MOST, "huge", SET_N, CK_UNAVAILABLE_INFORMATION, NULL, CKR_OK, "5.7.8" },
	{ K_FLAGS, "unknown", SET_N, 0x80, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_FLAGS, "huge", SET_N, CK_UNAVAILABLE_INFORMATION, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },

	/* NULL would ask for a protected authentication path: there is none */
	{ K_PIN, "NULL", SET_P, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_PIN, "nothing", SET_NOTHING, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_PIN_LEN, "empty", SET_N, 0, NULL, CKR_PIN_LEN_RANGE, "5.1.6" },
	{ K_PIN_LEN, "wraps around", SET_N, WRAPPED_AROUND, NULL, CKR_PIN_LEN_RANGE, "5.1.6" },
	{ K_PIN_LEN, "huge", SET_N, CK_UNAVAILABLE_INFORMATION, NULL, CKR_PIN_LEN_RANGE, "5.1.6" },

	{ K_RET, "NULL", SET_P, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_NEW, "NULL", SET_P, 0, NULL, CKR_ARGUMENTS_BAD, "5.1.6" },
	{ K_RESERVED, "not NULL", SET_P, 0, odd_bytes, CKR_ARGUMENTS_BAD, "5.4.2" },
};

struct except {
	const char *function;
	int number; /* of the parameter, from 1; 0: any */
	enum kind kind;
	const char *name; /* of the variant; NULL: all of this kind */
	CK_RV rv;
	const char *why;
};

/* NULL with a length of 0 has those of the length. */
static const struct except excepts[] = {
	{ "C_GetFunctionStatus", 0, K_SESSION, NULL, CKR_FUNCTION_NOT_PARALLEL,
		"\"should simply return\" it" },
	{ "C_CancelFunction", 0, K_SESSION, NULL, CKR_FUNCTION_NOT_PARALLEL,
		"\"should simply return\" it" },
	{ "C_SetOperationState", 0, K_IN_LEN, "0", CKR_SAVED_STATE_INVALID,
		"a saved state has one length" },
	{ "C_DigestKey", 0, K_KEY, "of another type", CKR_KEY_INDIGESTIBLE,
		"5.1.6: for this function alone" },
	{ "C_UnwrapKeyAuthenticated", 0, K_IN_LEN, "0", CKR_WRAPPED_KEY_INVALID,
		"other associated data than the key was wrapped with" },
	{ "C_DecapsulateKey", 0, K_UNWRAPPING_KEY, "may not", CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
		"no private key of ML-KEM" },
	{ "C_WrapKey", 4, K_KEY, "of another type", CKR_KEY_NOT_WRAPPABLE,
		"a public key: 5.1.6, \"cannot be wrapped\"" },
	{ "C_WrapKeyAuthenticated", 4, K_KEY, "of another type", CKR_KEY_NOT_WRAPPABLE,
		"a public key: 5.1.6, \"cannot be wrapped\"" },
	{ "C_Verify", 3, K_IN_LEN, "0", CKR_SIGNATURE_INVALID,
		"no data is data, of which this is no MAC" },
	{ "C_VerifyMessage", 5, K_IN_LEN, "0", CKR_SIGNATURE_INVALID,
		"no data is data, of which this is no MAC" },
	{ "C_DecryptMessage", 0, K_IN_LEN, "0", CKR_AEAD_DECRYPT_FAILED,
		"no data is data, to which this is no tag" },
	{ "C_EncryptMessageNext", 0, K_PARAMETER_LEN, "wraps around", CKR_ARGUMENTS_BAD, "as it is of any" },
	{ "C_EncryptMessageNext", 0, K_PARAMETER_LEN, "huge", CKR_ARGUMENTS_BAD, "as it is of any" },
	{ "C_EncryptMessageNext", 0, K_PARAMETER_LEN, NULL, CKR_OK, "not looked at before the tag" },
	{ "C_DecryptMessageNext", 0, K_PARAMETER_LEN, "wraps around", CKR_ARGUMENTS_BAD, "as it is of any" },
	{ "C_DecryptMessageNext", 0, K_PARAMETER_LEN, "huge", CKR_ARGUMENTS_BAD, "as it is of any" },
	{ "C_DecryptMessageNext", 0, K_PARAMETER_LEN, NULL, CKR_OK, "not looked at before the tag" },
	{ "C_DecryptMessageNext", 0, K_OUT_LEN, "0", CKR_OK, "nothing comes before the tag" },
	{ "C_DecryptMessageNext", 0, K_OUT_LEN, "1", CKR_OK, "nothing comes before the tag" },
	{ "C_VerifySignature", 3, K_IN_LEN, "0", CKR_SIGNATURE_INVALID,
		"no data is data, of which this is no MAC" },
	{ "C_VerifySignatureInit", 0, K_SIGNATURE, "another", CKR_OK, "it is not looked at yet" },
	{ "C_VerifySignatureInit", 0, K_SIGNATURE_LEN, "0", CKR_OK, "it is not looked at yet" },
	{ "C_VerifySignatureInit", 0, K_SIGNATURE_LEN, "short", CKR_OK, "it is not looked at yet" },
	{ "C_SetPIN", 3, K_PIN_LEN, "empty", CKR_PIN_INCORRECT, "the old PIN" },
	{ "C_SetPIN", 3, K_PIN_LEN, "wraps around", CKR_PIN_INCORRECT, "the old PIN" },
	{ "C_SetPIN", 3, K_PIN_LEN, "huge", CKR_PIN_INCORRECT, "the old PIN" },
	{ "C_Login", 0, K_PIN_LEN, "empty", CKR_USER_ALREADY_LOGGED_IN, "it is not looked at" },
	{ "C_Login", 0, K_PIN_LEN, "wraps around", CKR_PIN_INCORRECT, "no PIN is that long" },
	{ "C_Login", 0, K_PIN_LEN, "huge", CKR_PIN_INCORRECT,
		"no PIN is that long; not a try that is counted" },
	{ "C_LoginUser", 0, K_PIN_LEN, "empty", CKR_USER_ALREADY_LOGGED_IN, "it is not looked at" },
	{ "C_LoginUser", 0, K_PIN_LEN, "wraps around", CKR_PIN_INCORRECT, "no PIN is that long" },
	{ "C_LoginUser", 0, K_PIN_LEN, "huge", CKR_PIN_INCORRECT,
		"no PIN is that long; not a try that is counted" },
	{ "C_InitPIN", 0, K_PIN, NULL, CKR_USER_NOT_LOGGED_IN,
		"nobody here may set a PIN, whatever it is" },
	{ "C_InitPIN", 0, K_PIN_LEN, NULL, CKR_USER_NOT_LOGGED_IN,
		"nobody here may set a PIN, whatever it is" },
	{ "C_InitToken", 0, K_PIN_LEN, "empty", CKR_SESSION_EXISTS, "it is not looked at" },
	{ "C_InitToken", 0, K_PIN_LEN, "wraps around", CKR_SESSION_EXISTS, "it is not looked at" },
	{ "C_InitToken", 0, K_PIN_LEN, "huge", CKR_SESSION_EXISTS, "it is not looked at" },
};
/* clang-format on */
