/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's error queue is the thread's, and so the application's where it shares the library:
 * its entries stay, and what failing calls of ours put there goes. The module sees to
 * that for each of its calls (library_enter(), session_enter()); a queue that was empty
 * has no mark, and is empty again.
 */
#pragma once

#include <openssl/err.h>

#include "cryptoki/pkcs11.h"

static inline void
errors_begin(void)
{
	(void)ERR_set_mark();
}

static inline void
errors_end(void)
{
	(void)ERR_pop_to_mark();
}

/* The end for what has one answer to all that is wrong: rv, but CKR_HOST_MEMORY where any
 * of our entries says that OpenSSL had no memory. */
static inline CK_RV
errors_end_rv(CK_RV rv)
{
	for (; rv != CKR_OK && ERR_count_to_mark() != 0; (void)ERR_pop())
		if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
			rv = CKR_HOST_MEMORY;
	errors_end();
	return rv;
}
