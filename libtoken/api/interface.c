/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 5.4.4 to 5.4.6: the lists of functions. Lists of all versions are offered, since
 * programs ask for them by version; what a list names and this module does
 * not do answers CKR_FUNCTION_NOT_SUPPORTED.
 */
#include "libtoken/api/api.h"

#define ENTRY(name, args) name,

static CK_FUNCTION_LIST list_2_40 = { { 2, 40 }, CK_FUNCTIONS_2_40(ENTRY) };
static CK_FUNCTION_LIST_3_0 list_3_0 = { { 3, 0 },
	CK_FUNCTIONS_2_40(ENTRY) CK_FUNCTIONS_3_0(ENTRY) };
static CK_FUNCTION_LIST_3_2 list_3_2 = { { 3, 2 },
	CK_FUNCTIONS_2_40(ENTRY) CK_FUNCTIONS_3_0(ENTRY) CK_FUNCTIONS_3_2(ENTRY) };

static CK_UTF8CHAR standard_name[] = "PKCS 11";

/* The highest first: what a program without wishes gets. Not CKF_INTERFACE_FORK_SAFE, which
 * promises a child its parent's sessions, logins and handles. */
static CK_INTERFACE interfaces[] = {
	{ standard_name, &list_3_2, 0 },
	{ standard_name, &list_3_0, 0 },
	{ standard_name, &list_2_40, 0 },
};

/* 5.4.4 */
CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR ppFunctionList)
{
	if (ppFunctionList == NULL)
		return CKR_ARGUMENTS_BAD;
	*ppFunctionList = &list_2_40;
	return CKR_OK;
}

/* 5.4.5 */
CK_RV
C_GetInterfaceList(CK_INTERFACE_PTR pInterfacesList, CK_ULONG_PTR pulCount)
{
	const CK_ULONG room = pulCount != NULL ? *pulCount : 0;

	if (pulCount == NULL)
		return CKR_ARGUMENTS_BAD;
	*pulCount = ARRAY_LEN(interfaces);
	if (pInterfacesList == NULL)
		return CKR_OK;
	if (room < ARRAY_LEN(interfaces))
		return CKR_BUFFER_TOO_SMALL;
	memcpy(pInterfacesList, interfaces, sizeof interfaces);
	return CKR_OK;
}

static bool
interface_fits(const CK_INTERFACE *i, const CK_UTF8CHAR *name, const CK_VERSION *version,
	CK_FLAGS flags)
{
	const CK_VERSION *own = i->pFunctionList;

	if (name != NULL &&
		strcmp((const char *)name, (const char *)i->pInterfaceName) != 0)
		return false;
	if (version != NULL &&
		(version->major != own->major || version->minor != own->minor))
		return false;
	return (i->flags & flags) == flags;
}

/* 5.4.6 */
CK_RV
C_GetInterface(CK_UTF8CHAR_PTR pInterfaceName, CK_VERSION_PTR pVersion,
	CK_INTERFACE_PTR_PTR ppInterface, CK_FLAGS flags)
{
	if (ppInterface == NULL)
		return CKR_ARGUMENTS_BAD;
	for (size_t i = 0; i < ARRAY_LEN(interfaces); i++) {
		if (!interface_fits(&interfaces[i], pInterfaceName, pVersion, flags))
			continue;
		*ppInterface = &interfaces[i];
		return CKR_OK;
	}
	return CKR_FUNCTION_FAILED;
}
