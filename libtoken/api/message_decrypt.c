/* SPDX-License-Identifier: Apache-2.0 */
/* 5.11 Message-based decryption functions. */
#include "libtoken/api/api.h"

/* 5.11.1 */
CK_RV
C_MessageDecryptInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	return api_message_init(__func__, hSession, OP_DECRYPT, pMechanism, hKey);
}

/* 5.11.2 */
CK_RV
C_DecryptMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
	CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pCiphertext, CK_ULONG ulCiphertextLen,
	CK_BYTE_PTR pPlaintext, CK_ULONG_PTR pulPlaintextLen)
{
	return api_message_run(__func__, hSession, OP_DECRYPT, MESSAGE_ONE,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
			.aad = BYTES(pAssociatedData, ulAssociatedDataLen),
			.in = BYTES(pCiphertext, ulCiphertextLen),
			.out = { pPlaintext, pulPlaintextLen } });
}

/* 5.11.3 */
CK_RV
C_DecryptMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
	CK_ULONG ulAssociatedDataLen)
{
	return api_message_run(__func__, hSession, OP_DECRYPT, MESSAGE_BEGIN,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
			.aad = BYTES(pAssociatedData, ulAssociatedDataLen) });
}

/* 5.11.4 */
CK_RV
C_DecryptMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pCiphertextPart,
	CK_ULONG ulCiphertextPartLen, CK_BYTE_PTR pPlaintextPart,
	CK_ULONG_PTR pulPlaintextPartLen, CK_FLAGS flags)
{
	return api_message_run(__func__, hSession, OP_DECRYPT, MESSAGE_NEXT,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
			.in = BYTES(pCiphertextPart, ulCiphertextPartLen),
			.out = { pPlaintextPart, pulPlaintextPartLen },
			.flags = flags });
}

/* 5.11.5 */
CK_RV
C_MessageDecryptFinal(CK_SESSION_HANDLE hSession)
{
	return api_message_final(__func__, hSession, OP_DECRYPT);
}
