/* SPDX-License-Identifier: Apache-2.0 */
/* 5.6 Session management functions. */
#include "libtoken/api/api.h"

/* 5.6.1 */
CK_RV
C_OpenSession(CK_SLOT_ID slotID, CK_FLAGS flags, CK_VOID_PTR pApplication,
	CK_NOTIFY Notify, CK_SESSION_HANDLE_PTR phSession)
{
	CLEANUP(library_leave)
	struct library *lib = NULL;
	CK_RV rv = library_enter(&lib);

	if (rv == CKR_OK && phSession == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK && (flags & CKF_SERIAL_SESSION) == 0)
		rv = CKR_SESSION_PARALLEL_NOT_SUPPORTED;
	if (rv == CKR_OK && (flags & CKF_ASYNC_SESSION) != 0)
		rv = CKR_SESSION_ASYNC_NOT_SUPPORTED;
	if (rv == CKR_OK)
		rv = session_open(lib, slotID, flags, phSession);
	return api_return(__func__, rv);
}

/* 5.6.2 */
CK_RV
C_CloseSession(CK_SESSION_HANDLE hSession)
{
	CLEANUP(library_leave)
	struct library *lib = NULL;
	CK_RV rv = library_enter(&lib);

	if (rv == CKR_OK)
		rv = session_close(lib, hSession);
	return api_return(__func__, rv);
}

/* 5.6.3; those of a token that has gone are closed already (5.1.2) */
CK_RV
C_CloseAllSessions(CK_SLOT_ID slotID)
{
	CLEANUP(library_leave)
	struct library *lib = NULL;
	CK_RV rv = library_enter(&lib);

	if (rv == CKR_OK)
		rv = slot_check_token(lib, slotID);
	if (rv == CKR_OK)
		session_close_slot(lib, slotID);
	return api_return(__func__, rv);
}

/* 5.6.4 */
CK_RV
C_GetSessionInfo(CK_SESSION_HANDLE hSession, CK_SESSION_INFO_PTR pInfo)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && pInfo == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		*pInfo = (CK_SESSION_INFO){ s->slot->id, session_state(s), s->flags, 0 };
	return api_return(__func__, rv);
}

/* 5.6.5 */
CK_RV
C_SessionCancel(CK_SESSION_HANDLE hSession, CK_FLAGS flags)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK)
		session_cancel(s, flags);
	return api_return(__func__, rv);
}

/* 5.6.6 */
CK_RV
C_GetOperationState(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState,
	CK_ULONG_PTR pulOperationStateLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_save(
			s, (struct app_out){ pOperationState, pulOperationStateLen });
	return api_return(__func__, rv);
}

/* 5.6.7 */
CK_RV
C_SetOperationState(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState,
	CK_ULONG ulOperationStateLen, CK_OBJECT_HANDLE hEncryptionKey,
	CK_OBJECT_HANDLE hAuthenticationKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_restore(s, BYTES(pOperationState, ulOperationStateLen),
			hEncryptionKey, hAuthenticationKey);
	return api_return(__func__, rv);
}

/* There is one user of a type, without a name. */
static CK_RV
login(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, struct bytes pin,
	struct bytes name)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv != CKR_OK)
		return rv;
	if (userType != CKU_SO && userType != CKU_USER &&
		userType != CKU_CONTEXT_SPECIFIC)
		return CKR_USER_TYPE_INVALID;
	/* NULL would mean a PIN pad */
	if (pin.p == NULL || name.n != 0)
		return CKR_ARGUMENTS_BAD;
	if (userType == CKU_CONTEXT_SPECIFIC)
		return operation_login(s, pin);
	return slot_login(s->lib, s->slot, userType, pin);
}

/* 5.6.8 */
CK_RV
C_Login(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin,
	CK_ULONG ulPinLen)
{
	return api_return(
		__func__, login(hSession, userType, BYTES(pPin, ulPinLen), BYTES_NONE));
}

/* 5.6.9 */
CK_RV
C_LoginUser(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin,
	CK_ULONG ulPinLen, CK_UTF8CHAR_PTR pUsername, CK_ULONG ulUsernameLen)
{
	return api_return(__func__, login(hSession, userType, BYTES(pPin, ulPinLen),
					    BYTES(pUsername, ulUsernameLen)));
}

/* 5.6.10 */
CK_RV
C_Logout(CK_SESSION_HANDLE hSession)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK)
		rv = slot_logout(s->lib, s->slot);
	return api_return(__func__, rv);
}

/* 5.6.11: nothing here is validated. */
CK_RV
C_GetSessionValidationFlags(CK_SESSION_HANDLE hSession,
	CK_SESSION_VALIDATION_FLAGS_TYPE type, CK_FLAGS_PTR pFlags)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && (pFlags == NULL || type != CKS_LAST_VALIDATION_OK))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		*pFlags = 0;
	return api_return(__func__, rv);
}
