/* SPDX-License-Identifier: Apache-2.0 */
/* 5.9 Message-based encryption functions. */
#include "libtoken/api/api.h"

/* 5.9.1 */
CK_RV
C_MessageEncryptInit(
	CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = message_init(s, OP_ENCRYPT, pMechanism, hKey);
	return api_return(__func__, rv);
}

/* 5.9.2 */
CK_RV
C_EncryptMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
	CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pPlaintext, CK_ULONG ulPlaintextLen,
	CK_BYTE_PTR pCiphertext, CK_ULONG_PTR pulCiphertextLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = message_run(s, OP_ENCRYPT, MESSAGE_ONE,
			(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
				.aad = BYTES(pAssociatedData, ulAssociatedDataLen),
				.in = BYTES(pPlaintext, ulPlaintextLen),
				.out = { pCiphertext, pulCiphertextLen } });
	return api_return(__func__, rv);
}

/* 5.9.3 */
CK_RV
C_EncryptMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
	CK_ULONG ulAssociatedDataLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = message_run(s, OP_ENCRYPT, MESSAGE_BEGIN,
			(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
				.aad = BYTES(pAssociatedData, ulAssociatedDataLen) });
	return api_return(__func__, rv);
}

/* 5.9.4 */
CK_RV
C_EncryptMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
	CK_ULONG ulParameterLen, CK_BYTE_PTR pPlaintextPart, CK_ULONG ulPlaintextPartLen,
	CK_BYTE_PTR pCiphertextPart, CK_ULONG_PTR pulCiphertextPartLen, CK_FLAGS flags)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = message_run(s, OP_ENCRYPT, MESSAGE_NEXT,
			(struct message_args){ .param = BYTES(pParameter, ulParameterLen),
				.in = BYTES(pPlaintextPart, ulPlaintextPartLen),
				.out = { pCiphertextPart, pulCiphertextPartLen },
				.flags = flags });
	return api_return(__func__, rv);
}

/* 5.9.5 */
CK_RV
C_MessageEncryptFinal(CK_SESSION_HANDLE hSession)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK)
		rv = message_final(s, OP_ENCRYPT);
	return api_return(__func__, rv);
}
