/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs as text: 8-4-4-4-12 hexadecimal digits, written in lower case (RFC 9562, 4). */
#pragma once

#include "common/bytes.h"

#define UUID_BYTES 16u
#define UUID_TEXT 37u /* with its NUL */

void uuid_text(const uint8_t raw[UUID_BYTES], char ret[UUID_TEXT]);
/* Digits of either case; ret is untouched where it is none. */
bool uuid_parse(struct bytes text, uint8_t ret[UUID_BYTES]) MUST_CHECK;
