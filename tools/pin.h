/* SPDX-License-Identifier: Apache-2.0 */
/* PINs from a file, standard input, or a terminal. */
#pragma once

#include "common/secret.h"

#define PIN_MAX 255u /* bytes */

/* From a file, "-" being the next line of stdin; a newline at its end is not
 * part of it. whose: for messages. TOOL_*; errors are told. */
int pin_read(const char *path, const char *whose, struct secret *ret) MUST_CHECK;
/* Twice from the terminal, without echo. May come out empty (SECRET_NONE) where
 * `may_be_empty`. TOOL_*; errors are told. */
int pin_ask(const char *whose, bool may_be_empty, struct secret *ret) MUST_CHECK;
/* Is there somebody to ask? */
bool pin_can_ask(void) MUST_CHECK;
/* "y" on the terminal. */
bool pin_confirm(const char *question) MUST_CHECK;
