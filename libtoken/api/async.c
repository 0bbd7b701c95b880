/* SPDX-License-Identifier: Apache-2.0 */
/* 5.20 Asynchronous functions: sessions that would need them cannot be opened. */
#include "libtoken/api/api.h"

CK_RV
C_AsyncComplete(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName,
	CK_ASYNC_DATA_PTR pResult)
{
	return api_return(__func__, api_unsupported());
}

CK_RV
C_AsyncGetID(
	CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG_PTR pulID)
{
	return api_return(__func__, api_unsupported());
}

CK_RV
C_AsyncJoin(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG ulID,
	CK_BYTE_PTR pData, CK_ULONG ulData)
{
	return api_return(__func__, api_unsupported());
}
