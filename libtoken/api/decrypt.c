/* SPDX-License-Identifier: Apache-2.0 */
/* 5.10 Decryption functions. */
#include "libtoken/api/api.h"

/* 5.10.1 */
CK_RV
C_DecryptInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	return api_init(__func__, hSession, OP_DECRYPT, pMechanism, hKey);
}

/* 5.10.2 */
CK_RV
C_Decrypt(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedData,
	CK_ULONG ulEncryptedDataLen, CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen)
{
	return api_run(__func__, hSession, OP_DECRYPT, STEP_ONCE,
		BYTES(pEncryptedData, ulEncryptedDataLen), BYTES_NONE,
		(struct app_out){ pData, pulDataLen });
}

/* 5.10.3 */
CK_RV
C_DecryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart,
	CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen)
{
	return api_run(__func__, hSession, OP_DECRYPT, STEP_UPDATE,
		BYTES(pEncryptedPart, ulEncryptedPartLen), BYTES_NONE,
		(struct app_out){ pPart, pulPartLen });
}

/* 5.10.4 */
CK_RV
C_DecryptFinal(
	CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastPart, CK_ULONG_PTR pulLastPartLen)
{
	return api_run(__func__, hSession, OP_DECRYPT, STEP_FINAL, BYTES_NONE, BYTES_NONE,
		(struct app_out){ pLastPart, pulLastPartLen });
}
