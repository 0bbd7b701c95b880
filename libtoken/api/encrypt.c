/* SPDX-License-Identifier: Apache-2.0 */
/* 5.8 Encryption functions. */
#include "libtoken/api/api.h"

/* 5.8.1 */
CK_RV
C_EncryptInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	return api_init(__func__, hSession, OP_ENCRYPT, pMechanism, hKey);
}

/* 5.8.2 */
CK_RV
C_Encrypt(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
	CK_BYTE_PTR pEncryptedData, CK_ULONG_PTR pulEncryptedDataLen)
{
	return api_run(__func__, hSession, OP_ENCRYPT, STEP_ONCE, BYTES(pData, ulDataLen),
		BYTES_NONE, (struct app_out){ pEncryptedData, pulEncryptedDataLen });
}

/* 5.8.3 */
CK_RV
C_EncryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen,
	CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen)
{
	return api_run(__func__, hSession, OP_ENCRYPT, STEP_UPDATE,
		BYTES(pPart, ulPartLen), BYTES_NONE,
		(struct app_out){ pEncryptedPart, pulEncryptedPartLen });
}

/* 5.8.4 */
CK_RV
C_EncryptFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastEncryptedPart,
	CK_ULONG_PTR pulLastEncryptedPartLen)
{
	return api_run(__func__, hSession, OP_ENCRYPT, STEP_FINAL, BYTES_NONE, BYTES_NONE,
		(struct app_out){ pLastEncryptedPart, pulLastEncryptedPartLen });
}
