/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 5.21 Parallel function management functions: of a version long gone. They
 * answer the same to everybody, initialised or not, as programs expect.
 */
#include "libtoken/api/api.h"

CK_RV
C_GetFunctionStatus(CK_SESSION_HANDLE hSession)
{
	return api_return(__func__, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV
C_CancelFunction(CK_SESSION_HANDLE hSession)
{
	return api_return(__func__, CKR_FUNCTION_NOT_PARALLEL);
}
