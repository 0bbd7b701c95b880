/* SPDX-License-Identifier: Apache-2.0 */
/* How often one host may have a PIN hashed: a burst, then a steady rate. */
#pragma once

#include "common/bytes.h"

struct pin_rate;

/* Takes one from the host's allowance; false when it is used up, *ret_news: and was not
 * before, for half of it had come back. */
bool pin_rate_take(
	struct pin_rate *rate, const uint8_t fingerprint[32], bool *ret_news) MUST_CHECK;
/* The one taken last was of no use: nothing was hashed. */
void pin_rate_give_back(struct pin_rate *rate, const uint8_t fingerprint[32]);
