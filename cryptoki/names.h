/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the standard's numbers, for messages and tools. Never NULL: an
 * unknown number gives "CKR_0x80000123" in a buffer of the calling thread,
 * valid until that thread has asked for eight more unknown ones.
 */
#pragma once

#include <stdbool.h>

#include "common/bytes.h"
#include "cryptoki/pkcs11.h"

const char *ckr_name(CK_RV rv);
const char *ckm_name(CK_MECHANISM_TYPE type);
const char *cka_name(CK_ATTRIBUTE_TYPE type);
const char *cko_name(CK_OBJECT_CLASS class);
const char *ckk_name(CK_KEY_TYPE type);

/* The number of "CKA_LABEL", "CKM_AES_CBC"; false if there is none. */
bool cka_by_name(const char *name, CK_ATTRIBUTE_TYPE *ret) MUST_CHECK;
bool ckm_by_name(const char *name, CK_MECHANISM_TYPE *ret) MUST_CHECK;
