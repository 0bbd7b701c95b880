/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers above *_VENDOR_DEFINED: our own, and those of IBM's tokens that
 * programs written for them put into ordinary templates.
 */
#pragma once

#include "cryptoki/pkcs11.h"

/* Where the bytes of a secret key are: a CK_ULONG, read only, computed. */
#define CKA_KT_CUSTODY (CKA_VENDOR_DEFINED | 0x4B540001UL)

#define CK_KT_CUSTODY_KERNEL 1UL
#define CK_KT_CUSTODY_BROKER 2UL
#define CK_KT_CUSTODY_PROCESS 3UL

/* What the standard has no numbers for. SHAKE as a digest (FIPS 202); its parameter is a
 * CK_ULONG, the bytes of output, 1 to 65535. Without one: 32 of SHAKE-128, 64 of SHAKE-256. */
#define CKM_KT_SHAKE_128 (CKM_VENDOR_DEFINED | 0x4B540001UL)
#define CKM_KT_SHAKE_256 (CKM_VENDOR_DEFINED | 0x4B540002UL)
/* KMAC (NIST SP 800-185, 4) with a generic secret of 4 to 512 bytes. The parameter is
 * CK_KT_KMAC_PARAMS, or nothing: 32 bytes of KMAC-128, 64 of KMAC-256, without customization. */
#define CKM_KT_KMAC_128 (CKM_VENDOR_DEFINED | 0x4B540003UL)
#define CKM_KT_KMAC_256 (CKM_VENDOR_DEFINED | 0x4B540004UL)

typedef struct CK_KT_KMAC_PARAMS {
	CK_ULONG ulMacLen; /* bytes, 4 to 256: part of what is computed, no truncation */
	CK_BYTE_PTR pCustom;  /* the customization string S */
	CK_ULONG ulCustomLen; /* bytes, at most 256 */
} CK_KT_KMAC_PARAMS;

/* IBM: round-2 Dilithium (6,5) */
#define CKM_IBM_DILITHIUM 0x80010023UL
#define CKK_IBM_PQC_DILITHIUM 0x80010023UL
#define CKA_IBM_PQC_PARAMS 0x8001000EUL        /* DER OID; the hosted service's number */
#define CKA_IBM_DILITHIUM_MODE 0x80000010UL    /* DER OID; opencryptoki's number */
#define CKA_IBM_DILITHIUM_KEYFORM 0x800D0001UL /* CK_ULONG, 1: round 2, (6,5) */
#define CKA_IBM_DILITHIUM_RHO 0x800D0002UL
#define CKA_IBM_DILITHIUM_SEED 0x800D0003UL
#define CKA_IBM_DILITHIUM_TR 0x800D0004UL
#define CKA_IBM_DILITHIUM_S1 0x800D0005UL
#define CKA_IBM_DILITHIUM_S2 0x800D0006UL
#define CKA_IBM_DILITHIUM_T0 0x800D0007UL
#define CKA_IBM_DILITHIUM_T1 0x800D0008UL
#define CKR_IBM_PQC_PARAMS_NOT_SUPPORTED 0x80010031UL

#define CKM_IBM_ED25519_SHA512 0x8001001CUL
