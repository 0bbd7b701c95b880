/* SPDX-License-Identifier: Apache-2.0 */
/* 5.15 Functions for verifying signatures and MACs. */
#include "libtoken/api/api.h"

/* 5.15.1 */
CK_RV
C_VerifyInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	return api_init(__func__, hSession, OP_VERIFY, pMechanism, hKey);
}

/* 5.15.2 */
CK_RV
C_Verify(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
	CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	return api_run(__func__, hSession, OP_VERIFY, STEP_ONCE, BYTES(pData, ulDataLen),
		BYTES(pSignature, ulSignatureLen), APP_OUT_NONE);
}

/* 5.15.3 */
CK_RV
C_VerifyUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
	return api_run(__func__, hSession, OP_VERIFY, STEP_UPDATE,
		BYTES(pPart, ulPartLen), BYTES_NONE, APP_OUT_NONE);
}

/* 5.15.4 */
CK_RV
C_VerifyFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	return api_run(__func__, hSession, OP_VERIFY, STEP_FINAL, BYTES_NONE,
		BYTES(pSignature, ulSignatureLen), APP_OUT_NONE);
}

/* 5.15.5 */
CK_RV
C_VerifyRecoverInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	return api_init(__func__, hSession, OP_VERIFY_RECOVER, pMechanism, hKey);
}

/* 5.15.6 */
CK_RV
C_VerifyRecover(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature,
	CK_ULONG ulSignatureLen, CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen)
{
	return api_run(__func__, hSession, OP_VERIFY_RECOVER, STEP_ONCE,
		BYTES(pSignature, ulSignatureLen), BYTES_NONE,
		(struct app_out){ pData, pulDataLen });
}
