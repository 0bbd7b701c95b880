/* SPDX-License-Identifier: Apache-2.0 */
/* 5.7 Object management functions. */
#include "libtoken/api/api.h"

/* 5.7.1 */
CK_RV
C_CreateObject(CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount,
	CK_OBJECT_HANDLE_PTR phObject)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && (pTemplate == NULL || phObject == NULL ||
				    !api_template_fits(pTemplate, ulCount)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_create(&v, pTemplate, ulCount, phObject);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.7.2 */
CK_RV
C_CopyObject(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
	CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phNewObject)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK &&
		(phNewObject == NULL || !api_template_fits(pTemplate, ulCount)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_duplicate(&v, hObject, pTemplate, ulCount, phNewObject);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.7.3 */
CK_RV
C_DestroyObject(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK) {
		v = session_view(s);
		session_let_go(s, hObject);
		rv = object_destroy(&v, hObject);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.7.4 */
CK_RV
C_GetObjectSize(
	CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ULONG_PTR pulSize)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && pulSize == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_size(&v, hObject, pulSize);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.7.5 */
CK_RV
C_GetAttributeValue(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
	CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && (pTemplate == NULL || !api_template_fits(pTemplate, ulCount)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_read(&v, hObject, pTemplate, ulCount);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.7.6 */
CK_RV
C_SetAttributeValue(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
	CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && (pTemplate == NULL || !api_template_fits(pTemplate, ulCount)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_change(&v, hObject, pTemplate, ulCount);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.7.7 */
CK_RV
C_FindObjectsInit(
	CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && s->search != NULL)
		rv = CKR_OPERATION_ACTIVE;
	if (rv == CKR_OK && !api_template_fits(pTemplate, ulCount))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = session_search(s, pTemplate, ulCount);
	return api_return_session(__func__, s, rv);
}

/* 5.7.8 */
CK_RV
C_FindObjects(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE_PTR phObject,
	CK_ULONG ulMaxObjectCount, CK_ULONG_PTR pulObjectCount)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && s->search == NULL)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	if (rv == CKR_OK &&
		(pulObjectCount == NULL || (phObject == NULL && ulMaxObjectCount != 0)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = search_next(
			s->search, &v, phObject, ulMaxObjectCount, pulObjectCount);
	}
	if (rv != CKR_OK && s != NULL)
		search_free(&s->search);
	return api_return_session(__func__, s, rv);
}

/* 5.7.9 */
CK_RV
C_FindObjectsFinal(CK_SESSION_HANDLE hSession)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && s->search == NULL)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	if (rv == CKR_OK)
		search_free(&s->search);
	return api_return_session(__func__, s, rv);
}
