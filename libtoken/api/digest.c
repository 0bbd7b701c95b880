/* SPDX-License-Identifier: Apache-2.0 */
/* 5.12 Message digesting functions. */
#include "libtoken/api/api.h"

/* 5.12.1 */
CK_RV
C_DigestInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism)
{
	return api_init(__func__, hSession, OP_DIGEST, pMechanism, 0);
}

/* 5.12.2 */
CK_RV
C_Digest(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
	CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen)
{
	return api_run(__func__, hSession, OP_DIGEST, STEP_ONCE, BYTES(pData, ulDataLen),
		BYTES_NONE, (struct app_out){ pDigest, pulDigestLen });
}

/* 5.12.3 */
CK_RV
C_DigestUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
	return api_run(__func__, hSession, OP_DIGEST, STEP_UPDATE,
		BYTES(pPart, ulPartLen), BYTES_NONE, APP_OUT_NONE);
}

/* 5.12.4 */
CK_RV
C_DigestKey(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_digest_key(s, hKey);
	return api_return(__func__, rv);
}

/* 5.12.5 */
CK_RV
C_DigestFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen)
{
	return api_run(__func__, hSession, OP_DIGEST, STEP_FINAL, BYTES_NONE, BYTES_NONE,
		(struct app_out){ pDigest, pulDigestLen });
}
