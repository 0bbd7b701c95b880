/* SPDX-License-Identifier: Apache-2.0 */
/* 5.15 Functions for verifying signatures and MACs. */
#include "libtoken/api/api.h"

/* 5.15.1 */
CK_RV
C_VerifyInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_init(s, OP_VERIFY, pMechanism, hKey);
	return api_return(__func__, rv);
}

/* 5.15.2 */
CK_RV
C_Verify(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
	CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run(s, OP_VERIFY, STEP_ONCE, BYTES(pData, ulDataLen),
			BYTES(pSignature, ulSignatureLen), APP_OUT_NONE);
	return api_return(__func__, rv);
}

/* 5.15.3 */
CK_RV
C_VerifyUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run(s, OP_VERIFY, STEP_UPDATE, BYTES(pPart, ulPartLen),
			BYTES_NONE, APP_OUT_NONE);
	return api_return(__func__, rv);
}

/* 5.15.4 */
CK_RV
C_VerifyFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run(s, OP_VERIFY, STEP_FINAL, BYTES_NONE,
			BYTES(pSignature, ulSignatureLen), APP_OUT_NONE);
	return api_return(__func__, rv);
}

/* 5.15.5 */
CK_RV
C_VerifyRecoverInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_init(s, OP_VERIFY_RECOVER, pMechanism, hKey);
	return api_return(__func__, rv);
}

/* 5.15.6 */
CK_RV
C_VerifyRecover(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature,
	CK_ULONG ulSignatureLen, CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pData, pulDataLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run(s, OP_VERIFY_RECOVER, STEP_ONCE,
			BYTES(pSignature, ulSignatureLen), BYTES_NONE, out);
	return api_return(__func__, rv);
}
