/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KEYRING_TOKEN_DEBUG=1: a line per call on stderr,
 *   TIME PID TID LEVEL FUNCTION -> CKR
 * never an argument's content. Ignored under secure execution.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "cryptoki/pkcs11.h"

extern atomic_bool debug_on;

void debug_start(void); /* reads the environment */
void debug_call(const char *function, CK_RV rv);

/* What every entry point returns through. */
static inline CK_RV
api_return(const char *function, CK_RV rv)
{
	if (__builtin_expect(atomic_load_explicit(&debug_on, memory_order_relaxed), 0))
		debug_call(function, rv);
	return rv;
}
