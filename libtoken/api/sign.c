/* SPDX-License-Identifier: Apache-2.0 */
/* 5.13 Signing and MACing functions. */
#include "libtoken/api/api.h"

/* 5.13.1 */
CK_RV
C_SignInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	return api_init(__func__, hSession, OP_SIGN, pMechanism, hKey);
}

/* 5.13.2 */
CK_RV
C_Sign(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
	CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
	return api_run(__func__, hSession, OP_SIGN, STEP_ONCE, BYTES(pData, ulDataLen),
		BYTES_NONE, (struct app_out){ pSignature, pulSignatureLen });
}

/* 5.13.3 */
CK_RV
C_SignUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
	return api_run(__func__, hSession, OP_SIGN, STEP_UPDATE, BYTES(pPart, ulPartLen),
		BYTES_NONE, APP_OUT_NONE);
}

/* 5.13.4 */
CK_RV
C_SignFinal(
	CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
	return api_run(__func__, hSession, OP_SIGN, STEP_FINAL, BYTES_NONE, BYTES_NONE,
		(struct app_out){ pSignature, pulSignatureLen });
}

/* 5.13.5 */
CK_RV
C_SignRecoverInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	return api_init(__func__, hSession, OP_SIGN_RECOVER, pMechanism, hKey);
}

/* 5.13.6 */
CK_RV
C_SignRecover(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
	CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
	return api_run(__func__, hSession, OP_SIGN_RECOVER, STEP_ONCE,
		BYTES(pData, ulDataLen), BYTES_NONE,
		(struct app_out){ pSignature, pulSignatureLen });
}
