/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by object.c and object_change.c. */
#pragma once

#include "cryptoki/schema.h"

/* An attribute that objects of this kind have not: CKR_ATTRIBUTE_TYPE_INVALID, or
 * CKR_TEMPLATE_INCONSISTENT where others have it. */
CK_RV attribute_refused(uint32_t type) MUST_CHECK;
/* Combinations no object may have, whichever way it came by them:
 * CKR_TEMPLATE_INCONSISTENT; CKR_TEMPLATE_INCOMPLETE, CKR_ATTRIBUTE_VALUE_INVALID. */
CK_RV object_contradictions(struct bytes object_public) MUST_CHECK;
