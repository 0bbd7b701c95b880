/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's error queue is the thread's, and so the application's where it shares the library:
 * its entries stay, and what failing calls of ours put there goes. The module sees to
 * that for each of its calls (library_enter(), session_enter()); a queue that was empty
 * has no mark, and is empty again.
 */
#pragma once

#include <openssl/err.h>
#include <stdbool.h>

#include "cryptoki/pkcs11.h"

/* Was it empty? Then all that comes is ours. */
static inline bool
errors_begin(void)
{
	return ERR_set_mark() == 0;
}

static inline void
errors_end(void)
{
	(void)ERR_pop_to_mark();
}

static inline bool
errors_is_no_memory(unsigned long code)
{
	return ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
}

/* The end for what has one answer to all that is wrong: rv, but CKR_HOST_MEMORY where OpenSSL
 * had no memory. What went wrong first is the oldest entry, which is seen only in a queue that was
 * empty. */
static inline CK_RV
errors_end_rv(CK_RV rv, bool was_empty)
{
	if (rv != CKR_OK && ERR_count_to_mark() != 0 &&
		(errors_is_no_memory(ERR_peek_last_error()) ||
			(was_empty && errors_is_no_memory(ERR_peek_error()))))
		rv = CKR_HOST_MEMORY;
	errors_end();
	return rv;
}
