/* SPDX-License-Identifier: Apache-2.0 */
/* 5.16 Message-based functions for verifying signatures and MACs. */
#include "libtoken/api/api.h"

/* 5.16.1 */
CK_RV
C_MessageVerifyInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	return api_message_init(__func__, hSession, OP_VERIFY, pMechanism, hKey);
}

/* 5.16.2 */
CK_RV
C_VerifyMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
	CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	return api_message_run(__func__, hSession, OP_VERIFY, MESSAGE_ONE,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
			.in = BYTES(pData, ulDataLen),
			.signature = BYTES(pSignature, ulSignatureLen) });
}

/* 5.16.3 */
CK_RV
C_VerifyMessageBegin(
	CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen)
{
	return api_message_run(__func__, hSession, OP_VERIFY, MESSAGE_BEGIN,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen) });
}

/* 5.16.4: without a signature, more is to come */
CK_RV
C_VerifyMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
	CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	return api_message_run(__func__, hSession, OP_VERIFY, MESSAGE_NEXT,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
			.in = BYTES(pData, ulDataLen),
			.signature = BYTES(pSignature, ulSignatureLen),
			.flags = pSignature != NULL ? CKF_END_OF_MESSAGE : 0 });
}

/* 5.16.5 */
CK_RV
C_MessageVerifyFinal(CK_SESSION_HANDLE hSession)
{
	return api_message_final(__func__, hSession, OP_VERIFY);
}
