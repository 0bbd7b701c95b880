/* SPDX-License-Identifier: Apache-2.0 */
/* Which reasons the log has already: tries go on and on, and with several endpoints their
 * reasons take turns. */
#pragma once

#include "common/bytes.h"

#define REASONS_KEPT 32u /* of more that take turns each is news again */

struct reasons {
	uint64_t hash[REASONS_KEPT];
	unsigned n;
};

/* Is it one that was not given yet? Then it is now. */
bool reasons_add(struct reasons *r, const char *endpoint, const char *why);
