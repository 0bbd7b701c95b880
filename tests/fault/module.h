/* SPDX-License-Identifier: Apache-2.0 */
/* The module as any application has it: by dlopen() of $PKCS11_MODULE. */
#pragma once

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cryptoki/names.h"
#include "cryptoki/pkcs11.h"

static CK_FUNCTION_LIST *F;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ATTR(type, object)                                             \
	{                                                              \
		(type), (void *)(uintptr_t) & (object), sizeof(object) \
	}

static inline void
module_load(void)
{
	const char *path = getenv("PKCS11_MODULE");
	void *module = path != NULL ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	CK_C_GetFunctionList get = NULL;

	if (module != NULL)
		get = (CK_C_GetFunctionList)(uintptr_t)dlsym(module, "C_GetFunctionList");
	if (get == NULL || get(&F) != CKR_OK) {
		(void)fprintf(stderr, "the module $PKCS11_MODULE cannot be used: %s\n",
			path != NULL ? path : "not set");
		exit(2);
	}
}

static inline bool
label_is(const CK_TOKEN_INFO *info, const char *label)
{
	uint8_t padded[32];

	memset(padded, ' ', sizeof padded);
	memcpy(padded, label, strnlen(label, sizeof padded));
	return memcmp(info->label, padded, sizeof padded) == 0;
}

/* The first slot whose token has this label; false: there is none. */
static inline bool
slot_labelled(const char *label, CK_SLOT_ID *ret)
{
	CK_SLOT_ID slots[64];
	CK_ULONG n = COUNT(slots);
	CK_TOKEN_INFO info;

	if (F->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return false;
	for (CK_ULONG i = 0; i < n; i++) {
		if (F->C_GetTokenInfo(slots[i], &info) != CKR_OK ||
			!label_is(&info, label))
			continue;
		*ret = slots[i];
		return true;
	}
	return false;
}
