/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What depends on who is logged in and what is under way, and what is one function's own: a correct
 * call with up to two parameters replaced.
 */
#pragma once

#include "tests/api/bad_input/variants.h"

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
	} changes[2];
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
static CK_MECHANISM no_iv = { CKM_AES_CBC, NULL, 0 }, short_iv = { CKM_AES_CBC, iv, 15 },
		    long_iv = { CKM_AES_CBC, iv, 17 },
		    dh_gen = { CKM_DH_PKCS_KEY_PAIR_GEN, NULL, 0 };
static CK_ATTRIBUTE unwrap_private[] = { ATTR(CKA_CLASS, private_class),
	ATTR(CKA_KEY_TYPE, ec_type) };
static CK_ATTRIBUTE token_template[] = { ATTR(CKA_TOKEN, YES) },
		    token_data[] = { ATTR(CKA_CLASS, data_class), ATTR(CKA_TOKEN, YES) },
		    token_key[] = { ATTR(CKA_VALUE_LEN, sixteen), ATTR(CKA_TOKEN, YES) },
		    token_secret[] = { ATTR(CKA_CLASS, secret_class),
			    ATTR(CKA_KEY_TYPE, generic_type),
			    ATTR(CKA_VALUE_LEN, sixteen), ATTR(CKA_TOKEN, YES) },
		    token_whole[] = { ATTR(CKA_CLASS, secret_class),
			    ATTR(CKA_KEY_TYPE, generic_type), ATTR(CKA_TOKEN, YES) },
		    private_whole[] = { ATTR(CKA_CLASS, secret_class),
			    ATTR(CKA_KEY_TYPE, generic_type), ATTR(CKA_PRIVATE, YES) },
		    private_data[] = { ATTR(CKA_CLASS, data_class),
			    ATTR(CKA_PRIVATE, YES) },
		    private_key[] = { ATTR(CKA_VALUE_LEN, sixteen),
			    ATTR(CKA_PRIVATE, YES) },
		    private_template[] = { ATTR(CKA_PRIVATE, YES) },
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

static void
start_encrypt_parts(void)
{
	start_encrypt();
	number = sizeof out;
	OK(F->C_EncryptUpdate(sessions[S_USED], bytes, 16, out, &number));
}

static void
start_decrypt_parts(void)
{
	start_decrypt();
	number = sizeof out;
	OK(F->C_DecryptUpdate(sessions[S_USED], bytes, 16, out, &number));
}

static void
start_digest_parts(void)
{
	start_digest();
	OK(F->C_DigestUpdate(sessions[S_USED], bytes, 16));
}

static void
start_sign_parts(void)
{
	start_sign();
	OK(F->C_SignUpdate(sessions[S_USED], bytes, 16));
}

static void
start_verify_wrong_signature(void)
{
	OK(F->C_VerifySignatureInit(
		sessions[S_USED], &hmac, objects[H_HMAC], odd_bytes, 32));
}

static void
start_verify_short_signature(void)
{
	OK(F->C_VerifySignatureInit(sessions[S_USED], &hmac, objects[H_HMAC], mac, 31));
}

/* Sixteen zeroes are no padding. */
static void
start_bad_padding(void)
{
	unsigned char sealed[16];
	CK_ULONG n = sizeof sealed;

	start_encrypt();
	OK(F->C_Encrypt(sessions[S_USED], iv, 16, sealed, &n));
	OK(F->C_DecryptInit(sessions[S_USED], &pad, objects[H_AES]));
	n = sizeof out;
	OK(F->C_DecryptUpdate(sessions[S_USED], sealed, sizeof sealed, out, &n));
}

/* clang-format off */
#define OTHER_IN(n) { K_IN_LEN, (n), NULL }
#define WITH(t) { K_TEMPLATE, 0, (t) }
#define MANY(t) { K_COUNT, COUNT(t), NULL }

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
	{ AS_USER, "C_OpenSession", "not serial", NULL, CKR_SESSION_PARALLEL_NOT_SUPPORTED, "5.6.1",
		{ { 1, NUMBER(0) } } },
	{ AS_USER, "C_OpenSession", "asynchronous", NULL, CKR_SESSION_ASYNC_NOT_SUPPORTED, "5.6.1",
		{ { 1, NUMBER(CKF_SERIAL_SESSION | CKF_ASYNC_SESSION) } } },
	{ AS_USER, "C_OpenSession", "blank slot", NULL, CKR_TOKEN_NOT_RECOGNIZED, "5.6.1",
		{ { 0, { K_SLOT, SLOT_BLANK, NULL } } } },
	{ AS_USER, "C_Login", "user type", NULL, CKR_USER_TYPE_INVALID, "5.6.8", { { 1, NUMBER(3) } } },
	{ AS_USER, "C_Login", "SO", NULL, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "5.6.8",
		{ { 1, NUMBER(CKU_SO) } } },
	{ AS_USER, "C_Login", "context-specific without an operation", NULL,
		CKR_OPERATION_NOT_INITIALIZED, "5.6.8", { { 1, NUMBER(CKU_CONTEXT_SPECIFIC) } } },
	{ AS_USER, "C_LoginUser", "user type", NULL, CKR_USER_TYPE_INVALID, "5.6.9",
		{ { 1, NUMBER(3) } } },
	{ AS_USER, "C_SetOperationState", "garbage", NULL, CKR_SAVED_STATE_INVALID, "5.6.7",
		{ { 1, { K_IN, 0, odd_bytes } } } },
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
	{ AS_USER, "C_GenerateKeyPair", "no curve", NULL, CKR_TEMPLATE_INCOMPLETE, "4.1.1",
		{ { 2, WITH(NULL) }, { 3, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_GenerateKeyPair", "no domain", NULL, CKR_TEMPLATE_INCOMPLETE, "4.1.1",
		{ { 1, { K_MECHANISM, 0, &dh_gen } }, { 3, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_GenerateKeyPair", "no domain but a curve", NULL, CKR_TEMPLATE_INCONSISTENT, "4.1.1",
		{ { 1, { K_MECHANISM, 0, &dh_gen } } } },
	{ AS_USER, "C_CreateObject", "nothing given", NULL, CKR_TEMPLATE_INCOMPLETE, "4.1.1",
		{ { 2, { K_COUNT, 0, NULL } } } },
	{ AS_USER, "C_FindObjectsInit", "nothing given", NULL, CKR_OK, "5.7.7",
		{ { 1, WITH(NULL) }, { 2, { K_COUNT, 0, NULL } } } },

	/* --- keys --- */
	{ AS_USER, "C_EncryptInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.8.1",
		{ { 2, KEY(H_IDLE) } } },
	{ AS_USER, "C_DecryptInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.10.1",
		{ { 2, KEY(H_IDLE) } } },
	{ AS_USER, "C_SignInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.13.1",
		{ { 2, KEY(H_DERIVE) } } },
	{ AS_USER, "C_VerifyInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.15.1",
		{ { 2, KEY(H_DERIVE) } } },
	{ AS_USER, "C_VerifySignatureInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.15.7",
		{ { 2, KEY(H_DERIVE) } } },
	{ AS_USER, "C_MessageEncryptInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.9.1",
		{ { 2, KEY(H_IDLE) } } },
	{ AS_USER, "C_MessageDecryptInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.11.1",
		{ { 2, KEY(H_IDLE) } } },
	{ AS_USER, "C_MessageSignInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.14.1",
		{ { 2, KEY(H_DERIVE) } } },
	{ AS_USER, "C_MessageVerifyInit", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.16.1",
		{ { 2, KEY(H_DERIVE) } } },
	{ AS_USER, "C_WrapKey", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.18.3",
		{ { 2, WRAPPING_KEY(H_AES) } } },
	{ AS_USER, "C_UnwrapKey", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.18.4",
		{ { 2, UNWRAPPING_KEY(H_AES) } } },
	{ AS_USER, "C_DeriveKey", "usage", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED, "5.18.5",
		{ { 2, KEY(H_HMAC) } } },
	{ AS_USER, "C_EncapsulateKey", "usage", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.18.8",
		{ { 2, KEY(H_KEM) } } },
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
	{ AS_USER, "C_EncryptInit", "CKA_ALLOWED_MECHANISMS", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED,
		"4.8", { { 2, KEY(H_LIMITED) } } },
	{ AS_USER, "C_DecryptInit", "CKA_ALLOWED_MECHANISMS", NULL, CKR_KEY_FUNCTION_NOT_PERMITTED,
		"4.8", { { 2, KEY(H_LIMITED) } } },
	{ AS_USER, "C_EncryptInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.8.1",
		{ { 2, KEY(H_HMAC) } } },
	{ AS_USER, "C_DecryptInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.10.1",
		{ { 2, KEY(H_HMAC) } } },
	{ AS_USER, "C_SignInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.13.1",
		{ { 2, KEY(H_AES) } } },
	{ AS_USER, "C_VerifyInit", "key type", NULL, CKR_KEY_TYPE_INCONSISTENT, "5.15.1",
		{ { 2, KEY(H_AES) } } },
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
	{ AS_USER, "C_VerifySignature", "begun without", start_verify,
		CKR_OPERATION_NOT_INITIALIZED, "5.15.8", { { 0, SESSION } } },
	/* both or neither */
	{ AS_USER, "C_DigestEncryptUpdate", "no digest", start_encrypt,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.1", { { 0, SESSION } } },
	{ AS_USER, "C_DigestEncryptUpdate", "no encryption", start_digest,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.1", { { 0, SESSION } } },
	{ AS_USER, "C_DecryptVerifyUpdate", "no verification", start_decrypt,
		CKR_OPERATION_NOT_INITIALIZED, "5.17.4", { { 0, SESSION } } },

	/* --- read-only sessions --- */
	{ AS_USER_READ_ONLY, "C_CreateObject", "token", NULL, CKR_SESSION_READ_ONLY, "5.7.1",
		{ { 1, WITH(token_data) }, { 2, MANY(token_data) } } },
	{ AS_USER_READ_ONLY, "C_CopyObject", "token", NULL, CKR_SESSION_READ_ONLY, "5.7.2",
		{ { 2, WITH(token_template) } } },
	{ AS_USER_READ_ONLY, "C_DestroyObject", "token", NULL, CKR_SESSION_READ_ONLY, "5.7.3",
		{ { 1, OBJECT(H_TOKEN) } } },
	{ AS_USER_READ_ONLY, "C_SetAttributeValue", "token", NULL, CKR_SESSION_READ_ONLY, "5.7.6",
		{ { 1, OBJECT(H_TOKEN) } } },
	{ AS_USER_READ_ONLY, "C_GenerateKey", "token", NULL, CKR_SESSION_READ_ONLY, "5.18.1",
		{ { 2, WITH(token_key) }, { 3, MANY(token_key) } } },
	{ AS_USER_READ_ONLY, "C_GenerateKeyPair", "token", NULL, CKR_SESSION_READ_ONLY, "5.18.2",
		{ { 4, WITH(token_template) } } },
	{ AS_USER_READ_ONLY, "C_UnwrapKey", "token", NULL, CKR_SESSION_READ_ONLY, "5.18.4",
		{ { 5, WITH(token_secret) }, { 6, MANY(token_secret) } } },
	{ AS_USER_READ_ONLY, "C_DeriveKey", "token", NULL, CKR_SESSION_READ_ONLY, "5.18.5",
		{ { 3, WITH(token_secret) }, { 4, MANY(token_secret) } } },
	{ AS_USER_READ_ONLY, "C_EncapsulateKey", "token", NULL, CKR_SESSION_READ_ONLY, "5.18.8",
		{ { 3, WITH(token_whole) }, { 4, MANY(token_whole) } } },
	{ AS_USER_READ_ONLY, "C_DecapsulateKey", "token", NULL, CKR_SESSION_READ_ONLY, "5.18.9",
		{ { 3, WITH(token_whole) }, { 4, MANY(token_whole) } } },
	{ AS_USER_READ_ONLY, "C_SetPIN", "R/O session", NULL, CKR_SESSION_READ_ONLY, "5.5.9",
		{ { 0, SESSION } } },
	{ AS_USER_READ_ONLY, "C_InitPIN", "R/O session", NULL, CKR_USER_NOT_LOGGED_IN, "5.5.8",
		{ { 0, SESSION } } },

	/* --- nobody is logged in --- */
	{ AS_PUBLIC, "C_Logout", "not logged in", NULL, CKR_USER_NOT_LOGGED_IN, "5.6.10",
		{ { 0, SESSION } } },
	{ AS_PUBLIC, "C_InitPIN", "not logged in", NULL, CKR_USER_NOT_LOGGED_IN, "5.5.8",
		{ { 0, SESSION } } },
	{ AS_PUBLIC, "C_CreateObject", "private", NULL, CKR_USER_NOT_LOGGED_IN, "5.7.1",
		{ { 1, WITH(private_data) }, { 2, MANY(private_data) } } },
	{ AS_PUBLIC, "C_CopyObject", "private", NULL, CKR_USER_NOT_LOGGED_IN, "5.7.2",
		{ { 2, WITH(private_template) } } },
	{ AS_PUBLIC, "C_GenerateKey", "private", NULL, CKR_USER_NOT_LOGGED_IN, "5.18.1",
		{ { 2, WITH(private_key) }, { 3, MANY(private_key) } } },
	{ AS_PUBLIC, "C_GenerateKeyPair", "private", NULL, CKR_USER_NOT_LOGGED_IN, "5.18.2",
		{ { 4, WITH(private_template) } } },
	{ AS_PUBLIC, "C_EncapsulateKey", "private", NULL, CKR_USER_NOT_LOGGED_IN, "5.18.8",
		{ { 3, WITH(private_whole) }, { 4, MANY(private_whole) } } },
	{ AS_PUBLIC, "C_EncapsulateKey", "public key", NULL, CKR_OK, "5.18.8", { { 0, SESSION } } },
	{ AS_PUBLIC, "C_DecapsulateKey", "private key", NULL, CKR_UNWRAPPING_KEY_HANDLE_INVALID,
		"5.18.9", { { 0, SESSION } } },
	{ AS_PUBLIC, "C_GetAttributeValue", "private", NULL, CKR_OBJECT_HANDLE_INVALID, "5.6.10",
		{ { 1, OBJECT(H_PRIVATE) } } },
	{ AS_PUBLIC, "C_SetAttributeValue", "private", NULL, CKR_OBJECT_HANDLE_INVALID, "5.6.10",
		{ { 1, OBJECT(H_PRIVATE) } } },
	{ AS_PUBLIC, "C_CopyObject", "private object", NULL, CKR_OBJECT_HANDLE_INVALID, "5.6.10",
		{ { 1, OBJECT(H_PRIVATE) } } },
	{ AS_PUBLIC, "C_DestroyObject", "private", NULL, CKR_OBJECT_HANDLE_INVALID, "5.6.10",
		{ { 1, OBJECT(H_PRIVATE) } } },
	{ AS_PUBLIC, "C_GetObjectSize", "private", NULL, CKR_OBJECT_HANDLE_INVALID, "5.6.10",
		{ { 1, OBJECT(H_PRIVATE) } } },
	{ AS_PUBLIC_READ_ONLY, "C_Login", "SO", NULL, CKR_SESSION_READ_ONLY_EXISTS, "5.6.8",
		{ { 1, NUMBER(CKU_SO) } } },
	{ AS_PUBLIC_READ_ONLY, "C_CreateObject", "token", NULL, CKR_SESSION_READ_ONLY, "5.7.1",
		{ { 1, WITH(token_data) }, { 2, MANY(token_data) } } },

	/* --- the security officer --- */
	{ AS_SO, "C_OpenSession", "R/O", NULL, CKR_SESSION_READ_WRITE_SO_EXISTS, "5.6.1",
		{ { 1, NUMBER(CKF_SERIAL_SESSION) } } },
	{ AS_SO, "C_Login", "user", NULL, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "5.6.8",
		{ { 0, SESSION } } },
	{ AS_SO, "C_Login", "again", NULL, CKR_USER_ALREADY_LOGGED_IN, "5.6.8",
		{ { 1, NUMBER(CKU_SO) } } },
	{ AS_SO, "C_CreateObject", "private", NULL, CKR_USER_NOT_LOGGED_IN, "5.7.1",
		{ { 1, WITH(private_data) }, { 2, MANY(private_data) } } },
	{ AS_SO, "C_GenerateKey", "private", NULL, CKR_USER_NOT_LOGGED_IN, "5.18.1",
		{ { 2, WITH(private_key) }, { 3, MANY(private_key) } } },
	{ AS_SO, "C_GenerateKeyPair", "private", NULL, CKR_USER_NOT_LOGGED_IN, "5.18.2",
		{ { 4, WITH(private_template) } } },
	{ AS_SO, "C_GetAttributeValue", "private", NULL, CKR_OBJECT_HANDLE_INVALID, "5.6.10",
		{ { 1, OBJECT(H_PRIVATE) } } },
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
