/* SPDX-License-Identifier: Apache-2.0 */
/* 5.10 Decryption functions. */
#include "libtoken/api/api.h"

/* 5.10.1 */
CK_RV
C_DecryptInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_init(s, OP_DECRYPT, pMechanism, hKey);
	return api_return(__func__, rv);
}

/* 5.10.2 */
CK_RV
C_Decrypt(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedData,
	CK_ULONG ulEncryptedDataLen, CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pData, pulDataLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run(s, OP_DECRYPT, STEP_ONCE,
			BYTES(pEncryptedData, ulEncryptedDataLen), BYTES_NONE, out);
	return api_return(__func__, rv);
}

/* 5.10.3 */
CK_RV
C_DecryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart,
	CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pPart, pulPartLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run(s, OP_DECRYPT, STEP_UPDATE,
			BYTES(pEncryptedPart, ulEncryptedPartLen), BYTES_NONE, out);
	return api_return(__func__, rv);
}

/* 5.10.4 */
CK_RV
C_DecryptFinal(
	CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastPart, CK_ULONG_PTR pulLastPartLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pLastPart, pulLastPartLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run(
			s, OP_DECRYPT, STEP_FINAL, BYTES_NONE, BYTES_NONE, out);
	return api_return(__func__, rv);
}
