/* SPDX-License-Identifier: Apache-2.0 */
/* 5.17 Dual-function cryptographic functions. */
#include "libtoken/api/api.h"

/* 5.17.1 */
CK_RV
C_DigestEncryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen,
	CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pEncryptedPart, pulEncryptedPartLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run_dual(
			s, OP_ENCRYPT, OP_DIGEST, BYTES(pPart, ulPartLen), out);
	return api_return(__func__, rv);
}

/* 5.17.2 */
CK_RV
C_DecryptDigestUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart,
	CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pPart, pulPartLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run_dual(s, OP_DECRYPT, OP_DIGEST,
			BYTES(pEncryptedPart, ulEncryptedPartLen), out);
	return api_return(__func__, rv);
}

/* 5.17.3 */
CK_RV
C_SignEncryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen,
	CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pEncryptedPart, pulEncryptedPartLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run_dual(
			s, OP_ENCRYPT, OP_SIGN, BYTES(pPart, ulPartLen), out);
	return api_return(__func__, rv);
}

/* 5.17.4 */
CK_RV
C_DecryptVerifyUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart,
	CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pPart, pulPartLen };
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = operation_run_dual(s, OP_DECRYPT, OP_VERIFY,
			BYTES(pEncryptedPart, ulEncryptedPartLen), out);
	return api_return(__func__, rv);
}
