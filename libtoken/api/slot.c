/* SPDX-License-Identifier: Apache-2.0 */
/* 5.5 Slot and token management functions. */
#include "libtoken/api/api.h"

/* 5.5.1 */
CK_RV
C_GetSlotList(CK_BBOOL tokenPresent, CK_SLOT_ID_PTR pSlotList, CK_ULONG_PTR pulCount)
{
	CLEANUP(library_leave)
	struct library *lib = NULL;
	CK_RV rv = library_enter(&lib);

	if (rv == CKR_OK && pulCount == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = slot_ids(lib, tokenPresent != CK_FALSE, pSlotList, pulCount);
	return api_return(__func__, rv);
}

/* 5.5.2 */
CK_RV
C_GetSlotInfo(CK_SLOT_ID slotID, CK_SLOT_INFO_PTR pInfo)
{
	CLEANUP(library_leave)
	struct library *lib = NULL;
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_slot w;
	CK_RV rv = library_enter(&lib);

	if (rv == CKR_OK && pInfo == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = slot_describe(lib, slotID, &w, &payload);
	if (rv == CKR_OK)
		slot_info(&w, pInfo);
	return api_return(__func__, rv);
}

/* 5.5.3 */
CK_RV
C_GetTokenInfo(CK_SLOT_ID slotID, CK_TOKEN_INFO_PTR pInfo)
{
	CLEANUP(library_leave)
	struct library *lib = NULL;
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_slot w;
	CK_RV rv = library_enter(&lib);

	if (rv == CKR_OK && pInfo == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = slot_describe(lib, slotID, &w, &payload);
	if (rv == CKR_OK && (w.flags & WIRE_SLOT_GONE) != 0)
		rv = CKR_TOKEN_NOT_PRESENT;
	if (rv == CKR_OK)
		slot_token_info(lib, &w, pInfo);
	return api_return(__func__, rv);
}

/* 5.5.4 */
CK_RV
C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR pSlot, CK_VOID_PTR pReserved)
{
	CLEANUP(library_leave)
	struct library *lib = NULL;
	CK_RV rv = library_enter(&lib);

	if (rv == CKR_OK && (pSlot == NULL || pReserved != NULL))
		rv = CKR_ARGUMENTS_BAD;
	if (rv != CKR_OK)
		return api_return(__func__, rv);
	/* not with the application's mutex: C_Finalize must be able to end this */
	app_leave(lib);
	rv = slot_wait(lib, (flags & CKF_DONT_BLOCK) == 0, pSlot);
	(void)app_enter(lib);
	return api_return(__func__, rv);
}

/* 5.5.5 */
CK_RV
C_GetMechanismList(
	CK_SLOT_ID slotID, CK_MECHANISM_TYPE_PTR pMechanismList, CK_ULONG_PTR pulCount)
{
	CLEANUP(library_leave)
	struct library *lib = NULL;
	CK_ULONG n = 0;
	CK_RV rv = library_enter(&lib);

	if (rv == CKR_OK && pulCount == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = slot_check_token(lib, slotID);
	if (rv != CKR_OK)
		return api_return(__func__, rv);
	for (size_t i = 0; i < mechs_count; i++) {
		if (mech_flags_served(&mechs[i]) == 0 ||
			mech_offered(lib->store, mechs[i].type) == NULL)
			continue;
		if (pMechanismList != NULL && n < *pulCount)
			pMechanismList[n] = mechs[i].type;
		n++;
	}
	if (pMechanismList != NULL && n > *pulCount)
		rv = CKR_BUFFER_TOO_SMALL;
	*pulCount = n;
	return api_return(__func__, rv);
}

/* 5.5.6 */
CK_RV
C_GetMechanismInfo(CK_SLOT_ID slotID, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR pInfo)
{
	CLEANUP(library_leave)
	struct library *lib = NULL;
	const struct mech *m = NULL;
	CK_RV rv = library_enter(&lib);

	if (rv == CKR_OK && pInfo == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = slot_check_token(lib, slotID);
	if (rv == CKR_OK)
		m = mech_offered(lib->store, type);
	if (rv == CKR_OK && (m == NULL || mech_flags_served(m) == 0))
		rv = CKR_MECHANISM_INVALID;
	if (rv == CKR_OK)
		*pInfo = (CK_MECHANISM_INFO){ m->min_key, m->max_key,
			mech_flags_served(m) };
	return api_return(__func__, rv);
}

/* The label is 32 bytes, padded with blanks. */
static struct bytes
label_text(const CK_UTF8CHAR *label)
{
	size_t n = 32;

	while (n > 0 && label[n - 1] == ' ')
		n--;
	return BYTES(label, n);
}

/* 5.5.7 */
CK_RV
C_InitToken(CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen,
	CK_UTF8CHAR_PTR pLabel)
{
	CLEANUP(library_leave)
	struct library *lib = NULL;
	CK_RV rv = library_enter(&lib);

	if (rv == CKR_OK && (pPin == NULL || pLabel == NULL))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = slot_init_token(
			lib, slotID, BYTES(pPin, ulPinLen), label_text(pLabel));
	return api_return(__func__, rv);
}

/* 5.5.8; in what state comes before the arguments: "any other state fails with" */
CK_RV
C_InitPIN(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && session_state(s) != CKS_RW_SO_FUNCTIONS)
		return api_return(__func__, CKR_USER_NOT_LOGGED_IN);
	if (rv == CKR_OK && pPin == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = slot_init_pin(s->lib, s->slot, BYTES(pPin, ulPinLen));
	return api_return_session(__func__, s, rv);
}

/* 5.5.9; the same */
CK_RV
C_SetPIN(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pOldPin, CK_ULONG ulOldLen,
	CK_UTF8CHAR_PTR pNewPin, CK_ULONG ulNewLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && !session_is_rw(s))
		rv = CKR_SESSION_READ_ONLY;
	if (rv == CKR_OK && (pOldPin == NULL || pNewPin == NULL))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = slot_set_pin(s->lib, s->slot, BYTES(pOldPin, ulOldLen),
			BYTES(pNewPin, ulNewLen));
	return api_return(__func__, rv);
}
