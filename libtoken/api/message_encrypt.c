/* SPDX-License-Identifier: Apache-2.0 */
/* 5.9 Message-based encryption functions. */
#include "libtoken/api/api.h"

/* 5.9.1 */
CK_RV
C_MessageEncryptInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	return api_message_init(__func__, hSession, OP_ENCRYPT, pMechanism, hKey);
}

/* 5.9.2 */
CK_RV
C_EncryptMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
	CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pPlaintext, CK_ULONG ulPlaintextLen,
	CK_BYTE_PTR pCiphertext, CK_ULONG_PTR pulCiphertextLen)
{
	return api_message_run(__func__, hSession, OP_ENCRYPT, MESSAGE_ONE,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
			.aad = BYTES(pAssociatedData, ulAssociatedDataLen),
			.in = BYTES(pPlaintext, ulPlaintextLen),
			.out = { pCiphertext, pulCiphertextLen } });
}

/* 5.9.3 */
CK_RV
C_EncryptMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
	CK_ULONG ulAssociatedDataLen)
{
	return api_message_run(__func__, hSession, OP_ENCRYPT, MESSAGE_BEGIN,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
			.aad = BYTES(pAssociatedData, ulAssociatedDataLen) });
}

/* 5.9.4 */
CK_RV
C_EncryptMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pPlaintextPart, CK_ULONG ulPlaintextPartLen,
	CK_BYTE_PTR pCiphertextPart, CK_ULONG_PTR pulCiphertextPartLen, CK_FLAGS flags)
{
	return api_message_run(__func__, hSession, OP_ENCRYPT, MESSAGE_NEXT,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
			.in = BYTES(pPlaintextPart, ulPlaintextPartLen),
			.out = { pCiphertextPart, pulCiphertextPartLen },
			.flags = flags });
}

/* 5.9.5 */
CK_RV
C_MessageEncryptFinal(CK_SESSION_HANDLE hSession)
{
	return api_message_final(__func__, hSession, OP_ENCRYPT);
}
