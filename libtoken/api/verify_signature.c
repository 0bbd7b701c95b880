/* SPDX-License-Identifier: Apache-2.0 */
/* 5.15 Functions for verifying signatures and MACs: those that have the signature first. */
#include "libtoken/api/api.h"

/* 5.15.7 */
CK_RV
C_VerifySignatureInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_init_presigned(
			s, pMechanism, hKey, BYTES(pSignature, ulSignatureLen));
	return api_return(__func__, rv);
}

/* 5.15.8 */
CK_RV
C_VerifySignature(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run_presigned(s, STEP_ONCE, BYTES(pData, ulDataLen));
	return api_return(__func__, rv);
}

/* 5.15.9 */
CK_RV
C_VerifySignatureUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run_presigned(s, STEP_UPDATE, BYTES(pPart, ulPartLen));
	return api_return(__func__, rv);
}

/* 5.15.10 */
CK_RV
C_VerifySignatureFinal(CK_SESSION_HANDLE hSession)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run_presigned(s, STEP_FINAL, BYTES_NONE);
	return api_return(__func__, rv);
}
