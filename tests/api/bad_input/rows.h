/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What depends on who is logged in and what is under way, and what is one function's own: a correct
 * call with up to three parameters replaced.
 */
#pragma once

#include "tests/api/bad_input/under_way.h"

struct row {
	enum state state;
	const char *function;
	const char *what;
	void (*before)(void); /* in place of the entry's */
	CK_RV rv;
	const char *section;
	struct {
		int at; /* the parameter's number */
		struct param with;
	} changes[3];
};

static CK_RSA_PKCS_OAEP_PARAMS oaep_params = { CKM_SHA256, CKG_MGF1_SHA256,
	CKZ_DATA_SPECIFIED, NULL, 0 };
static CK_RSA_AES_KEY_WRAP_PARAMS wrap_256 = { 256, &oaep_params },
				  wrap_129 = { 129, &oaep_params },
				  wrap_no_oaep = { 256, NULL };
static CK_MECHANISM rsa_aes = { CKM_RSA_AES_KEY_WRAP, &wrap_256, sizeof wrap_256 },
		    rsa_aes_129 = { CKM_RSA_AES_KEY_WRAP, &wrap_129, sizeof wrap_129 },
		    rsa_aes_no_oaep = { CKM_RSA_AES_KEY_WRAP, &wrap_no_oaep,
			    sizeof wrap_no_oaep },
		    rsa_aes_none = { CKM_RSA_AES_KEY_WRAP, NULL, 0 };
/* H_PUBLIC's point */
static CK_ECDH1_DERIVE_PARAMS ecdh_params = { CKD_NULL, 0, NULL, sizeof p256_point,
	p256_point };
static CK_MECHANISM ecdh = { CKM_ECDH1_DERIVE, &ecdh_params, sizeof ecdh_params };
static CK_MECHANISM no_iv = { CKM_AES_CBC, NULL, 0 }, short_iv = { CKM_AES_CBC, iv, 15 },
		    long_iv = { CKM_AES_CBC, iv, 17 },
		    dh_gen = { CKM_DH_PKCS_KEY_PAIR_GEN, NULL, 0 };
static CK_ATTRIBUTE unwrap_private[] = { ATTR(CKA_CLASS, private_class),
	ATTR(CKA_KEY_TYPE, ec_type) };
static CK_ATTRIBUTE token_template[] = { ATTR(CKA_TOKEN, YES) },
		    trusted_template[] = { ATTR(CKA_TRUSTED, YES) },
		    class_template[] = { ATTR(CKA_CLASS, data_class) },
		    wrong_class[] = { ATTR(CKA_CLASS, public_class),
			    ATTR(CKA_VALUE_LEN, sixteen) },
		    wrong_type[] = { ATTR(CKA_KEY_TYPE, generic_type),
			    ATTR(CKA_VALUE_LEN, sixteen) },
		    ask_value[] = { { CKA_VALUE, out, sizeof out } },
		    ask_little[] = { { CKA_LABEL, out, 1 } },
		    ask_unknown[] = { { 0x7fedcba9, out, sizeof out } },
		    ask_other[] = { { CKA_MODULUS, out, sizeof out } };
static CK_MECHANISM legacy = { CKM_IBM_DILITHIUM, NULL, 0 };
static CK_VERSION no_version = { 9, 9 };
static CK_PKCS5_PBKD2_PARAMS2 long_password = { CKZ_SALT_SPECIFIED, bytes, sizeof bytes,
	1, CKP_PKCS5_PBKD2_HMAC_SHA256, NULL, 0, bytes, 1ul << 20 };
static CK_MECHANISM from_long_password = { CKM_PKCS5_PBKD2, &long_password,
	sizeof long_password };

/* clang-format off */
#define OTHER_IN(n) { K_IN_LEN, (n), NULL }
#define WITH(t) { K_TEMPLATE, 0, (t) }
#define MANY(t) { K_COUNT, COUNT(t), NULL }

/* Only CKA_ALLOWED_MECHANISMS is in the way. */
static const char limited[] = "CKA_ALLOWED_MECHANISMS";

static const struct row rows[] = {
	/* --- one function's own --- */
	{ AS_USER, "C_GetInterface", "name", NULL, CKR_FUNCTION_FAILED, "5.4.6",
		{ { 0, { K_NOTHING, 0, "PKCS 12" } } } },
	{ AS_USER, "C_GetInterface", "version", NULL, CKR_FUNCTION_FAILED, "5.4.6",
		{ { 1, { K_NOTHING, 0, &no_version } } } },
	{ AS_USER, "C_GetInterface", "flags", NULL, CKR_FUNCTION_FAILED, "5.4.6",
		{ { 3, NUMBER(0x80) } } },
	{ AS_USER, "C_GetMechanismInfo", "no mechanism", NULL, CKR_MECHANISM_INVALID, "5.5.6",
		{ { 1, NUMBER(0x7fedcba9) } } },
	{ AS_USER, "C_GetMechanismList", "blank slot", NULL, CKR_OK, "5.5.5",
		{ { 0, { K_SLOT, SLOT_BLANK, NULL } } } },
	{ AS_USER, "C_GetMechanismInfo", "blank slot", NULL, CKR_OK, "5.5.6",
		{ { 0, { K_SLOT, SLOT_BLANK, NULL } } } },
	{ AS_USER, "C_CloseAllSessions", "blank slot", NULL, CKR_OK, "5.6.3",
		{ { 0, { K_SLOT, SLOT_BLANK, NULL } } } },
	{ AS_USER, "C_OpenSession", "not serial", NULL, CKR_SESSION_PARALLEL_NOT_SUPPORTED, "5.6.1",
		{ { 1, NUMBER(0) } } },
	{ AS_USER, "C_OpenSession", "asynchronous", NULL, CKR_SESSION_ASYNC_NOT_SUPPORTED, "5.6.1",
		{ { 1, NUMBER(CKF_SERIAL_SESSION | CKF_ASYNC_SESSION) } } },
	{ AS_USER, "C_OpenSession", "blank slot", NULL, CKR_TOKEN_NOT_INITIALIZED, "5.6.1",
		{ { 0, { K_SLOT, SLOT_BLANK, NULL } } } },
	{ AS_USER, "C_Login", "user type", NULL, CKR_USER_TYPE_INVALID, "5.6.8", { { 1, NUMBER(3) } } },
	{ AS_USER, "C_Login", "SO", NULL, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "5.6.8",
		{ { 1, NUMBER(CKU_SO) } } },
	{ AS_USER, "C_Login", "context-specific without an operation", NULL,
		CKR_OPERATION_NOT_INITIALIZED, "5.6.8", { { 1, NUMBER(CKU_CONTEXT_SPECIFIC) } } },
	{ AS_USER, "C_LoginUser", "user type", NULL, CKR_USER_TYPE_INVALID, "5.6.9",
		{ { 1, NUMBER(3) } } },
	{ AS_USER, "C_LoginUser", "SO", NULL, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "5.6.9",
		{ { 1, NUMBER(CKU_SO) } } },
	{ AS_USER, "C_LoginUser", "context-specific without an operation", NULL,
		CKR_OPERATION_NOT_INITIALIZED, "5.6.9", { { 1, NUMBER(CKU_CONTEXT_SPECIFIC) } } },
	/* bits without a meaning are not looked at; the standard leaves that open */
	{ AS_USER, "C_OpenSession", "unknown flags", NULL, CKR_OK, "5.6.1",
		{ { 1, NUMBER(CKF_SERIAL_SESSION | 0x80) } } },
	{ AS_USER, "C_WaitForSlotEvent", "unknown flags", NULL, CKR_NO_EVENT, "5.5.4",
		{ { 0, NUMBER(CKF_DONT_BLOCK | 0x80) } } },
	{ AS_USER, "C_SessionCancel", "unknown flags", NULL, CKR_OK, "5.6.5",
		{ { 1, NUMBER(0x40000000) } } },
	{ AS_USER, "C_SessionCancel", "no flags", NULL, CKR_OK, "5.6.5", { { 1, NUMBER(0) } } },
	/* there is one user, without a name */
	{ AS_USER, "C_LoginUser", "name", NULL, CKR_ARGUMENTS_BAD, "5.6.9",
		{ { 4, { K_IN, 0, bytes } }, { 5, NUMBER(4) } } },
	{ AS_USER, "C_LoginUser", "name of a huge length", NULL, CKR_ARGUMENTS_BAD, "5.6.9",
		{ { 5, NUMBER(CK_UNAVAILABLE_INFORMATION) } } },
	{ AS_USER, "C_InitToken", "blank slot, short PIN", NULL, CKR_PIN_LEN_RANGE, "5.5.7",
		{ { 0, { K_SLOT, SLOT_BLANK, NULL } }, { 2, { K_PIN_LEN, 1, NULL } } } },
	{ AS_USER, "C_InitToken", "blank slot, huge PIN", NULL, CKR_PIN_LEN_RANGE, "5.5.7",
		{ { 0, { K_SLOT, SLOT_BLANK, NULL } },
			{ 2, { K_PIN_LEN, CK_UNAVAILABLE_INFORMATION, NULL } } } },
	{ AS_USER, "C_InitToken", "blank slot, empty PIN", NULL, CKR_PIN_LEN_RANGE, "5.5.7",
		{ { 0, { K_SLOT, SLOT_BLANK, NULL } }, { 2, { K_PIN_LEN, 0, NULL } } } },
	{ AS_USER, "C_SetPIN", "another", NULL, CKR_PIN_INCORRECT, "5.5.9",
		{ { 1, { K_PIN, 0, pin } }, { 2, { K_PIN_LEN, 8, NULL } } } },
	{ AS_USER, "C_SetPIN", "too short", NULL, CKR_PIN_LEN_RANGE, "5.5.9",
		{ { 4, { K_PIN_LEN, 1, NULL } } } },
	{ AS_USER, "C_GetSessionValidationFlags", "type", NULL, CKR_ARGUMENTS_BAD, "5.6.11",
		{ { 1, NUMBER(2) } } },
	{ AS_USER, "C_GetOperationState", "nothing to save", start_find, CKR_OPERATION_NOT_INITIALIZED,
		"5.6.6", { { 0, SESSION } } },
	{ AS_USER, "C_GetOperationState", "messages", start_message_and_digest, CKR_STATE_UNSAVEABLE,
		"5.6.6", { { 0, SESSION } } },
	{ AS_USER, "C_SetOperationState", "garbage", NULL, CKR_SAVED_STATE_INVALID, "5.6.7",
		{ { 1, { K_IN, 0, odd_bytes } } } },
	/* what is under way is given up */
	{ AS_USER, "C_SetOperationState", "under way", save_digest_and_start, CKR_OK, "5.6.7",
		{ { 0, SESSION } } },
	{ AS_USER, "C_SetOperationState", "a key too many", NULL, CKR_KEY_NOT_NEEDED, "5.6.7",
		{ { 3, KEY(H_AES) } } },
	{ AS_USER, "C_SetOperationState", "the other key too many", NULL, CKR_KEY_NOT_NEEDED, "5.6.7",
		{ { 4, KEY(H_AES) } } },

	/* --- objects --- */
	{ AS_USER, "C_DestroyObject", "CKA_DESTROYABLE false", NULL, CKR_ACTION_PROHIBITED, "5.7.3",
		{ { 1, OBJECT(H_CONSTANT) } } },
	{ AS_USER, "C_CopyObject", "CKA_COPYABLE false", NULL, CKR_ACTION_PROHIBITED, "5.7.2",
		{ { 1, OBJECT(H_CONSTANT) } } },
	{ AS_USER, "C_SetAttributeValue", "CKA_MODIFIABLE false", NULL, CKR_ACTION_PROHIBITED, "5.7.6",
		{ { 1, OBJECT(H_CONSTANT) } } },
	{ AS_USER, "C_SetAttributeValue", "read-only", NULL, CKR_ATTRIBUTE_READ_ONLY, "4.1.2",
		{ { 2, WITH(class_template) } } },
	{ AS_USER, "C_SetAttributeValue", "CKA_TOKEN", NULL, CKR_ATTRIBUTE_READ_ONLY, "4.1.2",
		{ { 2, WITH(token_template) } } },
	{ AS_USER, "C_SetAttributeValue", "CKA_TRUSTED by the user", NULL, CKR_ATTRIBUTE_READ_ONLY,
		"4.1.2", { { 1, OBJECT(H_AES) }, { 2, WITH(trusted_template) } } },
	{ AS_USER, "C_CopyObject", "read-only", NULL, CKR_ATTRIBUTE_READ_ONLY, "4.1.3",
		{ { 2, WITH(class_template) } } },
	{ AS_USER, "C_GetAttributeValue", "sensitive", NULL, CKR_ATTRIBUTE_SENSITIVE, "5.7.5",
		{ { 1, OBJECT(H_SEALED) }, { 2, WITH(ask_value) } } },
	{ AS_USER, "C_GetAttributeValue", "no room", NULL, CKR_BUFFER_TOO_SMALL, "5.7.5",
		{ { 2, WITH(ask_little) } } },
	{ AS_USER, "C_GetAttributeValue", "unknown type", NULL, CKR_ATTRIBUTE_TYPE_INVALID, "5.7.5",
		{ { 2, WITH(ask_unknown) } } },
	{ AS_USER, "C_GetAttributeValue", "of another class", NULL, CKR_ATTRIBUTE_TYPE_INVALID, "5.7.5",
		{ { 2, WITH(ask_other) } } },
	{ AS_USER, "C_GenerateKey", "class", NULL, CKR_TEMPLATE_INCONSISTENT, "5.18.1",
		{ { 2, WITH(wrong_class) }, { 3, MANY(wrong_class) } } },
	{ AS_USER, "C_GenerateKey", "key type", NULL, CKR_TEMPLATE_INCONSISTENT, "5.18.1",
		{ { 2, WITH(wrong_type) }, { 3, MANY(wrong_type) } } },
	{ AS_USER, "C_GenerateKey", "no length", NULL, CKR_TEMPLATE_INCOMPLETE, "4.1.1",
		{ { 2, WITH(NULL) }, { 3, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_GenerateKey", "password too long", NULL, CKR_MECHANISM_PARAM_INVALID, "6.37.2",
		{ { 1, MECHANISM(from_long_password) } } },
	{ AS_USER, "C_GenerateKeyPair", "no curve", NULL, CKR_TEMPLATE_INCOMPLETE, "4.1.1",
		{ { 2, WITH(NULL) }, { 3, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_GenerateKeyPair", "no domain", NULL, CKR_TEMPLATE_INCOMPLETE, "4.1.1",
		{ { 1, { K_MECHANISM, 0, &dh_gen } }, { 3, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_GenerateKeyPair", "no domain but a curve", NULL, CKR_TEMPLATE_INCONSISTENT, "4.1.1",
		{ { 1, { K_MECHANISM, 0, &dh_gen } } } },
	{ AS_USER, "C_CreateObject", "nothing given", NULL, CKR_TEMPLATE_INCOMPLETE, "4.1.1",
		{ { 2, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_CreateObject", "no template", NULL, CKR_ARGUMENTS_BAD, "5.7.1",
		{ { 1, WITH(NULL) }, { 2, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_GetAttributeValue", "nothing asked for", NULL, CKR_ARGUMENTS_BAD, "5.1.6",
		{ { 3, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_SetAttributeValue", "nothing given", NULL, CKR_OK, "5.7.6",
		{ { 3, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_SetAttributeValue", "no template", NULL, CKR_ARGUMENTS_BAD, "5.7.6",
		{ { 2, WITH(NULL) }, { 3, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_GenerateKeyPair", "nothing given of the private half", NULL, CKR_OK, "5.18.2",
		{ { 4, WITH(NULL) }, { 5, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_CopyObject", "nothing given", NULL, CKR_OK, "5.7.2",
		{ { 2, WITH(NULL) }, { 3, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_UnwrapKey", "nothing given", NULL, CKR_TEMPLATE_INCOMPLETE, "5.18.4",
		{ { 5, WITH(NULL) }, { 6, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_UnwrapKeyAuthenticated", "nothing given", NULL, CKR_TEMPLATE_INCOMPLETE, "5.18.7",
		{ { 5, WITH(NULL) }, { 6, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_UnwrapKey", "class", NULL, CKR_TEMPLATE_INCONSISTENT, "5.18.4",
		{ { 5, WITH(wrong_class) }, { 6, MANY(wrong_class) } } },
	{ AS_USER, "C_UnwrapKeyAuthenticated", "class", NULL, CKR_TEMPLATE_INCONSISTENT, "5.18.7",
		{ { 5, WITH(wrong_class) }, { 6, MANY(wrong_class) } } },
	{ AS_USER, "C_DeriveKey", "class", NULL, CKR_TEMPLATE_INCONSISTENT, "5.18.5",
		{ { 3, WITH(wrong_class) }, { 4, MANY(wrong_class) } } },
	/* 6.43: a generic secret, as long as both together */
	{ AS_USER, "C_DeriveKey", "nothing given", NULL, CKR_OK, "5.18.5",
		{ { 3, WITH(NULL) }, { 4, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_FindObjectsInit", "nothing given", NULL, CKR_OK, "5.7.7",
		{ { 1, WITH(NULL) }, { 2, { K_COUNT, 0, NULL } } } },

	/* --- keys --- */
	/* a key that may do nothing, of the session and of the token; one that may do something else */
#define USAGE(function, section, kind, idle, token, other)                                            \
	{ AS_USER, function, "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, section,                  \
		{ { 2, kind(idle) } } },                                                              \
	{ AS_USER, function, "usage, key of the token", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED,         \
		section, { { 2, kind(token) } } },                                                    \
	{ AS_USER, function, "other usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, section,            \
		{ { 2, kind(other) } } }
#define USAGE_CIPHER(function, section) \
	USAGE(function, section, KEY, H_IDLE, H_IDLE_TOKEN, H_WRAP)
#define USAGE_MAC(function, section) \
	USAGE(function, section, KEY, H_IDLE_MAC, H_IDLE_MAC_TOKEN, H_DERIVE)
	USAGE_CIPHER("C_EncryptInit", "5.8.1"),
	USAGE_CIPHER("C_DecryptInit", "5.10.1"),
	USAGE_MAC("C_SignInit", "5.13.1"),
	USAGE_MAC("C_VerifyInit", "5.15.1"),
	USAGE_MAC("C_VerifySignatureInit", "5.15.7"),
	USAGE_CIPHER("C_MessageEncryptInit", "5.9.1"),
	USAGE_CIPHER("C_MessageDecryptInit", "5.11.1"),
	USAGE_MAC("C_MessageSignInit", "5.14.1"),
	USAGE_MAC("C_MessageVerifyInit", "5.16.1"),
	USAGE("C_WrapKey", "5.18.3", WRAPPING_KEY, H_IDLE, H_IDLE_TOKEN, H_AES),
	USAGE("C_UnwrapKey", "5.18.4", UNWRAPPING_KEY, H_IDLE, H_IDLE_TOKEN, H_AES),
	USAGE("C_DeriveKey", "5.18.5", KEY, H_IDLE_MAC, H_IDLE_MAC_TOKEN, H_HMAC),
	USAGE("C_WrapKeyAuthenticated", "5.18.6", WRAPPING_KEY, H_IDLE, H_IDLE_TOKEN, H_AES),
	USAGE("C_UnwrapKeyAuthenticated", "5.18.7", UNWRAPPING_KEY, H_IDLE, H_IDLE_TOKEN, H_AES),
	{ AS_USER, "C_SignRecoverInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.13.5",
		{ { 2, KEY(H_RSA_IDLE) } } },
	{ AS_USER, "C_VerifyRecoverInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.15.5",
		{ { 2, KEY(H_RSA_PUBLIC_IDLE) } } },
	/* key pairs that may do one thing alone, with what could be done with such pairs */
	{ AS_USER, "C_EncryptInit", "RSA key's usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.8.1",
		{ { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA_PUBLIC) } } },
	{ AS_USER, "C_DecryptInit", "RSA key's usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.10.1",
		{ { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA) } } },
	{ AS_USER, "C_WrapKey", "RSA key's usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.18.3",
		{ { 1, MECHANISM(rsa) }, { 2, WRAPPING_KEY(H_RSA_PUBLIC) } } },
	{ AS_USER, "C_UnwrapKey", "RSA key's usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.18.4",
		{ { 1, MECHANISM(rsa) }, { 2, UNWRAPPING_KEY(H_RSA) }, { 4, { K_WRAPPED_LEN, 256, NULL } } } },
	{ AS_USER, "C_DeriveKey", "EC key's usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.18.5",
		{ { 1, MECHANISM(ecdh) }, { 2, KEY(H_LEAVES) } } },
	{ AS_USER, "C_EncapsulateKey", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.18.8",
		{ { 2, KEY(H_KEM_PUBLIC_IDLE) } } },
	{ AS_USER, "C_EncapsulateKey", "private key", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.18.8",
		{ { 2, KEY(H_KEM) } } },
	{ AS_USER, "C_DecapsulateKey", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.18.9",
		{ { 2, UNWRAPPING_KEY(H_KEM_IDLE) } } },
	{ AS_USER, "C_EncapsulateKey", "no type", NULL, CKR_TEMPLATE_INCOMPLETE, "6.68.6",
		{ { 3, WITH(NULL) }, { 4, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_EncapsulateKey", "shorter key", NULL, CKR_TEMPLATE_INCONSISTENT, "6.68.6",
		{ { 3, WITH(derive_template) }, { 4, MANY(derive_template) } } },
	{ AS_USER, "C_EncapsulateKey", "class", NULL, CKR_TEMPLATE_INCONSISTENT, "5.18.8",
		{ { 3, WITH(wrong_class) }, { 4, MANY(wrong_class) } } },
	{ AS_USER, "C_EncapsulateKey", "one byte short", NULL, CKR_BUFFER_TOO_SMALL, "5.18.8",
		{ { 6, { K_OUT_LEN, 767, out } } } },
	{ AS_USER, "C_DecapsulateKey", "public key", NULL, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
		"5.18.9", { { 2, UNWRAPPING_KEY(H_KEM_PUBLIC) } } },
	{ AS_USER, "C_DecapsulateKey", "no type", NULL, CKR_TEMPLATE_INCOMPLETE, "6.68.6",
		{ { 3, WITH(NULL) }, { 4, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_DecapsulateKey", "shorter key", NULL, CKR_TEMPLATE_INCONSISTENT, "6.68.6",
		{ { 3, WITH(derive_template) }, { 4, MANY(derive_template) } } },
	{ AS_USER, "C_DecapsulateKey", "class", NULL, CKR_TEMPLATE_INCONSISTENT, "5.18.9",
		{ { 3, WITH(wrong_class) }, { 4, MANY(wrong_class) } } },
	{ AS_USER, "C_DecapsulateKey", "one byte short", NULL, CKR_WRAPPED_KEY_LEN_RANGE, "5.18.9",
		{ { 6, { K_WRAPPED_LEN, 767, NULL } } } },
	{ AS_USER, "C_WrapKey", "not extractable", NULL, CKR_KEY_UNEXTRACTABLE, "5.18.3",
		{ { 3, KEY(H_SEALED) } } },
	{ AS_USER, "C_WrapKey", "private key, not extractable", NULL, CKR_KEY_UNEXTRACTABLE, "5.18.3",
		{ { 3, KEY(H_RSA) } } },
	{ AS_USER, "C_WrapKey", "private key by what fills up with zeroes", NULL, CKR_KEY_NOT_WRAPPABLE,
		"5.18.3", { { 1, MECHANISM(ecb) }, { 3, KEY(H_LEAVES) } } },
	{ AS_USER, "C_WrapKey", "no parameter", NULL, CKR_MECHANISM_PARAM_INVALID, "6.1.15",
		{ { 1, MECHANISM(rsa_aes_none) } } },
	{ AS_USER, "C_WrapKey", "no OAEP", NULL, CKR_MECHANISM_PARAM_INVALID, "6.1.15",
		{ { 1, MECHANISM(rsa_aes_no_oaep) } } },
	{ AS_USER, "C_WrapKey", "no size of AES keys", NULL, CKR_MECHANISM_PARAM_INVALID, "6.1.15",
		{ { 1, MECHANISM(rsa_aes_129) } } },
	{ AS_USER, "C_WrapKey", "no RSA key", NULL, CKR_WRAPPING_KEY_TYPE_INCONSISTENT, "5.18.3",
		{ { 1, MECHANISM(rsa_aes) } } },
	{ AS_USER, "C_UnwrapKey", "no RSA key", NULL, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, "5.18.4",
		{ { 1, MECHANISM(rsa_aes) } } },
	{ AS_USER, "C_UnwrapKey", "no private key in it", NULL, CKR_WRAPPED_KEY_INVALID, "5.18.4",
		{ { 5, { K_TEMPLATE, 0, unwrap_private } } } },
	{ AS_USER, "C_UnwrapKeyAuthenticated", "no private key in it", NULL, CKR_WRAPPED_KEY_INVALID, "5.18.7",
		{ { 5, { K_TEMPLATE, 0, unwrap_private } } } },
	{ AS_USER, "C_UnwrapKey", "private key by what fills up with zeroes", NULL, CKR_MECHANISM_INVALID,
		"5.18.4", { { 1, MECHANISM(ecb) }, { 5, { K_TEMPLATE, 0, unwrap_private } } } },
	{ AS_USER, "C_WrapKeyAuthenticated", "not extractable", NULL, CKR_KEY_UNEXTRACTABLE, "5.18.6",
		{ { 3, KEY(H_SEALED) } } },
	/* the attribute says which mechanisms the key may be used with: a use it does not permit */
#define LIMITED(function, key)                                                                        \
	{ AS_USER, function, limited, NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "4.8", { { 2, key } } }
	LIMITED("C_EncryptInit", KEY(H_LIMITED)),
	LIMITED("C_DecryptInit", KEY(H_LIMITED)),
	LIMITED("C_MessageEncryptInit", KEY(H_LIMITED)),
	LIMITED("C_MessageDecryptInit", KEY(H_LIMITED)),
	LIMITED("C_SignInit", KEY(H_LIMITED_MAC)),
	LIMITED("C_MessageSignInit", KEY(H_LIMITED_MAC)),
	LIMITED("C_VerifyInit", KEY(H_LIMITED_MAC)),
	LIMITED("C_VerifySignatureInit", KEY(H_LIMITED_MAC)),
	LIMITED("C_MessageVerifyInit", KEY(H_LIMITED_MAC)),
	LIMITED("C_SignRecoverInit", KEY(H_LIMITED_RSA)),
	LIMITED("C_VerifyRecoverInit", KEY(H_LIMITED_RSA_PUBLIC)),
	LIMITED("C_WrapKey", WRAPPING_KEY(H_LIMITED)),
	LIMITED("C_WrapKeyAuthenticated", WRAPPING_KEY(H_LIMITED)),
	LIMITED("C_UnwrapKey", UNWRAPPING_KEY(H_LIMITED)),
	LIMITED("C_UnwrapKeyAuthenticated", UNWRAPPING_KEY(H_LIMITED)),
	LIMITED("C_DeriveKey", KEY(H_LIMITED_MAC)),
	LIMITED("C_EncapsulateKey", KEY(H_LIMITED_KEM_PUBLIC)),
	LIMITED("C_DecapsulateKey", UNWRAPPING_KEY(H_LIMITED_KEM)),
	{ AS_USER, "C_EncryptInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.8.1",
		{ { 2, KEY(H_HMAC) } } },
	{ AS_USER, "C_DecryptInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.10.1",
		{ { 2, KEY(H_HMAC) } } },
	{ AS_USER, "C_SignInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.13.1",
		{ { 2, KEY(H_AES) } } },
	{ AS_USER, "C_VerifyInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.15.1",
		{ { 2, KEY(H_AES) } } },
	{ AS_USER, "C_VerifySignatureInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.15.7",
		{ { 2, KEY(H_AES) } } },
	{ AS_USER, "C_MessageEncryptInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.9.1",
		{ { 2, KEY(H_HMAC) } } },
	{ AS_USER, "C_MessageDecryptInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.11.1",
		{ { 2, KEY(H_HMAC) } } },
	{ AS_USER, "C_MessageSignInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.14.1",
		{ { 2, KEY(H_AES) } } },
	{ AS_USER, "C_MessageVerifyInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.16.1",
		{ { 2, KEY(H_AES) } } },
	{ AS_USER, "C_WrapKey", "key type", NULL, CKR_WRAPPING_KEY_TYPE_INCONSISTENT, "5.18.3",
		{ { 2, WRAPPING_KEY(H_WRAP_GENERIC) } } },
	{ AS_USER, "C_WrapKeyAuthenticated", "key type", NULL, CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
		"5.18.6", { { 2, WRAPPING_KEY(H_WRAP_GENERIC) } } },
	{ AS_USER, "C_UnwrapKey", "key type", NULL, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, "5.18.4",
		{ { 2, UNWRAPPING_KEY(H_WRAP_GENERIC) } } },
	{ AS_USER, "C_UnwrapKeyAuthenticated", "key type", NULL, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
		"5.18.7", { { 2, UNWRAPPING_KEY(H_WRAP_GENERIC) } } },
	/* the other half of the pair */
	{ AS_USER, "C_EncryptInit", "private key", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.8.1",
		{ { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA) } } },
	{ AS_USER, "C_DecryptInit", "public key", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.10.1",
		{ { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA_PUBLIC) } } },
	{ AS_USER, "C_SignInit", "public key", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.13.1",
		{ { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA_PUBLIC) } } },
	{ AS_USER, "C_MessageSignInit", "public key", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.14.1",
		{ { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA_PUBLIC) } } },
	{ AS_USER, "C_VerifyInit", "private key", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.15.1",
		{ { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA) } } },
	{ AS_USER, "C_VerifySignatureInit", "private key", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.15.7",
		{ { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA) } } },
	{ AS_USER, "C_MessageVerifyInit", "private key", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.16.1",
		{ { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA) } } },
	{ AS_USER, "C_WrapKey", "private key", NULL, CKR_WRAPPING_KEY_TYPE_INCONSISTENT, "5.18.3",
		{ { 1, MECHANISM(rsa) }, { 2, WRAPPING_KEY(H_RSA) } } },
	{ AS_USER, "C_UnwrapKey", "public key", NULL, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, "5.18.4",
		{ { 1, MECHANISM(rsa) }, { 2, UNWRAPPING_KEY(H_RSA_PUBLIC) } } },
	{ AS_USER, "C_SignRecoverInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.13.5",
		{ { 2, KEY(H_RSA_PUBLIC) } } },
	{ AS_USER, "C_VerifyRecoverInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.15.5",
		{ { 2, KEY(H_RSA) } } },
	{ AS_USER, "C_SignRecoverInit", "no recovery", NULL, CKR_MECHANISM_INVALID, "5.13.5",
		{ { 1, MECHANISM(hmac) } } },
	{ AS_USER, "C_VerifyRecoverInit", "no recovery", NULL, CKR_MECHANISM_INVALID, "5.15.5",
		{ { 1, MECHANISM(hmac) } } },
	{ AS_USER, "C_SignInit", "for recovery alone", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.13.1",
		{ { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA) } } },
	{ AS_USER, "C_VerifyInit", "for recovery alone", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED,
		"5.15.1", { { 1, MECHANISM(rsa) }, { 2, KEY(H_RSA_PUBLIC) } } },
	{ AS_USER, "C_DigestKey", "in no other hands", start_digest, CKR_KEY_INDIGESTIBLE, "5.12.4",
		{ { 1, KEY(H_SEALED) } } },

	/* --- mechanism parameters --- */
	{ AS_USER, "C_EncryptInit", "IV missing", NULL, CKR_MECHANISM_PARAM_INVALID, "5.8.1",
		{ { 1, MECHANISM(no_iv) } } },
	{ AS_USER, "C_EncryptInit", "IV too short", NULL, CKR_MECHANISM_PARAM_INVALID, "5.8.1",
		{ { 1, MECHANISM(short_iv) } } },
	{ AS_USER, "C_DecryptInit", "IV too long", NULL, CKR_MECHANISM_PARAM_INVALID, "5.10.1",
		{ { 1, MECHANISM(long_iv) } } },

	/* --- mechanisms that are off --- */
	{ AS_USER, "C_SignInit", "legacy", NULL, CKR_MECHANISM_INVALID, "5.13.1",
		{ { 1, MECHANISM(legacy) } } },
	{ AS_USER, "C_VerifyInit", "legacy", NULL, CKR_MECHANISM_INVALID, "5.15.1",
		{ { 1, MECHANISM(legacy) } } },
	{ AS_USER, "C_VerifySignatureInit", "legacy", NULL, CKR_MECHANISM_INVALID, "5.15.7",
		{ { 1, MECHANISM(legacy) } } },
	{ AS_USER, "C_MessageSignInit", "legacy", NULL, CKR_MECHANISM_INVALID, "5.14.1",
		{ { 1, MECHANISM(legacy) } } },
	{ AS_USER, "C_MessageVerifyInit", "legacy", NULL, CKR_MECHANISM_INVALID, "5.16.1",
		{ { 1, MECHANISM(legacy) } } },
	{ AS_USER, "C_GenerateKeyPair", "legacy", NULL, CKR_MECHANISM_INVALID, "5.18.2",
		{ { 1, MECHANISM(legacy) } } },

	/* --- data --- */
	{ AS_USER, "C_Encrypt", "not whole blocks", start_encrypt, CKR_DATA_LEN_RANGE, "5.8.2",
		{ { 2, OTHER_IN(17) } } },
	{ AS_USER, "C_Decrypt", "not whole blocks", start_decrypt, CKR_ENCRYPTED_DATA_LEN_RANGE, "5.10.2",
		{ { 2, OTHER_IN(17) } } },
	{ AS_USER, "C_UnwrapKey", "one byte short", NULL, CKR_WRAPPED_KEY_LEN_RANGE, "5.18.4",
		{ { 4, { K_WRAPPED_LEN, 23, NULL } } } },
	/* any length is one of GCM's; this is not what the tag is of */
	{ AS_USER, "C_UnwrapKeyAuthenticated", "one byte short", NULL, CKR_WRAPPED_KEY_INVALID, "5.18.7",
		{ { 4, { K_WRAPPED_LEN, 15, NULL } } } },
	{ AS_USER, "C_DecryptFinal", "no padding", start_bad_padding, CKR_ENCRYPTED_DATA_INVALID,
		"5.10.4", { { 0, SESSION } } },

	{ AS_USER, "C_VerifySignature", "wrong", start_verify_wrong_signature,
		CKR_SIGNATURE_INVALID, "5.15.8", { { 0, SESSION } } },
	{ AS_USER, "C_VerifySignature", "short", start_verify_short_signature,
		CKR_SIGNATURE_LEN_RANGE, "5.15.8", { { 0, SESSION } } },
	{ AS_USER, "C_VerifySignatureFinal", "wrong", start_verify_wrong_signature,
		CKR_SIGNATURE_INVALID, "5.15.10", { { 0, SESSION } } },

	/* --- operations under way --- */
	{ AS_USER, "C_Encrypt", "in parts", start_encrypt_parts, CKR_OPERATION_ACTIVE, "5.8.2",
		{ { 0, SESSION } } },
	{ AS_USER, "C_Decrypt", "in parts", start_decrypt_parts, CKR_OPERATION_ACTIVE, "5.10.2",
		{ { 0, SESSION } } },
	{ AS_USER, "C_Digest", "in parts", start_digest_parts, CKR_OPERATION_ACTIVE, "5.12.2",
		{ { 0, SESSION } } },
	{ AS_USER, "C_Sign", "in parts", start_sign_parts, CKR_OPERATION_ACTIVE, "5.13.2",
		{ { 0, SESSION } } },
	{ AS_USER, "C_Verify", "in parts", start_verify_parts, CKR_OPERATION_ACTIVE, "5.15.2",
		{ { 0, SESSION } } },
	{ AS_USER, "C_VerifySignature", "in parts", start_presigned_parts,
		CKR_OPERATION_ACTIVE, "5.15.8", { { 0, SESSION } } },
	/* one verification at a time, whichever way it began */
	{ AS_USER, "C_VerifyInit", "beside C_VerifySignatureInit", start_presigned,
		CKR_OPERATION_ACTIVE, "5.15.1", { { 0, SESSION } } },
	{ AS_USER, "C_VerifySignatureInit", "beside C_VerifyInit", start_verify,
		CKR_OPERATION_ACTIVE, "5.15.7", { { 0, SESSION } } },
	{ AS_USER, "C_Verify", "begun with a signature", start_presigned,
		CKR_OPERATION_NOT_INITIALIZED, "5.15.2", { { 0, SESSION } } },
	{ AS_USER, "C_VerifyUpdate", "begun with a signature", start_presigned,
		CKR_OPERATION_NOT_INITIALIZED, "5.15.3", { { 0, SESSION } } },
	{ AS_USER, "C_VerifyFinal", "begun with a signature", start_presigned_parts,
		CKR_OPERATION_NOT_INITIALIZED, "5.15.4", { { 0, SESSION } } },
	{ AS_USER, "C_VerifySignature", "begun without", start_verify,
		CKR_OPERATION_NOT_INITIALIZED, "5.15.8", { { 0, SESSION } } },
	{ AS_USER, "C_VerifySignatureUpdate", "begun without", start_verify,
		CKR_OPERATION_NOT_INITIALIZED, "5.15.9", { { 0, SESSION } } },
	{ AS_USER, "C_VerifySignatureFinal", "begun without", start_verify_parts,
		CKR_OPERATION_NOT_INITIALIZED, "5.15.10", { { 0, SESSION } } },
	/* begun by another family's Init */
#define NOT_BEGUN(function, what, before, section)                                                    \
	{ AS_USER, function, what, before, CKR_OPERATION_NOT_INITIALIZED, section, { { 0, SESSION } } }
	NOT_BEGUN("C_Sign", "with recovery", start_sign_recover, "5.13.2"),
	NOT_BEGUN("C_SignUpdate", "with recovery", start_sign_recover, "5.13.3"),
	NOT_BEGUN("C_SignFinal", "with recovery", start_sign_recover, "5.13.4"),
	NOT_BEGUN("C_SignRecover", "without recovery", start_sign, "5.13.6"),
	NOT_BEGUN("C_Verify", "with recovery", start_verify_recover, "5.15.2"),
	NOT_BEGUN("C_VerifyUpdate", "with recovery", start_verify_recover, "5.15.3"),
	NOT_BEGUN("C_VerifyFinal", "with recovery", start_verify_recover, "5.15.4"),
	NOT_BEGUN("C_VerifyRecover", "without recovery", start_verify, "5.15.6"),
	NOT_BEGUN("C_VerifyRecover", "begun with a signature", start_presigned, "5.15.6"),
#define FAMILIES(call, update, final, one, begin, once, messages, section)                            \
	NOT_BEGUN(call, "for messages", messages, section),                                           \
	NOT_BEGUN(update, "for messages", messages, section),                                         \
	NOT_BEGUN(final, "for messages", messages, section),                                          \
	NOT_BEGUN(one, "not for messages", once, section),                                            \
	NOT_BEGUN(begin, "not for messages", once, section)
	FAMILIES("C_Encrypt", "C_EncryptUpdate", "C_EncryptFinal", "C_EncryptMessage",
		"C_EncryptMessageBegin", start_encrypt, start_message_encrypt, "5.8"),
	FAMILIES("C_Decrypt", "C_DecryptUpdate", "C_DecryptFinal", "C_DecryptMessage",
		"C_DecryptMessageBegin", start_decrypt, start_message_decrypt, "5.10"),
	FAMILIES("C_Sign", "C_SignUpdate", "C_SignFinal", "C_SignMessage", "C_SignMessageBegin",
		start_sign, start_message_sign, "5.13"),
	FAMILIES("C_Verify", "C_VerifyUpdate", "C_VerifyFinal", "C_VerifyMessage", "C_VerifyMessageBegin",
		start_verify, start_message_verify, "5.15"),
	/* of a mechanism that has no parts: the standard has no code of its own for it */
	{ AS_USER, "C_EncryptUpdate", "in one part alone", start_encrypt_single,
		CKR_FUNCTION_NOT_SUPPORTED, "6.16.3", { { 0, SESSION } } },
	{ AS_USER, "C_DecryptUpdate", "in one part alone", start_decrypt_single,
		CKR_FUNCTION_NOT_SUPPORTED, "6.16.3", { { 0, SESSION } } },
	/* both or neither */
	{ AS_USER, "C_DigestEncryptUpdate", "no digest", start_encrypt,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.1", { { 0, SESSION } } },
	{ AS_USER, "C_DigestEncryptUpdate", "no encryption", start_digest,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.1", { { 0, SESSION } } },
	{ AS_USER, "C_DecryptDigestUpdate", "no digest", start_decrypt,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.2", { { 0, SESSION } } },
	{ AS_USER, "C_DecryptDigestUpdate", "no decryption", start_digest,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.2", { { 0, SESSION } } },
	{ AS_USER, "C_SignEncryptUpdate", "no signature", start_encrypt,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.3", { { 0, SESSION } } },
	{ AS_USER, "C_SignEncryptUpdate", "no encryption", start_sign,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.3", { { 0, SESSION } } },
	{ AS_USER, "C_DecryptVerifyUpdate", "no verification", start_decrypt,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.4", { { 0, SESSION } } },
	{ AS_USER, "C_DecryptVerifyUpdate", "no decryption", start_verify,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.4", { { 0, SESSION } } },

	/* --- messages under way, and none --- */
#define MESSAGE(one, begin, next, final, ready, parts, section)                                       \
	{ AS_USER, one, "in parts", parts, CKR_OPERATION_ACTIVE, section, { { 0, SESSION } } },       \
	{ AS_USER, begin, "in parts", parts, CKR_OPERATION_ACTIVE, section, { { 0, SESSION } } },     \
	{ AS_USER, final, "in parts", parts, CKR_OPERATION_ACTIVE, section, { { 0, SESSION } } },     \
	{ AS_USER, next, "not begun", ready, CKR_OPERATION_NOT_INITIALIZED, section, { { 0, SESSION } } }
	MESSAGE("C_EncryptMessage", "C_EncryptMessageBegin", "C_EncryptMessageNext", "C_MessageEncryptFinal",
		start_message_encrypt, start_message_encrypt_parts, "5.9"),
	MESSAGE("C_DecryptMessage", "C_DecryptMessageBegin", "C_DecryptMessageNext", "C_MessageDecryptFinal",
		start_message_decrypt, start_message_decrypt_parts, "5.11"),
	MESSAGE("C_SignMessage", "C_SignMessageBegin", "C_SignMessageNext", "C_MessageSignFinal",
		start_message_sign, start_message_sign_parts, "5.14"),
	MESSAGE("C_VerifyMessage", "C_VerifyMessageBegin", "C_VerifyMessageNext", "C_MessageVerifyFinal",
		start_message_verify, start_message_verify_parts, "5.16"),
	/* the mechanism has none */
#define PARAMETERS(function, section)                                                                 \
	{ AS_USER, function, "parameter", NULL, CKR_MECHANISM_PARAM_INVALID, section,                 \
		{ { 1, { K_PARAMETER, 0, odd_bytes } }, { 2, { K_PARAMETER_LEN, 4, NULL } } } },      \
	{ AS_USER, function, "parameter NULL", NULL, CKR_ARGUMENTS_BAD, section,                      \
		{ { 2, { K_PARAMETER_LEN, 4, NULL } } } },                                            \
	{ AS_USER, function, "parameter of a huge length", NULL, CKR_ARGUMENTS_BAD, section,          \
		{ { 1, { K_PARAMETER, 0, odd_bytes } },                                               \
			{ 2, { K_PARAMETER_LEN, CK_UNAVAILABLE_INFORMATION, NULL } } } }
	PARAMETERS("C_SignMessage", "5.14.2"),
	PARAMETERS("C_SignMessageBegin", "5.14.3"),
	PARAMETERS("C_SignMessageNext", "5.14.4"),
	PARAMETERS("C_VerifyMessage", "5.16.2"),
	PARAMETERS("C_VerifyMessageBegin", "5.16.3"),
	PARAMETERS("C_VerifyMessageNext", "5.16.4"),
	{ AS_USER, "C_SignMessageNext", "no room", NULL, CKR_BUFFER_TOO_SMALL, "5.14.4",
		{ { 5, { K_OUT, 0, out } }, { 6, { K_OUT_LEN, 31, out } } } },
	{ AS_USER, "C_VerifyMessageNext", "another", NULL, CKR_SIGNATURE_INVALID, "5.16.4",
		{ { 5, { K_SIGNATURE, 0, odd_bytes } }, { 6, { K_SIGNATURE_LEN, 32, NULL } } } },
	{ AS_USER, "C_VerifyMessageNext", "short", NULL, CKR_SIGNATURE_LEN_RANGE, "5.16.4",
		{ { 5, { K_SIGNATURE, 0, mac } }, { 6, { K_SIGNATURE_LEN, 31, NULL } } } },
	{ AS_USER, "C_VerifyMessageNext", "signature NULL", NULL, CKR_ARGUMENTS_BAD, "5.16.4",
		{ { 6, { K_SIGNATURE_LEN, 32, NULL } } } },
	{ AS_USER, "C_VerifyMessageNext", "huge", NULL, CKR_ARGUMENTS_BAD, "5.16.4",
		{ { 5, { K_SIGNATURE, 0, mac } },
			{ 6, { K_SIGNATURE_LEN, CK_UNAVAILABLE_INFORMATION, NULL } } } },

	/* --- read-only sessions --- */
	{ AS_USER_READ_ONLY, "C_DestroyObject", "token", NULL, CKR_SESSION_READ_ONLY, "5.7.3",
		{ { 1, OBJECT(H_TOKEN) } } },
	{ AS_USER_READ_ONLY, "C_CopyObject", "token, as the copy will be", NULL, CKR_SESSION_READ_ONLY,
		"5.7.2", { { 1, OBJECT(H_TOKEN) } } },
	{ AS_USER_READ_ONLY, "C_SetAttributeValue", "token", NULL, CKR_SESSION_READ_ONLY, "5.7.6",
		{ { 1, OBJECT(H_TOKEN) } } },
	{ AS_USER_READ_ONLY, "C_SetPIN", "R/O session", NULL, CKR_SESSION_READ_ONLY, "5.5.9",
		{ { 0, SESSION } } },
	{ AS_USER_READ_ONLY, "C_SetPIN", "NULL", NULL, CKR_SESSION_READ_ONLY, "5.5.9",
		{ { 1, { K_PIN, 0, NULL } } } },
	{ AS_PUBLIC_READ_ONLY, "C_SetPIN", "R/O session", NULL, CKR_SESSION_READ_ONLY, "5.5.9",
		{ { 0, SESSION } } },
	{ AS_PUBLIC_READ_ONLY, "C_InitPIN", "R/O session", NULL, CKR_USER_NOT_LOGGED_IN, "5.5.8",
		{ { 0, SESSION } } },
	{ AS_USER_READ_ONLY, "C_InitPIN", "R/O session", NULL, CKR_USER_NOT_LOGGED_IN, "5.5.8",
		{ { 0, SESSION } } },

	/* --- nobody is logged in --- */
	{ AS_PUBLIC, "C_Logout", "not logged in", NULL, CKR_USER_NOT_LOGGED_IN, "5.6.10",
		{ { 0, SESSION } } },
	{ AS_PUBLIC, "C_InitPIN", "not logged in", NULL, CKR_USER_NOT_LOGGED_IN, "5.5.8",
		{ { 0, SESSION } } },
#define WRONG_PINS(function, section)                                                                 \
	{ AS_PUBLIC, function, "another", NULL, CKR_PIN_INCORRECT, section,                           \
		{ { 2, { K_PIN, 0, pin } }, { 3, { K_PIN_LEN, 8, NULL } } } },                        \
	{ AS_PUBLIC, function, "empty", NULL, CKR_PIN_INCORRECT, section,                             \
		{ { 3, { K_PIN_LEN, 0, NULL } } } },                                                  \
	{ AS_PUBLIC, function, "huge", NULL, CKR_PIN_INCORRECT, section,                              \
		{ { 3, { K_PIN_LEN, CK_UNAVAILABLE_INFORMATION, NULL } } } }
	WRONG_PINS("C_Login", "5.6.8"),
	WRONG_PINS("C_LoginUser", "5.6.9"),
	{ AS_PUBLIC, "C_SetPIN", "another", NULL, CKR_PIN_INCORRECT, "5.5.9",
		{ { 1, { K_PIN, 0, pin } }, { 2, { K_PIN_LEN, 8, NULL } } } },
	{ AS_PUBLIC, "C_SetPIN", "too short", NULL, CKR_PIN_LEN_RANGE, "5.5.9",
		{ { 4, { K_PIN_LEN, 1, NULL } } } },
	{ AS_PUBLIC, "C_EncapsulateKey", "public key", NULL, CKR_OK, "5.18.8", { { 0, SESSION } } },
	{ AS_PUBLIC_READ_ONLY, "C_Login", "SO", NULL, CKR_SESSION_READ_ONLY_EXISTS, "5.6.8",
		{ { 1, NUMBER(CKU_SO) } } },
	{ AS_PUBLIC_READ_ONLY, "C_LoginUser", "SO", NULL, CKR_SESSION_READ_ONLY_EXISTS, "5.6.9",
		{ { 1, NUMBER(CKU_SO) } } },
#define CONTEXT_SPECIFIC(state)                                                                       \
	{ state, "C_Login", "context-specific", NULL, CKR_OPERATION_NOT_INITIALIZED, "5.6.8",         \
		{ { 1, NUMBER(CKU_CONTEXT_SPECIFIC) } } },                                            \
	{ state, "C_LoginUser", "context-specific", NULL, CKR_OPERATION_NOT_INITIALIZED, "5.6.9",     \
		{ { 1, NUMBER(CKU_CONTEXT_SPECIFIC) } } }
	CONTEXT_SPECIFIC(AS_PUBLIC),
	CONTEXT_SPECIFIC(AS_SO),

	/* --- the security officer --- */
	{ AS_SO, "C_OpenSession", "R/O", NULL, CKR_SESSION_READ_WRITE_SO_EXISTS, "5.6.1",
		{ { 1, NUMBER(CKF_SERIAL_SESSION) } } },
	{ AS_SO, "C_Login", "user", NULL, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "5.6.8",
		{ { 0, SESSION } } },
	{ AS_SO, "C_Login", "again", NULL, CKR_USER_ALREADY_LOGGED_IN, "5.6.8",
		{ { 1, NUMBER(CKU_SO) } } },
	{ AS_SO, "C_LoginUser", "user", NULL, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "5.6.9",
		{ { 0, SESSION } } },
	{ AS_SO, "C_LoginUser", "again", NULL, CKR_USER_ALREADY_LOGGED_IN, "5.6.9",
		{ { 1, NUMBER(CKU_SO) } } },
	/* his own PIN is what he changes */
	{ AS_SO, "C_SetPIN", "the user's", NULL, CKR_PIN_INCORRECT, "5.5.9", { { 0, SESSION } } },
	{ AS_SO, "C_SetPIN", "too short", NULL, CKR_PIN_LEN_RANGE, "5.5.9",
		{ { 1, { K_PIN, 0, so_pin } }, { 2, { K_PIN_LEN, 0, &so_pin_len } },
			{ 4, { K_PIN_LEN, 1, NULL } } } },
	{ AS_SO, "C_InitPIN", "too short", NULL, CKR_PIN_LEN_RANGE, "5.5.8",
		{ { 2, { K_PIN_LEN, 1, NULL } } } },
	{ AS_SO, "C_InitPIN", "empty", NULL, CKR_PIN_LEN_RANGE, "5.5.8",
		{ { 2, { K_PIN_LEN, 0, NULL } } } },
	{ AS_SO, "C_InitPIN", "huge", NULL, CKR_PIN_LEN_RANGE, "5.5.8",
		{ { 2, { K_PIN_LEN, CK_UNAVAILABLE_INFORMATION, NULL } } } },
	{ AS_SO, "C_InitPIN", "NULL", NULL, CKR_ARGUMENTS_BAD, "5.5.8",
		{ { 1, { K_PIN, 0, NULL } } } },
};
/* clang-format on */
