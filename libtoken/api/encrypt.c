/* SPDX-License-Identifier: Apache-2.0 */
/* 5.8 Encryption functions. */
#include "libtoken/api/api.h"

/* 5.8.1 */
CK_RV
C_EncryptInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_init(s, OP_ENCRYPT, pMechanism, hKey);
	return api_return(__func__, rv);
}

/* 5.8.2 */
CK_RV
C_Encrypt(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
	CK_BYTE_PTR pEncryptedData, CK_ULONG_PTR pulEncryptedDataLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pEncryptedData, pulEncryptedDataLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run(s, OP_ENCRYPT, STEP_ONCE, BYTES(pData, ulDataLen),
			BYTES_NONE, out);
	return api_return(__func__, rv);
}

/* 5.8.3 */
CK_RV
C_EncryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen,
	CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pEncryptedPart, pulEncryptedPartLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run(s, OP_ENCRYPT, STEP_UPDATE, BYTES(pPart, ulPartLen),
			BYTES_NONE, out);
	return api_return(__func__, rv);
}

/* 5.8.4 */
CK_RV
C_EncryptFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastEncryptedPart,
	CK_ULONG_PTR pulLastEncryptedPartLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pLastEncryptedPart, pulLastEncryptedPartLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run(
			s, OP_ENCRYPT, STEP_FINAL, BYTES_NONE, BYTES_NONE, out);
	return api_return(__func__, rv);
}
