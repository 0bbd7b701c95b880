/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every entry point, once: E(name, section, arguments of the call, what goes before, how it
 * works, what a correct call answers, parameters of a correct call). Included twice by
 * test_bad_input.c, so without a guard.
 *
 * What the module does not do yet answers CKR_FUNCTION_NOT_SUPPORTED, whatever its arguments are
 * (5.1.6); its parameters are those of a correct call all the same.
 */
/* clang-format off */

/* 5.4 General-purpose functions */
E(C_Initialize, "5.4.1", (P(0)), NULL, PLAIN, CKR_CRYPTOKI_ALREADY_INITIALIZED, NOTHING)
E(C_Finalize, "5.4.2", (P(0)), NULL, ENDS_ALL, CKR_OK, RESERVED)
E(C_GetInfo, "5.4.3", (P(0)), NULL, PLAIN, CKR_OK, RET(info))
E(C_GetFunctionList, "5.4.4", (P(0)), NULL, PLAIN, CKR_OK, RET(pointer))
E(C_GetInterfaceList, "5.4.5", (P(0), P(1)), NULL, PLAIN, CKR_OK, LIST(out, 16))
E(C_GetInterface, "5.4.6", (P(0), P(1), P(2), N(3)), NULL, PLAIN, CKR_OK,
	NOTHING, NOTHING, RET(pointer), NUMBER(0))

/* 5.5 Slot and token management functions */
E(C_GetSlotList, "5.5.1", ((CK_BBOOL)N(0), P(1), P(2)), NULL, PLAIN, CKR_OK,
	NUMBER(CK_TRUE), LIST(out, 16))
E(C_GetSlotInfo, "5.5.2", (N(0), P(1)), NULL, PLAIN, CKR_OK, SLOT, RET(info))
E(C_GetTokenInfo, "5.5.3", (N(0), P(1)), NULL, PLAIN, CKR_OK, SLOT, RET(info))
E(C_WaitForSlotEvent, "5.5.4", (N(0), P(1), P(2)), NULL, PLAIN, CKR_NO_EVENT,
	NUMBER(CKF_DONT_BLOCK), RET(number), RESERVED)
E(C_GetMechanismList, "5.5.5", (N(0), P(1), P(2)), NULL, PLAIN, CKR_OK, SLOT, LIST(out, 512))
E(C_GetMechanismInfo, "5.5.6", (N(0), N(1), P(2)), NULL, PLAIN, CKR_OK,
	SLOT, NUMBER(CKM_AES_ECB), RET(info))
E(C_InitToken, "5.5.7", (N(0), P(1), N(2), P(3)), NULL, PLAIN, CKR_SESSION_EXISTS,
	SLOT, PIN(pin, 8), RET(label))
E(C_InitPIN, "5.5.8", (N(0), P(1), N(2)), NULL, PLAIN, CKR_USER_NOT_LOGGED_IN,
	SESSION, PIN(pin, 8))
E(C_SetPIN, "5.5.9", (N(0), P(1), N(2), P(3), N(4)), NULL, PLAIN, CKR_OK,
	SESSION, USER_PIN, USER_PIN)

/* 5.6 Session management functions */
E(C_OpenSession, "5.6.1", (N(0), N(1), P(2), NULL, P(4)), NULL, ENDS_ALL, CKR_OK,
	SLOT, NUMBER(CKF_SERIAL_SESSION), NOTHING, NOTHING, RET(number))
E(C_CloseSession, "5.6.2", (N(0)), NULL, ENDS_ALL, CKR_OK, SESSION)
E(C_CloseAllSessions, "5.6.3", (N(0)), NULL, ENDS_ALL, CKR_OK, SLOT)
E(C_GetSessionInfo, "5.6.4", (N(0), P(1)), NULL, PLAIN, CKR_OK, SESSION, RET(info))
E(C_SessionCancel, "5.6.5", (N(0), N(1)), NULL, PLAIN, CKR_OK, SESSION, NUMBER(CKF_ENCRYPT))
E(C_GetOperationState, "5.6.6", (N(0), P(1), P(2)), start_digest, SAVES, CKR_OK,
	SESSION, OUT(out))
E(C_SetOperationState, "5.6.7", (N(0), P(1), N(2), N(3), N(4)), save_digest, PLAIN, CKR_OK,
	SESSION, IN_VAR(saved, saved_len), NUMBER(0), NUMBER(0))
E(C_Login, "5.6.8", (N(0), N(1), P(2), N(3)), NULL, PLAIN, CKR_USER_ALREADY_LOGGED_IN,
	SESSION, NUMBER(CKU_USER), USER_PIN)
E(C_LoginUser, "5.6.9", (N(0), N(1), P(2), N(3), P(4), N(5)), NULL, PLAIN,
	CKR_USER_ALREADY_LOGGED_IN,
	SESSION, NUMBER(CKU_USER), USER_PIN, NOTHING, NUMBER(0))
E(C_Logout, "5.6.10", (N(0)), NULL, ENDS_ALL, CKR_OK, SESSION)
E(C_GetSessionValidationFlags, "5.6.11", (N(0), N(1), P(2)), NULL, PLAIN, CKR_OK,
	SESSION, NUMBER(CKS_LAST_VALIDATION_OK), RET(number))

/* 5.7 Object management functions */
E(C_CreateObject, "5.7.1", (N(0), P(1), N(2), P(3)), NULL, PLAIN, CKR_OK,
	SESSION, TEMPLATE(data_template), NEW(made))
E(C_CopyObject, "5.7.2", (N(0), N(1), P(2), N(3), P(4)), NULL, PLAIN, CKR_OK,
	SESSION, OBJECT(H_DATA), TEMPLATE(label_template), NEW(made))
E(C_DestroyObject, "5.7.3", (N(0), N(1)), make_victim, PLAIN, CKR_OK, SESSION, OBJECT(H_VICTIM))
E(C_GetObjectSize, "5.7.4", (N(0), N(1), P(2)), NULL, PLAIN, CKR_OK,
	SESSION, OBJECT(H_DATA), RET(number))
E(C_GetAttributeValue, "5.7.5", (N(0), N(1), P(2), N(3)), NULL, PLAIN, CKR_OK,
	SESSION, OBJECT(H_DATA), TEMPLATE(read_template))
E(C_SetAttributeValue, "5.7.6", (N(0), N(1), P(2), N(3)), NULL, PLAIN, CKR_OK,
	SESSION, OBJECT(H_DATA), TEMPLATE(label_template))
E(C_FindObjectsInit, "5.7.7", (N(0), P(1), N(2)), NULL, INIT, CKR_OK,
	SESSION, TEMPLATE(label_template))
E(C_FindObjects, "5.7.8", (N(0), P(1), N(2), P(3)), start_find, UPDATE, CKR_OK,
	SESSION, RET(out), MOST(4), RET(number))
E(C_FindObjectsFinal, "5.7.9", (N(0)), start_find, RUN, CKR_OK, SESSION)

/* 5.8 Encryption functions */
E(C_EncryptInit, "5.8.1", (N(0), P(1), N(2)), NULL, INIT, CKR_OK, SESSION, MECHANISM(ecb), KEY(H_AES))
E(C_Encrypt, "5.8.2", (N(0), P(1), N(2), P(3), P(4)), start_encrypt, RUN, CKR_OK,
	SESSION, IN(bytes, 32), OUT(out))
E(C_EncryptUpdate, "5.8.3", (N(0), P(1), N(2), P(3), P(4)), start_encrypt, UPDATE, CKR_OK,
	SESSION, IN(bytes, 32), OUT(out))
E(C_EncryptFinal, "5.8.4", (N(0), P(1), P(2)), start_pad, RUN, CKR_OK, SESSION, OUT(out))

/* 5.9 Message-based encryption functions */
E(C_MessageEncryptInit, "5.9.1", (N(0), P(1), N(2)),
	NULL, INIT, CKR_OK,
	SESSION, MECHANISM(gcm_message), KEY(H_AES))
E(C_EncryptMessage, "5.9.2", (N(0), P(1), N(2), P(3), N(4), P(5), N(6), P(7), P(8)),
	start_message_encrypt, SAVES, CKR_OK,
	SESSION, PARAMETER(gcm_per_message), IN(bytes, 4), IN(bytes, 32), OUT(out))
E(C_EncryptMessageBegin, "5.9.3", (N(0), P(1), N(2), P(3), N(4)),
	start_message_encrypt, BEGINS, CKR_OK,
	SESSION, PARAMETER(gcm_per_message), IN(bytes, 4))
E(C_EncryptMessageNext, "5.9.4", (N(0), P(1), N(2), P(3), N(4), P(5), P(6), N(7)),
	start_message_encrypt_parts, UPDATE, CKR_OK,
	SESSION, PARAMETER(gcm_per_message), IN(bytes, 32), OUT(out), FLAGS(0))
E(C_MessageEncryptFinal, "5.9.5", (N(0)),
	start_message_encrypt, FINISHES, CKR_OK,
	SESSION)

/* 5.10 Decryption functions */
E(C_DecryptInit, "5.10.1", (N(0), P(1), N(2)), NULL, INIT, CKR_OK, SESSION, MECHANISM(ecb), KEY(H_AES))
E(C_Decrypt, "5.10.2", (N(0), P(1), N(2), P(3), P(4)), start_decrypt, RUN, CKR_OK,
	SESSION, IN(bytes, 32), OUT(out))
E(C_DecryptUpdate, "5.10.3", (N(0), P(1), N(2), P(3), P(4)), start_decrypt, UPDATE, CKR_OK,
	SESSION, IN(bytes, 32), OUT(out))
E(C_DecryptFinal, "5.10.4", (N(0), P(1), P(2)), start_unpad, RUN, CKR_OK, SESSION, OUT(out))

/* 5.11 Message-based decryption functions */
E(C_MessageDecryptInit, "5.11.1", (N(0), P(1), N(2)),
	NULL, INIT, CKR_OK,
	SESSION, MECHANISM(gcm_message), KEY(H_AES))
E(C_DecryptMessage, "5.11.2", (N(0), P(1), N(2), P(3), N(4), P(5), N(6), P(7), P(8)),
	start_message_decrypt, SAVES, CKR_OK,
	SESSION, PARAMETER(gcm_per_message), IN(bytes, 4), IN(sealed_message, 32), OUT(out))
E(C_DecryptMessageBegin, "5.11.3", (N(0), P(1), N(2), P(3), N(4)),
	start_message_decrypt, BEGINS, CKR_OK,
	SESSION, PARAMETER(gcm_per_message), IN(bytes, 4))
E(C_DecryptMessageNext, "5.11.4", (N(0), P(1), N(2), P(3), N(4), P(5), P(6), N(7)),
	start_message_decrypt_parts, UPDATE, CKR_OK,
	SESSION, PARAMETER(gcm_per_message), IN(bytes, 32), OUT(out), FLAGS(0))
E(C_MessageDecryptFinal, "5.11.5", (N(0)),
	start_message_decrypt, FINISHES, CKR_OK,
	SESSION)

/* 5.12 Message digesting functions */
E(C_DigestInit, "5.12.1", (N(0), P(1)), NULL, INIT, CKR_OK, SESSION, MECHANISM(sha256))
E(C_Digest, "5.12.2", (N(0), P(1), N(2), P(3), P(4)), start_digest, RUN, CKR_OK,
	SESSION, IN(bytes, 32), OUT(out))
E(C_DigestUpdate, "5.12.3", (N(0), P(1), N(2)), start_digest, UPDATE, CKR_OK, SESSION, IN(bytes, 32))
E(C_DigestKey, "5.12.4", (N(0), N(1)), start_digest, SAVES, CKR_OK, SESSION, KEY(H_READABLE))
E(C_DigestFinal, "5.12.5", (N(0), P(1), P(2)), start_digest, RUN, CKR_OK, SESSION, OUT(out))

/* 5.13 Signing and MACing functions */
E(C_SignInit, "5.13.1", (N(0), P(1), N(2)), NULL, INIT, CKR_OK, SESSION, MECHANISM(hmac), KEY(H_HMAC))
E(C_Sign, "5.13.2", (N(0), P(1), N(2), P(3), P(4)), start_sign, RUN, CKR_OK,
	SESSION, IN(bytes, 32), OUT(out))
E(C_SignUpdate, "5.13.3", (N(0), P(1), N(2)), start_sign, UPDATE, CKR_OK, SESSION, IN(bytes, 32))
E(C_SignFinal, "5.13.4", (N(0), P(1), P(2)), start_sign, RUN, CKR_OK, SESSION, OUT(out))
E(C_SignRecoverInit, "5.13.5", (N(0), P(1), N(2)), NULL, INIT, CKR_OK,
	SESSION, MECHANISM(rsa), KEY(H_RSA))
E(C_SignRecover, "5.13.6", (N(0), P(1), N(2), P(3), P(4)), start_sign_recover, RUN, CKR_OK,
	SESSION, IN(bytes, 32), OUT(out))

/* 5.14 Message-based signing and MACing functions */
E(C_MessageSignInit, "5.14.1", (N(0), P(1), N(2)),
	NULL, INIT, CKR_OK,
	SESSION, MECHANISM(hmac), KEY(H_HMAC))
E(C_SignMessage, "5.14.2", (N(0), P(1), N(2), P(3), N(4), P(5), P(6)),
	start_message_sign, SAVES, CKR_OK,
	SESSION, NOTHING, NUMBER(0), IN(bytes, 32), OUT(out))
E(C_SignMessageBegin, "5.14.3", (N(0), P(1), N(2)),
	start_message_sign, BEGINS, CKR_OK,
	SESSION, NOTHING, NUMBER(0))
E(C_SignMessageNext, "5.14.4", (N(0), P(1), N(2), P(3), N(4), P(5), P(6)),
	start_message_sign_parts, UPDATE, CKR_OK,
	SESSION, NOTHING, NUMBER(0), IN(bytes, 32), NOTHING, NOTHING)
E(C_MessageSignFinal, "5.14.5", (N(0)),
	start_message_sign, FINISHES, CKR_OK,
	SESSION)

/* 5.15 Functions for verifying signatures and MACs */
E(C_VerifyInit, "5.15.1", (N(0), P(1), N(2)), NULL, INIT, CKR_OK, SESSION, MECHANISM(hmac), KEY(H_HMAC))
E(C_Verify, "5.15.2", (N(0), P(1), N(2), P(3), N(4)), start_verify, RUN, CKR_OK,
	SESSION, IN(bytes, 32), SIGNATURE(mac, 32))
E(C_VerifyUpdate, "5.15.3", (N(0), P(1), N(2)), start_verify, UPDATE, CKR_OK, SESSION, IN(bytes, 32))
E(C_VerifyFinal, "5.15.4", (N(0), P(1), N(2)), start_verify_parts, RUN, CKR_OK,
	SESSION, SIGNATURE(mac, 32))
E(C_VerifyRecoverInit, "5.15.5", (N(0), P(1), N(2)), NULL, INIT, CKR_OK,
	SESSION, MECHANISM(rsa), KEY(H_RSA_PUBLIC))
E(C_VerifyRecover, "5.15.6", (N(0), P(1), N(2), P(3), P(4)), start_verify_recover, RUN, CKR_OK,
	SESSION, SIGNATURE(recoverable, 256), OUT(out))
E(C_VerifySignatureInit, "5.15.7", (N(0), P(1), N(2), P(3), N(4)), NULL, INIT, CKR_OK,
	SESSION, MECHANISM(hmac), KEY(H_HMAC), SIGNATURE(mac, 32))
E(C_VerifySignature, "5.15.8", (N(0), P(1), N(2)), start_presigned, RUN, CKR_OK,
	SESSION, IN(bytes, 32))
E(C_VerifySignatureUpdate, "5.15.9", (N(0), P(1), N(2)), start_presigned, UPDATE, CKR_OK,
	SESSION, IN(bytes, 32))
E(C_VerifySignatureFinal, "5.15.10", (N(0)), start_presigned_parts, RUN, CKR_OK, SESSION)

/* 5.16 Message-based functions for verifying signatures and MACs */
E(C_MessageVerifyInit, "5.16.1", (N(0), P(1), N(2)),
	NULL, INIT, CKR_OK,
	SESSION, MECHANISM(hmac), KEY(H_HMAC))
E(C_VerifyMessage, "5.16.2", (N(0), P(1), N(2), P(3), N(4), P(5), N(6)),
	start_message_verify, SAVES, CKR_OK,
	SESSION, NOTHING, NUMBER(0), IN(bytes, 32), SIGNATURE(mac, 32))
E(C_VerifyMessageBegin, "5.16.3", (N(0), P(1), N(2)),
	start_message_verify, BEGINS, CKR_OK,
	SESSION, NOTHING, NUMBER(0))
E(C_VerifyMessageNext, "5.16.4", (N(0), P(1), N(2), P(3), N(4), P(5), N(6)),
	start_message_verify_parts, UPDATE, CKR_OK,
	SESSION, NOTHING, NUMBER(0), IN(bytes, 32), NOTHING, NUMBER(0))
E(C_MessageVerifyFinal, "5.16.5", (N(0)),
	start_message_verify, FINISHES, CKR_OK,
	SESSION)

/* 5.17 Dual-function cryptographic functions */
E(C_DigestEncryptUpdate, "5.17.1", (N(0), P(1), N(2), P(3), P(4)), start_digest_encrypt, UPDATE,
	CKR_OK, SESSION, IN(bytes, 32), OUT(out))
E(C_DecryptDigestUpdate, "5.17.2", (N(0), P(1), N(2), P(3), P(4)), start_decrypt_digest, UPDATE,
	CKR_OK, SESSION, IN(bytes, 32), OUT(out))
E(C_SignEncryptUpdate, "5.17.3", (N(0), P(1), N(2), P(3), P(4)), start_sign_encrypt, UPDATE,
	CKR_OK, SESSION, IN(bytes, 32), OUT(out))
E(C_DecryptVerifyUpdate, "5.17.4", (N(0), P(1), N(2), P(3), P(4)), start_decrypt_verify, UPDATE,
	CKR_OK, SESSION, IN(bytes, 32), OUT(out))

/* 5.18 Key management functions */
E(C_GenerateKey, "5.18.1", (N(0), P(1), P(2), N(3), P(4)), NULL, PLAIN, CKR_OK,
	SESSION, MECHANISM(aes_gen), TEMPLATE(aes_template), NEW(made))
E(C_GenerateKeyPair, "5.18.2", (N(0), P(1), P(2), N(3), P(4), N(5), P(6), P(7)), NULL, PLAIN, CKR_OK,
	SESSION, MECHANISM(ec_gen), TEMPLATE(curve_template), TEMPLATE(label_template),
	NEW(made), NEW(made_too))
E(C_WrapKey, "5.18.3", (N(0), P(1), N(2), N(3), P(4), P(5)), NULL, PLAIN,
	CKR_OK,
	SESSION, MECHANISM(key_wrap), WRAPPING_KEY(H_WRAP), KEY(H_READABLE), OUT(out))
E(C_UnwrapKey, "5.18.4", (N(0), P(1), N(2), P(3), N(4), P(5), N(6), P(7)), NULL, PLAIN,
	CKR_OK,
	SESSION, MECHANISM(key_wrap), UNWRAPPING_KEY(H_WRAP), WRAPPED(wrapped, 24),
	TEMPLATE(unwrap_template), NEW(made))
E(C_DeriveKey, "5.18.5", (N(0), P(1), N(2), P(3), N(4), P(5)), NULL, PLAIN,
	CKR_OK,
	SESSION, MECHANISM(derive), KEY(H_DERIVE), TEMPLATE(derive_template), NEW(made))
E(C_EncapsulateKey, "5.18.8", (N(0), P(1), N(2), P(3), N(4), P(5), P(6), P(7)), NULL, PLAIN,
	CKR_OK,
	SESSION, MECHANISM(kem), KEY(H_KEM_PUBLIC), TEMPLATE(unwrap_template), OUT(out), NEW(made))
E(C_DecapsulateKey, "5.18.9", (N(0), P(1), N(2), P(3), N(4), P(5), N(6), P(7)), NULL, PLAIN,
	CKR_OK,
	SESSION, MECHANISM(kem), UNWRAPPING_KEY(H_KEM), TEMPLATE(unwrap_template),
	WRAPPED(encapsulated, 768), NEW(made))
E(C_WrapKeyAuthenticated, "5.18.6", (N(0), P(1), N(2), N(3), P(4), N(5), P(6), P(7)), NULL, PLAIN,
	CKR_OK,
	SESSION, MECHANISM(gcm_wrap), WRAPPING_KEY(H_WRAP), KEY(H_READABLE), IN(bytes, 4), OUT(out))
E(C_UnwrapKeyAuthenticated, "5.18.7",
	(N(0), P(1), N(2), P(3), N(4), P(5), N(6), P(7), N(8), P(9)), NULL, PLAIN,
	CKR_OK,
	SESSION, MECHANISM(gcm_wrap), UNWRAPPING_KEY(H_WRAP), WRAPPED(sealed_key, 16),
	TEMPLATE(unwrap_template), IN(bytes, 4), NEW(made))

/* 5.19 Random number generation functions */
E(C_SeedRandom, "5.19.1", (N(0), P(1), N(2)), NULL, PLAIN, CKR_OK, SESSION, IN(bytes, 32))
E(C_GenerateRandom, "5.19.2", (N(0), P(1), N(2)), NULL, PLAIN, CKR_OK, SESSION, IN(out, 32))

/* 5.20 Parallel function management functions */
E(C_GetFunctionStatus, "5.20.1", (N(0)), NULL, LEGACY, CKR_FUNCTION_NOT_PARALLEL, SESSION)
E(C_CancelFunction, "5.20.2", (N(0)), NULL, LEGACY, CKR_FUNCTION_NOT_PARALLEL, SESSION)

/* 5.21 Asynchronous functions */
E(C_AsyncComplete, "5.21.1", (N(0), P(1), P(2)), NULL, PLAIN, CKR_OPERATION_NOT_INITIALIZED,
	SESSION, RET(label), NOTHING)
E(C_AsyncGetID, "5.21.2", (N(0), P(1), P(2)), NULL, PLAIN, CKR_OPERATION_NOT_INITIALIZED,
	SESSION, RET(label), RET(number))
E(C_AsyncJoin, "5.21.3", (N(0), P(1), N(2), P(3), N(4)), NULL, PLAIN, CKR_SAVED_STATE_INVALID,
	SESSION, RET(label), NUMBER(1), NOTHING, NUMBER(32))
/* clang-format on */
