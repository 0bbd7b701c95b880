/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asynchronous function management functions, of version 3.2. A session that would need them
 * cannot be opened, so in no session is there anything to wait for.
 */
#include "libtoken/api/api.h"

static CK_RV
nothing_pending(CK_SESSION_HANDLE handle, bool arguments, CK_RV answer)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(handle, &s);

	if (rv == CKR_OK && !arguments)
		rv = CKR_ARGUMENTS_BAD;
	return rv == CKR_OK ? answer : rv;
}

CK_RV
C_AsyncComplete(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName,
	CK_ASYNC_DATA_PTR pResult)
{
	return api_return(__func__, nothing_pending(hSession, pFunctionName != NULL,
					    CKR_OPERATION_NOT_INITIALIZED));
}

CK_RV
C_AsyncGetID(
	CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG_PTR pulID)
{
	return api_return(__func__,
		nothing_pending(hSession, pFunctionName != NULL && pulID != NULL,
			CKR_OPERATION_NOT_INITIALIZED));
}

/* No number is one that C_AsyncGetID gave. */
CK_RV
C_AsyncJoin(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG ulID,
	CK_BYTE_PTR pData, CK_ULONG ulData)
{
	return api_return(__func__, nothing_pending(hSession, pFunctionName != NULL,
					    CKR_SAVED_STATE_INVALID));
}
