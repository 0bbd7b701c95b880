/* SPDX-License-Identifier: Apache-2.0 */
/* 5.4 General-purpose functions; the lists of functions are in interface.c. */
#include "libtoken/api/api.h"
#include "libtoken/core/text.h"

/* 5.4.1 */
CK_RV
C_Initialize(CK_VOID_PTR pInitArgs)
{
	return api_return(__func__, library_start(pInitArgs));
}

/* 5.4.2 */
CK_RV
C_Finalize(CK_VOID_PTR pReserved)
{
	if (pReserved != NULL)
		return api_return(__func__, CKR_ARGUMENTS_BAD);
	return api_return(__func__, library_stop());
}

/* 5.4.3 */
CK_RV
C_GetInfo(CK_INFO_PTR pInfo)
{
	CK_RV rv = CKR_OK;

	if (library_now() == NULL)
		rv = CKR_CRYPTOKI_NOT_INITIALIZED;
	else if (pInfo == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv != CKR_OK)
		return api_return(__func__, rv);
	*pInfo = (CK_INFO){ 0 };
	/* All calls of it are there; what a mechanism would have to be for (recovery,
	 * encapsulation) says so. */
	pInfo->cryptokiVersion = (CK_VERSION){ 3, 2 };
	text_pad(pInfo->manufacturerID, sizeof pInfo->manufacturerID,
		BYTES_STR(TEXT_MANUFACTURER));
	text_pad(pInfo->libraryDescription, sizeof pInfo->libraryDescription,
		BYTES_STR(TEXT_LIBRARY));
	pInfo->libraryVersion = text_version();
	return api_return(__func__, CKR_OK);
}
