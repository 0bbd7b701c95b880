/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by object.c and object_change.c. */
#pragma once

#include "cryptoki/schema.h"

/* Combinations no object may have, whichever way it came by them:
 * CKR_TEMPLATE_INCONSISTENT. */
CK_RV object_contradictions(struct bytes object_public) MUST_CHECK;
