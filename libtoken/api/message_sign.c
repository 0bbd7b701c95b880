/* SPDX-License-Identifier: Apache-2.0 */
/* 5.14 Message-based signing and MACing functions. */
#include "libtoken/api/api.h"

/* 5.14.1 */
CK_RV
C_MessageSignInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	return api_message_init(__func__, hSession, OP_SIGN, pMechanism, hKey);
}

/* 5.14.2 */
CK_RV
C_SignMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
	CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
	CK_ULONG_PTR pulSignatureLen)
{
	return api_message_run(__func__, hSession, OP_SIGN, MESSAGE_ONE,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
			.in = BYTES(pData, ulDataLen),
			.out = { pSignature, pulSignatureLen } });
}

/* 5.14.3 */
CK_RV
C_SignMessageBegin(
	CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen)
{
	return api_message_run(__func__, hSession, OP_SIGN, MESSAGE_BEGIN,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen) });
}

/* 5.14.4: without a place for the length of the signature, more is to come */
CK_RV
C_SignMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
	CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
	return api_message_run(__func__, hSession, OP_SIGN, MESSAGE_NEXT,
		(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
			.in = BYTES(pData, ulDataLen),
			.out = { pSignature, pulSignatureLen },
			.flags = pulSignatureLen != NULL ? CKF_END_OF_MESSAGE : 0 });
}

/* 5.14.5 */
CK_RV
C_MessageSignFinal(CK_SESSION_HANDLE hSession)
{
	return api_message_final(__func__, hSession, OP_SIGN);
}
