/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of PKCS#11 3.2 but for the mechanisms' parameters (ck_params.h). The
 * names and the layout are the standard's: natural alignment, as on every Unix.
 */
#pragma once

typedef unsigned char CK_BYTE, *CK_BYTE_PTR;
typedef CK_BYTE CK_CHAR, *CK_CHAR_PTR;
typedef CK_BYTE CK_UTF8CHAR, *CK_UTF8CHAR_PTR;
typedef CK_BYTE CK_BBOOL, *CK_BBOOL_PTR;
typedef unsigned long CK_ULONG, *CK_ULONG_PTR;
typedef long CK_LONG;
typedef void *CK_VOID_PTR, **CK_VOID_PTR_PTR;

#define CK_PTR *
#define NULL_PTR ((void *)0)

/* Every number the standard gives a name of its own is a CK_ULONG. */
#define CK_ULONG_TYPES(T)                             \
	T(CK_RV)                                      \
	T(CK_FLAGS)                                   \
	T(CK_NOTIFICATION)                            \
	T(CK_SLOT_ID)                                 \
	T(CK_SESSION_HANDLE)                          \
	T(CK_OBJECT_HANDLE)                           \
	T(CK_USER_TYPE)                               \
	T(CK_STATE)                                   \
	T(CK_OBJECT_CLASS)                            \
	T(CK_HW_FEATURE_TYPE)                         \
	T(CK_PROFILE_ID)                              \
	T(CK_KEY_TYPE)                                \
	T(CK_CERTIFICATE_TYPE)                        \
	T(CK_CERTIFICATE_CATEGORY)                    \
	T(CK_JAVA_MIDP_SECURITY_DOMAIN)               \
	T(CK_ATTRIBUTE_TYPE)                          \
	T(CK_MECHANISM_TYPE)                          \
	T(CK_TRUST)                                   \
	T(CK_VALIDATION_TYPE)                         \
	T(CK_VALIDATION_AUTHORITY_TYPE)               \
	T(CK_SESSION_VALIDATION_FLAGS_TYPE)           \
	T(CK_RSA_PKCS_MGF_TYPE)                       \
	T(CK_RSA_PKCS_OAEP_SOURCE_TYPE)               \
	T(CK_MAC_GENERAL_PARAMS)                      \
	T(CK_GENERATOR_FUNCTION)                      \
	T(CK_EC_KDF_TYPE)                             \
	T(CK_X9_42_DH_KDF_TYPE)                       \
	T(CK_X3DH_KDF_TYPE)                           \
	T(CK_X2RATCHET_KDF_TYPE)                      \
	T(CK_XEDDSA_HASH_TYPE)                        \
	T(CK_EXTRACT_PARAMS)                          \
	T(CK_RC2_PARAMS)                              \
	T(CK_OTP_PARAM_TYPE)                          \
	T(CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE) \
	T(CK_PKCS5_PBKDF2_SALT_SOURCE_TYPE)           \
	T(CK_PRF_DATA_TYPE)                           \
	T(CK_SP800_108_PRF_TYPE)                      \
	T(CK_SP800_108_DKM_LENGTH_METHOD)             \
	T(CK_HEDGE_TYPE)                              \
	T(CK_ML_DSA_PARAMETER_SET_TYPE)               \
	T(CK_ML_KEM_PARAMETER_SET_TYPE)               \
	T(CK_SLH_DSA_PARAMETER_SET_TYPE)              \
	T(CK_HSS_LEVELS)                              \
	T(CK_LMS_TYPE)                                \
	T(CK_LMOTS_TYPE)                              \
	T(CK_XMSS_PARAMETER_SET_TYPE)                 \
	T(CK_XMSSMT_PARAMETER_SET_TYPE)

#define CK_ULONG_TYPE_(name) typedef CK_ULONG name, *name##_PTR;
CK_ULONG_TYPES(CK_ULONG_TYPE_)
#undef CK_ULONG_TYPE_

/* Text in fixed fields is padded with blanks and has no NUL. */
typedef struct CK_VERSION {
	CK_BYTE major,
		minor; /* minor in hundredths: 2.40 is { 2, 40 }, 3.2 is { 3, 2 } */
} CK_VERSION, *CK_VERSION_PTR;

typedef struct CK_INFO {
	CK_VERSION cryptokiVersion;
	CK_UTF8CHAR manufacturerID[32];
	CK_FLAGS flags;
	CK_UTF8CHAR libraryDescription[32];
	CK_VERSION libraryVersion;
} CK_INFO, *CK_INFO_PTR;

typedef struct CK_SLOT_INFO {
	CK_UTF8CHAR slotDescription[64];
	CK_UTF8CHAR manufacturerID[32];
	CK_FLAGS flags;
	CK_VERSION hardwareVersion, firmwareVersion;
} CK_SLOT_INFO, *CK_SLOT_INFO_PTR;

typedef struct CK_TOKEN_INFO {
	CK_UTF8CHAR label[32];
	CK_UTF8CHAR manufacturerID[32];
	CK_UTF8CHAR model[16];
	CK_CHAR serialNumber[16];
	CK_FLAGS flags;
	CK_ULONG ulMaxSessionCount, ulSessionCount;
	CK_ULONG ulMaxRwSessionCount, ulRwSessionCount;
	CK_ULONG ulMaxPinLen, ulMinPinLen;
	CK_ULONG ulTotalPublicMemory, ulFreePublicMemory;
	CK_ULONG ulTotalPrivateMemory, ulFreePrivateMemory;
	CK_VERSION hardwareVersion, firmwareVersion;
	CK_CHAR utcTime[16];
} CK_TOKEN_INFO, *CK_TOKEN_INFO_PTR;

typedef struct CK_SESSION_INFO {
	CK_SLOT_ID slotID;
	CK_STATE state;
	CK_FLAGS flags;
	CK_ULONG ulDeviceError;
} CK_SESSION_INFO, *CK_SESSION_INFO_PTR;

typedef struct CK_ATTRIBUTE {
	CK_ATTRIBUTE_TYPE type;
	CK_VOID_PTR pValue;
	CK_ULONG ulValueLen; /* bytes */
} CK_ATTRIBUTE, *CK_ATTRIBUTE_PTR;

typedef struct CK_DATE {
	CK_CHAR year[4], month[2], day[2]; /* digits */
} CK_DATE, *CK_DATE_PTR;

typedef struct CK_MECHANISM {
	CK_MECHANISM_TYPE mechanism;
	CK_VOID_PTR pParameter;
	CK_ULONG ulParameterLen; /* bytes */
} CK_MECHANISM, *CK_MECHANISM_PTR;

typedef struct CK_MECHANISM_INFO {
	CK_ULONG ulMinKeySize, ulMaxKeySize;
	CK_FLAGS flags;
} CK_MECHANISM_INFO, *CK_MECHANISM_INFO_PTR;

typedef CK_RV (*CK_NOTIFY)(
	CK_SESSION_HANDLE hSession, CK_NOTIFICATION event, CK_VOID_PTR pApplication);
typedef CK_RV (*CK_CREATEMUTEX)(CK_VOID_PTR_PTR ppMutex);
typedef CK_RV (*CK_DESTROYMUTEX)(CK_VOID_PTR pMutex);
typedef CK_RV (*CK_LOCKMUTEX)(CK_VOID_PTR pMutex);
typedef CK_RV (*CK_UNLOCKMUTEX)(CK_VOID_PTR pMutex);

typedef struct CK_C_INITIALIZE_ARGS {
	CK_CREATEMUTEX CreateMutex;
	CK_DESTROYMUTEX DestroyMutex;
	CK_LOCKMUTEX LockMutex;
	CK_UNLOCKMUTEX UnlockMutex;
	CK_FLAGS flags;
	CK_VOID_PTR pReserved;
} CK_C_INITIALIZE_ARGS, *CK_C_INITIALIZE_ARGS_PTR;

typedef struct CK_INTERFACE {
	CK_UTF8CHAR_PTR pInterfaceName; /* with its NUL */
	CK_VOID_PTR pFunctionList;      /* begins with a CK_VERSION */
	CK_FLAGS flags;
} CK_INTERFACE, *CK_INTERFACE_PTR, **CK_INTERFACE_PTR_PTR;

typedef struct CK_ASYNC_DATA {
	CK_ULONG ulVersion;
	CK_BYTE_PTR pValue;
	CK_ULONG ulValue;
	CK_OBJECT_HANDLE hObject, hAdditionalObject;
} CK_ASYNC_DATA, *CK_ASYNC_DATA_PTR;
