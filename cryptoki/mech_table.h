/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the rows that mech.c looks up, beside those of mech.h. */
#pragma once

#include "cryptoki/mech.h"

/* What of legacy rows is offered everywhere. */
extern const struct mech mechs_everywhere[];
extern const size_t mechs_everywhere_count;
