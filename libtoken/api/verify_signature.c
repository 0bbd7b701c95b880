/* SPDX-License-Identifier: Apache-2.0 */
/* 5.16 Verification of a signature known beforehand: none. */
#include "libtoken/api/api.h"

CK_RV
C_VerifySignatureInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	return api_return(__func__, api_unsupported());
}

CK_RV
C_VerifySignature(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen)
{
	return api_return(__func__, api_unsupported());
}

CK_RV
C_VerifySignatureUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
	return api_return(__func__, api_unsupported());
}

CK_RV
C_VerifySignatureFinal(CK_SESSION_HANDLE hSession)
{
	return api_return(__func__, api_unsupported());
}
